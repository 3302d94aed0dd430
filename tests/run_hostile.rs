//! Servers that mean harm: the run ends in bounded time and memory, with one clear diagnosis, a
//! report that can be read, and nothing on the terminal that the server could have written there.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod figures;
mod hostile;
mod product;

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use hostile::{EVIL, Ground, answer, ccr, cer, dwr, header};
use product::{Ran, ch2spec, free_port, in_parallel, report, scenarios, text};

/// A way to do harm, and what the harness makes of it.
struct Attack {
    name: &'static str,
    /// SIP over TCP, not UDP.
    tcp: bool,
    begin: fn(&Ground),
    code: i32,
    /// What the terminal says.
    says: &'static str,
}

const ATTACKS: &[Attack] = &[
    Attack {
        name: "garbage for SIP, UDP",
        tcp: false,
        begin: |ground| {
            ground.quiet_peer();
            ground.each_datagram(|ground, _, from| {
                for garbage in [
                    &b"\0\xff\xfe\r\n\r\n"[..],
                    b"SIP/2.0 ",
                    b"",
                    b"SIP/2.0 200 OK\r\n\r\n",
                ] {
                    let _ = ground.udp.send_to(garbage, from);
                }
            });
        },
        code: 1,
        says: "the client received what is no message",
    },
    Attack {
        name: "garbage for SIP, TCP",
        tcp: true,
        begin: |ground| {
            ground.quiet_peer();
            ground.each_sip_connection(|mut stream| {
                let _ = stream.read(&mut [0; 1]);
                while stream.write_all(&[0xff; 4096]).is_ok() {}
            });
        },
        code: 1,
        says: "the client received what is no message",
    },
    Attack {
        name: "a header of 10 MB",
        tcp: true,
        begin: |ground| {
            ground.quiet_peer();
            ground.each_sip_connection(|mut stream| {
                let _ = stream.read(&mut [0; 1]);
                let _ = stream.write_all(b"SIP/2.0 200 OK\r\nX-Long: ");
                let _ = stream.write_all(&vec![b'x'; 10 << 20]);
                let _ = stream.write_all(b"\r\n\r\n");
                while stream.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {}
            });
        },
        code: 1,
        says: "the client received what is no message",
    },
    Attack {
        name: "SIP connections that are reset",
        tcp: true,
        begin: |ground| {
            ground.quiet_peer();
            ground.each_sip_connection(drop);
        },
        code: 5,
        says: "the server sent nothing at all",
    },
    Attack {
        name: "garbage for CH-2",
        tcp: false,
        begin: |ground| {
            ground.go(|ground| {
                while let Some(mut stream) = ground.connect() {
                    while stream.write_all(&[0x5a; 4096]).is_ok() {}
                }
            });
        },
        code: 5,
        says: "exchanged no capabilities",
    },
    Attack {
        name: "a Diameter message without end",
        tcp: false,
        begin: |ground| {
            ground.go(|ground| {
                while let Some(mut stream) = ground.connect() {
                    let _ = stream.write_all(&[1, 0xff, 0xff, 0xfc, 0x80, 0, 1, 1]);
                    while stream.write_all(&[0; 4096]).is_ok() {}
                }
            });
        },
        code: 5,
        says: "over the limit",
    },
    Attack {
        name: "a CER that comes byte by byte",
        tcp: false,
        begin: |ground| {
            ground.go(|ground| {
                let mut stream = ground.connect().unwrap();
                for byte in cer("im.hostile.example") {
                    thread::sleep(Duration::from_millis(50));
                    if stream.write_all(&[byte]).is_err() {
                        return;
                    }
                }
            });
        },
        code: 5,
        says: "exchanged no capabilities",
    },
    Attack {
        name: "CH-2 connections that are closed at once",
        tcp: false,
        begin: |ground| ground.go(|ground| while ground.connect().is_some() {}),
        code: 5,
        says: "exchanged no capabilities",
    },
    Attack {
        name: "OPTIONS without end",
        tcp: false,
        begin: |ground| {
            ground.quiet_peer();
            let mut known = HashSet::new();
            ground.each_datagram(move |ground, _, from| {
                if known.insert(from) {
                    ground.go(move |ground| options(&ground, from));
                }
            });
        },
        code: 1,
        says: "SIP 200 is missing",
    },
    Attack {
        name: "DWRs without end, and no answer read",
        tcp: false,
        begin: |ground| {
            ground.go(|ground| {
                let mut stream = ground.peer("im.hostile.example").unwrap();
                let mut number = 2;
                while stream.write_all(&dwr(number)).is_ok() && !ground.is_over() {
                    number += 1;
                }
            });
        },
        code: 5,
        says: "the server sent nothing at all",
    },
    Attack {
        name: "a CH-2 connection that ends at the first INVITE",
        tcp: false,
        begin: |ground| {
            ground.go(|ground| {
                let stream = ground.peer("im.hostile.example").unwrap();
                ground.udp.recv_from(&mut [0; 4096]).unwrap();
                drop(stream);
            });
        },
        code: 5,
        says: "the server sent nothing at all",
    },
    Attack {
        name: "CCRs without end",
        tcp: false,
        begin: |ground| ground.go(|ground| requests(&ground)),
        code: 1,
        says: "more of IMC-MSG-con-001/",
    },
    Attack {
        name: "SENDs without end",
        tcp: false,
        begin: |ground| {
            ground.each_msrp_connection(|ground, mut stream, to| {
                let mut reader = stream.try_clone().unwrap();
                thread::spawn(move || {
                    while reader.read(&mut [0; 65_536]).is_ok_and(|length| length > 0) {}
                });
                let port = ground.msrp.local_addr().unwrap().port();
                let mut number = 0_u64;
                let mut go = true;
                while go && !ground.is_over() {
                    number += 1;
                    let send = format!(
                        "MSRP t{number} SEND\r\nTo-Path: {to}\r\n\
                         From-Path: msrp://127.0.0.1:{port}/hostile;tcp\r\n\
                         Message-ID: m{number}\r\nByte-Range: 1-5/5\r\n\
                         Content-Type: text/plain\r\n\r\nflood\r\n-------t{number}$\r\n"
                    );
                    go = stream.write_all(send.as_bytes()).is_ok();
                }
            });
        },
        code: 1,
        says: "MSRP 200 is missing",
    },
    Attack {
        name: "a message that is cut off",
        tcp: false,
        begin: |ground| {
            ground.each_msrp_connection(|_, mut stream, _| {
                let _ = stream.read(&mut [0; 1]);
                let _ = stream.write_all(b"MSRP abcd 200 OK\r\nTo-Pa");
            });
        },
        code: 1,
        says: "SessionRequest (start) is missing",
    },
    Attack {
        name: "text that would be obeyed",
        tcp: false,
        begin: |ground| {
            ground.go(|ground| {
                let host = format!("im.{EVIL}.example");
                let mut stream = ground.peer(&host).unwrap();
                let mut reader = stream.try_clone().unwrap();
                thread::spawn(move || while hostile::read_diameter(&mut reader).is_some() {});
                let session = format!("im;{EVIL};1");
                for number in 0..3 {
                    let client = "sip:alice1@example.com";
                    let _ = stream.write_all(&ccr(number, &session, 2, client, EVIL));
                }
                while !ground.is_over() {
                    thread::sleep(Duration::from_millis(5));
                }
            });
            ground.each_datagram(|ground, text, from| {
                if text.starts_with("ACK ") {
                    return;
                }
                let status = format!("486 {EVIL}");
                let mut answer = answer(text, &status, "");
                let call_id = header(text, "Call-ID");
                answer = answer.replace("Content-Length", "X-Evil: \u{1b}[2J\r\nContent-Length");
                assert!(!call_id.is_empty());
                let _ = ground.udp.send_to(answer.as_bytes(), from);
            });
        },
        code: 1,
        says: "486 came where 200 was expected",
    },
];

