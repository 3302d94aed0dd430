//! The scenario language: what authors write, loaded with every place kept.
//!
//! YAML text becomes a tree of nodes with positions, the tree becomes a [`Scenario`] or a [`Sut`],
//! and everything wrong on the way is collected, so that an author sees all problems at once.

mod model;
mod sut;

pub use model::{
    Action, Check, Expr, Ics, Identity, Incoming, Matcher, Outgoing, Party, Place, Scenario,
    Source, Step, Target, Trigger,
};
pub use sut::{
    EnablerAddress, FarEndAddress, Ixit, SipAddress, Subscriber, Sut, Transport, TriggerBinding,
};
