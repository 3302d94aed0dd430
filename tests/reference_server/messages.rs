//! What counts as a message, and what is reported on one.

use std::time::Duration;

use ch2spec::msrp;
use ch2spec::reference::{Config, Fault, Interim, MediaLoss, Refund, Units};

use crate::{Bench, CALL, config, faulty, puppet, with_faults};

#[test]
fn what_is_no_message_is_not_charged() {
    let mut bench = Bench::with_session(config(true));
    bench.act(|puppet| puppet.send(|send| send, "", ""));
    assert_eq!(bench.take(), ["client: MSRP 200"]);
    bench.act(|puppet| puppet.send(|send| send, "<x/>", "application/xml"));
    assert_eq!(bench.take(), ["client: MSRP 415"]);
    bench.act(|puppet| puppet.send(|send| send, &"x".repeat((1 << 20) + 1), "text/plain"));
    assert_eq!(bench.take(), ["client: MSRP 413"]);
    bench.act(|puppet| {
        let other = msrp::Uri::parse("msrp://127.0.0.1:1/other;tcp").unwrap();
        puppet.send(
            |send| send.without("To-Path").header("To-Path", other.as_str()),
            "x",
            "text/plain",
        );
    });
    bench.take();
    bench.act(|puppet| puppet.in_dialog("BYE"));
    assert_eq!(bench.ccrs(), ["enabler: T#1 used=0"]);
    // After the end there is no such session.
    bench.say("too late");
    assert_eq!(bench.take(), ["client: MSRP 481"]);
}

#[test]
fn chunks_make_one_message() {
    let mut bench = Bench::with_session(config(true));
    let chunk = |range: &'static str, flag| {
        move |send: msrp::MessageBuilder| {
            let range = msrp::ByteRange::parse(range.as_bytes()).unwrap();
            send.without("Message-ID")
                .header("Message-ID", "chunked")
                .byte_range(range)
                .flag(flag)
        }
    };
    bench.act(|puppet| puppet.send(chunk("1-3/6", msrp::Flag::More), "abc", "text/plain"));
    bench.act(|puppet| puppet.send(chunk("4-6/6", msrp::Flag::Complete), "def", "text/plain"));
    let one = [
        "client: MSRP 200",
        "client: MSRP 200",
        "enabler: U#1 used=1",
        "far: MSRP SEND abcdef",
    ];
    assert_eq!(bench.take(), one);
}

#[test]
fn reports_follow_what_was_asked_for() {
    for far_end in [true, false] {
        let mut bench = Bench::with_session(config(far_end));
        bench.act(|puppet| puppet.send(|send| send.success_report(true), "Hello", "text/plain"));
        assert_eq!(bench.take().last().unwrap(), "client: MSRP REPORT 200");
        let quiet = |send: msrp::MessageBuilder| send.failure_report(msrp::FailureReport::No);
        bench.act(|puppet| puppet.send(quiet, "Hello", "text/plain"));
        let log = bench.take();
        assert_eq!(
            log[0], "enabler: U#2 used=1",
            "no 200, and a debit: {log:?}"
        );
    }
}

const COMPOSING: &str = "application/im-iscomposing+xml";

#[test]
fn notices_are_passed_on_and_not_charged() {
    let notice = |faults: &[Fault], body: &str, content_type: &str| {
        let mut bench = Bench::with_session(with_faults(config(true), faults));
        bench.act(|puppet| puppet.send(|send| send, body, content_type));
        bench.take()
    };
    let passed_on = ["client: MSRP 200", "far: MSRP SEND <x/>"];
    assert_eq!(notice(&[], "<x/>", COMPOSING), passed_on);
    let with_parameter = "application/im-iscomposing+xml;charset=utf-8";
    assert_eq!(notice(&[], "<x/>", with_parameter), passed_on);
    let charged = notice(&[Fault::ComposingCharged], "<x/>", COMPOSING);
    assert_eq!(charged[1], "enabler: U#1 used=1");
    let cpim = |inner: &str| format!("To: <im:b@h>\r\n\r\nContent-Type: {inner}\r\n\r\nx");
    let wrapped = notice(&[], &cpim(COMPOSING), "message/cpim");
    assert!(
        !wrapped.iter().any(|line| line.starts_with("enabler")),
        "{wrapped:?}"
    );
    let wrapped = notice(&[], &cpim("text/plain"), "message/cpim");
    assert_eq!(wrapped[1], "enabler: U#1 used=1");
    // As a message that counts, where the configuration says so.
    let mut bench = Bench::with_session(Config {
        free_types: vec![],
        ..config(true)
    });
    bench.act(|puppet| puppet.send(|send| send, "<x/>", COMPOSING));
    assert_eq!(bench.ccrs(), ["enabler: U#1 used=1"]);
}

