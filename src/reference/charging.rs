//! The credit-control client of one session: RFC 8506 section 7, tables 3 and 4, as a pure type.
//!
//! What the tables leave open is read as follows. A transient failure other than
//! DIAMETER_CREDIT_CONTROL_NOT_APPLICABLE (4012 and its like stand in no row) ends the user's
//! service as DIAMETER_END_USER_SERVICE_DENIED does. A request whose answer is awaited beyond Tx,
//! because failure handling grants the service meanwhile, counts as "failure to send" once that
//! wait is over as well. A Final-Unit-Action other than TERMINATE is not supported and taken as it
//! (RFC 8506 8.35). A Result-Code of the service alone leaves the session open: where it refuses
//! the service, the session is stopped.

mod amount;
mod answers;
mod meter;
mod requests;
mod terms;

use std::collections::VecDeque;

use crate::io::Time;

use super::{FailureHandling, Fault, Interim};
use meter::Meter;

pub(super) use amount::{Amount, Measures};
pub(super) use terms::{
    Action, Answer, Cause, Grant, Kind, Policy, ReAuth, Reason, Request, Room, State,
};

/// Interims that may wait behind the one that is outstanding.
const MAX_QUEUE: usize = 256;

/// An interim that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Due {
    /// What to report; `None`: all that is unreported once it is sent.
    units: Option<Amount>,
    /// It pays for a message that waits to be delivered.
    delivers: bool,
    /// It is sent even though the session ends.
    at_bye: bool,
}

impl Due {
    /// An interim for all that is unreported.
    const ALL: Due = Due {
        units: None,
        delivers: false,
        at_bye: false,
    };
}

/// The credit-control session of one call.
#[derive(Debug)]
pub(super) struct CreditSession {
    policy: Policy,
    state: State,
    failure_handling: FailureHandling,
    next_number: u32,
    outstanding: Option<u32>,
    /// The outstanding interim pays for a message that waits.
    delivers: bool,
    /// The outstanding interim was sent ahead of need: what is left of the quota may be used.
    ahead: bool,
    due: VecDeque<Due>,
    stopping: Option<Cause>,
    /// The stop waits until the caller has ended the user's service.
    ends: bool,
    stops_sent: u32,
    admitted: bool,
    meter: Meter,
    /// No units came, and nothing that says what to do without.
    starved: bool,
    final_units: bool,
    /// The service is not charged, though the session stands.
    free: bool,
    late: bool,
    tx_at: Option<Time>,
    validity_at: Option<Time>,
    period_at: Option<Time>,
    quota_at: Option<Time>,
    actions: VecDeque<Action>,
    wrong: Wrong,
}

/// What faults keep in mind.
#[derive(Debug, Default)]
struct Wrong {
    again_at: Option<Time>,
    last: Option<Request>,
    flood: u32,
    overdrawn: bool,
    final_in_start: bool,
    ends_with_interim: bool,
    out_of_credit: bool,
    told: bool,
}

impl CreditSession {
    pub(super) fn new(policy: Policy) -> CreditSession {
        CreditSession {
            state: State::New,
            failure_handling: policy.failure_handling,
            meter: Meter::new(policy.units),
            policy,
            next_number: 0,
            outstanding: None,
            delivers: false,
            ahead: false,
            due: VecDeque::new(),
            stopping: None,
            ends: false,
            stops_sent: 0,
            admitted: false,
            starved: false,
            final_units: false,
            free: false,
            late: false,
            tx_at: None,
            validity_at: None,
            period_at: None,
            quota_at: None,
            actions: VecDeque::new(),
            wrong: Wrong::default(),
        }
    }

