//! What is fed to the rules and what comes out of them.

use std::collections::BTreeSet;

use crate::ch2::rules::Breach;
use crate::io::Time;
use crate::{msrp, sip};

use super::call::Calls;
use super::catalog::Name;
use super::form;
use super::session::Sessions;
use super::transaction::Transactions;

/// What has been watched and found.
pub(super) type Found = crate::ch2::rules::Found<Name>;

/// A SIP or MSRP message as the rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Its place in the trace.
    pub event: usize,
    /// When it was received or sent.
    pub at: Time,
    /// True where the server under test sent it.
    pub from_server: bool,
    /// Which party of which session it went to or came from.
    pub leg: u8,
    /// The connection or socket it went over.
    pub path: u64,
    /// The message.
    pub said: Said<'a>,
}

/// A message of either protocol.
#[derive(Clone, Copy, Debug)]
pub enum Said<'a> {
    /// SIP.
    Sip(&'a sip::Message),
    /// MSRP.
    Msrp(&'a msrp::Message),
}

/// Watches the SIP and MSRP of a server.
#[derive(Debug, Default)]
pub struct Monitor {
    found: Found,
    /// Connections and sockets over which the harness sent requests with faults, which their
    /// responses repeat.
    spoilt: BTreeSet<u64>,
    /// Faults that MSRP requests of the harness had: a relay need not look into what it passes on.
    passed_on: BTreeSet<&'static str>,
    transactions: Transactions,
    calls: Calls,
    sessions: Sessions,
}

impl Monitor {
    /// Takes the next message of the trace, whichever side sent it.
    pub fn observe(&mut self, seen: &Observation<'_>) {
        let found = &mut self.found;
        let sound = seen.from_server || seen.said.is_sound();
        if !sound && self.spoilt.len() < MOST_SPOILT {
            self.spoilt.insert(seen.path);
        }
        let repeats = self.spoilt.contains(&seen.path);
        match seen.said {
            Said::Sip(message) => {
                if seen.from_server {
                    form::sip(seen, message, repeats && message.is_response(), found);
                }
                self.sessions.described(seen, message);
                self.transactions.observe(seen, message, sound, found);
                self.calls.observe(seen, message, sound, found);
            }
            Said::Msrp(message) => {
                if !seen.from_server && message.method().is_some() {
                    let faults = message.faults().iter();
                    self.passed_on.extend(faults.map(|fault| fault.text));
                }
                // A response has the paths of its request.
                if seen.from_server && !(repeats && message.method().is_none()) {
                    let ours = |text| self.passed_on.contains(text);
                    form::msrp(seen, message, ours, found);
                }
                self.sessions.observe(seen, message, found);
            }
        }
    }

    /// The trace ends at `at`.
    pub fn ended(&mut self, at: Time) {
        self.calls.ended(at, &mut self.found);
    }

    /// How many rules had something to watch so far.
    pub fn watched(&self) -> usize {
        self.found.watched()
    }

    /// The breaches so far, in the order they were found.
    pub fn breaches(&self) -> &[Breach] {
        self.found.breaches()
    }

    /// Ends the watch.
    pub fn finish(self) -> Vec<Breach> {
        self.found.finish()
    }
}

/// Connections of one trace that are remembered as spoilt.
const MOST_SPOILT: usize = 4096;

impl Said<'_> {
    fn is_sound(&self) -> bool {
        match self {
            Said::Sip(message) => is_sound(message),
            Said::Msrp(message) => {
                let broken = |fault: &msrp::Fault| fault.severity == msrp::Severity::Must;
                !message.faults().iter().any(broken)
            }
        }
    }
}

/// True where a message of the harness has no fault that breaks a MUST.
fn is_sound(message: &sip::Message) -> bool {
    let broken = |fault: &sip::Fault| fault.severity == sip::Severity::Must;
    !message.faults().iter().any(broken)
}
