//! A SIP user agent: what the client and the far end have in common.

use std::collections::HashMap;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::engine::{Message, Standing, StepId};
use crate::io::Time;
use crate::scenario::Party;
use crate::sip::background::{self, Local};
use crate::sip::dialog::DialogState;
use crate::sip::sdp::{self, Description, MessageMedia, Origin, Setup};
use crate::sip::transaction::{Event, Flow, Stray, TransactionId, TransactionLayer};
use crate::sip::{self, Dialog, MessageBuilder};

use super::media::Leg;
use super::net::Net;
use super::record::Record;

/// One side of one call.
#[derive(Debug)]
pub(super) struct Ua {
    pub party: Party,
    pub layer: TransactionLayer,
    pub dialog: Option<Dialog>,
    pub media: Leg,
    pub address: Address,
    /// Where our requests go; for the far end, where its INVITE came from.
    pub hop: Option<Flow>,
    pub tag: String,
    /// How far our INVITE or theirs has come.
    pub call: Call,
    origin: Origin,
    asked: HashMap<TransactionId, Asked>,
    held: Vec<Held>,
}

/// How the other side reaches a user agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `UDP` or `TCP`.
    pub transport: &'static str,
    /// `host:port` of Via and Contact.
    pub sent_by: String,
    /// The value of Contact.
    pub contact: String,
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Call {
    /// There is none.
    #[default]
    Idle,
    /// An INVITE was sent or came and has no final answer.
    Inviting {
        /// Its transaction.
        id: TransactionId,
        /// A provisional response was sent or came.
        provisional: bool,
    },
    /// It stands.
    Standing,
    /// It was refused, cancelled or ended.
    Over,
}

/// A request of ours.
#[derive(Clone, Debug)]
struct Asked {
    request: sip::Message,
}

/// A request of the server's whose answer a step of the flow gives.
#[derive(Debug)]
struct Held {
    met: StepId,
    id: TransactionId,
    request: sip::Message,
    from: Flow,
}

impl Ua {
    pub fn new(party: Party, media: Leg, address: Address, ip: String, net: &mut Net) -> Ua {
        Ua {
            party,
            layer: TransactionLayer::default(),
            dialog: None,
            media,
            address,
            hop: None,
            tag: net.token(10),
            call: Call::Idle,
            origin: Origin {
                user: "-".to_owned(),
                // An NTP-like number that fits in 63 bits whatever the reader's type is.
                session_id: net.random() >> 32,
                version: 1,
                address: ip,
            },
            asked: HashMap::new(),
            held: Vec::new(),
        }
    }

    /// The number of a flow's path in traces.
    pub fn path(flow: Flow) -> u64 {
        match flow {
            Flow::Udp { socket, .. } => Net::socket_path(socket),
            Flow::Tcp { conn } => Net::conn_path(conn),
        }
    }

    /// True while a call stands or is being made: what tidying up has to end.
    pub fn is_in_call(&self) -> bool {
        matches!(self.call, Call::Standing | Call::Inviting { .. })
    }

    /// True while the call stands.
    pub fn is_standing(&self) -> bool {
        self.call == Call::Standing
    }

    /// Our end of the media, as an offer.
    pub fn offer(&self) -> Option<Bytes> {
        // RFC 6135 lets the answer decide who connects. A server that does not know a=setup
        // ignores it and waits for the offerer to connect, which is what RFC 4975 5.4 says.
        self.media
            .description(Setup::ActPass)
            .map(|media| sdp::offer(&self.origin, &media))
    }

    /// Takes a message that came over `from`.
    pub fn on_message(
        &mut self,
        message: sip::Message,
        from: Flow,
        net: &mut Net,
        record: &mut Record,
    ) {
        self.layer.handle_message(net.now, message, from);
        self.serve(net, record);
    }

    /// Sends a request in a new transaction; false where it cannot be sent.
    pub fn request(
        &mut self,
        request: &MessageBuilder,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) -> Option<TransactionId> {
        let hop = self.hop?;
        let bytes = request.build();
        let id = self.layer.send_request(net.now, bytes.clone(), hop).ok()?;
        self.asked.insert(
            id,
            Asked {
                request: sip::Message::decode(bytes),
            },
        );
        self.flush(step, net, record);
        Some(id)
    }

