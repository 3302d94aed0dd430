//! Joins the parties the harness plays, the network and the judge.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;

use crate::ch2::ReadingId;
use crate::engine::{self, Campaign, Case, ReadingChoice, Run, ScenarioResult, Trace, Verdict};
use crate::io::Time;
use crate::reference::{self, Fault};
use crate::report::trace_file::{PEER, Recorded};
use crate::roles::{self, Limits, Outcome, Played, Settings};
use crate::runtime::host::{self, HostOptions};
use crate::runtime::{self, Epoch, Interrupts};
use crate::scenario::{Scenario, Sut};

use super::super::{Console, Failure};
use super::embedded;
use super::live::{Following, Onlooker};
use super::progress::ProgressLine;
use super::watched::Watched;

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Order {
    /// Against what.
    pub server: Server,
    /// The scenarios, in the order of the report.
    pub scenarios: Vec<Arc<Scenario>>,
    /// How many run at once.
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
    /// One campaign each.
    pub topologies: Vec<Topology>,
    /// What it does wrong.
    pub faults: Vec<Fault>,
    /// The readings it keeps to; the default of a group that is not here.
    pub readings: Vec<ReadingId>,
}

/// Who stands behind the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// The harness plays the far end.
    FarEnd,
    /// Nobody: the server answers sessions itself.
    Standalone,
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
    let done = runtime.block_on(Player::new(order, console).play());
    // A prompt that nobody answers sits in a thread that cannot be called off.
    runtime.shutdown_timeout(Duration::from_millis(100));
    done
}

/// One run as it goes on.
struct Player {
    order: Order,
    console: Console,
    epoch: Epoch,
    interrupts: Interrupts,
    line: Arc<Mutex<ProgressLine>>,
    done: Done,
}

impl Player {
    fn new(order: Order, console: Console) -> Player {
        let run = Run {
            version: engine::REPORT_VERSION,
            tool: format!("ch2spec {}", env!("CARGO_PKG_VERSION")),
            started: order.started.clone(),
            duration: Time::ZERO,
            seed: order.seed,
            verdict: Verdict::NotApplicable,
            incomplete: false,
            diagnosis: None,
            campaigns: Vec::new(),
        };
        let campaigns = match &order.server {
            Server::Described(_) => 1,
            Server::Reference(reference) => reference.topologies.len(),
        };
        let line = ProgressLine::new(console, &order.scenarios, campaigns);
        Player {
            order,
            console,
            line: Arc::new(Mutex::new(line)),
            epoch: Epoch::begin(),
            interrupts: Interrupts::new(),
            done: Done {
                run,
                traces: Vec::new(),
                cases: Vec::new(),
            },
        }
    }

    async fn play(mut self) -> Result<Done, Failure> {
        self.interrupts = Interrupts::on_ctrl_c();
        match self.order.server.clone() {
            Server::Described(sut) => self.against_described(*sut).await?,
            Server::Reference(reference) => {
                let mut parts = Vec::new();
                // Each has a server of its own, so they get on at the same time.
                match reference.topologies.as_slice() {
                    [one, other] if !self.order.following.stepwise => {
                        let one = self.against_reference(&reference, *one);
                        let other = self.against_reference(&reference, *other);
                        let (one, other) = tokio::join!(one, other);
                        parts.extend([one?, other?]);
                    }
                    topologies => {
                        for topology in topologies {
                            parts.push(self.against_reference(&reference, *topology).await?);
                        }
                    }
                }
                for (sut, outcome) in parts {
                    self.judge(&sut, &reference.faults, outcome);
                }
            }
        }
        let run = &mut self.done.run;
        run.duration = self.epoch.now();
        run.verdict = worst(run);
        Ok(self.done)
    }

