//! One SIP message as it stood on the wire.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::charging_vector::ChargingVector;
use super::check;
use super::fault::{Fault, ValueError};
use super::header_name::HeaderName;
use super::lexis::{Commas, is_lws, trim, unfold};
use super::name_addr::NameAddr;
use super::session_timer::SessionExpires;
use super::start_line::StartLine;
use super::uri::Uri;
use super::via::Via;
use crate::io::{Field, find};

/// A message and the index of its parts. Cloning shares the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    raw: Bytes,
    start_line: Range<usize>,
    start: StartLine,
    headers: Vec<Line>,
    body: Range<usize>,
}

/// Where one header line lies: as few numbers as will do, so that the index of a usual message
/// stays below the kilobyte up to which allocators are quick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) header: HeaderName,
    start: usize,
    name_end: usize,
    /// The value with its folds, trimmed at both ends. Empty where the line has no colon.
    pub(super) value: Range<usize>,
    end: usize,
}

/// One header line of a message.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    message: &'a Message,
    line: &'a Line,
}

/// The value of CSeq (RFC 3261 20.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// The sequence number, below 2^31 in a right message (RFC 3261 8.1.1.5).
    pub number: u32,
    /// The method.
    pub method: &'a str,
}

impl Message {
    /// Takes a message apart. Never fails: [`Message::faults`] lists what is wrong.
    ///
    /// `raw` is one datagram, or one message as [`super::StreamFramer`] cut it out of a stream.
    /// Without a Content-Length the body reaches to the end (RFC 3261 18.3); bytes beyond a
    /// Content-Length are kept, see [`Message::surplus`].
    pub fn decode(raw: Bytes) -> Message {
        let bytes = &raw[..];
        // Leading CR LF before the start line is ignored (RFC 3261 7.5).
        let mut at = bytes
            .iter()
            .take_while(|b| matches!(b, b'\r' | b'\n'))
            .count();
        let end = line_end(bytes, at);
        let start_line = at..end.content;
        let start = StartLine::parse(&bytes[start_line.clone()], at);
        at = end.next;
        let mut headers = Vec::with_capacity(20);
        let mut announced = None;
        let mut body = bytes.len();
        while at < bytes.len() {
            let empty = match bytes[at..] {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                _ => 0,
            };
            if empty > 0 {
                body = at + empty;
                break;
            }
            let (line, next) = Line::index(bytes, at);
            if line.header == HeaderName::CONTENT_LENGTH && announced.is_none() {
                announced = parse_length(&bytes[line.value.clone()]);
            }
            headers.push(line);
            at = next;
        }
        let length = announced.unwrap_or(usize::MAX).min(bytes.len() - body);
        let body = body..body + length;
        Message {
            raw,
            start_line,
            start,
            headers,
            body,
        }
    }

    /// The bytes as they came.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// True where the start line is a Request-Line.
    pub fn is_request(&self) -> bool {
        matches!(self.start, StartLine::Request { .. })
    }

    /// True where the start line is a Status-Line. A malformed start line is neither.
    pub fn is_response(&self) -> bool {
        matches!(self.start, StartLine::Response { .. })
    }

    /// The method of a request. Methods compare with case (RFC 3261 7.1).
    pub fn method(&self) -> Option<&str> {
        match &self.start {
            StartLine::Request { method, .. } => self.text(method).ok(),
            _ => None,
        }
    }

    /// True for a request with this method.
    pub fn is_method(&self, method: &str) -> bool {
        self.method() == Some(method)
    }

