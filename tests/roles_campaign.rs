//! The parties of a campaign against a small scripted server, in virtual time.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod figures;
mod roles_server;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ch2spec::ch2::{Binding, Kind};
use ch2spec::diameter::key;
use ch2spec::engine::{Message, Standing, Trace, Verdict, What, judge};
use ch2spec::io::{Input, Time};
use ch2spec::msrp;
use ch2spec::roles::{Campaign, Limits, Outcome, Progress, Settings};
use ch2spec::runtime::simulated::{Network, NodeId, Wire};
use ch2spec::scenario::{
    EnablerAddress, Ics, Ixit, Party, SipAddress, Subscriber, Sut, Transport, Trigger,
    TriggerBinding, load_text,
};

use roles_server::{ENABLER, SIP, Script, ScriptedServer};

const HARNESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));
const SERVER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

#[test]
fn a_right_server_passes_what_applies_to_it() {
    let outcome = play(Script::default(), settings(2));
    assert_eq!(outcome.diagnosis, None);
    let verdicts: Vec<(String, Verdict, String)> = verdicts(&outcome);
    for (id, verdict, why) in &verdicts {
        let expected = if id == "IMC-END-con-002" || id == "IMC-MSG-con-002" {
            Verdict::NotApplicable
        } else {
            Verdict::Pass
        };
        assert_eq!(*verdict, expected, "{id}: {why}");
    }
    assert_eq!(verdicts.len(), 4);
}

#[test]
fn a_session_leaves_the_trace_of_its_figure() {
    let outcome = play(Script::default(), only("IMC-MSG-con-001"));
    let lines = lines(&outcome.results[0].trace);
    let expected = [
        "client sends INVITE",
        "enabler receives CCR 1",
        "enabler sends CCA 2001",
        "client receives 200",
        "client sends ACK",
        "client sends SEND",
        "client receives 200",
        "enabler receives CCR 2",
        "enabler sends CCA 2001",
        "client sends SEND",
        "client receives 200",
        "enabler receives CCR 2",
        "enabler sends CCA 2001",
        "flow over",
        "client sends BYE",
        "client receives 200",
        "enabler receives CCR 3",
        "enabler sends CCA 2001",
    ];
    assert_eq!(lines, expected);
    assert_eq!(
        outcome.results[0].identities["client"],
        "sip:alice0@ims.test"
    );
}

#[test]
fn whoever_connects_sends_an_empty_send_where_nothing_waits() {
    let outcome = play(Script::default(), written(CHUNKS));
    let played = &outcome.results[0];
    assert_eq!(
        played.background.get("MSRP 200 to our empty SEND"),
        Some(&1)
    );
    let sends = sends(&played.trace);
    assert_eq!(sends[0].body(), None);
    let bodies: Vec<_> = sends[1..].iter().map(|send| send.body().unwrap()).collect();
    assert_eq!(bodies, [&b"0123"[..], b"4567", b"89"]);
    let ids: BTreeSet<_> = sends[1..]
        .iter()
        .map(|send| send.message_id().unwrap())
        .collect();
    assert_eq!(ids.len(), 1);
    let ranges: Vec<_> = sends[1..]
        .iter()
        .map(|send| send.byte_range().unwrap())
        .collect();
    let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
    assert_eq!(ranges, ["1-4/10", "5-8/10", "9-10/10"]);
}

const CHUNKS: &str = "\
ch2spec: 1
id: ROLES-MSG-con-001
title: A message in chunks
clause: change-request 6.3.3.3
requirements: [MSG-1]
needs: [session-mode]
given:
  - client sends: SIP INVITE
    as: invite
  - enabler receives: SessionRequest (start)
    as: start
    after: invite
    requirement: CC-5.2-FIRST
  - client receives: SIP 200
    for: invite
    requirement: SIP-INVITE-200
flow:
  - wait: 1 s
  - client sends: MSRP SEND
    as: long
    body: \"0123456789\"
    chunk size: 4
  - client receives: MSRP 200
    for: long
    requirement: MSG-2
