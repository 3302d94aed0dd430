//! Whatever comes in, to whom it concerns.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::ch2::Kind;
use crate::diameter;
use crate::io::{Input, SocketId};
use crate::roles::Progress;
use crate::roles::client::Heard;
use crate::roles::enabler::Arrival;
use crate::roles::far_end::Port;
use crate::roles::identity::{Clues, Whose, best, contradicts, names_anybody};
use crate::roles::net::Owner;
use crate::roles::play::{Play, Word};
use crate::scenario::Party;

use super::{Campaign, Stage};

/// Kinds of strays that are told apart.
const STRAY_KINDS: usize = 64;

/// Who is meant by a message.
enum Belongs {
    To(Whose),
    /// One of several sessions of that scenario, and nothing tells which.
    ToOneOf(usize),
    ToNobody,
}

impl Campaign {
    pub(super) fn on_input(&mut self, input: Input) {
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
                    Owner::Enabler(node) => {
                        self.stage
                            .enabler
                            .on_accepted(node, conn, peer, &mut self.stage.net);
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
                Some(Owner::Enabler(_)) => {
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
                Some(Owner::Enabler(_)) => {
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
                    if play.asked(task) {
                        let word = play.on_operator(task, &outcome, &mut self.stage);
                        self.on_word(word);
                    } else {
                        play.on_task_done(outcome, &self.stage);
                    }
                }
            }
            Input::Interrupt => {
                self.interrupted = true;
                self.end_all("interrupted");
            }
        }
    }

    /// What the operator said about a step that was held.
    fn on_word(&mut self, word: Option<Word>) {
        match word {
            None | Some(Word::Continue) => {}
            Some(Word::RunOn) => {
                self.stage.stepwise = false;
                let now = self.stage.net.now;
                self.plays.values_mut().for_each(|play| play.run_on(now));
            }
            Some(Word::Stop(reason)) => {
                self.stage
                    .progress
                    .push_back(Progress::Note(reason.clone()));
                self.interrupted = true;
                self.end_all(&reason);
            }
        }
    }

