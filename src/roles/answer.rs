//! A Response of the Charging Enabler: a Credit-Control-Answer that fits its request.

use crate::ch2::Unit;
use crate::diameter::dictionary::CREDIT_CONTROL_APPLICATION;
use crate::diameter::{Avp, AvpOut, Message, MessageBuilder, key};
use crate::scenario::Money;

/// DIAMETER_SUCCESS (RFC 6733 7.1.2).
pub(super) const SUCCESS: u32 = 2001;
/// DIAMETER_UNKNOWN_SESSION_ID (RFC 6733 7.1.5).
pub(super) const UNKNOWN_SESSION_ID: u32 = 5002;
/// DIAMETER_USER_UNKNOWN (RFC 8506 9.2).
pub(super) const USER_UNKNOWN: u32 = 5030;

/// DIAMETER_UNABLE_TO_COMPLY (RFC 6733 7.1.5).
pub(super) const UNABLE_TO_COMPLY: u32 = 5012;

/// What a Response says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// Result-Code of the command.
    pub result_code: u32,
    /// Result-Code of each service; `None`: that of the command.
    pub service_result: Option<u32>,
    /// Units granted; empty: no Granted-Service-Unit.
    pub grants: Vec<(Unit, u64)>,
    /// Money granted.
    pub money: Option<Money>,
    /// Validity-Time, in seconds.
    pub validity_time: Option<u32>,
    /// Final-Unit-Action.
    pub final_unit: Option<u32>,
    /// Credit-Control-Failure-Handling.
    pub failure_handling: Option<u32>,
    /// CC-Session-Failover.
    pub session_failover: Option<u32>,
}

impl Terms {
    /// A Result-Code and nothing more.
    pub fn result(result_code: u32) -> Terms {
        Terms {
            result_code,
            ..Terms::default()
        }
    }
}

/// The flags of Session-Id (RFC 6733 8.8).
const MANDATORY: u8 = 0x40;
/// Final-Unit-Action REDIRECT (RFC 8506 8.35), which needs an address to go to.
const REDIRECT: u32 = 1;
/// Final-Unit-Action RESTRICT_ACCESS (RFC 8506 8.35), which is to name what is still allowed.
const RESTRICT_ACCESS: u32 = 2;
/// Redirect-Address-Type SIP URI (RFC 8506 8.38).
const SIP_URI: u32 = 3;

/// The answer to a CCR: it holds what the grammar of RFC 8506 3.2 asks for, and units stand where
/// the request had its own, in the command or in each Multiple-Services-Credit-Control. Values of
/// the request are repeated, its flags and its faults are not: an answer that is faulty itself may
/// be taken for none, and nothing that rests on it could be held against the server.
pub(super) fn answer(request: &Message, host: &str, realm: &str, terms: &Terms) -> MessageBuilder {
    let session = request.find(key::SESSION_ID);
    let mut answer = MessageBuilder::answer_to(request)
        // Result-Codes of the class 3xxx are protocol errors, told with the E bit (RFC 6733 7.1.3).
        .error((3000..4000).contains(&terms.result_code))
        .avps(session.map(|avp| AvpOut::copy_of(avp).flags(MANDATORY)))
        .with(key::RESULT_CODE, terms.result_code)
        .with(key::ORIGIN_HOST, host)
        .with(key::ORIGIN_REALM, realm)
        .with(key::AUTH_APPLICATION_ID, CREDIT_CONTROL_APPLICATION);
    for repeated in [key::CC_REQUEST_TYPE, key::CC_REQUEST_NUMBER] {
        answer = answer.avps(request.find(repeated).and_then(repeat));
    }
    let services: Vec<Avp<'_>> = request
        .find_all(key::MULTIPLE_SERVICES_CREDIT_CONTROL)
        .collect();
    if services.is_empty() {
        answer = answer.avps(granted(terms, realm));
    }
    for service in services {
        answer = answer.avp(AvpOut::group(
            key::MULTIPLE_SERVICES_CREDIT_CONTROL,
            of_service(service, terms, realm),
        ));
    }
    let said = [
        (key::CREDIT_CONTROL_FAILURE_HANDLING, terms.failure_handling),
        (key::CC_SESSION_FAILOVER, terms.session_failover),
    ];
    for (key, value) in said {
        answer = answer.avps(value.map(|value| AvpOut::new(key, value)));
    }
    // A proxy finds its way back by them (RFC 6733 6.2).
    answer.avps(request.find_all(key::PROXY_INFO).map(AvpOut::copy_of))
}

