//! CH-2: a connection to each Charging Enabler, and the requests that wait on them.
//!
//! A session stays with the Charging Enabler that answered its start, unless CC-Session-Failover
//! lets it move (RFC 8506 5.7). New sessions go to the first that can be reached.

mod failover;
mod link;

use std::collections::HashMap;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::diameter::peer::{Identifiers, PeerEvent, Relation};
use crate::diameter::{Message, MessageBuilder, dictionary};
use crate::io::{ConnId, Time};

use super::ccr::origin_state_id;
use super::charging::Request;
use super::net::{Net, Opened};
use super::{Fault, cca};
use link::Link;

/// Disconnect-Cause REBOOTING (RFC 6733 5.4.3).
const REBOOTING: i32 = 0;
/// The CH-2 connections and the requests that wait on them.
#[derive(Debug)]
pub(super) struct Enabler {
    links: Vec<Link>,
    identifiers: Identifiers,
    /// By End-to-End Identifier.
    pending: HashMap<u32, Pending>,
    homes: HashMap<u64, Home>,
    sent: u64,
    winding_up: bool,
    /// What a fault that takes answers twice remembers: End-to-End Identifier, call, number.
    answered: Vec<(u32, u64, u32)>,
}

#[derive(Debug)]
struct Pending {
    order: u64,
    call: u64,
    number: u32,
    /// No session hangs on it: any Charging Enabler may serve it.
    is_first: bool,
    link: usize,
    hop_by_hop: u32,
    /// It was sent elsewhere after a temporary error.
    moved: bool,
    request: Bytes,
}

/// Which Charging Enabler serves the session of a call.
#[derive(Debug)]
struct Home {
    link: usize,
    /// CC-Session-Failover says that it may move.
    moves: bool,
    /// End-to-End Identifiers of what waits for an answer.
    waits: Vec<u32>,
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
    /// A request, such as RAR or ASR, over this link.
    Request(usize, Message),
    /// The outstanding request of this call was sent once more.
    SentAgain { call: u64 },
}

impl Enabler {
    pub(super) fn new(net: &mut Net) -> Enabler {
        let started = origin_state_id(&net.config);
        Enabler {
            links: net.config.enabler.iter().copied().map(Link::new).collect(),
            identifiers: Identifiers::new(net.random_u64(), started),
            pending: HashMap::new(),
            homes: HashMap::new(),
            sent: 0,
            winding_up: false,
            answered: Vec::new(),
        }
    }

    /// True where requests can be sent.
    pub(super) fn is_open(&self) -> bool {
        self.links.iter().any(Link::is_open)
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
        let is_first = terms.kind.is_first();
        let early = net.config.has(Fault::SendsBeforeCea);
        let Some(link) = self.link_for(net, call, is_first).or(early.then_some(0)) else {
            return false;
        };
        let end_to_end = self.identifiers.end_to_end();
        let request = request.end_to_end(end_to_end);
        let sent = match early && !self.links[link].is_open() {
            true => self.links[link].request_early(net, request),
            false => self.links[link].request(now, request),
        };
        let Some((hop_by_hop, request)) = sent else {
            return false;
        };
        self.sent += 1;
        let pending = Pending {
            order: self.sent,
            call,
            number: terms.number,
            is_first,
            link,
            hop_by_hop,
            moved: false,
            request,
        };
        self.pending.insert(end_to_end, pending);
        let home = self.homes.entry(call).or_insert(Home {
            link,
            moves: false,
            waits: Vec::new(),
        });
        home.link = link;
        home.waits.push(end_to_end);
        self.links[link].flush(net);
        true
    }

    /// Where a request of a call goes.
    fn link_for(&self, net: &Net, call: u64, is_first: bool) -> Option<usize> {
        let home = self.homes.get(&call).filter(|_| !is_first);
        match home {
            Some(home) if self.links[home.link].is_well() => Some(home.link),
            Some(home) if !self.may_move(net, home) => {
                Some(home.link).filter(|at| self.links[*at].is_open())
            }
            _ if net.config.has(Fault::NeverFailsOver) => {
                self.links.first().filter(|link| link.is_open()).map(|_| 0)
            }
            _ => self.usable(None),
        }
    }

    fn may_move(&self, net: &Net, home: &Home) -> bool {
        home.moves || net.config.has(Fault::MovesWithoutPermission)
    }

    /// The first link that can be used, a suspect one last.
    fn usable(&self, but: Option<usize>) -> Option<usize> {
        let open = || {
            (0..self.links.len()).filter(move |at| Some(*at) != but && self.links[*at].is_open())
        };
        open()
            .find(|at| !self.links[*at].suspect)
            .or_else(|| open().next())
    }

    /// Sends an answer to a request of the peer's.
    pub(super) fn answer(
        &mut self,
        now: Time,
        net: &mut Net,
        link: usize,
        answer: &MessageBuilder,
    ) {
        if let Some(link) = self.links.get_mut(link) {
            link.answer(now, answer);
            link.flush(net);
        }
    }

    /// An answer with a Result-Code alone.
    pub(super) fn result(
        &self,
        link: usize,
        request: &Message,
        result_code: u32,
    ) -> Option<MessageBuilder> {
        self.links.get(link)?.refusal(request, result_code)
    }

    /// What a call still waits for is of no account any more.
    pub(super) fn give_up(&mut self, call: u64) {
        if let Some(home) = self.homes.get_mut(&call) {
            for id in home.waits.drain(..) {
                self.pending.remove(&id);
            }
        }
    }

    /// Forgets a call.
    pub(super) fn forget(&mut self, call: u64) {
        self.give_up(call);
        self.homes.remove(&call);
        self.answered.retain(|(_, of, _)| *of != call);
    }

