//! What the verbs write, for people and for scripts, with and without colour, into a pipe.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod figures;
mod product;

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use product::{Ran, ch2spec, in_parallel, ran, run};

const BROKEN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/scenarios/wrong/hostile-text.yaml"
);

#[test]
fn nothing_but_what_was_asked_for_goes_into_a_pipe() {
    let verbs: &[&[&str]] = &[
        &["list"],
        &["list", "--json"],
        &["show", "IMC-MSG-con-001"],
        &["show", "IMC-MSG-con-001", "--ascii"],
        &["lint", "scenarios"],
        &["lint", BROKEN],
        &["explain", "MSG-6"],
        &["explain", "R2"],
        &["explain", "CC-ONE-STOP"],
        &["completions", "bash"],
        &["serve", "--list-faults"],
        &[
            "run",
            "IMC-END-con-001",
            "--topology",
            "standalone",
            "--fault",
            "no-stop",
        ],
    ];
    let directory = tempfile::tempdir().unwrap();
    in_parallel(verbs.to_vec(), 4, |verb| {
        let mut plain = verb.to_vec();
        if verb[0] == "run" {
            plain.extend(["--report-dir", directory.path().to_str().unwrap()]);
        }
        let auto = ran(&plain);
        for written in [&auto.out, &auto.error] {
            assert!(!written.contains(['\x1b', '\r']), "{verb:?}: {written:?}");
        }
        assert!(!auto.out.is_empty() || verb[0] == "lint", "{verb:?}");
        if verb[0] != "lint" {
            assert_eq!(auto.error, "", "{verb:?}: nobody watches");
        }
        if verb[0] == "run" {
            return;
        }
        // Neither colour nor quiet changes what is said or what is ended with.
        let bare = |extra: &[&str]| {
            let mut all = plain.clone();
            all.extend(extra);
            let ran = ran(&all);
            let ran = Ran {
                out: without_colour(&ran.out),
                error: without_colour(&ran.error),
                ..ran
            };
            assert_eq!(
                (ran.code, &ran.out),
                (auto.code, &auto.out),
                "{verb:?} {extra:?}"
            );
            ran
        };
        assert_eq!(bare(&["--color", "never"]).error, auto.error, "{verb:?}");
        bare(&["--color", "always"]);
        bare(&["--quiet"]);
    });
}

/// Text without SGR sequences, the only ones that are ever written.
fn without_colour(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (codes, rest) = part.split_once('m').unwrap();
        assert!(
            codes.bytes().all(|b| b.is_ascii_digit() || b == b';'),
            "{codes:?}"
        );
        plain.push_str(rest);
    }
    plain
}

#[test]
fn the_lists_agree() {
    let json = ran(&["list", "--json"]);
    let rows: Value = serde_json::from_str(&json.out).unwrap();
    let ids: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap())
        .collect();
    let loaded = ch2spec::scenario::load_library();
    let shipped: Vec<&str> = loaded.scenarios.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, shipped);
    let lines = ran(&["list"]).out;
    let named: Vec<&str> = lines
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(named, shipped);
}

#[test]
fn what_is_shown_follows_the_reading() {
    let all = ran(&["show", "IMC-END-con-002"]);
    assert_eq!(all.code, 0, "{}", all.error);
    let literal = ran(&["show", "IMC-END-con-002", "--reading", "R1"]);
    let quota = ran(&["show", "IMC-END-con-002", "--reading", "R3"]);
    assert!(literal.out.contains("debit at bye"), "{}", literal.out);
    assert!(!quota.out.contains("debit at bye"), "{}", quota.out);
    let ascii = ran(&["show", "IMC-END-con-002", "--ascii"]);
    assert!(ascii.out.is_ascii(), "{}", ascii.out);
}

