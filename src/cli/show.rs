//! `ch2spec show`: a scenario as a ladder.

use std::sync::Arc;

use clap::ValueEnum;

use crate::report::{escape, ladder};
use crate::scenario::{Charset, Ladder, Scenario};

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
    /// What to draw
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Draw text with ASCII characters only
    #[arg(long)]
    ascii: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for a terminal.
    Text,
    /// A picture for a page; one scenario.
    Svg,
    /// A sequenceDiagram for a document; one scenario.
    Mermaid,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let scenarios = library::selected(&args.scenarios, console)?;
    let readings = run::readings(&args.readings)?;
    let drawn = match args.format {
        Format::Text => {
            let charset = if args.ascii {
                Charset::Ascii
            } else {
                Charset::Unicode
            };
            let ladders = scenarios.iter().map(|s| Ladder::new(s, &readings));
            let drawn: Vec<String> = ladders.map(|ladder| lines(&ladder, charset)).collect();
            escape::terminal_lines(&drawn.join("\n"))
        }
        Format::Svg => ladder::svg(&Ladder::new(only(&scenarios)?, &readings)),
        Format::Mermaid => ladder::mermaid(&Ladder::new(only(&scenarios)?, &readings)),
    };
    console.print(&drawn)?;
    Ok(ExitCode::Passed)
}

/// Title, clause and figure, then the ladder.
fn lines(ladder: &Ladder, charset: Charset) -> String {
    let mut text = format!("{}\n{}\n\n", ladder.title, ladder.clause);
    for line in ladder.text(charset) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// A file of these formats holds one picture.
fn only(scenarios: &[Arc<Scenario>]) -> Result<&Scenario, Failure> {
    match scenarios {
        [one] => Ok(one),
        [] => Err(Failure::usage(
            "there is no scenario to draw",
            "fragments are drawn as part of the scenarios that use them",
        )),
        several => {
            let ids: Vec<&str> = several.iter().map(|s| s.id.as_str()).take(8).collect();
            let text = format!("{} scenarios are selected", several.len());
            let help = format!("a picture shows one: {}", ids.join(", "));
            Err(Failure::usage(text, help))
        }
    }
}
