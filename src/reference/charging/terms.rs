//! The terms in which a credit-control session speaks: states, requests, answers, actions.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::reference::{FailureHandling, Fault, Interim, Units};

use super::amount::{Amount, Measures};

/// What rules a credit-control session.
#[derive(Clone, Debug)]
pub struct Policy {
    pub interim: Interim,
    /// The kind of unit that is asked for.
    pub units: Units,
    pub tx: Duration,
    /// How long an answer is awaited after Tx has expired.
    pub late_answer: Duration,
    pub failure_handling: FailureHandling,
    pub faults: BTreeSet<Fault>,
}

/// The state of tables 3 and 4. Idle comes twice: before the start, and after the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing has been asked yet.
    New,
    /// The start is outstanding.
    PendingI,
    /// Credit is granted.
    Open,
    /// An interim is outstanding.
    PendingU,
    /// The stop is outstanding.
    PendingT,
    /// Idle, and the service goes on without credit control.
    Free,
    /// Idle, and the service has ended.
    Idle,
}

/// Which request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// INITIAL_REQUEST.
    Start,
    /// UPDATE_REQUEST.
    Interim,
    /// TERMINATION_REQUEST.
    Stop,
    /// EVENT_REQUEST with Requested-Action DIRECT_DEBITING; it belongs to no session.
    DirectDebit,
    /// EVENT_REQUEST with Requested-Action REFUND_ACCOUNT; it belongs to no session.
    Refund,
}

impl Kind {
    /// True for a request that belongs to no session yet: any Charging Enabler may serve it.
    pub fn is_first(self) -> bool {
        matches!(self, Kind::Start | Kind::DirectDebit | Kind::Refund)
    }
}

/// A Credit-Control-Request to send, in the terms of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    pub kind: Kind,
    /// CC-Request-Number.
    pub number: u32,
    /// Units to report; `None`: no Used-Service-Unit.
    pub used: Option<Measures>,
    /// What the report covers, whatever the kinds that are reported.
    pub covers: Amount,
    /// Whether units are asked for.
    pub asks: bool,
    /// Termination-Cause of a stop.
    pub cause: Option<Cause>,
}

/// Termination-Cause (RFC 6733 8.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The user left.
    Logout = 1,
    /// Service was never given.
    ServiceNotProvided = 2,
    /// An answer could not be understood.
    BadAnswer = 3,
    /// The server or the Charging Enabler ended it.
    Administrative = 4,
    /// A connection was lost.
    LinkBroken = 5,
    /// A timer of the session ended it.
    SessionTimeout = 8,
}

/// A Credit-Control-Answer, in the terms of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Result-Code; a missing one counts as 5012.
    pub result: u32,
    /// Result-Code of the service in Multiple-Services-Credit-Control (RFC 8506 5.1.2).
    pub of_service: Option<u32>,
    pub grant: Grant,
    /// Unit-, Volume- and Time-Quota-Threshold.
    pub threshold: Measures,
    /// A Final-Unit-Indication came.
    pub final_unit: bool,
    /// Validity-Time.
    pub validity: Option<Duration>,
    /// Credit-Control-Failure-Handling.
    pub failure_handling: Option<FailureHandling>,
}

/// What was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// No Granted-Service-Unit: the amount is not limited.
    Unlimited,
    /// So many units, of one kind or several.
    Units(Measures),
    /// What cannot be taken: units of a kind that is not supported, or a mandatory AVP that is not
    /// known.
    Incorrect,
}

/// What the session asks of the call it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this request.
    Send(Request),
    /// Service may begin.
    Admit,
    /// Deliver the oldest message that was accepted and not delivered yet.
    Deliver,
    /// Units came, or will not come: look again at the messages held.
    Resume,
    /// End the user's service, or refuse it where it has not begun.
    End(Reason),
    /// Nothing more will be sent.
    Closed,
}

/// Why credit control ends a user's service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An answer with this Result-Code.
    Refused(u32),
    /// No answer, or nobody to ask.
    NoAnswer,
    /// The final units are spent.
    Spent,
    /// The answer could not be taken: an unknown mandatory AVP, or units of an unknown kind.
    BadAnswer,
}

/// Whether a message may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Yes.
    Take,
    /// Not before an answer: keep it. See [`CreditSession::ask`].
    Hold,
    /// No.
    Refuse,
}

/// The answer to a Re-Auth-Request (RFC 8506 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReAuth {
    /// DIAMETER_LIMITED_SUCCESS: an interim follows.
    InterimFollows,
    /// DIAMETER_SUCCESS: an interim is outstanding already.
    Outstanding,
    /// The table has no such event in this state.
    Unexpected,
}
