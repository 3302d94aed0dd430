//! What a sans-io machine asks of the network, and what the network tells it.
//!
//! The tester (`roles`) and the reference server (`reference`) are both a [`Machine`]: they own no
//! socket and read no clock. `runtime` runs a machine on real sockets; tests run several machines
//! against one another on an in-memory network in virtual time.

mod field;
mod find;
mod machine;
mod time;

pub use field::Field;
pub(crate) use find::find;
pub use machine::{Closed, ConnId, Input, Machine, Output, SocketId, TaskId};
pub use time::Time;
