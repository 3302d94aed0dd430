//! Every kind of fault, made once and found once.

use bytes::Bytes;

use super::samples::{CCR_OCTETS, ccr};
use crate::diameter::dictionary::DPR;
use crate::diameter::{
    AvpKey, AvpOut, Dictionary, Fault, FaultKind, Message, MessageBuilder, Severity, grammar, key,
};

/// The faults of a message by itself.
fn faults(raw: Bytes) -> Vec<(FaultKind, Severity, u32)> {
    Message::decode(raw).faults().iter().map(shown).collect()
}

fn shown(fault: &Fault) -> (FaultKind, Severity, u32) {
    assert!(!fault.to_string().is_empty());
    (fault.kind, fault.severity, fault.result_code())
}

fn with(avp: AvpOut) -> Vec<(FaultKind, Severity, u32)> {
    faults(MessageBuilder::request(272, 4).avp(avp).build())
}

/// The message written by hand, with some octets changed.
fn changed(changes: &[(usize, u8)]) -> Vec<(FaultKind, Severity, u32)> {
    let mut octets = CCR_OCTETS.to_vec();
    for &(at, octet) in changes {
        octets[at] = octet;
    }
    faults(Bytes::from(octets))
}

use FaultKind as F;
use Severity::{Must, Note, Should};

#[test]
fn header() {
    assert_eq!(
        faults(Bytes::from_static(&[1, 0, 0])),
        [(F::HeaderTruncated { actual: 3 }, Must, 5015)]
    );
    assert_eq!(
        faults(Bytes::new()),
        [(F::HeaderTruncated { actual: 0 }, Must, 5015)]
    );
    assert_eq!(changed(&[(0, 2)]), [(F::Version(2), Must, 5011)]);
    assert_eq!(
        changed(&[(3, 0xd0)]),
        [(
            F::MessageLength {
                announced: 208,
                actual: 212
            },
            Must,
            5015
        )]
    );
    assert_eq!(
        changed(&[(2, 0x01)]),
        [(
            F::MessageLength {
                announced: 468,
                actual: 212
            },
            Must,
            5015
        )]
    );
    assert_eq!(
        changed(&[(3, 0xd5)]),
        [
            (
                F::MessageLength {
                    announced: 213,
                    actual: 212
                },
                Must,
                5015
            ),
            (F::MessageLengthUnaligned(213), Must, 5015),
        ]
    );
    assert_eq!(
        changed(&[(4, 0xc1)]),
        [(F::ReservedHeaderBits(1), Must, 5013)]
    );
    assert_eq!(changed(&[(4, 0xe0)]), [(F::ErrorBitInRequest, Must, 3008)]);
    assert_eq!(
        changed(&[(4, 0x50)]),
        [(F::RetransmitBitInAnswer, Must, 3008)]
    );
    assert_eq!(changed(&[(4, 0xd0)]), [], "T is allowed in a request");
}

#[test]
fn avp_lengths() {
    assert_eq!(changed(&[(27, 7)]), [(F::AvpLengthTooShort(7), Must, 5014)]);
    assert_eq!(changed(&[(27, 0)]), [(F::AvpLengthTooShort(0), Must, 5014)]);
    let vendor = AvpOut::new(key::MESSAGES_SENT, 1_u32).length(11);
    assert_eq!(with(vendor), [(F::AvpLengthTooShort(11), Must, 5014)]);
    assert_eq!(
        changed(&[(25, 0xff)]),
        [(
            F::AvpOverrun {
                length: 0xff_0011,
                available: 192
            },
            Must,
            5014
        )]
    );
    // One octet more than the group has.
    let group = AvpOut::group(
        key::USED_SERVICE_UNIT,
        [AvpOut::new(key::CC_TIME, 1_u32).length(13)],
    );
    assert_eq!(
        with(group),
        [(
            F::AvpOverrun {
                length: 13,
                available: 12
            },
            Must,
            5014
        )]
    );
    let tail = MessageBuilder::request(272, 4).tail(vec![0_u8; 4]).build();
    assert_eq!(
        faults(tail),
        [(F::AvpHeaderTruncated { left: 4 }, Must, 5014)]
    );
}

