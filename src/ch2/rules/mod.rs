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
//! - `rule`: a rule, an observation, a breach
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
mod rule;
mod session;

#[cfg(test)]
mod tests;

pub use monitor::Monitor;
pub use rule::{Breach, Observation, Rule};
