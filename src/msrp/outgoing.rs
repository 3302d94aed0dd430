//! One message on its way out (RFC 4975 7.1.1).

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;

use crate::io::Time;

use super::{
    ByteRange, FailureReport, Flag, Message, MessageBuilder, ReportStatus, TransactionIds, Uri,
    status,
};

/// How long a sender waits for a response before it calls the request failed (RFC 4975 7.1.1).
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);
/// Largest body of a chunk that may say where it ends (RFC 4975 7.1.1).
const UNINTERRUPTIBLE_BODY: usize = 2048;

/// What to send, and how.
#[derive(Clone, Debug)]
pub struct OutgoingMessage {
    /// Path to the peer.
    pub to_path: Vec<Uri>,
    /// Our path.
    pub from_path: Vec<Uri>,
    /// Message-ID, of every chunk the same.
    pub message_id: String,
    /// Content-Type, of every chunk the same.
    pub content_type: String,
    /// The message.
    pub body: Bytes,
    /// Largest body of a chunk, in octets; the grammar asks no more of it than to be over zero.
    pub chunk_size: usize,
    /// Failure-Report; `None` leaves the field out, which means yes.
    pub failure_report: Option<FailureReport>,
    /// Success-Report; `None` leaves the field out, which means no.
    pub success_report: Option<bool>,
    /// Header fields of every chunk, in the place of what stands there or before Content-Type;
    /// `None` leaves a field out.
    pub headers: Vec<(String, Option<String>)>,
}

/// One message on its way out: its chunks, their responses and its reports.
///
/// Take chunks with [`Outgoing::next_chunk`] as the connection has room, hand it every response and
/// REPORT of the session until it knows one, and call it when its time comes.
#[derive(Debug)]
pub struct Outgoing {
    message: OutgoingMessage,
    sent: usize,
    reported: bool,
    ended: bool,
    abort: bool,
    open: Vec<Transaction>,
    /// What a success report has not covered yet, in order.
    undelivered: Vec<Range<u64>>,
    events: VecDeque<OutgoingEvent>,
}

/// What became of a part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutgoingEvent {
    /// A chunk was answered 200: the next hop has it, not yet the far user.
    Accepted {
        /// The chunk's transaction identifier.
        transaction: String,
    },
    /// A chunk was answered with a failure. No further chunk is sent.
    Refused {
        /// The chunk's transaction identifier.
        transaction: String,
        /// The status code.
        code: u16,
    },
    /// No response came within 30 s, or a 408 did.
    TimedOut {
        /// The chunk's transaction identifier.
        transaction: String,
    },
    /// A REPORT told that bytes were delivered.
    Delivered {
        /// What it reports on, where it says so.
        range: Option<ByteRange>,
        /// Every byte of the message has been reported now.
        whole: bool,
    },
    /// A REPORT told of a failure. No further chunk is sent.
    DeliveryFailed {
        /// What it reports on, where it says so.
        range: Option<ByteRange>,
        /// Its status.
        status: ReportStatus,
    },
}

#[derive(Debug)]
struct Transaction {
    id: String,
    deadline: Option<Time>,
}

impl OutgoingMessage {
    /// A message with the defaults: chunks of 2048 octets, no report fields.
    pub fn new(
        to: &Uri,
        from: &Uri,
        message_id: &str,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> OutgoingMessage {
        OutgoingMessage {
            to_path: vec![to.clone()],
            from_path: vec![from.clone()],
            message_id: message_id.to_owned(),
            content_type: content_type.to_owned(),
            body: body.into(),
            chunk_size: UNINTERRUPTIBLE_BODY,
            failure_report: None,
            success_report: None,
            headers: Vec::new(),
        }
    }
}

impl Outgoing {
    /// A message of which nothing is sent yet.
    pub fn new(message: OutgoingMessage) -> Outgoing {
        let whole = 1..message.body.len() as u64 + 1;
        Outgoing {
            message,
            sent: 0,
            reported: false,
            ended: false,
            abort: false,
            open: Vec::new(),
            undelivered: vec![whole],
            events: VecDeque::new(),
        }
    }

