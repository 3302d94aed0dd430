//! The dictionary against tables copied out of the documents, row by row, not out of itself.

use crate::diameter::dictionary::{
    self, AvpDef, Certainty, Dictionary, MandatoryRule, result_code, result_name,
};
use crate::diameter::{AvpKey, AvpOut};

/// RFC 6733 4.5: name, code, section, type, M bit.
const RFC_6733_4_5: &[(&str, u32, &str, &str, &str)] = &[
    ("Acct-Interim-Interval", 85, "9.8.2", "Unsigned32", "must"),
    (
        "Accounting-Realtime-Required",
        483,
        "9.8.7",
        "Enumerated",
        "must",
    ),
    ("Acct-Multi-Session-Id", 50, "9.8.5", "UTF8String", "must"),
    (
        "Accounting-Record-Number",
        485,
        "9.8.3",
        "Unsigned32",
        "must",
    ),
    ("Accounting-Record-Type", 480, "9.8.1", "Enumerated", "must"),
    ("Acct-Session-Id", 44, "9.8.4", "OctetString", "must"),
    (
        "Accounting-Sub-Session-Id",
        287,
        "9.8.6",
        "Unsigned64",
        "must",
    ),
    ("Acct-Application-Id", 259, "6.9", "Unsigned32", "must"),
    ("Auth-Application-Id", 258, "6.8", "Unsigned32", "must"),
    ("Auth-Request-Type", 274, "8.7", "Enumerated", "must"),
    ("Authorization-Lifetime", 291, "8.9", "Unsigned32", "must"),
    ("Auth-Grace-Period", 276, "8.10", "Unsigned32", "must"),
    ("Auth-Session-State", 277, "8.11", "Enumerated", "must"),
    ("Re-Auth-Request-Type", 285, "8.12", "Enumerated", "must"),
    ("Class", 25, "8.20", "OctetString", "must"),
    ("Destination-Host", 293, "6.5", "DiameterIdentity", "must"),
    ("Destination-Realm", 283, "6.6", "DiameterIdentity", "must"),
    ("Disconnect-Cause", 273, "5.4.3", "Enumerated", "must"),
    ("Error-Message", 281, "7.3", "UTF8String", "must not"),
    (
        "Error-Reporting-Host",
        294,
        "7.4",
        "DiameterIdentity",
        "must not",
    ),
    ("Event-Timestamp", 55, "8.21", "Time", "must"),
    ("Experimental-Result", 297, "7.6", "Grouped", "must"),
    ("Experimental-Result-Code", 298, "7.7", "Unsigned32", "must"),
    ("Failed-AVP", 279, "7.5", "Grouped", "must"),
    ("Firmware-Revision", 267, "5.3.4", "Unsigned32", "must not"),
    ("Host-IP-Address", 257, "5.3.5", "Address", "must"),
    ("Inband-Security-Id", 299, "6.10", "Unsigned32", "must"),
    ("Multi-Round-Time-Out", 272, "8.19", "Unsigned32", "must"),
    ("Origin-Host", 264, "6.3", "DiameterIdentity", "must"),
    ("Origin-Realm", 296, "6.4", "DiameterIdentity", "must"),
    ("Origin-State-Id", 278, "8.16", "Unsigned32", "must"),
    ("Product-Name", 269, "5.3.7", "UTF8String", "must not"),
    ("Proxy-Host", 280, "6.7.3", "DiameterIdentity", "must"),
    ("Proxy-Info", 284, "6.7.2", "Grouped", "must"),
    ("Proxy-State", 33, "6.7.4", "OctetString", "must"),
    ("Redirect-Host", 292, "6.12", "DiameterURI", "must"),
    ("Redirect-Host-Usage", 261, "6.13", "Enumerated", "must"),
    ("Redirect-Max-Cache-Time", 262, "6.14", "Unsigned32", "must"),
    ("Result-Code", 268, "7.1", "Unsigned32", "must"),
    ("Route-Record", 282, "6.7.1", "DiameterIdentity", "must"),
    ("Session-Id", 263, "8.8", "UTF8String", "must"),
    ("Session-Timeout", 27, "8.13", "Unsigned32", "must"),
    ("Session-Binding", 270, "8.17", "Unsigned32", "must"),
    ("Session-Server-Failover", 271, "8.18", "Enumerated", "must"),
    ("Supported-Vendor-Id", 265, "5.3.6", "Unsigned32", "must"),
    ("Termination-Cause", 295, "8.15", "Enumerated", "must"),
    ("User-Name", 1, "8.14", "UTF8String", "must"),
    ("Vendor-Id", 266, "5.3.3", "Unsigned32", "must"),
    (
        "Vendor-Specific-Application-Id",
        260,
        "6.11",
        "Grouped",
        "must",
    ),
];

