//! `ch2spec lint`: every problem of scenario files and server descriptions.

use std::fmt::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use crate::report::{escape, words};
use crate::scenario::{Diagnostic, Severity};

use super::{Console, ExitCode, Failure, library};

/// Arguments of `ch2spec lint`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 nothing is wrong (warnings aside), 1 something is")]
pub struct Args {
    /// Scenario files, fragments, server descriptions, and directories of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// How to print problems
    #[arg(long, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// With the line itself and a caret.
    Human,
    /// One JSON object a problem and line.
    Json,
    /// Annotations of a GitHub workflow.
    Github,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let problems = library::problems(&args.paths);
    let mut text = String::new();
    let (shown, more) = match args.format {
        Format::Human => library::shown(&problems),
        Format::Json | Format::Github => (&problems[..], None),
    };
    for problem in shown {
        match args.format {
            Format::Human => {
                let _ = writeln!(text, "{}\n", problem.render(console.colors_stdout()));
            }
            Format::Json => {
                let line = serde_json::to_string(&Line::of(problem));
                let line = line.map_err(std::io::Error::other)?;
                let _ = writeln!(text, "{}", escape::json(&line));
            }
            Format::Github => {
                let _ = writeln!(text, "{}", annotation(problem));
            }
        }
    }
    console.print(&text)?;
    let errors = library::errors(&problems);
    if let Some(more) = more {
        console.note(&more);
    }
    if args.format == Format::Human {
        let warnings = problems.len() - errors;
        let (errors, warnings) = (
            words::count(errors, "error"),
            words::count(warnings, "warning"),
        );
        console.note(&format!("{errors}, {warnings}"));
    }
    Ok(if errors > 0 {
        ExitCode::Failed
    } else {
        ExitCode::Passed
    })
}

/// A problem as `--format json` has it.
#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    severity: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    path: &'a str,
    line: usize,
    column: usize,
}

impl Line<'_> {
    fn of(problem: &Diagnostic) -> Line<'_> {
        Line {
            code: problem.code,
            severity: severity(problem.severity),
            message: &problem.message,
            help: problem.help.as_deref(),
            path: &problem.place.source.path,
            line: problem.place.line,
            column: problem.place.column,
        }
    }
}

/// A problem as a workflow command. What would end a property or the line is written out.
fn annotation(problem: &Diagnostic) -> String {
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut message = problem.message.clone();
    if let Some(help) = &problem.help {
        let _ = write!(message, "\nhelp: {help}");
    }
    format!(
        "::{} file={},line={},col={},title={}::{}",
        severity(problem.severity),
        property(&problem.place.source.path),
        problem.place.line,
        problem.place.column,
        property(problem.code),
        data(&message)
    )
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
