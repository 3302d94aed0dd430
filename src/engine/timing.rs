//! Messages that came too late or too soon.
//!
//! No document states how long a server may take, so what comes after the IXIT trigger time decides
//! nothing. A file that says `within` or `no sooner than` with a requirement behind it does state a
//! time, counted from what the step follows, and is held to it, give or take the order tolerance.

use std::time::Duration;

use crate::io::Time;

use super::opinion::{Bench, step_text};
use super::plan::Role;
use super::{StepId, Verdict};

impl Bench<'_> {
    /// The times of the messages that met a step.
    pub(super) fn hear_times(&mut self, step: StepId) {
        let alignment = self.alignment;
        let (state, count) = (alignment.state(step), alignment.plan().planned(step).count);
        // What need not come at all is never late: its `within` says how long it is waited for.
        let needed = if count.optional { 0 } else { count.least };
        let needed_events = &state.events[..needed.min(state.events.len())];
        for event in &state.events {
            self.hear_haste(step, *event);
        }
        let limit = alignment.plan().step(step).within.as_ref();
        let limit = limit.filter(|_| !alignment.plan().step(step).requirements.is_empty());
        match (limit, self.followed(step, false)) {
            (Some(limit), Some(since)) => {
                let limit = limit.of(&self.hearing.case.ixit);
                for event in needed_events {
                    self.hear_delay(step, *event, since, limit);
                }
            }
            _ => {
                let expired = state.expired;
                let late = |event: &&usize| expired.is_some_and(|expired| expired < **event);
                if let (Some(event), Some(expired)) = (needed_events.iter().find(late), expired) {
                    self.hear_late(step, *event, expired);
                    return;
                }
            }
        }
        for event in state.events.iter().skip(needed) {
            self.hear_spoilt(step, *event);
        }
    }

    /// When what the step follows had happened: with `soonest`, the earliest moment that could be
    /// meant, otherwise the latest. `None` where it follows nothing, or some of it never happened.
    fn followed(&self, step: StepId, soonest: bool) -> Option<Time> {
        let plan = self.plan();
        let planned = plan.planned(step);
        let own = planned
            .after
            .iter()
            .filter(|on| !planned.said_before.contains(on));
        let follows = own.chain(&planned.answers);
        let mut since = None;
        for on in follows.filter(|on| self.alignment.is_active(**on)) {
            let state = self.alignment.state(*on);
            let last = match plan.planned(*on).role {
                Role::Expectation => state.happened(plan.planned(*on).count),
                Role::Initiative | Role::Answer => state.done.or(state.events.last().copied()),
            };
            let first = state.event().or(state.due);
            let event = if soonest {
                first.or(last)
            } else {
                last.or(first)
            };
            since = since.max(Some(self.trace().events[event?].at));
        }
        since
    }

    /// `no sooner than`
    fn hear_haste(&mut self, step: StepId, event: usize) {
        let ixit = &self.hearing.case.ixit;
        let Some(least) = &self.plan().step(step).no_sooner else {
            return;
        };
        let (least, tolerance) = (least.of(ixit), ixit.order_tolerance);
        let Some(since) = self.followed(step, true) else {
            return;
        };
        let at = self.trace().events[event].at;
        if at + tolerance >= since + least {
            return;
        }
        let mut finding = self.find(step, "time", self.requirement(step));
        finding.title = format!("{} came too soon", self.what(step));
        finding.expected = format!(
            "no sooner than {} ms after what it follows",
            least.as_millis()
        );
        let after = at.since(since.min(at)).as_millis();
        finding.observed = format!("{after} ms after it, {}", self.place(event));
        finding.events = vec![event];
        self.findings.push(finding);
    }

    /// `within`, where a requirement stands behind it.
    fn hear_delay(&mut self, step: StepId, event: usize, since: Time, most: Duration) {
        let at = self.trace().events[event].at;
        if at <= since + most + self.hearing.case.ixit.order_tolerance {
            return;
        }
        let mut finding = self.find(step, "time", self.requirement(step));
        finding.title = format!("{} came too late", self.what(step));
        finding.expected = format!("within {} ms of what it follows", most.as_millis());
        let after = at.since(since).as_millis();
        finding.observed = format!("{after} ms after it, {}", self.place(event));
        finding.events = vec![event];
        self.findings.push(finding);
    }

    /// A message that was needed, after the time that the IXIT gives it.
    fn hear_late(&mut self, step: StepId, event: usize, expired: usize) {
        let mut finding = self.find(step, "time", self.requirement(step));
        let (at, out) = (
            self.trace().events[event].at,
            self.trace().events[expired].at,
        );
        finding.verdict = Verdict::Inconclusive;
        finding.title = format!("{} came late", self.what(step));
        finding.expected =
            "within the time that the IXIT allows (no document states one)".to_owned();
        let late = at.since(out).as_millis();
        finding.observed = format!("{late} ms after that time, {}", self.place(event));
        finding.events = vec![expired, event];
        self.findings.push(finding);
    }

    /// A message that need not have come, in a quiet window below its step.
    fn hear_spoilt(&mut self, step: StepId, event: usize) {
        let Some(window) = self.window_of(event).filter(|window| *window > step) else {
            return;
        };
        let mut finding = self.find(step, "time", self.requirement(step));
        finding.verdict = Verdict::Inconclusive;
        finding.warning = false;
        finding.title = format!("{} came when silence was listened to", self.what(step));
        let window = step_text(self.plan().step(window));
        finding.expected = format!("it before `{window}`, or not at all");
        finding.observed = self.place(event);
        finding.events = vec![event];
        self.findings.push(finding);
    }
}
