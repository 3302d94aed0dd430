//! One trace, told once, under each way the change request can be read.

use ch2spec::ch2::ReadingId::{self, R1, R2, R3, R4, R5, S1, S2, S3};
use ch2spec::diameter::AvpKey;
use ch2spec::engine::Verdict::{Fail, NotApplicable, Pass};
use ch2spec::engine::{ScenarioResult, Verdict};

use super::story::Story;
use super::{EXCHANGE, SERVER_ENDS, assert_passes, reading};

#[track_caller]
fn assert_matrix(result: &ScenarioResult, expected: &[(ReadingId, Verdict)]) {
    for (id, verdict) in expected {
        assert_eq!(reading(result, *id), *verdict, "{id}: {:#?}", result.matrix);
    }
}

/// INVITE to 200 with a far end behind the server.
fn starts_far(story: &mut Story) -> &mut Story {
    story.client_request("INVITE").ccr(1, None).cca(true);
    story.far_request("INVITE").far_answers("INVITE");
    story.client_response(200, "INVITE")
}

#[test]
fn a_debit_after_delivery_fits_two_readings_and_one_before_it_fits_one() {
    for delivered_first in [true, false] {
        let mut story = Story::with_far_end(EXCHANGE);
        starts_far(&mut story);
        for _ in 0..2 {
            story
                .client_send("text/plain", "Hello")
                .client_msrp_response(200);
            if delivered_first {
                story.forwards().ccr(2, Some(1)).cca(true);
            } else {
                story.ccr(2, Some(1)).pass(500).cca(true).forwards();
            }
        }
        story.quiet().over();
        let result = assert_passes(&story);
        let delivery = if delivered_first { Pass } else { Fail };
        let expected = [
            (R1, Fail),
            (R2, Pass),
            (R3, Fail),
            (R4, delivery),
            (R5, Pass),
        ];
        assert_matrix(&result, &expected);
    }
}

#[test]
fn a_stop_after_the_far_ends_bye_fits_the_letter() {
    let mut story = Story::with_far_end(SERVER_ENDS);
    starts_far(&mut story)
        .client_send("text/plain", "Hello")
        .client_msrp_response(200)
        .forwards()
        .ccr(2, Some(1))
        .cca(true)
        .trigger();
    story.far_hangs_up();
    story.server_request("BYE").ccr(3, Some(0)).cca(true);
    story.client_answers(200, "BYE").quiet().over();
    assert_matrix(&story.judged(), &[(S1, Pass), (S2, Fail), (S3, Pass)]);
}

#[test]
fn a_stop_without_a_bye_of_the_far_end_says_nothing_of_the_letter() {
    let mut story = Story::standalone(SERVER_ENDS);
    story.starts().exchanges().trigger().server_request("BYE");
    story.ccr(3, Some(0)).cca(true).client_answers(200, "BYE");
    story.quiet().over();
    let expected = [(S1, Pass), (S2, Fail), (S3, NotApplicable)];
    assert_matrix(&assert_passes(&story), &expected);
}

#[test]
fn an_interim_asks_for_quota_or_not() {
    for asks in [true, false] {
        let mut story = Story::standalone(EXCHANGE);
        story.starts();
        for _ in 0..2 {
            story
                .client_send("text/plain", "Hello")
                .client_msrp_response(200);
            if !asks {
                story.twist = Some(|mut builder| {
                    let wanted = AvpKey::base(437);
                    builder.avps_mut().retain(|avp| avp.key() != wanted);
                    builder
                });
            }
            story.ccr(2, Some(1)).cca(true);
        }
        story.quiet().over();
        assert_passes(&story);
    }
}
