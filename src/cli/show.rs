//! `ch2spec show`: a scenario as a ladder.

use std::fmt::Write;

use crate::ch2::ReadingId;
use crate::report::escape;
use crate::scenario::{self, Charset, Scenario};

use super::{Console, ExitCode, Failure, library, run};

/// Arguments of `ch2spec show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ids, files and directories
    #[arg(value_name = "ID|PATH", required = true)]
    scenarios: Vec<String>,
    /// Only the steps that belong to the flow under these readings (R1 to R5, S1 to S3)
    #[arg(long = "reading", value_name = "READING")]
    readings: Vec<String>,
    /// Draw with ASCII characters only
    #[arg(long)]
    ascii: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let scenarios = library::selected(&args.scenarios, console)?;
    let readings = run::readings(&args.readings)?;
    let charset = if args.ascii {
        Charset::Ascii
    } else {
        Charset::Unicode
    };
    let ladders: Vec<String> = scenarios
        .iter()
        .map(|scenario| drawn(scenario, &readings, charset))
        .collect();
    console.print(&escape::terminal_lines(&ladders.join("\n")))?;
    Ok(ExitCode::Passed)
}

/// Title, clause and figure, then the ladder.
fn drawn(scenario: &Scenario, readings: &[ReadingId], charset: Charset) -> String {
    let mut text = format!("{}  {}\n{}", scenario.id, scenario.title, scenario.clause);
    if let Some(figure) = &scenario.figure {
        let _ = write!(text, ", figure {figure}");
    }
    text.push_str("\n\n");
    for line in scenario::ladder(scenario, readings, charset) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}
