//! A network in memory and in virtual time, for tests.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;

use crate::io::{Closed, ConnId, Input, Machine, Output, SocketId, TaskId, Time};

/// Machines on one network. The same seed and the same machines give the same run.
///
/// Time stands still while machines work and jumps to whatever comes next: something on the wire,
/// or a timer. Several machines may share an address, as processes of one host do.
///
/// A test that makes a mistake panics: a wrong type for a machine, a machine that never lets time
/// go on.
pub struct Network {
    now: Time,
    random: fastrand::Rng,
    wire: Wire,
    nodes: Vec<Node>,
    /// What happens next, by time and then by the order in which it was asked for.
    events: BTreeMap<(Time, u64), Event>,
    next_event: u64,
    links: Vec<Link>,
    listeners: HashMap<SocketAddr, (NodeId, SocketId)>,
    datagram_sockets: HashMap<SocketAddr, (NodeId, SocketId)>,
    #[expect(
        clippy::type_complexity,
        reason = "the field is the only place that names it"
    )]
    commands: Box<dyn FnMut(Command<'_>) -> Result<String, String>>,
    filter: Box<dyn FnMut(&Packet<'_>) -> bool>,
    steps_at_now: u32,
}

/// How the network carries things.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wire {
    /// How long everything takes, one way.
    pub latency: Duration,
    /// How likely a datagram is lost, from 0 to 1.
    pub loss: f64,
    /// How much longer, at most, a datagram takes at random, which reorders them.
    pub jitter: Duration,
    /// Largest piece of a TCP stream that arrives at once; the pieces are cut at random. `None`
    /// keeps each send whole.
    pub segment: Option<usize>,
}

impl Default for Wire {
    /// 1 ms of latency; nothing is lost, reordered or cut.
    fn default() -> Wire {
        let latency = Duration::from_millis(1);
        Wire {
            latency,
            loss: 0.0,
            jitter: Duration::ZERO,
            segment: None,
        }
    }
}

/// One machine of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(usize);

/// Work that a machine asked the host for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// A command of the operator's.
    Run {
        /// Who asks.
        node: NodeId,
        /// Program and arguments.
        argv: &'a [String],
    },
    /// A request to the operator.
    Prompt {
        /// Who asks.
        node: NodeId,
        /// What is asked.
        text: &'a str,
    },
}

/// A datagram on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// When it was sent.
    pub at: Time,
    /// Who sent it.
    pub from: SocketAddr,
    /// Who is to get it.
    pub to: SocketAddr,
    /// Its payload.
    pub bytes: &'a [u8],
}

impl Network {
    /// An empty network.
    pub fn new(seed: u64) -> Network {
        Network {
            now: Time::ZERO,
            random: fastrand::Rng::with_seed(seed),
            wire: Wire::default(),
            nodes: Vec::new(),
            events: BTreeMap::new(),
            next_event: 0,
            links: Vec::new(),
            listeners: HashMap::new(),
            datagram_sockets: HashMap::new(),
            commands: Box::new(|_| Err("nobody answers commands here".to_owned())),
            filter: Box::new(|_| true),
            steps_at_now: 0,
        }
    }

    /// Sets how the network carries things from now on.
    pub fn set_wire(&mut self, wire: Wire) {
        self.wire = wire;
    }

