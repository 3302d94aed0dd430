//! `ch2spec list`: the scenarios.

use std::fmt::Write;
use std::sync::Arc;

use serde::Serialize;

use crate::report::{Style, escape};
use crate::scenario::Scenario;

use super::{Console, ExitCode, Failure, library};

/// Arguments of `ch2spec list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files, directories and ids; the shipped scenarios where there are none
    #[arg(value_name = "PATH|ID")]
    scenarios: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let scenarios = library::selected(&args.scenarios, console)?;
    if scenarios.is_empty() {
        console.complain("no scenario: the files hold fragments only");
        return Ok(ExitCode::NothingRan);
    }
    let text = if args.json {
        json(&scenarios)?
    } else {
        table(&scenarios, &console.style())
    };
    console.print(&text)?;
    Ok(ExitCode::Passed)
}

fn table(scenarios: &[Arc<Scenario>], style: &Style) -> String {
    let widest = scenarios
        .iter()
        .map(|s| escape::terminal(&s.id).chars().count())
        .max();
    let widest = widest.unwrap_or(0);
    let mut text = String::new();
    for scenario in scenarios {
        let id = escape::terminal(&scenario.id);
        let padding = " ".repeat(widest - id.chars().count());
        let title = escape::terminal(&scenario.title);
        let clause = style.dim(&escape::terminal(&scenario.clause));
        let _ = writeln!(text, "{}{padding}  {title}  {clause}", style.bold(&id));
    }
    text
}

/// A scenario as `list --json` has it.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    title: &'a str,
    clause: &'a str,
    figure: Option<&'a str>,
    requirements: Vec<&'static str>,
    needs: Vec<&'static str>,
    readings: Vec<String>,
    #[serde(rename = "type")]
    test_type: &'static str,
    purpose: &'a str,
    test_purposes: Vec<&'static str>,
    file: &'a str,
}

fn json(scenarios: &[Arc<Scenario>]) -> Result<String, Failure> {
    let rows: Vec<Row<'_>> = scenarios
        .iter()
        .map(|scenario| Row {
            id: &scenario.id,
            title: &scenario.title,
            clause: &scenario.clause,
            figure: scenario.figure.as_deref(),
            requirements: scenario.requirements.iter().map(|r| r.id).collect(),
            needs: scenario.needs.iter().map(|ics| ics.name()).collect(),
            readings: scenario.readings.iter().map(ToString::to_string).collect(),
            test_type: scenario.test_type.name(),
            purpose: &scenario.purpose,
            test_purposes: scenario.test_purposes.iter().map(|p| p.id).collect(),
            file: &scenario.source.path,
        })
        .collect();
    let text = serde_json::to_string_pretty(&rows).map_err(std::io::Error::other)?;
    Ok(text + "\n")
}
