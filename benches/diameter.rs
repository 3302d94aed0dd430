//! Decoding a CCR of some 750 octets: ours, with all checks, beside crate `diameter` 0.7.

use std::hint::black_box;
use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use ch2spec::diameter::{AvpKey, AvpOut, Dictionary, Message, MessageBuilder, grammar, key};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn decode(criterion: &mut Criterion) {
    let raw = ccr();
    let ours = Message::decode(raw.clone());
    assert_eq!(ours.faults(), []);
    assert_eq!(grammar::check(&ours, Dictionary::default()), []);
    let dictionary = theirs();
    let other =
        diameter::DiameterMessage::decode_from(&mut Cursor::new(&raw[..]), Arc::clone(&dictionary))
            .expect("the other crate decodes it too");
    assert_eq!(other.get_avps().len(), ours.avps().count());

    let mut group = criterion.benchmark_group(format!("ccr of {} octets", raw.len()));
    group.throughput(Throughput::Elements(1));
    group.bench_function("decode and validate", |bencher| {
        bencher.iter(|| black_box(Message::decode(black_box(raw.clone()))));
    });
    group.bench_function("decode, validate and check the grammar", |bencher| {
        bencher.iter(|| {
            let message = Message::decode(black_box(raw.clone()));
            black_box(grammar::check(&message, Dictionary::default()));
            message
        });
    });
    group.bench_function("crate diameter 0.7", |bencher| {
        bencher.iter(|| {
            let mut cursor = Cursor::new(black_box(&raw[..]));
            diameter::DiameterMessage::decode_from(&mut cursor, Arc::clone(&dictionary))
                .expect("decodes")
        });
    });
    group.finish();
}

/// A CCR-U as an IM server sends it.
fn ccr() -> Bytes {
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
        .hop_by_hop(1)
        .end_to_end(2)
        .with(
            key::SESSION_ID,
            "im-server.home1.example;1876543210;523;16777216",
        )
        .with(key::ORIGIN_HOST, "im-server.home1.example")
        .with(key::ORIGIN_REALM, "home1.example")
        .with(key::DESTINATION_REALM, "charging.home1.example")
        .with(key::AUTH_APPLICATION_ID, 4_u32)
        .with(key::SERVICE_CONTEXT_ID, "im.1.0@oma.example")
        .with(key::CC_REQUEST_TYPE, 2)
        .with(key::CC_REQUEST_NUMBER, 5_u32)
        .with(key::DESTINATION_HOST, "ocs1.charging.home1.example")
        .with(key::ORIGIN_STATE_ID, 1_700_000_000_u32)
        .with(key::EVENT_TIMESTAMP, 3_900_000_000_u32)
        .avp(subscription(0, "358401234567"))
        .avp(subscription(2, "sip:alice@home1.example"))
        .with(key::MULTIPLE_SERVICES_INDICATOR, 1)
        .avp(AvpOut::group(
            key::MULTIPLE_SERVICES_CREDIT_CONTROL,
            [
                units(key::REQUESTED_SERVICE_UNIT, 10),
                units(key::USED_SERVICE_UNIT, 3),
                AvpOut::new(key::RATING_GROUP, 100_u32),
            ],
        ))
        .avp(AvpOut::group(key::SERVICE_INFORMATION, [ims, im]))
        .build()
}

/// The other crate's dictionary, with every AVP of the message: it refuses a message with an AVP
/// it does not know.
fn theirs() -> Arc<diameter::dictionary::Dictionary> {
    let mut xml = String::from(
        "<diameter><application id=\"4\" type=\"auth\" name=\"CC\">\
         <vendor id=\"10415\" name=\"TGPP\"/>",
    );
    let message = Message::decode(ccr());
    let mut keys: Vec<AvpKey> = message.walk().map(|avp| avp.key()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let def = Dictionary::default().avp(key).expect("known");
        let vendor = key
            .vendor
            .map_or(String::new(), |vendor| format!(" vendor-id=\"{vendor}\""));
        xml.push_str(&format!(
            "<avp name=\"{}\" code=\"{}\" must=\"M\" may=\"P\" must-not=\"\" may-encrypt=\"N\"\
             {vendor}><data type=\"{}\"/></avp>",
            def.name, key.code, def.kind,
        ));
    }
    xml.push_str("</application></diameter>");
    Arc::new(diameter::dictionary::Dictionary::new(&[&xml]))
}

criterion_group!(benches, decode);
criterion_main!(benches);
