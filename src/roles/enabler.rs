//! The Charging Enabler: the server's CH-2 connections, and the sessions on them.

mod asked;
mod deeds;
mod node;
mod pulse;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use crate::diameter::credit::{
    Admission, DuplicateBy, RequestKind, ServerSession, SessionState, Supervision,
};
use crate::diameter::dictionary::{CCR, DWR};
use crate::diameter::peer::{Peer, PeerEvent, PeerFailure};
use crate::diameter::{AvpKey, Dictionary, Message, key};
use crate::engine::{self, Event, Standing, Trace, What};
use crate::io::{Closed, ConnId, Time};
use crate::scenario::{EnablerAddress, Party};

use super::answer::{UNKNOWN_SESSION_ID, USER_UNKNOWN};
use super::identity::Whose;
use super::net::Net;
use asked::Asked;
use node::{FIRST, Node};
use pulse::Pulse;
pub(super) use pulse::Ticket;

/// The Charging Enabler of a run, shared by its scenarios.
#[derive(Debug)]
pub(super) struct Enabler {
    nodes: Vec<Node>,
    /// Which of them a connection leads to.
    homes: HashMap<ConnId, usize>,
    /// What is done otherwise than the standard asks.
    /// We cut the server off, and it had no open connection since.
    disturbed: bool,
    dictionary: &'static Dictionary,
    most_peers: usize,
    peers: BTreeMap<ConnId, Peer>,
    /// By Session-Id: one each, but where the server uses one for several IM sessions.
    sessions: HashMap<String, Vec<Session>>,
    arrivals: VecDeque<Arrival>,
    trace: Trace,
    /// Connections that we are ending.
    closing: HashSet<ConnId>,
    /// Requests that scenarios had sent.
    asked: Vec<Asked>,
    /// Sessions that began so far.
    begun: u64,
    /// Connections on which a watchdog was answered.
    proven: BTreeSet<ConnId>,
    /// Watchdogs by which the server shows that it keeps up.
    pulse: Pulse,
    /// How the last connection that is gone ended.
    last_end: Option<String>,
}

/// Something that others have to deal with.
#[derive(Debug)]
pub(super) enum Arrival {
    /// A peer has exchanged capabilities.
    Opened {
        /// Its Origin-Host.
        host: String,
        /// The connection.
        conn: ConnId,
    },
    /// A request that belongs to a scenario, or to nobody.
    Request {
        /// Its connection.
        conn: ConnId,
        /// The request.
        message: Message,
    },
    /// The answer to a request that a scenario had sent.
    Answer {
        /// Its connection.
        conn: ConnId,
        /// Whose request it answers.
        whose: Whose,
        /// The answer.
        message: Message,
    },
    /// A message of the connection itself.
    Peer {
        /// The connection.
        conn: ConnId,
        /// The message.
        message: Message,
        /// False for one of ours.
        received: bool,
    },
    /// A connection is gone.
    Gone {
        /// The connection.
        conn: ConnId,
        /// How, in words.
        what: String,
        /// True where we ended it.
        by_us: bool,
        /// Whom it led to.
        party: Party,
    },
}

/// What the state of its session makes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Admitted {
    /// It is to be processed.
    Fresh,
    /// Its session does not stand, or stands already.
    OutOfState(RequestKind),
    /// It came before: its answer, where that has been given.
    Duplicate(Option<Bytes>),
}

#[derive(Debug)]
struct Session {
    /// `None` once its scenario is over.
    owner: Option<Whose>,
    conn: ConnId,
    state: ServerSession,
    /// Which it is of those that began.
    begun: u64,
    /// Origin-Host and Origin-Realm of the server's last request.
    origin: Vec<(AvpKey, String)>,
}

/// Events of the connections themselves that are kept.
const MOST_EVENTS: usize = 10_000;
/// Connections of which it is remembered where they led to.
const MOST_HOMES: usize = 10_000;
/// Sessions that are remembered.
const MOST_SESSIONS: usize = 100_000;
/// DIAMETER_COMMAND_UNSUPPORTED (RFC 6733 7.1.3).
const COMMAND_UNSUPPORTED: u32 = 3001;

