//! The reference of the language as a page of Markdown, made from the tables that the loader uses.

use std::fmt::Write;

use crate::ch2::Reading;

use super::explained::Explanation;
use super::ics::Ics;
use super::ixit::ixit_names;
use super::keys::{
    FRAGMENT, GRANTS, Key, LANGUAGE_VERSION, MATCHER, MATCHER_WORDS, MONEY, PARAMETER, SCENARIO,
    SESSION, Shape,
};
use super::step_keys::{ACTION, ALTERNATIVE, STEP};
use super::sut_keys::{
    BINDING, ENABLER, FAR_END, READINGS, SIP, SUBSCRIBER, SUT, TRIGGER, TRIGGERS, VALUES,
};

/// `docs/reference.md`.
pub fn reference() -> String {
    let mut page = format!(
        "# Reference\n\nEvery key of version {LANGUAGE_VERSION} of the language, made from the \
         tables that the loader itself uses. For a first scenario read the \
         [tutorial](tutorial.md), for common tasks the [cookbook](cookbook.md).\n\n\
         A file is YAML without anchors, tags and further documents. Text is text as written: \
         quotes are needed only where YAML itself needs them, and where other readers would see a \
         number (`\"+358...\"`).\n"
    );
    section(&mut page, "Scenario", "A file with `flow`.");
    keys(&mut page, SCENARIO);
    let _ = write!(page, "\nA session:\n");
    keys(&mut page, SESSION);
    section(
        &mut page,
        "Step",
        "An item of `given`, `flow` and `steps`: the name of a fragment, a fragment with its \
         parameters (`session started: { grant: 10 }`), or exactly one of these, with any of the \
         keys below it.",
    );
    keys(&mut page, ACTION);
    let _ = write!(page, "\nAn alternative of `one of` that is a map:\n");
    keys(&mut page, ALTERNATIVE);
    let _ = write!(page, "\nWhat else a step may say:\n");
    table(&mut page);
    for known in STEP {
        row(&mut page, &known.key, &format!(" For {}.", known.belongs));
    }
    let _ = write!(page, "\nWhat `grants` holds:\n");
    keys(&mut page, GRANTS);
    let _ = write!(page, "\nAn amount of `money`:\n");
    keys(&mut page, MONEY);
    section(
        &mut page,
        "Matcher",
        "What a value must be: the value itself, a reference, a word, or a map.",
    );
    let words: Vec<String> = MATCHER_WORDS
        .iter()
        .map(|word| format!("`{word}`"))
        .collect();
    let _ = writeln!(page, "Words: {}.", words.join(", "));
    keys(&mut page, MATCHER);
    references(&mut page);
    section(&mut page, "Fragment", "A file with `fragment` and `steps`.");
    keys(&mut page, FRAGMENT);
    let _ = write!(page, "\nA parameter:\n");
    keys(&mut page, PARAMETER);
    section(&mut page, "Names", "");
    let _ = writeln!(page, "ICS items (`needs`, `when`, `claims`):\n");
    for ics in Ics::ALL {
        let _ = writeln!(page, "- `{ics}`: {}", ics.meaning());
    }
    let _ = writeln!(
        page,
        "\n`far-end`, `standalone`, `server-ends-session`, `units-...` and `multiple-services` \
         follow from other keys of `sut.yaml` and need not be claimed.\n"
    );
    let _ = writeln!(page, "Readings (`under`, `readings`):\n");
    for reading in Reading::all() {
        let default = if reading.default {
            " (the default)"
        } else {
            ""
        };
        let _ = writeln!(page, "- `{}`: {}{default}", reading.id, reading.title);
    }
    let _ = writeln!(page, "\nRequirements: `ch2spec explain ID`.");
    servers(&mut page);
    section(
        &mut page,
        "Diagnostics",
        "`ch2spec explain CODE` shows a wrong and a right example.",
    );
    for explanation in Explanation::all() {
        let first = explanation.text.split(". ").next().unwrap_or_default();
        let _ = writeln!(
            page,
            "- `{}`: {}.",
            explanation.code,
            first.trim_end_matches('.')
        );
    }
    page
}

