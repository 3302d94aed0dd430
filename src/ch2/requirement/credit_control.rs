//! RFC 8506, as far as scenarios and rules rest on it.

use super::{Requirement, Source, Strength, stated};

const fn must(id: &'static str, clause: &'static str, text: &'static str) -> Requirement {
    stated(Source::Rfc8506, Strength::Must, id, clause, text)
}

const fn should(id: &'static str, clause: &'static str, text: &'static str) -> Requirement {
    stated(Source::Rfc8506, Strength::Should, id, clause, text)
}

const fn open(id: &'static str, clause: &'static str, text: &'static str) -> Requirement {
    stated(Source::Rfc8506, Strength::Open, id, clause, text)
}

pub(super) const REQUIREMENTS: &[Requirement] = &[
    must(
        "CC-1.3-ADVERTISE",
        "1.3",
        "A node of credit control offers application 4 as Auth-Application-Id in its CER or CEA.",
    )
    .noted(
        "One inside Vendor-Specific-Application-Id counts for common applications (RFC 6733 \
         section 5.3), and a relay offers its own.",
    ),
    must(
        "CC-3.1-APPLICATION",
        "3.1",
        "The Auth-Application-Id of a CCR is 4.",
    ),
    should(
        "CC-3.1-PXY",
        "3.1",
        "The CCR is proxiable (PXY in its definition), so its P bit is set.",
    )
    .noted("The definition says PXY; no sentence with MUST says that the bit is set."),
    must(
        "CC-4.1.3-RATING",
        "4.1.3",
        "After DIAMETER_RATING_FAILED the client sends no similar request.",
    ),
    must(
        "CC-5.1-SESSION",
        "5.1",
        "A credit-control session has one globally unique Session-Id from its first to its last \
         request.",
    ),
    should(
        "CC-5.1-ORIGIN",
        "5.1",
        "The requests of a session come from the Origin-Host that began it.",
    )
    .inferred(
        "From the state machine, which is one client's, and from the Session-Id, which begins \
         with its name. Nothing forbids a cluster to move a session.",
    ),
    must(
        "CC-5.1-VALIDITY",
        "5.1, 5.3, 8.33",
        "Once Validity-Time has run out the client sends an update that reports the used quota.",
    ),
    should(
        "CC-5.1.2-INDICATOR",
        "5.1.2, 8.40",
        "A client that controls several services independently says so by \
         Multiple-Services-Indicator in its first interrogation.",
    )
    .noted(
        "A MUST for independent control of several services; it is weighed as a SHOULD because \
         Multiple-Services-Credit-Control is in use for a single service as well.",
    ),
    open(
        "CC-5.1.2-PLACE",
        "5.1.2",
        "Units stand at command level, or in Multiple-Services-Credit-Control where several \
         services are controlled.",
    )
    .inferred("The section says where grants stand; a request with both is not spoken of."),
    must(
        "CC-5.2-FIRST",
        "5.2",
        "The first interrogation, an INITIAL_REQUEST, is sent before the client allows any service \
         event.",
    )
    .noted(
        "Section 5.2 also lets the first interrogation travel in the messages of another \
         application, so that the first CCR is an update; CH-2 starts with a SessionRequest (start).",
    ),
    should(
        "CC-5.2-ANSWER",
        "5.2, 7 table 3",
        "Service is given once the first interrogation was answered, and not before.",
    )
    .inferred(
        "5.2 has the interrogation sent before any service event; that its answer is waited for \
         follows from the states of table 3. Whether inviting the other party or answering the \
         INVITE is service already is not said.",
    ),
    open(
        "CC-5.2-UNUSED",
        "5.2",
        "Nothing has been used when the first interrogation is made.",
    )
    .inferred("5.2 lists what a first interrogation holds, without used units, and forbids none."),
    should(
        "CC-5.2-SUBSCRIPTION",
        "5.2, 5.3",
        "First and intermediate interrogations identify the end user by Subscription-Id or \
         Subscription-Id-Extension.",
    ),
    should(
        "CC-5.2-SERVICE",
        "5.2, 8.16",
        "With several services, Service-Identifier or Rating-Group says which one is meant.",
    )
    .noted("Worded as a fact (\"always indicates\"), without MUST."),
    should(
        "CC-5.2-TIME",
        "5.2, 5.3, 5.4; RFC 6733 8.21",
        "Event-Timestamp is the time of the event, in seconds since 1900.",
    )
    .inferred("That the server's clock is right is not asked for anywhere."),
    should(
        "CC-5.2-TIMESTAMP",
        "5.2, 5.3, 5.4",
        "Each interrogation holds an Event-Timestamp.",
    ),
    must(
        "CC-5.3-UPDATE",
        "5.3",
        "When all granted units of one kind are spent, the client sends a new request, an \
         UPDATE_REQUEST.",
    ),
    must(
        "CC-5.3-REQUESTED",
        "5.3, 8.16",
        "An update that wants a new quota for a service in Multiple-Services-Credit-Control asks for it \
         there.",
    ),
    must(
        "CC-5.3-HOLD",
        "5.3, 8.17",
        "Once used units are reported the client has none to give before new ones are granted.",
    )
    .noted("Worded as a fact and as the definition of what a grant is, without MUST."),
    must(
        "CC-5.3-USED",
        "5.3, 5.4, 8.19",
        "Used-Service-Unit counts from the end of the measurement before it, or from the start of \
         the service.",
    )
    .noted("Worded as a definition, without MUST; a report that counts otherwise is wrong by it."),
    should(
        "CC-5.3-KIND",
        "5.3, 5.4",
        "Used units are reported in the kinds of unit used before; where several kinds were \
         granted, in each of them.",
    )
    .noted(
        "The second half is a MUST; it is weighed as a SHOULD because grants for several \
            services may differ in kind.",
    ),
    should(
        "CC-5.3-TIME",
        "5.2, 5.3, 5.4",
        "The Event-Timestamps of a session follow the order of its events.",
    )
    .inferred("Each is the time of its own event; their order is not spoken of."),
    must(
        "CC-5.4-STOP",
        "5.4",
        "When the user ends the session, the client sends one final request, a \
         TERMINATION_REQUEST.",
    )
    .noted(
        "\"a final Credit-Control-Request\": that there is only one follows from the word and \
            from the state machine of section 7.",
    ),
    open(
        "CC-5.4-STR",
        "5.4",
        "An STR goes to the AAA server, according to policy; it does not end a credit-control \
         session.",
    )
    .inferred("The final interrogation does; that an STR does not follows from that."),
    should(
        "CC-5.5-CODE",
        "5.5",
        "An RAA has 2002 where an update is to follow and 2001 where one is under way.",
    ),
    should(
        "CC-5.5-FOLLOW",
        "5.5, 7 table 4; RFC 6733 8.3.2",
        "A RAR in state Open is followed by an update, which reports the used quota.",
    )
    .noted(
        "A MUST without a time; it is weighed as a SHOULD because the session may end at that very \
         moment. A scenario that asks for the update holds it against CC-5.5-REAUTH.",
    ),
    must(
        "CC-5.5-REAUTH",
        "5.5",
        "A client in state Open answers a RAR for its session and sends an update.",
    ),
    should(
        "CC-5.6-ZERO",
        "5.6",
        "A Final-Unit-Indication with a grant of zero ends the service at once; nothing more needs to \
         be reported.",
    ),
    must(
        "CC-5.6.1-TERMINATE",
        "5.6.1",
        "After the final units with action TERMINATE at command level the service ends and a final \
         request is sent.",
    ),
    must(
        "CC-5.7-MOVE",
        "5.7, 8.4",
        "A running session is not moved to another server, unless CC-Session-Failover said \
         FAILOVER_SUPPORTED.",
    ),
    should(
        "CC-5.6.1-STOP",
        "5.6.1, 7 table 4",
        "Once the final units with action TERMINATE at command level are used, the next request is \
         the final one.",
    )
    .noted(
        "A MUST for the end of the service; it is weighed as a SHOULD because a change in rating \
         conditions is reported by an update at any time, and shows in no AVP.",
    ),
    should(
        "CC-7-ABORT",
        "7 table 4; RFC 6733 8.5.2",
        "A session that was terminated for an ASR is ended by its final request.",
    )
    .inferred("ASR is named as a cause of the event \"user service terminated\"."),
    should(
        "CC-7-CAUSE",
        "7; RFC 6733 8.15",
        "Termination-Cause tells why a session was terminated.",
    )
    .inferred("The definition of CCR admits it in any request."),
    must(
        "CC-7-USER-UNKNOWN",
        "7 table 3",
        "USER_UNKNOWN in the first answer ends the user's service.",
    )
    .noted("The tables are \"to be observed by all implementations\" (section 7)."),
    must(
        "CC-5.7-OVERRIDE",
        "5.7",
        "Failure handling in an answer overrides any value there was before.",
    )
    .noted("Worded as a fact (\"always overrides\"), without MUST."),
    should(
        "CC-5.7-LATE",
        "5.7",
        "A client that grants the service when Tx is over watches its usage and waits for the late \
         answer, which opens or goes on with the credit-control session.",
    ),
    must(
        "CC-7-TX-TERMINATE",
        "5.7, 7 tables 3 and 4, 8.14, 13",
        "When Tx is over and failure handling is TERMINATE, which it is by default, the user's \
         service ends, or is refused before it began.",
    )
    .noted("The tables are \"to be observed by all implementations\" (section 7)."),
    must(
        "CC-7-TX-GRANT",
        "5.7, 7 tables 3 and 4",
        "When Tx is over and failure handling is CONTINUE or RETRY_AND_TERMINATE, the service is \
         granted while the answer is still waited for.",
    )
    .noted(
        "The tables are \"to be observed by all implementations\" (section 7); section 5.7 says both \
         \"will be granted\" and \"SHOULD grant\".",
    ),
    must(
        "CC-7-FAILED-CONTINUE",
        "5.7, 7 tables 3 and 4, 8.14",
        "A permanent failure, a temporary error or a failure to send leaves the user the service where \
         failure handling is CONTINUE, without further credit control.",
    )
    .noted(
        "The tables are \"to be observed by all implementations\" (section 7); section 8.14 has it \
         with SHOULD.",
    ),
    should(
        "CC-7-GIVEN-UP",
        "7 tables 3 and 4",
        "After a failure that ends the service, or leaves it without credit control, the client is \
         idle and sends nothing more for the session.",
    )
    .noted(
        "The tables say it without exception; it is weighed as a SHOULD because a final request for \
         a session that failed does no harm to the user.",
    ),
    must(
        "CC-7-STOP-FAILED",
        "7 table 4",
        "A stop that fails or is not answered leaves the client idle: it is not sent again and again.",
    )
    .noted("The tables are \"to be observed by all implementations\" (section 7)."),
    should(
        "CC-5.7-NEW",
        "5.7",
        "New sessions begin at an alternative server where the first one cannot be reached.",
    ),
    must(
        "CC-5.7-BACKUP",
        "5.7",
        "After a successful answer from the backup server the session goes on with that server.",
    )
    .noted("Worded as a fact, without MUST."),
    must(
        "CC-7-SEND-FAILED",
        "5.7, 7 tables 3 and 4, 8.14",
        "Where a request cannot be delivered and failure handling is TERMINATE, the user's service \
         ends: it is granted for as long as there is a connection.",
    ),
    should(
        "CC-8.4-MOVE",
        "5.7, 8.4, 8.14",
        "Where CC-Session-Failover says FAILOVER_SUPPORTED, a session goes on at the second server \
         after a protocol error or the loss of a connection.",
    )
    .noted("Section 5.7 says MAY, sections 8.4 and 8.14 SHOULD."),
    must(
        "CC-7-FAILED",
        "5.7, 7 tables 3 and 4",
        "An answer with a permanent failure ends the user's service where failure handling is \
         TERMINATE or RETRY_AND_TERMINATE.",
    )
    .noted("The tables are \"to be observed by all implementations\" (section 7)."),
    must(
        "CC-7-FINAL",
        "7 table 4",
        "When final units with action TERMINATE are spent, a termination request is sent, and no \
         update.",
    )
    .noted("The tables are \"to be observed by all implementations\" (section 7)."),
    must(
        "CC-7-DENIED",
        "7 tables 3 and 4, 9.1",
        "DIAMETER_END_USER_SERVICE_DENIED ends the user's service, or refuses it before it began.",
    )
    .noted("The tables are \"to be observed by all implementations\" (section 7)."),
    must(
        "CC-5.1.2-RESULT",
        "5.1.2, 9.1",
        "A Result-Code inside Multiple-Services-Credit-Control is that of the service: one that denies it \
         ends it, though the command was a success.",
    )
    .inferred("The section has the AVP in both places, and section 9.1 defines what it says."),
    must(
        "CC-6.3-DEBIT",
        "6.3",
        "A service event outside of a session is debited by one EVENT_REQUEST with Requested-Action \
         DIRECT_DEBITING.",
    )
    .noted(
        "Worded as a fact, without MUST; that the server debits such events is the vendor's claim (ICS).",
    ),
    must(
        "CC-7-EVENT",
        "6, 7 table 5",
        "The service of a one-time event is granted upon a successful answer, and not where the answer \
         denies it.",
    )
    .noted(
        "The tables are \"to be observed by all implementations\" (section 7). Without an answer it is \
         granted when Tx is over.",
    ),
    must(
        "CC-7-NOT-APPLICABLE",
        "7 tables 3 and 4, 9.1",
        "DIAMETER_CREDIT_CONTROL_NOT_APPLICABLE leaves the user the service, without further credit \
         control.",
    )
    .noted("The tables are \"to be observed by all implementations\" (section 7)."),
    must(
        "CC-8.17-BAD-ANSWER",
        "8.17",
        "A grant in units that the client does not know or support ends the credit-control session, \
         with DIAMETER_BAD_ANSWER as Termination-Cause.",
    ),
    should(
        "CC-8.33-ZERO",
        "5.3, 8.33",
        "A Validity-Time of nothing has run out as soon as it is received: the client asks anew.",
    )
    .inferred("No meaning of its own is given to zero."),
    must(
        "CC-8.33-SECONDS",
        "5.3, 8.33",
        "Validity-Time is given in seconds.",
    )
    .noted(
        "Worded as a definition, without MUST. A client may ask anew well in advance (5.3); one that \
         asks when a thousandth of the time is over has taken it for milliseconds.",
    ),
    must(
        "CC-8.35-UNSUPPORTED",
        "5.6.1, 8.35",
        "A Final-Unit-Action that the client does not support is taken as TERMINATE.",
    ),
    must(
        "CC-7-IDLE",
        "7 table 4",
        "After the termination request the client waits for its answer and becomes idle; no update \
         is sent.",
    )
    .noted(
        "The tables are \"to be observed by all implementations\", and an event they do not list \
         MUST be considered an error condition (section 7).",
    ),
    should(
        "CC-7-REFUSED",
        "7 tables 3 and 4",
        "An answer that denies service or declares credit control not applicable ends the session: \
         the client is idle and sends nothing more for it.",
    )
    .noted(
        "The tables say it without exception; it is weighed as a SHOULD because a request may \
         have been under way when the answer came.",
    ),
    should(
        "CC-7-QUEUE",
        "7 tables 3 and 4",
        "A session that ends while a request waits for its answer is terminated after that answer.",
    )
    .noted(
        "The tables are \"to be observed by all implementations\", without MUST, and the \
         Charging Enabler must be ready for requests out of sequence (sections 5.1.2, 5.7).",
    ),
    should(
        "CC-7-PENDING",
        "7 tables 3 and 4, 5.1.2",
        "While a request waits for its answer, a further update is queued, unless several services \
         are controlled independently.",
    ),
    must(
        "CC-8.2-NUMBER",
        "8.2",
        "CC-Request-Number identifies the request within its session.",
    )
    .noted(
        "Worded as a definition, which calls the number with the Session-Id globally unique. A \
         request that met a protocol error may be sent to another server as it is (section 5.7).",
    ),
    open(
        "CC-8.2-SEQUENCE",
        "8.2",
        "Counting from 0 at the start, by one, is an easy way to unique numbers.",
    ),
    open(
        "CC-8.2-EVENT",
        "8.2",
        "CC-Request-Number should be 0 in an EVENT_REQUEST.",
    ),
    must(
        "CC-8.3-TYPE",
        "8.3",
        "Every CCR has a CC-Request-Type of 1 to 4.",
    ),
    must(
        "CC-8.16-REQUESTED",
        "5.2, 8.16",
        "In the first interrogation each Multiple-Services-Credit-Control holds \
         Requested-Service-Unit.",
    ),
    open(
        "CC-8.16-STOP",
        "8.16",
        "A client that knows that the service has ended leaves Requested-Service-Unit out.",
    )
    .inferred("8.16 gives the end of the service as an example of when it is left out."),
    should(
        "CC-8.19-MEASURED",
        "8.19, 5.3, 5.4",
        "Used units are measured in the session that reports them.",
    )
    .inferred("The RFC sets no limit: what no session can have used was not measured."),
    should(
        "CC-8.41-EVENT",
        "8.41",
        "Requested-Action is sent in a request whose CC-Request-Type is EVENT_REQUEST.",
    )
    .noted("Worded as a definition; no sentence forbids it in others."),
    must(
        "CC-8.42-SYNTAX",
        "8.42",
        "Service-Context-Id has the form service-context@domain.",
    )
    .noted("Worded as the definition of the format, without MUST."),
    should(
        "CC-8.42-CONSTANT",
        "8.42",
        "All requests of a session name the same service-specific document.",
    )
    .inferred(
        "The identifier says which document applies to the request; that it stays the same \
               is not said.",
    ),
    should(
        "CC-8.46-CONSTANT",
        "8.46",
        "All requests of a session name the same subscription.",
    )
    .inferred("One session is one account's; that the identities stay the same is not said."),
    must(
        "CC-8.47-FORM",
        "8.47",
        "Subscription-Id-Data is an identifier of the type that Subscription-Id-Type names.",
    )
    .noted("Worded as a definition, without MUST; an identity under another type is nobody's."),
    must(
        "CC-10.1-FORBIDDEN",
        "10.1",
        "An AVP with a zero in the occurrence table of a command does not stand in it.",
    ),
    should(
        "CC-9.1-LIMIT",
        "9.1",
        "DIAMETER_CREDIT_LIMIT_REACHED denies the service.",
    )
    .inferred("No row of the client's tables speaks of it; the definition of the code does."),
];
