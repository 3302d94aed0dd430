//! `fmt`: one form, the same meaning, every comment.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use assert_cmd::Command;
use ch2spec::scenario::keys::MATCHER;
use ch2spec::scenario::{Node, Style, Value, format, library, load_text, parse_yaml};
use proptest::prelude::*;

fn ch2spec() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("ch2spec"))
}

#[test]
fn shipped_files_are_in_the_form() {
    for file in library() {
        assert_eq!(
            format(file.path, file.text.as_bytes()).unwrap(),
            file.text,
            "{}",
            file.path
        );
    }
    ch2spec()
        .args([
            "fmt",
            "--check",
            "scenarios",
            "fixtures/sut/example.yaml",
            "fixtures/sut/octets.yaml",
        ])
        .assert()
        .success();
}

#[test]
fn what_is_wrong_otherwise_can_be_formatted_and_stays_as_wrong() {
    let mut formatted = 0;
    for dir in ["fixtures/scenarios/wrong", "fixtures/sut/wrong"] {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|e| e != "yaml") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let Ok(text) = format("x.yaml", &bytes) else {
                continue;
            };
            let codes = |bytes: &[u8]| {
                let found = load_text("x.yaml", bytes).diagnostics;
                let said = found.iter().map(|d| (d.code, d.message.clone()));
                said.collect::<BTreeSet<_>>()
            };
            assert_eq!(codes(&bytes), codes(text.as_bytes()), "{}", path.display());
            assert_eq!(
                format("x.yaml", text.as_bytes()).unwrap(),
                text,
                "{}",
                path.display()
            );
            formatted += 1;
        }
    }
    assert!(formatted > 25, "{formatted}");
}

/// What `lint` finds in a file, each code as often as it does.
fn findings(bytes: &[u8]) -> Vec<&'static str> {
    let found = load_text("x.yaml", bytes).diagnostics;
    let mut codes: Vec<&'static str> = found.iter().map(|d| d.code).collect();
    codes.sort_unstable();
    codes
}

/// The file with every reference that stands alone made text in quotes, without its `$`: text that
/// looks like a reference, as `lint` asks to have it written.
fn references_as_text(text: &str) -> String {
    let reference =
        regex_lite::Regex::new(r"([:\[,] )\$([a-z][a-z0-9-]*\.[A-Za-z0-9.-]+)").unwrap();
    reference.replace_all(text, "$1\"$2\"").into_owned()
}

#[test]
fn formatting_brings_no_finding_and_takes_none_away() {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut doubted = 0;
    for file in library() {
        let text = references_as_text(file.text);
        if text == file.text {
            continue;
        }
        // Without its quotes it is text that `lint` doubts.
        if files.len() < 5 {
            let found = findings(text.replace('"', "").as_bytes());
            doubted += found.iter().filter(|code| **code == "no-dollar").count();
        }
        files.push((file.path.to_owned(), text.into()));
    }
    assert!(files.len() > 20 && doubted > 5, "{} {doubted}", files.len());
    for dir in ["fixtures/scenarios/wrong", "fixtures/sut/wrong"] {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "yaml") {
                let bytes = std::fs::read(&path).unwrap();
                files.push((path.display().to_string(), bytes));
            }
        }
    }
    for (name, bytes) in files {
        let Ok(formed) = format("x.yaml", &bytes) else {
            continue;
        };
        let (before, after) = (findings(&bytes), findings(formed.as_bytes()));
        assert_eq!(before, after, "{name}: {formed}");
    }
}

#[test]
fn check_names_files_and_changes_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.yaml");
    let text = "id:   x   # kept\nflow:\n- wait: 1 s\n";
    std::fs::write(&path, text).unwrap();
    let shown = format!("{}\n", path.display());
    ch2spec()
        .arg("fmt")
        .arg("--check")
        .arg(dir.path())
        .assert()
        .code(1)
        .stdout(shown.clone());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    ch2spec()
        .arg("fmt")
        .arg(dir.path())
        .assert()
        .success()
        .stdout(shown);
    let after = std::fs::read_to_string(&path).unwrap();
    assert_eq!(after, "id: x   # kept\nflow:\n  - wait: 1 s\n");
    ch2spec()
        .arg("fmt")
        .arg("--check")
        .arg(dir.path())
        .assert()
        .success()
        .stdout("");
    std::fs::write(&path, "a: {").unwrap();
    ch2spec().arg("fmt").arg(dir.path()).assert().code(1);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "a: {",
        "what cannot be read is left alone"
    );
    ch2spec()
        .args(["fmt", "-"])
        .write_stdin("a:   b")
        .assert()
        .success()
        .stdout("a: b\n");
}

