//! What a message holds against what its step asks for.

use crate::ch2::{ReadingGroup, ReadingId, Unit};
use crate::scenario::{Check, Expr, Identity, Matcher, Target};

use super::alignment::Alignment;
use super::judge::Case;
use super::kept::Kept;
use super::value::{Value, extract, same_identity, zero_usage_holds};
use super::{Trace, What};

/// Everything that the value of an expression can rest on.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) case: &'a Case,
    pub(super) trace: &'a Trace,
    /// The books of each session.
    pub(super) kept: &'a [Kept],
    pub(super) alignment: &'a Alignment,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It held.
    Held,
    /// It did not.
    Broken {
        /// What was asked for.
        expected: String,
        /// What was there.
        observed: String,
    },
    /// Nothing can be said: what it is compared with is not known.
    Undecided,
}

/// What an expression stands for.
enum Meaning {
    /// Any one of these; `identity` where they are compared as subscribers and not as text.
    Values {
        values: Vec<Value>,
        identity: bool,
    },
    Unknown,
}

impl<'a> Evidence<'a> {
    /// Checks the message at `event`.
    pub(super) fn check(&self, check: &Check, event: usize) -> Outcome {
        let Some(message) = message_at(self.trace, event) else {
            return Outcome::Undecided;
        };
        let values = extract(&check.target, message, &self.case.binding);
        match self.holds(check, &check.matcher, &values, event) {
            Some(true) => Outcome::Held,
            Some(false) => Outcome::Broken {
                expected: self.expected(&check.matcher, event),
                observed: observed(&values),
            },
            None => Outcome::Undecided,
        }
    }

    fn holds(&self, check: &Check, matcher: &Matcher, values: &[Value], at: usize) -> Option<bool> {
        let any = |holds: &dyn Fn(&Value) -> bool| values.iter().any(holds);
        Some(match matcher {
            Matcher::Any => true,
            Matcher::Present => !values.is_empty(),
            Matcher::Absent => values.is_empty(),
            Matcher::IfPresent(inner) => {
                values.is_empty() || self.holds(check, inner, values, at)?
            }
            Matcher::Equals(expr) => self.equals(check, expr, values, at, 0)?,
            Matcher::Within { value, tolerance } => {
                self.equals(check, value, values, at, i128::from(*tolerance))?
            }
            Matcher::OneOf(options) => {
                let mut found = false;
                for option in options {
                    found |= self.equals(check, option, values, at, 0)?;
                }
                found
            }
            Matcher::DiffersFrom(expr) => {
                !values.is_empty() && !self.equals(check, expr, values, at, 0)?
            }
            Matcher::GreaterThan(expr) => {
                let bound = self.number(expr, at)?;
                any(&|value| matches!(value, Value::Number(n) if *n > bound))
            }
            Matcher::LessThan(expr) => {
                let bound = self.number(expr, at)?;
                any(&|value| matches!(value, Value::Number(n) if *n < bound))
            }
            Matcher::Between(low, high) => {
                let (low, high) = (self.number(low, at)?, self.number(high, at)?);
                any(&|value| matches!(value, Value::Number(n) if (low..=high).contains(n)))
            }
            Matcher::Pattern(pattern) => {
                let pattern = regex_lite::Regex::new(pattern).ok()?;
                any(&|value| matches!(value, Value::Text(text) if pattern.is_match(text)))
            }
        })
    }

