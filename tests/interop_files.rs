//! What is needed to run against other people's servers stays loadable.

use ch2spec::ch2::Unit;
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
