//! The occurrence rules.

use super::samples::{cca, ccr};
use crate::diameter::{
    AvpKey, AvpOut, Dictionary, FaultKind, Message, MessageBuilder, Severity, grammar, key,
};

fn check(message: &MessageBuilder) -> Vec<(FaultKind, Option<AvpKey>)> {
    check_bytes(message.build())
}

fn check_bytes(raw: bytes::Bytes) -> Vec<(FaultKind, Option<AvpKey>)> {
    let message = Message::decode(raw);
    grammar::check(&message, Dictionary::default())
        .into_iter()
        .map(|fault| (fault.kind, fault.avp))
        .collect()
}

/// A message that has just the AVPs its grammar requires, one of each, as RFC 6733 and RFC 8506
/// write them between braces and angles.
fn least(code: u32, request: bool, required: &[u32]) -> MessageBuilder {
    let application = if [258, 272, 274, 275].contains(&code) {
        4
    } else {
        0
    };
    let mut message = MessageBuilder::request(code, application);
    if !request {
        message = MessageBuilder::answer_to(&Message::decode(message.build()));
    }
    for &code in required {
        let value = match code {
            258 | 450 => 4.into(),
            268 => 2001_u32.into(),
            257 => std::net::IpAddr::from([127, 0, 0, 1]).into(),
            416 | 295 => 1.into(),
            415 | 266 | 273 | 285 => 0.into(),
            _ => crate::diameter::AvpValue::from("x"),
        };
        message = message.avp(AvpOut::new(AvpKey::base(code), value));
    }
    message
}

/// Command, direction, and its `< >` and `{ }` AVPs.
const REQUIRED: &[(u32, bool, &[u32])] = &[
    (257, true, &[264, 296, 257, 266, 269]),
    (257, false, &[268, 264, 296, 257, 266, 269]),
    (280, true, &[264, 296]),
    (280, false, &[268, 264, 296]),
    (282, true, &[264, 296, 273]),
    (282, false, &[268, 264, 296]),
    (258, true, &[263, 264, 296, 283, 293, 258, 285]),
    (258, false, &[263, 268, 264, 296]),
    (274, true, &[263, 264, 296, 283, 293, 258]),
    (274, false, &[263, 268, 264, 296]),
    (275, true, &[263, 264, 296, 283, 258, 295]),
    (275, false, &[263, 268, 264, 296]),
    (272, true, &[263, 264, 296, 283, 258, 461, 416, 415]),
    (272, false, &[263, 268, 264, 296, 258, 416, 415]),
];

#[test]
fn what_is_required_is_enough_and_nothing_of_it_can_go() {
    for &(code, request, required) in REQUIRED {
        let whole = least(code, request, required);
        assert_eq!(check(&whole), [], "{code} {request}");
        for (at, &missing) in required.iter().enumerate() {
            let mut less = whole.clone();
            less.avps_mut().remove(at);
            let expected = (
                FaultKind::AvpMissing { min: 1 },
                Some(AvpKey::base(missing)),
            );
            assert!(
                check(&less).contains(&expected),
                "{code} {request} without {missing}"
            );
        }
    }
}

#[test]
fn once_means_once() {
    for &(code, request, required) in REQUIRED {
        for &twice in required.iter().filter(|&&avp| avp != 257) {
            let mut more = least(code, request, required);
            let again = more
                .avps_mut()
                .iter()
                .find(|avp| avp.key().code == twice)
                .cloned();
            let more = more.avps(again);
            let kind = FaultKind::AvpOccursTooManyTimes { max: 1, found: 2 };
            let expected = (kind, Some(AvpKey::base(twice)));
            assert!(
                check(&more).contains(&expected),
                "{code} {request} with two {twice}"
            );
        }
    }
    let addresses = least(257, true, &[264, 296, 257, 257, 266, 269]);
    assert_eq!(check(&addresses), []);
}

