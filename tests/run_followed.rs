//! `run` as an author has it before them: message by message, step by step, again and again.

#![allow(clippy::unwrap_used)]

mod product;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use product::{Ran, ch2spec, ran, run};

/// The lines of a followed run that are events: time, whose, the rest.
fn events(ran: &Ran) -> Vec<(f64, String, String)> {
    let line = |line: &str| {
        let (time, rest) = line.trim_start().split_once("  ")?;
        let (whose, rest) = rest.split_once("  ")?;
        Some((time.parse().ok()?, whose.to_owned(), rest.trim().to_owned()))
    };
    ran.error.lines().filter_map(line).collect()
}

#[test]
fn every_message_is_told_as_it_happens_with_the_step_it_meets() {
    let run = run(&["IMC-MSG-con-002", "--topology", "far-end", "-v"]);
    let told = events(&run.ran);
    assert_eq!(run.ran.code, 0, "{}", run.ran.error);
    assert!(told.is_sorted_by(|a, b| a.0 <= b.0), "{told:?}");
    let of = |id: &str| {
        told.iter()
            .filter(|(_, whose, _)| whose.trim() == id)
            .count()
    };
    let trace = std::fs::read_to_string(run.path("trace.jsonl")).unwrap();
    assert!(of("peer") >= 4);
    let kept = trace
        .lines()
        .filter(|line| line.contains("\"IMC-MSG-con-002\""))
        .count();
    let after_the_flow = kept.checked_sub(of("IMC-MSG-con-002")).unwrap();
    assert_eq!(after_the_flow, 0, "as many as in the trace");
    let has = |text: &str| {
        assert!(
            told.iter().any(|(.., rest)| rest.starts_with(text)),
            "{text}\n{}",
            run.ran.error
        );
    };
    has("client    -> SIP INVITE  [invite] scenarios/fragments/session-started.yaml:");
    has("client    -> SIP ACK  (by itself)");
    has("client    <- SIP 100 Trying to INVITE  (background)");
    has("enabler   <- SessionRequest (stop)  #1  used 0 messages  \
         [stop] scenarios/chat-session/refused-message.yaml:");
    assert!(
        !run.ran.error.contains("Hop-by-Hop"),
        "fields come with -vv"
    );
    assert!(
        !run.ran.out.contains("<- SIP 100"),
        "the report stays what it was"
    );
}

#[test]
fn what_no_step_asks_for_says_so() {
    let run = run(&[
        "IMC-MSG-con-002",
        "--topology",
        "standalone",
        "-v",
        "--fault",
        "request-after-stop",
    ]);
    let odd = events(&run.ran)
        .into_iter()
        .filter(|(.., rest)| rest.ends_with("(meets no step)"));
    let odd: Vec<String> = odd.map(|(.., rest)| rest).collect();
    assert!(
        odd.iter()
            .any(|rest| rest.contains("SessionRequest (interim)")),
        "{odd:?}"
    );
}

#[test]
fn twice_verbose_takes_messages_apart() {
    let run = run(&["IMC-MSG-con-002", "--topology", "standalone", "-vv"]);
    for part in [
        "Hop-by-Hop Identifier: ",
        "Call-ID: ",
        "To-Path: ",
        "CC-Request-Number (415): 1 ",
    ] {
        assert!(run.ran.error.contains(part), "{part}\n{}", run.ran.error);
    }
}

#[test]
fn several_servers_are_told_apart() {
    let run = run(&["IMC-MSG-con-002", "-v"]);
    for campaign in ["IMC-MSG-con-002, far end", "IMC-MSG-con-002, standalone"] {
        assert!(run.ran.error.contains(campaign), "{}", run.ran.error);
    }
}

#[test]
fn a_step_needs_a_terminal() {
    let mut command = ch2spec(&["run", "IMC-MSG-con-002", "--step"]);
    let ran = Ran::of(&command.stdin(Stdio::null()).output().unwrap());
    assert_eq!(ran.code, 2);
    assert!(
        ran.error.contains("standard input is no terminal"),
        "{}",
        ran.error
    );
    assert!(ran.out.is_empty());
}

/// A watched run.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn new(directory: &Path, arguments: &[&str]) -> Watching {
        let mut child = ch2spec(&["run", "--watch", "--topology", "standalone"])
            .args(arguments)
            .current_dir(directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, lines) = channel();
        let error = BufReader::new(child.stderr.take().unwrap());
        let out = BufReader::new(child.stdout.take().unwrap());
        let told = to.clone();
        std::thread::spawn(move || {
            error
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| told.send(line))
        });
        std::thread::spawn(move || {
            out.lines()
                .map_while(Result::ok)
                .try_for_each(|line| to.send(line))
        });
        Watching { child, lines }
    }

    /// Everything up to the moment at which it waits for a change.
    fn until_it_waits(&self) -> String {
        let mut text = String::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60)).unwrap();
            if line.contains("waiting for a file to change") {
                // What was printed before may be read after: the two streams are two pipes.
                while !text.contains("\nevidence  ") && !text.contains("nothing was sent") {
                    text += &self.lines.recv_timeout(Duration::from_secs(60)).unwrap();
                    text.push('\n');
                }
                return text;
            }
            text += &line;
            text.push('\n');
        }
    }

    /// Ends it with Ctrl-C.
    fn end(mut self) -> i32 {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code().unwrap()
    }
}

#[cfg(unix)]
#[test]
fn a_watched_file_is_run_again_when_it_or_its_fragment_changes() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let scenario = |check: &str| {
        format!(
            "ch2spec: 1\nid: W-1\ntitle: Watched\nclause: change-request 6.3.3.4\n\
             requirements: [END-C-2]\nneeds: [session-mode]\ngiven:\n  - session started\nflow:\n  \
             - client hangs up\n  - enabler receives: SessionRequest (stop)\n    after: hang up\n    \
             as: stop\n{check}    requirement: END-C-2\n  - enabler sends: Response\n    for: stop\n"
        )
    };
    let fragment = "ch2spec: 1\nfragment: client hangs up\nsteps:\n  - client sends: SIP BYE\n    \
                    as: hang up\n";
    write("w.yaml", &scenario(""));
    write("fragments/hung-up.yaml", fragment);
    let watching = Watching::new(dir.path(), &["w.yaml"]);
    assert!(watching.until_it_waits().contains("1 passed"));
    write("w.yaml", &scenario("    avps: { CC-Request-Number: 17 }\n"));
    let shown = watching.until_it_waits();
    assert!(shown.contains("1 failed"), "{shown}");
    write(
        "fragments/hung-up.yaml",
        "ch2spec: 1\nfragment: client hangs up\nsteps: [\n",
    );
    assert!(watching.until_it_waits().contains("nothing was sent"));
    write("fragments/hung-up.yaml", fragment);
    let shown = watching.until_it_waits();
    assert!(shown.contains("1 failed"), "{shown}");
    assert_eq!(watching.end(), 1, "the code of the last run");
}

#[test]
fn there_must_be_something_to_watch() {
    let ran = ran(&["run", "IMC-MSG-con-001", "--watch"]);
    assert_eq!(ran.code, 2, "{}", ran.error);
    assert!(
        ran.error.contains("there is no file to watch"),
        "{}",
        ran.error
    );
}
