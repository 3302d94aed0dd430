//! What comes over SIP.

use crate::io::Time;
use crate::reference::Fault;
use crate::reference::call::{Begin, Call, InDialog};
use crate::reference::ccr;
use crate::reference::net::{Side, reason};
use crate::reference::one_time::OneTime;
use crate::sip::background::{self, Local};
use crate::sip::sdp::Description;
use crate::sip::transaction::{Event, Flow, Timer, TransactionId};
use crate::sip::{Message, MessageBuilder, SessionExpires};

use super::Server;

impl Server {
    /// Handles what the transaction layer has to tell, and passes on what it has to send.
    pub(super) fn sip(&mut self, now: Time) {
        loop {
            self.net.flush_sip();
            let Some(event) = self.net.sip.poll_event() else {
                return;
            };
            self.sip_event(now, event);
        }
    }

    fn sip_event(&mut self, now: Time, event: Event) {
        match event {
            Event::Request {
                id,
                message,
                from,
                cancels,
            } => {
                self.sip_request(now, id, message, from, cancels);
            }
            Event::Response {
                id,
                message,
                repeated,
                ..
            } => {
                if let Some((no, purpose)) = self.net.owners.get(&id).copied() {
                    self.with_call(now, no, |call, net, _| {
                        call.response(now, net, purpose, &message, repeated);
                    });
                    let status = message.status().unwrap_or(0);
                    self.with_event(now, no, |event, net, _| event.delivered(now, net, status));
                }
            }
            Event::Timeout {
                id,
                timer: Timer::L,
            } => {
                if let Some(no) = self.by_invite.get(&id).copied() {
                    self.with_call(now, no, |call, net, _| call.unacknowledged(now, net));
                }
            }
            Event::Timeout { id, .. } | Event::TransportFailed { id } => {
                if let Some((no, purpose)) = self.net.owners.get(&id).copied() {
                    self.with_call(now, no, |call, net, _| call.no_response(now, net, purpose));
                    self.with_event(now, no, |event, net, _| event.delivered(now, net, 408));
                }
            }
            Event::Terminated { id } => {
                self.net.owners.remove(&id);
            }
            Event::Ack { .. } | Event::Retransmission { .. } | Event::Stray { .. } => {}
        }
    }

    fn sip_request(
        &mut self,
        now: Time,
        id: TransactionId,
        request: Message,
        from: Flow,
        cancels: Option<TransactionId>,
    ) {
        if request.is_method("CANCEL") {
            self.answer(now, id, &request, from, None, cancels.is_some());
            if let Some(no) = cancels.and_then(|invite| self.by_invite.get(&invite).copied()) {
                self.with_call(now, no, |call, net, _| call.cancelled(now, net));
            }
            return;
        }
        let known = request
            .call_id()
            .ok()
            .and_then(|id| self.by_call_id.get(id))
            .copied();
        let tagged = request.to().is_ok_and(|to| to.tag().is_some());
        match known {
            Some((no, side)) if tagged => self.in_dialog(now, id, request, from, no, side),
            // An early BYE may come without the tag of a response that its sender has not seen.
            Some((no, Side::Client)) if request.is_method("BYE") => {
                self.in_dialog(now, id, request, from, no, Side::Client);
            }
            Some(_) if request.is_method("INVITE") => {
                self.net.answer_with(now, id, from, &request, 482);
            }
            _ if !self.is_ready() && !tagged => self.net.answer_with(now, id, from, &request, 503),
            _ if request.is_method("INVITE") && !tagged => self.invite(now, id, request, from),
            _ if request.is_method("MESSAGE") && !tagged && self.net.config.page_mode => {
                self.page(now, id, request, from);
            }
            _ => self.answer(now, id, &request, from, None, false),
        }
    }

    fn in_dialog(
        &mut self,
        now: Time,
        id: TransactionId,
        request: Message,
        from: Flow,
        no: u64,
        side: Side,
    ) {
        let Some(call) = self.calls.get_mut(&no) else {
            return;
        };
        match call.in_dialog(now, side, &request) {
            InDialog::NoDialog if request.is_method("BYE") && side == Side::Client => {
                self.net.answer_with(now, id, from, &request, 200);
                self.with_call(now, no, |call, net, _| call.left_early(now, net));
            }
            InDialog::NoDialog => self.net.answer_with(now, id, from, &request, 481),
            InDialog::Refused(status) => self.net.answer_with(now, id, from, &request, status),
            InDialog::Answer => {
                self.answer(now, id, &request, from, Some((no, side)), false);
                if request.is_method("INVITE") || request.is_method("UPDATE") {
                    self.with_call(now, no, |call, net, _| {
                        call.renegotiated(now, net, side, &request);
                    });
                }
            }
            InDialog::Bye => {
                if side == Side::Far || !self.net.config.has(Fault::NoByeAnswer) {
                    self.net.answer_with(now, id, from, &request, 200);
                }
                self.with_call(now, no, |call, net, _| call.bye(now, net, side));
            }
        }
    }

