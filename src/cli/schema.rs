//! `ch2spec schema`: the JSON Schema for editors.

use clap::ValueEnum;

use crate::scenario;

use super::{Console, ExitCode, Failure};

/// Arguments of `ch2spec schema`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
In an editor with a YAML language server, the first line of a file turns it on:
  # yaml-language-server: $schema=scenario.json")]
pub struct Args {
    /// Which files it describes
    #[arg(default_value = "scenario")]
    of: Of,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Of {
    /// Scenarios and fragments.
    Scenario,
    /// `sut.yaml`, the description of a server.
    Sut,
    /// A binding profile in a file of its own.
    Binding,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let schema = match args.of {
        Of::Scenario => scenario::scenario_schema(),
        Of::Sut => scenario::sut_schema(),
        Of::Binding => scenario::binding_schema(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(std::io::Error::other)?;
    console.print(&(text + "\n"))?;
    Ok(ExitCode::Passed)
}
