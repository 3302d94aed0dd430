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
    /// Requirements and rules, one of which a finding must name. `MSG-6/used units` is MSG-6 where the
    /// last part of the check is `used units`: a message that is missing altogether is another matter.
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

/// What is debited though it was not used shows in the sum, in a value, or as a request that nothing
/// asks for.
const TOO_MUCH: &[&str] = &[
    "MSG-6-USED/usage",
    "MSG-6-USED/used units",
    "MSG-6-USED/enabler receives nothing: SessionRequest",
    "MSG-6/used units",
    "MSG-6/unexpected interim",
    "END-C-2/used units",
];

impl Expectation {
    /// The same, where it shows under these readings only.
    const fn under(self, under: &'static [ReadingId]) -> Expectation {
        Expectation { under, ..self }
    }

    /// Whether a finding of that requirement and check is what is to be seen.
    pub fn names(&self, requirement: &str, check: &str) -> bool {
        self.reasons.iter().any(|reason| {
            let (id, last) = parts(reason);
            let about = last.is_none_or(|last| {
                let before = check.strip_suffix(last);
                before.is_some_and(|before| before.ends_with('/'))
            });
            about && (id == requirement || id == check)
        })
    }
}

/// A reason: a requirement or a rule, and how its check ends where that matters.
fn parts(reason: &str) -> (&str, Option<&str>) {
    match reason.split_once('/') {
        Some((id, last)) => (id, Some(last)),
        None => (reason, None),
    }
}

