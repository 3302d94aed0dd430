//! MSRP URIs and when two of them are the same (RFC 4975 clauses 6 and 9).

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::str::FromStr;

use bytes::Bytes;
use thiserror::Error;

use crate::io::find;

/// An MSRP URI, such as `msrp://host.example.com:8493/asfd34;tcp`.
///
/// Equality is that of RFC 4975 6.1; the text is kept as it was written.
#[derive(Clone)]
pub struct Uri {
    text: Bytes,
    parts: Parts,
}

/// Why a text is not an MSRP URI.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UriError {
    /// It does not begin with `msrp://` or `msrps://`.
    #[error("the scheme is neither msrp nor msrps")]
    Scheme,
    /// A byte stands where the grammar of clause 9 has no place for it.
    #[error("a character is not allowed there")]
    Character,
    /// The host is empty, or an IPv6 address is not closed or not one.
    #[error("there is no host")]
    Host,
    /// The port is not a number from 0 to 65535.
    #[error("the port is not a number up to 65535")]
    Port,
    /// There is no `;transport` after the authority and session-id.
    #[error("the transport parameter is missing")]
    Transport,
    /// There is a `/` with nothing behind it.
    #[error("the session-id is empty")]
    SessionId,
}

impl Uri {
    /// Reads one URI.
    ///
    /// # Errors
    ///
    /// The first way in which the text breaks the grammar of RFC 4975 clause 9.
    pub fn parse(text: impl Into<Bytes>) -> Result<Uri, UriError> {
        let text = text.into();
        let parts = Parts::parse(&text)?;
        Ok(Uri { text, parts })
    }

    /// Writes the URI of a session at an address: `msrp://address/session-id;tcp`.
    ///
    /// # Errors
    ///
    /// Where the session-id is empty or holds a character that clause 9 does not allow.
    pub fn session(addr: std::net::SocketAddr, session_id: &str) -> Result<Uri, UriError> {
        Uri::parse(format!("msrp://{addr}/{session_id};tcp"))
    }

    /// The URI as it was written.
    pub fn as_str(&self) -> &str {
        self.slice(0..self.text.len())
    }

    /// True for `msrps`, which asks for TLS.
    pub fn is_secure(&self) -> bool {
        self.parts.secure
    }

    /// What stands before `@`, where anything does.
    pub fn userinfo(&self) -> Option<&str> {
        self.parts.userinfo.clone().map(|range| self.slice(range))
    }

    /// The host: a name, an IPv4 address, or an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        self.slice(self.parts.host.clone())
    }

    /// The host as an address, where it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host().parse().ok()
    }

    /// The port. MSRP has no default one (RFC 4975 clause 6).
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// The session-id; a URI without one names a device.
    pub fn session_id(&self) -> Option<&str> {
        self.parts.session_id.clone().map(|range| self.slice(range))
    }

    /// The transport parameter, such as `tcp`.
    pub fn transport(&self) -> &str {
        self.slice(self.parts.transport.clone())
    }

    /// The parameters after the transport, each as written.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.slice(self.parts.transport.end..self.text.len())
            .split(';')
            .skip(1)
    }

    fn slice(&self, range: Range<usize>) -> &str {
        // The grammar lets only ASCII in.
        std::str::from_utf8(&self.text[range]).unwrap_or_default()
    }

    fn host_for_comparison(&self) -> Cow<'_, str> {
        decode_unreserved(self.host())
    }
}

impl PartialEq for Uri {
    /// RFC 4975 6.1: scheme, host and transport without case, port and session-id exactly,
    /// userinfo and further parameters not at all.
    fn eq(&self, other: &Uri) -> bool {
        if self.parts.secure != other.parts.secure
            || self.parts.port != other.parts.port
            || self.session_id() != other.session_id()
            || !self.transport().eq_ignore_ascii_case(other.transport())
        {
            return false;
        }
        if self.host().eq_ignore_ascii_case(other.host()) {
            return true;
        }
        let (mine, theirs) = (self.host_for_comparison(), other.host_for_comparison());
        match (mine.parse::<IpAddr>(), theirs.parse::<IpAddr>()) {
            (Ok(mine), Ok(theirs)) => mine == theirs,
            _ => mine.eq_ignore_ascii_case(&theirs),
        }
    }
}

impl Eq for Uri {}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uri({self})")
    }
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Uri, UriError> {
        Uri::parse(text.to_owned())
    }
}

/// Where the parts of a URI lie in its text.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    secure: bool,
    userinfo: Option<Range<usize>>,
    host: Range<usize>,
    port: Option<u16>,
    session_id: Option<Range<usize>>,
    transport: Range<usize>,
}

