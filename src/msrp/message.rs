//! One framed MSRP message, whatever is wrong with it.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::{ByteRange, FailureReport, Fault, Flag, ReportStatus, Uri};
use crate::io::find;

/// One framed MSRP message: a request or a response (RFC 4975 clause 9).
///
/// It keeps the bytes it was read from. What it says of itself is read as far as it can be read;
/// what cannot be read is absent here and stands in [`Message::faults`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub(super) raw: Bytes,
    pub(super) start: Start,
    pub(super) transaction: Range<usize>,
    pub(super) headers: Vec<Header>,
    pub(super) byte_range: Option<ByteRange>,
    pub(super) failure_report: Option<FailureReport>,
    pub(super) success_report: bool,
    pub(super) body: Option<Range<usize>>,
    pub(super) end_line: Range<usize>,
    pub(super) flag: Option<Flag>,
    pub(super) faults: Vec<Fault>,
}

/// The method of a request (RFC 4975 clause 9, RFC 4976, RFC 7701).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `SEND`: carries a message or a chunk of one.
    Send,
    /// `REPORT`: tells how delivery went.
    Report,
    /// `AUTH`: asks a relay for authorization.
    Auth,
    /// `NICKNAME`: asks for a nickname.
    Nickname,
    /// Any other, as written.
    Other(String),
}

/// The start line, with the place of its last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Request {
        method: Method,
        word: Range<usize>,
    },
    Response {
        status: u16,
        code: Range<usize>,
        comment: Range<usize>,
    },
    /// Neither a method nor a status code could be read.
    Unreadable {
        line: Range<usize>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// The header fields that this room gives a meaning to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    ToPath,
    FromPath,
    MessageId,
    ByteRange,
    FailureReport,
    SuccessReport,
    Status,
    ContentType,
    ContentTransferEncoding,
    UseNickname,
    Other,
    /// A line without a colon.
    NotAField,
}

impl Message {
    /// The bytes the message was read from, end-line included.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// What is wrong with the message, in the order it was found.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The transaction identifier of the start line; empty where there is none.
    pub fn transaction_id(&self) -> Cow<'_, str> {
        self.text(self.transaction.clone())
    }

    /// The method, where this is a request.
    pub fn method(&self) -> Option<&Method> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } | Start::Unreadable { .. } => None,
        }
    }

    /// The status code, where this is a response.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            Start::Response { status, .. } => Some(status),
            Start::Request { .. } | Start::Unreadable { .. } => None,
        }
    }

    /// The comment after the status code; empty where there is none.
    pub fn comment(&self) -> Cow<'_, str> {
        match &self.start {
            Start::Response { comment, .. } => self.text(comment.clone()),
            Start::Request { .. } | Start::Unreadable { .. } => Cow::Borrowed(""),
        }
    }

    /// True for a SEND request.
    pub fn is_send(&self) -> bool {
        self.method() == Some(&Method::Send)
    }

    /// True for a REPORT request.
    pub fn is_report(&self) -> bool {
        self.method() == Some(&Method::Report)
    }

    /// The URIs of To-Path that can be read, in order.
    pub fn to_path(&self) -> Vec<Uri> {
        self.path(Kind::ToPath)
    }

    /// The URIs of From-Path that can be read, in order.
    pub fn from_path(&self) -> Vec<Uri> {
        self.path(Kind::FromPath)
    }

    /// Message-ID.
    pub fn message_id(&self) -> Option<Cow<'_, str>> {
        self.known(Kind::MessageId)
    }

    /// Byte-Range, where it follows the grammar.
    pub fn byte_range(&self) -> Option<ByteRange> {
        self.byte_range
    }

    /// Failure-Report; `yes` where it is absent (RFC 4975 7.1.1) or cannot be read.
    pub fn failure_report(&self) -> FailureReport {
        self.failure_report.unwrap_or_default()
    }

    /// Success-Report; `no` where it is absent (RFC 4975 7.1.1) or cannot be read.
    pub fn success_report(&self) -> bool {
        self.success_report
    }

    /// Status, the outcome that a REPORT tells.
    pub fn report_status(&self) -> Option<ReportStatus> {
        self.header_of(Kind::Status)
            .and_then(|header| ReportStatus::parse(&self.raw[header.value.clone()]))
    }

    /// Content-Type, as written.
    pub fn content_type(&self) -> Option<Cow<'_, str>> {
        self.known(Kind::ContentType)
    }

    /// Use-Nickname (RFC 7701), as written.
    pub fn use_nickname(&self) -> Option<Cow<'_, str>> {
        self.known(Kind::UseNickname)
    }

    /// The value of the first header field of that name; names know no case.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers
            .iter()
            .find(|header| {
                self.raw[header.name.clone()].eq_ignore_ascii_case(name.as_bytes())
                    && header.kind != Kind::NotAField
            })
            .map(|header| self.text(header.value.clone()))
    }

    /// Every header field, name and value, in order. A line without a colon has an empty name.
    pub fn headers(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.headers.iter().map(|header| {
            (
                self.text(header.name.clone()),
                self.text(header.value.clone()),
            )
        })
    }

    /// The body: `None` for a message without one, which an empty body is not (RFC 4975 7.1).
    pub fn body(&self) -> Option<Bytes> {
        self.body.clone().map(|range| self.raw.slice(range))
    }

    /// Where the body lies in [`Message::raw`].
    pub fn body_range(&self) -> Option<Range<usize>> {
        self.body.clone()
    }

    /// How many bytes the body has; 0 where there is none.
    pub fn body_len(&self) -> usize {
        self.body.as_ref().map_or(0, Range::len)
    }

    /// The continuation flag; `None` where there is no end-line.
    pub fn flag(&self) -> Option<Flag> {
        self.flag
    }

    /// Bytes of the wire as text: what is not UTF-8 shows as U+FFFD.
    pub(super) fn text(&self, range: Range<usize>) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.raw[range])
    }

    pub(super) fn header_of(&self, kind: Kind) -> Option<&Header> {
        self.headers.iter().find(|header| header.kind == kind)
    }

    fn known(&self, kind: Kind) -> Option<Cow<'_, str>> {
        self.header_of(kind)
            .map(|header| self.text(header.value.clone()))
    }

    fn path(&self, kind: Kind) -> Vec<Uri> {
        let Some(header) = self.header_of(kind) else {
            return Vec::new();
        };
        let mut uris = Vec::with_capacity(1);
        for range in words(&self.raw, header.value.clone()) {
            uris.extend(Uri::parse(self.raw.slice(range)));
        }
        uris
    }
}

