//! Which message met which step.

use std::sync::Arc;

use crate::ch2::Kind;
use crate::diameter;
use crate::scenario::{Action, Count, Incoming, Party};

use super::choice::Taken;
use super::plan::{Channel, Protocol, Role};
use super::sight::{Sight, method_hash};
use super::{Event, Message, Plan, Standing, StepId, What};

/// Which message met which step, found event by event.
///
/// A received message meets the first step, in file order, that needs a message of its shape in
/// its channel and lies above the next initiative the harness has not taken yet; where none needs
/// it, the first that leaves room for it (`optional`, `times`). A request that is still to be sent in
/// another session is no such initiative: the server knows nothing of an order between the two. A SIP
/// or MSRP step that says what it follows (`for`, `after`) takes its message from then on, whatever we
/// begin in between: the server does not know that we mean to. Shape is what
/// a message is (a final response to that request, a SessionRequest (stop)); what it holds is
/// checked later, so that a 500 is held against the step that wanted a 200. The order of messages
/// is not part of matching either: it is judged on the outcome.
///
/// After the flow is over, a message still meets a step whose time ran out, unless it may be what the
/// harness brought about by hanging up in the meantime: what is late is not what never came.
///
/// A step that needs nothing more is given up once a later one of its channel is met, or its time
/// is out. It still takes what comes late, until the harness has listened to silence since.
#[derive(Clone, Debug)]
pub(super) struct Alignment {
    plan: Arc<Plan>,
    steps: Vec<State>,
    /// The step each event met.
    met_by: Vec<Option<StepId>>,
    /// Transactions and Message-IDs, by event.
    sights: Vec<Sight>,
    /// The alternatives that were taken.
    pub(super) taken: Taken,
    /// Session and End-to-End Identifier of each request that was received over CH-2, by event.
    requests: Vec<Option<(usize, u32)>>,
    /// Index of the first active initiative that has not been taken.
    frontier: usize,
    over: Option<usize>,
    /// Who hung up before the flow was over, and in which session.
    hung_up: Vec<(usize, Party)>,
    /// Sessions in which the harness hung up to tidy up.
    tidied: Vec<usize>,
    /// [`method_hash`] of BYE.
    bye: u64,
}

/// How far a step is.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Events that carried it out, or the first of each message that met it, in their order.
    pub(super) events: Vec<usize>,
    /// Events of further parts of what met it: chunks, and the responses to them.
    pub(super) parts: Vec<usize>,
    /// The event that said it became due.
    pub(super) due: Option<usize>,
    /// The event that said it was done.
    pub(super) done: Option<usize>,
    /// The event that said its time had run out.
    pub(super) expired: Option<usize>,
    /// The event that said it could not be carried out.
    pub(super) impossible: Option<usize>,
    /// The event that showed that nothing more is to come: a later step of its channel was met.
    pub(super) passed: Option<usize>,
}

impl State {
    /// The first event that carried the step out or met it.
    pub(super) fn event(&self) -> Option<usize> {
        self.events.first().copied()
    }

    /// True where the step was met after its time had run out.
    pub(super) fn is_late(&self) -> bool {
        let (event, expired) = (self.event(), self.expired);
        event.is_some_and(|event| expired.is_some_and(|expired| expired < event))
    }

    /// True where enough has come, so that the step is not broken by what is missing.
    pub(super) fn is_satisfied(&self, count: Count) -> bool {
        match self.events.len() {
            0 => count.optional,
            met => met >= count.least,
        }
    }

    /// The event with which the step had happened: where several messages meet it, the last that
    /// it needs.
    pub(super) fn happened(&self, count: Count) -> Option<usize> {
        let nth = count.least.saturating_sub(1);
        self.events.get(nth).or(self.events.last()).copied()
    }
}

impl Alignment {
    pub(super) fn new(plan: Arc<Plan>) -> Alignment {
        let steps = vec![State::default(); plan.len()];
        let mut alignment = Alignment {
            taken: Taken::none(plan.scenario().choices.len()),
            plan,
            steps,
            met_by: Vec::new(),
            sights: Vec::new(),
            requests: Vec::new(),
            frontier: 0,
            over: None,
            hung_up: Vec::new(),
            tidied: Vec::new(),
            bye: method_hash("BYE"),
        };
        alignment.advance();
        alignment
    }