impl Parts {
    pub(super) fn parse(text: &[u8]) -> Result<Parts, UriError> {
        let (secure, authority) = scheme(text).ok_or(UriError::Scheme)?;
        let authority_end = authority
            + memchr::memchr2(b'/', b';', &text[authority..]).ok_or(UriError::Transport)?;
        let mut host_start = authority;
        let mut userinfo = None;
        if let Some(at) = memchr::memrchr(b'@', &text[authority..authority_end]) {
            let range = authority..authority + at;
            check(&text[range.clone()], USERINFO)?;
            userinfo = Some(range);
            host_start = authority + at + 1;
        }
        let (host, port_start) = host(text, host_start, authority_end)?;
        let port = match port_start {
            Some(start) => Some(port(&text[start..authority_end])?),
            None => None,
        };
        let mut at = authority_end;
        let mut session_id = None;
        if text[at] == b'/' {
            let start = at + 1;
            at = find(&text[start..], b';').ok_or(UriError::Transport)? + start;
            if at == start {
                return Err(UriError::SessionId);
            }
            check(&text[start..at], SESSION_ID)?;
            session_id = Some(start..at);
        }
        let start = at + 1;
        let end = find(&text[start..], b';').map_or(text.len(), |found| start + found);
        if start == end {
            return Err(UriError::Transport);
        }
        check(&text[start..end], ALPHANUM)?;
        check(&text[end..], PARAMETERS)?;
        Ok(Parts {
            secure,
            userinfo,
            host,
            port,
            session_id,
            transport: start..end,
        })
    }

    /// True where the userinfo names a password, which clause 6 forbids.
    pub(super) fn has_password(&self, text: &[u8]) -> bool {
        self.userinfo
            .clone()
            .is_some_and(|range| text[range].contains(&b':'))
    }

    /// True where the host is an address and no port stands with it, which clause 6 forbids.
    pub(super) fn is_address_without_port(&self, text: &[u8]) -> bool {
        self.port.is_none()
            && std::str::from_utf8(&text[self.host.clone()])
                .is_ok_and(|host| host.parse::<IpAddr>().is_ok())
    }
}

fn scheme(text: &[u8]) -> Option<(bool, usize)> {
    let begins = |scheme: &[u8]| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    if begins(b"msrp://") {
        Some((false, 7))
    } else if begins(b"msrps://") {
        Some((true, 8))
    } else {
        None
    }
}

/// The host from `start`, and where its port starts.
fn host(text: &[u8], start: usize, end: usize) -> Result<(Range<usize>, Option<usize>), UriError> {
    let (range, after) = if text[start..end].first() == Some(&b'[') {
        let close = find(&text[start..end], b']').ok_or(UriError::Host)? + start;
        let address = std::str::from_utf8(&text[start + 1..close]).map_err(|_| UriError::Host)?;
        address
            .parse::<std::net::Ipv6Addr>()
            .map_err(|_| UriError::Host)?;
        (start + 1..close, close + 1)
    } else {
        let colon = find(&text[start..end], b':').map_or(end, |found| start + found);
        check(&text[start..colon], REG_NAME)?;
        (start..colon, colon)
    };
    if range.is_empty() {
        return Err(UriError::Host);
    }
    match text[after..end].first() {
        None => Ok((range, None)),
        Some(b':') => Ok((range, Some(after + 1))),
        Some(_) => Err(UriError::Host),
    }
}

fn port(digits: &[u8]) -> Result<u16, UriError> {
    if digits.is_empty() || digits.len() > 5 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(UriError::Port);
    }
    let port = digits
        .iter()
        .fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    u16::try_from(port).map_err(|_| UriError::Port)
}

fn check(text: &[u8], class: u8) -> Result<(), UriError> {
    if all_in(text, class) {
        Ok(())
    } else {
        Err(UriError::Character)
    }
}

/// `ALPHANUM` of RFC 4975 clause 9.
const ALPHANUM: u8 = 1;
/// `reg-name` of RFC 3986.
const REG_NAME: u8 = 2;
/// `userinfo` of RFC 3986.
const USERINFO: u8 = 4;
/// `session-id` of RFC 4975 clause 9.
const SESSION_ID: u8 = 8;
/// What the parameters behind the transport are made of: tokens, `=` and `;`.
const PARAMETERS: u8 = 16;
/// `token` of RFC 4975 clause 9.
const TOKEN: u8 = 32;
/// `ident-char` of RFC 4975 clause 9.
pub(super) const IDENT_CHAR: u8 = 64;

/// The classes of each byte.
static CLASSES: [u8; 256] = classes();

/// True where every byte is of the class.
pub(super) fn all_in(text: &[u8], class: u8) -> bool {
    text.iter()
        .all(|&byte| CLASSES[usize::from(byte)] & class != 0)
}

pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && all_in(text, TOKEN)
}

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        let alphanum = byte.is_ascii_alphanumeric();
        let unreserved = is_unreserved(byte);
        let reg_name = unreserved
            || matches!(
                byte,
                b'%' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b','
            )
            || byte == b'=';
        let token = matches!(byte, 0x21 | 0x23..=0x27 | 0x2a..=0x2b | 0x2d..=0x2e | 0x30..=0x39
            | 0x41..=0x5a | 0x5e..=0x7e);
        let mut class = 0;
        if alphanum {
            class |= ALPHANUM;
        }
        if reg_name {
            class |= REG_NAME;
        }
        if reg_name || byte == b':' {
            class |= USERINFO;
        }
        if unreserved || matches!(byte, b'+' | b'=' | b'/') {
            class |= SESSION_ID;
        }
        if token || matches!(byte, b'=' | b';') {
            class |= PARAMETERS;
        }
        if token {
            class |= TOKEN;
        }
        if alphanum || matches!(byte, b'.' | b'-' | b'+' | b'%' | b'=') {
            class |= IDENT_CHAR;
        }
        classes[byte as usize] = class;
        byte += 1;
    }
    classes
}

/// `unreserved` of RFC 3986.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Percent-encoded unreserved characters stand for themselves (RFC 3986 6.2.2.2).
fn decode_unreserved(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) if is_unreserved(byte) => {
                decoded.push(char::from(byte));
                at += 3;
            }
            _ => {
                decoded.push(char::from(bytes[at]));
                at += 1;
            }
        }
    }
    Cow::Owned(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn reads_the_example_of_clause_6() {
        let uri = uri("msrp://host.example.com:8493/asfd34;tcp");
        assert!(!uri.is_secure());
        assert_eq!(uri.host(), "host.example.com");
        assert_eq!(uri.port(), Some(8493));
        assert_eq!(uri.session_id(), Some("asfd34"));
        assert_eq!(uri.transport(), "tcp");
        assert_eq!(uri.userinfo(), None);
        assert_eq!(uri.params().count(), 0);
    }

    #[test]
    fn reads_every_part() {
        let uri = uri("MSRPS://alice@[2001:db8::1]:2855/a+b=/c;tcp;x=1;y");
        assert!(uri.is_secure());
        assert_eq!(uri.userinfo(), Some("alice"));
        assert_eq!(uri.ip(), Some("2001:db8::1".parse().unwrap()));
        assert_eq!(uri.port(), Some(2855));
        assert_eq!(uri.session_id(), Some("a+b=/c"));
        assert_eq!(uri.params().collect::<Vec<_>>(), ["x=1", "y"]);
    }

    #[test]
    fn refuses_what_clause_9_does_not_know() {
        for (text, error) in [
            ("", UriError::Scheme),
            ("sip:bob@example.com", UriError::Scheme),
            ("msrp://", UriError::Transport),
            ("msrp://h", UriError::Transport),
            ("msrp://h/s", UriError::Transport),
            ("msrp://h/s;", UriError::Transport),
            ("msrp://h/;tcp", UriError::SessionId),
            ("msrp:///s;tcp", UriError::Host),
            ("msrp://[::1/s;tcp", UriError::Host),
            ("msrp://[nothex]/s;tcp", UriError::Host),
            ("msrp://h:70000/s;tcp", UriError::Port),
            ("msrp://h:/s;tcp", UriError::Port),
            ("msrp://h/s s;tcp", UriError::Character),
            ("msrp://h/s;t-cp", UriError::Character),
        ] {
            assert_eq!(Uri::parse(text.to_owned()).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn compares_as_clause_6_1_says() {
        let base = uri("msrp://host.example.com:8493/asfd34;tcp");
        assert_eq!(base, uri("MSRP://HOST.example.COM:8493/asfd34;TCP"));
        assert_eq!(base, uri("msrp://bob@host.example.com:8493/asfd34;tcp"));
        assert_eq!(base, uri("msrp://h%6fst.example.com:8493/asfd34;tcp;x=y"));
        assert_ne!(base, uri("msrps://host.example.com:8493/asfd34;tcp"));
        assert_ne!(base, uri("msrp://host.example.com/asfd34;tcp"));
        assert_ne!(base, uri("msrp://host.example.com:8494/asfd34;tcp"));
        assert_ne!(base, uri("msrp://host.example.com:8493/ASFD34;tcp"));
        assert_ne!(base, uri("msrp://host.example.com:8493;tcp"));
        assert_ne!(base, uri("msrp://host.example.com:8493/asfd34;sctp"));
        assert_eq!(
            uri("msrp://[::1]:1/s;tcp"),
            uri("msrp://[0:0:0:0:0:0:0:1]:1/s;tcp")
        );
    }

    #[test]
    fn writes_the_uri_of_a_session() {
        let addr = "[::1]:2855".parse().unwrap();
        assert_eq!(
            Uri::session(addr, "abc").unwrap().as_str(),
            "msrp://[::1]:2855/abc;tcp"
        );
        assert_eq!(Uri::session(addr, "a b").unwrap_err(), UriError::Character);
    }
}
