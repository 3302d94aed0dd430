//! A: the start of a session.

use super::{TestPurpose, Why, inopportune, invalid, valid};

pub(super) const PURPOSES: &[TestPurpose] = &[
    valid(
        "A1",
        "RFC 8506 5.2",
        "One SessionRequest (start) is sent before service is given.",
    ),
    valid(
        "A2",
        "RFC 8506 3.1",
        "The start holds what the grammar of a CCR asks for, and nothing that it forbids.",
    ),
    valid(
        "A3",
        "RFC 6733 8.8",
        "Session-Id begins with the Origin-Host and differs from session to session.",
    ),
    valid(
        "A4",
        "profile",
        "IMS-Charging-Identifier is the icid-value that the INVITE carried.",
    ),
    valid(
        "A5",
        "RFC 8506 5.2",
        "Subscription-Id names the asserted identity of the client, with its type.",
    ),
    valid(
        "A6",
        "RFC 8506 8.42",
        "Service-Context-Id has its form and the value that the server is configured with.",
    ),
    valid(
        "A7",
        "RFC 8506 8.16",
        "Where units stand in Multiple-Services-Credit-Control, the start asks for some there.",
    ),
    invalid(
        "A8",
        "RFC 8506 7 table 3",
        "A start refused with END_USER_SERVICE_DENIED ends the service, without a stop.",
    ),
    invalid(
        "A9",
        "RFC 8506 7 table 3",
        "A start refused with USER_UNKNOWN ends the service, without a stop.",
    ),
    valid(
        "A10",
        "RFC 8506 7 table 3",
        "CREDIT_CONTROL_NOT_APPLICABLE lets the service go on, without interim or stop.",
    ),
    invalid(
        "A11",
        "RFC 8506 4.1.3",
        "After RATING_FAILED the service ends and no similar request is sent again.",
    ),
    invalid(
        "A12",
        "RFC 8506 7 table 3",
        "What a start refused with CREDIT_LIMIT_REACHED leads to, which no table says.",
    ),
    invalid(
        "A13",
        "RFC 8506 5.7",
        "A failed answer to the start ends the service or not, as failure handling has it.",
    ),
    inopportune(
        "A14",
        "RFC 8506 7 table 3",
        "A client that leaves before the start is answered: the stop waits for the answer.",
    ),
    valid(
        "A15",
        "RFC 8506 5.4",
        "A session that the far end refuses leaves no charging session open, and none used.",
    ),
    valid(
        "A16",
        "RFC 8506 5.2",
        "A start that is answered with success and without units.",
    )
    .omitted(
        Why::NotSpecified,
        "The grammar of an answer has units as optional, and no clause says what a client does \
         that gets none: to serve, to ask again and to refuse are all right.",
    ),
];
