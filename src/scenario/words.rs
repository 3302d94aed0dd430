//! The words of the language for the things of the model, in both directions.

use std::fmt;

use crate::ch2::{Kind, ReadingId};

use super::model::{
    Action, Count, Deed, Identity, Incoming, Outgoing, Over, Party, Statuses, Trigger,
};

impl Trigger {
    /// Every trigger.
    pub const ALL: [Trigger; 1] = [Trigger::ServerEndsSession];

    /// The trigger's name: `server ends session`.
    pub fn name(self) -> &'static str {
        match self {
            Trigger::ServerEndsSession => "server ends session",
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Party {
    /// Every party, in the order of the figures.
    pub const ALL: [Party; 4] = [
        Party::Client,
        Party::FarEnd,
        Party::Enabler,
        Party::SecondEnabler,
    ];

    /// The party's name in a step: `client`, `far end`, `enabler`.
    pub fn name(self) -> &'static str {
        match self {
            Party::Client => "client",
            Party::FarEnd => "far end",
            Party::Enabler => "enabler",
            Party::SecondEnabler => "second enabler",
        }
    }

    /// True for a Charging Enabler.
    pub fn is_enabler(self) -> bool {
        matches!(self, Party::Enabler | Party::SecondEnabler)
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Identity {
    /// As a scenario refers to it: `$client.icid`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Identity::ClientIdentity => "$client.identity",
            Identity::ClientIcid => "$client.icid",
            Identity::ClientCallId => "$client.call-id",
            Identity::FarEndIdentity => "$far-end.identity",
        })
    }
}

impl fmt::Display for Count {
    /// `once`, `twice`, `3 times`, `1 to 3 times`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (1, 1) => f.write_str("once"),
            (2, 2) => f.write_str("twice"),
            (least, most) if least == most => write!(f, "{most} times"),
            (least, most) => write!(f, "{least} to {most} times"),
        }
    }
}

impl Incoming {
    /// Whether one message can be what both wait for, as far as its kind tells.
    pub fn overlaps(&self, other: &Incoming) -> bool {
        match (self, other) {
            (Incoming::SipRequest { method: a }, Incoming::SipRequest { method: b }) => a == b,
            (
                Incoming::SipResponse { answers: a, .. },
                Incoming::SipResponse { answers: b, .. },
            )
            | (
                Incoming::MsrpResponse { answers: a, .. },
                Incoming::MsrpResponse { answers: b, .. },
            ) => a == b || a.is_none() || b.is_none(),
            (Incoming::SessionRequest { kind: a }, Incoming::SessionRequest { kind: b }) => {
                a == b || a.is_none() || b.is_none()
            }
            (Incoming::PeerRequest { command: a }, Incoming::PeerRequest { command: b }) => a == b,
            (
                Incoming::PeerAnswer {
                    command: a,
                    answers,
                },
                Incoming::PeerAnswer {
                    command: b,
                    answers: other,
                },
            ) => a == b && (answers == other || answers.is_none() || other.is_none()),
            (Incoming::MsrpReport { on: a }, Incoming::MsrpReport { on: b }) => {
                a == b || a.is_none() || b.is_none()
            }
            (Incoming::MsrpSend { .. }, Incoming::MsrpSend { .. }) => true,
            _ => false,
        }
    }
}

impl Incoming {
    /// Whether a response with that status is what is waited for; true for what is no response.
    pub fn takes(&self, seen: u16) -> bool {
        match self {
            Incoming::SipResponse { status, .. } => status.hold_sip(seen),
            Incoming::MsrpResponse { status, .. } => status.hold_msrp(seen),
            _ => true,
        }
    }

    /// Whether every message that `other` waits for is one that this waits for, as far as its kind
    /// and status tell.
    pub fn covers(&self, other: &Incoming) -> bool {
        let wider = match (self, other) {
            (
                Incoming::SipResponse { answers: a, .. },
                Incoming::SipResponse { answers: b, .. },
            )
            | (
                Incoming::MsrpResponse { answers: a, .. },
                Incoming::MsrpResponse { answers: b, .. },
            )
            | (Incoming::PeerAnswer { answers: a, .. }, Incoming::PeerAnswer { answers: b, .. }) => {
                a == b
            }
            (Incoming::SessionRequest { kind: a }, Incoming::SessionRequest { kind: b }) => {
                a.is_none() || a == b
            }
            _ => true,
        };
        let mut statuses = 100..700;
        wider && self.overlaps(other) && statuses.all(|s| self.takes(s) || !other.takes(s))
    }

    /// Whether both are messages of one protocol.
    pub(super) fn is_of_protocol_of(&self, other: &Incoming) -> bool {
        let protocol = |message: &Incoming| match message {
            Incoming::SipRequest { .. } | Incoming::SipResponse { .. } => 0,
            Incoming::MsrpSend { .. }
            | Incoming::MsrpReport { .. }
            | Incoming::MsrpResponse { .. } => 1,
            Incoming::SessionRequest { .. } => 2,
            Incoming::PeerRequest { .. } | Incoming::PeerAnswer { .. } => 3,
        };
        protocol(self) == protocol(other)
    }

    /// Whether it waits for whatever comes: a response of any status, a SessionRequest of any kind.
    pub fn is_anything(&self) -> bool {
        matches!(
            self,
            Incoming::SipResponse {
                status: Statuses::Any,
                ..
            } | Incoming::MsrpResponse {
                status: Statuses::Any,
                ..
            } | Incoming::SessionRequest { kind: None }
        )
    }
}

