//! What is wrong with a trace under one choice of readings.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ch2::rules::Breach;
use crate::ch2::{Requirement, Source, Status, Strength};
use crate::scenario::{Action, Check, Incoming, Place, Statuses, Step, Target};

use super::alignment::Alignment;
use super::answers::Weight;
use super::checks::{Evidence, Outcome, message_at, rests_on_capture};
use super::judge::Case;
use super::kept::Kept;
use super::plan::Role;
use super::sight::Sight;
use super::{
    AlternativeTaken, Finding, Message, Plan, Quote, Standing, StepId, StepOutcome, StepResult,
    Trace, Verdict, What, alternatives, describe, order, tree, watch,
};

/// What every judgement over one trace shares, whatever the reading.
pub(super) struct Hearing<'a> {
    pub(super) case: &'a Case,
    pub(super) trace: &'a Trace,
    pub(super) sights: &'a [Sight],
    pub(super) standings: &'a [Option<Standing>],
    /// What the harness's own answers count for.
    pub(super) weights: &'a [Option<Weight>],
    /// The books of each session.
    pub(super) kept: &'a [Kept],
    /// Reports of more than there was to report, and what there was.
    pub(super) excesses: &'a [(usize, u64)],
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
    pub(super) alternatives: Vec<AlternativeTaken>,
}

/// What stands behind a step that names no requirement.
pub(super) static SCENARIO: Requirement = Requirement {
    id: "SCENARIO",
    source: Source::Profile,
    clause: "the scenario file itself",
    strength: Strength::Must,
    status: Status::Inferred,
    text: "what the scenario's author expects, with no document behind it",
    note: "",
};

/// The status by which an MSRP chunk is accepted (RFC 4975 10.1).
const ACCEPTED: u16 = 200;

