//! The messages of a call: what is taken, held, delivered and reported.

use crate::io::{ConnId, Time};
use crate::msrp::{self, status};
use crate::reference::charging::{Cause, Room};
use crate::reference::media::{Endpoint, Fate, Got, Taken};
use crate::reference::net::{Net, Side};
use crate::reference::{Fault, Units};

use super::{Call, EndedBy};

/// Messages that may wait for units.
const MAX_HELD: usize = 64;

impl Call {
    /// An MSRP request came for one of the endpoints.
    pub(in crate::reference) fn msrp_request(
        &mut self,
        now: Time,
        net: &mut Net,
        side: Side,
        conn: ConnId,
        request: msrp::Message,
    ) {
        let answered = self.client.is_answered() && self.stands();
        let Some(endpoint) = self.endpoint_mut(side) else {
            return;
        };
        if request.is_report() {
            endpoint.heard(&request);
            return self.settle_fates(now, net);
        }
        if !answered {
            let to = request.to_path();
            if let Some(local) = to.first()
                && let Some(gone) = msrp::respond(&request, status::NO_SESSION, local)
            {
                let gone = gone.emit(&mut net.msrp_ids);
                net.send(conn, gone);
            }
            return;
        }
        let octets = request.body_len() as u64;
        let got = endpoint.take(net, conn, request);
        self.active_at = now;
        let one = match net.config.units {
            Units::Messages => 1,
            Units::Octets => octets,
        };
        let charges = |fault| side == Side::Client && net.config.has(fault);
        match got {
            Got::Refused(status::UNSUPPORTED_MEDIA_TYPE)
                if charges(Fault::RefusedMessageCharged) =>
            {
                self.credit.overcharge(now, one);
            }
            Got::Empty if charges(Fault::EmptySendCharged) => self.credit.overcharge(now, 1),
            Got::Chunk if charges(Fault::ChunksCharged) => self.credit.overcharge(now, one),
            Got::Whole(taken) if side == Side::Client => self.offer(now, net, *taken),
            // What the far end sends is not charged to the client.
            Got::Whole(taken) => {
                if let Some(to_far) = &self.to_far {
                    to_far.answer(net, &taken, status::OK);
                }
                self.to_client.relay(now, net, *taken, 0);
            }
            Got::Nothing | Got::Empty | Got::Chunk | Got::Refused(_) => {}
        }
    }

    /// An MSRP response came on a connection of one of the endpoints; true where it is its.
    pub(in crate::reference) fn msrp_response(
        &mut self,
        now: Time,
        net: &mut Net,
        side: Side,
        response: &msrp::Message,
    ) -> bool {
        let heard = self
            .endpoint_mut(side)
            .is_some_and(|endpoint| endpoint.heard(response));
        if heard {
            self.settle_fates(now, net);
        }
        heard
    }

    /// An MSRP connection is gone. The client may come again; the way to the far end is lost.
    pub(in crate::reference) fn msrp_closed(
        &mut self,
        now: Time,
        net: &mut Net,
        side: Side,
        conn: ConnId,
    ) {
        let lost = self
            .endpoint_mut(side)
            .is_some_and(|endpoint| endpoint.lost(conn));
        let ours = conn.0 < ConnId::FIRST_ACCEPTED;
        if lost && (side == Side::Far || ours) {
            self.end(now, net, EndedBy::Server, Cause::LinkBroken);
        }
    }

    /// A whole message of the client's: takes it, holds it or refuses it.
    fn offer(&mut self, now: Time, net: &mut Net, taken: Taken) {
        let room = if self.held.is_empty() {
            self.credit.room()
        } else {
            Room::Hold
        };
        match room {
            Room::Take => self.take(now, net, taken),
            Room::Hold if self.held.len() < MAX_HELD => {
                self.held.push_back(taken);
                self.credit.ask(now);
            }
            Room::Hold => self.to_client.answer(net, &taken, status::STOP_SENDING),
            Room::Refuse => self.to_client.answer(net, &taken, status::FORBIDDEN),
        }
    }

    fn take(&mut self, now: Time, net: &mut Net, taken: Taken) {
        if !net.config.has(Fault::NoSendAnswer) {
            self.to_client.answer(net, &taken, status::OK);
        }
        let units = match net.config.units {
            Units::Messages => 1,
            Units::Octets => taken.body.len() as u64,
        };
        self.accepted.push_back((taken, units));
        self.credit.accepted(now, units);
    }

    /// Looks again at the messages held.
    pub(super) fn resume(&mut self, now: Time, net: &mut Net) {
        while let Some(taken) = self.held.pop_front() {
            match self.credit.room() {
                Room::Take => self.take(now, net, taken),
                Room::Refuse => self.to_client.answer(net, &taken, status::FORBIDDEN),
                Room::Hold => {
                    self.held.push_front(taken);
                    return self.credit.ask(now);
                }
            }
        }
    }

    pub(super) fn deliver(&mut self, now: Time, net: &mut Net, taken: Taken, units: u64) {
        match &mut self.to_far {
            Some(_) if net.config.has(Fault::NoForward) => {}
            Some(to_far) => to_far.relay(now, net, taken, units),
            None => {
                let length = taken.body.len() as u64;
                self.to_client.report(net, &taken.send, status::OK, length);
                self.credit.delivered(now, units);
            }
        }
    }

    pub(super) fn settle_fates(&mut self, now: Time, net: &mut Net) {
        for fate in self
            .to_far
            .as_mut()
            .map(Endpoint::fates)
            .unwrap_or_default()
        {
            match fate {
                Fate::Confirmed(units) => self.credit.delivered(now, units),
                Fate::Report(send, code, length) => self.to_client.report(net, &send, code, length),
            }
        }
        for fate in self.to_client.fates() {
            if let (Fate::Report(send, code, length), Some(to_far)) = (fate, &self.to_far) {
                to_far.report(net, &send, code, length);
            }
        }
    }
}
