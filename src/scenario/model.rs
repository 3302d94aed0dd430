//! A scenario as it stands after loading: every name resolved, every place kept.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::ch2::{Kind, ReadingId, Requirement, TestPurpose, TestType};
use crate::diameter::AvpKey;

use super::exact::Exact;
use super::node::Node;
use super::reply::{Changes, Command, Reply};
use super::{Ics, Length};

/// A loaded scenario file, its fragments unfolded into one list of steps.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Stable name in the style of an OMA enabler test specification: `IMC-MSG-con-001`.
    pub id: String,
    /// One line.
    pub title: String,
    /// The clause it mirrors, such as `change-request 6.3.3.3`.
    pub clause: String,
    /// The figure it mirrors, where the clause has a numbered one.
    pub figure: Option<String>,
    /// What kind of behaviour it shows the server.
    pub test_type: TestType,
    /// What it is for, in a sentence or two; empty where the file does not say.
    pub purpose: String,
    /// The test purposes that it realises.
    pub test_purposes: Vec<&'static TestPurpose>,
    /// What it tests.
    pub requirements: Vec<&'static Requirement>,
    /// ICS items that must be claimed, or the verdict is `not applicable`.
    pub needs: Vec<Ics>,
    /// Of each question that is named here, the readings it applies under; under any other the
    /// verdict is `not applicable`.
    pub readings: Vec<ReadingId>,
    /// The whole scenario ends by then, whatever the server does.
    pub limit: Duration,
    /// Runs alone, because it disturbs the shared CH-2 peer connection.
    pub exclusive: bool,
    /// The IM sessions it plays, each with a client, a far end and a charging session of its own.
    /// The first one always exists and has no name.
    pub sessions: Vec<Session>,
    /// `given` and then `flow`, in file order.
    pub steps: Vec<Step>,
    /// `one of:` blocks; [`Step::branch`] says which steps belong to which.
    pub choices: Vec<Choice>,
    /// The file it was read from.
    pub source: Arc<Source>,
}

impl Scenario {
    /// Whether it applies where the server keeps to a reading.
    pub fn applies_under(&self, reading: ReadingId) -> bool {
        let mut same = self
            .readings
            .iter()
            .filter(|r| r.group() == reading.group());
        same.clone().next().is_none() || same.any(|r| *r == reading)
    }

    /// The IXIT values that its steps rest on where the server implements `claims`, by the names
    /// behind `$ixit.`.
    pub fn ixit_used(&self, claims: &[Ics]) -> BTreeSet<&str> {
        let claimed = |step: &&Step| step.when.iter().all(|ics| claims.contains(ics));
        self.steps
            .iter()
            .filter(claimed)
            .flat_map(|step| step.ixit.iter().map(String::as_str))
            .collect()
    }
}

/// A `one of:` block: alternatives, of which the server takes one.
#[derive(Clone, Debug)]
pub struct Choice {
    /// `when seen:` of each alternative.
    pub names: Vec<Option<String>>,
    /// Its key, in the scenario or in a fragment.
    pub place: Place,
    /// Where a fragment was used, innermost first.
    pub used_at: Vec<Place>,
}

/// A place in a `one of:` block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Which block: an index of [`Scenario::choices`].
    pub choice: usize,
    /// Which of its alternatives, from 0.
    pub alternative: usize,
}

impl Branch {
    /// Whether at most one of two steps belongs to a flow: they stand in different alternatives of
    /// one block.
    pub fn apart(a: Option<Branch>, b: Option<Branch>) -> bool {
        a.zip(b)
            .is_some_and(|(a, b)| a.choice == b.choice && a.alternative != b.alternative)
    }
}

/// One IM session of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Its name in the file; `None` for the first one.
    pub name: Option<String>,
    /// Which of the subscriber pairs that the scenario needs plays it, counted from 0.
    pub pair: usize,
}

/// A file that was read, kept for messages that quote it.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Path as the user gave it, or `scenarios/...` for an embedded one.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// Bytes of its text.
    pub bytes: Range<usize>,
    /// 1-based line of the first byte.
    pub line: usize,
    /// 1-based column of the first byte, in characters.
    pub column: usize,
}

