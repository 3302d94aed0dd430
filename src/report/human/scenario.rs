//! One scenario: a line where it passed, and everything that explains it where it did not.

use std::fmt::Write;

use crate::ch2::Reading;
use crate::engine::{
    ConversationLine, DiffTag, Finding, ReadingResult, ScenarioResult, StepOutcome, Verdict,
};
use crate::report::{Style, escape, words};

use super::finding;

/// One scenario as [`super::render`] shows it, by itself.
pub fn scenario_text(scenario: &ScenarioResult, style: &Style) -> String {
    let mut text = String::new();
    render(&mut text, scenario, style);
    text
}

pub(super) fn render(page: &mut String, scenario: &ScenarioResult, style: &Style) {
    headline(page, scenario, style);
    if scenario.verdict != Verdict::NotApplicable {
        judged(page, scenario, style);
    }
    if style.is_verbose() || cut_short(scenario) {
        steps(page, scenario, style);
    }
    let (warnings, wrong): (Vec<&Finding>, Vec<&Finding>) = scenario
        .findings
        .iter()
        .partition(|finding| finding.warning);
    let none_wrong = wrong.is_empty();
    finding::render_all(page, wrong, style, &scenario.id);
    if !none_wrong {
        conversation(page, &scenario.conversation, style);
    }
    matrix(page, scenario, style);
    finding::render_all(page, warnings.iter().copied(), style, &scenario.id);
    if matches!(
        scenario.verdict,
        Verdict::Fail | Verdict::Error | Verdict::Inconclusive
    ) {
        who(page, scenario, style);
    }
    if !matches!(scenario.verdict, Verdict::Pass | Verdict::NotApplicable) || !warnings.is_empty() {
        page.push('\n');
    }
}

fn headline(page: &mut String, scenario: &ScenarioResult, style: &Style) {
    let mark = style.verdict(scenario.verdict, mark(scenario.verdict));
    let id = style.bold(&escape::terminal(&scenario.id));
    let title = escape::terminal(&scenario.title);
    let took = match scenario.verdict {
        Verdict::NotApplicable => String::new(),
        _ => style.dim(&format!(
            "  {}",
            words::between(scenario.began, scenario.ended)
        )),
    };
    let _ = writeln!(page, "  {mark}  {id}  {title}{took}");
    if !scenario.reason.is_empty() {
        let _ = writeln!(page, "      because {}", escape::terminal(&scenario.reason));
    }
}

/// The verdict, with a sign that reads without colour.
fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "\u{2713} pass",
        Verdict::Fail => "\u{2717} fail",
        Verdict::Inconclusive => "? inconclusive",
        Verdict::Error => "! error",
        Verdict::NotApplicable => "- not applicable",
    }
}

/// What the verdict rests on: a pass that looked at nothing must look like one.
fn judged(page: &mut String, scenario: &ScenarioResult, style: &Style) {
    let count = |wanted: StepOutcome| {
        let outcomes = scenario.steps.iter().map(|step| &step.outcome);
        outcomes.filter(|outcome| **outcome == wanted).count()
    };
    // What need not come, such as an alternative that was not taken, is not missed.
    let (met, left_out) = (count(StepOutcome::Met), count(StepOutcome::LeftOut));
    let checks = scenario.checked.values().map(|held| *held as usize).sum();
    let mut line = format!(
        "{met} of {} met{}, {} held, {} watched",
        words::count(scenario.steps.len() - left_out, "step"),
        match left_out {
            0 => String::new(),
            _ => format!(" ({left_out} left out)"),
        },
        words::count(checks, "check"),
        words::count(scenario.rules_watched, "rule"),
    );
    if !scenario.quiet.is_empty() {
        let _ = write!(
            line,
            "; quiet: {}",
            escape::terminal(&scenario.quiet.join(", "))
        );
    }
    let taken: Vec<&str> = scenario
        .alternatives
        .iter()
        .filter_map(|choice| choice.taken.as_deref())
        .collect();
    if !taken.is_empty() {
        let _ = write!(line, "; taken: {}", escape::terminal(&taken.join(", ")));
    }
    if !scenario.background.is_empty() {
        let kinds: Vec<String> = scenario
            .background
            .iter()
            .map(|(kind, number)| format!("{number} {kind}"))
            .collect();
        let _ = write!(
            line,
            "; background: {}",
            escape::terminal(&kinds.join(", "))
        );
    }
    let _ = writeln!(page, "      {}", style.dim(&line));
}

/// True where a step was not got to and no finding says why.
fn cut_short(scenario: &ScenarioResult) -> bool {
    scenario.findings.is_empty()
        && matches!(scenario.verdict, Verdict::Error | Verdict::Inconclusive)
}

