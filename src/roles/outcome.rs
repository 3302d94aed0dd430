//! What a campaign is given and what it gives back.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::engine::{Case, Event, StepId, Trace};
use crate::io::Time;
use crate::scenario::{Scenario, Sut, TriggerBinding};

use super::trigger::authority;

/// What a [`super::Campaign`] is given.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server.
    pub sut: Sut,
    /// Where the server takes SIP: `sut.sip.address`, resolved.
    pub sip: SocketAddr,
    /// Addresses of the `host:port`s that the triggers' URLs name ([`Settings::names`]); those that
    /// are IP addresses need none.
    pub resolved: BTreeMap<String, SocketAddr>,
    /// The scenarios, in the order their results are wanted in.
    pub scenarios: Vec<Arc<Scenario>>,
    /// How many scenarios run at once, at most; there are never more than subscribers.
    pub jobs: usize,
    /// Seed of every identity and id. The same seed gives the same ones.
    pub seed: u64,
    /// Bounds on what a hostile server can make the harness keep.
    pub limits: Limits,
}

impl Settings {
    /// The `host:port`s that a server's description names beside its SIP address, to be resolved
    /// into [`Settings::resolved`] before a run.
    pub fn names(sut: &Sut) -> Vec<String> {
        let urls = sut.triggers.values().filter_map(|binding| match binding {
            TriggerBinding::Http { url, .. } => Some(url.as_str()),
            _ => None,
        });
        urls.filter_map(authority).map(str::to_owned).collect()
    }
}

/// Bounds on what is kept of one scenario. Beyond any of them it is cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Events of one trace.
    pub events: usize,
    /// Octets of all messages of one trace.
    pub octets: usize,
    /// Octets kept of what no framer could make a message of.
    pub garbage: usize,
    /// CH-2 connections of the server that stand at once; more are refused.
    pub peers: usize,
}

impl Default for Limits {
    /// 20,000 events, 64 MiB, 4 KiB of garbage, 16 connections.
    fn default() -> Limits {
        Limits {
            events: 20_000,
            octets: 64 << 20,
            garbage: 4096,
            peers: 16,
        }
    }
}

/// Something that happened in a campaign, for whoever watches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The Charging Enabler listens.
    EnablerListening(SocketAddr),
    /// The far end takes SIP.
    FarEndListening(SocketAddr),
    /// The server has opened a CH-2 connection and exchanged capabilities.
    PeerOpen {
        /// Its Origin-Host; hostile text.
        host: String,
    },
    /// A scenario has started.
    Started {
        /// Its place in [`Settings::scenarios`].
        index: usize,
        /// Its id.
        id: String,
    },
    /// A scenario is over; [`super::Campaign::played`] has its trace.
    Finished {
        /// Its place in [`Settings::scenarios`].
        index: usize,
    },
    /// A scenario waits for the operator.
    Prompted {
        /// Its place in [`Settings::scenarios`].
        index: usize,
        /// What the operator is asked to do.
        text: String,
    },
    /// Anything else worth a line.
    Note(String),
}

/// One event, told as it happens.
#[derive(Clone, Debug)]
pub struct News {
    /// The scenario's place in [`Settings::scenarios`]; `None` for what happens on CH-2 connections
    /// outside of any scenario.
    pub index: Option<usize>,
    /// What happened.
    pub event: Event,
    /// The step that it meets or carries out.
    pub step: Option<StepId>,
}

/// What came of a campaign.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// One entry per scenario, in the order of [`Settings::scenarios`].
    pub results: Vec<Played>,
    /// What happened on the CH-2 connections outside of any scenario: capabilities exchange,
    /// watchdog, disconnection, requests that nobody owns.
    pub peer: Trace,
    /// Why the server could not be used at all, where it could not.
    pub diagnosis: Option<String>,
    /// True where the run was interrupted.
    pub interrupted: bool,
    /// Datagrams and calls that belong to no scenario, by kind.
    pub strays: BTreeMap<String, u32>,
}

/// One scenario, played or not.
#[derive(Clone, Debug)]
pub struct Played {
    /// What the judge needs besides the trace.
    pub case: Case,
    /// What happened; where the scenario was not played, no more than what was tried.
    pub trace: Trace,
    /// Why it was not played; `None` where it was.
    pub not_played: Option<String>,
    /// First moment and last.
    pub began: Time,
    /// See `began`.
    pub ended: Time,
    /// Who played, by name: `client`, `far end`, `Call-ID`, `ICID`, `Session-Id`.
    pub identities: BTreeMap<String, String>,
    /// Background traffic that was answered or passed over, by kind.
    pub background: BTreeMap<String, u32>,
}
