//! Messages of RFC 4475, and small ones after its clauses.

use bytes::Bytes;

use super::{Fault, Host, Message, Severity};

/// RFC 4475 3.1.1.1.
const WSINV: &str = "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\nTO :\r\n \
sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\nfrom   : \"J Rosenberg \\\\\\\"\"       \
<sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\nMaX-fOrWaRdS: 0068\r\n\
Call-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 150\r\ncseq: 0009\r\n  INVITE\r\n\
Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\n\
NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n\
UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\nRoute:\r\n \
<sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n\
v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n \
SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n\
m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  \
secondparam ; q = 0.33\r\n\r\nv=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\n\
c=IN IP4 192.0.2.4\r\nt=0 0\r\nm=audio 49217 RTP/AVP 0 12\r\nm=video 3227 RTP/AVP 31\r\n\
a=rtpmap:31 LPC\r\n";

/// RFC 4475 3.1.1.2.
const INTMETH: &[u8] = b"!interesting-Method0123456789_*+`.%indeed'~ \
sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.\
(doesn't-it)@example.com SIP/2.0\r\n\
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\n\
To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" \
<sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>\r\n\
From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\
\"\xd1\x80\xd0\xb0\xd0\xb1\xd0\xbe\xd1\x82\xd0\xb0\xd1\x8e\xd1\x89\xd0\xb8\xd0\xb9\"\
;tag=_token~1'+`*%!-.\r\n\
Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\n\
CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\nMax-Forwards: 255\r\n\
extensionHeader-!.%*+_`'~:\xef\xbb\xbf\xe5\xa4\xa7\xe5\x81\x9c\xe9\x9b\xbb\r\n\
Content-Length: 0\r\n\r\n";

const OPTIONS: &str = "OPTIONS sip:user@example.com SIP/2.0\r\n\
Via: SIP/2.0/UDP host5.example.com:5060;branch=z9hG4bKkdjuw\r\nMax-Forwards: 70\r\n\
From: <sip:caller@example.net>;tag=9\r\nTo: <sip:user@example.com>\r\nCall-ID: c@h\r\n\
CSeq: 8 OPTIONS\r\nContent-Length: 0\r\n\r\n";

fn decode(bytes: impl AsRef<[u8]>) -> Message {
    Message::decode(Bytes::copy_from_slice(bytes.as_ref()))
}

fn codes(message: &Message) -> Vec<&'static str> {
    message.faults().iter().map(|fault| fault.code).collect()
}

#[test]
fn a_short_tortuous_invite() {
    let message = decode(WSINV);
    assert_eq!(message.method(), Some("INVITE"));
    let uri = message.request_uri().unwrap();
    assert_eq!(
        (uri.user, uri.params.has("unknownparam")),
        (Some("vivekg"), true)
    );
    assert_eq!(message.to().unwrap().tag(), Some("1918181833n"));
    let from = message.from().unwrap();
    assert_eq!(
        (from.display().as_ref(), from.tag()),
        ("J Rosenberg \\\"", Some("98asjd8"))
    );
    assert_eq!(message.max_forwards(), Ok(68));
    assert_eq!(message.call_id(), Ok("wsinv.ndaksdj@192.0.2.1"));
    let cseq = message.cseq().unwrap();
    assert_eq!((cseq.number, cseq.method), (9, "INVITE"));
    let vias: Vec<_> = message.vias().map(|via| via.unwrap()).collect();
    let seen: Vec<_> = vias
        .iter()
        .map(|v| (v.transport, v.sent_by, v.branch()))
        .collect();
    assert_eq!(
        seen,
        [
            ("UDP", "192.0.2.2", Some("390skdjuw")),
            ("TCP", "spindle.example.com", Some("z9hG4bK9ikj8")),
            ("UDP", "192.168.255.111", Some("z9hG4bK30239")),
        ]
    );
    assert_eq!(message.header("Subject").as_deref(), Some(""));
    let fangled = message.header("newfangledheader");
    assert_eq!(
        fangled.as_deref(),
        Some("newfangled value continued newfangled value")
    );
    let unusual: Vec<_> = message.values("UnknownHeaderWithUnusualValue").collect();
    assert_eq!(unusual, [";;,,;;,;"]);
    let contact = message.contact().unwrap();
    assert_eq!(contact.display(), "Quoted string \"\"");
    assert_eq!(contact.params.value("newparam"), Some("newvalue"));
    assert_eq!(contact.params.value("q"), Some("0.33"));
    assert!(contact.params.has("secondparam"));
    assert!(message.is_content_type("application/sdp"));
    assert_eq!(message.body().len(), 150);
    // Well-formed; only the branch is that of an older sender.
    assert_eq!(codes(&message), ["via-branch"]);
}

