//! Bytes that go out as they are written, and what is filled into them.

use ch2spec::engine::{Event, Message, What};
use ch2spec::scenario::Party;

use super::played::{bare_flow, flow};
use super::{sent, started};

#[test]
fn exact_bytes_go_out_as_they_are() {
    let steps = "
  - client sends: SIP bytes
    as: broken
    bytes: \"OPTIONS sip:10.0.0.1 SIP/2.0\\r\\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx;rport\\r\\n\\
      From: <sip:a@h>;tag=1\\r\\nTo: <sip:b@h>\\r\\nCall-ID: exact\\r\\nCSeq: 1 OPTIONS\\r\\n\\r\\n\"
  - client receives: SIP 200
    for: broken
    requirement: SIP-INVITE-200
  - client sends: SIP bytes
    hex: \"00 ff 0d 0a 0d 0a\"
  - client sends: MSRP bytes
    as: nobody
    bytes: \"MSRP d93kswow SEND\\r\\nTo-Path: msrp://10.0.0.1:2855/nobody;tcp\\r\\n\\
      From-Path: msrp://10.0.0.2:1/me;tcp\\r\\nMessage-ID: 1\\r\\nByte-Range: 1-5/5\\r\\n\\
      Content-Type: text/plain\\r\\n\\r\\nHello\\r\\n-------d93kswow$\\r\\n\"
  - client receives: MSRP 481
    for: nobody
    requirement: MSG-1
  - enabler receives nothing: SessionRequest
    requirement: MSG-6
";
    let seen = started(steps).play().passes();
    assert_eq!(seen.sum("accepted messages"), 0, "{}", seen.told());
    let raw: Vec<Vec<u8>> = seen
        .events()
        .iter()
        .filter_map(|event| match &event.what {
            What::Sent {
                message: Message::Sip(sip),
                step: Some(_),
                ..
            } => Some(sip.raw().to_vec()),
            _ => None,
        })
        .collect();
    assert_eq!(raw[3], b"\x00\xff\r\n\r\n", "{}", seen.told());
    assert!(raw[2].starts_with(b"OPTIONS sip:10.0.0.1 SIP/2.0\r\nVia: "));
}

/// A message and a BYE, byte by byte, in a session that stands.
const IN_SESSION: &str = r#"
  - client sends: MSRP bytes
    as: hello
    bytes: "MSRP {transaction} SEND\r\nTo-Path: {to-path}\r\nFrom-Path: {from-path}\r\nMessage-ID: {message-id}\r\nByte-Range: 1-7/7\r\nContent-Type: text/plain\r\n\r\n{{Hello}\r\n-------{transaction}$\r\n"
    fill in: yes
  - client receives: MSRP 200
    for: hello
    requirement: MSG-1
  - far end receives: MSRP SEND
    when: far-end
    as: forwarded
    body: "{Hello}"
    requirement: PROFILE-FORWARD
  - far end sends: MSRP 200
    when: far-end
    for: forwarded
  - enabler receives: SessionRequest (interim)
    after: hello
    used units: 1
    requirement: MSG-6
  - client sends: SIP bytes
    as: bye
    bytes: "BYE {target} SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\nFrom: {from}\r\nTo: {to}\r\nCall-ID: {call-id}\r\nCSeq: {cseq} BYE\r\nContent-Length: 0\r\n\r\n"
    fill in: yes
  - enabler receives: SessionRequest (stop)
    after: bye
    used units: 0
    requirement: END-C-2
  - client receives: SIP 200
    for: bye
    requirement: SIP-BYE-200
"#;

#[test]
fn what_stands_in_braces_is_that_of_the_session() {
    let seen = flow(IN_SESSION).play().passes();
    let bye = sent(&seen, "BYE", Party::Client).remove(0);
    let invite = sent(&seen, "INVITE", Party::Client).remove(0);
    assert_eq!(bye.call_id(), invite.call_id());
    assert!(bye.to().unwrap().tag().is_some(), "{}", seen.told());
    assert_eq!(
        bye.cseq().unwrap().number,
        invite.cseq().unwrap().number + 1
    );
    // What is spoilt is spoilt within the session: the tag of another dialog finds none.
    let astray = IN_SESSION.replace("To: {to}", "To: <sip:b@h>;tag=none");
    flow(&astray).play().fails("200");
    // Where there is no dialog yet, nothing can be filled in.
    let early = "
  - client sends: SIP bytes
    bytes: \"BYE {target} SIP/2.0\\r\\n\\r\\n\"
    fill in: yes
";
    let seen = bare_flow(&format!("{early}{CALL}")).play();
    let gave_up = |event: &Event| matches!(event.what, What::Impossible { .. });
    assert!(seen.events().iter().any(gave_up), "{}", seen.told());
}