/// Longer than any of them may take, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the harness may need at most, in KiB.
const MEMORY: u64 = 300 << 10;

#[test]
fn no_server_can_break_the_harness() {
    let wrong: Vec<String> = in_parallel(ATTACKS.iter().collect(), 5, |attack| {
        let met = meet(attack);
        match std::panic::catch_unwind(|| is_sound(attack, &met)) {
            Ok(()) => None,
            Err(_) => Some(format!("{}: {:?}", attack.name, met.ran)),
        }
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// How a run under attack ended.
struct Met {
    ran: Ran,
    report: Value,
    junit: String,
    files: Vec<String>,
    memory: u64,
}

fn meet(attack: &Attack) -> Met {
    let directory = tempfile::tempdir().unwrap();
    let ground = Ground::new(free_port());
    let sut = directory.path().join("sut.yaml");
    std::fs::write(&sut, description(attack, &ground)).unwrap();
    (attack.begin)(&ground);
    let reports = directory.path().join("reports");
    let child = ch2spec(&[
        "run",
        "--sut",
        sut.to_str().unwrap(),
        "--report-dir",
        reports.to_str().unwrap(),
    ])
    .args(figures::FIGURES)
    .stdin(Stdio::null())
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let (ran, memory) = watched(child, attack.name);
    ground.over.store(true, Ordering::Relaxed);
    Met {
        report: report(&reports),
        junit: std::fs::read_to_string(reports.join("latest/junit.xml")).unwrap(),
        files: files(&reports),
        ran,
        memory,
    }
}

fn description(attack: &Attack, ground: &Ground) -> String {
    let (sip, transport) = match attack.tcp {
        true => (ground.tcp.local_addr().unwrap(), "tcp"),
        false => (ground.udp.local_addr().unwrap(), "udp"),
    };
    // Whoever is to be judged has the time to connect on a machine that the others keep busy.
    let connect_time = if attack.code == 5 { "1 s" } else { "5 s" };
    // What is missing is to be missed before a flood has filled the trace.
    let flood = attack.name.starts_with("SENDs");
    let trigger_time = if flood { "100 ms" } else { "500 ms" };
    format!(
        "ch2spec: 1\n\
         name: Hostile\n\
         sip: {{ address: \"{sip}\", transport: {transport}, client address: 127.0.0.1 }}\n\
         subscribers: {{ client: \"sip:alice{{1..4}}@example.com\", far end: \"sip:bob{{1..4}}@example.com\" }}\n\
         enabler: {{ listen: \"{}\", host: ocs.enabler.example, realm: enabler.example }}\n\
         far end: none\n\
         claims: [session-mode, refuses-content-type]\n\
         values: {{ connect time: {connect_time}, trigger time: {trigger_time}, quiet window: 100 ms }}\n",
        ground.enabler
    )
}

/// Waits for a child's end, and gives the most memory it was seen to hold, in KiB.
fn watched(mut child: Child, name: &str) -> (Ran, u64) {
    let out = drained(child.stdout.take().unwrap());
    let error = drained(child.stderr.take().unwrap());
    let status = Path::new("/proc")
        .join(child.id().to_string())
        .join("status");
    let begun = Instant::now();
    let mut memory = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        let now = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = now.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|rest| rest.trim().split(' ').next()?.parse().ok());
        memory = peak.unwrap_or(0).max(memory);
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("{name}: no end after {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(10));
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let ran = Ran {
        code: ended.code().unwrap_or(-1),
        out: text(out.join().unwrap()),
        error: text(error.join().unwrap()),
    };
    (ran, memory)
}

fn is_sound(attack: &Attack, met: &Met) {
    let Met { ran, report, .. } = met;
    assert_eq!(ran.code, attack.code, "{}", attack.name);
    assert!(ran.out.contains(attack.says), "{}", attack.name);
    assert!(met.memory < MEMORY, "{}: {} KiB", attack.name, met.memory);
    for shown in [&ran.out, &ran.error, &met.junit] {
        assert!(!shown.contains("panicked"), "{}", attack.name);
        let raw = shown.chars().find(|c| *c != '\n' && is_obeyed(*c));
        assert_eq!(raw, None, "{}: {shown}", attack.name);
    }
    let parsed = quick_junit::Report::deserialize_from_str(&met.junit).unwrap();
    let peer = report["campaigns"][0]["peer"].as_array().unwrap();
    let more = usize::from(!peer.is_empty()) + usize::from(report["diagnosis"].is_string());
    assert_eq!(parsed.tests, 4 + more, "{}: {}", attack.name, met.junit);
    let played = scenarios(&report["campaigns"][0]);
    assert_eq!(played.len(), 4, "{}", attack.name);
    // A server that cannot be used at all is diagnosed once, and no scenario fails for it.
    let diagnosed = usize::from(report["diagnosis"].is_string());
    assert_eq!(diagnosed, usize::from(ran.code == 5), "{}", attack.name);
    assert_eq!(
        ran.out.matches("\nerror: ").count(),
        diagnosed,
        "{}",
        attack.name
    );
    assert!(
        ran.out.len() < 200_000,
        "{}: {}",
        attack.name,
        ran.out.len()
    );
    for scenario in played {
        let verdict = text(&scenario["verdict"]);
        let expected = match scenario["id"].as_str() {
            Some("IMC-END-con-002") => "not-applicable",
            _ if ran.code == 5 => "inconclusive",
            _ => "fail",
        };
        assert_eq!(verdict, expected, "{}: {}", attack.name, scenario["reason"]);
    }
    for file in &met.files {
        assert!(
            file.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._/".contains(&b)),
            "{}: {file:?}",
            attack.name
        );
    }
}

/// Characters that a terminal obeys, or that turn the direction of text.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Reads to the end in a thread of its own, so that no full pipe holds the child up.
fn drained(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// Names of everything below a directory, relative to it.
fn files(directory: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(directory).unwrap().to_str().unwrap();
            names.push(name.to_owned());
            if path.is_dir() && !path.is_symlink() {
                left.push(path);
            }
        }
    }
    names
}

/// Asks for options until the run is over.
fn options(ground: &Ground, to: std::net::SocketAddr) {
    let at = ground.udp.local_addr().unwrap();
    let mut number = 0_u64;
    while !ground.is_over() {
        number += 1;
        let request = format!(
            "OPTIONS sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKflood{number}\r\n\
             From: <sip:flood@example.com>;tag=f{number}\r\nTo: <sip:alice1@example.com>\r\n\
             Call-ID: flood-{number}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\
             Content-Length: 0\r\n\r\n"
        );
        let _ = ground.udp.send_to(request.as_bytes(), to);
    }
}

/// Asks for units until the run is over: half of it for nobody's account.
fn requests(ground: &Ground) {
    let mut stream = ground.peer("im.hostile.example").unwrap();
    let mut reader = stream.try_clone().unwrap();
    thread::spawn(move || while hostile::read_diameter(&mut reader).is_some() {});
    let mut number = 0;
    let mut go = true;
    while go && !ground.is_over() {
        number += 1;
        let session = format!("im.hostile.example;1;{number}");
        let client = match number % 2 {
            0 => "sip:alice1@example.com",
            _ => "sip:nobody@example.com",
        };
        let request = ccr(
            number,
            &session,
            1 + number % 3,
            client,
            "im@hostile.example",
        );
        go = stream.write_all(&request).is_ok();
    }
}
