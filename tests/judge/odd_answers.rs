//! Answers of the harness that are wrong on purpose: nothing that rests on one is held against the
//! server.

use ch2spec::diameter::{AvpKey, AvpOut, MessageBuilder, key};
use ch2spec::engine::ScenarioResult;

use super::story::Story;
use super::{CLIENT_ENDS, EXCHANGE};

/// Whether a rule that rests on what was answered blames the server.
fn blamed(result: &ScenarioResult) -> Vec<&str> {
    let rules = [
        "CC-NOTHING-AFTER-REFUSAL",
        "CC-USED-KIND",
        "CC-STOP-WAITS",
        "CC-ONE-STOP",
    ];
    let findings = result.findings.iter().map(|f| f.check.as_str());
    findings.filter(|check| rules.contains(check)).collect()
}

/// A message is answered with `twist`, and the session goes on to its stop, `pause` later.
fn goes_on(result_code: u32, pause: u64, twist: fn(MessageBuilder) -> MessageBuilder) -> Story {
    let mut story = Story::standalone(CLIENT_ENDS);
    story.starts();
    story.client_send("text/plain", "Hello");
    story.client_msrp_response(200);
    story.ccr(2, Some(1));
    story.result = result_code;
    story.answer_twist = Some(twist);
    story.cca(true);
    story.result = 2001;
    story.pass(pause);
    story.client_request("BYE").client_response(200, "BYE");
    story.ccr(3, Some(0)).cca(true).quiet().over();
    story
}

const ODD: [fn(MessageBuilder) -> MessageBuilder; 6] = [
    |answer| answer.end_to_end(1),
    |answer| answer.application_id(0),
    |answer| answer.avp(AvpOut::raw(AvpKey::of(1, 32_473), 0x40, 7_u32)),
    |answer| without(answer, key::CC_REQUEST_TYPE),
    |answer| without(answer, key::CC_REQUEST_NUMBER).with(key::CC_REQUEST_NUMBER, 77_u32),
    |answer| answer.tail(vec![0; 3]),
];

fn without(mut answer: MessageBuilder, key: AvpKey) -> MessageBuilder {
    answer.avps_mut().retain(|avp| avp.key() != key);
    answer
}

#[test]
fn a_refusal_that_fits_its_request_ends_the_session() {
    let story = goes_on(4010, 10, |answer| answer);
    assert_eq!(blamed(&story.judged()), ["CC-NOTHING-AFTER-REFUSAL"]);
}

#[test]
fn a_refusal_that_does_not_fit_ends_nothing() {
    for twist in ODD {
        let result = goes_on(4010, 10, twist).judged();
        assert_eq!(
            blamed(&result),
            Vec::<&str>::new(),
            "{:#?}",
            result.findings
        );
    }
}

#[test]
fn an_answer_to_nothing_leaves_the_request_waiting() {
    let other: fn(MessageBuilder) -> MessageBuilder = |answer| answer.hop_by_hop(0x7777);
    // A stop that does not wait for the answer is wrong, as long as the server's Tx cannot be over.
    assert_eq!(
        blamed(&goes_on(2001, 10, other).judged()),
        ["CC-STOP-WAITS"]
    );
    for result_code in [2001, 4010] {
        let result = goes_on(result_code, 1500, other).judged();
        assert_eq!(
            blamed(&result),
            Vec::<&str>::new(),
            "{:#?}",
            result.findings
        );
    }
}

#[test]
fn another_kind_of_unit_counts_only_where_it_was_granted_beyond_doubt() {
    let octets: fn(MessageBuilder) -> MessageBuilder = |answer| {
        let units = AvpOut::new(key::CC_TOTAL_OCTETS, 100_u64);
        without(answer, key::GRANTED_SERVICE_UNIT)
            .avp(AvpOut::group(key::GRANTED_SERVICE_UNIT, [units]))
    };
    assert_eq!(
        blamed(&goes_on(2001, 10, octets).judged()),
        ["CC-USED-KIND"]
    );
    let odd: fn(MessageBuilder) -> MessageBuilder = |answer| {
        let units = AvpOut::new(key::CC_TOTAL_OCTETS, 100_u64);
        without(answer.end_to_end(1), key::GRANTED_SERVICE_UNIT)
            .avp(AvpOut::group(key::GRANTED_SERVICE_UNIT, [units]))
    };
    assert_eq!(blamed(&goes_on(2001, 10, odd).judged()), Vec::<&str>::new());
}

/// What the ledger says was granted after an exchange that is answered with `twist`, and once more.
fn granted(twist: fn(MessageBuilder) -> MessageBuilder) -> u64 {
    let mut story = Story::standalone(EXCHANGE);
    story.starts();
    story.client_send("text/plain", "Hello");
    story.client_msrp_response(200).ccr(2, Some(1));
    story.answer_twist = Some(twist);
    story.cca(true);
    story.answer_twist = Some(twist);
    story.cca(false).quiet().over();
    story.judged().ledger["granted messages"]
}

#[test]
fn a_copy_grants_once_and_what_does_not_fit_grants_nothing() {
    assert_eq!(granted(|answer| answer), 20);
    assert_eq!(granted(|answer| answer.hop_by_hop(0x7777)), 10);
    for twist in ODD {
        assert_eq!(granted(twist), 10);
    }
}
