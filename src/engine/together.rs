//! What a server sends over all scenarios of a run, taken together.
//!
//! Scenarios share the server's connections, and each is judged by its own trace alone. Identifiers
//! have to be unique beyond that: two requests that wait on one connection, two requests of one host,
//! two charging sessions, whoever the users are.

use std::collections::HashMap;
use std::time::Duration;

use crate::ch2::rules::Rule;
use crate::ch2::{Binding, SessionRequest};
use crate::ch2::{Kind, Requirement};
use crate::diameter::key;
use crate::io::Time;

use super::{Finding, Message, Trace, Verdict, What};

/// How long a request surely waits for its answer: what came earlier may have been given up.
const WAITS: Duration = Duration::from_secs(1);

/// How long an End-to-End Identifier stays unique at least (RFC 6733 section 3).
const UNIQUE: Duration = Duration::from_secs(240);

/// Breaches of one rule that are told; more of the same teach nothing.
const TOLD: usize = 5;

/// A SessionRequest of the server.
struct Asked<'a> {
    /// The scenario, by its place.
    scenario: usize,
    event: usize,
    at: Time,
    path: u64,
    hop: u32,
    end: u32,
    origin: String,
    session: String,
    number: Option<u32>,
    kind: Option<Kind>,
    again: bool,
    name: &'a str,
}

impl Asked<'_> {
    fn place(&self) -> String {
        format!("{}, event {} at {}", self.name, self.event, self.at)
    }

    /// Whether it is that request, sent again: it was judged where it came first.
    fn is(&self, other: &Asked<'_>) -> bool {
        self.again || other.again || self.session == other.session && self.number == other.number
    }
}

/// Holds the requests of different scenarios against one another. What two requests of one scenario
/// have in common is for the rules that watch its trace.
///
/// `traces` are named; the clocks of all are the same. That two requests wait at once is only said
/// where the harness read the later one before it answered the earlier one.
pub fn judge_together(binding: &Binding, traces: &[(&str, &Trace)]) -> Vec<Finding> {
    let mut asked = Vec::new();
    let mut answered: HashMap<(u64, u32), Vec<(Time, u32)>> = HashMap::new();
    for (scenario, (name, trace)) in traces.iter().enumerate() {
        for (event, entry) in trace.events.iter().enumerate() {
            match &entry.what {
                What::Received {
                    path,
                    message: Message::Diameter(message),
                    ..
                } if message.is_request() => {
                    let Some(request) = SessionRequest::new(message, binding) else {
                        continue;
                    };
                    let origin = message.find(key::ORIGIN_HOST);
                    let origin = origin.map(|avp| String::from_utf8_lossy(avp.data()).into_owned());
                    asked.push(Asked {
                        scenario,
                        event,
                        at: entry.at,
                        path: *path,
                        hop: message.hop_by_hop(),
                        end: message.end_to_end(),
                        origin: origin.unwrap_or_default(),
                        session: message.session_id().unwrap_or_default().to_owned(),
                        number: request.request_number(),
                        kind: request.kind(),
                        again: message.flags().retransmitted(),
                        name,
                    });
                }
                What::Sent {
                    path,
                    message: Message::Diameter(message),
                    ..
                } if !message.is_request() => {
                    let key = (*path, message.hop_by_hop());
                    let answer = (entry.at, message.end_to_end());
                    answered.entry(key).or_default().push(answer);
                }
                _ => {}
            }
        }
    }
    asked.sort_by_key(|one| (one.at, one.scenario, one.event));
    let mut findings = Vec::new();
    let mut tell = |rule: &str, earlier: &Asked<'_>, later: &Asked<'_>, expected, seen: String| {
        let told = |finding: &&Finding| finding.check == rule;
        if findings.iter().filter(told).count() < TOLD {
            findings.extend(finding(rule, earlier, later, expected, &seen));
        }
    };
    let (mut hops, mut ends, mut names) = (HashMap::new(), HashMap::new(), HashMap::new());
    for later in &asked {
        let earlier: Option<&Asked<'_>> = hops.insert((later.path, later.hop), later);
        if let Some(earlier) = earlier.filter(|one| one.scenario != later.scenario) {
            let times = answered.get(&(later.path, later.hop));
            // The later one may be answered in the moment in which it is read.
            let settles = |(at, end): &(Time, u32)| {
                *at >= earlier.at && (*at < later.at || *at == later.at && *end == earlier.end)
            };
            let waits = !times.into_iter().flatten().any(settles);
            if waits && later.at.since(earlier.at) < WAITS && !later.is(earlier) {
                let expected = "a Hop-by-Hop Identifier that no request under way has";
                tell(
                    "DIA-HOP-BY-HOP",
                    earlier,
                    later,
                    expected,
                    format!("0x{:08x}", later.hop),
                );
            }
        }
        let earlier: Option<&Asked<'_>> = ends.insert((&later.origin, later.end), later);
        if let Some(earlier) = earlier.filter(|one| one.scenario != later.scenario)
            && later.at.since(earlier.at) < UNIQUE
            && !later.is(earlier)
        {
            let expected = "an End-to-End Identifier that no other request has";
            tell(
                "DIA-END-TO-END",
                earlier,
                later,
                expected,
                format!("0x{:08x}", later.end),
            );
        }
        if later.kind != Some(Kind::Start) || later.session.is_empty() {
            continue;
        }
        let earlier: Option<&Asked<'_>> = names.insert(&later.session, later);
        if let Some(earlier) = earlier.filter(|one| one.scenario != later.scenario)
            && !later.again
            && later.end != earlier.end
        {
            let expected = "a Session-Id that no session had before";
            tell(
                "CC-ONE-START",
                earlier,
                later,
                expected,
                format!("\"{}\"", later.session),
            );
        }
    }
    findings
}

fn finding(
    rule: &str,
    earlier: &Asked<'_>,
    later: &Asked<'_>,
    expected: &str,
    seen: &str,
) -> Option<Finding> {
    let rule = Rule::find(rule)?;
    let requirement = Requirement::find(rule.requirement)?;
    Some(Finding {
        check: rule.id.to_owned(),
        verdict: Verdict::Fail,
        warning: requirement.strength != crate::ch2::Strength::Must,
        requirement,
        session: String::new(),
        reading: None,
        title: rule.title.to_owned(),
        source: None,
        expected: expected.to_owned(),
        observed: format!("{seen}, {}", later.place()),
        instead: format!("it was that of {}", earlier.place()),
        diff: Vec::new(),
        events: vec![later.event],
        trace: Some(later.name.to_owned()),
    })
}
