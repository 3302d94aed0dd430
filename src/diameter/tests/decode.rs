//! Decoding against octets written by hand.

use std::net::IpAddr;

use bytes::Bytes;

use super::samples::{CCR_OCTETS, ccr};
use crate::diameter::{AvpKey, Dictionary, Message, MessageBuilder, grammar, key};

fn by_hand() -> Message {
    Message::decode(Bytes::from_static(CCR_OCTETS))
}

#[test]
fn reads_the_header() {
    let message = by_hand();
    assert_eq!(message.version(), 1);
    assert_eq!(message.length() as usize, CCR_OCTETS.len());
    assert_eq!(message.flags().0, 0xc0);
    assert_eq!(message.command_code(), 272);
    assert_eq!(message.abbreviation(), "CCR");
    assert_eq!(message.application_id(), 4);
    assert_eq!(message.hop_by_hop(), 0x1122_3344);
    assert_eq!(message.end_to_end(), 0x5566_7788);
}

#[test]
fn reads_avps_with_their_bytes() {
    let message = by_hand();
    assert_eq!(message.faults(), []);
    assert_eq!(grammar::check(&message, Dictionary::default()), []);

    let session_id = message.find(key::SESSION_ID).expect("Session-Id");
    assert_eq!(session_id.utf8(), Ok("im.ex;1;2"));
    assert_eq!(session_id.range(), 20..40);
    assert_eq!(session_id.data_range(), 28..37);
    assert_eq!(session_id.name(), Some("Session-Id"));
    assert!(session_id.is_mandatory());
    assert_eq!(session_id.vendor_id(), None);
    assert_eq!(message.session_id(), Some("im.ex;1;2"));

    let kind = message.find(key::CC_REQUEST_TYPE).expect("CC-Request-Type");
    assert_eq!((kind.i32(), kind.symbol()), (Ok(2), Some("UPDATE_REQUEST")));
    assert_eq!(
        message.find(key::ORIGIN_HOST).expect("host").identity(),
        Ok("im.ex")
    );
}

#[test]
fn follows_paths_into_groups() {
    let message = by_hand();
    let units = message
        .find_path(&[key::USED_SERVICE_UNIT, key::CC_SERVICE_SPECIFIC_UNITS])
        .expect("units");
    assert_eq!((units.u64(), units.integer()), (Ok(3), Ok(3)));
    let path = [
        key::SERVICE_INFORMATION,
        key::IMS_INFORMATION,
        key::IMS_CHARGING_IDENTIFIER,
    ];
    let icid = message.find_path(&path).expect("ICID");
    assert_eq!(
        (icid.utf8(), icid.depth(), icid.vendor_id()),
        (Ok("icid"), 2, Some(10415))
    );
    assert!(message.find(key::IMS_CHARGING_IDENTIFIER).is_none());
    assert!(message.find_path(&[]).is_none());

    let walked: Vec<_> = message
        .walk()
        .map(|avp| (avp.depth(), avp.code()))
        .collect();
    assert_eq!(
        walked,
        [
            (0, 263),
            (0, 264),
            (0, 296),
            (0, 283),
            (0, 258),
            (0, 461),
            (0, 416),
            (0, 415),
            (0, 446),
            (1, 417),
            (0, 873),
            (1, 876),
            (2, 862),
            (2, 841),
        ]
    );
    assert_eq!(message.avps().count(), 10);
}

#[test]
fn the_builder_writes_what_the_hand_does() {
    assert_eq!(ccr().build(), CCR_OCTETS);
}

#[test]
fn groups_are_searched_beyond_the_first() {
    use crate::diameter::AvpOut;
    let message = Message::decode(
        MessageBuilder::request(272, 4)
            .avp(AvpOut::group(key::MULTIPLE_SERVICES_CREDIT_CONTROL, []))
            .avp(AvpOut::group(
                key::MULTIPLE_SERVICES_CREDIT_CONTROL,
                [AvpOut::new(key::RATING_GROUP, 9_u32)],
            ))
            .build(),
    );
    let path = [key::MULTIPLE_SERVICES_CREDIT_CONTROL, key::RATING_GROUP];
    assert_eq!(message.find_path(&path).map(|avp| avp.u32()), Some(Ok(9)));
    assert_eq!(
        message
            .find_all(key::MULTIPLE_SERVICES_CREDIT_CONTROL)
            .count(),
        2
    );
}

