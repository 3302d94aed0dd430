//! The rules by name, for the monitor and for `ch2spec explain`.

use crate::ch2::rules::{Rule, catalog};

/// Every rule for SIP and MSRP, in the order of the table.
pub fn rules() -> &'static [Rule] {
    Name::RULES
}

catalog! {
    StartLine: "SIP-START-LINE", "SIP-7-FORM",
        "The start line is a Request-Line or a Status-Line of SIP/2.0",
        "Method, Request-URI and version, or version, status code from 100 to 699 and reason, \
         with one space between.";
    HeaderSyntax: "SIP-HEADER-SYNTAX", "SIP-7-FORM",
        "Header lines have a name, a colon and a value in UTF-8, and end in CR LF",
        "Control characters, lines that end in LF alone and a missing empty line behind the \
         headers are what usually breaks it.";
    Single: "SIP-HEADER-ONCE", "SIP-7.3.1-ONCE",
        "A header that is no list stands once",
        "From, To, Call-ID, CSeq, Max-Forwards and their like have one value: which of two counts \
         nobody knows.";
    Present: "SIP-HEADERS-PRESENT", "SIP-8-PRESENT",
        "A message has the headers that every message has",
        "To, From with a tag, CSeq, Call-ID and Via in each; Max-Forwards in a request, a To tag \
         in a response above 100, Contact in an INVITE and in its 2xx.";
    Address: "SIP-ADDRESS", "SIP-20.10-ADDRESS",
        "From, To and Contact hold an address",
        "A URI in angle brackets with parameters behind them, or a bare one without comma and \
         question mark. Display names are tokens or quoted.";
    Via: "SIP-VIA", "SIP-20.42-VIA",
        "Every Via is whole, and the top one has a branch that begins with z9hG4bK",
        "The branch names the transaction. One without the magic cookie is that of a server \
         older than RFC 3261, and only warned of.";
    CSeq: "SIP-CSEQ", "SIP-8.1.1.5-CSEQ",
        "CSeq is a number below 2^31 and the method of the request",
        "The method of a CSeq is that of the request itself, that of an INVITE in its ACK \
         excepted, which is ACK.";
    Value: "SIP-VALUE", "SIP-7-FORM",
        "Max-Forwards, Expires, Date and P-Charging-Vector have values of their form",
        "Numbers within their range, a date in GMT, an icid-value.";
    Length: "SIP-CONTENT-LENGTH", "SIP-18.3-LENGTH",
        "Content-Length counts the body, and is there on a stream",
        "On TCP nothing else says where a message ends. On UDP it may be left out; octets behind \
         the body are only warned of.";
    BodyType: "SIP-CONTENT-TYPE", "SIP-20.15-TYPE",
        "A body has a Content-Type",
        "Without it the receiver cannot tell a session description from anything else.";
    Sdp: "SIP-SDP", "SIP-SDP-FORM",
        "A session description has the lines that one needs",
        "v=, o=, s= and t=, and for m=message a TCP/MSRP transport, a port, an address and a \
         path.";
    Echo: "SIP-RESPONSE-ECHO", "SIP-8.2.6.2-ECHO",
        "A response has the Via, From, To, Call-ID and CSeq of its request",
        "Compared by what identifies: branch and sent-by of every Via, URI and tag of From and \
         To. What receivers add to a Via is not counted.";
    OneToTag: "SIP-TO-TAG", "SIP-8.2.6.2-TAG",
        "All responses to a request have one To tag",
        "Informs only: a server that forks passes on the tags of several user agents. 100 \
         (Trying) is not counted.";
    Provisional: "SIP-PROVISIONAL", "SIP-8.2.6.1-PROVISIONAL",
        "Only INVITE gets provisional responses",
        "100 (Trying) is not counted. Requests other than INVITE are to be answered at once.";
    SdpAnswer: "SIP-SDP-ANSWER", "SIP-SDP-ANSWER",
        "An answer has the m= lines of its offer, in their order",
        "A stream that is not wanted is refused by port 0 and not left out. Watches the 2xx to an \
         INVITE of the harness that holds an offer.";
    BranchUnique: "SIP-BRANCH-UNIQUE", "SIP-8.1.1.7-UNIQUE",
        "Every request has a branch of its own",
        "Two requests of the server with the same branch and sent-by are taken for one sent \
         twice, and the second is lost. ACK for a refusal and CANCEL have that of their INVITE.";
    DialogTags: "SIP-DIALOG-TAGS", "SIP-12.2.1.1-TAGS",
        "A request inside a dialog has its tags",
        "Our tag in To and the server's own in From, as they were when the dialog began. Mixed \
         up tags are usually those of the call's other leg.";
    CSeqOrder: "SIP-CSEQ-ORDER", "SIP-12.2.1.1-CSEQ",
        "CSeq increases with every request of the server inside a dialog",
        "Gaps are not counted, since requests may be lost or refused on the way. ACK and CANCEL \
         have the number of their INVITE.";
    AckNumber: "SIP-ACK-CSEQ", "SIP-13.2.2.4-CSEQ",
        "An ACK has the CSeq number of its INVITE, and a CANCEL too",
        "With another number it acknowledges nothing, and the 2xx is sent again and again.";
    AckGiven: "SIP-ACK-GIVEN", "SIP-13.2.2.4-ACK",
        "A 2xx to an INVITE of the server is acknowledged",
        "Judged ten seconds after the 2xx of the harness. It warns, because no RFC says how long \
         an ACK may take.";
    ByeDialog: "SIP-BYE-IN-DIALOG", "SIP-15-DIALOG",
        "A BYE is sent inside a dialog",
        "It has the To tag of the other side; without one there is no session to end.";
    ByeEarly: "SIP-BYE-EARLY", "SIP-15-EARLY",
        "The called side sends no BYE before its 2xx was acknowledged",
        "Watches calls that the harness made: a server that changes its mind refuses the INVITE, \
         or waits for the ACK (32 seconds at most) before it sends BYE.";
    AfterBye: "SIP-AFTER-BYE", "SIP-15-OVER",
        "Nothing is sent inside a dialog that is over",
        "After its own BYE, or its 2xx to ours, the server has no dialog any more. A BYE that was \
         refused, 408 and 481 excepted, may be tried again.";
    MsrpGrammar: "MSRP-GRAMMAR", "MSRP-9-GRAMMAR",
        "An MSRP message follows the grammar",
        "To-Path first and From-Path second, header lines with a colon and a space, an end-line \
         with the transaction and one of $, + and #.";
    MsrpUri: "MSRP-URI", "MSRP-6-URI",
        "MSRP URIs have a port and no password",
        "An IP address stands there with its port.";
    MsrpRequest: "MSRP-REQUEST", "MSRP-7.1-BODY",
        "A body comes with a Content-Type, as the last header",
        "And a Content-Type with a body. Between the body and the end-line stands CR LF, which \
         is not part of either.";
    MsrpSend: "MSRP-SEND", "MSRP-7.1.1-SEND",
        "A SEND has a Message-ID and a Byte-Range that fits",
        "Byte-Range begins at 1 or later, ends with the body's last octet or in *, and over 2048 \
         octets always in *. What 7.1.1 says without MUST is only warned of.";
    MsrpReport: "MSRP-REPORT", "MSRP-7.1.2-REPORT",
        "A REPORT has Message-ID, Status and Byte-Range, and asks for no report",
        "A REPORT is never cut in chunks. One without Byte-Range does not say what it reports \
         on, which is warned of.";
    MsrpResponse: "MSRP-RESPONSE", "MSRP-7.2-FORM",
        "A response has no body and ends in $",
        "It is a status line, To-Path, From-Path and an end-line.";
    MsrpMatch: "MSRP-RESPONSE-MATCH", "MSRP-7.2-MATCH",
        "A response has the transaction of a request of ours on its connection",
        "Not judged on a connection over which the harness sent something with faults. A \
         response over another connection finds nobody waiting.";
    MsrpOnce: "MSRP-RESPONSE-ONCE", "MSRP-7.2-ONCE",
        "A request is answered once",
        "A second response to one transaction is dropped at best.";
    MsrpUnwanted: "MSRP-RESPONSE-UNWANTED", "MSRP-7.1.1-FAILURE-REPORT",
        "No response is sent that Failure-Report rules out",
        "None at all under no, no 200 under partial.";
    MsrpSwapped: "MSRP-RESPONSE-PATHS", "MSRP-7.2-PATHS",
        "A response goes back to where the request came from",
        "To-Path is the first URI of the From-Path of a SEND (all of it for other requests), \
         From-Path the URI that the request was sent to.";
    MsrpTransaction: "MSRP-TRANSACTION", "MSRP-7.1-TRANSACTION",
        "Every request on a connection has a transaction of its own",
        "Responses are matched by it, and the end of a body is found by it.";
    MsrpPaths: "MSRP-PATHS", "MSRP-8.2-PATHS",
        "Requests go to the path of our session description and come from that of the server's",
        "Compared as MSRP URIs, the last of each path, which names the endpoint. Not judged \
         before descriptions were exchanged.";
    MsrpReportUnwanted: "MSRP-REPORT-UNWANTED", "MSRP-7.1.1-REPORTS",
        "No REPORT is sent that the message did not ask for",
        "Success is reported where Success-Report was yes, failure where Failure-Report was not \
         no. Watches REPORTs on messages of the harness.";
    MsrpChunks: "MSRP-CHUNKS", "MSRP-5.1-CHUNKS",
        "The chunks of a message follow one another without a gap, under one total",
        "It begins at octet 1. Octets that are sent again are not counted.";
    MsrpMessageId: "MSRP-MESSAGE-ID", "MSRP-7.1.1-MESSAGE-ID",
        "A new message has a new Message-ID",
        "Chunks are put together and reports are matched by it. It warns: a server may have had a \
         reason to send a message again.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ch2::Requirement;

    #[test]
    fn every_rule_stands_on_a_requirement_and_has_a_name_of_its_own() {
        let mut ids: Vec<_> = rules().iter().map(|rule| rule.id).collect();
        for rule in rules() {
            assert!(
                Requirement::find(rule.requirement).is_some(),
                "{}",
                rule.requirement
            );
            assert_eq!(Rule::find(rule.id), None, "not one of CH-2");
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), rules().len());
        assert!(
            ids.len() <= 128,
            "the set of watched rules is 128 bits wide"
        );
    }
}
