//! The header fields with a grammar of their own (RFC 4975 clause 9).

use std::fmt;

use super::uri::{IDENT_CHAR, all_in};
use crate::io::find;

/// `Byte-Range: start-end/total` (RFC 4975 7.1.1). Positions count from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ByteRange {
    /// Position in the message of the first byte of the body.
    pub start: u64,
    /// Position of the last byte; `None` is `*`, unknown or interruptible.
    pub end: Option<u64>,
    /// Length of the message; `None` is `*`, not known yet.
    pub total: Option<u64>,
}

impl ByteRange {
    /// The range of an empty SEND: `1-0/0` (RFC 4975 7.1.1).
    pub const EMPTY: ByteRange = ByteRange {
        start: 1,
        end: Some(0),
        total: Some(0),
    };

    /// The range of a whole message of `length` bytes.
    pub fn whole(length: u64) -> ByteRange {
        ByteRange {
            start: 1,
            end: Some(length),
            total: Some(length),
        }
    }

    /// Reads the value of a Byte-Range field; `None` where it does not follow clause 9 or a number
    /// does not fit in 64 bits.
    pub fn parse(text: &[u8]) -> Option<ByteRange> {
        let dash = find(text, b'-')?;
        let slash = dash + 1 + find(&text[dash + 1..], b'/')?;
        Some(ByteRange {
            start: number(&text[..dash])?,
            end: number_or_star(&text[dash + 1..slash])?,
            total: number_or_star(&text[slash + 1..])?,
        })
    }
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", self.start)?;
        match self.end {
            Some(end) => write!(f, "{end}/")?,
            None => f.write_str("*/")?,
        }
        match self.total {
            Some(total) => write!(f, "{total}"),
            None => f.write_str("*"),
        }
    }
}

/// `Failure-Report` (RFC 4975 7.1.1, 7.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FailureReport {
    /// Every request is answered; what an absent field means.
    #[default]
    Yes,
    /// Nothing is answered.
    No,
    /// Only failures are answered.
    Partial,
}

impl FailureReport {
    /// Reads the value of a Failure-Report field. The literals of clause 9 know no case.
    pub fn parse(text: &[u8]) -> Option<FailureReport> {
        match text {
            _ if text.eq_ignore_ascii_case(b"yes") => Some(FailureReport::Yes),
            _ if text.eq_ignore_ascii_case(b"no") => Some(FailureReport::No),
            _ if text.eq_ignore_ascii_case(b"partial") => Some(FailureReport::Partial),
            _ => None,
        }
    }

    /// The value as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureReport::Yes => "yes",
            FailureReport::No => "no",
            FailureReport::Partial => "partial",
        }
    }
}

/// The value of a REPORT's Status field, such as `000 200 OK` (RFC 4975 7.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportStatus {
    /// `0` (`000`): the code means what it means in a response.
    pub namespace: u16,
    /// The status code.
    pub code: u16,
    /// What follows the code.
    pub comment: String,
}

impl ReportStatus {
    /// Reads the value of a Status field; `None` where it does not follow clause 9.
    pub fn parse(text: &[u8]) -> Option<ReportStatus> {
        let namespace = three_digits(text.get(..3)?)?;
        let code = three_digits(text.get(4..7)?)?;
        if text[3] != b' ' || text.get(7).is_some_and(|&byte| byte != b' ') {
            return None;
        }
        let comment = String::from_utf8_lossy(text.get(8..).unwrap_or_default()).into_owned();
        Some(ReportStatus {
            namespace,
            code,
            comment,
        })
    }
}

impl fmt::Display for ReportStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03} {:03}", self.namespace, self.code)?;
        if !self.comment.is_empty() {
            write!(f, " {}", self.comment)?;
        }
        Ok(())
    }
}

/// The continuation flag that ends the end-line (RFC 4975 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flag {
    /// `$`: the body ends the message.
    Complete,
    /// `+`: more chunks follow.
    More,
    /// `#`: the sender gives the message up.
    Aborted,
}

impl Flag {
    /// The flag a byte stands for.
    pub fn from_byte(byte: u8) -> Option<Flag> {
        match byte {
            b'$' => Some(Flag::Complete),
            b'+' => Some(Flag::More),
            b'#' => Some(Flag::Aborted),
            _ => None,
        }
    }

    /// The byte that stands for the flag.
    pub fn as_byte(self) -> u8 {
        match self {
            Flag::Complete => b'$',
            Flag::More => b'+',
            Flag::Aborted => b'#',
        }
    }
}

/// True for `ident` of clause 9: 4 to 32 characters, the first a letter or a digit.
pub(super) fn is_ident(text: &[u8]) -> bool {
    (4..=32).contains(&text.len()) && text[0].is_ascii_alphanumeric() && all_in(text, IDENT_CHAR)
}

/// Exactly three digits.
pub(super) fn three_digits(text: &[u8]) -> Option<u16> {
    match text {
        [a, b, c] if text.iter().all(u8::is_ascii_digit) => {
            Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'))
        }
        _ => None,
    }
}

fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |sum, &byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

fn number_or_star(text: &[u8]) -> Option<Option<u64>> {
    if text == b"*" {
        Some(None)
    } else {
        number(text).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_ranges_follow_clause_9() {
        let range = |start, end, total| Some(ByteRange { start, end, total });
        assert_eq!(ByteRange::parse(b"1-*/8"), range(1, None, Some(8)));
        assert_eq!(ByteRange::parse(b"5-8/*"), range(5, Some(8), None));
        assert_eq!(ByteRange::parse(b"1-0/0"), Some(ByteRange::EMPTY));
        for wrong in [
            "", "1", "1-2", "-1/2", "1-/2", "1-2/", "1-2/3 ", "+1-2/3", "*-2/3",
        ] {
            assert_eq!(ByteRange::parse(wrong.as_bytes()), None, "{wrong:?}");
        }
        assert_eq!(ByteRange::parse(b"1-2/18446744073709551616"), None);
    }

    #[test]
    fn status_of_a_report_follows_clause_9() {
        let status = ReportStatus::parse(b"000 200 OK").unwrap();
        assert_eq!(
            (status.namespace, status.code, status.comment.as_str()),
            (0, 200, "OK")
        );
        assert_eq!(status.to_string(), "000 200 OK");
        assert_eq!(
            ReportStatus::parse(b"000 413").unwrap().to_string(),
            "000 413"
        );
        for wrong in [
            "",
            "200",
            "000 20",
            "000 2000",
            "00 200 OK",
            "000-200 OK",
            "abc 200 OK",
        ] {
            assert_eq!(ReportStatus::parse(wrong.as_bytes()), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_ident_has_4_to_32_characters() {
        assert!(is_ident(b"a786hjs2"));
        assert!(is_ident(b"1.-+%="));
        assert!(is_ident(&[b'a'; 32]));
        assert!(!is_ident(&[b'a'; 33]));
        assert!(!is_ident(b"abc"));
        assert!(!is_ident(b"-abcd"));
        assert!(!is_ident(b"ab cd"));
    }
}
