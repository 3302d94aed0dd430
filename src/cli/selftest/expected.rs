//! For which reason each fault of the reference server is to be caught.
//!
//! The reference server knows nothing of requirements, so what its faults break is said here. A
//! fault that the suite catches for another reason only is as bad as one that it misses: what is
//! reported then is not what is wrong.

use crate::ch2::ReadingId;
use crate::reference::Fault;

use ReadingId::{R3, R4};

/// What is to be seen of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expectation {
    /// Requirements and rules, one of which a finding must name.
    pub reasons: &'static [&'static str],
    /// True where the fault breaks no more than a SHOULD: a warning is enough.
    pub warns: bool,
    /// The readings under which it shows; empty: those that every run has.
    pub under: &'static [ReadingId],
}

/// A fault that breaks a MUST.
const fn fails(reasons: &'static [&'static str]) -> Expectation {
    Expectation {
        reasons,
        warns: false,
        under: &[],
    }
}

/// A fault that breaks a SHOULD, or what the documents leave open.
const fn warns(reasons: &'static [&'static str]) -> Expectation {
    Expectation {
        warns: true,
        ..fails(reasons)
    }
}

impl Expectation {
    /// The same, where it shows under these readings only.
    const fn under(self, under: &'static [ReadingId]) -> Expectation {
        Expectation { under, ..self }
    }
}

