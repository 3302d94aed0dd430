//! The keys of a step, its checks under whole paths, and what is taken from them.

use std::collections::BTreeSet;

use crate::scenario::{
    Action, Check, Node, Outgoing, Step, Style, Target, Value, is_ledger, is_matcher,
};

use super::super::{Draft, REFERRING, labels, yaml};
use super::lines::Told;

/// The keys of a step.
pub(super) fn written(step: &Step, told: &Told<'_>) -> Draft {
    let mut draft = Draft::default();
    let receives = matches!(step.action, Action::Receive { .. });
    let bytes = match &step.action {
        Action::Send { message, .. } => match message {
            Outgoing::Bytes { exact, .. } => Some(exact.bytes.clone()),
            Outgoing::MsrpSend { body, .. } => Some(body.clone()),
            Outgoing::SipRequest { body, .. } => body.as_ref().map(|body| body.bytes.clone()),
            _ => None,
        },
        _ => None,
    };
    // Where it was present each time, it is to be present.
    let firmly = |wanted: &str, node: &Node| {
        let of = |check: &Check| name_of(&check.target).eq_ignore_ascii_case(wanted);
        let at = step.checks.iter().position(of);
        match at.is_some_and(|at| told.stood(at)) {
            true => firm(node),
            false => node.clone(),
        }
    };
    for (key, value) in &step.written {
        match *key {
            "avps" if receives => avps(value, "", None, &firmly, &mut draft.avps),
            "headers" if receives => {
                if let Value::Map(entries) = &value.value {
                    let entry = |(name, matcher): &(Node, Node)| {
                        let own = name.scalar().unwrap_or_default();
                        (yaml::node(name), yaml::node(&firmly(own, matcher)))
                    };
                    draft.headers.extend(entries.iter().map(entry));
                }
            }
            // A file beside the flow is not beside what is written.
            "file" | "body file" => {
                let octets = bytes.clone().unwrap_or_default();
                let pairs: Vec<String> = octets.iter().map(|b| format!("{b:02x}")).collect();
                let key = if *key == "file" { "hex" } else { "body hex" };
                draft.keys.push((key, format!("\"{}\"", pairs.join(" "))));
            }
            key if receives => draft.keys.push((key, yaml::node(&firmly(key, value)))),
            key => draft.keys.push((key, yaml::node(value))),
        }
    }
    draft
}

/// What a check is about, as its key words it.
pub(super) fn name_of(target: &Target) -> &str {
    match target {
        Target::Avp { name, .. } | Target::Header { name } => name,
        Target::UsedUnits => "used units",
        Target::RequestedUnits => "requested units",
        Target::Body => "body",
        Target::Reason => "reason",
    }
}

/// A matcher without its `if present`.
fn firm(node: &Node) -> Node {
    const WORDS: [&str; 3] = ["present", "absent", "any"];
    let Value::Map(entries) = &node.value else {
        return node.clone();
    };
    let mut firm = Vec::new();
    for (key, value) in entries {
        match (&value.value, key.scalar()) {
            (Value::Map(inner), Some("if present")) => firm.extend(inner.iter().cloned()),
            (Value::Scalar { text, .. }, Some("if present")) => {
                if WORDS.contains(&text.as_ref()) {
                    return node.clone();
                }
                let mut equals = key.clone();
                equals.value = Value::Scalar {
                    text: "equals".into(),
                    style: Style::Plain,
                };
                firm.push((equals, value.clone()));
            }
            _ => firm.push((key.clone(), value.clone())),
        }
    }
    Node {
        value: Value::Map(firm),
        place: node.place.clone(),
    }
}

/// Each matcher of `avps` under its whole path.
fn avps(
    node: &Node,
    above: &str,
    behind: Option<&Node>,
    firmly: &dyn Fn(&str, &Node) -> Node,
    out: &mut Vec<(String, String)>,
) {
    let Value::Map(entries) = &node.value else {
        return;
    };
    let own = entries
        .iter()
        .find(|(key, _)| key.scalar() == Some("requirement"));
    let behind = own
        .map(|(_, value)| value)
        .filter(|_| !above.is_empty())
        .or(behind);
    for (key, value) in entries {
        let name = key.scalar().unwrap_or_default();
        if !above.is_empty() && name == "requirement" {
            continue;
        }
        let names = name.split('/').map(str::trim);
        let name = names.collect::<Vec<_>>().join(" / ");
        let path = match above {
            "" => name,
            _ => format!("{above} / {name}"),
        };
        if matches!(value.value, Value::Map(_)) && !is_matcher(value) {
            avps(value, &path, behind, firmly, out);
            continue;
        }
        let text = yaml::node(&firmly(&path, value));
        let text = match behind {
            Some(_) if text.contains("requirement: ") => text,
            Some(behind) => {
                let inner = match text.strip_prefix("{ ").and_then(|t| t.strip_suffix(" }")) {
                    Some(inner) => inner.to_owned(),
                    None => format!("equals: {text}"),
                };
                format!("{{ {inner}, requirement: {} }}", yaml::node(behind))
            }
            None => text,
        };
        out.push((path, text));
    }
}

