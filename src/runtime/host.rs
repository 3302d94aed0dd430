//! A machine on real sockets.

mod options;
mod serve;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::sync::{Notify, mpsc};
use tokio::task::{AbortHandle, JoinSet};

use crate::io::{Closed, ConnId, Input, Machine, Output, SocketId, TaskId, Time};

use super::connection::{Connection, Event, Patience, closed};
pub use super::task::{Operator, Terminal};
use super::{Epoch, task};
pub use options::HostOptions;
use serve::{Door, accept, receive};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The machine finished its work.
    Finished,
    /// The operator interrupted a second time, before the machine had wound up.
    Interrupted,
}

/// Runs a machine on real sockets until it has finished, or is interrupted twice.
///
/// Call it inside a tokio runtime. Dropping the future closes every socket and kills every command.
pub async fn run<M: Machine + ?Sized>(machine: &mut M, options: HostOptions) -> Ended {
    let (mut host, mut events) = Host::new(options);
    let ended = host.turn(machine, &mut events).await;
    if ended == Ended::Finished {
        host.flush(&mut events).await;
    }
    ended
}

/// How many events the tasks may be ahead of the machine.
const EVENTS_AHEAD: usize = 256;
/// How many inputs the machine takes before the other tasks of the thread get their turn.
const INPUTS_A_TURN: usize = 64;

/// How long what has arrived may hold up a timer that is due.
const BEFORE_TIMER: Duration = Duration::from_millis(5);
/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

struct Host {
    options: HostOptions,
    events: mpsc::Sender<Event>,
    /// Inputs that the host itself has for the machine.
    inputs: VecDeque<Input>,
    sockets: HashMap<SocketId, Socket>,
    connections: HashMap<ConnId, Held>,
    serials: HashMap<u64, ConnId>,
    /// What is still to be sent on connections that were closed before they stood.
    orphans: HashMap<u64, Vec<Bytes>>,
    next_serial: u64,
    next_accepted: u64,
    /// Told whenever a connection has gone, so that accepting can go on.
    released: Arc<Notify>,
    tasks: JoinSet<()>,
    writers: JoinSet<()>,
}

/// A socket that waits, with the task that serves it.
struct Socket {
    udp: Option<Arc<UdpSocket>>,
    door: Option<Door>,
    task: AbortHandle,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(door) = &self.door {
            door.close();
        }
        self.task.abort();
    }
}

struct Held {
    serial: u64,
    state: State,
}

enum State {
    Connecting {
        queue: Vec<Bytes>,
        queued: usize,
        task: AbortHandle,
    },
    Open(Connection),
}

impl Host {
    fn new(options: HostOptions) -> (Host, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(EVENTS_AHEAD);
        let host = Host {
            options,
            events,
            inputs: VecDeque::new(),
            sockets: HashMap::new(),
            connections: HashMap::new(),
            serials: HashMap::new(),
            orphans: HashMap::new(),
            next_serial: 0,
            next_accepted: ConnId::FIRST_ACCEPTED,
            released: Arc::new(Notify::new()),
            tasks: JoinSet::new(),
            writers: JoinSet::new(),
        };
        (host, receiver)
    }

