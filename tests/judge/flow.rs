//! Flows that leave something open: what may come or not, how often, and in which order.

use ch2spec::diameter::AvpKey;
use ch2spec::engine::{ScenarioResult, StepOutcome, Verdict};

use super::story::{Story, failed};
use super::{assert_fails, assert_fails_among, assert_passes};

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
    assert_fails_among(&story, "FLOW-OPTIONAL/debit/used units");
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

fn taken(result: &ScenarioResult) -> Vec<Option<&str>> {
    let choices = result.alternatives.iter();
    choices.map(|choice| choice.taken.as_deref()).collect()
}

/// A choice of the trace that the file decides by its status, and one that a message decides.
fn one_of(status: u16) -> Story {
    let mut story = Story::of_file("one-of");
    story
        .starts()
        .client_request("BYE")
        .client_response(status, "BYE");
    story
}

#[test]
fn the_alternative_that_comes_is_taken() {
    const OK: &str = "client receives: SIP 200";
    let mut stop = one_of(200);
    stop.ccr(3, Some(0))
        .cca(true)
        .expires("client receives: SIP INFO")
        .over();
    let result = assert_passes(&stop);
    assert_eq!(taken(&result), [Some(OK), Some("a stop")]);
    let left: Vec<&str> = result
        .steps
        .iter()
        .filter(|step| step.outcome == StepOutcome::LeftOut)
        .map(|step| step.text.as_str())
        .collect();
    assert_eq!(
        left,
        [
            "client receives: SIP 481",
            "enabler receives: SessionRequest (interim)",
            "enabler sends: Response",
            "client sends: SIP OPTIONS",
            "client receives: SIP 481",
            "enabler receives nothing: SessionRequest",
            "client receives: SIP INFO",
        ]
    );
    assert!(result.conversation.iter().all(|line| line.event.is_some()));

    let mut interim = one_of(481);
    interim.take("enabler sends: Response");
    interim.ccr(2, None).cca(true).client_request("OPTIONS");
    interim
        .client_response(481, "OPTIONS")
        .expires("client receives: SIP INFO")
        .over();
    let result = assert_passes(&interim);
    let names = [Some("a session that is gone"), Some("an interim")];
    assert_eq!(taken(&result), names);

    let mut silence = one_of(200);
    silence
        .expires("enabler receives: SessionRequest (stop)")
        .quiet()
        .expires("client receives: SIP INFO")
        .over();
    let result = assert_passes(&silence);
    assert_eq!(taken(&result), [Some(OK), Some("silence")]);
}

/// Of two alternatives that a stop could take, the one that has nothing before it.
#[test]
fn a_message_takes_the_alternative_in_which_it_is_its_turn() {
    for debit in [true, false] {
        let mut story = Story::of_file("turn");
        story
            .starts()
            .client_request("BYE")
            .client_response(200, "BYE");
        if debit {
            story.ccr(2, None).cca_by(None);
        }
        story.ccr(3, Some(0)).cca_by(None).quiet().over();
        let result = assert_passes(&story);
        let name = if debit { "two" } else { "one" };
        assert_eq!(taken(&result), [Some(name)]);
    }
}

#[test]
fn what_follows_in_the_alternative_has_to_come() {
    let mut story = one_of(200);
    story.take("enabler sends: Response");
    story.ccr(2, None).cca(true).client_request("OPTIONS");
    story.expires("client receives: SIP 481");
    story.expires("client receives: SIP 481");
    story.expires("client receives: SIP INFO").over();
    assert_fails(&story, &["FLOW-ONE-OF/client receives: SIP 481 for probe"]);
}

#[test]
fn a_choice_that_was_made_is_not_made_again() {
    let mut story = one_of(200);
    story
        .ccr(3, Some(0))
        .cca(true)
        .ccr(2, None)
        .cca_by(None)
        .expires("client receives: SIP INFO")
        .over();
    assert_fails_among(&story, "FLOW-ONE-OF/unexpected interim");
}

#[test]
fn the_alternative_that_is_taken_is_checked() {
    let mut story = one_of(200);
    story
        .ccr(3, Some(1))
        .cca(true)
        .expires("client receives: SIP INFO")
        .over();
    let result = story.judged();
    let about = failed(&result);
    assert!(about.contains(&"FLOW-ONE-OF/last/used units"), "{about:?}");
}