    /// Whether one of the values is what the expression stands for. An AVP that may stand several
    /// times holds where one of them does.
    fn equals(
        &self,
        check: &Check,
        expr: &Expr,
        values: &[Value],
        at: usize,
        tolerance: i128,
    ) -> Option<bool> {
        let Meaning::Values {
            values: wanted,
            identity,
        } = self.meaning(expr, at)
        else {
            return None;
        };
        let tolerance = tolerance + self.rounding(&check.target, at);
        let is_zero = |wanted: &Value| matches!(wanted, Value::Number(n) if *n <= tolerance);
        if check.target == Target::UsedUnits && wanted.iter().any(is_zero) {
            let used = values.first().and_then(|value| match value {
                Value::Number(number) => u64::try_from(*number).ok(),
                _ => None,
            });
            if used.unwrap_or(0) == 0 {
                return Some(zero_usage_holds(&self.case.binding, used));
            }
        }
        Some(values.iter().any(|value| {
            wanted.iter().any(|wanted| match (value, wanted) {
                (Value::Number(value), Value::Number(wanted)) => {
                    value.abs_diff(*wanted) <= tolerance.unsigned_abs()
                }
                (Value::Number(value), Value::Text(wanted)) => value.to_string() == *wanted,
                (Value::Text(value), Value::Number(wanted)) => *value == wanted.to_string(),
                (Value::Text(value), Value::Text(wanted)) if identity => {
                    same_identity(value, wanted)
                }
                (value, wanted) => value == wanted,
            })
        }))
    }

    /// Session time is counted from one moment by the server and from another by the harness, and
    /// rounded by each in each report: so many seconds either way are no difference.
    fn rounding(&self, target: &Target, at: usize) -> i128 {
        match target {
            Target::UsedUnits if self.case.binding.unit == Unit::Seconds => {
                self.kept_at(at).map_or(0, |kept| kept.rounding(at).into())
            }
            _ => 0,
        }
    }

    /// The books of the session that an event belongs to.
    fn kept_at(&self, at: usize) -> Option<&Kept> {
        self.kept.get(self.trace.events.get(at)?.session)
    }

    fn number(&self, expr: &Expr, at: usize) -> Option<i128> {
        let Meaning::Values { values, .. } = self.meaning(expr, at) else {
            return None;
        };
        values.into_iter().find_map(|value| match value {
            Value::Number(number) => Some(number),
            Value::Text(text) => text.parse().ok(),
            Value::Group => None,
        })
    }

    fn meaning(&self, expr: &Expr, at: usize) -> Meaning {
        let plain = |values: Vec<Value>| match values.is_empty() {
            true => Meaning::Unknown,
            false => Meaning::Values {
                values,
                identity: false,
            },
        };
        match expr {
            Expr::Text(text) => plain(vec![Value::Text(text.clone())]),
            Expr::Number(number) => plain(vec![Value::Number(*number)]),
            Expr::Capture { label, field } => plain(
                self.alignment
                    .plan()
                    .labelled(label)
                    .find_map(|step| self.alignment.last_of(step, at))
                    .and_then(|event| message_at(self.trace, event))
                    .map(|message| extract(field, message, &self.case.binding))
                    .unwrap_or_default(),
            ),
            Expr::Identity { session, of } => {
                let values: Vec<Value> = self
                    .case
                    .identities
                    .iter()
                    .filter(|known| (known.session, known.identity) == (*session, *of))
                    .map(|known| Value::Text(known.value.clone()))
                    .collect();
                match values.is_empty() {
                    true => Meaning::Unknown,
                    false => Meaning::Values {
                        values,
                        identity: matches!(of, Identity::ClientIdentity | Identity::FarEndIdentity),
                    },
                }
            }
            Expr::Ledger { session, quantity } => {
                let kept = self.kept.get(*session);
                let plan = self.alignment.plan();
                let trigger = plan.reading_of(ReadingGroup::InterimTrigger);
                let confirmed = trigger == Some(ReadingId::R4);
                let values = kept.map(|kept| kept.values(*quantity, at, confirmed));
                plain(
                    values
                        .into_iter()
                        .flatten()
                        .map(|value| Value::Number(value.into()))
                        .collect(),
                )
            }
            Expr::Ixit(name) => plain(self.case.ixit_value(name).into_iter().collect()),
        }
    }

