//! The servers of a selftest, side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::engine::{Run, Verdict};
use crate::reference::Fault;
use crate::report::trace_file::PEER;
use crate::runtime::{Epoch, Interrupts};
use crate::scenario::Scenario;

use super::super::run::{
    Configuration, Following, Hosting, Order, ProgressLine, Reference, Server, Topology, perform,
};
use super::super::{Console, Failure, timestamp};
use super::expected::{Expectation, expectation};
use super::outcome::{self, Clean, Kill, Outcome, Scope, Trial, Tried, take_clean};

/// Scenarios that run at once on one server.
const AT_ONCE: usize = 24;

/// Faults that are looked at again at once, each with so many scenarios: where a machine has other
/// work to do, what was missed among many servers shows among few.
const CALM: Pace = Pace {
    servers: 2,
    scenarios: 6,
};

/// How often scenarios that decided nothing are played again for a fault that none has caught.
const TRIES: usize = 2;

/// How many scenarios are asked to catch a fault once more.
const FEW: usize = 4;

/// Faults that hold some scenario up for half a minute, until its time is over: begun last, they would
/// be waited for.
const SLOW: [Fault; 7] = [
    Fault::DiesOfBrokenAnswer,
    Fault::NeverReconnects,
    Fault::SecondStart,
    Fault::StartAsUpdate,
    Fault::WrongApplicationId,
    Fault::SameSessionId,
    Fault::DuplicateSessionId,
];

/// What is to be tried.
#[derive(Clone)]
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
    /// Each scenario is played against each fault wherever it applies, and not only once.
    pub full: bool,
    pub scope: Scope,
}

/// One trial of a fault, by its place in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Which {
    round: usize,
    fault: usize,
}

/// How much is at work at once.
#[derive(Clone, Copy, Debug)]
struct Pace {
    servers: usize,
    /// On each of them.
    scenarios: usize,
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
            // Both topologies are at work at once.
            gap: gap(2),
            spread: true,
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
        let done = perform(plan.order(None, round, AT_ONCE), hosting).await?;
        incomplete |= done.run.incomplete;
        take_clean(&mut clean, &done.run);
    }
    let clean: Arc<Vec<Clean>> = Arc::new(clean.into_values().collect());
    let pace = Pace {
        servers: seats(plan.jobs),
        scenarios: AT_ONCE,
    };
    let mut trials = side_by_side(plan, plan.trials(), pace, &clean, hosting).await?;
    let missed = |(_, trial): &(&Which, &Trial)| !trial.confirmed;
    let missed: Vec<Which> = trials
        .iter()
        .filter(missed)
        .map(|(which, _)| *which)
        .collect();
    for (which, again) in side_by_side(plan, missed, CALM, &clean, hosting).await? {
        if let Some(trial) = trials.get_mut(&which) {
            trial.add(again);
        }
    }
    for (which, trial) in trials {
        tried[which.fault].take(trial);
    }
    let mut outcome = Outcome {
        tool: format!("ch2spec {}", env!("CARGO_PKG_VERSION")),
        seed: plan.seed,
        rounds: plan.rounds,
        scenarios: plan.scenarios.iter().map(|s| s.id.clone()).collect(),
        clean: clean.to_vec(),
        faults: tried,
        scope: plan.scope,
        incomplete,
        took: 0,
    };
    // What decided nothing against the fault that it is there for may do so now.
    let idle: BTreeSet<String> = outcome.idle().into_iter().map(str::to_owned).collect();
    if !idle.is_empty() {
        let mut few = plan.clone();
        few.rounds = 1;
        few.scenarios.retain(|s| idle.contains(&s.id));
        for (which, again) in side_by_side(&few, few.trials(), CALM, &clean, hosting).await? {
            outcome.faults[which.fault].add(again);
        }
    }
    outcome.incomplete |= hosting.interrupts.count() > 0;
    if let Ok(mut line) = hosting.line.lock() {
        line.clear();
    }
    for tried in &mut outcome.faults {
        tried.settle(&outcome.clean);
    }
    let place = |id: &str| plan.scenarios.iter().position(|s| s.id == id);
    outcome.clean.sort_by_key(|entry| place(&entry.scenario));
    outcome.took = hosting.epoch.now().as_micros() / 1000;
    Ok(outcome)
}

