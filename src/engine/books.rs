//! The ledger of each IM session of a trace: what was sent, what became of it, what was granted and
//! reported.

use std::collections::{HashMap, HashSet};

use crate::ch2::{Fate, Kind, Ledger, Quantity, Response, SessionRequest, Sum, Unit};
use crate::msrp;
use crate::scenario::{Ixit, Party};

use super::answers::Weight;
use super::judge::Case;
use super::{Message, Standing, Trace, What};

/// The ledger of one session, and what it leaves open at each moment.
pub(super) struct Kept {
    pub(super) ledger: Ledger,
    unit: Unit,
    /// Messages of the client that were not refused, in the order they were sent.
    messages: Vec<Sent>,
    /// Messages that the client sent once more, byte by byte, and that were not refused then. No
    /// document says whether that is a message of its own, so each may count or not.
    doubled: Vec<Again>,
    /// SessionRequests that report usage, and how much.
    reports: Vec<(usize, u64)>,
    /// Seconds that passed between the session's first SessionRequest and its answer to the
    /// client, from which on a server may count its time.
    setup: u64,
    grants: Vec<Grant>,
}

struct Grant {
    event: usize,
    units: Vec<(Unit, u64)>,
    /// Validity-Time in seconds.
    validity: Option<u32>,
    /// Whether the server may have taken it for none.
    doubtful: bool,
}

/// A message that was sent once more.
struct Again {
    event: usize,
    octets: u64,
    /// The event that completed it the first time.
    first: usize,
}

struct Sent {
    event: usize,
    octets: u64,
    /// The event of the answer that accepted it.
    accepted: Option<usize>,
    /// False where it asked for no answer.
    answer_due: bool,
}

impl Kept {
    /// What a quantity may be just before `at`.
    ///
    /// Between a SEND and its 200 nobody but the server knows whether it counts the message
    /// already: one that debits before it delivers reports it with the next SessionRequest. So
    /// each message under way may be left out, the latest first.
    pub(super) fn values(&self, quantity: Quantity, at: usize) -> Vec<u64> {
        let value = self.ledger.value(quantity, Some(at));
        let mut values = vec![value];
        let unit = quantity.unit.unwrap_or(self.unit);
        if !matches!(quantity.sum, Sum::Unreported | Sum::Accepted) {
            return values;
        }
        if unit == Unit::Seconds {
            // The service may be taken as begun at any moment of its set-up.
            let earliest = value.saturating_sub(self.setup.min(LONGEST_SETUP));
            values.extend((earliest..value).rev());
            return values;
        }
        let sent = self.messages.iter().rev().skip_while(|m| m.event >= at);
        let mut rest = value;
        for message in sent.take(UNDER_WAY) {
            match message.accepted {
                Some(accepted) if accepted > at => {
                    rest = rest.saturating_sub(units(unit, message.octets))
                }
                Some(_) => break,
                None => continue,
            }
            values.push(rest);
        }
        // One that was never answered may have been accepted: that it was not said is judged
        // where the answer was waited for.
        let mut more = value;
        let open = self.unanswered(at).map(|message| message.octets);
        for octets in open.chain(self.doubled(at)).take(UNDER_WAY) {
            more = more.saturating_add(units(unit, octets));
            values.push(more);
        }
        values.dedup();
        values
    }

    /// By how many seconds the time that is reported at `at` may be off: the moments it is counted
    /// from are not quite the harness's, and each report so far was rounded on its own.
    pub(super) fn rounding(&self, at: usize) -> u64 {
        let reports = self.reports.iter().filter(|(event, _)| *event <= at);
        (reports.count() as u64).max(1)
    }

