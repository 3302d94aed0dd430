//! The keys of a step, as data, and the steps that may have them.

use super::keys::{GRANTS, Key, Shape, optional, required};
use super::reply::Wrong;

use StepKind as K;

/// What kind of thing a step is; decides which keys it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// `sends: SIP INVITE`
    SendSipRequest,
    /// `sends: SIP 200`
    SendSipResponse,
    /// `sends: MSRP SEND`
    SendMsrp,
    /// `sends: MSRP REPORT`
    SendReport,
    /// `sends: MSRP 200`
    SendMsrpResponse,
    /// `enabler sends: Response`
    SendResponse,
    /// `enabler sends: RAR`
    SendPeerRequest,
    /// `receives: SIP BYE`
    ReceiveSipRequest,
    /// `receives: SIP 200`
    ReceiveSipResponse,
    /// `receives: MSRP SEND`
    ReceiveMsrp,
    /// `receives: MSRP REPORT`
    ReceiveReport,
    /// `receives: MSRP 200`
    ReceiveMsrpResponse,
    /// `enabler receives: SessionRequest`
    ReceiveSessionRequest,
    /// `enabler receives: DWR`
    ReceivePeerRequest,
    /// `enabler receives: RAA`
    ReceivePeerAnswer,
    /// `receives nothing: ...`
    Nothing,
    /// `does: ...`
    Do,
    /// `trigger: ...`
    Trigger,
    /// `wait: ...`
    Wait,
    /// `sends again: ...`
    SendAgain,
    /// `sends: SIP bytes`
    SendBytes,
    /// The name of a fragment.
    Fragment,
    /// `any order: ...` and `one of: ...`
    Block,
    /// `repeat: ...`
    Repeat,
}

impl StepKind {
    /// Whether the harness sends a message of the step's own making.
    pub(super) fn sends(self) -> bool {
        SENDS.contains(&self)
    }
}

/// What the client and the far end can do besides sending.
const DEEDS: &[&str] = &["close MSRP connection", "connect MSRP again", "fall silent"];
/// What a Charging Enabler can do besides sending.
const ENABLER_DEEDS: &[&str] = &[
    "close connection",
    "reset connection",
    "stop listening",
    "listen again",
];

/// A key that says what a step is.
pub const ACTION: &[Key] = &[
    optional(
        "client sends",
        Shape::Message,
        "SIP BYE",
        "The IM Client sends.",
    ),
    optional(
        "client receives",
        Shape::Message,
        "MSRP 200",
        "The IM Client receives.",
    ),
    optional(
        "client receives nothing",
        Shape::Message,
        "SIP BYE",
        "Silence towards the IM Client, for a quiet window.",
    ),
    optional(
        "far end sends",
        Shape::Message,
        "SIP 200",
        "The other party sends.",
    ),
    optional(
        "far end receives",
        Shape::Message,
        "MSRP SEND",
        "The other party receives.",
    ),
    optional(
        "far end receives nothing",
        Shape::Message,
        "MSRP SEND",
        "Silence towards the other party, for a quiet window.",
    ),
    optional(
        "enabler sends",
        Shape::Message,
        "Response",
        "The Charging Enabler sends.",
    ),
    optional(
        "enabler receives",
        Shape::Message,
        "SessionRequest (stop)",
        "The Charging Enabler receives.",
    ),
    optional(
        "enabler receives nothing",
        Shape::Message,
        "SessionRequest",
        "Silence on CH-2, for a quiet window.",
    ),
    optional(
        "client sends again",
        Shape::Text,
        "bye",
        "The IM Client sends what an earlier step sent once more, byte by byte.",
    ),
    optional(
        "far end sends again",
        Shape::Text,
        "bye",
        "The other party sends what an earlier step sent once more, byte by byte.",
    ),
    optional(
        "client does",
        Shape::Word(DEEDS),
        "fall silent",
        "Something that the IM Client does and that is no message. Who falls silent answers \
         nothing any more.",
    ),
    optional(
        "far end does",
        Shape::Word(DEEDS),
        "close MSRP connection",
        "Something that the other party does and that is no message.",
    ),
    optional(
        "enabler does",
        Shape::Word(ENABLER_DEEDS),
        "close connection",
        "Something that the Charging Enabler does to the server's connections; the scenario runs \
         alone (`exclusive: yes`).",
    ),
    optional(
        "second enabler sends",
        Shape::Message,
        "Response",
        "The second Charging Enabler sends.",
    ),
    optional(
        "second enabler receives",
        Shape::Message,
        "SessionRequest (interim)",
        "The second Charging Enabler receives, which a server turns to where the first one fails.",
    ),
    optional(
        "second enabler receives nothing",
        Shape::Message,
        "SessionRequest",
        "Silence at the second Charging Enabler, for a quiet window.",
    ),
    optional(
        "second enabler does",
        Shape::Word(ENABLER_DEEDS),
        "stop listening",
        "Something that the second Charging Enabler does.",
    ),
    optional(
        "trigger",
        Shape::Word(&["server ends session"]),
        "server ends session",
        "Something the server is made to do by other means; `sut.yaml` says how.",
    ),
    optional("wait", Shape::Length, "500 ms", "Time passes."),
    optional(
        "any order",
        Shape::Steps,
        "[{ client receives: SIP 200 }, { enabler receives: SessionRequest (stop) }]",
        "What the server does in any order. What stands below waits for all of it.",
    ),
    optional(
        "one of",
        Shape::Alternatives,
        "[[{ enabler receives: SessionRequest (stop) }], [{ enabler receives nothing: SessionRequest }]]",
        "Alternatives, each a list of steps, or a map with `when seen` and `steps`. The first of \
         which a message comes is taken; one that begins with `receives nothing` is taken where \
         nothing comes.",
    ),
    optional(
        "repeat",
        Shape::Number,
        "3",
        "The same `steps` so many times. A label is known outside as `name`, `name#2`, and so on.",
    ),
];

