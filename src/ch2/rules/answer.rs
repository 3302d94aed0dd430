//! The server's answers to requests of the harness: RAR, ASR, DWR, DPR.

use std::collections::HashMap;
use std::time::Duration;

use crate::ch2::fit::is_sound;
use crate::diameter::{Message, key};
use crate::io::Time;

use super::Observation;
use super::catalog::Name;
use super::monitor::{Found, digest, session_of};

/// Requests that are kept for one connection. A table that grows past it is emptied: what is
/// forgotten is not judged.
const KEPT: usize = 4096;

/// How long an answer may take. No RFC sets a time; the longest that a node is known to wait for
/// one is Tx, 10 seconds (RFC 8506 section 13).
const PATIENCE: Duration = Duration::from_secs(10);

/// The requests of the harness on one connection, by Hop-by-Hop Identifier.
#[derive(Debug, Default)]
pub(super) struct Questions {
    asked: HashMap<u32, Question>,
}

/// A request of the harness that the server answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) event: usize,
    pub(super) at: Time,
    pub(super) session: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Question {
    asked: Asked,
    command: u32,
    end_to_end: u32,
    proxiable: bool,
    /// Digest of its Proxy-Info AVPs, in order; `None` where it has none.
    proxies: Option<u64>,
    /// How many answers are due: one for each time it was sent.
    due: u32,
}

impl Questions {
    /// The harness asks.
    pub(super) fn ask(&mut self, seen: &Observation<'_>) {
        let message = seen.message;
        let hop = message.hop_by_hop();
        if !is_sound(message) {
            self.asked.remove(&hop);
            return;
        }
        if self.asked.len() >= KEPT {
            self.asked.clear();
        }
        let asked = Asked {
            event: seen.event,
            at: seen.at,
            session: session_of(message),
        };
        let question = Question {
            asked,
            command: message.command_code(),
            end_to_end: message.end_to_end(),
            proxiable: message.flags().proxiable(),
            proxies: proxies(message),
            due: 1,
        };
        let known = self.asked.entry(hop).or_insert(question);
        let again = known.asked.event != seen.event && known.end_to_end == question.end_to_end;
        let due = if again { known.due + 1 } else { 1 };
        *known = Question { due, ..question };
    }

    /// The server answers; gives what it answers.
    pub(super) fn answer(&mut self, seen: &Observation<'_>, found: &mut Found) -> Option<Asked> {
        let message = seen.message;
        let hop = message.hop_by_hop();
        let Some(question) = self.asked.get_mut(&hop) else {
            // Only where the request is known to be under way does its answer show a wrong
            // identifier; what is not known may belong to another trace.
            let same = |question: &&mut Question| {
                question.due > 0
                    && question.command == message.command_code()
                    && question.end_to_end == message.end_to_end()
            };
            let question = self.asked.values_mut().find(same)?;
            question.due -= 1;
            found.breach(
                Name::AnswerHop,
                seen.event,
                Some(question.asked.event),
                "the request's Hop-by-Hop Identifier",
                format!("0x{hop:08x}"),
            );
            return None;
        };
        found.watch(Name::AnswerOnce);
        if question.due == 0 {
            found.breach(
                Name::AnswerOnce,
                seen.event,
                Some(question.asked.event),
                "one answer",
                "one more, though the request was answered",
            );
            return None;
        }
        question.due -= 1;
        question.judge(seen, found);
        Some(question.asked)
    }

    /// The trace is over: what is still due never came.
    pub(super) fn ended(&self, at: Time, found: &mut Found) {
        let waited =
            |question: &&Question| question.due > 0 && at.since(question.asked.at) >= PATIENCE;
        let mut unanswered: Vec<_> = self.asked.values().filter(waited).collect();
        unanswered.sort_unstable_by_key(|question| question.asked.event);
        for question in unanswered {
            found.breach(
                Name::AnswerGiven,
                question.asked.event,
                None,
                format!("an answer within {} s", PATIENCE.as_secs()),
                format!("none to a request of command {}", question.command),
            );
        }
    }
}

impl Question {
    fn judge(&self, seen: &Observation<'_>, found: &mut Found) {
        let message = seen.message;
        for name in [
            Name::AnswerHop,
            Name::AnswerEnd,
            Name::AnswerCommand,
            Name::AnswerGiven,
        ] {
            found.watch(name);
        }
        let mut breach = |name, expected: String, observed: String| {
            found.breach(name, seen.event, Some(self.asked.event), expected, observed);
        };
        if self.end_to_end != message.end_to_end() {
            breach(
                Name::AnswerEnd,
                format!("0x{:08x}", self.end_to_end),
                format!("0x{:08x}", message.end_to_end()),
            );
        }
        if self.command != message.command_code() {
            breach(
                Name::AnswerCommand,
                format!("command {}", self.command),
                format!("command {}", message.command_code()),
            );
        }
        if self.proxiable != message.flags().proxiable() {
            let bit = |set| if set { "P bit set" } else { "P bit clear" }.to_owned();
            let observed = bit(message.flags().proxiable());
            breach(Name::AnswerCommand, bit(self.proxiable), observed);
        }
        let session = self.asked.session;
        if session.is_some() && session_of(message) != session {
            let observed = match message.find(key::SESSION_ID) {
                Some(avp) => String::from_utf8_lossy(avp.data()).into_owned(),
                None => "none".to_owned(),
            };
            let expected = "the request's Session-Id".to_owned();
            breach(Name::AnswerCommand, expected, observed);
        }
        if self.proxies.is_some() {
            found.watch(Name::AnswerProxyInfo);
            if proxies(message) != self.proxies {
                let count = message.find_all(key::PROXY_INFO).count();
                found.breach(
                    Name::AnswerProxyInfo,
                    seen.event,
                    Some(self.asked.event),
                    "the Proxy-Info AVPs of the request, in their order",
                    format!("{count} Proxy-Info AVPs that are not those"),
                );
            }
        }
    }
}

/// The Proxy-Info AVPs of a message, as one number.
fn proxies(message: &Message) -> Option<u64> {
    let data: Vec<&[u8]> = message
        .find_all(key::PROXY_INFO)
        .map(|avp| avp.data())
        .collect();
    (!data.is_empty()).then(|| digest(&data))
}

/// What an answer of the server holds by itself.
pub(super) fn alone(seen: &Observation<'_>, found: &mut Found) {
    let message = seen.message;
    found.watch(Name::AnswerResult);
    found.watch(Name::AnswerDestination);
    for (key, name) in [
        (key::DESTINATION_HOST, "Destination-Host"),
        (key::DESTINATION_REALM, "Destination-Realm"),
    ] {
        if message.find(key).is_some() {
            let expected = format!("no {name}");
            found.breach(Name::AnswerDestination, seen.event, None, expected, name);
        }
    }
    let Some(code) = message.result_code() else {
        return;
    };
    let requirement = match code {
        5001 | 5004 | 5007 | 5008 | 5009 | 5014 | 5016 => "RFC6733-7.1.5-FAILED",
        5005 => "RFC6733-7.1.5-MISSING",
        _ => return,
    };
    found.watch(Name::FailedAvp);
    if message.find(key::FAILED_AVP).is_none() {
        let observed = format!("Result-Code {code} without Failed-AVP");
        found.breach_of(
            Name::FailedAvp,
            requirement,
            seen.event,
            None,
            "Failed-AVP",
            observed,
        );
    }
}
