//! What comes to a user agent, and what it answers.

use crate::engine::{Message, Standing, StepId};
use crate::scenario::Party;
use crate::sip::background::{self, Local};
use crate::sip::sdp::{self, Description, MessageMedia, Setup};
use crate::sip::transaction::{Event, Flow, Stray, TransactionId};
use crate::sip::{self, Dialog, MessageBuilder, Refresher, SessionExpires};

use super::{Call, Held, Incoming, Refresh, Ua, Written, reason, target};
use crate::roles::net::Net;
use crate::roles::record::Record;

impl Ua {
    pub(super) fn on_event(&mut self, event: Event, net: &mut Net, record: &mut Record) {
        match event {
            Event::Request {
                id,
                message,
                from,
                cancels,
            } => {
                let incoming = Incoming {
                    id,
                    request: message,
                    from,
                };
                self.on_request(incoming, cancels, net, record);
            }
            Event::Response {
                id,
                message,
                from,
                repeated,
            } => {
                self.on_response(id, message, from, repeated, net, record);
            }
            Event::Ack { message, from, .. } => {
                if let Some(offered) = self.connects_on_ack.take() {
                    self.media.agree(&offered, true, net, record);
                }
                let entry = Message::Sip(message.clone());
                if record.awaits(self.seat, &entry) {
                    let path = Ua::path(from);
                    record.received(net.now, self.seat, path, entry, Standing::Flow);
                } else {
                    self.background(message, from, "SIP ACK", net, record);
                }
            }
            Event::Retransmission { message, from, .. } => {
                record.count("SIP retransmission");
                let message = Message::Sip(message);
                record.received(
                    net.now,
                    self.seat,
                    Ua::path(from),
                    message,
                    Standing::Repeated,
                );
            }
            Event::Stray { message, from, why } => match why {
                Stray::StartLine | Stray::Unmatchable => {
                    let message = Message::Sip(message);
                    record.received(net.now, self.seat, Ua::path(from), message, Standing::Flow);
                }
                // The answer to bytes that a step sent belongs to no transaction.
                Stray::Response if record.awaits(self.seat, &Message::Sip(message.clone())) => {
                    let message = Message::Sip(message);
                    record.received(net.now, self.seat, Ua::path(from), message, Standing::Flow);
                }
                Stray::Response | Stray::Late | Stray::Full => {
                    self.background(message, from, "SIP message out of place", net, record);
                }
            },
            Event::Timeout { id, timer } => {
                if matches!(self.call, Call::Inviting { id: waiting, .. } if waiting == id) {
                    self.call = Call::Over;
                    self.give_up_cancel(net, record);
                }
                record.count(format!("SIP timer {timer:?}"));
            }
            Event::TransportFailed { id } | Event::Terminated { id } => {
                self.asked.remove(&id);
                self.held.retain(|held| held.incoming.id != id);
                if matches!(self.call, Call::Inviting { id: waiting, .. } if waiting == id) {
                    self.call = Call::Over;
                    self.give_up_cancel(net, record);
                }
            }
        }
    }

    fn on_response(
        &mut self,
        id: TransactionId,
        message: sip::Message,
        from: Flow,
        repeated: bool,
        net: &mut Net,
        record: &mut Record,
    ) {
        let status = message.status().unwrap_or(0);
        let entry = Message::Sip(message.clone());
        let path = Ua::path(from);
        let asked = self.asked.get(&id).cloned();
        let is_invite = asked
            .as_ref()
            .is_some_and(|asked| asked.request.is_method("INVITE"));
        let refresh = asked
            .as_ref()
            .is_some_and(|a| a.request.is_method("UPDATE") && !a.of_flow);
        if refresh {
            let kind = format!("SIP {status} to our session refresh");
            record.background(net.now, self.seat, path, entry, kind);
        } else if repeated {
            record.count("SIP retransmission");
            record.received(net.now, self.seat, path, entry, Standing::Repeated);
            self.acknowledge(&message, true, net, record);
        } else if status < 200 {
            if let Call::Inviting {
                id: waiting,
                provisional,
            } = &mut self.call
                && *waiting == id
            {
                *provisional = true;
                if let (None, Some(asked)) = (&self.early, &asked) {
                    // One without a tag, such as 100, makes no dialog.
                    self.early = Dialog::uac(&asked.request, &message).ok();
                }
            }
            record.background(net.now, self.seat, path, entry, format!("SIP {status}"));
            let early = matches!(
                self.call,
                Call::Inviting {
                    provisional: true,
                    ..
                }
            );
            if early && let Some((step, written)) = self.cancel_waits.take() {
                // Where it cannot be sent there is no INVITE of ours left to cancel.
                let _ = self.cancel(written, step, net, record);
            }
        } else {
            record.received(net.now, self.seat, path, entry, Standing::Flow);
            let Some(asked) = asked.filter(|_| is_invite) else {
                return;
            };
            if is_within_dialog(&asked.request) {
                self.on_reinvite_answered(&asked.request, &message, net, record);
            } else {
                self.on_invite_answered(&asked.request, &message, net, record);
            }
        }
    }

