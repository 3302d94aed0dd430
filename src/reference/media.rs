//! The MSRP endpoints of a call: one towards the client, one towards the far end.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::io::{ConnId, Time};
use crate::msrp::{
    ByteRange, Flag, Message, MessageBuilder, Outgoing, OutgoingEvent, OutgoingMessage, Progress,
    Reassembly, ReassemblyError, ReassemblyLimits, Uri, report, respond, status, success_report,
};
use crate::sip::sdp::{MessageMedia, Setup};

use super::Fault;
use super::charging::Amount;
use super::net::{Net, Opened, Side, advertised};

/// Messages on their way to one endpoint whose fate is still followed.
const MAX_RELAYS: usize = 1024;
/// Messages that are confirmed and may still be reported on.
const MAX_SETTLED: usize = 64;
/// Chunks that may wait for an endpoint to connect.
const MAX_OUTBOX: usize = 4096;
/// Octets of a chunk that may say where it ends (RFC 4975 7.1.1).
const CHUNK: usize = 2048;

/// One MSRP endpoint of the server.
#[derive(Debug)]
pub(super) struct Endpoint {
    side: Side,
    local: Uri,
    /// The path of the other end; empty until its description is known.
    path: Vec<Uri>,
    conn: Option<ConnId>,
    outbox: VecDeque<Bytes>,
    reassembly: Reassembly,
    relays: VecDeque<Relay>,
}

/// A whole message that an endpoint received.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    /// Its last SEND.
    pub send: Message,
    pub body: Bytes,
    conn: ConnId,
}

/// What a SEND was, beyond what was answered to it already.
#[derive(Debug)]
pub(super) enum Got {
    /// Nothing that counts.
    Nothing,
    /// An empty SEND.
    Empty,
    /// A chunk of a message that is not whole yet.
    Chunk,
    /// A message that its sender has given up.
    Aborted,
    /// A message, refused with this status code.
    Refused(u16),
    /// A whole message, not answered yet.
    Whole(Box<Taken>),
}

/// A message on its way to an endpoint.
#[derive(Debug)]
struct Relay {
    outgoing: Outgoing,
    taken: Taken,
    units: Amount,
    confirmed: bool,
    failed: bool,
}

impl Relay {
    /// True where nothing has to come any more.
    fn is_over(&self) -> bool {
        let awaited = self.taken.send.success_report() && !self.outgoing.is_delivered();
        self.confirmed && (self.failed || !awaited)
    }
}

/// What became of a message on its way.
#[derive(Debug)]
pub(super) enum Fate {
    /// The next hop has all of it; so many units.
    Confirmed(Amount),
    /// It was refused, never answered, or reported as failed.
    Failed {
        /// How much it was.
        units: Amount,
        /// The next hop had confirmed it before.
        confirmed: bool,
    },
    /// The other side is to be told: the SEND to report on, and the status code.
    Report(Box<Message>, u16, u64),
}

impl Endpoint {
    /// An endpoint, its description, and its entry in the list of sessions.
    pub(super) fn new(
        net: &mut Net,
        call: u64,
        side: Side,
        setup: Setup,
    ) -> Option<(Endpoint, MessageMedia)> {
        let addr = advertised(net.addresses.msrp);
        let id = net.token();
        let local = Uri::session(addr, &id).ok()?;
        net.sessions.insert(id, (call, side));
        let types: Vec<&str> = net.config.accept_types.iter().map(String::as_str).collect();
        let mut media =
            MessageMedia::new(addr.ip().to_string(), addr.port(), local.as_str(), &types);
        media.setup = Some(setup);
        media.max_size = Some(net.config.max_size);
        let size = usize::try_from(net.config.max_size).unwrap_or(usize::MAX);
        let endpoint = Endpoint {
            side,
            local,
            path: Vec::new(),
            conn: None,
            outbox: VecDeque::new(),
            reassembly: Reassembly::new(ReassemblyLimits {
                message: size,
                memory: size.saturating_mul(4),
                messages: 16,
                ..ReassemblyLimits::default()
            }),
            relays: VecDeque::new(),
        };
        Some((endpoint, media))
    }

    /// Forgets the endpoint: what comes for it from now on gets 481.
    pub(super) fn close(&mut self, net: &mut Net) {
        if let Some(id) = self.local.session_id() {
            net.sessions.remove(id);
        }
        self.outbox.clear();
        self.relays.clear();
    }

