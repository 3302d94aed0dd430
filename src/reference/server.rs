//! The server: hands what comes to the part that it concerns.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::diameter::{self, AvpOut, MessageBuilder as DiameterBuilder, dictionary, key};
use crate::io::{Closed, ConnId, Input, Machine, Output, SocketId, Time};
use crate::msrp;
use crate::sip::background::{self, Local};
use crate::sip::sdp::Description;
use crate::sip::transaction::{Event, Flow, Timer, TransactionId};
use crate::sip::{Framed, Message, MessageBuilder, StreamFramer};

use super::call::{Begin, Call, InDialog};
use super::ccr;
use super::charging::ReAuth;
use super::control::{self, Control, ControlConn};
use super::enabler::{Came, Enabler};
use super::net::{CONTROL, MSRP, Net, Opened, SIP_TCP, SIP_UDP, Side, advertised};
use super::{Config, Fault};

/// Connections at one time; more are closed at once.
const MAX_CONNECTIONS: usize = 20_000;
/// How long winding up may take.
const WIND_UP: Duration = Duration::from_secs(5);

/// The reference IM server: one machine, to be run by `runtime::host` or `runtime::simulated`.
#[derive(Debug)]
pub struct Server {
    net: Net,
    enabler: Enabler,
    calls: BTreeMap<u64, Call>,
    /// Call-IDs of both legs.
    by_call_id: HashMap<String, (u64, Side)>,
    by_session_id: HashMap<String, u64>,
    by_invite: HashMap<TransactionId, u64>,
    timers: Timers,
    conns: HashMap<ConnId, Conn>,
    bound: BTreeSet<SocketId>,
    last_call: u64,
    winding_up: Option<Time>,
    failure: Option<String>,
    finished: bool,
}

/// Where a server is to be found, once its sockets are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// SIP over UDP.
    pub sip_udp: SocketAddr,
    /// SIP over TCP, where that was asked for.
    pub sip_tcp: Option<SocketAddr>,
    /// MSRP.
    pub msrp: SocketAddr,
    /// The HTTP control port.
    pub control_http: SocketAddr,
}

#[derive(Debug)]
enum Conn {
    Sip(StreamFramer),
    Msrp(msrp::Framer, BTreeSet<(u64, u8)>),
    Control(ControlConn),
}

/// When each call wants to be called.
#[derive(Debug, Default)]
struct Timers {
    by_call: HashMap<u64, Time>,
    order: BTreeSet<(Time, u64)>,
}

impl Server {
    /// A server that has not been started: the host that runs it does that by asking for its
    /// outputs.
    pub fn new(config: Config) -> Server {
        let mut net = Net::new(config);
        let config = &net.config;
        let tcp = config.sip_tcp.map(|addr| Output::ListenTcp {
            socket: SIP_TCP,
            addr,
        });
        let outputs = [
            Some(Output::BindUdp {
                socket: SIP_UDP,
                addr: config.sip_udp,
            }),
            tcp,
            Some(Output::ListenTcp {
                socket: MSRP,
                addr: config.msrp_listen,
            }),
            Some(Output::ListenTcp {
                socket: CONTROL,
                addr: config.control_http,
            }),
        ];
        net.out.extend(outputs.into_iter().flatten());
        Server {
            enabler: Enabler::new(&mut net),
            net,
            calls: BTreeMap::new(),
            by_call_id: HashMap::new(),
            by_session_id: HashMap::new(),
            by_invite: HashMap::new(),
            timers: Timers::default(),
            conns: HashMap::new(),
            bound: BTreeSet::new(),
            last_call: 0,
            winding_up: None,
            failure: None,
            finished: false,
        }
    }

    /// Where the server is to be found; `None` until every socket is bound.
    pub fn addresses(&self) -> Option<Addresses> {
        let wanted = 3 + usize::from(self.net.config.sip_tcp.is_some());
        (self.bound.len() == wanted).then_some(self.net.addresses)
    }

