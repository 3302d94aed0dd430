//! The always-on rules: what every CH-2 message of every scenario must keep to.
//!
//! A [`Monitor`] is fed every Diameter message in the order of the trace, both directions, and
//! keeps as much of the past as its rules need: bounded tables of connections, sessions and recent
//! requests. Feed it the messages of one scenario or of a whole run; a rule that needs what was
//! not fed (the CER of a connection, the request of an answer) stays silent.
//!
//! Rules watch what the server under test sends. What the harness sends is taken as given, right
//! or wrong. Each rule rests on a requirement whose strength says what a breach weighs.
//!
//! - `catalog`: the rules by name, with what `ch2spec explain` says of each
//! - `monitor`: what is fed and what comes out
//! - `form`: headers, AVPs and grammars, from the faults that the codec finds
//! - `link`: connections: identifiers, capabilities, answers
//! - `ccr`: one request by itself
//! - `session`: the requests of one credit-control session against one another

mod catalog;
mod ccr;
mod form;
mod link;
mod monitor;
mod session;

#[cfg(test)]
mod tests;

use crate::diameter;
use crate::io::Time;

use super::Requirement;

pub use monitor::Monitor;

/// One always-on rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable name, such as `CC-ONE-STOP`.
    pub id: &'static str,
    /// What stands behind it.
    pub requirement: &'static str,
    /// One line.
    pub title: &'static str,
    /// For `ch2spec explain`: what it watches, why, and what usually breaks it.
    pub explain: &'static str,
}

/// A CH-2 message as the rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Its place in the trace.
    pub event: usize,
    /// When it was received or sent.
    pub at: Time,
    /// True where the server under test sent it.
    pub from_server: bool,
    /// The peer connection it went over.
    pub connection: u64,
    /// The message.
    pub message: &'a diameter::Message,
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which rule.
    pub rule: &'static Rule,
    /// What stands behind this breach; the rule's own requirement but for rules that watch many
    /// (grammar, flags), where it is the clause that was broken.
    pub requirement: &'static Requirement,
    /// The message that broke it.
    pub event: usize,
    /// The message it is held against, where there is one.
    pub against: Option<usize>,
    /// What was expected.
    pub expected: String,
    /// What was seen.
    pub observed: String,
}