    /// Takes the other end's description, and connects where that is ours to do.
    pub(super) fn meet(&mut self, net: &mut Net, call: u64, remote: &MessageMedia, connect: bool) {
        self.path = remote
            .path
            .iter()
            .filter_map(|uri| Uri::parse(uri.clone()).ok())
            .collect();
        if !connect || self.conn.is_some() {
            return;
        }
        let to = self
            .path
            .first()
            .and_then(|uri| Some(SocketAddr::new(uri.ip()?, uri.port()?)));
        if let Some(to) = to {
            let conn = net.connect(to, Opened::Msrp(call, self.side));
            self.conn = Some(conn);
            // The active endpoint binds the connection to the session (RFC 4975 5.4).
            let from = std::slice::from_ref(&self.local);
            let bind = MessageBuilder::empty_send(&self.path, from, &net.token());
            let bind = bind.emit(&mut net.msrp_ids);
            net.send(conn, bind);
            self.flush(net);
        }
    }

    /// Takes another description of the other end: where its path is another one, the connection
    /// that was bound is left, and the one that carries the next SEND is bound (RFC 4975 5.4).
    pub(super) fn move_to(
        &mut self,
        net: &mut Net,
        call: u64,
        remote: &MessageMedia,
        connect: bool,
    ) {
        let same = self.path.len() == remote.path.len()
            && self
                .path
                .iter()
                .zip(&remote.path)
                .all(|(a, b)| a.as_str() == b);
        if !same
            && let Some(left) = self.conn.take()
            && left.0 < ConnId::FIRST_ACCEPTED
        {
            net.close(left, false);
        }
        self.meet(net, call, remote, connect);
    }

    /// The connection is gone; true where the session was bound to it.
    pub(super) fn lost(&mut self, conn: ConnId) -> bool {
        let bound = self.conn == Some(conn);
        if bound {
            self.conn = None;
        }
        bound
    }

    pub(super) fn conn(&self) -> Option<ConnId> {
        self.conn
    }

    /// Takes a SEND, answers what can be answered at once, and says what it was.
    pub(super) fn take(&mut self, net: &mut Net, conn: ConnId, send: Message) -> Got {
        let accept_types: Vec<&str> = net.config.accept_types.iter().map(String::as_str).collect();
        let acceptance = crate::msrp::Acceptance {
            local: Some(&self.local),
            bound_elsewhere: self.conn.is_some_and(|bound| bound != conn),
            accept_types: &accept_types,
            max_size: Some(net.config.max_size),
        };
        let code = acceptance.code_for(&send);
        if !matches!(code, status::NO_SESSION | status::SESSION_IN_USE) && self.conn.is_none() {
            self.conn = Some(conn);
            self.flush(net);
        }
        if code != status::OK {
            if let Some(id) = send.message_id() {
                self.reassembly.drop_message(&id);
            }
            self.respond(net, conn, &send, code);
            return Got::Refused(code);
        }
        // A SEND without a Message-ID cannot be passed on (RFC 4975 7.1.1).
        if send.message_id().is_none_or(|id| id.is_empty()) {
            self.respond(net, conn, &send, status::BAD_REQUEST);
            return Got::Refused(status::BAD_REQUEST);
        }
        match self.reassembly.accept(&send) {
            Ok(Progress::Complete(whole)) => Got::Whole(Box::new(Taken {
                send,
                body: whole.body,
                conn,
            })),
            Ok(Progress::Incomplete { .. }) => {
                self.respond(net, conn, &send, status::OK);
                Got::Chunk
            }
            Ok(Progress::Bodiless) => {
                self.respond(net, conn, &send, status::OK);
                if send.flag() == Some(Flag::Complete) {
                    Got::Empty
                } else {
                    Got::Nothing
                }
            }
            Ok(Progress::Aborted { .. }) => {
                self.respond(net, conn, &send, status::OK);
                Got::Aborted
            }
            Err(error) => {
                let code = match error {
                    ReassemblyError::NotASend | ReassemblyError::NoMessageId => status::BAD_REQUEST,
                    _ => status::STOP_SENDING,
                };
                self.respond(net, conn, &send, code);
                Got::Refused(code)
            }
        }
    }

    /// Answers a message that was taken.
    pub(super) fn answer(&self, net: &mut Net, taken: &Taken, code: u16) {
        self.respond(net, taken.conn, &taken.send, code);
    }