/// One line of a figure.
#[derive(Clone, Debug)]
pub struct Step {
    /// `as:`; unique among the steps that can be active together. A label of a fragment whose name
    /// is taken has a number: `debit#2`. A request that a Response answers without naming it has
    /// one that no file can write: `#3`.
    pub label: Option<String>,
    /// Which IM session it belongs to: an index of [`Scenario::sessions`].
    pub session: usize,
    /// What happens.
    pub action: Action,
    /// `under:`; the readings in which the step belongs to the flow. Empty: all of them.
    pub under: Vec<ReadingId>,
    /// `when:`; ICS items without which the step is left out.
    pub when: Vec<Ics>,
    /// `after:`; labels of steps that must have happened before this one.
    pub after: Vec<String>,
    /// `before:`; labels of steps that must not happen before this one has.
    pub before: Vec<String>,
    /// `hold until:`; a message of ours waits until that step has happened, within bounds.
    pub hold_until: Option<String>,
    /// `within:`; how long the step may take once it is due. `None`: the IXIT value.
    pub within: Option<Length>,
    /// `no sooner than:`; how long after what the step follows its message may come at the earliest.
    pub no_sooner: Option<Length>,
    /// `optional:` and `times:`; how many messages meet the step.
    pub count: Count,
    /// `unanswered:`; a request that is received and that the harness does not answer.
    pub unanswered: bool,
    /// `refused with:`; the Result-Code of the CEA with which a CER is refused.
    pub refused_with: Option<u32>,
    /// `any order:`; steps with the same number come in any order.
    pub any_order: Option<usize>,
    /// `one of:`; the alternative it belongs to.
    pub branch: Option<Branch>,
    /// `repeats:`; the SessionRequest that the server sends once more.
    pub repeats: Option<String>,
    /// What the message must hold.
    pub checks: Vec<Check>,
    /// The IXIT values that it names, as they stand behind `$ixit.`.
    pub ixit: BTreeSet<String>,
    /// `requirement:`; what stands behind the step.
    pub requirements: Vec<&'static Requirement>,
    /// True in the `given` part.
    pub given: bool,
    /// Its keys and values as a file without fragments would have them, the action first; without
    /// `session`, `under` and `when`.
    pub written: Vec<(&'static str, Node)>,
    /// The step's own lines, in the scenario or in a fragment.
    pub place: Place,
    /// Where a fragment was used, innermost first; empty for a step of the scenario itself.
    pub used_at: Vec<Place>,
}

impl Step {
    /// Its label, where a file has written it.
    pub fn name(&self) -> Option<&str> {
        self.label
            .as_deref()
            .filter(|label| !label.starts_with('#'))
    }
}

/// How many messages meet an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// `optional:`; none at all is as right as `least`.
    pub optional: bool,
    /// The fewest, where one comes at all. Never 0.
    pub least: usize,
    /// The most.
    pub most: usize,
    /// True where `times:` stands in the file, so that one too many breaks the step.
    pub stated: bool,
}

impl Count {
    /// One message, which has to come.
    pub const ONCE: Count = Count {
        optional: false,
        least: 1,
        most: 1,
        stated: false,
    };

    /// True where the number of messages is left to the server, within bounds.
    pub fn is_loose(self) -> bool {
        self.optional || self.least < self.most
    }
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// The IM Client.
    Client,
    /// The other party, behind the server.
    FarEnd,
    /// The Charging Enabler.
    Enabler,
    /// The Charging Enabler that the server turns to where the first one fails.
    SecondEnabler,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// `<party> sends: <message>`.
    Send {
        /// Who.
        party: Party,
        /// What.
        message: Outgoing,
    },
    /// `<party> receives: <message>`.
    Receive {
        /// Who.
        party: Party,
        /// What.
        message: Incoming,
    },
    /// `<party> receives nothing: <message>`, for a quiet window.
    ReceiveNothing {
        /// Who.
        party: Party,
        /// What must not come; `None` for any message of the scenario.
        message: Option<Incoming>,
        /// `for:`; how long. `None`: the IXIT quiet window.
        window: Option<Length>,
    },
    /// `<party> sends again: LABEL`: the same bytes once more.
    SendAgain {
        /// Who.
        party: Party,
        /// The label of the step that sent them first.
        of: String,
    },
    /// `<party> does: <something>` that is no message.
    Do {
        /// Who.
        party: Party,
        /// What.
        deed: Deed,
    },
    /// `trigger:`, bound in `sut.yaml`.
    Trigger(Trigger),
    /// `wait:`.
    Wait(Length),
}

/// Something the server is made to do by means other than a message of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trigger {
    /// `trigger: server ends session`.
    ServerEndsSession,
}

