//! `ch2spec show`: a scenario, fragments unfolded, line by line.

use std::fmt::Write;

use crate::report::escape;
use crate::scenario::Scenario;

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
    let ladders: Vec<String> = scenarios.iter().map(|s| flow(s)).collect();
    console.print(&escape::terminal_lines(&ladders.join("\n")))?;
    Ok(ExitCode::Passed)
}

/// Who does what, in order, with the readings and claims under which a line belongs to the flow.
fn flow(scenario: &Scenario) -> String {
    let mut text = format!("{}  {}\n{}", scenario.id, scenario.title, scenario.clause);
    if let Some(figure) = &scenario.figure {
        let _ = write!(text, ", figure {figure}");
    }
    text.push_str("\n\n");
    for (number, step) in (1..).zip(&scenario.steps) {
        let under: Vec<String> = step.under.iter().map(ToString::to_string).collect();
        let when: Vec<String> = step.when.iter().map(ToString::to_string).collect();
        let mut conditions = Vec::new();
        if !under.is_empty() {
            conditions.push(format!("under {}", under.join(", ")));
        }
        if !when.is_empty() {
            conditions.push(format!("when {}", when.join(", ")));
        }
        let condition = if conditions.is_empty() {
            String::new()
        } else {
            format!("  [{}]", conditions.join("; "))
        };
        let given = if step.given { "given" } else { "" };
        let _ = writeln!(text, "{number:>4}  {given:<5}  {}{condition}", step.action);
    }
    text
}
