//! Holds the code to the map of its rooms (ARCHITECTURE.md): which room may import which, that
//! only `runtime` opens sockets, that only `runtime` and `cli` read clocks, and that a `mod.rs`
//! only declares and re-exports.
//!
//! Read from the source text, so that nothing hides behind a feature or a macro that is not
//! expanded here. Code under `#[cfg(test)]` is left out: a test may look at another room.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "architecture/checker.rs"]
mod checker;

const CODECS: [&str; 3] = ["sip", "msrp", "diameter"];

/// What a room may import besides itself, or `None` for a room that no rule speaks of.
fn may_import(room: &str) -> Option<Vec<&'static str>> {
    let with_codecs = |more: &[&'static str]| {
        let mut rooms = vec!["io"];
        rooms.extend(CODECS);
        rooms.extend(more);
        rooms
    };
    Some(match room {
        "io" => vec![],
        "sip" | "msrp" | "diameter" | "runtime" => vec!["io"],
        "ch2" | "reference" => with_codecs(&[]),
        "legs" => vec!["io", "sip", "msrp", "ch2"],
        "scenario" => with_codecs(&["ch2"]),
        "engine" => with_codecs(&["ch2", "legs", "scenario"]),
        "roles" | "report" => with_codecs(&["ch2", "scenario", "engine"]),
        "cli" => with_codecs(&[
            "ch2",
            "legs",
            "scenario",
            "engine",
            "roles",
            "runtime",
            "reference",
            "report",
        ]),
        _ => return None,
    })
}

#[test]
fn rooms_import_only_what_they_may_know() {
    hold(imports);
}

#[test]
fn only_runtime_opens_sockets() {
    hold(sockets);
}

#[test]
fn only_runtime_and_cli_read_clocks() {
    hold(clocks);
}

#[test]
fn a_mod_file_only_declares_and_reexports() {
    hold(declarations);
}

/// Applies a rule to every source file of the crate.
fn hold(rule: impl Fn(&Path, &str) -> Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 50, "the sources were found: {}", files.len());
    let mut broken = Vec::new();
    for path in &files {
        let text = fs::read_to_string(path).expect("a source file is readable");
        let file = path.strip_prefix(&root).expect("it lies under src");
        broken.extend(
            rule(file, &text)
                .into_iter()
                .map(|b| format!("{}: {b}", file.display())),
        );
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// Every `.rs` file, but those that hold tests only.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a source directory is readable") {
        let path = entry.expect("its entries too").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() && name != "tests" {
            collect(&path, files);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            files.push(path);
        }
    }
}

fn imports(file: &Path, text: &str) -> Vec<String> {
    let module = module(file);
    let Some(room) = module.first() else {
        return Vec::new();
    };
    let Some(allowed) = may_import(room) else {
        return vec![format!("no rule says what the room `{room}` may import")];
    };
    let known: BTreeSet<String> = paths(text, &module)
        .into_iter()
        .filter_map(|path| room_of(&path))
        .collect();
    let wrong = known
        .into_iter()
        .filter(|to| to != room && !allowed.contains(&to.as_str()));
    wrong.map(|to| format!("`{room}` imports `{to}`")).collect()
}

fn sockets(file: &Path, text: &str) -> Vec<String> {
    let module = module(file);
    if module.first().is_some_and(|room| room == "runtime") {
        return Vec::new();
    }
    let opens = |path: &Vec<String>| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["tokio", "net", ..] | ["std", "os", "unix", "net", ..] | ["socket2", ..] => true,
            ["std", "net", last, ..] => {
                last.starts_with("Tcp") || last.starts_with("Udp") || matches!(*last, "*" | "self")
            }
            ["std", "net"] => true,
            _ => false,
        }
    };
    let found = paths(text, &module).into_iter().filter(opens);
    found
        .map(|path| format!("a socket: `{}`", path.join("::")))
        .collect()
}

fn clocks(file: &Path, text: &str) -> Vec<String> {
    let module = module(file);
    if module
        .first()
        .is_some_and(|room| room == "runtime" || room == "cli")
    {
        return Vec::new();
    }
    let reads = |path: &Vec<String>| {
        let clock = |name: &String| name == "Instant" || name == "SystemTime";
        let (time, sleep) = (
            path.iter().any(|p| p == "time"),
            path.ends_with(&["sleep".into()]),
        );
        path.iter().any(clock) || (time && path.ends_with(&["*".into()])) || sleep
    };
    let found = paths(text, &module).into_iter().filter(reads);
    found
        .map(|path| format!("a clock: `{}`", path.join("::")))
        .collect()
}

