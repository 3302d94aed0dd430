//! `ch2spec init`: a description of a server to begin with.

use std::path::PathBuf;

use super::{Console, ExitCode, Failure, write_new::write_new};

/// Arguments of `ch2spec init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write
    #[arg(default_value = "sut.yaml")]
    path: PathBuf,
    /// Overwrite what is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    // The schema stands elsewhere from where the copy will be.
    let lines = TEMPLATE
        .split_inclusive('\n')
        .filter(|line| !line.contains("yaml-language-server"));
    write_new(&args.path, &lines.collect::<String>(), args.force)?;
    let shown = args.path.display();
    console.print(&format!("{shown}\n"))?;
    console.note(&format!(
        "fill in your server, then: `ch2spec lint {shown}`, `ch2spec run --sut {shown}`"
    ));
    Ok(ExitCode::Passed)
}

/// The description that shows every key, with its default.
const TEMPLATE: &str = include_str!("../../fixtures/sut/example.yaml");
