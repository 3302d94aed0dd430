//! One `m=message` section, typed (RFC 4975 8).

use std::fmt::Write;
use std::net::Ipv6Addr;

use thiserror::Error;

use super::description::Section;

/// What an `m=message` section says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageMedia {
    /// Address of the `c=` line.
    pub address: String,
    /// Port of the `m=` line; 0 refuses the session.
    pub port: u16,
    /// Transport of the `m=` line: `TCP/MSRP` or `TCP/TLS/MSRP`.
    pub proto: String,
    /// MSRP URIs of `a=path`, leftmost first; the last one is the endpoint (RFC 4975 8.3).
    pub path: Vec<String>,
    /// `a=accept-types` (RFC 4975 8.6).
    pub accept_types: Vec<String>,
    /// `a=accept-wrapped-types` (RFC 4975 8.6); empty where the attribute is missing.
    pub accept_wrapped_types: Vec<String>,
    /// `a=max-size` in octets (RFC 4975 8.6).
    pub max_size: Option<u64>,
    /// `a=setup` (RFC 4145 4, RFC 6135).
    pub setup: Option<Setup>,
    /// Direction (RFC 4975 8.9); `sendrecv` where nothing is said.
    pub direction: Direction,
}

/// Who opens the connection (RFC 4145 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// This side connects.
    Active,
    /// This side waits.
    Passive,
    /// Either; the answer decides.
    ActPass,
    /// No connection for now.
    HoldConn,
}

/// Which way messages may go (RFC 4566 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// From this side only.
    SendOnly,
    /// To this side only.
    RecvOnly,
    /// Neither way.
    Inactive,
}

/// Why a section is not the description of a message session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MediaError {
    /// The media type is not `message`.
    #[error("media type is not message")]
    NotMessage,
    /// The transport is neither `TCP/MSRP` nor `TCP/TLS/MSRP` (RFC 4975 8.1).
    #[error("transport is not TCP/MSRP or TCP/TLS/MSRP")]
    NotMsrp,
    /// The port of the `m=` line is not a number from 0 to 65535.
    #[error("malformed port in the m= line")]
    BadPort,
    /// There is no `c=` line to read an address from.
    #[error("no connection address")]
    NoAddress,
    /// There is no `a=path` (RFC 4975 8.2).
    #[error("no path attribute")]
    NoPath,
    /// `a=max-size` is not a number.
    #[error("malformed max-size attribute")]
    BadMaxSize,
    /// `a=setup` is none of the four values.
    #[error("malformed setup attribute")]
    BadSetup,
}

impl MessageMedia {
    /// The description of one's own endpoint: `TCP/MSRP`, both ways, no limits, no setup.
    pub fn new(
        address: impl Into<String>,
        port: u16,
        path: impl Into<String>,
        accept_types: &[&str],
    ) -> MessageMedia {
        MessageMedia {
            address: address.into(),
            port,
            proto: "TCP/MSRP".to_owned(),
            path: vec![path.into()],
            accept_types: accept_types.iter().map(|&one| one.to_owned()).collect(),
            accept_wrapped_types: Vec::new(),
            max_size: None,
            setup: None,
            direction: Direction::SendRecv,
        }
    }

    /// Reads a media section.
    ///
    /// # Errors
    ///
    /// A [`MediaError`] names what keeps the section from being a message session. A refused
    /// section (port 0) needs no path.
    pub fn of(section: &Section<'_>) -> Result<MessageMedia, MediaError> {
        if section.kind() != "message" {
            return Err(MediaError::NotMessage);
        }
        if !is_msrp(section.proto()) {
            return Err(MediaError::NotMsrp);
        }
        let port = section.port().ok_or(MediaError::BadPort)?;
        let path = words(section.attribute("path"));
        if path.is_empty() && port != 0 {
            return Err(MediaError::NoPath);
        }
        let inherited = |name| {
            section
                .attribute(name)
                .or_else(|| section.description().session_attribute(name))
        };
        Ok(MessageMedia {
            address: section.address().ok_or(MediaError::NoAddress)?.to_owned(),
            port,
            proto: section.proto().to_owned(),
            path,
            accept_types: words(section.attribute("accept-types")),
            accept_wrapped_types: words(section.attribute("accept-wrapped-types")),
            max_size: match section.attribute("max-size") {
                Some(text) => Some(text.trim().parse().map_err(|_| MediaError::BadMaxSize)?),
                None => None,
            },
            setup: match inherited("setup") {
                Some(text) => Some(Setup::parse(text.trim()).ok_or(MediaError::BadSetup)?),
                None => None,
            },
            direction: Direction::ALL
                .into_iter()
                .find(|direction| inherited(direction.as_str()).is_some())
                .unwrap_or_default(),
        })
    }

