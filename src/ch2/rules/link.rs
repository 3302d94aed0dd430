//! Connections, and what is known of the server's requests across them.

use std::collections::HashMap;
use std::time::Duration;

use crate::ch2::{Asked, Fit};
use crate::diameter::dictionary::{CCR, CER, DPR, DWR};
use crate::diameter::{AvpKey, Message, key};
use crate::io::Time;

use super::Observation;
use super::answer::{self, Questions};
use super::catalog::Name;
use super::monitor::{Answers, Found, Recent, Standing, digest, session_of};
use super::peer::{Peer, origin, watchdog_gap};

/// Requests under way that are kept for one connection. A table that grows past it is emptied:
/// what is forgotten is not judged.
const UNDER_WAY: usize = 4096;

/// Connections that are kept.
const CONNECTIONS: usize = 1024;

/// How long an End-to-End Identifier stays unique at least (RFC 6733 section 3).
const UNIQUE: Duration = Duration::from_secs(240);

/// How long a request surely waits for its answer: what came earlier may have been given up.
const WAITS: Duration = Duration::from_secs(1);

/// How soon after it was dismissed a server that connects again cannot have had a reason.
const AT_ONCE: Duration = Duration::from_secs(1);

/// The connections, and what is known of requests across them.
#[derive(Debug)]
pub(super) struct Links {
    links: HashMap<u64, Link>,
    /// Requests of the server by Origin-Host and End-to-End Identifier.
    requests: Recent<(u64, u32), Earlier>,
    /// Origin-State-Id by Origin-Host, and the message that had it.
    states: Recent<u64, (u32, usize)>,
    /// The shortest time between two watchdogs.
    watchdog_gap: Duration,
    lost_one: bool,
    /// Connections were dropped, and the requests on them.
    forgot: bool,
    /// The server's last consent to a disconnection for good: of whom, when, and the message.
    dismissed: Option<(u64, Time, usize)>,
}

#[derive(Debug, Default)]
struct Link {
    peer: Peer,
    /// The server's requests, by Hop-by-Hop Identifier.
    theirs: HashMap<u32, Waiting>,
    /// Some of them were dropped: that one is not known proves nothing.
    forgot: bool,
    /// The harness's requests.
    ours: Questions,
}

#[derive(Debug)]
struct Waiting {
    event: usize,
    at: Time,
    asked: Asked,
    origin: u64,
    end_to_end: u32,
    session: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Earlier {
    event: usize,
    at: Time,
    what: u64,
    /// Whom it went to.
    peer: u8,
    /// What it says of usage, for the duplicate to say again.
    says: u64,
    refused: bool,
    /// A sound answer told of an error.
    failed: bool,
}

impl Default for Links {
    fn default() -> Links {
        Links {
            links: HashMap::new(),
            requests: Recent::new(8192),
            states: Recent::new(256),
            watchdog_gap: watchdog_gap(None),
            lost_one: false,
            forgot: false,
            dismissed: None,
        }
    }
}

impl Links {
    pub(super) fn watchdog_time(&mut self, twinit: Duration) {
        self.watchdog_gap = watchdog_gap(Some(twinit));
    }

    pub(super) fn observe(&mut self, seen: &Observation<'_>, found: &mut Found) -> Standing {
        if self.links.len() >= CONNECTIONS && !self.links.contains_key(&seen.connection) {
            self.links.clear();
            self.forgot = true;
        }
        let link = self.links.entry(seen.connection).or_default();
        let request = seen.message.is_request();
        match (seen.from_server, request) {
            (true, true) => self.request(seen, found),
            (true, false) => self.answer(seen, found),
            (false, true) => {
                link.ours.ask(seen);
                link.peer.asked(seen.message);
                Standing::default()
            }
            (false, false) => self.answered(seen),
        }
    }

    pub(super) fn lost(&mut self, connection: u64) {
        self.links.remove(&connection);
        self.lost_one = true;
    }

    pub(super) fn ended(&self, at: Time, found: &mut Found) {
        let mut links: Vec<_> = self.links.iter().collect();
        links.sort_unstable_by_key(|(connection, _)| **connection);
        for (_, link) in links {
            link.ours.ended(at, found);
        }
    }

    fn request(&mut self, seen: &Observation<'_>, found: &mut Found) -> Standing {
        let message = seen.message;
        let origin = origin(message);
        let again = self.identifier(seen, origin.1, found);
        self.state(seen, origin.1, found);
        let session = session_of(message);
        let link = self.links.entry(seen.connection).or_default();
        let unknown = link.peer.remote().is_none();
        link.peer.request(seen, origin, self.watchdog_gap, found);
        link.wait(seen, origin.1, session, again, found);
        if unknown && link.peer.remote().is_some() {
            self.connected(seen, origin.1, found);
        }
        Standing {
            again,
            session,
            ..Standing::default()
        }
    }

    fn answer(&mut self, seen: &Observation<'_>, found: &mut Found) -> Standing {
        let link = self.links.entry(seen.connection).or_default();
        answer::alone(seen, found);
        link.peer.answer(seen);
        let origin = origin(seen.message).1;
        if link.peer.is_dismissal(seen.message) {
            let remote = link.peer.remote().unwrap_or(origin);
            self.dismissed = Some((remote, seen.at, seen.event));
        }
        let asked = link.ours.answer(seen, found);
        self.state(seen, origin, found);
        Standing {
            asked,
            ..Standing::default()
        }
    }

