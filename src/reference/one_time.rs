//! One-time events (RFC 8506 section 6, section 7 table 5): a page-mode message that is debited
//! directly, and a refund.
//!
//! Storage is memory: what is stored is lost with the server.

use std::time::Duration;

use crate::diameter::Message as Diameter;
use crate::io::Time;
use crate::sip::transaction::{Flow, TransactionId};
use crate::sip::{Message, MessageBuilder};

use super::charged::Charged;
use super::charging::{Amount, Answer, Kind, Request};
use super::enabler::Enabler;
use super::net::{Net, Purpose};
use super::{DebitFailure, Fault, cca, ccr};

/// How long a stored request waits before it is sent once more, and how often it is.
const RETRY: (Duration, u32) = (Duration::from_secs(5), 20);
/// Headers of the client's MESSAGE that the far end's carries as well.
const PASSED_ON: [&str; 4] = [
    "P-Asserted-Identity",
    "P-Charging-Vector",
    "Accept-Contact",
    "Conversation-ID",
];

/// A one-time event.
#[derive(Debug)]
pub(super) struct OneTime {
    pub no: u64,
    charged: Charged,
    request: Request,
    page: Option<Page>,
    failure: DebitFailure,
    state: State,
    tx_at: Option<Time>,
    tries: u32,
}

/// The states of table 5. Idle comes at the end only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Idle, and nothing is asked yet.
    New,
    /// PendingE.
    Pending,
    /// Idle, with the request in storage.
    Stored,
    /// PendingB: the stored request is outstanding.
    PendingStored,
    /// Idle.
    Idle,
}

/// The SIP MESSAGE of an event.
#[derive(Debug)]
struct Page {
    message: Message,
    tx: TransactionId,
    flow: Flow,
    /// It has been passed on, or answered.
    served: bool,
    answered: bool,
}

impl OneTime {
    /// A page-mode message of a client's.
    pub(super) fn page(
        net: &Net,
        no: u64,
        session_id: String,
        message: Message,
        tx: TransactionId,
        flow: Flow,
    ) -> OneTime {
        let covers = Amount::message(message.body_range().len() as u64);
        let charged = Charged::of(&message, session_id);
        let page = Page {
            message,
            tx,
            flow,
            served: false,
            answered: false,
        };
        OneTime::new(net, no, charged, Kind::DirectDebit, covers, Some(page))
    }

    /// A refund of what a session has reported.
    pub(super) fn refund(net: &Net, no: u64, charged: Charged, covers: Amount) -> OneTime {
        OneTime::new(net, no, charged, Kind::Refund, covers, None)
    }

    fn new(
        net: &Net,
        no: u64,
        charged: Charged,
        kind: Kind,
        covers: Amount,
        page: Option<Page>,
    ) -> OneTime {
        OneTime {
            no,
            charged,
            request: Request {
                kind,
                number: 0,
                used: None,
                covers,
                asks: true,
                cause: None,
            },
            page,
            failure: net.config.debit_failure,
            state: State::New,
            tx_at: None,
            tries: 0,
        }
    }

    /// The service is asked for: sends the request.
    pub(super) fn begin(&mut self, now: Time, net: &mut Net, enabler: &mut Enabler) {
        if self.page.is_some() && net.config.has(Fault::NoPageDebit) {
            self.state = State::Idle;
            return self.serve(now, net);
        }
        if net.config.has(Fault::PageBeforeDebit) {
            self.serve(now, net);
        }
        self.tx_at = Some(now + net.config.tx);
        self.state = State::Pending;
        if !self.send(now, net, enabler, false) {
            self.failed_to_send(now, net);
        }
    }

    fn send(&mut self, now: Time, net: &mut Net, enabler: &mut Enabler, again: bool) -> bool {
        let ccr = ccr::request(&net.config, &self.charged, &self.request, now);
        // A stored request may be a duplicate (RFC 8506 6.5).
        let ccr = if again { ccr.retransmitted(true) } else { ccr };
        enabler.send(now, net, ccr, self.no, &self.request)
    }

