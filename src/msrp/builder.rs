//! Messages to bytes, right ones and deliberately wrong ones.

use bytes::{Bytes, BytesMut};

use super::decode::END_LINE_HYPHENS;
use super::{ByteRange, FailureReport, Flag, Message, Method, ReportStatus, Uri, status};

/// Writes one MSRP message.
///
/// It writes what it is told, in the order it is told: a REPORT without Status, a body in a
/// response or a transaction identifier that stands in the body are the caller's choice.
#[derive(Clone, Debug)]
pub struct MessageBuilder {
    word: String,
    transaction: Option<String>,
    headers: Vec<(String, String)>,
    content_type: Option<String>,
    body: Option<Bytes>,
    flag: Flag,
    end_line: Option<Bytes>,
}

/// Picks transaction identifiers.
///
/// Each has 16 letters and digits. RFC 4975 7.1 asks for 64 bits of randomness; they are drawn from
/// a generator that the owner seeds, so that a run can be repeated.
#[derive(Clone, Debug)]
pub struct TransactionIds {
    random: fastrand::Rng,
}

impl MessageBuilder {
    /// A request of any method without header fields, its end-line flag `$`.
    pub fn request(method: &str) -> MessageBuilder {
        MessageBuilder {
            word: method.to_owned(),
            transaction: None,
            headers: Vec::new(),
            content_type: None,
            body: None,
            flag: Flag::Complete,
            end_line: None,
        }
    }

    /// A SEND without a body. Give it [`MessageBuilder::content`] and a
    /// [`MessageBuilder::byte_range`].
    pub fn send(to: &[Uri], from: &[Uri], message_id: &str) -> MessageBuilder {
        MessageBuilder::request(Method::Send.as_str())
            .to_path(to)
            .from_path(from)
            .header("Message-ID", message_id)
    }

