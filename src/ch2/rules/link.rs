//! Connections: identifiers, capabilities, and answers of the server.

use std::collections::HashMap;
use std::time::Duration;

use crate::diameter::dictionary::{CCR, CER, CREDIT_CONTROL_APPLICATION, RELAY_APPLICATION};
use crate::diameter::{Message, key};
use crate::io::Time;

use super::Observation;
use super::catalog::Name;
use super::monitor::{Found, Recent, Standing, digest, folded, session_of};

/// Requests under way that are kept for one connection and direction. A table that grows past it
/// is emptied: what is forgotten is not judged.
const UNDER_WAY: usize = 4096;

/// Connections that are kept.
const CONNECTIONS: usize = 1024;

/// How long an End-to-End Identifier stays unique at least (RFC 6733 section 3).
const UNIQUE: Duration = Duration::from_secs(240);

/// The connections, and what is known of requests across them.
#[derive(Debug)]
pub(super) struct Links {
    links: HashMap<u64, Link>,
    /// Requests of the server by Origin-Host and End-to-End Identifier.
    requests: Recent<(u64, u32), Earlier>,
    /// Origin-State-Id by Origin-Host, and the message that had it.
    states: Recent<u64, (u32, usize)>,
    lost_one: bool,
}

#[derive(Debug, Default)]
struct Link {
    /// The server's requests, by Hop-by-Hop Identifier.
    theirs: HashMap<u32, Waiting>,
    /// The harness's requests, by Hop-by-Hop Identifier.
    ours: HashMap<u32, Asked>,
    /// The first message of the server that was no CER.
    first: Option<usize>,
    cer: Option<Cer>,
}

#[derive(Debug)]
struct Cer {
    event: usize,
    relay: bool,
    origin: u64,
    name: String,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    event: usize,
    origin: u64,
    end_to_end: u32,
    session: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    event: usize,
    command: u32,
    end_to_end: u32,
    proxiable: bool,
    session: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Earlier {
    event: usize,
    at: Time,
    what: u64,
    refused: bool,
}

impl Default for Links {
    fn default() -> Links {
        Links {
            links: HashMap::new(),
            requests: Recent::new(8192),
            states: Recent::new(256),
            lost_one: false,
        }
    }
}

impl Links {
    pub(super) fn observe(&mut self, seen: &Observation<'_>, found: &mut Found) -> Standing {
        if self.links.len() >= CONNECTIONS && !self.links.contains_key(&seen.connection) {
            self.links.clear();
        }
        let link = self.links.entry(seen.connection).or_default();
        let request = seen.message.is_request();
        match (seen.from_server, request) {
            (true, true) => self.request(seen, found),
            (true, false) => {
                link.first.get_or_insert(seen.event);
                link.answer(seen, found);
                self.state(seen, folded(origin(seen.message)), found);
                Standing::default()
            }
            (false, true) => {
                link.asked(seen);
                Standing::default()
            }
            (false, false) => self.answered(seen),
        }
    }

    pub(super) fn lost(&mut self, connection: u64) {
        self.links.remove(&connection);
        self.lost_one = true;
    }

    fn request(&mut self, seen: &Observation<'_>, found: &mut Found) -> Standing {
        let message = seen.message;
        let origin = origin(message);
        let origin_digest = folded(origin);
        let again = self.identifier(seen, origin_digest, found);
        self.state(seen, origin_digest, found);
        let session = session_of(message);
        let link = self.links.entry(seen.connection).or_default();
        if message.command_code() == CER {
            link.capabilities(seen, origin, found);
        } else {
            link.first.get_or_insert(seen.event);
            link.origin(seen, origin, origin_digest, found);
        }
        link.wait(seen, origin_digest, session, again, found);
        Standing {
            again,
            session,
            answers: None,
        }
    }

