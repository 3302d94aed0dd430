//! A step as a file without fragments would have it.
//!
//! Its keys and values are those of the file, parameters put in their places, except that labels are
//! the ones that a single file can write: where the whole scenario knows a step as `debit#2`, it is
//! `debit 2` here, in the step itself and wherever another one refers to it. What the uses of
//! fragments add (`session`, `under`, `when`) stands in the step's own fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::expr::{is_identity, is_ledger};
use super::labels::Labels;
use super::lower::Lowering;
use super::model::{Action, Outgoing, Place};
use super::node::{Node, Style, Value};
use super::step_keys::StepKind;
use super::unfold::Raw;

/// Keys that only say where a step belongs.
const CONDITIONS: [&str; 3] = ["session", "under", "when"];

impl Lowering<'_> {
    /// The keys of the step that is being read, the action's first.
    pub(super) fn written(&self, raw: &Raw, action: &Action) -> Vec<(&'static str, Node)> {
        let kind = self.heads[self.current].as_ref().map(|head| head.kind);
        let head = match kind {
            Some(StepKind::SendAgain) => self.label_in(raw, &raw.value),
            _ => raw.value.clone(),
        };
        let mut keys = vec![(raw.action.name, head)];
        for (known, _, value) in &raw.rest {
            let name = known.key.name;
            let value = match name {
                _ if CONDITIONS.contains(&name) => continue,
                // Said below, where there is one.
                "as" => continue,
                "for" if kind != Some(StepKind::Nothing) => self.label_in(raw, value),
                "after" | "before" | "hold until" | "repeats" => self.label_in(raw, value),
                _ => self.references_in(raw, value),
            };
            keys.push((name, value));
        }
        if let Some(label) = self.labels.global(self.current) {
            keys.push(("as", scalar(self.plain.of(label), &raw.place)));
        }
        if let Action::Send {
            message: Outgoing::Response { answers, .. },
            ..
        } = action
            && raw.get("for").is_none()
        {
            keys.push(("for", scalar(self.plain.of(answers), &raw.place)));
        }
        keys
    }

    /// A label, or a list of them.
    fn label_in(&self, raw: &Raw, node: &Node) -> Node {
        match &node.value {
            Value::List(items) => {
                let items = items.iter().map(|item| self.label_in(raw, item));
                with(node, Value::List(items.collect()))
            }
            Value::Scalar { text, .. } => match self.meant(raw, text) {
                Some(label) => scalar(label, &node.place),
                None => node.clone(),
            },
            Value::Map(_) => node.clone(),
        }
    }

    /// A value with the labels of `$label.Field` in it, wherever they stand.
    fn references_in(&self, raw: &Raw, node: &Node) -> Node {
        match &node.value {
            Value::List(items) => {
                let items = items.iter().map(|item| self.references_in(raw, item));
                with(node, Value::List(items.collect()))
            }
            Value::Map(entries) => {
                let entry = |(key, value): &(Node, Node)| {
                    let value = match key.scalar() {
                        Some("pattern") => value.clone(),
                        _ => self.references_in(raw, value),
                    };
                    (key.clone(), value)
                };
                with(node, Value::Map(entries.iter().map(entry).collect()))
            }
            Value::Scalar { text, style } => {
                let field = text.strip_prefix('$').and_then(|rest| rest.split_once('.'));
                let label = field.and_then(|(head, field)| {
                    let first = field.split('.').next().unwrap_or_default();
                    // Of a session, which a label may be called like.
                    let known = is_identity(field) || is_ledger(first) || head.starts_with('$');
                    let label = self.meant(raw, head.trim()).filter(|_| !known)?;
                    Some(format!("${label}.{field}"))
                });
                let Some(text) = label else {
                    return node.clone();
                };
                let (text, style) = (Arc::from(text), *style);
                with(node, Value::Scalar { text, style })
            }
        }
    }

    /// The name in one file of the step that a label means in a step's scope.
    fn meant(&self, raw: &Raw, label: &str) -> Option<&str> {
        let steps = self.labels.find(raw.scope, label);
        let global = self.labels.global(*steps.first()?)?;
        Some(self.plain.of(global))
    }
}

/// Names that a file can write, by those of the whole scenario that it cannot.
#[derive(Debug, Default)]
pub(super) struct Plain(BTreeMap<String, String>);

impl Plain {
    /// Of the labels of `steps` steps.
    pub(super) fn new(labels: &Labels, steps: usize) -> Plain {
        let all = || (0..steps).filter_map(|step| labels.global(step));
        let mut names = BTreeMap::new();
        for label in all() {
            let Some((own, number)) = label.split_once('#') else {
                continue;
            };
            if names.contains_key(label) {
                continue;
            }
            let own = if own.is_empty() { "request" } else { own };
            let candidates = std::iter::once(format!("{own} {number}"))
                .chain((2..).map(|more| format!("{own} {number}-{more}")));
            let taken = |name: &String| {
                all().any(|other| other == name) || names.values().any(|other| other == name)
            };
            let name = candidates.into_iter().find(|name| !taken(name));
            names.insert(label.to_owned(), name.unwrap_or_default());
        }
        Plain(names)
    }

    fn of<'p>(&'p self, label: &'p str) -> &'p str {
        self.0.get(label).map_or(label, String::as_str)
    }
}

fn with(node: &Node, value: Value) -> Node {
    Node {
        value,
        place: node.place.clone(),
    }
}

fn scalar(text: &str, place: &Place) -> Node {
    Node {
        value: Value::Scalar {
            text: Arc::from(text),
            style: Style::Plain,
        },
        place: place.clone(),
    }
}
