//! What the Charging Enabler says, or does not say, decides on the session.

use std::time::Duration;

use ch2spec::diameter::{AvpKey, AvpOut, AvpValue, MessageBuilder, dictionary, key};
use ch2spec::reference::{Config, FailureHandling, Fault, Interim, Stop, Units, UnitsAt};

use crate::puppet::Puppet;
use crate::{Bench, CALL, config, with_faults};

#[test]
fn credit_decides_on_the_session() {
    for (result, status) in [
        (4010, 403),
        (4012, 402),
        (5030, 403),
        (5003, 403),
        (3004, 503),
    ] {
        let mut bench = Bench::new(config(true));
        bench.act(|puppet| puppet.result = result);
        bench.act(|puppet| puppet.invite(CALL));
        assert_eq!(
            bench.take(),
            ["enabler: I#0", &format!("client: SIP {status} INVITE")]
        );
        assert_eq!(bench.server().unfinished(), 0);
    }
    // Credit control does not apply: service without any further request.
    let mut bench = Bench::new(config(false));
    bench.act(|puppet| puppet.result = 4011);
    bench.act(|puppet| puppet.invite(CALL));
    bench.say("Hello");
    bench.act(|puppet| puppet.in_dialog("BYE"));
    let uncharged = [
        "enabler: I#0",
        "client: SIP 200 INVITE",
        "client: MSRP 200",
        "client: SIP 200 BYE",
    ];
    assert_eq!(bench.take(), uncharged);
    // Credit is refused in the middle: the message is not delivered, and there is no stop.
    let mut bench = Bench::with_session(config(true));
    bench.act(|puppet| puppet.result = 4010);
    bench.say("Hello");
    let ended = [
        "client: MSRP 200",
        "enabler: U#1 used=1",
        "client: SIP BYE",
        "far: SIP BYE",
    ];
    assert_eq!(bench.take(), ended);
    assert_eq!(bench.server().unfinished(), 0);
}

#[test]
fn tx_decides_where_no_answer_comes() {
    let unanswered = |failure_handling| {
        let mut bench = Bench::new(Config {
            failure_handling,
            ..config(false)
        });
        bench.act(|puppet| puppet.holds = true);
        bench.act(|puppet| puppet.invite(CALL));
        bench.pass(Duration::from_secs(9));
        assert_eq!(bench.take(), ["enabler: I#0"]);
        bench.pass(Duration::from_secs(1));
        bench
    };
    let mut bench = unanswered(FailureHandling::Terminate);
    assert_eq!(bench.take(), ["client: SIP 504 INVITE"]);
    assert_eq!(bench.server().unfinished(), 0);
    let mut bench = unanswered(FailureHandling::Continue);
    assert_eq!(bench.take(), ["client: SIP 200 INVITE"]);
    bench.say("Hello");
    assert_eq!(bench.take(), ["client: MSRP 200"]);
    // The stop is not answered either: the call is over all the same.
    let mut bench = Bench::with_session(config(false));
    bench.act(|puppet| puppet.holds = true);
    bench.act(|puppet| puppet.in_dialog("BYE"));
    assert_eq!(bench.server().unfinished(), 1);
    bench.pass(Duration::from_secs(10));
    assert_eq!(bench.server().unfinished(), 0);
    assert_eq!(bench.take(), ["client: SIP 200 BYE", "enabler: T#1 used=0"]);
}

#[test]
fn quota_is_watched() {
    let mut bench = Bench::new(Config {
        interim: Interim::QuotaOnly,
        ..config(true)
    });
    bench.act(|puppet| puppet.grant = Some(2));
    bench.act(|puppet| puppet.invite(CALL));
    bench.take();
    bench.say("one");
    bench.act(|puppet| puppet.holds = true);
    bench.say("two");
    bench.say("three");
    let held = [
        "client: MSRP 200",
        "far: MSRP SEND one",
        "client: MSRP 200",
        "far: MSRP SEND two",
        "enabler: U#1 used=2",
    ];
    assert_eq!(bench.take(), held, "the third waits for units");
    let now = bench.network.now();
    bench.act(|puppet| puppet.release(now));
    assert_eq!(bench.take(), ["client: MSRP 200", "far: MSRP SEND three"]);
}

