//! Known answers: the examples of RFC 4975, and messages that break it.

use super::super::Severity;
use super::*;

fn decode(text: &str) -> Message {
    Message::decode(Bytes::copy_from_slice(
        text.replace('\n', "\r\n").as_bytes(),
    ))
}

/// The clause, strength and text of each fault.
fn faults(message: &Message) -> Vec<(&str, Severity, &str)> {
    message
        .faults()
        .iter()
        .map(|fault| (fault.clause, fault.severity, fault.text))
        .collect()
}

fn must<'a>(clause: &'a str, text: &'a str) -> Vec<(&'a str, Severity, &'a str)> {
    vec![(clause, Severity::Must, text)]
}

const HEAD: &str = "To-Path: msrp://bob.example.com:8888/9di4eae923wzd;tcp
From-Path: msrp://alicepc.example.com:7777/iau39soe2843z;tcp
";

fn send(headers: &str, body: &str, flag: char) -> Message {
    decode(&format!(
        "MSRP d93kswow SEND\n{HEAD}Message-ID: 12339sdqwer\n{headers}{body}-------d93kswow{flag}\n"
    ))
}

#[test]
fn reads_the_send_of_section_11_1() {
    let message = send(
        "Byte-Range: 1-16/16\nContent-Type: text/plain\n",
        "\nHi, I'm Alice!\n",
        '$',
    );
    assert_eq!(message.transaction_id(), "d93kswow");
    assert_eq!(message.method(), Some(&Method::Send));
    assert_eq!(message.status(), None);
    assert_eq!(
        message.to_path()[0].as_str(),
        "msrp://bob.example.com:8888/9di4eae923wzd;tcp"
    );
    assert_eq!(message.from_path()[0].host(), "alicepc.example.com");
    assert_eq!(message.message_id().unwrap(), "12339sdqwer");
    assert_eq!(message.byte_range(), Some(ByteRange::whole(16)));
    assert_eq!(message.content_type().unwrap(), "text/plain");
    assert_eq!(message.body().unwrap(), "Hi, I'm Alice!");
    assert_eq!(message.flag(), Some(Flag::Complete));
    assert_eq!(message.failure_report(), FailureReport::Yes);
    assert!(!message.success_report());
    // The example counts 16 octets in a body of 14.
    let should = |text| ("RFC 4975 7.1.1", Severity::Should, text);
    assert_eq!(
        faults(&message),
        [
            should("the end of Byte-Range is not the body's last byte"),
            should("the total of Byte-Range is not the size of the message"),
        ]
    );
}

#[test]
fn reads_the_response_of_section_11_1() {
    let message = decode(
        "MSRP d93kswow 200 OK
To-Path: msrp://alicepc.example.com:7777/iau39soe2843z;tcp
From-Path: msrp://bob.example.com:8888/9di4eae923wzd;tcp
-------d93kswow$
",
    );
    assert_eq!(message.status(), Some(200));
    assert_eq!(message.comment(), "OK");
    assert_eq!(message.method(), None);
    assert_eq!(message.body(), None);
    assert_eq!(message.faults(), []);
}

#[test]
fn reads_the_chunks_of_section_11_4() {
    let cpim = "To: Bob <sip:bob@example.com>
From: Alice <sip:alice@example.com>
DateTime: 2006-05-15T15:02:31-03:00
Content-Type: text/plain

ABCD
";
    let headers = "Byte-Range: 1-137/148\nContent-Type: message/cpim\n";
    let first = send(headers, &format!("\n{cpim}"), '+');
    assert_eq!(first.flag(), Some(Flag::More));
    assert_eq!(first.byte_range().unwrap().to_string(), "1-137/148");
    // Without the line end before the end-line, which is not part of the body.
    assert_eq!(first.body().unwrap(), cpim.trim_end().replace('\n', "\r\n"));
    let headers = "Byte-Range: 138-148/148\nContent-Type: message/cpim\n";
    let second = send(headers, "\n1234567890\n", '$');
    assert_eq!(second.body_len(), 10);
}

#[test]
fn reads_the_system_message_of_section_11_5() {
    let headers = "Byte-Range: 1-37/37
Failure-Report: no
Success-Report: no
Content-Type: text/plain
";
    let message = send(headers, "\nThis conference will end in 5 minutes\n", '$');
    assert_eq!(message.failure_report(), FailureReport::No);
    assert!(!message.success_report());
    assert_eq!(message.faults(), []);
}

#[test]
fn reads_the_report_of_section_11_6() {
    let message = decode(
        "MSRP dkei38sd REPORT
To-Path: msrp://alicepc.example.com:7777/iau39soe2843z;tcp
From-Path: msrp://bob.example.com:8888/9di4eae923wzd;tcp
Message-ID: 12339sdqwer
Byte-Range: 1-106/106
Status: 000 200 OK
-------dkei38sd$
",
    );
    assert!(message.is_report());
    let status = message.report_status().unwrap();
    assert_eq!(
        (status.namespace, status.code, status.comment.as_str()),
        (0, 200, "OK")
    );
    assert_eq!(message.faults(), []);
}

