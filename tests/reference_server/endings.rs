//! How sessions end, before and after they are answered, and that each is stopped once.

use std::time::Duration;

use ch2spec::reference::Config;

use crate::puppet::Puppet;
use crate::{Bench, CALL, config};

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
