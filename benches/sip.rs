//! How long it takes to read an INVITE with SDP: index every header, parse the typed ones, find
//! the MSRP port and path. Beside `rsip` on the same bytes, which leaves header values as text.

use std::hint::black_box;

use bytes::Bytes;
use ch2spec::sip::sdp::Description;
use ch2spec::sip::{Message, StreamFramer};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const INVITE: &[u8] = b"INVITE sip:bob@home2.net SIP/2.0\r\n\
Via: SIP/2.0/UDP scscf.home1.net;branch=z9hG4bK332b23.1\r\n\
Via: SIP/2.0/UDP 192.0.2.7:5062;rport=5062;received=192.0.2.7;branch=z9hG4bK74bf9\r\n\
Record-Route: <sip:scscf.home1.net;lr>\r\nMax-Forwards: 69\r\n\
From: \"Alice\" <sip:alice@home1.net>;tag=9fxced76sl\r\nTo: <sip:bob@home2.net>\r\n\
Call-ID: 3848276298220188511@192.0.2.7\r\nCSeq: 1 INVITE\r\n\
Contact: <sip:alice@192.0.2.7:5062>;+g.oma.sip-im;+g.oma.sip-im.large-message\r\n\
Accept-Contact: *;+g.oma.sip-im\r\nP-Asserted-Identity: <sip:alice@home1.net>\r\n\
P-Charging-Vector: icid-value=\"AyretyU0dm+6O2IrT5tAFrbHLso=023551024\";orig-ioi=home1.net\r\n\
Supported: timer\r\nSession-Expires: 1800;refresher=uac\r\n\
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, MESSAGE\r\n\
User-Agent: im-client/1.0\r\nContent-Type: application/sdp\r\nContent-Length: 242\r\n\r\n\
v=0\r\no=- 2890844526 2890844526 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
m=message 7394 TCP/MSRP *\r\na=accept-types:message/cpim text/plain\r\n\
a=path:msrp://192.0.2.7:7394/2s93i93idj;tcp\r\na=setup:actpass\r\na=max-size:1048576\r\n\
a=sendrecv\r\n";

fn read(raw: Bytes) -> (usize, u16) {
    let message = Message::decode(raw);
    let mut seen = 0;
    seen += usize::from(message.from().is_ok_and(|from| from.tag().is_some()));
    seen += usize::from(message.to().is_ok());
    seen += usize::from(
        message
            .top_via()
            .is_ok_and(|via| via.unique_branch().is_some()),
    );
    seen += usize::from(message.cseq().is_ok());
    seen += usize::from(message.call_id().is_ok());
    seen += usize::from(
        message
            .contact()
            .is_ok_and(|c| c.has_feature("+g.oma.sip-im")),
    );
    let sdp = Description::parse(message.body());
    let section = sdp.message();
    seen += usize::from(section.is_some_and(|section| section.attribute("path").is_some()));
    (
        seen,
        section
            .and_then(|section| section.port())
            .unwrap_or_default(),
    )
}

fn benches(c: &mut Criterion) {
    let raw = Bytes::from_static(INVITE);
    assert_eq!(
        read(raw.clone()),
        (7, 7394),
        "the bench reads what it says it reads"
    );
    assert_eq!(Message::decode(raw.clone()).faults(), []);
    let mut group = c.benchmark_group("sip");
    group.throughput(Throughput::Bytes(INVITE.len() as u64));
    group.bench_function("invite: headers, typed values, sdp", |b| {
        b.iter(|| read(black_box(raw.clone())));
    });
    group.bench_function("invite: index only", |b| {
        b.iter(|| Message::decode(black_box(raw.clone())));
    });
    group.bench_function("invite: faults", |b| {
        let message = Message::decode(raw.clone());
        b.iter(|| black_box(&message).faults());
    });
    group.bench_function("invite: cut from a stream", |b| {
        b.iter(|| {
            let mut framer = StreamFramer::new();
            framer.push(black_box(INVITE));
            framer.poll()
        });
    });
    group.bench_function("rsip: invite, values as text, body as bytes", |b| {
        b.iter(|| rsip::SipMessage::try_from(black_box(INVITE)));
    });
    group.finish();
}

criterion_group!(sip, benches);
criterion_main!(sip);
