//! An AVP as it stands in a decoded message.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::dictionary::{AvpDef, AvpType};
use super::fault::{Fault, FaultKind, Severity};
use super::message::{Message, Node};
use super::value::NtpTime;

/// The V bit of the AVP flags: a Vendor-ID follows (RFC 6733 4.1).
pub const FLAG_VENDOR: u8 = 0x80;
/// The M bit of the AVP flags: the receiver must understand the AVP (RFC 6733 4.1).
pub const FLAG_MANDATORY: u8 = 0x40;
/// The P bit of the AVP flags, reserved for end-to-end security (RFC 6733 4.1).
pub const FLAG_PROTECTED: u8 = 0x20;
/// The reserved bits of the AVP flags (RFC 6733 4.1).
pub const FLAGS_RESERVED: u8 = 0x1f;

/// What identifies an AVP: its code and the vendor whose code space that is (RFC 6733 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AvpKey {
    /// The AVP Code.
    pub code: u32,
    /// The Vendor-ID; `None` for the IETF's own code space.
    pub vendor: Option<u32>,
}

impl AvpKey {
    /// A key of the IETF's code space.
    pub const fn base(code: u32) -> AvpKey {
        AvpKey { code, vendor: None }
    }

    /// A key of a vendor's code space.
    pub const fn of(code: u32, vendor: u32) -> AvpKey {
        AvpKey {
            code,
            vendor: Some(vendor),
        }
    }

    /// A key of 3GPP's code space (vendor 10415), which OMA's charging AVPs share.
    pub const fn tgpp(code: u32) -> AvpKey {
        AvpKey::of(code, 10415)
    }
}

impl fmt::Display for AvpKey {
    /// `263`, or `2101 of vendor 10415`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.vendor {
            None => write!(f, "{}", self.code),
            Some(vendor) => write!(f, "{} of vendor {vendor}", self.code),
        }
    }
}

/// An AVP in a [`Message`].
#[derive(Clone, Copy)]
pub struct Avp<'a> {
    message: &'a Message,
    index: usize,
}

impl<'a> Avp<'a> {
    pub(super) fn new(message: &'a Message, index: usize) -> Avp<'a> {
        Avp { message, index }
    }

    pub(super) fn node(&self) -> &'a Node {
        &self.message.nodes()[self.index]
    }

    /// The AVP Code.
    pub fn code(&self) -> u32 {
        self.node().code
    }

    /// The Vendor-ID as it was sent; `None` where the V bit is clear.
    pub fn vendor_id(&self) -> Option<u32> {
        (self.flags() & FLAG_VENDOR != 0).then_some(self.node().vendor)
    }

    /// Code and vendor. A Vendor-ID of 0 counts as none (RFC 6733 4.1.1).
    pub fn key(&self) -> AvpKey {
        self.node().key()
    }

    /// The AVP flags, as sent.
    pub fn flags(&self) -> u8 {
        self.node().flags
    }

    /// True where the M bit is set.
    pub fn is_mandatory(&self) -> bool {
        self.flags() & FLAG_MANDATORY != 0
    }

    /// The AVP Length, as sent.
    pub fn length(&self) -> u32 {
        self.node().length
    }