#[test]
fn an_empty_body_is_not_no_body() {
    let empty = send("Byte-Range: 1-0/0\nContent-Type: text/plain\n", "\n\n", '$');
    assert_eq!(empty.body(), Some(Bytes::new()));
    assert_eq!(empty.faults(), []);
    let none = send("Byte-Range: 1-0/0\n", "", '$');
    assert_eq!(none.body(), None);
    assert_eq!(none.faults(), []);
}

#[test]
fn a_body_may_hold_the_end_line_of_another_message() {
    let body = "\n-------d93ksxxx$\nMSRP d93ksxxx SEND\n\n-------\n";
    let message = send(
        "Byte-Range: 1-*/*\nContent-Type: text/plain\n",
        &format!("\n{body}"),
        '$',
    );
    assert_eq!(
        message.body().unwrap(),
        body.strip_suffix('\n').unwrap().replace('\n', "\r\n")
    );
    assert_eq!(message.faults(), []);
}

#[test]
fn reads_several_relays_in_a_path() {
    let message = decode(&format!(
        "MSRP abcd SEND
To-Path: msrps://relay.example.com:9000/a;tcp msrp://[2001:db8::1]:2855/b;tcp
From-Path: msrp://c.example.com:1/c;tcp
Message-ID: {}
-------abcd$
",
        "m".repeat(32)
    ));
    let hosts: Vec<_> = message
        .to_path()
        .iter()
        .map(|uri| uri.host().to_owned())
        .collect();
    assert_eq!(hosts, ["relay.example.com", "2001:db8::1"]);
    assert_eq!(message.faults(), []);
}

#[test]
fn reads_nickname_and_unknown_methods() {
    let nickname = decode(&format!(
        "MSRP abcd NICKNAME\n{HEAD}Use-Nickname: \"Alice the great\"\n-------abcd$\n"
    ));
    assert_eq!(nickname.method(), Some(&Method::Nickname));
    assert_eq!(nickname.use_nickname().unwrap(), "\"Alice the great\"");
    let other = decode(&format!("MSRP abcd PING\n{HEAD}X-Y: z\n-------abcd$\n"));
    assert_eq!(other.method(), Some(&Method::Other("PING".to_owned())));
    assert_eq!(other.header("x-y").unwrap(), "z");
    assert_eq!(other.faults(), []);
}

#[test]
fn what_the_grammar_leaves_open_is_no_fault() {
    let text = "Content-Type: text/plain\n";
    let interrupted = send(&format!("Byte-Range: 6-*/9\n{text}"), "\n\n", '+');
    assert_eq!(faults(&interrupted), []);
    let described = format!("Byte-Range: 1-5/5\nContent-ID:<a@b>\n{text}");
    assert_eq!(faults(&send(&described, "\nhello\n", '$')), []);
}

