//! What the harness knows it sent and granted: the oracle that used units are held against.

use serde::Serialize;

use super::Unit;

/// A sum that the ledger can give, in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Quantity {
    /// Which sum.
    pub sum: Sum,
    /// In which unit; `None`: the unit of the binding.
    pub unit: Option<Unit>,
}

/// Which sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sum {
    /// What the client sent, whatever became of it.
    Sent,
    /// What the server accepted of it.
    Accepted,
    /// What the Charging Enabler granted.
    Granted,
    /// What the server reported as used.
    Used,
    /// Accepted and not yet reported.
    Unreported,
    /// Granted, not used, and returned with the stop.
    Refunded,
}

/// What became of a message the client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// No answer yet, or none is due.
    Open,
    /// The server accepted it.
    Accepted,
    /// The server refused it.
    Refused,
    /// The client aborted it.
    Aborted,
}

/// What was sent, granted and reported in one CH-2 session.
#[derive(Clone, Debug, Default)]
pub struct Ledger {}
