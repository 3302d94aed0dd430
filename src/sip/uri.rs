//! SIP, SIPS and tel URIs (RFC 3261 19.1, RFC 3966), and their comparison.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use thiserror::Error;

use super::params::Params;
use crate::io::find;

/// A URI, borrowed from the text it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    text: &'a str,
    /// The scheme.
    pub scheme: Scheme,
    /// The user part of a SIP URI, without the password; the number of a `tel:` URI.
    pub user: Option<&'a str>,
    /// The password of a SIP URI (deprecated, RFC 3261 19.1.1).
    pub password: Option<&'a str>,
    /// The host of a SIP URI. `None` for other schemes.
    pub host: Option<Host<'a>>,
    /// The port, where one is written.
    pub port: Option<u16>,
    /// The parameters, such as `;transport=tcp`.
    pub params: Params<'a>,
    /// What follows the `?` of a SIP URI, without it; empty where there is none.
    pub headers: &'a str,
}

/// The scheme of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:` (RFC 3966)
    Tel,
    /// Any other; the URI is not taken apart.
    Other,
}

/// The host of a SIP URI or of a Via.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host<'a> {
    /// A host name as written.
    Name(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 reference, written in brackets.
    V6(Ipv6Addr),
}

/// Why a text is not a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UriError {
    /// There is no `scheme:` at the start.
    #[error("no URI scheme")]
    NoScheme,
    /// There is no host.
    #[error("URI without a host")]
    NoHost,
    /// The host is not a name, an IPv4 address or a bracketed IPv6 address.
    #[error("malformed host in URI")]
    BadHost,
    /// The port is not a number from 0 to 65535.
    #[error("malformed port in URI")]
    BadPort,
    /// White space, a control character or an angle bracket stands inside.
    #[error("character that may not stand in a URI")]
    BadCharacter,
}

impl<'a> Uri<'a> {
    /// Parses a URI that stands alone.
    pub fn parse(text: &'a str) -> Result<Uri<'a>, UriError> {
        let forbidden = |b: u8| b <= b' ' || b == 0x7f || matches!(b, b'<' | b'>');
        // Without a way out in the middle the loop runs on whole vectors.
        if text
            .bytes()
            .fold(false, |found, byte| found | forbidden(byte))
        {
            return Err(UriError::BadCharacter);
        }
        let colon = find(text.as_bytes(), b':').ok_or(UriError::NoScheme)?;
        let rest = &text[colon + 1..];
        let scheme = Scheme::of(&text[..colon]).ok_or(UriError::NoScheme)?;
        match scheme {
            Scheme::Sip | Scheme::Sips => Uri::parse_sip(text, scheme, rest),
            Scheme::Tel => {
                let semi = find(rest.as_bytes(), b';').unwrap_or(rest.len());
                let user = Some(&rest[..semi]);
                Ok(Uri {
                    user,
                    params: Params::new(&rest[semi..]),
                    ..Uri::bare(text, scheme)
                })
            }
            Scheme::Other => Ok(Uri::bare(text, scheme)),
        }
    }

    /// The URI as it stands.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether two URIs are equivalent (RFC 3261 19.1.4). `tel:` URIs compare without visual
    /// separators (RFC 3966 4); other schemes compare byte by byte.
    pub fn equivalent(&self, other: &Uri<'_>) -> bool {
        if self.scheme != other.scheme {
            return false;
        }
        match self.scheme {
            Scheme::Sip | Scheme::Sips => self.sip_equivalent(other),
            Scheme::Tel => self.tel_equivalent(other),
            Scheme::Other => self.text == other.text,
        }
    }

    fn bare(text: &'a str, scheme: Scheme) -> Uri<'a> {
        Uri {
            text,
            scheme,
            user: None,
            password: None,
            host: None,
            port: None,
            params: Params::default(),
            headers: "",
        }
    }

    fn parse_sip(text: &'a str, scheme: Scheme, rest: &'a str) -> Result<Uri<'a>, UriError> {
        // The user part may hold `;` and `?` unescaped (RFC 3261 25.1), so the `@` is found first.
        let (userinfo, rest) = match find(rest.as_bytes(), b'@') {
            Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
            None => (None, rest),
        };
        let (user, password) = match userinfo.map(|u| (u, find(u.as_bytes(), b':'))) {
            Some((u, Some(colon))) => (Some(&u[..colon]), Some(&u[colon + 1..])),
            Some((u, None)) => (Some(u), None),
            None => (None, None),
        };
        let question = find(rest.as_bytes(), b'?');
        let (rest, headers) = match question {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, ""),
        };
        let semi = find(rest.as_bytes(), b';').unwrap_or(rest.len());
        let (host, port) = Host::parse_with_port(&rest[..semi])?;
        let params = Params::new(&rest[semi..]);
        Ok(Uri {
            text,
            scheme,
            user,
            password,
            host: Some(host),
            port,
            params,
            headers,
        })
    }

