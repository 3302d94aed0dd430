//! Flows that leave something open: what may come or not, how often, and in which order.

use ch2spec::diameter::AvpKey;
use ch2spec::engine::{ScenarioResult, StepOutcome, Verdict};

use super::story::{Story, failed};
use super::{assert_fails, assert_passes};

fn outcome(result: &ScenarioResult, label: &str) -> StepOutcome {
    let step = result
        .steps
        .iter()
        .find(|step| step.label.as_deref() == Some(label));
    step.unwrap_or_else(|| panic!("no step {label}")).outcome
}

/// `FLOW-OPTIONAL` from the BYE on.
fn ends(story: &mut Story, used: u64) {
    story
        .client_request("BYE")
        .ccr(3, Some(used))
        .cca_by(None)
        .client_response(200, "BYE");
    story.quiet().over();
}

fn hello(story: &mut Story) -> &mut Story {
    story
        .starts()
        .client_send("text/plain", "Hello")
        .client_msrp_response(200)
}

#[test]
fn what_is_optional_may_come_or_not() {
    let mut with = Story::of_file("optional");
    hello(&mut with).ccr(2, Some(1)).cca(true);
    ends(&mut with, 0);
    let result = assert_passes(&with);
    assert_eq!(outcome(&result, "debit"), StepOutcome::Met);
    assert_eq!(outcome(&result, "last debit"), StepOutcome::LeftOut);
    assert!(result.conversation.iter().all(|line| line.event.is_some()));

    let mut without = Story::of_file("optional");
    hello(&mut without).expires("enabler receives: SessionRequest (interim)");
    ends(&mut without, 1);
    let result = assert_passes(&without);
    assert_eq!(outcome(&result, "debit"), StepOutcome::LeftOut);
    let answer = result.steps.iter().rposition(|step| {
        step.text == "enabler sends: Response" && step.outcome == StepOutcome::LeftOut
    });
    assert!(answer.is_some(), "{:#?}", result.steps);
    assert!(result.conversation.iter().all(|line| line.event.is_some()));
}

#[test]
fn what_is_optional_must_be_right_where_it_comes() {
    let mut story = Story::of_file("optional");
    hello(&mut story).ccr(2, Some(3)).cca(true);
    ends(&mut story, 0);
    let result = story.judged();
    assert_eq!(result.verdict, Verdict::Fail);
    assert!(
        failed(&result).contains(&"FLOW-OPTIONAL/debit/used units"),
        "{:?}",
        failed(&result)
    );
}

#[test]
fn a_late_optional_message_is_no_surplus() {
    // After the harness went on, and before or after what it went on to.
    let mut story = Story::of_file("optional");
    hello(&mut story).expires("enabler receives: SessionRequest (interim)");
    story.client_request("BYE").ccr(2, Some(1)).cca(true);
    story.ccr(3, Some(0)).cca(true).client_response(200, "BYE");
    story.quiet().over();
    assert_passes(&story);
}

#[test]
fn one_more_than_may_come_is_surplus() {
    let mut story = Story::of_file("optional");
    hello(&mut story).ccr(2, Some(1)).cca(true);
    story.client_request("BYE").ccr(2, Some(0)).cca_by(None);
    story.ccr(2, Some(0)).cca_by(None);
    story.ccr(3, Some(0)).cca(true).client_response(200, "BYE");
    story.quiet().over();
    assert_fails(&story, &["FLOW-OPTIONAL/unexpected interim"]);
}

#[test]
fn silence_is_not_proven_by_what_comes_late_into_it() {
    let told = |late: bool| {
        let mut story = Story::of_file("optional");
        hello(&mut story).ccr(2, Some(1)).cca(true);
        story.client_request("BYE").ccr(3, Some(0)).cca(true);
        story
            .client_response(200, "BYE")
            .expires("enabler receives: SessionRequest (event)");
        let window = story.quiet_begins();
        if late {
            story.ccr(4, None).cca(false);
        }
        story.quiet_ends(window);
        if !late {
            story.ccr(4, None).cca(false);
        }
        story.over();
        story.judged()
    };
    let late = told(true);
    let about: Vec<&str> = failed(&late);
    assert!(about.contains(&"FLOW-OPTIONAL/event/time"), "{about:?}");
    let finding = late
        .findings
        .iter()
        .find(|f| f.check == "FLOW-OPTIONAL/event/time");
    assert_eq!(finding.unwrap().verdict, Verdict::Inconclusive);
    // Once silence was shown, what comes is no late message of a step above it.
    let later = told(false);
    assert!(
        failed(&later).contains(&"FLOW-OPTIONAL/unexpected event"),
        "{:?}",
        failed(&later)
    );
}

