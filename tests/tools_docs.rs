//! The guide is executed: its files are written, its commands are run, its recipes are played.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use assert_cmd::Command;
use ch2spec::scenario::{format, load_paths, reference};

/// With CH2SPEC_BLESS set, the page is written and not compared.
#[test]
fn the_checked_in_reference_is_what_is_generated() {
    let path = "docs/reference.md";
    if std::env::var_os("CH2SPEC_BLESS").is_some() {
        std::fs::write(path, reference()).unwrap();
    }
    let there = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        there == reference(),
        "{path} has drifted: run this test with CH2SPEC_BLESS=1"
    );
}

/// A fenced block: what stands behind the fence, and its text.
struct Block {
    info: String,
    text: String,
}

impl Block {
    /// `name="value"` or `name=value` behind the fence.
    fn says(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.info.split_once(&format!("{name}="))?;
        match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => rest.split(' ').next(),
        }
    }
}

fn blocks(path: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => {
                open = Some(Block {
                    info: info.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{path}: a fence is not closed");
    found
}

fn ch2spec(directory: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ch2spec"));
    command
        .current_dir(directory)
        .timeout(std::time::Duration::from_secs(120));
    command
}

/// Runs `$ ch2spec ...` lines. What stands below one must come in that order, each line as a part of
/// a line; `...` stands for anything, and nothing below it for no output at all.
fn console(text: &str, directory: &Path) -> usize {
    let mut commands = 0;
    for command in text.split("$ ").skip(1) {
        let mut lines = command.lines();
        let line = lines.next().unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words[0], "ch2spec", "{line}");
        let output = ch2spec(directory).args(&words[1..]).output().unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        let mut rest = shown.lines();
        let (mut code, mut wanted) = (0, 0);
        for line in lines {
            if let Some(exit) = line.strip_prefix("[exit ") {
                code = exit.trim_end_matches(']').parse().unwrap();
                continue;
            }
            wanted += 1;
            let part = line.trim_end_matches("...").trim_end();
            let found = part.is_empty() || rest.any(|line| line.contains(part));
            assert!(found, "`{command}` does not print `{part}`:\n{shown}");
        }
        assert_eq!(output.status.code(), Some(code), "{command}:\n{shown}");
        assert!(wanted > 0 || shown.is_empty(), "{command} prints:\n{shown}");
        commands += 1;
    }
    commands
}

fn assert_clean(path: &Path) {
    let loaded = load_paths(&[path.to_path_buf()]);
    let shown: Vec<String> = loaded.diagnostics.iter().map(|d| d.render(false)).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn the_tutorial_works_as_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let (mut files, mut commands) = (0, 0);
    for block in blocks("docs/tutorial.md") {
        if block.info == "console" {
            commands += console(&block.text, dir.path());
            continue;
        }
        assert!(block.info.starts_with("yaml "), "{}", block.info);
        let path = dir.path().join(block.says("file").unwrap());
        let text = match block.says("add-below") {
            Some(anchor) => {
                let text = std::fs::read_to_string(&path).unwrap();
                let (above, below) = text.split_once(&format!("{anchor}\n")).unwrap();
                format!("{above}{anchor}\n{}{below}", block.text)
            }
            None => block.text.clone(),
        };
        std::fs::write(&path, &text).unwrap();
        match block.says("wrong") {
            Some(code) => {
                let found = load_paths(&[path]).diagnostics;
                assert_eq!(found.iter().map(|d| d.code).collect::<Vec<_>>(), [code]);
            }
            None => assert_clean(&path),
        }
        files += 1;
    }
    assert!(
        files >= 3 && commands >= 14,
        "{files} files, {commands} commands"
    );
}

#[test]
fn every_recipe_of_the_cookbook_is_played() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("fragments")).unwrap();
    let mut recipes = 0;
    for block in blocks("docs/cookbook.md") {
        assert!(block.info.starts_with("yaml"), "{}", block.info);
        assert_eq!(format("recipe", block.text.as_bytes()).unwrap(), block.text);
        if let Some(file) = block.says("file") {
            let path = dir.path().join(file);
            std::fs::write(&path, &block.text).unwrap();
            assert_clean(&path);
            recipes += usize::from(block.text.contains("\nflow:"));
            continue;
        }
        recipes += 1;
        let steps: String = block
            .text
            .lines()
            .map(|line| format!("  {line}\n"))
            .collect();
        let alone = match block.info.as_str() {
            "yaml alone" => "exclusive: yes\n",
            _ => "",
        };
        let text = format!(
            "ch2spec: 1\nid: RECIPE-{recipes:02}\ntitle: A recipe\nclause: none\nrequirements: [MSG-1]\n\
             needs: [session-mode]\n{alone}given: [session started]\nflow:\n{steps}"
        );
        std::fs::write(dir.path().join(format!("{recipes:02}.yaml")), text).unwrap();
    }
    assert!(recipes >= 12, "{recipes}");
    assert_clean(dir.path());
    let output = ch2spec(dir.path())
        .args(["run", "./", "--jobs", "8", "--seed", "7"])
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    let all = format!("{0} scenarios: {0} passed", 2 * recipes);
    assert!(output.status.success() && shown.contains(&all), "{shown}");
}