#[test]
fn the_final_unit_ends_the_session() {
    let mut bench = Bench::new(config(true));
    let last = [AvpOut::new(key::FINAL_UNIT_ACTION, 0)];
    bench.act(|puppet| {
        puppet.grant = Some(1);
        puppet.extra = vec![AvpOut::group(key::FINAL_UNIT_INDICATION, last)];
    });
    bench.act(|puppet| puppet.invite(CALL));
    bench.take();
    bench.say("Hello");
    let mut ended = bench.take();
    ended.sort();
    let expected = [
        "client: MSRP 200",
        "client: SIP BYE",
        "enabler: T#1 used=1",
        "far: MSRP SEND Hello",
        "far: SIP BYE",
    ];
    assert_eq!(ended, expected);
}

#[test]
fn the_stop_that_final_units_cause_keeps_to_the_reading_as_well() {
    let ended = |stop| {
        let mut bench = Bench::new(Config {
            stop,
            ..config(false)
        });
        let last = [AvpOut::new(key::FINAL_UNIT_ACTION, 0)];
        bench.act(|puppet| {
            puppet.answers_bye = false;
            puppet.grant = Some(1);
            puppet.extra = vec![AvpOut::group(key::FINAL_UNIT_INDICATION, last)];
        });
        bench.act(|puppet| puppet.invite(CALL));
        bench.say("Hello");
        bench.ccrs().len()
    };
    assert_eq!(ended(Stop::OnSendingBye), 2);
    assert_eq!(ended(Stop::OnByeAnswer), 1, "the BYE is not answered yet");
}

#[test]
fn a_denied_session_is_stopped_only_by_a_fault() {
    let denied = |faults: &[Fault]| {
        let mut bench = Bench::with_session(with_faults(config(false), faults));
        bench.act(|puppet| puppet.result = 4010);
        bench.say("Hello");
        bench.ccrs()
    };
    assert_eq!(denied(&[]), ["enabler: U#1 used=1"]);
    assert_eq!(
        denied(&[Fault::StopAfterDenial]),
        ["enabler: U#1 used=1", "enabler: T#2 used=0"]
    );
}

#[test]
fn validity_time_and_re_auth_ask_again() {
    let mut bench = Bench::new(config(false));
    bench.act(|puppet| puppet.extra = vec![AvpOut::new(key::VALIDITY_TIME, 30_u32)]);
    bench.act(|puppet| puppet.invite(CALL));
    bench.take();
    bench.pass(Duration::from_secs(30));
    assert_eq!(bench.take(), ["enabler: U#1 used=0"]);
    let now = bench.network.now();
    bench.act(|puppet| puppet.enabler_request(now, dictionary::RAR, None));
    assert_eq!(bench.take(), ["enabler: RAA 2002", "enabler: U#2 used=0"]);
    let unknown = Some("im.reference.example;1;2;3");
    bench.act(|puppet| puppet.enabler_request(now, dictionary::RAR, unknown));
    bench.act(|puppet| puppet.enabler_request(now, dictionary::ASR, unknown));
    assert_eq!(bench.take(), ["enabler: RAA 5002", "enabler: ASA 5002"]);
    bench.act(|puppet| puppet.holds = true);
    bench.say("Hello");
    bench.take();
    bench.act(|puppet| puppet.enabler_request(now, dictionary::RAR, None));
    assert_eq!(bench.take(), ["enabler: RAA 2001"]);
}

