//! `ch2spec selftest`: the suite proves itself.
//!
//! Every scenario passes on the clean reference server, wherever it applies, and every fault of that
//! server is caught by some scenario for the reason that `expected` states. `trials` runs the servers
//! on real sockets, several side by side; `outcome` says what it comes to; `show` prints it.

mod command;
mod expected;
mod outcome;
mod show;
mod trials;

pub use command::Args;
pub(super) use command::run;
