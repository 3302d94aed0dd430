//! Whether the server keeps up: watchdogs that it answers.
//!
//! Silence says something about a server only once it has had the time to speak. What it has been
//! sent may still wait in a queue, its own or ours, where a machine is busy. A DWR waits there as
//! well, so its DWA shows that the server has come as far as that.

use crate::io::ConnId;
use crate::roles::net::Net;

use super::Enabler;

/// A round of watchdogs that a scenario waits for.
#[derive(Clone, Copy, Debug)]
pub(in crate::roles) struct Ticket(u64);

/// The round that is out: one DWR over each connection on which one was answered before.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// Rounds that began.
    begun: u64,
    /// The last round in which a connection was lost before it had answered, or with none to ask.
    broken: u64,
    /// The last round that somebody waits for.
    wanted: u64,
    /// Connections of this round that have yet to answer. True where the DWR is still to be sent,
    /// because another one is out.
    open: Vec<(ConnId, bool)>,
}

impl Enabler {
    /// Asks the server for a sign that it has read what it was sent so far. `None` where it has no
    /// connection on which it ever answered a watchdog.
    pub fn ask_for_pulse(&mut self, net: &mut Net) -> Option<Ticket> {
        self.pulsing().next()?;
        // The round that is out may have been answered by now.
        let ticket = self.pulse.begun + 1;
        self.pulse.wanted = ticket;
        self.go_round(net);
        Some(Ticket(ticket))
    }

    /// True once the server has given the sign.
    pub fn has_pulse(&self, ticket: Ticket) -> bool {
        let out = u64::from(!self.pulse.open.is_empty());
        self.pulse.begun >= ticket.0 + out
    }

    /// Waits no longer for those that have not answered, and for no answer of theirs until they give
    /// one again: a server that has stopped is judged for it, and not waited for at every step.
    pub fn give_up_pulse(&mut self, net: &mut Net) {
        for (conn, _) in std::mem::take(&mut self.pulse.open) {
            self.proven.remove(&conn);
        }
        self.pulse.broken = self.pulse.begun;
        self.go_round(net);
    }

    /// True where it was an answer that ended the wait, and not the end of a connection.
    pub fn was_answered(&self, ticket: Ticket) -> bool {
        self.has_pulse(ticket) && self.pulse.broken < ticket.0
    }

    /// A DWA came.
    pub(super) fn pulse_came(&mut self, conn: ConnId, net: &mut Net) {
        let Some(at) = self.pulse.open.iter().position(|(of, _)| *of == conn) else {
            return;
        };
        if self.pulse.open[at].1 {
            self.pulse.open[at].1 = !self.probe(conn, net);
        } else {
            self.pulse.open.swap_remove(at);
        }
        self.go_round(net);
    }

    /// Nothing more will come over a connection.
    pub(super) fn lose_pulse(&mut self, conn: ConnId, net: &mut Net) {
        self.proven.remove(&conn);
        let waiting = self.pulse.open.len();
        self.pulse.open.retain(|(of, _)| *of != conn);
        if self.pulse.open.len() < waiting {
            self.pulse.broken = self.pulse.begun;
        }
        self.go_round(net);
    }

    fn go_round(&mut self, net: &mut Net) {
        while self.pulse.open.is_empty() && self.pulse.wanted > self.pulse.begun {
            self.pulse.begun += 1;
            self.pulse.open = self.pulsing().map(|conn| (conn, true)).collect();
            if self.pulse.open.is_empty() {
                self.pulse.broken = self.pulse.begun;
            }
            for (conn, _) in self.pulse.open.clone() {
                let sent = self.probe(conn, net);
                let mut open = self.pulse.open.iter_mut();
                if let Some((_, waits)) = open.find(|(of, _)| *of == conn) {
                    *waits = !sent;
                }
            }
        }
    }

    /// Sends a DWR, where none is out.
    fn probe(&mut self, conn: ConnId, net: &mut Net) -> bool {
        let Some(peer) = self.peers.get_mut(&conn) else {
            return false;
        };
        let sent = peer.probe(net.now);
        self.serve(conn, net);
        sent
    }

    fn pulsing(&self) -> impl Iterator<Item = ConnId> {
        let open = |conn: &&ConnId| self.can_answer(**conn);
        self.proven.iter().filter(open).copied()
    }
}
