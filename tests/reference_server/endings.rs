//! How sessions end, before and after they are answered, and that each is stopped once.

use std::time::Duration;

use ch2spec::reference::{Config, Fault};

use crate::puppet::Puppet;
use crate::{Bench, CALL, config, faulty, with_faults};

#[test]
fn a_cancelled_session_is_closed_once_the_start_is_answered() {
    let mut bench = Bench::new(config(true));
    bench.act(|puppet| puppet.holds = true);
    bench.act(|puppet| puppet.invite(CALL));
    bench.act(|puppet| puppet.cancel(CALL));
    assert_eq!(
        bench.take(),
        [
            "enabler: I#0",
            "client: SIP 200 CANCEL",
            "client: SIP 487 INVITE"
        ]
    );
    let now = bench.network.now();
    bench.act(|puppet| puppet.release(now));
    assert_eq!(bench.take(), ["enabler: T#1 used=0"]);
    assert_eq!(bench.server().unfinished(), 0);
}

#[test]
fn a_session_cancelled_while_the_far_end_rings_is_cancelled_there() {
    let mut bench = Bench::new(config(true));
    bench.act(|puppet| puppet.far_answers = 180);
    bench.act(|puppet| puppet.invite(CALL));
    assert_eq!(
        bench.take(),
        ["enabler: I#0", "far: SIP INVITE", "client: SIP 180 INVITE"]
    );
    bench.act(|puppet| puppet.cancel(CALL));
    let cancelled = [
        "client: SIP 200 CANCEL",
        "client: SIP 487 INVITE",
        "far: SIP CANCEL",
        "enabler: T#1 used=0",
    ];
    assert_eq!(bench.take(), cancelled);
    bench.act(|puppet| puppet.far_answer(487));
    assert_eq!(bench.server().unfinished(), 0);
}

#[test]
fn the_far_end_refuses() {
    let mut bench = Bench::new(config(true));
    bench.act(|puppet| puppet.far_answers = 486);
    bench.act(|puppet| puppet.invite(CALL));
    let refused = [
        "enabler: I#0",
        "far: SIP INVITE",
        "far: SIP ACK",
        "client: SIP 486 INVITE",
        "enabler: T#1 used=0",
    ];
    assert_eq!(bench.take(), refused);
    assert_eq!(bench.server().unfinished(), 0);
}

#[test]
fn byes_that_cross_make_one_stop() {
    let mut bench = Bench::with_session(config(true));
    // The client's BYE is on its way while the server is told to send its own.
    bench.act(|puppet| {
        puppet.http("POST /sessions/call-1%40alice/end HTTP/1.1\r\n\r\n");
        puppet.in_dialog("BYE");
    });
    let log = bench.take();
    let stops = log.iter().filter(|line| line.contains("T#")).count();
    assert_eq!(stops, 1, "{log:?}");
    let mut bench = Bench::with_session(config(true));
    bench.act(|puppet| puppet.answers_bye = false);
    bench.act(|puppet| {
        puppet.http("POST /sessions/call-1%40alice/end HTTP/1.1\r\n\r\n");
    });
    bench.act(|puppet| puppet.in_dialog("BYE"));
    let log = bench.take();
    assert!(log.contains(&"client: SIP 200 BYE".to_owned()), "{log:?}");
    assert_eq!(
        log.iter().filter(|line| line.contains("T#")).count(),
        1,
        "{log:?}"
    );
    bench.pass(Duration::from_secs(40));
    assert_eq!(bench.server().unfinished(), 0);
}

#[test]
fn an_idle_session_is_ended() {
    let limit = Duration::from_secs(60);
    let mut bench = Bench::with_session(Config {
        inactivity: Some(limit),
        ..config(false)
    });
    bench.pass(Duration::from_secs(40));
    bench.say("Hello");
    bench.take();
    bench.pass(Duration::from_secs(40));
    assert!(bench.take().is_empty());
    bench.pass(Duration::from_secs(20));
    assert_eq!(bench.take(), ["client: SIP BYE", "enabler: T#2 used=0"]);
}

