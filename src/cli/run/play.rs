//! Joins the parties the harness plays, the network and the judge.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::engine::{self, Case, Run, ScenarioResult, Trace, Verdict};
use crate::io::Time;
use crate::reference::Fault;
use crate::report::trace_file::{PEER, Recorded, peer_of};
use crate::roles::{self, Limits, Outcome, Played, Settings};
use crate::runtime::{self, Epoch, Interrupts};
use crate::scenario::{Scenario, Sut};

use super::super::{Console, Failure};
use super::configuration::{Allotment, Configuration, allot};
use super::embedded;
use super::hosted::Hosting;
use super::judged::{campaign, result, worst};
use super::live::Following;
use super::progress::ProgressLine;

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Order {
    /// Against what.
    pub server: Server,
    /// The scenarios, in the order of the report.
    pub scenarios: Vec<Arc<Scenario>>,
    /// How many run at once in one campaign. Those of the reference server that are exclusive have
    /// campaigns of their own, as many at once.
    pub jobs: usize,
    /// Seed of every identity and id.
    pub seed: u64,
    /// When the run began, RFC 3339.
    pub started: String,
    /// How closely it is followed.
    pub following: Following,
}

/// What is run against.
#[derive(Clone, Debug)]
pub enum Server {
    /// A server that its vendor describes.
    Described(Box<Sut>),
    /// The reference server, in this process and on real sockets.
    Reference(Reference),
}

/// How the reference server is run.
#[derive(Clone, Debug)]
pub struct Reference {
    /// One campaign each, where a scenario is run there.
    pub configurations: Vec<Configuration>,
    /// What it does wrong.
    pub faults: Vec<Fault>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Done {
    /// The results.
    pub run: Run,
    /// The evidence.
    pub traces: Vec<Recorded>,
    /// What each trace was judged by, in the order of the traces; `None` for the CH-2 connection.
    pub cases: Vec<Option<Case>>,
}

/// A hundred scenarios of one campaign begin within half a second.
const GAP: Duration = Duration::from_millis(5);

/// Runs an order on real sockets and judges what happened. Ctrl-C winds the run up: what was
/// observed by then is judged, and the run says that it is incomplete.
///
/// # Errors
///
/// Where the harness itself cannot run; a server that cannot be reached is no error but
/// [`Run::diagnosis`].
pub fn play(order: Order, console: Console) -> Result<Done, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Broken(format!("no runtime: {error}")))?;
    let done = runtime.block_on(async {
        let hosting = Hosting {
            console,
            following: order.following,
            epoch: Epoch::begin(),
            interrupts: Interrupts::on_ctrl_c(),
            line: Arc::new(Mutex::new(ProgressLine::new(console))),
            gap: match order.server {
                Server::Described(_) => Duration::ZERO,
                Server::Reference(_) => GAP,
            },
            spread: false,
        };
        perform(order, &hosting).await
    });
    // A prompt that nobody answers sits in a thread that cannot be called off.
    runtime.shutdown_timeout(Duration::from_millis(100));
    done
}

/// Runs an order within what others share.
pub(in crate::cli) async fn perform(order: Order, hosting: &Hosting) -> Result<Done, Failure> {
    let began = hosting.epoch.now();
    let mut done = Done {
        run: Run {
            version: engine::REPORT_VERSION,
            tool: format!("ch2spec {}", env!("CARGO_PKG_VERSION")),
            started: order.started.clone(),
            duration: Time::ZERO,
            seed: order.seed,
            verdict: Verdict::NotApplicable,
            strict: false,
            incomplete: false,
            diagnosis: None,
            campaigns: Vec::new(),
        },
        traces: Vec::new(),
        cases: Vec::new(),
    };
    let parts = match order.server.clone() {
        Server::Described(sut) => vec![described(&order, *sut, hosting).await],
        Server::Reference(reference) => embedded(&order, &reference, hosting).await?,
    };
    for part in parts {
        done.add(part);
    }
    done.run.duration = Time::ZERO + hosting.epoch.now().since(began);
    done.run.verdict = worst(&done.run);
    Ok(done)
}

/// What came of one server configuration.
struct Part {
    sut: Sut,
    faults: Vec<Fault>,
    stretches: Vec<Stretch>,
    /// Why the server could not even be looked for.
    diagnosis: Option<String>,
}

/// One campaign of a part, judged.
struct Stretch {
    /// Whose server it was, where a campaign had several.
    whose: Option<String>,
    /// Each with its place in the part.
    results: Vec<(usize, ScenarioResult, Played)>,
    peer: Trace,
    diagnosis: Option<String>,
    interrupted: bool,
}

impl Stretch {
    fn judged(outcome: Outcome, places: &[usize], whose: Option<String>) -> Stretch {
        let results = places.iter().zip(outcome.results);
        Stretch {
            whose,
            results: results
                .map(|(place, played)| (*place, result(&played), played))
                .collect(),
            peer: outcome.peer,
            diagnosis: outcome.diagnosis,
            interrupted: outcome.interrupted,
        }
    }
}