/// What is to be seen of a fault.
pub(super) const fn expectation(fault: Fault) -> Expectation {
    match fault {
        // Start
        Fault::NoStart | Fault::StartAsUpdate => fails(&["CC-5.2-FIRST"]),
        // Whether asking the other party, or answering the INVITE, is service already is not said.
        Fault::ServiceBeforeStart | Fault::LateStart => warns(&["CC-5.2-ANSWER"]),
        Fault::SecondStart => fails(&["CC-ONE-START", "CC-5.2-FIRST/unexpected start"]),
        Fault::StartWithoutUnits => fails(&["CC-8.16-REQUESTED"]),
        // Counting
        Fault::CumulativeUsage => fails(&[
            "MSG-6/used units",
            "CC-5.3-USED/used units",
            "END-C-2/used units",
            "END-S-5/used units",
        ]),
        Fault::RefusedMessageCharged
        | Fault::EmptySendCharged
        | Fault::ChunksCharged
        | Fault::AbortedCharged
        | Fault::MalformedCharged
        | Fault::MisdirectedCharged
        | Fault::OctetsOffByOne => fails(TOO_MUCH),
        // Under R4 a debit follows the delivery, and there was none.
        Fault::FailedDeliveryCharged => fails(TOO_MUCH).under(&[R4]),
        Fault::ComposingCharged => fails(&["MSG-6-USED/usage", "PROFILE-COUNTED"]),
        Fault::IncomingCharged => fails(&["PROFILE-COUNTED"]),
        Fault::LosesMessages | Fault::QuietMessageFree => {
            fails(&["MSG-6", "MSG-6-USED/usage", "END-C-2/used units"])
        }
        Fault::UsageOfOtherSession => fails(&["MSG-6", "MSG-6-USED"]),
        Fault::UsageNotSplit => fails(&["CC-5.3-UPDATE", "MSG-6-USED/usage"]),
        Fault::WrongUnitKind => fails(&[
            "MSG-6/used units",
            "END-C-2/used units",
            "CC-5.3-UPDATE/used units",
        ]),
        Fault::UsageUnderflow => fails(&[
            "MSG-6-USED/used units",
            "MSG-6-USED/usage",
            "CC-5.3-USED/used units",
            "END-C-2/used units",
        ]),
        // Interim
        Fault::NoInterim => fails(&["MSG-6", "CC-5.3-UPDATE"]),
        Fault::RepeatedRequestNumber | Fault::StopNumberedZero => fails(&["CC-8.2-NUMBER"]),
        Fault::InterimWithoutUnits => fails(&["CC-5.3-REQUESTED"]),
        Fault::InterimLate => fails(&["CC-5.3-UPDATE"]).under(&[R3]),
        Fault::InterimFlood | Fault::InterimOnBye => fails(&["MSG-6/unexpected interim"]),
        Fault::SendsWhilePending => warns(&["CC-7-QUEUE", "CC-7-PENDING"]),
        // Quota
        Fault::OverrunsQuota => fails(&["CC-5.3-UPDATE", "CC-5.3-HOLD"]),
        Fault::DeliversWhilePending => fails(&["CC-5.3-HOLD"]),
        Fault::ValidityInMilliseconds => fails(&["CC-8.33-SECONDS"]),
        // Where each message is debited at once, nothing is left to be added to.
        Fault::GrantsAddUp => fails(&["CC-5.3-UPDATE", "CC-5.3-HOLD"]).under(&[R3]),
        Fault::IgnoresValidityTime => fails(&["CC-5.1-VALIDITY"]),
        Fault::IgnoresFinalUnit | Fault::IgnoresFirstFinalUnit | Fault::InterimForFinalStop => {
            fails(&["CC-5.6.1-TERMINATE"])
        }
        // Where every message is debited by itself, this interim is not too many.
        Fault::InterimAfterFinalUnit => fails(&["CC-5.6.1-TERMINATE"]).under(&[R3]),
        Fault::IgnoresRefusal => fails(&["CC-7-DENIED"]),
        Fault::IgnoresServiceResult => fails(&["CC-5.1.2-RESULT"]),
        Fault::IgnoresCreditLimit => warns(&["CC-9.1-LIMIT"]),
        Fault::StopAfterDenial => warns(&["CC-7-REFUSED"]),
        Fault::ChargesUncontrolled => fails(&["CC-7-NOT-APPLICABLE"]),
        Fault::IgnoresFailureHandling => fails(&["CC-5.7-OVERRIDE", "CC-7-TX-GRANT"]),
        Fault::KeepsFirstHandling => fails(&["CC-5.7-OVERRIDE"]),
        Fault::ContinuesOnFailure => fails(&["CC-7-FAILED", "CC-7-TX-TERMINATE"]),
        Fault::GivesUpEarly => fails(&["CC-7-TX-TERMINATE/time"]),
        Fault::GivesUpAtTx => fails(&["CC-7-TX-GRANT"]),
        // That the answer is waited for is a SHOULD; what it says holds when it has come.
        Fault::IgnoresLateAnswers => fails(&["CC-7-FAILED"]),
        Fault::StopAfterFailure => warns(&["CC-7-GIVEN-UP"]),
        Fault::RepeatsRatingFailed => fails(&["CC-4.1.3-RATING"]),
        // Stop
        Fault::NoStop => fails(&["END-C-2", "END-S-5", "CC-5.4-STOP"]),
        Fault::ForgetsEarlyBye => fails(&["CC-5.4-STOP"]),
        Fault::NoStopAfterClientBye => fails(&["END-C-2"]),
        Fault::StopBeforeBye => fails(&["END-S-5/order"]),
        Fault::StopBeforeStartAnswer => warns(&["CC-7-QUEUE"]),
        Fault::DoubleStop => fails(&["END-C-2-ONCE", "END-S-5-ONCE", "CC-5.4-STOP"]),
        Fault::RequestAfterStop => fails(&["CC-7-IDLE"]),
        Fault::StopWithoutUsage => {
            fails(&["END-C-2/used units", "END-S-5/used units"]).under(&[R3])
        }
        Fault::StopRequestsUnits => warns(&["CC-8.16-STOP"]),
        Fault::RepeatsStopForever => fails(&["CC-7-STOP-FAILED", "END-C-2-ONCE"]),
        Fault::StopOnReinvite => {
            fails(&["CC-5.4-STOP/enabler receives nothing: SessionRequest (stop)"])
        }
        Fault::StopOnLostConnection => fails(&["CC-5.4-STOP", "END-C-2"]),
        Fault::AbsurdDuration => fails(&["CC-5.6.1-TERMINATE/used units"]),
        // Failover
        Fault::TBitOnFirstSend => fails(&["RFC6733-3-TBIT-FIRST"]),
        Fault::TBitAfterError | Fault::NoTBitOnResend => fails(&["RFC6733-3-TBIT"]),
        Fault::NewEndToEndOnResend => warns(&["RFC6733-5.5.4-DUPLICATE"]),
        Fault::ResendCountsTwice => fails(&["CC-5.3-USED/used units"]),
        Fault::MovesWithoutPermission => fails(&["CC-5.7-MOVE"]),
        Fault::NeverFailsOver => warns(&["CC-5.7-NEW", "CC-8.4-MOVE"]),
        Fault::RepeatsWatchdogElsewhere => fails(&["RFC6733-5.5.1-ALTERNATE"]),
        // Answers
        Fault::TakesUnknownHopByHop | Fault::TakesDuplicateAnswer => fails(&["RFC6733-3-DISCARD"]),
        Fault::TakesOtherSession | Fault::TakesOtherNumber => warns(&["RFC6733-7-ANSWER"]),
        Fault::TakesUnknownMandatory => fails(&["RFC6733-4.1-MANDATORY"]),
        Fault::TakesBrokenAnswer => fails(&["RFC6733-4.1-REJECT"]),
        Fault::RefusesSpareAvps => fails(&["RFC6733-4.1-OPTIONAL"]),
        // Nothing that comes after is debited.
        Fault::DiesOfBrokenAnswer => fails(&["MSG-6", "END-C-2"]),
        Fault::TakesZeroForUnlimited => fails(&["CC-5.3-HOLD"]).under(&[R3]),
        Fault::TakesUnknownUnits => fails(&["CC-8.17-BAD-ANSWER"]),
        // Requests
        Fault::NoRaa | Fault::NoInterimAfterRaa => fails(&["CC-5.5-REAUTH"]),
        Fault::RaaSaysOngoing => warns(&["CC-5.5-CODE"]),
        Fault::SecondInterimOnRar => warns(&["CC-7-PENDING"]),
        Fault::TakesAnyRar | Fault::TakesAnyAsr => warns(&["RFC6733-8.5-UNKNOWN"]),
        Fault::NoAsa | Fault::IgnoresAsr => fails(&["RFC6733-8.5-ASA"]),
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
        Fault::WrongSubscriptionId | Fault::ChargesFrom => fails(&["PROFILE-SUBSCRIPTION"]),
        Fault::NamesOwnHost => fails(&["RFC6733-6.1-DESTINATION"]),
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
        Fault::VendorBitMissing => fails(&["RFC6733-4.1-FLAGS"]),
        Fault::DuplicatedOrigin => fails(&["RFC6733-3.2-ONCE"]),
        // What follows is read from where it does not begin, and its length is wrong.
        Fault::WrongPadding => fails(&["RFC6733-4-PADDING", "RFC6733-4.1-LENGTH"]),
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
        Fault::ServesAfterBye => fails(&["MSG-6-USED"]),
        Fault::WrongMsrpTransaction => fails(&["MSRP-7.2-MATCH"]),
        Fault::AnswersQuietMessages => fails(&["MSRP-NO-RESPONSE", "MSRP-7.1.1-FAILURE-REPORT"]),
        Fault::NoSuccessReport => fails(&["MSRP-7.1.1-REPORTS"]),
        Fault::WrongReportRange => warns(&["MSRP-7.1.2-RANGE"]),
        Fault::ForwardsTwice => warns(&["MSRP-7.1.1-MESSAGE-ID"]),
        Fault::NoPageDebit => fails(&["CC-6.3-DEBIT"]),
        Fault::PageBeforeDebit => fails(&["CC-7-EVENT"]),
        Fault::NoRequestedAction => fails(&["CC-6.3-DEBIT/Requested-Action"]),
        Fault::NoForward => warns(&["PROFILE-FORWARD"]),
    }
}

