//! What the Charging Enabler's own messages hold, and what is wrong about them on purpose.

use crate::ch2::Unit;
use crate::diameter::dictionary::{ASR, CER, DPR, DWR, RAR};
use crate::diameter::{AvpKey, key};

use super::model::Expr;

/// What a `Response` holds beyond what it copies from its request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// `result:`, the Result-Code of the command.
    pub result_code: u32,
    /// `service result:`, the Result-Code of each service; `None`: that of the command.
    pub service_result: Option<u32>,
    /// `grant:` and `grants:`; `None` for the unit of the binding. Empty: no Granted-Service-Unit.
    pub grants: Vec<(Option<Unit>, Expr)>,
    /// `money:` of `grants:`.
    pub money: Option<Money>,
    /// `validity time:`.
    pub validity_time: Validity,
    /// `final unit:`, a Final-Unit-Action (RFC 8506 8.35).
    pub final_unit: Option<u32>,
    /// `failure handling:`, Credit-Control-Failure-Handling (RFC 8506 8.14).
    pub failure_handling: Option<u32>,
    /// `session failover:`, CC-Session-Failover (RFC 8506 8.4).
    pub session_failover: Option<u32>,
    /// What is changed afterwards.
    pub changes: Changes,
    /// `copies:`; how often it is sent, once where that is 0.
    pub copies: u32,
}

/// Money, as a CC-Money has it (RFC 8506 8.22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Value-Digits.
    pub digits: i64,
    /// Exponent; 0 where none is needed.
    pub exponent: i32,
    /// Currency-Code.
    pub currency: Option<u32>,
}

impl Money {
    /// An amount as it is written: `7`, `2.50`, `-1.5`.
    pub(super) fn parse(amount: &str, currency: Option<u32>) -> Option<Money> {
        let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = whole.strip_prefix('-').unwrap_or(whole);
        let sound = !unsigned.is_empty() && digits(unsigned) && digits(part);
        let ended = amount.ends_with('.');
        let exponent = i32::try_from(part.len()).ok()?;
        Some(Money {
            digits: format!("{whole}{part}")
                .parse()
                .ok()
                .filter(|_| sound && !ended)?,
            exponent: -exponent,
            currency,
        })
    }
}

/// The Validity-Time of a Response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Validity {
    /// What the IXIT says, in a Response that grants something.
    #[default]
    Ixit,
    /// None.
    None,
    /// So many seconds.
    Seconds(u32),
}

/// What a Credit-Control-Answer has from its request (RFC 8506 3.2).
const ECHOED: [AvpKey; 4] = [
    key::SESSION_ID,
    key::AUTH_APPLICATION_ID,
    key::CC_REQUEST_TYPE,
    key::CC_REQUEST_NUMBER,
];

/// What is changed in a message of ours once it is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// `avps:`; added, or put in the place of what stands there.
    pub set: Vec<(Vec<AvpKey>, Expr)>,
    /// `without:`; left out.
    pub without: Vec<Vec<AvpKey>>,
    /// `unknown avp:`; an AVP that no dictionary knows, with the M bit or without.
    pub unknown_avp: Option<bool>,
    /// `wrong:`; what is spoilt.
    pub wrong: Vec<Wrong>,
}

impl Changes {
    /// Whether the message they make is other than its command and the dictionary ask. Setting an
    /// AVP is no deviation, unless `echoes` and it is one that an answer has from its request.
    pub fn deviate(&self, echoes: bool) -> bool {
        let echoed = |path: &[AvpKey]| path.first().is_some_and(|first| ECHOED.contains(first));
        self.unknown_avp.is_some()
            || !self.without.is_empty()
            || !self.wrong.is_empty()
            || echoes && self.set.iter().any(|(path, _)| echoed(path))
    }
}

/// A command of Diameter besides credit control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Re-Auth (RFC 8506 5.5).
    ReAuth,
    /// Abort-Session (RFC 6733 8.5).
    AbortSession,
    /// Device-Watchdog (RFC 6733 5.5).
    DeviceWatchdog,
    /// Disconnect-Peer (RFC 6733 5.4).
    DisconnectPeer,
    /// Capabilities-Exchange (RFC 6733 5.3).
    CapabilitiesExchange,
}

impl Command {
    /// Every command.
    pub const ALL: [Command; 5] = [
        Command::ReAuth,
        Command::AbortSession,
        Command::DeviceWatchdog,
        Command::DisconnectPeer,
        Command::CapabilitiesExchange,
    ];
    /// Those whose request the Charging Enabler can be told to send.
    pub const SENT: [Command; 4] = [
        Command::ReAuth,
        Command::AbortSession,
        Command::DeviceWatchdog,
        Command::DisconnectPeer,
    ];
    /// Those whose request a server sends.
    pub const RECEIVED: [Command; 3] = [
        Command::DeviceWatchdog,
        Command::DisconnectPeer,
        Command::CapabilitiesExchange,
    ];

