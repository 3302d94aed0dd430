//! How a reference server is set up.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::Fault;

/// "Is composing" notices (RFC 3994).
const IS_COMPOSING: &str = "application/im-iscomposing+xml";
/// Disposition notifications (RFC 5438).
const DISPOSITION: &str = "message/imdn+xml";

/// How a reference server is set up. [`Config::default`] is a right server on free local ports
/// that answers sessions itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where it takes SIP over UDP; its host also stands in Via, Contact and SDP.
    pub sip_udp: SocketAddr,
    /// Where it takes SIP over TCP.
    pub sip_tcp: Option<SocketAddr>,
    /// Where it takes MSRP connections.
    pub msrp_listen: SocketAddr,
    /// Where it takes control requests over HTTP; meant for the loopback interface.
    pub control_http: SocketAddr,
    /// Charging Enablers, the one to use first. A connection to each is kept.
    pub enabler: Vec<SocketAddr>,
    /// Origin-Host of its Charging Enabler User.
    pub origin_host: String,
    /// Origin-Realm of its Charging Enabler User.
    pub origin_realm: String,
    /// Destination-Realm of its requests.
    pub destination_realm: String,
    /// Where sessions are forwarded to; `None`: it answers them itself.
    pub far_end: Option<FarEnd>,
    /// What triggers `SessionRequest (interim)`.
    pub interim: Interim,
    /// When its own BYE triggers `SessionRequest (stop)`.
    pub stop: Stop,
    /// Service-Context-Id (RFC 8506 8.42).
    pub service_context_id: String,
    /// What is counted.
    pub units: Units,
    /// Where units stand.
    pub units_at: UnitsAt,
    /// How many units it asks for; 0 leaves the amount to the Charging Enabler, with an empty
    /// Requested-Service-Unit (RFC 8506 8.18).
    pub request: u64,
    /// The kinds of unit that it can meter. A grant of any other is an incorrect answer (RFC 8506
    /// 8.17).
    pub supported_units: BTreeSet<Units>,
    /// IM-Information with the counters of what a request reports.
    pub im_information: bool,
    /// The Tx timer (RFC 8506 13).
    pub tx: Duration,
    /// How long an answer is awaited after Tx, where failure handling grants the service meanwhile
    /// (RFC 8506 5.7 gives 120 s as an example).
    pub late_answer: Duration,
    /// Tw of the CH-2 connections (RFC 3539 3.4.1); `None`: no DWR is sent.
    pub watchdog: Option<Duration>,
    /// What happens on failure, unless an answer says otherwise (RFC 8506 5.7).
    pub failure_handling: FailureHandling,
    /// What happens to a page-mode message that cannot be debited, unless an answer says otherwise
    /// (RFC 8506 6.5).
    pub debit_failure: DebitFailure,
    /// Whether page-mode messages (SIP MESSAGE outside of a session) are taken, and charged as
    /// one-time events.
    pub page_mode: bool,
    /// What becomes of the units of a message that could not be delivered.
    pub refund: Refund,
    /// Whether what the far end sends counts as well.
    pub counts_incoming: bool,
    /// Media types of messages that are passed on and not counted, alone or inside CPIM.
    pub free_types: Vec<String>,
    /// Whether an INVITE is answered with 183 at once, which makes an early dialog (RFC 3261 12.1).
    pub early_dialog: bool,
    /// What a lost MSRP connection of the client's means.
    pub media_loss: MediaLoss,
    /// How long a session may be idle before the server ends it.
    pub inactivity: Option<Duration>,
    /// Session-Expires that it offers and grants at most (RFC 4028).
    pub session_expires: Option<Duration>,
    /// The shortest Session-Expires that is taken; shorter ones get 422 (RFC 4028 5). `None` takes
    /// all.
    pub min_session_expires: Option<Duration>,
    /// Media types of messages that it takes; others get 415. `*` takes all.
    pub accept_types: Vec<String>,
    /// The longest message it takes, in octets; longer ones get 413.
    pub max_size: u64,
    /// Sessions at one time; more get 486.
    pub max_sessions: usize,
    /// What it does wrong.
    pub faults: BTreeSet<Fault>,
    /// Seed of its tags, branches, Call-IDs and Session-Ids.
    pub seed: u64,
    /// Seconds from the Unix epoch to [`crate::io::Time::ZERO`], for Event-Timestamp.
    pub epoch: u64,
}

/// The other party's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FarEnd {
    /// Where it takes SIP.
    pub addr: SocketAddr,
    /// How.
    pub transport: Transport,
}

/// The transport of a SIP leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP.
    #[default]
    Udp,
    /// TCP.
    Tcp,
}

/// What triggers `SessionRequest (interim)`: the readings of 6.3.3.3 step 6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interim {
    /// R1: the server's own BYE; spent quota as well.
    OnServerBye,
    /// R2: each message that is accepted.
    #[default]
    EachAccepted,
    /// R3: spent quota only (RFC 8506 5.3).
    QuotaOnly,
    /// R4: each message whose delivery the far end confirmed.
    OnDelivery,
    /// R5: time; spent quota as well.
    Periodic(Duration),
}

