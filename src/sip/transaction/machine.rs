//! What the four state machines share.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::event::{Config, Event, Flow, Timer, TransactionId, Transmit};
use crate::io::Time;
use crate::sip::message::Message;

/// One transaction of any of the four kinds.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) id: TransactionId,
    pub(super) kind: Kind,
    pub(super) state: State,
    pub(super) request: Message,
    /// Where the request came from, or where it goes to.
    pub(super) peer: Flow,
    /// Where this side's messages go to.
    pub(super) to: Flow,
    /// What this side sends again: the request, the last response, or the ACK of a refusal.
    pub(super) last_sent: Option<Bytes>,
    pub(super) last_received: Option<Bytes>,
    /// To tags of the 2xx that have come.
    pub(super) accepted_tags: Vec<String>,
    pub(super) acknowledged: bool,
    pub(super) resend: Option<Resend>,
    pub(super) expires: Option<(Time, Timer)>,
    /// When the layer itself sends a 100 (Trying).
    pub(super) trying_at: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    ClientInvite,
    Client,
    ServerInvite,
    Server,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Calling of a client INVITE, Trying of the others.
    Trying,
    Proceeding,
    /// RFC 6026 7.
    Accepted,
    Completed,
    Confirmed,
    Terminated,
}

/// Timers A, E and G, and the retransmission of a 2xx.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resend {
    pub(super) at: Time,
    pub(super) interval: Duration,
    /// The interval doubles up to here.
    pub(super) cap: Duration,
}

/// Where a machine puts what it wants done.
#[derive(Debug, Default)]
pub(super) struct Effects {
    pub(super) transmits: VecDeque<Transmit>,
    pub(super) events: VecDeque<Event>,
}

impl Transaction {
    pub(super) fn new(
        id: TransactionId,
        kind: Kind,
        request: Message,
        peer: Flow,
        to: Flow,
    ) -> Transaction {
        Transaction {
            id,
            kind,
            state: State::Trying,
            request,
            peer,
            to,
            last_sent: None,
            last_received: None,
            accepted_tags: Vec::new(),
            acknowledged: false,
            resend: None,
            expires: None,
            trying_at: None,
        }
    }

    /// The next moment the transaction waits for.
    pub(super) fn deadline(&self) -> Option<Time> {
        let resend = self.resend.map(|resend| resend.at);
        let expires = self.expires.map(|(at, _)| at);
        [resend, expires, self.trying_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Sends bytes for the first time and remembers them.
    pub(super) fn send(&mut self, bytes: Bytes, effects: &mut Effects) {
        self.last_sent = Some(bytes);
        self.transmit(false, effects);
    }

    /// Sends again what was sent last.
    pub(super) fn send_again(&mut self, effects: &mut Effects) {
        self.transmit(true, effects);
    }

    /// Starts a retransmission timer; over a reliable transport there is none.
    pub(super) fn resend_from(&mut self, now: Time, interval: Duration, cap: Duration) {
        self.resend = Some(Resend {
            at: now + interval,
            interval,
            cap,
        });
    }

    pub(super) fn expire_after(&mut self, now: Time, wait: Duration, timer: Timer) {
        self.expires = Some((now + wait, timer));
        // A wait of nothing is over at once (RFC 3261 17: timers D, I, J, K over TCP).
        if wait.is_zero() {
            self.state = State::Terminated;
        }
    }

    /// Does what is due at `now`.
    pub(super) fn handle_timeout(&mut self, now: Time, config: &Config, effects: &mut Effects) {
        if self.trying_at.is_some_and(|at| at <= now) {
            self.trying_at = None;
            self.send_trying(effects);
        }
        if let Some((at, timer)) = self.expires
            && at <= now
        {
            self.expires = None;
            self.resend = None;
            self.expired(timer, effects);
            return;
        }
        if let Some(resend) = self.resend
            && resend.at <= now
        {
            self.send_again(effects);
            let mut interval = (resend.interval * 2).min(resend.cap);
            if self.kind == Kind::Client && self.state == State::Proceeding {
                interval = config.t2;
            }
            self.resend = Some(Resend {
                at: now + interval,
                interval,
                cap: resend.cap,
            });
        }
    }

    pub(super) fn report(&self, message: Message, from: Flow, effects: &mut Effects) {
        effects.events.push_back(Event::Retransmission {
            id: self.id,
            message,
            from,
        });
    }

    fn expired(&mut self, timer: Timer, effects: &mut Effects) {
        self.state = State::Terminated;
        let in_vain = match timer {
            Timer::B | Timer::F | Timer::H => true,
            Timer::L => !self.acknowledged,
            _ => false,
        };
        if in_vain {
            effects
                .events
                .push_back(Event::Timeout { id: self.id, timer });
        }
    }

    fn transmit(&self, retransmission: bool, effects: &mut Effects) {
        let Some(bytes) = self.last_sent.clone() else {
            return;
        };
        let transaction = Some(self.id);
        effects.transmits.push_back(Transmit {
            to: self.to,
            bytes,
            retransmission,
            transaction,
        });
    }
}
