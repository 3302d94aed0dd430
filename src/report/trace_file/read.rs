//! Lines to traces.

use std::time::Duration;

use serde_json::error::Category;
use thiserror::Error;

use crate::diameter::Dictionary;
use crate::engine::{Event, Message, Standing, StepId, Trace, What};
use crate::io::Time;
use crate::scenario::Party;
use crate::{diameter, msrp, sip};

use super::line::{Line, LineParty, LineProtocol, LineStanding, LineWhat};
use super::{FORMAT, Header, HexError, Recorded, TRACE_VERSION, from_hex};

/// A file that was read.
#[derive(Clone, Debug)]
pub struct TraceFile {
    /// Its first line.
    pub header: Header,
    /// The traces, in the order in which their first events stand in the file.
    pub traces: Vec<Recorded>,
}

/// Why a file could not be read, and where.
#[derive(Debug, Error)]
#[error("line {line}: {problem}")]
pub struct ReadError {
    /// 1-based.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Debug, Error)]
pub enum Problem {
    /// The file has no line at all.
    #[error("the file is empty; a trace begins with a header line")]
    Empty,
    /// The line is no JSON; the last line of a run that was killed looks like this.
    #[error("no complete JSON object, column {column}: {text}")]
    NoJson {
        /// 1-based.
        column: usize,
        /// What the JSON reader said.
        text: String,
    },
    /// The line is JSON and not what a trace holds.
    #[error("not a line of a trace: {0}")]
    NoEvent(String),
    /// The first line is of another format.
    #[error("the format is {0:?} where {FORMAT:?} is read")]
    Format(String),
    /// The file is of another version.
    #[error("the file has version {0} where version {TRACE_VERSION} is read")]
    Version(u32),
    /// A campaign that the header does not list.
    #[error("campaign {0} is not in the header")]
    Campaign(usize),
    /// A dictionary that this build does not know.
    #[error("the dictionary {0:?} is not known")]
    Dictionary(String),
    /// An event is missing or out of its place.
    #[error("event {found} of {scenario} stands where event {expected} belongs")]
    Index {
        /// The scenario.
        scenario: String,
        /// The event that is next.
        expected: usize,
        /// The event that is there.
        found: usize,
    },
    /// The clock runs backwards.
    #[error("the event is older than the one before it in {0}")]
    Clock(String),
    /// A field that this kind of event must have.
    #[error("the field `{0}` is missing")]
    Missing(&'static str),
    /// The bytes of the message.
    #[error("the bytes of the message: {0}")]
    Bytes(#[from] HexError),
}

/// Reads a whole file back.
///
/// # Errors
///
/// [`ReadError`] with the first line that cannot be read: nothing is passed over, because a judge
/// that misses an event gives another verdict.
pub fn read(text: &str) -> Result<TraceFile, ReadError> {
    let mut lines = (1..).zip(text.lines());
    let (_, first) = lines.next().ok_or(ReadError {
        line: 1,
        problem: Problem::Empty,
    })?;
    let header = header(first).map_err(|problem| ReadError { line: 1, problem })?;
    let dictionaries = dictionaries(&header).map_err(|problem| ReadError { line: 1, problem })?;
    let mut file = TraceFile {
        header,
        traces: Vec::new(),
    };
    for (number, text) in lines {
        take(&mut file, &dictionaries, text).map_err(|problem| ReadError {
            line: number,
            problem,
        })?;
    }
    Ok(file)
}

fn header(text: &str) -> Result<Header, Problem> {
    // Format and version first: a later version may have other fields.
    let value: serde_json::Value = json(text)?;
    match value.get("format").and_then(serde_json::Value::as_str) {
        Some(FORMAT) => {}
        other => return Err(Problem::Format(other.unwrap_or_default().to_owned())),
    }
    let version = value
        .get("version")
        .and_then(serde_json::Value::as_u64)
        .unwrap_or(0);
    if version != u64::from(TRACE_VERSION) {
        return Err(Problem::Version(u32::try_from(version).unwrap_or(u32::MAX)));
    }
    json(text)
}

fn dictionaries(header: &Header) -> Result<Vec<&'static Dictionary>, Problem> {
    let known = header.campaigns.iter().map(|campaign| {
        Dictionary::by_profile(&campaign.dictionary)
            .ok_or_else(|| Problem::Dictionary(campaign.dictionary.clone()))
    });
    known.collect()
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => Problem::NoEvent(error.to_string()),
        _ => Problem::NoJson {
            column: error.column(),
            text: error.to_string(),
        },
    })
}

