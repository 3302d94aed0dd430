//! The IM client: its way to the server, and the INVITE it sends.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use crate::engine::StepId;
use crate::io::{ConnId, SocketId};
use crate::scenario::{Party, Transport};
use crate::sip::background::{ALLOW, SUPPORTED};
use crate::sip::transaction::Flow;
use crate::sip::{Framed, Message, MessageBuilder, StreamFramer, Uri};

use super::identity::Who;
use super::net::{Net, Owner, Part};
use super::record::Record;
use super::ua::{Address, Call, USER_AGENT, Ua, Written};

/// The client's own SIP transport: a socket, or a connection to the server and a listener for the
/// server's own.
#[derive(Debug)]
pub(super) struct Line {
    owner: Owner,
    transport: Transport,
    server: SocketAddr,
    socket: SocketId,
    local: Option<SocketAddr>,
    /// Our connection to the server.
    opened: Option<ConnId>,
    conns: BTreeMap<ConnId, StreamFramer>,
    ready: bool,
}

/// What came over a line.
#[derive(Debug)]
pub(super) enum Heard {
    /// A message.
    Message(Message, Flow),
    /// Nothing that can be cut into messages; the connection was closed.
    Garbage {
        /// The connection.
        conn: ConnId,
        /// What could not be cut.
        bytes: Vec<u8>,
        /// Why.
        reason: String,
    },
}

/// Connections of one client and of the server to it.
const MOST_CONNECTIONS: usize = 8;

impl Line {
    /// Binds, and for TCP connects.
    pub fn new(
        play: usize,
        session: usize,
        transport: Transport,
        ip: IpAddr,
        server: SocketAddr,
        net: &mut Net,
    ) -> Line {
        let owner = Owner::Play(play, Part::ClientSip(session));
        let any = SocketAddr::new(ip, 0);
        let (socket, opened) = match transport {
            Transport::Udp => (net.bind_udp(owner, any), None),
            Transport::Tcp => (net.listen(owner, any), Some(net.connect(owner, server))),
        };
        Line {
            owner,
            transport,
            server,
            socket,
            local: None,
            opened,
            conns: BTreeMap::new(),
            ready: false,
        }
    }

    /// Takes the socket's address; false where `socket` is not this line's.
    pub fn on_bound(&mut self, socket: SocketId, local: SocketAddr) -> bool {
        if socket != self.socket {
            return false;
        }
        self.local = Some(local);
        self.ready = self.transport == Transport::Udp || !self.conns.is_empty();
        true
    }

    /// A connection stands, ours or one of the server's. Where there are too many, gives the
    /// server's oldest, which goes for it: a server may open one for each of its requests.
    pub fn on_connection(&mut self, conn: ConnId) -> Option<ConnId> {
        let ours = self.opened;
        let oldest = self.conns.keys().copied().find(|conn| Some(*conn) != ours);
        let goes = oldest.filter(|_| self.conns.len() >= MOST_CONNECTIONS);
        self.conns.insert(conn, StreamFramer::new());
        self.ready |= self.local.is_some() && self.opened == Some(conn);
        goes
    }

    /// Takes note that a connection ended.
    pub fn on_closed(&mut self, conn: ConnId) {
        self.conns.remove(&conn);
        if self.opened == Some(conn) {
            self.opened = None;
        }
    }

    /// True once messages can be sent.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Connects anew where our connection has ended. What is sent meanwhile waits for it.
    pub fn reopen(&mut self, net: &mut Net) {
        if self.ready && self.transport == Transport::Tcp && self.opened.is_none() {
            self.opened = Some(net.connect(self.owner, self.server));
        }
    }

    /// Where our requests go first.
    pub fn hop(&self) -> Option<Flow> {
        match self.transport {
            Transport::Udp => Some(Flow::Udp {
                socket: self.socket,
                addr: self.server,
            }),
            Transport::Tcp => self.opened.map(|conn| Flow::Tcp { conn }),
        }
    }

    /// How the server reaches the client.
    pub fn address(&self, client: &str) -> Option<Address> {
        Some(address_of(self.transport, self.local?, client))
    }

    /// Takes a datagram; `None` for a keep-alive.
    pub fn datagram(&self, from: SocketAddr, bytes: bytes::Bytes) -> Option<Heard> {
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return None;
        }
        let flow = Flow::Udp {
            socket: self.socket,
            addr: from,
        };
        Some(Heard::Message(Message::decode(bytes), flow))
    }

    /// Takes bytes of a connection.
    pub fn bytes(&mut self, conn: ConnId, bytes: &[u8], net: &mut Net) -> Vec<Heard> {
        let Some(framer) = self.conns.get_mut(&conn) else {
            return Vec::new();
        };
        let (heard, failed) = cut(framer, conn, bytes, net);
        if failed {
            self.on_closed(conn);
        }
        heard
    }
}

