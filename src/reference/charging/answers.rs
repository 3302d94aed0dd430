//! What answers, and their absence, make of a session.

use std::time::Duration;

use crate::io::Time;
use crate::reference::{FailureHandling, Fault};

use super::{
    Action, Answer, Cause, CreditSession, Due, Grant, Kind, Measures, Reason, Request, State,
};

/// Interims that a fault sends one after the other for no reason.
const FLOOD: u32 = 10;
/// How long a fault that repeats a request waits before it does.
const AGAIN: Duration = Duration::from_millis(200);

impl CreditSession {
    /// An answer to the request with this CC-Request-Number. Others are none of ours: ignored.
    pub(in crate::reference) fn answer(&mut self, now: Time, number: u32, answer: &Answer) {
        if self.outstanding != Some(number) {
            if !self.has(Fault::TakesDuplicateAnswer) {
                return;
            }
            if self.outstanding.is_none() && self.state != State::Open {
                return;
            }
        }
        self.outstanding = None;
        self.tx_at = None;
        self.late = false;
        self.ahead = false;
        if self.wrong.ends_with_interim {
            return self.close();
        }
        if self.state == State::PendingT {
            return self.stop_answered(now, answer);
        }
        if let Some(said) = answer.failure_handling
            && !self.has(Fault::IgnoresFailureHandling)
            && !(self.wrong.told && self.has(Fault::KeepsFirstHandling))
        {
            self.failure_handling = said;
            self.wrong.told = true;
        }
        match answer.result {
            2000..=2999 => self.succeeded(now, answer),
            4011 if self.has(Fault::ChargesUncontrolled) => self.granted(now, answer),
            4011 => self.go_free(),
            4012 if self.has(Fault::IgnoresCreditLimit) => self.granted(now, answer),
            4000..=4999 if self.has(Fault::IgnoresRefusal) => self.granted(now, answer),
            code @ 4000..=4999 => self.denied(now, code),
            5030 if self.state == State::PendingI => self.denied(now, 5030),
            5031 if self.has(Fault::RepeatsRatingFailed) => self.wrong.again_at = Some(now + AGAIN),
            code => self.failed(now, Reason::Refused(code)),
        }
    }

    /// The outstanding request cannot be sent to anybody.
    pub(in crate::reference) fn send_failed(&mut self, now: Time) {
        if self.outstanding.take().is_none() {
            return;
        }
        self.tx_at = None;
        match self.state {
            State::PendingT => self.stop_failed(now),
            _ => self.failed(now, Reason::NoAnswer),
        }
    }

    pub(super) fn tx_expired(&mut self, now: Time) {
        match (self.state, self.failure_handling) {
            (State::PendingT, _) => {
                self.outstanding = None;
                self.stop_failed(now);
            }
            (State::PendingI | State::PendingU, FailureHandling::Terminate)
                if !self.has(Fault::ContinuesOnFailure) =>
            {
                self.outstanding = None;
                self.give_up(now, Reason::NoAnswer);
            }
            (State::PendingI | State::PendingU, _) if self.has(Fault::GivesUpAtTx) => {
                self.outstanding = None;
                self.end(Reason::NoAnswer);
            }
            (State::PendingI | State::PendingU, _) if self.has(Fault::IgnoresLateAnswers) => {
                self.outstanding = None;
                self.go_free();
            }
            (State::PendingI | State::PendingU, _) if !self.late => {
                self.late = true;
                self.tx_at = Some(now + self.policy.late_answer);
                self.meter.grant(Measures::default(), Measures::default());
                self.quota_at = None;
                self.admit();
                self.deliver();
                self.actions.push_back(Action::Resume);
            }
            _ => self.send_failed(now),
        }
    }

    /// The command succeeded; the one service of the session may still be refused.
    fn succeeded(&mut self, now: Time, answer: &Answer) {
        let first = self.state == State::PendingI;
        let code = match answer.of_service {
            None | Some(2000..=2999) => return self.granted(now, answer),
            Some(_) if self.has(Fault::IgnoresRefusal) || self.has(Fault::IgnoresServiceResult) => {
                return self.granted(now, answer);
            }
            Some(code) => code,
        };
        self.state = State::Open;
        let continues = code / 1000 == 5 && self.failure_handling == FailureHandling::Continue;
        if code == 4011 || continues {
            self.free = true;
            self.admit();
            self.deliver();
            self.deliver_all();
            self.actions.push_back(Action::Resume);
            return self.proceed(now);
        }
        let cause = if first {
            Cause::ServiceNotProvided
        } else {
            Cause::Administrative
        };
        self.wrong.out_of_credit = true;
        self.end_service(now, Reason::Refused(code), cause);
    }