impl Done {
    /// Adds what came of one configuration: one campaign, its scenarios in file order.
    fn add(&mut self, part: Part) {
        let index = self.run.campaigns.len();
        let mut judged = campaign(&part.sut, &part.faults, Vec::new());
        if let Some(diagnosis) = part.diagnosis {
            self.run.diagnosis.get_or_insert(diagnosis);
        }
        let mut all = Vec::new();
        for stretch in part.stretches {
            let played = stretch.results.iter().map(|(.., played)| played);
            let mut together: Vec<(&str, &Trace)> = played
                .map(|played| (&*played.case.scenario.id, &played.trace))
                .collect();
            together.push((PEER, &stretch.peer));
            let together = engine::judge_together(&part.sut.binding, &together);
            judged.peer.extend(together);
            let name = stretch.whose.as_deref().map(peer_of);
            for mut finding in
                engine::judge_peer(&part.sut.binding, &part.sut.values, &stretch.peer)
            {
                finding.trace.clone_from(&name);
                judged.peer.push(finding);
            }
            self.run.incomplete |= stretch.interrupted;
            if let Some(diagnosis) = stretch.diagnosis {
                self.run.diagnosis.get_or_insert(diagnosis);
            }
            self.record(index, name.as_deref().unwrap_or(PEER), stretch.peer, None);
            all.extend(stretch.results);
        }
        judged.peer.sort_by_key(|finding| finding.warning);
        all.sort_by_key(|(place, ..)| *place);
        for (_, result, played) in all {
            judged.scenarios.push(result);
            let id = played.case.scenario.id.clone();
            self.record(index, &id, played.trace, Some(played.case));
        }
        self.run.campaigns.push(judged);
    }

    fn record(&mut self, campaign: usize, scenario: &str, trace: Trace, case: Option<Case>) {
        self.traces.push(Recorded {
            campaign,
            scenario: scenario.to_owned(),
            trace,
        });
        self.cases.push(case);
    }
}

async fn described(order: &Order, sut: Sut, hosting: &Hosting) -> Part {
    let part = |sut, stretches, diagnosis| Part {
        sut,
        faults: Vec::new(),
        stretches,
        diagnosis,
    };
    let mut resolved = BTreeMap::new();
    for name in Settings::names(&sut)
        .into_iter()
        .chain([sut.sip.address.clone()])
    {
        match runtime::resolve(&name, sut.sip.client_address).await {
            Ok(address) => resolved.insert(name, address),
            Err(diagnosis) => return part(sut, Vec::new(), Some(diagnosis)),
        };
    }
    let sip = resolved[&sut.sip.address];
    let settings = Settings {
        resolved,
        ..settings(sut.clone(), sip, &order.scenarios, order.jobs, order.seed)
    };
    hosting.expect(&settings);
    let outcome = hosting.against_described(settings).await;
    let places: Vec<usize> = (0..order.scenarios.len()).collect();
    part(sut, vec![Stretch::judged(outcome, &places, None)], None)
}

/// Several scenarios of one configuration that share a server, or one that has its own.
struct Work {
    /// The configuration's place among the parts.
    part: usize,
    /// The scenarios' places in the configuration.
    places: Vec<usize>,
    alone: bool,
    /// The timers that the scenarios rest on.
    timers: BTreeSet<&'static str>,
    /// What tells it from the others of its part; `None` for the one without any of that.
    whose: Option<String>,
}