    /// Judges End-to-End Identifier and T bit; true for a request that was seen before.
    fn identifier(&mut self, seen: &Observation<'_>, origin: u64, found: &mut Found) -> bool {
        let message = seen.message;
        let repeated = message.flags().retransmitted();
        let credit = message.command_code() == CCR;
        let entry = (origin, message.end_to_end());
        let what = what(message);
        found.watch(Name::EndUnique);
        found.watch(Name::TFirst);
        let earlier = self.requests.get(entry).copied();
        // With the T bit it is the same request however long its link was down.
        let known = earlier.filter(|earlier| {
            seen.at.since(earlier.at) < UNIQUE || repeated && earlier.what == what
        });
        if let Some(earlier) = known {
            if earlier.what == what && (credit || repeated) {
                found.watch(Name::TAgain);
                if !repeated && !earlier.refused {
                    found.breach(
                        Name::TAgain,
                        seen.event,
                        Some(earlier.event),
                        "T bit set",
                        "T bit clear, though the request was sent before",
                    );
                }
                return true;
            }
            found.breach(
                Name::EndUnique,
                seen.event,
                Some(earlier.event),
                "an End-to-End Identifier of its own",
                format!("0x{:08x}, which another request has", message.end_to_end()),
            );
        } else if repeated && !credit && !self.lost_one && !self.requests.forgot() {
            first_with_t(seen, found);
        }
        let (event, at) = (seen.event, seen.at);
        self.requests.insert(
            entry,
            Earlier {
                event,
                at,
                what,
                refused: false,
            },
        );
        false
    }

    fn state(&mut self, seen: &Observation<'_>, origin: u64, found: &mut Found) {
        let Some(state) = seen
            .message
            .find(key::ORIGIN_STATE_ID)
            .and_then(|avp| avp.u32().ok())
        else {
            return;
        };
        found.watch(Name::OriginState);
        let Some((highest, event)) = self.states.touch(origin) else {
            self.states.insert(origin, (state, seen.event));
            return;
        };
        if state >= *highest {
            (*highest, *event) = (state, seen.event);
        } else if state != 0 {
            found.breach(
                Name::OriginState,
                seen.event,
                Some(*event),
                format!("{highest} or more"),
                state.to_string(),
            );
        }
    }

    /// The harness answers: what was asked is no longer under way.
    fn answered(&mut self, seen: &Observation<'_>) -> Standing {
        let message = seen.message;
        let link = self.links.entry(seen.connection).or_default();
        let Some(waiting) = link.theirs.remove(&message.hop_by_hop()) else {
            let answers = session_of(message).map(|session| (session, message.end_to_end()));
            return Standing {
                answers,
                ..Standing::default()
            };
        };
        // The T bit is for requests without an answer, and forbidden after an error (RFC 6733 3).
        let error = message.result_code().is_some_and(|code| code >= 3000);
        if (message.flags().error() || error)
            && let Some(earlier) = self.requests.touch((waiting.origin, waiting.end_to_end))
        {
            earlier.refused = true;
        }
        let answers = waiting.session.map(|session| (session, waiting.end_to_end));
        Standing {
            answers,
            ..Standing::default()
        }
    }
}

impl Link {
    fn capabilities(&mut self, seen: &Observation<'_>, origin: &[u8], found: &mut Found) {
        found.watch(Name::CerFirst);
        found.watch(Name::CerApplication);
        if let Some(first) = self.first.filter(|_| self.cer.is_none()) {
            let expected = "CER as the first message of the connection";
            found.breach(
                Name::CerFirst,
                first,
                Some(seen.event),
                expected,
                "another one before",
            );
        }
        let offered = applications(seen.message);
        let relay = offered.contains(&RELAY_APPLICATION);
        if !relay && !offered.contains(&CREDIT_CONTROL_APPLICATION) {
            let observed = match offered.as_slice() {
                [] => "no Auth-Application-Id".to_owned(),
                offered => format!("Auth-Application-Id {offered:?}"),
            };
            let expected = "Auth-Application-Id 4";
            found.breach(Name::CerApplication, seen.event, None, expected, observed);
        }
        self.cer = Some(Cer {
            event: seen.event,
            relay,
            origin: folded(origin),
            name: String::from_utf8_lossy(origin).into_owned(),
        });
    }

    fn origin(&self, seen: &Observation<'_>, name: &[u8], origin: u64, found: &mut Found) {
        let Some(cer) = self.cer.as_ref().filter(|cer| !cer.relay) else {
            return;
        };
        if seen.message.find(key::ROUTE_RECORD).is_some() {
            return;
        }
        found.watch(Name::PeerOrigin);
        if origin != cer.origin {
            found.breach(
                Name::PeerOrigin,
                seen.event,
                Some(cer.event),
                format!("Origin-Host {}", cer.name),
                String::from_utf8_lossy(name),
            );
        }
    }

