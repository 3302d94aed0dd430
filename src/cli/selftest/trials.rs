//! The servers of a selftest, side by side.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::engine::Run;
use crate::reference::Fault;
use crate::runtime::{Epoch, Interrupts};
use crate::scenario::Scenario;

use super::super::run::{
    Configuration, Following, Hosting, Order, ProgressLine, Reference, Server, Topology, perform,
};
use super::super::{Console, Failure, timestamp};
use super::expected::expectation;
use super::outcome::{Clean, Outcome, Scope, Tried, take_clean};

/// Scenarios that run at once on one server, where the system lets so many sockets be open.
const AT_ONCE: usize = 48;

/// What is to be tried.
pub(super) struct Plan {
    /// The scenarios, in the order of their files.
    pub scenarios: Vec<Arc<Scenario>>,
    /// The faults, each on servers of its own.
    pub faults: Vec<Fault>,
    /// How often everything is run, each time in another order.
    pub rounds: usize,
    /// How many faults are tried at once.
    pub jobs: usize,
    pub seed: u64,
    pub scope: Scope,
}

/// Runs the clean server and every faulty one.
pub(super) fn run(plan: &Plan, console: Console) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Broken(format!("no runtime: {error}")))?;
    let outcome = runtime.block_on(async {
        let hosting = Hosting {
            console,
            following: Following::default(),
            epoch: Epoch::begin(),
            interrupts: Interrupts::on_ctrl_c(),
            line: Arc::new(Mutex::new(ProgressLine::without_notes(console))),
            gap: gap(1),
        };
        all(plan, &hosting).await
    });
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome
}

async fn all(plan: &Plan, hosting: &Hosting) -> Result<Outcome, Failure> {
    let mut clean: BTreeMap<(String, String), Clean> = BTreeMap::new();
    let mut tried: Vec<Tried> = plan.faults.iter().copied().map(Tried::new).collect();
    let mut incomplete = false;
    // The clean server comes first and has the machine to itself: what it is told is told to nobody
    // else, and no load may excuse it.
    for round in 0..plan.rounds {
        let done = perform(plan.order(None, round), hosting).await?;
        incomplete |= done.run.incomplete;
        take_clean(&mut clean, &done.run);
    }
    let seats = Arc::new(Semaphore::new(plan.jobs.max(1)));
    let mut running: JoinSet<Result<(usize, Run), Failure>> = JoinSet::new();
    for (round, which) in plan.trials() {
        let order = plan.order(Some(which), round);
        let seats = Arc::clone(&seats);
        let hosting = Hosting {
            gap: gap(plan.jobs),
            ..hosting.clone()
        };
        running.spawn(async move {
            let _seat = seats.acquire_owned().await.ok();
            let done = perform(order, &hosting).await?;
            Ok((which, done.run))
        });
    }
    while let Some(ended) = running.join_next().await {
        let broke = |error| Failure::Broken(format!("a trial broke off: {error}"));
        let (which, run) = ended.map_err(broke)??;
        incomplete |= run.incomplete;
        tried[which].take(&run);
    }
    if let Ok(mut line) = hosting.line.lock() {
        line.clear();
    }
    let mut clean: Vec<Clean> = clean.into_values().collect();
    tried.iter_mut().for_each(|tried| tried.settle(&clean));
    let place = |id: &str| plan.scenarios.iter().position(|s| s.id == id);
    clean.sort_by_key(|entry| place(&entry.scenario));
    Ok(Outcome {
        tool: format!("ch2spec {}", env!("CARGO_PKG_VERSION")),
        seed: plan.seed,
        rounds: plan.rounds,
        scenarios: plan.scenarios.iter().map(|s| s.id.clone()).collect(),
        clean,
        faults: tried,
        scope: plan.scope,
        incomplete,
        took: hosting.epoch.now().as_micros() / 1000,
    })
}

/// The least time between the starts of two scenarios of one campaign where so many faults are tried
/// at once.
fn gap(jobs: usize) -> Duration {
    /// Scenarios that begin in a second, over all: what two processors do without haste.
    const RATE: f64 = 300.0;
    /// Campaigns of a trial that are at work at once.
    const CAMPAIGNS: f64 = 2.0;
    let jobs = u32::try_from(jobs.max(1)).unwrap_or(u32::MAX);
    Duration::from_secs_f64(CAMPAIGNS * f64::from(jobs) / RATE)
}

impl Plan {
    /// Every fault in every round.
    fn trials(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let faults = move |round| (0..self.faults.len()).map(move |which| (round, which));
        (0..self.rounds).flat_map(faults)
    }

    /// The run of one fault, or of the clean server, in an order of its own.
    fn order(&self, which: Option<usize>, round: usize) -> Order {
        let fault = which.map(|which| self.faults[which]);
        // Another order in each, and the same again for the same seed.
        let own = which.map_or(0, |which| which as u64 + 1);
        let seed = self
            .seed
            .wrapping_add((round as u64) << 16)
            .wrapping_add(own);
        let mut random = fastrand::Rng::with_seed(seed);
        let mut scenarios = self.scenarios.clone();
        random.shuffle(&mut scenarios);
        Order {
            server: Server::Reference(Reference {
                configurations: configurations(fault),
                faults: fault.into_iter().collect(),
            }),
            scenarios,
            jobs: at_once(self.jobs),
            seed: random.u64(..),
            started: timestamp::now(),
            following: Following::default(),
        }
    }
}

/// Scenarios that run at once on each server, so that no socket is one too many.
fn at_once(jobs: usize) -> usize {
    /// Open files of one scenario, at both of its ends; servers of a trial that are at work at once.
    const FILES: usize = 8;
    const SERVERS: usize = 2;
    let room = open_files().saturating_sub(100) / (FILES * SERVERS * (jobs + 1));
    room.clamp(2, AT_ONCE)
}

/// How many files a process may have open; a small number where the system does not say.
fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    match soft {
        Some("unlimited") => usize::MAX,
        soft => soft.and_then(|soft| soft.parse().ok()).unwrap_or(256),
    }
}

/// Where a fault is tried: where everything is, or under the readings where it shows.
fn configurations(fault: Option<Fault>) -> Vec<Configuration> {
    let under = fault.map_or(&[][..], |fault| expectation(fault).under);
    if under.is_empty() {
        return Configuration::standard();
    }
    let topologies = [Topology::FarEnd, Topology::Standalone];
    topologies
        .map(|topology| Configuration::new(topology, under))
        .to_vec()
}
