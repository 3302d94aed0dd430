//! All scenarios of a run against one server, as one machine.

mod dispatch;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::ch2::{Reading, ReadingGroup, ReadingId};
use crate::diameter::Dictionary;
use crate::engine::Case;
use crate::io::{Input, Machine, Output, Time};
use crate::scenario::{Party, Scenario, Sut};

use super::enabler::Enabler;
use super::far_end::Port;
use super::net::Net;
use super::outcome::{News, Outcome, Played, Progress, Settings};
use super::play::{self, Play};
use super::schedule::Schedule;

/// Plays IM clients, far ends and the Charging Enabler for all scenarios of a run against one
/// server.
#[derive(Debug)]
pub struct Campaign {
    stage: Stage,
    schedule: Schedule,
    plays: BTreeMap<usize, Play>,
    results: Vec<Option<Played>>,
    /// By when the server is to have a CH-2 connection; runs while none is open.
    connect_by: Option<Time>,
    /// When a server that stays with the second Charging Enabler is sent back.
    send_back_at: Option<Time>,
    opened_once: bool,
    /// The least time between the starts of two scenarios.
    gap: Duration,
    /// When a scenario was started last.
    started: Option<Time>,
    /// When the CH-2 connection opened; `None` while none is open.
    opened: Option<Time>,
    /// True once the server has reacted to a scenario at all.
    heard: bool,
    /// Scenarios that are over and to which it has not.
    unheard: Vec<usize>,
    diagnosis: Option<String>,
    interrupted: bool,
    strays: BTreeMap<String, u32>,
    /// What happened and has not been told; `None` where nobody listens.
    news: Option<VecDeque<News>>,
    /// How many events of the CH-2 connections have been told.
    told: usize,
}

/// What the running scenarios share.
#[derive(Debug)]
pub(super) struct Stage {
    pub settings: Arc<Settings>,
    pub net: Net,
    pub enabler: Enabler,
    /// The far end's SIP port, where the server forwards to one.
    pub port: Option<Port>,
    pub progress: VecDeque<Progress>,
    /// True where steps of ours wait for the operator.
    pub stepwise: bool,
}

impl Campaign {
    /// A campaign that has not begun. It asks for its sockets at once.
    pub fn new(settings: Settings) -> Campaign {
        let settings = Arc::new(settings);
        let sut = &settings.sut;
        let mut net = Net::new(settings.seed);
        let ip = sut.sip.client_address;
        let dictionary = Dictionary::profiles()
            .into_iter()
            .find(|dictionary| dictionary.profile == sut.binding.dictionary)
            .unwrap_or_else(Dictionary::default);
        let most_peers = settings.limits.peers;
        let second = sut.second_enabler.clone();
        let addresses = std::iter::once((Party::Enabler, sut.enabler.clone()))
            .chain(second.map(|address| (Party::SecondEnabler, address)))
            .collect();
        let enabler = Enabler::new(addresses, ip, dictionary, most_peers, &mut net);
        let port = sut
            .far_end
            .as_ref()
            .map(|address| Port::new(address, ip, &mut net));
        let mut schedule = Schedule::new(settings.jobs, sut.subscribers.len());
        let mut results = Vec::with_capacity(settings.scenarios.len());
        for (index, scenario) in settings.scenarios.iter().enumerate() {
            let case = case(sut, scenario);
            match case.inapplicable() {
                Some(reason) => results.push(Some(play::not_played(case, reason, Time::ZERO))),
                None => {
                    schedule.push(index, scenario.exclusive, scenario.pairs());
                    results.push(None);
                }
            }
        }
        let mut campaign = Campaign {
            schedule,
            plays: BTreeMap::new(),
            results,
            connect_by: None,
            send_back_at: None,
            opened_once: false,
            gap: Duration::ZERO,
            started: None,
            opened: None,
            heard: false,
            unheard: Vec::new(),
            diagnosis: None,
            interrupted: false,
            strays: BTreeMap::new(),
            news: None,
            told: 0,
            stage: Stage {
                settings,
                net,
                enabler,
                port,
                progress: VecDeque::new(),
                stepwise: false,
            },
        };
        if campaign.stage.settings.sut.subscribers.is_empty() {
            campaign.give_up("the server's description names no subscribers".to_owned());
        }
        campaign.close_when_done();
        campaign
    }

    /// From now on, every event is told as it happens ([`Campaign::poll_news`]).
    pub fn tell(&mut self) {
        self.news.get_or_insert_default();
    }

    /// Each request and trigger of ours waits until the operator lets it go. Time that a scenario
    /// waits so counts for no limit of ours; a server's own timers run.
    pub fn go_stepwise(&mut self) {
        self.stage.stepwise = true;
    }

    /// So much time lies between the starts of two scenarios at least: many that begin in one moment
    /// keep one another waiting, and the waiting would be held against the server.
    pub fn stagger(&mut self, gap: Duration) {
        self.gap = gap;
    }

    /// The next event, where they are told.
    pub fn poll_news(&mut self) -> Option<News> {
        self.news.as_mut()?.pop_front()
    }

