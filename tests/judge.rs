//! The judge on hand-made traces: what passes, what fails, and for which reason.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod story;

#[path = "judge/applies.rs"]
mod applies;
#[path = "judge/flow.rs"]
mod flow;
#[path = "judge/forwarded.rs"]
mod forwarded;
#[path = "judge/lateness.rs"]
mod lateness;
#[path = "judge/meanwhile.rs"]
mod meanwhile;
#[path = "judge/odd_answers.rs"]
mod odd_answers;
#[path = "judge/own_end.rs"]
mod own_end;
#[path = "judge/properties.rs"]
mod properties;
#[path = "judge/readings.rs"]
mod readings;
#[path = "judge/right.rs"]
mod right;
#[path = "judge/seconds.rs"]
mod seconds;
#[path = "judge/together.rs"]
mod together;
#[path = "judge/wrong.rs"]
mod wrong;

use ch2spec::ch2::ReadingId;
use ch2spec::diameter::{AvpKey, AvpOut};
use ch2spec::engine::{ScenarioResult, Verdict};
use ch2spec::scenario::Ics;
use story::{Story, failed};

const EXCHANGE: &str = "IMC-MSG-con-001";
const REFUSED: &str = "IMC-MSG-con-002";
const CLIENT_ENDS: &str = "IMC-END-con-001";
const SERVER_ENDS: &str = "IMC-END-con-002";

#[track_caller]
fn assert_passes(story: &Story) -> ScenarioResult {
    let result = story.judged();
    assert_eq!(
        failed(&result),
        Vec::<&str>::new(),
        "{:#?}",
        result.findings
    );
    assert_eq!(result.verdict, Verdict::Pass, "{}", result.reason);
    result
}

#[track_caller]
fn assert_fails(story: &Story, checks: &[&str]) -> ScenarioResult {
    let result = story.judged();
    assert_eq!(failed(&result), checks, "{:#?}", result.findings);
    assert_eq!(result.verdict, Verdict::Fail);
    result
}

/// It fails, and that check is among those that do.
#[track_caller]
fn assert_fails_among(story: &Story, check: &str) -> ScenarioResult {
    let result = story.judged();
    assert_eq!(result.verdict, Verdict::Fail, "{:#?}", result.findings);
    assert!(failed(&result).contains(&check), "{:?}", failed(&result));
    result
}

fn reading(result: &ScenarioResult, reading: ReadingId) -> Verdict {
    let row = result.matrix.iter().find(|row| row.reading == reading);
    row.unwrap_or_else(|| panic!("{reading} is not in the matrix"))
        .verdict
}

#[test]
fn figure_17_passes_under_r2_and_fails_where_no_message_is_debited() {
    let mut story = Story::standalone(EXCHANGE);
    story.starts().exchanges().exchanges().quiet().over();
    let result = assert_passes(&story);
    assert_eq!(reading(&result, ReadingId::R2), Verdict::Pass);
    // Under R5 any moment may be the one at which an interim is due.
    assert_eq!(reading(&result, ReadingId::R5), Verdict::Pass);
    for other in [ReadingId::R1, ReadingId::R3] {
        assert_eq!(reading(&result, other), Verdict::Fail, "{other}");
    }
    assert_eq!(reading(&result, ReadingId::R4), Verdict::NotApplicable);
    assert!(result.checked["MSG-6"] >= 2, "{:?}", result.checked);
    assert_eq!(result.ledger["used messages"], 2);
}

#[test]
fn a_gate_that_debits_before_it_accepts_passes_too() {
    let mut story = Story::standalone(EXCHANGE);
    story.starts();
    for _ in 0..2 {
        story
            .client_send("text/plain", "Hello")
            .ccr(2, Some(1))
            .cca(true);
        story.client_msrp_response(200);
    }
    story.quiet().over();
    assert_passes(&story);
}

