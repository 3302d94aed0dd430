//! A scenario under chosen readings and claims: which of its steps belong to the flow, and what
//! each of them waits for.

use std::sync::Arc;
use std::time::Duration;

use crate::ch2::{ReadingGroup, ReadingId};
use crate::scenario::{
    Action, Branch, Command, Count, Ics, Incoming, Ixit, Outgoing, Over, Party, Scenario, Step,
};

use super::{Event, StepId};

/// A scenario under chosen readings and claims.
#[derive(Clone, Debug)]
pub struct Plan {
    scenario: Arc<Scenario>,
    readings: Vec<ReadingId>,
    steps: Vec<Planned>,
    /// True where a step leaves open how many messages meet it.
    loose: bool,
}

/// One step as it stands in the plan.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// Whether it belongs to the flow under these readings and claims.
    pub(super) active: bool,
    /// What kind of step it is.
    pub(super) role: Role,
    /// Where a received message has to come in.
    pub(super) channel: Option<Channel>,
    /// How many messages meet it.
    pub(super) count: Count,
    /// Steps with the same number come in any order.
    pub(super) any_order: Option<usize>,
    /// The alternative of a choice that it belongs to.
    pub(super) branch: Option<Branch>,
    /// Steps that come before it because the file says so.
    pub(super) after: Vec<StepId>,
    /// Those of them that say so themselves (`before`).
    pub(super) said_before: Vec<StepId>,
    /// The request that it answers, or whose answer it expects.
    pub(super) answers: Option<StepId>,
    /// The SENDs of which it is the forwarded form; several where each stands in an alternative.
    pub(super) forwards: Vec<StepId>,
    /// The request whose repetition it waits for.
    pub(super) repeats: Option<StepId>,
    /// The step by which the harness answers it.
    pub(super) answered_by: Option<StepId>,
    /// The steps that it is held for; several where they stand in different alternatives.
    pub(super) hold_until: Vec<StepId>,
}

/// What kind of step it is, which decides what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// We begin something: it waits until everything above is settled.
    Initiative,
    /// We answer something: it waits for what it answers.
    Answer,
    /// The server has to do something.
    Expectation,
}

/// A party's end of one protocol, in one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Channel {
    pub(super) session: usize,
    pub(super) party: Party,
    pub(super) protocol: Protocol,
}

impl Channel {
    /// Whether an event is of its session and party.
    pub(super) fn is_of(self, event: &Event) -> bool {
        (event.session, event.party) == (self.session, self.party)
    }
}

/// The three protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Sip,
    Msrp,
    Ch2,
    /// Diameter's own commands, on the connections of CH-2.
    Peer,
}

