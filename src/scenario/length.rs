//! Lengths of time that rest on what a server is configured with.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::diagnostic::{Diagnostic, Problems};
use super::ixit::{Ixit, IxitValue, ixit_kind, ixit_names};
use super::node::{Node, Style, Value};

/// A length of time: `500 ms`, `$ixit.tx-time`, or a sum of such, `$ixit.tx-time + 500 ms`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Length(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    minus: bool,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Fixed(Duration),
    /// The name behind `$ixit.`
    Ixit(String),
}

impl Length {
    /// How long it is for a server with these values; never less than nothing.
    pub fn of(&self, ixit: &Ixit) -> Duration {
        let length = |what: &What| match what {
            What::Fixed(time) => *time,
            What::Ixit(name) => match ixit.value(name) {
                Some(IxitValue::Time(time)) => time,
                // A scenario that names a value which is not stated does not apply.
                _ => Duration::ZERO,
            },
        };
        let sum = |minus: bool| -> Duration {
            let terms = self.0.iter().filter(|term| term.minus == minus);
            terms.map(|term| length(&term.what)).sum()
        };
        sum(false).saturating_sub(sum(true))
    }

    /// How long it is, where that is the same for every server.
    pub fn fixed(&self) -> Option<Duration> {
        let fixed = self.names().next().is_none();
        fixed.then(|| self.of(&Ixit::default()))
    }

    /// The IXIT values it rests on, by the names behind `$ixit.`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|term| match &term.what {
            What::Fixed(_) => None,
            What::Ixit(name) => Some(name.as_str()),
        })
    }
}

impl From<Duration> for Length {
    fn from(time: Duration) -> Length {
        let what = What::Fixed(time);
        Length(vec![Term { minus: false, what }])
    }
}

impl fmt::Display for Length {
    /// As a file writes it: `$ixit.tx-time + 500 ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.0.iter().enumerate() {
            match (index, term.minus) {
                (0, _) => {}
                (_, false) => f.write_str(" + ")?,
                (_, true) => f.write_str(" - ")?,
            }
            match &term.what {
                What::Fixed(time) => write!(f, "{} ms", time.as_millis())?,
                What::Ixit(name) => write!(f, "$ixit.{name}")?,
            }
        }
        Ok(())
    }
}

impl Problems {
    /// A time, an IXIT time, or a sum of such.
    pub(super) fn length(&mut self, node: &Node, what: &str) -> Option<Length> {
        let text = self.text(node, what)?;
        if !text.contains('$') {
            return self.duration(node, what).map(Length::from);
        }
        let mut terms = Vec::new();
        let mut minus = false;
        let mut rest = text;
        loop {
            let end = [" + ", " - "]
                .iter()
                .filter_map(|sign| rest.find(sign))
                .min();
            let word = &rest[..end.unwrap_or(rest.len())];
            let what = self.term(node, word.trim(), what)?;
            terms.push(Term { minus, what });
            let Some(end) = end else {
                return Some(Length(terms));
            };
            minus = rest[end..].starts_with(" - ");
            rest = &rest[end + 3..];
        }
    }

    fn term(&mut self, node: &Node, word: &str, what: &str) -> Option<What> {
        let Some(reference) = word.strip_prefix('$') else {
            let value = Value::Scalar {
                text: Arc::from(word),
                style: Style::Plain,
            };
            let place = node.place.clone();
            return self.duration(&Node { value, place }, what).map(What::Fixed);
        };
        let name = reference.strip_prefix("ixit.");
        let kind = name.and_then(ixit_kind);
        match (name, kind) {
            (Some(name), Some(kind)) if kind.is_time() => Some(What::Ixit(name.to_owned())),
            (Some(_), Some(_)) => {
                let text = format!("{what} must be a time; `{word}` is none");
                self.error("value-type", &node.place, text);
                None
            }
            (Some(name), None) => {
                let known: Vec<String> = ixit_names()
                    .filter(|(_, kind)| kind.is_time())
                    .map(|(name, _)| name)
                    .collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                self.unknown("unknown-reference", "IXIT time", node, name, &known, "");
                None
            }
            (None, _) => {
                let text = format!("{what} must be a time, and `{word}` is none");
                let help = "write a time, such as `500 ms`, a value of `sut.yaml` that is one, \
                            such as `$ixit.tx-time`, or a sum of such";
                self.push(Diagnostic::error("not-a-time", node.place.clone(), text).help(help));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Source;

    fn read(text: &str) -> Result<Length, Vec<&'static str>> {
        let mut problems = Problems::default();
        let node = super::super::node::parse(&Source::new("t", text), &mut problems).unwrap();
        let length = problems.length(&node, "`wait`");
        let codes = problems.into_sorted().iter().map(|d| d.code).collect();
        length.ok_or(codes)
    }

    #[test]
    fn sums_rest_on_what_the_server_states() {
        let ixit = Ixit {
            tx_time: Duration::from_millis(600),
            session_expires: Some(2),
            ..Ixit::default()
        };
        for (text, millis) in [
            ("500 ms", 500),
            ("$ixit.tx-time", 600),
            ("$ixit.tx-time + $ixit.session-expires - 50 ms", 2550),
            ("$ixit.tx-time - 2 s", 0),
        ] {
            let length = read(text).unwrap();
            assert_eq!(length.of(&ixit), Duration::from_millis(millis), "{text}");
            assert_eq!(read(&length.to_string()).as_ref(), Ok(&length), "{text}");
            assert_eq!(length.fixed().is_some(), !text.contains('$'), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (text, code) in [
            ("$ixit.grant", "value-type"),
            ("$ixit.tx-tme", "unknown-reference"),
            ("$hello.Time", "not-a-time"),
            ("$ixit.tx-time + 5", "not-a-time"),
            ("$ixit.tx-time+5 ms", "unknown-reference"),
            ("soon", "not-a-time"),
        ] {
            assert_eq!(read(text).unwrap_err(), [code], "{text}");
        }
    }
}