#[test]
fn a_wide_range_of_valid_characters() {
    let message = decode(INTMETH);
    assert_eq!(
        message.method(),
        Some("!interesting-Method0123456789_*+`.%indeed'~")
    );
    let uri = message.request_uri().unwrap();
    assert_eq!(
        uri.user,
        Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
    );
    assert_eq!(
        uri.password,
        Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
    );
    assert_eq!(uri.host, Some(Host::Name("example.com")));
    assert_eq!(message.to().unwrap().display(), "BEL:\x07 NUL:\0 DEL:\x7f");
    let from = message.from().unwrap();
    assert_eq!(from.display(), "token1~` token2'+_ token3*%!.-");
    assert_eq!(from.tag(), Some("_token~1'+`*%!-."));
    assert_eq!(from.params.value("fromParam''~+*_!.-%"), Some("работающий"));
    assert_eq!(
        message.call_id(),
        Ok("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{")
    );
    let extension = message.header("extensionHeader-!.%*+_`'~");
    assert_eq!(extension.as_deref(), Some("\u{feff}大停電"));
    assert_eq!(message.faults(), []);
}

/// One defect each, the clause of RFC 4475 that it is taken from, and the fault it shows.
#[test]
fn each_defect_is_named() {
    for (clause, from, to, code) in [
        (
            "3.1.2.1",
            "tag=9\r\n",
            "tag=9\r\nContact: \"J\" <sip:a@h>;;,;,,\r\n",
            "",
        ),
        (
            "3.1.2.2",
            "Length: 0",
            "Length: 9999",
            "content-length-long",
        ),
        ("3.1.2.3", "Length: 0", "Length: -999", "content-length"),
        ("3.1.2.4", "CSeq: 8", "CSeq: 36893488147419103232", "cseq"),
        ("3.1.2.4", "Forwards: 70", "Forwards: 300", "max-forwards"),
        (
            "3.1.2.4",
            "CSeq",
            "Expires: 10000000000000\r\nCSeq",
            "expires",
        ),
        ("3.1.2.6", "To: <sip", "To: \"Mr. J. User <sip", "address"),
        (
            "3.1.2.7",
            "sip:user@example.com SIP",
            "<sip:user@example.com> SIP",
            "request-uri",
        ),
        (
            "3.1.2.8",
            "user@example.com SIP",
            "user@example.com; lr SIP",
            "request-uri",
        ),
        ("3.1.2.9", "OPTIONS sip", "OPTIONS  sip", "request-uri"),
        (
            "3.1.2.10",
            "SIP/2.0\r\nVia",
            "SIP/2.0  \r\nVia",
            "start-line-space",
        ),
        (
            "3.1.2.11",
            "com SIP/",
            "com?Route=%3Csip:h%3E SIP/",
            "request-uri-headers",
        ),
        (
            "3.1.2.12",
            "CSeq",
            "Date: Fri, 01 Jan 2010 16:00:00 EST\r\nCSeq",
            "date",
        ),
        (
            "3.1.2.13",
            "CSeq",
            "Contact: sip:u@h?Route=%3Csip:h%3E\r\nCSeq",
            "address-brackets",
        ),
        (
            "3.1.2.14",
            "<sip:user@example.com>",
            "< sip:user@example.com >",
            "address-space",
        ),
        ("3.1.2.15", "To: <", "To: Watson, Thomas <", "display-name"),
        ("3.1.2.16", "SIP/2.0\r\n", "SIP/7.0\r\n", "version"),
        ("3.1.2.17", "8 OPTIONS", "8 INVITE", "cseq-method"),
        ("3.1.2.18", "OPTIONS sip", "NEWMETHOD sip", "cseq-method"),
        (
            "3.2.1",
            "branch=z9hG4bKkdjuw",
            "branch=z9hG4bK",
            "via-branch",
        ),
        ("3.3.1", "Call-ID: c@h\r\n", "", "missing"),
        ("3.3.1", "Max-Forwards: 70\r\n", "", "missing"),
        ("3.3.8", "CSeq", "Call-ID: d@h\r\nCSeq", "duplicate"),
        ("3.3.9", "CSeq", "Content-Length: 5\r\nCSeq", "duplicate"),
        ("no colon", "CSeq", "what is this\r\nCSeq", "no-colon"),
        ("bad name", "CSeq", "wh@t is: this\r\nCSeq", "header-name"),
        ("control", "c@h", "c\u{1}@h", "control-character"),
        ("line end", "c@h\r\n", "c@h\n", "line-end"),
        (
            "no end",
            "Length: 0\r\n\r\n",
            "Length: 0\r\n",
            "no-empty-line",
        ),
        (
            "surplus",
            "0\r\n\r\n",
            "0\r\n\r\nxyz",
            "content-length-short",
        ),
        (
            "no type",
            "Length: 0\r\n\r\n",
            "Length: 3\r\n\r\nxyz",
            "content-type",
        ),
        ("no tag", ";tag=9", "", "from-tag"),
        (
            "vector",
            "CSeq",
            "P-Charging-Vector: orig-ioi=h\r\nCSeq",
            "charging-vector",
        ),
        (
            "no start",
            "OPTIONS sip:user@example.com SIP/2.0",
            "OPTIONS",
            "start-line",
        ),
    ] {
        let message = decode(OPTIONS.replacen(from, to, 1));
        let codes = codes(&message);
        if clause == "3.1.2.1" {
            // Empty values between the commas of a Contact are no address.
            assert_ne!(message.values("Contact").count(), 1);
            continue;
        }
        assert!(codes.contains(&code), "{clause}: {codes:?}, not {code}");
        for fault in message.faults() {
            assert!(fault.bytes.end <= message.raw().len(), "{clause}");
            assert!(fault.clause.starts_with("RFC "), "{clause}");
        }
    }
    assert_eq!(decode(OPTIONS).faults(), []);
}

