//! What lateness can explain, where the harness or the server showed to be too busy.
//!
//! An answer of ours that came after Tx lets a server take another way: it ends the session, goes on
//! without credit control, sends again, or reports at another moment. So what came or did not come, in
//! which order and with which sums, decides nothing then. How a message is written, and whom it names,
//! does not depend on the time: a breach of that is one at any pace.

use super::Finding;
use super::surplus::WIRE_FORMAT;

/// Rules that no lateness makes a server break: the form of a message, its flags and lengths, what it
/// must hold, and the names in it.
const TIMELESS: &[&str] = &[
    "DIA-HEADER",
    "DIA-E-BIT",
    "DIA-P-BIT",
    "DIA-APPLICATION-ID",
    "DIA-AVP-LENGTH",
    "DIA-AVP-PADDING",
    "DIA-AVP-FLAGS",
    "DIA-AVP-VENDOR",
    "DIA-AVP-VALUE",
    "DIA-ENUMERATED",
    "DIA-IDENTITY",
    "DIA-AVP-MISSING",
    "DIA-AVP-REPEATED",
    "DIA-AVP-FORBIDDEN",
    "DIA-SESSION-ID-POSITION",
    "DIA-DESTINATION-HOST",
    "DIA-ANSWER-HOP-BY-HOP",
    "DIA-ANSWER-END-TO-END",
    "DIA-ANSWER-COMMAND",
    "DIA-ANSWER-RESULT-CODE",
    "DIA-ANSWER-DESTINATION",
    "DIA-ANSWER-PROXY-INFO",
    "DIA-FAILED-AVP",
    "DIA-END-TO-END",
    "DIA-ORIGIN-STATE-ID",
    "DIA-T-BIT-ANSWER",
    "PEER-CER-APPLICATION",
    "CC-SESSION-ID-IDENTITY",
    "CC-SESSION-ID-SHARED",
    "CC-NUMBER-UNIQUE",
    "CC-USED-IN-START",
    "CC-REQUESTED-IN-START",
    "CC-UNITS-ONE-PLACE",
    "CC-SERVICES-INDICATED",
    "CC-SERVICE-NAMED",
    "CC-EVENT-NUMBER",
    "CC-CONTEXT-SYNTAX",
    "CC-CONTEXT-CONSTANT",
    "CC-CONTEXT-PROFILE",
    "CC-SUBSCRIPTION-FORM",
    "CC-TERMINATION-CAUSE",
    "CC-REQUESTED-ACTION",
    "CC-ORIGIN-CONSTANT",
    "SIP-START-LINE",
    "SIP-HEADER-SYNTAX",
    "SIP-HEADER-ONCE",
    "SIP-HEADERS-PRESENT",
    "SIP-ADDRESS",
    "SIP-VIA",
    "SIP-CSEQ",
    "SIP-VALUE",
    "SIP-CONTENT-LENGTH",
    "SIP-CONTENT-TYPE",
    "SIP-SDP",
    "SIP-RESPONSE-ECHO",
    "SIP-SDP-ANSWER",
    "SIP-BRANCH-UNIQUE",
    "SIP-DIALOG-TAGS",
    "SIP-ACK-CSEQ",
    "SIP-BYE-IN-DIALOG",
    "MSRP-GRAMMAR",
    "MSRP-URI",
    "MSRP-REQUEST",
    "MSRP-SEND",
    "MSRP-REPORT",
    "MSRP-RESPONSE",
    "MSRP-RESPONSE-PATHS",
];

/// AVPs that say who, where and for what: the same at any pace.
const NAMES: &[&str] = &[
    "Session-Id",
    "Origin-Host",
    "Origin-Realm",
    "Destination-Host",
    "Destination-Realm",
    "Auth-Application-Id",
    "Service-Context-Id",
    "Subscription-Id-Type",
    "Subscription-Id-Data",
    "Requested-Action",
    "Application-Service-Type",
    "IMS-Charging-Identifier",
    "User-Session-Id",
    "Calling-Party-Address",
    "Called-Party-Address",
    "Node-Functionality",
    "Role-Of-Node",
];

/// Whether lateness, of an answer of ours or of what the server was to read, can be why something was
/// found. What is not known to be independent of the time is thought to depend on it.
pub(super) fn may_explain(finding: &Finding) -> bool {
    let check = finding.check.as_str();
    let last = check.rsplit('/').next().unwrap_or(check).trim();
    !(TIMELESS.contains(&check) || NAMES.contains(&last) || last == WIRE_FORMAT)
}

#[cfg(test)]
mod tests {
    use crate::ch2::rules::Rule;
    use crate::legs;

    use super::*;

    #[test]
    fn every_rule_named_is_one() {
        for id in TIMELESS {
            let mut rules = Rule::all().iter().chain(legs::rules());
            assert!(rules.any(|rule| rule.id == *id), "{id}");
        }
    }
}
