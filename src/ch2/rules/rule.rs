//! A rule, what it watches, and what it finds.

use crate::ch2::Requirement;
use crate::diameter;
use crate::io::Time;

/// One always-on rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable name, such as `CC-ONE-STOP`.
    pub id: &'static str,
    /// What stands behind it.
    pub requirement: &'static str,
    /// One line.
    pub title: &'static str,
    /// For `ch2spec explain`: what it watches, why, and what usually breaks it.
    pub explain: &'static str,
}

/// A CH-2 message as the rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Its place in the trace.
    pub event: usize,
    /// When it was received or sent.
    pub at: Time,
    /// True where the server under test sent it.
    pub from_server: bool,
    /// The IM session that it belongs to; 0 for all where they are not told apart.
    pub im_session: usize,
    /// The peer connection it went over.
    pub connection: u64,
    /// Which of the harness's Charging Enablers it stands with.
    pub peer: u8,
    /// The message.
    pub message: &'a diameter::Message,
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which rule.
    pub rule: &'static Rule,
    /// What stands behind this breach; the rule's own requirement but for rules that watch many
    /// (grammar, flags), where it is the clause that was broken.
    pub requirement: &'static Requirement,
    /// The message that broke it.
    pub event: usize,
    /// The message it is held against, where there is one.
    pub against: Option<usize>,
    /// What was expected.
    pub expected: String,
    /// What was seen.
    pub observed: String,
}
