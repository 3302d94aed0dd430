//! Messages to send: right unless asked to be wrong.

use bytes::{BufMut, Bytes};

use super::avp::{AvpKey, FLAG_MANDATORY, FLAG_VENDOR};
use super::dictionary::{self, Dictionary};
use super::message::{HEADER_LENGTH, HeaderFlags, Message};
use super::value::{AvpValue, ValueError};

/// An AVP to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvpOut {
    key: AvpKey,
    flags: u8,
    value: AvpValue,
    length: Option<u32>,
    padding: Option<Bytes>,
    vendor_field: Option<u32>,
}

impl AvpOut {
    /// An AVP of the default dictionary, with the flags its definition asks for. An integer of
    /// another width than the AVP's type becomes the type's; a value that does not fit the type at
    /// all is sent as it is, and an AVP that is not in the dictionary is sent without the M bit.
    pub fn new(key: AvpKey, value: impl Into<AvpValue>) -> AvpOut {
        let value = value.into();
        match Dictionary::default().avp(key) {
            Some(def) => AvpOut::raw(
                key,
                def.default_flags(),
                value.clone().fit(def).unwrap_or(value),
            ),
            None => AvpOut::raw(key, 0, value),
        }
    }

    /// An AVP with the flags and type a dictionary gives it.
    ///
    /// # Errors
    /// [`ValueError`] where the value does not fit the type.
    pub fn checked(
        def: &'static dictionary::AvpDef,
        value: impl Into<AvpValue>,
    ) -> Result<AvpOut, ValueError> {
        Ok(AvpOut::raw(
            def.key,
            def.default_flags(),
            value.into().fit(def)?,
        ))
    }

    /// A group of AVPs.
    pub fn group(key: AvpKey, avps: impl IntoIterator<Item = AvpOut>) -> AvpOut {
        AvpOut::new(key, avps.into_iter().collect::<Vec<_>>())
    }

    /// An AVP with these flags, whatever a dictionary says. The V bit is set where the key has a
    /// vendor; [`AvpOut::flags`] can take it away again.
    pub fn raw(key: AvpKey, flags: u8, value: impl Into<AvpValue>) -> AvpOut {
        let vendor = if key.vendor.is_some() { FLAG_VENDOR } else { 0 };
        AvpOut {
            key,
            flags: flags | vendor,
            value: value.into(),
            length: None,
            padding: None,
            vendor_field: key.vendor,
        }
    }

    /// A received AVP as it came, header, padding and children included, such as for a Failed-AVP
    /// (RFC 6733 7.5). What was wrong with its length is righted.
    pub fn copy_of(avp: super::avp::Avp<'_>) -> AvpOut {
        AvpOut {
            key: avp.key(),
            flags: avp.flags(),
            value: AvpValue::Octets(Bytes::copy_from_slice(avp.data())),
            length: None,
            padding: None,
            vendor_field: avp.vendor_id(),
        }
    }

    /// Code and vendor.
    pub fn key(&self) -> AvpKey {
        self.key
    }

    /// The value.
    pub fn value(&self) -> &AvpValue {
        &self.value
    }

    /// Sets or clears the M bit.
    pub fn mandatory(mut self, set: bool) -> AvpOut {
        self.flags = if set {
            self.flags | FLAG_MANDATORY
        } else {
            self.flags & !FLAG_MANDATORY
        };
        self
    }

    /// Sends these flags. The Vendor-ID field follows the key and not the V bit, so that the two
    /// can be made to contradict each other; see also [`AvpOut::vendor_field`].
    pub fn flags(mut self, flags: u8) -> AvpOut {
        self.flags = flags;
        self
    }

    /// Sends this Vendor-ID field, or none, whatever the V bit says.
    pub fn vendor_field(mut self, vendor: Option<u32>) -> AvpOut {
        self.vendor_field = vendor;
        self
    }

    /// Sends this AVP Length, whatever the AVP's length is. Only the low 24 bits are sent.
    pub fn length(mut self, length: u32) -> AvpOut {
        self.length = Some(length);
        self
    }

    /// Sends these bytes as padding, whatever the alignment asks for.
    pub fn padding(mut self, padding: impl Into<Bytes>) -> AvpOut {
        self.padding = Some(padding.into());
        self
    }

    /// The AVP's bytes, padding included.
    pub fn to_bytes(&self) -> Bytes {
        let mut out = Vec::new();
        self.write(&mut out);
        Bytes::from(out)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.put_u32(self.key.code);
        out.put_u32(u32::from(self.flags) << 24);
        if let Some(vendor) = self.vendor_field {
            out.put_u32(vendor);
        }
        self.value.write(out);
        let octets = out.len() - start;
        let length = self
            .length
            .unwrap_or(u32::try_from(octets).unwrap_or(u32::MAX));
        out[start + 5..start + 8].copy_from_slice(&length.to_be_bytes()[1..]);
        match &self.padding {
            Some(padding) => out.put_slice(padding),
            None => out.put_bytes(0, octets.next_multiple_of(4) - octets),
        }
    }
}

