//! What the file is made of.

use serde::{Deserialize, Serialize};

use crate::engine::Trace;

/// Version of the format; changed whenever a reader of an older one would misread it.
pub const TRACE_VERSION: u32 = 1;

/// What the first line says the file is.
pub const FORMAT: &str = "ch2spec-trace";

/// What stands in place of a scenario's id in the trace of a campaign's CH-2 connection.
pub const PEER: &str = "CH-2 connection";

/// What stands there where a campaign had several such connections, each with a server of its own.
pub fn peer_of(whose: &str) -> String {
    format!("{PEER}, {whose}")
}

/// Whether a trace is that of a CH-2 connection and not of a scenario.
pub fn is_peer(name: &str) -> bool {
    name.starts_with(PEER)
}

/// The trace of one scenario, or of the CH-2 connection outside of them.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Index of the campaign in [`crate::engine::Run::campaigns`].
    pub campaign: usize,
    /// The scenario's id, or [`PEER`].
    pub scenario: String,
    /// What it saw and did.
    pub trace: Trace,
}

/// The first line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// [`TRACE_VERSION`].
    pub version: u32,
    /// The seed of the run.
    pub seed: u64,
    /// The campaigns, by index.
    pub campaigns: Vec<HeaderCampaign>,
}

/// What reading the messages of a campaign takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderCampaign {
    /// The server's name and version.
    pub server: String,
    /// `far end` or `standalone`.
    pub topology: String,
    /// The dictionary profile.
    pub dictionary: String,
}
