//! What the trials come to: a pure function of the runs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::engine::{Campaign, Finding, Run, ScenarioResult, Verdict};
use crate::reference::Fault;
use crate::report::trace_file::{PEER, peer_of};
use crate::report::words;

use super::expected::{Expectation, expectation};

/// The configuration of what concerns all of them.
const ANY: &str = "any";

/// Everything that a selftest found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Outcome {
    /// The harness: name and version.
    pub tool: String,
    /// Seed of the order of scenarios and of all ids.
    pub seed: u64,
    /// How often everything was run.
    pub rounds: usize,
    /// The scenarios, in the order of their files.
    pub scenarios: Vec<String>,
    /// The clean server: each scenario in each configuration where it applies.
    pub clean: Vec<Clean>,
    /// The faulty ones.
    pub faults: Vec<Tried>,
    /// What can be said of idle scenarios and of survivors depends on what was left out.
    #[serde(skip)]
    pub scope: Scope,
    /// True where it was interrupted.
    pub incomplete: bool,
    /// Milliseconds that it took.
    pub took: u64,
}

/// What was run of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    /// Every fault was tried.
    pub all_faults: bool,
    /// Every scenario was run.
    pub all_scenarios: bool,
}

/// A scenario on the clean server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Clean {
    pub scenario: String,
    pub configuration: String,
    /// In how many rounds it passed.
    pub passed: usize,
    /// In how many it was run.
    pub runs: usize,
    /// Why it did not pass where it did not, one line each.
    pub reasons: BTreeSet<String>,
    /// Every check that found anything, were it only worth a remark.
    #[serde(skip)]
    pub checks: BTreeSet<String>,
}

/// A fault that was tried.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Tried {
    pub fault: &'static str,
    pub summary: &'static str,
    pub breaks: &'static str,
    /// The requirements and rules it is to be caught for.
    pub expected: &'static [&'static str],
    /// True where a warning is enough.
    pub warns: bool,
    /// The readings under which it shows; empty where it shows under those that every run has.
    pub under: Vec<String>,
    /// In how many rounds it was caught for one of them.
    pub caught: usize,
    /// In how many it was tried.
    pub runs: usize,
    /// In how many it was tried a second time, with less at work, because the first did not catch it.
    pub second_looks: usize,
    /// How many pairs of a scenario and a configuration were played.
    pub played: usize,
    /// How many were not, because their scenario was played elsewhere already.
    pub elsewhere: usize,
    /// Scenarios that were played in no configuration: they apply to none where the fault shows, or
    /// the server was lost before their turn.
    pub not_played: Vec<String>,
    /// What was found, by scenario.
    pub kills: Vec<Kill>,
    /// Scenarios and configurations of which anything happened.
    #[serde(skip)]
    pairs: BTreeSet<(String, String)>,
}

/// Something that a scenario found wrong with a faulty server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Kill {
    pub scenario: String,
    pub configuration: String,
    pub requirement: &'static str,
    pub check: String,
    /// True where it only warns.
    pub warning: bool,
    /// True where it is what the fault is to be caught for.
    pub stated: bool,
    /// True where a step or a check of the scenario found it, and not a rule that watches them all.
    pub own: bool,
}

/// What one run against a faulty server came to.
#[derive(Debug)]
pub(super) struct Trial {
    /// What was found that the clean server does not show.
    pub found: BTreeSet<Kill>,
    /// Scenarios and configurations of which anything happened.
    pub pairs: BTreeSet<(String, String)>,
    /// True where a stated reason was found again when it was looked for once more.
    pub confirmed: bool,
    /// True where it took the whole trial a second time.
    pub second_look: bool,
}

