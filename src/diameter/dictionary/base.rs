//! The AVPs of the base protocol (RFC 6733 4.5).

use super::{AvpDef, AvpType, result};
use crate::diameter::avp::AvpKey;

use AvpType::{
    Address, DiameterIdentity, DiameterUri, Enumerated, Grouped, OctetString, Time, Unsigned32,
    Unsigned64, Utf8String,
};

const fn d(code: u32, name: &'static str, kind: AvpType, source: &'static str) -> AvpDef {
    AvpDef::new(name, AvpKey::base(code), kind, source)
}

/// All rows of the table in RFC 6733 4.5, and Filter-Id, which RFC 8506 8.34 uses.
pub(super) const AVPS: &[AvpDef] = &[
    d(1, "User-Name", Utf8String, "RFC 6733 8.14"),
    d(
        11,
        "Filter-Id",
        Utf8String,
        "RFC 7155, used by RFC 8506 8.34",
    )
    .secondary(),
    d(25, "Class", OctetString, "RFC 6733 8.20"),
    d(27, "Session-Timeout", Unsigned32, "RFC 6733 8.13"),
    d(33, "Proxy-State", OctetString, "RFC 6733 6.7.4"),
    d(44, "Acct-Session-Id", OctetString, "RFC 6733 9.8.4"),
    d(50, "Acct-Multi-Session-Id", Utf8String, "RFC 6733 9.8.5"),
    d(55, "Event-Timestamp", Time, "RFC 6733 8.21"),
    d(85, "Acct-Interim-Interval", Unsigned32, "RFC 6733 9.8.2"),
    d(257, "Host-IP-Address", Address, "RFC 6733 5.3.5"),
    d(258, "Auth-Application-Id", Unsigned32, "RFC 6733 6.8"),
    d(259, "Acct-Application-Id", Unsigned32, "RFC 6733 6.9"),
    d(
        260,
        "Vendor-Specific-Application-Id",
        Grouped,
        "RFC 6733 6.11",
    ),
    d(261, "Redirect-Host-Usage", Enumerated, "RFC 6733 6.13").values(&[
        (0, "DONT_CACHE"),
        (1, "ALL_SESSION"),
        (2, "ALL_REALM"),
        (3, "REALM_AND_APPLICATION"),
        (4, "ALL_APPLICATION"),
        (5, "ALL_HOST"),
        (6, "ALL_USER"),
    ]),
    d(262, "Redirect-Max-Cache-Time", Unsigned32, "RFC 6733 6.14"),
    d(263, "Session-Id", Utf8String, "RFC 6733 8.8"),
    d(264, "Origin-Host", DiameterIdentity, "RFC 6733 6.3"),
    d(265, "Supported-Vendor-Id", Unsigned32, "RFC 6733 5.3.6"),
    d(266, "Vendor-Id", Unsigned32, "RFC 6733 5.3.3"),
    d(267, "Firmware-Revision", Unsigned32, "RFC 6733 5.3.4").must_not(),
    d(268, "Result-Code", Unsigned32, "RFC 6733 7.1").some_values(result::RESULT_CODES),
    d(269, "Product-Name", Utf8String, "RFC 6733 5.3.7").must_not(),
    d(270, "Session-Binding", Unsigned32, "RFC 6733 8.17"),
    d(271, "Session-Server-Failover", Enumerated, "RFC 6733 8.18").values(&[
        (0, "REFUSE_SERVICE"),
        (1, "TRY_AGAIN"),
        (2, "ALLOW_SERVICE"),
        (3, "TRY_AGAIN_ALLOW_SERVICE"),
    ]),
    d(272, "Multi-Round-Time-Out", Unsigned32, "RFC 6733 8.19"),
    d(273, "Disconnect-Cause", Enumerated, "RFC 6733 5.4.3").values(&[
        (0, "REBOOTING"),
        (1, "BUSY"),
        (2, "DO_NOT_WANT_TO_TALK_TO_YOU"),
    ]),
    d(274, "Auth-Request-Type", Enumerated, "RFC 6733 8.7").values(&[
        (1, "AUTHENTICATE_ONLY"),
        (2, "AUTHORIZE_ONLY"),
        (3, "AUTHORIZE_AUTHENTICATE"),
    ]),
    d(276, "Auth-Grace-Period", Unsigned32, "RFC 6733 8.10"),
    d(277, "Auth-Session-State", Enumerated, "RFC 6733 8.11")
        .values(&[(0, "STATE_MAINTAINED"), (1, "NO_STATE_MAINTAINED")]),
    d(278, "Origin-State-Id", Unsigned32, "RFC 6733 8.16"),
    d(279, "Failed-AVP", Grouped, "RFC 6733 7.5"),
    d(280, "Proxy-Host", DiameterIdentity, "RFC 6733 6.7.3"),
    d(281, "Error-Message", Utf8String, "RFC 6733 7.3").must_not(),
    d(282, "Route-Record", DiameterIdentity, "RFC 6733 6.7.1"),
    d(283, "Destination-Realm", DiameterIdentity, "RFC 6733 6.6"),
    d(284, "Proxy-Info", Grouped, "RFC 6733 6.7.2"),
    d(285, "Re-Auth-Request-Type", Enumerated, "RFC 6733 8.12")
        .values(&[(0, "AUTHORIZE_ONLY"), (1, "AUTHORIZE_AUTHENTICATE")]),
    d(
        287,
        "Accounting-Sub-Session-Id",
        Unsigned64,
        "RFC 6733 9.8.6",
    ),
    d(291, "Authorization-Lifetime", Unsigned32, "RFC 6733 8.9"),
    d(292, "Redirect-Host", DiameterUri, "RFC 6733 6.12"),
    d(293, "Destination-Host", DiameterIdentity, "RFC 6733 6.5"),
    d(
        294,
        "Error-Reporting-Host",
        DiameterIdentity,
        "RFC 6733 7.4",
    )
    .must_not(),
    d(295, "Termination-Cause", Enumerated, "RFC 6733 8.15").some_values(&[
        (1, "DIAMETER_LOGOUT"),
        (2, "DIAMETER_SERVICE_NOT_PROVIDED"),
        (3, "DIAMETER_BAD_ANSWER"),
        (4, "DIAMETER_ADMINISTRATIVE"),
        (5, "DIAMETER_LINK_BROKEN"),
        (6, "DIAMETER_AUTH_EXPIRED"),
        (7, "DIAMETER_USER_MOVED"),
        (8, "DIAMETER_SESSION_TIMEOUT"),
    ]),
    d(296, "Origin-Realm", DiameterIdentity, "RFC 6733 6.4"),
    d(297, "Experimental-Result", Grouped, "RFC 6733 7.6"),
    d(298, "Experimental-Result-Code", Unsigned32, "RFC 6733 7.7"),
    d(299, "Inband-Security-Id", Unsigned32, "RFC 6733 6.10")
        .some_values(&[(0, "NO_INBAND_SECURITY"), (1, "TLS")]),
    d(480, "Accounting-Record-Type", Enumerated, "RFC 6733 9.8.1").values(&[
        (1, "EVENT_RECORD"),
        (2, "START_RECORD"),
        (3, "INTERIM_RECORD"),
        (4, "STOP_RECORD"),
    ]),
    d(
        483,
        "Accounting-Realtime-Required",
        Enumerated,
        "RFC 6733 9.8.7",
    )
    .values(&[
        (1, "DELIVER_AND_GRANT"),
        (2, "GRANT_AND_STORE"),
        (3, "GRANT_AND_LOSE"),
    ]),
    d(
        485,
        "Accounting-Record-Number",
        Unsigned32,
        "RFC 6733 9.8.3",
    ),
];
