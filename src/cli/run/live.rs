//! A run as it happens, line by line.

use std::sync::{Arc, Mutex};

use crate::ch2::Binding;
use crate::diameter::Dictionary;
use crate::report::{escape, event};
use crate::roles::{self, News, Progress};
use crate::scenario::Scenario;

use super::super::Console;
use super::progress::ProgressLine;
use super::watched::Watcher;

/// How closely a run is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Following {
    /// Every message is told as it happens.
    pub messages: bool,
    /// Each of them is taken apart as well.
    pub fields: bool,
    /// Each step of ours waits for the operator. One scenario runs at a time, whatever
    /// [`super::Order::jobs`] says.
    pub stepwise: bool,
}

/// Whoever watches a campaign: the progress line, and the events where they are wanted.
pub(super) struct Onlooker {
    pub line: Arc<Mutex<ProgressLine>>,
    pub console: Console,
    pub following: Following,
    pub scenarios: Vec<Arc<Scenario>>,
    pub binding: Binding,
    /// How wide the longest id is.
    pub width: usize,
    /// Told apart where there are several campaigns.
    pub campaign: String,
}

impl Onlooker {
    fn tell(&self, news: &News) {
        let style = self.console.error_style();
        let scenario = news.index.and_then(|index| self.scenarios.get(index));
        let step = news.step.and_then(|id| scenario?.steps.get(id.0));
        let whose = match scenario {
            Some(scenario) => format!("{}{}", scenario.id, self.campaign),
            None => format!("peer{}", self.campaign),
        };
        let session = scenario.and_then(|s| s.sessions.get(news.event.session));
        let session = session.and_then(|session| session.name.as_deref());
        let session = session
            .map(|name| format!("session {name}  "))
            .unwrap_or_default();
        let mut text = format!(
            "{}  {}  {}{}",
            style.dim(&event::time(&news.event)),
            style.bold(&format!(
                "{whose:width$}",
                width = self.width + self.campaign.len()
            )),
            escape::terminal(&session),
            event::line(&news.event, step, &self.binding, &style)
        );
        if self.following.fields {
            let dictionary = Dictionary::by_profile(&self.binding.dictionary)
                .unwrap_or_else(Dictionary::default);
            for line in event::decoded(&news.event, dictionary, &style).lines() {
                text.push_str("\n      ");
                text.push_str(line);
            }
        }
        if let Ok(mut line) = self.line.lock() {
            line.say(&text);
        }
    }
}

impl Watcher<roles::Campaign> for Onlooker {
    fn look(&mut self, campaign: &mut roles::Campaign) -> bool {
        while let Some(news) = campaign.poll_news() {
            self.tell(&news);
        }
        let mut ready = false;
        while let Some(progress) = campaign.poll_progress() {
            ready |= matches!(progress, Progress::EnablerListening(_));
            if let Ok(mut line) = self.line.lock() {
                line.tell(&progress, &self.scenarios);
            }
        }
        ready
    }
}
