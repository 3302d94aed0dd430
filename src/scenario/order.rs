//! Order and time: what can never happen as written.

use std::time::Duration;

use super::diagnostic::{Diagnostic, Problems};
use super::doubt::is_initiative;
use super::length::Length;
use super::model::{Action, Branch, Incoming, Outgoing, Party, Scenario, Step};
use super::words::together;

/// Reports orders that go in a circle and times beyond the scenario's limit.
pub(super) fn check(scenario: &Scenario, problems: &mut Problems) {
    circles(&scenario.steps, problems);
    times(scenario, problems);
}

fn times(scenario: &Scenario, problems: &mut Problems) {
    let limit = scenario.limit;
    let mut waited = Duration::ZERO;
    for step in &scenario.steps {
        let (what, time) = match &step.action {
            Action::Wait(length) => {
                waited += length.fixed().unwrap_or_default();
                ("`wait`", Some(waited))
            }
            Action::ReceiveNothing { window, .. } => {
                ("`for`", window.as_ref().and_then(Length::fixed))
            }
            _ => ("`within`", None),
        };
        let time = time.or(step.within.as_ref().and_then(Length::fixed));
        if time.is_some_and(|time| time > limit) {
            let text = format!(
                "{what} reaches beyond the scenario's limit of {} ms",
                limit.as_millis()
            );
            let problem = Diagnostic::error("beyond-limit", step.place.clone(), text);
            problems.push(problem.help("raise `limit` at the top of the scenario"));
        }
        problems.soonest(step, limit);
    }
}

impl Problems {
    /// `no sooner than`
    fn soonest(&mut self, step: &Step, limit: Duration) {
        let Some(least) = &step.no_sooner else {
            return;
        };
        if !follows(step) {
            let text = "there is nothing that `no sooner than` could be counted from";
            let problem = Diagnostic::error("nothing-followed", step.place.clone(), text)
                .help("name what the message follows, with `after` or `for`");
            self.push(problem);
        }
        let latest = step.within.as_ref().and_then(Length::fixed);
        let Some(least) = least.fixed() else { return };
        if latest.is_some_and(|latest| latest < least) || least >= limit {
            let text = "the message may never come: its time is over before it begins";
            let problem = Diagnostic::error("never-in-time", step.place.clone(), text)
                .help("compare `no sooner than` with `within` and the scenario's `limit`");
            self.push(problem);
        }
    }
}

/// Whether a step says what its message follows, or answers something.
fn follows(step: &Step) -> bool {
    let answers = matches!(
        step.action,
        Action::Receive {
            message: Incoming::SipResponse { .. }
                | Incoming::MsrpResponse { .. }
                | Incoming::PeerAnswer { .. }
                | Incoming::MsrpSend { forwards: Some(_) }
                | Incoming::MsrpReport { on: Some(_) },
            ..
        }
    );
    answers || !step.after.is_empty()
}

