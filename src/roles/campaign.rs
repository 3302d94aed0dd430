//! All scenarios of a run against one server, as one machine.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use crate::ch2::{Reading, ReadingGroup, ReadingId};
use crate::diameter::{self, Dictionary};
use crate::engine::Case;
use crate::io::{Input, Machine, Output, SocketId, Time};
use crate::scenario::{Ics, Party, Scenario, Sut, Trigger};
use crate::sip::transaction::Flow;

use super::client::Heard;
use super::enabler::{Arrival, Enabler};
use super::far_end::Port;
use super::identity::{NO_CLUE, best};
use super::net::{Net, Owner};
use super::outcome::{Outcome, Played, Progress, Settings};
use super::play::{self, Play};
use super::schedule::Schedule;

/// Plays IM clients, far ends and the Charging Enabler for all scenarios of a run against one
/// server.
#[derive(Debug)]
pub struct Campaign {
    stage: Stage,
    schedule: Schedule,
    plays: BTreeMap<usize, Play>,
    results: Vec<Option<Played>>,
    /// By when the server is to have a CH-2 connection; runs while none is open.
    connect_by: Option<Time>,
    opened_once: bool,
    heard_sip: bool,
    diagnosis: Option<String>,
    interrupted: bool,
    strays: BTreeMap<String, u32>,
}

/// What the running scenarios share.
#[derive(Debug)]
pub(super) struct Stage {
    pub settings: Arc<Settings>,
    pub net: Net,
    pub enabler: Enabler,
    /// The far end's SIP port, where the server forwards to one.
    pub port: Option<Port>,
    pub progress: VecDeque<Progress>,
}

/// Kinds of strays that are told apart.
const STRAY_KINDS: usize = 64;

impl Campaign {
    /// A campaign that has not begun. It asks for its sockets at once.
    pub fn new(settings: Settings) -> Campaign {
        let settings = Arc::new(settings);
        let sut = &settings.sut;
        let mut net = Net::new(settings.seed);
        let ip = sut.sip.client_address;
        let dictionary = Dictionary::profiles()
            .into_iter()
            .find(|dictionary| dictionary.profile == sut.binding.dictionary)
            .unwrap_or_else(Dictionary::default);
        let most_peers = settings.limits.peers;
        let enabler = Enabler::new(sut.enabler.clone(), ip, dictionary, most_peers, &mut net);
        let port = sut
            .far_end
            .as_ref()
            .map(|address| Port::new(address, ip, &mut net));
        let mut schedule = Schedule::new(settings.jobs, sut.subscribers.len());
        let mut results = Vec::with_capacity(settings.scenarios.len());
        for (index, scenario) in settings.scenarios.iter().enumerate() {
            let case = case(sut, scenario);
            match play::lacks(&case) {
                Some(reason) => results.push(Some(play::not_played(case, reason, Time::ZERO))),
                None => {
                    schedule.push(index, scenario.exclusive);
                    results.push(None);
                }
            }
        }
        let mut campaign = Campaign {
            schedule,
            plays: BTreeMap::new(),
            results,
            connect_by: None,
            opened_once: false,
            heard_sip: false,
            diagnosis: None,
            interrupted: false,
            strays: BTreeMap::new(),
            stage: Stage {
                settings,
                net,
                enabler,
                port,
                progress: VecDeque::new(),
            },
        };
        if campaign.stage.settings.sut.subscribers.is_empty() {
            campaign.give_up("the server's description names no subscribers".to_owned());
        }
        campaign.close_when_done();
        campaign
    }

    /// The next thing that happened, for whoever watches.
    pub fn poll_progress(&mut self) -> Option<Progress> {
        self.stage.progress.pop_front()
    }

    /// A scenario that is over, by its place in [`Settings::scenarios`].
    pub fn played(&self, index: usize) -> Option<&Played> {
        self.results.get(index)?.as_ref()
    }