    /// A CCA came.
    pub(super) fn answered(&mut self, now: Time, net: &mut Net, answer: &Answer, cca: &Diameter) {
        if let Some(said) = cca::debit_failure(cca) {
            self.failure = said;
        }
        let temporary = matches!(answer.result, 3002 | 3004 | 3005);
        let result = match answer.of_service {
            Some(of_service) if answer.result / 1000 == 2 => of_service,
            _ => answer.result,
        };
        match self.state {
            State::PendingStored if temporary => self.store(now),
            State::PendingStored => self.done(),
            State::Pending => match result {
                2000..=2999 | 4011 => {
                    self.serve(now, net);
                    self.done();
                }
                _ if temporary && (self.is_refund() || !self.in_time()) => self.store(now),
                // Too late to refuse: the service has been given.
                _ if self.is_refund() || !self.in_time() => self.done(),
                4000..=4999 | 5030 => self.refuse(now, net, result),
                _ if self.failure == DebitFailure::Continue => {
                    self.serve(now, net);
                    self.done();
                }
                _ => self.refuse(now, net, result),
            },
            State::New | State::Stored | State::Idle => {}
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.tx_at
    }

    pub(super) fn timeout(&mut self, now: Time, net: &mut Net, enabler: &mut Enabler) {
        if self.tx_at.take_if(|at| *at <= now).is_none() {
            return;
        }
        match self.state {
            State::Pending if self.is_refund() => {
                enabler.give_up(self.no);
                self.store(now);
            }
            // Tx has expired: the service is given, and a late answer waited for.
            State::Pending if !self.is_served() => {
                self.serve(now, net);
                self.tx_at = Some(now + net.config.late_answer);
            }
            State::Pending | State::PendingStored => {
                enabler.give_up(self.no);
                self.failed_to_send(now, net);
            }
            State::Stored => {
                self.state = State::PendingStored;
                self.tx_at = Some(now + net.config.late_answer);
                if !self.send(now, net, enabler, true) {
                    self.store(now);
                }
            }
            State::New | State::Idle => {}
        }
    }

    /// The far end has answered the MESSAGE, or never did.
    pub(super) fn delivered(&mut self, now: Time, net: &mut Net, status: u16) {
        if status >= 200 {
            self.respond(now, net, status);
        }
    }

    /// True once nothing will happen any more.
    pub(super) fn is_over(&self) -> bool {
        let answered = self.page.as_ref().is_none_or(|page| page.answered);
        self.state == State::Idle && answered
    }

    fn is_refund(&self) -> bool {
        self.request.kind == Kind::Refund
    }

    fn is_served(&self) -> bool {
        self.page.as_ref().is_some_and(|page| page.served)
    }

    /// True while Tx runs.
    fn in_time(&self) -> bool {
        !self.is_served()
    }

    fn failed_to_send(&mut self, now: Time, net: &mut Net) {
        if self.page.is_some() && !self.is_served() {
            self.serve(now, net);
        }
        match self.failure {
            DebitFailure::Continue if !self.is_refund() => self.done(),
            _ => self.store(now),
        }
    }

    fn store(&mut self, now: Time) {
        self.tries += 1;
        if self.tries > RETRY.1 {
            return self.done();
        }
        self.state = State::Stored;
        self.tx_at = Some(now + RETRY.0);
    }

    fn done(&mut self) {
        self.state = State::Idle;
        self.tx_at = None;
    }

    /// Passes the message on, or takes it for the other party.
    fn serve(&mut self, now: Time, net: &mut Net) {
        let Some(page) = self.page.as_mut().filter(|page| !page.served) else {
            return;
        };
        page.served = true;
        let forwarded = net
            .far_flow()
            .map(|flow| forward(now, net, self.no, page, flow));
        match forwarded {
            None => self.respond(now, net, 200),
            Some(None) => self.respond(now, net, 480),
            Some(Some(_)) => {}
        }
    }

    fn refuse(&mut self, now: Time, net: &mut Net, result: u32) {
        let status = match result {
            4012 => 402,
            4000..=4999 | 5003 | 5030 | 5031 => 403,
            _ => 503,
        };
        if let Some(page) = &mut self.page {
            page.served = true;
        }
        self.respond(now, net, status);
        self.done();
    }

    fn respond(&mut self, now: Time, net: &mut Net, status: u16) {
        if let Some(page) = self.page.as_mut().filter(|page| !page.answered) {
            page.answered = true;
            net.answer_with(now, page.tx, page.flow, &page.message, status);
        }
    }
}

/// Sends the client's MESSAGE on to the far end.
fn forward(now: Time, net: &mut Net, no: u64, page: &Page, flow: Flow) -> Option<TransactionId> {
    let message = &page.message;
    let from = message.from().ok()?.uri.as_str().to_owned();
    let to = message.to().ok()?.uri.as_str().to_owned();
    let target = message.request_uri().ok()?.as_str().to_owned();
    let hops = message.max_forwards().unwrap_or(70).saturating_sub(1);
    let (tag, call_id) = (net.token(), net.token());
    let content_type = message.header("Content-Type").unwrap_or_default();
    let mut request = MessageBuilder::request("MESSAGE", &target)
        .header("Max-Forwards", hops.to_string())
        .header("From", format!("<{from}>;tag={tag}"))
        .header("To", format!("<{to}>"))
        .header("Call-ID", call_id)
        .cseq(1, "MESSAGE")
        .body(&content_type, message.body());
    for name in PASSED_ON {
        for value in message.values(name) {
            request = request.header(name, value);
        }
    }
    let request = net.with_via(request, flow);
    net.request(now, &request, flow, (no, Purpose::Page))
}
