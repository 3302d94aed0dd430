//! What to do next: the pace of a running scenario.

use std::sync::Arc;

use crate::io::Time;
use crate::scenario::Ixit;

use super::{Plan, StepId, Trace, What};

/// Follows a flow as it happens and says what the harness does next.
///
/// The same matching as the judge's decides which step a message meets. An initiative of ours (a
/// request, a trigger, a wait, a quiet window) waits until every step above it is settled: met, or
/// its time run out. An answer of ours waits only for the request it answers, so that a server
/// which wants its answer before it goes on is never kept waiting for a later line of the file.
#[derive(Debug)]
pub struct Pacer {
    plan: Arc<Plan>,
    ixit: Ixit,
}

/// Something the harness carries out now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A `sends` step. Append [`What::Sent`] with the step, or [`What::Impossible`].
    Send(StepId),
    /// A `trigger` step. Append [`What::Done`] once it is pulled, or [`What::Impossible`].
    Trigger(StepId),
}

impl Pacer {
    /// Follows `plan` from `began` on.
    pub fn new(plan: Arc<Plan>, ixit: Ixit, began: Time) -> Pacer {
        let _ = began;
        Pacer { plan, ixit }
    }

    /// Takes the event of that index, just appended to `trace`, and says which step it meets.
    /// Must be called once for every event that is appended, in order.
    pub fn observe(&mut self, trace: &Trace, event: usize) -> Option<StepId> {
        let _ = (trace, event);
        None
    }

    /// The next thing to carry out at `now`; `None` once there is nothing. Each task is given out
    /// once.
    pub fn poll(&mut self, now: Time) -> Option<Task> {
        let _ = now;
        None
    }

    /// When [`Pacer::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Time> {
        None
    }

    /// Lets time run out on steps. The events it gives are to be appended to the trace (and
    /// observed, like all others).
    pub fn handle_timeout(&mut self, now: Time) -> Vec<What> {
        let _ = now;
        Vec::new()
    }

    /// True once every step of the flow is settled.
    pub fn is_over(&self) -> bool {
        false
    }
}
