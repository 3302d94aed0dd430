//! Messages that a step waited for and that did not come.

use crate::ch2::Kind;
use crate::scenario::{Action, Incoming};

use super::opinion::{Bench, times};
use super::plan::Role;
use super::{Standing, StepId, Verdict};

impl Bench<'_> {
    pub(super) fn hear_missing(&mut self) {
        let steps: Vec<StepId> = self.alignment.active().collect();
        for step in steps {
            let state = self.alignment.state(step);
            let expected = self.plan().planned(step).role == Role::Expectation;
            if !expected || self.alignment.is_undecided(step) {
                continue;
            }
            let requirement = self.requirement(step);
            let count = self.plan().planned(step).count;
            let met = state.events.len();
            if met > 0 {
                self.held(requirement);
                self.hear_times(step);
            }
            if state.is_satisfied(count) {
                continue;
            }
            let flow_ran = state.expired.is_some() || self.hearing.ran_out(self.alignment);
            let may_come = self.could_come(step) && !self.alignment.is_moot(step);
            if !flow_ran || !self.alignment.is_open(step) || !may_come {
                continue;
            }
            let text = self.what(step);
            let aspect = if met > 0 { "times" } else { "" };
            let mut finding = self.find(step, aspect, requirement);
            finding.expected = self.wanted(step);
            match self.came_early(step) {
                Some(event) => {
                    self.early.push(event);
                    finding.title = format!("{text} came before its turn in the flow");
                    finding.observed = self.as_seen(event);
                    finding.events = vec![event];
                    if self.ended_by_server(event) {
                        finding.verdict = Verdict::Inconclusive;
                    }
                }
                None => match self.was_under_way(step) {
                    // Whatever paced the run did not wait for it as long as this reading would.
                    Some(event) => {
                        self.early.push(event);
                        finding.verdict = Verdict::Inconclusive;
                        finding.title = format!("{text} came when the flow was over");
                        finding.observed =
                            format!("{}, {}", self.describe(event), self.place(event));
                        finding.events = vec![event];
                    }
                    None => {
                        // What would have brought it about may be what could not be done.
                        if self.follows_the_impossible(step) || self.was_cut_short(step) {
                            finding.verdict = Verdict::Inconclusive;
                        }
                        finding.title = match met {
                            0 => format!("{text} is missing"),
                            _ => format!("{text} came {} and not {count}", times(met)),
                        };
                        finding.observed = match met {
                            0 => self.waited(step),
                            _ => format!("{}, then {}", times(met), self.waited(step)),
                        };
                        finding.instead = self.instead(step);
                        finding.events = state.expired.into_iter().collect();
                    }
                },
            }
            self.findings.push(finding);
        }
    }

    /// Whether the server had ended the session by itself, which it may do, before an interim was to
    /// come that nothing but time asks for, be it the time since the SessionRequest before: there is
    /// nothing to renew any more. A stop is owed all the more, and so is what a message asks for.
    fn was_cut_short(&self, step: StepId) -> bool {
        let written = self.plan().step(step);
        let interim = matches!(
            &written.action,
            Action::Receive {
                message: Incoming::SessionRequest {
                    kind: Some(Kind::Interim)
                },
                ..
            }
        );
        let mut follows = self.plan().planned(step).after.iter();
        let asked_for = follows.any(|on| {
            let action = &self.plan().step(*on).action;
            !matches!(
                action,
                Action::Receive {
                    message: Incoming::SessionRequest { .. },
                    ..
                }
            )
        });
        let until = self.alignment.state(step).expired;
        let session = |event: usize| self.trace().events[event].session;
        interim
            && !asked_for
            && until.is_some_and(|until| {
                let mut byes = self.own_byes.iter();
                byes.any(|bye| *bye < until && session(*bye) == written.session)
            })
    }

    /// Whether a step that says nothing of what it follows stands below something that we could not
    /// do.
    pub(super) fn follows_the_impossible(&self, step: StepId) -> bool {
        let planned = self.plan().planned(step);
        if planned
            .after
            .iter()
            .chain(&planned.answers)
            .next()
            .is_some()
        {
            return false;
        }
        let session = self.plan().step(step).session;
        let above = self.alignment.active().take_while(|above| *above < step);
        let does = |above: &StepId| {
            let written = self.plan().step(*above);
            let passes = matches!(
                written.action,
                Action::Wait(_) | Action::ReceiveNothing { .. }
            );
            let begins = self.plan().planned(*above).role == Role::Initiative;
            begins && !passes && written.session == session
        };
        let last = above.filter(does).last();
        last.is_some_and(|above| self.alignment.state(above).impossible.is_some())
    }

    /// Whether the server was ever asked for it: what it answers or follows was sent.
    pub(super) fn could_come(&self, step: StepId) -> bool {
        let planned = self.plan().planned(step);
        let mut follows = planned.after.iter().chain(&planned.answers).peekable();
        let ruled_out = |on: &StepId| !self.alignment.is_active(*on);
        if follows.peek().is_some() && follows.clone().all(ruled_out) {
            return false;
        }
        follows
            .filter(|on| self.alignment.is_active(**on))
            .all(|on| {
                let (of, state) = (self.plan().planned(*on), self.alignment.state(*on));
                // What follows something that could not come could not come either.
                (of.role == Role::Expectation && (*on >= step || self.could_come(*on)))
                    || state.event().is_some()
                    || state.done.is_some()
                    || (state.due.is_some() && state.impossible.is_none())
            })
    }

    pub(super) fn waited(&self, step: StepId) -> String {
        let state = self.alignment.state(step);
        match state.expired {
            Some(expired) => {
                let since = self
                    .last_above(step)
                    .map_or(self.trace().events[0].at, |event| {
                        self.trace().events[event].at
                    });
                let waited = self.trace().events[expired].at.since(since);
                format!("nothing for {} ms", waited.as_millis())
            }
            None => "nothing until the flow was over".to_owned(),
        }
    }

    fn last_above(&self, step: StepId) -> Option<usize> {
        let expired = self.alignment.state(step).expired?;
        (0..expired)
            .rev()
            .find(|event| self.alignment.step_of(*event).is_some_and(|met| met < step))
    }

    /// Messages in the step's channel that came where it was waited for.
    pub(super) fn instead(&self, step: StepId) -> String {
        let Some(channel) = self.plan().planned(step).channel else {
            return String::new();
        };
        let from = self.last_above(step).unwrap_or(0);
        let seen: Vec<String> = (from..self.trace().events.len())
            .filter(|event| {
                channel.is_of(&self.trace().events[*event])
                    && self.hearing.standings[*event] == Some(Standing::Flow)
                    && self.hearing.sights[*event].protocol() == Some(channel.protocol)
            })
            .take(3)
            .map(|event| format!("{}, {}", self.describe(event), self.place(event)))
            .collect();
        seen.join("; ")
    }

    /// A message of the step's shape that came after the flow was over, and still within its time:
    /// the run was paced by another reading, which had no reason to wait for it.
    pub(super) fn was_under_way(&self, step: StepId) -> Option<usize> {
        let planned = self.plan().planned(step);
        let (channel, over) = (planned.channel?, self.alignment.over()?);
        if self.alignment.state(step).expired.is_some() {
            return None;
        }
        let mut began = None;
        for on in planned.after.iter().chain(&planned.answers) {
            began = began.max(Some(self.alignment.state(*on).event()?));
        }
        let patience = self.plan().patience(step, &self.hearing.case.ixit);
        let until = self.trace().events[began?].at + patience;
        let events = self.trace().events.iter().enumerate().skip(over);
        let mut under_way = events.take_while(|(_, event)| event.at <= until);
        under_way
            .find(|(index, event)| {
                channel.is_of(event)
                    && self.hearing.standings[*index] == Some(Standing::Flow)
                    && self.hearing.sights[*index].protocol() == Some(channel.protocol)
                    && self.alignment.has_shape(step, self.hearing.sights[*index])
                    && self.alignment.step_of(*index).is_none()
            })
            .map(|(index, _)| index)
    }

    pub(super) fn came_early(&self, step: StepId) -> Option<usize> {
        let channel = self.plan().planned(step).channel?;
        self.unexpected().find(|event| {
            channel.is_of(&self.trace().events[*event])
                && self.hearing.sights[*event].protocol() == Some(channel.protocol)
                && self.alignment.has_shape(step, self.hearing.sights[*event])
                && !self.early.contains(event)
        })
    }
}