    async fn against_described(&mut self, sut: Sut) -> Result<(), Failure> {
        let mut resolved = BTreeMap::new();
        for name in Settings::names(&sut)
            .into_iter()
            .chain([sut.sip.address.clone()])
        {
            match runtime::resolve(&name, sut.sip.client_address).await {
                Ok(address) => resolved.insert(name, address),
                Err(diagnosis) => {
                    self.unreachable(&sut, diagnosis);
                    return Ok(());
                }
            };
        }
        let sip = resolved[&sut.sip.address];
        let settings = self.settings(sut.clone(), sip, resolved);
        let mut campaign = self.watched(settings, "");
        host::run(&mut campaign, self.options()).await;
        self.judge(&sut, &[], campaign.into_outcome());
        Ok(())
    }

    async fn against_reference(
        &self,
        reference: &Reference,
        topology: Topology,
    ) -> Result<(Sut, Outcome), Failure> {
        let mark = match topology {
            _ if reference.topologies.len() == 1 => "",
            Topology::FarEnd => ", far end",
            Topology::Standalone => ", standalone",
        };
        // A port that was free when it was chosen may be taken: others are tried.
        for _ in 0..embedded::ATTEMPTS {
            let setup = embedded::setup(reference, topology, self.order.jobs, self.order.seed);
            let sip = setup.config.sip_udp;
            let settings = self.settings(setup.sut.clone(), sip, BTreeMap::new());
            let mut campaign = self.watched(settings, mark);
            let mut server = Watched::new(reference::Server::new(setup.config), ());
            // Ctrl-C is the harness's: the server winds up after it, so that nothing is lost.
            let serving = Interrupts::new();
            let options = HostOptions {
                interrupts: serving.clone(),
                ..self.options()
            };
            let (ready, over) = (campaign.ready(), Notify::new());
            let testing = async {
                host::run(&mut campaign, self.options()).await;
                serving.interrupt();
                ready.notify_one();
                over.notify_one();
            };
            let answering = async {
                // Not before the Charging Enabler listens, so that its first try succeeds.
                ready.notified().await;
                host::run(&mut server, options).await;
            };
            tokio::join!(testing, with_patience(answering, &over));
            if (campaign.clashed() || server.clashed()) && self.interrupts.count() == 0 {
                continue;
            }
            return Ok((setup.sut, campaign.into_outcome()));
        }
        Err(Failure::Broken(
            "no free port was found for the reference server".to_owned(),
        ))
    }

    fn watched(
        &self,
        settings: Settings,
        campaign: &'static str,
    ) -> Watched<roles::Campaign, Onlooker> {
        let following = self.order.following;
        let widest = settings.scenarios.iter().map(|s| s.id.len()).max();
        let onlooker = Onlooker {
            line: self.line.clone(),
            console: self.console,
            following,
            scenarios: settings.scenarios.clone(),
            binding: settings.sut.binding.clone(),
            width: widest.unwrap_or(0),
            campaign,
        };
        let mut machine = roles::Campaign::new(settings);
        if following.messages {
            machine.tell();
        }
        if following.stepwise {
            machine.go_stepwise();
        }
        Watched::new(machine, onlooker)
    }

    fn settings(
        &self,
        sut: Sut,
        sip: SocketAddr,
        resolved: BTreeMap<String, SocketAddr>,
    ) -> Settings {
        // Two campaigns of one run make up ids of their own.
        let own = u64::from(sut.far_end.is_none());
        Settings {
            sut,
            sip,
            resolved,
            scenarios: self.order.scenarios.clone(),
            jobs: self.order.jobs,
            seed: self.order.seed.wrapping_add(own),
            limits: Limits::default(),
        }
    }

    fn options(&self) -> HostOptions {
        HostOptions {
            epoch: self.epoch,
            interrupts: self.interrupts.clone(),
            ..HostOptions::default()
        }
    }

    fn unreachable(&mut self, sut: &Sut, diagnosis: String) {
        self.done.run.campaigns.push(campaign(sut, &[], Vec::new()));
        self.done.run.diagnosis.get_or_insert(diagnosis);
    }