/// Every configuration has servers of its own, and so has every exclusive scenario: all of them get
/// on at the same time.
async fn embedded(
    order: &Order,
    reference: &Reference,
    hosting: &Hosting,
) -> Result<Vec<Part>, Failure> {
    let allotted = allot(&reference.configurations, &order.scenarios);
    let mut parts = Vec::new();
    let mut works = Vec::new();
    for (index, allotment) in allotted.iter().enumerate() {
        let sut = embedded::description(&allotment.configuration);
        works.extend(works_of(index, allotment, &sut));
        parts.push(Part {
            sut,
            faults: reference.faults.clone(),
            stretches: Vec::new(),
            diagnosis: None,
        });
    }
    // Those that have most to do begin first.
    works.sort_by_key(|work| work.alone);
    let several = allotted.len() > 1;
    let seats = Arc::new(Semaphore::new(order.jobs.max(1)));
    let mut running = JoinSet::new();
    for (turn, work) in (0..).zip(works) {
        let allotment = &allotted[work.part];
        let one = One {
            configuration: allotment.configuration.clone(),
            timers: work.timers.clone(),
            faults: reference.faults.clone(),
            scenarios: work
                .places
                .iter()
                .map(|place| Arc::clone(&allotment.scenarios[*place]))
                .collect(),
            jobs: if work.alone { 1 } else { order.jobs },
            // Two campaigns of one run make up ids of their own.
            seed: order.seed.wrapping_add(seed_of(&work)),
            mark: match several {
                true => format!(", {}", allotment.configuration.title()),
                false => String::new(),
            },
        };
        let hosting = hosting.clone();
        let seat = (work.alone || order.following.stepwise).then(|| Arc::clone(&seats));
        let turn = if order.following.stepwise { 0 } else { turn };
        running.spawn(async move {
            tokio::time::sleep(hosting.gap * turn).await;
            let _seat = match seat {
                Some(seats) => seats.acquire_owned().await.ok(),
                None => None,
            };
            let outcome = one.run(&hosting).await?;
            let stretch = Stretch::judged(outcome, &work.places, work.whose);
            Ok::<_, Failure>((work.part, stretch))
        });
        if order.following.stepwise {
            // The operator can attend to one at a time.
            wait(&mut running, &mut parts).await?;
        }
    }
    while !running.is_empty() {
        wait(&mut running, &mut parts).await?;
    }
    for part in &mut parts {
        part.stretches.sort_by_key(|stretch| {
            let first = stretch.results.first().map(|(place, ..)| *place);
            (stretch.whose.is_some(), first)
        });
    }
    Ok(parts)
}

async fn wait(
    running: &mut JoinSet<Result<(usize, Stretch), Failure>>,
    parts: &mut [Part],
) -> Result<(), Failure> {
    let Some(ended) = running.join_next().await else {
        return Ok(());
    };
    let broke = |error| Failure::Broken(format!("a campaign broke off: {error}"));
    let (part, stretch) = ended.map_err(broke)??;
    parts[part].stretches.push(stretch);
    Ok(())
}

/// The scenarios of a configuration that share a server, by the timers they rest on, and those that
/// have one each.
fn works_of(part: usize, allotment: &Allotment, sut: &Sut) -> Vec<Work> {
    let mut shared: BTreeMap<BTreeSet<&'static str>, Vec<usize>> = BTreeMap::new();
    let mut works = Vec::new();
    for (place, scenario) in allotment.scenarios.iter().enumerate() {
        let applies = roles::case(sut, scenario).inapplicable().is_none();
        let timers = embedded::timers(scenario, sut);
        if applies && scenario.exclusive {
            works.push(Work {
                part,
                places: vec![place],
                alone: true,
                timers,
                whose: Some(scenario.id.clone()),
            });
        } else {
            let timers = if applies { timers } else { BTreeSet::new() };
            shared.entry(timers).or_default().push(place);
        }
    }
    works.extend(shared.into_iter().map(|(timers, places)| {
        let names: Vec<&str> = timers.iter().copied().collect();
        let whose = (!names.is_empty()).then(|| names.join(", "));
        Work {
            part,
            places,
            alone: false,
            timers,
            whose,
        }
    }));
    works
}

/// Told apart by the configuration and the first scenario, so that ids do not change with others
/// that are run beside.
fn seed_of(work: &Work) -> u64 {
    let own = if work.whose.is_some() {
        work.places[0] + 1
    } else {
        0
    };
    ((work.part as u64) << 32) + own as u64
}

/// One campaign against the reference server.
struct One {
    configuration: Configuration,
    timers: BTreeSet<&'static str>,
    faults: Vec<Fault>,
    scenarios: Vec<Arc<Scenario>>,
    jobs: usize,
    seed: u64,
    mark: String,
}

impl One {
    async fn run(&self, hosting: &Hosting) -> Result<Outcome, Failure> {
        let pairs = self.scenarios.iter().map(|scenario| scenario.pairs());
        let pairs = pairs.max().unwrap_or(1);
        let set_up = || {
            let setup = embedded::setup(
                embedded::loopback(hosting.spread),
                &self.configuration,
                &self.timers,
                &self.faults,
                self.jobs * pairs,
                self.seed,
            );
            let sip = setup.config.sip_udp;
            let sut = setup.sut.clone();
            let settings = settings(sut, sip, &self.scenarios, self.jobs, self.seed);
            (setup, settings)
        };
        let (_, settings) = set_up();
        if hosting.expect(&settings) == 0 {
            // No scenario applies: nobody needs a server.
            return Ok(roles::Campaign::new(settings).into_outcome());
        }
        hosting.against_reference(set_up, &self.mark).await
    }
}

fn settings(
    sut: Sut,
    sip: SocketAddr,
    scenarios: &[Arc<Scenario>],
    jobs: usize,
    seed: u64,
) -> Settings {
    Settings {
        sut,
        sip,
        resolved: BTreeMap::new(),
        scenarios: scenarios.to_vec(),
        jobs,
        seed,
        limits: Limits::default(),
    }
}