impl Plan {
    /// The flow of `scenario` where the server keeps to `readings` (one of each group) and
    /// implements `claims`.
    pub fn new(scenario: Arc<Scenario>, readings: &[ReadingId], claims: &[Ics]) -> Plan {
        let mask = Plan::mask(&scenario, readings, claims);
        let resolver = Resolver {
            steps: &scenario.steps,
            mask: &mask,
        };
        let mut steps: Vec<Planned> = (0..scenario.steps.len())
            .map(|index| resolver.plan(index))
            .collect();
        let answers: Vec<(StepId, StepId)> = steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.active && step.role == Role::Answer)
            .filter_map(|(index, step)| Some((step.answers?, StepId(index))))
            .collect();
        for index in (0..steps.len()).filter(|index| mask[*index]) {
            let says = &scenario.steps[index].before;
            for later in says.iter().flat_map(|label| resolver.labels(index, label)) {
                steps[later.0].after.push(StepId(index));
                steps[later.0].said_before.push(StepId(index));
            }
        }
        for (request, answer) in answers {
            steps[request.0].answered_by.get_or_insert(answer);
        }
        Plan {
            scenario,
            readings: readings.to_vec(),
            loose: steps.iter().any(|s| s.active && s.count.is_loose()),
            steps,
        }
    }

    /// Which steps are active; two choices of readings with the same mask give the same plan.
    pub(super) fn mask(scenario: &Scenario, readings: &[ReadingId], claims: &[Ics]) -> Vec<bool> {
        scenario
            .steps
            .iter()
            .map(|step| {
                (step.under.is_empty() || step.under.iter().any(|r| readings.contains(r)))
                    && step.when.iter().all(|ics| claims.contains(ics))
            })
            .collect()
    }

    /// The scenario.
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// Whether a step belongs to the flow.
    pub fn is_active(&self, step: StepId) -> bool {
        self.steps.get(step.0).is_some_and(|s| s.active)
    }

    /// The step by which the harness answers the message that meets `step`. Where there is none,
    /// the party that received the message answers as its protocol asks, at once.
    pub fn answer_to(&self, step: StepId) -> Option<StepId> {
        self.steps.get(step.0)?.answered_by
    }

    /// Whether a step of the flow reports on the SEND that meets `step`. Where none does, the party
    /// that received it reports as its protocol asks.
    pub fn is_reported(&self, step: StepId) -> bool {
        self.active().any(|report| {
            let action = &self.step(report).action;
            let reports = matches!(
                action,
                Action::Send {
                    message: Outgoing::MsrpReport { .. },
                    ..
                }
            );
            reports && self.planned(report).answers == Some(step)
        })
    }

    /// The step that `step` answers, or whose answer it expects.
    pub fn answered(&self, step: StepId) -> Option<StepId> {
        self.steps.get(step.0)?.answers
    }

    pub(super) fn step(&self, step: StepId) -> &Step {
        &self.scenario.steps[step.0]
    }

    pub(super) fn planned(&self, step: StepId) -> &Planned {
        &self.steps[step.0]
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// How long the message of a step is waited for once the flow stands still: what is not to come
    /// before some time gets the usual time from then on.
    pub(super) fn patience(&self, step: StepId, ixit: &Ixit) -> Duration {
        let written = self.step(step);
        let usual = || {
            let least = written.no_sooner.as_ref();
            least.map_or(Duration::ZERO, |least| least.of(ixit)) + ixit.trigger_time
        };
        let within = written.within.as_ref();
        within.map_or_else(usual, |within| within.of(ixit))
    }

    /// True where a step leaves open how many messages meet it.
    pub(super) fn is_loose(&self) -> bool {
        self.loose
    }

    /// Whether one message could meet either of two steps.
    pub(super) fn overlap(&self, a: StepId, b: StepId) -> bool {
        let (here, there) = (self.planned(a), self.planned(b));
        match (&self.step(a).action, &self.step(b).action) {
            (Action::Receive { message: a, .. }, Action::Receive { message: b, .. }) => {
                here.channel == there.channel
                    && here.answers == there.answers
                    && here.repeats == there.repeats
                    && a.overlaps(b)
            }
            _ => false,
        }
    }

    /// The reading of a group that the plan follows.
    pub(super) fn reading_of(&self, group: ReadingGroup) -> Option<ReadingId> {
        self.readings
            .iter()
            .copied()
            .find(|reading| reading.group() == group)
    }

    /// The reading that makes a step part of the plan, where it depends on one.
    pub(super) fn reading_behind(&self, step: StepId) -> Option<ReadingId> {
        let under = &self.step(step).under;
        self.readings
            .iter()
            .copied()
            .find(|reading| under.contains(reading))
    }

    /// Active steps in file order.
    pub(super) fn active(&self) -> impl Iterator<Item = StepId> {
        (0..self.steps.len())
            .filter(|i| self.steps[*i].active)
            .map(StepId)
    }

    /// The steps with that label: several where each stands in an alternative of its own.
    pub(super) fn labelled<'l>(&'l self, label: &'l str) -> impl Iterator<Item = StepId> + 'l {
        self.active()
            .filter(move |step| self.step(*step).label.as_deref() == Some(label))
    }

    /// The steps of an alternative.
    pub(super) fn alternative(&self, branch: Branch) -> impl Iterator<Item = StepId> {
        self.active()
            .filter(move |step| self.planned(*step).branch == Some(branch))
    }

    /// The window by whose silence an alternative is taken, where it is taken so.
    pub(super) fn silence(&self, branch: Branch) -> Option<StepId> {
        let first = self.alternative(branch).next()?;
        let action = &self.step(first).action;
        matches!(action, Action::ReceiveNothing { .. }).then_some(first)
    }

    /// The alternative of a choice that is taken where nothing comes.
    pub(super) fn silent(&self, choice: usize) -> Option<Branch> {
        let alternatives = 0..self.scenario.choices.get(choice)?.names.len();
        alternatives
            .map(|alternative| Branch {
                choice,
                alternative,
            })
            .find(|branch| self.silence(*branch).is_some())
    }
}