#[test]
fn the_enabler_ends_a_session() {
    let mut bench = Bench::with_session(config(false));
    let now = bench.network.now();
    bench.act(|puppet| puppet.enabler_request(now, dictionary::ASR, None));
    assert_eq!(
        bench.take(),
        [
            "enabler: ASA 2001",
            "client: SIP BYE",
            "enabler: T#1 used=0"
        ]
    );
}

#[test]
fn a_lost_connection_is_opened_again_and_the_request_repeated() {
    let mut bench = Bench::with_session(config(false));
    bench.act(|puppet| puppet.holds = true);
    bench.say("Hello");
    bench.take();
    bench.act(Puppet::drop_peer);
    bench.pass(Duration::from_secs(2));
    assert_eq!(bench.take(), ["enabler: U#1 used=1 T"]);
    let ccrs = &bench.puppet().ccrs;
    assert_eq!(ccrs[1].end_to_end(), ccrs[2].end_to_end());
}

#[test]
fn final_units_of_none_are_a_refusal() {
    let mut bench = Bench::new(config(true));
    let last = [AvpOut::new(key::FINAL_UNIT_ACTION, 0)];
    bench.act(|puppet| {
        puppet.grant = Some(0);
        puppet.extra = vec![AvpOut::group(key::FINAL_UNIT_INDICATION, last)];
    });
    bench.act(|puppet| puppet.invite(CALL));
    let refused = [
        "enabler: I#0",
        "client: SIP 402 INVITE",
        "enabler: T#1 used=0",
    ];
    assert_eq!(bench.take(), refused);
}

#[test]
fn the_next_enabler_is_tried_where_the_first_is_not_there() {
    let mut with_two = config(false);
    with_two.enabler.insert(0, ([127, 0, 0, 1], 1).into());
    let mut bench = Bench::new(with_two);
    bench.act(|puppet| puppet.invite(CALL));
    assert_eq!(bench.take(), ["enabler: I#0", "client: SIP 200 INVITE"]);
}

/// A session of which an interim waits for its answer, which then is changed.
fn spoilt(faults: &[Fault], change: impl Fn(MessageBuilder) -> MessageBuilder) -> Vec<String> {
    let mut bench = Bench::with_session(with_faults(config(true), faults));
    bench.act(|puppet| puppet.holds = true);
    bench.say("Hello");
    bench.take();
    let now = bench.now();
    bench.act(|puppet| puppet.release_as(now, change));
    bench.take()
}

fn replaced(cca: MessageBuilder, key: AvpKey, value: impl Into<AvpValue>) -> MessageBuilder {
    let mut cca = cca;
    let avp = AvpOut::new(key, value);
    for old in cca.avps_mut().iter_mut().filter(|old| old.key() == key) {
        *old = avp.clone();
    }
    cca
}

#[test]
fn only_the_answer_is_taken_for_one() {
    const DELIVERED: [&str; 1] = ["far: MSRP SEND Hello"];
    assert_eq!(spoilt(&[], |cca| cca), DELIVERED);
    type Change = fn(MessageBuilder) -> MessageBuilder;
    let rows: [(Change, Option<Fault>); 5] = [
        (
            |cca| replaced(cca, key::SESSION_ID, "im.reference.example;1;2;3"),
            Some(Fault::TakesOtherSession),
        ),
        (
            |cca| replaced(cca, key::CC_REQUEST_NUMBER, 7_u32),
            Some(Fault::TakesOtherNumber),
        ),
        (
            |cca| replaced(cca, key::CC_REQUEST_TYPE, 3),
            Some(Fault::TakesOtherNumber),
        ),
        (
            |cca| cca.hop_by_hop(0xdead_beef),
            Some(Fault::TakesUnknownHopByHop),
        ),
        (|cca| cca.end_to_end(0xdead_beef), None),
    ];
    for (change, fault) in rows {
        assert_eq!(spoilt(&[], change), [""; 0], "{fault:?}");
        if let Some(fault) = fault {
            assert_eq!(spoilt(&[fault], change), DELIVERED, "{fault}");
        }
    }
    // The right answer is still taken after a wrong one.
    let mut bench = Bench::with_session(config(true));
    bench.act(|puppet| puppet.holds = true);
    bench.say("Hello");
    bench.take();
    let now = bench.now();
    bench.act(|puppet| {
        puppet.release_as(now, |cca| replaced(cca, key::CC_REQUEST_NUMBER, 7_u32));
        puppet.release(now);
    });
    assert_eq!(bench.take(), DELIVERED);
}

