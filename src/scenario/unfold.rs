//! From a list of steps as written to a flat list of steps, fragments unfolded.
//!
//! Labels of a fragment belong to the use of the fragment. From outside they are known by their own
//! name; where that name is taken by the using file, or by an earlier use, they are known as
//! `name#2`, `name#3` and so on. Inside a fragment a label always means the fragment's own step.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ch2::{Reading, ReadingId, Requirement};

use super::budget::Of;
use super::diagnostic::{Diagnostic, Problems};
use super::fragment::{Fragment, Shelf};
use super::ics::Ics;
use super::keys::Key;
use super::meant;
use super::model::{Branch, Choice, Place};
use super::node::{Node, Value};
use super::reader::short;
use super::sessions::Sessions;
use super::step_keys::{ACTION, BLOCKS, STEP, StepKey};
use super::suggest;
use super::words::together;

/// Steps of a scenario after its fragments are unfolded.
const MAX_STEPS: usize = 500;
/// Values of what a scenario uses again (fragments, rounds), each counted as often as it is used.
const MAX_VALUES: usize = 200_000;
/// Fragments inside one another.
const MAX_DEPTH: usize = 16;

/// A step as written, with what the uses around it add.
pub(super) struct Raw {
    /// Which use of a fragment, or round of a `repeat`, it belongs to; 0 is the scenario itself.
    pub(super) scope: usize,
    /// `any order:`, by number.
    pub(super) any_order: Option<usize>,
    /// `one of:`, and the alternative.
    pub(super) branch: Option<Branch>,
    /// True in `given`.
    pub(super) given: bool,
    /// The whole step.
    pub(super) place: Place,
    /// Where fragments were used, innermost first.
    pub(super) used_at: Vec<Place>,
    /// Readings, those of the uses taken into account.
    pub(super) under: Vec<ReadingId>,
    /// ICS items, those of the uses among them.
    pub(super) when: Vec<Ics>,
    /// The session it belongs to.
    pub(super) session: usize,
    /// What the step is.
    pub(super) action: &'static Key,
    /// The action's key and value.
    pub(super) key: Node,
    /// See `key`.
    pub(super) value: Node,
    /// Everything else it says.
    pub(super) rest: Vec<(&'static StepKey, Node, Node)>,
}

impl Raw {
    /// The IXIT values that it names, wherever in it.
    pub(super) fn ixit(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        ixit(&self.value, &mut names);
        for (_, _, value) in &self.rest {
            ixit(value, &mut names);
        }
        names
    }
}

fn ixit(node: &Node, names: &mut BTreeSet<String>) {
    match &node.value {
        Value::Scalar { text, .. } if text.starts_with("$$") => {}
        Value::Scalar { text, .. } => {
            let words = text.split_whitespace();
            names.extend(words.filter_map(|word| Some(word.strip_prefix("$ixit.")?.to_owned())));
        }
        Value::List(items) => items.iter().for_each(|item| ixit(item, names)),
        Value::Map(entries) => entries.iter().for_each(|(_, value)| ixit(value, names)),
    }
}

/// Unfolds `given` and `flow`.
pub(super) struct Unfolding<'a> {
    pub(super) problems: &'a mut Problems,
    pub(super) shelf: &'a Shelf,
    sessions: &'a Sessions,
    /// The steps so far.
    pub(super) steps: Vec<Raw>,
    /// The scopes that labels belong to.
    pub(super) scopes: Vec<Scope>,
    /// `one of:` blocks so far.
    pub(super) choices: Vec<Choice>,
    /// `any order:` blocks so far.
    pub(super) any_orders: usize,
    /// Values of the fragments that were used.
    values: usize,
    /// Set once the scenario is given up as too large.
    full: bool,
    /// A step, or all that a fragment has, is missing: what it would have been called is not known.
    pub(super) lost: bool,
}

/// What labels belong to: the file, one use of a fragment, or one round of a `repeat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// The scope around it.
    pub(super) parent: usize,
    /// True where the labels around it can be said in it.
    pub(super) open: bool,
}