    /// Sets what answers commands and prompts; without it each of them fails.
    pub fn on_command(
        &mut self,
        answer: impl FnMut(Command<'_>) -> Result<String, String> + 'static,
    ) {
        self.commands = Box::new(answer);
    }

    /// Sets which datagrams get through: those that `passes` says true of.
    pub fn filter_datagrams(&mut self, passes: impl FnMut(&Packet<'_>) -> bool + 'static) {
        self.filter = Box::new(passes);
    }

    /// Adds a machine at an address.
    pub fn add(&mut self, ip: IpAddr, machine: impl Machine + 'static) -> NodeId {
        self.nodes.push(Node {
            ip,
            machine: Box::new(machine),
            running: true,
            ends: HashMap::new(),
            sockets: HashMap::new(),
            next_accepted: ConnId::FIRST_ACCEPTED,
        });
        NodeId(self.nodes.len() - 1)
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// A machine, by the type it was added as.
    ///
    /// # Panics
    ///
    /// Where the machine is of another type.
    pub fn machine<T: Machine + 'static>(&self, id: NodeId) -> &T {
        let machine: &dyn Any = self.nodes[id.0].machine.as_any();
        machine
            .downcast_ref()
            .expect("the machine is of another type")
    }

    /// A machine to act on, by the type it was added as. What it then asks for is done at the next
    /// step.
    ///
    /// # Panics
    ///
    /// Where the machine is of another type.
    pub fn machine_mut<T: Machine + 'static>(&mut self, id: NodeId) -> &mut T {
        let machine: &mut dyn Any = self.nodes[id.0].machine.as_any_mut();
        machine
            .downcast_mut()
            .expect("the machine is of another type")
    }

    /// True until the machine has finished, which closes all that it had open.
    pub fn is_running(&self, id: NodeId) -> bool {
        self.nodes[id.0].running
    }

    /// Hands a machine an input, such as [`Input::Interrupt`].
    pub fn input(&mut self, id: NodeId, input: Input) {
        self.schedule(self.now, Event::Input { node: id, input });
    }

    /// Breaks every connection of a machine: both sides are told [`Closed::Reset`].
    pub fn reset_connections(&mut self, id: NodeId) {
        let mut conns: Vec<ConnId> = self.nodes[id.0].ends.keys().copied().collect();
        conns.sort_unstable();
        for conn in conns {
            self.close(id, conn, Closed::Reset);
            let how = Closed::Reset;
            self.schedule(
                self.now,
                Event::Input {
                    node: id,
                    input: Input::Closed { conn, how },
                },
            );
        }
    }

    /// Goes on until `done` holds or time would pass `limit`; true where `done` holds.
    pub fn run_until(&mut self, mut done: impl FnMut(&Network) -> bool, limit: Time) -> bool {
        loop {
            self.settle();
            if done(self) {
                return true;
            }
            match self.next_moment() {
                Some(at) if at <= limit => self.advance(at),
                _ => {
                    self.now = self.now.max(limit);
                    return false;
                }
            }
        }
    }

    /// Goes on for a length of time, whatever happens.
    pub fn run_for(&mut self, length: Duration) {
        let limit = self.now + length;
        self.run_until(|_| false, limit);
    }

    /// Does the next thing that happens; false where nothing ever will.
    pub fn step(&mut self) -> bool {
        self.settle();
        let Some(at) = self.next_moment() else {
            return false;
        };
        self.advance(at);
        self.settle();
        true
    }

    /// When the next thing happens.
    fn next_moment(&self) -> Option<Time> {
        let event = self.events.keys().next().map(|&(at, _)| at);
        let timer = self.next_timer().map(|(at, _)| at.max(self.now));
        event.into_iter().chain(timer).min()
    }

    fn next_timer(&self) -> Option<(Time, usize)> {
        let running = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.running);
        running
            .filter_map(|(index, node)| Some((node.machine.poll_timeout()?, index)))
            .min()
    }

    /// Does what happens at `at`: what is on the wire before what a timer does.
    fn advance(&mut self, at: Time) {
        self.steps_at_now = if at > self.now {
            0
        } else {
            self.steps_at_now + 1
        };
        assert!(
            self.steps_at_now < MAX_STEPS_AT_ONCE,
            "a machine keeps time at {at}"
        );
        self.now = at;
        if let Some(first) = self.events.first_entry()
            && first.key().0 <= at
        {
            let event = first.remove();
            self.happen(event);
        } else if let Some((_, index)) = self.next_timer() {
            self.nodes[index].machine.handle_timeout(at);
        }
    }

    /// Carries out what the machines ask for.
    fn settle(&mut self) {
        for index in 0..self.nodes.len() {
            while self.nodes[index].running {
                if let Some(output) = self.nodes[index].machine.poll_output() {
                    self.execute(NodeId(index), output);
                } else if self.nodes[index].machine.is_finished() {
                    self.retire(NodeId(index));
                } else {
                    break;
                }
            }
        }
    }

    fn retire(&mut self, id: NodeId) {
        let mut conns: Vec<ConnId> = self.nodes[id.0].ends.keys().copied().collect();
        conns.sort_unstable();
        for conn in conns {
            self.close(id, conn, Closed::ByPeer);
        }
        let sockets: Vec<SocketId> = self.nodes[id.0].sockets.keys().copied().collect();
        for socket in sockets {
            self.unbind(id, socket);
        }
        self.nodes[id.0].running = false;
    }

