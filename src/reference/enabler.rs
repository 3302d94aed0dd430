//! The CH-2 connection: one peer at a time, opened again when it is lost.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use crate::diameter::peer::{
    Identifiers, Peer, PeerConfig, PeerEvent, Relation, retransmission_of,
};
use crate::diameter::{Message, MessageBuilder, key};
use crate::io::{ConnId, Time};

use super::ccr::origin_state_id;
use super::charging::{Kind, Request};
use super::net::{Net, Opened};

/// How long the server waits before it connects again, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// How long a peer that does not want to be talked to is left alone: the Tc timer's recommended
/// value (RFC 6733 12).
const UNWANTED: Duration = Duration::from_secs(30);
/// Disconnect-Cause REBOOTING (RFC 6733 5.4.3).
const REBOOTING: i32 = 0;

/// CC-Session-Failover FAILOVER_SUPPORTED (RFC 8506 8.4).
const FAILOVER_SUPPORTED: u32 = 1;

/// The CH-2 connection and the requests that wait on it.
#[derive(Debug)]
pub(super) struct Enabler {
    enablers: Vec<SocketAddr>,
    next: usize,
    conn: Option<ConnId>,
    peer: Option<Peer>,
    connect_at: Option<Time>,
    backoff: Duration,
    identifiers: Identifiers,
    pending: HashMap<u32, Pending>,
    homes: HashMap<u64, Home>,
    sent: u64,
    winding_up: bool,
}

#[derive(Debug)]
struct Pending {
    order: u64,
    call: u64,
    number: u32,
    is_start: bool,
    request: Bytes,
}

/// Which Charging Enabler serves the session of a call.
#[derive(Clone, Copy, Debug)]
struct Home {
    enabler: usize,
    /// CC-Session-Failover says that it may move (RFC 8506 5.7).
    moves: bool,
}

/// What came over CH-2.
#[derive(Debug)]
pub(super) enum Came {
    /// A CCA to the request with this CC-Request-Number of this call.
    Answer {
        call: u64,
        number: u32,
        cca: Message,
    },
    /// A request, such as RAR or ASR.
    Request(Message),
    /// The outstanding request of this call has nowhere to go any more.
    NotSent { call: u64 },
}

impl Enabler {
    pub(super) fn new(net: &mut Net) -> Enabler {
        let started = origin_state_id(&net.config);
        Enabler {
            enablers: net.config.enabler.clone(),
            next: 0,
            conn: None,
            peer: None,
            connect_at: Some(Time::ZERO),
            backoff: BACKOFF.0,
            identifiers: Identifiers::new(net.random_u64(), started),
            pending: HashMap::new(),
            homes: HashMap::new(),
            sent: 0,
            winding_up: false,
        }
    }

    /// True where requests can be sent.
    pub(super) fn is_open(&self) -> bool {
        self.peer.as_ref().is_some_and(Peer::is_open)
    }

    /// Sends a request of a call; false where it cannot be sent to the Charging Enabler that serves
    /// its session.
    pub(super) fn send(
        &mut self,
        now: Time,
        net: &mut Net,
        request: MessageBuilder,
        call: u64,
        terms: &Request,
    ) -> bool {
        let number = terms.number;
        let here = Home {
            enabler: self.next,
            moves: false,
        };
        let home = *self.homes.entry(call).or_insert(here);
        if home.enabler != self.next && !home.moves {
            return false;
        }
        let Some(peer) = self.peer.as_mut().filter(|peer| peer.is_open()) else {
            return false;
        };
        let end_to_end = self.identifiers.end_to_end();
        let hop_by_hop = peer.next_hop_by_hop();
        let request = request
            .hop_by_hop(hop_by_hop)
            .end_to_end(end_to_end)
            .build();
        if peer.send(now, request.clone()).is_err() {
            return false;
        }
        self.sent += 1;
        let order = self.sent;
        self.pending.insert(
            end_to_end,
            Pending {
                order,
                call,
                number,
                is_start: terms.kind == Kind::Start,
                request,
            },
        );
        self.flush(net);
        true
    }

    /// Sends an answer to a request of the peer's.
    pub(super) fn answer(&mut self, now: Time, net: &mut Net, answer: &MessageBuilder) {
        if let Some(peer) = &mut self.peer {
            // An answer that can no longer be sent is not missed by a peer that is gone.
            let _ = peer.send(now, answer.build());
        }
        self.flush(net);
    }

    /// An answer with a Result-Code alone.
    pub(super) fn result(&self, request: &Message, result_code: u32) -> Option<MessageBuilder> {
        Some(self.peer.as_ref()?.refusal(request, result_code))
    }

    /// Forgets what a call was waiting for.
    pub(super) fn forget(&mut self, call: u64) {
        self.homes.remove(&call);
        self.pending.retain(|_, pending| pending.call != call);
    }

    /// True for the connection of this peer.
    pub(super) fn owns(&self, conn: ConnId) -> bool {
        self.conn == Some(conn)
    }

    pub(super) fn connected(&mut self, now: Time, net: &mut Net, local: SocketAddr) {
        let mut config = PeerConfig::new(
            net.config.origin_host.as_str(),
            net.config.origin_realm.as_str(),
        );
        config.host_ip_addresses = vec![local.ip()];
        config.product_name = "ch2spec reference server".to_owned();
        config.origin_state_id = Some(origin_state_id(&net.config));
        config.started_at = origin_state_id(&net.config);
        config.seed = net.random_u64();
        let mut peer = Peer::initiate(config);
        peer.handle_connected(now);
        self.peer = Some(peer);
        self.flush(net);
    }