impl Hearing<'_> {
    /// Judges under one plan. `detail` is for the reading that decides: diffs and step results are
    /// made for it alone.
    pub(super) fn hear(&self, plan: Arc<Plan>, breaches: &[Breach], detail: bool) -> Opinion {
        let mut alignment = Alignment::new(plan);
        let known = self.sights.iter().zip(self.standings);
        for (event, (sight, standing)) in self.trace.events.iter().zip(known) {
            alignment.observe(event, *sight, *standing);
        }
        let mut bench = Bench {
            hearing: self,
            evidence: Evidence {
                case: self.case,
                trace: self.trace,
                kept: self.kept,
                alignment: &alignment,
            },
            alignment: &alignment,
            detail,
            findings: Vec::new(),
            checked: BTreeMap::new(),
            early: Vec::new(),
            own_byes: Vec::new(),
        };
        bench.own_byes = bench.own_byes();
        bench.hear_missing();
        bench.hear_choices();
        bench.hear_order();
        bench.hear_checks();
        bench.hear_one_too_many();
        bench.hear_unexpected();
        bench.hear_moved();
        bench.hear_usage();
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
        for finding in findings.iter_mut().filter(|f| f.session.is_empty()) {
            let first = finding.events.first();
            let event = first.and_then(|event| self.trace.events.get(*event));
            finding.session = event.map_or(String::new(), |e| self.session_name(e.session));
        }
        if let Some(why) = self.unproven(&alignment) {
            verdict = Verdict::Inconclusive;
            reason = why;
        }
        for finding in findings.iter().filter(|finding| !finding.warning) {
            verdict = verdict.max(finding.verdict);
        }
        findings.sort_by(|a, b| {
            (a.warning, b.verdict, a.events.first()).cmp(&(b.warning, a.verdict, b.events.first()))
        });
        let (steps, quiet, alternatives) = match detail {
            true => (
                self.steps(&alignment, &findings),
                self.quiet(&alignment),
                alternatives::taken(&alignment),
            ),
            false => (Vec::new(), Vec::new(), Vec::new()),
        };
        Opinion {
            alignment,
            verdict,
            reason,
            steps,
            findings,
            checked,
            quiet,
            alternatives,
        }
    }

    /// The name of a session, where there are several.
    fn session_name(&self, session: usize) -> String {
        let scenario = &self.case.scenario;
        match scenario.sessions.len() {
            0 | 1 => String::new(),
            _ => scenario.session_name(session).to_owned(),
        }
    }

    /// Why the trace proves nothing even where nothing in it is wrong.
    fn unproven(&self, alignment: &Alignment) -> Option<String> {
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
        let Action::ReceiveNothing { window, .. } = &written.action else {
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
                (false, false) if alignment.is_undecided(step) && state.expired.is_some() => {
                    StepOutcome::Missing
                }
                (false, false) if self.is_left_out(alignment, step) => StepOutcome::LeftOut,
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

    /// Whether a step did not come and need not have: it is optional, or answers what is, or stands
    /// in an alternative that was not taken.
    fn is_left_out(&self, alignment: &Alignment, step: StepId) -> bool {
        let (planned, state) = (alignment.plan().planned(step), alignment.state(step));
        if !alignment.is_active(step) {
            return true;
        }
        match planned.role {
            Role::Expectation => {
                let waited = state.passed.or(state.expired).is_some() || self.ran_out(alignment);
                planned.count.optional && waited && alignment.is_open(step)
            }
            Role::Answer => planned
                .answers
                .is_some_and(|request| self.is_left_out(alignment, request)),
            Role::Initiative => false,
        }
    }

    /// The silence that was waited for.
    fn quiet(&self, alignment: &Alignment) -> Vec<String> {
        let plan = alignment.plan();
        alignment
            .active()
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
pub(super) struct Bench<'a> {
    pub(super) hearing: &'a Hearing<'a>,
    evidence: Evidence<'a>,
    pub(super) alignment: &'a Alignment,
    detail: bool,
    pub(super) findings: Vec<Finding>,
    checked: BTreeMap<String, u32>,
    /// Unexpected messages that turned out to be an expected one that came too early.
    pub(super) early: Vec<usize>,
    /// The BYEs by which the server ended sessions where nothing asked it to.
    pub(super) own_byes: Vec<usize>,
}

impl Bench<'_> {
    pub(super) fn plan(&self) -> &Plan {
        self.alignment.plan()
    }

    pub(super) fn trace(&self) -> &Trace {
        self.hearing.trace
    }

    pub(super) fn describe(&self, event: usize) -> String {
        message_at(self.trace(), event)
            .map(|message| describe(message, &self.hearing.case.binding))
            .unwrap_or_default()
    }

    /// `event 12 at 0.034512`.
    pub(super) fn place(&self, event: usize) -> String {
        format!("event {event} at {}", self.trace().events[event].at)
    }

    pub(super) fn requirement(&self, step: StepId) -> &'static Requirement {
        let own = self.plan().step(step).requirements.first();
        own.copied().unwrap_or(&SCENARIO)
    }

    fn held(&mut self, requirement: &Requirement) {
        *self.checked.entry(requirement.id.to_owned()).or_default() += 1;
    }

    /// A finding about a step, weighed by its requirement.
    pub(super) fn find(
        &self,
        step: StepId,
        aspect: &str,
        requirement: &'static Requirement,
    ) -> Finding {
        let written = self.plan().step(step);
        Finding {
            check: check_id(self.hearing.case, self.plan(), step, aspect),
            verdict: Verdict::Fail,
            warning: requirement.strength != Strength::Must,
            requirement,
            session: self.hearing.session_name(written.session),
            reading: self.plan().reading_behind(step),
            title: String::new(),
            source: Some(quote(&written.place, &written.used_at)),
            expected: String::new(),
            observed: String::new(),
            instead: String::new(),
            diff: Vec::new(),
            events: Vec::new(),
            trace: None,
        }
    }

    fn hear_missing(&mut self) {
        let steps: Vec<StepId> = self.alignment.active().collect();
        for step in steps {
            let state = self.alignment.state(step);
            let expected = self.plan().planned(step).role == Role::Expectation;
            if !expected || self.alignment.is_undecided(step) {
                continue;
            }
            let requirement = self.requirement(step);
            let count = self.plan().planned(step).count;
            let met = state.events.len();
            if met > 0 {
                self.held(requirement);
                self.hear_times(step);
            }
            if state.is_satisfied(count) {
                continue;
            }
            let flow_ran = state.expired.is_some() || self.hearing.ran_out(self.alignment);
            let may_come = self.could_come(step) && !self.alignment.is_moot(step);
            if !flow_ran || !self.alignment.is_open(step) || !may_come {
                continue;
            }
            let text = self.what(step);
            let aspect = if met > 0 { "times" } else { "" };
            let mut finding = self.find(step, aspect, requirement);
            finding.expected = self.wanted(step);
            match self.came_early(step) {
                Some(event) => {
                    self.early.push(event);
                    finding.title = format!("{text} came before its turn in the flow");
                    finding.observed = format!("{}, {}", self.describe(event), self.place(event));
                    finding.events = vec![event];
                    if self.ended_by_server(event) {
                        finding.verdict = Verdict::Inconclusive;
                    }
                }
                None => match self.was_under_way(step) {
                    // Whatever paced the run did not wait for it as long as this reading would.
                    Some(event) => {
                        self.early.push(event);
                        finding.verdict = Verdict::Inconclusive;
                        finding.title = format!("{text} came when the flow was over");
                        finding.observed =
                            format!("{}, {}", self.describe(event), self.place(event));
                        finding.events = vec![event];
                    }
                    None => {
                        // What would have brought it about may be what could not be done.
                        if self.follows_the_impossible(step) {
                            finding.verdict = Verdict::Inconclusive;
                        }
                        finding.title = match met {
                            0 => format!("{text} is missing"),
                            _ => format!("{text} came {} and not {count}", times(met)),
                        };
                        finding.observed = match met {
                            0 => self.waited(step),
                            _ => format!("{}, then {}", times(met), self.waited(step)),
                        };
                        finding.instead = self.instead(step);
                        finding.events = state.expired.into_iter().collect();
                    }
                },
            }
            self.findings.push(finding);
        }
    }

    /// What a step that waits for a message waits for.
    pub(super) fn what(&self, step: StepId) -> String {
        match &self.plan().step(step).action {
            Action::Receive { message, .. } => message.to_string(),
            _ => step_text(self.plan().step(step)),
        }
    }

    /// Whether a step that says nothing of what it follows stands below something that we could not
    /// do.
    fn follows_the_impossible(&self, step: StepId) -> bool {
        let planned = self.plan().planned(step);
        if planned
            .after
            .iter()
            .chain(&planned.answers)
            .next()
            .is_some()
        {
            return false;
        }
        let session = self.plan().step(step).session;
        let above = self.plan().active().take_while(|above| *above < step);
        let does = |above: &StepId| {
            let written = self.plan().step(*above);
            let passes = matches!(
                written.action,
                Action::Wait(_) | Action::ReceiveNothing { .. }
            );
            let begins = self.plan().planned(*above).role == Role::Initiative;
            begins && !passes && written.session == session
        };
        let last = above.filter(does).last();
        last.is_some_and(|above| self.alignment.state(above).impossible.is_some())
    }

    /// Whether the server was ever asked for it: what it answers or follows was sent.
    pub(super) fn could_come(&self, step: StepId) -> bool {
        let planned = self.plan().planned(step);
        let mut follows = planned.after.iter().chain(&planned.answers).peekable();
        let ruled_out = |on: &StepId| !self.alignment.is_active(*on);
        if follows.peek().is_some() && follows.clone().all(ruled_out) {
            return false;
        }
        follows
            .filter(|on| self.alignment.is_active(**on))
            .all(|on| {
                let (of, state) = (self.plan().planned(*on), self.alignment.state(*on));
                // What follows something that could not come could not come either.
                (of.role == Role::Expectation && (*on >= step || self.could_come(*on)))
                    || state.event().is_some()
                    || state.done.is_some()
                    || (state.due.is_some() && state.impossible.is_none())
            })
    }

    /// A step as its file words it, with how often its message comes.
    pub(super) fn wanted(&self, step: StepId) -> String {
        let (text, count) = (
            step_text(self.plan().step(step)),
            self.plan().planned(step).count,
        );
        match count.stated {
            true => format!("{text}, {count}"),
            false => text,
        }
    }

    pub(super) fn waited(&self, step: StepId) -> String {
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
    pub(super) fn instead(&self, step: StepId) -> String {
        let Some(channel) = self.plan().planned(step).channel else {
            return String::new();
        };
        let from = self.last_above(step).unwrap_or(0);
        let seen: Vec<String> = (from..self.trace().events.len())
            .filter(|event| {
                channel.is_of(&self.trace().events[*event])
                    && self.hearing.standings[*event] == Some(Standing::Flow)
                    && self.hearing.sights[*event].protocol() == Some(channel.protocol)
            })
            .take(3)
            .map(|event| format!("{}, {}", self.describe(event), self.place(event)))
            .collect();
        seen.join("; ")
    }

    /// A message of the step's shape that came after the flow was over, and still within its time:
    /// the run was paced by another reading, which had no reason to wait for it.
    fn was_under_way(&self, step: StepId) -> Option<usize> {
        let planned = self.plan().planned(step);
        let (channel, over) = (planned.channel?, self.alignment.over()?);
        if self.alignment.state(step).expired.is_some() {
            return None;
        }
        let mut began = None;
        for on in planned.after.iter().chain(&planned.answers) {
            began = began.max(Some(self.alignment.state(*on).event()?));
        }
        let patience = self.plan().patience(step, &self.hearing.case.ixit);
        let until = self.trace().events[began?].at + patience;
        let events = self.trace().events.iter().enumerate().skip(over);
        let mut under_way = events.take_while(|(_, event)| event.at <= until);
        under_way
            .find(|(index, event)| {
                channel.is_of(event)
                    && self.hearing.standings[*index] == Some(Standing::Flow)
                    && self.hearing.sights[*index].protocol() == Some(channel.protocol)
                    && self.alignment.has_shape(step, self.hearing.sights[*index])
                    && self.alignment.step_of(*index).is_none()
            })
            .map(|(index, _)| index)
    }

    pub(super) fn came_early(&self, step: StepId) -> Option<usize> {
        let channel = self.plan().planned(step).channel?;
        self.unexpected().find(|event| {
            channel.is_of(&self.trace().events[*event])
                && self.hearing.sights[*event].protocol() == Some(channel.protocol)
                && self.alignment.has_shape(step, self.hearing.sights[*event])
                && !self.early.contains(event)
        })
    }

    fn hear_order(&mut self) {
        let tolerance = self.hearing.case.ixit.order_tolerance;
        for broken in order::broken(self.alignment, self.trace(), tolerance) {
            let mut finding = self.find(broken.said_by, "order", self.requirement(broken.said_by));
            let before = self.name(broken.before);
            let step = self.name(broken.step);
            let state = |step| self.alignment.state(step);
            if state(broken.step).is_late() || state(broken.before).is_late() {
                finding.verdict = Verdict::Inconclusive;
            }
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
        let steps: Vec<StepId> = self.alignment.active().collect();
        for step in steps {
            if self.plan().planned(step).role != Role::Expectation {
                continue;
            }
            self.hear_status(step);
            for event in &self.alignment.state(step).events {
                self.hear_checks_of(step, *event);
            }
        }
    }

    fn hear_checks_of(&mut self, step: StepId, event: usize) {
        let mut broken = Vec::new();
        let scenario = Arc::clone(self.plan().scenario());
        for check in &scenario.steps[step.0].checks {
            let requirement = check.requirement.unwrap_or(self.requirement(step));
            match self.evidence.check(check, event) {
                Outcome::Held => self.held(requirement),
                Outcome::Undecided => self.hear_undecided(step, check, event),
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
                    // What a late report holds depends on when it was due.
                    let late = self.alignment.state(step).is_late();
                    if late && check.target == Target::UsedUnits {
                        finding.verdict = Verdict::Inconclusive;
                    }
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

    /// A check that compares with something unknown: no pass where the server left it out, and a
    /// warning where the harness was not told.
    fn hear_undecided(&mut self, step: StepId, check: &Check, event: usize) {
        let aspect = tree::target_text(&check.target);
        let requirement = check.requirement.unwrap_or(self.requirement(step));
        let mut finding = self.find(step, &aspect, requirement);
        finding.verdict = Verdict::Inconclusive;
        finding.warning |= !rests_on_capture(&check.matcher);
        finding.title = format!("{aspect} of {} could not be checked", self.what(step));
        finding.expected = "a value to compare with".to_owned();
        finding.observed = format!("none is known, {}", self.place(event));
        finding.events = vec![event];
        self.findings.push(finding);
    }

    /// The status of a response belongs to what its step wants, not to what the step recognises.
    fn hear_status(&mut self, step: StepId) {
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
        let state = self.alignment.state(step);
        let events = || state.events.iter().chain(&state.parts).copied();
        let seen = |event: usize| match message_at(self.hearing.trace, event) {
            Some(Message::Sip(message)) => {
                let status = message.status()?;
                Some((status, wanted.hold_sip(status)))
            }
            Some(Message::Msrp(message)) => {
                let status = message.status()?;
                Some((status, wanted.hold_msrp(status)))
            }
            _ => None,
        };
        let holds = |event| seen(event).is_some_and(|(_, holds)| holds);
        // A message in several chunks is refused once one of them is.
        let one = state.events.len() == 1;
        if one && !wanted.hold_msrp(ACCEPTED) && events().any(holds) {
            return;
        }
        for event in events() {
            let Some((status, false)) = seen(event) else {
                continue;
            };
            let mut finding = self.find(step, "status", self.requirement(step));
            let expected = match wanted {
                Statuses::Failure => "a failure".to_owned(),
                wanted => wanted.to_string(),
            };
            finding.title = format!("{status} came where {expected} was expected");
            finding.expected = self.what(step);
            finding.observed = format!("{}, {}", self.describe(event), self.place(event));
            finding.events = vec![event];
            self.findings.push(finding);
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
                || !self.alignment.is_active(*step)
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
        let found = breaches
            .iter()
            .map(|breach| watch::finding(breach, self.hearing.trace));
        self.findings.extend(found);
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
    let name = case.scenario.in_session(written.session, &name);
    match aspect {
        "" => format!("{}/{name}", case.scenario.id),
        aspect => format!("{}/{name}/{aspect}", case.scenario.id),
    }
}

/// The line of a place, with where its fragment was used.
pub(super) fn quote(place: &Place, used_at: &[Place]) -> Quote {
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

/// How often something came: `once`, `twice`, `3 times`.
pub(super) fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{count} times"),
    }
}

/// A step as its file words it.
pub(super) fn step_text(step: &Step) -> String {
    step.action.to_string()
}
