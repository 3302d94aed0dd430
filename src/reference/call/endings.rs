//! How a call ends: BYE on the legs that are left, and the stop, in the order of the reading.

use crate::io::Time;
use crate::msrp::status;
use crate::reference::charging::{Cause, Reason};
use crate::reference::net::{Net, Side};
use crate::reference::{Fault, Stop};

use super::{Call, EndedBy};

impl Call {
    /// Credit control ends the user's service.
    pub(super) fn credit_ended(&mut self, now: Time, net: &mut Net, reason: Reason) {
        if !matches!(reason, Reason::Spent) {
            self.accepted.clear();
        }
        self.client.refuse(now, net, refusal(reason));
        self.end(now, net, EndedBy::Server, Cause::Administrative);
    }

    /// Ends the session: BYE on the legs that are left, and the stop, in the order of the reading.
    pub(super) fn end(&mut self, now: Time, net: &mut Net, by: EndedBy, cause: Cause) {
        if self.ended_by.is_some() {
            return;
        }
        self.ended_by = Some(by);
        self.cause = cause;
        for taken in std::mem::take(&mut self.held) {
            self.to_client.answer(net, &taken, status::NO_SESSION);
        }
        // What was accepted is debited by the stop, and so is delivered.
        while let Some((taken, units)) = self.accepted.pop_front() {
            self.deliver(now, net, taken, units);
        }
        if by == EndedBy::Client {
            if !net.config.has(Fault::NoFarBye) {
                self.hang_up(now, net);
            } else if let Some(far) = &mut self.far {
                far.done = true;
            }
            let forgets = net.config.has(Fault::NoStopAfterClientBye) && self.client.is_answered();
            if forgets || self.forgets {
                return self.credit.abandon();
            }
            return self.credit.terminate(now, cause);
        }
        if net.config.has(Fault::StopBeforeBye) && !self.credit_closed {
            self.byes_wait = true;
            return self.credit.terminate(now, cause);
        }
        if net.config.stop == Stop::OnReceivingBye && by == EndedBy::FarEnd {
            self.byes_follow = true;
            return self.credit.terminate(now, cause);
        }
        self.hang_up(now, net);
        if self.client.has_sent_bye() {
            self.credit.server_bye(now);
        }
        self.stop_waits = net.config.stop == Stop::OnByeAnswer && self.client.has_sent_bye();
        if !self.stop_waits {
            self.credit.terminate(now, cause);
        }
    }

    pub(super) fn hang_up(&mut self, now: Time, net: &mut Net) {
        let leaks = self.ended_by == Some(EndedBy::FarEnd) && net.config.has(Fault::NoClientBye);
        if leaks && self.client.is_answered() {
            self.client.done = true;
        }
        self.client.hang_up(now, net, self.no);
        if let Some(far) = &mut self.far {
            far.hang_up(now, net, self.no);
        }
    }

    pub(super) fn bye_is_over(&mut self, now: Time, side: Side) {
        if let Some(leg) = self.leg_mut(side) {
            leg.done = true;
        }
        if side == Side::Client {
            self.client_has_gone(now);
        }
    }

    /// The client's leg is over, by our BYE or by its own: what waited for that goes on.
    pub(super) fn client_has_gone(&mut self, now: Time) {
        if std::mem::take(&mut self.stop_waits) {
            self.credit.terminate(now, self.cause);
        }
    }
}

/// The final response to an INVITE that credit control has refused.
fn refusal(reason: Reason) -> u16 {
    match reason {
        Reason::Refused(4012) | Reason::Spent => 402,
        Reason::Refused(4000..=4999 | 5003 | 5030 | 5031) => 403,
        Reason::NoAnswer => 504,
        Reason::Refused(_) | Reason::BadAnswer => 503,
    }
}