fn steps(page: &mut String, scenario: &ScenarioResult, style: &Style) {
    for step in &scenario.steps {
        let outcome = match step.outcome {
            StepOutcome::Met => style.observed("met        "),
            StepOutcome::Wrong => style.expected("wrong      "),
            StepOutcome::Missing => style.expected("missing    "),
            StepOutcome::LeftOut => style.dim("left out   "),
            StepOutcome::NotReached => style.dim("not reached"),
        };
        let event = step
            .event
            .map(|event| format!("  event {event}"))
            .unwrap_or_default();
        let at = style.dim(&format!("{}{event}", escape::terminal(&step.at)));
        let _ = writeln!(
            page,
            "      {outcome}  {}  {at}",
            escape::terminal(&step.text)
        );
    }
}

/// Lines of a conversation that are shown.
const MOST_LINES: usize = 200;

/// Expected against observed, as the two were aligned.
fn conversation(page: &mut String, lines: &[ConversationLine], style: &Style) {
    if lines.is_empty() {
        return;
    }
    let title = if lines.iter().all(|line| line.tag == DiffTag::Same) {
        "CH-2 conversation, as expected"
    } else {
        "CH-2 conversation: - expected, + observed"
    };
    let _ = writeln!(page, "\n      {}", style.bold(title));
    for line in lines.iter().take(MOST_LINES) {
        let event = line
            .event
            .map(|event| format!("  event {event}"))
            .unwrap_or_default();
        let text = format!("{}{}", escape::terminal(&line.text), style.dim(&event));
        finding::diff_line(page, line.tag, &text, style);
    }
    if let Some(more @ 1..) = lines.len().checked_sub(MOST_LINES) {
        let line = format!("{more} more; report.json holds them all");
        let _ = writeln!(page, "        {}", style.dim(&line));
    }
}

/// How the other readings would have it. Shown where they differ, or where the scenario failed.
fn matrix(page: &mut String, scenario: &ScenarioResult, style: &Style) {
    let differ = scenario
        .matrix
        .iter()
        .any(|result| result.verdict != scenario.verdict);
    let wanted = differ || style.is_verbose() || scenario.verdict == Verdict::Fail;
    if scenario.matrix.is_empty() || !wanted {
        return;
    }
    let compact = scenario.verdict == Verdict::Pass && !style.is_verbose();
    if compact {
        let _ = writeln!(page, "      {}", style.dim(&one_line(&scenario.matrix)));
        return;
    }
    let _ = writeln!(
        page,
        "\n      {}",
        style.bold("the same trace under each reading")
    );
    for result in &scenario.matrix {
        let verdict = words::verdict(result.verdict);
        let verdict = style.verdict(result.verdict, &format!("{verdict:<14}"));
        let decides = if result.decides { " (decides)" } else { "" };
        let reason = match result.reason.is_empty() {
            true => String::new(),
            false => format!(": {}", escape::terminal(&result.reason)),
        };
        let (id, title) = (result.reading, Reading::find(result.reading).title);
        let _ = writeln!(page, "        {verdict}  {id}{decides}, {title}{reason}");
    }
}

/// `passes under R2; fails under R1, R3`. The reasons stand in the long form.
fn one_line(matrix: &[ReadingResult]) -> String {
    let parts = [
        ("passes under", Verdict::Pass),
        ("fails under", Verdict::Fail),
        ("inconclusive under", Verdict::Inconclusive),
        ("error under", Verdict::Error),
        ("not applicable under", Verdict::NotApplicable),
    ];
    let parts = parts.iter().filter_map(|(what, verdict)| {
        let of = matrix.iter().filter(|result| result.verdict == *verdict);
        let readings: Vec<String> = of.map(|result| result.reading.to_string()).collect();
        (!readings.is_empty()).then(|| format!("{what} {}", readings.join(", ")))
    });
    parts.collect::<Vec<String>>().join("; ")
}

/// Who played, so that the scenario can be found in the server's own logs.
fn who(page: &mut String, scenario: &ScenarioResult, style: &Style) {
    let title = style.bold("to find it in the server's log");
    if !scenario.identities.is_empty() {
        let _ = writeln!(page, "\n      {title}");
    }
    for (name, value) in &scenario.identities {
        let _ = writeln!(
            page,
            "        {}: {}",
            escape::terminal(name),
            escape::clipped(value, 200)
        );
    }
    if !scenario.ledger.is_empty() {
        let sums: Vec<String> = scenario
            .ledger
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        let _ = writeln!(
            page,
            "        ledger: {}",
            escape::terminal(&sums.join(", "))
        );
    }
}
