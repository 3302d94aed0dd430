//! What the server may do before or after something that the harness begins.

use std::time::Duration;

use ch2spec::ch2::ReadingId;
use ch2spec::engine::{StepOutcome, Verdict, What};
use ch2spec::scenario::{Ics, Party};

use super::assert_passes;
use super::story::{Story, failed};

/// `FLOW-MEANWHILE` up to where the message may be accepted the first time.
fn debited() -> Story {
    let mut story = Story::of_file("meanwhile");
    story
        .starts()
        .client_send("text/plain", "Hello")
        .ccr(2, Some(1));
    story
}

fn ends(story: &mut Story) {
    story.ccr(3, None).cca(true).client_response(200, "BYE");
    story.quiet().over();
}

#[test]
fn a_response_may_come_before_what_we_begin_next() {
    let mut story = debited();
    story.client_msrp_response(200);
    story.client_request("BYE").cca(true);
    ends(&mut story);
    assert_passes(&story);
}

#[test]
fn a_response_may_come_after_what_we_begin_next() {
    let mut story = debited();
    story.client_request("BYE").cca(true);
    story.client_msrp_response(200);
    ends(&mut story);
    assert_passes(&story);
}

#[test]
fn a_response_that_never_comes_is_missing() {
    let mut story = debited();
    story.client_request("BYE").cca(true);
    story.expires("client receives: MSRP 200");
    ends(&mut story);
    let result = story.judged();
    assert_eq!(result.verdict, Verdict::Fail);
    assert!(result.findings[0].title.contains("is missing"));
}

#[test]
fn a_session_request_that_comes_before_what_triggers_it_is_still_too_early() {
    let mut story = debited();
    story.ccr(3, None);
    story.client_request("BYE").cca(true);
    story.client_msrp_response(200);
    story.expires("enabler receives: SessionRequest (stop)");
    story.client_response(200, "BYE").quiet().over();
    assert_eq!(story.judged().verdict, Verdict::Fail);
}

#[test]
fn a_response_that_must_wait_for_a_silence_breaks_it() {
    let mut story = Story::of_file("held");
    story.starts().client_send("text/plain", "Hello");
    let silence = story.silence_begins("client receives nothing: MSRP 200");
    story.client_msrp_response(200).quiet_ends(silence);
    story.expires("client receives: MSRP 200").over();
    assert_eq!(story.judged().verdict, Verdict::Fail);

    let mut story = Story::of_file("held");
    story.starts().client_send("text/plain", "Hello");
    let silence = story.silence_begins("client receives nothing: MSRP 200");
    story.quiet_ends(silence).client_msrp_response(200).over();
    assert_passes(&story);
}

#[test]
fn one_session_waits_for_nothing_that_we_begin_in_another() {
    let mut story = Story::of_file("two-sessions");
    story.case.pairs = 2;
    story.client_request("INVITE").ccr(1, None);
    let denial = story.take("enabler sends: Response");
    story.result = 4010;
    story.cca_by(Some(denial)).client_response(403, "INVITE");
    let first = story.trace.events.len();
    story
        .client_request("INVITE")
        .client_response(403, "INVITE");
    for event in &mut story.trace.events[first..] {
        event.session = 1;
    }
    story.over();
    let result = story.judged();
    let starts: Vec<StepOutcome> = result
        .steps
        .iter()
        .filter(|step| step.text.contains("receives"))
        .map(|step| step.outcome)
        .collect();
    assert_eq!(starts, [StepOutcome::Met; 3], "{:#?}", result.findings);
    assert_eq!(failed(&result), Vec::<&str>::new());
}

#[test]
fn a_silence_towards_the_client_needs_no_ch2_connection() {
    let mut story = Story::of_file("held");
    story.starts().client_send("text/plain", "Hello");
    let silence = story.silence_begins("client receives nothing: MSRP 200");
    story.ch2_path(false).pass(50).ch2_path(true);
    story.quiet_ends(silence).client_msrp_response(200).over();
    assert_passes(&story);
}

#[test]
fn nothing_comes_too_early_for_a_trigger_that_could_not_be_pulled() {
    let mut story = Story::of_file("crossing");
    story.starts();
    let step = story.take("trigger: server ends session");
    let reason = "no credit to refuse".to_owned();
    story.push(
        Party::Client,
        What::Impossible {
            step,
            reason,
            harness: true,
        },
    );
    story.client_request("BYE").ccr(3, None).cca(true);
    story.client_response(200, "BYE").quiet().over();
    let result = story.judged();
    assert!(
        !failed(&result)
            .iter()
            .any(|check| check.ends_with("/order"))
    );
    assert_ne!(result.verdict, Verdict::Fail, "{}", result.reason);
}

