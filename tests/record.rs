//! `record`: what is written from a session passes against the same server, and fails against one
//! that has come to do something wrong.

#![allow(clippy::unwrap_used)]

mod product;

use std::path::Path;

use bytes::Bytes;
use ch2spec::ch2::{Binding, ReadingId};
use ch2spec::diameter::{AvpOut, MessageBuilder, key};
use ch2spec::engine::{Event, Message, Standing, Trace, What};
use ch2spec::io::Time;
use ch2spec::reference::Fault;
use ch2spec::report::draft::{Context, NoSession, draft};
use ch2spec::scenario::{Loaded, Party, load_paths, load_text};
use ch2spec::{diameter, sip};

use product::{in_parallel, ran, run};

/// Faults that a recorded session cannot show, by why.
const UNSEEN: &[(&str, &[&str])] = &[
    (
        "The client ends the session, so the server sends it no BYE.",
        &[
            "stop-before-bye",
            "interim-on-bye",
            "no-client-bye",
            "serves-after-bye",
        ],
    ),
    (
        "The credit suffices and is granted each time.",
        &[
            "ignores-refusal",
            "overruns-quota",
            "grants-add-up",
            "ignores-credit-limit",
            "charges-uncontrolled",
            "continues-on-failure",
            "ignores-failure-handling",
            "stop-after-denial",
            "repeats-rating-failed",
            "absurd-duration",
            "interim-late",
            "no-requested-action",
        ],
    ),
    (
        "The grants name no end, no time and no kind of unit but the binding's.",
        &[
            "ignores-final-unit",
            "ignores-first-final-unit",
            "ignores-validity-time",
            "validity-in-milliseconds",
            "interim-after-final-unit",
            "interim-for-final-stop",
            "takes-unknown-units",
            "usage-not-split",
            "octets-off-by-one",
        ],
    ),
    (
        "Each debit is answered at once, and each Response is right.",
        &[
            "sends-while-pending",
            "delivers-while-pending",
            "takes-any-asr",
            "takes-any-rar",
            "takes-broken-answer",
            "gives-up-at-tx",
            "keeps-first-handling",
            "gives-up-early",
            "ignores-late-answers",
            "stop-after-failure",
            "dies-of-broken-answer",
            "refuses-spare-avps",
            "takes-zero-for-unlimited",
            "takes-duplicate-answer",
            "takes-other-number",
            "takes-other-session",
            "takes-unknown-hop-by-hop",
            "takes-unknown-mandatory",
            "t-bit-after-error",
            "stop-before-start-answer",
        ],
    ),
    (
        "From names whom P-Asserted-Identity names.",
        &["charges-from"],
    ),
    (
        "Each debit leaves nothing for the stop.",
        &["stop-without-usage"],
    ),
    (
        "The Charging Enabler begins nothing.",
        &[
            "ignores-asr",
            "no-asa",
            "no-raa",
            "raa-says-ongoing",
            "no-interim-after-raa",
            "second-interim-on-rar",
            "no-dpa",
            "reconnects-unwanted",
        ],
    ),
    (
        "The CH-2 connection stands and is never idle for long.",
        &[
            "no-dwa",
            "no-dwr",
            "never-fails-over",
            "never-reconnects",
            "sends-before-cea",
            "moves-without-permission",
            "new-end-to-end-on-resend",
            "no-t-bit-on-resend",
            "repeats-stop-forever",
            "repeats-watchdog-elsewhere",
            "resend-counts-twice",
        ],
    ),
    (
        "There are two accepted messages, each delivered, with a body and without a wish for a report.",
        &[
            "empty-send-charged",
            "malformed-charged",
            "misdirected-charged",
            "aborted-charged",
            "composing-charged",
            "failed-delivery-charged",
            "incoming-charged",
            "loses-messages",
            "quiet-message-free",
            "answers-quiet-messages",
            "no-success-report",
            "wrong-report-range",
        ],
    ),
    (
        "There is one session, set up and ended at once, and no page-mode message.",
        &[
            "same-session-id",
            "duplicate-session-id",
            "usage-of-other-session",
            "no-session-timer",
            "stop-on-lost-connection",
            "stop-on-reinvite",
            "no-far-cancel",
            "forgets-early-bye",
            "no-page-debit",
            "page-before-debit",
        ],
    ),
    (
        "No requirement that a draft knows asks for the AVP: it stands in a comment.",
        &[
            "im-counter-wrong",
            "wrong-service-type",
            "wrong-user-session",
        ],
    ),
];

