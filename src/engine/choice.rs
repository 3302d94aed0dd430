//! Which alternative of a choice the server takes.

use crate::scenario::Branch;

use super::StepId;
use super::alignment::Alignment;
use super::plan::{Channel, Role};
use super::sight::Sight;

/// The alternative taken of each choice, as far as one is.
///
/// The alternative of which a message comes first is taken, and the others drop out of the flow. One
/// that begins with a quiet window is taken when that ends in silence. Since that only means that
/// nothing has come so far, a message of another alternative takes it back, as long as nothing else
/// followed from the silence; the message is late then.
#[derive(Clone, Debug)]
pub(super) struct Taken(Vec<Option<usize>>);

impl Taken {
    pub(super) fn none(choices: usize) -> Taken {
        Taken(vec![None; choices])
    }
}

impl Alignment {
    /// The alternative that was taken of a choice.
    pub(super) fn taken(&self, choice: usize) -> Option<usize> {
        self.taken.0.get(choice).copied().flatten()
    }

    /// Whether a step belongs to the flow, as far as is known: it stands in no alternative that was
    /// not taken.
    pub(super) fn is_active(&self, step: StepId) -> bool {
        let planned = self.plan().planned(step);
        let taken = |branch: Branch| {
            self.taken(branch.choice)
                .is_none_or(|taken| taken == branch.alternative)
        };
        planned.active && planned.branch.is_none_or(taken)
    }

    /// The steps that belong to the flow, as far as is known, in file order.
    pub(super) fn active(&self) -> impl Iterator<Item = StepId> {
        self.plan().active().filter(|step| self.is_active(*step))
    }

    /// Whether a step stands in an alternative of which it is not known yet whether it is taken.
    pub(super) fn is_undecided(&self, step: StepId) -> bool {
        let branch = self.plan().planned(step).branch;
        branch.is_some_and(|branch| self.taken(branch.choice).is_none())
    }

    /// Whether a message can meet the step as far as choices go.
    pub(super) fn may_be_met(&self, step: StepId) -> bool {
        let planned = self.plan().planned(step);
        let Some(branch) = planned.branch else {
            return planned.active;
        };
        planned.active
            && match self.taken(branch.choice) {
                Some(taken) if taken == branch.alternative => true,
                Some(_) => self.is_mere_silence(branch.choice) && !self.is_behind(step, branch),
                None => !self.is_behind(step, branch),
            }
    }

    /// Of the alternatives of an open choice, the step that a message fits best, where `step` is the
    /// first that takes its kind: one that asks for its status, and one whose turn it is, so that a
    /// stop takes `stop` and not `interim, stop`. The first of those that fit alike.
    pub(super) fn best_of_choice(&self, step: StepId, channel: Channel, sight: Sight) -> StepId {
        let Some(branch) = self.plan().planned(step).branch else {
            return step;
        };
        if self.taken(branch.choice) == Some(branch.alternative) {
            return step;
        }
        let fits = |other: &StepId| {
            let planned = self.plan().planned(*other);
            planned.branch.is_some_and(|of| of.choice == branch.choice)
                && planned.channel == Some(channel)
                && self.state(*other).events.len() < planned.count.most
                && self.may_be_met(*other)
                && self.has_shape(*other, sight)
        };
        let misfit =
            |other: &StepId| (!self.takes_status(*other, sight), !self.is_its_turn(*other));
        let all = self.plan().active().filter(fits);
        all.min_by_key(misfit).unwrap_or(step)
    }

    /// Whether nothing that has to come before it in its channel is missing in its alternative.
    fn is_its_turn(&self, step: StepId) -> bool {
        let planned = self.plan().planned(step);
        let Some(branch) = planned.branch else {
            return true;
        };
        let mut above = self.plan().alternative(branch).take_while(|s| *s < step);
        above.all(|s| {
            let of = self.plan().planned(s);
            let unordered = of.any_order.is_some() && of.any_order == planned.any_order;
            of.channel != planned.channel || unordered || self.is_satisfied(s)
        })
    }

    /// A step was met, or its window ended in silence: its alternative is taken. Gives the first step
    /// of the alternative where that is news.
    pub(super) fn take(&mut self, step: StepId) -> Option<StepId> {
        let branch = self.plan().planned(step).branch?;
        let taken = self.taken.0.get_mut(branch.choice)?;
        if *taken == Some(branch.alternative) {
            return None;
        }
        *taken = Some(branch.alternative);
        self.plan().alternative(branch).next()
    }

    /// Whether a window is the one by whose silence its alternative is taken.
    pub(super) fn decides(&self, window: StepId) -> bool {
        let branch = self.plan().planned(window).branch;
        branch.is_some_and(|branch| {
            self.taken(branch.choice).is_none() && self.plan().silence(branch) == Some(window)
        })
    }

    /// Whether a choice was decided by silence, from which nothing followed yet.
    fn is_mere_silence(&self, choice: usize) -> bool {
        let silent = self.plan().silent(choice);
        let Some(branch) = silent.filter(|b| self.taken(choice) == Some(b.alternative)) else {
            return false;
        };
        let mut rest = self.plan().alternative(branch).skip(1);
        rest.all(|step| {
            let state = self.state(step);
            state.events.is_empty() && state.due.is_none() && state.done.is_none()
        })
    }

    /// Whether a step stands below something that we begin in its alternative and have not begun:
    /// no message of it can be what the choice is made by.
    fn is_behind(&self, step: StepId, branch: Branch) -> bool {
        let mut above = self.plan().alternative(branch).take_while(|s| *s < step);
        above.any(|s| self.plan().planned(s).role == Role::Initiative && !self.is_settled(s))
    }
}
