//! A message taken apart for a reader.

use crate::io::Field;

use super::Message;
use super::message::{Kind, Start, words};

impl Message {
    /// The fields of the message in wire order, each with what is wrong with it.
    ///
    /// Every fault stands with the innermost field that holds its bytes; one that no field holds
    /// stands with the field `message`, which opens the list.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = vec![field(0, "message", self.summary(), 0..self.raw.len())];
        let mut add = |depth, name: &str, bytes: std::ops::Range<usize>| {
            let value = self.text(bytes.clone()).into_owned();
            fields.push(field(depth, name, value, bytes));
        };
        add(1, "Transaction identifier", self.transaction.clone());
        match &self.start {
            Start::Request { word, .. } => add(1, "Method", word.clone()),
            Start::Response { code, comment, .. } => {
                add(1, "Status code", code.clone());
                if !comment.is_empty() {
                    add(1, "Comment", comment.clone());
                }
            }
            Start::Unreadable { line } => add(1, "Start line", line.clone()),
        }
        for header in &self.headers {
            let name = self.text(header.name.clone());
            let name = if name.is_empty() {
                "header line"
            } else {
                &name
            };
            add(1, name, header.name.start..header.value.end);
            if matches!(header.kind, Kind::ToPath | Kind::FromPath) {
                for uri in words(&self.raw, header.value.clone()) {
                    add(2, "URI", uri);
                }
            }
        }
        for (field, header) in fields
            .iter_mut()
            .filter(|field| field.depth == 1)
            .rev()
            .zip(self.headers.iter().rev())
        {
            field.value = self.text(header.value.clone()).into_owned();
        }
        if let Some(body) = self.body.clone() {
            let value = match std::str::from_utf8(&self.raw[body.clone()]) {
                Ok(text) => text.to_owned(),
                Err(_) => format!("{} octets", body.len()),
            };
            fields.push(field(1, "Body", value, body));
        }
        if let Some(flag) = self.flag {
            let value = char::from(flag.as_byte()).to_string();
            fields.push(field(1, "Continuation flag", value, self.end_line.clone()));
        }
        for fault in &self.faults {
            let text = format!("{} ({})", fault.text, fault.clause);
            let holds = |field: &Field| {
                !fault.bytes.is_empty()
                    && field.bytes.start <= fault.bytes.start
                    && fault.bytes.end <= field.bytes.end
            };
            let place = fields.iter().rposition(holds).unwrap_or(0);
            fields[place].faults.push(text);
        }
        fields
    }

    fn summary(&self) -> String {
        match &self.start {
            Start::Request { method, .. } => format!("MSRP {}", method.as_str()),
            Start::Response { status, .. } => format!("MSRP {status:03}"),
            Start::Unreadable { .. } => "unreadable".to_owned(),
        }
    }
}

fn field(depth: usize, name: &str, value: String, bytes: std::ops::Range<usize>) -> Field {
    Field {
        depth,
        name: name.to_owned(),
        value,
        bytes,
        faults: Vec::new(),
    }
}