#[test]
fn an_aborted_message_is_none() {
    let aborted = |faults: &[Fault]| {
        let mut bench = Bench::with_session(with_faults(config(true), faults));
        let part = |flag| {
            move |send: msrp::MessageBuilder| {
                send.without("Message-ID")
                    .header("Message-ID", "aborted")
                    .byte_range(msrp::ByteRange::parse(b"1-3/6").unwrap())
                    .flag(flag)
            }
        };
        bench.act(|puppet| puppet.send(part(msrp::Flag::More), "abc", "text/plain"));
        bench.act(|puppet| puppet.send(part(msrp::Flag::Aborted), "def", "text/plain"));
        bench.ccrs().len()
    };
    assert_eq!((aborted(&[]), aborted(&[Fault::AbortedCharged])), (0, 1));
}

#[test]
fn what_the_far_end_sends_counts_where_the_configuration_says_so() {
    let charged = |config: Config| {
        let mut bench = Bench::with_session(config);
        bench.say("");
        bench.act(|puppet| puppet.far_say("Hi"));
        let log = bench.take();
        assert!(log.contains(&"client: MSRP SEND Hi".to_owned()), "{log:?}");
        log.contains(&"enabler: U#1 used=1".to_owned())
    };
    assert!(!charged(config(true)));
    assert!(charged(Config {
        counts_incoming: true,
        ..config(true)
    }));
    assert!(charged(faulty(true, Fault::IncomingCharged)));
}

#[test]
fn faults_of_counting_show() {
    let flow = |faults: &[Fault], count: usize, quiet: bool| {
        let mut bench = Bench::with_session(with_faults(config(true), faults));
        for _ in 0..count {
            let change = |send: msrp::MessageBuilder| match quiet {
                true => send.failure_report(msrp::FailureReport::No),
                false => send,
            };
            bench.act(|puppet| puppet.send(change, "Hello", "text/plain"));
        }
        let log = bench.take();
        let count = |what: &str| log.iter().filter(|line| line.starts_with(what)).count();
        (count("client: MSRP 200"), count("enabler"), count("far"))
    };
    assert_eq!(flow(&[], 3, false), (3, 3, 3));
    assert_eq!(flow(&[Fault::LosesMessages], 3, false), (3, 2, 3));
    assert_eq!(flow(&[], 1, true), (0, 1, 1));
    assert_eq!(flow(&[Fault::QuietMessageFree], 1, true), (0, 0, 1));
    assert_eq!(flow(&[Fault::AnswersQuietMessages], 1, true), (1, 1, 1));
    assert_eq!(flow(&[Fault::ForwardsTwice], 1, false), (1, 1, 2));
    let octets = |faults: &[Fault]| {
        let mut bench = Bench::new(Config {
            units: Units::Octets,
            faults: faults.iter().copied().collect(),
            ..config(false)
        });
        bench.act(|puppet| puppet.grant = None);
        bench.act(|puppet| puppet.invite(CALL));
        bench.say("Hello");
        bench.ccrs().pop().unwrap()
    };
    assert_eq!(octets(&[Fault::OctetsOffByOne]), "enabler: U#1 used=6");
}

#[test]
fn faults_of_reports_and_answers_show() {
    let reported = |faults: &[Fault]| {
        let mut bench = Bench::with_session(with_faults(config(false), faults));
        bench.act(|puppet| puppet.send(|send| send.success_report(true), "Hello", "text/plain"));
        let puppet = bench.puppet();
        let ids: Vec<bool> = puppet.msrp.iter().map(|m| puppet.has_sent(m)).collect();
        let ranges: Vec<String> = puppet
            .msrp
            .iter()
            .filter_map(|m| Some(m.header("Byte-Range")?.into_owned()))
            .collect();
        (ids.first().copied(), ranges)
    };
    let range = |text: &str| vec![text.to_owned()];
    assert_eq!(reported(&[]), (Some(true), range("1-5/5")));
    assert_eq!(reported(&[Fault::WrongReportRange]).1, range("1-6/6"));
    assert_eq!(
        reported(&[Fault::NoSuccessReport]).1,
        range("").split_off(1)
    );
    assert_eq!(reported(&[Fault::WrongMsrpTransaction]).0, Some(false));
}

