//! What was written, held against the sessions it was made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::{CheckSeen, Finding, Literal, Message, Observed, Trace, What};
use crate::scenario::{Action, Scenario};

use super::super::yaml;
use super::{Judged, NAME, Recording};

/// What came of a line in all sessions.
#[derive(Debug, Default)]
struct Verdicts {
    /// Checks that do not hold, by their place in the step, with what stood there in each session.
    checks: BTreeMap<usize, Vec<CheckSeen>>,
    /// What else was found, by its aspect, with its words.
    aspects: BTreeMap<String, String>,
}

impl Recording<'_> {
    /// Takes back what does not hold in each session; false where everything does.
    pub(super) fn mend(&mut self, judged: &Judged) -> bool {
        let (written, judged) = (&judged.scenario, judged.sessions.as_slice());
        let mut lines: BTreeMap<usize, Verdicts> = BTreeMap::new();
        for (observed, _) in judged {
            for (at, seen) in observed.steps.iter().enumerate() {
                let wrong = |check: &CheckSeen| {
                    matches!(check, CheckSeen::Broken(_) | CheckSeen::Undecided)
                };
                for (nth, check) in seen.checks.iter().enumerate().filter(|(_, c)| wrong(c)) {
                    let of = lines.entry(at).or_default();
                    of.checks.entry(nth).or_default().push(check.clone());
                }
            }
            for finding in &observed.result.findings {
                if let Some(at) = line_of(written, finding) {
                    let aspect = aspect(finding);
                    let aspects = &mut lines.entry(at).or_default().aspects;
                    aspects
                        .entry(aspect)
                        .or_insert_with(|| finding.title.clone());
                }
            }
        }
        let mut mended = false;
        // From below, so that the places above stay.
        for (at, verdicts) in lines.into_iter().rev() {
            let mut checks: Vec<_> = verdicts.checks.into_iter().collect();
            checks.reverse();
            for (nth, seen) in checks {
                let check = &written.steps[at].checks[nth];
                mended |= self.mend_check(at, &check.target, &seen, judged.len());
            }
            for (aspect, title) in verdicts.aspects {
                if self.mend_aspect(at, &aspect, &title, written, judged) {
                    mended = true;
                    // The line may be gone.
                    break;
                }
            }
        }
        mended
    }

    /// What was asked for becomes what was there, or nothing where that is no one thing.
    fn mend_check(
        &mut self,
        at: usize,
        target: &crate::scenario::Target,
        seen: &[CheckSeen],
        sessions: usize,
    ) -> bool {
        let name = super::keys::name_of(target).to_owned();
        let line = &mut self.lines[at];
        let Some(matcher) = line.draft.matcher(target).cloned() else {
            return false;
        };
        if line.pins.remove(&name) {
            line.draft.uncheck(target);
            return true;
        }
        let one = seen
            .first()
            .filter(|first| seen.iter().all(|other| other == *first));
        let literal = match one {
            Some(CheckSeen::Broken(Some(value))) if seen.len() == sessions => Some(value),
            _ => None,
        };
        let comment = format!("The flow wants {name}: {matcher}");
        line.draft.comments.push(comment);
        match literal {
            Some(value) => {
                let text = match value {
                    None => "absent".to_owned(),
                    Some(Literal::Number(number)) => number.to_string(),
                    Some(Literal::Text(text)) => yaml::value(text),
                };
                let behind = matcher.split_once("requirement: ");
                let behind = behind.map(|(_, id)| id.trim_end_matches([' ', '}']));
                let text = match (behind, value) {
                    (Some(id), Some(_)) => format!("{{ equals: {text}, requirement: {id} }}"),
                    _ => text,
                };
                if let Some(matcher) = line.draft.matcher(target) {
                    *matcher = text;
                }
                // Where it is another one next time, it goes.
                line.pins.insert(name);
            }
            None => line.draft.uncheck(target),
        }
        true
    }

    fn mend_aspect(
        &mut self,
        at: usize,
        aspect: &str,
        title: &str,
        written: &Arc<Scenario>,
        judged: &[(Observed, Trace)],
    ) -> bool {
        let counts: Vec<usize> = judged
            .iter()
            .filter_map(|(observed, _)| observed.steps.get(at))
            .filter(|seen| seen.open)
            .map(|seen| seen.events.len())
            .collect();
        let line = &mut self.lines[at];
        let mut says = |keys: &[&str]| {
            let taken: Vec<String> = keys
                .iter()
                .filter_map(|key| Some(format!("{key}: {}", line.draft.take(key)?)))
                .collect();
            if taken.is_empty() {
                return false;
            }
            let text = format!("The flow wants {}; but {title}.", taken.join(", "));
            line.draft.comments.push(text);
            true
        };
        match aspect {
            "order" => says(&["after", "before"]),
            "time" => says(&["within", "no sooner than"]),
            "status" => self.mend_status(at, judged),
            "times" => {
                let (least, most) = (counts.iter().min(), counts.iter().max());
                let (Some(least @ 1..), Some(most)) = (least, most) else {
                    return false;
                };
                let times = format!("[{least}, {}]", most + 1);
                let line = &mut self.lines[at];
                if line.draft.get("times") == Some(times.as_str()) {
                    return false;
                }
                line.draft.take("times");
                line.draft.keys.push(("times", times));
                line.draft
                    .comments
                    .push(format!("The flow wants another number: {title}."));
                true
            }
            "" => self.mend_missing(at, title, &written.steps[at].action, &counts),
            _ => false,
        }
    }

    fn mend_missing(&mut self, at: usize, title: &str, action: &Action, counts: &[usize]) -> bool {
        let receives = matches!(action, Action::Receive { .. });
        let silence = matches!(action, Action::ReceiveNothing { .. });
        if !receives && !silence {
            return false;
        }
        let own = self.lines[at].origin.is_some();
        if receives && counts.iter().any(|count| *count > 0) {
            let draft = &mut self.lines[at].draft;
            if draft.get("optional").is_some() {
                return false;
            }
            draft.keys.push(("optional", "yes".to_owned()));
            draft
                .comments
                .push(format!("The flow wants this each time; but {title}."));
            return true;
        }
        let text = match own {
            true => format!("The flow wants `{action}`; but {title}."),
            false => format!("In one of the sessions: `{action}`."),
        };
        self.remove(at, Some(text));
        true
    }

    fn mend_status(&mut self, at: usize, judged: &[(Observed, Trace)]) -> bool {
        let statuses = judged.iter().flat_map(|(observed, trace)| {
            let events = observed.steps.get(at).map(|seen| seen.events.as_slice());
            let status = |event: &usize| match &trace.events.get(*event)?.what {
                What::Received { message, .. } => match message {
                    Message::Sip(message) => message.status(),
                    Message::Msrp(message) => message.status(),
                    _ => None,
                },
                _ => None,
            };
            events.unwrap_or_default().iter().filter_map(status)
        });
        let statuses: BTreeSet<u16> = statuses.collect();
        let draft = &mut self.lines[at].draft;
        let Some((_, message)) = draft.keys.first_mut() else {
            return false;
        };
        let Some((protocol, wanted)) = message.split_once(' ') else {
            return false;
        };
        let seen = match (statuses.len(), statuses.first()) {
            (1, Some(status)) => status.to_string(),
            _ => "response".to_owned(),
        };
        if wanted == seen {
            return false;
        }
        let text = format!("The flow wants {protocol} {wanted}.");
        *message = format!("{protocol} {seen}");
        draft.comments.push(text);
        true
    }
}

/// The line that a finding is about.
fn line_of(written: &Scenario, finding: &Finding) -> Option<usize> {
    let quote = finding.source.as_ref().filter(|quote| quote.path == NAME)?;
    let begins = |at: usize| written.steps[at].place.line;
    (0..written.steps.len())
        .filter(|at| begins(*at) <= quote.line)
        .max_by_key(|at| begins(*at))
}

/// What of a step a finding is about; empty for the step itself.
fn aspect(finding: &Finding) -> String {
    let known = ["order", "time", "times", "status"];
    let last = finding.check.rsplit('/').next().unwrap_or_default();
    let named = finding.check.split('/').count() > 2;
    match known.into_iter().find(|aspect| named && *aspect == last) {
        Some(aspect) => aspect.to_owned(),
        None if named => "value".to_owned(),
        None => String::new(),
    }
}
