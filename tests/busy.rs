//! A machine that is busy, or a wire that is slow, is not the server's mistake: however late its
//! messages come, a right server fails nothing.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod figures;
mod virtual_run;

use std::time::Duration;

use ch2spec::engine::{ScenarioResult, Verdict, judge};
use ch2spec::io::{Input, Machine, Output, Time};
use ch2spec::reference::{Fault, Server};
use ch2spec::roles::{Campaign, Outcome};
use ch2spec::runtime::simulated::{Network, Wire};
use ch2spec::scenario::{Ics, load_library};
use virtual_run::{HARNESS, Held, PLAIN, SERVER, Setup, arrange, finish, network, show};

/// What the reference server implements and that needs nothing of its set-up.
const CLAIMS: [Ics; 9] = [
    Ics::SessionMode,
    Ics::RefusesContentType,
    Ics::RefusesLargeMessage,
    Ics::Chunking,
    Ics::Reports,
    Ics::Reinvite,
    Ics::ExactQuota,
    Ics::FinalUnit,
    Ics::TerminatesByDefault,
];

/// Plays all shipped scenarios that apply, each message under way for `latency`.
fn play(latency: Duration, setup: Setup) -> Vec<(ScenarioResult, Vec<String>)> {
    let loaded = load_library();
    assert!(!loaded.has_errors());
    let wire = Wire {
        latency,
        ..PLAIN.wire
    };
    let (network, harness) = network(Setup { wire, ..setup }, |settings, _| {
        settings.scenarios = loaded.scenarios;
        settings.sut.claims = CLAIMS.to_vec();
    });
    let outcome = finish(network, harness);
    let played = outcome.results.iter();
    let played = played.filter(|played| played.not_played.is_none());
    played
        .map(|played| {
            let told = played.trace.events.iter().map(show).collect();
            (judge(&played.case, &played.trace), told)
        })
        .filter(|(result, _)| result.verdict != Verdict::NotApplicable)
        .collect()
}

#[test]
fn a_right_server_fails_nothing_however_slow_everything_is() {
    for far_end in [true, false] {
        for millis in [1, 100, 400, 900, 1_500] {
            let latency = Duration::from_millis(millis);
            let results = play(latency, Setup { far_end, ..PLAIN });
            assert!(results.len() > 20, "{millis} ms: {}", results.len());
            for (result, told) in results {
                let may = match millis {
                    1 => result.verdict == Verdict::Pass,
                    _ => result.verdict != Verdict::Fail,
                };
                assert!(
                    may,
                    "{} at {millis} ms, far end {far_end}: {:?}\n{:#?}\n{told:#?}",
                    result.id, result.verdict, result.findings
                );
            }
        }
    }
}

#[test]
fn a_wrong_server_fails_though_it_is_a_little_slow() {
    for fault in [Fault::NoStop, Fault::DoubleStop, Fault::CumulativeUsage] {
        let setup = Setup {
            fault: Some(fault),
            ..PLAIN
        };
        let results = play(Duration::from_millis(20), setup);
        let failed = results.iter().any(|(r, _)| r.verdict == Verdict::Fail);
        assert!(failed, "{fault:?}");
    }
}

/// A server that answers its first watchdog and no other.
struct Stopped {
    server: Server,
    answered: bool,
}

impl Machine for Stopped {
    fn handle(&mut self, now: Time, input: Input) {
        let dwr =
            |bytes: &[u8]| bytes.len() >= 20 && bytes[4] & 0x80 != 0 && bytes[5..8] == [0, 1, 24];
        if let Input::Received { bytes, .. } = &input
            && dwr(bytes)
            && std::mem::replace(&mut self.answered, true)
        {
            return;
        }
        self.server.handle(now, input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.server.poll_output()
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

#[test]
fn a_server_that_stops_answering_watchdogs_is_judged_all_the_same() {
    // Several scenarios wait for the same watchdog, or for the one after it.
    for jobs in [1, 8] {
        let outcome = play_stopped(jobs);
        let results = outcome.results.iter();
        let results = results.map(|played| judge(&played.case, &played.trace));
        let failed = results.filter(|result| result.verdict == Verdict::Fail);
        let failed: Vec<String> = failed.map(|result| result.id).collect();
        // All that wait for a stop.
        let wait = ["IMC-MSG-con-002", "IMC-END-con-001", "IMC-END-con-002"];
        assert_eq!(failed, wait, "{jobs} at once");
        // It is waited for once, five trigger times of two seconds, and not at every silence.
        let took = outcome.results.iter().map(|p| p.ended.since(p.began));
        let took: Duration = if jobs == 1 {
            took.sum()
        } else {
            took.max().unwrap()
        };
        assert!(took < Duration::from_secs(30), "{took:?}");
    }
}

fn play_stopped(jobs: usize) -> Outcome {
    let setup = Setup {
        fault: Some(Fault::NoStop),
        jobs,
        ..PLAIN
    };
    let (settings, config) = arrange(setup);
    let mut network = Network::new(9);
    network.set_wire(setup.wire);
    let harness = network.add(HARNESS, Held(Some(Campaign::new(settings))));
    let stopped = Stopped {
        server: Server::new(config),
        answered: false,
    };
    network.add(SERVER, stopped);
    finish(network, harness)
}
