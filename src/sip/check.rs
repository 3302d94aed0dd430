//! The faults of a message.

use super::fault::{Fault, Severity, ValueError};
use super::header_name::HeaderName;
use super::lexis::{find_outside, is_lws, is_token, is_token_byte};
use super::message::{Message, line_end, parse_length};
use super::start_line::StartLine;
use super::{CSeq, NameAddr, Via};

/// Lists what is wrong with `message`: first what stands in it, then what is missing.
pub(super) fn faults(message: &Message) -> Vec<Fault> {
    let mut check = Check {
        message,
        faults: Vec::new(),
    };
    check.start_line();
    check.lines();
    check.duplicates();
    check.addresses();
    check.vias();
    check.cseq();
    check.numbers();
    check.body();
    check.faults.sort_by_key(|fault| fault.bytes.start);
    check.missing();
    check.faults
}

struct Check<'a> {
    message: &'a Message,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    fn must(&mut self, code: &'static str, clause: &'static str, at: Place, text: String) {
        self.add(Severity::Must, code, clause, at, text);
    }

    fn should(&mut self, code: &'static str, clause: &'static str, at: Place, text: String) {
        self.add(Severity::Should, code, clause, at, text);
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        clause: &'static str,
        Place(start, end): Place,
        text: String,
    ) {
        self.faults.push(Fault {
            code,
            severity,
            bytes: start..end,
            clause,
            text,
        });
    }

    fn start_line(&mut self) {
        let message = self.message;
        let raw = &message.raw()[..];
        let line = message.start_line_range();
        let at = Place(line.start, line.end);
        match message.start() {
            StartLine::Malformed => {
                let text = "start line is neither a Request-Line nor a Status-Line".to_owned();
                self.must("start-line", "RFC 3261 7.1", at, text);
            }
            StartLine::Request {
                method,
                uri,
                version,
            } => {
                let clause = "RFC 3261 7.1";
                if !is_token(&raw[method.clone()]) {
                    let at = Place(method.start, method.end);
                    let text = "method is not a token".to_owned();
                    self.must("method", "RFC 3261 25.1", at, text);
                }
                let place = Place(uri.start, uri.end);
                match message.request_uri() {
                    Err(error) => self.must("request-uri", clause, place, error.to_string()),
                    Ok(uri) if !uri.headers.is_empty() => {
                        let text = "Request-URI carries headers".to_owned();
                        self.must("request-uri-headers", "RFC 3261 19.1.1", place, text);
                    }
                    Ok(_) => {}
                }
                self.version(&raw[version.clone()], Place(version.start, version.end));
                if raw[version.end..line.end].iter().any(|b| is_lws(*b)) {
                    let text = "white space after the SIP version".to_owned();
                    self.must(
                        "start-line-space",
                        clause,
                        Place(version.end, line.end),
                        text,
                    );
                }
            }
            StartLine::Response {
                version, status, ..
            } => {
                self.version(&raw[version.clone()], Place(version.start, version.end));
                if !(100..700).contains(status) {
                    let text = format!("status code {status} is not from 100 to 699");
                    self.must("status", "RFC 3261 7.2", at, text);
                }
            }
        }
    }

    fn version(&mut self, version: &[u8], at: Place) {
        if version == b"SIP/2.0" {
            return;
        }
        if version.eq_ignore_ascii_case(b"SIP/2.0") {
            let text = "SIP version is not in upper case".to_owned();
            self.must("version-case", "RFC 3261 7.1", at, text);
        } else {
            let text = format!("SIP version is {}", String::from_utf8_lossy(version));
            self.must("version", "RFC 3261 7.1", at, text);
        }
    }

    /// What each header line shows by itself.
    fn lines(&mut self) {
        let message = self.message;
        let raw = &message.raw()[..];
        for line in message.index() {
            let at = Place(line.whole().start, line.whole().end);
            if !line.has_colon() {
                let text = "header line without a colon".to_owned();
                self.must("no-colon", "RFC 3261 7.3.1", at, text);
            } else if !is_token(&raw[line.name()]) {
                let text = "header name is not a token".to_owned();
                self.must(
                    "header-name",
                    "RFC 3261 25.1",
                    Place(at.0, line.name().end),
                    text,
                );
            }
            let value = &raw[line.value.clone()];
            // A backslash may hide a control character in a quoted string (RFC 3261 25.1).
            let control = (0..value.len()).find(|i| {
                let escaped = *i > 0 && value[i - 1] == b'\\';
                (value[*i] < b' ' || value[*i] == 0x7f) && !is_lws(value[*i]) && !escaped
            });
            if let Some(offset) = control {
                let start = line.value.start + offset;
                let text = format!("control character 0x{:02x} in a header", value[offset]);
                self.must(
                    "control-character",
                    "RFC 3261 25.1",
                    Place(start, start + 1),
                    text,
                );
            }
            if std::str::from_utf8(value).is_err() {
                let text = "header value is not UTF-8".to_owned();
                self.must("not-utf8", "RFC 3261 7", at, text);
            }
        }
        self.line_ends();
    }

    /// Every line ends in CR LF, the last one too (RFC 3261 7).
    fn line_ends(&mut self) {
        let raw = &self.message.raw()[..];
        let head = self.message.body_range().start;
        let mut at = self.message.start_line_range().start;
        let mut empty = false;
        while at < head {
            let end = line_end(raw, at);
            empty = end.content == at;
            if end.next - end.content != 2 {
                let place = Place(end.content, end.next);
                let text = "line does not end in CR LF".to_owned();
                self.must("line-end", "RFC 3261 7", place, text);
                break;
            }
            at = end.next;
        }
        if !empty {
            let text = "no empty line after the headers".to_owned();
            self.must("no-empty-line", "RFC 3261 7", Place(head, head), text);
        }
    }

    fn duplicates(&mut self) {
        let index = self.message.index();
        for (n, line) in index.iter().enumerate() {
            let seen = line.header.is_single()
                && index[..n]
                    .iter()
                    .any(|earlier| earlier.header == line.header);
            if seen {
                let name = line.header.canonical().unwrap_or_default();
                let at = Place(line.whole().start, line.whole().end);
                let text = format!("{name} stands more than once");
                self.must("duplicate", "RFC 3261 7.3.1", at, text);
            }
        }
    }

    fn addresses(&mut self) {
        let message = self.message;
        for (name, value) in [
            (HeaderName::FROM, message.from().err()),
            (HeaderName::TO, message.to().err()),
            (HeaderName::CONTACT, message.contact().err()),
        ] {
            let Some((at, raw)) = self.place(name) else {
                continue;
            };
            // A `*` stands in a REGISTER that removes every binding (RFC 3261 10.2.2).
            let star = name == HeaderName::CONTACT && raw == b"*";
            if let Some(error) = value
                && !star
            {
                self.must("address", "RFC 3261 20.10", at, error.to_string());
            }
        }
        for (name, value) in [
            (HeaderName::FROM, message.from().ok()),
            (HeaderName::TO, message.to().ok()),
            (HeaderName::CONTACT, message.contact().ok()),
        ] {
            if let (Some(value), Some((at, raw))) = (value, self.place(name)) {
                let raw = String::from_utf8_lossy(raw);
                self.address_syntax(&value, &raw, at);
            }
        }
        if let Ok(from) = message.from()
            && from.tag().is_none_or(str::is_empty)
            && let Some((at, _)) = self.place(HeaderName::FROM)
        {
            self.must(
                "from-tag",
                "RFC 3261 8.1.1.3",
                at,
                "From has no tag".to_owned(),
            );
        }
        if message.status().is_some_and(|status| status > 100)
            && message
                .to()
                .is_ok_and(|to| to.tag().is_none_or(str::is_empty))
            && let Some((at, _)) = self.place(HeaderName::TO)
        {
            let text = "To of a response has no tag".to_owned();
            self.must("to-tag", "RFC 3261 8.2.6.2", at, text);
        }
    }

    /// Leniencies of the parser that the grammar does not have.
    fn address_syntax(&mut self, value: &NameAddr<'_>, raw: &str, at: Place) {
        let Some(open) = find_outside(raw, b'<') else {
            // RFC 3261 20.10: such a URI must stand in angle brackets.
            if value.uri.as_str().contains([',', '?']) {
                let text = "URI with a comma or question mark outside of <>".to_owned();
                self.must("address-brackets", "RFC 3261 20.10", at, text);
            }
            return;
        };
        let inner = &raw.as_bytes()[open + 1..];
        let close = memchr::memchr(b'>', inner).unwrap_or(inner.len());
        if inner[..close].iter().any(|b| is_lws(*b)) {
            let text = "white space within the angle brackets".to_owned();
            self.must("address-space", "RFC 3261 25.1", at, text);
        }
        let display = value.raw_display();
        let words = display.bytes().all(|b| is_token_byte(b) || is_lws(b));
        if !display.starts_with('"') && !words {
            let text = "display name is neither quoted nor made of tokens".to_owned();
            self.must("display-name", "RFC 3261 25.1", at, text);
        }
    }

    fn vias(&mut self) {
        let Some((at, _)) = self.place(HeaderName::VIA) else {
            return;
        };
        for (n, via) in self.message.vias().enumerate() {
            match via {
                Err(error) => self.must("via", "RFC 3261 20.42", at, error.to_string()),
                // Only the top one is by the sender of a request; 8.1.1.7 makes the cookie a
                // MUST for an implementation of RFC 3261, and 17.2.3 still serves older ones.
                Ok(via) if n == 0 && via.unique_branch().is_none() => {
                    let cookie = Via::MAGIC_COOKIE;
                    let text = format!("top Via has no branch that begins with {cookie}");
                    self.should("via-branch", "RFC 3261 8.1.1.7", at, text);
                }
                Ok(_) => {}
            }
        }
    }

    fn cseq(&mut self) {
        let Some((at, _)) = self.place(HeaderName::CSEQ) else {
            return;
        };
        match self.message.cseq() {
            Err(error) => self.must("cseq", "RFC 3261 20.16", at, error.to_string()),
            Ok(CSeq { number, method }) => {
                if let Some(own) = self.message.method()
                    && own != method
                {
                    let text = format!("CSeq says {method} in a request that says {own}");
                    self.must("cseq-method", "RFC 3261 8.1.1.5", at, text);
                }
                if number >= 1 << 31 {
                    let text = format!("CSeq number {number} is not below 2^31");
                    self.must("cseq-number", "RFC 3261 8.1.1.5", at, text);
                }
            }
        }
    }

    fn numbers(&mut self) {
        if let Some((at, _)) = self.place(HeaderName::MAX_FORWARDS)
            && let Err(error) = self.message.max_forwards()
        {
            self.must("max-forwards", "RFC 3261 20.22", at, error.to_string());
        }
        if let Some((at, raw)) = self.place(HeaderName::of(b"Expires"))
            && parse_length(raw).is_none_or(|seconds| u32::try_from(seconds).is_err())
        {
            let text = "Expires is not a number from 0 to 2^32-1".to_owned();
            self.must("expires", "RFC 3261 20.19", at, text);
        }
        if let Some((at, raw)) = self.place(HeaderName::of(b"Date"))
            && !raw.ends_with(b" GMT")
        {
            self.must(
                "date",
                "RFC 3261 20.17",
                at,
                "Date is not in GMT".to_owned(),
            );
        }
        if let Err(error @ (ValueError::Malformed { .. } | ValueError::NotUtf8(_))) =
            self.message.p_charging_vector()
            && let Some((at, _)) = self.place(HeaderName::of(b"P-Charging-Vector"))
        {
            self.must("charging-vector", "RFC 7315 5.6", at, error.to_string());
        }
    }

    fn body(&mut self) {
        let message = self.message;
        let body = message.body_range();
        let rest = message.raw().len() - body.start;
        if let Some((at, raw)) = self.place(HeaderName::CONTENT_LENGTH) {
            match parse_length(raw) {
                None => {
                    let text = "Content-Length is not a number".to_owned();
                    self.must("content-length", "RFC 3261 20.14", at, text);
                }
                Some(length) if length > rest => {
                    let text = format!("Content-Length is {length}, but {rest} octets follow");
                    self.must("content-length-long", "RFC 3261 18.3", at, text);
                }
                Some(length) if length < rest => {
                    let text = format!("{} octets beyond Content-Length", rest - length);
                    let at = Place(body.end, message.raw().len());
                    self.should("content-length-short", "RFC 3261 18.3", at, text);
                }
                Some(_) => {}
            }
        }
        if !body.is_empty() && self.place(HeaderName::CONTENT_TYPE).is_none() {
            let text = "body without a Content-Type".to_owned();
            self.must(
                "content-type",
                "RFC 3261 20.15",
                Place(body.start, body.end),
                text,
            );
        }
    }

    /// The headers that RFC 3261 8.1.1 (requests) and 8.2.6.2 (responses) ask for.
    fn missing(&mut self) {
        let request = self.message.is_request();
        let end = self.message.body_range().start;
        let common = [
            (HeaderName::TO, "To"),
            (HeaderName::FROM, "From"),
            (HeaderName::CSEQ, "CSeq"),
            (HeaderName::CALL_ID, "Call-ID"),
            (HeaderName::VIA, "Via"),
        ];
        let clause = if request {
            "RFC 3261 8.1.1"
        } else {
            "RFC 3261 8.2.6.2"
        };
        for (name, text) in common {
            if self.place(name).is_none_or(|(_, value)| value.is_empty()) {
                self.must("missing", clause, Place(end, end), format!("no {text}"));
            }
        }
        if request && self.place(HeaderName::MAX_FORWARDS).is_none() {
            let text = "no Max-Forwards".to_owned();
            self.must("missing", "RFC 3261 8.1.1", Place(end, end), text);
        }
        // A Contact tells the other side where the requests of the dialog go.
        let dialog = match self.message.cseq() {
            Ok(cseq) if cseq.method == "INVITE" => {
                request
                    || self
                        .message
                        .status()
                        .is_some_and(|s| (200..300).contains(&s))
            }
            _ => false,
        };
        if dialog && self.place(HeaderName::CONTACT).is_none() {
            let (at, text) = (Place(end, end), "no Contact".to_owned());
            let in_dialog = self.message.to().is_ok_and(|to| to.tag().is_some());
            match (request, in_dialog) {
                (true, false) => self.must("missing", "RFC 3261 8.1.1.8", at, text),
                // Table 2 has it mandatory in every INVITE, 12.2.1.1 says SHOULD of a re-INVITE.
                (true, true) => self.should("missing", "RFC 3261 12.2.1.1", at, text),
                (false, _) => self.must("missing", "RFC 3261 12.1.1", at, text),
            }
        }
    }

    /// The first line of a header and its raw value.
    fn place(&self, name: HeaderName) -> Option<(Place, &'a [u8])> {
        let message = self.message;
        let line = message.index().iter().find(|line| line.header == name)?;
        let raw = &message.raw()[line.value.clone()];
        Some((Place(line.whole().start, line.whole().end), raw))
    }
}

/// From byte, to byte.
#[derive(Clone, Copy)]
struct Place(usize, usize);