    /// What a matcher asks for, in words.
    fn expected(&self, matcher: &Matcher, at: usize) -> String {
        match matcher {
            Matcher::Equals(expr) => self.words(expr, at),
            Matcher::DiffersFrom(expr) => format!("other than {}", self.words(expr, at)),
            Matcher::OneOf(options) => {
                let options: Vec<String> = options.iter().map(|o| self.words(o, at)).collect();
                format!("one of {}", options.join(", "))
            }
            Matcher::Pattern(pattern) => format!("text that matches /{pattern}/"),
            Matcher::GreaterThan(expr) => format!("greater than {}", self.words(expr, at)),
            Matcher::LessThan(expr) => format!("less than {}", self.words(expr, at)),
            Matcher::Between(low, high) => {
                format!(
                    "between {} and {}",
                    self.words(low, at),
                    self.words(high, at)
                )
            }
            Matcher::Within { value, tolerance } => {
                format!("{}, give or take {tolerance}", self.words(value, at))
            }
            Matcher::Present => "present".to_owned(),
            Matcher::Absent => "absent".to_owned(),
            Matcher::Any => "anything".to_owned(),
            Matcher::IfPresent(inner) => format!("{}, where present", self.expected(inner, at)),
        }
    }

    /// The name of a session that is not the one of the message at `at`.
    fn elsewhere(&self, session: usize, at: usize) -> String {
        match self.trace.events.get(at).map(|event| event.session) {
            Some(own) if own != session => {
                format!(" in session {}", self.case.scenario.session_name(session))
            }
            _ => String::new(),
        }
    }

    fn words(&self, expr: &Expr, at: usize) -> String {
        let value = match self.meaning(expr, at) {
            Meaning::Values { values, .. } => values
                .iter()
                .map(Value::to_string)
                .collect::<Vec<_>>()
                .join(" or "),
            Meaning::Unknown => "something never seen".to_owned(),
        };
        match expr {
            Expr::Text(_) | Expr::Number(_) => value,
            Expr::Capture { label, .. } => format!("{value} (as in `{label}`)"),
            Expr::Identity { session, of } => {
                let of = match of {
                    Identity::ClientIcid => "the ICID of the INVITE",
                    Identity::ClientIdentity => "the client",
                    Identity::ClientCallId => "the INVITE's Call-ID",
                    Identity::FarEndIdentity => "the far end",
                };
                format!("{value} ({of}{})", self.elsewhere(*session, at))
            }
            Expr::Ledger { session, quantity } => {
                let kept = self.kept.get(*session);
                let accepted = kept.map_or(Vec::new(), |kept| kept.ledger.accepted(Some(at)));
                let messages = match accepted.len() {
                    0 => "nothing was accepted so far".to_owned(),
                    _ => format!("accepted so far: {}", accepted.join(", ")),
                };
                let sum = quantity.sum.name();
                format!(
                    "{value} ({sum}{}; {messages})",
                    self.elsewhere(*session, at)
                )
            }
            Expr::Ixit(name) => format!("{value} (IXIT {name})"),
        }
    }
}

/// Whether a matcher compares with a field of another message.
pub(super) fn rests_on_capture(matcher: &Matcher) -> bool {
    let captured = |expr: &Expr| matches!(expr, Expr::Capture { .. });
    match matcher {
        Matcher::Equals(expr)
        | Matcher::DiffersFrom(expr)
        | Matcher::GreaterThan(expr)
        | Matcher::LessThan(expr)
        | Matcher::Within { value: expr, .. } => captured(expr),
        Matcher::OneOf(options) => options.iter().any(captured),
        Matcher::Between(low, high) => captured(low) || captured(high),
        Matcher::IfPresent(inner) => rests_on_capture(inner),
        Matcher::Pattern(_) | Matcher::Present | Matcher::Absent | Matcher::Any => false,
    }
}

fn observed(values: &[Value]) -> String {
    match values {
        [] => "nothing: it is absent".to_owned(),
        values => values
            .iter()
            .map(Value::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// The message of an event, received or sent.
pub(super) fn message_at(trace: &Trace, event: usize) -> Option<&super::Message> {
    match &trace.events.get(event)?.what {
        What::Received { message, .. } | What::Sent { message, .. } => Some(message),
        _ => None,
    }
}