/// RFC 8506 8: name, code, section, type, M bit.
const RFC_8506_8: &[(&str, u32, &str, &str, &str)] = &[
    ("CC-Correlation-Id", 411, "8.1", "OctetString", "may"),
    ("CC-Input-Octets", 412, "8.24", "Unsigned64", "must"),
    ("CC-Money", 413, "8.22", "Grouped", "must"),
    ("CC-Output-Octets", 414, "8.25", "Unsigned64", "must"),
    ("CC-Request-Number", 415, "8.2", "Unsigned32", "must"),
    ("CC-Request-Type", 416, "8.3", "Enumerated", "must"),
    (
        "CC-Service-Specific-Units",
        417,
        "8.26",
        "Unsigned64",
        "must",
    ),
    ("CC-Session-Failover", 418, "8.4", "Enumerated", "must"),
    ("CC-Sub-Session-Id", 419, "8.5", "Unsigned64", "must"),
    ("CC-Time", 420, "8.21", "Unsigned32", "must"),
    ("CC-Total-Octets", 421, "8.23", "Unsigned64", "must"),
    ("CC-Unit-Type", 454, "8.32", "Enumerated", "must"),
    ("Check-Balance-Result", 422, "8.6", "Enumerated", "must"),
    ("Cost-Information", 423, "8.7", "Grouped", "must"),
    ("Cost-Unit", 424, "8.12", "UTF8String", "must"),
    ("Credit-Control", 426, "8.13", "Enumerated", "must"),
    (
        "Credit-Control-Failure-Handling",
        427,
        "8.14",
        "Enumerated",
        "must",
    ),
    ("Currency-Code", 425, "8.11", "Unsigned32", "must"),
    (
        "Direct-Debiting-Failure-Handling",
        428,
        "8.15",
        "Enumerated",
        "must",
    ),
    ("Exponent", 429, "8.9", "Integer32", "must"),
    ("Final-Unit-Action", 449, "8.35", "Enumerated", "must"),
    ("Final-Unit-Indication", 430, "8.34", "Grouped", "must"),
    ("QoS-Final-Unit-Indication", 669, "8.68", "Grouped", "may"),
    ("Granted-Service-Unit", 431, "8.17", "Grouped", "must"),
    ("G-S-U-Pool-Identifier", 453, "8.31", "Unsigned32", "must"),
    ("G-S-U-Pool-Reference", 457, "8.30", "Grouped", "must"),
    (
        "Multiple-Services-Credit-Control",
        456,
        "8.16",
        "Grouped",
        "must",
    ),
    (
        "Multiple-Services-Indicator",
        455,
        "8.40",
        "Enumerated",
        "must",
    ),
    ("Rating-Group", 432, "8.29", "Unsigned32", "must"),
    ("Redirect-Address-Type", 433, "8.38", "Enumerated", "must"),
    ("Redirect-Server", 434, "8.37", "Grouped", "must"),
    ("Redirect-Server-Address", 435, "8.39", "UTF8String", "must"),
    ("Redirect-Server-Extension", 665, "8.64", "Grouped", "may"),
    ("Redirect-Address-IPAddress", 666, "8.65", "Address", "may"),
    ("Redirect-Address-URL", 667, "8.66", "UTF8String", "may"),
    ("Redirect-Address-SIP-URI", 668, "8.67", "UTF8String", "may"),
    ("Requested-Action", 436, "8.41", "Enumerated", "must"),
    ("Requested-Service-Unit", 437, "8.18", "Grouped", "must"),
    (
        "Restriction-Filter-Rule",
        438,
        "8.36",
        "IPFilterRule",
        "must",
    ),
    ("Service-Context-Id", 461, "8.42", "UTF8String", "must"),
    ("Service-Identifier", 439, "8.28", "Unsigned32", "must"),
    ("Service-Parameter-Info", 440, "8.43", "Grouped", "may"),
    ("Service-Parameter-Type", 441, "8.44", "Unsigned32", "may"),
    ("Service-Parameter-Value", 442, "8.45", "OctetString", "may"),
    ("Subscription-Id", 443, "8.46", "Grouped", "must"),
    ("Subscription-Id-Data", 444, "8.48", "UTF8String", "must"),
    ("Subscription-Id-Type", 450, "8.47", "Enumerated", "must"),
    ("Subscription-Id-Extension", 659, "8.58", "Grouped", "may"),
    ("Subscription-Id-E164", 660, "8.59", "UTF8String", "may"),
    ("Subscription-Id-IMSI", 661, "8.60", "UTF8String", "may"),
    ("Subscription-Id-SIP-URI", 662, "8.61", "UTF8String", "may"),
    ("Subscription-Id-NAI", 663, "8.62", "UTF8String", "may"),
    ("Subscription-Id-Private", 664, "8.63", "UTF8String", "may"),
    ("Tariff-Change-Usage", 452, "8.27", "Enumerated", "must"),
    ("Tariff-Time-Change", 451, "8.20", "Time", "must"),
    ("Unit-Value", 445, "8.8", "Grouped", "must"),
    ("Used-Service-Unit", 446, "8.19", "Grouped", "must"),
    ("User-Equipment-Info", 458, "8.49", "Grouped", "may"),
    ("User-Equipment-Info-Type", 459, "8.50", "Enumerated", "may"),
    (
        "User-Equipment-Info-Value",
        460,
        "8.51",
        "OctetString",
        "may",
    ),
    (
        "User-Equipment-Info-Extension",
        653,
        "8.52",
        "Grouped",
        "may",
    ),
    (
        "User-Equipment-Info-IMEISV",
        654,
        "8.53",
        "OctetString",
        "may",
    ),
    ("User-Equipment-Info-MAC", 655, "8.54", "OctetString", "may"),
    (
        "User-Equipment-Info-EUI64",
        656,
        "8.55",
        "OctetString",
        "may",
    ),
    (
        "User-Equipment-Info-ModifiedEUI64",
        657,
        "8.56",
        "OctetString",
        "may",
    ),
    (
        "User-Equipment-Info-IMEI",
        658,
        "8.57",
        "OctetString",
        "may",
    ),
    ("Value-Digits", 447, "8.10", "Integer64", "must"),
    ("Validity-Time", 448, "8.33", "Unsigned32", "must"),
];

