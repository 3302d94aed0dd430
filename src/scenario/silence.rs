//! Parties that fell silent: what they cannot do any more.

use super::diagnostic::{Diagnostic, Problems};
use super::model::{Action, Branch, Deed, Party, Scenario, Step};
use super::words::together;

/// Reports steps in which somebody acts who has fallen silent before.
pub(super) fn check(scenario: &Scenario, problems: &mut Problems) {
    for (i, silent) in scenario.steps.iter().enumerate() {
        let Action::Do {
            party,
            deed: Deed::FallSilent,
        } = silent.action
        else {
            continue;
        };
        let speaks = |step: &&Step| {
            step.session == silent.session
                && acts(&step.action) == Some(party)
                && together(&step.under, &silent.under)
                && !Branch::apart(step.branch, silent.branch)
        };
        if let Some(step) = scenario.steps[i + 1..].iter().find(speaks) {
            let text = format!("the {party} has fallen silent by then");
            let problem = Diagnostic::error("silent-party", step.place.clone(), text);
            problems.push(problem.note("it falls silent here", Some(silent.place.clone())));
        }
    }
}

fn acts(action: &Action) -> Option<Party> {
    match action {
        Action::Send { party, .. } | Action::SendAgain { party, .. } | Action::Do { party, .. } => {
            Some(*party)
        }
        _ => None,
    }
}