#[test]
fn a_quota_driven_server_fails_r2_and_fits_r3() {
    let mut story = Story::standalone(EXCHANGE);
    story.starts();
    for _ in 0..2 {
        story
            .client_send("text/plain", "Hello")
            .client_msrp_response(200);
        story.expires("enabler receives: SessionRequest (interim)");
    }
    story.quiet().over();
    let result = assert_fails(
        &story,
        &["IMC-MSG-con-001/debit", "IMC-MSG-con-001/debit#2"],
    );
    assert_eq!(reading(&result, ReadingId::R3), Verdict::Pass);
    let finding = &result.findings[0];
    assert_eq!(finding.reading, Some(ReadingId::R2));
    assert_eq!(finding.requirement.id, "MSG-6");
    assert!(
        finding
            .source
            .as_ref()
            .unwrap()
            .text
            .contains("SessionRequest (interim)")
    );
}

#[test]
fn cumulative_usage_is_held_against_what_was_not_yet_reported() {
    let mut story = Story::standalone(EXCHANGE);
    story.starts().exchanges();
    story
        .client_send("text/plain", "Hello")
        .client_msrp_response(200)
        .ccr(2, Some(2))
        .cca(true);
    story.quiet().over();
    let result = assert_fails(&story, &["IMC-MSG-con-001/debit#2/used units"]);
    let finding = &result.findings[0];
    assert!(finding.expected.starts_with("1 "), "{}", finding.expected);
    assert!(finding.observed.starts_with('2'), "{}", finding.observed);
    assert!(
        finding
            .diff
            .iter()
            .any(|l| l.text == "CC-Service-Specific-Units: 2"),
        "{:?}",
        finding.diff
    );
}

#[test]
fn a_second_debit_of_one_message_is_asked_for_by_nothing() {
    let mut story = Story::standalone(EXCHANGE);
    story
        .starts()
        .exchanges()
        .ccr(2, Some(1))
        .cca(false)
        .exchanges()
        .quiet()
        .over();
    assert_fails_among(&story, "IMC-MSG-con-001/unexpected interim");
}

#[test]
fn the_clients_bye_stops_the_charging_session() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.starts().exchanges().client_leaves(Some(0));
    assert_passes(&story);
}

#[test]
fn the_200_to_the_bye_may_come_before_the_stop() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .starts()
        .exchanges()
        .client_request("BYE")
        .client_response(200, "BYE");
    story.ccr(3, None).cca(true).quiet().over();
    assert_passes(&story);
}

#[test]
fn a_stop_before_the_clients_bye_came_too_early() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .starts()
        .exchanges()
        .ccr(3, Some(0))
        .cca(false)
        .client_request("BYE");
    story
        .client_response(200, "BYE")
        .expires("enabler receives: SessionRequest (stop)");
    story.quiet().over();
    let result = assert_fails(&story, &["IMC-END-con-001/stop"]);
    assert!(
        result.findings[0].title.contains("before its turn"),
        "{}",
        result.findings[0].title
    );
}

#[test]
fn a_missing_stop_is_missing_and_says_what_was_seen_instead() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .starts()
        .exchanges()
        .client_request("BYE")
        .client_response(200, "BYE");
    story
        .ccr(2, Some(0))
        .cca(false)
        .expires("enabler receives: SessionRequest (stop)");
    story.quiet().over();
    let result = story.judged();
    let missing = result
        .findings
        .iter()
        .find(|f| f.check == "IMC-END-con-001/stop")
        .unwrap();
    assert!(
        missing.instead.contains("SessionRequest (interim)"),
        "{}",
        missing.instead
    );
    assert_eq!(missing.requirement.id, "END-C-2");
}

#[test]
fn a_second_stop_breaks_the_quiet_window() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .starts()
        .exchanges()
        .client_request("BYE")
        .ccr(3, Some(0))
        .cca(true);
    story.client_response(200, "BYE");
    let window = story.quiet_begins();
    story
        .pass(50)
        .ccr(3, Some(0))
        .cca(false)
        .quiet_ends(window)
        .over();
    let result = assert_fails_among(
        &story,
        "IMC-END-con-001/enabler receives nothing: SessionRequest",
    );
    assert!(failed(&result).iter().all(|check| {
        check.ends_with("receives nothing: SessionRequest") || check.starts_with("CC-")
    }));
}