    fn wait(
        &mut self,
        seen: &Observation<'_>,
        origin: u64,
        session: Option<u64>,
        again: bool,
        found: &mut Found,
    ) {
        let message = seen.message;
        let hop = message.hop_by_hop();
        found.watch(Name::HopUnique);
        if let Some(waiting) = self.theirs.get(&hop).filter(|_| !again) {
            found.breach(
                Name::HopUnique,
                seen.event,
                Some(waiting.event),
                "a Hop-by-Hop Identifier that no request under way has",
                format!("0x{hop:08x}"),
            );
        }
        if self.theirs.len() >= UNDER_WAY {
            self.theirs.clear();
        }
        self.theirs.insert(
            hop,
            Waiting {
                event: seen.event,
                origin,
                end_to_end: message.end_to_end(),
                session,
            },
        );
    }

    fn asked(&mut self, seen: &Observation<'_>) {
        let message = seen.message;
        if self.ours.len() >= UNDER_WAY {
            self.ours.clear();
        }
        self.ours.insert(
            message.hop_by_hop(),
            Asked {
                event: seen.event,
                command: message.command_code(),
                end_to_end: message.end_to_end(),
                proxiable: message.flags().proxiable(),
                session: session_of(message),
            },
        );
    }

    fn answer(&mut self, seen: &Observation<'_>, found: &mut Found) {
        let message = seen.message;
        let hop = message.hop_by_hop();
        let Some(asked) = self.ours.remove(&hop) else {
            // Only where the request is known to be under way does its answer show a wrong
            // identifier; what is not known may belong to another trace.
            let same = |asked: &&Asked| {
                asked.command == message.command_code() && asked.end_to_end == message.end_to_end()
            };
            if let Some(asked) = self.ours.values().find(same) {
                found.breach(
                    Name::AnswerHop,
                    seen.event,
                    Some(asked.event),
                    "the request's Hop-by-Hop Identifier",
                    format!("0x{hop:08x}"),
                );
            }
            return;
        };
        for name in [Name::AnswerHop, Name::AnswerEnd, Name::AnswerCommand] {
            found.watch(name);
        }
        let mut breach = |name, expected: String, observed: String| {
            found.breach(name, seen.event, Some(asked.event), expected, observed);
        };
        if asked.end_to_end != message.end_to_end() {
            breach(
                Name::AnswerEnd,
                format!("0x{:08x}", asked.end_to_end),
                format!("0x{:08x}", message.end_to_end()),
            );
        }
        if asked.command != message.command_code() {
            breach(
                Name::AnswerCommand,
                format!("command {}", asked.command),
                format!("command {}", message.command_code()),
            );
        }
        if asked.proxiable != message.flags().proxiable() {
            let bit = |set| if set { "P bit set" } else { "P bit clear" }.to_owned();
            let observed = bit(message.flags().proxiable());
            breach(Name::AnswerCommand, bit(asked.proxiable), observed);
        }
        let session = session_of(message);
        if asked.session.is_some() && session != asked.session {
            let observed = match message.find(key::SESSION_ID) {
                Some(avp) => String::from_utf8_lossy(avp.data()).into_owned(),
                None => "none".to_owned(),
            };
            breach(
                Name::AnswerCommand,
                "the request's Session-Id".to_owned(),
                observed,
            );
        }
    }
}

pub(super) fn first_with_t(seen: &Observation<'_>, found: &mut Found) {
    let observed = "T bit set on a request that was not seen before";
    found.breach(Name::TFirst, seen.event, None, "T bit clear", observed);
}

fn origin(message: &Message) -> &[u8] {
    message
        .find(key::ORIGIN_HOST)
        .map_or(&[][..], |avp| avp.data())
}

/// What a request is, apart from the identifiers of its header.
fn what(message: &Message) -> u64 {
    let data = |key| message.find(key).map_or(&[][..], |avp| avp.data());
    digest(&[
        &message.command_code().to_be_bytes(),
        data(key::SESSION_ID),
        data(key::CC_SUB_SESSION_ID),
        data(key::CC_REQUEST_NUMBER),
        data(key::CC_REQUEST_TYPE),
    ])
}

/// The applications of authentication and authorisation that a CER offers.
fn applications(message: &Message) -> Vec<u32> {
    let inside = message
        .find_all(key::VENDOR_SPECIFIC_APPLICATION_ID)
        .flat_map(|group| group.children());
    message
        .avps()
        .chain(inside)
        .filter(|avp| avp.key() == key::AUTH_APPLICATION_ID)
        .filter_map(|avp| avp.u32().ok())
        .collect()
}
