//! One end of an MSRP session (RFC 4975): what the client and the far end have in common.

mod connection;
mod sending;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use crate::engine::{Message, Standing, StepId};
use crate::io::{Closed, ConnId, SocketId};
use crate::msrp::{
    self, Acceptance, ByteRange, FailureReport, FrameLimits, Framer, Method, Progress, Reassembly,
    TransactionIds, Uri,
};
use crate::scenario::Exact;
use crate::sip::sdp::{MessageMedia, Setup};

use super::net::{Net, Owner};
use super::play::in_words;
use super::record::{End, Record, Seat};

/// One end of an MSRP session, with its own listener, so that whoever connects is the server.
#[derive(Debug)]
pub(super) struct Leg {
    owner: Owner,
    seat: Seat,
    listener: SocketId,
    local: Option<SocketAddr>,
    session: String,
    own: Option<Uri>,
    peer: Vec<Uri>,
    /// The server's end, as it described it last.
    server: Option<MessageMedia>,
    conns: BTreeMap<ConnId, Framer>,
    /// The connection the session runs on.
    bound: Option<ConnId>,
    opening: Option<ConnId>,
    ids: TransactionIds,
    outgoing: Vec<msrp::Outgoing>,
    queued: Vec<Queued>,
    /// A step that closes the connection as soon as there is one.
    closing: Option<StepId>,
    /// Transaction of our empty SEND.
    opener: Option<String>,
    held: Vec<Held>,
    /// Message-IDs of which no chunk is answered.
    silenced: BTreeSet<String>,
    /// Message-IDs on which a step reports.
    reported: BTreeSet<String>,
    /// What met a step, for reports on it.
    met: BTreeMap<StepId, msrp::Message>,
    reassembly: Reassembly,
    /// A step that waits for the connection to stand.
    connecting: Option<StepId>,
    /// It answers nothing.
    silent: bool,
    /// Why nothing can be sent any more.
    ended: Option<String>,
}

/// A message to send, as a step asks for it.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub step: StepId,
    pub body: Bytes,
    /// `None`: an empty SEND.
    pub content_type: Option<String>,
    pub chunk_size: Option<usize>,
    /// Whole chunks, after which one more gives the message up.
    pub abort_after: Option<usize>,
    pub failure_report: Option<FailureReport>,
    pub success_report: bool,
    /// Headers to put in the place of what stands there; `None`: to leave out.
    pub headers: Vec<(String, Option<String>)>,
}

/// What waits for the connection.
#[derive(Clone, Debug)]
enum Queued {
    Message(Draft),
    Bytes(StepId, Exact),
}

impl Queued {
    fn step(&self) -> StepId {
        match self {
            Queued::Message(draft) => draft.step,
            Queued::Bytes(step, _) => *step,
        }
    }
}

/// A SEND of the server's whose answer a step of the flow gives.
#[derive(Debug)]
struct Held {
    met: StepId,
    conn: ConnId,
    request: msrp::Message,
}

/// Media types that the harness offers and takes.
const ACCEPT_TYPES: [&str; 2] = ["text/plain", "message/cpim"];
/// What may stand inside of message/cpim.
const ACCEPT_WRAPPED_TYPES: [&str; 1] = ["text/plain"];
/// Connections to one listener; a session needs one.
const MOST_CONNECTIONS: usize = 4;
/// The harness takes no larger messages.
const LIMITS: FrameLimits = FrameLimits {
    header_section: 64 << 10,
    body: 4 << 20,
};

impl Leg {
    /// Listens at any free port of `ip`.
    pub fn new(owner: Owner, seat: Seat, ip: IpAddr, net: &mut Net) -> Leg {
        let listener = net.listen(owner, SocketAddr::new(ip, 0));
        Leg {
            owner,
            seat,
            listener,
            local: None,
            session: net.token(16),
            own: None,
            peer: Vec::new(),
            server: None,
            conns: BTreeMap::new(),
            bound: None,
            opening: None,
            ids: TransactionIds::new(net.random()),
            outgoing: Vec::new(),
            queued: Vec::new(),
            closing: None,
            opener: None,
            held: Vec::new(),
            silenced: BTreeSet::new(),
            reported: BTreeSet::new(),
            met: BTreeMap::new(),
            reassembly: Reassembly::default(),
            connecting: None,
            silent: false,
            ended: None,
        }
    }

