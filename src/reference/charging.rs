//! The credit-control client of one session: RFC 8506 section 7, tables 3 and 4, as a pure type.
//!
//! What the tables leave open is read as follows. A transient failure other than
//! DIAMETER_CREDIT_CONTROL_NOT_APPLICABLE (4012 and its like stand in no row) ends the user's
//! service as DIAMETER_END_USER_SERVICE_DENIED does. A request whose answer is awaited beyond Tx,
//! because failure handling grants the service meanwhile, counts as "failure to send" after
//! [`LATE_ANSWER`]. A Final-Unit-Action other than TERMINATE is not supported and taken as it.

mod terms;

use std::collections::VecDeque;
use std::time::Duration;

use crate::io::Time;

use super::{FailureHandling, Fault, Interim};

pub(super) use terms::{
    Action, Answer, Cause, Grant, Kind, Policy, ReAuth, Reason, Request, Room, State,
};

/// How long an answer is awaited after Tx has expired (RFC 8506 5.7 gives 120 seconds as example).
pub(super) const LATE_ANSWER: Duration = Duration::from_secs(120);

/// Interims that may wait behind the one that is outstanding.
const MAX_QUEUE: usize = 256;

/// An interim that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Due {
    /// Units to report; `None`: all that are unreported once it is sent.
    units: Option<u64>,
    /// It pays for a message that waits to be delivered.
    delivers: bool,
    /// It is sent even though the session ends.
    at_bye: bool,
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
    due: VecDeque<Due>,
    stopping: Option<Cause>,
    stops_sent: u32,
    admitted: bool,
    remaining: Option<u64>,
    starved: bool,
    final_units: bool,
    unreported: u64,
    total: u64,
    late: bool,
    tx_at: Option<Time>,
    validity_at: Option<Time>,
    period_at: Option<Time>,
    actions: VecDeque<Action>,
}