struct Resolver<'a> {
    steps: &'a [Step],
    mask: &'a [bool],
}

impl Resolver<'_> {
    fn plan(&self, index: usize) -> Planned {
        let step = &self.steps[index];
        let mut after: Vec<StepId> = step
            .after
            .iter()
            .flat_map(|label| self.labels(index, label))
            .collect();
        let mut answers = None;
        let mut forwards: Vec<StepId> = Vec::new();
        match &step.action {
            Action::Send { party, message } => match message {
                Outgoing::SipResponse { answers: label, .. } => {
                    answers = self.request_above(index, *party, Protocol::Sip, label.as_deref());
                }
                Outgoing::MsrpResponse { answers: label, .. }
                | Outgoing::MsrpReport { answers: label, .. } => {
                    answers = self.request_above(index, *party, Protocol::Msrp, label.as_deref());
                }
                Outgoing::Response { answers: label, .. } => answers = self.label(index, label),
                Outgoing::SipRequest { .. }
                | Outgoing::MsrpSend { .. }
                | Outgoing::Bytes { .. }
                | Outgoing::PeerRequest { .. } => {}
            },
            Action::Receive { party, message } => match message {
                Incoming::SipResponse { answers: label, .. } => {
                    answers = self.sent_above(index, *party, Protocol::Sip, label.as_deref());
                }
                Incoming::MsrpResponse { answers: label, .. } => {
                    answers = self.sent_above(index, *party, Protocol::Msrp, label.as_deref());
                }
                Incoming::PeerAnswer {
                    command,
                    answers: label,
                } => {
                    answers = match label {
                        Some(label) => self.label(index, label),
                        None => self.asked_above(index, *party, *command),
                    };
                }
                Incoming::MsrpSend {
                    forwards: Some(label),
                } => {
                    forwards.extend(self.labels(index, label));
                    after.extend(&forwards);
                }
                Incoming::MsrpReport { on: Some(label) } => answers = self.label(index, label),
                _ => {}
            },
            Action::SendAgain { of, .. } => answers = self.label(index, of),
            _ => {}
        }
        Planned {
            active: self.mask[index],
            role: role(&step.action),
            channel: channel(step),
            count: step.count,
            any_order: step.any_order,
            branch: step.branch,
            after,
            said_before: Vec::new(),
            answers,
            forwards,
            repeats: step
                .repeats
                .as_deref()
                .and_then(|label| self.label(index, label)),
            answered_by: None,
            hold_until: step
                .hold_until
                .iter()
                .flat_map(|label| self.labels(index, label))
                .collect(),
        }
    }

    /// The step that a label means to another one.
    fn label(&self, index: usize, label: &str) -> Option<StepId> {
        self.labels(index, label).next()
    }

    /// The steps that a label means to another one: several where each stands in an alternative of
    /// its own.
    fn labels<'l>(&'l self, index: usize, label: &'l str) -> impl Iterator<Item = StepId> + 'l {
        let branch = self.steps[index].branch;
        (0..self.steps.len())
            .filter(move |i| {
                self.mask[*i]
                    && self.steps[*i].label.as_deref() == Some(label)
                    && !Branch::apart(self.steps[*i].branch, branch)
            })
            .map(StepId)
    }

    /// Whether what a step means without naming it may be that other one: what stands in an
    /// alternative is known there alone.
    fn is_near(&self, index: usize, other: usize) -> bool {
        let there = self.steps[other].branch;
        self.mask[other] && (there.is_none() || there == self.steps[index].branch)
    }

    /// The request that an answer of `party` answers: the labelled one, else the nearest above in
    /// its session.
    fn request_above(
        &self,
        index: usize,
        party: Party,
        protocol: Protocol,
        label: Option<&str>,
    ) -> Option<StepId> {
        if let Some(label) = label {
            return self.label(index, label);
        }
        let wanted = Channel {
            session: self.steps[index].session,
            party,
            protocol,
        };
        let reports = role(&self.steps[index].action) == Role::Initiative;
        (0..index)
            .rev()
            .find(|i| {
                self.is_near(index, *i)
                    && channel(&self.steps[*i]) == Some(wanted)
                    && is_request(&self.steps[*i].action)
                    && (reports || !self.steps[*i].unanswered)
            })
            .map(StepId)
    }

    /// The nearest request above of a command, in its session.
    fn asked_above(&self, index: usize, of: Party, wanted: Command) -> Option<StepId> {
        let asks = |i: &usize| {
            self.is_near(index, *i)
                && self.steps[*i].session == self.steps[index].session
                && matches!(
                    &self.steps[*i].action,
                    Action::Send {
                        party,
                        message: Outgoing::PeerRequest { command, .. },
                    } if *command == wanted && *party == of
                )
        };
        (0..index).rev().find(asks).map(StepId)
    }

    /// The request of ours that an expected response belongs to: the labelled one, else the
    /// nearest above in its session.
    fn sent_above(
        &self,
        index: usize,
        party: Party,
        protocol: Protocol,
        label: Option<&str>,
    ) -> Option<StepId> {
        if let Some(label) = label {
            return self.label(index, label);
        }
        (0..index)
            .rev()
            .find(|i| {
                self.is_near(index, *i)
                    && self.steps[*i].session == self.steps[index].session
                    && match &self.steps[*i].action {
                        Action::Send { party: by, message } if *by == party => match message {
                            Outgoing::SipRequest { .. } => protocol == Protocol::Sip,
                            Outgoing::MsrpSend { .. } => protocol == Protocol::Msrp,
                            Outgoing::Bytes { over, .. } => match over {
                                Over::Sip => protocol == Protocol::Sip,
                                Over::Msrp => protocol == Protocol::Msrp,
                                Over::Ch2 => false,
                            },
                            _ => false,
                        },
                        _ => false,
                    }
            })
            .map(StepId)
    }
}