#[test]
fn a_bye_that_comes_again_makes_one_stop() {
    let mut bench = Bench::with_session(config(true));
    bench.act(|puppet| puppet.in_dialog("BYE"));
    bench.act(Puppet::repeat);
    bench.act(|puppet| puppet.in_dialog("BYE"));
    let log = bench.take();
    let stops = log.iter().filter(|line| line.contains("T#")).count();
    assert_eq!(stops, 1, "{log:?}");
    assert_eq!(log[..2], ["client: SIP 200 BYE", "far: SIP BYE"]);
    assert_eq!(log[3..], ["client: SIP 200 BYE", "client: SIP 481 BYE"]);
}

#[test]
fn a_bye_before_the_answer_ends_the_session() {
    let mut bench = Bench::new(config(true));
    bench.act(|puppet| puppet.far_answers = 180);
    bench.act(|puppet| puppet.invite(CALL));
    bench.take();
    bench.act(|puppet| puppet.early_bye(CALL));
    let ended = [
        "client: SIP 200 BYE",
        "client: SIP 487 INVITE",
        "far: SIP CANCEL",
        "enabler: T#1 used=0",
    ];
    assert_eq!(bench.take(), ended);
}

#[test]
fn sessions_do_not_mix() {
    let mut bench = Bench::new(Config {
        max_sessions: 3,
        ..config(false)
    });
    let calls = ["one", "two", "three"];
    for call in calls {
        bench.act(|puppet| puppet.invite(call));
    }
    assert_eq!(bench.server().sessions().collect::<Vec<_>>(), calls);
    bench.take();
    bench.act(|puppet| puppet.invite("four"));
    assert_eq!(bench.take(), ["client: SIP 486 INVITE"]);
    bench.say("for one");
    bench.act(|puppet| puppet.http("POST /sessions/two/end HTTP/1.1\r\n\r\n"));
    let expected = [
        "client: MSRP 200",
        "enabler: U#1 used=1",
        "client: SIP BYE",
        "enabler: T#1 used=0",
    ];
    assert_eq!(bench.take(), expected);
    let ids: Vec<_> = bench
        .puppet()
        .ccrs
        .iter()
        .map(|ccr| ccr.session_id())
        .collect();
    assert!(
        ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2],
        "{ids:?}"
    );
    assert_eq!((ids[3], ids[4]), (ids[0], ids[1]));
    assert_eq!(
        bench.server().sessions().collect::<Vec<_>>(),
        ["one", "three"]
    );
}

fn timed(interval: &str, change: impl FnOnce(&mut Config)) -> Bench {
    let mut config = Config {
        session_expires: Some(Duration::from_secs(20)),
        ..config(false)
    };
    change(&mut config);
    let mut bench = Bench::new(config);
    let interval = interval.to_owned();
    bench.act(|puppet| {
        puppet.invite_with(CALL, |invite| {
            invite
                .header("Supported", "timer")
                .header("Session-Expires", interval)
        });
    });
    bench
}

#[test]
fn a_session_interval_that_is_too_short_is_refused() {
    let mut bench = timed("5", |config| {
        config.min_session_expires = Some(Duration::from_secs(10));
    });
    assert_eq!(bench.take(), ["client: SIP 422 INVITE"]);
    assert_eq!(bench.puppet().sip[0].header("Min-SE").unwrap(), "10");
    let mut bench = timed("5", |_| {});
    assert_eq!(bench.take(), ["enabler: I#0", "client: SIP 200 INVITE"]);
    bench.pass(Duration::from_secs(4));
    assert_eq!(bench.take(), ["client: SIP BYE", "enabler: T#1 used=0"]);
}

