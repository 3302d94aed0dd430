//! Servers that do wrong, in ways that a tester may not have thought of.

use std::sync::Arc;

use ch2spec::ch2::ReadingId;
use ch2spec::diameter::{AvpKey, AvpOut, MessageBuilder};
use ch2spec::engine::{Message, Standing, Verdict, What};
use ch2spec::scenario::{Ics, Party, load_text};

use super::story::{Story, failed};
use super::{CLIENT_ENDS, EXCHANGE, REFUSED, SERVER_ENDS, assert_fails, assert_fails_among};

/// The flow of IMC-END-con-001 up to the end of its quiet window.
fn client_ends() -> Story {
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .starts()
        .exchanges()
        .client_request("BYE")
        .ccr(3, Some(0))
        .cca(true);
    story.client_response(200, "BYE").quiet();
    story
}

#[track_caller]
fn assert_no_pass(story: &Story) {
    let result = story.judged();
    assert_ne!(result.verdict, Verdict::Pass, "{:#?}", result.steps);
}

fn other_session(mut builder: MessageBuilder) -> MessageBuilder {
    builder
        .avps_mut()
        .retain(|avp| avp.key() != AvpKey::base(263));
    builder
        .avps_mut()
        .insert(0, AvpOut::new(AvpKey::base(263), "im.example.com;1;2"));
    builder
}

#[test]
fn a_flow_that_was_not_carried_out_proves_nothing() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.starts().over();
    let result = story.judged();
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert!(
        result.reason.contains("never carried out"),
        "{}",
        result.reason
    );
}

#[test]
fn a_window_that_was_not_waited_for_proves_nothing() {
    let mut story = Story::standalone(EXCHANGE);
    story.starts().exchanges().exchanges();
    let window = story.quiet_begins();
    story
        .pass(20)
        .push(Party::Enabler, What::Done(window))
        .over();
    let result = story.judged();
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert!(
        result.reason.contains("20 ms and not 200 ms"),
        "{}",
        result.reason
    );

    let mut story = Story::standalone(EXCHANGE);
    story.starts().exchanges().exchanges().quiet_begins();
    story.over();
    assert_eq!(story.judged().verdict, Verdict::Inconclusive);
}

#[test]
fn silence_without_a_connection_proves_nothing() {
    let mut story = Story::standalone(EXCHANGE);
    story
        .starts()
        .exchanges()
        .exchanges()
        .ch2_path(false)
        .quiet()
        .over();
    assert_eq!(story.judged().verdict, Verdict::Inconclusive);

    let mut story = Story::standalone(EXCHANGE);
    story.starts().exchanges().exchanges();
    let window = story.quiet_begins();
    story.pass(50).ch2_path(false).ch2_path(true).pass(150);
    story.push(Party::Enabler, What::Done(window)).over();
    assert_eq!(story.judged().verdict, Verdict::Inconclusive);

    // Silence counts from when the server was back.
    let mut story = Story::standalone(EXCHANGE);
    story.starts().exchanges().exchanges();
    let window = story.quiet_begins();
    story
        .pass(50)
        .ch2_path(false)
        .ch2_path(true)
        .quiet_ends(window)
        .over();
    assert_eq!(story.judged().verdict, Verdict::Pass);

    let mut story = Story::standalone(EXCHANGE);
    story
        .starts()
        .ch2_path(false)
        .ch2_path(true)
        .exchanges()
        .exchanges()
        .quiet()
        .over();
    assert_eq!(story.judged().verdict, Verdict::Pass);
}

#[test]
fn a_second_stop_after_the_flow_is_a_second_stop() {
    for session in [
        None,
        Some(other_session as fn(MessageBuilder) -> MessageBuilder),
    ] {
        let mut story = client_ends();
        story.over();
        story.twist = session;
        story.ccr(3, Some(0)).cca(false);
        let result = story.judged();
        assert_eq!(result.verdict, Verdict::Fail);
        assert!(
            failed(&result).contains(&"IMC-END-con-001/unexpected stop"),
            "{:?}",
            failed(&result)
        );
    }
}

#[test]
fn a_debit_after_the_flow_is_one_too_many() {
    for kind in [1, 2, 4] {
        let mut story = Story::standalone(EXCHANGE);
        story.starts().exchanges().exchanges().quiet().over();
        story
            .tidies_up()
            .ccr(kind, None)
            .cca(false)
            .ccr(3, None)
            .cca(false);
        assert_eq!(story.judged().verdict, Verdict::Fail, "{kind}");
    }
}

