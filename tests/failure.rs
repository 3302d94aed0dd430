//! The scenarios of failures, failover and timers, in virtual time and with the timers that the RFCs
//! recommend (Tx 10 s, Tw 30 s): a right server passes them all, and each fault is seen for its own
//! reason.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod figures;
mod virtual_run;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ch2spec::ch2::ReadingId;
use ch2spec::engine::{ScenarioResult, Verdict, judge};
use ch2spec::reference::{FailureHandling, Fault, Interim};
use ch2spec::scenario::{Ics, load_library};
use virtual_run::{PLAIN, Setup, finish, network, show};

/// What the reference server implements of failure handling.
const CLAIMS: [Ics; 5] = [
    Ics::SessionMode,
    Ics::FailureHandling,
    Ics::Reconnect,
    Ics::Watchdog,
    Ics::TerminatesByDefault,
];

/// A server that knows two Charging Enablers.
const TWO: Setup = Setup {
    second: true,
    ..PLAIN
};

/// The failure handling that no answer has changed.
const LOCAL: [(FailureHandling, Ics); 3] = [
    (FailureHandling::Terminate, Ics::TerminatesByDefault),
    (FailureHandling::Continue, Ics::ContinuesByDefault),
    (FailureHandling::RetryAndTerminate, Ics::RetriesByDefault),
];

/// Plays the group's scenarios, or some of them, against a server, and gives the results of those
/// that apply.
fn play(
    setup: Setup,
    local: FailureHandling,
    some: &[&str],
) -> BTreeMap<String, (ScenarioResult, Vec<String>)> {
    let loaded = load_library();
    assert!(!loaded.has_errors());
    let group = loaded.scenarios.into_iter();
    let group = group.filter(|scenario| {
        let chosen = some.is_empty() || some.contains(&scenario.id.as_str());
        chosen && scenario.id.starts_with("IMC-FAI-")
    });
    let (network, harness) = network(setup, |settings, config| {
        settings.scenarios = group.collect();
        config.failure_handling = local;
        let claimed = LOCAL.iter().filter(|(handling, _)| *handling == local);
        let mut claims = CLAIMS[..4].to_vec();
        claims.extend(claimed.map(|(_, ics)| *ics));
        claims.extend(setup.second.then_some(Ics::SessionFailover));
        settings.sut.claims = claims;
    });
    let outcome = finish(network, harness);
    assert_eq!(outcome.diagnosis, None);
    let results = outcome.results.into_iter();
    let results = results.map(|played| {
        let events = played.trace.events.iter().map(show).collect();
        (judge(&played.case, &played.trace), events)
    });
    results
        .filter(|(result, _)| result.verdict != Verdict::NotApplicable)
        .map(|(result, events)| (result.id.clone(), (result, events)))
        .collect()
}

#[test]
fn a_right_server_passes_with_the_timers_of_the_rfcs() {
    let mut played = BTreeSet::new();
    let interims = [
        (Interim::OnServerBye, ReadingId::R1),
        (Interim::EachAccepted, ReadingId::R2),
        (Interim::QuotaOnly, ReadingId::R3),
        (Interim::OnDelivery, ReadingId::R4),
        (Interim::Periodic(Duration::from_secs(200)), ReadingId::R5),
    ];
    for interim in interims {
        for (far_end, second) in [(true, false), (false, false), (true, true)] {
            let setup = Setup {
                far_end,
                second,
                interim,
                ..PLAIN
            };
            if !far_end && interim.1 == ReadingId::R4 {
                continue;
            }
            // What no answer has changed shows the same under every reading.
            let locals = if interim.1 == ReadingId::R2 { 3 } else { 1 };
            for (local, _) in LOCAL.into_iter().take(locals) {
                for (id, (result, events)) in play(setup, local, &[]) {
                    assert!(
                        result.verdict == Verdict::Pass && result.findings.is_empty(),
                        "{id} {setup:?} {local:?}: {}\n{:#?}\n{events:#?}",
                        result.reason,
                        result.findings,
                    );
                    played.insert(id);
                }
            }
        }
    }
    let group = load_library().scenarios;
    let group = group.iter().map(|scenario| scenario.id.clone());
    let group: BTreeSet<String> = group.filter(|id| id.starts_with("IMC-FAI-")).collect();
    assert_eq!(played, group, "each applies somewhere");
}

