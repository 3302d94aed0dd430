//! What the embedded run does with scenarios that need a server to themselves, and with those that
//! apply to few configurations.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use ch2spec::cli::run::{Configuration, Done, Following, Order, Reference, Server, play};
use ch2spec::cli::{ColorChoice, Console};
use ch2spec::engine::{Campaign, Verdict};
use ch2spec::report::trace_file::PEER;
use ch2spec::scenario::{Scenario, load_text};

/// A session that the client ends, and metadata of one's own.
fn scenario(id: &str, metadata: &str) -> Arc<Scenario> {
    with_flow(id, metadata, "  - client sends: SIP BYE\n    as: bye\n")
}

/// A session that ends by `bye`, which is how the flow begins.
fn with_flow(id: &str, metadata: &str, bye: &str) -> Arc<Scenario> {
    let text = format!(
        "ch2spec: 1\nid: {id}\ntitle: {id}\nclause: none\nrequirements: [END-C-2]\n{metadata}\n\
         given:\n  - session started\nflow:\n{bye}  - enabler receives: SessionRequest (stop)\n    \
         after: bye\n    requirement: END-C-2\n  - enabler sends: Response\n"
    );
    let loaded = load_text("t.yaml", text.as_bytes());
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    Arc::clone(&loaded.scenarios[0])
}

fn run(scenarios: Vec<Arc<Scenario>>) -> Done {
    let order = Order {
        server: Server::Reference(Reference {
            configurations: Configuration::standard(),
            faults: Vec::new(),
        }),
        scenarios,
        jobs: 4,
        seed: 7,
        started: "2026-01-02T03:04:05Z".to_owned(),
        following: Following::default(),
    };
    play(order, Console::new(ColorChoice::Never, true)).unwrap()
}

fn verdicts(campaign: &Campaign) -> Vec<(&str, Verdict)> {
    let results = campaign.scenarios.iter();
    results
        .map(|result| (result.id.as_str(), result.verdict))
        .collect()
}

#[test]
fn exclusive_scenarios_have_servers_of_their_own_and_run_side_by_side() {
    let done = run(vec![
        scenario("T-1", "exclusive: yes"),
        scenario("T-2", ""),
        scenario("T-3", "exclusive: yes\nneeds: far-end"),
    ]);
    assert_eq!(done.run.diagnosis, None);
    let [far_end, standalone] = done.run.campaigns.as_slice() else {
        panic!("{} campaigns", done.run.campaigns.len())
    };
    use Verdict::{NotApplicable, Pass};
    let all = [("T-1", Pass), ("T-2", Pass), ("T-3", Pass)];
    assert_eq!(verdicts(far_end), all);
    let without = [("T-1", Pass), ("T-2", Pass), ("T-3", NotApplicable)];
    assert_eq!(verdicts(standalone), without);

    // The first was not waited for by the last, though each ran alone.
    let [first, _, last] = far_end.scenarios.as_slice() else {
        unreachable!()
    };
    assert!(first.began < last.ended && last.began < first.ended);
    let names: Vec<(usize, &str)> = done
        .traces
        .iter()
        .map(|recorded| (recorded.campaign, recorded.scenario.as_str()))
        .collect();
    for name in [
        PEER,
        "CH-2 connection, T-1",
        "CH-2 connection, T-3",
        "T-1",
        "T-2",
        "T-3",
    ] {
        assert!(names.contains(&(0, name)), "{name}: {names:?}");
    }
    assert!(!names.contains(&(1, "CH-2 connection, T-3")), "{names:?}");
    // Each server had a CH-2 connection of its own.
    let peers = done
        .traces
        .iter()
        .filter(|recorded| recorded.scenario.starts_with(PEER));
    assert!(peers.clone().all(|peer| !peer.trace.events.is_empty()));
}

