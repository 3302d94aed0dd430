//! Diameter besides credit control: what a scenario has the Charging Enabler ask, and what it sees of
//! the connection itself.

use crate::diameter;
use crate::engine::{Message, Standing, StepId};
use crate::io::ConnId;
use crate::roles::campaign::Stage;
use crate::roles::craft::craft;
use crate::roles::net::Net;
use crate::scenario::{Action, Changes, Command, Incoming};

use super::Play;
use super::charging::seat;

impl Play {
    /// Sends a request, as a step says.
    pub(super) fn ask_server(
        &mut self,
        step: StepId,
        command: Command,
        changes: &Changes,
        stage: &mut Stage,
    ) {
        let now = stage.net.now;
        let session = self.record.step(step).map_or(0, |step| step.session);
        let whose = self.session(session);
        let (conn, request) = match stage.enabler.request(command, whose) {
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
        let path = Net::conn_path(conn);
        self.record
            .sent(now, seat(session), path, entry, Some(step), false);
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
        self.record
            .received(stage.net.now, seat(session), path, entry, Standing::Flow);
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
        if !received {
            self.record.sent(now, seat(0), path, entry, None, false);
            return;
        }
        let standing = match waits {
            true => Standing::Flow,
            false => Standing::Background,
        };
        self.record.received(now, seat(0), path, entry, standing);
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