    /// Judges what was played and adds it to the run.
    fn judge(&mut self, sut: &Sut, faults: &[Fault], outcome: Outcome) {
        let index = self.done.run.campaigns.len();
        let mut judged = campaign(sut, faults, outcome.results.iter().map(result).collect());
        judged.peer = engine::judge_peer(&sut.binding, &outcome.peer);
        self.done.run.campaigns.push(judged);
        self.done.run.incomplete |= outcome.interrupted;
        if let Some(diagnosis) = outcome.diagnosis {
            self.done.run.diagnosis.get_or_insert(diagnosis);
        }
        let record = |scenario: &str, trace| Recorded {
            campaign: index,
            scenario: scenario.to_owned(),
            trace,
        };
        self.done.traces.push(record(PEER, outcome.peer));
        self.done.cases.push(None);
        for played in outcome.results {
            let id = played.case.scenario.id.clone();
            self.done.traces.push(record(&id, played.trace));
            self.done.cases.push(Some(played.case));
        }
    }
}

/// What a campaign was run against, with the results it came to.
fn campaign(sut: &Sut, faults: &[Fault], scenarios: Vec<ScenarioResult>) -> Campaign {
    Campaign {
        server: sut.name.clone(),
        topology: if sut.far_end.is_some() {
            "far end"
        } else {
            "standalone"
        }
        .to_owned(),
        faults: faults.iter().map(|fault| fault.name().to_owned()).collect(),
        readings: readings(sut),
        binding: sut.binding.name.clone(),
        dictionary: sut.binding.dictionary.clone(),
        ixit: embedded::in_words(&sut.values),
        peer: Vec::new(),
        scenarios,
    }
}

fn readings(sut: &Sut) -> Vec<ReadingChoice> {
    let choice = |group| {
        let claimed = sut.readings.get(&group).copied();
        let reading = claimed.unwrap_or_else(|| crate::ch2::Reading::default_of(group).id);
        ReadingChoice {
            group,
            reading,
            claimed: claimed.is_some(),
        }
    };
    crate::ch2::ReadingGroup::ALL
        .into_iter()
        .map(choice)
        .collect()
}

/// One scenario, judged; what was never played says so, and is no pass.
fn result(played: &Played) -> ScenarioResult {
    let nothing = Trace::default();
    // What was tried in vain is evidence, and no ground to judge the server on.
    let trace = match played.not_played {
        Some(_) => &nothing,
        None => &played.trace,
    };
    let mut result = engine::judge(&played.case, trace);
    if let Some(reason) = &played.not_played
        && result.verdict != Verdict::NotApplicable
    {
        result.verdict = Verdict::Inconclusive;
        result.reason.clone_from(reason);
    }
    (result.began, result.ended) = (played.began, played.ended);
    if !played.identities.is_empty() {
        result.identities.clone_from(&played.identities);
    }
    result.background.clone_from(&played.background);
    result.events = played.trace.events.len();
    result
}

fn worst(run: &Run) -> Verdict {
    let scenarios = run
        .campaigns
        .iter()
        .flat_map(|c| &c.scenarios)
        .map(|s| s.verdict);
    let peer = run.campaigns.iter().flat_map(|c| &c.peer);
    let peer = peer
        .filter(|finding| !finding.warning)
        .map(|finding| finding.verdict);
    let cut = (run.diagnosis.is_some() || run.incomplete).then_some(Verdict::Inconclusive);
    scenarios
        .chain(peer)
        .chain(cut)
        .max()
        .unwrap_or(Verdict::NotApplicable)
}

/// Lets a server wind up once it was asked to, but not for long: the harness has all it wants by
/// then, and a server that just lost its CH-2 connection would wait seconds for another.
async fn with_patience(work: impl Future<Output = ()>, asked: &Notify) {
    const PATIENCE: Duration = Duration::from_millis(100);
    let enough = async {
        asked.notified().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        () = work => {}
        () = enough => {}
    }
}