    /// What came of it. A scenario that is still running is cut short.
    pub fn into_outcome(mut self) -> Outcome {
        self.end_all("the run ended");
        let now = self.stage.net.now;
        let settings = Arc::clone(&self.stage.settings);
        let results = std::mem::take(&mut self.results)
            .into_iter()
            .zip(&settings.scenarios);
        let results = results.map(|(played, scenario)| {
            played.unwrap_or_else(|| {
                play::not_played(
                    case(&settings.sut, scenario),
                    "the run ended".to_owned(),
                    now,
                )
            })
        });
        Outcome {
            results: results.collect(),
            peer: self.stage.enabler.take_trace(),
            diagnosis: self.diagnosis,
            interrupted: self.interrupted,
            strays: self.strays,
        }
    }

    fn on_input(&mut self, input: Input) {
        match input {
            Input::Bound { socket, local } => self.on_bound(socket, local),
            Input::BindFailed { socket, reason } => self.on_bind_failed(socket, &reason),
            Input::Accepted {
                socket, conn, peer, ..
            } => {
                let Some(owner) = self.stage.net.owner_of_socket(socket) else {
                    return;
                };
                self.stage.net.accepted(conn, owner);
                match owner {
                    Owner::Enabler => {
                        self.stage
                            .enabler
                            .on_accepted(conn, peer, &mut self.stage.net);
                    }
                    Owner::FarEnd => {
                        if !self
                            .stage
                            .port
                            .as_mut()
                            .is_some_and(|port| port.on_accepted(conn))
                        {
                            self.stage.net.close(conn, true);
                        }
                    }
                    Owner::Play(index, part) => {
                        if let Some(play) = self.plays.get_mut(&index) {
                            play.on_input(part, input, &mut self.stage);
                        }
                    }
                }
            }
            Input::Connected { conn, .. } => {
                if let Some(Owner::Play(index, part)) = self.stage.net.owner_of_conn(conn)
                    && let Some(play) = self.plays.get_mut(&index)
                {
                    play.on_input(part, input, &mut self.stage);
                }
            }
            Input::Received { conn, ref bytes } => match self.stage.net.owner_of_conn(conn) {
                Some(Owner::Enabler) => {
                    self.stage
                        .enabler
                        .on_bytes(conn, bytes, &mut self.stage.net);
                }
                Some(Owner::FarEnd) => {
                    let Stage { port, net, .. } = &mut self.stage;
                    let heard = port.as_mut().map(|port| port.bytes(conn, bytes, net));
                    heard
                        .into_iter()
                        .flatten()
                        .for_each(|heard| self.on_far_end(heard));
                }
                Some(Owner::Play(index, part)) => {
                    if let Some(play) = self.plays.get_mut(&index) {
                        play.on_input(part, input, &mut self.stage);
                    }
                }
                None => {}
            },
            Input::Closed { conn, ref how } => match self.stage.net.closed(conn) {
                Some(Owner::Enabler) => {
                    self.stage.enabler.on_closed(conn, how, &mut self.stage.net);
                }
                Some(Owner::FarEnd) => {
                    if let Some(port) = &mut self.stage.port {
                        port.on_closed(conn);
                    }
                    for play in self.plays.values_mut() {
                        play.on_far_closed(conn, &mut self.stage);
                    }
                }
                Some(Owner::Play(index, part)) => {
                    if let Some(play) = self.plays.get_mut(&index) {
                        play.on_input(part, input, &mut self.stage);
                    }
                }
                None => {}
            },
            Input::Datagram {
                socket,
                from,
                ref bytes,
            } => {
                self.on_datagram(socket, from, bytes.clone(), input);
            }
            Input::TaskDone { task, outcome } => {
                if let Some(index) = self.stage.net.task_done(task)
                    && let Some(play) = self.plays.get_mut(&index)
                {
                    play.on_task_done(outcome, &self.stage);
                }
            }
            Input::Interrupt => {
                self.interrupted = true;
                self.end_all("interrupted");
            }
        }
    }

    fn on_datagram(
        &mut self,
        socket: SocketId,
        from: std::net::SocketAddr,
        bytes: Bytes,
        input: Input,
    ) {
        match self.stage.net.owner_of_socket(socket) {
            Some(Owner::FarEnd) => {
                let heard = self
                    .stage
                    .port
                    .as_ref()
                    .and_then(|port| port.datagram(from, bytes));
                if let Some(heard) = heard {
                    self.on_far_end(heard);
                }
            }
            Some(Owner::Play(index, part)) => {
                if let Some(play) = self.plays.get_mut(&index) {
                    play.on_input(part, input, &mut self.stage);
                }
            }
            Some(Owner::Enabler) | None => {}
        }
    }

