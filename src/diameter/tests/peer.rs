//! The peer state machine, both ends, in virtual time.

use std::time::Duration;

use bytes::Bytes;

use super::samples::{cca, ccr};
use crate::diameter::dictionary::{CER, DPR, DWR};
use crate::diameter::peer::{
    Peer, PeerConfig, PeerEvent, PeerFailure, PeerState, Relation, SendError, VendorApplication,
    retransmission_of,
};
use crate::diameter::{Dictionary, FrameError, Message, MessageBuilder, grammar, key};
use crate::io::Time;

const T0: Time = Time::ZERO;

fn config(host: &str) -> PeerConfig {
    PeerConfig {
        watchdog_jitter: Duration::ZERO,
        origin_state_id: Some(3),
        seed: 7,
        ..PeerConfig::new(host, "ex")
    }
}

fn seconds(seconds: u64) -> Time {
    Time::from_millis(seconds * 1000)
}

/// What a peer told, shortened.
fn told(peer: &mut Peer) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some(event) = peer.poll_event() {
        lines.push(match event {
            PeerEvent::Opened { remote } => format!("opened {}", remote.origin_host),
            PeerEvent::Received {
                message,
                handled_by_peer,
                relation,
            } => {
                let whose = if handled_by_peer { "peer" } else { "owner" };
                let relation = match relation {
                    Relation::Request => "",
                    Relation::AnswerTo(_) => " matched",
                    Relation::Unsolicited => " unsolicited",
                };
                format!("{} for {whose}{relation}", message.abbreviation())
            }
            PeerEvent::Suspect => "suspect".to_owned(),
            PeerEvent::Recovered => "recovered".to_owned(),
            PeerEvent::ClosedByPeer { cause } => format!("closed by peer {cause:?}"),
            PeerEvent::Closed => "closed".to_owned(),
            PeerEvent::Failed(failure) => format!("failed: {failure}"),
        });
    }
    lines
}

/// Carries what `from` has to send over to `to`; every message must be without fault.
fn carry(now: Time, from: &mut Peer, to: &mut Peer) -> Vec<&'static str> {
    let mut sent = Vec::new();
    while let Some(bytes) = from.poll_transmit() {
        let message = Message::decode(bytes.clone());
        assert_eq!(message.faults(), []);
        assert_eq!(
            grammar::check(&message, Dictionary::default()),
            [],
            "{message:?}"
        );
        sent.push(message.abbreviation());
        to.handle_bytes(now, &bytes);
    }
    sent
}

/// Two ends with an open connection: the Charging Enabler's, and its User's.
fn open(server: PeerConfig, client: PeerConfig) -> (Peer, Peer) {
    let mut server = Peer::accept(server);
    let mut client = Peer::initiate(client);
    server.handle_connected(T0);
    client.handle_connected(T0);
    assert_eq!(carry(T0, &mut client, &mut server), ["CER"]);
    assert_eq!(carry(T0, &mut server, &mut client), ["CEA"]);
    assert_eq!(told(&mut server), ["CER for peer", "opened im.ex"]);
    assert_eq!(told(&mut client), ["CEA for peer matched", "opened ocs.ex"]);
    (server, client)
}

fn opened() -> (Peer, Peer) {
    open(config("ocs.ex"), config("im.ex"))
}

#[test]
fn capabilities_are_exchanged() {
    let (server, client) = opened();
    assert!(server.is_open() && client.is_open());
    let remote = server.remote().expect("remote");
    assert_eq!(remote.applications, [4]);
    assert_eq!(remote.supported_vendors, [10415]);
    assert_eq!(remote.origin_state_id, Some(3));
    assert_eq!(remote.product_name.as_deref(), Some("ch2spec"));
    assert_eq!(remote.host_ip_addresses.len(), 1);
}

