//! A scenario under chosen readings and claims: which of its steps belong to the flow.

use std::sync::Arc;

use crate::ch2::ReadingId;
use crate::scenario::{Ics, Scenario};

use super::StepId;

/// A scenario under chosen readings and claims.
#[derive(Clone, Debug)]
pub struct Plan {
    scenario: Arc<Scenario>,
    active: Vec<bool>,
}

impl Plan {
    /// The flow of `scenario` where the server keeps to `readings` (one of each group) and
    /// implements `claims`.
    pub fn new(scenario: Arc<Scenario>, readings: &[ReadingId], claims: &[Ics]) -> Plan {
        let active = scenario
            .steps
            .iter()
            .map(|step| {
                (step.under.is_empty() || step.under.iter().any(|r| readings.contains(r)))
                    && step.when.iter().all(|ics| claims.contains(ics))
            })
            .collect();
        Plan { scenario, active }
    }

    /// The scenario.
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// Whether a step belongs to the flow.
    pub fn is_active(&self, step: StepId) -> bool {
        self.active.get(step.0).copied().unwrap_or(false)
    }

    /// The step by which the harness answers the message that meets `step`. Where there is none,
    /// the party that received the message answers as its protocol asks, at once.
    pub fn answer_to(&self, step: StepId) -> Option<StepId> {
        let _ = step;
        None
    }
}