/// What stands in a `mod.rs` (or in `lib.rs`) beside declarations and re-exports.
fn declarations(file: &Path, text: &str) -> Vec<String> {
    if !matches!(
        file.file_name().and_then(|n| n.to_str()),
        Some("mod.rs" | "lib.rs")
    ) {
        return Vec::new();
    }
    let tokens = without_tests(&tokens(text));
    let mut wrong = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let end = end_of_item(&tokens, at);
        let words: Vec<&str> = tokens[at..end].iter().map(String::as_str).collect();
        let mut item = words.as_slice();
        while item.first() == Some(&"#") {
            let inner = usize::from(item.get(1) == Some(&"!"));
            item = &item[closing(item, 1 + inner)..];
        }
        if item.first() == Some(&"pub") {
            let scope = if item.get(1) == Some(&"(") {
                closing(item, 1)
            } else {
                1
            };
            item = &item[scope..];
        }
        match item {
            [] | ["use", ..] | ["mod", _, ";"] => {}
            first => wrong.push(format!(
                "holds code: `{} ...`",
                first[..2.min(first.len())].join(" ")
            )),
        }
        at = end;
    }
    wrong
}

/// The module path of a file below `src`: `sip/uri.rs` is `[sip, uri]`, `sip/mod.rs` is `[sip]`.
fn module(file: &Path) -> Vec<String> {
    let mut parts: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts
        .last()
        .is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main"))
    {
        parts.pop();
    }
    parts
}

/// The room a path leads to, if it leads into the crate.
fn room_of(path: &[String]) -> Option<String> {
    match path {
        [root, room, ..] if root == "crate" => Some(room.clone()),
        _ => None,
    }
}

/// Every path of the text, use trees unfolded, `super` and `self` resolved from the crate's root.
fn paths(text: &str, module: &[String]) -> Vec<Vec<String>> {
    let tokens = without_tests(&tokens(text));
    let mut found = Vec::new();
    // Where inline modules end: `super` inside of one leads to this file's module.
    let mut inline: Vec<(usize, String)> = Vec::new();
    let (mut at, mut depth) = (0, 0_usize);
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                inline.retain(|(opened, _)| *opened < depth + 1);
            }
            "mod" if tokens.get(at + 2).is_some_and(|t| t == "{") => {
                inline.push((depth + 1, tokens[at + 1].clone()));
            }
            word if is_word(word) && !follows_path(&tokens, at) => {
                let here: Vec<String> = module
                    .iter()
                    .cloned()
                    .chain(inline.iter().map(|(_, m)| m.clone()))
                    .collect();
                let mut unfolded = Vec::new();
                let skip = if tokens[at] == "use" { at + 1 } else { at };
                let end = unfold(&tokens, skip, &[], &mut unfolded);
                found.extend(unfolded.into_iter().map(|path| resolve(path, &here)));
                // A use tree is passed over whole; the braces of other code are counted.
                if tokens[at] == "use" {
                    at = end;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads a path or a use tree that begins at `at`; gives where it ends.
fn unfold(
    tokens: &[String],
    mut at: usize,
    before: &[String],
    found: &mut Vec<Vec<String>>,
) -> usize {
    let mut path = before.to_vec();
    if tokens.get(at).is_some_and(|t| t == "::") {
        at += 1;
    }
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|t| t != "}") {
                    at = unfold(tokens, at, &path, found).max(at + 1);
                    while tokens.get(at).is_some_and(|t| t != "}" && t != ",") {
                        at += 1;
                    }
                    at += usize::from(tokens.get(at).is_some_and(|t| t == ","));
                }
                return at + 1;
            }
            Some(word) if is_word(word) || word == "*" => path.push(word.to_owned()),
            _ => break,
        }
        at += 1;
        let follows = tokens.get(at + 1).map(String::as_str).unwrap_or_default();
        let goes_on = is_word(follows) || matches!(follows, "{" | "*");
        if tokens.get(at).is_none_or(|t| t != "::") || !goes_on {
            break;
        }
        at += 1;
    }
    if path.len() > before.len() {
        found.push(path);
    }
    at
}