#[cfg(test)]
mod tests {
    use crate::ch2::rules::Rule;
    use crate::ch2::{Requirement, Strength};
    use crate::legs;

    use super::*;

    /// The requirement of a reason.
    fn requirement(reason: &str) -> Option<&'static Requirement> {
        let (id, _) = parts(reason);
        let mut rules = Rule::all().iter().chain(legs::rules());
        let rule = rules.find(|rule| rule.id == id);
        Requirement::find(rule.map_or(id, |rule| rule.requirement))
    }

    #[test]
    fn every_reason_is_a_requirement_or_a_rule() {
        for fault in Fault::all() {
            let expectation = expectation(*fault);
            assert!(!expectation.reasons.is_empty(), "{fault}");
            for reason in expectation.reasons {
                assert!(requirement(reason).is_some(), "{fault}: {reason}");
            }
        }
    }

    /// A fault that breaks a MUST is to be failed, and one that does not is warned of: what no
    /// finding of that weight can name is no reason.
    #[test]
    fn every_reason_weighs_what_its_row_says() {
        let mut wrong = Vec::new();
        for fault in Fault::all() {
            let expectation = expectation(*fault);
            for reason in expectation.reasons {
                let must = requirement(reason).unwrap().strength == Strength::Must;
                if must == expectation.warns {
                    wrong.push(format!("{fault}: {reason}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_reason_may_say_how_the_check_ends() {
        let names = fails(&["MSG-6/used units", "CC-ONE-STOP"]);
        assert!(names.names("MSG-6", "IMC-MSG-con-001/debit#2/used units"));
        assert!(!names.names("MSG-6", "IMC-MSG-con-001/debit#2"));
        assert!(!names.names("END-C-2", "IMC-MSG-con-001/stop/used units"));
        assert!(names.names("CC-5.4-STOP", "CC-ONE-STOP"));
        assert!(!names.names("CC-5.4-STOP", "IMC-MSG-con-001/stop"));
    }
}