#[test]
fn bytes_over_ch2_can_name_the_request_they_answer() {
    let steps = "
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - enabler receives: SessionRequest (interim)
    as: debit
    after: hello
    unanswered: yes
    requirement: MSG-6
  - enabler sends: bytes
    hex: \"01 {length} 40 000110 00000004 {hop-by-hop} {end-to-end} 00000108 0000000c 000007d1\"
    fill in: yes
  - enabler sends: bytes
    hex: \"01 {length} 00 000110 00000004 {hop-by-hop} {end-to-end} {session-id}\"
    fill in: yes
";
    let seen = started(steps).play();
    let mut request = None;
    let mut answers = Vec::new();
    for event in seen.events() {
        match &event.what {
            What::Received {
                message: Message::Diameter(ccr),
                ..
            } if ccr.abbreviation() == "CCR" && answers.is_empty() => request = Some(ccr.clone()),
            What::Sent {
                message: Message::Garbage { bytes, .. },
                ..
            } => answers.push(bytes.to_vec()),
            _ => {}
        }
    }
    let request = request.unwrap_or_else(|| panic!("{}", seen.told()));
    let identifiers = |answer: &[u8]| answer[12..20].to_vec();
    let [first, second] = &answers[..] else {
        panic!("{}", seen.told())
    };
    assert_eq!((first.len(), &first[..4]), (32, &[1, 0, 0, 32][..]));
    for answer in [first, second] {
        assert_eq!(identifiers(answer), identifiers(request.raw()));
    }
    assert_eq!(&second[20..], request.session_id().unwrap().as_bytes());
    assert_eq!(usize::from(second[3]), second.len());
}

#[test]
fn only_what_the_protocol_has_is_filled_in() {
    let told = |step: &str| {
        let text = format!(
            "ch2spec: 1\nid: T-1\ntitle: t\nclause: c\nrequirements: [MSG-1]\nflow:\n  - {step}\n"
        );
        let loaded = ch2spec::scenario::load_text("t.yaml", text.as_bytes());
        let problems = loaded.diagnostics.into_iter();
        problems.map(|d| d.code).collect::<Vec<_>>().join(" ")
    };
    let sip = |bytes: &str| {
        told(&format!(
            "client sends: SIP bytes\n    bytes: \"{bytes}\"\n    fill in: yes"
        ))
    };
    assert_eq!(sip("BYE {call-id} {{ }"), "");
    assert_eq!(sip("BYE {call-ib}"), "unknown-place");
    assert_eq!(sip("BYE {to-path}"), "unknown-place");
    assert_eq!(sip("BYE {call-id"), "");
    let ch2 = |hex: &str| {
        told(&format!(
            "enabler sends: bytes\n    hex: \"{hex}\"\n    fill in: yes"
        ))
    };
    assert_eq!(ch2("01 {length} 40"), "");
    assert_eq!(ch2("01 {length} 4"), "value-type");
    assert_eq!(
        told("client sends: SIP bytes\n    file: x\n    fill in: yes"),
        "key-not-here"
    );
    // Without `fill in` braces are braces.
    assert_eq!(
        told("client sends: SIP bytes\n    bytes: \"{call-ib}\""),
        ""
    );
}

#[test]
fn bytes_over_ch2_are_no_diameter_of_ours() {
    let steps = "
  - enabler sends: bytes
    hex: \"01 00 00 04 ff\"
  - wait: 100 ms
";
    let seen = bare_flow(&format!("{steps}{CALL}")).play();
    assert!(
        seen.count("Enabler -> sent on purpose") == 1,
        "{}",
        seen.told()
    );
}

const CALL: &str = "
  - client sends: SIP INVITE
    as: invite
  - client receives: SIP response
    for: invite
    requirement: SIP-INVITE-200
";