    /// A successful answer to a start or an interim.
    fn granted(&mut self, now: Time, answer: &Answer) {
        let first = self.state == State::PendingI;
        self.state = State::Open;
        let ignored =
            self.has(Fault::IgnoresFinalUnit) || (first && self.has(Fault::IgnoresFirstFinalUnit));
        self.final_units = answer.final_unit && !ignored;
        self.wrong.final_in_start |= first && answer.final_unit;
        self.starved = false;
        match answer.grant {
            Grant::Incorrect => {
                return self.end_service(now, Reason::BadAnswer, Cause::BadAnswer);
            }
            Grant::Unlimited if self.final_units => self.meter.grant_nothing(),
            Grant::Unlimited => self.meter.grant(Measures::default(), answer.threshold),
            Grant::Units(units) if self.has(Fault::GrantsAddUp) => self.meter.grant_more(units),
            Grant::Units(units) => {
                self.meter.grant(units, answer.threshold);
                self.starved = units.iter().any(|(_, units)| units == 0);
            }
        }
        self.watch_time(now);
        // A Validity-Time of zero would have us ask without end.
        let validity = answer
            .validity
            .map(|time| time.max(Duration::from_secs(1)))
            .map(|time| match self.has(Fault::ValidityInMilliseconds) {
                true => time / 1000,
                false => time,
            })
            .filter(|_| !self.has(Fault::IgnoresValidityTime));
        self.validity_at = validity.map(|time| now + time);
        if first {
            self.start_period(now);
            if self.has(Fault::SecondStart) && self.next_number == 1 {
                return self.send_start(now);
            }
        }
        if self.stopping.is_none() {
            // Final units of none are no credit to begin a service with (RFC 8506 5.6).
            if !(self.final_units && self.meter.is_spent(now)) {
                self.admit();
            }
            self.deliver();
            if self.has(Fault::InterimFlood) && self.wrong.flood < FLOOD {
                self.wrong.flood += 1;
                return self.send_interim(now, Due::ALL);
            }
        }
        self.proceed(now);
        self.actions.push_back(Action::Resume);
    }

    fn stop_answered(&mut self, now: Time, answer: &Answer) {
        if answer.result / 1000 != 2 {
            return self.stop_failed(now);
        }
        if self.has(Fault::DoubleStop) && self.stops_sent == 1 {
            return self.stop(now, self.stopping.unwrap_or(Cause::Logout));
        }
        if self.has(Fault::RequestAfterStop) {
            self.send_interim(now, Due::ALL);
        }
        self.close();
    }

    /// The stop has failed, or has no answer: PendingT to Idle all the same (RFC 8506 7 table 4).
    fn stop_failed(&mut self, now: Time) {
        if self.has(Fault::RepeatsStopForever) {
            self.wrong.again_at = Some(now + AGAIN);
            return;
        }
        self.close();
    }

    /// The enabler denies the service, and its session with it: there is nothing to stop.
    fn denied(&mut self, now: Time, code: u32) {
        self.wrong.out_of_credit = true;
        if self.has(Fault::StopAfterDenial) && self.stopping.is_none() {
            return self.end_service(now, Reason::Refused(code), Cause::Administrative);
        }
        self.end(Reason::Refused(code));
    }

    /// A failure that failure handling decides on.
    fn failed(&mut self, now: Time, reason: Reason) {
        match self.failure_handling {
            _ if self.has(Fault::ContinuesOnFailure) => self.go_free(),
            FailureHandling::Continue => self.go_free(),
            FailureHandling::Terminate | FailureHandling::RetryAndTerminate => {
                self.give_up(now, reason);
            }
        }
    }

    /// Credit control has failed, and the user's service with it: there is nothing to stop.
    fn give_up(&mut self, now: Time, reason: Reason) {
        if self.has(Fault::StopAfterFailure) && self.stopping.is_none() {
            return self.end_service(now, reason, Cause::Administrative);
        }
        self.end(reason);
    }

    /// Idle, and the service goes on without credit control.
    fn go_free(&mut self) {
        if self.stopping.is_some() {
            return self.close();
        }
        self.state = State::Free;
        self.disarm();
        self.admit();
        self.deliver();
        self.deliver_all();
        self.actions.push_back(Action::Resume);
    }

    /// Idle, and the user's service ends.
    fn end(&mut self, reason: Reason) {
        if self.stopping.is_none() {
            self.actions.push_back(Action::End(reason));
        }
        self.close();
    }

    /// A fault sends a request once more that was answered, or was not.
    pub(super) fn repeat(&mut self, now: Time, request: Request) {
        if request.kind == Kind::Stop || self.stopping.is_none() {
            self.outstanding = Some(request.number);
            self.tx_at = Some(now + self.policy.tx);
            return self.actions.push_back(Action::Send(request));
        }
        self.close();
    }

    /// A request was sent again over another connection.
    pub(in crate::reference) fn sent_again(&mut self) {
        if self.has(Fault::ResendCountsTwice)
            && let Some(used) = self.wrong.last.and_then(|request| request.used)
        {
            self.meter.report_again(used);
        }
    }
}