/// What is seen of a fault: the server it is shown by, a scenario that sees it, and the requirement.
/// Whatever breaks no more than a SHOULD has a warning.
struct Row {
    fault: Fault,
    setup: Setup,
    local: FailureHandling,
    seen: &'static [(&'static str, &'static str, bool)],
}

const fn row(fault: Fault, seen: &'static [(&'static str, &'static str, bool)]) -> Row {
    Row {
        fault,
        setup: PLAIN,
        local: FailureHandling::Terminate,
        seen,
    }
}

const FAILS: bool = false;
const WARNS: bool = true;

const SEEN: &[Row] = &[
    row(
        Fault::IgnoresFailureHandling,
        &[
            ("IMC-FAI-con-005", "CC-7-TX-GRANT", FAILS),
            ("IMC-FAI-con-012", "CC-5.7-OVERRIDE", FAILS),
            ("IMC-FAI-con-013", "CC-5.7-OVERRIDE", FAILS),
        ],
    ),
    row(
        Fault::KeepsFirstHandling,
        &[
            ("IMC-FAI-con-013", "CC-5.7-OVERRIDE", FAILS),
            ("IMC-FAI-con-026", "CC-5.7-OVERRIDE", FAILS),
        ],
    ),
    row(
        Fault::ContinuesOnFailure,
        &[
            ("IMC-FAI-con-001", "CC-7-TX-TERMINATE", FAILS),
            ("IMC-FAI-con-004", "CC-7-TX-TERMINATE", FAILS),
            ("IMC-FAI-con-006", "CC-7-FAILED", FAILS),
            ("IMC-FAI-con-014", "CC-7-SEND-FAILED", FAILS),
        ],
    ),
    row(
        Fault::GivesUpEarly,
        &[
            ("IMC-FAI-con-001", "CC-7-TX-TERMINATE", FAILS),
            ("IMC-FAI-con-004", "CC-7-TX-TERMINATE", FAILS),
        ],
    ),
    row(
        Fault::GivesUpAtTx,
        &[
            ("IMC-FAI-con-005", "CC-7-TX-GRANT", FAILS),
            ("IMC-FAI-con-006", "CC-7-TX-GRANT", FAILS),
        ],
    ),
    Row {
        local: FailureHandling::Continue,
        ..row(
            Fault::GivesUpAtTx,
            &[("IMC-FAI-con-002", "CC-7-TX-GRANT", FAILS)],
        )
    },
    Row {
        local: FailureHandling::RetryAndTerminate,
        ..row(
            Fault::GivesUpAtTx,
            &[("IMC-FAI-con-003", "CC-7-TX-GRANT", FAILS)],
        )
    },
    row(
        Fault::IgnoresLateAnswers,
        &[
            ("IMC-FAI-con-005", "CC-5.7-LATE", WARNS),
            ("IMC-FAI-con-006", "CC-7-FAILED", FAILS),
        ],
    ),
    Row {
        local: FailureHandling::Continue,
        ..row(
            Fault::IgnoresLateAnswers,
            &[("IMC-FAI-con-002", "CC-5.7-LATE", WARNS)],
        )
    },
    row(
        Fault::StopAfterFailure,
        &[
            ("IMC-FAI-con-001", "CC-7-GIVEN-UP", WARNS),
            ("IMC-FAI-con-004", "CC-7-GIVEN-UP", WARNS),
            ("IMC-FAI-con-006", "CC-7-GIVEN-UP", WARNS),
            ("IMC-FAI-con-026", "CC-7-GIVEN-UP", WARNS),
        ],
    ),
    row(
        Fault::RepeatsStopForever,
        &[("IMC-FAI-con-007", "CC-7-STOP-FAILED", FAILS)],
    ),
    row(
        Fault::TakesDuplicateAnswer,
        &[("IMC-FAI-con-022", "RFC6733-3-DISCARD", FAILS)],
    ),
    row(
        Fault::TakesUnknownHopByHop,
        &[("IMC-FAI-con-023", "RFC6733-3-DISCARD", FAILS)],
    ),
    row(
        Fault::NoDwa,
        &[("IMC-FAI-con-016", "RFC6733-5.5-DWA", FAILS)],
    ),
    row(
        Fault::NoDwr,
        &[("IMC-FAI-con-029", "RFC6733-5.5.3-SENT", FAILS)],
    ),
    row(
        Fault::SendsBeforeCea,
        &[("IMC-FAI-con-028", "RFC6733-5.6-OPEN", FAILS)],
    ),
    row(
        Fault::NoHostIpAddress,
        &[("IMC-FAI-con-019", "RFC6733-5.3.1-CER", FAILS)],
    ),
    row(
        Fault::NoTBitOnResend,
        &[("IMC-FAI-con-020", "RFC6733-3-TBIT", FAILS)],
    ),
    row(
        Fault::NewEndToEndOnResend,
        &[("IMC-FAI-con-020", "RFC6733-5.5.4-DUPLICATE", WARNS)],
    ),
    row(
        Fault::ResendCountsTwice,
        &[("IMC-FAI-con-020", "CC-5.3-USED", FAILS)],
    ),
    Row {
        setup: TWO,
        ..row(
            Fault::ResendCountsTwice,
            &[("IMC-FAI-con-024", "END-C-2", FAILS)],
        )
    },
    Row {
        setup: TWO,
        ..row(
            Fault::TBitAfterError,
            &[
                ("IMC-FAI-con-009", "RFC6733-3-TBIT", FAILS),
                ("IMC-FAI-con-010", "RFC6733-3-TBIT", FAILS),
            ],
        )
    },
    Row {
        setup: TWO,
        ..row(
            Fault::MovesWithoutPermission,
            &[
                ("IMC-FAI-con-011", "CC-5.7-MOVE", FAILS),
                ("IMC-FAI-con-027", "CC-5.7-MOVE", FAILS),
            ],
        )
    },
    Row {
        setup: TWO,
        ..row(
            Fault::NeverFailsOver,
            &[
                ("IMC-FAI-con-009", "CC-8.4-MOVE", WARNS),
                ("IMC-FAI-con-017", "CC-5.7-NEW", WARNS),
                ("IMC-FAI-con-018", "CC-5.7-NEW", WARNS),
                ("IMC-FAI-con-024", "CC-8.4-MOVE", WARNS),
            ],
        )
    },
    Row {
        setup: TWO,
        ..row(
            Fault::RepeatsWatchdogElsewhere,
            &[("IMC-FAI-con-017", "RFC6733-5.5.1-ALTERNATE", FAILS)],
        )
    },
    Row {
        setup: TWO,
        ..row(
            Fault::NoDpa,
            &[("IMC-FAI-con-018", "RFC6733-5.4-DPA", FAILS)],
        )
    },
    Row {
        setup: TWO,
        ..row(
            Fault::ReconnectsUnwanted,
            &[("IMC-FAI-con-018", "RFC6733-5.4.3-RECONNECT", WARNS)],
        )
    },
];

