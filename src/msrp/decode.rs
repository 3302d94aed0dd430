//! Bytes to [`Message`].

use std::ops::Range;

use bytes::Bytes;

use super::headers::{is_ident, three_digits};
use super::message::{Header, Kind, Method, Start, words};
use super::uri::{Parts, is_token};
use super::{ByteRange, FailureReport, Fault, Flag, Message, ReportStatus, Severity};
use crate::io::find;

/// Largest body of a request other than SEND (RFC 4975 7.1).
const NON_SEND_BODY: usize = 10_240;
/// Largest body of a SEND that says where it ends (RFC 4975 7.1.1).
const UNINTERRUPTIBLE_BODY: usize = 2048;

const GRAMMAR: &str = "RFC 4975 9";
const URIS: &str = "RFC 4975 6";
const REQUESTS: &str = "RFC 4975 7.1";
const SENDS: &str = "RFC 4975 7.1.1";
const REPORTS: &str = "RFC 4975 7.1.2";
const RESPONSES: &str = "RFC 4975 7.2";

impl Message {
    /// Reads one framed message. It never fails: what is wrong stands in [`Message::faults`].
    ///
    /// `raw` holds one message, as [`super::Framer`] cuts it; it ends where its end-line ends.
    pub fn decode(raw: Bytes) -> Message {
        let mut reader = Reader {
            message: Message {
                start: Start::Unreadable { line: 0..0 },
                transaction: 0..0,
                headers: Vec::with_capacity(10),
                byte_range: None,
                failure_report: None,
                success_report: false,
                body: None,
                end_line: raw.len()..raw.len(),
                flag: None,
                faults: Vec::new(),
                raw: Bytes::new(),
            },
            raw: &raw,
            seen: 0,
        };
        reader.read();
        let message = reader.message;
        Message { raw, ..message }
    }
}

/// A message that is being read; it is given `raw` once it has been.
struct Reader<'a> {
    message: Message,
    raw: &'a [u8],
    /// A bit for each [`Kind`] of header field read so far.
    seen: u16,
}

