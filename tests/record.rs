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

use product::{Ran, in_parallel, ran, run};

/// Faults that a simple session does not show, by the flow whose recording shows them, and the
/// reading that is recorded.
const FLOWS: &[(&str, &str, &[&str])] = &[
    (
        "IMC-CLI-con-001",
        "",
        &["interim-on-bye", "stop-before-bye", "no-session-timer"],
    ),
    ("IMC-CLI-con-003", "", &["malformed-charged"]),
    ("IMC-CLI-con-006", "", &["misdirected-charged"]),
    (
        "IMC-CON-con-001",
        "",
        &[
            "empty-send-charged",
            "loses-messages",
            "usage-of-other-session",
            "duplicate-session-id",
            "same-session-id",
        ],
    ),
    ("IMC-CON-con-003", "", &["stop-on-reinvite"]),
    ("IMC-CON-con-103", "", &["stop-on-lost-connection"]),
    ("IMC-END-con-011", "", &["serves-after-bye"]),
    ("IMC-END-con-012", "", &["sends-while-pending"]),
    ("IMC-END-con-107", "", &["no-client-bye"]),
    ("IMC-FAI-con-004", "", &["gives-up-early"]),
    (
        "IMC-FAI-con-006",
        "",
        &[
            "ignores-failure-handling",
            "continues-on-failure",
            "gives-up-at-tx",
            "ignores-late-answers",
            "stop-after-failure",
        ],
    ),
    ("IMC-FAI-con-010", "", &["t-bit-after-error"]),
    ("IMC-FAI-con-016", "", &["no-dwa"]),
    (
        "IMC-FAI-con-018",
        "",
        &["never-fails-over", "no-dpa", "reconnects-unwanted"],
    ),
    ("IMC-FAI-con-022", "", &["takes-duplicate-answer"]),
    ("IMC-FAI-con-023", "", &["takes-unknown-hop-by-hop"]),
    ("IMC-FAI-con-024", "", &["resend-counts-twice"]),
    ("IMC-FAI-con-026", "", &["keeps-first-handling"]),
    (
        "IMC-FAI-con-027",
        "",
        &[
            "no-t-bit-on-resend",
            "new-end-to-end-on-resend",
            "moves-without-permission",
        ],
    ),
    (
        "IMC-FAI-con-028",
        "",
        &["never-reconnects", "sends-before-cea"],
    ),
    ("IMC-FAI-con-029", "", &["no-dwr"]),
    ("IMC-MSG-con-012", "", &["composing-charged"]),
    ("IMC-MSG-con-014", "", &["aborted-charged"]),
    ("IMC-MSG-con-016", "R4", &["failed-delivery-charged"]),
    (
        "IMC-MSG-con-017",
        "",
        &[
            "quiet-message-free",
            "answers-quiet-messages",
            "forwards-twice",
        ],
    ),
    (
        "IMC-MSG-con-020",
        "",
        &["wrong-service-type", "im-counter-wrong"],
    ),
    ("IMC-MSG-con-027", "", &["validity-in-milliseconds"]),
    (
        "IMC-MSG-con-118",
        "",
        &["no-success-report", "wrong-report-range"],
    ),
    ("IMC-MSG-con-119", "", &["incoming-charged"]),
    ("IMC-QUO-con-003", "", &["overruns-quota"]),
    (
        "IMC-QUO-con-006",
        "",
        &["octets-off-by-one", "usage-not-split"],
    ),
    ("IMC-QUO-con-007", "", &["takes-unknown-units"]),
    (
        "IMC-QUO-con-009",
        "",
        &[
            "ignores-final-unit",
            "repeats-stop-forever",
            "absurd-duration",
        ],
    ),
    ("IMC-QUO-con-011", "R3", &["interim-after-final-unit"]),
    ("IMC-QUO-con-012", "", &["interim-for-final-stop"]),
    ("IMC-QUO-con-013", "", &["delivers-while-pending"]),
    ("IMC-QUO-con-013", "R3", &["grants-add-up"]),
    ("IMC-ROB-con-001", "", &["takes-unknown-mandatory"]),
    ("IMC-ROB-con-005", "", &["takes-other-session"]),
    (
        "IMC-ROB-con-007",
        "",
        &["takes-broken-answer", "dies-of-broken-answer"],
    ),
    ("IMC-ROB-con-009", "", &["refuses-spare-avps"]),
    (
        "IMC-ROB-con-010",
        "R3",
        &["interim-late", "takes-zero-for-unlimited"],
    ),
    ("IMC-ROB-con-011", "", &["ignores-validity-time"]),
    ("IMC-ROB-con-012", "", &["takes-other-number"]),
    (
        "IMC-SIB-con-101",
        "",
        &["no-page-debit", "page-before-debit", "no-requested-action"],
    ),
    (
        "IMC-SRV-con-001",
        "",
        &["no-raa", "no-interim-after-raa", "raa-says-ongoing"],
    ),
    ("IMC-SRV-con-002", "", &["second-interim-on-rar"]),
    ("IMC-SRV-con-003", "", &["takes-any-rar"]),
    ("IMC-SRV-con-006", "", &["ignores-asr"]),
    ("IMC-SRV-con-007", "", &["no-asa", "takes-any-asr"]),
    ("IMC-STA-con-001", "", &["wrong-user-session"]),
    ("IMC-STA-con-009", "", &["stop-after-denial"]),
    ("IMC-STA-con-010", "", &["charges-uncontrolled"]),
    ("IMC-STA-con-011", "", &["repeats-rating-failed"]),
    (
        "IMC-STA-con-012",
        "",
        &["ignores-refusal", "ignores-credit-limit"],
    ),
    ("IMC-STA-con-014", "", &["stop-before-start-answer"]),
    ("IMC-STA-con-114", "", &["no-far-cancel"]),
    ("IMC-END-con-002", "R3", &["stop-without-usage"]),
    ("IMC-FAI-con-017", "", &["repeats-watchdog-elsewhere"]),
    ("IMC-QUO-con-011", "", &["ignores-first-final-unit"]),
    ("IMC-QUO-con-014", "", &["ignores-service-result"]),
    ("IMC-STA-con-016", "", &["charges-from"]),
    ("IMC-STA-con-017", "", &["forgets-early-bye"]),
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

/// A run that decides something: what is inconclusive on a busy machine is played again.
fn decided(arguments: &[&str]) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    let mut all = vec!["run", "--strict", "--report-dir"];
    all.push(directory.path().to_str().unwrap());
    all.extend(arguments);
    let mut done = ran(&all);
    for _ in 0..3 {
        if done.code != 3 {
            break;
        }
        done = ran(&all);
    }
    done
}

