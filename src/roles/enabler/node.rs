//! The Charging Enablers as places: where each listens, and what it calls itself.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::diameter::AvpOut;
use crate::diameter::peer::{Peer, PeerConfig};
use crate::io::{ConnId, SocketId};
use crate::roles::net::{Net, Owner};
use crate::scenario::{EnablerAddress, Party};

use super::Enabler;

/// One Charging Enabler. What it knows of sessions it shares with the other.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) party: Party,
    pub(super) address: EnablerAddress,
    pub(super) config: PeerConfig,
    /// Its listener; `None` while it takes no connections.
    socket: Option<SocketId>,
    /// Where it listens, once it has.
    local: Option<SocketAddr>,
}

/// Tw of our own watchdog (RFC 3539 3.4.1).
const WATCHDOG: Duration = Duration::from_secs(300);
/// The Charging Enabler that a server connects to first.
pub(super) const FIRST: usize = 0;

impl Node {
    /// Listens. `ip` stands in for the Host-IP-Address where the address is unspecified.
    pub(super) fn new(
        index: usize,
        party: Party,
        address: EnablerAddress,
        ip: IpAddr,
        net: &mut Net,
    ) -> Node {
        let socket = net.listen(Owner::Enabler(index), address.listen);
        let mut config = PeerConfig::new(address.host.as_str(), address.realm.as_str());
        let listen = address.listen.ip();
        config.host_ip_addresses = vec![if listen.is_unspecified() { ip } else { listen }];
        // Long enough not to disturb a scenario, short enough to find a dead server in a long run.
        config.watchdog = Some(WATCHDOG);
        Node {
            party,
            address,
            config,
            socket: Some(socket),
            local: None,
        }
    }

    /// Origin-Host and Origin-Realm.
    pub(super) fn origin(&self) -> [AvpOut; 2] {
        self.config.origin()
    }
}

impl Enabler {
    /// Takes the address of a listener; true once all listen for the first time.
    pub fn on_bound(&mut self, node: usize, local: SocketAddr) -> bool {
        let Some(node) = self.nodes.get_mut(node) else {
            return false;
        };
        let first = node.local.replace(local).is_none();
        first && self.is_listening()
    }

    /// Where a Charging Enabler listens, or is to.
    pub fn address(&self, node: usize) -> &EnablerAddress {
        &self.nodes.get(node).unwrap_or(&self.nodes[FIRST]).address
    }

    /// Where the server is to connect first.
    pub fn first_address(&self) -> SocketAddr {
        let first = &self.nodes[FIRST];
        first.local.unwrap_or(first.address.listen)
    }

    /// True once all have listened.
    pub fn is_listening(&self) -> bool {
        self.nodes.iter().all(|node| node.local.is_some())
    }

    /// True while the server has an open connection to the Charging Enabler that comes first.
    pub fn is_open(&self) -> bool {
        self.has_open(FIRST)
    }

    /// True while the server has an open connection to it on which it has answered a watchdog, so
    /// that it has read the end of the capabilities exchange.
    pub fn is_proven(&self) -> bool {
        let open = |conn: &&ConnId| self.peers.get(conn).is_some_and(Peer::is_open);
        let mut proven = self.proven.iter().filter(open);
        proven.any(|conn| self.node_of(*conn) == FIRST)
    }

    /// How many connections of the server to it stand, open or not.
    pub fn connections(&self) -> usize {
        let mut conns = self.peers.keys();
        conns
            .by_ref()
            .filter(|conn| self.node_of(**conn) == FIRST)
            .count()
    }

    /// The connections that are open.
    pub fn open_connections(&self) -> Vec<ConnId> {
        let open = self.peers.iter().filter(|(_, peer)| peer.is_open());
        open.map(|(conn, _)| *conn).collect()
    }

    /// Who a connection leads to.
    pub fn party_of(&self, conn: ConnId) -> Party {
        self.nodes[self.node_of(conn)].party
    }

    /// What the other end of a connection takes us for.
    pub fn address_of(&self, conn: ConnId) -> &EnablerAddress {
        &self.nodes[self.node_of(conn)].address
    }

    pub(super) fn node_of(&self, conn: ConnId) -> usize {
        let node = self.homes.get(&conn).copied().unwrap_or(FIRST);
        node.min(self.nodes.len() - 1)
    }

    pub(super) fn config_of(&self, node: usize) -> PeerConfig {
        let node = self.nodes.get(node).unwrap_or(&self.nodes[FIRST]);
        node.config.clone()
    }

    fn has_open(&self, node: usize) -> bool {
        let open = self.peers.iter().filter(|(_, peer)| peer.is_open());
        open.into_iter()
            .any(|(conn, _)| self.node_of(*conn) == node)
    }

    pub(super) fn index_of(&self, party: Party) -> Option<usize> {
        self.nodes.iter().position(|node| node.party == party)
    }

    /// Opens or closes the door.
    pub(super) fn listen(&mut self, node: usize, open: bool, net: &mut Net) -> bool {
        let Some(of) = self.nodes.get_mut(node) else {
            return false;
        };
        match (open, of.socket) {
            (false, Some(socket)) => {
                net.unbind(socket);
                of.socket = None;
                true
            }
            (true, None) => {
                let at = of.local.unwrap_or(of.address.listen);
                of.socket = Some(net.listen(Owner::Enabler(node), at));
                true
            }
            _ => false,
        }
    }
}
