//! The verb: what can be wrong is settled before anything is sent.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;

use crate::ch2::{Reading, ReadingId};
use crate::reference::Fault;
use crate::report::files::RunDirectory;
use crate::report::{Style, human, json, junit, words};
use crate::scenario::{self, Scenario};

use super::super::{Console, ExitCode, Failure, library, suggest, timestamp};
use super::{Configuration, Following, Order, Reference, Server, Topology, play, strict, watch};

/// Arguments of `ch2spec run`.
#[derive(Debug, clap::Args)]
#[command(after_help = super::super::exit::HELP)]
pub struct Args {
    /// Files, directories, ids, beginnings of ids and patterns; all shipped scenarios where there
    /// are none
    #[arg(value_name = "PATH|ID")]
    scenarios: Vec<String>,
    /// The server under test, as its vendor describes it; the reference server without it
    #[arg(long, value_name = "FILE")]
    sut: Option<PathBuf>,
    /// Switch a fault of the reference server on; `ch2spec serve --list-faults` names them
    #[arg(long = "fault", value_name = "NAME", conflicts_with = "sut")]
    faults: Vec<String>,
    /// Let the reference server keep to a reading (R1 to R5, S1 to S3)
    #[arg(long = "reading", value_name = "READING", conflicts_with = "sut")]
    readings: Vec<String>,
    /// Count warnings as failures: a scenario with one fails, and the run ends with 1
    #[arg(long)]
    strict: bool,
    /// Who stands behind the reference server
    #[arg(
        long,
        value_name = "TOPOLOGY",
        default_value = "both",
        conflicts_with = "sut"
    )]
    topology: TopologyChoice,
    /// Scenarios that run at once; 32 against the reference server and 8 against another where it
    /// is left out
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    jobs: Option<u16>,
    /// Where reports and evidence go
    #[arg(long, value_name = "DIR", default_value = "reports")]
    report_dir: PathBuf,
    /// What to print; the report directory holds all of them
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// Seed of every identity and id, decimal or 0x...; the same seed gives the same ones
    #[arg(long, value_name = "N", value_parser = seed)]
    seed: Option<u64>,
    /// Show every message as it happens, and every step of every scenario; twice: every message
    /// field by field
    #[arg(long, short, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Wait for the operator before each step of ours; one scenario runs at a time
    #[arg(long, conflicts_with = "jobs")]
    step: bool,
    /// Run again when a scenario, a fragment it uses or the server's description changes; Ctrl-C
    /// ends, with the exit code of the last run
    #[arg(long, conflicts_with = "step")]
    watch: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
    Junit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TopologyChoice {
    /// The harness plays the far end.
    FarEnd,
    /// The server answers sessions itself.
    Standalone,
    /// Both of them; without `--reading` also what it takes to have each scenario apply somewhere.
    Both,
}

impl Args {
    /// The operands that are files and directories.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        let paths = self.scenarios.iter().filter(|name| library::is_path(name));
        paths.map(PathBuf::from).collect()
    }

    /// The description of the server.
    pub(super) fn sut(&self) -> Option<&Path> {
        self.sut.as_deref()
    }
}

/// What came of one run.
pub(super) struct Once {
    /// What it comes to.
    pub code: ExitCode,
    /// True where the operator ended it.
    pub interrupted: bool,
}

impl Once {
    fn nothing() -> Once {
        Once {
            code: ExitCode::NothingRan,
            interrupted: false,
        }
    }
}

pub(in crate::cli) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    if args.watch {
        watch::run(args, console)
    } else {
        Ok(once(args, console)?.code)
    }
}

/// Runs what the arguments name, once.
pub(super) fn once(args: &Args, console: &Console) -> Result<Once, Failure> {
    if args.step && !std::io::stdin().is_terminal() {
        let help = "run it in a terminal; without --step it asks nobody";
        let text = "--step waits for an operator, and standard input is no terminal";
        return Err(Failure::usage(text, help));
    }
    // Problems of all files are printed before the first of them ends the command.
    let server = server(args, console);
    let scenarios = library::selected(&args.scenarios, console);
    let (server, scenarios) = (server?, scenarios?);
    if scenarios.is_empty() {
        console.complain("no scenario is selected: the files hold fragments only");
        return Ok(Once::nothing());
    }
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    let started = timestamp::now();
    // Made first: evidence that cannot be kept is known before anything is sent.
    let directory = RunDirectory::create(&args.report_dir, &started, seed)?;
    let order = order(args, server, scenarios, seed, started);
    let mut done = play(order, *console)?;
    if args.strict {
        strict::apply(&mut done.run);
    }
    directory.write(&done.run, &done.traces)?;
    let evidence = directory.trace().display().to_string();
    console.print(&match args.format {
        Format::Human => {
            let style = console
                .style()
                .with_verbose(args.verbose > 0)
                .with_evidence(evidence);
            human::render(&done.run, &style)
        }
        Format::Json => json::render(&done.run)?,
        Format::Junit => junit::render(&done.run).map_err(std::io::Error::other)?,
    })?;
    if args.format != Format::Human {
        console.note(&human::summary_line(&done.run, &Style::plain()));
    }
    let code = ExitCode::of(&done.run);
    if code == ExitCode::NothingRan {
        console.complain("nothing ran: no scenario applies to what the server claims");
    }
    Ok(Once {
        code,
        interrupted: done.run.incomplete,
    })
}

