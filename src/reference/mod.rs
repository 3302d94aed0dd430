//! The reference IM server and its named faults.
//!
//! [`Server`] is a participating function as a back-to-back user agent with a Charging Enabler
//! User of its own, as one sans-io machine. A harness runs against it where no other server is at
//! hand, and proves itself on it: right, it must pass; with a [`Fault`], it must fail for the
//! stated reason. It shares codecs with the harness and nothing else, so that a misreading on one
//! side shows on the other.
//!
//! From the wire inwards: `server` hands what comes to the part it concerns; `net` is what each
//! part needs to act; `enabler` keeps the CH-2 connections; `control` is the operator's HTTP port.
//! `call` joins two SIP `leg`s, two MSRP endpoints (`media`) and one credit-control session
//! (`charging`, which is RFC 8506 section 7 and knows no wire; `ccr` and `cca` put it on one).
//!
//! A message of the client's is answered with 200 at once where units are left for it, debited
//! under the configured reading, and delivered once it is debited. What the far end sends is
//! relayed and not charged.

mod call;
mod cca;
mod ccr;
mod charged;
mod charging;
mod config;
mod control;
mod enabler;
mod fault;
mod leg;
mod media;
mod net;
mod one_time;
mod server;
mod spoil;

pub use config::{
    Config, DebitFailure, FailureHandling, FarEnd, Interim, MediaLoss, Refund, Stop, Transport,
    Units, UnitsAt,
};
pub use fault::{Fault, FaultGroup, UnknownFault};
pub use server::{Addresses, Server};
