//! What is wrong with a trace under one choice of readings.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ch2::rules::Breach;
use crate::ch2::{Requirement, Source, Status, Strength};
use crate::scenario::{Action, Place, Step};

use super::alignment::Alignment;
use super::answers::Weight;
use super::checks::{Evidence, message_at};
use super::judge::Case;
use super::kept::Kept;
use super::sight::Sight;
use super::{
    AlternativeTaken, Finding, Plan, Quote, Standing, StepId, StepResult, Trace, Verdict,
    alternatives, describe, lateness, watch,
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
        if let Some((event, took)) = self.slow() {
            let fails = |finding: &&mut Finding| {
                finding.verdict == Verdict::Fail && lateness::may_explain(finding)
            };
            for finding in findings.iter_mut().filter(fails) {
                (finding.verdict, finding.warning) = (Verdict::Inconclusive, false);
                finding.observed = format!(
                    "{}; but a watchdog was answered only after {} ms (event {event}), so that an \
                     answer of ours may have been too late, or a message of the server's not read",
                    finding.observed,
                    took.as_millis()
                );
            }
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
}

/// One judgement in progress.
pub(super) struct Bench<'a> {
    pub(super) hearing: &'a Hearing<'a>,
    pub(super) evidence: Evidence<'a>,
    pub(super) alignment: &'a Alignment,
    pub(super) detail: bool,
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

    pub(super) fn held(&mut self, requirement: &Requirement) {
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

    /// What a step that waits for a message waits for.
    pub(super) fn what(&self, step: StepId) -> String {
        match &self.plan().step(step).action {
            Action::Receive { message, .. } => message.to_string(),
            _ => step_text(self.plan().step(step)),
        }
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

    pub(super) fn name(&self, step: StepId) -> String {
        let written = self.plan().step(step);
        let text = match &written.action {
            Action::Receive { message, .. } => message.to_string(),
            Action::Send { message, party } => {
                format!("the {}'s {}", party, message)
            }
            _ => step_text(written),
        };
        match written.name() {
            Some(label) => format!("{text} (`{label}`)"),
            None => text,
        }
    }

    fn hear_breaches(&mut self, breaches: &[Breach]) {
        let found = breaches
            .iter()
            .map(|breach| watch::finding(breach, self.hearing.trace));
        self.findings.extend(found);
    }
}

/// `IMC-MSG-con-001/debit/used units`.
pub(super) fn check_id(case: &Case, plan: &Plan, step: StepId, aspect: &str) -> String {
    let written = plan.step(step);
    let name = match (written.name(), plan.planned(step).answers) {
        (Some(label), _) => label.to_owned(),
        (None, Some(request)) => match plan.step(request).name() {
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
