//! `ch2spec completions`: a completion script for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Console, ExitCode, Failure};

/// Arguments of `ch2spec completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ch2spec", &mut script);
    console.print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Passed)
}
