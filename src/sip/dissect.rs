//! A SIP message as lines for a reader.

use std::ops::Range;

use super::message::Message;
use super::sdp::Description;
use crate::io::Field;

/// The start line, each header, the body with its SDP lines, then what is missing.
pub(super) fn fields(message: &Message) -> Vec<Field> {
    let mut fields = vec![field(
        0,
        if message.is_response() {
            "Status-Line"
        } else {
            "Request-Line"
        },
        message.start_line().into_owned(),
        message.start_line_range(),
    )];
    for line in message.index() {
        let raw = &message.raw()[..];
        let name = String::from_utf8_lossy(&raw[line.name()]).into_owned();
        let name = line.header.canonical().map_or(name, str::to_owned);
        let name = if line.has_colon() {
            name
        } else {
            "malformed line".to_owned()
        };
        let value = if line.has_colon() {
            line.value.clone()
        } else {
            line.whole()
        };
        let value = String::from_utf8_lossy(&raw[value]).into_owned();
        fields.push(field(0, &name, value, line.whole()));
    }
    body(message, &mut fields);
    for fault in message.faults() {
        let place = fields.iter().rposition(|field| {
            field.bytes.start <= fault.bytes.start && fault.bytes.end <= field.bytes.end
        });
        match place {
            Some(at) if !fault.bytes.is_empty() => fields[at].faults.push(fault.to_string()),
            _ => {
                let mut whole = field(0, "message", String::new(), fault.bytes.clone());
                whole.faults.push(fault.to_string());
                fields.push(whole);
            }
        }
    }
    fields
}

fn body(message: &Message, fields: &mut Vec<Field>) {
    let range = message.body_range();
    if !range.is_empty() {
        let length = range.len();
        fields.push(field(0, "body", format!("{length} octets"), range.clone()));
        if message.is_content_type("application/sdp") {
            let sdp = Description::parse(message.body());
            for mut line in sdp.fields() {
                line.depth += 1;
                line.bytes = line.bytes.start + range.start..line.bytes.end + range.start;
                fields.push(line);
            }
        }
    }
    let surplus = message.surplus().len();
    if surplus > 0 {
        let bytes = range.end..message.raw().len();
        fields.push(field(0, "surplus", format!("{surplus} octets"), bytes));
    }
}

fn field(depth: usize, name: &str, value: String, bytes: Range<usize>) -> Field {
    Field {
        depth,
        name: name.to_owned(),
        value,
        bytes,
        faults: Vec::new(),
    }
}
