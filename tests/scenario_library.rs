//! The shipped scenarios: embedded as they lie in the repository, and without a flaw.

#![allow(clippy::unwrap_used)]

mod figures;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ch2spec::scenario::{Action, Loaded, Outgoing, library, load_library, load_paths, select};

fn shown(loaded: &Loaded) -> String {
    loaded
        .diagnostics
        .iter()
        .map(|d| d.render(false) + "\n\n")
        .collect()
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found)
        } else {
            found.push(path)
        }
    }
}

#[test]
fn the_library_is_what_lies_under_scenarios() {
    let mut found = Vec::new();
    files(Path::new("scenarios"), &mut found);
    found.sort();
    let embedded: Vec<PathBuf> = library()
        .iter()
        .map(|file| PathBuf::from(file.path))
        .collect();
    assert_eq!(embedded, found);
    for file in library() {
        assert_eq!(
            std::fs::read_to_string(file.path).unwrap(),
            file.text,
            "{}",
            file.path
        );
    }
}

#[test]
fn every_shipped_file_loads_without_a_diagnostic() {
    let loaded = load_library();
    assert!(loaded.diagnostics.is_empty(), "{}", shown(&loaded));
    let ids: BTreeSet<&str> = loaded.scenarios.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids.len(), loaded.scenarios.len());
    assert!(
        figures::FIGURES.iter().all(|id| ids.contains(id)),
        "{ids:?}"
    );
}

#[test]
fn the_directory_loads_like_the_library() {
    let (directory, library) = (load_paths(&[PathBuf::from("scenarios")]), load_library());
    assert!(directory.diagnostics.is_empty(), "{}", shown(&directory));
    let dump = |l: &Loaded| {
        let mut scenarios = l.scenarios.clone();
        scenarios.sort_by(|a, b| a.id.cmp(&b.id));
        format!(
            "{:?}",
            scenarios.iter().map(|s| &s.steps).collect::<Vec<_>>()
        )
    };
    assert!(dump(&directory) == dump(&library));
}

#[test]
fn selection_keeps_order_and_says_what_was_meant() {
    let all = figures::figures();
    let ids = |patterns: &[&str]| {
        let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
        select(&all, &patterns).map(|s| s.iter().map(|s| s.id.clone()).collect::<Vec<_>>())
    };
    assert_eq!(ids(&[]).unwrap().len(), 4);
    assert_eq!(ids(&["IMC-END", "*-002"]).unwrap().len(), 3);
    let error = ids(&["IMC-MSG-con-01"]).unwrap_err();
    insta::assert_snapshot!(error, @"no scenario matches `IMC-MSG-con-01`; did you mean `IMC-MSG-con-001`?");
    assert_eq!(ids(&["nothing"]).unwrap_err().meant, None);
}

#[test]
fn steps_read_like_the_figure() {
    let all = figures::figures();
    let lines: Vec<String> = all[0]
        .steps
        .iter()
        .map(|s| {
            let label = s.label.as_deref().unwrap_or("-");
            let from = s.used_at.first().map_or(String::new(), |p| {
                format!(" <{}>", &p.source.text[p.bytes.clone()])
            });
            let refers: String = match &s.action {
                Action::Send {
                    message: Outgoing::Response { answers, .. },
                    ..
                } => {
                    format!(" for {answers}")
                }
                _ => String::new(),
            };
            format!(
                "{} [{label}] {:?} after {:?}{refers}{from}",
                s.action, s.under, s.after
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r##"
    client sends: SIP INVITE [invite] [] after [] <session started>
    enabler receives: SessionRequest (start) [start] [] after ["invite"] <session started>
    enabler sends: Response [-] [] after [] for start <session started>
    far end receives: SIP INVITE [far invite] [] after ["invite"] <session started>
    far end sends: SIP 200 [-] [] after [] <session started>
    client receives: SIP 200 [-] [] after [] <session started>
    client sends: MSRP SEND [hello] [] after []
    client receives: MSRP 200 [-] [] after []
    far end receives: MSRP SEND [forwarded] [] after []
    far end sends: MSRP 200 [delivered] [] after []
    enabler receives: SessionRequest (interim) [debit] [R2] after ["hello"]
    enabler receives: SessionRequest (interim) [debit] [R4] after ["delivered"]
    enabler sends: Response [-] [R2, R4] after [] for debit
    client sends: MSRP SEND [message] [] after [] <message exchanged>
    client receives: MSRP 200 [-] [] after [] <message exchanged>
    far end receives: MSRP SEND [forwarded#2] [] after [] <message exchanged>
    far end sends: MSRP 200 [delivered#2] [] after [] <message exchanged>
    enabler receives: SessionRequest (interim) [debit#2] [R2] after ["message"] <message exchanged>
    enabler receives: SessionRequest (interim) [debit#2] [R4] after ["delivered#2"] <message exchanged>
    enabler sends: Response [-] [R2, R4] after [] for debit#2 <message exchanged>
    enabler receives nothing: SessionRequest [-] [] after []
    "##);
}
