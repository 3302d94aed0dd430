//! The rules by name, for the monitor and for `ch2spec explain`.

use super::Rule;
use super::found::catalog;

impl Rule {
    /// Every rule of CH-2, in the order of the table.
    pub fn all() -> &'static [Rule] {
        Name::RULES
    }

    /// The rule of CH-2 of that name.
    pub fn find(id: &str) -> Option<&'static Rule> {
        Name::RULES.iter().find(|rule| rule.id == id)
    }
}

catalog! {
    Header: "DIA-HEADER", "RFC6733-3-HEADER",
        "The header has version 1, its true length and no reserved flags",
        "Watches every message of the server. Version, Message Length and the reserved command \
         flags must be as the base protocol defines them. A wrong length usually comes from a \
         length that counts AVPs without their padding.";
    CommandKnown: "DIA-COMMAND-KNOWN", "RFC6733-3.1-COMMAND",
        "The command is one that is known here",
        "Informs only: the server sent a command that neither the base protocol nor credit \
         control defines. Nothing forbids it between peers that agreed on it.";
    ErrorBit: "DIA-E-BIT", "RFC6733-3-EBIT",
        "The E bit stands in answers with a protocol error and nowhere else",
        "A request never has the E bit; an answer has it where its Result-Code is a protocol \
         error (3xxx).";
    Proxiable: "DIA-P-BIT", "CC-3.1-PXY",
        "The P bit is as the command's definition says",
        "Credit-Control-Request is defined as proxiable; the peer commands (CER, DWR, DPR) are \
         not. A CCR without the P bit is refused by agents on the way.";
    ApplicationId: "DIA-APPLICATION-ID", "RFC6733-3-APPLICATION",
        "The header's Application-ID is the command's",
        "Credit control is application 4, the peer commands are application 0, and the \
         Application-ID of the header equals the Auth-Application-Id inside, which for credit \
         control is 4 again.";
    AvpLength: "DIA-AVP-LENGTH", "RFC6733-4.1-LENGTH",
        "Every AVP has a length that fits",
        "AVP lengths count the header and the value and not the padding, stay inside the \
         enclosing message or group, and agree with the AVP's type.";
    AvpPadding: "DIA-AVP-PADDING", "RFC6733-4-PADDING",
        "AVPs are padded with zeroes to a multiple of four octets",
        "Missing padding at the end of a message or group shifts what follows; padding that is \
         not zero leaks memory of the server.";
    AvpFlags: "DIA-AVP-FLAGS", "RFC6733-4.1-FLAGS",
        "M and reserved bits of every AVP are as its definition says",
        "The M bit follows the AVP's definition and the reserved bits are zero. The P bit of an \
         AVP is not looked at, because RFC 4006 and RFC 6733 disagree about it.";
    AvpVendor: "DIA-AVP-VENDOR", "RFC6733-4.1.1-VENDOR",
        "Every AVP stands under the vendor that defined it",
        "The V bit and the Vendor-ID are part of an AVP's name. 3GPP's AVPs (Service-Information, \
         IMS-Information and their members) belong to vendor 10415, those of the base protocol \
         and of credit control to none, and nothing belongs to the Vendor-ID 0.";
    AvpUnknown: "DIA-AVP-UNKNOWN", "RFC6733-4-NOTE",
        "AVPs with the M bit are known here",
        "Informs only: an AVP that no dictionary here knows has the M bit set. A Charging Enabler \
         that does not know it either has to refuse the request.";
    AvpValue: "DIA-AVP-VALUE", "RFC6733-4.3-VALUE",
        "Every AVP holds a value of its type",
        "Text is UTF-8, an address is of a family that is known, and groups are nested no deeper \
         than can be followed.";
    Enumerated: "DIA-ENUMERATED", "RFC6733-4.3-VALUE",
        "An enumerated value is one that is defined",
        "CC-Request-Type, Subscription-Id-Type, Termination-Cause, Node-Functionality and their \
         like hold numbers that their definitions list. Where the list may have grown since, \
         another value only warns.";
    Identity: "DIA-IDENTITY", "RFC6733-4.3-VALUE",
        "A DiameterIdentity is a host or realm name, a DiameterURI begins with aaa:// or aaas://",
        "Origin-Host, Origin-Realm, Destination-Host and their like are names in ASCII without \
         scheme, port or blanks. A configuration that holds a URI or an empty string is what \
         usually breaks it.";
    AvpMissing: "DIA-AVP-MISSING", "RFC6733-3.2-REQUIRED",
        "Every AVP that the grammar asks for is there",
        "A command and a group hold each AVP that their definition puts in braces. The AVPs \
         most often forgotten in a CCR are Destination-Realm, Service-Context-Id and \
         Auth-Application-Id.";
    AvpRepeated: "DIA-AVP-REPEATED", "RFC6733-3.2-ONCE",
        "No AVP occurs more often than the grammar allows",
        "An AVP without an asterisk in the definition may occur once.";
    AvpForbidden: "DIA-AVP-FORBIDDEN", "CC-10.1-FORBIDDEN",
        "No AVP stands where the occurrence tables forbid it",
        "A request holds no Result-Code and no Granted-Service-Unit, an answer no \
         Destination-Realm: the tables of RFC 8506 section 10 and RFC 6733 section 10 give \
         these a zero.";
    SessionIdPosition: "DIA-SESSION-ID-POSITION", "RFC6733-8.8-POSITION",
        "The Session-Id directly follows the header",
        "The grammars give the Session-Id a fixed position; section 8.8 words it as a SHOULD, \
         which is how it is weighed.";
    DestinationOwn: "DIA-DESTINATION-HOST", "RFC6733-6.1-DESTINATION",
        "A request is not addressed to its own sender",
        "Destination-Host, where a CCR has it, names the Charging Enabler. A request that names the \
         node which sends it is for that node itself, and no agent can bring it anywhere. Copying the \
         own identity into both AVPs is what breaks it.";
    AnswerHop: "DIA-ANSWER-HOP-BY-HOP", "RFC6733-3-HOP-ANSWER",
        "An answer carries the Hop-by-Hop Identifier of its request",
        "Watches the server's answers to requests of the harness (RAR, ASR, DWR, DPR). An \
         answer with another identifier is discarded by any peer.";
    AnswerEnd: "DIA-ANSWER-END-TO-END", "RFC6733-3-END-ANSWER",
        "An answer carries the End-to-End Identifier of its request",
        "The End-to-End Identifier is copied from the request, like the Hop-by-Hop Identifier.";
    AnswerCommand: "DIA-ANSWER-COMMAND", "RFC6733-6.2-ANSWER",
        "An answer has the command, the P bit and the Session-Id of its request",
        "What is answered is what was asked: same Command Code, same P bit, and the Session-Id \
         where the request has one.";
    AnswerResult: "DIA-ANSWER-RESULT-CODE", "RFC6733-7.1-RESULT",
        "An answer has one Result-Code",
        "Watches the answers to RAR, ASR, DWR and DPR. Without a Result-Code nobody can tell \
         whether what was asked was done.";
    AnswerDestination: "DIA-ANSWER-DESTINATION", "RFC6733-6.2-DESTINATION",
        "An answer has neither Destination-Host nor Destination-Realm",
        "Answers find their way back by the Hop-by-Hop Identifiers and not by names. Code that \
         copies the AVPs of the request into its answer breaks it.";
    AnswerProxyInfo: "DIA-ANSWER-PROXY-INFO", "RFC6733-6.2-PROXY-INFO",
        "An answer has the Proxy-Info AVPs of its request, in their order",
        "They are the memory of the stateless agents between. Watched where a request of the \
         harness has any.";
    AnswerOnce: "DIA-ANSWER-ONCE", "RFC6733-6.2-ONE",
        "A request is answered once",
        "A second answer under the same identifiers finds no request waiting and is dropped. Two \
         handlers that both feel responsible are what usually sends it.";
    AnswerGiven: "DIA-ANSWERED", "RFC6733-6.2-GIVEN",
        "RAR, ASR, DWR and DPR are answered",
        "A request of the harness that has no fault and was not answered within ten seconds, \
         while its connection stood. It warns, because no RFC says how long an answer may take.";
    FailedAvp: "DIA-FAILED-AVP", "RFC6733-7.1.5-FAILED",
        "An answer that blames an AVP shows it in Failed-AVP",
        "Result-Codes 5001, 5004, 5007, 5008, 5009, 5014 and 5016 come with the AVP at fault in \
         Failed-AVP; for 5005 (missing AVP) it is a SHOULD.";
    HopUnique: "DIA-HOP-BY-HOP", "RFC6733-3-HOP",
        "Requests that wait for an answer on one connection have different Hop-by-Hop Identifiers",
        "Answers are matched by this identifier. A counter that is not shared by the threads of \
         a server breaks it under load.";
    EndUnique: "DIA-END-TO-END", "RFC6733-3-END",
        "No two requests of one host share an End-to-End Identifier within four minutes",
        "Together with the Origin-Host it is what a duplicate is known by: two different \
         requests with the same identifier look like one request sent twice.";
    TFirst: "DIA-T-BIT-FIRST", "RFC6733-3-TBIT-FIRST",
        "A request that is sent for the first time has no T bit",
        "Not judged once a connection was lost, because what the server sends again may never \
         have arrived before, nor for a session that began elsewhere. It warns and does not fail: \
         the first time may have been at another peer, or before the server was restarted.";
    TAgain: "DIA-T-BIT-AGAIN", "RFC6733-3-TBIT",
        "A request that is sent again has the T bit",
        "A request with the Origin-Host, End-to-End Identifier, Session-Id and CC-Request-Number \
         of an earlier one is that one sent again. Without the T bit nothing warns of a possible \
         duplicate.";
    TAnswer: "DIA-T-BIT-ANSWER", "RFC6733-3-TBIT",
        "An answer has no T bit",
        "The T bit warns of duplicate requests; answers never have it.";
    ResendIdentifier: "DIA-RESEND-END-TO-END", "RFC6733-5.5.4-DUPLICATE",
        "A request that is sent again keeps its End-to-End Identifier",
        "A T bit on a request whose Session-Id and CC-Request-Number were seen before, under \
         another End-to-End Identifier: the duplicate cannot be found by Origin-Host and \
         End-to-End Identifier.";
    ResendSame: "DIA-RESEND-SAME", "RFC6733-5.5.4-SAME",
        "A request that is sent again reports and asks for the same units",
        "Under the Origin-Host and End-to-End Identifier of an earlier request the Charging \
         Enabler takes it for a duplicate and debits nothing new: what the second one reports \
         beyond the first is lost. What agents add on the way is not compared.";
    Alternate: "DIA-PEER-ALTERNATE", "RFC6733-5.5.1-ALTERNATE",
        "CER, DPR and DWR are not sent again to another peer",
        "What is sent elsewhere when a connection fails are the requests that may be forwarded. A \
         watchdog of the old connection asks the new peer for nothing that concerns it.";
    OriginState: "DIA-ORIGIN-STATE-ID", "RFC6733-8.16-STATE",
        "Origin-State-Id never decreases",
        "It is raised at each restart that loses state. A smaller value makes peers believe \
         that they look at an older life of the server. Zero says nothing and is not judged.";
    CerFirst: "PEER-CER-FIRST", "RFC6733-5.3-EXCHANGE",
        "The capabilities exchange comes before everything else on a connection",
        "Judged only on connections whose CER was seen.";
    CerApplication: "PEER-CER-APPLICATION", "CC-1.3-ADVERTISE",
        "The CER offers application 4",
        "As Auth-Application-Id, alone or inside Vendor-Specific-Application-Id; a relay offers \
         its own application instead.";
    PeerOrigin: "PEER-ORIGIN-HOST", "RFC6733-6.3-ORIGIN",
        "Requests on a connection come from the host that its CER named",
        "Not judged where the CER is a relay's or the request passed an agent (Route-Record).";
    CeaFirst: "PEER-CEA-FIRST", "RFC6733-5.6-OPEN",
        "No request is sent before the capabilities exchange has succeeded",
        "After its CER the server waits for the CEA; one that refuses opens nothing. Judged on \
         connections whose CER was seen, and not after a CEA of ours that has faults.";
    AfterDisconnect: "PEER-AFTER-DISCONNECT", "RFC6733-5.6-CLOSING",
        "No request is sent on a connection that is being closed",
        "Once the server has sent a DPR, or agreed to one, the connection is closing: new \
         requests belong on another one. A watchdog is not counted.";
    Reconnect: "PEER-RECONNECT", "RFC6733-5.4.3-RECONNECT",
        "A server that was sent away does not come back at once",
        "After a DPR with BUSY or DO_NOT_WANT_TO_TALK_TO_YOU, to which the server agreed, a CER \
         within a second cannot have had the valid reason that section 5.4 asks for.";
    WatchdogPace: "PEER-WATCHDOG-PACE", "RFC6733-5.5.3-WATCHDOG",
        "Watchdogs come no closer than their timer",
        "RFC 3539 3.4.1 permits no Twinit below six seconds, and two of jitter. A server of a test bed \
         that is set lower says so in `sut.yaml`, as `watchdog time`, and is held to that, less the \
         jitter; with two seconds or less there is nothing to hold it to.";
    FirstInitial: "CC-FIRST-IS-START", "CC-5.2-FIRST",
        "The first request of a session is SessionRequest (start)",
        "A session that begins with an interim or a stop was never authorised. A session that \
         is left over from before the harness was started looks the same. A first request with \
         the T bit is not judged, since the session may have begun at another peer.";
    SessionIdShared: "CC-SESSION-ID-SHARED", "RFC6733-8.8-UNIQUE",
        "A Session-Id belongs to one IM session",
        "Watches scenarios with several IM sessions: a Session-Id that was used for one of them is \
         used for another, at the same time or later, without a CC-Sub-Session-Id that tells the two \
         apart. What either of them uses can then not be told from what the other does, and the \
         stop of one closes both.";
    OneStart: "CC-ONE-START", "RFC6733-8.8-UNIQUE",
        "A Session-Id is started once",
        "A second SessionRequest (start) under the same Session-Id that is not the first one \
         sent again. A start that was refused or got no answer may be tried again.";
    OneStop: "CC-ONE-STOP", "CC-5.4-STOP",
        "A session is stopped once",
        "Two SessionRequests (stop) that are not one sent twice close and debit one session \
         twice. The usual cause is a BYE on each leg, each of which stops the session. A stop \
         that met a protocol error, a lost connection or silence may be sent anew.";
    AfterStop: "CC-NOTHING-AFTER-STOP", "CC-7-IDLE",
        "No start or interim follows the stop of a session",
        "After the final interrogation the client waits for the answer and forgets the session. \
         The usual cause is a report of usage that was still queued when the session ended.";
    AfterRefusal: "CC-NOTHING-AFTER-REFUSAL", "CC-7-REFUSED",
        "A session that the Charging Enabler refused or released is over",
        "An answer END_USER_SERVICE_DENIED or CREDIT_CONTROL_NOT_APPLICABLE takes the client to \
         Idle (for a start USER_UNKNOWN too): there is nothing left to report or stop. Other \
         transient failures are in no row of the state table and are not judged.";
    NumberUnique: "CC-NUMBER-UNIQUE", "CC-8.2-NUMBER",
        "CC-Request-Number differs in each request of a session",
        "It identifies the request in its session; a request with a number that was used before \
         and no T bit looks like a duplicate and is not debited. A request that met a protocol \
         error may be sent again under its number.";
    NumberSequence: "CC-NUMBER-SEQUENCE", "CC-8.2-SEQUENCE",
        "CC-Request-Number counts 0, 1, 2, ...",
        "Informs only: the RFC calls this an easy way to make unique numbers.";
    EventNumber: "CC-EVENT-NUMBER", "CC-8.2-EVENT",
        "CC-Request-Number is 0 in a one-time event",
        "Informs only: the RFC says so with a small \"should\".";
    StopQueued: "CC-STOP-WAITS", "CC-7-QUEUE",
        "The stop waits for the answer to the request before it",
        "A session that ends while a start or interim waits for its answer is stopped after that \
         answer. Judged within one second of the request, because the server's own timer Tx may \
         end the wait after that.";
    OneOutstanding: "CC-ONE-OUTSTANDING", "CC-7-PENDING",
        "One request of a session waits for an answer at a time",
        "Holds for units at command level; with Multiple-Services-Credit-Control several \
         interims may be under way (RFC 8506 section 5.1.2), though none before the start was \
         answered.";
    UsedInStart: "CC-USED-IN-START", "CC-5.2-UNUSED",
        "SessionRequest (start) reports no used units",
        "Informs only: nothing forbids it, but usage before the start was never authorised.";
    RequestedInStop: "CC-REQUESTED-IN-STOP", "CC-8.16-STOP",
        "SessionRequest (stop) asks for no units",
        "Informs only: a session that ends needs no quota, and the RFC gives the server no rule \
         for a stop that asks for one.";
    RequestedInMscc: "CC-REQUESTED-IN-START", "CC-8.16-REQUESTED",
        "Each Multiple-Services-Credit-Control of a start asks for units",
        "Without Requested-Service-Unit the Charging Enabler must not return a quota.";
    UsedKind: "CC-USED-KIND", "CC-5.3-KIND",
        "Used units are of the kind that was granted",
        "A report in another kind of unit than the grant cannot be held against it.";
    UsedPlausible: "CC-USED-PLAUSIBLE", "CC-8.19-MEASURED",
        "Used units are no more than a session can have used",
        "More seconds than have passed since the start (and an hour), more than 2^31 units of \
         the service, or more than 2^44 octets. A counter that was read before it was set, or \
         one that went below zero, looks like this.";
    UnitsOnePlace: "CC-UNITS-ONE-PLACE", "CC-5.1.2-PLACE",
        "Units stand at command level or in Multiple-Services-Credit-Control, not in both",
        "Informs only: nothing forbids both, and which of them the Charging Enabler debits is \
         anybody's guess.";
    ServicesIndicated: "CC-SERVICES-INDICATED", "CC-5.1.2-INDICATOR",
        "A start with Multiple-Services-Credit-Control has Multiple-Services-Indicator",
        "Without the indicator a Charging Enabler takes independent control of several services \
         as not supported. It warns, because servers that follow 3GPP use the group for a \
         single service too.";
    ServiceNamed: "CC-SERVICE-NAMED", "CC-5.2-SERVICE",
        "Where a request speaks of several services, each is named",
        "By Rating-Group or Service-Identifier in its Multiple-Services-Credit-Control. One \
         without a name beside others cannot be rated.";
    FinalUnits: "CC-FINAL-UNITS", "CC-5.6.1-STOP",
        "Once the final units are used, the session is stopped",
        "Watches a session whose last grant came with Final-Unit-Action TERMINATE at command \
         level: an interim that reports those units as used asks for more where the service \
         was to end. Not judged after a RAR or once Validity-Time has run out.";
    Validity: "CC-VALIDITY-TIME", "CC-5.1-VALIDITY",
        "An update is sent when Validity-Time runs out",
        "Judged ten seconds after the end of the Validity-Time of the last grant, where no \
         connection was lost meanwhile. A timer that runs only while messages flow is the usual \
         cause.";
    ReauthCode: "CC-REAUTH-CODE", "CC-5.5-CODE",
        "An RAA says whether an update is to follow",
        "2002 where the update is yet to come, 2001 where one was under way when the RAR came. \
         Watches for 2001 without an update under way.";
    ReauthUpdate: "CC-REAUTH-UPDATE", "CC-5.5-FOLLOW",
        "A successful RAA is followed by an update",
        "The next request of the session is an interim: a stop in its place, or nothing within \
         ten seconds, leaves the Charging Enabler without the report it asked for.";
    AbortStops: "CC-ABORT-STOPS", "CC-7-ABORT",
        "After an ASA that says that the session was terminated only its stop follows",
        "A server may refuse to abort a session; one that agrees has ended the service and has \
         nothing to update.";
    UnknownSession: "CC-UNKNOWN-SESSION", "RFC6733-8.5-UNKNOWN",
        "RAR and ASR for a session that does not stand are not answered with success",
        "5002 (DIAMETER_UNKNOWN_SESSION_ID) tells the Charging Enabler to forget the session. \
         Judged for sessions whose stop was answered and for those that never began.";
    NoStr: "CC-NO-STR", "CC-5.4-STR",
        "A session of credit control is ended by SessionRequest (stop) and not by STR",
        "Informs only: an STR goes to the server that authorised the user, and CH-2 knows none.";
    ContextSyntax: "CC-CONTEXT-SYNTAX", "CC-8.42-SYNTAX",
        "Service-Context-Id has the form context@domain",
        "The part after the @ names who allocated the identifier.";
    ContextConstant: "CC-CONTEXT-CONSTANT", "CC-8.42-CONSTANT",
        "Service-Context-Id stays the same through a session",
        "It chooses the document by which the session is rated, which does not change midway.";
    ContextProfile: "CC-CONTEXT-PROFILE", "PROFILE-CONTEXT",
        "Service-Context-Id is the one the vendor stated",
        "Held against the binding profile of sut.yaml; not watched where the profile names none.";
    SubscriptionPresent: "CC-SUBSCRIPTION-PRESENT", "CC-5.2-SUBSCRIPTION",
        "SessionRequest (start) and (interim) name the subscription",
        "Subscription-Id or Subscription-Id-Extension tells the Charging Enabler whose account \
         is charged.";
    SubscriptionConstant: "CC-SUBSCRIPTION-CONSTANT", "CC-8.46-CONSTANT",
        "No other subscription appears in the middle of a session",
        "Later requests may name fewer identities than the start did, and no others.";
    SubscriptionForm: "CC-SUBSCRIPTION-FORM", "CC-8.47-FORM",
        "A subscription has the form of its type",
        "END_USER_E164 and END_USER_IMSI are digits, END_USER_SIP_URI is a URI. A client that has \
         a SIP URI and leaves the type at its default, which is 0 in many stacks, breaks it. A \
         plus sign, a \"tel:\" and the punctuation of telephone numbers are let pass.";
    EventTimestamp: "CC-EVENT-TIMESTAMP", "CC-5.2-TIMESTAMP",
        "Every SessionRequest has an Event-Timestamp",
        "The time of the service event, of the trigger, or of the session's end. Tariffs that \
         change with the time of day rest on it.";
    TimestampSane: "CC-TIMESTAMP-SANE", "CC-5.2-TIME",
        "Event-Timestamp is a time of these years",
        "It counts seconds from 1900 and not from 1970: Unix time in its place lies seventy \
         years back. Zero is no time either.";
    TimestampOrder: "CC-TIMESTAMP-ORDER", "CC-5.3-TIME",
        "Event-Timestamp does not go back in the course of a session",
        "Each is the time of its own event, and the events of a session come one after another. \
         A request that is sent again is not counted.";
    TerminationCause: "CC-TERMINATION-CAUSE", "CC-7-CAUSE",
        "Termination-Cause stands in the stop only",
        "It tells why the session ended, which a start or an interim cannot know.";
    RequestedAction: "CC-REQUESTED-ACTION", "CC-8.41-EVENT",
        "Requested-Action stands in one-time events only",
        "It says what a one-time event wants: direct debiting, a refund, a balance, a price. A \
         session has no use for it. That an event has one is a matter of DIA-AVP-MISSING.";
    SessionIdIdentity: "CC-SESSION-ID-IDENTITY", "RFC6733-8.8-IDENTITY",
        "The Session-Id is the Origin-Host of the server, a semicolon and something more",
        "What makes Session-Ids of different hosts different. Looked at in the start.";
    OriginConstant: "CC-ORIGIN-CONSTANT", "CC-5.1-ORIGIN",
        "Origin-Host stays the same through a session",
        "Answers and re-authorisations are routed to the Origin-Host of the start. A cluster \
         that moves sessions between hosts should keep one name.";
    IcidConstant: "CC-ICID-CONSTANT", "PROFILE-ICID-CONSTANT",
        "One session has one IMS-Charging-Identifier",
        "The ICID joins what different nodes charge for one session of SIP. Two of them under \
         one Session-Id are two sessions of SIP mixed up, or an identifier invented per request.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ch2::Requirement;

    #[test]
    fn every_rule_stands_on_a_requirement_and_has_a_name_of_its_own() {
        let mut ids: Vec<_> = Rule::all().iter().map(|rule| rule.id).collect();
        for rule in Rule::all() {
            assert!(
                Requirement::find(rule.requirement).is_some(),
                "{}",
                rule.requirement
            );
            assert_eq!(Rule::find(rule.id), Some(rule));
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Rule::all().len());
        assert!(
            ids.len() <= 128,
            "the set of watched rules is 128 bits wide"
        );
        assert!(ids.len() >= 60, "{}", ids.len());
    }
}
