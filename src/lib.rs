//! ch2spec: a conformance test harness for the online charging of OMA instant messaging.
//!
//! The rooms of the crate, and what each may know, are described in `ARCHITECTURE.md`; a test
//! (`tests/architecture.rs`) holds the code to it.

pub mod ch2;
pub mod cli;
pub mod diameter;
pub mod engine;
pub mod io;
pub mod legs;
pub mod msrp;
pub mod reference;
pub mod report;
pub mod roles;
pub mod runtime;
pub mod scenario;
pub mod sip;