impl Deed {
    /// What the client and the far end can do.
    pub const OF_AGENT: [Deed; 3] = [Deed::CloseMsrp, Deed::ConnectMsrp, Deed::FallSilent];
    /// What a Charging Enabler can do.
    pub const OF_ENABLER: [Deed; 4] = [
        Deed::CloseConnection,
        Deed::ResetConnection,
        Deed::StopListening,
        Deed::ListenAgain,
    ];

    /// As a scenario words it: `fall silent`.
    pub fn name(self) -> &'static str {
        match self {
            Deed::CloseMsrp => "close MSRP connection",
            Deed::ConnectMsrp => "connect MSRP again",
            Deed::FallSilent => "fall silent",
            Deed::CloseConnection => "close connection",
            Deed::ResetConnection => "reset connection",
            Deed::StopListening => "stop listening",
            Deed::ListenAgain => "listen again",
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Statuses {
    /// Whether a final SIP response with that status is wanted. No clause asks for 200 itself: an
    /// INVITE, a BYE, a MESSAGE is accepted by a 2xx, and one that a client does not know is as good as
    /// 200 (RFC 3261 sections 8.1.3.2, 13.3.1.4 and 15.1.2).
    pub fn hold_sip(self, status: u16) -> bool {
        match self {
            Statuses::One(200) => (200..300).contains(&status),
            Statuses::Failure => (300..700).contains(&status),
            _ => self.hold(status),
        }
    }

    /// Whether an MSRP response with that status is wanted.
    pub fn hold_msrp(self, status: u16) -> bool {
        match self {
            Statuses::Failure => status != 200,
            _ => self.hold(status),
        }
    }

    fn hold(self, status: u16) -> bool {
        match self {
            Statuses::Any => true,
            Statuses::One(one) => status == one,
            Statuses::Class(class) => status / 100 == class,
            Statuses::Failure => false,
        }
    }
}

impl fmt::Display for Statuses {
    /// As a step names it behind the protocol: `200`, `4xx`, `failure`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statuses::Any => f.write_str("response"),
            Statuses::One(status) => write!(f, "{status}"),
            Statuses::Class(class) => write!(f, "{class}xx"),
            Statuses::Failure => f.write_str("failure"),
        }
    }
}

impl fmt::Display for Outgoing {
    /// As the figures name it: `SIP BYE`, `MSRP 200`, `Response`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outgoing::SipRequest { method, .. } => write!(f, "SIP {method}"),
            Outgoing::SipResponse { status, .. } => write!(f, "SIP {status}"),
            Outgoing::Bytes { over, .. } => f.write_str(match over {
                Over::Sip => "SIP bytes",
                Over::Msrp => "MSRP bytes",
                Over::Ch2 => "bytes",
            }),
            Outgoing::MsrpSend { .. } => f.write_str("MSRP SEND"),
            Outgoing::MsrpReport { .. } => f.write_str("MSRP REPORT"),
            Outgoing::MsrpResponse { status, .. } => write!(f, "MSRP {status}"),
            Outgoing::Response { .. } => f.write_str("Response"),
            Outgoing::PeerRequest { command, .. } => f.write_str(command.request()),
        }
    }
}

impl fmt::Display for Incoming {
    /// As the figures name it: `SIP BYE`, `SessionRequest (stop)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Incoming::SipRequest { method } => write!(f, "SIP {method}"),
            Incoming::SipResponse { status, .. } => write!(f, "SIP {status}"),
            Incoming::MsrpSend { .. } => f.write_str("MSRP SEND"),
            Incoming::MsrpReport { .. } => f.write_str("MSRP REPORT"),
            Incoming::MsrpResponse { status, .. } => write!(f, "MSRP {status}"),
            Incoming::PeerRequest { command } => f.write_str(command.request()),
            Incoming::PeerAnswer { command, .. } => f.write_str(command.answer()),
            Incoming::SessionRequest { kind: Some(kind) } => write!(f, "SessionRequest ({kind})"),
            Incoming::SessionRequest { kind: None } => f.write_str("SessionRequest"),
        }
    }
}

impl fmt::Display for Action {
    /// The step's first line: `enabler receives: SessionRequest (stop)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Send { party, message } => write!(f, "{party} sends: {message}"),
            Action::Receive { party, message } => write!(f, "{party} receives: {message}"),
            Action::ReceiveNothing {
                party,
                message: Some(message),
                ..
            } => {
                write!(f, "{party} receives nothing: {message}")
            }
            Action::ReceiveNothing {
                party,
                message: None,
                ..
            } => {
                write!(f, "{party} receives nothing")
            }
            Action::SendAgain { party, of } => write!(f, "{party} sends again: {of}"),
            Action::Do { party, deed } => write!(f, "{party} does: {deed}"),
            Action::Trigger(trigger) => write!(f, "trigger: {trigger}"),
            Action::Wait(length) => write!(f, "wait: {length}"),
        }
    }
}

/// `start`, `interim`, `stop` and `event`.
pub(super) const KINDS: [(&str, Kind); 4] = [
    ("start", Kind::Start),
    ("interim", Kind::Interim),
    ("stop", Kind::Stop),
    ("event", Kind::Event),
];

/// Whether steps under `a` and under `b` can belong to one flow: there is a choice of one reading
/// for each question under which both are active.
pub(super) fn together(a: &[ReadingId], b: &[ReadingId]) -> bool {
    a.is_empty()
        || b.is_empty()
        || a.iter()
            .any(|x| b.iter().any(|y| x == y || x.group() != y.group()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_of_one_question_exclude_one_another() {
        use ReadingId::{R1, R2, R4, S1};

        assert!(together(&[], &[R1]) && together(&[R2, R4], &[R4]) && together(&[R1], &[S1]));
        assert!(!together(&[R2], &[R4]) && !together(&[R1], &[R2, R4]));
    }
}
