//! Changes to a message of the Charging Enabler that is made: AVPs set and left out, and bytes that
//! are spoilt on purpose.

use bytes::Bytes;

use crate::diameter::{AvpKey, AvpOut, AvpValue, Dictionary, MessageBuilder, key};
use crate::scenario::{Changes, Expr, Wrong};

/// An AVP that no dictionary knows: the vendor is the one that is set aside for examples
/// (RFC 5612).
pub(super) const UNKNOWN: AvpKey = AvpKey::of(1, 32_473);

/// A Command Code for experiments (RFC 6733 11.2.1), which no application uses.
const UNASSIGNED_COMMAND: u32 = 0x00ff_fffe;

/// DIAMETER_UNABLE_TO_COMPLY (RFC 6733 7.1.5).
const UNABLE_TO_COMPLY: u32 = 5012;

/// The M bit of an AVP (RFC 6733 4.1).
const MANDATORY: u8 = 0x40;

/// Makes the changes, and the bytes that go on the wire. `text` gives the value of an expression.
///
/// # Errors
/// The reason, in words, where a value is not known or does not fit its AVP.
pub(super) fn craft(
    mut message: MessageBuilder,
    changes: &Changes,
    text: impl Fn(&Expr) -> Option<String>,
) -> Result<Bytes, String> {
    for (path, expr) in &changes.set {
        let name = name(path);
        let Some(text) = text(expr) else {
            return Err(format!("the value of {name} is not known"));
        };
        let value = value(path, &text).ok_or_else(|| format!("{name} cannot hold {text:?}"))?;
        set(at(message.avps_mut(), path), path, &value);
    }
    for path in &changes.without {
        leave_out(message.avps_mut(), path);
    }
    if let Some(mandatory) = changes.unknown_avp {
        let flags = if mandatory { MANDATORY } else { 0 };
        message = message.avp(AvpOut::raw(UNKNOWN, flags, "ch2spec"));
    }
    Ok(spoil(message, &changes.wrong))
}

/// Where a path begins: in the command, or in its services where units and their like stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Command,
    Services,
}

fn at<'a>(avps: &'a mut Vec<AvpOut>, path: &[AvpKey]) -> (&'a mut Vec<AvpOut>, Level) {
    let first = path.first().copied();
    let there = |avp: &AvpOut| Some(avp.key()) == first;
    let in_service = |avp: &AvpOut| {
        avp.key() == key::MULTIPLE_SERVICES_CREDIT_CONTROL && members(avp).iter().any(there)
    };
    let level = match avps.iter().any(there) {
        false if avps.iter().any(in_service) => Level::Services,
        _ => Level::Command,
    };
    (avps, level)
}

fn set((avps, level): (&mut Vec<AvpOut>, Level), path: &[AvpKey], value: &AvpValue) {
    match level {
        Level::Command => put(avps, path, value),
        Level::Services => each_service(avps, |inside| put(inside, path, value)),
    }
}

fn leave_out(avps: &mut Vec<AvpOut>, path: &[AvpKey]) {
    let (avps, level) = at(avps, path);
    match level {
        Level::Command => take(avps, path),
        Level::Services => each_service(avps, |inside| take(inside, path)),
    }
}

fn each_service(avps: &mut [AvpOut], change: impl Fn(&mut Vec<AvpOut>)) {
    for avp in avps {
        if avp.key() == key::MULTIPLE_SERVICES_CREDIT_CONTROL {
            let mut inside = members(avp);
            change(&mut inside);
            *avp = AvpOut::group(avp.key(), inside);
        }
    }
}

/// Puts a value in the place of every AVP of that path, or adds one.
fn put(avps: &mut Vec<AvpOut>, path: &[AvpKey], value: &AvpValue) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if !avps.iter().any(|avp| avp.key() == *first) {
        avps.push(AvpOut::group(*first, []));
    }
    for avp in avps.iter_mut().filter(|avp| avp.key() == *first) {
        *avp = match rest {
            [] => AvpOut::new(*first, value.clone()),
            rest => {
                let mut inside = members(avp);
                put(&mut inside, rest, value);
                AvpOut::group(*first, inside)
            }
        };
    }
}

