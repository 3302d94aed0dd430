//! Every code of a diagnostic is explained, and every example earns what it claims.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use assert_cmd::Command;
use ch2spec::scenario::{Diagnostic, Example, Explanation, load_paths, load_text};

fn codes(diagnostics: &[Diagnostic]) -> BTreeSet<&'static str> {
    diagnostics.iter().map(|d| d.code).collect()
}

/// What is too large or too strange to print, made here.
fn made(code: &str) -> Vec<Diagnostic> {
    let head = "ch2spec: 1\nid: T-1\ntitle: t\nclause: c\nrequirements: [MSG-1]\nflow:\n";
    let text = |text: String| load_text("made.yaml", text.as_bytes()).diagnostics;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_path_buf();
    match code {
        "file-too-large" => text("#".repeat(2 << 20)),
        "not-utf-8" => load_text("made.yaml", b"id: \xff\n").diagnostics,
        "control-character" => text(format!("{head}  - wait: 1 s\n# \u{7}\n")),
        "too-deep" => text(format!("{}{}", "[".repeat(33), "]".repeat(33))),
        "too-many-values" => text("- a\n".repeat(50_001)),
        "value-too-long" => text(format!("a: {}\n", "x".repeat(300 << 10))),
        "too-many-problems" => text((0..101).map(|i| format!("key{i}: x\n")).collect()),
        "too-many-steps" => text(format!("{head}{}", "  - wait: 1 ms\n".repeat(501))),
        "load-too-large" => {
            for i in 0..21 {
                let values = "- a\n".repeat(49_998);
                std::fs::write(path.join(format!("{i}.yaml")), values).unwrap();
            }
            load_paths(&[path]).diagnostics
        }
        "too-many-files" => {
            for i in 0..10_001 {
                std::fs::write(path.join(format!("{i}.yaml")), "").unwrap();
            }
            load_paths(&[path]).diagnostics
        }
        "no-files" => load_paths(&[path]).diagnostics,
        "unreadable" => load_paths(&[path.join("missing.yaml")]).diagnostics,
        _ => panic!("nothing makes {code}"),
    }
}

fn diagnostics(code: &str, example: &Example) -> Vec<Diagnostic> {
    match example {
        Example::Words(_) => made(code),
        Example::Files(files) => {
            let directory = tempfile::tempdir().unwrap();
            for (name, text) in *files {
                std::fs::write(directory.path().join(name), text).unwrap();
            }
            load_paths(&[directory.path().to_path_buf()]).diagnostics
        }
        _ => example.diagnostics().unwrap(),
    }
}

#[test]
fn wrong_examples_give_their_code_and_right_ones_nothing() {
    let mut wrong = Vec::new();
    for explanation in Explanation::all() {
        let code = explanation.code;
        let found = codes(&diagnostics(code, &explanation.wrong));
        // Where a file is hopeless, or not even a file, more is said of it.
        let beside = ["too-many-problems", "too-many-files", "load-too-large"].contains(&code);
        if !found.contains(code) || (!beside && found.len() > 1) {
            wrong.push(format!("{code}: the wrong example gives {found:?}"));
        }
        let right = diagnostics(code, &explanation.right);
        if !right.is_empty() {
            let shown: Vec<String> = right.iter().map(|d| d.render(false)).collect();
            wrong.push(format!(
                "{code}: the right example gives\n{}",
                shown.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The codes in the loader's source: what follows the calls that make a diagnostic.
fn codes_of_the_source() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir("src/scenario").unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for call in ["error(", "warning(", "unknown(", "refuse(", "let code ="] {
            for after in code.split(call).skip(1) {
                let statement = &after[..after.find([';', ')']).unwrap_or(after.len())];
                let words = statement.split('"').skip(1).step_by(2);
                let kebab = |w: &&str| {
                    w.len() > 2
                        && w.bytes()
                            .all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'8')
                };
                let first_only = if call == "let code =" { 2 } else { 1 };
                // The code is the first argument; a message comes later.
                let direct = statement.trim_start().starts_with('"')
                    || first_only == 2
                    || statement.contains("place") && statement.trim_start().starts_with('"');
                if direct {
                    found.extend(words.take(first_only).filter(kebab).map(str::to_owned));
                }
            }
        }
    }
    found
}

#[test]
fn no_code_is_left_without_a_word() {
    let explained: BTreeSet<String> = Explanation::all()
        .iter()
        .map(|e| e.code.to_owned())
        .collect();
    let used = codes_of_the_source();
    assert!(used.len() > 70, "{}", used.len());
    let missing: Vec<&String> = used.difference(&explained).collect();
    let gone: Vec<&String> = explained.difference(&used).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not explained: {missing:?}, not in use: {gone:?}"
    );
    assert_eq!(
        explained.len(),
        Explanation::all().len(),
        "a code is explained once"
    );
}

#[test]
fn every_snapshot_of_a_wrong_file_uses_an_explained_code() {
    let mut seen = BTreeSet::new();
    for dir in ["fixtures/scenarios/wrong", "fixtures/sut/wrong"] {
        for entry in std::fs::read_dir(Path::new(dir)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "snap") {
                let text = std::fs::read_to_string(path).unwrap();
                for line in text.lines() {
                    let code = line
                        .strip_prefix("error[")
                        .or(line.strip_prefix("warning["));
                    if let Some((code, _)) = code.and_then(|rest| rest.split_once(']')) {
                        assert!(Explanation::find(code).is_some(), "{code}");
                        seen.insert(code.to_owned());
                    }
                }
            }
        }
    }
    assert!(seen.len() > 50, "{}", seen.len());
}

#[test]
fn the_verb_shows_meaning_wrong_and_right() {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ch2spec"));
    let output = command.args(["explain", "unused-label"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
    for code in Explanation::all() {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ch2spec"));
        command.args(["explain", code.code]).assert().success();
    }
}

#[test]
fn without_an_id_everything_is_named() {
    let program = assert_cmd::cargo::cargo_bin!("ch2spec");
    let output = Command::new(program).arg("explain").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    for id in ["MSG-6 ", "CC-8.2-NUMBER ", "R2 ", "CC-NUMBER-UNIQUE "] {
        assert!(
            shown.lines().any(|line| line.starts_with(id)),
            "{id}\n{shown}"
        );
    }
}

#[test]
fn avps_results_and_fragments_are_explained() {
    let told = |id: &str| {
        let output = Command::cargo_bin("ch2spec")
            .unwrap()
            .args(["explain", id])
            .output()
            .unwrap();
        assert!(output.status.success(), "{id}");
        String::from_utf8(output.stdout).unwrap()
    };
    let units = told("cc-service-specific-units");
    assert!(
        units.starts_with("CC-Service-Specific-Units, an AVP\n"),
        "{units}"
    );
    assert!(units.contains("in Used-Service-Unit"), "{units}");
    assert!(!units.contains("in a SessionRequest itself"), "{units}");
    let number = told("CC-Request-Number");
    assert!(number.contains("in a SessionRequest itself"), "{number}");
    assert!(number.contains("asked by  CC-8.2-NUMBER:"), "{number}");
    assert!(told("diameter_success").contains("2001"));
    assert!(told("2001").contains("DIAMETER_SUCCESS"));
    let started = told("session started");
    assert!(
        started.contains("as: start") && started.contains("grant:"),
        "{started}"
    );
}
