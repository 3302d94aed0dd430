//! What can be wrong with a message, where, and by which clause.

use std::fmt;
use std::ops::Range;

use super::avp::AvpKey;
use super::dictionary::Dictionary;

/// How strongly the violated rule is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The documents leave it open, or the limit is our own; worth knowing.
    Note,
    /// A SHOULD, or a rule known only from a transcription of its standard.
    Should,
    /// A MUST of a standard whose text was read.
    Must,
}

/// One thing wrong with a message: what, which bytes, and by which clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// How strongly the broken rule is stated.
    pub severity: Severity,
    /// The bytes of the message at fault. For something that is missing: where it was looked for.
    pub bytes: Range<usize>,
    /// The AVP at fault, where the fault is in one.
    pub avp: Option<AvpKey>,
    /// The clause that is broken, such as `RFC 6733 4.1`.
    pub clause: &'static str,
}

/// The kinds of fault, each with what is needed to say what was seen instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// Fewer bytes than a header has (20).
    HeaderTruncated {
        /// Bytes there are.
        actual: usize,
    },
    /// The version is not 1.
    Version(u8),
    /// The Message Length is not the number of bytes of the message.
    MessageLength {
        /// What the header says, in octets.
        announced: u32,
        /// How many octets there are.
        actual: usize,
    },
    /// The Message Length is no multiple of 4.
    MessageLengthUnaligned(u32),
    /// Reserved bits of the command flags are set; these bits.
    ReservedHeaderBits(u8),
    /// The E bit is set in a request.
    ErrorBitInRequest,
    /// The T bit is set in an answer.
    RetransmitBitInAnswer,
    /// Between the AVPs and the end of their parent stand bytes too few for an AVP header.
    AvpHeaderTruncated {
        /// Bytes left over.
        left: usize,
    },
    /// The AVP Length is less than the AVP's header (8, or 12 with the V bit).
    AvpLengthTooShort(u32),
    /// The AVP Length reaches past the end of the message or of the enclosing group.
    AvpOverrun {
        /// The AVP Length.
        length: u32,
        /// Octets left in the parent.
        available: usize,
    },
    /// The last AVP of a message or group lacks its padding.
    PaddingMissing {
        /// Octets of padding that are not there.
        missing: usize,
    },
    /// The padding holds something else than zeroes.
    PaddingNotZero,
    /// Reserved bits of the AVP flags are set; these bits.
    ReservedAvpBits(u8),
    /// The V bit is set with Vendor-ID 0.
    VendorIdZero,
    /// The V bit is clear, and the Vendor-ID follows all the same: this one, under which the
    /// dictionary knows the code.
    VendorBitMissing(u32),
    /// The value is not as long as its type asks for.
    ValueLength {
        /// Octets the type asks for.
        expected: u32,
        /// Octets found.
        found: usize,
    },
    /// The value is not UTF-8.
    Utf8,
    /// A DiameterIdentity that is empty or no ASCII host name.
    Identity,
    /// A DiameterURI that does not begin with `aaa://` or `aaas://`.
    Uri,
    /// An Address of a family that is neither IPv4 (1) nor IPv6 (2).
    AddressFamily(u16),
    /// Groups nested deeper than this decoder follows them.
    TooDeep {
        /// Levels that are followed.
        limit: usize,
    },
    /// The M bit is clear where the AVP's definition says it must be set.
    MandatoryBitMissing,
    /// The M bit is set where the AVP's definition says it must not be.
    MandatoryBitForbidden,
    /// The AVP is sent with the wrong vendor: its code is defined under another one.
    Vendor {
        /// Vendor under which the dictionary knows the code; `None` for the IETF.
        defined: Option<u32>,
    },
    /// A value the AVP's definition does not list.
    EnumeratedValue(i32),
    /// An AVP the dictionary does not know, with the M bit set.
    UnknownMandatory,
    /// A command the dictionary does not know.
    UnknownCommand(u32),
    /// The P bit of the header is not as the command's definition says.
    ProxiableBit {
        /// What the definition says.
        expected: bool,
    },
    /// The E bit does not go with the Result-Code.
    ErrorBit {
        /// What the Result-Code's class asks for.
        expected: bool,
        /// The Result-Code.
        result_code: u32,
    },
    /// The header's Application-ID is not the command's.
    ApplicationId {
        /// What the command, or an Application-Id AVP of the message, asks for.
        expected: u32,
        /// What the header says.
        found: u32,
    },
    /// An AVP that is required is missing.
    AvpMissing {
        /// How often it is required at least.
        min: u32,
    },
    /// An AVP occurs more often than it may.
    AvpOccursTooManyTimes {
        /// How often it may occur.
        max: u32,
        /// How often it does.
        found: u32,
    },
    /// An AVP that must not be there.
    AvpNotAllowed,
    /// An AVP with a fixed position is not in it.
    AvpPosition,
}

