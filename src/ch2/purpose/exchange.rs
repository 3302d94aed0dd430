//! B: messages within a session (Figure 17).

use super::{TestPurpose, invalid, valid};

pub(super) const PURPOSES: &[TestPurpose] = &[
    valid(
        "B1",
        "change request 6.3.3.3 steps 1 and 2",
        "A SEND is acknowledged with 200 OK.",
    ),
    valid(
        "B2",
        "change request 6.3.3.3 step 6",
        "A SessionRequest (interim) comes when the reading says so, and only then.",
    ),
    valid(
        "B3",
        "change request 6.3.3.3 steps 6 and 7",
        "The interim is answered, and the session goes on.",
    ),
    valid(
        "B4",
        "RFC 8506 8.19",
        "An interim reports what was used since the last report, and no more.",
    ),
    valid(
        "B5",
        "change request 6.3.3.3 step 6",
        "In messages, all reports come to the messages that were accepted.",
    ),
    valid(
        "B6",
        "change request 6.3.3.3 step 6",
        "In octets, all reports come to the octets of the bodies that were accepted.",
    ),
    valid(
        "B7",
        "RFC 8506 5.3",
        "A quota of some messages leads to one interim after the last of them.",
    ),
    valid(
        "B8",
        "RFC 8506 5.3",
        "A Validity-Time that is over leads to an interim, though units are left.",
    ),
    valid(
        "B9",
        "RFC 8506 5.3",
        "Between the report of a spent quota and the next grant nothing is delivered.",
    ),
    valid(
        "B10",
        "RFC 8506 8.16",
        "An interim that wants more units asks for them.",
    ),
    valid(
        "B11",
        "RFC 4975 5.4",
        "An empty SEND is no message and is not debited.",
    ),
    valid(
        "B12",
        "profile",
        "Control messages are debited or not, as the content types say that are counted.",
    ),
    valid(
        "B13",
        "RFC 4975 5.1",
        "A message in several chunks is debited once.",
    ),
    invalid(
        "B14",
        "RFC 4975 5.1",
        "A message that its sender aborts is not debited.",
    ),
    invalid(
        "B15",
        "change request 6.3.3.3 step 6",
        "A message that the server refuses is not debited.",
    ),
    invalid(
        "B16",
        "change request 6.3.3.3 step 6",
        "A message that the far end refuses is not debited, or its unit comes back.",
    ),
    valid(
        "B17",
        "RFC 4975 7.2",
        "A message whose sender wants no answer gets none, and is debited all the same.",
    ),
    valid(
        "B18",
        "RFC 4975 7.1.2",
        "A success report changes nothing about what is debited.",
    ),
    valid(
        "B19",
        "profile",
        "Messages that the client receives are charged, where the server charges them.",
    ),
    valid(
        "B20",
        "OMA DDS Charging Data",
        "Application-Service-Type, where present, fits the direction.",
    ),
    valid(
        "B21",
        "OMA DDS Charging Data",
        "The counters of IM-Information, where present, agree with the used units.",
    ),
    valid(
        "B22",
        "RFC 8506 8.2",
        "CC-Request-Number differs from request to request of a session.",
    ),
    valid(
        "B23",
        "RFC 8506 5.3",
        "Event-Timestamp lies within the session and does not go back.",
    ),
    valid(
        "B24",
        "RFC 8506 8.42",
        "Subscription-Id and Service-Context-Id stay the same throughout a session.",
    ),
    valid(
        "B25",
        "RFC 8506 7 table 4",
        "With units in the command, one request of a session is under way at a time.",
    ),
];