fn take(avps: &mut Vec<AvpOut>, path: &[AvpKey]) {
    match path {
        [] => {}
        [only] => avps.retain(|avp| avp.key() != *only),
        [first, rest @ ..] => {
            for avp in avps.iter_mut().filter(|avp| avp.key() == *first) {
                let mut inside = members(avp);
                take(&mut inside, rest);
                *avp = AvpOut::group(*first, inside);
            }
        }
    }
}

fn members(avp: &AvpOut) -> Vec<AvpOut> {
    match avp.value() {
        AvpValue::Group(members) => members.clone(),
        _ => Vec::new(),
    }
}

fn value(path: &[AvpKey], text: &str) -> Option<AvpValue> {
    let def = Dictionary::default().avp(*path.last()?)?;
    AvpValue::from_text(def, text).ok()
}

fn name(path: &[AvpKey]) -> &'static str {
    let def = path.last().and_then(|key| Dictionary::default().avp(*key));
    def.map_or("an AVP", |def| def.name)
}

/// Octets of an AVP without its padding.
fn length(avp: &AvpOut) -> usize {
    avp.clone().padding(Bytes::new()).to_bytes().len()
}

fn spoil(mut message: MessageBuilder, wrong: &[Wrong]) -> Bytes {
    for place in wrong {
        match place {
            Wrong::SessionId => {
                let mut avps = message.avps_mut().iter_mut();
                if let Some(avp) = avps.find(|avp| avp.key() == key::SESSION_ID) {
                    let mut other = avp.to_bytes()[8..length(avp)].to_vec();
                    other.extend_from_slice(b";another");
                    *avp = AvpOut::new(key::SESSION_ID, Bytes::from(other));
                }
            }
            Wrong::SecondResult => {
                let avps = message.avps_mut();
                let first = avps.iter().position(|avp| avp.key() == key::RESULT_CODE);
                let second = AvpOut::new(key::RESULT_CODE, UNABLE_TO_COMPLY);
                avps.insert(first.map_or(avps.len(), |at| at + 1), second);
            }
            Wrong::Padding => {
                let ragged = |avp: &AvpOut| !length(avp).is_multiple_of(4);
                if !message.avps_mut().iter().any(ragged) {
                    message = message.with(key::ERROR_MESSAGE, "?");
                }
                for avp in message.avps_mut().iter_mut().filter(|avp| ragged(avp)) {
                    let octets = length(avp);
                    let padding = vec![0xff; octets.next_multiple_of(4) - octets];
                    *avp = avp.clone().padding(padding);
                }
            }
            Wrong::AvpLength => {
                if let Some(avp) = message.avps_mut().last_mut() {
                    let octets = u32::try_from(length(avp)).unwrap_or_default();
                    *avp = avp.clone().length(octets + 1024);
                }
            }
            _ => {}
        }
    }
    let mut bytes = message.build().to_vec();
    for place in wrong {
        match place {
            Wrong::Version => bytes[0] = 2,
            Wrong::Length => {
                let short = u32::try_from(bytes.len()).unwrap_or_default() - 4;
                bytes[1..4].copy_from_slice(&short.to_be_bytes()[1..]);
            }
            Wrong::ErrorBit => bytes[4] ^= 0x20,
            Wrong::Command => {
                bytes[5..8].copy_from_slice(&UNASSIGNED_COMMAND.to_be_bytes()[1..]);
            }
            Wrong::Application => bytes[8..12].fill(0),
            Wrong::HopByHop => bytes[12..16].iter_mut().for_each(|octet| *octet ^= 0x55),
            Wrong::EndToEnd => bytes[16..20].iter_mut().for_each(|octet| *octet ^= 0x55),
            Wrong::SessionId | Wrong::SecondResult | Wrong::AvpLength | Wrong::Padding => {}
        }
    }
    Bytes::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::dictionary::{CCR, CREDIT_CONTROL_APPLICATION};
    use crate::diameter::{FaultKind, Message};

    const UNITS: [AvpKey; 2] = [key::GRANTED_SERVICE_UNIT, key::CC_TOTAL_OCTETS];

    fn answer(in_service: bool) -> MessageBuilder {
        let units = AvpOut::group(UNITS[0], [AvpOut::new(UNITS[1], 5_u64)]);
        let inside = AvpOut::group(key::MULTIPLE_SERVICES_CREDIT_CONTROL, [units.clone()]);
        MessageBuilder::request(CCR, CREDIT_CONTROL_APPLICATION)
            .flags(0x40)
            .hop_by_hop(1)
            .end_to_end(2)
            .with(key::SESSION_ID, "ocs;1")
            .with(key::RESULT_CODE, 2001_u32)
            .avp(if in_service { inside } else { units })
    }

    fn crafted(message: MessageBuilder, changes: &Changes) -> Message {
        let text = |expr: &Expr| match expr {
            Expr::Number(number) => Some(number.to_string()),
            Expr::Text(text) => Some(text.clone()),
            _ => None,
        };
        Message::decode(craft(message, changes, text).unwrap())
    }

    #[test]
    fn what_stands_there_is_replaced_and_what_does_not_is_added() {
        let changes = Changes {
            set: vec![
                (
                    vec![key::RESULT_CODE],
                    Expr::Text("DIAMETER_TOO_BUSY".into()),
                ),
                (UNITS.to_vec(), Expr::Number(7)),
                (
                    vec![key::COST_INFORMATION, AvpKey::base(425)],
                    Expr::Number(978),
                ),
            ],
            ..Changes::default()
        };
        for in_service in [false, true] {
            let message = crafted(answer(in_service), &changes);
            assert_eq!(message.result_code(), Some(3004));
            let service = [key::MULTIPLE_SERVICES_CREDIT_CONTROL, UNITS[0], UNITS[1]];
            let path = if in_service { &service[..] } else { &UNITS };
            assert_eq!(message.find_path(path).unwrap().u64(), Ok(7));
            assert_eq!(message.find(UNITS[0]).is_some(), !in_service);
            let cost = [key::COST_INFORMATION, AvpKey::base(425)];
            assert_eq!(message.find_path(&cost).unwrap().u32(), Ok(978));
            assert_eq!(message.avps().next().unwrap().key(), key::SESSION_ID);
        }
        let unfit = Changes {
            set: vec![(vec![key::RESULT_CODE], Expr::Text("many".into()))],
            ..Changes::default()
        };
        assert!(craft(answer(false), &unfit, |_| Some("many".to_owned())).is_err());
        assert!(craft(answer(false), &unfit, |_| None).is_err());
    }

    #[test]
    fn what_is_left_out_is_gone_wherever_it_stood() {
        for in_service in [false, true] {
            let changes = Changes {
                without: vec![UNITS.to_vec(), vec![key::RESULT_CODE]],
                unknown_avp: Some(true),
                ..Changes::default()
            };
            let message = crafted(answer(in_service), &changes);
            assert_eq!(message.result_code(), None);
            assert!(message.walk().all(|avp| avp.key() != UNITS[1]));
            assert!(message.find(UNKNOWN).unwrap().is_mandatory());
        }
    }

    #[test]
    fn each_place_is_spoilt_and_no_other() {
        let right = crafted(answer(false), &Changes::default());
        for place in Wrong::ALL {
            let changes = Changes {
                wrong: vec![place],
                ..Changes::default()
            };
            let message = crafted(answer(false), &changes);
            let faults: Vec<FaultKind> = message.faults().iter().map(|f| f.kind).collect();
            let header = |message: &Message| {
                (
                    (message.version(), message.flags().0),
                    (message.command_code(), message.application_id()),
                    (message.hop_by_hop(), message.end_to_end()),
                )
            };
            let same_header = header(&message) == header(&right);
            let shown = format!("{}: {faults:?}", place.name());
            match place {
                Wrong::SessionId => assert!(
                    same_header && message.session_id() == Some("ocs;1;another"),
                    "{shown}"
                ),
                Wrong::SecondResult => {
                    let results = message
                        .avps()
                        .filter(|avp| avp.key() == key::RESULT_CODE)
                        .map(|avp| avp.u32().unwrap());
                    assert_eq!(results.collect::<Vec<u32>>(), [2001, 5012], "{shown}");
                    assert!(same_header, "{shown}");
                }
                Wrong::Length | Wrong::AvpLength | Wrong::Padding => {
                    assert!(same_header && !faults.is_empty(), "{shown}");
                }
                _ => assert!(!same_header, "{shown}"),
            }
        }
    }
}
