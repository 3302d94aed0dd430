//! A Credit-Control-Request seen as the SessionRequest that it carries.

use std::fmt;

use serde::Serialize;

use crate::diameter::dictionary::CCR;
use crate::diameter::{self, Avp, AvpKey, key};

use super::units::{Placement, amount, sum};
use super::{Binding, Unit};

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
        sum(
            self.message,
            self.binding,
            key::REQUESTED_SERVICE_UNIT,
            self.binding.unit,
        )
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
        for unit in Unit::ALL
            .into_iter()
            .filter(|unit| *unit != self.binding.unit)
        {
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

/// Whom a request charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subscription<'a> {
    /// Subscription-Id-Type (RFC 8506 section 8.47); `None` where it is missing or unreadable.
    pub kind: Option<u32>,
    /// Subscription-Id-Data.
    pub data: &'a str,
}

fn subscription(avp: Avp<'_>) -> Option<Subscription<'_>> {
    if avp.key() == key::SUBSCRIPTION_ID {
        let kind = avp
            .find(key::SUBSCRIPTION_ID_TYPE)
            .and_then(|kind| kind.u32().ok());
        let data = avp.find(key::SUBSCRIPTION_ID_DATA)?.utf8().ok()?;
        return Some(Subscription { kind, data });
    }
    if avp.key() == SUBSCRIPTION_ID_EXTENSION {
        let child = avp
            .children()
            .find(|child| EXTENSIONS.contains(&child.key()))?;
        // Sections 8.59 to 8.63 stand in the order of the values of Subscription-Id-Type.
        let kind = Some(child.code() - SUBSCRIPTION_ID_E164);
        return Some(Subscription {
            kind,
            data: child.utf8().ok()?,
        });
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ch2::{Response, UnitsAt};
    use crate::diameter::{AvpOut, Message, MessageBuilder};

    fn ccr(kind: u32, avps: impl IntoIterator<Item = AvpOut>) -> Message {
        let message = MessageBuilder::request(CCR, 4)
            .with(key::SESSION_ID, "im.example.com;1;2")
            .with(key::CC_REQUEST_TYPE, kind)
            .with(key::CC_REQUEST_NUMBER, 2_u32)
            .avps(avps);
        Message::decode(message.build())
    }

    fn units(group: AvpKey, key: AvpKey, count: u64) -> AvpOut {
        AvpOut::group(group, [AvpOut::new(key, count)])
    }

    fn used(count: u64) -> AvpOut {
        units(
            key::USED_SERVICE_UNIT,
            key::CC_SERVICE_SPECIFIC_UNITS,
            count,
        )
    }

    fn mscc(avps: impl IntoIterator<Item = AvpOut>) -> AvpOut {
        AvpOut::group(key::MULTIPLE_SERVICES_CREDIT_CONTROL, avps)
    }

    #[test]
    fn is_a_request_and_a_response_an_answer() {
        let binding = Binding::default();
        let request = ccr(1, []);
        let answer = Message::decode(MessageBuilder::answer_to(&request).build());
        assert!(SessionRequest::new(&request, &binding).is_some());
        assert!(SessionRequest::new(&answer, &binding).is_none());
        assert!(Response::new(&answer, &binding).is_some());
        assert!(Response::new(&request, &binding).is_none());
        let watchdog = Message::decode(MessageBuilder::request(280, 0).build());
        assert!(SessionRequest::new(&watchdog, &binding).is_none());
    }

    #[test]
    fn its_kind_is_the_bindings() {
        let turned = Binding {
            start: 2,
            interim: 1,
            ..Binding::default()
        };
        let message = ccr(1, []);
        let kind = |binding: &Binding| SessionRequest::new(&message, binding).unwrap().kind();
        assert_eq!(kind(&Binding::default()), Some(Kind::Start));
        assert_eq!(kind(&turned), Some(Kind::Interim));
        let message = ccr(9, []);
        let binding = Binding::default();
        assert_eq!(
            SessionRequest::new(&message, &binding).and_then(|r| r.kind()),
            None
        );
    }

    #[test]
    fn units_are_summed_where_the_binding_looks() {
        let message = ccr(2, [used(1), mscc([used(2), used(4)]), mscc([used(8)])]);
        let at = |units_at| {
            let binding = Binding {
                units_at,
                ..Binding::default()
            };
            SessionRequest::new(&message, &binding).and_then(|request| request.used())
        };
        assert_eq!(at(UnitsAt::Command), Some(1));
        assert_eq!(at(UnitsAt::Mscc), Some(14));
        assert_eq!(at(UnitsAt::Either), Some(15));
        let binding = Binding::default();
        let request = SessionRequest::new(&message, &binding).unwrap();
        assert_eq!(request.placement(), Placement::Both);
    }

    #[test]
    fn no_report_is_another_thing_than_a_report_of_nothing() {
        let binding = Binding::default();
        let used_of = |message: &Message| SessionRequest::new(message, &binding).unwrap().used();
        assert_eq!(used_of(&ccr(2, [])), None);
        assert_eq!(used_of(&ccr(2, [mscc([])])), None);
        assert_eq!(
            used_of(&ccr(2, [AvpOut::group(key::USED_SERVICE_UNIT, [])])),
            Some(0)
        );
        let octets = units(key::USED_SERVICE_UNIT, key::CC_TOTAL_OCTETS, 7);
        assert_eq!(used_of(&ccr(2, [octets])), Some(0));
    }

    #[test]
    fn octets_are_the_total_or_both_directions() {
        let binding = Binding {
            unit: Unit::Octets,
            ..Binding::default()
        };
        let both = AvpOut::group(
            key::USED_SERVICE_UNIT,
            [
                AvpOut::new(key::CC_INPUT_OCTETS, 3_u64),
                AvpOut::new(key::CC_OUTPUT_OCTETS, u64::MAX),
            ],
        );
        let message = ccr(2, [both]);
        let request = SessionRequest::new(&message, &binding).unwrap();
        assert_eq!(request.used(), Some(u64::MAX));
        let time = AvpOut::group(
            key::USED_SERVICE_UNIT,
            [
                AvpOut::new(key::CC_TIME, 60_u32),
                AvpOut::new(key::CC_TOTAL_OCTETS, 12_u64),
                AvpOut::new(key::CC_INPUT_OCTETS, 5_u64),
            ],
        );
        let message = ccr(2, [time]);
        let request = SessionRequest::new(&message, &binding).unwrap();
        assert_eq!(request.used(), Some(12));
        assert_eq!(request.used_in(Unit::Seconds), Some(60));
        assert_eq!(request.used_in(Unit::Messages), Some(0));
    }

    #[test]
    fn says_who_is_charged_and_for_which_session() {
        let ims = AvpOut::group(
            key::IMS_INFORMATION,
            [
                AvpOut::new(key::NODE_FUNCTIONALITY, 6_u32),
                AvpOut::new(key::IMS_CHARGING_IDENTIFIER, "icid-1"),
                AvpOut::new(key::USER_SESSION_ID, "call-1"),
                AvpOut::new(key::CALLING_PARTY_ADDRESS, "sip:alice@example.com"),
            ],
        );
        let id = AvpOut::group(
            key::SUBSCRIPTION_ID,
            [
                AvpOut::new(key::SUBSCRIPTION_ID_DATA, "15550100"),
                AvpOut::new(key::SUBSCRIPTION_ID_TYPE, 0_u32),
            ],
        );
        let extension = AvpOut::group(
            AvpKey::base(659),
            [AvpOut::new(AvpKey::base(662), "sip:alice@example.com")],
        );
        let message = ccr(
            1,
            [
                AvpOut::group(key::SERVICE_INFORMATION, [ims]),
                id,
                extension,
            ],
        );
        let binding = Binding::default();
        let request = SessionRequest::new(&message, &binding).unwrap();
        assert_eq!(request.icid(), Some("icid-1"));
        assert_eq!(request.call_id(), Some("call-1"));
        assert_eq!(request.calling_party(), Some("sip:alice@example.com"));
        assert_eq!(request.called_party(), None);
        assert_eq!(
            request.subscription_ids().collect::<Vec<_>>(),
            [
                Subscription {
                    kind: Some(0),
                    data: "15550100"
                },
                Subscription {
                    kind: Some(2),
                    data: "sip:alice@example.com"
                },
            ]
        );
    }

    #[test]
    fn is_described_in_a_line() {
        let binding = Binding::default();
        let line = |message: &Message| SessionRequest::new(message, &binding).unwrap().describe();
        assert_eq!(
            line(&ccr(3, [used(1)])),
            "SessionRequest (stop)  #2  used 1 message"
        );
        let asks = AvpOut::group(key::REQUESTED_SERVICE_UNIT, []);
        assert_eq!(
            line(&ccr(2, [used(3), asks])),
            "SessionRequest (interim)  #2  used 3 messages  asks for units"
        );
        assert_eq!(line(&ccr(7, [])), "SessionRequest (CC-Request-Type 7)  #2");
    }
}
