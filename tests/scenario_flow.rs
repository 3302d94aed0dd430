//! What comes of files that are right: fragments unfolded, labels resolved, ladders drawn.

#![allow(clippy::unwrap_used)]

mod figures;

use std::path::{Path, PathBuf};
use std::time::Duration;

use ch2spec::ch2::{ReadingGroup, ReadingId, Unit, UnitsAt};
use ch2spec::scenario::{
    Action, Charset, Expr, Ics, Ladder, Loaded, Matcher, Outgoing, Scenario, Target, Transport,
    Trigger, TriggerBinding, load_paths, load_sut, load_text,
};
use proptest::prelude::*;

fn shown(loaded: &Loaded) -> String {
    loaded
        .diagnostics
        .iter()
        .map(|d| d.render(false) + "\n\n")
        .collect()
}

fn twice() -> Loaded {
    load_paths(&[PathBuf::from("fixtures/scenarios/own/twice.yaml")])
}

fn labels(scenario: &Scenario) -> Vec<&str> {
    scenario
        .steps
        .iter()
        .filter_map(|s| s.label.as_deref())
        .collect()
}

#[test]
fn fragments_of_the_neighbourhood_and_of_the_library_unfold() {
    let loaded = twice();
    let doubts: Vec<&str> = loaded.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(doubts, ["unused-label"], "{}", shown(&loaded));
    let scenario = &loaded.scenarios[0];
    let expected = [
        "invite",
        "start",
        "far invite",
        "debit",
        "invite#2",
        "start#2",
        "far invite#2",
        "debit#2",
        "stop",
    ];
    assert_eq!(labels(scenario), expected);
    let step = |label: &str| {
        scenario
            .steps
            .iter()
            .find(|s| s.label.as_deref() == Some(label))
            .unwrap()
    };
    // Inside the second use, its own steps are meant.
    let debit = step("debit#2");
    assert_eq!(debit.after, ["invite#2"]);
    assert_eq!(debit.under, [ReadingId::R2]);
    assert_eq!(debit.when, [Ics::FarEnd]);
    assert_eq!(debit.used_at.len(), 1);
    assert_eq!(step("invite#2").used_at.len(), 2);
    let captured = debit.checks.iter().find_map(|check| match &check.matcher {
        Matcher::Equals(Expr::Capture { label, .. }) => Some(label.as_str()),
        _ => None,
    });
    assert_eq!(captured, Some("start#2"));
    // A Response that names no request answers the nearest.
    let answered: Vec<&str> = scenario
        .steps
        .iter()
        .filter_map(|s| match &s.action {
            Action::Send {
                message: Outgoing::Response { answers, reply },
                ..
            } => {
                assert_eq!((reply.result_code, reply.copies), (2001, 1));
                Some(answers.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(answered, ["start", "debit", "start#2", "debit#2"]);
    // Parameters: given, passed on, default.
    let waits: Vec<Duration> = scenario
        .steps
        .iter()
        .filter_map(|s| {
            if let Action::Wait(length) = &s.action {
                length.fixed()
            } else {
                None
            }
        })
        .collect();
    assert_eq!(
        waits,
        [Duration::from_millis(10), Duration::from_millis(20)]
    );
    let stop = step("stop");
    assert_eq!(stop.after, ["debit", "debit#2", "start"]);
    assert!(scenario.steps.iter().filter(|s| s.given).count() == 9);
}

#[test]
fn values_take_the_type_of_what_they_are_held_against() {
    let text = "ch2spec: 1
id: T-1
title: t
clause: c
requirements: [MSG-1]
flow:
  - enabler receives: SessionRequest (stop)
    requirement: MSG-6
    avps:
      CC-Request-Type: TERMINATION_REQUEST
      Subscription-Id / Subscription-Id-Data: +358401234567
      Service-Context-Id: 0401234567
      Used-Service-Unit: { CC-Total-Octets: { equals: 12, tolerance: 2 } }
      Session-Id: $$literal
  - client sends: MSRP SEND
    body: on
";
    let loaded = load_text("t.yaml", text.as_bytes());
    // Text that other readers of YAML take for numbers and truth values is doubted, and kept.
    let doubts: Vec<&str> = loaded.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(doubts, ["ambiguous-text"; 3], "{}", shown(&loaded));
    let steps = &loaded.scenarios[0].steps;
    let checks: Vec<String> = steps[0]
        .checks
        .iter()
        .map(|check| match &check.target {
            Target::Avp { name, .. } => format!("{name}: {:?}", check.matcher),
            other => format!("{other:?}"),
        })
        .collect();
    insta::assert_snapshot!(checks.join("\n"), @r#"
    CC-Request-Type: Equals(Number(3))
    Subscription-Id / Subscription-Id-Data: Equals(Text("+358401234567"))
    Service-Context-Id: Equals(Text("0401234567"))
    Used-Service-Unit / CC-Total-Octets: Within { value: Number(12), tolerance: 2 }
    Session-Id: Equals(Text("$literal"))
    "#);
    let Action::Send {
        message: Outgoing::MsrpSend {
            body, content_type, ..
        },
        ..
    } = &steps[1].action
    else {
        panic!("no SEND")
    };
    assert_eq!(
        (&body[..], content_type),
        (&b"on"[..], &Some(Expr::Text("text/plain".into())))
    );
}

fn of_flow(name: &str) -> Scenario {
    let loaded = load_paths(&[format!("fixtures/scenarios/flow/{name}.yaml").into()]);
    assert!(!loaded.has_errors(), "{}", shown(&loaded));
    Scenario::clone(&loaded.scenarios[0])
}

#[test]
fn rounds_have_labels_of_their_own() {
    let scenario = of_flow("repeat");
    let of = |action: &str| {
        let steps = scenario.steps.iter();
        steps
            .filter(|step| step.action.to_string() == action)
            .map(|step| {
                (
                    step.label.as_deref().unwrap_or_default(),
                    step.after.clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    // A round of the inner block says `debit` and means that of the outer round it stands in.
    let pauses = of("wait: 10 ms");
    let expected = [
        ("pause", "debit"),
        ("pause#2", "debit"),
        ("pause#3", "debit#2"),
        ("pause#4", "debit#2"),
        ("pause#5", "debit#3"),
        ("pause#6", "debit#3"),
    ];
    assert_eq!(
        pauses,
        expected.map(|(label, after)| (label, vec![after.to_owned()]))
    );
    let stop = of("enabler receives: SessionRequest (stop)");
    assert_eq!(stop[0].1, ["bye", "debit#3", "pause#6"]);
}

#[test]
fn blocks_are_drawn_between_rules() {
    for name in ["one-of", "any-order"] {
        let drawn = Ladder::new(&of_flow(name), &[ReadingId::R2]).text(Charset::Unicode);
        insta::assert_snapshot!(format!("ladder-{name}"), drawn.join("\n"));
    }
}

#[test]
fn ladders() {
    let all = figures::figures();
    let of = |index: usize, readings: &[ReadingId]| Ladder::new(&all[index], readings);
    let drawn = of(3, &[ReadingId::R2, ReadingId::S1]).text(Charset::Unicode);
    insta::assert_snapshot!("ladder", drawn.join("\n"));
    let drawn = of(1, &[]).text(Charset::Ascii);
    insta::assert_snapshot!("ladder-ascii", drawn.join("\n"));
    assert!(drawn.iter().all(|line| line.is_ascii()));
}

#[test]
fn the_example_server_is_read_whole() {
    let loaded = load_sut(Path::new("fixtures/sut/example.yaml"));
    assert!(loaded.diagnostics.is_empty(), "{:#?}", loaded.diagnostics);
    let sut = loaded.sut.unwrap();
    assert_eq!(
        (sut.name.as_str(), sut.sip.transport),
        ("Example IM Server 2.1", Transport::Udp)
    );
    assert_eq!(sut.subscribers.len(), 21);
    assert_eq!(sut.subscribers[6].client, "sip:alice7@example.com");
    assert_eq!(sut.subscribers[6].also, ["tel:+358401234507"]);
    assert_eq!(sut.subscribers[6].far_end, "sip:bob7@example.com");
    let trigger = &sut.triggers[&Trigger::ServerEndsSession];
    assert!(matches!(trigger, TriggerBinding::Http { method, .. } if method == "POST"));
    assert_eq!(sut.readings[&ReadingGroup::StopTrigger], ReadingId::S1);
    assert_eq!(sut.values.validity_time, Some(60));
    assert_eq!(
        sut.binding.service_context_id.as_deref(),
        Some("32260@3gpp.org")
    );
    assert_eq!(
        sut.claims_all(),
        [
            Ics::SessionMode,
            Ics::FarEnd,
            Ics::ServerEndsSession,
            Ics::RefusesContentType,
            Ics::UnitsMessages,
            Ics::SecondEnabler
        ]
    );
}

#[test]
fn a_server_may_stand_alone_and_keep_its_binding_in_a_file() {
    let loaded = load_sut(Path::new("fixtures/sut/standalone.yaml"));
    assert!(loaded.diagnostics.is_empty(), "{:#?}", loaded.diagnostics);
    let sut = loaded.sut.unwrap();
    assert_eq!(
        sut.claims_all(),
        [
            Ics::SessionMode,
            Ics::Standalone,
            Ics::UnitsOctets,
            Ics::MultipleServices
        ]
    );
    assert_eq!(
        (sut.binding.unit, sut.binding.units_at),
        (Unit::Octets, UnitsAt::Mscc)
    );
    assert_eq!((sut.subscribers.len(), sut.far_end), (4, None));
}

/// Shipped text with one stretch of it replaced: near enough to be read far.
fn broken() -> impl Strategy<Value = String> {
    let files: Vec<&'static str> = ch2spec::scenario::library()
        .iter()
        .map(|file| file.text)
        .collect();
    let edit = "[-a-z$#:{}\\[\\],.0-9\"' \n]{0,12}";
    (
        proptest::sample::select(files),
        0.0..1.0f64,
        0usize..30,
        edit,
    )
        .prop_map(|(text, at, cut, insert)| {
            let start = (text.len() as f64 * at) as usize;
            let end = (start + cut).min(text.len());
            let bytes = [
                &text.as_bytes()[..start],
                insert.as_bytes(),
                &text.as_bytes()[end..],
            ];
            String::from_utf8_lossy(&bytes.concat()).into_owned()
        })
}

proptest! {
    #[test]
    fn broken_files_never_panic(text in broken()) {
        let loaded = load_text("broken.yaml", text.as_bytes());
        for diagnostic in &loaded.diagnostics {
            prop_assert!(!diagnostic.render(false).is_empty());
        }
        let _ = ch2spec::scenario::load_sut_text("broken.yaml", text.as_bytes());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = load_text("x.yaml", &bytes);
        let _ = ch2spec::scenario::load_sut_text("x.yaml", &bytes);
    }
}

#[test]
fn a_round_may_belong_to_another_session() {
    let text = "ch2spec: 1
id: T-1
title: t
clause: c
requirements: [MSG-1]
sessions: { b: { subscriber: other } }
flow:
  - repeat: 2
    steps:
      - client sends: SIP BYE
        session: b
  - repeat: 2
    session: b
    steps:
      - client sends: SIP BYE
";
    let loaded = load_text("t.yaml", text.as_bytes());
    assert!(!loaded.has_errors(), "{}", shown(&loaded));
    let sessions = loaded.scenarios[0].steps.iter().map(|step| step.session);
    assert_eq!(sessions.collect::<Vec<_>>(), [1; 4]);
}
