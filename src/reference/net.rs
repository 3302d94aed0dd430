//! What every part of the server needs to act: outputs, the transaction layer, identifiers.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;

use crate::io::{ConnId, Output, SocketId, Time};
use crate::msrp;
use crate::sip::transaction::{Flow, TransactionId, TransactionLayer};
use crate::sip::{Dialog, Host, Message, MessageBuilder, Uri};

use super::charged::Charged;
use super::charging::Amount;
use super::server::Addresses;
use super::{Config, Transport};

/// Bytes that may wait for one connection to stand.
const MAX_WAITING: usize = 1 << 20;

/// The socket of SIP over UDP.
pub(super) const SIP_UDP: SocketId = SocketId(1);
/// The listener of SIP over TCP.
pub(super) const SIP_TCP: SocketId = SocketId(2);
/// The listener of MSRP.
pub(super) const MSRP: SocketId = SocketId(3);
/// The listener of the control port.
pub(super) const CONTROL: SocketId = SocketId(4);

/// The two sides of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Side {
    /// The IM Client.
    Client,
    /// The far end.
    Far,
}

/// What a client transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The INVITE to the far end.
    Invite,
    /// A BYE.
    Bye(Side),
    /// A page-mode message to the far end.
    Page,
    /// An UPDATE that refreshes the client's session.
    Refresh,
}

/// What a connection that the server opened is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// SIP to the far end.
    Sip,
    /// The MSRP connection of one side of a call.
    Msrp(u64, Side),
    /// CH-2.
    Enabler,
}

/// What every part of the server needs to act.
#[derive(Debug)]
pub(super) struct Net {
    pub config: Config,
    pub addresses: Addresses,
    pub out: VecDeque<Output>,
    pub sip: TransactionLayer,
    pub msrp_ids: msrp::TransactionIds,
    /// Which call waits for which answer.
    pub owners: HashMap<TransactionId, (u64, Purpose)>,
    /// Connections that were opened and that nobody has taken note of yet.
    pub opened: VecDeque<(ConnId, Opened)>,
    /// What is to be refunded, and to whom.
    pub refunds: VecDeque<(Charged, Amount)>,
    /// MSRP session-ids of this server, with the call and side they belong to.
    pub sessions: HashMap<String, (u64, Side)>,
    waiting: HashMap<ConnId, Vec<Bytes>>,
    alive: HashSet<ConnId>,
    far_conn: Option<ConnId>,
    next_conn: u64,
    random: fastrand::Rng,
}

impl Net {
    pub(super) fn new(config: Config) -> Net {
        let mut random = fastrand::Rng::with_seed(config.seed);
        let unbound = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Net {
            addresses: Addresses {
                sip_udp: unbound,
                sip_tcp: None,
                msrp: unbound,
                control_http: unbound,
            },
            out: VecDeque::new(),
            sip: TransactionLayer::default(),
            msrp_ids: msrp::TransactionIds::new(random.u64(..)),
            owners: HashMap::new(),
            opened: VecDeque::new(),
            refunds: VecDeque::new(),
            sessions: HashMap::new(),
            waiting: HashMap::new(),
            alive: HashSet::new(),
            far_conn: None,
            next_conn: 0,
            random,
            config,
        }
    }

    /// Sixteen letters and digits that nobody guesses by accident.
    pub(super) fn token(&mut self) -> String {
        std::iter::repeat_with(|| self.random.alphanumeric())
            .take(16)
            .collect()
    }

    pub(super) fn random_u64(&mut self) -> u64 {
        self.random.u64(..)
    }

    /// Opens a connection.
    pub(super) fn connect(&mut self, to: SocketAddr, purpose: Opened) -> ConnId {
        self.next_conn += 1;
        let conn = ConnId(self.next_conn);
        self.waiting.insert(conn, Vec::new());
        self.alive.insert(conn);
        self.opened.push_back((conn, purpose));
        self.out.push_back(Output::Connect { conn, to });
        conn
    }

    /// Writes to a connection, once it stands.
    pub(super) fn send(&mut self, conn: ConnId, bytes: Bytes) {
        if let Some(waiting) = self.waiting.get_mut(&conn) {
            if waiting.iter().map(Bytes::len).sum::<usize>() + bytes.len() <= MAX_WAITING {
                waiting.push(bytes);
            }
        } else if self.alive.contains(&conn) {
            self.out.push_back(Output::Send { conn, bytes });
        }
    }

    pub(super) fn close(&mut self, conn: ConnId, abort: bool) {
        self.gone(conn);
        self.out.push_back(Output::Close { conn, abort });
    }

    /// A connection stands: writes what waited for it.
    pub(super) fn stands(&mut self, conn: ConnId) {
        self.alive.insert(conn);
        for bytes in self.waiting.remove(&conn).unwrap_or_default() {
            self.out.push_back(Output::Send { conn, bytes });
        }
    }

    /// A connection is no more.
    pub(super) fn gone(&mut self, conn: ConnId) {
        self.alive.remove(&conn);
        self.waiting.remove(&conn);
        self.far_conn = self.far_conn.filter(|far| *far != conn);
    }

