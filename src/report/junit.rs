//! JUnit XML, for CI servers.

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::engine::{Campaign, Finding, Run, ScenarioResult, Verdict};
use crate::io::Time;

use super::{Style, escape, human, words};

/// The run as JUnit XML: a suite per campaign, a test case per scenario.
///
/// - `fail` is a `<failure>`: the server broke a requirement.
/// - `error` is an `<error>`: the harness or its configuration broke.
/// - `inconclusive` is an `<error>` of type `inconclusive` too: nothing was decided, and a CI
///   server must show that neither as passed nor as the server's failure.
/// - `not applicable` is `<skipped>`.
/// - What is wrong on the CH-2 connection itself is a test case named `CH-2 connection`.
/// - Warnings stand in `<system-out>`; where they count (`--strict`) they make a `<failure>`.
/// - A server that could not be used at all is one test case with an error, not one per scenario.
///
/// Characters that XML cannot hold are written out as [`escape::terminal`] writes them.
///
/// # Errors
///
/// Those of the XML writer; none is known.
pub fn render(run: &Run) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("ch2spec");
    report.set_time(run.duration.since(Time::ZERO));
    if run.diagnosis.is_some() || run.incomplete {
        report.add_test_suite(harness(run));
    }
    for campaign in &run.campaigns {
        report.add_test_suite(suite(campaign, run.strict));
    }
    report.to_string()
}

/// What concerns the run and no scenario.
fn harness(run: &Run) -> TestSuite {
    let mut suite = TestSuite::new("ch2spec");
    if let Some(diagnosis) = &run.diagnosis {
        suite.add_test_case(broken("the server can be used", "diagnosis", diagnosis));
    }
    if run.incomplete {
        let text = "the run was interrupted; what is not here was not judged";
        suite.add_test_case(broken("the run is complete", "incomplete", text));
    }
    suite
}

fn broken(name: &str, kind: &str, text: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(kind).set_message(line(text));
    TestCase::new(name, status)
}

fn suite(campaign: &Campaign, strict: bool) -> TestSuite {
    let mut suite = TestSuite::new(line(&format!(
        "{}, {}",
        campaign.server,
        words::campaign(campaign)
    )));
    suite.add_property(Property::new("topology", line(&campaign.topology)));
    suite.add_property(Property::new("binding", line(&campaign.binding)));
    suite.add_property(Property::new("dictionary", line(&campaign.dictionary)));
    for choice in &campaign.readings {
        let claim = if choice.claimed { "claimed" } else { "default" };
        let value = format!("{} ({claim})", choice.reading);
        let name = format!("reading: {}", words::group(choice.group));
        suite.add_property(Property::new(name, value));
    }
    for fault in &campaign.faults {
        suite.add_property(Property::new("fault", line(fault)));
    }
    if strict {
        suite.add_property(Property::new("strict", "warnings count as failures"));
    }
    for scenario in &campaign.scenarios {
        suite.add_test_case(case(scenario));
    }
    if !campaign.peer.is_empty() {
        suite.add_test_case(peer(&campaign.peer, strict));
    }
    let began = campaign
        .scenarios
        .iter()
        .map(|scenario| scenario.began)
        .min();
    let ended = campaign
        .scenarios
        .iter()
        .map(|scenario| scenario.ended)
        .max();
    if let (Some(began), Some(ended)) = (began, ended) {
        suite.set_time(ended.since(began));
    }
    suite
}

fn case(scenario: &ScenarioResult) -> TestCase {
    let mut status = match scenario.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::NotApplicable => TestCaseStatus::skipped(),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Error | Verdict::Inconclusive => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    if scenario.verdict != Verdict::Pass {
        status.set_message(line(&message(scenario)));
    }
    if !matches!(scenario.verdict, Verdict::Pass | Verdict::NotApplicable) {
        status.set_type(words::verdict(scenario.verdict));
        status.set_description(human::scenario_text(scenario, &Style::plain()));
    }
    let mut case = TestCase::new(line(&format!("{} {}", scenario.id, scenario.title)), status);
    case.set_classname(line(&format!("{}.{}", scenario.topology, scenario.file)));
    case.set_time(scenario.ended.since(scenario.began));
    let checks: u32 = scenario.checked.values().sum();
    case.set_assertions(checks as usize);
    let warnings: Vec<String> = scenario
        .findings
        .iter()
        .filter(|found| found.warning)
        .map(in_a_line)
        .collect();
    if !warnings.is_empty() {
        case.set_system_out(warnings.join("\n"));
    }
    case
}

/// Why a scenario did not pass, in a line.
fn message(scenario: &ScenarioResult) -> String {
    let mut wrong = scenario.findings.iter().filter(|found| !found.warning);
    let decides = wrong
        .clone()
        .find(|found| found.verdict == scenario.verdict);
    let found = match decides {
        None if scenario.reason.is_empty() => wrong.next(),
        decides => decides,
    };
    found.map_or_else(|| scenario.reason.clone(), |found| found.title.clone())
}

