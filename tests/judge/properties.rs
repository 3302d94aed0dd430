//! What holds for whatever is done to a good trace.

use std::time::Duration;

use ch2spec::ch2::Binding;
use ch2spec::ch2::SessionRequest;
use ch2spec::diameter;
use ch2spec::engine::{Event, Message, Standing, StepId, Trace, Verdict, What, judge};
use ch2spec::io::Time;
use ch2spec::scenario::Party;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::Index;
use proptest::test_runner::Config;

use super::story::Story;
use super::{CLIENT_ENDS, EXCHANGE, REFUSED, SERVER_ENDS};

/// A good trace of each shipped scenario.
fn good(which: usize) -> Story {
    let mut story = Story::standalone([EXCHANGE, CLIENT_ENDS, SERVER_ENDS, REFUSED][which]);
    story.starts();
    match which {
        0 => story.exchanges().exchanges().quiet(),
        1 => {
            story
                .exchanges()
                .client_request("BYE")
                .ccr(3, Some(0))
                .cca(true);
            story.client_response(200, "BYE").quiet()
        }
        2 => {
            story
                .exchanges()
                .trigger()
                .server_request("BYE")
                .ccr(3, Some(0))
                .cca(true);
            story.client_answers(200, "BYE").quiet()
        }
        _ => {
            story
                .client_send("application/x-ch2spec-unwanted", "x")
                .client_msrp_response(415);
            story.quiet().client_request("BYE").ccr(3, None).cca(true);
            story.client_response(200, "BYE").quiet()
        }
    };
    story.over();
    assert_eq!(story.judged().verdict, Verdict::Pass, "{which}");
    story
}

fn kind(event: &Event) -> Option<String> {
    let What::Received {
        message: Message::Diameter(message),
        ..
    } = &event.what
    else {
        return None;
    };
    let binding = Binding::default();
    let request = SessionRequest::new(message, &binding)?;
    Some(
        request
            .kind()
            .map_or_else(String::new, |kind| kind.to_string()),
    )
}

fn requests(trace: &Trace) -> Vec<usize> {
    (0..trace.events.len())
        .filter(|at| kind(&trace.events[*at]).is_some())
        .collect()
}

/// Times that rise, whatever was moved.
fn retimed(trace: &mut Trace) {
    let mut now = Time::ZERO;
    for event in &mut trace.events {
        now = now.max(event.at);
        event.at = now;
    }
}

#[test]
fn without_one_of_its_session_requests_no_flow_passes() {
    for which in 0..4 {
        let story = good(which);
        for at in requests(&story.trace) {
            let mut trace = story.trace.clone();
            trace.events.remove(at);
            let verdict = judge(&story.case, &trace).verdict;
            assert_ne!(verdict, Verdict::Pass, "{which} without event {at}");
        }
    }
}

#[test]
fn with_stop_and_interim_exchanged_no_flow_passes() {
    for which in 0..4 {
        let story = good(which);
        let requests = requests(&story.trace);
        for a in &requests {
            for b in requests.iter().filter(|b| *b > a) {
                let (first, second) = (&story.trace.events[*a], &story.trace.events[*b]);
                if kind(first) == kind(second) {
                    continue;
                }
                let mut trace = story.trace.clone();
                let (one, other) = (first.what.clone(), second.what.clone());
                trace.events[*a].what = other;
                trace.events[*b].what = one;
                let verdict = judge(&story.case, &trace).verdict;
                assert_ne!(verdict, Verdict::Pass, "{which}: {a} and {b} exchanged");
            }
        }
    }
}

/// The request once more, under identifiers of its own.
fn anew(event: &Event, standing: Standing, hop: u32, number: bool) -> Event {
    let What::Received {
        path,
        message: Message::Diameter(message),
        ..
    } = &event.what
    else {
        panic!("no request");
    };
    let mut bytes = message.raw().to_vec();
    bytes[12..16].copy_from_slice(&hop.to_be_bytes());
    bytes[16..20].copy_from_slice(&hop.to_be_bytes());
    if number {
        // CC-Request-Number: AVP 415 with the M bit and 12 octets.
        let header = [0, 0, 0x01, 0x9f, 0x40, 0, 0, 12];
        let at = bytes
            .windows(8)
            .position(|window| window == header)
            .expect("no number");
        bytes[at + 8..at + 12].copy_from_slice(&hop.to_be_bytes());
    }
    let message = Message::Diameter(diameter::Message::decode(bytes.into()));
    Event {
        what: What::Received {
            path: *path,
            message,
            standing,
        },
        ..event.clone()
    }
}

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        Just(Standing::Flow),
        Just(Standing::Repeated),
        Just(Standing::Background)
    ]
}