/// TS 32.299 V15.7.0 table 7.2.0.1 and OMA DDS Charging Data of 2011-02-01, as freeDiameter
/// transcribes them: name, code, type, M bit. The vendor is 10415 and the V bit a must throughout.
const TS_32_299_AND_DDS: &[(&str, u32, &str, &str)] = &[
    ("Event-Type", 823, "Grouped", "must"),
    ("SIP-Method", 824, "UTF8String", "must"),
    ("Event", 825, "UTF8String", "must"),
    ("Role-Of-Node", 829, "Enumerated", "must"),
    ("User-Session-Id", 830, "UTF8String", "must"),
    ("Calling-Party-Address", 831, "UTF8String", "must"),
    ("Called-Party-Address", 832, "UTF8String", "must"),
    ("Time-Stamps", 833, "Grouped", "must"),
    ("SIP-Request-Timestamp", 834, "Time", "must"),
    ("SIP-Response-Timestamp", 835, "Time", "must"),
    ("Inter-Operator-Identifier", 838, "Grouped", "must"),
    ("Originating-IOI", 839, "UTF8String", "must"),
    ("Terminating-IOI", 840, "UTF8String", "must"),
    ("IMS-Charging-Identifier", 841, "UTF8String", "must"),
    ("Trunk-Group-Id", 851, "Grouped", "must"),
    ("Incoming-Trunk-Group-Id", 852, "UTF8String", "must"),
    ("Outgoing-Trunk-Group-Id", 853, "UTF8String", "must"),
    ("Cause-Code", 861, "Integer32", "must"),
    ("Node-Functionality", 862, "Enumerated", "must"),
    ("Service-Specific-Data", 863, "UTF8String", "must"),
    ("Time-Quota-Threshold", 868, "Unsigned32", "must"),
    ("Volume-Quota-Threshold", 869, "Unsigned32", "must"),
    ("Trigger-Type", 870, "Enumerated", "must"),
    ("Quota-Holding-Time", 871, "Unsigned32", "must"),
    ("Reporting-Reason", 872, "Enumerated", "must"),
    ("Service-Information", 873, "Grouped", "must"),
    ("IMS-Information", 876, "Grouped", "must"),
    ("Expires", 888, "Unsigned32", "must"),
    ("Unit-Quota-Threshold", 1226, "Unsigned32", "must"),
    ("Service-Specific-Info", 1249, "Grouped", "must"),
    ("Service-Generic-Information", 1256, "Grouped", "must"),
    ("Service-Specific-Type", 1257, "Unsigned32", "must"),
    ("Trigger", 1264, "Grouped", "must"),
    ("Application-Server-Id", 2101, "UTF8String", "must"),
    ("Application-Service-Type", 2102, "Enumerated", "must"),
    ("Application-Session-Id", 2103, "Unsigned32", "must"),
    ("Delivery-Status", 2104, "UTF8String", "must"),
    ("IM-Information", 2110, "Grouped", "must"),
    (
        "Number-Of-Messages-Successfully-Exploded",
        2111,
        "Unsigned32",
        "must",
    ),
    (
        "Number-Of-Messages-Successfully-Sent",
        2112,
        "Unsigned32",
        "must",
    ),
    (
        "Total-Number-Of-Messages-Exploded",
        2113,
        "Unsigned32",
        "must",
    ),
    ("Total-Number-Of-Messages-Sent", 2114, "Unsigned32", "must"),
];