    /// Takes the next event, and says which step it met. `standing` is that of a received message.
    pub(super) fn observe(
        &mut self,
        event: &Event,
        sight: Sight,
        standing: Option<Standing>,
    ) -> Option<StepId> {
        let index = self.met_by.len();
        self.sights.push(sight);
        self.requests.push(request(event));
        self.met_by.push(None);
        self.hang_up(event, sight);
        let step = match &event.what {
            What::Received { .. } if standing == Some(Standing::Flow) => {
                let channel = Channel {
                    session: event.session,
                    party: event.party,
                    protocol: sight.protocol()?,
                };
                match self.over {
                    None => self.receive(index, channel, sight),
                    Some(_) => self.receive_late(channel, sight),
                }
            }
            What::Received {
                message: Message::Diameter(message),
                ..
            } if standing == Some(Standing::Repeated) => self.repetition(event, message),
            What::Sent {
                step: Some(step),
                repeated,
                ..
            } if !repeated || self.sends_again(*step) => Some(*step),
            What::Due(step) => {
                self.state_mut(*step)?.due.get_or_insert(index);
                None
            }
            What::Done(step) => {
                self.state_mut(*step)?.done.get_or_insert(index);
                if self.decides(*step) {
                    self.choose(*step);
                }
                None
            }
            What::Expired(step) => {
                self.state_mut(*step)?.expired.get_or_insert(index);
                None
            }
            What::Impossible { step, .. } => {
                self.state_mut(*step)?.impossible.get_or_insert(index);
                None
            }
            What::FlowOver => {
                self.over.get_or_insert(index);
                None
            }
            _ => None,
        };
        if let Some(step) = step {
            self.state_mut(step)?.events.push(index);
            self.met_by[index] = Some(step);
            self.choose(step);
            self.pass(step, index);
        }
        self.advance();
        step
    }

    /// The alternative of a step is taken: what we begin in it is begun before the flow goes on.
    fn choose(&mut self, step: StepId) {
        if let Some(first) = self.take(step) {
            self.frontier = self.frontier.min(first.0);
        }
    }

    pub(super) fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    pub(super) fn state(&self, step: StepId) -> &State {
        &self.steps[step.0]
    }

    /// True once nothing more is to be expected of the step.
    pub(super) fn is_settled(&self, step: StepId) -> bool {
        let (planned, state) = (self.plan.planned(step), &self.steps[step.0]);
        let full = match planned.role {
            Role::Expectation => state.events.len() >= planned.count.most,
            Role::Answer => state.events.len() >= self.answers_due(step).max(1),
            Role::Initiative => !state.events.is_empty(),
        };
        full || state.done.is_some()
            || state.expired.is_some()
            || state.impossible.is_some()
            || state.passed.is_some()
    }

    /// The message that a reference to the step means at `at`: where there are several, the last so
    /// far.
    pub(super) fn last_of(&self, step: StepId, at: usize) -> Option<usize> {
        let (planned, state) = (self.plan.planned(step), &self.steps[step.0]);
        let several = match planned.role {
            Role::Expectation => planned.count.most > 1,
            Role::Answer => state.events.len() > 1,
            Role::Initiative => false,
        };
        let mut so_far = state
            .events
            .iter()
            .rev()
            .filter(|event| several && **event < at);
        so_far.next().copied().or(state.event())
    }

    /// How many messages of ours the step sends: one to each message that is answered by it. Not
    /// known to be enough until what it answers is settled.
    pub(super) fn answers_due(&self, step: StepId) -> usize {
        let planned = self.plan.planned(step);
        match planned.answers.filter(|_| planned.role == Role::Answer) {
            Some(request) if self.plan.planned(request).count.most > 1 => {
                let open = usize::from(!self.is_settled(request));
                self.steps[request.0].events.len() + open
            }
            _ => 1,
        }
    }

    /// What an event is, as far as matching needs to know.
    pub(super) fn sight(&self, event: usize) -> Option<Sight> {
        self.sights.get(event).copied()
    }

    /// The step that an event met or carried out.
    pub(super) fn step_of(&self, event: usize) -> Option<StepId> {
        self.met_by.get(event).copied().flatten()
    }

    /// The event that ended the flow.
    pub(super) fn over(&self) -> Option<usize> {
        self.over
    }

    /// True where every initiative above the step has been taken, so that its message may come.
    pub(super) fn is_open(&self, step: StepId) -> bool {
        step.0 < self.frontier && self.may_be_met(step)
    }