    /// The next thing that happened, for whoever watches.
    pub fn poll_progress(&mut self) -> Option<Progress> {
        self.stage.progress.pop_front()
    }

    /// A scenario that is over, by its place in [`Settings::scenarios`].
    pub fn played(&self, index: usize) -> Option<&Played> {
        self.results.get(index)?.as_ref()
    }

    /// What came of it. A scenario that is still running is cut short.
    pub fn into_outcome(mut self) -> Outcome {
        self.end_all("the run ended");
        self.excuse_unheard();
        let now = self.stage.net.now;
        let settings = Arc::clone(&self.stage.settings);
        let results = std::mem::take(&mut self.results)
            .into_iter()
            .zip(&settings.scenarios);
        let results = results.map(|(played, scenario)| {
            played.unwrap_or_else(|| {
                play::not_played(
                    case(&settings.sut, scenario),
                    "the run ended".to_owned(),
                    now,
                )
            })
        });
        Outcome {
            results: results.collect(),
            peer: self.stage.enabler.take_trace(),
            diagnosis: self.diagnosis,
            interrupted: self.interrupted,
            strays: self.strays,
        }
    }

    /// Lets everything go on until nothing more can be done at this moment.
    fn settle(&mut self) {
        loop {
            self.on_arrivals();
            for play in self.plays.values_mut() {
                play.drive(&mut self.stage);
            }
            self.take_news();
            let over: Vec<usize> = self
                .plays
                .values()
                .filter(|play| play.is_over())
                .map(|p| p.index)
                .collect();
            let any_over = !over.is_empty();
            over.into_iter().for_each(|index| self.finish(index));
            self.watch_connection();
            // What a scenario has the Charging Enabler send is written down at once.
            let told = self.stage.enabler.has_arrivals();
            if !self.start_next() && !any_over && !told {
                break;
            }
        }
        self.close_when_done();
    }

    fn take_news(&mut self) {
        let Some(news) = &mut self.news else { return };
        for event in self.stage.enabler.events_from(self.told) {
            self.told += 1;
            news.push_back(News {
                index: None,
                event: event.clone(),
                step: None,
            });
        }
        for play in self.plays.values_mut() {
            while let Some((event, step)) = play.record.untold() {
                news.push_back(News {
                    index: Some(play.index),
                    event,
                    step,
                });
            }
        }
    }

    fn start_next(&mut self) -> bool {
        let start_at = self.start_at();
        let stage = &mut self.stage;
        let now = stage.net.now;
        let ready = start_at.is_some_and(|at| at <= now)
            && stage.port.as_ref().is_none_or(Port::is_ready)
            && self.diagnosis.is_none()
            && !self.interrupted;
        if !ready {
            return false;
        }
        let Some((index, subscribers)) = self.schedule.start() else {
            return false;
        };
        self.started = Some(now);
        let scenario = Arc::clone(&stage.settings.scenarios[index]);
        let case = case(&stage.settings.sut, &scenario);
        stage.progress.push_back(Progress::Started {
            index,
            id: scenario.id.clone(),
        });
        let play = Play::new(index, subscribers, case, stage);
        self.plays.insert(index, play);
        true
    }

    fn finish(&mut self, index: usize) {
        let Some(play) = self.plays.remove(&index) else {
            return;
        };
        self.schedule.finished(&play.subscribers);
        self.heard |= play.heard;
        if !play.heard {
            self.unheard.push(index);
        }
        let heard = self.heard || self.plays.values().any(|play| play.heard);
        let unreachable = play.unreachable.clone();
        self.results[index] = Some(play.finish(&mut self.stage));
        self.stage.progress.push_back(Progress::Finished { index });
        let at = self.stage.settings.sip;
        if let Some(reason) = unreachable {
            self.give_up(format!("SIP at {at}: {reason}"));
        } else if !heard && (self.stage.enabler.is_open() || !self.schedule.is_waiting()) {
            // As long as others wait to start, a connection that is gone is waited for, and says more.
            self.give_up(format!("SIP at {at}: the server sent nothing at all"));
        }
    }

    /// From when on scenarios may start; `None` while no CH-2 connection is open.
    ///
    /// The capabilities exchange is over for us once we have answered; the server has yet to read
    /// that, and may refuse sessions until it has. Its answer to a watchdog proves that it did. A
    /// server that answers none gets the time that it may take for anything, one that needs longer says
    /// so (`settle time`).
    fn start_at(&self) -> Option<Time> {
        let values = &self.stage.settings.sut.values;
        let grace = match self.stage.enabler.is_proven() {
            true => values.settle_time,
            false => values.settle_time.max(values.trigger_time),
        };
        let next = self.started.map(|started| started + self.gap);
        self.opened
            .map(|opened| (opened + grace).max(next.unwrap_or(Time::ZERO)))
    }

