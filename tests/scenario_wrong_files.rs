//! What a wrong file is told. Each file under `fixtures/scenarios/wrong` and `fixtures/sut/wrong`
//! stands beside the text that its author gets to read.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use ch2spec::scenario::{Diagnostic, load_paths, load_sut, load_text};

fn shown(diagnostics: &[Diagnostic]) -> String {
    diagnostics
        .iter()
        .map(|d| d.render(false) + "\n\n")
        .collect()
}

fn yaml_files(dir: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|p| p.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    files
}

fn compare(file: &Path, diagnostics: &[Diagnostic]) {
    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(file.parent().unwrap());
    insta::with_settings!({
        snapshot_path => dir, prepend_module_to_snapshot => false, omit_expression => true,
    }, {
        insta::assert_snapshot!(name, shown(diagnostics));
    });
}

#[test]
fn wrong_scenarios() {
    let files = yaml_files("fixtures/scenarios/wrong");
    assert!(files.len() >= 60);
    for file in files {
        let loaded = load_paths(std::slice::from_ref(&file));
        assert!(!loaded.diagnostics.is_empty(), "{}", file.display());
        compare(&file, &loaded.diagnostics);
        assert!(
            loaded.scenarios.is_empty() == loaded.has_errors(),
            "{}",
            file.display()
        );
    }
}

#[test]
fn wrong_servers() {
    for file in yaml_files("fixtures/sut/wrong") {
        let loaded = load_sut(&file);
        assert!(loaded.sut.is_none(), "{}", file.display());
        compare(&file, &loaded.diagnostics);
    }
}

fn codes(diagnostics: &[Diagnostic]) -> Vec<&'static str> {
    diagnostics.iter().map(|d| d.code).collect()
}

#[test]
fn fragments_that_go_in_circles_or_multiply() {
    let circle = load_paths(&[PathBuf::from("fixtures/scenarios/circle/use.yaml")]);
    insta::assert_snapshot!(shown(&circle.diagnostics), @r"
    error[circular-fragment]: fragments use one another in a circle: one > two > one
     --> fixtures/scenarios/circle/fragments/two.yaml:4:5
      |
    4 |   - one
      |     ^^^
    ");
    let doubling = load_paths(&[PathBuf::from("fixtures/scenarios/doubling/use.yaml")]);
    assert_eq!(codes(&doubling.diagnostics), ["too-many-steps"]);
    assert!(circle.scenarios.is_empty() && doubling.scenarios.is_empty());
}

#[test]
fn large_fragments_used_often_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let labels = "x, ".repeat(40_000);
    let fragment =
        format!("ch2spec: 1\nfragment: f\nsteps:\n  - wait: 1 s\n    after: [{labels}]\n");
    let uses = "  - f\n".repeat(400);
    let text =
        format!("ch2spec: 1\nid: T-1\ntitle: t\nclause: c\nrequirements: [MSG-1]\nflow:\n{uses}");
    std::fs::write(dir.path().join("f.yaml"), fragment).unwrap();
    std::fs::write(dir.path().join("t.yaml"), text).unwrap();
    let loaded = load_paths(&[dir.path().to_path_buf()]);
    assert!(codes(&loaded.diagnostics).contains(&"too-many-steps"));
    assert!(loaded.scenarios.is_empty());
}

/// A directory of scenarios with these steps, and what else it holds.
fn directory(scenarios: usize, steps: &str, others: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in others {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    for i in 0..scenarios {
        let text = format!(
            "ch2spec: 1\nid: T-{i}\ntitle: t\nclause: c\nrequirements: [MSG-1]\nflow:\n{steps}"
        );
        std::fs::write(dir.path().join(format!("{i:04}.yaml")), text).unwrap();
    }
    dir
}

/// Each scenario keeps to the limits of one, and all together would not end: the load does.
#[test]
fn a_load_ends_where_its_scenarios_come_to_too_much_together() {
    let waits = format!(
        "ch2spec: 1\nfragment: f\nsteps:\n{}",
        "  - wait: 1 ms\n".repeat(48)
    );
    let body = format!(
        "  - repeat: 20\n    steps:\n      - client sends: MSRP SEND\n        body: {}\n",
        "x".repeat(250_000)
    );
    let file = vec![b'x'; 1 << 20];
    let names: Vec<String> = (0..70).map(|i| format!("fixtures/{i}.bin")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &file[..])).collect();
    let attached: String = (0..70)
        .map(|i| format!("  - client sends: MSRP SEND\n    body file: {i}.bin\n"))
        .collect();
    let cases = [
        (
            directory(230, &"  - f\n".repeat(10), &[("f.yaml", waits.as_bytes())]),
            "more than 100000 steps in one load",
            "f",
        ),
        (
            directory(40, &body, &[]),
            "what is used again comes to more than 1000000 values in one load",
            "- client sends: MSRP SEND",
        ),
        (
            directory(3, &attached, &files),
            "more than 64 MiB of bodies in one load",
            "64.bin",
        ),
    ];
    for (dir, message, there) in cases {
        let loaded = load_paths(&[dir.path().to_path_buf()]);
        let errors: Vec<&Diagnostic> = loaded
            .diagnostics
            .iter()
            .filter(|problem| problem.code == "load-too-large")
            .collect();
        assert_eq!(
            errors.len(),
            1,
            "{message}: {:?}",
            codes(&loaded.diagnostics)
        );
        assert_eq!(errors[0].message, message);
        let place = &errors[0].place;
        assert!(place.text().starts_with(there), "{place}: {}", place.text());
        assert!(loaded.has_errors());
    }
}