#[test]
fn a_fault_reads_with_its_clause() {
    let message = decode(OPTIONS.replace("8 OPTIONS", "8 INVITE"));
    let faults = message.faults();
    // An INVITE by its CSeq, it lacks a Contact too.
    let texts: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert_eq!(
        texts[0],
        "CSeq says INVITE in a request that says OPTIONS (RFC 3261 8.1.1.5, MUST)"
    );
    assert_eq!(faults[0].severity, Severity::Must);
    assert_eq!(&message.raw()[faults[0].bytes.clone()], b"CSeq: 8 INVITE");
}

#[test]
fn a_contact_is_a_must_of_the_first_invite_only() {
    let first = OPTIONS.replace("OPTIONS", "INVITE");
    let again = first.replace("com>\r\nCall", "com>;tag=1\r\nCall");
    assert_ne!(first, again);
    for (text, expected) in [
        (first, "no Contact (RFC 3261 8.1.1.8, MUST)"),
        (again, "no Contact (RFC 3261 12.2.1.1, SHOULD)"),
    ] {
        let message = decode(text);
        let faults: Vec<String> = message.faults().iter().map(Fault::to_string).collect();
        assert_eq!(faults, [expected]);
    }
}

#[test]
fn datagrams_are_framed_by_content_length() {
    let whole = decode(OPTIONS.replace("Content-Length: 0\r\n\r\n", "\r\n\x00\u{1}body"));
    assert_eq!(&whole.body()[..], b"\x00\x01body");
    let longer = decode(format!("{OPTIONS}rest"));
    assert_eq!(
        (longer.body().len(), &longer.surplus()[..]),
        (0, &b"rest"[..])
    );
    let shorter = decode(OPTIONS.replace("Length: 0\r\n\r\n", "Length: 10\r\n\r\nabc"));
    assert_eq!(&shorter.body()[..], b"abc");
}

#[test]
fn an_im_invite_shows_what_charging_needs() {
    let message = decode(OPTIONS.replace(
        "CSeq: 8 OPTIONS",
        "P-Asserted-Identity: \"A, B\" <sip:a@home1.net>, <tel:+358501234567>\r\n\
             P-Charging-Vector: icid-value=AyretyU0dm+6O2IrT5tAFrbHLso=023551024; \
             orig-ioi=home1.net\r\nCSeq: 8 OPTIONS",
    ));
    assert_eq!(
        message.p_asserted_identity().unwrap().uri.as_str(),
        "sip:a@home1.net"
    );
    let all: Vec<_> = message
        .p_asserted_identities()
        .map(|one| one.unwrap().uri)
        .collect();
    assert_eq!(all[1].user, Some("+358501234567"));
    let vector = message.p_charging_vector().unwrap();
    assert_eq!(vector.icid_value(), "AyretyU0dm+6O2IrT5tAFrbHLso=023551024");
    assert_eq!(vector.orig_ioi().as_deref(), Some("home1.net"));
    assert_eq!(message.faults(), []);
}

#[test]
fn fields_cover_the_message() {
    let message = decode(WSINV);
    let fields = message.fields();
    assert_eq!(fields[0].name, "Request-Line");
    assert_eq!(fields[1].name, "To");
    let via = fields.iter().find(|field| field.name == "Via").unwrap();
    assert!(via.faults[0].contains("RFC 3261 8.1.1.7"));
    let media = fields.iter().find(|field| field.name == "m=").unwrap();
    assert_eq!(
        &message.raw()[media.bytes.clone()],
        b"m=audio 49217 RTP/AVP 0 12"
    );
    assert_eq!(
        (media.depth, media.value.as_str()),
        (1, "audio 49217 RTP/AVP 0 12")
    );
}
