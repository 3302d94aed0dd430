//! What came of each step, for whoever writes down what a server did.

use crate::scenario::Check;

use super::alignment::Alignment;
use super::checks::{Evidence, Outcome, message_at};
use super::judge::{Case, follow};
use super::opinion::{Hearing, Opinion};
use super::value::{Value, extract};
use super::{ScenarioResult, Standing, StepId, Trace};

/// A trace as its scenario sees it.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The verdict and what it rests on.
    pub result: ScenarioResult,
    /// Each step of the scenario, in file order.
    pub steps: Vec<StepSeen>,
    /// The alternative of each choice that was taken, from 0.
    pub taken: Vec<Option<usize>>,
    /// Messages of the server that met no step while the flow ran, by event.
    pub unexpected: Vec<usize>,
}

/// What came of one step.
#[derive(Clone, Debug, Default)]
pub struct StepSeen {
    /// Whether it belonged to the flow under the readings and claims of the case.
    pub active: bool,
    /// Whether it could be met: it is active, and in no alternative that another one was taken for.
    pub open: bool,
    /// The events that carried it out or met it while the flow ran; further parts of a message are not among them.
    pub events: Vec<usize>,
    /// Whether it was met after its time had run out.
    pub late: bool,
    /// Whether something was done: a message of ours sent, a wait over, a window of silence ended.
    pub done: bool,
    /// What came of each of its checks, in their order.
    pub checks: Vec<CheckSeen>,
}

/// What came of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckSeen {
    /// Nothing came that could be looked at.
    Unmade,
    /// It held for every message; `present` where each had something there.
    Held {
        /// See above.
        present: bool,
    },
    /// It did not hold; what was there, where that is one value for all messages: `Some(None)` for
    /// nothing at all.
    Broken(Option<Option<Literal>>),
    /// What it is compared with is not known.
    Undecided,
}

/// A value that a file can state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A number.
    Number(i128),
    /// Text.
    Text(String),
}

/// Judges a trace and keeps what the verdict does not say. A case that does not apply has no steps.
pub fn observe(case: &Case, trace: &Trace) -> Observed {
    let mut observed = None;
    let result = follow(case, trace, |hearing, opinion| {
        observed = Some(look(hearing, opinion));
    });
    let (steps, taken, unexpected) = observed.unwrap_or_default();
    Observed {
        result,
        steps,
        taken,
        unexpected,
    }
}

type Looked = (Vec<StepSeen>, Vec<Option<usize>>, Vec<usize>);

fn look(hearing: &Hearing<'_>, opinion: &Opinion) -> Looked {
    let alignment = &opinion.alignment;
    let evidence = Evidence {
        case: hearing.case,
        trace: hearing.trace,
        kept: hearing.kept,
        alignment,
    };
    let plan = alignment.plan();
    let steps = (0..plan.len()).map(|step| seen(&evidence, alignment, StepId(step)));
    let choices = 0..plan.scenario().choices.len();
    let end = alignment.over().unwrap_or(hearing.trace.events.len());
    let unexpected = (0..end).filter(|event| {
        hearing.standings[*event] == Some(Standing::Flow) && alignment.step_of(*event).is_none()
    });
    (
        steps.collect(),
        choices.map(|choice| alignment.taken(choice)).collect(),
        unexpected.collect(),
    )
}

fn seen(evidence: &Evidence<'_>, alignment: &Alignment, step: StepId) -> StepSeen {
    let plan = alignment.plan();
    if !plan.is_active(step) {
        return StepSeen::default();
    }
    let state = alignment.state(step);
    let over = alignment.over().unwrap_or(usize::MAX);
    let events: Vec<usize> = state.events.iter().copied().filter(|e| *e < over).collect();
    let checks = |check: &Check| {
        let outcomes: Vec<Outcome> = events
            .iter()
            .map(|event| evidence.check(check, *event))
            .collect();
        let broken = |outcome: &Outcome| matches!(outcome, Outcome::Broken { .. });
        if outcomes.iter().any(broken) {
            let values = events.iter().map(|event| {
                let message = message_at(evidence.trace, *event)?;
                literal(&extract(&check.target, message, &evidence.case.binding))
            });
            let mut values: Vec<Option<Option<Literal>>> = values.collect();
            values.dedup();
            return CheckSeen::Broken(match values.as_slice() {
                [one] => one.clone(),
                _ => None,
            });
        }
        match outcomes.as_slice() {
            [] => CheckSeen::Unmade,
            all if all.contains(&Outcome::Undecided) => CheckSeen::Undecided,
            _ => CheckSeen::Held {
                present: events.iter().all(|event| {
                    let message = message_at(evidence.trace, *event);
                    message.is_some_and(|message| {
                        !extract(&check.target, message, &evidence.case.binding).is_empty()
                    })
                }),
            },
        }
    };
    let checks = plan.step(step).checks.iter().map(checks).collect();
    StepSeen {
        active: true,
        open: alignment.is_active(step),
        late: state.is_late() && !events.is_empty(),
        done: state.done.is_some() || !events.is_empty(),
        events,
        checks,
    }
}

/// What stands at a place, where a file can state it.
fn literal(values: &[Value]) -> Option<Option<Literal>> {
    match values {
        [] => Some(None),
        [Value::Number(number)] => Some(Some(Literal::Number(*number))),
        [Value::Text(text)] => Some(Some(Literal::Text(text.clone()))),
        _ => None,
    }
}
