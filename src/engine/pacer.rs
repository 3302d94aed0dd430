//! What to do next: the pace of a running scenario.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::ch2::Binding;
use crate::io::Time;
use crate::scenario::{Action, Ixit, Party, Target};

use super::alignment::Alignment;
use super::checks::message_at;
use super::plan::{Channel, Role};
use super::sight::Sight;
use super::value::extract;
use super::{Message, Plan, StepId, Trace, What};

/// Follows a flow as it happens and says what the harness does next.
///
/// The same matching as the judge's decides which step a message meets. An initiative of ours (a
/// request, a trigger, a wait, a quiet window) waits until every step above it is settled: met, or
/// given up, or its time run out. An answer of ours waits only for the request it answers, so that a server
/// which wants its answer before it goes on is never kept waiting for a later line of the file.
///
/// Whatever need not come (an `optional` step, what `times` leaves open) is waited for as long as
/// the rest, unless a later step of its channel is met: then it is given up at once.
///
/// A `wait` between the two lines holds the answer back for as long as it lasts. Two other answers
/// are held back a little, because holding them is what makes an order visible:
/// one that the file says to `hold until` another step, and the answer to a message that came
/// before something it should have followed (if that something arrives while the answer is
/// withheld, the two were under way at the same time). Neither is held longer than
/// `order_tolerance`, save where the step waited for does not itself depend on the answer.
#[derive(Debug)]
pub struct Pacer {
    plan: Arc<Plan>,
    ixit: Ixit,
    binding: Binding,
    alignment: Alignment,
    phases: Vec<Phase>,
    /// When each step was settled.
    settled: Vec<Option<Time>>,
    /// When a message last met a step that several meet.
    met: Vec<Option<Time>>,
    /// How often the task of each step was given out.
    given: Vec<usize>,
    began: Time,
    now: Time,
    /// The initiatives that an operator has released; `None` where they need nobody.
    released: Option<BTreeSet<StepId>>,
    /// Until when no silence is taken for an answer.
    listening: Option<Time>,
}

/// Something the harness carries out now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A `sends`, `sends again` or `does` step. Append [`What::Sent`] with the step, or
    /// [`What::Impossible`]. The answer to a step that several messages meet is given out once for
    /// each.
    Send(StepId),
    /// A `trigger` step. Append [`What::Due`] before it is pulled, and [`What::Done`] once it has
    /// been, or [`What::Impossible`].
    Trigger(StepId),
}

/// What the pacer has done about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing.
    Idle,
    /// The task was given out, or a wait or a quiet window runs.
    Begun(Time),
}

impl Pacer {
    /// Follows `plan` from `began` on.
    pub fn new(plan: Arc<Plan>, ixit: Ixit, binding: Binding, began: Time) -> Pacer {
        let len = plan.len();
        Pacer {
            alignment: Alignment::new(Arc::clone(&plan)),
            plan,
            ixit,
            binding,
            phases: vec![Phase::Idle; len],
            settled: vec![None; len],
            met: vec![None; len],
            given: vec![0; len],
            began,
            now: began,
            released: None,
            listening: None,
        }
    }

    /// When the server's silence comes to mean something: a step's time is out, or a quiet window
    /// over. `None` where nothing is listened for.
    pub fn silence_at(&self) -> Option<Time> {
        let steps = self.alignment.active();
        steps.filter_map(|step| self.silence_of(step)).min()
    }

    /// Puts off what silence means: the server may still be busy with what it was sent.
    pub fn listen_until(&mut self, until: Option<Time>) {
        self.listening = until;
    }

    /// From now on, requests and triggers of ours wait until they are released, one by one. Answers
    /// do not, because the server's own timers run. While one is held, no time runs out: every step
    /// above it is settled, and those below have not begun.
    pub fn go_stepwise(&mut self) {
        self.released.get_or_insert_default();
    }

    /// Nothing waits to be released any more.
    pub fn run_on(&mut self) {
        self.released = None;
    }

    /// Lets a step go that is held.
    pub fn release(&mut self, step: StepId) {
        if let Some(released) = &mut self.released {
            released.insert(step);
        }
    }

