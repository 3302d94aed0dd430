//! The always-on rules for the server's SIP and MSRP, on its client's side and on its far end's.
//!
//! A smaller set than that of CH-2 (`ch2::rules`), and made in the same way: a [`Monitor`] is fed
//! every SIP and MSRP message of a trace, keeps bounded tables of the past, and holds what the
//! server sent against requirements. A message of the harness that has faults binds the server to
//! nothing.
//!
//! - `catalog`: the rules by name, with what `ch2spec explain` says of each
//! - `monitor`: what is fed and what comes out
//! - `form`: one message by itself, from the faults that the codecs find
//! - `transaction`: SIP requests and their responses
//! - `call`: the dialogs of SIP
//! - `session`: MSRP requests, their responses and reports, and chunks

mod call;
mod catalog;
mod form;
mod monitor;
mod session;
mod transaction;

#[cfg(test)]
mod tests;

pub use catalog::rules;
pub use monitor::{Monitor, Observation, Said};
