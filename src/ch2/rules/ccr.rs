//! A CCR by itself: read in one pass, and judged without its past.

use crate::ch2::{Binding, Kind};
use crate::diameter::{Avp, AvpKey, Message, NtpTime, key};

use super::Observation;
use super::catalog::Name;
use super::monitor::{Found, digest};

/// Subscriptions of one request beyond which they are not compared.
pub(super) const SUBSCRIPTIONS: usize = 16;

/// DIAMETER_BAD_ANSWER (RFC 6733 8.15).
const BAD_ANSWER: u32 = 3;

/// The beginning of 2000 in seconds of NTP, and a time in 2067 in those of its next era, which
/// begins in 2036. What lies between is another clock's, that of Unix above all.
const NTP_2000: u32 = 3_155_673_600;
const NTP_2067: u32 = 1_000_000_000;

/// A CCR, in one pass over its AVPs.
#[derive(Default)]
pub(super) struct Request<'a> {
    pub(super) session_id: &'a [u8],
    pub(super) origin: &'a [u8],
    pub(super) destination: Option<&'a [u8]>,
    pub(super) context: Option<&'a [u8]>,
    pub(super) request_type: Option<u32>,
    pub(super) number: Option<u32>,
    pub(super) timestamp: Option<u32>,
    pub(super) icid: Option<&'a [u8]>,
    pub(super) subscriptions: [u64; SUBSCRIPTIONS],
    pub(super) subscription_count: usize,
    /// A subscription that has not the form of its type: the type, and what stands there.
    misnamed: Option<(u32, &'a [u8])>,
    pub(super) mscc: bool,
    pub(super) mscc_without_request: bool,
    /// Several Multiple-Services-Credit-Control AVPs, one of which names no service.
    pub(super) mscc_unnamed: bool,
    pub(super) mscc_indicated: bool,
    pub(super) units_at_command: bool,
    pub(super) termination_cause: bool,
    /// It is DIAMETER_BAD_ANSWER: what the last answer granted meant nothing to the client.
    pub(super) bad_answer: bool,
    pub(super) requested_action: bool,
    pub(super) requested: bool,
    pub(super) used: bool,
    pub(super) used_kinds: u8,
    pub(super) used_at_command: bool,
    pub(super) amounts: Amounts,
}

/// How much of each kind of unit, in the order of [`KINDS`]; money is not counted.
pub(super) type Amounts = [u64; KINDS.len()];

