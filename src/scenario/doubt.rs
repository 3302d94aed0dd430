//! What a file may say, but hardly means: warnings.

use super::diagnostic::{Diagnostic, Problems};
use super::expr::{Sort, number_range};
use super::ics::Ics;
use super::lower::Lowering;
use super::model::{Action, Branch, Expr, Incoming, Matcher, Outgoing, Party, Scenario, Step};
use super::node::{Node, Style, Value};
use super::reader::short;
use super::unfold::Raw;
use super::words::together;

impl Problems {
    /// Text without quotes that other readers of YAML take for something else. Here it is text as
    /// written; an editor, a formatter or a script may turn `+358401` into the number 358401.
    pub(super) fn ambiguous(&mut self, node: &Node) {
        let Value::Scalar {
            text,
            style: Style::Plain,
        } = &node.value
        else {
            return;
        };
        let Some(other) = read_elsewhere(text) else {
            return;
        };
        let shown = short(text);
        let message = format!("`{shown}` is text here, but {other} to other readers of YAML");
        let problem = Diagnostic::warning("ambiguous-text", node.place.clone(), message);
        self.push(problem.help(format!("put it into quotes: \"{shown}\"")));
    }

    /// A matcher that nothing fails, or that nothing meets.
    pub(super) fn doubtful_matcher(&mut self, node: &Node, matcher: &Matcher, sort: Sort) {
        let (lowest, highest) = match sort {
            Sort::Avp(def) => number_range(def.kind).unwrap_or((0, 0)),
            Sort::Text | Sort::Number => (0, i128::from(u64::MAX)),
        };
        let everything = match matcher {
            Matcher::Pattern(pattern) => fits_anything(pattern),
            Matcher::IfPresent(inner) => matches!(**inner, Matcher::Any),
            Matcher::Between(Expr::Number(from), Expr::Number(to)) => {
                *from <= lowest && *to >= highest
            }
            _ => false,
        };
        if everything {
            let text = match matcher {
                Matcher::IfPresent(_) => "this is met by every value, and by none at all",
                _ => "every value meets this: it asks for no more than `present`",
            };
            let problem = Diagnostic::warning("matches-everything", node.place.clone(), text);
            let help = "write `present` if the value must only be there, or `any` to have it shown";
            self.push(problem.help(help));
        }
        let nothing = match matcher {
            Matcher::GreaterThan(Expr::Number(bound)) => *bound >= highest,
            Matcher::LessThan(Expr::Number(bound)) => *bound <= lowest,
            _ => false,
        };
        if nothing {
            let text = format!("no value meets this: values go from {lowest} to {highest}");
            let problem = Diagnostic::warning("matches-nothing", node.place.clone(), text);
            self.push(problem.help("every server fails this step"));
        }
        if let Matcher::OneOf(choices) = matcher
            && let Some(at) = (1..choices.len()).find(|at| choices[..*at].contains(&choices[*at]))
            && let Value::List(items) = &node.value
            && let Some(item) = items.get(at)
        {
            let text = format!(
                "`{}` is there twice",
                short(item.scalar().unwrap_or_default())
            );
            self.push(Diagnostic::warning("same-choice", item.place.clone(), text));
        }
    }
}

impl Lowering<'_> {
    /// Labels of the file's own steps that nothing refers to. Those of a fragment are left alone:
    /// the files that use it may refer to them.
    pub(super) fn unused_labels(&mut self) {
        for (i, raw) in self.steps.iter().enumerate() {
            let of_file = self.labels.is_of_file(raw.scope);
            let Some((_, node)) = raw.get("as").filter(|_| of_file) else {
                continue;
            };
            let Some(label) = node.scalar() else { continue };
            let mut twins = self.labels.find(raw.scope, label);
            // The same step in every round of a `repeat`.
            let same = |raw: &Raw| raw.get("as").is_some_and(|(_, at)| at.place == node.place);
            twins.extend((0..self.steps.len()).filter(|other| same(&self.steps[*other])));
            // A label that cannot be one has been told so.
            if self.labels.find(raw.scope, label).is_empty()
                || twins
                    .iter()
                    .chain([&i])
                    .any(|twin| self.used.contains(twin))
            {
                continue;
            }
            let text = format!("nothing refers to step `{}`", short(label));
            let problem = Diagnostic::warning("unused-label", node.place.clone(), text);
            let help = format!(
                "leave `as` out, or refer to it: `for`, `after`, `hold until`, `${label}.Field`"
            );
            self.problems.push(problem.help(help));
        }
    }
}

