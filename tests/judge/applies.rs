//! To which servers a scenario applies.

use std::sync::Arc;
use std::time::Duration;

use ch2spec::ch2::ReadingId;
use ch2spec::engine::Verdict;
use ch2spec::scenario::{Scenario, load_text};

use super::CLIENT_ENDS;
use super::story::Story;

/// The story of a client that leaves, told right, with another scenario at the same steps.
fn told_with(changed: impl FnOnce(&mut Scenario)) -> Story {
    let mut story = Story::standalone(CLIENT_ENDS);
    story
        .starts()
        .exchanges()
        .client_request("BYE")
        .client_response(200, "BYE");
    story.ccr(3, None).cca(true).quiet().over();
    let mut scenario = Scenario::clone(&story.case.scenario);
    changed(&mut scenario);
    story.case.scenario = Arc::new(scenario);
    story
}

#[test]
fn a_scenario_for_other_readings_is_not_applicable() {
    let readings = |story: &mut Story, readings: &[(ReadingId, bool)]| {
        story.case.readings = readings.to_vec();
        let result = story.judged();
        (result.verdict, result.reason)
    };
    let mut story = told_with(|scenario| scenario.readings = vec![ReadingId::R2, ReadingId::R3]);
    let (verdict, reason) = readings(&mut story, &[(ReadingId::R2, false)]);
    assert_eq!((verdict, reason.as_str()), (Verdict::Pass, ""));
    let (verdict, reason) = readings(&mut story, &[(ReadingId::R4, true), (ReadingId::S1, false)]);
    assert_eq!(verdict, Verdict::NotApplicable);
    assert_eq!(reason, "only under R2, R3, and R4 is claimed");

    let mut story = told_with(|scenario| scenario.readings = vec![ReadingId::R3]);
    let (verdict, reason) = readings(&mut story, &[]);
    assert_eq!(verdict, Verdict::NotApplicable);
    assert_eq!(reason, "only under R3, and R2 is the default");
}

#[test]
fn the_matrix_says_where_a_scenario_does_not_apply() {
    let story = told_with(|scenario| scenario.readings = vec![ReadingId::R2, ReadingId::R3]);
    let matrix = story.judged().matrix;
    let of = |id| matrix.iter().find(|entry| entry.reading == id).unwrap();
    assert_eq!(of(ReadingId::R2).verdict, Verdict::Pass);
    assert_eq!(of(ReadingId::R3).verdict, Verdict::Fail);
    assert_eq!(of(ReadingId::R1).verdict, Verdict::NotApplicable);
    assert_eq!(
        of(ReadingId::R1).reason,
        "the scenario does not apply under it"
    );
}

#[test]
fn a_value_that_the_server_does_not_state_makes_a_scenario_not_applicable() {
    let mut story = told_with(|scenario| {
        let text = "ch2spec: 1\nid: T\ntitle: t\nclause: c\nrequirements: [END-C-2]\nflow:\n  \
                    - wait: $ixit.inactivity-time\n";
        let loaded = load_text("t.yaml", text.as_bytes());
        let wait = loaded.scenarios[0].steps[0].clone();
        scenario.steps.push(wait);
    });
    let result = story.judged();
    assert_eq!(result.verdict, Verdict::NotApplicable);
    assert_eq!(result.reason, "not stated: inactivity time");
    story.case.ixit.inactivity_time = Some(Duration::from_secs(1));
    // Now it applies, and the wait was not carried out.
    assert_eq!(story.judged().verdict, Verdict::Inconclusive);
}

#[test]
fn a_message_of_a_type_that_is_not_counted_is_no_usage() {
    let mut story = told_with(|_| {});
    story.case.ixit.counted_content_types = Some(vec!["text/plain".to_owned()]);
    assert_eq!(story.judged().verdict, Verdict::Pass);
    // The message of the story was text, and was reported.
    story.case.ixit.counted_content_types = Some(vec!["message/cpim".to_owned()]);
    let result = story.judged();
    assert_eq!(result.verdict, Verdict::Fail);
    let found = &result.findings[0];
    assert!(found.check.ends_with("/used units"), "{}", found.check);
}