/// An integer of the request, with the flags that its definition asks for.
fn repeat(avp: Avp<'_>) -> Option<AvpOut> {
    Some(AvpOut::new(avp.key(), avp.u32().ok()?))
}

/// True where a request asks for units, in the command or in a service.
pub(super) fn asks_for_units(request: &Message) -> bool {
    request.find(key::REQUESTED_SERVICE_UNIT).is_some()
        || request
            .find_all(key::MULTIPLE_SERVICES_CREDIT_CONTROL)
            .any(|service| service.find(key::REQUESTED_SERVICE_UNIT).is_some())
}

/// True where a request reports or asks inside Multiple-Services-Credit-Control.
pub(super) fn has_services(request: &Message) -> bool {
    request
        .find(key::MULTIPLE_SERVICES_CREDIT_CONTROL)
        .is_some()
}

fn of_service(service: Avp<'_>, terms: &Terms, realm: &str) -> Vec<AvpOut> {
    let mut inside = Vec::new();
    // A grant is given to a service that only reports, too: whoever asked for one means it, and a
    // server that relies on it would run dry.
    inside.extend(granted(terms, realm));
    for named in [key::SERVICE_IDENTIFIER, key::RATING_GROUP] {
        inside.extend(
            service
                .children()
                .filter(|avp| avp.key() == named)
                .filter_map(repeat),
        );
    }
    let result = terms.service_result.unwrap_or(terms.result_code);
    inside.push(AvpOut::new(key::RESULT_CODE, result));
    inside
}

/// Units, and what goes with them.
fn granted(terms: &Terms, realm: &str) -> Vec<AvpOut> {
    let amount = |(unit, units): &(Unit, u64)| match unit {
        Unit::Messages => AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, *units),
        Unit::Octets => AvpOut::new(key::CC_TOTAL_OCTETS, *units),
        Unit::Seconds => AvpOut::new(key::CC_TIME, u32::try_from(*units).unwrap_or(u32::MAX)),
    };
    let mut avps = Vec::new();
    let amounts: Vec<AvpOut> = terms
        .grants
        .iter()
        .map(amount)
        .chain(terms.money.map(money))
        .collect();
    if !amounts.is_empty() {
        avps.push(AvpOut::group(key::GRANTED_SERVICE_UNIT, amounts));
    }
    let validity = terms.validity_time;
    avps.extend(validity.map(|seconds| AvpOut::new(key::VALIDITY_TIME, seconds)));
    avps.extend(terms.final_unit.map(|action| final_unit(action, realm)));
    avps
}

/// A CC-Money (RFC 8506 8.22).
fn money(money: Money) -> AvpOut {
    let exponent = (money.exponent != 0).then(|| AvpOut::new(key::EXPONENT, money.exponent));
    let digits = AvpOut::new(key::VALUE_DIGITS, money.digits);
    let value = AvpOut::group(key::UNIT_VALUE, [digits].into_iter().chain(exponent));
    let currency = money.currency;
    let currency = currency.map(|code| AvpOut::new(key::CURRENCY_CODE, code));
    AvpOut::group(key::CC_MONEY, [value].into_iter().chain(currency))
}

