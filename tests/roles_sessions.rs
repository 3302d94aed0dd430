//! Several IM sessions in one scenario, against the reference server in virtual time.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod figures;
mod virtual_run;

use std::sync::Arc;
use std::time::Duration;

use ch2spec::ch2::{ReadingId, Unit};
use ch2spec::engine::{Message, ScenarioResult, StepOutcome, Verdict, What, judge};
use ch2spec::reference::{Fault, Interim, Units, UnitsAt};
use ch2spec::roles::Outcome;
use ch2spec::runtime::simulated::Wire;
use ch2spec::scenario::{
    Diagnostic, Ics, Party, Scenario, Transport, load_library, load_text, select,
};
use virtual_run::{PLAIN, Setup, assert_all_pass, finish, network, run};

/// Two sessions that begin together, send at the same time and end the other way round.
fn interleaved(subscriber: &str) -> String {
    format!(
        "ch2spec: 1\nid: SESSIONS-con-001\ntitle: t\nclause: RFC 8506\nrequirements: [MSG-6]\n\
         needs: [session-mode]\nsessions:\n  b: {{ subscriber: {subscriber} }}\n{FLOW}"
    )
}

const FLOW: &str = "
given:
  - session started: { grant: 3 }
  - session started: { grant: 3 }
    session: b
