//! The catalogue of faults.

use super::FaultGroup;

faults! {
    Start {
        NoStart = "no-start",
            "serves a session without SessionRequest (start)",
            "RFC 8506 5.2: the first interrogation precedes service";
        ServiceBeforeStart = "service-before-start",
            "answers the INVITE without waiting for the Response to the start",
            "RFC 8506 5.2: credit is authorized before service is given";
        LateStart = "late-start",
            "invites the far end first, and sends the start once that has accepted",
            "RFC 8506 5.2: the first interrogation precedes any service event";
        SecondStart = "second-start",
            "sends a second SessionRequest (start) once the first is answered",
            "RFC 8506 7 table 3: one initial request opens a session";
        StartAsUpdate = "start-as-update",
            "gives the start the CC-Request-Type of an interim",
            "RFC 8506 8.3: INITIAL_REQUEST initiates a session";
        StartWithoutUnits = "start-without-units",
            "asks for no units in the start",
            "RFC 8506 8.16: Requested-Service-Unit must be present in the initial interrogation";
    }
    Counting {
        CumulativeUsage = "cumulative-usage",
            "reports units used since the start of the session in every request",
            "RFC 8506 8.19: Used-Service-Unit counts since the previous measurement";
        RefusedMessageCharged = "refused-message-charged",
            "debits a message that it refused with 415",
            "6.3.3.3 step 6: used units are debited, and a refused message is none";
        MalformedCharged = "malformed-charged",
            "debits a SEND that it refuses with 400",
            "6.3.3.3 step 6: used units are debited, and a refused message is none";
        MisdirectedCharged = "misdirected-charged",
            "debits a SEND to a session that it does not have",
            "6.3.3.3 step 6: used units are debited, and a refused message is none";
        EmptySendCharged = "empty-send-charged",
            "debits a SEND without a body",
            "RFC 4975 5.4: an empty SEND only opens the connection";
        ChunksCharged = "chunks-charged",
            "debits every chunk of a message instead of the message",
            "6.3.3.3 step 6 debits used units; RFC 4975 5.1: chunks make one message";
        ComposingCharged = "composing-charged",
            "debits \"is composing\" notices and disposition notifications as messages",
            "profile: a notice is no message of the user's";
        AbortedCharged = "aborted-charged",
            "debits a message that its sender has given up",
            "6.3.3.3 step 6: used units are debited; RFC 4975 7.1.1: an aborted message is none";
        LosesMessages = "loses-messages",
            "does not count every third message that it accepts",
            "6.3.3.3 step 6: used units are debited";
        UsageOfOtherSession = "usage-of-other-session",
            "debits a message of one session in another one that stands",
            "RFC 8506 8.19: a session reports the units that it has used";
        QuietMessageFree = "quiet-message-free",
            "does not count messages that are sent with Failure-Report: no",
            "6.3.3.3 step 6: used units are debited, whatever the sender wants to hear of them";
        OctetsOffByOne = "octets-off-by-one",
            "counts one octet more than the body of a message has",
            "RFC 8506 8.23: CC-Total-Octets is the number of octets that were sent";
        IncomingCharged = "incoming-charged",
            "debits what the far end sends as if the client had sent it",
            "OMA DDS 6.2.4: sending and receiving are told apart";
        FailedDeliveryCharged = "failed-delivery-charged",
            "debits upon delivery (R4), and debits a message whose delivery failed as well",
            "6.3.3.3 step 6 under R4: the confirmed delivery is debited";
        UsageNotSplit = "usage-not-split",
            "adds the units of all granted kinds up and reports them as one kind",
            "RFC 8506 5.3: the used units of each granted kind are reported";
        WrongUnitKind = "wrong-unit-kind",
            "reports messages as octets, and octets as messages",
            "RFC 8506 5.3: the same unit kinds as before are used";
        UsageUnderflow = "usage-underflow",
            "reports 4294967295 units where none were used",
            "RFC 8506 8.19: Used-Service-Unit is the amount that was used";
    }
    Interim {
        NoInterim = "no-interim",
            "never sends SessionRequest (interim); all usage is reported in the stop",
            "6.3.3.3 step 6: an interim debits the used units";
        RepeatedRequestNumber = "repeated-request-number",
            "gives an interim the CC-Request-Number of the request before it",
            "RFC 8506 8.2: CC-Request-Number is unique within a session";
        InterimWithoutUnits = "interim-without-units",
            "asks for no units in an interim, though it needs some",
            "RFC 8506 5.3: Requested-Service-Unit must be there where new quota is requested";
        InterimLate = "interim-late",
            "sends the interim one message after the granted units are spent",
            "RFC 8506 5.3: spent units must make a new request";
        InterimFlood = "interim-flood",
            "sends ten interims in a row as soon as the session stands",
            "6.3.3.3 step 6: used units trigger an interim, and nothing was used";
        InterimOnBye = "interim-on-bye",
            "sends an interim at its own BYE, before the stop",
            "6.3.3.4 server terminating: the BYE triggers a stop (wrong except under reading R1)";
        SendsWhilePending = "sends-while-pending",
            "sends the stop while an interim is still unanswered",
            "RFC 8506 7 table 4: in PendingU a termination is queued";
    }
    Quota {
        OverrunsQuota = "overruns-quota",
            "accepts messages beyond the granted units without a new grant",
            "RFC 8506 5.3: an interim is sent when the granted units are spent";
        DeliversWhilePending = "delivers-while-pending",
            "delivers messages while the answer to an interim is awaited",
            "RFC 8506 5.3: between report and new grant there are no units in its possession";
        IgnoresValidityTime = "ignores-validity-time",
            "takes no notice of Validity-Time",
            "RFC 8506 5.3: at its expiry a new request must be sent";
        ValidityInMilliseconds = "validity-in-milliseconds",
            "takes Validity-Time for milliseconds, and asks anew all the time",
            "RFC 8506 8.33: Validity-Time is given in seconds";
        GrantsAddUp = "grants-add-up",
            "adds a new grant to what is left of the one before",
            "RFC 8506 5.3: once units are reported the client has none before new ones are granted";
        IgnoresFinalUnit = "ignores-final-unit",
            "takes no notice of Final-Unit-Indication, and asks for more",
            "RFC 8506 5.6.1: the service ends with the final units";
        IgnoresFirstFinalUnit = "ignores-first-final-unit",
            "takes no notice of Final-Unit-Indication in the answer to the start",
            "RFC 8506 5.6.1: the service ends with the final units, whichever answer granted them";
        InterimAfterFinalUnit = "interim-after-final-unit",
            "sends an interim once the final units are spent, and ends the session only then",
            "RFC 8506 7 table 4: spent final units make a termination request";
        InterimForFinalStop = "interim-for-final-stop",
            "closes with an interim instead of a stop where the first grant was final already",
            "RFC 8506 5.6.1: a final request must be sent";
        IgnoresRefusal = "ignores-refusal",
            "goes on serving a session whose credit is refused",
            "RFC 8506 7 tables 3 and 4: END_USER_SERVICE_DENIED ends the user's service";
        IgnoresServiceResult = "ignores-service-result",
            "looks at the Result-Code of the command alone, and not at that of the service",
            "RFC 8506 5.1.2, 9.1: Result-Code stands in Multiple-Services-Credit-Control as well";
        IgnoresCreditLimit = "ignores-credit-limit",
            "goes on serving a session that has reached its credit limit (4012)",
            "RFC 8506 9.1: DIAMETER_CREDIT_LIMIT_REACHED denies the service";
        StopAfterDenial = "stop-after-denial",
            "sends a stop after an answer that denied the service",
            "RFC 8506 7 tables 3 and 4: the session is Idle by that answer";
        ChargesUncontrolled = "charges-uncontrolled",
            "goes on charging a session to which credit control does not apply (4011)",
            "RFC 8506 7 tables 3 and 4: the session is Idle by that answer";
        IgnoresFailureHandling = "ignores-failure-handling",
            "takes no notice of Credit-Control-Failure-Handling in an answer",
            "RFC 8506 5.7: the value in the answer overrides any existing one";
        KeepsFirstHandling = "keeps-first-handling",
            "takes the failure handling of the first answer that has one for good",
            "RFC 8506 5.7: the value in an answer overrides any existing one";
        ContinuesOnFailure = "continues-on-failure",
            "serves on where credit control fails, though the service should end",
            "RFC 8506 7 tables 3 and 4: with TERMINATE the service ends";
        GivesUpEarly = "gives-up-early",
            "waits for an answer for a quarter of its Tx",
            "RFC 8506 5.7, 13: failure handling is due when Tx is over";
        GivesUpAtTx = "gives-up-at-tx",
            "ends the service when Tx is over, whatever failure handling says",
            "RFC 8506 7 tables 3 and 4: with CONTINUE or RETRY_AND_TERMINATE service is granted";
        IgnoresLateAnswers = "ignores-late-answers",
            "goes on without credit control when Tx is over, and takes no answer after it",
            "RFC 8506 5.7: the client waits for the late answer, and watches usage meanwhile";
        StopAfterFailure = "stop-after-failure",
            "sends a stop for a session whose request has failed",
            "RFC 8506 7 tables 3 and 4: after a failure the client is idle";
        RepeatsRatingFailed = "repeats-rating-failed",
            "sends a request again that was answered with DIAMETER_RATING_FAILED",
            "RFC 8506 4.1.3: similar requests must not be sent again";
    }
    Stop {
        NoStop = "no-stop",
            "never sends SessionRequest (stop)",
            "6.3.3.4 steps 2 and 5: the BYE triggers a stop";
        NoStopAfterClientBye = "no-stop-after-client-bye",
            "sends no stop where the client's BYE ends the session",
            "6.3.3.4 client terminating step 2: the BYE triggers a stop";
        ForgetsEarlyBye = "forgets-early-bye",
            "sends no stop where the client's BYE comes before its INVITE is answered",
            "RFC 8506 7 table 3: in PendingI a termination is queued; 5.4: the final interrogation";
        StopBeforeBye = "stop-before-bye",
            "ending a session itself, sends the stop, waits for its Response, and only then the BYE",
            "6.3.3.4 server terminating: step 4 (BYE) comes before step 5 (stop)";
        StopBeforeStartAnswer = "stop-before-start-answer",
            "sends the stop before the start is answered where the caller cancels early",
            "RFC 8506 7 table 3: in PendingI a termination is queued";
        DoubleStop = "double-stop",
            "sends a second SessionRequest (stop) once the first is answered",
            "6.3.3.4 steps 2 and 5 trigger one stop; RFC 8506 5.4: one final interrogation";
        RequestAfterStop = "request-after-stop",
            "sends a SessionRequest (interim) once the stop is answered",
            "6.3.3.4 steps 2 and 5: the stop closes the charging session";
        StopWithoutUsage = "stop-without-usage",
            "leaves the units that are still unreported out of the stop",
            "6.3.3.4 steps 2 and 5: the stop debits the used units";
        StopRequestsUnits = "stop-requests-units",
            "asks for more units in the stop",
            "RFC 8506 5.4: the final interrogation asks for no quota";
        StopNumberedZero = "stop-numbered-zero",
            "gives the stop the CC-Request-Number 0, which the start has had",
            "RFC 8506 8.2: CC-Request-Number is unique within a session";
        RepeatsStopForever = "repeats-stop-forever",
            "sends the stop again and again where it fails or is not answered",
            "RFC 8506 7 table 4: in PendingT a failure leads to Idle";
        StopOnReinvite = "stop-on-reinvite",
            "stops charging at a re-INVITE, though the session goes on",
            "6.3.3.4: a BYE triggers the stop; RFC 8506 5.4: the user ends the session";
        StopOnLostConnection = "stop-on-lost-connection",
            "stops charging when the MSRP connection is lost, though the session goes on",
            "6.3.3.4: a BYE triggers the stop; RFC 4975 5.4: another connection may carry on";
        AbsurdDuration = "absurd-duration",
            "reports the time of day for a duration where it ends a session for want of credit",
            "RFC 8506 8.21: CC-Time is the length of the used time";
    }
    Failover {
        TBitOnFirstSend = "t-bit-on-first-send",
            "sets the T bit on every request that it sends for the first time",
            "RFC 6733 3: the T bit must be cleared on a first transmission";
        NoTBitOnResend = "no-t-bit-on-resend",
            "leaves the T bit out of a request that it sends again",
            "RFC 6733 3: the T bit is set on a request that may be a duplicate";
        TBitAfterError = "t-bit-after-error",
            "sets the T bit on a request that it sends elsewhere after an error answer",
            "RFC 6733 3: the T bit must not be set where an error answer was received";
        NewEndToEndOnResend = "new-end-to-end-on-resend",
            "gives a request that it sends again another End-to-End Identifier",
            "RFC 6733 3, 5.5.4: duplicates are told by the same End-to-End Identifier";
        ResendCountsTwice = "resend-counts-twice",
            "reports what it has sent again once more in the next request",
            "RFC 8506 8.19: Used-Service-Unit counts since the previous measurement";
        MovesWithoutPermission = "moves-without-permission",
            "moves a running session to another Charging Enabler without CC-Session-Failover",
            "RFC 8506 5.7: with FAILOVER_NOT_SUPPORTED the session must not be moved";
        NeverFailsOver = "never-fails-over",
            "uses the first Charging Enabler only, reachable or not",
            "RFC 8506 5.7: new sessions should fail over to an alternative";
        RepeatsWatchdogElsewhere = "repeats-watchdog-elsewhere",
            "sends the DWR of a lost connection to the other Charging Enabler",
            "RFC 6733 5.5.1: a DWR must not be sent to an alternate peer";
    }
    Answers {
        TakesUnknownHopByHop = "takes-unknown-hop-by-hop",
            "takes an answer with a Hop-by-Hop Identifier that it has not sent",
            "RFC 6733 3: an answer that matches no request must be discarded";
        TakesOtherSession = "takes-other-session",
            "takes an answer with the Session-Id of another session",
            "RFC 6733 8.8, RFC 8506 8.2: an answer is matched by its Session-Id";
        TakesOtherNumber = "takes-other-number",
            "takes an answer with another CC-Request-Number or CC-Request-Type",
            "RFC 8506 8.2: an answer is matched by its CC-Request-Number";
        TakesDuplicateAnswer = "takes-duplicate-answer",
            "takes an answer that comes twice for two answers",
            "RFC 6733 3: an answer that matches no request must be discarded";
        TakesUnknownMandatory = "takes-unknown-mandatory",
            "takes an answer with a mandatory AVP that it does not know",
            "RFC 6733 4.1: such a message must be rejected";
        TakesBrokenAnswer = "takes-broken-answer",
            "takes an answer whose AVP lengths, Result-Code or Application-ID cannot be right",
            "RFC 6733 4.1: such a message must be rejected; 7: its session should be ended";
        RefusesSpareAvps = "refuses-spare-avps",
            "takes an answer for a failure that holds an AVP it has no use for, such as Failed-AVP",
            "RFC 6733 4.1: an AVP without the M bit is informational; 7.1: the Result-Code decides";
        DiesOfBrokenAnswer = "dies-of-broken-answer",
            "does nothing on CH-2 any more once an AVP of an answer is longer than the message",
            "RFC 6733 4.1: the message is rejected, and nothing else is";
        TakesZeroForUnlimited = "takes-zero-for-unlimited",
            "takes a grant of no units for an unlimited one",
            "RFC 8506 8.17: the granted units are those that may be used";
        TakesUnknownUnits = "takes-unknown-units",
            "takes units of a kind that it cannot meter for an unlimited grant",
            "RFC 8506 8.17: such an answer is incorrect, and ends the session";
    }
    Requests {
        NoRaa = "no-raa",
            "does not answer a Re-Auth-Request",
            "RFC 8506 5.5: it must be acknowledged";
        NoInterimAfterRaa = "no-interim-after-raa",
            "answers a Re-Auth-Request with 2002 and sends no interim",
            "RFC 8506 5.5: an update request must follow";
        RaaSaysOngoing = "raa-says-ongoing",
            "answers a Re-Auth-Request with 2001 though no interim is outstanding",
            "RFC 8506 5.5: 2001 says that a re-authorization is ongoing already";
        SecondInterimOnRar = "second-interim-on-rar",
            "sends another interim at a Re-Auth-Request while one is outstanding",
            "RFC 8506 5.5: no new re-authorization is initiated";
        TakesAnyRar = "takes-any-rar",
            "answers a Re-Auth-Request for a session that it does not have with 2002",
            "RFC 6733 7.1.5: DIAMETER_UNKNOWN_SESSION_ID";
        NoAsa = "no-asa",
            "does not answer an Abort-Session-Request",
            "RFC 6733 8.5: it must be answered";
        IgnoresAsr = "ignores-asr",
            "answers an Abort-Session-Request with success and lets the session go on",
            "RFC 6733 8.5: success says that the session was stopped";
        TakesAnyAsr = "takes-any-asr",
            "answers an Abort-Session-Request for a session that it does not have with success",
            "RFC 6733 8.5.2: DIAMETER_UNKNOWN_SESSION_ID";
    }
    Peer {
        NoDwa = "no-dwa",
            "does not answer a Device-Watchdog-Request",
            "RFC 6733 5.5: a DWR is answered with a DWA";
        NoDwr = "no-dwr",
            "sends no Device-Watchdog-Request, however long nothing comes",
            "RFC 6733 5.5, RFC 3539 3.4.1: a DWR is sent when Tw expires";
        NoDpa = "no-dpa",
            "does not answer a Disconnect-Peer-Request",
            "RFC 6733 5.4: upon receipt a DPA is returned";
        ReconnectsUnwanted = "reconnects-unwanted",
            "connects again at once to a peer that does not want to talk to it",
            "RFC 6733 5.4.3: reconnection should not be attempted";
        NeverReconnects = "never-reconnects",
            "does not connect again once a connection was lost",
            "RFC 6733 2.1: an attempt to connect is made periodically";
        SendsBeforeCea = "sends-before-cea",
            "sends requests over a connection whose CER is not answered yet",
            "RFC 6733 5.6: messages are sent once the connection is open";
        NoHostIpAddress = "no-host-ip-address",
            "leaves Host-IP-Address out of its CER",
            "RFC 6733 5.3.1: a CER has one or more of them";
        NoCreditControlApplication = "no-credit-control-application",
            "does not name the credit-control application in its CER",
            "RFC 6733 5.3, RFC 8506 1.3: the application is advertised";
        StateIdDecreases = "state-id-decreases",
            "lowers its Origin-State-Id with each request",
            "RFC 6733 8.16: Origin-State-Id increases monotonically";
    }
    Identity {
        WrongIcid = "wrong-icid",
            "names an IMS-Charging-Identifier that no INVITE carried",
            "profile: IMS-Charging-Identifier is the icid-value of P-Charging-Vector";
        WrongUserSession = "wrong-user-session",
            "names a User-Session-Id that is no Call-ID",
            "profile: User-Session-Id is the Call-ID of the client's dialog";
        WrongSubscriptionId = "wrong-subscription-id",
            "charges a subscriber other than the one in P-Asserted-Identity",
            "profile: Subscription-Id-Data is the asserted identity of the client";
        ChargesFrom = "charges-from",
            "charges whoever stands in From, where P-Asserted-Identity names another",
            "profile: Subscription-Id-Data is the asserted identity; RFC 3325 9.1: it was verified";
        NoSubscriptionId = "no-subscription-id",
            "leaves Subscription-Id out",
            "RFC 8506 5.2: Subscription-Id should identify the end user";
        SubscriptionChanges = "subscription-changes",
            "charges another subscriber from the first interim on",
            "RFC 8506 5.3: Subscription-Id identifies the end user of the session";
        NamesOwnHost = "names-own-host",
            "names itself in the Destination-Host of its requests",
            "RFC 6733 6.1.1, 6.1.4: Destination-Host is the host that a request is for";
        NewSessionId = "new-session-id",
            "gives every request of a session another Session-Id",
            "RFC 6733 8.8: one session, one Session-Id";
        DuplicateSessionId = "duplicate-session-id",
            "gives sessions that begin in the same second the same Session-Id",
            "RFC 6733 8.8: Session-Id is globally and eternally unique";
        SameSessionId = "same-session-id",
            "gives a session that begins while another stands the Session-Id of that one",
            "RFC 6733 8.8: Session-Id is globally and eternally unique";
        SessionIdForm = "session-id-form",
            "makes a Session-Id that does not begin with its DiameterIdentity",
            "RFC 6733 8.8: Session-Id begins with the sender's identity";
        NoServiceContext = "no-service-context",
            "leaves Service-Context-Id out",
            "RFC 8506 3.1: a CCR has one Service-Context-Id";
        ServiceContextForm = "service-context-form",
            "makes a Service-Context-Id without a domain",
            "RFC 8506 8.42: Service-Context-Id is service-context \"@\" domain";
        ServiceContextChanges = "service-context-changes",
            "names another Service-Context-Id in the stop",
            "RFC 8506 4.1.2: it identifies the document that applies to the session";
        WrongServiceType = "wrong-service-type",
            "names the Application-Service-Type RECEIVING for what the client sends",
            "OMA DDS 6.2.4: the type tells the sending role from the receiving one";
        ImCounterWrong = "im-counter-wrong",
            "counts one message more in IM-Information than it reports",
            "OMA DDS 6.2.32, 6.2.63: the counters are those of the messages sent";
        NoTimestamp = "no-timestamp",
            "leaves Event-Timestamp out",
            "RFC 8506 5.2 to 5.4: Event-Timestamp should be included";
        TimestampDecreases = "timestamp-decreases",
            "turns Event-Timestamp back a minute with each request",
            "RFC 8506 5.2 to 5.4: Event-Timestamp is the time of the event";
    }
    Encoding {
        WrongApplicationId = "wrong-application-id",
            "puts the Application-ID 0 into the header of its requests",
            "RFC 8506 3.1: the header has the credit-control application";
        NotProxiable = "not-proxiable",
            "leaves the P bit out",
            "RFC 8506 3.1: CCR is proxiable";
        ErrorBitSet = "error-bit-set",
            "sets the E bit in requests",
            "RFC 6733 3: the E bit must not be set in requests";
        SessionIdNotFirst = "session-id-not-first",
            "puts Session-Id behind another AVP",
            "RFC 6733 8.8: Session-Id follows the header immediately";
        MandatoryBitMissing = "mandatory-bit-missing",
            "leaves the M bit out of CC-Request-Number",
            "RFC 8506 8: the M bit must be set";
        VendorBitMissing = "vendor-bit-missing",
            "leaves the V bit out of a vendor's AVP and sends its Vendor-ID all the same",
            "RFC 6733 4.1: the V bit says that the Vendor-ID is there";
        DuplicatedOrigin = "duplicated-origin",
            "sends Origin-Host twice",
            "RFC 8506 3.1: a CCR has one Origin-Host";
        WrongPadding = "wrong-padding",
            "pads an AVP to no multiple of four octets",
            "RFC 6733 4.1: AVPs are aligned on 32-bit boundaries";
        WrongLength = "wrong-length",
            "sends an AVP whose length goes beyond the message",
            "RFC 6733 4.1: AVP Length is the number of octets in the AVP";
    }
    Sip {
        NoByeAnswer = "no-bye-answer",
            "does not answer the client's BYE",
            "RFC 3261 15.1.2: a BYE is answered";
        NoFarBye = "no-far-bye",
            "does not end the far end's leg when the client ends its own",
            "profile: both legs of a session end together";
        NoClientBye = "no-client-bye",
            "does not end the client's leg when the far end ends its own",
            "profile: both legs of a session end together";
        NoFarCancel = "no-far-cancel",
            "leaves the far end ringing when the client cancels",
            "RFC 3261 9.1: an INVITE that is not wanted any more is cancelled";
        NoFarAck = "no-far-ack",
            "does not acknowledge the far end's 200 to the INVITE",
            "RFC 3261 13.2.2.4: an ACK is generated for each 2xx";
        ByeReusesCseq = "bye-reuses-cseq",
            "gives its BYE no higher CSeq than the request before it",
            "RFC 3261 12.2.1.1: CSeq increases within a dialog";
        ByeWithoutTag = "bye-without-tag",
            "leaves the To tag out of its BYE",
            "RFC 3261 12.2.1.1: the To tag is the remote tag of the dialog";
        NoSessionTimer = "no-session-timer",
            "lets a session stand that the client does not refresh",
            "RFC 4028 10: a BYE is sent before the session expires";
    }
    Messages {
        NoSendAnswer = "no-send-answer",
            "does not answer an MSRP SEND that it accepts",
            "6.3.3.3 step 2: the server acknowledges with a 200 OK";
        ServesAfterBye = "serves-after-bye",
            "accepts and delivers messages after the session has ended",
            "6.3.3.4: the BYE ends the session, and the stop its charging";
        WrongMsrpTransaction = "wrong-msrp-transaction",
            "answers a SEND under another transaction identifier",
            "RFC 4975 7.2: a response has the identifier of its request";
        AnswersQuietMessages = "answers-quiet-messages",
            "answers a SEND that says Failure-Report: no",
            "RFC 4975 7.1.3: no response is sent to such a request";
        NoSuccessReport = "no-success-report",
            "sends no REPORT on a message that asks for one",
            "RFC 4975 7.1.2: Success-Report: yes asks for a REPORT";
        WrongReportRange = "wrong-report-range",
            "reports the delivery of one octet more than a message has",
            "RFC 4975 7.1.3: Byte-Range tells which octets were received";
        ForwardsTwice = "forwards-twice",
            "delivers every message twice",
            "profile: what the server accepts it delivers once";
        NoPageDebit = "no-page-debit",
            "passes page-mode messages on without debiting them",
            "RFC 8506 6.3: the service event is debited directly";
        PageBeforeDebit = "page-before-debit",
            "passes a page-mode message on before its debit is answered",
            "RFC 8506 4: service is allowed upon a successful answer";
        NoRequestedAction = "no-requested-action",
            "leaves Requested-Action out of a one-time event",
            "RFC 8506 8.3: with EVENT_REQUEST the Requested-Action must be there";
        NoForward = "no-forward",
            "accepts and debits messages and does not forward them",
            "profile: what the server accepts it delivers to the far end";
    }
}
