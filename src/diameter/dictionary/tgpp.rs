//! The AVPs of 3GPP online charging and of OMA's charging data, which share vendor 10415.
//!
//! Every row is [`super::Certainty::Secondary`]: the standards' texts were not at hand.

use super::{AvpDef, AvpType};
use crate::diameter::avp::AvpKey;

use AvpType::{Enumerated, Grouped, Integer32, Time, Unsigned32, Utf8String};

const TS: &str = "3GPP TS 32.299 7.2 (transcribed)";

const fn d(code: u32, name: &'static str, kind: AvpType, source: &'static str) -> AvpDef {
    AvpDef::new(name, AvpKey::tgpp(code), kind, source).secondary()
}

/// The rows a session of instant messaging can carry.
pub(super) const AVPS: &[AvpDef] = &[
    d(823, "Event-Type", Grouped, TS),
    d(824, "SIP-Method", Utf8String, TS),
    d(825, "Event", Utf8String, TS),
    d(829, "Role-Of-Node", Enumerated, TS).some_values(&[
        (0, "ORIGINATING_ROLE"),
        (1, "TERMINATING_ROLE"),
        (2, "PROXY_ROLE"),
        (3, "B2BUA_ROLE"),
    ]),
    d(830, "User-Session-Id", Utf8String, TS),
    d(831, "Calling-Party-Address", Utf8String, TS),
    d(832, "Called-Party-Address", Utf8String, TS),
    d(833, "Time-Stamps", Grouped, TS),
    d(834, "SIP-Request-Timestamp", Time, TS),
    d(835, "SIP-Response-Timestamp", Time, TS),
    d(838, "Inter-Operator-Identifier", Grouped, TS),
    d(839, "Originating-IOI", Utf8String, TS),
    d(840, "Terminating-IOI", Utf8String, TS),
    d(841, "IMS-Charging-Identifier", Utf8String, TS),
    d(851, "Trunk-Group-Id", Grouped, TS),
    d(852, "Incoming-Trunk-Group-Id", Utf8String, TS),
    d(853, "Outgoing-Trunk-Group-Id", Utf8String, TS),
    d(861, "Cause-Code", Integer32, TS),
    d(862, "Node-Functionality", Enumerated, TS).some_values(&[
        (0, "S-CSCF"),
        (1, "P-CSCF"),
        (2, "I-CSCF"),
        (3, "MRFC"),
        (4, "MGCF"),
        (5, "BGCF"),
        (6, "AS"),
        (7, "IBCF"),
        (8, "S-GW"),
        (9, "P-GW"),
        (10, "HSGW"),
        (11, "E-CSCF"),
        (12, "MME"),
        (13, "TRF"),
        (14, "TF"),
        (15, "ATCF"),
        (16, "Proxy Function"),
        (17, "ePDG"),
    ]),
    d(863, "Service-Specific-Data", Utf8String, TS),
    d(868, "Time-Quota-Threshold", Unsigned32, TS),
    d(869, "Volume-Quota-Threshold", Unsigned32, TS),
    d(870, "Trigger-Type", Enumerated, TS),
    d(871, "Quota-Holding-Time", Unsigned32, TS),
    d(872, "Reporting-Reason", Enumerated, TS).some_values(&[
        (0, "THRESHOLD"),
        (1, "QHT"),
        (2, "FINAL"),
        (3, "QUOTA_EXHAUSTED"),
        (4, "VALIDITY_TIME"),
        (5, "OTHER_QUOTA_TYPE"),
        (6, "RATING_CONDITION_CHANGE"),
        (7, "FORCED_REAUTHORISATION"),
        (8, "POOL_EXHAUSTED"),
    ]),
    d(873, "Service-Information", Grouped, TS),
    d(876, "IMS-Information", Grouped, TS),
    d(888, "Expires", Unsigned32, TS),
    d(1226, "Unit-Quota-Threshold", Unsigned32, TS),
    d(1249, "Service-Specific-Info", Grouped, TS),
    d(
        1256,
        "Service-Generic-Information",
        Grouped,
        "OMA DDS Charging Data 8.5.10 (transcribed)",
    ),
    d(1257, "Service-Specific-Type", Unsigned32, TS),
    d(1264, "Trigger", Grouped, TS),
    d(
        2101,
        "Application-Server-Id",
        Utf8String,
        "OMA DDS Charging Data 6.2.5 (transcribed)",
    ),
    d(
        2102,
        "Application-Service-Type",
        Enumerated,
        "OMA DDS Charging Data 6.2.4 (transcribed)",
    )
    .values(APPLICATION_SERVICE_TYPES),
    d(
        2103,
        "Application-Session-Id",
        Unsigned32,
        "OMA DDS Charging Data 6.2.6 (transcribed)",
    ),
    d(
        2104,
        "Delivery-Status",
        Utf8String,
        "OMA DDS Charging Data 6.2.19 (transcribed)",
    ),
    d(
        2110,
        "IM-Information",
        Grouped,
        "OMA DDS Charging Data 8.5.6 (transcribed)",
    ),
    d(
        2111,
        "Number-Of-Messages-Successfully-Exploded",
        Unsigned32,
        "OMA DDS Charging Data 6.2.31 (transcribed)",
    ),
    d(
        2112,
        "Number-Of-Messages-Successfully-Sent",
        Unsigned32,
        "OMA DDS Charging Data 6.2.32 (transcribed)",
    ),
    d(
        2113,
        "Total-Number-Of-Messages-Exploded",
        Unsigned32,
        "OMA DDS Charging Data 6.2.62 (transcribed)",
    ),
    d(
        2114,
        "Total-Number-Of-Messages-Sent",
        Unsigned32,
        "OMA DDS Charging Data 6.2.63 (transcribed)",
    ),
];

pub(super) const APPLICATION_SERVICE_TYPES: &[(i32, &str)] = &[
    (100, "SENDING"),
    (101, "RECEIVING"),
    (102, "RETRIEVAL"),
    (103, "INVITING"),
    (104, "LEAVING"),
    (105, "JOINING"),
];