    /// Takes the listener's address; false where `socket` is not this leg's.
    pub fn on_bound(&mut self, socket: SocketId, local: SocketAddr) -> bool {
        if socket != self.listener {
            return false;
        }
        self.own = Uri::session(local, &self.session).ok();
        self.local = Some(local);
        true
    }

    /// True once the listener has its address.
    pub fn is_ready(&self) -> bool {
        self.own.is_some()
    }

    /// This end for an offer or answer. `None` before [`Leg::is_ready`].
    pub fn description(&self, setup: Setup) -> Option<MessageMedia> {
        let (local, own) = (self.local?, self.own.as_ref()?);
        let ip = local.ip().to_string();
        let mut media = MessageMedia::new(ip, local.port(), own.as_str(), &ACCEPT_TYPES);
        media.accept_wrapped_types = ACCEPT_WRAPPED_TYPES.map(str::to_owned).to_vec();
        media.setup = Some(setup);
        Some(media)
    }

    /// Takes the server's end, and opens the connection where that is for us to do.
    pub fn agree(
        &mut self,
        server: &MessageMedia,
        we_connect: bool,
        net: &mut Net,
        record: &mut Record,
    ) {
        self.server = Some(server.clone());
        self.peer = server
            .path
            .iter()
            .filter_map(|uri| Uri::parse(uri.clone()).ok())
            .collect();
        if self.peer.is_empty() {
            self.give_up(
                "the server's session description has no MSRP URI",
                net,
                record,
            );
            return;
        }
        if !we_connect || self.bound.is_some() || self.opening.is_some() {
            self.flush(net, record);
            return;
        }
        match address(server, &self.peer) {
            Some(to) => {
                self.opening = Some(net.connect(self.owner, to));
                self.ended = None;
            }
            None => {
                self.give_up(
                    "the server's MSRP address is not an IP address",
                    net,
                    record,
                );
            }
        }
    }

    /// Takes note that there will be no session to send in.
    pub fn fail(&mut self, reason: &str, net: &mut Net, record: &mut Record) {
        self.give_up(reason, net, record);
    }

    /// Answers the SEND that met `answers`, or the latest one that waits; false where none does.
    pub fn respond(
        &mut self,
        step: StepId,
        status: u16,
        answers: Option<StepId>,
        headers: &[(String, Option<String>)],
        net: &mut Net,
        record: &mut Record,
    ) -> bool {
        let at = match answers {
            Some(met) => self.held.iter().position(|held| held.met == met),
            None => self.held.len().checked_sub(1),
        };
        let (Some(at), Some(own)) = (at, self.own.clone()) else {
            return false;
        };
        let held = self.held.remove(at);
        match msrp::respond(&held.request, status, &own) {
            Some(response) => {
                let response = sending::changed(response, headers);
                let response = response.build(&mut self.ids);
                self.write(held.conn, response, Some(step), net, record);
            }
            // Whoever sent it wants no such answer, and must get none (RFC 4975 7.1.4).
            None => record.done(net.now, step),
        }
        if status == msrp::status::OK {
            self.report(held.conn, &held.request, &own, net, record);
        }
        true
    }

    /// Answers what still waits for a step, as RFC 4975 asks.
    pub fn release(&mut self, net: &mut Net, record: &mut Record) {
        for held in std::mem::take(&mut self.held) {
            self.answer(held.conn, &held.request, net, record);
        }
    }

    /// A connection came to our listener.
    pub fn on_accepted(&mut self, conn: ConnId, net: &mut Net, record: &mut Record) {
        if self.conns.len() >= MOST_CONNECTIONS {
            net.close(conn, true);
            record.path(
                net.now,
                self.seat,
                Net::conn_path(conn),
                "refused, one too many",
                End::GoneByUs,
            );
            return;
        }
        record.path(
            net.now,
            self.seat,
            Net::conn_path(conn),
            "MSRP accepted",
            End::Stands,
        );
        self.conns.insert(conn, Framer::new(LIMITS));
        if self.bound.is_none() {
            self.bound = Some(conn);
            self.ended = None;
            self.close_if_asked(net, record);
        }
        self.flush(net, record);
    }

