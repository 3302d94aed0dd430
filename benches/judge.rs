//! Judging a trace of a hundred messages under every reading.

#[path = "../tests/story/mod.rs"]
mod story;

use std::hint::black_box;

use ch2spec::ch2::ReadingId;
use ch2spec::engine::{Verdict, What, judge};
use criterion::{Criterion, criterion_group, criterion_main};
use story::Story;

/// A session of Figure 17 that goes on until the trace holds a hundred messages: what goes beyond
/// the two messages of the scenario is left to the client and matches no step, as in a long call.
fn long_story() -> Story {
    let mut story = Story::standalone("IMC-MSG-con-001");
    story.case.readings = vec![(ReadingId::R2, true), (ReadingId::S1, true)];
    story.starts().exchanges().exchanges().quiet();
    while messages(&story) < 98 {
        story.client_msrp_response(200).ccr(2, Some(0)).cca(false);
    }
    story.over();
    story
}

fn messages(story: &Story) -> usize {
    let is_message = |what: &What| matches!(what, What::Received { .. } | What::Sent { .. });
    story
        .trace
        .events
        .iter()
        .filter(|event| is_message(&event.what))
        .count()
}

/// The same length, where everything is as it should be: under R5 an interim may come at any time.
fn clean_story() -> Story {
    let mut story = Story::standalone("IMC-MSG-con-001");
    story.case.readings = vec![(ReadingId::R5, true), (ReadingId::S1, true)];
    story.starts().exchanges().exchanges();
    while messages(&story) < 98 {
        story.ccr(2, None).cca(false);
    }
    story.quiet().over();
    assert_eq!(story.judged().verdict, Verdict::Pass);
    story
}

fn bench(c: &mut Criterion) {
    for (name, story) in [
        ("clean", clean_story()),
        ("with 28 surplus interims", long_story()),
    ] {
        let count = messages(&story);
        c.bench_function(&format!("judge {count} messages, {name}"), |b| {
            b.iter(|| judge(black_box(&story.case), black_box(&story.trace)));
        });
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
