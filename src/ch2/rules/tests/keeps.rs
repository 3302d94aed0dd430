//! Conversations of servers that keep to the RFCs, some of them narrowly.

use super::{
    Talk, asr, cca, ccr, cea, cer, dpr, dwa, dwr, final_units, identified, mscc, open, raa, rar,
    session, with, without,
};
use crate::diameter::{AvpKey, AvpOut, NtpTime, key};

type Conversation = fn(&mut Talk);

pub(super) const TABLE: &[(&str, Conversation)] = &[
    ("a whole session after the capabilities exchange", |talk| {
        open(talk);
        session(talk);
    }),
    ("a session without interims", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.exchange(&ccr(3, 1), 2001);
    }),
    (
        "a grant of money to a server that counts messages",
        |talk| {
            talk.exchange(&ccr(1, 0), 2001);
            let interim = talk.server(&ccr(2, 1));
            let digits = [AvpOut::new(AvpKey::base(447), 100_i64)];
            let value = AvpOut::group(AvpKey::base(445), digits);
            let money = AvpOut::group(key::CC_MONEY, [value]);
            let grant = AvpOut::group(key::GRANTED_SERVICE_UNIT, [money]);
            let answer = without(cca(&interim, 2001), key::GRANTED_SERVICE_UNIT);
            talk.ours(&answer.avp(grant));
            let stop = without(ccr(3, 2), key::TERMINATION_CAUSE);
            talk.exchange(&stop.with(key::TERMINATION_CAUSE, 3), 2001);
        },
    ),
    ("a one-off event", |talk| {
        talk.exchange(&ccr(4, 0), 2001);
    }),
    ("watchdogs both ways", |talk| {
        let request = talk.server(&dwr(7));
        talk.ours(&dwa(&request));
        let request = talk.ours(&dwr(7));
        talk.server(&dwa(&request));
    }),
    ("watchdogs as close as jitter makes them", |talk| {
        for identifier in [7, 8] {
            let request = talk.server(&dwr(identifier));
            talk.ours(&dwa(&request));
            talk.wait(4_000);
        }
    }),
    ("a re-authorisation", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&rar(7));
        talk.server(&raa(&request));
        talk.exchange(&ccr(2, 1), 2001);
        talk.exchange(&ccr(3, 2), 2001);
    }),
    ("an answer to a request of another trace", |talk| {
        let request = crate::diameter::Message::decode(dwr(7).build());
        talk.server(&dwa(&request));
    }),
    (
        "the stop sent again with the T bit is no second stop",
        |talk| {
            talk.exchange(&ccr(1, 0), 2001);
            talk.server(&ccr(3, 1));
            talk.lose();
            talk.exchange(&ccr(3, 1).hop_by_hop(5).retransmitted(true), 2001);
        },
    ),
    (
        "a request that first arrives with the T bit after a loss",
        |talk| {
            talk.exchange(&ccr(1, 0), 2001);
            talk.lose();
            talk.exchange(&ccr(2, 1).retransmitted(true), 2001);
            talk.exchange(&ccr(3, 2), 2001);
        },
    ),
    (
        "a request that met a protocol error, sent anew without the T bit",
        |talk| {
            talk.exchange(&ccr(1, 0), 3004);
            talk.exchange(&ccr(1, 0).hop_by_hop(5), 2001);
        },
    ),
    ("a watchdog sent again to the same peer", |talk| {
        open(talk);
        talk.server(&dwr(1007));
        talk.lose();
        open(talk);
        talk.server(&dwr(1007).hop_by_hop(1008).retransmitted(true));
    }),
    ("a request that names another host than the peer", |talk| {
        let host = "ocs.elsewhere.example.com";
        talk.exchange(&ccr(1, 0).with(key::DESTINATION_HOST, host), 2001);
        talk.exchange(&ccr(3, 1), 2001);
    }),
    ("a stop that met a protocol error, sent anew", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.exchange(&ccr(3, 1), 3004);
        talk.exchange(&ccr(3, 2), 2001);
    }),
    (
        "a request sent again after a link was down for long",
        |talk| {
            talk.exchange(&ccr(1, 0), 2001);
            talk.server(&ccr(2, 1));
            talk.lose();
            talk.wait(600_000);
            talk.exchange(&ccr(2, 1).hop_by_hop(5).retransmitted(true), 2001);
            talk.exchange(&ccr(3, 2), 2001);
        },
    ),
    (
        "requests that met a protocol error, sent anew under their numbers",
        |talk| {
            talk.exchange(&ccr(1, 0), 2001);
            talk.exchange(&ccr(2, 1), 3002);
            talk.exchange(&identified(ccr(2, 1), 5), 2001);
            talk.exchange(&ccr(3, 2), 3004);
            talk.exchange(&identified(ccr(3, 2), 6), 2001);
        },
    ),
    (
        "a request that met an error, sent again without the T bit",
        |talk| {
            talk.exchange(&ccr(1, 0), 2001);
            talk.exchange(&ccr(2, 1), 4002);
            talk.exchange(&ccr(2, 1).hop_by_hop(5), 2001);
            talk.exchange(&ccr(3, 2), 2001);
        },
    ),
    (
        "a start whose answer was lost with its connection",
        |talk| {
            talk.exchange(&ccr(1, 0), 2001);
            talk.lose();
            talk.exchange(&identified(ccr(1, 0), 5), 2001);
            talk.exchange(&ccr(3, 1), 2001);
        },
    ),
    (
        "a session that began at another peer and moved here",
        |talk| {
            talk.exchange(&ccr(2, 4).retransmitted(true), 2001);
            talk.exchange(&ccr(3, 5), 2001);
        },
    ),
    ("a refused start, tried again", |talk| {
        talk.exchange(&ccr(1, 0), 4010);
        talk.exchange(&identified(ccr(1, 0), 5), 2001);
        talk.exchange(&ccr(3, 1), 2001);
    }),
    ("a refused session and then another", |talk| {
        talk.exchange(&ccr(1, 0), 4010);
        let other = with(
            identified(ccr(1, 0), 5),
            key::SESSION_ID,
            "im.example.com;1;524",
        );
        talk.exchange(&other, 2001);
    }),
    ("a stop after a refusal that no table lists", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.exchange(&ccr(2, 1), 4012);
        talk.exchange(&ccr(3, 2), 2001);
    }),
    ("a stop after an interim that was never answered", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&ccr(2, 1));
        talk.wait(10_000);
        talk.exchange(&ccr(3, 2), 2001);
    }),
    ("interims of several services under way together", |talk| {
        let update = |number| {
            let bare = without(ccr(2, number), key::USED_SERVICE_UNIT);
            let used = AvpOut::group(
                key::USED_SERVICE_UNIT,
                [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, 1_u64)],
            );
            without(bare, key::REQUESTED_SERVICE_UNIT)
                .avp(mscc([AvpOut::new(key::RATING_GROUP, number), used]))
        };
        talk.exchange(&ccr(1, 0), 2001);
        talk.server(&update(1));
        talk.server(&update(2));
    }),
    ("sessions side by side", |talk| {
        let other = |kind, number| {
            let message = identified(ccr(kind, number), 500 + number);
            with(message, key::SESSION_ID, "im.example.com;1;524")
        };
        talk.exchange(&ccr(1, 0), 2001);
        talk.exchange(&other(1, 0), 2001);
        talk.exchange(&ccr(3, 1), 2001);
        talk.exchange(&other(2, 1), 2001);
        talk.exchange(&other(3, 2), 2001);
    }),
    ("a Session-Id of another form", |talk| {
        let start = with(ccr(1, 0), key::SESSION_ID, "im.example.com;call-77");
        talk.exchange(&start, 2001);
    }),
    ("an identity written in another case", |talk| {
        let start = with(ccr(1, 0), key::SESSION_ID, "IM.Example.COM;1;2");
        talk.exchange(&start, 2001);
    }),
    ("application 4 inside a vendor's, and a relay", |talk| {
        let inside = AvpOut::group(
            key::VENDOR_SPECIFIC_APPLICATION_ID,
            [
                AvpOut::new(key::VENDOR_ID, 10415_u32),
                AvpOut::new(key::AUTH_APPLICATION_ID, 4_u32),
            ],
        );
        talk.server(&without(cer(), key::AUTH_APPLICATION_ID).avp(inside));
        talk.connection = 2;
        let relay = identified(with(cer(), key::AUTH_APPLICATION_ID, u32::MAX), 3);
        let request = talk.server(&relay);
        talk.ours(&cea(&request, 2001));
        talk.server(&with(dwr(7), key::ORIGIN_HOST, "behind.example.com"));
    }),
    ("a request through an agent that left its name", |talk| {
        open(talk);
        let start = with(ccr(1, 0), key::ORIGIN_HOST, "far.example.com");
        let start = with(start, key::SESSION_ID, "far.example.com;1;2");
        talk.server(&start.with(key::ROUTE_RECORD, "far.example.com"));
    }),
    (
        "an origin state that says nothing, and one that grows",
        |talk| {
            for (identifier, state) in [(7, 4_u32), (8, 0), (9, 4), (10, 5)] {
                talk.server(&dwr(identifier).with(key::ORIGIN_STATE_ID, state));
                talk.wait(6_000);
            }
        },
    ),
    (
        "an End-to-End Identifier that comes round after four minutes",
        |talk| {
            talk.exchange(&ccr(1, 0), 2001);
            talk.wait(240_000);
            talk.exchange(&ccr(2, 1).end_to_end(1001), 2001);
        },
    ),
    ("the subscription as Subscription-Id-Extension", |talk| {
        let uri = AvpOut::new(AvpKey::base(662), "sip:alice@example.com");
        let extension = AvpOut::group(AvpKey::base(659), [uri]);
        talk.exchange(
            &without(ccr(1, 0), key::SUBSCRIPTION_ID).avp(extension),
            2001,
        );
    }),
    (
        "identities of every type, each in a form of its own",
        |talk| {
            let identity = |kind: u32, data: &str| {
                let kind = AvpOut::new(key::SUBSCRIPTION_ID_TYPE, kind);
                let data = AvpOut::new(key::SUBSCRIPTION_ID_DATA, data);
                AvpOut::group(key::SUBSCRIPTION_ID, [data, kind])
            };
            let start = without(ccr(1, 0), key::SUBSCRIPTION_ID)
                .avp(identity(0, "+358401234567"))
                .avp(identity(0, "358401234567"))
                .avp(identity(0, "tel:+358-40-1234567;phone-context=x"))
                .avp(identity(1, "244051234567890"))
                .avp(identity(2, "SIPS:alice@example.com"))
                .avp(identity(3, "alice@example.com"))
                .avp(identity(4, "whatever they agreed on"));
            talk.exchange(&start, 2001);
        },
    ),
    ("used units of zero in the start", |talk| {
        let units = [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, 0_u64)];
        talk.exchange(
            &ccr(1, 0).avp(AvpOut::group(key::USED_SERVICE_UNIT, units)),
            2001,
        );
    }),
    (
        "an AVP of a vendor that nobody here knows, without the M bit",
        |talk| {
            talk.exchange(
                &ccr(1, 0).avp(AvpOut::raw(AvpKey::of(1, 99_999), 0, "x")),
                2001,
            );
        },
    ),
    (
        "an answer of ours with another Hop-by-Hop Identifier",
        |talk| {
            talk.exchange(&ccr(1, 0), 2001);
            let request = talk.server(&ccr(2, 1));
            talk.ours(&cca(&request, 2001).hop_by_hop(77));
            // It may wait on and send again, or go on as if it had been answered.
            talk.server(&ccr(2, 1).hop_by_hop(5).retransmitted(true));
            talk.wait(1_000);
            talk.exchange(&ccr(3, 2), 2001);
        },
    ),
    (
        "answers of ours with faults, after which anything goes",
        |talk| {
            let request = talk.server(&ccr(1, 0));
            talk.ours(&without(cca(&request, 4010), key::ORIGIN_HOST));
            let request = talk.server(&ccr(3, 1));
            talk.ours(&with(
                cca(&request, 2001),
                key::SESSION_ID,
                "im.example.com;9;9",
            ));
            talk.exchange(&identified(ccr(3, 1), 5).hop_by_hop(6), 2001);
        },
    ),
    ("an answer of ours given twice", |talk| {
        let request = talk.server(&ccr(1, 0));
        talk.ours(&cca(&request, 2001));
        talk.ours(&cca(&request, 2001));
        talk.exchange(&ccr(3, 1), 2001);
    }),
    ("a CEA of ours with faults, taken or not", |talk| {
        let request = talk.server(&cer());
        talk.ours(&without(cea(&request, 2001), key::ORIGIN_HOST));
        talk.server(&dwr(7));
    }),
    ("a request of ours with faults, not answered", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.ours(&without(rar(7), key::ORIGIN_HOST));
        talk.wait(10_000);
    }),
    (
        "a request of ours that went down with its connection",
        |talk| {
            talk.ours(&dwr(7));
            talk.lose();
            talk.wait(10_000);
        },
    ),
    ("an answer for each time that we asked", |talk| {
        let request = talk.ours(&dwr(7));
        talk.ours(&dwr(7).retransmitted(true));
        talk.server(&dwa(&request));
        talk.server(&dwa(&request));
    }),
    (
        "an AVP of ours that is unknown, refused and shown",
        |talk| {
            let unknown = || AvpOut::raw(AvpKey::of(1, 99_999), 0xc0, "x");
            talk.exchange(&ccr(1, 0), 2001);
            let request = talk.ours(&rar(7).avp(unknown()));
            let failed = AvpOut::group(key::FAILED_AVP, [unknown()]);
            talk.server(&with(raa(&request), key::RESULT_CODE, 5001_u32).avp(failed));
        },
    ),
    ("a re-authorisation while an update is under way", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let update = talk.server(&ccr(2, 1));
        let request = talk.ours(&rar(7));
        talk.server(&with(raa(&request), key::RESULT_CODE, 2001_u32));
        talk.ours(&cca(&update, 2001));
        talk.exchange(&ccr(3, 2), 2001);
    }),
    ("an update that crosses a re-authorisation", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&rar(7));
        let update = talk.server(&ccr(2, 1));
        talk.server(&with(raa(&request), key::RESULT_CODE, 2001_u32));
        talk.ours(&cca(&update, 2001));
    }),
    ("a stop that crosses a re-authorisation", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&rar(7));
        let stop = talk.server(&ccr(3, 1));
        talk.server(&with(raa(&request), key::RESULT_CODE, 2001_u32));
        talk.ours(&cca(&stop, 2001));
    }),
    ("an abortion that is followed by the stop", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&asr(7));
        talk.server(&with(raa(&request), key::RESULT_CODE, 2001_u32));
        talk.exchange(&ccr(3, 1), 2001);
    }),
    ("an abortion that is refused", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        let request = talk.ours(&asr(7));
        talk.server(&with(raa(&request), key::RESULT_CODE, 5012_u32));
        talk.exchange(&ccr(2, 1), 2001);
    }),
    ("a session that is over, said to be unknown", |talk| {
        session(talk);
        let request = talk.ours(&asr(7));
        talk.server(&with(raa(&request), key::RESULT_CODE, 5002_u32));
    }),
    ("final units that are used, and the stop", |talk| {
        let request = talk.server(&ccr(1, 0));
        talk.ours(&final_units(&request, 1));
        talk.exchange(&ccr(3, 1), 2001);
    }),
    (
        "final units of which some are left, or that we ask about",
        |talk| {
            let request = talk.server(&ccr(1, 0));
            talk.ours(&final_units(&request, 5));
            let request = talk.server(&ccr(2, 1));
            talk.ours(&final_units(&request, 1));
            let request = talk.ours(&rar(7));
            talk.server(&raa(&request));
            talk.exchange(&ccr(2, 2), 2001);
        },
    ),
    (
        "an update when Validity-Time runs out, and none after a loss",
        |talk| {
            let request = talk.server(&ccr(1, 0));
            talk.ours(&cca(&request, 2001).with(key::VALIDITY_TIME, 5_u32));
            talk.wait(5_000);
            let request = talk.server(&ccr(2, 1));
            talk.ours(&cca(&request, 2001).with(key::VALIDITY_TIME, 5_u32));
            talk.lose();
            talk.wait(60_000);
            talk.exchange(&ccr(3, 2), 2001);
        },
    ),
    (
        "a disconnection of the server's, and its watchdog meanwhile",
        |talk| {
            open(talk);
            session(talk);
            talk.server(&dpr(7, 0));
            talk.server(&dwr(8));
        },
    ),
    ("a disconnection of ours, answered with an error", |talk| {
        let request = talk.ours(&dpr(7, 0));
        talk.server(&with(dwa(&request), key::RESULT_CODE, 5012_u32));
        talk.server(&ccr(1, 0));
    }),
    (
        "a new connection after a reboot, and one for a reason",
        |talk| {
            for (identifier, cause, wait) in [(7, 0, 0), (9, 2, 1_000)] {
                open(talk);
                let request = talk.ours(&dpr(identifier, cause));
                talk.server(&dwa(&request));
                talk.lose();
                talk.wait(wait);
            }
            open(talk);
        },
    ),
    (
        "the times of events, across the end of NTP's first era",
        |talk| {
            let at = |kind, number, seconds| {
                with(ccr(kind, number), key::EVENT_TIMESTAMP, NtpTime(seconds))
            };
            talk.exchange(&at(1, 0, u32::MAX), 2001);
            talk.exchange(&at(2, 1, u32::MAX), 2001);
            talk.exchange(&at(3, 2, 5), 2001);
        },
    ),
    (
        "a Hop-by-Hop Identifier of a request that was given up",
        |talk| {
            talk.server(&ccr(1, 0));
            talk.wait(1_000);
            talk.server(&dwr(1001).end_to_end(5));
        },
    ),
    ("seconds that a session can have used", |talk| {
        talk.exchange(&ccr(1, 0), 2001);
        talk.wait(30_000);
        let used = [
            AvpOut::new(key::CC_TIME, 30_u32),
            AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, 3_u64),
        ];
        let stop = without(ccr(3, 1), key::USED_SERVICE_UNIT);
        talk.exchange(&stop.avp(AvpOut::group(key::USED_SERVICE_UNIT, used)), 2001);
    }),
];
