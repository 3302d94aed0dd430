//! Sessions that the server ends by itself, which it may, and which proves nothing.

use std::time::Duration;

use ch2spec::ch2::ReadingId;
use ch2spec::engine::{ScenarioResult, Verdict};
use ch2spec::scenario::Ics;

use super::story::Story;

const OWN: &str = "the server ended the session on its own";

/// `IMC-FAI-con-005`: an interim that is not answered, and a BYE so many milliseconds later. `idle`
/// is the inactivity time that the server states, in milliseconds.
fn ended_after(millis: u64, idle: Option<u64>) -> ScenarioResult {
    let claims = vec![
        Ics::SessionMode,
        Ics::Standalone,
        Ics::UnitsMessages,
        Ics::FailureHandling,
    ];
    let readings = [ReadingId::R2, ReadingId::S1];
    let mut story = Story::new("IMC-FAI-con-005", claims, &readings);
    story.case.ixit.inactivity_time = idle.map(Duration::from_millis);
    story.starts().client_send("text/plain", "Hello");
    story.ccr(2, Some(1)).client_msrp_response(200);
    let silence = story.silence_begins("client receives nothing: SIP BYE");
    story.pass(millis).server_request("BYE").ccr(3, None);
    story.cca(false).pass(20_000).quiet_ends(silence).over();
    story.judged()
}

#[test]
fn a_server_may_end_an_idle_session_though_its_description_does_not_say_so() {
    let result = ended_after(1500, None);
    assert_eq!(
        result.verdict,
        Verdict::Inconclusive,
        "{:#?}",
        result.findings
    );
    let finding = result.findings.iter().find(|f| f.title == OWN).unwrap();
    assert!(
        finding.observed.contains("`inactivity time`"),
        "{}",
        finding.observed
    );
}

#[test]
fn a_bye_at_the_end_of_tx_or_out_of_the_blue_is_no_idleness() {
    for (millis, idle) in [(10_050, None), (300, None), (1500, Some(60_000))] {
        let result = ended_after(millis, idle);
        assert_eq!(result.verdict, Verdict::Fail, "{millis} {idle:?}");
        let broken = "client receives nothing: SIP BYE";
        let failed = super::story::failed(&result);
        assert!(failed[0].ends_with(broken), "{millis} {failed:?}");
    }
}

/// A server that accepts a message when Tx is over, and ends the session so long after that.
#[test]
fn one_that_went_on_after_tx_did_not_end_for_it() {
    for (millis, verdict) in [(1500, Verdict::Inconclusive), (50, Verdict::Fail)] {
        let claims = vec![
            Ics::SessionMode,
            Ics::Standalone,
            Ics::UnitsMessages,
            Ics::FailureHandling,
        ];
        let readings = [ReadingId::R2, ReadingId::S1];
        let mut story = Story::new("IMC-FAI-con-005", claims, &readings);
        story.starts().client_send("text/plain", "Hello");
        story.ccr(2, Some(1)).pass(10_000).client_msrp_response(200);
        let silence = story.silence_begins("client receives nothing: SIP BYE");
        story.pass(millis).server_request("BYE").pass(20_000);
        story.quiet_ends(silence).over();
        let result = story.judged();
        assert_eq!(result.verdict, verdict, "{:#?}", result.findings);
    }
}

#[test]
fn what_a_server_states_of_idle_sessions_is_taken_at_its_word() {
    for millis in [1500, 10_050] {
        let result = ended_after(millis, Some(millis));
        assert_eq!(
            result.verdict,
            Verdict::Inconclusive,
            "{:#?}",
            result.findings
        );
    }
}

/// A server that ends the session while the second of two Validity-Times runs.
#[test]
fn a_session_that_ended_between_two_renewals_owes_no_second_one() {
    let renewed = "enabler receives: SessionRequest (interim)";
    let claims = vec![Ics::SessionMode, Ics::Standalone, Ics::UnitsMessages];
    let play = |ends: bool| {
        let readings = [ReadingId::R2, ReadingId::S1];
        let mut story = Story::new(
            "IMC-CON-con-007",
            [claims.as_slice(), &[Ics::ValidityTime]].concat(),
            &readings,
        );
        story.starts().client_send("text/plain", "Hello");
        story.ccr(2, Some(1)).client_msrp_response(200);
        story.validity = Some(1);
        story.cca(true).pass(1000).ccr(2, None).cca(true);
        if ends {
            story.pass(500).server_request("BYE");
            story.ccr(3, None).cca(false);
        }
        // The interims of the spent quota and of the first renewal were met.
        story.take(renewed);
        story.take(renewed);
        story.pass(3000).expires(renewed).over();
        story.judged()
    };
    assert_eq!(play(false).verdict, Verdict::Fail);
    let ended = play(true);
    assert_eq!(
        ended.verdict,
        Verdict::Inconclusive,
        "{:#?}",
        ended.findings
    );
    assert!(ended.findings.iter().any(|finding| finding.title == OWN));
}