    /// Whether all that the step says it follows has happened, and nothing above it asks for silence
    /// instead. A SessionRequest keeps to the order of the file.
    fn is_caused(&self, step: StepId) -> bool {
        let planned = self.plan.planned(step);
        let Some(channel) = planned.channel.filter(|c| c.protocol != Protocol::Ch2) else {
            return false;
        };
        let mut follows = planned.after.iter().chain(&planned.answers).peekable();
        planned.role == Role::Expectation
            && planned.branch.is_none()
            && follows.peek().is_some()
            && follows.all(|on| {
                let state = &self.steps[on.0];
                *on < step && (!state.events.is_empty() || state.due.is_some())
            })
            && !(0..step.0).map(StepId).any(|window| {
                self.is_active(window)
                    && self.steps[window.0].done.is_none()
                    && self.is_window_against(window, step, channel)
            })
    }

    /// Whether `window` listens for silence where `step` waits for a message.
    fn is_window_against(&self, window: StepId, step: StepId, channel: Channel) -> bool {
        let Action::ReceiveNothing { party, message, .. } = &self.plan.step(window).action else {
            return false;
        };
        (self.plan.step(window).session, *party) == (channel.session, channel.party)
            && message.as_ref().is_none_or(|message| {
                let waited = &self.plan.step(step).action;
                matches!(waited, Action::Receive { message: of, .. } if of.overlaps(message))
            })
    }

    /// True where a step of the flow waits for a message of that sight, or for its absence.
    pub(super) fn awaits(&self, channel: Channel, sight: Sight) -> bool {
        self.over.is_none()
            && (self.waiting(channel, sight, false).is_some() || self.forbids(channel, sight))
    }

    /// True where a window of silence that has not ended names a request of that kind.
    fn forbids(&self, channel: Channel, sight: Sight) -> bool {
        let Sight::SipRequest { method: seen, .. } = sight else {
            return false;
        };
        self.active().any(|step| {
            let written = self.plan.step(step);
            let Action::ReceiveNothing {
                party,
                message: Some(Incoming::SipRequest { method }),
                ..
            } = &written.action
            else {
                return false;
            };
            (written.session, *party) == (channel.session, channel.party)
                && method_hash(method) == seen
                && self.steps[step.0].done.is_none()
        })
    }

    /// True where the step waits for a BYE that has no reason to come: its party hung up itself.
    pub(super) fn is_moot(&self, step: StepId) -> bool {
        let written = self.plan.step(step);
        let Action::Receive {
            party,
            message: Incoming::SipRequest { method },
        } = &written.action
        else {
            return false;
        };
        self.steps[step.0].events.is_empty()
            && method == "BYE"
            && self.hung_up.contains(&(written.session, *party))
    }

    fn hang_up(&mut self, event: &Event, sight: Sight) {
        let is_bye = matches!(sight, Sight::SipRequest { method, .. } if method == self.bye);
        if !is_bye || !matches!(event.what, What::Sent { .. }) {
            return;
        }
        match self.over {
            None => self.hung_up.push((event.session, event.party)),
            Some(_) => self.tidied.push(event.session),
        }
    }

    fn sends_again(&self, step: StepId) -> bool {
        let step = self.plan.scenario().steps.get(step.0);
        step.is_some_and(|step| matches!(step.action, Action::SendAgain { .. }))
    }

    fn state_mut(&mut self, step: StepId) -> Option<&mut State> {
        self.steps.get_mut(step.0)
    }

    fn advance(&mut self) {
        while self.frontier < self.plan.len() && !self.stands(StepId(self.frontier)) {
            self.frontier += 1;
        }
    }

    /// True where the step is an initiative that has yet to be taken.
    fn stands(&self, step: StepId) -> bool {
        let stands = self.plan.planned(step).role == Role::Initiative
            && self.is_active(step)
            && !self.is_undecided(step)
            && !self.is_settled(step);
        // A trigger is pulled once it is due: the server may act before it has answered.
        let pulled = self.steps[step.0].due.is_some()
            && matches!(self.plan.step(step).action, Action::Trigger(_));
        stands && !pulled
    }

    /// The steps that a message of a session can meet lie above this one: the first initiative that
    /// has not been taken, requests in other sessions left aside.
    fn reach(&self, session: usize) -> usize {
        let bars = |step: &usize| {
            let written = self.plan.step(StepId(*step));
            let elsewhere =
                written.session != session && matches!(written.action, Action::Send { .. });
            self.stands(StepId(*step)) && !elsewhere
        };
        (self.frontier..self.plan.len())
            .find(bars)
            .unwrap_or(self.plan.len())
    }

    fn receive(&mut self, index: usize, channel: Channel, sight: Sight) -> Option<StepId> {
        // The rest of a message that met a step is no message for another step, however much one is
        // needed there.
        let rest = match sight {
            Sight::MsrpSend { goes_on: true, .. } => self.further_part(channel, sight),
            _ => None,
        };
        if rest.is_none() {
            let waiting = self.waiting(channel, sight, false);
            if waiting.is_some() {
                return waiting;
            }
        }
        let further = rest.or_else(|| self.further_part(channel, sight))?;
        self.steps[further.0].parts.push(index);
        self.met_by[index] = Some(further);
        None
    }