    /// The loop: one input or timeout, then every output of it.
    async fn turn<M: Machine + ?Sized>(
        &mut self,
        machine: &mut M,
        events: &mut mpsc::Receiver<Event>,
    ) -> Ended {
        let epoch = self.options.epoch;
        let interrupts = self.options.interrupts.clone();
        let mut seen = 0;
        let mut in_turn = 0;
        let mut due_since: Option<Time> = None;
        loop {
            while let Some(output) = machine.poll_output() {
                self.execute(output);
            }
            if machine.is_finished() {
                return Ended::Finished;
            }
            if interrupts.count() > seen {
                if seen > 0 || interrupts.count() > 1 {
                    return Ended::Interrupted;
                }
                seen = 1;
                machine.handle(epoch.now(), Input::Interrupt);
                continue;
            }
            in_turn += 1;
            if in_turn >= INPUTS_A_TURN {
                in_turn = 0;
                self.reap();
                tokio::task::yield_now().await;
            }
            // What has arrived comes before what is due: after a stall, the readers get a turn and
            // their inputs are handed over first, so that no message is taken for missing that was
            // there in time. A flood holds a timer up for `BEFORE_TIMER` and no longer.
            let now = epoch.now();
            let due = machine.poll_timeout().is_some_and(|at| at <= now);
            match due_since {
                _ if !due => due_since = None,
                None => {
                    due_since = Some(now);
                    tokio::task::yield_now().await;
                }
                Some(since) if now.since(since) >= BEFORE_TIMER => {
                    due_since = None;
                    machine.handle_timeout(now);
                    continue;
                }
                Some(_) => {}
            }
            if let Some(input) = self.inputs.pop_front() {
                machine.handle(epoch.now(), input);
                continue;
            }
            if let Ok(event) = events.try_recv() {
                self.deliver(machine, event);
                continue;
            }
            if due {
                due_since = None;
                machine.handle_timeout(epoch.now());
                // A machine whose time has always come must not keep others from theirs.
                tokio::task::yield_now().await;
                continue;
            }
            in_turn = 0;
            self.reap();
            tokio::select! {
                () = interrupts.more_than(seen) => {}
                event = events.recv() => {
                    if let Some(event) = event {
                        self.deliver(machine, event);
                    }
                }
                () = sleep_until(epoch, machine.poll_timeout()) => {}
            }
        }
    }

    /// Forgets the tasks that have ended.
    fn reap(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        while self.writers.try_join_next().is_some() {
            self.released.notify_waiters();
        }
    }

    fn deliver<M: Machine + ?Sized>(&mut self, machine: &mut M, event: Event) {
        let Some(input) = self.input(event) else {
            return;
        };
        machine.handle(self.options.epoch.now(), input);
    }

    /// What an event is to the machine; `None` where it concerns what the machine has let go.
    fn input(&mut self, event: Event) -> Option<Input> {
        match event {
            Event::Accepted {
                socket,
                stream,
                peer,
            } => self.accepted(SocketId(socket), stream, peer),
            Event::Connected { serial, result } => self.connected(serial, result),
            Event::Received { serial, bytes } => {
                let conn = *self.serials.get(&serial)?;
                Some(Input::Received { conn, bytes })
            }
            Event::Closed { serial, how } => {
                let conn = *self.serials.get(&serial)?;
                self.forget(conn);
                Some(Input::Closed { conn, how })
            }
            Event::Datagram {
                socket,
                from,
                bytes,
            } => {
                let socket = SocketId(socket);
                self.sockets
                    .contains_key(&socket)
                    .then_some(Input::Datagram {
                        socket,
                        from,
                        bytes,
                    })
            }
            Event::TaskDone { task, outcome } => Some(Input::TaskDone {
                task: TaskId(task),
                outcome,
            }),
        }
    }

    fn accepted(&mut self, socket: SocketId, stream: TcpStream, peer: SocketAddr) -> Option<Input> {
        if !self.sockets.contains_key(&socket) {
            return None;
        }
        let local = stream.local_addr().ok()?;
        let conn = ConnId(self.next_accepted);
        self.next_accepted += 1;
        let serial = self.serial(conn);
        let connection = self.start(stream, serial);
        self.connections.insert(
            conn,
            Held {
                serial,
                state: State::Open(connection),
            },
        );
        Some(Input::Accepted {
            socket,
            conn,
            local,
            peer,
        })
    }

    fn connected(&mut self, serial: u64, result: Result<TcpStream, Closed>) -> Option<Input> {
        if let Some(queue) = self.orphans.remove(&serial) {
            if let Ok(stream) = result {
                let connection = self.start(stream, serial);
                queue.into_iter().for_each(|bytes| connection.send(bytes));
            }
            return None;
        }
        let conn = *self.serials.get(&serial)?;
        let stream = match result {
            Ok(stream) => stream,
            Err(how) => {
                self.forget(conn);
                return Some(Input::Closed { conn, how });
            }
        };
        let connection = self.start(stream, serial);
        let (local, peer) = match (connection.local(), connection.peer()) {
            (Ok(local), Ok(peer)) => (local, peer),
            (Err(error), _) | (_, Err(error)) => {
                self.forget(conn);
                return Some(Input::Closed {
                    conn,
                    how: closed(&error),
                });
            }
        };
        let held = self.connections.get_mut(&conn)?;
        if let State::Connecting { queue, .. } = &mut held.state {
            for bytes in queue.drain(..) {
                connection.send(bytes);
            }
        }
        held.state = State::Open(connection);
        Some(Input::Connected { conn, local, peer })
    }

