//! The binding profile: how CH-2 maps to Diameter on a server.

use std::collections::HashMap;
use std::path::Path;

use crate::ch2::{Binding, Unit, UnitsAt, ZeroUsage};

use super::diagnostic::{Diagnostic, Problems};
use super::model::Source;
use super::node::{self, Node, Value};
use super::reader::short;
use super::sut_keys::BINDING;

impl Problems {
    /// `binding:`, a map, or the name of a file beside the description that holds one.
    pub(super) fn binding(&mut self, node: &Node, source: &Source) -> Option<Binding> {
        if matches!(node.value, Value::Map(_)) {
            return self.binding_map(node);
        }
        let name = self.text(node, "`binding`")?;
        if name == Binding::default().name {
            return Some(Binding::default());
        }
        if !name.ends_with(".yaml") && !name.ends_with(".yml") {
            let text = format!("no binding is called `{}`", short(name));
            let help = "write `ro-messages`, the name of a `.yaml` file, or a map";
            let problem = Diagnostic::error("unknown-binding", node.place.clone(), text);
            self.push(problem.help(help));
            return None;
        }
        let beside = Path::new(&source.path)
            .parent()
            .unwrap_or(Path::new(""))
            .join(name);
        match Source::read(&beside) {
            Ok(source) => {
                let root = node::parse(&source, self)?;
                self.binding_map(&root)
            }
            Err(problem) => {
                self.push(problem.note("named here", Some(node.place.clone())));
                None
            }
        }
    }

    fn binding_map(&mut self, node: &Node) -> Option<Binding> {
        let fields = self.fields(node, "a binding", BINDING)?;
        let mut binding = Binding::default();
        if let Some(text) = fields.get("name").and_then(|n| self.text(n, "`name`")) {
            binding.name = text.to_owned();
        } else {
            binding.name = "own".to_owned();
        }
        let types = [
            ("start", &mut binding.start),
            ("interim", &mut binding.interim),
            ("stop", &mut binding.stop),
            ("event", &mut binding.event),
        ];
        let mut taken: HashMap<u32, &str> = HashMap::new();
        for (name, value) in types {
            if let Some(node) = fields.get(name) {
                *value = self.request_type(node, name).unwrap_or(*value);
                if let Some(other) = taken.get(value) {
                    let text = format!("`{name}` and `{other}` cannot be told apart");
                    self.error("contradiction", &node.place, text);
                }
            }
            taken.insert(*value, name);
        }
        if let Some(node) = fields.get("unit") {
            let names = Unit::ALL.map(Unit::name);
            let word = self.word(node, "unit", &names);
            binding.unit = Unit::ALL
                .into_iter()
                .find(|unit| Some(unit.name()) == word)
                .unwrap_or_default();
        }
        if let Some(node) = fields.get("units at") {
            binding.units_at = match self.word(node, "`units at`", &["command", "mscc", "either"]) {
                Some("command") => UnitsAt::Command,
                Some("mscc") => UnitsAt::Mscc,
                _ => UnitsAt::Either,
            };
        }
        if let Some(node) = fields.get("zero usage") {
            binding.zero_usage = match self.word(node, "`zero usage`", &["omit", "zero", "either"])
            {
                Some("omit") => ZeroUsage::Omit,
                Some("zero") => ZeroUsage::Zero,
                _ => ZeroUsage::Either,
            };
        }
        if let Some(node) = fields.get("service context id") {
            let text = self.text(node, "`service context id`")?;
            binding.service_context_id = Some(text.to_owned());
        }
        if let Some(node) = fields.get("dictionary") {
            let names = crate::diameter::Dictionary::profiles().map(|d| d.profile);
            let word = self.word(node, "dictionary", &names).unwrap_or(names[0]);
            binding.dictionary = word.to_owned();
        }
        Some(binding)
    }

    /// A CC-Request-Type, by name or number.
    fn request_type(&mut self, node: &Node, what: &str) -> Option<u32> {
        const NAMES: &[&str] = &[
            "INITIAL_REQUEST",
            "UPDATE_REQUEST",
            "TERMINATION_REQUEST",
            "EVENT_REQUEST",
        ];
        let text = self.text(node, what)?;
        if let Some(at) = NAMES.iter().position(|name| *name == text) {
            return u32::try_from(at + 1).ok();
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            let number = self.number(node, &format!("`{what}`"), 0x7fff_ffff)?;
            return u32::try_from(number).ok();
        }
        self.unknown("unknown-word", "CC-Request-Type", node, text, NAMES, "");
        None
    }
}