#[test]
fn an_answer_that_comes_twice_counts_once() {
    let delivered = |faults: &[Fault]| {
        let mut bench = Bench::with_session(with_faults(config(true), faults));
        bench.act(|puppet| puppet.holds = true);
        bench.say("one");
        bench.say("two");
        let now = bench.now();
        bench.act(|puppet| {
            puppet.release_as(now, |cca| cca);
            puppet.release_as(now, |cca| cca);
        });
        let log = bench.take();
        log.iter()
            .filter(|line| line.starts_with("far: MSRP"))
            .count()
    };
    assert_eq!(
        (delivered(&[]), delivered(&[Fault::TakesDuplicateAnswer])),
        (1, 2)
    );
}

#[test]
fn an_answer_that_cannot_be_understood_ends_the_session_as_a_bad_one() {
    let unknown = |cca: MessageBuilder| {
        cca.avp(AvpOut::raw(
            AvpKey::base(65_000),
            0x40,
            AvpValue::from(1_u32),
        ))
    };
    let optional =
        |cca: MessageBuilder| cca.avp(AvpOut::raw(AvpKey::base(65_000), 0, AvpValue::from(1_u32)));
    let money = |cca: MessageBuilder| {
        let money = AvpOut::new(key::CC_INPUT_OCTETS, 5_u64);
        let mut cca = cca;
        cca.avps_mut()
            .retain(|avp| avp.key() != key::GRANTED_SERVICE_UNIT);
        cca.avp(AvpOut::group(key::GRANTED_SERVICE_UNIT, [money]))
    };
    let ended = ["client: SIP BYE", "far: SIP BYE", "enabler: T#2 used=0"];
    assert_eq!(spoilt(&[], unknown), ended);
    assert_eq!(spoilt(&[], money), ended);
    let delivered = ["far: MSRP SEND Hello"];
    assert_eq!(spoilt(&[], optional), delivered);
    assert_eq!(spoilt(&[Fault::TakesUnknownMandatory], unknown), delivered);
    assert_eq!(spoilt(&[Fault::TakesUnknownUnits], money), delivered);
}

#[test]
fn validity_time_and_final_units_count_inside_the_group_as_well() {
    let grouped = |avps: Vec<AvpOut>| {
        let mut bench = Bench::new(Config {
            units_at: UnitsAt::Mscc,
            interim: Interim::QuotaOnly,
            ..config(false)
        });
        bench.act(|puppet| {
            puppet.grant = None;
            let group = key::MULTIPLE_SERVICES_CREDIT_CONTROL;
            puppet.extra = vec![AvpOut::group(group, avps)];
        });
        bench.act(|puppet| puppet.invite(CALL));
        bench.take();
        bench
    };
    let units = |units: u64| {
        let units = AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, units);
        AvpOut::group(key::GRANTED_SERVICE_UNIT, [units])
    };
    let mut bench = grouped(vec![units(5), AvpOut::new(key::VALIDITY_TIME, 30_u32)]);
    bench.pass(Duration::from_secs(30));
    assert_eq!(bench.take(), ["enabler: U#1 used=0"]);
    // REDIRECT and RESTRICT_ACCESS are not supported, and taken as TERMINATE (RFC 8506 8.35).
    for action in [0, 1, 2] {
        let last = AvpOut::new(key::FINAL_UNIT_ACTION, action);
        let last = AvpOut::group(key::FINAL_UNIT_INDICATION, [last]);
        let mut bench = grouped(vec![units(1), last]);
        bench.say("Hello");
        let log = bench.take();
        assert_eq!(log[1..], ["client: SIP BYE", "enabler: T#1 used=1"]);
    }
    // A threshold asks for more ahead of need.
    let threshold = AvpOut::new(AvpKey::tgpp(1226), 1_u32);
    let mut bench = grouped(vec![units(2), threshold]);
    bench.say("Hello");
    assert_eq!(bench.ccrs(), ["enabler: U#1 used=1"]);
}

