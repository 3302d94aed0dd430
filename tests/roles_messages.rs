//! What the client and the far end can be told to do beside the figures, against the reference
//! server in virtual time.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

#[path = "roles_messages/exact.rs"]
mod exact;
mod played;

use ch2spec::engine::{Event, Message, Verdict, What};
use ch2spec::reference::Fault;
use ch2spec::scenario::Party;
use played::{Seen, bare_flow, flow};

const HANG_UP: &str = "
  - client sends: SIP BYE
    as: bye
  - enabler receives: SessionRequest (stop)
    after: bye
    requirement: END-C-2
    used units: $unreported
  - client receives: SIP 200
    for: bye
    requirement: SIP-BYE-200
";

fn started(steps: &str) -> played::Show {
    flow(&format!("{steps}{HANG_UP}"))
}

/// What the harness sent to the server in SIP, by method.
fn sent(seen: &Seen, method: &str, party: Party) -> Vec<ch2spec::sip::Message> {
    let of = |event: &Event| match &event.what {
        What::Sent {
            message: Message::Sip(sip),
            ..
        } if event.party == party && sip.is_method(method) => Some(sip.clone()),
        _ => None,
    };
    seen.events().iter().filter_map(of).collect()
}

const REFUSED: &str = "
  - client sends: MSRP SEND
    as: hello
    body: Hello
    content type: $ixit.refused-content-type
  - client receives: MSRP STATUS
    for: hello
    requirement: MSG-1
";

#[test]
fn a_class_of_status_codes_is_met_by_each_of_them() {
    for status in ["4xx", "failure", "415", "response"] {
        started(&REFUSED.replace("STATUS", status)).play().passes();
    }
    for status in ["2xx", "5xx", "200"] {
        started(&REFUSED.replace("STATUS", status))
            .play()
            .fails("status");
    }
    let accepted = "
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - client receives: MSRP failure
    for: hello
    requirement: MSG-1
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
";
    started(accepted)
        .play()
        .fails("200 came where a failure was expected");
}

#[test]
fn a_refused_call_is_a_failure_and_an_accepted_one_is_none() {
    let refused = "
  - client sends: SIP INVITE
    as: invite
  - enabler receives: SessionRequest (start)
    as: start
    after: invite
    requirement: CC-5.2-FIRST
  - enabler sends: Response
    result: DIAMETER_END_USER_SERVICE_DENIED
  - client receives: SIP STATUS
    for: invite
    requirement: SIP-INVITE-200
";
    for status in ["failure", "4xx", "403"] {
        bare_flow(&refused.replace("STATUS", status))
            .play()
            .passes();
    }
    for status in ["2xx", "5xx"] {
        bare_flow(&refused.replace("STATUS", status))
            .play()
            .fails("403 came where");
    }
    let accepted = refused.replace("END_USER_SERVICE_DENIED", "SUCCESS");
    let accepted = accepted.replace("    result: DIAMETER_SUCCESS", "    grant: 10");
    let seen = bare_flow(&accepted.replace("STATUS", "failure")).play();
    seen.fails("200 came where a failure was expected");
}

#[test]
fn an_unanswered_bye_is_sent_again_and_counted() {
    let steps = "
  - far end sends: SIP BYE
    when: far-end
    as: bye
  - client receives: SIP BYE
    as: end
    after: bye
    requirement: PROFILE-FORWARD
    unanswered: yes
  - enabler receives: SessionRequest (stop)
    after: bye
    requirement: END-C-2
  - wait: 3 s
";
    let seen = flow(steps).play().passes();
    assert!(seen.count("Client <- BYE") >= 3, "{}", seen.told());
    assert_eq!(seen.count("Client -> SIP/2.0 200 OK 2 BYE"), 0);
    assert_eq!(seen.played.background["SIP BYE left unanswered"], 1);
    assert!(seen.played.background["SIP retransmission"] >= 2);
}