#[test]
fn a_fault_points_at_the_first_avp_too_many() {
    let message = Message::decode(
        ccr()
            .with(key::USER_NAME, "a")
            .with(key::USER_NAME, "b")
            .with(key::USER_NAME, "c")
            .build(),
    );
    let faults = grammar::check(&message, Dictionary::default());
    let second = message.find_all(key::USER_NAME).nth(1).expect("second");
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].bytes, second.range());
    assert_eq!(
        faults[0].to_string(),
        "User-Name: occurs 3 times, may occur 1 [RFC 8506 3.1]"
    );
}

#[test]
fn tables_forbid() {
    let result = ccr().with(key::RESULT_CODE, 2001_u32);
    assert_eq!(
        check(&result),
        [(FaultKind::AvpNotAllowed, Some(key::RESULT_CODE))]
    );
    let message = Message::decode(ccr().build());
    let answer = MessageBuilder::answer_to(&message)
        .with(key::SESSION_ID, "s")
        .with(key::RESULT_CODE, 2001_u32)
        .with(key::ORIGIN_HOST, "h")
        .with(key::ORIGIN_REALM, "r")
        .with(key::AUTH_APPLICATION_ID, 4_u32)
        .with(key::CC_REQUEST_TYPE, 1)
        .with(key::CC_REQUEST_NUMBER, 0_u32)
        .with(key::SERVICE_CONTEXT_ID, "x@y");
    assert_eq!(
        check(&answer),
        [(FaultKind::AvpNotAllowed, Some(key::SERVICE_CONTEXT_ID))]
    );
}

#[test]
fn session_id_comes_first() {
    let mut message = ccr();
    let session_id = message.avps_mut().remove(0);
    let message = message.avp(session_id);
    assert_eq!(
        check(&message),
        [(FaultKind::AvpPosition, Some(key::SESSION_ID))]
    );
}

#[test]
fn an_event_request_says_what_is_requested() {
    let event = |action: Option<i32>| {
        let mut message = ccr();
        message
            .avps_mut()
            .retain(|avp| avp.key() != key::CC_REQUEST_TYPE);
        message
            .with(key::CC_REQUEST_TYPE, 4)
            .avps(action.map(|action| AvpOut::new(key::REQUESTED_ACTION, action)))
    };
    assert_eq!(check(&event(Some(0))), []);
    let missing = (
        FaultKind::AvpMissing { min: 1 },
        Some(key::REQUESTED_ACTION),
    );
    assert_eq!(check(&event(None)), [missing]);
}

#[test]
fn error_answers_have_a_grammar_of_their_own() {
    let request = Message::decode(ccr().build());
    let error = MessageBuilder::answer_to(&request)
        .error(true)
        .with(key::RESULT_CODE, 3002_u32)
        .with(key::ORIGIN_HOST, "h")
        .with(key::ORIGIN_REALM, "r");
    assert_eq!(check(&error), []);
    let bare = MessageBuilder::answer_to(&request)
        .error(true)
        .with(key::RESULT_CODE, 3002_u32);
    assert_eq!(check(&bare).len(), 2);
}

#[test]
fn the_e_bit_goes_with_the_class_of_the_result() {
    let request = Message::decode(ccr().build());
    let result = |code| check_bytes(cca(&request, code));
    assert_eq!(result(2001), []);
    assert_eq!(result(4012), []);
    assert_eq!(result(5030), []);
    let wanted = FaultKind::ErrorBit {
        expected: true,
        result_code: 3004,
    };
    assert_eq!(result(3004), [(wanted, None)]);
    let mut octets = cca(&request, 4012).to_vec();
    octets[4] |= 0x20;
    let unwanted = FaultKind::ErrorBit {
        expected: false,
        result_code: 4012,
    };
    assert_eq!(check_bytes(octets.into()), [(unwanted, None)]);
    let mut octets = cca(&request, 5012).to_vec();
    octets[4] |= 0x20;
    assert_eq!(
        check_bytes(octets.into()),
        [],
        "RFC 6733 7.1.5 leaves it open"
    );
}