impl Trial {
    /// Takes what was found when it was looked for again: a stated reason is confirmed where it is
    /// found twice, by whichever scenario.
    pub fn confirm(&mut self, again: &BTreeSet<Kill>) {
        let what = |kill: &Kill| (kill.requirement, kill.check.clone());
        let stated = |found: &BTreeSet<Kill>| -> BTreeSet<(&str, String)> {
            found.iter().filter(|kill| kill.stated).map(what).collect()
        };
        self.confirmed |= !stated(&self.found).is_disjoint(&stated(again));
    }

    /// Takes what the whole trial came to once more.
    pub fn add(&mut self, again: Trial) {
        self.confirm(&again.found);
        self.confirmed |= again.confirmed;
        self.second_look = true;
        self.found.extend(again.found);
        self.pairs.extend(again.pairs);
    }
}

impl Clean {
    /// Not the CH-2 connection, and not the server as a whole.
    fn is_scenario(&self) -> bool {
        self.scenario != PEER && self.configuration != ANY
    }
}

impl Outcome {
    /// Scenarios that did not pass on the clean server, each time and everywhere.
    pub fn unclean(&self) -> impl Iterator<Item = &Clean> {
        self.clean.iter().filter(|clean| clean.passed < clean.runs)
    }

    /// Scenarios that apply to no configuration: nobody has seen them run.
    pub fn unrun(&self) -> Vec<&str> {
        let run: BTreeSet<&str> = self.clean.iter().map(|c| c.scenario.as_str()).collect();
        let all = self.scenarios.iter().map(String::as_str);
        all.filter(|id| !run.contains(id)).collect()
    }

    /// Faults that were not caught for a stated reason in every round.
    pub fn survivors(&self) -> Vec<&Tried> {
        // A fault that the chosen scenarios miss may be caught by others.
        let judged = self.scope.all_scenarios || !self.scope.all_faults;
        let faults = self.faults.iter().filter(|tried| tried.caught < tried.runs);
        faults.filter(|_| judged).collect()
    }

    /// Scenarios that catch no fault for its stated reason by a step or check of their own. A rule
    /// that watches every message finds a wrong one in all of them, and proves none.
    pub fn idle(&self) -> Vec<&str> {
        if !self.scope.all_faults {
            return Vec::new();
        }
        let kills = self.faults.iter().flat_map(|tried| &tried.kills);
        let proven: BTreeSet<&str> = kills
            .filter(|kill| kill.stated && kill.own)
            .map(|kill| kill.scenario.as_str())
            .collect();
        let unrun = self.unrun();
        let all = self.scenarios.iter().map(String::as_str);
        all.filter(|id| !proven.contains(id) && !unrun.contains(id))
            .collect()
    }

    /// True where the suite has proven itself, as far as it was asked to.
    pub fn holds(&self) -> bool {
        self.unclean().next().is_none()
            && self.unrun().is_empty()
            && self.survivors().is_empty()
            && self.idle().is_empty()
    }
}

impl Tried {
    /// A fault that has not been tried yet.
    pub fn new(fault: Fault) -> Tried {
        let expectation = expectation(fault);
        Tried {
            fault: fault.name(),
            summary: fault.summary(),
            breaks: fault.breaks(),
            expected: expectation.reasons,
            warns: expectation.warns,
            under: expectation.under.iter().map(ToString::to_string).collect(),
            caught: 0,
            runs: 0,
            second_looks: 0,
            played: 0,
            elsewhere: 0,
            not_played: Vec::new(),
            kills: Vec::new(),
            pairs: BTreeSet::new(),
        }
    }

    /// Takes what a run against the faulty server came to.
    pub fn take(&mut self, trial: Trial) {
        self.runs += 1;
        self.caught += usize::from(trial.confirmed);
        self.second_looks += usize::from(trial.second_look);
        self.add(trial);
    }

    /// Takes what a further look at some of its scenarios found.
    pub fn add(&mut self, trial: Trial) {
        self.pairs.extend(trial.pairs);
        let mut kills: BTreeSet<Kill> = std::mem::take(&mut self.kills).into_iter().collect();
        kills.extend(trial.found);
        self.kills = kills.into_iter().collect();
    }

