//! Fragments: files that hold steps to be used by name, and their parameters.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Problems};
use super::ixit::ixit_kind;
use super::keys::{FRAGMENT, LANGUAGE_VERSION, PARAMETER, PARAMETER_TYPES};
use super::model::Place;
use super::node::{Node, Value};
use super::reader::short;
use super::step_keys::{ACTION, STEP};

/// A fragment file.
#[derive(Debug)]
pub(super) struct Fragment {
    pub(super) name: String,
    pub(super) parameters: Vec<Parameter>,
    /// The list of steps, as written.
    pub(super) steps: Node,
    /// Where its name stands.
    pub(super) place: Place,
}

/// A parameter of a fragment.
#[derive(Debug)]
pub(super) struct Parameter {
    name: String,
    kind: &'static str,
    default: Option<Node>,
    place: Place,
}

/// The fragments that a file can use, the nearest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf {
    pub(super) layers: Vec<Arc<BTreeMap<String, Arc<Fragment>>>>,
}

impl Shelf {
    pub(super) fn find(&self, name: &str) -> Option<&Arc<Fragment>> {
        self.layers.iter().find_map(|layer| layer.get(name))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.layers
            .iter()
            .flat_map(|layer| layer.keys().map(String::as_str))
    }
}

impl Fragment {
    /// Reads a fragment file.
    pub(super) fn read(root: &Node, problems: &mut Problems) -> Option<Fragment> {
        problems.version(root)?;
        let fields = problems.fields(root, "a fragment", FRAGMENT)?;
        let name_node = fields.get("fragment")?;
        let name = problems.text(name_node, "`fragment`")?;
        let taken = ACTION
            .iter()
            .chain(STEP.iter().map(|k| &k.key))
            .any(|k| k.name == name);
        if taken {
            let text = format!("`{}` is a key of the language", short(name));
            problems.error("reserved-name", &name_node.place, text);
            return None;
        }
        let parameters = match fields.get("parameters") {
            Some(node) => problems.parameters(node),
            None => Vec::new(),
        };
        let steps = fields.get("steps")?;
        let items = problems.list(steps, "`steps`")?;
        if items.is_empty() {
            problems.error("empty-flow", &steps.place, "a fragment without steps");
        }
        for parameter in parameters.iter().filter(|p| !mentions(steps, &p.name)) {
            let text = format!("no step says `${}`", parameter.name);
            let help = "leave the parameter out, or use it";
            let problem = Diagnostic::warning("unused-parameter", parameter.place.clone(), text);
            problems.push(problem.help(help));
        }
        let place = name_node.place.clone();
        Some(Fragment {
            name: name.to_owned(),
            parameters,
            steps: steps.clone(),
            place,
        })
    }

    /// The fragment's steps with its parameters filled in.
    pub(super) fn fill(&self, place: &Place, given: &Node, problems: &mut Problems) -> Node {
        let mut bound: BTreeMap<&str, Node> = BTreeMap::new();
        let entries: &[(Node, Node)] = match &given.value {
            Value::Map(entries) => entries,
            _ if given.is_empty() => &[],
            _ => {
                let what = format!("what follows `{}`", self.name);
                problems.mismatch(given, &what, "a map of parameters (`{ name: value }`)");
                &[]
            }
        };
        for (key, value) in entries {
            let name = key.scalar().unwrap_or_default();
            match self.parameters.iter().find(|p| p.name == name) {
                Some(parameter) => {
                    let sound = problems.argument(parameter, value);
                    bound.insert(
                        &parameter.name,
                        if sound {
                            value.clone()
                        } else {
                            parameter.sample(place)
                        },
                    );
                }
                None if matches!(name, "session" | "under" | "when") => {
                    let text = format!("`{name}` is a key of the step, and no parameter");
                    let problem = Diagnostic::error("unknown-parameter", key.place.clone(), text);
                    let help = format!(
                        "write it below `{}:`, in the same column, and not inside it",
                        self.name
                    );
                    problems.push(problem.help(help));
                }
                None => {
                    let known: Vec<_> = self.parameters.iter().map(|p| p.name.as_str()).collect();
                    let of = format!("fragment `{}`", self.name);
                    problems.unknown("unknown-parameter", "parameter", key, name, &known, &of);
                }
            }
        }
        for parameter in &self.parameters {
            if bound.contains_key(parameter.name.as_str()) {
                continue;
            }
            if parameter.default.is_none() {
                let text = format!("`{}` needs the parameter `{}`", self.name, parameter.name);
                problems.push(
                    Diagnostic::error("missing-parameter", place.clone(), text)
                        .note("declared here", Some(self.place.clone())),
                );
            }
            let value = parameter
                .default
                .clone()
                .unwrap_or_else(|| parameter.sample(place));
            bound.insert(&parameter.name, value);
        }
        substitute(&self.steps, &bound)
    }

    /// A use with a value for each parameter that has no default: for checking the file by itself.
    pub(super) fn sample_use(&self) -> Node {
        let entries = self
            .parameters
            .iter()
            .filter(|p| p.default.is_none())
            .map(|p| (scalar(&p.name, &self.place), p.sample(&self.place)))
            .collect();
        Node {
            value: Value::Map(entries),
            place: self.place.clone(),
        }
    }
}