/// A file that many scenarios read a body from is held once.
#[test]
fn one_body_can_be_used_by_many() {
    let file = vec![b'x'; 1 << 20];
    let steps = "  - client sends: MSRP SEND\n    body file: large.bin\n".repeat(10);
    let dir = directory(10, &steps, &[("fixtures/large.bin", &file)]);
    let loaded = load_paths(&[dir.path().to_path_buf()]);
    assert!(!codes(&loaded.diagnostics).contains(&"load-too-large"));
    assert_eq!(loaded.scenarios.len(), 10);
}

#[test]
fn a_load_ends_with_too_many_files_or_problems() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..10_001 {
        std::fs::write(dir.path().join(format!("{i}.yaml")), "x: y\n").unwrap();
    }
    let many = load_paths(&[dir.path().to_path_buf()]);
    assert_eq!(codes(&many.diagnostics), ["too-many-files"]);
    std::fs::remove_file(dir.path().join("0.yaml")).unwrap();
    // Ten thousand files can be looked at; each has several problems, so that not all are.
    let fewer = load_paths(&[dir.path().to_path_buf()]);
    let found = codes(&fewer.diagnostics);
    let last = found.iter().filter(|code| **code == "too-many-problems");
    assert_eq!(last.count(), 1);
    assert!((20_001..20_101).contains(&found.len()), "{}", found.len());
}

#[test]
fn looking_for_what_was_meant_ends() {
    let avps: String = (0..20_000)
        .map(|i| format!("      Some-Unknown-Avp-{i}: 1\n"))
        .collect();
    let text = format!(
        "ch2spec: 1\nid: T-1\ntitle: t\nclause: c\nrequirements: [MSG-1]\nflow:\n  - enabler receives: SessionRequest\n    avps:\n{avps}"
    );
    let loaded = load_text("avps.yaml", text.as_bytes());
    assert_eq!(loaded.diagnostics.len(), 101);
}

#[test]
fn ids_and_fragments_are_unique_over_files() {
    let dir = tempfile::tempdir().unwrap();
    let text = "ch2spec: 1\nid: T-1\ntitle: t\nclause: c\nrequirements: [MSG-1]\nflow:\n  - client sends: SIP BYE\n";
    let fragment = "ch2spec: 1\nfragment: f\nsteps:\n  - client sends: SIP BYE\n";
    for (name, text) in [("a", text), ("b", text), ("c", fragment), ("d", fragment)] {
        std::fs::write(dir.path().join(format!("{name}.yaml")), text).unwrap();
    }
    let loaded = load_paths(&[dir.path().to_path_buf()]);
    assert_eq!(
        codes(&loaded.diagnostics),
        ["duplicate-id", "duplicate-fragment"]
    );
    let twice = load_paths(&[dir.path().join("a.yaml"), dir.path().join("./a.yaml")]);
    assert!(twice.diagnostics.is_empty() && twice.scenarios.len() == 1);
}

#[test]
fn what_cannot_be_read_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let loaded = load_paths(&[dir.path().join("missing.yaml"), dir.path().to_path_buf()]);
    let mut found = codes(&loaded.diagnostics);
    found.sort_unstable();
    assert_eq!(found, ["no-files", "unreadable"]);
}

/// Pipes, links in circles and to nowhere, directories that look like files: a directory is what
/// somebody else left there.
#[cfg(unix)]
#[test]
fn a_directory_of_traps_is_left_alone() {
    use std::os::unix::fs::symlink;

    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let pipe = std::process::Command::new("mkfifo")
        .arg(at("pipe.yaml"))
        .status();
    assert!(pipe.unwrap().success());
    std::fs::create_dir(at("directory.yaml")).unwrap();
    std::fs::write(at("binary.yaml"), b"a: \xff").unwrap();
    symlink(at("nowhere"), at("nowhere.yaml")).unwrap();
    symlink("/dev/zero", at("zeros.yaml")).unwrap();
    // Three links to the directory itself would be 3^16 ways to go on.
    for name in ["one", "two", "three"] {
        symlink(dir.path(), at(name)).unwrap();
    }
    let loaded = load_paths(&[dir.path().to_path_buf()]);
    let said = loaded.diagnostics.iter().map(|problem| {
        let path = Path::new(&problem.place.source.path);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, problem.code)
    });
    let mut said: Vec<(String, &str)> = said.collect();
    said.sort();
    let said: Vec<(&str, &str)> = said
        .iter()
        .map(|(name, code)| (name.as_str(), *code))
        .collect();
    assert_eq!(
        said,
        [
            ("binary.yaml", "not-utf-8"),
            ("nowhere.yaml", "unreadable"),
            ("pipe.yaml", "unreadable"),
            ("zeros.yaml", "unreadable"),
        ]
    );
}