    fn execute(&mut self, output: Output) {
        match output {
            Output::BindUdp { socket, addr } => {
                let bound = self.bind_udp(socket, addr);
                self.bound(socket, bound);
            }
            Output::ListenTcp { socket, addr } => {
                let bound = self.listen(socket, addr);
                self.bound(socket, bound);
            }
            Output::Unbind { socket } => {
                self.sockets.remove(&socket);
            }
            Output::Connect { conn, to } => self.connect(conn, to),
            Output::Send { conn, bytes } => self.send(conn, bytes),
            Output::SendTo { socket, to, bytes } => self.send_to(socket, to, bytes),
            Output::Close { conn, abort } => self.close(conn, abort),
            Output::Run { task, argv } => {
                let (limit, timeout) = (self.options.command_output, self.options.command_timeout);
                let events = self.events.clone();
                self.tasks.spawn(async move {
                    let outcome = task::run_command(argv, limit, timeout).await;
                    let _ = events
                        .send(Event::TaskDone {
                            task: task.0,
                            outcome,
                        })
                        .await;
                });
            }
            Output::Prompt { task, text } => self.prompt(task, text),
        }
    }

    fn bound(&mut self, socket: SocketId, result: io::Result<SocketAddr>) {
        self.inputs.push_back(match result {
            Ok(local) => Input::Bound { socket, local },
            Err(error) => Input::BindFailed {
                socket,
                reason: error.to_string(),
            },
        });
    }

    fn bind_udp(&mut self, socket: SocketId, addr: SocketAddr) -> io::Result<SocketAddr> {
        let udp = std::net::UdpSocket::bind(addr)?;
        udp.set_nonblocking(true)?;
        let udp = Arc::new(UdpSocket::from_std(udp)?);
        let local = udp.local_addr()?;
        let task = self
            .tasks
            .spawn(receive(udp.clone(), socket, self.events.clone()));
        self.sockets.insert(
            socket,
            Socket {
                udp: Some(udp),
                door: None,
                task,
            },
        );
        Ok(local)
    }

    fn listen(&mut self, socket: SocketId, addr: SocketAddr) -> io::Result<SocketAddr> {
        let tcp = if addr.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        tcp.set_reuseaddr(true)?;
        tcp.bind(addr)?;
        let listener = tcp.listen(BACKLOG)?;
        let local = listener.local_addr()?;
        let door = Door::open(listener);
        let accepting = accept(
            door.clone(),
            socket,
            self.events.clone(),
            self.released.clone(),
        );
        let task = self.tasks.spawn(accepting);
        let door = Some(door);
        self.sockets.insert(
            socket,
            Socket {
                udp: None,
                door,
                task,
            },
        );
        Ok(local)
    }

    fn connect(&mut self, conn: ConnId, to: SocketAddr) {
        if self.connections.contains_key(&conn) {
            let how = Closed::Failed(format!("connection number {} is in use", conn.0));
            self.close(conn, true);
            self.inputs.push_back(Input::Closed { conn, how });
            return;
        }
        let serial = self.serial(conn);
        let events = self.events.clone();
        let patience = self.options.connect_timeout;
        let task = self.tasks.spawn(async move {
            let result = match tokio::time::timeout(patience, TcpStream::connect(to)).await {
                Ok(Ok(stream)) => Ok(stream),
                Ok(Err(error)) => Err(closed(&error)),
                Err(_) => {
                    let seconds = patience.as_secs_f64();
                    Err(Closed::Failed(format!(
                        "no answer from {to} within {seconds} s"
                    )))
                }
            };
            let _ = events.send(Event::Connected { serial, result }).await;
        });
        let state = State::Connecting {
            queue: Vec::new(),
            queued: 0,
            task,
        };
        self.connections.insert(conn, Held { serial, state });
    }

