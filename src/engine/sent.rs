//! What one party sent over MSRP, message by message, and what became of it.

use std::collections::{HashMap, HashSet};

use crate::ch2::Fate;
use crate::msrp::{self, FailureReport, Flag};
use crate::sip;

/// What one party sent.
#[derive(Default)]
pub(super) struct Outbox {
    /// Messages that were not refused or given up, in the order they were sent.
    messages: Vec<Sent>,
    /// Messages that were sent once more, byte by byte, and messages with faults, as far as they
    /// were not refused. No document says whether those count.
    doubtful: Vec<Doubtful>,
    /// Message-IDs of which a chunk has faults.
    faulty: HashSet<String>,
    /// SIP MESSAGEs. No document says what they have to do with the usage of a session.
    pages: Vec<Page>,
    /// Octets so far of each Message-ID.
    octets: HashMap<String, u64>,
    /// Which message a transaction is part of: the event of its last chunk, once that was sent.
    transactions: HashMap<String, Part>,
    /// Message-IDs of which a chunk was refused before the last one was sent.
    refused: HashSet<String>,
}

/// A message.
pub(super) struct Sent {
    /// The event of its last chunk.
    event: usize,
    octets: u64,
    /// Message-ID.
    pub(super) id: String,
    /// The label of its step.
    pub(super) label: Option<String>,
    /// The event of the answer that accepted it.
    accepted: Option<usize>,
    /// False where it asked for no answer.
    answer_due: bool,
    /// The far end would not have it.
    failed: bool,
}

/// A message that may count or not.
struct Doubtful {
    event: usize,
    octets: u64,
    /// The event that completed it, the first time.
    first: usize,
}

/// A SIP MESSAGE that was not refused.
struct Page {
    event: usize,
    octets: u64,
    call_id: String,
    number: u32,
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

/// A message whose last chunk was sent.
pub(super) struct Whole {
    pub(super) octets: u64,
    pub(super) answer_due: bool,
    /// What is known to become of it.
    pub(super) fate: Fate,
}

impl Outbox {
    /// Enters a chunk; gives the message once that is the last.
    pub(super) fn sent(
        &mut self,
        index: usize,
        message: &msrp::Message,
        label: Option<&str>,
    ) -> Option<Whole> {
        if !message.is_send() || message.body_range().is_none() {
            return None;
        }
        let id = message.message_id().unwrap_or_default().into_owned();
        let octets = self.octets.entry(id.clone()).or_default();
        let before = *octets;
        *octets = before.saturating_add(message.body_len() as u64);
        let octets = *octets;
        let complete = message.flag() == Some(Flag::Complete);
        let misplaced = message.byte_range().is_some_and(|range| {
            let total = range.total.filter(|_| complete);
            range.start != before.saturating_add(1) || total.is_some_and(|total| total != octets)
        });
        let breaks = |fault: &msrp::Fault| fault.severity == msrp::Severity::Must;
        if misplaced || message.faults().iter().any(breaks) {
            self.faulty.insert(id.clone());
        }
        let faulty = self.faulty.contains(&id);
        let whole = (message.flag() != Some(Flag::More)).then(|| Whole {
            octets,
            answer_due: message.failure_report() == FailureReport::Yes,
            fate: match message.flag() {
                Some(Flag::Aborted) => Fate::Aborted,
                _ if self.refused.contains(&id) => Fate::Refused,
                _ => Fate::Open,
            },
        });
        let last = whole.as_ref().map(|_| index);
        if let Some(whole) = &whole {
            for open in self.transactions.values_mut().filter(|open| open.id == id) {
                open.last = last;
            }
            if whole.fate == Fate::Open && faulty {
                self.doubtful.push(Doubtful {
                    event: index,
                    octets,
                    first: index,
                });
            } else if whole.fate == Fate::Open {
                self.messages.push(Sent {
                    event: index,
                    octets,
                    id: id.clone(),
                    label: label.map(str::to_owned),
                    accepted: None,
                    answer_due: whole.answer_due,
                    failed: false,
                });
            }
        }
        let part = Part {
            id,
            last,
            whole: whole.as_ref().map(|whole| whole.octets),
            answered: false,
        };
        self.transactions
            .insert(message.transaction_id().into_owned(), part);
        whole.filter(|_| !faulty)
    }

    /// Enters a chunk that was sent once more.
    pub(super) fn sent_again(&mut self, index: usize, message: &msrp::Message) {
        let sent = self.transactions.get(message.transaction_id().as_ref());
        let Some((octets, first)) = sent.and_then(|sent| Some((sent.whole?, sent.last?))) else {
            return;
        };
        if self.messages.iter().any(|sent| sent.event == first) {
            let event = index;
            self.doubtful.push(Doubtful {
                event,
                octets,
                first,
            });
        }
    }