";

#[test]
fn a_session_is_found_by_icid_where_the_subscriber_is_wrong() {
    let script = Script {
        subscription: Some("sip:nobody@ims.test".to_owned()),
        ..Script::default()
    };
    let outcome = play(script, settings(2));
    assert_eq!(outcome.strays, BTreeMap::new());
    for played in outcome
        .results
        .iter()
        .filter(|played| played.not_played.is_none())
    {
        let received = ccrs(&played.trace);
        assert!(
            received.contains(&Some(Kind::Start)),
            "{}",
            played.case.scenario.id
        );
        assert!(
            received.contains(&Some(Kind::Stop)),
            "{}",
            played.case.scenario.id
        );
    }
    let wrong = verdicts(&outcome);
    assert!(
        wrong
            .iter()
            .any(|(_, _, why)| why.contains("Subscription-Id")),
        "{wrong:?}"
    );
}

#[test]
fn a_request_that_names_nobody_is_refused_where_several_run() {
    let script = Script {
        subscription: Some("sip:nobody@ims.test".to_owned()),
        icid: false,
        ..Script::default()
    };
    let outcome = play(script, settings(2));
    assert!(outcome.strays["CH-2 request that belongs to no scenario"] >= 2);
    let refused = outcome.peer.events.iter().filter(|event| {
        matches!(&event.what, What::Sent { message: Message::Diameter(answer), .. }
            if answer.result_code() == Some(5030))
    });
    assert!(refused.count() >= 2);
}

/// RFC 8506 5.2 has the Subscription-Id as a SHOULD: a server without one is not wrong.
#[test]
fn a_request_without_any_name_is_no_failure_where_several_run() {
    let script = Script {
        nameless: true,
        ..Script::default()
    };
    let outcome = play(script.clone(), settings(2));
    for (id, verdict, why) in verdicts(&outcome) {
        if verdict != Verdict::NotApplicable {
            assert_eq!(verdict, Verdict::Inconclusive, "{id}: {why}");
            assert!(why.contains("--jobs 1"), "{id}: {why}");
        }
    }
    let alone = play(script, settings(1));
    assert!(
        verdicts(&alone)
            .iter()
            .any(|(_, verdict, _)| *verdict == Verdict::Pass)
    );
    assert!(
        verdicts(&alone)
            .iter()
            .all(|(_, verdict, _)| *verdict <= Verdict::Pass)
    );
}

/// Two sessions of one scenario, that begin in the given way.
fn two_sessions(subscriber: &str, begin: &str) -> Settings {
    written(&format!(
        "ch2spec: 1\nid: T-1\ntitle: t\nclause: c\nrequirements: [MSG-6]\nneeds: [session-mode]\n\
         sessions: {{ b: {{ subscriber: {subscriber} }} }}\nflow:\n{begin}\
         \x20 - message exchanged: {{ body: One }}\n\
         \x20 - message exchanged: {{ body: Two }}\n    session: b\n\
         \x20 - session ended:\n    session: b\n  - session ended\n"
    ))
}

const ONE_AFTER_THE_OTHER: &str = "  - session started\n  - session started:\n    session: b\n";

const AT_ONCE: &str = "
  - client sends: SIP INVITE
    as: one
  - client sends: SIP INVITE
    session: b
    as: two
  - enabler receives: SessionRequest (start)
    after: one
    requirement: CC-5.2-FIRST
  - enabler receives: SessionRequest (start)
    session: b
    after: two
    requirement: CC-5.2-FIRST
  - client receives: SIP 200
    for: one
    requirement: SIP-INVITE-200
  - client receives: SIP 200
    session: b
    for: two
    requirement: SIP-INVITE-200
";

/// What names a session of the two: Subscription-Id, ICID.
fn naming(subscription: bool, icid: bool) -> Script {
    Script {
        nameless: !subscription && !icid,
        icid,
        ..Script::default()
    }
}

