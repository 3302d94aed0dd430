//! What is asked for beyond what the flow looks at.

use std::collections::BTreeSet;

use crate::ch2::{Kind, SessionRequest};
use crate::engine::{Message, What};
use crate::scenario::{Action, Incoming, Party};

use super::super::Who;
use super::super::charging::{Around, also_seen, pins};
use super::{Play, Recording};

impl Recording<'_> {
    /// Asks for what the registry knows of and the flow does not look at. What does not hold in each
    /// session is taken back later.
    pub(super) fn pin(&mut self) {
        let Some(play) = self.plays.first().copied() else {
            return;
        };
        let mut shown: BTreeSet<usize> = BTreeSet::new();
        for at in 0..self.lines.len() {
            let Some((session, message)) = self.request(play, at) else {
                continue;
            };
            let Some(request) = SessionRequest::new(&message, self.context.binding) else {
                continue;
            };
            let kind = request.kind();
            let who = who(play, session);
            let start = self.earlier(at, session, Some(Kind::Start));
            let before = match self.lines[at].draft.get("repeats") {
                Some(_) => None,
                None => kind
                    .and_then(|kind| self.earlier(at, session, Some(kind)))
                    .or(start),
            };
            let start = start.map(|line| self.label(line, "start"));
            let before = before.map(|line| self.label(line, "earlier"));
            let mut found = pins(
                &request,
                &Around {
                    binding: self.context.binding,
                    who: &who,
                    start: start.as_deref(),
                    before: before.as_deref(),
                },
            );
            let line = &mut self.lines[at];
            let draft = &mut line.draft;
            found.retain(|(path, _)| !draft.avps.iter().any(|(own, _)| own == path));
            line.pins.extend(found.iter().map(|(path, _)| path.clone()));
            draft.avps.extend(found);
            let counts = matches!(kind, Some(Kind::Interim | Kind::Stop));
            if counts && draft.get("used units").is_none() {
                let matcher = "{ equals: $unreported, requirement: MSG-6-USED }";
                draft.keys.push(("used units", matcher.to_owned()));
                line.pins.insert("used units".to_owned());
            }
            let asks = kind != Some(Kind::Stop) && request.requested().is_some();
            if asks && draft.get("requested units").is_none() {
                draft.keys.push(("requested units", "present".to_owned()));
                line.pins.insert("requested units".to_owned());
            }
            if shown.insert(session) {
                draft.comments.extend(also_seen(&message, &who));
            }
        }
    }

    /// The SessionRequest that met a line, and its session.
    fn request(&self, play: Play<'_>, at: usize) -> Option<(usize, crate::diameter::Message)> {
        let line = self.lines.get(at)?;
        let step = self.scenario.steps.get(line.origin?.0)?;
        let asks = matches!(
            &step.action,
            Action::Receive {
                message: Incoming::SessionRequest { .. },
                ..
            }
        );
        let event = *line.met.first()?.first()?;
        match &play.trace.events.get(event)?.what {
            What::Received {
                message: Message::Diameter(message),
                ..
            } if asks => Some((step.session, message.clone())),
            _ => None,
        }
    }

    /// The last line above that is met by such a request in any case.
    fn earlier(&self, at: usize, session: usize, kind: Option<Kind>) -> Option<usize> {
        let here = &self.lines[at].draft;
        (0..at).rev().find(|above| {
            let line = &self.lines[*above];
            let step = line.origin.and_then(|step| self.scenario.steps.get(step.0));
            let fits = step.is_some_and(|step| {
                let wanted = Action::Receive {
                    party: Party::Enabler,
                    message: Incoming::SessionRequest { kind },
                };
                step.session == session && step.action.to_string() == wanted.to_string()
            });
            let draft = &line.draft;
            let under = draft.get("under");
            fits && line.branch.is_none()
                && draft.get("optional").is_none()
                && draft.get("when").is_none()
                && draft.get("repeats").is_none()
                && (under.is_none() || under == here.get("under"))
        })
    }

    /// The label of a line, which is given one where it has none.
    fn label(&mut self, at: usize, name: &str) -> String {
        if let Some(own) = self.lines[at].draft.get("as") {
            return own.trim_matches('"').to_owned();
        }
        let drafts = || self.lines.iter().map(|line| &line.draft);
        let free = |name: &String| !drafts().any(|draft| draft.get("as") == Some(name.as_str()));
        let candidates = std::iter::once(name.to_owned());
        let mut candidates = candidates.chain((2..).map(|n| format!("{name} {n}")));
        let label = candidates.find(free).unwrap_or_default();
        self.lines[at].draft.keys.push(("as", label.clone()));
        label
    }
}
/// Who plays a session: what its INVITE says.
fn who(play: Play<'_>, session: usize) -> Who {
    let mut events = play
        .trace
        .events
        .iter()
        .filter(|event| event.session == session);
    let invite = events.find_map(|event| match &event.what {
        What::Sent {
            message: Message::Sip(message),
            ..
        } if message.is_method("INVITE") => Some(Who::in_invite(message)),
        _ => None,
    });
    invite.unwrap_or_default()
}