    /// The next chunk, which the caller sends at `now`; `None` once there is none.
    pub fn next_chunk(&mut self, now: Time, ids: &mut TransactionIds) -> Option<Message> {
        if self.ended {
            return None;
        }
        let total = self.message.body.len();
        let end = total.min(self.sent.saturating_add(self.message.chunk_size.max(1)));
        let body = self.message.body.slice(self.sent..end);
        let flag = match () {
            () if self.abort => Flag::Aborted,
            () if end == total => Flag::Complete,
            () => Flag::More,
        };
        // An end of "*" keeps a long chunk interruptible, as 7.1.1 asks.
        let range = ByteRange {
            start: self.sent as u64 + 1,
            end: (body.len() <= UNINTERRUPTIBLE_BODY).then_some(end as u64),
            total: Some(total as u64),
        };
        let chunk = self.chunk(range, body, flag).build(ids);
        self.sent = end;
        self.ended = flag != Flag::More;
        self.open(now, &chunk);
        Some(chunk)
    }

    /// Gives the message up: the next chunk ends in `#` and is the last. Too late once all is sent.
    pub fn abort(&mut self) {
        self.abort = true;
    }

    /// Sends no further chunk, and says nothing about it on the wire.
    pub fn stop(&mut self) {
        self.ended = true;
    }

    /// Takes a response; false where it answers no chunk of this message that waits for one.
    pub fn on_response(&mut self, response: &Message) -> bool {
        let Some(code) = response.status() else {
            return false;
        };
        let id = response.transaction_id();
        let Some(at) = self.open.iter().position(|open| open.id == id) else {
            return false;
        };
        let transaction = self.open.swap_remove(at).id;
        let event = match code {
            200..=299 => OutgoingEvent::Accepted { transaction },
            // A 408 counts as a local timeout (RFC 4975 10.4).
            status::TIMEOUT => OutgoingEvent::TimedOut { transaction },
            _ => {
                self.stop();
                OutgoingEvent::Refused { transaction, code }
            }
        };
        self.events.push_back(event);
        true
    }

    /// Takes a REPORT; false where it is on another message.
    pub fn on_report(&mut self, report: &Message) -> bool {
        let ours = report
            .message_id()
            .is_some_and(|id| id == self.message.message_id);
        let Some(status) = report
            .report_status()
            .filter(|_| ours && report.is_report())
        else {
            return false;
        };
        let range = report.byte_range();
        if status.namespace != 0 || !(200..=299).contains(&status.code) {
            self.stop();
            self.events
                .push_back(OutgoingEvent::DeliveryFailed { range, status });
            return true;
        }
        let all = 1..self.message.body.len() as u64 + 1;
        let covered = range.map_or(all.clone(), |range| {
            range.start..range.end.map_or(all.end, |end| end.saturating_add(1))
        });
        let left: Vec<Range<u64>> = self
            .undelivered
            .iter()
            .flat_map(|part| {
                let before = part.start..part.end.min(covered.start);
                let after = part.start.max(covered.end)..part.end;
                [before, after]
            })
            .filter(|part| !part.is_empty())
            .collect();
        if left.len() <= MAX_UNDELIVERED {
            self.undelivered = left;
            self.reported = true;
        }
        self.events.push_back(OutgoingEvent::Delivered {
            range,
            whole: self.is_delivered(),
        });
        true
    }

    /// When [`Outgoing::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.open.iter().filter_map(|open| open.deadline).min()
    }

    /// Tells it the time.
    pub fn handle_timeout(&mut self, now: Time) {
        let events = &mut self.events;
        self.open.retain(|open| {
            let due = open.deadline.is_some_and(|deadline| deadline <= now);
            if due {
                events.push_back(OutgoingEvent::TimedOut {
                    transaction: open.id.clone(),
                });
            }
            !due
        });
    }

    /// What has become of the message since the last call, in order.
    pub fn poll_event(&mut self) -> Option<OutgoingEvent> {
        self.events.pop_front()
    }

    /// How many octets of the message have been given out in chunks.
    pub fn octets_sent(&self) -> usize {
        self.sent
    }

    /// True once no further chunk comes.
    pub fn is_sent(&self) -> bool {
        self.ended
    }

    /// True once no further chunk comes and none waits for its response.
    pub fn is_settled(&self) -> bool {
        self.ended && self.open.iter().all(|open| open.deadline.is_none())
    }

    /// True once success reports have covered every byte.
    pub fn is_delivered(&self) -> bool {
        self.reported && self.undelivered.is_empty()
    }

    fn chunk(&self, range: ByteRange, body: Bytes, flag: Flag) -> MessageBuilder {
        let message = &self.message;
        let mut send =
            MessageBuilder::send(&message.to_path, &message.from_path, &message.message_id)
                .byte_range(range)
                .flag(flag);
        if let Some(value) = message.failure_report {
            send = send.failure_report(value);
        }
        if let Some(wanted) = message.success_report {
            send = send.success_report(wanted);
        }
        send = send.content(&message.content_type, body);
        for (name, value) in &message.headers {
            send = match value {
                Some(value) => send.replace(name, value),
                None => send.without(name),
            };
        }
        send
    }

