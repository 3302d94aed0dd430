//! Blocks, steps that hold steps: `any order`, `one of` and `repeat`.

use super::diagnostic::Diagnostic;
use super::model::{Branch, Choice};
use super::node::{Node, Value};
use super::step_keys::{ALTERNATIVE, MAX_ROUNDS, StepKey};
use super::unfold::{Around, Unfolding};

impl Unfolding<'_> {
    /// Takes the steps of a block. `around` holds its own conditions already.
    pub(super) fn block(
        &mut self,
        name: &'static str,
        (key, value): (&Node, &Node),
        rest: &[(&'static StepKey, Node, Node)],
        around: &Around,
    ) {
        let steps = |known: &StepKey| name == "repeat" && known.key.name == "steps";
        for (known, key, _) in rest {
            if !matches!(known.key.name, "under" | "when" | "session") && !steps(known) {
                let text = format!("`{}` cannot stand on `{name}`", known.key.name);
                let problem = Diagnostic::error("key-not-here", key.place.clone(), text)
                    .help("only `under`, `when` and `session` can; say it on the steps inside");
                self.problems.push(problem);
            }
        }
        match name {
            "any order" => self.any_order(value, around),
            "one of" => self.one_of(key, value, around),
            _ => {
                let steps = rest.iter().find(|(known, ..)| steps(known));
                self.repeat(value, steps.map(|(_, _, node)| node), key, around);
            }
        }
    }

    fn any_order(&mut self, value: &Node, around: &Around) {
        let Some(items) = self.some_steps(value, "`any order`") else {
            return;
        };
        // A block inside another one asks for no order either way.
        let number = around.any_order.unwrap_or(self.any_orders);
        self.any_orders += 1;
        let inner = Around {
            any_order: Some(number),
            ..around.clone()
        };
        items.iter().for_each(|item| self.step(item, &inner));
    }

    fn one_of(&mut self, key: &Node, value: &Node, around: &Around) {
        if around.branch.is_some() {
            let text = "a choice inside an alternative of another choice";
            let problem = Diagnostic::error("nested-choice", key.place.clone(), text)
                .help("write each way through as an alternative of the outer one");
            self.problems.push(problem);
            return;
        }
        let Some(items) = self.problems.list(value, "`one of`") else {
            return;
        };
        if items.len() < 2 {
            let text = "a choice needs at least two alternatives";
            let problem = Diagnostic::error("few-alternatives", value.place.clone(), text)
                .help("`optional: yes` is for one message that may come or not");
            self.problems.push(problem);
        }
        let choice = self.choices.len();
        self.choices.push(Choice {
            names: vec![None; items.len()],
            place: key.place.clone(),
            used_at: around.used_at.clone(),
        });
        for (alternative, item) in items.iter().enumerate() {
            let Some((name, steps)) = self.alternative(item) else {
                continue;
            };
            self.choices[choice].names[alternative] = name;
            let inner = Around {
                branch: Some(Branch {
                    choice,
                    alternative,
                }),
                ..around.clone()
            };
            steps.iter().for_each(|step| self.step(step, &inner));
        }
    }

    /// The name and the steps of an alternative.
    fn alternative<'n>(&mut self, item: &'n Node) -> Option<(Option<String>, &'n [Node])> {
        let Value::Map(_) = &item.value else {
            return Some((None, self.some_steps(item, "an alternative")?));
        };
        let has = |wanted: &str| match &item.value {
            Value::Map(entries) => entries.iter().any(|(key, _)| key.scalar() == Some(wanted)),
            _ => false,
        };
        if !has("steps") && !has("when seen") {
            let text = "an alternative must be a list of steps, not a step";
            let problem = Diagnostic::error("wrong-kind", item.place.clone(), text)
                .help("put its steps into a list: `- - client receives: SIP BYE`");
            self.problems.push(problem);
            return None;
        }
        let fields = self.problems.fields(item, "an alternative", ALTERNATIVE)?;
        let name = match fields.get("when seen") {
            Some(node) => Some(self.problems.text(node, "`when seen`")?.to_owned()),
            None => None,
        };
        Some((name, self.some_steps(fields.get("steps")?, "`steps`")?))
    }

    fn repeat(&mut self, value: &Node, steps: Option<&Node>, key: &Node, around: &Around) {
        let rounds = self.problems.number(value, "`repeat`", MAX_ROUNDS);
        let Some(steps) = steps else {
            let text = "`repeat` needs the key `steps`";
            let problem = Diagnostic::error("missing-key", key.place.clone(), text)
                .help("For example: `steps: [message exchanged]`");
            self.problems.push(problem);
            return;
        };
        let (Some(rounds), Some(items)) = (rounds, self.some_steps(steps, "`steps`")) else {
            return;
        };
        if rounds == 0 {
            let text = "what is done no time is not done";
            self.problems.error("out-of-range", &value.place, text);
        }
        let size = steps.weight();
        for _ in 0..rounds {
            if !self.weigh(size, &steps.place, around) {
                return;
            }
            let inner = Around {
                scope: self.scope(around.scope, true),
                ..around.clone()
            };
            items.iter().for_each(|item| self.step(item, &inner));
        }
    }

    /// The items of a list of steps, which must not be empty.
    fn some_steps<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        let items = self.problems.list(node, what)?;
        if items.is_empty() {
            let text = format!("nothing happens in {what}");
            let problem = Diagnostic::error("empty-flow", node.place.clone(), text);
            self.problems
                .push(problem.help("where nothing is to come, say so: `receives nothing`"));
        }
        Some(items)
    }
}
