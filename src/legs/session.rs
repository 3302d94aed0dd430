//! MSRP requests, their responses and reports, and chunks.

use crate::ch2::rules::{Recent, digest};
use crate::msrp::{FailureReport, Flag, Message, Severity, Uri};
use crate::sip;
use crate::sip::sdp::{Description, MessageMedia};

use super::catalog::Name;
use super::monitor::{Found, Observation};

/// Entries that are kept of each kind, at least.
const KEPT: usize = 4096;

/// URIs that are kept of each side of a leg.
const PATHS: usize = 64;

/// What is known of MSRP on all legs.
#[derive(Debug)]
pub(super) struct Sessions {
    /// Requests of the harness by connection and transaction.
    asked: Recent<u64, Asked>,
    /// Transactions and Message-IDs that the harness sent more than once. Who passes on what comes
    /// in passes them on more than once.
    repeated: Recent<u64, ()>,
    /// Connections over which the harness sent something with faults.
    unclear: Recent<u64, ()>,
    /// Messages of the harness by leg and Message-ID.
    sent: Recent<u64, Sent>,
    /// Requests of the server by connection and transaction.
    transactions: Recent<u64, usize>,
    /// Messages of the server by leg and Message-ID.
    messages: Recent<u64, Progress>,
    /// URIs that descriptions gave: of a leg, and of which side.
    paths: Vec<(u8, bool, Uri)>,
}

#[derive(Clone, Debug)]
struct Asked {
    event: usize,
    is_send: bool,
    failure_report: FailureReport,
    to: Option<Uri>,
    from: Vec<Uri>,
    /// Responses that may come: one for each time it was sent.
    due: u32,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    event: usize,
    success_report: bool,
    failure_report: bool,
}

#[derive(Clone, Copy, Debug)]
struct Progress {
    event: usize,
    /// The first octet that has not come.
    next: u64,
    total: Option<u64>,
    complete: bool,
}

impl Default for Sessions {
    fn default() -> Sessions {
        Sessions {
            asked: Recent::new(KEPT),
            repeated: Recent::new(KEPT),
            unclear: Recent::new(KEPT),
            sent: Recent::new(KEPT),
            transactions: Recent::new(KEPT),
            messages: Recent::new(KEPT),
            paths: Vec::new(),
        }
    }
}

impl Sessions {
    /// Takes the paths that a description gives.
    pub(super) fn described(&mut self, seen: &Observation<'_>, message: &sip::Message) {
        if !message.is_content_type("application/sdp") {
            return;
        }
        let sdp = Description::parse(message.body());
        let media = sdp
            .media()
            .filter_map(|media| MessageMedia::of(&media).ok());
        let uris = media.flat_map(|media| media.path);
        for uri in uris.filter_map(|uri| uri.parse::<Uri>().ok()) {
            let entry = (seen.leg, seen.from_server, uri);
            if !self.paths.contains(&entry) {
                if self.paths.len() >= PATHS {
                    self.paths.remove(0);
                }
                self.paths.push(entry);
            }
        }
    }

    pub(super) fn observe(&mut self, seen: &Observation<'_>, message: &Message, found: &mut Found) {
        match (seen.from_server, message.status()) {
            (false, None) => self.ask(seen, message),
            (false, Some(_)) => {}
            (true, None) => self.asked(seen, message, found),
            (true, Some(code)) => self.answered(seen, message, code, found),
        }
    }

