//! The trace: everything that one scenario saw and did, in one order, on one clock.

use std::time::Duration;

use bytes::Bytes;

use crate::io::Time;
use crate::scenario::Party;
use crate::{diameter, msrp, sip};

/// Index of a step in `Scenario::steps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub usize);

/// Everything that one scenario saw and did, in the order it happened at the harness.
///
/// What the harness sends is entered before it is written and what it receives after it was read,
/// so "our message stands before theirs" proves that theirs was not sent in answer to a later one.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The events. Their index is their name.
    pub events: Vec<Event>,
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: Time,
    /// Which IM session of the scenario it belongs to: an index of
    /// [`Scenario::sessions`](crate::scenario::Scenario::sessions). 0 for what belongs to none, such
    /// as a CH-2 connection that all of them use.
    pub session: usize,
    /// Whose.
    pub party: Party,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// The server sent a message and the party received it.
    Received {
        /// The connection or socket it came over; one number per transport path of the run.
        path: u64,
        /// The message.
        message: Message,
        /// What the party made of it before the judge saw it.
        standing: Standing,
    },
    /// The party sent a message.
    Sent {
        /// The connection or socket it went over.
        path: u64,
        /// The message, decoded from the bytes that were written.
        message: Message,
        /// The step it carries out; `None` for what the harness does by itself (ACK, DWA, ...).
        step: Option<StepId>,
        /// True for a retransmission.
        repeated: bool,
        /// True where the file has it written other than the protocol and the dictionary ask.
        /// No verdict rests on this: it tells whoever else reads the bytes that the fault in them
        /// is meant.
        deviates: bool,
    },
    /// A transport path came or went.
    Path {
        /// The path.
        path: u64,
        /// What happened to it, in words: `connected`, `closed by the server`, `reset`, ...
        what: String,
        /// True where it has come to stand, false where it is gone.
        stands: bool,
        /// True where the server did it.
        by_server: bool,
    },
    /// A step became due: from now on its time runs.
    Due(StepId),
    /// A step of the harness was done that sends no message of its own: a trigger, a wait, or the
    /// end of a quiet window.
    Done(StepId),
    /// A step's time ran out before it was met.
    Expired(StepId),
    /// A step could not be carried out, with the reason: no session to send in, a trigger that
    /// failed.
    Impossible {
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
        /// True where the harness or its configuration is to blame and not the server.
        harness: bool,
    },
    /// The flow is over. What follows tidies up and is not judged, but the always-on rules and
    /// the absence of further SessionRequests still hold.
    FlowOver,
    /// So long the server took to answer a watchdog while the scenario listened: a good part of Tx. It
    /// or the harness is too busy for anything that depends on time to be anybody's mistake.
    Slow(Duration),
    /// The run was interrupted, or a limit of the harness was reached: nothing more is known.
    CutShort(String),
}

/// What a party made of a message it received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It belongs to the scenario's flow and goes to the judge.
    Flow,
    /// A retransmission of an earlier message.
    Repeated,
    /// Background traffic that was answered and counted (OPTIONS, session refresh, watchdog, a
    /// provisional response).
    Background,
}

/// A message of one of the three protocols.
#[derive(Clone, Debug)]
pub enum Message {
    /// SIP.
    Sip(sip::Message),
    /// MSRP.
    Msrp(msrp::Message),
    /// Diameter.
    Diameter(diameter::Message),
    /// Bytes that no framer could make a message of.
    Garbage {
        /// As much of them as is kept.
        bytes: Bytes,
        /// What the framer said.
        reason: String,
    },
}
