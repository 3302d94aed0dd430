//! The command line: one file per verb.
//!
//! A verb takes its arguments and the [`Console`], does its work, and gives an [`ExitCode`] or a
//! [`Failure`]. What each exit code means is documented in [`ExitCode`], which is what `--help`
//! prints, and which verdict leads to which code is a pure function of the run
//! ([`ExitCode::of`]).
//!
//! Standard output carries what was asked for and nothing else, so that it can be piped; progress
//! and complaints go to standard error. A reader that goes away (`| head`) is no error.
//!
//! The room may know every other. What it adds is wiring: [`run::play`] joins the parties the
//! harness plays, the network, and the judge.

mod announced;
mod args;
mod completions;
mod console;
mod coverage;
mod decode;
mod entry;
mod exit;
mod explain;
mod failure;
mod fmt;
mod init;
mod library;
mod lint;
mod list;
mod new;
mod record;
pub mod run;
mod schema;
mod selftest;
mod serve;
mod show;
mod suggest;
mod timestamp;
mod write_new;

pub use args::{Cli, ColorChoice, Verb};
pub use console::Console;
pub use entry::main;
pub use exit::ExitCode;
pub use failure::Failure;