#[test]
fn holds_every_row_of_rfc_6733() {
    assert_eq!(RFC_6733_4_5.len(), 49);
    for &(name, code, section, kind, mandatory) in RFC_6733_4_5 {
        let def = Dictionary::default().avp(AvpKey::base(code)).expect(name);
        assert_eq!(shown(def), (name, kind.to_owned(), mandatory), "AVP {code}");
        assert_eq!(def.source, format!("RFC 6733 {section}"), "{name}");
        assert_eq!(def.certainty, Certainty::Confirmed, "{name}");
    }
}

#[test]
fn holds_every_row_of_rfc_8506() {
    assert_eq!(RFC_8506_8.len(), 68);
    for &(name, code, section, kind, mandatory) in RFC_8506_8 {
        let def = Dictionary::default().avp(AvpKey::base(code)).expect(name);
        assert_eq!(shown(def), (name, kind.to_owned(), mandatory), "AVP {code}");
        assert_eq!(def.source, format!("RFC 8506 {section}"), "{name}");
        assert_eq!(def.certainty, Certainty::Confirmed, "{name}");
    }
}

#[test]
fn holds_the_rows_of_3gpp_and_oma() {
    for &(name, code, kind, mandatory) in TS_32_299_AND_DDS {
        let def = Dictionary::default()
            .avp(AvpKey::of(code, 10415))
            .expect(name);
        assert_eq!(shown(def), (name, kind.to_owned(), mandatory), "AVP {code}");
        assert_eq!(def.certainty, Certainty::Secondary, "{name}");
    }
}