    fn open(&mut self, now: Time, chunk: &Message) {
        // Under "partial" failures are answered and nothing is waited for; under "no" nothing is
        // answered (RFC 4975 7.1.1, 7.1.4).
        let deadline = match self.message.failure_report.unwrap_or_default() {
            FailureReport::Yes => Some(now + RESPONSE_TIMEOUT),
            FailureReport::Partial => None,
            FailureReport::No => return,
        };
        self.open.push(Transaction {
            id: chunk.transaction_id().into_owned(),
            deadline,
        });
    }
}

/// Into how many stretches reports may cut the message; one that would cut it into more is not
/// counted as delivery.
const MAX_UNDELIVERED: usize = 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Progress, Reassembly, respond, success_report};
    use super::*;

    fn local() -> Uri {
        "msrp://b.example.com:2/b;tcp".parse().unwrap()
    }

    fn message(length: usize, chunk_size: usize) -> OutgoingMessage {
        let from = "msrp://a.example.com:1/a;tcp".parse().unwrap();
        let body = vec![b'x'; length];
        let message = OutgoingMessage::new(&local(), &from, "12339sdqwer", "text/plain", body);
        OutgoingMessage {
            chunk_size,
            ..message
        }
    }

    fn ids() -> TransactionIds {
        TransactionIds::new(3)
    }

    fn answer(chunk: &Message, code: u16) -> Message {
        MessageBuilder::response_to(chunk, code, &local()).build(&mut ids())
    }

    /// Takes every chunk at time zero.
    fn chunks(outgoing: &mut Outgoing) -> Vec<Message> {
        let mut ids = ids();
        std::iter::from_fn(|| outgoing.next_chunk(Time::ZERO, &mut ids)).collect()
    }

    fn events(outgoing: &mut Outgoing) -> Vec<OutgoingEvent> {
        std::iter::from_fn(|| outgoing.poll_event()).collect()
    }

    #[test]
    fn cuts_a_message_into_chunks() {
        let mut outgoing = Outgoing::new(message(8, 4));
        let chunks = chunks(&mut outgoing);
        let told: Vec<_> = chunks
            .iter()
            .map(|chunk| {
                (
                    chunk.byte_range().unwrap().to_string(),
                    chunk.flag().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("1-4/8".to_owned(), Flag::More),
                ("5-8/8".to_owned(), Flag::Complete)
            ]
        );
        assert!(chunks.iter().all(|chunk| chunk.faults().is_empty()));
        assert!(outgoing.is_sent());
        assert!(!outgoing.is_settled());
    }

    #[test]
    fn a_long_chunk_stays_interruptible() {
        let chunks = chunks(&mut Outgoing::new(message(5000, 3000)));
        assert_eq!(chunks[0].byte_range().unwrap().to_string(), "1-*/5000");
        assert_eq!(
            chunks[1].byte_range().unwrap().to_string(),
            "3001-5000/5000"
        );
        assert!(chunks.iter().all(|chunk| chunk.faults().is_empty()));
    }

    #[test]
    fn every_chunk_is_answered_on_its_own() {
        let mut outgoing = Outgoing::new(message(8, 4));
        let chunks = chunks(&mut outgoing);
        for chunk in chunks.iter().rev() {
            let response = respond(chunk, 200, &local()).unwrap().build(&mut ids());
            assert!(outgoing.on_response(&response));
            assert!(!outgoing.on_response(&response), "answered twice");
        }
        assert!(outgoing.is_settled());
        assert_eq!(outgoing.poll_timeout(), None);
        let accepted = |chunk: &Message| OutgoingEvent::Accepted {
            transaction: chunk.transaction_id().into_owned(),
        };
        assert_eq!(
            events(&mut outgoing),
            [accepted(&chunks[1]), accepted(&chunks[0])]
        );
    }

    #[test]
    fn a_refusal_stops_the_message() {
        let mut outgoing = Outgoing::new(message(8, 4));
        let chunk = outgoing.next_chunk(Time::ZERO, &mut ids()).unwrap();
        assert!(outgoing.on_response(&answer(&chunk, 413)));
        assert_eq!(outgoing.next_chunk(Time::ZERO, &mut ids()), None);
        let transaction = chunk.transaction_id().into_owned();
        assert_eq!(
            events(&mut outgoing),
            [OutgoingEvent::Refused {
                transaction,
                code: 413
            }]
        );
    }

    #[test]
    fn an_aborted_message_ends_in_a_hash() {
        let mut outgoing = Outgoing::new(message(12, 4));
        outgoing.next_chunk(Time::ZERO, &mut ids()).unwrap();
        outgoing.abort();
        let rest = chunks(&mut outgoing);
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0].flag(), Some(Flag::Aborted));
        assert_eq!(outgoing.octets_sent(), 8);
    }

    #[test]
    fn waits_thirty_seconds_for_a_response() {
        let mut outgoing = Outgoing::new(message(8, 4));
        let mut ids = ids();
        let first = outgoing.next_chunk(Time::ZERO, &mut ids).unwrap();
        let second = outgoing
            .next_chunk(Time::from_millis(1000), &mut ids)
            .unwrap();
        assert_eq!(outgoing.poll_timeout(), Some(Time::from_millis(30_000)));
        outgoing.handle_timeout(Time::from_millis(29_999));
        assert_eq!(events(&mut outgoing), []);
        outgoing.handle_timeout(Time::from_millis(30_000));
        let transaction = first.transaction_id().into_owned();
        assert_eq!(
            events(&mut outgoing),
            [OutgoingEvent::TimedOut { transaction }]
        );
        assert_eq!(outgoing.poll_timeout(), Some(Time::from_millis(31_000)));
        assert!(outgoing.on_response(&answer(&second, 408)));
        let transaction = second.transaction_id().into_owned();
        assert_eq!(
            events(&mut outgoing),
            [OutgoingEvent::TimedOut { transaction }]
        );
    }

    #[test]
    fn failure_report_says_what_is_waited_for() {
        for value in [FailureReport::Partial, FailureReport::No] {
            let failure_report = Some(value);
            let mut outgoing = Outgoing::new(OutgoingMessage {
                failure_report,
                ..message(4, 4)
            });
            let chunk = chunks(&mut outgoing).remove(0);
            assert_eq!(chunk.failure_report(), value);
            assert_eq!(outgoing.poll_timeout(), None);
            assert!(outgoing.is_settled());
            let known = outgoing.on_response(&answer(&chunk, 415));
            assert_eq!(known, value == FailureReport::Partial);
        }
    }

    #[test]
    fn success_reports_add_up_to_the_message() {
        let success_report_wanted = Some(true);
        let mut outgoing = Outgoing::new(OutgoingMessage {
            success_report: success_report_wanted,
            ..message(8, 4)
        });
        let chunks = chunks(&mut outgoing);
        for (chunk, whole) in chunks.iter().rev().zip([false, true]) {
            let range = chunk.byte_range().unwrap();
            let report = success_report(chunk, range, &local())
                .unwrap()
                .build(&mut ids());
            assert!(outgoing.on_report(&report));
            let told = OutgoingEvent::Delivered {
                range: Some(range),
                whole,
            };
            assert_eq!(events(&mut outgoing), [told]);
        }
        assert!(outgoing.is_delivered());
    }

    #[test]
    fn a_report_on_another_message_is_not_ours() {
        let mut outgoing = Outgoing::new(message(8, 4));
        let other = OutgoingMessage {
            message_id: "other".to_owned(),
            ..message(4, 4)
        };
        let success_report_wanted = Some(true);
        let other = OutgoingMessage {
            success_report: success_report_wanted,
            ..other
        };
        let chunk = chunks(&mut Outgoing::new(other)).remove(0);
        let range = ByteRange::whole(4);
        let report = success_report(&chunk, range, &local())
            .unwrap()
            .build(&mut ids());
        assert!(!outgoing.on_report(&report));
        assert!(!outgoing.is_delivered());
    }

    proptest! {
        #[test]
        fn chunks_come_together_again(length in 0..6000_usize, size in 1..3000_usize) {
            let mut outgoing = Outgoing::new(message(length, size));
            let mut reassembly = Reassembly::default();
            let chunks = chunks(&mut outgoing);
            let count = chunks.len();
            for (index, chunk) in chunks.iter().enumerate() {
                prop_assert_eq!(chunk.faults(), &[]);
                match reassembly.accept(chunk).unwrap() {
                    Progress::Complete(whole) => {
                        prop_assert_eq!(index + 1, count);
                        prop_assert_eq!(&whole.body, &vec![b'x'; length]);
                    }
                    Progress::Incomplete { .. } => prop_assert!(index + 1 < count),
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
    }
}
