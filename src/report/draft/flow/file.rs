//! The lines as a file.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use crate::ch2::TestType;
use crate::scenario::{self, Branch};

use super::super::{Draft, without_idle_labels, yaml};
use super::{Line, NAME, Recording};

/// `limit` of a scenario that says none.
const USUAL_LIMIT: Duration = Duration::from_secs(30);

impl Recording<'_> {
    /// The text in its form.
    pub(super) fn file(&self) -> String {
        let mut drafts: Vec<Draft> = self.lines.iter().map(|l| l.draft.clone()).collect();
        without_idle_labels(&mut drafts);
        let lines: Vec<(&Line, Draft)> = self.lines.iter().zip(drafts).collect();
        let (given, flow): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(line, _)| line.given);
        let mut out = self.head();
        if !given.is_empty() {
            out.push_str("given:\n");
            self.steps(&mut out, 2, &given);
        }
        out.push_str("flow:\n");
        self.steps(&mut out, 2, &flow);
        for remark in &self.remarks {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "  # {}", yaml::comment(remark));
        }
        scenario::format(NAME, out.as_bytes()).unwrap_or(out)
    }

    fn head(&self) -> String {
        let scenario = &self.scenario;
        let mut out = String::new();
        for remark in &self.context.remarks {
            let _ = writeln!(out, "# {}", yaml::comment(remark));
        }
        let mut line = |key: &str, value: &str| {
            let _ = writeln!(out, "{key}: {value}");
        };
        let text = |text: &str| yaml::text(text).into_owned();
        let list = |names: Vec<String>| format!("[{}]", names.join(", "));
        line("ch2spec", "1");
        line("id", &text(&self.context.id));
        line("title", &text(&scenario.title));
        line("clause", &text(&scenario.clause));
        if let Some(figure) = &scenario.figure {
            line("figure", &text(figure));
        }
        if scenario.test_type != TestType::default() {
            line("type", scenario.test_type.name());
        }
        if !scenario.purpose.is_empty() {
            line("purpose", &text(&scenario.purpose));
        }
        let requirements = scenario.requirements.iter().map(|r| r.id.to_owned());
        line("requirements", &list(requirements.collect()));
        if !scenario.needs.is_empty() {
            let needs = scenario.needs.iter().map(|ics| ics.name().to_owned());
            line("needs", &list(needs.collect()));
        }
        let mut readings = self.readings.clone();
        let of_its_own = scenario.readings.iter().copied();
        let group = |reading: &crate::ch2::ReadingId| {
            !self
                .readings
                .iter()
                .any(|own| own.group() == reading.group())
        };
        readings.extend(of_its_own.filter(group));
        if !readings.is_empty() {
            let readings = readings.iter().map(ToString::to_string);
            line("readings", &list(readings.collect()));
        }
        if scenario.limit != USUAL_LIMIT {
            line("limit", &length(scenario.limit));
        }
        if scenario.exclusive {
            line("exclusive", "yes");
        }
        if scenario.sessions.len() > 1 {
            line("sessions", "");
        }
        for session in scenario.sessions.iter().skip(1) {
            let whose = if session.pair == 0 { "same" } else { "other" };
            let name = session.name.as_deref().unwrap_or_default();
            let _ = writeln!(out, "  {}: {{ subscriber: {whose} }}", text(name));
        }
        out
    }

    /// Steps, those of blocks inside of them.
    fn steps(&self, out: &mut String, indent: usize, lines: &[(&Line, Draft)]) {
        let mut rest = lines;
        while let Some((line, draft)) = rest.first() {
            let taken = match (line.branch, line.any_order) {
                (Some(branch), _) => {
                    let same = |other: Option<Branch>| {
                        other.is_some_and(|other| other.choice == branch.choice)
                    };
                    let of = rest
                        .iter()
                        .take_while(|(line, _)| same(line.branch))
                        .count();
                    self.choice(out, indent, branch.choice, &rest[..of]);
                    of
                }
                (None, Some(block)) => {
                    let same = |line: &Line| line.branch.is_none() && line.any_order == Some(block);
                    let of = rest.iter().take_while(|(line, _)| same(line)).count();
                    self.any_order(out, indent, &rest[..of]);
                    of
                }
                (None, None) => {
                    yaml::step(out, indent, draft);
                    1
                }
            };
            rest = &rest[taken..];
        }
    }

    fn any_order(&self, out: &mut String, indent: usize, lines: &[(&Line, Draft)]) {
        let mut inner = indent;
        // What one step is left of needs no block.
        if lines.len() > 1 {
            let _ = writeln!(out, "{:indent$}- any order:", "");
            inner += 4;
        }
        for (_, draft) in lines {
            yaml::step(out, inner, draft);
        }
    }

    fn choice(&self, out: &mut String, indent: usize, choice: usize, lines: &[(&Line, Draft)]) {
        let _ = writeln!(out, "{:indent$}- one of:", "");
        let alternative = |line: &Line| line.branch.map(|branch| branch.alternative);
        let alternatives: BTreeSet<usize> = lines
            .iter()
            .filter_map(|(line, _)| alternative(line))
            .collect();
        for wanted in alternatives {
            let names = self
                .scenario
                .choices
                .get(choice)
                .map(|choice| &choice.names);
            let name = names.and_then(|names| names.get(wanted)?.as_deref());
            let name = name.map_or_else(|| "what came".to_owned(), |n| yaml::text(n).into_owned());
            let _ = writeln!(out, "{:indent$}    - when seen: {name}", "");
            let _ = writeln!(out, "{:indent$}      steps:", "");
            let own: Vec<(&Line, Draft)> = lines
                .iter()
                .filter(|(line, _)| alternative(line) == Some(wanted))
                .map(|(line, draft)| (*line, draft.clone()))
                .collect();
            let mut rest = own.as_slice();
            while let Some((line, draft)) = rest.first() {
                let same =
                    |other: &Line| other.any_order.is_some() && other.any_order == line.any_order;
                let of = rest.iter().take_while(|(line, _)| same(line)).count();
                match of {
                    0 => yaml::step(out, indent + 8, draft),
                    _ => self.any_order(out, indent + 8, &rest[..of]),
                }
                rest = &rest[of.max(1)..];
            }
        }
    }
}

fn length(time: Duration) -> String {
    match time.subsec_millis() {
        0 => format!("{} s", time.as_secs()),
        _ => format!("{} ms", time.as_millis()),
    }
}
