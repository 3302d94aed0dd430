//! Which of our messages it is that a server has forwarded.

use crate::scenario::{Action, Outgoing};

use super::StepId;
use super::alignment::Alignment;
use super::sight::Sight;

impl Alignment {
    /// Whether a message is the forwarded form of another SEND than the step's `for` names. A server
    /// may keep the Message-ID or give a new one, may cut a message anew or put it into another form:
    /// what neither the Message-ID nor the whole body tells is taken for the one that is waited for.
    pub(super) fn forwards_another(&self, step: StepId, sight: Sight) -> bool {
        let Sight::MsrpSend { message, body, .. } = sight else {
            return false;
        };
        let own = &self.plan().planned(step).forwards;
        let sender = |send: StepId| match &self.plan().step(send).action {
            Action::Send {
                party,
                message: Outgoing::MsrpSend { .. },
            } => Some(*party),
            _ => None,
        };
        let Some(by) = own.first().and_then(|send| sender(*send)) else {
            return false;
        };
        let session = self.plan().step(step).session;
        let of_session =
            |send: &StepId| sender(*send) == Some(by) && self.plan().step(*send).session == session;
        let (mut same_id, mut same_body) = (Found::default(), Found::default());
        for send in self.plan().active().filter(of_session) {
            let is_own = own.contains(&send);
            for event in &self.state(send).events {
                if let Some(Sight::MsrpSend {
                    message: id,
                    body: of,
                    ..
                }) = self.sight(*event)
                {
                    same_id.note(is_own, id == message);
                    // Of a message in chunks the whole body is not looked at.
                    same_body.note(is_own, of.is_none() && is_own || of == body);
                }
            }
        }
        match (same_id.own, same_id.other) {
            (true, _) => false,
            (false, true) => true,
            (false, false) => body.is_some() && !same_body.own && same_body.other,
        }
    }
}

/// Whether something is that of the message one looks for, and whether that of another.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    own: bool,
    other: bool,
}

impl Found {
    fn note(&mut self, is_own: bool, is_so: bool) {
        match is_own {
            true => self.own |= is_so,
            false => self.other |= is_so,
        }
    }
}
