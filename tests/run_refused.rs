//! Runs that never come to a verdict on the server: wrong files, nothing to run, a server that is
//! not there, an operator who interrupts.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod figures;
mod product;

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};

use product::{ch2spec, free_port, in_parallel, ran, report, run, scenarios, text};

const EVERYTHING_WRONG: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/sut/wrong/everything.yaml"
);
const MANY_WRONG: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/scenarios/wrong/many-at-once.yaml"
);

#[test]
fn every_problem_of_every_file_is_named_at_once_and_nothing_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let server = Listeners::new();
    let written = directory.path().join("sut.yaml");
    // A description that is right but for one key: the server it names must not hear of it.
    let description = description(server.sip(), free_port(), "udp", "1 s") + "nonsense: 1\n";
    std::fs::write(&written, description).unwrap();
    let reports = directory.path().join("reports");
    for sut in [EVERYTHING_WRONG, written.to_str().unwrap()] {
        let reports = reports.to_str().unwrap();
        let ran = ran(&["run", "--sut", sut, "--report-dir", reports, MANY_WRONG]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.error);
        for of in [sut, MANY_WRONG] {
            let name = Path::new(of).file_name().unwrap().to_str().unwrap();
            assert!(ran.error.contains(name), "{name}: {}", ran.error);
        }
        assert!(ran.error.contains("nothing was sent"), "{}", ran.error);
    }
    // As many problems as when each file is checked by itself.
    let together = ran(&["run", "--sut", EVERYTHING_WRONG, MANY_WRONG]).error;
    let alone: usize = [EVERYTHING_WRONG, MANY_WRONG]
        .iter()
        .map(|file| ran(&["lint", file]))
        .map(|lint| problems(&lint.out) + problems(&lint.error))
        .sum();
    assert!(alone > 10, "{alone} problems only");
    assert_eq!(problems(&together), alone, "{together}");
    assert!(!reports.exists(), "nothing ran");
    server.heard_nothing();
}

fn problems(text: &str) -> usize {
    text.lines()
        .filter(|line| line.starts_with("error["))
        .count()
}