impl CreditSession {
    pub(super) fn new(policy: Policy) -> CreditSession {
        CreditSession {
            state: State::New,
            failure_handling: policy.failure_handling,
            policy,
            next_number: 0,
            outstanding: None,
            delivers: false,
            due: VecDeque::new(),
            stopping: None,
            stops_sent: 0,
            admitted: false,
            remaining: None,
            starved: false,
            final_units: false,
            unreported: 0,
            total: 0,
            late: false,
            tx_at: None,
            validity_at: None,
            period_at: None,
            actions: VecDeque::new(),
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
        [self.tx_at, self.validity_at, self.period_at]
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
        self.send(now, Kind::Start, None, None);
        if self.has(Fault::ServiceBeforeStart) {
            self.admit();
        }
    }

    /// Whether another message may be taken now.
    pub(super) fn room(&self) -> Room {
        let unwatched = self.has(Fault::OverrunsQuota) || self.has(Fault::NoInterim);
        match (self.state, self.remaining) {
            (State::Idle | State::PendingT, _) => Room::Refuse,
            _ if self.stopping.is_some() => Room::Refuse,
            _ if self.due.len() >= MAX_QUEUE => Room::Hold,
            (State::New | State::PendingI, _) => {
                if self.admitted {
                    Room::Take
                } else {
                    Room::Hold
                }
            }
            (State::Free, _) | (_, None) => Room::Take,
            _ if unwatched => Room::Take,
            (_, Some(0)) if self.starved => Room::Refuse,
            (_, Some(0)) => Room::Hold,
            (_, Some(_)) => Room::Take,
        }
    }

    /// A message is held for want of units: asks for some, where no request is outstanding.
    pub(super) fn ask(&mut self, now: Time) {
        if self.state == State::Open {
            self.send_interim(
                now,
                Due {
                    units: None,
                    delivers: false,
                    at_bye: false,
                },
            );
        }
    }

    /// A message was accepted.
    pub(super) fn accepted(&mut self, now: Time, units: u64) {
        if self.state == State::Free {
            return self.actions.push_back(Action::Deliver);
        }
        // Service that is given while an answer is awaited is reported once credit control is back.
        if self.late || self.state == State::PendingI {
            self.spend(units);
            return self.actions.push_back(Action::Deliver);
        }
        match self.policy.interim {
            Interim::EachAccepted => {
                self.spend(units);
                self.debit(now, units, true);
            }
            Interim::OnDelivery => {
                self.remaining = self.remaining.map(|left| left.saturating_sub(units));
                self.actions.push_back(Action::Deliver);
            }
            Interim::QuotaOnly | Interim::OnServerBye | Interim::Periodic(_) => {
                self.spend(units);
                self.actions.push_back(Action::Deliver);
                self.proceed(now);
            }
        }
    }

    /// The far end confirmed the delivery of a message.
    pub(super) fn delivered(&mut self, now: Time, units: u64) {
        let open = matches!(self.state, State::Open | State::PendingU);
        if self.policy.interim == Interim::OnDelivery && open {
            self.unreported += units;
            self.total += units;
            self.debit(now, units, false);
        }
    }

    /// Counts units for a message that was never accepted: what a faulty server does.
    pub(super) fn overcharge(&mut self, now: Time, units: u64) {
        self.spend(units);
        if self.policy.interim == Interim::EachAccepted {
            self.debit(now, units, false);
        }
    }

    /// A Re-Auth-Request came. Its interim follows the answer, which is the caller's to send before
    /// [`CreditSession::resume`].
    pub(super) fn reauthorize(&mut self) -> ReAuth {
        match self.state {
            State::Open => {
                self.due.push_back(Due {
                    units: None,
                    delivers: false,
                    at_bye: false,
                });
                ReAuth::InterimFollows
            }
            State::PendingU => ReAuth::Outstanding,
            _ => ReAuth::Unexpected,
        }
    }

    /// Sends what became due while the caller had something to send first.
    pub(super) fn resume(&mut self, now: Time) {
        self.proceed(now);
    }

    /// The server has sent its own BYE.
    pub(super) fn server_bye(&mut self, now: Time) {
        let literal = self.policy.interim == Interim::OnServerBye;
        let open = matches!(self.state, State::Open | State::PendingU);
        if (literal || self.has(Fault::InterimOnBye)) && open && self.stopping.is_none() {
            self.due.push_back(Due {
                units: None,
                delivers: false,
                at_bye: true,
            });
            self.proceed(now);
        }
    }

    /// The user's service has ended.
    pub(super) fn terminate(&mut self, now: Time, cause: Cause) {
        if self.stopping.is_some() {
            return;
        }
        self.stopping = Some(cause);
        match self.state {
            State::New | State::Free => self.close(),
            State::Open => self.proceed(now),
            State::PendingU if self.has(Fault::SendsWhilePending) => self.stop(now, cause),
            State::PendingI | State::PendingU | State::PendingT | State::Idle => {}
        }
    }

    /// An answer to the request with this CC-Request-Number. Others are none of ours: ignored.
    pub(super) fn answer(&mut self, now: Time, number: u32, answer: &Answer) {
        if self.outstanding != Some(number) {
            return;
        }
        self.outstanding = None;
        self.tx_at = None;
        self.late = false;
        if self.state == State::PendingT {
            return self.stopped(now);
        }
        if let Some(said) = answer.failure_handling {
            self.failure_handling = said;
        }
        match answer.result {
            2000..=2999 => self.granted(now, answer),
            4011 => self.go_free(),
            4000..=4999 if self.has(Fault::IgnoresRefusal) => self.granted(now, answer),
            code @ 4000..=4999 => self.end(Reason::Refused(code)),
            5030 if self.state == State::PendingI => self.end(Reason::Refused(5030)),
            code => self.failed(Reason::Refused(code)),
        }
    }

    /// The outstanding request cannot be sent to anybody.
    pub(super) fn send_failed(&mut self, now: Time) {
        if self.outstanding.take().is_none() {
            return;
        }
        self.tx_at = None;
        match self.state {
            State::PendingT => self.stopped(now),
            _ => self.failed(Reason::NoAnswer),
        }
    }

    pub(super) fn timeout(&mut self, now: Time) {
        let passed = |at: Option<Time>| at.is_some_and(|at| at <= now);
        if passed(self.tx_at) {
            self.tx_at = None;
            self.tx_expired(now);
        }
        if passed(self.validity_at) {
            self.validity_at = None;
            if self.state == State::Open && self.stopping.is_none() {
                self.send_interim(
                    now,
                    Due {
                        units: None,
                        delivers: false,
                        at_bye: false,
                    },
                );
            }
        }
        if passed(self.period_at) {
            self.start_period(now);
            if self.state == State::Open && self.stopping.is_none() {
                self.send_interim(
                    now,
                    Due {
                        units: None,
                        delivers: false,
                        at_bye: false,
                    },
                );
            }
        }
    }

    fn tx_expired(&mut self, now: Time) {
        match (self.state, self.failure_handling) {
            (State::PendingT, _) => {
                self.outstanding = None;
                self.stopped(now);
            }
            (State::PendingI | State::PendingU, FailureHandling::Terminate) => {
                self.outstanding = None;
                self.end(Reason::NoAnswer);
            }
            (State::PendingI | State::PendingU, _) if !self.late => {
                self.late = true;
                self.tx_at = Some(now + LATE_ANSWER);
                self.remaining = None;
                self.admit();
                self.deliver();
                self.actions.push_back(Action::Resume);
            }
            _ => self.send_failed(now),
        }
    }

    /// A successful answer to a start or an interim.
    fn granted(&mut self, now: Time, answer: &Answer) {
        let first = self.state == State::PendingI;
        self.state = State::Open;
        self.final_units = answer.final_unit;
        match answer.grant {
            Grant::UnknownKind => {
                self.actions.push_back(Action::End(Reason::BadAnswer));
                return self.stop(now, Cause::BadAnswer);
            }
            Grant::Unlimited => {
                self.remaining = if answer.final_unit { Some(0) } else { None };
                self.starved = false;
            }
            Grant::Units(units) => {
                // New units apply from where the measurement of the reported ones stopped.
                self.remaining = Some(units.saturating_sub(self.unreported));
                self.starved = units == 0;
            }
        }
        // A Validity-Time of zero would have us ask without end.
        let validity = answer.validity.map(|time| time.max(Duration::from_secs(1)));
        self.validity_at = validity.map(|time| now + time);
        if first {
            self.start_period(now);
        }
        if self.stopping.is_none() {
            // Final units of none are no credit to begin a service with (RFC 8506 5.6).
            if !(self.final_units && self.remaining == Some(0)) {
                self.admit();
            }
            self.deliver();
        }
        self.proceed(now);
        self.actions.push_back(Action::Resume);
    }

    /// Does what is due in Open: what was queued, or what spent quota asks for.
    fn proceed(&mut self, now: Time) {
        if self.state != State::Open {
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
        let spent = self.remaining == Some(0) && !self.has(Fault::OverrunsQuota);
        if spent && self.final_units {
            // What was accepted is within the final units, and the stop pays for it.
            let paid = self.due.drain(..).filter(|due| due.delivers);
            self.actions.extend(paid.map(|_| Action::Deliver));
            self.actions.push_back(Action::End(Reason::Spent));
            return self.stop(now, Cause::Administrative);
        }
        if let Some(due) = self.due.pop_front() {
            return self.send_interim(now, due);
        }
        // On delivery, the interim comes once the far end has confirmed what spent the quota.
        let by_quota = !matches!(self.policy.interim, Interim::OnDelivery);
        if spent && by_quota && !self.starved && self.unreported > 0 {
            self.send_interim(
                now,
                Due {
                    units: None,
                    delivers: false,
                    at_bye: false,
                },
            );
        }
    }

    /// Adds an interim for `units` to those due, and sends it where none is outstanding.
    fn debit(&mut self, now: Time, units: u64, delivers: bool) {
        if self.has(Fault::NoInterim) {
            if delivers {
                self.actions.push_back(Action::Deliver);
            }
            return;
        }
        self.due.push_back(Due {
            units: Some(units),
            delivers,
            at_bye: false,
        });
        self.proceed(now);
    }

    fn send_interim(&mut self, now: Time, due: Due) {
        if self.has(Fault::NoInterim) {
            return;
        }
        let used = due.units.unwrap_or(self.unreported).min(self.unreported);
        self.delivers = due.delivers;
        self.send(now, Kind::Interim, Some(used), None);
    }

    fn stop(&mut self, now: Time, cause: Cause) {
        self.stopping = Some(cause);
        self.due.clear();
        if self.has(Fault::NoStop) {
            return self.close();
        }
        let used = (!self.has(Fault::StopWithoutUsage)).then_some(self.unreported);
        self.send(now, Kind::Stop, used, Some(cause));
    }

    fn send(&mut self, now: Time, kind: Kind, used: Option<u64>, cause: Option<Cause>) {
        let reported = used.map(|units| {
            self.unreported -= units;
            if self.has(Fault::CumulativeUsage) {
                self.total - self.unreported
            } else {
                units
            }
        });
        let repeats = kind == Kind::Interim && self.has(Fault::RepeatedRequestNumber);
        let number = self.next_number.saturating_sub(u32::from(repeats));
        self.next_number = number + 1;
        self.outstanding = Some(number);
        self.tx_at = Some(now + self.policy.tx);
        self.validity_at = None;
        self.state = match kind {
            Kind::Start => State::PendingI,
            Kind::Interim => State::PendingU,
            Kind::Stop => State::PendingT,
        };
        self.stops_sent += u32::from(kind == Kind::Stop);
        let asks = kind != Kind::Stop || self.has(Fault::StopRequestsUnits);
        let request = Request {
            kind,
            number,
            used: reported,
            asks,
            cause,
        };
        self.actions.push_back(Action::Send(request));
    }

    /// The stop is answered, or given up: PendingT to Idle, whatever came.
    fn stopped(&mut self, now: Time) {
        if self.has(Fault::DoubleStop) && self.stops_sent == 1 {
            return self.send(now, Kind::Stop, Some(0), self.stopping);
        }
        if self.has(Fault::RequestAfterStop) {
            self.send(now, Kind::Interim, Some(0), None);
        }
        self.close();
    }

    /// A failure that failure handling decides on.
    fn failed(&mut self, reason: Reason) {
        match self.failure_handling {
            FailureHandling::Continue => self.go_free(),
            FailureHandling::Terminate | FailureHandling::RetryAndTerminate => self.end(reason),
        }
    }

    /// Idle, and the service goes on without credit control.
    fn go_free(&mut self) {
        if self.stopping.is_some() {
            return self.close();
        }
        self.state = State::Free;
        self.remaining = None;
        self.disarm();
        self.admit();
        self.deliver();
        let waiting = self.due.drain(..).filter(|due| due.delivers);
        self.actions.extend(waiting.map(|_| Action::Deliver));
        self.actions.push_back(Action::Resume);
    }

    /// Idle, and the user's service ends.
    fn end(&mut self, reason: Reason) {
        if self.stopping.is_none() {
            self.actions.push_back(Action::End(reason));
        }
        self.close();
    }

    fn close(&mut self) {
        self.state = State::Idle;
        self.outstanding = None;
        self.due.clear();
        self.disarm();
        self.actions.push_back(Action::Closed);
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

    fn spend(&mut self, units: u64) {
        self.unreported += units;
        self.total += units;
        self.remaining = self.remaining.map(|left| left.saturating_sub(units));
    }

    fn start_period(&mut self, now: Time) {
        if let Interim::Periodic(period) = self.policy.interim {
            self.period_at = Some(now + period.max(Duration::from_millis(100)));
        }
    }

    fn disarm(&mut self) {
        self.tx_at = None;
        self.validity_at = None;
        self.period_at = None;
    }

    fn has(&self, fault: Fault) -> bool {
        self.policy.faults.contains(&fault)
    }
}

#[cfg(test)]
mod tests;