fn peer(findings: &[Finding], strict: bool) -> TestCase {
    let worst = findings
        .iter()
        .filter(|found| strict || !found.warning)
        .max_by_key(|found| found.verdict);
    let mut status = match worst {
        Some(found) if found.verdict >= Verdict::Inconclusive => {
            let kind = match found.verdict {
                Verdict::Fail => NonSuccessKind::Failure,
                _ => NonSuccessKind::Error,
            };
            let counts = if found.warning {
                "warnings count (--strict): "
            } else {
                ""
            };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(line(&format!("{counts}{}", found.title)));
            status.set_type(words::verdict(found.verdict));
            status
        }
        _ => TestCaseStatus::success(),
    };
    let all: Vec<String> = findings.iter().map(in_a_line).collect();
    if matches!(status, TestCaseStatus::NonSuccess { .. }) {
        status.set_description(all.join("\n"));
        return TestCase::new("CH-2 connection", status);
    }
    let mut case = TestCase::new("CH-2 connection", status);
    case.set_system_out(all.join("\n"));
    case
}

/// `warning: title [MSG-6: change request, 6.3.3.3 step 6]`, safe for XML.
fn in_a_line(finding: &Finding) -> String {
    let kind = if finding.warning {
        "warning"
    } else {
        words::verdict(finding.verdict)
    };
    let requirement = finding.requirement;
    let cited = words::citation(requirement);
    line(&format!(
        "{kind}: {} [{}: {cited}]",
        finding.title, requirement.id
    ))
}

fn line(text: &str) -> String {
    escape::terminal(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn each_verdict_has_its_place() {
        let text = render(&example::run()).unwrap();
        let report = Report::deserialize_from_str(&text).unwrap();
        assert_eq!(report.test_suites.len(), 1);
        let suite = &report.test_suites[0];
        assert_eq!((suite.tests, suite.failures, suite.errors), (6, 1, 2));
        let kinds: Vec<&str> = suite
            .test_cases
            .iter()
            .map(|case| kind(&case.status))
            .collect();
        let expected = [
            "success",
            "failure",
            "error inconclusive",
            "error error",
            "skipped",
        ];
        assert_eq!(kinds[..5], expected);
        assert_eq!(suite.test_cases[5].name.as_str(), "CH-2 connection");
        assert_eq!(suite.test_cases[1].assertions, Some(3));
    }

    fn kind(status: &TestCaseStatus) -> &'static str {
        match status {
            TestCaseStatus::Success { .. } => "success",
            TestCaseStatus::Skipped { .. } => "skipped",
            TestCaseStatus::NonSuccess {
                kind: NonSuccessKind::Failure,
                ..
            } => "failure",
            TestCaseStatus::NonSuccess { ty, .. } => match ty.as_ref().map(|ty| ty.as_str()) {
                Some("inconclusive") => "error inconclusive",
                Some("error") => "error error",
                _ => "error",
            },
        }
    }

    #[test]
    fn where_warnings_count_they_are_failures_of_the_connection_too() {
        let mut run = example::run();
        run.strict = true;
        run.campaigns[0].peer.retain(|found| found.warning);
        let report = Report::deserialize_from_str(&render(&run).unwrap()).unwrap();
        let peer = &report.test_suites[0].test_cases[5];
        assert_eq!(kind(&peer.status), "failure");
        run.strict = false;
        let report = Report::deserialize_from_str(&render(&run).unwrap()).unwrap();
        let peer = &report.test_suites[0].test_cases[5];
        assert_eq!(kind(&peer.status), "success");
    }

    #[test]
    fn hostile_text_is_visible_and_harmless() {
        let text = render(&example::run()).unwrap();
        assert!(text.contains("2 messages \\x1b[2J\\u{202e}"), "{text}");
        assert!(!text.contains('\x1b') && !text.contains('\u{202e}'));
    }

    #[test]
    fn markup_in_a_title_stays_text() {
        let mut run = example::run();
        run.campaigns[0].scenarios[1].findings[0].title = "]]></failure>&\"<x>".to_owned();
        let text = render(&run).unwrap();
        let report = Report::deserialize_from_str(&text).unwrap();
        match &report.test_suites[0].test_cases[1].status {
            TestCaseStatus::NonSuccess {
                message: Some(message),
                ..
            } => {
                assert_eq!(message.as_str(), "]]></failure>&\"<x>");
            }
            status => panic!("{status:?}"),
        }
    }

    #[test]
    fn an_unusable_server_is_one_error_and_not_one_per_scenario() {
        let mut run = example::run();
        run.campaigns.clear();
        run.diagnosis = Some("nothing listens there".to_owned());
        let report = Report::deserialize_from_str(&render(&run).unwrap()).unwrap();
        assert_eq!((report.tests, report.errors, report.failures), (1, 1, 0));
    }
}