impl Enabler {
    /// Listens, at each of the addresses.
    pub fn new(
        addresses: Vec<(Party, EnablerAddress)>,
        ip: IpAddr,
        dictionary: &'static Dictionary,
        most_peers: usize,
        net: &mut Net,
    ) -> Enabler {
        let nodes = addresses.into_iter().enumerate();
        let nodes =
            nodes.map(|(index, (party, address))| Node::new(index, party, address, ip, net));
        Enabler {
            nodes: nodes.collect(),
            homes: HashMap::new(),
            disturbed: false,
            dictionary,
            most_peers,
            peers: BTreeMap::new(),
            sessions: HashMap::new(),
            closing: HashSet::new(),
            asked: Vec::new(),
            begun: 0,
            arrivals: VecDeque::new(),
            trace: Trace::default(),
            last_end: None,
            proven: BTreeSet::new(),
            pulse: Pulse::default(),
        }
    }

    /// How the last connection that is gone ended, in words.
    pub fn last_end(&self) -> Option<&str> {
        self.last_end.as_deref()
    }

    /// A connection came.
    pub fn on_accepted(&mut self, node: usize, conn: ConnId, from: SocketAddr, net: &mut Net) {
        if self.homes.len() >= MOST_HOMES {
            let peers = &self.peers;
            self.homes.retain(|conn, _| peers.contains_key(conn));
        }
        self.homes.insert(conn, node);
        if self.peers.len() >= self.most_peers {
            net.close(conn, true);
            self.path(
                net.now,
                conn,
                format!("refused {from}: too many connections"),
                false,
            );
            return;
        }
        self.path(net.now, conn, format!("connected from {from}"), true);
        let mut config = self.config_of(node);
        config.seed = net.random();
        let mut peer = Peer::accept(config);
        peer.handle_connected(net.now);
        self.peers.insert(conn, peer);
        self.serve(conn, net);
    }

    /// Bytes came.
    pub fn on_bytes(&mut self, conn: ConnId, bytes: &[u8], net: &mut Net) {
        if let Some(peer) = self.peers.get_mut(&conn) {
            peer.handle_bytes(net.now, bytes);
            self.serve(conn, net);
        }
    }

    /// A connection ended.
    pub fn on_closed(&mut self, conn: ConnId, how: &Closed, net: &mut Net) {
        if let Some(peer) = self.peers.get_mut(&conn) {
            peer.handle_closed(net.now);
            self.serve(conn, net);
        }
        self.gone(conn, format!("{how:?}"), net);
    }

    pub fn poll_timeout(&self) -> Option<Time> {
        self.peers.values().filter_map(Peer::poll_timeout).min()
    }

