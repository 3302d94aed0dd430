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
         in answers.",
    )
    .noted("After an error answer the bit must not be set; what is sent again then is not judged."),
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
    must(
        "RFC6733-5.3-EXCHANGE",
        "5.3, 5.6.1",
        "Peers exchange CER and CEA when a connection is set up, before any other message.",
    ),
    should(
        "RFC6733-5.5.4-DUPLICATE",
        "3, 5.5.4",
        "A request that is sent again is known by its Origin-Host and End-to-End Identifier.",
    )
    .inferred("That the identifier is kept follows from its use in finding duplicates."),
    must(
        "RFC6733-6.2-ANSWER",
        "6.2",
        "An answer has the P bit of its request, and its Session-Id where there is one.",
    ),
    should(
        "RFC6733-6.3-ORIGIN",
        "6.3, 5.3",
        "Origin-Host names the endpoint that originated the message: on a direct connection, the \
         peer of the capabilities exchange.",
    )
    .inferred("A proxy between may leave no trace, so that another name is no proof."),
    must(
        "RFC6733-7.1-RESULT",
        "6.2, 7.1",
        "An answer has a Result-Code.",
    ),
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