#[test]
fn groups_have_grammars() {
    let group = |key, avps: Vec<AvpOut>| check(&ccr().avp(AvpOut::group(key, avps)));
    let subscription = |kind: Option<i32>, data: Option<&str>| {
        let avps = kind
            .map(|kind| AvpOut::new(key::SUBSCRIPTION_ID_TYPE, kind))
            .into_iter()
            .chain(data.map(|data| AvpOut::new(key::SUBSCRIPTION_ID_DATA, data)));
        group(key::SUBSCRIPTION_ID, avps.collect())
    };
    assert_eq!(subscription(Some(2), Some("sip:a@b")), []);
    let missing = |key| (FaultKind::AvpMissing { min: 1 }, Some(key));
    assert_eq!(
        subscription(None, Some("sip:a@b")),
        [missing(key::SUBSCRIPTION_ID_TYPE)]
    );
    assert_eq!(
        subscription(Some(2), None),
        [missing(key::SUBSCRIPTION_ID_DATA)]
    );

    let strange = vec![
        AvpOut::new(key::SUBSCRIPTION_ID_TYPE, 2),
        AvpOut::new(key::SUBSCRIPTION_ID_DATA, "x"),
        AvpOut::new(key::USER_NAME, "x"),
    ];
    let not_allowed = |key| (FaultKind::AvpNotAllowed, Some(key));
    assert_eq!(
        group(key::SUBSCRIPTION_ID, strange),
        [not_allowed(key::USER_NAME)]
    );

    let final_unit = AvpOut::group(
        key::FINAL_UNIT_INDICATION,
        [
            AvpOut::new(key::FINAL_UNIT_ACTION, 0),
            AvpOut::new(AvpKey::base(11), "filter"),
        ],
    );
    assert_eq!(
        group(key::MULTIPLE_SERVICES_CREDIT_CONTROL, vec![final_unit]),
        [not_allowed(AvpKey::base(11))]
    );

    let info = AvpOut::group(key::IMS_INFORMATION, [AvpOut::new(key::ROLE_OF_NODE, 0)]);
    assert_eq!(
        group(key::SERVICE_INFORMATION, vec![info]),
        [missing(key::NODE_FUNCTIONALITY)]
    );
    assert_eq!(
        group(AvpKey::base(659), vec![]),
        [missing(AvpKey::base(659))]
    );
    let application = |ids: &[u32]| {
        let avps = std::iter::once(AvpOut::new(key::VENDOR_ID, 1_u32)).chain(
            ids.iter()
                .map(|&code| AvpOut::new(AvpKey::base(code), 4_u32)),
        );
        group(key::VENDOR_SPECIFIC_APPLICATION_ID, avps.collect())
    };
    assert_eq!(application(&[258]), []);
    assert_eq!(application(&[259]), []);
    assert_eq!(application(&[]), [missing(key::AUTH_APPLICATION_ID)]);
    let both = FaultKind::AvpOccursTooManyTimes { max: 1, found: 2 };
    assert_eq!(
        application(&[258, 259]),
        [(both, Some(key::ACCT_APPLICATION_ID))]
    );
}

#[test]
fn transcribed_rules_are_no_must() {
    let info = AvpOut::group(key::IMS_INFORMATION, []);
    let message = Message::decode(
        ccr()
            .avp(AvpOut::group(key::SERVICE_INFORMATION, [info]))
            .build(),
    );
    let faults = grammar::check(&message, Dictionary::default());
    assert_eq!(
        faults
            .iter()
            .map(|fault| fault.severity)
            .collect::<Vec<_>>(),
        [Severity::Should]
    );
}

#[test]
fn the_header_application_is_that_of_the_avp() {
    let stray = least(274, true, &[263, 264, 296, 283, 293, 258]).application_id(7);
    let kind = FaultKind::ApplicationId {
        expected: 4,
        found: 7,
    };
    assert_eq!(check(&stray), [(kind, None)]);
    let watchdog = least(280, true, &[264, 296]).application_id(4);
    let kind = FaultKind::ApplicationId {
        expected: 0,
        found: 4,
    };
    assert_eq!(check(&watchdog), [(kind, None)]);
}
