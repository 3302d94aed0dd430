//! A row of the dictionary.

use std::fmt;

use super::super::avp::AvpKey;

/// The data format of an AVP (RFC 6733 4.2, 4.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AvpType {
    /// Any octets.
    OctetString,
    /// A signed 32-bit number.
    Integer32,
    /// A signed 64-bit number.
    Integer64,
    /// An unsigned 32-bit number.
    Unsigned32,
    /// An unsigned 64-bit number.
    Unsigned64,
    /// An Integer32 whose values have names.
    Enumerated,
    /// AVPs.
    Grouped,
    /// Text in UTF-8.
    Utf8String,
    /// A host or realm name.
    DiameterIdentity,
    /// An `aaa://` URI.
    DiameterUri,
    /// An address with its family.
    Address,
    /// Seconds since 1900.
    Time,
    /// A packet filter in the form of RFC 6733 4.3.1.
    IpFilterRule,
}

impl AvpType {
    /// The octets of a value, where all values have the same number (RFC 6733 4.2).
    pub const fn fixed_length(self) -> Option<u32> {
        match self {
            AvpType::Integer32 | AvpType::Unsigned32 | AvpType::Enumerated | AvpType::Time => {
                Some(4)
            }
            AvpType::Integer64 | AvpType::Unsigned64 => Some(8),
            _ => None,
        }
    }
}

impl fmt::Display for AvpType {
    /// The name as the standards write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AvpType::OctetString => "OctetString",
            AvpType::Integer32 => "Integer32",
            AvpType::Integer64 => "Integer64",
            AvpType::Unsigned32 => "Unsigned32",
            AvpType::Unsigned64 => "Unsigned64",
            AvpType::Enumerated => "Enumerated",
            AvpType::Grouped => "Grouped",
            AvpType::Utf8String => "UTF8String",
            AvpType::DiameterIdentity => "DiameterIdentity",
            AvpType::DiameterUri => "DiameterURI",
            AvpType::Address => "Address",
            AvpType::Time => "Time",
            AvpType::IpFilterRule => "IPFilterRule",
        })
    }
}

/// What a definition says of the M bit (RFC 6733 4.1, 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MandatoryRule {
    /// It must be set.
    Must,
    /// It may be set.
    May,
    /// It must not be set.
    MustNot,
}

/// How sure a row of the dictionary is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// The standard's own text was read.
    Confirmed,
    /// Transcriptions of the standard were read; the standard was not at hand.
    Secondary,
}

/// A row of the dictionary.
#[derive(Debug, PartialEq, Eq)]
pub struct AvpDef {
    /// The AVP's name, as its standard writes it.
    pub name: &'static str,
    /// Code and vendor. The V bit must be set where there is a vendor and clear where there is
    /// none.
    pub key: AvpKey,
    /// The format of its value.
    pub kind: AvpType,
    /// The rule for the M bit.
    pub mandatory: MandatoryRule,
    /// The values that have names, for an Enumerated (or a Result-Code).
    pub values: &'static [(i32, &'static str)],
    /// True where `values` is the whole list, so that another value is worth a word.
    pub values_complete: bool,
    /// Document and clause.
    pub source: &'static str,
    /// How sure the row is.
    pub certainty: Certainty,
}

impl AvpDef {
    /// The flags the AVP is sent with: V where there is a vendor, M where it must be set.
    pub const fn default_flags(&self) -> u8 {
        let vendor = if self.key.vendor.is_some() {
            super::super::avp::FLAG_VENDOR
        } else {
            0
        };
        match self.mandatory {
            MandatoryRule::Must => vendor | super::super::avp::FLAG_MANDATORY,
            MandatoryRule::May | MandatoryRule::MustNot => vendor,
        }
    }

    /// The name of a value.
    pub fn value_name(&self, value: i32) -> Option<&'static str> {
        self.values
            .iter()
            .find(|(known, _)| *known == value)
            .map(|(_, name)| *name)
    }

    /// The value with a name.
    pub fn value_by_name(&self, name: &str) -> Option<i32> {
        self.values
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(value, _)| *value)
    }

    pub(super) const fn new(
        name: &'static str,
        key: AvpKey,
        kind: AvpType,
        source: &'static str,
    ) -> AvpDef {
        AvpDef {
            name,
            key,
            kind,
            mandatory: MandatoryRule::Must,
            values: &[],
            values_complete: false,
            source,
            certainty: Certainty::Confirmed,
        }
    }

    pub(super) const fn may(mut self) -> AvpDef {
        self.mandatory = MandatoryRule::May;
        self
    }

    pub(super) const fn must_not(mut self) -> AvpDef {
        self.mandatory = MandatoryRule::MustNot;
        self
    }

    pub(super) const fn secondary(mut self) -> AvpDef {
        self.certainty = Certainty::Secondary;
        self
    }

    pub(super) const fn values(mut self, values: &'static [(i32, &'static str)]) -> AvpDef {
        self.values = values;
        self.values_complete = true;
        self
    }

    pub(super) const fn some_values(mut self, values: &'static [(i32, &'static str)]) -> AvpDef {
        self.values = values;
        self
    }
}
