//! What is needed to run against other people's servers stays loadable.

use ch2spec::ch2::{Requirement, Unit};
use ch2spec::scenario::{load_paths, load_sut};

#[test]
fn kamailio_s_description_and_scenarios_have_no_problems() {
    let sut = load_sut("fixtures/interop/kamailio/sut.yaml".as_ref());
    assert!(sut.diagnostics.is_empty(), "{:?}", sut.diagnostics);
    assert_eq!(sut.sut.map(|sut| sut.binding.unit), Some(Unit::Seconds));
    let loaded = load_paths(&["fixtures/interop/kamailio/scenarios".into()]);
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    assert_eq!(loaded.scenarios.len(), 5);
}

#[test]
fn the_table_of_deviations_names_what_there_is() {
    let readme = std::fs::read_to_string("fixtures/interop/kamailio/README.md").unwrap();
    let mut rows = readme
        .lines()
        .skip_while(|line| *line != "| deviation | blamed | where | clause |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .peekable();
    assert!(rows.peek().is_some());
    let paths = [
        "scenarios".into(),
        "fixtures/interop/kamailio/scenarios".into(),
    ];
    let loaded = load_paths(&paths);
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [_, blamed, place, _] = cells[..] else {
            panic!("{row}");
        };
        let quoted = |cell: &str| -> Vec<String> {
            cell.split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect()
        };
        for id in quoted(blamed) {
            assert!(Requirement::find(&id).is_some(), "{id}");
        }
        for id in quoted(place).iter().filter(|id| *id != "CH-2 connection") {
            assert!(loaded.scenarios.iter().any(|s| s.id == *id), "{id}");
        }
    }
}
