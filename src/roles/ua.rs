//! A SIP user agent: what the client and the far end have in common.

mod incoming;
mod written;

pub(super) use written::Written;

use std::collections::HashMap;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::engine::{Message, StepId};
use crate::io::Time;
use crate::scenario::{Blank, Exact};
use crate::sip::background;
use crate::sip::dialog::DialogState;
use crate::sip::sdp::{self, Origin, Setup};
use crate::sip::transaction::{Config, Flow, SendError, TransactionId, TransactionLayer};
use crate::sip::{self, Dialog, MessageBuilder, SessionExpires};

use super::media::Leg;
use super::net::Net;
use super::record::{Record, Seat};

/// One side of one call.
#[derive(Debug)]
pub(super) struct Ua {
    pub seat: Seat,
    pub layer: TransactionLayer,
    pub dialog: Option<Dialog>,
    /// The dialog that a provisional response to our INVITE has made (RFC 3261 12.1.2).
    early: Option<Dialog>,
    pub media: Leg,
    pub address: Address,
    /// Where our requests go; for the far end, where its INVITE came from.
    pub hop: Option<Flow>,
    pub tag: String,
    /// How far our INVITE or theirs has come.
    pub call: Call,
    origin: Origin,
    asked: HashMap<TransactionId, Asked>,
    /// Call-IDs of the calls it began or was called with.
    calls: Vec<String>,
    held: Vec<Held>,
    refresh: Option<Refresh>,
    /// The offer whose MSRP connection is for us to open, once our answer is acknowledged.
    connects_on_ack: Option<sdp::MessageMedia>,
    /// It answers nothing, and sends nothing by itself.
    silent: bool,
    /// A CANCEL that waits for a provisional response (RFC 3261 9.1), with the step that asks for it.
    cancel_waits: Option<(Option<StepId>, Written)>,
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
    /// False for what no step of the flow asks for.
    of_flow: bool,
}

/// A request of the server's.
#[derive(Clone, Debug)]
struct Incoming {
    id: TransactionId,
    request: sip::Message,
    from: Flow,
}

/// A request of the server's whose answer a step of the flow gives.
#[derive(Debug)]
struct Held {
    met: StepId,
    incoming: Incoming,
}

/// A session timer that is ours to refresh (RFC 4028 7.2).
#[derive(Clone, Debug)]
struct Refresh {
    timer: SessionExpires,
    at: Time,
}

