//! The parties of a campaign and the reference server in virtual time.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test may end there")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use ch2spec::ch2::{Binding, ReadingGroup, ReadingId, Unit};
use ch2spec::engine::{Message, Verdict, What, judge};
use ch2spec::io::{Input, Machine, Output, Time};
use ch2spec::reference::{self, Config, Fault, Interim, Server, Stop, Units, UnitsAt};
use ch2spec::roles::{Campaign, Limits, Outcome, Settings};
use ch2spec::runtime::simulated::{Network, NodeId, Wire};
use ch2spec::scenario::{
    EnablerAddress, FarEndAddress, Ics, Ixit, SipAddress, Subscriber, Sut, Transport, Trigger,
    TriggerBinding,
};

use super::figures;

pub const HARNESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
pub const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// One way to run the reference server, and the harness to match.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub far_end: bool,
    pub transport: Transport,
    pub interim: (Interim, ReadingId),
    pub stop: (Stop, ReadingId),
    pub units_at: UnitsAt,
    pub units: (Units, Unit),
    pub jobs: usize,
    pub wire: Wire,
    pub trigger_by_far_end: bool,
    pub fault: Option<Fault>,
    /// There is a second Charging Enabler.
    pub second: bool,
}

pub const PLAIN: Setup = Setup {
    far_end: true,
    transport: Transport::Udp,
    interim: (Interim::EachAccepted, ReadingId::R2),
    stop: (Stop::OnSendingBye, ReadingId::S1),
    units_at: UnitsAt::Command,
    units: (Units::Messages, Unit::Messages),
    jobs: 4,
    wire: Wire {
        latency: Duration::from_millis(1),
        loss: 0.0,
        jitter: Duration::ZERO,
        segment: None,
    },
    trigger_by_far_end: false,
    fault: None,
    second: false,
};

pub fn assert_all_pass(outcome: &Outcome, setup: &str) {
    assert_eq!(outcome.diagnosis, None, "{setup}");
    for played in &outcome.results {
        let result = judge(&played.case, &played.trace);
        let findings: Vec<String> = result
            .findings
            .iter()
            .map(|f| format!("{}: {} [{} | {}]", f.check, f.title, f.expected, f.observed))
            .collect();
        assert_eq!(
            result.verdict,
            Verdict::Pass,
            "{} {setup}\n{}\n{findings:#?}\n{:#?}",
            result.id,
            result.reason,
            played.trace.events.iter().map(show).collect::<Vec<_>>()
        );
    }
}

pub fn show(event: &ch2spec::engine::Event) -> String {
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
            format!("-> {} {step:?} repeated {repeated}", name(message))
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
        Message::Msrp(msrp) => String::from_utf8_lossy(msrp.raw())
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
        Message::Diameter(message) => format!("{message:?}"),
        Message::Garbage { reason, .. } => reason.clone(),
    }
}

pub fn run(setup: Setup, change: impl FnOnce(&mut Sut)) -> Outcome {
    let (network, harness) = network(setup, |settings, _| change(&mut settings.sut));
    finish(network, harness)
}

pub fn finish(mut network: Network, harness: NodeId) -> Outcome {
    let limit = Time::from_millis(3_600_000);
    assert!(
        network.run_until(|n| !n.is_running(harness), limit),
        "the campaign does not end"
    );
    network
        .machine_mut::<Held>(harness)
        .0
        .take()
        .unwrap()
        .into_outcome()
}

pub fn network(setup: Setup, change: impl FnOnce(&mut Settings, &mut Config)) -> (Network, NodeId) {
    let (mut settings, mut config) = arrange(setup);
    change(&mut settings, &mut config);
    let mut network = Network::new(9);
    network.set_wire(setup.wire);
    let harness = network.add(HARNESS, Held(Some(Campaign::new(settings))));
    network.add(SERVER, Server::new(config));
    (network, harness)
}

pub fn arrange(setup: Setup) -> (Settings, Config) {
    let at = |ip, port| SocketAddr::new(ip, port);
    let far_end = at(HARNESS, 5070);
    let mut enablers = vec![at(HARNESS, 3868)];
    enablers.extend(setup.second.then(|| at(HARNESS, 3869)));
    let config = Config {
        sip_udp: at(SERVER, 5060),
        sip_tcp: Some(at(SERVER, 5060)),
        msrp_listen: at(SERVER, 2855),
        control_http: at(SERVER, 8080),
        enabler: enablers,
        far_end: setup.far_end.then_some(reference::FarEnd {
            addr: far_end,
            transport: match setup.transport {
                Transport::Udp => reference::Transport::Udp,
                Transport::Tcp => reference::Transport::Tcp,
            },
        }),
        interim: setup.interim.0,
        stop: setup.stop.0,
        units: setup.units.0,
        units_at: setup.units_at,
        faults: setup.fault.into_iter().collect::<BTreeSet<_>>(),
        ..Config::default()
    };
    let subscribers = (0..4).map(|n| Subscriber {
        client: format!("sip:alice{n}@ims.test"),
        also: Vec::new(),
        far_end: format!("sip:bob{n}@ims.test"),
    });
    let trigger = match setup.trigger_by_far_end {
        true => TriggerBinding::FarEndBye,
        false => TriggerBinding::Http {
            method: "POST".to_owned(),
            url: format!("http://{}/sessions/{{call-id}}/end", at(SERVER, 8080)),
        },
    };
    let sut = Sut {
        name: "reference".to_owned(),
        sip: SipAddress {
            address: at(SERVER, 5060).to_string(),
            transport: setup.transport,
            client_address: HARNESS,
        },
        subscribers: subscribers.collect(),
        enabler: EnablerAddress {
            listen: at(HARNESS, 3868),
            host: "ocs.enabler.example".to_owned(),
            realm: "enabler.example".to_owned(),
        },
        second_enabler: setup.second.then(|| EnablerAddress {
            listen: at(HARNESS, 3869),
            host: "ocs2.enabler.example".to_owned(),
            realm: "enabler.example".to_owned(),
        }),
        far_end: setup.far_end.then_some(FarEndAddress {
            listen: far_end,
            transport: setup.transport,
        }),
        triggers: BTreeMap::from([(Trigger::ServerEndsSession, trigger)]),
        claims: vec![Ics::SessionMode, Ics::RefusesContentType],
        readings: BTreeMap::from([
            (ReadingGroup::InterimTrigger, setup.interim.1),
            (ReadingGroup::StopTrigger, setup.stop.1),
        ]),
        values: Ixit::default(),
        binding: Binding {
            unit: setup.units.1,
            ..Binding::default()
        },
    };
    let settings = Settings {
        sip: at(SERVER, 5060),
        resolved: BTreeMap::new(),
        scenarios: figures::figures(),
        jobs: setup.jobs,
        seed: 3,
        limits: Limits::default(),
        sut,
    };
    (settings, config)
}

/// A campaign that can be taken out of its network.
pub struct Held(pub Option<Campaign>);

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