#[test]
fn a_cer_written_by_hand_opens() {
    // Origin-Host "a", Origin-Realm "b", Host-IP-Address 127.0.0.1, Vendor-Id 0, Product-Name "p",
    // Auth-Application-Id 4.
    let cer: &[u8] = &[
        0x01, 0, 0, 0x6c, 0x80, 0, 0x01, 0x01, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, //
        0, 0, 0x01, 0x08, 0x40, 0, 0, 9, b'a', 0, 0, 0, //
        0, 0, 0x01, 0x28, 0x40, 0, 0, 9, b'b', 0, 0, 0, //
        0, 0, 0x01, 0x01, 0x40, 0, 0, 14, 0, 1, 127, 0, 0, 1, 0, 0, //
        0, 0, 0x01, 0x0a, 0x40, 0, 0, 12, 0, 0, 0, 0, //
        0, 0, 0x01, 0x0d, 0x00, 0, 0, 9, b'p', 0, 0, 0, //
        0, 0, 0x01, 0x02, 0x40, 0, 0, 12, 0, 0, 0, 4, //
        0, 0, 0x01, 0x0b, 0x00, 0, 0, 12, 0, 0, 0, 9,
    ];
    let mut server = Peer::accept(config("ocs.ex"));
    server.handle_connected(T0);
    server.handle_bytes(T0, cer);
    assert_eq!(told(&mut server), ["CER for peer", "opened a"]);
    let cea = server.poll_transmit().expect("CEA");
    assert_eq!(cea[4..8], [0x00, 0x00, 0x01, 0x01]);
    assert_eq!(cea[12..20], [0, 0, 0, 1, 0, 0, 0, 2]);
    // Result-Code comes first, 2001.
    assert_eq!(
        cea[20..32],
        [0, 0, 0x01, 0x0c, 0x40, 0, 0, 12, 0, 0, 0x07, 0xd1]
    );
    assert_eq!(
        server.remote().and_then(|remote| remote.firmware_revision),
        Some(9)
    );
}

#[test]
fn no_common_application_is_refused() {
    let strange = PeerConfig {
        auth_applications: vec![16_777_216],
        ..config("im.ex")
    };
    let mut server = Peer::accept(config("ocs.ex"));
    let mut client = Peer::initiate(strange);
    client.handle_connected(T0);
    // A CCR on the heels of the CER is reported and nothing more.
    let cer = client.poll_transmit().expect("CER");
    server.handle_bytes(T0, &[&cer[..], &ccr().build()[..]].concat());
    assert_eq!(
        told(&mut server),
        [
            "CER for peer",
            "failed: no common application",
            "CCR for peer"
        ]
    );
    assert!(server.wants_close());
    let cea = server.poll_transmit().expect("CEA");
    assert_eq!(server.poll_transmit(), None);
    assert_eq!(Message::decode(cea.clone()).result_code(), Some(5010));
    client.handle_bytes(T0, &cea);
    assert_eq!(
        told(&mut client),
        [
            "CEA for peer matched",
            "failed: capabilities refused by the peer with Result-Code Some(5010)"
        ]
    );
    assert_eq!(client.send(T0, ccr().build()), Err(SendError::NotOpen));
}

#[test]
fn applications_are_common_by_any_avp_and_by_relaying() {
    let vendor = VendorApplication {
        vendor: 10415,
        auth_application: 4,
    };
    let by_vendor = PeerConfig {
        auth_applications: Vec::new(),
        vendor_applications: vec![vendor],
        ..config("im.ex")
    };
    let by_relay = PeerConfig {
        auth_applications: vec![u32::MAX],
        ..config("im.ex")
    };
    let by_acct = PeerConfig {
        auth_applications: Vec::new(),
        acct_applications: vec![4],
        ..config("im.ex")
    };
    for client in [by_vendor, by_relay, by_acct] {
        open(config("ocs.ex"), client);
    }
}

#[test]
fn an_application_named_as_a_vendors_is_answered_so() {
    let named = |vendor, auth_application| VendorApplication {
        vendor,
        auth_application,
    };
    let client = PeerConfig {
        auth_applications: vec![4],
        vendor_applications: vec![named(10415, 4), named(10415, 4), named(10415, 16777216)],
        ..config("im.ex")
    };
    let (_, client) = open(config("ocs.ex"), client);
    // Once as it is, once as the vendor's, and nothing that is not ours.
    assert_eq!(client.remote().expect("remote").applications, [4, 4]);
}

#[test]
fn a_cer_without_origin_host_is_missing_one() {
    let mut server = Peer::accept(config("ocs.ex"));
    let cer = MessageBuilder::request(CER, 0).with(key::AUTH_APPLICATION_ID, 4_u32);
    server.handle_bytes(T0, &cer.build());
    let cea = Message::decode(server.poll_transmit().expect("CEA"));
    assert_eq!(cea.result_code(), Some(5005));
    assert!(
        cea.find_path(&[key::FAILED_AVP, key::ORIGIN_HOST])
            .is_some()
    );
    assert!(server.wants_close());
}

