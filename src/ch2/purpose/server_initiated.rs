//! G and H: what the Charging Enabler begins, and answers that are not as they should be.

use super::{TestPurpose, Why, inopportune, invalid, valid};

pub(super) const PURPOSES: &[TestPurpose] = &[
    valid(
        "G1",
        "RFC 8506 5.5",
        "A RAR is answered, and an interim with the used units follows.",
    ),
    inopportune(
        "G2",
        "RFC 8506 5.5",
        "A RAR while an interim is unanswered leads to no second interim.",
    ),
    inopportune(
        "G3",
        "RFC 6733 8.3",
        "A RAR for a session that the server does not know is refused.",
    ),
    inopportune(
        "G4",
        "RFC 8506 7 table 4",
        "A RAR after the stop leads to no interim.",
    ),
    valid(
        "G5",
        "RFC 8506 5.5",
        "A RAR for one service leads to an interim about that service.",
    )
    .omitted(
        Why::NotTestable,
        "A chat session is charged as one service, so that an interim about it is about all that \
         there is; a RAR for the whole session shows the same (G1).",
    ),
    valid(
        "G6",
        "RFC 6733 8.5",
        "An ASR is answered; a server that heeds it ends the session with a BYE and a stop.",
    ),
    inopportune(
        "G7",
        "RFC 6733 8.5",
        "An ASR for a session that the server does not know is refused.",
    ),
    invalid(
        "G8",
        "RFC 8506 5.5",
        "A RAR that asks for more than credit control knows of is no harm.",
    ),
    valid(
        "G9",
        "RFC 8506 7",
        "An interim for a session that the Charging Enabler gave up ends the session.",
    ),
];

pub(super) const ANSWERS: &[TestPurpose] = &[
    invalid(
        "H1",
        "RFC 6733 4.1",
        "An unknown AVP with the M bit makes a Response unusable.",
    ),
    valid(
        "H2",
        "RFC 6733 4.1",
        "An unknown AVP without the M bit is passed over.",
    ),
    invalid("H3", "RFC 8506 3.2", "A Response without CC-Request-Type."),
    invalid(
        "H4",
        "RFC 8506 8.2",
        "A Response with another CC-Request-Number.",
    ),
    invalid("H5", "RFC 6733 8.8", "A Response with another Session-Id."),
    invalid("H6", "RFC 6733 7.1.5", "A Response with two Result-Codes."),
    invalid(
        "H7",
        "RFC 6733 4.1",
        "A Response whose lengths or padding are wrong does no harm to other sessions.",
    ),
    invalid(
        "H8",
        "RFC 6733 3",
        "A Response with another Application-ID in its header.",
    ),
    invalid(
        "H9",
        "RFC 6733 7.5",
        "A Response of success with a Failed-AVP.",
    ),
    invalid(
        "H10",
        "RFC 8506 5.3",
        "A grant of nothing that is not said to be final.",
    ),
    invalid("H11", "RFC 8506 8.33", "A Validity-Time of nothing."),
    invalid(
        "H12",
        "RFC 8506 8.3",
        "A Response to an interim that says it answers a stop.",
    ),
];
