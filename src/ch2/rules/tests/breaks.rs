//! One conversation for each rule that breaks it, and only it.

use super::{
    SERVER, Talk, asr, ccr, cea, cer, dpr, dwa, dwr, final_units, identified, mscc, open, raa, rar,
    session, subscription, with, without,
};
use crate::diameter::{AvpKey, AvpOut, MessageBuilder, NtpTime, key};

type Conversation = fn(&mut Talk);

pub(super) const TABLE: &[(&str, Conversation)] = &[
    ("DIA-HEADER", |talk| {
        talk.server(&ccr(1, 0).flags(0xc1));
    }),
    ("DIA-COMMAND-KNOWN", |talk| {
        talk.server(&MessageBuilder::request(999, 4));
    }),
    ("DIA-E-BIT", |talk| {
        talk.server(&ccr(1, 0).error(true));
    }),
    ("DIA-P-BIT", |talk| {
        talk.server(&ccr(1, 0).proxiable(false));
    }),
    ("DIA-APPLICATION-ID", |talk| {
        talk.server(&ccr(1, 0).application_id(1));
    }),
    ("DIA-APPLICATION-ID", |talk| {
        talk.server(&with(ccr(1, 0), key::AUTH_APPLICATION_ID, 3_u32));
    }),
    ("DIA-AVP-LENGTH", |talk| {
        talk.server(&ccr(1, 0).avp(AvpOut::raw(key::ORIGIN_STATE_ID, 0x40, vec![1_u8, 2])));
    }),
    ("DIA-AVP-PADDING", |talk| {
        let name = AvpOut::new(key::USER_NAME, "alice").padding(vec![1_u8, 2, 3]);
        talk.server(&ccr(1, 0).avp(name));
    }),
    ("DIA-AVP-FLAGS", |talk| {
        talk.server(&ccr(1, 0).avp(AvpOut::new(key::USER_NAME, "alice").mandatory(false)));
    }),
    ("DIA-AVP-VALUE", |talk| {
        talk.server(&ccr(1, 0).avp(AvpOut::raw(key::USER_NAME, 0x40, vec![0xff_u8, 0xfe])));
    }),
    ("DIA-AVP-MISSING", |talk| {
        talk.server(&without(ccr(1, 0), key::DESTINATION_REALM));
    }),
    ("DIA-AVP-REPEATED", |talk| {
        talk.server(&ccr(1, 0).with(key::CC_REQUEST_NUMBER, 0_u32));
    }),
    ("DIA-AVP-FORBIDDEN", |talk| {
        talk.server(&ccr(1, 0).with(key::RESULT_CODE, 2001_u32));
    }),
    ("DIA-SESSION-ID-POSITION", |talk| {
        let mut message = ccr(1, 0);
        message.avps_mut().swap(0, 1);
        talk.server(&message);
    }),
    ("DIA-DESTINATION-HOST", |talk| {
        talk.server(&ccr(1, 0).with(key::DESTINATION_HOST, SERVER));
    }),
    ("DIA-ANSWER-HOP-BY-HOP", |talk| {
        let request = talk.ours(&dwr(7));
        talk.server(&dwa(&request).hop_by_hop(8));
    }),
    ("DIA-ANSWER-END-TO-END", |talk| {
        let request = talk.ours(&dwr(7));
        talk.server(&dwa(&request).end_to_end(8));
    }),
    ("DIA-ANSWER-COMMAND", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&rar(7));
        talk.server(&with(raa(&request), key::SESSION_ID, "im.example.com;2;2"));
        talk.exchange(&ccr(2, 1), 2001);
    }),
    ("DIA-HOP-BY-HOP", |talk| {
        talk.server(&ccr(1, 0));
        talk.server(&dwr(1001).end_to_end(5));
    }),
    ("DIA-END-TO-END", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&ccr(2, 1).end_to_end(1001));
    }),
    ("DIA-T-BIT-FIRST", |talk| {
        talk.server(&ccr(1, 0).retransmitted(true));
    }),
    ("DIA-T-BIT-FIRST", |talk| {
        talk.server(&dwr(7).retransmitted(true));
    }),
    ("DIA-T-BIT-AGAIN", |talk| {
        talk.server(&ccr(1, 0));
        talk.server(&ccr(1, 0).hop_by_hop(2));
    }),
    ("DIA-T-BIT-ANSWER", |talk| {
        let request = talk.ours(&dwr(7));
        talk.server(&dwa(&request).retransmitted(true));
    }),
    ("DIA-RESEND-END-TO-END", |talk| {
        talk.server(&ccr(1, 0));
        talk.server(&identified(ccr(1, 0), 2).retransmitted(true));
    }),
    ("DIA-ORIGIN-STATE-ID", |talk| {
        talk.server(&dwr(7).with(key::ORIGIN_STATE_ID, 5_u32));
        talk.wait(6_000);
        talk.server(&dwr(8).with(key::ORIGIN_STATE_ID, 4_u32));
    }),
    ("PEER-CER-FIRST", |talk| {
        talk.server(&dwr(7));
        talk.server(&cer());
    }),
    ("PEER-CER-APPLICATION", |talk| {
        talk.server(&with(cer(), key::AUTH_APPLICATION_ID, 1_u32));
    }),
    ("PEER-CER-APPLICATION", |talk| {
        talk.server(&without(cer(), key::AUTH_APPLICATION_ID));
    }),
    ("PEER-ORIGIN-HOST", |talk| {
        open(talk);
        talk.server(&with(dwr(7), key::ORIGIN_HOST, "other.example.com"));
    }),
    ("CC-FIRST-IS-START", |talk| {
        talk.server(&ccr(2, 0));
    }),
    ("CC-SESSION-ID-SHARED", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.im_session = 1;
        talk.exchange(&identified(ccr(1, 0), 77), 2001);
    }),
    ("CC-ONE-START", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&ccr(1, 1));
    }),
    ("CC-ONE-STOP", |talk| {
        session(talk);
        talk.server(&ccr(3, 3));
    }),
    ("CC-ONE-STOP", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&ccr(3, 1));
        talk.server(&ccr(3, 2));
    }),
    ("CC-NOTHING-AFTER-STOP", |talk| {
        session(talk);
        talk.server(&ccr(2, 3));
    }),
    ("CC-NOTHING-AFTER-REFUSAL", |talk| {
        talk.exchange(&ccr(1, 0), 4010);
        talk.server(&ccr(3, 1));
    }),
    ("CC-NOTHING-AFTER-REFUSAL", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.exchange(&ccr(2, 1), 4011);
        talk.server(&ccr(2, 2));
    }),
    ("CC-NUMBER-UNIQUE", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.exchange(&ccr(2, 1), 2001);
        talk.server(&identified(ccr(2, 1), 77));
    }),
    ("CC-NUMBER-SEQUENCE", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&ccr(2, 5));
    }),
    ("CC-STOP-WAITS", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&ccr(2, 1));
        talk.server(&ccr(3, 2));
    }),
    ("CC-ONE-OUTSTANDING", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&ccr(2, 1));
        talk.server(&ccr(2, 2));
    }),
    ("CC-USED-IN-START", |talk| {
        let units = [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, 1_u64)];
        talk.server(&ccr(1, 0).avp(AvpOut::group(key::USED_SERVICE_UNIT, units)));
    }),
    ("CC-REQUESTED-IN-STOP", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&ccr(3, 1).avp(AvpOut::group(key::REQUESTED_SERVICE_UNIT, [])));
    }),
    ("CC-REQUESTED-IN-START", |talk| {
        let group = AvpOut::new(key::RATING_GROUP, 1_u32);
        let start = without(ccr(1, 0), key::REQUESTED_SERVICE_UNIT)
            .with(key::MULTIPLE_SERVICES_INDICATOR, 1_u32);
        talk.server(&start.avp(mscc([group])));
    }),
    ("CC-USED-KIND", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let octets = [AvpOut::new(key::CC_TOTAL_OCTETS, 5_u64)];
        let stop = without(ccr(3, 1), key::USED_SERVICE_UNIT);
        talk.server(&stop.avp(AvpOut::group(key::USED_SERVICE_UNIT, octets)));
    }),
    ("CC-CONTEXT-SYNTAX", |talk| {
        talk.server(&with(ccr(1, 0), key::SERVICE_CONTEXT_ID, "im"));
    }),
    ("CC-CONTEXT-CONSTANT", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&with(ccr(2, 1), key::SERVICE_CONTEXT_ID, "sms@example.com"));
    }),
    ("CC-CONTEXT-PROFILE", |talk| {
        talk.server(&ccr(1, 0));
    }),
    ("CC-SUBSCRIPTION-PRESENT", |talk| {
        talk.server(&without(ccr(1, 0), key::SUBSCRIPTION_ID));
    }),
    ("CC-SUBSCRIPTION-CONSTANT", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let stop = without(ccr(3, 1), key::SUBSCRIPTION_ID);
        talk.server(&stop.avp(subscription("sip:mallory@example.com")));
    }),
    ("CC-EVENT-TIMESTAMP", |talk| {
        talk.server(&without(ccr(1, 0), key::EVENT_TIMESTAMP));
    }),
    ("CC-SESSION-ID-IDENTITY", |talk| {
        talk.server(&with(ccr(1, 0), key::SESSION_ID, "1876543210;523"));
    }),
    ("CC-SESSION-ID-IDENTITY", |talk| {
        talk.server(&with(
            ccr(1, 0),
            key::SESSION_ID,
            format!("{SERVER}.org;1;2").as_str(),
        ));
    }),
    ("CC-ORIGIN-CONSTANT", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&with(ccr(2, 1), key::ORIGIN_HOST, "im2.example.com"));
    }),
    ("DIA-AVP-VENDOR", |talk| {
        let zero = AvpOut::new(key::USER_NAME, "alice").vendor_field(Some(0));
        talk.server(&ccr(1, 0).avp(zero.flags(0xc0)));
    }),
    ("DIA-AVP-VENDOR", |talk| {
        let foreign = AvpOut::raw(AvpKey::base(841), 0, "icid-1");
        talk.server(&ccr(1, 0).avp(foreign));
    }),
    ("DIA-AVP-UNKNOWN", |talk| {
        let unknown = AvpOut::raw(AvpKey::of(1, 99_999), 0xc0, "x");
        talk.server(&ccr(1, 0).avp(unknown));
    }),
    ("DIA-ENUMERATED", |talk| {
        let kind = AvpOut::new(key::SUBSCRIPTION_ID_TYPE, 9_u32);
        let data = AvpOut::new(key::SUBSCRIPTION_ID_DATA, "alice");
        let start = without(ccr(1, 0), key::SUBSCRIPTION_ID);
        talk.server(&start.avp(AvpOut::group(key::SUBSCRIPTION_ID, [kind, data])));
    }),
    ("DIA-IDENTITY", |talk| {
        talk.server(&with(ccr(1, 0), key::DESTINATION_REALM, "example com"));
    }),
    ("DIA-AVP-MISSING", |talk| {
        let request = talk.server(&without(cer(), key::HOST_IP_ADDRESS));
        talk.ours(&cea(&request, 2001));
    }),
    ("DIA-AVP-REPEATED", |talk| {
        // One kind of unit stands once in a group.
        let units = [1_u64, 2].map(|n| AvpOut::new(key::CC_TOTAL_OCTETS, n));
        let start = without(ccr(1, 0), key::REQUESTED_SERVICE_UNIT);
        talk.server(&start.avp(AvpOut::group(key::REQUESTED_SERVICE_UNIT, units)));
    }),
    ("DIA-ANSWER-RESULT-CODE", |talk| {
        let request = talk.ours(&dwr(7));
        talk.server(&without(dwa(&request), key::RESULT_CODE));
    }),
    ("DIA-ANSWER-RESULT-CODE", |talk| {
        let request = talk.ours(&dwr(7));
        talk.server(&dwa(&request).with(key::RESULT_CODE, 2001_u32));
    }),
    ("DIA-ANSWER-DESTINATION", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&rar(7));
        talk.server(&raa(&request).with(key::DESTINATION_HOST, "ocs.example.com"));
        talk.exchange(&ccr(2, 1), 2001);
    }),
    ("DIA-ANSWER-PROXY-INFO", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&rar(7).avp(proxy("a")).avp(proxy("b")));
        talk.server(&raa(&request).avp(proxy("b")).avp(proxy("a")));
        talk.exchange(&ccr(2, 1), 2001);
    }),
    ("DIA-ANSWER-ONCE", |talk| {
        let request = talk.ours(&dwr(7));
        talk.server(&dwa(&request));
        talk.server(&dwa(&request));
    }),
    ("DIA-ANSWERED", |talk| {
        talk.ours(&dwr(7));
        talk.wait(10_000);
    }),
    ("DIA-FAILED-AVP", |talk| {
        let request = talk.ours(&dwr(7));
        talk.server(&with(dwa(&request), key::RESULT_CODE, 5001_u32));
    }),
    ("DIA-PEER-ALTERNATE", |talk| {
        open(talk);
        talk.server(&dwr(1007));
        talk.lose();
        talk.peer = 1;
        open(talk);
        talk.server(&dwr(1007).hop_by_hop(1008).retransmitted(true));
    }),
    ("DIA-RESEND-SAME", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&ccr(2, 1));
        talk.lose();
        let units = [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, 2_u64)];
        let again = without(ccr(2, 1), key::USED_SERVICE_UNIT).retransmitted(true);
        talk.server(&again.avp(AvpOut::group(key::USED_SERVICE_UNIT, units)));
    }),
    ("PEER-CEA-FIRST", |talk| {
        talk.server(&cer());
        talk.server(&ccr(1, 0));
    }),
    ("PEER-CEA-FIRST", |talk| {
        let request = talk.server(&cer());
        talk.ours(&cea(&request, 5010));
        talk.server(&dwr(7));
    }),
    ("PEER-AFTER-DISCONNECT", |talk| {
        talk.server(&dpr(7, 0));
        talk.server(&ccr(1, 0));
    }),
    ("PEER-AFTER-DISCONNECT", |talk| {
        let request = talk.ours(&dpr(7, 0));
        talk.server(&dwa(&request));
        talk.server(&ccr(1, 0));
    }),
    ("PEER-RECONNECT", |talk| {
        open(talk);
        let request = talk.ours(&dpr(7, 2));
        talk.server(&dwa(&request));
        talk.lose();
        talk.server(&identified(cer(), 9));
    }),
    ("PEER-WATCHDOG-PACE", |talk| {
        for identifier in [7, 8] {
            let request = talk.server(&dwr(identifier));
            talk.ours(&dwa(&request));
            talk.wait(3_000);
        }
    }),
    ("CC-EVENT-NUMBER", |talk| {
        talk.server(&ccr(4, 1));
    }),
    ("CC-USED-PLAUSIBLE", |talk| {
        let units = [AvpOut::new(key::CC_TIME, 0x8000_0000_u32)];
        let stop = without(ccr(3, 1), key::USED_SERVICE_UNIT);
        let request = talk.server(&ccr(1, 0));
        let time = [AvpOut::new(key::CC_TIME, 60_u32)];
        let answer = without(super::cca(&request, 2001), key::GRANTED_SERVICE_UNIT);
        talk.ours(&answer.avp(AvpOut::group(key::GRANTED_SERVICE_UNIT, time)));
        talk.server(&stop.avp(AvpOut::group(key::USED_SERVICE_UNIT, units)));
    }),
    ("CC-USED-PLAUSIBLE", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let units = [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, u64::MAX)];
        let stop = without(ccr(3, 1), key::USED_SERVICE_UNIT);
        talk.server(&stop.avp(AvpOut::group(key::USED_SERVICE_UNIT, units)));
    }),
    ("CC-UNITS-ONE-PLACE", |talk| {
        let start = ccr(1, 0).with(key::MULTIPLE_SERVICES_INDICATOR, 1_u32);
        talk.server(&start.avp(service(Some(1))));
    }),
    ("CC-SERVICES-INDICATED", |talk| {
        let start = without(ccr(1, 0), key::REQUESTED_SERVICE_UNIT);
        talk.server(&start.avp(service(Some(1))));
    }),
    ("CC-SERVICE-NAMED", |talk| {
        let start = without(ccr(1, 0), key::REQUESTED_SERVICE_UNIT)
            .with(key::MULTIPLE_SERVICES_INDICATOR, 1_u32);
        talk.server(&start.avp(service(Some(1))).avp(service(None)));
    }),
    ("CC-FINAL-UNITS", |talk| {
        let request = talk.server(&ccr(1, 0));
        talk.ours(&final_units(&request, 1));
        talk.server(&ccr(2, 1));
    }),
    ("CC-VALIDITY-TIME", |talk| {
        let request = talk.server(&ccr(1, 0));
        talk.ours(&super::cca(&request, 2001).with(key::VALIDITY_TIME, 5_u32));
        talk.wait(16_000);
        talk.server(&ccr(2, 1));
    }),
    ("CC-VALIDITY-TIME", |talk| {
        let request = talk.server(&ccr(1, 0));
        talk.ours(&super::cca(&request, 2001).with(key::VALIDITY_TIME, 5_u32));
        talk.wait(16_000);
    }),
    ("CC-REAUTH-CODE", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&rar(7));
        talk.server(&with(raa(&request), key::RESULT_CODE, 2001_u32));
        talk.exchange(&ccr(2, 1), 2001);
    }),
    ("CC-REAUTH-UPDATE", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&rar(7));
        talk.server(&raa(&request));
        talk.exchange(&ccr(3, 1), 2001);
    }),
    ("CC-REAUTH-UPDATE", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&rar(7));
        talk.server(&raa(&request));
        talk.wait(10_000);
    }),
    ("CC-ABORT-STOPS", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&asr(7));
        talk.server(&with(raa(&request), key::RESULT_CODE, 2001_u32));
        talk.exchange(&ccr(2, 1), 2001);
    }),
    ("CC-UNKNOWN-SESSION", |talk| {
        session(talk);
        let request = talk.ours(&rar(7));
        talk.server(&raa(&request));
    }),
    ("CC-UNKNOWN-SESSION", |talk| {
        let request = talk.ours(&asr(7));
        talk.server(&with(raa(&request), key::RESULT_CODE, 2001_u32));
    }),
    ("CC-NO-STR", |talk| {
        let end = MessageBuilder::request(275, 4)
            .with(key::SESSION_ID, super::SESSION)
            .with(key::ORIGIN_HOST, SERVER)
            .with(key::ORIGIN_REALM, "example.com")
            .with(key::DESTINATION_REALM, "example.com")
            .with(key::AUTH_APPLICATION_ID, 4_u32)
            .with(key::TERMINATION_CAUSE, 1_u32);
        talk.server(&end);
    }),
    ("CC-SUBSCRIPTION-FORM", |talk| {
        let kind = AvpOut::new(key::SUBSCRIPTION_ID_TYPE, 0_u32);
        let data = AvpOut::new(key::SUBSCRIPTION_ID_DATA, "sip:alice@example.com");
        let start = without(ccr(1, 0), key::SUBSCRIPTION_ID);
        talk.server(&start.avp(AvpOut::group(key::SUBSCRIPTION_ID, [kind, data])));
    }),
    ("CC-TIMESTAMP-SANE", |talk| {
        talk.server(&with(
            ccr(1, 0),
            key::EVENT_TIMESTAMP,
            NtpTime(1_790_000_000),
        ));
    }),
    ("CC-TIMESTAMP-ORDER", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&with(
            ccr(3, 1),
            key::EVENT_TIMESTAMP,
            NtpTime(3_899_999_999),
        ));
    }),
    ("CC-TERMINATION-CAUSE", |talk| {
        talk.server(&ccr(1, 0).with(key::TERMINATION_CAUSE, 1_u32));
    }),
    ("CC-REQUESTED-ACTION", |talk| {
        talk.server(&ccr(1, 0).with(key::REQUESTED_ACTION, 0_u32));
    }),
    ("CC-SESSION-ID-IDENTITY", |talk| {
        talk.server(&with(ccr(1, 0), key::SESSION_ID, "im.example.com;"));
    }),
    ("CC-ICID-CONSTANT", |talk| {
        talk.exchange(&ccr(1, 0).avp(icid("icid-1")), 2001);
        talk.server(&ccr(3, 1).avp(icid("icid-2")));
    }),
];

fn proxy(state: &str) -> AvpOut {
    AvpOut::group(
        key::PROXY_INFO,
        [
            AvpOut::new(AvpKey::base(280), "agent.example.com"),
            AvpOut::new(AvpKey::base(33), state.as_bytes().to_vec()),
        ],
    )
}

fn service(rating_group: Option<u32>) -> AvpOut {
    let units = [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, 1_u64)];
    let units = AvpOut::group(key::REQUESTED_SERVICE_UNIT, units);
    let group = rating_group.map(|group| AvpOut::new(key::RATING_GROUP, group));
    mscc(std::iter::once(units).chain(group))
}

fn icid(value: &str) -> AvpOut {
    let ims = [
        AvpOut::new(key::NODE_FUNCTIONALITY, 6_u32),
        AvpOut::new(key::IMS_CHARGING_IDENTIFIER, value),
    ];
    AvpOut::group(
        key::SERVICE_INFORMATION,
        [AvpOut::group(key::IMS_INFORMATION, ims)],
    )
}
