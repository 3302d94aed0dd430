//! Whether a trace proves anything: what the harness itself did and waited for.

use std::time::Duration;

use crate::scenario::Action;

use super::alignment::Alignment;
use super::opinion::{Hearing, step_text};
use super::plan::Role;
use super::{StepId, What};

impl Hearing<'_> {
    /// Why the trace proves nothing even where nothing in it is wrong.
    pub(super) fn unproven(&self, alignment: &Alignment) -> Option<String> {
        let plan = alignment.plan();
        if let Some((_, why)) = self.cut() {
            return Some(why.to_owned());
        }
        if alignment.over().is_none() {
            return Some("the trace ends before the flow does".to_owned());
        }
        let observed = alignment.active().any(|step| {
            plan.planned(step).role == Role::Expectation && alignment.state(step).event().is_some()
        });
        if !observed {
            let why = "nothing that was expected was observed: nothing was checked";
            return Some(why.to_owned());
        }
        let ours = |step: &StepId| {
            plan.planned(*step).role == Role::Initiative
                && (!alignment.is_undecided(*step) || alignment.decides(*step))
        };
        alignment
            .active()
            .filter(ours)
            .find_map(|step| self.undone(alignment, step))
    }

    /// Why a step of the harness's own does not count as done.
    fn undone(&self, alignment: &Alignment, step: StepId) -> Option<String> {
        let (written, state) = (alignment.plan().step(step), alignment.state(step));
        let text = step_text(written);
        if state.impossible.is_some() {
            return None;
        }
        let Action::ReceiveNothing { party, window, .. } = &written.action else {
            let pulled = matches!(written.action, Action::Trigger(_)) && state.due.is_some();
            let taken = pulled || state.event().is_some() || state.done.is_some();
            return (!taken).then(|| format!("`{text}` was never carried out"));
        };
        let (Some(due), Some(done)) = (state.due, state.done) else {
            return Some(format!("`{text}` was not waited for"));
        };
        let length = self.trace.events[done].at.since(self.trace.events[due].at);
        let ixit = &self.case.ixit;
        let asked = window
            .as_ref()
            .map_or(ixit.quiet_window, |window| window.of(ixit));
        if length < asked {
            let (length, asked) = (length.as_millis(), asked.as_millis());
            return Some(format!(
                "`{text}` was waited for {length} ms and not {asked} ms"
            ));
        }
        // Towards the other parties the server can break a silence all the while.
        if !party.is_enabler() {
            return None;
        }
        // A window that began again when the server was back counts from there.
        let is_long_enough = |from: &usize| {
            let (from, done) = (self.trace.events[*from].at, self.trace.events[done].at);
            done.since(from) >= asked
        };
        let from = self
            .back_at(due, done)
            .filter(is_long_enough)
            .unwrap_or(due);
        self.was_cut_off(from, done)
            .then(|| format!("the server had no CH-2 connection during `{text}`"))
    }

    /// When a CH-2 connection last came to stand between two events.
    fn back_at(&self, from: usize, to: usize) -> Option<usize> {
        (from..to).rev().find(|index| {
            let event = &self.trace.events[*index];
            event.party.is_enabler() && matches!(event.what, What::Path { stands: true, .. })
        })
    }

    /// Whether there was a moment between two events at which no CH-2 connection stood.
    fn was_cut_off(&self, from: usize, to: usize) -> bool {
        let mut paths: Vec<u64> = Vec::new();
        let mut cut_off = false;
        for (index, event) in self.trace.events[..to].iter().enumerate() {
            if !event.party.is_enabler() {
                continue;
            }
            let (path, stands) = match &event.what {
                What::Path { path, stands, .. } => (*path, *stands),
                What::Received { path, .. } | What::Sent { path, .. } => (*path, true),
                _ => continue,
            };
            paths.retain(|known| *known != path);
            if stands {
                paths.push(path);
                cut_off &= index > from;
            } else {
                cut_off |= paths.is_empty();
            }
        }
        cut_off
    }

    /// Where the server, or the harness, showed to be too busy, and how long a watchdog took.
    pub(super) fn slow(&self) -> Option<(usize, Duration)> {
        let mut events = self.trace.events.iter().enumerate();
        events.find_map(|(index, event)| match &event.what {
            What::Slow(took) => Some((index, *took)),
            _ => None,
        })
    }

    /// Where and why the run was cut short.
    fn cut(&self) -> Option<(usize, &str)> {
        let mut events = self.trace.events.iter().enumerate();
        events.find_map(|(index, event)| match &event.what {
            What::CutShort(why) => Some((index, why.as_str())),
            _ => None,
        })
    }

    /// Whether the flow came to its end, so that what has not come by then is missing.
    pub(super) fn ran_out(&self, alignment: &Alignment) -> bool {
        let cut = self.cut().map(|(index, _)| index);
        alignment
            .over()
            .is_some_and(|over| cut.is_none_or(|cut| over < cut))
    }
}