/// A message to send.
///
/// What is not said is right: version 1, the true length, no reserved bits. Every field can be said
/// otherwise, because sending wrong messages is part of the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageBuilder {
    version: u8,
    length: Option<u32>,
    flags: u8,
    command_code: u32,
    application_id: u32,
    hop_by_hop: u32,
    end_to_end: u32,
    avps: Vec<AvpOut>,
    tail: Bytes,
}

impl MessageBuilder {
    /// A request. The P bit is set where the command's definition says so.
    pub fn request(command_code: u32, application_id: u32) -> MessageBuilder {
        let proxiable =
            dictionary::command(command_code, true).is_some_and(|command| command.proxiable);
        let flags = if proxiable { HeaderFlags::PROXIABLE } else { 0 } | HeaderFlags::REQUEST;
        MessageBuilder {
            version: 1,
            length: None,
            flags,
            command_code,
            application_id,
            hop_by_hop: 0,
            end_to_end: 0,
            avps: Vec::new(),
            tail: Bytes::new(),
        }
    }

    /// An answer: command, application, P bit, Hop-by-Hop and End-to-End Identifier are the
    /// request's (RFC 6733 6.2). AVPs are the caller's, the Session-Id first.
    pub fn answer_to(request: &Message) -> MessageBuilder {
        MessageBuilder {
            flags: request.flags().0 & HeaderFlags::PROXIABLE,
            hop_by_hop: request.hop_by_hop(),
            end_to_end: request.end_to_end(),
            ..MessageBuilder::request(request.command_code(), request.application_id())
        }
    }

    /// Adds an AVP at the end.
    pub fn avp(mut self, avp: AvpOut) -> MessageBuilder {
        self.avps.push(avp);
        self
    }

    /// Adds AVPs at the end.
    pub fn avps(mut self, avps: impl IntoIterator<Item = AvpOut>) -> MessageBuilder {
        self.avps.extend(avps);
        self
    }

    /// Adds an AVP of the default dictionary; see [`AvpOut::new`].
    pub fn with(self, key: AvpKey, value: impl Into<AvpValue>) -> MessageBuilder {
        self.avp(AvpOut::new(key, value))
    }

    /// The AVPs so far, for changing, moving or taking out.
    pub fn avps_mut(&mut self) -> &mut Vec<AvpOut> {
        &mut self.avps
    }

    /// Sets the Hop-by-Hop Identifier.
    pub fn hop_by_hop(mut self, identifier: u32) -> MessageBuilder {
        self.hop_by_hop = identifier;
        self
    }

    /// Sets the End-to-End Identifier.
    pub fn end_to_end(mut self, identifier: u32) -> MessageBuilder {
        self.end_to_end = identifier;
        self
    }

    /// Sets or clears the P bit.
    pub fn proxiable(self, set: bool) -> MessageBuilder {
        self.flag(HeaderFlags::PROXIABLE, set)
    }

    /// Sets or clears the E bit.
    pub fn error(self, set: bool) -> MessageBuilder {
        self.flag(HeaderFlags::ERROR, set)
    }

    /// Sets or clears the T bit.
    pub fn retransmitted(self, set: bool) -> MessageBuilder {
        self.flag(HeaderFlags::RETRANSMITTED, set)
    }

    /// Sends these command flags, reserved bits included.
    pub fn flags(mut self, flags: u8) -> MessageBuilder {
        self.flags = flags;
        self
    }

    /// Sends this version.
    pub fn version(mut self, version: u8) -> MessageBuilder {
        self.version = version;
        self
    }

    /// Sends this Application-ID in the header.
    pub fn application_id(mut self, application_id: u32) -> MessageBuilder {
        self.application_id = application_id;
        self
    }

    /// Sends this Message Length, whatever the message's length is. Only the low 24 bits are sent.
    pub fn length(mut self, length: u32) -> MessageBuilder {
        self.length = Some(length);
        self
    }

    /// Sends these bytes behind the last AVP; they count into the Message Length.
    pub fn tail(mut self, tail: impl Into<Bytes>) -> MessageBuilder {
        self.tail = tail.into();
        self
    }

    /// The message's bytes.
    pub fn build(&self) -> Bytes {
        let mut out = Vec::with_capacity(HEADER_LENGTH + 32 * self.avps.len() + self.tail.len());
        out.put_u8(self.version);
        out.put_slice(&[0; 3]);
        out.put_u32(u32::from(self.flags) << 24 | self.command_code & 0x00ff_ffff);
        out.put_u32(self.application_id);
        out.put_u32(self.hop_by_hop);
        out.put_u32(self.end_to_end);
        self.avps.iter().for_each(|avp| avp.write(&mut out));
        out.put_slice(&self.tail);
        let length = self
            .length
            .unwrap_or(u32::try_from(out.len()).unwrap_or(u32::MAX));
        out[1..4].copy_from_slice(&length.to_be_bytes()[1..]);
        Bytes::from(out)
    }

    fn flag(mut self, bit: u8, set: bool) -> MessageBuilder {
        self.flags = if set {
            self.flags | bit
        } else {
            self.flags & !bit
        };
        self
    }
}