impl<'a> Request<'a> {
    pub(super) fn read(message: &'a Message) -> Request<'a> {
        let mut request = Request::default();
        let (mut services, mut unnamed) = (0, false);
        for avp in message.avps() {
            match avp.key() {
                key::SESSION_ID => request.session_id = avp.data(),
                key::ORIGIN_HOST => request.origin = avp.data(),
                key::DESTINATION_HOST => request.destination = Some(avp.data()),
                key::SERVICE_CONTEXT_ID => request.context = Some(avp.data()),
                key::CC_REQUEST_TYPE => request.request_type = avp.u32().ok(),
                key::CC_REQUEST_NUMBER => request.number = avp.u32().ok(),
                key::EVENT_TIMESTAMP => request.timestamp = Some(avp.u32().unwrap_or(0)),
                key::TERMINATION_CAUSE => {
                    request.termination_cause = true;
                    request.bad_answer = avp.u32() == Ok(BAD_ANSWER);
                }
                key::REQUESTED_ACTION => request.requested_action = true,
                key::MULTIPLE_SERVICES_INDICATOR => request.mscc_indicated = true,
                key::SERVICE_INFORMATION => request.icid = request.icid.or(icid(avp)),
                key::SUBSCRIPTION_ID => request.subscription(avp),
                // Subscription-Id-Extension (RFC 8506 section 8.58).
                extension if extension.code == 659 && extension.vendor.is_none() => {
                    request.subscription(avp);
                }
                key::REQUESTED_SERVICE_UNIT => {
                    request.requested = true;
                    request.units_at_command = true;
                }
                key::USED_SERVICE_UNIT => {
                    request.units_at_command = true;
                    request.usage(avp, true);
                }
                key::MULTIPLE_SERVICES_CREDIT_CONTROL => {
                    request.mscc = true;
                    let (mut asks, mut named) = (false, false);
                    for child in avp.children() {
                        asks |= child.key() == key::REQUESTED_SERVICE_UNIT;
                        named |=
                            [key::RATING_GROUP, key::SERVICE_IDENTIFIER].contains(&child.key());
                        if child.key() == key::USED_SERVICE_UNIT {
                            request.usage(child, false);
                        }
                    }
                    request.requested |= asks;
                    request.mscc_without_request |= !asks;
                    services += 1;
                    unnamed |= !named;
                }
                _ => {}
            }
        }
        request.mscc_unnamed = services > 1 && unnamed;
        request
    }

    fn subscription(&mut self, avp: Avp<'a>) {
        if avp.key() == key::SUBSCRIPTION_ID {
            let member = |key| avp.children().find(|child| child.key() == key);
            let kind = member(key::SUBSCRIPTION_ID_TYPE).and_then(|kind| kind.u32().ok());
            let data = member(key::SUBSCRIPTION_ID_DATA).map(|data| data.data());
            if let (Some(kind), Some(data)) = (kind, data)
                && !is_of_type(kind, data)
            {
                self.misnamed.get_or_insert((kind, data));
            }
        }
        if let Some(place) = self.subscriptions.get_mut(self.subscription_count) {
            // By its members, in any order: the same identity may be written in two ways.
            *place = avp
                .children()
                .map(|child| digest(&[&child.code().to_be_bytes(), child.data()]))
                .fold(0, u64::wrapping_add);
            self.subscription_count += 1;
        }
    }

    fn usage(&mut self, group: Avp<'_>, at_command: bool) {
        let (kinds, some) = unit_kinds(group);
        add_amounts(&mut self.amounts, group);
        self.used |= some;
        self.used_kinds |= kinds;
        self.used_at_command |= at_command;
    }

    /// Judges a request by itself.
    pub(super) fn alone(
        &self,
        seen: &Observation<'_>,
        kind: Kind,
        binding: &Binding,
        found: &mut Found,
    ) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let event = seen.event;
        found.watch(Name::EventTimestamp);
        if self.timestamp.is_none() {
            found.breach(Name::EventTimestamp, event, None, "Event-Timestamp", "none");
        }
        self.place(seen, kind, found);
        if let Some(host) = self.destination {
            found.watch(Name::DestinationOwn);
            if host.eq_ignore_ascii_case(self.origin) {
                let expected = "another host than the one that sends it, or none";
                found.breach(Name::DestinationOwn, event, None, expected, text(host));
            }
        }
        if let Some(context) = self.context {
            found.watch(Name::ContextSyntax);
            if !is_context(context) {
                found.breach(
                    Name::ContextSyntax,
                    event,
                    None,
                    "context@domain",
                    text(context),
                );
            }
            if let Some(stated) = &binding.service_context_id {
                found.watch(Name::ContextProfile);
                if context != stated.as_bytes() {
                    let expected = stated.clone();
                    found.breach(Name::ContextProfile, event, None, expected, text(context));
                }
            }
        }
        if matches!(kind, Kind::Start | Kind::Interim) {
            found.watch(Name::SubscriptionPresent);
            if self.subscription_count == 0 {
                let expected = "Subscription-Id or Subscription-Id-Extension";
                found.breach(Name::SubscriptionPresent, event, None, expected, "none");
            }
        }
        if self.subscription_count > 0 {
            found.watch(Name::SubscriptionForm);
        }
        if let Some((kind, data)) = self.misnamed {
            let observed = format!("\"{}\" under the type {kind}", text(data));
            let expected = "an identifier of the type that is named";
            found.breach(Name::SubscriptionForm, event, None, expected, observed);
        }
        if kind == Kind::Start {
            self.start(seen, found);
        }
        if kind == Kind::Stop {
            found.watch(Name::RequestedInStop);
            if self.requested {
                let expected = "no Requested-Service-Unit";
                let observed = "Requested-Service-Unit";
                found.breach(Name::RequestedInStop, event, None, expected, observed);
            }
        }
    }

    /// Judges what stands only in some kinds of request.
    fn place(&self, seen: &Observation<'_>, kind: Kind, found: &mut Found) {
        let event = seen.event;
        for name in [
            Name::TerminationCause,
            Name::RequestedAction,
            Name::UnitsOnePlace,
        ] {
            found.watch(name);
        }
        let observed = format!("one in a SessionRequest ({kind})");
        if self.termination_cause && kind != Kind::Stop {
            let expected = "no Termination-Cause";
            found.breach(Name::TerminationCause, event, None, expected, &observed);
        }
        if self.requested_action && kind != Kind::Event {
            let expected = "no Requested-Action";
            found.breach(Name::RequestedAction, event, None, expected, &observed);
        }
        if self.units_at_command && self.mscc {
            let expected = "units at command level or in Multiple-Services-Credit-Control";
            found.breach(Name::UnitsOnePlace, event, None, expected, "both");
        }
        if self.mscc {
            found.watch(Name::ServiceNamed);
            if self.mscc_unnamed {
                let expected = "Rating-Group or Service-Identifier in each of several services";
                found.breach(Name::ServiceNamed, event, None, expected, "one without");
            }
        }
        if let Some(seconds) = self.timestamp {
            found.watch(Name::TimestampSane);
            if (NTP_2067..NTP_2000).contains(&seconds) || seconds == 0 {
                let observed = NtpTime(seconds).to_string();
                let expected = "the time of the event, in seconds since 1900";
                found.breach(Name::TimestampSane, event, None, expected, observed);
            }
        }
        if kind == Kind::Event {
            found.watch(Name::EventNumber);
            if let Some(number) = self.number.filter(|number| *number != 0) {
                let observed = number.to_string();
                found.breach(Name::EventNumber, event, None, "0", observed);
            }
        }
    }