/// A Final-Unit-Indication with what its action needs (RFC 8506 8.34).
fn final_unit(action: u32, realm: &str) -> AvpOut {
    let mut inside = vec![AvpOut::new(key::FINAL_UNIT_ACTION, action)];
    match action {
        REDIRECT => {
            let to = [
                AvpOut::new(key::REDIRECT_ADDRESS_TYPE, SIP_URI),
                AvpOut::new(key::REDIRECT_SERVER_ADDRESS, format!("sip:credit@{realm}")),
            ];
            inside.push(AvpOut::group(key::REDIRECT_SERVER, to));
        }
        RESTRICT_ACCESS => inside.push(AvpOut::new(key::FILTER_ID, "no-credit")),
        _ => {}
    }
    AvpOut::group(key::FINAL_UNIT_INDICATION, inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::dictionary::CCR;
    use crate::diameter::{Severity, grammar};

    fn request(avps: impl IntoIterator<Item = AvpOut>) -> Message {
        let builder = MessageBuilder::request(CCR, CREDIT_CONTROL_APPLICATION)
            .hop_by_hop(7)
            .end_to_end(9)
            .with(key::SESSION_ID, "s;1")
            .with(key::AUTH_APPLICATION_ID, 4_u32)
            .with(key::CC_REQUEST_TYPE, 2_u32)
            .with(key::CC_REQUEST_NUMBER, 3_u32)
            .avps(avps);
        Message::decode(builder.build())
    }

    fn reply(request: &Message, result_code: u32, grant: Option<u64>) -> Message {
        let units = grant.map(|units| (Unit::Messages, units));
        said(
            request,
            &Terms {
                grants: units.into_iter().collect(),
                validity_time: Some(30),
                ..Terms::result(result_code)
            },
        )
    }

    fn said(request: &Message, terms: &Terms) -> Message {
        Message::decode(answer(request, "ocs.test", "test", terms).build())
    }

    #[test]
    fn echoes_what_the_grammar_asks_for() {
        let answer = reply(&request([]), SUCCESS, None);
        assert_eq!((answer.hop_by_hop(), answer.end_to_end()), (7, 9));
        assert!(!answer.is_request() && !answer.flags().error());
        assert_eq!(
            answer.avps().next().map(|avp| avp.key()),
            Some(key::SESSION_ID)
        );
        assert_eq!(answer.session_id(), Some("s;1"));
        assert_eq!(answer.find(key::CC_REQUEST_NUMBER).unwrap().u32(), Ok(3));
        assert_eq!(answer.find(key::AUTH_APPLICATION_ID).unwrap().u32(), Ok(4));
        assert!(answer.find(key::GRANTED_SERVICE_UNIT).is_none());
        assert!(reply(&request([]), 3004, None).flags().error());
        assert_eq!(answer.faults(), []);
    }

    #[test]
    fn is_right_where_the_request_was_not() {
        let integers = [
            (key::AUTH_APPLICATION_ID, 4_u32),
            (key::CC_REQUEST_TYPE, 1),
            (key::CC_REQUEST_NUMBER, 0),
        ];
        let service = |group: AvpOut| AvpOut::group(key::MULTIPLE_SERVICES_CREDIT_CONTROL, [group]);
        let without_flags = || {
            let session = AvpOut::raw(key::SESSION_ID, 0, "s;1");
            let others = integers.map(|(key, value)| AvpOut::raw(key, 0, value));
            let service = service(AvpOut::raw(key::RATING_GROUP, 0, 5_u32));
            [session].into_iter().chain(others).chain([service])
        };
        let with_others = || {
            let session = AvpOut::new(key::SESSION_ID, "s;1");
            let others = integers.map(|(key, value)| {
                let wrong = key == key::AUTH_APPLICATION_ID;
                AvpOut::new(key, if wrong { 5_u32 } else { value })
            });
            let service = service(AvpOut::raw(key::RATING_GROUP, 0x40, 5_u64));
            [session].into_iter().chain(others).chain([service])
        };
        let without_application = || with_others().filter(|avp| avp.key() != integers[0].0);
        let requests: [Vec<AvpOut>; 3] = [
            without_flags().collect(),
            with_others().collect(),
            without_application().collect(),
        ];
        for avps in requests {
            let request = MessageBuilder::request(CCR, CREDIT_CONTROL_APPLICATION).avps(avps);
            let answer = reply(&Message::decode(request.build()), SUCCESS, Some(10));
            assert_eq!(answer.faults(), []);
            assert_eq!(grammar::check(&answer, answer.dictionary()), []);
            assert_eq!(answer.find(key::AUTH_APPLICATION_ID).unwrap().u32(), Ok(4));
        }
    }

    #[test]
    fn units_stand_where_the_request_had_them() {
        let units = [key::GRANTED_SERVICE_UNIT, key::CC_SERVICE_SPECIFIC_UNITS];
        let wanted = || AvpOut::group(key::REQUESTED_SERVICE_UNIT, []);
        let plain = reply(&request([wanted()]), SUCCESS, Some(10));
        assert_eq!(plain.find_path(&units).unwrap().u64(), Ok(10));
        assert_eq!(plain.find(key::VALIDITY_TIME).unwrap().u32(), Ok(30));
        let service = AvpOut::group(
            key::MULTIPLE_SERVICES_CREDIT_CONTROL,
            [wanted(), AvpOut::new(key::RATING_GROUP, 5_u32)],
        );
        let inside = reply(&request([service]), SUCCESS, Some(10));
        assert!(inside.find(key::GRANTED_SERVICE_UNIT).is_none());
        let group = inside.find(key::MULTIPLE_SERVICES_CREDIT_CONTROL).unwrap();
        assert_eq!(group.find(key::RATING_GROUP).unwrap().u32(), Ok(5));
        assert_eq!(group.find(key::RESULT_CODE).unwrap().u32(), Ok(SUCCESS));
        let granted = group.find(key::GRANTED_SERVICE_UNIT).unwrap();
        assert_eq!(
            granted.find(key::CC_SERVICE_SPECIFIC_UNITS).unwrap().u64(),
            Ok(10)
        );
    }
    #[test]
    fn a_final_unit_has_what_its_action_needs_and_nothing_else() {
        for (action, members) in [(0, 1), (REDIRECT, 2), (RESTRICT_ACCESS, 2)] {
            let terms = Terms {
                final_unit: Some(action),
                ..Terms::result(SUCCESS)
            };
            let answer = said(&request([]), &terms);
            let group = answer.find(key::FINAL_UNIT_INDICATION).unwrap();
            assert_eq!(group.children().count(), members);
            let found = grammar::check(&answer, answer.dictionary());
            let must = found
                .iter()
                .filter(|fault| fault.severity == Severity::Must);
            assert_eq!(must.count(), 0, "{found:?}");
        }
    }

    #[test]
    fn several_kinds_stand_in_one_grant_and_the_rest_in_the_command() {
        let terms = Terms {
            service_result: Some(4012),
            grants: vec![(Unit::Messages, 2), (Unit::Octets, 9), (Unit::Seconds, 60)],
            failure_handling: Some(1),
            session_failover: Some(1),
            ..Terms::result(SUCCESS)
        };
        let service = AvpOut::group(key::MULTIPLE_SERVICES_CREDIT_CONTROL, []);
        let answer = said(&request([service]), &terms);
        let group = answer.find(key::MULTIPLE_SERVICES_CREDIT_CONTROL).unwrap();
        assert_eq!(group.find(key::RESULT_CODE).unwrap().u32(), Ok(4012));
        assert_eq!(answer.result_code(), Some(SUCCESS));
        let granted = group.find(key::GRANTED_SERVICE_UNIT).unwrap();
        assert_eq!(granted.children().count(), 3);
        assert_eq!(granted.find(key::CC_TIME).unwrap().u32(), Ok(60));
        for said in [
            key::CREDIT_CONTROL_FAILURE_HANDLING,
            key::CC_SESSION_FAILOVER,
        ] {
            assert_eq!(answer.find(said).unwrap().u32(), Ok(1));
        }
    }
}
