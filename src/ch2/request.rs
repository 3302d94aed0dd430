//! A Credit-Control-Request seen as the SessionRequest that it carries, and its answer.

use std::fmt;

use serde::Serialize;

use crate::diameter::dictionary::CCR;
use crate::diameter::{self, Avp, AvpKey, key};

use super::{Binding, Unit, UnitsAt};

/// Which SessionRequest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `SessionRequest (start)`.
    Start,
    /// `SessionRequest (interim)`.
    Interim,
    /// `SessionRequest (stop)`.
    Stop,
    /// The one-off request for messages outside a session.
    Event,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Start => "start",
            Kind::Interim => "interim",
            Kind::Stop => "stop",
            Kind::Event => "event",
        })
    }
}

/// A CCR, read through a [`Binding`].
#[derive(Clone, Copy, Debug)]
pub struct SessionRequest<'a> {
    message: &'a diameter::Message,
    binding: &'a Binding,
}

impl<'a> SessionRequest<'a> {
    /// The view of `message`; `None` where it is no Credit-Control-Request.
    pub fn new(message: &'a diameter::Message, binding: &'a Binding) -> Option<SessionRequest<'a>> {
        (message.command_code() == CCR && message.is_request())
            .then_some(SessionRequest { message, binding })
    }

    /// The message behind the view.
    pub fn message(&self) -> &'a diameter::Message {
        self.message
    }

    /// Which SessionRequest; `None` where CC-Request-Type is missing or the binding does not know
    /// its value.
    pub fn kind(&self) -> Option<Kind> {
        self.binding.kind(self.request_type()?)
    }

    /// CC-Request-Type (RFC 8506 section 8.3), as sent.
    pub fn request_type(&self) -> Option<u32> {
        self.message.find(key::CC_REQUEST_TYPE)?.u32().ok()
    }

    /// CC-Request-Number (RFC 8506 section 8.2).
    pub fn request_number(&self) -> Option<u32> {
        self.message.find(key::CC_REQUEST_NUMBER)?.u32().ok()
    }

    /// Session-Id (RFC 6733 section 8.8).
    pub fn session_id(&self) -> Option<&'a str> {
        self.message.session_id()
    }

    /// Service-Context-Id (RFC 8506 section 8.42).
    pub fn service_context_id(&self) -> Option<&'a str> {
        self.message.find(key::SERVICE_CONTEXT_ID)?.utf8().ok()
    }

    /// IMS-Charging-Identifier: the icid-value of the SIP session that is charged.
    pub fn icid(&self) -> Option<&'a str> {
        self.ims(key::IMS_CHARGING_IDENTIFIER)
    }

    /// User-Session-Id: the Call-ID of the SIP session that is charged.
    pub fn call_id(&self) -> Option<&'a str> {
        self.ims(key::USER_SESSION_ID)
    }

    /// Calling-Party-Address; the first where there are several.
    pub fn calling_party(&self) -> Option<&'a str> {
        self.ims(key::CALLING_PARTY_ADDRESS)
    }

    /// Called-Party-Address.
    pub fn called_party(&self) -> Option<&'a str> {
        self.ims(key::CALLED_PARTY_ADDRESS)
    }

    /// Whom the request names as charged: every Subscription-Id (RFC 8506 section 8.46) and
    /// Subscription-Id-Extension (section 8.58), in wire order. What is no text is left out.
    pub fn subscription_ids(&self) -> impl Iterator<Item = Subscription<'a>> + use<'a> {
        self.message.avps().filter_map(subscription)
    }

    /// What the request reports as used, in the binding's unit; `None` where it holds no
    /// Used-Service-Unit at all where the binding looks for units.
    pub fn used(&self) -> Option<u64> {
        self.used_in(self.binding.unit)
    }

    /// What it reports as used in `unit`; 0 where there are Used-Service-Units and none of them
    /// counts in that unit.
    pub fn used_in(&self, unit: Unit) -> Option<u64> {
        sum(self.message, self.binding, key::USED_SERVICE_UNIT, unit)
    }

    /// What it asks for, in the binding's unit; `None` where it holds no Requested-Service-Unit.
    /// An empty Requested-Service-Unit leaves the amount to the Charging Enabler and gives 0.
    pub fn requested(&self) -> Option<u64> {
        sum(self.message, self.binding, key::REQUESTED_SERVICE_UNIT, self.binding.unit)
    }

    /// Where the request puts its units, whatever the binding says.
    pub fn placement(&self) -> Placement {
        Placement::of(
            self.message,
            &[key::USED_SERVICE_UNIT, key::REQUESTED_SERVICE_UNIT],
            true,
        )
    }

    /// One line for a reader: `SessionRequest (stop)  #2  used 1 message`.
    pub fn describe(&self) -> String {
        let mut line = match (self.kind(), self.request_type()) {
            (Some(kind), _) => format!("SessionRequest ({kind})"),
            (None, Some(value)) => format!("SessionRequest (CC-Request-Type {value})"),
            (None, None) => "SessionRequest (no CC-Request-Type)".to_owned(),
        };
        if let Some(number) = self.request_number() {
            line += &format!("  #{number}");
        }
        if let Some(used) = self.used() {
            line += &format!("  used {}", amount(used, self.binding.unit));
        }
        for unit in Unit::ALL.into_iter().filter(|unit| *unit != self.binding.unit) {
            if let Some(used) = self.used_in(unit).filter(|used| *used > 0) {
                line += &format!("  used {}", amount(used, unit));
            }
        }
        match self.requested() {
            Some(0) => line += "  asks for units",
            Some(units) => line += &format!("  asks for {}", amount(units, self.binding.unit)),
            None => {}
        }
        line
    }

    fn ims(&self, key: AvpKey) -> Option<&'a str> {
        let path = [key::SERVICE_INFORMATION, key::IMS_INFORMATION, key];
        self.message.find_path(&path)?.utf8().ok()
    }
}

