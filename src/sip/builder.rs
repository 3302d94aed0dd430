//! Writes SIP messages: right ones by default, wrong ones on request.

use std::net::SocketAddr;

use bytes::Bytes;

use super::header_name::HeaderName;
use super::lexis::{Commas, unfold};
use super::message::Message;

/// Puts a message together and serialises it.
///
/// Headers come out in a fixed order that suits a reader (Via first, Content-Length last) whatever
/// order they were added in, and headers of one name keep theirs; [`MessageBuilder::keep_order`]
/// turns that off. Content-Length is written unless [`MessageBuilder::content_length`] says
/// otherwise. Nothing is checked: what a scenario asks to send is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageBuilder {
    start_line: String,
    lines: Vec<Line>,
    body: Bytes,
    content_length: Length,
    keep_order: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Header {
        name: String,
        value: String,
    },
    /// Bytes of a line, without the line end.
    Raw(Bytes),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Length {
    Right,
    Written(String),
    Omitted,
}

impl MessageBuilder {
    /// A request with no headers yet.
    pub fn request(method: &str, uri: &str) -> MessageBuilder {
        MessageBuilder::with_start_line(format!("{method} {uri} SIP/2.0"))
    }

    /// A response with no headers yet.
    pub fn response(status: u16, reason: &str) -> MessageBuilder {
        MessageBuilder::with_start_line(format!("SIP/2.0 {status:03} {reason}"))
    }

    /// A message with a start line of one's own, which may be malformed.
    pub fn with_start_line(start_line: impl Into<String>) -> MessageBuilder {
        MessageBuilder {
            start_line: start_line.into(),
            lines: Vec::new(),
            body: Bytes::new(),
            content_length: Length::Right,
            keep_order: false,
        }
    }

    /// A response to `request`: its Via, From, To, Call-ID and CSeq (RFC 3261 8.2.6.2), and its
    /// Record-Route where the response makes a dialog (RFC 3261 12.1.1). `to_tag` is added to
    /// the To where that has no tag yet; a 100 goes without.
    pub fn response_to(
        request: &Message,
        status: u16,
        reason: &str,
        to_tag: &str,
    ) -> MessageBuilder {
        let mut response = MessageBuilder::response(status, reason);
        let makes_dialog = (101..300).contains(&status);
        for header in request.headers() {
            let name = header.canonical().into_owned();
            match HeaderName::of(name.as_bytes()) {
                HeaderName::VIA | HeaderName::FROM | HeaderName::CALL_ID | HeaderName::CSEQ => {}
                HeaderName::RECORD_ROUTE if makes_dialog => {}
                HeaderName::TO => {
                    let mut value = header.value().into_owned();
                    let tagged = request.to().is_ok_and(|to| to.tag().is_some());
                    if !tagged && status != 100 && !to_tag.is_empty() {
                        value.push_str(";tag=");
                        value.push_str(to_tag);
                    }
                    response.lines.push(Line::Header { name, value });
                    continue;
                }
                _ => continue,
            }
            response.lines.push(Line::Header {
                name,
                value: header.value().into_owned(),
            });
        }
        response
    }

    /// The ACK of a 3xx-6xx to an INVITE (RFC 3261 17.1.1.3). The ACK of a 2xx is the dialog's:
    /// [`super::Dialog::ack`].
    pub fn ack_of_refusal(invite: &Message, refusal: &Message) -> MessageBuilder {
        let to = refusal
            .header("To")
            .or_else(|| invite.header("To"))
            .unwrap_or_default();
        MessageBuilder::hop_by_hop("ACK", invite, &to)
    }

    /// The CANCEL of a request (RFC 3261 9.1). It may be sent once a provisional response has
    /// come.
    pub fn cancel_of(request: &Message) -> MessageBuilder {
        MessageBuilder::hop_by_hop("CANCEL", request, &request.header("To").unwrap_or_default())
    }

    fn hop_by_hop(method: &str, request: &Message, to: &str) -> MessageBuilder {
        // The Request-URI goes out as it stood, even where it does not parse.
        let line = request.start_line();
        let uri = line.split(' ').nth(1).unwrap_or_default();
        let mut message = MessageBuilder::request(method, uri);
        if let Some(via) = request.values("Via").next() {
            message = message.header("Via", via);
        }
        for route in request.values("Route") {
            message = message.header("Route", route);
        }
        for name in ["From", "Call-ID"] {
            if let Some(value) = request.header(name) {
                message = message.header(name, value);
            }
        }
        let number = request.cseq().map_or(0, |cseq| cseq.number);
        message
            .header("To", to)
            .header("Max-Forwards", "70")
            .cseq(number, method)
    }