impl Reader<'_> {
    fn read(&mut self) {
        let after_start = self.start_line();
        self.end_line(after_start);
        self.sections(after_start);
        self.paths();
        self.body_rules();
        if let Start::Request { method, .. } = &self.message.start {
            match method {
                Method::Send => self.send_rules(),
                Method::Report => self.report_rules(),
                Method::Auth | Method::Nickname | Method::Other(_) => {}
            }
        }
        if self.message.status().is_some() {
            self.response_rules();
        }
    }

    /// Reads the start line; gives the place after its line end.
    fn start_line(&mut self) -> usize {
        let begin = leading_empty_lines(self.raw);
        if begin > 0 {
            self.must(0..begin, GRAMMAR, "empty lines before the start line");
        }
        let (line, after) = self.line(begin, self.raw.len());
        self.message.start = Start::Unreadable { line: line.clone() };
        if !self.raw[line.clone()].starts_with(b"MSRP ") {
            self.must(
                line,
                GRAMMAR,
                "the start line does not begin with \"MSRP \"",
            );
            return after;
        }
        let rest = line.start + 5..line.end;
        let transaction_end = self.find(b' ', rest.clone()).unwrap_or(rest.end);
        let transaction = rest.start..transaction_end;
        if !is_ident(&self.raw[transaction.clone()]) {
            self.must(
                transaction.clone(),
                GRAMMAR,
                "the transaction identifier is not an ident",
            );
        }
        self.message.transaction = transaction;
        if transaction_end == rest.end {
            self.must(
                line,
                GRAMMAR,
                "the start line has neither a method nor a status code",
            );
            return after;
        }
        let rest = transaction_end + 1..rest.end;
        let word_end = self.find(b' ', rest.clone()).unwrap_or(rest.end);
        let word = rest.start..word_end;
        if let Some(status) = three_digits(&self.raw[word.clone()]) {
            let comment = (word_end + 1).min(rest.end)..rest.end;
            self.message.start = Start::Response {
                status,
                code: word,
                comment,
            };
            return after;
        }
        let text = &self.raw[rest.clone()];
        if !text.is_empty() && text.iter().all(u8::is_ascii_uppercase) {
            let method = Method::from_word(text);
            self.message.start = Start::Request { method, word: rest };
            return after;
        }
        self.must(
            rest,
            GRAMMAR,
            "neither a method in capitals nor a status code of three digits",
        );
        after
    }

    /// Looks for the end-line at the end of the bytes.
    fn end_line(&mut self, after_start: usize) {
        let transaction = &self.raw[self.message.transaction.clone()];
        let length = END_LINE_HYPHENS.len() + transaction.len() + 3;
        let place = self
            .raw
            .len()
            .checked_sub(length)
            .filter(|&start| start >= after_start);
        if let Some(start) = place {
            let line = &self.raw[start..];
            let flag = Flag::from_byte(line[length - 3]);
            if line.starts_with(END_LINE_HYPHENS)
                && line[END_LINE_HYPHENS.len()..].starts_with(transaction)
                && line.ends_with(b"\r\n")
                && flag.is_some()
            {
                self.message.flag = flag;
                self.message.end_line = start..self.raw.len();
                return;
            }
        }
        let end = self.raw.len();
        self.message.end_line = end..end;
        self.must(end..end, REQUESTS, "the end-line is missing");
    }

    /// Reads the header section and finds the body.
    fn sections(&mut self, mut at: usize) {
        let end = self.message.end_line.start;
        while at < end {
            let (line, after) = self.line(at, end);
            if line.is_empty() {
                self.body(after, end);
                return;
            }
            self.header(line);
            at = after;
        }
    }

    fn header(&mut self, line: Range<usize>) {
        let text = &self.raw[line.clone()];
        if !text.is_ascii() && std::str::from_utf8(text).is_err() {
            self.must(line.clone(), GRAMMAR, "the header field is not UTF-8");
        }
        let Some(colon) = find(text, b':') else {
            self.must(
                line.clone(),
                GRAMMAR,
                "a line without a colon in the header section",
            );
            let name = line.start..line.start;
            self.message.headers.push(Header {
                kind: Kind::NotAField,
                name,
                value: line,
            });
            return;
        };
        let name = line.start..line.start + colon;
        let mut value = name.end + 1..line.end;
        if self.raw[value.clone()].first() == Some(&b' ') {
            value.start += 1;
        } else if !is_other_mime_header(&self.raw[name.clone()]) {
            self.must(
                line.clone(),
                GRAMMAR,
                "no space after the colon of a header field",
            );
        }
        let kind = Kind::of(&self.raw[name.clone()]);
        if kind == Kind::Other && !is_header_name(&self.raw[name.clone()]) {
            self.must(
                name.clone(),
                GRAMMAR,
                "the name of a header field is not a token",
            );
        }
        let seen = self.seen & (1 << kind as u16) != 0;
        self.seen |= 1 << kind as u16;
        if kind != Kind::Other && seen {
            let text = "the header field stands there twice";
            // The grammar has these three once; the others it repeats, without a word on which of
            // two counts.
            match kind {
                Kind::ToPath | Kind::FromPath | Kind::ContentType => self.must(line, GRAMMAR, text),
                _ => self.should(line, GRAMMAR, text),
            }
        } else {
            self.value(kind, value.clone());
        }
        self.message.headers.push(Header { kind, name, value });
    }

    fn value(&mut self, kind: Kind, value: Range<usize>) {
        let text = &self.raw[value.clone()];
        match kind {
            Kind::ToPath | Kind::FromPath => self.path_value(value),
            Kind::MessageId if !is_ident(text) => {
                self.must(value, GRAMMAR, "Message-ID is not an ident");
            }
            Kind::ByteRange => {
                self.message.byte_range = ByteRange::parse(text);
                if self.message.byte_range.is_none() {
                    self.must(value, GRAMMAR, "Byte-Range is not start-end/total");
                }
            }
            Kind::FailureReport => {
                self.message.failure_report = FailureReport::parse(text);
                if self.message.failure_report.is_none() {
                    self.must(value, GRAMMAR, "Failure-Report is not yes, no or partial");
                }
            }
            Kind::SuccessReport => {
                self.message.success_report = text.eq_ignore_ascii_case(b"yes");
                if !self.message.success_report && !text.eq_ignore_ascii_case(b"no") {
                    self.must(value, GRAMMAR, "Success-Report is neither yes nor no");
                }
            }
            Kind::Status if ReportStatus::parse(text).is_none() => {
                self.must(
                    value,
                    GRAMMAR,
                    "Status is not a namespace and a status code",
                );
            }
            Kind::ContentType if !is_media_type(text) => {
                self.must(value, GRAMMAR, "Content-Type is not a media type");
            }
            Kind::ContentTransferEncoding => {
                self.must(
                    value,
                    SENDS,
                    "a transfer encoding, where MSRP is always binary",
                );
            }
            _ => {}
        }
    }

    fn path_value(&mut self, value: Range<usize>) {
        for range in words(self.raw, value) {
            let text = &self.raw[range.clone()];
            match Parts::parse(text) {
                Err(_) => self.must(range, GRAMMAR, "not an MSRP URI"),
                Ok(parts) if parts.has_password(text) => {
                    self.must(range, URIS, "the userinfo of the URI holds a password");
                }
                Ok(parts) if parts.is_address_without_port(text) => {
                    self.must(range, URIS, "the URI has an IP address without a port");
                }
                Ok(_) => {}
            }
        }
    }

    /// To-Path and From-Path open the header section (RFC 4975 clause 9).
    fn paths(&mut self) {
        let place = self.message.end_line.start;
        for (index, kind, missing, misplaced) in [
            (
                0,
                Kind::ToPath,
                "To-Path is missing",
                "To-Path is not the first header field",
            ),
            (
                1,
                Kind::FromPath,
                "From-Path is missing",
                "From-Path is not the second header field",
            ),
        ] {
            match self
                .message
                .headers
                .iter()
                .position(|header| header.kind == kind)
            {
                None => self.must(place..place, GRAMMAR, missing),
                Some(at) if at != index => {
                    let name = self.message.headers[at].name.clone();
                    self.must(name, GRAMMAR, misplaced);
                }
                Some(_) => {}
            }
        }
    }

    /// Takes what stands between the empty line and the end-line.
    fn body(&mut self, start: usize, end: usize) {
        let mut body = start..end;
        if self.raw[body.clone()].ends_with(b"\r\n") {
            body.end -= 2;
        } else if self.message.flag.is_some() {
            self.must(
                end..end,
                REQUESTS,
                "no CRLF between the body and the end-line",
            );
        }
        self.message.body = Some(body);
    }

    fn body_rules(&mut self) {
        let content_type = self
            .message
            .headers
            .iter()
            .position(|h| h.kind == Kind::ContentType);
        match (self.message.body.clone(), content_type) {
            (Some(body), None) => {
                self.must(
                    body.start..body.start,
                    REQUESTS,
                    "a body without a Content-Type",
                );
            }
            (Some(_), Some(at)) if at + 1 != self.message.headers.len() => {
                let name = self.message.headers[at].name.clone();
                self.must(name, REQUESTS, "Content-Type is not the last header field");
            }
            (None, Some(at)) => {
                let name = self.message.headers[at].name.clone();
                self.must(name, REQUESTS, "a Content-Type without a body");
            }
            _ => {}
        }
        if let (Some(body), Some(method)) = (self.message.body.clone(), self.message.method())
            && *method != Method::Send
            && body.len() > NON_SEND_BODY
        {
            self.must(
                body,
                REQUESTS,
                "a body over 10240 octets in a request other than SEND",
            );
        }
    }

    fn send_rules(&mut self) {
        let place = self.message.end_line.start;
        let body = self.message.body.clone();
        if body.is_some() && self.message.header_of(Kind::MessageId).is_none() {
            self.must(place..place, SENDS, "a chunk without a Message-ID");
        }
        let Some(header) = self.message.header_of(Kind::ByteRange) else {
            if body.is_some() {
                self.should(place..place, SENDS, "a chunk without a Byte-Range");
            }
            return;
        };
        let value = header.value.clone();
        let Some(range) = self.message.byte_range else {
            return;
        };
        let length = body.as_ref().map_or(0, Range::len);
        if range.start == 0 {
            self.must(
                value,
                SENDS,
                "Byte-Range starts before the first byte, which is 1",
            );
            return;
        }
        // A chunk whose range ends in "*" may have been interrupted before its first byte.
        let nothing = body.is_none() || range.end.is_some();
        if length == 0 && range.start != 1 && nothing {
            self.must(
                value.clone(),
                SENDS,
                "Byte-Range of an empty body does not start at 1",
            );
        }
        if range.end.is_some() && length > UNINTERRUPTIBLE_BODY {
            let text = "a body over 2048 octets whose Byte-Range end is not \"*\"";
            self.must(value.clone(), SENDS, text);
        }
        let last = range.start - 1 + length as u64;
        if range.end.is_some_and(|end| end != last) {
            self.should(
                value.clone(),
                SENDS,
                "the end of Byte-Range is not the body's last byte",
            );
        }
        let ends = self.message.flag == Some(Flag::Complete);
        if range
            .total
            .is_some_and(|total| if ends { total != last } else { total < last })
        {
            self.should(
                value,
                SENDS,
                "the total of Byte-Range is not the size of the message",
            );
        }
    }

    fn report_rules(&mut self) {
        let place = self.message.end_line.start;
        if self.message.header_of(Kind::MessageId).is_none() {
            self.must(place..place, REPORTS, "a REPORT without a Message-ID");
        }
        if self.message.header_of(Kind::Status).is_none() {
            self.must(place..place, REPORTS, "a REPORT without a Status");
        }
        for (kind, text) in [
            (Kind::SuccessReport, "a REPORT with a Success-Report"),
            (Kind::FailureReport, "a REPORT with a Failure-Report"),
        ] {
            if let Some(header) = self.message.header_of(kind) {
                let name = header.name.clone();
                self.must(name, REPORTS, text);
            }
        }
        if self.message.flag.is_some_and(|flag| flag != Flag::Complete) {
            let end_line = self.message.end_line.clone();
            self.must(end_line, REPORTS, "a REPORT that is interrupted");
        }
    }

    fn response_rules(&mut self) {
        if let Some(body) = self.message.body.clone() {
            self.must(body, GRAMMAR, "a response with a body");
        }
        if self.message.flag.is_some_and(|flag| flag != Flag::Complete) {
            let end_line = self.message.end_line.clone();
            self.must(
                end_line,
                RESPONSES,
                "the end-line of a response does not end in \"$\"",
            );
        }
    }

    /// The line from `start`, without its end, and the place after its end.
    fn line(&mut self, start: usize, end: usize) -> (Range<usize>, usize) {
        let feed = memchr::memchr(b'\n', &self.raw[start..end]).map(|found| start + found);
        let Some(feed) = feed else {
            self.must(start..end, GRAMMAR, "a line without an end");
            return (start..end, end);
        };
        if feed > start && self.raw[feed - 1] == b'\r' {
            return (start..feed - 1, feed + 1);
        }
        self.must(start..feed + 1, GRAMMAR, "a line that ends in LF alone");
        (start..feed, feed + 1)
    }

    fn find(&self, byte: u8, range: Range<usize>) -> Option<usize> {
        find(&self.raw[range.clone()], byte).map(|found| range.start + found)
    }

    fn must(&mut self, bytes: Range<usize>, clause: &'static str, text: &'static str) {
        let severity = Severity::Must;
        self.message.faults.push(Fault {
            bytes,
            clause,
            severity,
            text,
        });
    }

    fn should(&mut self, bytes: Range<usize>, clause: &'static str, text: &'static str) {
        let severity = Severity::Should;
        self.message.faults.push(Fault {
            bytes,
            clause,
            severity,
            text,
        });
    }
}

