//! Values of AVPs on their way to the wire.

use std::fmt;
use std::net::IpAddr;

use bytes::{BufMut, Bytes};
use thiserror::Error;

use super::avp::is_identity;
use super::builder::AvpOut;
use super::dictionary::{AvpDef, AvpType};

/// The value of an AVP to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AvpValue {
    /// Four octets, unsigned.
    Unsigned32(u32),
    /// Eight octets, unsigned.
    Unsigned64(u64),
    /// Four octets, signed; also what an Enumerated is.
    Integer32(i32),
    /// Eight octets, signed.
    Integer64(i64),
    /// Text: UTF8String, DiameterIdentity, DiameterURI or IPFilterRule.
    Text(String),
    /// Octets as they are.
    Octets(Bytes),
    /// An Address with its family.
    Address(IpAddr),
    /// A Time.
    Time(NtpTime),
    /// AVPs.
    Group(Vec<AvpOut>),
}

/// A Time: seconds since 1900-01-01 00:00:00 UTC, modulo 2^32 (RFC 6733 4.3.1).
///
/// Values below 2^31 are taken to lie after 2036-02-07 06:28:16 UTC, as SNTP's extension to 2104
/// says, which RFC 6733 4.3.1 asks every node to support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NtpTime(pub u32);

/// A value that does not fit the AVP it is meant for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ValueError {
    /// The value is of another kind than the AVP's type.
    #[error("{avp} is {kind}, which {given} is not")]
    Kind {
        /// The AVP's name.
        avp: &'static str,
        /// The AVP's type.
        kind: AvpType,
        /// What was given, as a reader wants it.
        given: String,
    },
    /// A number outside of what the AVP's type can hold.
    #[error("{given} is out of range for {avp}, which is {kind}")]
    Range {
        /// The AVP's name.
        avp: &'static str,
        /// The AVP's type.
        kind: AvpType,
        /// What was given.
        given: String,
    },
    /// A name the AVP's definition does not list.
    #[error("{avp} has no value {given}")]
    UnknownName {
        /// The AVP's name.
        avp: &'static str,
        /// What was given.
        given: String,
    },
}

impl AvpValue {
    /// Reads a value as a person writes it for this AVP: a number, the name of an enumerated value
    /// or Result-Code, text, an IP address, octets as `0x...`, or a time as `2026-01-31T12:00:00Z`
    /// or NTP seconds.
    ///
    /// # Errors
    /// [`ValueError`] where the text does not fit the AVP's type. A Grouped AVP takes no text.
    pub fn from_text(def: &AvpDef, text: &str) -> Result<AvpValue, ValueError> {
        let kind_error = || ValueError::Kind {
            avp: def.name,
            kind: def.kind,
            given: format!("{text:?}"),
        };
        if let Some(value) = def.value_by_name(text) {
            return integer(def, i128::from(value));
        }
        match def.kind {
            AvpType::Integer32
            | AvpType::Integer64
            | AvpType::Unsigned32
            | AvpType::Unsigned64
            | AvpType::Enumerated => match text.parse::<i128>() {
                Ok(number) => integer(def, number),
                Err(_) if !def.values.is_empty() => Err(ValueError::UnknownName {
                    avp: def.name,
                    given: format!("{text:?}"),
                }),
                Err(_) => Err(kind_error()),
            },
            AvpType::Utf8String | AvpType::DiameterUri | AvpType::IpFilterRule => {
                Ok(AvpValue::Text(text.to_owned()))
            }
            AvpType::DiameterIdentity if is_identity(text.as_bytes()) => {
                Ok(AvpValue::Text(text.to_owned()))
            }
            AvpType::DiameterIdentity | AvpType::Grouped => Err(kind_error()),
            AvpType::OctetString => match text.strip_prefix("0x") {
                Some(digits) => hex(digits).map(AvpValue::Octets).ok_or_else(kind_error),
                None => Ok(AvpValue::Octets(Bytes::copy_from_slice(text.as_bytes()))),
            },
            AvpType::Address => text
                .parse()
                .map(AvpValue::Address)
                .map_err(|_| kind_error()),
            AvpType::Time => match text.parse::<u32>() {
                Ok(seconds) => Ok(AvpValue::Time(NtpTime(seconds))),
                Err(_) => NtpTime::parse(text)
                    .map(AvpValue::Time)
                    .ok_or_else(kind_error),
            },
        }
    }

    /// The value in the AVP's own type: integers of any width become the width the type has.
    ///
    /// # Errors
    /// [`ValueError`] where the value is of another kind, or a number that does not fit.
    pub fn fit(self, def: &AvpDef) -> Result<AvpValue, ValueError> {
        let number = match &self {
            AvpValue::Unsigned32(n) => Some(i128::from(*n)),
            AvpValue::Unsigned64(n) => Some(i128::from(*n)),
            AvpValue::Integer32(n) => Some(i128::from(*n)),
            AvpValue::Integer64(n) => Some(i128::from(*n)),
            _ => None,
        };
        if let Some(number) = number {
            return integer(def, number);
        }
        let fits = match (&self, def.kind) {
            (AvpValue::Text(text), AvpType::DiameterIdentity) => is_identity(text.as_bytes()),
            (
                AvpValue::Text(_),
                AvpType::Utf8String
                | AvpType::DiameterUri
                | AvpType::IpFilterRule
                | AvpType::OctetString,
            )
            | (AvpValue::Octets(_), AvpType::OctetString)
            | (AvpValue::Address(_), AvpType::Address)
            | (AvpValue::Time(_), AvpType::Time)
            | (AvpValue::Group(_), AvpType::Grouped) => true,
            _ => false,
        };
        if fits {
            return Ok(self);
        }
        Err(ValueError::Kind {
            avp: def.name,
            kind: def.kind,
            given: self.to_string(),
        })
    }

