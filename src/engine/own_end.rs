//! Sessions that the server ends by itself.
//!
//! Either side of a SIP dialog may end it at any time (RFC 3261 section 15), and no document gives an
//! idle chat session a length. So a BYE that nothing asks for breaks no rule, and what the flow would
//! have shown afterwards stays unshown: the verdict is inconclusive. It is otherwise where the BYE comes
//! just when the server was to go on in spite of something, such as the end of Tx.

use std::time::Duration;

use crate::ch2::{Kind, Requirement};
use crate::io::Time;
use crate::scenario::Action;

use super::checks::message_at;
use super::opinion::{Bench, SCENARIO};
use super::sight::Sight;
use super::{Event, Finding, Message, Standing, Verdict, What};

/// The shortest idleness that a server may be thought to end sessions for, where its description
/// states none.
const IDLE: Duration = Duration::from_secs(1);

/// What the finding is called.
pub(super) const TITLE: &str = "the server ended the session on its own";

impl Bench<'_> {
    /// The first BYE of each session by which the server ended it unasked. One that is passed on
    /// from the other leg, in either order, that crosses ours, or that follows a trigger is none.
    pub(super) fn own_byes(&self) -> Vec<usize> {
        let end = self.alignment.over().unwrap_or(self.trace().events.len());
        let mut sessions: Vec<usize> = Vec::new();
        self.unexpected()
            .filter(|event| self.is_bye(*event))
            .filter(|event| !(0..end).any(|other| self.explains_bye(other, *event)))
            .filter(|event| {
                let session = self.trace().events[*event].session;
                let first = !sessions.contains(&session);
                sessions.push(session);
                first
            })
            .collect()
    }

    fn explains_bye(&self, other: usize, event: usize) -> bool {
        let (at, bye) = (&self.trace().events[other], &self.trace().events[event]);
        if at.session != bye.session {
            return false;
        }
        match &at.what {
            What::Sent { .. } => other < event && self.is_bye(other),
            What::Received { .. } => {
                at.party != bye.party
                    && self.is_bye(other)
                    && self.was_asked_for(other, other.min(event))
            }
            What::Due(step) | What::Done(step) => {
                other < event
                    && step.0 < self.plan().len()
                    && matches!(self.plan().step(*step).action, Action::Trigger(_))
            }
            _ => false,
        }
    }

    /// Whether a message meets a step whose turn it was by then: what the step follows had been done.
    fn was_asked_for(&self, event: usize, by: usize) -> bool {
        let Some(step) = self.alignment.step_of(event) else {
            return false;
        };
        let planned = self.plan().planned(step);
        let follows = planned.after.iter().chain(&planned.answers);
        follows
            .filter(|on| self.alignment.is_active(**on))
            .all(|on| {
                let state = self.alignment.state(*on);
                let began = state.event().or(state.due).or(state.done);
                began.is_some_and(|began| began < by)
            })
    }

    fn is_bye(&self, event: usize) -> bool {
        match message_at(self.trace(), event) {
            Some(Message::Sip(message)) => message.is_method("BYE"),
            _ => false,
        }
    }

    /// Whether an early message belongs to the end of a session that the server ended by itself,
    /// which it may do, and which leaves nothing to judge.
    pub(super) fn ended_by_server(&self, event: usize) -> bool {
        let is_stop = self.hearing.sights[event] == Sight::SessionRequest(Some(Kind::Stop));
        let session = |event: usize| self.trace().events[event].session;
        let mut byes = self.own_byes.iter();
        (self.own_byes.contains(&event) && !self.is_for_tx(event))
            || (is_stop
                && byes.any(|bye| session(*bye) == session(event))
                && !self.was_stopped(event))
    }

    /// Whether an event is a BYE by which the server ended a session that was idle long enough for it.
    pub(super) fn idled_out(&self, event: usize) -> bool {
        self.own_byes.contains(&event)
            && match self.hearing.case.ixit.inactivity_time {
                Some(_) => self.is_past_the_stated_time(event),
                None => self.unused_before(event) >= IDLE && !self.is_for_tx(event),
            }
    }

    fn is_past_the_stated_time(&self, event: usize) -> bool {
        let ixit = &self.hearing.case.ixit;
        let idle = self.idle_before(event) + ixit.order_tolerance;
        ixit.inactivity_time.is_some_and(|stated| idle >= stated)
    }

    /// Whether a BYE comes when Tx of a SessionRequest is just over: what the server makes of that is
    /// no idleness, unless its description says that it may be.
    fn is_for_tx(&self, event: usize) -> bool {
        self.expired_at(event).is_some() && !self.is_past_the_stated_time(event)
    }

    /// The SessionRequest whose Tx was just over at an event.
    fn expired_at(&self, event: usize) -> Option<usize> {
        let (ixit, bye) = (&self.hearing.case.ixit, &self.trace().events[event]);
        (0..event).rev().find(|request| {
            let at = &self.trace().events[*request];
            let over = at.at + ixit.tx_time;
            at.session == bye.session
                && self.hearing.standings[*request] == Some(Standing::Flow)
                && matches!(self.hearing.sights[*request], Sight::SessionRequest(_))
                && bye.at + ixit.order_tolerance >= over
                && bye.at <= over + ixit.trigger_time
                && !self.was_answered(*request, over)
                && !self.went_on(event, over)
        })
    }

    /// Whether the server served a session between the end of Tx and a BYE, and so went on.
    fn went_on(&self, event: usize, over: Time) -> bool {
        let served = self.last_before(event, serves);
        served.is_some_and(|served| served.at >= over)
    }

    fn was_answered(&self, request: usize, until: Time) -> bool {
        let Some(Message::Diameter(asked)) = message_at(self.trace(), request) else {
            return false;
        };
        let events = self.trace().events.iter().skip(request + 1);
        let mut in_time = events.take_while(|event| event.at < until);
        in_time.any(|event| match &event.what {
            What::Sent {
                message: Message::Diameter(answer),
                ..
            } => !answer.is_request() && answer.hop_by_hop() == asked.hop_by_hop(),
            _ => false,
        })
    }

    /// How long both parties of a session had asked the server for nothing before an event.
    fn idle_before(&self, event: usize) -> Duration {
        self.since(event, self.last_before(event, asks))
    }

    /// How long nobody had asked for anything, and nobody had been served, before an event.
    fn unused_before(&self, event: usize) -> Duration {
        self.since(
            event,
            self.last_before(event, |what| asks(what) || serves(what)),
        )
    }

    /// The last event of the same session before one that is of that kind.
    fn last_before(&self, event: usize, is_such: impl Fn(&What) -> bool) -> Option<&Event> {
        let session = self.trace().events[event].session;
        let earlier = self.trace().events[..event].iter().rev();
        let mut of_session = earlier.filter(|at| at.session == session);
        of_session.find(|at| is_such(&at.what))
    }

    /// The time from another event, or from the beginning, to an event.
    fn since(&self, event: usize, other: Option<&Event>) -> Duration {
        let events = &self.trace().events;
        let at = events[event].at;
        at.since(other.or(events.first()).map_or(at, |other| other.at))
    }

    /// What an own BYE has to do with idleness, for whoever reads of it.
    fn words_of_idleness(&self, event: usize) -> String {
        let idle = self.idle_before(event);
        let millis = idle.as_millis();
        match self.hearing.case.ixit.inactivity_time {
            Some(stated) if self.is_past_the_stated_time(event) => format!(
                "; nothing was asked of it for {millis} ms, and sut.yaml states an `inactivity \
                 time` of {} ms",
                stated.as_millis()
            ),
            None if idle >= IDLE => format!(
                "; nothing was asked of it for {millis} ms: a server that ends idle sessions says \
                 so in sut.yaml (`inactivity time`)"
            ),
            _ => String::new(),
        }
    }

    pub(super) fn unexpected_bye(&self, event: usize) -> Finding {
        let requirement = Requirement::find("SIP-BYE-200").unwrap_or(&SCENARIO);
        self.excused(event, self.free("unexpected BYE", requirement))
    }

    /// A finding about a BYE by which the server ended the session, which it may do.
    pub(super) fn excused(&self, event: usize, mut finding: Finding) -> Finding {
        finding.verdict = Verdict::Inconclusive;
        finding.warning = false;
        finding.title = TITLE.to_owned();
        finding.expected = "a session that lasts as long as the flow needs it".to_owned();
        finding.observed = self.as_seen(event);
        finding.events = vec![event];
        finding
    }

    /// A message of the server as a finding tells of it; of a BYE of its own, with what it may be for.
    pub(super) fn as_seen(&self, event: usize) -> String {
        let seen = format!("{}, {}", self.describe(event), self.place(event));
        if !self.own_byes.contains(&event) {
            return seen;
        }
        let words = self.words_of_idleness(event);
        match self.expired_at(event) {
            Some(request) => {
                format!("{seen}, when Tx of the request at event {request} was over{words}")
            }
            None => seen + &words,
        }
    }
}

/// Whether an event is a request of one of the parties.
fn asks(what: &What) -> bool {
    let What::Sent { message, .. } = what else {
        return false;
    };
    match message {
        Message::Sip(message) => message.is_request(),
        Message::Msrp(message) => message.is_send(),
        _ => false,
    }
}

/// Whether an event shows that the server takes messages or passes them on.
fn serves(what: &What) -> bool {
    let What::Received {
        message: Message::Msrp(message),
        standing: Standing::Flow,
        ..
    } = what
    else {
        return false;
    };
    match message.status() {
        Some(status) => (200..300).contains(&status),
        None => message.is_send() && message.body_len() > 0,
    }
}