#[test]
fn time_is_metered() {
    let mut bench = Bench::new(Config {
        units: Units::Seconds,
        interim: Interim::QuotaOnly,
        ..config(false)
    });
    bench.act(|puppet| {
        puppet.grant = None;
        let minute = AvpOut::new(key::CC_TIME, 60_u32);
        puppet.extra = vec![AvpOut::group(key::GRANTED_SERVICE_UNIT, [minute])];
    });
    bench.act(|puppet| puppet.invite(CALL));
    bench.take();
    bench.pass(Duration::from_secs(60));
    bench.act(|puppet| puppet.in_dialog("BYE"));
    let time = |ccr: &ch2spec::diameter::Message| {
        let used = [key::USED_SERVICE_UNIT, key::CC_TIME];
        ccr.find_path(&used).map(|time| time.u32().unwrap())
    };
    let times: Vec<Option<u32>> = bench.puppet().ccrs.iter().map(time).collect();
    assert_eq!(times, [None, Some(60), Some(0)]);
}

#[test]
fn faults_of_the_peer_show() {
    let rar = |faults: &[Fault], session: Option<&str>, command| {
        let mut bench = Bench::with_session(with_faults(config(false), faults));
        let now = bench.now();
        bench.act(|puppet| puppet.enabler_request(now, command, session));
        bench.take()
    };
    let (rar_code, asr, other) = (dictionary::RAR, dictionary::ASR, Some("x;1;2"));
    assert_eq!(
        rar(&[Fault::NoRaa], None, rar_code),
        ["enabler: U#1 used=0"]
    );
    assert_eq!(
        rar(&[Fault::RaaSaysOngoing], None, rar_code),
        ["enabler: RAA 2001", "enabler: U#1 used=0"]
    );
    assert_eq!(
        rar(&[Fault::NoInterimAfterRaa], None, rar_code),
        ["enabler: RAA 2002"]
    );
    assert_eq!(
        rar(&[Fault::TakesAnyRar], other, rar_code),
        ["enabler: RAA 2002"]
    );
    assert_eq!(
        rar(&[Fault::NoAsa], None, asr),
        ["client: SIP BYE", "enabler: T#1 used=0"]
    );
    assert_eq!(rar(&[Fault::IgnoresAsr], None, asr), ["enabler: ASA 2001"]);
    assert_eq!(
        rar(&[Fault::TakesAnyAsr], other, asr),
        ["enabler: ASA 2001"]
    );
    // Watchdogs, disconnection, and capabilities.
    let answered = |faults: &[Fault]| {
        let mut bench = Bench::new(with_faults(config(false), faults));
        let now = bench.now();
        bench.act(|puppet| puppet.probe(now));
        bench.act(|puppet| puppet.disconnect(now, 0));
        let base = &bench.puppet().base;
        let has = |what: &str| base.iter().any(|line| line == what);
        (has("enabler: DWA"), has("enabler: DPA"))
    };
    assert_eq!(answered(&[]), (true, true));
    assert_eq!(answered(&[Fault::NoDwa]), (false, true));
    assert_eq!(answered(&[Fault::NoDpa]), (true, false));
    let mut bench = Bench::starting(with_faults(
        config(false),
        &[Fault::NoCreditControlApplication],
    ));
    bench.pass(Duration::from_secs(5));
    assert!(!bench.server().is_ready());
}