impl Fault {
    /// The Result-Code a node that refuses the message for this fault would answer with
    /// (RFC 6733 7.1.3 and 7.1.5).
    pub fn result_code(&self) -> u32 {
        match self.kind {
            FaultKind::HeaderTruncated { .. }
            | FaultKind::MessageLength { .. }
            | FaultKind::MessageLengthUnaligned(_) => 5015,
            FaultKind::Version(_) => 5011,
            FaultKind::ReservedHeaderBits(_) => 5013,
            FaultKind::ErrorBitInRequest
            | FaultKind::RetransmitBitInAnswer
            | FaultKind::ErrorBit { .. }
            | FaultKind::ProxiableBit { .. } => 3008,
            FaultKind::AvpHeaderTruncated { .. }
            | FaultKind::AvpLengthTooShort(_)
            | FaultKind::AvpOverrun { .. }
            | FaultKind::PaddingMissing { .. }
            | FaultKind::ValueLength { .. } => 5014,
            FaultKind::ReservedAvpBits(_)
            | FaultKind::VendorIdZero
            | FaultKind::VendorBitMissing(_)
            | FaultKind::MandatoryBitMissing
            | FaultKind::MandatoryBitForbidden
            | FaultKind::Vendor { .. } => 3009,
            FaultKind::PaddingNotZero
            | FaultKind::Utf8
            | FaultKind::Identity
            | FaultKind::Uri
            | FaultKind::AddressFamily(_)
            | FaultKind::EnumeratedValue(_) => 5004,
            FaultKind::TooDeep { .. } | FaultKind::AvpPosition => 5012,
            FaultKind::UnknownMandatory => 5001,
            FaultKind::UnknownCommand(_) => 3001,
            FaultKind::ApplicationId { .. } => 3007,
            FaultKind::AvpMissing { .. } => 5005,
            FaultKind::AvpOccursTooManyTimes { .. } => 5009,
            FaultKind::AvpNotAllowed => 5008,
        }
    }
}

impl FaultKind {
    /// The clause that states the rule in general; a dictionary row may know a narrower one.
    pub(super) const fn clause(self) -> &'static str {
        match self {
            FaultKind::HeaderTruncated { .. }
            | FaultKind::Version(_)
            | FaultKind::MessageLength { .. }
            | FaultKind::MessageLengthUnaligned(_)
            | FaultKind::ReservedHeaderBits(_)
            | FaultKind::ErrorBitInRequest
            | FaultKind::RetransmitBitInAnswer
            | FaultKind::ApplicationId { .. } => "RFC 6733 3",
            FaultKind::AvpHeaderTruncated { .. }
            | FaultKind::AvpLengthTooShort(_)
            | FaultKind::AvpOverrun { .. }
            | FaultKind::ReservedAvpBits(_)
            | FaultKind::VendorBitMissing(_)
            | FaultKind::MandatoryBitMissing
            | FaultKind::MandatoryBitForbidden
            | FaultKind::Vendor { .. }
            | FaultKind::UnknownMandatory => "RFC 6733 4.1",
            FaultKind::PaddingMissing { .. } | FaultKind::PaddingNotZero => "RFC 6733 4",
            FaultKind::VendorIdZero => "RFC 6733 4.1.1",
            FaultKind::ValueLength { .. } => "RFC 6733 4.2",
            FaultKind::Utf8
            | FaultKind::Identity
            | FaultKind::Uri
            | FaultKind::AddressFamily(_)
            | FaultKind::EnumeratedValue(_) => "RFC 6733 4.3.1",
            FaultKind::TooDeep { .. } => "RFC 6733 4.4",
            FaultKind::UnknownCommand(_) => "RFC 6733 3.1",
            FaultKind::ErrorBit { .. } => "RFC 6733 7.2",
            FaultKind::ProxiableBit { .. }
            | FaultKind::AvpMissing { .. }
            | FaultKind::AvpOccursTooManyTimes { .. }
            | FaultKind::AvpNotAllowed
            | FaultKind::AvpPosition => "RFC 6733 3.2",
        }
    }
}

