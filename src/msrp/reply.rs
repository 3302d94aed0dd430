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
        if request.to_path() != std::slice::from_ref(local) {
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

/// True where an entry of `accept-types` takes the media type; parameters do not count on either
/// side (RFC 4975 8.6).
fn takes(entry: &str, content_type: &str) -> bool {
    let essence = |text: &'_ str| text.split(';').next().unwrap_or_default().trim().to_owned();
    let (entry, content_type) = (essence(entry), essence(content_type));
    if entry == "*" || entry.eq_ignore_ascii_case(&content_type) {
        return true;
    }
    match (entry.strip_suffix("/*"), content_type.split_once('/')) {
        (Some(wanted), Some((kind, _))) => kind.eq_ignore_ascii_case(wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::TransactionIds;
    use super::*;

    const LOCAL: &str = "msrp://b.example.com:2/b;tcp";

    fn local() -> Uri {
        LOCAL.parse().unwrap()
    }

    fn send() -> MessageBuilder {
        let from = ["msrp://a.example.com:1/a;tcp".parse().unwrap()];
        MessageBuilder::send_whole(&[local()], &from, "12339sdqwer", "text/plain", "hello")
    }

    fn build(builder: MessageBuilder) -> Message {
        builder.build(&mut TransactionIds::new(1))
    }

    #[test]
    fn answers_as_failure_report_says() {
        use FailureReport::{No, Partial, Yes};
        assert!(is_response_due(&build(send()), 200));
        for (value, on_success, on_failure) in [
            (Yes, true, true),
            (Partial, false, true),
            (No, false, false),
        ] {
            let request = build(send().failure_report(value));
            assert_eq!(is_response_due(&request, 200), on_success);
            assert_eq!(respond(&request, 413, &local()).is_some(), on_failure);
            assert_eq!(report(&request, 408, &local()).is_some(), value != No);
        }
    }

    #[test]
    fn never_answers_a_report_or_a_response() {
        let request = build(send().success_report(true));
        let answer = build(respond(&request, 200, &local()).unwrap());
        assert!(!is_response_due(&answer, 200));
        let report = build(success_report(&request, ByteRange::whole(5), &local()).unwrap());
        assert!(respond(&report, 400, &local()).is_none());
        assert!(success_report(&report, ByteRange::whole(5), &local()).is_none());
    }

    #[test]
    fn reports_success_where_it_was_asked_for() {
        let range = ByteRange::whole(5);
        assert!(success_report(&build(send()), range, &local()).is_none());
        let request = build(send().success_report(true));
        let report = success_report(&request, range, &local())
            .unwrap()
            .transaction("dkei38sd");
        let expected = "MSRP dkei38sd REPORT\r\nTo-Path: msrp://a.example.com:1/a;tcp\r\n\
            From-Path: msrp://b.example.com:2/b;tcp\r\nMessage-ID: 12339sdqwer\r\n\
            Byte-Range: 1-5/5\r\nStatus: 000 200 OK\r\n-------dkei38sd$\r\n";
        assert_eq!(build(report).raw(), expected);
    }

    #[test]
    fn a_failure_report_counts_the_body_itself() {
        let range = ByteRange {
            start: 11,
            end: None,
            total: Some(99),
        };
        let report = build(report(&build(send().byte_range(range)), 403, &local()).unwrap());
        assert_eq!(report.byte_range().unwrap().to_string(), "11-15/99");
        assert_eq!(report.report_status().unwrap().code, 403);
        assert_eq!(report.faults(), []);
    }

    #[test]
    fn finds_the_code_that_fits() {
        let uri = local();
        let accept = Acceptance {
            local: Some(&uri),
            bound_elsewhere: false,
            accept_types: &["text/*", "message/cpim;a=b"],
            max_size: Some(10),
        };
        let code = |request: MessageBuilder| accept.code_for(&build(request));
        assert_eq!(code(send()), 200);
        assert_eq!(code(send().content("Message/CPIM;x=y", "hello")), 200);
        assert_eq!(code(send().content("image/png", "hello")), 415);
        assert_eq!(code(send().without("Content-Type")), 400);
        assert_eq!(code(send().content("text/plain", "hello hello")), 413);
        let later = ByteRange {
            start: 7,
            end: None,
            total: None,
        };
        assert_eq!(code(send().byte_range(later)), 413);
        let request = build(MessageBuilder::request("PING").to_path(&[local()]));
        assert_eq!(accept.code_for(&request), 501);
        assert_eq!(
            code(send().without("To-Path").to_path(&[local(), local()])),
            481
        );
        let other = "msrp://b.example.com:2/c;tcp".parse().unwrap();
        assert_eq!(
            Acceptance {
                local: Some(&other),
                ..accept
            }
            .code_for(&build(send())),
            481
        );
        assert_eq!(
            Acceptance {
                local: None,
                ..accept
            }
            .code_for(&build(send())),
            481
        );
        assert_eq!(
            Acceptance {
                bound_elsewhere: true,
                ..accept
            }
            .code_for(&build(send())),
            506
        );
    }
}
