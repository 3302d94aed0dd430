//! Who plays a scenario, and how its traffic is told from another scenario's.

use std::collections::BTreeMap;

use crate::diameter::{AvpKey, Message, key};
use crate::engine::Known;
use crate::scenario::{Identity, Subscriber};
use crate::sip;

use super::net::Net;

/// The parties of one session of a running scenario.
#[derive(Clone, Debug)]
pub(super) struct Who {
    /// The pair of identities it owns while it runs.
    pub subscriber: Subscriber,
    /// `icid-value` of the client's P-Charging-Vector.
    pub icid: String,
    /// Call-ID of the client's dialog.
    pub call_id: String,
}

/// A session of a running scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Whose {
    /// The scenario's place in the run.
    pub play: usize,
    /// Index of the session in the scenario.
    pub session: usize,
}

/// How well something matches a session: the first part decides, the others break ties.
pub(super) type Clues = [u8; 4];

/// No clue at all.
pub(super) const NO_CLUE: Clues = [0; 4];

impl Who {
    /// A subscriber pair with a fresh Call-ID and ICID.
    pub fn new(subscriber: Subscriber, host: &str, net: &mut Net) -> Who {
        Who {
            subscriber,
            icid: format!("{}-{}", net.token(16), net.token(8)),
            call_id: format!("{}@{host}", net.token(20)),
        }
    }

    /// What `$client.icid` and its like stand for. The client has one value per name that a server
    /// may know it by.
    pub fn identities(&self, session: usize) -> Vec<Known> {
        let mut all = Vec::new();
        for uri in std::iter::once(&self.subscriber.client).chain(&self.subscriber.also) {
            for name in names_of(uri) {
                all.push((Identity::ClientIdentity, name));
            }
        }
        all.push((Identity::ClientIcid, self.icid.clone()));
        all.push((Identity::ClientCallId, self.call_id.clone()));
        for name in names_of(&self.subscriber.far_end) {
            all.push((Identity::FarEndIdentity, name));
        }
        let known = |(identity, value)| Known {
            session,
            identity,
            value,
        };
        all.into_iter().map(known).collect()
    }

    /// The parties by name, for a report.
    pub fn names(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("client".to_owned(), self.subscriber.client.clone()),
            ("far end".to_owned(), self.subscriber.far_end.clone()),
            ("Call-ID".to_owned(), self.call_id.clone()),
            ("ICID".to_owned(), self.icid.clone()),
        ])
    }

    /// How well a CH-2 request matches: by Subscription-Id, else ICID, else User-Session-Id, else
    /// the calling party.
    pub fn clues_in_request(&self, request: &Message) -> Clues {
        const ICID: [AvpKey; 3] = [
            key::SERVICE_INFORMATION,
            key::IMS_INFORMATION,
            key::IMS_CHARGING_IDENTIFIER,
        ];
        const CALL_ID: [AvpKey; 3] = [
            key::SERVICE_INFORMATION,
            key::IMS_INFORMATION,
            key::USER_SESSION_ID,
        ];
        const CALLING: [AvpKey; 3] = [
            key::SERVICE_INFORMATION,
            key::IMS_INFORMATION,
            key::CALLING_PARTY_ADDRESS,
        ];
        let text = |path: &[AvpKey]| request.find_path(path).and_then(|avp| avp.utf8().ok());
        let subscribed = request.find_all(key::SUBSCRIPTION_ID).any(|id| {
            id.find(key::SUBSCRIPTION_ID_DATA)
                .and_then(|data| data.utf8().ok())
                .is_some_and(|data| self.client_matches(data) > 0)
        });
        [
            u8::from(subscribed),
            u8::from(text(&ICID) == Some(&self.icid)),
            u8::from(text(&CALL_ID) == Some(&self.call_id)),
            text(&CALLING).map_or(0, |calling| self.client_matches(calling)),
        ]
    }

    /// How well an INVITE to the far end matches: by whom it calls, else by who calls, else ICID,
    /// else Call-ID.
    pub fn clues_in_invite(&self, invite: &sip::Message) -> Clues {
        let called = [
            invite.request_uri().map(|uri| uri.as_str().to_owned()).ok(),
            invite.to().map(|to| to.uri.as_str().to_owned()).ok(),
        ];
        let called = called
            .iter()
            .flatten()
            .map(|uri| matches(&self.subscriber.far_end, uri));
        let asserted = invite
            .p_asserted_identities()
            .filter_map(Result::ok)
            .map(|identity| self.client_matches(identity.uri.as_str()))
            .max();
        let from = invite
            .from()
            .map_or(0, |from| self.client_matches(from.uri.as_str()));
        let icid = invite
            .p_charging_vector()
            .is_ok_and(|vector| vector.icid_value() == self.icid);
        let call_id = invite.call_id().is_ok_and(|id| id == self.call_id);
        [
            called.max().unwrap_or(0),
            asserted.unwrap_or(0).max(from),
            u8::from(icid),
            u8::from(call_id),
        ]
    }

    fn client_matches(&self, text: &str) -> u8 {
        std::iter::once(&self.subscriber.client)
            .chain(&self.subscriber.also)
            .map(|own| matches(own, text))
            .max()
            .unwrap_or(0)
    }
}

