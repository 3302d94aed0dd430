//! The reference server in virtual time, against a client, a far end and a Charging Enabler that
//! are written by hand.

#[path = "reference_server/credit.rs"]
mod credit;
#[path = "reference_server/endings.rs"]
mod endings;
#[path = "reference_server/failover.rs"]
mod failover;
#[path = "reference_server/faults.rs"]
mod faults;
#[path = "reference_server/messages.rs"]
mod messages;
#[path = "reference_server/pages.rs"]
mod pages;
#[path = "reference_server/puppet.rs"]
mod puppet;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use ch2spec::diameter::{AvpKey, key};
use ch2spec::io::{Input, Time};
use ch2spec::reference::{Config, FarEnd, Fault, Interim, Server, Stop, Transport, Units, UnitsAt};
use ch2spec::runtime::simulated::{Network, NodeId, Wire};

use puppet::{CLIENT, CLIENT_SIP, ENABLER_PORT, ICID, Puppet, SECOND_PORT, SIP_PORTS};

/// A server, what stands around it, and the network between them.
struct Bench {
    network: Network,
    server: NodeId,
    puppet: NodeId,
}

const CALL: &str = "call-1@alice";
const SOON: Duration = Duration::from_millis(500);

fn config(far_end: bool) -> Config {
    let far = SocketAddr::from(([127, 0, 0, 1], SIP_PORTS.1));
    Config {
        enabler: vec![SocketAddr::from(([127, 0, 0, 1], ENABLER_PORT))],
        far_end: far_end.then_some(FarEnd {
            addr: far,
            transport: Transport::Udp,
        }),
        ..Config::default()
    }
}

/// A server with two Charging Enablers.
fn with_two(faults: &[Fault]) -> Config {
    let mut config = config(false);
    config
        .enabler
        .push(SocketAddr::from(([127, 0, 0, 1], SECOND_PORT)));
    config.faults = faults.iter().copied().collect();
    config
}

fn faulty(far_end: bool, fault: Fault) -> Config {
    with_faults(config(far_end), &[fault])
}

fn with_faults(config: Config, faults: &[Fault]) -> Config {
    Config {
        faults: faults.iter().copied().collect(),
        ..config
    }
}

impl Bench {
    /// A server that is ready.
    fn new(config: Config) -> Bench {
        let mut bench = Bench::starting(config);
        bench.ready();
        bench
    }

    /// Waits until the server is ready.
    fn ready(&mut self) {
        let (server, puppet) = (self.server, self.puppet);
        let limit = self.network.now() + Duration::from_secs(10);
        let ready = |network: &Network| network.machine::<Server>(server).is_ready();
        assert!(self.network.run_until(ready, limit));
        let addresses = self.server().addresses().expect("bound sockets");
        self.network.machine_mut::<Puppet>(puppet).meet(addresses);
    }

    fn starting(config: Config) -> Bench {
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut network = Network::new(1);
        let puppet = network.add(ip, Puppet::new());
        let server = network.add(ip, Server::new(config));
        Bench {
            network,
            server,
            puppet,
        }
    }

    /// A server with a session.
    fn with_session(config: Config) -> Bench {
        let mut bench = Bench::new(config);
        bench.act(|puppet| puppet.invite(CALL));
        bench.take();
        bench
    }

    fn server(&self) -> &Server {
        self.network.machine(self.server)
    }

    fn puppet(&self) -> &Puppet {
        self.network.machine(self.puppet)
    }

    fn puppet_mut(&mut self) -> &mut Puppet {
        self.network.machine_mut(self.puppet)
    }

    fn now(&self) -> Time {
        self.network.now()
    }

    /// Does something, and lets half a second pass.
    fn act(&mut self, work: impl FnOnce(&mut Puppet)) {
        work(self.network.machine_mut(self.puppet));
        self.pass(SOON);
    }

    fn pass(&mut self, time: Duration) {
        self.network.run_for(time);
    }

    /// What came since the last call, without what is the same in every flow.
    fn take(&mut self) -> Vec<String> {
        let puppet = self.puppet_mut();
        let mut log = std::mem::take(&mut puppet.log);
        // The active endpoint's empty SEND.
        log.retain(|line| line != "far: MSRP SEND " && line != "client: SIP 100 INVITE");
        log
    }