#[test]
fn the_server_refreshes_where_the_client_wants_that() {
    let mut bench = timed("10;refresher=uas", |_| {});
    bench.take();
    let ok = bench.puppet().sip.last().unwrap();
    assert_eq!(ok.header("Session-Expires").unwrap(), "10;refresher=uas");
    assert_eq!(ok.header("Require"), None);
    bench.pass(Duration::from_secs(14));
    assert_eq!(bench.take(), ["client: SIP UPDATE", "client: SIP UPDATE"]);
    // A client that knows of no such session any more has none.
    bench.act(|puppet| puppet.update_status = 481);
    bench.pass(Duration::from_secs(6));
    assert_eq!(
        bench.take(),
        [
            "client: SIP UPDATE",
            "client: SIP BYE",
            "enabler: T#1 used=0"
        ]
    );
}

#[test]
fn a_session_that_nobody_refreshes_stands_only_by_a_fault() {
    let left = |faults: &[Fault]| {
        let mut bench = timed("10", |config| {
            config.faults = faults.iter().copied().collect()
        });
        bench.take();
        bench.pass(Duration::from_secs(30));
        bench.take().len()
    };
    assert_eq!((left(&[]), left(&[Fault::NoSessionTimer])), (2, 0));
}

#[test]
fn faults_of_legs_show() {
    let far_leaves = |faults: &[Fault]| {
        let mut bench = Bench::with_session(with_faults(config(true), faults));
        bench.act(Puppet::far_bye);
        bench.take()
    };
    assert_eq!(
        far_leaves(&[Fault::NoClientBye]),
        ["far: SIP 200 BYE", "enabler: T#1 used=0"]
    );
    let cancelled = |faults: &[Fault]| {
        let mut bench = Bench::new(with_faults(config(true), faults));
        bench.act(|puppet| puppet.far_answers = 180);
        bench.act(|puppet| puppet.invite(CALL));
        bench.act(|puppet| puppet.cancel(CALL));
        bench.take().contains(&"far: SIP CANCEL".to_owned())
    };
    assert_eq!(
        (cancelled(&[]), cancelled(&[Fault::NoFarCancel])),
        (true, false)
    );
    let mut bench = Bench::new(faulty(true, Fault::NoFarAck));
    bench.act(|puppet| puppet.invite(CALL));
    assert!(!bench.take().contains(&"far: SIP ACK".to_owned()));
    let bye = |fault| {
        let mut bench = Bench::with_session(faulty(true, fault));
        bench.act(|puppet| {
            puppet.lenient = true;
            puppet.in_dialog("BYE");
        });
        let byes = bench.puppet().sip.iter().filter(|m| m.is_method("BYE"));
        let bye = byes.last().unwrap();
        (
            bye.cseq().unwrap().number,
            bye.header("To").unwrap().contains(";tag="),
        )
    };
    assert_eq!(bye(Fault::NoInterim), (2, true));
    assert_eq!(bye(Fault::ByeReusesCseq), (1, true));
    assert_eq!(bye(Fault::ByeWithoutTag), (2, false));
}

#[test]
fn faults_of_endings_show() {
    let mut bench = Bench::with_session(faulty(true, Fault::NoStopAfterClientBye));
    bench.act(|puppet| puppet.in_dialog("BYE"));
    assert_eq!(bench.take(), ["client: SIP 200 BYE", "far: SIP BYE"]);
    let mut bench = Bench::with_session(faulty(false, Fault::NoStopAfterClientBye));
    bench.server_ends();
    assert_eq!(bench.take(), ["client: SIP BYE", "enabler: T#1 used=0"]);
    let mut bench = Bench::new(faulty(true, Fault::StopBeforeStartAnswer));
    bench.act(|puppet| puppet.holds = true);
    bench.act(|puppet| puppet.invite(CALL));
    bench.act(|puppet| puppet.cancel(CALL));
    assert_eq!(bench.ccrs(), ["enabler: I#0", "enabler: T#1 used=0"]);
}