/// Whether a CH-2 request says anything that could tell whose it is.
pub(super) fn names_anybody(request: &Message) -> bool {
    let ims = [
        key::IMS_CHARGING_IDENTIFIER,
        key::USER_SESSION_ID,
        key::CALLING_PARTY_ADDRESS,
    ];
    request.find(key::SUBSCRIPTION_ID).is_some()
        || ims.into_iter().any(|name| {
            let path = [key::SERVICE_INFORMATION, key::IMS_INFORMATION, name];
            request.find_path(&path).is_some()
        })
}

/// The candidates whose clues are best; none where nobody has any.
pub(super) fn best(candidates: &[(Whose, Clues)]) -> Vec<Whose> {
    let best = candidates.iter().map(|(_, clues)| *clues).max();
    let best = best.filter(|clues| *clues != NO_CLUE);
    candidates
        .iter()
        .filter(|(_, clues)| Some(*clues) == best)
        .map(|(whose, _)| *whose)
        .collect()
}

/// The session that a request says it is of, where its Session-Id is known as `owner`'s: another one
/// only where subscriber, ICID or Call-ID name that one and not the owner.
pub(super) fn contradicts(owner: Whose, candidates: &[(Whose, Clues)]) -> Option<Whose> {
    let named = |clues: &Clues| [clues[0], clues[1], clues[2]];
    let own = candidates.iter().find(|(whose, _)| *whose == owner)?;
    let [other] = best(candidates)[..] else {
        return None;
    };
    let clues = candidates.iter().find(|(whose, _)| *whose == other)?;
    (other != owner && named(&clues.1) > named(&own.1)).then_some(other)
}

/// How sure it is that two addresses name the same user: 2 the whole address or telephone number,
/// 1 the user part alone (a server may have put another host), 0 not.
fn matches(own: &str, other: &str) -> u8 {
    let (own, other) = (Address::read(own), Address::read(other));
    match () {
        () if own.user.is_empty() || own.user != other.user => 0,
        () if own.host == other.host || own.is_number => 2,
        () => 1,
    }
}

/// A user's address, taken down to what tells users apart.
struct Address {
    user: String,
    host: String,
    is_number: bool,
}

