//! Faults that the scenarios beside the figures see: which of them, at which check.

/// A fault, the readings that the server keeps to, the scenario that is to see it, and one of its
/// findings, written as in the table of the figures. What else follows from a fault is not listed.
pub struct Sight {
    pub fault: &'static str,
    pub readings: &'static [&'static str],
    pub scenario: &'static str,
    pub finding: &'static str,
}

const fn sight(fault: &'static str, scenario: &'static str, finding: &'static str) -> Sight {
    Sight {
        fault,
        readings: &[],
        scenario,
        finding,
    }
}

pub const SIGHTS: &[Sight] = &[
    // What a grant is.
    sight(
        "validity-in-milliseconds",
        "IMC-MSG-con-027",
        "IMC-MSG-con-027/enabler receives nothing: SessionRequest [CC-8.33-SECONDS]",
    ),
    Sight {
        readings: &["R3"],
        ..sight(
            "grants-add-up",
            "IMC-QUO-con-013",
            "IMC-QUO-con-013/interim [CC-5.3-UPDATE]",
        )
    },
    // Answers that are not as they should be.
    sight(
        "takes-unknown-mandatory",
        "IMC-ROB-con-001",
        "IMC-ROB-con-001/bye [RFC6733-4.1-MANDATORY]",
    ),
    sight(
        "refuses-spare-avps",
        "IMC-ROB-con-002",
        "IMC-ROB-con-002/client receives nothing: SIP BYE [RFC6733-4.1-OPTIONAL]",
    ),
    sight(
        "refuses-spare-avps",
        "IMC-ROB-con-009",
        "warning: IMC-ROB-con-009/client receives nothing: SIP BYE [RFC6733-7.1-SUCCESS]",
    ),
    sight(
        "takes-other-number",
        "IMC-ROB-con-003",
        "warning: IMC-ROB-con-003/bye [RFC6733-7-ANSWER]",
    ),
    sight(
        "takes-other-number",
        "IMC-ROB-con-004",
        "warning: IMC-ROB-con-004/bye [RFC6733-7-ANSWER]",
    ),
    sight(
        "takes-other-number",
        "IMC-ROB-con-012",
        "warning: IMC-ROB-con-012/bye [RFC6733-7-ANSWER]",
    ),
    sight(
        "takes-other-session",
        "IMC-ROB-con-005",
        "warning: IMC-ROB-con-005/bye [RFC6733-7-ANSWER]",
    ),
    sight(
        "takes-broken-answer",
        "IMC-ROB-con-006",
        "warning: IMC-ROB-con-006/bye [RFC6733-7-ANSWER]",
    ),
    sight(
        "takes-broken-answer",
        "IMC-ROB-con-007",
        "IMC-ROB-con-007/bye [RFC6733-4.1-REJECT]",
    ),
    sight(
        "takes-broken-answer",
        "IMC-ROB-con-008",
        "warning: IMC-ROB-con-008/bye [RFC6733-7-ANSWER]",
    ),
    sight(
        "dies-of-broken-answer",
        "IMC-ROB-con-007",
        "IMC-ROB-con-007/b: debit [MSG-6]",
    ),
    Sight {
        readings: &["R3"],
        ..sight(
            "takes-zero-for-unlimited",
            "IMC-ROB-con-010",
            "IMC-ROB-con-010/held [CC-5.3-HOLD]",
        )
    },
    sight(
        "ignores-validity-time",
        "IMC-ROB-con-011",
        "warning: IMC-ROB-con-011/renewal [CC-8.33-ZERO]",
    ),
    // Several sessions, and one that changes.
    sight(
        "stop-on-reinvite",
        "IMC-CON-con-003",
        "IMC-CON-con-003/stop [END-C-2]",
    ),
    sight(
        "stop-on-lost-connection",
        "IMC-CON-con-103",
        "IMC-CON-con-103/stop [END-C-2]",
    ),
    sight(
        "ignores-validity-time",
        "IMC-CON-con-007",
        "IMC-CON-con-007/second renewal [CC-5.1-VALIDITY]",
    ),
    // Faults of the client.
    sight(
        "no-session-timer",
        "IMC-CLI-con-001",
        "IMC-CLI-con-001/bye [END-S-4]",
    ),
    sight(
        "stop-on-lost-connection",
        "IMC-CLI-con-002",
        "IMC-CLI-con-002/bye [END-S-4]",
    ),
    sight(
        "malformed-charged",
        "IMC-CLI-con-003",
        "IMC-CLI-con-003/debit/used units [MSG-6-USED]",
    ),
    sight(
        "misdirected-charged",
        "IMC-CLI-con-006",
        "IMC-CLI-con-006/usage [MSG-6-USED]",
    ),
    // Flows beside the session.
    sight(
        "no-page-debit",
        "IMC-SIB-con-001",
        "IMC-SIB-con-001/debit [CC-6.3-DEBIT]",
    ),
    sight(
        "no-requested-action",
        "IMC-SIB-con-001",
        "IMC-SIB-con-001/debit/Requested-Action [CC-6.3-DEBIT]",
    ),
    sight(
        "page-before-debit",
        "IMC-SIB-con-101",
        "IMC-SIB-con-101/far end receives nothing: SIP MESSAGE [CC-7-EVENT]",
    ),
    sight(
        "chunks-charged",
        "IMC-SIB-con-005",
        "IMC-SIB-con-005/usage [MSG-6-USED]",
    ),
    // Connections. Failures and timers stand in tests/failure.rs.
    sight(
        "never-reconnects",
        "IMC-FAI-con-015",
        "warning: IMC-FAI-con-015/enabler receives: CER [RFC6733-2.1-RECONNECT]",
    ),
];