/// A file as somebody in a hurry writes it: any indentation, spaces, blank lines and comments.
fn untidy() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        "[a-z]{1,8}",
        Just("\"two  words #no comment\"".to_owned()),
        Just("'it''s'".to_owned()),
        Just("$client.icid".to_owned()),
        Just("12".to_owned()),
        Just("[a,b,  {c: d}]".to_owned()),
        Just("{A: 1 ,  B: {one of: [1,2]}}".to_owned()),
        Just("[]".to_owned()),
    ];
    let entry = ("[a-z]{1,6}", scalar, 1..4usize, 0..4u8, 0..3usize);
    (
        prop::collection::vec(prop::collection::vec(entry, 1..4), 1..5),
        0..5usize,
        1..4usize,
        prop::collection::vec((0..3u8, 0..9usize), 1..8),
        any::<bool>(),
    )
        .prop_map(|(items, indent, dash, noise, windows)| {
            let mut text = "# first\nid:  x # why\nflow:   \n".to_owned();
            let mut noise = noise.into_iter().cycle();
            for item in items {
                for (i, (key, value, gap, extra, trailing)) in item.iter().enumerate() {
                    let (what, column) = noise.next().unwrap();
                    match what {
                        0 => text.push_str(&format!("{}# note {column}\n", " ".repeat(column))),
                        1 => text.push_str(&"\n".repeat(column % 4)),
                        _ => {}
                    }
                    let lead = if i == 0 {
                        format!("{}-{}", " ".repeat(indent), " ".repeat(dash))
                    } else {
                        " ".repeat(indent + 1 + dash)
                    };
                    let gap = " ".repeat(*gap);
                    let value = match extra {
                        0 => format!(
                            "|\n{0}  block\n{0}    deeper",
                            " ".repeat(indent + 1 + dash)
                        ),
                        1 => format!("\n{}- {value}", " ".repeat(indent + 2 + dash)),
                        2 => format!("\n{}inner:  {value}", " ".repeat(indent + 3 + dash)),
                        _ => value.clone(),
                    };
                    let end = " ".repeat(*trailing);
                    let end = if value.starts_with('|') { "" } else { &end };
                    text.push_str(&format!("{lead}{key}{i}:{gap}{value}{end}\n"));
                }
            }
            if windows {
                text.replace('\n', "\r\n")
            } else {
                text
            }
        })
}

fn comments(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.split_once("# "));
    lines
        .map(|(_, comment)| comment.trim_end().to_owned())
        .collect()
}

/// What a file says, whatever its form: values with their quotes where these matter, and keys in no
/// order.
fn meaning(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, style } => {
            let words = ["present", "absent", "any", "yes", "no", "none"];
            let counts =
                !text.starts_with(|c: char| c.is_ascii_alphabetic()) || words.contains(&&**text);
            format!("{:?}{text:?}", counts.then_some(style))
        }
        Value::List(items) => format!("{:?}", items.iter().map(meaning).collect::<Vec<_>>()),
        Value::Map(entries) => {
            let entry = |(k, v): &(Node, Node)| (meaning(k), meaning(v));
            let mut entries: Vec<_> = entries.iter().map(entry).collect();
            entries.sort();
            format!("{entries:?}")
        }
    }
}

/// A file on one line, in brackets, with its keys in the opposite order (save where their order is the
/// author's) and every text quoted that means the same in quotes.
fn otherwise(node: &Node, turned: bool) -> String {
    match &node.value {
        _ if node.is_empty() => String::new(),
        Value::Scalar { text, style } => {
            let words = ["present", "absent", "any", "yes", "no", "none"];
            let number = text.starts_with(|c: char| !c.is_ascii_alphabetic() && c != '$');
            if *style == Style::Plain && (number || words.contains(&&**text)) {
                return text.to_string();
            }
            serde_json::to_string(&**text).unwrap()
        }
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| otherwise(item, turned)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Map(entries) => {
            let entry = |(key, value): &(Node, Node)| {
                // Only the order of keys that the language knows is the form's.
                let turned = match &value.value {
                    Value::Map(inner) => inner.iter().all(|(key, _)| {
                        MATCHER.iter().any(|known| Some(known.name) == key.scalar())
                    }),
                    _ => true,
                };
                format!("{} : {}", key.place.text(), otherwise(value, turned))
            };
            let mut entries: Vec<_> = entries.iter().map(entry).collect();
            if turned {
                entries.reverse();
            }
            format!("{{{}}}", entries.join(","))
        }
    }
}

