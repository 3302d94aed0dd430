//! Each rule is broken by one conversation of the first table, and kept by those of the second.

mod breaks;
mod keeps;

use std::time::Duration;

use crate::ch2::Binding;
use crate::diameter::{AvpKey, AvpOut, AvpValue, Message, MessageBuilder, NtpTime, key};
use crate::io::Time;

use super::{Breach, Monitor, Observation, Rule};

const SERVER: &str = "im.example.com";
const ENABLER: &str = "ocs.example.com";
const SESSION: &str = "im.example.com;1876543210;523";

/// A conversation with a monitor listening.
struct Talk {
    monitor: Monitor,
    at: Time,
    event: usize,
    connection: u64,
    /// The Charging Enabler at its end.
    peer: u8,
    /// The IM session that what is said belongs to.
    im_session: usize,
}

impl Talk {
    fn new() -> Talk {
        Talk::under(&Binding::default())
    }

    fn under(binding: &Binding) -> Talk {
        Talk {
            monitor: Monitor::new(binding),
            at: Time::ZERO,
            event: 0,
            connection: 1,
            peer: 0,
            im_session: 0,
        }
    }

    fn server(&mut self, message: &MessageBuilder) -> Message {
        self.say(message, true)
    }

    fn ours(&mut self, message: &MessageBuilder) -> Message {
        self.say(message, false)
    }

    /// The server asks and the harness answers.
    fn exchange(&mut self, request: &MessageBuilder, code: u32) -> Message {
        let request = self.server(request);
        self.ours(&cca(&request, code))
    }

    fn wait(&mut self, millis: u64) {
        self.at = self.at + Duration::from_millis(millis);
    }

    fn lose(&mut self) {
        self.monitor.path_lost(self.connection, self.at);
        self.connection += 1;
    }

    fn found(mut self) -> Vec<&'static str> {
        self.monitor.ended(self.at);
        let mut ids: Vec<_> = self
            .monitor
            .finish()
            .iter()
            .map(|breach| breach.rule.id)
            .collect();
        ids.dedup();
        ids
    }

    fn say(&mut self, message: &MessageBuilder, from_server: bool) -> Message {
        let message = Message::decode(message.build());
        self.monitor.observe(&Observation {
            event: self.event,
            at: self.at,
            from_server,
            im_session: self.im_session,
            connection: self.connection,
            peer: self.peer,
            message: &message,
        });
        self.event += 1;
        self.wait(5);
        message
    }
}

/// A CCR as it should be: `kind` 1 to 4 with its number, and identifiers of its own.
fn ccr(kind: u32, number: u32) -> MessageBuilder {
    let identifier = 1000 + 10 * number + kind;
    let units = |count: u64| [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, count)];
    let message = MessageBuilder::request(272, 4)
        .hop_by_hop(identifier)
        .end_to_end(identifier)
        .with(key::SESSION_ID, SESSION)
        .with(key::ORIGIN_HOST, SERVER)
        .with(key::ORIGIN_REALM, "example.com")
        .with(key::DESTINATION_REALM, "example.com")
        .with(key::AUTH_APPLICATION_ID, 4_u32)
        .with(key::SERVICE_CONTEXT_ID, "im@example.com")
        .with(key::CC_REQUEST_TYPE, kind)
        .with(key::CC_REQUEST_NUMBER, number)
        .with(key::EVENT_TIMESTAMP, NtpTime(3_900_000_000))
        .avp(subscription("sip:alice@example.com"));
    match kind {
        1 => message.avp(AvpOut::group(key::REQUESTED_SERVICE_UNIT, units(10))),
        2 => message
            .avp(AvpOut::group(key::USED_SERVICE_UNIT, units(1)))
            .avp(AvpOut::group(key::REQUESTED_SERVICE_UNIT, units(10))),
        3 => message.avp(AvpOut::group(key::USED_SERVICE_UNIT, units(1))),
        _ => message.with(key::REQUESTED_ACTION, 0_u32),
    }
}

