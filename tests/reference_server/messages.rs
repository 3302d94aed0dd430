//! What counts as a message, and what is reported on one.

use ch2spec::msrp;

use crate::{Bench, config};

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
