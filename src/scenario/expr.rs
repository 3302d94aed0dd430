//! Values: text, numbers, and references to what is known at run time (`$...`).

use std::net::IpAddr;

use crate::ch2::{Quantity, Sum, Unit};
use crate::diameter::dictionary::{AvpDef, AvpType};
use crate::diameter::{AvpKey, Dictionary};

use super::diagnostic::Diagnostic;
use super::ixit::{IxitKind, ixit_kind, ixit_names};
use super::lower::Lowering;
use super::model::{Branch, Expr, Identity, Target};
use super::node::{Node, Style, Value};
use super::reader::short;
use super::step_keys::StepKind;
use super::suggest;
use super::unfold::Raw;
use super::words::together;

/// What kind of value a position wants.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sort {
    /// Text; a number is text as well.
    Text,
    /// A number that is not negative.
    Number,
    /// What an AVP can hold.
    Avp(&'static AvpDef),
}

const LEDGER: &[(&str, Sum)] = &[
    ("sent", Sum::Sent),
    ("accepted", Sum::Accepted),
    ("granted", Sum::Granted),
    ("used", Sum::Used),
    ("unreported", Sum::Unreported),
    ("refunded", Sum::Refunded),
];

const UNITS: &[(&str, Unit)] = &[
    ("messages", Unit::Messages),
    ("octets", Unit::Octets),
    ("seconds", Unit::Seconds),
];

const IDENTITIES: &[(&str, Identity)] = &[
    ("client.identity", Identity::ClientIdentity),
    ("client.icid", Identity::ClientIcid),
    ("client.call-id", Identity::ClientCallId),
    ("far-end.identity", Identity::FarEndIdentity),
];

/// Whether `$<name>` is a quantity of the ledger.
pub(crate) fn is_ledger(name: &str) -> bool {
    LEDGER.iter().any(|(known, _)| *known == name)
}

/// Whether `$<text>` stands for something of a party, such as `client.icid`.
pub(super) fn is_identity(text: &str) -> bool {
    IDENTITIES.iter().any(|(name, _)| *name == text)
}

/// Whether text with a dot in it could be a reference without its `$`, whatever the labels and
/// sessions of a scenario are called. In quotes it is text beyond doubt.
pub(super) fn may_lack_dollar(text: &str) -> bool {
    reads_as_reference(text, |_| true, |_| true)
}

/// Whether `$` in front would make a reference of text with a dot in it.
fn reads_as_reference(
    text: &str,
    is_label: impl Fn(&str) -> bool,
    is_session: impl Fn(&str) -> bool,
) -> bool {
    let Some((head, rest)) = text.split_once('.').filter(|_| !text.starts_with('$')) else {
        return false;
    };
    let identity = |text: &str| IDENTITIES.iter().any(|(name, _)| *name == text);
    let unit = |text: &str| UNITS.iter().any(|(name, _)| *name == text);
    let sum = |text: &str| match text.split_once('.') {
        Some((head, rest)) => is_ledger(head) && unit(rest),
        None => is_ledger(text),
    };
    let field = |path: &str| {
        let last = path.rsplit('/').next().unwrap_or_default().trim();
        matches!(last, "body" | "reason" | "used units" | "requested units")
            || HEADERS.contains(&last)
            || Dictionary::default().avp_by_name(last).is_some()
    };
    identity(text)
        || sum(text)
        || head == "ixit" && ixit_kind(rest).is_some()
        || is_session(head) && (identity(rest) || sum(rest))
        || is_label(head) && field(rest)
}

impl Sort {
    /// Whether the position wants a number.
    pub(super) fn is_number(self) -> bool {
        match self {
            Sort::Text => false,
            Sort::Number => true,
            Sort::Avp(def) => number_range(def.kind).is_some(),
        }
    }