fn subscription(data: &str) -> AvpOut {
    AvpOut::group(
        key::SUBSCRIPTION_ID,
        [
            AvpOut::new(key::SUBSCRIPTION_ID_TYPE, 2_u32),
            AvpOut::new(key::SUBSCRIPTION_ID_DATA, data),
        ],
    )
}

fn cca(request: &Message, code: u32) -> MessageBuilder {
    let text = |key| request.find(key).map(AvpOut::copy_of);
    MessageBuilder::answer_to(request)
        .flags(if code / 1000 == 3 { 0x60 } else { 0x40 })
        .avps(text(key::SESSION_ID))
        .with(key::RESULT_CODE, code)
        .with(key::ORIGIN_HOST, ENABLER)
        .with(key::ORIGIN_REALM, "example.com")
        .avps(text(key::AUTH_APPLICATION_ID))
        .avps(text(key::CC_REQUEST_TYPE))
        .avps(text(key::CC_REQUEST_NUMBER))
        .avp(AvpOut::group(
            key::GRANTED_SERVICE_UNIT,
            [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, 10_u64)],
        ))
}

fn cer() -> MessageBuilder {
    MessageBuilder::request(257, 0)
        .hop_by_hop(1)
        .end_to_end(1)
        .with(key::ORIGIN_HOST, SERVER)
        .with(key::ORIGIN_REALM, "example.com")
        .with(key::HOST_IP_ADDRESS, std::net::IpAddr::from([127, 0, 0, 1]))
        .with(key::VENDOR_ID, 0_u32)
        .with(key::PRODUCT_NAME, "im")
        .with(key::AUTH_APPLICATION_ID, 4_u32)
}

/// What the harness answers to a CER.
fn cea(request: &Message, code: u32) -> MessageBuilder {
    MessageBuilder::answer_to(request)
        .with(key::RESULT_CODE, code)
        .with(key::ORIGIN_HOST, ENABLER)
        .with(key::ORIGIN_REALM, "example.com")
        .with(key::HOST_IP_ADDRESS, std::net::IpAddr::from([127, 0, 0, 1]))
        .with(key::VENDOR_ID, 0_u32)
        .with(key::PRODUCT_NAME, "ocs")
        .with(key::AUTH_APPLICATION_ID, 4_u32)
}

/// Capabilities are exchanged.
fn open(talk: &mut Talk) {
    let identifier = 100 + u32::try_from(talk.event).unwrap();
    let request = talk.server(&identified(cer(), identifier));
    talk.ours(&cea(&request, 2001));
}

fn dwr(identifier: u32) -> MessageBuilder {
    MessageBuilder::request(280, 0)
        .hop_by_hop(identifier)
        .end_to_end(identifier)
        .with(key::ORIGIN_HOST, SERVER)
        .with(key::ORIGIN_REALM, "example.com")
}

fn dwa(request: &Message) -> MessageBuilder {
    MessageBuilder::answer_to(request)
        .with(key::RESULT_CODE, 2001_u32)
        .with(key::ORIGIN_HOST, SERVER)
        .with(key::ORIGIN_REALM, "example.com")
}

fn rar(identifier: u32) -> MessageBuilder {
    to_session(258, identifier).with(key::RE_AUTH_REQUEST_TYPE, 0_u32)
}

fn asr(identifier: u32) -> MessageBuilder {
    to_session(274, identifier)
}

fn dpr(identifier: u32, cause: u32) -> MessageBuilder {
    MessageBuilder::request(282, 0)
        .hop_by_hop(identifier)
        .end_to_end(identifier)
        .with(key::ORIGIN_HOST, SERVER)
        .with(key::ORIGIN_REALM, "example.com")
        .with(key::DISCONNECT_CAUSE, cause)
}

/// A request of the harness for the session.
fn to_session(command: u32, identifier: u32) -> MessageBuilder {
    MessageBuilder::request(command, 4)
        .hop_by_hop(identifier)
        .end_to_end(identifier)
        .with(key::SESSION_ID, SESSION)
        .with(key::ORIGIN_HOST, ENABLER)
        .with(key::ORIGIN_REALM, "example.com")
        .with(key::DESTINATION_REALM, "example.com")
        .with(key::DESTINATION_HOST, SERVER)
        .with(key::AUTH_APPLICATION_ID, 4_u32)
}