    fn start(&self, seen: &Observation<'_>, found: &mut Found) {
        let event = seen.event;
        for name in [Name::SessionIdIdentity, Name::UsedInStart] {
            found.watch(name);
        }
        if !begins_with_identity(self.session_id, self.origin) {
            let expected = format!("{};...", String::from_utf8_lossy(self.origin));
            let observed = String::from_utf8_lossy(self.session_id);
            found.breach(Name::SessionIdIdentity, event, None, expected, observed);
        }
        if self.used {
            let expected = "no Used-Service-Unit above zero";
            found.breach(
                Name::UsedInStart,
                event,
                None,
                expected,
                words(self.used_kinds),
            );
        }
        if self.mscc {
            found.watch(Name::ServicesIndicated);
            if !self.mscc_indicated {
                let expected = "Multiple-Services-Indicator";
                found.breach(Name::ServicesIndicated, event, None, expected, "none");
            }
            found.watch(Name::RequestedInMscc);
            if self.mscc_without_request {
                let expected = "Requested-Service-Unit in each Multiple-Services-Credit-Control";
                found.breach(Name::RequestedInMscc, event, None, expected, "one without");
            }
        }
    }
}

/// True for `service-context@domain`, with something on both sides of the last `@`.
fn is_context(context: &[u8]) -> bool {
    let at = context.iter().rposition(|octet| *octet == b'@');
    at.is_some_and(|at| at > 0 && at + 1 < context.len())
}

/// Whether an identifier can be of the type that is named (RFC 8506 section 8.47): what is plainly of
/// another is not.
fn is_of_type(kind: u32, data: &[u8]) -> bool {
    const E164: u32 = 0;
    const IMSI: u32 = 1;
    const SIP_URI: u32 = 2;
    let scheme = |wanted: &str| {
        let begin = data.get(..wanted.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(wanted.as_bytes()))
    };
    match kind {
        E164 | IMSI => {
            let number = data.split(|byte| *byte == b';').next().unwrap_or(data);
            let number = if scheme("tel:") { &number[4..] } else { number };
            number.iter().any(u8::is_ascii_digit)
                && number
                    .iter()
                    .all(|byte| byte.is_ascii_digit() || b"+-.() ".contains(byte))
        }
        SIP_URI => scheme("sip:") || scheme("sips:") || scheme("tel:"),
        _ => true,
    }
}

fn begins_with_identity(session_id: &[u8], origin: &[u8]) -> bool {
    match session_id.split_at_checked(origin.len()) {
        Some((identity, [b';', _, ..])) => identity.eq_ignore_ascii_case(origin),
        _ => false,
    }
}

/// The ICID in a Service-Information.
fn icid(group: Avp<'_>) -> Option<&[u8]> {
    let ims = group.find(key::IMS_INFORMATION)?;
    Some(ims.find(key::IMS_CHARGING_IDENTIFIER)?.data())
}

/// The kinds of unit in all groups with this key, at command level and in services.
pub(super) fn kinds(message: &Message, group: AvpKey) -> (u8, bool) {
    let inside = message
        .find_all(key::MULTIPLE_SERVICES_CREDIT_CONTROL)
        .flat_map(|service| service.children());
    message
        .avps()
        .chain(inside)
        .filter(|avp| avp.key() == group)
        .map(unit_kinds)
        .fold((0, false), |all, one| (all.0 | one.0, all.1 | one.1))
}

pub(super) const KINDS: [(AvpKey, &str); 6] = [
    (key::CC_TIME, "CC-Time"),
    (key::CC_MONEY, "CC-Money"),
    (key::CC_TOTAL_OCTETS, "CC-Total-Octets"),
    (key::CC_INPUT_OCTETS, "CC-Input-Octets"),
    (key::CC_OUTPUT_OCTETS, "CC-Output-Octets"),
    (key::CC_SERVICE_SPECIFIC_UNITS, "CC-Service-Specific-Units"),
];

/// The kinds of unit in one group as bits, and whether any of them is above zero.
fn unit_kinds(group: Avp<'_>) -> (u8, bool) {
    let mut found = (0, false);
    for child in group.children() {
        if let Some(bit) = KINDS.iter().position(|(key, _)| *key == child.key()) {
            found.0 |= 1 << bit;
            found.1 |= child.data().iter().any(|octet| *octet != 0);
        }
    }
    found
}

/// Adds what a group of units holds of each kind.
pub(super) fn add_amounts(amounts: &mut Amounts, group: Avp<'_>) {
    for child in group.children() {
        let at = KINDS.iter().position(|(key, _)| *key == child.key());
        let value = child.u64().or_else(|_| child.u32().map(u64::from));
        if let (Some(at), Ok(value)) = (at, value) {
            amounts[at] = amounts[at].saturating_add(value);
        }
    }
}

pub(super) fn words(kinds: u8) -> String {
    let names: Vec<_> = KINDS
        .iter()
        .enumerate()
        .filter(|(bit, _)| kinds & (1 << bit) != 0)
        .map(|(_, (_, name))| *name)
        .collect();
    names.join(", ")
}