/// When the server's own BYE triggers `SessionRequest (stop)`: the readings of 6.3.3.4 step 5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stop {
    /// S1: when it is sent.
    #[default]
    OnSendingBye,
    /// S2: when it is answered, or when the answer is given up.
    OnByeAnswer,
    /// S3: when a BYE is received on the other leg. Where none is, as in S1.
    OnReceivingBye,
}

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Units {
    /// Messages, in CC-Service-Specific-Units.
    #[default]
    Messages,
    /// Octets of message bodies, in CC-Total-Octets.
    Octets,
    /// Seconds of the session, from its 200, in CC-Time.
    Seconds,
}

impl Units {
    /// Every kind.
    pub const ALL: [Units; 3] = [Units::Messages, Units::Octets, Units::Seconds];
}

/// What a lost MSRP connection of the client's means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MediaLoss {
    /// The session stands until the client connects again, by a re-INVITE or without.
    #[default]
    Wait,
    /// The session ends where the client has not connected again by then.
    EndAfter(Duration),
}

/// What becomes of the units of a message that could not be delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Refund {
    /// They stay used: the server has accepted the message.
    #[default]
    Never,
    /// They are taken back while they have not been reported.
    Unreported,
    /// They are taken back, and what has been reported is refunded with REFUND_ACCOUNT (RFC 8506
    /// 6.4).
    Always,
}

/// Direct-Debiting-Failure-Handling (RFC 8506 8.15).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DebitFailure {
    /// No service where units were surely not debited; otherwise service, and the request is kept.
    #[default]
    TerminateOrBuffer,
    /// Service without debit.
    Continue,
}

impl DebitFailure {
    /// The value of the AVP, `None` for a number it does not define.
    pub const fn of(value: u32) -> Option<DebitFailure> {
        match value {
            0 => Some(DebitFailure::TerminateOrBuffer),
            1 => Some(DebitFailure::Continue),
            _ => None,
        }
    }
}

/// Where Requested- and Used-Service-Unit stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnitsAt {
    /// Directly in the command.
    #[default]
    Command,
    /// In Multiple-Services-Credit-Control.
    Mscc,
}

/// Credit-Control-Failure-Handling (RFC 8506 8.14).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FailureHandling {
    /// The service ends.
    #[default]
    Terminate,
    /// The service goes on without credit control.
    Continue,
    /// The request is tried again, then the service ends.
    RetryAndTerminate,
}

impl FailureHandling {
    /// The value of the AVP, `None` for a number it does not define.
    pub const fn of(value: u32) -> Option<FailureHandling> {
        match value {
            0 => Some(FailureHandling::Terminate),
            1 => Some(FailureHandling::Continue),
            2 => Some(FailureHandling::RetryAndTerminate),
            _ => None,
        }
    }
}

impl Config {
    /// True where the server has this fault.
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// True where messages of this media type are taken.
    pub(super) fn accepts(&self, media_type: &str) -> bool {
        let listed = |one: &String| one == "*" || one.eq_ignore_ascii_case(media_type);
        self.accept_types.iter().any(listed)
    }

    /// True where messages of this media type do not count.
    pub(super) fn is_free(&self, media_type: &str) -> bool {
        let listed = |one: &String| one.eq_ignore_ascii_case(media_type);
        self.free_types.iter().any(listed)
    }
}

impl Default for Config {
    fn default() -> Config {
        let any = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Config {
            sip_udp: any,
            sip_tcp: Some(any),
            msrp_listen: any,
            control_http: any,
            enabler: vec![SocketAddr::new(any.ip(), 3868)],
            origin_host: "im.reference.example".to_owned(),
            origin_realm: "reference.example".to_owned(),
            destination_realm: "enabler.example".to_owned(),
            far_end: None,
            interim: Interim::default(),
            stop: Stop::default(),
            service_context_id: "im@reference.example".to_owned(),
            units: Units::default(),
            units_at: UnitsAt::default(),
            request: 10,
            supported_units: Units::ALL.into(),
            im_information: true,
            tx: Duration::from_secs(10),
            late_answer: Duration::from_secs(120),
            watchdog: Some(Duration::from_secs(30)),
            failure_handling: FailureHandling::default(),
            debit_failure: DebitFailure::default(),
            page_mode: true,
            refund: Refund::default(),
            counts_incoming: false,
            early_dialog: false,
            free_types: [IS_COMPOSING, DISPOSITION].map(str::to_owned).to_vec(),
            media_loss: MediaLoss::default(),
            inactivity: None,
            session_expires: None,
            min_session_expires: None,
            accept_types: ["text/plain", "message/cpim", IS_COMPOSING, DISPOSITION]
                .map(str::to_owned)
                .to_vec(),
            max_size: 1 << 20,
            max_sessions: 10_000,
            faults: BTreeSet::new(),
            seed: 0,
            epoch: 1_700_000_000,
        }
    }
}
