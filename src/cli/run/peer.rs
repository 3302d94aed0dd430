//! What happened on the CH-2 connection outside of any scenario, held to the always-on rules.

use crate::ch2::rules::{Breach, Monitor, Observation};
use crate::ch2::{Binding, Status, Strength};
use crate::engine::{Finding, Message, Trace, Verdict, What};
use crate::scenario::Party;

/// What the rules find in the trace of a CH-2 connection.
pub(super) fn findings(binding: &Binding, trace: &Trace) -> Vec<Finding> {
    let mut monitor = Monitor::new(binding);
    for (index, event) in trace.events.iter().enumerate() {
        let (path, message, from_server) = match &event.what {
            What::Received {
                path,
                message: Message::Diameter(message),
                ..
            } => (path, message, true),
            What::Sent {
                path,
                message: Message::Diameter(message),
                ..
            } => (path, message, false),
            What::Path {
                path,
                stands: false,
                ..
            } if event.party == Party::Enabler => {
                monitor.path_lost(*path, event.at);
                continue;
            }
            _ => continue,
        };
        monitor.observe(&Observation {
            event: index,
            at: event.at,
            from_server,
            connection: *path,
            message,
        });
    }
    let mut found: Vec<Finding> = monitor.finish().iter().map(finding).collect();
    found.sort_by_key(|finding| finding.warning);
    found
}

fn finding(breach: &Breach) -> Finding {
    let requirement = breach.requirement;
    let fails = requirement.strength == Strength::Must && requirement.status == Status::Stated;
    Finding {
        check: breach.rule.id.to_owned(),
        verdict: if fails { Verdict::Fail } else { Verdict::Pass },
        warning: !fails,
        requirement,
        reading: None,
        title: breach.rule.title.to_owned(),
        source: None,
        expected: breach.expected.clone(),
        observed: breach.observed.clone(),
        instead: String::new(),
        diff: Vec::new(),
        events: [Some(breach.event), breach.against]
            .into_iter()
            .flatten()
            .collect(),
    }
}