#[test]
fn garbage_after_the_flow_is_garbage() {
    let mut story = client_ends();
    story.over();
    let bytes = bytes::Bytes::from_static(b"\x02\x00");
    let message = Message::Garbage {
        bytes,
        reason: "version 2".to_owned(),
    };
    story.received(Party::Enabler, 3, message);
    assert_fails(&story, &["IMC-END-con-001/wire format"]);
}

#[test]
fn usage_in_the_start_was_not_used() {
    let mut story = Story::standalone(EXCHANGE);
    story
        .client_request("INVITE")
        .ccr(1, Some(1))
        .cca(true)
        .client_response(200, "INVITE");
    story
        .client_send("text/plain", "Hello")
        .client_msrp_response(200)
        .ccr(2, None)
        .cca(true);
    story.exchanges().quiet().over();
    assert_fails_among(&story, "IMC-MSG-con-001/usage");
}

#[test]
fn what_is_reported_while_tidying_up_counts() {
    let mut story = Story::standalone(EXCHANGE);
    story.starts().exchanges().exchanges().quiet().over();
    story.tidies_up().ccr(3, Some(2)).cca(false);
    assert_fails(&story, &["IMC-MSG-con-001/usage"]);
}

/// The step that looks at the sum stands under a requirement that only warns: when the stop comes.
#[test]
fn what_a_warning_looks_at_is_still_debited_twice() {
    for (used, fails) in [(1, true), (0, false)] {
        let mut story = Story::of_file("queued-stop");
        story
            .starts()
            .client_send("text/plain", "Hello")
            .ccr(2, Some(1));
        story
            .client_request("BYE")
            .cca(true)
            .ccr(3, Some(used))
            .cca(true);
        story
            .client_msrp_response(200)
            .client_response(200, "BYE")
            .over();
        let result = story.judged();
        let told = failed(&result).contains(&"FLOW-QUEUED-STOP/usage");
        assert_eq!(told, fails, "{:?}", failed(&result));
    }
}

#[test]
fn greatest_numbers_are_too_many() {
    let mut story = Story::standalone(EXCHANGE);
    story
        .starts()
        .client_send("text/plain", "Hello")
        .client_msrp_response(200);
    story
        .ccr(2, Some(u64::MAX))
        .cca(true)
        .exchanges()
        .quiet()
        .over();
    assert_fails_among(&story, "IMC-MSG-con-001/debit/used units");
}

#[test]
fn usage_in_another_unit_is_no_usage() {
    let mut story = Story::standalone(EXCHANGE);
    story
        .starts()
        .client_send("text/plain", "Hello")
        .client_msrp_response(200);
    story.twist = Some(|builder| {
        let octets = AvpOut::new(AvpKey::base(421), 5_u64);
        builder.avp(AvpOut::group(AvpKey::base(446), [octets]))
    });
    story.ccr(2, None).cca(true).exchanges().quiet().over();
    assert_fails_among(&story, "IMC-MSG-con-001/debit/used units");
}

#[test]
fn a_stop_of_another_session_is_not_the_stop() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.starts().exchanges().client_request("BYE");
    story.twist = Some(other_session);
    story
        .ccr(3, Some(0))
        .cca(true)
        .client_response(200, "BYE")
        .quiet()
        .over();
    assert_fails(&story, &["CC-FIRST-IS-START"]);
}

#[test]
fn two_charging_sessions_are_one_too_many() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.client_request("INVITE").ccr(1, None).cca(true);
    story.twist = Some(other_session);
    story
        .ccr(1, None)
        .cca(false)
        .client_response(200, "INVITE")
        .exchanges();
    story.client_request("BYE").ccr(3, Some(0)).cca(true);
    story.twist = Some(other_session);
    story
        .ccr(3, Some(0))
        .cca(false)
        .client_response(200, "BYE")
        .quiet()
        .over();
    assert_fails_among(&story, "IMC-END-con-001/unexpected start");
}

#[test]
fn a_refused_message_that_is_debited_later_is_debited() {
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
        .client_response(200, "BYE");
    story.quiet().over().ccr(2, Some(1)).cca(false);
    assert_fails_among(&story, "IMC-MSG-con-002/usage");
}

#[test]
fn a_repetition_that_repeats_nothing_is_a_request() {
    for standing in [Standing::Repeated, Standing::Background] {
        let mut story = Story::standalone(CLIENT_ENDS);
        story
            .starts()
            .exchanges()
            .client_request("BYE")
            .ccr(3, Some(0))
            .cca(true);
        story.standing = Some(standing);
        story
            .ccr(3, Some(0))
            .cca(false)
            .client_response(200, "BYE")
            .quiet()
            .over();
        let result = story.judged();
        let check = "IMC-END-con-001/enabler receives nothing: SessionRequest";
        assert!(
            failed(&result).contains(&check),
            "{standing:?} {:?}",
            failed(&result)
        );
    }
}

