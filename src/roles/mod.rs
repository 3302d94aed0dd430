//! The parties the harness plays: IM client, far end and Charging Enabler.
//!
//! [`Campaign`] is one sans-io [`crate::io::Machine`] that plays all scenarios of a run against one
//! server. It owns no socket and reads no clock; a host of `runtime` gives it both.
//!
//! - The Charging Enabler (`enabler`) and the far end's SIP port (`far_end`) are shared, because
//!   a real server is configured with one address each. They hand every CH-2 session and every call
//!   to the scenario that owns its subscriber.
//! - A `play` is one running scenario: its client and its far end (each a `ua` with a `media`
//!   leg), its `record` (the trace and the pacer that follows it) and its `trigger`.
//! - The trace gets an event before anything is written and after anything is read. The pacer then
//!   says what to do next; what no step of the flow does, the parties do by themselves, as their
//!   protocols ask.
//!
//! Nothing is judged here: [`Campaign::into_outcome`] gives each scenario's case and trace.

mod answer;
mod campaign;
mod client;
mod craft;
mod enabler;
mod far_end;
mod identity;
mod media;
mod net;
mod outcome;
mod play;
mod record;
mod schedule;
mod trigger;
mod ua;

pub use campaign::{Campaign, case};
pub use outcome::{Limits, News, Outcome, Played, Progress, Settings};