/// A CCA that grants so many messages, as the final ones.
fn final_units(request: &Message, messages: u64) -> MessageBuilder {
    let units = [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, messages)];
    let last = [AvpOut::new(key::FINAL_UNIT_ACTION, 0_u32)];
    without(cca(request, 2001), key::GRANTED_SERVICE_UNIT)
        .avp(AvpOut::group(key::GRANTED_SERVICE_UNIT, units))
        .avp(AvpOut::group(key::FINAL_UNIT_INDICATION, last))
}

fn raa(request: &Message) -> MessageBuilder {
    MessageBuilder::answer_to(request)
        .with(key::SESSION_ID, SESSION)
        .with(key::RESULT_CODE, 2002_u32)
        .with(key::ORIGIN_HOST, SERVER)
        .with(key::ORIGIN_REALM, "example.com")
}

fn without(mut message: MessageBuilder, key: AvpKey) -> MessageBuilder {
    message.avps_mut().retain(|avp| avp.key() != key);
    message
}

fn with(mut message: MessageBuilder, key: AvpKey, value: impl Into<AvpValue>) -> MessageBuilder {
    let value = value.into();
    for avp in message.avps_mut().iter_mut().filter(|avp| avp.key() == key) {
        *avp = AvpOut::new(key, value.clone());
    }
    message
}

/// The same request under other identifiers.
fn identified(message: MessageBuilder, identifier: u32) -> MessageBuilder {
    message.hop_by_hop(identifier).end_to_end(identifier)
}

fn mscc(avps: impl IntoIterator<Item = AvpOut>) -> AvpOut {
    AvpOut::group(key::MULTIPLE_SERVICES_CREDIT_CONTROL, avps)
}

/// A whole session, as it should be.
fn session(talk: &mut Talk) {
    talk.exchange(&ccr(1, 0), 2001);
    talk.exchange(&ccr(2, 1), 2001);
    talk.exchange(&ccr(3, 2), 2001);
}

#[test]
fn every_rule_is_broken_by_a_conversation() {
    for rule in Rule::all() {
        assert!(
            breaks::TABLE.iter().any(|(id, _)| *id == rule.id),
            "{} is never broken",
            rule.id
        );
    }
}

