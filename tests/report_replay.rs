//! Evidence that is read back gives the verdict that the run gave.

mod figures;

use ch2spec::cli::run::{Configuration, Following, Order, Reference, Server, Topology, play};
use ch2spec::cli::{ColorChoice, Console};
use ch2spec::engine::{Verdict, judge};
use ch2spec::report::trace_file;

#[test]
fn judging_the_file_gives_the_verdict_of_the_run() {
    let faults = ["cumulative-usage"].map(|name| name.parse().expect("a fault"));
    let order = Order {
        server: Server::Reference(Reference {
            configurations: [Topology::FarEnd, Topology::Standalone]
                .map(|topology| Configuration::new(topology, &[]))
                .to_vec(),
            faults: faults.to_vec(),
        }),
        scenarios: figures::figures(),
        jobs: 4,
        seed: 11,
        started: "2026-01-02T03:04:05Z".to_owned(),
        following: Following::default(),
    };
    let done = play(order, Console::new(ColorChoice::Never, true)).expect("the run runs");
    assert_eq!(done.run.diagnosis, None);

    let mut text = Vec::new();
    trace_file::write(&done.run, &done.traces, &mut text).expect("memory can be written to");
    let text = String::from_utf8(text).expect("a trace is text");
    let file = trace_file::read(&text).expect("what was written can be read");

    let (mut judged, mut failed) = (0, 0);
    for (recorded, case) in done.traces.iter().zip(&done.cases) {
        let Some(case) = case else { continue };
        let of = |r: &&trace_file::Recorded| {
            r.campaign == recorded.campaign && r.scenario == recorded.scenario
        };
        let Some(read) = file.traces.iter().find(of) else {
            assert!(
                recorded.trace.events.is_empty(),
                "{} was left out",
                recorded.scenario
            );
            continue;
        };
        let (live, replayed) = (judge(case, &recorded.trace), judge(case, &read.trace));
        let as_json = |result| serde_json::to_value(result).expect("a result is JSON");
        assert_eq!(as_json(&replayed), as_json(&live), "{}", recorded.scenario);
        judged += 1;
        failed += usize::from(replayed.verdict == Verdict::Fail);
    }
    assert!(judged >= 6, "{judged} scenarios were judged again");
    assert!(failed >= 2, "the fault is found in what was read: {failed}");
}