    /// True once sessions are taken: every socket is bound and the CH-2 connection is open. Until
    /// then an INVITE or OPTIONS gets 503.
    pub fn is_ready(&self) -> bool {
        self.addresses().is_some() && self.enabler.is_open() && self.winding_up.is_none()
    }

    /// Call-IDs of the sessions that stand, in the order in which they began.
    pub fn sessions(&self) -> impl Iterator<Item = &str> {
        self.calls
            .values()
            .filter(|call| call.stands())
            .map(Call::call_id)
    }

    /// Calls of which something is left to do, such as a stop that waits for its Response.
    pub fn unfinished(&self) -> usize {
        self.calls.len()
    }

    /// Why the server gave up, such as a port that is taken.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// How the server is set up.
    pub fn config(&self) -> &Config {
        &self.net.config
    }

    /// Does something with a call, and then what follows from it.
    fn with_call(
        &mut self,
        now: Time,
        no: u64,
        work: impl FnOnce(&mut Call, &mut Net, &mut Enabler),
    ) {
        let Some(call) = self.calls.get_mut(&no) else {
            return;
        };
        work(call, &mut self.net, &mut self.enabler);
        call.advance(now, &mut self.net, &mut self.enabler);
        if let Some(far) = call.leg(Side::Far)
            && !self.by_call_id.contains_key(far.call_id())
        {
            self.by_call_id
                .insert(far.call_id().to_owned(), (no, Side::Far));
        }
        self.timers.set(no, call.next_timeout(&self.net));
        if call.is_over() {
            self.remove(no);
        }
    }

    fn remove(&mut self, no: u64) {
        self.timers.set(no, None);
        let Some(mut call) = self.calls.remove(&no) else {
            return;
        };
        call.close(&mut self.net);
        self.enabler.forget(no);
        self.by_session_id.remove(call.session_id());
        for leg in [Side::Client, Side::Far]
            .into_iter()
            .filter_map(|side| call.leg(side))
        {
            self.by_call_id.remove(leg.call_id());
            self.by_invite.remove(&leg.invite_tx);
        }
    }

