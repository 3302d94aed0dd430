//! The parties of a campaign against the reference server, with the shipped scenarios, in virtual
//! time.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod figures;
mod virtual_run;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use ch2spec::ch2::{ReadingId, Unit};
use ch2spec::engine::{Message, Standing, Verdict, What, judge};
use ch2spec::io::{Input, Machine, Output, Time};
use ch2spec::reference::{Fault, Interim, Server, Stop, Units, UnitsAt};
use ch2spec::roles::{Campaign, Outcome, Settings};
use ch2spec::runtime::simulated::{Command, Network, Wire};
use ch2spec::scenario::{Transport, Trigger, TriggerBinding, load_text};
use virtual_run::{
    HARNESS, Held, PLAIN, SERVER, Setup, arrange, assert_all_pass, finish, network, run,
};

#[test]
fn the_right_server_passes_with_and_without_a_far_end() {
    for far_end in [true, false] {
        for transport in [Transport::Udp, Transport::Tcp] {
            for units_at in [UnitsAt::Command, UnitsAt::Mscc] {
                passes(Setup {
                    far_end,
                    transport,
                    units_at,
                    ..PLAIN
                });
            }
        }
    }
}

#[test]
fn the_right_server_passes_under_each_reading_it_keeps() {
    for interim in [
        (Interim::OnServerBye, ReadingId::R1),
        (Interim::QuotaOnly, ReadingId::R3),
        (Interim::OnDelivery, ReadingId::R4),
    ] {
        passes(Setup { interim, ..PLAIN });
    }
    for stop in [
        (Stop::OnByeAnswer, ReadingId::S2),
        (Stop::OnSendingBye, ReadingId::S1),
    ] {
        passes(Setup { stop, ..PLAIN });
        passes(Setup {
            stop,
            far_end: false,
            ..PLAIN
        });
    }
    let stop = (Stop::OnReceivingBye, ReadingId::S3);
    passes(Setup {
        stop,
        trigger_by_far_end: true,
        ..PLAIN
    });
}

#[test]
fn the_right_server_passes_in_octets() {
    passes(Setup {
        units: (Units::Octets, Unit::Octets),
        ..PLAIN
    });
}

#[test]
fn the_right_server_passes_over_a_bad_wire() {
    let torn = Wire {
        segment: Some(11),
        ..PLAIN.wire
    };
    passes(Setup {
        wire: torn,
        ..PLAIN
    });
    passes(Setup {
        wire: torn,
        transport: Transport::Tcp,
        ..PLAIN
    });
    let slow = Wire {
        latency: Duration::from_millis(40),
        ..PLAIN.wire
    };
    passes(Setup {
        wire: slow,
        ..PLAIN
    });
}

#[test]
fn lost_datagrams_are_sent_again_and_marked() {
    let setup = Setup {
        wire: Wire {
            loss: 0.1,
            ..PLAIN.wire
        },
        jobs: 1,
        ..PLAIN
    };
    let outcome = run(setup, |sut| {
        sut.values.trigger_time = Duration::from_secs(20);
    });
    let events = outcome
        .results
        .iter()
        .flat_map(|played| &played.trace.events);
    let mut again = 0;
    for event in events {
        match &event.what {
            What::Sent {
                repeated: true,
                message: Message::Sip(_),
                ..
            }
            | What::Received {
                standing: Standing::Repeated,
                message: Message::Sip(_),
                ..
            } => {
                again += 1;
            }
            _ => {}
        }
    }
    assert!(again > 0);
    assert_all_pass(&outcome, &format!("{setup:?}"));
}

#[test]
fn nothing_leaks_from_one_scenario_into_the_next() {
    let setup = Setup { jobs: 1, ..PLAIN };
    let outcome = run(setup, |sut| sut.subscribers.truncate(1));
    assert_all_pass(&outcome, "one subscriber");
    assert_eq!(outcome.strays, BTreeMap::new());
}

