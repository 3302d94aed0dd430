//! The page about the change request's defects, and the defects that no trace can show.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use ch2spec::ch2::rules::Rule;
use ch2spec::ch2::{Defect, ReadingId, Requirement, Source, Status};
use ch2spec::legs;
use ch2spec::scenario::{Ics, Scenario, load_paths};

const PAGE: &str = "docs/change-request.md";
const EMPTY: [&str; 4] = ["MSG-3", "MSG-4", "MSG-5", "MSG-8"];

fn shipped() -> Vec<Arc<Scenario>> {
    load_paths(&[PathBuf::from("scenarios")]).scenarios
}

/// The cells of each row of the page's table.
fn rows() -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let table = page.lines().filter(|line| line.starts_with('|')).skip(2);
    table
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_defect_has_a_row_with_all_its_readings_and_requirements() {
    let rows = rows();
    assert_eq!(rows.len(), Defect::all().len());
    for (row, defect) in rows.iter().zip(Defect::all()) {
        assert_eq!(row.len(), 7, "{row:?}");
        assert_eq!(row[0], defect.number.to_string());
        for cell in row {
            assert!(!cell.is_empty(), "{row:?}");
        }
        let named = quoted(&row[3]);
        for reading in defect.readings {
            assert!(named.contains(&reading.to_string().as_str()), "{reading}");
        }
        let asked = quoted(&row[5]);
        for requirement in defect.requirements {
            assert!(asked.contains(requirement), "{}: {requirement}", row[0]);
        }
    }
}

#[test]
fn everything_that_the_page_names_is_there() {
    let shipped = shipped();
    let rules: BTreeSet<&str> = Rule::all()
        .iter()
        .map(|rule| rule.id)
        .chain(legs::rules().iter().map(|rule| rule.id))
        .collect();
    for row in rows() {
        for name in quoted(&row[3]) {
            let is_reading = name.parse::<ReadingId>().is_ok();
            let is_claim = Ics::ALL.iter().any(|ics| ics.name() == name);
            let values = std::fs::read_to_string("docs/reference.md").unwrap();
            let is_value = values.contains(&format!("| `{name}` |  | time;"));
            assert!(is_reading || is_claim || is_value, "{name}");
        }
        for id in quoted(&row[4]) {
            assert!(shipped.iter().any(|scenario| scenario.id == id), "{id}");
        }
        for id in quoted(&row[5]) {
            assert!(
                Requirement::find(id).is_some() || rules.contains(id),
                "{id}"
            );
        }
        let tests: Vec<&str> = row[6].split(", ").collect();
        for test in tests {
            let (file, name) = test.trim_start_matches('`').split_once("` ").unwrap();
            let source = std::fs::read_to_string(file).unwrap();
            let signature = format!("#[test]\nfn {name}()");
            assert!(source.contains(&signature), "{file} has no {name}");
        }
    }
}

#[test]
fn nothing_rests_on_the_empty_steps() {
    for id in EMPTY {
        assert_eq!(Requirement::find(id).unwrap().status, Status::NotSpecified);
        for scenario in shipped() {
            let named = scenario.requirements.iter().any(|one| one.id == id);
            let looked = scenario
                .steps
                .iter()
                .any(|step| step.requirements.iter().any(|one| one.id == id));
            assert!(!named && !looked, "{} rests on {id}", scenario.id);
        }
        let ruled = Rule::all().iter().any(|rule| rule.requirement == id);
        assert!(!ruled && !legs::rules().iter().any(|rule| rule.requirement == id));
    }
    let unspecified = Requirement::all().filter(|one| one.status == Status::NotSpecified);
    assert_eq!(unspecified.count(), EMPTY.len());
}

#[test]
fn steps_are_cited_by_number_and_case() {
    for one in Requirement::all().filter(|one| one.source == Source::ChangeRequest) {
        match one.id.split_once('-').unwrap() {
            ("MSG", _) => assert!(one.clause.starts_with("6.3.3.3"), "{}", one.id),
            (_, rest) => {
                let case = match rest.starts_with('C') {
                    true => "client terminating",
                    false => "server terminating",
                };
                assert!(one.clause.starts_with("6.3.3.4"), "{}", one.id);
                assert!(one.clause.ends_with(case), "{}", one.id);
            }
        }
    }
}

#[test]
fn only_figure_17_is_cited_by_number() {
    for scenario in shipped() {
        if let Some(figure) = &scenario.figure {
            assert_eq!(figure, "17", "{}", scenario.id);
            assert!(scenario.clause.contains("6.3.3.3"), "{}", scenario.id);
        }
    }
}

#[test]
fn what_is_missing_is_not_laid_to_the_change_request() {
    for id in [
        "CC-5.2-FIRST",
        "CC-7-DENIED",
        "CC-7-REFUSED",
        "CC-5.3-UPDATE",
    ] {
        assert_eq!(
            Requirement::find(id).unwrap().source,
            Source::Rfc8506,
            "{id}"
        );
    }
    for scenario in shipped() {
        let by_itself = ["IMC-STA", "IMC-FAI", "IMC-QUO", "IMC-SRV"];
        if by_itself.iter().any(|group| scenario.id.starts_with(group)) {
            assert!(!scenario.clause.starts_with("change"), "{}", scenario.id);
        }
    }
}
