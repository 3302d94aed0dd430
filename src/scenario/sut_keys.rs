//! The keys of `sut.yaml`, as data.

use super::keys::{Key, Shape};

const fn key(
    required: bool,
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
        required,
        shape,
    }
}

/// `sut.yaml`.
pub const SUT: &[Key] = &[
    key(
        true,
        "ch2spec",
        Shape::Number,
        "1",
        "Version of the language the file is written in.",
    ),
    key(
        true,
        "name",
        Shape::Text,
        "Example IM Server 2.1",
        "Name and version, for the report.",
    ),
    key(
        true,
        "sip",
        Shape::Map(SIP),
        "{ address: \"127.0.0.1:5060\", client address: 127.0.0.1 }",
        "Where it takes SIP.",
    ),
    key(
        true,
        "subscribers",
        Shape::Maps(SUBSCRIBER),
        "{ client: \"sip:alice{1..20}@example.com\", far end: \"sip:bob{1..20}@example.com\" }",
        "The identities it knows. Each running scenario owns one pair.",
    ),
    key(
        true,
        "enabler",
        Shape::Map(ENABLER),
        "{ listen: 127.0.0.1:3868, host: ocs.example.com, realm: example.com }",
        "Where it connects for CH-2: the harness plays the Charging Enabler there.",
    ),
    key(
        false,
        "second enabler",
        Shape::Map(ENABLER),
        "{ listen: 127.0.0.1:3869, host: ocs2.example.com, realm: example.com }",
        "Where it turns to for CH-2 when the Charging Enabler fails; the harness plays that one too. \
         Left out where it knows no second one.",
    ),
    key(
        true,
        "far end",
        Shape::MapOrWord(FAR_END, &["none"]),
        "none",
        "Where it forwards sessions to: the harness plays the far end there. `none`: it answers \
         sessions by itself.",
    ),
    key(
        false,
        "triggers",
        Shape::Map(TRIGGERS),
        "{ server ends session: far end bye }",
        "How it is told to do what no message makes it do.",
    )
    .or("{}"),
    key(
        false,
        "claims",
        Shape::Texts,
        "[session-mode]",
        "ICS: what it implements, beyond what other keys imply. [session-mode] where left out.",
    )
    .or("[session-mode]"),
    key(
        false,
        "readings",
        Shape::Map(READINGS),
        "{ interim trigger: R2, stop trigger: S1 }",
        "How the vendor reads the change request where it can be read in several ways.",
    )
    .or("{}"),
    key(
        false,
        "values",
        Shape::Map(VALUES),
        "{ trigger time: 2 s }",
        "IXIT: values it runs with.",
    )
    .or("{}"),
    key(
        false,
        "binding",
        Shape::MapOrWord(BINDING, &["ro-messages"]),
        "binding.yaml",
        "How CH-2 maps to Diameter: a map, or the name of a file that holds one.",
    )
    .or("ro-messages"),
];

/// `sip:`
pub const SIP: &[Key] = &[
    key(
        true,
        "address",
        Shape::Text,
        "im.example.com:5060",
        "Host and port.",
    ),
    key(
        false,
        "transport",
        Shape::Word(TRANSPORTS),
        "udp",
        "`udp` (the default) or `tcp`.",
    )
    .or("udp"),
    key(
        true,
        "client address",
        Shape::Text,
        "127.0.0.1",
        "The address the client binds and puts into Via, Contact and SDP.",
    ),
];

/// The transports of SIP.
pub const TRANSPORTS: &[&str] = &["udp", "tcp"];

/// One entry of `subscribers:`
pub const SUBSCRIBER: &[Key] = &[
    key(
        true,
        "client",
        Shape::Text,
        "\"sip:alice{1..20}@example.com\"",
        "Public identity of the client; `{1..20}` stands for twenty of them.",
    ),
    key(
        false,
        "also",
        Shape::Texts,
        "\"tel:+3584012345{01..20}\"",
        "Other identities of the client that may stand in Subscription-Id.",
    )
    .or("[]"),
    key(
        true,
        "far end",
        Shape::Text,
        "\"sip:bob{1..20}@example.com\"",
        "The identity it calls.",
    ),
];

/// `enabler:`
pub const ENABLER: &[Key] = &[
    key(
        true,
        "listen",
        Shape::Text,
        "127.0.0.1:3868",
        "Address and port to listen on.",
    ),
    key(
        true,
        "host",
        Shape::Text,
        "ocs.example.com",
        "Its Origin-Host.",
    ),
    key(
        true,
        "realm",
        Shape::Text,
        "example.com",
        "Its Origin-Realm.",
    ),
];

