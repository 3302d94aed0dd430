//! Codes that are about values, references and matchers.

use super::{Example, Explanation};

pub(super) const TABLE: &[Explanation] = &[
    Explanation {
        code: "wrong-kind",
        text: "Something else is wanted here: text, a list, a map, or a value that is no \
reference.",
        wrong: Example::Steps("- client sends: [SIP, BYE]\n"),
        right: Example::Steps("- client sends: SIP BYE\n"),
    },
    Explanation {
        code: "no-dollar",
        text: "Text that would be a reference with `$` in front of it. Without one it is compared \
as it is written, and a right server fails.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (start)
  as: start
  requirement: CC-5.2-FIRST
- enabler receives: SessionRequest (interim)
  avps: { Session-Id: start.Session-Id }
  after: start
  requirement: MSG-6
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (start)
  as: start
  requirement: CC-5.2-FIRST
- enabler receives: SessionRequest (interim)
  avps: { Session-Id: $start.Session-Id }
  after: start
  requirement: MSG-6
",
        ),
    },
    Explanation {
        code: "out-of-its-group",
        text: "The AVP is one of those that a SessionRequest has inside a group, and it is asked \
for outside of any: every server fails that. A path names the group first.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  avps: { CC-Service-Specific-Units: 1 }
  requirement: END-C-2
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  avps: { Used-Service-Unit / CC-Service-Specific-Units: 1 }
  requirement: END-C-2
",
        ),
    },
    Explanation {
        code: "not-a-number",
        text: "A plain decimal number is wanted here, without sign, unit, quotes or leading \
zeros.",
        wrong: Example::Steps(
            r"- client sends: MSRP SEND
  body: Hello
  chunk size: 2k
",
        ),
        right: Example::Steps(
            r"- client sends: MSRP SEND
  body: Hello
  chunk size: 2048
",
        ),
    },
    Explanation {
        code: "not-a-time",
        text: "A time is a number and `ms`, `s` or `min`.",
        wrong: Example::Steps("- wait: 3\n"),
        right: Example::Steps("- wait: 3 s\n"),
    },
    Explanation {
        code: "out-of-range",
        text: "The number or the time is too small or too large for what it says.",
        wrong: Example::Steps(
            r"- client sends: MSRP SEND
  body: Hello
  chunk size: 0
",
        ),
        right: Example::Steps(
            r"- client sends: MSRP SEND
  body: Hello
  chunk size: 1
",
        ),
    },
    Explanation {
        code: "ambiguous-text",
        text: "Text without quotes that other readers of YAML take for a number, for yes or \
no, or for nothing: a leading zero or plus sign gets lost on the way through \
an editor or a script. Here it is text as written. Quotes make that plain.",
        wrong: Example::Steps(
            r"- client sends: MSRP SEND
  body: +358401234567
",
        ),
        right: Example::Steps(
            r#"- client sends: MSRP SEND
  body: "+358401234567"
"#,
        ),
    },
    Explanation {
        code: "value-type",
        text: "The value does not fit what it is held against: text for a number, a number \
for text, or a group.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { CC-Request-Number: first }
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { CC-Request-Number: 1 }
",
        ),
    },
    Explanation {
        code: "unknown-avp",
        text: "The dictionary has no AVP of this name.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { CC-Request-Numbr: 1 }
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { CC-Request-Number: 1 }
",
        ),
    },
    Explanation {
        code: "not-a-group",
        text: "A path of AVPs leads through one that holds a value, and no other AVPs.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { CC-Request-Type / Rating-Group: 1 }
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { Multiple-Services-Credit-Control / Rating-Group: 1 }
",
        ),
    },
    Explanation {
        code: "unknown-reference",
        text: "Nothing is known under the name behind `$`. Text that begins with `$` is \
written with two of them.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { Session-Id: $client.icd }
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { Session-Id: { differs from: $client.icid } }
",
        ),
    },
    Explanation {
        code: "capture-later",
        text: "A value is taken from the message of a step that stands below, or of the step \
itself: it is not known yet.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (start)
  avps: { Session-Id: $stop.Session-Id }
  requirement: CC-5.2-FIRST
- enabler receives: SessionRequest (stop)
  as: stop
  requirement: END-C-2
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (start)
  as: start
  requirement: CC-5.2-FIRST
- enabler receives: SessionRequest (stop)
  avps: { Session-Id: $start.Session-Id }
  requirement: END-C-2
",
        ),
    },
    Explanation {
        code: "no-message",
        text: "A value is taken from a step that has no message: a wait, a trigger, or one \
that receives nothing.",
        wrong: Example::Steps(
            r"- wait: 1 s
  as: pause
- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { Session-Id: $pause.Session-Id }
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (start)
  as: start
  requirement: CC-5.2-FIRST
- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { Session-Id: $start.Session-Id }
",
        ),
    },
    Explanation {
        code: "unknown-result",
        text: "No Result-Code has this name. Any number from 1000 to 9999 may be written as \
well.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
- enabler sends: Response
  result: DIAMETER_SUCESS
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
- enabler sends: Response
  result: DIAMETER_SUCCESS
",
        ),
    },
    Explanation {
        code: "two-bodies",
        text: "A message has one body: `body`, `body hex` or `body file`.",
        wrong: Example::Steps("- client sends: MSRP SEND\n  body: Hello\n  body hex: \"00\"\n"),
        right: Example::Steps("- client sends: MSRP SEND\n  body hex: \"00\"\n"),
    },
    Explanation {
        code: "no-such-file",
        text: "A body is read from a directory called `fixtures`, beside the file that names it or \
above it, and there is no such file in any.",
        wrong: Example::Steps("- client sends: MSRP SEND\n  body file: nowhere-to-be-found.txt\n"),
        right: Example::Steps("- client sends: MSRP SEND\n  body: Hello\n"),
    },
    Explanation {
        code: "outside-fixtures",
        text: "A scenario reads files in directories called `fixtures` and no others: not by `..`, \
not by a path from the root, and not by a link.",
        wrong: Example::Steps("- client sends: MSRP SEND\n  body file: ../secret.txt\n"),
        right: Example::Steps("- client sends: MSRP SEND\n  body: Hello\n"),
    },
    Explanation {
        code: "empty-map",
        text: "A map without entries asks for nothing.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: {}
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { CC-Request-Number: present }
",
        ),
    },
    Explanation {
        code: "bad-matcher",
        text: "The matcher says nothing, several things at once, or something that cannot be \
asked of such a value.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { Session-Id: { greater than: 3 } }
",
        ),
        right: Example::Steps(
            r#"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { Session-Id: { pattern: "^im" } }
"#,
        ),
    },
    Explanation {
        code: "bad-pattern",
        text: "The text behind `pattern` is no regular expression.",
        wrong: Example::Steps(
            r#"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { Session-Id: { pattern: "(" } }
"#,
        ),
        right: Example::Steps(
            r#"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { Session-Id: { pattern: "[(]" } }
"#,
        ),
    },
    Explanation {
        code: "matches-everything",
        text: "Every value meets the matcher, so that it asks for nothing. Write `present` if \
the value must be there, `any` if it is only to be shown in the report.",
        wrong: Example::Steps(
            r#"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { Session-Id: { pattern: ".*" } }
"#,
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { Session-Id: present }
",
        ),
    },
    Explanation {
        code: "matches-nothing",
        text: "No value that the AVP can hold meets the matcher, so that every server fails.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { CC-Request-Number: { less than: 0 } }
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { CC-Request-Number: { less than: 10 } }
",
        ),
    },
    Explanation {
        code: "same-choice",
        text: "`one of` names a value twice. Perhaps another was meant.",
        wrong: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { CC-Request-Number: { one of: [1, 2, 1] } }
",
        ),
        right: Example::Steps(
            r"- enabler receives: SessionRequest (stop)
  requirement: END-C-2
  avps: { CC-Request-Number: { one of: [1, 2] } }
",
        ),
    },
];
