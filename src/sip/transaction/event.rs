//! What goes into the transaction layer and what comes out of it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;

use crate::io::{ConnId, SocketId};
use crate::sip::message::Message;

/// Where a message comes from or goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// A datagram by one of our sockets, from or to an address.
    Udp {
        /// Our socket.
        socket: SocketId,
        /// The peer.
        addr: SocketAddr,
    },
    /// A connection.
    Tcp {
        /// The connection.
        conn: ConnId,
    },
}

/// One transaction of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransactionId(pub u64);

/// Timer values and bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Round-trip time estimate, 500 ms (RFC 3261 17.1.1.1).
    pub t1: Duration,
    /// Longest retransmission interval of a non-INVITE request and an INVITE response, 4 s.
    pub t2: Duration,
    /// How long a message stays in the network, 5 s.
    pub t4: Duration,
    /// How long an INVITE may wait for its first answer before the layer sends a 100 (Trying),
    /// 200 ms (RFC 3261 17.2.1); `None` leaves it to the user.
    pub trying_after: Option<Duration>,
    /// Resend a 2xx to INVITE until its ACK comes (RFC 3261 13.3.1.4), on every transport. The
    /// RFC makes it the work of the layer's user.
    pub retransmit_2xx: bool,
    /// How many transactions may live at once.
    pub max_transactions: usize,
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// Where to.
    pub to: Flow,
    /// The message.
    pub bytes: Bytes,
    /// True where the same bytes were sent before.
    pub retransmission: bool,
    /// The transaction it belongs to; `None` for what was sent without one.
    pub transaction: Option<TransactionId>,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A new request, never an ACK. Answer it with [`super::TransactionLayer::respond`].
    Request {
        /// Its server transaction.
        id: TransactionId,
        /// The request.
        message: Message,
        /// Where it came from.
        from: Flow,
        /// The INVITE that a CANCEL is for, where it is known (RFC 3261 9.2).
        cancels: Option<TransactionId>,
    },
    /// An ACK.
    Ack {
        /// The INVITE it acknowledges, where it is known.
        id: Option<TransactionId>,
        /// The ACK.
        message: Message,
        /// Where it came from.
        from: Flow,
        /// True for the ACK of a 3xx-6xx, which ends the transaction and means nothing above it.
        refusal: bool,
    },
    /// A response to a request of ours.
    Response {
        /// Its client transaction.
        id: TransactionId,
        /// The response.
        message: Message,
        /// Where it came from.
        from: Flow,
        /// True for a 2xx to INVITE that came before with this To tag: send the ACK again
        /// (RFC 3261 13.2.2.4).
        repeated: bool,
    },
    /// A message that came before, absorbed.
    Retransmission {
        /// The transaction that absorbed it.
        id: TransactionId,
        /// The message.
        message: Message,
        /// Where it came from.
        from: Flow,
    },
    /// A message that belongs to no transaction.
    Stray {
        /// The message.
        message: Message,
        /// Where it came from.
        from: Flow,
        /// Why.
        why: Stray,
    },
    /// A transaction has waited in vain.
    Timeout {
        /// The transaction.
        id: TransactionId,
        /// The timer that fired: B or F for a request without an answer, H for a refusal without
        /// an ACK, L for a 2xx without an ACK.
        timer: Timer,
    },
    /// The connection of a transaction ended before it was done (RFC 3261 17.1.4, 17.2.4).
    TransportFailed {
        /// The transaction.
        id: TransactionId,
    },
    /// A transaction has ended and its id is free of use.
    Terminated {
        /// The transaction.
        id: TransactionId,
    },
}

/// Why a message is a stray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stray {
    /// Neither a request nor a response.
    StartLine,
    /// A request or response without a usable Via, CSeq or Call-ID to match it by.
    Unmatchable,
    /// A response to nothing we have sent, or to what has long ended.
    Response,
    /// A response that the state of its transaction has no room for, such as a 180 after a 486.
    Late,
    /// A new request beyond [`Config::max_transactions`].
    Full,
}

/// The timers that end a wait (RFC 3261 17, RFC 6026 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// INVITE without any answer.
    B,
    /// Wait for retransmitted refusals.
    D,
    /// Non-INVITE without a final answer.
    F,
    /// Refusal without an ACK.
    H,
    /// Wait for retransmitted ACKs.
    I,
    /// Wait for retransmitted non-INVITE requests.
    J,
    /// Wait for retransmitted responses to non-INVITE.
    K,
    /// Wait for the ACK of a 2xx and for retransmitted INVITEs.
    L,
    /// Wait for retransmitted 2xx.
    M,
}

/// Why the layer did not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// The bytes are not a request with a CSeq and a top Via with a branch. Send them with
    /// [`super::TransactionLayer::send_stateless`].
    #[error("request has no method, CSeq or branch to match its response by")]
    Unmatchable,
    /// An ACK makes no transaction.
    #[error("an ack makes no transaction")]
    Ack,
    /// A transaction with this branch and method lives already.
    #[error("branch is in use")]
    BranchInUse,
    /// [`Config::max_transactions`] live already.
    #[error("too many transactions")]
    Full,
    /// The bytes are not a response.
    #[error("not a response")]
    NotAResponse,
    /// The transaction has ended, or never was.
    #[error("no such transaction")]
    NoTransaction,
    /// The transaction has sent its final response.
    #[error("transaction has had its final response")]
    Answered,
}

impl Flow {
    /// True where the transport itself retransmits.
    pub fn is_reliable(self) -> bool {
        matches!(self, Flow::Tcp { .. })
    }
}

impl Default for Config {
    /// The values of RFC 3261 table 4, and room for 100,000 transactions.
    fn default() -> Config {
        Config {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            trying_after: Some(Duration::from_millis(200)),
            retransmit_2xx: true,
            max_transactions: 100_000,
        }
    }
}
