//! Session timers (RFC 4028), the basics: who refreshes, and when.

use std::fmt;
use std::time::Duration;

use super::fault::ValueError;
use super::lexis::trim;
use super::params::Params;

/// The value of a Session-Expires header (RFC 4028 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// The session interval in seconds, 90 or more in a right message (RFC 4028 4).
    pub interval: u32,
    /// Who refreshes, where it is said.
    pub refresher: Option<Refresher>,
}

/// The side that sends the refreshes (RFC 4028 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// The user agent client of the request that negotiated the timer.
    Uac,
    /// Its user agent server.
    Uas,
}

impl SessionExpires {
    /// Parses a header value.
    pub fn parse(text: &str) -> Result<SessionExpires, ValueError> {
        let malformed = |what| ValueError::Malformed {
            header: "Session-Expires",
            what,
        };
        let semi = text.find(';').unwrap_or(text.len());
        let digits = trim(&text[..semi]);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(malformed("interval is not a number"));
        }
        let interval = digits
            .parse()
            .map_err(|_| malformed("interval exceeds 2^32-1"))?;
        let refresher = match Params::new(&text[semi..]).value("refresher") {
            None => None,
            Some(side) if side.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(side) if side.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            Some(_) => return Err(malformed("refresher is neither uac nor uas")),
        };
        Ok(SessionExpires {
            interval,
            refresher,
        })
    }

    /// When the refresher sends the next refresh, counted from the last one: after half of the
    /// interval (RFC 4028 9).
    pub fn refresh_after(&self) -> Duration {
        Duration::from_secs(u64::from(self.interval)) / 2
    }

    /// When the other side gives up and sends a BYE: before the interval ends, by the smaller of
    /// 32 s and a third of the interval (RFC 4028 10).
    pub fn bye_after(&self) -> Duration {
        let interval = Duration::from_secs(u64::from(self.interval));
        interval - (interval / 3).min(Duration::from_secs(32))
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refresher {
            Some(Refresher::Uac) => write!(f, "{};refresher=uac", self.interval),
            Some(Refresher::Uas) => write!(f, "{};refresher=uas", self.interval),
            None => write!(f, "{}", self.interval),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_counts() {
        let timer = SessionExpires::parse("1800 ;refresher=UAS").unwrap();
        assert_eq!(
            timer,
            SessionExpires {
                interval: 1800,
                refresher: Some(Refresher::Uas)
            }
        );
        assert_eq!(timer.to_string(), "1800;refresher=uas");
        assert_eq!(timer.refresh_after(), Duration::from_secs(900));
        assert_eq!(timer.bye_after(), Duration::from_secs(1768));
        let short = SessionExpires::parse("90").unwrap();
        assert_eq!(
            (short.refresher, short.bye_after()),
            (None, Duration::from_secs(60))
        );
        for text in ["", "x", "99999999999", "90;refresher=me"] {
            assert!(SessionExpires::parse(text).is_err(), "{text}");
        }
    }
}