/// The actions of [`ACTION`] that hold steps of their own.
pub(super) const BLOCKS: &[&str] = &["any order", "one of", "repeat"];

/// An alternative of `one of` that is a map.
pub const ALTERNATIVE: &[Key] = &[
    optional(
        "when seen",
        Shape::Text,
        "a stop",
        "What the report calls it.",
    ),
    required(
        "steps",
        Shape::Steps,
        "[{ client receives: SIP BYE }]",
        "What happens then.",
    ),
];

/// The most rounds of `repeat:`.
pub(super) const MAX_ROUNDS: u64 = 100;

/// The most messages that `times:` may ask for.
pub(super) const MAX_TIMES: u64 = 1000;

/// A further key of a step, and the steps that may have it.
#[derive(Debug, PartialEq, Eq)]
pub struct StepKey {
    /// The key.
    pub key: Key,
    /// Where it may stand; empty: in every step but the use of a fragment.
    pub on: &'static [StepKind],
    /// The same in words.
    pub belongs: &'static str,
}

const fn on(key: Key, on: &'static [StepKind], belongs: &'static str) -> StepKey {
    StepKey { key, on, belongs }
}

const RESPONSE: &str = "`enabler sends: Response`";
const OURS: &str = "a message that the Charging Enabler sends";
const CH2_SENDS: &[K] = &[K::SendResponse, K::SendPeerRequest];
const BYTES: &str = "bytes that are sent";
const EVERY: &str = "any step that is not a fragment";
const SENDS: &[K] = &[
    K::SendSipRequest,
    K::SendSipResponse,
    K::SendMsrp,
    K::SendReport,
    K::SendMsrpResponse,
    K::SendResponse,
    K::SendPeerRequest,
];
const RECEIVES: &[K] = &[
    K::ReceiveSipRequest,
    K::ReceiveSipResponse,
    K::ReceiveMsrp,
    K::ReceiveReport,
    K::ReceiveMsrpResponse,
    K::ReceiveSessionRequest,
    K::ReceivePeerRequest,
    K::ReceivePeerAnswer,
];
const ANY: &[K] = &[
    K::SendSipRequest,
    K::SendSipResponse,
    K::SendMsrp,
    K::SendReport,
    K::SendMsrpResponse,
    K::SendResponse,
    K::SendPeerRequest,
    K::ReceiveSipRequest,
    K::ReceiveSipResponse,
    K::ReceiveMsrp,
    K::ReceiveReport,
    K::ReceiveMsrpResponse,
    K::ReceiveSessionRequest,
    K::ReceivePeerRequest,
    K::ReceivePeerAnswer,
    K::Nothing,
    K::Do,
    K::Trigger,
    K::Wait,
    K::SendAgain,
    K::SendBytes,
    K::Fragment,
    K::Block,
    K::Repeat,
];