/// Something that a party does and that is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// The client or the far end closes its MSRP connection.
    CloseMsrp,
    /// It opens one to where the server's session is.
    ConnectMsrp,
    /// It answers nothing any more, and sends nothing by itself.
    FallSilent,
    /// A Charging Enabler closes the server's connections to it.
    CloseConnection,
    /// It resets them.
    ResetConnection,
    /// It takes no new connections.
    StopListening,
    /// It takes connections again.
    ListenAgain,
}

/// What bytes are sent over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Over {
    /// The way that SIP requests take.
    Sip,
    /// The MSRP connection.
    Msrp,
    /// The CH-2 connection.
    Ch2,
}

/// A message the harness sends.
#[derive(Clone, Debug)]
pub enum Outgoing {
    /// A SIP request: `SIP INVITE`, `SIP BYE`, ...
    SipRequest {
        /// The method.
        method: String,
        /// `body:` and `content type:`; `None`: the body that such a request has by itself.
        body: Option<SipBody>,
        /// `headers:`.
        headers: Vec<HeaderChange>,
    },
    /// A SIP response: `SIP 200`, to the request of step `answers`.
    SipResponse {
        /// Status code.
        status: u16,
        /// `for:`.
        answers: Option<String>,
        /// `headers:`.
        headers: Vec<HeaderChange>,
    },
    /// `SIP bytes`, `MSRP bytes`, `bytes`: exactly these.
    Bytes {
        /// What they are sent over.
        over: Over,
        /// `bytes:`, `hex:` or `file:`.
        exact: Exact,
    },
    /// `MSRP SEND`.
    MsrpSend {
        /// The body as it goes on the wire.
        body: Bytes,
        /// `content type:`; `text/plain` where the file says nothing. `None`: an empty SEND.
        content_type: Option<Expr>,
        /// `chunk size:` in octets; `None`: one chunk.
        chunk_size: Option<usize>,
        /// `abort after:`; so many whole chunks, then one that gives the message up.
        abort_after: Option<usize>,
        /// `failure report:`.
        failure_report: Option<String>,
        /// `success report:`.
        success_report: bool,
        /// `headers:`.
        headers: Vec<HeaderChange>,
    },
    /// `MSRP REPORT`, on the SEND of step `answers`.
    MsrpReport {
        /// `status:`.
        status: u16,
        /// `for:`.
        answers: Option<String>,
        /// `headers:`.
        headers: Vec<HeaderChange>,
    },
    /// `MSRP 200` and other status codes, to the SEND of step `answers`.
    MsrpResponse {
        /// Status code.
        status: u16,
        /// `for:`.
        answers: Option<String>,
        /// `headers:`.
        headers: Vec<HeaderChange>,
    },
    /// `Response`, to the SessionRequest of step `answers`.
    Response {
        /// `for:`; the nearest SessionRequest step above where it is left out.
        answers: String,
        /// What it holds.
        reply: Box<Reply>,
    },
    /// `RAR`, `ASR`, `DWR` or `DPR`.
    PeerRequest {
        /// Which.
        command: Command,
        /// What is changed in it.
        changes: Box<Changes>,
    },
}

impl Outgoing {
    /// Whether the file has the message written other than the protocol and the dictionary ask:
    /// byte by byte, spoilt, with something unknown in it, or without what belongs in it.
    pub fn deviates(&self) -> bool {
        match self {
            Outgoing::Bytes { .. } => true,
            Outgoing::SipRequest { headers, .. }
            | Outgoing::SipResponse { headers, .. }
            | Outgoing::MsrpSend { headers, .. }
            | Outgoing::MsrpReport { headers, .. }
            | Outgoing::MsrpResponse { headers, .. } => {
                headers.iter().any(|header| header.value.is_none())
            }
            Outgoing::Response { reply, .. } => reply.changes.deviate(true),
            Outgoing::PeerRequest { changes, .. } => changes.deviate(false),
        }
    }
}

/// The body of a SIP request that a scenario writes itself.
#[derive(Clone, Debug)]
pub struct SipBody {
    /// As it goes on the wire.
    pub bytes: Bytes,
    /// Its Content-Type.
    pub content_type: Expr,
}

/// A header of a message the harness sends, other than the harness would have it.
#[derive(Clone, Debug)]
pub struct HeaderChange {
    /// Canonical name.
    pub name: String,
    /// What it holds, in the place of what stands there; `None`: the header is left out.
    pub value: Option<Expr>,
}

/// Which status codes a step wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statuses {
    /// `SIP response`, `MSRP response`: any.
    Any,
    /// `SIP 200`: this one.
    One(u16),
    /// `SIP 4xx`: those of a class, given by its first digit.
    Class(u16),
    /// `SIP failure`: 300 to 699. `MSRP failure`: anything but 200.
    Failure,
}

