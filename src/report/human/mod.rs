//! The report for the person at the terminal, who may see the tool for the first time.
//!
//! From top to bottom: what was run against what, and under which readings; one line per scenario;
//! under a scenario that did not pass, why, each finding as a block that quotes the scenario line
//! (in the manner of a compiler), shows expected against observed, and names the events that prove
//! it; then what no verdict rests on (warnings, what the change request does not specify); and one
//! line that sums up.

mod campaign;
mod finding;
mod page;
mod scenario;
mod summary;

pub use page::render;
pub use scenario::scenario_text;
pub use summary::summary_line;
