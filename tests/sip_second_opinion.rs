//! What the builder emits, read by another stack: `rsip` must see the same start line, headers
//! and body.

mod figures;

use ch2spec::engine::{self, What};
use ch2spec::io::{ConnId, Time};
use ch2spec::sip::background::{self, Local};
use ch2spec::sip::sdp::{self, MessageMedia, Origin, Setup};
use ch2spec::sip::transaction::{Flow, TransactionLayer};
use ch2spec::sip::{Dialog, Message, MessageBuilder, Uri};
use rsip::SipMessage;
use rsip::message::HasHeaders;

fn invite() -> MessageBuilder {
    let origin = Origin {
        user: "-".into(),
        session_id: 42,
        version: 1,
        address: "192.0.2.7".into(),
    };
    let path = "msrp://192.0.2.7:7394/2s93i93idj;tcp";
    let types = ["message/cpim", "text/plain"];
    let media = MessageMedia {
        setup: Some(Setup::ActPass),
        ..MessageMedia::new("192.0.2.7", 7394, path, &types)
    };
    MessageBuilder::request("INVITE", "sip:bob@home2.net")
        .via("TCP", "192.0.2.7:5062", "z9hG4bK74bf9")
        .header("Max-Forwards", "70")
        .header("From", "\"Alice, A.\" <sip:alice@home1.net>;tag=9fxced76sl")
        .header("To", "<sip:bob@home2.net>")
        .header("Call-ID", "3848276298220188511@192.0.2.7")
        .cseq(1, "INVITE")
        .header(
            "Contact",
            "<sip:alice@192.0.2.7:5062;transport=tcp>;+g.oma.sip-im",
        )
        .header("Accept-Contact", "*;+g.oma.sip-im")
        .header("P-Asserted-Identity", "<sip:alice@home1.net>")
        .header(
            "P-Charging-Vector",
            "icid-value=\"c2h-1\";orig-ioi=home1.net",
        )
        .header("Record-Route", "<sip:scscf.home1.net;lr>")
        .header("Supported", "timer")
        .header("Session-Expires", "1800;refresher=uac")
        .body("application/sdp", sdp::offer(&origin, &media))
}

/// Reads the same bytes twice and compares.
fn agree(built: &MessageBuilder) {
    agree_on(built.build());
}

fn agree_on(bytes: bytes::Bytes) {
    let ours = Message::decode(bytes.clone());
    assert_eq!(ours.faults(), [], "{}", String::from_utf8_lossy(&bytes));
    let theirs = SipMessage::try_from(&bytes[..]).expect("rsip reads what we emit");
    match &theirs {
        SipMessage::Request(request) => {
            assert_eq!(ours.method(), Some(request.method().to_string().as_str()));
            let uri = ours.request_uri().expect("a Request-URI of ours parses");
            // rsip writes the value of `transport` in upper case, which is the same URI.
            let theirs = request.uri().to_string();
            assert!(
                uri.equivalent(&Uri::parse(&theirs).expect("a URI")),
                "{uri} {theirs}"
            );
        }
        SipMessage::Response(response) => {
            assert_eq!(ours.status(), Some(response.status_code().code()));
        }
    }
    let lines: Vec<String> = ours
        .headers()
        .map(|header| format!("{}: {}", header.canonical(), header.value()))
        .collect();
    let other: Vec<String> = theirs.headers().iter().map(ToString::to_string).collect();
    assert_eq!(lines, other);
    assert_eq!(&ours.body()[..], &theirs.body()[..]);
}

#[test]
fn requests_and_responses_read_the_same() {
    let invite = invite();
    agree(&invite);
    let request = invite.message();
    let contact = "<sip:bob@192.0.2.9>;+g.oma.sip-im";
    let from = "192.0.2.200:40000".parse().expect("an address");
    for (status, reason) in [
        (100, "Trying"),
        (180, "Ringing"),
        (200, "OK"),
        (486, "Busy Here"),
    ] {
        let response = MessageBuilder::response_to(&request, status, reason, "314159")
            .received_from(from)
            .header("Contact", contact);
        agree(&response);
    }
    agree(&MessageBuilder::cancel_of(&request));
    let busy = MessageBuilder::response_to(&request, 486, "Busy Here", "314159").message();
    agree(&MessageBuilder::ack_of_refusal(&request, &busy));
}

