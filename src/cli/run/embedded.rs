//! The reference server in this process: how it is set up, and how it would be described.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, AtomicU16, Ordering};
use std::time::Duration;

use crate::ch2::{self, Binding, Reading, ReadingId, Unit};
use crate::reference::{
    self, Config, FailureHandling, Fault, Interim, Refund, Stop, Units, UnitsAt,
};
use crate::report::words;
use crate::scenario::{
    EnablerAddress, FarEndAddress, Ics, Ixit, IxitValue, Scenario, SipAddress, Subscriber, Sut,
    Transport, Trigger, TriggerBinding,
};

use super::{Configuration, Topology};

/// How many sets of ports are tried.
pub(super) const ATTEMPTS: usize = 20;

/// Ports are chosen below those that systems give to connections of their own.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// What the reference server charges by, where time triggers an interim (R5).
const PERIOD: Duration = Duration::from_secs(1);

/// Tx, where a scenario rests on it.
const TX: Duration = Duration::from_secs(1);

/// How long a session may idle, where a scenario rests on it.
const INACTIVITY: Duration = Duration::from_secs(1);

/// Session-Expires, where a scenario rests on it.
const SESSION_EXPIRES: Duration = Duration::from_secs(2);

/// Tw, where a scenario rests on it.
const WATCHDOG: Duration = Duration::from_millis(500);

/// Within which it is connected again, however busy the machine is.
const RECONNECT: Duration = Duration::from_secs(10);

/// Within which it turns to its second Charging Enabler.
const FAILOVER: Duration = Duration::from_secs(1);

/// The IXIT times that are short for the scenarios that name them, and as a product might have them
/// for all others: what ends a session that idles for a second would end others that wait.
pub(super) const TIMERS: &[&str] = &[
    "inactivity-time",
    "session-expires",
    "tx-time",
    "watchdog-time",
];

/// The longest message it takes, in octets.
const MAX_SIZE: u64 = 10_000;

/// As many pairs of subscribers as any scenario has sessions: the server takes whoever calls.
const PAIRS: usize = 64;

/// What counts of what it takes.
const COUNTED: [&str; 2] = ["text/plain", "message/cpim"];

/// What it implements, beyond what its description implies.
const CLAIMS: &[Ics] = &[
    Ics::SessionMode,
    Ics::RefusesContentType,
    Ics::RefusesLargeMessage,
    Ics::Chunking,
    Ics::Reports,
    Ics::ControlMessages,
    Ics::Reinvite,
    Ics::MsrpReconnect,
    Ics::SessionTimer,
    Ics::Inactivity,
    Ics::Reconnect,
    Ics::Watchdog,
    Ics::Reauthorization,
    Ics::Abort,
    Ics::PagerMode,
    Ics::SeveralUnits,
    Ics::LargeMessage,
    Ics::ExactQuota,
    Ics::ValidityTime,
    Ics::FinalUnit,
    Ics::FailureHandling,
    Ics::ConcurrentSessions,
    Ics::SameUserSessions,
    Ics::OriginState,
];

/// The reference server and its description.
pub(super) struct Setup {
    /// How it is set up.
    pub config: Config,
    /// How its vendor would describe it.
    pub sut: Sut,
}

/// An address for a server: another one each time where they are to be spread.
pub(super) fn loopback(spread: bool) -> Ipv4Addr {
    /// Hosts of 127.0.1.0/24.
    const HOSTS: u8 = 250;
    static NEXT: AtomicU8 = AtomicU8::new(0);
    if spread && cfg!(target_os = "linux") {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        Ipv4Addr::new(127, 0, 1, 1 + next % HOSTS)
    } else {
        Ipv4Addr::LOCALHOST
    }
}

/// A server on ports of its own of a loopback address.
pub(super) fn setup(
    address: Ipv4Addr,
    configuration: &Configuration,
    timers: &BTreeSet<&'static str>,
    faults: &[Fault],
    subscribers: usize,
    seed: u64,
) -> Setup {
    let ports = ports(address);
    let config = Config {
        // Not the harness's own: the two would make up the same ids.
        seed: seed.rotate_left(32) ^ u64::from(ports[0].port()),
        epoch: crate::cli::timestamp::unix_now(),
        ..config(configuration, timers, faults, ports)
    };
    let sut = describe(&config, configuration, subscribers);
    Setup { config, sut }
}

/// What a server in that configuration claims, all its timers short; its addresses are nobody's.
pub(super) fn description(configuration: &Configuration) -> Sut {
    let nowhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORTS.start);
    let timers = TIMERS.iter().copied().collect();
    let config = config(configuration, &timers, &[], [nowhere; 5]);
    describe(&config, configuration, PAIRS)
}

/// The timers that a scenario rests on.
pub(super) fn timers(scenario: &Scenario, sut: &Sut) -> BTreeSet<&'static str> {
    let used = scenario.ixit_used(&sut.claims_all());
    let timers = TIMERS.iter().copied();
    timers.filter(|timer| used.contains(timer)).collect()
}