/// Cuts what came over a connection into messages, answers pings, and closes the connection where
/// it cannot be cut; true where it did.
pub(super) fn cut(
    framer: &mut StreamFramer,
    conn: ConnId,
    bytes: &[u8],
    net: &mut Net,
) -> (Vec<Heard>, bool) {
    framer.push(bytes);
    let mut heard = Vec::new();
    loop {
        match framer.poll() {
            Ok(Some(Framed::Message(message))) => {
                heard.push(Heard::Message(message, Flow::Tcp { conn }));
            }
            // RFC 5626 3.5.1: a ping is answered with a pong.
            Ok(Some(Framed::Ping)) => net.send(conn, bytes::Bytes::from_static(b"\r\n")),
            Ok(None) => return (heard, false),
            Err(error) => {
                let bytes = framer.rest().to_vec();
                heard.push(Heard::Garbage {
                    conn,
                    bytes,
                    reason: format!("not SIP: {error}"),
                });
                net.close(conn, true);
                return (heard, true);
            }
        }
    }
}

/// The address of a user agent at `local`, for a user named by `uri`.
pub(super) fn address_of(transport: Transport, local: SocketAddr, uri: &str) -> Address {
    let user = Uri::parse(uri)
        .ok()
        .and_then(|uri| uri.user)
        .unwrap_or("ch2spec");
    let (transport, parameter) = match transport {
        Transport::Udp => ("UDP", ""),
        Transport::Tcp => ("TCP", ";transport=tcp"),
    };
    Address {
        transport,
        sent_by: local.to_string(),
        contact: format!("<sip:{user}@{local}{parameter}>;{FEATURE_TAG}"),
    }
}

/// The feature tag of OMA SIMPLE IM, as public stacks write it.
const FEATURE_TAG: &str = "+g.oma.sip-im";

impl Ua {
    /// Sends a MESSAGE outside of any session (RFC 3428), or gives the reason why it cannot.
    pub fn page(
        &mut self,
        who: &Who,
        written: &Written,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) -> Result<(), &'static str> {
        let branch = net.branch();
        let call_id = format!("{}@{}", net.token(20), host(&self.address));
        let message = self
            .out_of_dialog("MESSAGE", who, net)
            .via(self.address.transport, &self.address.sent_by, &branch)
            .header("Call-ID", call_id)
            .cseq(1, "MESSAGE");
        let message = written.apply(message);
        self.request(&message, step, net, record).map(|_| ())
    }

    /// What a request of the client's that begins something says of who asks for what.
    fn out_of_dialog(&self, method: &str, who: &Who, net: &mut Net) -> MessageBuilder {
        let tag = match method {
            "INVITE" => self.tag.clone(),
            _ => net.token(10),
        };
        MessageBuilder::request(method, &who.subscriber.far_end)
            .header("Max-Forwards", "70")
            .header("From", format!("<{}>;tag={tag}", who.subscriber.client))
            .header("To", format!("<{}>", who.subscriber.far_end))
            .header("Accept-Contact", format!("*;{FEATURE_TAG}"))
            .header(
                "P-Asserted-Identity",
                format!("<{}>", who.subscriber.client),
            )
            // The harness stands where the S-CSCF would, which inserts the charging vector.
            .header("P-Charging-Vector", charging_vector(who, &self.address))
            .header("User-Agent", USER_AGENT)
    }

    /// Sends the client's INVITE, or where its session stands a re-INVITE (RFC 3261 14.1), or gives
    /// the reason why it cannot.
    pub fn invite(
        &mut self,
        who: &Who,
        written: &Written,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) -> Result<(), &'static str> {
        debug_assert_eq!(self.seat.party, Party::Client);
        match self.call {
            Call::Idle => {}
            Call::Standing => return self.request_in_dialog("INVITE", written, step, net, record),
            Call::Inviting { .. } | Call::Over => return Err("the client has called already"),
        }
        let Some(offer) = self.offer() else {
            return Err("the client has no media address");
        };
        let branch = net.branch();
        let invite = self
            .out_of_dialog("INVITE", who, net)
            .via(self.address.transport, &self.address.sent_by, &branch)
            .header("Call-ID", &who.call_id)
            .cseq(1, "INVITE")
            .header("Contact", &self.address.contact)
            .header("Allow", ALLOW)
            .header("Supported", SUPPORTED)
            // The interval that RFC 4028 4 recommends; the server may shorten it.
            .header("Session-Expires", "1800")
            .body("application/sdp", offer);
        let invite = written.apply(invite);
        if let Some(id) = self.request(&invite, step, net, record)? {
            // An answer cannot have come yet: it needs another input.
            self.call = Call::Inviting {
                id,
                provisional: false,
            };
        }
        Ok(())
    }
}

/// The host of an address.
fn host(address: &Address) -> &str {
    let parts = address.sent_by.rsplit_once(':');
    parts.map_or("", |(host, _)| host)
}

/// P-Charging-Vector (RFC 7315 4.6) with the ICID that CH-2 is to repeat.
fn charging_vector(who: &Who, address: &Address) -> String {
    let host = host(address);
    format!(
        "icid-value=\"{}\";icid-generated-at={host};orig-ioi=ch2spec.invalid",
        who.icid
    )
}