#[test]
fn names_the_clause_that_is_broken() {
    let text = "Content-Type: text/plain\n";
    let body = "\nhello\n";
    let cases = [
        (
            send("Byte-Range: 1-5/5\n", body, '$'),
            must("RFC 4975 7.1", "a body without a Content-Type"),
        ),
        (
            send(&format!("Byte-Range: 1-0/0\n{text}"), "", '$'),
            must("RFC 4975 7.1", "a Content-Type without a body"),
        ),
        (
            send(&format!("{text}Byte-Range: 1-5/5\n"), body, '$'),
            must("RFC 4975 7.1", "Content-Type is not the last header field"),
        ),
        (
            send(
                &format!("Byte-Range: 1-5/5\nFailure-Report: maybe\n{text}"),
                body,
                '$',
            ),
            must("RFC 4975 9", "Failure-Report is not yes, no or partial"),
        ),
        (
            send(&format!("Byte-Range: 5\n{text}"), body, '$'),
            must("RFC 4975 9", "Byte-Range is not start-end/total"),
        ),
        (
            send(&format!("Byte-Range: 0-*/*\n{text}"), body, '$'),
            must(
                "RFC 4975 7.1.1",
                "Byte-Range starts before the first byte, which is 1",
            ),
        ),
        (
            send(
                &format!("Byte-Range: 1-3000/3000\n{text}"),
                &format!("\n{:3000}\n", ""),
                '$',
            ),
            must(
                "RFC 4975 7.1.1",
                "a body over 2048 octets whose Byte-Range end is not \"*\"",
            ),
        ),
        (
            send(
                &format!("Byte-Range: 1-5/5\nByte-Range: 1-5/5\n{text}"),
                body,
                '$',
            ),
            vec![(
                "RFC 4975 9",
                Severity::Should,
                "the header field stands there twice",
            )],
        ),
        (
            send(
                &format!("From-Path: msrp://a.example.com:7777/i;tcp\n{text}"),
                body,
                '$',
            ),
            vec![
                (
                    "RFC 4975 9",
                    Severity::Must,
                    "the header field stands there twice",
                ),
                (
                    "RFC 4975 7.1.1",
                    Severity::Should,
                    "a chunk without a Byte-Range",
                ),
            ],
        ),
        (
            send(&format!("Byte-Range: 6-9/9\n{text}"), "\n\n", '$'),
            vec![
                (
                    "RFC 4975 7.1.1",
                    Severity::Must,
                    "Byte-Range of an empty body does not start at 1",
                ),
                (
                    "RFC 4975 7.1.1",
                    Severity::Should,
                    "the end of Byte-Range is not the body's last byte",
                ),
                (
                    "RFC 4975 7.1.1",
                    Severity::Should,
                    "the total of Byte-Range is not the size of the message",
                ),
            ],
        ),
        (
            send(&format!("Byte-Range: 1-5/5\n{text}"), "\nhello", '$'),
            must("RFC 4975 7.1", "no CRLF between the body and the end-line"),
        ),
        (
            decode(&format!(
                "MSRP abc SEND\n{HEAD}Message-ID: abcd\n-------abc$\n"
            )),
            must("RFC 4975 9", "the transaction identifier is not an ident"),
        ),
        (
            decode(&format!(
                "MSRP abcd send\n{HEAD}Message-ID: abcd\n-------abcd$\n"
            )),
            must(
                "RFC 4975 9",
                "neither a method in capitals nor a status code of three digits",
            ),
        ),
        (
            decode(&format!("MSRP abcd 200 OK\n{HEAD}-------abcd+\n")),
            must(
                "RFC 4975 7.2",
                "the end-line of a response does not end in \"$\"",
            ),
        ),
        (
            decode(&format!(
                "MSRP abcd REPORT\n{HEAD}Message-ID: abcd\n-------abcd$\n"
            )),
            must("RFC 4975 7.1.2", "a REPORT without a Status"),
        ),
        (
            decode(&format!(
                "MSRP abcd SEND\n{HEAD}Message-ID: abcd\n-------abcx$\n"
            )),
            vec![
                ("RFC 4975 7.1", Severity::Must, "the end-line is missing"),
                (
                    "RFC 4975 9",
                    Severity::Must,
                    "a line without a colon in the header section",
                ),
            ],
        ),
        (
            decode(
                "MSRP abcd SEND\nTo-Path: msrp://10.0.0.1/a;tcp\nFrom-Path: msrp://u:p@h:1/a;tcp\nMessage-ID: abcd\n-------abcd$\n",
            ),
            vec![
                (
                    "RFC 4975 6",
                    Severity::Must,
                    "the URI has an IP address without a port",
                ),
                (
                    "RFC 4975 6",
                    Severity::Must,
                    "the userinfo of the URI holds a password",
                ),
            ],
        ),
        (
            decode("MSRP abcd SEND\nMessage-ID: abcd\nTo-Path: sip:bob\n-------abcd$\n"),
            vec![
                ("RFC 4975 9", Severity::Must, "not an MSRP URI"),
                (
                    "RFC 4975 9",
                    Severity::Must,
                    "To-Path is not the first header field",
                ),
                ("RFC 4975 9", Severity::Must, "From-Path is missing"),
            ],
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(faults(&message), expected, "{:?}", message.raw());
    }
}

#[test]
fn a_line_feed_alone_is_read_and_told() {
    let text = format!("MSRP abcd SEND\n{HEAD}Message-ID: abcd\n-------abcd$\r\n");
    let message = Message::decode(text.into());
    assert!(message.is_send());
    assert_eq!(message.message_id().unwrap(), "abcd");
    assert_eq!(faults(&message).len(), 4);
    assert!(
        message
            .faults()
            .iter()
            .all(|fault| fault.text == "a line that ends in LF alone")
    );
}

#[test]
fn lists_its_fields_with_their_bytes_and_faults() {
    let message = send(
        "Byte-Range: 1-9/9\nContent-Type: text/plain\n",
        "\nhello\n",
        '$',
    );
    let fields = message.fields();
    let names: Vec<_> = fields
        .iter()
        .map(|field| (field.depth, field.name.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            (0, "message"),
            (1, "Transaction identifier"),
            (1, "Method"),
            (1, "To-Path"),
            (2, "URI"),
            (1, "From-Path"),
            (2, "URI"),
            (1, "Message-ID"),
            (1, "Byte-Range"),
            (1, "Content-Type"),
            (1, "Body"),
            (1, "Continuation flag"),
        ]
    );
    let range = &fields[8];
    assert_eq!(range.value, "1-9/9");
    assert_eq!(&message.raw()[range.bytes.clone()], b"Byte-Range: 1-9/9");
    assert_eq!(range.faults.len(), 2);
    assert!(range.faults[0].ends_with("(RFC 4975 7.1.1)"));
    assert_eq!(fields[2].value, "SEND");
    assert_eq!(fields[10].value, "hello");
    assert_eq!(fields[11].value, "$");
}