#[test]
fn every_fault_is_played_to_the_end() {
    for fault in Fault::all() {
        let setup = Setup {
            fault: Some(*fault),
            ..PLAIN
        };
        let outcome = run(setup, |_| {});
        if *fault == Fault::NoCreditControlApplication {
            // No session can be charged, and so none can be judged.
            assert!(outcome.diagnosis.is_some(), "{}", fault.name());
            continue;
        }
        assert_eq!(outcome.diagnosis, None, "{}", fault.name());
        let verdicts: Vec<Verdict> = outcome
            .results
            .iter()
            .map(|played| judge(&played.case, &played.trace).verdict)
            .collect();
        println!("{}: {verdicts:?} strays {:?}", fault.name(), outcome.strays);
        assert!(
            !verdicts.contains(&Verdict::Error),
            "{}: {verdicts:?}",
            fault.name()
        );
    }
}

#[test]
fn an_idle_session_is_ended_by_the_server_itself() {
    let (network, harness) = network(PLAIN, |settings, config| {
        bind(settings, TriggerBinding::Inactivity);
        config.inactivity = Some(Duration::from_secs(1));
    });
    assert_all_pass(&finish(network, harness), "inactivity");
}

#[test]
fn a_command_is_given_the_call() {
    let given = Rc::new(RefCell::new(Vec::new()));
    let (mut network, harness) = network(PLAIN, |settings, config| {
        let argv = ["end", "--call={call-id}", "{client}"];
        bind(
            settings,
            TriggerBinding::Command(argv.map(str::to_owned).to_vec()),
        );
        config.inactivity = Some(Duration::from_secs(1));
    });
    let seen = Rc::clone(&given);
    network.on_command(move |command| match command {
        Command::Run { argv, .. } => {
            seen.borrow_mut().push(argv.to_vec());
            Ok(String::new())
        }
        Command::Prompt { .. } => Err("nobody is asked".to_owned()),
    });
    let outcome = finish(network, harness);
    assert_all_pass(&outcome, "command");
    let of = |name: &str| outcome.results[0].identities[name].clone();
    assert_eq!(
        *given.borrow(),
        [[
            "end".to_owned(),
            format!("--call={}", of("Call-ID")),
            of("client")
        ]]
    );
}

#[test]
fn a_trigger_that_fails_is_the_harness_fault() {
    let bindings = [
        TriggerBinding::Command(vec!["end".to_owned()]),
        TriggerBinding::Prompt("End the session of {client}".to_owned()),
        TriggerBinding::Http {
            method: "POST".to_owned(),
            url: format!(
                "http://{}/sessions/nobody/end",
                SocketAddr::new(SERVER, 8080)
            ),
        },
        TriggerBinding::Http {
            method: "POST".to_owned(),
            url: format!("http://{}/", SocketAddr::new(SERVER, 9)),
        },
    ];
    for binding in bindings {
        let (network, harness) = network(PLAIN, |settings, _| bind(settings, binding.clone()));
        let outcome = finish(network, harness);
        let result = judge(&outcome.results[0].case, &outcome.results[0].trace);
        assert_eq!(
            result.verdict,
            Verdict::Error,
            "{binding:?}: {}",
            result.reason
        );
    }
}

#[test]
fn the_client_refreshes_a_session_that_is_its_own_to_refresh() {
    let (network, harness) = network(PLAIN, |settings, config| {
        config.session_expires = Some(Duration::from_secs(90));
        settings.scenarios = load_text("long.yaml", LONG.as_bytes()).scenarios;
    });
    let outcome = finish(network, harness);
    let [played] = &outcome.results[..] else {
        panic!("{:?}", outcome.diagnosis)
    };
    let result = judge(&played.case, &played.trace);
    assert_eq!(
        result.verdict,
        Verdict::Pass,
        "{} {:?}",
        result.reason,
        result.findings
    );
    let updates = ["SIP UPDATE", "SIP 200 to our session refresh"];
    let seen = updates.map(|kind| played.background.get(kind).copied().unwrap_or(0));
    assert!(seen.iter().sum::<u32>() >= 2, "{:?}", played.background);
}

const LONG: &str = "\
ch2spec: 1
id: ROLES-LONG-con-001
title: A session that outlives its session timer
clause: change-request 6.3.3.4
requirements: [END-C-1]
needs: [session-mode]
limit: 10 min
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
  - wait: 200 s
  - client sends: SIP BYE
    as: bye
  - enabler receives: SessionRequest (stop)
    as: stop
    after: bye
    requirement: END-C-2
  - client receives: SIP 200
    for: bye
    requirement: SIP-BYE-200
  - far end receives: SIP BYE
    when: far-end
    after: bye
    requirement: PROFILE-FORWARD