    fn execute(&mut self, node: NodeId, output: Output) {
        match output {
            Output::BindUdp { socket, addr } => self.bind(node, socket, addr, Protocol::Udp),
            Output::ListenTcp { socket, addr } => self.bind(node, socket, addr, Protocol::Tcp),
            Output::Unbind { socket } => self.unbind(node, socket),
            Output::Connect { conn, to } => self.connect(node, conn, to),
            Output::Send { conn, bytes } => self.send(node, conn, bytes),
            Output::SendTo { socket, to, bytes } => self.send_to(node, socket, to, bytes),
            Output::Close { conn, abort } => {
                let how = if abort { Closed::Reset } else { Closed::ByPeer };
                self.close(node, conn, how);
            }
            Output::Run { task, argv } => {
                let outcome = (self.commands)(Command::Run { node, argv: &argv });
                self.task_done(node, task, outcome);
            }
            Output::Prompt { task, text } => {
                let outcome = (self.commands)(Command::Prompt { node, text: &text });
                self.task_done(node, task, outcome);
            }
        }
    }

    fn task_done(&mut self, node: NodeId, task: TaskId, outcome: Result<String, String>) {
        self.input(node, Input::TaskDone { task, outcome });
    }

    fn bind(&mut self, node: NodeId, socket: SocketId, addr: SocketAddr, protocol: Protocol) {
        let ip = self.nodes[node.0].ip;
        let input = if !addr.ip().is_unspecified() && addr.ip() != ip {
            let reason = "the address is not one of this machine's".to_owned();
            Input::BindFailed { socket, reason }
        } else {
            let bound = match protocol {
                Protocol::Udp => &mut self.datagram_sockets,
                Protocol::Tcp => &mut self.listeners,
            };
            let port = match addr.port() {
                0 => (FIRST_EPHEMERAL..=u16::MAX)
                    .find(|&port| !bound.contains_key(&SocketAddr::new(ip, port))),
                port => Some(port),
            };
            let key = port.map(|port| SocketAddr::new(ip, port));
            match key.filter(|key| !bound.contains_key(key)) {
                Some(key) => {
                    bound.insert(key, (node, socket));
                    self.nodes[node.0].sockets.insert(socket, (protocol, key));
                    Input::Bound {
                        socket,
                        local: SocketAddr::new(addr.ip(), key.port()),
                    }
                }
                None => {
                    let reason = "the address is already in use".to_owned();
                    Input::BindFailed { socket, reason }
                }
            }
        };
        self.input(node, input);
    }

    fn unbind(&mut self, node: NodeId, socket: SocketId) {
        match self.nodes[node.0].sockets.remove(&socket) {
            Some((Protocol::Udp, key)) => self.datagram_sockets.remove(&key),
            Some((Protocol::Tcp, key)) => self.listeners.remove(&key),
            None => None,
        };
    }

    fn connect(&mut self, node: NodeId, conn: ConnId, to: SocketAddr) {
        let link = self.links.len();
        let number = u16::try_from(link % usize::from(u16::MAX - FIRST_EPHEMERAL)).unwrap_or(0);
        let from = SocketAddr::new(self.nodes[node.0].ip, FIRST_EPHEMERAL + number);
        self.links.push(Link {
            ends: [Some(End { node, conn }), None],
            from,
            to,
            arrival: [Time::ZERO; 2],
        });
        self.nodes[node.0].ends.insert(conn, (link, 0));
        self.carry(link, 1, Freight::Open);
    }

    fn send(&mut self, node: NodeId, conn: ConnId, mut bytes: Bytes) {
        let Some(&(link, side)) = self.nodes[node.0].ends.get(&conn) else {
            return;
        };
        while !bytes.is_empty() {
            let length = match self.wire.segment {
                Some(most) => self.random.usize(1..=most.max(1)).min(bytes.len()),
                None => bytes.len(),
            };
            self.carry(link, 1 - side, Freight::Bytes(bytes.split_to(length)));
        }
    }

    /// Ends a connection on one side; the other side is told `how` once the word has travelled.
    fn close(&mut self, node: NodeId, conn: ConnId, how: Closed) {
        if let Some((link, side)) = self.nodes[node.0].ends.remove(&conn) {
            self.links[link].ends[side] = None;
            self.carry(link, 1 - side, Freight::End(how));
        }
    }

    /// Puts something on the way to one end of a link, behind what is on its way there already.
    fn carry(&mut self, link: usize, to: usize, freight: Freight) {
        let arrival = self.links[link].arrival[to].max(self.now + self.wire.latency);
        self.links[link].arrival[to] = arrival;
        self.schedule(arrival, Event::Link { link, to, freight });
    }