    /// Gives up where the server has no CH-2 connection for too long.
    fn watch_connection(&mut self) {
        if self.stage.enabler.is_open() {
            self.opened.get_or_insert(self.stage.net.now);
        } else {
            self.opened = None;
        }
        // A scenario that runs alone may cut the server off, and have it wait.
        let alone = self.plays.values().any(Play::is_exclusive);
        let waits = self.stage.enabler.is_listening()
            && !self.stage.enabler.is_open()
            && self.schedule.is_waiting()
            && !alone;
        if !waits {
            (self.connect_by, self.send_back_at) = (None, None);
            return;
        }
        let now = self.stage.net.now;
        let values = &self.stage.settings.sut.values;
        let mut patience = values.connect_time;
        if self.stage.enabler.is_disturbed() {
            patience += values.reconnect_time;
        }
        let by = *self.connect_by.get_or_insert(now + patience);
        let back = *self
            .send_back_at
            .get_or_insert(now + values.connect_time / 4);
        if now >= back && back < by {
            // Once is enough: a server that comes back to the second one all the same is lost.
            self.send_back_at = Some(by);
            self.stage.enabler.send_back(&mut self.stage.net);
        }
        if now >= by {
            let address = self.stage.enabler.first_address();
            let ended = self.stage.enabler.last_end();
            let stands = self.stage.enabler.connections() > 0;
            let what = match (self.opened_once, ended) {
                (true, _) => "lost its CH-2 connection and opened no other",
                (false, None) if !stands => "opened no CH-2 connection",
                (false, _) => "connected for CH-2 and exchanged no capabilities",
            };
            let ended = ended.map(|ended| format!("; the last connection ended: {ended}"));
            let ended = ended.unwrap_or_default();
            self.give_up(format!(
                "the server {what} at {address} within {patience:?} (ixit: connect time){ended}"
            ));
        }
    }

    /// Nothing more is started; what runs goes on to its end.
    fn give_up(&mut self, diagnosis: String) {
        let now = self.stage.net.now;
        let settings = Arc::clone(&self.stage.settings);
        for index in self.schedule.give_up() {
            let case = case(&settings.sut, &settings.scenarios[index]);
            self.results[index] = Some(play::not_played(case, diagnosis.clone(), now));
        }
        self.stage
            .progress
            .push_back(Progress::Note(diagnosis.clone()));
        self.diagnosis.get_or_insert(diagnosis);
    }

    /// Where nothing was ever heard of the server, no scenario says anything about it: it is not
    /// there, or its description is wrong.
    fn excuse_unheard(&mut self) {
        let Some(diagnosis) = self.diagnosis.as_ref().filter(|_| !self.heard) else {
            return;
        };
        for index in std::mem::take(&mut self.unheard) {
            if let Some(played) = &mut self.results[index] {
                played.not_played = Some(diagnosis.clone());
            }
        }
    }

    fn end_all(&mut self, reason: &str) {
        let now = self.stage.net.now;
        let settings = Arc::clone(&self.stage.settings);
        for index in self.schedule.give_up() {
            let case = case(&settings.sut, &settings.scenarios[index]);
            self.results[index] = Some(play::not_played(case, reason.to_owned(), now));
        }
        for play in self.plays.values_mut() {
            play.cut_short(reason, now);
        }
        self.take_news();
        for (index, play) in std::mem::take(&mut self.plays) {
            self.schedule.finished(&play.subscribers);
            self.results[index] = Some(play.finish(&mut self.stage));
            self.stage.progress.push_back(Progress::Finished { index });
        }
        self.close_when_done();
    }

    fn close_when_done(&mut self) {
        if self.schedule.is_done() {
            self.stage.net.close_all();
        }
    }
}

impl Machine for Campaign {
    fn handle(&mut self, now: Time, input: Input) {
        self.stage.net.now = now;
        self.on_input(input);
        self.settle();
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.stage.net.poll_output()
    }

    fn poll_timeout(&self) -> Option<Time> {
        if self.schedule.is_done() {
            return None;
        }
        let plays = self.plays.values().filter_map(Play::poll_timeout).min();
        let start = self.start_at().filter(|at| *at > self.stage.net.now);
        [
            plays,
            self.stage.enabler.poll_timeout(),
            self.connect_by,
            self.send_back_at.filter(|at| *at > self.stage.net.now),
            start,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.stage.net.now = now;
        self.stage.enabler.handle_timeout(&mut self.stage.net);
        self.settle();
    }

    fn is_finished(&self) -> bool {
        self.schedule.is_done() && !self.stage.net.has_output()
    }
}

/// What the judge needs besides the trace, before the scenario has parties.
pub fn case(sut: &Sut, scenario: &Arc<Scenario>) -> Case {
    Case {
        scenario: Arc::clone(scenario),
        readings: readings(sut),
        claims: sut.claims_all(),
        pairs: sut.subscribers.len(),
        ixit: sut.values.clone(),
        binding: sut.binding.clone(),
        identities: Vec::new(),
    }
}

/// The reading of each group that decides, and whether the vendor claimed it.
fn readings(sut: &Sut) -> Vec<(ReadingId, bool)> {
    ReadingGroup::ALL
        .into_iter()
        .map(|group| match sut.readings.get(&group) {
            Some(claimed) => (*claimed, true),
            None => (Reading::default_of(group).id, false),
        })
        .collect()
}
