//! `record --flow`: a scenario of what a server does in another one.

use std::sync::Arc;

use crate::engine::{Trace, Verdict, What};
use crate::report::draft::{self, Play};
use crate::report::escape;
use crate::scenario::Scenario;

use super::super::run::{self, Reference, Server};
use super::super::{Console, ExitCode, Failure, library};
use super::{Args, World, deliver, id, nothing, sessions, world};

pub(super) fn run(args: &Args, flow: &str, console: &Console) -> Result<ExitCode, Failure> {
    let scenario = one(flow, console)?;
    let (server, world) = world(args, console)?;
    let id = id(args)?;
    let server = match server {
        // As `run` has it: what is recorded is to pass there.
        Server::Reference(reference) => Server::Reference(Reference {
            configurations: run::configurations(&run::readings(&args.readings)?),
            ..reference
        }),
        described @ Server::Described(_) => described,
    };
    let done = match sessions(server, twice(&scenario), console)? {
        Ok(done) => done,
        Err(code) => return Ok(code),
    };
    if done.run.incomplete {
        return Ok(nothing("the sessions were interrupted", console));
    }
    let cases = done.cases.iter().map(Option::as_ref);
    let played = done
        .traces
        .iter()
        .zip(cases)
        .filter_map(|(recorded, case)| {
            let case = case.filter(|case| case.inapplicable().is_none())?;
            let trace = &recorded.trace;
            does_anything(trace).then_some(Play { case, trace })
        });
    let plays: Vec<Play<'_>> = played.collect();
    if plays.is_empty() {
        let results = done.run.campaigns.iter().flat_map(|c| &c.scenarios);
        let mut reasons = results.map(|result| result.reason.as_str());
        let why = reasons
            .find(|reason| !reason.is_empty())
            .unwrap_or("it was not played");
        return Ok(nothing(&format!("{}: {why}", scenario.id), console));
    }
    let text = match draft::flow(&plays, &context(id, &scenario, &world)) {
        Ok(recorded) => {
            let peers = done.run.campaigns.iter().flat_map(|c| &c.peer);
            let peers = peers.filter(|found| !found.warning && found.verdict >= Verdict::Fail);
            let mut doubts = recorded.doubts;
            for found in peers {
                let doubt = format!("{} ({})", found.title, found.requirement.id);
                if !doubts.contains(&doubt) {
                    doubts.push(doubt);
                }
            }
            for doubt in &doubts {
                let doubt = escape::terminal(doubt).into_owned();
                console.complain(&format!("a run of it will not pass: {doubt}"));
            }
            recorded.text
        }
        Err(reason) => return Ok(nothing(&reason.to_string(), console)),
    };
    deliver(args, &text, console)?;
    Ok(ExitCode::Passed)
}

fn context<'a>(id: String, scenario: &Scenario, world: &'a World) -> draft::Context<'a> {
    draft::Context {
        id,
        remarks: vec![
            format!("{}, as {} played it.", scenario.id, world.name),
            "It says what this server did each time it was asked, not what has to be.".to_owned(),
        ],
        binding: &world.binding,
        interim: world.interim,
        refused_content_type: &world.values.refused_content_type,
        grant: world.values.grant,
    }
}

/// The scenario that was named.
fn one(name: &str, console: &Console) -> Result<Arc<Scenario>, Failure> {
    let scenarios = library::selected(&[name.to_owned()], console)?;
    match scenarios.as_slice() {
        [one] => Ok(Arc::clone(one)),
        several => {
            let text = format!("--flow takes one scenario, and {name} is {}", several.len());
            Err(Failure::usage(text, "`ch2spec list` names them"))
        }
    }
}

/// What changes from one session to the next shows in the second.
fn twice(scenario: &Arc<Scenario>) -> Vec<Arc<Scenario>> {
    let mut again = Scenario::clone(scenario);
    again.id.push_str("-again");
    vec![Arc::clone(scenario), Arc::new(again)]
}

/// False for what was never played.
fn does_anything(trace: &Trace) -> bool {
    let mut events = trace.events.iter();
    events.any(|event| matches!(event.what, What::Sent { .. } | What::Due(_)))
}
