//! A message in one line, in the words of the figures.

use crate::ch2::{Binding, Response, SessionRequest};
use crate::{diameter, msrp, sip};

use super::Message;

/// A message in one line: `SessionRequest (stop)  #2  used 1 message`, `SIP BYE`, `MSRP 200 OK`.
///
/// Text from the wire stands in it unescaped.
pub fn describe(message: &Message, binding: &Binding) -> String {
    match message {
        Message::Sip(message) => sip_line(message),
        Message::Msrp(message) => msrp_line(message),
        Message::Diameter(message) => diameter_line(message, binding),
        Message::Garbage { bytes, reason } => {
            format!("{} octets that are no message: {reason}", bytes.len())
        }
    }
}

fn sip_line(message: &sip::Message) -> String {
    if let Some(method) = message.method() {
        return format!("SIP {method}");
    }
    let reason = message.reason().unwrap_or_default();
    let status = message.status().unwrap_or_default();
    match message.cseq() {
        Ok(cseq) => format!("SIP {status} {reason} to {}", cseq.method),
        Err(_) => format!("SIP {status} {reason}"),
    }
}

fn msrp_line(message: &msrp::Message) -> String {
    if let Some(status) = message.status() {
        return format!("MSRP {status} {}", message.comment())
            .trim_end()
            .to_owned();
    }
    let method = message.method().map_or("(no method)", msrp::Method::as_str);
    match message.body_len() {
        0 => format!("MSRP {method}"),
        octets => format!("MSRP {method} with {octets} octets"),
    }
}

fn diameter_line(message: &diameter::Message, binding: &Binding) -> String {
    if let Some(request) = SessionRequest::new(message, binding) {
        return request.describe();
    }
    if let Some(response) = Response::new(message, binding) {
        return response.describe();
    }
    let name = message.abbreviation();
    match message.result_code() {
        Some(code) => match diameter::dictionary::result_name(code) {
            Some(text) => format!("{name} {text}"),
            None => format!("{name} {code}"),
        },
        None => name.to_owned(),
    }
}
