//! `fmt`: one form, the same meaning, every comment.

#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use ch2spec::scenario::{Node, Value, format, library, load_text, parse_yaml};
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
                found
                    .iter()
                    .map(|d| (d.code, d.message.clone()))
                    .collect::<Vec<_>>()
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
        Just("\"two  words # no comment\"".to_owned()),
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

fn places_aside(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, style } => format!("{style:?}{text:?}"),
        Value::List(items) => format!("{:?}", items.iter().map(places_aside).collect::<Vec<_>>()),
        Value::Map(entries) => {
            let entry = |(k, v): &(Node, Node)| (places_aside(k), places_aside(v));
            format!("{:?}", entries.iter().map(entry).collect::<Vec<_>>())
        }
    }
}

proptest! {
    #[test]
    fn formatting_keeps_meaning_and_comments_and_is_done_after_once(text in untidy()) {
        let before = parse_yaml("x", text.as_bytes()).unwrap();
        let once = format("x", text.as_bytes()).unwrap();
        let after = parse_yaml("x", once.as_bytes()).unwrap();
        prop_assert_eq!(places_aside(&before), places_aside(&after));
        prop_assert_eq!(comments(&text), comments(&once));
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
            prop_assert_eq!(places_aside(&before), places_aside(&after));
            prop_assert_eq!(&format("x", once.as_bytes()).unwrap(), &once, "not stable");
        }
    }
}
