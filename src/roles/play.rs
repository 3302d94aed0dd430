//! One running scenario.

mod charging;
mod chat;
mod peer;
mod silence;
mod stepwise;
mod tasks;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::diameter;
use crate::engine::{Case, Plan, StepId, What};
use crate::io::{Closed, ConnId, Input, SocketId, Time};
use crate::scenario::Party;
use crate::sip;
use crate::sip::transaction::Flow;

use super::campaign::Stage;
use super::client::Heard;
use super::enabler::{Admitted, Enabler, Ticket};
use super::identity::{Clues, NO_CLUE, Whose};
use super::net::{Net, Part};
use super::outcome::Played;
use super::record::{End, Record, Seat};
use super::trigger::HttpTrigger;
use super::ua::Call;

use chat::Chat;
use silence::Silence;
use stepwise::Held;
pub(super) use stepwise::Word;

/// One running scenario: its parties, its trace, and how far it has come.
#[derive(Debug)]
pub(super) struct Play {
    pub index: usize,
    /// Which subscriber pairs it owns.
    pub subscribers: Vec<usize>,
    pub(super) case: Case,
    pub(super) record: Record,
    /// Its IM sessions, by their index in the scenario.
    pub(super) chats: Vec<Chat>,
    pending: Vec<Pending>,
    /// Requests that a step has answered.
    answered: Vec<Pending>,
    pub(super) http: Option<(ConnId, HttpTrigger)>,
    /// A CH-2 connection of its sessions is gone, and none has come to stand since.
    lost_peer: bool,
    /// A step of ours waits for the operator.
    held: Option<Held>,
    /// A silence that is about to mean something.
    silence: Option<Silence>,
    /// Watchdogs that were asked for and when, until they are answered.
    asked: Option<(Ticket, Time)>,
    phase: Phase,
    began: Time,
    limit: Duration,
    /// True once the server has reacted at all.
    pub heard: bool,
    /// Why the server could not even be spoken to.
    pub unreachable: Option<String>,
}

/// A request of the server's.
#[derive(Debug)]
struct Pending {
    session: usize,
    met: StepId,
    conn: ConnId,
    request: diameter::Message,
    admitted: Admitted,
}

/// How many quiet windows are listened through at the end, where the server does not fall silent.
const MOST_WINDOWS: u32 = 5;

/// How far a scenario has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Sockets are being bound.
    Preparing {
        until: Time,
    },
    /// The flow is played.
    Running,
    /// The flow is over, and what still stands is being ended.
    Tidying {
        until: Time,
    },
    /// Everything is ended; what comes late is still seen, and listened after, but not for ever: a
    /// server that never falls silent must not hold up the run.
    Listening {
        until: Time,
        latest: Time,
    },
    Over,
}

impl Play {
    /// Binds the sockets of a scenario's parties.
    pub fn new(index: usize, subscribers: Vec<usize>, case: Case, stage: &mut Stage) -> Play {
        let settings = Arc::clone(&stage.settings);
        let sessions = case.scenario.sessions.iter().enumerate();
        let chats: Vec<Chat> = sessions
            .map(|(at, session)| {
                let pair = settings.sut.subscribers[subscribers[session.pair]].clone();
                Chat::new(index, at, pair, stage)
            })
            .collect();
        let known = |(session, chat): (usize, &Chat)| chat.who.identities(session);
        let identities = chats.iter().enumerate().flat_map(known);
        let identities = identities.collect();
        let readings: Vec<_> = case.readings.iter().map(|(reading, _)| *reading).collect();
        let plan = Plan::new(Arc::clone(&case.scenario), &readings, &case.claims);
        let now = stage.net.now;
        let until = now + case.ixit.connect_time;
        Play {
            index,
            subscribers,
            record: Record::new(Arc::new(plan), settings.limits),
            case: Case { identities, ..case },
            chats,
            pending: Vec::new(),
            answered: Vec::new(),
            http: None,
            lost_peer: false,
            held: None,
            silence: None,
            asked: None,
            phase: Phase::Preparing { until },
            began: now,
            limit: Duration::ZERO,
            heard: false,
            unreachable: None,
        }
    }

