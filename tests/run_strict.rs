//! `run --strict`: what only warns makes the run fail, and is named as what did.

#![allow(clippy::unwrap_used)]

mod product;

use product::{run, text};

/// Breaks a SHOULD and nothing else.
const WARNED: [&str; 4] = ["IMC-END-con-001", "--topology", "far-end", "--fault"];

fn warned(more: &[&str]) -> product::Run {
    let arguments: Vec<&str> = WARNED.iter().chain(more).copied().collect();
    run(&arguments)
}

#[test]
fn a_warning_fails_the_scenario_and_is_named() {
    let lenient = warned(&["no-timestamp"]);
    assert_eq!(lenient.ran.code, 0, "{}", lenient.ran.out);
    assert_eq!(lenient.verdicts(), ["IMC-END-con-001 pass"]);
    assert_eq!(lenient.report["strict"], false);

    let strict = warned(&["no-timestamp", "--strict"]);
    assert_eq!(strict.ran.code, 1, "{}", strict.ran.out);
    assert_eq!(strict.verdicts(), ["IMC-END-con-001 fail"]);
    assert_eq!(strict.report["strict"], true);
    assert_eq!(strict.report["verdict"], "fail");
    let scenario = &strict.campaigns()[0]["scenarios"][0];
    let reason = text(&scenario["reason"]);
    let named = "warnings count (--strict): CC-5.2-TIMESTAMP: ";
    assert!(reason.starts_with(named), "{reason}");
    let findings = scenario["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["warning"] == true));
    let shown = &strict.ran.out;
    assert!(shown.contains(&format!("because {reason}")), "{shown}");
    assert!(shown.contains("which count (--strict)"), "{shown}");
    let junit = std::fs::read_to_string(strict.path("junit.xml")).unwrap();
    assert!(junit.contains("failures=\"1\""), "{junit}");
    assert!(junit.contains(&format!("message=\"{named}")), "{junit}");
}

#[test]
fn where_nothing_warns_it_changes_nothing() {
    let clean = run(&["IMC-END-con-001", "--strict"]);
    assert_eq!(clean.ran.code, 0, "{}", clean.ran.out);
    assert_eq!(clean.verdicts(), ["IMC-END-con-001 pass"; 2]);
    // What is wrong by itself has its own reason.
    let wrong = warned(&["no-stop", "--strict"]);
    assert_eq!(wrong.ran.code, 1, "{}", wrong.ran.out);
    assert!(
        !wrong.ran.out.contains("warnings count"),
        "{}",
        wrong.ran.out
    );
}
