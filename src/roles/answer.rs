//! A Response of the Charging Enabler: a Credit-Control-Answer that fits its request.

use crate::ch2::{Binding, Unit};
use crate::diameter::{Avp, AvpOut, Message, MessageBuilder, key};

/// DIAMETER_SUCCESS (RFC 6733 7.1.2).
pub(super) const SUCCESS: u32 = 2001;
/// DIAMETER_UNKNOWN_SESSION_ID (RFC 6733 7.1.5).
pub(super) const UNKNOWN_SESSION_ID: u32 = 5002;
/// DIAMETER_USER_UNKNOWN (RFC 8506 9.2).
pub(super) const USER_UNKNOWN: u32 = 5030;

/// DIAMETER_UNABLE_TO_COMPLY (RFC 6733 7.1.5).
pub(super) const UNABLE_TO_COMPLY: u32 = 5012;

/// What a Response says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// Result-Code of the command.
    pub result_code: u32,
    /// Units granted; `None`: no Granted-Service-Unit.
    pub grant: Option<u64>,
    /// Validity-Time of the grant, in seconds.
    pub validity_time: Option<u32>,
}

/// The answer to a CCR: what the grammar of RFC 8506 3.2 asks for is echoed, and units stand where
/// the request had its own, in the command or in each Multiple-Services-Credit-Control.
pub(super) fn answer(
    request: &Message,
    host: &str,
    realm: &str,
    binding: &Binding,
    terms: Terms,
) -> MessageBuilder {
    let mut answer = MessageBuilder::answer_to(request)
        // Result-Codes of the class 3xxx are protocol errors, told with the E bit (RFC 6733 7.1.3).
        .error((3000..4000).contains(&terms.result_code))
        .avps(request.find(key::SESSION_ID).map(AvpOut::copy_of))
        .with(key::RESULT_CODE, terms.result_code)
        .with(key::ORIGIN_HOST, host)
        .with(key::ORIGIN_REALM, realm);
    for echoed in [
        key::AUTH_APPLICATION_ID,
        key::CC_REQUEST_TYPE,
        key::CC_REQUEST_NUMBER,
    ] {
        answer = answer.avps(request.find(echoed).map(AvpOut::copy_of));
    }
    let services: Vec<Avp<'_>> = request
        .find_all(key::MULTIPLE_SERVICES_CREDIT_CONTROL)
        .collect();
    if services.is_empty() {
        answer = answer.avps(granted(binding, terms));
    }
    for service in services {
        answer = answer.avp(AvpOut::group(
            key::MULTIPLE_SERVICES_CREDIT_CONTROL,
            of_service(service, binding, terms),
        ));
    }
    // A proxy finds its way back by them (RFC 6733 6.2).
    answer.avps(request.find_all(key::PROXY_INFO).map(AvpOut::copy_of))
}

/// True where a request asks for units, in the command or in a service.
pub(super) fn asks_for_units(request: &Message) -> bool {
    request.find(key::REQUESTED_SERVICE_UNIT).is_some()
        || request
            .find_all(key::MULTIPLE_SERVICES_CREDIT_CONTROL)
            .any(|service| service.find(key::REQUESTED_SERVICE_UNIT).is_some())
}

fn of_service(service: Avp<'_>, binding: &Binding, terms: Terms) -> Vec<AvpOut> {
    let mut inside = Vec::new();
    // A grant is given to a service that only reports, too: whoever asked for one means it, and a
    // server that relies on it would run dry.
    inside.extend(granted(binding, terms));
    for named in [key::SERVICE_IDENTIFIER, key::RATING_GROUP] {
        inside.extend(
            service
                .children()
                .filter(|avp| avp.key() == named)
                .map(AvpOut::copy_of),
        );
    }
    inside.push(AvpOut::new(key::RESULT_CODE, terms.result_code));
    inside
}

fn granted(binding: &Binding, terms: Terms) -> Vec<AvpOut> {
    let Some(units) = terms.grant else {
        return Vec::new();
    };
    let amount = match binding.unit {
        Unit::Messages => AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, units),
        Unit::Octets => AvpOut::new(key::CC_TOTAL_OCTETS, units),
        Unit::Seconds => AvpOut::new(key::CC_TIME, u32::try_from(units).unwrap_or(u32::MAX)),
    };
    let mut avps = vec![AvpOut::group(key::GRANTED_SERVICE_UNIT, [amount])];
    avps.extend(
        terms
            .validity_time
            .map(|seconds| AvpOut::new(key::VALIDITY_TIME, seconds)),
    );
    avps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::dictionary::{CCR, CREDIT_CONTROL_APPLICATION};

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
        let terms = Terms {
            result_code,
            grant,
            validity_time: Some(30),
        };
        let builder = answer(request, "ocs.test", "test", &Binding::default(), terms);
        Message::decode(builder.build())
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
}
