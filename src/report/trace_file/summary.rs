//! A message in a line, for the eye.

use crate::engine::Message;
use crate::{diameter, msrp, sip};

/// The message in a line: `SIP INVITE sip:b@x`, `MSRP SEND 1-5/5 $`, `CCR interim, number 1`.
///
/// Holds text from the wire as it came: whoever prints it escapes it.
pub fn summary(message: &Message) -> String {
    match message {
        Message::Sip(message) => of_sip(message),
        Message::Msrp(message) => of_msrp(message),
        Message::Diameter(message) => of_diameter(message),
        Message::Garbage { bytes, reason } => {
            format!("{} bytes that are no message: {reason}", bytes.len())
        }
    }
}

fn of_sip(message: &sip::Message) -> String {
    let cseq = message
        .header("CSeq")
        .map(|cseq| format!(" ({cseq})"))
        .unwrap_or_default();
    match message.status() {
        Some(status) => format!(
            "SIP {status} {}{cseq}",
            message.reason().unwrap_or_default()
        ),
        None => format!("SIP {}{cseq}", message.start_line()),
    }
}

fn of_msrp(message: &msrp::Message) -> String {
    let id = message.transaction_id();
    match (message.method(), message.status()) {
        (Some(method), _) => {
            let range = message.header("Byte-Range").unwrap_or_default();
            let flag = if message.body().is_some() {
                ""
            } else {
                " without a body"
            };
            format!("MSRP {} {id} {range}{flag}", method.as_str())
        }
        (None, Some(status)) => format!("MSRP {status} {} {id}", message.comment()),
        (None, None) => format!("MSRP, unreadable, {} bytes", message.raw().len()),
    }
}

fn of_diameter(message: &diameter::Message) -> String {
    let number = |key| message.find(key).and_then(|avp| avp.u32().ok());
    let mut text = message.abbreviation().to_owned();
    if text == "?" {
        text = format!("Diameter command {}", message.command_code());
    }
    if let Some(kind) = message.find(diameter::key::CC_REQUEST_TYPE) {
        let symbol = kind.symbol().map(str::to_owned);
        let kind = symbol.or_else(|| kind.u32().ok().map(|kind| kind.to_string()));
        text += &format!(" {}", kind.unwrap_or_default());
    }
    if let Some(number) = number(diameter::key::CC_REQUEST_NUMBER) {
        text += &format!(" number {number}");
    }
    if let Some(code) = message.result_code() {
        text += &format!(" result {code}");
    }
    if let Some(session) = message.session_id() {
        text += &format!(" session {session}");
    }
    text
}
