//! The reference server on real sockets: one session from INVITE to stop.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc;
use std::time::Duration;

use ch2spec::diameter::peer::{Peer, PeerConfig, PeerEvent};
use ch2spec::diameter::{AvpOut, MessageBuilder, key};
use ch2spec::io::Time;
use ch2spec::reference::{Config, Server};
use ch2spec::runtime::{Interrupts, host};
use ch2spec::sip;

/// How long the test waits for anything before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_session_on_real_sockets() {
    let enabler = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Config {
        enabler: vec![enabler.local_addr().unwrap()],
        ..Config::default()
    };
    let interrupts = Interrupts::new();
    let (announce, announced) = mpsc::channel();
    let running = std::thread::spawn({
        let interrupts = interrupts.clone();
        move || {
            let mut server = Server::new(config);
            server.announce_to(announce);
            let options = host::HostOptions {
                interrupts,
                ..host::HostOptions::default()
            };
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(host::run(&mut server, options));
            assert_eq!((server.failure(), server.unfinished()), (None, 0));
        }
    });
    let addresses = announced.recv_timeout(PATIENCE).unwrap();
    let (charged, requests) = mpsc::channel();
    std::thread::spawn(move || charge(enabler.accept().unwrap().0, &charged));
    while !control(addresses.control_http, "GET /ready").contains("true") {
        std::thread::yield_now();
    }

    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let own = client.local_addr().unwrap();
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
        m=message 9 TCP/MSRP *\r\na=accept-types:*\r\na=path:msrp://127.0.0.1:9/alice;tcp\r\n";
    let invite = sip::MessageBuilder::request("INVITE", "sip:bob@home.example")
        .via("UDP", &own.to_string(), "z9hG4bKsockets")
        .header("Max-Forwards", "70")
        .header("From", "<sip:alice@home.example>;tag=a")
        .header("To", "<sip:bob@home.example>")
        .header("Call-ID", "sockets")
        .cseq(1, "INVITE")
        .header("Contact", format!("<sip:alice@{own}>"))
        .body("application/sdp", sdp)
        .message();
    client.send_to(invite.raw(), addresses.sip_udp).unwrap();
    let answered = until(&client, |message| message.status() == Some(200));
    let mut dialog = sip::Dialog::uac(&invite, &answered).unwrap();
    let ack = dialog
        .ack(1)
        .via("UDP", &own.to_string(), "z9hG4bKack")
        .build();
    client.send_to(&ack, addresses.sip_udp).unwrap();

    let path = sip::sdp::Description::parse(answered.body())
        .message_media()
        .unwrap()
        .path;
    let mut messages = TcpStream::connect(addresses.msrp).unwrap();
    let send = format!(
        "MSRP d93kswow SEND\r\nTo-Path: {}\r\nFrom-Path: msrp://127.0.0.1:9/alice;tcp\r\n\
         Message-ID: 12339sdqwer\r\nByte-Range: 1-2/2\r\nContent-Type: text/plain\r\n\r\nHi\r\n\
         -------d93kswow$\r\n",
        path[0]
    );
    messages.write_all(send.as_bytes()).unwrap();
    messages.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut accepted = [0; 21];
    messages.read_exact(&mut accepted).unwrap();
    assert_eq!(&accepted, b"MSRP d93kswow 200 OK\r");

    let bye = dialog
        .request("BYE")
        .via("UDP", &own.to_string(), "z9hG4bKbye")
        .build();
    client.send_to(&bye, addresses.sip_udp).unwrap();
    until(&client, |message| {
        message.cseq().is_ok_and(|cseq| cseq.method == "BYE")
    });
    for cc_request_type in 1..=3 {
        assert_eq!(requests.recv_timeout(PATIENCE), Ok(cc_request_type));
    }
    interrupts.interrupt();
    running.join().unwrap();
}

/// Answers each CCR with success and tells of its CC-Request-Type.
fn charge(mut stream: TcpStream, charged: &mpsc::Sender<u32>) {
    let mut peer = Peer::accept(PeerConfig::new("ocs.example", "example"));
    let mut buffer = [0; 4096];
    loop {
        while let Some(bytes) = peer.poll_transmit() {
            stream.write_all(&bytes).expect("a connection");
        }
        let length = stream.read(&mut buffer).unwrap_or(0);
        if length == 0 {
            return;
        }
        peer.handle_bytes(Time::ZERO, &buffer[..length]);
        while let Some(event) = peer.poll_event() {
            let PeerEvent::Received {
                message,
                handled_by_peer: false,
                ..
            } = event
            else {
                continue;
            };
            let copied = |key| message.find(key).map(AvpOut::copy_of);
            let cca = MessageBuilder::answer_to(&message)
                .avps(copied(key::SESSION_ID))
                .with(key::RESULT_CODE, 2001_u32)
                .with(key::ORIGIN_HOST, "ocs.example")
                .with(key::ORIGIN_REALM, "example")
                .with(key::AUTH_APPLICATION_ID, 4_u32)
                .avps(copied(key::CC_REQUEST_TYPE))
                .avps(copied(key::CC_REQUEST_NUMBER));
            peer.send(Time::ZERO, cca.build()).expect("an open peer");
            let kind = message
                .find(key::CC_REQUEST_TYPE)
                .expect("one")
                .u32()
                .expect("a number");
            charged.send(kind).expect("a listener");
        }
    }
}

fn until(client: &UdpSocket, wanted: impl Fn(&sip::Message) -> bool) -> sip::Message {
    let mut buffer = [0; 8192];
    loop {
        let length = client.recv(&mut buffer).expect("a datagram in time");
        let message = sip::Message::decode(bytes::Bytes::copy_from_slice(&buffer[..length]));
        if wanted(&message) {
            return message;
        }
    }
}

fn control(to: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(to).expect("the control port");
    stream
        .write_all(format!("{request} HTTP/1.1\r\n\r\n").as_bytes())
        .expect("the control port");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the control port");
    answer
}
