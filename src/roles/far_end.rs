//! The far end's SIP port, which all scenarios share.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use crate::io::{ConnId, SocketId};
use crate::scenario::{FarEndAddress, Transport};
use crate::sip::transaction::Flow;
use crate::sip::{Message, MessageBuilder, StreamFramer};

use super::client::{Heard, address_of, cut};
use super::identity::Whose;
use super::net::{Net, Owner};
use super::ua::{Address, reason};

/// The address the server forwards calls to. It takes both transports, whichever the server is
/// configured to use.
#[derive(Debug)]
pub(super) struct Port {
    transport: Transport,
    listen: SocketAddr,
    /// The address others reach it at.
    ip: IpAddr,
    udp: SocketId,
    tcp: SocketId,
    udp_local: Option<SocketAddr>,
    tcp_local: Option<SocketAddr>,
    conns: BTreeMap<ConnId, StreamFramer>,
    calls: HashMap<String, Whose>,
}

/// Connections of the server to the far end's port.
const MOST_CONNECTIONS: usize = 256;

impl Port {
    /// Binds both transports. `ip` stands in where the address to listen on is unspecified.
    pub fn new(address: &FarEndAddress, ip: IpAddr, net: &mut Net) -> Port {
        let listen = address.listen;
        Port {
            transport: address.transport,
            listen,
            ip: if listen.ip().is_unspecified() {
                ip
            } else {
                listen.ip()
            },
            udp: net.bind_udp(Owner::FarEnd, listen),
            tcp: net.listen(Owner::FarEnd, listen),
            udp_local: None,
            tcp_local: None,
            conns: BTreeMap::new(),
            calls: HashMap::new(),
        }
    }

    /// Takes the address of a socket; gives the port's address once the transport that the server
    /// is configured to use is bound.
    pub fn on_bound(&mut self, socket: SocketId, local: SocketAddr) -> Option<SocketAddr> {
        let (slot, transport) = if socket == self.udp {
            (&mut self.udp_local, Transport::Udp)
        } else if socket == self.tcp {
            (&mut self.tcp_local, Transport::Tcp)
        } else {
            return None;
        };
        *slot = Some(local);
        (transport == self.transport).then_some(local)
    }

    /// True where the transport that the server is configured to use could not be bound.
    pub fn on_bind_failed(&self, socket: SocketId) -> bool {
        socket
            == if self.transport == Transport::Udp {
                self.udp
            } else {
                self.tcp
            }
    }

    /// The address to listen on.
    pub fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// The IP address of the far ends.
    pub fn ip(&self) -> IpAddr {
        self.ip
    }

    /// True once calls can come.
    pub fn is_ready(&self) -> bool {
        self.local(self.transport).is_some()
    }

    /// How the server reaches the far end named by `uri`.
    pub fn address(&self, uri: &str) -> Address {
        let port = self.local(self.transport).unwrap_or(self.listen).port();
        address_of(self.transport, SocketAddr::new(self.ip, port), uri)
    }

    /// A connection came; false where there are too many.
    pub fn on_accepted(&mut self, conn: ConnId) -> bool {
        let room = self.conns.len() < MOST_CONNECTIONS;
        if room {
            self.conns.insert(conn, StreamFramer::new());
        }
        room
    }

    /// A connection ended.
    pub fn on_closed(&mut self, conn: ConnId) {
        self.conns.remove(&conn);
    }

    /// Takes a datagram; `None` for a keep-alive.
    pub fn datagram(&self, from: SocketAddr, bytes: Bytes) -> Option<Heard> {
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return None;
        }
        let flow = Flow::Udp {
            socket: self.udp,
            addr: from,
        };
        Some(Heard::Message(Message::decode(bytes), flow))
    }

    /// Takes bytes of a connection.
    pub fn bytes(&mut self, conn: ConnId, bytes: &[u8], net: &mut Net) -> Vec<Heard> {
        let Some(framer) = self.conns.get_mut(&conn) else {
            return Vec::new();
        };
        let (heard, failed) = cut(framer, conn, bytes, net);
        if failed {
            self.conns.remove(&conn);
        }
        heard
    }

    /// The session that a call belongs to.
    pub fn owner(&self, call_id: &str) -> Option<Whose> {
        self.calls.get(call_id).copied()
    }

    /// Gives a call to a session.
    pub fn assign(&mut self, call_id: &str, whose: Whose) {
        self.calls.insert(call_id.to_owned(), whose);
    }

    /// Forgets the calls of a scenario.
    pub fn forget(&mut self, play: usize) {
        self.calls.retain(|_, owner| owner.play != play);
    }

    /// Answers a request that belongs to nobody, without keeping anything of it.
    pub fn refuse(&self, request: &Message, from: Flow, net: &mut Net) {
        if !request.is_request() || request.is_method("ACK") {
            return;
        }
        let status = if request.is_method("INVITE") {
            404
        } else {
            481
        };
        let tag = net.token(8);
        let response = MessageBuilder::response_to(request, status, reason(status), &tag);
        match from {
            Flow::Udp { socket, addr } => {
                net.send_to(socket, addr, response.received_from(addr).build());
            }
            Flow::Tcp { conn } => net.send(conn, response.build()),
        }
    }

    fn local(&self, transport: Transport) -> Option<SocketAddr> {
        match transport {
            Transport::Udp => self.udp_local,
            Transport::Tcp => self.tcp_local,
        }
    }
}
