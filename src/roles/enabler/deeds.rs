//! What a scenario that runs alone has a Charging Enabler do to the server's connections, and how
//! all is put right after it.

use crate::diameter::peer::{Behaviour, Peer};
use crate::io::ConnId;
use crate::roles::net::Net;
use crate::scenario::Party;

use super::Enabler;
use super::node::FIRST;

/// REBOOTING (RFC 6733 5.4.3): the server may connect again.
const REBOOTING: i32 = 0;

impl Enabler {
    /// Closes the server's connections to a Charging Enabler, and gives them.
    pub fn close_connections(&mut self, party: Party, abort: bool, net: &mut Net) -> Vec<ConnId> {
        let node = self.index_of(party);
        let here = |conn: &ConnId| Some(self.node_of(*conn)) == node;
        let conns: Vec<ConnId> = self.peers.keys().copied().filter(here).collect();
        for conn in &conns {
            self.peers.remove(conn);
            self.lose_pulse(*conn, net);
            self.closing.remove(conn);
            let what = if abort { "reset" } else { "closed" };
            self.note_path(
                net.now,
                *conn,
                format!("{what} by the Charging Enabler"),
                false,
                false,
            );
            net.close(*conn, abort);
        }
        self.disturbed |= !conns.is_empty();
        conns
    }

    /// Takes no connections any more, or takes them again; false where nothing changes.
    pub fn listen_at(&mut self, party: Party, open: bool, net: &mut Net) -> bool {
        let node = self.index_of(party);
        self.disturbed |= !open;
        node.is_some_and(|node| self.listen(node, open, net))
    }

    /// Whether a Charging Enabler answers what is the connection's own (CER, DWR, DPR).
    pub fn behave(&mut self, party: Party, behaviour: Behaviour) {
        if let Some(node) = self.index_of(party) {
            self.behave_at(node, behaviour);
        }
    }

    fn behave_at(&mut self, node: usize, behaviour: Behaviour) {
        if self.nodes[node].config.behaviour == behaviour {
            return;
        }
        self.nodes[node].config.behaviour = behaviour;
        let here = |conn: &ConnId| self.node_of(*conn) == node;
        let conns: Vec<ConnId> = self.peers.keys().copied().filter(here).collect();
        for conn in conns {
            if let Some(peer) = self.peers.get_mut(&conn) {
                *peer.behaviour_mut() = behaviour;
            }
        }
    }

    /// Whether a scenario has the Charging Enabler refuse the connection.
    pub(super) fn refuses(&self, conn: ConnId) -> bool {
        let node = self.nodes.get(self.node_of(conn));
        node.is_some_and(|node| node.config.behaviour.refuse_capabilities.is_some())
    }

    /// Closes the connections whose CER was left without an answer: nothing more comes of them.
    fn drop_unopened(&mut self, node: usize, net: &mut Net) {
        let stuck = |(conn, peer): (&ConnId, &Peer)| {
            (self.node_of(*conn) == node && !peer.is_open()).then_some(*conn)
        };
        let conns: Vec<ConnId> = self.peers.iter().filter_map(stuck).collect();
        for conn in conns {
            self.peers.remove(&conn);
            let what = "closed by the Charging Enabler".to_owned();
            self.note_path(net.now, conn, what, false, false);
            net.close(conn, false);
        }
    }

    /// Puts right what a scenario has done to the listeners.
    pub fn restore(&mut self, net: &mut Net) {
        for node in 0..self.nodes.len() {
            if !self.nodes[node].config.behaviour.answer_capabilities {
                self.drop_unopened(node, net);
            }
            self.behave_at(node, Behaviour::default());
            self.listen(node, true, net);
        }
    }

    /// True where the harness itself has cut the server off and it has not come back since.
    pub fn is_disturbed(&self) -> bool {
        self.disturbed && !self.is_open()
    }

    /// Sends a server away that stays with the second Charging Enabler, so that it looks for the
    /// first one again.
    pub fn send_back(&mut self, net: &mut Net) {
        let away = |conn: &ConnId| self.node_of(*conn) != FIRST;
        let conns: Vec<ConnId> = self.peers.keys().copied().filter(away).collect();
        for conn in conns {
            if let Some(peer) = self.peers.get_mut(&conn).filter(|peer| Peer::is_open(peer)) {
                peer.disconnect(net.now, REBOOTING);
                self.closing.insert(conn);
                self.serve(conn, net);
            }
        }
    }
}