fn order(
    args: &Args,
    server: Server,
    scenarios: Vec<Arc<Scenario>>,
    seed: u64,
    started: String,
) -> Order {
    let jobs = args.jobs.map_or_else(|| jobs(&server), usize::from);
    Order {
        server,
        scenarios,
        jobs: if args.step { 1 } else { jobs },
        seed,
        started,
        following: Following {
            messages: args.verbose > 0 || args.step,
            fields: args.verbose > 1,
            stepwise: args.step,
        },
    }
}

/// How many scenarios run at once where nobody says. Most of their time is waiting, which overlaps;
/// a server that is not ours is not to be put under load.
fn jobs(server: &Server) -> usize {
    match server {
        Server::Described(_) => 8,
        Server::Reference(_) => 32,
    }
}

fn server(args: &Args, console: &Console) -> Result<Server, Failure> {
    match &args.sut {
        Some(path) => described(path, console),
        None => Ok(Server::Reference(Reference {
            configurations: configured(args.topology, &readings(&args.readings)?),
            faults: faults(&args.faults)?,
        })),
    }
}

/// What the reference server is run as where nothing is said but its readings.
pub(in crate::cli) fn configurations(readings: &[ReadingId]) -> Vec<Configuration> {
    configured(TopologyChoice::Both, readings)
}

/// Every configuration where nobody asks for one.
fn configured(topology: TopologyChoice, readings: &[ReadingId]) -> Vec<Configuration> {
    let topologies: &[Topology] = match topology {
        TopologyChoice::FarEnd => &[Topology::FarEnd],
        TopologyChoice::Standalone => &[Topology::Standalone],
        TopologyChoice::Both if readings.is_empty() => return Configuration::standard(),
        TopologyChoice::Both => &[Topology::FarEnd, Topology::Standalone],
    };
    let with = |topology: &Topology| Configuration::new(*topology, readings);
    topologies.iter().map(with).collect()
}

pub(in crate::cli) fn described(path: &Path, console: &Console) -> Result<Server, Failure> {
    let loaded = scenario::load_sut(path);
    library::report(&loaded.diagnostics, console);
    match (loaded.sut, library::errors(&loaded.diagnostics)) {
        (Some(sut), 0) => Ok(Server::Described(Box::new(sut))),
        (_, number) => Err(Failure::Diagnosed {
            count: words::count(number.max(1), "problem"),
        }),
    }
}

/// The faults of these names.
pub(in crate::cli) fn faults(names: &[String]) -> Result<Vec<Fault>, Failure> {
    let known: Vec<&str> = Fault::all().iter().map(|fault| fault.name()).collect();
    let fault = |name: &String| {
        name.parse().map_err(|_| {
            let help = suggest::remedy(name, &known, "`ch2spec serve --list-faults` names them");
            Failure::usage(format!("no fault is called \"{name}\""), help)
        })
    };
    names.iter().map(fault).collect()
}

/// The readings of these names, at most one of each group.
pub(in crate::cli) fn readings(names: &[String]) -> Result<Vec<ReadingId>, Failure> {
    let mut chosen: Vec<ReadingId> = Vec::new();
    for name in names {
        let known = Reading::all()
            .iter()
            .find(|r| r.id.to_string().eq_ignore_ascii_case(name));
        let reading = known.ok_or_else(|| {
            let all: Vec<String> = Reading::all()
                .iter()
                .map(|r| format!("{} ({})", r.id, r.title))
                .collect();
            let help = format!("the readings are {}", all.join(", "));
            Failure::usage(format!("no reading is called \"{name}\""), help)
        })?;
        if let Some(other) = chosen.iter().find(|other| other.group() == reading.group) {
            let message = format!("{other} and {} answer the same question", reading.id);
            return Err(Failure::usage(message, "give one of them"));
        }
        chosen.push(reading.id);
    }
    Ok(chosen)
}

/// A seed, decimal or 0x and digits.
pub(in crate::cli) fn seed(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| "a seed is a number from 0 to 2^64-1, decimal or 0x and digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_decimal_or_hexadecimal() {
        assert_eq!(seed("42"), Ok(42));
        assert_eq!(seed("0xffffffffffffffff"), Ok(u64::MAX));
        assert!(seed("-1").is_err());
        assert!(seed("0x").is_err());
    }

    #[test]
    fn two_readings_of_one_question_are_refused() {
        let names = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        assert_eq!(
            readings(&names(&["r3", "S2"])).unwrap(),
            [ReadingId::R3, ReadingId::S2]
        );
        let error = readings(&names(&["R1", "R2"])).unwrap_err();
        assert_eq!(error.to_string(), "R1 and R2 answer the same question");
        let error = readings(&names(&["R9"])).unwrap_err();
        assert!(
            error.help().is_some_and(|help| help.contains("R1 (")),
            "{error:?}"
        );
    }

    #[test]
    fn a_fault_that_is_nearly_right_is_offered() {
        let error = faults(&["no-stpo".to_owned()]).unwrap_err();
        assert!(
            error
                .help()
                .is_some_and(|help| help.contains("\"no-stop\"")),
            "{error:?}"
        );
        assert_eq!(error.exit_code(), ExitCode::Usage);
    }
}
