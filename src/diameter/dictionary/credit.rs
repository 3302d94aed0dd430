//! The AVPs of credit control (RFC 8506 8).

use super::{AvpDef, AvpType};
use crate::diameter::avp::AvpKey;

use AvpType::{
    Address, Enumerated, Grouped, Integer32, Integer64, IpFilterRule, OctetString, Time,
    Unsigned32, Unsigned64, Utf8String,
};

const fn d(code: u32, name: &'static str, kind: AvpType, source: &'static str) -> AvpDef {
    AvpDef::new(name, AvpKey::base(code), kind, source)
}

/// All rows of the table in RFC 8506 8.
pub(super) const AVPS: &[AvpDef] = &[
    d(411, "CC-Correlation-Id", OctetString, "RFC 8506 8.1").may(),
    d(412, "CC-Input-Octets", Unsigned64, "RFC 8506 8.24"),
    d(413, "CC-Money", Grouped, "RFC 8506 8.22"),
    d(414, "CC-Output-Octets", Unsigned64, "RFC 8506 8.25"),
    d(415, "CC-Request-Number", Unsigned32, "RFC 8506 8.2"),
    d(416, "CC-Request-Type", Enumerated, "RFC 8506 8.3").values(&[
        (1, "INITIAL_REQUEST"),
        (2, "UPDATE_REQUEST"),
        (3, "TERMINATION_REQUEST"),
        (4, "EVENT_REQUEST"),
    ]),
    d(
        417,
        "CC-Service-Specific-Units",
        Unsigned64,
        "RFC 8506 8.26",
    ),
    d(418, "CC-Session-Failover", Enumerated, "RFC 8506 8.4")
        .values(&[(0, "FAILOVER_NOT_SUPPORTED"), (1, "FAILOVER_SUPPORTED")]),
    d(419, "CC-Sub-Session-Id", Unsigned64, "RFC 8506 8.5"),
    d(420, "CC-Time", Unsigned32, "RFC 8506 8.21"),
    d(421, "CC-Total-Octets", Unsigned64, "RFC 8506 8.23"),
    d(422, "Check-Balance-Result", Enumerated, "RFC 8506 8.6")
        .values(&[(0, "ENOUGH_CREDIT"), (1, "NO_CREDIT")]),
    d(423, "Cost-Information", Grouped, "RFC 8506 8.7"),
    d(424, "Cost-Unit", Utf8String, "RFC 8506 8.12"),
    d(425, "Currency-Code", Unsigned32, "RFC 8506 8.11"),
    d(426, "Credit-Control", Enumerated, "RFC 8506 8.13")
        .values(&[(0, "CREDIT_AUTHORIZATION"), (1, "RE_AUTHORIZATION")]),
    d(
        427,
        "Credit-Control-Failure-Handling",
        Enumerated,
        "RFC 8506 8.14",
    )
    .values(&[
        (0, "TERMINATE"),
        (1, "CONTINUE"),
        (2, "RETRY_AND_TERMINATE"),
    ]),
    d(
        428,
        "Direct-Debiting-Failure-Handling",
        Enumerated,
        "RFC 8506 8.15",
    )
    .values(&[(0, "TERMINATE_OR_BUFFER"), (1, "CONTINUE")]),
    d(429, "Exponent", Integer32, "RFC 8506 8.9"),
    d(430, "Final-Unit-Indication", Grouped, "RFC 8506 8.34"),
    d(431, "Granted-Service-Unit", Grouped, "RFC 8506 8.17"),
    d(432, "Rating-Group", Unsigned32, "RFC 8506 8.29"),
    d(433, "Redirect-Address-Type", Enumerated, "RFC 8506 8.38").values(&[
        (0, "IPv4 Address"),
        (1, "IPv6 Address"),
        (2, "URL"),
        (3, "SIP URI"),
    ]),
    d(434, "Redirect-Server", Grouped, "RFC 8506 8.37"),
    d(435, "Redirect-Server-Address", Utf8String, "RFC 8506 8.39"),
    d(436, "Requested-Action", Enumerated, "RFC 8506 8.41").values(&[
        (0, "DIRECT_DEBITING"),
        (1, "REFUND_ACCOUNT"),
        (2, "CHECK_BALANCE"),
        (3, "PRICE_ENQUIRY"),
    ]),
    d(437, "Requested-Service-Unit", Grouped, "RFC 8506 8.18"),
    d(
        438,
        "Restriction-Filter-Rule",
        IpFilterRule,
        "RFC 8506 8.36",
    ),
    d(439, "Service-Identifier", Unsigned32, "RFC 8506 8.28"),
    d(440, "Service-Parameter-Info", Grouped, "RFC 8506 8.43").may(),
    d(441, "Service-Parameter-Type", Unsigned32, "RFC 8506 8.44").may(),
    d(442, "Service-Parameter-Value", OctetString, "RFC 8506 8.45").may(),
    d(443, "Subscription-Id", Grouped, "RFC 8506 8.46"),
    d(444, "Subscription-Id-Data", Utf8String, "RFC 8506 8.48"),
    d(445, "Unit-Value", Grouped, "RFC 8506 8.8"),
    d(446, "Used-Service-Unit", Grouped, "RFC 8506 8.19"),
    d(447, "Value-Digits", Integer64, "RFC 8506 8.10"),
    d(448, "Validity-Time", Unsigned32, "RFC 8506 8.33"),
    d(449, "Final-Unit-Action", Enumerated, "RFC 8506 8.35").values(&[
        (0, "TERMINATE"),
        (1, "REDIRECT"),
        (2, "RESTRICT_ACCESS"),
    ]),
    d(450, "Subscription-Id-Type", Enumerated, "RFC 8506 8.47").values(&[
        (0, "END_USER_E164"),
        (1, "END_USER_IMSI"),
        (2, "END_USER_SIP_URI"),
        (3, "END_USER_NAI"),
        (4, "END_USER_PRIVATE"),
    ]),
    d(451, "Tariff-Time-Change", Time, "RFC 8506 8.20"),
    d(452, "Tariff-Change-Usage", Enumerated, "RFC 8506 8.27").values(&[
        (0, "UNIT_BEFORE_TARIFF_CHANGE"),
        (1, "UNIT_AFTER_TARIFF_CHANGE"),
        (2, "UNIT_INDETERMINATE"),
    ]),
    d(453, "G-S-U-Pool-Identifier", Unsigned32, "RFC 8506 8.31"),
    d(454, "CC-Unit-Type", Enumerated, "RFC 8506 8.32").values(&[
        (0, "TIME"),
        (1, "MONEY"),
        (2, "TOTAL-OCTETS"),
        (3, "INPUT-OCTETS"),
        (4, "OUTPUT-OCTETS"),
        (5, "SERVICE-SPECIFIC-UNITS"),
    ]),
    d(
        455,
        "Multiple-Services-Indicator",
        Enumerated,
        "RFC 8506 8.40",
    )
    .values(&[
        (0, "MULTIPLE_SERVICES_NOT_SUPPORTED"),
        (1, "MULTIPLE_SERVICES_SUPPORTED"),
    ]),
    d(
        456,
        "Multiple-Services-Credit-Control",
        Grouped,
        "RFC 8506 8.16",
    ),
    d(457, "G-S-U-Pool-Reference", Grouped, "RFC 8506 8.30"),
    d(458, "User-Equipment-Info", Grouped, "RFC 8506 8.49").may(),
    d(459, "User-Equipment-Info-Type", Enumerated, "RFC 8506 8.50")
        .may()
        .values(&[
            (0, "IMEISV"),
            (1, "MAC"),
            (2, "EUI64"),
            (3, "MODIFIED_EUI64"),
        ]),
    d(
        460,
        "User-Equipment-Info-Value",
        OctetString,
        "RFC 8506 8.51",
    )
    .may(),
    d(461, "Service-Context-Id", Utf8String, "RFC 8506 8.42"),
    d(
        653,
        "User-Equipment-Info-Extension",
        Grouped,
        "RFC 8506 8.52",
    )
    .may(),
    d(
        654,
        "User-Equipment-Info-IMEISV",
        OctetString,
        "RFC 8506 8.53",
    )
    .may(),
    d(655, "User-Equipment-Info-MAC", OctetString, "RFC 8506 8.54").may(),
    d(
        656,
        "User-Equipment-Info-EUI64",
        OctetString,
        "RFC 8506 8.55",
    )
    .may(),
    d(
        657,
        "User-Equipment-Info-ModifiedEUI64",
        OctetString,
        "RFC 8506 8.56",
    )
    .may(),
    d(
        658,
        "User-Equipment-Info-IMEI",
        OctetString,
        "RFC 8506 8.57",
    )
    .may(),
    d(659, "Subscription-Id-Extension", Grouped, "RFC 8506 8.58").may(),
    d(660, "Subscription-Id-E164", Utf8String, "RFC 8506 8.59").may(),
    d(661, "Subscription-Id-IMSI", Utf8String, "RFC 8506 8.60").may(),
    d(662, "Subscription-Id-SIP-URI", Utf8String, "RFC 8506 8.61").may(),
    d(663, "Subscription-Id-NAI", Utf8String, "RFC 8506 8.62").may(),
    d(664, "Subscription-Id-Private", Utf8String, "RFC 8506 8.63").may(),
    d(665, "Redirect-Server-Extension", Grouped, "RFC 8506 8.64").may(),
    d(666, "Redirect-Address-IPAddress", Address, "RFC 8506 8.65").may(),
    d(667, "Redirect-Address-URL", Utf8String, "RFC 8506 8.66").may(),
    d(668, "Redirect-Address-SIP-URI", Utf8String, "RFC 8506 8.67").may(),
    d(669, "QoS-Final-Unit-Indication", Grouped, "RFC 8506 8.68").may(),
];
