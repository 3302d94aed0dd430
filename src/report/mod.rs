//! What a run has to say, to whom it has to say it.
//!
//! One model, [`crate::engine::Run`], is shown in several ways, and none of them judges:
//!
//! - [`human`] is for the person at the terminal: failures quote the scenario line and show what
//!   was expected against what was observed.
//! - [`json`] is `report.json`, the whole model with its version.
//! - [`junit`] is what CI servers read.
//! - [`trace_file`] is `trace.jsonl`, the evidence: every event of every scenario with its bytes.
//!   It can be read back, and judging what was read gives the same verdict.
//! - [`ladder`] draws a scenario before anything runs: SVG for a page, Mermaid for a document.
//! - [`mod@draft`] is the first draft of a scenario, from the trace of a session.
//! - [`event`] and [`mod@fields`] show one event, and one message, as it happens.
//! - [`files`] is the directory of one run, written so that no reader ever sees half a file.
//!
//! Whatever came from the server is hostile text. It stands raw in the model and is escaped for
//! where it goes: by [`escape::terminal`] for people, by the serialisers for JSON and XML.
//!
//! The room opens no socket and reads no clock.

pub mod draft;
pub mod escape;
pub mod event;
#[cfg(test)]
pub(crate) mod example;
pub mod fields;
pub mod files;
pub mod human;
pub mod json;
pub mod junit;
pub mod ladder;
mod style;
pub mod trace_file;
pub mod words;

pub use style::Style;