";

#[test]
fn a_server_that_garbles_its_bytes_breaks_nothing_here() {
    let mut garbage = 0;
    for seed in 0..60 {
        let setup = Setup {
            transport: if seed % 2 == 0 {
                Transport::Udp
            } else {
                Transport::Tcp
            },
            wire: Wire {
                segment: (seed % 3 == 0).then_some(64),
                ..PLAIN.wire
            },
            ..PLAIN
        };
        let (settings, config) = arrange(setup);
        let scenarios = settings.scenarios.len();
        let mut network = Network::new(seed);
        network.set_wire(setup.wire);
        let harness = network.add(HARNESS, Held(Some(Campaign::new(settings))));
        let random = fastrand::Rng::with_seed(seed);
        network.add(
            SERVER,
            Garbling {
                server: Server::new(config),
                random,
            },
        );
        let outcome = finish(network, harness);
        assert_eq!(outcome.results.len(), scenarios);
        for played in &outcome.results {
            let result = judge(&played.case, &played.trace);
            assert_ne!(
                result.verdict,
                Verdict::Error,
                "{seed} {}: {}",
                result.id,
                result.reason
            );
            let events = played.trace.events.iter().filter(|event| {
                let What::Received { message, .. } = &event.what else {
                    return false;
                };
                matches!(message, Message::Garbage { .. })
            });
            garbage += events.count();
        }
    }
    assert!(garbage > 0);
}

/// The reference server on a line that garbles, cuts and doubles what it sends.
struct Garbling {
    server: Server,
    random: fastrand::Rng,
}

impl Garbling {
    fn garble(&mut self, bytes: Bytes) -> Bytes {
        let mut bytes = bytes.to_vec();
        match self.random.u8(..) {
            0..4 if !bytes.is_empty() => {
                for _ in 0..self.random.usize(1..4) {
                    let at = self.random.usize(..bytes.len());
                    bytes[at] = self.random.u8(..);
                }
            }
            4..7 => bytes.truncate(self.random.usize(..=bytes.len())),
            7..10 => bytes.extend_from_within(..),
            10..12 => bytes = (0..64).map(|_| self.random.u8(..)).collect(),
            _ => {}
        }
        bytes.into()
    }
}

impl Machine for Garbling {
    fn handle(&mut self, now: Time, input: Input) {
        self.server.handle(now, input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        Some(match self.server.poll_output()? {
            Output::Send { conn, bytes } => Output::Send {
                conn,
                bytes: self.garble(bytes),
            },
            Output::SendTo { socket, to, bytes } => Output::SendTo {
                socket,
                to,
                bytes: self.garble(bytes),
            },
            other => other,
        })
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.server.poll_timeout()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.server.handle_timeout(now);
    }

    fn is_finished(&self) -> bool {
        self.server.is_finished()
    }
}

/// Leaves the scenario in which the server ends the session, with that trigger.
fn bind(settings: &mut Settings, binding: TriggerBinding) {
    settings
        .scenarios
        .retain(|scenario| scenario.id == "IMC-END-con-002");
    settings.sut.triggers = BTreeMap::from([(Trigger::ServerEndsSession, binding)]);
}

fn passes(setup: Setup) {
    let outcome = run(setup, |_| {});
    assert_all_pass(&outcome, &format!("{setup:?}"));
}

/// A campaign whose operator takes a minute for each answer, longer than any limit of a scenario.
struct Attended {
    campaign: Held,
    answers: std::collections::VecDeque<&'static str>,
    asked: Vec<String>,
    answer: Option<(Time, Input)>,
    now: Time,
}

impl Attended {
    const MINUTE: Duration = Duration::from_secs(60);