    /// Writes into the top Via where the request came from: `received` where sent-by differs or
    /// `rport` was asked for, and the value of `rport` (RFC 3261 18.2.1, RFC 3581 4).
    pub fn received_from(mut self, from: SocketAddr) -> MessageBuilder {
        let via = self.lines.iter_mut().find_map(|line| match line {
            Line::Header { name, value } if name.eq_ignore_ascii_case("Via") => Some(value),
            _ => None,
        });
        if let Some(value) = via
            && let Some(marked) = mark_received(value, from)
        {
            *value = marked;
        }
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> MessageBuilder {
        self.lines.push(Line::Header {
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// Adds a header before every other of its name.
    pub fn header_first(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> MessageBuilder {
        self.lines.insert(
            0,
            Line::Header {
                name: name.into(),
                value: value.into(),
            },
        );
        self
    }

    /// Replaces every header of this name, compact forms included, by one.
    pub fn set(self, name: impl Into<String>, value: impl Into<String>) -> MessageBuilder {
        let name = name.into();
        self.without(&name).header(name, value)
    }

    /// Removes every header of this name, compact forms included.
    pub fn without(mut self, name: &str) -> MessageBuilder {
        self.lines.retain(|line| !line.is(name));
        self
    }

    /// True where a header of this name has been added.
    pub fn has(&self, name: &str) -> bool {
        self.lines.iter().any(|line| line.is(name))
    }

    /// Adds a line as it is, without its line end; it need not be a header.
    pub fn raw_line(mut self, line: impl Into<Bytes>) -> MessageBuilder {
        self.lines.push(Line::Raw(line.into()));
        self
    }

    /// Adds a Via on top: transport such as `UDP`, sent-by, and a branch, which begins with
    /// [`super::Via::MAGIC_COOKIE`] in a right message. Asks for `rport` (RFC 3581 3).
    pub fn via(self, transport: &str, sent_by: &str, branch: &str) -> MessageBuilder {
        self.header_first(
            "Via",
            format!("SIP/2.0/{transport} {sent_by};rport;branch={branch}"),
        )
    }

    /// Adds a CSeq.
    pub fn cseq(self, number: u32, method: &str) -> MessageBuilder {
        self.header("CSeq", format!("{number} {method}"))
    }

    /// Sets the body and its Content-Type.
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> MessageBuilder {
        self.set("Content-Type", content_type).body_only(body)
    }

    /// Sets the body and leaves Content-Type alone.
    pub fn body_only(mut self, body: impl Into<Bytes>) -> MessageBuilder {
        self.body = body.into();
        self
    }

    /// Writes this Content-Length, right or not.
    pub fn content_length(mut self, value: impl Into<String>) -> MessageBuilder {
        self.content_length = Length::Written(value.into());
        self
    }

    /// Writes no Content-Length.
    pub fn without_content_length(mut self) -> MessageBuilder {
        self.content_length = Length::Omitted;
        self
    }

    /// Writes the headers in the order they were added.
    pub fn keep_order(mut self) -> MessageBuilder {
        self.keep_order = true;
        self
    }

    /// Serialises the message.
    pub fn build(&self) -> Bytes {
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        if !self.keep_order {
            lines.sort_by_key(|line| line.rank());
        }
        let mut out = Vec::with_capacity(512 + self.body.len());
        out.extend_from_slice(self.start_line.as_bytes());
        out.extend_from_slice(b"\r\n");
        for line in lines {
            match line {
                Line::Header { name, value } => {
                    out.extend_from_slice(name.as_bytes());
                    out.extend_from_slice(b": ");
                    out.extend_from_slice(value.as_bytes());
                }
                Line::Raw(bytes) => out.extend_from_slice(bytes),
            }
            out.extend_from_slice(b"\r\n");
        }
        let length = match &self.content_length {
            Length::Right => Some(self.body.len().to_string()),
            Length::Written(value) => Some(value.clone()),
            Length::Omitted => None,
        };
        if let Some(length) = length {
            out.extend_from_slice(b"Content-Length: ");
            out.extend_from_slice(length.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
        Bytes::from(out)
    }

    /// Serialises the message and takes it apart again.
    pub fn message(&self) -> Message {
        Message::decode(self.build())
    }
}

impl Line {
    fn is(&self, wanted: &str) -> bool {
        let Line::Header { name, .. } = self else {
            return false;
        };
        let known = HeaderName::of(wanted.as_bytes());
        name.eq_ignore_ascii_case(wanted)
            || (known != HeaderName::Other && HeaderName::of(name.as_bytes()) == known)
    }

    /// Where a line goes: those a proxy needs come first (RFC 3261 7.3.1 recommends it).
    fn rank(&self) -> u8 {
        const ORDER: [HeaderName; 9] = [
            HeaderName::VIA,
            HeaderName::RECORD_ROUTE,
            HeaderName::ROUTE,
            HeaderName::MAX_FORWARDS,
            HeaderName::FROM,
            HeaderName::TO,
            HeaderName::CALL_ID,
            HeaderName::CSEQ,
            HeaderName::CONTACT,
        ];
        let Line::Header { name, .. } = self else {
            return 10;
        };
        match HeaderName::of(name.as_bytes()) {
            HeaderName::CONTENT_TYPE => 11,
            known => (0..)
                .zip(ORDER)
                .find(|(_, o)| *o == known)
                .map_or(10, |(rank, _)| rank),
        }
    }
}

/// The Via value with `received` and `rport` filled in for its first entry.
fn mark_received(value: &str, from: SocketAddr) -> Option<String> {
    let value = unfold(value);
    let first = Commas::new(&value).next()?;
    let rest = &value[value.find(first)? + first.len()..];
    let via = super::Via::parse(first).ok()?;
    let same_host = match via.host {
        super::Host::V4(address) => from.ip() == address,
        super::Host::V6(address) => from.ip() == address,
        super::Host::Name(_) => false,
    };
    let mut marked = format!("SIP/2.0/{} {}", via.transport, via.sent_by);
    for (name, param) in via.params.iter() {
        marked.push(';');
        marked.push_str(name);
        let is_rport = name.eq_ignore_ascii_case("rport");
        match param {
            _ if is_rport => marked.push_str(&format!("={}", from.port())),
            Some(text) => {
                marked.push('=');
                marked.push_str(text);
            }
            None => {}
        }
    }
    if (!same_host || via.asks_rport()) && !via.params.has("received") {
        marked.push_str(&format!(";received={}", from.ip()));
    }
    marked.push_str(rest);
    Some(marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite() -> MessageBuilder {
        MessageBuilder::request("INVITE", "sip:bob@biloxi.com")
            .header("Subject", "hi")
            .header("Call-ID", "a84b4c76e66710")
            .header("f", "Alice <sip:alice@atlanta.com>;tag=1928301774")
            .header("To", "Bob <sip:bob@biloxi.com>")
            .cseq(314_159, "INVITE")
            .header("Max-Forwards", "70")
            .header("Record-Route", "<sip:p1;lr>, <sip:p2;lr>")
            .via("UDP", "pc33.atlanta.com", "z9hG4bK776asdhds")
    }

    #[test]
    fn orders_headers_and_counts_the_body() {
        let bytes = invite().body("text/plain", "hello").build();
        let expected = "INVITE sip:bob@biloxi.com SIP/2.0\r\n\
            Via: SIP/2.0/UDP pc33.atlanta.com;rport;branch=z9hG4bK776asdhds\r\n\
            Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\n\
            Max-Forwards: 70\r\n\
            f: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n\
            To: Bob <sip:bob@biloxi.com>\r\n\
            Call-ID: a84b4c76e66710\r\n\
            CSeq: 314159 INVITE\r\n\
            Subject: hi\r\n\
            Content-Type: text/plain\r\n\
            Content-Length: 5\r\n\r\nhello";
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_response_copies_what_8_2_6_2_names() {
        let request = invite().message();
        let response = MessageBuilder::response_to(&request, 180, "Ringing", "x1").message();
        assert_eq!(response.status(), Some(180));
        assert_eq!(response.to().unwrap().tag(), Some("x1"));
        assert_eq!(response.from().unwrap().tag(), Some("1928301774"));
        assert_eq!(response.call_id(), request.call_id());
        assert_eq!(response.cseq(), request.cseq());
        assert_eq!(response.top_via(), request.top_via());
        assert_eq!(response.values("Record-Route").count(), 2);
        assert_eq!(response.header("Subject"), None);
        let trying = MessageBuilder::response_to(&request, 100, "Trying", "x1").message();
        assert_eq!(trying.to().unwrap().tag(), None);
    }

    #[test]
    fn the_top_via_learns_where_the_request_came_from() {
        // The example of RFC 3581 6.
        let request = MessageBuilder::request("OPTIONS", "sip:b@h")
            .header(
                "Via",
                "SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKkjshdyff, SIP/2.0/UDP b",
            )
            .message();
        let from = "192.0.2.1:9988".parse().unwrap();
        let response = MessageBuilder::response_to(&request, 200, "OK", "t").received_from(from);
        let response = response.message();
        let via = response.top_via().unwrap();
        assert_eq!(
            (via.rport(), via.received()),
            (Some(9988), Some("192.0.2.1".parse().unwrap()))
        );
        assert_eq!(via.branch(), Some("z9hG4bKkjshdyff"));
        assert_eq!(response.vias().count(), 2);
    }

    #[test]
    fn sends_wrong_things_when_asked() {
        let bytes = MessageBuilder::with_start_line("INVITE")
            .raw_line("no colon")
            .raw_line(&b"X: \xff"[..])
            .header("Via", "x")
            .keep_order()
            .content_length("999")
            .build();
        assert_eq!(
            &bytes[..],
            b"INVITE\r\nno colon\r\nX: \xff\r\nVia: x\r\nContent-Length: 999\r\n\r\n"
        );
        let none = MessageBuilder::response(200, "OK")
            .without_content_length()
            .build();
        assert_eq!(none, "SIP/2.0 200 OK\r\n\r\n");
    }

    #[test]
    fn set_replaces_compact_forms_too() {
        let message = invite().set("From", "<sip:carol@h>;tag=2").message();
        assert_eq!(message.from().unwrap().tag(), Some("2"));
        assert_eq!(message.values("From").count(), 1);
    }
}
