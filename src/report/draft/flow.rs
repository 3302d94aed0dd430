//! A flow as a server played it: one scenario of what was observed, from any scenario.
//!
//! What we did stays as the flow has it, its fragments unfolded. What the server did becomes what is
//! asked for: `lines` goes through the steps and leaves what was met, `unexpected` adds what no step
//! was for. Then the result is judged over the very sessions that it was made from, by the judge
//! that will judge it later, and `mend` takes back whatever does not hold in each of them. So what is
//! asked for has been seen in every session, and nothing is guessed.

mod file;
mod keys;
mod lines;
mod mend;
mod pin;
mod unexpected;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ch2::{ReadingGroup, ReadingId};
use crate::engine::{Case, Event, Observed, StepId, Trace, Verdict, What, observe};
use crate::scenario::{self, Branch, Scenario, Severity};

use super::{Context, Draft};

/// One session of a server, or several at once, that a flow set off.
#[derive(Clone, Copy, Debug)]
pub struct Play<'a> {
    /// What was played, and what is known of who played it.
    pub case: &'a Case,
    /// What happened.
    pub trace: &'a Trace,
}

/// What came of a recording.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The file.
    pub text: String,
    /// Why a run of it against the same server will not pass: what the server does and no step can
    /// say. Empty where it is expected to pass.
    pub doubts: Vec<String>,
}

/// Why a flow cannot be written down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFlow {
    /// There is nothing to write.
    #[error("nothing of the flow was got to")]
    NothingDone,
    /// What was written is no valid scenario: the language cannot say it.
    #[error("the language cannot say what was seen: {0}")]
    NoScenario(String),
}

/// One step on its way into the file.
#[derive(Clone, Debug, Default)]
struct Line {
    draft: Draft,
    /// The step of the flow it is made of; `None` for what no step was for.
    origin: Option<StepId>,
    given: bool,
    any_order: Option<usize>,
    branch: Option<Branch>,
    /// The events that met it, in each session.
    met: Vec<Vec<usize>>,
    /// True for what came later than where the flow has it.
    late: bool,
    /// Checks that are not the flow's own.
    pins: BTreeSet<String>,
}

/// A scenario on its way into a file.
struct Recording<'a> {
    context: &'a Context<'a>,
    plays: &'a [Play<'a>],
    scenario: Arc<Scenario>,
    lines: Vec<Line>,
    /// What stands behind the last step.
    remarks: Vec<String>,
    /// Readings that steps were left out for: the file is for no others.
    readings: Vec<ReadingId>,
}

/// The file as a scenario, and what it makes of each session.
struct Judged {
    scenario: Arc<Scenario>,
    sessions: Vec<(Observed, Trace)>,
}

/// How often what was written is mended before it has to hold.
const MOST_ROUNDS: usize = 40;

/// A scenario of what a server did in `plays`, all of them of one scenario.
///
/// # Errors
/// Where nothing was done, or the language cannot say what was.
pub fn flow(plays: &[Play<'_>], context: &Context<'_>) -> Result<Recorded, NoFlow> {
    let first = plays.first().ok_or(NoFlow::NothingDone)?;
    let seen: Vec<Observed> = plays
        .iter()
        .map(|play| observe(play.case, play.trace))
        .collect();
    let mut recording = Recording {
        context,
        plays,
        scenario: Arc::clone(&first.case.scenario),
        lines: Vec::new(),
        remarks: Vec::new(),
        readings: Vec::new(),
    };
    recording.add_steps(&seen);
    recording.move_the_late();
    recording.add_unexpected(&seen);
    recording.pin();
    for _ in 0..MOST_ROUNDS {
        recording.drop_dangling();
        let text = recording.file();
        let judged = recording.judged(&text)?;
        if !recording.mend(&judged) {
            let doubts = doubts(&judged);
            return Ok(Recorded { text, doubts });
        }
    }
    Err(NoFlow::NoScenario("it does not come to rest".to_owned()))
}

impl Recording<'_> {
    /// The file as it would be read, judged over each session.
    fn judged(&self, text: &str) -> Result<Judged, NoFlow> {
        if !self.lines.iter().any(|line| !line.given) {
            return Err(NoFlow::NothingDone);
        }
        let loaded = scenario::load_text(NAME, text.as_bytes());
        let wrong = loaded
            .diagnostics
            .iter()
            .find(|problem| problem.severity == Severity::Error);
        let scenario = match (wrong, loaded.scenarios.into_iter().next()) {
            (None, Some(scenario)) if scenario.steps.len() == self.lines.len() => scenario,
            (Some(wrong), _) => {
                return Err(NoFlow::NoScenario(wrong.message.clone()));
            }
            _ => return Err(NoFlow::NoScenario("steps are missing in it".to_owned())),
        };
        let each = self.plays.iter().map(|play| {
            let trace = self.renamed(play.trace);
            let case = Case {
                scenario: Arc::clone(&scenario),
                ..play.case.clone()
            };
            (observe(&case, &trace), trace)
        });
        let sessions = each.collect();
        Ok(Judged { scenario, sessions })
    }

    /// The trace as if the lines had been the steps that set it off.
    fn renamed(&self, trace: &Trace) -> Trace {
        let now = |step: StepId| {
            let mut lines = self.lines.iter();
            lines.position(|line| line.origin == Some(step)).map(StepId)
        };
        let event = |event: &Event| {
            let what = match event.what.clone() {
                What::Sent {
                    path,
                    message,
                    step,
                    repeated,
                    deviates,
                } => What::Sent {
                    path,
                    message,
                    step: step.and_then(now),
                    repeated,
                    deviates,
                },
                What::Due(step) => What::Due(now(step)?),
                What::Done(step) => What::Done(now(step)?),
                What::Expired(step) => What::Expired(now(step)?),
                What::Impossible {
                    step,
                    reason,
                    harness,
                } => What::Impossible {
                    step: now(step)?,
                    reason,
                    harness,
                },
                other => other,
            };
            Some(Event {
                what,
                ..event.clone()
            })
        };
        Trace {
            events: trace.events.iter().filter_map(event).collect(),
        }
    }

    /// The reading of a group that the sessions were played under.
    fn reading(&self, group: ReadingGroup) -> Option<ReadingId> {
        let readings = self.plays.first()?.case.readings.iter();
        let mut readings = readings.map(|(reading, _)| *reading);
        readings.find(|reading| reading.group() == group)
    }
}

/// The path that the file has while it is made.
const NAME: &str = "recorded.yaml";

/// What still speaks against the file, each thing once.
fn doubts(judged: &Judged) -> Vec<String> {
    let mut doubts: Vec<String> = Vec::new();
    for (observed, _) in &judged.sessions {
        let result = &observed.result;
        let findings = result.findings.iter().filter(|found| !found.warning);
        let wrong = findings.filter(|found| found.verdict >= Verdict::Inconclusive);
        let named = wrong.map(|found| format!("{} ({})", found.title, found.requirement.id));
        let mut all: Vec<String> = named.collect();
        if all.is_empty() && result.verdict != Verdict::Pass {
            all.push(match result.reason.as_str() {
                "" => "it decides nothing".to_owned(),
                reason => reason.to_owned(),
            });
        }
        for doubt in all {
            if !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        }
    }
    doubts
}