    /// A connection came with this Origin-Host.
    fn connected(&mut self, seen: &Observation<'_>, origin: u64, found: &mut Found) {
        found.watch(Name::Reconnect);
        let Some((whom, at, event)) = self.dismissed.filter(|(whom, ..)| *whom == origin) else {
            return;
        };
        self.dismissed = Some((whom, at, event)).filter(|_| seen.at.since(at) < AT_ONCE);
        if self.dismissed.is_some() {
            found.breach(
                Name::Reconnect,
                seen.event,
                Some(event),
                "no new connection at once",
                format!("a CER {} ms later", seen.at.since(at).as_millis()),
            );
        }
    }

    /// Judges End-to-End Identifier and T bit; true for a request that was seen before.
    fn identifier(&mut self, seen: &Observation<'_>, origin: u64, found: &mut Found) -> bool {
        let message = seen.message;
        let repeated = message.flags().retransmitted();
        let credit = message.command_code() == CCR;
        let entry = (origin, message.end_to_end());
        let (what, says) = (what(message), says(message));
        found.watch(Name::EndUnique);
        found.watch(Name::TFirst);
        let earlier = self.requests.get(entry).copied();
        // With the T bit it is the same request however long its link was down.
        let known = earlier.filter(|earlier| {
            seen.at.since(earlier.at) < UNIQUE || repeated && earlier.what == what
        });
        if let Some(earlier) = known {
            if earlier.what == what && (credit || repeated) {
                alternate(seen, &earlier, found);
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
                // Where a connection was lost since, the error may never have arrived.
                if repeated && earlier.failed && !self.lost_one {
                    found.breach(
                        Name::TAgain,
                        seen.event,
                        Some(earlier.event),
                        "T bit clear after an error answer",
                        "T bit set, though the request was answered with an error",
                    );
                }
                found.watch(Name::ResendSame);
                if earlier.says != says {
                    found.breach(
                        Name::ResendSame,
                        seen.event,
                        Some(earlier.event),
                        "the units of the request that was sent before",
                        "other units under the same identifiers",
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
                peer: seen.peer,
                says,
                refused: false,
                failed: false,
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
        let waiting = link.theirs.remove(&message.hop_by_hop());
        let fit = waiting.as_ref().map(|waiting| waiting.asked.fit(message));
        let sound = fit == Some(Fit::Sound);
        link.peer.answered(message, sound);
        let Some(waiting) = waiting else {
            // A second copy, or an answer to nothing: it is discarded, and answers nothing.
            let answers = session_of(message).filter(|_| link.forgot || self.forgot);
            let answers = answers.map(|session| Answers {
                session,
                end_to_end: message.end_to_end(),
                sound: false,
            });
            return Standing {
                answers,
                ..Standing::default()
            };
        };
        // The T bit is for requests without an answer, and forbidden after an error (RFC 6733 3).
        let error = message.result_code().is_none_or(|code| code >= 3000);
        if (message.flags().error() || error || !sound)
            && let Some(earlier) = self.requests.touch((waiting.origin, waiting.end_to_end))
        {
            earlier.refused = true;
            earlier.failed |= sound && (message.flags().error() || error);
        }
        let answers = waiting.session.map(|session| Answers {
            session,
            end_to_end: waiting.end_to_end,
            sound,
        });
        Standing {
            answers,
            ..Standing::default()
        }
    }
}

impl Link {
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
        let waits = |waiting: &&Waiting| !again && seen.at.since(waiting.at) < WAITS;
        if let Some(waiting) = self.theirs.get(&hop).filter(waits) {
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
            self.forgot = true;
        }
        self.theirs.insert(
            hop,
            Waiting {
                event: seen.event,
                at: seen.at,
                asked: Asked::of(message),
                origin,
                end_to_end: message.end_to_end(),
                session,
            },
        );
    }
}

/// Judges a request between peers that was sent before: it is for the one peer alone.
fn alternate(seen: &Observation<'_>, earlier: &Earlier, found: &mut Found) {
    if ![CER, DPR, DWR].contains(&seen.message.command_code()) {
        return;
    }
    found.watch(Name::Alternate);
    if seen.peer != earlier.peer {
        found.breach(
            Name::Alternate,
            seen.event,
            Some(earlier.event),
            "a request between peers sent to that peer alone",
            "one that was sent to another peer before",
        );
    }
}

pub(super) fn first_with_t(seen: &Observation<'_>, found: &mut Found) {
    let observed = "T bit set on a request that was not seen before";
    found.breach(Name::TFirst, seen.event, None, "T bit clear", observed);
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

/// What a request says of units: the same however often it is sent, whatever agents add to it.
fn says(message: &Message) -> u64 {
    const UNITS: [AvpKey; 3] = [
        key::USED_SERVICE_UNIT,
        key::REQUESTED_SERVICE_UNIT,
        key::MULTIPLE_SERVICES_CREDIT_CONTROL,
    ];
    let units = message.avps().filter(|avp| UNITS.contains(&avp.key()));
    units
        .map(|avp| digest(&[&avp.code().to_be_bytes(), avp.data()]))
        .fold(0, |all: u64, one| all.rotate_left(7) ^ one)
}
