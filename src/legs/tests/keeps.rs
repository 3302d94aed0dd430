//! Conversations of servers that keep to the RFCs, some of them narrowly.

use super::{
    FAR_END, THEIRS, Talk, accepted, answered, call, called, invite, report, request, response,
    sdp, send, sent, uri,
};
use crate::msrp::{self, ByteRange, FailureReport, Flag};
use crate::sip::MessageBuilder;

type Conversation = fn(&mut Talk);

pub(super) const TABLE: &[(&str, Conversation)] = &[
    ("a call of ours that the server ends", |talk| {
        call(talk);
        let bye = talk.server(&request("BYE", 7, "theirs", "ours"));
        talk.ours(&response(&bye, 200));
        talk.server(&request("BYE", 7, "theirs", "ours"));
    }),
    ("a call of ours that we end", |talk| {
        call(talk);
        let bye = talk.ours(&request("BYE", 2, "ours", "theirs"));
        talk.server(&response(&bye, 200));
    }),
    ("a call of the server, with another INVITE in it", |talk| {
        called(talk);
        let again = request("INVITE", 2, "ours", "theirs");
        let again = talk.server(&again);
        talk.ours(&accepted(&again));
        talk.server(&request("ACK", 2, "ours", "theirs"));
        let bye = talk.server(&request("BYE", 9, "ours", "theirs"));
        talk.ours(&response(&bye, 200));
    }),
    ("a call that is refreshed by many an INVITE", |talk| {
        called(talk);
        for number in 2..60 {
            let again = talk.server(&request("INVITE", number, "ours", "theirs"));
            talk.ours(&accepted(&again));
            talk.server(&request("ACK", number, "ours", "theirs"));
        }
        // The ACK of a 2xx that was sent again.
        talk.server(&request("ACK", 3, "ours", "theirs"));
    }),
    ("a call that is refused, and one that is given up", |talk| {
        talk.leg = FAR_END;
        let call = invite().set("Call-ID", "given-up");
        let call = talk.server(&call);
        talk.ours(&response(&call, 180));
        let cancel = talk.server(&MessageBuilder::cancel_of(&call));
        talk.ours(&response(&cancel, 200));
        let refusal = talk.ours(&response(&call, 487));
        talk.server(&MessageBuilder::ack_of_refusal(&call, &refusal));
        talk.wait(10_000);
    }),
    ("a caller that ends an early dialog", |talk| {
        talk.leg = FAR_END;
        let invite = talk.server(&invite());
        talk.ours(&response(&invite, 180));
        talk.server(&request("BYE", 2, "ours", "theirs"));
    }),
    ("a BYE without an ACK, once the time is over", |talk| {
        let invite = talk.ours(&invite());
        talk.server(&accepted(&invite));
        talk.wait(32_000);
        talk.server(&request("BYE", 1, "theirs", "ours"));
    }),
    ("a BYE that is refused and tried again", |talk| {
        call(talk);
        let bye = talk.server(&request("BYE", 1, "theirs", "ours"));
        talk.ours(&response(&bye, 500));
        talk.server(&request("BYE", 2, "theirs", "ours"));
    }),
    (
        "a Via with received and rport, and one Via in another case",
        |talk| {
            let invite = talk.ours(&invite());
            let via = invite.header("Via").unwrap().into_owned() + ";received=192.0.2.1;rport=5060";
            talk.server(
                &accepted(&invite).set(
                    "Via",
                    via.to_lowercase()
                        .replace("z9hg4bkinvite", "z9hG4bKINVITE")
                        .replace("sip/2.0/udp", "SIP/2.0/UDP"),
                ),
            );
        },
    ),
    ("100 without a To tag, and for any method", |talk| {
        call(talk);
        let bye = talk.ours(&request("BYE", 2, "ours", "theirs"));
        talk.server(&response(&bye, 100));
        talk.server(&response(&bye, 200));
    }),
    ("a stream that is refused in the answer", |talk| {
        let both = sdp(super::OURS, &["message", "audio"]);
        let invite = talk.ours(&request("INVITE", 1, "ours", "").body("application/sdp", both));
        let both = sdp(THEIRS, &["message", "audio"]);
        talk.server(&response(&invite, 200).body("application/sdp", both));
    }),
    ("a request of ours with faults, answered anyhow", |talk| {
        let wrong = talk.ours(&invite().without("To"));
        let answer = response(&wrong, 400).header("To", "<sip:nobody@example.com>;tag=x");
        talk.server(&answer.set("From", "<sip:somebody@example.com>;tag=y"));
    }),
    (
        "a response of ours with faults, after which anything goes",
        |talk| {
            talk.leg = FAR_END;
            let invite = talk.server(&invite());
            talk.ours(&accepted(&invite).without("Contact"));
            talk.server(&request("BYE", 1, "ours", "others"));
            talk.wait(10_000);
        },
    ),
    ("requests outside of a call", |talk| {
        let options = talk.ours(&request("OPTIONS", 1, "ours", ""));
        talk.server(&response(&options, 200));
        let options = request("OPTIONS", 1, "theirs", "");
        talk.server(&options.body("text/plain", "hello"));
    }),
    ("messages both ways", |talk| {
        call(talk);
        let send = talk.our_msrp(&send("msg-1"));
        talk.server_msrp(&answered(&send, 200));
        talk.server_msrp(&sent("msg-2"));
        talk.server_msrp(&sent("msg-3"));
    }),
    ("reports that were asked for", |talk| {
        talk.our_msrp(&send("msg-1").success_report(true));
        talk.server_msrp(&report("msg-1", 200));
        talk.our_msrp(&send("msg-2").failure_report(FailureReport::Partial));
        talk.server_msrp(&report("msg-2", 408));
    }),
    ("an error under partial, and silence under no", |talk| {
        let partial = talk.our_msrp(&send("msg-1").failure_report(FailureReport::Partial));
        talk.server_msrp(&answered(&partial, 413));
        talk.our_msrp(&send("msg-2").failure_report(FailureReport::No));
    }),
    ("a response for each time that we sent", |talk| {
        let first = talk.our_msrp(&send("msg-1").transaction("d93kswow"));
        talk.our_msrp(&send("msg-1").transaction("d93kswow"));
        talk.server_msrp(&answered(&first, 200));
        talk.server_msrp(&answered(&first, 200));
    }),
    ("a response to something of ours with faults", |talk| {
        let wrong = talk.our_msrp(&send("msg-1").without("To-Path"));
        talk.server_msrp(&answered(&wrong, 400).transaction("other1234"));
    }),
    ("chunks in turn with those of another message", |talk| {
        let part = |id: &str, start, flag| {
            let range = ByteRange {
                start,
                end: None,
                total: Some(10),
            };
            let part = sent(id).without("Byte-Range").byte_range(range);
            part.content("text/plain", "hello").flag(flag)
        };
        talk.server_msrp(&part("msg-1", 1, Flag::More));
        talk.server_msrp(&part("msg-2", 1, Flag::More));
        talk.server_msrp(&part("msg-1", 1, Flag::More));
        talk.server_msrp(&part("msg-1", 6, Flag::Complete));
        talk.server_msrp(&part("msg-2", 6, Flag::Complete));
    }),
    (
        "an empty SEND that comes again on a new connection",
        |talk| {
            let (to, from) = ([uri(super::OURS)], [uri(THEIRS)]);
            let empty = msrp::MessageBuilder::empty_send(&to, &from, "msg-0");
            talk.server_msrp(&empty);
            talk.path = 2;
            talk.server_msrp(&empty);
        },
    ),
    ("a method that nobody knows, with a small body", |talk| {
        let (to, from) = ([uri(super::OURS)], [uri(THEIRS)]);
        let odd = msrp::MessageBuilder::request("PING")
            .to_path(&to)
            .from_path(&from);
        talk.server_msrp(&odd.content("text/plain", "hello"));
    }),
    (
        "a relay that passes on what it does not look into",
        |talk| {
            talk.our_msrp(&send("msg-1").without("Message-ID"));
            (talk.leg, talk.path) = (FAR_END, 2);
            talk.server_msrp(&sent("msg-1").without("Message-ID"));
        },
    ),
    ("a relay that passes on what came twice", |talk| {
        let twice = send("msg-1").transaction("tr4nsact");
        let message = talk.our_msrp(&twice);
        talk.server_msrp(&answered(&message, 200));
        talk.our_msrp(&twice);
        (talk.leg, talk.path) = (FAR_END, 2);
        let passed_on = sent("msg-1").transaction("tr4nsact");
        talk.server_msrp(&passed_on);
        talk.server_msrp(&passed_on);
    }),
];