    /// The value, without padding. Where the AVP Length was wrong: the bytes that were there.
    pub fn data(&self) -> &'a [u8] {
        let range = self.data_range();
        &self.message.raw()[range]
    }

    /// Where the value lies in the message.
    pub fn data_range(&self) -> Range<usize> {
        let node = self.node();
        node.data as usize..node.data_end as usize
    }

    /// Where the whole AVP lies in the message, padding included.
    pub fn range(&self) -> Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// The whole AVP as sent, padding included.
    pub fn bytes(&self) -> &'a [u8] {
        &self.message.raw()[self.range()]
    }

    /// Nesting: 0 for an AVP that stands in no group.
    pub fn depth(&self) -> usize {
        usize::from(self.node().depth)
    }

    /// The dictionary's row for this AVP, if it has one.
    pub fn def(&self) -> Option<&'static AvpDef> {
        self.node().def
    }

    /// The AVP's name, if the dictionary knows it.
    pub fn name(&self) -> Option<&'static str> {
        self.def().map(|def| def.name)
    }

    /// True where the dictionary says that the value is a group.
    pub fn is_grouped(&self) -> bool {
        self.def().is_some_and(|def| def.kind == AvpType::Grouped)
    }

    /// The AVPs directly inside this one, in wire order; none where it is no group.
    pub fn children(&self) -> Avps<'a> {
        Avps {
            message: self.message,
            next: self.index + 1,
            end: self.node().next as usize,
        }
    }

    /// The first AVP directly inside this one with this key.
    pub fn find(&self, key: AvpKey) -> Option<Avp<'a>> {
        self.children().find(|avp| avp.key() == key)
    }

    /// The value as an Unsigned32 (RFC 6733 4.2).
    ///
    /// # Errors
    /// [`FaultKind::ValueLength`] where the value has not 4 octets.
    pub fn u32(&self) -> Result<u32, Fault> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// The value as an Unsigned64 (RFC 6733 4.2).
    ///
    /// # Errors
    /// [`FaultKind::ValueLength`] where the value has not 8 octets.
    pub fn u64(&self) -> Result<u64, Fault> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// The value as an Integer32 or Enumerated (RFC 6733 4.2, 4.3.1).
    ///
    /// # Errors
    /// [`FaultKind::ValueLength`] where the value has not 4 octets.
    pub fn i32(&self) -> Result<i32, Fault> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    /// The value as an Integer64 (RFC 6733 4.2).
    ///
    /// # Errors
    /// [`FaultKind::ValueLength`] where the value has not 8 octets.
    pub fn i64(&self) -> Result<i64, Fault> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// The value as any integer type the dictionary gives the AVP, widened.
    ///
    /// # Errors
    /// [`FaultKind::ValueLength`] where the value has not the octets of that type; 4 octets are
    /// asked for where the dictionary knows no integer type.
    pub fn integer(&self) -> Result<i128, Fault> {
        match self.def().map(|def| def.kind) {
            Some(AvpType::Unsigned64) => self.u64().map(i128::from),
            Some(AvpType::Integer64) => self.i64().map(i128::from),
            Some(AvpType::Integer32 | AvpType::Enumerated) => self.i32().map(i128::from),
            _ => self.u32().map(i128::from),
        }
    }

    /// The value as a UTF8String (RFC 6733 4.3.1).
    ///
    /// # Errors
    /// [`FaultKind::Utf8`] where it is not UTF-8.
    pub fn utf8(&self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.data()).map_err(|_| self.fault(FaultKind::Utf8))
    }

    /// The value as a DiameterIdentity: a host or realm name in ASCII (RFC 6733 4.3.1).
    ///
    /// # Errors
    /// [`FaultKind::Identity`] where it is empty or holds other characters than a name has.
    pub fn identity(&self) -> Result<&'a str, Fault> {
        match std::str::from_utf8(self.data()) {
            Ok(name) if is_identity(name.as_bytes()) => Ok(name),
            _ => Err(self.fault(FaultKind::Identity)),
        }
    }

    /// The value as a Time (RFC 6733 4.3.1).
    ///
    /// # Errors
    /// [`FaultKind::ValueLength`] where the value has not 4 octets.
    pub fn time(&self) -> Result<NtpTime, Fault> {
        self.u32().map(NtpTime)
    }

    /// The value as an IPv4 or IPv6 Address (RFC 6733 4.3.1).
    ///
    /// # Errors
    /// [`FaultKind::AddressFamily`] for another family, [`FaultKind::ValueLength`] where the
    /// address has not the family's octets.
    pub fn address(&self) -> Result<IpAddr, Fault> {
        let data = self.data();
        let Some((family, address)) = data.split_first_chunk::<2>() else {
            return Err(self.fault(FaultKind::ValueLength {
                expected: 6,
                found: data.len(),
            }));
        };
        let length = |expected| {
            self.fault(FaultKind::ValueLength {
                expected,
                found: data.len(),
            })
        };
        match u16::from_be_bytes(*family) {
            1 => <[u8; 4]>::try_from(address)
                .map(|octets| IpAddr::V4(Ipv4Addr::from(octets)))
                .map_err(|_| length(6)),
            2 => <[u8; 16]>::try_from(address)
                .map(|octets| IpAddr::V6(Ipv6Addr::from(octets)))
                .map_err(|_| length(18)),
            family => Err(self.fault(FaultKind::AddressFamily(family))),
        }
    }

    /// The name of an enumerated value or Result-Code, such as `DIAMETER_SUCCESS`.
    pub fn symbol(&self) -> Option<&'static str> {
        let value = self.i32().ok()?;
        self.def()?.value_name(value)
    }

    fn array<const N: usize>(&self) -> Result<[u8; N], Fault> {
        let data = self.data();
        <[u8; N]>::try_from(data).map_err(|_| {
            self.fault(FaultKind::ValueLength {
                expected: N as u32,
                found: data.len(),
            })
        })
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault {
            kind,
            severity: Severity::Must,
            bytes: self.data_range(),
            avp: Some(self.key()),
            clause: kind.clause(),
        }
    }
}

impl fmt::Debug for Avp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Avp")
            .field("key", &self.key())
            .field("name", &self.name())
            .field("flags", &self.flags())
            .field("data", &self.data())
            .finish()
    }
}

/// The AVPs of one level, in wire order.
#[derive(Clone)]
pub struct Avps<'a> {
    message: &'a Message,
    next: usize,
    end: usize,
}

impl<'a> Avps<'a> {
    pub(super) fn top(message: &'a Message) -> Avps<'a> {
        Avps {
            message,
            next: 0,
            end: message.nodes().len(),
        }
    }
}

impl<'a> Iterator for Avps<'a> {
    type Item = Avp<'a>;

    fn next(&mut self) -> Option<Avp<'a>> {
        if self.next >= self.end {
            return None;
        }
        let avp = Avp::new(self.message, self.next);
        self.next = avp.node().next as usize;
        Some(avp)
    }
}

/// All AVPs of a message, depth first: a group, then what is in it.
#[derive(Clone)]
pub struct Walk<'a> {
    message: &'a Message,
    next: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(message: &'a Message) -> Walk<'a> {
        Walk { message, next: 0 }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Avp<'a>;

    fn next(&mut self) -> Option<Avp<'a>> {
        if self.next >= self.message.nodes().len() {
            return None;
        }
        self.next += 1;
        Some(Avp::new(self.message, self.next - 1))
    }
}

/// True for what may stand in a DiameterIdentity: letters, digits, `-`, `.` and, because it is
/// met in practice and breaks nothing, `_`.
pub(super) fn is_identity(name: &[u8]) -> bool {
    !name.is_empty()
        && name
            .iter()
            .all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
}
