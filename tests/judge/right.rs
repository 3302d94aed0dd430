//! Servers that do no wrong, in ways that a tester may not have thought of.

use std::time::Duration;

use ch2spec::ch2::{Binding, ReadingId, Unit};
use ch2spec::diameter::{AvpKey, AvpOut};
use ch2spec::engine::{Standing, Verdict, What};
use ch2spec::scenario::{Ics, Party};

use super::story::{Story, failed};
use super::{
    CLIENT_ENDS, EXCHANGE, REFUSED, SERVER_ENDS, assert_fails, assert_fails_among, assert_passes,
};

/// INVITE to 200 with a far end behind the server.
fn starts_far(story: &mut Story) -> &mut Story {
    story.client_request("INVITE").ccr(1, None).cca(true);
    story.far_request("INVITE").far_answers("INVITE");
    story.client_response(200, "INVITE")
}

#[test]
fn a_server_with_a_far_end_may_do_it_in_any_order() {
    for order in 0..4 {
        let mut story = Story::with_far_end(CLIENT_ENDS);
        starts_far(&mut story).client_send("text/plain", "Hello");
        match order {
            0 => story
                .client_msrp_response(200)
                .forwards()
                .ccr(2, Some(1))
                .cca(true),
            1 => story
                .forwards()
                .ccr(2, Some(1))
                .cca(true)
                .client_msrp_response(200),
            2 => story
                .ccr(2, Some(1))
                .cca(true)
                .client_msrp_response(200)
                .forwards(),
            _ => story
                .client_msrp_response(200)
                .ccr(2, Some(1))
                .cca(true)
                .forwards(),
        };
        story.client_request("BYE");
        match order {
            0 => story
                .far_request("BYE")
                .far_answers("BYE")
                .ccr(3, None)
                .cca(true),
            1 => story
                .ccr(3, Some(0))
                .cca(true)
                .far_request("BYE")
                .far_answers("BYE"),
            2 => story
                .far_request("BYE")
                .ccr(3, None)
                .cca(true)
                .far_answers("BYE"),
            _ => story
                .ccr(3, None)
                .far_request("BYE")
                .far_answers("BYE")
                .cca(true),
        };
        story.client_response(200, "BYE").quiet().over();
        assert_passes(&story);
    }
}

#[test]
fn a_bye_that_is_passed_on_is_not_the_servers_own() {
    let mut story = Story::with_far_end(REFUSED);
    starts_far(&mut story)
        .client_send("application/x-ch2spec-unwanted", "x")
        .client_msrp_response(415);
    story.quiet().client_request("BYE").far_request("BYE");
    story
        .far_answers("BYE")
        .ccr(3, None)
        .cca(true)
        .client_response(200, "BYE");
    story.quiet().over();
    assert_passes(&story);
}

#[test]
fn a_far_end_that_hung_up_gets_no_bye() {
    let mut story = Story::with_far_end(SERVER_ENDS);
    starts_far(&mut story).client_send("text/plain", "Hello");
    story
        .client_msrp_response(200)
        .forwards()
        .ccr(2, Some(1))
        .cca(true);
    story
        .trigger()
        .far_hangs_up()
        .server_request("BYE")
        .ccr(3, None)
        .cca(true);
    story.client_answers(200, "BYE").quiet().over();
    let result = assert_passes(&story);
    assert!(result.findings.is_empty(), "{:#?}", result.findings);
}

#[test]
fn a_gate_reports_a_message_once_it_was_delivered() {
    let mut story = Story::standalone(EXCHANGE);
    story.starts();
    for used in [0, 1] {
        story
            .client_send("text/plain", "Hello")
            .ccr(2, Some(used))
            .cca(true);
        story.client_msrp_response(200);
    }
    story.quiet().over();
    assert_passes(&story);

    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .starts()
        .client_send("text/plain", "Hello")
        .ccr(2, None)
        .cca(true);
    story.client_msrp_response(200).client_leaves(Some(1));
    assert_passes(&story);
}