    /// Counts what was played and what was not, of what the clean server was.
    pub fn settle(&mut self, clean: &[Clean]) {
        self.played = self.pairs.len();
        let anywhere: BTreeSet<&str> = self.pairs.iter().map(|(id, _)| id.as_str()).collect();
        let mut not_played = BTreeSet::new();
        for entry in clean.iter().filter(|entry| entry.is_scenario()) {
            let pair = (entry.scenario.clone(), entry.configuration.clone());
            if !anywhere.contains(entry.scenario.as_str()) {
                not_played.insert(entry.scenario.clone());
            } else if !self.pairs.contains(&pair) {
                self.elsewhere += 1;
            }
        }
        self.not_played = not_played.into_iter().collect();
    }

    /// What it was caught for, where that is not what it is to be caught for.
    pub fn other_reasons(&self) -> BTreeSet<&str> {
        let fails = self.kills.iter().filter(|kill| !kill.warning);
        fails.map(|kill| kill.requirement).collect()
    }
}

/// Scenarios and configurations of which anything happened in a run.
pub(super) fn pairs(run: &Run) -> BTreeSet<(String, String)> {
    let pairs = run.campaigns.iter().flat_map(|campaign| {
        let happened = campaign.scenarios.iter().filter(|s| s.events > 0);
        happened.map(|s: &ScenarioResult| (s.id.clone(), words::campaign(campaign)))
    });
    pairs.collect()
}

/// What a run against a faulty server found and the clean server does not show.
pub(super) fn kills(expectation: Expectation, run: &Run, clean: &[Clean]) -> BTreeSet<Kill> {
    let mut found = BTreeSet::new();
    for campaign in &run.campaigns {
        let configuration = words::campaign(campaign);
        for (scenario, finding) in findings(campaign) {
            let weighs = finding.verdict >= Verdict::Fail || finding.warning;
            // What the clean server does as well proves nothing: neither a scenario that did not
            // pass there, nor what it was told of one that did.
            let shown = clean.iter().any(|entry| {
                entry.scenario == scenario
                    && entry.configuration == configuration
                    && (entry.passed < entry.runs || entry.checks.contains(&finding.check))
            });
            if !weighs || shown {
                continue;
            }
            let weighs_enough = expectation.warns || !finding.warning;
            found.insert(Kill {
                scenario: scenario.to_owned(),
                configuration: configuration.clone(),
                requirement: finding.requirement.id,
                check: finding.check.clone(),
                warning: finding.warning,
                stated: weighs_enough && expectation.names(finding.requirement.id, &finding.check),
                own: finding.check.split('/').next() == Some(scenario),
            });
        }
    }
    found
}

/// Every finding of a campaign, with the scenario that it is of.
fn findings(campaign: &Campaign) -> impl Iterator<Item = (&str, &Finding)> {
    let scenarios = campaign.scenarios.iter().flat_map(|scenario| {
        let findings = scenario.findings.iter();
        findings.map(|finding| (scenario.id.as_str(), finding))
    });
    // One that had a server to itself is blamed for what happened on its connection.
    let peer = campaign.peer.iter().map(|finding| {
        let whose = finding.trace.as_deref().unwrap_or(PEER);
        let mut scenarios = campaign.scenarios.iter();
        let alone = scenarios.find(|scenario| peer_of(&scenario.id) == whose);
        (alone.map_or(PEER, |scenario| scenario.id.as_str()), finding)
    });
    scenarios.chain(peer)
}