    /// Sends on a connection; what is for one that has ended is dropped.
    fn send(&mut self, conn: ConnId, bytes: Bytes) {
        let limit = self.options.write_queue;
        let Some(held) = self.connections.get_mut(&conn) else {
            return;
        };
        let stalled = match &mut held.state {
            State::Connecting { queue, queued, .. } => {
                let stalled = *queued > limit;
                *queued += bytes.len();
                queue.push(bytes);
                stalled
            }
            State::Open(connection) => {
                let stalled = connection.queued() > limit;
                if !stalled {
                    connection.send(bytes);
                }
                stalled
            }
        };
        if stalled {
            self.close(conn, true);
            self.inputs.push_back(Input::Closed {
                conn,
                how: Closed::Stalled,
            });
        }
    }

    fn send_to(&mut self, socket: SocketId, to: SocketAddr, bytes: Bytes) {
        let Some(udp) = self
            .sockets
            .get(&socket)
            .and_then(|socket| socket.udp.clone())
        else {
            return;
        };
        match udp.try_send_to(&bytes, to) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.tasks.spawn(async move {
                    let _ = udp.send_to(&bytes, to).await;
                });
            }
            // A datagram that cannot be sent is a datagram that was lost.
            Ok(_) | Err(_) => {}
        }
    }

    fn close(&mut self, conn: ConnId, abort: bool) {
        let Some(held) = self.forget(conn) else {
            return;
        };
        match held.state {
            // What was asked to be sent goes out first, once there is a connection.
            State::Connecting { queue, .. } if !abort && !queue.is_empty() => {
                self.orphans.insert(held.serial, queue);
            }
            State::Connecting { task, .. } => task.abort(),
            State::Open(connection) if abort => connection.abort(),
            State::Open(connection) => drop(connection),
        }
    }

    fn prompt(&mut self, task: TaskId, text: String) {
        let operator = self.options.operator.clone();
        let (answer, answered) = tokio::sync::oneshot::channel();
        // A thread of its own: one that waits at the terminal cannot be called off.
        let asked = std::thread::Builder::new()
            .name("prompt".to_owned())
            .spawn(move || {
                let _ = answer.send(operator.ask(&text));
            });
        let events = self.events.clone();
        self.tasks.spawn(async move {
            let outcome = match asked {
                Ok(_) => answered
                    .await
                    .unwrap_or_else(|_| Err("the prompt broke".to_owned())),
                Err(error) => Err(error.to_string()),
            };
            let _ = events
                .send(Event::TaskDone {
                    task: task.0,
                    outcome,
                })
                .await;
        });
    }

    fn start(&mut self, stream: TcpStream, serial: u64) -> Connection {
        let patience = Patience {
            flush: self.options.flush_timeout,
            linger: self.options.linger,
        };
        let writers = &mut self.writers;
        Connection::start(stream, serial, self.events.clone(), patience, |task| {
            writers.spawn(task)
        })
    }

    fn serial(&mut self, conn: ConnId) -> u64 {
        let serial = self.next_serial;
        self.next_serial += 1;
        self.serials.insert(serial, conn);
        serial
    }

    /// Lets a connection go; what is still told of it is not for the machine.
    fn forget(&mut self, conn: ConnId) -> Option<Held> {
        let held = self.connections.remove(&conn)?;
        self.serials.remove(&held.serial);
        self.released.notify_waiters();
        Some(held)
    }

    /// Closes every connection in order and waits for what is queued, within bounds.
    async fn flush(&mut self, events: &mut mpsc::Receiver<Event>) {
        self.sockets.clear();
        self.connections.clear();
        let bound = self.options.flush_timeout;
        let writers = &mut self.writers;
        let all = async { while writers.join_next().await.is_some() {} };
        // A full channel must not keep a reader from meeting the end of its connection.
        let drain = async { while events.recv().await.is_some() {} };
        tokio::select! {
            _ = tokio::time::timeout(bound, all) => {}
            () = drain => {}
        }
    }
}

async fn sleep_until(epoch: Epoch, time: Option<Time>) {
    match time.and_then(|time| epoch.instant(time)) {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
