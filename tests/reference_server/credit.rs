//! What the Charging Enabler says, or does not say, decides on the session.

use std::time::Duration;

use ch2spec::diameter::{AvpOut, dictionary, key};
use ch2spec::reference::{Config, FailureHandling, Interim};

use crate::puppet::Puppet;
use crate::{Bench, CALL, config};

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

#[test]
fn a_session_moves_to_another_enabler_only_where_it_may() {
    for (moves, expected) in [
        (None, ["client: SIP BYE"].as_slice()),
        (Some(1), ["enabler: U#1 used=1 T"].as_slice()),
    ] {
        let mut with_two = config(false);
        // The same address twice stands for two Charging Enablers.
        with_two.enabler.push(with_two.enabler[0]);
        let mut bench = Bench::new(with_two);
        let said = moves.map(|moves: u32| AvpOut::new(key::CC_SESSION_FAILOVER, moves));
        bench.act(|puppet| puppet.extra = said.into_iter().collect());
        bench.act(|puppet| puppet.invite(CALL));
        bench.act(|puppet| puppet.holds = true);
        bench.say("Hello");
        bench.take();
        bench.act(Puppet::drop_peer);
        bench.pass(Duration::from_secs(2));
        assert_eq!(bench.take(), expected);
    }
}
