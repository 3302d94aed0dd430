//! `ch2spec fmt`: one form for scenario files and server descriptions.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::report::words;
use crate::scenario::{self, Source};

use super::{Console, ExitCode, Failure, library};

/// Arguments of `ch2spec fmt`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The order of keys, quotes, spaces, blank lines, and which maps stand on a line are brought into one
form; comments stay with what they stand above or behind, and no value changes.

Exit codes: 0 done, or nothing to do; 1 a file cannot be read as YAML, or --check found one to format")]
pub struct Args {
    /// Files, and directories of them; `-` formats standard input to standard output
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Change nothing; name the files that are not in the form
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    if args.paths == [Path::new("-")] {
        return piped(args.check, console);
    }
    let (files, problems) = scenario::yaml_files(&args.paths);
    library::report(&problems, console);
    let (mut wrong, mut changed) = (problems.len(), String::new());
    for file in files {
        let source = match Source::read(&file) {
            Ok(source) => source,
            Err(problem) => {
                library::report(&[*problem], console);
                wrong += 1;
                continue;
            }
        };
        match scenario::format(&source.path, source.text.as_bytes()) {
            Ok(text) if text == source.text => {}
            Ok(text) => {
                if !args.check {
                    std::fs::write(&file, text)?;
                }
                changed.push_str(&format!("{}\n", file.display()));
            }
            Err(problems) => {
                library::report(&problems, console);
                wrong += 1;
            }
        }
    }
    console.print(&changed)?;
    let count = words::count(changed.lines().count(), "file");
    console.note(&format!(
        "{count} {}",
        if args.check { "to format" } else { "formatted" }
    ));
    let fails = wrong > 0 || args.check && !changed.is_empty();
    Ok(if fails {
        ExitCode::Failed
    } else {
        ExitCode::Passed
    })
}

fn piped(check: bool, console: &Console) -> Result<ExitCode, Failure> {
    let mut bytes = Vec::new();
    let limit = scenario::MAX_FILE_BYTES as u64 + 1;
    let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
    read.map_err(|source| Failure::Read {
        name: "standard input".to_owned(),
        source,
    })?;
    match scenario::format("standard input", &bytes) {
        Ok(text) if check => Ok(if text.as_bytes() == bytes {
            ExitCode::Passed
        } else {
            ExitCode::Failed
        }),
        Ok(text) => {
            console.print(&text)?;
            Ok(ExitCode::Passed)
        }
        Err(problems) => {
            library::report(&problems, console);
            Ok(ExitCode::Failed)
        }
    }
}
