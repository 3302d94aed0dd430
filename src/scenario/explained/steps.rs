//! Codes that are about steps, and how they hang together.

use super::{Example, Explanation};

pub(super) const TABLE: &[Explanation] = &[
    Explanation {
        code: "unknown-step",
        text: "The step begins with no action and no fragment that is known. Fragments are \
looked for in `fragments` directories beside and above the file, among the \
files that were named, and in the library.",
        wrong: Example::Steps("- client send: SIP BYE\n"),
        right: Example::Steps("- client sends: SIP BYE\n"),
    },
    Explanation {
        code: "no-action",
        text: "The step has keys, but none of them says what happens.",
        wrong: Example::Steps("- as: bye\n"),
        right: Example::Steps("- client sends: SIP BYE\n"),
    },
    Explanation {
        code: "two-actions",
        text: "One step says two things that happen. Each is a step of its own.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
  wait: 1 s
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
- wait: 1 s
",
        ),
    },
    Explanation {
        code: "unknown-key",
        text: "The language has no such key here.",
        wrong: Example::Steps(
            r"- client sends: MSRP SEND
  bodi: Hello
",
        ),
        right: Example::Steps(
            r"- client sends: MSRP SEND
  body: Hello
",
        ),
    },
    Explanation {
        code: "key-not-here",
        text: "The key exists, but not for a step like this.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
  grant: 10
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (start)
  as: start
  requirement: CC-5.2-FIRST
- enabler sends: Response
  for: start
  grant: 10
",
        ),
    },
    Explanation {
        code: "no-such-message",
        text: "The figure has no such message, or this party does not send or receive it. ACK \
is sent without being asked for.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (end)
  requirement: END-C-2
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
",
        ),
    },
    Explanation {
        code: "unknown-word",
        text: "Only a few words can stand here, and this is none of them.",
        wrong: Example::Steps("- trigger: server hangs up\n"),
        right: Example::Steps("- trigger: server ends session\n"),
    },
    Explanation {
        code: "unknown-parameter",
        text: "The fragment has no such parameter.",
        wrong: Example::Steps("- session started: { grants: 10 }\n"),
        right: Example::Steps("- session started: { grant: 10 }\n"),
    },
    Explanation {
        code: "step-in-argument",
        text: "A fragment is given a reference to a step of the file that uses it. A fragment \
knows its own steps, the ledger, `$ixit` and the parties.",
        wrong: Example::Steps("- session started: { grant: $start.CC-Request-Number }\n"),
        right: Example::Steps("- session started: { grant: $ixit.grant }\n"),
    },
    Explanation {
        code: "unknown-label",
        text: "No step is called so. Inside a fragment only its own steps can be named.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
- client receives: SIP 200
  for: bye
  requirement: SIP-BYE-200
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
- client receives: SIP 200
  for: bye
  requirement: SIP-BYE-200
",
        ),
    },
    Explanation {
        code: "unused-label",
        text: "A step has a label that nothing refers to: a check may have been forgotten, or \
it refers to another step.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
- client receives: SIP 200
  requirement: SIP-BYE-200
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
- client receives: SIP 200
  for: bye
  requirement: SIP-BYE-200
",
        ),
    },
    Explanation {
        code: "duplicate-label",
        text: "Two steps that can be in one flow have the same label. Only steps of which \
`under` leaves one may share it.",
        wrong: Example::Steps(
            r"- client sends: MSRP SEND
  as: hello
- client sends: MSRP SEND
  as: hello
- client receives: MSRP 200
  for: hello
  requirement: MSG-2
",
        ),
        right: Example::Steps(
            r"- client sends: MSRP SEND
  as: hello
- client sends: MSRP SEND
- client receives: MSRP 200
  for: hello
  requirement: MSG-2
",
        ),
    },
    Explanation {
        code: "bad-name",
        text: "The name of a label, an id, a parameter or a header has characters that it \
cannot have, or is taken.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
  as: $bye
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
- client receives: SIP 200
  for: bye
  requirement: SIP-BYE-200
",
        ),
    },
    Explanation {
        code: "self-reference",
        text: "A step waits for itself, or answers itself.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
  after: bye
",
        ),
        right: Example::Steps(
            r"- wait: 1 s
  as: pause
- client sends: SIP BYE
  after: pause
",
        ),
    },
    Explanation {
        code: "wrong-partner",
        text: "`for` names a step whose message cannot be answered by this one: a response \
answers a request of the other direction, of the same party and protocol.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
- client receives: MSRP 200
  for: bye
  requirement: MSG-2
",
        ),
        right: Example::Steps(
            r"- client sends: MSRP SEND
  as: hello
- client receives: MSRP 200
  for: hello
  requirement: MSG-2
",
        ),
    },
    Explanation {
        code: "answers-the-unanswered",
        text: "A step answers a request that is said to be left unanswered.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (start)
  as: start
  requirement: CC-5.2-FIRST
  unanswered: yes
- enabler sends: Response
  for: start
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (start)
  requirement: CC-5.2-FIRST
  unanswered: yes
",
        ),
    },
    Explanation {
        code: "no-answer-told",
        text: "A SIP response is known by Call-ID and CSeq, an MSRP response by the transaction of its \
request. Bytes that have none of that get no answer that could be told from another.",
        wrong: Example::Steps(
            r#"- client sends: SIP bytes
  as: broken
  bytes: "OPTIONS"
- client receives: SIP 400
  for: broken
  requirement: SIP-INVITE-200
"#,
        ),
        right: Example::Steps(
            r#"- client sends: SIP bytes
  bytes: "OPTIONS"
- enabler receives nothing: SessionRequest
  requirement: MSG-6
"#,
        ),
    },
    Explanation {
        code: "silent-party",
        text: "A party that has fallen silent sends nothing any more, and answers nothing.",
        wrong: Example::Steps(
            r"- client does: fall silent
- client sends: SIP BYE
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
- client does: fall silent
",
        ),
    },
    Explanation {
        code: "nothing-to-answer",
        text: "A Response stands where no SessionRequest stands above it.",
        wrong: Example::Steps("- enabler sends: Response\n"),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (start)
  requirement: CC-5.2-FIRST
- enabler sends: Response
",
        ),
    },
    Explanation {
        code: "never-together",
        text: "The step refers to one that no reading has in the same flow. Compare the \
`under` of the two.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (interim)
  under: R2
  as: debit
  requirement: MSG-6
- enabler sends: Response
  under: R4
  for: debit
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (interim)
  under: R2
  as: debit
  requirement: MSG-6
- enabler sends: Response
  under: R2
  for: debit
",
        ),
    },
    Explanation {
        code: "order-circle",
        text: "The order that `after`, `before` and `for` ask for goes in a circle: no server \
can meet it. CH-2 requests, and the requests of one party in one protocol, also keep \
the order of the file, and what the harness begins waits for everything above it.",
        wrong: Example::Steps(
            r"- client receives: SIP BYE
  as: bye
  after: stop
  requirement: END-S-4
- enabler receives: SessionRequest (stop)
  as: stop
  after: bye
  requirement: END-S-5
",
        ),
        right: Example::Steps(
            r"- client receives: SIP BYE
  as: bye
  requirement: END-S-4
- enabler receives: SessionRequest (stop)
  after: bye
  requirement: END-S-5
",
        ),
    },
    Explanation {
        code: "unreachable",
        text: "No server ever comes to this step: its conditions exclude one another, or the \
scenario is over by then.",
        wrong: Example::Steps(
            r"- far end receives: SIP INVITE
  when: standalone
  requirement: PROFILE-FORWARD
",
        ),
        right: Example::Steps(
            r"- far end receives: SIP INVITE
  when: far-end
  requirement: PROFILE-FORWARD
",
        ),
    },
    Explanation {
        code: "beyond-limit",
        text: "A wait, a window of silence or a `within` reaches beyond the time that the \
whole scenario has (`limit`, 30 s where it is left out).",
        wrong: Example::Steps("- wait: 40 s\n"),
        right: Example::Steps("- wait: 4 s\n"),
    },
    Explanation {
        code: "not-exclusive",
        text: "The step disturbs the CH-2 connection, or waits for something that only shows on \
it, and scenarios that run at the same time share it. A scenario that runs alone says so.",
        wrong: Example::File(
            r"ch2spec: 1
id: T-1
title: A disconnection is answered
clause: RFC 6733 5.4
requirements: [RFC6733-6.2-GIVEN]
flow:
  - enabler sends: DPR
  - enabler receives: DPA
    requirement: RFC6733-6.2-GIVEN
",
        ),
        right: Example::File(
            r"ch2spec: 1
id: T-1
title: A disconnection is answered
clause: RFC 6733 5.4
requirements: [RFC6733-6.2-GIVEN]
exclusive: yes
flow:
  - enabler sends: DPR
  - enabler receives: DPA
    requirement: RFC6733-6.2-GIVEN
",
        ),
    },
    Explanation {
        code: "no-requirement",
        text: "The step expects something of the server, but names no requirement: a verdict \
would rest on nothing.",
        wrong: Example::Steps("- client receives: SIP BYE\n"),
        right: Example::Steps(
            r"- client receives: SIP BYE
  requirement: END-S-4
",
        ),
    },
    Explanation {
        code: "unknown-requirement",
        text: "No requirement has this id. `ch2spec explain ID` explains one.",
        wrong: Example::Steps(
            r"- client receives: SIP BYE
  requirement: ENDS-4
",
        ),
        right: Example::Steps(
            r"- client receives: SIP BYE
  requirement: END-S-4
",
        ),
    },
    Explanation {
        code: "unknown-purpose",
        text: "No test purpose has this id. `ch2spec coverage` lists them all.",
        wrong: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
test purposes: [C44]
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
        right: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
test purposes: [C14]
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
    },
    Explanation {
        code: "unknown-reading",
        text: "The readings of the change request are R1 to R5 and S1 to S3.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
  under: R9
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
  under: R2
",
        ),
    },
    Explanation {
        code: "unknown-ics",
        text: "No ICS item, that is nothing a server can claim to implement, has this name.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
  when: farend
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
  when: far-end
",
        ),
    },
];
