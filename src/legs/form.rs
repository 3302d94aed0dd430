//! One message by itself: the codecs' faults, each under the rule it breaks.

use crate::sip::sdp::Description;
use crate::{msrp, sip};

use super::catalog::Name;
use super::monitor::{Found, Observation};

const SIP: [Name; 9] = [
    Name::StartLine,
    Name::HeaderSyntax,
    Name::Single,
    Name::Present,
    Name::Address,
    Name::Via,
    Name::CSeq,
    Name::Value,
    Name::Length,
];

/// Judges a SIP message of the server. `repeats` says that it may answer a request with faults: then
/// those of the headers that a response takes from its request (RFC 3261 8.2.6.2) are not its own.
pub(super) fn sip(
    seen: &Observation<'_>,
    message: &sip::Message,
    repeats: bool,
    found: &mut Found,
) {
    for name in SIP {
        found.watch(name);
    }
    for fault in message.faults() {
        if !repeats || !may_be_repeated(name_of(&fault)) {
            note(seen, &fault, found);
        }
    }
    // On a stream nothing but the length says where a message ends (RFC 3261 18.3, 20.14).
    let stream = message.top_via().is_ok_and(|via| {
        via.transport.eq_ignore_ascii_case("TCP") || via.transport.eq_ignore_ascii_case("TLS")
    });
    if stream && message.header("Content-Length").is_none() {
        let expected = "Content-Length on a stream";
        found.breach(Name::Length, seen.event, None, expected, "none");
    }
    if !message.body_range().is_empty() {
        found.watch(Name::BodyType);
        if message.is_content_type("application/sdp") {
            found.watch(Name::Sdp);
            for fault in Description::parse(message.body()).faults() {
                note(seen, &fault, found);
            }
        }
    }
}

fn may_be_repeated(name: Name) -> bool {
    matches!(
        name,
        Name::HeaderSyntax
            | Name::Single
            | Name::Present
            | Name::Address
            | Name::Via
            | Name::CSeq
            | Name::Value
    )
}

fn name_of(fault: &sip::Fault) -> Name {
    match fault.code {
        "start-line"
        | "method"
        | "request-uri"
        | "request-uri-headers"
        | "version"
        | "version-case"
        | "start-line-space"
        | "status" => Name::StartLine,
        "duplicate" => Name::Single,
        "missing" | "from-tag" | "to-tag" => Name::Present,
        "address" | "address-brackets" | "address-space" | "display-name" => Name::Address,
        "via" | "via-branch" => Name::Via,
        "cseq" | "cseq-method" | "cseq-number" => Name::CSeq,
        "content-length" | "content-length-long" | "content-length-short" => Name::Length,
        "content-type" => Name::BodyType,
        code if code.starts_with("sdp") => Name::Sdp,
        "no-colon" | "header-name" | "control-character" | "not-utf8" | "line-end"
        | "no-empty-line" => Name::HeaderSyntax,
        _ => Name::Value,
    }
}

fn note(seen: &Observation<'_>, fault: &sip::Fault, found: &mut Found) {
    let name = name_of(fault);
    let requirement = match (name, fault.severity) {
        (Name::Via, sip::Severity::Should) => "SIP-8.1.1.7-COOKIE",
        (_, sip::Severity::Should) => "SIP-FORM-SHOULD",
        (_, sip::Severity::Must) => crate::ch2::rules::Named::rule(name).requirement,
    };
    let expected = format!("{} [{}]", title(name), fault.clause);
    found.breach_of(
        name,
        requirement,
        seen.event,
        None,
        expected,
        fault.text.as_str(),
    );
}

/// Judges an MSRP message of the server. `ours` says which faults it has from the harness.
pub(super) fn msrp(
    seen: &Observation<'_>,
    message: &msrp::Message,
    ours: impl Fn(&'static str) -> bool,
    found: &mut Found,
) {
    found.watch(Name::MsrpGrammar);
    found.watch(Name::MsrpUri);
    found.watch(match message.method() {
        None => Name::MsrpResponse,
        Some(msrp::Method::Send) => Name::MsrpSend,
        Some(msrp::Method::Report) => Name::MsrpReport,
        Some(_) => Name::MsrpRequest,
    });
    for fault in message.faults().iter().filter(|fault| !ours(fault.text)) {
        let name = match fault.clause {
            "RFC 4975 6" => Name::MsrpUri,
            "RFC 4975 7.1" => Name::MsrpRequest,
            "RFC 4975 7.1.1" => Name::MsrpSend,
            "RFC 4975 7.1.2" => Name::MsrpReport,
            "RFC 4975 7.2" => Name::MsrpResponse,
            _ => Name::MsrpGrammar,
        };
        let requirement = match fault.severity {
            msrp::Severity::Should => "MSRP-FORM-SHOULD",
            msrp::Severity::Must => crate::ch2::rules::Named::rule(name).requirement,
        };
        let expected = format!("{} [{}]", title(name), fault.clause);
        found.breach_of(name, requirement, seen.event, None, expected, fault.text);
    }
    if message.is_report() && message.byte_range().is_none() {
        let expected = "the Byte-Range that is reported on";
        found.breach_of(
            Name::MsrpReport,
            "MSRP-7.1.2-RANGE",
            seen.event,
            None,
            expected,
            "none",
        );
    }
}

fn title(name: Name) -> &'static str {
    crate::ch2::rules::Named::rule(name).title
}
