//! The messages of a credit-control session as an IM server sends them.

use bytes::Bytes;
use ch2spec::diameter::{AvpOut, MessageBuilder, key};

/// CC-Request-Type of a CCR-U (RFC 8506 8.3).
pub const UPDATE: i32 = 2;

/// A CCR; a CCR-U has some 750 octets. Both of its identifiers are `id`, `kind` is its
/// CC-Request-Type. A CCR-I reports nothing as used and a CCR-T asks for nothing.
pub fn request(id: u32, session: &str, kind: i32, number: u32) -> Bytes {
    let subscription = |kind: i32, data: &str| {
        AvpOut::group(
            key::SUBSCRIPTION_ID,
            [
                AvpOut::new(key::SUBSCRIPTION_ID_TYPE, kind),
                AvpOut::new(key::SUBSCRIPTION_ID_DATA, data),
            ],
        )
    };
    let units =
        |key, count: u64| AvpOut::group(key, [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, count)]);
    let requested = (kind <= UPDATE).then(|| units(key::REQUESTED_SERVICE_UNIT, 10));
    let used = (kind >= UPDATE).then(|| units(key::USED_SERVICE_UNIT, 3));
    let rating_group = Some(AvpOut::new(key::RATING_GROUP, 100_u32));
    let im = AvpOut::group(
        key::IM_INFORMATION,
        [
            AvpOut::new(key::MESSAGES_SENT, 12_u32),
            AvpOut::new(key::MESSAGES_SUCCESSFULLY_SENT, 11_u32),
        ],
    );
    let ims = AvpOut::group(
        key::IMS_INFORMATION,
        [
            AvpOut::new(key::NODE_FUNCTIONALITY, 6),
            AvpOut::new(key::ROLE_OF_NODE, 0),
            AvpOut::new(
                key::USER_SESSION_ID,
                "a84b4c76e66710@im-client.home1.example",
            ),
            AvpOut::new(key::CALLING_PARTY_ADDRESS, "sip:alice@home1.example"),
            AvpOut::new(key::CALLED_PARTY_ADDRESS, "sip:bob@home2.example"),
            AvpOut::new(
                key::IMS_CHARGING_IDENTIFIER,
                "AyretyU0dm+6O2IrT5tAFrbHLso=023551024",
            ),
        ],
    );
    MessageBuilder::request(272, 4)
        .hop_by_hop(id)
        .end_to_end(id)
        .with(key::SESSION_ID, session)
        .with(key::ORIGIN_HOST, "im-server.home1.example")
        .with(key::ORIGIN_REALM, "home1.example")
        .with(key::DESTINATION_REALM, "charging.home1.example")
        .with(key::AUTH_APPLICATION_ID, 4_u32)
        .with(key::SERVICE_CONTEXT_ID, "im.1.0@oma.example")
        .with(key::CC_REQUEST_TYPE, kind)
        .with(key::CC_REQUEST_NUMBER, number)
        .with(key::DESTINATION_HOST, "ocs1.charging.home1.example")
        .with(key::ORIGIN_STATE_ID, 1_700_000_000_u32)
        .with(key::EVENT_TIMESTAMP, 3_900_000_000_u32)
        .avp(subscription(0, "358401234567"))
        .avp(subscription(2, "sip:alice@home1.example"))
        .with(key::MULTIPLE_SERVICES_INDICATOR, 1)
        .avp(AvpOut::group(
            key::MULTIPLE_SERVICES_CREDIT_CONTROL,
            [requested, used, rating_group].into_iter().flatten(),
        ))
        .avp(AvpOut::group(key::SERVICE_INFORMATION, [ims, im]))
        .build()
}