/// Takes what a run against the clean server came to.
pub(super) fn take_clean(clean: &mut BTreeMap<(String, String), Clean>, run: &Run) {
    for campaign in &run.campaigns {
        let configuration = words::campaign(campaign);
        for result in &campaign.scenarios {
            if result.verdict == Verdict::NotApplicable {
                continue;
            }
            let entry = clean
                .entry((configuration.clone(), result.id.clone()))
                .or_insert_with(|| Clean {
                    scenario: result.id.clone(),
                    configuration: configuration.clone(),
                    passed: 0,
                    runs: 0,
                    reasons: BTreeSet::new(),
                    checks: BTreeSet::new(),
                });
            entry.runs += 1;
            let checks = result.findings.iter().map(|finding| finding.check.clone());
            entry.checks.extend(checks);
            let mut findings = result.findings.iter();
            let worst = match result.verdict {
                // What warns on the clean server says nothing on a faulty one.
                Verdict::Pass => findings.find(|finding| is_should(finding)),
                _ => findings.next(),
            };
            if result.verdict == Verdict::Pass && worst.is_none() {
                entry.passed += 1;
                continue;
            }
            let why = worst.map_or(result.reason.as_str(), |found| found.title.as_str());
            let verdict = words::verdict(result.verdict);
            entry.reasons.insert(format!("{verdict}: {why}"));
        }
        for finding in campaign.peer.iter().filter(|finding| !finding.warning) {
            let entry = clean
                .entry((configuration.clone(), PEER.to_owned()))
                .or_insert_with(|| Clean {
                    scenario: PEER.to_owned(),
                    configuration: configuration.clone(),
                    passed: 0,
                    runs: 0,
                    reasons: BTreeSet::new(),
                    checks: BTreeSet::new(),
                });
            entry.runs += 1;
            entry.reasons.insert(finding.title.clone());
        }
    }
    if let Some(diagnosis) = &run.diagnosis {
        let key = (String::new(), String::new());
        let entry = clean.entry(key).or_insert_with(|| Clean {
            scenario: "the clean server".to_owned(),
            configuration: ANY.to_owned(),
            passed: 0,
            runs: 0,
            reasons: BTreeSet::new(),
            checks: BTreeSet::new(),
        });
        entry.runs += 1;
        entry.reasons.insert(diagnosis.clone());
    }
}