    fn sip_equivalent(&self, other: &Uri<'_>) -> bool {
        let same_host = match (&self.host, &other.host) {
            (Some(a), Some(b)) => a.same(b),
            _ => false,
        };
        same_host
            && self.port == other.port
            && same_part(self.user, other.user)
            && same_part(self.password, other.password)
            && params_agree(self.params, other.params)
            && params_agree(other.params, self.params)
            && same_headers(self.headers, other.headers)
    }

    fn tel_equivalent(&self, other: &Uri<'_>) -> bool {
        let number = |user: Option<&str>| -> String {
            let plain = user.unwrap_or_default().chars();
            plain
                .filter(|c| !"-.()".contains(*c))
                .collect::<String>()
                .to_ascii_lowercase()
        };
        let covers = |a: Params<'_>, b: Params<'_>| {
            a.iter().all(|(name, value)| {
                b.iter()
                    .any(|(n, v)| n.eq_ignore_ascii_case(name) && same_value(v, value))
            })
        };
        number(self.user) == number(other.user)
            && covers(self.params, other.params)
            && covers(other.params, self.params)
    }
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl Scheme {
    /// `None` where the text is no `scheme` (RFC 3261 25.1).
    fn of(text: &str) -> Option<Scheme> {
        let scheme_byte = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
        match text.len() {
            3 if text.eq_ignore_ascii_case("sip") => Some(Scheme::Sip),
            3 if text.eq_ignore_ascii_case("tel") => Some(Scheme::Tel),
            4 if text.eq_ignore_ascii_case("sips") => Some(Scheme::Sips),
            _ if !text.starts_with(|c: char| c.is_ascii_alphabetic()) => None,
            _ => text.bytes().all(scheme_byte).then_some(Scheme::Other),
        }
    }
}

impl<'a> Host<'a> {
    /// Reads `host[:port]`.
    pub(super) fn parse_with_port(text: &'a str) -> Result<(Host<'a>, Option<u16>), UriError> {
        let (host, port) = match text.strip_prefix('[') {
            Some(inner) => {
                let close = find(inner.as_bytes(), b']').ok_or(UriError::BadHost)?;
                let address = inner[..close].parse().map_err(|_| UriError::BadHost)?;
                let rest = &inner[close + 1..];
                let port = match rest.strip_prefix(':') {
                    Some(port) => Some(port),
                    None if rest.is_empty() => None,
                    None => return Err(UriError::BadHost),
                };
                (Host::V6(address), port)
            }
            None => match find(text.as_bytes(), b':') {
                Some(at) => (Host::name_or_v4(&text[..at])?, Some(&text[at + 1..])),
                None => (Host::name_or_v4(text)?, None),
            },
        };
        let port = match port {
            Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                Some(digits.parse().map_err(|_| UriError::BadPort)?)
            }
            Some(_) => return Err(UriError::BadPort),
            None => None,
        };
        Ok((host, port))
    }

    /// Whether two hosts are the same, names without case.
    pub fn same(&self, other: &Host<'_>) -> bool {
        match (self, other) {
            (Host::Name(a), Host::Name(b)) => a.eq_ignore_ascii_case(b),
            (Host::V4(a), Host::V4(b)) => a == b,
            (Host::V6(a), Host::V6(b)) => a == b,
            _ => false,
        }
    }

    fn name_or_v4(text: &'a str) -> Result<Host<'a>, UriError> {
        if text.is_empty() {
            return Err(UriError::NoHost);
        }
        if text.as_bytes()[0].is_ascii_digit()
            && let Ok(address) = text.parse()
        {
            return Ok(Host::V4(address));
        }
        if text.bytes().all(|b| NAME_BYTES[usize::from(b)]) {
            Ok(Host::Name(text))
        } else {
            Err(UriError::BadHost)
        }
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::V4(address) => write!(f, "{address}"),
            Host::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// What host names are made of. Underscores stand in many a real one, so they pass.
static NAME_BYTES: [bool; 256] = {
    let mut named = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let other = matches!(byte, b'-' | b'.' | b'_');
        named[byte as usize] = byte.is_ascii_alphanumeric() || other;
        byte += 1;
    }
    named
};

/// User and password compare with case, escapes of unreserved characters undone.
fn same_part(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b || unescape(a) == unescape(b),
        (None, None) => true,
        _ => false,
    }
}

/// Undoes `%HH` for characters outside of the reserved set: an escaped reserved character is not
/// equivalent to the plain one (RFC 3261 19.1.4).
fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|h| std::str::from_utf8(h).ok());
        let escaped = hex.and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[at], escaped) {
            (b'%', Some(byte)) if !b";/?:@&=+$,%".contains(&byte) => {
                plain.push(byte);
                at += 3;
            }
            (b'%', Some(_)) => {
                plain.push(b'%');
                plain.extend(bytes[at + 1..at + 3].iter().map(u8::to_ascii_uppercase));
                at += 3;
            }
            (byte, _) => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    plain
}

