//! The verdict: a pure function of a scenario, what is known of its parties, and a trace.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ch2::rules::Breach;
use crate::ch2::{Applies, Binding, Reading, ReadingGroup, ReadingId};
use crate::io::Time;
use crate::scenario::{Ics, Identity, Ixit, IxitValue, Party, Scenario};

use super::kept::Kept;
use super::opinion::{Hearing, Opinion};
use super::sight::Sight;
use super::value::Value;
use super::{
    Finding, Message, Plan, ReadingResult, ScenarioResult, Standing, Trace, Verdict, What, answers,
    books, conversation, describe, standing, watch,
};

/// Everything a judgement rests on besides the trace.
#[derive(Clone, Debug)]
pub struct Case {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The reading of each group that decides, and whether the vendor claimed it.
    pub readings: Vec<(ReadingId, bool)>,
    /// ICS items that hold for this server, the topology's among them.
    pub claims: Vec<Ics>,
    /// Subscriber pairs of the server's description.
    pub pairs: usize,
    /// IXIT.
    pub ixit: Ixit,
    /// How CH-2 maps to Diameter.
    pub binding: Binding,
    /// Who played: what `$client.icid` and its like stand for. `ClientIdentity` may have several
    /// values (aliases).
    pub identities: Vec<Known>,
}

/// What is known of the parties of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Index of the session in the scenario.
    pub session: usize,
    /// What.
    pub identity: Identity,
    /// Its value.
    pub value: String,
}

impl Case {
    /// Why the scenario does not apply to the server, in words; `None` where it does.
    pub fn inapplicable(&self) -> Option<String> {
        let list = |names: Vec<String>| names.join(", ");
        let unclaimed = self.unclaimed();
        if !unclaimed.is_empty() {
            let names = unclaimed.iter().map(Ics::to_string).collect();
            return Some(format!("not claimed: {}", list(names)));
        }
        if let Some((reading, claimed)) = self.other_reading() {
            let only = self.scenario.readings.iter();
            let only = only.filter(|other| other.group() == reading.group());
            let only = list(only.map(ReadingId::to_string).collect());
            let claim = if claimed { "claimed" } else { "the default" };
            return Some(format!("only under {only}, and {reading} is {claim}"));
        }
        let unstated: Vec<String> = self
            .scenario
            .ixit_used(&self.claims)
            .into_iter()
            .filter(|name| self.ixit_value(name).is_none())
            .map(|name| name.replace('-', " "))
            .collect();
        if !unstated.is_empty() {
            return Some(format!("not stated: {}", list(unstated)));
        }
        self.subscribers_lacking()
    }

    /// The reading that decides a question for which the scenario asks for others.
    fn other_reading(&self) -> Option<(ReadingId, bool)> {
        self.deciding().into_iter().find_map(|reading| {
            let claimed = self.readings.contains(&(reading, true));
            (!self.scenario.applies_under(reading)).then_some((reading, claimed))
        })
    }

    /// ICS items that the scenario needs and the server does not claim.
    pub fn unclaimed(&self) -> Vec<Ics> {
        let claimed = |ics: &&Ics| !self.claims.contains(ics);
        self.scenario
            .needs
            .iter()
            .filter(claimed)
            .copied()
            .collect()
    }

    /// The subscribers that the scenario needs and the server's description lacks. Sessions of
    /// several subscribers cannot be played where fewer pairs are known: that is nothing the server
    /// could be blamed for, and no further run makes it better.
    fn subscribers_lacking(&self) -> Option<String> {
        let (needed, known) = (self.scenario.pairs(), self.pairs);
        (needed > known).then(|| {
            format!(
                "it needs {needed} pairs of subscribers at a time, and the server's description \
                 has {known}"
            )
        })
    }

    /// The value that `$ixit.NAME` stands for.
    pub(super) fn ixit_value(&self, name: &str) -> Option<Value> {
        if name == "service-context-id" {
            return self.binding.service_context_id.clone().map(Value::Text);
        }
        Some(match self.ixit.value(name)? {
            IxitValue::Time(time) => Value::Number(time.as_secs().into()),
            IxitValue::Number(number) => Value::Number(number.into()),
            IxitValue::Text(text) => Value::Text(text),
        })
    }