    /// The harness asks.
    fn ask(&mut self, seen: &Observation<'_>, message: &Message) {
        let sound = !message
            .faults()
            .iter()
            .any(|f| f.severity == Severity::Must);
        if !sound || message.method().is_none() {
            self.unclear.insert(seen.path, ());
            return;
        }
        let name = transaction(seen, message);
        let earlier = self.asked.get(name).map(|asked| asked.due);
        let due = earlier.unwrap_or(0) + 1;
        let asked = Asked {
            event: seen.event,
            is_send: message.is_send(),
            failure_report: message.failure_report(),
            to: message.to_path().into_iter().next(),
            from: message.from_path(),
            due,
        };
        self.asked.insert(name, asked);
        if earlier.is_some() {
            for id in [Some(message.transaction_id()), message.message_id()] {
                let id = id.unwrap_or_default();
                self.repeated.insert(digest(&[id.as_bytes()]), ());
            }
        }
        if message.is_send() {
            let name = message_name(seen, message);
            let failure_report = message.failure_report() != FailureReport::No;
            let sent = self.sent.touch(name).copied();
            let earlier = |of: fn(&Sent) -> bool| sent.as_ref().is_some_and(of);
            let sent = Sent {
                event: seen.event,
                success_report: message.success_report() || earlier(|s| s.success_report),
                failure_report: failure_report || earlier(|s| s.failure_report),
            };
            self.sent.insert(name, sent);
        }
    }

    /// The server answers.
    fn answered(
        &mut self,
        seen: &Observation<'_>,
        message: &Message,
        code: u16,
        found: &mut Found,
    ) {
        let unclear = self.unclear.get(seen.path).is_some();
        found.watch(Name::MsrpMatch);
        let Some(asked) = self.asked.touch(transaction(seen, message)) else {
            if !unclear {
                let expected = "a response to a request of ours on that connection";
                let observed = format!("transaction {}", message.transaction_id());
                found.breach(Name::MsrpMatch, seen.event, None, expected, observed);
            }
            return;
        };
        let against = Some(asked.event);
        found.watch(Name::MsrpOnce);
        if asked.due == 0 {
            let expected = "one response";
            found.breach(Name::MsrpOnce, seen.event, against, expected, "one more");
            return;
        }
        asked.due -= 1;
        found.watch(Name::MsrpUnwanted);
        let unwanted = match asked.failure_report {
            _ if !asked.is_send => None,
            FailureReport::No => Some("Failure-Report is no"),
            FailureReport::Partial if code == 200 => Some("Failure-Report is partial"),
            FailureReport::Partial | FailureReport::Yes => None,
        };
        if let Some(why) = unwanted {
            let expected = format!("no response {code}: {why}");
            let observed = code.to_string();
            found.breach(Name::MsrpUnwanted, seen.event, against, expected, observed);
        }
        found.watch(Name::MsrpSwapped);
        let mut back = asked.from.clone();
        if asked.is_send {
            back.truncate(1);
        }
        let to = message.to_path();
        if to != back {
            let (expected, observed) = (joined(&back), joined(&to));
            let expected = format!("To-Path {expected}");
            found.breach(Name::MsrpSwapped, seen.event, against, expected, observed);
        }
        let from = message.from_path();
        if let Some(own) = asked
            .to
            .as_ref()
            .filter(|own| from.as_slice() != [(*own).clone()])
        {
            let (expected, observed) = (format!("From-Path {own}"), joined(&from));
            found.breach(Name::MsrpSwapped, seen.event, against, expected, observed);
        }
    }

    /// The server asks.
    fn asked(&mut self, seen: &Observation<'_>, message: &Message, found: &mut Found) {
        found.watch(Name::MsrpTransaction);
        let name = transaction(seen, message);
        let earlier = self.transactions.touch(name).copied();
        self.transactions.insert(name, seen.event);
        let ours = self.is_repeated(&message.transaction_id());
        if let Some(earlier) = earlier.filter(|_| !ours) {
            let expected = "a transaction of its own";
            let observed = message.transaction_id().into_owned();
            let against = Some(earlier);
            found.breach(
                Name::MsrpTransaction,
                seen.event,
                against,
                expected,
                observed,
            );
        }
        self.paths(seen, message, found);
        if message.is_report() {
            self.reported(seen, message, found);
        } else if message.is_send() && message.body().is_some() {
            self.chunk(seen, message, found);
        }
    }

    fn is_repeated(&self, id: &str) -> bool {
        self.repeated.get(digest(&[id.as_bytes()])).is_some()
    }

