//! The ledger of a trace: what was sent, what became of it, what was granted and reported.

use std::collections::{HashMap, HashSet};

use crate::ch2::{Binding, Fate, Kind, Ledger, Response, SessionRequest, Unit};
use crate::msrp;
use crate::scenario::{Party, Scenario};

use super::{Message, Standing, Trace, What};

/// Keeps the books of a whole trace. Depends on no reading.
pub(super) fn keep(trace: &Trace, scenario: &Scenario, binding: &Binding) -> Ledger {
    let mut books = Books {
        ledger: Ledger::new(binding.unit),
        sends: HashMap::new(),
        transactions: HashMap::new(),
        refused: HashSet::new(),
    };
    let mut began = None;
    for (index, event) in trace.events.iter().enumerate() {
        match &event.what {
            What::Sent {
                message: Message::Msrp(message),
                step,
                repeated: false,
                ..
            } if event.party == Party::Client => {
                let label = step.and_then(|step| scenario.steps.get(step.0)?.label.as_deref());
                books.sent(index, message, label);
            }
            What::Received {
                message: Message::Msrp(message),
                ..
            } if event.party == Party::Client => {
                books.answered(message);
            }
            What::Sent {
                message: Message::Diameter(message),
                repeated: false,
                ..
            } => {
                let granted = Response::new(message, binding).and_then(|r| r.granted());
                if let Some(units) = granted {
                    books.ledger.granted(index, binding.unit, units);
                }
            }
            What::Received {
                message: Message::Diameter(message),
                standing,
                ..
            } if *standing != Standing::Repeated => {
                let Some(request) = SessionRequest::new(message, binding) else {
                    continue;
                };
                let began = *began.get_or_insert(event.at);
                books.ledger.elapsed(index, event.at.since(began).as_secs());
                for unit in [Unit::Messages, Unit::Octets, Unit::Seconds] {
                    if let Some(units) = request.used_in(unit) {
                        books.ledger.used(index, unit, units);
                    }
                }
                if request.kind() == Some(Kind::Stop) {
                    books.ledger.closed(index);
                }
            }
            _ => {}
        }
    }
    books.ledger
}

struct Books {
    ledger: Ledger,
    /// Octets so far of each Message-ID.
    sends: HashMap<String, u64>,
    /// Which message a transaction is part of: the event of its last chunk, once that was sent.
    transactions: HashMap<String, Part>,
    /// Message-IDs of which a chunk was refused before the last one was sent.
    refused: HashSet<String>,
}

/// What a transaction id leads to.
struct Part {
    id: String,
    last: Option<usize>,
}

impl Books {
    fn sent(&mut self, index: usize, message: &msrp::Message, label: Option<&str>) {
        if !message.is_send() || message.body_range().is_none() {
            return;
        }
        let id = message
            .message_id()
            .map(|id| id.into_owned())
            .unwrap_or_default();
        let octets = self.sends.entry(id.clone()).or_default();
        *octets = octets.saturating_add(message.body_len() as u64);
        let octets = *octets;
        let transaction = message.transaction_id().into_owned();
        let last = match message.flag() {
            Some(msrp::Flag::More) => None,
            flag => {
                let answer_due = message.failure_report() == msrp::FailureReport::Yes;
                self.ledger.message_sent(index, octets, label, answer_due);
                if flag == Some(msrp::Flag::Aborted) {
                    self.ledger.fate(index, Fate::Aborted);
                }
                if self.refused.contains(&id) {
                    self.ledger.fate(index, Fate::Refused);
                }
                Some(index)
            }
        };
        if last.is_some() {
            for open in self.transactions.values_mut().filter(|open| open.id == id) {
                open.last = last;
            }
        }
        self.transactions.insert(transaction, Part { id, last });
    }

    fn answered(&mut self, message: &msrp::Message) {
        let Some(status) = message.status() else {
            return;
        };
        let Some(sent) = self.transactions.get(message.transaction_id().as_ref()) else {
            return;
        };
        let accepted = status == 200;
        match sent.last {
            Some(event) => {
                self.ledger.fate(
                    event,
                    if accepted {
                        Fate::Accepted
                    } else {
                        Fate::Refused
                    },
                );
            }
            None if !accepted => {
                self.refused.insert(sent.id.clone());
            }
            None => {}
        }
    }
}
