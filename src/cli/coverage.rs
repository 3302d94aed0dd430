//! `ch2spec coverage`: what the suite looks at, and what it leaves out and why.

use std::fmt::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use crate::ch2::rules::Rule;
use crate::ch2::{Omitted, PurposeGroup, Requirement, Status, TestPurpose};
use crate::legs;
use crate::report::{Style, escape, words};
use crate::scenario::{Check, Scenario};

use super::{Console, ExitCode, Failure, library};

/// Arguments of `ch2spec coverage`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 done, 1 FILE is not what would be written (--check)")]
pub struct Args {
    /// Files, directories and ids of scenarios; all shipped ones where there are none
    #[arg(value_name = "PATH|ID")]
    scenarios: Vec<String>,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
    /// Compare FILE with what `--format markdown` prints, and print nothing but the difference
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    check: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For the terminal.
    Text,
    /// A page.
    Markdown,
    /// Everything, for programs.
    Json,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let mut scenarios = library::selected(&args.scenarios, console)?;
    scenarios.sort_by(|a, b| a.id.cmp(&b.id));
    let scenarios: Vec<&Scenario> = scenarios.iter().map(|s| &**s).collect();
    let coverage = Coverage::of(&scenarios);
    if let Some(path) = &args.check {
        let there = std::fs::read_to_string(path).map_err(|source| Failure::Read {
            name: path.display().to_string(),
            source,
        })?;
        return Ok(check(&there, &coverage.markdown(), console));
    }
    console.print(&match args.format {
        Format::Text => coverage.text(&console.style()),
        Format::Markdown => coverage.markdown(),
        Format::Json => {
            let text = serde_json::to_string_pretty(&coverage).map_err(std::io::Error::other)?;
            escape::json(&text).into_owned() + "\n"
        }
    })?;
    Ok(ExitCode::Passed)
}

/// Compares a page with what it should be, and names the first line that differs.
fn check(there: &str, wanted: &str, console: &Console) -> ExitCode {
    if there == wanted {
        return ExitCode::Passed;
    }
    let pairs = there.lines().zip(wanted.lines()).enumerate();
    let differs = pairs.clone().find(|(_, (there, wanted))| there != wanted);
    let line = differs.map_or(pairs.count(), |(at, _)| at);
    let shown = |text: &str| match text.lines().nth(line) {
        Some(line) => escape::clipped(line, 200),
        None => "(the page ends)".into(),
    };
    console.complain(&format!("line {} is not what it should be", line + 1));
    console.complain(&format!("  is      {}", shown(there)));
    console.complain(&format!("  should  {}", shown(wanted)));
    console.complain("write the page anew: ch2spec coverage --format markdown");
    ExitCode::Failed
}

/// What looks at what.
#[derive(Debug, Serialize)]
struct Coverage<'a> {
    purposes: Vec<Group<'a>>,
    requirements: Vec<Asked<'a>>,
}

#[derive(Debug, Serialize)]
struct Group<'a> {
    letter: char,
    title: &'static str,
    purposes: Vec<Realised<'a>>,
}

/// A test purpose.
#[derive(Debug, Serialize)]
struct Realised<'a> {
    #[serde(flatten)]
    purpose: &'static TestPurpose,
    /// The scenarios that realise it.
    scenarios: Vec<&'a str>,
}

/// A requirement.
#[derive(Debug, Serialize)]
struct Asked<'a> {
    requirement: &'static Requirement,
    /// The scenarios in which something rests on it.
    scenarios: Vec<&'a str>,
    /// The always-on rules that rest on it.
    rules: Vec<&'static str>,
    /// Why neither has to.
    elsewhere: Option<&'static str>,
}

/// Rules that find breaches of further requirements than the one they are known by: what they look
/// at weighs less in some cases, or stands in two documents.
const ALSO: &[(&str, &[&str])] = &[
    (
        "CC-3.1-APPLICATION",
        &["DIA-APPLICATION-ID", "DIA-AVP-MISSING"],
    ),
    ("CC-8.3-TYPE", &["DIA-AVP-MISSING", "DIA-ENUMERATED"]),
    (
        "RFC6733-4-GRAMMAR",
        &["DIA-AVP-FORBIDDEN", "DIA-AVP-VALUE", "DIA-ENUMERATED"],
    ),
    ("RFC6733-7.1.5-MISSING", &["DIA-FAILED-AVP"]),
    ("RFC6733-10.1-TABLE", &["DIA-AVP-FORBIDDEN"]),
    ("SIP-FORM-SHOULD", &["SIP-HEADER-SYNTAX", "SIP-VALUE"]),
    ("SIP-8.1.1.7-COOKIE", &["SIP-VIA"]),
    ("MSRP-FORM-SHOULD", &["MSRP-GRAMMAR", "MSRP-SEND"]),
];

