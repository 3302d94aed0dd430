//! The lexical rules that header values share (RFC 3261 25.1).

use std::borrow::Cow;

use crate::io::find;

/// True for the bytes of linear white space. A folded line's CR LF counts: a receiver reads the
/// fold as one space (RFC 3261 7.3.1).
pub(super) fn is_lws(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Cuts linear white space from both ends.
pub(super) fn trim(text: &str) -> &str {
    trim_start(text).trim_ascii_end()
}

/// Cuts linear white space from the start.
pub(super) fn trim_start(text: &str) -> &str {
    text.trim_ascii_start()
}

/// True for a character of `token` (RFC 3261 25.1).
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

/// True for a whole `token`.
pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().copied().all(is_token_byte)
}

/// Replaces each fold and the white space around it by one space (RFC 3261 7.3.1).
pub(super) fn unfold(text: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'\r', b'\n', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    for (n, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if n == 0 {
            whole.push_str(line.trim_end_matches([' ', '\t']));
        } else {
            whole.push(' ');
            whole.push_str(line.trim_matches([' ', '\t']));
        }
    }
    Cow::Owned(whole)
}

/// Where `wanted` stands first outside of quoted strings and angle brackets.
pub(super) fn find_outside(text: &str, wanted: u8) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    let mut angle = false;
    for (at, byte) in text.bytes().enumerate() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'>' if angle => angle = false,
            _ if angle => {}
            _ if byte == wanted => return Some(at),
            b'"' => quoted = true,
            b'<' => angle = true,
            _ => {}
        }
    }
    None
}

/// The comma-separated values of one header line (RFC 3261 7.3.1), trimmed.
pub(super) struct Commas<'a> {
    rest: Option<&'a str>,
}

impl<'a> Commas<'a> {
    pub(super) fn new(text: &'a str) -> Commas<'a> {
        Commas { rest: Some(text) }
    }
}

impl<'a> Iterator for Commas<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let comma = find(rest.as_bytes(), b',');
        let value = match comma.and_then(|_| find_outside(rest, b',')) {
            Some(at) => {
                self.rest = Some(&rest[at + 1..]);
                &rest[..at]
            }
            None => {
                self.rest = None;
                rest
            }
        };
        Some(trim(value))
    }
}

/// A quoted string without its quotes and escapes; any other text as it is.
pub(super) fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = strip_quotes(text) else {
        return Cow::Borrowed(text);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' {
            chars.next().unwrap_or('\\')
        } else {
            c
        });
    }
    Cow::Owned(plain)
}

/// The inside of a quoted string, escapes left standing.
pub(super) fn strip_quotes(text: &str) -> Option<&str> {
    if text.len() < 2 {
        return None;
    }
    text.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_reads_as_one_space() {
        assert_eq!(
            unfold("newfangled value\r\n continued"),
            "newfangled value continued"
        );
        assert_eq!(unfold("a \r\n\t b\n c"), "a b c");
        assert!(matches!(unfold("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn commas_in_quotes_and_brackets_do_not_split() {
        let values: Vec<&str> =
            Commas::new("\"a, \\\"b\" <sip:x,y@h>, <sip:z@h> ;q=\"1,2\",t").collect();
        assert_eq!(
            values,
            ["\"a, \\\"b\" <sip:x,y@h>", "<sip:z@h> ;q=\"1,2\"", "t"]
        );
    }

    #[test]
    fn unquoting_removes_escapes() {
        assert_eq!(unquote("\"J Rosenberg \\\\\\\"\""), "J Rosenberg \\\"");
        assert_eq!(unquote("token"), "token");
        assert_eq!(unquote("\""), "\"");
    }
}
