//! The peer state machine of RFC 6733 5.6 on one transport connection, with its watchdog.
//!
//! A [`Peer`] is one end of one connection. It answers CER, DWR and DPR itself and hands all else to
//! its owner; it reports every message it receives, its own too, in wire order, so that a trace can
//! hold them all. Elections (RFC 6733 5.6.4) need two connections to one peer and are not played
//! here; a connection that is opened again is a new `Peer`, so the REOPEN state of RFC 3539 is not
//! either.
//!
//! The watchdog follows RFC 3539 3.4.1 and the state table of its Appendix A: an interval Tw
//! without any message sends a DWR, a second makes the peer suspect, a third closes the connection.

mod config;
mod event;
mod identifiers;
mod machine;
mod pending;

pub use config::{Behaviour, PeerConfig, VendorApplication};
pub use event::{PeerEvent, PeerFailure, PeerState, Relation, Remote, SendError};
pub use identifiers::{Identifiers, retransmission_of};
pub use machine::Peer;