    fn on_bound(&mut self, socket: SocketId, local: std::net::SocketAddr) {
        match self.stage.net.owner_of_socket(socket) {
            Some(Owner::Enabler) => {
                if self.stage.enabler.on_bound(socket, local) {
                    self.stage
                        .progress
                        .push_back(Progress::EnablerListening(local));
                }
            }
            Some(Owner::FarEnd) => {
                let bound = self
                    .stage
                    .port
                    .as_mut()
                    .and_then(|port| port.on_bound(socket, local));
                if let Some(local) = bound {
                    self.stage
                        .progress
                        .push_back(Progress::FarEndListening(local));
                }
            }
            Some(Owner::Play(index, _)) => {
                if let Some(play) = self.plays.get_mut(&index) {
                    play.on_bound(socket, local);
                }
            }
            None => {}
        }
    }

    fn on_bind_failed(&mut self, socket: SocketId, reason: &str) {
        match self.stage.net.bind_failed(socket) {
            Some(Owner::Enabler) => {
                let addr = self.stage.enabler.address().listen;
                self.give_up(format!(
                    "the Charging Enabler cannot listen at {addr}: {reason}"
                ));
            }
            Some(Owner::FarEnd) => {
                let lost = self
                    .stage
                    .port
                    .as_ref()
                    .filter(|port| port.on_bind_failed(socket));
                if let Some(addr) = lost.map(Port::listen) {
                    self.give_up(format!("the far end cannot take SIP at {addr}: {reason}"));
                }
            }
            Some(Owner::Play(..)) => {
                let ip = self.stage.settings.sut.sip.client_address;
                self.give_up(format!("the client cannot bind a socket at {ip}: {reason}"));
            }
            None => {}
        }
    }

    /// SIP at the far end's port: to the scenario it belongs to.
    fn on_far_end(&mut self, heard: Heard) {
        let (message, flow) = match heard {
            Heard::Message(message, flow) => (message, flow),
            Heard::Garbage {
                conn,
                bytes,
                reason,
            } => {
                self.stray("SIP that cannot be cut into messages");
                // Whoever has a call over the connection is to know.
                let mut plays = self.plays.values_mut();
                if let Some(play) = plays.find(|play| {
                    play.far
                        .as_ref()
                        .is_some_and(|far| far.hop == Some(Flow::Tcp { conn }))
                }) {
                    let garbage = Heard::Garbage {
                        conn,
                        bytes,
                        reason,
                    };
                    play.on_heard(Party::FarEnd, garbage, &mut self.stage);
                }
                return;
            }
        };
        let Some(port) = &self.stage.port else { return };
        let call_id = message.call_id().map(str::to_owned).unwrap_or_default();
        let mut owner = port
            .owner(&call_id)
            .filter(|index| self.plays.contains_key(index));
        if owner.is_none() && message.is_request() {
            owner = best(
                self.plays
                    .values()
                    .map(|p| (p.index, p.clues_in_invite(&message))),
            );
            owner = owner.or_else(|| self.only_running());
        }
        match owner.and_then(|index| self.plays.get_mut(&index)) {
            Some(play) => {
                if let Some(port) = &mut self.stage.port {
                    port.assign(&call_id, play.index);
                }
                play.on_heard(
                    Party::FarEnd,
                    Heard::Message(message, flow),
                    &mut self.stage,
                );
            }
            None => {
                if let Some(port) = &self.stage.port {
                    port.refuse(&message, flow, &mut self.stage.net);
                }
                self.stray("SIP that belongs to no scenario");
            }
        }
    }

