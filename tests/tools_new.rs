//! From nothing to a scenario that passes, and a description that lints clean.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use assert_cmd::Command;

fn ch2spec(directory: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ch2spec"));
    command
        .current_dir(directory)
        .timeout(std::time::Duration::from_secs(120));
    command
}

#[test]
fn a_new_scenario_lints_clean_and_passes_as_it_stands() {
    let dir = tempfile::tempdir().unwrap();
    let here = dir.path();
    let flows = [
        ("MY-001", None),
        ("MY-002", Some("message-exchange")),
        ("MY-003", Some("IMC-MSG-con-002")),
        ("MY-004", Some("server-terminating")),
        ("MY-005", Some("client-terminating")),
    ];
    for (name, from) in flows {
        let mut command = ch2spec(here);
        command.args(["new", name]);
        if let Some(from) = from {
            command.args(["--from", from]);
        }
        command.assert().success().stdout(format!("{name}.yaml\n"));
        let text = std::fs::read_to_string(here.join(format!("{name}.yaml"))).unwrap();
        assert!(text.contains("\nid: "), "{text}");
        assert!(
            text.lines()
                .filter(|line| line.trim_start().starts_with('#'))
                .count()
                >= 1
        );
    }
    ch2spec(here)
        .args(["lint", "."])
        .assert()
        .success()
        .stdout("");
    ch2spec(here)
        .args(["fmt", "--check", "."])
        .assert()
        .success();
    let listed = ch2spec(here).args(["list", "."]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(
        flows.iter().all(|(name, _)| listed.contains(name)),
        "{listed}"
    );
    let ran = ch2spec(here)
        .args(["run", "./", "--seed", "7"])
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(ran.status.code(), Some(0), "{shown}");
    // The scenario is no empty shell: a server that never stops fails it.
    let ran = ch2spec(here)
        .args(["run", "MY-001.yaml", "--fault", "no-stop"])
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(1));
}

#[test]
fn a_new_description_lints_clean() {
    let dir = tempfile::tempdir().unwrap();
    ch2spec(dir.path())
        .arg("init")
        .assert()
        .success()
        .stdout("sut.yaml\n");
    ch2spec(dir.path())
        .args(["lint", "sut.yaml"])
        .assert()
        .success()
        .stdout("");
    let text = std::fs::read_to_string(dir.path().join("sut.yaml")).unwrap();
    assert!(text.starts_with("# A server under test"), "{text}");
}

#[test]
fn nothing_is_overwritten_without_force() {
    let dir = tempfile::tempdir().unwrap();
    for (verb, file) in [
        (&["new", "MY-001"], "MY-001.yaml"),
        (&["init", "sut.yaml"], "sut.yaml"),
    ] {
        let path = dir.path().join(file);
        std::fs::write(&path, "mine").unwrap();
        let refused = ch2spec(dir.path()).args(verb).output().unwrap();
        assert_eq!(refused.status.code(), Some(2));
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(
            text.contains("is there already") && text.contains("--force"),
            "{text}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        ch2spec(dir.path())
            .args(verb)
            .arg("--force")
            .assert()
            .success();
        assert_ne!(std::fs::read_to_string(&path).unwrap(), "mine");
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let table: &[(&[&str], &str)] = &[
        (&["new", "a b"], "cannot be the id"),
        (
            &["new", "X", "--from", "mesage-exchange"],
            "did you mean \"message-exchange\"",
        ),
        (&["new", "X", "--from", "zzz"], "there are: "),
        (&["new", "no/such/X"], "make the directory first"),
    ];
    for (arguments, remedy) in table {
        let refused = ch2spec(dir.path()).args(*arguments).output().unwrap();
        let text = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(text.contains(remedy), "{arguments:?}: {text}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