    /// Handles what the transaction layer has to tell, and passes on what it has to send.
    fn sip(&mut self, now: Time) {
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
                self.net.refuse(now, id, from, &request, 482);
            }
            _ if !self.is_ready() && !tagged => self.net.refuse(now, id, from, &request, 503),
            _ if request.is_method("INVITE") && !tagged => self.invite(now, id, request, from),
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
                let response = MessageBuilder::response_to(&request, 200, "OK", "");
                self.net.respond(now, id, from, response);
                self.with_call(now, no, |call, net, _| call.cancelled(now, net));
            }
            InDialog::NoDialog => self.net.refuse(now, id, from, &request, 481),
            InDialog::Refused(status) => self.net.refuse(now, id, from, &request, status),
            InDialog::Answer => self.answer(now, id, &request, from, Some((no, side)), false),
            InDialog::Bye => {
                if side == Side::Far || !self.net.config.has(Fault::NoByeAnswer) {
                    let response = MessageBuilder::response_to(&request, 200, "OK", "");
                    self.net.respond(now, id, from, response);
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
        } else if invite.contact().is_err() || invite.call_id().is_err() {
            Some(400)
        } else if !offers_session {
            Some(488)
        } else if self.calls.len() >= self.net.config.max_sessions {
            Some(486)
        } else {
            None
        };
        if let Some(status) = status {
            return self.net.refuse(now, id, from, &invite, status);
        }
        self.last_call += 1;
        let no = self.last_call;
        let call_id = invite.call_id().unwrap_or_default().to_owned();
        // RFC 6733 8.8: DiameterIdentity, then what makes it unique for ever.
        let token = self.net.token();
        let config = &self.net.config;
        let session_id = format!(
            "{};{};{no};{token}",
            config.origin_host,
            ccr::origin_state_id(config)
        );
        let begin = Begin {
            no,
            invite: invite.clone(),
            invite_tx: id,
            flow: from,
            session_id: session_id.clone(),
        };
        let Some(call) = Call::begin(now, &mut self.net, begin) else {
            return self.net.refuse(now, id, from, &invite, 503);
        };
        self.by_call_id.insert(call_id, (no, Side::Client));
        self.by_session_id.insert(session_id, no);
        self.by_invite.insert(id, no);
        self.calls.insert(no, call);
        self.with_call(now, no, |_, _, _| {});
    }

    fn ch2(&mut self, now: Time, came: Came) {
        match came {
            Came::Answer { call, number, cca } => {
                let answer = ccr::answer(&self.net.config, &cca);
                self.with_call(now, call, |call, _, _| call.charged(now, number, &answer));
            }
            Came::Request(request) => self.ch2_request(now, &request),
        }
    }

    fn ch2_request(&mut self, now: Time, request: &diameter::Message) {
        const SUCCESS: u32 = 2001;
        const LIMITED_SUCCESS: u32 = 2002;
        const COMMAND_UNSUPPORTED: u32 = 3001;
        const UNKNOWN_SESSION: u32 = 5002;
        const UNABLE_TO_COMPLY: u32 = 5012;
        let no = request
            .session_id()
            .and_then(|id| self.by_session_id.get(id))
            .copied();
        let call = no.and_then(|no| self.calls.get_mut(&no));
        let result = match (request.command_code(), call) {
            (dictionary::RAR, Some(call)) => match call.reauthorize() {
                ReAuth::InterimFollows => LIMITED_SUCCESS,
                ReAuth::Outstanding => SUCCESS,
                ReAuth::Unexpected => UNABLE_TO_COMPLY,
            },
            (dictionary::ASR, Some(_)) => SUCCESS,
            (dictionary::RAR | dictionary::ASR, None) => UNKNOWN_SESSION,
            _ => COMMAND_UNSUPPORTED,
        };
        let Some(answer) = self.enabler.result(request, result) else {
            return;
        };
        let state = AvpOut::new(key::ORIGIN_STATE_ID, ccr::origin_state_id(&self.net.config));
        let answer: DiameterBuilder = answer.avp(state);
        self.enabler.answer(now, &mut self.net, &answer);
        let Some(no) = no else { return };
        match request.command_code() {
            dictionary::RAR => self.with_call(now, no, |call, _, _| call.reauthorized(now)),
            dictionary::ASR => self.with_call(now, no, |call, net, _| call.told_to_end(now, net)),
            _ => {}
        }
    }

    fn received(&mut self, now: Time, conn: ConnId, bytes: &Bytes) {
        if self.enabler.owns(conn) {
            for came in self.enabler.received(now, &mut self.net, bytes) {
                self.ch2(now, came);
            }
            return;
        }
        match self.conns.get_mut(&conn) {
            Some(Conn::Sip(framer)) => {
                framer.push(bytes);
                self.sip_stream(now, conn);
            }
            Some(Conn::Msrp(framer, _)) => {
                framer.push(bytes);
                self.msrp_stream(now, conn);
            }
            Some(Conn::Control(control)) => {
                if let Some(request) = control.push(bytes) {
                    self.control(now, conn, request);
                }
            }
            None => {}
        }
    }

    fn sip_stream(&mut self, now: Time, conn: ConnId) {
        while let Some(Conn::Sip(framer)) = self.conns.get_mut(&conn) {
            match framer.poll() {
                Ok(Some(Framed::Message(message))) => {
                    self.net
                        .sip
                        .handle_message(now, message, Flow::Tcp { conn });
                    self.sip(now);
                }
                Ok(Some(Framed::Ping)) => self.net.send(conn, Bytes::from_static(b"\r\n")),
                Ok(None) => return,
                Err(_) => {
                    self.net.close(conn, false);
                    self.closed(now, conn);
                }
            }
        }
    }

    fn msrp_stream(&mut self, now: Time, conn: ConnId) {
        while let Some(Conn::Msrp(framer, _)) = self.conns.get_mut(&conn) {
            match framer.poll() {
                Ok(Some(message)) => self.msrp(now, conn, message),
                Ok(None) => return,
                Err(_) => {
                    self.net.close(conn, false);
                    self.closed(now, conn);
                }
            }
        }
    }

    fn msrp(&mut self, now: Time, conn: ConnId, message: msrp::Message) {
        if message.status().is_some() {
            let Some(Conn::Msrp(_, bound)) = self.conns.get(&conn) else {
                return;
            };
            for (no, side) in bound.clone() {
                let mut heard = false;
                self.with_call(now, no, |call, net, _| {
                    heard = call.msrp_response(now, net, side_of(side), &message);
                });
                if heard {
                    return;
                }
            }
            return;
        }
        let to = message.to_path();
        let session = to
            .first()
            .and_then(|uri| self.net.sessions.get(uri.session_id()?))
            .copied();
        match session {
            Some((no, side)) => {
                if let Some(Conn::Msrp(_, bound)) = self.conns.get_mut(&conn) {
                    bound.insert((no, side as u8));
                }
                self.with_call(now, no, |call, net, _| {
                    call.msrp_request(now, net, side, conn, message);
                });
            }
            None => {
                let Some(local) = to.first() else { return };
                let code = msrp::status::NO_SESSION;
                if let Some(gone) = msrp::respond(&message, code, local) {
                    let gone = gone.emit(&mut self.net.msrp_ids);
                    self.net.send(conn, gone);
                }
            }
        }
    }

    fn control(&mut self, now: Time, conn: ConnId, request: Control) {
        let response = match request {
            Control::Ready => {
                let ready = self.is_ready();
                control::response(
                    if ready { 200 } else { 503 },
                    None,
                    &json!({ "ready": ready }),
                )
            }
            Control::Sessions => {
                let sessions: Vec<&str> = self.sessions().collect();
                control::response(200, None, &json!({ "sessions": sessions }))
            }
            Control::End(call_id) => match self.by_call_id.get(&call_id).copied() {
                Some((no, _)) => {
                    self.with_call(now, no, |call, net, _| call.told_to_end(now, net));
                    control::response(202, None, &json!({ "ending": call_id }))
                }
                None => control::refusal(control::Refusal::NotFound),
            },
            Control::Refuse(refusal) => control::refusal(refusal),
        };
        self.net.send(conn, response);
        self.net.close(conn, false);
        self.conns.remove(&conn);
    }

    fn accepted(&mut self, socket: SocketId, conn: ConnId) {
        self.net.stands(conn);
        let kind = match socket {
            _ if self.conns.len() >= MAX_CONNECTIONS => None,
            SIP_TCP => Some(Conn::Sip(StreamFramer::new())),
            MSRP => Some(Conn::Msrp(msrp::Framer::default(), BTreeSet::new())),
            CONTROL => Some(Conn::Control(ControlConn::default())),
            _ => None,
        };
        match kind {
            Some(kind) => {
                self.conns.insert(conn, kind);
            }
            None => self.net.close(conn, true),
        }
    }

    /// A connection is gone.
    fn closed(&mut self, now: Time, conn: ConnId) {
        self.net.gone(conn);
        if self.enabler.owns(conn) {
            return self.enabler.closed(now);
        }
        match self.conns.remove(&conn) {
            Some(Conn::Sip(_)) => self.net.sip.handle_closed(Flow::Tcp { conn }),
            Some(Conn::Msrp(_, bound)) => {
                for (no, side) in bound {
                    self.with_call(now, no, |call, net, _| {
                        call.msrp_closed(now, net, side_of(side), conn);
                    });
                }
            }
            Some(Conn::Control(_)) | None => {}
        }
    }

    fn is_bound(&mut self, socket: SocketId, local: SocketAddr) {
        let addresses = &mut self.net.addresses;
        let local = advertised(local);
        match socket {
            SIP_UDP => addresses.sip_udp = local,
            SIP_TCP => addresses.sip_tcp = Some(local),
            MSRP => addresses.msrp = local,
            _ => addresses.control_http = local,
        }
        self.bound.insert(socket);
    }

    /// Does what every input may give rise to.
    fn settle(&mut self, now: Time) {
        self.sip(now);
        while let Some((conn, purpose)) = self.net.opened.pop_front() {
            match purpose {
                Opened::Sip => {
                    self.conns.insert(conn, Conn::Sip(StreamFramer::new()));
                }
                Opened::Msrp(no, side) => {
                    let bound = BTreeSet::from([(no, side as u8)]);
                    self.conns
                        .insert(conn, Conn::Msrp(msrp::Framer::default(), bound));
                }
                Opened::Enabler => {}
            }
        }
        if let Some(limit) = self.winding_up {
            if self.calls.is_empty() {
                self.enabler.wind_up(now, &mut self.net);
            }
            self.finished = self.enabler.is_over() || limit <= now;
        }
    }

    fn interrupt(&mut self, now: Time) {
        if self.winding_up.is_none() {
            self.winding_up = Some(now + WIND_UP);
            let calls: Vec<u64> = self.calls.keys().copied().collect();
            for no in calls {
                self.with_call(now, no, |call, net, _| call.told_to_end(now, net));
            }
        }
    }
}