    /// In words, for messages.
    fn name(self) -> String {
        match self {
            Sort::Text => "text".to_owned(),
            Sort::Number => "a number".to_owned(),
            Sort::Avp(def) => match def.kind {
                AvpType::Unsigned32
                | AvpType::Unsigned64
                | AvpType::Enumerated
                | AvpType::Integer32
                | AvpType::Integer64 => format!("a number ({})", def.kind),
                kind => kind.to_string(),
            },
        }
    }
}

impl Lowering<'_> {
    /// A value or a reference.
    pub(super) fn expr(&mut self, node: &Node, sort: Sort, what: &str) -> Option<Expr> {
        let Value::Scalar { text, style } = &node.value else {
            self.problems.mismatch(node, what, "one value");
            return None;
        };
        if node.is_empty() {
            self.problems.mismatch(node, what, "a value");
            return None;
        }
        match text.strip_prefix('$') {
            Some(literal) if literal.starts_with('$') => {
                self.literal(node, literal, false, sort, what)
            }
            Some(reference) => self.reference(node, reference, sort, what),
            None => self.literal(node, text, *style == Style::Plain, sort, what),
        }
    }

    fn literal(
        &mut self,
        node: &Node,
        text: &str,
        plain: bool,
        sort: Sort,
        what: &str,
    ) -> Option<Expr> {
        let (range, def) = match sort {
            Sort::Text => {
                self.problems.ambiguous(node);
                self.without_dollar(node, text, plain);
                return Some(Expr::Text(text.to_owned()));
            }
            Sort::Number => ((0, i128::from(u64::MAX)), None),
            Sort::Avp(def) => match number_range(def.kind) {
                Some(range) => (range, Some(def)),
                None => {
                    self.without_dollar(node, text, plain);
                    return self.avp_text(node, text, def, what);
                }
            },
        };
        let named = def.and_then(|def| def.value_by_name(text));
        let written = if plain { integer(text) } else { None };
        let Some(number) = named.map(i128::from).or(written) else {
            let mut problem = Diagnostic::error(
                "value-type",
                node.place.clone(),
                format!("{what} must be {}, not `{}`", sort.name(), short(text)),
            );
            let names: Vec<&str> = def
                .map_or(&[][..], |d| d.values)
                .iter()
                .map(|v| v.1)
                .collect();
            let time = def.is_some_and(|def| def.kind == AvpType::Time);
            let help = match self.is_reference(text) {
                true => Some(format!("for what is known by that name write `${text}`")),
                false => suggest::did_you_mean(text, &names),
            };
            let otherwise = match time {
                true => {
                    "a time is written in seconds since 1900; mostly `present`, or \
                     `{ greater than: $label.Event-Timestamp }`, is what is meant"
                }
                false => "write a plain decimal integer, without unit, quotes or leading zeros",
            };
            problem.help = help.or_else(|| Some(otherwise.to_owned()));
            self.problems.push(problem);
            return None;
        };
        if number < range.0 || number > range.1 {
            let text = format!("{what} must lie from {} to {}", range.0, range.1);
            self.problems.error("out-of-range", &node.place, text);
            return None;
        }
        Some(Expr::Number(number))
    }

    /// Whether `$` in front would make a reference of the text.
    fn is_reference(&self, text: &str) -> bool {
        let scope = self.steps[self.current].scope;
        let label = |label: &str| !self.labels.find(scope, label).is_empty();
        let session = |session: &str| self.sessions.find(session).is_some();
        is_ledger(text) || reads_as_reference(text, label, session)
    }

    /// Text that would be a reference, were there a `$` in front of it. Without one it is never
    /// what the message holds, and a right server fails.
    fn without_dollar(&mut self, node: &Node, text: &str, plain: bool) {
        // A word such as `used` is text as well.
        if plain && text.contains('.') && self.is_reference(text) {
            let message = format!("`{}` is text here, and no reference", short(text));
            let problem = Diagnostic::warning("no-dollar", node.place.clone(), message);
            let help = format!("write `${text}`, or put the text into quotes");
            self.problems.push(problem.help(help));
        }
    }

    fn avp_text(&mut self, node: &Node, text: &str, def: &AvpDef, what: &str) -> Option<Expr> {
        let fits = match def.kind {
            AvpType::Grouped => false,
            AvpType::Address => text.parse::<IpAddr>().is_ok(),
            AvpType::DiameterIdentity => !text.contains(char::is_whitespace),
            AvpType::DiameterUri => text.starts_with("aaa://") || text.starts_with("aaas://"),
            _ => true,
        };
        if fits {
            self.problems.ambiguous(node);
            return Some(Expr::Text(text.to_owned()));
        }
        let why = format!("{what} is {}: `{}` does not fit", def.kind, short(text));
        let mut problem = Diagnostic::error("value-type", node.place.clone(), why);
        if def.kind == AvpType::Grouped {
            problem.help = Some("name an AVP inside it, or write `present` or `absent`".into());
        }
        self.problems.push(problem);
        None
    }

    fn reference(&mut self, node: &Node, reference: &str, sort: Sort, what: &str) -> Option<Expr> {
        let (head, field) = match reference.split_once('.') {
            Some((head, field)) => (head.trim(), Some(field.trim())),
            None => (reference, None),
        };
        if let Some((session, sum, unit)) = self.quantity(reference) {
            let unit = match unit {
                None => None,
                Some(field) => match UNITS.iter().find(|(name, _)| *name == field) {
                    Some((_, unit)) => Some(*unit),
                    None => {
                        let known: Vec<&str> = UNITS.iter().map(|u| u.0).collect();
                        self.problems
                            .unknown("unknown-reference", "unit", node, field, &known, "");
                        return None;
                    }
                },
            };
            self.wants(node, sort, true, what)?;
            let quantity = Quantity { sum, unit };
            return Some(Expr::Ledger { session, quantity });
        }
        if head == "ixit" {
            let name = field.unwrap_or_default();
            let Some(kind) = ixit_kind(name) else {
                let known: Vec<String> = ixit_names().map(|(known, _)| known).collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                self.problems
                    .unknown("unknown-reference", "IXIT value", node, name, &known, "");
                return None;
            };
            if kind == IxitKind::Time {
                let text = format!("{what} is no time, and `${}` is one", short(reference));
                let problem = Diagnostic::error("value-type", node.place.clone(), text);
                let help = "a time can stand in `wait`, `within` and the `for` of a silence";
                self.problems.push(problem.help(help));
                return None;
            }
            self.wants(node, sort, kind.is_number(), what)?;
            return Some(Expr::Ixit(name.to_owned()));
        }
        if let Some((session, of)) = self.identity(reference) {
            self.wants(node, sort, false, what)?;
            return Some(Expr::Identity { session, of });
        }
        if let Some(field) = field
            && (field.starts_with("client.")
                || field.starts_with("far-end.")
                || is_ledger(field.split('.').next().unwrap_or_default())
                || self.sessions.find(head).is_some() && self.no_label(head))
        {
            match self.sessions.find(head) {
                Some(_) => self.unknown_reference(node, reference, false),
                None => {
                    let names = self.sessions.names();
                    self.problems
                        .unknown("unknown-session", "session", node, head, &names, "");
                }
            }
            return None;
        }
        let braces = reference.starts_with('{');
        let sum = field.is_some_and(|field| field.contains(" + ") || field.contains(" - "));
        match field {
            Some(_) if braces || sum => {
                self.unknown_reference(node, reference, false);
                None
            }
            Some(field) if !matches!(head, "client" | "far-end" | "enabler") => {
                self.capture(node, head, field, sort, what)
            }
            _ => {
                self.unknown_reference(node, reference, field.is_none());
                None
            }
        }
    }

    /// `client.icid` of the step's own session, or `b.client.icid` of another.
    fn identity(&self, reference: &str) -> Option<(usize, Identity)> {
        let named = |text: &str| IDENTITIES.iter().find(|(name, _)| *name == text);
        if let Some((_, identity)) = named(reference) {
            return Some((self.steps[self.current].session, *identity));
        }
        let (session, rest) = reference.split_once('.')?;
        let (_, identity) = named(rest)?;
        Some((self.sessions.find(session)?, *identity))
    }

    /// A sum of the step's own session (`unreported.octets`), or of another (`b.unreported`), with
    /// what stands behind it.
    fn quantity<'r>(&self, reference: &'r str) -> Option<(usize, Sum, Option<&'r str>)> {
        let head = |text: &'r str| match text.split_once('.') {
            Some((head, rest)) => (head.trim(), Some(rest.trim())),
            None => (text, None),
        };
        let sum = |name: &str| LEDGER.iter().find(|(known, _)| *known == name);
        let (first, rest) = head(reference);
        if let Some((_, sum)) = sum(first) {
            return Some((self.steps[self.current].session, *sum, rest));
        }
        let (second, rest) = head(rest?);
        let (_, sum) = sum(second)?;
        Some((self.sessions.find(first)?, *sum, rest))
    }

    fn no_label(&self, name: &str) -> bool {
        let scope = self.steps[self.current].scope;
        self.labels.find(scope, name).is_empty()
    }

    fn capture(
        &mut self,
        node: &Node,
        label: &str,
        field: &str,
        sort: Sort,
        what: &str,
    ) -> Option<Expr> {
        let (global, steps) = self.label(node, label)?;
        let here = self.current;
        let above: Vec<usize> = steps.iter().copied().filter(|i| *i < here).collect();
        if above.is_empty() {
            let first = self.steps[steps[0]].place.clone();
            let own = steps.contains(&here);
            let text = if own {
                format!("step `{label}` refers to its own message")
            } else {
                format!("step `{label}` stands below: its message is not known yet here")
            };
            let problem = Diagnostic::error("capture-later", node.place.clone(), text);
            let problem = if own {
                problem
            } else {
                problem.note("it stands here", Some(first))
            };
            self.problems.push(problem);
            return None;
        }
        let Raw { under, branch, .. } = &self.steps[here];
        let branch = *branch;
        let mut beside = above
            .iter()
            .copied()
            .filter(|i| together(&self.steps[*i].under, under))
            .peekable();
        if beside.peek().is_none() {
            self.never_together(node, label);
            return None;
        }
        let Some(step) = beside.find(|i| !Branch::apart(self.steps[*i].branch, branch)) else {
            self.never_in_one_run(node, label, above[0]);
            return None;
        };
        let kind = self.heads[step].as_ref().map(|head| head.kind)?;
        let (field, number) = match kind {
            StepKind::ReceiveSessionRequest
            | StepKind::SendResponse
            | StepKind::SendPeerRequest
            | StepKind::ReceivePeerRequest
            | StepKind::ReceivePeerAnswer => match field {
                "used units" => (Target::UsedUnits, true),
                "requested units" => (Target::RequestedUnits, true),
                _ => {
                    if HEADERS
                        .iter()
                        .any(|header| header.eq_ignore_ascii_case(field))
                    {
                        let text = format!(
                            "step `{label}` is a message of CH-2, which has AVPs and no header `{field}`"
                        );
                        let problem = Diagnostic::error("unknown-avp", node.place.clone(), text);
                        let help = match field.eq_ignore_ascii_case("Call-ID") {
                            true => "write `$client.call-id`, or name a SIP or MSRP step",
                            false => "name a SIP or MSRP step",
                        };
                        self.problems.push(problem.help(help));
                        return None;
                    }
                    let (path, name, def) = self.avp_path(node, field)?;
                    if def.kind == AvpType::Grouped {
                        let text = format!("{name} is a group and has no value of its own");
                        self.problems.error("value-type", &node.place, text);
                        return None;
                    }
                    (Target::Avp { path, name }, number_range(def.kind).is_some())
                }
            },
            StepKind::Nothing | StepKind::Trigger | StepKind::Wait | StepKind::Fragment => {
                let text = format!("step `{label}` has no message to refer to");
                let place = Some(self.steps[step].place.clone());
                let problem = Diagnostic::error("no-message", node.place.clone(), text);
                self.problems.push(problem.note("the step", place));
                return None;
            }
            _ => match field {
                "body" => (Target::Body, false),
                "reason" => (Target::Reason, false),
                _ => (
                    Target::Header {
                        name: self.header(node, field)?,
                    },
                    false,
                ),
            },
        };
        self.wants(node, sort, number, what)?;
        Some(Expr::Capture {
            label: global,
            field,
        })
    }

    /// The steps that a label means at this place, and the label as the whole scenario knows it.
    pub(super) fn label(&mut self, node: &Node, label: &str) -> Option<(String, Vec<usize>)> {
        let scope = self.steps[self.current].scope;
        let steps = self.labels.find(scope, label);
        if let Some(global) = steps.first().and_then(|i| self.labels.global(*i)) {
            self.used.extend(&steps);
            return Some((global.to_owned(), steps));
        }
        if self.problems.is_full(&node.place) || self.lost {
            return None;
        }
        let visible = self.labels.visible(scope);
        let text = format!("no step is labelled `{}`", short(label));
        let mut problem = Diagnostic::error("unknown-label", node.place.clone(), text);
        let give = format!(
            "give the step that is meant its label: `as: {}`",
            short(label)
        );
        problem.help = Some(match suggest::did_you_mean(label, &visible) {
            None => give,
            Some(known) if known.ends_with('?') => known,
            Some(known) => format!("{give}; {known}"),
        });
        if scope != 0 && !self.labels.find(0, label).is_empty() {
            let text = "a fragment cannot refer to steps of the file that uses it".to_owned();
            problem = problem.note(text, None);
        }
        self.problems.push(problem);
        None
    }

    pub(super) fn never_together(&mut self, node: &Node, label: &str) {
        let text = format!("no reading has both this step and step `{label}`");
        let problem = Diagnostic::error("never-together", node.place.clone(), text);
        self.problems
            .push(problem.help("compare the two steps' `under`"));
    }

    /// An AVP by its path: `Subscription-Id / Subscription-Id-Data`.
    pub(super) fn avp_path(
        &mut self,
        node: &Node,
        path: &str,
    ) -> Option<(Vec<AvpKey>, String, &'static AvpDef)> {
        let dictionary = Dictionary::default();
        let mut keys = Vec::new();
        let mut names = Vec::new();
        let mut last: Option<&'static AvpDef> = None;
        for word in path.split('/').map(str::trim) {
            if let Some(outer) = last.filter(|outer| outer.kind != AvpType::Grouped) {
                let text = format!("{} is {}: no AVP stands inside it", outer.name, outer.kind);
                self.problems.error("not-a-group", &node.place, text);
                return None;
            }
            let Some(def) = dictionary.avp_by_name(word) else {
                let known: Vec<&str> = dictionary.names().collect();
                self.problems
                    .unknown("unknown-avp", "AVP", node, word, &known, "");
                return None;
            };
            keys.push(def.key);
            names.push(def.name);
            last = Some(def);
        }
        last.map(|def| (keys, names.join(" / "), def))
    }

    /// The canonical name of a header.
    pub(super) fn header(&mut self, node: &Node, name: &str) -> Option<String> {
        let token = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
        if name.is_empty() || !name.chars().all(token) {
            let text = format!("`{}` cannot be the name of a header", short(name));
            self.problems.error("bad-name", &node.place, text);
            return None;
        }
        let known = HEADERS.iter().find(|h| h.eq_ignore_ascii_case(name));
        Some(known.map_or_else(|| name.to_owned(), |h| (*h).to_owned()))
    }

    /// Refuses a reference to text where a number is wanted, and the other way round.
    fn wants(&mut self, node: &Node, sort: Sort, number: bool, what: &str) -> Option<()> {
        if sort.is_number() == number {
            return Some(());
        }
        let reference = short(node.scalar().unwrap_or_default());
        let is = if number { "a number" } else { "text" };
        let text = format!("{what} must be {}; `{reference}` is {is}", sort.name());
        self.problems.error("value-type", &node.place, text);
        None
    }

    fn unknown_reference(&mut self, node: &Node, reference: &str, no_field: bool) {
        let scope = self.steps[self.current].scope;
        let text = format!("nothing is known as `${}`", short(reference));
        let mut problem = Diagnostic::error("unknown-reference", node.place.clone(), text);
        let known: Vec<String> = IDENTITIES
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .chain(LEDGER.iter().map(|(name, _)| (*name).to_owned()))
            .chain(ixit_names().map(|(name, _)| format!("ixit.{name}")))
            .collect();
        let near = suggest::nearest(reference, known.iter().map(String::as_str));
        // What another session has: `b.unreported`, `b.client.icid`.
        let there = reference.split_once('.').and_then(|(session, of)| {
            self.sessions.find(session)?;
            let near = suggest::nearest(of, known.iter().map(String::as_str))?;
            (!near.starts_with("ixit.")).then(|| format!("{session}.{near}"))
        });
        let near = there.as_deref().or(near);
        // `client` for `client.identity`.
        let begun = format!("{reference}.");
        let mut longer = known.iter().filter(|name| name.starts_with(&begun));
        let near = near.or(longer.next().map(String::as_str));
        let is_label = no_field && !self.labels.find(scope, reference).is_empty();
        let inner = reference
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        problem.help = Some(match near {
            _ if inner.is_some() => {
                format!("write it without braces: `${}`", inner.unwrap_or_default())
            }
            _ if reference.contains(" + ") || reference.contains(" - ") => {
                "values are not added up; `{ greater than: $label.CC-Request-Number }` and \
                 `{ equals: 7, tolerance: 1 }` compare them"
                    .to_owned()
            }
            _ if is_label => {
                format!("name a field of its message: `${reference}.CC-Request-Number`")
            }
            Some(word) => format!("did you mean `${word}`?"),
            None => "write `$label.Field`, `$client.icid`, `$unreported`, `$ixit.grant`; text \
                     that begins with `$` begins with `$$`"
                .to_owned(),
        });
        self.problems.push(problem);
    }
}

