//! `ch2spec run`: scenarios against a server.
//!
//! `command` reads the arguments and settles everything that can be wrong before anything is sent;
//! [`play()`] joins the parties, the network and the judge and gives the run; `embedded` sets the
//! reference server up where no other is described; `progress` tells whoever watches.

mod command;
mod embedded;
mod play;
mod progress;
mod watched;

pub use command::Args;
pub(super) use command::{faults, readings, run};
pub(super) use embedded::configured;
pub use play::{Done, Order, Reference, Server, Topology, play};