flow:
  - client sends: MSRP SEND
    as: one
    body: one
  - client sends: MSRP SEND
    session: b
    as: two
    body: the second one
  - client receives: MSRP 200
    session: b
    for: two
    requirement: MSG-2
  - client receives: MSRP 200
    for: one
    requirement: MSG-2
  - far end receives: MSRP SEND
    when: far-end
    session: b
    as: forwarded two
    for: two
    body: the second one
    requirement: PROFILE-FORWARD
  - far end sends: MSRP 200
    when: far-end
    session: b
    for: forwarded two
    as: delivered two
  - far end receives: MSRP SEND
    when: far-end
    as: forwarded one
    for: one
    body: one
    requirement: PROFILE-FORWARD
  - far end sends: MSRP 200
    when: far-end
    for: forwarded one
    as: delivered one
  - enabler receives: SessionRequest (interim)
    under: R2
    as: debit one
    after: one
    used units: $unreported
    requirement: MSG-6
    avps:
      Session-Id: $start.Session-Id
      Service-Information / IMS-Information / IMS-Charging-Identifier: $first.client.icid
  - enabler sends: Response
    under: R2
    for: debit one
    grant: 3
  - enabler receives: SessionRequest (interim)
    under: R2
    session: b
    as: debit two
    after: two
    used units: $unreported
    requirement: MSG-6
    avps:
      Session-Id: { equals: $start#2.Session-Id }
      Service-Information / IMS-Information / IMS-Charging-Identifier: $b.client.icid
  - enabler sends: Response
    under: R2
    session: b
    for: debit two
    grant: 3
  - enabler receives: SessionRequest (interim)
    under: R4
    after: delivered one
    used units: $unreported
    requirement: MSG-6
  - enabler receives: SessionRequest (interim)
    under: R4
    session: b
    after: delivered two
    used units: $unreported
    requirement: MSG-6
  - message exchanged: { body: a third }
    session: b
  - session ended
  - message exchanged: { body: a fourth }
    session: b
  - session ended:
    session: b
";

/// Setups of the server for one interim reading each.
const READINGS: [(Interim, ReadingId); 3] = [
    (Interim::EachAccepted, ReadingId::R2),
    (Interim::QuotaOnly, ReadingId::R3),
    (Interim::OnDelivery, ReadingId::R4),
];

fn scenario(text: &str) -> Vec<Arc<Scenario>> {
    let loaded = load_text("sessions.yaml", text.as_bytes());
    let shown = |d: &Diagnostic| d.render(false);
    assert!(
        !loaded.has_errors(),
        "{:#?}",
        loaded.diagnostics.iter().map(shown).collect::<Vec<_>>()
    );
    loaded.scenarios
}

fn played(setup: Setup, text: &str) -> Outcome {
    let (network, harness) = network(setup, |settings, _| settings.scenarios = scenario(text));
    finish(network, harness)
}

fn judged(outcome: &Outcome) -> ScenarioResult {
    let [played] = &outcome.results[..] else {
        panic!("{:?}", outcome.diagnosis)
    };
    judge(&played.case, &played.trace)
}

/// The checks that failed, each with its session.
fn failed(result: &ScenarioResult) -> Vec<(&str, &str)> {
    let wrong = result.findings.iter().filter(|f| !f.warning);
    wrong
        .map(|f| (f.check.as_str(), f.session.as_str()))
        .collect()
}

#[test]
fn the_right_server_keeps_two_subscribers_apart() {
    for interim in READINGS {
        for far_end in [true, false] {
            for transport in [Transport::Udp, Transport::Tcp] {
                let setup = Setup {
                    far_end: far_end || interim.1 == ReadingId::R4,
                    transport,
                    interim,
                    ..PLAIN
                };
                let outcome = played(setup, &interleaved("other"));
                assert_all_pass(&outcome, &format!("{setup:?}"));
                assert_eq!(outcome.strays.len(), 0, "{:?}", outcome.strays);
            }
        }
    }
}

#[test]
fn the_right_server_keeps_two_sessions_of_one_subscriber_apart() {
    let slow = Wire {
        latency: Duration::from_millis(40),
        jitter: Duration::from_millis(20),
        ..PLAIN.wire
    };
    let torn = Wire {
        segment: Some(7),
        ..PLAIN.wire
    };
    for (transport, wire) in [
        (Transport::Udp, PLAIN.wire),
        (Transport::Udp, slow),
        (Transport::Tcp, torn),
    ] {
        for units in [
            (Units::Messages, Unit::Messages),
            (Units::Octets, Unit::Octets),
        ] {
            let setup = Setup {
                transport,
                wire,
                units,
                units_at: UnitsAt::Mscc,
                ..PLAIN
            };
            // Octets are spent at once: one message is more than the grant.
            let text = interleaved("same").replace("grant: 3", "grant: 1000");
            assert_all_pass(&played(setup, &text), &format!("{setup:?}"));
        }
    }
}

#[test]
fn each_session_has_identities_and_a_ledger_of_its_own() {
    for (subscriber, same) in [("other", false), ("same", true)] {
        let outcome = played(PLAIN, &interleaved(subscriber));
        let names = &outcome.results[0].identities;
        for name in ["client", "far end", "Call-ID", "ICID", "Session-Id"] {
            let (first, second) = (&names[name], &names[&format!("b: {name}")]);
            let is_shared = same && matches!(name, "client" | "far end");
            assert_eq!(first == second, is_shared, "{subscriber}: {name}");
        }
        let ledger = judged(&outcome).ledger;
        assert_eq!(ledger["accepted messages"], 1);
        assert_eq!(ledger["b: accepted messages"], 3);
        assert_eq!(ledger["b: used messages"], 3);
        assert_eq!(ledger["b: unreported messages"], 0);
    }
}

#[test]
fn the_ledger_of_another_session_can_be_named() {
    let flow = |used: &str| {
        format!(
            "ch2spec: 1\nid: SESSIONS-con-002\ntitle: t\nclause: c\nrequirements: [MSG-6]\n\
             sessions:\n  b: {{ subscriber: other }}\n\
             given:\n  - session started\n  - session started:\n    session: b\n\
             flow:\n  - message exchanged: {{ body: one }}\n  - message exchanged: {{ body: two }}\n  \
             - client sends: MSRP SEND\n    session: b\n    as: three\n    body: three\n  \
             - enabler receives: SessionRequest (interim)\n    session: b\n    under: R2\n    \
             after: three\n    used units: {used}\n    requirement: MSG-6\n  \
             - session ended\n  - session ended:\n    session: b\n"
        )
    };
    // One message in session `b`, two in the first: what its own ledger has would fit none of these.
    for fits in [
        "{ less than: $first.sent }",
        "{ between: [0, $first.used] }",
        "$b.sent.messages",
    ] {
        assert_all_pass(&played(PLAIN, &flow(fits)), fits);
    }
    let result = judged(&played(PLAIN, &flow("$first.accepted")));
    let wrong = result.findings.iter().find(|f| f.session == "b").unwrap();
    assert!(wrong.observed.starts_with("1, event"), "{}", wrong.observed);
    assert!(
        wrong
            .expected
            .starts_with("2 (accepted in session first; accepted so far: "),
        "{}",
        wrong.expected
    );
    let told = |used: &str| {
        let loaded = load_text("s.yaml", flow(used).as_bytes());
        let problem = loaded.diagnostics.into_iter().next().unwrap();
        (problem.code, problem.help.unwrap_or_default())
    };
    let meant = (
        "unknown-reference",
        "did you mean `$b.unreported`?".to_owned(),
    );
    assert_eq!(told("$b.unreprted"), meant);
    assert_eq!(told("$c.unreported").0, "unknown-session");
    assert_eq!(told("b.unreported").0, "value-type");
}

#[test]
fn a_session_id_of_two_sessions_is_told_as_just_that() {
    for subscriber in ["other", "same"] {
        let setup = Setup {
            fault: Some(Fault::SameSessionId),
            ..PLAIN
        };
        let result = judged(&played(setup, &interleaved(subscriber)));
        assert_eq!(result.verdict, Verdict::Fail);
        assert_eq!(failed(&result), [("CC-SESSION-ID-SHARED", "b")]);
        let finding = &result.findings[0];
        assert_eq!(finding.requirement.id, "RFC6733-8.8-UNIQUE");
        assert_eq!(finding.events.len(), 2);
        assert!(finding.observed.contains("another IM session"));
        // Each session was played to its end all the same.
        assert!(result.steps.iter().all(|s| s.outcome == StepOutcome::Met));
    }
}

#[test]
fn usage_of_one_session_in_another_fails_by_the_ledger() {
    for subscriber in ["other", "same"] {
        for interim in READINGS {
            let setup = Setup {
                fault: Some(Fault::UsageOfOtherSession),
                interim,
                ..PLAIN
            };
            let outcome = played(setup, &interleaved(subscriber));
            let result = judged(&outcome);
            let name = format!("{subscriber} {interim:?}: {:#?}", failed(&result));
            assert_eq!(result.verdict, Verdict::Fail, "{name}");
            let of_usage = |(check, _): &(&str, &str)| {
                check.ends_with("/used units") || check.ends_with("/usage")
            };
            let sessions: Vec<&str> = failed(&result)
                .into_iter()
                .filter(of_usage)
                .map(|(_, session)| session)
                .collect();
            // What one used is missing there and too much in the other.
            assert!(sessions.contains(&"first"), "{name}");
            assert!(sessions.contains(&"b"), "{name}");
        }
    }
}

#[test]
fn too_few_subscribers_are_no_fault_of_the_server() {
    let few = |subscriber: &str, pairs: usize| {
        let (network, harness) = network(PLAIN, |settings, _| {
            settings.scenarios = scenario(&interleaved(subscriber));
            settings.sut.subscribers.truncate(pairs);
        });
        finish(network, harness)
    };
    let outcome = few("other", 1);
    let result = judged(&outcome);
    assert_eq!(result.verdict, Verdict::NotApplicable);
    let why = "it needs 2 pairs of subscribers at a time, and the server's description has 1";
    assert_eq!(result.reason, why);
    assert_eq!(outcome.results[0].not_played.as_deref(), Some(why));
    assert_all_pass(&few("other", 2), "two pairs");
    assert_all_pass(&few("same", 1), "one pair");
}

#[test]
fn scenarios_with_several_sessions_wait_for_their_subscribers() {
    let several = interleaved("other");
    let texts =
        ["001", "002", "003", "004"].map(|n| several.replace("con-001", &format!("con-{n}")));
    let (network, harness) = network(PLAIN, |settings, _| {
        let plain = settings.scenarios.clone();
        settings.scenarios = texts.iter().flat_map(|text| scenario(text)).collect();
        settings.scenarios.extend(plain);
        settings.sut.subscribers.truncate(3);
    });
    let outcome = finish(network, harness);
    assert_eq!(outcome.results.len(), 8);
    assert_all_pass(&outcome, "several at a time");
    assert_eq!(outcome.strays.len(), 0, "{:?}", outcome.strays);
    // The same with nothing to wait for.
    assert_all_pass(&run(PLAIN, |_| {}), "one session each");
}

/// The shipped scenarios with several sessions.
fn shipped(setup: Setup) -> Outcome {
    let loaded = load_library();
    let all = select(&loaded.scenarios, &["IMC-CON".to_owned()]).unwrap();
    let several: Vec<Arc<Scenario>> = all.into_iter().filter(|s| s.sessions.len() > 1).collect();
    assert!(several.len() >= 4);
    let (network, harness) = network(setup, |settings, _| {
        settings.scenarios = several;
        let claims = [Ics::ConcurrentSessions, Ics::SameUserSessions];
        settings.sut.claims.extend(claims);
    });
    finish(network, harness)
}

#[test]
fn the_right_server_passes_the_shipped_scenarios_with_several_sessions() {
    for interim in READINGS {
        for far_end in [true, false] {
            for units in [
                (Units::Messages, Unit::Messages),
                (Units::Octets, Unit::Octets),
            ] {
                let setup = Setup {
                    far_end: far_end || interim.1 == ReadingId::R4,
                    interim,
                    units,
                    ..PLAIN
                };
                assert_all_pass(&shipped(setup), &format!("{setup:?}"));
            }
        }
    }
}

#[test]
fn each_fault_of_mixing_is_caught_by_the_scenario_that_looks_for_it() {
    let verdicts = |fault, interim| {
        let setup = Setup {
            fault: Some(fault),
            interim,
            jobs: 1,
            ..PLAIN
        };
        let outcome = shipped(setup);
        let judged = outcome.results.iter().map(|p| judge(&p.case, &p.trace));
        judged.collect::<Vec<ScenarioResult>>()
    };
    for interim in READINGS {
        for result in verdicts(Fault::SameSessionId, interim) {
            let checks = failed(&result);
            let shared = |(check, _): &(&str, &str)| *check == "CC-SESSION-ID-SHARED";
            assert!(checks.iter().any(shared), "{} {checks:?}", result.id);
            let named = |(check, _): &(&str, &str)| check.ends_with("second start/Session-Id");
            let is_named = checks.iter().any(named);
            assert_eq!(
                is_named,
                ["IMC-CON-con-002", "IMC-CON-con-008"].contains(&result.id.as_str()),
                "{checks:?}"
            );
        }
        for result in verdicts(Fault::UsageOfOtherSession, interim) {
            // Nothing is used there.
            if result.id == "IMC-CON-con-008" {
                continue;
            }
            let checks = failed(&result);
            let of_usage = |(check, _): &(&str, &str)| {
                check.ends_with("/used units") || check.ends_with("/usage")
            };
            assert!(checks.iter().any(of_usage), "{} {checks:?}", result.id);
        }
    }
}

#[test]
fn a_server_that_ends_both_sessions_by_itself_is_not_blamed_for_either() {
    let text = interleaved("other").replace("flow:\n", "flow:\n  - wait: 5 s\n");
    let (network, harness) = network(PLAIN, |settings, config| {
        settings.scenarios = scenario(&text);
        config.inactivity = Some(Duration::from_secs(1));
    });
    let result = judged(&finish(network, harness));
    assert_eq!(
        result.verdict,
        Verdict::Inconclusive,
        "{:#?}",
        result.findings
    );
    let ended: Vec<&str> = result
        .findings
        .iter()
        .filter(|f| f.title == "the server ended the session on its own")
        .map(|f| f.session.as_str())
        .collect();
    assert_eq!(ended, ["first", "b"]);
}

/// The verdict on a trace of which one message of session `b` is taken for one of the first.
fn with_one_moved(party: Party, is_it: impl Fn(&Message) -> bool) -> ScenarioResult {
    let outcome = played(PLAIN, &interleaved("other"));
    let [played] = &outcome.results[..] else {
        panic!("{:?}", outcome.diagnosis)
    };
    let mut trace = played.trace.clone();
    let moved = trace.events.iter_mut().find(|event| {
        let What::Received { message, .. } = &event.what else {
            return false;
        };
        (event.session, event.party) == (1, party) && is_it(message)
    });
    moved.unwrap().session = 0;
    judge(&played.case, &trace)
}

#[test]
fn what_was_said_in_one_session_is_no_part_of_another() {
    let is_send = |message: &Message| matches!(message, Message::Msrp(send) if send.is_send() && send.body_len() > 0);
    let result = with_one_moved(Party::FarEnd, is_send);
    assert_eq!(result.verdict, Verdict::Fail);
    let checks = failed(&result);
    // The To-Path is not what the first session's far end described.
    let path = |(check, session): &(&str, &str)| *check == "MSRP-PATHS" && *session == "first";
    assert!(checks.iter().any(path), "{checks:?}");

    let is_ccr = |message: &Message| matches!(message, Message::Diameter(_));
    let result = with_one_moved(Party::Enabler, is_ccr);
    assert_eq!(result.verdict, Verdict::Fail);
    let checks = failed(&result);
    assert!(
        checks.contains(&("CC-SESSION-ID-SHARED", "b")),
        "{checks:?}"
    );
    assert!(
        checks.contains(&("SESSIONS-con-001/b: start#2", "b")),
        "{checks:?}"
    );
}

#[test]
fn an_answer_in_one_session_may_come_before_the_request_of_another_is_sent() {
    let outcome = played(PLAIN, &interleaved("other"));
    let [played] = &outcome.results[..] else {
        panic!("{:?}", outcome.diagnosis)
    };
    let mut trace = played.trace.clone();
    let is_send = |event: &ch2spec::engine::Event| {
        matches!(&event.what, What::Sent { message: Message::Msrp(m), step: Some(_), .. } if m.is_send())
            && event.party == Party::Client
            && event.session == 1
    };
    let sent = trace.events.iter().position(is_send).unwrap();
    let answered = |event: &ch2spec::engine::Event| {
        matches!(&event.what, What::Received { message: Message::Msrp(m), .. } if m.status() == Some(200))
            && event.party == Party::Client
    };
    let mut answers = trace
        .events
        .iter()
        .skip(sent)
        .filter(|event| answered(event));
    assert_eq!(
        answers.next().unwrap().session,
        0,
        "the first is answered first"
    );
    let answer = trace.events.iter().skip(sent).position(answered).unwrap() + sent;
    // The machine was busy: the second was sent only when the first had been answered.
    let mut late = trace.events.remove(sent);
    late.at = trace.events[answer - 1].at;
    trace.events.insert(answer, late);
    let result = judge(&played.case, &trace);
    assert_eq!(failed(&result), []);
    assert_eq!(result.verdict, Verdict::Pass, "{}", result.reason);
}