#[test]
fn each_fault_is_seen_for_its_own_reason() {
    for Row {
        fault,
        setup,
        local,
        seen,
    } in SEEN
    {
        let setup = Setup {
            fault: Some(*fault),
            ..*setup
        };
        let ids: Vec<&str> = seen.iter().map(|(id, ..)| *id).collect();
        let results = play(setup, *local, &ids);
        for (id, requirement, warns) in *seen {
            let (result, events) = &results[*id];
            let found = result
                .findings
                .iter()
                .any(|finding| finding.requirement.id == *requirement && finding.warning == *warns);
            assert!(
                found,
                "{fault} in {id}: no {requirement}\n{:#?}\n{events:#?}",
                result.findings
            );
        }
    }
}

#[test]
fn a_server_may_begin_the_request_anew_at_the_second_charging_enabler() {
    let setup = Setup {
        fault: Some(Fault::NewEndToEndOnResend),
        ..TWO
    };
    let both = ["IMC-FAI-con-009", "IMC-FAI-con-010"];
    let results = play(setup, FailureHandling::Terminate, &both);
    for id in both {
        let (result, events) = &results[id];
        assert!(
            result.verdict == Verdict::Pass && result.findings.is_empty(),
            "{id}: {:#?}\n{events:#?}",
            result.findings
        );
    }
}
