//! The page that says what the suite looks at is what the suite looks at.

#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use serde_json::Value;

const PAGE: &str = "docs/coverage.md";

fn coverage(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ch2spec"));
    let output = command.arg("coverage").args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// With CH2SPEC_BLESS set, the page is written and not compared.
#[test]
fn the_checked_in_page_is_what_is_generated() {
    let (code, page, complaint) = coverage(&["--format", "markdown"]);
    assert_eq!((code, complaint.as_str()), (0, ""));
    if std::env::var_os("CH2SPEC_BLESS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let (code, out, complaint) = coverage(&["--check", PAGE]);
    assert_eq!(
        (code, out.as_str()),
        (0, ""),
        "{PAGE} has drifted: run this test with CH2SPEC_BLESS=1\n{complaint}"
    );
}

#[test]
fn a_page_that_has_drifted_is_told_where() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("coverage.md");
    let page = std::fs::read_to_string(PAGE).unwrap();
    let line = page
        .lines()
        .position(|line| line.starts_with("| C3 |"))
        .unwrap();
    std::fs::write(&path, page.replace("| C3 |", "| C33 |")).unwrap();
    let (code, out, complaint) = coverage(&["--check", path.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        complaint.contains(&format!("line {} is not", line + 1)),
        "{complaint}"
    );
    assert!(complaint.contains("| C33 |"), "{complaint}");
}

#[test]
fn scenarios_and_rules_stand_beside_what_they_look_at() {
    let (code, text, _) = coverage(&["--format", "json"]);
    assert_eq!(code, 0);
    let all: Value = serde_json::from_str(&text).unwrap();
    let of = |id: &str| {
        let asked = all["requirements"].as_array().unwrap().iter();
        let mut asked = asked.filter(|asked| asked["requirement"]["id"] == id);
        asked.next().unwrap().clone()
    };
    let ids = |value: &Value| -> Vec<String> {
        let ids = value.as_array().unwrap().iter();
        ids.map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    assert!(ids(&of("END-C-2")["scenarios"]).contains(&"IMC-END-con-001".to_owned()));
    assert!(ids(&of("CC-8.2-NUMBER")["rules"]).contains(&"CC-NUMBER-UNIQUE".to_owned()));
    let offline = &all["purposes"][10]["purposes"][5];
    assert_eq!(offline["id"], "K6");
    assert_eq!(offline["omitted"]["why"], "out-of-scope");
}

/// Nothing is open: a scenario, a rule or a reason stands beside each test purpose and requirement,
/// and a reason beside nothing that is looked at.
#[test]
fn nothing_is_left_without_a_scenario_a_rule_or_a_reason() {
    let (code, text, _) = coverage(&["--format", "json"]);
    assert_eq!(code, 0);
    let all: Value = serde_json::from_str(&text).unwrap();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let mut purposes = 0;
    for purpose in list(&all["purposes"])
        .iter()
        .flat_map(|group| list(&group["purposes"]))
    {
        purposes += 1;
        let realised = !list(&purpose["scenarios"]).is_empty();
        let omitted = !purpose["omitted"].is_null();
        assert!(realised != omitted, "{}", purpose["id"]);
    }
    assert_eq!(purposes, 139);
    for asked in list(&all["requirements"]) {
        let looked_at = !list(&asked["scenarios"]).is_empty() || !list(&asked["rules"]).is_empty();
        let unspecified = asked["requirement"]["status"] == "not-specified";
        let reason = unspecified || !asked["elsewhere"].is_null();
        assert!(looked_at != reason, "{}", asked["requirement"]["id"]);
    }
}
