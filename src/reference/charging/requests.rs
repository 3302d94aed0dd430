//! The requests of a session.

use crate::io::Time;
use crate::reference::Fault;

use super::{Action, Amount, Cause, CreditSession, Due, Kind, Request, State};

/// Seconds from 1900 to the Unix epoch: where a fault takes a point in time for a length of time.
const NTP_EPOCH: u64 = 2_208_988_800;

/// What a request reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Report {
    Nothing,
    Some(Amount),
    All,
}

impl CreditSession {
    /// Adds an interim for `units` to those due, and sends it where none is outstanding.
    pub(super) fn debit(&mut self, now: Time, units: Amount, delivers: bool) {
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

    pub(super) fn send_start(&mut self, now: Time) {
        self.send(now, Kind::Start, Report::Nothing, None);
    }

    pub(super) fn send_interim(&mut self, now: Time, due: Due) {
        if self.has(Fault::NoInterim) {
            return;
        }
        self.delivers |= due.delivers;
        let report = due.units.map_or(Report::All, Report::Some);
        self.send(now, Kind::Interim, report, None);
    }

    pub(super) fn stop(&mut self, now: Time, cause: Cause) {
        self.stopping = Some(cause);
        self.due.clear();
        if self.has(Fault::NoStop) {
            return self.close();
        }
        let report = match self.has(Fault::StopWithoutUsage) {
            true => Report::Nothing,
            false => Report::All,
        };
        self.send(now, Kind::Stop, report, Some(cause));
    }

    fn send(&mut self, now: Time, kind: Kind, report: Report, cause: Option<Cause>) {
        let amount = match report {
            Report::Nothing => None,
            Report::Some(amount) => Some(Some(amount)),
            Report::All => Some(None),
        };
        let unreported = self.meter.unreported();
        let used = amount.map(|amount| self.meter.report(now, amount));
        let covers = unreported.minus(self.meter.unreported());
        let used = used.map(|used| match self.has(Fault::CumulativeUsage) {
            true => self.meter.cumulated(),
            false => used,
        });
        let number = self.number(kind);
        self.next_number = number + 1;
        self.outstanding = Some(number);
        let patience = match self.has(Fault::GivesUpEarly) {
            true => self.policy.tx / 4,
            false => self.policy.tx,
        };
        self.tx_at = Some(now + patience);
        self.validity_at = None;
        self.state = match kind {
            Kind::Interim => State::PendingU,
            Kind::Stop => State::PendingT,
            // One-time events are none of a session's.
            Kind::Start | Kind::DirectDebit | Kind::Refund => State::PendingI,
        };
        self.stops_sent += u32::from(kind == Kind::Stop);
        let asks = match kind {
            Kind::Interim => !self.has(Fault::InterimWithoutUnits),
            Kind::Stop => self.has(Fault::StopRequestsUnits),
            _ => !self.has(Fault::StartWithoutUnits),
        };
        let mut request = Request {
            kind,
            number,
            used,
            covers,
            asks,
            cause,
        };
        self.miscount(now, &mut request);
        self.wrong.last = Some(request);
        self.actions.push_back(Action::Send(request));
    }

    /// CC-Request-Number: the next one, as RFC 8506 8.2 proposes.
    fn number(&self, kind: Kind) -> u32 {
        match kind {
            Kind::Interim if self.has(Fault::RepeatedRequestNumber) => {
                self.next_number.saturating_sub(1)
            }
            Kind::Stop if self.has(Fault::StopNumberedZero) => 0,
            _ => self.next_number,
        }
    }

    /// What faults make of the usage.
    fn miscount(&self, now: Time, request: &mut Request) {
        let Some(used) = &mut request.used else {
            return;
        };
        if self.has(Fault::UsageUnderflow) {
            let kind = self.policy.units;
            // A 32-bit counter that was lowered once too often.
            if used.get(kind) == Some(0) {
                used.set(kind, u64::from(u32::MAX));
            }
        }
        if self.has(Fault::AbsurdDuration) && self.wrong.out_of_credit && request.kind == Kind::Stop
        {
            used.seconds = Some(NTP_EPOCH + now.as_micros() / 1_000_000);
        }
        if self.has(Fault::UsageNotSplit) {
            // All that was used, as units of the one kind.
            let sum = used.iter().map(|(_, units)| units).sum();
            *used = super::Measures::of(self.policy.units, sum);
        }
    }
}
