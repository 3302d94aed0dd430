//! Diameter base protocol (RFC 6733) and credit control (RFC 8506), sans-io.
//!
//! The room holds what two Diameter nodes say to one another and knows nothing of who runs them:
//!
//! - [`Message`] takes bytes apart without losing any. Decoding cannot fail: what is wrong stands
//!   in [`Message::faults`] with its bytes and its clause, and everything else is still readable.
//! - [`MessageBuilder`] and [`AvpOut`] put messages together: right by default, wrong on request.
//! - [`Framer`] cuts a TCP stream into messages and gives up where the stream cannot be right.
//! - [`dictionary`] names AVPs, commands and values, as data, with a source for each row.
//! - [`grammar`] holds the occurrence rules of commands and groups.
//! - [`peer::Peer`] is the peer state machine with its watchdog, for either end of a connection.
//! - [`credit::ServerSession`] is the credit-control server's side of one session.
//!
//! A rule that a standard states with MUST yields [`Severity::Must`]; one it states with SHOULD, or
//! one whose source is only a transcription of a standard, yields [`Severity::Should`]; what the
//! texts leave open is a [`Severity::Note`]. The P bit of an AVP is never a fault (RFC 4006 and
//! RFC 6733 disagree about it).

mod avp;
mod builder;
pub mod credit;
mod decode;
pub mod dictionary;
mod fault;
mod fields;
mod framer;
pub mod grammar;
pub mod key;
mod message;
pub mod peer;
mod value;

#[cfg(test)]
mod tests;

pub use avp::{Avp, AvpKey, Avps, Walk};
pub use builder::{AvpOut, MessageBuilder};
pub use dictionary::Dictionary;
pub use fault::{Fault, FaultKind, Severity};
pub use framer::{DEFAULT_MAX_MESSAGE, FrameError, Framer};
pub use message::{HeaderFlags, Message};
pub use value::{AvpValue, NtpTime, ValueError};