fn config(
    configuration: &Configuration,
    timers: &BTreeSet<&'static str>,
    faults: &[Fault],
    ports: [SocketAddr; 5],
) -> Config {
    let rested_on = |timer| timers.contains(timer);
    let also = |ics| configuration.also.contains(&ics);
    let usual = configured(faults, &configuration.readings);
    let [sip, control, enabler, far_end, second] = ports;
    Config {
        sip_udp: sip,
        sip_tcp: None,
        msrp_listen: SocketAddr::new(sip.ip(), 0),
        control_http: control,
        enabler: match also(Ics::SecondEnabler) {
            true => vec![enabler, second],
            false => vec![enabler],
        },
        far_end: (configuration.topology == Topology::FarEnd).then_some(reference::FarEnd {
            addr: far_end,
            transport: reference::Transport::Udp,
        }),
        units: match configuration.unit {
            Unit::Messages => Units::Messages,
            Unit::Octets => Units::Octets,
            Unit::Seconds => Units::Seconds,
        },
        units_at: match configuration.units_at {
            ch2::UnitsAt::Mscc => UnitsAt::Mscc,
            ch2::UnitsAt::Command | ch2::UnitsAt::Either => UnitsAt::Command,
        },
        max_size: MAX_SIZE,
        tx: if rested_on("tx-time") { TX } else { usual.tx },
        inactivity: rested_on("inactivity-time").then_some(INACTIVITY),
        session_expires: rested_on("session-expires").then_some(SESSION_EXPIRES),
        watchdog: match rested_on("watchdog-time") {
            true => Some(WATCHDOG),
            false => usual.watchdog,
        },
        failure_handling: match () {
            () if also(Ics::ContinuesByDefault) => FailureHandling::Continue,
            () if also(Ics::RetriesByDefault) => FailureHandling::RetryAndTerminate,
            () => usual.failure_handling,
        },
        early_dialog: also(Ics::EarlyDialog),
        counts_incoming: also(Ics::ChargesReceiving),
        refund: match also(Ics::DeliveryCounted) {
            true => Refund::Unreported,
            false => Refund::Never,
        },
        ..usual
    }
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

fn describe(config: &Config, configuration: &Configuration, subscribers: usize) -> Sut {
    let far_end = config.far_end.as_ref().map(|far_end| FarEndAddress {
        listen: far_end.addr,
        transport: Transport::Udp,
    });
    // Read to the letter (S3), the server ends a session because its other leg was ended.
    let ends = if configuration.readings.contains(&ReadingId::S3) && far_end.is_some() {
        TriggerBinding::FarEndBye
    } else {
        let url = format!("http://{}/sessions/{{call-id}}/end", config.control_http);
        TriggerBinding::Http {
            method: "POST".to_owned(),
            url,
        }
    };
    Sut {
        name: format!("ch2spec reference server {}", env!("CARGO_PKG_VERSION")),
        sip: SipAddress {
            address: config.sip_udp.to_string(),
            transport: Transport::Udp,
            client_address: config.sip_udp.ip(),
        },
        subscribers: (0..subscribers.max(1)).map(subscriber).collect(),
        enabler: EnablerAddress {
            listen: config.enabler[0],
            host: format!("enabler.{}", config.destination_realm),
            realm: config.destination_realm.clone(),
        },
        second_enabler: config.enabler.get(1).map(|listen| EnablerAddress {
            listen: *listen,
            host: format!("second.{}", config.destination_realm),
            realm: config.destination_realm.clone(),
        }),
        far_end,
        triggers: BTreeMap::from([(Trigger::ServerEndsSession, ends)]),
        claims: claims(config, configuration),
        readings: configuration
            .readings
            .iter()
            .map(|reading| (Reading::find(*reading).group, *reading))
            .collect(),
        values: Ixit {
            tx_time: config.tx,
            inactivity_time: config.inactivity,
            session_expires: config
                .session_expires
                .and_then(|time| u32::try_from(time.as_secs()).ok()),
            reconnect_time: RECONNECT,
            failover_time: FAILOVER,
            watchdog_time: config.watchdog.unwrap_or(Ixit::default().watchdog_time),
            counted_content_types: Some(COUNTED.map(str::to_owned).to_vec()),
            max_message_size: Some(config.max_size),
            ..Ixit::default()
        },
        binding: Binding {
            name: match configuration.unit {
                Unit::Messages => Binding::default().name,
                unit => format!("ro-{}", unit.name()),
            },
            unit: configuration.unit,
            units_at: configuration.units_at,
            ..reference_binding()
        },
    }
}

fn claims(config: &Config, configuration: &Configuration) -> Vec<Ics> {
    let mut claims = [CLAIMS, &configuration.also].concat();
    if config.failure_handling == FailureHandling::Terminate {
        claims.push(Ics::TerminatesByDefault);
    }
    if !config.counts_incoming {
        claims.push(Ics::FreeReceiving);
    }
    claims
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

/// Where the ports of the next server are. It begins at random and not by the seed: runs of the same
/// seed may run at the same time.
static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(fastrand::u16(..)));

/// Takes ports from somewhere else from now on: those that follow on taken ones are taken as well
/// where another process has many servers.
pub(super) fn move_ports() {
    NEXT.store(fastrand::u16(..), Ordering::Relaxed);
}

/// Five different ports, which no other server of this process has.
fn ports(address: Ipv4Addr) -> [SocketAddr; 5] {
    let next = NEXT.fetch_add(5, Ordering::Relaxed);
    let first = PORTS.start + next % (PORTS.end - PORTS.start) / 5 * 5;
    [0, 1, 2, 3, 4].map(|n| SocketAddr::new(IpAddr::V4(address), first + n))
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