#[test]
fn holds_no_row_that_is_in_none_of_the_tables() {
    // Filter-Id is RFC 7155's.
    let listed = RFC_6733_4_5.len() + RFC_8506_8.len() + TS_32_299_AND_DDS.len() + 1;
    assert_eq!(Dictionary::default().rows().count(), listed);
    assert_eq!(
        Dictionary::default()
            .avp(AvpKey::base(11))
            .map(|def| def.name),
        Some("Filter-Id")
    );
}

/// The values the texts list: AVP, value, name.
const VALUES: &[(&str, i32, &str)] = &[
    ("CC-Request-Type", 1, "INITIAL_REQUEST"),
    ("CC-Request-Type", 2, "UPDATE_REQUEST"),
    ("CC-Request-Type", 3, "TERMINATION_REQUEST"),
    ("CC-Request-Type", 4, "EVENT_REQUEST"),
    ("CC-Session-Failover", 0, "FAILOVER_NOT_SUPPORTED"),
    ("CC-Session-Failover", 1, "FAILOVER_SUPPORTED"),
    ("Check-Balance-Result", 0, "ENOUGH_CREDIT"),
    ("Check-Balance-Result", 1, "NO_CREDIT"),
    ("Credit-Control", 0, "CREDIT_AUTHORIZATION"),
    ("Credit-Control", 1, "RE_AUTHORIZATION"),
    ("Credit-Control-Failure-Handling", 0, "TERMINATE"),
    ("Credit-Control-Failure-Handling", 1, "CONTINUE"),
    ("Credit-Control-Failure-Handling", 2, "RETRY_AND_TERMINATE"),
    ("Direct-Debiting-Failure-Handling", 0, "TERMINATE_OR_BUFFER"),
    ("Direct-Debiting-Failure-Handling", 1, "CONTINUE"),
    ("Tariff-Change-Usage", 0, "UNIT_BEFORE_TARIFF_CHANGE"),
    ("Tariff-Change-Usage", 1, "UNIT_AFTER_TARIFF_CHANGE"),
    ("Tariff-Change-Usage", 2, "UNIT_INDETERMINATE"),
    ("CC-Unit-Type", 0, "TIME"),
    ("CC-Unit-Type", 1, "MONEY"),
    ("CC-Unit-Type", 2, "TOTAL-OCTETS"),
    ("CC-Unit-Type", 3, "INPUT-OCTETS"),
    ("CC-Unit-Type", 4, "OUTPUT-OCTETS"),
    ("CC-Unit-Type", 5, "SERVICE-SPECIFIC-UNITS"),
    ("Final-Unit-Action", 0, "TERMINATE"),
    ("Final-Unit-Action", 1, "REDIRECT"),
    ("Final-Unit-Action", 2, "RESTRICT_ACCESS"),
    ("Redirect-Address-Type", 0, "IPv4 Address"),
    ("Redirect-Address-Type", 1, "IPv6 Address"),
    ("Redirect-Address-Type", 2, "URL"),
    ("Redirect-Address-Type", 3, "SIP URI"),
    (
        "Multiple-Services-Indicator",
        0,
        "MULTIPLE_SERVICES_NOT_SUPPORTED",
    ),
    (
        "Multiple-Services-Indicator",
        1,
        "MULTIPLE_SERVICES_SUPPORTED",
    ),
    ("Requested-Action", 0, "DIRECT_DEBITING"),
    ("Requested-Action", 1, "REFUND_ACCOUNT"),
    ("Requested-Action", 2, "CHECK_BALANCE"),
    ("Requested-Action", 3, "PRICE_ENQUIRY"),
    ("Subscription-Id-Type", 0, "END_USER_E164"),
    ("Subscription-Id-Type", 1, "END_USER_IMSI"),
    ("Subscription-Id-Type", 2, "END_USER_SIP_URI"),
    ("Subscription-Id-Type", 3, "END_USER_NAI"),
    ("Subscription-Id-Type", 4, "END_USER_PRIVATE"),
    ("User-Equipment-Info-Type", 0, "IMEISV"),
    ("User-Equipment-Info-Type", 1, "MAC"),
    ("User-Equipment-Info-Type", 2, "EUI64"),
    ("User-Equipment-Info-Type", 3, "MODIFIED_EUI64"),
    ("Disconnect-Cause", 0, "REBOOTING"),
    ("Disconnect-Cause", 1, "BUSY"),
    ("Disconnect-Cause", 2, "DO_NOT_WANT_TO_TALK_TO_YOU"),
    ("Redirect-Host-Usage", 0, "DONT_CACHE"),
    ("Redirect-Host-Usage", 1, "ALL_SESSION"),
    ("Redirect-Host-Usage", 2, "ALL_REALM"),
    ("Redirect-Host-Usage", 3, "REALM_AND_APPLICATION"),
    ("Redirect-Host-Usage", 4, "ALL_APPLICATION"),
    ("Redirect-Host-Usage", 5, "ALL_HOST"),
    ("Redirect-Host-Usage", 6, "ALL_USER"),
    ("Auth-Request-Type", 1, "AUTHENTICATE_ONLY"),
    ("Auth-Request-Type", 2, "AUTHORIZE_ONLY"),
    ("Auth-Request-Type", 3, "AUTHORIZE_AUTHENTICATE"),
    ("Auth-Session-State", 0, "STATE_MAINTAINED"),
    ("Auth-Session-State", 1, "NO_STATE_MAINTAINED"),
    ("Re-Auth-Request-Type", 0, "AUTHORIZE_ONLY"),
    ("Re-Auth-Request-Type", 1, "AUTHORIZE_AUTHENTICATE"),
    ("Session-Server-Failover", 0, "REFUSE_SERVICE"),
    ("Session-Server-Failover", 1, "TRY_AGAIN"),
    ("Session-Server-Failover", 2, "ALLOW_SERVICE"),
    ("Session-Server-Failover", 3, "TRY_AGAIN_ALLOW_SERVICE"),
    ("Accounting-Record-Type", 1, "EVENT_RECORD"),
    ("Accounting-Record-Type", 2, "START_RECORD"),
    ("Accounting-Record-Type", 3, "INTERIM_RECORD"),
    ("Accounting-Record-Type", 4, "STOP_RECORD"),
    ("Accounting-Realtime-Required", 1, "DELIVER_AND_GRANT"),
    ("Accounting-Realtime-Required", 2, "GRANT_AND_STORE"),
    ("Accounting-Realtime-Required", 3, "GRANT_AND_LOSE"),
    ("Termination-Cause", 1, "DIAMETER_LOGOUT"),
    ("Termination-Cause", 2, "DIAMETER_SERVICE_NOT_PROVIDED"),
    ("Termination-Cause", 3, "DIAMETER_BAD_ANSWER"),
    ("Termination-Cause", 4, "DIAMETER_ADMINISTRATIVE"),
    ("Termination-Cause", 5, "DIAMETER_LINK_BROKEN"),
    ("Termination-Cause", 6, "DIAMETER_AUTH_EXPIRED"),
    ("Termination-Cause", 7, "DIAMETER_USER_MOVED"),
    ("Termination-Cause", 8, "DIAMETER_SESSION_TIMEOUT"),
    ("Application-Service-Type", 100, "SENDING"),
    ("Application-Service-Type", 101, "RECEIVING"),
    ("Application-Service-Type", 102, "RETRIEVAL"),
    ("Application-Service-Type", 103, "INVITING"),
    ("Application-Service-Type", 104, "LEAVING"),
    ("Application-Service-Type", 105, "JOINING"),
    ("Role-Of-Node", 0, "ORIGINATING_ROLE"),
    ("Role-Of-Node", 1, "TERMINATING_ROLE"),
    ("Role-Of-Node", 2, "PROXY_ROLE"),
    ("Role-Of-Node", 3, "B2BUA_ROLE"),
    ("Node-Functionality", 6, "AS"),
    ("Result-Code", 2001, "DIAMETER_SUCCESS"),
];