    pub fn handle_timeout(&mut self, net: &mut Net) {
        let due: Vec<ConnId> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.poll_timeout().is_some_and(|at| at <= net.now))
            .map(|(conn, _)| *conn)
            .collect();
        for conn in due {
            if let Some(peer) = self.peers.get_mut(&conn) {
                peer.handle_timeout(net.now);
            }
            self.serve(conn, net);
        }
    }

    /// The next thing others have to deal with.
    pub fn next_arrival(&mut self) -> Option<Arrival> {
        self.arrivals.pop_front()
    }

    /// Whether there is such a thing.
    pub fn has_arrivals(&self) -> bool {
        !self.arrivals.is_empty()
    }

    /// Whose a Session-Id is: `None` where it is new, `Some(None)` where its scenario is over.
    pub fn owner(&self, session_id: &str) -> Option<Option<Whose>> {
        let sessions = self.sessions.get(session_id)?;
        sessions.first().map(|session| session.owner)
    }

    /// Gives a charging session to a session of a scenario, unless it has it.
    pub fn assign(&mut self, session_id: &str, whose: Whose, conn: ConnId) {
        if self.session(session_id, whose).is_some() || self.sessions.len() >= MOST_SESSIONS {
            return;
        }
        // The harness does not let a session die of age: how long it may stay is the scenario's
        // business.
        let state = ServerSession::new(Supervision::Off);
        self.begun += 1;
        let sessions = self.sessions.entry(session_id.to_owned()).or_default();
        sessions.push(Session {
            owner: Some(whose),
            conn,
            state,
            begun: self.begun,
            origin: Vec::new(),
        });
    }

    /// What the state of its session makes of a request.
    pub fn admit(&mut self, conn: ConnId, request: &Message, whose: Whose) -> Admitted {
        let id = request.session_id().unwrap_or_default();
        let Some(session) = self.session(id, whose) else {
            return Admitted::Fresh;
        };
        session.conn = conn;
        session.origin = origin(request);
        match session.state.handle_request(request) {
            Admission::Process(_) | Admission::NumberReused(_) | Admission::NoKind => {
                Admitted::Fresh
            }
            Admission::OutOfState(kind) => Admitted::OutOfState(kind),
            // Without the T bit it is a new request under a number that was used: the server's
            // mistake (RFC 8506 8.2), which the judge is to see and no repetition may hide.
            Admission::Duplicate {
                by: DuplicateBy::RequestNumber,
                ..
            }
            | Admission::DuplicatePending(DuplicateBy::RequestNumber)
                if !request.flags().retransmitted() =>
            {
                match (RequestKind::of(request), session.state.state()) {
                    (
                        Some(kind @ (RequestKind::Update | RequestKind::Termination)),
                        SessionState::Idle,
                    ) => Admitted::OutOfState(kind),
                    _ => Admitted::Fresh,
                }
            }
            Admission::Duplicate { answer, .. } => Admitted::Duplicate(Some(answer)),
            Admission::DuplicatePending(_) => Admitted::Duplicate(None),
        }
    }

    /// Takes a message apart with the dictionary of the binding.
    pub fn read(&self, bytes: Bytes) -> Message {
        Message::decode_with(bytes, self.dictionary)
    }

    /// Sends the answer to a request, which is in the trace by now; false where the connection is
    /// not open any more.
    pub fn answer(
        &mut self,
        conn: ConnId,
        request: &Message,
        answer: &Message,
        whose: Whose,
        net: &mut Net,
    ) -> bool {
        // What no peer can take for its answer leaves the session where it was.
        let id = request.session_id().unwrap_or_default();
        if answer.hop_by_hop() == request.hop_by_hop()
            && let Some(session) = self.session(id, whose)
        {
            session.state.answered(net.now, request, answer);
        }
        self.write(conn, answer.raw().clone(), net)
    }

    /// Sends bytes over an open connection; false where it is not open any more.
    pub fn write(&mut self, conn: ConnId, bytes: Bytes, net: &mut Net) -> bool {
        let Some(peer) = self.peers.get_mut(&conn) else {
            return false;
        };
        let sent = peer.send(net.now, bytes).is_ok();
        while let Some(bytes) = peer.poll_transmit() {
            net.send(conn, bytes);
        }
        sent
    }

    /// True where an answer can be sent over a connection.
    pub fn can_answer(&self, conn: ConnId) -> bool {
        self.peers.get(&conn).is_some_and(Peer::is_open)
    }

    /// Sessions of a scenario that stand.
    pub fn open_sessions(&self, play: usize) -> usize {
        self.of(play)
            .filter(|(_, s)| s.state.state() == SessionState::Open)
            .count()
    }

    /// True where a scenario has sessions on a connection.
    pub fn uses(&self, play: usize, conn: ConnId) -> bool {
        self.of(play).any(|(_, session)| session.conn == conn)
    }

    /// True where a scenario has no charging session.
    pub fn has_none(&self, play: usize) -> bool {
        self.of(play).next().is_none()
    }

    /// Session-Ids of a session of a scenario, in order.
    pub fn session_ids(&self, whose: Whose) -> Vec<String> {
        let own = self.of(whose.play);
        let own = own.filter(|(_, session)| session.owner == Some(whose));
        let mut ids: Vec<String> = own.map(|(id, _)| id.clone()).collect();
        ids.sort_unstable();
        ids
    }

    /// Takes the sessions of a scenario that is over away from it. Their Session-Ids are
    /// remembered, so that what comes late is not taken for another scenario's.
    pub fn forget(&mut self, play: usize) {
        for session in self.sessions.values_mut().flatten() {
            if session.owner.is_some_and(|owner| owner.play == play) {
                session.owner = None;
            }
        }
        self.asked.retain(|asked| asked.whose().play != play);
    }

    /// Refuses a request that no scenario owns, and writes both down among the connection's own.
    pub fn refuse(&mut self, conn: ConnId, request: Message, net: &mut Net) {
        let code = match RequestKind::of(&request) {
            _ if request.command_code() != CCR => COMMAND_UNSUPPORTED,
            Some(RequestKind::Update | RequestKind::Termination) => UNKNOWN_SESSION_ID,
            _ => USER_UNKNOWN,
        };
        let Some(peer) = self.peers.get(&conn) else {
            return;
        };
        let answer = self.read(peer.refusal(&request, code).build());
        let path = Net::conn_path(conn);
        let message = engine::Message::Diameter(request);
        self.note(
            net.now,
            conn,
            What::Received {
                path,
                message,
                standing: Standing::Flow,
            },
        );
        self.note_sent(net.now, conn, answer.clone());
        self.write(conn, answer.raw().clone(), net);
    }

    /// What happened on the connections themselves, from that event on.
    pub fn events_from(&self, from: usize) -> &[Event] {
        self.trace.events.get(from..).unwrap_or_default()
    }

    /// The trace of the connections themselves.
    pub fn take_trace(&mut self) -> Trace {
        std::mem::take(&mut self.trace)
    }

    fn session(&mut self, session_id: &str, whose: Whose) -> Option<&mut Session> {
        let mut sessions = self.sessions.get_mut(session_id)?.iter_mut();
        sessions.find(|session| session.owner == Some(whose))
    }

    fn of(&self, play: usize) -> impl Iterator<Item = (&String, &Session)> {
        self.sessions
            .iter()
            .flat_map(|(id, sessions)| sessions.iter().map(move |session| (id, session)))
            .filter(move |(_, session)| session.owner.is_some_and(|owner| owner.play == play))
    }

    /// Carries out what a peer wants and takes in what it tells.
    fn serve(&mut self, conn: ConnId, net: &mut Net) {
        loop {
            let Some(peer) = self.peers.get_mut(&conn) else {
                return;
            };
            if let Some(event) = peer.poll_event() {
                self.on_event(conn, event, net);
                continue;
            }
            if !self.transmit(conn, net) {
                break;
            }
        }
        if self.peers.get(&conn).is_some_and(Peer::wants_close) {
            net.close(conn, false);
            self.gone(conn, "closed".to_owned(), net);
        }
    }

    /// Sends the next message that a peer has to send; false where it has none.
    fn transmit(&mut self, conn: ConnId, net: &mut Net) -> bool {
        let Some(bytes) = self.peers.get_mut(&conn).and_then(Peer::poll_transmit) else {
            return false;
        };
        let message = self.read(bytes.clone());
        self.note_sent(net.now, conn, message.clone());
        net.send(conn, bytes);
        self.arrivals.push_back(Arrival::Peer {
            conn,
            message,
            received: false,
        });
        true
    }

    fn on_event(&mut self, conn: ConnId, event: PeerEvent, net: &mut Net) {
        match event {
            PeerEvent::Opened { remote } => {
                if self.node_of(conn) == FIRST {
                    self.disturbed = false;
                }
                self.arrivals.push_back(Arrival::Opened {
                    host: remote.origin_host,
                    conn,
                });
                if let Some(peer) = self.peers.get_mut(&conn) {
                    peer.probe(net.now);
                }
            }
            PeerEvent::Received {
                message,
                handled_by_peer,
                ..
            } => {
                let message = self.read(message.raw().clone());
                if message.command_code() == DWR && !message.is_request() {
                    self.proven.insert(conn);
                    self.pulse_came(conn, net);
                }
                let asked = match message.is_request() {
                    true => None,
                    false => self.asked_by(conn, &message),
                };
                if let Some(whose) = asked {
                    let answer = Arrival::Answer {
                        conn,
                        whose,
                        message,
                    };
                    self.arrivals.push_back(answer);
                } else if handled_by_peer || !message.is_request() {
                    self.arrivals.push_back(Arrival::Peer {
                        conn,
                        message: message.clone(),
                        received: true,
                    });
                    let path = Net::conn_path(conn);
                    let message = engine::Message::Diameter(message);
                    let standing = Standing::Background;
                    self.note(
                        net.now,
                        conn,
                        What::Received {
                            path,
                            message,
                            standing,
                        },
                    );
                } else {
                    self.arrivals.push_back(Arrival::Request { conn, message });
                }
            }
            PeerEvent::Suspect => self.path(net.now, conn, "watchdog unanswered".to_owned(), false),
            PeerEvent::Recovered => self.path(net.now, conn, "answers again".to_owned(), true),
            PeerEvent::ClosedByPeer { cause } => {
                let cause = match cause {
                    Some(0) => "REBOOTING".to_owned(),
                    Some(1) => "BUSY".to_owned(),
                    Some(2) => "DO_NOT_WANT_TO_TALK_TO_YOU".to_owned(),
                    Some(other) => other.to_string(),
                    None => "missing".to_owned(),
                };
                let what = format!("disconnected by the server, Disconnect-Cause {cause}");
                self.path(net.now, conn, what, false);
            }
            PeerEvent::Closed => {}
            PeerEvent::Failed(failure) => {
                if let PeerFailure::Frame(error) = &failure {
                    let path = Net::conn_path(conn);
                    let reason = format!("not Diameter: {error}");
                    let message = engine::Message::Garbage {
                        bytes: Bytes::new(),
                        reason,
                    };
                    let standing = Standing::Flow;
                    self.note(
                        net.now,
                        conn,
                        What::Received {
                            path,
                            message,
                            standing,
                        },
                    );
                }
                // A refusal is to be read by the server.
                let refused = matches!(
                    failure,
                    PeerFailure::NoCommonApplication | PeerFailure::Refused(_)
                );
                while refused && self.transmit(conn, net) {}
                if self.refuses(conn) && refused {
                    self.closing.insert(conn);
                    self.disturbed = true;
                }
                self.gone(conn, failure.to_string(), net);
                net.close(conn, !refused);
            }
        }
    }

    fn gone(&mut self, conn: ConnId, what: String, net: &mut Net) {
        self.lose_pulse(conn, net);
        let by_us = self.closing.remove(&conn);
        if self.peers.remove(&conn).is_some() {
            self.note_path(net.now, conn, what.clone(), false, !by_us);
            if self.node_of(conn) == FIRST {
                self.last_end = Some(what.clone());
            }
            let party = self.party_of(conn);
            self.arrivals.push_back(Arrival::Gone {
                conn,
                what,
                by_us,
                party,
            });
        }
    }

    fn path(&mut self, now: Time, conn: ConnId, what: String, stands: bool) {
        self.note_path(now, conn, what, stands, true);
    }

    fn note_path(&mut self, at: Time, conn: ConnId, what: String, stands: bool, by_server: bool) {
        let path = Net::conn_path(conn);
        let what = What::Path {
            path,
            what,
            stands,
            by_server,
        };
        self.note(at, conn, what);
    }

    fn note_sent(&mut self, now: Time, conn: ConnId, message: Message) {
        let path = Net::conn_path(conn);
        let message = engine::Message::Diameter(message);
        self.note(
            now,
            conn,
            What::Sent {
                path,
                message,
                step: None,
                repeated: false,
                deviates: false,
            },
        );
    }

    fn note(&mut self, at: Time, conn: ConnId, what: What) {
        let party = self.party_of(conn);
        if self.trace.events.len() < MOST_EVENTS {
            self.trace.events.push(Event {
                at,
                session: 0,
                party,
                what,
            });
        }
    }
}

/// What the server calls itself in a request.
fn origin(request: &Message) -> Vec<(AvpKey, String)> {
    let named = |key| {
        let avp = request.find(key)?;
        Some((key, avp.utf8().ok()?.to_owned()))
    };
    [key::ORIGIN_HOST, key::ORIGIN_REALM]
        .into_iter()
        .filter_map(named)
        .collect()
}
