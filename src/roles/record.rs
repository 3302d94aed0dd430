//! What a running scenario writes down: its trace, with the pacer that reads along.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::ch2::Binding;
use crate::diameter::dictionary::{CCR, CER, DPR, DWR};
use crate::engine::{Event, Message, Pacer, Plan, Standing, StepId, Task, Trace, What};
use crate::io::Time;
use crate::scenario::{Action, Ixit, Party, Step, Target};

use super::outcome::Limits;

/// The trace of one scenario, its pacer, and what is counted beside them.
#[derive(Debug)]
pub(super) struct Record {
    plan: Arc<Plan>,
    /// `None` until the flow begins.
    pacer: Option<Pacer>,
    /// A trigger that was pulled and has not shown to be done.
    pulled: Option<StepId>,
    trace: Trace,
    /// Of each event, the step that it meets or carries out.
    steps: Vec<Option<StepId>>,
    /// How many events have been told.
    told: usize,
    background: BTreeMap<String, u32>,
    limits: Limits,
    octets: usize,
    /// The bytes of what was written wrong on purpose.
    deviant: Vec<Bytes>,
    cut_short: bool,
    /// Messages that came or went, those of a CH-2 connection itself left aside.
    moves: usize,
}

/// A party of one of the sessions of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    /// Index of the session in the scenario.
    pub session: usize,
    /// Who.
    pub party: Party,
}

/// What became of a transport path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It came to stand.
    Stands,
    /// We ended it.
    GoneByUs,
    /// The server ended it, or did not let it come to stand.
    GoneByServer,
}

/// Kinds of background traffic that are told apart; a hostile server could invent more.
const BACKGROUND_KINDS: usize = 64;

impl Seat {
    /// The Charging Enabler, where no session is meant.
    pub const ENABLER: Seat = Seat {
        session: 0,
        party: Party::Enabler,
    };
}

impl Record {
    pub fn new(plan: Arc<Plan>, limits: Limits) -> Record {
        Record {
            pacer: None,
            pulled: None,
            plan,
            trace: Trace::default(),
            steps: Vec::new(),
            told: 0,
            background: BTreeMap::new(),
            limits,
            octets: 0,
            deviant: Vec::new(),
            cut_short: false,
            moves: 0,
        }
    }

    /// Begins the flow.
    pub fn begin(&mut self, now: Time, ixit: Ixit, binding: Binding) {
        let mut pacer = Pacer::new(Arc::clone(&self.plan), ixit, binding, now);
        for event in 0..self.trace.events.len() {
            pacer.observe(&self.trace, event);
        }
        self.pacer = Some(pacer);
    }

    /// Takes note that a trigger is being pulled. It counts as done once whoever carries it out
    /// says so ([`Record::trigger_done`]), or once the server shows an effect: that may come before
    /// the answer to an HTTP request or the end of a command.
    pub fn trigger_pulled(&mut self, now: Time, step: StepId) {
        let seat = self.seat_of(step);
        self.enter(now, seat, What::Due(step));
        self.pulled = Some(step);
    }

    /// Enters that the pulled trigger is done, unless that has been entered.
    pub fn trigger_done(&mut self, now: Time) {
        if let Some(step) = self.pulled.take() {
            self.done(now, step);
        }
    }

    /// Enters that the pulled trigger came to nothing, unless it had an effect.
    pub fn trigger_failed(&mut self, now: Time, reason: &str) {
        if let Some(step) = self.pulled.take() {
            self.impossible(now, step, reason, true);
        }
    }

    /// Enters a message that came; gives the step it meets.
    pub fn received(
        &mut self,
        now: Time,
        seat: Seat,
        path: u64,
        message: Message,
        standing: Standing,
    ) -> Option<StepId> {
        // What another session shows is no effect of the trigger.
        let of_trigger = |step| self.seat_of(step).session == seat.session;
        if standing == Standing::Flow && self.pulled.is_some_and(of_trigger) {
            self.trigger_done(now);
        }
        self.weigh(&message);
        self.enter(
            now,
            seat,
            What::Received {
                path,
                message,
                standing,
            },
        )
    }

