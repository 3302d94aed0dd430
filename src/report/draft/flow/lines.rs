//! The steps of a flow that were played, as they went.

use std::collections::BTreeSet;

use crate::engine::{CheckSeen, Observed, StepId, StepSeen};
use crate::scenario::{Action, Branch, Outgoing, Step};

use super::super::{Draft, yaml};
use super::keys::{lost, written};
use super::{Line, Recording};

/// What the sessions say of one step.
pub(super) struct Told<'a> {
    /// Every session.
    all: Vec<&'a StepSeen>,
    /// Those in which the step belonged to the flow.
    seen: Vec<&'a StepSeen>,
}

impl<'a> Told<'a> {
    fn of(observed: &'a [Observed], step: usize) -> Told<'a> {
        let all = observed.iter().filter_map(|one| one.steps.get(step));
        let all: Vec<&StepSeen> = all.collect();
        Told {
            seen: all.iter().copied().filter(|seen| seen.active).collect(),
            all,
        }
    }

    /// How often it was met in each session in which it could be.
    fn counts(&self) -> Vec<usize> {
        let open = self.seen.iter().filter(|seen| seen.open);
        open.map(|seen| seen.events.len()).collect()
    }

    fn done(&self) -> bool {
        self.seen.iter().any(|seen| seen.done)
    }

    /// Whether a check held for something that stood there, in each session that made it.
    pub(super) fn stood(&self, check: usize) -> bool {
        let made = self.seen.iter().filter_map(|seen| seen.checks.get(check));
        let mut made = made.filter(|check| **check != CheckSeen::Unmade).peekable();
        made.peek().is_some() && made.all(|check| *check == CheckSeen::Held { present: true })
    }
}

impl Recording<'_> {
    /// One line for each step that was played.
    pub(super) fn add_steps(&mut self, observed: &[Observed]) {
        let scenario = std::sync::Arc::clone(&self.scenario);
        let taken: Vec<BTreeSet<usize>> = (0..scenario.choices.len())
            .map(|choice| {
                let each = observed.iter().filter_map(|one| *one.taken.get(choice)?);
                each.collect()
            })
            .collect();
        for (index, step) in scenario.steps.iter().enumerate() {
            let told = Told::of(observed, index);
            if told.seen.is_empty() {
                self.left_out_for_its_reading(step);
                continue;
            }
            let mut branch = step.branch;
            if let Some(of) = step.branch {
                let alternatives = &taken[of.choice];
                if !alternatives.contains(&of.alternative) {
                    continue;
                }
                // Which one the server takes is the same each time: then it is the flow.
                branch = Some(of).filter(|_| alternatives.len() > 1);
            }
            self.add_step(index, step, &told, branch);
        }
    }

    fn left_out_for_its_reading(&mut self, step: &Step) {
        let of_another = |group| {
            let own = self.reading(group);
            let mut under = step.under.iter().filter(|other| other.group() == group);
            let asks = under.clone().next().is_some();
            (asks && !under.any(|other| Some(*other) == own))
                .then_some(own)
                .flatten()
        };
        let groups = crate::ch2::ReadingGroup::ALL.into_iter();
        let missing: Vec<_> = groups.filter_map(of_another).collect();
        for reading in missing {
            if !self.readings.contains(&reading) {
                self.readings.push(reading);
            }
        }
    }

    fn add_step(&mut self, index: usize, step: &Step, told: &Told<'_>, branch: Option<Branch>) {
        let mut line = Line {
            draft: written(step, told),
            origin: Some(StepId(index)),
            given: step.given,
            any_order: step.any_order,
            branch,
            pins: BTreeSet::new(),
            met: told.all.iter().map(|seen| seen.events.clone()).collect(),
            late: told.all.iter().any(|seen| seen.late),
        };
        self.conditions(&mut line.draft, step);
        match &step.action {
            Action::Receive { .. } => {
                let counts = told.counts();
                let met: Vec<usize> = counts.iter().copied().filter(|n| *n > 0).collect();
                let (Some(least), Some(most)) = (met.iter().min(), met.iter().max()) else {
                    if !step.count.optional {
                        let text =
                            format!("The flow wanted `{}`, which did not come.", step.action);
                        self.remarks.push(text);
                    }
                    return;
                };
                let sometimes = met.len() < counts.len();
                line.late &= step.count.optional && !sometimes;
                count(&mut line.draft, step, *least, *most, sometimes);
            }
            Action::ReceiveNothing { .. } if !told.done() => return,
            _ if !told.done() => {
                // An answer to what need not have come.
                let answers = matches!(
                    &step.action,
                    Action::Send {
                        message: Outgoing::Response { .. }
                            | Outgoing::SipResponse { .. }
                            | Outgoing::MsrpResponse { .. }
                            | Outgoing::MsrpReport { .. },
                        ..
                    }
                );
                if !answers {
                    let text = format!("The flow did not get to `{}`.", step.action);
                    self.remarks.push(text);
                }
                return;
            }
            _ => {}
        }
        line.draft.comments.splice(0..0, self.remarks.drain(..));
        self.lines.push(line);
    }

