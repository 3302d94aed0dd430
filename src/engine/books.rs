//! The ledger of each IM session of a trace: what was sent, what became of it, what was granted and
//! reported.

use std::collections::{HashMap, HashSet};

use crate::ch2::{Kind, Ledger, Response, SessionRequest, Unit};
use crate::msrp;
use crate::scenario::{Action, Ics, Incoming, Ixit, Outgoing, Party, Scenario, Step};

use super::answers::Weight;
use super::judge::Case;
use super::kept::{Grant, Kept};
use super::sent::Outbox;
use super::{Message, Standing, Trace, What};

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
        client: Outbox::default(),
        far_end: Outbox::default(),
        forwarded: HashMap::new(),
        reports: Vec::new(),
        grants: Vec::new(),
        undelivered: HashSet::new(),
        ledger: Ledger::new(binding.unit),
    };
    let mut began = None;
    let mut setup = 0;
    let mut answered = false;
    let events = trace.events.iter().enumerate();
    for (index, event) in events.filter(|(_, event)| event.session == session) {
        match &event.what {
            What::Sent {
                message,
                step,
                repeated,
                ..
            } if !matches!(message, Message::Diameter(_)) => {
                if !is_counted(message, &case.ixit) {
                    continue;
                }
                let step = step.and_then(|step| scenario.steps.get(step.0));
                books.sent(index, event.party, message, *repeated, step);
                if event.party == Party::FarEnd {
                    books.refused_by_far_end(index, message, step, scenario);
                }
            }
            What::Received {
                message: Message::Msrp(message),
                ..
            } => books.received(index, event.party, message),
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
            } if event.party == Party::Client => {
                books.client.page_answered(message);
                if answered {
                    continue;
                }
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
                if books.is_sent_elsewhere(&request) {
                    continue;
                }
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
    // Whoever says that nothing is charged for what the client receives is held to it.
    let free = case.claims.contains(&Ics::FreeReceiving);
    let far_end = match free && !case.claims.contains(&Ics::ChargesReceiving) {
        true => Outbox::default(),
        false => books.far_end,
    };
    Kept {
        ledger: books.ledger,
        unit: binding.unit,
        client: books.client,
        far_end,
        reports: books.reports,
        setup,
        grants: books.grants,
    }
}

struct Books {
    ledger: Ledger,
    client: Outbox,
    far_end: Outbox,
    /// Message-IDs of what came to the far end, by transaction.
    forwarded: HashMap<String, String>,
    reports: Vec<(usize, u64)>,
    grants: Vec<Grant>,
    /// CC-Request-Numbers that a protocol error answered.
    undelivered: HashSet<u32>,
}

impl Books {
    /// A protocol error has debited nothing, and the request may be sent to another server (RFC 8506
    /// 5.7): what it reports was entered when it came first.
    fn is_sent_elsewhere(&self, request: &SessionRequest<'_>) -> bool {
        let number = request.request_number();
        number.is_some_and(|number| self.undelivered.contains(&number))
    }

    /// Enters what a Response grants. One that answers nothing grants nothing, and of one that does
    /// not fit nobody knows: the ledger leaves both out.
    fn responded(&mut self, index: usize, response: Response<'_>, weight: Option<Weight>) {
        let doubtful = match weight {
            Some(Weight::Nothing) => return,
            Some(Weight::Doubtful) => true,
            Some(Weight::Sound) | None => false,
        };
        if let (Some(3000..=3999), Some(number)) =
            (response.result_code(), response.request_number())
        {
            self.undelivered.insert(number);
        }
        let mut granted = Vec::new();
        for unit in [Unit::Messages, Unit::Octets, Unit::Seconds] {
            granted.extend(response.granted_in(unit).map(|units| (unit, units)));
        }
        // What denies service or gives up credit control takes back what was granted before.
        let takes_back = !doubtful && matches!(response.result_code(), Some(4010..=4012 | 5000..));
        if takes_back {
            granted.clear();
        } else if granted.is_empty() {
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
            validity: response.validity_time().filter(|_| !takes_back),
            doubtful,
        });
    }

    fn sent(
        &mut self,
        index: usize,
        party: Party,
        message: &Message,
        repeated: bool,
        step: Option<&Step>,
    ) {
        let label = step.and_then(|step| step.label.as_deref());
        let outbox = match party {
            Party::Client => &mut self.client,
            Party::FarEnd => &mut self.far_end,
            Party::Enabler | Party::SecondEnabler => return,
        };
        let whole = match (message, repeated) {
            (Message::Msrp(message), true) => return outbox.sent_again(index, message),
            (Message::Msrp(message), false) => outbox.sent(index, message, label),
            (Message::Sip(message), false) => {
                outbox.paged(index, message);
                None
            }
            _ => None,
        };
        let Some(whole) = whole.filter(|_| party == Party::Client) else {
            return;
        };
        self.ledger
            .message_sent(index, whole.octets, label, whole.answer_due);
        self.ledger.fate(index, whole.fate);
    }

    fn received(&mut self, index: usize, party: Party, message: &msrp::Message) {
        match party {
            Party::Client => {
                if let Some((event, fate)) = self.client.answered(index, message) {
                    self.ledger.fate(event, fate);
                }
                let failed = message.report_status().filter(|status| status.code != OK);
                if let (Some(_), Some(id)) = (failed, message.message_id()) {
                    self.client.fail(|sent| sent.id == id);
                }
            }
            Party::FarEnd if message.is_send() => {
                let id = message.message_id().unwrap_or_default().into_owned();
                let transaction = message.transaction_id().into_owned();
                self.forwarded.insert(transaction, id);
            }
            Party::FarEnd => {
                self.far_end.answered(index, message);
            }
            Party::Enabler | Party::SecondEnabler => {}
        }
    }

    /// Takes note that the far end would not have a message of the client's, which the server had
    /// accepted. A server need not keep its Message-ID: what the file says is forwarded tells then,
    /// or else it is the latest.
    fn refused_by_far_end(
        &mut self,
        index: usize,
        message: &Message,
        step: Option<&Step>,
        scenario: &Scenario,
    ) {
        let Message::Msrp(message) = message else {
            return;
        };
        let status = message
            .status()
            .or_else(|| message.report_status().map(|status| status.code));
        if status.is_none_or(|status| status == OK) {
            return;
        }
        let forwarded = self.forwarded.get(message.transaction_id().as_ref());
        let id = message.message_id().map(|id| id.into_owned());
        let id = id.as_ref().or(forwarded).cloned().unwrap_or_default();
        if self.client.fail(|sent| sent.id == id) {
            return;
        }
        let label = step.and_then(|step| forwarded_by(step, scenario));
        if label.is_some() && self.client.fail(|sent| sent.label.as_deref() == label) {
            return;
        }
        self.client.fail_latest(index);
    }
}

/// Whether a message is debited at all; each of its chunks names its content type.
fn is_counted(message: &Message, ixit: &Ixit) -> bool {
    let Message::Msrp(message) = message else {
        return true;
    };
    message
        .header("Content-Type")
        .is_none_or(|content_type| ixit.counts(&content_type))
}

/// The label of the client's SEND whose forwarded form a step of the far end's refuses.
fn forwarded_by<'a>(step: &Step, scenario: &'a Scenario) -> Option<&'a str> {
    let Action::Send {
        message: Outgoing::MsrpResponse { answers, .. } | Outgoing::MsrpReport { answers, .. },
        ..
    } = &step.action
    else {
        return None;
    };
    let label = answers.as_deref()?;
    let mut steps = scenario.steps.iter();
    let received = steps.find(|other| other.label.as_deref() == Some(label))?;
    match &received.action {
        Action::Receive {
            message: Incoming::MsrpSend { forwards },
            ..
        } => forwards.as_deref(),
        _ => None,
    }
}

/// The status of what went well (RFC 4975 10.1).
const OK: u16 = 200;