    /// What the Charging Enabler has for others.
    fn on_arrivals(&mut self) {
        while let Some(arrival) = self.stage.enabler.next_arrival() {
            match arrival {
                Arrival::Opened { host } => {
                    self.opened_once = true;
                    self.stage.progress.push_back(Progress::PeerOpen { host });
                }
                Arrival::Gone { conn, what } => {
                    for play in self.plays.values_mut() {
                        play.on_peer_gone(conn, &what, &mut self.stage);
                    }
                    let note = format!("a CH-2 connection is gone: {what}");
                    self.stage.progress.push_back(Progress::Note(note));
                }
                Arrival::Request { conn, message } => match self.owner_of(&message) {
                    Some(index) => {
                        let session = message.session_id().unwrap_or_default();
                        if self.stage.enabler.owner(session).is_none() {
                            self.stage.enabler.assign(session, index, conn);
                        }
                        if let Some(play) = self.plays.get_mut(&index) {
                            play.on_charging(conn, message, &mut self.stage);
                        }
                    }
                    None => {
                        self.stray("CH-2 request that belongs to no scenario");
                        self.stage
                            .enabler
                            .refuse(conn, message, &mut self.stage.net);
                    }
                },
            }
        }
    }

    /// The scenario a CH-2 request belongs to: by its Session-Id once that is known, else by what
    /// it says of who is charged for what.
    fn owner_of(&self, request: &diameter::Message) -> Option<usize> {
        if request.command_code() != diameter::dictionary::CCR {
            return None;
        }
        if let Some(known) = self
            .stage
            .enabler
            .owner(request.session_id().unwrap_or_default())
        {
            return known.filter(|index| self.plays.contains_key(index));
        }
        let clues = self.plays.values().map(|play| {
            let clues = if play.is_running() {
                play.who.clues_in_request(request)
            } else {
                NO_CLUE
            };
            (play.index, clues)
        });
        best(clues).or_else(|| self.only_running())
    }

    /// The scenario that runs, where it is the only one: what names nobody is its own.
    fn only_running(&self) -> Option<usize> {
        let mut running = self.plays.values().filter(|play| play.is_running());
        let only = running.next()?.index;
        running.next().is_none().then_some(only)
    }

    /// Lets everything go on until nothing more can be done at this moment.
    fn settle(&mut self) {
        self.on_arrivals();
        loop {
            for play in self.plays.values_mut() {
                play.drive(&mut self.stage);
            }
            let over: Vec<usize> = self
                .plays
                .values()
                .filter(|play| play.is_over())
                .map(|p| p.index)
                .collect();
            let any_over = !over.is_empty();
            over.into_iter().for_each(|index| self.finish(index));
            self.watch_connection();
            if !self.start_next() && !any_over {
                break;
            }
        }
        self.close_when_done();
    }

    fn start_next(&mut self) -> bool {
        let stage = &mut self.stage;
        let ready = stage.enabler.is_open()
            && stage.port.as_ref().is_none_or(Port::is_ready)
            && self.diagnosis.is_none()
            && !self.interrupted;
        if !ready {
            return false;
        }
        let Some((index, subscriber)) = self.schedule.start() else {
            return false;
        };
        let scenario = Arc::clone(&stage.settings.scenarios[index]);
        let case = case(&stage.settings.sut, &scenario);
        stage.progress.push_back(Progress::Started {
            index,
            id: scenario.id.clone(),
        });
        let play = Play::new(index, subscriber, case, stage);
        self.plays.insert(index, play);
        true
    }

    fn finish(&mut self, index: usize) {
        let Some(play) = self.plays.remove(&index) else {
            return;
        };
        self.schedule.finished(play.subscriber);
        self.heard_sip |= play.heard_sip;
        let unreachable = play.unreachable.clone();
        self.results[index] = Some(play.finish(&mut self.stage));
        self.stage.progress.push_back(Progress::Finished { index });
        let at = self.stage.settings.sip;
        if let Some(reason) = unreachable {
            self.give_up(format!("SIP at {at}: {reason}"));
        } else if !self.heard_sip && !self.interrupted {
            self.give_up(format!("SIP at {at}: the server sent nothing at all"));
        }
    }

