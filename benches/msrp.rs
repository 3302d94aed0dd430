//! How long it takes to frame and read one SEND on one core. Goal: half a microsecond.

use std::hint::black_box;

use ch2spec::msrp::{Framer, Message};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const SEND: &[u8] = b"MSRP d93kswow SEND\r\n\
To-Path: msrp://bob.example.com:8888/9di4eae923wzd;tcp\r\n\
From-Path: msrp://alicepc.example.com:7777/iau39soe2843z;tcp\r\n\
Message-ID: 12339sdqwer\r\n\
Byte-Range: 1-14/14\r\n\
Content-Type: text/plain\r\n\
\r\n\
Hi, I'm Alice!\r\n\
-------d93kswow$\r\n";

/// A read of this many messages.
const BURST: usize = 100;

fn msrp(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("msrp");

    group.throughput(Throughput::Elements(1));
    let raw = bytes::Bytes::from_static(SEND);
    group.bench_function("read one SEND", |bencher| {
        bencher.iter(|| Message::decode(black_box(raw.clone())));
    });

    group.throughput(Throughput::Elements(BURST as u64));
    let burst = SEND.repeat(BURST);
    group.bench_function("frame and read 100 SENDs", |bencher| {
        bencher.iter_batched_ref(
            Framer::default,
            |framer| {
                framer.push(black_box(&burst));
                let mut count = 0;
                while let Ok(Some(message)) = framer.poll() {
                    black_box(message);
                    count += 1;
                }
                assert_eq!(count, BURST);
            },
            BatchSize::SmallInput,
        );
    });

    let body = vec![b'-'; 1 << 20];
    let long = [&SEND[..SEND.len() - 34], &body, b"\r\n-------d93kswow$\r\n"].concat();
    group.throughput(Throughput::Bytes(long.len() as u64));
    group.bench_function("frame 1 MiB of hyphens", |bencher| {
        bencher.iter_batched_ref(
            Framer::default,
            |framer| {
                framer.push(black_box(&long));
                assert!(framer.poll_bytes().is_ok_and(|whole| whole.is_some()));
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, msrp);
criterion_main!(benches);