#[test]
fn names_values_in_both_directions() {
    for &(avp, value, name) in VALUES {
        let def = Dictionary::default().avp_by_name(avp).expect(avp);
        assert_eq!(def.value_name(value), Some(name), "{avp}");
        assert_eq!(def.value_by_name(name), Some(value), "{avp}");
    }
}

#[test]
fn complete_lists_hold_nothing_the_texts_do_not() {
    for def in Dictionary::default()
        .rows()
        .filter(|def| def.values_complete)
    {
        let listed = VALUES.iter().filter(|(avp, ..)| *avp == def.name).count();
        assert_eq!(def.values.len(), listed, "{}", def.name);
    }
}

/// RFC 6733 7.1.1-7.1.5, RFC 8506 9.1, 9.2.
const RESULTS: &[(u32, &str)] = &[
    (1001, "DIAMETER_MULTI_ROUND_AUTH"),
    (2001, "DIAMETER_SUCCESS"),
    (2002, "DIAMETER_LIMITED_SUCCESS"),
    (3001, "DIAMETER_COMMAND_UNSUPPORTED"),
    (3002, "DIAMETER_UNABLE_TO_DELIVER"),
    (3003, "DIAMETER_REALM_NOT_SERVED"),
    (3004, "DIAMETER_TOO_BUSY"),
    (3005, "DIAMETER_LOOP_DETECTED"),
    (3006, "DIAMETER_REDIRECT_INDICATION"),
    (3007, "DIAMETER_APPLICATION_UNSUPPORTED"),
    (3008, "DIAMETER_INVALID_HDR_BITS"),
    (3009, "DIAMETER_INVALID_AVP_BITS"),
    (3010, "DIAMETER_UNKNOWN_PEER"),
    (4001, "DIAMETER_AUTHENTICATION_REJECTED"),
    (4002, "DIAMETER_OUT_OF_SPACE"),
    (4003, "ELECTION_LOST"),
    (5001, "DIAMETER_AVP_UNSUPPORTED"),
    (5002, "DIAMETER_UNKNOWN_SESSION_ID"),
    (5003, "DIAMETER_AUTHORIZATION_REJECTED"),
    (5004, "DIAMETER_INVALID_AVP_VALUE"),
    (5005, "DIAMETER_MISSING_AVP"),
    (5006, "DIAMETER_RESOURCES_EXCEEDED"),
    (5007, "DIAMETER_CONTRADICTING_AVPS"),
    (5008, "DIAMETER_AVP_NOT_ALLOWED"),
    (5009, "DIAMETER_AVP_OCCURS_TOO_MANY_TIMES"),
    (5010, "DIAMETER_NO_COMMON_APPLICATION"),
    (5011, "DIAMETER_UNSUPPORTED_VERSION"),
    (5012, "DIAMETER_UNABLE_TO_COMPLY"),
    (5013, "DIAMETER_INVALID_BIT_IN_HEADER"),
    (5014, "DIAMETER_INVALID_AVP_LENGTH"),
    (5015, "DIAMETER_INVALID_MESSAGE_LENGTH"),
    (5016, "DIAMETER_INVALID_AVP_BIT_COMBO"),
    (5017, "DIAMETER_NO_COMMON_SECURITY"),
    (4010, "DIAMETER_END_USER_SERVICE_DENIED"),
    (4011, "DIAMETER_CREDIT_CONTROL_NOT_APPLICABLE"),
    (4012, "DIAMETER_CREDIT_LIMIT_REACHED"),
    (5030, "DIAMETER_USER_UNKNOWN"),
    (5031, "DIAMETER_RATING_FAILED"),
];

