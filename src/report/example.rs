//! A crafted run with every verdict and with hostile text, for the tests of this room.

use std::collections::BTreeMap;

use crate::ch2::{ReadingGroup, ReadingId, Requirement, Source, Status, Strength};
use crate::engine::{
    Campaign, ConversationLine, DiffLine, DiffTag, Finding, Quote, REPORT_VERSION, ReadingChoice,
    ReadingResult, Run, ScenarioResult, StepOutcome, StepResult, Verdict,
};
use crate::io::Time;

static USED: Requirement = Requirement {
    id: "MSG-6-USED",
    source: Source::ChangeRequest,
    clause: "6.3.3.3 step 6",
    strength: Strength::Must,
    status: Status::Stated,
    text: "the interim debits the used units",
    note: "",
};

static NUMBER: Requirement = Requirement {
    id: "CC-8.2-NUMBER",
    source: Source::Rfc8506,
    clause: "8.2",
    strength: Strength::Should,
    status: Status::Inferred,
    text: "CC-Request-Number counts up from zero",
    note: "the text asks for uniqueness only",
};

/// A pass, a fail, an inconclusive, an error and a not applicable, a warning and a peer finding.
pub(crate) fn run() -> Run {
    Run {
        version: REPORT_VERSION,
        tool: "ch2spec 0.1.0".to_owned(),
        started: "2026-01-02T03:04:05Z".to_owned(),
        duration: Time::from_millis(4_321),
        seed: 42,
        verdict: Verdict::Error,
        strict: false,
        incomplete: false,
        diagnosis: None,
        campaigns: vec![Campaign {
            server: "Acme IM \x1b[31m9\u{202e}".to_owned(),
            topology: "far end".to_owned(),
            faults: vec!["double-debit".to_owned()],
            readings: vec![
                choice(ReadingGroup::InterimTrigger, ReadingId::R2, false),
                choice(ReadingGroup::StopTrigger, ReadingId::S1, true),
            ],
            binding: "ro-messages".to_owned(),
            dictionary: "dds-2011".to_owned(),
            ixit: BTreeMap::from([("quiet window".to_owned(), "200 ms".to_owned())]),
            peer: vec![Finding {
                title: "the CER carries no Host-IP-Address".to_owned(),
                check: "DIA-CER-HOST-IP".to_owned(),
                observed: "CER without it".to_owned(),
                expected: "at least one".to_owned(),
                source: None,
                ..warning()
            }],
            scenarios: vec![
                passed(),
                failed(),
                inconclusive(),
                error(),
                not_applicable(),
            ],
        }],
    }
}

pub(super) fn passed() -> ScenarioResult {
    ScenarioResult {
        findings: vec![warning()],
        matrix: vec![
            under(ReadingId::R2, Verdict::Pass, true, ""),
            under(
                ReadingId::R1,
                Verdict::Fail,
                false,
                "no interim after the BYE",
            ),
        ],
        ..scenario(
            "IMC-MSG-con-001",
            "Each accepted message is debited",
            Verdict::Pass,
        )
    }
}

pub(super) fn failed() -> ScenarioResult {
    let line = |tag, text: &str, event| ConversationLine {
        tag,
        text: text.to_owned(),
        event,
    };
    let diff = |tag, depth, text: &str| DiffLine {
        tag,
        depth,
        text: text.to_owned(),
    };
    ScenarioResult {
        findings: vec![Finding {
            check: "IMC-END-con-001/stop/used units".to_owned(),
            verdict: Verdict::Fail,
            warning: false,
            requirement: &USED,
            session: String::new(),
            reading: Some(ReadingId::R2),
            title: "the stop reports 2 messages where 1 is unreported".to_owned(),
            source: Some(Quote {
                path: "scenarios/session-end/client-terminating.yaml".to_owned(),
                line: 21,
                column: 5,
                text: "    used units: $unreported".to_owned(),
                used_at: vec!["scenarios/a.yaml:12".to_owned()],
            }),
            expected: "1 message".to_owned(),
            observed: "2 messages \x1b[2J\u{202e}".to_owned(),
            instead: "nothing else".to_owned(),
            diff: vec![
                diff(DiffTag::Same, 0, "Used-Service-Unit"),
                diff(DiffTag::Expected, 1, "CC-Service-Specific-Units: 1"),
                diff(DiffTag::Observed, 1, "CC-Service-Specific-Units: 2"),
            ],
            events: vec![14, 17],
            trace: None,
        }],
        matrix: vec![
            under(
                ReadingId::R1,
                Verdict::Fail,
                false,
                "no interim after the BYE",
            ),
            under(ReadingId::R2, Verdict::Fail, true, "used units"),
            under(ReadingId::R3, Verdict::Pass, false, ""),
        ],
        conversation: vec![
            line(DiffTag::Same, "SessionRequest (start)", Some(2)),
            line(
                DiffTag::Expected,
                "SessionRequest (stop)  used 1 message",
                None,
            ),
            line(
                DiffTag::Observed,
                "SessionRequest (stop)  used 2 messages",
                Some(14),
            ),
        ],
        ..scenario(
            "IMC-END-con-001",
            "The client's BYE stops the session",
            Verdict::Fail,
        )
    }
}