    /// The value that `$ixit.NAME` stands for, as text.
    pub fn ixit_text(&self, name: &str) -> Option<String> {
        self.ixit_value(name).and_then(Value::into_text)
    }

    fn topology(&self) -> &'static str {
        match self.claims.contains(&Ics::FarEnd) {
            true => "far end",
            false => "standalone",
        }
    }

    /// The reading of each group that decides: the default where the case names none, because a
    /// group without a reading would leave out the steps that depend on it.
    fn deciding(&self) -> Vec<ReadingId> {
        let named = |group: ReadingGroup| {
            let mut readings = self.readings.iter().map(|(reading, _)| *reading);
            readings.find(|reading| reading.group() == group)
        };
        ReadingGroup::ALL
            .into_iter()
            .map(|group| named(group).unwrap_or(Reading::default_of(group).id))
            .collect()
    }

    /// The deciding readings, with that of one group exchanged.
    fn readings_with(&self, reading: ReadingId) -> Vec<ReadingId> {
        self.deciding()
            .into_iter()
            .filter(|r| r.group() != reading.group())
            .chain([reading])
            .collect()
    }
}

/// Judges a trace under the readings of the case, and under every other reading of each group.
pub fn judge(case: &Case, trace: &Trace) -> ScenarioResult {
    follow(case, trace, |_, _| ())
}

/// Judges, and shows what the verdict of the deciding readings rests on.
pub(super) fn follow(
    case: &Case,
    trace: &Trace,
    look: impl FnOnce(&Hearing<'_>, &Opinion),
) -> ScenarioResult {
    let mut result = blank(case, trace);
    if let Some(reason) = case.inapplicable() {
        result.verdict = Verdict::NotApplicable;
        result.reason = reason;
        return result;
    }
    let sights: Vec<Sight> = trace
        .events
        .iter()
        .map(|event| Sight::of(&event.what, &case.binding))
        .collect();
    let standings = standing::of(trace, &sights, &case.binding);
    let weights = answers::weigh(trace);
    let kept = books::keep(trace, &standings, &weights, case);
    let excesses: Vec<(usize, u64)> = kept.iter().flat_map(Kept::excesses).collect();
    let (breaches, watched) = watch::watch(&case.binding, &case.ixit, trace);
    let hearing = Hearing {
        case,
        trace,
        sights: &sights,
        standings: &standings,
        weights: &weights,
        kept: &kept,
        excesses: &excesses,
    };
    let readings = case.deciding();

    let opinion = hearing.hear(plan(case, &readings), &breaches, true);
    look(&hearing, &opinion);
    result.matrix = matrix(&hearing, &breaches, &readings, &opinion);
    result.conversation = conversation::align(&opinion.alignment, trace, &case.binding);
    result.quiet = opinion.quiet;
    result.alternatives = opinion.alternatives;
    result.steps = opinion.steps;
    result.checked = opinion.checked;
    for (session, kept) in kept.iter().enumerate() {
        let sums = kept.ledger.summary().into_iter();
        let named = sums.map(|(name, sum)| (case.scenario.in_session(session, &name), sum));
        result.ledger.extend(named);
    }
    result.rules_watched = watched;
    result.verdict = opinion.verdict;
    result.findings = opinion.findings;
    result.reason = opinion.reason;
    result
}

fn plan(case: &Case, readings: &[ReadingId]) -> Arc<Plan> {
    Arc::new(Plan::new(
        Arc::clone(&case.scenario),
        readings,
        &case.claims,
    ))
}

/// Every reading of every group that the scenario's steps speak of, over the same trace.
fn matrix(
    hearing: &Hearing<'_>,
    breaches: &[Breach],
    deciding: &[ReadingId],
    decided: &Opinion,
) -> Vec<ReadingResult> {
    let case = hearing.case;
    // What is asked for, and whether more may come as well.
    let mask = |readings: &[ReadingId]| {
        let mask = Plan::mask(&case.scenario, readings, &case.claims);
        (mask, readings.contains(&ReadingId::R5))
    };
    let mut heard = vec![(mask(deciding), (decided.verdict, first(&decided.findings)))];
    let mut matrix = Vec::new();
    for group in ReadingGroup::ALL {
        let speaks = |step: &crate::scenario::Step| {
            step.when.iter().all(|ics| case.claims.contains(ics))
                && step.under.iter().any(|r| r.group() == group)
        };
        if !case.scenario.steps.iter().any(speaks) {
            continue;
        }
        for reading in Reading::of(group) {
            let decides = deciding.contains(&reading.id);
            let (verdict, reason) = match untold(case, hearing.trace, reading) {
                Some(reason) if !decides => (Verdict::NotApplicable, reason.to_owned()),
                _ => {
                    let readings = case.readings_with(reading.id);
                    let mask = mask(&readings);
                    match heard.iter().find(|(of, _)| *of == mask) {
                        Some((_, known)) => known.clone(),
                        None => {
                            let opinion = hearing.hear(plan(case, &readings), breaches, false);
                            let known = (opinion.verdict, first(&opinion.findings));
                            heard.push((mask, known.clone()));
                            known
                        }
                    }
                }
            };
            matrix.push(ReadingResult {
                group,
                reading: reading.id,
                verdict,
                decides,
                reason,
            });
        }
    }
    matrix
}

fn first(findings: &[Finding]) -> String {
    let found = findings.iter().find(|finding| !finding.warning);
    found
        .map(|finding| finding.title.clone())
        .unwrap_or_default()
}

/// Why a reading cannot be told from the others here.
fn untold(case: &Case, trace: &Trace, reading: &Reading) -> Option<&'static str> {
    if !case.scenario.applies_under(reading.id) {
        return Some("the scenario does not apply under it");
    }
    match reading.applies {
        Applies::Always => None,
        Applies::WithFarEnd => (!case.claims.contains(&Ics::FarEnd))
            .then_some("nobody stands behind the server who could confirm delivery"),
        Applies::WhenFarEndEnds => {
            // What the harness does to tidy up once the flow is over is no part of it.
            let is_over = |event: &&super::Event| matches!(event.what, What::FlowOver);
            let mut flow = trace.events.iter().take_while(|event| !is_over(event));
            let ended = flow.any(|event| {
                event.party == Party::FarEnd
                    && matches!(&event.what, What::Sent { message: Message::Sip(m), .. } if m.is_method("BYE"))
            });
            (!ended).then_some("the session was not ended by a BYE on the server's other leg")
        }
    }
}

