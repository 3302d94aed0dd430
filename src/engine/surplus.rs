//! What the server sent that no step asks for.

use crate::ch2::{Kind, ReadingGroup, ReadingId, Requirement, Response, Strength};
use crate::scenario::{Action, Incoming, Party};

use super::answers::Weight;
use super::checks::message_at;
use super::opinion::{Bench, SCENARIO, step_text, times};
use super::plan::{Role, protocol_of};
use super::sight::{Sight, method_hash};
use super::{Finding, Message, Standing, StepId, Verdict, What};

/// The last part of the check that finds what is no message.
pub(super) const WIRE_FORMAT: &str = "wire format";

impl Bench<'_> {
    /// Messages of the server that meet no step while the flow runs.
    pub(super) fn unexpected(&self) -> impl Iterator<Item = usize> {
        let end = self.alignment.over().unwrap_or(self.trace().events.len());
        self.unmet(0, end)
    }

    pub(super) fn hear_unexpected(&mut self) {
        let in_flow: Vec<usize> = self
            .unexpected()
            .filter(|e| !self.early.contains(e) || self.window_of(*e).is_some())
            .collect();
        let end = in_flow.len();
        let after: Vec<usize> = match self.alignment.over() {
            // Where the flow was broken off, what it set off may still be on its way.
            Some(over) if self.hearing.ran_out(self.alignment) => {
                self.unmet(over, self.trace().events.len()).collect()
            }
            _ => Vec::new(),
        };
        for (nth, event) in in_flow.into_iter().chain(after).enumerate() {
            let party = self.trace().events[event].party;
            let Some(message) = message_at(self.trace(), event) else {
                continue;
            };
            let finding = match (self.hearing.sights[event], message) {
                (Sight::SessionRequest(kind), _) => {
                    // What was asked for in the flow and waited for a connection begins and ends now.
                    let begins = kind == Some(Kind::Start)
                        && !self.has_begun(event)
                        && self.connection_is_new(event);
                    let tidying = nth >= end && (kind == Some(Kind::Stop) || begins);
                    if tidying && !self.was_stopped(event)
                        || self.is_owed(event, kind)
                        || self.closes_what_was_refused(event, kind)
                    {
                        continue;
                    }
                    self.unexpected_request(event, kind)
                }
                (Sight::SipRequest { .. }, _)
                    if self.own_byes.contains(&event) && self.window_of(event).is_none() =>
                {
                    self.unexpected_bye(event)
                }
                (_, Message::Garbage { reason, .. }) if nth < end || party.is_enabler() => {
                    self.garbage(event, party, reason.clone())
                }
                _ => match self.window_of(event) {
                    Some(window) if nth < end => self.broken_silence(event, window),
                    _ => continue,
                },
            };
            self.findings.push(finding);
        }
    }

    /// Messages of a step that says how many there are, beyond that number.
    pub(super) fn hear_one_too_many(&mut self) {
        let stated = |step: &StepId| self.plan().planned(*step).count.stated;
        let steps: Vec<StepId> = self.alignment.active().filter(stated).collect();
        for step in steps {
            let events: Vec<usize> = self
                .unexpected()
                .filter(|event| !self.early.contains(event) && self.is_one_too_many(*event, step))
                .collect();
            let Some(first) = events.first() else {
                continue;
            };
            let met = self.alignment.state(step).events.len();
            let count = self.plan().planned(step).count;
            let mut finding = self.find(step, "times", self.requirement(step));
            let what = self.what(step);
            finding.title = format!("{what} came {} and not {count}", times(met + events.len()));
            finding.expected = self.wanted(step);
            finding.observed = format!("{}, {}", self.describe(*first), self.place(*first));
            finding.events.clone_from(&events);
            self.early.extend(events);
            self.findings.push(finding);
        }
    }

    fn is_one_too_many(&self, event: usize, step: StepId) -> bool {
        let (planned, state) = (self.plan().planned(step), self.alignment.state(step));
        let sight = self.hearing.sights[event];
        let here = planned.channel.is_some_and(|channel| {
            channel.is_of(&self.trace().events[event]) && Some(channel.protocol) == sight.protocol()
        });
        let owed = matches!(sight, Sight::SessionRequest(kind) if self.is_owed(event, kind));
        here && !owed
            && state.events.len() >= planned.count.most
            && state.events.last().is_some_and(|last| *last < event)
            && self.alignment.has_shape(step, sight)
    }

    /// Holds every report against what there is to report, whether a step looks at it or not.
    pub(super) fn hear_usage(&mut self) {
        for (event, most) in self.hearing.excesses.iter().copied() {
            // A step may look at the sum under a requirement that only warns, such as one about when
            // the report comes. That more was debited than used weighs in full all the same.
            let is_told = |finding: &Finding| {
                let looks = finding.check.ends_with("/used units");
                looks && !finding.warning && finding.events.contains(&event)
            };
            if self.findings.iter().any(is_told) {
                continue;
            }
            let requirement = Requirement::find("MSG-6-USED").unwrap_or(&SCENARIO);
            let mut finding = self.free("usage", requirement);
            finding.title = "more was reported as used than there was to report".to_owned();
            finding.expected = format!("at most {most}");
            finding.observed = format!("{}, {}", self.describe(event), self.place(event));
            finding.events = vec![event];
            self.findings.push(finding);
        }
    }

    /// Messages of the server in a range of events that meet no step.
    fn unmet(&self, from: usize, to: usize) -> impl Iterator<Item = usize> {
        (from..to).filter(|event| {
            self.hearing.standings[*event] == Some(Standing::Flow)
                && self.alignment.step_of(*event).is_none()
        })
    }

    /// Whether a SessionRequest (stop) of its session came before an event.
    pub(super) fn was_stopped(&self, event: usize) -> bool {
        self.had(event, |kind| kind == Some(Kind::Stop))
    }

    /// Whether any SessionRequest of its session came before an event.
    fn has_begun(&self, event: usize) -> bool {
        self.had(event, |_| true)
    }

    /// Whether the connection that a message came over stands since the scenario began.
    fn connection_is_new(&self, event: usize) -> bool {
        let What::Received { path: over, .. } = &self.trace().events[event].what else {
            return false;
        };
        self.trace().events[..event].iter().any(|earlier| {
            matches!(&earlier.what, What::Path { path, stands: true, .. } if path == over)
        })
    }

    /// Whether a SessionRequest of such a kind came before an event, in its session.
    fn had(&self, event: usize, is_such: impl Fn(Option<Kind>) -> bool) -> bool {
        let session = self.trace().events[event].session;
        (0..event).any(|earlier| {
            let Sight::SessionRequest(kind) = self.hearing.sights[earlier] else {
                return false;
            };
            self.trace().events[earlier].session == session
                && self.hearing.standings[earlier] == Some(Standing::Flow)
                && is_such(kind)
        })
    }

    /// Whether an interim is one that the flow cannot foresee and that the server owes or is free
    /// to send nonetheless: RFC 8506 section 5.3 asks for one when the quota is spent or its
    /// Validity-Time expires (and lets it come well before that), and under R5 any moment may be
    /// the right one. Where no document says whether a message counts, it may be for that one,
    /// unless the flow asks for silence.
    fn is_owed(&self, event: usize, kind: Option<Kind>) -> bool {
        if kind != Some(Kind::Interim) || self.was_stopped(event) {
            return false;
        }
        if self.plan().reading_of(ReadingGroup::InterimTrigger) == Some(ReadingId::R5) {
            return true;
        }
        let session = self.trace().events[event].session;
        let kept = self.hearing.kept.get(session);
        kept.is_some_and(|kept| {
            let unsaid = kept.may_debit(event) && self.window_of(event).is_none();
            unsaid || kept.is_owed(self.trace(), event)
        })
    }

    /// Whether a stop closes a session that the Charging Enabler has refused. Which refusals leave
    /// nothing to close is for the rules that watch every message to say, unless the flow asks for
    /// silence.
    fn closes_what_was_refused(&self, event: usize, kind: Option<Kind>) -> bool {
        if kind != Some(Kind::Stop) || self.was_stopped(event) || self.window_of(event).is_some() {
            return false;
        }
        let session = |event: usize| match message_at(self.trace(), event) {
            Some(Message::Diameter(message)) => message.session_id(),
            _ => None,
        };
        let answer = (0..event).rev().find_map(|earlier| {
            let What::Sent { message, .. } = &self.trace().events[earlier].what else {
                return None;
            };
            let Message::Diameter(message) = message else {
                return None;
            };
            if self.hearing.weights[earlier] == Some(Weight::Nothing) {
                return None;
            }
            let response = Response::new(message, &self.hearing.case.binding)?;
            (response.session_id() == session(event)).then_some(response)
        });
        answer.is_some_and(|answer| !answer.is_success())
    }

    fn unexpected_request(&self, event: usize, kind: Option<Kind>) -> Finding {
        let named = match kind {
            Some(kind) => kind.to_string(),
            None => "unknown".to_owned(),
        };
        let window = self.window_of(event);
        let requirement = match window {
            Some(step) => self.requirement(step),
            None => Requirement::find(match kind {
                Some(Kind::Stop) => "END-C-2-ONCE",
                Some(Kind::Start) => "CC-5.2-FIRST",
                Some(Kind::Interim | Kind::Event) | None => "MSG-6",
            })
            .unwrap_or(&SCENARIO),
        };
        let mut finding = match window {
            Some(step) => self.find(step, "", requirement),
            None => self.free(&format!("unexpected {named}"), requirement),
        };
        finding.warning = requirement.strength == Strength::Should;
        // Who could not end a session, say, finds it still alive.
        let undone = window.is_some_and(|step| self.follows_the_impossible(step));
        if undone || self.ended_by_server(event) {
            finding.verdict = Verdict::Inconclusive;
        }
        finding.reading = self.plan().reading_of(match kind {
            Some(Kind::Stop) => ReadingGroup::StopTrigger,
            _ => ReadingGroup::InterimTrigger,
        });
        finding.title = format!("SessionRequest ({named}) that nothing in the flow asks for");
        finding.expected = match window {
            Some(step) => step_text(self.plan().step(step)),
            None => "no SessionRequest here".to_owned(),
        };
        finding.observed = format!("{}, {}", self.describe(event), self.place(event));
        finding.events = vec![event];
        finding
    }

    /// The quiet window that an event breaks.
    pub(super) fn window_of(&self, event: usize) -> Option<StepId> {
        let protocol = self.hearing.sights[event].protocol();
        let at = &self.trace().events[event];
        self.alignment.active().find(|step| {
            let Action::ReceiveNothing { party, message, .. } = &self.plan().step(*step).action
            else {
                return false;
            };
            let state = self.alignment.state(*step);
            let open = state
                .due
                .is_some_and(|due| due < event || self.only_window_follows(*step, event))
                && state.done.is_none_or(|done| event < done);
            open && (self.plan().step(*step).session, *party) == (at.session, at.party)
                && message.as_ref().is_none_or(|message| {
                    Some(protocol_of(message)) == protocol && self.is_such(event, message)
                })
        })
    }

    /// Whether an event is a message that a step names, whatever it holds and answers.
    fn is_such(&self, event: usize, named: &Incoming) -> bool {
        let status = match message_at(self.trace(), event) {
            Some(Message::Sip(message)) => message.status(),
            Some(Message::Msrp(message)) => message.status(),
            _ => None,
        };
        match (named, self.hearing.sights[event]) {
            (Incoming::SipRequest { method }, Sight::SipRequest { method: seen, .. }) => {
                method_hash(method) == seen
            }
            (Incoming::SipResponse { status: named, .. }, Sight::SipResponse { .. }) => {
                status.is_some_and(|status| named.hold_sip(status))
            }
            (Incoming::MsrpResponse { status: named, .. }, Sight::MsrpResponse { .. }) => {
                status.is_some_and(|status| named.hold_msrp(status))
            }
            (Incoming::MsrpSend { .. }, Sight::MsrpSend { content, .. }) => content,
            (Incoming::MsrpReport { .. }, Sight::MsrpReport { .. }) => true,
            (Incoming::SessionRequest { kind }, Sight::SessionRequest(seen)) => {
                kind.is_none() || *kind == seen
            }
            (Incoming::PeerRequest { command }, Sight::PeerRequest(seen))
            | (Incoming::PeerAnswer { command, .. }, Sight::PeerAnswer(seen)) => {
                command.code() == seen.command
            }
            _ => false,
        }
    }

    /// A message of SIP or MSRP in a window of silence that names it.
    pub(super) fn broken_silence(&self, event: usize, window: StepId) -> Finding {
        let mut finding = self.find(window, "", self.requirement(window));
        if self.idled_out(event) {
            return self.excused(event, finding);
        }
        let text = step_text(self.plan().step(window));
        finding.title = format!(
            "{} came where nothing of the kind may",
            self.describe(event)
        );
        finding.expected = text;
        finding.observed = self.as_seen(event);
        finding.events = vec![event];
        if self.follows_the_impossible(window) {
            finding.verdict = Verdict::Inconclusive;
        }
        finding
    }

    /// Whether an event comes after everything above a quiet window that could have to do with it:
    /// what we began, and what the same party receives over the same protocol. Whether it also
    /// comes after an answer on another connection is chance.
    fn only_window_follows(&self, window: StepId, event: usize) -> bool {
        let protocol = self.hearing.sights[event].protocol();
        let at = &self.trace().events[event];
        let plan = self.plan();
        let mut above = plan
            .active()
            .take_while(|step| step.0 < window.0)
            .filter(|step| plan.step(*step).session == at.session);
        above.all(|step| {
            let (planned, state) = (plan.planned(step), self.alignment.state(step));
            let same = planned
                .channel
                .is_some_and(|channel| channel.is_of(at) && Some(channel.protocol) == protocol);
            let moment = match planned.role {
                Role::Initiative => state.event().or(state.done),
                _ if same => state.event(),
                _ => None,
            };
            moment.is_none_or(|moment| moment < event)
        })
    }

    fn garbage(&self, event: usize, party: Party, reason: String) -> Finding {
        let requirement = Requirement::find("WIRE-FORMAT").unwrap_or(&SCENARIO);
        let mut finding = self.free(WIRE_FORMAT, requirement);
        finding.warning = false;
        finding.title = format!("the {} received what is no message", party);
        finding.expected = "messages in their protocol's format".to_owned();
        finding.observed = format!("{reason}, {}", self.place(event));
        finding.events = vec![event];
        finding
    }

    /// A finding that no step owns.
    pub(super) fn free(&self, aspect: &str, requirement: &'static Requirement) -> Finding {
        Finding {
            check: format!("{}/{aspect}", self.hearing.case.scenario.id),
            verdict: Verdict::Fail,
            warning: requirement.strength != Strength::Must,
            requirement,
            session: String::new(),
            reading: None,
            title: String::new(),
            source: None,
            expected: String::new(),
            observed: String::new(),
            instead: String::new(),
            diff: Vec::new(),
            events: Vec::new(),
            trace: None,
        }
    }
}