fn take(
    file: &mut TraceFile,
    dictionaries: &[&'static Dictionary],
    text: &str,
) -> Result<(), Problem> {
    let line: Line = json(text)?;
    let dictionary = dictionaries
        .get(line.campaign)
        .ok_or(Problem::Campaign(line.campaign))?;
    let same = |r: &&mut Recorded| r.campaign == line.campaign && r.scenario == line.scenario;
    // The events of a scenario usually follow one another.
    let found = file.traces.iter_mut().rev().find(same);
    let (known, last) = match &found {
        Some(recorded) => (recorded.trace.events.len(), recorded.trace.events.last()),
        None => (0, None),
    };
    if line.index != known {
        let (scenario, found) = (line.scenario, line.index);
        return Err(Problem::Index {
            scenario,
            expected: known,
            found,
        });
    }
    let at = Time::from_micros(line.at);
    if last.is_some_and(|last| last.at > at) {
        return Err(Problem::Clock(line.scenario));
    }
    let party = match line.party {
        LineParty::Client => Party::Client,
        LineParty::FarEnd => Party::FarEnd,
        LineParty::Enabler => Party::Enabler,
        LineParty::SecondEnabler => Party::SecondEnabler,
    };
    let event = Event {
        at,
        session: line.session,
        party,
        what: what(&line, dictionary)?,
    };
    match found {
        Some(recorded) => recorded.trace.events.push(event),
        None => file.traces.push(Recorded {
            campaign: line.campaign,
            scenario: line.scenario,
            trace: Trace {
                events: vec![event],
            },
        }),
    }
    Ok(())
}

fn what(line: &Line, dictionary: &'static Dictionary) -> Result<What, Problem> {
    let step = || line.step.map(StepId).ok_or(Problem::Missing("step"));
    let path = || line.path.ok_or(Problem::Missing("path"));
    let reason = || line.reason.clone().ok_or(Problem::Missing("reason"));
    Ok(match line.what {
        LineWhat::Received => What::Received {
            path: path()?,
            message: message(line, dictionary)?,
            standing: match line.standing.ok_or(Problem::Missing("standing"))? {
                LineStanding::Flow => Standing::Flow,
                LineStanding::Repeated => Standing::Repeated,
                LineStanding::Background => Standing::Background,
            },
        },
        LineWhat::Sent => What::Sent {
            path: path()?,
            message: message(line, dictionary)?,
            step: line.step.map(StepId),
            repeated: line.repeated,
            deviates: line.deviates,
        },
        LineWhat::Path => What::Path {
            path: path()?,
            what: reason()?,
            by_server: line.by_server,
            stands: line.stands,
        },
        LineWhat::Due => What::Due(step()?),
        LineWhat::Done => What::Done(step()?),
        LineWhat::Expired => What::Expired(step()?),
        LineWhat::Impossible => What::Impossible {
            step: step()?,
            reason: reason()?,
            harness: line.harness,
        },
        LineWhat::FlowOver => What::FlowOver,
        LineWhat::Slow => What::Slow(Duration::from_micros(
            line.took.ok_or(Problem::Missing("took"))?,
        )),
        LineWhat::CutShort => What::CutShort(reason()?),
    })
}

fn message(line: &Line, dictionary: &'static Dictionary) -> Result<Message, Problem> {
    let bytes = from_hex(line.bytes.as_deref().ok_or(Problem::Missing("bytes"))?)?;
    Ok(match line.protocol.ok_or(Problem::Missing("protocol"))? {
        LineProtocol::Sip => Message::Sip(sip::Message::decode(bytes)),
        LineProtocol::Msrp => Message::Msrp(msrp::Message::decode(bytes)),
        LineProtocol::Diameter => {
            Message::Diameter(diameter::Message::decode_with(bytes, dictionary))
        }
        LineProtocol::Garbage => {
            let reason = line.reason.clone().ok_or(Problem::Missing("reason"))?;
            Message::Garbage { bytes, reason }
        }
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::report::example;
    use crate::report::trace_file::write;

    const INVITE: &[u8] = b"INVITE sip:b@example.invalid SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n\x00\xff";
    const SEND: &[u8] = b"MSRP a786 SEND\r\nTo-Path: x\r\n\r\nHi\r\n-------a786$\r\n";
    /// A CCR header with nothing behind it.
    const CCR: &[u8] = &[
        1, 0, 0, 20, 0xc0, 0, 1, 16, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2,
    ];

    fn every_event() -> Trace {
        let sip = Message::Sip(sip::Message::decode(Bytes::from_static(INVITE)));
        let msrp = Message::Msrp(msrp::Message::decode(Bytes::from_static(SEND)));
        let ccr = Message::Diameter(diameter::Message::decode(Bytes::from_static(CCR)));
        let garbage = Message::Garbage {
            bytes: Bytes::from_static(b"\x00\n\xfe"),
            reason: "no".to_owned(),
        };
        let sent = |message, step, repeated| What::Sent {
            path: 7,
            message,
            step,
            repeated,
            deviates: repeated,
        };
        let received = |message, standing| What::Received {
            path: 8,
            message,
            standing,
        };
        let whats = [
            What::Path {
                path: 7,
                what: "connected\u{202e}".to_owned(),
                by_server: true,
                stands: true,
            },
            What::Due(StepId(0)),
            sent(sip.clone(), Some(StepId(0)), false),
            sent(sip, None, true),
            received(msrp, Standing::Flow),
            received(ccr.clone(), Standing::Repeated),
            received(ccr, Standing::Background),
            received(garbage, Standing::Flow),
            What::Done(StepId(3)),
            What::Expired(StepId(4)),
            What::Impossible {
                step: StepId(5),
                reason: "no session".to_owned(),
                harness: true,
            },
            What::FlowOver,
            What::Slow(Duration::from_millis(251)),
            What::CutShort("Ctrl-C".to_owned()),
        ];
        let parties = [Party::Client, Party::FarEnd, Party::Enabler];
        let events = whats.into_iter().zip(parties.into_iter().cycle()).zip(0..);
        let event = |((what, party), at)| Event {
            at: Time::from_micros(at),
            session: at as usize % 2,
            party,
            what,
        };
        Trace {
            events: events.map(event).collect(),
        }
    }

    fn written() -> (String, Vec<Recorded>) {
        let mut run = example::run();
        run.campaigns.push(run.campaigns[0].clone());
        let record = |campaign, scenario: &str| Recorded {
            campaign,
            scenario: scenario.to_owned(),
            trace: every_event(),
        };
        let traces = vec![record(0, "A"), record(0, "B"), record(1, "A")];
        let mut text = Vec::new();
        write(&run, &traces, &mut text).unwrap();
        (String::from_utf8(text).unwrap(), traces)
    }

    #[test]
    fn what_was_written_is_read_back_byte_for_byte() {
        let (text, traces) = written();
        let file = read(&text).unwrap();
        assert_eq!(file.header.seed, 42);
        assert_eq!(file.traces.len(), 3);
        for (read, written) in file.traces.iter().zip(&traces) {
            assert_eq!(
                (read.campaign, &read.scenario),
                (written.campaign, &written.scenario)
            );
            // Debug shows every field of an event, the bytes of a Diameter message excepted.
            assert_eq!(format!("{:?}", read.trace), format!("{:?}", written.trace));
        }
        let bytes: Vec<&[u8]> = file.traces[0]
            .trace
            .events
            .iter()
            .filter_map(|event| raw(&event.what))
            .collect();
        assert_eq!(bytes, [INVITE, INVITE, SEND, CCR, CCR, b"\x00\n\xfe"]);
    }

    fn raw(what: &What) -> Option<&[u8]> {
        match what {
            What::Sent { message, .. } | What::Received { message, .. } => Some(match message {
                Message::Sip(message) => message.raw(),
                Message::Msrp(message) => message.raw(),
                Message::Diameter(message) => message.raw(),
                Message::Garbage { bytes, .. } => bytes,
            }),
            _ => None,
        }
    }

    #[test]
    fn each_line_is_one_object_with_a_summary() {
        let (text, traces) = written();
        assert_eq!(text.lines().count(), 1 + 3 * traces[0].trace.events.len());
        let line: serde_json::Value = serde_json::from_str(text.lines().nth(3).unwrap()).unwrap();
        assert_eq!(
            line["summary"],
            "SIP INVITE sip:b@example.invalid SIP/2.0 (1 INVITE)"
        );
        assert_eq!(line["party"], "enabler");
        assert_eq!(line["step"], 0);
    }

    #[test]
    fn a_line_without_a_session_is_the_first_ones() {
        let (text, _) = written();
        let second = text.lines().nth(2).unwrap();
        assert!(second.contains("\"session\":1"), "{second}");
        let older = text.replace("\"session\":1,", "");
        let file = read(&older).unwrap();
        assert!(
            file.traces[0]
                .trace
                .events
                .iter()
                .all(|event| event.session == 0)
        );
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let (text, _) = written();
        let text = text.replacen("\"version\":1", "\"version\":2", 1);
        let error = read(&text).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 1: the file has version 2 where version 1 is read"
        );
    }

    #[test]
    fn what_is_wrong_is_located() {
        let (text, _) = written();
        let lines: Vec<&str> = text.lines().collect();
        let with = |index: usize, line: &str| {
            let mut lines = lines.clone();
            lines[index] = line;
            read(&lines.join("\n")).unwrap_err().to_string()
        };
        assert!(with(4, &lines[4][..30]).starts_with("line 5: no complete JSON object"));
        assert!(with(2, &lines[2].replace("due", "dew")).starts_with("line 3: not a line of"));
        let gap = with(2, lines[3]);
        assert_eq!(gap, "line 3: event 2 of A stands where event 1 belongs");
        let odd = with(3, &lines[3].replace("\"bytes\":\"", "\"bytes\":\"0"));
        assert_eq!(
            odd,
            "line 4: the bytes of the message: the last byte has one digit only"
        );
        let alien = with(0, &lines[0].replace("dds-2011", "acme"));
        assert_eq!(alien, "line 1: the dictionary \"acme\" is not known");
        assert!(
            read("")
                .unwrap_err()
                .to_string()
                .starts_with("line 1: the file is empty")
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(lines in proptest::collection::vec("\\PC*", 0..4)) {
            let (text, _) = written();
            let header = text.lines().next().unwrap();
            let _ = read(&lines.join("\n"));
            let _ = read(&format!("{header}\n{}", lines.join("\n")));
        }
    }
}