#[test]
fn names_result_codes_in_both_directions() {
    assert_eq!(dictionary::RESULT_CODES.len(), RESULTS.len());
    for &(code, name) in RESULTS {
        assert_eq!(result_name(code), Some(name));
        assert_eq!(result_code(name), Some(code));
    }
    assert_eq!(result_name(4_294_967_295), None);
}

/// RFC 6733 3.1 and RFC 8506 3: code, name, request and answer, and whether their grammars say PXY.
const COMMANDS: &[(u32, &str, &str, &str, bool)] = &[
    (274, "Abort-Session", "ASR", "ASA", true),
    (271, "Accounting", "ACR", "ACA", true),
    (257, "Capabilities-Exchange", "CER", "CEA", false),
    (280, "Device-Watchdog", "DWR", "DWA", false),
    (282, "Disconnect-Peer", "DPR", "DPA", false),
    (258, "Re-Auth", "RAR", "RAA", true),
    (275, "Session-Termination", "STR", "STA", true),
    (272, "Credit-Control", "CCR", "CCA", true),
];

#[test]
fn names_commands() {
    assert_eq!(dictionary::COMMANDS.len(), 2 * COMMANDS.len());
    for &(code, name, request, answer, proxiable) in COMMANDS {
        for (abbreviation, is_request, kind) in
            [(request, true, "Request"), (answer, false, "Answer")]
        {
            let command = dictionary::command(code, is_request).expect(abbreviation);
            assert_eq!(
                (command.abbreviation, command.proxiable),
                (abbreviation, proxiable)
            );
            assert_eq!(dictionary::command_by_name(abbreviation), Some(command));
            let full = format!("{name}-{kind}");
            assert_eq!(dictionary::command_by_name(&full), Some(command));
            assert_eq!(command.name, full);
        }
    }
}

