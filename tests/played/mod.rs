//! One scenario, played against the reference server in virtual time, and judged.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test may end there")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use ch2spec::ch2::{Binding, ReadingGroup, ReadingId, Unit};
use ch2spec::engine::{Event, Message, ScenarioResult, Verdict, What, judge};
use ch2spec::io::{Input, Machine, Output, Time};
use ch2spec::reference::{self, Config, Fault, Server};
use ch2spec::roles::{Campaign, Limits, Played, Settings};
use ch2spec::runtime::simulated::Network;
use ch2spec::scenario::{
    EnablerAddress, FarEndAddress, Ics, Ixit, SipAddress, Subscriber, Sut, Transport, load_paths,
    load_text,
};

pub const HARNESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
pub const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// A scenario, and a server to play it against.
pub struct Show {
    settings: Settings,
    config: Config,
}

/// What came of it.
pub struct Seen {
    pub result: ScenarioResult,
    pub played: Played,
}

/// A flow, with a session that has been started in `given`.
pub fn flow(steps: &str) -> Show {
    Show::of(&format!(
        "ch2spec: 1\nid: PLAYED-1\ntitle: t\nclause: c\nrequirements: [MSG-1]\n\
         needs: [session-mode]\nlimit: 5 min\ngiven: [session started]\nflow:\n{steps}"
    ))
}

/// A flow from the beginning.
pub fn bare_flow(steps: &str) -> Show {
    Show::of(&format!(
        "ch2spec: 1\nid: PLAYED-1\ntitle: t\nclause: c\nrequirements: [MSG-1]\n\
         needs: [session-mode]\nlimit: 5 min\nflow:\n{steps}"
    ))
}

impl Show {
    /// A scenario with a far end, over UDP, under R2 and S1.
    pub fn of(text: &str) -> Show {
        let loaded = load_text("played.yaml", text.as_bytes());
        let shown: Vec<String> = loaded.diagnostics.iter().map(|d| d.render(false)).collect();
        assert!(!loaded.has_errors(), "{}", shown.join("\n"));
        Show::new(loaded.scenarios)
    }

    /// The scenario of a file.
    pub fn file(path: &Path) -> Show {
        let loaded = load_paths(&[path.to_path_buf()]);
        let shown: Vec<String> = loaded.diagnostics.iter().map(|d| d.render(false)).collect();
        assert!(!loaded.has_errors(), "{}", shown.join("\n"));
        Show::new(loaded.scenarios)
    }

    fn new(scenarios: Vec<std::sync::Arc<ch2spec::scenario::Scenario>>) -> Show {
        let at = |ip, port| SocketAddr::new(ip, port);
        let config = Config {
            sip_udp: at(SERVER, 5060),
            sip_tcp: Some(at(SERVER, 5060)),
            msrp_listen: at(SERVER, 2855),
            control_http: at(SERVER, 8080),
            enabler: vec![at(HARNESS, 3868)],
            far_end: Some(reference::FarEnd {
                addr: at(HARNESS, 5070),
                transport: reference::Transport::Udp,
            }),
            ..Config::default()
        };
        let subscriber = Subscriber {
            client: "sip:alice@ims.test".to_owned(),
            also: Vec::new(),
            far_end: "sip:bob@ims.test".to_owned(),
        };
        let sut = Sut {
            name: "reference".to_owned(),
            sip: SipAddress {
                address: at(SERVER, 5060).to_string(),
                transport: Transport::Udp,
                client_address: HARNESS,
            },
            subscribers: vec![subscriber],
            second_enabler: None,
            enabler: EnablerAddress {
                listen: at(HARNESS, 3868),
                host: "ocs.enabler.example".to_owned(),
                realm: "enabler.example".to_owned(),
            },
            far_end: Some(FarEndAddress {
                listen: at(HARNESS, 5070),
                transport: Transport::Udp,
            }),
            triggers: BTreeMap::new(),
            claims: vec![Ics::SessionMode, Ics::RefusesContentType],
            readings: BTreeMap::from([
                (ReadingGroup::InterimTrigger, ReadingId::R2),
                (ReadingGroup::StopTrigger, ReadingId::S1),
            ]),
            values: Ixit::default(),
            binding: Binding::default(),
        };
        let settings = Settings {
            sip: at(SERVER, 5060),
            resolved: BTreeMap::new(),
            scenarios,
            jobs: 1,
            seed: 3,
            limits: Limits::default(),
            sut,
        };
        Show { settings, config }
    }

    /// The same over TCP.
    pub fn tcp(mut self) -> Show {
        self.settings.sut.sip.transport = Transport::Tcp;
        let far_end = self.settings.sut.far_end.as_mut().unwrap();
        far_end.transport = Transport::Tcp;
        self.config.far_end.as_mut().unwrap().transport = reference::Transport::Tcp;
        self
    }

    /// The same without a far end.
    pub fn standalone(mut self) -> Show {
        self.settings.sut.far_end = None;
        self.config.far_end = None;
        self
    }

    /// The same with the units counted in octets.
    pub fn octets(mut self) -> Show {
        self.settings.sut.binding.unit = Unit::Octets;
        self.config.units = reference::Units::Octets;
        self
    }

