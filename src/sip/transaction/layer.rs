//! The layer: matching, bookkeeping and the clock.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;

use super::event::{Config, Event, Flow, SendError, Stray, TransactionId, Transmit};
use super::key::{AckKey, ClientKey, ServerKey};
use super::machine::{Effects, Kind, State, Transaction};
use super::server::response_flow;
use crate::io::Time;
use crate::sip::message::Message;

/// Every transaction of one user agent.
#[derive(Debug, Default)]
pub struct TransactionLayer {
    config: Config,
    last_id: u64,
    transactions: HashMap<TransactionId, Entry>,
    clients: HashMap<ClientKey, TransactionId>,
    servers: HashMap<ServerKey, TransactionId>,
    accepted: HashMap<AckKey, TransactionId>,
    deadlines: BTreeSet<(Time, TransactionId)>,
    effects: Effects,
}

#[derive(Debug)]
struct Entry {
    machine: Transaction,
    key: Key,
    deadline: Option<Time>,
}

#[derive(Debug)]
enum Key {
    Client(ClientKey),
    Server(ServerKey, Option<AckKey>),
}

impl TransactionLayer {
    /// A layer with timer values and bounds of one's own.
    pub fn new(config: Config) -> TransactionLayer {
        TransactionLayer {
            config,
            ..TransactionLayer::default()
        }
    }

    /// Takes a message from the network.
    pub fn handle_message(&mut self, now: Time, message: Message, from: Flow) {
        if message.is_response() {
            self.handle_response(now, message, from);
        } else if message.is_method("ACK") {
            self.handle_ack(now, message, from);
        } else if message.is_request() {
            self.handle_request(now, message, from);
        } else {
            self.stray(message, from, Stray::StartLine);
        }
    }

    /// Sends a request and starts its client transaction.
    ///
    /// # Errors
    ///
    /// Nothing is sent where the request cannot be matched with its response
    /// ([`SendError::Unmatchable`], [`SendError::Ack`], [`SendError::BranchInUse`]) or where too
    /// many transactions live. [`TransactionLayer::send_stateless`] sends anything.
    pub fn send_request(
        &mut self,
        now: Time,
        request: Bytes,
        to: Flow,
    ) -> Result<TransactionId, SendError> {
        let request = Message::decode(request);
        let kind = match request.method() {
            Some("ACK") => return Err(SendError::Ack),
            Some("INVITE") => Kind::ClientInvite,
            Some(_) => Kind::Client,
            None => return Err(SendError::Unmatchable),
        };
        let key = ClientKey::of(&request).ok_or(SendError::Unmatchable)?;
        if self.clients.contains_key(&key) {
            return Err(SendError::BranchInUse);
        }
        if self.is_full() {
            return Err(SendError::Full);
        }
        let id = self.next_id();
        let mut machine = Transaction::new(id, kind, request, to, to);
        machine.start_client(now, &self.config, &mut self.effects);
        self.clients.insert(key.clone(), id);
        self.transactions.insert(
            id,
            Entry {
                machine,
                key: Key::Client(key),
                deadline: None,
            },
        );
        self.settle(id);
        Ok(id)
    }

    /// Sends a response of a server transaction, to where its Via says.
    ///
    /// # Errors
    ///
    /// Nothing is sent where the bytes are not a response, or the transaction has ended or has
    /// had its final response.
    pub fn respond(
        &mut self,
        now: Time,
        id: TransactionId,
        response: Bytes,
    ) -> Result<(), SendError> {
        let status = Message::decode(response.clone())
            .status()
            .ok_or(SendError::NotAResponse)?;
        let entry = self
            .transactions
            .get_mut(&id)
            .ok_or(SendError::NoTransaction)?;
        let Key::Server(_, ack_key) = &mut entry.key else {
            return Err(SendError::NoTransaction);
        };
        entry
            .machine
            .respond(now, &self.config, status, response, &mut self.effects)?;
        if entry.machine.state == State::Accepted && ack_key.is_none() {
            *ack_key = AckKey::of(&entry.machine.request);
            if let Some(key) = ack_key {
                self.accepted.insert(key.clone(), id);
            }
        }
        self.settle(id);
        Ok(())
    }

    /// Sends bytes without a transaction: the ACK of a 2xx, or what is wrong on purpose.
    pub fn send_stateless(&mut self, bytes: Bytes, to: Flow, retransmission: bool) {
        let transmit = Transmit {
            to,
            bytes,
            retransmission,
            transaction: None,
        };
        self.effects.transmits.push_back(transmit);
    }

    /// Sends bytes to where the responses of a server transaction go, and leaves the transaction
    /// as it is: a response that is wrong on purpose.
    ///
    /// # Errors
    ///
    /// [`SendError::NoTransaction`] where the transaction has ended.
    pub fn respond_stateless(&mut self, id: TransactionId, bytes: Bytes) -> Result<(), SendError> {
        let entry = self.transactions.get(&id).ok_or(SendError::NoTransaction)?;
        let to = entry.machine.to;
        self.send_stateless(bytes, to, false);
        Ok(())
    }

    /// Leaves a request that came without any answer: not even the 100 that the layer gives an
    /// INVITE by itself. Its retransmissions are still known as such.
    pub fn keep_silent(&mut self, id: TransactionId) {
        if let Some(entry) = self.transactions.get_mut(&id) {
            entry.machine.trying_at = None;
            self.settle(id);
        }
    }

    /// Ends a transaction without a word: no more retransmissions, no timeout.
    pub fn abandon(&mut self, id: TransactionId) {
        if let Some(entry) = self.transactions.get_mut(&id) {
            entry.machine.state = State::Terminated;
            self.settle(id);
        }
    }

