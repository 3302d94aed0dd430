//! What is happening, for whoever watches the terminal.

use std::sync::Arc;

use crate::report::escape;
use crate::roles::Progress;
use crate::scenario::Scenario;

use super::super::Console;

/// One line on standard error that is written over. Nothing where nobody watches.
#[derive(Debug)]
pub(super) struct ProgressLine {
    console: Console,
    ids: Vec<String>,
    total: usize,
    finished: usize,
    running: Vec<usize>,
    shown: bool,
}

impl ProgressLine {
    /// For these scenarios, each of which is played in that many campaigns.
    pub(super) fn new(
        console: Console,
        scenarios: &[Arc<Scenario>],
        campaigns: usize,
    ) -> ProgressLine {
        let ids: Vec<String> = scenarios
            .iter()
            .map(|scenario| scenario.id.clone())
            .collect();
        ProgressLine {
            console,
            total: ids.len() * campaigns,
            ids,
            finished: 0,
            running: Vec::new(),
            shown: false,
        }
    }

    /// Shows what happened.
    pub(super) fn tell(&mut self, progress: &Progress) {
        if !self.console.is_watched() {
            return;
        }
        match progress {
            Progress::Started { index, .. } => self.running.push(*index),
            Progress::Finished { index } => {
                self.finished += 1;
                // The same scenario may be running in another campaign as well.
                if let Some(at) = self.running.iter().position(|running| running == index) {
                    self.running.remove(at);
                }
            }
            // What the operator is to do is asked by whoever waits for the answer.
            Progress::Prompted { .. } => return self.clear(),
            Progress::EnablerListening(_) | Progress::FarEndListening(_) => return,
            Progress::PeerOpen { .. } => return,
            Progress::Note(text) => return self.note(text),
        }
        self.show();
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if self.shown {
            self.console.overwrite("");
            self.shown = false;
        }
    }

    /// Something worth a line of its own.
    fn note(&mut self, text: &str) {
        self.clear();
        self.console
            .note(&format!("  {}", escape::clipped(text, 300)));
    }

    /// Something that has lines of its own; what came from the server is escaped in it by now.
    pub(super) fn say(&mut self, text: &str) {
        self.clear();
        self.console.note(text);
    }

    fn show(&mut self) {
        let running = self.running.iter().filter_map(|index| self.ids.get(*index));
        let running: Vec<&str> = running.map(String::as_str).collect();
        // Short enough for a terminal of 80 columns: a line that wraps cannot be written over.
        let running = escape::clipped(&running.join(", "), 40);
        self.console.overwrite(&format!(
            "  {} of {} done; {running}",
            self.finished, self.total
        ));
        self.shown = true;
    }
}
