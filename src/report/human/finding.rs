//! One finding, in the manner of a compiler: what, where, expected, observed, evidence.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::engine::{DiffLine, DiffTag, Finding, Quote, Verdict};
use crate::report::{Style, escape, words};

/// Longest expected or observed text that is shown; the whole stands in `report.json`.
const LONGEST: usize = 400;
const INDENT: &str = "      ";

/// Findings of one check that are shown; a server that repeats its mistake a thousand times is told
/// so in a line.
const MOST_OF_A_KIND: usize = 5;

/// Writes the block of each, and counts what is left of a check that found the same many times.
pub(super) fn render_all<'a>(
    page: &mut String,
    findings: impl IntoIterator<Item = &'a Finding>,
    style: &Style,
    trace: &str,
) {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        let so_far = found.entry(&finding.check).or_default();
        *so_far += 1;
        if *so_far <= MOST_OF_A_KIND {
            render(page, finding, style, trace);
        }
    }
    for (check, number) in found {
        if let Some(more @ 1..) = number.checked_sub(MOST_OF_A_KIND) {
            let check = escape::terminal(check);
            let line = format!("{more} more of {check}; report.json holds them all");
            let _ = writeln!(page, "\n{INDENT}{}", style.dim(&line));
        }
    }
}

/// Writes the block. `trace` is the name of the trace that the finding's events stand in.
fn render(page: &mut String, finding: &Finding, style: &Style, trace: &str) {
    let _ = writeln!(
        page,
        "\n{INDENT}{}: {}",
        kind(finding, style),
        style.bold(&escape::clipped(&finding.title, LONGEST))
    );
    let gutter = finding
        .source
        .as_ref()
        .map_or(3, |quote| quote.line.to_string().len());
    if let Some(quote) = &finding.source {
        quotation(page, quote, gutter, style);
    }
    let mut note = |name: &str, text: &str| {
        if !text.is_empty() {
            let bar = style.frame("=");
            let _ = writeln!(page, "{INDENT}{:gutter$} {bar} {name}: {text}", "");
        }
    };
    note("session", &escape::terminal(&finding.session));
    note(
        "expected",
        &style.expected(&escape::clipped(&finding.expected, LONGEST)),
    );
    note(
        "observed",
        &style.observed(&escape::clipped(&finding.observed, LONGEST)),
    );
    note("seen instead", &escape::clipped(&finding.instead, LONGEST));
    note("requirement", &requirement(finding));
    note("in its words", finding.requirement.text);
    note("note", finding.requirement.note);
    let reading = finding.reading.map(words::reading).unwrap_or_default();
    note("under reading", &reading);
    note("check", &escape::terminal(&finding.check));
    note("evidence", &evidence(finding, style, trace));
    if !finding.diff.is_empty() {
        tree(page, &finding.diff, style);
    }
}

/// What differs in a message, with what it stands in and beside; the rest is counted.
fn tree(page: &mut String, lines: &[DiffLine], style: &Style) {
    let title = style.bold("in the message: - expected, + observed");
    let _ = writeln!(page, "{INDENT}{title}");
    let shown = worth_showing(lines);
    let mut left_out = 0;
    let leave_out = |page: &mut String, number: &mut usize| {
        if *number > 0 {
            let text = style.dim(&format!(
                "... {} as expected",
                words::count(*number, "line")
            ));
            let _ = writeln!(page, "{INDENT}    {text}");
            *number = 0;
        }
    };
    for (line, shown) in lines.iter().zip(shown) {
        if !shown && !style.is_verbose() {
            left_out += 1;
            continue;
        }
        leave_out(page, &mut left_out);
        let text = escape::clipped(&line.text, LONGEST);
        let text = format!("{:1$}{text}", "", line.depth * 2);
        diff_line(page, line.tag, &text, style);
    }
    leave_out(page, &mut left_out);
}

/// The lines that differ, the groups they stand in, and their neighbours.
fn worth_showing(lines: &[DiffLine]) -> Vec<bool> {
    let mut shown = vec![false; lines.len()];
    for (at, line) in lines.iter().enumerate() {
        if line.tag == DiffTag::Same {
            continue;
        }
        let last = (at + 1).min(lines.len() - 1);
        shown[at.saturating_sub(1)..=last].fill(true);
        let mut depth = line.depth;
        for above in (0..at).rev() {
            if lines[above].depth < depth {
                depth = lines[above].depth;
                shown[above] = true;
            }
        }
    }
    shown
}