#[test]
fn a_gate_in_octets_reports_what_it_delivered() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.case.binding = Binding {
        unit: Unit::Octets,
        ..Binding::default()
    };
    let octets = |builder: ch2spec::diameter::MessageBuilder| {
        let used = AvpOut::new(AvpKey::base(421), 5_u64);
        builder.avp(AvpOut::group(AvpKey::base(446), [used]))
    };
    story
        .starts()
        .client_send("text/plain", "Hello")
        .ccr(2, None)
        .cca(true);
    story.client_msrp_response(200).client_request("BYE");
    story.twist = Some(octets);
    story
        .ccr(3, None)
        .cca(true)
        .client_response(200, "BYE")
        .quiet()
        .over();
    let result = story.judged();
    assert_eq!(
        failed(&result),
        Vec::<&str>::new(),
        "{:#?}",
        result.findings
    );
}

#[test]
fn units_inside_mscc_are_units() {
    let mut story = Story::standalone(CLIENT_ENDS);
    let mscc = |builder: ch2spec::diameter::MessageBuilder| {
        let used = AvpOut::group(AvpKey::base(446), [AvpOut::new(AvpKey::base(417), 1_u64)]);
        let asked = AvpOut::group(AvpKey::base(437), []);
        let mut builder = builder;
        builder
            .avps_mut()
            .retain(|avp| avp.key() != AvpKey::base(437));
        builder
            .with(AvpKey::base(455), 1_i32)
            .avp(AvpOut::group(AvpKey::base(456), [used, asked]))
    };
    story
        .starts()
        .client_send("text/plain", "Hello")
        .client_msrp_response(200);
    story.twist = Some(mscc);
    story.ccr(2, None).cca(true).client_leaves(None);
    assert_passes(&story);
}

#[test]
fn several_subscriptions_may_be_named() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.twist = Some(|builder| {
        builder.avp(AvpOut::group(
            AvpKey::base(443),
            [
                AvpOut::new(AvpKey::base(450), 0_i32),
                AvpOut::new(AvpKey::base(444), "358401234567"),
            ],
        ))
    });
    story.starts().exchanges().client_leaves(None);
    assert_passes(&story);
}

#[test]
fn two_connections_carry_one_session() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.starts();
    story.ch2 = 9;
    story.exchanges().client_request("BYE");
    story.ch2 = 3;
    story
        .ccr(3, None)
        .cca(true)
        .client_response(200, "BYE")
        .quiet()
        .over();
    assert_passes(&story);
}

#[test]
fn what_is_sent_again_after_a_failover_is_one_request() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .starts()
        .exchanges()
        .client_request("BYE")
        .ccr(3, None);
    story.ch2_path(false);
    story.ch2 = 9;
    story.ch2_path(true);
    story.standing = Some(Standing::Repeated);
    // The T bit is judged by the rules; here it is the standing that counts.
    story
        .ccr_again()
        .cca(true)
        .client_response(200, "BYE")
        .quiet()
        .over();
    let result = story.judged();
    let unexpected = failed(&result)
        .into_iter()
        .find(|check| check.contains("unexpected"));
    assert_eq!(unexpected, None, "{:#?}", result.findings);
}

#[test]
fn a_2xx_that_is_sent_again_is_nothing_new() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.starts();
    story.standing = Some(Standing::Repeated);
    story.client_response(200, "INVITE");
    story
        .client_response(200, "INVITE")
        .exchanges()
        .client_request("BYE");
    story
        .client_response(200, "BYE")
        .client_response(200, "BYE")
        .ccr(3, None)
        .cca(true);
    story.quiet().over();
    assert_passes(&story);
}

#[test]
fn a_late_message_decides_nothing() {
    // While the flow still runs.
    let mut story = Story::standalone(EXCHANGE);
    story
        .starts()
        .client_send("text/plain", "Hello")
        .client_msrp_response(200);
    story.expires("enabler receives: SessionRequest (interim)");
    story
        .client_send("text/plain", "Hello")
        .client_msrp_response(200);
    story
        .ccr(2, Some(1))
        .cca(true)
        .ccr(2, Some(1))
        .cca(true)
        .quiet()
        .over();
    assert_eq!(
        story.judged().verdict,
        Verdict::Inconclusive,
        "{:#?}",
        story.judged().findings
    );

    // And once it is over.
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .starts()
        .exchanges()
        .client_request("BYE")
        .client_response(200, "BYE");
    story
        .expires("enabler receives: SessionRequest (stop)")
        .quiet()
        .over();
    story.pass(300).ccr(3, None).cca(false);
    let result = story.judged();
    assert_eq!(
        result.verdict,
        Verdict::Inconclusive,
        "{:#?}",
        result.findings
    );
    assert_eq!(failed(&result), ["IMC-END-con-001/stop/time"]);
}

