//! `show` as a picture: what is drawn is what the file says, escaped for where it goes.

#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use ch2spec::report::ladder::{mermaid, svg};
use ch2spec::scenario::{Ladder, Mark, Scenario, load_library, load_text};

fn ch2spec(arguments: &[&str]) -> assert_cmd::assert::Assert {
    Command::new(assert_cmd::cargo::cargo_bin!("ch2spec"))
        .args(arguments)
        .assert()
}

fn printed(arguments: &[&str]) -> String {
    let output = ch2spec(arguments).success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

/// A scenario whose every text tries to leave its place.
fn hostile() -> std::sync::Arc<Scenario> {
    let text = r#"ch2spec: 1
id: X-1
title: "</title><script>alert(1)</script> & \e[2J \u202e ; # %% end"
clause: "a \"quoted\" <clause> 'here'"
requirements: [SIP-INVITE-200]
flow:
  - client sends: SIP INVITE
    as: end
  - client receives: SIP 200
    for: end
    requirement: SIP-INVITE-200
"#;
    let loaded = load_text("x.yaml", text.as_bytes());
    let shown: Vec<String> = loaded.diagnostics.iter().map(|d| d.render(false)).collect();
    assert_eq!(loaded.scenarios.len(), 1, "{}", shown.join("\n"));
    loaded.scenarios[0].clone()
}

/// The least an XML reader asks: every tag closed in its turn, no bare `<`, `&` or quote.
fn is_well_formed(text: &str) {
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        for reference in before.split('&').skip(1) {
            let name = reference.split(';').next().unwrap();
            assert!(
                ["amp", "lt", "gt", "quot", "#39"].contains(&name),
                "&{name}"
            );
        }
        let end = tag.find('>').unwrap();
        let inner = &tag[1..end];
        assert!(
            !inner.contains('<') && inner.matches('"').count() % 2 == 0,
            "{inner}"
        );
        match inner.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name)),
            None if inner.ends_with('/') => {}
            None => open.push(inner.split(' ').next().unwrap().to_owned()),
        }
        rest = &tag[end + 1..];
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
}

#[test]
fn every_shipped_scenario_is_drawn_step_by_step() {
    for scenario in load_library().scenarios {
        let ladder = Ladder::new(&scenario, &[]);
        let events = |ladder: &Ladder, wanted: fn(&Mark) -> bool| {
            ladder.rows.iter().filter(|row| wanted(&row.mark)).count()
        };
        let arrows = events(&ladder, |mark| {
            matches!(mark, Mark::Arrow { absent: false, .. })
        });
        let absent = events(&ladder, |mark| {
            matches!(mark, Mark::Arrow { absent: true, .. })
        });
        let begins = events(&ladder, |mark| matches!(mark, Mark::Rule(_)));
        assert_eq!(
            ladder.rows.len(),
            scenario.steps.len() + begins,
            "{}",
            scenario.id
        );
        let drawn = svg(&ladder);
        is_well_formed(&drawn);
        assert_eq!(
            drawn.matches("class=\"tip ").count(),
            arrows,
            "{}",
            scenario.id
        );
        assert_eq!(
            drawn.matches(" absent\"").count(),
            absent,
            "{}",
            scenario.id
        );
        for place in ["http://www.w3.org/2000/svg\"", "prefers-color-scheme:dark"] {
            assert_eq!(drawn.matches(place).count(), 1);
        }
        assert_eq!(
            drawn.matches("http").count(),
            1,
            "nothing comes from elsewhere"
        );
        let drawn = mermaid(&ladder);
        assert_eq!(drawn.matches("->>p").count(), arrows, "{}", scenario.id);
        assert_eq!(drawn.matches("--xp").count(), absent, "{}", scenario.id);
        let frames = |word: &str| {
            drawn
                .lines()
                .filter(|line| line.trim().starts_with(word))
                .count()
        };
        assert_eq!(frames("opt "), frames("end"), "{drawn}");
    }
}

#[test]
fn the_columns_are_those_of_the_figure() {
    let columns = |id: &str| {
        let all = load_library().scenarios;
        let found = all
            .iter()
            .find(|scenario| scenario.id == id)
            .unwrap()
            .clone();
        Ladder::new(&found, &[]).columns
    };
    let wide = ["IM Client", "IM Server", "Charging Enabler", "Far end"];
    assert_eq!(columns("IMC-MSG-con-001"), wide);
    assert_eq!(Ladder::new(&hostile(), &[]).columns, wide[..3]);
}

#[test]
fn no_text_leaves_its_place() {
    let ladder = Ladder::new(&hostile(), &[]);
    let drawn = svg(&ladder);
    is_well_formed(&drawn);
    assert!(
        !drawn.contains("<script") && !drawn.contains("<b "),
        "{drawn}"
    );
    assert!(
        !drawn.contains('\u{1b}') && !drawn.contains('\u{202e}'),
        "{drawn}"
    );
    assert!(drawn.contains("&lt;script&gt;"), "{drawn}");
    let drawn = mermaid(&ladder);
    for line in drawn.lines() {
        let own = line.replace("<br/>", "").replace("->>", "");
        let codes: Vec<&str> = own.split('#').skip(1).collect();
        for code in &codes {
            let (number, _) = code.split_once(';').unwrap();
            assert!(number.parse::<u32>().is_ok(), "{line}");
        }
        assert_eq!(own.matches(';').count(), codes.len(), "{line}");
        assert!(
            !own.contains(['<', '>', '\u{1b}', '\u{202e}', '%']),
            "{line}"
        );
    }
}

#[test]
fn the_formats_are_printed() {
    let text = printed(&["show", "IMC-MSG-con-001"]);
    assert_eq!(
        text,
        printed(&["show", "IMC-MSG-con-001", "--format", "text"])
    );
    assert!(text.contains("IM Client"));
    assert!(printed(&["show", "IMC-MSG-con-001", "--format", "svg"]).starts_with("<svg "));
    let drawn = printed(&[
        "show",
        "IMC-MSG-con-001",
        "--format",
        "mermaid",
        "--reading",
        "R2",
    ]);
    assert!(
        drawn.starts_with("sequenceDiagram\n") && !drawn.contains("R4"),
        "{drawn}"
    );
    let output = ch2spec(&["show", "IMC-MSG", "--format", "svg"])
        .code(2)
        .get_output()
        .clone();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaint.contains("IMC-MSG-con-001, IMC-MSG-con-002"),
        "{complaint}"
    );
    assert!(output.stdout.is_empty());
}