    /// True for the connection of a peer.
    pub(super) fn owns(&self, conn: ConnId) -> bool {
        self.at(conn).is_some()
    }

    fn at(&self, conn: ConnId) -> Option<usize> {
        self.links.iter().position(|link| link.conn == Some(conn))
    }

    pub(super) fn connected(&mut self, now: Time, net: &mut Net, conn: ConnId, local: SocketAddr) {
        if let Some(at) = self.at(conn) {
            self.links[at].connected(now, net, local);
        }
    }

    /// Takes bytes from a peer and lists what came.
    pub(super) fn received(
        &mut self,
        now: Time,
        net: &mut Net,
        conn: ConnId,
        bytes: &[u8],
    ) -> Vec<Came> {
        let Some(at) = self.at(conn) else {
            return Vec::new();
        };
        self.links[at].received(now, bytes);
        self.events(now, net, at)
    }

    /// A connection has ended, or never came to stand.
    pub(super) fn closed(&mut self, now: Time, net: &mut Net, conn: ConnId) -> Vec<Came> {
        let mut came = Vec::new();
        if let Some(at) = self.at(conn) {
            let for_good = self.winding_up || net.config.has(Fault::NeverReconnects);
            self.links[at].closed(now, for_good);
            self.fail_over(now, net, at, &mut came);
        }
        came
    }

    /// Ends the connections in order and opens none again.
    pub(super) fn wind_up(&mut self, now: Time, net: &mut Net) {
        if !std::mem::replace(&mut self.winding_up, true) {
            for link in &mut self.links {
                link.wind_up(now, net, REBOOTING);
            }
        }
    }

    /// True once nothing is open and nothing will be.
    pub(super) fn is_over(&self) -> bool {
        self.winding_up && self.links.iter().all(|link| link.conn.is_none())
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.links.iter().filter_map(Link::next_timeout).min()
    }

    pub(super) fn timeout(&mut self, now: Time, net: &mut Net) -> Vec<Came> {
        let mut came = Vec::new();
        for at in 0..self.links.len() {
            let link = &mut self.links[at];
            if link.is_to_connect(now) {
                link.conn = Some(net.connect(link.to, Opened::Enabler));
            }
            link.timeout(now);
            came.extend(self.events(now, net, at));
        }
        came
    }

    fn events(&mut self, now: Time, net: &mut Net, at: usize) -> Vec<Came> {
        let mut came = Vec::new();
        while let Some(event) = self.links[at].poll_event() {
            match event {
                PeerEvent::Opened { .. } => {
                    self.links[at].opened();
                    self.send_again(now, net, at, &mut came);
                }
                PeerEvent::Received {
                    message,
                    handled_by_peer,
                    relation,
                } => match relation {
                    Relation::Request if !handled_by_peer => came.push(Came::Request(at, message)),
                    Relation::Request => {}
                    Relation::AnswerTo(_) => self.answered(now, net, at, message, true, &mut came),
                    Relation::Unsolicited => {
                        self.answered(now, net, at, message, false, &mut came);
                    }
                },
                PeerEvent::Suspect => {
                    self.links[at].suspect = true;
                    self.fail_over(now, net, at, &mut came);
                }
                PeerEvent::Recovered => self.links[at].suspect = false,
                PeerEvent::ClosedByPeer { cause } => {
                    let welcome =
                        cause == Some(REBOOTING) || net.config.has(Fault::ReconnectsUnwanted);
                    self.links[at].unwanted = !welcome;
                    self.fail_over(now, net, at, &mut came);
                }
                PeerEvent::Closed | PeerEvent::Failed(_) => {}
            }
        }
        self.links[at].flush(net);
        if self.links[at].wants_close() {
            self.links[at].drop_connection(net);
            self.links[at].closed(now, self.winding_up);
            self.fail_over(now, net, at, &mut came);
        }
        came
    }

    /// An answer came: to the request it names by its End-to-End Identifier, where that waits for
    /// it on this link, and where it repeats what an answer repeats. Others are discarded.
    fn answered(
        &mut self,
        now: Time,
        net: &mut Net,
        at: usize,
        cca: Message,
        known: bool,
        came: &mut Vec<Came>,
    ) {
        if cca.command_code() != dictionary::CCR {
            return;
        }
        if net.config.has(Fault::DiesOfBrokenAnswer) && cca::has_wrong_length(&cca) {
            self.links[at].dead = true;
            return;
        }
        let id = cca.end_to_end();
        let Some(pending) = self.pending.get(&id) else {
            return self.answered_before(net, cca, came);
        };
        let awaited = known || (pending.link == at && pending.hop_by_hop == cca.hop_by_hop());
        let request = Message::decode(pending.request.clone());
        if !(awaited || net.config.has(Fault::TakesUnknownHopByHop))
            || !cca::answers(&net.config, &request, &cca)
        {
            return;
        }
        self.note_failover(pending.call, &cca);
        if self.goes_elsewhere(now, net, id, &cca) {
            return;
        }
        let Some(Pending { call, number, .. }) = self.pending.remove(&id) else {
            return;
        };
        if let Some(home) = self.homes.get_mut(&call) {
            home.waits.retain(|waits| *waits != id);
        }
        if net.config.has(Fault::TakesDuplicateAnswer) {
            self.answered.push((id, call, number));
        }
        came.push(Came::Answer { call, number, cca });
    }

    /// An answer to a request that has had one is no answer.
    fn answered_before(&self, net: &Net, cca: Message, came: &mut Vec<Came>) {
        if !net.config.has(Fault::TakesDuplicateAnswer) {
            return;
        }
        let id = cca.end_to_end();
        if let Some((_, call, number)) = self.answered.iter().find(|(of, _, _)| *of == id) {
            let (call, number) = (*call, *number);
            came.push(Came::Answer { call, number, cca });
        }
    }
}