/// A warning of something that a document asks for, which a right server does not earn.
fn is_should(finding: &Finding) -> bool {
    finding.requirement.strength == crate::ch2::Strength::Should
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    const FAULT: Fault = Fault::RefusedMessageCharged;

    /// A fault that is to be caught for `reasons`.
    fn expected(reasons: &'static [&'static str], warns: bool) -> Expectation {
        Expectation {
            reasons,
            warns,
            under: &[],
        }
    }

    /// The example's findings, held against that.
    fn tried(reasons: &'static [&'static str], warns: bool) -> Tried {
        let run = example::run();
        let found = kills(expected(reasons, warns), &run, &[]);
        let mut tried = Tried::new(FAULT);
        tried.take(Trial {
            confirmed: found.iter().any(|kill| kill.stated),
            found,
            pairs: pairs(&run),
            second_look: false,
        });
        tried.settle(&[]);
        tried
    }

    #[test]
    fn what_the_clean_server_shows_too_catches_nothing() {
        let run = example::run();
        let mut clean = BTreeMap::new();
        take_clean(&mut clean, &run);
        let clean: Vec<Clean> = clean.into_values().collect();
        let fails = expected(&["MSG-6-USED"], false);
        let warns = expected(&["CC-8.2-NUMBER"], true);
        for expectation in [fails, warns] {
            let stated = |clean| {
                let found = kills(expectation, &run, clean);
                found.iter().filter(|kill| kill.stated).count()
            };
            assert!(stated(&[]) > 0, "{expectation:?}");
            let scenarios = kills(expectation, &run, &clean);
            let scenarios = scenarios.iter().filter(|kill| kill.scenario != PEER);
            assert_eq!(scenarios.count(), 0, "{expectation:?}");
        }
    }

    #[test]
    fn what_is_seen_once_is_confirmed_by_seeing_it_again() {
        let run = example::run();
        let trial = |reasons| Trial {
            found: kills(expected(reasons, false), &run, &[]),
            pairs: BTreeSet::new(),
            confirmed: false,
            second_look: false,
        };
        let nothing = || Trial {
            found: BTreeSet::new(),
            ..trial(&["MSG-6-USED"])
        };
        let added = |mut first: Trial, second: Trial| {
            first.add(second);
            first.confirmed
        };
        assert!(added(trial(&["MSG-6-USED"]), trial(&["MSG-6-USED"])));
        assert!(!added(trial(&["MSG-6-USED"]), nothing()));
        assert!(!added(nothing(), trial(&["MSG-6-USED"])));
        assert!(!added(trial(&["MSG-6-USED"]), trial(&["CC-5.4-STOP"])));
        let confirmed = Trial {
            confirmed: true,
            ..nothing()
        };
        assert!(added(nothing(), confirmed));
    }

    #[test]
    fn a_rule_proves_no_scenario_and_neither_does_another_reason() {
        let all = Scope {
            all_faults: true,
            all_scenarios: true,
        };
        let own = outcome(vec![tried(&["MSG-6-USED"], false)], all);
        assert!(!own.idle().contains(&"IMC-END-con-001"));
        let rule = outcome(vec![tried(&["CC-8.2-NUMBER"], true)], all);
        assert!(
            rule.faults[0]
                .kills
                .iter()
                .any(|kill| kill.stated && !kill.own)
        );
        assert!(rule.idle().contains(&"IMC-END-con-001"));
    }

    #[test]
    fn a_fault_is_caught_for_the_stated_reason_only() {
        let caught = |expected, warns| tried(expected, warns).caught;
        assert_eq!(caught(&["MSG-6-USED"], false), 1);
        assert_eq!(caught(&["CC-5.4-STOP"], false), 0, "another reason");
        let warned = example::run().campaigns[0]
            .peer
            .iter()
            .find(|finding| finding.warning)
            .map(|finding| finding.requirement.id)
            .unwrap();
        let warned: &'static [&'static str] = vec![warned].leak();
        assert_eq!(caught(warned, false), 0, "a warning is no fail");
        assert_eq!(caught(warned, true), 1);
    }

    fn outcome(faults: Vec<Tried>, scope: Scope) -> Outcome {
        let run = example::run();
        let scenarios = run.campaigns[0].scenarios.iter().map(|s| s.id.clone());
        let mut clean = BTreeMap::new();
        take_clean(&mut clean, &run);
        Outcome {
            tool: String::new(),
            seed: 0,
            rounds: 1,
            scenarios: scenarios.collect(),
            clean: clean.into_values().collect(),
            faults,
            scope,
            incomplete: false,
            took: 0,
        }
    }

    #[test]
    fn what_passes_on_no_clean_server_and_what_no_fault_fails_is_named() {
        let all = Scope {
            all_faults: true,
            all_scenarios: true,
        };
        let found = outcome(vec![tried(&["CC-5.4-STOP"], false)], all);
        let unclean: Vec<&str> = found.unclean().map(|c| c.scenario.as_str()).collect();
        assert!(unclean.contains(&"IMC-END-con-001"), "{unclean:?}");
        assert_eq!(found.unrun(), ["IMC-MSG-con-002"], "it applies nowhere");
        assert_eq!(found.survivors().len(), 1);
        assert!(!found.idle().is_empty());
        assert!(!found.holds());
    }

    #[test]
    fn what_was_left_out_is_held_against_nobody() {
        let some_scenarios = Scope {
            all_faults: true,
            all_scenarios: false,
        };
        let missed = || vec![tried(&["CC-5.4-STOP"], false)];
        assert!(outcome(missed(), some_scenarios).survivors().is_empty());
        let some_faults = Scope {
            all_faults: false,
            all_scenarios: true,
        };
        assert!(outcome(missed(), some_faults).idle().is_empty());
        assert_eq!(outcome(missed(), some_faults).survivors().len(), 1);
    }
}