#[test]
fn every_id_of_a_report_is_explained() {
    let mut arguments = vec!["--topology", "standalone", "--fault", "double-stop"];
    arguments.extend(figures::FIGURES);
    let run = run(&arguments);
    assert_eq!(run.ran.code, 1);
    let mut ids: Vec<String> = run.campaigns()[0]["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|scenario| scenario["checked"].as_object().unwrap().keys().cloned())
        .collect();
    ids.extend(
        product::findings(&run.campaigns()[0])
            .iter()
            .map(|(_, finding)| product::text(&finding["requirement"]["id"]).to_owned()),
    );
    ids.extend(["CC-ONE-STOP", "R1", "R5", "S3"].map(str::to_owned));
    ids.sort();
    ids.dedup();
    assert!(ids.len() > 8, "{ids:?}");
    in_parallel(ids, 4, |id| {
        let told = ran(&["explain", &id]);
        assert_eq!(told.code, 0, "{id}: {}", told.error);
        assert!(told.out.starts_with(&id), "{id}: {}", told.out);
    });
}

#[test]
fn what_was_sent_in_a_run_is_taken_apart_again() {
    let run = run(&["IMC-MSG-con-001"]);
    assert_eq!(run.ran.code, 0, "{}", run.ran.out);
    let trace = std::fs::read_to_string(run.path("trace.jsonl")).unwrap();
    let events: Vec<Value> = trace
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    in_parallel(vec!["sip", "msrp", "diameter"], 3, |protocol| {
        let mut messages: Vec<&str> = events
            .iter()
            .filter(|event| event["protocol"] == protocol)
            .map(|event| event["bytes"].as_str().unwrap())
            .collect();
        messages.dedup();
        assert!(messages.len() >= 8, "{protocol}: {}", messages.len());
        let input = messages.join("\n");
        let json = piped(
            &["decode", protocol, "-", "--hex", "--json"],
            input.as_bytes(),
        );
        assert_eq!(json.code, 0, "{protocol}: {}{}", json.out, json.error);
        let decoded: Vec<Value> = json
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(decoded.len(), messages.len(), "{protocol}");
        let text = piped(&["decode", protocol, "-", "--hex"], input.as_bytes());
        assert_eq!(text.code, 0, "{protocol}");
        assert!(!text.out.contains('\x1b'));
    });
}

#[test]
fn hostile_bytes_are_taken_apart_without_being_obeyed() {
    let evil = "\x1b[2J\u{202e}\u{7}\x1b]0;owned\x07\u{9b}31m";
    let sip = format!("INVITE sip:a@b SIP/2.0\r\nSubject: {evil}\r\nContent-Length: 0\r\n\r\n");
    let msrp = format!("MSRP abcd SEND\r\nTo-Path: {evil}\r\n-------abcd$\r\n");
    let mut diameter = vec![
        1, 0, 0, 0, 0x80, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2,
    ];
    diameter.extend([0, 0, 1, 8, 0x40, 0, 0, 8 + evil.len() as u8]);
    diameter.extend(evil.bytes());
    diameter.resize(diameter.len().next_multiple_of(4), 0);
    diameter[3] = diameter.len() as u8;
    let table = [
        ("sip", sip.into_bytes()),
        ("msrp", msrp.into_bytes()),
        ("diameter", diameter),
        ("sip", vec![0xff; 100_000]),
        ("msrp", vec![0xff; 100_000]),
        ("diameter", vec![0xff; 100_000]),
    ];
    in_parallel(table.to_vec(), 3, |(protocol, input)| {
        for extra in [None, Some("--json")] {
            let mut arguments = vec!["decode", protocol, "-"];
            arguments.extend(extra);
            let shown = piped(&arguments, &input);
            assert!([0, 1].contains(&shown.code), "{protocol}: {shown:?}");
            let obeyed = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            for written in [&shown.out, &shown.error] {
                assert!(!written.contains(obeyed), "{arguments:?}: {written:?}");
                assert!(!written.contains("panicked"), "{written}");
            }
        }
    });
}

fn piped(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = ch2spec(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writing = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    // Whoever has seen enough may stop reading.
    let _ = writing.join().unwrap();
    Ran::of(&output)
}
