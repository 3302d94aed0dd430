//! What came of each step, for the report.

use crate::scenario::Action;

use super::alignment::Alignment;
use super::opinion::{Hearing, check_id, step_text};
use super::plan::Role;
use super::{Finding, StepId, StepOutcome, StepResult};

impl Hearing<'_> {
    pub(super) fn steps(&self, alignment: &Alignment, findings: &[Finding]) -> Vec<StepResult> {
        let plan = alignment.plan();
        let one = |step: StepId| {
            let (state, planned) = (alignment.state(step), plan.planned(step));
            let prefix = format!("{}/", check_id(self.case, plan, step, ""));
            let is_wrong = |finding: &&Finding| {
                !finding.warning && format!("{}/", finding.check).starts_with(&prefix)
            };
            let wrong = findings.iter().any(|finding| is_wrong(&finding));
            let carried = state.event().is_some() || state.done.is_some();
            let outcome = match (carried, wrong) {
                (true, false) => StepOutcome::Met,
                (true, true) => StepOutcome::Wrong,
                (false, true) if planned.role == Role::Expectation => StepOutcome::Missing,
                (false, false) if alignment.is_undecided(step) && state.expired.is_some() => {
                    StepOutcome::Missing
                }
                (false, false) if self.is_left_out(alignment, step) => StepOutcome::LeftOut,
                (false, _) => StepOutcome::NotReached,
            };
            let written = plan.step(step);
            StepResult {
                text: step_text(written),
                label: written.name().map(str::to_owned),
                at: format!("{}:{}", written.place.source.path, written.place.line),
                outcome,
                event: state.event().or(state.done),
                requirements: written.requirements.clone(),
            }
        };
        plan.active().map(one).collect()
    }

    /// Whether a step did not come and need not have: it is optional, or answers what is, or stands
    /// in an alternative that was not taken.
    fn is_left_out(&self, alignment: &Alignment, step: StepId) -> bool {
        let (planned, state) = (alignment.plan().planned(step), alignment.state(step));
        if !alignment.is_active(step) {
            return true;
        }
        match planned.role {
            Role::Expectation => {
                let waited = state.passed.or(state.expired).is_some() || self.ran_out(alignment);
                planned.count.optional && waited && alignment.is_open(step)
            }
            Role::Answer => planned
                .answers
                .is_some_and(|request| self.is_left_out(alignment, request)),
            Role::Initiative => false,
        }
    }

    /// The silence that was waited for.
    pub(super) fn quiet(&self, alignment: &Alignment) -> Vec<String> {
        let plan = alignment.plan();
        alignment
            .active()
            .filter_map(|step| {
                let Action::ReceiveNothing { party, message, .. } = &plan.step(step).action else {
                    return None;
                };
                let state = alignment.state(step);
                let (due, done) = (state.due?, state.done?);
                let length = self.trace.events[done].at.since(self.trace.events[due].at);
                let what = match message {
                    Some(message) => message.to_string(),
                    None => "message".to_owned(),
                };
                Some(format!(
                    "{} received no further {what} for {} ms from event {due} on",
                    party,
                    length.as_millis()
                ))
            })
            .collect()
    }
}