#[test]
fn a_message_that_is_not_delivered_is_refunded_where_the_configuration_says_so() {
    let refused = |refund: Refund, interim: Interim, faults: &[Fault]| {
        let mut bench = Bench::with_session(Config {
            refund,
            interim,
            faults: faults.iter().copied().collect(),
            ..config(true)
        });
        bench.act(|puppet| puppet.far_msrp_status = 413);
        bench.say("Hello");
        bench.act(|puppet| puppet.in_dialog("BYE"));
        bench.ccrs()
    };
    let (each, quota) = (Interim::EachAccepted, Interim::QuotaOnly);
    assert_eq!(
        refused(Refund::Never, each, &[]),
        ["enabler: U#1 used=1", "enabler: T#2 used=0"]
    );
    assert_eq!(refused(Refund::Never, quota, &[]), ["enabler: T#1 used=1"]);
    assert_eq!(
        refused(Refund::Unreported, quota, &[]),
        ["enabler: T#1 used=0"]
    );
    assert_eq!(
        refused(Refund::Always, each, &[]),
        [
            "enabler: U#1 used=1",
            "enabler: E#0 action=1",
            "enabler: T#2 used=0"
        ]
    );
    // Upon delivery: it was never used.
    let delivery = Interim::OnDelivery;
    assert_eq!(
        refused(Refund::Never, delivery, &[]),
        ["enabler: T#1 used=0"]
    );
    assert_eq!(
        refused(Refund::Never, delivery, &[Fault::FailedDeliveryCharged]),
        ["enabler: U#1 used=1", "enabler: T#2 used=0"]
    );
}

#[test]
fn a_session_moves_to_another_msrp_connection_and_stays_one_charging_session() {
    let mut bench = Bench::with_session(config(true));
    bench.say("Hello");
    bench.act(|puppet| puppet.move_msrp("again"));
    bench.say("from elsewhere");
    bench.act(|puppet| puppet.far_say("Hi"));
    bench.act(|puppet| puppet.in_dialog("BYE"));
    let log = bench.take();
    let expected = [
        "client: MSRP 200",
        "enabler: U#1 used=1",
        "far: MSRP SEND Hello",
        "client: SIP 200 INVITE",
        "client: MSRP 200",
        "enabler: U#2 used=1",
        "far: MSRP SEND from elsewhere",
        "far: MSRP 200",
        "client: MSRP SEND Hi",
        "client: SIP 200 BYE",
        "far: SIP BYE",
        "enabler: T#3 used=0",
    ];
    assert_eq!(log, expected);
}

#[test]
fn a_lost_msrp_connection_is_waited_for_or_ends_the_session() {
    let patience = Duration::from_secs(5);
    let lost = |media_loss: MediaLoss, comes_again: bool| {
        let mut bench = Bench::with_session(Config {
            media_loss,
            ..config(false)
        });
        bench.say("Hello");
        bench.act(puppet::Puppet::drop_msrp);
        if comes_again {
            bench.say("again");
        }
        bench.take();
        bench.pass(patience * 2);
        bench.take()
    };
    assert!(lost(MediaLoss::Wait, false).is_empty());
    assert!(lost(MediaLoss::EndAfter(patience), true).is_empty());
    assert_eq!(
        lost(MediaLoss::EndAfter(patience), false),
        ["client: SIP BYE", "enabler: T#2 used=0"]
    );
}

#[test]
fn messages_after_the_end_are_refused_but_by_a_fault() {
    let after = |faults: &[Fault]| {
        let mut bench = Bench::with_session(with_faults(config(true), faults));
        bench.say("Hello");
        bench.act(|puppet| puppet.in_dialog("BYE"));
        bench.take();
        bench.say("late");
        bench.take()
    };
    assert_eq!(after(&[]), ["client: MSRP 481"]);
    assert_eq!(
        after(&[Fault::ServesAfterBye]),
        ["client: MSRP 200", "far: MSRP SEND late"]
    );
}
