//! Headers, AVPs and grammars: the codec's faults, each under the rule and requirement it breaks.

use crate::diameter::{Fault, FaultKind, Message, Severity, grammar, key};

use super::catalog::Name;
use super::monitor::Found;
use super::{Named, Observation};

pub(super) fn check(observation: &Observation<'_>, found: &mut Found) {
    let message = observation.message;
    for name in ALWAYS {
        found.watch(name);
    }
    found.watch(if message.is_request() {
        Name::SessionIdPosition
    } else {
        Name::TAnswer
    });
    for fault in message.faults() {
        report(observation, fault, found);
    }
    for fault in &grammar::check(message, message.dictionary()) {
        report(observation, fault, found);
    }
}

/// True for a fault inside a Failed-AVP, which shows what was wrong with the request (RFC 6733
/// section 7.5).
fn is_quoted(message: &Message, fault: &Fault) -> bool {
    !message.is_request()
        && message.find_all(key::FAILED_AVP).any(|failed| {
            let quoted = failed.data_range();
            quoted.start <= fault.bytes.start && fault.bytes.end <= quoted.end
        })
}

const ALWAYS: [Name; 16] = [
    Name::Header,
    Name::CommandKnown,
    Name::ErrorBit,
    Name::Proxiable,
    Name::ApplicationId,
    Name::AvpLength,
    Name::AvpPadding,
    Name::AvpFlags,
    Name::AvpVendor,
    Name::AvpUnknown,
    Name::AvpValue,
    Name::Enumerated,
    Name::Identity,
    Name::AvpMissing,
    Name::AvpRepeated,
    Name::AvpForbidden,
];

fn report(observation: &Observation<'_>, fault: &Fault, found: &mut Found) {
    if is_quoted(observation.message, fault) {
        return;
    }
    let result = fault.avp == Some(key::RESULT_CODE) && !observation.message.is_request();
    let name = match (rule_of(fault.kind), fault.avp) {
        (Name::AvpMissing | Name::AvpRepeated, _) if result => Name::AnswerResult,
        // See `answer::alone`, which does not depend on the command having a table.
        (Name::AvpForbidden, Some(key::DESTINATION_HOST | key::DESTINATION_REALM))
            if !observation.message.is_request() =>
        {
            return;
        }
        (name, _) => name,
    };
    let requirement = requirement_of(name, fault);
    found.breach_of(
        name,
        requirement,
        observation.event,
        None,
        format!("{} [{}]", name.rule().title, fault.clause),
        fault.to_string(),
    );
}

fn rule_of(kind: FaultKind) -> Name {
    match kind {
        FaultKind::HeaderTruncated { .. }
        | FaultKind::Version(_)
        | FaultKind::MessageLength { .. }
        | FaultKind::MessageLengthUnaligned(_)
        | FaultKind::ReservedHeaderBits(_) => Name::Header,
        FaultKind::ErrorBitInRequest | FaultKind::ErrorBit { .. } => Name::ErrorBit,
        FaultKind::RetransmitBitInAnswer => Name::TAnswer,
        FaultKind::ProxiableBit { .. } => Name::Proxiable,
        FaultKind::ApplicationId { .. } => Name::ApplicationId,
        FaultKind::UnknownCommand(_) => Name::CommandKnown,
        FaultKind::AvpHeaderTruncated { .. }
        | FaultKind::AvpLengthTooShort(_)
        | FaultKind::AvpOverrun { .. }
        | FaultKind::ValueLength { .. } => Name::AvpLength,
        FaultKind::PaddingMissing { .. } | FaultKind::PaddingNotZero => Name::AvpPadding,
        FaultKind::ReservedAvpBits(_)
        | FaultKind::VendorBitMissing(_)
        | FaultKind::MandatoryBitMissing
        | FaultKind::MandatoryBitForbidden => Name::AvpFlags,
        FaultKind::VendorIdZero | FaultKind::Vendor { .. } => Name::AvpVendor,
        FaultKind::UnknownMandatory => Name::AvpUnknown,
        FaultKind::EnumeratedValue(_) => Name::Enumerated,
        FaultKind::Identity | FaultKind::Uri => Name::Identity,
        FaultKind::AvpMissing { .. } => Name::AvpMissing,
        FaultKind::AvpOccursTooManyTimes { .. } => Name::AvpRepeated,
        FaultKind::AvpNotAllowed => Name::AvpForbidden,
        FaultKind::AvpPosition => Name::SessionIdPosition,
        // The list of kinds may grow; what is new is a matter of values until it has a rule.
        _ => Name::AvpValue,
    }
}

/// The requirement whose strength is the fault's: the rule's own for a broken MUST, and for less
/// the one that stands for what the same clauses ask for with less weight.
fn requirement_of(name: Name, fault: &Fault) -> &'static str {
    match (name, fault.severity) {
        (Name::SessionIdPosition | Name::Proxiable | Name::CommandKnown | Name::AvpUnknown, _) => {
            name.rule().requirement
        }
        // The base protocol's table contradicts its own grammars, which admit any AVP.
        (Name::AvpForbidden, Severity::Must) if fault.clause.starts_with("RFC 6733") => {
            "RFC6733-10.1-TABLE"
        }
        (_, Severity::Must) => name.rule().requirement,
        (_, Severity::Should) if fault.avp.is_some_and(|key| key.vendor.is_some()) => "OMA-AVP",
        (_, Severity::Should) => "RFC6733-4-GRAMMAR",
        (_, Severity::Note) => "RFC6733-4-NOTE",
    }
}