    /// Where an INVITE to the far end goes.
    pub(super) fn far_flow(&mut self) -> Option<Flow> {
        let far = self.config.far_end?;
        match far.transport {
            Transport::Udp => Some(Flow::Udp {
                socket: SIP_UDP,
                addr: far.addr,
            }),
            Transport::Tcp => {
                let conn = match self.far_conn {
                    Some(conn) => conn,
                    None => self.connect(far.addr, Opened::Sip),
                };
                self.far_conn = Some(conn);
                Some(Flow::Tcp { conn })
            }
        }
    }

    /// Where a request within a dialog goes: to its next hop where that is an address, by the
    /// flow that made the dialog where that is a connection.
    pub(super) fn dialog_flow(&mut self, dialog: &Dialog, made_by: Flow) -> Flow {
        let addr = Uri::parse(dialog.next_hop())
            .ok()
            .and_then(|uri| address_of(&uri));
        match (made_by, addr) {
            (Flow::Udp { socket, .. }, Some(addr)) => Flow::Udp { socket, addr },
            (Flow::Tcp { conn }, Some(addr)) if !self.alive.contains(&conn) => Flow::Tcp {
                conn: self.connect(addr, Opened::Sip),
            },
            _ => made_by,
        }
    }

    /// The Contact of this server for a flow.
    pub(super) fn contact(&self, flow: Flow) -> String {
        let transport = if flow.is_reliable() {
            ";transport=tcp"
        } else {
            ""
        };
        format!("<sip:im@{}{transport}>;+g.oma.sip-im", self.sent_by(flow))
    }

    /// Adds a Via with a new branch.
    pub(super) fn with_via(&mut self, request: MessageBuilder, flow: Flow) -> MessageBuilder {
        let transport = if flow.is_reliable() { "TCP" } else { "UDP" };
        let branch = format!("z9hG4bK{}", self.token());
        request.via(transport, &self.sent_by(flow).to_string(), &branch)
    }

    /// Sends a request of a call; `None` where the layer has no room for it.
    pub(super) fn request(
        &mut self,
        now: Time,
        request: &MessageBuilder,
        flow: Flow,
        owner: (u64, Purpose),
    ) -> Option<TransactionId> {
        let id = self.sip.send_request(now, request.build(), flow).ok()?;
        self.flush_sip();
        self.owners.insert(id, owner);
        Some(id)
    }

    /// Answers a request. Where its transaction is over there is nobody left to answer.
    pub(super) fn respond(
        &mut self,
        now: Time,
        id: TransactionId,
        from: Flow,
        response: MessageBuilder,
    ) {
        let response = match from {
            Flow::Udp { addr, .. } => response.received_from(addr),
            Flow::Tcp { .. } => response,
        };
        let _ = self.sip.respond(now, id, response.build());
        self.flush_sip();
    }

    /// Sends a request that makes no transaction, or none that matters.
    pub(super) fn send_stateless(&mut self, bytes: Bytes, to: Flow, again: bool) {
        self.sip.send_stateless(bytes, to, again);
        self.flush_sip();
    }

    /// Passes on what the transaction layer has to send. Done at once, so that what goes out on
    /// different connections goes out in the order in which it was decided.
    pub(super) fn flush_sip(&mut self) {
        while let Some(transmit) = self.sip.poll_transmit() {
            let bytes = transmit.bytes;
            match transmit.to {
                Flow::Udp { socket, addr: to } => {
                    self.out.push_back(Output::SendTo { socket, to, bytes });
                }
                Flow::Tcp { conn } => self.send(conn, bytes),
            }
        }
    }

    /// Answers a request with a status alone.
    pub(super) fn answer_with(
        &mut self,
        now: Time,
        id: TransactionId,
        from: Flow,
        request: &Message,
        status: u16,
    ) {
        let tag = self.token();
        let mut response = MessageBuilder::response_to(request, status, reason(status), &tag);
        if status == 503 {
            response = response.header("Retry-After", "1");
        }
        self.respond(now, id, from, response);
    }

    fn sent_by(&self, flow: Flow) -> SocketAddr {
        let tcp = self.addresses.sip_tcp.filter(|_| flow.is_reliable());
        tcp.unwrap_or(self.addresses.sip_udp)
    }
}

/// The reason phrases of the status codes this server sends (RFC 3261 21).
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        183 => "Session Progress",
        200 => "OK",
        400 => "Bad Request",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        415 => "Unsupported Media Type",
        422 => "Session Interval Too Small",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        _ => "Refused",
    }
}

/// The address to name to others for one that was bound.
pub(super) fn advertised(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

fn address_of(uri: &Uri<'_>) -> Option<SocketAddr> {
    let port = uri.port.unwrap_or(5060);
    match uri.host? {
        Host::V4(ip) => Some(SocketAddr::new(ip.into(), port)),
        Host::V6(ip) => Some(SocketAddr::new(ip.into(), port)),
        Host::Name(_) => None,
    }
}