fn noise() -> impl Strategy<Value = What> {
    let step = (0..30_usize).prop_map(StepId);
    prop_oneof![
        step.clone().prop_map(What::Due),
        step.clone().prop_map(What::Done),
        step.clone().prop_map(What::Expired),
        (step, any::<bool>()).prop_map(|(step, harness)| What::Impossible {
            step,
            reason: String::new(),
            harness,
        }),
        Just(What::FlowOver),
        (0..5_u64).prop_map(|seconds| What::Slow(Duration::from_secs(seconds))),
        Just(What::CutShort(String::new())),
        (0..5_u64, any::<bool>()).prop_map(|(path, stands)| What::Path {
            path,
            what: String::new(),
            stands,
            by_server: true,
        }),
    ]
}

/// A trace of a flow that leaves something open.
fn open(which: usize) -> Story {
    let mut story = Story::of_file(["optional", "times", "one-of", "either", "any-order"][which]);
    story.starts();
    if which < 2 {
        story
            .client_send("text/plain", "Hello")
            .client_msrp_response(200);
        if which == 1 {
            story
                .client_send("text/plain", "Hello")
                .client_msrp_response(200);
        }
        story.ccr(2, Some(1)).cca(true).ccr(2, Some(1)).cca_by(None);
    }
    story.client_request("BYE").client_response(200, "BYE");
    for kind in [2, 4, 3] {
        story.ccr(kind, None).cca_by(None);
    }
    if which != 2 {
        story.quiet();
    }
    story.over();
    story
}

proptest::proptest! {
    #![proptest_config(Config { cases: 64, ..Config::default() })]

    #[test]
    fn a_session_request_sent_twice_never_passes(
        which in 0..4_usize,
        request: Index,
        place: Index,
        standing in standing(),
        number: bool,
    ) {
        let story = good(which);
        let requests = requests(&story.trace);
        let at = requests[request.index(requests.len())];
        let mut trace = story.trace.clone();
        let copy = anew(&trace.events[at], standing, 0x7777, number);
        let place = at + 1 + place.index(trace.events.len() - at);
        trace.events.insert(place, copy);
        retimed(&mut trace);
        let result = judge(&story.case, &trace);
        assert_ne!(result.verdict, Verdict::Pass, "{which}: {at} again at {place}");
    }

    #[test]
    fn no_trace_makes_it_panic(
        which in 0..9_usize,
        moves in proptest::collection::vec((any::<Index>(), any::<Index>(), 0..3_u8), 0..12),
        noise in proptest::collection::vec((any::<Index>(), noise()), 0..6),
        readings: bool,
    ) {
        let mut story = which.checked_sub(4).map_or_else(|| good(which), open);
        if readings {
            story.case.readings.clear();
        }
        let events = &mut story.trace.events;
        for (from, to, what) in moves {
            if events.is_empty() {
                break;
            }
            let (from, to) = (from.index(events.len()), to.index(events.len()));
            match what {
                0 => events.swap(from, to),
                1 => drop(events.remove(from)),
                _ => events.insert(to, events[from].clone()),
            }
        }
        for (place, what) in noise {
            let place = place.index(events.len() + 1);
            let at = events.get(place).map_or(Time::ZERO, |event| event.at);
            events.insert(place, Event { at, session: 0, party: Party::Enabler, what });
        }
        let result = story.judged();
        assert_eq!(result.events, story.trace.events.len());
    }

    #[test]
    fn what_was_left_out_is_missed(which in 0..4_usize, first: Index, second: Index) {
        let mut story = good(which);
        let events = &mut story.trace.events;
        for gone in [first, second] {
            let requests = requests(&Trace { events: events.clone() });
            events.remove(requests[gone.index(requests.len())]);
        }
        assert_ne!(story.judged().verdict, Verdict::Pass);
    }
}