/// A loaded file without the places of its lines.
fn loaded(path: &str, text: &str) -> String {
    let loaded = load_text(path, text.as_bytes());
    let problems: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|d| (d.code, &d.message))
        .collect();
    let steps = loaded.scenarios.iter().flat_map(|s| &s.steps).map(|step| {
        let checks: Vec<_> = step
            .checks
            .iter()
            .map(|c| {
                format!(
                    "{:?} {:?} {:?}",
                    c.target,
                    c.matcher,
                    c.requirement.map(|r| r.id)
                )
            })
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let requirements: Vec<_> = step.requirements.iter().map(|r| r.id).collect();
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {checks:?} {requirements:?}",
            step.label,
            step.action,
            step.under,
            step.when,
            step.after,
            step.hold_until,
            step.within
        )
    });
    let heads = loaded.scenarios.iter().map(|s| {
        let requirements: Vec<_> = s.requirements.iter().map(|r| r.id).collect();
        format!(
            "{} {} {} {:?} {requirements:?} {:?}",
            s.id, s.title, s.clause, s.figure, s.needs
        )
    });
    format!(
        "{problems:?} {:?} {:?}",
        heads.collect::<Vec<_>>(),
        steps.collect::<Vec<String>>()
    )
}

#[test]
fn however_a_file_is_written_its_form_is_one() {
    for file in library() {
        let node = parse_yaml(file.path, file.text.as_bytes()).unwrap();
        let strange = otherwise(&node, true);
        let formed = format(file.path, strange.as_bytes()).unwrap();
        assert_eq!(
            loaded(file.path, &strange),
            loaded(file.path, file.text),
            "{}",
            file.path
        );
        assert_eq!(
            loaded(file.path, &formed),
            loaded(file.path, file.text),
            "{}",
            file.path
        );
        let bare = |line: &&str| !line.trim_start().starts_with('#') && !line.trim().is_empty();
        let wanted: Vec<&str> = file.text.lines().filter(bare).collect();
        // A label such as `interim#2` may keep the quotes that a line of its own does not need.
        let plain = |lines: Vec<&str>| -> Vec<String> {
            let bare = |line: &str| match line.contains('#') {
                true => line.replace('"', ""),
                false => line.to_owned(),
            };
            lines.into_iter().map(bare).collect()
        };
        let formed = plain(formed.lines().collect());
        assert_eq!(formed, plain(wanted), "{}", file.path);
    }
}

proptest! {
    #[test]
    fn formatting_keeps_meaning_and_comments_and_is_done_after_once(text in untidy()) {
        let before = parse_yaml("x", text.as_bytes()).unwrap();
        let once = format("x", text.as_bytes()).unwrap();
        let after = parse_yaml("x", once.as_bytes()).unwrap();
        prop_assert_eq!(meaning(&before), meaning(&after));
        let sorted = |text: &str| {
            let mut all = comments(text);
            all.sort();
            all
        };
        prop_assert_eq!(sorted(&text), sorted(&once));
        prop_assert_eq!(&format("x", once.as_bytes()).unwrap(), &once);
        prop_assert!(!once.contains("\n\n\n") && once.ends_with('\n') && !once.contains('\r'));
        for line in once.lines() {
            let first = line.trim_start();
            let column = line.len() - first.len();
            prop_assert!(column % 2 == 0 || !first.starts_with('-'), "{once}");
            prop_assert!(!first.starts_with("-  ") && !first.contains(",b"), "{once}");
        }
    }

    #[test]
    fn no_text_makes_it_stumble(text in "[a-c:\\-\\[\\]{}#|>\"' \n\t,$&*!%~]{0,60}") {
        if let Ok(once) = format("x", text.as_bytes()) {
            let before = parse_yaml("x", text.as_bytes()).unwrap();
            let after = parse_yaml("x", once.as_bytes()).unwrap();
            prop_assert_eq!(meaning(&before), meaning(&after));
            prop_assert_eq!(&format("x", once.as_bytes()).unwrap(), &once, "not stable");
        }
    }
}
