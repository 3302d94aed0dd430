//! Decoding a CCR of some 750 octets: ours, with all checks, beside crate `diameter` 0.7.

#[path = "ccr/mod.rs"]
mod ccr;

use std::hint::black_box;
use std::io::Cursor;
use std::sync::Arc;

use ch2spec::diameter::{AvpKey, Dictionary, Message, grammar};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const SESSION: &str = "im-server.home1.example;1876543210;523;16777216";

fn decode(criterion: &mut Criterion) {
    let raw = ccr::request(1, SESSION, ccr::UPDATE, 5);
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

/// The other crate's dictionary, with every AVP of the message: it refuses a message with an AVP
/// it does not know.
fn theirs() -> Arc<diameter::dictionary::Dictionary> {
    let mut xml = String::from(
        "<diameter><application id=\"4\" type=\"auth\" name=\"CC\">\
         <vendor id=\"10415\" name=\"TGPP\"/>",
    );
    let message = Message::decode(ccr::request(1, SESSION, ccr::UPDATE, 5));
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