/// Headers whose usual spelling is known.
pub(super) const HEADERS: &[&str] = &[
    "Accept-Contact",
    "Byte-Range",
    "CSeq",
    "Call-ID",
    "Contact",
    "Content-Length",
    "Content-Type",
    "Failure-Report",
    "From",
    "From-Path",
    "Max-Forwards",
    "Message-ID",
    "P-Asserted-Identity",
    "P-Charging-Vector",
    "Reason",
    "Record-Route",
    "Route",
    "Session-Expires",
    "Status",
    "Success-Report",
    "Supported",
    "To",
    "To-Path",
    "Via",
];

/// The numbers an AVP of that type can hold; `None` where it holds none.
pub(super) fn number_range(kind: AvpType) -> Option<(i128, i128)> {
    match kind {
        AvpType::Unsigned32 | AvpType::Time => Some((0, i128::from(u32::MAX))),
        AvpType::Unsigned64 => Some((0, i128::from(u64::MAX))),
        AvpType::Integer32 | AvpType::Enumerated => {
            Some((i128::from(i32::MIN), i128::from(i32::MAX)))
        }
        AvpType::Integer64 => Some((i128::from(i64::MIN), i128::from(i64::MAX))),
        _ => None,
    }
}

/// A plain decimal integer: no `+`, no leading zeros, no fraction.
fn integer(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let padded = digits.len() > 1 && digits.starts_with('0');
    let sound =
        !digits.is_empty() && digits.len() <= 20 && digits.bytes().all(|b| b.is_ascii_digit());
    if sound && !padded {
        text.parse().ok()
    } else {
        None
    }
}