/// What is to be seen of a fault.
pub(super) const fn expectation(fault: Fault) -> Expectation {
    match fault {
        // Start
        Fault::NoStart | Fault::StartAsUpdate => fails(&["CC-5.2-FIRST"]),
        Fault::ServiceBeforeStart => warns(&["CC-5.2-ANSWER"]),
        Fault::LateStart => fails(&["CC-5.2-FIRST", "CC-7-DENIED", "CC-7-USER-UNKNOWN"]),
        Fault::SecondStart => fails(&["RFC6733-8.8-UNIQUE", "CC-5.2-FIRST"]),
        Fault::StartWithoutUnits => fails(&["CC-8.16-REQUESTED"]),
        // Counting
        Fault::CumulativeUsage => fails(&["MSG-6", "CC-5.3-USED"]),
        Fault::RefusedMessageCharged
        | Fault::EmptySendCharged
        | Fault::ChunksCharged
        | Fault::ComposingCharged
        | Fault::AbortedCharged
        | Fault::LosesMessages
        | Fault::QuietMessageFree
        | Fault::MalformedCharged
        | Fault::MisdirectedCharged
        | Fault::OctetsOffByOne
        | Fault::IncomingCharged => fails(&["MSG-6", "MSG-6-USED", "END-C-2"]),
        Fault::FailedDeliveryCharged => fails(&["MSG-6", "MSG-6-USED", "END-C-2"]).under(&[R4]),
        Fault::UsageOfOtherSession => fails(&["MSG-6", "MSG-6-USED", "CC-8.19-MEASURED"]),
        Fault::UsageNotSplit => fails(&["CC-5.3-UPDATE", "MSG-6-USED"]),
        Fault::WrongUnitKind => fails(&["MSG-6", "END-C-2", "CC-5.3-UPDATE"]),
        Fault::UsageUnderflow => fails(&["MSG-6-USED", "CC-5.3-USED", "END-C-2"]),
        // Interim
        Fault::NoInterim => fails(&["MSG-6", "CC-5.3-UPDATE"]),
        Fault::RepeatedRequestNumber | Fault::StopNumberedZero => fails(&["CC-8.2-NUMBER"]),
        Fault::InterimWithoutUnits => fails(&["CC-5.3-REQUESTED"]),
        Fault::InterimLate => fails(&["CC-5.3-UPDATE"]).under(&[R3]),
        Fault::InterimFlood => fails(&["MSG-6", "CC-7-PENDING"]),
        Fault::InterimOnBye => fails(&["MSG-6"]),
        Fault::SendsWhilePending => warns(&["CC-7-QUEUE", "CC-7-PENDING"]),
        // Quota
        Fault::OverrunsQuota => fails(&["CC-5.3-UPDATE", "CC-5.3-HOLD"]),
        Fault::DeliversWhilePending => fails(&["CC-5.3-HOLD"]),
        Fault::ValidityInMilliseconds => fails(&["CC-8.33-SECONDS"]),
        Fault::GrantsAddUp => fails(&["CC-5.3-UPDATE", "CC-5.3-HOLD"]),
        Fault::IgnoresValidityTime => fails(&["CC-5.1-VALIDITY", "CC-8.33-ZERO"]),
        Fault::IgnoresFinalUnit | Fault::InterimAfterFinalUnit => {
            fails(&["CC-5.6.1-TERMINATE", "CC-5.6.1-STOP", "CC-7-FINAL"])
        }
        Fault::InterimForFinalStop => fails(&["CC-5.6.1-TERMINATE", "CC-7-FINAL", "END-C-2"]),
        Fault::IgnoresRefusal => fails(&["CC-7-DENIED", "CC-7-REFUSED"]),
        Fault::IgnoresCreditLimit => warns(&["CC-9.1-LIMIT"]),
        Fault::StopAfterDenial | Fault::ChargesUncontrolled => {
            warns(&["CC-7-REFUSED", "CC-7-NOT-APPLICABLE"])
        }
        Fault::IgnoresFailureHandling => fails(&["CC-5.7-OVERRIDE", "CC-7-TX-GRANT"]),
        Fault::KeepsFirstHandling => fails(&["CC-5.7-OVERRIDE"]),
        Fault::ContinuesOnFailure => fails(&["CC-7-FAILED", "CC-7-TX-TERMINATE"]),
        Fault::GivesUpEarly => fails(&["CC-7-TX-TERMINATE"]),
        Fault::GivesUpAtTx => fails(&["CC-7-TX-GRANT"]),
        Fault::IgnoresLateAnswers => fails(&["CC-5.7-LATE", "CC-7-FAILED"]),
        Fault::StopAfterFailure => warns(&["CC-7-GIVEN-UP"]),
        Fault::RepeatsRatingFailed => fails(&["CC-4.1.3-RATING", "CC-7-FAILED"]),
        // Stop
        Fault::NoStop => fails(&["END-C-2", "END-S-5", "CC-5.4-STOP"]),
        Fault::NoStopAfterClientBye => fails(&["END-C-2"]),
        Fault::StopBeforeBye => fails(&["END-S-5"]),
        Fault::StopBeforeStartAnswer => warns(&["CC-7-QUEUE"]),
        Fault::DoubleStop => fails(&["END-C-2-ONCE", "END-S-5-ONCE", "CC-5.4-STOP"]),
        Fault::RequestAfterStop => fails(&["CC-7-IDLE"]),
        Fault::StopWithoutUsage => fails(&["END-C-2", "END-S-5"]).under(&[R3]),
        Fault::StopRequestsUnits => warns(&["CC-8.16-STOP"]),
        Fault::RepeatsStopForever => fails(&[
            "END-C-2-ONCE",
            "CC-5.4-STOP",
            "CC-7-IDLE",
            "CC-7-STOP-FAILED",
        ]),
        Fault::StopOnReinvite => fails(&["CC-5.4-STOP", "END-C-2"]),
        Fault::StopOnLostConnection => fails(&["CC-5.4-STOP", "END-C-2", "END-S-4"]),
        Fault::AbsurdDuration => fails(&["CC-8.19-MEASURED", "CC-5.6.1-TERMINATE"]),
        // Failover
        Fault::TBitOnFirstSend => fails(&["RFC6733-3-TBIT-FIRST"]),
        Fault::TBitAfterError | Fault::NoTBitOnResend => fails(&["RFC6733-3-TBIT"]),
        Fault::NewEndToEndOnResend => warns(&["RFC6733-5.5.4-DUPLICATE"]),
        Fault::ResendCountsTwice => fails(&["MSG-6", "MSG-6-USED", "END-C-2", "CC-5.3-USED"]),
        Fault::MovesWithoutPermission => fails(&["CC-5.7-MOVE"]),
        Fault::NeverFailsOver => fails(&["CC-5.7-NEW", "CC-5.7-BACKUP", "CC-8.4-MOVE"]),
        Fault::RepeatsWatchdogElsewhere => fails(&["RFC6733-3-TBIT-FIRST"]),
        // Answers
        Fault::TakesUnknownHopByHop | Fault::TakesDuplicateAnswer => fails(&["RFC6733-3-DISCARD"]),
        Fault::TakesOtherSession | Fault::TakesOtherNumber => warns(&["RFC6733-7-ANSWER"]),
        Fault::TakesUnknownMandatory => fails(&["RFC6733-4.1-MANDATORY"]),
        Fault::TakesBrokenAnswer => fails(&["RFC6733-4.1-REJECT", "RFC6733-7-ANSWER"]),
        Fault::RefusesSpareAvps => fails(&["RFC6733-4.1-OPTIONAL"]),
        Fault::DiesOfBrokenAnswer => fails(&["MSG-6", "END-C-2"]),
        Fault::TakesZeroForUnlimited => fails(&["CC-5.3-HOLD"]).under(&[R3]),
        Fault::TakesUnknownUnits => fails(&["CC-8.17-BAD-ANSWER"]),
        // Requests
        Fault::NoRaa => fails(&["CC-5.5-REAUTH", "RFC6733-6.2-GIVEN"]),
        Fault::NoInterimAfterRaa => warns(&["CC-5.5-REAUTH", "CC-5.5-FOLLOW"]),
        Fault::RaaSaysOngoing => warns(&["CC-5.5-CODE"]),
        Fault::SecondInterimOnRar => warns(&["CC-7-PENDING"]),
        Fault::TakesAnyRar | Fault::TakesAnyAsr => warns(&["RFC6733-8.5-UNKNOWN"]),
        Fault::NoAsa => fails(&["RFC6733-8.5-ASA", "RFC6733-6.2-GIVEN"]),
        Fault::IgnoresAsr => warns(&["RFC6733-8.5-ASA", "CC-7-ABORT"]),
        // Peer
        Fault::NeverReconnects => warns(&["RFC6733-2.1-RECONNECT"]),
        Fault::SendsBeforeCea => fails(&["RFC6733-5.6-OPEN"]),
        Fault::NoHostIpAddress => fails(&["RFC6733-5.3.1-CER"]),
        Fault::NoDwa => fails(&["RFC6733-5.5-DWA"]),
        Fault::NoDpa => fails(&["RFC6733-5.4-DPA"]),
        Fault::NoDwr => fails(&["RFC6733-5.5.3-SENT"]),
        Fault::ReconnectsUnwanted => warns(&["RFC6733-5.4.3-RECONNECT"]),
        Fault::NoCreditControlApplication => fails(&["CC-1.3-ADVERTISE"]),
        Fault::StateIdDecreases => fails(&["RFC6733-8.16-STATE"]),
        // Identity
        Fault::WrongIcid => fails(&["PROFILE-ICID"]),
        Fault::WrongUserSession => warns(&["OMA-AVP"]),
        Fault::WrongSubscriptionId => fails(&["PROFILE-SUBSCRIPTION"]),
        Fault::NoSubscriptionId => warns(&["CC-5.2-SUBSCRIPTION"]),
        Fault::SubscriptionChanges => warns(&["CC-8.46-CONSTANT"]),
        Fault::NewSessionId => fails(&["CC-5.1-SESSION", "CC-5.2-FIRST"]),
        Fault::DuplicateSessionId | Fault::SameSessionId => fails(&["RFC6733-8.8-UNIQUE"]),
        Fault::SessionIdForm => fails(&["RFC6733-8.8-IDENTITY"]),
        Fault::NoServiceContext => fails(&["RFC6733-3.2-REQUIRED"]),
        Fault::ServiceContextForm => fails(&["CC-8.42-SYNTAX"]),
        Fault::ServiceContextChanges => warns(&["CC-8.42-CONSTANT"]),
        Fault::WrongServiceType | Fault::ImCounterWrong => warns(&["OMA-AVP"]),
        Fault::NoTimestamp => warns(&["CC-5.2-TIMESTAMP"]),
        Fault::TimestampDecreases => warns(&["CC-5.3-TIME"]),
        // Encoding
        Fault::WrongApplicationId => fails(&["RFC6733-3-APPLICATION"]),
        Fault::NotProxiable => warns(&["CC-3.1-PXY"]),
        Fault::ErrorBitSet => fails(&["RFC6733-3-EBIT"]),
        Fault::SessionIdNotFirst => warns(&["RFC6733-8.8-POSITION"]),
        Fault::MandatoryBitMissing => fails(&["RFC6733-4.1-FLAGS"]),
        Fault::VendorBitMissing => warns(&["OMA-AVP", "RFC6733-4.1-FLAGS", "RFC6733-4.1.1-VENDOR"]),
        Fault::DuplicatedOrigin => fails(&["RFC6733-3.2-ONCE"]),
        Fault::WrongPadding => fails(&[
            "RFC6733-4-PADDING",
            "RFC6733-3-HEADER",
            "RFC6733-4.1-LENGTH",
        ]),
        Fault::WrongLength => fails(&["RFC6733-4.1-LENGTH"]),
        // SIP
        Fault::NoByeAnswer => fails(&["SIP-BYE-200"]),
        Fault::NoFarBye | Fault::NoFarCancel => warns(&["PROFILE-FORWARD"]),
        Fault::NoClientBye => fails(&["END-S-4"]),
        Fault::NoFarAck => warns(&["SIP-13.2.2.4-ACK"]),
        Fault::ByeReusesCseq => fails(&["SIP-12.2.1.1-CSEQ"]),
        Fault::ByeWithoutTag => fails(&["SIP-15-DIALOG", "SIP-12.2.1.1-TAGS"]),
        Fault::NoSessionTimer => fails(&["END-S-4"]),
        // Messages
        Fault::NoSendAnswer => fails(&["MSG-2", "MSRP-200"]),
        Fault::ServesAfterBye => fails(&["MSG-6-USED", "PROFILE-FORWARD"]),
        Fault::WrongMsrpTransaction => fails(&["MSRP-7.2-MATCH", "MSG-2"]),
        Fault::AnswersQuietMessages => fails(&["MSRP-NO-RESPONSE", "MSRP-7.1.1-FAILURE-REPORT"]),
        Fault::NoSuccessReport => warns(&["MSRP-7.1.1-REPORTS"]),
        Fault::WrongReportRange => warns(&["MSRP-7.1.2-RANGE"]),
        Fault::ForwardsTwice => warns(&["PROFILE-FORWARD", "MSRP-7.1.1-MESSAGE-ID"]),
        Fault::NoPageDebit => fails(&["CC-6.3-DEBIT"]),
        Fault::PageBeforeDebit => fails(&["CC-7-EVENT"]),
        Fault::NoRequestedAction => fails(&["CC-6.3-DEBIT"]),
        Fault::NoForward => warns(&["PROFILE-FORWARD"]),
    }
}

#[cfg(test)]
mod tests {
    use crate::ch2::Requirement;
    use crate::ch2::rules::Rule;
    use crate::legs;

    use super::*;

    #[test]
    fn every_reason_is_a_requirement_or_a_rule() {
        for fault in Fault::all() {
            let expectation = expectation(*fault);
            assert!(!expectation.reasons.is_empty(), "{fault}");
            for reason in expectation.reasons {
                let mut rules = Rule::all().iter().chain(legs::rules());
                let is_rule = rules.any(|rule| rule.id == *reason);
                let known = Requirement::find(reason).is_some() || is_rule;
                assert!(known, "{fault}: {reason}");
            }
        }
    }
}
