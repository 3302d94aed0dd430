//! Exit codes: what a script may rely on.

use crate::engine::{Finding, Run, Verdict};

/// What the process says to whoever started it. Stable: a code never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything that was asked for was done, and everything that was judged passed.
    Passed = 0,
    /// A verdict is fail, or what was to be checked is wrong.
    Failed = 1,
    /// The command line, a scenario or the server's description is wrong; nothing was sent.
    Usage = 2,
    /// A verdict is inconclusive or error, or the run was interrupted, and none is fail.
    Undecided = 3,
    /// Nothing ran: no scenario was selected, or none applies to the server.
    NothingRan = 4,
    /// The server could not be reached.
    Unreachable = 5,
}

/// The table that `--help` ends with.
pub(super) const HELP: &str = "\
Exit codes:
  0  all passed
  1  a verdict is fail: the server broke a requirement (with --strict also: there is a warning)
  2  bad usage, scenario or configuration; nothing was sent
  3  inconclusive, harness error or interrupted, and nothing failed
  4  nothing ran: no scenario was selected, or none applies
  5  the server could not be reached";

impl ExitCode {
    /// What a run comes to.
    ///
    /// A fail is a fact about the server, whatever else went wrong beside it, and comes first. Then
    /// a server that could not be reached, so that it never looks like its scenarios' errors; then
    /// everything that leaves a question open; then a run in which nothing was judged, which must
    /// not look like a pass.
    pub fn of(run: &Run) -> ExitCode {
        let scenarios = || {
            run.campaigns
                .iter()
                .flat_map(|campaign| &campaign.scenarios)
        };
        let any = |verdict| scenarios().any(|scenario| scenario.verdict == verdict);
        let mut peer = run.campaigns.iter().flat_map(|campaign| &campaign.peer);
        let counts = |finding: &Finding, verdict| !finding.warning && finding.verdict == verdict;
        let warned = |verdict| run.strict && run.warnings().any(|found| found.verdict == verdict);
        if warned(Verdict::Fail)
            || any(Verdict::Fail)
            || peer.clone().any(|f| counts(f, Verdict::Fail))
        {
            return ExitCode::Failed;
        }
        if run.diagnosis.is_some() {
            return ExitCode::Unreachable;
        }
        let open = [Verdict::Error, Verdict::Inconclusive];
        let undecided = run.incomplete
            || open
                .into_iter()
                .any(|verdict| any(verdict) || warned(verdict))
            || peer.any(|f| open.into_iter().any(|verdict| counts(f, verdict)));
        if undecided {
            return ExitCode::Undecided;
        }
        if any(Verdict::Pass) {
            ExitCode::Passed
        } else {
            ExitCode::NothingRan
        }
    }

    /// The number.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> std::process::ExitCode {
        std::process::ExitCode::from(code.code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::{Campaign, REPORT_VERSION, ScenarioResult};
    use crate::io::Time;

    fn run(verdicts: &[Verdict]) -> Run {
        Run {
            version: REPORT_VERSION,
            tool: String::new(),
            started: String::new(),
            duration: Time::ZERO,
            seed: 0,
            verdict: verdicts
                .iter()
                .copied()
                .max()
                .unwrap_or(Verdict::NotApplicable),
            strict: false,
            incomplete: false,
            diagnosis: None,
            campaigns: vec![Campaign {
                server: String::new(),
                topology: String::new(),
                faults: Vec::new(),
                readings: Vec::new(),
                binding: String::new(),
                dictionary: String::new(),
                ixit: BTreeMap::new(),
                peer: Vec::new(),
                scenarios: verdicts.iter().copied().map(scenario).collect(),
            }],
        }
    }

    fn scenario(verdict: Verdict) -> ScenarioResult {
        ScenarioResult {
            id: String::new(),
            title: String::new(),
            clause: String::new(),
            figure: None,
            file: String::new(),
            topology: String::new(),
            verdict,
            reason: String::new(),
            began: Time::ZERO,
            ended: Time::ZERO,
            identities: BTreeMap::new(),
            steps: Vec::new(),
            findings: Vec::new(),
            matrix: Vec::new(),
            conversation: Vec::new(),
            ledger: BTreeMap::new(),
            checked: BTreeMap::new(),
            rules_watched: 0,
            alternatives: Vec::new(),
            quiet: Vec::new(),
            background: BTreeMap::new(),
            events: 0,
        }
    }

    #[test]
    fn verdicts_come_to_documented_codes() {
        use Verdict::{Error, Fail, Inconclusive, NotApplicable, Pass};
        let table: &[(&[Verdict], u8)] = &[
            (&[Pass], 0),
            (&[Pass, NotApplicable], 0),
            (&[Pass, Fail], 1),
            (&[Fail, Error], 1),
            (&[Fail, Inconclusive, NotApplicable], 1),
            (&[Pass, Inconclusive], 3),
            (&[Pass, Error], 3),
            (&[Error, NotApplicable], 3),
            (&[NotApplicable], 4),
            (&[], 4),
        ];
        for (verdicts, code) in table {
            assert_eq!(ExitCode::of(&run(verdicts)).code(), *code, "{verdicts:?}");
        }
    }

    #[test]
    fn an_unreachable_server_is_neither_a_failure_nor_an_error() {
        let mut run = run(&[Verdict::Error, Verdict::NotApplicable]);
        run.diagnosis = Some("nothing listens there".to_owned());
        assert_eq!(ExitCode::of(&run), ExitCode::Unreachable);
        run.campaigns.clear();
        assert_eq!(ExitCode::of(&run), ExitCode::Unreachable);
        let mut failed = self::run(&[Verdict::Fail]);
        failed.diagnosis = Some("it went away".to_owned());
        assert_eq!(ExitCode::of(&failed), ExitCode::Failed);
    }

    #[test]
    fn an_interrupted_run_is_never_green() {
        let mut run = run(&[Verdict::Pass]);
        run.incomplete = true;
        assert_eq!(ExitCode::of(&run), ExitCode::Undecided);
    }

    #[test]
    fn the_help_text_names_every_code() {
        use ExitCode::{Failed, NothingRan, Passed, Undecided, Unreachable, Usage};
        for code in [Passed, Failed, Usage, Undecided, NothingRan, Unreachable] {
            assert!(HELP.contains(&format!("\n  {}  ", code.code())), "{code:?}");
        }
    }
}
