//! What a server sends over all scenarios of a run: identifiers are unique beyond one of them.

use std::time::Duration;

use ch2spec::diameter::{AvpKey, AvpOut, MessageBuilder};
use ch2spec::engine::judge_together;

use super::EXCHANGE;
use super::story::Story;

fn other_session(mut builder: MessageBuilder) -> MessageBuilder {
    builder
        .avps_mut()
        .retain(|avp| avp.key() != AvpKey::base(263));
    builder
        .avps_mut()
        .insert(0, AvpOut::new(AvpKey::base(263), "im.example.com;1;2"));
    builder
}

fn checks(one: &Story, other: &Story) -> Vec<String> {
    let traces = [("IMC-A", &one.trace), ("IMC-B", &other.trace)];
    judge_together(&one.case.binding, &traces)
        .into_iter()
        .map(|finding| {
            assert!(finding.instead.contains("IMC-A"), "{}", finding.instead);
            finding.check
        })
        .collect()
}

fn start() -> Story {
    let mut story = Story::standalone(EXCHANGE);
    story.ccr(1, None);
    story
}

#[test]
fn requests_of_two_scenarios_that_wait_at_once_differ_in_their_identifiers() {
    let one = start();
    let mut other = Story::standalone(EXCHANGE);
    other.twist = Some(other_session);
    other.now = one.now;
    other.ccr(1, None);
    assert_eq!(checks(&one, &other), ["DIA-HOP-BY-HOP", "DIA-END-TO-END"]);
}

#[test]
fn that_the_later_one_is_answered_in_the_moment_it_is_read_settles_nothing() {
    let one = start();
    let mut other = Story::standalone(EXCHANGE);
    other.now = one.now;
    other.twist = Some(|builder| other_session(builder).end_to_end(7));
    other.ccr(1, None);
    let read = other.now;
    other.cca(true);
    if let Some(answer) = other.trace.events.last_mut() {
        answer.at = read;
    }
    assert_eq!(checks(&one, &other), ["DIA-HOP-BY-HOP"]);
}

#[test]
fn a_hop_by_hop_identifier_is_free_again_once_its_request_is_answered() {
    let mut one = start();
    one.cca(true);
    let mut other = Story::standalone(EXCHANGE);
    other.now = one.now + Duration::from_millis(1);
    other.twist = Some(|builder| other_session(builder).end_to_end(7));
    other.ccr(1, None);
    assert_eq!(checks(&one, &other), [] as [&str; 0]);
}

#[test]
fn what_may_have_been_given_up_waits_no_longer() {
    let one = start();
    let mut other = Story::standalone(EXCHANGE);
    other.now = one.now + Duration::from_secs(2);
    other.twist = Some(|builder| other_session(builder).end_to_end(7));
    other.ccr(1, None);
    assert_eq!(checks(&one, &other), [] as [&str; 0]);
}

#[test]
fn a_session_id_is_used_for_one_session_only() {
    let mut one = start();
    one.cca(true);
    let mut other = Story::standalone(EXCHANGE);
    other.now = one.now + Duration::from_millis(1);
    other.twist = Some(|builder| builder.hop_by_hop(9).end_to_end(9));
    other.ccr(1, None);
    assert_eq!(checks(&one, &other), ["CC-ONE-START"]);
}