    /// Enters background traffic and counts it under `kind`.
    pub fn background(
        &mut self,
        now: Time,
        seat: Seat,
        path: u64,
        message: Message,
        kind: impl Into<String>,
    ) {
        self.count(kind);
        self.received(now, seat, path, message, Standing::Background);
    }

    /// Enters a message that is about to be sent.
    pub fn sent(
        &mut self,
        now: Time,
        seat: Seat,
        path: u64,
        message: Message,
        step: Option<StepId>,
        repeated: bool,
    ) {
        self.weigh(&message);
        let deviates = self.deviates(&message, step, repeated);
        self.enter(
            now,
            seat,
            What::Sent {
                path,
                message,
                step,
                repeated,
                deviates,
            },
        );
    }

    /// Whether a message is written other than it should be on purpose. What goes out again is what
    /// it was the first time, whatever sends it again.
    fn deviates(&mut self, message: &Message, step: Option<StepId>, repeated: bool) -> bool {
        let written = step.and_then(|step| self.step(step)).is_some_and(
            |step| matches!(&step.action, Action::Send { message, .. } if message.deviates()),
        );
        if written {
            self.deviant.push(raw(message).clone());
        }
        written || repeated && self.deviant.contains(raw(message))
    }

    /// Enters what happened to a transport path.
    pub fn path(&mut self, now: Time, seat: Seat, path: u64, what: &str, end: End) {
        let (stands, by_server) = (end == End::Stands, end == End::GoneByServer);
        let what = what.to_owned();
        self.enter(
            now,
            seat,
            What::Path {
                path,
                what,
                stands,
                by_server,
            },
        );
    }

    /// Enters bytes that no framer could make a message of, as much of them as is kept.
    pub fn garbage(&mut self, now: Time, seat: Seat, path: u64, bytes: &[u8], reason: String) {
        let kept = &bytes[..bytes.len().min(self.limits.garbage)];
        let bytes = Bytes::copy_from_slice(kept);
        self.received(
            now,
            seat,
            path,
            Message::Garbage { bytes, reason },
            Standing::Flow,
        );
    }

    /// Enters that a step cannot be carried out.
    pub fn impossible(&mut self, now: Time, step: StepId, reason: &str, harness: bool) {
        let seat = self.seat_of(step);
        self.enter(
            now,
            seat,
            What::Impossible {
                step,
                reason: reason.to_owned(),
                harness,
            },
        );
    }

    /// Enters that a step of the harness is done.
    pub fn done(&mut self, now: Time, step: StepId) {
        let seat = self.seat_of(step);
        self.enter(now, seat, What::Done(step));
    }

    /// Appends an event and lets the pacer read it.
    pub fn enter(&mut self, now: Time, seat: Seat, what: What) -> Option<StepId> {
        if self.cut_short {
            return None;
        }
        if self.trace.events.len() >= self.limits.events {
            self.cut_short(now, &format!("more than {} events", self.limits.events));
            return None;
        }
        if self.octets > self.limits.octets {
            self.cut_short(
                now,
                &format!("more than {} octets of messages", self.limits.octets),
            );
            return None;
        }
        self.append(now, seat, what)
    }

    /// Ends the trace: nothing is entered after this.
    pub fn cut_short(&mut self, now: Time, reason: &str) {
        if !self.cut_short {
            self.append(now, Seat::ENABLER, What::CutShort(reason.to_owned()));
            self.cut_short = true;
        }
    }

    /// True once nothing more is entered.
    pub fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    /// Counts background traffic.
    pub fn count(&mut self, kind: impl Into<String>) {
        let mut kind = kind.into();
        if !self.background.contains_key(&kind) && self.background.len() >= BACKGROUND_KINDS {
            kind = "other".to_owned();
        }
        *self.background.entry(kind).or_default() += 1;
    }