    /// The status code of a response.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            StartLine::Response { status, .. } => Some(status),
            _ => None,
        }
    }

    /// The reason phrase of a response.
    pub fn reason(&self) -> Option<Cow<'_, str>> {
        match &self.start {
            StartLine::Response { reason, .. } => {
                Some(String::from_utf8_lossy(&self.raw[reason.clone()]))
            }
            _ => None,
        }
    }

    /// The Request-URI of a request, parsed.
    pub fn request_uri(&self) -> Result<Uri<'_>, ValueError> {
        let header = "Request-URI";
        match &self.start {
            StartLine::Request { uri, .. } => {
                let text = self.text(uri).map_err(|()| ValueError::NotUtf8(header))?;
                Uri::parse(text).map_err(|error| ValueError::Uri { header, error })
            }
            _ => Err(ValueError::Missing(header)),
        }
    }

    /// The start line as text, lossy where it is not UTF-8.
    pub fn start_line(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.raw[self.start_line.clone()])
    }

    /// The header lines in wire order; lines without a colon are left to [`Message::faults`].
    pub fn headers(&self) -> impl Iterator<Item = Header<'_>> {
        let with_colon = self.headers.iter().filter(|line| line.has_colon());
        with_colon.map(|line| Header {
            message: self,
            line,
        })
    }

    /// The value of the first header with this name, unfolded; lossy where it is not UTF-8.
    /// Long and compact forms are the same name, and case does not matter.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.lines(name).next().map(|line| {
            Header {
                message: self,
                line,
            }
            .value()
        })
    }

    /// Every value of the headers with this name, unfolded. A header line with several values is
    /// split at its commas where the grammar makes it a list (RFC 3261 7.3.1).
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Cow<'a, str>> {
        self.lines(name).flat_map(move |line| {
            let value = Header {
                message: self,
                line,
            }
            .value();
            if line.header.is_list() && value.contains(',') {
                Commas::new(&value)
                    .map(|one| Cow::Owned(one.to_owned()))
                    .collect()
            } else {
                vec![value]
            }
        })
    }

    /// Call-ID.
    pub fn call_id(&self) -> Result<&str, ValueError> {
        self.single(HeaderName::CALL_ID, "Call-ID")
    }

    /// CSeq.
    pub fn cseq(&self) -> Result<CSeq<'_>, ValueError> {
        CSeq::parse(self.single(HeaderName::CSEQ, "CSeq")?)
    }

    /// From.
    pub fn from(&self) -> Result<NameAddr<'_>, ValueError> {
        NameAddr::parse("From", self.single(HeaderName::FROM, "From")?)
    }

    /// To.
    pub fn to(&self) -> Result<NameAddr<'_>, ValueError> {
        NameAddr::parse("To", self.single(HeaderName::TO, "To")?)
    }

    /// The first Contact. The `*` of a REGISTER is no address and so an error.
    pub fn contact(&self) -> Result<NameAddr<'_>, ValueError> {
        NameAddr::parse("Contact", self.first_value(HeaderName::CONTACT, "Contact")?)
    }

    /// The first P-Asserted-Identity (RFC 3325 9.1).
    pub fn p_asserted_identity(&self) -> Result<NameAddr<'_>, ValueError> {
        let name = HeaderName::of(b"P-Asserted-Identity");
        NameAddr::parse(
            "P-Asserted-Identity",
            self.first_value(name, "P-Asserted-Identity")?,
        )
    }

    /// Every P-Asserted-Identity: one, or a SIP and a tel URI (RFC 3325 9.1).
    pub fn p_asserted_identities(&self) -> impl Iterator<Item = Result<NameAddr<'_>, ValueError>> {
        let name = HeaderName::of(b"P-Asserted-Identity");
        self.split(name)
            .map(|value| NameAddr::parse("P-Asserted-Identity", value))
    }

    /// P-Charging-Vector.
    pub fn p_charging_vector(&self) -> Result<ChargingVector<'_>, ValueError> {
        let name = HeaderName::of(b"P-Charging-Vector");
        ChargingVector::parse(self.single(name, "P-Charging-Vector")?)
    }

    /// Every Via, topmost first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, ValueError>> {
        self.split(HeaderName::VIA).map(Via::parse)
    }

    /// The topmost Via.
    pub fn top_via(&self) -> Result<Via<'_>, ValueError> {
        Via::parse(self.first_value(HeaderName::VIA, "Via")?)
    }

    /// Max-Forwards, 0 to 255 (RFC 3261 20.22).
    pub fn max_forwards(&self) -> Result<u8, ValueError> {
        let what = "not a number from 0 to 255";
        let text = self.single(HeaderName::MAX_FORWARDS, "Max-Forwards")?;
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = if digits { text.parse().ok() } else { None };
        number.ok_or(ValueError::Malformed {
            header: "Max-Forwards",
            what,
        })
    }

    /// Session-Expires (RFC 4028 4).
    pub fn session_expires(&self) -> Result<SessionExpires, ValueError> {
        let name = HeaderName::of(b"Session-Expires");
        SessionExpires::parse(self.single(name, "Session-Expires")?)
    }

    /// Content-Type with its parameters, unfolded.
    pub fn content_type(&self) -> Option<Cow<'_, str>> {
        self.header("Content-Type")
    }

    /// True where the body is of this media type, parameters aside.
    pub fn is_content_type(&self, media_type: &str) -> bool {
        self.content_type().is_some_and(|value| {
            let end = value.find(';').unwrap_or(value.len());
            trim(&value[..end]).eq_ignore_ascii_case(media_type)
        })
    }

    /// The body, shared with [`Message::raw`].
    pub fn body(&self) -> Bytes {
        self.raw.slice(self.body.clone())
    }

    /// Where the body lies in [`Message::raw`].
    pub fn body_range(&self) -> Range<usize> {
        self.body.clone()
    }

    /// What follows the body of a datagram that is longer than its Content-Length says. A receiver
    /// discards it (RFC 3261 18.3).
    pub fn surplus(&self) -> Bytes {
        self.raw.slice(self.body.end..)
    }

    /// What is wrong with the message, in wire order; what is missing comes last.
    pub fn faults(&self) -> Vec<Fault> {
        check::faults(self)
    }

    /// The message taken apart for a reader: start line, headers, body, SDP lines.
    pub fn fields(&self) -> Vec<Field> {
        super::dissect::fields(self)
    }

    pub(super) fn start(&self) -> &StartLine {
        &self.start
    }

    pub(super) fn start_line_range(&self) -> Range<usize> {
        self.start_line.clone()
    }

    pub(super) fn index(&self) -> &[Line] {
        &self.headers
    }

    pub(super) fn text(&self, range: &Range<usize>) -> Result<&str, ()> {
        std::str::from_utf8(&self.raw[range.clone()]).map_err(|_| ())
    }

    /// The values of a header that is a list, each as it stands with its folds. Lines that are
    /// not UTF-8 are left out.
    pub(super) fn split(&self, name: HeaderName) -> impl Iterator<Item = &str> {
        let lines = self.headers.iter().filter(move |line| line.header == name);
        lines
            .filter_map(|line| self.text(&line.value).ok())
            .flat_map(Commas::new)
    }

    fn lines<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a Line> + use<'a, 'n> {
        let known = HeaderName::of(name.as_bytes());
        self.headers.iter().filter(move |line| match known {
            HeaderName::Known(_) => line.header == known,
            HeaderName::Other => {
                line.has_colon() && self.raw[line.name()].eq_ignore_ascii_case(name.as_bytes())
            }
        })
    }

    fn single(&self, name: HeaderName, header: &'static str) -> Result<&str, ValueError> {
        let line = self.headers.iter().find(|line| line.header == name);
        let line = line.ok_or(ValueError::Missing(header))?;
        self.text(&line.value)
            .map_err(|()| ValueError::NotUtf8(header))
    }

    fn first_value(&self, name: HeaderName, header: &'static str) -> Result<&str, ValueError> {
        let text = self.single(name, header)?;
        Ok(Commas::new(text).next().unwrap_or(text))
    }
}