#[test]
fn each_conversation_breaks_its_rule_and_no_other() {
    let mut wrong = Vec::new();
    for (at, (id, conversation)) in breaks::TABLE.iter().enumerate() {
        let mut talk = match *id {
            "CC-CONTEXT-PROFILE" => Talk::under(&Binding {
                service_context_id: Some("other@example.com".to_owned()),
                ..Binding::default()
            }),
            _ => Talk::new(),
        };
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
fn watchdogs_are_held_to_the_timer_that_the_server_says_it_has() {
    let found = |twinit: Option<u64>, gap: u64| {
        let mut talk = Talk::new();
        if let Some(twinit) = twinit {
            let monitor = Monitor::new(&Binding::default());
            talk.monitor = monitor.with_watchdog_time(Duration::from_millis(twinit));
        }
        talk.server(&dwr(7));
        talk.wait(gap);
        talk.server(&dwr(8));
        let watched = talk.monitor.watched();
        let breach = talk.found().contains(&"PEER-WATCHDOG-PACE");
        (breach, watched)
    };
    // A timer that is longer than it has to be may be shortened at any time: it is no promise.
    for (twinit, gap, breach) in [
        (None, 3_900, true),
        (None, 4_000, false),
        (Some(30_000), 3_900, true),
        (Some(30_000), 4_000, false),
        (Some(5_000), 2_900, true),
        (Some(5_000), 3_000, false),
    ] {
        assert_eq!(found(twinit, gap).0, breach, "{twinit:?} {gap}");
    }
    // Nothing can be told of a timer that the jitter may bring to nothing, nor is it watched.
    let (breach, watched) = found(Some(2_000), 1);
    assert!(!breach);
    assert_eq!(watched + 1, found(Some(5_000), 3_000).1);
}

#[test]
fn a_whole_session_is_watched_by_most_rules() {
    let mut talk = Talk::new();
    open(&mut talk);
    session(&mut talk);
    assert!(talk.monitor.watched() > 40, "{}", talk.monitor.watched());
    assert_eq!(talk.found(), [""; 0]);
    assert_eq!(Monitor::new(&Binding::default()).watched(), 0);
}

#[test]
fn a_breach_names_messages_clause_and_values() {
    let mut talk = Talk::new();
    session(&mut talk);
    talk.server(&identified(ccr(3, 3), 9));
    let breaches = talk.monitor.finish();
    let [breach] = breaches.as_slice() else {
        panic!("{breaches:?}");
    };
    let Breach {
        rule,
        requirement,
        event,
        against,
        expected,
        observed,
    } = breach;
    assert_eq!((rule.id, requirement.id), ("CC-ONE-STOP", "CC-5.4-STOP"));
    assert_eq!((*event, *against), (6, Some(4)));
    assert_eq!(expected, "one SessionRequest (stop)");
    assert_eq!(observed, "a second SessionRequest (stop)");
}

#[test]
fn a_fault_of_a_transcribed_avp_weighs_less() {
    let mut talk = Talk::new();
    let icid = AvpOut::raw(key::IMS_CHARGING_IDENTIFIER, 0, "icid-1");
    let ims = AvpOut::group(
        key::IMS_INFORMATION,
        [AvpOut::new(key::NODE_FUNCTIONALITY, 6_u32), icid],
    );
    talk.server(&ccr(1, 0).avp(AvpOut::group(key::SERVICE_INFORMATION, [ims])));
    let breaches = talk.monitor.finish();
    let found: Vec<_> = breaches
        .iter()
        .map(|b| (b.rule.id, b.requirement.id))
        .collect();
    assert_eq!(found, [("DIA-AVP-FLAGS", "OMA-AVP")]);
}

#[test]
fn the_base_protocols_table_weighs_less_than_that_of_credit_control() {
    let mut talk = Talk::new();
    talk.exchange(&ccr(1, 0), 2001);
    let request = talk.ours(&rar(7));
    talk.server(&raa(&request).with(key::AUTH_APPLICATION_ID, 4_u32));
    talk.server(&ccr(2, 1).with(key::RESULT_CODE, 2001_u32));
    let breaches = talk.monitor.finish();
    let found: Vec<_> = breaches
        .iter()
        .map(|b| (b.rule.id, b.requirement.id))
        .collect();
    let rule = "DIA-AVP-FORBIDDEN";
    assert_eq!(
        found,
        [(rule, "RFC6733-10.1-TABLE"), (rule, "CC-10.1-FORBIDDEN")]
    );
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let mut talk = Talk::new();
    for at in 0..40_000_u32 {
        let session = format!("{SERVER};1;{at}");
        talk.server(&with(
            identified(ccr(2, at), at),
            key::SESSION_ID,
            session.as_str(),
        ));
    }
    assert!(talk.monitor.breaches().len() <= 50 * Rule::all().len());
    assert!(talk.monitor.left_off() > 0);
    let size = format!("{:?}", talk.monitor.breaches()).len();
    assert!(size < 1 << 20, "{size}");
}

#[test]
fn a_session_that_was_forgotten_is_not_taken_for_one_without_a_start() {
    let mut talk = Talk::new();
    for at in 0..20_000_u32 {
        let session = format!("{SERVER};1;{at}");
        let start = identified(ccr(1, 0), at);
        talk.exchange(&with(start, key::SESSION_ID, session.as_str()), 2001);
    }
    let interim = identified(ccr(2, 1), 20_000);
    let first = format!("{SERVER};1;0");
    talk.exchange(&with(interim, key::SESSION_ID, first.as_str()), 2001);
    assert_eq!(talk.found(), [""; 0]);
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        from_server: bool,
    ) {
        let message = Message::decode(bytes.into());
        let mut monitor = Monitor::new(&Binding::default());
        for event in 0..2 {
            let at = Time::ZERO;
            let connection = 1;
            monitor.observe(&Observation { event, at, from_server, im_session: 0, connection, peer: 0, message: &message });
        }
        monitor.path_lost(1, Time::ZERO);
    }
}