#[test]
fn messages_that_were_reported_by_nobody_are_missed_at_the_stop() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.case.readings = vec![(ReadingId::R3, true), (ReadingId::S1, false)];
    story
        .starts()
        .client_send("text/plain", "Hello")
        .client_msrp_response(200);
    story
        .client_request("BYE")
        .ccr(3, None)
        .cca(false)
        .client_response(200, "BYE")
        .quiet()
        .over();
    let result = story.judged();
    assert_eq!(failed(&result), ["IMC-END-con-001/stop/used units"]);
}

#[test]
fn a_rejected_session_is_one_failure_and_not_many() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .client_request("INVITE")
        .ccr(1, None)
        .cca(true)
        .client_response(500, "INVITE");
    let send = story.take("client sends: MSRP SEND");
    let bye = story.take("client sends: SIP BYE");
    for step in [send, bye] {
        story.push(
            ch2spec::scenario::Party::Client,
            ch2spec::engine::What::Impossible {
                step,
                reason: "there is no session".to_owned(),
                harness: false,
            },
        );
    }
    story.quiet().over();
    let result = assert_fails(
        &story,
        &["IMC-END-con-001/client receives: SIP 200 for invite/status"],
    );
    assert!(
        result.findings[0].observed.contains("500"),
        "{}",
        result.findings[0].observed
    );
}

#[test]
fn nothing_at_all_is_no_pass() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.over();
    let result = story.judged();
    assert_eq!(result.verdict, Verdict::Inconclusive);
}

#[test]
fn a_trace_that_ends_early_is_no_pass() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.starts().exchanges();
    assert_eq!(story.judged().verdict, Verdict::Inconclusive);
}

#[test]
fn what_is_not_claimed_is_not_applicable() {
    let mut story = Story::standalone(SERVER_ENDS);
    story
        .case
        .claims
        .retain(|ics| *ics != Ics::ServerEndsSession);
    story.over();
    let result = story.judged();
    assert_eq!(result.verdict, Verdict::NotApplicable);
    assert!(
        result.reason.contains("server-ends-session"),
        "{}",
        result.reason
    );
}

#[test]
fn the_servers_bye_and_the_stop_may_cross() {
    // Only a server that went on once the stop was answered has shown that it waited for that.
    for (stop_first, answered, gap, verdict) in [
        (true, false, 90, Verdict::Pass),
        (true, false, 150, Verdict::Pass),
        (true, true, 150, Verdict::Fail),
        (false, false, 150, Verdict::Pass),
    ] {
        let mut story = Story::standalone(SERVER_ENDS);
        story.starts().exchanges().trigger();
        if stop_first && answered {
            story
                .ccr(3, Some(0))
                .pass(gap)
                .cca(true)
                .server_request("BYE");
        } else if stop_first {
            story
                .ccr(3, Some(0))
                .pass(gap)
                .server_request("BYE")
                .cca(true);
        } else {
            story
                .server_request("BYE")
                .pass(gap)
                .ccr(3, Some(0))
                .cca(true);
        }
        story.client_answers(200, "BYE").quiet().over();
        let result = story.judged();
        assert_eq!(
            result.verdict, verdict,
            "{stop_first} {gap} {:#?}",
            result.findings
        );
        if verdict == Verdict::Fail {
            assert_eq!(failed(&result), ["IMC-END-con-002/stop/order"]);
            assert_eq!(result.findings[0].requirement.id, "END-S-5");
        }
    }
}

/// Under S1 the answer to the BYE is withheld until the stop's time is up, and nothing is waited for
/// then: that is no proof against a reading which has the stop follow the answer.
#[test]
fn a_stop_after_the_withheld_200_does_not_rule_s2_out() {
    let mut story = Story::with_far_end(SERVER_ENDS);
    story
        .starts()
        .exchanges()
        .trigger()
        .server_request("BYE")
        .expires("enabler receives: SessionRequest (stop)")
        .client_answers(200, "BYE")
        .quiet()
        .over();
    story.pass(800).ccr(3, Some(0)).cca(false);
    story.far_hangs_up();
    let result = story.judged();
    assert_eq!(
        result.verdict,
        Verdict::Inconclusive,
        "{:#?}",
        result.findings
    );
    assert_eq!(reading(&result, ReadingId::S2), Verdict::Inconclusive);
    // What the harness did to tidy up is not how the session ended.
    assert_eq!(reading(&result, ReadingId::S3), Verdict::NotApplicable);
}

