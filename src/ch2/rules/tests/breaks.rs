//! One conversation for each rule that breaks it, and only it.

use super::{
    SERVER, Talk, ccr, cer, dwa, dwr, identified, mscc, raa, rar, session, subscription, with,
    without,
};
use crate::diameter::{AvpOut, key};

type Conversation = fn(&mut Talk);

pub(super) const TABLE: &[(&str, Conversation)] = &[
    ("DIA-HEADER", |talk| {
        talk.server(&ccr(1, 0).flags(0xc1));
    }),
    ("DIA-COMMAND-KNOWN", |talk| {
        talk.server(&crate::diameter::MessageBuilder::request(999, 4));
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
    ("DIA-ANSWER-HOP-BY-HOP", |talk| {
        let request = talk.ours(&dwr(7));
        talk.server(&dwa(&request).hop_by_hop(8));
    }),
    ("DIA-ANSWER-END-TO-END", |talk| {
        let request = talk.ours(&dwr(7));
        talk.server(&dwa(&request).end_to_end(8));
    }),
    ("DIA-ANSWER-COMMAND", |talk| {
        let request = talk.ours(&rar(7));
        talk.server(&with(raa(&request), key::SESSION_ID, "im.example.com;2;2"));
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
        talk.server(&cer());
        talk.server(&with(dwr(7), key::ORIGIN_HOST, "other.example.com"));
    }),
    ("CC-FIRST-IS-START", |talk| {
        talk.server(&ccr(2, 0));
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
        talk.server(&without(ccr(1, 0), key::REQUESTED_SERVICE_UNIT).avp(mscc([group])));
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
];
