//! Which of the client's messages it is that comes to the far end.

use ch2spec::ch2::ReadingId;
use ch2spec::engine::StepId;
use ch2spec::scenario::Ics;

use super::story::Story;

const NOTHING: [String; 0] = [];

/// The answers of the far end to the two messages of `FLOW-FORWARDED`.
struct Answers {
    first: StepId,
    second: StepId,
}

/// A session in which two messages were accepted, with their Message-IDs.
fn two_messages() -> (Story, [String; 2], Answers) {
    let claims = vec![Ics::SessionMode, Ics::FarEnd];
    let scenario = Story::of_file("forwarded").case.scenario;
    let mut story = Story::of(scenario, claims, &[ReadingId::R3, ReadingId::S1]);
    story.starts();
    let ids = ["The first one", "The second one"].map(|body| {
        let id = format!("message-{}", story.trace.events.len());
        story
            .client_send("text/plain", body)
            .client_msrp_response(200);
        id
    });
    let answers = Answers {
        first: story.take("far end sends: MSRP 200"),
        second: story.take("far end sends: MSRP 200"),
    };
    (story, ids, answers)
}

/// What was found of the two forwarded messages. That a server forwards is no MUST: findings warn.
fn found(story: &mut Story) -> Vec<String> {
    story.quiet().over();
    let findings = story.judged().findings.into_iter();
    findings
        .map(|finding| finding.check)
        .filter(|check| check.contains("/forwarded") || check.contains("MSRP SEND"))
        .collect()
}

#[test]
fn the_message_id_tells_whatever_the_order() {
    let (mut story, [first, second], answers) = two_messages();
    story
        .forwards_as(&second, "The second one", answers.second)
        .forwards_as(&first, "The first one", answers.first);
    assert_eq!(found(&mut story), NOTHING);

    // What it holds is looked at where it belongs.
    let (mut story, [first, second], answers) = two_messages();
    story
        .forwards_as(&second, "The second one", answers.second)
        .forwards_as(&first, "Something else", answers.first);
    assert_eq!(found(&mut story), ["FLOW-FORWARDED/forwarded first/body"]);
}

#[test]
fn where_the_message_id_is_new_the_body_tells() {
    let (mut story, _, answers) = two_messages();
    story
        .forwards_as("new-1", "The second one", answers.second)
        .forwards_as("new-2", "The first one", answers.first);
    assert_eq!(found(&mut story), NOTHING);
}

#[test]
fn where_neither_tells_the_order_of_the_file_does() {
    let (mut story, _, answers) = two_messages();
    story
        .forwards_as("new-1", "> the first", answers.first)
        .forwards_as("new-2", "> the second", answers.second);
    assert_eq!(found(&mut story), NOTHING);
}

#[test]
fn the_message_that_was_lost_is_the_one_that_is_missing() {
    for id in [None, Some("new-2")] {
        let (mut story, [_, second], answers) = two_messages();
        story.forwards_as(id.unwrap_or(&second), "The second one", answers.second);
        story.expires("far end receives: MSRP SEND");
        assert_eq!(
            found(&mut story),
            ["FLOW-FORWARDED/forwarded first"],
            "{id:?}"
        );
    }
}
