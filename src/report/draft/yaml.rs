//! Text as YAML of the language.

use std::borrow::Cow;
use std::fmt::Write;

use crate::report::escape;

/// `text` as a scalar that reads back as exactly that text, whatever it holds.
pub fn text(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
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
    Cow::Owned(quoted)
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

/// A step with its comments above it.
pub(super) fn step(
    out: &mut String,
    comments: &[String],
    keys: &[&(&'static str, String)],
    avps: &[(String, String)],
) {
    for line in comments {
        let _ = writeln!(out, "  # {}", comment(line));
    }
    for (index, (key, value)) in keys.iter().enumerate() {
        let lead = if index == 0 { "  - " } else { "    " };
        // What is asked for stands before what stands behind it.
        if key.starts_with("requirement") {
            matchers(out, avps);
        }
        let _ = writeln!(out, "{lead}{key}: {value}");
    }
    if !keys.iter().any(|(key, _)| key.starts_with("requirement")) {
        matchers(out, avps);
    }
}

fn matchers(out: &mut String, avps: &[(String, String)]) {
    if avps.is_empty() {
        return;
    }
    out.push_str("    avps:\n");
    for (path, matcher) in avps {
        let _ = writeln!(out, "      {path}: {matcher}");
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