    /// A request goes to a URI that was given for it, and comes from one.
    fn paths(&self, seen: &Observation<'_>, message: &Message, found: &mut Found) {
        let (to, from) = (message.to_path(), message.from_path());
        for (end, by_server, header) in [
            (to.last(), false, "To-Path"),
            (from.last(), true, "From-Path"),
        ] {
            let given = |(leg, side, _): &&(u8, bool, Uri)| (*leg, *side) == (seen.leg, by_server);
            let mut given = self.paths.iter().filter(given).peekable();
            let Some(end) = end.filter(|_| given.peek().is_some()) else {
                continue;
            };
            found.watch(Name::MsrpPaths);
            if !given.any(|(.., uri)| uri == end) {
                let expected = format!("{header} as the session description has it");
                found.breach(Name::MsrpPaths, seen.event, None, expected, end.to_string());
            }
        }
    }

    fn reported(&mut self, seen: &Observation<'_>, message: &Message, found: &mut Found) {
        let Some(sent) = self.sent.touch(message_name(seen, message)) else {
            return;
        };
        let Some(status) = message.report_status() else {
            return;
        };
        found.watch(Name::MsrpReportUnwanted);
        let unwanted = match status.code {
            200 if !sent.success_report => "Success-Report was not yes",
            200 => return,
            _ if !sent.failure_report => "Failure-Report was no",
            _ => return,
        };
        found.breach(
            Name::MsrpReportUnwanted,
            seen.event,
            Some(sent.event),
            format!("no such REPORT: {unwanted}"),
            format!("a REPORT with Status {}", status.code),
        );
    }

    fn chunk(&mut self, seen: &Observation<'_>, message: &Message, found: &mut Found) {
        found.watch(Name::MsrpChunks);
        found.watch(Name::MsrpMessageId);
        let range = message.byte_range();
        let start = range.map_or(1, |range| range.start.max(1));
        let total = range.and_then(|range| range.total);
        let after = start.saturating_add(message.body_len() as u64);
        let complete = message.flag().is_some_and(|flag| flag != Flag::More);
        let ours = self.is_repeated(&message.message_id().unwrap_or_default());
        let name = message_name(seen, message);
        let Some(progress) = self.messages.touch(name) else {
            if start != 1 {
                let observed = format!("{start} in the first chunk that came");
                let expected = "Byte-Range from 1 on";
                found.breach(Name::MsrpChunks, seen.event, None, expected, observed);
            }
            let progress = Progress {
                event: seen.event,
                next: after,
                total,
                complete,
            };
            self.messages.insert(name, progress);
            return;
        };
        let against = Some(progress.event);
        if progress.complete && ours {
            return;
        }
        if progress.complete {
            let expected = "a Message-ID that no finished message has";
            let observed = message.message_id().unwrap_or_default().into_owned();
            found.breach(Name::MsrpMessageId, seen.event, against, expected, observed);
        } else if start > progress.next {
            let expected = format!("Byte-Range from {} on", progress.next);
            let observed = start.to_string();
            found.breach(Name::MsrpChunks, seen.event, against, expected, observed);
        } else if let (Some(one), Some(other)) = (progress.total, total)
            && one != other
        {
            let (expected, observed) = (format!("a total of {one}"), other.to_string());
            found.breach(Name::MsrpChunks, seen.event, against, expected, observed);
        }
        progress.event = seen.event;
        progress.next = progress.next.max(after);
        progress.total = progress.total.or(total);
        progress.complete |= complete;
    }
}

fn transaction(seen: &Observation<'_>, message: &Message) -> u64 {
    digest(&[
        &seen.path.to_be_bytes(),
        message.transaction_id().as_bytes(),
    ])
}

fn message_name(seen: &Observation<'_>, message: &Message) -> u64 {
    let id = message.message_id().unwrap_or_default();
    digest(&[&[seen.leg], id.as_bytes()])
}

fn joined(path: &[Uri]) -> String {
    let uris: Vec<String> = path.iter().map(Uri::to_string).collect();
    uris.join(" ")
}