/// A CCA, read through a [`Binding`]: the `Response` of the change request.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    message: &'a diameter::Message,
    binding: &'a Binding,
}

impl<'a> Response<'a> {
    /// The view of `message`; `None` where it is no Credit-Control-Answer.
    pub fn new(message: &'a diameter::Message, binding: &'a Binding) -> Option<Response<'a>> {
        (message.command_code() == CCR && !message.is_request())
            .then_some(Response { message, binding })
    }

    /// The message behind the view.
    pub fn message(&self) -> &'a diameter::Message {
        self.message
    }

    /// Which SessionRequest it answers, as its own CC-Request-Type says.
    pub fn kind(&self) -> Option<Kind> {
        let value = self.message.find(key::CC_REQUEST_TYPE)?.u32().ok()?;
        self.binding.kind(value)
    }

    /// CC-Request-Number (RFC 8506 section 8.2).
    pub fn request_number(&self) -> Option<u32> {
        self.message.find(key::CC_REQUEST_NUMBER)?.u32().ok()
    }

    /// Session-Id (RFC 6733 section 8.8).
    pub fn session_id(&self) -> Option<&'a str> {
        self.message.session_id()
    }

    /// Result-Code of the command (RFC 6733 section 7.1): the result of the debit operation.
    pub fn result_code(&self) -> Option<u32> {
        self.message.result_code()
    }

    /// True for a Result-Code of the 2xxx class (RFC 6733 section 7.1.2).
    pub fn is_success(&self) -> bool {
        self.result_code().is_some_and(|code| (2000..3000).contains(&code))
    }

    /// What is granted, in the binding's unit; `None` where it holds no Granted-Service-Unit.
    pub fn granted(&self) -> Option<u64> {
        self.granted_in(self.binding.unit)
    }

    /// What is granted in `unit`.
    pub fn granted_in(&self, unit: Unit) -> Option<u64> {
        sum(self.message, self.binding, key::GRANTED_SERVICE_UNIT, unit)
    }

    /// Validity-Time in seconds (RFC 8506 section 8.33), of the command or of the first
    /// Multiple-Services-Credit-Control that has one.
    pub fn validity_time(&self) -> Option<u32> {
        let path = [key::MULTIPLE_SERVICES_CREDIT_CONTROL, key::VALIDITY_TIME];
        self.message
            .find(key::VALIDITY_TIME)
            .or_else(|| self.message.find_path(&path))?
            .u32()
            .ok()
    }

    /// Final-Unit-Action (RFC 8506 section 8.35), where the grant is the last one.
    pub fn final_unit_action(&self) -> Option<u32> {
        let command = [key::FINAL_UNIT_INDICATION, key::FINAL_UNIT_ACTION];
        let service = [
            key::MULTIPLE_SERVICES_CREDIT_CONTROL,
            key::FINAL_UNIT_INDICATION,
            key::FINAL_UNIT_ACTION,
        ];
        self.message
            .find_path(&command)
            .or_else(|| self.message.find_path(&service))?
            .u32()
            .ok()
    }

    /// Where the answer puts its units.
    pub fn placement(&self) -> Placement {
        Placement::of(self.message, &[key::GRANTED_SERVICE_UNIT], false)
    }

    /// One line for a reader: `Response (stop)  #2  DIAMETER_SUCCESS  granted 10 messages`.
    pub fn describe(&self) -> String {
        let mut line = match self.kind() {
            Some(kind) => format!("Response ({kind})"),
            None => "Response".to_owned(),
        };
        if let Some(number) = self.request_number() {
            line += &format!("  #{number}");
        }
        match self.message.find(key::RESULT_CODE) {
            Some(avp) => match (avp.symbol(), avp.u32()) {
                (Some(name), _) => line += &format!("  {name}"),
                (None, Ok(code)) => line += &format!("  Result-Code {code}"),
                (None, Err(_)) => line += "  unreadable Result-Code",
            },
            None => line += "  no Result-Code",
        }
        if let Some(granted) = self.granted() {
            line += &format!("  granted {}", amount(granted, self.binding.unit));
        }
        line
    }
}