impl<'a> Header<'a> {
    /// The name as written.
    pub fn name(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(&self.message.raw[self.line.name()])
    }

    /// The canonical long form of a known header, else the name as written.
    pub fn canonical(&self) -> Cow<'a, str> {
        match self.line.header.canonical() {
            Some(name) => Cow::Borrowed(name),
            None => self.name(),
        }
    }

    /// The value, unfolded; lossy where it is not UTF-8.
    pub fn value(&self) -> Cow<'a, str> {
        match String::from_utf8_lossy(self.raw_value()) {
            Cow::Borrowed(text) => unfold(text),
            Cow::Owned(text) => Cow::Owned(unfold(&text).into_owned()),
        }
    }

    /// The value as it stands, folds included, trimmed at both ends.
    pub fn raw_value(&self) -> &'a [u8] {
        &self.message.raw[self.line.value.clone()]
    }

    /// Where the whole line lies in the message, without its line end.
    pub fn bytes(&self) -> Range<usize> {
        self.line.whole()
    }
}

impl<'a> CSeq<'a> {
    fn parse(text: &'a str) -> Result<CSeq<'a>, ValueError> {
        let malformed = |what| ValueError::Malformed {
            header: "CSeq",
            what,
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let rest = &text[digits..];
        if digits == 0 || !rest.bytes().next().is_some_and(is_lws) {
            return Err(malformed("not a number and a method"));
        }
        let number = text[..digits]
            .parse()
            .map_err(|_| malformed("number exceeds 2^32-1"))?;
        Ok(CSeq {
            number,
            method: trim(rest),
        })
    }
}

impl Line {
    /// Indexes the line that begins at `start` and the lines folded into it. Returns where the
    /// next one begins.
    fn index(bytes: &[u8], start: usize) -> (Line, usize) {
        let mut end = line_end(bytes, start);
        let colon = find(&bytes[start..end.content], b':');
        while matches!(bytes.get(end.next), Some(b' ' | b'\t')) {
            end = line_end(bytes, end.next);
        }
        let mut line = Line {
            header: HeaderName::Other,
            start,
            name_end: start,
            value: start..start,
            end: end.content,
        };
        let Some(colon) = colon.map(|length| start + length) else {
            return (line, end.next);
        };
        line.name_end = colon;
        while line.name_end > start && matches!(bytes[line.name_end - 1], b' ' | b'\t') {
            line.name_end -= 1;
        }
        line.value = colon + 1..line.end;
        while line.value.start < line.value.end && is_lws(bytes[line.value.start]) {
            line.value.start += 1;
        }
        while line.value.end > line.value.start && is_lws(bytes[line.value.end - 1]) {
            line.value.end -= 1;
        }
        line.header = HeaderName::of(&bytes[line.name()]);
        (line, end.next)
    }

    /// The name without the white space before its colon. Empty where the line has no colon.
    pub(super) fn name(&self) -> Range<usize> {
        self.start..self.name_end
    }

    /// The whole line without its line end.
    pub(super) fn whole(&self) -> Range<usize> {
        self.start..self.end
    }

    pub(super) fn has_colon(&self) -> bool {
        // A value begins behind its colon.
        self.value.start > self.start
    }
}

/// Reads the digits of a Content-Length.
pub(super) fn parse_length(value: &[u8]) -> Option<usize> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

pub(super) struct LineEnd {
    /// Where the line's own text ends.
    pub(super) content: usize,
    /// Where the next line begins.
    pub(super) next: usize,
}

/// Finds the end of the line that begins at `at`. A lone LF ends a line too, and is a fault.
pub(super) fn line_end(bytes: &[u8], at: usize) -> LineEnd {
    match memchr::memchr(b'\n', &bytes[at..]) {
        Some(length) => {
            let content = at + length;
            let carriage = length > 0 && bytes[content - 1] == b'\r';
            LineEnd {
                content: content - usize::from(carriage),
                next: content + 1,
            }
        }
        None => LineEnd {
            content: bytes.len(),
            next: bytes.len(),
        },
    }
}