#[test]
fn a_status_of_no_alternative_is_held_against_the_first() {
    let mut story = one_of(500);
    story
        .ccr(3, Some(0))
        .cca(true)
        .expires("client receives: SIP INFO")
        .over();
    assert_fails(
        &story,
        &["FLOW-ONE-OF/client receives: SIP 200 for bye/status"],
    );
}

#[test]
fn what_comes_after_silence_is_late() {
    let mut story = one_of(200);
    story
        .expires("enabler receives: SessionRequest (stop)")
        .quiet()
        .ccr(3, Some(0))
        .cca(true)
        .expires("client receives: SIP INFO")
        .over();
    let result = story.judged();
    assert_eq!(failed(&result), ["FLOW-ONE-OF/last/time"]);
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert_eq!(taken(&result)[1], Some("a stop"));
}

#[test]
fn a_choice_that_was_not_listened_to_is_undecided() {
    let mut story = one_of(200);
    story
        .expires("enabler receives: SessionRequest (stop)")
        .expires("client receives: SIP INFO")
        .over();
    let result = story.judged();
    assert_eq!(
        result.verdict,
        Verdict::Inconclusive,
        "{:#?}",
        result.findings
    );
    assert!(
        result.reason.contains("was not waited for"),
        "{}",
        result.reason
    );
}

#[test]
fn where_no_alternative_comes_all_are_named() {
    let mut story = Story::of_file("either");
    story
        .starts()
        .client_request("BYE")
        .client_response(200, "BYE");
    for kind in ["stop", "event"] {
        story.expires(&format!("enabler receives: SessionRequest ({kind})"));
    }
    story.quiet().over();
    let result = assert_fails(
        &story,
        &[
            "FLOW-EITHER/one of enabler receives: SessionRequest (stop) | \
           enabler receives: SessionRequest (event)",
        ],
    );
    let finding = &result.findings[0];
    assert_eq!(finding.title, "no alternative of a choice came");
    assert_eq!(finding.requirement.id, "END-C-2");
    let source = finding.source.as_ref().unwrap();
    assert!(source.text.contains("one of:"), "{}", source.text);
    assert_eq!(taken(&result), [None]);
    let missing = result
        .steps
        .iter()
        .filter(|s| s.outcome == StepOutcome::Missing);
    assert_eq!(missing.count(), 2);
}

#[test]
fn an_alternative_before_its_turn_is_too_early() {
    let mut story = Story::of_file("either");
    story.starts().ccr(3, None).cca(false).client_request("BYE");
    story.client_response(200, "BYE");
    for kind in ["stop", "event"] {
        story.expires(&format!("enabler receives: SessionRequest ({kind})"));
    }
    story.quiet().over();
    let result = story.judged();
    assert_eq!(failed(&result).len(), 1, "{:?}", failed(&result));
    assert!(
        result.findings[0].title.contains("before its turn"),
        "{}",
        result.findings[0].title
    );
}

#[test]
fn no_order_is_asked_for_where_the_file_says_so() {
    let told = |first: i32, block: bool| {
        let mut story = Story::of_file("any-order");
        if !block {
            let scenario = std::sync::Arc::make_mut(&mut story.case.scenario);
            scenario
                .steps
                .iter_mut()
                .for_each(|step| step.any_order = None);
        }
        story.starts().client_request("BYE");
        for kind in [first, 7 - first] {
            story.ccr(kind, None).cca_by(None);
        }
        story.client_response(200, "BYE").ccr(2, None).cca_by(None);
        story.quiet().over();
        let result = story.judged();
        let orders = result
            .findings
            .iter()
            .filter(|f| f.check.ends_with("/order"));
        orders.map(|f| f.check.clone()).collect::<Vec<_>>()
    };
    assert_eq!(told(3, true), Vec::<String>::new());
    assert_eq!(told(4, true), Vec::<String>::new());
    assert_eq!(told(3, false), ["FLOW-ANY-ORDER/stop/order"]);
}

