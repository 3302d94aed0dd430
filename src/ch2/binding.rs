//! The binding profile: how CH-2's words map to Diameter. Data, because no text confirms it.

use serde::Serialize;

use super::Kind;

/// The unit that the server debits in (IXIT `unit`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// One per message, in CC-Service-Specific-Units.
    #[default]
    Messages,
    /// Octets of message bodies, in CC-Total-Octets.
    Octets,
    /// Seconds of session time, in CC-Time.
    Seconds,
}

impl Unit {
    /// All of them.
    pub const ALL: [Unit; 3] = [Unit::Messages, Unit::Octets, Unit::Seconds];

    /// The name of a number of them: `messages`.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Messages => "messages",
            Unit::Octets => "octets",
            Unit::Seconds => "seconds",
        }
    }
}

/// Where Requested-, Used- and Granted-Service-Unit stand (RFC 8506 permits both).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitsAt {
    /// Directly in the command.
    Command,
    /// Inside Multiple-Services-Credit-Control.
    Mscc,
    /// Wherever the server puts them; answers follow the request.
    #[default]
    Either,
}

/// What a server sends where there is nothing to report (IXIT `zero usage`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ZeroUsage {
    /// No Used-Service-Unit.
    Omit,
    /// A Used-Service-Unit of zero.
    Zero,
    /// Either of the two.
    #[default]
    Either,
}

/// How CH-2's words map to Diameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Binding {
    /// The profile's name, printed in reports.
    pub name: String,
    /// CC-Request-Type of SessionRequest (start).
    pub start: u32,
    /// CC-Request-Type of SessionRequest (interim).
    pub interim: u32,
    /// CC-Request-Type of SessionRequest (stop).
    pub stop: u32,
    /// CC-Request-Type of a one-off event request.
    pub event: u32,
    /// The unit that is debited.
    pub unit: Unit,
    /// Where units stand.
    pub units_at: UnitsAt,
    /// What stands for no usage.
    pub zero_usage: ZeroUsage,
    /// The Service-Context-Id the server is configured with; `None`: only its syntax is checked.
    pub service_context_id: Option<String>,
    /// The name of the dictionary profile (`dds-2011`, `iwf-2009`, `wireshark-4.0`).
    pub dictionary: String,
}

impl Default for Binding {
    /// RFC 8506 credit control as 3GPP Ro uses it; units in messages, wherever they stand.
    fn default() -> Binding {
        Binding {
            name: "ro-messages".to_owned(),
            start: 1,
            interim: 2,
            stop: 3,
            event: 4,
            unit: Unit::default(),
            units_at: UnitsAt::default(),
            zero_usage: ZeroUsage::default(),
            service_context_id: None,
            dictionary: "dds-2011".to_owned(),
        }
    }
}

impl Binding {
    /// The CH-2 message that a CC-Request-Type stands for.
    pub fn kind(&self, cc_request_type: u32) -> Option<Kind> {
        [
            (self.start, Kind::Start),
            (self.interim, Kind::Interim),
            (self.stop, Kind::Stop),
            (self.event, Kind::Event),
        ]
        .into_iter()
        .find_map(|(value, kind)| (value == cc_request_type).then_some(kind))
    }
}