#[test]
fn a_start_that_names_none_of_two_sessions_is_the_one_that_waits_for_it() {
    for (subscription, icid) in [(false, false), (true, false), (true, true)] {
        for subscriber in ["other", "same"] {
            let settings = two_sessions(subscriber, ONE_AFTER_THE_OTHER);
            let outcome = play(naming(subscription, icid), settings);
            let (_, verdict, why) = &verdicts(&outcome)[0];
            assert_eq!(*verdict, Verdict::Pass, "{why}");
            assert_eq!(outcome.strays, BTreeMap::new());
        }
    }
}

#[test]
fn what_may_be_of_either_of_two_sessions_is_no_failure() {
    for (subscription, icid, subscriber, told) in [
        (false, false, "other", false),
        (false, false, "same", false),
        (true, false, "same", false),
        (true, false, "other", true),
        (true, true, "same", true),
    ] {
        let outcome = play(
            naming(subscription, icid),
            two_sessions(subscriber, AT_ONCE),
        );
        let (_, verdict, why) = &verdicts(&outcome)[0];
        let name = format!("{subscription} {icid} {subscriber}: {why}");
        if told {
            assert_eq!(*verdict, Verdict::Pass, "{name}");
        } else {
            assert_eq!(*verdict, Verdict::Inconclusive, "{name}");
            assert!(
                why.contains("may be of either of several sessions"),
                "{name}"
            );
        }
    }
}

#[test]
fn credit_is_not_refused_where_none_is_asked_for() {
    let mut settings = only("IMC-END-con-002");
    settings.sut.claims.push(Ics::ServerEndsSession);
    let refused = TriggerBinding::CreditRefused(4012);
    settings
        .sut
        .triggers
        .insert(Trigger::ServerEndsSession, refused);
    let outcome = play(Script::default(), settings);
    let (_, verdict, why) = &verdicts(&outcome)[0];
    assert_eq!(*verdict, Verdict::Inconclusive, "{why}");
}

#[test]
fn a_request_that_names_nobody_belongs_to_the_only_scenario() {
    let script = Script {
        subscription: Some("sip:nobody@ims.test".to_owned()),
        icid: false,
        ..Script::default()
    };
    let outcome = play(script, settings(1));
    assert_eq!(outcome.strays, BTreeMap::new());
}

#[test]
fn garbage_closes_its_connection_and_stands_in_the_trace() {
    let script = Script {
        msrp_garbage: true,
        ..Script::default()
    };
    let outcome = play(script, only("IMC-MSG-con-001"));
    let events = &outcome.results[0].trace.events;
    let garbage = events.iter().filter(|event| {
        matches!(&event.what, What::Received { message: Message::Garbage { bytes, .. }, .. }
            if bytes.starts_with(b"\x00\x01"))
    });
    assert_eq!(garbage.count(), 1);
    let (_, verdict, why) = &verdicts(&outcome)[0];
    assert_ne!(*verdict, Verdict::Pass, "{why}");
}

#[test]
fn a_diameter_length_of_16_mib_ends_the_connection_and_the_run() {
    let script = Script {
        diameter_garbage: true,
        ..Script::default()
    };
    let outcome = play(script, settings(1));
    let diagnosis = outcome.diagnosis.unwrap();
    assert!(diagnosis.contains("CH-2 connection"), "{diagnosis}");
    assert!(outcome.peer.events.iter().any(|event| {
        matches!(
            &event.what,
            What::Received {
                message: Message::Garbage { .. },
                ..
            }
        )
    }));
}

/// When a message of that command was first received on the CH-2 connection, and when the first
/// scenario began.
fn first_answer_and_start(outcome: &Outcome, command: u32) -> (Option<Time>, Time) {
    let answer = outcome
        .peer
        .events
        .iter()
        .find_map(|event| match &event.what {
            What::Received {
                message: Message::Diameter(message),
                ..
            } if message.command_code() == command => Some(event.at),
            _ => None,
        });
    let played = outcome.results.iter().filter(|p| p.not_played.is_none());
    (answer, played.map(|p| p.began).min().unwrap())
}

