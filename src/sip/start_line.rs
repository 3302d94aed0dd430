//! Request-Line and Status-Line (RFC 3261 7.1, 7.2).

use std::ops::Range;

use crate::io::find;

/// The first line of a message, as ranges of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StartLine {
    /// Method, Request-URI, version.
    Request {
        method: Range<usize>,
        uri: Range<usize>,
        version: Range<usize>,
    },
    /// Version, status code, reason phrase.
    Response {
        version: Range<usize>,
        status: u16,
        reason: Range<usize>,
    },
    /// Neither.
    Malformed,
}

impl StartLine {
    /// Parses the line that lies in `bytes` from `at` on, without its line end.
    pub(super) fn parse(line: &[u8], at: usize) -> StartLine {
        let found = if line
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"))
        {
            StartLine::response(line, at)
        } else {
            StartLine::request(line, at)
        };
        found.unwrap_or(StartLine::Malformed)
    }

    fn request(line: &[u8], at: usize) -> Option<StartLine> {
        let method = find(line, b' ')?;
        // The last word is the version, so that a Request-URI with stray spaces stays whole.
        let trimmed = line.trim_ascii_end().len();
        let version = memchr::memrchr(b' ', &line[..trimmed])? + 1;
        let is_version = line[version..trimmed]
            .get(..4)?
            .eq_ignore_ascii_case(b"SIP/");
        if method == 0 || version <= method + 1 || !is_version {
            return None;
        }
        Some(StartLine::Request {
            method: at..at + method,
            uri: at + method + 1..at + version - 1,
            version: at + version..at + trimmed,
        })
    }

    fn response(line: &[u8], at: usize) -> Option<StartLine> {
        let version = find(line, b' ')?;
        let code = line.get(version + 1..version + 4)?;
        if !code.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let status = code
            .iter()
            .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
        let reason = match line.get(version + 4) {
            Some(b' ') => version + 5,
            None => line.len(),
            Some(_) => return None,
        };
        Some(StartLine::Response {
            version: at..at + version,
            status,
            reason: at + reason..at + line.len(),
        })
    }
}