    /// Takes bytes from the peer and lists what came.
    pub(super) fn received(&mut self, now: Time, net: &mut Net, bytes: &[u8]) -> Vec<Came> {
        if let Some(peer) = &mut self.peer {
            peer.handle_bytes(now, bytes);
        }
        let came = self.events(now, net);
        self.flush(net);
        came
    }

    /// The connection has ended, or never came to stand.
    pub(super) fn closed(&mut self, now: Time) {
        self.conn = None;
        self.peer = None;
        if !self.winding_up {
            self.connect_at = self.connect_at.or(Some(now + self.backoff));
            self.backoff = (self.backoff * 2).min(BACKOFF.1);
            self.next = (self.next + 1) % self.enablers.len().max(1);
        }
    }

    /// Ends the connection in order and opens none again.
    pub(super) fn wind_up(&mut self, now: Time, net: &mut Net) {
        if std::mem::replace(&mut self.winding_up, true) {
            return;
        }
        self.connect_at = None;
        match &mut self.peer {
            Some(peer) if peer.is_open() => peer.disconnect(now, REBOOTING),
            _ => self.drop_connection(net),
        }
        self.flush(net);
    }

    /// True once nothing is open and nothing will be.
    pub(super) fn is_over(&self) -> bool {
        self.winding_up && self.conn.is_none()
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        let peer = self.peer.as_ref().and_then(Peer::poll_timeout);
        self.connect_at.into_iter().chain(peer).min()
    }

    pub(super) fn timeout(&mut self, now: Time, net: &mut Net) {
        if self.connect_at.is_some_and(|at| at <= now) {
            self.connect_at = None;
            if let Some(to) = self.enablers.get(self.next) {
                self.conn = Some(net.connect(*to, Opened::Enabler));
            }
        }
        if let Some(peer) = &mut self.peer {
            peer.handle_timeout(now);
        }
        self.events(now, net);
        self.flush(net);
    }

    fn events(&mut self, now: Time, net: &mut Net) -> Vec<Came> {
        let mut came = Vec::new();
        while let Some(event) = self.peer.as_mut().and_then(Peer::poll_event) {
            match event {
                PeerEvent::Opened { .. } => {
                    self.backoff = BACKOFF.0;
                    self.send_again(now, &mut came);
                }
                PeerEvent::Received {
                    message,
                    handled_by_peer: false,
                    relation,
                } => match relation {
                    Relation::Request => came.push(Came::Request(message)),
                    Relation::AnswerTo(_) => {
                        if let Some(waited) = self.pending.remove(&message.end_to_end()) {
                            let Pending { call, number, .. } = waited;
                            self.note_failover(call, &message);
                            came.push(Came::Answer {
                                call,
                                number,
                                cca: message,
                            });
                        }
                    }
                    Relation::Unsolicited => {}
                },
                PeerEvent::ClosedByPeer { cause } if cause != Some(REBOOTING) => {
                    let alternative = self.enablers.len() > 1;
                    let pause = if alternative { self.backoff } else { UNWANTED };
                    self.connect_at = Some(now + pause).filter(|_| !self.winding_up);
                }
                _ => {}
            }
        }
        if self.peer.as_ref().is_some_and(Peer::wants_close) {
            self.flush(net);
            self.drop_connection(net);
            self.closed(now);
        }
        came
    }

    /// Sends what a lost connection left unanswered once more, with the T bit (RFC 6733 5.5.4).
    /// A session that has begun moves to another Charging Enabler only where it may.
    fn send_again(&mut self, now: Time, came: &mut Vec<Came>) {
        let Some(peer) = &mut self.peer else { return };
        let mut unanswered: Vec<(u64, u32)> = self
            .pending
            .iter()
            .map(|(id, pending)| (pending.order, *id))
            .collect();
        unanswered.sort_unstable();
        for (_, id) in unanswered {
            let Some(pending) = self.pending.get_mut(&id) else {
                continue;
            };
            let call = pending.call;
            let here = Home {
                enabler: self.next,
                moves: false,
            };
            let home = self.homes.entry(call).or_insert(here);
            if pending.is_start {
                home.enabler = self.next;
            }
            if home.enabler != self.next && !home.moves {
                self.pending.remove(&id);
                came.push(Came::NotSent { call });
                continue;
            }
            let again = retransmission_of(&pending.request, peer.next_hop_by_hop());
            if peer.send(now, again.clone()).is_ok() {
                pending.request = again;
            }
        }
    }

    /// Notes what an answer says about moving its session (RFC 8506 8.4).
    fn note_failover(&mut self, call: u64, cca: &Message) {
        let said = cca
            .find(key::CC_SESSION_FAILOVER)
            .and_then(|avp| avp.u32().ok());
        if let (Some(said), Some(home)) = (said, self.homes.get_mut(&call)) {
            home.moves = said == FAILOVER_SUPPORTED;
        }
    }

    fn drop_connection(&mut self, net: &mut Net) {
        if let Some(conn) = self.conn.take() {
            net.close(conn, false);
        }
        self.peer = None;
    }

    fn flush(&mut self, net: &mut Net) {
        let (Some(conn), Some(peer)) = (self.conn, &mut self.peer) else {
            return;
        };
        while let Some(bytes) = peer.poll_transmit() {
            net.send(conn, bytes);
        }
    }
}
