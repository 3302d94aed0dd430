//! Why a verb could not do its work.

use std::io;

use thiserror::Error;

use crate::engine::Verdict;
use crate::report::escape;
use crate::report::files::WriteError;

use super::{Console, ExitCode};

/// Why a verb could not do its work. Each says what to do about it.
#[derive(Debug, Error)]
pub enum Failure {
    /// The user asked for something that is not there or makes no sense.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// The remedy.
        help: String,
    },
    /// Problems that were already printed, each with its place.
    #[error("{count} in what was to be run; nothing was sent")]
    Diagnosed {
        /// How many, in words.
        count: String,
    },
    /// There is nothing where scenarios were looked for, as was already printed.
    #[error("no scenario is selected: nothing was sent")]
    NothingThere,
    /// A file or standard input could not be read.
    #[error("failed to read {name}: {source}")]
    Read {
        /// What was to be read.
        name: String,
        /// Why it could not be.
        source: io::Error,
    },
    /// Standard output or standard error could not be written to.
    #[error("failed to write: {0}")]
    Output(#[from] io::Error),
    /// The evidence could not be written.
    #[error(transparent)]
    Evidence(#[from] WriteError),
    /// The harness itself is broken.
    #[error("the harness broke: {0}")]
    Broken(String),
}

impl Failure {
    /// A usage error with its remedy.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Failure {
        Failure::Usage {
            message: message.into(),
            help: help.into(),
        }
    }

    /// Tells the user, with the remedy; gives the code to exit with.
    pub fn complain(&self, console: &Console) -> ExitCode {
        let style = console.error_style();
        let error = style.verdict(Verdict::Fail, "error");
        console.complain(&format!("{error}: {}", escape::terminal(&self.to_string())));
        if let Some(help) = self.help() {
            let mark = style.bold("help");
            console.complain(&format!("{mark}: {}", escape::terminal(help)));
        }
        self.exit_code()
    }

    /// The remedy, where there is one to name.
    pub fn help(&self) -> Option<&str> {
        match self {
            Failure::Usage { help, .. } if !help.is_empty() => Some(help),
            Failure::Evidence(_) => Some("name a directory you may write to with --report-dir"),
            _ => None,
        }
    }

    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Usage { .. } | Failure::Diagnosed { .. } | Failure::Read { .. } => {
                ExitCode::Usage
            }
            Failure::NothingThere => ExitCode::NothingRan,
            Failure::Output(_) | Failure::Evidence(_) | Failure::Broken(_) => ExitCode::Undecided,
        }
    }
}
