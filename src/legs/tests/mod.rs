//! Each rule is broken by one conversation of the first table, and kept by those of the second.

mod breaks;
mod keeps;

use std::time::Duration;

use crate::ch2::Strength;
use crate::io::Time;
use crate::msrp::{self, TransactionIds, Uri};
use crate::sip;

use super::{Monitor, Observation, Said, rules};

const CLIENT: u8 = 0;
const FAR_END: u8 = 1;

const OURS: &str = "msrp://192.0.2.1:7001/client;tcp";
const THEIRS: &str = "msrp://192.0.2.9:2855/server;tcp";

/// A conversation with a monitor listening.
struct Talk {
    monitor: Monitor,
    ids: TransactionIds,
    at: Time,
    event: usize,
    leg: u8,
    path: u64,
    /// Which conversation of several it is: each has legs and connections of its own.
    round: u8,
}

impl Talk {
    fn new() -> Talk {
        Talk {
            monitor: Monitor::default(),
            ids: TransactionIds::new(7),
            at: Time::ZERO,
            event: 0,
            leg: CLIENT,
            path: 1,
            round: 0,
        }
    }

    fn server(&mut self, message: &sip::MessageBuilder) -> sip::Message {
        self.sip(message, true)
    }

    fn ours(&mut self, message: &sip::MessageBuilder) -> sip::Message {
        self.sip(message, false)
    }

    fn server_msrp(&mut self, message: &msrp::MessageBuilder) -> msrp::Message {
        self.msrp(message, true)
    }

    fn our_msrp(&mut self, message: &msrp::MessageBuilder) -> msrp::Message {
        self.msrp(message, false)
    }

    fn wait(&mut self, millis: u64) {
        self.at = self.at + Duration::from_millis(millis);
    }

    fn found(mut self) -> Vec<&'static str> {
        self.monitor.ended(self.at);
        let breaches = self.monitor.finish();
        let mut ids: Vec<_> = breaches.iter().map(|breach| breach.rule.id).collect();
        ids.dedup();
        ids
    }

    fn sip(&mut self, message: &sip::MessageBuilder, from_server: bool) -> sip::Message {
        let message = sip::Message::decode(message.build());
        self.say(Said::Sip(&message), from_server);
        message
    }

    fn msrp(&mut self, message: &msrp::MessageBuilder, from_server: bool) -> msrp::Message {
        let message = message.build(&mut self.ids);
        self.say(Said::Msrp(&message), from_server);
        message
    }

    fn say(&mut self, said: Said<'_>, from_server: bool) {
        self.monitor.observe(&Observation {
            event: self.event,
            at: self.at,
            from_server,
            leg: self.leg + 2 * self.round,
            path: self.path + 10 * u64::from(self.round),
            said,
        });
        self.event += 1;
        self.wait(5);
    }
}

/// A request as it should be. `from` and `to` are tags; an empty `to` is none.
fn request(method: &str, cseq: u32, from: &str, to: &str) -> sip::MessageBuilder {
    let tagged = match to {
        "" => "<sip:bob@example.com>".to_owned(),
        tag => format!("<sip:bob@example.com>;tag={tag}"),
    };
    let message = sip::MessageBuilder::request(method, "sip:bob@192.0.2.9")
        .via(
            "UDP",
            "192.0.2.1:5060",
            &format!("z9hG4bK{method}{cseq}{from}"),
        )
        .header("Max-Forwards", "70")
        .header("From", format!("<sip:alice@example.com>;tag={from}"))
        .header("To", tagged)
        .header("Call-ID", "a84b4c76e66710")
        .cseq(cseq, method);
    match method {
        "INVITE" => message.header("Contact", "<sip:alice@192.0.2.1>"),
        _ => message,
    }
}

fn invite() -> sip::MessageBuilder {
    request("INVITE", 1, "ours", "").body("application/sdp", sdp(OURS, &["message"]))
}

fn response(request: &sip::Message, status: u16) -> sip::MessageBuilder {
    let message = sip::MessageBuilder::response_to(request, status, "Reason", "theirs");
    match request.is_method("INVITE") && status / 100 == 2 {
        true => message.header("Contact", "<sip:bob@192.0.2.9>"),
        false => message,
    }
}

fn accepted(request: &sip::Message) -> sip::MessageBuilder {
    response(request, 200).body("application/sdp", sdp(THEIRS, &["message"]))
}