    /// Answers what needs no more than an answer.
    fn answer(
        &mut self,
        now: Time,
        id: TransactionId,
        request: &Message,
        from: Flow,
        dialog: Option<(u64, Side)>,
        cancels: bool,
    ) {
        let tag = self.net.token();
        let contact = self.net.contact(from);
        let leg = dialog.and_then(|(no, side)| self.calls.get(&no)?.leg(side));
        let local = Local {
            to_tag: &tag,
            contact: &contact,
            in_dialog: leg.is_some(),
            cancels,
            session: leg.map(|leg| (&leg.origin, &leg.local)),
        };
        if let Some(answer) = background::answer(request, &local) {
            self.net.respond(now, id, from, answer.response);
        }
    }

    /// A page-mode message: debits it, and then passes it on.
    fn page(&mut self, now: Time, id: TransactionId, message: Message, from: Flow) {
        let media_type = message.header("Content-Type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let status = if message.max_forwards() == Ok(0) {
            Some(483)
        } else if message.call_id().is_err() || message.from().is_err() || message.to().is_err() {
            Some(400)
        } else if !self.net.config.accepts(media_type) {
            Some(415)
        } else {
            None
        };
        if let Some(status) = status {
            return self.net.answer_with(now, id, from, &message, status);
        }
        self.last_call += 1;
        let no = self.last_call;
        let session_id = self.session_id(now, no);
        let page = OneTime::page(&self.net, no, session_id, message, id, from);
        self.events.insert(no, page);
        self.with_event(now, no, |event, net, enabler| {
            event.begin(now, net, enabler)
        });
    }

    fn invite(&mut self, now: Time, id: TransactionId, invite: Message, from: Flow) {
        let unknown_extension = invite
            .values("Require")
            .any(|tag| !tag.is_empty() && !tag.eq_ignore_ascii_case("timer"));
        if unknown_extension {
            return self.answer(now, id, &invite, from, None, false);
        }
        let offer = Description::parse(invite.body()).message_media();
        let offers_session = offer.is_some_and(|media| media.port != 0);
        let status = if invite.max_forwards() == Ok(0) {
            Some(483)
        } else if !is_whole(&invite) {
            Some(400)
        } else if !offers_session {
            Some(488)
        } else if self.calls.len() >= self.net.config.max_sessions {
            Some(486)
        } else {
            None
        };
        if let Some(status) = status {
            return self.net.answer_with(now, id, from, &invite, status);
        }
        if let Some(shortest) = self.too_short(&invite) {
            let tag = self.net.token();
            let refusal = MessageBuilder::response_to(&invite, 422, reason(422), &tag)
                .header("Min-SE", shortest.to_string());
            return self.net.respond(now, id, from, refusal);
        }
        self.last_call += 1;
        let no = self.last_call;
        let call_id = invite.call_id().unwrap_or_default().to_owned();
        let own = self.session_id(now, no);
        let other = self.calls.values().find(|call| call.stands());
        let other = other.filter(|_| self.net.config.has(Fault::SameSessionId));
        let session_id = other.map_or(own, |other| other.session_id().to_owned());
        let begin = Begin {
            no,
            invite: invite.clone(),
            invite_tx: id,
            flow: from,
            session_id: session_id.clone(),
        };
        let Some(call) = Call::begin(now, &mut self.net, begin) else {
            return self.net.answer_with(now, id, from, &invite, 503);
        };
        self.by_call_id.insert(call_id, (no, Side::Client));
        self.by_session_id.insert(session_id, no);
        self.by_invite.insert(id, no);
        self.calls.insert(no, call);
        self.with_call(now, no, |_, _, _| {});
    }
}

impl Server {
    /// The shortest session interval that is taken, in seconds, where an INVITE has a shorter one
    /// (RFC 4028 9).
    fn too_short(&self, invite: &Message) -> Option<u64> {
        let shortest = self.net.config.min_session_expires?.as_secs();
        let offered = SessionExpires::parse(&invite.header("Session-Expires")?).ok()?;
        (u64::from(offered.interval) < shortest).then_some(shortest)
    }

    /// A Session-Id: our DiameterIdentity, then what makes it unique for ever (RFC 6733 8.8).
    pub(super) fn session_id(&mut self, now: Time, no: u64) -> String {
        let token = self.net.token();
        let config = &self.net.config;
        let (host, began) = (config.origin_host.as_str(), ccr::origin_state_id(config));
        if config.has(Fault::DuplicateSessionId) {
            return format!("{host};{began};{}", now.as_micros() / 1_000_000);
        }
        if config.has(Fault::SessionIdForm) {
            return format!("{began};{no};{token}");
        }
        format!("{host};{began};{no};{token}")
    }
}

/// True where an INVITE has what a dialog and its charging are made of.
fn is_whole(invite: &Message) -> bool {
    invite.contact().is_ok()
        && invite.call_id().is_ok()
        && invite.from().is_ok()
        && invite.to().is_ok()
        && invite.cseq().is_ok()
        && invite.request_uri().is_ok()
}
