//! SIP and MSRP, as far as the rules for the server's legs rest on them.

use super::{Requirement, Source, Strength, stated};

const fn sip(
    strength: Strength,
    id: &'static str,
    clause: &'static str,
    text: &'static str,
) -> Requirement {
    stated(Source::Rfc3261, strength, id, clause, text)
}

const fn msrp(
    strength: Strength,
    id: &'static str,
    clause: &'static str,
    text: &'static str,
) -> Requirement {
    stated(Source::Rfc4975, strength, id, clause, text)
}

const MUST: Strength = Strength::Must;
const SHOULD: Strength = Strength::Should;

pub(super) const REQUIREMENTS: &[Requirement] = &[
    sip(
        MUST,
        "SIP-7-FORM",
        "7, 25.1",
        "A SIP message follows the grammar: start line, header lines, an empty line, a body.",
    ),
    sip(
        SHOULD,
        "SIP-FORM-SHOULD",
        "7, 18.3, 20",
        "What SIP asks of the form of messages without MUST.",
    )
    .inferred("Stands for leniency that receivers are asked to have."),
    sip(
        MUST,
        "SIP-7.3.1-ONCE",
        "7.3.1",
        "Header fields whose grammar is no list do not occur more than once.",
    ),
    sip(
        MUST,
        "SIP-8-PRESENT",
        "8.1.1, 8.1.1.3, 8.1.1.8, 8.2.6.2, 12.1.1",
        "A request has To, From with a tag, CSeq, Call-ID, Max-Forwards and Via; a response those \
         of its request and, above 100, a To tag; an INVITE and its 2xx a Contact.",
    )
    .noted("For the Contact of a re-INVITE section 12.2.1.1 says SHOULD, which is how it is weighed."),
    sip(
        SHOULD,
        "SIP-8.1.1.7-COOKIE",
        "8.1.1.7, 17.2.3",
        "The branch of the top Via begins with z9hG4bK.",
    )
    .noted("A MUST of RFC 3261; an older server is still served (17.2.3)."),
    sip(
        MUST,
        "SIP-8.1.1.7-UNIQUE",
        "8.1.1.7",
        "The branch is unique for all requests of a user agent, but for CANCEL and ACK of a non-2xx.",
    ),
    sip(
        MUST,
        "SIP-8.1.1.5-CSEQ",
        "8.1.1.5, 20.16",
        "CSeq holds a number below 2^31 and the method of the request.",
    ),
    sip(
        SHOULD,
        "SIP-8.2.6.1-PROVISIONAL",
        "8.2.6.1",
        "A request other than INVITE gets no provisional response.",
    ),
    sip(
        MUST,
        "SIP-8.2.6.2-ECHO",
        "8.2.6.2",
        "From, Call-ID, CSeq and Via of a response equal those of the request, the Vias in their \
         order; To too, but for a tag that is added.",
    ),
    sip(
        Strength::Open,
        "SIP-8.2.6.2-TAG",
        "8.2.6.2",
        "The same To tag is used for all responses to a request, 100 (Trying) excepted.",
    )
    .noted("A MUST for one user agent; a server that forks passes on the responses of several, and the two \
         cannot be told apart."),
    sip(
        MUST,
        "SIP-12.2.1.1-TAGS",
        "12.2.1.1",
        "A request within a dialog has the remote tag in To and the local tag in From.",
    ),
    sip(
        MUST,
        "SIP-12.2.1.1-CSEQ",
        "12.2.1.1, 12.2.2",
        "CSeq numbers increase with each request of one side within a dialog, ACK and CANCEL excepted.",
    )
    .noted("They also are to be contiguous; a gap is no error for the receiver (12.2.2)."),
    sip(
        MUST,
        "SIP-13.2.2.4-CSEQ",
        "9.1, 13.2.2.4, 17.1.1.3",
        "ACK and CANCEL have the CSeq number of their INVITE.",
    ),
    sip(
        SHOULD,
        "SIP-13.2.2.4-ACK",
        "13.2.2.4",
        "Each 2xx to an INVITE is acknowledged.",
    )
    .noted("A MUST without a time, so that an ACK that has not come is only warned of."),
    sip(
        MUST,
        "SIP-15-DIALOG",
        "15",
        "A BYE is not sent outside of a dialog.",
    ),
    sip(
        MUST,
        "SIP-15-EARLY",
        "15",
        "The called side sends no BYE on an early dialog, nor on a confirmed one before the ACK or \
         the end of the transaction's time.",
    ),
    sip(
        SHOULD,
        "SIP-15-OVER",
        "12.3, 15.1.1, 15.1.2",
        "After a BYE the session is over, and nothing is sent in its dialog.",
    )
    .inferred(
        "Who sends BYE considers the session terminated at once; the dialog itself ends with the \
         response.",
    ),
    sip(
        MUST,
        "SIP-18.3-LENGTH",
        "18.3, 20.14",
        "Content-Length is the number of octets of the body; over a stream it is there.",
    ),
    sip(
        MUST,
        "SIP-20.10-ADDRESS",
        "20.10, 25.1",
        "From, To and Contact hold a URI, in angle brackets where it has a comma, a question mark or \
         a semicolon.",
    ),
    sip(
        MUST,
        "SIP-20.15-TYPE",
        "20.15",
        "A body that is not empty has a Content-Type.",
    ),
    sip(MUST, "SIP-20.42-VIA", "20.42", "Every Via follows its grammar."),
    sip(
        MUST,
        "SIP-SDP-FORM",
        "13.2.1; RFC 4566 5; RFC 4975 8",
        "A session description has the lines that the grammar and message sessions ask for.",
    ),
    sip(
        MUST,
        "SIP-SDP-ANSWER",
        "13.2.1, 13.3.1.4; RFC 3264 6, 6.1",
        "An answer has exactly as many m= lines as its offer, of the same media types in the same \
         order.",
    ),
    msrp(
        MUST,
        "MSRP-9-GRAMMAR",
        "9",
        "An MSRP message follows the grammar.",
    ),
    msrp(
        SHOULD,
        "MSRP-FORM-SHOULD",
        "7.1.1, 9",
        "What MSRP asks of the form of messages without MUST.",
    )
    .inferred("Stands for what 7.1.1 states of Byte-Range, and for headers that stand twice."),
    msrp(
        MUST,
        "MSRP-6-URI",
        "6",
        "An MSRP URI has a port with an IP address, and no password.",
    ),
    msrp(
        SHOULD,
        "MSRP-5.1-CHUNKS",
        "5.1, 7.1.1",
        "The chunks of a message cover it from its first octet on.",
    )
    .inferred("A receiver takes chunks in any order; over one connection they come as sent."),
    msrp(
        MUST,
        "MSRP-7.1-BODY",
        "7.1",
        "A request with a body has a Content-Type as its last header field.",
    ),
    msrp(
        SHOULD,
        "MSRP-7.1-TRANSACTION",
        "7.1",
        "Each request has a transaction identifier of its own.",
    )
    .noted("It has 64 bits of randomness or more, so that two are not alike."),
    msrp(
        MUST,
        "MSRP-7.1.1-SEND",
        "7.1.1",
        "A SEND has a Message-ID, and a Byte-Range that can be interrupted where its body is large.",
    ),
    msrp(
        MUST,
        "MSRP-7.1.1-FAILURE-REPORT",
        "7.1.1, 7.2",
        "Under Failure-Report no a SEND gets no response, under partial none of 200.",
    ),
    msrp(
        MUST,
        "MSRP-7.1.1-REPORTS",
        "7.1.1, 7.1.3, 7.1.4",
        "A success REPORT is sent where Success-Report was yes, a failure REPORT where \
         Failure-Report was not no.",
    ),
    msrp(
        SHOULD,
        "MSRP-7.1.1-MESSAGE-ID",
        "7.1.1",
        "A Message-ID names one message of a session.",
    )
    .inferred("What a sender may do that has to send a whole message again is not said."),
    msrp(
        MUST,
        "MSRP-7.1.2-REPORT",
        "7.1.2",
        "A REPORT has a Message-ID and a Status, comes whole and asks for no report.",
    ),
    msrp(
        SHOULD,
        "MSRP-7.1.2-RANGE",
        "7.1.2",
        "A REPORT has the Byte-Range that it reports on.",
    ),
    msrp(
        MUST,
        "MSRP-7.2-FORM",
        "7.2, 9",
        "A response has no body and the end-line flag $.",
    ),
    msrp(
        MUST,
        "MSRP-7.2-MATCH",
        "7.2",
        "A response has the transaction identifier of its request and goes over its connection.",
    ),
    msrp(SHOULD, "MSRP-7.2-ONCE", "7.2", "A request gets one response.")
        .inferred("The section speaks of the response; that there is no second one is not said."),
    msrp(
        MUST,
        "MSRP-7.2-PATHS",
        "7.2",
        "A response goes to the first URI of the From-Path of a SEND, and comes from the URI that \
         the request was sent to.",
    ),
    msrp(
        MUST,
        "MSRP-8.2-PATHS",
        "7.1, 8.2",
        "Requests go to the path that the other side's description gave, and come from that of the \
         sender's own.",
    ),
];
