//! What a session has used and reported, and what it has left.

use std::time::Duration;

use crate::io::Time;
use crate::reference::Units;

use super::amount::{Amount, Measures};

/// The meter of one session. It counts messages and octets as they are accepted, and seconds from
/// when service began, whatever the kinds that are granted.
#[derive(Clone, Debug)]
pub struct Meter {
    /// The kind that is asked for, and reported whatever is granted.
    kind: Units,
    /// Taken out of the quota, used or not.
    taken: Amount,
    used: Amount,
    reported: Amount,
    reported_seconds: u64,
    since: Option<Time>,
    /// What was reported when units came: they apply from there.
    base: Amount,
    base_seconds: u64,
    granted: Measures,
    threshold: Measures,
}

impl Meter {
    pub fn new(kind: Units) -> Meter {
        Meter {
            kind,
            taken: Amount::default(),
            used: Amount::default(),
            reported: Amount::default(),
            reported_seconds: 0,
            since: None,
            base: Amount::default(),
            base_seconds: 0,
            granted: Measures::default(),
            threshold: Measures::default(),
        }
    }

    /// Service begins: time is counted.
    pub fn begin(&mut self, now: Time) {
        self.since.get_or_insert(now);
    }

    /// Takes units out of the quota that may still come to nothing.
    pub fn take(&mut self, amount: Amount) {
        self.taken = self.taken.plus(amount);
    }

    /// Units that were taken are used.
    pub fn use_up(&mut self, amount: Amount) {
        self.used = self.used.plus(amount);
    }

    /// Units that were taken come to nothing after all.
    pub fn put_back(&mut self, amount: Amount) {
        self.taken = self.taken.minus(amount);
    }

    /// Units that were used and not reported yet do not count; how many that was.
    pub fn unuse(&mut self, amount: Amount) -> Amount {
        let amount = amount.at_most(self.unreported());
        self.used = self.used.minus(amount);
        self.put_back(amount);
        amount
    }

    /// Used units that have not been reported.
    pub fn unreported(&self) -> Amount {
        self.used.minus(self.reported)
    }

    fn unreported_seconds(&self, now: Time) -> u64 {
        self.elapsed(now).saturating_sub(self.reported_seconds)
    }

    fn elapsed(&self, now: Time) -> u64 {
        self.since.map_or(0, |since| now.since(since).as_secs())
    }

    /// Reports used units, `amount` at most: each kind that was granted, and the one that is asked
    /// for (RFC 8506 5.3, 5.4). The measurement stops here.
    pub fn report(&mut self, now: Time, amount: Option<Amount>) -> Measures {
        let unreported = self.unreported();
        let amount = amount.map_or(unreported, |amount| amount.at_most(unreported));
        let seconds = self.unreported_seconds(now);
        self.reported = self.reported.plus(amount);
        self.reported_seconds += seconds;
        self.told(amount, seconds)
    }

    /// As [`Meter::report`], and counted from the beginning of the session.
    pub fn cumulated(&self) -> Measures {
        self.told(self.reported, self.reported_seconds)
    }

    fn told(&self, amount: Amount, seconds: u64) -> Measures {
        let mut report = Measures::default();
        for kind in Units::ALL {
            if kind == self.kind || self.granted.get(kind).is_some() {
                report.set(
                    kind,
                    match kind {
                        Units::Messages => amount.messages,
                        Units::Octets => amount.octets,
                        Units::Seconds => seconds,
                    },
                );
            }
        }
        report
    }

    /// What was reported last is to be reported once more.
    pub fn report_again(&mut self, measures: Measures) {
        let amount = Amount {
            messages: measures.messages.unwrap_or(0),
            octets: measures.octets.unwrap_or(0),
        };
        self.reported = self.reported.minus(amount);
    }

    /// Units come, and apply from where the measurement of the reported ones stopped (RFC 8506
    /// 5.3). Kinds of which nothing is said are not limited.
    pub fn grant(&mut self, granted: Measures, threshold: Measures) {
        self.base = self.reported;
        self.base_seconds = self.reported_seconds;
        self.granted = granted;
        self.threshold = threshold;
    }

    /// Adds to what is left, as a client with the fault does.
    pub fn grant_more(&mut self, granted: Measures) {
        for (kind, units) in granted.iter() {
            let before = self.granted.get(kind).unwrap_or(0);
            self.granted.set(kind, before.saturating_add(units));
        }
    }

    /// There is nothing left, of the kind that is asked for.
    pub fn grant_nothing(&mut self) {
        self.grant(Measures::of(self.kind, 0), Measures::default());
    }

    /// What was drawn of a kind since units came.
    fn drawn(&self, kind: Units, now: Time) -> u64 {
        let drawn = self.taken.minus(self.base);
        match kind {
            Units::Messages => drawn.messages,
            Units::Octets => drawn.octets,
            Units::Seconds => self.elapsed(now).saturating_sub(self.base_seconds),
        }
    }

    /// What is left of a kind, `None` where it is not limited.
    fn remaining(&self, kind: Units, now: Time) -> Option<u64> {
        let granted = self.granted.get(kind)?;
        Some(granted.saturating_sub(self.drawn(kind, now)))
    }

    /// True once the granted units of one kind are spent (RFC 8506 5.3).
    pub fn is_spent(&self, now: Time) -> bool {
        Units::ALL
            .into_iter()
            .any(|kind| self.remaining(kind, now) == Some(0))
    }

    /// True once the granted time is spent.
    pub fn is_time_spent(&self, now: Time) -> bool {
        self.remaining(Units::Seconds, now) == Some(0)
    }

    /// True once no more than a threshold is left of a kind (3GPP TS 32.299, inferred: its text
    /// was not at hand).
    pub fn is_low(&self, now: Time) -> bool {
        self.threshold.iter().any(|(kind, threshold)| {
            let left = self.remaining(kind, now);
            self.drawn(kind, now) > 0 && left.is_some_and(|left| left <= threshold)
        })
    }

    /// When time alone will make the quota low, or spent.
    pub fn next_timeout(&self, now: Time) -> Option<Time> {
        let quota = self.granted.seconds?;
        let since = self.since?;
        let at = |seconds: u64| since + Duration::from_secs(self.base_seconds + seconds);
        let low = self
            .threshold
            .seconds
            .map(|left| at(quota.saturating_sub(left)));
        low.into_iter()
            .chain([at(quota)])
            .filter(|at| *at > now)
            .min()
    }
}
