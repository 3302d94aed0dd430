//! One server configuration: what was run against, then the scenarios.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::engine::{Campaign, ReadingChoice, Verdict};
use crate::report::{Style, escape, trace_file, words};

use super::{finding, scenario};

pub(super) fn render(page: &mut String, campaign: &Campaign, style: &Style) {
    head(page, campaign, style);
    for result in &campaign.scenarios {
        if style.is_verbose() || result.verdict != Verdict::NotApplicable {
            scenario::render(page, result, style);
        }
    }
    if !style.is_verbose() {
        inapplicable(page, campaign, style);
    }
    if campaign.scenarios.is_empty() {
        let _ = writeln!(page, "  no scenario was run");
    }
    peer(page, campaign, style);
}

fn head(page: &mut String, campaign: &Campaign, style: &Style) {
    let server = style.bold(&escape::terminal(&campaign.server));
    let _ = writeln!(page, "\n{server}, {}", escape::terminal(&campaign.topology));
    let mut label = "readings";
    for choice in &campaign.readings {
        let _ = writeln!(page, "  {label:<9} {}", reading(choice));
        label = "";
    }
    let binding = escape::terminal(&campaign.binding);
    let dictionary = escape::terminal(&campaign.dictionary);
    let _ = writeln!(
        page,
        "  {:<9} {binding}, dictionary {dictionary}",
        "binding"
    );
    if !campaign.faults.is_empty() {
        let faults = escape::terminal(&campaign.faults.join(", ")).into_owned();
        let _ = writeln!(page, "  {:<9} {}", "faults", style.warning(&faults));
    }
    page.push('\n');
}

fn reading(choice: &ReadingChoice) -> String {
    let claim = if choice.claimed {
        "claimed"
    } else {
        "default, none is claimed"
    };
    format!(
        "{}: {} ({claim})",
        words::group(choice.group),
        words::reading(choice.reading)
    )
}

/// A line for each reason why scenarios do not apply.
fn inapplicable(page: &mut String, campaign: &Campaign, style: &Style) {
    const SHOWN: usize = 3;
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let all = campaign.scenarios.iter();
    for result in all.filter(|result| result.verdict == Verdict::NotApplicable) {
        reasons.entry(&result.reason).or_default().push(&result.id);
    }
    for (reason, ids) in reasons {
        let mark = style.verdict(Verdict::NotApplicable, "- not applicable");
        let named = ids[..ids.len().min(SHOWN)].join(", ");
        let more = match ids.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = style.bold(&escape::terminal(&named));
        let reason = escape::terminal(reason);
        let _ = writeln!(page, "  {mark}  {named}{more}  because {reason}");
    }
}

/// What was found on the CH-2 connection itself. It belongs to no scenario.
fn peer(page: &mut String, campaign: &Campaign, style: &Style) {
    if campaign.peer.is_empty() {
        return;
    }
    let wrong = campaign
        .peer
        .iter()
        .any(|f| !f.warning && f.verdict >= Verdict::Fail);
    let title = "on the CH-2 connection itself, outside any scenario";
    let title = if wrong {
        style.verdict(Verdict::Fail, title)
    } else {
        style.bold(title)
    };
    let _ = writeln!(page, "\n  {title}");
    finding::render_all(page, &campaign.peer, style, trace_file::PEER);
}