    fn send_to(&mut self, node: NodeId, socket: SocketId, to: SocketAddr, bytes: Bytes) {
        let Some(&(Protocol::Udp, from)) = self.nodes[node.0].sockets.get(&socket) else {
            return;
        };
        let packet = Packet {
            at: self.now,
            from,
            to,
            bytes: &bytes,
        };
        let passes = (self.filter)(&packet);
        // Drawn in any case, so that a filter does not change what befalls the other datagrams.
        let lost = self.random.f64() < self.wire.loss;
        let jitter = self.wire.jitter.mul_f64(self.random.f64());
        if passes && !lost {
            let arrival = self.now + self.wire.latency + jitter;
            self.schedule(arrival, Event::Datagram { from, to, bytes });
        }
    }

    fn schedule(&mut self, at: Time, event: Event) {
        self.events.insert((at, self.next_event), event);
        self.next_event += 1;
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Input { node, input } => self.tell(node, input),
            Event::Datagram { from, to, bytes } => {
                if let Some(&(node, socket)) = self.datagram_sockets.get(&to) {
                    self.tell(
                        node,
                        Input::Datagram {
                            socket,
                            from,
                            bytes,
                        },
                    );
                }
            }
            Event::Link { link, to, freight } => match freight {
                Freight::Open => self.accept(link),
                Freight::Opened => self.opened(link),
                Freight::Bytes(bytes) => {
                    if let Some(End { node, conn }) = self.links[link].ends[to] {
                        self.tell(node, Input::Received { conn, bytes });
                    }
                }
                Freight::End(how) => {
                    if let Some(End { node, conn }) = self.links[link].ends[to].take() {
                        self.nodes[node.0].ends.remove(&conn);
                        self.tell(node, Input::Closed { conn, how });
                    }
                }
            },
        }
    }

    /// Something asks to connect, and has arrived where it wants to go.
    fn accept(&mut self, link: usize) {
        let Link { from, to, .. } = self.links[link];
        let Some(&(node, socket)) = self.listeners.get(&to) else {
            self.carry(link, 0, Freight::End(Closed::Refused));
            return;
        };
        let conn = ConnId(self.nodes[node.0].next_accepted);
        self.nodes[node.0].next_accepted += 1;
        self.nodes[node.0].ends.insert(conn, (link, 1));
        self.links[link].ends[1] = Some(End { node, conn });
        self.carry(link, 0, Freight::Opened);
        self.tell(
            node,
            Input::Accepted {
                socket,
                conn,
                local: to,
                peer: from,
            },
        );
    }

    fn opened(&mut self, link: usize) {
        let Link { from, to, .. } = self.links[link];
        if let Some(End { node, conn }) = self.links[link].ends[0] {
            self.tell(
                node,
                Input::Connected {
                    conn,
                    local: from,
                    peer: to,
                },
            );
        }
    }

    fn tell(&mut self, node: NodeId, input: Input) {
        let node = &mut self.nodes[node.0];
        if node.running {
            node.machine.handle(self.now, input);
        }
    }
}

/// How many things may happen while time stands still.
const MAX_STEPS_AT_ONCE: u32 = 1_000_000;
/// The first port that is given where none is asked for.
const FIRST_EPHEMERAL: u16 = 49_152;

struct Node {
    ip: IpAddr,
    machine: Box<dyn AnyMachine>,
    running: bool,
    /// Each open connection, with its link and the side of it.
    ends: HashMap<ConnId, (usize, usize)>,
    sockets: HashMap<SocketId, (Protocol, SocketAddr)>,
    next_accepted: u64,
}

/// A machine that can be had back as what it is.
trait AnyMachine: Machine {
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<M: Machine + 'static> AnyMachine for M {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Udp,
    Tcp,
}

/// A TCP connection: side 0 asked for it, side 1 accepted it.
struct Link {
    ends: [Option<End>; 2],
    from: SocketAddr,
    to: SocketAddr,
    /// When the last thing on the way to each side arrives.
    arrival: [Time; 2],
}

#[derive(Clone, Copy)]
struct End {
    node: NodeId,
    conn: ConnId,
}

enum Event {
    Input {
        node: NodeId,
        input: Input,
    },
    Link {
        link: usize,
        to: usize,
        freight: Freight,
    },
    Datagram {
        from: SocketAddr,
        to: SocketAddr,
        bytes: Bytes,
    },
}

enum Freight {
    Open,
    Opened,
    Bytes(Bytes),
    End(Closed),
}

#[cfg(test)]
mod tests;
