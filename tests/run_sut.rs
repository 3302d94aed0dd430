//! `run --sut`: the reference server as a process of its own, described as a vendor would.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod figures;
mod product;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use product::{Run, ch2spec, findings, free_port, in_parallel, run, scenarios, text};

/// How a server is reached, and told to end a session.
struct Setting {
    name: &'static str,
    tcp: bool,
    far_end: bool,
    trigger: TriggerKind,
    subscribers: &'static str,
}

#[derive(Clone, Copy)]
enum TriggerKind {
    Http,
    Command,
    FarEndBye,
}

const SETTINGS: &[Setting] = &[
    Setting {
        name: "UDP, far end, HTTP",
        tcp: false,
        far_end: true,
        trigger: TriggerKind::Http,
        subscribers: "{ client: \"sip:alice{1..4}@example.com\", also: \"tel:+3584012345{1..4}\", \
                      far end: \"sip:bob{1..4}@example.com\" }",
    },
    Setting {
        name: "UDP, standalone, command",
        tcp: false,
        far_end: false,
        trigger: TriggerKind::Command,
        subscribers: "{ client: \"sip:carol{01..12}@example.com\", \
                      far end: \"sip:dave{01..12}@example.com\" }",
    },
    Setting {
        name: "TCP, far end, far end's BYE",
        tcp: true,
        far_end: true,
        trigger: TriggerKind::FarEndBye,
        subscribers: "{ client: \"sip:erin{1..3}@example.com\", far end: \"sip:frank{1..3}@example.com\" }",
    },
    // One pair of subscribers: one scenario after the other.
    Setting {
        name: "TCP, standalone, HTTP",
        tcp: true,
        far_end: false,
        trigger: TriggerKind::Http,
        subscribers: "[{ client: \"sip:grace@example.com\", far end: \"sip:heidi@example.com\" }]",
    },
];

#[test]
fn a_server_of_its_own_passes_twice_in_every_setting() {
    in_parallel(SETTINGS.iter().collect(), SETTINGS.len(), |setting| {
        let (enabler, far_end) = (free_port(), free_port());
        let server = Served::start(setting, enabler, far_end);
        let directory = tempfile::tempdir().unwrap();
        let sut = directory.path().join("sut.yaml");
        std::fs::write(&sut, server.description(setting, enabler, far_end)).unwrap();
        let sut = sut.to_str().unwrap();
        let linted = product::ran(&["lint", sut]);
        assert_eq!(
            linted.code, 0,
            "{}: {}{}",
            setting.name, linted.out, linted.error
        );
        for turn in ["first", "second"] {
            let mut arguments = vec!["--sut", sut];
            arguments.extend(figures::FIGURES);
            passes(setting, turn, &run(&arguments));
        }
    });
}

fn passes(setting: &Setting, turn: &str, run: &Run) {
    let told = format!(
        "{}, {turn} run: {}{}",
        setting.name, run.ran.out, run.ran.error
    );
    assert_eq!(run.ran.code, 0, "{told}");
    assert_eq!(
        run.verdicts(),
        [
            "IMC-MSG-con-001 pass",
            "IMC-MSG-con-002 pass",
            "IMC-END-con-001 pass",
            "IMC-END-con-002 pass",
        ],
        "{told}"
    );
    let campaign = &run.campaigns()[0];
    assert_eq!(findings(campaign), [], "{told}");
    assert_eq!(campaign["server"], setting.name);
    let topology = if setting.far_end {
        "far end"
    } else {
        "standalone"
    };
    assert_eq!(campaign["topology"], topology);
    // Whoever plays, plays one of the subscribers; two scenarios at a time are never the same.
    for scenario in scenarios(campaign) {
        let client = text(&scenario["identities"]["client"]);
        let user = client.trim_start_matches("sip:").split('@').next().unwrap();
        assert!(
            setting
                .subscribers
                .contains(user.trim_end_matches(|c: char| c.is_ascii_digit())),
            "{told}: {client}"
        );
    }
}

/// `ch2spec serve`, until it is dropped.
struct Served {
    child: Child,
    sip: SocketAddr,
    control: String,
}

impl Served {
    fn start(setting: &Setting, enabler: SocketAddr, far_end: SocketAddr) -> Served {
        let any = "127.0.0.1:0";
        let (enabler, far_end) = (enabler.to_string(), far_end.to_string());
        let mut arguments = vec!["serve", "--sip", any, "--msrp", any, "--control", any];
        arguments.extend(["--enabler", &enabler]);
        if setting.tcp {
            arguments.extend(["--sip-tcp", any]);
        }
        if setting.far_end {
            arguments.extend(["--far-end", &far_end]);
        }
        let mut child = ch2spec(&arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut addresses = std::collections::BTreeMap::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let (name, value) = line.rsplit_once("  ").unwrap();
            let name = name.trim().to_owned();
            addresses.insert(name.clone(), value.trim().to_owned());
            if name.starts_with("ready") {
                break;
            }
        }
        let sip = if setting.tcp { "sip tcp" } else { "sip udp" };
        Served {
            sip: addresses[sip].parse().unwrap(),
            control: addresses["control"].clone(),
            child,
        }
    }

    /// `sut.yaml`, as its vendor would write it.
    fn description(&self, setting: &Setting, enabler: SocketAddr, far_end: SocketAddr) -> String {
        let transport = if setting.tcp { "tcp" } else { "udp" };
        let far_end = match setting.far_end {
            true => format!("{{ listen: \"{far_end}\" }}"),
            false => "none".to_owned(),
        };
        let authority = self
            .control
            .trim_start_matches("http://")
            .trim_end_matches('/');
        let trigger = match setting.trigger {
            TriggerKind::Http => {
                format!("{{ http: \"POST http://{authority}/sessions/{{call-id}}/end\" }}")
            }
            TriggerKind::Command => {
                let port = authority.rsplit(':').next().unwrap();
                let script = "exec 3<>/dev/tcp/127.0.0.1/$1; \
                              printf 'POST /sessions/%s/end HTTP/1.1\\\\r\\\\n\\\\r\\\\n' $2 >&3; \
                              grep -q ' 202 ' <&3";
                format!("{{ command: [bash, -c, \"{script}\", end, \"{port}\", \"{{call-id}}\"] }}")
            }
            TriggerKind::FarEndBye => "far end bye".to_owned(),
        };
        format!(
            "ch2spec: 1\n\
             name: {}\n\
             sip: {{ address: \"{}\", transport: {transport}, client address: 127.0.0.1 }}\n\
             subscribers: {}\n\
             enabler: {{ listen: \"{enabler}\", host: ocs.enabler.example, realm: enabler.example }}\n\
             far end: {far_end}\n\
             triggers: {{ server ends session: {trigger} }}\n\
             claims: [session-mode, refuses-content-type]\n\
             values: {{ connect time: 30 s }}\n\
             binding: {{ service context id: im@reference.example }}\n",
            setting.name, self.sip, setting.subscribers,
        )
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A child that has ended is none to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serve_ends_at_an_interrupt_and_says_where_it_cannot_listen() {
    let setting = &SETTINGS[1];
    let mut served = Served::start(setting, free_port(), free_port());
    let taken = served.sip.to_string();
    let other = product::ran(&["serve", "--sip", &taken, "--control", "127.0.0.1:0"]);
    assert_eq!(other.code, 2, "{other:?}");
    assert!(other.error.contains(&taken), "{other:?}");
    let id = served.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
}
