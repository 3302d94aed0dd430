//! What is fed to the rules and what comes out of them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use crate::ch2::Binding;
use crate::diameter::{Message, key};
use crate::io::Time;

use super::answer::Asked;
use super::catalog::Name;
use super::link::Links;
use super::session::Sessions;
use super::{Breach, Observation, form};

/// What has been watched and found.
pub(super) type Found = super::found::Found<Name>;

/// Watches the messages of one or more CH-2 connections.
#[derive(Debug)]
pub struct Monitor {
    found: Found,
    links: Links,
    sessions: Sessions,
}

impl Monitor {
    /// A monitor that has seen nothing yet.
    pub fn new(binding: &Binding) -> Monitor {
        Monitor {
            found: Found::default(),
            links: Links::default(),
            sessions: Sessions::new(binding),
        }
    }

    /// The server says that its Twinit (RFC 3539 3.4.1) is this.
    #[must_use]
    pub fn with_watchdog_time(mut self, twinit: Duration) -> Monitor {
        self.links.watchdog_time(twinit);
        self
    }

    /// Takes the next message of the trace, whichever side sent it.
    pub fn observe(&mut self, observation: &Observation<'_>) {
        if observation.from_server {
            form::check(observation, &mut self.found);
        }
        let standing = self.links.observe(observation, &mut self.found);
        self.sessions
            .observe(observation, standing, &mut self.found);
    }

    /// A connection was lost at `at`, whoever ended it. From then on the server may send again
    /// what it got no answer to.
    pub fn path_lost(&mut self, connection: u64, at: Time) {
        self.links.lost(connection);
        self.sessions.lost(at);
    }

    /// The trace ends at `at`: what has waited too long by then was never done.
    pub fn ended(&mut self, at: Time) {
        self.links.ended(at, &mut self.found);
        self.sessions.ended(at, &mut self.found);
    }

    /// How many rules had something to watch so far.
    pub fn watched(&self) -> usize {
        self.found.watched()
    }

    /// The breaches so far, in the order they were found.
    pub fn breaches(&self) -> &[Breach] {
        self.found.breaches()
    }

    /// How many breaches were left off because a rule had been broken too often already.
    pub fn left_off(&self) -> u64 {
        self.found.left_off()
    }

    /// Ends the watch.
    pub fn finish(self) -> Vec<Breach> {
        self.found.finish()
    }
}

/// What `link` knows of a message when `session` takes it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    /// A request that was seen before: this is a retransmission.
    pub again: bool,
    /// For a request of the server: the name of its session, see [`session_of`].
    pub session: Option<u64>,
    /// For an answer of the harness: what it answers.
    pub answers: Option<Answers>,
    /// For an answer of the server: the request of the harness that it answers.
    pub asked: Option<Asked>,
}

/// Which request an answer of the harness is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answers {
    /// The name of the session.
    pub session: u64,
    /// The End-to-End Identifier of the request.
    pub end_to_end: u32,
    /// False where the answer has faults, so that the server may take it, drop it or end the
    /// session over it.
    pub sound: bool,
}

/// A name for a text that tables can keep without the text.
pub(crate) fn digest(parts: &[&[u8]]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        part.hash(&mut hasher);
    }
    hasher.finish()
}

/// The same for names whose case does not matter.
pub(super) fn folded(name: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    // A word at a time: octet by octet, this took a quarter of all the rules' time.
    for part in name.chunks(64) {
        let mut folded = [0; 64];
        let folded = &mut folded[..part.len()];
        folded.copy_from_slice(part);
        folded.make_ascii_lowercase();
        hasher.write(folded);
    }
    hasher.finish()
}

/// The name under which a session is kept: its Session-Id, and its sub-session where it has one
/// (RFC 8506 section 8.5); `None` where the message belongs to no session.
pub(super) fn session_of(message: &Message) -> Option<u64> {
    let id = message.find(key::SESSION_ID)?.data();
    let part = message
        .find(key::CC_SUB_SESSION_ID)
        .map_or(&[][..], |avp| avp.data());
    Some(digest(&[id, part]))
}

/// A table that forgets its older half: never more than twice `limit` entries.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    limit: usize,
    forgot: bool,
}

impl<K: Hash + Eq + Copy, V> Recent<K, V> {
    pub(crate) fn new(limit: usize) -> Recent<K, V> {
        Recent {
            young: Default::default(),
            old: Default::default(),
            limit,
            forgot: false,
        }
    }

    /// True once entries were dropped: that one is not here proves nothing from then on.
    pub(crate) fn forgot(&self) -> bool {
        self.forgot
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.limit {
            self.forgot |= !self.old.is_empty();
            self.old = std::mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    /// Every entry that is kept.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.young.values().chain(self.old.values())
    }

    pub(crate) fn get(&self, key: K) -> Option<&V> {
        self.young.get(&key).or_else(|| self.old.get(&key))
    }

    /// The entry, which counts as new again.
    pub(crate) fn touch(&mut self, key: K) -> Option<&mut V> {
        if let Some(value) = self.old.remove(&key) {
            self.insert(key, value);
        }
        self.young.get_mut(&key)
    }
}
