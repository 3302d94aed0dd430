//! The change request: 6.3.3.3 (message exchange during a chat session) and 6.3.3.4 (end of an IM
//! session), step by step.

use super::{Requirement, Source, Strength, stated};

const fn step(id: &'static str, clause: &'static str, text: &'static str) -> Requirement {
    stated(Source::ChangeRequest, Strength::Must, id, clause, text)
}

const EMPTY: &str = "The step has a number and no text. Steps 3 to 5 stand where a server would \
    pass the message on and have it acknowledged; that is a guess, and nothing can be tested.";

pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        strength: Strength::Open,
        ..step(
            "MSG-0",
            "6.3.3.3",
            "Message exchange in an IM session is charged online by requests between the Charging \
             Enabler User in a participating IM server and the Charging Enabler.",
        )
    }
    .noted(
        "Says \"participating IM Server\", where 6.3.3.4 says only the IM server: whether the \
         originating, the terminating or both sides charge is left open.",
    ),
    step(
        "MSG-1",
        "6.3.3.3 step 1",
        "The IM server takes an MSRP SEND from the IM client.",
    ),
    step(
        "MSG-2",
        "6.3.3.3 step 2",
        "The IM server acknowledges the SEND with an MSRP 200.",
    )
    .noted(
        "The acknowledgement stands before the debit: whether it may also come after is not said, \
         so its order against the SessionRequest is not judged.",
    ),
    step(
        "MSG-3",
        "6.3.3.3 step 3",
        "Broken off after its first word.",
    )
    .unspecified(EMPTY),
    step("MSG-4", "6.3.3.3 step 4", "Empty.").unspecified(EMPTY),
    step("MSG-5", "6.3.3.3 step 5", "Empty.").unspecified(EMPTY),
    step(
        "MSG-6",
        "6.3.3.3 step 6",
        "The trigger makes the Charging Enabler User send SessionRequest (interim), which debits \
         the units used.",
    )
    .noted(
        "Names \"sending the [SIP BYE]\" as the trigger, in a flow that has no BYE; the figures \
         still carry labels of an older diagram in which step 6 was the stop. See the readings \
         R1 to R5.",
    ),
    step(
        "MSG-6-USED",
        "6.3.3.3 step 6",
        "What is debited is what was used: a message the server refused is no used unit, a \
         message it accepted is one, and none is reported twice.",
    )
    .inferred(
        "\"the used units\" is defined nowhere: neither the unit nor which messages count. That \
         a refused message is not used follows from the word alone; RFC 8506 section 8.19 adds \
         that each report counts from the end of the one before.",
    ),
    step(
        "MSG-7",
        "6.3.3.3 step 7",
        "The Charging Enabler answers with a Response that holds the result of the debit.",
    )
    .noted("Only success is described; what a refusal leads to is taken from RFC 8506."),
    step("MSG-8", "6.3.3.3 step 8", "Empty.").unspecified(
        "The step has a number and no text, after the Response: nothing can be tested.",
    ),
    Requirement {
        strength: Strength::Open,
        ..step(
            "END-C-0",
            "6.3.3.4, client terminating",
            "Closing a session at the IM client's initiative is charged by the requests of the \
             figure.",
        )
    }
    .noted("The figure has no number; it is cited by its caption."),
    step(
        "END-C-1",
        "6.3.3.4 step 1, client terminating",
        "The IM server takes a SIP BYE from the IM client.",
    ),
    step(
        "END-C-2",
        "6.3.3.4 step 2, client terminating",
        "On receiving the BYE the Charging Enabler User sends SessionRequest (stop), which debits \
         the units used and closes the charging session.",
    )
    .noted("No time limit, and no order against the 200 OK to the BYE, which is not shown at all."),
    step(
        "END-C-2-ONCE",
        "6.3.3.4 step 2, client terminating",
        "One SessionRequest (stop) closes the session, and none follows it.",
    )
    .inferred(
        "From \"close the charging session\": what is closed cannot be closed again or debited \
         further. RFC 8506 sections 5.4 and 7 have the client forget the session after it.",
    ),
    step(
        "END-C-3",
        "6.3.3.4 step 3, client terminating",
        "The Charging Enabler answers with a Response that holds the result of the debit.",
    ),
    Requirement {
        strength: Strength::Open,
        ..step(
            "END-S-0",
            "6.3.3.4, server terminating",
            "Closing a session at the IM server's initiative is charged by the requests of the \
             figure.",
        )
    }
    .noted(
        "The figure has no number. What makes the server end a session is not said; the change \
         request's own note asks whether that is normal.",
    ),
    step(
        "END-S-4",
        "6.3.3.4 step 4, server terminating",
        "The IM server sends a SIP BYE to the IM client.",
    )
    .noted("The list continues at 4 from the client's case instead of beginning at 1."),
    step(
        "END-S-5",
        "6.3.3.4 step 5, server terminating",
        "The server's BYE makes the Charging Enabler User send SessionRequest (stop), which \
         debits the units used and closes the charging session.",
    )
    .noted(
        "Says that the server is \"receiving\" the BYE which step 4 has it send. See the readings \
         S1 to S3.",
    ),
    step(
        "END-S-5-ONCE",
        "6.3.3.4 step 5, server terminating",
        "One SessionRequest (stop) closes the session, and none follows it.",
    )
    .inferred("From \"close the charging session\", as for END-C-2-ONCE."),
    step(
        "END-S-6",
        "6.3.3.4 step 6, server terminating",
        "The Charging Enabler answers with a Response that holds the result of the debit.",
    )
    .noted(
        "The figure labels the stop \"6\", twice, and the Response \"7\": left over from an \
            older diagram.",
    ),
];
