//! `ch2spec explain`: what an id in a report stands for.

use std::fmt::Write;

use crate::ch2::Requirement;
use crate::report::{escape, words};

use super::{Console, ExitCode, Failure, suggest};

/// Arguments of `ch2spec explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A requirement (MSG-6), a reading (R2), an always-on rule or a diagnostic
    id: String,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let text = requirement(&args.id).ok_or_else(|| unknown(&args.id))?;
    console.print(&escape::terminal_lines(&text))?;
    Ok(ExitCode::Passed)
}

fn requirement(id: &str) -> Option<String> {
    let found = Requirement::all().iter().find(|r| r.id.eq_ignore_ascii_case(id))?;
    let mut text = format!("{}: {}\n", found.id, found.text);
    let _ = writeln!(text, "\n  source  {}", words::citation(found));
    let _ = writeln!(text, "  weight  {}", words::weight(found));
    if !found.note.is_empty() {
        let _ = writeln!(text, "  note    {}", found.note);
    }
    Some(text)
}

fn unknown(id: &str) -> Failure {
    let known: Vec<&str> = Requirement::all().iter().map(|r| r.id).collect();
    let help = suggest::remedy(id, &known, "ids stand in reports beside what they explain");
    Failure::usage(format!("nothing is called \"{id}\""), help)
}