fn resolve(path: Vec<String>, here: &[String]) -> Vec<String> {
    let climbs = path
        .iter()
        .take_while(|part| *part == "super" || *part == "self")
        .count();
    if climbs == 0 {
        return path;
    }
    let up = path[..climbs]
        .iter()
        .filter(|part| *part == "super")
        .count();
    let base = &here[..here.len().saturating_sub(up)];
    let root = std::iter::once("crate".to_owned());
    root.chain(base.iter().cloned())
        .chain(path[climbs..].iter().cloned())
        .collect()
}

fn follows_path(tokens: &[String], at: usize) -> bool {
    at > 0 && matches!(tokens[at - 1].as_str(), "::" | ".")
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The tokens without the items that stand under `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..]
            .iter()
            .zip(mark)
            .filter(|(token, mark)| *token == mark)
            .count()
            == mark.len()
        {
            at = end_of_item(tokens, at);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Where the item that begins at `at`, attributes included, ends: behind its `;`, or behind the
/// braces of its body.
fn end_of_item(tokens: &[String], mut at: usize) -> usize {
    let words: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let is_use = |from: usize| {
        words[from..]
            .iter()
            .find(|w| matches!(**w, "use" | "{" | ";" | "mod" | "fn"))
            == Some(&"use")
    };
    let begins = at;
    while at < words.len() {
        match words[at] {
            ";" => return at + 1,
            "{" if is_use(begins) => at = closing(&words, at),
            "{" => return closing(&words, at),
            "(" | "[" => at = closing(&words, at),
            _ => at += 1,
        }
    }
    at
}

/// The place behind the bracket that closes the one at `at`.
fn closing(tokens: &[&str], at: usize) -> usize {
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        match *token {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth -= 1;
                if depth == 0 {
                    return place + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// Words, `::`, and single characters; comments, strings, characters and lifetimes are left out.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let next = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        if c.is_whitespace() {
            at += 1;
        } else if c == '/' && next(at + 1) == '/' {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if c == '/' && next(at + 1) == '*' {
            at = end_of_comment(&chars, at);
        } else if c == '"' {
            at = end_of_string(&chars, at);
        } else if c == '\'' {
            at = end_of_quote(&chars, at);
        } else if c.is_alphabetic() || c == '_' {
            let start = at;
            while next(at).is_alphanumeric() || next(at) == '_' {
                at += 1;
            }
            let word: String = chars[start..at].iter().collect();
            match (word.as_str(), next(at)) {
                ("r" | "br" | "cr", '"' | '#') if raw_begins(&chars, at) => {
                    at = end_of_raw(&chars, at);
                }
                // A raw identifier: `r#type`.
                ("r", '#') => at += 1,
                ("b" | "c", '"') => at = end_of_string(&chars, at),
                ("b", '\'') => at = end_of_quote(&chars, at),
                _ => found.push(word),
            }
        } else if c == ':' && next(at + 1) == ':' {
            found.push("::".to_owned());
            at += 2;
        } else {
            found.push(c.to_string());
            at += 1;
        }
    }
    found
}

fn end_of_comment(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) if depth == 1 => return at + 2,
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

fn end_of_string(chars: &[char], mut at: usize) -> usize {
    at += 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// Behind a character, or behind the quote of a lifetime.
fn end_of_quote(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => {
            let close = chars.iter().skip(at + 3).position(|c| *c == '\'');
            close.map_or(chars.len(), |close| at + 3 + close + 1)
        }
        (Some(_), Some('\'')) => at + 3,
        _ => at + 1,
    }
}

fn raw_begins(chars: &[char], at: usize) -> bool {
    chars[at..].iter().find(|c| **c != '#') == Some(&'"')
}

fn end_of_raw(chars: &[char], at: usize) -> usize {
    let hashes = chars[at..].iter().take_while(|c| **c == '#').count();
    let mut end = at + hashes + 1;
    while end < chars.len() {
        let closes = chars[end] == '"'
            && chars[end + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
        end += 1;
        if closes {
            return end + hashes;
        }
    }
    end
}
