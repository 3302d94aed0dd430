//! Named wrong behaviours: what `ch2spec selftest` must be able to catch.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $summary:literal, $breaks:literal;)*) => {
        /// One wrong behaviour of the reference server. Faults compose: a server may have several.
        ///
        /// Each is consulted at the one place where it bites, so that the right behaviour stays
        /// readable beside it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[$doc])* $variant,)*
        }

        impl Fault {
            /// Every fault, in the order of this list.
            pub const fn all() -> &'static [Fault] {
                &[$(Fault::$variant,)*]
            }

            /// The stable name, as the command line and reports write it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Fault::$variant => $name,)*
                }
            }

            /// What the server does wrong, in one line.
            pub const fn summary(self) -> &'static str {
                match self {
                    $(Fault::$variant => $summary,)*
                }
            }

            /// The step or clause that it breaks, in words.
            pub const fn breaks(self) -> &'static str {
                match self {
                    $(Fault::$variant => $breaks,)*
                }
            }
        }
    };
}

faults! {
    /// No SessionRequest (stop).
    NoStop = "no-stop",
        "never sends SessionRequest (stop)",
        "6.3.3.4 steps 2 and 5: the BYE triggers a stop";
    /// The stop precedes the server's own BYE.
    StopBeforeBye = "stop-before-bye",
        "ending a session itself, sends the stop, waits for its Response, and only then the BYE",
        "6.3.3.4 server terminating: step 4 (BYE) comes before step 5 (stop)";
    /// Two stops.
    DoubleStop = "double-stop",
        "sends a second SessionRequest (stop) once the first is answered",
        "6.3.3.4 steps 2 and 5 trigger one stop; RFC 8506 5.4: one final interrogation";
    /// No SessionRequest (interim).
    NoInterim = "no-interim",
        "never sends SessionRequest (interim); all usage is reported in the stop",
        "6.3.3.3 step 6: an interim debits the used units";
    /// Used units are summed up from the beginning of the session.
    CumulativeUsage = "cumulative-usage",
        "reports units used since the start of the session in every request",
        "RFC 8506 8.19: Used-Service-Unit counts since the previous measurement";
    /// A refused message counts as used.
    RefusedMessageCharged = "refused-message-charged",
        "debits a message that it refused with 415",
        "6.3.3.3 step 6: used units are debited, and a refused message is none";
    /// An empty SEND counts as a message.
    EmptySendCharged = "empty-send-charged",
        "debits a SEND without a body",
        "RFC 4975 5.4: an empty SEND only opens the connection";
    /// Every chunk counts as a message.
    ChunksCharged = "chunks-charged",
        "debits every chunk of a message instead of the message",
        "6.3.3.3 step 6 debits used units; RFC 4975 5.1: chunks make one message";
    /// Another ICID than the client's.
    WrongIcid = "wrong-icid",
        "names an IMS-Charging-Identifier that no INVITE carried",
        "profile: IMS-Charging-Identifier is the icid-value of P-Charging-Vector";
    /// Another subscriber than the client.
    WrongSubscriptionId = "wrong-subscription-id",
        "charges a subscriber other than the one in P-Asserted-Identity",
        "profile: Subscription-Id-Data is the asserted identity of the client";
    /// A request after the stop was answered.
    RequestAfterStop = "request-after-stop",
        "sends a SessionRequest (interim) once the stop is answered",
        "6.3.3.4 steps 2 and 5: the stop closes the charging session";
    /// The T bit on a first transmission.
    TBitOnFirstSend = "t-bit-on-first-send",
        "sets the T bit on every request that it sends for the first time",
        "RFC 6733 3: the T bit must be cleared on a first transmission";
    /// CC-Request-Number repeats.
    RepeatedRequestNumber = "repeated-request-number",
        "gives an interim the CC-Request-Number of the request before it",
        "RFC 8506 8.2: CC-Request-Number is unique within a session";
    /// An interim at the server's own BYE.
    InterimOnBye = "interim-on-bye",
        "sends an interim at its own BYE, before the stop",
        "6.3.3.4 server terminating: the BYE triggers a stop (wrong except under reading R1)";
    /// The stop reports nothing.
    StopWithoutUsage = "stop-without-usage",
        "leaves the units that are still unreported out of the stop",
        "6.3.3.4 steps 2 and 5: the stop debits the used units";
    /// No SessionRequest (start).
    NoStart = "no-start",
        "serves a session without SessionRequest (start)",
        "RFC 8506 5.2: the first interrogation precedes service";
    /// The session is answered before the start is.
    ServiceBeforeStart = "service-before-start",
        "answers the INVITE without waiting for the Response to the start",
        "RFC 8506 5.2: credit is authorized before service is given";
    /// Service goes on though credit is refused.
    IgnoresRefusal = "ignores-refusal",
        "goes on serving a session whose credit is refused",
        "RFC 8506 7 tables 3 and 4: END_USER_SERVICE_DENIED ends the user's service";
    /// The quota is not watched.
    OverrunsQuota = "overruns-quota",
        "accepts messages beyond the granted units without a new grant",
        "RFC 8506 5.3: an interim is sent when the granted units are spent";
    /// Several requests of one session are outstanding.
    SendsWhilePending = "sends-while-pending",
        "sends the stop while an interim is still unanswered",
        "RFC 8506 7 table 4: in PendingU a termination is queued";
    /// Every request has its own Session-Id.
    NewSessionId = "new-session-id",
        "gives every request of a session another Session-Id",
        "RFC 6733 8.8: one session, one Session-Id";
    /// No Service-Context-Id.
    NoServiceContext = "no-service-context",
        "leaves Service-Context-Id out",
        "RFC 8506 3.1: a CCR has one Service-Context-Id";
    /// RSU in the stop.
    StopRequestsUnits = "stop-requests-units",
        "asks for more units in the stop",
        "RFC 8506 5.4: the final interrogation asks for no quota";
    /// BYE is not answered.
    NoByeAnswer = "no-bye-answer",
        "does not answer the client's BYE",
        "RFC 3261 15.1.2: a BYE is answered";
    /// SEND is not answered.
    NoSendAnswer = "no-send-answer",
        "does not answer an MSRP SEND that it accepts",
        "6.3.3.3 step 2: the server acknowledges with a 200 OK";
    /// Messages are not forwarded.
    NoForward = "no-forward",
        "accepts and debits messages and does not forward them",
        "profile: what the server accepts it delivers to the far end";
    /// The far end's leg stays when the client leaves.
    NoFarBye = "no-far-bye",
        "does not end the far end's leg when the client ends its own",
        "profile: both legs of a session end together";
}

/// A name that no fault has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no fault is called \"{0}\"")]
pub struct UnknownFault(pub String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Fault, UnknownFault> {
        let found = Fault::all().iter().find(|fault| fault.name() == name);
        found.copied().ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_kebab_case_unique_and_read_back() {
        let names: BTreeSet<&str> = Fault::all().iter().map(|fault| fault.name()).collect();
        assert_eq!(names.len(), Fault::all().len());
        for fault in Fault::all() {
            let name = fault.name();
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{name}"
            );
            assert_eq!(name.parse(), Ok(*fault));
            assert!(!fault.summary().contains('\n') && !fault.breaks().is_empty());
        }
        assert_eq!(
            "no-such".parse::<Fault>(),
            Err(UnknownFault("no-such".to_owned()))
        );
    }
}