    fn receive_late(&self, channel: Channel, sight: Sight) -> Option<StepId> {
        let charging = matches!(channel.protocol, Protocol::Ch2 | Protocol::Peer);
        let tidied = self.tidied.contains(&channel.session);
        if charging && !tidied {
            return self.waiting(channel, sight, true);
        }
        // What hanging up does not bring about: a call, a charging session, a message. A response says
        // what it answers, and one that we gave up asking for has another status.
        let late = self.waiting(channel, sight, true)?;
        let unprompted = match sight {
            Sight::SipResponse { .. } | Sight::MsrpResponse { .. } => {
                self.takes_status(late, sight)
            }
            Sight::SipRequest { method, .. } => !tidied || method != self.bye,
            Sight::MsrpSend { .. } => true,
            Sight::SessionRequest(kind) => kind == Some(Kind::Start),
            _ => false,
        };
        (unprompted && self.steps[late.0].expired.is_some()).then_some(late)
    }

    /// The first step that needs a message of that sight, else the first that leaves room for it.
    /// With `late`, only those whose time is out.
    fn waiting(&self, channel: Channel, sight: Sight, late: bool) -> Option<StepId> {
        let mut room = None;
        let reach = self.reach(channel.session);
        for step in (0..self.plan.len()).map(StepId) {
            let (planned, state) = (self.plan.planned(step), &self.steps[step.0]);
            let waits = planned.active
                && planned.channel == Some(channel)
                && planned.repeats.is_none()
                && state.events.len() < planned.count.most
                && (step.0 < reach || self.is_caused(step))
                && self.has_shape(step, sight)
                && (planned.branch.is_none() || self.may_be_met(step))
                && (!late || state.expired.is_some() || self.is_satisfied(step))
                && !(planned.count.most > 1 && self.is_chunk(state, sight));
            if !waits {
                continue;
            }
            if !self.is_satisfied(step) {
                return Some(self.best_of_choice(step, channel, sight));
            }
            if room.is_none() && !self.is_closed(step, channel) {
                room = Some(step);
            }
        }
        room
    }

    /// The step that waits for a request to be sent once more.
    fn repetition(&self, event: &Event, message: &diameter::Message) -> Option<StepId> {
        let again = (event.session, message.end_to_end());
        (0..self.reach(event.session)).map(StepId).find(|step| {
            let (planned, state) = (self.plan.planned(*step), &self.steps[step.0]);
            let here = planned.channel.is_some_and(|channel| channel.is_of(event));
            let of = planned.repeats.map(|of| &self.steps[of.0]);
            planned.active
                && here
                && state.events.len() < planned.count.most
                && (planned.branch.is_none() || self.may_be_met(*step))
                && of.is_some_and(|of| of.events.iter().any(|at| self.requests[*at] == Some(again)))
        })
    }

    /// A further chunk of a message that met the step already.
    fn is_chunk(&self, state: &State, sight: Sight) -> bool {
        let Sight::MsrpSend { message, .. } = sight else {
            return false;
        };
        let mut met = state.events.iter();
        met.any(|event| matches!(self.sights[*event], Sight::MsrpSend { message: of, .. } if of == message))
    }

    /// True where enough has come for the step, so that it is not broken by what is missing.
    pub(super) fn is_satisfied(&self, step: StepId) -> bool {
        self.steps[step.0].is_satisfied(self.plan.planned(step).count)
    }

    /// True where the harness has listened to silence below the step: what comes now is no late
    /// message of the step's.
    fn is_closed(&self, step: StepId, channel: Channel) -> bool {
        (step.0 + 1..self.frontier).map(StepId).any(|window| {
            self.steps[window.0].done.is_some() && self.is_window_against(window, step, channel)
        })
    }

    /// A step was met: the steps above it in its channel that need nothing more get nothing more.
    fn pass(&mut self, step: StepId, event: usize) {
        if !self.plan.is_loose() || self.plan.planned(step).role != Role::Expectation {
            return;
        }
        let channel = self.plan.planned(step).channel;
        for above in (0..step.0).map(StepId) {
            let planned = self.plan.planned(above);
            let unordered = planned.any_order.is_some()
                && planned.any_order == self.plan.planned(step).any_order;
            if planned.active
                && planned.channel == channel
                && planned.count.is_loose()
                && !unordered
                && self.is_satisfied(above)
                && !self.plan.overlap(above, step)
            {
                self.steps[above.0].passed.get_or_insert(event);
            }
        }
    }

