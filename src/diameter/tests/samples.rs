//! Messages to test with.

use bytes::Bytes;

use crate::diameter::{AvpOut, MessageBuilder, key};

/// A CCR written octet by octet from RFC 6733 3 and 4.1, with nothing of ours between the layout
/// and the bytes.
pub const CCR_OCTETS: &[u8] = &[
    0x01, 0x00, 0x00, 0xd4, // version 1, length 212
    0xc0, 0x00, 0x01, 0x10, // R P, 272
    0x00, 0x00, 0x00, 0x04, // application 4
    0x11, 0x22, 0x33, 0x44, // hop-by-hop
    0x55, 0x66, 0x77, 0x88, // end-to-end
    // Session-Id (263), M, 8 + 9 = 17, "im.ex;1;2", 3 octets of padding
    0x00, 0x00, 0x01, 0x07, 0x40, 0x00, 0x00, 0x11, b'i', b'm', b'.', b'e', b'x', b';', b'1', b';',
    b'2', 0x00, 0x00, 0x00, //
    // Origin-Host (264), M, 8 + 5 = 13, "im.ex", 3
    0x00, 0x00, 0x01, 0x08, 0x40, 0x00, 0x00, 0x0d, b'i', b'm', b'.', b'e', b'x', 0x00, 0x00, 0x00,
    // Origin-Realm (296), M, 8 + 2 = 10, "ex", 2
    0x00, 0x00, 0x01, 0x28, 0x40, 0x00, 0x00, 0x0a, b'e', b'x', 0x00, 0x00, //
    // Destination-Realm (283), M, 8 + 4 = 12, "home"
    0x00, 0x00, 0x01, 0x1b, 0x40, 0x00, 0x00, 0x0c, b'h', b'o', b'm', b'e', //
    // Auth-Application-Id (258), M, 12, 4
    0x00, 0x00, 0x01, 0x02, 0x40, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x04, //
    // Service-Context-Id (461), M, 8 + 6 = 14, "im@oma", 2
    0x00, 0x00, 0x01, 0xcd, 0x40, 0x00, 0x00, 0x0e, b'i', b'm', b'@', b'o', b'm', b'a', 0x00, 0x00,
    // CC-Request-Type (416), M, 12, 2 (UPDATE_REQUEST)
    0x00, 0x00, 0x01, 0xa0, 0x40, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x02, //
    // CC-Request-Number (415), M, 12, 7
    0x00, 0x00, 0x01, 0x9f, 0x40, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x07, //
    // Used-Service-Unit (446), M, 8 + 16 = 24: CC-Service-Specific-Units (417), M, 16, 3
    0x00, 0x00, 0x01, 0xbe, 0x40, 0x00, 0x00, 0x18, 0x00, 0x00, 0x01, 0xa1, 0x40, 0x00, 0x00, 0x10,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, //
    // Service-Information (873), V M, 10415, 12 + 44 = 56
    0x00, 0x00, 0x03, 0x69, 0xc0, 0x00, 0x00, 0x38, 0x00, 0x00, 0x28, 0xaf, //
    //   IMS-Information (876), V M, 10415, 12 + 32 = 44
    0x00, 0x00, 0x03, 0x6c, 0xc0, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x28, 0xaf, //
    //     Node-Functionality (862), V M, 16, 10415, 6 (AS)
    0x00, 0x00, 0x03, 0x5e, 0xc0, 0x00, 0x00, 0x10, 0x00, 0x00, 0x28, 0xaf, 0x00, 0x00, 0x00, 0x06,
    //     IMS-Charging-Identifier (841), V M, 12 + 4 = 16, 10415, "icid"
    0x00, 0x00, 0x03, 0x49, 0xc0, 0x00, 0x00, 0x10, 0x00, 0x00, 0x28, 0xaf, b'i', b'c', b'i', b'd',
];

/// The same CCR by the builder.
pub fn ccr() -> MessageBuilder {
    MessageBuilder::request(272, 4)
        .hop_by_hop(0x1122_3344)
        .end_to_end(0x5566_7788)
        .with(key::SESSION_ID, "im.ex;1;2")
        .with(key::ORIGIN_HOST, "im.ex")
        .with(key::ORIGIN_REALM, "ex")
        .with(key::DESTINATION_REALM, "home")
        .with(key::AUTH_APPLICATION_ID, 4_u32)
        .with(key::SERVICE_CONTEXT_ID, "im@oma")
        .with(key::CC_REQUEST_TYPE, 2)
        .with(key::CC_REQUEST_NUMBER, 7_u32)
        .avp(AvpOut::group(
            key::USED_SERVICE_UNIT,
            [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, 3_u32)],
        ))
        .avp(AvpOut::group(
            key::SERVICE_INFORMATION,
            [AvpOut::group(
                key::IMS_INFORMATION,
                [
                    AvpOut::new(key::NODE_FUNCTIONALITY, 6),
                    AvpOut::new(key::IMS_CHARGING_IDENTIFIER, "icid"),
                ],
            )],
        ))
}

/// A CCA to [`ccr`] with this Result-Code.
pub fn cca(request: &crate::diameter::Message, result: u32) -> Bytes {
    MessageBuilder::answer_to(request)
        .avps(request.find(key::SESSION_ID).map(AvpOut::copy_of))
        .with(key::RESULT_CODE, result)
        .with(key::ORIGIN_HOST, "ocs.home")
        .with(key::ORIGIN_REALM, "home")
        .with(key::AUTH_APPLICATION_ID, 4_u32)
        .avps(request.find(key::CC_REQUEST_TYPE).map(AvpOut::copy_of))
        .avps(request.find(key::CC_REQUEST_NUMBER).map(AvpOut::copy_of))
        .build()
}