    /// Tells the layer that a flow is gone; its unfinished transactions fail.
    pub fn handle_closed(&mut self, flow: Flow) {
        let mut lost: Vec<TransactionId> = self
            .transactions
            .iter()
            .filter(|(_, entry)| entry.machine.to == flow)
            .map(|(id, _)| *id)
            .collect();
        lost.sort_unstable();
        for id in lost {
            if let Some(entry) = self.transactions.get_mut(&id) {
                if matches!(entry.machine.state, State::Trying | State::Proceeding) {
                    self.effects.events.push_back(Event::TransportFailed { id });
                }
                entry.machine.state = State::Terminated;
            }
            self.settle(id);
        }
    }

    /// The request of a living transaction.
    pub fn request(&self, id: TransactionId) -> Option<&Message> {
        self.transactions
            .get(&id)
            .map(|entry| &entry.machine.request)
    }

    /// How many transactions live.
    pub fn len(&self) -> usize {
        self.transactions.len()
    }

    /// True where no transaction lives.
    pub fn is_empty(&self) -> bool {
        self.transactions.is_empty()
    }

    /// When [`TransactionLayer::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Time) {
        // What a timer starts anew lies after `now` unless an interval is zero, so each
        // transaction is served once a call.
        let due: Vec<TransactionId> = self
            .deadlines
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, id)| *id)
            .collect();
        for id in due {
            if let Some(entry) = self.transactions.get_mut(&id) {
                entry
                    .machine
                    .handle_timeout(now, &self.config, &mut self.effects);
            }
            self.settle(id);
        }
    }

    /// The next message to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.effects.transmits.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.effects.events.pop_front()
    }

    fn handle_response(&mut self, now: Time, message: Message, from: Flow) {
        let Some(key) = ClientKey::of(&message) else {
            return self.stray(message, from, Stray::Unmatchable);
        };
        let id = self.clients.get(&key).copied();
        let Some((id, entry)) = id.and_then(|id| Some((id, self.transactions.get_mut(&id)?)))
        else {
            return self.stray(message, from, Stray::Response);
        };
        entry
            .machine
            .handle_response(now, &self.config, message, from, &mut self.effects);
        self.settle(id);
    }

    fn handle_ack(&mut self, now: Time, message: Message, from: Flow) {
        let by_branch = ServerKey::of(&message).and_then(|key| self.servers.get(&key).copied());
        let by_dialog = || AckKey::of(&message).and_then(|key| self.accepted.get(&key).copied());
        let id = by_branch.or_else(by_dialog);
        let Some((id, entry)) = id.and_then(|id| Some((id, self.transactions.get_mut(&id)?)))
        else {
            let refusal = false;
            self.effects.events.push_back(Event::Ack {
                id: None,
                message,
                from,
                refusal,
            });
            return;
        };
        entry
            .machine
            .handle_ack(now, &self.config, message, from, &mut self.effects);
        self.settle(id);
    }

    fn handle_request(&mut self, now: Time, message: Message, from: Flow) {
        let Some(key) = ServerKey::of(&message) else {
            return self.stray(message, from, Stray::Unmatchable);
        };
        if let Some(id) = self.servers.get(&key).copied() {
            if let Some(entry) = self.transactions.get_mut(&id) {
                entry
                    .machine
                    .handle_repeated_request(message, from, &mut self.effects);
            }
            return;
        }
        if self.is_full() {
            return self.stray(message, from, Stray::Full);
        }
        let is_invite = message.is_method("INVITE");
        let kind = if is_invite {
            Kind::ServerInvite
        } else {
            Kind::Server
        };
        let cancels = if message.is_method("CANCEL") {
            ServerKey::cancelled(&message).and_then(|key| self.servers.get(&key).copied())
        } else {
            None
        };
        let id = self.next_id();
        let to = response_flow(&message, from);
        let mut machine = Transaction::new(id, kind, message.clone(), from, to);
        machine.start_server(now, &self.config);
        self.servers.insert(key.clone(), id);
        self.transactions.insert(
            id,
            Entry {
                machine,
                key: Key::Server(key, None),
                deadline: None,
            },
        );
        self.effects.events.push_back(Event::Request {
            id,
            message,
            from,
            cancels,
        });
        self.settle(id);
    }

    /// Moves the deadline of a transaction, or buries it.
    fn settle(&mut self, id: TransactionId) {
        let Some(entry) = self.transactions.get_mut(&id) else {
            return;
        };
        let ended = entry.machine.state == State::Terminated;
        let deadline = if ended {
            None
        } else {
            entry.machine.deadline()
        };
        if entry.deadline != deadline {
            if let Some(at) = entry.deadline {
                self.deadlines.remove(&(at, id));
            }
            if let Some(at) = deadline {
                self.deadlines.insert((at, id));
            }
            entry.deadline = deadline;
        }
        if !ended {
            return;
        }
        if let Some(entry) = self.transactions.remove(&id) {
            match entry.key {
                Key::Client(key) => {
                    self.clients.remove(&key);
                }
                Key::Server(key, ack_key) => {
                    self.servers.remove(&key);
                    if let Some(key) = ack_key
                        && self.accepted.get(&key) == Some(&id)
                    {
                        self.accepted.remove(&key);
                    }
                }
            }
            self.effects.events.push_back(Event::Terminated { id });
        }
    }

    fn stray(&mut self, message: Message, from: Flow, why: Stray) {
        self.effects
            .events
            .push_back(Event::Stray { message, from, why });
    }

    fn is_full(&self) -> bool {
        self.transactions.len() >= self.config.max_transactions
    }

    fn next_id(&mut self) -> TransactionId {
        self.last_id += 1;
        TransactionId(self.last_id)
    }
}

#[cfg(test)]
mod tests;
