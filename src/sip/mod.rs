//! SIP (RFC 3261) and SDP for message sessions, sans-io.
//!
//! The room takes bytes and times and gives messages, events and times back; it opens no socket
//! and reads no clock. From the wire up:
//!
//! - [`Message`] is one message as it stood on the wire. Decoding never fails: what is wrong is
//!   listed by [`Message::faults`] with its bytes and the clause it breaks, so that a judge can
//!   show a wrong message where another stack would drop it. Header values are parsed when asked
//!   for ([`NameAddr`], [`Via`], [`CSeq`], [`Uri`], [`ChargingVector`]).
//! - [`StreamFramer`] cuts a TCP stream into messages.
//! - [`MessageBuilder`] writes messages, right ones by default and wrong ones on request.
//! - [`transaction`] is section 17 with RFC 6026: retransmission, absorption, matching, timeouts.
//! - [`dialog`] is section 12: tags, CSeq, route set, in-dialog requests.
//! - [`sdp`] is offer and answer for `m=message` (RFC 4975 section 8, RFC 6135).
//! - [`background`] answers the requests a scenario does not care about.
//!
//! Everything from the wire is hostile text; nothing here trusts a length or a character.

pub mod background;
mod builder;
mod charging_vector;
mod check;
pub mod dialog;
mod dissect;
mod fault;
mod framer;
mod header_name;
mod lexis;
mod message;
mod name_addr;
mod params;
pub mod sdp;
mod session_timer;
mod start_line;
pub mod transaction;
mod uri;
mod via;

pub use builder::MessageBuilder;
pub use charging_vector::ChargingVector;
pub use dialog::Dialog;
pub use fault::{Fault, Severity, ValueError};
pub use framer::{FrameError, Framed, StreamFramer, StreamLimits};
pub use header_name::HeaderName;
pub use message::{CSeq, Header, Message};
pub use name_addr::NameAddr;
pub use params::Params;
pub use session_timer::{Refresher, SessionExpires};
pub use uri::{Host, Scheme, Uri, UriError};
pub use via::Via;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod torture;
