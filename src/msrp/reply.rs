//! What an endpoint answers, and whether it answers at all (RFC 4975 7.1.3, 7.1.4, 7.2, 7.3).

use super::{ByteRange, FailureReport, Message, MessageBuilder, Method, ReportStatus, Uri, status};

/// The endpoint's side of the decision what to answer to a request.
#[derive(Clone, Copy, Debug)]
pub struct Acceptance<'a> {
    /// The URI that names the endpoint in the session; `None` where there is no such session.
    pub local: Option<&'a Uri>,
    /// The session is bound to another connection.
    pub bound_elsewhere: bool,
    /// Media types taken, such as `text/plain`, `text/*` or `*`.
    pub accept_types: &'a [&'a str],
    /// Largest message taken, in octets.
    pub max_size: Option<u64>,
}

impl Acceptance<'_> {
    /// The status code that fits the request: 481, 506, 501, 400, 415, 413 or 200, looked at in
    /// that order (RFC 4975 5.4, 7.3, clause 10).
    pub fn code_for(&self, request: &Message) -> u16 {
        let Some(local) = self.local else {
            return status::NO_SESSION;
        };
        if request.to_path().first() != Some(local) {
            return status::NO_SESSION;
        }
        if self.bound_elsewhere {
            return status::SESSION_IN_USE;
        }
        if !matches!(request.method(), Some(Method::Send | Method::Report)) {
            return status::UNKNOWN_METHOD;
        }
        if request.body().is_some() {
            let Some(content_type) = request.content_type() else {
                return status::BAD_REQUEST;
            };
            if !self
                .accept_types
                .iter()
                .any(|pattern| takes(pattern, &content_type))
            {
                return status::UNSUPPORTED_MEDIA_TYPE;
            }
        }
        let start = request.byte_range().map_or(1, |range| range.start.max(1));
        let last = (start - 1).saturating_add(request.body_len() as u64);
        let total = request
            .byte_range()
            .and_then(|range| range.total)
            .unwrap_or(0);
        if self.max_size.is_some_and(|limit| last.max(total) > limit) {
            return status::STOP_SENDING;
        }
        status::OK
    }
}

/// True where a response with that code is due (RFC 4975 7.1.2, 7.2): never to a response or a
/// REPORT, never under `Failure-Report: no`, and no 200 under `Failure-Report: partial`.
pub fn is_response_due(request: &Message, code: u16) -> bool {
    if request.method().is_none() || request.is_report() {
        return false;
    }
    match request.failure_report() {
        FailureReport::Yes => true,
        FailureReport::Partial => code != status::OK,
        FailureReport::No => false,
    }
}

/// The response to a request, where one is due.
pub fn respond(request: &Message, code: u16, from: &Uri) -> Option<MessageBuilder> {
    is_response_due(request, code).then(|| MessageBuilder::response_to(request, code, from))
}

/// The success REPORT on a message, where its SEND asked for one (RFC 4975 7.1.3).
///
/// `range` is what was received; [`ByteRange::whole`] for all of it.
pub fn success_report(send: &Message, range: ByteRange, from: &Uri) -> Option<MessageBuilder> {
    if !send.is_send() || !send.success_report() {
        return None;
    }
    Some(report_on(send, Some(range), status::OK, from))
}

/// The failure REPORT on a SEND, where it may be sent: under `Failure-Report: no` none may
/// (RFC 4975 7.1.4). Its Byte-Range is that of the SEND, with the end its body has.
pub fn report(send: &Message, code: u16, from: &Uri) -> Option<MessageBuilder> {
    if !send.is_send() || send.failure_report() == FailureReport::No {
        return None;
    }
    let range = send.byte_range().map(|range| ByteRange {
        end: Some((range.start.max(1) - 1).saturating_add(send.body_len() as u64)),
        ..range
    });
    Some(report_on(send, range, code, from))
}

fn report_on(send: &Message, range: Option<ByteRange>, code: u16, from: &Uri) -> MessageBuilder {
    let comment = status::comment(code).to_owned();
    let status = ReportStatus {
        namespace: 0,
        code,
        comment,
    };
    let id = send.message_id().unwrap_or_default();
    MessageBuilder::report(
        &send.from_path(),
        std::slice::from_ref(from),
        &id,
        range,
        &status,
    )
}

/// True where a pattern of `accept-types` takes the media type (RFC 4975 8.6).
fn takes(pattern: &str, content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    match pattern.strip_suffix("/*") {
        _ if pattern == "*" => true,
        Some(kind) => essence
            .split_once('/')
            .is_some_and(|(have, _)| have.eq_ignore_ascii_case(kind)),
        None => essence.eq_ignore_ascii_case(pattern),
    }
}