/// A description with these media, the messages at `path`.
fn sdp(path: &str, media: &[&str]) -> String {
    let (host, port) = match path {
        OURS => ("192.0.2.1", 7001),
        _ => ("192.0.2.9", 2855),
    };
    let mut text = format!("v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n");
    for kind in media {
        text.push_str(&match *kind {
            "message" => format!(
                "m=message {port} TCP/MSRP *\r\na=accept-types:text/plain\r\na=path:{path}\r\n"
            ),
            other => format!("m={other} 0 RTP/AVP 0\r\n"),
        });
    }
    text
}

/// The harness calls, and the call stands.
fn call(talk: &mut Talk) {
    let invite = talk.ours(&invite());
    talk.server(&response(&invite, 180));
    talk.server(&accepted(&invite));
    talk.ours(&request("ACK", 1, "ours", "theirs"));
}

/// The server calls, and the call stands.
fn called(talk: &mut Talk) {
    talk.leg = FAR_END;
    let invite = talk.server(&invite());
    talk.ours(&accepted(&invite));
    talk.server(&request("ACK", 1, "ours", "theirs"));
}

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

/// A SEND of the harness.
fn send(id: &str) -> msrp::MessageBuilder {
    let (to, from) = ([uri(THEIRS)], [uri(OURS)]);
    msrp::MessageBuilder::send_whole(&to, &from, id, "text/plain", "hello")
}

/// A SEND of the server.
fn sent(id: &str) -> msrp::MessageBuilder {
    let (to, from) = ([uri(OURS)], [uri(THEIRS)]);
    msrp::MessageBuilder::send_whole(&to, &from, id, "text/plain", "hello")
}

/// A response of the server.
fn answered(send: &msrp::Message, code: u16) -> msrp::MessageBuilder {
    msrp::MessageBuilder::response_to(send, code, &uri(THEIRS))
}

/// A REPORT of the server.
fn report(id: &str, code: u16) -> msrp::MessageBuilder {
    let status = msrp::ReportStatus {
        namespace: 0,
        code,
        comment: String::new(),
    };
    let (to, from) = ([uri(OURS)], [uri(THEIRS)]);
    let range = Some(msrp::ByteRange::whole(5));
    msrp::MessageBuilder::report(&to, &from, id, range, &status)
}

#[test]
fn every_rule_is_broken_by_a_conversation() {
    for rule in rules() {
        let broken = breaks::TABLE.iter().any(|(id, _)| *id == rule.id);
        assert!(broken, "{} is never broken", rule.id);
    }
}

#[test]
fn each_conversation_breaks_its_rule_and_no_other() {
    let mut wrong = Vec::new();
    for (at, (id, conversation)) in breaks::TABLE.iter().enumerate() {
        let mut talk = Talk::new();
        conversation(&mut talk);
        let found = talk.found();
        if found != [*id] {
            wrong.push((at, *id, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_conversation_that_keeps_the_rules_breaks_none() {
    let mut wrong = Vec::new();
    for (name, conversation) in keeps::TABLE {
        let mut talk = Talk::new();
        conversation(&mut talk);
        let found = talk.found();
        if !found.is_empty() {
            wrong.push((*name, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_watches_something_that_keeps_it() {
    let mut talk = Talk::new();
    for (_, conversation) in keeps::TABLE {
        (talk.leg, talk.path) = (CLIENT, 1);
        conversation(&mut talk);
        talk.round += 1;
    }
    assert_eq!(talk.monitor.watched(), rules().len());
    assert_eq!(Monitor::default().watched(), 0);
}

#[test]
fn a_fault_without_must_weighs_less() {
    let mut talk = Talk::new();
    let invite = talk.ours(&invite());
    talk.server(&accepted(&invite).content_length("1"));
    let breaches = talk.monitor.finish();
    let found: Vec<_> = breaches
        .iter()
        .map(|breach| (breach.rule.id, breach.requirement.strength))
        .collect();
    assert!(
        found.contains(&("SIP-CONTENT-LENGTH", Strength::Should)),
        "{found:?}"
    );
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let mut talk = Talk::new();
    for at in 0..20_000_u32 {
        let call_id = format!("call-{at}");
        talk.server(&request("INVITE", 1, "theirs", "").set("Call-ID", call_id.as_str()));
        talk.server_msrp(&sent(&format!("id-{at}")));
    }
    assert!(talk.monitor.breaches().len() <= 50 * rules().len());
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        from_server: bool,
    ) {
        let mut talk = Talk::new();
        call(&mut talk);
        let message = sip::Message::decode(bytes.into());
        talk.say(Said::Sip(&message), from_server);
        talk.say(Said::Sip(&message), !from_server);
    }
}
