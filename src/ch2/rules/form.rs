//! Headers, AVPs and grammars: the codec's faults, each under the rule and requirement it breaks.

use crate::diameter::{Fault, FaultKind, Severity, grammar};

use super::Observation;
use super::catalog::Name;
use super::monitor::Found;

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

const ALWAYS: [Name; 12] = [
    Name::Header,
    Name::CommandKnown,
    Name::ErrorBit,
    Name::Proxiable,
    Name::ApplicationId,
    Name::AvpLength,
    Name::AvpPadding,
    Name::AvpFlags,
    Name::AvpValue,
    Name::AvpMissing,
    Name::AvpRepeated,
    Name::AvpForbidden,
];

fn report(observation: &Observation<'_>, fault: &Fault, found: &mut Found) {
    let name = rule_of(fault.kind);
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
        | FaultKind::VendorIdZero
        | FaultKind::MandatoryBitMissing
        | FaultKind::MandatoryBitForbidden
        | FaultKind::Vendor { .. }
        | FaultKind::UnknownMandatory => Name::AvpFlags,
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
        (Name::SessionIdPosition | Name::Proxiable | Name::CommandKnown, _) => {
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