pub(super) fn inconclusive() -> ScenarioResult {
    ScenarioResult {
        reason: "the session was never set up: SIP 486 \"Busy\r\nHere\"".to_owned(),
        ..scenario(
            "IMC-END-con-002",
            "The server's BYE stops it",
            Verdict::Inconclusive,
        )
    }
}

pub(super) fn error() -> ScenarioResult {
    ScenarioResult {
        reason: "the trigger command exited with 127".to_owned(),
        ..scenario("IMC-END-con-003", "Trigger", Verdict::Error)
    }
}

pub(super) fn not_applicable() -> ScenarioResult {
    ScenarioResult {
        reason: "refuses-content-type is not claimed".to_owned(),
        steps: Vec::new(),
        ..scenario(
            "IMC-MSG-con-002",
            "A refused message is free",
            Verdict::NotApplicable,
        )
    }
}

fn warning() -> Finding {
    Finding {
        check: "cc-request-number".to_owned(),
        verdict: Verdict::Fail,
        warning: true,
        requirement: &NUMBER,
        session: String::new(),
        reading: None,
        title: "CC-Request-Number starts at 7".to_owned(),
        source: None,
        expected: "0".to_owned(),
        observed: "7".to_owned(),
        instead: String::new(),
        diff: Vec::new(),
        events: vec![2],
        trace: None,
    }
}

fn scenario(id: &str, title: &str, verdict: Verdict) -> ScenarioResult {
    let step = |text: &str, outcome, event| StepResult {
        text: text.to_owned(),
        label: None,
        at: "scenarios/a.yaml:10".to_owned(),
        outcome,
        event,
        requirements: vec![&USED],
    };
    ScenarioResult {
        id: id.to_owned(),
        title: title.to_owned(),
        clause: "change-request 6.3.3.3".to_owned(),
        figure: None,
        file: "scenarios/a.yaml".to_owned(),
        topology: "far end".to_owned(),
        verdict,
        reason: String::new(),
        began: Time::from_millis(100),
        ended: Time::from_millis(1_350),
        identities: BTreeMap::from([
            ("Call-ID".to_owned(), "abc@client.invalid".to_owned()),
            ("Session-Id".to_owned(), "im.example;1;2\x07".to_owned()),
        ]),
        steps: vec![
            step("client sends: SIP INVITE", StepOutcome::Met, Some(0)),
            step(
                "enabler receives: SessionRequest (stop)",
                StepOutcome::NotReached,
                None,
            ),
        ],
        findings: Vec::new(),
        matrix: Vec::new(),
        conversation: Vec::new(),
        ledger: BTreeMap::from([("sent".to_owned(), 1), ("used".to_owned(), 2)]),
        checked: BTreeMap::from([("MSG-6-USED".to_owned(), 3)]),
        rules_watched: 12,
        alternatives: Vec::new(),
        quiet: vec!["200 ms after the stop".to_owned()],
        background: BTreeMap::from([("SIP OPTIONS".to_owned(), 2)]),
        events: 18,
    }
}

fn choice(group: ReadingGroup, reading: ReadingId, claimed: bool) -> ReadingChoice {
    ReadingChoice {
        group,
        reading,
        claimed,
    }
}

fn under(reading: ReadingId, verdict: Verdict, decides: bool, reason: &str) -> ReadingResult {
    let group = ReadingGroup::InterimTrigger;
    ReadingResult {
        group,
        reading,
        verdict,
        decides,
        reason: reason.to_owned(),
    }
}