    fn on_datagram(&mut self, socket: SocketId, from: SocketAddr, bytes: Bytes, input: Input) {
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
            Some(Owner::Enabler(_)) | None => {}
        }
    }

    fn on_bound(&mut self, socket: SocketId, local: SocketAddr) {
        match self.stage.net.owner_of_socket(socket) {
            Some(Owner::Enabler(node)) => {
                let enabler = &mut self.stage.enabler;
                let ready = enabler.on_bound(node, local);
                let listening = ready.then(|| Progress::EnablerListening(enabler.first_address()));
                self.stage.progress.extend(listening);
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
            Some(Owner::Enabler(node)) => {
                let addr = self.stage.enabler.address(node).listen;
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
                for play in self.plays.values_mut() {
                    if let Some(session) = play.far_session_on(conn) {
                        let garbage = Heard::Garbage {
                            conn,
                            bytes,
                            reason,
                        };
                        play.on_heard(session, Party::FarEnd, garbage, &mut self.stage);
                        break;
                    }
                }
                return;
            }
        };
        let Some(port) = &self.stage.port else { return };
        let call_id = message.call_id().map(str::to_owned).unwrap_or_default();
        let mut owner = port
            .owner(&call_id)
            .filter(|whose| self.plays.contains_key(&whose.play));
        if owner.is_none() && message.is_request() {
            let plays = self.plays.values();
            let clues = plays.flat_map(|play| play.clues_in_invite(&message));
            let is_invite = message.is_method("INVITE");
            let waits = |play: &Play, session| is_invite && play.waits_for_invite(session);
            match self.belongs(clues.collect(), waits) {
                Belongs::To(whose) => owner = Some(whose),
                Belongs::ToOneOf(play) if is_invite => {
                    let reason = "a call that the server forwarded may be of either of several \
                                  sessions: neither its addresses nor its ICID nor its Call-ID \
                                  tell which";
                    self.leave_undecided(play, reason);
                }
                Belongs::ToOneOf(_) | Belongs::ToNobody => {}
            }
        }
        let play = owner.and_then(|whose| Some((self.plays.get_mut(&whose.play)?, whose)));
        match play {
            Some((play, whose)) => {
                if let Some(port) = &mut self.stage.port {
                    port.assign(&call_id, whose);
                }
                let heard = Heard::Message(message, flow);
                play.on_heard(whose.session, Party::FarEnd, heard, &mut self.stage);
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
    pub(super) fn on_arrivals(&mut self) {
        while let Some(arrival) = self.stage.enabler.next_arrival() {
            match arrival {
                Arrival::Opened { host, conn } => {
                    self.opened_once = true;
                    for play in self.plays.values_mut() {
                        play.on_peer_open(conn, &self.stage);
                    }
                    self.stage.progress.push_back(Progress::PeerOpen { host });
                }
                Arrival::Answer {
                    conn,
                    whose,
                    message,
                } => {
                    if let Some(play) = self.plays.get_mut(&whose.play) {
                        play.on_answer(whose.session, conn, message, &self.stage);
                    }
                }
                Arrival::Peer {
                    conn,
                    message,
                    received,
                } => {
                    // A scenario that disturbs the connection sees what goes over it.
                    let mut alone = self.plays.values_mut().filter(|play| play.is_exclusive());
                    if let Some(play) = alone.next() {
                        play.on_peer_message(conn, message, received, &self.stage);
                    }
                }
                Arrival::Gone {
                    conn,
                    what,
                    by_us,
                    party,
                } => {
                    for play in self.plays.values_mut() {
                        play.on_peer_gone(conn, party, &what, by_us, &mut self.stage);
                    }
                    let note = format!("a CH-2 connection is gone: {what}");
                    self.stage.progress.push_back(Progress::Note(note));
                }
                Arrival::Request { conn, message } => match self.owner_of(&message) {
                    Some(whose) => {
                        let session = message.session_id().unwrap_or_default();
                        self.stage.enabler.assign(session, whose, conn);
                        if let Some(play) = self.plays.get_mut(&whose.play) {
                            play.on_charging(whose.session, conn, message, &mut self.stage);
                        }
                    }
                    None => {
                        self.stray("CH-2 request that belongs to no scenario");
                        self.leave_unnamed_undecided(&message);
                        self.stage
                            .enabler
                            .refuse(conn, message, &mut self.stage.net);
                    }
                },
            }
        }
    }

    /// Whose a CH-2 request is: by its Session-Id once that is known, else by what it says of who is
    /// charged for what. What is left open makes the scenario undecided.
    fn owner_of(&mut self, request: &diameter::Message) -> Option<Whose> {
        if request.command_code() != diameter::dictionary::CCR {
            return None;
        }
        let id = request.session_id().unwrap_or_default();
        if let Some(known) = self.stage.enabler.owner(id) {
            let owner = known?;
            let play = self.plays.get(&owner.play)?;
            // A server may use one Session-Id for two sessions, which it must not: each of them
            // gets what names it.
            let clues = play.clues_in_request(request);
            return contradicts(owner, &clues).or(Some(owner));
        }
        let clues: Vec<_> = {
            let plays = self.plays.values();
            plays
                .flat_map(|play| play.clues_in_request(request))
                .collect()
        };
        let is_start = self.is_start(request);
        let enabler = &self.stage.enabler;
        let waits = |play: &Play, session| is_start && play.waits_for_start(session, enabler);
        match self.belongs(clues, waits) {
            Belongs::To(whose) => Some(whose),
            Belongs::ToNobody => None,
            Belongs::ToOneOf(play) => {
                let reason = "a SessionRequest may be of either of several sessions: neither its \
                              subscriber nor its ICID nor its User-Session-Id tells which";
                self.leave_undecided(play, reason);
                None
            }
        }
    }

    fn is_start(&self, request: &diameter::Message) -> bool {
        let kind = request.find(diameter::key::CC_REQUEST_TYPE);
        let kind = kind.and_then(|avp| avp.u32().ok());
        let binding = &self.stage.settings.sut.binding;
        kind.and_then(|value| binding.kind(value)) == Some(Kind::Start)
    }

    /// Who is meant by what a message says. What names nobody is the only running scenario's; of
    /// several sessions of one scenario that are named equally it is the one that waits for it.
    fn belongs(&self, clues: Vec<(Whose, Clues)>, waits: impl Fn(&Play, usize) -> bool) -> Belongs {
        let mut named = best(&clues);
        if named.is_empty() {
            named = self.only_running();
        }
        let one = |of: &[Whose]| match of {
            [only] => Some(*only),
            _ => None,
        };
        let Some(first) = named.first().copied() else {
            return Belongs::ToNobody;
        };
        if let Some(only) = one(&named) {
            return Belongs::To(only);
        }
        if named.iter().any(|whose| whose.play != first.play) {
            return Belongs::ToNobody;
        }
        let waits = |whose: &Whose| {
            let play = self.plays.get(&whose.play);
            play.is_some_and(|play| waits(play, whose.session))
        };
        named.retain(waits);
        one(&named).map_or(Belongs::ToOneOf(first.play), Belongs::To)
    }

    /// A request that names nobody at all may be any scenario's that waits for its start: none of
    /// them can be judged, and it is not the server that is wrong (RFC 8506 5.2 has the
    /// Subscription-Id as a SHOULD).
    fn leave_unnamed_undecided(&mut self, request: &diameter::Message) {
        if request.command_code() != diameter::dictionary::CCR || names_anybody(request) {
            return;
        }
        let enabler = &self.stage.enabler;
        let waits = |play: &&Play| play.is_running() && enabler.has_none(play.index);
        let waiting: Vec<usize> = self.plays.values().filter(waits).map(|p| p.index).collect();
        for play in waiting {
            let reason = "a SessionRequest names neither a subscriber nor a session of SIP, so it \
                          is nobody's while several scenarios run: run one at a time (--jobs 1)";
            self.leave_undecided(play, reason);
        }
    }

    fn leave_undecided(&mut self, play: usize, reason: &str) {
        if let Some(play) = self.plays.get_mut(&play) {
            play.leave_undecided(reason, self.stage.net.now);
        }
    }

    /// The sessions of the scenario that runs, where it is the only one: what names nobody is of one
    /// of them.
    fn only_running(&self) -> Vec<Whose> {
        let mut running = self.plays.values().filter(|play| play.is_running());
        match (running.next(), running.next()) {
            (Some(only), None) => (0..only.chats.len()).map(|at| only.session(at)).collect(),
            _ => Vec::new(),
        }
    }

    fn stray(&mut self, kind: &str) {
        if self.strays.len() < STRAY_KINDS || self.strays.contains_key(kind) {
            *self.strays.entry(kind.to_owned()).or_default() += 1;
        }
    }
}
