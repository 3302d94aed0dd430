//! How long the always-on rules take over one CH-2 message. Goal: a microsecond.

#[path = "ccr/mod.rs"]
mod ccr;

use std::hint::black_box;

use ch2spec::ch2::Binding;
use ch2spec::ch2::rules::{Monitor, Observation};
use ch2spec::diameter::{AvpOut, Message, MessageBuilder, key};
use ch2spec::io::Time;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// Requests of one session: a start, interims, a stop.
const REQUESTS: u32 = 50;

fn rules(criterion: &mut Criterion) {
    let messages = session();
    let mut monitor = Monitor::new(&Binding::default());
    watch(&mut monitor, &messages);
    assert_eq!(monitor.breaches(), []);

    let mut group = criterion.benchmark_group("rules");
    group.throughput(Throughput::Elements(messages.len() as u64));
    group.bench_function("a session of 50 CCR and 50 CCA", |bencher| {
        bencher.iter_batched_ref(
            || Monitor::new(&Binding::default()),
            |monitor| watch(monitor, black_box(&messages)),
            BatchSize::SmallInput,
        );
    });
    // Answers to requests that were not seen, so that no request is part of the time.
    let answers: Vec<Message> = messages.into_iter().filter(|m| !m.is_request()).collect();
    group.throughput(Throughput::Elements(answers.len() as u64));
    group.bench_function("50 CCA of requests not seen", |bencher| {
        bencher.iter_batched_ref(
            || Monitor::new(&Binding::default()),
            |monitor| watch(monitor, black_box(&answers)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn watch(monitor: &mut Monitor, messages: &[Message]) {
    for (event, message) in messages.iter().enumerate() {
        monitor.observe(&Observation {
            event,
            at: Time::from_millis(event as u64),
            from_server: message.is_request(),
            im_session: 0,
            peer: 0,
            connection: 1,
            message,
        });
    }
}

/// A whole session, each request with its answer.
fn session() -> Vec<Message> {
    let id = "im-server.home1.example;1876543210;523;16777216";
    let messages = (0..REQUESTS).flat_map(|number| {
        let kind = match number {
            0 => 1,
            last if last == REQUESTS - 1 => 3,
            _ => ccr::UPDATE,
        };
        let request = Message::decode(ccr::request(number + 1, id, kind, number));
        let answer = MessageBuilder::answer_to(&request)
            .with(key::SESSION_ID, id)
            .with(key::RESULT_CODE, 2001_u32)
            .with(key::ORIGIN_HOST, "ocs1.charging.home1.example")
            .with(key::ORIGIN_REALM, "charging.home1.example")
            .with(key::AUTH_APPLICATION_ID, 4_u32)
            .with(key::CC_REQUEST_TYPE, kind)
            .with(key::CC_REQUEST_NUMBER, number)
            .avp(AvpOut::group(
                key::MULTIPLE_SERVICES_CREDIT_CONTROL,
                [
                    AvpOut::group(
                        key::GRANTED_SERVICE_UNIT,
                        [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, 10_u64)],
                    ),
                    AvpOut::new(key::RATING_GROUP, 100_u32),
                    AvpOut::new(key::RESULT_CODE, 2001_u32),
                ],
            ))
            .build();
        [request, Message::decode(answer)]
    });
    messages.collect()
}

criterion_group!(benches, rules);
criterion_main!(benches);
