//! Campaigns on real sockets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;

use crate::reference;
use crate::roles::{self, Outcome, Settings};
use crate::runtime::host::{self, HostOptions};
use crate::runtime::{Epoch, Interrupts};

use super::super::{Console, Failure};
use super::embedded::{self, Setup};
use super::live::{Following, Onlooker};
use super::progress::ProgressLine;
use super::watched::Watched;

/// What the campaigns of a run share.
#[derive(Clone)]
pub(in crate::cli) struct Hosting {
    pub console: Console,
    pub following: Following,
    pub epoch: Epoch,
    pub interrupts: Interrupts,
    pub line: Arc<Mutex<ProgressLine>>,
    /// The least time between the starts of two scenarios of a campaign, and of two campaigns of
    /// the reference server.
    pub gap: Duration,
    /// Each reference server has a loopback address of its own, where the system has more than one: a
    /// port of a connection that has ended is taken for a minute, and a selftest has tens of
    /// thousands of them.
    pub spread: bool,
}

impl Hosting {
    /// Tells whoever watches how many scenarios are to be played, and gives that number.
    pub(super) fn expect(&self, settings: &Settings) -> usize {
        let cases = settings.scenarios.iter();
        let cases = cases.map(|scenario| roles::case(&settings.sut, scenario));
        let number = cases.filter(|case| case.inapplicable().is_none()).count();
        if let Ok(mut line) = self.line.lock() {
            line.expect(number);
        }
        number
    }

    /// Runs a campaign against a server that is there.
    pub(super) async fn against_described(&self, settings: Settings) -> Outcome {
        let mut campaign = self.watched(settings, String::new());
        host::run(&mut campaign, self.options()).await;
        campaign.into_outcome()
    }

    /// Runs a campaign against a reference server of its own. A port that was free when it was
    /// chosen may be taken: `set_up` is asked for others then.
    pub(super) async fn against_reference(
        &self,
        set_up: impl Fn() -> (Setup, Settings),
        mark: &str,
    ) -> Result<Outcome, Failure> {
        let mut why = String::new();
        for _ in 0..embedded::ATTEMPTS {
            let (setup, settings) = set_up();
            let mut campaign = self.watched(settings, mark.to_owned());
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
            match campaign.clashed().or(server.clashed()) {
                Some(clash) if self.interrupts.count() == 0 => clash.clone_into(&mut why),
                _ => return Ok(campaign.into_outcome()),
            }
            embedded::move_ports();
        }
        Err(Failure::Broken(format!(
            "no free port was found for the reference server: {why}"
        )))
    }

    fn watched(&self, settings: Settings, mark: String) -> Watched<roles::Campaign, Onlooker> {
        let following = self.following;
        let widest = settings.scenarios.iter().map(|s| s.id.len()).max();
        let onlooker = Onlooker {
            line: self.line.clone(),
            console: self.console,
            following,
            scenarios: settings.scenarios.clone(),
            binding: settings.sut.binding.clone(),
            width: widest.unwrap_or(0),
            campaign: mark,
        };
        let mut machine = roles::Campaign::new(settings);
        machine.stagger(self.gap);
        if following.messages {
            machine.tell();
        }
        if following.stepwise {
            machine.go_stepwise();
        }
        Watched::new(machine, onlooker)
    }

    fn options(&self) -> HostOptions {
        HostOptions {
            epoch: self.epoch,
            interrupts: self.interrupts.clone(),
            ..HostOptions::default()
        }
    }
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
