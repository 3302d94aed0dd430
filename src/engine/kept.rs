//! The ledger of one IM session of a trace, and what it leaves open at each moment.

use crate::ch2::{Ledger, Quantity, Sum, Unit};

use super::Trace;
use super::sent::Outbox;

/// The ledger of one session, and what it leaves open at each moment.
pub(super) struct Kept {
    pub(super) ledger: Ledger,
    pub(super) unit: Unit,
    /// What the client sent.
    pub(super) client: Outbox,
    /// What the far end sent, for which the server may charge the client or not: no document says.
    /// Nothing, where its description says that it does not.
    pub(super) far_end: Outbox,
    /// SessionRequests that report usage, and how much.
    pub(super) reports: Vec<(usize, u64)>,
    /// Seconds that passed between the session's first SessionRequest and its answer to the
    /// client, from which on a server may count its time.
    pub(super) setup: u64,
    pub(super) grants: Vec<Grant>,
}

/// What a Response granted.
pub(super) struct Grant {
    pub(super) event: usize,
    pub(super) units: Vec<(Unit, u64)>,
    /// Validity-Time in seconds.
    pub(super) validity: Option<u32>,
    /// Whether the server may have taken it for none.
    pub(super) doubtful: bool,
}

impl Kept {
    /// What a quantity may be just before `at`; what the ledger says comes first.
    ///
    /// Between a SEND and its 200 nobody but the server knows whether it counts the message
    /// already: one that debits before it delivers reports it with the next SessionRequest. So
    /// each message under way may be left out, the latest first. And no document says whether a
    /// message counts that the far end refused, that came twice or by SIP, or that came from the
    /// far end. Where it is `confirmed` delivery that counts (R4), a message that the far end refused
    /// does not.
    pub(super) fn values(&self, quantity: Quantity, at: usize, confirmed: bool) -> Vec<u64> {
        let unit = quantity.unit.unwrap_or(self.unit);
        let value = self.ledger.value(quantity, Some(at));
        if !matches!(quantity.sum, Sum::Unreported | Sum::Accepted) {
            return vec![value];
        }
        if unit == Unit::Seconds {
            // The service may be taken as begun at any moment of its set-up.
            let earliest = value.saturating_sub(self.setup.min(LONGEST_SETUP));
            return (earliest..=value).rev().collect();
        }
        let sum = |sum| {
            let unit = Some(unit);
            self.ledger.value(Quantity { sum, unit }, Some(at))
        };
        let undelivered = match confirmed {
            true => total(unit, self.client.undelivered(at)),
            false => 0,
        };
        let accepted = sum(Sum::Accepted).saturating_sub(undelivered);
        let used = match quantity.sum {
            Sum::Unreported => sum(Sum::Used),
            _ => 0,
        };
        let mut counted = vec![accepted];
        let fewer = |counted: &mut Vec<u64>, octets: &[u64]| {
            let mut rest = accepted;
            for octets in octets.iter().take(UNDER_WAY) {
                rest = rest.saturating_sub(units(unit, *octets));
                counted.push(rest);
            }
        };
        fewer(&mut counted, &self.client.under_way(at));
        if !confirmed {
            fewer(&mut counted, &self.client.failed(at));
        }
        // One that was never answered may have been accepted: that it was not said is judged
        // where the answer was waited for.
        let mut more = accepted;
        let open = self.client.unanswered(at).chain(self.client.undecided(at));
        for octets in open.take(UNDER_WAY) {
            more = more.saturating_add(units(unit, octets));
            counted.push(more);
        }
        let received = total(unit, self.far_end.taken(at));
        if received > 0 {
            let with_received = |counted: &u64| counted.saturating_add(received);
            counted.extend(counted.iter().map(with_received).collect::<Vec<_>>());
        }
        let mut values: Vec<u64> = Vec::new();
        for counted in counted {
            let value = counted.saturating_sub(used);
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// By how many seconds the time that is reported at `at` may be off: the moments it is counted
    /// from are not quite the harness's, and each report so far was rounded on its own.
    pub(super) fn rounding(&self, at: usize) -> u64 {
        let reports = self.reports.iter().filter(|(event, _)| *event <= at);
        (reports.count() as u64).max(1)
    }

    /// Whether the grant that stands at `at`, or its Validity-Time, is at least half over:
    /// RFC 8506 section 5.3 has the client ask anew at its end, well before that if it likes.
    pub(super) fn is_owed(&self, trace: &Trace, at: usize) -> bool {
        let mut standing = self.grants.iter().rev().filter(|grant| grant.event < at);
        loop {
            let Some(grant) = standing.next() else {
                return false;
            };
            if self.is_half_over(grant, trace, at) {
                return true;
            }
            // Where it may be none, the one before it may still stand.
            if !grant.doubtful {
                return false;
            }
        }
    }

    /// Whether a message was sent before `at` of which no document says whether it counts, so that
    /// the server may debit it or not: one that was sent twice or by SIP, or came from the far end.
    pub(super) fn may_debit(&self, at: usize) -> bool {
        self.client.undecided(at).next().is_some() || self.far_end.taken(at).next().is_some()
    }

    fn is_half_over(&self, grant: &Grant, trace: &Trace, at: usize) -> bool {
        let age = trace.events[at].at.since(trace.events[grant.event].at);
        let half_over = |seconds: u32| age.as_secs_f64() * 2.0 >= f64::from(seconds);
        let half_spent = |(unit, units): &(Unit, u64)| {
            *units > 0
                && match unit {
                    Unit::Seconds => u32::try_from(*units).is_ok_and(half_over),
                    Unit::Messages | Unit::Octets => {
                        self.reportable_in(*unit, at).saturating_mul(2) >= *units
                    }
                }
        };
        grant.validity.is_some_and(half_over) || grant.units.iter().any(half_spent)
    }

    /// The reports of more than there was to report, with what there was.
    pub(super) fn excesses(&self) -> Vec<(usize, u64)> {
        // Session time has no such bound: each side counts it from a moment of its own.
        let bounded = self.reports.iter().filter(|_| self.unit != Unit::Seconds);
        bounded
            .map(|(event, used)| (*event, *used, self.reportable(*event)))
            .filter(|(_, used, most)| used > most)
            .map(|(event, _, most)| (event, most))
            .collect()
    }

    /// The most that a SessionRequest at `at` can have to report: what is unreported, and what was
    /// sent and never answered, sent twice or received, which the server may have counted
    /// nonetheless.
    pub(super) fn reportable(&self, at: usize) -> u64 {
        self.reportable_in(self.unit, at)
    }

    fn reportable_in(&self, unit: Unit, at: usize) -> u64 {
        let sum = |sum| {
            let unit = Some(unit);
            self.ledger.value(Quantity { sum, unit }, Some(at))
        };
        let open = self.client.unanswered(at).chain(self.client.undecided(at));
        let open = total(unit, open.chain(self.far_end.taken(at)));
        let accepted = sum(Sum::Accepted);
        match unit {
            Unit::Seconds => sum(Sum::Unreported),
            Unit::Messages | Unit::Octets => {
                accepted.saturating_add(open).saturating_sub(sum(Sum::Used))
            }
        }
    }
}

/// What messages of so many octets count together.
fn total(unit: Unit, octets: impl Iterator<Item = u64>) -> u64 {
    octets.fold(0, |sum, octets| sum.saturating_add(units(unit, octets)))
}

/// What a message of that many octets counts.
fn units(unit: Unit, octets: u64) -> u64 {
    match unit {
        Unit::Messages => 1,
        Unit::Octets => octets,
        Unit::Seconds => 0,
    }
}

/// The longest set-up of a session that is told from its use, in seconds.
const LONGEST_SETUP: u64 = 600;

/// The most messages that are taken as under way at one moment.
const UNDER_WAY: usize = 8;