    /// Our re-INVITE was answered: a failure leaves the session as it is (RFC 3261 14.1).
    fn on_reinvite_answered(
        &mut self,
        invite: &sip::Message,
        response: &sip::Message,
        net: &mut Net,
        record: &mut Record,
    ) {
        if response.status().is_none_or(|status| status >= 300) {
            return;
        }
        if let Some(dialog) = &mut self.dialog {
            dialog.refresh_target(response);
        }
        self.acknowledge(response, false, net, record);
        let offered = Description::parse(invite.body()).message_media();
        let answered = Description::parse(response.body()).message_media();
        if let (Some(offered), Some(answered)) = (offered, answered) {
            let we_connect = sdp::who_connects(&offered, &answered) == sdp::Connector::Offerer;
            self.media.agree(&answered, we_connect, net, record);
        }
    }

    fn on_invite_answered(
        &mut self,
        invite: &sip::Message,
        response: &sip::Message,
        net: &mut Net,
        record: &mut Record,
    ) {
        self.give_up_cancel(net, record);
        self.early = None;
        if response.status().is_none_or(|status| status >= 300) {
            self.call = Call::Over;
            return;
        }
        self.call = Call::Standing;
        match Dialog::uac(invite, response) {
            Ok(dialog) => self.dialog = Some(dialog),
            Err(error) => {
                // Without a dialog there is no ACK to send; the judge sees the response.
                record.count(format!("SIP 200 that makes no dialog: {error}"));
                self.call = Call::Over;
                return;
            }
        }
        self.acknowledge(response, false, net, record);
        self.refresh = response
            .header("Session-Expires")
            .and_then(|text| SessionExpires::parse(&text).ok())
            .filter(|timer| timer.refresher == Some(Refresher::Uac))
            .map(|timer| Refresh {
                at: net.now + timer.refresh_after(),
                timer,
            });
        let offered = Description::parse(invite.body()).message_media();
        let answered = Description::parse(response.body()).message_media();
        if let (Some(offered), Some(answered)) = (offered, answered) {
            let we_connect = sdp::who_connects(&offered, &answered) == sdp::Connector::Offerer;
            self.media.agree(&answered, we_connect, net, record);
        } else {
            self.media.fail(
                "the server's 200 has no session description for MSRP",
                net,
                record,
            );
        }
    }

    fn acknowledge(
        &mut self,
        response: &sip::Message,
        again: bool,
        net: &mut Net,
        record: &mut Record,
    ) {
        let Some(dialog) = &self.dialog else { return };
        let number = response.cseq().map_or(1, |cseq| cseq.number);
        let branch = net.branch();
        let ack = dialog
            .ack(number)
            .via(self.address.transport, &self.address.sent_by, &branch)
            .build();
        let next = target(dialog.next_hop());
        self.aim(next);
        if let Some(hop) = self.hop {
            self.layer.send_stateless(ack, hop, again);
            self.flush(None, net, record);
        }
    }