/// One line of a diff: `- ` for what was expected only, `+ ` for what was observed only.
pub(super) fn diff_line(page: &mut String, tag: DiffTag, text: &str, style: &Style) {
    let line = match tag {
        DiffTag::Same => format!("  {text}"),
        DiffTag::Expected => style.expected(&format!("- {text}")),
        DiffTag::Observed => style.observed(&format!("+ {text}")),
    };
    let _ = writeln!(page, "{INDENT}  {line}");
}

fn kind(finding: &Finding, style: &Style) -> String {
    match finding.verdict {
        _ if finding.warning => style.warning("warning"),
        Verdict::NotApplicable | Verdict::Pass => style.bold("note"),
        verdict => style.verdict(verdict, words::verdict(verdict)),
    }
}

/// The scenario line with its place and a caret under its first byte, then where a fragment that
/// holds it was used.
fn quotation(page: &mut String, quote: &Quote, gutter: usize, style: &Style) {
    let (arrow, bar) = (style.frame("-->"), style.frame("|"));
    let path = escape::terminal(&quote.path);
    let _ = writeln!(
        page,
        "{INDENT}{:gutter$}{arrow} {path}:{}:{}",
        "", quote.line, quote.column
    );
    let _ = writeln!(page, "{INDENT}{:gutter$} {bar}", "");
    let line = quote.line;
    let number = style.frame(&format!("{line:>gutter$}"));
    let _ = writeln!(
        page,
        "{INDENT}{number} {bar} {}",
        escape::terminal(&quote.text)
    );
    let (before, under) = caret(quote);
    let under = style.frame(&under);
    let _ = writeln!(page, "{INDENT}{:gutter$} {bar} {before}{under}", "");
    for used in &quote.used_at {
        let used = escape::terminal(used);
        let _ = writeln!(page, "{INDENT}{:gutter$} {bar} used at {used}", "");
    }
}

/// The blanks before the carets, and the carets: from the quoted column to the end of the line.
/// Measured on the text as it is shown, where an escaped character takes several columns.
fn caret(quote: &Quote) -> (String, String) {
    let column = quote.column.saturating_sub(1);
    let cut = quote
        .text
        .char_indices()
        .nth(column)
        .map_or(quote.text.len(), |(at, _)| at);
    let (before, after) = quote.text.split_at(cut);
    let width = |text: &str| escape::terminal(text).chars().count();
    (
        " ".repeat(width(before)),
        "^".repeat(width(after.trim_end()).max(1)),
    )
}

fn requirement(finding: &Finding) -> String {
    let requirement = finding.requirement;
    format!(
        "{} ({}), {}",
        requirement.id,
        words::citation(requirement),
        words::weight(requirement)
    )
}

/// Where the proof lies: `reports/.../trace.jsonl, IMC-END-con-001, events 14 and 17`.
fn evidence(finding: &Finding, style: &Style, trace: &str) -> String {
    if finding.events.is_empty() {
        return String::new();
    }
    let numbers: Vec<String> = finding.events.iter().map(usize::to_string).collect();
    let events = match numbers.as_slice() {
        [one] => format!("event {one}"),
        [first @ .., last] => format!("events {} and {last}", first.join(", ")),
        [] => String::new(),
    };
    let file = style
        .evidence()
        .map(|path| format!("{}, ", escape::terminal(path)));
    let trace = escape::terminal(finding.trace.as_deref().unwrap_or(trace));
    format!("{}{trace}, {events}", file.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(text: &str, column: usize) -> Quote {
        Quote {
            path: "a.yaml".to_owned(),
            line: 7,
            column,
            text: text.to_owned(),
            used_at: Vec::new(),
        }
    }

    #[test]
    fn carets_stand_under_what_is_meant() {
        assert_eq!(
            caret(&quote("    as: x", 5)),
            ("    ".to_owned(), "^^^^^".to_owned())
        );
    }

    #[test]
    fn carets_count_what_is_shown() {
        // The escape takes four columns where its character took one.
        let (before, under) = caret(&quote("\x1b: x", 2));
        assert_eq!((before.len(), under.len()), (4, 3));
    }

    #[test]
    fn a_diff_shows_what_differs_and_what_it_stands_in() {
        let line = |tag, depth| DiffLine {
            tag,
            depth,
            text: String::new(),
        };
        let lines = [
            line(DiffTag::Same, 0),
            line(DiffTag::Same, 0),
            line(DiffTag::Same, 1),
            line(DiffTag::Same, 1),
            line(DiffTag::Expected, 1),
            line(DiffTag::Same, 0),
            line(DiffTag::Same, 0),
        ];
        assert_eq!(
            worth_showing(&lines),
            [false, true, false, true, true, true, false]
        );
    }

    #[test]
    fn a_column_beyond_the_line_still_has_a_caret() {
        assert_eq!(caret(&quote("ab", 40)), ("  ".to_owned(), "^".to_owned()));
    }
}
