//! `--strict`: what only warns counts.

use crate::engine::{Finding, Run, ScenarioResult};
use crate::report::words;

use super::judged::worst;

/// Lets warnings count for what they would be without being warnings: mostly failures; one that
/// decides nothing leaves its scenario undecided. The findings stay the warnings that they are; the
/// verdicts and the reasons say what they come to.
pub(super) fn apply(run: &mut Run) {
    run.strict = true;
    let all = run.campaigns.iter_mut().flat_map(|c| &mut c.scenarios);
    all.for_each(scenario);
    // Those on the CH-2 connection have no scenario that fails for them.
    let warned = run.warnings().map(|finding| finding.verdict).max();
    let verdict = warned.max(Some(worst(run)));
    run.verdict = verdict.unwrap_or(run.verdict);
}

/// A scenario that is no worse by itself has the verdict of its warnings.
fn scenario(result: &mut ScenarioResult) {
    let warnings: Vec<&Finding> = result.findings.iter().filter(|f| f.warning).collect();
    // Of several that weigh the same, the first.
    let worst = warnings.iter().rev().max_by_key(|found| found.verdict);
    let Some(worst) = worst.filter(|found| found.verdict > result.verdict) else {
        return;
    };
    let verdict = worst.verdict;
    let mut reason = format!("{}: {}", worst.requirement.id, worst.title);
    if warnings.len() > 1 {
        let more = words::count(warnings.len() - 1, "more warning");
        reason = format!("{reason}; {more}");
    }
    let before = std::mem::take(&mut result.reason);
    let before = Some(before).filter(|text| !text.is_empty());
    let before = before.map(|text| format!("{text}; ")).unwrap_or_default();
    result.reason = format!("{before}warnings count (--strict): {reason}");
    result.verdict = verdict;
}
