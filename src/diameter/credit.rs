//! The credit-control server's side of one session (RFC 8506 7, table 6), without policy.
//!
//! A [`ServerSession`] says of each CCR what it is and whether the state allows it, gives the same
//! answer to the same request, and supervises the session with Tcc. What is granted, and what a
//! refused request is answered with, is the caller's.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::io::Time;

use super::key;
use super::message::{HEADER_LENGTH, Message};

/// Answers that are kept for duplicates.
const MAX_ANSWERS: usize = 64;

/// The four kinds of CCR (RFC 8506 8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// INITIAL_REQUEST (1).
    Initial,
    /// UPDATE_REQUEST (2).
    Update,
    /// TERMINATION_REQUEST (3).
    Termination,
    /// EVENT_REQUEST (4).
    Event,
}

impl RequestKind {
    /// The kind of a CCR, or of a CCA by the CC-Request-Type it repeats; `None` where it is
    /// missing or not defined.
    pub fn of(message: &Message) -> Option<RequestKind> {
        match message.find(key::CC_REQUEST_TYPE)?.i32().ok()? {
            1 => Some(RequestKind::Initial),
            2 => Some(RequestKind::Update),
            3 => Some(RequestKind::Termination),
            4 => Some(RequestKind::Event),
            _ => None,
        }
    }
}

/// The server's states (RFC 8506 7, table 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionState {
    /// No session.
    Idle,
    /// Units are reserved and Tcc runs.
    Open,
}

/// What to do with a CCR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The state allows it: process it, and tell the session with [`ServerSession::answered`].
    Process(RequestKind),
    /// The state knows no such request: an update or termination without a session, or an initial
    /// request or event within one. Without a session the answer is 5002
    /// DIAMETER_UNKNOWN_SESSION_ID (RFC 6733 7.1.5).
    OutOfState(RequestKind),
    /// It came before: this is the answer it got, with the new Hop-by-Hop Identifier
    /// (RFC 6733 3). Units are not counted again.
    Duplicate {
        /// The same answer.
        answer: Bytes,
        /// By what it was recognised.
        by: DuplicateBy,
    },
    /// It came before and its answer is still being made.
    DuplicatePending(DuplicateBy),
    /// Its CC-Request-Number was used by another kind of request (RFC 8506 8.2).
    NumberReused(RequestKind),
    /// It has no CC-Request-Type that is defined.
    NoKind,
}

/// By what a duplicate was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DuplicateBy {
    /// Origin-Host and End-to-End Identifier (RFC 6733 3).
    EndToEnd,
    /// CC-Request-Number within the session, and the kind of request (RFC 8506 5.7, 8.2).
    RequestNumber,
}

/// How long a session lives without a request (RFC 8506 13, Tcc).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Supervision {
    /// For ever.
    Off,
    /// This long.
    Fixed(Duration),
    /// Twice the Validity-Time of the last answer, or this long where it had none.
    TwiceValidityTime(Duration),
}

/// One credit-control session, as its server sees it.
#[derive(Debug)]
pub struct ServerSession {
    state: SessionState,
    supervision: Supervision,
    tcc: Option<Time>,
    seen: VecDeque<Seen>,
}

#[derive(Debug)]
struct Seen {
    origin_host: Vec<u8>,
    end_to_end: u32,
    number: Option<(u32, Option<u64>)>,
    kind: RequestKind,
    answer: Option<Bytes>,
}

impl ServerSession {
    /// A session that has not begun.
    pub fn new(supervision: Supervision) -> ServerSession {
        ServerSession {
            state: SessionState::Idle,
            supervision,
            tcc: None,
            seen: VecDeque::new(),
        }
    }

    /// Idle or Open.
    pub fn state(&self) -> SessionState {
        self.state
    }

    /// Takes a CCR of this session and says what to do with it.
    pub fn handle_request(&mut self, request: &Message) -> Admission {
        let Some(kind) = RequestKind::of(request) else {
            return Admission::NoKind;
        };
        let new = Seen::of(request, kind);
        if let Some((seen, by)) = self.duplicate_of(&new) {
            return match &seen.answer {
                Some(answer) => Admission::Duplicate {
                    answer: readdressed(answer, request),
                    by,
                },
                None => Admission::DuplicatePending(by),
            };
        }
        let reused = self
            .seen
            .iter()
            .any(|seen| seen.number.is_some() && seen.number == new.number);
        self.remember(new);
        if reused {
            return Admission::NumberReused(kind);
        }
        let allowed = match kind {
            RequestKind::Initial | RequestKind::Event => self.state == SessionState::Idle,
            RequestKind::Update | RequestKind::Termination => self.state == SessionState::Open,
        };
        if allowed {
            Admission::Process(kind)
        } else {
            Admission::OutOfState(kind)
        }
    }

