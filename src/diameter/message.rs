//! A Diameter message, as it came or as it was built.

use std::fmt;

use bytes::Bytes;

use crate::io;

use super::avp::{Avp, AvpKey, Avps, Walk};
use super::decode;
use super::dictionary::{self, AvpDef, CommandDef, Dictionary};
use super::fault::Fault;
use super::fields;

/// Octets of a Diameter header (RFC 6733 3).
pub const HEADER_LENGTH: usize = 20;

/// The command flags of a header (RFC 6733 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HeaderFlags(pub u8);

impl HeaderFlags {
    /// R: a request.
    pub const REQUEST: u8 = 0x80;
    /// P: may be proxied, relayed or redirected.
    pub const PROXIABLE: u8 = 0x40;
    /// E: an error answer, which follows the grammar of RFC 6733 7.2.
    pub const ERROR: u8 = 0x20;
    /// T: potentially retransmitted.
    pub const RETRANSMITTED: u8 = 0x10;
    /// The reserved bits, which must be zero.
    pub const RESERVED: u8 = 0x0f;

    /// True where the R bit is set.
    pub const fn request(self) -> bool {
        self.0 & HeaderFlags::REQUEST != 0
    }

    /// True where the P bit is set.
    pub const fn proxiable(self) -> bool {
        self.0 & HeaderFlags::PROXIABLE != 0
    }

    /// True where the E bit is set.
    pub const fn error(self) -> bool {
        self.0 & HeaderFlags::ERROR != 0
    }

    /// True where the T bit is set.
    pub const fn retransmitted(self) -> bool {
        self.0 & HeaderFlags::RETRANSMITTED != 0
    }

    /// The reserved bits that are set.
    pub const fn reserved(self) -> u8 {
        self.0 & HeaderFlags::RESERVED
    }
}

impl fmt::Display for HeaderFlags {
    /// `R P - -`-like, without blanks: `RP--`, and the reserved bits where any is set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bit = |set, letter| if set { letter } else { '-' };
        write!(
            f,
            "{}{}{}{}",
            bit(self.request(), 'R'),
            bit(self.proxiable(), 'P'),
            bit(self.error(), 'E'),
            bit(self.retransmitted(), 'T')
        )?;
        if self.reserved() != 0 {
            write!(f, " reserved 0x{:02x}", self.reserved())?;
        }
        Ok(())
    }
}

/// A Diameter message with its bytes, its AVP tree and whatever is wrong with it.
#[derive(Clone)]
pub struct Message {
    raw: Bytes,
    nodes: Vec<Node>,
    faults: Vec<Fault>,
    faults_left_off: usize,
    dictionary: &'static Dictionary,
}

/// One AVP in the flat tree of a message: a node's descendants follow it directly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub code: u32,
    pub vendor: u32,
    pub length: u32,
    pub start: u32,
    pub data: u32,
    pub data_end: u32,
    pub end: u32,
    /// Index of the first node behind this one and its descendants.
    pub next: u32,
    pub flags: u8,
    pub depth: u8,
    pub def: Option<&'static AvpDef>,
}

impl Node {
    pub fn key(&self) -> AvpKey {
        AvpKey {
            code: self.code,
            vendor: (self.vendor != 0).then_some(self.vendor),
        }
    }
}

impl Message {
    /// Takes a message apart with the default dictionary. Never fails: see [`Message::faults`].
    pub fn decode(raw: Bytes) -> Message {
        Message::decode_with(raw, Dictionary::default())
    }

    /// Takes a message apart with a dictionary of choice.
    pub fn decode_with(raw: Bytes, dictionary: &'static Dictionary) -> Message {
        let decoded = decode::decode(&raw, dictionary);
        Message {
            raw,
            nodes: decoded.nodes,
            faults: decoded.faults,
            faults_left_off: decoded.faults_left_off,
            dictionary,
        }
    }

    /// The message as it came, every byte of it.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// What is wrong with the message by itself, in wire order. The rules of its command are
    /// [`super::grammar::check`]'s.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// How many faults were found beyond those kept (a message of a megabyte can hold very many).
    pub fn faults_left_off(&self) -> usize {
        self.faults_left_off
    }

