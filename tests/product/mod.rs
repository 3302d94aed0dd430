//! The product as its users meet it: the real binary, its exit codes, and the files it leaves.

#![allow(clippy::unwrap_used, dead_code, reason = "a test may end there")]

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Condvar, Mutex, mpsc};

use serde_json::Value;

/// The topologies of the reference server.
pub const TOPOLOGIES: [&str; 2] = ["far end", "standalone"];

/// The binary, without what an environment may say of colours.
pub fn ch2spec(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ch2spec"));
    command
        .args(arguments)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

/// Exit code and what was written.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub error: String,
}

impl Ran {
    pub fn of(output: &Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            error: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }
}

/// Runs the binary to its end.
pub fn ran(arguments: &[&str]) -> Ran {
    Ran::of(&ch2spec(arguments).output().unwrap())
}

/// `ch2spec run` with a report directory of its own.
pub struct Run {
    pub ran: Ran,
    pub report: Value,
    pub directory: tempfile::TempDir,
}

/// Runs that go on at once in a process, so that its tests do not starve one another.
static RUNNING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());
const MOST_RUNNING: usize = 6;

/// Runs scenarios to their end and reads the report.
pub fn run(arguments: &[&str]) -> Run {
    let (running, freed) = &RUNNING;
    let full = |running: &mut usize| *running >= MOST_RUNNING;
    *freed.wait_while(running.lock().unwrap(), full).unwrap() += 1;
    let run = run_at_once(arguments);
    *running.lock().unwrap() -= 1;
    freed.notify_one();
    run
}

fn run_at_once(arguments: &[&str]) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let mut all = vec!["run", "--report-dir", directory.path().to_str().unwrap()];
    all.extend(arguments);
    let ran = ran(&all);
    let report = report(directory.path());
    Run {
        ran,
        report,
        directory,
    }
}

/// `report.json` of the latest run.
pub fn report(directory: &Path) -> Value {
    let path = directory.join("latest/report.json");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_slice(&bytes).unwrap()
}

impl Run {
    pub fn campaigns(&self) -> &[Value] {
        self.report["campaigns"].as_array().unwrap()
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join("latest").join(file)
    }

    /// `scenario verdict`, for every scenario of every campaign.
    pub fn verdicts(&self) -> Vec<String> {
        let scenarios = self.campaigns().iter().flat_map(scenarios);
        scenarios
            .map(|s| format!("{} {}", text(&s["id"]), text(&s["verdict"])))
            .collect()
    }
}

/// The scenarios of a campaign.
pub fn scenarios(campaign: &Value) -> &[Value] {
    campaign["scenarios"].as_array().unwrap()
}

/// Findings of a campaign, the peer connection's included, each with the scenario it was made in.
pub fn findings(campaign: &Value) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for finding in campaign["peer"].as_array().unwrap() {
        all.push(("peer".to_owned(), finding));
    }
    for scenario in scenarios(campaign) {
        for finding in scenario["findings"].as_array().unwrap() {
            all.push((text(&scenario["id"]).to_owned(), finding));
        }
    }
    all
}

/// The text of a JSON value.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The matrix of a scenario in one line: `R1 fail, R2 pass*`; the star marks what decides.
pub fn matrix(scenario: &Value) -> String {
    let rows = scenario["matrix"].as_array().unwrap().iter();
    let rows: Vec<String> = rows
        .map(|row| {
            let star = if row["decides"] == true { "*" } else { "" };
            format!("{} {}{star}", text(&row["reading"]), text(&row["verdict"]))
        })
        .collect();
    rows.join(", ")
}

/// Does `work` for each item, at most `at_once` at a time.
pub fn in_parallel<T: Send, R: Send>(
    items: Vec<T>,
    at_once: usize,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let queue = Mutex::new(items.into_iter().enumerate().collect::<Vec<_>>());
    let (done, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            let (queue, work, done) = (&queue, &work, done.clone());
            scope.spawn(move || {
                loop {
                    let next = queue.lock().unwrap().pop();
                    let Some((index, item)) = next else { break };
                    done.send((index, work(item))).unwrap();
                }
            });
        }
    });
    drop(done);
    let mut results: Vec<(usize, R)> = results.iter().collect();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// A port of the loopback address that is free for UDP and TCP, and that no other test of this
/// process is given. Below those that systems give to connections of their own, and below those
/// that the binary chooses for its reference server.
pub fn free_port() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = (std::process::id() % 64) as u16 * 100;
    loop {
        let port = 12_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 7_900;
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(addr).is_ok() && UdpSocket::bind(addr).is_ok() {
            return addr;
        }
    }
}

/// What is in one set and not in the other, for a message.
pub fn difference(expected: &BTreeSet<String>, observed: &BTreeSet<String>) -> String {
    let missing: Vec<&String> = expected.difference(observed).collect();
    let surplus: Vec<&String> = observed.difference(expected).collect();
    format!("missing {missing:#?}\nsurplus {surplus:#?}")
}
