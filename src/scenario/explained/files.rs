//! Codes that are about files and YAML itself.

use super::{Example, Explanation};

pub(super) const TABLE: &[Explanation] = &[
    Explanation {
        code: "alias",
        text: "Anchors (`&`) and aliases (`*`) are not part of the language: a file without \
them cannot blow up, and reads the same everywhere. Repeat the value, or write \
a fragment.",
        wrong: Example::Steps(
            r"- &pause wait: 1 s
- *pause
",
        ),
        right: Example::Steps(
            r"- wait: 1 s
- wait: 1 s
",
        ),
    },
    Explanation {
        code: "tag",
        text: "YAML tags (`!name`) are not part of the language. Text that begins with `!` \
goes into quotes.",
        wrong: Example::Steps(
            r"- client sends: MSRP SEND
  body: !Hello there
",
        ),
        right: Example::Steps(
            r#"- client sends: MSRP SEND
  body: "!Hello there"
"#,
        ),
    },
    Explanation {
        code: "tab",
        text: "YAML does not allow tabs in the indentation. Indent with spaces.",
        wrong: Example::Steps("- client sends: MSRP SEND\n\tbody: Hello\n"),
        right: Example::Steps(
            r"- client sends: MSRP SEND
  body: Hello
",
        ),
    },
    Explanation {
        code: "yaml-syntax",
        text: "The text is no YAML. The message names what the parser stumbled over; the \
mistake often stands a line above.",
        wrong: Example::Steps("- client sends: { SIP BYE\n"),
        right: Example::Steps("- client sends: SIP BYE\n"),
    },
    Explanation {
        code: "several-documents",
        text: "One file holds one scenario or fragment: `---` cannot begin a second one.",
        wrong: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
---
ch2spec: 1
id: EXAMPLE-002
title: An example
clause: none
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
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
    },
    Explanation {
        code: "empty-file",
        text: "The file holds nothing but comments. `ch2spec new` writes one to begin with.",
        wrong: Example::File("# to be written\n"),
        right: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
    },
    Explanation {
        code: "duplicate-key",
        text: "One map has the same key twice. Readers of YAML differ in which of the two \
counts, so neither does.",
        wrong: Example::Steps(
            r"- client sends: MSRP SEND
  body: Hello
  body: Hello again
",
        ),
        right: Example::Steps(
            r"- client sends: MSRP SEND
  body: Hello
- client sends: MSRP SEND
  body: Hello again
",
        ),
    },
    Explanation {
        code: "key-not-text",
        text: "A key must be text; YAML also allows lists and maps there.",
        wrong: Example::Steps("- [client, sends]: SIP BYE\n"),
        right: Example::Steps("- client sends: SIP BYE\n"),
    },
    Explanation {
        code: "missing-key",
        text: "A key is missing without which the file makes no sense. The help says what it \
is for.",
        wrong: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
clause: none
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
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
    },
    Explanation {
        code: "unsupported-version",
        text: "The file says that it is written in another version of the language than this \
program reads. Nothing else of it is looked at.",
        wrong: Example::File(
            r"ch2spec: 2
id: EXAMPLE-001
",
        ),
        right: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
    },
    Explanation {
        code: "empty-flow",
        text: "A scenario without steps tests nothing, and neither does a fragment.",
        wrong: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow: []
",
        ),
        right: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
    },
    Explanation {
        code: "condition",
        text: "The step needs something that not every server has: a far end, or a way to be \
told to end the session. On the others the scenario would fail for nothing. \
Say `when` at the step, or `needs` at the top.",
        wrong: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - far end receives: SIP INVITE
    requirement: PROFILE-FORWARD
",
        ),
        right: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - far end receives: SIP INVITE
    when: far-end
    requirement: PROFILE-FORWARD
",
        ),
    },
    Explanation {
        code: "file-too-large",
        text: "A file is at most 1 MiB. Cut it into several scenarios; steps that repeat \
belong into a fragment.",
        wrong: Example::Words("a file of 2 MiB"),
        right: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
    },
    Explanation {
        code: "not-utf-8",
        text: "The file holds bytes that are no UTF-8 text. Save it as UTF-8; exact bytes are \
written as escapes in double quotes.",
        wrong: Example::Words("a file that holds the byte FF"),
        right: Example::Steps(
            r#"- client sends: MSRP SEND
  body: "caf\u00e9"
"#,
        ),
    },
    Explanation {
        code: "control-character",
        text: "The file holds a control character, which no reader would see. Write it as an \
escape in double quotes.",
        wrong: Example::Words("a file that holds the character U+0007"),
        right: Example::Steps(
            r#"- client sends: MSRP SEND
  body: "ring \x07"
"#,
        ),
    },
    Explanation {
        code: "too-deep",
        text: "Maps and lists, groups of AVPs, or directories stand too deep inside one \
another.",
        wrong: Example::Words("33 lists inside one another"),
        right: Example::Steps("- wait: 1 s\n"),
    },
    Explanation {
        code: "too-many-values",
        text: "A file is made of more than 50000 values.",
        wrong: Example::Words("a list of 50001 items"),
        right: Example::Steps("- wait: 1 s\n"),
    },
    Explanation {
        code: "value-too-long",
        text: "One value is longer than 256 KiB.",
        wrong: Example::Words("a body of 300 KiB"),
        right: Example::Steps(
            r"- client sends: MSRP SEND
  body: Hello
",
        ),
    },
    Explanation {
        code: "too-many-problems",
        text: "The file has more than 100 problems, or all files together more than 20000; the \
rest is not shown. Most of them often have one cause.",
        wrong: Example::Words("a file with 101 unknown keys"),
        right: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
    },
    Explanation {
        code: "too-many-steps",
        text: "With its fragments put in place a scenario has more than 500 steps, or \
fragments come to more than 200000 values.",
        wrong: Example::Words("a flow of 501 steps"),
        right: Example::Steps("- wait: 1 s\n"),
    },
    Explanation {
        code: "load-too-large",
        text: "One load takes at most 64 MiB of text, 1000000 values, 100000 steps with all \
fragments in place, 1000000 values in what is used again, and 64 MiB of files that bodies are read \
from. What is behind the place was not looked at.",
        wrong: Example::Words("a directory of files of 1000001 values in all"),
        right: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
    },
    Explanation {
        code: "too-many-files",
        text: "One load takes at most 10000 files. Where there are more, none is looked at.",
        wrong: Example::Words("a directory of 10001 files"),
        right: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
    },
    Explanation {
        code: "no-files",
        text: "The directory holds no `.yaml` or `.yml` file. Files and directories whose \
names begin with a dot are passed over.",
        wrong: Example::Words("an empty directory"),
        right: Example::Files(&[(
            "one.yaml",
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        )]),
    },
    Explanation {
        code: "unreadable",
        text: "The file or directory cannot be read; the message says why.",
        wrong: Example::Words("the name of a file that does not exist"),
        right: Example::File(
            r"ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
flow:
  - client sends: SIP BYE
",
        ),
    },
];
