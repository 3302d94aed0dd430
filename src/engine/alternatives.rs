//! What came of the choices of a flow.

use crate::ch2::Requirement;
use crate::scenario::Branch;

use super::alignment::Alignment;
use super::opinion::{Bench, SCENARIO, quote, step_text};
use super::plan::{Plan, Role};
use super::{AlternativeTaken, StepId, Verdict};

/// Which alternative of each choice was taken.
pub(super) fn taken(alignment: &Alignment) -> Vec<AlternativeTaken> {
    let plan = alignment.plan();
    let choices = plan.scenario().choices.iter().enumerate();
    choices
        .filter_map(|(choice, written)| {
            let of: Vec<String> = names(plan, choice)
                .into_iter()
                .map(|(_, name)| name)
                .collect();
            let taken = alignment.taken(choice);
            let name = |alternative| {
                let mut names = names(plan, choice).into_iter();
                names.find(|(branch, _)| branch.alternative == alternative)
            };
            (!of.is_empty()).then(|| AlternativeTaken {
                at: format!("{}:{}", written.place.source.path, written.place.line),
                taken: taken.and_then(name).map(|(_, name)| name),
                of,
            })
        })
        .collect()
}

/// The alternatives of a choice that belong to the plan, with what they are called.
fn names(plan: &Plan, choice: usize) -> Vec<(Branch, String)> {
    let Some(written) = plan.scenario().choices.get(choice) else {
        return Vec::new();
    };
    let named = |(alternative, name): (usize, &Option<String>)| {
        let branch = Branch {
            choice,
            alternative,
        };
        let first = plan.alternative(branch).next()?;
        let name = name.clone();
        Some((branch, name.unwrap_or_else(|| step_text(plan.step(first)))))
    };
    written.names.iter().enumerate().filter_map(named).collect()
}

impl Bench<'_> {
    /// Choices of which no alternative came.
    pub(super) fn hear_choices(&mut self) {
        for choice in 0..self.plan().scenario().choices.len() {
            if self.alignment.taken(choice).is_none() && self.plan().silent(choice).is_none() {
                self.hear_choice(choice);
            }
        }
    }

    fn hear_choice(&mut self, choice: usize) {
        let alignment = self.alignment;
        let opens = |step: &StepId| {
            let planned = alignment.plan().planned(*step);
            planned.branch.is_some_and(|branch| branch.choice == choice)
                && planned.role == Role::Expectation
                && alignment.is_open(*step)
        };
        let openers: Vec<StepId> = alignment.plan().active().filter(opens).collect();
        let expired = |step: &StepId| alignment.state(*step).expired.is_some();
        let flow_ran = openers.iter().all(expired) || self.hearing.ran_out(alignment);
        let may_come = |step: &StepId| self.could_come(*step) && !alignment.is_moot(*step);
        let Some(first) = openers.iter().copied().find(may_come).filter(|_| flow_ran) else {
            return;
        };
        let mut own = openers
            .iter()
            .flat_map(|step| &self.plan().step(*step).requirements);
        let requirement: &'static Requirement = own.next().copied().unwrap_or(&SCENARIO);
        let names: Vec<String> = names(self.plan(), choice)
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        let written = &self.plan().scenario().choices[choice];
        let mut finding = self.free(&format!("one of {}", names.join(" | ")), requirement);
        finding.reading = self.plan().reading_behind(first);
        finding.source = Some(quote(&written.place, &written.used_at));
        finding.expected = format!("one of: {}", names.join("; "));
        match openers.iter().find_map(|step| self.came_early(*step)) {
            Some(event) => {
                self.early.push(event);
                finding.title = "an alternative came before its turn in the flow".to_owned();
                finding.observed = format!("{}, {}", self.describe(event), self.place(event));
                finding.events = vec![event];
            }
            None => {
                // As with a single step: whatever paced the run may not have waited long enough, or
                // we could not do what would have brought it about.
                let under_way = openers.iter().find_map(|step| self.was_under_way(*step));
                self.early.extend(under_way);
                if under_way.is_some() || self.follows_the_impossible(first) {
                    finding.verdict = Verdict::Inconclusive;
                }
                finding.title = "no alternative of a choice came".to_owned();
                finding.observed = self.waited(first);
                let mut instead: Vec<String> = openers.iter().map(|s| self.instead(*s)).collect();
                instead.retain(|seen| !seen.is_empty());
                instead.dedup();
                finding.instead = instead.join("; ");
                finding.events = alignment.state(first).expired.into_iter().collect();
            }
        }
        self.findings.push(finding);
    }
}
