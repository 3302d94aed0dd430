//! Every fault of the reference server against the shipped scenarios, through the real binary:
//! which of them fail, at which check, for which requirement, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

#[path = "faults/awaiting.rs"]
mod awaiting;
mod figures;
mod product;
#[path = "faults/shipped.rs"]
mod shipped;

use std::collections::BTreeSet;

use serde_json::Value;

use product::{TOPOLOGIES, difference, findings, in_parallel, matrix, ran, run, scenarios, text};

/// A fault, the readings that the server keeps to, and what the shipped scenarios see of it.
///
/// A finding is written `check [requirement]`; checks of always-on rules have their scenario in
/// front. What only warns has `warning: ` in front.
struct Row {
    readings: &'static [&'static str],
    fault: &'static str,
    /// Seen in both topologies.
    seen: &'static [&'static str],
    /// Seen with a far end only.
    seen_with_far_end: &'static [&'static str],
}

const fn row(fault: &'static str, seen: &'static [&'static str]) -> Row {
    Row {
        readings: &[],
        fault,
        seen,
        seen_with_far_end: &[],
    }
}

const SEEN: &[Row] = &[
    row(
        "no-stop",
        &[
            "IMC-MSG-con-002/stop [MSG-6-USED]",
            "IMC-END-con-001/stop [END-C-2]",
            "IMC-END-con-002/stop [END-S-5]",
        ],
    ),
    row("stop-before-bye", &["IMC-END-con-002/stop/order [END-S-5]"]),
    Row {
        readings: &["S2"],
        ..row("stop-before-bye", &["IMC-END-con-002/stop/order [END-S-5]"])
    },
    row(
        "double-stop",
        &[
            "IMC-MSG-con-001: CC-ONE-STOP [CC-5.4-STOP]",
            "IMC-MSG-con-001/enabler receives nothing: SessionRequest [END-C-2-ONCE]",
            "IMC-MSG-con-002: CC-ONE-STOP [CC-5.4-STOP]",
            "IMC-MSG-con-002/enabler receives nothing: SessionRequest [END-C-2-ONCE]",
            "IMC-END-con-001: CC-ONE-STOP [CC-5.4-STOP]",
            "IMC-END-con-001/enabler receives nothing: SessionRequest [END-C-2-ONCE]",
            "IMC-END-con-002: CC-ONE-STOP [CC-5.4-STOP]",
            "IMC-END-con-002/enabler receives nothing: SessionRequest [END-S-5-ONCE]",
        ],
    ),
    row(
        "no-interim",
        &[
            "IMC-MSG-con-001/debit [MSG-6]",
            "IMC-MSG-con-001/debit#2 [MSG-6]",
            "IMC-END-con-001/debit [MSG-6]",
            "IMC-END-con-002/debit [MSG-6]",
        ],
    ),
    Row {
        readings: &["R1"],
        ..row("no-interim", &["IMC-END-con-002/debit at bye [MSG-6]"])
    },
    row("cumulative-usage", CUMULATED),
    Row {
        readings: &["R4"],
        ..row("cumulative-usage", CUMULATED)
    },
    row(
        "refused-message-charged",
        &[
            "IMC-MSG-con-002/enabler receives nothing: SessionRequest [MSG-6-USED]",
            "IMC-MSG-con-002/usage [MSG-6-USED]",
        ],
    ),
    row("wrong-icid", WRONG_ICID),
    row(
        "wrong-subscription-id",
        &[
            "IMC-MSG-con-001/start/Subscription-Id / Subscription-Id-Data [PROFILE-SUBSCRIPTION]",
            "IMC-MSG-con-002/start/Subscription-Id / Subscription-Id-Data [PROFILE-SUBSCRIPTION]",
            "IMC-END-con-001/start/Subscription-Id / Subscription-Id-Data [PROFILE-SUBSCRIPTION]",
            "IMC-END-con-002/start/Subscription-Id / Subscription-Id-Data [PROFILE-SUBSCRIPTION]",
        ],
    ),
    row(
        "request-after-stop",
        &[
            "IMC-MSG-con-001: CC-NOTHING-AFTER-STOP [CC-7-IDLE]",
            "IMC-MSG-con-001/unexpected interim [MSG-6]",
            "IMC-MSG-con-002: CC-NOTHING-AFTER-STOP [CC-7-IDLE]",
            "IMC-MSG-con-002/enabler receives nothing: SessionRequest [END-C-2-ONCE]",
            "IMC-END-con-001: CC-NOTHING-AFTER-STOP [CC-7-IDLE]",
            "IMC-END-con-001/enabler receives nothing: SessionRequest [END-C-2-ONCE]",
            "IMC-END-con-002: CC-NOTHING-AFTER-STOP [CC-7-IDLE]",
            "IMC-END-con-002/enabler receives nothing: SessionRequest [END-S-5-ONCE]",
        ],
    ),
    row(
        "t-bit-on-first-send",
        &[
            "IMC-MSG-con-001: DIA-T-BIT-FIRST [RFC6733-3-TBIT-FIRST]",
            "IMC-MSG-con-002: DIA-T-BIT-FIRST [RFC6733-3-TBIT-FIRST]",
            "IMC-END-con-001: DIA-T-BIT-FIRST [RFC6733-3-TBIT-FIRST]",
            "IMC-END-con-002: DIA-T-BIT-FIRST [RFC6733-3-TBIT-FIRST]",
        ],
    ),
    row(
        "repeated-request-number",
        &[
            "IMC-MSG-con-001/debit/CC-Request-Number [CC-8.2-NUMBER]",
            "IMC-MSG-con-001: CC-NUMBER-UNIQUE [CC-8.2-NUMBER]",
            "IMC-END-con-001: CC-NUMBER-UNIQUE [CC-8.2-NUMBER]",
            "IMC-END-con-002: CC-NUMBER-UNIQUE [CC-8.2-NUMBER]",
        ],
    ),
    row(
        "interim-on-bye",
        &["IMC-END-con-002/unexpected interim [MSG-6]"],
    ),
    Row {
        readings: &["R3"],
        ..row(
            "interim-on-bye",
            &["IMC-END-con-002/unexpected interim [MSG-6]"],
        )
    },
    // Where each message is debited at once, nothing is left for the stop: only a server that
    // debits seldom shows this.
    Row {
        readings: &["R3"],
        ..row(
            "stop-without-usage",
            &[
                "IMC-END-con-001/stop/used units [END-C-2]",
                "IMC-END-con-002/stop/used units [END-S-5]",
            ],
        )
    },
    row(
        "no-start",
        &[
            "IMC-MSG-con-001/start [CC-5.2-FIRST]",
            "IMC-MSG-con-001: CC-FIRST-IS-START [CC-5.2-FIRST]",
            // There is no number of a start to compare with.
            "inconclusive: IMC-MSG-con-001/debit/CC-Request-Number [CC-8.2-NUMBER]",
            "IMC-MSG-con-002/start [CC-5.2-FIRST]",
            "IMC-MSG-con-002: CC-FIRST-IS-START [CC-5.2-FIRST]",
            "IMC-END-con-001/start [CC-5.2-FIRST]",
            "IMC-END-con-001: CC-FIRST-IS-START [CC-5.2-FIRST]",
            "IMC-END-con-002/start [CC-5.2-FIRST]",
            "IMC-END-con-002: CC-FIRST-IS-START [CC-5.2-FIRST]",
        ],
    ),
    // A request under a new Session-Id is the first of a session: it should have been a start.
    row(
        "new-session-id",
        &[
            "IMC-MSG-con-001: CC-FIRST-IS-START [CC-5.2-FIRST]",
            "IMC-MSG-con-002: CC-FIRST-IS-START [CC-5.2-FIRST]",
            "IMC-END-con-001: CC-FIRST-IS-START [CC-5.2-FIRST]",
            "IMC-END-con-002: CC-FIRST-IS-START [CC-5.2-FIRST]",
        ],
    ),
    row(
        "no-service-context",
        &[
            "IMC-MSG-con-001: DIA-AVP-MISSING [RFC6733-3.2-REQUIRED]",
            "IMC-MSG-con-002: DIA-AVP-MISSING [RFC6733-3.2-REQUIRED]",
            "IMC-END-con-001: DIA-AVP-MISSING [RFC6733-3.2-REQUIRED]",
            "IMC-END-con-002: DIA-AVP-MISSING [RFC6733-3.2-REQUIRED]",
        ],
    ),
    row(
        "stop-requests-units",
        &[
            "warning: IMC-MSG-con-001: CC-REQUESTED-IN-STOP [CC-8.16-STOP]",
            "warning: IMC-MSG-con-002: CC-REQUESTED-IN-STOP [CC-8.16-STOP]",
            "warning: IMC-END-con-001: CC-REQUESTED-IN-STOP [CC-8.16-STOP]",
            "warning: IMC-END-con-002: CC-REQUESTED-IN-STOP [CC-8.16-STOP]",
        ],
    ),
    row(
        "no-bye-answer",
        &[
            "IMC-MSG-con-002/client receives: SIP 200 for bye [SIP-BYE-200]",
            "IMC-END-con-001/client receives: SIP 200 for bye [SIP-BYE-200]",
        ],
    ),
    row(
        "no-send-answer",
        &[
            "IMC-MSG-con-001/client receives: MSRP 200 for hello [MSG-2]",
            "IMC-MSG-con-001/client receives: MSRP 200 for message [MSG-2]",
            "IMC-END-con-001/client receives: MSRP 200 for message [MSG-2]",
            "IMC-END-con-002/client receives: MSRP 200 for message [MSG-2]",
        ],
    ),
    // The change request does not speak of the far end: the profile's SHOULD warns.
    Row {
        seen_with_far_end: &[
            "warning: IMC-MSG-con-001/forwarded [PROFILE-FORWARD]",
            "warning: IMC-MSG-con-001/forwarded#2 [PROFILE-FORWARD]",
            "warning: IMC-END-con-001/forwarded [PROFILE-FORWARD]",
            "warning: IMC-END-con-002/forwarded [PROFILE-FORWARD]",
        ],
        ..row("no-forward", &[])
    },
    Row {
        seen_with_far_end: &[
            "warning: IMC-MSG-con-002/far bye [PROFILE-FORWARD]",
            "warning: IMC-END-con-001/far bye [PROFILE-FORWARD]",
        ],
        ..row("no-far-bye", &[])
    },
];

const WRONG_ICID: &[&str] = &[
    "IMC-MSG-con-001/start/Service-Information / IMS-Information / IMS-Charging-Identifier [PROFILE-ICID]",
    "IMC-MSG-con-001/debit/Service-Information / IMS-Information / IMS-Charging-Identifier [PROFILE-ICID]",
    "IMC-MSG-con-001/debit#2/Service-Information / IMS-Information / IMS-Charging-Identifier [PROFILE-ICID]",
    "IMC-MSG-con-002/start/Service-Information / IMS-Information / IMS-Charging-Identifier [PROFILE-ICID]",
    "IMC-MSG-con-002/stop/Service-Information / IMS-Information / IMS-Charging-Identifier [PROFILE-ICID]",
    "IMC-END-con-001/start/Service-Information / IMS-Information / IMS-Charging-Identifier [PROFILE-ICID]",
    "IMC-END-con-001/debit/Service-Information / IMS-Information / IMS-Charging-Identifier [PROFILE-ICID]",
    "IMC-END-con-001/stop/Service-Information / IMS-Information / IMS-Charging-Identifier [PROFILE-ICID]",
    "IMC-END-con-002/start/Service-Information / IMS-Information / IMS-Charging-Identifier [PROFILE-ICID]",
    "IMC-END-con-002/debit/Service-Information / IMS-Information / IMS-Charging-Identifier [PROFILE-ICID]",
    "IMC-END-con-002/stop/Service-Information / IMS-Information / IMS-Charging-Identifier [PROFILE-ICID]",
];

const CUMULATED: &[&str] = &[
    "IMC-MSG-con-001/debit#2/used units [MSG-6]",
    "IMC-MSG-con-001/usage [MSG-6-USED]",
    "IMC-END-con-001/stop/used units [END-C-2]",
    "IMC-END-con-002/stop/used units [END-S-5]",
];

/// Faults that no shipped scenario can see, and why. A scenario that comes to see one of them makes
/// the test fail that believes this list.
const UNSEEN: &[(&[&str], &str, &str)] = &[
    (
        &[],
        "empty-send-charged",
        "no scenario sends a SEND without a body: its first message opens the connection",
    ),
    (&[], "chunks-charged", "no scenario sends in chunks"),
    (
        &[],
        "stop-without-usage",
        "where each message is debited at once, nothing is left for the stop",
    ),
    (&[], "ignores-refusal", "no scenario refuses credit"),
    (
        &[],
        "overruns-quota",
        "no scenario sends more than was granted",
    ),
    (
        &[],
        "sends-while-pending",
        "every scenario answers an interim before the session ends",
    ),
    (
        &["R1"],
        "interim-on-bye",
        "the literal reading of 6.3.3.3 step 6 asks for it",
    ),
    (
        &["R3"],
        "no-interim",
        "no scenario spends its quota, and nothing else asks for an interim",
    ),
];

/// Faults whose effect on the shipped scenarios is chance, and why.
const BY_CHANCE: &[(&str, &str)] = &[
    (
        "service-before-start",
        "no scenario holds the Response to the start back, so that its order against the 200 \
         shows; where a message overtakes the Response, its debit is late",
    ),
    (
        "same-session-id",
        "none of these scenarios has two sessions; those of two scenarios may stand at a time",
    ),
    (
        "usage-of-other-session",
        "none of these scenarios has two sessions; those of two scenarios may stand at a time",
    ),
];

/// Where each requirement stands that the table above names.
const CLAUSES: &[(&str, &str, &str)] = &[
    ("MSG-2", "change-request", "6.3.3.3 step 2"),
    ("MSG-6", "change-request", "6.3.3.3 step 6"),
    ("MSG-6-USED", "change-request", "6.3.3.3 step 6"),
    (
        "END-C-2",
        "change-request",
        "6.3.3.4 step 2, client terminating",
    ),
    (
        "END-C-2-ONCE",
        "change-request",
        "6.3.3.4 step 2, client terminating",
    ),
    (
        "END-S-5",
        "change-request",
        "6.3.3.4 step 5, server terminating",
    ),
    (
        "END-S-5-ONCE",
        "change-request",
        "6.3.3.4 step 5, server terminating",
    ),
    ("CC-5.2-FIRST", "rfc8506", "5.2"),
    ("CC-5.4-STOP", "rfc8506", "5.4"),
    ("CC-7-IDLE", "rfc8506", "7 table 4"),
    ("CC-8.2-NUMBER", "rfc8506", "8.2"),
    ("CC-8.16-STOP", "rfc8506", "8.16"),
    ("RFC6733-3-TBIT-FIRST", "rfc6733", "3, 5.5.4"),
    ("RFC6733-3.2-REQUIRED", "rfc6733", "3.2, 4.4; RFC 8506 3, 8"),
    ("SIP-BYE-200", "rfc3261", "15.1.2"),
    ("PROFILE-ICID", "profile", "charging identifier"),
    ("PROFILE-SUBSCRIPTION", "profile", "subscription"),
    ("PROFILE-FORWARD", "profile", "far end"),
];

#[test]
fn each_fault_is_seen_for_its_own_reason_and_no_other() {
    in_parallel(SEEN.iter().collect(), 8, |row| {
        let run = with_fault(row.readings, row.fault);
        let name = format!("{} {:?}", row.fault, row.readings);
        let expected = |topology: &str| -> BTreeSet<String> {
            let far = row
                .seen_with_far_end
                .iter()
                .filter(|_| topology == "far end");
            row.seen
                .iter()
                .chain(far)
                .map(|s| (*s).to_owned())
                .collect()
        };
        let mut fails = false;
        for (campaign, topology) in run.campaigns().iter().zip(TOPOLOGIES) {
            assert_eq!(campaign["topology"], topology);
            let expected = expected(topology);
            let observed: BTreeSet<String> = findings(campaign)
                .iter()
                .map(|(scenario, finding)| shown(scenario, finding))
                .collect();
            assert!(
                observed == expected,
                "{name}, {topology}: {}",
                difference(&expected, &observed)
            );
            let is_fail = |s: &&String| s.starts_with("IMC-");
            fails |= expected.iter().find(is_fail).is_some();
            // What a scenario comes to is the worst that was found in it.
            for scenario in scenarios(campaign) {
                let found = scenario["findings"].as_array().unwrap();
                let wrong = found.iter().any(|f| f["warning"] == false);
                let verdict = if wrong { "fail" } else { "pass" };
                assert_eq!(scenario["verdict"], verdict, "{name}: {}", scenario["id"]);
            }
            findings(campaign)
                .iter()
                .for_each(|(scenario, finding)| is_evidenced(&name, scenario, finding));
        }
        assert_eq!(
            run.ran.code,
            i32::from(fails),
            "{name}: {}{}",
            run.ran.out,
            run.ran.error
        );
    });
}

/// A finding names its clause and its step, and what was expected and observed.
fn is_evidenced(name: &str, scenario: &str, finding: &Value) {
    let requirement = &finding["requirement"];
    let known = CLAUSES
        .iter()
        .find(|(id, _, _)| requirement["id"] == *id)
        .unwrap_or_else(|| panic!("{name}: {requirement}"));
    assert_eq!(requirement["clause"], known.2, "{name}: {requirement}");
    assert_eq!(requirement["source"], known.1, "{name}: {requirement}");
    for said in ["title", "expected", "observed"] {
        assert!(
            !text(&finding[said]).is_empty(),
            "{name}: {said} of {finding}"
        );
    }
    let check = text(&finding["check"]);
    // What a step asks for is quoted; a rule, a sum and an unwanted message have no line.
    let of_no_step = ["/usage", "/unexpected interim", "/unexpected stop"];
    if !check.starts_with(scenario) || of_no_step.iter().any(|end| check.ends_with(end)) {
        let events = finding["events"].as_array().unwrap();
        assert!(!events.is_empty(), "{name}: no evidence in {finding}");
    } else {
        let source = &finding["source"];
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/").to_owned() + text(&source["path"]);
        let file = std::fs::read_to_string(path).unwrap();
        let line = usize::try_from(source["line"].as_u64().unwrap()).unwrap();
        assert_eq!(
            file.lines().nth(line - 1),
            source["text"].as_str(),
            "{name}: the line that was not met"
        );
    }
}

#[test]
fn each_scenario_beside_the_figures_sees_the_faults_it_is_for() {
    in_parallel(shipped::SIGHTS.iter().collect(), 8, |sight| {
        let mut arguments = vec!["--fault", sight.fault, sight.scenario];
        arguments.extend(sight.readings.iter().flat_map(|r| ["--reading", *r]));
        let run = run(&arguments);
        let observed: BTreeSet<String> = run
            .campaigns()
            .iter()
            .flat_map(findings)
            .map(|(scenario, finding)| shown(&scenario, finding))
            .collect();
        assert!(
            observed.contains(sight.finding),
            "{}: {} is not among {observed:#?}",
            sight.fault,
            sight.finding
        );
    });
}

#[test]
fn what_no_shipped_scenario_can_see_passes() {
    in_parallel(UNSEEN.iter().collect(), 8, |(readings, fault, why)| {
        let run = with_fault(readings, fault);
        for campaign in run.campaigns() {
            let found = findings(campaign);
            assert!(
                found.is_empty(),
                "{fault} {readings:?} is seen, though {why}: {found:#?}"
            );
        }
        assert_eq!(run.ran.code, 0, "{fault}: {}", run.ran.out);
    });
}

#[test]
fn what_chance_shows_is_a_fail_or_a_pass() {
    for (fault, why) in BY_CHANCE {
        let run = with_fault(&[], fault);
        assert!(
            [0, 1].contains(&run.ran.code),
            "{fault} ({why}): {}",
            run.ran.out
        );
    }
}

#[test]
fn every_fault_stands_in_one_of_the_lists() {
    let listed = ran(&["serve", "--list-faults"]);
    assert_eq!(listed.code, 0, "{}", listed.error);
    // A group's heading stands at the margin, a fault's name two columns in, its clause further.
    let all: BTreeSet<String> = listed
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    let elsewhere: BTreeSet<&str> = UNSEEN.iter().map(|(_, fault, _)| *fault).collect();
    let sights: BTreeSet<&str> = shipped::SIGHTS.iter().map(|sight| sight.fault).collect();
    let sights: BTreeSet<&str> = sights.difference(&elsewhere).copied().collect();
    let plain = SEEN.iter().filter(|row| row.readings.is_empty());
    let plain = plain.map(|row| row.fault).chain(
        UNSEEN
            .iter()
            .filter(|(readings, _, _)| readings.is_empty())
            .map(|(_, fault, _)| *fault),
    );
    let plain = plain
        .chain(BY_CHANCE.iter().map(|(fault, _)| *fault))
        .chain(sights.iter().copied())
        .chain(awaiting::AWAITING.iter().copied())
        .chain(awaiting::FAILURE.iter().copied());
    let mut stands = BTreeSet::new();
    // What the figures cannot see, a scenario beside them may.
    for fault in plain {
        assert!(stands.insert(fault.to_owned()), "{fault} stands twice");
    }
    assert!(all.len() > 20, "{}", listed.out);
    assert!(all == stands, "{}", difference(&all, &stands));
}

/// A server that keeps to a reading, and the matrices of what it did in each topology: of
/// IMC-MSG-con-001 and IMC-END-con-001, and of IMC-END-con-002. The star marks what decides.
struct Clean {
    reading: Option<&'static str>,
    far_end: [&'static str; 2],
    standalone: [&'static str; 2],
}

const CLEAN: &[Clean] = &[
    Clean {
        reading: Some("R1"),
        far_end: [
            "R1 pass*, R2 fail, R3 pass, R4 fail, R5 pass",
            "R1 pass*, R2 pass, R3 fail, R4 pass, R5 pass, S1 pass*, S2 fail, S3 not-applicable",
        ],
        standalone: [
            "R1 pass*, R2 fail, R3 pass, R4 not-applicable, R5 pass",
            "R1 pass*, R2 pass, R3 fail, R4 not-applicable, R5 pass, \
             S1 pass*, S2 fail, S3 not-applicable",
        ],
    },
    Clean {
        reading: Some("R3"),
        far_end: [
            "R1 pass, R2 fail, R3 pass*, R4 fail, R5 pass",
            "R1 fail, R2 fail, R3 pass*, R4 fail, R5 pass, S1 pass*, S2 fail, S3 not-applicable",
        ],
        standalone: [
            "R1 pass, R2 fail, R3 pass*, R4 not-applicable, R5 pass",
            "R1 fail, R2 fail, R3 pass*, R4 not-applicable, R5 pass, \
             S1 pass*, S2 fail, S3 not-applicable",
        ],
    },
    Clean {
        reading: Some("R4"),
        far_end: [
            "R1 fail, R2 pass, R3 fail, R4 pass*, R5 pass",
            "R1 fail, R2 pass, R3 fail, R4 pass*, R5 pass, S1 pass*, S2 fail, S3 not-applicable",
        ],
        standalone: [
            "R1 fail, R2 pass, R3 fail, R4 pass*, R5 pass",
            "R1 fail, R2 pass, R3 fail, R4 pass*, R5 pass, S1 pass*, S2 fail, S3 not-applicable",
        ],
    },
    Clean {
        reading: Some("R5"),
        far_end: [
            "R1 pass, R2 fail, R3 pass, R4 fail, R5 pass*",
            "R1 fail, R2 fail, R3 pass, R4 fail, R5 pass*, S1 pass*, S2 fail, S3 not-applicable",
        ],
        standalone: [
            "R1 pass, R2 fail, R3 pass, R4 not-applicable, R5 pass*",
            "R1 fail, R2 fail, R3 pass, R4 not-applicable, R5 pass*, \
             S1 pass*, S2 fail, S3 not-applicable",
        ],
    },
    Clean {
        reading: Some("S2"),
        far_end: [
            DEFAULT.far_end[0],
            "R1 fail, R2 pass*, R3 fail, R4 fail, R5 pass, S1 pass, S2 pass*, S3 not-applicable",
        ],
        standalone: [
            DEFAULT.standalone[0],
            "R1 fail, R2 pass*, R3 fail, R4 not-applicable, R5 pass, \
             S1 pass, S2 pass*, S3 not-applicable",
        ],
    },
    // Where the far end hangs up, the stop follows the server's BYE as well.
    Clean {
        reading: Some("S3"),
        far_end: [
            DEFAULT.far_end[0],
            "R1 fail, R2 pass*, R3 fail, R4 fail, R5 pass, S1 pass, S2 fail, S3 pass*",
        ],
        standalone: [
            DEFAULT.standalone[0],
            "R1 fail, R2 pass*, R3 fail, R4 not-applicable, R5 pass, S1 pass, S2 fail, S3 pass*",
        ],
    },
];

const DEFAULT: Clean = Clean {
    reading: None,
    far_end: [
        "R1 fail, R2 pass*, R3 fail, R4 fail, R5 pass",
        "R1 fail, R2 pass*, R3 fail, R4 fail, R5 pass, S1 pass*, S2 fail, S3 not-applicable",
    ],
    standalone: [
        "R1 fail, R2 pass*, R3 fail, R4 not-applicable, R5 pass",
        "R1 fail, R2 pass*, R3 fail, R4 not-applicable, R5 pass, \
         S1 pass*, S2 fail, S3 not-applicable",
    ],
};

#[test]
fn a_right_server_passes_under_what_it_implements() {
    in_parallel(CLEAN.iter().collect(), 6, is_clean);
}

#[test]
fn the_same_server_gets_the_same_verdicts_each_time() {
    in_parallel(vec![&DEFAULT; 20], 5, is_clean);
}

fn is_clean(clean: &Clean) {
    let readings: Vec<&str> = clean.reading.into_iter().collect();
    let run = with(&readings, &[]);
    let (name, out) = (clean.reading.unwrap_or("default"), &run.ran.out);
    assert_eq!(run.ran.code, 0, "{name}: {out}");
    for (campaign, topology) in run.campaigns().iter().zip(TOPOLOGIES) {
        let [chat, ended] = match topology {
            "far end" => clean.far_end,
            _ => clean.standalone,
        };
        let expected = [
            ("IMC-MSG-con-001", chat),
            ("IMC-MSG-con-002", ""),
            ("IMC-END-con-001", chat),
            ("IMC-END-con-002", ended),
        ];
        let observed: Vec<(&str, String)> = scenarios(campaign)
            .iter()
            .map(|scenario| (text(&scenario["id"]), matrix(scenario)))
            .collect();
        let expected = expected.map(|(id, matrix)| (id, matrix.to_owned()));
        assert_eq!(observed, expected, "{name}, {topology}: {out}");
        assert_eq!(findings(campaign), [], "{name}, {topology}: {out}");
    }
}

fn with_fault(readings: &[&str], fault: &str) -> product::Run {
    with(readings, &["--fault", fault])
}

fn with(readings: &[&str], arguments: &[&str]) -> product::Run {
    let mut all = arguments.to_vec();
    all.extend(figures::FIGURES);
    all.extend(readings.iter().flat_map(|reading| ["--reading", *reading]));
    run(&all)
}

/// A finding, as the table writes it.
fn shown(scenario: &str, finding: &Value) -> String {
    let weight = match (text(&finding["verdict"]), finding["warning"] == true) {
        ("fail", false) => "",
        ("fail", true) => "warning: ",
        ("inconclusive", _) => "inconclusive: ",
        other => panic!("{other:?}: {finding}"),
    };
    let check = text(&finding["check"]);
    let of = match check.starts_with(scenario) {
        true => String::new(),
        false => format!("{scenario}: "),
    };
    let requirement = text(&finding["requirement"]["id"]);
    // Whether a second stop still breaks the quiet window or comes after it is up to the server's
    // pace; what is asked for is the same.
    let check = match requirement.ends_with("-ONCE") {
        true => check.replace(
            "unexpected stop",
            "enabler receives nothing: SessionRequest",
        ),
        false => check.to_owned(),
    };
    format!("{weight}{of}{check} [{requirement}]")
}
