//! One event as a line has it.

use serde::{Deserialize, Serialize};

/// One event, with the scenario it belongs to. The order of the fields is that of the line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// Index into the header's campaigns.
    pub campaign: usize,
    pub scenario: String,
    /// Index of the event in its trace.
    pub index: usize,
    /// Microseconds since the run began.
    pub at: u64,
    /// Index of the IM session. Left out for the first, so that a scenario with one session reads
    /// as it did before there could be several; who knows none of it refuses the line.
    #[serde(default, skip_serializing_if = "is_first")]
    pub session: usize,
    pub party: LineParty,
    pub what: LineWhat,
    /// For the eye.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<LineStanding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
    /// Of what was sent: whether it is written wrong on purpose.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deviates: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_server: bool,
    /// Of a path: whether it stands from then on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stands: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub harness: bool,
    /// Why, or what happened, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<LineProtocol>,
    /// How long something took, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<u64>,
    /// The message, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
}

fn is_first(session: &usize) -> bool {
    *session == 0
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LineParty {
    Client,
    FarEnd,
    Enabler,
    SecondEnabler,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LineWhat {
    Received,
    Sent,
    Path,
    Due,
    Done,
    Expired,
    Impossible,
    FlowOver,
    Slow,
    CutShort,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LineStanding {
    Flow,
    Repeated,
    Background,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LineProtocol {
    Sip,
    Msrp,
    Diameter,
    Garbage,
}