/// Requirements that no single step or rule can look at.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "MSG-0",
        "says what the steps below are about; they are looked at one by one",
    ),
    (
        "END-C-0",
        "says what the steps below are about; they are looked at one by one",
    ),
    (
        "END-S-0",
        "says what the steps below are about; they are looked at one by one",
    ),
    (
        "WIRE-FORMAT",
        "in every run: bytes that are no message of their protocol are found there",
    ),
    (
        "PROFILE-UNITS",
        "wherever a step says `used units`: units of another kind, or in another place, are none",
    ),
];

impl<'a> Coverage<'a> {
    fn of(scenarios: &[&'a Scenario]) -> Coverage<'a> {
        let realise = |purpose: &'static TestPurpose| Realised {
            purpose,
            scenarios: scenarios
                .iter()
                .filter(|scenario| scenario.test_purposes.contains(&purpose))
                .map(|scenario| scenario.id.as_str())
                .collect(),
        };
        let group = |group: &PurposeGroup| Group {
            letter: group.letter,
            title: group.title,
            purposes: group.purposes.iter().map(realise).collect(),
        };
        let ask = |requirement: &'static Requirement| Asked {
            requirement,
            scenarios: scenarios
                .iter()
                .filter(|scenario| rests_on(scenario, requirement))
                .map(|scenario| scenario.id.as_str())
                .collect(),
            rules: Rule::all()
                .iter()
                .chain(legs::rules())
                .filter(|rule| {
                    let also = ALSO.iter().find(|(id, _)| *id == requirement.id);
                    rule.requirement == requirement.id
                        || also.is_some_and(|(_, rules)| rules.contains(&rule.id))
                })
                .map(|rule| rule.id)
                .collect(),
            elsewhere: ELSEWHERE
                .iter()
                .find(|(id, _)| *id == requirement.id)
                .map(|(_, why)| *why),
        };
        Coverage {
            purposes: TestPurpose::groups().iter().map(group).collect(),
            requirements: Requirement::all().map(ask).collect(),
        }
    }

    fn text(&self, style: &Style) -> String {
        let mut text = String::new();
        for group in &self.purposes {
            let title = format!("{}  {}", group.letter, group.title);
            let _ = writeln!(text, "{}", style.bold(&title));
            for realised in &group.purposes {
                let purpose = realised.purpose;
                let by = match realised.by() {
                    By::Scenarios(ids) => ids.join(", "),
                    By::Nothing(Some(omitted)) => style.dim(omitted.why.name()),
                    By::Nothing(None) => style.warning("open"),
                };
                let _ = writeln!(text, "  {:<4} {}", purpose.id, purpose.text);
                let _ = writeln!(text, "       {by}");
            }
            text.push('\n');
        }
        let _ = writeln!(text, "{}", style.bold("requirements"));
        for asked in &self.requirements {
            let by = match asked.by() {
                By::Scenarios(ids) => ids.join(", "),
                By::Nothing(_) if asked.is_empty() => style.dim("not specified"),
                By::Nothing(_) if asked.elsewhere.is_some() => style.dim("no step or rule alone"),
                By::Nothing(_) => style.warning("nothing looks at it"),
            };
            let _ = writeln!(text, "  {:<26} {by}", asked.requirement.id);
        }
        let _ = writeln!(text, "\n{}", self.summary());
        text
    }