    /// What need not come and came later than where the flow has it stands where it came. It says what
    /// it follows, so that it is known wherever it comes.
    pub(super) fn move_the_late(&mut self) {
        let mut at = 0;
        let mut left = self.lines.len();
        while left > 0 {
            left -= 1;
            let line = &self.lines[at];
            let follows = ["for", "after"]
                .iter()
                .any(|key| line.draft.get(key).is_some());
            let block = line.any_order.is_some() || line.branch.is_some();
            if !line.late || !follows || block {
                at += 1;
                continue;
            }
            let sessions = line.met.clone();
            let label = line.draft.get("as").map(str::to_owned);
            let mut moved = vec![self.lines.remove(at)];
            // Its answer goes along.
            while let Some(next) = self.lines.get(at)
                && let Some((action, _)) = next.draft.keys.first()
                && action.ends_with("sends")
                && label.is_some()
                && next.draft.get("for") == label.as_deref()
            {
                moved.push(self.lines.remove(at));
                left = left.saturating_sub(1);
            }
            let places = sessions.iter().enumerate();
            let places =
                places.filter_map(|(session, met)| Some(self.behind(session, *met.first()?)));
            let place = places.max().unwrap_or(at).max(at);
            let given = self.lines[..place].last().is_some_and(|line| line.given);
            for line in &mut moved {
                line.given = given;
            }
            self.lines.splice(place..place, moved);
        }
    }

    /// `session`, `under` and `when`.
    fn conditions(&self, draft: &mut Draft, step: &Step) {
        let list = |names: Vec<String>| match names.as_slice() {
            [one] => one.clone(),
            _ => format!("[{}]", names.join(", ")),
        };
        if step.session > 0 {
            let name = self.scenario.session_name(step.session);
            draft.keys.push(("session", yaml::text(name).into_owned()));
        }
        if !step.under.is_empty() {
            let names = step.under.iter().map(ToString::to_string).collect();
            draft.keys.push(("under", list(names)));
        }
        if !step.when.is_empty() {
            let names = step.when.iter().map(ToString::to_string).collect();
            draft.keys.push(("when", list(names)));
        }
    }

    /// Takes away what refers to steps that are not there.
    pub(super) fn drop_dangling(&mut self) {
        loop {
            let named = self.lines.iter().flat_map(|line| &line.draft.keys);
            let named = named.filter(|(key, _)| *key == "as");
            let known: BTreeSet<String> = named
                .map(|(_, label)| label.trim_matches('"').to_owned())
                .collect();
            let lost = self.lines.iter().position(|line| lost(&line.draft, &known));
            if let Some(lost) = lost {
                self.remove(lost, None);
                continue;
            }
            for line in &mut self.lines {
                line.draft.forget(&known);
            }
            return;
        }
    }

    /// Takes a line away, with a word on why. What stood above it goes on to the next one.
    pub(super) fn remove(&mut self, at: usize, why: Option<String>) {
        let line = self.lines.remove(at);
        let mut comments = line.draft.comments;
        comments.extend(why);
        match self.lines.get_mut(at) {
            Some(next) => {
                next.draft.comments.splice(0..0, comments);
            }
            None => self.remarks.splice(0..0, comments).for_each(drop),
        }
    }
}

/// `optional` and `times` as they were.
fn count(draft: &mut Draft, step: &Step, least: usize, most: usize, sometimes: bool) {
    if draft.take("optional").is_some() && !sometimes {
        // How long an optional step is waited for is patience, and no demand.
        draft.take("within");
    }
    let stated = draft.take("times").is_some();
    if sometimes {
        if !step.count.optional {
            let text = "The flow wants this each time; it came in some of the sessions only.";
            draft.comments.push(text.to_owned());
        }
        draft.keys.push(("optional", "yes".to_owned()));
    }
    if stated && (least, most) != (1, 1) {
        let times = match least == most {
            true => most.to_string(),
            false => format!("[{least}, {most}]"),
        };
        draft.keys.push(("times", times));
    }
}