#[test]
fn profiles_differ_where_the_transcriptions_do() {
    let kind = |profile: &str, key| {
        let dictionary = Dictionary::by_profile(profile)?;
        dictionary.avp(key).map(|def| def.kind.to_string())
    };
    let [dds, iwf, wireshark] = ["dds-2011", "iwf-2009", "wireshark-4.0"];
    let text = Some("UTF8String".to_owned());
    let number = Some("Unsigned32".to_owned());

    assert_eq!(kind(dds, AvpKey::tgpp(2101)), text);
    assert_eq!(kind(iwf, AvpKey::tgpp(2101)), text);
    assert_eq!(kind(wireshark, AvpKey::tgpp(2101)), number);

    assert_eq!(kind(dds, AvpKey::tgpp(2102)), Some("Enumerated".to_owned()));
    assert_eq!(kind(iwf, AvpKey::tgpp(2102)), text);
    assert_eq!(kind(dds, AvpKey::tgpp(2103)), number);
    assert_eq!(kind(iwf, AvpKey::tgpp(2103)), text);

    assert_eq!(kind(iwf, AvpKey::tgpp(1256)), None);
    assert_eq!(kind(iwf, AvpKey::base(1256)), Some("Grouped".to_owned()));
    assert_eq!(kind(dds, AvpKey::base(1256)), None);
    assert_eq!(kind("dds-2010", AvpKey::base(1)), None);
}

#[test]
fn names_are_unique_and_found() {
    for dictionary in Dictionary::profiles() {
        let mut names: Vec<_> = dictionary.names().collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{}", dictionary.profile);
        for def in dictionary.rows() {
            assert_eq!(dictionary.avp_by_name(def.name), Some(def));
            assert_eq!(dictionary.avp(def.key), Some(def));
        }
    }
    assert_eq!(
        Dictionary::default().avp_by_name("Used-Service-Units"),
        None
    );
}

#[test]
fn default_flags_are_those_of_the_definition() {
    let flags = |key| AvpOut::new(key, "").to_bytes()[4];
    assert_eq!(flags(AvpKey::base(263)), 0x40);
    assert_eq!(flags(AvpKey::base(269)), 0x00);
    assert_eq!(flags(AvpKey::base(411)), 0x00);
    assert_eq!(flags(AvpKey::tgpp(841)), 0xc0);
    assert_eq!(flags(AvpKey::of(1, 99_999)), 0x80);
}

fn shown(def: &'static AvpDef) -> (&'static str, String, &'static str) {
    let mandatory = match def.mandatory {
        MandatoryRule::Must => "must",
        MandatoryRule::May => "may",
        MandatoryRule::MustNot => "must not",
    };
    (def.name, def.kind.to_string(), mandatory)
}