/// Faults that are seen and do not fail, because what they break is a SHOULD, or open.
const WARNED: &[&str] = &[
    "no-far-ack",
    "no-far-bye",
    "no-forward",
    "no-timestamp",
    "not-proxiable",
    "session-id-not-first",
    "stop-requests-units",
    "subscription-changes",
    "timestamp-decreases",
];

fn recorded(directory: &Path, arguments: &[&str]) -> String {
    let path = directory.join("recorded.yaml");
    let path = path.to_str().unwrap().to_owned();
    let mut all = vec!["record", "-o", &path];
    all.extend(arguments);
    let done = ran(&all);
    assert_eq!(done.code, 0, "{}", done.error);
    assert_eq!(done.out, format!("{path}\n"));
    path
}

fn is_clean(loaded: &Loaded) {
    let shown: Vec<String> = loaded.diagnostics.iter().map(|d| d.render(false)).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    assert_eq!(loaded.scenarios.len(), 1);
}

#[test]
fn what_is_recorded_passes_and_fails_with_each_fault_that_shows() {
    let dir = tempfile::tempdir().unwrap();
    let path = recorded(dir.path(), &[]);
    is_clean(&load_paths(&[path.clone().into()]));
    assert_eq!(ran(&["fmt", "--check", &path]).code, 0);
    let right = run(&[&path]);
    assert_eq!(right.ran.code, 0, "{}", right.ran.out);
    assert_eq!(right.verdicts(), ["recorded pass", "recorded pass"]);
    let unseen: Vec<&str> = UNSEEN
        .iter()
        .flat_map(|(_, names)| *names)
        .copied()
        .collect();
    in_parallel(Fault::all().to_vec(), 6, |fault| {
        let run = run(&[&path, "--fault", fault.name()]);
        let warned = run.ran.out.contains("warning: ");
        let expected = match fault.name() {
            name if unseen.contains(&name) => (0, false),
            name if WARNED.contains(&name) => (0, true),
            // The second copy is taken for the next message, where it comes late enough.
            "forwards-twice" => (0, warned),
            _ => (1, warned),
        };
        assert_eq!((run.ran.code, warned), expected, "{fault}: {}", run.ran.out);
    });
    for name in unseen.iter().chain(WARNED) {
        assert!(name.parse::<Fault>().is_ok(), "no fault is called {name}");
    }
}

#[test]
fn a_server_that_reads_otherwise_is_recorded_as_it_reads() {
    for reading in ["R1", "R3", "R4"] {
        let dir = tempfile::tempdir().unwrap();
        let path = recorded(dir.path(), &["--reading", reading]);
        is_clean(&load_paths(&[path.clone().into()]));
        let run = run(&[&path, "--reading", reading, "--topology", "far-end"]);
        assert_eq!(run.ran.code, 0, "{reading}: {}", run.ran.out);
        let text = std::fs::read_to_string(&path).unwrap();
        let interims = text.matches("SessionRequest (interim)").count();
        assert_eq!(interims, if reading == "R4" { 2 } else { 0 }, "{text}");
    }
}

#[test]
fn the_authors_own_messages_are_sent() {
    let dir = tempfile::tempdir().unwrap();
    let messages = ["one", "$two: \"three\"", "- # four"];
    let arguments: Vec<&str> = messages
        .iter()
        .flat_map(|text| ["--message", text])
        .collect();
    let path = recorded(dir.path(), &arguments);
    let loaded = load_paths(&[path.clone().into()]);
    is_clean(&loaded);
    let bodies: Vec<String> = loaded.scenarios[0]
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            ch2spec::scenario::Action::Send {
                message: ch2spec::scenario::Outgoing::MsrpSend { body, .. },
                ..
            } => Some(String::from_utf8(body.to_vec()).unwrap()),
            _ => None,
        })
        .collect();
    assert_eq!(bodies[..3], messages);
    assert_eq!(run(&[&path]).ran.code, 0);
}