#[test]
fn scenarios_start_once_the_server_is_known_to_have_read_the_cea() {
    let outcome = play(Script::default(), settings(2));
    let (dwa, began) = first_answer_and_start(&outcome, 280);
    assert!(dwa.unwrap() <= began);
    assert!(began.since(dwa.unwrap()) < Ixit::default().quiet_window);
}

#[test]
fn a_server_that_needs_time_after_connecting_is_given_it() {
    let mut settings = settings(2);
    settings.sut.values.settle_time = Duration::from_secs(3);
    let outcome = play(Script::default(), settings);
    let (dwa, began) = first_answer_and_start(&outcome, 280);
    assert!(began.since(dwa.unwrap()) >= Duration::from_millis(2900));
}

#[test]
fn no_ch2_connection_is_one_diagnosis() {
    let script = Script {
        connects: false,
        ..Script::default()
    };
    let outcome = play(script, settings(2));
    let diagnosis = outcome.diagnosis.unwrap();
    assert!(
        diagnosis.contains("opened no CH-2 connection"),
        "{diagnosis}"
    );
    assert!(
        outcome
            .results
            .iter()
            .all(|played| played.trace.events.is_empty())
    );
    assert!(
        outcome
            .results
            .iter()
            .any(|played| played.not_played.as_ref() == Some(&diagnosis))
    );
}

#[test]
fn refused_sip_is_one_diagnosis() {
    let mut settings = settings(2);
    settings.sut.sip.transport = Transport::Tcp;
    let outcome = play(Script::default(), settings);
    let diagnosis = outcome.diagnosis.unwrap();
    assert!(diagnosis.contains("refused by the server"), "{diagnosis}");
}

#[test]
fn silent_sip_is_one_diagnosis() {
    let script = Script {
        answers_sip: false,
        ..Script::default()
    };
    let outcome = play(script, settings(1));
    let diagnosis = outcome.diagnosis.unwrap();
    assert!(diagnosis.contains("sent nothing at all"), "{diagnosis}");
    for played in &outcome.results {
        assert!(played.not_played.is_some(), "{}", played.case.scenario.id);
    }
    // One tried in vain, and what it tried is kept.
    let tried = outcome.results.iter();
    let tried = tried.filter(|played| !played.trace.events.is_empty());
    assert_eq!(tried.count(), 1);
}

#[test]
fn an_interrupt_ends_everything_at_once() {
    let (mut network, harness) = network(Script::default(), settings(2));
    let started = |network: &Network| network.machine::<Watched>(harness).started >= 2;
    assert!(network.run_until(started, Time::from_millis(60_000)));
    network.run_for(Duration::from_millis(20));
    let before = network.now();
    network.input(harness, Input::Interrupt);
    assert!(network.run_until(
        |network| !network.is_running(harness),
        Time::from_millis(60_000)
    ));
    assert_eq!(network.now(), before);
    let outcome = into_outcome(&mut network, harness);
    assert!(outcome.interrupted);
    let cut = outcome.results.iter().filter(|played| {
        matches!(played.trace.events.last().map(|event| &event.what),
            Some(What::CutShort(reason)) if reason == "interrupted")
    });
    assert_eq!(cut.count(), 2);
}

