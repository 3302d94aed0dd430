//! Credit control on the wire: a session's answer from a CCA.

use std::time::Duration;

use crate::diameter::{Avp, AvpKey, FaultKind, Message, dictionary, key};

use super::ccr::unit_key;
use super::charging::{Answer, Grant, Measures};
use super::{Config, DebitFailure, FailureHandling, Fault, Units};

/// DIAMETER_UNABLE_TO_COMPLY (RFC 6733 7.1.5): what an answer without Result-Code counts as.
const UNABLE_TO_COMPLY: u32 = 5012;
/// QoS-Final-Unit-Indication (RFC 8506 8.68).
const QOS_FINAL_UNIT_INDICATION: AvpKey = AvpKey::base(669);
/// Units this server does not meter, and a tariff change, which it does not know (RFC 8506 8.20).
const UNSUPPORTED: [AvpKey; 4] = [
    key::CC_MONEY,
    key::CC_INPUT_OCTETS,
    key::CC_OUTPUT_OCTETS,
    AvpKey::base(451),
];
/// Time-, Volume- and Unit-Quota-Threshold (3GPP TS 32.299, transcribed).
const THRESHOLDS: [(Units, AvpKey); 3] = [
    (Units::Seconds, AvpKey::tgpp(868)),
    (Units::Octets, AvpKey::tgpp(869)),
    (Units::Messages, AvpKey::tgpp(1226)),
];

/// Reads a CCA.
pub(super) fn answer(config: &Config, cca: &Message) -> Answer {
    let mscc = cca.find(key::MULTIPLE_SERVICES_CREDIT_CONTROL);
    // What concerns the one service of the session may stand in the command or in the group.
    let find = |key: AvpKey| cca.find(key).or_else(|| mscc?.find(key));
    let number = |key: AvpKey| find(key).and_then(|avp| avp.u32().ok());
    let final_unit = [key::FINAL_UNIT_INDICATION, QOS_FINAL_UNIT_INDICATION];
    let mut threshold = Measures::default();
    for (kind, key) in THRESHOLDS {
        if let Some(left) = number(key) {
            threshold.set(kind, left.into());
        }
    }
    Answer {
        result: result(config, cca),
        of_service: mscc.and_then(|mscc| mscc.find(key::RESULT_CODE)?.u32().ok()),
        grant: match is_broken(config, cca) {
            true => Grant::Incorrect,
            false => grant(config, find(key::GRANTED_SERVICE_UNIT)),
        },
        threshold,
        final_unit: final_unit.into_iter().any(|key| find(key).is_some()),
        validity: number(key::VALIDITY_TIME).map(|seconds| Duration::from_secs(seconds.into())),
        failure_handling: number(key::CREDIT_CONTROL_FAILURE_HANDLING)
            .and_then(FailureHandling::of),
    }
}

fn result(config: &Config, cca: &Message) -> u32 {
    let spare =
        |avp: Avp<'_>| avp.key() == key::FAILED_AVP || !avp.is_mandatory() && avp.def().is_none();
    match cca.result_code() {
        Some(_) if config.has(Fault::RefusesSpareAvps) && cca.avps().any(spare) => UNABLE_TO_COMPLY,
        result => result.unwrap_or(UNABLE_TO_COMPLY),
    }
}

/// True for an answer that cannot be taken for a success: it has a mandatory AVP that is not known or
/// an AVP Length that cannot be right, both of which have it rejected (RFC 6733 4.1), two
/// Result-Codes, or it is one of another application.
fn is_broken(config: &Config, cca: &Message) -> bool {
    let unknown = cca
        .faults()
        .iter()
        .any(|fault| fault.kind == FaultKind::UnknownMandatory);
    let results = cca.avps().filter(|avp| avp.key() == key::RESULT_CODE);
    let broken = has_wrong_length(cca)
        || results.count() > 1
        || cca.application_id() != dictionary::CREDIT_CONTROL_APPLICATION;
    unknown && !config.has(Fault::TakesUnknownMandatory)
        || broken && !config.has(Fault::TakesBrokenAnswer)
}

/// True where the Length of an AVP cannot be right.
pub(super) fn has_wrong_length(message: &Message) -> bool {
    message.faults().iter().any(|fault| {
        matches!(
            fault.kind,
            FaultKind::AvpHeaderTruncated { .. }
                | FaultKind::AvpLengthTooShort(_)
                | FaultKind::AvpOverrun { .. }
                | FaultKind::ValueLength { .. }
        )
    })
}

/// Direct-Debiting-Failure-Handling, where an answer has it.
pub(super) fn debit_failure(cca: &Message) -> Option<DebitFailure> {
    let said = cca
        .find(key::DIRECT_DEBITING_FAILURE_HANDLING)?
        .u32()
        .ok()?;
    DebitFailure::of(said)
}

/// True where an answer is one to this request: Session-Id, CC-Request-Number and CC-Request-Type
/// are the request's (RFC 8506 8.2 matches requests with confirmations by them). An answer that
/// grants nothing may leave them out: a protocol error does (RFC 6733 7.2).
pub(super) fn answers(config: &Config, request: &Message, cca: &Message) -> bool {
    let ignored = |key| match key {
        key::SESSION_ID => config.has(Fault::TakesOtherSession),
        _ => config.has(Fault::TakesOtherNumber),
    };
    let grants = cca.result_code().is_some_and(|result| result / 1000 == 2);
    let repeats = |key| match (request.find(key), cca.find(key)) {
        (Some(asked), Some(told)) => asked.data() == told.data(),
        (_, None) => !grants,
        (None, Some(_)) => false,
    };
    [
        key::SESSION_ID,
        key::CC_REQUEST_NUMBER,
        key::CC_REQUEST_TYPE,
    ]
    .into_iter()
    .all(|key| ignored(key) || repeats(key))
}

fn grant(config: &Config, granted: Option<Avp<'_>>) -> Grant {
    let Some(granted) = granted else {
        return Grant::Unlimited;
    };
    let mut units = Measures::default();
    let mut foreign = UNSUPPORTED
        .into_iter()
        .any(|key| granted.find(key).is_some());
    for kind in Units::ALL {
        let amount = granted.find(unit_key(kind)).and_then(|avp| {
            let short = avp.u32().map(u64::from);
            avp.u64().or(short).ok()
        });
        match amount {
            Some(amount) if config.supported_units.contains(&kind) => units.set(kind, amount),
            Some(_) => foreign = true,
            None => {}
        }
    }
    if config.has(Fault::TakesZeroForUnlimited) && units.iter().all(|(_, units)| units == 0) {
        return Grant::Unlimited;
    }
    match foreign && !config.has(Fault::TakesUnknownUnits) {
        true => Grant::Incorrect,
        false if units.is_empty() => Grant::Unlimited,
        false => Grant::Units(units),
    }
}