/// A step waits for those in `after`, for those that say `before`, for the one it answers, and for the
/// step of the same session, party and protocol that stands before it; what we begin waits for
/// everything above it. `hold until` is no order: it ends by itself.
fn circles(steps: &[Step], problems: &mut Problems) {
    let before: Vec<Vec<usize>> = (0..steps.len()).map(|i| predecessors(steps, i)).collect();
    let mut state = vec![State::New; steps.len()];
    for i in 0..steps.len() {
        if let Some(circle) = visit(i, &before, &mut state) {
            let names: Vec<String> = circle
                .iter()
                .rev()
                .map(|i| match &steps[*i].label {
                    Some(label) => format!("`{label}`"),
                    None => format!("`{}`", steps[*i].action),
                })
                .collect();
            let text = format!(
                "no order satisfies this: {} goes in a circle",
                names.join(" > ")
            );
            let at = circle
                .iter()
                .copied()
                .find(|i| !steps[*i].after.is_empty() || !steps[*i].before.is_empty())
                .unwrap_or(i);
            let mut problem = Diagnostic::error("order-circle", steps[at].place.clone(), text);
            for other in circle.iter().filter(|other| **other != at).take(3) {
                problem = problem.note("with this step", Some(steps[*other].place.clone()));
            }
            problems.push(problem);
            return;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// Depth first, without recursion; the first circle that is found.
fn visit(start: usize, before: &[Vec<usize>], state: &mut [State]) -> Option<Vec<usize>> {
    if state[start] != State::New {
        return None;
    }
    let mut path = vec![(start, 0)];
    state[start] = State::Open;
    while let Some((step, next)) = path.last_mut() {
        let (here, edge) = (*step, *next);
        *next += 1;
        match before[here].get(edge) {
            None => {
                state[here] = State::Done;
                path.pop();
            }
            Some(&to) => match state[to] {
                State::Done => {}
                State::Open => {
                    let from = path.iter().position(|(step, _)| *step == to).unwrap_or(0);
                    return Some(path[from..].iter().map(|(step, _)| *step).collect());
                }
                State::New => {
                    state[to] = State::Open;
                    path.push((to, 0));
                }
            },
        }
    }
    None
}

fn predecessors(steps: &[Step], i: usize) -> Vec<usize> {
    let step = &steps[i];
    let fits = |j: &usize| {
        *j != i
            && together(&steps[*j].under, &step.under)
            && !Branch::apart(steps[*j].branch, step.branch)
    };
    let labelled = |label: &str| {
        let label = label.to_owned();
        (0..steps.len())
            .filter(fits)
            .filter(move |j| steps[*j].label.as_deref() == Some(&label))
    };
    let mut found: Vec<usize> = step
        .after
        .iter()
        .map(String::as_str)
        .chain(answers(step))
        .chain(step.repeats.as_deref())
        .flat_map(labelled)
        .collect();
    let mirrored = |j: &usize| {
        let says = |label: &String| step.label.as_ref() == Some(label);
        steps[*j].before.iter().any(says)
    };
    found.extend((0..steps.len()).filter(fits).filter(mirrored));
    // What we begin waits for everything above it, and what we expect below it waits for that.
    if is_initiative(step) {
        found.extend((0..i).filter(fits));
    } else if matches!(step.action, Action::Receive { .. }) {
        let begins = |j: &usize| is_initiative(&steps[*j]);
        let mut above = (0..i).rev().filter(fits);
        found.extend(above.find(begins));
    }
    if let Some(stream) = stream(&step.action) {
        let loose = |j: &usize| step.any_order.is_some() && steps[*j].any_order == step.any_order;
        let same = |j: &usize| {
            steps[*j].session == step.session
                && self::stream(&steps[*j].action) == Some(stream)
                && !loose(j)
        };
        found.extend((0..i).rev().filter(fits).find(same));
    }
    found
}

fn answers(step: &Step) -> Option<&str> {
    match &step.action {
        Action::Send {
            message: Outgoing::Response { answers, .. },
            ..
        } => Some(answers),
        Action::SendAgain { of, .. } => Some(of),
        Action::Send {
            message:
                Outgoing::SipResponse { answers, .. }
                | Outgoing::MsrpResponse { answers, .. }
                | Outgoing::MsrpReport { answers, .. },
            ..
        }
        | Action::Receive {
            message:
                Incoming::SipResponse { answers, .. }
                | Incoming::MsrpResponse { answers, .. }
                | Incoming::MsrpSend { forwards: answers }
                | Incoming::MsrpReport { on: answers }
                | Incoming::PeerAnswer { answers, .. },
            ..
        } => answers.as_deref(),
        _ => None,
    }
}

/// CH-2 requests stand in file order; so do the requests of one party in one protocol.
fn stream(action: &Action) -> Option<(Party, bool)> {
    match action {
        Action::Send {
            party,
            message: Outgoing::SipRequest { .. },
        }
        | Action::Receive {
            party,
            message: Incoming::SipRequest { .. },
        } => Some((*party, true)),
        Action::Send {
            party,
            message: Outgoing::MsrpSend { .. },
        }
        | Action::Receive {
            party,
            message: Incoming::MsrpSend { .. },
        }
        | Action::Receive {
            party,
            message: Incoming::SessionRequest { .. },
        } => Some((*party, false)),
        _ => None,
    }
}
