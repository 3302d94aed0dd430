//! One conversation for each rule that breaks it, and only it.

use super::{
    FAR_END, OURS, THEIRS, Talk, accepted, answered, call, called, invite, report, request,
    response, sdp, send, sent, uri,
};
use crate::msrp::{self, ByteRange, FailureReport, Flag};
use crate::sip::MessageBuilder;

type Conversation = fn(&mut Talk);

pub(super) const TABLE: &[(&str, Conversation)] = &[
    ("SIP-START-LINE", |talk| {
        let invite = talk.ours(&invite());
        let mut wrong = MessageBuilder::with_start_line("SIP/2.0 999 Odd");
        for header in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let value = invite.header(header).unwrap().into_owned();
            wrong = wrong.header(
                header,
                if header == "To" {
                    value + ";tag=x"
                } else {
                    value
                },
            );
        }
        talk.server(&wrong);
    }),
    ("SIP-HEADER-SYNTAX", |talk| {
        let invite = talk.ours(&invite());
        talk.server(&response(&invite, 180).raw_line("Odd line"));
    }),
    ("SIP-HEADER-ONCE", |talk| {
        let invite = talk.ours(&invite());
        talk.server(&response(&invite, 180).header("CSeq", "1 INVITE"));
    }),
    ("SIP-HEADERS-PRESENT", |talk| {
        let invite = talk.ours(&invite());
        talk.server(&accepted(&invite).without("Contact"));
    }),
    ("SIP-HEADERS-PRESENT", |talk| {
        let options = request("OPTIONS", 1, "theirs", "");
        talk.server(&options.without("Max-Forwards"));
    }),
    ("SIP-HEADERS-PRESENT", |talk| {
        let invite = talk.ours(&invite());
        let untagged = invite.header("To").unwrap().into_owned();
        talk.server(&accepted(&invite).set("To", untagged));
    }),
    ("SIP-ADDRESS", |talk| {
        let invite = talk.ours(&invite());
        talk.server(&accepted(&invite).set("Contact", "<sip:bob@192.0.2.9"));
    }),
    ("SIP-VIA", |talk| {
        let options = request("OPTIONS", 1, "theirs", "");
        talk.server(&options.set("Via", "SIP/2.0/UDP 192.0.2.9;branch=1"));
    }),
    ("SIP-CSEQ", |talk| {
        let options = request("OPTIONS", 1, "theirs", "");
        talk.server(&options.set("CSeq", "1 INFO"));
    }),
    ("SIP-VALUE", |talk| {
        let options = request("OPTIONS", 1, "theirs", "");
        talk.server(&options.set("Max-Forwards", "many"));
    }),
    ("SIP-CONTENT-LENGTH", |talk| {
        let options = request("OPTIONS", 1, "theirs", "");
        let via = "SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK1";
        talk.server(&options.set("Via", via).without_content_length());
    }),
    ("SIP-CONTENT-LENGTH", |talk| {
        let options = request("OPTIONS", 1, "theirs", "");
        talk.server(&options.body("text/plain", "hello").content_length("9"));
    }),
    ("SIP-CONTENT-TYPE", |talk| {
        talk.server(&request("OPTIONS", 1, "theirs", "").body_only("hello"));
    }),
    ("SIP-SDP", |talk| {
        let invite = talk.ours(&invite());
        let sdp = sdp(THEIRS, &["message"]).replace("s=-\r\n", "");
        talk.server(&response(&invite, 200).body("application/sdp", sdp));
    }),
    ("SIP-RESPONSE-ECHO", |talk| {
        let invite = talk.ours(&invite());
        let branch = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKother";
        talk.server(&response(&invite, 180).set("Via", branch));
    }),
    ("SIP-RESPONSE-ECHO", |talk| {
        let invite = talk.ours(&invite());
        talk.server(&response(&invite, 180).set("Call-ID", "another"));
    }),
    ("SIP-RESPONSE-ECHO", |talk| {
        let invite = talk.ours(&invite());
        talk.server(&response(&invite, 180).set("From", "<sip:alice@example.com>;tag=x"));
    }),
    ("SIP-RESPONSE-ECHO", |talk| {
        let invite = talk.ours(&invite());
        talk.server(&response(&invite, 180).set("To", "<sip:carol@example.com>;tag=theirs"));
    }),
    ("SIP-TO-TAG", |talk| {
        let invite = talk.ours(&invite());
        talk.server(&response(&invite, 180));
        talk.server(&accepted(&invite).set("To", "<sip:bob@example.com>;tag=second"));
    }),
    ("SIP-PROVISIONAL", |talk| {
        call(talk);
        let bye = talk.ours(&request("BYE", 2, "ours", "theirs"));
        talk.server(&response(&bye, 180));
    }),
    ("SIP-SDP-ANSWER", |talk| {
        let invite = talk.ours(&invite());
        let sdp = sdp(THEIRS, &["message", "audio"]);
        talk.server(&response(&invite, 200).body("application/sdp", sdp));
    }),
    ("SIP-SDP-ANSWER", |talk| {
        let sdp_of = |path| sdp(path, &["audio", "message"]);
        let invite = request("INVITE", 1, "ours", "").body("application/sdp", sdp_of(OURS));
        let invite = talk.ours(&invite);
        talk.server(&accepted(&invite));
    }),
    ("SIP-BRANCH-UNIQUE", |talk| {
        let options = request("OPTIONS", 1, "theirs", "");
        talk.server(&options);
        talk.server(&options.set("Call-ID", "another"));
    }),
    ("SIP-DIALOG-TAGS", |talk| {
        call(talk);
        talk.server(&request("INFO", 1, "theirs", "others"));
    }),
    ("SIP-DIALOG-TAGS", |talk| {
        call(talk);
        talk.server(&request("INFO", 1, "others", "ours"));
    }),
    ("SIP-CSEQ-ORDER", |talk| {
        call(talk);
        talk.server(&request("INFO", 5, "theirs", "ours"));
        talk.server(&request("BYE", 5, "theirs", "ours"));
    }),
    ("SIP-CSEQ-ORDER", |talk| {
        called(talk);
        talk.server(&request("BYE", 1, "ours", "theirs"));
    }),
    ("SIP-ACK-CSEQ", |talk| {
        talk.leg = FAR_END;
        let invite = talk.server(&invite());
        talk.ours(&accepted(&invite));
        talk.server(&request("ACK", 2, "ours", "theirs"));
    }),
    ("SIP-ACK-GIVEN", |talk| {
        talk.leg = FAR_END;
        let invite = talk.server(&invite());
        talk.ours(&accepted(&invite));
        talk.wait(10_000);
    }),
    ("SIP-BYE-IN-DIALOG", |talk| {
        talk.server(&request("BYE", 1, "theirs", ""));
    }),
    ("SIP-BYE-EARLY", |talk| {
        let invite = talk.ours(&invite());
        talk.server(&response(&invite, 180));
        talk.server(&request("BYE", 1, "theirs", "ours"));
    }),
    ("SIP-BYE-EARLY", |talk| {
        let invite = talk.ours(&invite());
        talk.server(&accepted(&invite));
        talk.server(&request("BYE", 1, "theirs", "ours"));
    }),
    ("SIP-AFTER-BYE", |talk| {
        call(talk);
        talk.server(&request("BYE", 1, "theirs", "ours"));
        talk.server(&request("INFO", 2, "theirs", "ours"));
    }),
    ("SIP-AFTER-BYE", |talk| {
        call(talk);
        let bye = talk.ours(&request("BYE", 2, "ours", "theirs"));
        talk.server(&response(&bye, 200));
        talk.server(&request("BYE", 1, "theirs", "ours"));
    }),
    // Once, and not as a number of a dialog that is over.
    ("SIP-AFTER-BYE", |talk| {
        call(talk);
        talk.server(&request("BYE", 2, "theirs", "ours"));
        talk.server(&request("BYE", 1, "theirs", "ours"));
    }),
    ("MSRP-GRAMMAR", |talk| {
        talk.server_msrp(&sent("msg-1").without("From-Path"));
    }),
    ("MSRP-GRAMMAR", |talk| {
        let (to, from) = ([uri(OURS)], [uri(THEIRS)]);
        let swapped = sent("msg-1").without("To-Path").without("From-Path");
        talk.server_msrp(&swapped.from_path(&from).to_path(&to));
    }),
    ("MSRP-URI", |talk| {
        let from = [uri("msrp://192.0.2.9/server;tcp")];
        let to = [uri(OURS)];
        let text = "text/plain";
        talk.server_msrp(&msrp::MessageBuilder::send_whole(
            &to, &from, "msg-1", text, "x",
        ));
    }),
    ("MSRP-REQUEST", |talk| {
        talk.server_msrp(&sent("msg-1").without("Content-Type"));
    }),
    ("MSRP-SEND", |talk| {
        talk.server_msrp(&sent("msg-1").without("Message-ID"));
    }),
    ("MSRP-SEND", |talk| {
        talk.server_msrp(&sent("msg-1").without("Byte-Range"));
    }),
    ("MSRP-REPORT", |talk| {
        talk.server_msrp(&report("msg-1", 200).without("Status"));
    }),
    ("MSRP-REPORT", |talk| {
        talk.server_msrp(&report("msg-1", 200).without("Byte-Range"));
    }),
    ("MSRP-RESPONSE", |talk| {
        let send = talk.our_msrp(&send("msg-1"));
        talk.server_msrp(&answered(&send, 200).flag(Flag::More));
    }),
    ("MSRP-RESPONSE-MATCH", |talk| {
        let send = talk.our_msrp(&send("msg-1"));
        talk.server_msrp(&answered(&send, 200).transaction("other1234"));
    }),
    ("MSRP-RESPONSE-MATCH", |talk| {
        let send = talk.our_msrp(&send("msg-1"));
        talk.path = 2;
        talk.server_msrp(&answered(&send, 200));
    }),
    ("MSRP-RESPONSE-ONCE", |talk| {
        let send = talk.our_msrp(&send("msg-1"));
        talk.server_msrp(&answered(&send, 200));
        talk.server_msrp(&answered(&send, 200));
    }),
    ("MSRP-RESPONSE-UNWANTED", |talk| {
        let send = talk.our_msrp(&send("msg-1").failure_report(FailureReport::No));
        talk.server_msrp(&answered(&send, 415));
    }),
    ("MSRP-RESPONSE-UNWANTED", |talk| {
        let send = talk.our_msrp(&send("msg-1").failure_report(FailureReport::Partial));
        talk.server_msrp(&answered(&send, 200));
    }),
    ("MSRP-RESPONSE-PATHS", |talk| {
        let send = talk.our_msrp(&send("msg-1"));
        talk.server_msrp(&msrp::MessageBuilder::response_to(&send, 200, &uri(OURS)));
    }),
    ("MSRP-RESPONSE-PATHS", |talk| {
        let send = talk.our_msrp(&send("msg-1"));
        let answer = msrp::MessageBuilder::request("200 OK").transaction(&send.transaction_id());
        talk.server_msrp(&answer.to_path(&[uri(THEIRS)]).from_path(&[uri(THEIRS)]));
    }),
    ("MSRP-TRANSACTION", |talk| {
        talk.server_msrp(&sent("msg-1").transaction("a786hjs2"));
        talk.server_msrp(&sent("msg-2").transaction("a786hjs2"));
    }),
    ("MSRP-PATHS", |talk| {
        call(talk);
        let (to, from) = ([uri("msrp://192.0.2.1:7001/else;tcp")], [uri(THEIRS)]);
        let text = "text/plain";
        talk.server_msrp(&msrp::MessageBuilder::send_whole(
            &to, &from, "msg-1", text, "x",
        ));
    }),
    ("MSRP-PATHS", |talk| {
        call(talk);
        let (to, from) = ([uri(OURS)], [uri("msrp://192.0.2.9:2855/else;tcp")]);
        let text = "text/plain";
        talk.server_msrp(&msrp::MessageBuilder::send_whole(
            &to, &from, "msg-1", text, "x",
        ));
    }),
    ("MSRP-REPORT-UNWANTED", |talk| {
        talk.our_msrp(&send("msg-1"));
        talk.server_msrp(&report("msg-1", 200));
    }),
    ("MSRP-REPORT-UNWANTED", |talk| {
        talk.our_msrp(&send("msg-1").failure_report(FailureReport::No));
        talk.server_msrp(&report("msg-1", 408));
    }),
    ("MSRP-CHUNKS", |talk| {
        talk.server_msrp(&chunk(3, 10, Flag::Complete));
    }),
    ("MSRP-CHUNKS", |talk| {
        talk.server_msrp(&chunk(1, 10, Flag::More));
        talk.server_msrp(&chunk(7, 11, Flag::Complete));
    }),
    ("MSRP-CHUNKS", |talk| {
        talk.server_msrp(&chunk(1, 10, Flag::More));
        talk.server_msrp(&chunk(6, 12, Flag::More));
    }),
    ("MSRP-MESSAGE-ID", |talk| {
        talk.server_msrp(&sent("msg-1"));
        talk.server_msrp(&sent("msg-1"));
    }),
];

/// Five octets of a message of the server.
fn chunk(start: u64, total: u64, flag: Flag) -> msrp::MessageBuilder {
    let range = ByteRange {
        start,
        end: None,
        total: Some(total),
    };
    let sent = sent("msg-1").without("Byte-Range").byte_range(range);
    // A chunk that ends the message has to end at the total.
    let body = match flag {
        Flag::Complete => "x".repeat(usize::try_from(total + 1 - start).unwrap()),
        _ => "hello".to_owned(),
    };
    sent.content("text/plain", body).flag(flag)
}
