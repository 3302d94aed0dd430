//! RFC 6733, as far as the rules rest on it.

use super::{Requirement, Source, Strength, stated};

const fn must(id: &'static str, clause: &'static str, text: &'static str) -> Requirement {
    stated(Source::Rfc6733, Strength::Must, id, clause, text)
}

const fn should(id: &'static str, clause: &'static str, text: &'static str) -> Requirement {
    stated(Source::Rfc6733, Strength::Should, id, clause, text)
}

const fn open(id: &'static str, clause: &'static str, text: &'static str) -> Requirement {
    stated(Source::Rfc6733, Strength::Open, id, clause, text)
}

pub(super) const REQUIREMENTS: &[Requirement] = &[
    must(
        "RFC6733-3-HEADER",
        "3",
        "Version is 1, Message Length is the padded length, reserved command flags are zero.",
    ),
    must(
        "RFC6733-3-EBIT",
        "3, 7.1.3, 7.1.4, 7.2",
        "The E bit is clear in requests, set in answers that report a protocol error and clear in those \
         that report a transient failure.",
    ),
    must(
        "RFC6733-3-TBIT",
        "3",
        "The T bit is set in a request that is sent again without having been answered, and clear \
         in answers. It must not be set after an error answer.",
    ),
    must(
        "RFC6733-3-TBIT-FIRST",
        "3, 5.5.4",
        "The T bit is clear when a request is sent for the first time.",
    )
    .noted(
        "Judged only where no connection was lost before. A server that has CH-2 peers besides the \
         harness may have tried one of them first: certify it with the harness as its only peer.",
    ),
    must(
        "RFC6733-3-APPLICATION",
        "3, 6.8; RFC 8506 3.1",
        "The header's Application-ID equals the Application-Id AVPs of the message.",
    ),
    must(
        "RFC6733-3-HOP",
        "3",
        "The Hop-by-Hop Identifier of a request is unique on its connection at any time.",
    ),
    must(
        "RFC6733-3-HOP-ANSWER",
        "3, 6.2",
        "An answer has the Hop-by-Hop Identifier of its request.",
    ),
    must(
        "RFC6733-3-DISCARD",
        "3",
        "An answer whose Hop-by-Hop Identifier is that of no request under way is discarded.",
    ),
    must(
        "RFC6733-3-END",
        "3",
        "The End-to-End Identifier is unique on each request for at least four minutes, even \
         across reboots.",
    ),
    must(
        "RFC6733-3-END-ANSWER",
        "3, 6.2",
        "An answer has the End-to-End Identifier of its request.",
    ),
    open(
        "RFC6733-3.1-COMMAND",
        "3.1",
        "A command is one that the peers' applications define.",
    ),
    must(
        "RFC6733-3.2-REQUIRED",
        "3.2, 4.4; RFC 8506 3, 8",
        "An AVP that a definition requires is present.",
    ),
    must(
        "RFC6733-3.2-ONCE",
        "3.2, 4.4; RFC 8506 3, 8, 10.1",
        "An AVP does not occur more often than a definition allows.",
    ),
    must(
        "RFC6733-4-PADDING",
        "4",
        "An AVP is padded with zero-valued octets to a multiple of four.",
    )
    .noted(
        "The MUST is for the padding; that it is zero is stated without one, and only warned of.",
    ),
    must(
        "RFC6733-4.1-LENGTH",
        "4.1, 4.2",
        "AVP Length counts header and value, and agrees with the type of the value.",
    ),
    must(
        "RFC6733-4.1-FLAGS",
        "4.1, 4.1.1, 4.5; RFC 8506 8",
        "Reserved AVP flags are zero, the M bit follows the definition of the AVP, the V bit says \
         whether a Vendor-ID follows, and that is not zero.",
    ),
    must(
        "RFC6733-4.1.1-VENDOR",
        "4.1, 4.1.1; RFC 8506 8",
        "The V bit and the Vendor-ID of an AVP are those of its definition; no AVP has Vendor-ID 0.",
    ),
    must(
        "RFC6733-4.1-MANDATORY",
        "4.1",
        "An AVP with the M bit is parsed and understood, or the message that holds it is no success.",
    )
    .noted(
        "The text asks for an error message, which an answer cannot be given (7.2). What the receiver \
         does instead is open: it may end the session at once, or when the time for an answer is over.",
    ),
    must(
        "RFC6733-4.1-OPTIONAL",
        "4.1; RFC 8506 3.2",
        "An AVP without the M bit that is not known is no reason to refuse a message.",
    )
    .inferred(
        "Such AVPs are informational only, and the definition of CCA admits any AVP; that the message \
         counts all the same is not spelt out.",
    ),
    must(
        "RFC6733-4.1-REJECT",
        "4.1",
        "A message with an AVP Length that cannot be right is rejected.",
    ),
    must(
        "RFC6733-4.3-VALUE",
        "4.3.1",
        "The value of an AVP has the form of its type.",
    ),
    should(
        "RFC6733-4-GRAMMAR",
        "3, 4",
        "What the base protocol asks of messages and AVPs without MUST.",
    )
    .inferred(
        "Stands for faults of form whose rule is a SHOULD, a definition without MUST, or a \
               list of values that may have grown since.",
    ),
    open(
        "RFC6733-4-NOTE",
        "3, 4",
        "What the base protocol leaves open about the form of messages and AVPs.",
    )
    .inferred(
        "Stands for what is worth knowing and breaks no sentence, such as an AVP unknown \
               here whose M bit is set.",
    ),
    should(
        "RFC6733-2.1-RECONNECT",
        "2.1, 5.5.4",
        "A connection that was lost is attempted again and again.",
    ),
    must(
        "RFC6733-5.3.1-CER",
        "5.3, 5.3.1",
        "A CER says who its sender is and where: Origin-Host, Host-IP-Address, Vendor-Id and \
         Product-Name.",
    ),
    must(
        "RFC6733-5.3-EXCHANGE",
        "5.3, 5.6.1",
        "Peers exchange CER and CEA when a connection is set up, before any other message.",
    ),
    must(
        "RFC6733-5.6-OPEN",
        "5.3, 5.6",
        "A peer sends messages once the connection is open, which takes a CEA that agrees.",
    )
    .noted("The state machine MUST be observed, and lists sending for the open states only."),
    must(
        "RFC6733-5.6-CLOSING",
        "5.4, 5.6",
        "A peer that sent a DPR or agreed to one sends no further requests on that connection.",
    )
    .noted(
        "The state machine MUST be observed, and lists no sending for its state Closing. A DPA may \
         hold an error while messages are in flight (5.4); after such a one nothing is judged.",
    ),
    should(
        "RFC6733-5.4.3-RECONNECT",
        "2.1, 5.4, 5.4.3",
        "A peer that was sent a DPR with BUSY or DO_NOT_WANT_TO_TALK_TO_YOU does not reconnect.",
    )
    .noted("A message that has to be forwarded is a valid reason to (5.4)."),
    must(
        "RFC6733-5.4-DPA",
        "5.4, 5.4.2",
        "A DPR is answered with a DPA.",
    )
    .noted("Worded as a fact, without MUST."),
    must(
        "RFC6733-5.5-DWA",
        "5.5.2, 5.5.3",
        "A DWR is answered with a DWA.",
    )
    .noted("Worded as a fact; the algorithm it belongs to MUST be supported."),
    must(
        "RFC6733-5.5.1-ALTERNATE",
        "5.3.1, 5.4.1, 5.5.1",
        "Upon a transport failure CER, DPR and DWR are not sent to an alternate peer.",
    ),
    must(
        "RFC6733-5.5.3-SENT",
        "5.5.1, 5.5.3",
        "A DWR is sent when nothing was exchanged for the time Tw.",
    )
    .noted("The algorithm of RFC 3539 MUST be supported. Its timer (3.4.1) has two seconds of jitter, \
            and whatever is received sets it again."),
    should(
        "RFC6733-5.5.3-WATCHDOG",
        "5.5.3",
        "The timer of the watchdogs is set no lower than RFC 3539 permits.",
    )
    .noted(
        "RFC 3539 3.4.1: Twinit MUST NOT be set lower than six seconds. It has two seconds of jitter, \
         but permits other calculations of that: watchdogs that come closer make a lower timer likely \
         and do not prove it, so they warn.",
    ),
    should(
        "RFC6733-5.5.4-SAME",
        "5.5.4",
        "A request that is sent again says what the first one said.",
    )
    .inferred("The queued message itself is sent again; that it is the same is not spelt out."),
    should(
        "RFC6733-5.5.4-DUPLICATE",
        "3, 5.5.4",
        "A request that is sent again is known by its Origin-Host and End-to-End Identifier.",
    )
    .inferred("That the identifier is kept follows from its use in finding duplicates."),
    must(
        "RFC6733-6.1-DESTINATION",
        "6.1, 6.1.1, 6.1.4",
        "Destination-Host of a request, where present, is an appropriate value: the identity of a host \
         that the request can be sent to, and not that of its sender.",
    )
    .noted(
        "A request that names the local host is for local consumption (6.1.4). Any other host may be \
         meant: an agent that has no such peer routes by the realm (6.1).",
    ),
    must(
        "RFC6733-6.2-ANSWER",
        "6.2",
        "An answer has the P bit of its request, and its Session-Id where there is one.",
    ),
    must(
        "RFC6733-6.2-DESTINATION",
        "6.2, 6.5, 6.6",
        "An answer has neither Destination-Host nor Destination-Realm.",
    ),
    must(
        "RFC6733-6.2-PROXY-INFO",
        "6.2",
        "The Proxy-Info AVPs of a request are in its answer, in the same order.",
    ),
    should("RFC6733-6.2-ONE", "6.2", "A request is answered once.")
        .inferred("The section speaks of the answer; that there is no second one is not said."),
    should(
        "RFC6733-6.2-GIVEN",
        "5.4, 5.5.2, 6.2, 8.5; RFC 8506 5.5",
        "A request that was received is answered.",
    )
    .noted(
        "RAR and ASR MUST be answered, DWR and DPR are; no time is set for it, so that an answer \
         that has not come is only warned of.",
    ),
    should(
        "RFC6733-6.3-ORIGIN",
        "6.3, 5.3",
        "Origin-Host names the endpoint that originated the message: on a direct connection, the \
         peer of the capabilities exchange.",
    )
    .inferred("A proxy between may leave no trace, so that another name is no proof."),
    should(
        "RFC6733-7-ANSWER",
        "7",
        "Where an answer itself holds errors, the session it belongs to is terminated.",
    )
    .noted(
        "By STR or ASR, or by a request of the application's own. An answer that is passed over \
         comes to the same where failure handling is TERMINATE, once Tx is over.",
    ),
    should(
        "RFC6733-7.1-SUCCESS",
        "7.1, 7.5",
        "Result-Code says whether a request was completed successfully.",
    )
    .inferred("That other AVPs of the answer do not change what it says is not spelt out."),
    must(
        "RFC6733-7.1-RESULT",
        "6.2, 7.1",
        "An answer has a Result-Code.",
    ),
    must(
        "RFC6733-7.1.5-FAILED",
        "7.1.5",
        "Result-Codes 5001, 5004, 5007, 5008, 5009, 5014 and 5016 come with the offending AVP in \
         Failed-AVP.",
    ),
    should(
        "RFC6733-7.1.5-MISSING",
        "7.1.5",
        "Result-Code 5005 comes with a Failed-AVP that shows what is missing.",
    ),
    must(
        "RFC6733-8.5-ASA",
        "8.5",
        "An ASR for an active session is answered with an ASA, whose Result-Code says what was \
         done; whether the session is stopped is the device's choice.",
    ),
    should(
        "RFC6733-8.5-UNKNOWN",
        "8.5.2; RFC 8506 5.5, 7",
        "A RAR or ASR for a session that is not active is answered with an error, which for ASR is \
         DIAMETER_UNKNOWN_SESSION_ID.",
    )
    .noted("Stated for ASR without MUST; for RAR an event outside the state machine is an error."),
    should(
        "RFC6733-8.15-CAUSE",
        "8.15",
        "Termination-Cause says why the session ended: ADMINISTRATIVE after an Abort-Session-Request.",
    )
    .noted("Worded as the definition of the values, without MUST."),
    should(
        "RFC6733-8.8-POSITION",
        "8.8",
        "The Session-Id directly follows the header.",
    )
    .noted("The command definitions give it a fixed position; section 8.8 says SHOULD."),
    must(
        "RFC6733-8.8-IDENTITY",
        "8.8",
        "The Session-Id begins with the sender's identity, delimited by a semicolon.",
    ),
    must(
        "RFC6733-8.8-UNIQUE",
        "8.8; RFC 8506 5.1",
        "A Session-Id is globally and eternally unique.",
    ),
    must(
        "RFC6733-8.16-STATE",
        "8.16",
        "Origin-State-Id only increases, at each reset that loses state.",
    )
    .noted("Zero means that nothing is to be inferred from it."),
    should(
        "RFC6733-10.1-TABLE",
        "10.1",
        "An AVP with a zero in the table of base commands does not stand in that command.",
    )
    .noted(
        "The table's zero means MUST NOT, its introduction says MAY NOT, and the grammars of the \
         same commands admit any AVP.",
    ),
];
