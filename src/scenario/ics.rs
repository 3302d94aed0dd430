//! The ICS: what a server may implement, as a registry.

use std::fmt;

use crate::ch2::{Binding, Unit, UnitsAt};

use super::Trigger;
use super::sut::Sut;

macro_rules! items {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $meaning:literal;)*) => {
        /// An ICS item: something a server may implement. Adding one is adding a row.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Ics {
            $($(#[$doc])* $variant,)*
        }

        impl Ics {
            /// Every item, in the order of the registry.
            pub const ALL: &'static [Ics] = &[$(Ics::$variant,)*];

            /// The item's name: `session-mode`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Ics::$variant => $name,)*
                }
            }

            /// What a server that claims it does.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Ics::$variant => $meaning,)*
                }
            }
        }
    };
}

items! {
    /// Chat sessions.
    SessionMode = "session-mode",
        "It serves chat sessions over MSRP.";
    /// Implied by `far end`.
    FarEnd = "far-end",
        "It forwards sessions to a far end, which the harness plays.";
    /// Implied by `far end: none`.
    Standalone = "standalone",
        "It answers sessions itself: nobody stands behind it.";
    /// Implied by the trigger.
    ServerEndsSession = "server-ends-session",
        "It can be told to end a session.";
    /// 415.
    RefusesContentType = "refuses-content-type",
        "It refuses a SEND whose content type was not negotiated (415).";
    /// 413.
    RefusesLargeMessage = "refuses-large-message",
        "It refuses a message longer than `max message size` (413).";
    /// Byte ranges.
    Chunking = "chunking",
        "It takes messages that come in several chunks.";
    /// REPORT.
    Reports = "reports",
        "It relays MSRP REPORT requests between the two parties.";
    /// What never arrived is no usage.
    DeliveryCounted = "delivery-counted",
        "It does not count a message that the far end refused.";
    /// isComposing, IMDN.
    ControlMessages = "control-messages",
        "It takes control messages in a session (isComposing, notifications) and debits only what \
         `counted content types` names.";
    /// Both directions.
    ChargesReceiving = "charges-receiving",
        "It charges the client for messages that it receives.";
    /// One direction.
    FreeReceiving = "free-receiving",
        "It charges the client for nothing that it receives.";
    /// RFC 3261 section 12.1.1.
    EarlyDialog = "early-dialog",
        "It sends a provisional response with a tag in To (such as 183) at once when an INVITE comes, \
         before it has credit.";
    /// A new INVITE in the dialog.
    Reinvite = "re-invite",
        "It takes a re-INVITE within a session.";
    /// RFC 4975 section 5.4.
    MsrpReconnect = "msrp-reconnect",
        "It goes on with a session whose MSRP connection was lost and is made anew.";
    /// RFC 4028.
    SessionTimer = "session-timer",
        "It ends a session that is not refreshed within `session expires`.";
    /// Idle sessions.
    Inactivity = "inactivity",
        "It ends a session that is idle for `inactivity time`.";
    /// Several users at once.
    ConcurrentSessions = "concurrent-sessions",
        "It serves several users at one time.";
    /// One user, several sessions.
    SameUserSessions = "same-user-sessions",
        "It serves several sessions of one user at one time.";
    /// Units of the binding.
    UnitsMessages = "units-messages",
        "It debits messages.";
    /// Units of the binding.
    UnitsOctets = "units-octets",
        "It debits octets.";
    /// Units of the binding.
    UnitsSeconds = "units-seconds",
        "It debits time.";
    /// MSCC.
    MultipleServices = "multiple-services",
        "Units stand in Multiple-Services-Credit-Control.";
    /// RFC 8506 section 5.3.
    SeveralUnits = "several-units",
        "It takes a grant of several kinds of unit, and meters each of them.";
    /// Not before the end of the quota.
    ExactQuota = "exact-quota",
        "It reports spent quota when the last unit is used, and not before.";
    /// RFC 8506 section 5.3.
    ValidityTime = "validity-time",
        "It asks anew when the Validity-Time of a grant is over.";
    /// RFC 8506 section 5.6.
    FinalUnit = "final-unit",
        "It ends a session gracefully after the units of a Final-Unit-Indication.";
    /// 3GPP thresholds.
    QuotaThreshold = "quota-threshold",
        "It heeds the quota thresholds of 3GPP TS 32.299.";
    /// RFC 8506 section 5.7.
    FailureHandling = "failure-handling",
        "It heeds Credit-Control-Failure-Handling in an answer.";
    /// RFC 8506 section 8.14, TERMINATE.
    TerminatesByDefault = "terminates-by-default",
        "It ends the service on failure where no answer says otherwise (TERMINATE).";
    /// RFC 8506 section 8.14, CONTINUE.
    ContinuesByDefault = "continues-by-default",
        "It goes on without credit control on failure where no answer says otherwise (CONTINUE).";
    /// RFC 8506 section 8.14, RETRY_AND_TERMINATE.
    RetriesByDefault = "retries-by-default",
        "It tries again before it ends the service where no answer says otherwise \
         (RETRY_AND_TERMINATE).";
    /// Implied by `second enabler`.
    SecondEnabler = "second-enabler",
        "It knows a second Charging Enabler to turn to.";
    /// RFC 8506 section 5.7.
    SessionFailover = "session-failover",
        "It moves a running session to the second Charging Enabler where CC-Session-Failover \
         allows it.";
    /// Connects again.
    Reconnect = "reconnect",
        "It connects to the Charging Enabler again, within `reconnect time`, after a connection \
         was lost.";
    /// RFC 6733 section 5.5.
    Watchdog = "watchdog",
        "It sends a watchdog request when CH-2 was silent for `watchdog time`.";
    /// RAR.
    Reauthorization = "reauthorization",
        "It takes a Re-Auth-Request for a charging session.";
    /// ASR.
    Abort = "abort",
        "It takes an Abort-Session-Request and ends the session.";
    /// Restarts.
    OriginState = "origin-state",
        "It sends Origin-State-Id.";
    /// Outside of a session.
    PagerMode = "pager-mode",
        "It takes MESSAGE requests outside of a session, and debits each as an event.";
    /// OMA SIMPLE IM.
    LargeMessage = "large-message",
        "It takes a large message, in an MSRP session set up for that one message.";
    /// OMA SIMPLE IM.
    DeferredDelivery = "deferred-delivery",
        "It stores messages for a user who is away and charges their retrieval.";
    /// OMA SIMPLE IM.
    GroupSessions = "group-sessions",
        "It serves conferences, and charges inviting, joining and leaving.";
    /// OMA SIMPLE IM.
    ListMessages = "list-messages",
        "It sends one message to a list of recipients and counts how many got it.";
}