    /// Gives up where the server has no CH-2 connection for too long.
    fn watch_connection(&mut self) {
        let waits = self.stage.enabler.is_listening()
            && !self.stage.enabler.is_open()
            && self.schedule.is_waiting();
        if !waits {
            self.connect_by = None;
            return;
        }
        let patience = self.stage.settings.sut.values.connect_time;
        let by = *self.connect_by.get_or_insert(self.stage.net.now + patience);
        if self.stage.net.now >= by {
            let address = self.stage.enabler.address().listen;
            let what = match (self.opened_once, self.stage.enabler.connections()) {
                (true, _) => "lost its CH-2 connection and opened no other",
                (false, 0) => "opened no CH-2 connection",
                (false, _) => "connected for CH-2 and exchanged no capabilities",
            };
            self.give_up(format!(
                "the server {what} at {address} within {patience:?} (ixit: connect time)"
            ));
        }
    }

    /// Nothing more is started; what runs goes on to its end.
    fn give_up(&mut self, diagnosis: String) {
        let now = self.stage.net.now;
        let settings = Arc::clone(&self.stage.settings);
        for index in self.schedule.give_up() {
            let case = case(&settings.sut, &settings.scenarios[index]);
            self.results[index] = Some(play::not_played(case, diagnosis.clone(), now));
        }
        self.stage
            .progress
            .push_back(Progress::Note(diagnosis.clone()));
        self.diagnosis.get_or_insert(diagnosis);
    }

    fn end_all(&mut self, reason: &str) {
        let now = self.stage.net.now;
        let settings = Arc::clone(&self.stage.settings);
        for index in self.schedule.give_up() {
            let case = case(&settings.sut, &settings.scenarios[index]);
            self.results[index] = Some(play::not_played(case, reason.to_owned(), now));
        }
        for (index, mut play) in std::mem::take(&mut self.plays) {
            play.cut_short(reason, now);
            self.schedule.finished(play.subscriber);
            self.results[index] = Some(play.finish(&mut self.stage));
            self.stage.progress.push_back(Progress::Finished { index });
        }
        self.close_when_done();
    }

    fn close_when_done(&mut self) {
        if self.schedule.is_done() {
            self.stage.net.close_all();
        }
    }

    fn stray(&mut self, kind: &str) {
        if self.strays.len() < STRAY_KINDS || self.strays.contains_key(kind) {
            *self.strays.entry(kind.to_owned()).or_default() += 1;
        }
    }
}

impl Machine for Campaign {
    fn handle(&mut self, now: Time, input: Input) {
        self.stage.net.now = now;
        self.on_input(input);
        self.settle();
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.stage.net.poll_output()
    }

    fn poll_timeout(&self) -> Option<Time> {
        if self.schedule.is_done() {
            return None;
        }
        let plays = self.plays.values().filter_map(Play::poll_timeout).min();
        [plays, self.stage.enabler.poll_timeout(), self.connect_by]
            .into_iter()
            .flatten()
            .min()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.stage.net.now = now;
        self.stage.enabler.handle_timeout(&mut self.stage.net);
        self.settle();
    }

    fn is_finished(&self) -> bool {
        self.schedule.is_done() && !self.stage.net.has_output()
    }
}

/// What the judge needs besides the trace, before the scenario has parties.
fn case(sut: &Sut, scenario: &Arc<Scenario>) -> Case {
    Case {
        scenario: Arc::clone(scenario),
        readings: readings(sut),
        claims: claims(sut),
        ixit: sut.values.clone(),
        binding: sut.binding.clone(),
        identities: Vec::new(),
    }
}

/// The reading of each group that decides, and whether the vendor claimed it.
fn readings(sut: &Sut) -> Vec<(ReadingId, bool)> {
    ReadingGroup::ALL
        .into_iter()
        .map(|group| match sut.readings.get(&group) {
            Some(claimed) => (*claimed, true),
            None => (Reading::default_of(group).id, false),
        })
        .collect()
}

/// What the server implements: what it claims, and what its description implies.
fn claims(sut: &Sut) -> Vec<Ics> {
    let mut claims = sut.claims.clone();
    claims.push(if sut.far_end.is_some() {
        Ics::FarEnd
    } else {
        Ics::Standalone
    });
    if sut.triggers.contains_key(&Trigger::ServerEndsSession) {
        claims.push(Ics::ServerEndsSession);
    }
    claims.sort_unstable();
    claims.dedup();
    claims
}