/// The seven hyphens that begin an end-line (RFC 4975 7.1).
pub(super) const END_LINE_HYPHENS: &[u8] = b"-------";

/// How many bytes of empty lines stand before the start line.
pub(super) fn leading_empty_lines(raw: &[u8]) -> usize {
    raw.iter()
        .take_while(|&&byte| byte == b'\r' || byte == b'\n')
        .count()
}

/// Content-ID, Content-Description and the like, whose own grammar (RFC 2045) asks for no space
/// after the colon; the one of RFC 4975 clause 9 does so for Content-Type.
fn is_other_mime_header(name: &[u8]) -> bool {
    let prefix = b"Content-";
    name.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        && !name.eq_ignore_ascii_case(b"Content-Type")
}

/// `hname` of clause 9, after erratum 1282.
fn is_header_name(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_alphabetic) && is_token(name)
}

/// `type "/" subtype` of clause 9; parameters are not looked at.
fn is_media_type(text: &[u8]) -> bool {
    let essence = find(text, b';')
        .map_or(text, |end| &text[..end])
        .trim_ascii_end();
    let Some(slash) = find(essence, b'/') else {
        return false;
    };
    let (kind, subtype) = (&essence[..slash], &essence[slash + 1..]);
    is_token(kind) && is_token(subtype)
}
