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
//! - `found`: what was watched and found, for this catalog and those of other rooms
//! - `monitor`: what is fed and what comes out
//! - `form`: headers, AVPs and grammars, from the faults that the codec finds
//! - `link`: connections: identifiers, and what is known of requests across them
//! - `peer`: one connection from its capabilities exchange to its end
//! - `answer`: the server's answers to requests of the harness
//! - `ccr`: one request by itself
//! - `session`: the requests of one credit-control session against one another
//! - `constant`: what stays the same or only grows through a session
//! - `credit`: what was granted in a session, and for how long
//! - `reauth`: what the server makes of a RAR or ASR for a session

mod answer;
mod catalog;
mod ccr;
mod constant;
mod credit;
mod form;
mod found;
mod link;
mod monitor;
mod peer;
mod reauth;
mod rule;
mod session;

#[cfg(test)]
mod tests;

pub(crate) use found::catalog;
pub use found::{Found, Named};
pub use monitor::Monitor;
pub(crate) use monitor::{Recent, digest};
pub use rule::{Breach, Observation, Rule};
