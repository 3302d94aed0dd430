//! In which order the keys of a map stand.

use crate::scenario::keys::{FRAGMENT, Key, MATCHER, SCENARIO};
use crate::scenario::node::{Node, Value};
use crate::scenario::step_keys::{ACTION, STEP};
use crate::scenario::sut_keys::SUT;

/// What a map is, as far as the order of its keys goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The whole file.
    Root,
    /// An item of a list of steps.
    Step,
    /// Anything else.
    Inner,
}

/// Keys of a step that say when it belongs to the flow, what it is called, and when it happens;
/// before everything about its message.
const FIRST: &[&str] = &[
    "session",
    "under",
    "when",
    "optional",
    "times",
    "as",
    "for",
    "after",
    "before",
    "hold until",
    "within",
    "no sooner than",
];
/// What stands behind a step comes last, and what it is made of after that.
const LAST: &[&str] = &["requirement", "requirements", "steps"];

/// The places of a map's entries in the form.
pub(super) fn order(entries: &[(Node, Node)], kind: Kind) -> Vec<usize> {
    let names: Vec<&str> = entries
        .iter()
        .map(|(key, _)| key.scalar().unwrap_or_default())
        .collect();
    let mut places: Vec<usize> = (0..entries.len()).collect();
    match kind {
        Kind::Step => places.sort_by_key(|at| of_step(names[*at])),
        Kind::Root => {
            let has = |name| names.contains(&name);
            let table = match () {
                () if has("flow") => SCENARIO,
                () if has("fragment") => FRAGMENT,
                () if has("subscribers") => SUT,
                () => return places,
            };
            places.sort_by_key(|at| of_table(table, names[*at]));
        }
        Kind::Inner if is_matcher(&names) => {
            places.sort_by_key(|at| of_table(MATCHER, names[*at]));
        }
        Kind::Inner => {}
    }
    places
}

/// Whether the items of a key's list are steps.
pub(super) fn holds_steps(key: &str, value: &Node) -> bool {
    let Value::List(items) = &value.value else {
        return false;
    };
    matches!(
        key,
        "given" | "flow" | "steps" | "any order" | "alternatives"
    ) || key == "one of"
        && items
            .iter()
            .any(|item| !matches!(item.value, Value::Scalar { .. }))
}

fn is_matcher(names: &[&str]) -> bool {
    names
        .iter()
        .all(|name| MATCHER.iter().any(|key| key.name == *name))
}

/// What the table does not know stands where it stood, behind the rest.
fn of_table(table: &[Key], name: &str) -> usize {
    table
        .iter()
        .position(|key| key.name == name)
        .unwrap_or(table.len())
}

fn of_step(name: &str) -> (usize, usize) {
    if let Some(at) = LAST.iter().position(|last| *last == name) {
        return (4, at);
    }
    if let Some(at) = FIRST.iter().position(|first| *first == name) {
        return (1, at);
    }
    let at = STEP.iter().position(|known| known.key.name == name);
    match at {
        // An action, or the name of a fragment.
        None => (0, usize::from(!ACTION.iter().any(|key| key.name == name))),
        // What is counted comes before what is looked at, and what a body is before the body.
        Some(at) if name.ends_with(" units") || name == "content type" => (2, at),
        Some(at) => (3, at),
    }
}