#[test]
fn an_unanswered_invite_has_not_even_a_100() {
    let steps = "
  - client sends: SIP INVITE
    as: invite
  - enabler receives: SessionRequest (start)
    after: invite
    requirement: CC-5.2-FIRST
  - far end receives: SIP INVITE
    when: far-end
    after: invite
    requirement: PROFILE-FORWARD
    unanswered: yes
  - wait: 2 s
  - client receives: SIP failure
    for: invite
    requirement: SIP-INVITE-200
    within: 60 s
";
    let seen = bare_flow(steps).play().passes();
    assert_eq!(seen.count("FarEnd -> SIP"), 0, "{}", seen.told());
    assert!(seen.count("FarEnd <- INVITE") >= 2);
}

#[test]
fn an_unanswered_send_has_neither_answer_nor_report() {
    let steps = "
  - client sends: MSRP SEND
    as: hello
    body: Hello, in several chunks
    chunk size: 5
    success report: yes
  - client receives: MSRP 200
    for: hello
    requirement: MSG-1
  - far end receives: MSRP SEND
    when: far-end
    for: hello
    requirement: PROFILE-FORWARD
    unanswered: yes
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
    used units: 1
";
    let seen = started(steps).play().passes();
    assert_eq!(
        seen.count("FarEnd -> MSRP"),
        1,
        "the empty SEND: {}",
        seen.told()
    );
    assert_eq!(seen.played.background["MSRP SEND left unanswered"], 1);
}

#[test]
fn an_unanswered_session_request_gets_no_response() {
    let steps = "
  - client sends: SIP INVITE
    as: invite
  - enabler receives: SessionRequest (start)
    after: invite
    requirement: CC-5.2-FIRST
    unanswered: yes
  - client receives: SIP failure
    for: invite
    requirement: SIP-INVITE-200
    within: 60 s
";
    let seen = bare_flow(steps).play().passes();
    assert_eq!(seen.count("Enabler -> "), 0, "{}", seen.told());
}

