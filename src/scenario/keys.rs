//! The keys of the language, as data: what the loader knows, and what a schema or a reference is
//! generated from.

/// A key of a map.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What it says, in one or two sentences.
    pub doc: &'static str,
    /// A value.
    pub example: &'static str,
    /// What holds where the key is left out, if that can be said as a value.
    pub default: Option<&'static str>,
    /// Whether the map is incomplete without it.
    pub required: bool,
    /// What stands behind the colon.
    pub shape: Shape,
}

impl Key {
    /// The same with what holds where it is left out.
    pub(super) const fn or(self, default: &'static str) -> Key {
        Key {
            default: Some(default),
            ..self
        }
    }
}

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Any text.
    Text,
    /// A decimal integer, not below zero.
    Number,
    /// `500 ms`, `2 s`, `1 min`.
    Duration,
    /// A time, an IXIT time (`$ixit.tx-time`), or a sum of such.
    Length,
    /// `yes` or `no` (`true`, `false`).
    Boolean,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or a list of them.
    Words(&'static [&'static str]),
    /// A time, or one of these words.
    DurationOrWord(&'static [&'static str]),
    /// One text, or a list of texts.
    Texts,
    /// A number from 1 on, or two of them: from, to (`[1, 3]`).
    Times,
    /// A message, in the words of the figure.
    Message,
    /// A value or a reference (`$...`).
    Expression,
    /// A value, a reference, `present`, `absent`, `any`, or a map of [`MATCHER`].
    Matcher,
    /// A map from names (of AVPs, headers) to matchers.
    Matchers,
    /// A list of steps ([`STEP`](super::step_keys::STEP)).
    Steps,
    /// A list of lists of steps, or of maps ([`ALTERNATIVE`](super::step_keys::ALTERNATIVE)).
    Alternatives,
    /// A map from names to maps of [`PARAMETER`].
    Parameters,
    /// A map from names to maps of [`SESSION`].
    Sessions,
    /// A map with these keys.
    Map(&'static [Key]),
    /// A map with these keys, or one of these words.
    MapOrWord(&'static [Key], &'static [&'static str]),
    /// A list of maps with these keys, or one such map.
    Maps(&'static [Key]),
}

/// The version of the language that this program speaks.
pub const LANGUAGE_VERSION: u64 = 1;

/// A key that must be there.
pub(super) const fn required(
    name: &'static str,
    shape: Shape,
    example: &'static str,
    doc: &'static str,
) -> Key {
    Key {
        name,
        doc,
        example,
        default: None,
        required: true,
        shape,
    }
}

/// A key that may be there.
pub(super) const fn optional(
    name: &'static str,
    shape: Shape,
    example: &'static str,
    doc: &'static str,
) -> Key {
    Key {
        name,
        doc,
        example,
        default: None,
        required: false,
        shape,
    }
}

const VERSION: Key = required(
    "ch2spec",
    Shape::Number,
    "1",
    "Version of the language the file is written in.",
);

/// What a scenario shows the server.
pub const TYPES: &[&str] = &["valid", "invalid", "inopportune", "timer"];

/// A scenario file.
pub const SCENARIO: &[Key] = &[
    VERSION,
    required(
        "id",
        Shape::Text,
        "IMC-MSG-con-001",
        "Stable name of the scenario.",
    ),
    required(
        "title",
        Shape::Text,
        "The client's BYE stops the charging session",
        "One line.",
    ),
    required(
        "clause",
        Shape::Text,
        "change-request 6.3.3.3",
        "The clause it mirrors.",
    ),
    optional(
        "figure",
        Shape::Text,
        "\"17\"",
        "The figure it mirrors, where it has a number.",
    ),
    optional(
        "type",
        Shape::Word(TYPES),
        "invalid",
        "What the server is shown: right behaviour, wrong behaviour, right behaviour at the wrong \
         moment, or the passing of time.",
    )
    .or("valid"),
    optional(
        "purpose",
        Shape::Text,
        "The server debits a message once, however many chunks it comes in.",
        "What the scenario is for, in a sentence or two.",
    ),
    optional(
        "test purposes",
        Shape::Texts,
        "[C1, C2]",
        "The test purposes that it realises; `ch2spec coverage` lists them.",
    )
    .or("[]"),
    required(
        "requirements",
        Shape::Texts,
        "[MSG-1, MSG-2]",
        "The requirements it tests.",
    ),
    optional(
        "needs",
        Shape::Texts,
        "[session-mode]",
        "ICS items that a server must claim, or the verdict is not applicable.",
    )
    .or("[]"),
    optional(
        "readings",
        Shape::Texts,
        "[R3]",
        "The scenario applies only where the server keeps to one of these; of several questions, to \
         one of each. Otherwise the verdict is not applicable.",
    )
    .or("[]"),
    optional(
        "limit",
        Shape::Duration,
        "30 s",
        "The whole scenario ends by then, whatever the server does. 30 s where it is left out.",
    )
    .or("30 s"),
    optional(
        "exclusive",
        Shape::Boolean,
        "yes",
        "Runs alone, because it disturbs the CH-2 peer connection that scenarios share.",
    )
    .or("no"),
    optional(
        "sessions",
        Shape::Sessions,
        "{ b: { subscriber: other } }",
        "Further IM sessions beside the first, which has no name: each has a client, a far end, a \
         charging session and a ledger of its own. Steps say with `session` which one they belong \
         to.",
    )
    .or("{}"),
    optional(
        "given",
        Shape::Steps,
        "[session started]",
        "What happens before the flow begins.",
    )
    .or("[]"),
    required(
        "flow",
        Shape::Steps,
        "[{ client sends: SIP BYE }]",
        "The figure, line by line.",
    ),
];

/// Who may have a further session.
pub const SUBSCRIBER_OF_SESSION: &[&str] = &["other", "same"];

/// A further session of a scenario.
pub const SESSION: &[Key] = &[required(
    "subscriber",
    Shape::Word(SUBSCRIBER_OF_SESSION),
    "other",
    "Who has it: `same` is the pair of subscribers that has the first session, `other` a pair that \
     no other session of the scenario has. A server with fewer pairs cannot be asked.",
)];

/// A fragment file.
pub const FRAGMENT: &[Key] = &[
    VERSION,
    required(
        "fragment",
        Shape::Text,
        "session started",
        "The words a step uses it by.",
    ),
    optional(
        "parameters",
        Shape::Parameters,
        "{ grant: { type: units, default: 10 } }",
        "What a use may set, each with a type and a default; `$name` stands for it in the steps.",
    )
    .or("{}"),
    required(
        "steps",
        Shape::Steps,
        "[{ client sends: SIP INVITE }]",
        "What it stands for.",
    ),
];

/// The types of a fragment's parameter.
pub const PARAMETER_TYPES: &[&str] = &["text", "number", "units", "duration"];

/// A parameter of a fragment.
pub const PARAMETER: &[Key] = &[
    required(
        "type",
        Shape::Word(PARAMETER_TYPES),
        "units",
        "What may be given.",
    ),
    optional(
        "default",
        Shape::Expression,
        "$ixit.grant",
        "What stands where nothing is given.",
    ),
];

/// A matcher that is a map.
pub const MATCHER: &[Key] = &[
    optional("equals", Shape::Expression, "$client.icid", "This value."),
    optional(
        "tolerance",
        Shape::Number,
        "1",
        "With `equals`: so far from it and no further.",
    ),
    optional(
        "differs from",
        Shape::Expression,
        "$start.CC-Request-Number",
        "Any other value.",
    ),
    optional("one of", Shape::Texts, "[1, 2]", "One of these values."),
    optional(
        "pattern",
        Shape::Text,
        "\"^sip:\"",
        "Text in which the regular expression matches.",
    ),
    optional(
        "greater than",
        Shape::Expression,
        "$start.CC-Request-Number",
        "A greater number.",
    ),
    optional("less than", Shape::Expression, "10", "A smaller number."),
    optional(
        "between",
        Shape::Texts,
        "[1, 10]",
        "A number from here to there, both included.",
    ),
    optional(
        "if present",
        Shape::Matcher,
        "$client.icid",
        "Absent, or what this matcher says.",
    ),
    optional(
        "requirement",
        Shape::Text,
        "CC-8.2-NUMBER",
        "What stands behind this one check.",
    ),
];

/// Units by name, in a Response that grants several kinds at once.
pub const GRANTS: &[Key] = &[
    optional(
        "messages",
        Shape::Expression,
        "2",
        "Messages, in CC-Service-Specific-Units.",
    ),
    optional(
        "octets",
        Shape::Expression,
        "1000",
        "Octets, in CC-Total-Octets.",
    ),
    optional("seconds", Shape::Expression, "60", "Seconds, in CC-Time."),
    optional(
        "money",
        Shape::Map(MONEY),
        "{ amount: 2.50, currency: 978 }",
        "Money, in CC-Money. The ledger does not count it.",
    ),
];

/// Money, in a Response that grants some.
pub const MONEY: &[Key] = &[
    required(
        "amount",
        Shape::Text,
        "2.50",
        "The amount: `2.50` is Value-Digits 250 with Exponent -2.",
    ),
    optional(
        "currency",
        Shape::Number,
        "978",
        "Currency-Code, the number that ISO 4217 gives it.",
    ),
];

/// Words that are matchers.
pub const MATCHER_WORDS: &[&str] = &["present", "absent", "any"];
