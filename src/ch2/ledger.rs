//! What the harness knows it sent and granted: the oracle that used units are held against.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::Unit;

/// A sum that the ledger can give, in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Quantity {
    /// Which sum.
    pub sum: Sum,
    /// In which unit; `None`: the unit of the binding.
    pub unit: Option<Unit>,
}

/// Which sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sum {
    /// What the client sent, whatever became of it.
    Sent,
    /// What the server accepted of it.
    Accepted,
    /// What the Charging Enabler granted.
    Granted,
    /// What the server reported as used.
    Used,
    /// Accepted and not yet reported.
    Unreported,
    /// Granted, not used, and returned with the stop.
    Refunded,
}

impl Sum {
    /// All of them.
    pub const ALL: [Sum; 6] = [
        Sum::Sent,
        Sum::Accepted,
        Sum::Granted,
        Sum::Used,
        Sum::Unreported,
        Sum::Refunded,
    ];

    /// Its name as scenarios write it: `unreported`.
    pub const fn name(self) -> &'static str {
        match self {
            Sum::Sent => "sent",
            Sum::Accepted => "accepted",
            Sum::Granted => "granted",
            Sum::Used => "used",
            Sum::Unreported => "unreported",
            Sum::Refunded => "refunded",
        }
    }
}

/// What became of a message the client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// No answer yet, or none is due.
    Open,
    /// The server accepted it.
    Accepted,
    /// The server refused it.
    Refused,
    /// The client aborted it.
    Aborted,
}

/// What was sent, granted and reported in one CH-2 session.
///
/// Events are places in the trace. What a value is *at* an event is what it was just before it:
/// the message at the event itself is left out, so that a SessionRequest can be held against what
/// it should report. Whether the server accepted a message is taken as it turned out in the end,
/// because a 200 may overtake the SessionRequest or be overtaken by it.
///
/// Retransmissions are no usage: leave them out. Nothing here overflows; sums stop at the greatest
/// number.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    unit: Unit,
    sent: Vec<Sent>,
    granted: Vec<Amount>,
    used: Vec<Amount>,
    elapsed: Vec<(usize, u64)>,
    closed: Option<usize>,
}

/// A message the client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sent {
    event: usize,
    octets: u64,
    label: Option<String>,
    answer_due: bool,
    fate: Fate,
}

#[derive(Clone, Copy, Debug)]
struct Amount {
    event: usize,
    unit: Unit,
    units: u64,
}

impl Ledger {
    /// An empty ledger; `unit` is the binding's.
    pub fn new(unit: Unit) -> Ledger {
        Ledger {
            unit,
            ..Ledger::default()
        }
    }

    /// The client sent a whole message: `event` is its last chunk, `octets` the length of its body
    /// over all chunks. `answer_due` is false where it asked for no answer (Failure-Report: no).
    pub fn message_sent(
        &mut self,
        event: usize,
        octets: u64,
        label: Option<&str>,
        answer_due: bool,
    ) {
        self.sent.push(Sent {
            event,
            octets,
            label: label.map(str::to_owned),
            answer_due,
            fate: Fate::Open,
        });
    }

    /// What became of the message whose last chunk was sent at `sent`. The worst that is told of
    /// it stays: a message that was refused in one chunk is refused.
    pub fn fate(&mut self, sent: usize, fate: Fate) {
        for message in self.sent.iter_mut().filter(|message| message.event == sent) {
            message.fate = match (message.fate, fate) {
                (Fate::Refused | Fate::Aborted, _) => message.fate,
                (known, Fate::Open) => known,
                (_, fate) => fate,
            };
        }
    }

    /// The Charging Enabler granted `units` by the Response at `event`.
    pub fn granted(&mut self, event: usize, unit: Unit, units: u64) {
        self.granted.push(Amount { event, unit, units });
    }

    /// The SessionRequest at `event` reported `units` as used.
    pub fn used(&mut self, event: usize, unit: Unit, units: u64) {
        self.used.push(Amount { event, unit, units });
    }

    /// At `event`, the session had lasted `seconds`: what stands for usage in [`Unit::Seconds`].
    pub fn elapsed(&mut self, event: usize, seconds: u64) {
        self.elapsed.push((event, seconds));
    }

    /// The SessionRequest (stop) at `event` closed the session.
    pub fn closed(&mut self, event: usize) {
        self.closed.get_or_insert(event);
    }

