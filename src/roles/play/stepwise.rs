//! A flow that goes on step by step, when the operator says so.

use crate::engine::StepId;
use crate::io::{TaskId, Time};
use crate::roles::campaign::Stage;
use crate::roles::outcome::Progress;

use super::{Phase, Play};

/// A step of ours that waits for the operator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    step: StepId,
    /// Since when.
    since: Time,
    /// The question that was put.
    question: TaskId,
}

/// What the operator said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::roles) enum Word {
    /// The step goes.
    Continue,
    /// The step goes, and no other waits.
    RunOn,
    /// The run ends.
    Stop(String),
}

impl Play {
    /// True while the flow waits for the operator.
    pub(super) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Asks the operator about the step whose turn it is, unless that was done.
    pub(super) fn ask_operator(&mut self, stage: &mut Stage) {
        if self.held.is_some() || self.phase != Phase::Running {
            return;
        }
        let Some(step) = self.record.held() else {
            return;
        };
        let question = self.ask(step, "", stage);
        self.held = Some(Held {
            step,
            since: stage.net.now,
            question,
        });
    }

    fn ask(&self, step: StepId, before: &str, stage: &mut Stage) -> TaskId {
        let what = self.record.step(step).map(|step| {
            let place = &step.place;
            format!("{} ({}:{})", step.action, place.source.path, place.line)
        });
        let text = format!(
            "{before}next: {}\nEnter goes on, c runs on to the end, q stops: ",
            what.unwrap_or_default()
        );
        stage.progress.push_back(Progress::Prompted {
            index: self.index,
            text: text.clone(),
        });
        stage.net.prompt(self.index, text)
    }

    /// Whether that was the question about the step that is held.
    pub(in crate::roles) fn asked(&self, task: TaskId) -> bool {
        self.held.is_some_and(|held| held.question == task)
    }

    /// What the operator said about the step that is held; `None` where the question is put
    /// again.
    pub(in crate::roles) fn on_operator(
        &mut self,
        task: TaskId,
        outcome: &Result<String, String>,
        stage: &mut Stage,
    ) -> Option<Word> {
        let held = self.held.filter(|held| held.question == task)?;
        let word = match outcome.as_deref() {
            Ok("") => Word::Continue,
            Ok("c") => Word::RunOn,
            Ok("q") => Word::Stop("stopped by the operator".to_owned()),
            Ok(_) => {
                let before = "neither Enter, c nor q; ";
                let question = self.ask(held.step, before, stage);
                self.held = Some(Held { question, ..held });
                return None;
            }
            Err(reason) => Word::Stop(format!("the operator cannot be asked: {reason}")),
        };
        self.held = None;
        self.limit += stage.net.now.since(held.since);
        if word == Word::Continue {
            self.record.release(held.step);
        }
        Some(word)
    }

    /// Nothing waits for the operator any more.
    pub(in crate::roles) fn run_on(&mut self, now: Time) {
        self.record.run_on();
        if let Some(held) = self.held.take() {
            self.limit += now.since(held.since);
        }
    }
}