    /// Sends a request within the dialog, or gives the reason why it cannot.
    pub fn request_in_dialog(
        &mut self,
        method: &str,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) -> Result<(), &'static str> {
        let Some(dialog) = self
            .dialog
            .as_mut()
            .filter(|dialog| dialog.state() != DialogState::Terminated)
        else {
            return Err("there is no dialog to send it in");
        };
        let branch = format!("{}{}", sip::Via::MAGIC_COOKIE, net.token(16));
        let mut request = dialog
            .request(method)
            .via(self.address.transport, &self.address.sent_by, &branch)
            .header("User-Agent", USER_AGENT);
        if method != "BYE" {
            request = request.header("Contact", &self.address.contact);
        }
        let next = target(dialog.next_hop());
        self.aim(next);
        if method == "BYE"
            && let Some(dialog) = &mut self.dialog
        {
            dialog.terminate();
            self.call = Call::Over;
        }
        match self.request(&request, step, net, record) {
            Some(_) => Ok(()),
            None => Err("there is no connection to send it over"),
        }
    }

    /// Cancels our INVITE, or gives the reason why it cannot be (RFC 3261 9.1).
    pub fn cancel(
        &mut self,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) -> Result<(), &'static str> {
        let Call::Inviting {
            id,
            provisional: true,
        } = self.call
        else {
            return Err("no INVITE waits that has had a provisional response");
        };
        let Some(asked) = self.asked.get(&id) else {
            return Err("there is no INVITE of ours");
        };
        let cancel = MessageBuilder::cancel_of(&asked.request);
        self.request(&cancel, step, net, record);
        Ok(())
    }

    /// Answers the request that met `answers`, or the latest one that waits; false where none
    /// does.
    pub fn respond(
        &mut self,
        step: StepId,
        status: u16,
        answers: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) -> bool {
        let at = match answers {
            Some(met) => self.held.iter().position(|held| held.met == met),
            None => self.held.len().checked_sub(1),
        };
        let Some(at) = at else { return false };
        if status < 200 {
            let (id, request, from) = (
                self.held[at].id,
                self.held[at].request.clone(),
                self.held[at].from,
            );
            self.reply(id, &request, from, status, Some(step), net, record);
        } else {
            let held = self.held.remove(at);
            self.reply(
                held.id,
                &held.request,
                held.from,
                status,
                Some(step),
                net,
                record,
            );
        }
        true
    }

    /// Answers what still waits for a step, as SIP asks: with a 200.
    pub fn release(&mut self, net: &mut Net, record: &mut Record) {
        for held in std::mem::take(&mut self.held) {
            self.reply(held.id, &held.request, held.from, 200, None, net, record);
        }
    }

    /// A connection of this agent's ended.
    pub fn on_flow_closed(&mut self, flow: Flow, net: &mut Net, record: &mut Record) {
        self.layer.handle_closed(flow);
        if self.hop == Some(flow) {
            self.hop = None;
        }
        self.serve(net, record);
    }

    pub fn poll_timeout(&self) -> Option<Time> {
        self.layer.poll_timeout()
    }

    pub fn handle_timeout(&mut self, net: &mut Net, record: &mut Record) {
        if self.layer.poll_timeout().is_some_and(|due| due <= net.now) {
            self.layer.handle_timeout(net.now);
            self.serve(net, record);
        }
    }

    /// Sends what the layer wants sent. `step` is what the first transmission carries out.
    pub fn flush(&mut self, step: Option<StepId>, net: &mut Net, record: &mut Record) {
        while let Some(transmit) = self.layer.poll_transmit() {
            let message = Message::Sip(sip::Message::decode(transmit.bytes.clone()));
            let step = step.filter(|_| !transmit.retransmission);
            let path = Ua::path(transmit.to);
            record.sent(
                net.now,
                self.party,
                path,
                message,
                step,
                transmit.retransmission,
            );
            match transmit.to {
                Flow::Udp { socket, addr } => net.send_to(socket, addr, transmit.bytes),
                Flow::Tcp { conn } => net.send(conn, transmit.bytes),
            }
        }
    }

    fn serve(&mut self, net: &mut Net, record: &mut Record) {
        self.flush(None, net, record);
        while let Some(event) = self.layer.poll_event() {
            self.on_event(event, net, record);
            self.flush(None, net, record);
        }
    }

    fn on_event(&mut self, event: Event, net: &mut Net, record: &mut Record) {
        match event {
            Event::Request {
                id,
                message,
                from,
                cancels,
            } => {
                self.on_request(id, message, from, cancels, net, record);
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
                self.background(message, from, "SIP ACK", net, record);
            }
            Event::Retransmission { message, from, .. } => {
                record.count("SIP retransmission");
                let message = Message::Sip(message);
                record.received(
                    net.now,
                    self.party,
                    Ua::path(from),
                    message,
                    Standing::Repeated,
                );
            }
            Event::Stray { message, from, why } => match why {
                Stray::StartLine | Stray::Unmatchable => {
                    let message = Message::Sip(message);
                    record.received(net.now, self.party, Ua::path(from), message, Standing::Flow);
                }
                Stray::Response | Stray::Late | Stray::Full => {
                    self.background(message, from, "SIP message out of place", net, record);
                }
            },
            Event::Timeout { id, timer } => {
                if matches!(self.call, Call::Inviting { id: waiting, .. } if waiting == id) {
                    self.call = Call::Over;
                }
                record.count(format!("SIP timer {timer:?}"));
            }
            Event::TransportFailed { id } | Event::Terminated { id } => {
                self.asked.remove(&id);
                self.held.retain(|held| held.id != id);
                if matches!(self.call, Call::Inviting { id: waiting, .. } if waiting == id) {
                    self.call = Call::Over;
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
        if repeated {
            record.count("SIP retransmission");
            record.received(net.now, self.party, path, entry, Standing::Repeated);
            self.acknowledge(&message, true, net, record);
        } else if status < 200 {
            if let Call::Inviting {
                id: waiting,
                provisional,
            } = &mut self.call
                && *waiting == id
            {
                *provisional = true;
            }
            record.background(net.now, self.party, path, entry, format!("SIP {status}"));
        } else {
            record.received(net.now, self.party, path, entry, Standing::Flow);
            if is_invite && let Some(asked) = asked {
                self.on_invite_answered(&asked.request, &message, net, record);
            }
        }
    }

    fn on_invite_answered(
        &mut self,
        invite: &sip::Message,
        response: &sip::Message,
        net: &mut Net,
        record: &mut Record,
    ) {
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
        let branch = format!("{}{}", sip::Via::MAGIC_COOKIE, net.token(16));
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
        id: TransactionId,
        message: sip::Message,
        from: Flow,
        cancels: Option<TransactionId>,
        net: &mut Net,
        record: &mut Record,
    ) {
        let fits = self.dialog.as_mut().map(|dialog| dialog.check(&message));
        let in_dialog = fits == Some(Ok(()));
        let starts_call =
            message.is_method("INVITE") && self.party == Party::FarEnd && self.call == Call::Idle;
        if starts_call {
            self.call = Call::Inviting {
                id,
                provisional: false,
            };
            self.hop = Some(from);
            self.flow(id, message, from, net, record);
        } else if message.is_method("BYE") {
            if in_dialog {
                self.flow(id, message, from, net, record);
            } else {
                let path = Ua::path(from);
                let entry = Message::Sip(message.clone());
                record.received(net.now, self.party, path, entry, Standing::Flow);
                self.reply(id, &message, from, 481, None, net, record);
            }
        } else {
            let kind = format!("SIP {}", message.method().unwrap_or("request"));
            self.background(message.clone(), from, &kind, net, record);
            self.answer_background(id, &message, from, in_dialog, cancels, net, record);
        }
    }

    /// A request of the flow: a step may answer it.
    fn flow(
        &mut self,
        id: TransactionId,
        message: sip::Message,
        from: Flow,
        net: &mut Net,
        record: &mut Record,
    ) {
        let entry = Message::Sip(message.clone());
        let met = record.received(net.now, self.party, Ua::path(from), entry, Standing::Flow);
        if message.is_method("BYE") {
            if let Some(dialog) = &mut self.dialog {
                dialog.terminate();
            }
            self.call = Call::Over;
        }
        match (met, record.answer_to(met)) {
            (Some(met), Some(_)) => self.held.push(Held {
                met,
                id,
                request: message,
                from,
            }),
            _ => self.reply(id, &message, from, 200, None, net, record),
        }
    }

    fn answer_background(
        &mut self,
        id: TransactionId,
        message: &sip::Message,
        from: Flow,
        in_dialog: bool,
        cancels: Option<TransactionId>,
        net: &mut Net,
        record: &mut Record,
    ) {
        let media = self.media.description(Setup::ActPass);
        let contact = self.address.contact.clone();
        let local = Local {
            to_tag: &self.tag,
            contact: &contact,
            in_dialog,
            cancels: cancels.is_some(),
            session: media.as_ref().map(|media| (&self.origin, media)),
        };
        if let Some(answer) = background::answer(message, &local) {
            let response = marked(answer.response, from);
            if in_dialog && let Some(dialog) = &mut self.dialog {
                dialog.refresh_target(message);
            }
            // The layer refuses what has been answered already; there is nothing to add to that.
            let _ = self.layer.respond(net.now, id, response.build());
            self.flush(None, net, record);
        }
        // A cancelled INVITE is answered 487 (RFC 3261 9.2).
        if let Some(invite) = cancels
            && matches!(self.call, Call::Inviting { id, .. } if id == invite)
            && let Some(request) = self.layer.request(invite).cloned()
        {
            self.held.retain(|held| held.id != invite);
            self.reply(invite, &request, from, 487, None, net, record);
        }
    }

    /// Answers a request; a 2xx to an INVITE carries our end of the media and makes the dialog.
    #[expect(clippy::too_many_arguments, reason = "a reply is about all of them")]
    fn reply(
        &mut self,
        id: TransactionId,
        request: &sip::Message,
        from: Flow,
        status: u16,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) {
        let mut response = MessageBuilder::response_to(request, status, reason(status), &self.tag);
        response = marked(response, from);
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
        let bytes = response.build();
        let refused = self.layer.respond(net.now, id, bytes.clone()).is_err();
        if refused && let Some(step) = step {
            let reason = "the request has been answered, or given up by the server";
            record.impossible(net.now, step, reason, false);
        }
        self.flush(step, net, record);
        if invite && !refused {
            self.on_invite_replied(
                id,
                request,
                &sip::Message::decode(bytes),
                agreed,
                net,
                record,
            );
        }
    }

    fn on_invite_replied(
        &mut self,
        id: TransactionId,
        request: &sip::Message,
        response: &sip::Message,
        agreed: Option<(MessageMedia, MessageMedia)>,
        net: &mut Net,
        record: &mut Record,
    ) {
        match response.status().unwrap_or(0) {
            0..200 => {
                self.call = Call::Inviting {
                    id,
                    provisional: true,
                }
            }
            200..300 => {
                self.dialog = Dialog::uas(request, response).ok();
                self.call = Call::Standing;
                if let Some((offered, answered)) = agreed {
                    let we_connect =
                        sdp::who_connects(&offered, &answered) == sdp::Connector::Answerer;
                    self.media.agree(&offered, we_connect, net, record);
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
            self.party,
            Ua::path(from),
            Message::Sip(message),
            kind,
        );
    }

    /// Turns our requests to where the dialog says, where that is an address and we send by UDP.
    fn aim(&mut self, next: Option<SocketAddr>) {
        if let (Some(Flow::Udp { addr, .. }), Some(next)) = (&mut self.hop, next) {
            *addr = next;
        }
    }
}

/// How the harness names itself.
pub(super) const USER_AGENT: &str = "ch2spec";

/// The address of a URI whose host is one. A name is left to the server's own address.
fn target(uri: &str) -> Option<SocketAddr> {
    let uri = sip::Uri::parse(uri).ok()?;
    let port = uri.port.unwrap_or(5060);
    Some(SocketAddr::new(ip_of(&uri)?, port))
}

fn ip_of(uri: &sip::Uri<'_>) -> Option<std::net::IpAddr> {
    match uri.host? {
        sip::Host::V4(ip) => Some(ip.into()),
        sip::Host::V6(ip) => Some(ip.into()),
        sip::Host::Name(_) => None,
    }
}

fn marked(response: MessageBuilder, from: Flow) -> MessageBuilder {
    match from {
        Flow::Udp { addr, .. } => response.received_from(addr),
        Flow::Tcp { .. } => response,
    }
}

/// The reason phrase of a status (RFC 3261 21).
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        415 => "Unsupported Media Type",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        500 => "Server Internal Error",
        503 => "Service Unavailable",
        603 => "Decline",
        _ => "Response",
    }
}
