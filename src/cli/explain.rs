//! `ch2spec explain`: what an id in a report stands for.

use std::fmt::Write;

use crate::ch2::rules::Rule;
use crate::ch2::{Applies, Defect, Reading, Requirement, TestPurpose};
use crate::diameter::dictionary::{AvpType, RESULT_CODES};
use crate::diameter::{Dictionary, grammar};
use crate::legs;
use crate::report::{escape, words};
use crate::scenario::{Example, Explanation, Ics, library};

use super::{Console, ExitCode, Failure, suggest};

/// Arguments of `ch2spec explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A requirement (MSG-6), a reading (R2), an always-on rule, a test purpose (C3), an ICS item
    /// (session-mode), the code of a diagnostic (unknown-key), an AVP, a Result-Code, or a fragment of
    /// the library (session started); case does not matter. Without it,
    /// everything there is, a line each
    id: Option<String>,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let Some(id) = &args.id else {
        console.print(&everything())?;
        return Ok(ExitCode::Passed);
    };
    let text = requirement(id)
        .or_else(|| reading(id))
        .or_else(|| rule(id))
        .or_else(|| purpose(id))
        .or_else(|| ics(id))
        .or_else(|| diagnostic(id))
        .or_else(|| avp(id))
        .or_else(|| result(id))
        .or_else(|| fragment(id))
        .ok_or_else(|| unknown(id))?;
    console.print(&escape::terminal_lines(&text))?;
    Ok(ExitCode::Passed)
}

/// Requirements, readings, rules, test purposes and ICS items by their ids. Diagnostics name themselves where they occur.
fn everything() -> String {
    let requirements = Requirement::all().map(|r| (r.id.to_owned(), r.text));
    let readings = Reading::all().iter().map(|r| (r.id.to_string(), r.title));
    let rules = Rule::all().iter().map(|r| (r.id.to_owned(), r.title));
    let purposes = TestPurpose::all().map(|p| (p.id.to_owned(), p.text));
    let items = Ics::ALL.iter().map(|i| (i.to_string(), i.meaning()));
    let all = requirements.chain(readings).chain(rules);
    let all: Vec<_> = all.chain(purposes).chain(items).collect();
    let widest = all.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
    let lines = all
        .iter()
        .map(|(id, text)| format!("{id:widest$}  {text}\n"));
    lines.collect()
}

fn requirement(id: &str) -> Option<String> {
    let found = Requirement::all().find(|r| r.id.eq_ignore_ascii_case(id))?;
    let mut text = format!("{}, a requirement\n\n", found.id);
    paragraph(&mut text, "asks for", found.text);
    paragraph(&mut text, "source", &words::citation(found));
    paragraph(&mut text, "weight", words::weight(found));
    paragraph(&mut text, "note", found.note);
    for rule in rules().filter(|rule| rule.requirement == found.id) {
        paragraph(&mut text, "rule", &format!("{}: {}", rule.id, rule.title));
    }
    defects(&mut text, Defect::of(found.id));
    Some(text)
}

fn reading(id: &str) -> Option<String> {
    let found = Reading::all()
        .iter()
        .find(|r| r.id.to_string().eq_ignore_ascii_case(id))?;
    let mut text = format!("{}, a reading of the change request\n\n", found.id);
    paragraph(&mut text, "question", &found.group.to_string());
    paragraph(&mut text, "answer", found.title);
    paragraph(&mut text, "because", found.text);
    let applies = match found.applies {
        Applies::Always => "everywhere",
        Applies::WithFarEnd => "only with a far end behind the server",
        Applies::WhenFarEndEnds => "only where the far end ends the session",
    };
    paragraph(&mut text, "applies", applies);
    let default = if found.default {
        "yes, where the vendor claims no other"
    } else {
        "no"
    };
    paragraph(&mut text, "default", default);
    let others = Reading::of(found.group).filter(|other| other.id != found.id);
    for other in others {
        paragraph(
            &mut text,
            "other",
            &format!("{}: {}", other.id, other.title),
        );
    }
    defects(
        &mut text,
        Defect::all()
            .iter()
            .filter(|defect| defect.readings.contains(&found.id)),
    );
    Some(text)
}

fn rule(id: &str) -> Option<String> {
    let found = rules().find(|rule| rule.id.eq_ignore_ascii_case(id))?;
    let mut text = format!("{}, an always-on rule\n\n", found.id);
    paragraph(&mut text, "holds", found.title);
    paragraph(&mut text, "explained", found.explain);
    if let Some(requirement) = Requirement::find(found.requirement) {
        let source = format!("{} ({})", requirement.id, words::citation(requirement));
        paragraph(&mut text, "source", &source);
        paragraph(&mut text, "weight", words::weight(requirement));
    }
    Some(text)
}

/// The always-on rules of all three protocols.
fn rules() -> impl Iterator<Item = &'static Rule> {
    Rule::all().iter().chain(legs::rules())
}

fn purpose(id: &str) -> Option<String> {
    let found = TestPurpose::all().find(|purpose| purpose.id.eq_ignore_ascii_case(id))?;
    let mut text = format!("{}, a test purpose\n\n", found.id);
    paragraph(&mut text, "shows", found.text);
    paragraph(&mut text, "type", found.test_type.name());
    paragraph(&mut text, "source", found.clause);
    if let Some(omitted) = found.omitted {
        paragraph(&mut text, "left out", omitted.why.name());
        paragraph(&mut text, "because", omitted.text);
    }
    Some(text)
}

