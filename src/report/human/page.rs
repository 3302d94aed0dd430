//! The whole report, from top to bottom.

use std::fmt::Write;

use crate::ch2::{Requirement, Status};
use crate::engine::{Run, Verdict};
use crate::report::{Style, escape, words};

use super::{campaign, summary};

/// The report of a run, ending in a line break.
pub fn render(run: &Run, style: &Style) -> String {
    let registry: Vec<&Requirement> = Requirement::all().collect();
    render_with(run, style, &registry)
}

/// The report, where `registry` says what the change request does not specify.
fn render_with(run: &Run, style: &Style, registry: &[&Requirement]) -> String {
    let mut page = String::new();
    head(&mut page, run, style);
    for campaign in &run.campaigns {
        campaign::render(&mut page, campaign, style);
    }
    not_specified(&mut page, run, registry, style);
    summary::render(&mut page, run, style);
    page
}

fn head(page: &mut String, run: &Run, style: &Style) {
    let tool = style.bold(&escape::terminal(&run.tool));
    let started = escape::terminal(&run.started);
    let _ = writeln!(page, "{tool}  started {started}  seed {}", run.seed);
    if let Some(diagnosis) = &run.diagnosis {
        let mark = style.verdict(Verdict::Error, "error");
        let _ = writeln!(page, "\n{mark}: {}", escape::terminal(diagnosis));
    }
}

/// Names the steps that the change request leaves empty, in the clauses that were run.
fn not_specified(page: &mut String, run: &Run, registry: &[&Requirement], style: &Style) {
    let clauses: Vec<&str> = run
        .campaigns
        .iter()
        .flat_map(|campaign| &campaign.scenarios)
        .filter(|scenario| scenario.verdict != Verdict::NotApplicable)
        .map(|scenario| scenario.clause.as_str())
        .collect();
    let empty: Vec<&Requirement> = registry
        .iter()
        .copied()
        .filter(|r| r.status == Status::NotSpecified)
        .filter(|r| clauses.iter().any(|clause| covers(clause, r.clause)))
        .collect();
    if empty.is_empty() {
        return;
    }
    let title = style.bold("not specified");
    let _ = writeln!(
        page,
        "\n{title}  no verdict rests on these steps: the text leaves them open"
    );
    for requirement in empty {
        let _ = writeln!(
            page,
            "  {}  {}: {}",
            requirement.id,
            words::citation(requirement),
            requirement.text
        );
    }
}

/// Whether a scenario's clause (`change-request 6.3.3.3`) is the one that a requirement's
/// (`6.3.3.3 step 4`) lies in.
fn covers(scenario: &str, requirement: &str) -> bool {
    let number = requirement.split([' ', ',']).next().unwrap_or_default();
    !number.is_empty() && scenario.split([' ', ',']).any(|word| word == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ch2::{Source, Strength};
    use crate::engine::StepOutcome;
    use crate::report::example;

    #[test]
    fn steps_that_the_text_leaves_empty_are_named_where_their_clause_was_run() {
        let requirement = |id, clause| Requirement {
            id,
            source: Source::ChangeRequest,
            clause,
            strength: Strength::Open,
            status: Status::NotSpecified,
            text: "the step is empty",
            note: "",
        };
        let registry = [
            requirement("MSG-4", "6.3.3.3 step 4"),
            requirement("X-1", "6.3.3 step 1"),
        ];
        let page = render_with(&example::run(), &Style::plain(), &registry.each_ref());
        assert!(
            page.contains("MSG-4  change request, 6.3.3.3 step 4: the step is empty"),
            "{page}"
        );
        assert!(!page.contains("X-1"), "{page}");
    }

    #[test]
    fn a_stranger_can_read_it() {
        let style = Style::plain().with_evidence("reports/x/trace.jsonl");
        insta::assert_snapshot!(render_with(&example::run(), &style, &[]));
    }

    #[test]
    fn steps_that_need_not_come_are_not_counted_as_missed() {
        let mut run = example::run();
        for scenario in run.campaigns.iter_mut().flat_map(|c| &mut c.scenarios) {
            for step in &mut scenario.steps {
                if step.outcome != StepOutcome::Met {
                    step.outcome = StepOutcome::LeftOut;
                }
            }
        }
        let page = render(&run, &Style::plain());
        assert!(page.contains("1 of 1 step met (1 left out), "), "{page}");
    }

    #[test]
    fn a_server_that_cannot_be_used_is_one_diagnosis() {
        let mut run = example::run();
        run.diagnosis = Some("nothing listens at 10.0.0.1:5060".to_owned());
        run.campaigns.clear();
        run.incomplete = true;
        insta::assert_snapshot!(render_with(&run, &Style::plain(), &[]));
    }

    #[test]
    fn nothing_hostile_reaches_the_terminal() {
        let page = render(&example::run(), &Style::plain());
        assert!(
            page.contains("\\x1b"),
            "the example holds hostile text: {page}"
        );
        let hostile = page.chars().find(|c| *c != '\n' && c.is_control());
        assert_eq!(hostile, None, "{page}");
        assert!(!page.contains('\u{202e}'), "{page}");
    }

    #[test]
    fn colour_changes_nothing_but_the_colours() {
        let colored = render(&example::run(), &Style::colored());
        let mut plain = String::new();
        let mut rest = colored.as_str();
        while let Some(at) = rest.find("\x1b[") {
            plain.push_str(&rest[..at]);
            let end = rest[at..].find('m').expect("a colour ends");
            rest = &rest[at + end + 1..];
        }
        plain.push_str(rest);
        assert_eq!(plain, render(&example::run(), &Style::plain()));
        assert_ne!(plain, colored);
    }
}
