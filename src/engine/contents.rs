//! What the messages that met a step hold, against what the step asks for.

use std::sync::Arc;

use crate::scenario::{Action, Check, Incoming, Statuses, Target};

use super::checks::{Outcome, message_at, rests_on_capture};
use super::opinion::{Bench, quote};
use super::plan::Role;
use super::{Message, StepId, Verdict, tree};

/// The status by which an MSRP chunk is accepted (RFC 4975 10.1).
const ACCEPTED: u16 = 200;

impl Bench<'_> {
    pub(super) fn hear_checks(&mut self) {
        let steps: Vec<StepId> = self.alignment.active().collect();
        for step in steps {
            if self.plan().planned(step).role != Role::Expectation {
                continue;
            }
            self.hear_status(step);
            for event in &self.alignment.state(step).events {
                self.hear_checks_of(step, *event);
            }
        }
    }

    fn hear_checks_of(&mut self, step: StepId, event: usize) {
        let mut broken = Vec::new();
        let scenario = Arc::clone(self.plan().scenario());
        for check in &scenario.steps[step.0].checks {
            let requirement = check.requirement.unwrap_or(self.requirement(step));
            match self.evidence.check(check, event) {
                Outcome::Held => self.held(requirement),
                Outcome::Undecided => self.hear_undecided(step, check, event),
                Outcome::Broken { expected, observed } => {
                    let aspect = tree::target_text(&check.target);
                    let mut finding = self.find(step, &aspect, requirement);
                    finding.title = format!("{aspect} of {} is wrong", self.what(step));
                    finding.source = Some(quote(
                        &check.place,
                        &finding
                            .source
                            .take()
                            .map_or(Vec::new(), |_| scenario.steps[step.0].used_at.clone()),
                    ));
                    finding.expected = expected.clone();
                    finding.observed = format!("{observed}, {}", self.place(event));
                    finding.events = vec![event];
                    // What a late report holds depends on when it was due.
                    let late = self.alignment.state(step).is_late();
                    if late && check.target == Target::UsedUnits {
                        finding.verdict = Verdict::Inconclusive;
                    }
                    broken.push((check, expected));
                    self.findings.push(finding);
                }
            }
        }
        if self.detail
            && !broken.is_empty()
            && let Some(Message::Diameter(message)) = message_at(self.hearing.trace, event)
        {
            let diff = tree::diff(message, &broken, &self.hearing.case.binding);
            let first = self.findings.len() - broken.len();
            self.findings[first].diff = diff;
        }
    }

    /// A check that compares with something unknown: no pass where the server left it out, and a
    /// warning where the harness was not told.
    fn hear_undecided(&mut self, step: StepId, check: &Check, event: usize) {
        let aspect = tree::target_text(&check.target);
        let requirement = check.requirement.unwrap_or(self.requirement(step));
        let mut finding = self.find(step, &aspect, requirement);
        finding.verdict = Verdict::Inconclusive;
        finding.warning |= !rests_on_capture(&check.matcher);
        finding.title = format!("{aspect} of {} could not be checked", self.what(step));
        finding.expected = "a value to compare with".to_owned();
        finding.observed = format!("none is known, {}", self.place(event));
        finding.events = vec![event];
        self.findings.push(finding);
    }

    /// The status of a response belongs to what its step wants, not to what the step recognises.
    fn hear_status(&mut self, step: StepId) {
        let wanted = match &self.plan().step(step).action {
            Action::Receive {
                message: Incoming::SipResponse { status, .. },
                ..
            }
            | Action::Receive {
                message: Incoming::MsrpResponse { status, .. },
                ..
            } => *status,
            _ => return,
        };
        let state = self.alignment.state(step);
        let events = || state.events.iter().chain(&state.parts).copied();
        let seen = |event: usize| match message_at(self.hearing.trace, event) {
            Some(Message::Sip(message)) => {
                let status = message.status()?;
                Some((status, wanted.hold_sip(status)))
            }
            Some(Message::Msrp(message)) => {
                let status = message.status()?;
                Some((status, wanted.hold_msrp(status)))
            }
            _ => None,
        };
        let holds = |event| seen(event).is_some_and(|(_, holds)| holds);
        // A message in several chunks is refused once one of them is.
        let one = state.events.len() == 1;
        if one && !wanted.hold_msrp(ACCEPTED) && events().any(holds) {
            return;
        }
        for event in events() {
            let Some((status, false)) = seen(event) else {
                continue;
            };
            let mut finding = self.find(step, "status", self.requirement(step));
            let expected = match wanted {
                Statuses::Failure => "a failure".to_owned(),
                wanted => wanted.to_string(),
            };
            finding.title = format!("{status} came where {expected} was expected");
            finding.expected = self.what(step);
            finding.observed = format!("{}, {}", self.describe(event), self.place(event));
            finding.events = vec![event];
            self.findings.push(finding);
        }
    }
}
