//! Two Charging Enablers, and connections that come and go.

use std::time::Duration;

use ch2spec::diameter::{AvpOut, key};
use ch2spec::reference::{Config, FailureHandling, Fault};

use crate::puppet::Puppet;
use crate::{Bench, CALL, config, with_two};

fn moves() -> Vec<AvpOut> {
    vec![AvpOut::new(key::CC_SESSION_FAILOVER, 1_u32)]
}

/// A session of which an interim is unanswered when the first enabler's connection is lost for
/// good.
fn cut_off(config: Config, extra: Vec<AvpOut>) -> Bench {
    let mut bench = Bench::new(config);
    bench.act(|puppet| puppet.extra = extra);
    bench.act(|puppet| puppet.invite(CALL));
    bench.act(|puppet| puppet.holds = true);
    bench.say("Hello");
    bench.take();
    bench.act(|puppet| {
        puppet.refuses = true;
        puppet.drop_peer();
    });
    bench
}

#[test]
fn a_connection_to_each_enabler_is_kept_and_the_first_is_used() {
    let mut bench = Bench::new(with_two(&[]));
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.puppet().connections(), 2);
    bench.act(|puppet| puppet.invite(CALL));
    assert_eq!(bench.take(), ["enabler: I#0", "client: SIP 200 INVITE"]);
}

#[test]
fn a_running_session_moves_only_where_it_may() {
    let mut bench = cut_off(with_two(&[]), moves());
    assert_eq!(bench.take(), ["second: U#1 used=1 T"]);
    let ccrs = &bench.puppet().ccrs;
    assert_eq!(ccrs[1].end_to_end(), ccrs[2].end_to_end());
    let now = bench.now();
    bench.act(|puppet| puppet.release(now));
    bench.act(|puppet| puppet.in_dialog("BYE"));
    assert_eq!(bench.take(), ["client: SIP 200 BYE", "second: T#2 used=0"]);

    let mut bench = cut_off(with_two(&[]), vec![]);
    bench.pass(Duration::from_secs(10));
    assert_eq!(
        bench.take(),
        ["client: SIP BYE"],
        "Tx decides, and nothing is moved"
    );
    let mut bench = cut_off(with_two(&[Fault::MovesWithoutPermission]), vec![]);
    assert_eq!(bench.take(), ["second: U#1 used=1 T"]);
}

#[test]
fn a_session_that_may_not_move_goes_on_where_its_enabler_comes_back() {
    let mut bench = cut_off(with_two(&[]), vec![]);
    bench.act(|puppet| puppet.refuses = false);
    bench.pass(Duration::from_secs(2));
    assert_eq!(bench.take(), ["enabler: U#1 used=1 T"]);
}

#[test]
fn new_sessions_go_to_the_enabler_that_can_be_reached() {
    let ended = |faults: &[Fault]| {
        let mut bench = Bench::new(with_two(faults));
        bench.act(|puppet| {
            puppet.refuses = true;
            puppet.drop_peer();
        });
        bench.act(|puppet| puppet.invite(CALL));
        bench.take()
    };
    assert_eq!(ended(&[]), ["second: I#0", "client: SIP 200 INVITE"]);
    assert_eq!(ended(&[Fault::NeverFailsOver]), ["client: SIP 504 INVITE"]);
}

#[test]
fn an_unanswered_start_moves_with_the_t_bit() {
    let mut bench = Bench::new(with_two(&[]));
    bench.act(|puppet| puppet.holds = true);
    bench.act(|puppet| puppet.invite(CALL));
    bench.act(Puppet::drop_peer);
    assert_eq!(bench.take(), ["enabler: I#0", "second: I#0 T"]);
}

#[test]
fn a_temporary_error_sends_a_request_elsewhere_without_the_t_bit() {
    let flow = |faults: &[Fault], result| {
        let mut bench = Bench::new(with_two(faults));
        bench.act(|puppet| puppet.results = [result].into());
        bench.act(|puppet| puppet.invite(CALL));
        bench.take()
    };
    for result in [3002, 3004] {
        assert_eq!(
            flow(&[], result),
            ["enabler: I#0", "second: I#0", "client: SIP 200 INVITE"]
        );
    }
    assert_eq!(flow(&[], 3005), ["enabler: I#0", "client: SIP 503 INVITE"]);
    assert_eq!(
        flow(&[Fault::TBitAfterError], 3004)[..2],
        ["enabler: I#0", "second: I#0 T"]
    );
    // Both are busy: failure handling decides, once.
    let mut bench = Bench::new(Config {
        failure_handling: FailureHandling::Continue,
        ..with_two(&[])
    });
    bench.act(|puppet| puppet.result = 3004);
    bench.act(|puppet| puppet.invite(CALL));
    assert_eq!(
        bench.take(),
        ["enabler: I#0", "second: I#0", "client: SIP 200 INVITE"]
    );
}

