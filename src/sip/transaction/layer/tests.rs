use std::time::Duration;

use super::super::event::Timer;
use super::*;
use crate::io::{ConnId, SocketId};
use crate::sip::builder::MessageBuilder;

const UDP: &str = "192.0.2.1:5062";

fn udp() -> Flow {
    Flow::Udp {
        socket: SocketId(1),
        addr: UDP.parse().unwrap(),
    }
}

fn tcp() -> Flow {
    Flow::Tcp { conn: ConnId(9) }
}

fn ms(millis: u64) -> Time {
    Time::from_millis(millis)
}

fn request(method: &str, branch: &str) -> MessageBuilder {
    MessageBuilder::request(method, "sip:bob@biloxi.com")
        .via("UDP", "192.0.2.1:5062", branch)
        .header("Max-Forwards", "70")
        .header("From", "<sip:alice@atlanta.com>;tag=a")
        .header("To", "<sip:bob@biloxi.com>")
        .header("Call-ID", "c1")
        .header("Contact", "<sip:alice@192.0.2.1>")
        .cseq(7, method)
}

fn response(request: &MessageBuilder, status: u16, tag: &str) -> Message {
    MessageBuilder::response_to(&request.message(), status, "x", tag).message()
}

/// Lets the clock run to `end` and says when something was sent, and whether it was sent before.
fn run(layer: &mut TransactionLayer, end: Time) -> Vec<(u64, bool)> {
    let mut sent = drain(layer, Time::ZERO);
    sent.clear();
    while let Some(at) = layer.poll_timeout().filter(|at| *at <= end) {
        layer.handle_timeout(at);
        sent.append(&mut drain(layer, at));
    }
    sent
}

fn drain(layer: &mut TransactionLayer, at: Time) -> Vec<(u64, bool)> {
    let sent = std::iter::from_fn(|| layer.poll_transmit());
    sent.map(|transmit| (at.as_micros() / 1000, transmit.retransmission))
        .collect()
}

fn events(layer: &mut TransactionLayer) -> Vec<Event> {
    std::iter::from_fn(|| layer.poll_event()).collect()
}

fn names(layer: &mut TransactionLayer) -> Vec<String> {
    let name = |event: &Event| match event {
        Event::Request { cancels, .. } => format!("request cancels={}", cancels.is_some()),
        Event::Ack { id, refusal, .. } => format!("ack known={} refusal={refusal}", id.is_some()),
        Event::Response {
            message, repeated, ..
        } => {
            format!("response {} repeated={repeated}", message.status().unwrap())
        }
        Event::Retransmission { .. } => "retransmission".to_owned(),
        Event::Stray { why, .. } => format!("stray {why:?}"),
        Event::Timeout { timer, .. } => format!("timeout {timer:?}"),
        Event::TransportFailed { .. } => "transport failed".to_owned(),
        Event::Terminated { .. } => "terminated".to_owned(),
    };
    events(layer).iter().map(name).collect()
}

fn receive(layer: &mut TransactionLayer, at: u64, message: Message, from: Flow) {
    layer.handle_message(ms(at), message, from);
}

fn server(method: &str, from: Flow) -> (TransactionLayer, TransactionId) {
    let mut layer = TransactionLayer::default();
    receive(&mut layer, 0, request(method, "z9hG4bKs").message(), from);
    let id = match events(&mut layer).remove(0) {
        Event::Request { id, .. } => id,
        other => panic!("{other:?}"),
    };
    (layer, id)
}

fn client(method: &str, to: Flow) -> (TransactionLayer, TransactionId, MessageBuilder) {
    let mut layer = TransactionLayer::default();
    let request = request(method, "z9hG4bKc");
    let id = layer.send_request(Time::ZERO, request.build(), to).unwrap();
    assert_eq!(drain(&mut layer, Time::ZERO), [(0, false)]);
    (layer, id, request)
}

