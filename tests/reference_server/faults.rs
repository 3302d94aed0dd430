//! Each fault shows on the wire, and the right server shows none of them.

use std::time::Duration;

use ch2spec::diameter::{AvpKey, Message, key};
use ch2spec::msrp;
use ch2spec::reference::{Config, Fault, Interim};

use crate::puppet::{CLIENT, ICID};
use crate::{Bench, CALL, config, faulty, with_faults};

#[test]
fn the_right_server_has_none_of_the_faults() {
    let flow = Bench::client_ends(config(true));
    let expected = [
        "enabler: I#0",
        "far: SIP INVITE",
        "far: SIP ACK",
        "client: SIP 200 INVITE",
        "client: MSRP 200",
        "enabler: U#1 used=1",
        "far: MSRP SEND Hello",
        "client: SIP 200 BYE",
        "far: SIP BYE",
        "enabler: T#2 used=0",
    ];
    assert_eq!(flow, expected);
}

#[test]
fn faults_show_on_the_wire() {
    let clean = Bench::client_ends(config(true));
    let without = |line: &str| {
        let mut flow = clean.clone();
        flow.retain(|one| one != line);
        flow
    };
    let with = |line: &str| {
        let mut flow = clean.clone();
        flow.push(line.to_owned());
        flow
    };
    let replaced = |from: &str, to: &str| {
        clean
            .iter()
            .map(|line| line.replace(from, to))
            .collect::<Vec<String>>()
    };
    let rows = [
        (Fault::NoStop, without("enabler: T#2 used=0")),
        (Fault::DoubleStop, with("enabler: T#3 used=0")),
        (Fault::RequestAfterStop, with("enabler: U#3 used=0")),
        (Fault::NoFarBye, without("far: SIP BYE")),
        (Fault::NoByeAnswer, without("client: SIP 200 BYE")),
        (Fault::NoSendAnswer, without("client: MSRP 200")),
        (Fault::NoForward, without("far: MSRP SEND Hello")),
        (Fault::CumulativeUsage, replaced("T#2 used=0", "T#2 used=1")),
        (Fault::StopWithoutUsage, replaced("T#2 used=0", "T#2")),
    ];
    for (fault, expected) in rows {
        assert_eq!(Bench::client_ends(faulty(true, fault)), expected, "{fault}");
    }
    let ccrs = |fault| {
        let mut flow = Bench::client_ends(faulty(true, fault));
        flow.retain(|line| line.starts_with("enabler"));
        flow
    };
    assert_eq!(
        ccrs(Fault::NoStart),
        ["enabler: U#0 used=1", "enabler: T#1 used=0"]
    );
    assert_eq!(
        ccrs(Fault::NoInterim),
        ["enabler: I#0", "enabler: T#1 used=1"]
    );
    assert_eq!(
        ccrs(Fault::RepeatedRequestNumber),
        ["enabler: I#0", "enabler: U#0 used=1", "enabler: T#1 used=0"]
    );
    assert_eq!(
        ccrs(Fault::TBitOnFirstSend),
        [
            "enabler: I#0 T",
            "enabler: U#1 used=1 T",
            "enabler: T#2 used=0 T"
        ]
    );
}

#[test]
fn faults_show_in_the_avps() {
    let ccrs = |fault| {
        let mut bench = Bench::with_session(faulty(false, fault));
        bench.act(|puppet| puppet.in_dialog("BYE"));
        bench.puppet().ccrs.clone()
    };
    let icid = [
        key::SERVICE_INFORMATION,
        key::IMS_INFORMATION,
        key::IMS_CHARGING_IDENTIFIER,
    ];
    for ccr in ccrs(Fault::WrongIcid) {
        assert_ne!(ccr.find_path(&icid).unwrap().utf8().unwrap(), ICID);
    }
    let subscriber = [key::SUBSCRIPTION_ID, key::SUBSCRIPTION_ID_DATA];
    for ccr in ccrs(Fault::WrongSubscriptionId) {
        assert_ne!(ccr.find_path(&subscriber).unwrap().utf8().unwrap(), CLIENT);
    }
    for ccr in ccrs(Fault::NoServiceContext) {
        assert!(ccr.find(key::SERVICE_CONTEXT_ID).is_none());
    }
    let of_two = ccrs(Fault::NewSessionId);
    assert_ne!(of_two[0].session_id(), of_two[1].session_id());
    let stop = ccrs(Fault::StopRequestsUnits).pop().unwrap();
    assert!(stop.find(key::REQUESTED_SERVICE_UNIT).is_some());
    let stop = ccrs(Fault::NoFarBye).pop().unwrap();
    assert!(stop.find(key::REQUESTED_SERVICE_UNIT).is_none());
}