impl Ics {
    /// The item of that name.
    pub fn find(name: &str) -> Option<Ics> {
        Ics::ALL.iter().copied().find(|ics| ics.name() == name)
    }

    /// The value of `values` without which nobody could test the claim.
    pub fn value(self) -> Option<&'static str> {
        Some(match self {
            Ics::RefusesLargeMessage => "max message size",
            Ics::ControlMessages => "counted content types",
            Ics::SessionTimer => "session expires",
            Ics::Inactivity => "inactivity time",
            _ => return None,
        })
    }

    /// What other keys of `sut.yaml` imply.
    pub(super) fn implied(sut: &Sut) -> Vec<Ics> {
        let topology = match sut.far_end {
            Some(_) => Ics::FarEnd,
            None => Ics::Standalone,
        };
        let mut implied = Ics::of_binding(&sut.binding);
        implied.push(topology);
        if sut.second_enabler.is_some() {
            implied.push(Ics::SecondEnabler);
        }
        if sut.triggers.contains_key(&Trigger::ServerEndsSession) {
            implied.push(Ics::ServerEndsSession);
        }
        implied
    }

    /// What the binding says of units.
    pub(super) fn of_binding(binding: &Binding) -> Vec<Ics> {
        let unit = match binding.unit {
            Unit::Messages => Ics::UnitsMessages,
            Unit::Octets => Ics::UnitsOctets,
            Unit::Seconds => Ics::UnitsSeconds,
        };
        let services = (binding.units_at == UnitsAt::Mscc).then_some(Ics::MultipleServices);
        [unit].into_iter().chain(services).collect()
    }

    /// Whether the binding alone decides: a claim can only agree with it.
    pub(super) fn is_of_binding(self) -> bool {
        matches!(
            self,
            Ics::UnitsMessages | Ics::UnitsOctets | Ics::UnitsSeconds
        )
    }
}

impl fmt::Display for Ics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_items() {
        for ics in Ics::ALL {
            assert_eq!(Ics::find(ics.name()), Some(*ics));
            let lower = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(ics.name().chars().all(lower), "{ics}");
            assert!(ics.meaning().ends_with('.'), "{ics}");
        }
    }
}