/// `FLOW-TIMES` with debits of those units.
fn debits(units: &[u64]) -> Story {
    let mut story = Story::of_file("times");
    story.starts();
    for body in ["One", "Two"] {
        story
            .client_send("text/plain", body)
            .client_msrp_response(200);
    }
    let granted = story.take("enabler sends: Response");
    for used in units {
        story.ccr(2, Some(*used)).cca_by(Some(granted));
    }
    if units.is_empty() {
        story.expires("enabler receives: SessionRequest (interim)");
    }
    story
}

fn hangs_up(story: &mut Story, used: u64) {
    story
        .client_request("BYE")
        .ccr(3, Some(used))
        .cca(true)
        .client_response(200, "BYE")
        .quiet()
        .over();
}

#[test]
fn as_many_as_the_file_says() {
    for (units, rest) in [(&[2_u64][..], 0), (&[1][..], 1), (&[1, 1][..], 0)] {
        let mut story = debits(units);
        hangs_up(&mut story, rest);
        let result = assert_passes(&story);
        assert!(result.conversation.iter().all(|line| line.event.is_some()));
    }
    let mut none = debits(&[]);
    hangs_up(&mut none, 2);
    // What the stop is compared with never came, so that is left undecided.
    let checks = ["FLOW-TIMES/debit", "FLOW-TIMES/stop/CC-Request-Number"];
    assert_fails(&none, &checks);
    let mut three = debits(&[1, 1, 0]);
    hangs_up(&mut three, 0);
    let result = assert_fails(&three, &["FLOW-TIMES/debit/times"]);
    let finding = &result.findings[0];
    assert_eq!(
        finding.title,
        "SessionRequest (interim) came 3 times and not 1 to 2 times"
    );
}

#[test]
fn each_of_several_is_checked() {
    for units in [[1, 0], [0, 1]] {
        let mut story = debits(&units);
        hangs_up(&mut story, 1);
        assert_fails(&story, &["FLOW-TIMES/debit/used units"]);
    }
}

#[test]
fn too_few_are_counted() {
    let mut story = debits(&[1, 1]);
    let scenario = std::sync::Arc::make_mut(&mut story.case.scenario);
    for step in &mut scenario.steps {
        if step.label.as_deref() == Some("debit") {
            (step.count.least, step.count.most) = (3, 3);
        }
    }
    hangs_up(&mut story, 0);
    let result = assert_fails(&story, &["FLOW-TIMES/debit/times"]);
    let finding = &result.findings[0];
    assert_eq!(
        finding.title,
        "SessionRequest (interim) came twice and not 3 times"
    );
    assert!(
        finding.observed.starts_with("twice, then nothing"),
        "{}",
        finding.observed
    );
}

#[test]
fn a_reference_means_the_last_of_several() {
    let stop = |number: u32| {
        let mut story = debits(&[1, 1]);
        story.client_request("BYE");
        story.twist = Some(match number {
            1 => |builder| with_number(builder, 1),
            _ => |builder| with_number(builder, 2),
        });
        story.ccr(3, Some(0)).cca(true);
        story.client_response(200, "BYE").quiet().over();
        let result = story.judged();
        failed(&result).contains(&"FLOW-TIMES/stop/CC-Request-Number")
    };
    assert!(stop(2) && !stop(1));
}

fn with_number(
    mut builder: ch2spec::diameter::MessageBuilder,
    number: u32,
) -> ch2spec::diameter::MessageBuilder {
    let key = AvpKey::base(415);
    builder.avps_mut().retain(|avp| avp.key() != key);
    builder.with(key, number)
}

#[test]
fn a_second_answer_to_one_message_is_one_too_many() {
    let mut story = Story::of_file("times");
    story
        .starts()
        .client_send("text/plain", "One")
        .client_msrp_response(200)
        .client_msrp_response(200)
        .client_send("text/plain", "Two")
        .client_msrp_response(200);
    story.ccr(2, Some(2)).cca(true);
    hangs_up(&mut story, 0);
    assert_fails(
        &story,
        &["FLOW-TIMES/client receives: MSRP 200 for one/times"],
    );
}
