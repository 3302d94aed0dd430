//! One connection to one Charging Enabler, opened again when it is lost.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use crate::diameter::peer::{Peer, PeerConfig, PeerEvent};
use crate::diameter::{Message, MessageBuilder, dictionary};
use crate::io::{ConnId, Time};
use crate::reference::Fault;
use crate::reference::ccr::origin_state_id;
use crate::reference::net::Net;

/// How long the server waits before it connects again, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// How long a peer that does not want to be talked to is left alone: the Tc timer's recommended
/// value (RFC 6733 12).
const UNWANTED: Duration = Duration::from_secs(30);

/// One connection to one Charging Enabler.
#[derive(Debug)]
pub(super) struct Link {
    pub to: SocketAddr,
    pub conn: Option<ConnId>,
    /// A DWR has stayed without an answer (RFC 3539 3.4.1).
    pub suspect: bool,
    /// The peer has asked not to be connected to again (RFC 6733 5.4.3).
    pub unwanted: bool,
    /// Nothing is taken from it, nor sent to it, any more: what a fault does.
    pub dead: bool,
    /// The last DWR that was sent there.
    pub watchdog: Option<Bytes>,
    peer: Option<Peer>,
    connect_at: Option<Time>,
    backoff: Duration,
}

impl Link {
    pub fn new(to: SocketAddr) -> Link {
        Link {
            to,
            conn: None,
            suspect: false,
            unwanted: false,
            dead: false,
            watchdog: None,
            peer: None,
            connect_at: Some(Time::ZERO),
            backoff: BACKOFF.0,
        }
    }

    pub fn is_open(&self) -> bool {
        self.peer.as_ref().is_some_and(Peer::is_open)
    }

    /// True where requests can be sent, and the peer is not suspect.
    pub fn is_well(&self) -> bool {
        self.is_open() && !self.suspect
    }

    /// True where it is time to open the connection.
    pub fn is_to_connect(&mut self, now: Time) -> bool {
        self.connect_at.take_if(|at| *at <= now).is_some()
    }

    /// The transport stands: exchanges capabilities.
    pub fn connected(&mut self, now: Time, net: &mut Net, local: SocketAddr) {
        let mut config = PeerConfig::new(
            net.config.origin_host.as_str(),
            net.config.origin_realm.as_str(),
        );
        config.host_ip_addresses = vec![local.ip()];
        config.product_name = "ch2spec reference server".to_owned();
        config.origin_state_id = Some(origin_state_id(&net.config));
        config.started_at = origin_state_id(&net.config);
        config.seed = net.random_u64();
        config.watchdog = net
            .config
            .watchdog
            .filter(|_| !net.config.has(Fault::NoDwr));
        config.behaviour.answer_watchdog = !net.config.has(Fault::NoDwa);
        config.behaviour.answer_disconnect = !net.config.has(Fault::NoDpa);
        if net.config.has(Fault::NoHostIpAddress) {
            config.host_ip_addresses.clear();
        }
        if net.config.has(Fault::NoCreditControlApplication) {
            config.auth_applications.clear();
        }
        let mut peer = Peer::initiate(config);
        peer.handle_connected(now);
        self.peer = Some(peer);
        self.flush(net);
    }

    /// Capabilities are exchanged.
    pub fn opened(&mut self) {
        self.backoff = BACKOFF.0;
        self.suspect = false;
        self.unwanted = false;
    }

    pub fn received(&mut self, now: Time, bytes: &[u8]) {
        if let Some(peer) = self.peer.as_mut().filter(|_| !self.dead) {
            peer.handle_bytes(now, bytes);
        }
    }

    pub fn poll_event(&mut self) -> Option<PeerEvent> {
        self.peer.as_mut().and_then(Peer::poll_event)
    }

    pub fn next_timeout(&self) -> Option<Time> {
        let peer = self.peer.as_ref().and_then(Peer::poll_timeout);
        self.connect_at.into_iter().chain(peer).min()
    }

    pub fn timeout(&mut self, now: Time) {
        if let Some(peer) = &mut self.peer {
            peer.handle_timeout(now);
        }
    }

    /// Gives a request its Hop-by-Hop Identifier and sends it; both, where that can be done.
    pub fn request(&mut self, now: Time, request: MessageBuilder) -> Option<(u32, Bytes)> {
        let hop_by_hop = self.next_hop_by_hop()?;
        let request = request.hop_by_hop(hop_by_hop).build();
        self.send(now, request.clone())
            .then_some((hop_by_hop, request))
    }

