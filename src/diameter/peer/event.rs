//! What a peer tells its owner.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;

use crate::diameter::avp::Avp;
use crate::diameter::dictionary::RELAY_APPLICATION;
use crate::diameter::framer::FrameError;
use crate::diameter::key;
use crate::diameter::message::Message;

/// Where a connection stands. RFC 6733 5.6 tells initiator and responder apart in the state; here
/// [`super::Peer`] knows which of them it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerState {
    /// The transport does not stand yet.
    Idle,
    /// Responder: waiting for the CER (RFC 6733 5.6.1).
    WaitCer,
    /// Initiator: the CER is sent (Wait-I-CEA).
    WaitCea,
    /// Open.
    Open,
    /// Open, but a DWR has stayed without answer for Tw (RFC 3539 3.4.1, SUSPECT).
    Suspect,
    /// Our DPR is sent (Closing).
    Closing,
    /// The other end's DPR is answered, and it is to close the transport (RFC 6733 5.4).
    ClosedByPeer,
    /// Over; the transport is to be closed.
    Closed,
}

/// What a [`super::Peer`] tells its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerEvent {
    /// Capabilities are exchanged; requests may be sent.
    Opened {
        /// The other end.
        remote: Remote,
    },
    /// A message came. There is one of these for every message, in wire order, and it comes before
    /// the events the message causes.
    Received {
        /// The message.
        message: Message,
        /// True where the owner has nothing to do: the machine has answered it, needed it for
        /// itself, or discarded it because the connection was not open.
        handled_by_peer: bool,
        /// How it relates to what we sent.
        relation: Relation,
    },
    /// A DWR has stayed without answer for Tw: time to fail over (RFC 3539 3.4.1).
    Suspect,
    /// A suspect peer has sent something: time to fail back (RFC 3539 3.4.1).
    Recovered,
    /// The other end sent a DPR (RFC 6733 5.4.1). It is to close the transport.
    ClosedByPeer {
        /// The Disconnect-Cause, where it could be read: 0 REBOOTING, 1 BUSY,
        /// 2 DO_NOT_WANT_TO_TALK_TO_YOU.
        cause: Option<i32>,
    },
    /// The connection ended in order; the transport is to be closed if it is not yet.
    Closed,
    /// The connection failed; the transport is to be closed.
    Failed(PeerFailure),
}

/// How a received message relates to what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is a request.
    Request,
    /// It is the answer to this request.
    AnswerTo(Bytes),
    /// It is an answer, and no request that waits has its Hop-by-Hop Identifier and command. Such
    /// an answer must be discarded (RFC 6733 3).
    Unsolicited,
}

/// Why a connection failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PeerFailure {
    /// The stream cannot be cut into messages any further.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The first message was no CER, or no CEA to our CER (RFC 6733 5.6, 5.6.1).
    #[error("message before the capabilities exchange is {0}")]
    NotCapabilities(&'static str),
    /// No CER or CEA came in time.
    #[error("no capabilities exchange within {0:?}")]
    CapabilitiesTimeout(Duration),
    /// The CER has no application in common with us, and was answered so (RFC 6733 5.3).
    #[error("no common application")]
    NoCommonApplication,
    /// The CER was answered with this Result-Code for another reason.
    #[error("capabilities refused with Result-Code {0}")]
    Refused(u32),
    /// The CEA has a Result-Code other than success, or none.
    #[error("capabilities refused by the peer with Result-Code {0:?}")]
    RefusedByPeer(Option<u32>),
    /// Nothing came for Tw after the peer had become suspect (RFC 3539 3.4.1).
    #[error("watchdog unanswered")]
    Watchdog,
    /// No DPA came in time, or no end of the transport after one.
    #[error("no disconnection within {0:?}")]
    DisconnectTimeout(Duration),
    /// The transport ended without a DPR.
    #[error("transport closed without disconnection")]
    TransportClosed {
        /// Octets of a message that was cut off.
        cut_off: usize,
    },
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// The connection is not open.
    #[error("connection is not open")]
    NotOpen,
    /// As many requests as are allowed are unanswered.
    #[error("{0} requests are unanswered")]
    TooManyPending(usize),
}

/// What the other end said of itself in its CER or CEA.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remote {
    /// Origin-Host; empty where there was none to be read.
    pub origin_host: String,
    /// Origin-Realm; empty where there was none to be read.
    pub origin_realm: String,
    /// Host-IP-Addresses.
    pub host_ip_addresses: Vec<IpAddr>,
    /// Vendor-Id.
    pub vendor_id: Option<u32>,
    /// Product-Name.
    pub product_name: Option<String>,
    /// Firmware-Revision.
    pub firmware_revision: Option<u32>,
    /// Origin-State-Id.
    pub origin_state_id: Option<u32>,
    /// Every Application Id advertised, by whichever AVP, in wire order.
    pub applications: Vec<u32>,
    /// Supported-Vendor-Ids.
    pub supported_vendors: Vec<u32>,
}

impl Remote {
    pub(super) fn of(message: &Message) -> Remote {
        let u32s = |key| {
            message
                .find_all(key)
                .filter_map(|avp| avp.u32().ok())
                .collect::<Vec<u32>>()
        };
        let text = |key| {
            message
                .find(key)
                .and_then(|avp| avp.utf8().ok())
                .map(str::to_owned)
        };
        Remote {
            origin_host: text(key::ORIGIN_HOST).unwrap_or_default(),
            origin_realm: text(key::ORIGIN_REALM).unwrap_or_default(),
            host_ip_addresses: message
                .find_all(key::HOST_IP_ADDRESS)
                .filter_map(|avp| avp.address().ok())
                .collect(),
            vendor_id: u32s(key::VENDOR_ID).first().copied(),
            product_name: text(key::PRODUCT_NAME),
            firmware_revision: u32s(key::FIRMWARE_REVISION).first().copied(),
            origin_state_id: u32s(key::ORIGIN_STATE_ID).first().copied(),
            applications: message.avps().flat_map(applications).collect(),
            supported_vendors: u32s(key::SUPPORTED_VENDOR_ID),
        }
    }

    /// True where one of `ours` is advertised, or relaying (RFC 6733 5.3). The Vendor-Id of a
    /// Vendor-Specific-Application-Id plays no part.
    pub fn has_common_application(&self, ours: &[u32]) -> bool {
        self.applications.iter().any(|theirs| {
            *theirs == RELAY_APPLICATION
                || ours.contains(theirs)
                || ours.contains(&RELAY_APPLICATION)
        })
    }
}

/// The Application Ids an AVP of a CER or CEA advertises.
fn applications(avp: Avp<'_>) -> Vec<u32> {
    match avp.key() {
        key::AUTH_APPLICATION_ID | key::ACCT_APPLICATION_ID => avp.u32().into_iter().collect(),
        key::VENDOR_SPECIFIC_APPLICATION_ID => avp.children().flat_map(applications).collect(),
        _ => Vec::new(),
    }
}
