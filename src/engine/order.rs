//! Which orders that the flow asks for were broken.

use std::collections::HashMap;
use std::time::Duration;

use super::alignment::Alignment;
use super::opinion::Bench;
use super::plan::{Protocol, Role};
use super::{Event, StepId, Trace, Verdict, What};

impl Bench<'_> {
    pub(super) fn hear_order(&mut self) {
        let tolerance = self.hearing.case.ixit.order_tolerance;
        for broken in broken(self.alignment, self.trace(), tolerance) {
            let mut finding = self.find(broken.said_by, "order", self.requirement(broken.said_by));
            let before = self.name(broken.before);
            let step = self.name(broken.step);
            let state = |step| self.alignment.state(step);
            if state(broken.step).is_late() || state(broken.before).is_late() {
                finding.verdict = Verdict::Inconclusive;
            }
            finding.title = format!("{step} came before {before}");
            finding.expected = format!("{before} first, then {step}");
            finding.observed = match broken.before_event {
                Some(event) => format!(
                    "{step} at event {}, {before} at event {event}, {} ms later",
                    broken.event,
                    self.trace().events[event]
                        .at
                        .since(self.trace().events[broken.event].at)
                        .as_millis()
                ),
                None => format!("{step} at event {}, {before} never", broken.event),
            };
            finding.events = [Some(broken.event), broken.before_event]
                .into_iter()
                .flatten()
                .collect();
            self.findings.push(finding);
        }
    }
}

/// An order that was not kept.
struct Broken {
    /// The step whose words ask for it.
    said_by: StepId,
    /// The step that came too early.
    step: StepId,
    /// The event that met it.
    event: usize,
    /// The step that should have come before it.
    before: StepId,
    /// The event that met that one; `None` where it never came to pass.
    before_event: Option<usize>,
}

/// The orders that were not kept: those that `after` and `for` ask for, and the order of the file
/// among the SessionRequests of one IM session.
///
/// Against what the harness sent, and within one connection, order is exact. Two messages of the
/// server on different connections are taken as simultaneous where they arrive within `tolerance`,
/// because the network and the harness's own reading may exchange them, and where the harness had
/// not answered the earlier one yet: it withholds that answer for longer than the tolerance, so a
/// server that waits for it shows its order, and a busy machine is not taken for one.
fn broken(alignment: &Alignment, trace: &Trace, tolerance: Duration) -> Vec<Broken> {
    let plan = alignment.plan();
    let mut broken = Vec::new();
    let mut so_far: HashMap<usize, SoFar> = HashMap::new();
    for step in alignment.active() {
        let planned = plan.planned(step);
        let Some(event) = alignment.state(step).event() else {
            continue;
        };
        if planned.role != Role::Expectation {
            continue;
        }
        for before in planned.after.iter().chain(&planned.answers) {
            let state = alignment.state(*before);
            // What belongs to an alternative that was not taken is no part of the order.
            if !alignment.is_active(*before) || alignment.is_undecided(*before) {
                continue;
            }
            let expected = plan.planned(*before).role == Role::Expectation;
            let before_event = match expected {
                true => state.happened(plan.planned(*before).count),
                // A trigger may take effect before the call that pulls it returns.
                false => state.event().or(state.due).or(state.done),
            };
            let kept = match before_event {
                // What we could not do ourselves comes before nothing.
                None => expected || state.impossible.is_some(),
                Some(before) if expected && path(trace, before) != path(trace, event) => {
                    !shows_order(trace, event, before, tolerance)
                }
                Some(before) => before < event,
            };
            if !kept {
                let mirrored = planned.said_before.contains(before);
                broken.push(Broken {
                    said_by: if mirrored { *before } else { step },
                    step,
                    event,
                    before: *before,
                    before_event,
                });
            }
        }
        if let Some(channel) = planned.channel.filter(|c| c.protocol == Protocol::Ch2) {
            let so_far = so_far.entry(channel.session).or_default();
            if planned.any_order.is_none() || planned.any_order != so_far.any_order {
                so_far.above = so_far.last;
                so_far.any_order = planned.any_order;
            }
            let happened = alignment.state(step).happened(planned.count);
            let happened = happened.unwrap_or(event);
            let too_early = |(before, earlier): &(StepId, usize)| {
                event < *earlier
                    && !either_may_be_either(alignment, *before, step)
                    && (path(trace, event) == path(trace, *earlier)
                        || shows_order(trace, event, *earlier, tolerance))
            };
            if let Some((before, earlier)) = so_far.above.filter(too_early) {
                broken.push(Broken {
                    said_by: step,
                    step,
                    event,
                    before,
                    before_event: Some(earlier),
                });
            }
            if so_far.last.is_none_or(|(_, last)| last <= event) {
                so_far.last = Some((step, happened));
            }
        }
    }
    broken
}

/// The SessionRequests of a session that stand above a step.
#[derive(Default)]
struct SoFar {
    /// The last of them that came.
    last: Option<(StepId, usize)>,
    /// The block without order that the last one stands in.
    any_order: Option<usize>,
    /// The last one above that block, or above the step.
    above: Option<(StepId, usize)>,
}

/// Whether which of two steps a message meets is not told by the file: either takes the same kind of
/// message, and one of them need not have it.
fn either_may_be_either(alignment: &Alignment, a: StepId, b: StepId) -> bool {
    let plan = alignment.plan();
    let loose = plan.planned(a).count.is_loose() || plan.planned(b).count.is_loose();
    loose && plan.overlap(a, b)
}

/// Whether `first` was sent before `second` beyond doubt, where they came on two connections.
fn shows_order(trace: &Trace, first: usize, second: usize, tolerance: Duration) -> bool {
    let long = trace.events[second].at > trace.events[first].at + tolerance;
    let mut between = trace.events.iter().take(second).skip(first + 1);
    let answered = |event: &Event| match &event.what {
        What::Sent { path: on, .. } => Some(*on) == path(trace, first),
        _ => false,
    };
    long && between.any(answered)
}

fn path(trace: &Trace, event: usize) -> Option<u64> {
    match &trace.events.get(event)?.what {
        What::Received { path, .. } | What::Sent { path, .. } => Some(*path),
        _ => None,
    }
}
