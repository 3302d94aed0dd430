//! `--strict`: what only warns counts.

use crate::engine::{Finding, Run, ScenarioResult, Verdict};
use crate::report::words;

use super::judged::worst;

/// Lets warnings count as failures. The findings stay the warnings that they are; the verdicts and
/// the reasons say what they come to.
pub(super) fn apply(run: &mut Run) {
    run.strict = true;
    let all = run.campaigns.iter_mut().flat_map(|c| &mut c.scenarios);
    all.for_each(scenario);
    // Those on the CH-2 connection have no scenario that fails for them.
    let warned = run.warnings().next().map(|_| Verdict::Fail);
    run.verdict = warned
        .into_iter()
        .chain([worst(run)])
        .max()
        .unwrap_or(run.verdict);
}

/// A scenario that is no worse by itself fails for its warnings.
fn scenario(result: &mut ScenarioResult) {
    let warnings: Vec<&Finding> = result.findings.iter().filter(|f| f.warning).collect();
    let Some(first) = warnings.first().filter(|_| result.verdict < Verdict::Fail) else {
        return;
    };
    let mut reason = format!("{}: {}", first.requirement.id, first.title);
    if warnings.len() > 1 {
        let more = words::count(warnings.len() - 1, "more warning");
        reason = format!("{reason}; {more}");
    }
    let before = std::mem::take(&mut result.reason);
    let before = Some(before).filter(|text| !text.is_empty());
    let before = before.map(|text| format!("{text}; ")).unwrap_or_default();
    result.reason = format!("{before}warnings count (--strict): {reason}");
    result.verdict = Verdict::Fail;
}
