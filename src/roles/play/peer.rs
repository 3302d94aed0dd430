//! Diameter besides credit control: what a scenario has the Charging Enabler ask, and what it sees of
//! the connection itself.

use crate::diameter;
use crate::diameter::peer::Behaviour;
use crate::engine::{Message, Standing, StepId};
use crate::io::ConnId;
use crate::roles::campaign::Stage;
use crate::roles::craft::craft;
use crate::roles::net::Net;
use crate::roles::record::{End, Seat};
use crate::scenario::{Action, Changes, Command, Deed, Incoming, Party};

use super::Play;

impl Play {
    /// Sends a request, as a step says.
    pub(super) fn ask_server(
        &mut self,
        step: StepId,
        party: Party,
        command: Command,
        changes: &Changes,
        stage: &mut Stage,
    ) {
        let now = stage.net.now;
        let session = self.record.step(step).map_or(0, |step| step.session);
        let whose = self.session(session);
        let (conn, request) = match stage.enabler.request(command, whose, party) {
            Ok(request) => request,
            Err(reason) => {
                self.record.impossible(now, step, reason, false);
                return;
            }
        };
        let bytes = match craft(request, changes, |expr| self.text_of(expr)) {
            Ok(bytes) => bytes,
            Err(reason) => {
                self.record.impossible(now, step, &reason, true);
                return;
            }
        };
        let request = stage.enabler.read(bytes);
        let entry = Message::Diameter(request.clone());
        let (path, seat) = (Net::conn_path(conn), Seat { session, party });
        self.record.sent(now, seat, path, entry, Some(step), false);
        stage.enabler.ask(conn, whose, &request, &mut stage.net);
    }

    /// The answer to a request that one of the sessions had sent.
    pub fn on_answer(
        &mut self,
        session: usize,
        conn: ConnId,
        answer: diameter::Message,
        stage: &Stage,
    ) {
        self.heard = true;
        let path = Net::conn_path(conn);
        let entry = Message::Diameter(answer);
        let party = stage.enabler.party_of(conn);
        let seat = Seat { session, party };
        self.record
            .received(stage.net.now, seat, path, entry, Standing::Flow);
    }

    /// A message of the connection itself (capabilities, watchdog, disconnection), which the
    /// Charging Enabler answers by itself, and its answer.
    pub fn on_peer_message(
        &mut self,
        conn: ConnId,
        message: diameter::Message,
        received: bool,
        stage: &Stage,
    ) {
        let (now, path) = (stage.net.now, Net::conn_path(conn));
        let waits = message.is_request() && self.waits_for(message.command_code());
        let entry = Message::Diameter(message);
        let seat = Seat {
            session: 0,
            party: stage.enabler.party_of(conn),
        };
        if !received {
            self.record.sent(now, seat, path, entry, None, false);
            return;
        }
        let standing = match waits {
            true => Standing::Flow,
            false => Standing::Background,
        };
        self.record.received(now, seat, path, entry, standing);
    }

    /// What a Charging Enabler does that is no message.
    pub(super) fn act_as_enabler(
        &mut self,
        step: StepId,
        party: Party,
        deed: Deed,
        stage: &mut Stage,
    ) {
        let now = stage.net.now;
        match deed {
            Deed::CloseConnection | Deed::ResetConnection => {
                let abort = deed == Deed::ResetConnection;
                let conns = stage
                    .enabler
                    .close_connections(party, abort, &mut stage.net);
                if conns.is_empty() {
                    let reason = "the server has no connection there";
                    return self.record.impossible(now, step, reason, false);
                }
                let how = if abort { "reset" } else { "closed" };
                let what = format!("CH-2 connection: {how} by the Charging Enabler");
                for conn in conns {
                    self.lose_peer(conn, party, &what, End::GoneByUs, now);
                }
            }
            Deed::StopListening | Deed::ListenAgain => {
                let open = deed == Deed::ListenAgain;
                if !stage.enabler.listen_at(party, open, &mut stage.net) {
                    let reason = if open {
                        "it listens"
                    } else {
                        "it does not listen"
                    };
                    return self.record.impossible(now, step, reason, true);
                }
            }
            Deed::CloseMsrp | Deed::ConnectMsrp | Deed::FallSilent => {}
        }
        self.record.done(now, step);
    }

    /// Leaves what is a connection's own (CER, DWR, DPR) unanswered, or refuses it, where a step says
    /// so, from the moment on at which it may come.
    pub(super) fn keep_silent(&self, stage: &mut Stage) {
        if !self.is_exclusive() {
            return;
        }
        let steps = self.case.scenario.steps.iter().enumerate();
        let silent = |by: Party, wanted: Command| {
            steps.clone().any(|(index, step)| {
                let step_id = StepId(index);
                step.unanswered
                    && matches!(
                        &step.action,
                        Action::Receive {
                            party,
                            message: Incoming::PeerRequest { command },
                            ..
                        } if *party == by && *command == wanted
                    )
                    && self.record.is_active(step_id)
                    && self.record.is_open(step_id)
            })
        };
        // A refusal is for the CERs of its step, and for none after them.
        let refusal = |by: Party| {
            steps.clone().find_map(|(index, step)| {
                let waits = StepId(index);
                let here = matches!(step.action, Action::Receive { party, .. } if party == by);
                let now = self.record.is_active(waits)
                    && self.record.is_open(waits)
                    && !self.record.is_settled(waits);
                step.refused_with.filter(|_| here && now)
            })
        };
        for party in [Party::Enabler, Party::SecondEnabler] {
            let behaviour = Behaviour {
                answer_watchdog: !silent(party, Command::DeviceWatchdog),
                answer_disconnect: !silent(party, Command::DisconnectPeer),
                answer_capabilities: !silent(party, Command::CapabilitiesExchange),
                refuse_capabilities: refusal(party),
            };
            stage.enabler.behave(party, behaviour);
        }
    }

    /// Whether the scenario waits for such a request of the server's at all.
    fn waits_for(&self, code: u32) -> bool {
        let steps = &self.case.scenario.steps;
        steps.iter().any(|step| {
            matches!(
                &step.action,
                Action::Receive {
                    message: Incoming::PeerRequest { command },
                    ..
                } if command.code() == code
            )
        })
    }
}
