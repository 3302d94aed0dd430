//! `ch2spec show`: a scenario as a ladder.

use crate::report::escape;
use crate::scenario;

use super::{Console, ExitCode, Failure, library};

/// Arguments of `ch2spec show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ids, files and directories
    #[arg(value_name = "ID|PATH", required = true)]
    scenarios: Vec<String>,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let scenarios = library::selected(&args.scenarios, console)?;
    let ladders: Vec<String> = scenarios.iter().map(|s| scenario::ladder(s)).collect();
    console.print(&escape::terminal_lines(&ladders.join("\n")))?;
    Ok(ExitCode::Passed)
}