#[test]
fn faults_show_when_the_server_ends_the_session() {
    let mut bench = Bench::with_session(faulty(true, Fault::StopBeforeBye));
    bench.act(|puppet| puppet.holds = true);
    bench.server_ends();
    assert_eq!(bench.take(), ["enabler: T#1 used=0"]);
    let now = bench.network.now();
    bench.act(|puppet| puppet.release(now));
    assert_eq!(bench.take(), ["client: SIP BYE", "far: SIP BYE"]);
    let mut bench = Bench::with_session(faulty(false, Fault::InterimOnBye));
    bench.server_ends();
    let crossed = [
        "client: SIP BYE",
        "enabler: U#1 used=0",
        "enabler: T#2 used=0",
    ];
    assert_eq!(bench.take(), crossed);
}

#[test]
fn faults_show_where_messages_are_refused_or_held() {
    let mut bench = Bench::with_session(faulty(false, Fault::RefusedMessageCharged));
    bench.act(|puppet| puppet.send(|send| send, "<x/>", "application/xml"));
    assert_eq!(bench.take(), ["client: MSRP 415", "enabler: U#1 used=1"]);
    let mut bench = Bench::with_session(faulty(false, Fault::EmptySendCharged));
    bench.act(|puppet| puppet.send(|send| send, "", ""));
    assert_eq!(bench.take(), ["client: MSRP 200", "enabler: U#1 used=1"]);
    let mut bench = Bench::with_session(faulty(false, Fault::ChunksCharged));
    let first = |send: msrp::MessageBuilder| {
        send.byte_range(msrp::ByteRange::parse(b"1-3/6").unwrap())
            .flag(msrp::Flag::More)
    };
    bench.act(|puppet| puppet.send(first, "abc", "text/plain"));
    assert_eq!(bench.take(), ["client: MSRP 200", "enabler: U#1 used=1"]);

    let quota = |fault: Option<Fault>| {
        let faults = fault.into_iter().collect();
        let mut bench = Bench::new(Config {
            faults,
            interim: Interim::QuotaOnly,
            ..config(false)
        });
        bench.act(|puppet| puppet.grant = Some(1));
        bench.act(|puppet| puppet.invite(CALL));
        bench.act(|puppet| puppet.holds = true);
        bench.say("one");
        bench.say("two");
        bench
            .take()
            .iter()
            .filter(|line| *line == "client: MSRP 200")
            .count()
    };
    assert_eq!((quota(None), quota(Some(Fault::OverrunsQuota))), (1, 2));
}

#[test]
fn faults_show_where_answers_are_awaited_or_refuse() {
    let mut bench = Bench::new(faulty(false, Fault::ServiceBeforeStart));
    bench.act(|puppet| puppet.holds = true);
    bench.act(|puppet| puppet.invite(CALL));
    assert_eq!(bench.take(), ["enabler: I#0", "client: SIP 200 INVITE"]);
    let mut bench = Bench::new(faulty(false, Fault::IgnoresRefusal));
    bench.act(|puppet| puppet.result = 4010);
    bench.act(|puppet| puppet.invite(CALL));
    assert_eq!(bench.take(), ["enabler: I#0", "client: SIP 200 INVITE"]);
    let mut bench = Bench::with_session(faulty(false, Fault::SendsWhilePending));
    bench.act(|puppet| puppet.holds = true);
    bench.say("Hello");
    bench.act(|puppet| puppet.in_dialog("BYE"));
    assert_eq!(bench.ccrs(), ["enabler: U#1 used=1", "enabler: T#2 used=0"]);
}

