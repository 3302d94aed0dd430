//! A message as a list of fields for a reader.

use std::ops::Range;

use crate::io::Field;

use super::avp::{Avp, FLAG_MANDATORY, FLAG_PROTECTED, FLAG_VENDOR, FLAGS_RESERVED};
use super::dictionary::{AvpDef, AvpType, Dictionary};
use super::fault::Fault;
use super::grammar;
use super::message::{HEADER_LENGTH, Message};

/// Lists header and AVPs in wire order. The faults shown are the message's own and those of its
/// command's grammar; one that lies in no field stands at the message itself.
pub(super) fn list(message: &Message, dictionary: &Dictionary) -> Vec<Field> {
    let mut faults = message.faults().to_vec();
    faults.extend(grammar::check(message, dictionary));
    let mut fields = header(message);
    for avp in message.walk() {
        fields.push(avp_field(avp, dictionary));
    }
    for fault in faults {
        let at = place(&fields, &fault);
        if let Some(field) = fields.get_mut(at) {
            field.faults.push(fault.to_string());
        }
    }
    fields
}

fn header(message: &Message) -> Vec<Field> {
    let end = message.raw().len();
    let name = message
        .command()
        .map_or("unknown command", |command| command.name);
    let field = |depth, name: &str, value: String, bytes: Range<usize>| Field {
        depth,
        name: name.to_owned(),
        value,
        bytes: bytes.start.min(end)..bytes.end.min(end),
        faults: Vec::new(),
    };
    vec![
        field(
            0,
            "Diameter",
            format!("{name} ({})", message.abbreviation()),
            0..end,
        ),
        field(1, "Version", message.version().to_string(), 0..1),
        field(1, "Message Length", message.length().to_string(), 1..4),
        field(1, "Command Flags", message.flags().to_string(), 4..5),
        field(
            1,
            "Command Code",
            format!("{name} ({})", message.command_code()),
            5..8,
        ),
        field(
            1,
            "Application-ID",
            application(message.application_id()),
            8..12,
        ),
        field(
            1,
            "Hop-by-Hop Identifier",
            format!("0x{:08x}", message.hop_by_hop()),
            12..16,
        ),
        field(
            1,
            "End-to-End Identifier",
            format!("0x{:08x}", message.end_to_end()),
            16..HEADER_LENGTH,
        ),
    ]
}

fn application(id: u32) -> String {
    match id {
        0 => "Diameter common messages (0)".to_owned(),
        4 => "Diameter Credit Control (4)".to_owned(),
        0xffff_ffff => "Relay (4294967295)".to_owned(),
        id => id.to_string(),
    }
}

fn avp_field(avp: Avp<'_>, dictionary: &Dictionary) -> Field {
    let def = dictionary.avp(avp.key()).or(avp.def());
    let name = match def {
        Some(def) => format!("{} ({})", def.name, avp.key()),
        None => format!("AVP ({})", avp.key()),
    };
    Field {
        depth: avp.depth() + 1,
        name,
        value: format!("{} [{}]", value(avp, def), flags(avp.flags())),
        bytes: avp.range(),
        faults: Vec::new(),
    }
}

fn value(avp: Avp<'_>, def: Option<&AvpDef>) -> String {
    let readable = match def.map(|def| def.kind) {
        Some(AvpType::Grouped) if avp.is_grouped() => {
            let count = avp.children().count();
            return format!("{count} AVP{}", if count == 1 { "" } else { "s" });
        }
        Some(AvpType::Unsigned32) => avp
            .u32()
            .ok()
            .map(|n| symbolic(def, n as i32, n.to_string())),
        Some(AvpType::Enumerated) => avp.i32().ok().map(|n| symbolic(def, n, n.to_string())),
        Some(AvpType::Unsigned64) => avp.u64().ok().map(|n| n.to_string()),
        Some(AvpType::Integer32) => avp.i32().ok().map(|n| n.to_string()),
        Some(AvpType::Integer64) => avp.i64().ok().map(|n| n.to_string()),
        Some(AvpType::Time) => avp.time().ok().map(|time| format!("{time} ({})", time.0)),
        Some(AvpType::Address) => avp.address().ok().map(|address| address.to_string()),
        Some(
            AvpType::Utf8String
            | AvpType::DiameterIdentity
            | AvpType::DiameterUri
            | AvpType::IpFilterRule,
        ) => avp.utf8().ok().map(str::to_owned),
        _ => None,
    };
    readable.unwrap_or_else(|| octets(avp.data()))
}

fn symbolic(def: Option<&AvpDef>, value: i32, number: String) -> String {
    match def.and_then(|def| def.value_name(value)) {
        Some(name) => format!("{name} ({number})"),
        None => number,
    }
}

/// Octets in hexadecimal; the beginning only, where there are many.
fn octets(data: &[u8]) -> String {
    const SHOWN: usize = 64;
    let mut text = String::from("0x");
    for octet in data.iter().take(SHOWN) {
        text.push_str(&format!("{octet:02x}"));
    }
    if data.len() > SHOWN {
        text.push_str(&format!("... ({} octets)", data.len()));
    }
    text
}

fn flags(flags: u8) -> String {
    let bit = |mask, letter| if flags & mask != 0 { letter } else { '-' };
    let mut text = String::from_iter([
        bit(FLAG_VENDOR, 'V'),
        bit(FLAG_MANDATORY, 'M'),
        bit(FLAG_PROTECTED, 'P'),
    ]);
    if flags & FLAGS_RESERVED != 0 {
        text.push_str(&format!(" reserved 0x{:02x}", flags & FLAGS_RESERVED));
    }
    text
}

/// The innermost field that holds the fault's bytes; the message where no field does, as for
/// something that is missing at its end.
fn place(fields: &[Field], fault: &Fault) -> usize {
    let holds = |field: &Field| {
        field.bytes.contains(&fault.bytes.start) && fault.bytes.end <= field.bytes.end
    };
    fields.iter().rposition(holds).unwrap_or(0)
}