#[test]
fn headers_are_put_in_the_place_of_what_stands_there() {
    let steps = "
  - client sends: SIP INFO
    as: info
    headers:
      User-Agent: other
      X-Client: $client.icid
      Contact: absent
    body: |
      one
      two
  - client receives: SIP 200
    for: info
    requirement: SIP-INVITE-200
  - client sends: MSRP SEND
    as: astray
    body: Hello
    headers: { To-Path: \"msrp://10.0.0.1:2855/nobody;tcp\" }
  - client receives: MSRP 481
    for: astray
    requirement: MSG-1
";
    let seen = started(steps).play().passes();
    let info = &sent(&seen, "INFO", Party::Client)[0];
    assert_eq!(info.header("User-Agent").unwrap(), "other");
    assert_eq!(info.values("User-Agent").count(), 1);
    assert_eq!(
        info.header("X-Client").unwrap(),
        seen.played.identities["ICID"]
    );
    assert!(info.header("Contact").is_none());
    assert_eq!(info.header("Content-Type").unwrap(), "text/plain");
    assert_eq!(info.body(), "one\ntwo\n");
    assert_eq!(seen.sum("accepted messages"), 0);
}

#[test]
fn what_is_sent_again_is_the_same_and_counts_once() {
    let steps = "
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - client receives: MSRP 200
    for: hello
    requirement: MSG-1
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
    used units: 1
  - client sends: SIP BYE
    as: bye
  - client sends again: bye
  - enabler receives: SessionRequest (stop)
    after: bye
    requirement: END-C-2
  - client receives: SIP 200
    for: bye
    requirement: SIP-BYE-200
  - enabler receives nothing: SessionRequest
    requirement: END-C-2-ONCE
";
    let seen = flow(steps).play().passes();
    let byes = sent(&seen, "BYE", Party::Client);
    assert_eq!(byes.len(), 2);
    assert_eq!(byes[0].raw(), byes[1].raw());
    flow(steps)
        .with(Fault::DoubleStop)
        .play()
        .fails("SessionRequest (stop) that nothing");
}

#[test]
fn a_send_that_is_sent_again_may_count_or_not() {
    let steps = "
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - client receives: MSRP 200
    for: hello
    requirement: MSG-1
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
    used units: 1
  - client sends again: hello
    as: again
  - client receives: MSRP response
    for: again
    requirement: MSG-1
";
    let seen = started(steps).play().passes();
    assert_eq!(seen.sum("sent messages"), 1, "{}", seen.told());
    assert_eq!(seen.sum("accepted messages"), 1);
    let [first, again] = [" 6", "again 9"].map(|step| {
        let of = |event: &&Event| played::show(event).ends_with(step);
        match &seen.events().iter().find(of).unwrap().what {
            What::Sent {
                message: Message::Msrp(message),
                ..
            } => message.raw().clone(),
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(first, again);
}

#[test]
fn an_invite_within_a_session_keeps_the_session() {
    let steps = "
  - client sends: SIP INVITE
    as: again
  - client receives: SIP 200
    for: again
    requirement: SIP-INVITE-200
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - client receives: MSRP 200
    for: hello
    requirement: MSG-1
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
    used units: 1
";
    let seen = started(steps).play().passes();
    let invites = sent(&seen, "INVITE", Party::Client);
    assert_eq!(invites.len(), 2);
    let [first, again] = &invites[..] else {
        panic!()
    };
    assert_eq!(first.call_id(), again.call_id());
    assert!(again.to().unwrap().tag().is_some());
    assert_eq!(again.cseq().unwrap().number, 2);
    assert_eq!(sent(&seen, "ACK", Party::Client).len(), 2);
    assert_eq!(first.body(), again.body());
}

#[test]
fn a_refused_re_invite_leaves_the_session_standing() {
    let steps = "
  - client sends: SIP INVITE
    as: again
    content type: application/sdp
    body: |
      v=0
      o=- 1 2 IN IP4 10.0.0.2
      s=-
      c=IN IP4 10.0.0.2
      t=0 0
      m=audio 4000 RTP/AVP 0
  - client receives: SIP 488
    for: again
    requirement: SIP-INVITE-200
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - client receives: MSRP 200
    for: hello
    requirement: MSG-1
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
    used units: 1
";
    let seen = started(steps).play().passes();
    let again = &sent(&seen, "INVITE", Party::Client)[1];
    assert!(again.body().windows(9).any(|w| w == b"\r\nm=audio"));
}

#[test]
fn a_cancel_waits_for_a_provisional_response() {
    let steps = "
  - client sends: SIP INVITE
    as: invite
  - client sends: SIP CANCEL
    as: cancel
  - client receives: SIP 200
    for: cancel
    requirement: SIP-INVITE-200
  - client receives: SIP 487
    for: invite
    requirement: SIP-INVITE-200
  - enabler receives: SessionRequest (start)
    after: invite
    requirement: CC-5.2-FIRST
  - enabler receives: SessionRequest (stop)
    after: cancel
    requirement: END-C-2
";
    for show in [bare_flow(steps), bare_flow(steps).tcp()] {
        let seen = show.play().passes();
        let at = |text: &str| {
            let mut lines = seen.events().iter().map(played::show);
            lines.position(|line| line.contains(text)).unwrap()
        };
        assert!(at("-> CANCEL") > at("<- SIP/2.0 100"), "{}", seen.told());
        assert_eq!(sent(&seen, "CANCEL", Party::Client).len(), 1);
    }
}

#[test]
fn a_cancel_that_comes_too_late_is_not_the_servers_fault() {
    let steps = "
  - client sends: SIP CANCEL
    as: cancel
  - client receives: SIP 200
    for: cancel
    requirement: SIP-INVITE-200
";
    flow(steps).play().is(Verdict::Inconclusive);
}

const DEBIT: &str = "
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
    used units: $unreported
";

#[test]
fn a_message_that_is_given_up_is_not_counted() {
    let steps = "
  - client sends: MSRP SEND
    as: large
    body: 0123456789abcdef
    chunk size: 4
    abort after: 2
  - client receives: MSRP 200
    for: large
    requirement: MSG-1
  - far end receives nothing: MSRP SEND
    requirement: PROFILE-FORWARD
  - enabler receives nothing: SessionRequest
    requirement: MSG-6
";
    let seen = started(steps).play().passes();
    assert_eq!(seen.count("SEND +"), 2, "{}", seen.told());
    assert_eq!(seen.count("SEND #"), 1);
    assert_eq!(seen.sum("sent messages"), 1);
    assert_eq!(seen.sum("accepted messages"), 0);
    let octets = started(steps).octets().play().passes();
    assert_eq!(octets.sum("sent octets"), 12);
    // A server that counts it is seen.
    let whole = steps.replace("    abort after: 2\n", "");
    started(&whole).play().fails("SessionRequest (interim)");
}

#[test]
fn an_empty_send_is_answered_and_not_counted() {
    for steps in [
        "\n  - client sends: MSRP SEND\n    as: empty\n    body: none\n",
        "\n  - client sends: MSRP SEND\n    as: empty\n    headers: { X-Empty: 1 }\n",
    ] {
        let steps = format!(
            "{steps}
  - client receives: MSRP 200
    for: empty
    requirement: MSG-1
  - enabler receives nothing: SessionRequest
    requirement: MSG-6
"
        );
        let seen = started(&steps).play().passes();
        assert_eq!(seen.sum("sent messages"), 0, "{}", seen.told());
        started(&steps)
            .with(Fault::EmptySendCharged)
            .play()
            .fails("SessionRequest (interim)");
    }
}

#[test]
fn a_body_may_be_written_in_digits_or_read_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("fixtures/in")).unwrap();
    std::fs::create_dir_all(dir.path().join("topic")).unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    std::fs::write(dir.path().join("fixtures/in/all.bin"), &bytes).unwrap();
    let text = format!(
        "ch2spec: 1\nid: PLAYED-1\ntitle: t\nclause: c\nrequirements: [MSG-1]\n\
         needs: [session-mode]\ngiven: [session started]\nflow:
  - client sends: MSRP SEND
    as: file
    body file: in/all.bin
    chunk size: 2048
  - client receives: MSRP 200
    for: file
    requirement: MSG-1
{DEBIT}
  - client sends: MSRP SEND
    as: digits
    body hex: \"00 fF0d 0a\"
  - client receives: MSRP 200
    for: digits
    requirement: MSG-1
  - far end receives: MSRP SEND
    for: digits
    when: far-end
    requirement: PROFILE-FORWARD
{DEBIT}{HANG_UP}"
    );
    let path = dir.path().join("topic/played.yaml");
    std::fs::write(&path, text).unwrap();
    let seen = played::Show::file(&path).octets().play().passes();
    assert_eq!(seen.sum("accepted octets"), 5004, "{}", seen.told());
    let bodies = |party| {
        let of = |event: &Event| match &event.what {
            What::Received {
                message: Message::Msrp(msrp),
                ..
            } if event.party == party => msrp.body().map(|body| body.to_vec()),
            _ => None,
        };
        seen.events().iter().filter_map(of).collect::<Vec<_>>()
    };
    let received = bodies(Party::FarEnd);
    assert_eq!(received.last().unwrap(), &[0, 255, 13, 10]);
    assert_eq!(received[..received.len() - 1].concat(), bytes);
}

#[test]
fn files_outside_of_fixtures_are_not_read() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("fixtures/directory")).unwrap();
    std::fs::write(dir.path().join("secret"), "secret").unwrap();
    let large = vec![b'x'; (1 << 20) + 1];
    std::fs::write(dir.path().join("fixtures/large"), large).unwrap();
    std::os::unix::fs::symlink("../secret", dir.path().join("fixtures/link")).unwrap();
    let load = |name: &str| {
        let text = format!(
            "ch2spec: 1\nid: T-1\ntitle: t\nclause: c\nrequirements: [MSG-1]\nflow:\n  \
             - client sends: MSRP SEND\n    body file: {name}\n"
        );
        let path = dir.path().join("t.yaml");
        std::fs::write(&path, text).unwrap();
        let loaded = ch2spec::scenario::load_paths(&[path]);
        assert!(loaded.has_errors() && loaded.scenarios.is_empty(), "{name}");
        let [problem] = &loaded.diagnostics[..] else {
            panic!("{name}: {:?}", loaded.diagnostics)
        };
        assert_eq!(
            (problem.place.line, problem.place.column),
            (8, 16),
            "{name}"
        );
        problem.code
    };
    for name in [
        "../secret",
        "/etc/passwd",
        "a/../../secret",
        "./x/..",
        "..\\secret",
    ] {
        assert_eq!(load(name), "outside-fixtures", "{name}");
    }
    assert_eq!(load("link"), "outside-fixtures");
    assert_eq!(load("missing"), "no-such-file");
    assert_eq!(load("directory"), "unreadable");
    assert_eq!(load("large"), "file-too-large");
}

