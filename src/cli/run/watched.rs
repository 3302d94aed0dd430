//! A machine that is looked at while a host runs it.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::io::{Input, Machine, Output, Time};
use crate::roles::{self, Outcome};

use super::live::Onlooker;

/// A machine that is looked at while it runs.
pub(super) struct Watched<M, W> {
    machine: M,
    watcher: W,
    ready: Arc<Notify>,
    clashed: Option<String>,
}

/// Someone who looks at a machine after each step.
pub(super) trait Watcher<M> {
    /// Looks; true once the machine is ready for its peers.
    fn look(&mut self, machine: &mut M) -> bool;
}

impl<M> Watcher<M> for () {
    fn look(&mut self, _machine: &mut M) -> bool {
        false
    }
}

impl<M, W: Watcher<M>> Watched<M, W> {
    /// Looks at `machine` after each step it takes.
    pub(super) fn new(machine: M, watcher: W) -> Watched<M, W> {
        Watched {
            machine,
            watcher,
            ready: Arc::new(Notify::new()),
            clashed: None,
        }
    }

    /// Told once the harness listens.
    pub(super) fn ready(&self) -> Arc<Notify> {
        Arc::clone(&self.ready)
    }

    /// Why an address could not be bound.
    pub(super) fn clashed(&self) -> Option<&str> {
        self.clashed.as_deref()
    }

    fn look(&mut self) {
        if self.watcher.look(&mut self.machine) {
            self.ready.notify_one();
        }
    }
}

impl Watched<roles::Campaign, Onlooker> {
    /// What came of the campaign.
    pub(super) fn into_outcome(self) -> Outcome {
        if let Ok(mut line) = self.watcher.line.lock() {
            line.clear();
        }
        self.machine.into_outcome()
    }
}

impl<M: Machine, W: Watcher<M>> Machine for Watched<M, W> {
    fn handle(&mut self, now: Time, input: Input) {
        if let Input::BindFailed { reason, .. } = &input {
            self.clashed.get_or_insert_with(|| reason.clone());
        }
        self.machine.handle(now, input);
        self.look();
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.machine.poll_output()
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.machine.poll_timeout()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.machine.handle_timeout(now);
        self.look();
    }

    fn is_finished(&self) -> bool {
        self.machine.is_finished()
    }
}