#[test]
fn a_vendor_id_that_is_cut_off_is_no_vendor_zero() {
    let mut octets = vec![1, 0, 0, 28, 0x80, 0, 1, 1];
    octets.extend([0; 12]);
    octets.extend([0, 0, 0, 1, 0x80, 0, 0, 8]);
    assert_eq!(
        faults(Bytes::from(octets)),
        [
            (F::AvpLengthTooShort(8), Must, 5014),
            (F::MandatoryBitMissing, Must, 3009),
        ]
    );
}

#[test]
fn padding() {
    let named = |padding: &'static [u8]| {
        AvpOut::new(key::USER_NAME, "abcde").padding(Bytes::from_static(padding))
    };
    assert_eq!(with(named(&[0, 1, 0])), [(F::PaddingNotZero, Should, 5004)]);
    assert_eq!(
        with(named(&[])),
        [
            (F::MessageLengthUnaligned(33), Must, 5015),
            (F::PaddingMissing { missing: 3 }, Must, 5014),
        ]
    );
    assert_eq!(with(named(&[0, 0, 0])), []);
}

#[test]
fn avp_flags() {
    let user = |flags| AvpOut::new(key::USER_NAME, "user").flags(flags);
    assert_eq!(with(user(0x41)), [(F::ReservedAvpBits(0x01), Must, 3009)]);
    assert_eq!(with(user(0x00)), [(F::MandatoryBitMissing, Must, 3009)]);
    assert_eq!(with(user(0x60)), [], "P is never a fault");
    let product = AvpOut::new(key::PRODUCT_NAME, "product").mandatory(true);
    assert_eq!(with(product), [(F::MandatoryBitForbidden, Must, 3009)]);
    let correlation = AvpOut::new(AvpKey::base(411), "either way").mandatory(true);
    assert_eq!(with(correlation), []);
    // The rows of 3GPP and OMA are transcriptions: no MUST.
    let sent = AvpOut::new(key::MESSAGES_SENT, 1_u32).mandatory(false);
    assert_eq!(with(sent), [(F::MandatoryBitMissing, Should, 3009)]);
}

#[test]
fn vendors() {
    let zero = AvpOut::new(key::USER_NAME, "user")
        .flags(0xc0)
        .vendor_field(Some(0));
    assert_eq!(with(zero), [(F::VendorIdZero, Must, 3009)]);
    let bare = AvpOut::raw(AvpKey::base(2102), 0, 100);
    assert_eq!(
        with(bare),
        [(
            F::Vendor {
                defined: Some(10415)
            },
            Should,
            3009
        )]
    );
    // The field is there, and the flags deny it.
    let denied = AvpOut::new(key::APPLICATION_SERVER_ID, "server").flags(0x00);
    assert_eq!(with(denied), [(F::VendorBitMissing(10415), Must, 3009)]);
    // A number that happens to be the vendor's.
    let number = AvpOut::raw(AvpKey::base(2112), 0, 10415);
    let defined = Some(10415);
    assert_eq!(with(number), [(F::Vendor { defined }, Should, 3009)]);
    let dressed = AvpOut::raw(AvpKey::tgpp(416), 0, 1);
    assert_eq!(with(dressed), [(F::Vendor { defined: None }, Should, 3009)]);
    let foreign = AvpOut::raw(AvpKey::of(416, 9), 0, 1);
    assert_eq!(with(foreign), []);
    let unknown = AvpOut::raw(AvpKey::of(416, 9), 0x40, 1);
    assert_eq!(with(unknown), [(F::UnknownMandatory, Note, 5001)]);
}

