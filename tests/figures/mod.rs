//! The scenarios of the change request's own figures, which tests of the machinery play: what else
//! is shipped may grow without their knowing.

use std::sync::Arc;

use ch2spec::scenario::{Scenario, load_library, select};

/// Their ids, in the order of their files.
pub const FIGURES: [&str; 4] = [
    "IMC-MSG-con-001",
    "IMC-MSG-con-002",
    "IMC-END-con-001",
    "IMC-END-con-002",
];

/// The scenarios.
#[allow(dead_code, reason = "each test binary uses a part of it")]
pub fn figures() -> Vec<Arc<Scenario>> {
    let loaded = load_library();
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let ids = FIGURES.map(str::to_owned);
    select(&loaded.scenarios, &ids).expect("they are shipped")
}