#[test]
fn reads_addresses_of_both_families() {
    // Host-IP-Address (257), M: family 1 and 4 octets with padding; family 2 and 16 octets.
    let octets: &[u8] = &[
        0x01, 0x00, 0x00, 0x40, 0x80, 0x00, 0x01, 0x01, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, //
        0x00, 0x00, 0x01, 0x01, 0x40, 0x00, 0x00, 0x0e, 0x00, 0x01, 192, 0, 2, 1, 0, 0, //
        0x00, 0x00, 0x01, 0x01, 0x40, 0x00, 0x00, 0x1a, 0x00, 0x02, 0x20, 0x01, 0x0d, 0xb8, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
    ];
    let message = Message::decode(Bytes::from_static(octets));
    assert_eq!(message.faults(), []);
    let found: Vec<IpAddr> = message
        .avps()
        .map(|avp| avp.address().expect("an address"))
        .collect();
    let expected: [IpAddr; 2] = [
        "192.0.2.1".parse().expect("v4"),
        "2001:db8::1".parse().expect("v6"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn keeps_unknown_avps() {
    let message = Message::decode(
        MessageBuilder::request(272, 4)
            .with(AvpKey::of(77, 4242), vec![1, 2, 3])
            .build(),
    );
    let avp = message.avps().next().expect("an AVP");
    assert_eq!(
        (avp.name(), avp.data(), avp.bytes().len()),
        (None, &[1, 2, 3][..], 16)
    );
    assert_eq!(message.faults(), []);
}

#[test]
fn profiles_decide_what_is_a_group() {
    let inner = crate::diameter::AvpOut::new(key::DELIVERY_STATUS, "ok");
    let raw = MessageBuilder::request(272, 4)
        .avp(crate::diameter::AvpOut::raw(
            AvpKey::base(1256),
            0x40,
            vec![inner],
        ))
        .build();
    let iwf = Dictionary::by_profile("iwf-2009").expect("profile");
    assert_eq!(Message::decode_with(raw.clone(), iwf).walk().count(), 2);
    assert_eq!(Message::decode(raw).walk().count(), 1);
}

#[test]
fn lists_fields_for_a_reader() {
    let fields = by_hand().fields(Dictionary::default());
    let line = |name: &str| {
        let field = fields
            .iter()
            .find(|field| field.name.starts_with(name))
            .expect(name);
        (field.depth, field.value.as_str(), field.bytes.clone())
    };
    assert_eq!(
        line("Command Code"),
        (1, "Credit-Control-Request (272)", 5..8)
    );
    assert_eq!(line("Command Flags"), (1, "RP--", 4..5));
    assert_eq!(
        line("Application-ID"),
        (1, "Diameter Credit Control (4)", 8..12)
    );
    assert_eq!(line("CC-Request-Type (416)").1, "UPDATE_REQUEST (2) [-M-]");
    assert_eq!(
        line("Node-Functionality (862 of vendor 10415)").1,
        "AS (6) [VM-]"
    );
    assert_eq!(line("Service-Information").1, "1 AVP [VM-]");
    assert_eq!(line("IMS-Charging-Identifier").0, 3);
    assert!(fields.iter().all(|field| field.faults.is_empty()));
}

#[test]
fn fields_show_faults_where_they_are() {
    let answer = super::samples::cca(&by_hand(), 3002);
    let fields = Message::decode(answer).fields(Dictionary::default());
    let flags = fields
        .iter()
        .find(|field| field.name == "Command Flags")
        .expect("flags");
    assert_eq!(
        flags.faults,
        ["E bit must be set with Result-Code 3002 [RFC 6733 7.1.3]".to_owned()]
    );
    let result = fields
        .iter()
        .find(|field| field.name.starts_with("Result-Code"))
        .expect("result");
    assert_eq!(result.value, "DIAMETER_UNABLE_TO_DELIVER (3002) [-M-]");
    // What is missing stands at the message itself.
    let empty = Message::decode(MessageBuilder::request(280, 0).build());
    let fields = empty.fields(Dictionary::default());
    assert_eq!(fields[0].faults.len(), 2, "{:?}", fields[0].faults);
}
