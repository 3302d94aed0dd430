//! What is wrong with a trace under one choice of readings.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ch2::rules::Breach;
use crate::ch2::{Kind, Ledger, ReadingGroup, Requirement, Source, Status, Strength};
use crate::scenario::{Action, Incoming, Party, Place, Step};

use super::alignment::Alignment;
use super::checks::{Evidence, Outcome, message_at};
use super::judge::Case;
use super::plan::Role;
use super::sight::Sight;
use super::{
    Finding, Message, Plan, Quote, Standing, StepId, StepOutcome, StepResult, Trace, Verdict, What,
    describe, order, tree,
};

/// What every judgement over one trace shares, whatever the reading.
pub(super) struct Hearing<'a> {
    pub(super) case: &'a Case,
    pub(super) trace: &'a Trace,
    pub(super) sights: &'a [Sight],
    pub(super) ledger: &'a Ledger,
}

/// The judgement under one choice of readings.
pub(super) struct Opinion {
    pub(super) alignment: Alignment,
    pub(super) verdict: Verdict,
    pub(super) reason: String,
    pub(super) steps: Vec<StepResult>,
    pub(super) findings: Vec<Finding>,
    pub(super) checked: BTreeMap<String, u32>,
    pub(super) quiet: Vec<String>,
}

/// What stands behind a step that names no requirement.
static SCENARIO: Requirement = Requirement {
    id: "SCENARIO",
    source: Source::Profile,
    clause: "the scenario file itself",
    strength: Strength::Must,
    status: Status::Inferred,
    text: "what the scenario's author expects, with no document behind it",
    note: "",
};

impl Hearing<'_> {
    /// Judges under one plan. `detail` is for the reading that decides: diffs and step results are
    /// made for it alone.
    pub(super) fn hear(&self, plan: Arc<Plan>, breaches: &[Breach], detail: bool) -> Opinion {
        let mut alignment = Alignment::new(plan);
        for (event, sight) in self.trace.events.iter().zip(self.sights) {
            alignment.observe(event, *sight);
        }
        let mut bench = Bench {
            hearing: self,
            evidence: Evidence {
                case: self.case,
                trace: self.trace,
                ledger: self.ledger,
                alignment: &alignment,
            },
            alignment: &alignment,
            detail,
            findings: Vec::new(),
            checked: BTreeMap::new(),
            early: Vec::new(),
        };
        bench.hear_missing();
        bench.hear_order();
        bench.hear_checks();
        bench.hear_unexpected();
        bench.hear_impossible();
        bench.hear_breaches(breaches);
        let (findings, checked) = (bench.findings, bench.checked);
        self.conclude(alignment, findings, checked, detail)
    }

    fn conclude(
        &self,
        alignment: Alignment,
        mut findings: Vec<Finding>,
        checked: BTreeMap<String, u32>,
        detail: bool,
    ) -> Opinion {
        let mut verdict = Verdict::Pass;
        let mut reason = String::new();
        let cut = self
            .trace
            .events
            .iter()
            .find_map(|event| match &event.what {
                What::CutShort(why) => Some(why.as_str()),
                _ => None,
            });
        if let Some(why) = cut {
            verdict = Verdict::Inconclusive;
            reason = why.to_owned();
        } else if alignment.over().is_none() {
            verdict = Verdict::Inconclusive;
            reason = "the trace ends before the flow does".to_owned();
        } else if !alignment.plan().active().any(|step| {
            alignment.plan().planned(step).role == Role::Expectation
                && alignment.state(step).event().is_some()
        }) {
            verdict = Verdict::Inconclusive;
            reason = "nothing that was expected was observed: nothing was checked".to_owned();
        }
        for finding in findings.iter().filter(|finding| !finding.warning) {
            verdict = verdict.max(finding.verdict);
        }
        findings.sort_by(|a, b| {
            (a.warning, b.verdict, a.events.first()).cmp(&(b.warning, a.verdict, b.events.first()))
        });
        let (steps, quiet) = match detail {
            true => (self.steps(&alignment, &findings), self.quiet(&alignment)),
            false => (Vec::new(), Vec::new()),
        };
        Opinion {
            alignment,
            verdict,
            reason,
            steps,
            findings,
            checked,
            quiet,
        }
    }

    fn steps(&self, alignment: &Alignment, findings: &[Finding]) -> Vec<StepResult> {
        let plan = alignment.plan();
        let one = |step: StepId| {
            let (state, planned) = (alignment.state(step), plan.planned(step));
            let prefix = format!("{}/", check_id(self.case, plan, step, ""));
            let is_wrong = |finding: &&Finding| {
                !finding.warning && format!("{}/", finding.check).starts_with(&prefix)
            };
            let wrong = findings.iter().any(|finding| is_wrong(&finding));
            let carried = state.event().is_some() || state.done.is_some();
            let outcome = match (carried, wrong) {
                (true, false) => StepOutcome::Met,
                (true, true) => StepOutcome::Wrong,
                (false, true) if planned.role == Role::Expectation => StepOutcome::Missing,
                (false, _) => StepOutcome::NotReached,
            };
            let written = plan.step(step);
            StepResult {
                text: step_text(written),
                label: written.label.clone(),
                at: format!("{}:{}", written.place.source.path, written.place.line),
                outcome,
                event: state.event().or(state.done),
                requirements: written.requirements.clone(),
            }
        };
        plan.active().map(one).collect()
    }

    /// The silence that was waited for.
    fn quiet(&self, alignment: &Alignment) -> Vec<String> {
        let plan = alignment.plan();
        plan.active()
            .filter_map(|step| {
                let Action::ReceiveNothing { party, message, .. } = &plan.step(step).action else {
                    return None;
                };
                let state = alignment.state(step);
                let (due, done) = (state.due?, state.done?);
                let length = self.trace.events[done].at.since(self.trace.events[due].at);
                let what = match message {
                    Some(message) => message.to_string(),
                    None => "message".to_owned(),
                };
                Some(format!(
                    "{} received no further {what} for {} ms from event {due} on",
                    party,
                    length.as_millis()
                ))
            })
            .collect()
    }
}