#[test]
fn what_the_enabler_gave_up_is_not_owed_an_interim() {
    let claims = vec![Ics::SessionMode, Ics::Standalone, Ics::UnitsMessages];
    let mut story = Story::new("IMC-QUO-con-005", claims, &[ReadingId::R2, ReadingId::S1]);
    story.validity = Some(1);
    story.starts().client_send("text/plain", "Hello");
    story.ccr(2, Some(1)).client_msrp_response(200);
    story.result = 4011;
    story.cca(true).client_send("text/plain", "Free");
    story.client_msrp_response(200).pass(700);
    // Half of the Validity-Time of the first grant is over, which would be reason enough.
    story.ccr(2, Some(1));
    story.result = 5002;
    story.cca(false).quiet();
    story.client_request("BYE").client_response(200, "BYE");
    story.quiet().over();
    assert_eq!(story.judged().verdict, Verdict::Fail);
}

#[test]
fn a_session_that_the_server_ended_by_itself_owes_no_renewal() {
    let renewed = "enabler receives: SessionRequest (interim)";
    let claims = || vec![Ics::SessionMode, Ics::Standalone, Ics::ValidityTime];
    let readings = [ReadingId::R2, ReadingId::S1];
    let mut idle = Story::new("IMC-MSG-con-008", claims(), &readings);
    idle.starts().server_request("BYE").ccr(3, None).cca(false);
    idle.expires(renewed).over();
    assert_ne!(idle.judged().verdict, Verdict::Fail);

    let mut lazy = Story::new("IMC-MSG-con-008", claims(), &readings);
    lazy.starts().expires(renewed).over();
    assert_eq!(lazy.judged().verdict, Verdict::Fail);
}

/// The time of the 200 to the BYE is over; the first such step is that of the INVITE.
fn bye_unanswered(story: &mut Story) {
    story.take("client receives: SIP 200");
    story.expires("client receives: SIP 200");
}

#[test]
fn what_comes_after_the_flow_was_given_up_is_late_and_not_missing() {
    let mut story = debited();
    story.client_request("BYE").cca(true);
    story.expires("client receives: MSRP 200");
    bye_unanswered(&mut story);
    story.ccr(3, None).cca(true).quiet().over();
    story.client_msrp_response(200).client_response(200, "BYE");
    let result = story.judged();
    assert_eq!(
        result.verdict,
        Verdict::Inconclusive,
        "{:#?}",
        result.findings
    );
    assert!(
        result
            .findings
            .iter()
            .all(|f| f.title.contains("came late"))
    );
    // Another status is no late answer: what we gave up asking for is refused for that.
    let mut story = debited();
    story.client_request("BYE").cca(true);
    story.client_msrp_response(200);
    bye_unanswered(&mut story);
    story.ccr(3, None).cca(true).quiet().over();
    story.client_response(500, "BYE");
    assert_eq!(story.judged().verdict, Verdict::Fail);
}

#[test]
fn nothing_is_blamed_on_a_server_that_was_too_busy_to_be_judged() {
    let silent = |busy: bool| {
        let mut story = debited();
        story.client_request("BYE").cca(true);
        story.expires("client receives: MSRP 200");
        if busy {
            let took = Duration::from_secs(3);
            story.push(Party::Enabler, What::Slow(took));
        }
        ends(&mut story);
        story.judged()
    };
    assert_eq!(silent(false).verdict, Verdict::Fail);
    let busy = silent(true);
    assert_eq!(busy.verdict, Verdict::Inconclusive);
    assert!(
        busy.findings[0].observed.contains("after 3000 ms"),
        "{:?}",
        busy.findings
    );
}

#[test]
fn a_silence_below_what_could_not_be_done_decides_nothing() {
    let ended = |done: bool| {
        let mut story = Story::standalone("IMC-END-con-002");
        story.starts().exchanges();
        if done {
            story.trigger().server_request("BYE");
            story.client_answers(200, "BYE").ccr(3, None).cca(true);
        } else {
            let step = story.take("trigger: server ends session");
            story.push(
                Party::Client,
                What::Impossible {
                    step,
                    reason: "the server answered 404".to_owned(),
                    harness: false,
                },
            );
        }
        let window = story.quiet_begins();
        story.ccr(2, None).cca(false);
        story.quiet_ends(window).over();
        story.judged()
    };
    assert_eq!(ended(true).verdict, Verdict::Fail);
    let undone = ended(false);
    assert_eq!(
        undone.verdict,
        Verdict::Inconclusive,
        "{:#?}",
        undone.findings
    );
}
