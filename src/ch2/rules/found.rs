//! What rules have watched and found, for any catalog of rules.

use std::marker::PhantomData;

use crate::ch2::Requirement;

use super::{Breach, Rule};

/// The most breaches of one rule that are kept; more of the same teach nothing.
const KEPT: u32 = 50;

/// A rule by its place in a catalog.
pub trait Named: Copy {
    /// The rule.
    fn rule(self) -> &'static Rule;
    /// Its place in the catalog, below 128.
    fn place(self) -> usize;
}

/// Writes down a catalog of rules once: as the names that code uses, `Name`, and as the table that
/// people read, `Name::RULES`.
macro_rules! catalog {
    ($($name:ident: $id:literal, $requirement:literal, $title:literal, $explain:literal;)*) => {
        /// The place of a rule in the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Name {
            $($name,)*
        }

        impl Name {
            pub(super) const RULES: &'static [$crate::ch2::rules::Rule] = &[
                $($crate::ch2::rules::Rule {
                    id: $id,
                    requirement: $requirement,
                    title: $title,
                    explain: $explain,
                },)*
            ];
        }

        impl $crate::ch2::rules::Named for Name {
            fn rule(self) -> &'static $crate::ch2::rules::Rule {
                &Name::RULES[self as usize]
            }

            fn place(self) -> usize {
                self as usize
            }
        }
    };
}
pub(crate) use catalog;

/// What has been watched and found, by the names of one catalog.
#[derive(Debug)]
pub struct Found<N> {
    breaches: Vec<Breach>,
    watched: u128,
    counts: Vec<u32>,
    left_off: u64,
    names: PhantomData<N>,
}

impl<N> Default for Found<N> {
    fn default() -> Found<N> {
        Found {
            breaches: Vec::new(),
            watched: 0,
            counts: Vec::new(),
            left_off: 0,
            names: PhantomData,
        }
    }
}

impl<N: Named> Found<N> {
    /// Notes that a rule had something to look at.
    pub fn watch(&mut self, name: N) {
        self.watched |= 1 << (name.place() & 127);
    }

    /// Notes a breach of a rule, held against the rule's own requirement.
    pub fn breach(
        &mut self,
        name: N,
        event: usize,
        against: Option<usize>,
        expected: impl Into<String>,
        observed: impl Into<String>,
    ) {
        let requirement = name.rule().requirement;
        self.breach_of(name, requirement, event, against, expected, observed);
    }

    /// Notes a breach of a rule, held against another requirement.
    pub fn breach_of(
        &mut self,
        name: N,
        requirement: &str,
        event: usize,
        against: Option<usize>,
        expected: impl Into<String>,
        observed: impl Into<String>,
    ) {
        self.watch(name);
        let at = name.place();
        if self.counts.len() <= at {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
        if self.counts[at] > KEPT {
            self.counts[at] = KEPT + 1;
            self.left_off += 1;
            return;
        }
        let Some(requirement) = Requirement::find(requirement) else {
            return;
        };
        self.breaches.push(Breach {
            rule: name.rule(),
            requirement,
            event,
            against,
            expected: expected.into(),
            observed: observed.into(),
        });
    }

    /// How many rules had something to watch.
    pub fn watched(&self) -> usize {
        self.watched.count_ones() as usize
    }

    /// The breaches, in the order they were found.
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    /// How many breaches were left off because a rule had been broken too often already.
    pub fn left_off(&self) -> u64 {
        self.left_off
    }

    /// Ends the watch.
    pub fn finish(self) -> Vec<Breach> {
        self.breaches
    }
}