    /// The outcome, and what was asked.
    fn run(answers: &[&'static str]) -> (Outcome, Vec<String>) {
        let (mut settings, config) = arrange(Setup { jobs: 1, ..PLAIN });
        settings.scenarios.retain(|s| s.id == "IMC-MSG-con-002");
        let mut campaign = Campaign::new(settings);
        campaign.go_stepwise();
        let mut network = Network::new(9);
        let harness = network.add(
            HARNESS,
            Attended {
                campaign: Held(Some(campaign)),
                answers: answers.iter().copied().collect(),
                asked: Vec::new(),
                answer: None,
                now: Time::ZERO,
            },
        );
        network.add(SERVER, Server::new(config));
        let limit = Time::from_millis(3_600_000);
        assert!(network.run_until(|n| !n.is_running(harness), limit));
        let attended = network.machine_mut::<Attended>(harness);
        let asked = std::mem::take(&mut attended.asked);
        (attended.campaign.0.take().unwrap().into_outcome(), asked)
    }
}

impl Machine for Attended {
    fn handle(&mut self, now: Time, input: Input) {
        self.now = now;
        self.campaign.handle(now, input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        match self.campaign.poll_output()? {
            Output::Prompt { task, text } => {
                self.asked.push(text);
                let outcome = match self.answers.pop_front().unwrap() {
                    "(closed)" => Err("standard input was closed".to_owned()),
                    answer => Ok(answer.to_owned()),
                };
                let at = self.now + Attended::MINUTE;
                self.answer = Some((at, Input::TaskDone { task, outcome }));
                self.poll_output()
            }
            output => Some(output),
        }
    }

    fn poll_timeout(&self) -> Option<Time> {
        let answer = self.answer.as_ref().map(|(at, _)| *at);
        [answer, self.campaign.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.now = now;
        match self.answer.take_if(|(at, _)| *at <= now) {
            Some((_, input)) => self.campaign.handle(now, input),
            None => self.campaign.handle_timeout(now),
        }
    }

    fn is_finished(&self) -> bool {
        self.campaign.is_finished()
    }
}

#[test]
fn no_time_runs_out_while_the_operator_thinks() {
    let (outcome, asked) = Attended::run(&["", "what?", "", ""]);
    assert_all_pass(&outcome, "each step released");
    let first = |text: &String| text.split(" (").next().unwrap().to_owned();
    let asked: Vec<String> = asked.iter().map(first).collect();
    assert_eq!(
        asked,
        [
            "next: client sends: SIP INVITE",
            "next: client sends: MSRP SEND",
            "neither Enter, c nor q; next: client sends: MSRP SEND",
            "next: client sends: SIP BYE",
        ]
    );
    let played = &outcome.results[0];
    assert!(played.ended.since(played.began) > 4 * Attended::MINUTE);
}

#[test]
fn the_operator_may_let_everything_run_on() {
    let (outcome, asked) = Attended::run(&["", "c"]);
    assert_all_pass(&outcome, "run on");
    assert_eq!(asked.len(), 2, "{asked:?}");
}

#[test]
fn the_operator_may_stop_and_what_was_seen_is_kept() {
    for (answer, reason) in [
        ("q", "stopped by the operator"),
        (
            "(closed)",
            "the operator cannot be asked: standard input was closed",
        ),
    ] {
        let (outcome, asked) = Attended::run(&["", answer]);
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert!(outcome.interrupted);
        let last = outcome.results[0].trace.events.last().unwrap();
        assert!(
            matches!(&last.what, What::CutShort(text) if text == reason),
            "{last:?}"
        );
        let verdict = judge(&outcome.results[0].case, &outcome.results[0].trace).verdict;
        assert_eq!(verdict, Verdict::Inconclusive);
    }
}

#[test]
fn a_server_that_stops_on_the_200_does_not_pass_for_one_that_stops_on_its_bye() {
    for far_end in [true, false] {
        let setup = Setup {
            stop: (Stop::OnByeAnswer, ReadingId::S1),
            far_end,
            ..PLAIN
        };
        let outcome = run(setup, |_| {});
        let results = outcome.results.iter();
        let mut results = results.map(|played| judge(&played.case, &played.trace));
        let ended = results.find(|result| result.id == "IMC-END-con-002");
        assert_ne!(ended.unwrap().verdict, Verdict::Pass, "far end {far_end}");
    }
}
