//! `ch2spec run`: scenarios against a server.
//!
//! `command` reads the arguments and settles everything that can be wrong before anything is sent;
//! [`play()`] joins the parties, the network and the judge and gives the run; `embedded` sets the
//! reference server up where no other is described; `watch` runs again when a file changes; `progress` and `live` tell whoever watches.

mod command;
mod configuration;
mod embedded;
mod hosted;
mod judged;
mod live;
mod play;
mod progress;
mod strict;
mod watch;
mod watched;

pub use command::Args;
pub(super) use command::{configurations, described, faults, readings, run, seed};
pub use configuration::{Configuration, Topology};
pub(super) use embedded::{configured, reference_binding};
pub(super) use hosted::Hosting;
pub use live::Following;
pub(super) use play::perform;
pub use play::{Done, Order, Reference, Server, play};
pub(super) use progress::ProgressLine;