#[test]
fn a_scenario_for_one_reading_is_run_under_it_and_nothing_else_is() {
    let done = run(vec![
        scenario("T-1", ""),
        scenario("T-2", "readings: [R3]"),
        scenario("T-3", "needs: [units-octets]"),
        scenario("T-4", "needs: [group-sessions]"),
    ]);
    let shown: Vec<(String, Vec<(&str, Verdict)>)> = done
        .run
        .campaigns
        .iter()
        .map(|campaign| {
            (
                ch2spec::report::words::campaign(campaign),
                verdicts(campaign),
            )
        })
        .collect();
    use Verdict::{NotApplicable as Not, Pass};
    let main = vec![("T-1", Pass), ("T-2", Not), ("T-3", Not), ("T-4", Not)];
    assert_eq!(
        shown,
        [
            ("far end".to_owned(), main.clone()),
            ("standalone".to_owned(), main),
            ("far end, R3".to_owned(), vec![("T-2", Pass)]),
            ("far end, R3, ro-octets".to_owned(), vec![("T-3", Pass)]),
        ]
    );
    let reason = |at: usize| done.run.campaigns[0].scenarios[at].reason.as_str();
    assert_eq!(reason(1), "only under R3, and R2 is the default");
    assert_eq!(reason(3), "not claimed: group-sessions");
}

#[test]
fn a_timer_is_short_for_the_scenarios_that_rest_on_it() {
    let idle = "  - client receives: SIP BYE\n    as: bye\n    within: $ixit.inactivity-time + 2 s\n    \
                requirement: SIP-BYE-200\n  - client sends: SIP 200\n    for: bye\n";
    // Longer than the short timer.
    let patient = "  - wait: 2300 ms\n  - client sends: SIP BYE\n    as: bye\n";
    let done = run(vec![
        with_flow("T-1", "needs: [inactivity, standalone]", idle),
        with_flow("T-2", "needs: [standalone]", patient),
    ]);
    let standalone = &done.run.campaigns[1];
    let pass = Verdict::Pass;
    assert_eq!(verdicts(standalone), [("T-1", pass), ("T-2", pass)]);
    assert_eq!(standalone.ixit["inactivity time"], "1.00 s");
}

/// The first Charging Enabler is lost while a request waits for its answer.
const LOST: &str = "ch2spec: 1
id: T-1
title: A session moves to the second Charging Enabler
clause: RFC 8506 5.7
requirements: [CC-5.7-MOVE]
needs: [session-failover]
exclusive: yes
given:
  - client sends: SIP INVITE
    as: invite
  - enabler receives: SessionRequest (start)
    as: start
    after: invite
    requirement: CC-5.2-FIRST
  - enabler sends: Response
    for: start
    grant: 1
    session failover: supported
  - far end receives: SIP INVITE
    as: far invite
    when: far-end
    after: invite
    requirement: PROFILE-FORWARD
  - far end sends: SIP 200
    when: far-end
    for: far invite
  - client receives: SIP 200
    for: invite
    requirement: SIP-INVITE-200
flow:
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - enabler receives: SessionRequest (interim)
    as: debit
    after: hello
    unanswered: yes
    requirement: MSG-6
  - enabler does: stop listening
  - enabler does: DEED connection
  - second enabler receives: SessionRequest (interim)
    as: again
    repeats: debit
    requirement: RFC6733-3-TBIT
  - second enabler sends: Response
    for: again
    grant: 10
  - client sends: SIP BYE
    as: bye
  - second enabler receives: SessionRequest (stop)
    after: bye
    requirement: END-C-2
";

#[test]
fn a_session_moves_to_a_second_charging_enabler() {
    for deed in ["close", "reset"] {
        let text = LOST.replace("DEED", deed);
        let loaded = load_text("t.yaml", text.as_bytes());
        assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
        let done = run(loaded.scenarios);
        assert_eq!(done.run.diagnosis, None);
        let last = done.run.campaigns.last().unwrap();
        let shown: Vec<String> = last.scenarios[0]
            .findings
            .iter()
            .map(|f| format!("{}: {} | {}", f.check, f.title, f.observed))
            .collect();
        assert_eq!(verdicts(last), [("T-1", Verdict::Pass)], "{shown:#?}");
    }
}
