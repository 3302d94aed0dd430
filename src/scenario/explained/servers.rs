//! Codes that are about `sut.yaml`.

use super::{Example, Explanation};

pub(super) const TABLE: &[Explanation] = &[
    Explanation {
        code: "bad-range",
        text: "A range of identities is written `{1..20}`: two numbers, the first not \
greater.",
        wrong: Example::Server(
            r#"subscribers: { client: "sip:alice{1-20}@example.com", far end: "sip:bob@example.com" }
"#,
        ),
        right: Example::Server(
            r#"subscribers: { client: "sip:alice{1..20}@example.com", far end: "sip:bob{1..20}@example.com" }
"#,
        ),
    },
    Explanation {
        code: "uneven-range",
        text: "Each pair of subscribers has its own identities, so that all of an entry must \
have the same number of them.",
        wrong: Example::Server(
            r#"subscribers: { client: "sip:alice{1..20}@example.com", far end: "sip:bob@example.com" }
"#,
        ),
        right: Example::Server(
            r#"subscribers: { client: "sip:alice{1..20}@example.com", far end: "sip:bob{1..20}@example.com" }
"#,
        ),
    },
    Explanation {
        code: "duplicate-subscriber",
        text: "An identity is there twice. What a server reports of it would belong to two \
scenarios.",
        wrong: Example::Server(
            r#"subscribers: { client: "sip:alice@example.com", far end: "sip:alice@example.com" }
"#,
        ),
        right: Example::Server(
            r#"subscribers: { client: "sip:alice@example.com", far end: "sip:bob@example.com" }
"#,
        ),
    },
    Explanation {
        code: "not-an-identity",
        text: "A subscriber is a `sip:`, `sips:` or `tel:` URI, without angle brackets.",
        wrong: Example::Server(
            r#"subscribers: { client: alice, far end: "sip:bob@example.com" }
"#,
        ),
        right: Example::Server(
            r#"subscribers: { client: "sip:alice@example.com", far end: "sip:bob@example.com" }
"#,
        ),
    },
    Explanation {
        code: "not-an-address",
        text: "A host and port, an IP address, or a domain name is wanted here.",
        wrong: Example::Server("sip: { address: im.example.com, client address: 127.0.0.1 }\n"),
        right: Example::Server(
            r#"sip: { address: "im.example.com:5060", client address: 127.0.0.1 }
"#,
        ),
    },
    Explanation {
        code: "bad-trigger",
        text: "A trigger is one of: an HTTP request (a method and an `http://` address), a \
command, a prompt, a refusal of credit, `far end bye`, `inactivity`.",
        wrong: Example::Server(
            r#"triggers: { server ends session: { http: "https://127.0.0.1/end" } }
"#,
        ),
        right: Example::Server(
            r#"triggers: { server ends session: { http: "POST http://127.0.0.1/end" } }
"#,
        ),
    },
    Explanation {
        code: "unknown-place",
        text: "Nothing is known that could be filled in there. In a trigger only `{call-id}`, \
`{icid}`, `{client}` and `{far-end}` are filled in; in the bytes of a step with `fill in`, what its \
protocol has.",
        wrong: Example::Server(
            r#"triggers: { server ends session: { prompt: "End {session} now." } }
"#,
        ),
        right: Example::Server(
            r#"triggers: { server ends session: { prompt: "End the session of {client} now." } }
"#,
        ),
    },
    Explanation {
        code: "contradiction",
        text: "Two keys of the file say things that cannot both hold.",
        wrong: Example::Server(
            r"far end: none
claims: [session-mode, far-end]
",
        ),
        right: Example::Server(
            r"far end: none
claims: [session-mode]
",
        ),
    },
    Explanation {
        code: "wrong-group",
        text: "The reading answers another question: R1 to R5 say what triggers an interim, \
S1 to S3 when the server's own BYE triggers the stop.",
        wrong: Example::Server("readings: { interim trigger: S1 }\n"),
        right: Example::Server("readings: { interim trigger: R2, stop trigger: S1 }\n"),
    },
    Explanation {
        code: "not-a-content-type",
        text: "A content type has a type and a subtype, with a slash between them.",
        wrong: Example::Server("values: { refused content type: pictures }\n"),
        right: Example::Server("values: { refused content type: image/png }\n"),
    },
    Explanation {
        code: "unknown-binding",
        text: "`binding` is `ro-messages`, the name of a `.yaml` file beside this one, or a \
map.",
        wrong: Example::Server("binding: ro-octets\n"),
        right: Example::Server("binding: ro-messages\n"),
    },
];
