//! Text as YAML of the language.

use std::borrow::Cow;
use std::fmt::Write;

use crate::report::escape;
use crate::scenario::{Node, Style, Value};

use super::Draft;

/// `text` as a scalar that reads back as exactly that text, whatever it holds.
pub fn text(text: &str) -> Cow<'_, str> {
    match is_plain(text) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(quoted(text)),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 8);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if !escape::is_hostile(c) => quoted.push(c),
            // Writing to a String cannot fail.
            _ => {
                let _ = match u32::from(c) {
                    code @ 0..=0xff => write!(quoted, "\\x{code:02X}"),
                    code @ 0x100..=0xffff => write!(quoted, "\\u{code:04X}"),
                    code => write!(quoted, "\\U{code:08X}"),
                };
            }
        }
    }
    quoted.push('"');
    quoted
}

/// A tree of an author's own, on one line.
pub(super) fn node(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, style } => match style {
            Style::Plain if !text.contains([',', '[', ']', '{', '}', '\n']) => text.to_string(),
            _ => quoted(text),
        },
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(self::node).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entry =
                |(key, value): &(Node, Node)| format!("{}: {}", self::node(key), self::node(value));
            let entries: Vec<String> = entries.iter().map(entry).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// `words` as a value of the language: what begins with `$` is text and no reference.
pub(super) fn value(words: &str) -> String {
    match words.strip_prefix('$') {
        Some(rest) => text(&format!("$${rest}")).into_owned(),
        None => text(words).into_owned(),
    }
}

/// `text` as the rest of a comment line.
pub(super) fn comment(text: &str) -> String {
    escape::clipped(text, 200)
}

/// A step with its comments above it, `indent` columns in.
pub(super) fn step(out: &mut String, indent: usize, step: &Draft) {
    for line in &step.comments {
        let _ = writeln!(out, "{:indent$}# {}", "", comment(line));
    }
    for (index, (key, value)) in step.keys.iter().enumerate() {
        let lead = if index == 0 { "- " } else { "  " };
        // What is asked for stands before what stands behind it.
        if key.starts_with("requirement") {
            matchers(out, indent, step);
        }
        let _ = writeln!(out, "{:indent$}{lead}{key}: {value}", "");
    }
    if !step
        .keys
        .iter()
        .any(|(key, _)| key.starts_with("requirement"))
    {
        matchers(out, indent, step);
    }
}

fn matchers(out: &mut String, indent: usize, step: &Draft) {
    for (name, entries) in [("avps", &step.avps), ("headers", &step.headers)] {
        if entries.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{:indent$}  {name}:", "");
        for (path, matcher) in entries {
            let _ = writeln!(out, "{:indent$}    {path}: {matcher}", "");
        }
    }
}

/// True for text that needs no quotes, here and for other readers of YAML.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 13] = [
        "yes", "no", "on", "off", "true", "false", "null", "y", "n", "present", "absent", "any",
        "none",
    ];
    let sound = |c: char| c.is_ascii_alphanumeric() || " _./@+-".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(sound)
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}