/// The largest files that are read, through the real program, in 400 MB of address space.
#[cfg(target_os = "linux")]
#[test]
fn the_largest_files_fit_into_little_memory() {
    let dir = tempfile::tempdir().unwrap();
    let commented: String = (0..14_000)
        .map(|i| format!("# c{i}\nk{i}: {{ a: b, c: [d] }} # e\n"))
        .collect();
    for (name, text) in [
        ("ten-megabytes", "a: b\n".repeat(2 << 20)),
        ("brackets", "[".repeat(100_000)),
        ("list", "- a\n".repeat(200_000)),
        ("comments", "# c\n".repeat(200_000) + "a: b\n"),
        ("commented", commented),
    ] {
        let path = dir.path().join(format!("{name}.yaml"));
        std::fs::write(&path, text).unwrap();
        for verb in ["lint", "fmt --check"] {
            let program = env!("CARGO_BIN_EXE_ch2spec");
            let line = format!("ulimit -v 400000; exec {program} {verb} {}", path.display());
            let done = std::process::Command::new("sh")
                .args(["-c", &line])
                .output()
                .unwrap();
            let code = done.status.code();
            let error = String::from_utf8_lossy(&done.stderr);
            assert!(
                matches!(code, Some(0 | 1)),
                "{name}, {verb}: {code:?} {error}"
            );
        }
    }
}

#[test]
fn bombs_end_with_a_located_error() {
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (
            b"a: &a [x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\n".to_vec(),
            "alias",
        ),
        ("[".repeat(100_000).into_bytes(), "too-deep"),
        ("{a: ".repeat(100_000).into_bytes(), "too-deep"),
        (vec![b'x'; 10 << 20], "file-too-large"),
        ("- a\n".repeat(250_000).into_bytes(), "too-many-values"),
        ("a: b\n".repeat(100_000).into_bytes(), "too-many-problems"),
        (
            format!("a: {}", "x".repeat(900_000)).into_bytes(),
            "value-too-long",
        ),
        (b"a: \xff".to_vec(), "not-utf-8"),
        (b"\xff\xfea\x00".to_vec(), "not-utf-8"),
    ];
    for (bytes, code) in cases {
        let loaded = load_text("bomb.yaml", &bytes);
        let found = codes(&loaded.diagnostics);
        assert!(found.contains(&code), "{code}: {found:?}");
        assert!(found.len() <= 101 && loaded.scenarios.is_empty());
        assert!(
            loaded
                .diagnostics
                .iter()
                .all(|d| d.place.line >= 1 && !d.render(true).is_empty())
        );
    }
}

#[test]
fn a_hopeless_file_is_told_a_hundred_things() {
    let keys: String = (0..5000).map(|i| format!("key{i}: x\n")).collect();
    let loaded = load_text("keys.yaml", keys.as_bytes());
    assert_eq!(loaded.diagnostics.len(), 101);
}

/// A thousand files with a hundred problems each: a person is shown some, and told how many more.
#[test]
fn a_hopeless_directory_is_not_shown_line_by_line() {
    let dir = tempfile::tempdir().unwrap();
    let keys: String = (0..120).map(|i| format!("key{i}: x\n")).collect();
    for i in 0..100 {
        std::fs::write(dir.path().join(format!("{i}.yaml")), &keys).unwrap();
    }
    let lint = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("ch2spec").unwrap();
        let output = command
            .arg("lint")
            .args(arguments)
            .arg(dir.path())
            .output()
            .unwrap();
        (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (shown, told) = lint(&[]);
    assert_eq!(shown.matches("error[").count(), 500);
    assert!(
        told.contains("9600 more problems in 96 files not shown"),
        "{told}"
    );
    assert!(told.contains("10100 errors, 0 warnings"), "{told}");
    // A program reads all of it.
    let (lines, _) = lint(&["--format", "json"]);
    assert_eq!(lines.lines().count(), 10_100);
}

#[test]
fn a_title_is_one_line() {
    let text = |title: &str| {
        let text = format!(
            "ch2spec: 1\nid: T-1\ntitle: {title}\nclause: c\nrequirements: [MSG-1]\nflow:\n  - client sends: SIP BYE\n"
        );
        load_text("t.yaml", text.as_bytes())
    };
    let forged = text("\"fine\\n  ✓ pass  T-2  forged\"");
    assert_eq!(codes(&forged.diagnostics), ["wrong-kind"]);
    let folded = text(">\n  fine\n");
    assert!(folded.diagnostics.is_empty());
    assert_eq!(folded.scenarios[0].title, "fine");
}
