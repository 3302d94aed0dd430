//! The reference IM server and its named faults.
mod charging;
mod config;
mod control;
mod fault;

pub use config::{
    Config, FailureHandling, FarEnd, Interim, Stop, Transport, Units, UnitsAt,
};
pub use fault::{Fault, UnknownFault};