#[test]
fn a_saved_trace_is_a_session_too() {
    let dir = tempfile::tempdir().unwrap();
    let run_of = run(&[
        "IMC-END-con-002",
        "IMC-MSG-con-001",
        "--topology",
        "far-end",
    ]);
    let trace = run_of.path("trace.jsonl");
    let trace = trace.to_str().unwrap();
    for scenario in ["IMC-END-con-002", "IMC-MSG-con-001"] {
        let path = dir.path().join(format!("{scenario}.yaml"));
        let path = path.to_str().unwrap();
        let done = ran(&[
            "record",
            "--from",
            trace,
            "--scenario",
            scenario,
            "-o",
            path,
        ]);
        assert_eq!(done.code, 0, "{}", done.error);
        is_clean(&load_paths(&[path.into()]));
        let again = run(&[path, "--topology", "far-end"]);
        assert_eq!(again.ran.code, 0, "{}", again.ran.out);
    }
    let done = ran(&["record", "--from", trace, "--scenario", "nothing"]);
    assert_eq!(done.code, 2);
    assert!(done.error.contains("IMC-MSG-con-001"), "{}", done.error);
    let done = ran(&["record", "--from", "Cargo.toml"]);
    assert_eq!(done.code, 2, "{}", done.error);
}

#[test]
fn what_is_there_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = recorded(dir.path(), &[]);
    assert_eq!(ran(&["record", "-o", &path]).code, 2);
    assert_eq!(ran(&["record", "-o", "-.yaml"]).code, 2, "no id");
}

/// A session of which every text is hostile.
fn hostile(status: &str) -> Trace {
    let invite = "INVITE sip:b@x SIP/2.0\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nFrom: <sip:a@x>;tag=1\r\n\
                  To: <sip:b@x>\r\nP-Asserted-Identity: <sip:a@x>\r\n\
                  P-Charging-Vector: icid-value=\"i\"\r\nContent-Length: 0\r\n\r\n";
    let answer = format!(
        "SIP/2.0 {status}\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nFrom: <sip:a@x>;tag=1\r\n\
         To: <sip:b@x>;tag=2\r\nContent-Length: 0\r\n\r\n"
    );
    let evil = "x\n  - client sends: SIP BYE\n# \x1b[2J \u{202e}{}[]&*!|>'\"%@`: yes@y";
    let request = MessageBuilder::request(272, 4)
        .with(key::SESSION_ID, evil)
        .with(key::ORIGIN_HOST, "h")
        .with(key::SERVICE_CONTEXT_ID, evil)
        .with(key::CC_REQUEST_TYPE, 1_u32)
        .with(key::CC_REQUEST_NUMBER, 0_u32)
        .avp(AvpOut::new(key::USER_NAME, evil))
        .build();
    let sip = |text: &str| {
        Message::Sip(sip::Message::decode(Bytes::copy_from_slice(
            text.as_bytes(),
        )))
    };
    let flow = |message| What::Received {
        path: 1,
        message,
        standing: Standing::Flow,
    };
    let sent = What::Sent {
        path: 1,
        message: sip(invite),
        step: None,
        repeated: false,
        deviates: false,
    };
    let garbage = Message::Garbage {
        bytes: Bytes::from_static(b"\x1b"),
        reason: evil.to_owned(),
    };
    let events = [
        (Party::Client, sent),
        (
            Party::Enabler,
            flow(Message::Diameter(diameter::Message::decode(request))),
        ),
        (Party::Client, flow(garbage)),
        (Party::Client, flow(sip(&answer))),
    ];
    Trace {
        events: events
            .into_iter()
            .map(|(party, what)| Event {
                at: Time::ZERO,
                session: 0,
                party,
                what,
            })
            .collect(),
    }
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
    let binding = Binding::default();
    let text = draft(&hostile("200 OK\x1b[2J"), &context(&binding)).unwrap();
    let allowed = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
    assert!(text.chars().all(allowed), "{text:?}");
    let loaded = load_text("x.yaml", text.as_bytes());
    is_clean(&loaded);
    let steps: Vec<String> = loaded.scenarios[0]
        .steps
        .iter()
        .map(|step| step.action.to_string())
        .collect();
    assert_eq!(
        steps,
        [
            "client sends: SIP INVITE",
            "enabler receives: SessionRequest (start)",
            "client receives: SIP 200",
        ]
    );
}

#[test]
fn where_no_session_came_about_there_is_nothing_to_write() {
    let binding = Binding::default();
    let refused = draft(&hostile("486 Busy"), &context(&binding));
    assert_eq!(refused, Err(NoSession::NotSetUp("SIP 486 Busy".to_owned())));
    assert_eq!(
        draft(&Trace::default(), &context(&binding)),
        Err(NoSession::NoInvite)
    );
}
