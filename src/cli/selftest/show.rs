//! What a selftest found, for the person at the terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use crate::engine::Verdict;
use crate::report::{Style, escape, words};

use super::outcome::{Kill, Outcome, Tried};

/// Scenarios that are named for a fault and a requirement; the rest are counted.
const NAMED: usize = 2;

/// The report, ending in a line break.
pub(super) fn render(outcome: &Outcome, style: &Style) -> String {
    let mut page = String::new();
    let rounds = words::count(outcome.rounds, "round");
    let _ = writeln!(
        page,
        "{}  selftest, {rounds}, seed {}",
        style.bold(&outcome.tool),
        outcome.seed
    );
    clean(&mut page, outcome, style);
    faults(&mut page, outcome, style);
    idle(&mut page, outcome, style);
    summary(&mut page, outcome, style);
    page
}

fn clean(page: &mut String, outcome: &Outcome, style: &Style) {
    let _ = writeln!(page, "\n{}", style.bold("clean server"));
    for entry in outcome.unclean() {
        let mark = style.verdict(Verdict::Fail, "\u{2717}");
        let id = escape::terminal(&entry.scenario);
        let times = format!("passed {} of {}", entry.passed, entry.runs);
        let _ = writeln!(page, "  {mark} {id}, {}: {times}", entry.configuration);
        for reason in &entry.reasons {
            let _ = writeln!(page, "      {}", escape::clipped(reason, 300));
        }
    }
    for id in outcome.unrun() {
        let mark = style.verdict(Verdict::Fail, "\u{2717}");
        let id = escape::terminal(id);
        let _ = writeln!(page, "  {mark} {id}: applies to no configuration");
    }
    let whole = outcome.clean.iter().filter(|c| c.passed == c.runs).count();
    let all = outcome.clean.len();
    let _ = writeln!(
        page,
        "  {whole} of {all} passed, a scenario counted in each configuration where it applies"
    );
}

fn faults(page: &mut String, outcome: &Outcome, style: &Style) {
    let _ = writeln!(
        page,
        "\n{}",
        style.bold("faults, and who catches them for what")
    );
    let widest = outcome.faults.iter().map(|f| f.fault.len()).max();
    let widest = widest.unwrap_or(0);
    for tried in &outcome.faults {
        let mark = match tried.caught == tried.runs {
            true => style.verdict(Verdict::Pass, "\u{2713}"),
            false => style.verdict(Verdict::Fail, "\u{2717}"),
        };
        let name = style.bold(&format!("{:widest$}", tried.fault));
        let _ = writeln!(page, "  {mark} {name}  {}", in_words(tried, style));
    }
    left_out(page, outcome, style);
}

/// Which pairs of a scenario and a fault say nothing, and why.
fn left_out(page: &mut String, outcome: &Outcome, style: &Style) {
    let of = |number: fn(&Tried) -> usize| -> usize { outcome.faults.iter().map(number).sum() };
    let _ = writeln!(
        page,
        "  {} of a scenario and a fault were played",
        words::count(of(|tried| tried.played), "pair")
    );
    let elsewhere = of(|tried| tried.elsewhere);
    if elsewhere > 0 {
        let _ = writeln!(
            page,
            "  {elsewhere} more were not: the scenario was played against the fault in another \
             configuration (--full plays it in each where the fault shows)"
        );
    }
    let again = outcome.faults.iter().filter(|t| t.second_looks > 0);
    let again: Vec<&str> = again.map(|tried| tried.fault).collect();
    if !again.is_empty() {
        let _ = writeln!(
            page,
            "  tried a second time, with less at work, as the first time did not catch them: {}",
            again.join(", ")
        );
    }
    for tried in outcome.faults.iter().filter(|t| !t.not_played.is_empty()) {
        let scenarios: BTreeSet<&str> = tried.not_played.iter().map(String::as_str).collect();
        let _ = writeln!(
            page,
            "  not played against {}, which {}: {}",
            tried.fault,
            match tried.under.is_empty() {
                true => "lost the server before".to_owned(),
                false => format!("shows under {} only", tried.under.join(", ")),
            },
            named(&scenarios, style)
        );
    }
}