#[test]
fn a_running_session_that_meets_a_busy_enabler_moves_where_it_may() {
    let busy = |extra| {
        let mut bench = Bench::new(with_two(&[]));
        bench.act(|puppet| puppet.extra = extra);
        bench.act(|puppet| puppet.invite(CALL));
        bench.take();
        bench.act(|puppet| puppet.results = [3004].into());
        bench.say("Hello");
        let mut log = bench.take();
        log.retain(|line| !line.contains("MSRP"));
        log
    };
    assert_eq!(busy(moves()), ["enabler: U#1 used=1", "second: U#1 used=1"]);
    assert_eq!(busy(vec![]), ["enabler: U#1 used=1", "client: SIP BYE"]);
}

#[test]
fn an_enabler_that_falls_silent_is_suspect_after_two_watchdog_intervals() {
    let watched = |faults: &[Fault]| {
        let mut bench = Bench::new(Config {
            watchdog: Some(Duration::from_secs(2)),
            ..with_two(faults)
        });
        bench.act(|puppet| puppet.extra = moves());
        bench.act(|puppet| puppet.invite(CALL));
        bench.pass(Duration::from_secs(4));
        bench
    };
    let bench = watched(&[]);
    let dwrs = |bench: &Bench| {
        let base = &bench.puppet().base;
        base.iter().filter(|line| *line == "enabler: DWR").count()
    };
    assert!(dwrs(&bench) >= 1, "{:?}", bench.puppet().base);
    assert_eq!(dwrs(&watched(&[Fault::NoDwr])), 0);
    // Silent: the connection is given up after Tw three times, and opened again.
    let mut bench = watched(&[]);
    bench.take();
    bench.act(|puppet| puppet.silent = true);
    bench.pass(Duration::from_secs(12));
    bench.act(|puppet| puppet.silent = false);
    bench.pass(Duration::from_secs(12));
    assert!(bench.server().is_ready());
}

#[test]
fn the_disconnect_cause_decides_whether_the_server_comes_again() {
    let connections = |faults: &[Fault], cause: i32| {
        let mut bench = Bench::new(Config {
            faults: faults.iter().copied().collect(),
            ..config(false)
        });
        let now = bench.now();
        bench.act(|puppet| puppet.disconnect(now, cause));
        bench.pass(Duration::from_secs(20));
        bench.puppet().connections()
    };
    assert_eq!(connections(&[], 0), 1, "REBOOTING");
    assert_eq!(connections(&[], 1), 0, "BUSY");
    assert_eq!(connections(&[], 2), 0, "DO_NOT_WANT_TO_TALK_TO_YOU");
    assert_eq!(connections(&[Fault::ReconnectsUnwanted], 2), 1);
}

#[test]
fn a_disconnecting_enabler_loses_the_sessions_that_may_move() {
    let mut bench = Bench::new(with_two(&[]));
    bench.act(|puppet| puppet.extra = moves());
    bench.act(|puppet| puppet.invite(CALL));
    bench.take();
    let now = bench.now();
    bench.act(|puppet| puppet.disconnect(now, 1));
    bench.say("Hello");
    assert_eq!(bench.ccrs(), ["second: U#1 used=1"]);
}

#[test]
fn faults_show_where_a_request_is_sent_again() {
    let again = |fault| {
        let mut bench = cut_off(with_two(&[fault]), moves());
        let line = bench.take();
        let ids = &bench.puppet().ccrs;
        (line, ids[1].end_to_end() == ids[2].end_to_end())
    };
    let t_bit = vec!["second: U#1 used=1 T".to_owned()];
    let no_t_bit = vec!["second: U#1 used=1".to_owned()];
    assert_eq!(again(Fault::NoTBitOnResend), (no_t_bit, true));
    assert_eq!(again(Fault::NewEndToEndOnResend), (t_bit, false));

    let mut bench = cut_off(with_two(&[Fault::ResendCountsTwice]), moves());
    let now = bench.now();
    bench.act(|puppet| puppet.release(now));
    bench.act(|puppet| puppet.in_dialog("BYE"));
    assert_eq!(bench.ccrs(), ["second: U#1 used=1 T", "second: T#2 used=1"]);

    let repeated = |faults: &[Fault]| {
        let mut bench = Bench::new(Config {
            watchdog: Some(Duration::from_secs(2)),
            ..with_two(faults)
        });
        bench.pass(Duration::from_secs(4));
        bench.act(|puppet| {
            puppet.refuses = true;
            puppet.drop_peer();
        });
        let base = &bench.puppet().base;
        base.iter().any(|line| line == "second: DWR T")
    };
    assert_eq!(
        (repeated(&[]), repeated(&[Fault::RepeatsWatchdogElsewhere])),
        (false, true)
    );
}
