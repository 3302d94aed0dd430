//! The seam between a machine and whoever hosts it.

use std::net::SocketAddr;

use bytes::Bytes;

use super::Time;

/// A program that talks to the network only through [`Input`] and [`Output`].
pub trait Machine {
    /// Takes one input at `now`. Time never runs backwards between calls.
    fn handle(&mut self, now: Time, input: Input);

    /// The next thing the machine wants done, in order; `None` once it has nothing more to ask.
    fn poll_output(&mut self) -> Option<Output>;

    /// When [`Machine::handle_timeout`] wants to be called next, or `None` for never.
    fn poll_timeout(&self) -> Option<Time>;

    /// Tells the machine that the time it asked for has come.
    fn handle_timeout(&mut self, now: Time);

    /// True once the machine has finished its work and the host may drop it.
    fn is_finished(&self) -> bool;
}

/// A socket that waits: a TCP listener or a bound UDP socket. Chosen by the machine that binds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub u64);

/// One TCP connection.
///
/// A machine numbers the connections it opens itself, below [`ConnId::FIRST_ACCEPTED`]; the host
/// numbers the accepted ones from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId(pub u64);

impl ConnId {
    /// The first number a host gives to an accepted connection.
    pub const FIRST_ACCEPTED: u64 = 1 << 32;
}

/// Work outside the network that only the host can do, such as running the operator's command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u64);

/// What the machine asks the host to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Bind a UDP socket. Answered by [`Input::Bound`] or [`Input::BindFailed`].
    BindUdp {
        /// The machine's name for the socket.
        socket: SocketId,
        /// Address to bind; port 0 asks for any free port.
        addr: SocketAddr,
    },
    /// Listen for TCP connections. Answered by [`Input::Bound`] or [`Input::BindFailed`].
    ListenTcp {
        /// The machine's name for the listener.
        socket: SocketId,
        /// Address to bind; port 0 asks for any free port.
        addr: SocketAddr,
    },
    /// Stop listening, or close a UDP socket. Accepted connections live on.
    Unbind {
        /// The socket to close.
        socket: SocketId,
    },
    /// Open a TCP connection. Answered by [`Input::Connected`] or [`Input::Closed`].
    Connect {
        /// The machine's name for the connection, below [`ConnId::FIRST_ACCEPTED`].
        conn: ConnId,
        /// Where to.
        to: SocketAddr,
    },
    /// Write bytes to a connection.
    Send {
        /// The connection.
        conn: ConnId,
        /// What to write, all of it.
        bytes: Bytes,
    },
    /// Send one datagram.
    SendTo {
        /// The bound UDP socket to send from.
        socket: SocketId,
        /// Where to.
        to: SocketAddr,
        /// The payload.
        bytes: Bytes,
    },
    /// Close a connection, after what was asked to be sent has been sent. The host reports no
    /// [`Input::Closed`] for it.
    Close {
        /// The connection.
        conn: ConnId,
        /// Reset the connection and drop what is unsent, where `false` closes it in order.
        abort: bool,
    },
    /// Run a command of the operator's (`sut.yaml`). Answered by [`Input::TaskDone`].
    Run {
        /// The machine's name for the task.
        task: TaskId,
        /// Program and arguments; never passed to a shell.
        argv: Vec<String>,
    },
    /// Ask the operator to do something and confirm it. Answered by [`Input::TaskDone`].
    Prompt {
        /// The machine's name for the task.
        task: TaskId,
        /// What the operator is asked to do.
        text: String,
    },
}

/// What the host tells the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A socket is bound.
    Bound {
        /// The socket that was asked for.
        socket: SocketId,
        /// Its address, with the port that was found where 0 was asked for.
        local: SocketAddr,
    },
    /// A socket could not be bound.
    BindFailed {
        /// The socket that was asked for.
        socket: SocketId,
        /// The operating system's reason.
        reason: String,
    },
    /// A connection was accepted by a listener.
    Accepted {
        /// The listener.
        socket: SocketId,
        /// The new connection, numbered by the host.
        conn: ConnId,
        /// Our end.
        local: SocketAddr,
        /// The peer's end.
        peer: SocketAddr,
    },
    /// A connection asked for with [`Output::Connect`] stands.
    Connected {
        /// The connection.
        conn: ConnId,
        /// Our end.
        local: SocketAddr,
        /// The peer's end.
        peer: SocketAddr,
    },
    /// Bytes arrived on a connection.
    Received {
        /// The connection.
        conn: ConnId,
        /// One read; it may hold part of a message or several.
        bytes: Bytes,
    },
    /// A connection ended, or never came to stand.
    Closed {
        /// The connection.
        conn: ConnId,
        /// How it ended.
        how: Closed,
    },
    /// A datagram arrived.
    Datagram {
        /// The UDP socket it came to.
        socket: SocketId,
        /// Who sent it.
        from: SocketAddr,
        /// The payload.
        bytes: Bytes,
    },
    /// A command or a prompt has ended.
    TaskDone {
        /// The task that was asked for.
        task: TaskId,
        /// What came of it: standard output on success, a reason on failure.
        outcome: Result<String, String>,
    },
    /// The operator asks the machine to wind up (Ctrl-C).
    Interrupt,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The peer closed it in order.
    ByPeer,
    /// The peer reset it.
    Reset,
    /// The peer does not accept connections there.
    Refused,
    /// It could not be opened, or broke, for another reason.
    Failed(String),
    /// The peer did not read what was sent until the host's write queue was full.
    Stalled,
}
