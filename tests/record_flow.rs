//! `record --flow`: what is written of a flow passes against the server it was written of, stands
//! alone, and says where the server did something else than the flow wanted.

#![allow(clippy::unwrap_used)]

mod product;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use ch2spec::ch2::{Binding, ReadingId};
use ch2spec::diameter::{AvpOut, MessageBuilder, key};
use ch2spec::engine::{Case, Event, Message, Standing, StepId, Trace, What};
use ch2spec::io::Time;
use ch2spec::report::draft::{Context, NoFlow, Play, flow};
use ch2spec::scenario::{Ixit, Loaded, Party, Scenario, load_paths, load_text};
use ch2spec::{diameter, sip};

use product::{Ran, ran, run};

fn record(directory: &Path, flow: &str, more: &[&str]) -> (String, Ran) {
    let path = directory.join("recorded.yaml");
    let path = path.to_str().unwrap().to_owned();
    let mut all = vec!["record", "--force", "--flow", flow, "-o", &path];
    all.extend(more);
    let done = ran(&all);
    (path, done)
}

fn recorded(directory: &Path, flow: &str, more: &[&str]) -> (String, String) {
    let (path, done) = record(directory, flow, more);
    assert_eq!(done.code, 0, "{flow}: {}", done.error);
    is_clean(&load_paths(&[path.clone().into()]));
    assert_eq!(ran(&["fmt", "--check", &path]).code, 0, "{flow}");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

fn is_clean(loaded: &Loaded) {
    let shown: Vec<String> = loaded.diagnostics.iter().map(|d| d.render(false)).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    assert_eq!(loaded.scenarios.len(), 1);
}

const HEAD: &str =
    "ch2spec: 1\nid: OWN\ntitle: Of one's own\nclause: none\nrequirements: [MSG-6]\n";

#[test]
fn fragments_are_unfolded_and_choices_become_what_came() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("own.yaml");
    let body = "needs: [session-mode]\nlimit: 40 s\ngiven: [session started]\nflow:\n  \
        - repeat: 2\n    steps: [message exchanged]\n  \
        - client sends: SIP BYE\n    as: message 2\n  \
        - one of:\n      \
        - when seen: a stop\n        steps:\n          \
        - enabler receives: SessionRequest (stop)\n            as: stop\n            \
        times: [1, 3]\n            after: message 2\n            requirement: END-C-2\n          \
        - enabler sends: Response\n      \
        - when seen: nothing\n        steps:\n          \
        - enabler receives nothing: SessionRequest\n            requirement: MSG-6\n  \
        - client receives: SIP BYE\n    optional: yes\n    requirement: END-S-4\n";
    std::fs::write(&own, format!("{HEAD}{body}")).unwrap();
    let (path, text) = recorded(dir.path(), own.to_str().unwrap(), &[]);
    for gone in [
        "one of",
        "repeat",
        "times",
        "optional",
        "client receives: SIP BYE",
        "R4",
    ] {
        assert!(
            !text.contains(&format!("{gone}:")) && !text.contains(&format!("- {gone}")),
            "{gone}: {text}"
        );
    }
    assert!(
        text.contains("limit: 40 s") && text.contains("given:"),
        "{text}"
    );
    // The second message is `message#2`, and the author has a `message 2`.
    assert!(text.contains("for: message 2-2"), "{text}");
    assert!(text.contains("after: message 2\n"), "{text}");
    let passes = run(&[&path, "--strict"]);
    assert_eq!(passes.ran.code, 0, "{}", passes.ran.out);
    let fails = run(&[&path, "--fault", "no-stop"]);
    assert_eq!(fails.ran.code, 1, "{}", fails.ran.out);
}

