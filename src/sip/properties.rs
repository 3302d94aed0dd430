//! What holds for every input.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;

use super::background::{Local, answer};
use super::sdp::Description;
use super::transaction::{Flow, TransactionLayer};
use super::{Dialog, Framed, Message, MessageBuilder, NameAddr, StreamFramer, Uri, Via};
use crate::io::{ConnId, Time};

/// Bytes that look like SIP more often than chance would have it.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] = &[
        b"INVITE sip:a@h SIP/2.0\r\n",
        b"SIP/2.0 200 OK\r\n",
        b"ACK sip:a SIP/2.0\r\n",
        b"Via: SIP/2.0/UDP h:5060;branch=z9hG4bK1;rport\r\n",
        b"v: ",
        b"From: \"",
        b"<sip:a@[::1]:5;lr?x=y>;tag=1\r\n",
        b"To: <sip:b@h>;tag=2\r\n",
        b"Call-ID: c\r\n",
        b"CSeq: 1 INVITE\r\n",
        b"Contact: <sip:c@h>;+g.oma.sip-im\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Type: application/sdp\r\n",
        b"P-Charging-Vector: icid-value=\"\\",
        b"\r\n",
        b"\r\n\r\n",
        b"\n ",
        b"v=0\r\nm=message 1 TCP/MSRP *\r\na=path:msrp://h:1/s;tcp\r\n",
        b",;:=<>\"\\@[]?%",
    ];
    let piece = prop_oneof![
        4 => select(pieces).prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 0..12),
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Reads everything that can be read.
fn read_all(message: &Message) {
    for fault in message.faults() {
        assert!(fault.bytes.start <= fault.bytes.end && fault.bytes.end <= message.raw().len());
        assert!(!fault.to_string().is_empty());
    }
    for field in message.fields() {
        assert!(field.bytes.end <= message.raw().len());
    }
    for header in message.headers() {
        let name = header.name().into_owned();
        assert!(
            message.values(&name).count() >= 1 || name.contains('\u{fffd}'),
            "{name}"
        );
        let _ = (header.canonical(), header.value());
    }
    let _ = (
        message.from(),
        message.to(),
        message.contact(),
        message.cseq(),
        message.call_id(),
    );
    let _ = (
        message.max_forwards(),
        message.session_expires(),
        message.request_uri(),
    );
    if let Ok(vector) = message.p_charging_vector() {
        let _ = (vector.icid_value(), vector.orig_ioi(), vector.term_ioi());
    }
    for via in message.vias().flatten() {
        let _ = (via.branch(), via.received(), via.rport());
    }
    assert!(message.body().len() + message.surplus().len() <= message.raw().len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in hostile()) {
        let message = Message::decode(Bytes::from(bytes.clone()));
        assert_eq!(&message.raw()[..], &bytes[..]);
        read_all(&message);
        let response = MessageBuilder::response_to(&message, 200, "OK", "t")
            .received_from("192.0.2.1:5".parse().unwrap())
            .message();
        read_all(&response);
        if let Ok(mut dialog) = Dialog::uas(&message, &response) {
            read_all(&dialog.request("BYE").message());
        }
        let _ = Dialog::uac(&message, &response);
        let local =
            Local { to_tag: "t", contact: "<sip:a>", in_dialog: true, cancels: false, session: None };
        if let Some(answer) = answer(&message, &local) {
            read_all(&answer.response.message());
        }
    }

    #[test]
    fn a_layer_survives_arbitrary_messages(all in vec(hostile(), 1..8)) {
        let mut layer = TransactionLayer::default();
        let flow = Flow::Tcp { conn: ConnId(1) };
        for bytes in all {
            let _ = layer.send_request(Time::ZERO, Bytes::from(bytes.clone()), flow);
            layer.handle_message(Time::ZERO, Message::decode(Bytes::from(bytes)), flow);
        }
        let mut steps = 0;
        while let Some(at) = layer.poll_timeout() {
            layer.handle_timeout(at);
            steps += 1;
            assert!(steps < 10_000, "timers never end");
            if layer.poll_event().is_none() && at > Time::from_millis(100_000) {
                break;
            }
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,60}", bytes in vec(any::<u8>(), 0..200)) {
        if let (Ok(a), Ok(b)) = (Uri::parse(&text), Uri::parse("sip:a%41@h;x=%zz")) {
            let _ = a.equivalent(&b);
            assert!(a.equivalent(&a));
        }
        let _ = NameAddr::parse("To", &text).map(|value| value.display().len());
        let _ = Via::parse(&text);
        let sdp = Description::parse(Bytes::from(bytes));
        let _ = (sdp.faults(), sdp.fields(), sdp.message_media(), sdp.media().count());
    }

    #[test]
    fn a_stream_reads_the_same_however_it_is_cut(
        bytes in hostile(),
        cuts in vec(1_usize..40, 1..20),
    ) {
        let mut whole = StreamFramer::new();
        whole.push(&bytes);
        let expected = drain(&mut whole);
        let mut pieces = StreamFramer::new();
        let mut seen = Vec::new();
        let (mut rest, mut error) = (&bytes[..], None);
        let mut cuts = cuts.into_iter().cycle();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(cuts.next().unwrap_or(1).min(rest.len()));
            rest = later;
            pieces.push(now);
            let (mut some, end) = drain(&mut pieces);
            seen.append(&mut some);
            error = end;
        }
        assert_eq!((seen, error), expected);
    }

    #[test]
    fn what_is_built_reads_the_same(
        method in "[A-Z]{3,10}",
        user in "[a-z0-9.]{1,12}",
        display in "[ -~]{0,16}",
        subject in "[!-~]([ -~]{0,30}[!-~])?",
        number in 0_u32..1 << 31,
        body in vec(any::<u8>(), 0..64),
    ) {
        let quoted = display.replace('\\', "\\\\").replace('"', "\\\"");
        let message = MessageBuilder::request(&method, &format!("sip:{user}@h"))
            .via("UDP", "192.0.2.1:5060", "z9hG4bKx")
            .header("Max-Forwards", "70")
            .header("From", format!("\"{quoted}\" <sip:{user}@h>;tag=1"))
            .header("To", "<sip:b@h>")
            .header("Contact", "<sip:c@h>")
            .header("Call-ID", "c")
            .header("Subject", &subject)
            .cseq(number, &method)
            .body("application/octet-stream", body.clone())
            .message();
        assert_eq!(message.faults(), []);
        assert_eq!(message.method(), Some(method.as_str()));
        assert_eq!(message.from().unwrap().display(), display.as_str());
        assert_eq!(message.header("s").as_deref(), Some(subject.as_str()));
        assert_eq!(message.cseq().unwrap().number, number);
        assert_eq!(&message.body()[..], &body[..]);
    }
}

fn drain(framer: &mut StreamFramer) -> (Vec<Framed>, Option<super::FrameError>) {
    let mut seen = Vec::new();
    loop {
        match framer.poll() {
            Ok(Some(one)) => seen.push(one),
            Ok(None) => return (seen, None),
            Err(error) => return (seen, Some(error)),
        }
    }
}
