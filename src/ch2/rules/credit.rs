//! What was granted in a session, for how long, and what was used of it.

use std::time::Duration;

use crate::ch2::Kind;
use crate::diameter::{AvpKey, Message, key};
use crate::io::Time;

use super::Observation;
use super::catalog::Name;
use super::ccr::{Amounts, KINDS, Request, add_amounts, kinds};
use super::monitor::Found;

/// How late the update may be that follows the end of Validity-Time. The RFC allows no delay.
const GRACE: Duration = Duration::from_secs(10);

/// What no session of IM uses: units of the service, octets, and seconds beyond those that passed.
const MOST_UNITS: u64 = 1 << 31;
const MOST_OCTETS: u64 = 1 << 44;
const MOST_SECONDS_OVER: u64 = 3600;

/// QoS-Final-Unit-Indication (RFC 8506 section 8.68).
const QOS_FINAL_UNIT_INDICATION: AvpKey = AvpKey::base(669);

/// The credit of one session.
#[derive(Debug, Default)]
pub(super) struct Credit {
    kinds: u8,
    last: Option<LastUnits>,
    validity: Option<Validity>,
    /// CC-Time that was reported so far.
    seconds: u64,
}

/// Units at command level after which the service is to be terminated.
#[derive(Clone, Copy, Debug)]
struct LastUnits {
    event: usize,
    kinds: u8,
    amounts: Amounts,
}

#[derive(Clone, Copy, Debug)]
struct Validity {
    event: usize,
    began: Time,
    ends: Time,
}

impl Credit {
    /// The kinds of unit of the last grant.
    pub(super) fn kinds(&self) -> u8 {
        self.kinds
    }

    /// What was granted binds no longer: the harness asked for re-authorisation, or its answer had
    /// faults.
    pub(super) fn release(&mut self) {
        (self.last, self.validity, self.kinds) = (None, None, 0);
    }

    /// Takes an answer without faults.
    pub(super) fn granted(&mut self, seen: &Observation<'_>, code: u32) {
        let message = seen.message;
        let granted = kinds(message, key::GRANTED_SERVICE_UNIT).0;
        (self.last, self.validity) = (None, None);
        if granted == 0 {
            return;
        }
        self.kinds = granted;
        if code / 1000 != 2 {
            return;
        }
        if terminates(message) {
            let mut last = LastUnits {
                event: seen.event,
                kinds: 0,
                amounts: Amounts::default(),
            };
            for group in message.find_all(key::GRANTED_SERVICE_UNIT) {
                add_amounts(&mut last.amounts, group);
                for (at, (key, _)) in KINDS.iter().enumerate() {
                    last.kinds |= u8::from(group.find(*key).is_some()) << at;
                }
            }
            self.last = Some(last).filter(|last| last.kinds != 0);
        }
        self.validity = validity(message).map(|seconds| Validity {
            event: seen.event,
            began: seen.at,
            ends: seen.at + Duration::from_secs(seconds.into()),
        });
    }

    /// Holds a request against what was granted before it. `began` is when the session did, `lost`
    /// when a connection was lost last.
    pub(super) fn reported(
        &mut self,
        seen: &Observation<'_>,
        kind: Kind,
        request: &Request<'_>,
        (began, lost): (Option<Time>, Option<Time>),
        found: &mut Found,
    ) {
        let validity = self.validity.take();
        if let Some(validity) = validity {
            found.watch(Name::Validity);
            validity.judge(seen.at, Some(seen.event), lost, found);
        }
        let elapsed = validity.is_some_and(|validity| validity.ends <= seen.at);
        if let Some(last) = self.last.take().filter(|_| !elapsed) {
            found.watch(Name::FinalUnits);
            let spent = |at: &usize| {
                last.kinds & (1 << *at) != 0 && request.amounts[*at] >= last.amounts[*at]
            };
            let spent = (0..KINDS.len()).find(spent);
            if let Some(at) = spent.filter(|_| kind == Kind::Interim && request.used) {
                let (_, name) = KINDS[at];
                found.breach(
                    Name::FinalUnits,
                    seen.event,
                    Some(last.event),
                    "SessionRequest (stop) once the final units are used",
                    format!("an interim that reports {name} {}", request.amounts[at]),
                );
            }
        }
        self.plausible(seen, request, began, found);
    }

    /// The trace is over.
    pub(super) fn ended(&self, at: Time, lost: Option<Time>, found: &mut Found) {
        if let Some(validity) = self.validity {
            found.watch(Name::Validity);
            validity.judge(at, None, lost, found);
        }
    }

    fn plausible(
        &mut self,
        seen: &Observation<'_>,
        request: &Request<'_>,
        began: Option<Time>,
        found: &mut Found,
    ) {
        if request.used_kinds == 0 {
            return;
        }
        found.watch(Name::UsedPlausible);
        for (used, (key, name)) in request.amounts.iter().zip(KINDS) {
            let (used, most) = match key {
                key::CC_TIME => {
                    self.seconds = self.seconds.saturating_add(*used);
                    let Some(began) = began else { continue };
                    let passed = seen.at.since(began).as_secs();
                    (self.seconds, passed.saturating_add(MOST_SECONDS_OVER))
                }
                key::CC_SERVICE_SPECIFIC_UNITS => (*used, MOST_UNITS),
                key::CC_MONEY => continue,
                _ => (*used, MOST_OCTETS),
            };
            if used > most {
                let expected = format!("{name} of at most {most}");
                let observed = used.to_string();
                found.breach(Name::UsedPlausible, seen.event, None, expected, observed);
            }
        }
    }
}

impl Validity {
    fn judge(&self, at: Time, event: Option<usize>, lost: Option<Time>, found: &mut Found) {
        let lost = lost.is_some_and(|lost| lost >= self.began);
        if at.since(self.ends) > GRACE && !lost {
            let late = at.since(self.ends).as_secs();
            let observed = match event {
                Some(_) => format!("the next request {late} s after it ran out"),
                None => format!("none {late} s after it ran out"),
            };
            found.breach(
                Name::Validity,
                event.unwrap_or(self.event),
                event.map(|_| self.event),
                "an update when Validity-Time runs out",
                observed,
            );
        }
    }
}

/// True where the answer holds final units at command level that end the service.
fn terminates(message: &Message) -> bool {
    let indications = [key::FINAL_UNIT_INDICATION, QOS_FINAL_UNIT_INDICATION];
    message
        .avps()
        .filter(|avp| indications.contains(&avp.key()))
        .filter_map(|avp| avp.find(key::FINAL_UNIT_ACTION))
        .any(|action| action.u32() == Ok(0))
}

/// The shortest Validity-Time of an answer, at command level or in a service; not zero.
fn validity(message: &Message) -> Option<u32> {
    let inside = message
        .find_all(key::MULTIPLE_SERVICES_CREDIT_CONTROL)
        .flat_map(|service| service.children());
    message
        .avps()
        .chain(inside)
        .filter(|avp| avp.key() == key::VALIDITY_TIME)
        .filter_map(|avp| avp.u32().ok())
        .filter(|seconds| *seconds != 0)
        .min()
}