#[test]
fn values() {
    let raw = |key, octets: &'static [u8]| AvpOut::raw(key, 0x40, Bytes::from_static(octets));
    assert_eq!(
        with(raw(key::CC_REQUEST_NUMBER, &[0, 0, 0, 0, 0, 0, 0, 1])),
        [(
            F::ValueLength {
                expected: 4,
                found: 8
            },
            Must,
            5014
        )]
    );
    assert_eq!(
        with(raw(key::CC_TOTAL_OCTETS, &[0, 0, 0, 1])),
        [(
            F::ValueLength {
                expected: 8,
                found: 4
            },
            Must,
            5014
        )]
    );
    assert_eq!(
        with(raw(key::EVENT_TIMESTAMP, &[])),
        [(
            F::ValueLength {
                expected: 4,
                found: 0
            },
            Must,
            5014
        )]
    );
    assert_eq!(
        with(raw(key::HOST_IP_ADDRESS, &[0, 1, 127, 0])),
        [(
            F::ValueLength {
                expected: 6,
                found: 4
            },
            Must,
            5014
        )]
    );
    assert_eq!(
        with(raw(key::HOST_IP_ADDRESS, &[0, 8, b'4', b'9'])),
        [(F::AddressFamily(8), Should, 5004)]
    );
    assert_eq!(
        with(raw(key::SESSION_ID, &[0xc3, 0x28, 0, 0])),
        [(F::Utf8, Must, 5004)]
    );
    assert_eq!(
        with(raw(key::ORIGIN_HOST, b"a b.")),
        [(F::Identity, Must, 5004)]
    );
    assert_eq!(
        with(raw(key::ORIGIN_HOST, b"")),
        [(F::Identity, Must, 5004)]
    );
    assert_eq!(
        with(raw(AvpKey::base(292), b"http")),
        [(F::Uri, Must, 5004)]
    );
    assert_eq!(with(raw(AvpKey::base(292), b"aaa://h.")), []);
    assert_eq!(
        with(AvpOut::new(key::CC_REQUEST_TYPE, 0)),
        [(F::EnumeratedValue(0), Should, 5004)]
    );
    assert_eq!(
        with(AvpOut::new(key::TERMINATION_CAUSE, 20)),
        [],
        "IANA has more of these"
    );
}

#[test]
fn depth() {
    let nested = |levels| {
        (1..levels).fold(AvpOut::new(key::USER_NAME, "user"), |inner, _| {
            AvpOut::group(key::FAILED_AVP, [inner])
        })
    };
    assert_eq!(with(nested(17)), []);
    assert_eq!(with(nested(18)), [(F::TooDeep { limit: 16 }, Note, 5012)]);
    let deep = Message::decode(MessageBuilder::request(272, 4).avp(nested(400)).build());
    assert_eq!(deep.faults().len(), 1);
    assert_eq!(deep.walk().count(), 17);
}

#[test]
fn faults_are_bounded() {
    let avps = (0..5_000).map(|_| AvpOut::new(key::USER_NAME, "x").mandatory(false));
    let message = Message::decode(MessageBuilder::request(272, 4).avps(avps).build());
    assert_eq!(
        (message.faults().len(), message.faults_left_off()),
        (256, 4_744)
    );
    assert_eq!(message.avps().count(), 5_000);
}

#[test]
fn a_fault_says_which_bytes_and_which_clause() {
    let mut octets = CCR_OCTETS.to_vec();
    octets[24] = 0;
    let message = Message::decode(Bytes::from(octets));
    let fault = &message.faults()[0];
    assert_eq!(
        (fault.bytes.clone(), fault.avp),
        (24..25, Some(key::SESSION_ID))
    );
    assert_eq!(
        fault.to_string(),
        "Session-Id: M bit must be set [RFC 6733 8.8]"
    );
}

#[test]
fn faults_of_grammar_have_codes_too() {
    let check = |raw| {
        grammar::check(&Message::decode(raw), Dictionary::default())
            .iter()
            .map(shown)
            .collect::<Vec<_>>()
    };
    assert_eq!(check(ccr().build()), []);
    assert_eq!(
        check(ccr().application_id(5).build()),
        [(
            F::ApplicationId {
                expected: 4,
                found: 5
            },
            Must,
            3007
        )]
    );
    assert_eq!(
        check(ccr().proxiable(false).build()),
        [(F::ProxiableBit { expected: true }, Should, 3008)]
    );
    assert_eq!(
        check(MessageBuilder::request(9_999, 0).build()),
        [(F::UnknownCommand(9_999), Note, 3001)]
    );
    let dpr = MessageBuilder::request(DPR, 0)
        .with(key::ORIGIN_HOST, "a")
        .with(key::ORIGIN_REALM, "b")
        .with(key::DISCONNECT_CAUSE, 0);
    assert_eq!(check(dpr.build()), []);
}
