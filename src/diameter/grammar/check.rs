//! Holding a message against its grammar.

use super::super::avp::{Avp, AvpKey, Avps};
use super::super::dictionary::{
    self, CCR, CREDIT_CONTROL_APPLICATION, Certainty, Dictionary, result_name,
};
use super::super::fault::{Fault, FaultKind, Severity};
use super::super::key;
use super::super::message::{HEADER_LENGTH, Message};

use super::{CommandGrammar, GroupGrammar, commands, groups};

/// How often an AVP may occur in a command or group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The AVP.
    pub key: AvpKey,
    /// At least this often.
    pub min: u32,
    /// At most this often; `u32::MAX` for no limit.
    pub max: u32,
}

/// The most rules one grammar has; counts of occurrences live on the stack.
const MAX_RULES: usize = 40;

/// Everything about the message that its command's grammar and the grammars of its groups do not
/// allow. Faults of single AVPs are in [`Message::faults`] and not repeated.
pub fn check(message: &Message, dictionary: &Dictionary) -> Vec<Fault> {
    let mut faults = Vec::new();
    if message.raw().len() < HEADER_LENGTH {
        return faults;
    }
    check_header(message, &mut faults);
    if let Some(grammar) = commands::grammar(message) {
        check_command(message, grammar, &mut faults);
    }
    for avp in message.walk().filter(Avp::is_grouped) {
        if let Some(grammar) = groups::grammar(avp.key()) {
            check_group(avp, grammar, dictionary, &mut faults);
        }
    }
    faults
}

fn check_header(message: &Message, faults: &mut Vec<Fault>) {
    let flags = message.flags();
    let mut fault = |kind: FaultKind, severity, bytes, clause| {
        faults.push(Fault {
            kind,
            severity,
            bytes,
            avp: None,
            clause,
        });
    };
    let Some(command) = message.command() else {
        let kind = FaultKind::UnknownCommand(message.command_code());
        fault(kind, Severity::Note, 5..8, "RFC 6733 3.1");
        return;
    };
    // The P bit of an error answer is the request's (RFC 6733 7.2), which is not at hand.
    if flags.proxiable() != command.proxiable && !flags.error() {
        let kind = FaultKind::ProxiableBit {
            expected: command.proxiable,
        };
        fault(kind, Severity::Should, 4..5, command.source);
    }
    let found = message.application_id();
    let base = [dictionary::CER, dictionary::DWR, dictionary::DPR].contains(&command.code);
    if command.code == CCR && found != CREDIT_CONTROL_APPLICATION {
        let kind = FaultKind::ApplicationId {
            expected: CREDIT_CONTROL_APPLICATION,
            found,
        };
        fault(kind, Severity::Must, 8..12, "RFC 8506 1.3, RFC 6733 3");
    } else if base && found != 0 {
        let kind = FaultKind::ApplicationId { expected: 0, found };
        fault(kind, Severity::Must, 8..12, "RFC 6733 2.4");
    } else if !base
        && let Some(avp) = message.find(key::AUTH_APPLICATION_ID)
        && let Ok(expected) = avp.u32()
        && expected != found
    {
        let kind = FaultKind::ApplicationId { expected, found };
        fault(kind, Severity::Must, 8..12, "RFC 6733 3");
    }
    if let Some(result) = message.result_code().filter(|_| !flags.request()) {
        let class = result / 1000;
        let known = result_name(result).is_some();
        if class == 3 && !flags.error() {
            let severity = if known {
                Severity::Must
            } else {
                Severity::Should
            };
            let kind = FaultKind::ErrorBit {
                expected: true,
                result_code: result,
            };
            fault(kind, severity, 4..5, "RFC 6733 7.1.3");
        } else if (class == 4 || class == 2) && flags.error() {
            let kind = FaultKind::ErrorBit {
                expected: false,
                result_code: result,
            };
            let clause = if class == 4 {
                "RFC 6733 7.1.4"
            } else {
                "RFC 6733 7.2"
            };
            fault(kind, Severity::Must, 4..5, clause);
        }
    }
}

fn check_command(message: &Message, grammar: &CommandGrammar, faults: &mut Vec<Fault>) {
    let end = message.raw().len();
    occurrences(message.avps(), grammar.rules, &mut |kind, key, at| {
        faults.push(Fault {
            kind,
            severity: Severity::Must,
            bytes: at.map_or(end..end, |avp| avp.range()),
            avp: Some(key),
            clause: grammar.source,
        });
    });
    for avp in message.avps() {
        if grammar.forbidden.contains(&avp.key()) {
            faults.push(Fault {
                kind: FaultKind::AvpNotAllowed,
                severity: Severity::Must,
                bytes: avp.range(),
                avp: Some(avp.key()),
                clause: grammar.table,
            });
        }
    }
    if let Some(session_id) = message.find(key::SESSION_ID)
        && grammar.session_id_first
        && session_id.range().start != HEADER_LENGTH
    {
        faults.push(Fault {
            kind: FaultKind::AvpPosition,
            severity: Severity::Must,
            bytes: session_id.range(),
            avp: Some(key::SESSION_ID),
            clause: grammar.source,
        });
    }
    if message.command_code() == CCR && message.is_request() {
        check_event_request(message, faults);
    }
}