    /// A SEND that carries a whole message.
    pub fn send_whole(
        to: &[Uri],
        from: &[Uri],
        message_id: &str,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> MessageBuilder {
        let body = body.into();
        MessageBuilder::send(to, from, message_id)
            .byte_range(ByteRange::whole(body.len() as u64))
            .content(content_type, body)
    }

    /// The empty SEND that binds a new connection to its session (RFC 4975 5.4).
    pub fn empty_send(to: &[Uri], from: &[Uri], message_id: &str) -> MessageBuilder {
        MessageBuilder::send(to, from, message_id).byte_range(ByteRange::EMPTY)
    }

    /// A REPORT on bytes of a message (RFC 4975 7.1.2).
    pub fn report(
        to: &[Uri],
        from: &[Uri],
        message_id: &str,
        range: Option<ByteRange>,
        status: &ReportStatus,
    ) -> MessageBuilder {
        let report = MessageBuilder::request(Method::Report.as_str())
            .to_path(to)
            .from_path(from)
            .header("Message-ID", message_id);
        let report = match range {
            Some(range) => report.byte_range(range),
            None => report,
        };
        report.header("Status", &status.to_string())
    }

    /// The response to a request, whether one is due or not (RFC 4975 7.2).
    ///
    /// It goes to the first URI of the request's From-Path for a SEND, else to all of them.
    pub fn response_to(request: &Message, code: u16, from: &Uri) -> MessageBuilder {
        let mut to = request.from_path();
        if request.is_send() {
            to.truncate(1);
        }
        let comment = status::comment(code);
        let word = format!("{code:03} {comment}");
        MessageBuilder::request(word.trim_end())
            .transaction(&request.transaction_id())
            .to_path(&to)
            .from_path(std::slice::from_ref(from))
    }

    /// Uses this transaction identifier, even where it stands in the body.
    pub fn transaction(mut self, id: &str) -> MessageBuilder {
        self.transaction = Some(id.to_owned());
        self
    }

    /// Appends To-Path.
    pub fn to_path(self, path: &[Uri]) -> MessageBuilder {
        self.header("To-Path", &joined(path))
    }

    /// Appends From-Path.
    pub fn from_path(self, path: &[Uri]) -> MessageBuilder {
        self.header("From-Path", &joined(path))
    }

    /// Appends a header field, as it is given.
    pub fn header(mut self, name: &str, value: &str) -> MessageBuilder {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts a header field in the place of the one of that name, Content-Type too, or appends it.
    pub fn replace(mut self, name: &str, value: &str) -> MessageBuilder {
        if name.eq_ignore_ascii_case("Content-Type") && self.content_type.is_some() {
            self.content_type = Some(value.to_owned());
            return self;
        }
        self.set(name, value.to_owned())
    }

    /// Removes every header field of that name; Content-Type too.
    pub fn without(mut self, name: &str) -> MessageBuilder {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        if name.eq_ignore_ascii_case("Content-Type") {
            self.content_type = None;
        }
        self
    }

    /// Sets Byte-Range, in its place where there is one already.
    pub fn byte_range(self, range: ByteRange) -> MessageBuilder {
        self.set("Byte-Range", range.to_string())
    }

    /// Sets Failure-Report, in its place where there is one already.
    pub fn failure_report(self, value: FailureReport) -> MessageBuilder {
        self.set("Failure-Report", value.as_str().to_owned())
    }

    /// Sets Success-Report, in its place where there is one already.
    pub fn success_report(self, wanted: bool) -> MessageBuilder {
        self.set(
            "Success-Report",
            if wanted { "yes" } else { "no" }.to_owned(),
        )
    }

    /// Sets the body and its Content-Type, which is written last (RFC 4975 7.1).
    pub fn content(mut self, content_type: &str, body: impl Into<Bytes>) -> MessageBuilder {
        self.content_type = Some(content_type.to_owned());
        self.body = Some(body.into());
        self
    }

    /// Sets the body alone.
    pub fn body(mut self, body: Option<Bytes>) -> MessageBuilder {
        self.body = body;
        self
    }

    /// Sets the continuation flag.
    pub fn flag(mut self, flag: Flag) -> MessageBuilder {
        self.flag = flag;
        self
    }

    /// Writes these bytes in place of the end-line and, after a body, of the CRLF before it.
    pub fn end_line(mut self, bytes: impl Into<Bytes>) -> MessageBuilder {
        self.end_line = Some(bytes.into());
        self
    }

    /// The bytes of the message. Where no transaction identifier was given, one is picked that does
    /// not stand in the body (RFC 4975 7.1).
    pub fn emit(&self, ids: &mut TransactionIds) -> Bytes {
        let picked;
        let transaction = match &self.transaction {
            Some(id) => id,
            None => {
                picked = ids.next_for(self.body.as_deref().unwrap_or_default());
                &picked
            }
        };
        let body = self.body.as_deref();
        let mut out = BytesMut::with_capacity(512 + body.map_or(0, <[u8]>::len));
        for part in ["MSRP ", transaction, " ", &self.word, "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
        let content_type = self
            .content_type
            .iter()
            .map(|value| ("Content-Type", value.as_str()));
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in headers.chain(content_type) {
            for part in [name, ": ", value, "\r\n"] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        if let Some(body) = body {
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(body);
        }
        match &self.end_line {
            Some(exact) => out.extend_from_slice(exact),
            None => {
                if body.is_some() {
                    out.extend_from_slice(b"\r\n");
                }
                out.extend_from_slice(END_LINE_HYPHENS);
                out.extend_from_slice(transaction.as_bytes());
                out.extend_from_slice(&[self.flag.as_byte(), b'\r', b'\n']);
            }
        }
        out.freeze()
    }

    /// The message, read back from the bytes of [`MessageBuilder::emit`].
    pub fn build(&self, ids: &mut TransactionIds) -> Message {
        Message::decode(self.emit(ids))
    }

    fn set(mut self, name: &str, value: String) -> MessageBuilder {
        match self
            .headers
            .iter_mut()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            Some(header) => header.1 = value,
            None => self.headers.push((name.to_owned(), value)),
        }
        self
    }
}

impl TransactionIds {
    /// Identifiers that follow from a seed.
    pub fn new(seed: u64) -> TransactionIds {
        TransactionIds {
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// The next identifier.
    pub fn next_id(&mut self) -> String {
        std::iter::repeat_with(|| self.random.alphanumeric())
            .take(16)
            .collect()
    }

    /// The next identifier that does not stand in `body`.
    pub fn next_for(&mut self, body: &[u8]) -> String {
        loop {
            let id = self.next_id();
            if memchr::memmem::find(body, id.as_bytes()).is_none() {
                return id;
            }
        }
    }
}

fn joined(path: &[Uri]) -> String {
    path.iter().map(Uri::as_str).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    fn send() -> MessageBuilder {
        MessageBuilder::send_whole(
            &[uri("msrp://b.example.com:2/b;tcp")],
            &[uri("msrp://a.example.com:1/a;tcp")],
            "12339sdqwer",
            "text/plain",
            "hello",
        )
    }

    #[test]
    fn writes_the_bytes_of_a_send() {
        let bytes = send()
            .success_report(true)
            .transaction("d93kswow")
            .emit(&mut ids());
        let expected = "MSRP d93kswow SEND\r\nTo-Path: msrp://b.example.com:2/b;tcp\r\n\
            From-Path: msrp://a.example.com:1/a;tcp\r\nMessage-ID: 12339sdqwer\r\n\
            Byte-Range: 1-5/5\r\nSuccess-Report: yes\r\nContent-Type: text/plain\r\n\r\n\
            hello\r\n-------d93kswow$\r\n";
        assert_eq!(bytes, expected);
    }

    #[test]
    fn writes_the_bytes_of_an_empty_send_and_of_its_response() {
        let to = [uri("msrp://b.example.com:2/b;tcp")];
        let from = [
            uri("msrp://r.example.com:3/r;tcp"),
            uri("msrp://a.example.com:1/a;tcp"),
        ];
        let request = MessageBuilder::empty_send(&to, &from, "abcd").transaction("wxyz");
        let expected = "MSRP wxyz SEND\r\nTo-Path: msrp://b.example.com:2/b;tcp\r\n\
            From-Path: msrp://r.example.com:3/r;tcp msrp://a.example.com:1/a;tcp\r\n\
            Message-ID: abcd\r\nByte-Range: 1-0/0\r\n-------wxyz$\r\n";
        let request = request.build(&mut ids());
        assert_eq!(request.raw(), expected);
        let response = MessageBuilder::response_to(&request, 200, &to[0]).emit(&mut ids());
        let expected = "MSRP wxyz 200 OK\r\nTo-Path: msrp://r.example.com:3/r;tcp\r\n\
            From-Path: msrp://b.example.com:2/b;tcp\r\n-------wxyz$\r\n";
        assert_eq!(response, expected);
    }

    #[test]
    fn writes_what_is_wrong_as_it_is_told() {
        let bytes = send()
            .without("to-path")
            .without("Content-Type")
            .header("Bad\r\nHeader", "x")
            .transaction("a b")
            .end_line("cut")
            .emit(&mut ids());
        assert!(bytes.starts_with(b"MSRP a b SEND\r\nFrom-Path:"));
        assert!(bytes.ends_with(b"Bad\r\nHeader: x\r\n\r\nhellocut"));
    }

    #[test]
    fn picks_an_identifier_that_is_not_in_the_body() {
        let taken = ids().next_id();
        let body = format!("-------{taken}$\r\n");
        let message = send().content("text/plain", body).build(&mut ids());
        assert_ne!(message.transaction_id(), taken);
        assert_eq!(message.transaction_id().len(), 16);
    }

    fn ids() -> TransactionIds {
        TransactionIds::new(7)
    }
}