/// Everything a step may say besides what it is.
pub const STEP: &[StepKey] = &[
    on(
        optional(
            "steps",
            Shape::Steps,
            "[message exchanged]",
            "What is done again and again.",
        ),
        &[K::Repeat],
        "`repeat`",
    ),
    on(
        optional(
            "as",
            Shape::Text,
            "hello",
            "A label, for other steps to refer to this one.",
        ),
        &[],
        EVERY,
    ),
    on(
        optional(
            "for",
            Shape::Expression,
            "hello",
            "The label of the message that this one answers, forwards or reports on. In `receives \
             nothing`: how long silence must last.",
        ),
        &[
            K::SendSipResponse,
            K::SendMsrpResponse,
            K::SendReport,
            K::SendResponse,
            K::ReceiveSipResponse,
            K::ReceiveMsrpResponse,
            K::ReceiveMsrp,
            K::ReceiveReport,
            K::ReceivePeerAnswer,
            K::Nothing,
        ],
        "answers, `MSRP REPORT`, a forwarded `MSRP SEND` and `receives nothing`",
    ),
    on(
        optional(
            "after",
            Shape::Texts,
            "[hello]",
            "Labels of what must have happened before.",
        )
        .or("[]"),
        &[],
        EVERY,
    ),
    on(
        optional(
            "before",
            Shape::Texts,
            "[stop]",
            "Labels of what must not have happened yet: the mirror of `after`.",
        )
        .or("[]"),
        &[],
        EVERY,
    ),
    on(
        optional(
            "hold until",
            Shape::Text,
            "stop",
            "This message of ours waits until that step has happened, within bounds.",
        ),
        SENDS,
        "a step in which the harness sends",
    ),
    on(
        optional(
            "within",
            Shape::Length,
            "2 s",
            "How long the step is waited for. With a requirement, a message that comes later than \
             this after what the step follows (`after`, `for`) breaks it.",
        ),
        &[],
        EVERY,
    ),
    on(
        optional(
            "no sooner than",
            Shape::Length,
            "300 ms",
            "The message must not come earlier than this after what the step follows (`after`, `for`).",
        ),
        RECEIVES,
        "a step in which a message is received",
    ),
    on(
        optional(
            "optional",
            Shape::Boolean,
            "yes",
            "The message may come or not. Where it comes, it must hold what the step says.",
        )
        .or("no"),
        RECEIVES,
        "a step in which a message is received",
    ),
    on(
        optional(
            "times",
            Shape::Times,
            "[1, 3]",
            "How many such messages come: so many, or from so many to so many. Each must hold what \
             the step says; `$label.Field` is of the last one.",
        )
        .or("1"),
        RECEIVES,
        "a step in which a message is received",
    ),
    on(
        optional(
            "session",
            Shape::Text,
            "b",
            "The session that the step, or every step of the fragment, belongs to; declared in \
             `sessions`. A fragment's own steps cannot say it.",
        )
        .or("first"),
        ANY,
        "any step",
    ),
    on(
        optional(
            "under",
            Shape::Texts,
            "[R2, R4]",
            "The readings that the step belongs to.",
        )
        .or("[]"),
        ANY,
        "any step",
    ),
    on(
        optional(
            "when",
            Shape::Texts,
            "far-end",
            "ICS items without which it is left out.",
        )
        .or("[]"),
        ANY,
        "any step",
    ),
    on(
        optional(
            "requirement",
            Shape::Texts,
            "MSG-6",
            "What stands behind the step.",
        ),
        &[],
        EVERY,
    ),
    on(
        optional(
            "requirements",
            Shape::Texts,
            "[MSG-6, MSG-6-USED]",
            "The same as `requirement`, for several.",
        ),
        &[],
        EVERY,
    ),
    on(
        optional(
            "avps",
            Shape::Matchers,
            "{ CC-Request-Number: 1 }",
            "What AVPs must hold. In a message of the Charging Enabler: what they do hold, put in \
             the place of what stands there, or added.",
        ),
        &[
            K::ReceiveSessionRequest,
            K::ReceivePeerRequest,
            K::ReceivePeerAnswer,
            K::SendResponse,
            K::SendPeerRequest,
        ],
        "a message of the Charging Enabler",
    ),
    on(
        optional(
            "used units",
            Shape::Matcher,
            "$unreported",
            "What Used-Service-Unit must hold, wherever and in whatever unit the binding has it.",
        ),
        &[K::ReceiveSessionRequest],
        "`enabler receives: SessionRequest`",
    ),
    on(
        optional(
            "requested units",
            Shape::Matcher,
            "present",
            "What Requested-Service-Unit must hold.",
        ),
        &[K::ReceiveSessionRequest],
        "`enabler receives: SessionRequest`",
    ),
    on(
        optional(
            "headers",
            Shape::Matchers,
            "{ Reason: present }",
            "What headers must hold. In a message that is sent: what they do hold, put in the \
             place of what stands there, or added; `absent` leaves one out.",
        ),
        &[
            K::SendSipRequest,
            K::SendSipResponse,
            K::SendMsrp,
            K::SendReport,
            K::SendMsrpResponse,
            K::ReceiveSipRequest,
            K::ReceiveSipResponse,
            K::ReceiveMsrp,
            K::ReceiveReport,
            K::ReceiveMsrpResponse,
        ],
        "a SIP or MSRP message",
    ),
    on(
        optional(
            "body",
            Shape::Matcher,
            "Hello",
            "The body of the message: what is sent (`none` for a SEND without one), or what a \
             received one must hold.",
        ),
        &[
            K::SendMsrp,
            K::SendSipRequest,
            K::ReceiveMsrp,
            K::ReceiveSipRequest,
            K::ReceiveSipResponse,
            K::ReceiveReport,
        ],
        "SIP requests, `MSRP SEND` and messages that are received",
    ),
    on(
        optional(
            "reason",
            Shape::Matcher,
            "OK",
            "What the phrase of a response must hold.",
        ),
        &[K::ReceiveSipResponse, K::ReceiveMsrpResponse],
        "a SIP or MSRP response that is received",
    ),
    on(
        optional(
            "bytes",
            Shape::Text,
            "\"OPTIONS\\r\\n\\r\\n\"",
            "The bytes as written; in double quotes `\\r\\n` is the end of a line.",
        ),
        &[K::SendBytes],
        BYTES,
    ),
    on(
        optional(
            "hex",
            Shape::Text,
            "\"00 ff\"",
            "The bytes, in pairs of hexadecimal digits.",
        ),
        &[K::SendBytes],
        BYTES,
    ),
    on(
        optional(
            "file",
            Shape::Text,
            "broken.sip",
            "The bytes of the file of that name in a directory `fixtures` beside the scenario, or \
             above it.",
        ),
        &[K::SendBytes],
        BYTES,
    ),
    on(
        optional(
            "fill in",
            Shape::Boolean,
            "yes",
            "In `bytes` and `hex`, what stands in braces is filled in when it is sent: `{call-id}`, \
             `{from}`, `{to}`, `{target}`, `{cseq}`, `{via}` and `{contact}` in SIP, `{to-path}`, \
             `{from-path}`, `{transaction}` and `{message-id}` in MSRP, `{session-id}`, `{hop-by-hop}`, \
             `{end-to-end}` (of the last SessionRequest) and `{length}` (of the message) over CH-2. \
             `{{` is a brace.",
        )
        .or("no"),
        &[K::SendBytes],
        BYTES,
    ),
    on(
        optional(
            "body hex",
            Shape::Text,
            "\"00 ff\"",
            "The body of the message, in pairs of hexadecimal digits.",
        ),
        &[K::SendMsrp, K::SendSipRequest],
        "a SIP request or `MSRP SEND` that is sent",
    ),
    on(
        optional(
            "body file",
            Shape::Text,
            "photo.jpg",
            "The body of the message: the file of that name in a directory `fixtures` beside the \
             scenario, or above it.",
        ),
        &[K::SendMsrp, K::SendSipRequest],
        "a SIP request or `MSRP SEND` that is sent",
    ),
    on(
        optional(
            "content type",
            Shape::Expression,
            "text/plain",
            "Content-Type of the body.",
        )
        .or("text/plain"),
        &[K::SendMsrp, K::SendSipRequest],
        "a SIP request or `MSRP SEND` that is sent",
    ),
    on(
        optional(
            "chunk size",
            Shape::Number,
            "2048",
            "Cuts the body into chunks of that many octets.",
        ),
        &[K::SendMsrp],
        "`sends: MSRP SEND`",
    ),
    on(
        optional(
            "abort after",
            Shape::Number,
            "2",
            "Gives the message up: so many chunks, then one more with the end flag `#`.",
        ),
        &[K::SendMsrp],
        "`sends: MSRP SEND`",
    ),
    on(
        optional("status", Shape::Number, "413", "The Status of the report.").or("200"),
        &[K::SendReport],
        "`sends: MSRP REPORT`",
    ),
    on(
        optional(
            "failure report",
            Shape::Word(&["yes", "no", "partial"]),
            "no",
            "The Failure-Report header.",
        ),
        &[K::SendMsrp],
        "`sends: MSRP SEND`",
    ),
    on(
        optional(
            "success report",
            Shape::Boolean,
            "yes",
            "The Success-Report header.",
        )
        .or("no"),
        &[K::SendMsrp],
        "`sends: MSRP SEND`",
    ),
    on(
        optional(
            "repeats",
            Shape::Text,
            "debit",
            "The label of a SessionRequest that the server sends once more, with the T bit: the \
             step waits for the repetition, which no other step is met by.",
        ),
        &[K::ReceiveSessionRequest],
        "`enabler receives: SessionRequest`",
    ),
    on(
        optional(
            "unanswered",
            Shape::Boolean,
            "yes",
            "The harness does not answer this request at all.",
        )
        .or("no"),
        &[
            K::ReceiveSipRequest,
            K::ReceiveMsrp,
            K::ReceiveSessionRequest,
            K::ReceivePeerRequest,
        ],
        "a request that is received",
    ),
    on(
        optional(
            "refused with",
            Shape::Text,
            "DIAMETER_NO_COMMON_APPLICATION",
            "The Result-Code, by name or number, of a CEA that refuses the connection; the \
             Charging Enabler closes it then.",
        ),
        &[K::ReceivePeerRequest],
        "`enabler receives: CER`",
    ),
    on(
        optional(
            "result",
            Shape::Text,
            "DIAMETER_SUCCESS",
            "Result-Code, by name or number.",
        )
        .or("DIAMETER_SUCCESS"),
        &[K::SendResponse],
        RESPONSE,
    ),
    on(
        optional(
            "grant",
            Shape::Expression,
            "$ixit.grant",
            "Granted units, in the binding's unit.",
        ),
        &[K::SendResponse],
        RESPONSE,
    ),
    on(
        optional(
            "grants",
            Shape::Map(GRANTS),
            "{ messages: 2, seconds: 60 }",
            "Granted units of several kinds, in one Granted-Service-Unit.",
        ),
        &[K::SendResponse],
        RESPONSE,
    ),
    on(
        optional(
            "service result",
            Shape::Text,
            "DIAMETER_CREDIT_LIMIT_REACHED",
            "Result-Code inside Multiple-Services-Credit-Control, where it is another than that of \
             the command.",
        ),
        &[K::SendResponse],
        RESPONSE,
    ),
    on(
        optional(
            "validity time",
            Shape::DurationOrWord(&["none"]),
            "2 s",
            "Validity-Time, in whole seconds. Where it is left out, a grant has the one that \
             `sut.yaml` states.",
        ),
        &[K::SendResponse],
        RESPONSE,
    ),
    on(
        optional(
            "final unit",
            Shape::Word(&["terminate", "redirect", "restrict access"]),
            "terminate",
            "Final-Unit-Indication with this Final-Unit-Action.",
        ),
        &[K::SendResponse],
        RESPONSE,
    ),
    on(
        optional(
            "failure handling",
            Shape::Word(&["terminate", "continue", "retry and terminate"]),
            "continue",
            "Credit-Control-Failure-Handling.",
        ),
        &[K::SendResponse],
        RESPONSE,
    ),
    on(
        optional(
            "session failover",
            Shape::Word(&["supported", "not supported"]),
            "supported",
            "CC-Session-Failover.",
        ),
        &[K::SendResponse],
        RESPONSE,
    ),
    on(
        optional(
            "without",
            Shape::Texts,
            "[CC-Request-Type]",
            "AVPs that are left out of a message of the Charging Enabler.",
        )
        .or("[]"),
        CH2_SENDS,
        OURS,
    ),
    on(
        optional(
            "unknown avp",
            Shape::Word(&["mandatory", "optional"]),
            "optional",
            "Adds an AVP that no dictionary knows, with the M bit or without it.",
        ),
        CH2_SENDS,
        OURS,
    ),
    on(
        optional(
            "copies",
            Shape::Number,
            "2",
            "How often the same answer is sent, one right after the other.",
        )
        .or("1"),
        &[K::SendResponse],
        RESPONSE,
    ),
    on(
        optional(
            "wrong",
            Shape::Words(&Wrong::NAMES),
            "hop-by-hop",
            "Where the message is spoilt on purpose.",
        )
        .or("[]"),
        CH2_SENDS,
        OURS,
    ),
];

#[cfg(test)]
mod tests {
    use super::super::keys::{FRAGMENT, MATCHER, PARAMETER, SCENARIO};
    use super::*;

    #[test]
    fn no_key_is_there_twice() {
        let step = || ACTION.iter().chain(STEP.iter().map(|k| &k.key));
        for table in [SCENARIO, FRAGMENT, PARAMETER, MATCHER] {
            for (i, key) in table.iter().enumerate() {
                assert!(
                    table[..i].iter().all(|k| k.name != key.name),
                    "{}",
                    key.name
                );
            }
        }
        for (i, key) in step().enumerate() {
            assert!(step().take(i).all(|k| k.name != key.name), "{}", key.name);
        }
    }
}