/// Whom a request charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subscription<'a> {
    /// Subscription-Id-Type (RFC 8506 section 8.47); `None` where it is missing or unreadable.
    pub kind: Option<u32>,
    /// Subscription-Id-Data.
    pub data: &'a str,
}

/// Where a message puts its units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// It holds none.
    Nowhere,
    /// Directly in the command.
    Command,
    /// Inside Multiple-Services-Credit-Control.
    Mscc,
    /// In both places, which RFC 8506 section 8.16 does not provide for.
    Both,
}

impl Placement {
    fn of(message: &diameter::Message, units: &[AvpKey], empty_counts: bool) -> Placement {
        let mut command = false;
        let mut mscc = false;
        for avp in message.avps() {
            if units.contains(&avp.key()) {
                command = true;
            } else if avp.key() == key::MULTIPLE_SERVICES_CREDIT_CONTROL {
                mscc |= empty_counts || avp.children().any(|child| units.contains(&child.key()));
            }
        }
        match (command, mscc) {
            (false, false) => Placement::Nowhere,
            (true, false) => Placement::Command,
            (false, true) => Placement::Mscc,
            (true, true) => Placement::Both,
        }
    }
}

/// The sum of all `group`s of a message where the binding looks for units, counted in `unit`.
fn sum(message: &diameter::Message, binding: &Binding, group: AvpKey, unit: Unit) -> Option<u64> {
    let in_command = binding.units_at != UnitsAt::Mscc;
    let in_mscc = binding.units_at != UnitsAt::Command;
    let mut total = None;
    for avp in message.avps() {
        if in_command && avp.key() == group {
            add(&mut total, avp, unit);
        } else if in_mscc && avp.key() == key::MULTIPLE_SERVICES_CREDIT_CONTROL {
            for service in avp.children().filter(|child| child.key() == group) {
                add(&mut total, service, unit);
            }
        }
    }
    total
}

fn add(total: &mut Option<u64>, group: Avp<'_>, unit: Unit) {
    let read = |key: AvpKey| {
        group
            .children()
            .filter(|child| child.key() == key)
            .filter_map(|child| child.u64().ok().or_else(|| child.u32().ok().map(u64::from)))
            .reduce(u64::saturating_add)
    };
    let units = match unit {
        Unit::Messages => read(key::CC_SERVICE_SPECIFIC_UNITS),
        Unit::Seconds => read(key::CC_TIME),
        // RFC 8506 section 8.24 and 8.25 count the two directions on their own.
        Unit::Octets => read(key::CC_TOTAL_OCTETS).or_else(|| {
            let (input, output) = (read(key::CC_INPUT_OCTETS), read(key::CC_OUTPUT_OCTETS));
            match (input, output) {
                (None, None) => None,
                (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
            }
        }),
    };
    *total = Some(total.unwrap_or(0).saturating_add(units.unwrap_or(0)));
}

fn subscription(avp: Avp<'_>) -> Option<Subscription<'_>> {
    if avp.key() == key::SUBSCRIPTION_ID {
        let kind = avp.find(key::SUBSCRIPTION_ID_TYPE).and_then(|kind| kind.u32().ok());
        let data = avp.find(key::SUBSCRIPTION_ID_DATA)?.utf8().ok()?;
        return Some(Subscription { kind, data });
    }
    if avp.key() == SUBSCRIPTION_ID_EXTENSION {
        let child = avp.children().find(|child| EXTENSIONS.contains(&child.key()))?;
        // Sections 8.59 to 8.63 stand in the order of the values of Subscription-Id-Type.
        let kind = Some(child.code() - SUBSCRIPTION_ID_E164);
        return Some(Subscription { kind, data: child.utf8().ok()? });
    }
    None
}

/// `1 message`, `12 octets`, `60 seconds`.
fn amount(units: u64, unit: Unit) -> String {
    let name = match unit {
        Unit::Messages => "message",
        Unit::Octets => "octet",
        Unit::Seconds => "second",
    };
    let plural = if units == 1 { "" } else { "s" };
    format!("{units} {name}{plural}")
}

/// Subscription-Id-Extension (RFC 8506 section 8.58).
const SUBSCRIPTION_ID_EXTENSION: AvpKey = AvpKey::base(659);
/// Subscription-Id-E164 (RFC 8506 section 8.59), the first of five.
const SUBSCRIPTION_ID_E164: u32 = 660;
/// Sections 8.59 to 8.63.
const EXTENSIONS: [AvpKey; 5] = [
    AvpKey::base(660),
    AvpKey::base(661),
    AvpKey::base(662),
    AvpKey::base(663),
    AvpKey::base(664),
];
