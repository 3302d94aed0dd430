//! From what was played to what the report shows.

use crate::engine::{self, Campaign, ReadingChoice, Run, ScenarioResult, Trace, Verdict};
use crate::reference::Fault;
use crate::roles::Played;
use crate::scenario::Sut;

use super::embedded;

/// What a campaign was run against, with the results it came to.
pub(super) fn campaign(sut: &Sut, faults: &[Fault], scenarios: Vec<ScenarioResult>) -> Campaign {
    Campaign {
        server: sut.name.clone(),
        topology: if sut.far_end.is_some() {
            "far end"
        } else {
            "standalone"
        }
        .to_owned(),
        faults: faults.iter().map(|fault| fault.name().to_owned()).collect(),
        readings: readings(sut),
        binding: sut.binding.name.clone(),
        dictionary: sut.binding.dictionary.clone(),
        ixit: embedded::in_words(&sut.values),
        peer: Vec::new(),
        scenarios,
    }
}

fn readings(sut: &Sut) -> Vec<ReadingChoice> {
    let choice = |group| {
        let claimed = sut.readings.get(&group).copied();
        let reading = claimed.unwrap_or_else(|| crate::ch2::Reading::default_of(group).id);
        ReadingChoice {
            group,
            reading,
            claimed: claimed.is_some(),
        }
    };
    crate::ch2::ReadingGroup::ALL
        .into_iter()
        .map(choice)
        .collect()
}

/// One scenario, judged; what was never played says so, and is no pass.
pub(super) fn result(played: &Played) -> ScenarioResult {
    let nothing = Trace::default();
    // What was tried in vain is evidence, and no ground to judge the server on.
    let trace = match played.not_played {
        Some(_) => &nothing,
        None => &played.trace,
    };
    let mut result = engine::judge(&played.case, trace);
    if let Some(reason) = &played.not_played
        && result.verdict != Verdict::NotApplicable
    {
        result.verdict = Verdict::Inconclusive;
        result.reason.clone_from(reason);
    }
    (result.began, result.ended) = (played.began, played.ended);
    if !played.identities.is_empty() {
        result.identities.clone_from(&played.identities);
    }
    result.background.clone_from(&played.background);
    result.events = played.trace.events.len();
    result
}

/// The worst verdict of a run.
pub(super) fn worst(run: &Run) -> Verdict {
    let scenarios = run
        .campaigns
        .iter()
        .flat_map(|c| &c.scenarios)
        .map(|s| s.verdict);
    let peer = run.campaigns.iter().flat_map(|c| &c.peer);
    let peer = peer
        .filter(|finding| !finding.warning)
        .map(|finding| finding.verdict);
    let cut = (run.diagnosis.is_some() || run.incomplete).then_some(Verdict::Inconclusive);
    scenarios
        .chain(peer)
        .chain(cut)
        .max()
        .unwrap_or(Verdict::NotApplicable)
}