#[test]
fn a_request_of_no_kind_is_asked_for_by_nothing() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .starts()
        .exchanges()
        .ccr(9, None)
        .cca(false)
        .client_request("BYE");
    story
        .ccr(3, Some(0))
        .cca(true)
        .client_response(200, "BYE")
        .quiet()
        .over();
    let result = story.judged();
    let check = "IMC-END-con-001/unexpected unknown";
    assert!(failed(&result).contains(&check), "{:?}", failed(&result));
}

#[test]
fn a_stop_before_the_session_is_no_stop() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .client_request("INVITE")
        .ccr(3, None)
        .cca(false)
        .ccr(1, None)
        .cca(true);
    story
        .client_response(200, "INVITE")
        .exchanges()
        .client_request("BYE");
    story
        .client_response(200, "BYE")
        .expires("enabler receives: SessionRequest (stop)");
    story.quiet().over();
    assert_eq!(story.judged().verdict, Verdict::Fail);
}

#[test]
fn a_server_that_only_answers_sip_does_not_pass() {
    for id in [CLIENT_ENDS, EXCHANGE] {
        let mut story = Story::standalone(id);
        story
            .client_request("INVITE")
            .client_response(200, "INVITE");
        story.expires("enabler receives: SessionRequest (start)");
        story
            .client_send("text/plain", "Hello")
            .client_msrp_response(200);
        story.expires("enabler receives: SessionRequest (interim)");
        if id == CLIENT_ENDS {
            story.client_request("BYE").client_response(200, "BYE");
            story.expires("enabler receives: SessionRequest (stop)");
        } else {
            story
                .client_send("text/plain", "Hello")
                .client_msrp_response(200);
            story.expires("enabler receives: SessionRequest (interim)");
        }
        story.quiet().over();
        assert_eq!(story.judged().verdict, Verdict::Fail);
    }
}

#[test]
fn a_bye_of_its_own_does_not_hide_a_stop_sent_twice() {
    let mut story = Story::standalone(EXCHANGE);
    story
        .starts()
        .exchanges()
        .server_request("BYE")
        .ccr(3, None)
        .cca(false);
    story.ccr(3, None).cca(false).over();
    assert_eq!(story.judged().verdict, Verdict::Fail);
}

#[test]
fn a_server_that_never_hangs_up_does_not_pass() {
    let mut story = Story::standalone(SERVER_ENDS);
    story
        .starts()
        .exchanges()
        .trigger()
        .expires("client receives: SIP BYE");
    story.ccr(3, Some(0)).cca(true).quiet().over();
    assert_eq!(story.judged().verdict, Verdict::Fail);
}

#[test]
fn a_case_without_readings_is_judged_under_the_defaults() {
    let mut story = Story::standalone(EXCHANGE);
    story.case.readings.clear();
    story
        .starts()
        .client_send("text/plain", "Hello")
        .client_msrp_response(200);
    story.expires("enabler receives: SessionRequest (interim)");
    story
        .client_send("text/plain", "Hello")
        .client_msrp_response(200);
    story
        .expires("enabler receives: SessionRequest (interim)")
        .quiet()
        .over();
    assert_eq!(story.judged().verdict, Verdict::Fail);
}

#[test]
fn a_comparison_with_nothing_is_no_comparison() {
    let mut story = Story::standalone(EXCHANGE);
    story.twist = Some(|mut builder| {
        builder
            .avps_mut()
            .retain(|avp| avp.key() != AvpKey::base(415));
        builder
    });
    story.starts().exchanges().exchanges().quiet().over();
    assert_no_pass(&story);
    let result = story.judged();
    let undecided = result
        .findings
        .iter()
        .any(|f| f.title.contains("could not be checked"));
    assert!(undecided, "{:#?}", result.findings);
}

#[test]
fn a_charging_identifier_of_another_session_is_wrong_in_every_request() {
    for kind in [2, 3] {
        let mut story = Story::standalone(CLIENT_ENDS);
        story
            .starts()
            .client_send("text/plain", "Hello")
            .client_msrp_response(200);
        let twist: fn(MessageBuilder) -> MessageBuilder = |mut builder| {
            let key = AvpKey::tgpp;
            builder.avps_mut().retain(|avp| avp.key() != key(873));
            let icid = AvpOut::new(key(841), "another");
            let ims = AvpOut::group(key(876), [AvpOut::new(key(862), 6_i32), icid]);
            builder.avp(AvpOut::group(key(873), [ims]))
        };
        story.twist = Some(twist).filter(|_| kind == 2);
        story.ccr(2, Some(1)).cca(true).client_request("BYE");
        story.twist = Some(twist).filter(|_| kind == 3);
        story
            .ccr(3, None)
            .cca(true)
            .client_response(200, "BYE")
            .quiet()
            .over();
        let result = story.judged();
        let wrong = failed(&result);
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].ends_with("IMS-Charging-Identifier"), "{wrong:?}");
    }
}

