//! The machine's side of the network: names of sockets, who owns which, and what is to be sent.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use bytes::Bytes;
use fastrand::Rng;

use crate::io::{ConnId, Output, SocketId, TaskId, Time};
use crate::sip::Via;

/// Everything a party needs to reach the network.
#[derive(Debug)]
pub(super) struct Net {
    /// The moment of the input that is being handled.
    pub now: Time,
    rng: Rng,
    outputs: VecDeque<Output>,
    conns: HashMap<ConnId, Owner>,
    sockets: HashMap<SocketId, Owner>,
    tasks: HashMap<TaskId, usize>,
    next: u64,
}

/// Who a socket or connection belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A Charging Enabler, the first one or the second.
    Enabler(usize),
    /// The far end's shared SIP port.
    FarEnd,
    /// A part of the scenario with that index.
    Play(usize, Part),
}

/// The part of a running scenario that a socket or connection belongs to: with the session it
/// belongs to, where it is of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// SIP of the client.
    ClientSip(usize),
    /// MSRP of the client.
    ClientMedia(usize),
    /// MSRP of the far end.
    FarEndMedia(usize),
    /// The HTTP request of a trigger.
    Trigger,
}

/// UDP sockets are numbered from here on among the paths of a trace, connections below.
const FIRST_SOCKET_PATH: u64 = 1 << 48;

impl Net {
    pub fn new(seed: u64) -> Net {
        Net {
            now: Time::ZERO,
            rng: Rng::with_seed(seed),
            outputs: VecDeque::new(),
            conns: HashMap::new(),
            sockets: HashMap::new(),
            tasks: HashMap::new(),
            next: 0,
        }
    }

    /// The number of a connection's transport path in traces.
    pub fn conn_path(conn: ConnId) -> u64 {
        conn.0
    }

    /// The number of a UDP socket's transport path in traces.
    pub fn socket_path(socket: SocketId) -> u64 {
        FIRST_SOCKET_PATH + socket.0
    }

    pub fn bind_udp(&mut self, owner: Owner, addr: SocketAddr) -> SocketId {
        let socket = self.socket(owner);
        self.outputs.push_back(Output::BindUdp { socket, addr });
        socket
    }

    pub fn listen(&mut self, owner: Owner, addr: SocketAddr) -> SocketId {
        let socket = self.socket(owner);
        self.outputs.push_back(Output::ListenTcp { socket, addr });
        socket
    }

    pub fn connect(&mut self, owner: Owner, to: SocketAddr) -> ConnId {
        let conn = ConnId(self.number());
        self.conns.insert(conn, owner);
        self.outputs.push_back(Output::Connect { conn, to });
        conn
    }

    /// Takes note of a connection that a listener accepted.
    pub fn accepted(&mut self, conn: ConnId, owner: Owner) {
        self.conns.insert(conn, owner);
    }

    pub fn send(&mut self, conn: ConnId, bytes: Bytes) {
        self.outputs.push_back(Output::Send { conn, bytes });
    }

    pub fn send_to(&mut self, socket: SocketId, to: SocketAddr, bytes: Bytes) {
        self.outputs.push_back(Output::SendTo { socket, to, bytes });
    }

    /// Closes a connection of ours; does nothing where it is closed already.
    pub fn close(&mut self, conn: ConnId, abort: bool) {
        if self.conns.remove(&conn).is_some() {
            self.outputs.push_back(Output::Close { conn, abort });
        }
    }

    /// Takes note that the host reported a connection closed.
    pub fn closed(&mut self, conn: ConnId) -> Option<Owner> {
        self.conns.remove(&conn)
    }

    pub fn unbind(&mut self, socket: SocketId) {
        if self.sockets.remove(&socket).is_some() {
            self.outputs.push_back(Output::Unbind { socket });
        }
    }

    /// Takes note that a socket could not be bound.
    pub fn bind_failed(&mut self, socket: SocketId) -> Option<Owner> {
        self.sockets.remove(&socket)
    }

    pub fn run(&mut self, play: usize, argv: Vec<String>) -> TaskId {
        let task = self.task(play);
        self.outputs.push_back(Output::Run { task, argv });
        task
    }

    pub fn prompt(&mut self, play: usize, text: String) -> TaskId {
        let task = self.task(play);
        self.outputs.push_back(Output::Prompt { task, text });
        task
    }

    /// The play whose task has ended.
    pub fn task_done(&mut self, task: TaskId) -> Option<usize> {
        self.tasks.remove(&task)
    }

    pub fn owner_of_conn(&self, conn: ConnId) -> Option<Owner> {
        self.conns.get(&conn).copied()
    }

    pub fn owner_of_socket(&self, socket: SocketId) -> Option<Owner> {
        self.sockets.get(&socket).copied()
    }

    /// Closes every socket and connection of a play.
    pub fn close_play(&mut self, play: usize) {
        self.close_where(|owner| matches!(owner, Owner::Play(index, _) if index == play));
        self.tasks.retain(|_, index| *index != play);
    }

    /// Closes everything.
    pub fn close_all(&mut self) {
        self.close_where(|_| true);
        self.tasks.clear();
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn has_output(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// A fresh token of letters and digits, fit for tags, branches, Call-IDs and session ids.
    pub fn token(&mut self, length: usize) -> String {
        const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        (0..length)
            .map(|_| char::from(LETTERS[self.rng.usize(..LETTERS.len())]))
            .collect()
    }

    /// The branch of a new request's Via (RFC 3261 8.1.1.7).
    pub fn branch(&mut self) -> String {
        format!("{}{}", Via::MAGIC_COOKIE, self.token(16))
    }

    /// A fresh number.
    pub fn random(&mut self) -> u64 {
        self.rng.u64(..)
    }

    fn close_where(&mut self, belongs: impl Fn(Owner) -> bool) {
        let mut conns: Vec<ConnId> = self
            .conns
            .iter()
            .filter(|(_, owner)| belongs(**owner))
            .map(|(conn, _)| *conn)
            .collect();
        conns.sort_unstable();
        for conn in conns {
            self.close(conn, false);
        }
        let mut sockets: Vec<SocketId> = self
            .sockets
            .iter()
            .filter(|(_, owner)| belongs(**owner))
            .map(|(socket, _)| *socket)
            .collect();
        sockets.sort_unstable();
        for socket in sockets {
            self.unbind(socket);
        }
    }

    fn socket(&mut self, owner: Owner) -> SocketId {
        let socket = SocketId(self.number());
        self.sockets.insert(socket, owner);
        socket
    }

    fn task(&mut self, play: usize) -> TaskId {
        let task = TaskId(self.number());
        self.tasks.insert(task, play);
        task
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}