    /// Writes the value without header and padding.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            AvpValue::Unsigned32(n) => out.put_u32(*n),
            AvpValue::Unsigned64(n) => out.put_u64(*n),
            AvpValue::Integer32(n) => out.put_i32(*n),
            AvpValue::Integer64(n) => out.put_i64(*n),
            AvpValue::Text(text) => out.put_slice(text.as_bytes()),
            AvpValue::Octets(octets) => out.put_slice(octets),
            AvpValue::Address(IpAddr::V4(address)) => {
                out.put_u16(1);
                out.put_slice(&address.octets());
            }
            AvpValue::Address(IpAddr::V6(address)) => {
                out.put_u16(2);
                out.put_slice(&address.octets());
            }
            AvpValue::Time(time) => out.put_u32(time.0),
            AvpValue::Group(avps) => avps.iter().for_each(|avp| avp.write(out)),
        }
    }
}

impl fmt::Display for AvpValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AvpValue::Unsigned32(n) => write!(f, "{n}"),
            AvpValue::Unsigned64(n) => write!(f, "{n}"),
            AvpValue::Integer32(n) => write!(f, "{n}"),
            AvpValue::Integer64(n) => write!(f, "{n}"),
            AvpValue::Text(text) => write!(f, "{text:?}"),
            AvpValue::Octets(octets) => {
                f.write_str("0x")?;
                octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
            AvpValue::Address(address) => write!(f, "{address}"),
            AvpValue::Time(time) => write!(f, "{time}"),
            AvpValue::Group(avps) => write!(f, "a group of {} AVPs", avps.len()),
        }
    }
}

macro_rules! from {
    ($($type:ty => $make:expr;)*) => {
        $(impl From<$type> for AvpValue {
            fn from(value: $type) -> AvpValue {
                ($make)(value)
            }
        })*
    };
}

from! {
    u32 => AvpValue::Unsigned32;
    u64 => AvpValue::Unsigned64;
    i32 => AvpValue::Integer32;
    i64 => AvpValue::Integer64;
    String => AvpValue::Text;
    &str => |text: &str| AvpValue::Text(text.to_owned());
    Bytes => AvpValue::Octets;
    Vec<u8> => |octets: Vec<u8>| AvpValue::Octets(Bytes::from(octets));
    IpAddr => AvpValue::Address;
    NtpTime => AvpValue::Time;
    Vec<AvpOut> => AvpValue::Group;
}

/// Seconds from 1900 to 1970.
const NTP_TO_UNIX: i64 = 2_208_988_800;

impl NtpTime {
    /// The time this many seconds after 1970-01-01 00:00:00 UTC.
    pub fn from_unix(seconds: i64) -> NtpTime {
        let wrapped = seconds.wrapping_add(NTP_TO_UNIX).rem_euclid(1 << 32);
        NtpTime(u32::try_from(wrapped).unwrap_or_default())
    }

    /// Seconds after 1970-01-01 00:00:00 UTC.
    pub fn unix(self) -> i64 {
        let era = if self.0 >= 1 << 31 { 0 } else { 1_i64 << 32 };
        i64::from(self.0) + era - NTP_TO_UNIX
    }

    /// Reads `2026-01-31T12:00:00Z`.
    pub fn parse(text: &str) -> Option<NtpTime> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let [year, month, day] = three(date, '-')?;
        let [hour, minute, second] = three(time, ':')?;
        let plausible = (1968..=2104).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second);
        let days = days_from_civil(year, month, day);
        if !plausible || civil_from_days(days) != (year, month, day) {
            return None;
        }
        Some(NtpTime::from_unix(
            ((days * 24 + hour) * 60 + minute) * 60 + second,
        ))
    }
}

impl fmt::Display for NtpTime {
    /// `2026-01-31T12:00:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unix = self.unix();
        let (year, month, day) = civil_from_days(unix.div_euclid(86_400));
        let second = unix.rem_euclid(86_400);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }
}

fn integer(def: &AvpDef, number: i128) -> Result<AvpValue, ValueError> {
    let range = || ValueError::Range {
        avp: def.name,
        kind: def.kind,
        given: number.to_string(),
    };
    match def.kind {
        AvpType::Unsigned32 => u32::try_from(number)
            .map(AvpValue::Unsigned32)
            .map_err(|_| range()),
        AvpType::Unsigned64 => u64::try_from(number)
            .map(AvpValue::Unsigned64)
            .map_err(|_| range()),
        AvpType::Integer32 | AvpType::Enumerated => i32::try_from(number)
            .map(AvpValue::Integer32)
            .map_err(|_| range()),
        AvpType::Integer64 => i64::try_from(number)
            .map(AvpValue::Integer64)
            .map_err(|_| range()),
        AvpType::Time => u32::try_from(number)
            .map(|n| AvpValue::Time(NtpTime(n)))
            .map_err(|_| range()),
        _ => Err(ValueError::Kind {
            avp: def.name,
            kind: def.kind,
            given: number.to_string(),
        }),
    }
}

fn hex(digits: &str) -> Option<Bytes> {
    let digits = digits.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|n| u8::try_from(n).ok())
    };
    let octets: Option<Vec<u8>> = digits
        .chunks_exact(2)
        .map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?))
        .collect();
    octets.map(Bytes::from)
}

fn three(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|part| {
        let digits =
            !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<i64>().ok()).flatten()
    });
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; years begin in March, so that the
/// leap day is the last of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