    /// Enters a SIP request.
    pub(super) fn paged(&mut self, index: usize, message: &sip::Message) {
        if let (true, Ok(call_id), Ok(cseq)) = (
            message.is_method("MESSAGE"),
            message.call_id(),
            message.cseq(),
        ) {
            self.pages.push(Page {
                event: index,
                octets: message.body_range().len() as u64,
                call_id: call_id.to_owned(),
                number: cseq.number,
            });
        }
    }

    /// Enters a SIP response: a MESSAGE that is refused counts for nothing.
    pub(super) fn page_answered(&mut self, message: &sip::Message) {
        let refused = message.status().is_some_and(|status| status >= 300);
        if let (true, Ok(call_id), Ok(cseq)) = (refused, message.call_id(), message.cseq()) {
            self.pages
                .retain(|page| (page.call_id.as_str(), page.number) != (call_id, cseq.number));
        }
    }

    /// Enters a response; gives the message, by its event, of which it tells the fate.
    pub(super) fn answered(
        &mut self,
        index: usize,
        message: &msrp::Message,
    ) -> Option<(usize, Fate)> {
        let accepted = message.status()? == 200;
        let part = self
            .transactions
            .get_mut(message.transaction_id().as_ref())?;
        if std::mem::replace(&mut part.answered, true) {
            if !accepted {
                self.doubtful.retain(|sent| Some(sent.first) != part.last);
            }
            return None;
        }
        let Some(event) = part.last else {
            if !accepted {
                self.refused.insert(part.id.clone());
            }
            return None;
        };
        if !accepted {
            self.messages.retain(|sent| sent.event != event);
            self.doubtful.retain(|sent| sent.first != event);
            return Some((event, Fate::Refused));
        }
        for sent in self.messages.iter_mut().filter(|sent| sent.event == event) {
            sent.accepted = Some(index);
        }
        Some((event, Fate::Accepted))
    }

    /// Takes note that the far end would not have the messages that `is_it` tells; false where
    /// there are none.
    pub(super) fn fail(&mut self, is_it: impl Fn(&Sent) -> bool) -> bool {
        let mut found = false;
        for sent in self.messages.iter_mut().filter(|sent| is_it(sent)) {
            sent.failed = true;
            found = true;
        }
        found
    }

    /// The same for the latest message before `at`.
    pub(super) fn fail_latest(&mut self, at: usize) {
        let mut before = self.messages.iter_mut().rev();
        if let Some(sent) = before.find(|sent| sent.event < at) {
            sent.failed = true;
        }
    }

    /// Octets of each message that had been sent before `at` and was accepted after it, the latest
    /// first.
    pub(super) fn under_way(&self, at: usize) -> Vec<u64> {
        let before = self.messages.iter().rev().skip_while(|m| m.event >= at);
        before
            .take_while(|sent| sent.accepted.is_none_or(|accepted| accepted > at))
            .filter(|sent| sent.accepted.is_some())
            .map(|sent| sent.octets)
            .collect()
    }

    /// Octets of each message that had been sent before `at` and that the far end would not have,
    /// the latest first.
    pub(super) fn failed(&self, at: usize) -> Vec<u64> {
        let before = self.messages.iter().rev().filter(|sent| sent.event < at);
        let failed = before.filter(|sent| sent.failed);
        failed.map(|sent| sent.octets).collect()
    }

    /// Octets of each message that had been accepted before `at` and that the far end would not have.
    pub(super) fn undelivered(&self, at: usize) -> impl Iterator<Item = u64> {
        let accepted = move |sent: &&Sent| sent.accepted.is_some_and(|accepted| accepted < at);
        let failed = self.messages.iter().filter(|sent| sent.failed);
        failed.filter(accepted).map(|sent| sent.octets)
    }

    /// Octets of each message that had been sent before `at` and never got the answer it was due.
    pub(super) fn unanswered(&self, at: usize) -> impl Iterator<Item = u64> {
        let open = move |m: &&Sent| m.event < at && m.answer_due && m.accepted.is_none();
        self.messages.iter().filter(open).map(|sent| sent.octets)
    }

    /// Octets of each message sent before `at` of which no document says whether it counts: what
    /// was sent once more or with faults, and SIP MESSAGEs.
    pub(super) fn undecided(&self, at: usize) -> impl Iterator<Item = u64> {
        let doubtful = self.doubtful.iter().map(|sent| (sent.event, sent.octets));
        let pages = self.pages.iter().map(|page| (page.event, page.octets));
        let before = doubtful.chain(pages).filter(move |(event, _)| *event < at);
        before.map(|(_, octets)| octets)
    }

    /// Octets of each message that had been sent before `at` and was not refused.
    pub(super) fn taken(&self, at: usize) -> impl Iterator<Item = u64> {
        let before = self.messages.iter().filter(move |sent| sent.event < at);
        before.map(|sent| sent.octets).chain(self.undecided(at))
    }
}