fn ics(name: &str) -> Option<String> {
    let found = Ics::find(&name.to_lowercase())?;
    let mut text = format!("{found}, an ICS item\n\n");
    paragraph(&mut text, "claims", found.meaning());
    if let Some(value) = found.value() {
        paragraph(
            &mut text,
            "needs",
            &format!("`{value}` among the values of sut.yaml"),
        );
    }
    Some(text)
}

fn diagnostic(code: &str) -> Option<String> {
    let found = Explanation::find(code)?;
    let mut text = format!("{}, a diagnostic\n\n", found.code);
    paragraph(&mut text, "means", found.text);
    for (name, example) in [("wrong", &found.wrong), ("right", &found.right)] {
        let of = match example {
            Example::Server(_) => ", in sut.yaml",
            Example::Files(_) => ", two files of one directory",
            Example::Steps(_) | Example::File(_) | Example::Words(_) => "",
        };
        let _ = write!(text, "\n{name}{of}:\n\n");
        for line in example.shown().lines() {
            let _ = writeln!(text, "{}", format!("    {line}").trim_end());
        }
    }
    Some(text)
}

/// An AVP: how it is written, where it stands, and who asks something of it.
fn avp(name: &str) -> Option<String> {
    let dictionary = Dictionary::default();
    let found = dictionary
        .rows()
        .find(|row| row.name.eq_ignore_ascii_case(name))?;
    let mut text = format!("{}, an AVP\n\n", found.name);
    let vendor = found.key.vendor;
    let code = match vendor {
        Some(vendor) => format!("{} of vendor {vendor}", found.key.code),
        None => found.key.code.to_string(),
    };
    paragraph(&mut text, "code", &code);
    paragraph(&mut text, "type", &found.kind.to_string());
    let values = found.values.iter();
    let values: Vec<String> = values.map(|(n, name)| format!("{name} ({n})")).collect();
    if found.kind == AvpType::Enumerated {
        paragraph(&mut text, "values", &values.join(", "));
    }
    paragraph(&mut text, "source", found.source);
    if grammar::in_ccr(found.key) {
        paragraph(&mut text, "stands", "in a SessionRequest itself");
    }
    let groups = grammar::groups_with(found.key).filter_map(|group| dictionary.avp(group));
    for group in groups {
        paragraph(&mut text, "stands", &format!("in {}", group.name));
    }
    let names = |text: &str| {
        let part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        text.split(|c| !part(c)).any(|word| word == found.name)
    };
    let asked = Requirement::all().filter(|r| names(r.text) || names(r.note));
    for requirement in asked {
        let line = format!("{}: {}", requirement.id, requirement.text);
        paragraph(&mut text, "asked by", &line);
    }
    for rule in rules().filter(|rule| names(rule.title) || names(rule.explain)) {
        paragraph(&mut text, "rule", &format!("{}: {}", rule.id, rule.title));
    }
    Some(text)
}

fn result(name: &str) -> Option<String> {
    let (code, known) = RESULT_CODES
        .iter()
        .find(|(code, known)| known.eq_ignore_ascii_case(name) || name.parse() == Ok(*code))?;
    let mut text = format!("{known}, a Result-Code\n\n");
    paragraph(&mut text, "code", &code.to_string());
    Some(text)
}

/// The name of a fragment, on the line that says it.
fn fragment_name(line: &str) -> Option<&str> {
    line.strip_prefix("fragment: ").map(str::trim)
}

/// A fragment that is shipped, as it is written: its parameters, and the labels that it brings.
fn fragment(name: &str) -> Option<String> {
    let named = |text: &str| {
        let own = text.lines().find_map(fragment_name);
        own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    let found = library().iter().find(|file| named(file.text))?;
    let mut text = format!("{}, a fragment of the library\n\n", name.to_lowercase());
    paragraph(&mut text, "file", found.path);
    text.push('\n');
    for line in found.text.lines() {
        let _ = writeln!(text, "{}", format!("    {line}").trim_end());
    }
    Some(text)
}

fn defects<'a>(text: &mut String, defects: impl Iterator<Item = &'a Defect>) {
    for defect in defects {
        let what = format!("{}, {}: {}", defect.number, defect.clause, defect.text);
        paragraph(text, "defect", &what);
        paragraph(text, "treated", defect.treatment);
    }
}

/// A name and its text, wrapped. Nothing where there is no text.
fn paragraph(to: &mut String, name: &str, text: &str) {
    const WIDTH: usize = 84;
    if text.is_empty() {
        return;
    }
    let mut line = String::new();
    let mut label = name;
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(to, "  {label:<10}{line}");
            label = "";
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(to, "  {label:<10}{line}");
}

fn unknown(id: &str) -> Failure {
    let readings = Reading::all().iter().map(|reading| reading.id.to_string());
    let fragments = library().iter();
    let names = Requirement::all()
        .map(|requirement| requirement.id)
        .chain(rules().map(|rule| rule.id))
        .chain(Explanation::all().into_iter().map(|e| e.code))
        .chain(Dictionary::default().names())
        .chain(fragments.filter_map(|file| file.text.lines().find_map(fragment_name)));
    let known: Vec<String> = names.map(str::to_owned).chain(readings).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let help = suggest::remedy(id, &known, "reports name the ids they rest on");
    Failure::usage(format!("nothing is called \"{id}\""), help)
}