impl Ua {
    pub fn new(seat: Seat, media: Leg, address: Address, ip: String, net: &mut Net) -> Ua {
        Ua {
            seat,
            layer: TransactionLayer::new(Config {
                max_transactions: MOST_TRANSACTIONS,
                ..Config::default()
            }),
            dialog: None,
            early: None,
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
            calls: Vec::new(),
            held: Vec::new(),
            refresh: None,
            connects_on_ack: None,
            silent: false,
            cancel_waits: None,
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

    /// True while our INVITE, or theirs, waits for its final answer.
    pub fn is_inviting(&self) -> bool {
        matches!(self.call, Call::Inviting { .. })
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

    /// Sends a request in a new transaction, or gives the reason why it cannot. `None` where the
    /// scenario spoilt it so that no response can be matched with it.
    pub fn request(
        &mut self,
        request: &MessageBuilder,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) -> Result<Option<TransactionId>, &'static str> {
        let hop = self.hop.ok_or("there is no connection to send it over")?;
        let bytes = request.build();
        let id = match self.layer.send_request(net.now, bytes.clone(), hop) {
            Ok(id) => id,
            Err(SendError::Unmatchable) if step.is_some() => {
                self.layer.send_stateless(bytes, hop, false);
                self.flush(step, net, record);
                return Ok(None);
            }
            Err(_) => return Err("too many SIP transactions live, or its branch is in use"),
        };
        let request = sip::Message::decode(bytes);
        self.know_call(&request);
        self.asked.insert(
            id,
            Asked {
                request,
                of_flow: step.is_some(),
            },
        );
        self.flush(step, net, record);
        Ok(Some(id))
    }

    /// Remembers which call a request is of.
    fn know_call(&mut self, request: &sip::Message) {
        let known = |named: &str| self.calls.iter().any(|call| call == named);
        if let Ok(named) = request.call_id()
            && !known(named)
            && self.calls.len() < MOST_CALLS
        {
            self.calls.push(named.to_owned());
        }
    }

    /// Sends a request within the dialog, or gives the reason why it cannot.
    pub fn request_in_dialog(
        &mut self,
        method: &str,
        written: &Written,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) -> Result<(), &'static str> {
        let offer = (method == "INVITE").then(|| self.offer()).flatten();
        // A BYE of the flow crosses the server's where that one is not answered yet.
        let is_bye = |held: &Held| held.incoming.request.is_method("BYE");
        let crosses = method == "BYE" && step.is_some() && self.held.iter().any(is_bye);
        let Some(dialog) = self
            .dialog
            .as_mut()
            .filter(|dialog| crosses || dialog.state() != DialogState::Terminated)
        else {
            return Err("there is no dialog to send it in");
        };
        let branch = net.branch();
        let mut request = dialog
            .request(method)
            .via(self.address.transport, &self.address.sent_by, &branch)
            .header("User-Agent", USER_AGENT);
        // RFC 3428 section 4: no Contact in a MESSAGE.
        if !matches!(method, "BYE" | "MESSAGE") {
            request = request.header("Contact", &self.address.contact);
        }
        if let (Some(refresh), "UPDATE" | "INVITE") = (&self.refresh, method) {
            request = request
                .header("Supported", background::SUPPORTED)
                .header("Session-Expires", refresh.timer.to_string());
        }
        if let Some(offer) = offer {
            request = request
                .header("Allow", background::ALLOW)
                .body("application/sdp", offer);
        }
        request = written.apply(request);
        let next = target(dialog.next_hop());
        self.aim(next);
        // One that is written for another dialog does not end this one.
        if method == "BYE"
            && !written.is_for_another_dialog()
            && let Some(dialog) = &mut self.dialog
        {
            dialog.terminate();
            self.call = Call::Over;
        }
        self.request(&request, step, net, record).map(|_| ())
    }

    /// Ends the dialog that our INVITE has made so far (RFC 3261 15), or gives the reason why it
    /// cannot. The INVITE still waits for its answer.
    pub fn leave_early(
        &mut self,
        written: &Written,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) -> Result<(), &'static str> {
        let Some(dialog) = &mut self.early else {
            return Err(
                "no provisional response with a tag in To has come: there is no dialog yet",
            );
        };
        let branch = net.branch();
        let bye = dialog
            .request("BYE")
            .via(self.address.transport, &self.address.sent_by, &branch)
            .header("User-Agent", USER_AGENT);
        let bye = written.apply(bye);
        self.request(&bye, step, net, record).map(|_| ())
    }