#[test]
fn a_refusal_can_be_asked_for() {
    let mut refusing = config("ocs.ex");
    refusing.behaviour.refuse_capabilities = Some(3010);
    let mut server = Peer::accept(refusing);
    let mut client = Peer::initiate(config("im.ex"));
    client.handle_connected(T0);
    carry(T0, &mut client, &mut server);
    let cea = Message::decode(server.poll_transmit().expect("CEA"));
    assert_eq!((cea.result_code(), cea.flags().error()), (Some(3010), true));
}

#[test]
fn what_comes_before_the_capabilities_ends_it() {
    let mut server = Peer::accept(config("ocs.ex"));
    server.handle_bytes(T0, &ccr().build());
    assert_eq!(
        told(&mut server),
        [
            "CCR for peer",
            "failed: message before the capabilities exchange is CCR"
        ]
    );
    assert_eq!(server.poll_transmit(), None);

    let mut client = Peer::initiate(config("im.ex"));
    client.handle_connected(T0);
    let cer = Message::decode(client.poll_transmit().expect("CER"));
    let stray = MessageBuilder::answer_to(&cer).hop_by_hop(cer.hop_by_hop() ^ 1);
    client.handle_bytes(T0, &stray.with(key::RESULT_CODE, 2001_u32).build());
    assert_eq!(client.state(), PeerState::Closed);
}

#[test]
fn capabilities_are_not_waited_for_for_ever() {
    for mut peer in [Peer::accept(config("a.ex")), Peer::initiate(config("a.ex"))] {
        peer.handle_connected(T0);
        assert_eq!(peer.poll_timeout(), Some(seconds(10)));
        peer.handle_timeout(seconds(10));
        assert_eq!(
            told(&mut peer),
            ["failed: no capabilities exchange within 10s"]
        );
        assert_eq!(peer.poll_timeout(), None);
    }
}

#[test]
fn silence_is_probed_then_suspected_then_ended() {
    let (mut server, mut client) = opened();
    assert_eq!(server.poll_timeout(), Some(seconds(30)));
    server.handle_timeout(seconds(30));
    assert_eq!(carry(seconds(30), &mut server, &mut client), ["DWR"]);
    assert_eq!(told(&mut client), ["DWR for peer"]);
    assert_eq!(carry(seconds(30), &mut client, &mut server), ["DWA"]);
    assert_eq!(told(&mut server), ["DWA for peer matched"]);

    // From here on nothing is carried any more.
    server.handle_timeout(seconds(60));
    assert!(server.poll_transmit().is_some());
    assert_eq!(told(&mut server), [""; 0]);
    server.handle_timeout(seconds(90));
    assert_eq!(told(&mut server), ["suspect"]);
    assert_eq!(server.state(), PeerState::Suspect);
    assert_eq!(server.poll_transmit(), None, "one DWR at a time");
    server.handle_timeout(seconds(120));
    assert_eq!(told(&mut server), ["failed: watchdog unanswered"]);
    assert!(server.wants_close());
}

#[test]
fn any_message_puts_off_the_watchdog() {
    let (mut server, mut client) = opened();
    client.send_request(seconds(20), ccr()).expect("open");
    carry(seconds(20), &mut client, &mut server);
    assert_eq!(server.poll_timeout(), Some(seconds(50)));
    server.handle_timeout(seconds(30));
    assert_eq!(server.poll_transmit(), None, "not due");
}

#[test]
fn a_suspect_that_speaks_is_one_no_longer() {
    let (mut server, mut client) = opened();
    server.handle_timeout(seconds(30));
    server.handle_timeout(seconds(60));
    assert_eq!(told(&mut server), ["suspect"]);
    carry(seconds(61), &mut server, &mut client);
    carry(seconds(61), &mut client, &mut server);
    assert_eq!(told(&mut server), ["DWA for peer matched", "recovered"]);
    assert_eq!(server.poll_timeout(), Some(seconds(91)));
}

#[test]
fn a_dwa_can_be_withheld() {
    let (mut server, mut client) = opened();
    server.behaviour_mut().answer_watchdog = false;
    client.handle_timeout(seconds(30));
    carry(seconds(30), &mut client, &mut server);
    assert_eq!(told(&mut server), ["DWR for peer"]);
    assert_eq!(server.poll_transmit(), None);
}

#[test]
fn jitter_stays_within_bounds_and_follows_the_seed() {
    let due = |seed| {
        let jittery = PeerConfig {
            watchdog_jitter: Duration::from_secs(2),
            seed,
            ..config("ocs.ex")
        };
        open(jittery, config("im.ex"))
            .0
            .poll_timeout()
            .expect("a watchdog")
    };
    let all: Vec<Time> = (0..50).map(due).collect();
    assert!(
        all.iter()
            .all(|&due| due >= seconds(28) && due <= seconds(32))
    );
    assert!(all.iter().any(|&due| due != all[0]));
    assert_eq!(due(1), due(1));
}

