//! The reference server in this process: how it is set up, and how it would be described.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::ch2::{Binding, Reading, ReadingId};
use crate::reference::{self, Config, Fault, Interim, Stop};
use crate::report::words;
use crate::scenario::{
    EnablerAddress, FarEndAddress, Ics, Ixit, IxitValue, SipAddress, Subscriber, Sut, Transport,
    Trigger, TriggerBinding,
};

use super::{Reference, Topology};

/// How many sets of ports are tried.
pub(super) const ATTEMPTS: usize = 5;

/// Ports are chosen below those that systems give to connections of their own.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// What the reference server charges by, where time triggers an interim (R5).
const PERIOD: Duration = Duration::from_secs(1);

/// Subscriber pairs beyond one for each scenario at a time: some scenarios need several.
const FURTHER_PAIRS: usize = 3;

/// The reference server and its description.
pub(super) struct Setup {
    /// How it is set up.
    pub config: Config,
    /// How its vendor would describe it.
    pub sut: Sut,
}

/// A server on loopback ports of its own.
pub(super) fn setup(reference: &Reference, topology: Topology, jobs: usize, seed: u64) -> Setup {
    let [sip, control, enabler, far_end] = ports();
    let far_end = (topology == Topology::FarEnd).then_some(far_end);
    let config = Config {
        sip_udp: sip,
        sip_tcp: None,
        control_http: control,
        enabler: vec![enabler],
        far_end: far_end.map(|addr| reference::FarEnd {
            addr,
            transport: reference::Transport::Udp,
        }),
        // Not the harness's own: the two would make up the same ids.
        seed: seed.rotate_left(32) ^ u64::from(sip.port()),
        epoch: crate::cli::timestamp::unix_now(),
        ..configured(&reference.faults, &reference.readings)
    };
    let sut = describe(&config, reference, enabler, far_end, jobs);
    Setup { config, sut }
}

/// The reference server with these faults, keeping to these readings.
pub(in crate::cli) fn configured(faults: &[Fault], readings: &[ReadingId]) -> Config {
    let mut config = Config {
        faults: faults.iter().copied().collect(),
        ..Config::default()
    };
    for reading in readings {
        match reading {
            ReadingId::R1 => config.interim = Interim::OnServerBye,
            ReadingId::R2 => config.interim = Interim::EachAccepted,
            ReadingId::R3 => config.interim = Interim::QuotaOnly,
            ReadingId::R4 => config.interim = Interim::OnDelivery,
            ReadingId::R5 => config.interim = Interim::Periodic(PERIOD),
            ReadingId::S1 => config.stop = Stop::OnSendingBye,
            ReadingId::S2 => config.stop = Stop::OnByeAnswer,
            ReadingId::S3 => config.stop = Stop::OnReceivingBye,
        }
    }
    config
}

fn describe(
    config: &Config,
    reference: &Reference,
    enabler: SocketAddr,
    far_end: Option<SocketAddr>,
    jobs: usize,
) -> Sut {
    // Read to the letter (S3), the server ends a session because its other leg was ended.
    let ends = if reference.readings.contains(&ReadingId::S3) && far_end.is_some() {
        TriggerBinding::FarEndBye
    } else {
        let url = format!("http://{}/sessions/{{call-id}}/end", config.control_http);
        TriggerBinding::Http {
            method: "POST".to_owned(),
            url,
        }
    };
    let topology = if far_end.is_some() {
        Ics::FarEnd
    } else {
        Ics::Standalone
    };
    Sut {
        name: format!("ch2spec reference server {}", env!("CARGO_PKG_VERSION")),
        sip: SipAddress {
            address: config.sip_udp.to_string(),
            transport: Transport::Udp,
            client_address: config.sip_udp.ip(),
        },
        subscribers: (0..jobs.max(1) + FURTHER_PAIRS).map(subscriber).collect(),
        enabler: EnablerAddress {
            listen: enabler,
            host: format!("enabler.{}", config.destination_realm),
            realm: config.destination_realm.clone(),
        },
        far_end: far_end.map(|listen| FarEndAddress {
            listen,
            transport: Transport::Udp,
        }),
        triggers: BTreeMap::from([(Trigger::ServerEndsSession, ends)]),
        claims: vec![
            Ics::SessionMode,
            topology,
            Ics::ServerEndsSession,
            Ics::RefusesContentType,
            Ics::ConcurrentSessions,
            Ics::SameUserSessions,
        ],
        readings: reference
            .readings
            .iter()
            .map(|reading| (Reading::find(*reading).group, *reading))
            .collect(),
        values: Ixit::default(),
        binding: reference_binding(),
    }
}

/// How the reference server maps CH-2 to Diameter.
pub(in crate::cli) fn reference_binding() -> Binding {
    Binding {
        service_context_id: Some(Config::default().service_context_id),
        ..Binding::default()
    }
}

fn subscriber(index: usize) -> Subscriber {
    Subscriber {
        client: format!("sip:client{index}@reference.example"),
        also: Vec::new(),
        far_end: format!("sip:far{index}@reference.example"),
    }
}

/// Four different ports of the loopback address. Chosen at random and not by the seed: runs of the
/// same seed may run at the same time.
fn ports() -> [SocketAddr; 4] {
    let first = fastrand::u16(PORTS.start..PORTS.end - 4);
    [0, 1, 2, 3].map(|n| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), first + n))
}

/// IXIT as run, by name, in words.
pub(super) fn in_words(ixit: &Ixit) -> BTreeMap<String, String> {
    let words = |value| match value {
        Some(IxitValue::Time(time)) => words::duration(time),
        Some(IxitValue::Number(number)) => number.to_string(),
        Some(IxitValue::Text(text)) => text,
        None => "none".to_owned(),
    };
    let values = ixit.values().into_iter();
    values
        .map(|(name, value)| (name.to_owned(), words(value)))
        .collect()
}