    fn on_request(
        &mut self,
        incoming: Incoming,
        cancels: Option<TransactionId>,
        net: &mut Net,
        record: &mut Record,
    ) {
        let request = &incoming.request;
        let fits = self.dialog.as_mut().map(|dialog| dialog.check(request));
        let in_dialog = fits == Some(Ok(()));
        let starts_call = request.is_method("INVITE")
            && self.seat.party == Party::FarEnd
            && self.call == Call::Idle;
        if starts_call {
            self.know_call(request);
            self.call = Call::Inviting {
                id: incoming.id,
                provisional: false,
            };
            self.hop = Some(incoming.from);
            self.flow(incoming, in_dialog, cancels, net, record);
        } else if request.is_method("BYE") && self.is_of_our_calls(request, record) {
            if in_dialog {
                self.flow(incoming, in_dialog, cancels, net, record);
            } else {
                let path = Ua::path(incoming.from);
                let entry = Message::Sip(request.clone());
                record.received(net.now, self.seat, path, entry, Standing::Flow);
                let status = fits
                    .and_then(Result::err)
                    .map_or(481, |refusal| refusal.status);
                let nothing = Written::default();
                self.reply(&incoming, status, &nothing, None, net, record);
            }
        } else if record.awaits(self.seat, &Message::Sip(request.clone())) {
            self.flow(incoming, in_dialog, cancels, net, record);
        } else {
            let kind = format!("SIP {}", request.method().unwrap_or("request"));
            self.background(request.clone(), incoming.from, &kind, net, record);
            self.answer_background(&incoming, in_dialog, cancels, net, record);
        }
    }

    /// Whether a request speaks of a call of ours, or may: ports are used again, and what ends the
    /// call of a scenario that is over says nothing about this one.
    fn is_of_our_calls(&self, request: &sip::Message, record: &Record) -> bool {
        let elsewhere = |named: &str| self.calls.iter().all(|call| call != named);
        !request.call_id().is_ok_and(elsewhere)
            || record.awaits(self.seat, &Message::Sip(request.clone()))
    }

    /// A request of the flow: a step may answer it.
    fn flow(
        &mut self,
        incoming: Incoming,
        in_dialog: bool,
        cancels: Option<TransactionId>,
        net: &mut Net,
        record: &mut Record,
    ) {
        let entry = Message::Sip(incoming.request.clone());
        let path = Ua::path(incoming.from);
        let met = record.received(net.now, self.seat, path, entry, Standing::Flow);
        let request = &incoming.request;
        let is_bye = request.is_method("BYE");
        if is_bye {
            if let Some(dialog) = &mut self.dialog {
                dialog.terminate();
            }
            self.call = Call::Over;
        }
        if record.is_unanswered(met) {
            record.count(format!(
                "SIP {} left unanswered",
                request.method().unwrap_or("request")
            ));
            self.layer.keep_silent(incoming.id);
            return;
        }
        let starts_call = request.is_method("INVITE") && !is_within_dialog(request);
        match (met, record.answer_to(met)) {
            (Some(met), Some(_)) => self.held.push(Held { met, incoming }),
            _ if is_bye || starts_call => {
                self.reply(&incoming, 200, &Written::default(), None, net, record);
            }
            _ => self.answer_background(&incoming, in_dialog, cancels, net, record),
        }
    }

    fn answer_background(
        &mut self,
        incoming: &Incoming,
        in_dialog: bool,
        cancels: Option<TransactionId>,
        net: &mut Net,
        record: &mut Record,
    ) {
        let media = self.media.description(Setup::ActPass);
        let local = Local {
            to_tag: &self.tag,
            contact: &self.address.contact,
            in_dialog,
            cancels: cancels.is_some(),
            session: media.as_ref().map(|media| (&self.origin, media)),
        };
        if let Some(answer) = background::answer(&incoming.request, &local) {
            let response = marked(answer.response, incoming.from);
            if in_dialog && let Some(dialog) = &mut self.dialog {
                dialog.refresh_target(&incoming.request);
            }
            // The layer refuses what has been answered already; there is nothing to add to that.
            let _ = self.layer.respond(net.now, incoming.id, response.build());
            self.flush(None, net, record);
        }
        // A cancelled INVITE is answered 487 (RFC 3261 9.2).
        if let Some(invite) = cancels
            && matches!(self.call, Call::Inviting { id, .. } if id == invite)
            && let Some(request) = self.layer.request(invite).cloned()
        {
            self.held.retain(|held| held.incoming.id != invite);
            let cancelled = Incoming {
                id: invite,
                request,
                from: incoming.from,
            };
            self.reply(&cancelled, 487, &Written::default(), None, net, record);
        }
    }

