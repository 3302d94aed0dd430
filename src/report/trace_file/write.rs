//! Traces to lines.

use std::io;

use bytes::Bytes;
use serde::Serialize;

use crate::engine::{Event, Message, Run, Standing, StepId, What};
use crate::report::escape;
use crate::scenario::Party;

use super::line::{Line, LineParty, LineProtocol, LineStanding, LineWhat};
use super::{FORMAT, Header, HeaderCampaign, Recorded, TRACE_VERSION, summary, to_hex};

/// Writes the traces of a run, in the order they are given.
///
/// # Errors
///
/// Where `to` cannot be written to.
pub fn write(run: &Run, traces: &[Recorded], mut to: impl io::Write) -> io::Result<()> {
    write_line(&header(run), &mut to)?;
    for recorded in traces {
        for (index, event) in recorded.trace.events.iter().enumerate() {
            write_line(&line(recorded, index, event), &mut to)?;
        }
    }
    Ok(())
}

fn header(run: &Run) -> Header {
    let campaigns = run.campaigns.iter().map(|campaign| HeaderCampaign {
        server: campaign.server.clone(),
        topology: campaign.topology.clone(),
        dictionary: campaign.dictionary.clone(),
    });
    Header {
        format: FORMAT.to_owned(),
        version: TRACE_VERSION,
        seed: run.seed,
        campaigns: campaigns.collect(),
    }
}

fn write_line(value: &impl Serialize, mut to: impl io::Write) -> io::Result<()> {
    let text = serde_json::to_string(value)?;
    to.write_all(escape::json(&text).as_bytes())?;
    to.write_all(b"\n")
}

fn line(recorded: &Recorded, index: usize, event: &Event) -> Line {
    let mut line = Line {
        campaign: recorded.campaign,
        scenario: recorded.scenario.clone(),
        index,
        at: event.at.as_micros(),
        session: event.session,
        party: match event.party {
            Party::Client => LineParty::Client,
            Party::FarEnd => LineParty::FarEnd,
            Party::Enabler => LineParty::Enabler,
            Party::SecondEnabler => LineParty::SecondEnabler,
        },
        what: LineWhat::FlowOver,
        summary: String::new(),
        path: None,
        standing: None,
        step: None,
        repeated: false,
        deviates: false,
        by_server: false,
        stands: false,
        harness: false,
        reason: None,
        protocol: None,
        took: None,
        bytes: None,
    };
    match &event.what {
        What::Received {
            path,
            message,
            standing,
        } => {
            line.what = LineWhat::Received;
            line.path = Some(*path);
            line.standing = Some(match standing {
                Standing::Flow => LineStanding::Flow,
                Standing::Repeated => LineStanding::Repeated,
                Standing::Background => LineStanding::Background,
            });
            put_message(&mut line, message);
        }
        What::Sent {
            path,
            message,
            step,
            repeated,
            deviates,
        } => {
            line.what = LineWhat::Sent;
            line.path = Some(*path);
            line.step = step.map(|StepId(step)| step);
            line.repeated = *repeated;
            line.deviates = *deviates;
            put_message(&mut line, message);
        }
        What::Path {
            path,
            what,
            by_server,
            stands,
        } => {
            line.stands = *stands;
            line.what = LineWhat::Path;
            line.path = Some(*path);
            line.by_server = *by_server;
            line.reason = Some(what.clone());
        }
        What::Due(step) => put_step(&mut line, LineWhat::Due, *step),
        What::Done(step) => put_step(&mut line, LineWhat::Done, *step),
        What::Expired(step) => put_step(&mut line, LineWhat::Expired, *step),
        What::Impossible {
            step,
            reason,
            harness,
        } => {
            put_step(&mut line, LineWhat::Impossible, *step);
            line.reason = Some(reason.clone());
            line.harness = *harness;
        }
        What::FlowOver => line.what = LineWhat::FlowOver,
        What::Slow(took) => {
            line.what = LineWhat::Slow;
            line.took = Some(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
        What::CutShort(reason) => {
            line.what = LineWhat::CutShort;
            line.reason = Some(reason.clone());
        }
    }
    line
}

fn put_step(line: &mut Line, what: LineWhat, StepId(step): StepId) {
    line.what = what;
    line.step = Some(step);
}

fn put_message(line: &mut Line, message: &Message) {
    let (protocol, bytes): (LineProtocol, &Bytes) = match message {
        Message::Sip(message) => (LineProtocol::Sip, message.raw()),
        Message::Msrp(message) => (LineProtocol::Msrp, message.raw()),
        Message::Diameter(message) => (LineProtocol::Diameter, message.raw()),
        Message::Garbage { bytes, reason } => {
            line.reason = Some(reason.clone());
            (LineProtocol::Garbage, bytes)
        }
    };
    line.summary = summary(message);
    line.protocol = Some(protocol);
    line.bytes = Some(to_hex(bytes));
}
