//! `trace.jsonl`: the evidence, one JSON object a line.
//!
//! The first line is the [`Header`]: the format's name and version, and for each campaign the
//! dictionary that its Diameter messages were taken apart with. Every further line is one event of
//! one scenario. Messages carry their bytes in hexadecimal, which is what `ch2spec decode --hex`
//! takes, and a summary for the eye that no reader goes by.
//!
//! What [`write()`] wrote, [`read`] gives back: the same events with the same bytes, so that judging
//! them again gives the same verdict.

mod format;
mod hex;
mod line;
mod read;
mod summary;
mod write;

pub use format::{FORMAT, Header, HeaderCampaign, PEER, Recorded, TRACE_VERSION, is_peer, peer_of};
pub use hex::{HexError, from_hex, to_hex};
pub use read::{Problem, ReadError, TraceFile, read};
pub use summary::summary;
pub use write::write;