/// Every parameter of `a` that stands in both must match; `user`, `ttl`, `method`, `maddr` and
/// `transport` may not stand in one only (RFC 3261 19.1.4; `transport` by the rule on components
/// with a default value, and by the examples).
fn params_agree(a: Params<'_>, b: Params<'_>) -> bool {
    a.iter().all(
        |(name, value)| match b.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some((_, other)) => same_value(value, other),
            None => !["user", "ttl", "method", "maddr", "transport"]
                .iter()
                .any(|never| name.eq_ignore_ascii_case(never)),
        },
    )
}

fn same_value(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => unescape(a).eq_ignore_ascii_case(&unescape(b)),
        (None, None) => true,
        _ => false,
    }
}

fn same_headers(a: &str, b: &str) -> bool {
    let list = |text: &str| {
        let mut headers: Vec<(String, Vec<u8>)> = text
            .split('&')
            .filter(|one| !one.is_empty())
            .map(|one| {
                let (name, value) = one.split_once('=').unwrap_or((one, ""));
                (name.to_ascii_lowercase(), unescape(value))
            })
            .collect();
        headers.sort();
        headers
    };
    a == b || list(a) == list(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let (a, b) = (Uri::parse(a).unwrap(), Uri::parse(b).unwrap());
        assert_eq!(
            a.equivalent(&b),
            b.equivalent(&a),
            "equivalence is symmetric"
        );
        a.equivalent(&b)
    }

    #[test]
    fn takes_a_sip_uri_apart() {
        let uri = Uri::parse("sip:alice:secret@[2001:db8::10]:5070;transport=tcp;lr?a=b").unwrap();
        assert_eq!((uri.user, uri.password), (Some("alice"), Some("secret")));
        assert_eq!(uri.host, Some(Host::V6("2001:db8::10".parse().unwrap())));
        assert_eq!((uri.port, uri.headers), (Some(5070), "a=b"));
        assert_eq!(uri.params.value("transport"), Some("tcp"));
        assert!(uri.params.has("lr"));
    }

    #[test]
    fn a_user_part_may_hold_separators() {
        // RFC 4475 3.1.1.9
        let uri = Uri::parse("sip:user;par=u%40example.net@example.com").unwrap();
        assert_eq!(uri.user, Some("user;par=u%40example.net"));
        assert_eq!(uri.host, Some(Host::Name("example.com")));
        assert!(uri.params.is_empty());
    }

    #[test]
    fn reads_tel_and_leaves_others_whole() {
        let tel = Uri::parse("tel:+1-201-555-0123;phone-context=example.com").unwrap();
        assert_eq!(
            (tel.scheme, tel.user),
            (Scheme::Tel, Some("+1-201-555-0123"))
        );
        let other = Uri::parse("nobodyKnowsThisScheme:totallyopaquecontent").unwrap();
        assert_eq!((other.scheme, other.host), (Scheme::Other, None));
    }

    #[test]
    fn refuses_what_is_no_uri() {
        for (text, error) in [
            ("alice", UriError::NoScheme),
            ("sip:", UriError::NoHost),
            ("sip:a@[::1", UriError::BadHost),
            ("sip:a@h:70000", UriError::BadPort),
            ("sip:a@h:", UriError::BadPort),
            ("sip:a@h; lr", UriError::BadCharacter),
            ("<sip:a@h>", UriError::BadCharacter),
        ] {
            assert_eq!(Uri::parse(text), Err(error), "{text}");
        }
    }

    /// The examples of RFC 3261 19.1.4.
    #[test]
    fn compares_as_the_examples_of_19_1_4() {
        assert!(same(
            "sip:%61lice@atlanta.com;transport=TCP",
            "sip:alice@AtLanTa.CoM;Transport=tcp"
        ));
        assert!(same(
            "sip:carol@chicago.com",
            "sip:carol@chicago.com;newparam=5"
        ));
        assert!(same(
            "sip:carol@chicago.com",
            "sip:carol@chicago.com;security=on"
        ));
        assert!(same(
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
        ));
        assert!(same(
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
        ));
        assert!(!same(
            "SIP:ALICE@AtLanTa.CoM;Transport=udp",
            "sip:alice@AtLanTa.CoM;Transport=UDP"
        ));
        assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
        assert!(!same(
            "sip:bob@biloxi.com",
            "sip:bob@biloxi.com;transport=udp"
        ));
        assert!(!same(
            "sip:bob@biloxi.com",
            "sip:bob@biloxi.com:6000;transport=tcp"
        ));
        assert!(!same(
            "sip:carol@chicago.com",
            "sip:carol@chicago.com?Subject=next%20meeting"
        ));
        assert!(!same(
            "sip:carol@chicago.com;security=on",
            "sip:carol@chicago.com;security=off"
        ));
        assert!(!same("sip:alice@atlanta.com", "sips:alice@atlanta.com"));
    }

    #[test]
    fn tel_numbers_compare_without_separators() {
        assert!(same("tel:+1-201-555-0123", "tel:+12015550123"));
        assert!(!same("tel:+12015550123", "tel:+12015550124"));
    }
}