    /// The next thing the pacer wants done.
    pub fn poll(&mut self, now: Time) -> Option<Task> {
        if self.cut_short {
            None
        } else {
            self.pacer.as_mut()?.poll(now)
        }
    }

    /// When [`Record::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Time> {
        if self.cut_short {
            None
        } else {
            self.pacer.as_ref()?.poll_timeout()
        }
    }

    /// Lets time run out on steps.
    pub fn handle_timeout(&mut self, now: Time) {
        if let Some(pacer) = &mut self.pacer
            && pacer.poll_timeout().is_some_and(|due| due <= now)
        {
            for what in pacer.handle_timeout(now) {
                let seat = match &what {
                    What::Due(step) | What::Done(step) | What::Expired(step) => self.seat_of(*step),
                    _ => Seat::ENABLER,
                };
                self.enter(now, seat, what);
            }
        }
    }

    /// When the server's silence comes to mean something ([`Pacer::silence_at`]).
    pub fn silence_at(&self) -> Option<Time> {
        if self.cut_short {
            None
        } else {
            self.pacer.as_ref()?.silence_at()
        }
    }

    /// Puts off what silence means.
    pub fn listen_until(&mut self, until: Option<Time>) {
        if let Some(pacer) = &mut self.pacer {
            pacer.listen_until(until);
        }
    }

    /// Messages that came or went so far, those of a CH-2 connection itself left aside.
    pub fn moves(&self) -> usize {
        self.moves
    }

    /// From now on, steps of ours wait until they are released.
    pub fn go_stepwise(&mut self) {
        if let Some(pacer) = &mut self.pacer {
            pacer.go_stepwise();
        }
    }

    /// Nothing waits to be released any more.
    pub fn run_on(&mut self) {
        if let Some(pacer) = &mut self.pacer {
            pacer.run_on();
        }
    }

    /// Lets a step go that is held.
    pub fn release(&mut self, step: StepId) {
        if let Some(pacer) = &mut self.pacer {
            pacer.release(step);
        }
    }

    /// The step of ours that waits to be released.
    pub fn held(&self) -> Option<StepId> {
        if self.cut_short {
            None
        } else {
            self.pacer.as_ref()?.held()
        }
    }

    /// The next event that has not been told, with the step that it meets or carries out.
    pub fn untold(&mut self) -> Option<(Event, Option<StepId>)> {
        let event = self.trace.events.get(self.told)?.clone();
        let step = self.steps.get(self.told).copied().flatten();
        self.told += 1;
        Some((event, step))
    }

    /// True once every step is settled.
    pub fn is_over(&self) -> bool {
        self.pacer.as_ref().is_some_and(Pacer::is_over)
    }

    /// The step by which we answer the message that met `step`, where the flow has one.
    pub fn answer_to(&self, step: Option<StepId>) -> Option<StepId> {
        self.plan.answer_to(step?)
    }

    /// Whether the message that met `step` is left without an answer.
    pub fn is_unanswered(&self, step: Option<StepId>) -> bool {
        let step = step.and_then(|step| self.step(step));
        step.is_some_and(|step| step.unanswered)
    }

    /// Whether a step of the flow reports on the SEND that met `step`.
    pub fn is_reported(&self, step: Option<StepId>) -> bool {
        step.is_some_and(|step| self.plan.is_reported(step))
    }

    /// A field of the message of an earlier step, as text.
    pub fn captured(&self, label: &str, field: &Target) -> Option<String> {
        self.pacer.as_ref()?.captured(&self.trace, label, field)
    }

    /// Whether a step of the flow waits for a message like this one.
    pub fn awaits(&self, seat: Seat, message: &Message) -> bool {
        self.pacer
            .as_ref()
            .is_some_and(|pacer| pacer.awaits(seat.session, seat.party, message))
    }

    /// What a step sent, in order.
    pub fn sent_by(&self, step: StepId) -> Vec<Message> {
        let sent = |event: &Event| match &event.what {
            What::Sent {
                message,
                step: Some(by),
                repeated: false,
                ..
            } if *by == step => Some(message.clone()),
            _ => None,
        };
        self.trace.events.iter().filter_map(sent).collect()
    }

    /// Whether the message of a step may come by now.
    pub fn is_open(&self, step: StepId) -> bool {
        self.pacer.as_ref().is_some_and(|pacer| pacer.is_open(step))
    }

    /// The last SessionRequest of a session so far.
    pub fn last_session_request(&self, session: usize) -> Option<&crate::diameter::Message> {
        let mut events = self.trace.events.iter().rev();
        events.find_map(|event| match &event.what {
            What::Received {
                message: Message::Diameter(request),
                ..
            } if event.session == session
                && request.is_request()
                && request.command_code() == CCR =>
            {
                Some(request)
            }
            _ => None,
        })
    }

    /// Whether nothing more is to be expected of a step.
    pub fn is_settled(&self, step: StepId) -> bool {
        let pacer = self.pacer.as_ref();
        pacer.is_some_and(|pacer| pacer.is_settled(step))
    }

    /// Whether a step belongs to the flow.
    pub fn is_active(&self, step: StepId) -> bool {
        self.plan.is_active(step)
    }

    /// A step of the scenario.
    pub fn step(&self, step: StepId) -> Option<&Step> {
        self.plan.scenario().steps.get(step.0)
    }

    /// The step that `step` answers.
    pub fn answered(&self, step: StepId) -> Option<StepId> {
        self.plan.answered(step)
    }

    /// The trace so far, and how the background traffic was counted.
    pub fn take(&mut self) -> (Trace, BTreeMap<String, u32>) {
        (
            std::mem::take(&mut self.trace),
            std::mem::take(&mut self.background),
        )
    }

    fn append(&mut self, at: Time, seat: Seat, what: What) -> Option<StepId> {
        let Seat { session, party } = seat;
        let ours = match &what {
            What::Sent { step, .. } => *step,
            What::Due(step) | What::Done(step) | What::Expired(step) => Some(*step),
            What::Impossible { step, .. } => Some(*step),
            _ => None,
        };
        if let What::Sent { message, .. } | What::Received { message, .. } = &what {
            self.moves += usize::from(!is_of_connection(message));
        }
        self.trace.events.push(Event {
            at,
            session,
            party,
            what,
        });
        let index = self.trace.events.len() - 1;
        let pacer = self.pacer.as_mut();
        let met = pacer.and_then(|pacer| pacer.observe(&self.trace, index));
        self.steps.push(ours.or(met));
        met
    }

    fn weigh(&mut self, message: &Message) {
        self.octets += raw(message).len();
    }

    fn seat_of(&self, step: StepId) -> Seat {
        let step = self.step(step);
        let party = match step.map(|step| &step.action) {
            Some(
                Action::Send { party, .. }
                | Action::Receive { party, .. }
                | Action::ReceiveNothing { party, .. }
                | Action::SendAgain { party, .. }
                | Action::Do { party, .. },
            ) => *party,
            Some(Action::Trigger(_) | Action::Wait(_)) | None => Party::Client,
        };
        Seat {
            session: step.map_or(0, |step| step.session),
            party,
        }
    }
}

/// CER, DWR, DPR and the answers to them.
fn is_of_connection(message: &Message) -> bool {
    match message {
        Message::Diameter(message) => [CER, DWR, DPR].contains(&message.command_code()),
        _ => false,
    }
}

fn raw(message: &Message) -> &Bytes {
    match message {
        Message::Sip(message) => message.raw(),
        Message::Msrp(message) => message.raw(),
        Message::Diameter(message) => message.raw(),
        Message::Garbage { bytes, .. } => bytes,
    }
}