    pub(super) fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    #[cfg(test)]
    pub(super) fn state(&self) -> State {
        self.state
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        [
            self.tx_at,
            self.validity_at,
            self.period_at,
            self.quota_at,
            self.wrong.again_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The user asks for service.
    pub(super) fn start(&mut self, now: Time) {
        if self.has(Fault::NoStart) {
            self.state = State::Open;
            self.start_period(now);
            return self.admit();
        }
        if self.has(Fault::LateStart) {
            return self.admit();
        }
        self.send_start(now);
        if self.has(Fault::ServiceBeforeStart) {
            self.admit();
        }
    }

    /// Service begins.
    pub(super) fn begin(&mut self, now: Time) {
        self.meter.begin(now);
        self.watch_time(now);
        if self.has(Fault::LateStart) && self.state == State::New {
            self.send_start(now);
        }
    }

    /// Whether another message may be taken now.
    pub(super) fn room(&self, now: Time) -> Room {
        let unwatched = [Fault::OverrunsQuota, Fault::NoInterim, Fault::InterimLate]
            .into_iter()
            .any(|fault| self.has(fault));
        match self.state {
            State::Idle | State::PendingT => Room::Refuse,
            _ if self.stopping.is_some() => Room::Refuse,
            _ if self.due.len() >= MAX_QUEUE => Room::Hold,
            State::New | State::PendingI if self.admitted => Room::Take,
            State::New | State::PendingI => Room::Hold,
            State::Free => Room::Take,
            _ if self.free || unwatched => Room::Take,
            State::PendingU if self.has(Fault::DeliversWhilePending) => Room::Take,
            State::PendingU if self.holds_no_units() => Room::Hold,
            _ if !self.meter.is_spent(now) => Room::Take,
            _ if self.starved => Room::Refuse,
            _ => Room::Hold,
        }
    }

    /// True where units are reported and new ones have not come: there are none in the session's
    /// possession (RFC 8506 5.3). Where each message waits for its debit, taking one in gives
    /// nothing away.
    fn holds_no_units(&self) -> bool {
        !self.late && !self.ahead && self.policy.interim != Interim::EachAccepted
    }

    /// A message is held for want of units: asks for some, where no request is outstanding.
    pub(super) fn ask(&mut self, now: Time) {
        if self.state == State::Open {
            self.send_interim(now, Due::ALL);
        }
    }

    /// A message was accepted.
    pub(super) fn accepted(&mut self, now: Time, units: Amount) {
        if self.state == State::Free || self.free {
            return self.actions.push_back(Action::Deliver);
        }
        self.meter.take(units);
        // Service that is given while an answer is awaited is reported once credit control is back.
        if self.late || matches!(self.state, State::New | State::PendingI) {
            // What is debited upon delivery counts then.
            if self.policy.interim != Interim::OnDelivery || self.state != State::PendingU {
                self.meter.use_up(units);
            }
            return self.actions.push_back(Action::Deliver);
        }
        match self.policy.interim {
            Interim::EachAccepted => {
                self.meter.use_up(units);
                let waits = !self.has(Fault::DeliversWhilePending);
                if !waits {
                    self.actions.push_back(Action::Deliver);
                }
                self.debit(now, units, waits);
            }
            Interim::OnDelivery => self.actions.push_back(Action::Deliver),
            Interim::QuotaOnly | Interim::OnServerBye | Interim::Periodic(_) => {
                self.meter.use_up(units);
                self.actions.push_back(Action::Deliver);
                self.proceed(now);
            }
        }
    }

    /// The far end confirmed the delivery of a message.
    pub(super) fn delivered(&mut self, now: Time, units: Amount) {
        if self.policy.interim != Interim::OnDelivery || self.free || units.is_none() {
            return;
        }
        if matches!(self.state, State::Open | State::PendingU) {
            self.meter.use_up(units);
            self.debit(now, units, false);
        }
    }

    /// A message that was accepted could not be delivered. Under the reading that debits upon
    /// delivery it never was used, unless that was confirmed before. Otherwise it is taken back
    /// where `refunds` says so; what has been reported already is returned: it takes a refund of
    /// its own.
    pub(super) fn undelivered(
        &mut self,
        now: Time,
        units: Amount,
        confirmed: bool,
        refunds: bool,
    ) -> Amount {
        if self.policy.interim == Interim::OnDelivery && !confirmed {
            if self.has(Fault::FailedDeliveryCharged) {
                self.delivered(now, units);
            } else {
                self.meter.put_back(units);
            }
            return Amount::default();
        }
        if !refunds || self.state == State::Free || self.free {
            return Amount::default();
        }
        let taken_back = self.meter.unuse(units);
        units.minus(taken_back)
    }

    /// Counts units that nothing waits for: what the far end sends, where that counts, and what
    /// only a fault counts.
    pub(super) fn count(&mut self, now: Time, units: Amount) {
        self.meter.take(units);
        self.meter.use_up(units);
        if self.policy.interim == Interim::EachAccepted {
            self.debit(now, units, false);
        }
    }

    /// A Re-Auth-Request came. Its interim follows the answer, which is the caller's to send before
    /// [`CreditSession::resume`].
    pub(super) fn reauthorize(&mut self) -> ReAuth {
        match self.state {
            State::Open => {
                if !self.has(Fault::NoInterimAfterRaa) {
                    self.due.push_back(Due::ALL);
                }
                ReAuth::InterimFollows
            }
            State::PendingU if self.has(Fault::SecondInterimOnRar) => {
                self.due.push_front(Due::ALL);
                ReAuth::InterimFollows
            }
            State::PendingU => ReAuth::Outstanding,
            _ => ReAuth::Unexpected,
        }
    }

    /// Sends what became due while the caller had something to send first.
    pub(super) fn resume(&mut self, now: Time) {
        if self.state == State::PendingU && self.has(Fault::SecondInterimOnRar) {
            if let Some(due) = self.due.pop_front() {
                self.send_interim(now, due);
            }
            return;
        }
        self.proceed(now);
    }

    /// The server has sent its own BYE.
    pub(super) fn server_bye(&mut self, now: Time) {
        let literal = self.policy.interim == Interim::OnServerBye;
        let open = matches!(self.state, State::Open | State::PendingU);
        if (literal || self.has(Fault::InterimOnBye)) && open && self.stopping.is_none() {
            self.due.push_back(Due {
                at_bye: true,
                ..Due::ALL
            });
            self.proceed(now);
        }
    }

    /// The user's service has ended.
    pub(super) fn terminate(&mut self, now: Time, cause: Cause) {
        let ends = std::mem::take(&mut self.ends);
        if self.stopping.is_some() && !ends {
            return;
        }
        let cause = *self.stopping.get_or_insert(cause);
        match self.state {
            State::New | State::Free => self.close(),
            State::Open => self.proceed(now),
            State::PendingI if self.has(Fault::StopBeforeStartAnswer) => self.stop(now, cause),
            State::PendingU if self.has(Fault::SendsWhilePending) => self.stop(now, cause),
            State::PendingI | State::PendingU | State::PendingT | State::Idle => {}
        }
    }

    /// The user's service has ended, and nothing is said of it: what a faulty server does.
    pub(super) fn abandon(&mut self) {
        self.stopping = self.stopping.or(Some(Cause::Logout));
        self.close();
    }

    pub(super) fn timeout(&mut self, now: Time) {
        let passed = |at: &mut Option<Time>| at.take_if(|at| *at <= now).is_some();
        if passed(&mut self.tx_at) {
            self.tx_expired(now);
        }
        let open = |session: &CreditSession| {
            session.state == State::Open && session.stopping.is_none() && !session.free
        };
        if passed(&mut self.validity_at) && open(self) {
            self.send_interim(now, Due::ALL);
        }
        if passed(&mut self.period_at) {
            self.start_period(now);
            if open(self) {
                self.send_interim(now, Due::ALL);
            }
        }
        if passed(&mut self.quota_at) {
            self.watch_time(now);
            if open(self) {
                self.proceed(now);
            }
        }
        if passed(&mut self.wrong.again_at)
            && let Some(again) = self.wrong.last
        {
            self.repeat(now, again);
        }
    }

    /// Does what is due in Open: what was queued, or what spent quota asks for.
    fn proceed(&mut self, now: Time) {
        if self.state != State::Open || self.ends {
            return;
        }
        if let Some(cause) = self.stopping {
            return match self.due.iter().position(|due| due.at_bye) {
                Some(at) => {
                    let due = self.due.remove(at);
                    self.due.clear();
                    due.into_iter().for_each(|due| self.send_interim(now, due));
                }
                None => self.stop(now, cause),
            };
        }
        let watched = !self.free && !self.has(Fault::OverrunsQuota);
        let spent = watched && self.meter.is_spent(now);
        if spent && self.final_units {
            return self.final_units_are_spent(now);
        }
        if let Some(due) = self.due.pop_front() {
            return self.send_interim(now, due);
        }
        if spent && self.has(Fault::InterimLate) && !self.wrong.overdrawn {
            self.wrong.overdrawn = true;
            return;
        }
        // On delivery, the interim comes once the far end has confirmed what spent the quota.
        let by_quota = self.policy.interim != Interim::OnDelivery;
        let used = by_quota && !self.meter.unreported().is_none();
        let by_time = self.meter.is_time_spent(now);
        let low = watched && !self.final_units && self.meter.is_low(now) && !spent;
        if (spent || low) && !self.starved && (used || by_time || low) {
            self.wrong.overdrawn = false;
            self.ahead = low;
            self.send_interim(now, Due::ALL);
        }
    }

    fn final_units_are_spent(&mut self, now: Time) {
        self.wrong.out_of_credit = true;
        if self.has(Fault::InterimAfterFinalUnit) && !self.meter.unreported().is_none() {
            let waits = self.due.pop_front().is_some_and(|due| due.delivers);
            let delivers = Due {
                delivers: waits,
                ..Due::ALL
            };
            return self.send_interim(now, delivers);
        }
        // What was accepted is within the final units, and the stop pays for it.
        let paid = self.due.drain(..).filter(|due| due.delivers);
        self.actions.extend(paid.map(|_| Action::Deliver));
        if self.has(Fault::InterimForFinalStop) && self.wrong.final_in_start {
            self.actions.push_back(Action::End(Reason::Spent));
            self.stopping = Some(Cause::Administrative);
            self.wrong.ends_with_interim = true;
            return self.send_interim(now, Due::ALL);
        }
        self.end_service(now, Reason::Spent, Cause::Administrative);
    }

    /// The session is open, and the user's service ends: the stop follows what the caller does
    /// about that, with [`CreditSession::terminate`].
    fn end_service(&mut self, now: Time, reason: Reason, cause: Cause) {
        self.state = State::Open;
        self.validity_at = None;
        if let Some(cause) = self.stopping {
            return self.stop(now, cause);
        }
        self.due.clear();
        self.stopping = Some(cause);
        self.ends = true;
        self.actions.push_back(Action::End(reason));
    }

    fn admit(&mut self) {
        if !self.admitted {
            self.admitted = true;
            self.actions.push_back(Action::Admit);
        }
    }

    fn deliver(&mut self) {
        if std::mem::take(&mut self.delivers) {
            self.actions.push_back(Action::Deliver);
        }
    }

    /// Delivers what waits for an interim that will not be sent.
    fn deliver_all(&mut self) {
        let waiting = self.due.drain(..).filter(|due| due.delivers);
        self.actions.extend(waiting.map(|_| Action::Deliver));
    }

    fn start_period(&mut self, now: Time) {
        if let Interim::Periodic(period) = self.policy.interim {
            self.period_at = Some(now + period.max(std::time::Duration::from_millis(100)));
        }
    }

    fn watch_time(&mut self, now: Time) {
        self.quota_at = self.meter.next_timeout(now);
    }

    fn close(&mut self) {
        self.state = State::Idle;
        self.outstanding = None;
        self.due.clear();
        self.disarm();
        self.actions.push_back(Action::Closed);
    }

    fn disarm(&mut self) {
        self.tx_at = None;
        self.validity_at = None;
        self.period_at = None;
        self.quota_at = None;
        self.wrong.again_at = None;
    }

    fn has(&self, fault: Fault) -> bool {
        self.policy.faults.contains(&fault)
    }
}

#[cfg(test)]
mod tests;