    /// True once there is nothing more to wait for.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// True while its flow is played: new calls and sessions can be its own.
    pub fn is_running(&self) -> bool {
        !matches!(self.phase, Phase::Preparing { .. } | Phase::Over)
    }

    /// True while its flow is played and no other scenario's is.
    pub fn is_exclusive(&self) -> bool {
        self.case.scenario.exclusive && self.is_running()
    }

    /// How well a new call matches each of its sessions; no clue where there is no far end.
    pub fn clues_in_invite(&self, invite: &sip::Message) -> Vec<(Whose, Clues)> {
        self.clues(|chat| match chat.far {
            Some(_) => chat.who.clues_in_invite(invite),
            None => NO_CLUE,
        })
    }

    /// How well a CH-2 request matches each of its sessions.
    pub fn clues_in_request(&self, request: &diameter::Message) -> Vec<(Whose, Clues)> {
        self.clues(|chat| chat.who.clues_in_request(request))
    }

    fn clues(&self, clues: impl Fn(&Chat) -> Clues) -> Vec<(Whose, Clues)> {
        if !self.is_running() {
            return Vec::new();
        }
        let chats = self.chats.iter().enumerate();
        chats
            .map(|(session, chat)| (self.session(session), clues(chat)))
            .collect()
    }

    /// True where a session of it waits for its call to be charged.
    pub fn waits_for_start(&self, session: usize, enabler: &Enabler) -> bool {
        let chat = &self.chats[session];
        chat.client.is_in_call() && enabler.session_ids(self.session(session)).is_empty()
    }

    /// True where a session of it waits for its call to be forwarded.
    pub fn waits_for_invite(&self, session: usize) -> bool {
        let chat = &self.chats[session];
        let far = chat.far.as_ref();
        chat.client.is_in_call() && far.is_some_and(|far| far.call == Call::Idle)
    }

    /// The name of one of its sessions in the run.
    pub fn session(&self, session: usize) -> Whose {
        Whose {
            play: self.index,
            session,
        }
    }

    /// What came of it.
    pub fn finish(mut self, stage: &mut Stage) -> Played {
        let mut identities = BTreeMap::new();
        for (session, chat) in self.chats.iter_mut().enumerate() {
            let mut names = chat.who.names();
            let whose = Whose {
                play: self.index,
                session,
            };
            let sessions = stage.enabler.session_ids(whose);
            if !sessions.is_empty() {
                names.insert("Session-Id".to_owned(), sessions.join(" "));
            }
            let scenario = &self.case.scenario;
            let named = names.into_iter();
            identities.extend(named.map(|(name, is)| (scenario.in_session(session, &name), is)));
            chat.close(&mut stage.net);
        }
        stage.enabler.forget(self.index);
        if self.case.scenario.exclusive {
            stage.enabler.restore(&mut stage.net);
        }
        if let Some(port) = &mut stage.port {
            port.forget(self.index);
        }
        stage.net.close_play(self.index);
        let (trace, background) = self.record.take();
        Played {
            case: self.case,
            trace,
            not_played: None,
            began: self.began,
            ended: stage.net.now,
            identities,
            background,
        }
    }

    /// Ends it at once, with this as the last line of its trace.
    pub fn cut_short(&mut self, reason: &str, now: Time) {
        self.record.cut_short(now, reason);
        self.phase = Phase::Over;
    }

    /// Ends its flow: what came cannot be judged.
    pub fn leave_undecided(&mut self, reason: &str, now: Time) {
        self.record.cut_short(now, reason);
    }

    /// A socket of the play is bound.
    pub fn on_bound(&mut self, socket: SocketId, local: std::net::SocketAddr) {
        self.chats
            .iter_mut()
            .any(|chat| chat.on_bound(socket, local));
    }

    /// A connection, datagram or the end of one for a part of this play.
    pub fn on_input(&mut self, part: Part, input: Input, stage: &mut Stage) {
        let net = &mut stage.net;
        let (session, party) = match part {
            Part::Trigger => return self.on_http(input, stage),
            Part::ClientSip(session) => return self.on_line(session, input, stage),
            Part::ClientMedia(session) => (session, Party::Client),
            Part::FarEndMedia(session) => (session, Party::FarEnd),
        };
        if let Some(chat) = self.chats.get_mut(session) {
            chat.on_media(party, input, net, &mut self.record);
        }
    }

