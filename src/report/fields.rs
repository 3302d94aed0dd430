//! A message field by field.

use std::fmt::Write;

use crate::engine::Verdict;
use crate::io::Field;

use super::trace_file::to_hex;
use super::{Style, escape};

/// Writes the fields of a message, each on a line with its bytes, and below it what is wrong with
/// it. What came from the server is escaped and cut.
pub fn write(out: &mut String, fields: &[Field], bytes: &[u8], style: &Style) {
    for field in fields {
        let range = format!("{:>5}..{:<5}", field.bytes.start, field.bytes.end);
        let own = bytes.get(field.bytes.clone()).unwrap_or_default();
        let name = escape::clipped(&field.name, 80);
        let value = escape::clipped(&field.value, 200);
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{}  {:indent$}{name}: {value}  {}",
            style.dim(&range),
            "",
            style.dim(&excerpt(own)),
            indent = field.depth * 2
        );
        for fault in &field.faults {
            let mark = style.verdict(Verdict::Fail, "fault");
            let indent = field.depth * 2 + 15;
            let _ = writeln!(out, "{:indent$}{mark}: {}", "", escape::clipped(fault, 300));
        }
    }
}

/// The first bytes of a field, in hexadecimal.
fn excerpt(bytes: &[u8]) -> String {
    match bytes.get(..16) {
        Some(first) if bytes.len() > 16 => format!("[{}...]", to_hex(first)),
        _ => format!("[{}]", to_hex(bytes)),
    }
}