    /// Answers a request; a 2xx to an INVITE carries our end of the media and makes the dialog.
    pub(super) fn reply(
        &mut self,
        incoming: &Incoming,
        status: u16,
        written: &Written,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) {
        let request = &incoming.request;
        let mut response = MessageBuilder::response_to(request, status, reason(status), &self.tag);
        response = marked(response, incoming.from);
        let invite = request.is_method("INVITE");
        let mut agreed = None;
        if invite && status > 100 && status < 300 {
            response = response
                .header("Contact", &self.address.contact)
                .header("Allow", background::ALLOW);
        }
        if invite && (200..300).contains(&status) {
            let offer = Description::parse(request.body());
            if let Some(local) = self.media.description(Setup::ActPass) {
                match (
                    offer.message_media(),
                    sdp::answer(&offer, &self.origin, &local),
                ) {
                    (Some(offered), Ok(body)) => {
                        let answered = Description::parse(body.clone()).message_media();
                        agreed = answered.map(|answered| (offered, answered));
                        response = response.body("application/sdp", body);
                    }
                    _ => {
                        response =
                            response.body("application/sdp", sdp::offer(&self.origin, &local))
                    }
                }
            }
        }
        let bytes = written.apply(response).build();
        let refused = self
            .layer
            .respond(net.now, incoming.id, bytes.clone())
            .is_err();
        if refused && let Some(step) = step {
            let reason = "the request has been answered, or given up by the server";
            record.impossible(net.now, step, reason, false);
        }
        self.flush(step, net, record);
        if invite && !refused && is_within_dialog(request) {
            let media = agreed.filter(|_| (200..300).contains(&status));
            if let (Some(dialog), Some((offered, _))) = (&mut self.dialog, media) {
                dialog.refresh_target(request);
                self.media.agree(&offered, false, net, record);
            }
        } else if invite && !refused {
            self.on_invite_replied(incoming, &sip::Message::decode(bytes), agreed, net, record);
        }
    }

    fn on_invite_replied(
        &mut self,
        incoming: &Incoming,
        response: &sip::Message,
        agreed: Option<(MessageMedia, MessageMedia)>,
        net: &mut Net,
        record: &mut Record,
    ) {
        match response.status().unwrap_or(0) {
            0..200 => {
                self.call = Call::Inviting {
                    id: incoming.id,
                    provisional: true,
                }
            }
            200..300 => {
                self.dialog = Dialog::uas(&incoming.request, response).ok();
                self.call = Call::Standing;
                if let Some((offered, answered)) = agreed {
                    let we_connect =
                        sdp::who_connects(&offered, &answered) == sdp::Connector::Answerer;
                    self.media.agree(&offered, false, net, record);
                    // Not before the ACK: until the server has read the answer, it may not know the
                    // session that the connection is for.
                    self.connects_on_ack = we_connect.then_some(offered);
                }
            }
            _ => self.call = Call::Over,
        }
    }

    fn background(
        &mut self,
        message: sip::Message,
        from: Flow,
        kind: &str,
        net: &mut Net,
        record: &mut Record,
    ) {
        record.background(
            net.now,
            self.seat,
            Ua::path(from),
            Message::Sip(message),
            kind,
        );
    }
}

/// Whether a request belongs to a dialog: its To has a tag (RFC 3261 12.2).
fn is_within_dialog(request: &sip::Message) -> bool {
    request.to().is_ok_and(|to| to.tag().is_some())
}

fn marked(response: MessageBuilder, from: Flow) -> MessageBuilder {
    match from {
        Flow::Udp { addr, .. } => response.received_from(addr),
        Flow::Tcp { .. } => response,
    }
}
