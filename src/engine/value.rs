//! What a message holds at a place that a check looks at.

use std::borrow::Cow;
use std::fmt;

use crate::ch2::{Binding, SessionRequest, ZeroUsage};
use crate::diameter::dictionary::AvpType;
use crate::diameter::{Avp, AvpKey};
use crate::scenario::Target;
use crate::{diameter, msrp, sip};

use super::Message;

/// A value on the wire, or one that a scenario states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A number.
    Number(i128),
    /// Text. Octets that are none stand in hexadecimal, after `0x`.
    Text(String),
    /// A group of AVPs, of which only presence can be asked.
    Group,
}

impl Value {
    /// The value as a message holds it; `None` for a group.
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Value::Number(number) => Some(number.to_string()),
            Value::Text(text) => Some(text),
            Value::Group => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => write!(f, "{number}"),
            Value::Text(text) => write!(f, "\"{text}\""),
            Value::Group => f.write_str("(a group)"),
        }
    }
}

/// Everything at that place, in wire order: an AVP or a header may stand there several times.
pub(super) fn extract(target: &Target, message: &Message, binding: &Binding) -> Vec<Value> {
    match (target, message) {
        (Target::Avp { path, .. }, Message::Diameter(message)) => avps(message, path),
        (Target::UsedUnits, Message::Diameter(message)) => {
            units(SessionRequest::new(message, binding).and_then(|request| request.used()))
        }
        (Target::RequestedUnits, Message::Diameter(message)) => {
            units(SessionRequest::new(message, binding).and_then(|request| request.requested()))
        }
        (Target::Header { name }, Message::Sip(message)) => sip_header(message, name),
        (Target::Header { name }, Message::Msrp(message)) => msrp_header(message, name),
        (Target::Body, Message::Sip(message)) => vec![octets(&message.body())],
        (Target::Body, Message::Msrp(message)) => message
            .body()
            .map(|body| octets(&body))
            .into_iter()
            .collect(),
        (Target::Reason, Message::Sip(message)) => text(message.reason()),
        (Target::Reason, Message::Msrp(message)) => text(Some(message.comment())),
        _ => Vec::new(),
    }
}

/// Whether a SessionRequest without Used-Service-Unit reports zero, and one with zero does.
pub(super) fn zero_usage_holds(binding: &Binding, used: Option<u64>) -> bool {
    match used {
        None => binding.zero_usage != ZeroUsage::Zero,
        Some(0) => binding.zero_usage != ZeroUsage::Omit,
        Some(_) => false,
    }
}

fn units(amount: Option<u64>) -> Vec<Value> {
    amount
        .map(|amount| Value::Number(amount.into()))
        .into_iter()
        .collect()
}

fn text(value: Option<Cow<'_, str>>) -> Vec<Value> {
    value
        .map(|value| Value::Text(value.into_owned()))
        .into_iter()
        .collect()
}

fn sip_header(message: &sip::Message, name: &str) -> Vec<Value> {
    message
        .values(name)
        .map(|value| Value::Text(value.into_owned()))
        .collect()
}

fn msrp_header(message: &msrp::Message, name: &str) -> Vec<Value> {
    text(message.header(name))
}

/// Multiple-Services-Credit-Control (RFC 8506 section 8.16).
const MSCC: AvpKey = AvpKey::base(456);

fn avps(message: &diameter::Message, path: &[AvpKey]) -> Vec<Value> {
    let mut found = Vec::new();
    collect(message.avps(), path, &mut found);
    if found.is_empty() {
        for mscc in message.find_all(MSCC) {
            collect(mscc.children(), path, &mut found);
        }
    }
    found
}

fn collect<'a>(avps: impl Iterator<Item = Avp<'a>>, path: &[AvpKey], found: &mut Vec<Value>) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    for avp in avps.filter(|avp| avp.key() == *first) {
        if rest.is_empty() {
            found.push(value_of(&avp));
        } else {
            collect(avp.children(), rest, found);
        }
    }
}

/// The value of one AVP, by the type that the dictionary gives it.
pub(super) fn value_of(avp: &Avp<'_>) -> Value {
    if avp.is_grouped() {
        return Value::Group;
    }
    match avp.def().map(|def| def.kind) {
        Some(AvpType::Utf8String | AvpType::DiameterIdentity | AvpType::DiameterUri) => {
            octets(avp.data())
        }
        Some(AvpType::Time) => match avp.u32() {
            Ok(seconds) => Value::Number(seconds.into()),
            Err(_) => octets(avp.data()),
        },
        Some(AvpType::Address) => match avp.address() {
            Ok(address) => Value::Text(address.to_string()),
            Err(_) => octets(avp.data()),
        },
        _ => match avp.integer() {
            Ok(number) => Value::Number(number),
            Err(_) => octets(avp.data()),
        },
    }
}

fn octets(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::Text(text.to_owned()),
        Err(_) => {
            let mut hex = String::with_capacity(2 + bytes.len() * 2);
            hex.push_str("0x");
            for byte in bytes {
                hex.push_str(&format!("{byte:02x}"));
            }
            Value::Text(hex)
        }
    }
}

/// Whether two texts name the same subscriber: equal URIs (RFC 3261 section 19.1.4), or the same
/// telephone number, whichever of `tel:+358...`, `+358...` and `358...` each is written as.
pub(super) fn same_identity(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    if let (Some(left), Some(right)) = (telephone(left), telephone(right)) {
        return left == right;
    }
    match (sip::Uri::parse(left), sip::Uri::parse(right)) {
        (Ok(left), Ok(right)) => left.equivalent(&right),
        _ => false,
    }
}

/// The digits of an E.164 number, or `None` where the text is something else.
fn telephone(text: &str) -> Option<String> {
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let text = text.split(';').next().unwrap_or(text);
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' '))
        .collect();
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subscriber_is_written_in_several_ways() {
        for (left, right) in [
            ("tel:+358-40-123", "35840123"),
            ("+35840123", "tel:35840123"),
            ("sip:alice@Example.com", "sip:alice@example.com"),
        ] {
            assert!(same_identity(left, right), "{left} {right}");
        }
    }

    #[test]
    fn two_subscribers_stay_two() {
        for (left, right) in [
            ("tel:+35840123", "35840124"),
            ("sip:alice@example.com", "sip:bob@example.com"),
            ("sip:alice@example.com", "alice@example.com"),
            ("", "sip:alice@example.com"),
        ] {
            assert!(!same_identity(left, right), "{left} {right}");
        }
    }
}
