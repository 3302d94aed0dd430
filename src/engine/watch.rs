//! The always-on rules over a trace.

use crate::ch2::Binding;
use crate::ch2::Strength;
use crate::ch2::rules::{Breach, Monitor, Observation};
use crate::legs::{self, Said};
use crate::scenario::Ixit;

use super::{Event, Finding, Message, Trace, Verdict, What};

/// What the rules of the Diameter connection itself find in the trace of the CH-2 peer, outside any
/// scenario: capabilities, watchdogs, identifiers, and the form of every message.
///
/// Sessions there belong to no scenario (they may have begun before the run, or be somebody
/// else's), so the rules of sessions are not applied to them.
pub fn judge_peer(binding: &Binding, ixit: &Ixit, trace: &Trace) -> Vec<Finding> {
    let (breaches, _) = watch(binding, ixit, trace);
    let of_connection = |breach: &&Breach| !breach.rule.id.starts_with("CC-");
    let mut findings: Vec<Finding> = breaches
        .iter()
        .filter(of_connection)
        .map(|breach| finding(breach, trace))
        .collect();
    findings.sort_by_key(|finding| finding.warning);
    findings
}

/// Lets the rules watch every message of the trace: what they found, and how many of them had
/// something to watch.
pub(super) fn watch(binding: &Binding, ixit: &Ixit, trace: &Trace) -> (Vec<Breach>, usize) {
    let mut ch2 = Monitor::new(binding).with_watchdog_time(ixit.watchdog_time);
    let mut legs = legs::Monitor::default();
    for (index, event) in trace.events.iter().enumerate() {
        let (path, message, from_server) = match &event.what {
            What::Received { path, message, .. } => (*path, message, true),
            What::Sent { path, message, .. } => (*path, message, false),
            What::Path {
                path,
                stands: false,
                ..
            } if event.party.is_enabler() => {
                ch2.path_lost(*path, event.at);
                continue;
            }
            _ => continue,
        };
        let said = match message {
            Message::Diameter(message) => {
                ch2.observe(&Observation {
                    event: index,
                    at: event.at,
                    from_server,
                    im_session: event.session,
                    connection: path,
                    peer: event.party as u8,
                    message,
                });
                continue;
            }
            Message::Sip(message) => Said::Sip(message),
            Message::Msrp(message) => Said::Msrp(message),
            Message::Garbage { .. } => continue,
        };
        legs.observe(&legs::Observation {
            event: index,
            at: event.at,
            from_server,
            leg: leg(event),
            path,
            said,
        });
    }
    match trace.events.last() {
        // What came after a trace was cut short nobody knows.
        Some(event) if !matches!(event.what, What::CutShort(_)) => {
            ch2.ended(event.at);
            legs.ended(event.at);
        }
        _ => {}
    }
    let watched = ch2.watched() + legs.watched();
    let mut breaches = ch2.finish();
    breaches.extend(legs.finish());
    (breaches, watched)
}

/// A number for each party of each session. A scenario has so few sessions that none is used twice.
fn leg(event: &Event) -> u8 {
    let session = u8::try_from(event.session % 64).unwrap_or(0);
    session * 4 + event.party as u8
}

/// A breach as a finding, weighed by its requirement.
pub(super) fn finding(breach: &Breach, trace: &Trace) -> Finding {
    let place = match trace.events.get(breach.event) {
        Some(event) => format!("event {} at {}", breach.event, event.at),
        None => format!("event {}", breach.event),
    };
    Finding {
        check: breach.rule.id.to_owned(),
        verdict: Verdict::Fail,
        warning: breach.requirement.strength != Strength::Must,
        requirement: breach.requirement,
        session: String::new(),
        reading: None,
        title: breach.rule.title.to_owned(),
        source: None,
        expected: breach.expected.clone(),
        observed: format!("{}, {place}", breach.observed),
        instead: String::new(),
        diff: Vec::new(),
        events: [Some(breach.event), breach.against]
            .into_iter()
            .flatten()
            .collect(),
        trace: None,
    }
}