/// `far end:`
pub const FAR_END: &[Key] = &[
    key(
        true,
        "listen",
        Shape::Text,
        "127.0.0.1:5070",
        "Address and port to take SIP on.",
    ),
    key(
        false,
        "transport",
        Shape::Word(TRANSPORTS),
        "udp",
        "`udp` (the default) or `tcp`.",
    )
    .or("udp"),
];

/// `triggers:`
pub const TRIGGERS: &[Key] = &[key(
    false,
    "server ends session",
    Shape::MapOrWord(TRIGGER, TRIGGER_WORDS),
    "far end bye",
    "How the server is made to end a session.",
)];

/// Triggers that are a word.
pub const TRIGGER_WORDS: &[&str] = &["far end bye", "inactivity"];

/// Triggers that are a map with one of these keys.
pub const TRIGGER: &[Key] = &[
    key(
        false,
        "http",
        Shape::Text,
        "POST http://127.0.0.1:8080/sessions/{call-id}/end",
        "An HTTP request. `{call-id}`, `{icid}`, `{client}` and `{far-end}` are filled in.",
    ),
    key(
        false,
        "command",
        Shape::Texts,
        "[imctl, end, \"{call-id}\"]",
        "A command and its arguments; no shell reads them. The same places are filled in.",
    ),
    key(
        false,
        "prompt",
        Shape::Text,
        "End the session of {client} now.",
        "Asks the operator.",
    ),
    key(
        false,
        "credit refused",
        Shape::Text,
        "DIAMETER_CREDIT_LIMIT_REACHED",
        "The Charging Enabler answers the next interim with this Result-Code.",
    ),
];

/// `readings:`
pub const READINGS: &[Key] = &[
    key(
        false,
        "interim trigger",
        Shape::Word(&["R1", "R2", "R3", "R4", "R5"]),
        "R2",
        "What triggers SessionRequest (interim).",
    )
    .or("R2"),
    key(
        false,
        "stop trigger",
        Shape::Word(&["S1", "S2", "S3"]),
        "S1",
        "When the server's own BYE triggers SessionRequest (stop).",
    )
    .or("S1"),
];

pub use super::ixit::VALUES;

/// `binding:`, or the file it names.
pub const BINDING: &[Key] = &[
    key(
        false,
        "name",
        Shape::Text,
        "ro-messages",
        "Its name, for the report.",
    )
    .or("own"),
    key(
        false,
        "start",
        Shape::Text,
        "1",
        "CC-Request-Type of SessionRequest (start).",
    )
    .or("1"),
    key(
        false,
        "interim",
        Shape::Text,
        "2",
        "CC-Request-Type of SessionRequest (interim).",
    )
    .or("2"),
    key(
        false,
        "stop",
        Shape::Text,
        "3",
        "CC-Request-Type of SessionRequest (stop).",
    )
    .or("3"),
    key(
        false,
        "event",
        Shape::Text,
        "4",
        "CC-Request-Type of a one-off event.",
    )
    .or("4"),
    key(
        false,
        "unit",
        Shape::Word(&["messages", "octets", "seconds"]),
        "messages",
        "What is debited.",
    )
    .or("messages"),
    key(
        false,
        "units at",
        Shape::Word(&["command", "mscc", "either"]),
        "either",
        "Where units stand: in the command, or in Multiple-Services-Credit-Control.",
    )
    .or("either"),
    key(
        false,
        "zero usage",
        Shape::Word(&["omit", "zero", "either"]),
        "either",
        "What stands for no usage: no Used-Service-Unit, or one of zero.",
    )
    .or("either"),
    key(
        false,
        "service context id",
        Shape::Text,
        "32260@3gpp.org",
        "The Service-Context-Id it is configured with; only its syntax is checked where left out.",
    ),
    key(
        false,
        "dictionary",
        Shape::Word(&["dds-2011", "iwf-2009", "wireshark-4.0"]),
        "dds-2011",
        "The profile of the AVP dictionary.",
    )
    .or("dds-2011"),
];

#[cfg(test)]
mod tests {
    use crate::diameter::Dictionary;

    use super::*;

    #[test]
    fn every_dictionary_profile_can_be_named() {
        let key = BINDING.iter().find(|k| k.name == "dictionary").unwrap();
        let Shape::Word(words) = key.shape else {
            panic!("no words")
        };
        assert_eq!(words, Dictionary::profiles().map(|d| d.profile));
    }
}
