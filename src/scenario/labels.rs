//! Labels: what `as:` names, and who may refer to it.

use super::diagnostic::{Diagnostic, Problems};
use super::model::Branch;
use super::unfold::{Raw, Scope};
use super::words::together;

/// The labels of a scenario, by step.
pub(super) struct Labels {
    scopes: Vec<usize>,
    around: Vec<Scope>,
    /// As written.
    own: Vec<Option<String>>,
    /// As known in the whole scenario.
    global: Vec<Option<String>>,
}

/// Words that begin a reference to something that is no step.
pub(super) const RESERVED: &[&str] = &["client", "far-end", "enabler", "ixit"];

impl Labels {
    /// The scope of the file itself.
    pub(super) const FILE: usize = 0;

    /// Reads the labels of all steps.
    pub(super) fn read(steps: &[Raw], around: &[Scope], problems: &mut Problems) -> Labels {
        let own: Vec<Option<String>> = steps.iter().map(|raw| label(raw, problems)).collect();
        let mut labels = Labels {
            scopes: steps.iter().map(|raw| raw.scope).collect(),
            around: around.to_vec(),
            global: vec![None; own.len()],
            own,
        };
        labels.refuse_doubles(steps, problems);
        for scope in 0..around.len() {
            labels.name(scope);
        }
        labels
    }

    /// The label of a step as the whole scenario knows it.
    pub(super) fn global(&self, step: usize) -> Option<&str> {
        self.global[step].as_deref()
    }

    /// Gives a step that has none a label of its own.
    pub(super) fn invent(&mut self, step: usize, label: String) -> &str {
        self.global[step].get_or_insert(label)
    }

    /// The steps that a label means where `scope` says it.
    pub(super) fn find(&self, scope: usize, label: &str) -> Vec<usize> {
        let all = 0..self.own.len();
        let is_own = |i: &usize| self.scopes[*i] == scope && self.own[*i].as_deref() == Some(label);
        let own: Vec<usize> = all.clone().filter(is_own).collect();
        if !own.is_empty() {
            return own;
        }
        let below = |i: &usize| self.scopes[*i] != scope && self.is_below(self.scopes[*i], scope);
        let first = all
            .clone()
            .filter(below)
            .find(|i| self.own[*i].as_deref() == Some(label))
            .map(|i| self.scopes[i]);
        if let Some(first) = first {
            let there =
                |i: &usize| self.scopes[*i] == first && self.own[*i].as_deref() == Some(label);
            return all.filter(there).collect();
        }
        let found: Vec<usize> = all
            .filter(below)
            .filter(|i| self.global[*i].as_deref() == Some(label))
            .collect();
        match self.around[scope] {
            Scope { parent, open: true } if found.is_empty() => self.find(parent, label),
            _ => found,
        }
    }

    /// Whether a scope is the file itself, or a round of a `repeat` in it.
    pub(super) fn is_of_file(&self, scope: usize) -> bool {
        scope == Labels::FILE
            || (self.around[scope].open && self.is_of_file(self.around[scope].parent))
    }

    /// The labels that `scope` can say.
    pub(super) fn visible(&self, scope: usize) -> Vec<&str> {
        let mut names: Vec<&str> = match self.around[scope] {
            Scope { parent, open: true } => self.visible(parent),
            _ => Vec::new(),
        };
        for i in 0..self.own.len() {
            if self.is_below(self.scopes[i], scope) {
                let same = self.scopes[i] == scope;
                let name = if same { &self.own[i] } else { &self.global[i] };
                names.extend(name.as_deref().filter(|n| !names.contains(n)));
            }
        }
        names
    }

    /// Whether `scope` is `outer` or lies in it.
    fn is_below(&self, mut scope: usize, outer: usize) -> bool {
        while scope != outer && scope != 0 {
            scope = self.around[scope].parent;
        }
        scope == outer
    }

    /// Gives the labels of one scope their names in the scenario.
    fn name(&mut self, scope: usize) {
        for i in 0..self.own.len() {
            if self.scopes[i] != scope {
                continue;
            }
            let Some(own) = self.own[i].clone() else {
                continue;
            };
            let twin = (0..i).find(|j| {
                self.scopes[*j] == scope && self.own[*j].as_deref() == Some(own.as_str())
            });
            let name = match twin {
                Some(twin) => self.global[twin].clone(),
                None => Some(self.free(&own)),
            };
            self.global[i] = name;
        }
    }

    fn free(&self, own: &str) -> String {
        let taken = |name: &str| self.global.iter().flatten().any(|g| g == name);
        let numbered = (2..).map(|n| format!("{own}#{n}"));
        std::iter::once(own.to_owned())
            .chain(numbered)
            .find(|n| !taken(n))
            .unwrap_or_default()
    }

    fn refuse_doubles(&self, steps: &[Raw], problems: &mut Problems) {
        for (i, raw) in steps.iter().enumerate() {
            let Some(own) = &self.own[i] else { continue };
            let twin = (0..i).find(|j| {
                self.scopes[*j] == raw.scope
                    && self.own[*j].as_ref() == Some(own)
                    && together(&steps[*j].under, &raw.under)
                    && !Branch::apart(steps[*j].branch, raw.branch)
            });
            let Some(twin) = twin else { continue };
            let text = format!("label `{own}` is there twice in one flow");
            problems.push(
                Diagnostic::error("duplicate-label", as_place(raw), text)
                    .help(
                        "the same label is for steps of which `under` or `one of` leaves only one",
                    )
                    .note("the other one", Some(as_place(&steps[twin]))),
            );
        }
    }
}

fn label(raw: &Raw, problems: &mut Problems) -> Option<String> {
    let (_, _, value) = raw.rest.iter().find(|(known, ..)| known.key.name == "as")?;
    let text = problems.text(value, "a label")?;
    let sound = text
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        && text.starts_with(char::is_alphabetic)
        && text.len() <= 60;
    if !sound || RESERVED.contains(&text) || super::expr::is_ledger(text) {
        let why = format!("`{}` cannot be a label", super::reader::short(text));
        let help = "a label is made of letters, digits, spaces, `-` and `_`, a letter first; \
                    `client`, `far-end`, `enabler`, `ixit` and the names of the ledger are taken";
        problems.push(Diagnostic::error("bad-name", value.place.clone(), why).help(help));
        return None;
    }
    problems.ambiguous(value);
    Some(text.to_owned())
}

fn as_place(raw: &Raw) -> super::model::Place {
    let found = raw.rest.iter().find(|(known, ..)| known.key.name == "as");
    found.map_or_else(|| raw.place.clone(), |(_, _, value)| value.place.clone())
}
