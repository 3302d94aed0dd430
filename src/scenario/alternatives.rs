//! Choices and blocks without order: what of them makes no sense.

use super::diagnostic::{Diagnostic, Problems};
use super::doubt::is_initiative;
use super::model::{Action, Branch, Incoming, Party, Scenario, Step};

/// Reports alternatives that are never taken, or taken by whatever comes, and what the harness begins
/// where no order is told.
pub(super) fn check(scenario: &Scenario, problems: &mut Problems) {
    for (choice, written) in scenario.choices.iter().enumerate() {
        let of = |alternative| {
            let branch = Branch {
                choice,
                alternative,
            };
            Alternative::new(scenario, branch)
        };
        let alternatives: Vec<Alternative<'_>> = (0..written.names.len())
            .map(of)
            .filter(|alternative| !alternative.steps.is_empty())
            .collect();
        for (i, alternative) in alternatives.iter().enumerate() {
            problems.beginning(alternative);
            problems.out_of_reach(alternative, &alternatives[..i]);
            problems.takes_anything(alternative);
        }
    }
    for step in &scenario.steps {
        if step.any_order.is_some() && is_initiative(step) {
            let text = format!("`{}` is begun by the harness, in an order", step.action);
            let problem = Diagnostic::error("ours-in-any-order", step.place.clone(), text)
                .help("only what the server does, and our answers to it, can come in any order");
            problems.push(problem);
        }
    }
}

struct Alternative<'s> {
    steps: Vec<&'s Step>,
    /// What may be the first message of it: expectations above the first step that we begin.
    openers: Vec<Opener<'s>>,
}

struct Opener<'s> {
    party: Party,
    message: &'s Incoming,
    step: &'s Step,
    /// Nothing has to come before it in its channel.
    in_turn: bool,
}

impl<'s> Alternative<'s> {
    fn new(scenario: &'s Scenario, branch: Branch) -> Alternative<'s> {
        let of = |step: &&Step| step.branch == Some(branch);
        let steps: Vec<&Step> = scenario.steps.iter().filter(of).collect();
        let mut openers: Vec<Opener<'_>> = Vec::new();
        for step in steps.iter().take_while(|step| !is_initiative(step)) {
            let Action::Receive { party, message } = &step.action else {
                continue;
            };
            let comes_before = |above: &Opener<'_>| {
                let unordered = step.any_order.is_some() && step.any_order == above.step.any_order;
                above.party == *party
                    && above.message.is_of_protocol_of(message)
                    && above.step.session == step.session
                    && !above.step.count.optional
                    && !unordered
            };
            let in_turn = !openers.iter().any(comes_before);
            openers.push(Opener {
                party: *party,
                message,
                step,
                in_turn,
            });
        }
        Alternative { steps, openers }
    }

    /// Whether it is taken where nothing comes.
    fn is_silence(&self) -> bool {
        matches!(self.steps[0].action, Action::ReceiveNothing { .. })
    }

    /// An opener that takes whatever an opener of another alternative takes.
    fn covers(&self, other: &Opener<'_>) -> Option<&'s Step> {
        let wider = |own: &&Opener<'_>| {
            own.party == other.party
                && own.step.session == other.step.session
                && is_there_with(own.step, other.step)
                && own.message.covers(other.message)
                && own.step.repeats.is_some() == other.step.repeats.is_some()
                && (own.in_turn || !other.in_turn)
        };
        self.openers.iter().find(wider).map(|opener| opener.step)
    }
}

/// Whether a step belongs to every flow that the other one belongs to.
fn is_there_with(step: &Step, other: &Step) -> bool {
    let under = step.under.is_empty()
        || (!other.under.is_empty() && other.under.iter().all(|r| step.under.contains(r)));
    under && step.when.iter().all(|ics| other.when.contains(ics))
}

impl Problems {
    /// An alternative is chosen by what the server does, so it begins with that.
    fn beginning(&mut self, alternative: &Alternative<'_>) {
        let first = alternative.steps[0];
        let has_to_come = |opener: &Opener<'_>| !opener.step.count.optional;
        if alternative.is_silence() {
            return;
        }
        if !matches!(first.action, Action::Receive { .. }) {
            let text = format!("an alternative cannot begin with `{}`", first.action);
            let problem = Diagnostic::error("alternative-of-ours", first.place.clone(), text)
                .help("the server chooses: begin with what it sends, or with `receives nothing`");
            self.push(problem);
        } else if !alternative.openers.iter().any(has_to_come) {
            let text = "nothing has to come in this alternative";
            let problem = Diagnostic::error("alternative-of-nothing", first.place.clone(), text)
                .help("an alternative for silence is `receives nothing`");
            self.push(problem);
        }
    }

    /// Where every message that could choose it chooses an earlier one.
    fn out_of_reach(&mut self, alternative: &Alternative<'_>, earlier: &[Alternative<'_>]) {
        let first = alternative.steps[0];
        let other = if alternative.is_silence() {
            let silent = earlier.iter().find(|other| other.is_silence());
            silent.map(|other| other.steps[0])
        } else {
            let cover = |opener: &Opener<'_>| earlier.iter().find_map(|other| other.covers(opener));
            let covers: Vec<_> = alternative.openers.iter().map(cover).collect();
            let all = covers.iter().all(Option::is_some);
            covers.first().copied().flatten().filter(|_| all)
        };
        let Some(other) = other else { return };
        let text = "this alternative is never taken: another one takes its messages";
        let problem = Diagnostic::error("unreachable-alternative", first.place.clone(), text)
            .help("what a message is decides, not what it holds: put the narrower one first")
            .note("the other one", Some(other.place.clone()));
        self.push(problem);
    }

    /// Where it is chosen by a message that says nothing of which alternative was meant.
    fn takes_anything(&mut self, alternative: &Alternative<'_>) {
        for Opener { message, step, .. } in &alternative.openers {
            if message.is_anything() && step.checks.is_empty() {
                let text = "this alternative takes whatever comes";
                let problem = Diagnostic::warning("loose-alternative", step.place.clone(), text)
                    .help("name the status or the kind, or what the message must hold");
                self.push(problem);
            }
        }
    }
}