    /// Whether the grant that stands at `at`, or its Validity-Time, is at least half over:
    /// RFC 8506 section 5.3 has the client ask anew at its end, well before that if it likes. Or
    /// whether a message was sent once more, which the server may have counted.
    pub(super) fn is_owed(&self, trace: &Trace, at: usize) -> bool {
        if self.doubled(at).next().is_some() {
            return true;
        }
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
    /// sent and never answered, or sent twice, which the server may have counted nonetheless.
    pub(super) fn reportable(&self, at: usize) -> u64 {
        self.reportable_in(self.unit, at)
    }

    fn reportable_in(&self, unit: Unit, at: usize) -> u64 {
        let quantity = Quantity {
            sum: Sum::Unreported,
            unit: Some(unit),
        };
        let open = self.unanswered(at).map(|message| message.octets);
        let open = open
            .chain(self.doubled(at))
            .fold(0_u64, |sum, octets| sum.saturating_add(units(unit, octets)));
        self.ledger.value(quantity, Some(at)).saturating_add(open)
    }
}

impl Kept {
    fn unanswered(&self, at: usize) -> impl Iterator<Item = &Sent> {
        self.messages
            .iter()
            .filter(move |m| m.event < at && m.answer_due && m.accepted.is_none())
    }

    fn doubled(&self, at: usize) -> impl Iterator<Item = u64> {
        let before = self.doubled.iter().filter(move |again| again.event < at);
        before.map(|again| again.octets)
    }
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

/// Keeps the books of a whole trace, those of each session by themselves: what one session used is
/// no usage of another. Depends on no reading.
pub(super) fn keep(
    trace: &Trace,
    standings: &[Option<Standing>],
    weights: &[Option<Weight>],
    case: &Case,
) -> Vec<Kept> {
    (0..case.scenario.sessions.len())
        .map(|session| keep_one(session, trace, standings, weights, case))
        .collect()
}

fn keep_one(
    session: usize,
    trace: &Trace,
    standings: &[Option<Standing>],
    weights: &[Option<Weight>],
    case: &Case,
) -> Kept {
    let Case {
        scenario, binding, ..
    } = case;
    let mut books = Books {
        messages: Vec::new(),
        doubled: Vec::new(),
        reports: Vec::new(),
        grants: Vec::new(),
        ledger: Ledger::new(binding.unit),
        sends: HashMap::new(),
        transactions: HashMap::new(),
        refused: HashSet::new(),
    };
    let mut began = None;
    let mut setup = 0;
    let mut answered = false;
    let events = trace.events.iter().enumerate();
    for (index, event) in events.filter(|(_, event)| event.session == session) {
        match &event.what {
            What::Sent {
                message: Message::Msrp(message),
                repeated: true,
                ..
            } if event.party == Party::Client => books.sent_again(index, message),
            What::Sent {
                message: Message::Msrp(message),
                step,
                repeated: false,
                ..
            } if event.party == Party::Client => {
                if !is_counted(message, &case.ixit) {
                    continue;
                }
                let label = step.and_then(|step| scenario.steps.get(step.0)?.label.as_deref());
                books.sent(index, message, label);
            }
            What::Received {
                message: Message::Msrp(message),
                ..
            } if event.party == Party::Client => {
                books.answered(index, message);
            }
            What::Sent {
                message: Message::Diameter(message),
                repeated: false,
                ..
            } => {
                let Some(response) = Response::new(message, binding) else {
                    continue;
                };
                books.responded(index, response, weights[index]);
            }
            What::Received {
                message: Message::Sip(message),
                ..
            } if event.party == Party::Client && !answered => {
                answered = message.cseq().is_ok_and(|cseq| cseq.method == "INVITE")
                    && message.status().is_some_and(|s| (200..300).contains(&s));
                setup = began.map_or(0, |began| event.at.since(began).as_secs());
            }
            What::Received {
                message: Message::Diameter(message),
                ..
            } if standings.get(index) != Some(&Some(Standing::Repeated)) => {
                let Some(request) = SessionRequest::new(message, binding) else {
                    continue;
                };
                let began = *began.get_or_insert(event.at);
                books.ledger.elapsed(index, event.at.since(began).as_secs());
                for unit in [Unit::Messages, Unit::Octets, Unit::Seconds] {
                    if let Some(units) = request.used_in(unit) {
                        books.ledger.used(index, unit, units);
                        if unit == binding.unit && units > 0 {
                            books.reports.push((index, units));
                        }
                    }
                }
                if request.kind() == Some(Kind::Stop) {
                    books.ledger.closed(index);
                }
            }
            _ => {}
        }
    }
    Kept {
        ledger: books.ledger,
        unit: binding.unit,
        messages: books.messages,
        doubled: books.doubled,
        reports: books.reports,
        setup,
        grants: books.grants,
    }
}

struct Books {
    ledger: Ledger,
    messages: Vec<Sent>,
    doubled: Vec<Again>,
    reports: Vec<(usize, u64)>,
    grants: Vec<Grant>,
    /// Octets so far of each Message-ID.
    sends: HashMap<String, u64>,
    /// Which message a transaction is part of: the event of its last chunk, once that was sent.
    transactions: HashMap<String, Part>,
    /// Message-IDs of which a chunk was refused before the last one was sent.
    refused: HashSet<String>,
}

/// Whether a message of the client is debited at all; each of its chunks names its content type.
fn is_counted(message: &msrp::Message, ixit: &Ixit) -> bool {
    message
        .header("Content-Type")
        .is_none_or(|content_type| ixit.counts(&content_type))
}

/// What a transaction id leads to.
struct Part {
    id: String,
    last: Option<usize>,
    /// Octets of the message, where this is its last chunk.
    whole: Option<u64>,
    /// Its first answer came. Another one answers what was sent again.
    answered: bool,
}

impl Books {
    /// Enters what a Response grants. One that answers nothing grants nothing, and of one that does
    /// not fit nobody knows: the ledger leaves both out.
    fn responded(&mut self, index: usize, response: Response<'_>, weight: Option<Weight>) {
        let doubtful = match weight {
            Some(Weight::Nothing) => return,
            Some(Weight::Doubtful) => true,
            Some(Weight::Sound) | None => false,
        };
        let mut granted = Vec::new();
        for unit in [Unit::Messages, Unit::Octets, Unit::Seconds] {
            granted.extend(response.granted_in(unit).map(|units| (unit, units)));
        }
        if granted.is_empty() {
            return;
        }
        if !doubtful {
            for (unit, units) in &granted {
                self.ledger.granted(index, *unit, *units);
            }
        }
        self.grants.push(Grant {
            event: index,
            units: granted,
            validity: response.validity_time(),
            doubtful,
        });
    }

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
                let aborted = flag == Some(msrp::Flag::Aborted);
                let refused = self.refused.contains(&id);
                if aborted {
                    self.ledger.fate(index, Fate::Aborted);
                }
                if refused {
                    self.ledger.fate(index, Fate::Refused);
                }
                if !aborted && !refused {
                    self.messages.push(Sent {
                        event: index,
                        octets,
                        accepted: None,
                        answer_due,
                    });
                }
                Some(index)
            }
        };
        if last.is_some() {
            for open in self.transactions.values_mut().filter(|open| open.id == id) {
                open.last = last;
            }
        }
        let part = Part {
            id,
            last,
            whole: last.map(|_| octets),
            answered: false,
        };
        self.transactions.insert(transaction, part);
    }

    fn sent_again(&mut self, index: usize, message: &msrp::Message) {
        let sent = self.transactions.get(message.transaction_id().as_ref());
        let Some((octets, first)) = sent.and_then(|sent| Some((sent.whole?, sent.last?))) else {
            return;
        };
        if self.messages.iter().any(|sent| sent.event == first) {
            let event = index;
            self.doubled.push(Again {
                event,
                octets,
                first,
            });
        }
    }

    fn answered(&mut self, index: usize, message: &msrp::Message) {
        let Some(status) = message.status() else {
            return;
        };
        let Some(sent) = self.transactions.get_mut(message.transaction_id().as_ref()) else {
            return;
        };
        if std::mem::replace(&mut sent.answered, true) {
            if status != 200 {
                self.doubled.retain(|again| Some(again.first) != sent.last);
            }
            return;
        }
        let accepted = status == 200;
        match sent.last {
            Some(event) => {
                let fate = if accepted {
                    Fate::Accepted
                } else {
                    Fate::Refused
                };
                self.ledger.fate(event, fate);
                if !accepted {
                    self.messages.retain(|sent| sent.event != event);
                }
                for sent in self.messages.iter_mut().filter(|sent| sent.event == event) {
                    sent.accepted = Some(index);
                }
            }
            None if !accepted => {
                self.refused.insert(sent.id.clone());
            }
            None => {}
        }
    }
}