    /// Sends a message on to the other end of this endpoint.
    pub(super) fn relay(&mut self, now: Time, net: &mut Net, taken: Taken, units: Amount) {
        let content_type = taken.send.content_type().unwrap_or_default().into_owned();
        let failure_report = taken
            .send
            .header("Failure-Report")
            .map(|_| taken.send.failure_report());
        let message = OutgoingMessage {
            to_path: self.path.clone(),
            from_path: vec![self.local.clone()],
            message_id: taken.send.message_id().unwrap_or_default().into_owned(),
            content_type,
            body: taken.body.clone(),
            chunk_size: CHUNK,
            failure_report,
            success_report: taken.send.success_report().then_some(true),
            headers: Vec::new(),
        };
        let mut outgoing = Outgoing::new(message);
        while let Some(chunk) = outgoing.next_chunk(now, &mut net.msrp_ids) {
            if self.outbox.len() < MAX_OUTBOX {
                self.outbox.push_back(chunk.raw().clone());
            }
        }
        if self.relays.len() >= MAX_RELAYS {
            self.relays.pop_front();
        }
        self.relays.push_back(Relay {
            outgoing,
            taken,
            units,
            confirmed: false,
            failed: false,
        });
        self.flush(net);
    }

    /// Reports on a message that this endpoint received.
    pub(super) fn report(&self, net: &mut Net, send: &Message, code: u16, length: u64) {
        if code == status::OK && net.config.has(Fault::NoSuccessReport) {
            return;
        }
        let length = length + u64::from(net.config.has(Fault::WrongReportRange));
        let report = match code {
            status::OK => success_report(send, ByteRange::whole(length), &self.local),
            code => report(send, code, &self.local),
        };
        if let (Some(report), Some(conn)) = (report, self.conn) {
            let report = report.emit(&mut net.msrp_ids);
            net.send(conn, report);
        }
    }

    /// Takes a response or a REPORT; true where it concerns a message on its way.
    pub(super) fn heard(&mut self, message: &Message) -> bool {
        self.relays
            .iter_mut()
            .any(|relay| relay.outgoing.on_response(message) || relay.outgoing.on_report(message))
    }

    /// What became of the messages on their way since the last call.
    pub(super) fn fates(&mut self) -> Vec<Fate> {
        let mut fates = Vec::new();
        for relay in &mut self.relays {
            let length = relay.taken.body.len() as u64;
            let tell = |code| Fate::Report(Box::new(relay.taken.send.clone()), code, length);
            let mut failed = false;
            while let Some(event) = relay.outgoing.poll_event() {
                let code = match event {
                    OutgoingEvent::Accepted { .. } => continue,
                    OutgoingEvent::Delivered { whole, .. } => {
                        fates.extend(whole.then(|| tell(status::OK)));
                        continue;
                    }
                    OutgoingEvent::Refused { code, .. } => code,
                    OutgoingEvent::TimedOut { .. } => status::TIMEOUT,
                    OutgoingEvent::DeliveryFailed { status, .. } => status.code,
                };
                failed = true;
                fates.push(tell(code));
            }
            if failed && !relay.failed {
                relay.failed = true;
                fates.push(Fate::Failed {
                    units: relay.units,
                    confirmed: relay.confirmed,
                });
            }
            if !relay.confirmed && relay.outgoing.is_settled() {
                relay.confirmed = true;
                fates.extend((!relay.failed).then_some(Fate::Confirmed(relay.units)));
            }
        }
        // A REPORT may still come for what is confirmed.
        let mut settled = self.relays.iter().filter(|relay| relay.is_over()).count();
        self.relays.retain(|relay| {
            let forgotten = relay.is_over() && settled > MAX_SETTLED;
            settled -= usize::from(forgotten);
            !forgotten
        });
        fates
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.relays
            .iter()
            .filter_map(|relay| relay.outgoing.poll_timeout())
            .min()
    }

    pub(super) fn timeout(&mut self, now: Time) {
        self.relays
            .iter_mut()
            .for_each(|relay| relay.outgoing.handle_timeout(now));
    }

    fn respond(&self, net: &mut Net, conn: ConnId, request: &Message, code: u16) {
        let mut response = respond(request, code, &self.local);
        if net.config.has(Fault::AnswersQuietMessages) && request.is_send() {
            response = Some(MessageBuilder::response_to(request, code, &self.local));
        }
        if net.config.has(Fault::WrongMsrpTransaction) {
            let other = net.msrp_ids.next_id();
            response = response.map(|response| response.transaction(&other));
        }
        if let Some(response) = response {
            let response = response.emit(&mut net.msrp_ids);
            net.send(conn, response);
        }
    }

    fn flush(&mut self, net: &mut Net) {
        if let Some(conn) = self.conn {
            for bytes in self.outbox.drain(..) {
                net.send(conn, bytes);
            }
        }
    }
}