#[test]
fn what_belongs_to_a_session_is_no_label() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("own.yaml");
    let body = "needs: [session-mode]\nsessions:\n  b: { subscriber: other }\ngiven:\n  \
        - session started\n  - session started:\n    session: b\nflow:\n  \
        - message exchanged\n  - message exchanged: { body: Hello }\n    session: b\n  \
        - client sends: SIP BYE\n    as: bye\n  \
        - enabler receives: SessionRequest (stop)\n    as: stop\n    after: bye\n    \
        used units: { equals: $b.unreported, requirement: MSG-6-USED }\n    avps:\n      \
        Subscription-Id / Subscription-Id-Data:\n        \
        if present: { differs from: $b.client.identity }\n    requirement: END-C-2\n";
    std::fs::write(&own, format!("{HEAD}{body}")).unwrap();
    let (path, text) = recorded(dir.path(), own.to_str().unwrap(), &[]);
    for kept in [
        "subscriber: other",
        "$b.unreported",
        "differs from: $b.client.identity",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    assert!(text.contains("after: message 2"), "{text}");
    let passes = run(&[&path, "--strict"]);
    assert_eq!(passes.ran.code, 0, "{}", passes.ran.out);
}

#[test]
fn what_a_server_does_differently_is_written_with_what_the_flow_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let table = [
        // A message that the flow wants and that never comes.
        (
            "IMC-MSG-con-001",
            "no-interim",
            "The flow wanted `enabler receives: SessionRequest (interim)`",
        ),
        // One that it has no step for.
        (
            "IMC-STA-con-009",
            "stop-after-denial",
            "The flow has no step for this.",
        ),
        // Another value, and another way on.
        (
            "IMC-MSG-con-001",
            "wrong-icid",
            "The flow wants Service-Information / IMS-Information",
        ),
        (
            "IMC-STA-con-012",
            "ignores-credit-limit",
            "The flow wanted `client receives: SIP BYE`",
        ),
    ];
    for (of, fault, comment) in table {
        let (path, text) = recorded(dir.path(), of, &["--fault", fault]);
        assert!(text.contains(comment), "{fault}: {text}");
        let same = run(&[&path, "--fault", fault]);
        assert_eq!(same.ran.code, 0, "{fault}: {}", same.ran.out);
        let right = run(&[&path, "--strict"]);
        assert_ne!(right.ran.code, 0, "{fault}: {}", right.ran.out);
    }
}

#[test]
fn what_no_step_can_say_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (_, done) = record(dir.path(), "IMC-MSG-con-001", &["--fault", "wrong-padding"]);
    assert_eq!(done.code, 0, "{}", done.error);
    let told = "a run of it will not pass: Every AVP has a length that fits (RFC6733-4.1-LENGTH)";
    assert!(done.error.contains(told), "{}", done.error);
}

#[test]
fn one_scenario_is_played_and_it_has_to_apply() {
    let dir = tempfile::tempdir().unwrap();
    let table: &[(&str, &[&str], i32, &str)] = &[
        ("IMC-MSG", &[], 2, "--flow takes one scenario"),
        ("IMC-MSG-con-999", &[], 2, "no scenario matches"),
        (
            "IMC-QUO-con-013",
            &["--message", "x"],
            2,
            "cannot be used with",
        ),
        (
            "IMC-MSG-con-016",
            &["--reading", "R3"],
            3,
            "nothing is recorded: IMC-MSG-con-016: only under",
        ),
    ];
    for (of, more, code, error) in table {
        let (path, done) = record(dir.path(), of, more);
        assert_eq!(done.code, *code, "{of}: {}", done.error);
        assert!(done.error.contains(error), "{of}: {}", done.error);
        assert!(!Path::new(&path).exists(), "{of}");
    }
}