    /// A sum just before `at`; `None`: at the end of the trace.
    pub fn value(&self, quantity: Quantity, at: Option<usize>) -> u64 {
        let unit = quantity.unit.unwrap_or(self.unit);
        let at = at.unwrap_or(usize::MAX);
        match quantity.sum {
            Sum::Sent => self.sent(unit, at, |_| true),
            Sum::Accepted => self.sent(unit, at, Sent::is_accepted),
            Sum::Granted => total(&self.granted, unit, 0..at),
            Sum::Used => total(&self.used, unit, 0..at),
            Sum::Unreported => self.sent(unit, at, Sent::is_accepted).saturating_sub(total(
                &self.used,
                unit,
                0..at,
            )),
            Sum::Refunded => self.refunded(unit, at),
        }
    }

    /// The messages that had been sent before `at` and that the server accepted in the end, by the
    /// label of their step or, where it has none, by their event: what `$unreported` is made of.
    pub fn accepted(&self, at: Option<usize>) -> Vec<String> {
        let at = at.unwrap_or(usize::MAX);
        self.sent
            .iter()
            .filter(|message| message.event < at && message.is_accepted())
            .map(|message| match &message.label {
                Some(label) => label.clone(),
                None => format!("event {}", message.event),
            })
            .collect()
    }

    /// Every sum at the end of the trace, in the binding's unit.
    pub fn summary(&self) -> BTreeMap<String, u64> {
        Sum::ALL
            .into_iter()
            .map(|sum| {
                let value = self.value(Quantity { sum, unit: None }, None);
                (format!("{} {}", sum.name(), self.unit.name()), value)
            })
            .collect()
    }

    fn sent(&self, unit: Unit, at: usize, counts: fn(&Sent) -> bool) -> u64 {
        let messages = self
            .sent
            .iter()
            .filter(|message| message.event < at && counts(message));
        match unit {
            Unit::Messages => messages.count() as u64,
            Unit::Octets => messages.fold(0, |sum, message| sum.saturating_add(message.octets)),
            // The moment of the SessionRequest itself counts: time runs up to it.
            Unit::Seconds => self
                .elapsed
                .iter()
                .filter(|(event, _)| *event <= at)
                .map(|(_, seconds)| *seconds)
                .max()
                .unwrap_or(0),
        }
    }

    /// What was left of the last grant when the stop gave it back. Each report ends the grant
    /// before it (RFC 8506 section 5.3), so earlier grants have no part in it.
    fn refunded(&self, unit: Unit, at: usize) -> u64 {
        let Some(closed) = self.closed.filter(|closed| *closed < at) else {
            return 0;
        };
        let last = self
            .granted
            .iter()
            .filter(|grant| grant.unit == unit && grant.event < closed);
        let Some(grant) = last.max_by_key(|grant| grant.event) else {
            return 0;
        };
        let used = total(&self.used, unit, grant.event..closed.saturating_add(1));
        grant.units.saturating_sub(used)
    }
}

impl Sent {
    fn is_accepted(&self) -> bool {
        match self.fate {
            Fate::Accepted => true,
            Fate::Open => !self.answer_due,
            Fate::Refused | Fate::Aborted => false,
        }
    }
}

