//! The words that every form of the report uses for the same thing.

use std::time::Duration;

use crate::ch2::{
    Binding, Reading, ReadingGroup, ReadingId, Requirement, Source, Status, Strength,
};
use crate::engine::{Campaign, StepOutcome, Verdict};
use crate::io::Time;

/// `pass`, `fail`, `inconclusive`, `error`, `not applicable`.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Error => "error",
        Verdict::NotApplicable => "not applicable",
    }
}

/// The document, as one would cite it.
pub fn document(source: Source) -> &'static str {
    match source {
        Source::ChangeRequest => "change request",
        Source::Rfc8506 => "RFC 8506",
        Source::Rfc6733 => "RFC 6733",
        Source::Rfc4975 => "RFC 4975",
        Source::Rfc3261 => "RFC 3261",
        Source::OmaDds => "OMA-DDS-Charging_Data",
        Source::Profile => "profile",
    }
}

/// Document and clause: `RFC 8506, 8.2`.
pub fn citation(requirement: &Requirement) -> String {
    if requirement.clause.is_empty() {
        document(requirement.source).to_owned()
    } else {
        format!("{}, {}", document(requirement.source), requirement.clause)
    }
}

/// How much a requirement weighs, in the document's own word, and whether the text states it.
pub fn weight(requirement: &Requirement) -> &'static str {
    let shall = matches!(requirement.source, Source::ChangeRequest);
    match (requirement.status, requirement.strength) {
        (Status::NotSpecified, _) => "not specified",
        (Status::Stated, Strength::Must) if shall => "SHALL",
        (Status::Stated, Strength::Must) => "MUST",
        (Status::Stated, Strength::Should) => "SHOULD",
        (Status::Stated, Strength::Open) => "open",
        (Status::Inferred, Strength::Must) => "required, inferred",
        (Status::Inferred, Strength::Should) => "SHOULD, inferred",
        (Status::Inferred, Strength::Open) => "open, inferred",
    }
}

/// The question of a group of readings, in half a line.
pub fn group(group: ReadingGroup) -> &'static str {
    match group {
        ReadingGroup::InterimTrigger => "interim trigger",
        ReadingGroup::StopTrigger => "stop trigger",
    }
}

/// A reading with its name and its answer: `R2, each accepted SEND triggers an interim`.
pub fn reading(id: ReadingId) -> String {
    format!("{id}, {}", Reading::find(id).title)
}

/// What tells the campaigns of a run apart: `far end, R3, ro-octets`.
pub fn campaign(campaign: &Campaign) -> String {
    let claimed = campaign.readings.iter().filter(|choice| choice.claimed);
    let mut parts = vec![campaign.topology.clone()];
    parts.extend(claimed.map(|choice| choice.reading.to_string()));
    if campaign.binding != Binding::default().name {
        parts.push(campaign.binding.clone());
    }
    parts.join(", ")
}

/// What came of a step.
pub fn outcome(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Met => "met",
        StepOutcome::Wrong => "wrong",
        StepOutcome::Missing => "missing",
        StepOutcome::LeftOut => "left out",
        StepOutcome::NotReached => "not reached",
    }
}

/// A length of time for a reader: `12 ms`, `3.25 s`, `4 min 7 s`.
pub fn duration(length: Duration) -> String {
    let millis = length.as_millis();
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{:02} s", millis / 1000, millis % 1000 / 10),
        _ => format!("{} min {} s", millis / 60_000, millis / 1000 % 60),
    }
}

/// How long it was from `began` to `ended`.
pub fn between(began: Time, ended: Time) -> String {
    duration(ended.since(began))
}

/// `1 step`, `2 steps`.
pub fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_read_well() {
        let shown = |millis| duration(Duration::from_millis(millis));
        assert_eq!(shown(0), "0 ms");
        assert_eq!(shown(999), "999 ms");
        assert_eq!(shown(1_059), "1.05 s");
        assert_eq!(shown(247_900), "4 min 7 s");
    }

    #[test]
    fn a_violated_shall_is_called_so() {
        let mut requirement = Requirement {
            id: "MSG-6",
            source: Source::ChangeRequest,
            clause: "6.3.3.3 step 6",
            strength: Strength::Must,
            status: Status::Stated,
            text: "",
            note: "",
        };
        assert_eq!(weight(&requirement), "SHALL");
        assert_eq!(citation(&requirement), "change request, 6.3.3.3 step 6");
        requirement.source = Source::Rfc8506;
        assert_eq!(weight(&requirement), "MUST");
        requirement.status = Status::NotSpecified;
        assert_eq!(weight(&requirement), "not specified");
    }
}
