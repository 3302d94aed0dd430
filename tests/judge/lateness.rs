//! What a busy machine excuses, and what it does not.

use std::time::Duration;

use ch2spec::diameter::{AvpKey, AvpOut, MessageBuilder};
use ch2spec::engine::{Message, ScenarioResult, Verdict, What};
use ch2spec::scenario::Party;

use super::story::{Story, failed};

/// Where a connection stands that no other is on.
const ANOTHER: u64 = 9;

/// `IMC-END-con-001` with something in the first SessionRequest changed, on a busy machine or not.
fn started(twist: fn(MessageBuilder) -> MessageBuilder, busy: bool) -> ScenarioResult {
    let mut story = Story::standalone("IMC-END-con-001");
    story.twist = Some(twist);
    story.starts();
    if busy {
        story.push(Party::Enabler, What::Slow(Duration::from_secs(3)));
    }
    story.exchanges().client_leaves(Some(0));
    story.judged()
}

fn without(code: u32) -> impl Fn(MessageBuilder) -> MessageBuilder {
    move |mut builder| {
        builder
            .avps_mut()
            .retain(|avp| avp.key() != AvpKey::base(code));
        builder
    }
}

fn with_group(builder: MessageBuilder, icid: &'static str) -> MessageBuilder {
    let key = AvpKey::tgpp;
    let mut builder = builder;
    builder.avps_mut().retain(|avp| avp.key() != key(873));
    let inside = [AvpOut::new(key(862), 6i32), AvpOut::new(key(841), icid)];
    builder.avp(AvpOut::group(key(873), [AvpOut::group(key(876), inside)]))
}

#[test]
fn what_a_message_is_made_of_does_not_depend_on_the_time() {
    type Twist = fn(MessageBuilder) -> MessageBuilder;
    let twists: [(&str, Twist); 4] = [
        ("no Service-Context-Id", |builder| without(461)(builder)),
        ("the E bit", |builder| builder.error(true)),
        ("a length of its own", |builder| {
            builder.avp(AvpOut::raw(AvpKey::base(278), 0x40, vec![1_u8, 2]))
        }),
        ("another ICID", |builder| with_group(builder, "another")),
    ];
    for (what, twist) in twists {
        for busy in [false, true] {
            let result = started(twist, busy);
            assert_eq!(result.verdict, Verdict::Fail, "{what} {busy}");
            assert!(!failed(&result).is_empty(), "{what} {busy}");
        }
    }
}

#[test]
fn what_is_no_message_is_none_at_any_pace() {
    let mut story = Story::standalone("IMC-END-con-001");
    story.starts();
    story.push(Party::Enabler, What::Slow(Duration::from_secs(3)));
    let garbage = Message::Garbage {
        bytes: vec![0_u8; 24].into(),
        reason: "not Diameter".to_owned(),
    };
    story.received(Party::Enabler, ANOTHER, garbage);
    story.exchanges().client_leaves(Some(0));
    assert_eq!(story.judged().verdict, Verdict::Fail);
}

#[test]
fn what_was_debited_and_sent_again_may_be_due_to_a_late_answer() {
    type Told = fn(&mut Story);
    let told: [(&str, Told); 3] = [
        ("usage", |story| {
            story.client_leaves(Some(7));
        }),
        ("a second stop", |story| {
            story.client_request("BYE").ccr(3, Some(0)).cca(true);
            story.client_response(200, "BYE").ccr(3, Some(0)).cca(false);
            story.quiet().over();
        }),
        ("the T bit", |story| {
            story.twist = Some(|builder| builder.retransmitted(true));
            story.client_leaves(Some(0));
        }),
    ];
    for (what, tell) in told {
        for (busy, verdict) in [(false, Verdict::Fail), (true, Verdict::Inconclusive)] {
            let mut story = Story::standalone("IMC-END-con-001");
            story.starts().exchanges();
            if busy {
                story.push(Party::Enabler, What::Slow(Duration::from_secs(3)));
            }
            tell(&mut story);
            let result = story.judged();
            assert_eq!(result.verdict, verdict, "{what}: {:#?}", result.findings);
        }
    }
}