#[test]
fn what_the_far_end_sends_reaches_the_client_and_may_be_charged_or_not() {
    let steps = "
  - far end sends: MSRP SEND
    when: far-end
    as: answer
    body: Hello yourself
  - far end receives: MSRP 200
    when: far-end
    for: answer
    requirement: MSG-1
  - client receives: MSRP SEND
    when: far-end
    for: answer
    requirement: PROFILE-FORWARD
    body: Hello yourself
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - client receives: MSRP 200
    for: hello
    requirement: MSG-1
";
    let seen = started(&format!("{steps}{DEBIT}")).play().passes();
    assert_eq!(seen.sum("accepted messages"), 1, "{}", seen.told());
}

#[test]
fn a_report_says_what_the_step_says() {
    let steps = "
  - client sends: MSRP SEND
    as: hello
    body: Hello
    success report: yes
  - client receives: MSRP 200
    for: hello
    requirement: MSG-1
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
    used units: $unreported
  - far end receives: MSRP SEND
    when: far-end
    as: forwarded
    for: hello
    requirement: PROFILE-FORWARD
  - far end sends: MSRP REPORT
    when: far-end
    for: forwarded
    status: 413
  - client receives: MSRP REPORT
    when: far-end
    requirement: MSG-1
    headers: { Status: { pattern: \"^000 STATUS\" } }
";
    let failed = steps.replace("STATUS", "413");
    let seen = started(&failed).play().passes();
    assert_eq!(
        seen.count("FarEnd -> MSRP"),
        3,
        "opener, 200, report: {}",
        seen.told()
    );
    let delivered = failed.replace("    status: 413\n", "");
    started(&delivered).play().fails("Status");
    started(&delivered.replace("413", "200")).play().passes();
}

#[test]
fn a_report_belongs_to_the_message_that_it_is_on() {
    let message = "
  - client sends: MSRP SEND
    as: NAME
    body: NAME
    success report: REPORTED
  - client receives: MSRP 200
    for: NAME
    requirement: MSG-1
  - enabler receives: SessionRequest (interim)
    after: NAME
    requirement: MSG-6
  - far end receives: MSRP SEND
    when: far-end
    for: NAME
    requirement: PROFILE-FORWARD
";
    let report = "
  - client receives: MSRP REPORT
    when: far-end
    for: NAME
    requirement: MSG-1
";
    let steps = |second: &str, reports: [&str; 2]| {
        let first = message.replace("NAME", "one").replace("REPORTED", "yes");
        let second = message.replace("NAME", "two").replace("REPORTED", second);
        let [a, b] = reports.map(|name| report.replace("NAME", name));
        started(&format!("{first}{second}{a}{b}"))
    };
    // The report on the first message has come long before the one that stands above it.
    steps("yes", ["two", "one"]).play().passes();
    // One message has no report: the other's is none of it.
    let seen = steps("no", ["one", "two"]).play();
    seen.fails("MSRP REPORT is missing");
}

#[test]
fn a_message_that_the_far_end_would_not_have_may_be_debited_or_not() {
    // The reference server debits what it accepted. One that does not is right as well: the
    // ledger leaves both open.
    let steps = "
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - client receives: MSRP 200
    for: hello
    requirement: MSG-1
  - far end receives: MSRP SEND
    when: far-end
    as: forwarded
    for: hello
    requirement: PROFILE-FORWARD
  - far end sends: MSRP 413
    when: far-end
    for: forwarded
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
    used units: UNITS
";
    for units in ["$unreported", "1"] {
        started(&steps.replace("UNITS", units)).play().passes();
    }
    let seen = started(&steps.replace("UNITS", "{ differs from: $unreported }")).play();
    let seen = seen.fails("used units");
    assert!(seen.told().contains("1 or 0"), "{}", seen.told());
}

#[test]
fn a_send_without_failure_reports_gets_no_answer_and_counts() {
    let steps = "
  - client sends: MSRP SEND
    as: hello
    body: Hello
    failure report: no
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
    used units: $unreported
  - client receives nothing: MSRP response
    requirement: MSG-1
";
    let seen = started(steps).play().passes();
    assert_eq!(seen.sum("accepted messages"), 1, "{}", seen.told());
}

#[test]
fn who_falls_silent_answers_nothing_any_more() {
    let steps = "
  - client does: fall silent
  - far end sends: SIP BYE
    when: far-end
    as: bye
  - client receives: SIP BYE
    when: far-end
    after: bye
    requirement: PROFILE-FORWARD
  - enabler receives: SessionRequest (stop)
    after: bye
    requirement: END-C-2
  - wait: 3 s
";
    for show in [flow(steps), flow(steps).tcp()] {
        let seen = show.play().passes();
        let silent = at(&seen, "Done(StepId(6))");
        let over = at(&seen, "FlowOver");
        let spoke =
            |event: &Event| event.party == Party::Client && matches!(event.what, What::Sent { .. });
        let spoken = seen.events()[silent..over].iter().filter(|e| spoke(e));
        assert_eq!(spoken.count(), 0, "{}", seen.told());
    }
    // A server that waits for the 200 to its BYE has nothing to wait for.
    let soon = steps.replace("END-C-2\n", "END-C-2\n    within: 200 ms\n");
    let waits = |_: &mut _, config: &mut ch2spec::reference::Config| {
        config.stop = ch2spec::reference::Stop::OnByeAnswer;
    };
    // The 200 comes when the run is tidied up: too late.
    flow(&soon).change(waits).play().fails("came too late");
}

#[test]
fn the_msrp_connection_is_closed_and_opened_again() {
    let steps = "
  - client sends: MSRP SEND
    as: first
    body: Hello
  - client receives: MSRP 200
    for: first
    requirement: MSG-1
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
    used units: 1
  - client does: close MSRP connection
  - wait: 100 ms
  - client does: connect MSRP again
  - client sends: MSRP SEND
    as: second
    body: Hello again
  - client receives: MSRP 200
    for: second
    requirement: MSG-1
  - enabler receives: SessionRequest (interim)
    requirement: MSG-6
    used units: $unreported
";
    let seen = started(steps).play().passes();
    assert_eq!(seen.count("Client Path"), 3, "{}", seen.told());
    assert_eq!(seen.sum("accepted messages"), 2);
    // With an INVITE in between the connection comes by itself.
    let by_invite = steps.replace(
        "  - client does: connect MSRP again\n",
        "  - client sends: SIP INVITE\n    as: again\n  - client receives: SIP 200\n    for: again\n    \
         requirement: SIP-INVITE-200\n",
    );
    started(&by_invite).play().passes();
    // Without either, there is nothing to send over.
    let closed = steps.replace("  - client does: connect MSRP again\n", "");
    started(&closed).play().is(Verdict::Inconclusive);
}

#[test]
fn what_concerns_a_connection_waits_until_it_stands() {
    // The session is accepted before the connection stands.
    let steps = "
  - client does: close MSRP connection
  - wait: 100 ms
  - client does: connect MSRP again
";
    let seen = started(steps).play().passes();
    assert!(at(&seen, "MSRP connected") < at(&seen, "closed as the scenario says"));
    let bytes = "
  - client sends: MSRP bytes
    bytes: \"MSRP d93kswow NICKNAME\\r\\nTo-Path: msrp://10.0.0.1:2855/x;tcp\\r\\n\\
      From-Path: msrp://10.0.0.2:1/me;tcp\\r\\n-------d93kswow$\\r\\n\"
    as: nickname
  - client receives: MSRP failure
    for: nickname
    requirement: MSG-1
";
    started(bytes).play().passes();
}

#[test]
fn a_connection_that_cannot_be_opened_is_not_waited_for() {
    let steps = "
  - client does: connect MSRP again
";
    started(steps).play().is(Verdict::Inconclusive);
}

#[test]
fn a_message_outside_of_a_session_finds_its_far_end_and_its_debit() {
    let steps = "
  - client sends: SIP MESSAGE
    as: page
    body: Hello
  - enabler receives: SessionRequest (event)
    after: page
    requirement: MSG-6
    requested units: 1
    avps:
      Service-Information / IMS-Information / IMS-Charging-Identifier: $client.icid
      Requested-Action: DIRECT_DEBITING
  - enabler sends: Response
    grant: 1
  - far end receives: SIP MESSAGE
    when: far-end
    after: page
    requirement: PROFILE-FORWARD
    body: Hello
    headers: { Content-Type: text/plain }
  - client receives: SIP 2xx
    for: page
    requirement: SIP-INVITE-200
";
    let two = format!("{steps}{}", steps.replace("page", "again"));
    for show in [bare_flow(steps), bare_flow(steps).tcp(), bare_flow(&two)] {
        let seen = show.play().passes();
        for message in sent(&seen, "MESSAGE", Party::Client) {
            let icid = message
                .p_charging_vector()
                .unwrap()
                .icid_value()
                .into_owned();
            assert_eq!(icid, seen.played.identities["ICID"]);
            assert_eq!(message.p_asserted_identities().count(), 1);
            assert!(message.header("Contact").is_none());
            assert!(message.to().unwrap().tag().is_none());
        }
        let ids: std::collections::BTreeSet<String> = sent(&seen, "MESSAGE", Party::Client)
            .iter()
            .map(|message| message.call_id().unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), seen.count("Client -> MESSAGE"));
    }
    bare_flow(steps)
        .with(Fault::NoPageDebit)
        .play()
        .fails("SessionRequest (event)");
    // Neither what the far end answers nor whether it does is forgotten.
    let refused = steps
        .replace("    headers: { Content-Type: text/plain }\n", "    as: forwarded\n")
        .replace(
            "  - client receives: SIP 2xx",
            "  - far end sends: SIP 486\n    for: forwarded\n    when: far-end\n  - client receives: SIP 4xx",
        );
    bare_flow(&refused).play().passes();
}

#[test]
fn a_message_within_a_session_stays_in_it() {
    let steps = "
  - client sends: SIP MESSAGE
    as: page
    body: Hello
  - client receives: SIP 200
    for: page
    requirement: SIP-INVITE-200
";
    let seen = started(steps).play().passes();
    let message = &sent(&seen, "MESSAGE", Party::Client)[0];
    assert!(message.to().unwrap().tag().is_some());
    assert_eq!(seen.sum("sent messages"), 0);
}

fn at(seen: &Seen, text: &str) -> usize {
    let mut lines = seen.events().iter().map(played::show);
    lines.position(|line| line.contains(text)).unwrap()
}

#[test]
fn a_refusal_may_come_to_a_later_chunk() {
    let steps = "
  - client sends: MSRP SEND
    as: large
    body: 0123456789
    chunk size: 4
    content type: $ixit.refused-content-type
  - client receives: MSRP STATUS
    for: large
    requirement: MSG-1
";
    let seen = started(&steps.replace("STATUS", "415")).play().passes();
    // The same, with the first chunk accepted, or all of them.
    let rejudged = |seen: &Seen, accepted: usize| {
        let mut trace = seen.played.trace.clone();
        let mut left = accepted;
        for event in &mut trace.events {
            if let What::Received {
                message: Message::Msrp(message),
                ..
            } = &mut event.what
                && message.status() == Some(415)
                && left > 0
            {
                left -= 1;
                let text = String::from_utf8(message.raw().to_vec()).unwrap();
                let line = text.lines().next().unwrap();
                let id = line.split(' ').nth(1).unwrap();
                let text = text.replacen(line, &format!("MSRP {id} 200 OK"), 1);
                *message = ch2spec::msrp::Message::decode(text.into_bytes().into());
            }
        }
        let result = ch2spec::engine::judge(&seen.played.case, &trace);
        (result.verdict, result.findings)
    };
    for accepted in [1, 2] {
        let (verdict, findings) = rejudged(&seen, accepted);
        assert_eq!(verdict, Verdict::Pass, "{accepted}: {findings:#?}");
    }
    let (verdict, findings) = rejudged(&seen, 3);
    assert_eq!(verdict, Verdict::Fail);
    assert!(
        findings
            .iter()
            .any(|f| f.title.contains("200 came where 415"))
    );
    started(&steps.replace("STATUS", "200"))
        .play()
        .fails("415 came where 200");
}

#[test]
fn what_a_client_spoils_is_not_held_against_the_server() {
    let via = "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx;rport";
    let spoilt = [
        "OPTIONS".to_owned(),
        "OPTIONS sip:10.0.0.1 SIP/2.0\\r\\n\\r\\n".to_owned(),
        format!("OPTIONS sip:10.0.0.1 SIP/2.0\\r\\n{via}\\r\\n\\r\\n"),
        format!(
            "INVITE sip:10.0.0.1 SIP/2.0\\r\\n{via}\\r\\nCall-ID: a\\r\\nCSeq: 1 INVITE\\r\\n\\r\\n"
        ),
        format!("BYE sip:10.0.0.1 SIP/2.0\\r\\n{via}\\r\\nCall-ID: a\\r\\nCSeq: x BYE\\r\\n\\r\\n"),
        format!(
            "INFO sip:10.0.0.1 SIP/2.0\\r\\n{via}\\r\\nFrom: <<>\\r\\nTo: \\r\\nCall-ID: a\\r\\n\\
             CSeq: 1 MESSAGE\\r\\nContent-Length: 99999\\r\\n\\r\\nx"
        ),
        format!("SIP/2.0 200 OK\\r\\n{via}\\r\\nCall-ID: a\\r\\nCSeq: 1 INVITE\\r\\n\\r\\n"),
    ];
    for bytes in spoilt {
        let steps = format!(
            "
  - client sends: SIP bytes
    bytes: \"{bytes}\"
  - enabler receives nothing: SessionRequest
    requirement: MSG-6
"
        );
        started(&steps).play().passes();
    }
    for header in [
        "Contact: absent",
        "Max-Forwards: 0",
        "CSeq: 1 INFO",
        "Call-ID: other",
        "Content-Length: 7",
        "To: absent",
        "Via: absent",
    ] {
        let steps = format!(
            "
  - client sends: SIP INFO
    headers: {{ {header} }}
  - enabler receives nothing: SessionRequest
    requirement: MSG-6
"
        );
        started(&steps).play().passes();
    }
    for header in [
        "To-Path: absent",
        "Message-ID: absent",
        "Byte-Range: 9-8/3",
        "Content-Type: absent",
        "From-Path: \"msrp://nowhere:1/x;tcp\"",
        "Failure-Report: maybe",
    ] {
        let steps = format!(
            "
  - client sends: MSRP SEND
    body: Hello
    headers: {{ {header} }}
  - wait: 100 ms
"
        );
        let seen = started(&steps).play();
        assert_ne!(seen.result.verdict, Verdict::Error, "{}", seen.told());
        let wrong = |f: &&ch2spec::engine::Finding| {
            !f.warning && f.verdict == Verdict::Fail && !f.check.contains("interim")
        };
        let wrong = seen.result.findings.iter().find(wrong);
        assert!(wrong.is_none(), "{header}: {}", seen.told());
    }
}

#[test]
fn a_connection_that_the_server_closes_is_opened_anew_for_what_is_to_be_sent() {
    let steps = "
  - client sends: SIP bytes
    hex: \"00 ff 0d 0a 0d 0a\"
  - wait: 100 ms
  - client sends: SIP BYE
    as: bye
  - client receives: SIP 200
    for: bye
    requirement: SIP-BYE-200
  - enabler receives: SessionRequest (stop)
    after: bye
    requirement: END-C-2
";
    let seen = flow(steps).tcp().play().passes();
    let made = |event: &&Event| {
        event.party == Party::Client
            && matches!(&event.what, What::Path { what, stands: true, .. } if what == "SIP connected")
    };
    assert_eq!(
        seen.events().iter().filter(made).count(),
        2,
        "{}",
        seen.told()
    );
}
