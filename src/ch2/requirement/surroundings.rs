//! What surrounds CH-2: MSRP, SIP, OMA's charging data, and the choices of the binding profile.

use super::{Requirement, Source, Strength, stated};

/// What the vendor's own description or the INVITE itself states: to contradict it is wrong, though
/// no document says so.
const fn profile(id: &'static str, clause: &'static str, text: &'static str) -> Requirement {
    stated(Source::Profile, Strength::Must, id, clause, text)
}

const NO_DOCUMENT: &str = "No document that was read asks for it of CH-2; it is how IMS charging is \
    correlated, taken from transcriptions of 3GPP TS 32.299.";

pub(super) const REQUIREMENTS: &[Requirement] = &[
    stated(
        Source::Rfc4975,
        Strength::Must,
        "MSRP-200",
        "7.2, 10.1",
        "A SEND whose Failure-Report is absent or yes is answered at once, with 200 where the \
         transaction succeeded.",
    )
    .noted(
        "The MUST is for the endpoint that takes the request, which a server with a session on \
         each side is. Under partial no 200 may be sent, under no none at all (7.1.4).",
    ),
    stated(
        Source::Rfc4975,
        Strength::Must,
        "MSRP-NO-RESPONSE",
        "7.1.4",
        "A SEND whose Failure-Report is no gets no response.",
    ),
    stated(
        Source::Rfc4975,
        Strength::Must,
        "MSRP-415",
        "7.3.1, 8.6, 10.6",
        "A SEND whose media type the receiver does not support is answered with 415, unless its \
         Failure-Report is no.",
    )
    .noted(
        "What must be refused is an unsupported type, not one that accept-types leaves out, which \
         only the sender is barred from (8.6); that the server supports a type or does not is the \
         vendor's claim (ICS). multipart/mixed, multipart/alternative and message/cpim must be \
         supported (7.3.1, 13). Where the error shows late, as behind a gateway, the endpoint may \
         answer 200 and send a failure REPORT instead (7.1.4).",
    ),
    stated(
        Source::Rfc3261,
        Strength::Must,
        "SIP-INVITE-200",
        "13.3.1.4",
        "An INVITE that is accepted is answered with a 2xx.",
    )
    .inferred(
        "The RFC says how an INVITE is accepted, not that it must be: that the server accepts \
         the session is what the scenario sets up.",
    ),
    stated(
        Source::Rfc3261,
        Strength::Must,
        "SIP-BYE-200",
        "15.1.2",
        "A BYE for a dialog that exists is answered with a 2xx.",
    )
    .noted(
        "The MUST comes after the general processing of section 8.2 and the order of CSeq \
         (12.2.2), either of which may refuse the request.",
    ),
    stated(
        Source::Rfc3261,
        Strength::Should,
        "SIP-CANCEL-487",
        "9.2",
        "An INVITE that is cancelled before its final answer is answered with 487.",
    ),
    stated(
        Source::Rfc3261,
        Strength::Must,
        "SIP-15.1.2-PENDING",
        "15, 15.1.2",
        "The caller may end an early dialog with a BYE. The INVITE that waits for its answer there is \
         answered all the same, best with 487.",
    ),
    stated(
        Source::Rfc3261,
        Strength::Must,
        "SIP-INVITE-FINAL",
        "13.3.1",
        "An INVITE that is not accepted is answered with a final response of 3xx to 6xx.",
    )
    .inferred("Stands for the refusal that other requirements ask for; which code is the server's choice."),
    stated(
        Source::OmaDds,
        Strength::Should,
        "OMA-AVP",
        "AVP definitions (transcribed)",
        "AVPs of 3GPP and OMA have the type, flags and place that their definitions give them.",
    )
    .inferred(
        "The definitions are known from transcriptions that differ in places; see the \
               dictionary profiles.",
    ),
    stated(
        Source::Profile,
        Strength::Must,
        "WIRE-FORMAT",
        "framing of SIP, MSRP and Diameter",
        "What the server sends on a connection is messages of the protocol that is spoken there.",
    )
    .inferred(
        "Stands for what each of the three protocols takes for granted: bytes that are no message \
         meet none of its rules. For Diameter see RFC 6733 section 3.",
    ),
    profile(
        "PROFILE-ICID",
        "charging identifier",
        "IMS-Charging-Identifier, where present, is the icid-value of the P-Charging-Vector that \
         the INVITE carried.",
    )
    .inferred(NO_DOCUMENT),
    Requirement {
        strength: Strength::Should,
        ..profile(
            "PROFILE-ICID-CONSTANT",
            "charging identifier",
            "The requests of one session hold the same IMS-Charging-Identifier.",
        )
    }
    .inferred(NO_DOCUMENT),
    profile(
        "PROFILE-SUBSCRIPTION",
        "subscription",
        "Subscription-Id, where present, names the identity that the INVITE asserted.",
    )
    .inferred(NO_DOCUMENT),
    profile(
        "PROFILE-CONTEXT",
        "service context",
        "Service-Context-Id is the one the vendor's description states.",
    )
    .inferred("The value OMA registered for CH-2 was found in no text."),
    profile(
        "PROFILE-COUNTED",
        "counted messages",
        "Messages that the vendor's description counts, by content type and by direction, are debited, \
         and no others.",
    )
    .inferred("The change request does not say which messages are used units."),
    profile(
        "PROFILE-UNITS",
        "units",
        "Used units stand where the vendor's description says, counted in its unit.",
    )
    .inferred("The change request names no unit; RFC 8506 allows both places."),
    stated(
        Source::Profile,
        Strength::Should,
        "PROFILE-FORWARD",
        "far end",
        "A server with a far end behind it passes sessions, messages and their end on to it.",
    )
    .inferred(
        "Steps 3 to 5 of 6.3.3.3 are empty, and 6.3.3.4 shows one leg only: it is what a \
         participating function is for.",
    ),
];