/// Tries faults, so many at once.
async fn side_by_side(
    plan: &Plan,
    trials: Vec<Which>,
    pace: Pace,
    clean: &Arc<Vec<Clean>>,
    hosting: &Hosting,
) -> Result<BTreeMap<Which, Trial>, Failure> {
    let seats = Arc::new(Semaphore::new(pace.servers));
    let mut running: JoinSet<Result<(Which, Trial), Failure>> = JoinSet::new();
    for which in trials {
        let order = plan.order(Some(which.fault), which.round, pace.scenarios);
        let expectation = expectation(plan.faults[which.fault]);
        let (seats, clean) = (Arc::clone(&seats), Arc::clone(clean));
        let campaigns = if plan.full { 2 } else { 1 } * pace.servers;
        let hosting = Hosting {
            gap: gap(campaigns),
            ..hosting.clone()
        };
        running.spawn(async move {
            let _seat = seats.acquire_owned().await.ok();
            let trial = attempt(order, expectation, &clean, &hosting).await?;
            Ok((which, trial))
        });
    }
    let mut all = BTreeMap::new();
    while let Some(ended) = running.join_next().await {
        let broke = |error| Failure::Broken(format!("a trial broke off: {error}"));
        let (which, trial) = ended.map_err(broke)??;
        all.insert(which, trial);
    }
    Ok(all)
}

/// Tries one fault, and looks again where it is caught for its reason: on a machine that is kept from
/// its work, any scenario may fail once, and what fails then may happen to be what was to fail.
async fn attempt(
    order: Order,
    expectation: Expectation,
    clean: &[Clean],
    hosting: &Hosting,
) -> Result<Trial, Failure> {
    let done = perform(order.clone(), hosting).await?;
    let pairs = outcome::pairs(&done.run);
    let mut run = done.run;
    let mut found = outcome::kills(expectation, &run, clean);
    // What is inconclusive decided nothing: it is played again before a fault is said to be missed.
    for _ in 0..TRIES {
        let undecided = undecided(&order.scenarios, &run);
        if found.iter().any(|kill| kill.stated) || undecided.is_empty() {
            break;
        }
        let again = Order {
            scenarios: undecided,
            ..order.clone()
        };
        run = perform(again, hosting).await?.run;
        found.extend(outcome::kills(expectation, &run, clean));
    }
    let all = witnesses(&order.scenarios, &found, &run);
    let mut trial = Trial {
        found,
        pairs,
        confirmed: false,
        second_look: false,
    };
    // A few first; a fault that breaks the server for what comes after may need the one that breaks it.
    for most in [FEW, usize::MAX] {
        let scenarios: Vec<Arc<Scenario>> = all.iter().take(most).cloned().collect();
        if trial.confirmed || scenarios.is_empty() {
            break;
        }
        let again = Order {
            scenarios,
            ..order.clone()
        };
        let done = perform(again, hosting).await?;
        trial.confirm(&outcome::kills(expectation, &done.run, clean));
    }
    Ok(trial)
}

/// The scenarios of a run that decided nothing.
fn undecided(scenarios: &[Arc<Scenario>], run: &Run) -> Vec<Arc<Scenario>> {
    let played = run.campaigns.iter().flat_map(|c| &c.scenarios);
    let open: BTreeSet<&str> = played
        .filter(|s| s.verdict == Verdict::Inconclusive)
        .map(|s| s.id.as_str())
        .collect();
    let of = |scenario: &&Arc<Scenario>| open.contains(scenario.id.as_str());
    scenarios.iter().filter(of).cloned().collect()
}