/// RFC 3261 17.1.1.2: at 500 ms, then doubling, seven transmissions in 64*T1.
#[test]
fn an_unanswered_invite_doubles_and_gives_up_after_timer_b() {
    let (mut layer, id, _) = client("INVITE", udp());
    let sent = run(&mut layer, ms(60_000));
    let at: Vec<u64> = sent.iter().map(|(at, _)| *at).collect();
    assert_eq!(at, [500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    assert!(sent.iter().all(|(_, again)| *again));
    assert_eq!(
        events(&mut layer),
        [
            Event::Timeout {
                id,
                timer: Timer::B
            },
            Event::Terminated { id }
        ]
    );
    assert!(layer.is_empty());
    assert_eq!(layer.poll_timeout(), None);
}

/// RFC 3261 17.1.2.2: intervals double up to T2, timer F after 64*T1.
#[test]
fn an_unanswered_bye_backs_off_to_t2() {
    let (mut layer, _, _) = client("BYE", udp());
    let at: Vec<u64> = run(&mut layer, ms(60_000))
        .iter()
        .map(|(at, _)| *at)
        .collect();
    assert_eq!(
        at,
        [
            500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500
        ]
    );
    assert_eq!(names(&mut layer), ["timeout F", "terminated"]);
}

#[test]
fn nothing_is_retransmitted_over_tcp() {
    for (method, timer) in [("INVITE", "timeout B"), ("BYE", "timeout F")] {
        let (mut layer, _, _) = client(method, tcp());
        assert_eq!(run(&mut layer, ms(31_999)), []);
        assert!(events(&mut layer).is_empty());
        assert_eq!(run(&mut layer, ms(32_000)), []);
        assert_eq!(names(&mut layer), [timer, "terminated"]);
    }
}

#[test]
fn a_provisional_answer_stills_an_invite_but_slows_a_bye() {
    let (mut layer, _, invite) = client("INVITE", udp());
    receive(&mut layer, 100, response(&invite, 180, "b"), udp());
    assert_eq!(run(&mut layer, ms(600_000)), []);
    assert_eq!(names(&mut layer), ["response 180 repeated=false"]);
    let (mut layer, _, bye) = client("BYE", udp());
    receive(&mut layer, 100, response(&bye, 100, ""), udp());
    let at: Vec<u64> = run(&mut layer, ms(9_000))
        .iter()
        .map(|(at, _)| *at)
        .collect();
    assert_eq!(at, [500, 4_500, 8_500]);
}

#[test]
fn a_refused_invite_is_acknowledged_each_time() {
    let (mut layer, _, invite) = client("INVITE", udp());
    let busy = response(&invite, 486, "b");
    receive(&mut layer, 100, busy.clone(), udp());
    let ack = layer.poll_transmit().unwrap();
    let message = Message::decode(ack.bytes.clone());
    assert!(message.is_method("ACK") && !ack.retransmission);
    // RFC 3261 17.1.1.3: one Via, equal to the INVITE's; the To of the response.
    assert_eq!(message.top_via(), invite.message().top_via());
    assert_eq!(message.to().unwrap().tag(), Some("b"));
    assert_eq!(
        (
            message.cseq().unwrap().number,
            message.cseq().unwrap().method
        ),
        (7, "ACK")
    );
    assert_eq!(message.faults(), []);
    receive(&mut layer, 600, busy, udp());
    let again = layer.poll_transmit().unwrap();
    assert!(again.retransmission && again.bytes == ack.bytes);
    assert_eq!(
        names(&mut layer),
        ["response 486 repeated=false", "retransmission"]
    );
    assert_eq!(run(&mut layer, ms(40_000)), []);
    assert_eq!(names(&mut layer), ["terminated"]);
}

#[test]
fn a_repeated_2xx_is_delivered_for_its_ack() {
    let (mut layer, _, invite) = client("INVITE", udp());
    for (at, tag) in [(100, "b"), (600, "b"), (700, "fork"), (800, "fork")] {
        receive(&mut layer, at, response(&invite, 200, tag), udp());
    }
    receive(&mut layer, 900, response(&invite, 180, "b"), udp());
    assert_eq!(
        names(&mut layer),
        [
            "response 200 repeated=false",
            "response 200 repeated=true",
            "response 200 repeated=false",
            "response 200 repeated=true",
            "stray Late",
        ]
    );
    assert_eq!(run(&mut layer, ms(32_100)), []);
    assert_eq!(names(&mut layer), ["terminated"]);
    receive(&mut layer, 40_000, response(&invite, 200, "b"), udp());
    assert_eq!(names(&mut layer), ["stray Response"]);
}

#[test]
fn a_repeated_final_answer_to_bye_is_absorbed_until_timer_k() {
    let (mut layer, _, bye) = client("BYE", udp());
    let ok = response(&bye, 200, "b");
    receive(&mut layer, 100, ok.clone(), udp());
    receive(&mut layer, 200, ok.clone(), udp());
    assert_eq!(
        names(&mut layer),
        ["response 200 repeated=false", "retransmission"]
    );
    assert_eq!(layer.poll_timeout(), Some(ms(5_100)));
    let (mut layer, _, bye) = client("BYE", tcp());
    receive(&mut layer, 100, response(&bye, 200, "b"), tcp());
    assert_eq!(
        names(&mut layer),
        ["response 200 repeated=false", "terminated"]
    );
}

#[test]
fn a_cancel_shares_the_branch_and_has_its_own_transaction() {
    let (mut layer, invite_id, invite) = client("INVITE", udp());
    let cancel = MessageBuilder::cancel_of(&invite.message());
    let cancel_id = layer.send_request(ms(10), cancel.build(), udp()).unwrap();
    receive(&mut layer, 20, response(&cancel, 200, "b"), udp());
    receive(&mut layer, 30, response(&invite, 487, "b"), udp());
    let ids: Vec<_> = events(&mut layer)
        .into_iter()
        .filter_map(|event| match event {
            Event::Response { id, message, .. } => Some((id, message.status().unwrap())),
            _ => None,
        })
        .collect();
    assert_eq!(ids, [(cancel_id, 200), (invite_id, 487)]);
    let mut server = TransactionLayer::default();
    receive(&mut server, 0, invite.message(), udp());
    receive(&mut server, 10, cancel.message(), udp());
    assert_eq!(
        names(&mut server),
        ["request cancels=false", "request cancels=true"]
    );
}

#[test]
fn an_invite_without_an_answer_gets_a_100_after_200_ms() {
    let (mut layer, _) = server("INVITE", udp());
    layer.handle_timeout(ms(200));
    let trying = layer.poll_transmit().unwrap();
    let message = Message::decode(trying.bytes);
    assert_eq!((message.status(), message.faults()), (Some(100), vec![]));
    assert_eq!(message.top_via().unwrap().rport(), Some(5062));
    receive(
        &mut layer,
        500,
        request("INVITE", "z9hG4bKs").message(),
        udp(),
    );
    assert_eq!(drain(&mut layer, ms(500)), [(500, true)]);
    assert_eq!(names(&mut layer), ["retransmission"]);
}

#[test]
fn a_refusal_is_repeated_until_its_ack() {
    let invite = request("INVITE", "z9hG4bKs");
    let (mut layer, id) = server("INVITE", udp());
    layer
        .respond(ms(0), id, response(&invite, 486, "b").raw().clone())
        .unwrap();
    let at: Vec<u64> = run(&mut layer, ms(8_000))
        .iter()
        .map(|(at, _)| *at)
        .collect();
    assert_eq!(at, [500, 1_500, 3_500, 7_500]);
    let busy = response(&invite, 486, "b");
    let ack = MessageBuilder::ack_of_refusal(&invite.message(), &busy).message();
    receive(&mut layer, 8_000, ack.clone(), udp());
    receive(&mut layer, 8_100, ack, udp());
    assert_eq!(
        names(&mut layer),
        ["ack known=true refusal=true", "retransmission"]
    );
    assert_eq!(run(&mut layer, ms(60_000)), []);
    assert_eq!(names(&mut layer), ["terminated"]);
    let (mut layer, id) = server("INVITE", udp());
    layer.respond(ms(0), id, busy.raw().clone()).unwrap();
    let last = run(&mut layer, ms(60_000)).last().copied();
    assert_eq!(last, Some((31_500, true)));
    assert_eq!(names(&mut layer), ["timeout H", "terminated"]);
}

#[test]
fn a_2xx_is_repeated_on_every_transport_until_its_ack() {
    let invite = request("INVITE", "z9hG4bKs");
    let ok = response(&invite, 200, "b");
    for flow in [udp(), tcp()] {
        let (mut layer, id) = server("INVITE", flow);
        layer.respond(ms(0), id, ok.raw().clone()).unwrap();
        let at: Vec<u64> = run(&mut layer, ms(4_000))
            .iter()
            .map(|(at, _)| *at)
            .collect();
        assert_eq!(at, [500, 1_500, 3_500]);
        // The INVITE again is absorbed without an answer of its own (RFC 6026 8.7).
        receive(&mut layer, 4_000, invite.message(), flow);
        assert_eq!(drain(&mut layer, ms(4_000)), []);
        let ack = request("ACK", "z9hG4bKother").message();
        receive(&mut layer, 4_100, ack.clone(), flow);
        receive(&mut layer, 4_200, ack, flow);
        assert_eq!(
            names(&mut layer),
            [
                "retransmission",
                "ack known=true refusal=false",
                "retransmission"
            ]
        );
        assert_eq!(run(&mut layer, ms(60_000)), []);
        assert_eq!(names(&mut layer), ["terminated"]);
    }
    let (mut layer, id) = server("INVITE", udp());
    layer.respond(ms(0), id, ok.raw().clone()).unwrap();
    run(&mut layer, ms(60_000));
    assert_eq!(names(&mut layer), ["timeout L", "terminated"]);
}

#[test]
fn a_repeated_request_gets_the_last_answer() {
    let options = request("OPTIONS", "z9hG4bKs");
    let (mut layer, id) = server("OPTIONS", udp());
    receive(&mut layer, 100, options.message(), udp());
    assert_eq!(drain(&mut layer, ms(100)), []);
    let ok = response(&options, 200, "b");
    layer.respond(ms(200), id, ok.raw().clone()).unwrap();
    receive(&mut layer, 300, options.message(), udp());
    assert_eq!(drain(&mut layer, ms(300)), [(300, false), (300, true)]);
    assert_eq!(names(&mut layer), ["retransmission", "retransmission"]);
    assert_eq!(
        layer.respond(ms(400), id, ok.raw().clone()),
        Err(SendError::Answered)
    );
    run(&mut layer, ms(32_200));
    assert_eq!(names(&mut layer), ["terminated"]);
    assert_eq!(
        layer.respond(ms(400), id, ok.raw().clone()),
        Err(SendError::NoTransaction)
    );
}

#[test]
fn requests_are_told_apart_by_branch_sent_by_and_method() {
    let mut layer = TransactionLayer::default();
    let first = request("INFO", "z9hG4bKs");
    receive(&mut layer, 0, first.message(), udp());
    receive(
        &mut layer,
        1,
        request("OPTIONS", "z9hG4bKs").message(),
        udp(),
    );
    let other_sender = first
        .clone()
        .without("Via")
        .via("UDP", "192.0.2.99", "z9hG4bKs");
    receive(&mut layer, 2, other_sender.message(), udp());
    receive(&mut layer, 3, first.message(), udp());
    assert_eq!(
        names(&mut layer),
        [
            "request cancels=false",
            "request cancels=false",
            "request cancels=false",
            "retransmission"
        ]
    );
    // A sender older than RFC 3261 is known by its headers (RFC 3261 17.2.3).
    let old = request("INFO", "1");
    receive(&mut layer, 4, old.message(), udp());
    receive(&mut layer, 5, old.message(), udp());
    receive(&mut layer, 6, old.set("CSeq", "8 INFO").message(), udp());
    assert_eq!(
        names(&mut layer),
        [
            "request cancels=false",
            "retransmission",
            "request cancels=false"
        ]
    );
}

#[test]
fn responses_go_where_the_via_says() {
    for (via, expected) in [
        (
            "SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z9hG4bK1",
            "192.0.2.1:5062",
        ),
        (
            "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1",
            "192.0.2.1:5070",
        ),
        ("SIP/2.0/UDP host.example;branch=z9hG4bK1", "192.0.2.1:5060"),
        (
            "SIP/2.0/UDP h:5071;maddr=239.255.255.1;branch=z9hG4bK1",
            "239.255.255.1:5071",
        ),
    ] {
        let mut layer = TransactionLayer::default();
        let options = request("OPTIONS", "x").set("Via", via);
        receive(&mut layer, 0, options.message(), udp());
        let ok = response(&options, 200, "b").raw().clone();
        layer.respond(ms(1), TransactionId(1), ok).unwrap();
        let to = layer.poll_transmit().unwrap().to;
        let addr = expected.parse().unwrap();
        assert_eq!(
            to,
            Flow::Udp {
                socket: SocketId(1),
                addr
            },
            "{via}"
        );
    }
}

#[test]
fn strays_are_reported_and_kept_out() {
    let mut layer = TransactionLayer::new(Config {
        max_transactions: 1,
        ..Config::default()
    });
    let decode = |text: &'static str| Message::decode(Bytes::from_static(text.as_bytes()));
    receive(&mut layer, 0, decode("hello\r\n\r\n"), udp());
    receive(
        &mut layer,
        0,
        decode("OPTIONS sip:a SIP/2.0\r\n\r\n"),
        udp(),
    );
    receive(&mut layer, 0, decode("SIP/2.0 200 OK\r\n\r\n"), udp());
    receive(
        &mut layer,
        0,
        response(&request("BYE", "z9hG4bKx"), 200, "b"),
        udp(),
    );
    receive(&mut layer, 0, request("ACK", "z9hG4bKx").message(), udp());
    receive(&mut layer, 0, request("INFO", "z9hG4bK1").message(), udp());
    receive(&mut layer, 0, request("INFO", "z9hG4bK2").message(), udp());
    assert_eq!(
        names(&mut layer),
        [
            "stray StartLine",
            "stray Unmatchable",
            "stray Unmatchable",
            "stray Response",
            "ack known=false refusal=false",
            "request cancels=false",
            "stray Full",
        ]
    );
    let info = request("INFO", "z9hG4bK3").build();
    assert_eq!(layer.send_request(ms(0), info, udp()), Err(SendError::Full));
    let ack = request("ACK", "z9hG4bK3").build();
    assert_eq!(layer.send_request(ms(0), ack, udp()), Err(SendError::Ack));
    let torn = Bytes::from_static(b"INFO sip:a SIP/2.0\r\n\r\n");
    assert_eq!(
        layer.send_request(ms(0), torn, udp()),
        Err(SendError::Unmatchable)
    );
    let (mut layer, _, bye) = client("BYE", udp());
    assert_eq!(
        layer.send_request(ms(0), bye.build(), udp()),
        Err(SendError::BranchInUse)
    );
}

#[test]
fn a_closed_connection_fails_what_waits() {
    let (mut layer, _, _) = client("INVITE", tcp());
    layer.handle_closed(udp());
    assert!(events(&mut layer).is_empty());
    layer.handle_closed(tcp());
    assert_eq!(names(&mut layer), ["transport failed", "terminated"]);
    assert_eq!(layer.poll_timeout(), None);
}

/// Two layers over a network that drops, doubles and turns around datagrams: every request is
/// delivered once and answered once, and nothing is left behind.
#[test]
fn loss_duplication_and_reordering_are_hidden() {
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut sides = [TransactionLayer::default(), TransactionLayer::default()];
        let mut wire: Vec<(Time, usize, Bytes)> = Vec::new();
        let mut open = std::collections::HashSet::new();
        for n in 0..20 {
            let branch = format!("z9hG4bK{n}");
            let info = request("INFO", &branch).build();
            open.insert(sides[0].send_request(Time::ZERO, info, udp()).unwrap());
        }
        let mut delivered = 0;
        let mut now = Time::ZERO;
        loop {
            for (side, layer) in sides.iter_mut().enumerate() {
                while let Some(event) = layer.poll_event() {
                    match event {
                        Event::Request { id, message, .. } => {
                            delivered += 1;
                            let ok = MessageBuilder::response_to(&message, 200, "OK", "b");
                            layer.respond(now, id, ok.build()).unwrap();
                        }
                        Event::Response { id, .. } => assert!(open.remove(&id), "seed {seed}"),
                        Event::Timeout { .. } => panic!("seed {seed}: timeout"),
                        _ => {}
                    }
                }
                while let Some(transmit) = layer.poll_transmit() {
                    let copies = [0, 1, 1, 2][random.usize(..4)];
                    for _ in 0..copies {
                        let delay = Duration::from_millis(random.u64(1..900));
                        wire.push((now + delay, 1 - side, transmit.bytes.clone()));
                    }
                }
            }
            wire.sort_by_key(|(at, _, _)| std::cmp::Reverse(*at));
            let arrival = wire.last().map(|(at, _, _)| *at);
            let timer = sides.iter().filter_map(|side| side.poll_timeout()).min();
            let Some(next) = [arrival, timer].into_iter().flatten().min() else {
                break;
            };
            now = next;
            if arrival == Some(next) {
                let (_, side, bytes) = wire.pop().unwrap();
                sides[side].handle_message(now, Message::decode(bytes), udp());
            } else {
                sides.iter_mut().for_each(|side| side.handle_timeout(now));
            }
        }
        assert_eq!((delivered, open.len()), (20, 0), "seed {seed}");
        assert!(sides.iter().all(TransactionLayer::is_empty), "seed {seed}");
    }
}
