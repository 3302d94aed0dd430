//! What the README shows is what happens: its commands are run, its YAML is loaded.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

use std::process::Command;

use ch2spec::scenario::{load_sut_text, load_text};
use regex_lite::Regex;

const README: &str = include_str!("../README.md");

/// The fenced blocks of a language, without their fences.
fn blocks(language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    for line in README.lines() {
        match &mut open {
            Some(lines) if line == "```" => {
                blocks.push(lines.join("\n"));
                open = None;
            }
            Some(lines) => lines.push(line),
            None if line == format!("```{language}") => open = Some(Vec::new()),
            None => {}
        }
    }
    blocks
}

/// Takes out what differs from run to run.
fn steady(line: &str) -> String {
    let mut line = line.trim_end().to_owned();
    for (pattern, with) in [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
        (r"reports/\S+/trace", "reports/<run>/trace"),
        (r"seed \d+", "seed <n>"),
        (r"\d+(\.\d+)? m?s\b", "<t>"),
        (r"yaml:\d+:\d+", "yaml:<line>"),
        (r"^ *\d* \|", "<line> |"),
        (r"events? \d+( and \d+)?", "event <n>"),
    ] {
        line = Regex::new(pattern)
            .unwrap()
            .replace_all(&line, with)
            .into_owned();
    }
    line
}

#[test]
fn the_transcripts_are_what_the_commands_print() {
    let transcripts = blocks("console");
    assert!(transcripts.len() >= 2);
    for transcript in transcripts {
        let (command, expected) = transcript.split_once('\n').unwrap();
        let arguments: Vec<&str> = command
            .strip_prefix("$ ch2spec ")
            .unwrap()
            .split_whitespace()
            .collect();
        let reports = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_ch2spec"))
            .args(&arguments)
            .arg("--report-dir")
            .arg(reports.path().join("reports"))
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let place = reports.path().display().to_string() + "/";
        let printed: Vec<String> = printed
            .lines()
            .map(|line| steady(&line.replace(&place, "")))
            .collect();
        let mut at = 0;
        let mut may_skip = false;
        for line in expected.lines().map(steady) {
            if line == "..." {
                may_skip = true;
                continue;
            }
            let found = printed[at..].iter().position(|seen| *seen == line);
            let found = found.unwrap_or_else(|| {
                panic!(
                    "`{command}` does not print\n{line}\nbut\n{}",
                    printed.join("\n")
                )
            });
            assert!(
                found == 0 || may_skip,
                "`{command}`: before\n{line}\nthere is\n{}",
                printed[at]
            );
            at += found + 1;
            may_skip = false;
        }
        assert!(
            may_skip || at == printed.len(),
            "`{command}` goes on with {:?}",
            &printed[at..]
        );
    }
}

#[test]
fn the_yaml_loads_without_a_word() {
    let yaml = blocks("yaml");
    assert_eq!(yaml.len(), 2);
    for text in yaml {
        let diagnostics = if text.contains("subscribers:") {
            load_sut_text("README.md", text.as_bytes()).diagnostics
        } else {
            load_text("README.md", text.as_bytes()).diagnostics
        };
        let rendered: Vec<String> = diagnostics.iter().map(|d| d.render(false)).collect();
        assert!(rendered.is_empty(), "{}", rendered.join("\n"));
    }
}

#[test]
fn the_exit_codes_are_those_of_the_help() {
    let output = Command::new(env!("CARGO_BIN_EXE_ch2spec"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for code in 0..=5 {
        let in_help = help
            .lines()
            .find(|line| line.trim().starts_with(&format!("{code}  ")));
        let meaning = in_help.unwrap().trim().split_once("  ").unwrap().1;
        assert!(
            README.contains(&format!("| {code} | {meaning} |")),
            "{code}: {meaning}"
        );
    }
}