impl Machine for Server {
    fn handle(&mut self, now: Time, input: Input) {
        match input {
            Input::Bound { socket, local } => self.is_bound(socket, local),
            Input::BindFailed { reason, .. } => {
                self.failure = Some(reason);
                self.finished = true;
            }
            Input::Accepted { socket, conn, .. } => self.accepted(socket, conn),
            Input::Connected { conn, local, .. } => {
                self.net.stands(conn);
                if self.enabler.owns(conn) {
                    self.enabler.connected(now, &mut self.net, local);
                }
            }
            Input::Received { conn, bytes } => self.received(now, conn, &bytes),
            Input::Closed { conn, how } => {
                // However it ended, it is gone.
                let _: Closed = how;
                self.closed(now, conn);
            }
            Input::Datagram {
                socket,
                from,
                bytes,
            } => {
                let flow = Flow::Udp { socket, addr: from };
                self.net
                    .sip
                    .handle_message(now, Message::decode(bytes), flow);
            }
            Input::TaskDone { .. } => {}
            Input::Interrupt => self.interrupt(now),
        }
        self.settle(now);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.net.out.pop_front()
    }

    fn poll_timeout(&self) -> Option<Time> {
        let calls = self.timers.order.first().map(|(at, _)| *at);
        let others = [
            self.net.sip.poll_timeout(),
            self.enabler.next_timeout(),
            self.winding_up,
        ];
        if self.finished {
            return None;
        }
        others.into_iter().chain([calls]).flatten().min()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.net.sip.handle_timeout(now);
        self.enabler.timeout(now, &mut self.net);
        while let Some((at, no)) = self.timers.order.first().copied() {
            if at > now {
                break;
            }
            self.timers.set(no, None);
            self.with_call(now, no, |call, net, _| call.timeout(now, net));
            // A call that still wants this very moment has had it.
            if self
                .timers
                .by_call
                .get(&no)
                .is_some_and(|next| *next <= now)
            {
                self.timers.set(no, Some(now + Duration::from_millis(1)));
            }
        }
        self.settle(now);
    }

    fn is_finished(&self) -> bool {
        self.finished
    }
}

impl Timers {
    fn set(&mut self, no: u64, at: Option<Time>) {
        let before = match at {
            Some(at) => self.by_call.insert(no, at),
            None => self.by_call.remove(&no),
        };
        if let Some(before) = before {
            self.order.remove(&(before, no));
        }
        if let Some(at) = at {
            self.order.insert((at, no));
        }
    }
}

fn side_of(side: u8) -> Side {
    if side == Side::Client as u8 {
        Side::Client
    } else {
        Side::Far
    }
}