    /// The same against a server with a fault.
    pub fn with(mut self, fault: Fault) -> Show {
        self.config.faults = BTreeSet::from([fault]);
        self
    }

    /// The same with other settings.
    pub fn change(mut self, change: impl FnOnce(&mut Sut, &mut Config)) -> Show {
        change(&mut self.settings.sut, &mut self.config);
        self
    }

    /// Plays and judges it.
    pub fn play(self) -> Seen {
        let server = Server::new(self.config.clone());
        self.play_against(server)
    }

    /// Plays and judges it against another server.
    pub fn play_against(self, server: impl Machine + 'static) -> Seen {
        let mut network = Network::new(9);
        let harness = network.add(HARNESS, Held(Some(Campaign::new(self.settings))));
        network.add(SERVER, server);
        let limit = Time::from_millis(3_600_000);
        assert!(network.run_until(|n| !n.is_running(harness), limit));
        let held = network.machine_mut::<Held>(harness).0.take();
        let mut outcome = held.unwrap().into_outcome();
        assert_eq!(outcome.diagnosis, None);
        let played = outcome.results.remove(0);
        let result = judge(&played.case, &played.trace);
        Seen { result, played }
    }
}

impl Seen {
    /// Everything was as it should be.
    #[track_caller]
    pub fn passes(self) -> Seen {
        assert_eq!(self.result.verdict, Verdict::Pass, "{}", self.told());
        self
    }

    /// It fails, and a failing check's id or title has this in it.
    #[track_caller]
    pub fn fails(self, check: &str) -> Seen {
        assert_eq!(self.result.verdict, Verdict::Fail, "{}", self.told());
        let failing = |f: &&ch2spec::engine::Finding| !f.warning && f.verdict == Verdict::Fail;
        let mut found = self.result.findings.iter().filter(failing);
        let is_it = found.any(|f| f.check.contains(check) || f.title.contains(check));
        assert!(is_it, "no {check}\n{}", self.told());
        self
    }

    #[track_caller]
    pub fn is(self, verdict: Verdict) -> Seen {
        assert_eq!(self.result.verdict, verdict, "{}", self.told());
        self
    }

    /// A sum of the ledger at the end, such as `accepted messages`.
    pub fn sum(&self, name: &str) -> u64 {
        self.result.ledger[name]
    }

    pub fn events(&self) -> &[Event] {
        &self.played.trace.events
    }

    /// How many events have this in their line.
    pub fn count(&self, text: &str) -> usize {
        let lines = self.events().iter().map(show);
        lines.filter(|line| line.contains(text)).count()
    }

    /// Verdict, findings and trace, to be read where a test fails.
    pub fn told(&self) -> String {
        let findings: Vec<String> = self
            .result
            .findings
            .iter()
            .map(|f| {
                let weight = if f.warning { "warning " } else { "" };
                let (expected, observed) = (&f.expected, &f.observed);
                format!(
                    "{weight}{:?} {}: {} [{expected} | {observed}]",
                    f.verdict, f.check, f.title
                )
            })
            .collect();
        let events: Vec<String> = self.events().iter().map(show).collect();
        format!(
            "{:?} {}\n{}\n{}\n{:?}",
            self.result.verdict,
            self.result.reason,
            findings.join("\n"),
            events.join("\n"),
            self.played.background,
        )
    }
}

/// `0.004000 Client <- MSRP d93kswow 200 OK`
pub fn show(event: &Event) -> String {
    let what = match &event.what {
        What::Received {
            message, standing, ..
        } => format!("<- {} {standing:?}", name(message)),
        What::Sent {
            message,
            step,
            repeated,
            ..
        } => {
            let again = if *repeated { " again" } else { "" };
            format!(
                "-> {}{again} {}",
                name(message),
                step.map_or(String::new(), |s| s.0.to_string())
            )
        }
        other => format!("{other:?}"),
    };
    format!("{} {:?} {what}", event.at, event.party)
}

fn name(message: &Message) -> String {
    match message {
        Message::Sip(sip) => format!(
            "{} {}",
            sip.start_line(),
            sip.header("CSeq").unwrap_or_default()
        ),
        Message::Msrp(msrp) => {
            let text = String::from_utf8_lossy(msrp.raw());
            let end = text.trim_end().chars().last().unwrap_or(' ');
            format!("{} {end}", text.lines().next().unwrap_or_default())
        }
        Message::Diameter(message) => {
            ch2spec::engine::describe(&Message::Diameter(message.clone()), &Binding::default())
        }
        Message::Garbage { reason, .. } => reason.clone(),
    }
}

/// Lets virtual time pass between two moments of a test.
pub const SECOND: Duration = Duration::from_secs(1);

/// A campaign that can be taken out of its network.
struct Held(Option<Campaign>);

impl Machine for Held {
    fn handle(&mut self, now: Time, input: Input) {
        self.0.as_mut().unwrap().handle(now, input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.0.as_mut()?.poll_output()
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.0.as_ref()?.poll_timeout()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.0.as_mut().unwrap().handle_timeout(now);
    }

    fn is_finished(&self) -> bool {
        self.0.as_ref().is_none_or(Machine::is_finished)
    }
}