    fn say(&mut self, text: &str) {
        self.act(|puppet| puppet.say(text));
    }

    fn control(&mut self, request: &str) -> String {
        self.act(|puppet| puppet.http(request));
        let puppet: &mut Puppet = self.network.machine_mut(self.puppet);
        String::from_utf8(std::mem::take(&mut puppet.control)).expect("text")
    }

    /// The control port's way to end the session.
    fn server_ends(&mut self) {
        let answer = self.control("POST /sessions/call-1%40alice/end HTTP/1.1\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    }

    /// Start, one message, the client's BYE.
    fn client_ends(config: Config) -> Vec<String> {
        let mut bench = Bench::new(config);
        bench.act(|puppet| puppet.invite(CALL));
        bench.say("Hello");
        bench.act(|puppet| puppet.in_dialog("BYE"));
        bench.pass(Duration::from_secs(3));
        bench.take()
    }

    fn ccrs(&mut self) -> Vec<String> {
        self.take()
            .into_iter()
            .filter(|line| line.starts_with("enabler") || line.starts_with("second"))
            .collect()
    }
}

#[test]
fn the_three_flows_without_a_far_end() {
    let mut bench = Bench::new(config(false));
    bench.act(|puppet| puppet.invite(CALL));
    assert_eq!(bench.take(), ["enabler: I#0", "client: SIP 200 INVITE"]);
    assert_eq!(bench.server().sessions().collect::<Vec<_>>(), [CALL]);
    bench.say("Hello");
    bench.say("Hello again");
    let exchanged = [
        "client: MSRP 200",
        "enabler: U#1 used=1",
        "client: MSRP 200",
        "enabler: U#2 used=1",
    ];
    assert_eq!(bench.take(), exchanged);
    bench.act(|puppet| puppet.in_dialog("BYE"));
    assert_eq!(bench.take(), ["client: SIP 200 BYE", "enabler: T#3 used=0"]);
    assert_eq!(bench.server().unfinished(), 0);

    let mut bench = Bench::with_session(config(false));
    bench.server_ends();
    assert_eq!(bench.take(), ["client: SIP BYE", "enabler: T#1 used=0"]);
    assert_eq!(bench.server().unfinished(), 0);
}

#[test]
fn the_three_flows_with_a_far_end() {
    let mut bench = Bench::new(config(true));
    bench.act(|puppet| puppet.invite(CALL));
    let started = [
        "enabler: I#0",
        "far: SIP INVITE",
        "far: SIP ACK",
        "client: SIP 200 INVITE",
    ];
    assert_eq!(bench.take(), started);
    bench.say("Hello");
    assert_eq!(
        bench.take(),
        [
            "client: MSRP 200",
            "enabler: U#1 used=1",
            "far: MSRP SEND Hello"
        ],
        "the debit comes before the delivery"
    );
    bench.act(|puppet| puppet.far_say("Hi"));
    assert_eq!(bench.take(), ["far: MSRP 200", "client: MSRP SEND Hi"]);
    bench.act(|puppet| puppet.in_dialog("BYE"));
    let ended = ["client: SIP 200 BYE", "far: SIP BYE", "enabler: T#2 used=0"];
    assert_eq!(bench.take(), ended);
    assert_eq!(bench.server().unfinished(), 0);

    let mut bench = Bench::with_session(config(true));
    bench.server_ends();
    assert_eq!(
        bench.take(),
        ["client: SIP BYE", "far: SIP BYE", "enabler: T#1 used=0"]
    );
    let mut bench = Bench::with_session(config(true));
    bench.act(Puppet::far_bye);
    assert_eq!(
        bench.take(),
        ["far: SIP 200 BYE", "client: SIP BYE", "enabler: T#1 used=0"]
    );
    assert_eq!(bench.server().unfinished(), 0);
}

#[test]
fn streams_may_come_in_any_pieces() {
    for length in [1, 7, 100] {
        let mut bench = Bench::starting(config(true));
        bench.network.set_wire(Wire {
            segment: Some(length),
            ..Wire::default()
        });
        bench.ready();
        bench.act(|puppet| puppet.invite(CALL));
        bench.say("Hello");
        bench.act(|puppet| puppet.in_dialog("BYE"));
        let log = bench.take();
        let ended = log.iter().any(|line| line == "enabler: T#2 used=0");
        assert!(
            ended && log.contains(&"far: MSRP SEND Hello".to_owned()),
            "{log:?}"
        );
    }
}

#[test]
fn requests_say_who_is_charged_and_for_what() {
    for units_at in [UnitsAt::Command, UnitsAt::Mscc] {
        let mut bench = Bench::with_session(Config {
            units_at,
            ..config(false)
        });
        bench.say("Hello");
        bench.act(|puppet| puppet.in_dialog("BYE"));
        let ccrs = &bench.puppet().ccrs;
        assert_eq!(ccrs.len(), 3);
        for ccr in ccrs {
            let must = ccr
                .faults()
                .iter()
                .filter(|f| f.severity >= ch2spec::diameter::Severity::Should);
            assert_eq!(must.count(), 0, "{:?}", ccr.faults());
            let text = |path: &[AvpKey]| ccr.find_path(path).unwrap().utf8().unwrap().to_owned();
            let ims = |key| text(&[key::SERVICE_INFORMATION, key::IMS_INFORMATION, key]);
            assert_eq!(ims(key::IMS_CHARGING_IDENTIFIER), ICID);
            assert_eq!(ims(key::USER_SESSION_ID), CALL);
            assert_eq!(ims(key::CALLING_PARTY_ADDRESS), CLIENT);
            assert_eq!(ims(key::CALLED_PARTY_ADDRESS), "sip:bob@home.example");
            assert_eq!(
                text(&[key::SUBSCRIPTION_ID, key::SUBSCRIPTION_ID_DATA]),
                CLIENT
            );
            assert_eq!(text(&[key::SERVICE_CONTEXT_ID]), "im@reference.example");
            assert_eq!(ccr.session_id(), ccrs[0].session_id());
            assert!(
                ccr.session_id()
                    .unwrap()
                    .starts_with("im.reference.example;")
            );
            let grouped = ccr.find(key::MULTIPLE_SERVICES_CREDIT_CONTROL).is_some();
            assert_eq!(grouped, units_at == UnitsAt::Mscc);
        }
        let end_to_end: std::collections::BTreeSet<u32> =
            ccrs.iter().map(|ccr| ccr.end_to_end()).collect();
        assert_eq!(end_to_end.len(), 3);
    }
}

#[test]
fn octets_are_counted_where_they_are_the_unit() {
    let mut bench = Bench::new(Config {
        units: Units::Octets,
        ..config(false)
    });
    bench.act(|puppet| puppet.grant = None);
    bench.act(|puppet| puppet.invite(CALL));
    bench.say("Hello");
    assert_eq!(bench.ccrs(), ["enabler: I#0", "enabler: U#1 used=5"]);
}

#[test]
fn readings_of_the_interim() {
    let flow = |interim| {
        let mut bench = Bench::with_session(Config {
            interim,
            ..config(true)
        });
        bench.say("Hello");
        let said = bench.take();
        bench.server_ends();
        (said, bench.take())
    };
    let (said, ended) = flow(Interim::QuotaOnly);
    assert_eq!(said, ["client: MSRP 200", "far: MSRP SEND Hello"]);
    assert_eq!(
        ended,
        ["client: SIP BYE", "far: SIP BYE", "enabler: T#1 used=1"]
    );
    let (said, ended) = flow(Interim::OnDelivery);
    assert_eq!(
        said,
        [
            "client: MSRP 200",
            "far: MSRP SEND Hello",
            "enabler: U#1 used=1"
        ]
    );
    assert_eq!(ended[2], "enabler: T#2 used=0");
    let (_, ended) = flow(Interim::OnServerBye);
    let literal = [
        "client: SIP BYE",
        "far: SIP BYE",
        "enabler: U#1 used=1",
        "enabler: T#2 used=0",
    ];
    assert_eq!(ended, literal);

    let period = Duration::from_secs(60);
    let mut bench = Bench::with_session(Config {
        interim: Interim::Periodic(period),
        ..config(false)
    });
    bench.say("Hello");
    bench.take();
    bench.pass(period * 2);
    assert_eq!(bench.take(), ["enabler: U#1 used=1", "enabler: U#2 used=0"]);
}

#[test]
fn readings_of_the_stop() {
    // The client leaves the BYE unanswered: the stop comes when it is sent, or when that is known.
    let mut bench = Bench::with_session(Config {
        stop: Stop::OnByeAnswer,
        ..config(false)
    });
    bench.act(|puppet| puppet.answers_bye = false);
    bench.server_ends();
    assert!(bench.ccrs().is_empty());
    bench.pass(Duration::from_secs(33));
    assert_eq!(bench.ccrs(), ["enabler: T#1 used=0"]);
    let mut bench = Bench::with_session(config(false));
    bench.act(|puppet| puppet.answers_bye = false);
    bench.server_ends();
    assert_eq!(
        bench.take()[..2],
        ["client: SIP BYE", "enabler: T#1 used=0"]
    );

    let mut bench = Bench::with_session(Config {
        stop: Stop::OnByeAnswer,
        ..config(false)
    });
    bench.server_ends();
    assert_eq!(bench.take(), ["client: SIP BYE", "enabler: T#1 used=0"]);

    let mut bench = Bench::with_session(Config {
        stop: Stop::OnReceivingBye,
        ..config(true)
    });
    bench.act(Puppet::far_bye);
    assert_eq!(
        bench.take(),
        ["far: SIP 200 BYE", "enabler: T#1 used=0", "client: SIP BYE"]
    );
}

#[test]
fn a_session_is_refused_before_the_enabler_is_there() {
    let mut bench = Bench::starting(Config {
        enabler: vec![],
        ..config(false)
    });
    bench.pass(SOON);
    let addresses = bench.server().addresses().unwrap();
    bench.act(|puppet| {
        puppet.meet(addresses);
        puppet.invite(CALL);
    });
    assert_eq!(bench.take(), ["client: SIP 503 INVITE"]);
    assert!(
        bench
            .control("GET /ready HTTP/1.1\r\n\r\n")
            .starts_with("HTTP/1.1 503 ")
    );
}

#[test]
fn the_control_port_answers() {
    let mut bench = Bench::with_session(config(false));
    let ready = bench.control("GET /ready HTTP/1.1\r\n\r\n");
    assert!(
        ready.starts_with("HTTP/1.1 200 ") && ready.ends_with("{\"ready\":true}"),
        "{ready}"
    );
    let sessions = bench.control("GET /sessions HTTP/1.1\r\n\r\n");
    assert!(
        sessions.ends_with("{\"sessions\":[\"call-1@alice\"]}"),
        "{sessions}"
    );
    let other = bench.control("POST /sessions/other/end HTTP/1.1\r\n\r\n");
    assert!(other.starts_with("HTTP/1.1 404 "), "{other}");
    let method = bench.control("GET /sessions/other/end HTTP/1.1\r\n\r\n");
    assert!(method.starts_with("HTTP/1.1 405 "), "{method}");
}

#[test]
fn requests_within_the_session_are_answered() {
    let mut bench = Bench::with_session(config(false));
    for method in ["OPTIONS", "UPDATE", "INFO", "INVITE"] {
        bench.act(|puppet| puppet.in_dialog(method));
        assert_eq!(bench.take()[..1], [format!("client: SIP 200 {method}")]);
    }
    bench.act(|puppet| puppet.in_dialog("REFER"));
    assert_eq!(bench.take(), ["client: SIP 405 REFER"]);
}

#[test]
fn a_session_that_is_not_refreshed_ends() {
    let expires = Some(Duration::from_secs(1800));
    let mut bench = Bench::new(Config {
        session_expires: expires,
        ..config(false)
    });
    bench.act(|puppet| {
        puppet.invite_with(CALL, |invite| {
            invite
                .header("Supported", "timer")
                .header("Session-Expires", "120")
        });
    });
    let ok = bench.puppet().sip.last().unwrap();
    assert_eq!(ok.header("Session-Expires").unwrap(), "120;refresher=uac");
    bench.take();
    // Refreshed after 60 s, it stands until 32 s before 120 s after that (RFC 4028 10).
    bench.pass(Duration::from_secs(60));
    bench.act(|puppet| puppet.in_dialog("UPDATE"));
    bench.take();
    bench.pass(Duration::from_secs(85));
    assert!(bench.take().is_empty());
    bench.pass(Duration::from_secs(5));
    assert_eq!(bench.take(), ["client: SIP BYE", "enabler: T#1 used=0"]);
}

#[test]
fn a_session_over_tcp_stays_on_its_connection() {
    let mut bench = Bench::new(config(false));
    let to = bench.server().addresses().unwrap().sip_tcp.unwrap();
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
        m=message 9 TCP/MSRP *\r\na=accept-types:text/plain\r\n\
        a=path:msrp://127.0.0.1:9/alice;tcp\r\n";
    let invite = format!(
        "INVITE sip:bob@home.example SIP/2.0\r\n\
         Via: SIP/2.0/TCP 127.0.0.1:5099;branch=z9hG4bKtcp\r\nMax-Forwards: 70\r\n\
         From: <{CLIENT}>;tag=a\r\nTo: <sip:bob@home.example>\r\nCall-ID: {CALL}\r\n\
         CSeq: 1 INVITE\r\nContact: <sip:alice@127.0.0.1:5099;transport=tcp>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    bench.act(|puppet| puppet.raw_tcp(1500, to, Bytes::from(invite)));
    let came = String::from_utf8(bench.puppet().control.clone()).unwrap();
    assert!(came.contains("SIP/2.0 100 Trying\r\n"), "{came}");
    assert!(came.contains("SIP/2.0 200 OK\r\n"), "{came}");
    assert!(
        came.contains(&format!("<sip:im@{to};transport=tcp>;+g.oma.sip-im")),
        "{came}"
    );
    bench.act(|puppet| puppet.http("POST /sessions/call-1%40alice/end HTTP/1.1\r\n\r\n"));
    let came = String::from_utf8(bench.puppet().control.clone()).unwrap();
    assert!(
        came.contains("\r\nBYE sip:alice@127.0.0.1:5099;transport=tcp SIP/2.0\r\n"),
        "{came}"
    );
}

#[test]
fn winding_up_ends_sessions_and_the_peer_connection() {
    let mut bench = Bench::with_session(config(false));
    bench.network.input(bench.server, Input::Interrupt);
    bench.pass(Duration::from_secs(6));
    assert_eq!(bench.take(), ["client: SIP BYE", "enabler: T#1 used=0"]);
    assert!(!bench.network.is_running(bench.server));
}

#[test]
fn garbage_on_every_port_is_survived() {
    let mut random = fastrand::Rng::with_seed(5);
    let mut bench = Bench::with_session(config(true));
    let addresses = bench.server().addresses().unwrap();
    let valid: Vec<Bytes> = bench
        .puppet()
        .sip
        .iter()
        .map(|message| message.raw().clone())
        .collect();
    let ccr = bench.puppet().ccrs[0].raw().clone();
    for round in 0..400_u64 {
        let mut bytes: Vec<u8> = match round % 4 {
            0 => (0..random.usize(1..400)).map(|_| random.u8(..)).collect(),
            1 => valid[random.usize(..valid.len())].to_vec(),
            2 => b"MSRP abcd1234 SEND\r\nTo-Path: msrp://127.0.0.1:1/x;tcp\r\nFrom-Path: \r\n\r\nx\r\n-------abcd1234$\r\n".to_vec(),
            _ => ccr.to_vec(),
        };
        for _ in 0..random.usize(..8) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        let bytes = Bytes::from(bytes);
        let ports = [
            addresses.msrp,
            addresses.control_http,
            addresses.sip_tcp.unwrap(),
        ];
        let port = ports[random.usize(..ports.len())];
        let puppet: &mut Puppet = bench.network.machine_mut(bench.puppet);
        puppet.lenient = true;
        puppet.sip(CLIENT_SIP, bytes.clone());
        puppet.raw_tcp(2000 + round, port, bytes);
        bench.network.run_for(Duration::from_millis(20));
        let puppet: &mut Puppet = bench.network.machine_mut(bench.puppet);
        puppet.log.clear();
    }
    let puppet: &mut Puppet = bench.network.machine_mut(bench.puppet);
    puppet.raw_ch2(Bytes::from_static(b"this is not Diameter"));
    bench.pass(Duration::from_secs(40));
    let ready = bench.control("GET /ready HTTP/1.1\r\n\r\n");
    assert!(ready.contains("{\"ready\":true}"), "{ready}");
}