#[test]
fn a_stop_that_only_tidying_up_brought_about_was_missing() {
    let mut story = Story::standalone(EXCHANGE);
    story.starts().exchanges().exchanges().quiet().over();
    story.tidies_up().ccr(3, None).cca(false);
    assert_passes(&story);

    let mut story = Story::standalone(SERVER_ENDS);
    story.starts().exchanges().trigger();
    story.expires("client receives: SIP BYE");
    story
        .expires("enabler receives: SessionRequest (stop)")
        .quiet()
        .over();
    story.tidies_up().ccr(3, None).cca(false);
    assert_fails_among(&story, "IMC-END-con-002/stop");
}

#[test]
fn a_run_that_was_cut_short_blames_nobody_for_what_had_not_come_yet() {
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .starts()
        .client_send("text/plain", "Hello")
        .client_msrp_response(200);
    story
        .push(Party::Enabler, What::CutShort("interrupted".to_owned()))
        .over();
    story.ccr(2, Some(1)).cca(false);
    let result = story.judged();
    assert_eq!(
        failed(&result),
        Vec::<&str>::new(),
        "{:#?}",
        result.findings
    );
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert_eq!(result.reason, "interrupted");
}

#[test]
fn a_session_that_the_server_ends_by_itself_decides_nothing() {
    let mut story = Story::standalone(EXCHANGE);
    story
        .starts()
        .exchanges()
        .server_request("BYE")
        .ccr(3, None)
        .cca(false);
    let send = story.take("client sends: MSRP SEND");
    let reason = "there is no session".to_owned();
    story.push(
        Party::Client,
        What::Impossible {
            step: send,
            reason,
            harness: false,
        },
    );
    story.quiet().over();
    let result = story.judged();
    assert_eq!(
        result.verdict,
        Verdict::Inconclusive,
        "{:#?}",
        result.findings
    );
}

#[test]
fn an_interim_at_the_end_of_its_validity_is_owed() {
    for (millis, verdict) in [(1100, Verdict::Pass), (20, Verdict::Fail)] {
        let mut story = Story::standalone(EXCHANGE);
        story.validity = Some(1);
        story
            .starts()
            .exchanges()
            .pass(millis)
            .ccr(2, None)
            .cca(false)
            .exchanges()
            .quiet()
            .over();
        assert_eq!(
            story.judged().verdict,
            verdict,
            "{:#?}",
            story.judged().findings
        );
    }
}

#[test]
fn under_r5_an_interim_may_come_at_any_time_and_tells_the_truth() {
    for (used, verdict) in [(1, Verdict::Pass), (2, Verdict::Fail)] {
        let mut story = Story::standalone(CLIENT_ENDS);
        story.case.readings = vec![(ReadingId::R5, true), (ReadingId::S1, false)];
        story
            .starts()
            .client_send("text/plain", "Hello")
            .client_msrp_response(200);
        story.ccr(2, Some(used)).cca(false).client_leaves(None);
        assert_eq!(
            story.judged().verdict,
            verdict,
            "{used} {:#?}",
            story.judged().findings
        );
    }
}

#[test]
fn a_message_that_nobody_answered_may_be_debited_or_not() {
    for used in [0, 1] {
        let mut story = Story::standalone(CLIENT_ENDS);
        story
            .starts()
            .client_send("text/plain", "Hello")
            .ccr(2, Some(used))
            .cca(true);
        story
            .expires("client receives: MSRP 200")
            .client_request("BYE");
        story
            .ccr(3, None)
            .cca(true)
            .client_response(200, "BYE")
            .quiet()
            .over();
        assert_fails(
            &story,
            &["IMC-END-con-001/client receives: MSRP 200 for message"],
        );
    }
}