#[test]
fn requests_of_a_dialog_read_the_same() {
    let request = invite().message();
    let response = MessageBuilder::response_to(&request, 200, "OK", "314159")
        .header("Contact", "<sip:bob@192.0.2.9>")
        .message();
    let mut alice = Dialog::uac(&request, &response).expect("a dialog");
    let mut bob = Dialog::uas(&request, &response).expect("a dialog");
    agree(&alice.ack(1).via("TCP", "192.0.2.7:5062", "z9hG4bKa"));
    for (n, method) in ["INFO", "UPDATE", "MESSAGE", "BYE"].into_iter().enumerate() {
        agree(
            &alice
                .request(method)
                .via("TCP", "192.0.2.7:5062", &format!("z9hG4bKa{n}")),
        );
        agree(
            &bob.request(method)
                .via("UDP", "192.0.2.9", &format!("z9hG4bKb{n}")),
        );
    }
}

#[test]
fn background_answers_read_the_same() {
    let contact = "<sip:alice@192.0.2.7:5062>;+g.oma.sip-im";
    let local = Local {
        to_tag: "t1",
        contact,
        in_dialog: false,
        cancels: false,
        session: None,
    };
    for method in ["OPTIONS", "MESSAGE", "INVITE", "REGISTER", "BYE", "INFO"] {
        let request = invite().message();
        let request = MessageBuilder::request(method, "sip:alice@home1.net")
            .via("UDP", "192.0.2.9", "z9hG4bKx")
            .header("Max-Forwards", "70")
            .header("From", request.header("From").expect("a From"))
            .header("To", "<sip:alice@home1.net>")
            .header("Call-ID", "x")
            .cseq(3, method)
            .message();
        let answer = background::answer(&request, &local).expect("an answer");
        agree(&answer.response);
    }
}

/// The 100 (Trying) that the transaction layer sends by itself.
#[test]
fn the_layer_s_own_messages_read_the_same() {
    let mut layer = TransactionLayer::default();
    layer.handle_message(
        Time::ZERO,
        invite().message(),
        Flow::Tcp { conn: ConnId(1) },
    );
    layer.handle_timeout(Time::from_millis(200));
    let trying = layer.poll_transmit().expect("a 100 (Trying)");
    let theirs = SipMessage::try_from(&trying.bytes[..]).expect("rsip reads the 100");
    assert!(matches!(theirs, SipMessage::Response(r) if r.status_code().code() == 100));
}

#[test]
fn a_binary_body_survives() {
    let body: Vec<u8> = (0..=255).collect();
    agree(&invite().body("application/octet-stream", body));
}

/// Everything that either side of a real run sent: the parties of the harness, and the reference
/// server.
#[test]
fn what_a_run_puts_on_the_wire_reads_the_same() {
    let scratch = tempfile::tempdir().expect("a directory");
    let reports = scratch.path().join("reports");
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_ch2spec"))
        .arg("run")
        .args(figures::FIGURES)
        .arg("--report-dir")
        .arg(&reports)
        .output()
        .expect("the binary runs");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
    let text = std::fs::read_to_string(reports.join("latest/trace.jsonl")).expect("a trace");
    let file = ch2spec::report::trace_file::read(&text).expect("a trace that reads");
    let mut methods = std::collections::BTreeSet::new();
    for event in file
        .traces
        .iter()
        .flat_map(|recorded| &recorded.trace.events)
    {
        let (What::Sent { message, .. } | What::Received { message, .. }) = &event.what else {
            continue;
        };
        if let engine::Message::Sip(message) = message {
            methods.extend(message.method().map(str::to_owned));
            agree_on(message.raw().clone());
        }
    }
    let expected = ["ACK", "BYE", "INVITE"].map(str::to_owned);
    assert_eq!(methods.into_iter().collect::<Vec<_>>(), expected);
}