    /// A further part of what already met a step: the next chunk of a message, or the response to
    /// the next chunk of ours.
    fn further_part(&self, channel: Channel, sight: Sight) -> Option<StepId> {
        (0..self.plan.len()).map(StepId).find(|step| {
            let planned = self.plan.planned(*step);
            if !planned.active || planned.channel != Some(channel) {
                return false;
            }
            let mut met = self.steps[step.0].events.iter();
            met.any(|first| match (sight, self.sights[*first]) {
                (Sight::MsrpSend { message, .. }, Sight::MsrpSend { message: of, .. }) => {
                    message == of
                }
                (
                    Sight::MsrpResponse { transaction, .. },
                    Sight::MsrpResponse {
                        transaction: first, ..
                    },
                ) => transaction != first && self.has_shape(*step, sight),
                _ => false,
            })
        })
    }

    /// Whether a message of that sight is what the step waits for, whatever it holds.
    pub(super) fn has_shape(&self, step: StepId, sight: Sight) -> bool {
        let Action::Receive { message, .. } = &self.plan.step(step).action else {
            return false;
        };
        match (message, sight) {
            (Incoming::SipRequest { method }, Sight::SipRequest { method: seen, .. }) => {
                method_hash(method) == seen
            }
            (Incoming::SipResponse { .. }, Sight::SipResponse { transaction, .. }) => {
                self.is_answer(step, transaction)
            }
            (
                Incoming::MsrpResponse { status: wanted, .. },
                Sight::MsrpResponse {
                    transaction,
                    status,
                },
            ) => {
                // A refusal that is waited for may come to a later chunk.
                let waits_on = status == 200 && !wanted.hold_msrp(200);
                self.is_answer(step, transaction)
                    && (!waits_on || self.is_last_chunk(step, transaction))
            }
            (Incoming::MsrpSend { .. }, Sight::MsrpSend { content, .. }) => {
                content && !self.forwards_another(step, sight)
            }
            (Incoming::MsrpReport { on }, Sight::MsrpReport { message }) => {
                on.is_none()
                    || self.requests_of(step).any(
                        |sent| matches!(sent, Sight::MsrpSend { message: of, .. } if of == message),
                    )
            }
            (Incoming::SessionRequest { kind }, Sight::SessionRequest(seen)) => {
                kind.is_none_or(|kind| Some(kind) == seen)
            }
            (Incoming::PeerRequest { command }, Sight::PeerRequest(seen)) => {
                command.code() == seen.command
            }
            (Incoming::PeerAnswer { .. }, Sight::PeerAnswer(seen)) => {
                self.requests_of(step).any(|request| match request {
                    Sight::PeerRequest(asked) => asked.is_answered_by(seen),
                    _ => false,
                })
            }
            _ => false,
        }
    }

    /// Whether the status of a response is what the step asks for; true for what is no response.
    pub(super) fn takes_status(&self, step: StepId, sight: Sight) -> bool {
        match (&self.plan.step(step).action, sight) {
            (
                Action::Receive { message, .. },
                Sight::SipResponse { status, .. } | Sight::MsrpResponse { status, .. },
            ) => message.takes(status),
            _ => true,
        }
    }

    fn is_answer(&self, step: StepId, transaction: u64) -> bool {
        self.requests_of(step).any(|request| match request {
            Sight::SipRequest {
                transaction: of, ..
            }
            | Sight::MsrpSend {
                transaction: of, ..
            }
            | Sight::MsrpRequest { transaction: of } => of == transaction,
            _ => false,
        })
    }

    /// Whether a transaction is that of the last chunk that was sent of what a step expects the
    /// answer to.
    fn is_last_chunk(&self, step: StepId, transaction: u64) -> bool {
        let last = self.requests_of(step).last();
        matches!(last, Some(Sight::MsrpSend { transaction: of, .. }) if of == transaction)
    }

    /// What was sent by the step whose answer a step expects.
    fn requests_of(&self, step: StepId) -> impl Iterator<Item = Sight> {
        let request = self.plan.planned(step).answers;
        let events = request.map(|request| self.steps[request.0].events.iter());
        events
            .into_iter()
            .flatten()
            .map(|event| self.sights[*event])
    }
}

/// Session and End-to-End Identifier of a request that was received over CH-2.
fn request(event: &Event) -> Option<(usize, u32)> {
    match &event.what {
        What::Received {
            message: Message::Diameter(message),
            ..
        } if message.is_request() => Some((event.session, message.end_to_end())),
        _ => None,
    }
}