/// `The Requested-Action AVP MUST be included ... when CC-Request-Type is set to EVENT_REQUEST`.
fn check_event_request(message: &Message, faults: &mut Vec<Fault>) {
    let request_type = message
        .find(key::CC_REQUEST_TYPE)
        .and_then(|avp| avp.i32().ok());
    if request_type == Some(4) && message.find(key::REQUESTED_ACTION).is_none() {
        let end = message.raw().len();
        faults.push(Fault {
            kind: FaultKind::AvpMissing { min: 1 },
            severity: Severity::Must,
            bytes: end..end,
            avp: Some(key::REQUESTED_ACTION),
            clause: "RFC 8506 8.3",
        });
    }
}

fn check_group(
    group: Avp<'_>,
    grammar: &GroupGrammar,
    dictionary: &Dictionary,
    faults: &mut Vec<Fault>,
) {
    let secondary = dictionary
        .avp(group.key())
        .is_some_and(|def| def.certainty == Certainty::Secondary);
    let severity = if secondary {
        Severity::Should
    } else {
        Severity::Must
    };
    let mut fault = |kind, severity, bytes, avp| {
        faults.push(Fault {
            kind,
            severity,
            bytes,
            avp: Some(avp),
            clause: grammar.source,
        });
    };
    occurrences(group.children(), grammar.rules, &mut |kind, key, at| {
        fault(
            kind,
            severity,
            at.map_or(group.range(), |avp| avp.range()),
            key,
        );
    });
    if !grammar.extensible {
        for avp in group.children() {
            if !grammar.rules.iter().any(|rule| rule.key == avp.key()) {
                fault(
                    FaultKind::AvpNotAllowed,
                    Severity::Should,
                    avp.range(),
                    avp.key(),
                );
            }
        }
    }
    if !grammar.exactly_one_of.is_empty() {
        let listed = |avp: &Avp<'_>| grammar.exactly_one_of.contains(&avp.key());
        let mut found = group.children().filter(listed);
        match (found.next(), found.next()) {
            (None, _) => {
                let kind = FaultKind::AvpMissing { min: 1 };
                fault(kind, severity, group.range(), grammar.exactly_one_of[0]);
            }
            (Some(_), Some(second)) => {
                let count = 2 + u32::try_from(found.count()).unwrap_or(u32::MAX - 2);
                let kind = FaultKind::AvpOccursTooManyTimes {
                    max: 1,
                    found: count,
                };
                fault(kind, severity, second.range(), second.key());
            }
            (Some(_), None) => {}
        }
    }
    if grammar.exactly_one && group.children().count() != 1 {
        let count = u32::try_from(group.children().count()).unwrap_or(u32::MAX);
        let kind = match count {
            0 => FaultKind::AvpMissing { min: 1 },
            found => FaultKind::AvpOccursTooManyTimes { max: 1, found },
        };
        fault(kind, severity, group.range(), group.key());
    }
    // `If the Final-Unit-Action AVP is set to TERMINATE, the ... group AVP MUST NOT contain any
    // other AVPs` (RFC 8506 8.34, 8.68).
    if group
        .find(key::FINAL_UNIT_ACTION)
        .and_then(|avp| avp.i32().ok())
        == Some(0)
    {
        for avp in group
            .children()
            .filter(|avp| avp.key() != key::FINAL_UNIT_ACTION)
        {
            fault(
                FaultKind::AvpNotAllowed,
                Severity::Must,
                avp.range(),
                avp.key(),
            );
        }
    }
}

/// Counts AVPs against rules in one pass, and reports what is missing or too many: for the latter
/// with the first AVP beyond the limit, which is the one a Failed-AVP shows (RFC 6733 7.1.5).
fn occurrences<'a>(
    avps: Avps<'a>,
    rules: &[Occurrence],
    report: &mut dyn FnMut(FaultKind, AvpKey, Option<Avp<'a>>),
) {
    let mut counts = [0_u32; MAX_RULES];
    for avp in avps.clone() {
        if let Some(at) = rules.iter().position(|rule| rule.key == avp.key())
            && let Some(count) = counts.get_mut(at)
        {
            *count += 1;
        }
    }
    for (rule, &found) in rules.iter().zip(&counts) {
        if found < rule.min {
            report(FaultKind::AvpMissing { min: rule.min }, rule.key, None);
        } else if found > rule.max {
            let mut same = avps.clone().filter(|avp| avp.key() == rule.key);
            let first_over = same.nth(rule.max as usize);
            report(
                FaultKind::AvpOccursTooManyTimes {
                    max: rule.max,
                    found,
                },
                rule.key,
                first_over,
            );
        }
    }
}

pub(super) const fn one(code: u32) -> Occurrence {
    Occurrence {
        key: AvpKey::base(code),
        min: 1,
        max: 1,
    }
}

pub(super) const fn at_most_one(code: u32) -> Occurrence {
    Occurrence {
        key: AvpKey::base(code),
        min: 0,
        max: 1,
    }
}

pub(super) const fn any(code: u32) -> Occurrence {
    Occurrence {
        key: AvpKey::base(code),
        min: 0,
        max: u32::MAX,
    }
}

pub(super) const fn at_least_one(code: u32) -> Occurrence {
    Occurrence {
        key: AvpKey::base(code),
        min: 1,
        max: u32::MAX,
    }
}
