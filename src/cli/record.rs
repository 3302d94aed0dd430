//! `ch2spec record`: the first draft of a scenario, from a session with the server, or one of what
//! the server does in a flow.

mod flow;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ch2::{Binding, Reading, ReadingGroup, ReadingId};
use crate::engine::Trace;
use crate::report::trace_file;
use crate::report::{draft, words};
use crate::scenario::{self, Ics, Ixit, Scenario, Severity};

use super::run::{self, Configuration, Following, Order, Reference, Server, Topology};
use super::{Console, ExitCode, Failure, library, timestamp, write_new::write_new};

/// Arguments of `ch2spec record`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --from and --flow, it starts a session, sends messages and ends it, and answers whatever the
server does. What the server did is written down as steps; what changes from session to session as
references. It is a draft: it says what this server did, not what the specification asks for.

With --flow it plays that scenario, twice in each topology it applies in, and writes one that needs no
other file: what we do as the flow has it, and of the server what it did each time. What it did
differently from what the flow wants stands there with a comment.

Exit codes: 0 written, 2 bad usage, 3 no session came about, 5 the server could not be reached")]
pub struct Args {
    /// The server, as its vendor describes it; the reference server without it
    #[arg(long, value_name = "FILE")]
    sut: Option<PathBuf>,
    /// Where the scenario goes; standard output without it
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite what is there
    #[arg(long)]
    force: bool,
    /// Id of the scenario; the name of its file, or RECORDED, without it
    #[arg(long)]
    id: Option<String>,
    /// Play this scenario, a file or the id of a shipped one, in place of a simple session
    #[arg(long, value_name = "PATH|ID", conflicts_with_all = ["messages", "from"])]
    flow: Option<String>,
    /// A message to send, in place of the two that are sent otherwise; may be given several times
    #[arg(
        long = "message",
        short,
        value_name = "TEXT",
        allow_hyphen_values = true
    )]
    messages: Vec<String>,
    /// A reading that the reference server keeps to (R1 to R5, S1 to S3)
    #[arg(long = "reading", value_name = "READING", conflicts_with_all = ["sut", "from"])]
    readings: Vec<String>,
    /// Switch a fault of the reference server on; `ch2spec serve --list-faults` names them
    #[arg(long = "fault", value_name = "NAME", conflicts_with_all = ["sut", "from"])]
    faults: Vec<String>,
    /// Take a trace that was saved (trace.jsonl) in place of a session with the server
    #[arg(long, value_name = "TRACE", conflicts_with = "messages")]
    from: Option<PathBuf>,
    /// Which scenario of the trace; the first with a session without it
    #[arg(long, value_name = "ID", requires = "from")]
    scenario: Option<String>,
}

/// The largest trace that is read, in octets.
const MAX_TRACE: u64 = 256 << 20;

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    if let Some(flow) = &args.flow {
        return flow::run(args, flow, console);
    }
    let (server, world) = world(args, console)?;
    let (trace, source) = match &args.from {
        Some(path) => saved(path, args.scenario.as_deref())?,
        None => match played(args, server, &world, console)? {
            Ok(trace) => (trace, world.name.clone()),
            Err(code) => return Ok(code),
        },
    };
    let context = draft::Context {
        id: id(args)?,
        remarks: vec![
            format!("Recorded from {source}."),
            "It says what this server did in one session, not what has to be: go through it, take \
             away what"
                .to_owned(),
            "does not matter, and give each expectation the requirement that stands behind it."
                .to_owned(),
        ],
        binding: &world.binding,
        interim: world.interim,
        refused_content_type: &world.values.refused_content_type,
        grant: world.values.grant,
    };
    let text = match draft::draft(&trace, &context) {
        Ok(text) => formatted(text),
        Err(reason) => return Ok(nothing(&reason.to_string(), console)),
    };
    deliver(args, &text, console)?;
    Ok(ExitCode::Passed)
}

fn nothing(reason: &str, console: &Console) -> ExitCode {
    let reason = crate::report::escape::terminal(reason);
    console.complain(&format!("nothing is recorded: {reason}"));
    ExitCode::Undecided
}