fn in_words(tried: &Tried, style: &Style) -> String {
    let expected = tried.expected.join(" or ");
    let seen: BTreeSet<&str> = tried
        .kills
        .iter()
        .filter(|kill| kill.stated)
        .map(|kill| kill.scenario.as_str())
        .collect();
    if tried.caught == 0 && !seen.is_empty() {
        let seen = named(&seen, style);
        return format!("seen once and not when it was looked for again: {expected} {seen}");
    }
    if tried.caught == 0 {
        let others = tried.other_reasons();
        return match others.is_empty() {
            true => format!("nothing catches it; expected {expected}"),
            false => format!(
                "caught only for {}; expected {expected}",
                others.into_iter().collect::<Vec<_>>().join(", ")
            ),
        };
    }
    let mut by: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for kill in tried.kills.iter().filter(|kill| kill.stated) {
        by.entry(kill.requirement)
            .or_default()
            .insert(&kill.scenario);
    }
    let shown: Vec<String> = by
        .into_iter()
        .map(|(requirement, scenarios)| format!("{requirement} {}", named(&scenarios, style)))
        .collect();
    let mut text = shown.join("; ");
    if tried.warns {
        text = format!("warned of, as a SHOULD is: {text}");
    }
    if tried.caught < tried.runs {
        text = format!(
            "caught in {} of {} rounds: {text}",
            tried.caught, tried.runs
        );
    }
    text
}

fn named(scenarios: &BTreeSet<&str>, style: &Style) -> String {
    let all: Vec<&str> = scenarios.iter().copied().collect();
    let shown = if style.is_verbose() { all.len() } else { NAMED };
    let text = all[..all.len().min(shown)].join(", ");
    let text = match all.len().saturating_sub(shown) {
        0 => text,
        more => format!("{text} and {more} more"),
    };
    style.dim(&escape::terminal(&text))
}

fn idle(page: &mut String, outcome: &Outcome, style: &Style) {
    if style.is_verbose() {
        let _ = writeln!(
            page,
            "\n{}",
            style.bold("scenarios, and the faults that prove them")
        );
        for id in &outcome.scenarios {
            let fails = outcome.faults.iter();
            let fails: Vec<&str> = fails
                .filter(|tried| tried.kills.iter().any(|kill| proves(kill, id)))
                .map(|tried| tried.fault)
                .collect();
            let _ = writeln!(page, "  {}  {}", escape::terminal(id), fails.join(", "));
        }
    }
    for id in outcome.idle() {
        let mark = style.verdict(Verdict::Fail, "\u{2717}");
        let id = escape::terminal(id);
        let _ = writeln!(page, "\n  {mark} {id}: it catches no fault for its reason");
    }
}

fn proves(kill: &Kill, id: &str) -> bool {
    kill.scenario == id && kill.stated && kill.own
}

fn summary(page: &mut String, outcome: &Outcome, style: &Style) {
    page.push('\n');
    if outcome.incomplete {
        let mark = style.verdict(Verdict::Error, "incomplete");
        let _ = writeln!(page, "{mark}: interrupted; what is not here was not tried");
    }
    let mark = match outcome.holds() && !outcome.incomplete {
        true => style.verdict(Verdict::Pass, "pass"),
        false => style.verdict(Verdict::Fail, "fail"),
    };
    let caught = outcome.faults.iter().filter(|f| f.caught == f.runs).count();
    let _ = writeln!(
        page,
        "{mark}  {}, {} not passed, {} idle; {}, {caught} caught; {}",
        words::count(outcome.scenarios.len(), "scenario"),
        outcome.unclean().count() + outcome.unrun().len(),
        outcome.idle().len(),
        words::count(outcome.faults.len(), "fault"),
        words::duration(Duration::from_millis(outcome.took))
    );
}
