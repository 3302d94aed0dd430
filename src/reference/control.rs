//! The control port: what an operator would do at the server, over HTTP.
//!
//! `GET /ready`, `GET /sessions`, `POST /sessions/{call-id}/end`. One request a connection.

use bytes::Bytes;
use serde_json::{Value, json};

/// The longest request that is read, head and body, in octets.
pub(super) const MAX_REQUEST: usize = 16 << 10;

/// What a control request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// `GET /ready`: is the CH-2 connection open?
    Ready,
    /// `GET /sessions`: which sessions stand?
    Sessions,
    /// `POST /sessions/{call-id}/end`: the server ends the session with this Call-ID.
    End(String),
    /// Nothing the server does: the answer to give at once.
    Refuse(Refusal),
}

/// Why a control request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 400.
    Malformed,
    /// 404.
    NotFound,
    /// 405, with the method that is allowed.
    Method(&'static str),
    /// 413.
    TooLarge,
}

/// One connection to the control port.
#[derive(Debug, Default)]
pub(super) struct ControlConn {
    buffer: Vec<u8>,
    done: bool,
}

impl ControlConn {
    /// Takes bytes; the request once it is whole. What follows it is ignored.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Option<Control> {
        if self.done {
            return None;
        }
        let room = MAX_REQUEST - self.buffer.len().min(MAX_REQUEST);
        self.buffer
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        let request = match parse(&self.buffer) {
            None if bytes.len() > room => Some(Control::Refuse(Refusal::TooLarge)),
            parsed => parsed,
        };
        self.done = request.is_some();
        request
    }
}

/// Writes an answer, after which the connection is closed.
pub(super) fn response(status: u16, allow: Option<&str>, body: &Value) -> Bytes {
    let reason = match status {
        200 => "OK",
        202 => "Accepted",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        _ => "Service Unavailable",
    };
    let body = body.to_string();
    let allow = allow
        .map(|method| format!("Allow: {method}\r\n"))
        .unwrap_or_default();
    Bytes::from(format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n{allow}\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ))
}

/// Writes the answer to a request that is refused.
pub(super) fn refusal(refusal: Refusal) -> Bytes {
    let (status, allow, text) = match refusal {
        Refusal::Malformed => (400, None, "malformed request"),
        Refusal::NotFound => (404, None, "no such thing here"),
        Refusal::Method(allow) => (405, Some(allow), "method not allowed"),
        Refusal::TooLarge => (413, None, "request too long"),
    };
    response(status, allow, &json!({ "error": text }))
}

/// The request at the beginning of `bytes`, `None` while it is not whole.
fn parse(bytes: &[u8]) -> Option<Control> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let head = match request.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return None,
        Err(_) => return Some(Control::Refuse(Refusal::Malformed)),
    };
    let mut length = 0;
    for header in request.headers.iter() {
        if header.name.eq_ignore_ascii_case("Content-Length") {
            let text = std::str::from_utf8(header.value).unwrap_or_default();
            match text.parse::<usize>() {
                Ok(announced) => length = announced,
                Err(_) => return Some(Control::Refuse(Refusal::Malformed)),
            }
        }
        if header.name.eq_ignore_ascii_case("Transfer-Encoding") {
            return Some(Control::Refuse(Refusal::Malformed));
        }
    }
    if length > MAX_REQUEST - head.min(MAX_REQUEST) {
        return Some(Control::Refuse(Refusal::TooLarge));
    }
    if bytes.len() - head < length {
        return None;
    }
    Some(route(
        request.method.unwrap_or_default(),
        request.path.unwrap_or_default(),
    ))
}

fn route(method: &str, target: &str) -> Control {
    let path = target.split('?').next().unwrap_or_default();
    let wanted = |allowed: &'static str, control: Control| {
        if method == allowed {
            control
        } else {
            Control::Refuse(Refusal::Method(allowed))
        }
    };
    let ending = path
        .strip_prefix("/sessions/")
        .and_then(|rest| rest.strip_suffix("/end"));
    match (path, ending) {
        ("/ready", _) => wanted("GET", Control::Ready),
        ("/sessions", _) => wanted("GET", Control::Sessions),
        (_, Some(call_id)) if !call_id.is_empty() => match percent_decoded(call_id) {
            Some(call_id) => wanted("POST", Control::End(call_id)),
            None => Control::Refuse(Refusal::Malformed),
        },
        _ => Control::Refuse(Refusal::NotFound),
    }
}

/// `%40` to `@` and so on; `None` where an escape or the result is malformed.
fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(text: &str) -> Option<Control> {
        ControlConn::default().push(text.as_bytes())
    }

    #[test]
    fn routes_requests() {
        assert_eq!(
            ask("GET /ready HTTP/1.1\r\nHost: h\r\n\r\n"),
            Some(Control::Ready)
        );
        assert_eq!(
            ask("GET /sessions HTTP/1.0\r\n\r\n"),
            Some(Control::Sessions)
        );
        assert_eq!(
            ask("POST /sessions/a%40b/end HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
            Some(Control::End("a@b".to_owned()))
        );
        let refused = [
            (
                "GET /sessions/a/end HTTP/1.1\r\n\r\n",
                Refusal::Method("POST"),
            ),
            ("PUT /ready HTTP/1.1\r\n\r\n", Refusal::Method("GET")),
            ("GET /other HTTP/1.1\r\n\r\n", Refusal::NotFound),
            ("POST /sessions//end HTTP/1.1\r\n\r\n", Refusal::NotFound),
            ("POST /sessions/%4/end HTTP/1.1\r\n\r\n", Refusal::Malformed),
            ("\0\0\0\0\r\n\r\n", Refusal::Malformed),
            (
                "POST /ready HTTP/1.1\r\nContent-Length: 99999\r\n\r\n",
                Refusal::TooLarge,
            ),
            (
                "POST /ready HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                Refusal::Malformed,
            ),
        ];
        for (text, why) in refused {
            assert_eq!(ask(text), Some(Control::Refuse(why)), "{text:?}");
        }
    }

    #[test]
    fn waits_for_the_whole_request_and_takes_one() {
        let mut conn = ControlConn::default();
        assert_eq!(
            conn.push(b"POST /sessions/x/end HTTP/1.1\r\nContent-Le"),
            None
        );
        assert_eq!(conn.push(b"ngth: 2\r\n\r\n{"), None);
        assert_eq!(conn.push(b"}"), Some(Control::End("x".to_owned())));
        assert_eq!(conn.push(b"GET /ready HTTP/1.1\r\n\r\n"), None);
    }

    #[test]
    fn a_request_without_end_is_refused_in_bounded_memory() {
        let mut conn = ControlConn::default();
        assert_eq!(conn.push(b"GET /"), None);
        let mut answer = None;
        for _ in 0..40 {
            answer = answer.or(conn.push(&[b'a'; 1024]));
        }
        assert_eq!(answer, Some(Control::Refuse(Refusal::TooLarge)));
        assert!(conn.buffer.len() <= MAX_REQUEST);
    }

    #[test]
    fn answers_close_the_connection() {
        let text = String::from_utf8(refusal(Refusal::Method("POST")).to_vec()).unwrap();
        assert!(
            text.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"),
            "{text}"
        );
        assert!(text.contains("Allow: POST\r\n") && text.contains("Connection: close\r\n"));
        assert!(text.ends_with("\r\n\r\n{\"error\":\"method not allowed\"}"));
    }
}