    /// Says what a request was answered with. Every answer that is sent belongs here, refusals
    /// too: it is kept for duplicates, and its Result-Code moves the state. Only an answer to a
    /// request the state allowed moves it.
    pub fn answered(&mut self, now: Time, request: &Message, answer: &Message) {
        let Some(kind) = RequestKind::of(request) else {
            return;
        };
        let made = Seen::of(request, kind);
        let mut allowed = matches!(
            (kind, self.state),
            (RequestKind::Initial, SessionState::Idle)
                | (
                    RequestKind::Update | RequestKind::Termination,
                    SessionState::Open
                )
        );
        for seen in self.seen.iter_mut().filter(|seen| seen.same_message(&made)) {
            allowed &= seen.answer.is_none();
            seen.answer = Some(answer.raw().clone());
        }
        if !allowed {
            return;
        }
        let success = answer.result_code().is_some_and(|code| code / 1000 == 2);
        let open = success && kind != RequestKind::Termination;
        self.state = if open {
            SessionState::Open
        } else {
            SessionState::Idle
        };
        self.tcc = if open {
            self.supervised_until(now, answer)
        } else {
            None
        };
    }

    /// When Tcc expires.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.tcc
    }

    /// Ends the session if Tcc has expired; true where it has, and reserved units are to be
    /// released (RFC 8506 7, table 6).
    pub fn handle_timeout(&mut self, now: Time) -> bool {
        let expired = self.tcc.is_some_and(|tcc| tcc <= now);
        if expired {
            self.state = SessionState::Idle;
            self.tcc = None;
        }
        expired
    }

    fn duplicate_of(&self, new: &Seen) -> Option<(&Seen, DuplicateBy)> {
        let by_message = self.seen.iter().find(|seen| seen.same_message(new));
        let by_number = || {
            self.seen.iter().find(|seen| {
                seen.number.is_some() && seen.number == new.number && seen.kind == new.kind
            })
        };
        by_message
            .map(|seen| (seen, DuplicateBy::EndToEnd))
            .or_else(|| by_number().map(|seen| (seen, DuplicateBy::RequestNumber)))
    }

    fn remember(&mut self, seen: Seen) {
        if self.seen.len() == MAX_ANSWERS {
            self.seen.pop_front();
        }
        self.seen.push_back(seen);
    }

    fn supervised_until(&self, now: Time, answer: &Message) -> Option<Time> {
        match self.supervision {
            Supervision::Off => None,
            Supervision::Fixed(length) => Some(now + length),
            Supervision::TwiceValidityTime(otherwise) => {
                let validity = answer
                    .walk()
                    .filter(|avp| avp.key() == key::VALIDITY_TIME)
                    .filter_map(|avp| avp.u32().ok())
                    .max();
                let length = validity.map_or(otherwise, |seconds| {
                    Duration::from_secs(2 * u64::from(seconds))
                });
                Some(now + length)
            }
        }
    }
}

impl Seen {
    fn of(request: &Message, kind: RequestKind) -> Seen {
        let number = request
            .find(key::CC_REQUEST_NUMBER)
            .and_then(|avp| avp.u32().ok());
        let sub_session = request
            .find(key::CC_SUB_SESSION_ID)
            .and_then(|avp| avp.u64().ok());
        let origin = request
            .find(key::ORIGIN_HOST)
            .map(|avp| avp.data().to_vec());
        Seen {
            origin_host: origin.unwrap_or_default(),
            end_to_end: request.end_to_end(),
            number: number.map(|number| (number, sub_session)),
            kind,
            answer: None,
        }
    }

    fn same_message(&self, other: &Seen) -> bool {
        self.end_to_end == other.end_to_end && self.origin_host == other.origin_host
    }
}

/// An answer again, for a duplicate of its request: the identifiers are the duplicate's.
fn readdressed(answer: &Bytes, request: &Message) -> Bytes {
    let mut bytes = answer.to_vec();
    if bytes.len() >= HEADER_LENGTH {
        bytes[12..16].copy_from_slice(&request.hop_by_hop().to_be_bytes());
        bytes[16..20].copy_from_slice(&request.end_to_end().to_be_bytes());
    }
    Bytes::from(bytes)
}