fn role(action: &Action) -> Role {
    match action {
        Action::Send { message, .. } => match message {
            // A report is on a message that has been answered, so it begins something anew.
            Outgoing::SipRequest { .. }
            | Outgoing::MsrpSend { .. }
            | Outgoing::MsrpReport { .. }
            | Outgoing::Bytes { .. }
            | Outgoing::PeerRequest { .. } => Role::Initiative,
            Outgoing::SipResponse { .. }
            | Outgoing::MsrpResponse { .. }
            | Outgoing::Response { .. } => Role::Answer,
        },
        Action::Receive { .. } => Role::Expectation,
        Action::SendAgain { .. }
        | Action::Do { .. }
        | Action::ReceiveNothing { .. }
        | Action::Trigger(_)
        | Action::Wait(_) => Role::Initiative,
    }
}

fn channel(step: &Step) -> Option<Channel> {
    let Action::Receive { party, message } = &step.action else {
        return None;
    };
    Some(Channel {
        session: step.session,
        party: *party,
        protocol: protocol_of(message),
    })
}

/// The protocol of an expected message.
pub(super) fn protocol_of(message: &Incoming) -> Protocol {
    match message {
        Incoming::SipRequest { .. } | Incoming::SipResponse { .. } => Protocol::Sip,
        Incoming::MsrpSend { .. } | Incoming::MsrpReport { .. } | Incoming::MsrpResponse { .. } => {
            Protocol::Msrp
        }
        Incoming::SessionRequest { .. } => Protocol::Ch2,
        Incoming::PeerRequest { .. } | Incoming::PeerAnswer { .. } => Protocol::Peer,
    }
}

fn is_request(action: &Action) -> bool {
    matches!(
        action,
        Action::Receive {
            message: Incoming::SipRequest { .. }
                | Incoming::MsrpSend { .. }
                | Incoming::SessionRequest { .. },
            ..
        }
    )
}
