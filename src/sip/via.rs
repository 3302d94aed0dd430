//! The Via header (RFC 3261 20.42, RFC 3581).

use std::net::IpAddr;

use super::fault::ValueError;
use super::lexis::{is_lws, trim};
use super::params::Params;
use super::uri::{Host, UriError};
use crate::io::find;

/// One value of a Via header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// `SIP` and `2.0`, then the transport such as `UDP`, as written.
    pub transport: &'a str,
    /// Host and port of the sender as written, such as `pc33.atlanta.com:5060`.
    pub sent_by: &'a str,
    /// The host of sent-by.
    pub host: Host<'a>,
    /// The port of sent-by, where one is written.
    pub port: Option<u16>,
    /// The parameters.
    pub params: Params<'a>,
}

impl<'a> Via<'a> {
    /// What a branch begins with that is unique across space and time (RFC 3261 8.1.1.7).
    pub const MAGIC_COOKIE: &'static str = "z9hG4bK";

    /// Parses one value.
    pub fn parse(text: &'a str) -> Result<Via<'a>, ValueError> {
        let malformed = |what| ValueError::Malformed {
            header: "Via",
            what,
        };
        let text = trim(text);
        let at_slash = |text: &'a str| {
            let at = find(text.as_bytes(), b'/')?;
            Some((&text[..at], &text[at + 1..]))
        };
        let (name, rest) = at_slash(text).ok_or(malformed("no protocol"))?;
        let (version, rest) = at_slash(rest).ok_or(malformed("no transport"))?;
        if !trim(name).eq_ignore_ascii_case("SIP") || trim(version) != "2.0" {
            return Err(malformed("protocol is not SIP/2.0"));
        }
        let rest = trim(rest);
        let space = rest
            .bytes()
            .position(is_lws)
            .ok_or(malformed("no sent-by"))?;
        let (transport, rest) = (&rest[..space], trim(&rest[space..]));
        let semi = find(rest.as_bytes(), b';').unwrap_or(rest.len());
        let sent_by = trim(&rest[..semi]);
        let (host, port) = match Host::parse_with_port(sent_by) {
            // White space may stand around the colon (RFC 3261 25.1: COLON).
            Err(_) if sent_by.bytes().any(is_lws) => spaced_host(sent_by),
            parsed => parsed,
        }
        .map_err(|error| ValueError::Uri {
            header: "Via",
            error,
        })?;
        Ok(Via {
            transport,
            sent_by,
            host,
            port,
            params: Params::new(&rest[semi..]),
        })
    }

    /// The branch parameter.
    pub fn branch(&self) -> Option<&'a str> {
        self.params.value("branch")
    }

    /// The branch, where it begins with the magic cookie and goes on after it.
    pub fn unique_branch(&self) -> Option<&'a str> {
        let branch = self.branch()?;
        let cookie = branch.get(..Via::MAGIC_COOKIE.len())?;
        let unique = cookie.eq_ignore_ascii_case(Via::MAGIC_COOKIE)
            && branch.len() > Via::MAGIC_COOKIE.len();
        unique.then_some(branch)
    }

    /// The address a receiver saw the message come from (RFC 3261 18.2.1).
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params.value("received")?;
        text.trim_matches(['[', ']']).parse().ok()
    }

    /// True where the sender asks for the response to come to the port it sent from (RFC 3581).
    pub fn asks_rport(&self) -> bool {
        self.params.has("rport")
    }

    /// The port a receiver saw the message come from (RFC 3581 4).
    pub fn rport(&self) -> Option<u16> {
        self.params.value("rport")?.parse().ok()
    }
}

fn spaced_host(text: &str) -> Result<(Host<'_>, Option<u16>), UriError> {
    let (host, port) = text.rsplit_once(':').ok_or(UriError::BadHost)?;
    let (host, none) = Host::parse_with_port(trim(host))?;
    let port = trim(port).parse().map_err(|_| UriError::BadPort)?;
    if none.is_some() {
        Err(UriError::BadHost)
    } else {
        Ok((host, Some(port)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_via_apart() {
        let via = Via::parse(
            "SIP/2.0/UDP 10.1.1.1:4540;received=192.0.2.1;rport=9988;branch=z9hG4bKkjshdyff",
        )
        .unwrap();
        assert_eq!((via.transport, via.sent_by), ("UDP", "10.1.1.1:4540"));
        assert_eq!(via.received(), Some("192.0.2.1".parse().unwrap()));
        assert_eq!((via.asks_rport(), via.rport()), (true, Some(9988)));
        assert_eq!(via.unique_branch(), Some("z9hG4bKkjshdyff"));
    }

    #[test]
    fn white_space_and_folds_are_legal() {
        // RFC 4475 3.1.1.1
        let via = Via::parse("SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw").unwrap();
        assert_eq!((via.transport, via.sent_by), ("UDP", "192.0.2.2"));
        assert_eq!(
            (via.branch(), via.unique_branch()),
            (Some("390skdjuw"), None)
        );
        let spaced = Via::parse("SIP/2.0/TCP first.example.com : 4000;ttl=16").unwrap();
        assert_eq!(
            (spaced.host, spaced.port),
            (Host::Name("first.example.com"), Some(4000))
        );
    }

    #[test]
    fn reads_ipv6_and_a_bare_cookie() {
        let via = Via::parse("SIP/2.0/UDP [2001:db8::9:1]:5070;branch=z9hG4bK").unwrap();
        assert_eq!(via.port, Some(5070));
        // RFC 4475 3.2.1: the cookie alone makes nothing unique.
        assert_eq!(via.unique_branch(), None);
    }

    #[test]
    fn refuses_what_is_no_via() {
        for text in [
            "",
            "SIP/2.0",
            "SIP/2.0/UDP",
            "SIP/7.0/UDP h",
            "SIP/2.0/UDP [::1",
            "a/b/c d",
        ] {
            assert!(Via::parse(text).is_err(), "{text}");
        }
    }
}
