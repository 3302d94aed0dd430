//! The verb.

use std::sync::Arc;

use crate::reference::Fault;
use crate::report::escape;
use crate::scenario::Scenario;

use super::super::{Console, ExitCode, Failure, library, run as runs};
use super::outcome::Scope;
use super::show;
use super::trials::{self, Plan};

/// The table that `--help` ends with.
const HELP: &str = "\
Exit codes:
  0  every scenario passes on the clean server, and every fault is caught for its reason
  1  a scenario does not pass or fails for no fault, or a fault is not caught for its reason
  2  bad usage or scenario; nothing was sent
  3  interrupted, or the harness broke
  4  nothing ran: no scenario was selected";

/// Arguments of `ch2spec selftest`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// Try this fault of the reference server; all of them where none is named
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<String>,
    /// Run this scenario (a path, an id, the beginning of one, a pattern); all where none is named
    #[arg(long = "scenario", value_name = "ID")]
    scenarios: Vec<String>,
    /// Run everything so often, each time in another order
    #[arg(long, value_name = "N", default_value = "1",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    repeat: u16,
    /// Seed of the order of scenarios and of all ids, decimal or 0x...
    #[arg(long, value_name = "N", value_parser = runs::seed)]
    seed: Option<u64>,
    /// Faults that are tried at once, where the system lets so many files be open
    #[arg(long, short, value_name = "N", default_value = "32",
          value_parser = clap::value_parser!(u16).range(1..=100))]
    jobs: u16,
    /// Play each scenario against each fault in every configuration where it applies; without it, in
    /// the first one
    #[arg(long)]
    full: bool,
    /// Print everything that was found as JSON
    #[arg(long)]
    json: bool,
    /// Name every scenario that fails for a fault
    #[arg(long, short)]
    verbose: bool,
}

pub(in crate::cli) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let faults = match runs::faults(&args.faults)? {
        named if named.is_empty() => Fault::all().to_vec(),
        named => named,
    };
    let scenarios: Vec<Arc<Scenario>> = library::selected(&args.scenarios, console)?;
    if scenarios.is_empty() {
        console.complain("no scenario is selected: the files hold fragments only");
        return Ok(ExitCode::NothingRan);
    }
    let plan = Plan {
        scenarios,
        faults,
        rounds: args.repeat.into(),
        jobs: args.jobs.into(),
        seed: args.seed.unwrap_or_else(|| fastrand::u64(..)),
        full: args.full,
        scope: Scope {
            all_faults: args.faults.is_empty(),
            all_scenarios: args.scenarios.is_empty(),
        },
    };
    let outcome = trials::run(&plan, *console)?;
    if args.json {
        let text = serde_json::to_string_pretty(&outcome).map_err(std::io::Error::other)?;
        console.print(&(escape::json(&text) + "\n"))?;
    } else {
        let style = console.style().with_verbose(args.verbose);
        console.print(&show::render(&outcome, &style))?;
    }
    Ok(match (outcome.incomplete, outcome.holds()) {
        (true, _) => ExitCode::Undecided,
        (false, true) => ExitCode::Passed,
        (false, false) => ExitCode::Failed,
    })
}
