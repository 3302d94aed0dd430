//! One server configuration: what was run against, then the scenarios.

use std::fmt::Write;

use crate::engine::{Campaign, ReadingChoice, Verdict};
use crate::report::{Style, escape, trace_file, words};

use super::{finding, scenario};

pub(super) fn render(page: &mut String, campaign: &Campaign, style: &Style) {
    head(page, campaign, style);
    for result in &campaign.scenarios {
        scenario::render(page, result, style);
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