/// The arguments by which a reading is asked for.
fn under(reading: &str) -> Vec<&str> {
    match reading {
        "" => Vec::new(),
        reading => vec!["--reading", reading],
    }
}

#[test]
fn what_is_recorded_passes_and_fails_with_each_fault_that_shows() {
    let dir = tempfile::tempdir().unwrap();
    let path = recorded(dir.path(), &[]);
    is_clean(&load_paths(&[path.clone().into()]));
    assert_eq!(ran(&["fmt", "--check", &path]).code, 0);
    let right = run(&[&path, "--strict"]);
    assert_eq!(right.ran.code, 0, "{}", right.ran.out);
    assert_eq!(right.verdicts(), ["recorded pass", "recorded pass"]);
    let elsewhere: Vec<&str> = FLOWS
        .iter()
        .flat_map(|(.., names)| *names)
        .copied()
        .collect();
    let here = Fault::all()
        .iter()
        .filter(|fault| !elsewhere.contains(&fault.name()));
    in_parallel(here.collect(), 8, |fault| {
        let wrong = decided(&[&path, "--fault", fault.name()]);
        assert_eq!(wrong.code, 1, "{fault}: {}{}", wrong.out, wrong.error);
    });
}

#[test]
fn a_flow_that_is_recorded_passes_and_fails_with_the_faults_that_show_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let place = |of: &str, reading: &str| {
        let path = dir.path().join(format!("{of}{reading}.yaml"));
        path.to_str().unwrap().to_owned()
    };
    in_parallel(FLOWS.to_vec(), 8, |(of, reading, _)| {
        let path = place(of, reading);
        let mut all = vec!["record", "--flow", of, "-o", &path];
        all.extend(under(reading));
        let done = ran(&all);
        assert_eq!(
            (done.code, &done.out),
            (0, &format!("{path}\n")),
            "{}",
            done.error
        );
        assert!(
            !done.error.contains("will not pass"),
            "{of}: {}",
            done.error
        );
        is_clean(&load_paths(&[path.clone().into()]));
        assert_eq!(ran(&["fmt", "--check", &path]).code, 0, "{of}");
        let mut all = vec![path.as_str()];
        all.extend(under(reading));
        let right = decided(&all);
        assert_eq!(right.code, 0, "{of} {reading}: {}", right.out);
    });
    let named = |(of, reading, names): &(&'static str, &'static str, &'static [&'static str])| {
        let (of, reading) = (*of, *reading);
        names.iter().map(move |name| (of, reading, *name))
    };
    let faults: Vec<(&str, &str, &str)> = FLOWS.iter().flat_map(named).collect();
    for (nth, (.., name)) in faults.iter().enumerate() {
        assert!(name.parse::<Fault>().is_ok(), "no fault is called {name}");
        let again = faults[..nth].iter().any(|(.., other)| other == name);
        assert!(!again, "{name} is there twice");
    }
    in_parallel(faults, 10, |(of, reading, name)| {
        let path = place(of, reading);
        let mut all = vec![path.as_str(), "--fault", name];
        all.extend(under(reading));
        let wrong = decided(&all);
        assert_eq!(wrong.code, 1, "{of} {name}: {}{}", wrong.out, wrong.error);
    });
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