    /// True where content of this media type may be sent to this side, on its own or within a
    /// wrapper; `*` and `type/*` match (RFC 4975 8.6).
    pub fn accepts(&self, media_type: &str) -> bool {
        let mut all = self.accept_types.iter().chain(&self.accept_wrapped_types);
        all.any(|pattern| match pattern.strip_suffix("/*") {
            Some(kind) => media_type
                .split_once('/')
                .is_some_and(|(own, _)| own.eq_ignore_ascii_case(kind)),
            None => pattern == "*" || pattern.eq_ignore_ascii_case(media_type),
        })
    }

    /// Writes the `m=` line and its attributes, each ending in CR LF.
    pub(super) fn write(&self, out: &mut String) {
        let family = family(&self.address);
        // Writing to a String cannot fail.
        let _ = write!(out, "m=message {} {} *\r\n", self.port, self.proto);
        let _ = write!(out, "c=IN {family} {}\r\n", self.address);
        if self.direction != Direction::SendRecv {
            let _ = write!(out, "a={}\r\n", self.direction.as_str());
        }
        for (name, values) in [
            ("accept-types", &self.accept_types),
            ("accept-wrapped-types", &self.accept_wrapped_types),
        ] {
            if !values.is_empty() {
                let _ = write!(out, "a={name}:{}\r\n", values.join(" "));
            }
        }
        if let Some(size) = self.max_size {
            let _ = write!(out, "a=max-size:{size}\r\n");
        }
        if !self.path.is_empty() {
            let _ = write!(out, "a=path:{}\r\n", self.path.join(" "));
        }
        if let Some(setup) = self.setup {
            let _ = write!(out, "a=setup:{}\r\n", setup.as_str());
        }
    }
}

impl Setup {
    /// The value of the attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Setup::Active => "active",
            Setup::Passive => "passive",
            Setup::ActPass => "actpass",
            Setup::HoldConn => "holdconn",
        }
    }

    /// Reads the value of the attribute.
    pub fn parse(text: &str) -> Option<Setup> {
        let all = [
            Setup::Active,
            Setup::Passive,
            Setup::ActPass,
            Setup::HoldConn,
        ];
        all.into_iter()
            .find(|setup| setup.as_str().eq_ignore_ascii_case(text))
    }
}

impl Direction {
    const ALL: [Direction; 4] = [
        Direction::SendRecv,
        Direction::SendOnly,
        Direction::RecvOnly,
        Direction::Inactive,
    ];

    /// The name of the attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// The same direction seen from the other side (RFC 3264 6.1).
    pub fn reversed(self) -> Direction {
        match self {
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            both => both,
        }
    }
}

/// True for the two transports of RFC 4975 8.1.
pub(super) fn is_msrp(proto: &str) -> bool {
    proto.eq_ignore_ascii_case("TCP/MSRP") || proto.eq_ignore_ascii_case("TCP/TLS/MSRP")
}

/// The address type of a `c=` or `o=` line.
pub(super) fn family(address: &str) -> &'static str {
    if address.parse::<Ipv6Addr>().is_ok() {
        "IP6"
    } else {
        "IP4"
    }
}

fn words(value: Option<&str>) -> Vec<String> {
    value
        .unwrap_or_default()
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect()
}