impl Parameter {
    /// Some value of its type.
    fn sample(&self, place: &Place) -> Node {
        let text = match self.kind {
            "number" | "units" => "1",
            "duration" => "1 ms",
            _ => "text",
        };
        scalar(text, place)
    }
}

impl Problems {
    /// The version of the language a file is written in, which every file states.
    ///
    /// Looked at first: of a newer language nothing else can be said. A file that states none goes
    /// on, and is told with its other missing keys.
    pub(super) fn version(&mut self, root: &Node) -> Option<()> {
        let Value::Map(entries) = &root.value else {
            return Some(());
        };
        let stated = entries
            .iter()
            .find(|(key, _)| key.scalar() == Some("ch2spec"));
        let Some((_, node)) = stated else {
            return Some(());
        };
        let version = self.number(node, "`ch2spec`", u64::from(u32::MAX))?;
        if version == LANGUAGE_VERSION {
            return Some(());
        }
        let text = match version {
            0 => "there is no version 0 of the language".to_owned(),
            n => format!("version {n} of the language is newer than this program"),
        };
        let help = format!("this program reads version {LANGUAGE_VERSION}: get a newer one");
        let problem = Diagnostic::error("unsupported-version", node.place.clone(), text);
        self.push(problem.help(help));
        None
    }

    fn parameters(&mut self, node: &Node) -> Vec<Parameter> {
        let Some(entries) = self.map(node, "`parameters`") else {
            return Vec::new();
        };
        let mut parameters = Vec::new();
        for (key, value) in entries {
            let name = key.scalar().unwrap_or_default();
            let sound = name.starts_with(|c: char| c.is_ascii_lowercase())
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            if !sound {
                let text = format!("`{}` cannot be the name of a parameter", short(name));
                let help = "lower-case letters, digits and `-`, a letter first";
                let problem = Diagnostic::error("bad-name", key.place.clone(), text);
                self.push(problem.help(help));
            }
            let Some(fields) = self.fields(value, "a parameter", PARAMETER) else {
                continue;
            };
            let Some(kind) = fields.get("type") else {
                continue;
            };
            let Some(kind) = self.word(kind, "type", PARAMETER_TYPES) else {
                continue;
            };
            let mut parameter = Parameter {
                name: name.to_owned(),
                kind,
                default: None,
                place: key.place.clone(),
            };
            if let Some(default) = fields.get("default") {
                if self.argument(&parameter, default) {
                    parameter.default = Some(default.clone());
                } else {
                    parameter.default = Some(parameter.sample(&default.place));
                }
            }
            parameters.push(parameter);
        }
        parameters
    }

    /// Whether a value fits a parameter.
    fn argument(&mut self, parameter: &Parameter, value: &Node) -> bool {
        let what = format!("`{}`", parameter.name);
        let Some(text) = self.text(value, &what) else {
            return false;
        };
        if let Some(reference) = text.strip_prefix('$').filter(|r| !r.starts_with('$')) {
            let head = reference.split('.').next().unwrap_or_default();
            if reference.contains('.')
                && !matches!(head, "ixit" | "client" | "far-end")
                && !super::expr::is_ledger(head)
            {
                let text = "a reference to a step cannot be given to a fragment";
                let help = "a fragment knows its own steps, the ledger, `$ixit` and the parties";
                let problem = Diagnostic::error("step-in-argument", value.place.clone(), text);
                self.push(problem.help(help));
                return false;
            }
            if parameter.kind == "duration" && head == "ixit" {
                return self.length(value, &what).is_some();
            }
            let ixit = reference.strip_prefix("ixit.").and_then(ixit_kind);
            let number = super::expr::is_ledger(head) || ixit.is_some_and(|kind| kind.is_number());
            return match parameter.kind {
                "units" | "number" if !number => {
                    self.mismatch(value, &what, "a number, or a reference to one");
                    false
                }
                "duration" => {
                    self.mismatch(value, &what, "a time, such as `500 ms`");
                    false
                }
                _ => true,
            };
        }
        match parameter.kind {
            "number" | "units" => self.number(value, &what, u64::MAX).is_some(),
            "duration" => self.duration(value, &what).is_some(),
            _ => true,
        }
    }
}

/// Puts what is bound in the place of `$name`.
fn substitute(node: &Node, bound: &BTreeMap<&str, Node>) -> Node {
    let value = match &node.value {
        Value::Scalar { text, .. } => {
            return match text.strip_prefix('$').and_then(|name| bound.get(name)) {
                Some(value) => value.clone(),
                None => node.clone(),
            };
        }
        Value::List(items) => Value::List(items.iter().map(|n| substitute(n, bound)).collect()),
        Value::Map(entries) => Value::Map(
            entries
                .iter()
                .map(|(k, v)| (k.clone(), substitute(v, bound)))
                .collect(),
        ),
    };
    Node {
        value,
        place: node.place.clone(),
    }
}

/// Whether `$name` stands in the place of a value.
fn mentions(node: &Node, name: &str) -> bool {
    match &node.value {
        Value::Scalar { text, .. } => text.strip_prefix('$') == Some(name),
        Value::List(items) => items.iter().any(|item| mentions(item, name)),
        Value::Map(entries) => entries.iter().any(|(_, value)| mentions(value, name)),
    }
}

fn scalar(text: &str, place: &Place) -> Node {
    let value = Value::Scalar {
        text: Arc::from(text),
        style: super::node::Style::Plain,
    };
    Node {
        value,
        place: place.clone(),
    }
}