/// What stands behind `$`.
fn references(page: &mut String) {
    section(
        page,
        "Reference",
        "A value that begins with `$` is known when the scenario runs.",
    );
    let rows = [
        (
            "$label.AVP-Name",
            "an AVP of the message of an earlier step; a path has slashes",
        ),
        (
            "$label.Header-Name",
            "a header of it; also `$label.body` and `$label.reason`",
        ),
        (
            "$label.used units",
            "its Used-Service-Unit, wherever it stands; also `requested units`",
        ),
        ("$client.identity", "the client's public identity"),
        ("$client.icid", "the icid-value of the client's INVITE"),
        ("$client.call-id", "the Call-ID of the client's dialog"),
        ("$far-end.identity", "the identity that was called"),
        (
            "$b.client.icid",
            "the same of session `b`; those above are of the step's own session, `$first.client.icid` \
             of the first",
        ),
        (
            "$unreported",
            "what was accepted in the step's session and not yet reported, in the binding's unit",
        ),
        (
            "$sent, $accepted, $granted, $used, $refunded",
            "the other sums of the ledger",
        ),
        (
            "$b.unreported",
            "a sum of session `b`, just before the step's message; `$first.sent` of the first",
        ),
        (
            "$unreported.octets",
            "a sum in `messages`, `octets` or `seconds`",
        ),
        ("$name", "inside a fragment: its parameter"),
        ("$$text", "the text `$text`"),
    ];
    for (reference, meaning) in rows {
        let _ = writeln!(page, "- `{reference}`: {meaning}");
    }
    for (name, _) in ixit_names() {
        let key = VALUES
            .iter()
            .chain(BINDING)
            .find(|key| key.name.replace(' ', "-") == name);
        let doc = key.map_or("", |key| key.doc);
        let _ = writeln!(page, "- `$ixit.{name}`: {doc}");
    }
}

fn servers(page: &mut String) {
    section(
        page,
        "sut.yaml",
        "A server under test, as its vendor describes it.",
    );
    keys(page, SUT);
    let parts = [
        ("sip", SIP),
        ("subscribers", SUBSCRIBER),
        ("enabler, second enabler", ENABLER),
        ("far end", FAR_END),
        ("triggers", TRIGGERS),
        ("a trigger that is a map", TRIGGER),
        ("readings", READINGS),
        ("values", VALUES),
        ("binding", BINDING),
    ];
    for (name, table) in parts {
        let _ = write!(page, "\n### {name}\n");
        keys(page, table);
    }
}

fn section(page: &mut String, title: &str, text: &str) {
    let _ = write!(page, "\n## {title}\n\n");
    if !text.is_empty() {
        let _ = write!(page, "{text}\n\n");
    }
}

fn keys(page: &mut String, keys: &[Key]) {
    table(page);
    for key in keys {
        row(page, key, "");
    }
}

fn table(page: &mut String) {
    page.push_str("\n| key | | holds | example | where it is left out |\n|---|---|---|---|---|\n");
}

fn row(page: &mut String, key: &Key, more: &str) {
    let cell = |text: &str| text.replace('|', "\\|");
    let needed = if key.required { "required" } else { "" };
    let default = key
        .default
        .map_or(String::new(), |default| format!("`{}`", cell(default)));
    let _ = writeln!(
        page,
        "| `{}` | {needed} | {}; {}{more} | `{}` | {default} |",
        key.name,
        shape(&key.shape),
        cell(key.doc),
        cell(key.example)
    );
}

fn shape(shape: &Shape) -> String {
    let one_of = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        words.join(", ")
    };
    match shape {
        Shape::Text => "text".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::Duration => "time".to_owned(),
        Shape::Length => "time, `$ixit` time, or a sum of such".to_owned(),
        Shape::Boolean => "`yes` or `no`".to_owned(),
        Shape::Word(words) => one_of(words),
        Shape::Words(words) => format!("one or several of {}", one_of(words)),
        Shape::DurationOrWord(words) => format!("time or {}", one_of(words)),
        Shape::Texts => "text or list".to_owned(),
        Shape::Times => "number, or from and to".to_owned(),
        Shape::Message => "message".to_owned(),
        Shape::Expression => "value or reference".to_owned(),
        Shape::Matcher => "matcher".to_owned(),
        Shape::Matchers => "map of matchers".to_owned(),
        Shape::Steps => "list of steps".to_owned(),
        Shape::Alternatives => "list of lists of steps, or of maps".to_owned(),
        Shape::Parameters => "map of parameters".to_owned(),
        Shape::Sessions => "map of sessions".to_owned(),
        Shape::Map(_) => "map".to_owned(),
        Shape::MapOrWord(_, words) => format!("map or {}", one_of(words)),
        Shape::Maps(_) => "map or list of maps".to_owned(),
    }
}