/// A SEND that wants no answer, and a window in which none may come.
const SILENT: &str = "\
ch2spec: 1
id: T-001
title: no 200
clause: test
requirements: [MSG-2]
given: [session started]
flow:
  - client sends: MSRP SEND
    body: Hello
    failure report: no
  - client receives nothing: MSRP 200
    requirement: MSG-2
";

fn silent(answer: Option<u16>) -> Story {
    let loaded = load_text("silent.yaml", SILENT.as_bytes());
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let claims = vec![Ics::SessionMode, Ics::Standalone];
    let readings = [ReadingId::R3, ReadingId::S1];
    let mut story = Story::of(Arc::clone(&loaded.scenarios[0]), claims, &readings);
    story.starts().client_send("text/plain", "Hello");
    let window = story.silence_begins("client receives nothing: MSRP 200");
    if let Some(status) = answer {
        story.pass(20).client_msrp_response(status);
    }
    story.quiet_ends(window).over();
    story
}

#[test]
fn silence_towards_the_client_is_broken_by_what_it_names() {
    assert_eq!(silent(None).judged().verdict, Verdict::Pass);
    assert_eq!(silent(Some(415)).judged().verdict, Verdict::Pass);
    assert_fails(
        &silent(Some(200)),
        &["T-001/client receives nothing: MSRP 200"],
    );
}

/// What the far end sends may count or not, unless the server's description says that it does not.
#[test]
fn who_charges_for_nothing_received_is_held_to_it() {
    let played = |used: u64| {
        let claims = vec![
            Ics::SessionMode,
            Ics::FarEnd,
            Ics::UnitsMessages,
            Ics::FreeReceiving,
        ];
        let readings = [ReadingId::R2, ReadingId::S1];
        let mut story = Story::new("IMC-MSG-con-119", claims, &readings);
        story.client_request("INVITE").ccr(1, None).cca(true);
        story.far_request("INVITE").far_answers("INVITE");
        story.client_response(200, "INVITE");
        story.far_send("Hello yourself").quiet();
        story
            .client_send("text/plain", "Hello")
            .client_msrp_response(200);
        story.forwards().ccr(2, Some(used)).cca(true);
        story.client_request("BYE").ccr(3, None).cca(true);
        story.client_response(200, "BYE");
        story.far_request("BYE").far_answers("BYE").quiet().over();
        story
    };
    super::assert_passes(&played(1));
    let result = played(2).judged();
    assert_eq!(result.verdict, Verdict::Fail, "{:#?}", result.findings);
    assert!(failed(&result).contains(&"IMC-MSG-con-119/debit/used units"));

    let mut open = played(2);
    open.case.claims.retain(|ics| *ics != Ics::FreeReceiving);
    let mut scenario = (*open.case.scenario).clone();
    scenario.needs.retain(|ics| *ics != Ics::FreeReceiving);
    open.case.scenario = Arc::new(scenario);
    super::assert_passes(&open);
}

/// Under R4 confirmed delivery is what counts: what the far end refused is not reported later either.
#[test]
fn what_was_not_delivered_is_not_reported_with_the_stop() {
    let played = |used: Option<u64>| {
        let claims = vec![Ics::SessionMode, Ics::FarEnd, Ics::UnitsMessages];
        let readings = [ReadingId::R4, ReadingId::S1];
        let mut story = Story::new("IMC-MSG-con-016", claims, &readings);
        story.client_request("INVITE").ccr(1, None).cca(true);
        story.far_request("INVITE").far_answers("INVITE");
        story.client_response(200, "INVITE");
        story
            .client_send("text/plain", "Not for you")
            .client_msrp_response(200);
        story.forwards_to(413).quiet();
        story.client_request("BYE").ccr(3, used).cca(true);
        story.client_response(200, "BYE");
        story.far_request("BYE").far_answers("BYE").quiet().over();
        story.judged()
    };
    let right = played(None);
    assert_eq!(right.verdict, Verdict::Pass, "{:#?}", right.findings);
    let wrong = played(Some(1));
    assert_eq!(wrong.verdict, Verdict::Fail, "{:#?}", wrong.findings);
    assert_eq!(failed(&wrong), ["IMC-MSG-con-016/stop/used units"]);
}