/// A message the harness expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A SIP request of that method.
    SipRequest {
        /// The method.
        method: String,
    },
    /// A SIP response to the request of step `answers`.
    SipResponse {
        /// Its status, a final one.
        status: Statuses,
        /// `for:`.
        answers: Option<String>,
    },
    /// `MSRP SEND`.
    MsrpSend {
        /// `for:`; the client's SEND that is forwarded.
        forwards: Option<String>,
    },
    /// `MSRP REPORT`.
    MsrpReport {
        /// `for:`; the SEND of its own party that it reports on. `None`: any.
        on: Option<String>,
    },
    /// An MSRP response to the SEND of step `answers`.
    MsrpResponse {
        /// Its status.
        status: Statuses,
        /// `for:`.
        answers: Option<String>,
    },
    /// `DWR`, `DPR` or `CER`.
    PeerRequest {
        /// Which.
        command: Command,
    },
    /// `RAA`, `ASA`, `DWA` or `DPA`, to the request of step `answers`.
    PeerAnswer {
        /// Which.
        command: Command,
        /// `for:`.
        answers: Option<String>,
    },
    /// `SessionRequest (start | interim | stop)`; `None`: any.
    SessionRequest {
        /// Which.
        kind: Option<Kind>,
    },
}

/// One thing a received message must hold.
#[derive(Clone, Debug)]
pub struct Check {
    /// What is looked at.
    pub target: Target,
    /// What it must be.
    pub matcher: Matcher,
    /// The requirement behind it; the step's own where the check names none.
    pub requirement: Option<&'static Requirement>,
    /// The lines of the check.
    pub place: Place,
}

/// What a check looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `avps:`, a path from the outermost AVP. A path that starts at the command and is not found
    /// there is looked for inside Multiple-Services-Credit-Control as well, where the binding
    /// allows units there.
    Avp {
        /// Keys along the path.
        path: Vec<AvpKey>,
        /// The path as written: `Subscription-Id / Subscription-Id-Data`.
        name: String,
    },
    /// `used units:`, through the binding.
    UsedUnits,
    /// `requested units:`, through the binding.
    RequestedUnits,
    /// `headers:` of a SIP or MSRP message.
    Header {
        /// Canonical name.
        name: String,
    },
    /// `body:`.
    Body,
    /// `reason:`, the phrase of a SIP response or comment of an MSRP one.
    Reason,
}

/// What a value must be.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// `X` or `{ equals: X }`.
    Equals(Expr),
    /// `{ differs from: X }`.
    DiffersFrom(Expr),
    /// `{ one of: [X, Y] }`.
    OneOf(Vec<Expr>),
    /// `{ pattern: REGEX }`.
    Pattern(String),
    /// `{ greater than: X }`.
    GreaterThan(Expr),
    /// `{ less than: X }`.
    LessThan(Expr),
    /// `{ between: [X, Y] }`, both ends included.
    Between(Expr, Expr),
    /// `{ equals: X, tolerance: N }`.
    Within {
        /// The middle.
        value: Expr,
        /// The greatest distance from it.
        tolerance: u64,
    },
    /// `present`.
    Present,
    /// `absent`.
    Absent,
    /// `any`: present or not, recorded in the report.
    Any,
    /// `{ if present: M }`.
    IfPresent(Box<Matcher>),
}

/// A value in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// As written. AVP enumeration names are already turned into numbers.
    Text(String),
    /// A number.
    Number(i128),
    /// `$label.field`: a field of the message of an earlier step.
    Capture {
        /// The step's label.
        label: String,
        /// Which field.
        field: Target,
    },
    /// `$client.identity` and its like, of the step's own session or of the one that is named.
    Identity {
        /// Index of the session.
        session: usize,
        /// What of it.
        of: Identity,
    },
    /// `$unreported` and its like.
    Ledger {
        /// Of which session: an index of [`Scenario::sessions`].
        session: usize,
        /// Which.
        quantity: crate::ch2::Quantity,
    },
    /// `$ixit.service-context-id` and its like.
    Ixit(String),
}

/// What the harness knows of the parties of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// `$client.identity`: the public identity in P-Asserted-Identity.
    ClientIdentity,
    /// `$client.icid`: the icid-value of the P-Charging-Vector that the client's INVITE carried.
    ClientIcid,
    /// `$client.call-id`: Call-ID of the client's dialog.
    ClientCallId,
    /// `$far-end.identity`: the identity that was called.
    FarEndIdentity,
}