/// Writes the file where it is to go, and says what can be done with it.
fn deliver(args: &Args, text: &str, console: &Console) -> Result<(), Failure> {
    let shown = args.output.as_deref().map_or_else(
        || "recorded.yaml".to_owned(),
        |path| path.display().to_string(),
    );
    match &args.output {
        Some(path) => {
            write_new(path, text, args.force)?;
            console.print(&format!("{shown}\n"))?;
        }
        None => console.print(text)?,
    }
    check(&shown, text, console)?;
    console.note(&format!(
        "`ch2spec run {shown}` plays it, `ch2spec show {shown}` draws it"
    ));
    Ok(())
}

/// What is written has to be right by the language's own rules.
fn check(path: &str, text: &str, console: &Console) -> Result<(), Failure> {
    let problems = scenario::load_text(path, text.as_bytes()).diagnostics;
    library::report(&problems, console);
    let wrong = problems
        .iter()
        .any(|problem| problem.severity == Severity::Error);
    match wrong {
        true => Err(Failure::Broken("the draft is no valid scenario".to_owned())),
        false => Ok(()),
    }
}

fn formatted(text: String) -> String {
    scenario::format("draft", text.as_bytes()).unwrap_or(text)
}

fn id(args: &Args) -> Result<String, Failure> {
    let stem = args.output.as_deref().and_then(Path::file_stem);
    let given = args.id.clone();
    let id = given.or_else(|| stem.map(|stem| stem.to_string_lossy().into_owned()));
    let id = id.unwrap_or_else(|| "RECORDED".to_owned());
    super::new::sound_id(&id).map(|()| id)
}

/// What is known of the server beside its messages.
struct World {
    name: String,
    binding: Binding,
    interim: ReadingId,
    values: Ixit,
    refuses: bool,
}

fn world(args: &Args, console: &Console) -> Result<(Server, World), Failure> {
    let readings = run::readings(&args.readings)?;
    let server = match &args.sut {
        Some(path) => run::described(path, console)?,
        None => Server::Reference(Reference {
            configurations: vec![Configuration::new(Topology::FarEnd, &readings)],
            faults: run::faults(&args.faults)?,
        }),
    };
    let default = Reading::default_of(ReadingGroup::InterimTrigger).id;
    let world = match &server {
        Server::Described(sut) => World {
            name: sut.name.clone(),
            binding: sut.binding.clone(),
            interim: sut
                .readings
                .get(&ReadingGroup::InterimTrigger)
                .copied()
                .unwrap_or(default),
            values: sut.values.clone(),
            refuses: sut.claims_all().contains(&Ics::RefusesContentType),
        },
        Server::Reference(_) => World {
            name: "the reference server".to_owned(),
            binding: run::reference_binding(),
            interim: readings
                .into_iter()
                .find(|reading| reading.group() == ReadingGroup::InterimTrigger)
                .unwrap_or(default),
            values: Ixit::default(),
            refuses: true,
        },
    };
    Ok((server, world))
}

/// Plays scenarios, one after the other; the code to exit with where the server was not reached.
fn sessions(
    server: Server,
    scenarios: Vec<Arc<Scenario>>,
    console: &Console,
) -> Result<Result<run::Done, ExitCode>, Failure> {
    let order = Order {
        server,
        scenarios,
        jobs: 1,
        seed: fastrand::u64(..),
        started: timestamp::now(),
        following: Following::default(),
    };
    let done = run::play(order, *console)?;
    let Some(diagnosis) = &done.run.diagnosis else {
        return Ok(Ok(done));
    };
    let diagnosis = crate::report::escape::terminal(diagnosis);
    console.complain(&format!("the server could not be reached: {diagnosis}"));
    Ok(Err(ExitCode::Unreachable))
}

