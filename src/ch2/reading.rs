//! The registry of readings: where the change request can be read in more than one way.

use std::fmt;

use serde::Serialize;

/// A question that the change request answers in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadingGroup {
    /// What triggers `SessionRequest (interim)` (6.3.3.3 step 6).
    InterimTrigger,
    /// When the server's own BYE triggers `SessionRequest (stop)` (6.3.3.4 step 5).
    StopTrigger,
}

/// The name of a reading: `R1` to `R5`, `S1` to `S3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum ReadingId {
    /// Literal: the server's BYE triggers an interim.
    R1,
    /// Each accepted SEND triggers an interim.
    R2,
    /// Only spent quota triggers an interim (RFC 8506 section 5.3).
    R3,
    /// Confirmed delivery of each message triggers an interim.
    R4,
    /// Time triggers an interim.
    R5,
    /// Sending the BYE triggers the stop.
    S1,
    /// The 200 OK to the BYE triggers the stop.
    S2,
    /// Literal: the server received a BYE on its other leg, which triggers the stop.
    S3,
}

/// One way to read the change request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Its name.
    pub id: ReadingId,
    /// The question it answers.
    pub group: ReadingGroup,
    /// The answer in half a line.
    pub title: &'static str,
    /// Why one may read the text so.
    pub text: &'static str,
    /// Whether the harness takes it where the vendor claims none in the group.
    pub default: bool,
    /// Where it can be told from the others at all.
    pub applies: Applies,
}

/// Where a reading can be told from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applies {
    /// Everywhere.
    Always,
    /// Only with a far end behind the server.
    WithFarEnd,
    /// Only where the session is ended by a BYE on the server's other leg.
    WhenFarEndEnds,
}

impl fmt::Display for ReadingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