#[test]
fn faults_of_identity_show() {
    let ccrs = |fault: Option<Fault>| {
        let mut bench = Bench::with_session(with_faults(config(false), fault.as_slice()));
        bench.say("Hello");
        bench.pass(Duration::from_secs(2));
        bench.act(|puppet| puppet.in_dialog("BYE"));
        bench.puppet().ccrs.clone()
    };
    let texts = |fault: Option<Fault>, path: &[AvpKey]| -> Vec<Option<String>> {
        let text = |ccr: &Message| Some(ccr.find_path(path)?.utf8().unwrap().to_owned());
        ccrs(fault).iter().map(text).collect()
    };
    let numbers = |fault: Option<Fault>, path: &[AvpKey]| -> Vec<Option<u32>> {
        let number = |ccr: &Message| Some(ccr.find_path(path)?.u32().unwrap());
        ccrs(fault).iter().map(number).collect()
    };
    let same = |all: &[Option<String>]| all.windows(2).all(|pair| pair[0] == pair[1]);
    let subscriber = [key::SUBSCRIPTION_ID, key::SUBSCRIPTION_ID_DATA];
    assert!(same(&texts(None, &subscriber)));
    assert!(!same(&texts(Some(Fault::SubscriptionChanges), &subscriber)));
    assert_eq!(
        texts(Some(Fault::NoSubscriptionId), &subscriber),
        [None, None, None]
    );
    let context = [key::SERVICE_CONTEXT_ID];
    assert!(same(&texts(None, &context)));
    assert!(!same(&texts(Some(Fault::ServiceContextChanges), &context)));
    let without_domain = texts(Some(Fault::ServiceContextForm), &context);
    assert!(!without_domain[0].as_ref().unwrap().contains('@'));
    let session_id = &texts(Some(Fault::SessionIdForm), &[key::SESSION_ID])[0];
    assert!(
        !session_id
            .as_ref()
            .unwrap()
            .starts_with("im.reference.example;")
    );
    let user_session = [
        key::SERVICE_INFORMATION,
        key::IMS_INFORMATION,
        key::USER_SESSION_ID,
    ];
    assert_ne!(
        texts(Some(Fault::WrongUserSession), &user_session)[0].as_deref(),
        Some(CALL)
    );
    let service_type = [
        key::SERVICE_INFORMATION,
        key::SERVICE_GENERIC_INFORMATION,
        key::APPLICATION_SERVICE_TYPE,
    ];
    assert_eq!(numbers(None, &service_type), [Some(100); 3]);
    assert_eq!(
        numbers(Some(Fault::WrongServiceType), &service_type),
        [Some(101); 3]
    );
    let sent = [
        key::SERVICE_INFORMATION,
        key::IM_INFORMATION,
        key::MESSAGES_SENT,
    ];
    assert_eq!(numbers(None, &sent), [None, Some(1), Some(0)]);
    assert_eq!(
        numbers(Some(Fault::ImCounterWrong), &sent),
        [None, Some(2), Some(1)]
    );
    let times = |fault| {
        let ntp = |ccr: &Message| Some(ccr.find(key::EVENT_TIMESTAMP)?.data().to_vec());
        ccrs(fault).iter().map(ntp).collect::<Vec<_>>()
    };
    assert!(times(None).is_sorted());
    assert!(!times(Some(Fault::TimestampDecreases)).is_sorted());
    assert_eq!(times(Some(Fault::NoTimestamp)), [None, None, None]);
    let states = |fault| numbers(fault, &[key::ORIGIN_STATE_ID]);
    assert!(states(None).is_sorted());
    assert!(!states(Some(Fault::StateIdDecreases)).is_sorted());
    let kinds = numbers(Some(Fault::StartAsUpdate), &[key::CC_REQUEST_TYPE]);
    assert_eq!(kinds, [Some(2), Some(2), Some(3)]);
    let octets = [key::USED_SERVICE_UNIT, key::CC_TOTAL_OCTETS];
    assert!(ccrs(None)[1].find_path(&octets).is_none());
    assert!(
        ccrs(Some(Fault::WrongUnitKind))[1]
            .find_path(&octets)
            .is_some()
    );
}

#[test]
fn sessions_of_one_second_share_a_session_id_only_by_a_fault() {
    let ids = |faults: &[Fault]| {
        let mut bench = Bench::new(with_faults(config(false), faults));
        bench.puppet_mut().invite("one");
        bench.act(|puppet| puppet.invite("two"));
        let ccrs = &bench.puppet().ccrs;
        ccrs[0].session_id() == ccrs[1].session_id()
    };
    assert_eq!((ids(&[]), ids(&[Fault::DuplicateSessionId])), (false, true));
}

#[test]
fn faults_of_encoding_show() {
    let start = |faults: &[Fault]| {
        let mut bench = Bench::new(with_faults(config(false), faults));
        bench.act(|puppet| puppet.invite(CALL));
        bench.puppet().ccrs[0].clone()
    };
    let right = start(&[]);
    assert_eq!(right.application_id(), 4);
    assert!(right.flags().proxiable() && !right.flags().error());
    assert_eq!(right.avps().next().unwrap().key(), key::SESSION_ID);
    assert_eq!(start(&[Fault::WrongApplicationId]).application_id(), 0);
    assert!(!start(&[Fault::NotProxiable]).flags().proxiable());
    assert!(start(&[Fault::ErrorBitSet]).flags().error());
    let first = start(&[Fault::SessionIdNotFirst])
        .avps()
        .next()
        .unwrap()
        .key();
    assert_ne!(first, key::SESSION_ID);
    let twice = start(&[Fault::DuplicatedOrigin]);
    assert_eq!(twice.find_all(key::ORIGIN_HOST).count(), 2);
    let faults = |fault| {
        let message = start(&[fault]);
        let faults = message.faults().iter();
        faults
            .map(|fault| format!("{:?}", fault.kind))
            .collect::<Vec<_>>()
    };
    for fault in [
        Fault::MandatoryBitMissing,
        Fault::VendorBitMissing,
        Fault::WrongPadding,
        Fault::WrongLength,
    ] {
        let found = faults(fault);
        assert!(!found.is_empty(), "{fault} is not seen by the decoder");
    }
}