    /// The step whose turn it is and that waits to be released.
    pub fn held(&self) -> Option<StepId> {
        self.alignment.active().find(|step| {
            self.is_held(*step)
                && self.phases[step.0] == Phase::Idle
                && self.task_at(*step).is_some()
        })
    }

    /// Takes the event of that index, just appended to `trace`, and says which step it meets.
    /// Must be called once for every event that is appended, in order.
    pub fn observe(&mut self, trace: &Trace, event: usize) -> Option<StepId> {
        let event = trace.events.get(event)?;
        self.now = self.now.max(event.at);
        let sight = Sight::of(&event.what, &self.binding);
        let standing = match &event.what {
            What::Received { standing, .. } => Some(*standing),
            _ => None,
        };
        if event.party.is_enabler() && matches!(event.what, What::Path { .. }) {
            self.begin_quiet_again();
        }
        let step = self.alignment.observe(event, sight, standing);
        if let Some(step) = step.filter(|step| self.plan.planned(*step).count.most > 1) {
            self.met[step.0] = Some(event.at);
            // One more to answer.
            for answer in (0..self.settled.len()).map(StepId) {
                let planned = self.plan.planned(answer);
                if planned.role == Role::Answer && planned.answers == Some(step) {
                    self.settled[answer.0] = None;
                }
            }
        }
        for step in self.plan.active() {
            if self.settled[step.0].is_none() && self.alignment.is_settled(step) {
                self.settled[step.0] = Some(event.at);
            }
        }
        step.filter(|_| matches!(event.what, What::Received { .. }))
    }

    /// A field of the message that met or carried out the step with that label, as text.
    pub fn captured(&self, trace: &Trace, label: &str, field: &Target) -> Option<String> {
        let mut steps = self.plan.labelled(label);
        let event = steps.find_map(|step| self.alignment.last_of(step, trace.events.len()))?;
        let values = extract(field, message_at(trace, event)?, &self.binding);
        values.into_iter().next()?.into_text()
    }

    /// Whether a step of the flow waits for a message like this one, or for its absence. What
    /// nobody waits for may be background to the party that receives it.
    pub fn awaits(&self, session: usize, party: Party, message: &Message) -> bool {
        let sight = Sight::of_message(message, &self.binding);
        sight.protocol().is_some_and(|protocol| {
            let channel = Channel {
                session,
                party,
                protocol,
            };
            self.alignment.awaits(channel, sight)
        })
    }

    /// True where everything that the harness begins above the step has been taken, so that its
    /// message may come.
    pub fn is_open(&self, step: StepId) -> bool {
        self.alignment.is_open(step)
    }

    /// True once nothing more is to be expected of the step.
    pub fn is_settled(&self, step: StepId) -> bool {
        self.alignment.is_settled(step)
    }

    /// The next thing to carry out at `now`; `None` once there is nothing. Each task is given out
    /// once, but for answers to a step that several messages meet.
    pub fn poll(&mut self, now: Time) -> Option<Task> {
        self.now = self.now.max(now);
        let ready = self.alignment.active().find(|step| {
            self.is_to_give(*step)
                && !self.is_held(*step)
                && self.task_at(*step) <= Some(self.now)
                && self.task_at(*step).is_some()
        })?;
        self.phases[ready.0] = Phase::Begun(self.now);
        self.given[ready.0] += 1;
        Some(match self.plan.step(ready).action {
            Action::Trigger(_) => Task::Trigger(ready),
            _ => Task::Send(ready),
        })
    }