    /// Our connection stands.
    pub fn on_connected(&mut self, conn: ConnId, net: &mut Net, record: &mut Record) {
        record.path(
            net.now,
            self.seat,
            Net::conn_path(conn),
            "MSRP connected",
            End::Stands,
        );
        self.conns.insert(conn, Framer::new(LIMITS));
        self.opening = None;
        self.bound = Some(conn);
        self.ended = None;
        if let Some(step) = self.connecting.take() {
            record.done(net.now, step);
        }
        if self.close_if_asked(net, record) {
            return;
        }
        if self.queued.is_empty() {
            // Whoever connects sends a SEND at once, an empty one where nothing waits, so that the
            // other side can bind the connection to the session (RFC 4975 5.4).
            self.send_empty(None, net, record);
        } else {
            self.flush(net, record);
        }
    }

    /// Bytes came.
    pub fn on_bytes(&mut self, conn: ConnId, bytes: &[u8], net: &mut Net, record: &mut Record) {
        if let Some(framer) = self.conns.get_mut(&conn) {
            framer.push(bytes);
        }
        loop {
            let Some(framer) = self.conns.get_mut(&conn) else {
                return;
            };
            match framer.poll() {
                Ok(Some(message)) => self.on_message(conn, message, net, record),
                Ok(None) => return,
                Err(error) => {
                    let path = Net::conn_path(conn);
                    record.garbage(
                        net.now,
                        self.seat,
                        path,
                        framer.unfinished(),
                        format!("not MSRP: {error}"),
                    );
                    record.path(
                        net.now,
                        self.seat,
                        path,
                        "closed for what came over it",
                        End::GoneByUs,
                    );
                    net.close(conn, true);
                    self.lost(conn, "the server sent what is not MSRP", net, record);
                    return;
                }
            }
        }
    }

    /// A connection ended or could not be opened.
    pub fn on_closed(&mut self, conn: ConnId, how: &Closed, net: &mut Net, record: &mut Record) {
        let what = format!("MSRP {}", in_words(how));
        record.path(
            net.now,
            self.seat,
            Net::conn_path(conn),
            &what,
            End::GoneByServer,
        );
        self.lost(conn, &what, net, record);
    }

    /// Closes every connection and the listener.
    pub fn close(&mut self, net: &mut Net) {
        for conn in std::mem::take(&mut self.conns)
            .into_keys()
            .chain(self.opening.take())
        {
            net.close(conn, false);
        }
        net.unbind(self.listener);
        self.bound = None;
        self.ended = Some("the MSRP session is over".to_owned());
    }

    fn on_message(
        &mut self,
        conn: ConnId,
        message: msrp::Message,
        net: &mut Net,
        record: &mut Record,
    ) {
        let path = Net::conn_path(conn);
        let (now, seat) = (net.now, self.seat);
        let entry = Message::Msrp(message.clone());
        match message.method() {
            None if self.opener.as_deref() == Some(&*message.transaction_id()) => {
                self.opener = None;
                let kind = format!("MSRP {} to our empty SEND", message.status().unwrap_or(0));
                record.background(now, seat, path, entry, kind);
            }
            None => {
                self.outgoing
                    .iter_mut()
                    .any(|sent| sent.on_response(&message));
                self.outgoing
                    .retain(|sent| !(sent.is_settled() && sent.is_delivered()));
                record.received(now, seat, path, entry, Standing::Flow);
            }
            Some(Method::Send) if message.body().is_none() => {
                record.background(now, seat, path, entry, "MSRP SEND (empty)");
                self.answer(conn, &message, net, record);
            }
            Some(Method::Send) => {
                let met = record.received(now, seat, path, entry, Standing::Flow);
                let id = message.message_id().unwrap_or_default();
                if record.is_reported(met) {
                    self.reported.insert(id.clone().into_owned());
                    self.met.extend(met.map(|met| (met, message.clone())));
                }
                if record.is_unanswered(met) {
                    record.count("MSRP SEND left unanswered");
                    self.silenced.insert(id.clone().into_owned());
                }
                if self.silenced.contains(id.as_ref()) {
                    return;
                }
                match (met, record.answer_to(met)) {
                    (Some(met), Some(_)) => self.held.push(Held {
                        met,
                        conn,
                        request: message,
                    }),
                    _ => self.answer(conn, &message, net, record),
                }
            }
            Some(Method::Report) => {
                self.outgoing
                    .iter_mut()
                    .any(|sent| sent.on_report(&message));
                record.received(now, seat, path, entry, Standing::Flow);
            }
            Some(Method::Auth | Method::Nickname | Method::Other(_)) => {
                record.background(now, seat, path, entry, "MSRP request that is not known");
                self.answer(conn, &message, net, record);
            }
        }
    }