fn total(amounts: &[Amount], unit: Unit, events: Range<usize>) -> u64 {
    amounts
        .iter()
        .filter(|amount| amount.unit == unit && events.contains(&amount.event))
        .fold(0, |sum, amount| sum.saturating_add(amount.units))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_oneof};

    use super::*;

    fn value(ledger: &Ledger, sum: Sum, at: Option<usize>) -> u64 {
        ledger.value(Quantity { sum, unit: None }, at)
    }

    /// Start (event 0, granted at 1), a message (2), an interim (4, granted at 5), a message (6),
    /// a stop (8).
    fn session() -> Ledger {
        let mut ledger = Ledger::new(Unit::Messages);
        ledger.granted(1, Unit::Messages, 10);
        ledger.message_sent(2, 5, Some("hello"), true);
        ledger.fate(2, Fate::Accepted);
        ledger.used(4, Unit::Messages, 1);
        ledger.granted(5, Unit::Messages, 10);
        ledger.message_sent(6, 7, None, true);
        ledger.fate(6, Fate::Accepted);
        ledger.used(8, Unit::Messages, 1);
        ledger.closed(8);
        ledger
    }

    #[test]
    fn what_is_unreported_is_what_came_since_the_last_report() {
        let ledger = session();
        assert_eq!(value(&ledger, Sum::Unreported, Some(2)), 0);
        assert_eq!(value(&ledger, Sum::Unreported, Some(4)), 1);
        assert_eq!(value(&ledger, Sum::Unreported, Some(5)), 0);
        assert_eq!(value(&ledger, Sum::Unreported, Some(8)), 1);
        assert_eq!(value(&ledger, Sum::Unreported, None), 0);
        let octets = Quantity {
            sum: Sum::Unreported,
            unit: Some(Unit::Octets),
        };
        assert_eq!(ledger.value(octets, Some(8)), 12);
        assert_eq!(ledger.accepted(Some(8)), ["hello", "event 6"]);
    }

    #[test]
    fn a_fate_that_is_known_late_counts_from_the_sending_on() {
        let mut ledger = Ledger::new(Unit::Messages);
        ledger.message_sent(2, 5, None, true);
        assert_eq!(value(&ledger, Sum::Unreported, Some(3)), 0);
        ledger.fate(2, Fate::Accepted);
        assert_eq!(value(&ledger, Sum::Unreported, Some(3)), 1);
    }

    #[test]
    fn refused_and_aborted_messages_are_sent_and_not_accepted() {
        let mut ledger = Ledger::new(Unit::Messages);
        for (event, fate) in [(1, Fate::Refused), (2, Fate::Aborted), (3, Fate::Accepted)] {
            ledger.message_sent(event, 1, None, true);
            ledger.fate(event, fate);
        }
        ledger.fate(1, Fate::Accepted);
        assert_eq!(value(&ledger, Sum::Sent, None), 3);
        assert_eq!(value(&ledger, Sum::Accepted, None), 1);
    }

    #[test]
    fn a_message_that_asks_for_no_answer_is_accepted_unless_it_is_refused() {
        let mut ledger = Ledger::new(Unit::Messages);
        ledger.message_sent(1, 1, None, false);
        assert_eq!(value(&ledger, Sum::Accepted, None), 1);
        ledger.fate(1, Fate::Refused);
        assert_eq!(value(&ledger, Sum::Accepted, None), 0);
    }

    #[test]
    fn the_stop_returns_the_rest_of_the_last_grant() {
        let ledger = session();
        assert_eq!(value(&ledger, Sum::Refunded, Some(8)), 0);
        assert_eq!(value(&ledger, Sum::Refunded, None), 9);
        assert_eq!(value(&ledger, Sum::Granted, None), 20);
        assert_eq!(value(&ledger, Sum::Used, None), 2);
    }

    #[test]
    fn seconds_are_those_elapsed_at_the_report() {
        let mut ledger = Ledger::new(Unit::Seconds);
        ledger.elapsed(4, 30);
        ledger.used(4, Unit::Seconds, 30);
        ledger.elapsed(8, 45);
        assert_eq!(value(&ledger, Sum::Unreported, Some(4)), 30);
        assert_eq!(value(&ledger, Sum::Unreported, Some(8)), 15);
    }

    #[test]
    fn a_summary_names_sum_and_unit() {
        let summary = session().summary();
        assert_eq!(summary.get("used messages"), Some(&2));
        assert_eq!(summary.get("refunded messages"), Some(&9));
        assert_eq!(summary.len(), Sum::ALL.len());
    }

    fn unit() -> impl Strategy<Value = Unit> {
        prop_oneof![
            Just(Unit::Messages),
            Just(Unit::Octets),
            Just(Unit::Seconds)
        ]
    }

    proptest::proptest! {
        #[test]
        fn no_numbers_make_it_panic(
            sent in proptest::collection::vec((any::<usize>(), any::<u64>()), 0..5),
            amounts in proptest::collection::vec((any::<usize>(), any::<u64>()), 0..5),
            closed: usize,
            at: Option<usize>,
            unit in unit(),
        ) {
            let mut ledger = Ledger::new(unit);
            for (event, octets) in sent {
                ledger.message_sent(event, octets, None, false);
            }
            for (event, units) in amounts {
                ledger.granted(event, unit, units);
                ledger.used(event, unit, units);
                ledger.elapsed(event, units);
            }
            ledger.closed(closed);
            for sum in Sum::ALL {
                ledger.value(Quantity { sum, unit: None }, at);
            }
        }
    }
}