/// Plays a session; the code to exit with where none could be played.
fn played(
    args: &Args,
    server: Server,
    world: &World,
    console: &Console,
) -> Result<Result<Trace, ExitCode>, Failure> {
    let loaded = scenario::load_text("probe.yaml", probe(args, world).as_bytes());
    if loaded.has_errors() {
        library::report(&loaded.diagnostics, console);
        return Err(Failure::Broken("the probe is no valid scenario".to_owned()));
    }
    let done = match sessions(server, loaded.scenarios, console)? {
        Ok(done) => done,
        Err(code) => return Ok(Err(code)),
    };
    let own = done
        .traces
        .into_iter()
        .find(|recorded| recorded.scenario == PROBE);
    match own {
        Some(recorded) => Ok(Ok(recorded.trace)),
        None => Err(Failure::Broken("the session left no trace".to_owned())),
    }
}

/// The id of the scenario that drives the session.
const PROBE: &str = "RECORD";

/// Time for whatever the server does by itself after a message.
const SETTLE: &str = "600 ms";

/// A scenario that begins things and waits, and leaves it to the harness to answer. The Response to
/// the start is held back a little, so that what does not wait for it shows.
fn probe(args: &Args, world: &World) -> String {
    let mut text = format!(
        "ch2spec: 1\nid: {PROBE}\ntitle: A session to record\nclause: change-request 6.3.3.3\n\
         requirements: [SIP-INVITE-200]\nlimit: 5 min\nflow:\n  \
         - client sends: SIP INVITE\n    as: invite\n  \
         - enabler receives: SessionRequest (start)\n    as: start\n  \
         - wait: 400 ms\n  \
         - enabler sends: Response\n    for: start\n    grant: $ixit.grant\n  \
         - client receives: SIP response\n    for: invite\n"
    );
    let mut send = |number: usize, keys: &str| {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "  - client sends: MSRP SEND\n    as: message {number}\n{keys}  \
             - client receives: MSRP response\n    for: message {number}\n  - wait: {SETTLE}\n"
        );
    };
    let own: Vec<&str> = args.messages.iter().map(String::as_str).collect();
    match own.as_slice() {
        [] => {
            send(1, "    body: Hello\n");
            // In two chunks: the message is one all the same.
            send(
                2,
                "    body: \"A message in two chunks\"\n    chunk size: 16\n",
            );
        }
        own => {
            for (number, body) in (1..).zip(own) {
                let body = body
                    .strip_prefix('$')
                    .map_or((*body).to_owned(), |rest| format!("$${rest}"));
                send(number, &format!("    body: {}\n", draft::text(&body)));
            }
        }
    }
    if world.refuses {
        send(
            own.len().max(2) + 1,
            "    content type: $ixit.refused-content-type\n    body: Not wanted\n",
        );
    }
    let _ = write!(
        text,
        "  - client sends: SIP BYE\n    as: bye\n  - client receives: SIP response\n    for: bye\n  \
         - wait: {SETTLE}\n"
    );
    text
}

/// A trace of a file.
fn saved(path: &Path, wanted: Option<&str>) -> Result<(Trace, String), Failure> {
    use std::io::Read;

    let name = path.display().to_string();
    let mut text = String::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(MAX_TRACE).read_to_string(&mut text));
    read.map_err(|source| Failure::Read {
        name: name.clone(),
        source,
    })?;
    let file = trace_file::read(&text).map_err(|error| {
        Failure::usage(format!("{name}: {error}"), "it takes trace.jsonl of a run")
    })?;
    let all: Vec<&str> = file
        .traces
        .iter()
        .map(|t| t.scenario.as_str())
        .filter(|id| !trace_file::is_peer(id))
        .collect();
    let fits = |recorded: &&trace_file::Recorded| match wanted {
        Some(id) => recorded.scenario == id,
        None => !trace_file::is_peer(&recorded.scenario),
    };
    let Some(found) = file.traces.iter().find(fits) else {
        let text = format!("{name} has no trace of {}", wanted.unwrap_or("a scenario"));
        let help = format!(
            "it has {}: {}",
            words::count(all.len(), "trace"),
            all.join(", ")
        );
        return Err(Failure::usage(text, help));
    };
    let source = format!("{name}, scenario {}", found.scenario);
    Ok((found.trace.clone(), source))
}