/// Where a list of steps stands.
#[derive(Clone, Default)]
pub(super) struct Around {
    pub(super) scope: usize,
    pub(super) any_order: Option<usize>,
    pub(super) branch: Option<Branch>,
    pub(super) given: bool,
    pub(super) used_at: Vec<Place>,
    pub(super) fragments: Vec<Arc<Fragment>>,
    pub(super) under: Vec<ReadingId>,
    pub(super) when: Vec<Ics>,
    pub(super) session: usize,
}

impl<'a> Unfolding<'a> {
    pub(super) fn new(
        problems: &'a mut Problems,
        shelf: &'a Shelf,
        sessions: &'a Sessions,
    ) -> Unfolding<'a> {
        Unfolding {
            problems,
            shelf,
            sessions,
            steps: Vec::new(),
            scopes: vec![Scope::default()],
            choices: Vec::new(),
            any_orders: 0,
            values: 0,
            full: false,
            lost: false,
        }
    }

    /// Takes one list of steps.
    pub(super) fn list(&mut self, node: &Node, given: bool) {
        let what = if given { "`given`" } else { "`flow`" };
        let Some(items) = self.problems.list(node, what) else {
            return;
        };
        let around = Around {
            given,
            ..Around::default()
        };
        items.iter().for_each(|item| self.step(item, &around));
    }

    /// Takes a fragment as if a scenario consisted of it.
    pub(super) fn fragment(&mut self, fragment: &Arc<Fragment>) {
        let given = fragment.sample_use();
        self.unfold(fragment, &fragment.place, &given, &Around::default());
    }

    pub(super) fn step(&mut self, node: &Node, around: &Around) {
        if self.full {
            return;
        }
        if self.steps.len() >= MAX_STEPS || self.scopes.len() > MAX_STEPS {
            self.full = true;
            let text = format!("more than {MAX_STEPS} steps");
            let place = around.used_at.last().unwrap_or(&node.place);
            self.problems.error("too-many-steps", place, text);
            return;
        }
        if let Err(why) = self.problems.budget.take(Of::Steps, 1) {
            let place = around.used_at.last().unwrap_or(&node.place);
            return self.too_large(place, why);
        }
        match &node.value {
            Value::Map(entries) => self.map_step(node, entries, around),
            Value::Scalar { text, .. } if !node.is_empty() => match self.shelf.find(text) {
                Some(fragment) => {
                    let fragment = Arc::clone(fragment);
                    let mut nothing = node.clone();
                    nothing.value = Value::Map(Vec::new());
                    self.unfold(&fragment, &node.place, &nothing, around);
                }
                None => self.unknown_step(node, text),
            },
            _ => self
                .problems
                .mismatch(node, "a step", "a map such as `client sends: SIP BYE`"),
        }
    }

    fn map_step(&mut self, node: &Node, entries: &[(Node, Node)], around: &Around) {
        let mut head: Option<(Head, &Node, &Node)> = None;
        let mut rest = Vec::new();
        let mut unknown = Vec::new();
        for (key, value) in entries {
            let name = key.scalar().unwrap_or_default();
            let found = match ACTION.iter().find(|k| k.name == name) {
                Some(action) => Some(Head::Action(action)),
                None => self.shelf.find(name).map(|f| Head::Fragment(Arc::clone(f))),
            };
            if let Some(found) = found {
                match &head {
                    None => head = Some((found, key, value)),
                    Some((_, first, _)) => {
                        let text = format!("a second action `{}` in one step", short(name));
                        let help = match name {
                            "repeat" => {
                                "`repeat` is a step of its own, with others in its `steps`; how many \
                                 messages are received is `times`"
                            }
                            _ => "begin a new step with `-`",
                        };
                        let problem = Diagnostic::error("two-actions", key.place.clone(), text)
                            .help(help)
                            .note("the first one", Some(first.place.clone()));
                        self.problems.push(problem);
                    }
                }
            } else if let Some(known) = STEP.iter().find(|k| k.key.name == name) {
                rest.push((known, key.clone(), value.clone()));
            } else {
                unknown.push((key, name));
            }
        }
        if head.is_none() && !unknown.is_empty() {
            let (key, name) = unknown.remove(0);
            self.unknown_step(key, name);
        } else if head.is_none() {
            let text = "the step does not say what happens";
            let help = "begin it with an action, such as `client sends: SIP BYE`";
            let problem = Diagnostic::error("no-action", node.place.clone(), text);
            self.problems.push(problem.help(help));
        }
        for (key, name) in unknown {
            let known: Vec<&str> = STEP
                .iter()
                .map(|k| k.key.name)
                .chain(ACTION.iter().map(|k| k.name))
                .collect();
            self.problems
                .unknown("unknown-key", "key", key, name, &known, "a step");
        }
        let Some((head, key, value)) = head else {
            return;
        };
        let Some((under, when)) = self.conditions(&rest, around) else {
            return;
        };
        let session = self.session(&rest, around);
        match head {
            Head::Action(action) if BLOCKS.contains(&action.name) => {
                let around = Around {
                    under,
                    when,
                    session,
                    ..around.clone()
                };
                self.block(action.name, (key, value), &rest, &around);
            }
            Head::Action(action) => self.steps.push(Raw {
                scope: around.scope,
                any_order: around.any_order,
                branch: around.branch,
                given: around.given,
                place: node.place.clone(),
                used_at: around.used_at.clone(),
                under,
                when,
                session,
                action,
                key: key.clone(),
                value: value.clone(),
                rest,
            }),
            Head::Fragment(fragment) => {
                for (known, key, _) in &rest {
                    if !matches!(known.key.name, "under" | "when" | "session") {
                        let text =
                            format!("`{}` cannot stand on the use of a fragment", known.key.name);
                        let help = "only `under`, `when` and `session` can; labels of the fragment's own \
                                    steps are known here by their names";
                        let problem = Diagnostic::error("key-not-here", key.place.clone(), text);
                        self.problems.push(problem.help(help));
                    }
                }
                let around = Around {
                    under,
                    when,
                    session,
                    ..around.clone()
                };
                self.unfold(&fragment, &key.place, value, &around);
            }
        }
    }

    /// The readings and ICS items of a step; `None` where no reading is left for it.
    fn conditions(
        &mut self,
        rest: &[(&'static StepKey, Node, Node)],
        around: &Around,
    ) -> Option<(Vec<ReadingId>, Vec<Ics>)> {
        let (mut under, mut when) = (around.under.clone(), around.when.clone());
        for (known, _, value) in rest {
            match known.key.name {
                "under" => {
                    let own = self.problems.readings(value);
                    if own.is_empty() {
                        continue;
                    }
                    if under.is_empty() {
                        under = own;
                    } else {
                        under.retain(|r| together(&[*r], &own));
                        if under.is_empty() {
                            return None;
                        }
                    }
                }
                "when" => when.extend(self.problems.ics_items(value)),
                _ => {}
            }
        }
        when.sort();
        when.dedup();
        Some((under, when))
    }

    /// The session of a step: its own, or that of the uses around it.
    fn session(&mut self, rest: &[(&'static StepKey, Node, Node)], around: &Around) -> usize {
        let said = rest.iter().find(|(known, ..)| known.key.name == "session");
        let Some((_, key, value)) = said else {
            return around.session;
        };
        if !around.fragments.is_empty() {
            let text = "a step of a fragment belongs to the session that the fragment is used in";
            let problem = Diagnostic::error("key-not-here", key.place.clone(), text);
            let help = "say `session` where the fragment is used";
            self.problems.push(problem.help(help));
            return around.session;
        }
        let found = self.problems.session(value, self.sessions);
        found.unwrap_or(around.session)
    }

    fn unfold(&mut self, fragment: &Arc<Fragment>, place: &Place, given: &Node, around: &Around) {
        let chain = &around.fragments;
        if chain.iter().any(|f| f.name == fragment.name) || chain.len() >= MAX_DEPTH {
            let mut names: Vec<&str> = chain.iter().map(|f| f.name.as_str()).collect();
            names.push(&fragment.name);
            let text = format!(
                "fragments use one another in a circle: {}",
                names.join(" > ")
            );
            self.problems.error("circular-fragment", place, text);
            return;
        }
        let steps = fragment.fill(place, given, self.problems);
        if !self.weigh(steps.weight(), place, around) {
            return;
        }
        let mut inner = Around {
            scope: self.scope(around.scope, false),
            ..around.clone()
        };
        inner.fragments.push(Arc::clone(fragment));
        inner.used_at.insert(0, place.clone());
        if let Value::List(items) = &steps.value {
            items.iter().for_each(|item| self.step(item, &inner));
        }
    }

    /// A new scope inside another one.
    pub(super) fn scope(&mut self, parent: usize, open: bool) -> usize {
        self.scopes.push(Scope { parent, open });
        self.scopes.len() - 1
    }

    /// Counts values that are taken once more; false once they are too many.
    pub(super) fn weigh(&mut self, values: usize, place: &Place, around: &Around) -> bool {
        self.values += values;
        let place = around.used_at.last().unwrap_or(place);
        if self.values > MAX_VALUES && !self.full {
            self.full = true;
            let text = format!("what is used again comes to more than {MAX_VALUES} values");
            self.problems.error("too-many-steps", place, text);
        } else if let Err(why) = self.problems.budget.take(Of::Again, values) {
            self.too_large(place, why);
        }
        !self.full
    }

    /// Ends the scenario, and with it the load.
    fn too_large(&mut self, place: &Place, why: String) {
        if !self.full {
            self.full = true;
            self.problems.error("load-too-large", place, why);
        }
    }

    fn unknown_step(&mut self, node: &Node, name: &str) {
        self.lost = true;
        let known: Vec<&str> = ACTION
            .iter()
            .map(|k| k.name)
            .chain(self.shelf.names())
            .collect();
        let text = format!("no action and no fragment is called `{}`", short(name));
        let mut problem = Diagnostic::error("unknown-step", node.place.clone(), text);
        let glued = name.split_once(':').filter(|(key, _)| known.contains(key));
        problem.help = match suggest::nearest(name, known.iter().copied()) {
            _ if glued.is_some() => Some("put a space behind the colon".to_owned()),
            _ if meant::action(name, &known).is_some() => {
                meant::action(name, &known).map(|meant| format!("did you mean `{meant}`?"))
            }
            _ if name.starts_with("server ") => Some(
                "the server is what is tested: write what the others receive from it, or a `trigger`"
                    .to_owned(),
            ),
            Some(word) => Some(format!("did you mean `{word}`?")),
            None => {
                Some(
                    "a step begins with `client`, `far end`, `enabler` or `second enabler` and \
                     `sends`, `receives`, `receives nothing` or `does`, with `trigger` or `wait`, or with the name of a fragment, \
                     such as `session started`"
                        .to_owned(),
                )
            }
        };
        self.problems.push(problem);
    }
}

enum Head {
    Action(&'static Key),
    Fragment(Arc<Fragment>),
}

impl Problems {
    /// `under:`
    pub(super) fn readings(&mut self, node: &Node) -> Vec<ReadingId> {
        let mut found = Vec::new();
        for item in self.one_or_list(node) {
            let Some(text) = self.text(item, "a reading") else {
                continue;
            };
            match text.parse::<ReadingId>() {
                Ok(id) => found.push(id),
                Err(_) => {
                    let known: Vec<String> = Reading::all()
                        .iter()
                        .map(|reading| reading.id.to_string())
                        .collect();
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    self.unknown("unknown-reading", "reading", item, text, &known, "");
                }
            }
        }
        found
    }

    /// `needs:` and `when:`
    pub(super) fn ics_items(&mut self, node: &Node) -> Vec<Ics> {
        let mut found = Vec::new();
        for item in self.one_or_list(node) {
            let Some(text) = self.text(item, "an ICS item") else {
                continue;
            };
            match Ics::find(text) {
                Some(ics) => found.push(ics),
                None => {
                    let known: Vec<&str> = Ics::ALL.iter().map(|ics| ics.name()).collect();
                    self.unknown("unknown-ics", "ICS item", item, text, &known, "");
                }
            }
        }
        found
    }

    /// `requirement:` and `requirements:`
    pub(super) fn requirements(&mut self, node: &Node) -> Vec<&'static Requirement> {
        let mut found: Vec<&'static Requirement> = Vec::new();
        for item in self.one_or_list(node) {
            let Some(text) = self.text(item, "a requirement") else {
                continue;
            };
            match Requirement::find(text) {
                Some(requirement) if !found.contains(&requirement) => found.push(requirement),
                Some(_) => {}
                None => {
                    let known: Vec<&str> = Requirement::all().map(|r| r.id).collect();
                    self.unknown("unknown-requirement", "requirement", item, text, &known, "");
                }
            }
        }
        found
    }
}