impl fmt::Display for Fault {
    /// What is wrong, in one line, with the clause in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = self.avp {
            match Dictionary::default().avp(key) {
                Some(def) => write!(f, "{}: ", def.name)?,
                None => write!(f, "AVP {key}: ")?,
            }
        }
        write!(f, "{} [{}]", self.kind, self.clause)
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            FaultKind::HeaderTruncated { actual } => {
                write!(f, "{actual} octets are too few for a Diameter header of 20")
            }
            FaultKind::Version(version) => write!(f, "version is {version}, must be 1"),
            FaultKind::MessageLength { announced, actual } => {
                write!(
                    f,
                    "Message Length says {announced}, the message has {actual} octets"
                )
            }
            FaultKind::MessageLengthUnaligned(length) => {
                write!(f, "Message Length {length} is no multiple of 4")
            }
            FaultKind::ReservedHeaderBits(bits) => {
                write!(f, "reserved command flags are set (0x{bits:02x})")
            }
            FaultKind::ErrorBitInRequest => f.write_str("E bit is set in a request"),
            FaultKind::RetransmitBitInAnswer => f.write_str("T bit is set in an answer"),
            FaultKind::AvpHeaderTruncated { left } => {
                write!(f, "{left} octets left over are too few for an AVP header")
            }
            FaultKind::AvpLengthTooShort(length) => {
                write!(f, "AVP Length {length} is less than the AVP's own header")
            }
            FaultKind::AvpOverrun { length, available } => {
                write!(
                    f,
                    "AVP Length {length} reaches past its parent, which has {available} left"
                )
            }
            FaultKind::PaddingMissing { missing } => {
                write!(f, "{missing} octets of padding are missing at the end")
            }
            FaultKind::PaddingNotZero => f.write_str("padding is not zero"),
            FaultKind::ReservedAvpBits(bits) => {
                write!(f, "reserved AVP flags are set (0x{bits:02x})")
            }
            FaultKind::VendorIdZero => f.write_str("V bit is set with Vendor-ID 0"),
            FaultKind::VendorBitMissing(vendor) => {
                write!(f, "V bit is clear, and Vendor-ID {vendor} follows")
            }
            FaultKind::ValueLength { expected, found } => {
                write!(f, "value has {found} octets, its type asks for {expected}")
            }
            FaultKind::Utf8 => f.write_str("value is not UTF-8"),
            FaultKind::Identity => f.write_str("value is no ASCII host or realm name"),
            FaultKind::Uri => f.write_str("value is no aaa:// or aaas:// URI"),
            FaultKind::AddressFamily(family) => {
                write!(
                    f,
                    "address family {family} is neither IPv4 (1) nor IPv6 (2)"
                )
            }
            FaultKind::TooDeep { limit } => {
                write!(
                    f,
                    "groups are nested deeper than the {limit} levels that are followed"
                )
            }
            FaultKind::MandatoryBitMissing => f.write_str("M bit must be set"),
            FaultKind::MandatoryBitForbidden => f.write_str("M bit must not be set"),
            FaultKind::Vendor {
                defined: Some(vendor),
            } => {
                write!(f, "defined for vendor {vendor}, sent under another")
            }
            FaultKind::Vendor { defined: None } => {
                f.write_str("defined without a vendor, sent with one")
            }
            FaultKind::EnumeratedValue(value) => write!(f, "value {value} is not defined"),
            FaultKind::UnknownMandatory => f.write_str("unknown AVP with the M bit set"),
            FaultKind::UnknownCommand(code) => write!(f, "unknown command code {code}"),
            FaultKind::ProxiableBit { expected: true } => f.write_str("P bit must be set"),
            FaultKind::ProxiableBit { expected: false } => f.write_str("P bit must not be set"),
            FaultKind::ErrorBit {
                expected: true,
                result_code,
            } => {
                write!(f, "E bit must be set with Result-Code {result_code}")
            }
            FaultKind::ErrorBit {
                expected: false,
                result_code,
            } => {
                write!(f, "E bit must not be set with Result-Code {result_code}")
            }
            FaultKind::ApplicationId { expected, found } => {
                write!(f, "Application-ID is {found}, must be {expected}")
            }
            FaultKind::AvpMissing { min: 1 } => f.write_str("is missing"),
            FaultKind::AvpMissing { min } => write!(f, "must occur {min} times"),
            FaultKind::AvpOccursTooManyTimes { max, found } => {
                write!(f, "occurs {found} times, may occur {max}")
            }
            FaultKind::AvpNotAllowed => f.write_str("must not be present"),
            FaultKind::AvpPosition => f.write_str("is not in its fixed position"),
        }
    }
}