    fn on_line(&mut self, session: usize, input: Input, stage: &mut Stage) {
        let (net, record) = (&mut stage.net, &mut self.record);
        let Some(chat) = self.chats.get_mut(session) else {
            return;
        };
        if let Input::Closed { conn, how } = input {
            let was_hop = chat.on_line_closed(conn, &how, net, record);
            if was_hop && matches!(self.phase, Phase::Preparing { .. }) {
                let how = in_words(&how);
                self.unreachable = Some(format!("the server took no SIP connection: {how}"));
            }
            return;
        }
        for heard in chat.on_line(input, net, record) {
            self.on_heard(session, Party::Client, heard, stage);
        }
    }

    /// SIP for one of the parties.
    pub fn on_heard(&mut self, session: usize, party: Party, heard: Heard, stage: &mut Stage) {
        self.heard = true;
        if let Some(chat) = self.chats.get_mut(session) {
            chat.on_heard(party, heard, &mut stage.net, &mut self.record);
        }
    }

    /// The session whose far end has its call over a connection.
    pub fn far_session_on(&self, conn: ConnId) -> Option<usize> {
        let hop = Some(Flow::Tcp { conn });
        self.chats
            .iter()
            .position(|chat| chat.far.as_ref().is_some_and(|far| far.hop == hop))
    }

    /// A connection of the far end's port has ended.
    pub fn on_far_closed(&mut self, conn: ConnId, stage: &mut Stage) {
        for chat in &mut self.chats {
            chat.on_far_closed(conn, &mut stage.net, &mut self.record);
        }
    }

    /// A CH-2 connection is gone.
    pub fn on_peer_gone(
        &mut self,
        conn: ConnId,
        party: Party,
        what: &str,
        by_us: bool,
        stage: &mut Stage,
    ) {
        if stage.enabler.uses(self.index, conn) || self.is_exclusive() {
            let what = format!("CH-2 connection: {what}");
            let end = if by_us {
                End::GoneByUs
            } else {
                End::GoneByServer
            };
            self.lose_peer(conn, party, &what, end, stage.net.now);
        }
    }

    /// Enters that a CH-2 connection is gone.
    fn lose_peer(&mut self, conn: ConnId, party: Party, what: &str, end: End, now: Time) {
        self.lost_peer = true;
        let seat = Seat { session: 0, party };
        self.record.path(now, seat, Net::conn_path(conn), what, end);
    }

    /// Enters which CH-2 connections stand as the flow begins, where that is the scenario's subject.
    fn note_connections(&mut self, stage: &Stage) {
        if !self.is_exclusive() {
            return;
        }
        for conn in stage.enabler.open_connections() {
            let party = stage.enabler.party_of(conn);
            let (path, what) = (Net::conn_path(conn), "CH-2 connection: open");
            let seat = Seat { session: 0, party };
            self.record
                .path(stage.net.now, seat, path, what, End::Stands);
        }
    }

    /// A CH-2 connection came to stand: the server is back, where it was gone.
    pub fn on_peer_open(&mut self, conn: ConnId, stage: &Stage) {
        let party = stage.enabler.party_of(conn);
        if self.lost_peer && party == Party::Enabler || self.is_exclusive() {
            self.lost_peer &= party != Party::Enabler;
            let (path, what) = (Net::conn_path(conn), "CH-2 connection: open");
            let seat = Seat { session: 0, party };
            self.record
                .path(stage.net.now, seat, path, what, End::Stands);
        }
    }

    pub fn poll_timeout(&self) -> Option<Time> {
        let phase = match self.phase {
            Phase::Preparing { until }
            | Phase::Tidying { until }
            | Phase::Listening { until, .. } => Some(self.heard_by(until)),
            Phase::Running if self.is_held() => None,
            Phase::Running => Some(self.began + self.limit),
            Phase::Over => None,
        };
        let flow = if self.phase == Phase::Running {
            self.record.poll_timeout()
        } else {
            None
        };
        let chats = self.chats.iter().filter_map(Chat::poll_timeout).min();
        [phase, flow, chats].into_iter().flatten().min()
    }

