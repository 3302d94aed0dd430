//! What is happening, for whoever watches the terminal.

use std::sync::Arc;

use crate::report::escape;
use crate::roles::Progress;
use crate::scenario::Scenario;

use super::super::Console;

/// One line on standard error that is written over. Nothing where nobody watches.
#[derive(Debug)]
pub(in crate::cli) struct ProgressLine {
    console: Console,
    total: usize,
    finished: usize,
    running: Vec<String>,
    shown: bool,
    /// False where so much goes wrong on purpose that nobody wants to be told.
    notes: bool,
}

impl ProgressLine {
    pub(in crate::cli) fn new(console: Console) -> ProgressLine {
        ProgressLine {
            console,
            total: 0,
            finished: 0,
            running: Vec::new(),
            shown: false,
            notes: true,
        }
    }

    /// Tells how far it is, and nothing else.
    pub(in crate::cli) fn without_notes(console: Console) -> ProgressLine {
        ProgressLine {
            notes: false,
            ..ProgressLine::new(console)
        }
    }

    /// So many more scenarios are to be played.
    pub(super) fn expect(&mut self, scenarios: usize) {
        self.total += scenarios;
    }

    /// Shows what happened in a campaign of these scenarios.
    pub(super) fn tell(&mut self, progress: &Progress, scenarios: &[Arc<Scenario>]) {
        if !self.console.is_watched() {
            return;
        }
        match progress {
            Progress::Started { id, .. } => self.running.push(id.clone()),
            Progress::Finished { index } => {
                self.finished += 1;
                let id = scenarios.get(*index).map(|scenario| &scenario.id);
                // The same scenario may be running in another campaign as well.
                if let Some(at) = self.running.iter().position(|known| Some(known) == id) {
                    self.running.remove(at);
                }
            }
            // What the operator is to do is asked by whoever waits for the answer.
            Progress::Prompted { .. } => return self.clear(),
            Progress::EnablerListening(_) | Progress::FarEndListening(_) => return,
            Progress::PeerOpen { .. } => return,
            Progress::Note(text) if self.notes => return self.note(text),
            Progress::Note(_) => return,
        }
        self.show();
    }

    /// Takes the line away.
    pub(in crate::cli) fn clear(&mut self) {
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
        // Short enough for a terminal of 80 columns: a line that wraps cannot be written over.
        let running = escape::clipped(&self.running.join(", "), 40);
        self.console.overwrite(&format!(
            "  {} of {} done; {running}",
            self.finished, self.total
        ));
        self.shown = true;
    }
}
