//! MSRP (RFC 4975), sans-io: bytes to messages and back, and the rules of a session.
//!
//! - [`Framer`] cuts a TCP stream into messages; [`Message`] is one of them, whatever is wrong with
//!   it: it never fails to decode, it carries its [`Fault`]s, each with the clause it breaks.
//! - [`MessageBuilder`] writes messages, also deliberately wrong ones. [`TransactionIds`] picks
//!   transaction identifiers that do not collide with the body.
//! - [`Outgoing`] sends one message: chunks, Byte-Range, the 30 s timer, responses and reports.
//! - [`Reassembly`] puts the chunks of many messages together, in any order, in bounded memory.
//! - [`Acceptance`] says what an endpoint answers to a request; [`respond`] and [`report`] say
//!   whether the answer is due at all and write it.
//!
//! Nothing here reads a clock or draws entropy from the system: time comes in as
//! [`crate::io::Time`], and [`TransactionIds`] is seeded by its owner.
//!
//! A request that RFC 4975 forbids is as easy to send as one it allows; what to think of what came
//! in is left to the judge, who finds the faults, the raw bytes and their ranges here.

mod builder;
mod decode;
mod dissect;
mod fault;
mod framer;
mod headers;
mod message;
mod outgoing;
mod reassembly;
mod reply;
pub mod status;
mod uri;

pub use builder::{MessageBuilder, TransactionIds};
pub use fault::{Fault, Severity};
pub use framer::{FrameError, FrameLimits, Framer};
pub use headers::{ByteRange, FailureReport, Flag, ReportStatus};
pub use message::{Message, Method};
pub use outgoing::{Outgoing, OutgoingEvent, OutgoingMessage};
pub use reassembly::{Progress, Reassembled, Reassembly, ReassemblyError, ReassemblyLimits};
pub use reply::{Acceptance, is_response_due, report, respond, success_report};
pub use uri::{Uri, UriError};
