//! `ch2spec selftest` through the real binary: what it says, and what it ends with.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

fn selftest(args: &[&str]) -> (i32, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ch2spec"));
    command.timeout(Duration::from_secs(300));
    let output = command.arg("selftest").args(args).output().unwrap();
    let code = output.status.code().unwrap();
    (code, String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_fault_that_is_caught_for_its_reason_proves_the_scenario() {
    let (code, text) = selftest(&[
        "--scenario",
        "IMC-END-con-001",
        "--fault",
        "no-stop",
        "--full",
        "--repeat",
        "2",
        "--seed",
        "3",
        "--json",
    ]);
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, 0, "{text}");
    assert_eq!(found["rounds"], 2);
    let clean = found["clean"].as_array().unwrap();
    assert!(clean.len() >= 2, "far end and standalone");
    for entry in clean {
        assert_eq!((&entry["passed"], &entry["runs"]), (&2.into(), &2.into()));
    }
    let tried = &found["faults"][0];
    assert_eq!(tried["fault"], "no-stop");
    assert_eq!((&tried["caught"], &tried["runs"]), (&2.into(), &2.into()));
    let kills = tried["kills"].as_array().unwrap();
    let stated = kills.iter().filter(|kill| kill["stated"] == true);
    for kill in stated.clone() {
        assert_eq!(kill["scenario"], "IMC-END-con-001");
        assert_eq!(kill["warning"], false);
    }
    assert!(stated.clone().any(|kill| kill["requirement"] == "END-C-2"));
    assert!(
        stated
            .clone()
            .any(|kill| kill["configuration"] == "standalone")
    );
}

#[test]
fn a_fault_that_no_scenario_sees_is_a_survivor() {
    // A server that sends a stop before its own BYE is right when the client ends the session.
    let (code, text) = selftest(&[
        "--scenario",
        "IMC-END-con-001",
        "--fault",
        "stop-before-bye",
    ]);
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains("nothing catches it; expected END-S-5"),
        "{text}"
    );
    assert!(text.contains("1 fault, 0 caught"), "{text}");
}

#[test]
fn names_that_are_not_there_are_refused() {
    assert_eq!(selftest(&["--fault", "no-stpo"]).0, 2);
    assert_eq!(selftest(&["--scenario", "IMC-XXX-con-001"]).0, 2);
}