#[test]
fn what_stands_below_a_block_without_order_comes_after_all_of_it() {
    let mut story = Story::of_file("any-order");
    story.starts().client_request("BYE");
    for kind in [4, 2, 3] {
        story.ccr(kind, None).cca_by(None);
    }
    story.client_response(200, "BYE").quiet().over();
    let result = story.judged();
    let about = failed(&result);
    assert!(about.contains(&"FLOW-ANY-ORDER/interim/order"), "{about:?}");
}

/// `FLOW-TIMED` with the answer, the debit and the stop so many milliseconds after what they follow.
fn timed(answer: u64, debit: u64, stop: u64) -> Story {
    let mut story = Story::of_file("timed");
    story.starts().client_send("text/plain", "Hello");
    story.pass(answer).client_msrp_response(200);
    story.pass(debit - answer).ccr(2, Some(1)).cca(true);
    story.client_request("BYE").client_response(200, "BYE");
    story.pass(stop).ccr(3, Some(0)).cca(true);
    story.expires("client receives: SIP INFO").quiet().over();
    story
}

#[test]
fn a_time_with_a_requirement_behind_it_is_kept_or_broken() {
    // The order tolerance of 100 ms is allowed either way.
    for (answer, debit) in [(0, 3000), (590, 3000), (0, 2910), (0, 9000)] {
        assert_passes(&timed(answer, debit, 0));
    }
    let late = timed(610, 3000, 0);
    let result = assert_fails(
        &late,
        &["FLOW-TIMED/client receives: MSRP 200 for hello/time"],
    );
    let finding = &result.findings[0];
    assert_eq!(finding.title, "MSRP 200 came too late");
    assert_eq!(finding.expected, "within 500 ms of what it follows");
    assert_eq!(finding.requirement.id, "MSG-2");
    let soon = timed(0, 2890, 0);
    let result = assert_fails(&soon, &["FLOW-TIMED/debit/time"]);
    assert_eq!(
        result.findings[0].title,
        "SessionRequest (interim) came too soon"
    );
}

#[test]
fn a_time_with_no_requirement_behind_it_decides_nothing() {
    // Long after its second: no Expired was told, so nobody gave it up.
    assert_passes(&timed(0, 3000, 1900));
    let mut story = Story::of_file("timed");
    story
        .starts()
        .client_send("text/plain", "Hello")
        .client_msrp_response(200);
    story
        .pass(3000)
        .ccr(2, Some(1))
        .cca(true)
        .client_request("BYE");
    story.client_response(200, "BYE");
    story.expires("enabler receives: SessionRequest (stop)");
    story.ccr(3, Some(0)).cca(true);
    story.expires("client receives: SIP INFO").quiet().over();
    let result = story.judged();
    assert_eq!(failed(&result), ["FLOW-TIMED/stop/time"]);
    assert_eq!(result.verdict, Verdict::Inconclusive);
}

#[test]
fn before_is_the_mirror_of_after() {
    let mut story = Story::of_file("timed");
    story
        .starts()
        .client_send("text/plain", "Hello")
        .client_msrp_response(200);
    story
        .pass(3000)
        .ccr(2, Some(1))
        .cca(true)
        .client_request("BYE");
    story
        .ccr(3, Some(0))
        .pass(300)
        .cca(true)
        .client_response(200, "BYE");
    story.expires("client receives: SIP INFO").quiet().over();
    let result = assert_fails(&story, &["FLOW-TIMED/ok/order"]);
    let finding = &result.findings[0];
    assert_eq!(finding.requirement.id, "SIP-BYE-200");
    assert_eq!(
        finding.expected,
        "SIP 200 (`ok`) first, then SessionRequest (stop) (`stop`)"
    );
}

/// The second of two that the step needs came after its time.
#[test]
fn the_last_of_several_may_be_late() {
    let mut story = debits(&[1]);
    let scenario = std::sync::Arc::make_mut(&mut story.case.scenario);
    for step in &mut scenario.steps {
        if step.label.as_deref() == Some("debit") {
            step.count.least = 2;
        }
    }
    story
        .expires("enabler receives: SessionRequest (interim)")
        .ccr(2, Some(1))
        .cca_by(None);
    hangs_up(&mut story, 0);
    let result = story.judged();
    assert_eq!(failed(&result), ["FLOW-TIMES/debit/time"]);
    assert_eq!(result.verdict, Verdict::Inconclusive);
}