    /// Cancels our INVITE, or gives the reason why it cannot be. Before a provisional response has
    /// come it waits for one, as RFC 3261 9.1 asks.
    pub fn cancel(
        &mut self,
        written: Written,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) -> Result<(), &'static str> {
        let Call::Inviting { id, provisional } = self.call else {
            return Err("no INVITE waits for its answer");
        };
        let Some(asked) = self.asked.get(&id) else {
            return Err("there is no INVITE of ours");
        };
        if !provisional {
            self.cancel_waits = Some((step, written));
            return Ok(());
        }
        let cancel = written.apply(MessageBuilder::cancel_of(&asked.request));
        self.request(&cancel, step, net, record).map(|_| ())
    }

    /// The INVITE got its final answer, or was given up: a CANCEL that still waits cannot be sent.
    fn give_up_cancel(&mut self, net: &mut Net, record: &mut Record) {
        if let Some((Some(step), _)) = self.cancel_waits.take() {
            let reason = "the INVITE was answered before it could be cancelled";
            record.impossible(net.now, step, reason, false);
        }
    }

    /// Sends once more what a step sent.
    pub fn send_again(
        &mut self,
        message: sip::Message,
        step: StepId,
        net: &mut Net,
        record: &mut Record,
    ) -> Result<(), &'static str> {
        let hop = self.hop.ok_or("there is no connection to send it over")?;
        let bytes = message.raw().clone();
        let (path, entry) = (Ua::path(hop), Message::Sip(message));
        record.sent(net.now, self.seat, path, entry, Some(step), true);
        transmit(hop, bytes, net);
        Ok(())
    }

    /// Sends bytes as they are, or gives the reason why it cannot.
    pub fn send_bytes(
        &mut self,
        exact: &Exact,
        step: StepId,
        net: &mut Net,
        record: &mut Record,
    ) -> Result<(), &'static str> {
        let hop = self.hop.ok_or("there is no connection to send it over")?;
        let filled = exact.filled(|blank| self.blank(blank, net));
        let bytes = filled.map_err(|_| "there is no dialog whose values could be filled in")?;
        let entry = Message::Sip(sip::Message::decode(bytes.clone()));
        record.sent(net.now, self.seat, Ua::path(hop), entry, Some(step), false);
        transmit(hop, bytes, net);
        Ok(())
    }

    /// What is filled into bytes: as a request of ours in the dialog would have it.
    fn blank(&mut self, blank: Blank, net: &mut Net) -> Option<Bytes> {
        if blank == Blank::Via {
            let Address {
                transport, sent_by, ..
            } = &self.address;
            let branch = net.branch();
            return Some(format!("SIP/2.0/{transport} {sent_by};branch={branch}").into());
        }
        if blank == Blank::Contact {
            return Some(self.address.contact.clone().into());
        }
        let dialog = self.dialog.as_mut()?;
        let text = match blank {
            Blank::CallId => dialog.call_id().to_owned(),
            Blank::Target => dialog.remote_target().to_owned(),
            Blank::From => dialog.local().to_owned(),
            Blank::To => dialog.remote().to_owned(),
            Blank::CSeq => dialog.take_cseq().to_string(),
            _ => return None,
        };
        Some(text.into())
    }

    /// Answers nothing any more and sends nothing by itself, or the contrary.
    pub fn fall_silent(&mut self, silent: bool) {
        self.silent = silent;
        self.media.fall_silent(silent);
    }

    /// Answers the request that met `answers`, or the latest one that waits; false where none
    /// does.
    pub fn respond(
        &mut self,
        step: StepId,
        status: u16,
        answers: Option<StepId>,
        written: &Written,
        net: &mut Net,
        record: &mut Record,
    ) -> bool {
        let at = match answers {
            Some(met) => self.held.iter().position(|held| held.met == met),
            None => self.held.len().checked_sub(1),
        };
        let Some(at) = at else { return false };
        let incoming = if status < 200 {
            self.held[at].incoming.clone()
        } else {
            self.held.remove(at).incoming
        };
        self.reply(&incoming, status, written, Some(step), net, record);
        true
    }

    /// Answers what still waits for a step, as SIP asks: with a 200.
    pub fn release(&mut self, net: &mut Net, record: &mut Record) {
        for held in std::mem::take(&mut self.held) {
            let nothing = Written::default();
            self.reply(&held.incoming, 200, &nothing, None, net, record);
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
        let refreshes = self.is_standing() && !self.silent;
        let refresh = self.refresh.as_ref().filter(|_| refreshes);
        self.layer
            .poll_timeout()
            .into_iter()
            .chain(refresh.map(|refresh| refresh.at))
            .min()
    }

    pub fn handle_timeout(&mut self, net: &mut Net, record: &mut Record) {
        if self.layer.poll_timeout().is_some_and(|due| due <= net.now) {
            self.layer.handle_timeout(net.now);
            self.serve(net, record);
        }
        if self.is_standing()
            && !self.silent
            && let Some(refresh) = &mut self.refresh
            && refresh.at <= net.now
        {
            refresh.at = net.now + refresh.timer.refresh_after();
            // Where it cannot be sent, the session ends of age, and the trace shows it.
            let _ = self.request_in_dialog("UPDATE", &Written::default(), None, net, record);
        }
    }

    /// Sends what the layer wants sent. `step` is what the first transmission carries out.
    pub fn flush(&mut self, step: Option<StepId>, net: &mut Net, record: &mut Record) {
        while let Some(next) = self.layer.poll_transmit() {
            let message = Message::Sip(sip::Message::decode(next.bytes.clone()));
            let again = next.retransmission;
            let step = step.filter(|_| !again);
            if self.silent {
                continue;
            }
            let path = Ua::path(next.to);
            record.sent(net.now, self.seat, path, message, step, again);
            transmit(next.to, next.bytes, net);
        }
    }

    fn serve(&mut self, net: &mut Net, record: &mut Record) {
        self.flush(None, net, record);
        while let Some(event) = self.layer.poll_event() {
            self.on_event(event, net, record);
            self.flush(None, net, record);
        }
    }

    /// Turns our requests to where the dialog says, where that is an address and we send by UDP.
    fn aim(&mut self, next: Option<SocketAddr>) {
        if let (Some(Flow::Udp { addr, .. }), Some(next)) = (&mut self.hop, next) {
            *addr = next;
        }
    }
}

fn transmit(to: Flow, bytes: Bytes, net: &mut Net) {
    match to {
        Flow::Udp { socket, addr } => net.send_to(socket, addr, bytes),
        Flow::Tcp { conn } => net.send(conn, bytes),
    }
}

/// Transactions of one call that live at once; a flood of requests beyond them is not answered.
const MOST_TRANSACTIONS: usize = 2000;
/// Calls of one party that are remembered: a scenario has few.
const MOST_CALLS: usize = 64;

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
