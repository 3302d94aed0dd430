//! Codes that are about several sessions in one scenario.

use super::{Example, Explanation};

pub(super) const TABLE: &[Explanation] = &[
    Explanation {
        code: "unknown-session",
        text: "No session is called so. The first one needs no declaration and is what a step \
belongs to that says nothing; further ones stand in `sessions` at the top of the file.",
        wrong: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: Two users begin a session
clause: none
requirements: [CC-5.2-FIRST]
sessions:
  b: { subscriber: other }
flow:
  - session started:
    session: b
  - session started:
    session: c
",
        ),
        right: Example::File(RIGHT),
    },
    Explanation {
        code: "unused-session",
        text: "A session is declared in which nothing happens: a subscriber pair would be kept \
for nothing.",
        wrong: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: A user begins a session
clause: none
requirements: [CC-5.2-FIRST]
sessions:
  b: { subscriber: other }
flow:
  - session started
",
        ),
        right: Example::File(RIGHT),
    },
    Explanation {
        code: "other-session",
        text: "A message is answered, and forwarded, in the session it belongs to. Order across \
sessions is what `after` and `hold until` are for.",
        wrong: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: Two users end their sessions
clause: none
requirements: [SIP-BYE-200]
sessions:
  b: { subscriber: other }
flow:
  - client sends: SIP BYE
    as: bye
  - client receives: SIP 200
    session: b
    for: bye
    requirement: SIP-BYE-200
",
        ),
        right: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: Two users end their sessions
clause: none
requirements: [SIP-BYE-200]
sessions:
  b: { subscriber: other }
flow:
  - client sends: SIP BYE
    session: b
    as: bye
  - client receives: SIP 200
    session: b
    for: bye
    requirement: SIP-BYE-200
",
        ),
    },
];

const RIGHT: &str = r"ch2spec: 1
id: EXAMPLE-001
title: Two users begin a session
clause: none
requirements: [CC-5.2-FIRST]
sessions:
  b: { subscriber: other }
flow:
  - session started
  - session started:
    session: b
";