#[test]
fn a_disconnection_is_orderly() {
    let (mut server, mut client) = opened();
    server.disconnect(seconds(1), 2);
    assert_eq!(carry(seconds(1), &mut server, &mut client), ["DPR"]);
    assert_eq!(
        told(&mut client),
        ["DPR for peer", "closed by peer Some(2)"]
    );
    assert_eq!(
        client.send(seconds(1), ccr().build()),
        Err(SendError::NotOpen)
    );
    assert!(!client.wants_close(), "who gets the DPA closes");
    assert_eq!(carry(seconds(1), &mut client, &mut server), ["DPA"]);
    assert_eq!(told(&mut server), ["DPA for peer matched", "closed"]);
    assert!(server.wants_close());
    client.handle_closed(seconds(1));
    assert_eq!(told(&mut client), ["closed"]);
}

#[test]
fn a_disconnection_is_not_waited_for_for_ever() {
    let (mut server, mut client) = opened();
    client.behaviour_mut().answer_disconnect = false;
    server.disconnect(seconds(1), 0);
    carry(seconds(1), &mut server, &mut client);
    assert_eq!(client.poll_transmit(), None);
    for peer in [&mut server, &mut client] {
        assert_eq!(peer.poll_timeout(), Some(seconds(6)));
        peer.handle_timeout(seconds(6));
        assert_eq!(
            told(peer).last().map(String::as_str),
            Some("failed: no disconnection within 5s")
        );
    }
}

#[test]
fn answers_in_flight_still_go_out_while_closing() {
    let (mut server, mut client) = opened();
    client.send_request(seconds(1), ccr()).expect("open");
    carry(seconds(1), &mut client, &mut server);
    server.disconnect(seconds(1), 0);
    let Some(PeerEvent::Received { message, .. }) = server.poll_event() else {
        panic!("no CCR");
    };
    server
        .send(seconds(1), cca(&message, 2001))
        .expect("an answer");
    assert_eq!(
        server.send(seconds(1), ccr().build()),
        Err(SendError::NotOpen)
    );
    assert_eq!(carry(seconds(1), &mut server, &mut client), ["DPR", "CCA"]);
    assert_eq!(
        told(&mut client),
        [
            "DPR for peer",
            "closed by peer Some(0)",
            "CCA for owner matched"
        ]
    );
}