/// Steps that no server can ever come to: nobody both has a far end and answers by itself. A step of
/// a fragment may be left out in some of the fragment's uses, so only the file's own are looked at.
pub(super) fn unreachable(scenario: &Scenario, problems: &mut Problems) {
    for step in scenario.steps.iter().filter(|step| step.used_at.is_empty()) {
        if exclude_one_another(&scenario.needs, &step.when, &[]) {
            let text = format!("`{}` can never happen: no server is both", step.action);
            let problem = Diagnostic::warning("unreachable", step.place.clone(), text);
            let help = "`far-end` and `standalone` exclude one another, in `when` and `needs` too";
            problems.push(problem.help(help));
            continue;
        }
        if !step.under.is_empty() && !step.under.iter().any(|r| scenario.applies_under(*r)) {
            let text = format!(
                "`{}` can never happen: the scenario has other readings",
                step.action
            );
            let problem = Diagnostic::warning("unreachable", step.place.clone(), text);
            problems.push(problem.help("compare `under` with the scenario's `readings`"));
            continue;
        }
        for label in &step.after {
            let labelled = |other: &&Step| other.label.as_deref() == Some(label);
            let mut others = scenario.steps.iter().filter(labelled).peekable();
            let never = others.peek().is_some()
                && others
                    .clone()
                    .all(|other| exclude_one_another(&scenario.needs, &step.when, &other.when));
            let place = others.next().map(|other| other.place.clone());
            if never {
                let text = format!(
                    "no server comes both to this step and to `{}`",
                    short(label)
                );
                let problem = Diagnostic::warning("unreachable", step.place.clone(), text)
                    .help("compare the two steps' `when`")
                    .note("the other step", place);
                problems.push(problem);
            }
        }
    }
    after_the_limit(scenario, problems);
}

/// Steps of which a message may meet either, where one of them may as well go without.
pub(super) fn hard_to_tell(scenario: &Scenario, problems: &mut Problems) {
    let steps = &scenario.steps;
    for (i, step) in steps.iter().enumerate() {
        let Some((party, message)) = received(step) else {
            continue;
        };
        let choice = |step: &Step| step.branch.map(|branch| branch.choice);
        let together = |other: &&Step| {
            let loose = step.count.is_loose() || other.count.is_loose();
            (loose || choice(step) != choice(other))
                && !Branch::apart(step.branch, other.branch)
                && together(&step.under, &other.under)
                && !exclude_one_another(&scenario.needs, &step.when, &other.when)
                && other.session == step.session
                && other.repeats.is_some() == step.repeats.is_some()
                && received(other).is_some_and(|(of, o)| of == party && o.overlaps(message))
        };
        let mut begun: Vec<Option<Branch>> = Vec::new();
        let mut stretch = steps[i + 1..].iter().filter(|other| {
            if is_initiative(other) {
                begun.push(other.branch);
            }
            // What we begin in one alternative parts nothing in another one.
            !begun
                .iter()
                .any(|at| at.is_none() || [step.branch, other.branch].contains(at))
        });
        let Some(other) = stretch.find(together) else {
            continue;
        };
        let text = "one message may meet this step or another, and one of them need not be met";
        let problem = Diagnostic::warning("ambiguous-step", other.place.clone(), text)
            .help("a message meets the first step that needs it; `times` on one step says how many")
            .note("the other step", Some(step.place.clone()));
        problems.push(problem);
    }
}

fn received(step: &Step) -> Option<(Party, &Incoming)> {
    match &step.action {
        Action::Receive { party, message } => Some((*party, message)),
        _ => None,
    }
}

/// Whether we begin something with the step, for which everything above it is waited for.
pub(super) fn is_initiative(step: &Step) -> bool {
    match &step.action {
        Action::Receive { .. } => false,
        Action::Send { message, .. } => match message {
            Outgoing::SipRequest { .. }
            | Outgoing::MsrpSend { .. }
            | Outgoing::MsrpReport { .. }
            | Outgoing::Bytes { .. }
            | Outgoing::PeerRequest { .. } => true,
            Outgoing::SipResponse { .. }
            | Outgoing::MsrpResponse { .. }
            | Outgoing::Response { .. } => false,
        },
        Action::SendAgain { .. }
        | Action::Do { .. }
        | Action::ReceiveNothing { .. }
        | Action::Trigger(_)
        | Action::Wait(_) => true,
    }
}