    /// When [`Pacer::handle_timeout`] wants to be called, or [`Pacer::poll`] has a task that was
    /// held back.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.alignment
            .active()
            .filter_map(|step| self.deadline(step))
            .min()
    }

    /// Lets time run out on steps. The events it gives are to be appended to the trace (and
    /// observed, like all others).
    pub fn handle_timeout(&mut self, now: Time) -> Vec<What> {
        self.now = self.now.max(now);
        let mut events = Vec::new();
        let steps: Vec<StepId> = self.alignment.active().collect();
        for step in steps {
            if self.settled[step.0].is_some() {
                continue;
            }
            match self.plan.planned(step).role {
                Role::Expectation => {
                    if self.deadline(step).is_some_and(|at| at <= self.now) {
                        events.push(What::Expired(step));
                    }
                }
                Role::Initiative => match (self.span(step), self.phases[step.0]) {
                    (Some(_), Phase::Idle) if self.is_my_turn(step) => {
                        self.phases[step.0] = Phase::Begun(self.now);
                        events.push(What::Due(step));
                    }
                    (Some(_), Phase::Begun(_))
                        if self.deadline(step).is_some_and(|at| at <= self.now) =>
                    {
                        events.push(What::Done(step));
                    }
                    _ => {}
                },
                Role::Answer => {}
            }
        }
        events
    }

    /// True once every step of the flow is settled, or can no longer be got to.
    pub fn is_over(&self) -> bool {
        self.alignment
            .active()
            .all(|step| self.settled[step.0].is_some() || self.is_out_of_reach(step))
    }

    /// How long the answers that this step may still get are waited for at most.
    fn limit(&self, step: StepId) -> Duration {
        self.plan.patience(step, &self.ixit)
    }

    /// The server's CH-2 connection is gone, or back: silence counts from now on, because without
    /// a connection the server had no way to break it. One that is gone has the length of the
    /// window to come back.
    fn begin_quiet_again(&mut self) {
        for step in 0..self.phases.len() {
            let listens = matches!(
                self.plan.step(StepId(step)).action,
                Action::ReceiveNothing { party, .. } if party.is_enabler()
            );
            if listens && let Phase::Begun(at) = &mut self.phases[step] {
                *at = self.now;
            }
        }
    }

    /// Whether the task of a step has to be given out, at some time.
    fn is_to_give(&self, step: StepId) -> bool {
        let given = self.given[step.0];
        match self.plan.planned(step).answers {
            Some(request) if given > 0 && self.plan.planned(step).role == Role::Answer => {
                given < self.alignment.state(request).events.len()
                    && self.plan.planned(request).count.most > 1
            }
            _ => given == 0 && self.phases[step.0] == Phase::Idle,
        }
    }

    /// When the task of a step may be carried out: `None` while something it waits for is open.
    fn task_at(&self, step: StepId) -> Option<Time> {
        if self.settled[step.0].is_some() || self.span(step).is_some() {
            return None;
        }
        match self.plan.planned(step).role {
            Role::Expectation => None,
            Role::Initiative => self.is_my_turn(step).then_some(self.now),
            Role::Answer => self.answer_at(step),
        }
    }

    fn is_held(&self, step: StepId) -> bool {
        self.released.as_ref().is_some_and(|released| {
            self.plan.planned(step).role == Role::Initiative
                && self.span(step).is_none()
                && !released.contains(&step)
        })
    }

    fn answer_at(&self, step: StepId) -> Option<Time> {
        let planned = self.plan.planned(step);
        let request = planned.answers?;
        if self.alignment.is_undecided(step) {
            return None;
        }
        self.alignment.state(request).event()?;
        let asked = self.met[request.0].or(self.settled[request.0])?;
        let mut at = asked;
        for before in &planned.after {
            match self.settled[before.0] {
                Some(settled) => at = at.max(settled),
                // What will not come is waited for by nothing.
                None if self.is_out_of_reach(*before) || !self.alignment.is_active(*before) => {}
                None => return None,
            }
        }
        // A pause that the file has between a request and its answer is a pause before the answer.
        for pause in (request.0 + 1..step.0).map(StepId) {
            let pauses = matches!(self.plan.step(pause).action, Action::Wait(_));
            if pauses && self.alignment.is_active(pause) {
                at = at.max(self.settled[pause.0]?);
            }
        }
        let held = |for_step: StepId| match self.settled[for_step.0] {
            Some(settled) => settled,
            None if self.depends_on(for_step, step) || self.is_unasked(for_step) => {
                asked + self.ixit.order_tolerance
            }
            // As long as the silence about it means nothing yet, there is nothing to go on from.
            None => self.put_off(asked + self.limit(for_step)),
        };
        for until in &planned.hold_until {
            if self.alignment.is_active(*until) {
                at = at.max(held(*until));
            }
        }
        for before in &self.plan.planned(request).after {
            let expected = self.plan.planned(*before).role == Role::Expectation;
            if expected && self.alignment.is_active(*before) {
                let latest = asked + self.ixit.order_tolerance + MARGIN;
                at = at.max(self.settled[before.0].unwrap_or(latest).min(latest));
            }
        }
        Some(at)
    }

    /// An answer of ours to what has not come yet, which the server may send only once it has the
    /// answer that is held for this one.
    fn is_unasked(&self, step: StepId) -> bool {
        let planned = self.plan.planned(step);
        planned.role == Role::Answer
            && planned
                .answers
                .is_none_or(|on| self.settled[on.0].is_none())
    }

    /// The length of a wait or a quiet window; `None` for every other step.
    fn span(&self, step: StepId) -> Option<Duration> {
        match &self.plan.step(step).action {
            Action::Wait(length) => Some(length.of(&self.ixit)),
            Action::ReceiveNothing { window, .. } => Some(match window {
                Some(window) => window.of(&self.ixit),
                None => self.ixit.quiet_window,
            }),
            _ => None,
        }
    }

    /// An initiative's turn: it is the next one, and everything above it is settled.
    fn is_my_turn(&self, step: StepId) -> bool {
        let open = match self.plan.planned(step).branch {
            Some(branch) if self.alignment.is_undecided(step) => Some(branch.choice),
            _ => None,
        };
        let of_open = |other: StepId| {
            let branch = self.plan.planned(other).branch;
            open.is_some() && branch.map(|branch| branch.choice) == open
        };
        let is_past =
            |other: StepId| self.settled[other.0].is_some() || self.is_out_of_reach(other);
        let mut above = self
            .alignment
            .active()
            .take_while(|above| *above < step)
            .filter(|above| !of_open(*above));
        // Silence decides a choice once nothing else can.
        above.all(is_past)
            && open.is_none_or(|choice| self.alignment.decides(step) && self.is_stale(choice))
    }

    /// Whether no message that would decide a choice is waited for any more.
    fn is_stale(&self, choice: usize) -> bool {
        let of_choice = |step: &StepId| {
            let branch = self.plan.planned(*step).branch;
            branch.is_some_and(|branch| branch.choice == choice)
        };
        let mut openers = self.plan.active().filter(of_choice).filter(|step| {
            self.plan.planned(*step).role == Role::Expectation && self.alignment.is_open(*step)
        });
        openers.all(|step| self.settled[step.0].is_some() || self.is_lost(step))
    }

    /// Whether a choice will not be decided: nothing came in time, and silence is no alternative.
    fn is_hopeless(&self, choice: usize) -> bool {
        self.plan.silent(choice).is_none() && self.is_stale(choice)
    }

    /// A step that waits for something which did not happen and will not.
    fn is_out_of_reach(&self, step: StepId) -> bool {
        if self.settled[step.0].is_some() {
            return false;
        }
        let open = self.plan.planned(step).branch;
        match open.filter(|_| self.alignment.is_undecided(step)) {
            Some(branch) => self.is_hopeless(branch.choice),
            None => self.is_lost(step),
        }
    }

    /// The same, without regard to a choice that the step may be part of.
    fn is_lost(&self, step: StepId) -> bool {
        if self.alignment.is_moot(step) {
            return true;
        }
        let planned = self.plan.planned(step);
        let beside = |on: StepId| {
            let branch = self.plan.planned(on).branch;
            branch.is_some() && self.alignment.is_undecided(on) && self.alignment.is_undecided(step)
        };
        let lost = |on: &StepId| {
            let state = self.alignment.state(*on);
            let given_up = state.impossible.or(state.expired).or(state.passed);
            (state.events.is_empty() && given_up.is_some())
                || (*on < step && !beside(*on) && self.is_out_of_reach(*on))
        };
        match planned.role {
            Role::Initiative => false,
            Role::Answer => planned.answers.is_none_or(|request| lost(&request)),
            Role::Expectation => {
                let mut follows = planned.after.iter().chain(&planned.answers).peekable();
                let ruled_out = |on: &StepId| !self.alignment.is_active(*on);
                // What follows only what belongs to alternatives that were not taken.
                if follows.peek().is_some() && follows.clone().all(ruled_out) {
                    return true;
                }
                follows
                    .filter(|on| self.plan.planned(**on).role != Role::Expectation)
                    .filter(|on| self.alignment.is_active(**on))
                    .any(lost)
            }
        }
    }

    /// Whether `step` cannot come before `other` has: following `after` and `for` upwards.
    fn depends_on(&self, step: StepId, other: StepId) -> bool {
        let planned = self.plan.planned(step);
        planned
            .after
            .iter()
            .chain(&planned.answers)
            .any(|on| *on == other || (*on < step && self.depends_on(*on, other)))
    }

    /// When an expectation's time runs out: its limit after the flow last moved. Whichever step it
    /// was that moved may be what triggers this one: a gate accepts a message when its debit was
    /// answered, though the file has the acceptance first.
    fn expires_at(&self, step: StepId) -> Option<Time> {
        if !self.alignment.is_open(step) || self.is_out_of_reach(step) {
            return None;
        }
        let moved = |other: StepId| {
            let state = self.alignment.state(other);
            let happened = state.event().or(state.done).or(state.impossible).is_some();
            let settled = self.settled[other.0].filter(|_| happened);
            let settled = settled.max(self.met[other.0]);
            match self.phases[other.0] {
                Phase::Begun(at) => Some(settled.unwrap_or(at)),
                Phase::Idle => settled,
            }
        };
        let last = self.alignment.active().filter_map(moved).max();
        Some(last.unwrap_or(self.began) + self.longest(step))
    }

    /// The limit of a step, or that of something it follows which is waited for longer: before
    /// that, it cannot be missing. A step that says itself how long it is waited for is believed.
    fn longest(&self, step: StepId) -> Duration {
        if self.plan.step(step).within.is_some() {
            return self.limit(step);
        }
        let waited_for = |on: &StepId| {
            self.alignment.is_active(*on)
                && self.plan.planned(*on).role == Role::Expectation
                && self.settled[on.0].is_none()
                && self.alignment.is_open(*on)
                && !self.is_out_of_reach(*on)
        };
        let mut chain = vec![step];
        let mut at = 0;
        while let Some(last) = chain.get(at).copied() {
            for on in self
                .plan
                .planned(last)
                .after
                .iter()
                .filter(|on| **on < last)
            {
                if waited_for(on) && !chain.contains(on) {
                    chain.push(*on);
                }
            }
            at += 1;
        }
        let limits = chain.into_iter().map(|step| self.limit(step));
        limits.max().unwrap_or_default()
    }

    /// When the silence about a step comes to mean something.
    fn silence_of(&self, step: StepId) -> Option<Time> {
        if self.settled[step.0].is_some() {
            return None;
        }
        match (
            self.plan.planned(step).role,
            &self.plan.step(step).action,
            self.phases[step.0],
        ) {
            (Role::Expectation, _, _) => self.expires_at(step),
            (Role::Initiative, Action::ReceiveNothing { .. }, Phase::Begun(at)) => {
                self.span(step).map(|span| at + span)
            }
            _ => None,
        }
    }

    /// A moment at which silence comes to mean something, or later where it does not yet.
    fn put_off(&self, at: Time) -> Time {
        self.listening.map_or(at, |until| at.max(until))
    }

    fn deadline(&self, step: StepId) -> Option<Time> {
        if self.settled[step.0].is_some() {
            return None;
        }
        if let Some(at) = self.silence_of(step) {
            return Some(self.put_off(at));
        }
        match (
            self.plan.planned(step).role,
            self.span(step),
            self.phases[step.0],
        ) {
            (Role::Initiative, Some(span), Phase::Begun(at)) => Some(at + span),
            (Role::Initiative, Some(_), Phase::Idle) => self.is_my_turn(step).then_some(self.now),
            (Role::Initiative, None, Phase::Idle) if self.is_held(step) => None,
            (Role::Initiative, None, Phase::Idle) => self.task_at(step),
            (Role::Answer, _, _) if self.is_to_give(step) => self.task_at(step),
            _ => None,
        }
    }
}

/// An order is judged as broken where the gap is greater than the tolerance, so an answer that is
/// withheld to show it is withheld longer: by what a busy machine may keep one connection's reader
/// waiting while another's reads.
const MARGIN: Duration = Duration::from_millis(200);