#[test]
fn answers_are_matched_and_strays_reported() {
    let (mut server, mut client) = opened();
    let sent = client.send_request(seconds(1), ccr()).expect("open");
    assert_eq!(client.unanswered(), 1);
    carry(seconds(1), &mut client, &mut server);
    assert_eq!(told(&mut server), ["CCR for owner"]);
    let answer = cca(&Message::decode(sent.clone()), 2001);
    client.handle_bytes(seconds(1), &answer);
    match client.poll_event() {
        Some(PeerEvent::Received {
            relation: Relation::AnswerTo(request),
            ..
        }) => {
            assert_eq!(request, sent);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(client.unanswered(), 0);
    client.handle_bytes(seconds(1), &answer);
    assert_eq!(told(&mut client), ["CCA for peer unsolicited"]);
}

#[test]
fn an_answer_of_another_command_is_a_stray() {
    let (_, mut client) = opened();
    let sent = Message::decode(client.send_request(seconds(1), ccr()).expect("open"));
    let raa = MessageBuilder::request(258, 4)
        .flags(0x40)
        .hop_by_hop(sent.hop_by_hop())
        .with(key::RESULT_CODE, 2001_u32);
    client.handle_bytes(seconds(1), &raa.build());
    assert_eq!(told(&mut client), ["RAA for peer unsolicited"]);
    assert_eq!(client.unanswered(), 1);
}

#[test]
fn unanswered_requests_are_few_and_can_be_taken_elsewhere() {
    let few = PeerConfig {
        max_pending: 2,
        ..config("im.ex")
    };
    let (_, mut client) = open(config("ocs.ex"), few);
    let first = client.send_request(seconds(1), ccr()).expect("first");
    let second = client.send_request(seconds(1), ccr()).expect("second");
    assert_eq!(
        client.send_request(seconds(1), ccr()),
        Err(SendError::TooManyPending(2))
    );
    client.handle_timeout(seconds(30));
    client.handle_closed(seconds(31));
    assert_eq!(
        told(&mut client),
        ["failed: transport closed without disconnection"]
    );
    assert_eq!(
        client.take_unanswered(),
        [first.clone(), second],
        "no DWR among them"
    );
    assert_eq!(client.unanswered(), 0);

    let again = Message::decode(retransmission_of(&first, 0x0102_0304));
    let first = Message::decode(first);
    assert!(again.flags().retransmitted() && !first.flags().retransmitted());
    assert_eq!(again.hop_by_hop(), 0x0102_0304);
    assert_eq!(again.end_to_end(), first.end_to_end());
    assert_eq!(again.raw()[20..], first.raw()[20..]);
}

#[test]
fn identifiers_are_unique_and_follow_seed_and_time() {
    let started = PeerConfig {
        started_at: 0x1234_5678,
        ..config("im.ex")
    };
    let mut peer = Peer::initiate(started.clone());
    let mut twin = Peer::initiate(started);
    let first = peer.next_end_to_end();
    assert_eq!(first >> 20, 0x678);
    assert_eq!(first, twin.next_end_to_end());
    let mut seen: Vec<u32> = (0..1000).map(|_| peer.next_hop_by_hop()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 1000);
    let mut other = Peer::initiate(PeerConfig {
        seed: 8,
        ..config("im.ex")
    });
    assert_ne!(twin.next_hop_by_hop(), other.next_hop_by_hop());
}

#[test]
fn a_stream_that_cannot_be_right_ends_it() {
    let (mut server, _) = opened();
    server.handle_bytes(seconds(1), b"GET / HTTP/1.1\r\n");
    assert_eq!(
        server.poll_event(),
        Some(PeerEvent::Failed(PeerFailure::Frame(FrameError::Version(
            b'G'
        ))))
    );
    assert!(server.wants_close());
    server.handle_bytes(seconds(1), &ccr().build());
    assert_eq!(server.poll_event(), None);
}

#[test]
fn a_transport_that_breaks_says_how_much_was_cut_off() {
    let (mut server, _) = opened();
    server.handle_bytes(seconds(1), &ccr().build()[..33]);
    server.handle_closed(seconds(1));
    assert_eq!(
        server.poll_event(),
        Some(PeerEvent::Failed(PeerFailure::TransportClosed {
            cut_off: 33
        }))
    );
    server.handle_closed(seconds(2));
    assert_eq!(server.poll_event(), None);
}

#[test]
fn a_second_cer_is_refused_and_changes_nothing() {
    let (mut server, _) = opened();
    server.handle_bytes(seconds(1), &MessageBuilder::request(CER, 0).build());
    let cea = Message::decode(server.poll_transmit().expect("CEA"));
    assert_eq!(cea.result_code(), Some(5012));
    assert!(server.is_open());
}

#[test]
fn messages_are_told_in_wire_order() {
    let (mut server, mut client) = opened();
    client.send_request(seconds(1), ccr()).expect("open");
    client.handle_timeout(seconds(30));
    client.send_request(seconds(30), ccr()).expect("open");
    client.disconnect(seconds(30), 0);
    let stream: Vec<u8> = std::iter::from_fn(|| client.poll_transmit())
        .flat_map(|bytes: Bytes| bytes.to_vec())
        .collect();
    for octet in stream {
        server.handle_bytes(seconds(30), &[octet]);
    }
    assert_eq!(
        told(&mut server),
        [
            "CCR for owner",
            "DWR for peer",
            "CCR for owner",
            "DPR for peer",
            "closed by peer Some(0)"
        ]
    );
    let sent: Vec<_> = std::iter::from_fn(|| server.poll_transmit())
        .map(|bytes| Message::decode(bytes).command_code())
        .collect();
    assert_eq!(sent, [DWR, DPR]);
}

#[test]
fn a_refusal_follows_the_grammar_of_errors() {
    let (server, _) = opened();
    let request = Message::decode(ccr().build());
    let refusal = Message::decode(server.refusal(&request, 3004).build());
    assert!(refusal.flags().error() && refusal.flags().proxiable());
    assert_eq!(refusal.session_id(), request.session_id());
    assert_eq!(refusal.faults(), []);
    assert_eq!(grammar::check(&refusal, Dictionary::default()), []);
    let failure = Message::decode(server.refusal(&request, 5012).build());
    assert!(!failure.flags().error());
    // Without the E bit it is a CCA like any other (RFC 8506 3.2).
    assert_eq!(grammar::check(&failure, Dictionary::default()), []);
}