/// Steps behind a wait that takes up the whole of the scenario's time.
fn after_the_limit(scenario: &Scenario, problems: &mut Problems) {
    let mut waited = std::time::Duration::ZERO;
    for (i, step) in scenario.steps.iter().enumerate() {
        let Action::Wait(length) = &step.action else {
            continue;
        };
        waited += length.fixed().unwrap_or_default();
        if waited == scenario.limit && i + 1 < scenario.steps.len() {
            let next = &scenario.steps[i + 1];
            let text = format!("`{}` comes when the scenario's time is up", next.action);
            let problem = Diagnostic::warning("unreachable", next.place.clone(), text)
                .help("raise `limit` at the top of the scenario, or wait less")
                .note("the waiting ends here", Some(step.place.clone()));
            problems.push(problem);
            return;
        }
    }
}

fn exclude_one_another(needs: &[Ics], a: &[Ics], b: &[Ics]) -> bool {
    let wanted = |ics: Ics| needs.iter().chain(a).chain(b).any(|other| *other == ics);
    wanted(Ics::FarEnd) && wanted(Ics::Standalone)
}

/// What YAML 1.1 or 1.2 make of a plain scalar, where writing that down again gives another text.
fn read_elsewhere(text: &str) -> Option<&'static str> {
    const WORDS: &[&str] = &["yes", "no", "on", "off", "true", "false", "y", "n"];
    if matches!(text, "~" | "null" | "Null" | "NULL") {
        return Some("nothing at all");
    }
    let folded = text.to_ascii_lowercase();
    let cased =
        text == folded || text == text.to_ascii_uppercase() || text.get(1..) == folded.get(1..);
    if cased && WORDS.contains(&folded.as_str()) {
        return Some("yes or no");
    }
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (&text[..1], rest),
        None => ("", text),
    };
    let decimal = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if decimal(digits) {
        let padded = digits.len() > 1 && digits.starts_with('0');
        let long = digits.len() > 15;
        return (padded || long || sign == "+").then_some("a number");
    }
    let based = |prefix: &str, radix: u32| {
        let rest = digits.strip_prefix(prefix).unwrap_or_default();
        !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix))
    };
    if based("0x", 16) || based("0o", 8) || based("0b", 2) {
        return Some("a number");
    }
    if matches!(folded.trim_start_matches(['+', '-']), ".inf" | ".nan") {
        return Some("a number");
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let grouped = digits.contains('_') && decimal(&digits.replace('_', ""));
    let clock = digits.contains(':')
        && digits.split(':').enumerate().all(|(i, part)| {
            decimal(part) && (i == 0 || part.len() <= 2 && part.parse::<u8>().is_ok_and(|n| n < 60))
        });
    if grouped || clock {
        return Some("a number");
    }
    let number = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    let value = text.parse::<f64>().ok().filter(|_| number)?;
    // 1.5 is 1.5 either way; 1.10 and 1e3 are not.
    (value.to_string() != text).then_some("a number")
}

/// Whether a regular expression is met by texts that have nothing in common.
fn fits_anything(pattern: &str) -> bool {
    let printable: String = (' '..='~').chain("äж漢😀".chars()).collect();
    regex_lite::Regex::new(pattern).is_ok_and(|regex| {
        ["", "\u{1}", "q7 ~", &printable]
            .iter()
            .all(|t| regex.is_match(t))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_readers_take_for_something_else() {
        let ambiguous = [
            "+358401234567",
            "0401234567",
            "00",
            "on",
            "No",
            "YES",
            "~",
            "null",
            "1e3",
            "1.10",
            "0x1F",
            "1_000",
            "12:30",
            "+1",
            ".inf",
            "-.INF",
            "0o17",
            "12345678901234567890",
            "5.",
            "y",
        ];
        for text in ambiguous {
            assert!(read_elsewhere(text).is_some(), "{text}");
        }
        let plain = [
            "17",
            "0",
            "-3",
            "1.5",
            "Hello",
            "6.3.3.3",
            "nO",
            "1.2.3.4:5060",
            "2 s",
            "one",
            "",
            "-",
            ".",
            "0x",
            "12:75",
            "a:b",
            "tel:+358",
            "yes.",
            "Online",
        ];
        for text in plain {
            assert_eq!(read_elsewhere(text), None, "{text}");
        }
    }

    #[test]
    fn patterns_that_ask_for_nothing() {
        for pattern in ["", ".*", "^", "$", "^.*$", "a*", "(x|)", "[\\s\\S]*"] {
            assert!(fits_anything(pattern), "{pattern}");
        }
        for pattern in ["^$", ".", "^sip:", "a+", "^[^@]*$", "("] {
            assert!(!fits_anything(pattern), "{pattern}");
        }
    }
}
