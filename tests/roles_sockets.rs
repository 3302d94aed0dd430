//! A campaign against the reference server on real sockets.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod figures;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use ch2spec::ch2::Binding;
use ch2spec::engine::{Verdict, judge};
use ch2spec::io::{Input, Machine, Output, Time};
use ch2spec::reference::{Config, FarEnd, Server, Transport as Forward};
use ch2spec::roles::{Campaign, Limits, Outcome, Progress, Settings};
use ch2spec::runtime::{Interrupts, host};
use ch2spec::scenario::{
    EnablerAddress, FarEndAddress, Ics, Ixit, SipAddress, Subscriber, Sut, Transport, Trigger,
    TriggerBinding,
};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[test]
fn the_shipped_scenarios_pass_over_loopback() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let sip = free_port();
        let control = free_port();
        let (listening, heard) = channel();
        let campaign = Watched {
            campaign: Campaign::new(settings(sip, control, transport)),
            listening,
        };
        let playing = std::thread::spawn(move || run(campaign));
        let (mut enabler, mut far_end) = (None, None);
        while enabler.is_none() || far_end.is_none() {
            match heard.recv_timeout(Duration::from_secs(30)).unwrap() {
                Progress::EnablerListening(addr) => enabler = Some(addr),
                Progress::FarEndListening(addr) => far_end = Some(addr),
                _ => {}
            }
        }
        let forward = if transport == Transport::Udp {
            Forward::Udp
        } else {
            Forward::Tcp
        };
        let server = Server::new(Config {
            sip_udp: sip,
            sip_tcp: Some(sip),
            control_http: control,
            enabler: vec![enabler.unwrap()],
            far_end: Some(FarEnd {
                addr: far_end.unwrap(),
                transport: forward,
            }),
            ..Config::default()
        });
        let interrupts = Interrupts::new();
        let serving = std::thread::spawn({
            let interrupts = interrupts.clone();
            move || {
                let mut server = server;
                let options = host::HostOptions {
                    interrupts,
                    ..host::HostOptions::default()
                };
                block_on(host::run(&mut server, options));
            }
        });
        let outcome = playing.join().unwrap();
        interrupts.interrupt();
        serving.join().unwrap();
        assert_eq!(outcome.diagnosis, None);
        let played: Vec<_> = outcome
            .results
            .iter()
            .map(|played| judge(&played.case, &played.trace))
            .map(|result| {
                let why: Vec<_> = result
                    .findings
                    .iter()
                    .map(|f| format!("{}: {} [{}] [{}]", f.check, f.title, f.expected, f.observed))
                    .collect();
                (result.id, result.verdict, result.reason, why)
            })
            .collect();
        assert_eq!(played.len(), 4);
        assert!(
            played
                .iter()
                .all(|(_, verdict, ..)| *verdict == Verdict::Pass),
            "{played:?}"
        );
    }
}

fn run(mut campaign: Watched) -> Outcome {
    block_on(host::run(&mut campaign, host::HostOptions::default()));
    campaign.campaign.into_outcome()
}

fn block_on<F: Future>(future: F) {
    tokio::runtime::Runtime::new().unwrap().block_on(future);
}

/// A port that nobody has, for UDP and TCP. Somebody may take it before it is bound again, but the
/// system hands ports out in turn.
fn free_port() -> SocketAddr {
    loop {
        let addr = UdpSocket::bind((HERE, 0)).unwrap().local_addr().unwrap();
        if TcpListener::bind(addr).is_ok() {
            return addr;
        }
    }
}

/// A campaign that tells what happens in it.
struct Watched {
    campaign: Campaign,
    listening: Sender<Progress>,
}

impl Watched {
    fn watch(&mut self) {
        while let Some(progress) = self.campaign.poll_progress() {
            // Nobody listens any more once both addresses are known.
            let _ = self.listening.send(progress);
        }
    }
}

impl Machine for Watched {
    fn handle(&mut self, now: Time, input: Input) {
        self.campaign.handle(now, input);
        self.watch();
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.campaign.poll_output()
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.campaign.poll_timeout()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.campaign.handle_timeout(now);
        self.watch();
    }

    fn is_finished(&self) -> bool {
        self.campaign.is_finished()
    }
}

fn settings(sip: SocketAddr, control: SocketAddr, transport: Transport) -> Settings {
    let any = SocketAddr::new(HERE, 0);
    let subscribers = (0..4).map(|n| Subscriber {
        client: format!("sip:alice{n}@ims.test"),
        also: Vec::new(),
        far_end: format!("sip:bob{n}@ims.test"),
    });
    let trigger = TriggerBinding::Http {
        method: "POST".to_owned(),
        url: format!("http://{control}/sessions/{{call-id}}/end"),
    };
    Settings {
        sut: Sut {
            name: "reference".to_owned(),
            sip: SipAddress {
                address: sip.to_string(),
                transport,
                client_address: HERE,
            },
            subscribers: subscribers.collect(),
            second_enabler: None,
            enabler: EnablerAddress {
                listen: any,
                host: "ocs.enabler.example".to_owned(),
                realm: "enabler.example".to_owned(),
            },
            far_end: Some(FarEndAddress {
                listen: any,
                transport,
            }),
            triggers: BTreeMap::from([(Trigger::ServerEndsSession, trigger)]),
            claims: vec![Ics::SessionMode, Ics::RefusesContentType],
            readings: BTreeMap::new(),
            values: Ixit {
                connect_time: Duration::from_secs(30),
                ..Ixit::default()
            },
            binding: Binding::default(),
        },
        sip,
        resolved: BTreeMap::new(),
        scenarios: figures::figures(),
        jobs: 4,
        seed: 11,
        limits: Limits::default(),
    }
}