/// The scenarios that caught a fault: the one with the most sessions first, as some faults show between
/// sessions only, and then the fastest.
fn witnesses(scenarios: &[Arc<Scenario>], found: &BTreeSet<Kill>, run: &Run) -> Vec<Arc<Scenario>> {
    let took = |id: &str| {
        let played = run.campaigns.iter().flat_map(|c| &c.scenarios);
        let played = played.filter(|s| s.id == id && s.events > 0);
        played.map(|s| s.ended.since(s.began)).min()
    };
    let caught = |scenario: &&Arc<Scenario>| {
        let of = |kill: &Kill| kill.scenario == scenario.id || kill.scenario == PEER;
        found.iter().any(|kill| kill.stated && of(kill))
    };
    let mut all: Vec<Arc<Scenario>> = scenarios.iter().filter(caught).cloned().collect();
    // One of which nothing happened shows what the connection shows.
    all.sort_by_key(|scenario| took(&scenario.id).unwrap_or_default());
    if let Some(widest) = (0..all.len()).rev().max_by_key(|at| all[*at].pairs()) {
        all[..=widest].rotate_right(1);
    }
    all
}

/// The least time between the starts of two scenarios of one campaign where so many campaigns are at
/// work at once.
fn gap(campaigns: usize) -> Duration {
    /// Scenarios that begin in a second, over all: what two processors do without haste.
    const RATE: f64 = 400.0;
    let campaigns = u32::try_from(campaigns.max(1)).unwrap_or(u32::MAX);
    Duration::from_secs_f64(f64::from(campaigns) / RATE)
}

impl Plan {
    /// Every fault in every round, the slow ones first.
    fn trials(&self) -> Vec<Which> {
        let faults = |round| (0..self.faults.len()).map(move |fault| Which { round, fault });
        let mut trials: Vec<Which> = (0..self.rounds).flat_map(faults).collect();
        trials.sort_by_key(|which| !SLOW.contains(&self.faults[which.fault]));
        trials
    }

    /// The run of one fault, or of the clean server, in an order of its own.
    fn order(&self, which: Option<usize>, round: usize, jobs: usize) -> Order {
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
                configurations: self.configurations(fault),
                faults: fault.into_iter().collect(),
            }),
            scenarios,
            jobs,
            seed: random.u64(..),
            started: timestamp::now(),
            following: Following::default(),
        }
    }

    /// Where a fault is tried: where everything is, or under the readings where it shows; where not
    /// everything is wanted, each scenario in the first configuration where it applies.
    fn configurations(&self, fault: Option<Fault>) -> Vec<Configuration> {
        let under = fault.map_or(&[][..], |fault| expectation(fault).under);
        let all = match under.is_empty() {
            true => Configuration::standard(),
            false => [Topology::FarEnd, Topology::Standalone]
                .map(|topology| Configuration::new(topology, under))
                .to_vec(),
        };
        match fault.is_none() || self.full {
            true => all,
            false => Configuration::once(all),
        }
    }
}

/// How many faults are tried at once, so that no socket is one too many.
fn seats(jobs: usize) -> usize {
    /// Open files of a trial at the most: some forty servers and scenarios are at work in its first
    /// seconds, with both of their ends in this process.
    const FILES: usize = 600;
    jobs.min(open_files().saturating_sub(100) / FILES).max(1)
}

/// How many files the process may have open from now on: as many as the system lets it ask for.
#[cfg(unix)]
fn open_files() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// More than any machine could put to use here.
    const ENOUGH: u64 = 65_536;
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    let current = limit.current.unwrap_or(ENOUGH);
    let raised = Rlimit {
        current: Some(most),
        ..limit
    };
    let files = match most > current && setrlimit(Resource::Nofile, raised).is_ok() {
        true => most,
        false => current,
    };
    usize::try_from(files).unwrap_or(usize::MAX)
}

/// A small number where the system cannot be asked.
#[cfg(not(unix))]
fn open_files() -> usize {
    256
}
