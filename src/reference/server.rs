//! The server: hands what comes to the part that it concerns.

mod sip;
mod streams;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use crate::io::{ConnId, Input, Machine, Output, SocketId, Time};
use crate::msrp;
use crate::sip::transaction::{Flow, TransactionId};
use crate::sip::{Message, StreamFramer};

use super::call::Call;
use super::charged::Charged;
use super::control::ControlConn;
use super::enabler::Enabler;
use super::net::{CONTROL, MSRP, Net, Opened, SIP_TCP, SIP_UDP, Side, advertised};
use super::one_time::OneTime;
use super::{Config, Fault};

/// How long winding up may take.
const WIND_UP: Duration = Duration::from_secs(5);

/// The reference IM server: one machine, to be run by `runtime::host` or `runtime::simulated`.
#[derive(Debug)]
pub struct Server {
    net: Net,
    enabler: Enabler,
    calls: BTreeMap<u64, Call>,
    /// Page-mode messages and refunds, numbered as calls are.
    events: BTreeMap<u64, OneTime>,
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
    announce: Option<mpsc::Sender<Addresses>>,
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
            events: BTreeMap::new(),
            by_call_id: HashMap::new(),
            by_session_id: HashMap::new(),
            by_invite: HashMap::new(),
            timers: Timers::default(),
            conns: HashMap::new(),
            bound: BTreeSet::new(),
            last_call: 0,
            winding_up: None,
            failure: None,
            announce: None,
            finished: false,
        }
    }

    /// Where the server is to be found; `None` until every socket is bound.
    pub fn addresses(&self) -> Option<Addresses> {
        let wanted = 3 + usize::from(self.net.config.sip_tcp.is_some());
        (self.bound.len() == wanted).then_some(self.net.addresses)
    }

    /// Sends the addresses there, once, as soon as every socket is bound: for whoever cannot ask
    /// because a host runs the server.
    pub fn announce_to(&mut self, listener: mpsc::Sender<Addresses>) {
        self.announce = Some(listener);
    }

    /// True once sessions are taken: every socket is bound and the CH-2 connection is open. Until
    /// then an INVITE or OPTIONS gets 503.
    pub fn is_ready(&self) -> bool {
        let open = self.enabler.is_open() || self.net.config.has(Fault::SendsBeforeCea);
        self.addresses().is_some() && open && self.winding_up.is_none()
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
        self.calls.len() + self.events.len()
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
        let other = self.another(no);
        let Some(call) = self.calls.get_mut(&no) else {
            return;
        };
        call.charges_another = other.is_some();
        work(call, &mut self.net, &mut self.enabler);
        let misplaced = std::mem::take(&mut call.misplaced);
        self.follow_up(now, no);
        if let Some(other) = other.filter(|_| !misplaced.is_none())
            && let Some(call) = self.calls.get_mut(&other)
        {
            call.overcharge(now, misplaced);
            self.follow_up(now, other);
        }
    }

    /// What follows from whatever was done with a call.
    fn follow_up(&mut self, now: Time, no: u64) {
        let Some(call) = self.calls.get_mut(&no) else {
            return;
        };
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

    /// Does something with a one-time event, and then what follows from it.
    fn with_event(
        &mut self,
        now: Time,
        no: u64,
        work: impl FnOnce(&mut OneTime, &mut Net, &mut Enabler),
    ) {
        let Some(event) = self.events.get_mut(&no) else {
            return;
        };
        work(event, &mut self.net, &mut self.enabler);
        let (over, at) = (event.is_over(), event.next_timeout());
        if over {
            self.events.remove(&no);
            self.enabler.forget(no);
        }
        self.timers.set(no, at.filter(|_| !over));
        self.begin_refunds(now);
    }

    fn begin_refunds(&mut self, now: Time) {
        while let Some((charged, amount)) = self.net.refunds.pop_front() {
            self.last_call += 1;
            let no = self.last_call;
            let session_id = self.session_id(now, no);
            let charged = Charged {
                session_id,
                ..charged
            };
            let event = OneTime::refund(&self.net, no, charged, amount);
            self.events.insert(no, event);
            self.with_event(now, no, |event, net, enabler| {
                event.begin(now, net, enabler)
            });
        }
    }

    /// The session that is charged for what another uses: what a faulty server does.
    fn another(&self, no: u64) -> Option<u64> {
        let mut calls = self.calls.iter();
        let found = calls.find(|(other, call)| **other != no && call.stands())?;
        let faulty = self.net.config.has(Fault::UsageOfOtherSession);
        faulty.then_some(*found.0)
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

    fn cannot_bind(&mut self, socket: SocketId, reason: &str) {
        let config = &self.net.config;
        let what = match socket {
            SIP_UDP => format!("SIP cannot be taken over UDP at {}", config.sip_udp),
            MSRP => format!("MSRP cannot be taken at {}", config.msrp_listen),
            CONTROL => format!("control cannot be taken at {}", config.control_http),
            _ => match config.sip_tcp {
                Some(address) => format!("SIP cannot be taken over TCP at {address}"),
                None => "a socket cannot be bound".to_owned(),
            },
        };
        self.failure = Some(format!("{what}: {reason}"));
        self.finished = true;
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
        if let (Some(addresses), Some(listener)) = (self.addresses(), &self.announce) {
            // A listener that has gone does not want to know.
            let _ = listener.send(addresses);
            self.announce = None;
        }
    }

    /// Does what every input may give rise to.
    fn settle(&mut self, now: Time) {
        self.sip(now);
        self.begin_refunds(now);
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
            Input::BindFailed { socket, reason } => self.cannot_bind(socket, &reason),
            Input::Accepted { socket, conn, .. } => self.accepted(socket, conn),
            Input::Connected { conn, local, .. } => {
                self.net.stands(conn);
                self.enabler.connected(now, &mut self.net, conn, local);
            }
            Input::Received { conn, bytes } => self.received(now, conn, &bytes),
            Input::Closed { conn, .. } => self.closed(now, conn),
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
        for came in self.enabler.timeout(now, &mut self.net) {
            self.ch2(now, came);
        }
        while let Some((at, no)) = self.timers.order.first().copied() {
            if at > now {
                break;
            }
            self.timers.set(no, None);
            self.with_call(now, no, |call, net, _| call.timeout(now, net));
            self.with_event(now, no, |event, net, enabler| {
                event.timeout(now, net, enabler)
            });
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
