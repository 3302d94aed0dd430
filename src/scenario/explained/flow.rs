//! Codes that are about what a flow leaves open.

use super::{Example, Explanation};

pub(super) const TABLE: &[Explanation] = &[
    Explanation {
        code: "ambiguous-step",
        text: "Two steps wait for the same kind of message at the same time, and one of them need \
not have it. A message meets the first step that needs one, so the checks of the wrong step may be \
held against it.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
- enabler receives: SessionRequest (interim)
  optional: yes
  requirement: MSG-6
- enabler receives: SessionRequest (interim)
  requirement: MSG-6
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
- enabler receives: SessionRequest (interim)
  times: [1, 2]
  requirement: MSG-6
",
        ),
    },
    Explanation {
        code: "few-alternatives",
        text: "A choice with less than two alternatives is none.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
- one of:
    - - enabler receives: SessionRequest (stop)
        requirement: END-C-2
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
- one of:
    - - enabler receives: SessionRequest (stop)
        requirement: END-C-2
    - - enabler receives nothing: SessionRequest
        requirement: END-C-2
",
        ),
    },
    Explanation {
        code: "nested-choice",
        text: "An alternative holds a choice of its own. Which of them a message decides could not be \
told any more; write each way through as one alternative.",
        wrong: Example::Steps(
            r"- one of:
    - - client receives: SIP BYE
        requirement: END-S-4
      - one of:
          - - enabler receives: SessionRequest (stop)
              requirement: END-S-5
          - - enabler receives nothing: SessionRequest
              requirement: END-S-5
    - - enabler receives: SessionRequest (event)
        requirement: END-S-5
",
        ),
        right: Example::Steps(
            r"- one of:
    - - client receives: SIP BYE
        requirement: END-S-4
    - - enabler receives: SessionRequest (event)
        requirement: END-S-5
- one of:
    - - enabler receives: SessionRequest (stop)
        requirement: END-S-5
    - - enabler receives nothing: SessionRequest
        requirement: END-S-5
",
        ),
    },
    Explanation {
        code: "alternative-of-ours",
        text: "The server decides which alternative is taken, so each begins with what it does: a \
message that is received, or silence.",
        wrong: Example::Steps(
            r"- one of:
    - - client receives: SIP BYE
        requirement: END-S-4
    - - client sends: SIP BYE
",
        ),
        right: Example::Steps(
            r"- one of:
    - - client receives: SIP BYE
        requirement: END-S-4
    - - client receives nothing: SIP BYE
        requirement: END-S-4
      - client sends: SIP BYE
",
        ),
    },
    Explanation {
        code: "alternative-of-nothing",
        text: "Everything that could choose the alternative is optional. That nothing comes is said \
by `receives nothing`, and shown by listening.",
        wrong: Example::Steps(
            r"- one of:
    - - client receives: SIP BYE
        requirement: END-S-4
    - - enabler receives: SessionRequest (stop)
        optional: yes
        requirement: END-S-5
",
        ),
        right: Example::Steps(
            r"- one of:
    - - client receives: SIP BYE
        requirement: END-S-4
    - - enabler receives nothing: SessionRequest
        requirement: END-S-5
",
        ),
    },
    Explanation {
        code: "unreachable-alternative",
        text: "Every message that could choose the alternative chooses an earlier one. What a message \
is decides (its kind, the request it answers, its status), never what it holds: one alternative with \
`one of` among the values says the same.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
- one of:
    - - enabler receives: SessionRequest (stop)
        used units: 0
        requirement: END-C-2
    - - enabler receives: SessionRequest (stop)
        used units: 1
        requirement: END-C-2
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
- enabler receives: SessionRequest (stop)
  used units: { one of: [0, 1] }
  requirement: END-C-2
",
        ),
    },
    Explanation {
        code: "loose-alternative",
        text: "The alternative is taken by a message of any kind or status, and asks nothing of it. \
What should have been another alternative, or none, hides in it.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
- one of:
    - - client receives: SIP 200
        for: bye
        requirement: SIP-BYE-200
    - - client receives: SIP response
        for: bye
        requirement: SIP-BYE-200
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
- one of:
    - - client receives: SIP 200
        for: bye
        requirement: SIP-BYE-200
    - - client receives: SIP 481
        for: bye
        requirement: SIP-BYE-200
",
        ),
    },
    Explanation {
        code: "across-alternatives",
        text: "A message stands in an alternative and its answer does not, or the other way round. \
Where the alternative is not taken, one would be there without the other. `after`, `before` and \
`$label.Field` may cross: they are left out where the step is.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
- one of:
    - - enabler receives: SessionRequest (stop)
        as: stop
        requirement: END-C-2
    - - enabler receives nothing: SessionRequest
        requirement: END-C-2
- enabler sends: Response
  for: stop
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
- one of:
    - - enabler receives: SessionRequest (stop)
        as: stop
        requirement: END-C-2
      - enabler sends: Response
        for: stop
    - - enabler receives nothing: SessionRequest
        requirement: END-C-2
",
        ),
    },
    Explanation {
        code: "ours-in-any-order",
        text: "`any order` is about what the server does. What the harness begins has its place: \
everything above it has to be settled first.",
        wrong: Example::Steps(
            r"- any order:
    - client sends: SIP BYE
    - enabler receives: SessionRequest (stop)
      requirement: END-C-2
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
- any order:
    - enabler receives: SessionRequest (stop)
      requirement: END-C-2
    - client receives: SIP 200
      for: bye
      requirement: SIP-BYE-200
",
        ),
    },
    Explanation {
        code: "nothing-followed",
        text: "`no sooner than` is counted from what the message follows, and the step follows \
nothing. Name it with `after`, or `for`.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
- enabler receives: SessionRequest (stop)
  no sooner than: 300 ms
  requirement: END-C-2
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
- enabler receives: SessionRequest (stop)
  after: bye
  no sooner than: 300 ms
  requirement: END-C-2
",
        ),
    },
    Explanation {
        code: "never-in-time",
        text: "The message may not come before `no sooner than`, and must have come by `within`, or by \
the end of the scenario: there is no time left for it.",
        wrong: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
- enabler receives: SessionRequest (stop)
  after: bye
  within: 1 s
  no sooner than: 2 s
  requirement: END-C-2
",
        ),
        right: Example::Steps(
            r"- client sends: SIP BYE
  as: bye
- enabler receives: SessionRequest (stop)
  after: bye
  within: 2 s
  no sooner than: 1 s
  requirement: END-C-2
",
        ),
    },
];
