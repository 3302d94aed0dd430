//! The messages of a call: what is taken, held, delivered and reported.

use crate::io::{ConnId, Time};
use crate::msrp::{self, status};
use crate::reference::charging::{Amount, Cause, Room};
use crate::reference::media::{Endpoint, Fate, Got, Taken};
use crate::reference::net::{Net, Side};
use crate::reference::{Fault, Refund};

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
        let stands = self.stands() || net.config.has(Fault::ServesAfterBye);
        let answered = self.client.is_answered() && stands;
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
        let one = Amount::message(octets);
        let charges = |fault| side == Side::Client && net.config.has(fault);
        match got {
            Got::Refused(status::UNSUPPORTED_MEDIA_TYPE)
                if charges(Fault::RefusedMessageCharged) =>
            {
                self.credit.count(now, one);
            }
            Got::Refused(status::BAD_REQUEST) if charges(Fault::MalformedCharged) => {
                self.credit.count(now, one);
            }
            Got::Empty if charges(Fault::EmptySendCharged) => self.credit.count(now, one),
            Got::Chunk if charges(Fault::ChunksCharged) => self.credit.count(now, one),
            Got::Aborted if charges(Fault::AbortedCharged) => self.credit.count(now, one),
            Got::Whole(taken) if side == Side::Client => self.offer(now, net, *taken),
            Got::Whole(taken) => self.relay_to_client(now, net, *taken),
            Got::Nothing | Got::Empty | Got::Chunk | Got::Aborted | Got::Refused(_) => {}
        }
    }

    /// A whole message of the far end's: passes it on. It is the far end's to pay for, unless the
    /// configuration counts it as well.
    fn relay_to_client(&mut self, now: Time, net: &mut Net, taken: Taken) {
        if let Some(to_far) = &self.to_far {
            to_far.answer(net, &taken, status::OK);
        }
        let counts = net.config.counts_incoming || net.config.has(Fault::IncomingCharged);
        if counts && !is_free(net, &taken) {
            let units = Amount::message(taken.body.len() as u64);
            self.credit.count(now, units);
        }
        self.to_client.relay(now, net, taken, Amount::default());
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
        if lost && side == Side::Client {
            self.media_lost_at = Some(now);
            if net.config.has(Fault::StopOnLostConnection) {
                self.credit.terminate(now, Cause::LinkBroken);
            }
        }
        if lost && (side == Side::Far || ours) {
            self.end(now, net, EndedBy::Server, Cause::LinkBroken);
        }
    }

    /// A whole message of the client's: takes it, holds it or refuses it.
    fn offer(&mut self, now: Time, net: &mut Net, taken: Taken) {
        if is_free(net, &taken) && !net.config.has(Fault::ComposingCharged) {
            self.acknowledge(net, &taken);
            return self.deliver(now, net, taken, Amount::default());
        }
        if !self.stands() {
            // Only a fault lets a message come this far.
            self.acknowledge(net, &taken);
            return self.deliver(now, net, taken, Amount::default());
        }
        let room = if self.held.is_empty() {
            self.credit.room(now)
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
        self.acknowledge(net, &taken);
        self.taken += 1;
        let lost = net.config.has(Fault::LosesMessages) && self.taken.is_multiple_of(3);
        let quiet = taken.send.failure_report() == msrp::FailureReport::No;
        if lost || (quiet && net.config.has(Fault::QuietMessageFree)) {
            return self.deliver(now, net, taken, Amount::default());
        }
        let mut units = Amount::message(taken.body.len() as u64);
        units.octets += u64::from(net.config.has(Fault::OctetsOffByOne));
        if self.charges_another {
            self.misplaced = self.misplaced.plus(units);
            return self.deliver(now, net, taken, Amount::default());
        }
        self.accepted.push_back((taken, units));
        self.credit.accepted(now, units);
    }

    fn acknowledge(&self, net: &mut Net, taken: &Taken) {
        if !net.config.has(Fault::NoSendAnswer) {
            self.to_client.answer(net, taken, status::OK);
        }
    }

    /// Looks again at the messages held.
    pub(super) fn resume(&mut self, now: Time, net: &mut Net) {
        while let Some(taken) = self.held.pop_front() {
            match self.credit.room(now) {
                Room::Take => self.take(now, net, taken),
                Room::Refuse => self.to_client.answer(net, &taken, status::FORBIDDEN),
                Room::Hold => {
                    self.held.push_front(taken);
                    return self.credit.ask(now);
                }
            }
        }
    }

    pub(super) fn deliver(&mut self, now: Time, net: &mut Net, taken: Taken, units: Amount) {
        match &mut self.to_far {
            Some(_) if net.config.has(Fault::NoForward) => {}
            Some(to_far) => {
                if net.config.has(Fault::ForwardsTwice) {
                    to_far.relay(now, net, taken.clone(), Amount::default());
                }
                to_far.relay(now, net, taken, units);
            }
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
                Fate::Failed { units, confirmed } => {
                    let refunds = net.config.refund != Refund::Never;
                    let reported = self.credit.undelivered(now, units, confirmed, refunds);
                    if net.config.refund == Refund::Always && !reported.is_none() {
                        net.refunds.push_back((self.charged.clone(), reported));
                    }
                }
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

/// True for a message that does not count: a notice, alone or inside CPIM.
fn is_free(net: &Net, taken: &Taken) -> bool {
    let content_type = taken.send.content_type().unwrap_or_default();
    let outer = base_type(&content_type);
    let inner = outer
        .eq_ignore_ascii_case("message/cpim")
        .then(|| wrapped_type(&taken.body))
        .flatten();
    net.config.is_free(inner.as_deref().unwrap_or(outer))
}

/// A media type without its parameters.
fn base_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// The media type of what a CPIM message holds: the Content-Type of its second block of headers
/// (RFC 3862 2).
fn wrapped_type(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let mut lines = text.lines().skip_while(|line| !line.is_empty()).skip(1);
    let mut inner = lines.by_ref().take_while(|line| !line.is_empty());
    inner.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let named = name.trim().eq_ignore_ascii_case("Content-Type");
        named.then(|| base_type(value).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_wrapped_message_is_that_of_its_content() {
        let cpim = b"From: <im:a@b>\r\nTo: <im:c@d>\r\n\r\n\
            content-type: application/im-iscomposing+xml;charset=utf-8\r\n\r\nContent-Type: x/y";
        assert_eq!(
            wrapped_type(cpim).as_deref(),
            Some("application/im-iscomposing+xml")
        );
        for without in [
            &b"From: x\r\n"[..],
            b"From: x\r\n\r\n\r\nContent-Type: x/y",
            b"\xff\r\n\r\n",
        ] {
            assert_eq!(wrapped_type(without), None);
        }
    }
}
