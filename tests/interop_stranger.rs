//! The product against a server that shares no code with it: `fixtures/interop/stranger`.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

use std::path::Path;
use std::process::Command;

/// Sets of habits that each showed a fault of the harness, and two wrong ones. `run.py` alone runs
/// all of them.
const SETS: [&str; 11] = [
    "bare",
    "partial",
    "star-chunks",
    "reconnecting",
    "nameless",
    "refused",
    "subscription-nai",
    "stop-S3-bye-first",
    "stop-after-ok-claiming-S1",
    "stop-twice",
    "charge-refused",
];

#[test]
fn every_habit_of_a_strangers_server_is_judged_as_it_should_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kept = tempfile::tempdir().unwrap();
    let ran = Command::new("python3")
        .arg(root.join("fixtures/interop/stranger/run.py"))
        .args(["--ch2spec", env!("CARGO_BIN_EXE_ch2spec"), "--keep"])
        .arg(kept.path())
        .args(SETS.iter().flat_map(|set| ["--only", set]))
        .output();
    let ran = ran.expect("python3 runs the stranger's server");
    let table = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{table}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    for set in SETS {
        assert!(
            table.lines().any(|row| row.starts_with(set)),
            "{set} did not run: {table}"
        );
    }
}
