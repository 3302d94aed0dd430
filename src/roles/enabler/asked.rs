//! Requests that scenarios have the Charging Enabler send, and whose their answers are.

use bytes::Bytes;

use crate::diameter::credit::SessionState;
use crate::diameter::dictionary::{CREDIT_CONTROL_APPLICATION, DPR, RAR};
use crate::diameter::peer::Peer;
use crate::diameter::{AvpOut, Message, MessageBuilder, key};
use crate::io::ConnId;
use crate::roles::identity::Whose;
use crate::roles::net::Net;
use crate::scenario::{Command, Party};

use super::node::FIRST;
use super::{Enabler, Session};

/// A request that was sent for a scenario.
#[derive(Debug)]
pub(super) struct Asked {
    conn: ConnId,
    whose: Whose,
    command: u32,
    hop_by_hop: u32,
    end_to_end: u32,
}

impl Asked {
    /// Whose it is.
    pub(super) fn whose(&self) -> Whose {
        self.whose
    }
}

/// Requests that are remembered.
const MOST_ASKED: usize = 10_000;
/// AUTHORIZE_ONLY (RFC 6733 8.12), which credit control uses (RFC 8506 5.5).
const AUTHORIZE_ONLY: u32 = 0;
/// REBOOTING (RFC 6733 5.4.3): of the causes the one after which the server may connect again.
const REBOOTING: u32 = 0;

impl Enabler {
    /// A request of a scenario's, with the identifiers of the connection it goes over.
    ///
    /// # Errors
    /// The reason, in words, where there is nobody to ask.
    pub fn request(
        &mut self,
        command: Command,
        whose: Whose,
        by: Party,
    ) -> Result<(ConnId, MessageBuilder), &'static str> {
        let node = self.index_of(by).unwrap_or(FIRST);
        let charging = self.charging(whose);
        let conn = self.conn_of(whose, by);
        let builder = if command.is_of_session() {
            let (id, session) = charging.ok_or("the server has begun no charging session")?;
            self.about_session(command, node, id, session)
        } else {
            self.about_connection(command, node)
        };
        let conn = conn.ok_or("the server has no CH-2 connection to it")?;
        let peer = self.peers.get_mut(&conn);
        let peer = peer.ok_or("the server has no CH-2 connection to it")?;
        let (hop_by_hop, end_to_end) = (peer.next_hop_by_hop(), peer.next_end_to_end());
        Ok((conn, builder.hop_by_hop(hop_by_hop).end_to_end(end_to_end)))
    }

    /// The connection of a session's charging, where it leads to that Charging Enabler, or any open
    /// one that does.
    pub fn conn_of(&self, whose: Whose, by: Party) -> Option<ConnId> {
        let open = |conn: &ConnId| {
            self.party_of(*conn) == by && self.peers.get(conn).is_some_and(Peer::is_open)
        };
        let own = self.charging(whose).map(|(_, session)| session.conn);
        own.filter(open)
            .or_else(|| self.peers.keys().copied().find(open))
    }

    /// Sends a request of a scenario's, which is in the trace by now.
    pub fn ask(&mut self, conn: ConnId, whose: Whose, request: &Message, net: &mut Net) {
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        if self.asked.len() < MOST_ASKED {
            self.asked.push(Asked {
                conn,
                whose,
                command: request.command_code(),
                hop_by_hop: request.hop_by_hop(),
                end_to_end: request.end_to_end(),
            });
        }
        if request.command_code() == DPR {
            self.closing.insert(conn);
        }
        // Whether it could still be sent was found when it was made.
        let _ = peer.send_own_request(net.now, request.raw().clone());
        let written: Vec<Bytes> = std::iter::from_fn(|| peer.poll_transmit()).collect();
        for bytes in written {
            net.send(conn, bytes);
        }
    }

    /// Whose request an answer belongs to. Either identifier will do: which one is wrong is for
    /// the judge to say.
    pub(super) fn asked_by(&self, conn: ConnId, answer: &Message) -> Option<Whose> {
        let belongs = |asked: &&Asked| {
            asked.conn == conn
                && asked.command == answer.command_code()
                && (asked.hop_by_hop == answer.hop_by_hop()
                    || asked.end_to_end == answer.end_to_end())
        };
        self.asked
            .iter()
            .rev()
            .find(belongs)
            .map(|asked| asked.whose)
    }

    /// The charging session of an IM session: of several the last that began, an open one first.
    fn charging(&self, whose: Whose) -> Option<(&str, &Session)> {
        let own = self.of(whose.play).filter(|(_, s)| s.owner == Some(whose));
        let last = own.max_by_key(|(_, s)| (s.state.state() == SessionState::Open, s.begun));
        last.map(|(id, session)| (id.as_str(), session))
    }

    fn about_session(
        &self,
        command: Command,
        node: usize,
        id: &str,
        session: &Session,
    ) -> MessageBuilder {
        let mut request = MessageBuilder::request(command.code(), CREDIT_CONTROL_APPLICATION)
            .with(key::SESSION_ID, id)
            .avps(self.nodes[node].origin());
        for (from, to) in [
            (key::ORIGIN_REALM, key::DESTINATION_REALM),
            (key::ORIGIN_HOST, key::DESTINATION_HOST),
        ] {
            let named = session.origin.iter().find(|(key, _)| *key == from);
            request = request.avps(named.map(|(_, name)| AvpOut::new(to, name.as_str())));
        }
        request = request.with(key::AUTH_APPLICATION_ID, CREDIT_CONTROL_APPLICATION);
        if command.code() == RAR {
            request = request.with(key::RE_AUTH_REQUEST_TYPE, AUTHORIZE_ONLY);
        }
        request
    }

    fn about_connection(&self, command: Command, node: usize) -> MessageBuilder {
        let request = MessageBuilder::request(command.code(), 0).avps(self.nodes[node].origin());
        match command {
            Command::DisconnectPeer => request.with(key::DISCONNECT_CAUSE, REBOOTING),
            _ => request,
        }
    }
}