#[test]
fn a_stop_while_the_200_is_withheld_rules_s2_out() {
    let mut story = Story::standalone(SERVER_ENDS);
    story
        .starts()
        .exchanges()
        .trigger()
        .server_request("BYE")
        .ccr(3, Some(0))
        .cca(true);
    story.client_answers(200, "BYE").quiet().over();
    let result = assert_passes(&story);
    assert_eq!(reading(&result, ReadingId::S1), Verdict::Pass);
    assert_eq!(reading(&result, ReadingId::S2), Verdict::Fail);
    assert_eq!(reading(&result, ReadingId::S3), Verdict::NotApplicable);
}

#[test]
fn an_interim_at_the_servers_bye_is_reading_r1() {
    let mut story = Story::standalone(SERVER_ENDS);
    story.starts().exchanges().trigger().server_request("BYE");
    story
        .ccr(2, Some(0))
        .cca(false)
        .ccr(3, Some(0))
        .cca(true)
        .client_answers(200, "BYE");
    story.quiet().over();
    let result = assert_fails(&story, &["IMC-END-con-002/unexpected interim"]);
    assert_eq!(result.findings[0].reading, Some(ReadingId::R2));
}

#[test]
fn a_refused_message_is_no_used_unit() {
    let mut story = Story::standalone(REFUSED);
    story
        .starts()
        .client_send("application/x-ch2spec-unwanted", "x")
        .client_msrp_response(415);
    story
        .quiet()
        .client_request("BYE")
        .ccr(3, Some(0))
        .cca(true)
        .client_response(200, "BYE")
        .quiet()
        .over();
    assert_passes(&story);

    let mut story = Story::standalone(REFUSED);
    story
        .starts()
        .client_send("application/x-ch2spec-unwanted", "x")
        .client_msrp_response(415);
    story
        .quiet()
        .client_request("BYE")
        .ccr(3, Some(1))
        .cca(true)
        .client_response(200, "BYE")
        .quiet()
        .over();
    assert_fails(&story, &["IMC-MSG-con-002/stop/used units"]);
}

#[test]
fn a_wrong_icid_and_a_wrong_subscription_are_found_in_the_start() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.twist = Some(|builder| {
        let key = AvpKey::tgpp;
        let mut builder = builder;
        builder.avps_mut().retain(|avp| avp.key() != key(873));
        builder.avp(AvpOut::group(
            key(873),
            [AvpOut::group(
                key(876),
                [
                    AvpOut::new(key(862), 6i32),
                    AvpOut::new(key(841), "another"),
                ],
            )],
        ))
    });
    story.starts().exchanges().client_leaves(Some(0));
    let result = assert_fails(
        &story,
        &["IMC-END-con-001/start/Service-Information / IMS-Information / IMS-Charging-Identifier"],
    );
    assert_eq!(result.findings[0].requirement.id, "PROFILE-ICID");
}

#[test]
fn a_server_that_sends_no_icid_is_not_blamed_for_a_wrong_one() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.twist = Some(|mut builder| {
        builder
            .avps_mut()
            .retain(|avp| avp.key() != AvpKey::tgpp(873));
        builder
    });
    story.starts().exchanges().client_leaves(Some(0));
    assert_passes(&story);
}

#[test]
fn the_same_trace_gives_the_same_judgement() {
    let mut story = Story::standalone(EXCHANGE);
    story
        .starts()
        .exchanges()
        .ccr(2, Some(5))
        .cca(false)
        .exchanges()
        .quiet()
        .over();
    let (first, second) = (story.judged(), story.judged());
    assert_eq!(
        serde_json::to_string(&first).unwrap(),
        serde_json::to_string(&second).unwrap()
    );
}
