//! Reading values out of nodes; what does not fit is a problem with a place.

use std::collections::BTreeMap;
use std::time::Duration;

use super::diagnostic::{Diagnostic, Problems};
use super::keys::Key;
use super::meant;
use super::node::{Node, Style, Value};
use super::suggest;

/// The entries of a map whose keys are all known.
pub(super) struct Fields<'n> {
    entries: BTreeMap<&'static str, (&'n Node, &'n Node)>,
}

impl<'n> Fields<'n> {
    /// The value of a key.
    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        self.entries.get(name).map(|(_, value)| *value)
    }

    /// The key itself and its value.
    pub(super) fn entry(&self, name: &str) -> Option<(&'n Node, &'n Node)> {
        self.entries.get(name).copied()
    }
}

impl Problems {
    /// The entries of a map, checked against its table.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        table: &'static [Key],
    ) -> Option<Fields<'n>> {
        let entries = self.map(node, what)?;
        let mut fields = Fields {
            entries: BTreeMap::new(),
        };
        for (key, value) in entries {
            let name = key.scalar().unwrap_or_default();
            match table.iter().find(|k| k.name == name) {
                Some(known) => {
                    fields.entries.insert(known.name, (key, value));
                }
                None => {
                    let known: Vec<&str> = table.iter().map(|k| k.name).collect();
                    self.unknown("unknown-key", "key", key, name, &known, what);
                }
            }
        }
        for key in table.iter().filter(|k| k.required) {
            if !fields.entries.contains_key(key.name) {
                let place = node.place.clone();
                let text = format!("{what} needs the key `{}`", key.name);
                let help = format!("{} For example: `{}: {}`", key.doc, key.name, key.example);
                self.push(Diagnostic::error("missing-key", place, text).help(help));
            }
        }
        Some(fields)
    }

    /// The entries of a map.
    pub(super) fn map<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Node, Node)]> {
        match &node.value {
            Value::Map(entries) => Some(entries),
            Value::List(items) if items.iter().all(|item| matches!(item.value, Value::Map(_))) => {
                let text = format!("{what} must be a map (`key: value`), not a list");
                let problem = Diagnostic::error("wrong-kind", node.place.clone(), text);
                self.push(problem.help("leave the dashes out: `key: value`, one a line"));
                None
            }
            _ => {
                self.mismatch(node, what, "a map (`key: value`)");
                None
            }
        }
    }

    /// The items of a list.
    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match &node.value {
            Value::List(items) => Some(items),
            _ => {
                let text = format!("{what} must be a list (`- item`), not {}", node.kind());
                let mut problem = Diagnostic::error("wrong-kind", node.place.clone(), text);
                if matches!(node.value, Value::Map(_)) {
                    problem = problem.help("begin each item with `- `");
                }
                self.push(problem);
                None
            }
        }
    }

    /// One value, or a list of values.
    pub(super) fn one_or_list<'n>(&mut self, node: &'n Node) -> Vec<&'n Node> {
        match &node.value {
            Value::List(items) => items.iter().collect(),
            _ => vec![node],
        }
    }

    /// Text: any scalar, as written.
    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match node.scalar() {
            Some(text) if !node.is_empty() => Some(text),
            _ => {
                self.mismatch(node, what, "text");
                None
            }
        }
    }

    /// A plain decimal integer from 0 to `max`.
    pub(super) fn number(&mut self, node: &Node, what: &str, max: u64) -> Option<u64> {
        let plain = matches!(
            node.value,
            Value::Scalar {
                style: Style::Plain,
                ..
            }
        );
        let text = self.text(node, what)?;
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let padded = text.len() > 1 && text.starts_with('0');
        if !plain || !digits || padded {
            let text = format!("{what} must be a number, not `{}`", short(text));
            let help = "write a plain decimal integer, without sign, unit or leading zeros";
            self.push(Diagnostic::error("not-a-number", node.place.clone(), text).help(help));
            return None;
        }
        match text.parse::<u64>() {
            Ok(n) if n <= max => Some(n),
            _ => {
                let text = format!("{what} must be at most {max}");
                self.error("out-of-range", &node.place, text);
                None
            }
        }
    }

    /// `500 ms`, `2 s`, `1 min`.
    pub(super) fn duration(&mut self, node: &Node, what: &str) -> Option<Duration> {
        let text = self.text(node, what)?;
        let digits = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = (text[..digits].parse::<u64>().ok(), text[digits..].trim());
        let milliseconds = match unit {
            "ms" => Some(1),
            "s" => Some(1000),
            "min" => Some(60_000),
            _ => None,
        };
        let day = 86_400_000;
        match number
            .zip(milliseconds)
            .and_then(|(n, unit)| n.checked_mul(unit))
        {
            Some(n) if n <= day => Some(Duration::from_millis(n)),
            Some(_) => {
                self.error(
                    "out-of-range",
                    &node.place,
                    format!("{what} is longer than a day"),
                );
                None
            }
            None => {
                let text = format!("{what} must be a time, not `{}`", short(text));
                let help = "write a number and `ms`, `s` or `min`, such as `500 ms`";
                self.push(Diagnostic::error("not-a-time", node.place.clone(), text).help(help));
                None
            }
        }
    }

    /// `yes` or `no`.
    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        match self.word(node, what, &["yes", "no", "true", "false"])? {
            "yes" | "true" => Some(true),
            _ => Some(false),
        }
    }

    /// One of a few words.
    pub(super) fn word<'w>(
        &mut self,
        node: &Node,
        what: &str,
        words: &[&'w str],
    ) -> Option<&'w str> {
        let text = self.text(node, what)?;
        let found = words.iter().find(|w| **w == text);
        if found.is_none() {
            self.unknown("unknown-word", what, node, text, words, "");
        }
        found.copied()
    }

    /// A name that is not known.
    pub(super) fn unknown(
        &mut self,
        code: &'static str,
        what: &str,
        node: &Node,
        name: &str,
        known: &[&str],
        of: &str,
    ) {
        if self.is_full(&node.place) {
            return;
        }
        let of = if of.is_empty() {
            String::new()
        } else {
            format!(" in {of}")
        };
        let text = format!("unknown {what} `{}`{of}", short(name));
        let mut problem = Diagnostic::error(code, node.place.clone(), text);
        let nearest = suggest::nearest(name, known.iter().copied());
        let meant = nearest.or_else(|| meant::key(name, known).filter(|_| code == "unknown-key"));
        problem.help = match meant {
            Some(word) => Some(format!("did you mean `{word}`?")),
            None => suggest::did_you_mean(name, known).or_else(|| otherwise(code)),
        };
        self.push(problem);
    }

    /// A value of the wrong kind.
    pub(super) fn mismatch(&mut self, node: &Node, what: &str, wanted: &str) {
        let text = format!("{what} must be {wanted}, not {}", node.kind());
        self.error("wrong-kind", &node.place, text);
    }
}

/// Where the names are to be found that are too many to say.
fn otherwise(code: &str) -> Option<String> {
    let help = match code {
        "unknown-requirement" | "unknown-purpose" => "`ch2spec explain` lists what there is",
        "unknown-key" => {
            "docs/reference.md has every key, `ch2spec schema` all of them for an editor"
        }
        "unknown-ics" => "the reference has all of them, under Names",
        "unknown-avp" => "AVPs have the names of RFC 6733, RFC 8506 and 3GPP TS 32.299",
        _ => return None,
    };
    Some(help.to_owned())
}

/// So much of a text as fits into a message.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", &text[..at]),
    }
}