    fn markdown(&self) -> String {
        let mut page = String::from(
            "# Coverage\n\nWhat the shipped scenarios and the always-on rules look at. Written by \
             `ch2spec coverage --format markdown`; a test keeps it true.\n",
        );
        let _ = write!(page, "\n{}\n", self.summary());
        page.push_str("\n## Test purposes\n");
        for group in &self.purposes {
            let _ = write!(page, "\n### {}. {}\n\n", group.letter, group.title);
            page.push_str("| | type | source | purpose | scenarios |\n|---|---|---|---|---|\n");
            for realised in &group.purposes {
                let purpose = realised.purpose;
                let by = match realised.by() {
                    By::Scenarios(ids) => code(&ids),
                    By::Nothing(Some(omitted)) => {
                        format!("{}: {}", omitted.why.name(), cell(omitted.text))
                    }
                    By::Nothing(None) => "open".to_owned(),
                };
                let _ = writeln!(
                    page,
                    "| {} | {} | {} | {} | {by} |",
                    purpose.id,
                    purpose.test_type.name(),
                    cell(purpose.clause),
                    cell(purpose.text)
                );
            }
        }
        page.push_str(
            "\n## Requirements\n\n| requirement | source | weight | looked at by |\n\
             |---|---|---|---|\n",
        );
        for asked in &self.requirements {
            let by = match asked.by() {
                By::Scenarios(ids) => code(&ids),
                By::Nothing(_) if asked.is_empty() => "the text leaves it open".to_owned(),
                By::Nothing(_) => asked.elsewhere.map_or("nothing".to_owned(), cell),
            };
            let requirement = asked.requirement;
            let _ = writeln!(
                page,
                "| `{}` | {} | {} | {by} |",
                requirement.id,
                cell(&words::citation(requirement)),
                words::weight(requirement)
            );
        }
        page
    }

    /// The counts in two lines.
    fn summary(&self) -> String {
        let purposes = || self.purposes.iter().flat_map(|group| &group.purposes);
        let realised = purposes().filter(|p| !p.scenarios.is_empty()).count();
        let open = purposes()
            .filter(|p| matches!(p.by(), By::Nothing(None)))
            .count();
        let all = purposes().count();
        let asked = self.requirements.iter().filter(|r| !r.is_empty());
        let looked_at = asked.clone().filter(|r| r.is_looked_at()).count();
        let elsewhere = asked.clone().filter(|r| r.elsewhere.is_some()).count();
        format!(
            "Of {all} test purposes {realised} are realised, {} are left out for a reason, and \
             {open} are open.\nOf {} requirements that a document states or implies, something \
             looks at {looked_at}, and {elsewhere} are no matter of one step or rule.",
            all - realised - open,
            asked.count()
        )
    }
}

/// What looks at something.
enum By<'a> {
    Scenarios(Vec<&'a str>),
    Nothing(Option<Omitted>),
}

impl Realised<'_> {
    fn by(&self) -> By<'_> {
        if self.scenarios.is_empty() {
            By::Nothing(self.purpose.omitted)
        } else {
            By::Scenarios(self.scenarios.clone())
        }
    }
}

impl Asked<'_> {
    fn by(&self) -> By<'_> {
        if self.is_looked_at() {
            By::Scenarios(self.rules.iter().chain(&self.scenarios).copied().collect())
        } else {
            By::Nothing(None)
        }
    }

    fn is_looked_at(&self) -> bool {
        !self.rules.is_empty() || !self.scenarios.is_empty()
    }

    /// A step that the text leaves empty.
    fn is_empty(&self) -> bool {
        self.requirement.status == Status::NotSpecified
    }
}

/// Whether a scenario, one of its steps or one of their checks names a requirement.
fn rests_on(scenario: &Scenario, requirement: &Requirement) -> bool {
    let named = |known: &&'static Requirement| known.id == requirement.id;
    let checks = |checks: &[Check]| {
        checks
            .iter()
            .any(|check| check.requirement.iter().any(named))
    };
    scenario.requirements.iter().any(named)
        || scenario
            .steps
            .iter()
            .any(|step| step.requirements.iter().any(named) || checks(&step.checks))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn code(ids: &[&str]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    ids.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_requirements_is_said_of_those_there_are() {
        let known = |id: &str| Requirement::find(id).is_some();
        for (id, rules) in ALSO {
            assert!(known(id), "{id}");
            for name in *rules {
                let mut all = Rule::all().iter().chain(legs::rules());
                assert!(all.any(|rule| rule.id == *name), "{name}");
            }
        }
        for (id, _) in ELSEWHERE {
            assert!(known(id), "{id}");
        }
    }
}