    /// Carries out whatever is due, until nothing is.
    pub fn drive(&mut self, stage: &mut Stage) {
        for chat in &mut self.chats {
            chat.handle_timeout(&mut stage.net, &mut self.record);
        }
        let now = stage.net.now;
        self.time_watchdogs(stage);
        if let Phase::Preparing { until } = self.phase {
            self.prepare(until, stage);
        }
        if self.phase == Phase::Running {
            self.pass_time(stage);
            while let Some(task) = self.record.poll(now) {
                self.carry_out(task, stage);
                self.pass_time(stage);
            }
            self.keep_silent(stage);
            self.ask_operator(stage);
            let late = !self.is_held() && now >= self.began + self.limit;
            if !self.record.is_cut_short() && late {
                let reason = format!("the scenario's limit of {:?} is over", self.limit);
                self.record.cut_short(now, &reason);
            }
            if self.record.is_cut_short() || self.record.is_over() {
                self.tidy(stage);
            }
        }
        self.wind_up(stage);
    }

    fn prepare(&mut self, until: Time, stage: &mut Stage) {
        let now = stage.net.now;
        if self.chats.iter_mut().all(Chat::prepare) {
            self.began = now;
            self.limit = self.case.scenario.limit;
            self.record
                .begin(now, self.case.ixit.clone(), self.case.binding.clone());
            if stage.stepwise {
                self.record.go_stepwise();
            }
            self.phase = Phase::Running;
            self.note_connections(stage);
        } else if self.unreachable.is_some() || now >= until {
            let reason = self
                .unreachable
                .get_or_insert_with(|| "the server took no SIP connection".into());
            let reason = reason.clone();
            self.cut_short(&reason, now);
        }
    }

    /// Ends what still stands, so that nothing leaks into the next scenario.
    fn tidy(&mut self, stage: &mut Stage) {
        let now = stage.net.now;
        if self.case.scenario.exclusive {
            stage.enabler.restore(&mut stage.net);
        }
        self.record.enter(now, Seat::ENABLER, What::FlowOver);
        self.silence = None;
        self.http = None;
        for chat in &mut self.chats {
            chat.release(&mut stage.net, &mut self.record);
        }
        for Pending {
            session,
            conn,
            request,
            admitted,
            ..
        } in std::mem::take(&mut self.pending)
        {
            self.answer_by_default(session, conn, &request, &admitted, stage);
        }
        for chat in &mut self.chats {
            chat.hang_up(&mut stage.net, &mut self.record);
        }
        self.phase = Phase::Tidying {
            until: now + self.case.ixit.trigger_time,
        };
    }

    fn wind_up(&mut self, stage: &mut Stage) {
        let now = stage.net.now;
        if let Phase::Tidying { until } = self.phase {
            let stands = self.chats.iter().any(Chat::is_in_call)
                || stage.enabler.open_sessions(self.index) > 0;
            if now >= until {
                for chat in &mut self.chats {
                    chat.hang_up_far(&mut stage.net, &mut self.record);
                }
            }
            if !stands || now >= until {
                let window = self.case.ixit.quiet_window;
                self.phase = Phase::Listening {
                    until: now + window,
                    latest: now + window * MOST_WINDOWS,
                };
            }
        }
        if let Phase::Listening { until, .. } = self.phase
            && now >= until
            && self.is_heard_out(stage)
        {
            self.phase = Phase::Over;
        }
    }
}

/// A connection's end, in words.
pub(super) fn in_words(how: &Closed) -> String {
    match how {
        Closed::ByPeer => "closed by the server".to_owned(),
        Closed::Reset => "reset by the server".to_owned(),
        Closed::Refused => "refused by the server".to_owned(),
        Closed::Stalled => "the server did not read".to_owned(),
        Closed::Failed(reason) => format!("failed: {reason}"),
    }
}

/// A scenario that is not played.
pub(super) fn not_played(case: Case, reason: String, now: Time) -> Played {
    Played {
        case,
        trace: crate::engine::Trace::default(),
        not_played: Some(reason),
        began: now,
        ended: now,
        identities: BTreeMap::new(),
        background: BTreeMap::new(),
    }
}