/// A session of which every text is hostile, played by a flow that wants other ones.
fn hostile() -> (Case, Trace) {
    let body = "flow:\n  - client sends: SIP INVITE\n    as: invite\n  \
        - enabler receives: SessionRequest (start)\n    avps:\n      User-Name: somebody\n      \
        Service-Context-Id: { if present: x@y, requirement: CC-8.42-SYNTAX }\n    \
        requirement: CC-5.2-FIRST\n  \
        - client receives: SIP 200\n    for: invite\n    reason: OK\n    requirement: SIP-INVITE-200\n";
    let loaded = load_text("own.yaml", format!("{HEAD}{body}").as_bytes());
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let scenario: Arc<Scenario> = Arc::clone(&loaded.scenarios[0]);
    let evil = "x\n  - client sends: SIP BYE\n# \x1b[2J \u{202e}{}[]&*!|>'\"%@`: $yes@y";
    let head = "Call-ID: c\r\nCSeq: 1 INVITE\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\n\
                Content-Length: 0\r\n\r\n";
    let sip = |line: &str| {
        let text = format!("{line}\r\n{head}");
        Message::Sip(sip::Message::decode(Bytes::from(text)))
    };
    let request = MessageBuilder::request(272, 4)
        .with(key::SESSION_ID, evil)
        .with(key::ORIGIN_HOST, "h")
        .with(key::SERVICE_CONTEXT_ID, evil)
        .with(key::CC_REQUEST_TYPE, 1_u32)
        .with(key::CC_REQUEST_NUMBER, 0_u32)
        .avp(AvpOut::new(key::USER_NAME, evil))
        .build();
    let garbage = Message::Garbage {
        bytes: Bytes::from_static(b"\x1b"),
        reason: evil.to_owned(),
    };
    let came = |message| What::Received {
        path: 1,
        message,
        standing: Standing::Flow,
    };
    let sent = What::Sent {
        path: 1,
        message: sip("INVITE sip:b@x SIP/2.0"),
        step: Some(StepId(0)),
        repeated: false,
        deviates: false,
    };
    let events = [
        (Party::Client, sent),
        (
            Party::Enabler,
            came(Message::Diameter(diameter::Message::decode(request))),
        ),
        (Party::Client, came(garbage)),
        (Party::Client, came(sip("SIP/2.0 500 $x\x1b[2J\u{202e}#"))),
        (Party::Enabler, What::FlowOver),
    ];
    let event = |(party, what)| Event {
        at: Time::ZERO,
        session: 0,
        party,
        what,
    };
    let trace = Trace {
        events: events.into_iter().map(event).collect(),
    };
    let case = Case {
        scenario,
        readings: vec![(ReadingId::R2, true)],
        claims: Vec::new(),
        pairs: 1,
        ixit: Ixit::default(),
        binding: Binding::default(),
        identities: Vec::new(),
    };
    (case, trace)
}

fn context(binding: &Binding) -> Context<'_> {
    Context {
        id: "X".to_owned(),
        remarks: vec!["from\n- a server \x1b[2J".to_owned()],
        binding,
        interim: ReadingId::R2,
        refused_content_type: "application/x",
        grant: 10,
    }
}

#[test]
fn whatever_a_server_writes_is_text_in_the_file() {
    let (case, trace) = hostile();
    let binding = Binding::default();
    let play = Play {
        case: &case,
        trace: &trace,
    };
    let written = flow(&[play, play], &context(&binding)).unwrap();
    let allowed = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
    assert!(written.text.chars().all(allowed), "{:?}", written.text);
    let loaded = load_text("x.yaml", written.text.as_bytes());
    is_clean(&loaded);
    let steps = &loaded.scenarios[0].steps;
    let actions: Vec<String> = steps.iter().map(|step| step.action.to_string()).collect();
    assert_eq!(
        actions,
        [
            "client sends: SIP INVITE",
            "enabler receives: SessionRequest (start)",
            "client receives: SIP 500",
        ]
    );
    assert!(
        written.text.contains("The flow wants User-Name: somebody"),
        "{}",
        written.text
    );
}

#[test]
fn where_nothing_was_done_there_is_nothing_to_write() {
    let (case, _) = hostile();
    let trace = Trace::default();
    let play = Play {
        case: &case,
        trace: &trace,
    };
    let binding = Binding::default();
    let none = flow(&[play], &context(&binding));
    assert_eq!(none.map(|written| written.text), Err(NoFlow::NothingDone));
}