    /// Answers a request as RFC 4975 asks, and reports on it where it wants that.
    fn answer(
        &mut self,
        conn: ConnId,
        request: &msrp::Message,
        net: &mut Net,
        record: &mut Record,
    ) {
        let Some(own) = self.own.clone() else { return };
        let code = Acceptance {
            local: Some(&own),
            bound_elsewhere: self.is_bound_elsewhere(conn),
            accept_types: &ACCEPT_TYPES,
            max_size: None,
        }
        .code_for(request);
        if let Some(response) = msrp::respond(request, code, &own) {
            let response = response.build(&mut self.ids);
            self.write(conn, response, None, net, record);
        }
        if code == msrp::status::OK {
            self.report(conn, request, &own, net, record);
        }
    }

    /// Whether a connection is not the one that the session runs on. A path of several URIs leads
    /// through a relay, whose connections are not bound to one session.
    fn is_bound_elsewhere(&self, conn: ConnId) -> bool {
        self.peer.len() < 2 && self.bound.is_some_and(|bound| bound != conn)
    }

    /// Reports success once a message is whole, where it asks for that (RFC 4975 7.1.3).
    fn report(
        &mut self,
        conn: ConnId,
        request: &msrp::Message,
        own: &Uri,
        net: &mut Net,
        record: &mut Record,
    ) {
        if let Ok(Progress::Complete(whole)) = self.reassembly.accept(request) {
            let id = request.message_id().unwrap_or_default();
            if self.reported.contains(id.as_ref()) {
                return;
            }
            let range = ByteRange::whole(whole.body.len() as u64);
            if let Some(report) = msrp::success_report(request, range, own) {
                let report = report.build(&mut self.ids);
                self.write(conn, report, None, net, record);
            }
        }
    }

    fn write(
        &mut self,
        conn: ConnId,
        message: msrp::Message,
        step: Option<StepId>,
        net: &mut Net,
        record: &mut Record,
    ) {
        if !self.conns.contains_key(&conn) {
            if let Some(step) = step {
                record.impossible(net.now, step, "the MSRP connection is closed", false);
            }
            return;
        }
        if self.silent {
            return;
        }
        let bytes = message.raw().clone();
        let path = Net::conn_path(conn);
        record.sent(
            net.now,
            self.seat,
            path,
            Message::Msrp(message),
            step,
            false,
        );
        net.send(conn, bytes);
    }

    fn lost(&mut self, conn: ConnId, reason: &str, net: &mut Net, record: &mut Record) {
        self.conns.remove(&conn);
        self.held.retain(|held| held.conn != conn);
        if self.bound == Some(conn) || self.opening == Some(conn) {
            self.bound = None;
            self.opening = None;
            self.give_up(reason, net, record);
        }
    }

    fn give_up(&mut self, reason: &str, net: &mut Net, record: &mut Record) {
        let queued = std::mem::take(&mut self.queued);
        let steps = [self.connecting.take(), self.closing.take()];
        let waiting = queued.iter().map(Queued::step);
        for step in waiting.chain(steps.into_iter().flatten()) {
            record.impossible(net.now, step, reason, false);
        }
        self.ended = Some(reason.to_owned());
    }
}

/// Where to connect: the first URI of the path (RFC 4975 8.2), or the `c=` and `m=` lines where its
/// host is a name, which nobody resolves here.
fn address(server: &MessageMedia, path: &[Uri]) -> Option<SocketAddr> {
    let first = path.first()?;
    let ip = first.ip().or_else(|| server.address.parse().ok())?;
    Some(SocketAddr::new(ip, first.port().unwrap_or(server.port)))
}
