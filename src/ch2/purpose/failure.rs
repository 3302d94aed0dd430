//! F: failures, failover and timers.

use super::{TestPurpose, Why, invalid, timer, valid};

pub(super) const PURPOSES: &[TestPurpose] = &[
    timer(
        "F1",
        "RFC 8506 7 table 3",
        "A start that is not answered within Tx ends the service, by default.",
    ),
    timer(
        "F2",
        "RFC 8506 7 table 3",
        "With CONTINUE, service is given when Tx is over, and a late answer is taken.",
    ),
    timer(
        "F3",
        "RFC 8506 7 table 3",
        "With RETRY_AND_TERMINATE, service is given when Tx is over, and the request goes again.",
    ),
    timer(
        "F4",
        "RFC 8506 7 table 4",
        "An interim that is not answered within Tx ends the service, by default.",
    ),
    timer(
        "F5",
        "RFC 8506 7 table 4",
        "With CONTINUE, service goes on when Tx of an interim is over.",
    ),
    timer(
        "F6",
        "RFC 8506 7 table 4",
        "With RETRY_AND_TERMINATE, service goes on when Tx of an interim is over.",
    ),
    timer(
        "F7",
        "RFC 8506 7 table 4",
        "A stop that is never answered ends the session all the same, without a loop.",
    ),
    timer("F8", "RFC 8506 13", "Tx is as long as the vendor says."),
    invalid(
        "F9",
        "RFC 8506 5.7",
        "With failover allowed, a busy Charging Enabler makes the session move to the second one.",
    ),
    invalid(
        "F10",
        "RFC 8506 5.7",
        "With failover allowed, an undeliverable request makes the session move.",
    ),
    invalid(
        "F11",
        "RFC 8506 5.7",
        "Without failover allowed, a running session never moves.",
    ),
    valid(
        "F12",
        "RFC 8506 5.7",
        "Failure handling in an answer goes before what is configured.",
    ),
    invalid(
        "F13",
        "RFC 8506 5.7",
        "Failure handling that changes within a session holds from then on.",
    ),
    invalid(
        "F14",
        "RFC 8506 5.7",
        "A connection that closes before the answer is a failure of that request.",
    ),
    invalid(
        "F15",
        "RFC 8506 5.7",
        "A connection that is reset within a session: it goes on or ends, as failure handling has it.",
    ),
    timer(
        "F16",
        "RFC 6733 5.5",
        "Watchdog requests are answered, and sent when the peer is silent.",
    ),
    invalid(
        "F17",
        "RFC 6733 5.5.4",
        "A peer that answers no watchdog is left for another.",
    ),
    valid(
        "F18",
        "RFC 6733 5.4",
        "A disconnecting peer is answered, and new requests go to another.",
    ),
    valid(
        "F19",
        "RFC 6733 5.3",
        "Capabilities are exchanged as they should be, and no request is sent before they are.",
    ),
    valid(
        "F20",
        "RFC 6733 3",
        "What is sent again has the T bit and its End-to-End Identifier; nothing else has it.",
    ),
    invalid(
        "F21",
        "RFC 6733 3",
        "After an error answer the next attempt has no T bit.",
    ),
    invalid(
        "F22",
        "RFC 6733 6.2",
        "A second answer to one request changes nothing.",
    ),
    invalid(
        "F23",
        "RFC 6733 6.2.1",
        "An answer to no request that is known is passed over.",
    ),
    valid(
        "F24",
        "RFC 8506 5.7",
        "A request that comes twice counts once.",
    ),
    valid(
        "F25",
        "RFC 6733 8.16",
        "After a restart Origin-State-Id is greater, and lost sessions stay closed.",
    )
    .omitted(
        Why::NotTestable,
        "The harness cannot restart the server, and a server need not keep state over a restart.",
    ),
];
