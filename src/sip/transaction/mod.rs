//! The transaction layer (RFC 3261 section 17, with the Accepted state of RFC 6026).
//!
//! [`TransactionLayer`] takes messages and the time, and gives back what to transmit and what
//! happened. It retransmits over UDP, absorbs what the peer retransmits (and reports each one, so
//! that a trace shows every packet), matches responses and ACKs, acknowledges refused INVITEs,
//! and routes responses by their Via (RFC 3261 18.2.2, RFC 3581). What to answer is the work of
//! its user.

mod client;
mod event;
mod key;
mod layer;
mod machine;
mod server;

pub use event::{Config, Event, Flow, SendError, Stray, Timer, TransactionId, Transmit};
pub use layer::TransactionLayer;