#[test]
fn a_flood_is_cut_short_with_one_reason() {
    let mut settings = only("IMC-MSG-con-001");
    settings.limits.events = 50;
    let outcome = play(
        Script {
            flood: 500,
            ..Script::default()
        },
        settings,
    );
    let trace = &outcome.results[0].trace;
    let reasons = trace
        .events
        .iter()
        .filter(|event| matches!(event.what, What::CutShort(_)));
    assert_eq!((trace.events.len(), reasons.count()), (51, 1));
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let outcome = play(
            Script::default(),
            Settings {
                seed,
                ..settings(2)
            },
        );
        let bytes: Vec<String> = outcome
            .results
            .iter()
            .map(|played| format!("{:?}", played.trace))
            .collect();
        bytes
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn a_torn_stream_changes_nothing() {
    let (mut network, harness) = network(Script::default(), only("IMC-MSG-con-001"));
    network.set_wire(Wire {
        segment: Some(7),
        ..Wire::default()
    });
    network.run_until(
        |network| !network.is_running(harness),
        Time::from_millis(600_000),
    );
    let outcome = into_outcome(&mut network, harness);
    let (_, verdict, why) = &verdicts(&outcome)[0];
    assert_eq!(*verdict, Verdict::Pass, "{why}");
}

fn play(script: Script, settings: Settings) -> Outcome {
    let (mut network, harness) = network(script, settings);
    let done = network.run_until(|n| !n.is_running(harness), Time::from_millis(600_000));
    assert!(done, "the campaign does not end");
    into_outcome(&mut network, harness)
}

fn network(script: Script, settings: Settings) -> (Network, NodeId) {
    let mut network = Network::new(1);
    let harness = network.add(HARNESS, Watched::new(settings));
    network.add(SERVER, ScriptedServer::new(script));
    (network, harness)
}

fn into_outcome(network: &mut Network, harness: NodeId) -> Outcome {
    network
        .machine_mut::<Watched>(harness)
        .campaign
        .take()
        .unwrap()
        .into_outcome()
}

/// A campaign that can be taken out of its network.
struct Watched {
    campaign: Option<Campaign>,
    started: usize,
}

impl Watched {
    fn new(settings: Settings) -> Watched {
        Watched {
            campaign: Some(Campaign::new(settings)),
            started: 0,
        }
    }

    fn watch(&mut self) {
        let campaign = self.campaign.as_mut().unwrap();
        while let Some(progress) = campaign.poll_progress() {
            self.started += usize::from(matches!(progress, Progress::Started { .. }));
        }
    }
}

impl ch2spec::io::Machine for Watched {
    fn handle(&mut self, now: Time, input: Input) {
        self.campaign.as_mut().unwrap().handle(now, input);
        self.watch();
    }

    fn poll_output(&mut self) -> Option<ch2spec::io::Output> {
        self.campaign.as_mut()?.poll_output()
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.campaign.as_ref()?.poll_timeout()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.campaign.as_mut().unwrap().handle_timeout(now);
        self.watch();
    }

    fn is_finished(&self) -> bool {
        self.campaign
            .as_ref()
            .is_none_or(ch2spec::io::Machine::is_finished)
    }
}

fn settings(jobs: usize) -> Settings {
    let subscribers = (0..4).map(|n| Subscriber {
        client: format!("sip:alice{n}@ims.test"),
        also: Vec::new(),
        far_end: format!("sip:bob{n}@ims.test"),
    });
    Settings {
        sut: Sut {
            name: "scripted".to_owned(),
            sip: SipAddress {
                address: SIP.to_string(),
                transport: Transport::Udp,
                client_address: HARNESS,
            },
            subscribers: subscribers.collect(),
            second_enabler: None,
            enabler: EnablerAddress {
                listen: ENABLER,
                host: "ocs.test".to_owned(),
                realm: "test".to_owned(),
            },
            far_end: None,
            triggers: BTreeMap::new(),
            claims: vec![Ics::SessionMode],
            readings: BTreeMap::new(),
            values: Ixit::default(),
            binding: Binding::default(),
        },
        sip: SIP,
        resolved: BTreeMap::new(),
        scenarios: figures::figures(),
        jobs,
        seed: 1,
        limits: Limits::default(),
    }
}

fn only(id: &str) -> Settings {
    let mut settings = settings(1);
    settings.scenarios.retain(|scenario| scenario.id == id);
    assert_eq!(settings.scenarios.len(), 1);
    settings
}

fn written(text: &str) -> Settings {
    let loaded = load_text("test.yaml", text.as_bytes());
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    Settings {
        scenarios: loaded.scenarios,
        ..settings(1)
    }
}

fn sends(trace: &Trace) -> Vec<&msrp::Message> {
    let messages = trace.events.iter().filter_map(|event| match &event.what {
        What::Sent {
            message: Message::Msrp(message),
            ..
        } => Some(message),
        _ => None,
    });
    messages.filter(|message| message.is_send()).collect()
}

fn verdicts(outcome: &Outcome) -> Vec<(String, Verdict, String)> {
    let results = outcome
        .results
        .iter()
        .map(|played| judge(&played.case, &played.trace));
    results
        .map(|result| {
            let findings: Vec<String> = result
                .findings
                .iter()
                .map(|f| format!("{}: {}", f.check, f.title))
                .collect();
            (
                result.id,
                result.verdict,
                format!("{} {findings:?}", result.reason),
            )
        })
        .collect()
}

fn ccrs(trace: &Trace) -> Vec<Option<Kind>> {
    let requests = trace.events.iter().filter_map(|event| match &event.what {
        What::Received {
            message: Message::Diameter(request),
            ..
        } => Some(request),
        _ => None,
    });
    let types = requests.map(|request| request.find(key::CC_REQUEST_TYPE)?.u32().ok());
    types
        .map(|value| value.and_then(|value| Binding::default().kind(value)))
        .collect()
}

/// The messages of a trace, one line each; what only concerns transport and pace is left out.
fn lines(trace: &Trace) -> Vec<String> {
    let line = |event: &ch2spec::engine::Event| {
        let party = match event.party {
            Party::Client => "client",
            Party::FarEnd => "far end",
            Party::Enabler | Party::SecondEnabler => "enabler",
        };
        match &event.what {
            What::Received {
                message, standing, ..
            } => {
                let aside = match standing {
                    Standing::Flow => "",
                    Standing::Repeated => " (repeated)",
                    Standing::Background => " (background)",
                };
                Some(format!("{party} receives {}{aside}", name(message)))
            }
            What::Sent {
                message, repeated, ..
            } => {
                let again = if *repeated { " again" } else { "" };
                Some(format!("{party} sends {}{again}", name(message)))
            }
            What::FlowOver => Some("flow over".to_owned()),
            What::CutShort(reason) => Some(format!("cut short: {reason}")),
            What::Impossible { reason, .. } => Some(format!("impossible: {reason}")),
            What::Expired(step) => Some(format!("step {} expired", step.0)),
            What::Path { .. } | What::Due(_) | What::Done(_) | What::Slow(_) => None,
        }
    };
    trace.events.iter().filter_map(line).collect()
}

fn name(message: &Message) -> String {
    match message {
        Message::Sip(sip) => match (sip.method(), sip.status()) {
            (Some(method), _) => method.to_owned(),
            (None, status) => status.unwrap_or(0).to_string(),
        },
        Message::Msrp(msrp) => match (msrp.method(), msrp.status()) {
            (Some(method), _) => method.as_str().to_owned(),
            (None, status) => status.unwrap_or(0).to_string(),
        },
        Message::Diameter(ccr) if ccr.is_request() => {
            let value = ccr
                .find(key::CC_REQUEST_TYPE)
                .and_then(|avp| avp.u32().ok());
            format!("CCR {}", value.unwrap_or(0))
        }
        Message::Diameter(cca) => format!("CCA {}", cca.result_code().unwrap_or(0)),
        Message::Garbage { reason, .. } => format!("garbage: {reason}"),
    }
}

#[test]
fn addresses_are_of_the_two_machines() {
    let both: [SocketAddr; 2] = [SIP, ENABLER];
    assert_eq!(both.map(|addr| addr.ip()), [SERVER, HARNESS]);
}