    /// The dictionary the message was taken apart with.
    pub fn dictionary(&self) -> &'static Dictionary {
        self.dictionary
    }

    /// The Version field; 0 where the header is cut off.
    pub fn version(&self) -> u8 {
        self.octet(0)
    }

    /// The Message Length field, as sent, in octets.
    pub fn length(&self) -> u32 {
        self.word(0) & 0x00ff_ffff
    }

    /// The command flags.
    pub fn flags(&self) -> HeaderFlags {
        HeaderFlags(self.octet(4))
    }

    /// True where the R bit is set.
    pub fn is_request(&self) -> bool {
        self.flags().request()
    }

    /// The Command Code.
    pub fn command_code(&self) -> u32 {
        self.word(4) & 0x00ff_ffff
    }

    /// The Application-ID of the header.
    pub fn application_id(&self) -> u32 {
        self.word(8)
    }

    /// The Hop-by-Hop Identifier.
    pub fn hop_by_hop(&self) -> u32 {
        self.word(12)
    }

    /// The End-to-End Identifier.
    pub fn end_to_end(&self) -> u32 {
        self.word(16)
    }

    /// The command, if the dictionary knows it.
    pub fn command(&self) -> Option<&'static CommandDef> {
        dictionary::command(self.command_code(), self.is_request())
    }

    /// The command's abbreviation, such as `CCR`; `?` where it is unknown.
    pub fn abbreviation(&self) -> &'static str {
        self.command().map_or("?", |command| command.abbreviation)
    }

    /// The AVPs that stand in no group, in wire order.
    pub fn avps(&self) -> Avps<'_> {
        Avps::top(self)
    }

    /// The first AVP with this key that stands in no group.
    pub fn find(&self, key: AvpKey) -> Option<Avp<'_>> {
        self.avps().find(|avp| avp.key() == key)
    }

    /// All AVPs with this key that stand in no group.
    pub fn find_all(&self, key: AvpKey) -> impl Iterator<Item = Avp<'_>> {
        self.avps().filter(move |avp| avp.key() == key)
    }

    /// The first AVP reached by this path: a group's key, then a key inside it, and so on. Groups
    /// that occur several times are all searched.
    pub fn find_path(&self, path: &[AvpKey]) -> Option<Avp<'_>> {
        let (first, rest) = path.split_first()?;
        descend(self.avps(), *first, rest)
    }

    /// All AVPs, depth first; [`Avp::depth`] says how deep each stands.
    pub fn walk(&self) -> Walk<'_> {
        Walk::new(self)
    }

    /// The Result-Code (RFC 6733 7.1), if there is one that can be read.
    pub fn result_code(&self) -> Option<u32> {
        self.find(super::key::RESULT_CODE)?.u32().ok()
    }

    /// The Session-Id (RFC 6733 8.8), if there is one that is text.
    pub fn session_id(&self) -> Option<&str> {
        self.find(super::key::SESSION_ID)?.utf8().ok()
    }

    /// Every field of the message in wire order, for a reader: values by name where they have one,
    /// and each fault at the field that has it.
    pub fn fields(&self, dictionary: &Dictionary) -> Vec<io::Field> {
        fields::list(self, dictionary)
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    fn octet(&self, at: usize) -> u8 {
        self.raw.get(at).copied().unwrap_or(0)
    }

    fn word(&self, at: usize) -> u32 {
        match self.raw.get(at..).and_then(<[u8]>::first_chunk::<4>) {
            Some(octets) => u32::from_be_bytes(*octets),
            None => 0,
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("command", &self.abbreviation())
            .field("code", &self.command_code())
            .field("flags", &self.flags().to_string())
            .field("hop_by_hop", &self.hop_by_hop())
            .field("end_to_end", &self.end_to_end())
            .field("avps", &self.nodes.len())
            .field("faults", &self.faults)
            .finish()
    }
}

impl PartialEq for Message {
    /// Two messages are equal where their bytes are.
    fn eq(&self, other: &Message) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Message {}

fn descend<'a>(mut level: Avps<'a>, key: AvpKey, rest: &[AvpKey]) -> Option<Avp<'a>> {
    let Some((next, deeper)) = rest.split_first() else {
        return level.find(|avp| avp.key() == key);
    };
    level
        .filter(|avp| avp.key() == key)
        .find_map(|avp| descend(avp.children(), *next, deeper))
}