impl Method {
    /// The method a word names; methods are in capitals (RFC 4975 clause 9).
    pub fn from_word(word: &[u8]) -> Method {
        match word {
            b"SEND" => Method::Send,
            b"REPORT" => Method::Report,
            b"AUTH" => Method::Auth,
            b"NICKNAME" => Method::Nickname,
            _ => Method::Other(String::from_utf8_lossy(word).into_owned()),
        }
    }

    /// The method as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Method::Send => "SEND",
            Method::Report => "REPORT",
            Method::Auth => "AUTH",
            Method::Nickname => "NICKNAME",
            Method::Other(word) => word,
        }
    }
}

impl Kind {
    pub(super) fn of(name: &[u8]) -> Kind {
        // Nearly every name comes in its usual spelling, and comparing those takes one step.
        let is = |known: &[u8]| name == known || name.eq_ignore_ascii_case(known);
        match name.len() {
            6 if is(b"Status") => Kind::Status,
            7 if is(b"To-Path") => Kind::ToPath,
            9 if is(b"From-Path") => Kind::FromPath,
            10 if is(b"Message-ID") => Kind::MessageId,
            10 if is(b"Byte-Range") => Kind::ByteRange,
            12 if is(b"Content-Type") => Kind::ContentType,
            12 if is(b"Use-Nickname") => Kind::UseNickname,
            14 if is(b"Failure-Report") => Kind::FailureReport,
            14 if is(b"Success-Report") => Kind::SuccessReport,
            25 if is(b"Content-Transfer-Encoding") => Kind::ContentTransferEncoding,
            _ => Kind::Other,
        }
    }
}

/// The words between single spaces of a range.
pub(super) fn words(raw: &[u8], range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = Some(range.start);
    std::iter::from_fn(move || {
        let start = at?;
        let end = find(&raw[start..range.end], b' ').map(|found| start + found);
        at = end.map(|end| end + 1);
        Some(start..end.unwrap_or(range.end))
    })
}

#[cfg(test)]
mod tests;