#[test]
fn what_is_not_there_is_named_with_what_was_meant() {
    let empty = tempfile::tempdir().unwrap();
    let empty = empty.path().to_str().unwrap();
    let table: &[(&[&str], i32, &str)] = &[
        (&["IMC-MGS-con-001"], 2, "did you mean \"IMC-MSG-con-001\"?"),
        (
            &["IMC-ENDD-con-001"],
            2,
            "did you mean \"IMC-END-con-001\"?",
        ),
        (&["no-such-directory/"], 2, "no-such-directory"),
        (&[empty], 4, "no scenario is selected"),
        (
            &[concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/fragments")],
            4,
            "no scenario",
        ),
    ];
    for (arguments, code, said) in table {
        let directory = tempfile::tempdir().unwrap();
        let mut all = vec!["run", "--report-dir", directory.path().to_str().unwrap()];
        all.extend(*arguments);
        let ran = ran(&all);
        assert_eq!(ran.code, *code, "{arguments:?}: {}{}", ran.out, ran.error);
        assert!(ran.error.contains(said), "{arguments:?}: {}", ran.error);
        assert_eq!(ran.out, "", "{arguments:?}");
        assert!(!directory.path().join("latest").exists(), "{arguments:?}");
    }
}

#[test]
fn what_the_server_does_not_claim_is_not_applicable_and_nothing_ran() {
    let directory = tempfile::tempdir().unwrap();
    let sut = directory.path().join("sut.yaml");
    std::fs::write(&sut, description(free_port(), free_port(), "udp", "1 s")).unwrap();
    // Nothing applies, so nobody waits for a server that is not there.
    let run = run(&["--sut", sut.to_str().unwrap(), "IMC-END-con-002"]);
    assert_eq!(run.ran.code, 4, "{}{}", run.ran.out, run.ran.error);
    assert_eq!(run.verdicts(), ["IMC-END-con-002 not-applicable"]);
    assert!(run.ran.error.contains("nothing ran"), "{}", run.ran.error);
}

/// A server that is not there, or not all of it.
struct Absent {
    name: &'static str,
    tcp: bool,
    /// It exchanges capabilities on CH-2.
    connects: bool,
    says: &'static str,
}

const ABSENT: &[Absent] = &[
    Absent {
        name: "nothing at all",
        tcp: false,
        connects: false,
        says: "the server opened no CH-2 connection at",
    },
    Absent {
        name: "no SIP over UDP",
        tcp: false,
        connects: true,
        says: "the server sent nothing at all",
    },
    Absent {
        name: "no SIP over TCP",
        tcp: true,
        connects: true,
        says: "the server took no SIP connection: refused by the server",
    },
];

#[test]
fn a_server_that_is_not_there_is_one_diagnosis() {
    in_parallel(ABSENT.iter().collect(), ABSENT.len(), |absent| {
        let directory = tempfile::tempdir().unwrap();
        let (sip, enabler) = (free_port(), free_port());
        let transport = if absent.tcp { "tcp" } else { "udp" };
        let sut = directory.path().join("sut.yaml");
        // One that will connect has the time it needs on a busy machine.
        let connect_time = if absent.connects { "60 s" } else { "1 s" };
        std::fs::write(&sut, description(sip, enabler, transport, connect_time)).unwrap();
        let reports = directory.path().join("reports");
        let child = ch2spec(&["run", "--sut", sut.to_str().unwrap()])
            .args(figures::FIGURES)
            .arg("--report-dir")
            .arg(&reports)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The reference server has what is needed to connect, and takes SIP elsewhere.
        let mut other = absent.connects.then(|| {
            let any = "127.0.0.1:0";
            let arguments = ["serve", "--sip", any, "--msrp", any, "--control", any];
            let mut serve = ch2spec(&arguments);
            serve.args(["--enabler", &enabler.to_string()]);
            serve.stdout(Stdio::null()).spawn().unwrap()
        });
        let ran = product::Ran::of(&child.wait_with_output().unwrap());
        if let Some(other) = &mut other {
            other.kill().unwrap();
            other.wait().unwrap();
        }
        let told = format!("{}: {}{}", absent.name, ran.out, ran.error);
        assert_eq!(ran.code, 5, "{told}");
        assert!(ran.out.contains(absent.says), "{told}");
        assert_eq!(ran.out.matches("\nerror: ").count(), 1, "{told}");
        let report = report(&reports);
        let verdicts: Vec<&str> = scenarios(&report["campaigns"][0])
            .iter()
            .map(|scenario| text(&scenario["verdict"]))
            .collect();
        let (open, none) = ("inconclusive", "not-applicable");
        assert_eq!(verdicts, [open, none, open, none], "{told}");
        let junit = std::fs::read_to_string(reports.join("latest/junit.xml")).unwrap();
        let junit = quick_junit::Report::deserialize_from_str(&junit).unwrap();
        assert_eq!(junit.failures, 0, "{told}");
    });
}

#[test]
fn an_interrupted_run_keeps_what_was_observed() {
    let directory = tempfile::tempdir().unwrap();
    let server = Listeners::new();
    let enabler = free_port();
    let sut = directory.path().join("sut.yaml");
    std::fs::write(&sut, description(server.sip(), enabler, "udp", "60 s")).unwrap();
    let reports = directory.path().join("reports");
    let child = ch2spec(&["run", "--sut", sut.to_str().unwrap()])
        .args(figures::FIGURES)
        .arg("--report-dir")
        .arg(&reports)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Once it listens it runs, and waits for the server for a minute.
    while std::net::TcpStream::connect(enabler).is_err() {
        std::thread::yield_now();
    }
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let ran = product::Ran::of(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.error);
    let report = report(&reports);
    assert_eq!(report["incomplete"], true);
    let micros = report["duration"].as_u64().unwrap();
    assert!(
        micros < 30_000_000,
        "it waited for the server all the same: {micros} us"
    );
    for scenario in scenarios(&report["campaigns"][0]) {
        assert_ne!(scenario["verdict"], "pass", "{scenario}");
        assert_ne!(scenario["verdict"], "fail", "{scenario}");
    }
    for file in ["report.txt", "junit.xml", "trace.jsonl"] {
        assert!(reports.join("latest").join(file).is_file(), "{file}");
    }
}

#[test]
fn nobody_reads_and_nothing_breaks() {
    let long: &[&[&str]] = &[
        &["run", "--verbose", "--topology", "standalone"],
        &["list"],
        &["show", "IMC-END-con-002"],
        &["serve", "--list-faults"],
        &["completions", "bash"],
    ];
    in_parallel(long.to_vec(), long.len(), |arguments| {
        let directory = tempfile::tempdir().unwrap();
        let mut command = ch2spec(arguments);
        if arguments[0] == "run" {
            command.arg("--report-dir").arg(directory.path());
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // What is told as it happens goes to the other pipe, which must not fill up meanwhile.
        let mut told = child.stderr.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut error = String::new();
            told.read_to_string(&mut error).unwrap();
            error
        });
        let mut out = BufReader::with_capacity(1, child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        drop(out);
        let error = reader.join().unwrap();
        let status = child.wait().unwrap();
        assert!(!first.is_empty(), "{arguments:?}");
        assert!(!error.contains("panicked"), "{arguments:?}: {error}");
        assert!(status.code().is_some(), "{arguments:?}: {status:?}");
        if arguments[0] == "run" {
            assert!(directory.path().join("latest/report.json").is_file());
        }
    });
}

/// A server's sockets, to which nothing may come.
struct Listeners {
    udp: UdpSocket,
    tcp: TcpListener,
}

impl Listeners {
    fn new() -> Listeners {
        loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                udp.set_nonblocking(true).unwrap();
                tcp.set_nonblocking(true).unwrap();
                return Listeners { udp, tcp };
            }
        }
    }

    fn sip(&self) -> SocketAddr {
        self.udp.local_addr().unwrap()
    }

    fn heard_nothing(&self) {
        let datagram = self.udp.recv(&mut [0; 1]).map_err(|error| error.kind());
        assert_eq!(datagram, Err(ErrorKind::WouldBlock));
        let connection = self.tcp.accept().map_err(|error| error.kind());
        assert_eq!(connection.err(), Some(ErrorKind::WouldBlock));
    }
}

fn description(
    sip: SocketAddr,
    enabler: SocketAddr,
    transport: &str,
    connect_time: &str,
) -> String {
    format!(
        "ch2spec: 1\n\
         name: Absent\n\
         sip: {{ address: \"{sip}\", transport: {transport}, client address: 127.0.0.1 }}\n\
         subscribers: {{ client: \"sip:alice{{1..4}}@example.com\", far end: \"sip:bob{{1..4}}@example.com\" }}\n\
         enabler: {{ listen: \"{enabler}\", host: ocs.enabler.example, realm: enabler.example }}\n\
         far end: none\n\
         values: {{ connect time: {connect_time}, trigger time: 300 ms }}\n"
    )
}