/// A result that says who played and how long, and nothing yet of how it went.
fn blank(case: &Case, trace: &Trace) -> ScenarioResult {
    let scenario = &case.scenario;
    let time = |event: Option<&super::Event>| event.map_or(Time::ZERO, |event| event.at);
    let mut identities: BTreeMap<String, String> = BTreeMap::new();
    for known in &case.identities {
        identities
            .entry(scenario.in_session(known.session, &known.identity.to_string()))
            .or_insert_with(|| known.value.clone());
    }
    let mut background: BTreeMap<String, u32> = BTreeMap::new();
    for event in &trace.events {
        let What::Received {
            message, standing, ..
        } = &event.what
        else {
            continue;
        };
        if let Message::Diameter(message) = message
            && let Some(session) = message.session_id()
        {
            let name = scenario.in_session(event.session, "Session-Id");
            identities.entry(name).or_insert_with(|| session.to_owned());
        }
        if *standing == Standing::Background {
            *background
                .entry(describe(message, &case.binding))
                .or_default() += 1;
        }
    }
    ScenarioResult {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        clause: scenario.clause.clone(),
        figure: scenario.figure.clone(),
        file: scenario.source.path.clone(),
        topology: case.topology().to_owned(),
        verdict: Verdict::Inconclusive,
        reason: String::new(),
        began: time(trace.events.first()),
        ended: time(trace.events.last()),
        identities,
        steps: Vec::new(),
        findings: Vec::new(),
        matrix: Vec::new(),
        conversation: Vec::new(),
        ledger: BTreeMap::new(),
        checked: BTreeMap::new(),
        rules_watched: 0,
        quiet: Vec::new(),
        alternatives: Vec::new(),
        background,
        events: trace.events.len(),
    }
}