/// Whether a step answers or repeats one that is not there.
pub(super) fn lost(draft: &Draft, known: &BTreeSet<String>) -> bool {
    let Some((action, value)) = draft.keys.first() else {
        return true;
    };
    if action.ends_with("sends again") {
        return !known.contains(value.trim_matches('"'));
    }
    let silence = action.ends_with("nothing");
    draft.keys.iter().any(|(key, value)| {
        (*key == "for" && !silence || *key == "repeats") && !known.contains(value.trim_matches('"'))
    })
}

impl Draft {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let found = self.keys.iter().find(|(known, _)| *known == key);
        found.map(|(_, value)| value.as_str())
    }

    /// Takes a key away.
    pub(super) fn take(&mut self, key: &str) -> Option<String> {
        let at = self.keys.iter().position(|(known, _)| *known == key)?;
        Some(self.keys.remove(at).1)
    }

    /// What a check asks for.
    pub(super) fn matcher(&mut self, target: &Target) -> Option<&mut String> {
        let found = |(_, matcher)| Some(matcher);
        match target {
            Target::Avp { name, .. } => {
                let mut all = self.avps.iter_mut().map(|(path, matcher)| (path, matcher));
                all.find(|(path, _)| *path == name).and_then(found)
            }
            Target::Header { name } => {
                let mut all = self
                    .headers
                    .iter_mut()
                    .map(|(path, matcher)| (path, matcher));
                let same = |path: &str| path.trim_matches('"').eq_ignore_ascii_case(name);
                all.find(|(path, _)| same(path)).and_then(found)
            }
            Target::UsedUnits => self.value("used units"),
            Target::RequestedUnits => self.value("requested units"),
            Target::Body => self.value("body"),
            Target::Reason => self.value("reason"),
        }
    }

    fn value(&mut self, key: &str) -> Option<&mut String> {
        let found = self.keys.iter_mut().find(|(known, _)| *known == key);
        found.map(|(_, value)| value)
    }

    /// Takes a check away.
    pub(super) fn uncheck(&mut self, target: &Target) {
        match target {
            Target::Avp { name, .. } => self.avps.retain(|(path, _)| path != name),
            Target::Header { name } => self
                .headers
                .retain(|(path, _)| !path.trim_matches('"').eq_ignore_ascii_case(name)),
            Target::UsedUnits => drop(self.take("used units")),
            Target::RequestedUnits => drop(self.take("requested units")),
            Target::Body => drop(self.take("body")),
            Target::Reason => drop(self.take("reason")),
        }
    }

    /// Forgets labels that nothing has.
    pub(super) fn forget(&mut self, known: &BTreeSet<String>) {
        let silence = self
            .keys
            .first()
            .is_some_and(|(key, _)| key.ends_with("nothing"));
        self.keys.retain_mut(|(key, value)| {
            if !REFERRING.contains(key) || (*key == "for" && silence) {
                return !captures_lost(value, known);
            }
            let mut left = labels(value);
            left.retain(|label| known.contains(*label));
            let left: Vec<String> = left.iter().map(|l| yaml::text(l).into_owned()).collect();
            *value = match left.as_slice() {
                [] => return false,
                [one] => one.clone(),
                _ => format!("[{}]", left.join(", ")),
            };
            true
        });
        let keeps = |(_, matcher): &(String, String)| !captures_lost(matcher, known);
        self.avps.retain(keeps);
        self.headers.retain(keeps);
    }
}

/// Whether a value refers to a field of a step that is not there.
fn captures_lost(value: &str, known: &BTreeSet<String>) -> bool {
    if !value.starts_with(['$', '{']) {
        return false;
    }
    let inner = value.trim_start_matches("{ ");
    let words = inner
        .split([':', ',', '['])
        .map(|word| word.trim().trim_matches('"'));
    let mut captured = words.filter_map(|word| word.strip_prefix('$')?.split_once('.'));
    captured.any(|(label, field)| {
        let own = ["client", "far-end", "enabler", "ixit"].contains(&label)
            || label.starts_with('$')
            || field.starts_with("client.")
            || field.starts_with("far-end.")
            || is_ledger(label)
            || is_ledger(field.split('.').next().unwrap_or_default());
        !own && !known.contains(label.trim())
    })
}
