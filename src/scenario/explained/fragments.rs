//! Codes that are about fragments, and files beside one another.

use super::{Example, Explanation};

pub(super) const TABLE: &[Explanation] = &[
    Explanation {
        code: "circular-fragment",
        text: "Fragments use one another in a circle, so that their steps would never end.",
        wrong: Example::Files(&[
            (
                "one.yaml",
                r"ch2spec: 1
fragment: one
steps:
  - two
",
            ),
            (
                "two.yaml",
                r"ch2spec: 1
fragment: two
steps:
  - one
",
            ),
        ]),
        right: Example::Files(&[
            (
                "one.yaml",
                r"ch2spec: 1
fragment: one
steps:
  - two
",
            ),
            (
                "two.yaml",
                r"ch2spec: 1
fragment: two
steps:
  - client sends: SIP BYE
",
            ),
        ]),
    },
    Explanation {
        code: "duplicate-fragment",
        text: "Two fragments of one directory, or of one load, have the same name: a step \
could mean either.",
        wrong: Example::Files(&[
            (
                "one.yaml",
                r"ch2spec: 1
fragment: hang up
steps:
  - client sends: SIP BYE
",
            ),
            (
                "two.yaml",
                r"ch2spec: 1
fragment: hang up
steps:
  - wait: 1 s
",
            ),
        ]),
        right: Example::Files(&[
            (
                "one.yaml",
                r"ch2spec: 1
fragment: hang up
steps:
  - client sends: SIP BYE
",
            ),
            (
                "two.yaml",
                r"ch2spec: 1
fragment: pause
steps:
  - wait: 1 s
",
            ),
        ]),
    },
    Explanation {
        code: "duplicate-id",
        text: "Two scenarios have the same id. Reports and baselines know a scenario by its \
id alone.",
        wrong: Example::Files(&[
            (
                "one.yaml",
                r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
            ),
            (
                "two.yaml",
                r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
            ),
        ]),
        right: Example::Files(&[
            (
                "one.yaml",
                r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
            ),
            (
                "two.yaml",
                r"ch2spec: 1
id: EXAMPLE-002
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
            ),
        ]),
    },
    Explanation {
        code: "missing-parameter",
        text: "A fragment has a parameter without a default, and the step that uses the \
fragment gives no value.",
        wrong: Example::Files(&[
            (
                "pause.yaml",
                r"ch2spec: 1
fragment: pause
parameters: { time: { type: duration } }
steps:
  - wait: $time
",
            ),
            (
                "use.yaml",
                r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - pause
",
            ),
        ]),
        right: Example::Files(&[
            (
                "pause.yaml",
                r"ch2spec: 1
fragment: pause
parameters: { time: { type: duration } }
steps:
  - wait: $time
",
            ),
            (
                "use.yaml",
                r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - pause: { time: 1 s }
",
            ),
        ]),
    },
    Explanation {
        code: "unused-parameter",
        text: "A fragment declares a parameter that none of its steps uses: `$name` stands \
nowhere.",
        wrong: Example::File(
            r"ch2spec: 1
fragment: pause
parameters: { time: { type: duration, default: 1 s } }
steps:
  - wait: 1 s
",
        ),
        right: Example::File(
            r"ch2spec: 1
fragment: pause
parameters: { time: { type: duration, default: 1 s } }
steps:
  - wait: $time
",
        ),
    },
    Explanation {
        code: "reserved-name",
        text: "A fragment is called like a key of the language, so that a step could mean \
either.",
        wrong: Example::File(
            r"ch2spec: 1
fragment: wait
steps:
  - client sends: SIP BYE
",
        ),
        right: Example::File(
            r"ch2spec: 1
fragment: a moment passes
steps:
  - wait: 1 s
",
        ),
    },
];