impl Address {
    fn read(text: &str) -> Address {
        let text = text.trim().trim_start_matches('<').trim_end_matches('>');
        let (scheme, rest) = match text.split_once(':') {
            Some((scheme, rest))
                if ["sip", "sips", "tel"]
                    .iter()
                    .any(|s| scheme.eq_ignore_ascii_case(s)) =>
            {
                (scheme, rest)
            }
            _ => ("", text),
        };
        let rest = rest.split(['?', ';']).next().unwrap_or_default();
        let (user, host) = match rest.rsplit_once('@') {
            Some((user, host)) => (user, host),
            None => (rest, ""),
        };
        let digits: String = user.chars().filter(char::is_ascii_digit).collect();
        let numeric = !digits.is_empty()
            && user
                .chars()
                .all(|c| c.is_ascii_digit() || "+-.() ".contains(c));
        // `+358...` is a telephone number in any scheme (RFC 3261 19.1.6, RFC 3966).
        let is_number = numeric
            && (scheme.eq_ignore_ascii_case("tel") || host.is_empty() || user.starts_with('+'));
        let host = if is_number { "" } else { host };
        Address {
            user: if is_number { digits } else { user.to_owned() },
            host: without_port(host).to_ascii_lowercase(),
            is_number,
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            // An IPv6 address ends in `]` where a port follows.
            if name.contains(':') && !name.ends_with(']') {
                host
            } else {
                name
            }
        }
        _ => host,
    }
}

/// The forms in which a Subscription-Id may give a URI: as it is, and for a telephone number
/// international E.164 digits without a plus sign (RFC 8506 8.47, END_USER_E164), which servers
/// also write with one.
fn names_of(uri: &str) -> Vec<String> {
    let mut names = vec![uri.to_owned()];
    let address = Address::read(uri);
    if address.is_number {
        for name in [address.user.clone(), format!("+{}", address.user)] {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_users_by_address_and_by_number() {
        for (own, other, how) in [
            (
                "sip:alice@example.com",
                "sip:alice@EXAMPLE.com;transport=tcp",
                2,
            ),
            ("sip:alice@example.com", "alice@example.com", 2),
            ("sip:alice@example.com", "sip:alice@192.0.2.1:5070", 1),
            ("sip:alice@example.com", "sip:bob@example.com", 0),
            ("tel:+358-50-1234567", "358501234567", 2),
            (
                "sip:+358501234567@ims.example;user=phone",
                "tel:+358501234567",
                2,
            ),
            ("sip:a@[2001:db8::1]:5060", "sip:a@[2001:db8::1]", 2),
            ("sip:a@h", "", 0),
            ("", "", 0),
        ] {
            assert_eq!(matches(own, other), how, "{own} {other}");
        }
    }

    fn session(session: usize) -> Whose {
        Whose { play: 7, session }
    }

    #[test]
    fn a_tie_is_told_as_one() {
        let best = |clues: &[Clues]| {
            let candidates = clues.iter().enumerate();
            let candidates: Vec<_> = candidates
                .map(|(at, clues)| (session(at), *clues))
                .collect();
            let best = best(&candidates).into_iter();
            best.map(|whose| whose.session).collect::<Vec<_>>()
        };
        assert_eq!(best(&[[1, 0, 0, 0], [0, 1, 0, 0]]), [0]);
        assert_eq!(best(&[[1, 0, 0, 0], [1, 0, 0, 0]]), [0, 1]);
        assert_eq!(best(&[[1, 0, 0, 0], [1, 1, 0, 0], NO_CLUE]), [1]);
        assert_eq!(best(&[NO_CLUE]), [0; 0]);
    }

    #[test]
    fn a_known_session_id_is_its_owners_unless_the_request_names_another() {
        let named = |own: Clues, other: Clues| {
            contradicts(session(0), &[(session(0), own), (session(1), other)])
        };
        assert_eq!(named([1, 1, 1, 0], [1, 0, 0, 0]), None);
        assert_eq!(named([1, 0, 0, 0], [1, 0, 0, 0]), None);
        assert_eq!(named(NO_CLUE, NO_CLUE), None);
        // Who calls is no proof.
        assert_eq!(named([1, 0, 0, 0], [1, 0, 0, 2]), None);
        for other in [[1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 1, 0]] {
            assert_eq!(named([1, 0, 0, 0], other), Some(session(1)));
        }
        assert_eq!(named(NO_CLUE, [1, 0, 0, 0]), Some(session(1)));
    }

    #[test]
    fn a_number_has_the_names_of_e164() {
        assert_eq!(
            names_of("tel:+358501"),
            ["tel:+358501", "358501", "+358501"]
        );
        assert_eq!(names_of("sip:alice@h"), ["sip:alice@h"]);
    }
}