/// One judgement in progress.
struct Bench<'a> {
    hearing: &'a Hearing<'a>,
    evidence: Evidence<'a>,
    alignment: &'a Alignment,
    detail: bool,
    findings: Vec<Finding>,
    checked: BTreeMap<String, u32>,
    /// Unexpected messages that turned out to be an expected one that came too early.
    early: Vec<usize>,
}

impl Bench<'_> {
    fn plan(&self) -> &Plan {
        self.alignment.plan()
    }

    fn trace(&self) -> &Trace {
        self.hearing.trace
    }

    fn describe(&self, event: usize) -> String {
        message_at(self.trace(), event)
            .map(|message| describe(message, &self.hearing.case.binding))
            .unwrap_or_default()
    }

    /// `event 12 at 0.034512`.
    fn place(&self, event: usize) -> String {
        format!("event {event} at {}", self.trace().events[event].at)
    }

    fn requirement(&self, step: StepId) -> &'static Requirement {
        let own = self.plan().step(step).requirements.first();
        own.copied().unwrap_or(&SCENARIO)
    }

    fn held(&mut self, requirement: &Requirement) {
        *self.checked.entry(requirement.id.to_owned()).or_default() += 1;
    }

    /// A finding about a step, weighed by its requirement.
    fn find(&self, step: StepId, aspect: &str, requirement: &'static Requirement) -> Finding {
        let written = self.plan().step(step);
        Finding {
            check: check_id(self.hearing.case, self.plan(), step, aspect),
            verdict: Verdict::Fail,
            warning: requirement.strength != Strength::Must,
            requirement,
            reading: self.plan().reading_behind(step),
            title: String::new(),
            source: Some(quote(&written.place, &written.used_at)),
            expected: String::new(),
            observed: String::new(),
            instead: String::new(),
            diff: Vec::new(),
            events: Vec::new(),
        }
    }

    fn hear_missing(&mut self) {
        let steps: Vec<StepId> = self.plan().active().collect();
        for step in steps {
            let state = self.alignment.state(step);
            if self.plan().planned(step).role != Role::Expectation {
                continue;
            }
            let requirement = self.requirement(step);
            if let Some(event) = state.event() {
                self.held(requirement);
                if let Some(expired) = state.expired.filter(|expired| *expired < event) {
                    self.hear_late(step, event, expired);
                }
                continue;
            }
            let flow_ran = state.expired.is_some() || self.alignment.over().is_some();
            if !flow_ran || !self.alignment.is_open(step) || !self.could_come(step) {
                continue;
            }
            let text = self.what(step);
            let mut finding = self.find(step, "", requirement);
            finding.expected = step_text(self.plan().step(step));
            match self.came_early(step) {
                Some(event) => {
                    self.early.push(event);
                    finding.title = format!("{text} came before its turn in the flow");
                    finding.observed = format!("{}, {}", self.describe(event), self.place(event));
                    finding.events = vec![event];
                }
                None => {
                    finding.title = format!("{text} is missing");
                    finding.observed = self.waited(step);
                    finding.instead = self.instead(step);
                    finding.events = state.expired.into_iter().collect();
                }
            }
            self.findings.push(finding);
        }
    }

    /// What a step that waits for a message waits for.
    fn what(&self, step: StepId) -> String {
        match &self.plan().step(step).action {
            Action::Receive { message, .. } => message.to_string(),
            _ => step_text(self.plan().step(step)),
        }
    }

    /// Whether the server was ever asked for it: what it answers or follows was sent.
    fn could_come(&self, step: StepId) -> bool {
        let planned = self.plan().planned(step);
        planned.after.iter().chain(&planned.answers).all(|on| {
            let (of, state) = (self.plan().planned(*on), self.alignment.state(*on));
            of.role == Role::Expectation
                || state.event().is_some()
                || state.done.is_some()
                || (state.due.is_some() && state.impossible.is_none())
        })
    }

    fn waited(&self, step: StepId) -> String {
        let state = self.alignment.state(step);
        match state.expired {
            Some(expired) => {
                let since = self
                    .last_above(step)
                    .map_or(self.trace().events[0].at, |event| {
                        self.trace().events[event].at
                    });
                let waited = self.trace().events[expired].at.since(since);
                format!("nothing for {} ms", waited.as_millis())
            }
            None => "nothing until the flow was over".to_owned(),
        }
    }

    fn last_above(&self, step: StepId) -> Option<usize> {
        let expired = self.alignment.state(step).expired?;
        (0..expired)
            .rev()
            .find(|event| self.alignment.step_of(*event).is_some_and(|met| met < step))
    }

    /// Messages in the step's channel that came where it was waited for.
    fn instead(&self, step: StepId) -> String {
        let Some(channel) = self.plan().planned(step).channel else {
            return String::new();
        };
        let from = self.last_above(step).unwrap_or(0);
        let seen: Vec<String> = (from..self.trace().events.len())
            .filter(|event| {
                let event_at = &self.trace().events[*event];
                event_at.party == channel.party
                    && matches!(
                        event_at.what,
                        What::Received {
                            standing: Standing::Flow,
                            ..
                        }
                    )
                    && self.hearing.sights[*event].protocol() == Some(channel.protocol)
            })
            .take(3)
            .map(|event| format!("{}, {}", self.describe(event), self.place(event)))
            .collect();
        seen.join("; ")
    }

    fn came_early(&self, step: StepId) -> Option<usize> {
        let channel = self.plan().planned(step).channel?;
        self.unexpected().find(|event| {
            self.trace().events[*event].party == channel.party
                && self.hearing.sights[*event].protocol() == Some(channel.protocol)
                && self.alignment.has_shape(step, self.hearing.sights[*event])
                && !self.early.contains(event)
        })
    }

    fn hear_late(&mut self, step: StepId, event: usize, expired: usize) {
        let mut finding = self.find(step, "time", self.requirement(step));
        let late = self.trace().events[event]
            .at
            .since(self.trace().events[expired].at);
        finding.verdict = Verdict::Inconclusive;
        finding.title = format!("{} came late", self.what(step));
        finding.expected =
            "within the time that the IXIT allows (no document states one)".to_owned();
        finding.observed = format!(
            "{} ms after that time, {}",
            late.as_millis(),
            self.place(event)
        );
        finding.events = vec![expired, event];
        self.findings.push(finding);
    }

    fn hear_order(&mut self) {
        let tolerance = self.hearing.case.ixit.order_tolerance;
        for broken in order::broken(self.alignment, self.trace(), tolerance) {
            let mut finding = self.find(broken.step, "order", self.requirement(broken.step));
            let before = self.name(broken.before);
            let step = self.name(broken.step);
            finding.title = format!("{step} came before {before}");
            finding.expected = format!("{before} first, then {step}");
            finding.observed = match broken.before_event {
                Some(event) => format!(
                    "{step} at event {}, {before} at event {event}, {} ms later",
                    broken.event,
                    self.trace().events[event]
                        .at
                        .since(self.trace().events[broken.event].at)
                        .as_millis()
                ),
                None => format!("{step} at event {}, {before} never", broken.event),
            };
            finding.events = [Some(broken.event), broken.before_event]
                .into_iter()
                .flatten()
                .collect();
            self.findings.push(finding);
        }
    }

    fn name(&self, step: StepId) -> String {
        let written = self.plan().step(step);
        let text = match &written.action {
            Action::Receive { message, .. } => message.to_string(),
            Action::Send { message, party } => {
                format!("the {}'s {}", party, message)
            }
            _ => step_text(written),
        };
        match &written.label {
            Some(label) => format!("{text} (`{label}`)"),
            None => text,
        }
    }

    fn hear_checks(&mut self) {
        let steps: Vec<StepId> = self.plan().active().collect();
        for step in steps {
            if self.plan().planned(step).role != Role::Expectation {
                continue;
            }
            for event in self.alignment.state(step).events.clone() {
                self.hear_status(step, event);
            }
            let Some(event) = self.alignment.state(step).event() else {
                continue;
            };
            let mut broken = Vec::new();
            let scenario = Arc::clone(self.plan().scenario());
            for check in &scenario.steps[step.0].checks {
                let requirement = check.requirement.unwrap_or(self.requirement(step));
                match self.evidence.check(check, event) {
                    Outcome::Held => self.held(requirement),
                    Outcome::Undecided => {}
                    Outcome::Broken { expected, observed } => {
                        let aspect = tree::target_text(&check.target);
                        let mut finding = self.find(step, &aspect, requirement);
                        finding.title = format!("{aspect} of {} is wrong", self.what(step));
                        finding.source = Some(quote(
                            &check.place,
                            &finding
                                .source
                                .take()
                                .map_or(Vec::new(), |_| scenario.steps[step.0].used_at.clone()),
                        ));
                        finding.expected = expected.clone();
                        finding.observed = format!("{observed}, {}", self.place(event));
                        finding.events = vec![event];
                        broken.push((check, expected));
                        self.findings.push(finding);
                    }
                }
            }
            if self.detail
                && !broken.is_empty()
                && let Some(Message::Diameter(message)) = message_at(self.hearing.trace, event)
            {
                let diff = tree::diff(message, &broken, &self.hearing.case.binding);
                let first = self.findings.len() - broken.len();
                self.findings[first].diff = diff;
            }
        }
    }

    /// The status of a response belongs to what its step wants, not to what the step recognises.
    fn hear_status(&mut self, step: StepId, event: usize) {
        let wanted = match &self.plan().step(step).action {
            Action::Receive {
                message: Incoming::SipResponse { status, .. },
                ..
            }
            | Action::Receive {
                message: Incoming::MsrpResponse { status, .. },
                ..
            } => *status,
            _ => return,
        };
        let seen = match message_at(self.trace(), event) {
            Some(Message::Sip(message)) => message.status(),
            Some(Message::Msrp(message)) => message.status(),
            _ => return,
        };
        let (Some(wanted), Some(seen)) = (wanted, seen) else {
            return;
        };
        if wanted == seen {
            return;
        }
        let mut finding = self.find(step, "status", self.requirement(step));
        finding.title = format!("{seen} came where {wanted} was expected");
        finding.expected = self.what(step);
        finding.observed = format!("{}, {}", self.describe(event), self.place(event));
        finding.events = vec![event];
        self.findings.push(finding);
    }

    /// Messages of the server that meet no step.
    fn unexpected(&self) -> impl Iterator<Item = usize> {
        let end = self.alignment.over().unwrap_or(self.trace().events.len());
        (0..end).filter(|event| {
            matches!(
                self.trace().events[*event].what,
                What::Received {
                    standing: Standing::Flow,
                    ..
                }
            ) && self.alignment.step_of(*event).is_none()
        })
    }

    fn hear_unexpected(&mut self) {
        let events: Vec<usize> = self
            .unexpected()
            .filter(|e| !self.early.contains(e))
            .collect();
        for event in events {
            let at = &self.trace().events[event];
            let Some(message) = message_at(self.trace(), event) else {
                continue;
            };
            let finding = match (self.hearing.sights[event], message) {
                (Sight::SessionRequest(kind), _) => self.unexpected_request(event, kind),
                (Sight::SipRequest { .. }, Message::Sip(m))
                    if m.is_method("BYE") && !self.is_ending(event) =>
                {
                    self.unexpected_bye(event)
                }
                (_, Message::Garbage { reason, .. }) => {
                    self.garbage(event, at.party, reason.clone())
                }
                _ => continue,
            };
            self.findings.push(finding);
        }
    }

    fn unexpected_request(&self, event: usize, kind: Kind) -> Finding {
        let window = self.window_of(event);
        let requirement = match window {
            Some(step) => self.requirement(step),
            None => Requirement::find(match kind {
                Kind::Stop => "END-C-2-ONCE",
                Kind::Start => "CC-5.2-FIRST",
                Kind::Interim | Kind::Event => "MSG-6",
            })
            .unwrap_or(&SCENARIO),
        };
        let mut finding = match window {
            Some(step) => self.find(step, "", requirement),
            None => self.free(&format!("unexpected {kind}"), requirement),
        };
        finding.warning = false;
        finding.reading = self.plan().reading_of(match kind {
            Kind::Stop => ReadingGroup::StopTrigger,
            Kind::Start | Kind::Interim | Kind::Event => ReadingGroup::InterimTrigger,
        });
        finding.title = format!("SessionRequest ({kind}) that nothing in the flow asks for");
        finding.expected = match window {
            Some(step) => step_text(self.plan().step(step)),
            None => "no SessionRequest here".to_owned(),
        };
        finding.observed = format!("{}, {}", self.describe(event), self.place(event));
        finding.events = vec![event];
        finding
    }

    /// The quiet window that an event breaks.
    fn window_of(&self, event: usize) -> Option<StepId> {
        let protocol = self.hearing.sights[event].protocol();
        let at = &self.trace().events[event];
        self.plan().active().find(|step| {
            let Action::ReceiveNothing { party, message, .. } = &self.plan().step(*step).action
            else {
                return false;
            };
            let state = self.alignment.state(*step);
            let open = state.due.is_some_and(|due| due < event)
                && state.done.is_none_or(|done| event < done);
            open && *party == at.party
                && match message {
                    None => true,
                    Some(message) => Some(super::plan::protocol_of(message)) == protocol,
                }
        })
    }

    /// Whether the end of the session was under way on the other leg, or asked for by a trigger:
    /// a BYE that passes it on surprises nobody.
    fn is_ending(&self, event: usize) -> bool {
        self.trace().events[..event].iter().any(|earlier| match &earlier.what {
            What::Sent { message: Message::Sip(m), .. }
            | What::Received { message: Message::Sip(m), .. } => m.is_method("BYE"),
            What::Due(step) | What::Done(step) => {
                step.0 < self.plan().len()
                    && matches!(self.plan().step(*step).action, Action::Trigger(_))
            }
            _ => false,
        })
    }

    fn unexpected_bye(&self, event: usize) -> Finding {
        let requirement = Requirement::find("SIP-BYE-200").unwrap_or(&SCENARIO);
        let mut finding = self.free("unexpected BYE", requirement);
        finding.verdict = Verdict::Inconclusive;
        finding.warning = false;
        finding.title = "the server ended the session on its own".to_owned();
        finding.expected = "a session that lasts as long as the flow needs it".to_owned();
        finding.observed = format!("{}, {}", self.describe(event), self.place(event));
        finding.events = vec![event];
        finding
    }

    fn garbage(&self, event: usize, party: Party, reason: String) -> Finding {
        let requirement = Requirement::find("WIRE-FORMAT").unwrap_or(&SCENARIO);
        let mut finding = self.free("wire format", requirement);
        finding.warning = false;
        finding.title = format!("the {} received what is no message", party);
        finding.expected = "messages in their protocol's format".to_owned();
        finding.observed = format!("{reason}, {}", self.place(event));
        finding.events = vec![event];
        finding
    }

    /// A finding that no step owns.
    fn free(&self, aspect: &str, requirement: &'static Requirement) -> Finding {
        Finding {
            check: format!("{}/{aspect}", self.hearing.case.scenario.id),
            verdict: Verdict::Fail,
            warning: requirement.strength != Strength::Must,
            requirement,
            reading: None,
            title: String::new(),
            source: None,
            expected: String::new(),
            observed: String::new(),
            instead: String::new(),
            diff: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Steps of ours that could not be carried out: the harness's fault is an error, and where it
    /// is the server's, what the server did wrong stands above already, or nothing is decided.
    fn hear_impossible(&mut self) {
        let explained = self
            .findings
            .iter()
            .any(|f| !f.warning && f.verdict == Verdict::Fail);
        let mut found = Vec::new();
        for (event, at) in self.trace().events.iter().enumerate() {
            let What::Impossible {
                step,
                reason,
                harness,
            } = &at.what
            else {
                continue;
            };
            if (explained && !harness)
                || step.0 >= self.plan().len()
                || !self.plan().is_active(*step)
            {
                continue;
            }
            let mut finding = self.find(*step, "", self.requirement(*step));
            finding.verdict = if *harness {
                Verdict::Error
            } else {
                Verdict::Inconclusive
            };
            finding.warning = false;
            finding.title = format!(
                "{} could not be carried out",
                step_text(self.plan().step(*step))
            );
            finding.expected = step_text(self.plan().step(*step));
            finding.observed = reason.clone();
            finding.events = vec![event];
            found.push(finding);
        }
        self.findings.extend(found);
    }

    fn hear_breaches(&mut self, breaches: &[Breach]) {
        for breach in breaches {
            let mut finding = self.free("", breach.requirement);
            finding.check = breach.rule.id.to_owned();
            finding.title = breach.rule.title.to_owned();
            finding.expected = breach.expected.clone();
            finding.observed = format!("{}, {}", breach.observed, self.place(breach.event));
            finding.events = [Some(breach.event), breach.against]
                .into_iter()
                .flatten()
                .collect();
            self.findings.push(finding);
        }
    }
}

/// `IMC-MSG-con-001/debit/used units`.
fn check_id(case: &Case, plan: &Plan, step: StepId, aspect: &str) -> String {
    let written = plan.step(step);
    let name = match (&written.label, plan.planned(step).answers) {
        (Some(label), _) => label.clone(),
        (None, Some(request)) => match &plan.step(request).label {
            Some(label) => format!("{} for {label}", step_text(written)),
            None => step_text(written),
        },
        (None, None) => step_text(written),
    };
    match aspect {
        "" => format!("{}/{name}", case.scenario.id),
        aspect => format!("{}/{name}/{aspect}", case.scenario.id),
    }
}

/// The line of a place, with where its fragment was used.
fn quote(place: &Place, used_at: &[Place]) -> Quote {
    let text = &place.source.text;
    let start = place.bytes.start.min(text.len());
    let line = text
        .get(..start)
        .map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
    let rest = text.get(line..).unwrap_or_default();
    Quote {
        path: place.source.path.clone(),
        line: place.line,
        column: place.column,
        text: rest.lines().next().unwrap_or_default().to_owned(),
        used_at: used_at
            .iter()
            .map(|at| format!("{}:{}", at.source.path, at.line))
            .collect(),
    }
}

/// A step as its file words it.
fn step_text(step: &Step) -> String {
    step.action.to_string()
}
