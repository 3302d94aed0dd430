//! C and D: the end of a session.

use super::{TestPurpose, Why, inopportune, invalid, valid};

pub(super) const BY_CLIENT: &[TestPurpose] = &[
    valid(
        "C1",
        "change request 6.3.3.4",
        "The client's BYE leads to a SessionRequest (stop).",
    ),
    valid(
        "C2",
        "change request 6.3.3.4",
        "The stop comes after the BYE.",
    ),
    valid("C3", "RFC 8506 5.4", "There is one stop."),
    valid(
        "C4",
        "RFC 8506 5.4",
        "The stop reports what was used since the last report.",
    ),
    valid(
        "C5",
        "RFC 8506 5.4",
        "A session without a message ends with a stop that reports none.",
    ),
    valid(
        "C6",
        "RFC 8506 5.4",
        "All reports of a session come to what was used.",
    ),
    valid("C7", "RFC 8506 5.4", "The stop asks for no units."),
    valid(
        "C8",
        "RFC 6733 8.15",
        "Termination-Cause, where present, says that the user left.",
    ),
    inopportune(
        "C9",
        "RFC 8506 7 table 4",
        "After the Response to the stop nothing more comes for the session.",
    ),
    invalid(
        "C10",
        "RFC 8506 7 table 4",
        "A stop that is answered with an error ends the session all the same, without a loop.",
    ),
    inopportune(
        "C11",
        "RFC 4975 7.3",
        "A SEND after the BYE is refused and not debited.",
    ),
    valid(
        "C12",
        "RFC 8506 7 table 4",
        "A BYE while an interim is unanswered: the stop waits for the answer.",
    ),
    inopportune(
        "C13",
        "RFC 3261 17.2.2",
        "A BYE that is sent again leads to no second stop.",
    ),
    valid(
        "C14",
        "RFC 8506 5.4",
        "Units that were granted and not used go back with the stop.",
    ),
];

pub(super) const BY_SERVER: &[TestPurpose] = &[
    valid(
        "D1",
        "change request 6.3.3.4 steps 4 and 5",
        "The server's BYE leads to a stop, when the reading says so.",
    ),
    valid(
        "D2",
        "RFC 6733 8.15",
        "A session that is idle for too long ends with a BYE and a stop, with a fitting cause.",
    ),
    valid(
        "D3",
        "change request 6.3.3.3 step 6",
        "Before the stop there is an interim under the literal reading, and none under others.",
    ),
    valid(
        "D4",
        "RFC 3261 15.1.1",
        "A BYE that the client does not answer leads to the stop all the same.",
    ),
    invalid(
        "D5",
        "RFC 3261 15.1.1",
        "A BYE that the client refuses leads to the stop all the same.",
    ),
    valid(
        "D6",
        "RFC 8506 5.4",
        "BYEs of both sides that cross lead to one stop.",
    ),
    valid(
        "D7",
        "change request 6.3.3.4 step 5",
        "A BYE on the other leg ends the client's session and its charging.",
    ),
    valid(
        "D8",
        "RFC 4975 7.3",
        "After its BYE the server accepts no message.",
    )
    .omitted(
        Why::NotTestable,
        "A server may close its MSRP connection with its BYE, or before it: then there is nothing to \
         send over. After the client's BYE it is shown (C11).",
    ),
];