#[test]
fn a_window_as_long_as_the_ixit_asks_is_silence() {
    let mut story = Story::standalone(EXCHANGE);
    story.case.ixit.quiet_window = Duration::from_millis(200);
    story.starts().exchanges().exchanges().quiet().over();
    let result = assert_passes(&story);
    assert_eq!(result.quiet.len(), 1);
}

#[test]
fn a_stop_for_a_session_that_was_refused_is_weighed_by_the_rule_for_it_alone() {
    for (code, warned) in [
        (4010, vec!["CC-NOTHING-AFTER-REFUSAL"]),
        // No row of the state table speaks of it.
        (4012, Vec::new()),
    ] {
        let mut story = Story::standalone(EXCHANGE);
        story.result = code;
        story.client_request("INVITE").ccr(1, None).cca(true);
        story.result = 5002;
        story.ccr(3, Some(0)).cca(false);
        story.client_response(402, "INVITE").over();
        let findings = story.judged().findings;
        let about_stop = findings.iter().filter(|f| f.events.contains(&3));
        let about_stop: Vec<_> = about_stop.map(|f| (f.check.as_str(), f.warning)).collect();
        let warned: Vec<_> = warned.into_iter().map(|check| (check, true)).collect();
        assert_eq!(about_stop, warned, "{code}");
    }
}

#[test]
fn the_rest_of_a_message_meets_no_step_that_another_is_for() {
    for lost in [false, true] {
        let mut story = Story::with_far_end(EXCHANGE);
        starts_far(&mut story)
            .client_send("text/plain", "Hello")
            .client_msrp_response(200)
            .forwards_chunk("first", 1)
            .ccr(2, Some(1))
            .cca(true);
        // The next message is under way before the last chunk of the first one comes.
        story
            .client_send("text/plain", "Hello again")
            .forwards_chunk("first", 6)
            .client_msrp_response(200)
            .ccr(2, Some(1))
            .cca(true);
        if lost {
            story.expires("far end receives: MSRP SEND").quiet().over();
            let result = story.judged();
            let missing = |check: &str| check == "IMC-MSG-con-001/forwarded#2";
            assert!(
                result.findings.iter().any(|found| missing(&found.check)),
                "{:?}",
                result.findings
            );
        } else {
            story.forwards().quiet().over();
            assert_passes(&story);
        }
    }
}

#[test]
fn a_bye_is_answered_by_any_2xx() {
    for (status, verdict) in [(202, Verdict::Pass), (302, Verdict::Fail)] {
        let mut story = Story::standalone(CLIENT_ENDS);
        story
            .starts()
            .exchanges()
            .client_request("BYE")
            .ccr(3, Some(0))
            .cca(true);
        story.client_response(status, "BYE").quiet().over();
        let result = story.judged();
        assert_eq!(result.verdict, verdict, "{:?}", failed(&result));
    }
}

/// A server that had no connection while the flow ran begins, and ends, what it was asked for then.
#[test]
fn what_waited_for_a_connection_may_begin_when_the_flow_is_over() {
    let played = |late: bool, new: bool| {
        let claims = vec![Ics::SessionMode, Ics::Standalone, Ics::Reconnect];
        let readings = [ReadingId::R2, ReadingId::S1];
        let mut story = Story::new("IMC-FAI-con-028", claims, &readings);
        let step = story.take("enabler does: close connection");
        story.push(Party::Enabler, What::Done(step));
        story.peer_request(257);
        story.client_request("INVITE");
        let window = story.silence_begins("enabler receives nothing: SessionRequest");
        if !late {
            story.ccr(1, None);
        }
        story.pass(3000).quiet_ends(window).over();
        if late {
            // Over the connection that stands at last.
            if new {
                story.ch2 = 77;
                story.ch2_path(true);
            }
            story.ccr(1, None).cca(false).ccr(3, None).cca(false);
        }
        story.judged()
    };
    let late = played(true, true);
    assert_eq!(late.verdict, Verdict::Pass, "{:#?}", late.findings);
    assert_eq!(played(false, false).verdict, Verdict::Fail);
    // Over one that stood all the while, it waited for nothing.
    let result = played(true, false);
    let unasked = failed(&result);
    let start = "IMC-FAI-con-028/unexpected start";
    assert!(unasked.contains(&start), "{unasked:?}");
}
