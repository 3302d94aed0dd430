//! What a message is, as far as matching it to a step needs to know. Computed once per event.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::ch2::{Binding, Kind, SessionRequest};
use crate::msrp::Flag;
use crate::{diameter, msrp, sip};

use super::plan::Protocol;
use super::{Message, What};

/// A message reduced to what decides which step it belongs to. Transactions and Message-IDs stand
/// as hashes, so that judging under many readings compares numbers and not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    SipRequest {
        method: u64,
        transaction: u64,
    },
    SipResponse {
        transaction: u64,
        status: u16,
    },
    MsrpSend {
        content: bool,
        /// It goes on with a message: its Byte-Range does not begin at the beginning.
        goes_on: bool,
        message: u64,
        transaction: u64,
        /// Its body, where it is one message as a whole.
        body: Option<u64>,
    },
    MsrpReport {
        /// The Message-ID of the SEND that it reports on.
        message: u64,
    },
    /// A request that is neither.
    MsrpRequest {
        transaction: u64,
    },
    MsrpResponse {
        transaction: u64,
        status: u16,
    },
    /// A request of Diameter that is no SessionRequest.
    PeerRequest(Asking),
    /// An answer of Diameter.
    PeerAnswer(Asking),
    /// `None` where CC-Request-Type is missing or unknown: it meets no step that names a kind.
    SessionRequest(Option<Kind>),
    /// Anything else: what no framer understood, events without a message.
    Other,
}

/// What names a request of Diameter, and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asking {
    /// The Command Code.
    pub(super) command: u32,
    hop_by_hop: u32,
    end_to_end: u32,
}

impl Asking {
    fn of(message: &diameter::Message) -> Asking {
        Asking {
            command: message.command_code(),
            hop_by_hop: message.hop_by_hop(),
            end_to_end: message.end_to_end(),
        }
    }

    /// Whether a request and an answer belong together. Either identifier will do: an answer that
    /// lost one should still be held against its request.
    pub(super) fn is_answered_by(self, answer: Asking) -> bool {
        self.command == answer.command
            && (self.hop_by_hop == answer.hop_by_hop || self.end_to_end == answer.end_to_end)
    }
}

impl Sight {
    pub(super) fn of(what: &What, binding: &Binding) -> Sight {
        match what {
            What::Received { message, .. } | What::Sent { message, .. } => {
                Sight::of_message(message, binding)
            }
            _ => Sight::Other,
        }
    }

    pub(super) fn of_message(message: &Message, binding: &Binding) -> Sight {
        match message {
            Message::Sip(sip) => of_sip(sip),
            Message::Msrp(msrp) => of_msrp(msrp),
            Message::Diameter(diameter) => match SessionRequest::new(diameter, binding) {
                Some(request) => Sight::SessionRequest(request.kind()),
                None if diameter.is_request() => Sight::PeerRequest(Asking::of(diameter)),
                None => Sight::PeerAnswer(Asking::of(diameter)),
            },
            Message::Garbage { .. } => Sight::Other,
        }
    }

    pub(super) fn protocol(self) -> Option<Protocol> {
        match self {
            Sight::SipRequest { .. } | Sight::SipResponse { .. } => Some(Protocol::Sip),
            Sight::MsrpSend { .. }
            | Sight::MsrpReport { .. }
            | Sight::MsrpRequest { .. }
            | Sight::MsrpResponse { .. } => Some(Protocol::Msrp),
            Sight::SessionRequest(_) => Some(Protocol::Ch2),
            Sight::PeerRequest(_) | Sight::PeerAnswer(_) => Some(Protocol::Peer),
            Sight::Other => None,
        }
    }
}

/// The hash that [`Sight::SipRequest`] holds for a method.
pub(super) fn method_hash(method: &str) -> u64 {
    hash(&method)
}

fn of_sip(message: &sip::Message) -> Sight {
    // Call-ID, CSeq number and CSeq method name the transaction from either end; the top Via
    // branch does too, but a response that lost it should still be held against its request.
    let call_id = message.call_id().unwrap_or("");
    let Ok(cseq) = message.cseq() else {
        return match message.method() {
            Some(method) => Sight::SipRequest {
                method: hash(&method),
                transaction: 0,
            },
            None => Sight::Other,
        };
    };
    let transaction = hash(&(call_id, cseq.number, cseq.method));
    match (message.method(), message.status()) {
        (Some(method), _) => Sight::SipRequest {
            method: hash(&method),
            transaction,
        },
        (None, Some(status @ 200..)) => Sight::SipResponse {
            transaction,
            status,
        },
        _ => Sight::Other,
    }
}

fn of_msrp(message: &msrp::Message) -> Sight {
    let transaction = hash(&message.transaction_id().as_ref());
    if let Some(status) = message.status() {
        return Sight::MsrpResponse {
            transaction,
            status,
        };
    }
    let id = || hash(&message.message_id().as_deref().unwrap_or(""));
    if message.is_send() {
        let goes_on = message.byte_range().is_some_and(|range| range.start > 1);
        let whole = !goes_on && message.body_len() > 0 && message.flag() == Some(Flag::Complete);
        return Sight::MsrpSend {
            content: message.body_len() > 0,
            goes_on,
            message: id(),
            transaction,
            body: whole.then(|| hash(&message.body())),
        };
    }
    if message.is_report() {
        return Sight::MsrpReport { message: id() };
    }
    match message.method() {
        Some(_) => Sight::MsrpRequest { transaction },
        None => Sight::Other,
    }
}

fn hash<T: Hash>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