    /// Sends a request past the state machine, over a connection that is not open yet.
    pub fn request_early(
        &mut self,
        net: &mut Net,
        request: MessageBuilder,
    ) -> Option<(u32, Bytes)> {
        let hop_by_hop = self.peer.as_mut()?.next_hop_by_hop();
        let request = request.hop_by_hop(hop_by_hop).build();
        self.raw(net, Some(request.clone()));
        Some((hop_by_hop, request))
    }

    pub fn next_hop_by_hop(&mut self) -> Option<u32> {
        let peer = self.peer.as_mut().filter(|peer| peer.is_open())?;
        Some(peer.next_hop_by_hop())
    }

    pub fn send(&mut self, now: Time, message: Bytes) -> bool {
        let peer = self.peer.as_mut().filter(|_| !self.dead);
        peer.is_some_and(|peer| peer.send(now, message).is_ok())
    }

    pub fn answer(&mut self, now: Time, answer: &MessageBuilder) {
        // An answer that can no longer be sent is not missed by a peer that is gone.
        self.send(now, answer.build());
    }

    pub fn refusal(&self, request: &Message, result_code: u32) -> Option<MessageBuilder> {
        Some(self.peer.as_ref()?.refusal(request, result_code))
    }

    /// The connection has ended, or never came to stand.
    pub fn closed(&mut self, now: Time, for_good: bool) {
        self.conn = None;
        self.peer = None;
        if !for_good {
            let pause = if self.unwanted {
                UNWANTED
            } else {
                self.backoff
            };
            self.connect_at = self.connect_at.or(Some(now + pause));
            self.backoff = (self.backoff * 2).min(BACKOFF.1);
        }
    }

    pub fn wants_close(&self) -> bool {
        self.peer.as_ref().is_some_and(Peer::wants_close)
    }

    pub fn wind_up(&mut self, now: Time, net: &mut Net, cause: i32) {
        self.connect_at = None;
        match &mut self.peer {
            Some(peer) if peer.is_open() => peer.disconnect(now, cause),
            _ => self.drop_connection(net),
        }
        self.flush(net);
    }

    pub fn drop_connection(&mut self, net: &mut Net) {
        if let Some(conn) = self.conn.take() {
            net.close(conn, false);
        }
        self.peer = None;
    }

    pub fn flush(&mut self, net: &mut Net) {
        let (Some(conn), Some(peer)) = (self.conn, &mut self.peer) else {
            return;
        };
        while let Some(bytes) = peer.poll_transmit() {
            if is_watchdog(&bytes) {
                self.watchdog = Some(bytes.clone());
            }
            net.send(conn, bytes);
        }
    }

    /// Sends the last DWR of another connection, with the T bit: what a fault does (RFC 6733 5.5.1
    /// forbids it).
    pub fn repeat_watchdog(&mut self, net: &mut Net, watchdog: &[u8]) {
        /// Where the command flags and the Hop-by-Hop Identifier stand, and the T bit.
        const FLAGS: usize = 4;
        const HOP_BY_HOP: std::ops::Range<usize> = 12..16;
        const T_BIT: u8 = 0x10;
        let Some(hop_by_hop) = self.next_hop_by_hop() else {
            return;
        };
        let mut again = watchdog.to_vec();
        if let Some(flags) = again.get_mut(FLAGS) {
            *flags |= T_BIT;
        }
        if let Some(place) = again.get_mut(HOP_BY_HOP) {
            place.copy_from_slice(&hop_by_hop.to_be_bytes());
        }
        self.raw(net, Some(again.into()));
    }

    /// Writes bytes past the state machine: what a fault sends.
    pub fn raw(&mut self, net: &mut Net, bytes: Option<Bytes>) {
        if let (Some(conn), Some(bytes)) = (self.conn, bytes) {
            net.send(conn, bytes);
        }
    }
}

/// Whether a message is a DWR: the R bit, and the Command Code.
fn is_watchdog(bytes: &[u8]) -> bool {
    let code = dictionary::DWR.to_be_bytes();
    bytes.get(4).is_some_and(|flags| flags & 0x80 != 0) && bytes.get(5..8) == Some(&code[1..])
}
