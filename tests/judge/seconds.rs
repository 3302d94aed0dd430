//! Servers that debit time.

use ch2spec::ch2::{ReadingId, Unit, ZeroUsage};

use super::story::Story;
use super::{CLIENT_ENDS, EXCHANGE, assert_fails, assert_passes};

/// A session of a server that debits time and asks for more before its 10 seconds are spent.
fn timed(id: &str) -> Story {
    let claims = Story::standalone(id).case.claims;
    let mut story = Story::new(id, claims, &[ReadingId::R3, ReadingId::S1]);
    story.case.binding.unit = Unit::Seconds;
    story
}

fn says_hello(story: &mut Story) -> &mut Story {
    story
        .client_send("text/plain", "Hello")
        .client_msrp_response(200)
}

fn hangs_up(story: &mut Story, used: Option<u64>) {
    story.client_request("BYE").ccr(3, used).cca(true);
    story.client_response(200, "BYE").quiet().over();
}

#[test]
fn time_is_reported_rounded_up_or_down() {
    for used in [Some(2), Some(3), Some(4)] {
        let mut story = timed(CLIENT_ENDS);
        says_hello(story.starts()).pass(3400);
        hangs_up(&mut story, used);
        assert_passes(&story);
    }
    for used in [None, Some(0), Some(1), Some(5)] {
        let mut story = timed(CLIENT_ENDS);
        says_hello(story.starts()).pass(3400);
        hangs_up(&mut story, used);
        assert_fails(&story, &["IMC-END-con-001/stop/used units"]);
    }
}

#[test]
fn each_report_is_rounded_on_its_own() {
    // 7.2 s and 7.2 s and 0.2 s, each rounded up: 17 for 14.6 s.
    let mut story = timed(CLIENT_ENDS);
    says_hello(story.starts());
    for _ in 0..2 {
        story.pass(7200).ccr(2, Some(8)).cca(false);
    }
    story.pass(200);
    hangs_up(&mut story, Some(1));
    assert_passes(&story);
}

#[test]
fn time_that_is_all_reported_may_be_left_out_of_the_stop() {
    for (zero_usage, used, passes) in [
        (ZeroUsage::Either, None, true),
        (ZeroUsage::Either, Some(0), true),
        (ZeroUsage::Omit, None, true),
        (ZeroUsage::Omit, Some(0), false),
        (ZeroUsage::Zero, None, false),
        (ZeroUsage::Zero, Some(1), true),
    ] {
        let mut story = timed(CLIENT_ENDS);
        story.case.binding.zero_usage = zero_usage;
        // Rounded down by the server, and not by the harness, whose clock began a little earlier.
        says_hello(story.starts().pass(950)).pass(60);
        hangs_up(&mut story, used);
        match passes {
            true => assert_passes(&story),
            false => assert_fails(&story, &["IMC-END-con-001/stop/used units"]),
        };
    }
}

#[test]
fn time_may_count_from_the_answer_to_the_invite_or_before() {
    for (used, passes) in [(1, false), (2, true), (9, true), (12, true), (14, false)] {
        let mut story = timed(CLIENT_ENDS);
        story.client_request("INVITE").ccr(1, None).cca(true);
        // It rings.
        story.pass(9000).client_response(200, "INVITE");
        says_hello(&mut story).pass(3300);
        hangs_up(&mut story, Some(used));
        match passes {
            true => assert_passes(&story),
            false => assert_fails(&story, &["IMC-END-con-001/stop/used units"]),
        };
    }
}

#[test]
fn more_time_may_be_asked_for_well_before_the_end_of_it_and_not_at_once() {
    for (after, passes) in [(9_000, true), (6_000, true), (1_000, false)] {
        let mut story = timed(EXCHANGE);
        says_hello(story.starts()).pass(after);
        let reported = after / 1000;
        story.ccr(2, Some(reported)).cca(false);
        says_hello(&mut story).quiet().over();
        match passes {
            true => assert_passes(&story),
            false => assert_fails(&story, &["IMC-MSG-con-001/unexpected interim"]),
        };
    }
}