    /// The Command Code.
    pub const fn code(self) -> u32 {
        match self {
            Command::ReAuth => RAR,
            Command::AbortSession => ASR,
            Command::DeviceWatchdog => DWR,
            Command::DisconnectPeer => DPR,
            Command::CapabilitiesExchange => CER,
        }
    }

    /// The abbreviation of the request: `RAR`.
    pub const fn request(self) -> &'static str {
        match self {
            Command::ReAuth => "RAR",
            Command::AbortSession => "ASR",
            Command::DeviceWatchdog => "DWR",
            Command::DisconnectPeer => "DPR",
            Command::CapabilitiesExchange => "CER",
        }
    }

    /// The abbreviation of the answer: `RAA`.
    pub const fn answer(self) -> &'static str {
        match self {
            Command::ReAuth => "RAA",
            Command::AbortSession => "ASA",
            Command::DeviceWatchdog => "DWA",
            Command::DisconnectPeer => "DPA",
            Command::CapabilitiesExchange => "CEA",
        }
    }

    /// True where it is about a charging session, and not about the connection.
    pub const fn is_of_session(self) -> bool {
        matches!(self, Command::ReAuth | Command::AbortSession)
    }
}

/// A place of a message where its bytes are spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// The Hop-by-Hop Identifier is no request's.
    HopByHop,
    /// The End-to-End Identifier is no request's.
    EndToEnd,
    /// The Session-Id is another one.
    SessionId,
    /// The header's Application-ID is that of the base protocol, 0.
    Application,
    /// The command is one that is not assigned.
    Command,
    /// The Message Length is four octets short, so that the message ends within its last AVP.
    Length,
    /// The last AVP claims to be longer than the message.
    AvpLength,
    /// Behind its Result-Code stands a second one, which says DIAMETER_UNABLE_TO_COMPLY.
    SecondResult,
    /// The padding of AVPs is not zero.
    Padding,
    /// The version is 2.
    Version,
    /// The E bit stands where it does not belong, or is missing where it does.
    ErrorBit,
}

impl Wrong {
    /// Every place, in the order of a message.
    pub const ALL: [Wrong; 11] = [
        Wrong::Version,
        Wrong::Length,
        Wrong::ErrorBit,
        Wrong::Command,
        Wrong::Application,
        Wrong::HopByHop,
        Wrong::EndToEnd,
        Wrong::SessionId,
        Wrong::SecondResult,
        Wrong::AvpLength,
        Wrong::Padding,
    ];

    /// Their names, in the same order.
    pub const NAMES: [&'static str; 11] = {
        let mut names = [""; 11];
        let mut at = 0;
        while at < names.len() {
            names[at] = Wrong::ALL[at].name();
            at += 1;
        }
        names
    };

    /// As a scenario writes it: `hop-by-hop`.
    pub const fn name(self) -> &'static str {
        match self {
            Wrong::HopByHop => "hop-by-hop",
            Wrong::EndToEnd => "end-to-end",
            Wrong::SessionId => "session-id",
            Wrong::Application => "application",
            Wrong::Command => "command",
            Wrong::Length => "length",
            Wrong::SecondResult => "second-result",
            Wrong::AvpLength => "avp-length",
            Wrong::Padding => "padding",
            Wrong::Version => "version",
            Wrong::ErrorBit => "error-bit",
        }
    }

    /// The place of that name.
    pub fn find(name: &str) -> Option<Wrong> {
        Wrong::ALL.into_iter().find(|wrong| wrong.name() == name)
    }
}

/// Words for Final-Unit-Action, and their values (RFC 8506 8.35).
pub(super) const FINAL_UNIT: [(&str, u32); 3] =
    [("terminate", 0), ("redirect", 1), ("restrict access", 2)];
/// Words for Credit-Control-Failure-Handling, and their values (RFC 8506 8.14).
pub(super) const FAILURE_HANDLING: [(&str, u32); 3] = [
    ("terminate", 0),
    ("continue", 1),
    ("retry and terminate", 2),
];
/// Words for CC-Session-Failover, and their values (RFC 8506 8.4).
pub(super) const SESSION_FAILOVER: [(&str, u32); 2] = [("not supported", 0), ("supported", 1)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_taken_as_it_is_written() {
        let parsed = |text: &str| Money::parse(text, None).map(|m| (m.digits, m.exponent));
        assert_eq!(parsed("7"), Some((7, 0)));
        assert_eq!(parsed("2.50"), Some((250, -2)));
        assert_eq!(parsed("-0.5"), Some((-5, -1)));
        assert_eq!(parsed("9223372036854775807"), Some((i64::MAX, 0)));
        let wrong = [
            "",
            "-",
            ".5",
            "1.",
            "1e3",
            "+1",
            "1.2.3",
            "1,5",
            "--1",
            "1.-5",
            "9223372036854775808",
        ];
        for text in wrong {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
