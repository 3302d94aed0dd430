//! The end of the report: one line that sums up.

use std::fmt::Write;

use crate::engine::{Run, ScenarioResult, Verdict};
use crate::report::{Style, escape, words};

const VERDICTS: [Verdict; 5] = [
    Verdict::Pass,
    Verdict::Fail,
    Verdict::Error,
    Verdict::Inconclusive,
    Verdict::NotApplicable,
];

/// The counts of a run in one line: `5 scenarios: 3 passed, 1 failed, 1 inconclusive; 2 warnings`.
pub fn summary_line(run: &Run, style: &Style) -> String {
    let scenarios: Vec<&ScenarioResult> = run
        .campaigns
        .iter()
        .flat_map(|campaign| &campaign.scenarios)
        .collect();
    let mut counts = Vec::new();
    for verdict in VERDICTS {
        let number = scenarios.iter().filter(|s| s.verdict == verdict).count();
        if number > 0 {
            counts.push(style.verdict(verdict, &format!("{number} {}", done(verdict))));
        }
    }
    let mut line = words::count(scenarios.len(), "scenario");
    if !counts.is_empty() {
        let _ = write!(line, ": {}", counts.join(", "));
    }
    let peer = run.campaigns.iter().flat_map(|campaign| &campaign.peer);
    let all = scenarios
        .iter()
        .flat_map(|scenario| &scenario.findings)
        .chain(peer.clone());
    let broken = peer.filter(|finding| !finding.warning && finding.verdict >= Verdict::Fail);
    let broken = broken.count();
    if broken > 0 {
        let text = format!("{} of the CH-2 connection", words::count(broken, "failure"));
        let _ = write!(line, "; {}", style.verdict(Verdict::Fail, &text));
    }
    let warnings = all.filter(|finding| finding.warning).count();
    if warnings > 0 {
        let counted = words::count(warnings, "warning");
        let counted = match run.strict {
            true => style.verdict(Verdict::Fail, &format!("{counted}, which count (--strict)")),
            false => style.warning(&counted),
        };
        let _ = write!(line, "; {counted}");
    }
    let _ = write!(
        line,
        "; {}",
        words::duration(run.duration.since(crate::io::Time::ZERO))
    );
    line
}

pub(super) fn render(page: &mut String, run: &Run, style: &Style) {
    page.push('\n');
    if run.incomplete {
        let mark = style.verdict(Verdict::Error, "incomplete");
        let _ = writeln!(
            page,
            "{mark}: the run was interrupted; what is not here was not judged"
        );
    }
    let verdict = style.verdict(run.verdict, words::verdict(run.verdict));
    let _ = writeln!(page, "{verdict}  {}", summary_line(run, style));
    if let Some(path) = style.evidence() {
        let _ = writeln!(page, "evidence  {}", escape::terminal(path));
    }
}

fn done(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passed",
        Verdict::Fail => "failed",
        Verdict::Error => "broken (error)",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NotApplicable => "not applicable",
    }
}
