//! What the Charging Enabler can be told to say and do, against the reference server in virtual
//! time.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod figures;
mod virtual_run;

use std::time::Duration;

use ch2spec::ch2::ReadingId;
use ch2spec::diameter::{self, AvpKey, key};
use ch2spec::engine::{Event, Message, ScenarioResult, Standing, Trace, Verdict, What, judge};
use ch2spec::io::Time;
use ch2spec::reference::{Config, Interim, UnitsAt};
use ch2spec::roles::Settings;
use ch2spec::scenario::{Party, Wrong, load_text};
use virtual_run::{PLAIN, Setup, finish, network, show};

/// A server that answers by itself and reports when its quota is spent.
const ALONE: Setup = Setup {
    far_end: false,
    interim: (Interim::QuotaOnly, ReadingId::R3),
    jobs: 1,
    ..PLAIN
};

/// Tx of the server in these tests.
const TX: Duration = Duration::from_secs(1);

/// A scenario of one session, which is granted one message.
fn scenario(given: &str, flow: &str) -> String {
    format!(
        "ch2spec: 1\nid: ENABLER-con-001\ntitle: t\nclause: RFC 8506\nrequirements: [MSG-6]\n\
         needs: [session-mode]\nlimit: 2 min\nexclusive: yes\ngiven:\n{given}\nflow:\n{flow}"
    )
}

const STARTED: &str = "  - session started: { grant: 1 }";

/// One message, which spends the quota; `debit` is what it is reported by.
const SPENT: &str = "
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - client receives: MSRP 200
    for: hello
    requirement: MSG-2
  - enabler receives: SessionRequest (interim)
    as: debit
    after: hello
    used units: $unreported
    requirement: MSG-6
";

const CLIENT_LEAVES: &str = "
  - client sends: SIP BYE
    as: bye
  - enabler receives: SessionRequest (stop)
    after: bye
    used units: $unreported
    requirement: END-C-2
  - client receives: SIP 200
    for: bye
    requirement: SIP-BYE-200
";

const SERVER_LEAVES: &str = "
  - client receives: SIP BYE
    as: bye
    after: debit
    within: 5 s
    requirement: END-S-4
  - client sends: SIP 200
    for: bye
";

struct Ended {
    trace: Trace,
    result: ScenarioResult,
}

fn play(setup: Setup, text: &str, change: impl FnOnce(&mut Settings, &mut Config)) -> Ended {
    let loaded = load_text("t.yaml", text.as_bytes());
    let problems: Vec<String> = loaded.diagnostics.iter().map(|d| d.render(false)).collect();
    assert!(!loaded.has_errors(), "{}\n{text}", problems.join("\n"));
    let (network, harness) = network(setup, |settings, config| {
        settings.scenarios = loaded.scenarios;
        config.tx = TX;
        change(settings, config);
    });
    let outcome = finish(network, harness);
    assert_eq!(outcome.diagnosis, None);
    let played = outcome.results.into_iter().next().unwrap();
    let result = judge(&played.case, &played.trace);
    Ended {
        trace: played.trace,
        result,
    }
}

#[track_caller]
fn passes(setup: Setup, text: &str) -> Ended {
    passes_with(setup, text, |_, _| {})
}

#[track_caller]
fn passes_with(setup: Setup, text: &str, change: impl FnOnce(&mut Settings, &mut Config)) -> Ended {
    let ended = play(setup, text, change);
    assert_eq!(ended.result.verdict, Verdict::Pass, "{}", ended.told());
    ended
}

/// Fails, and says so of these checks.
#[track_caller]
fn fails(setup: Setup, text: &str, checks: &[&str]) -> Ended {
    let ended = play(setup, text, |_, _| {});
    assert_eq!(ended.result.verdict, Verdict::Fail, "{}", ended.told());
    assert_eq!(ended.failed(), checks, "{}", ended.told());
    ended
}

impl Ended {
    fn told(&self) -> String {
        let findings: Vec<String> = self
            .result
            .findings
            .iter()
            .map(|f| format!("{}: {} [{} | {}]", f.check, f.title, f.expected, f.observed))
            .collect();
        let events: Vec<String> = self.trace.events.iter().map(show).collect();
        let reason = &self.result.reason;
        format!("{reason}\n{}\n{}", findings.join("\n"), events.join("\n"))
    }

    fn failed(&self) -> Vec<&str> {
        let failed = self.result.findings.iter().filter(|f| !f.warning);
        let id = &self.result.id;
        failed
            .map(|f| f.check.strip_prefix(&format!("{id}/")).unwrap_or(&f.check))
            .collect()
    }

    /// Answers of the Charging Enabler to SessionRequests, in order.
    fn answers(&self) -> Vec<&diameter::Message> {
        let credit = |message: &&diameter::Message| {
            !message.is_request() && message.command_code() == diameter::dictionary::CCR
        };
        self.sent().into_iter().filter(credit).collect()
    }

    /// Requests of the Charging Enabler, in order.
    fn requests(&self) -> Vec<&diameter::Message> {
        let sent = self.sent().into_iter();
        sent.filter(|message| message.is_request()).collect()
    }

    /// Requests of the server that came once more, in order.
    fn repeated(&self) -> Vec<&diameter::Message> {
        let events = self.trace.events.iter();
        events
            .filter_map(|event| match &event.what {
                What::Received {
                    message: Message::Diameter(message),
                    standing: Standing::Repeated,
                    ..
                } => Some(message),
                _ => None,
            })
            .collect()
    }

    /// When something happened on CH-2.
    fn events(&self, is: impl Fn(&What) -> bool) -> Vec<Time> {
        let events = self.trace.events.iter();
        let events = events.filter(|event| event.party.is_enabler() && is(&event.what));
        events.map(|event| event.at).collect()
    }

    fn sent(&self) -> Vec<&diameter::Message> {
        let events = self.trace.events.iter();
        events
            .filter_map(|event| match &event.what {
                What::Sent {
                    message: Message::Diameter(message),
                    ..
                } => Some(message),
                _ => None,
            })
            .collect()
    }
}

#[test]
fn a_request_that_is_not_answered_ends_the_service_after_tx() {
    let silent = SPENT.replace("as: debit", "as: debit\n    unanswered: yes");
    let text = scenario(STARTED, &format!("{silent}{SERVER_LEAVES}"));
    let ended = passes(ALONE, &text);
    assert_eq!(ended.answers().len(), 1, "{}", ended.told());
    // Answered, nothing ends the service.
    let text = scenario(STARTED, &format!("{SPENT}{SERVER_LEAVES}"));
    fails(ALONE, &text, &["bye"]);
}

#[test]
fn failure_handling_of_an_answer_rules_the_service() {
    let started = "
  - client sends: SIP INVITE
    as: invite
  - enabler receives: SessionRequest (start)
    as: start
    after: invite
    requirement: CC-5.2-FIRST
  - enabler sends: Response
    grant: 1
    failure handling: HANDLING
  - client receives: SIP 200
    for: invite
    requirement: SIP-INVITE-200
";
    let silent = SPENT.replace("as: debit", "as: debit\n    unanswered: yes");
    let more = "
  - wait: 2 s
  - client sends: MSRP SEND
    as: more
    body: More
  - client receives: MSRP 200
    for: more
    requirement: MSG-2
";
    let text = scenario(started, &format!("{silent}{more}"));
    passes(ALONE, &text.replace("HANDLING", "continue"));
    passes(ALONE, &text.replace("HANDLING", "retry and terminate"));
    let text = scenario(started, &format!("{silent}{SERVER_LEAVES}"));
    passes(ALONE, &text.replace("HANDLING", "terminate"));
    fails(ALONE, &text.replace("HANDLING", "continue"), &["bye"]);
}

#[test]
fn a_validity_time_that_is_over_brings_an_interim() {
    let started = "
  - client sends: SIP INVITE
    as: invite
  - enabler receives: SessionRequest (start)
    as: start
    after: invite
    requirement: CC-5.2-FIRST
  - enabler sends: Response
    grant: 10
    validity time: TIME
  - client receives: SIP 200
    for: invite
    requirement: SIP-INVITE-200
";
    let flow = "
  - enabler receives: SessionRequest (interim)
    as: renewal
    within: 3 s
    requirement: MSG-6
  - enabler sends: Response
    for: renewal
    validity time: none
    grant: 10
";
    let text = scenario(started, &format!("{flow}{CLIENT_LEAVES}"));
    for units_at in [UnitsAt::Command, UnitsAt::Mscc] {
        let setup = Setup { units_at, ..ALONE };
        let ended = passes_with(setup, &text.replace("TIME", "2 s"), |settings, _| {
            settings.sut.values.validity_time = Some(1);
        });
        let validity = |message: &&diameter::Message| {
            let mut all = message.walk();
            all.any(|avp| avp.key() == key::VALIDITY_TIME)
        };
        let with = ended.answers().into_iter().map(|answer| validity(&answer));
        assert_eq!(with.collect::<Vec<_>>(), [true, false, false]);
    }
    fails(ALONE, &text.replace("TIME", "none"), &["renewal"]);
}

#[test]
fn the_final_unit_ends_the_service_with_a_stop() {
    let started = "
  - client sends: SIP INVITE
    as: invite
  - enabler receives: SessionRequest (start)
    as: start
    after: invite
    requirement: CC-5.2-FIRST
  - enabler sends: Response
    grant: 1
    final unit: ACTION
  - client receives: SIP 200
    for: invite
    requirement: SIP-INVITE-200
";
    let flow = "
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - client receives: MSRP 200
    for: hello
    requirement: MSG-2
  - client receives: SIP BYE
    as: bye
    after: hello
    requirement: END-S-4
  - client sends: SIP 200
    for: bye
  - enabler receives: SessionRequest (stop)
    after: hello
    used units: $unreported
    requirement: END-S-5
";
    let text = scenario(started, flow);
    for action in ["terminate", "redirect", "restrict access"] {
        for units_at in [UnitsAt::Command, UnitsAt::Mscc] {
            let setup = Setup { units_at, ..ALONE };
            passes(setup, &text.replace("ACTION", action));
        }
    }
}

#[test]
fn a_second_copy_of_an_answer_changes_nothing() {
    let flow =
        format!("{SPENT}  - enabler sends: Response\n    grant: 5\n    copies: 2\n{CLIENT_LEAVES}");
    let ended = passes(ALONE, &scenario(STARTED, &flow));
    assert_eq!(ended.answers().len(), 4);
    assert_eq!(ended.result.ledger["granted messages"], 6);
}

#[test]
fn an_answer_with_another_hop_by_hop_identifier_is_none() {
    let flow = format!(
        "{SPENT}  - enabler sends: Response\n    grant: 5\n    wrong: hop-by-hop\n{SERVER_LEAVES}"
    );
    let ended = passes(ALONE, &scenario(STARTED, &flow));
    assert_eq!(ended.result.ledger["granted messages"], 1);
    let flow = flow.replace("    wrong: hop-by-hop\n", "");
    fails(ALONE, &scenario(STARTED, &flow), &["bye"]);
}

#[test]
fn what_an_answer_holds_can_be_set_and_left_out() {
    let response = "
  - enabler sends: Response
    grants: { messages: 5, octets: 2000, seconds: 60, money: { amount: 2.50, currency: 978 } }
    service result: DIAMETER_SUCCESS
    session failover: supported
    unknown avp: optional
    without: [Auth-Application-Id]
    avps:
      Session-Id: $start.Session-Id
      Origin-Host: other.enabler.example
      Granted-Service-Unit: { CC-Total-Octets: 3000 }
      Cost-Information: { Unit-Value: { Value-Digits: 7 }, Currency-Code: 978 }
";
    let flow = format!("{SPENT}{response}");
    let setup = Setup {
        units_at: UnitsAt::Mscc,
        ..ALONE
    };
    let ended = play(setup, &scenario(STARTED, &flow), |_, _| {});
    let answer = ended.answers()[1];
    let inside = |keys: &[AvpKey]| {
        let mut path = vec![key::MULTIPLE_SERVICES_CREDIT_CONTROL];
        path.extend(keys);
        let found = answer.find_path(&path);
        found.and_then(|avp| avp.integer().ok())
    };
    let unit = key::GRANTED_SERVICE_UNIT;
    assert_eq!(inside(&[unit, key::CC_TOTAL_OCTETS]), Some(3000));
    assert_eq!(inside(&[unit, key::CC_SERVICE_SPECIFIC_UNITS]), Some(5));
    assert_eq!(inside(&[unit, key::CC_TIME]), Some(60));
    let money = [unit, key::CC_MONEY];
    let value = |of| inside(&[money[0], money[1], key::UNIT_VALUE, of]);
    assert_eq!(value(key::VALUE_DIGITS), Some(250));
    assert_eq!(value(key::EXPONENT), Some(-2));
    assert_eq!(inside(&[money[0], money[1], key::CURRENCY_CODE]), Some(978));
    assert_eq!(inside(&[key::RESULT_CODE]), Some(2001));
    let of = |key| answer.find(key).and_then(|avp| avp.utf8().ok());
    assert_eq!(of(key::ORIGIN_HOST), Some("other.enabler.example"));
    assert_eq!(of(key::SESSION_ID), ended.answers()[0].session_id());
    assert!(answer.find(key::AUTH_APPLICATION_ID).is_none());
    assert!(answer.find(key::COST_INFORMATION).is_some());
    assert!(answer.find(AvpKey::of(1, 32_473)).is_some());
    // In the command there is no service to have a result of its own.
    let ended = play(ALONE, &scenario(STARTED, &flow), |_, _| {});
    assert_eq!(
        ended.result.verdict,
        Verdict::Inconclusive,
        "{}",
        ended.told()
    );
}

/// A session that is granted more than it uses.
const STARTED_WELL: &str = "  - session started: { grant: 10 }";

#[test]
fn a_re_authorisation_is_answered_and_followed_by_an_interim() {
    let flow = format!(
        "{}
  - enabler sends: RAR
    as: rar
  - enabler receives: RAA
    for: rar
    avps:
      Result-Code: DIAMETER_LIMITED_SUCCESS
      Session-Id: $start.Session-Id
    requirement: CC-5.5-REAUTH
  - enabler receives: SessionRequest (interim)
    as: renewal
    after: rar
    used units: $unreported
    requirement: CC-5.5-REAUTH
  - enabler sends: Response
    for: renewal
    grant: 10
{CLIENT_LEAVES}",
        message("")
    );
    let ended = passes(ALONE, &scenario(STARTED_WELL, &flow));
    let asked = ended.requests()[0];
    assert_eq!(asked.abbreviation(), "RAR");
    assert_eq!(asked.session_id(), ended.answers()[0].session_id());
    let named = |key| asked.find(key).and_then(|avp| avp.utf8().ok());
    assert_eq!(named(key::DESTINATION_HOST), Some("im.reference.example"));
    assert_eq!(named(key::DESTINATION_REALM), Some("reference.example"));
    assert_eq!(diameter::grammar::check(asked, asked.dictionary()), []);
    // What is held against the answer is held.
    let other = flow.replace("DIAMETER_LIMITED_SUCCESS", "DIAMETER_SUCCESS");
    let check = "enabler receives: RAA for rar/Result-Code";
    fails(ALONE, &scenario(STARTED_WELL, &other), &[check]);
}

#[test]
fn a_re_authorisation_while_an_interim_is_under_way_brings_no_other() {
    let flow = format!(
        "{SPENT}
  - enabler sends: RAR
    as: rar
  - enabler receives: RAA
    as: raa
    for: rar
    avps: {{ Result-Code: DIAMETER_SUCCESS }}
    requirement: CC-5.5-REAUTH
  - enabler sends: Response
    for: debit
    after: raa
    grant: 10
  - enabler receives nothing: SessionRequest
    requirement: CC-5.5-REAUTH
{CLIENT_LEAVES}"
    );
    passes(ALONE, &scenario(STARTED, &flow));
}

#[test]
fn a_request_for_a_session_that_does_not_stand_is_refused() {
    for (request, answer) in [("RAR", "RAA"), ("ASR", "ASA")] {
        let flow = format!(
            "
  - enabler sends: {request}
    as: asked
    avps: {{ Session-Id: im.reference.example;0;0;unknown }}
  - enabler receives: {answer}
    for: asked
    avps: {{ Result-Code: DIAMETER_UNKNOWN_SESSION_ID }}
    requirement: CC-5.5-REAUTH
{CLIENT_LEAVES}"
        );
        passes(ALONE, &scenario(STARTED_WELL, &flow));
    }
}

#[test]
fn an_abort_ends_the_session_with_a_bye_and_a_stop() {
    let flow = format!(
        "{}
  - enabler sends: ASR
    as: asr
  - enabler receives: ASA
    for: asr
    avps: {{ Result-Code: DIAMETER_SUCCESS }}
    requirement: CC-5.5-REAUTH
  - client receives: SIP BYE
    as: bye
    after: asr
    requirement: END-S-4
  - client sends: SIP 200
    for: bye
  - enabler receives: SessionRequest (stop)
    after: asr
    used units: $unreported
    avps: {{ Termination-Cause: DIAMETER_ADMINISTRATIVE }}
    requirement: END-S-5
",
        message("")
    );
    passes(ALONE, &scenario(STARTED_WELL, &flow));
    let never = flow.replace("enabler sends: ASR", "enabler sends: RAR");
    let never = never.replace("enabler receives: ASA", "enabler receives: RAA");
    let ended = play(ALONE, &scenario(STARTED_WELL, &never), |_, _| {});
    assert!(ended.failed().contains(&"bye"), "{}", ended.told());
}

#[test]
fn there_may_be_no_session_to_ask_about() {
    let given = "
  - enabler sends: DWR
  - enabler receives: DWA
    requirement: RFC6733-6.2-GIVEN
";
    let flow = "
  - enabler sends: RAR
    as: rar
  - enabler receives: RAA
    for: rar
    requirement: CC-5.5-REAUTH
";
    let ended = play(ALONE, &scenario(given, flow), |_, _| {});
    assert_eq!(
        ended.result.verdict,
        Verdict::Inconclusive,
        "{}",
        ended.told()
    );
}

#[test]
fn watchdogs_and_disconnections_of_the_charging_enabler_are_answered() {
    let flow = "
  - enabler sends: DWR
    as: dwr
  - enabler receives: DWA
    for: dwr
    avps: { Result-Code: DIAMETER_SUCCESS, Origin-Host: im.reference.example }
    requirement: CC-5.5-REAUTH
  - enabler sends: DPR
    as: dpr
    avps: { Disconnect-Cause: REBOOTING }
  - enabler receives: DPA
    for: dpr
    avps: { Result-Code: DIAMETER_SUCCESS }
    requirement: CC-5.5-REAUTH
  - enabler receives: CER
    after: dpr
    avps: { Auth-Application-Id: 4, Origin-Host: im.reference.example }
    requirement: RFC6733-5.3-EXCHANGE
";
    let text = scenario(STARTED_WELL, &format!("{flow}{CLIENT_LEAVES}"));
    let ended = passes(ALONE, &text);
    let sent: Vec<&str> = ended.requests().iter().map(|r| r.abbreviation()).collect();
    // Before silence is taken for an answer, a watchdog is sent as well.
    assert_eq!(sent[..2], ["DWR", "DPR"], "{}", ended.told());
    assert!(sent[2..].iter().all(|r| *r == "DWR"), "{}", ended.told());
    // The server says something else of itself.
    let other = text.replace("Auth-Application-Id: 4,", "Auth-Application-Id: 5,");
    let check = "enabler receives: CER/Auth-Application-Id";
    fails(ALONE, &other, &[check]);
}

#[test]
fn a_server_waits_for_its_own_watchdog() {
    let flow = format!(
        "
  - enabler receives: DWR
    within: 40 s
    requirement: CC-5.5-REAUTH
{CLIENT_LEAVES}"
    );
    passes(ALONE, &scenario(STARTED_WELL, &flow));
}

/// A message within the quota.
fn message(more: &str) -> String {
    format!(
        "
  - client sends: MSRP SEND
    as: hello
    body: Hello
  - client receives: MSRP 200
    for: hello
    requirement: MSG-2
{more}"
    )
}

/// `SPENT`, with its request left without an answer.
fn silent() -> String {
    SPENT.replace("as: debit", "as: debit\n    unanswered: yes")
}

/// The request comes once more, over another connection.
const AGAIN: &str = "
  - enabler receives: SessionRequest (interim)
    as: again
    repeats: debit
    used units: 1
    avps: { CC-Request-Number: $debit.CC-Request-Number }
    requirement: RFC6733-3-TBIT
  - enabler sends: Response
    for: again
    grant: 5
";

#[test]
fn a_request_that_a_lost_connection_left_unanswered_is_sent_again() {
    for how in ["close", "reset"] {
        let flow = format!(
            "{}  - enabler does: {how} connection\n{AGAIN}{CLIENT_LEAVES}",
            silent()
        );
        let ended = passes(ALONE, &scenario(STARTED, &flow));
        assert_eq!(ended.result.ledger["granted messages"], 6);
        assert_eq!(ended.result.ledger["used messages"], 1);
        let again = ended.repeated();
        assert_eq!(again.len(), 1, "{}", ended.told());
        assert!(again[0].flags().retransmitted());
    }
    // Nothing is sent again where the connection stands.
    let flow = format!("{}{AGAIN}", silent());
    let ended = play(ALONE, &scenario(STARTED, &flow), |_, _| {});
    assert!(ended.failed().contains(&"again"), "{}", ended.told());
}

#[test]
fn a_repetition_that_nothing_waits_for_gets_the_answer_it_got() {
    let flow = format!(
        "{SPENT}  - enabler sends: Response
    for: debit
    grant: 5
    wrong: hop-by-hop
  - enabler does: close connection
  - wait: 2 s
{CLIENT_LEAVES}"
    );
    // What no peer could take for an answer is none: there is nothing to say again, and Tx ends it.
    let ended = play(ALONE, &scenario(STARTED, &flow), |_, _| {});
    assert_eq!(
        ended.result.ledger["granted messages"],
        1,
        "{}",
        ended.told()
    );
    assert_eq!(ended.answers().len(), 2, "{}", ended.told());
}

#[test]
fn who_does_not_listen_is_not_reached_until_it_listens_again() {
    let flow = format!(
        "
  - enabler does: stop listening
  - enabler does: close connection
    as: closed
  - wait: 3 s
  - enabler does: listen again
    as: open
  - enabler receives: CER
    after: open
    within: 6 s
    requirement: RFC6733-5.3-EXCHANGE
{CLIENT_LEAVES}"
    );
    let ended = passes(ALONE, &scenario(STARTED_WELL, &flow));
    let back = ended.events(|what| matches!(what, What::Path { stands: true, .. }));
    let gone = ended.events(|what| matches!(what, What::Path { stands: false, .. }));
    let until = back.last().unwrap().since(*gone.first().unwrap());
    assert!(until >= Duration::from_secs(3), "{}", ended.told());
    // The scenario after it finds the door open, whatever this one left behind.
    let left = "
  - enabler does: stop listening
  - enabler does: close connection
";
    let left = scenario(STARTED_WELL, left);
    let next = scenario(STARTED_WELL, CLIENT_LEAVES).replace("con-001", "con-002");
    let mut all = load_text("a.yaml", left.as_bytes()).scenarios;
    all.extend(load_text("b.yaml", next.as_bytes()).scenarios);
    let (network, harness) = network(ALONE, |settings, _| settings.scenarios = all);
    let outcome = finish(network, harness);
    assert_eq!(outcome.diagnosis, None);
    let next = &outcome.results[1];
    assert_eq!(judge(&next.case, &next.trace).verdict, Verdict::Pass);
}

#[test]
fn a_connection_is_refused_as_the_step_says_and_then_no_more() {
    let flow = |refusal: &str| {
        let flow = format!(
            "
  - enabler does: close connection
    as: closed
  - enabler receives: CER
    as: refused
    after: closed
    within: 40 s
    refused with: {refusal}
    requirement: RFC6733-5.3-EXCHANGE
  - enabler receives: CER
    after: refused
    within: 40 s
    requirement: RFC6733-2.1-RECONNECT
{CLIENT_LEAVES}"
        );
        scenario(STARTED_WELL, &flow).replace("limit: 2 min", "limit: 3 min")
    };
    for (refusal, code) in [
        ("DIAMETER_NO_COMMON_APPLICATION", 5010),
        ("DIAMETER_UNKNOWN_PEER", 3010),
        ("4003", 4003),
    ] {
        let ended = passes(ALONE, &flow(refusal));
        let sent = ended.sent();
        let answers = sent.iter().filter(|sent| sent.abbreviation() == "CEA");
        let results: Vec<u32> = answers.filter_map(|cea| cea.result_code()).collect();
        assert_eq!(results, [code, 2001], "{}", ended.told());
    }
    let twice = flow("5010").replace("    as: refused\n", "    as: refused\n    times: 2\n");
    passes(ALONE, &twice);
    let told = |text: &str| {
        let loaded = load_text("t.yaml", text.as_bytes());
        let codes: Vec<&str> = loaded.diagnostics.iter().map(|d| d.code).collect();
        codes.join(" ")
    };
    assert_eq!(told(&flow("DIAMETER_SUCCESS")), "out-of-range");
    assert_eq!(told(&flow("5010\n    unanswered: yes")), "contradiction");
    assert_eq!(
        told(&flow("5010").replacen("receives: CER", "receives: DWR", 1)),
        "key-not-here"
    );
}

#[test]
fn watchdogs_that_are_not_answered_cost_the_connection() {
    let flow = format!(
        "
  - enabler receives: DWR
    as: asked
    unanswered: yes
    within: 40 s
    requirement: RFC6733-5.5.3-WATCHDOG
  - enabler receives: CER
    after: asked
    within: 80 s
    requirement: RFC6733-5.3-EXCHANGE
{CLIENT_LEAVES}"
    );
    let text = scenario(STARTED_WELL, &flow).replace("limit: 2 min", "limit: 5 min");
    passes(ALONE, &text);
    let answered = text.replace("    unanswered: yes\n", "");
    let ended = play(ALONE, &answered, |_, _| {});
    assert_eq!(ended.failed().len(), 1, "{}", ended.told());
}

/// A server that knows a second Charging Enabler.
const TWO: Setup = Setup {
    second: true,
    ..ALONE
};

/// A session whose start allows it to move, or not.
fn started(failover: &str) -> String {
    format!(
        "
  - client sends: SIP INVITE
    as: invite
  - enabler receives: SessionRequest (start)
    as: start
    after: invite
    requirement: CC-5.2-FIRST
  - enabler sends: Response
    grant: 1
    session failover: {failover}
  - client receives: SIP 200
    for: invite
    requirement: SIP-INVITE-200
"
    )
}

#[test]
fn a_session_that_may_move_goes_on_at_the_second_charging_enabler() {
    let flow = format!(
        "{}
  - enabler does: close connection
  - second enabler receives: SessionRequest (interim)
    as: again
    repeats: debit
    avps: {{ Session-Id: $start.Session-Id }}
    requirement: RFC6733-3-TBIT
  - second enabler sends: Response
    grant: 5
{}",
        silent(),
        CLIENT_LEAVES.replace("enabler receives", "second enabler receives"),
    );
    let text = second(&scenario(&started("supported"), &flow));
    let ended = passes(TWO, &text);
    let last = ended.answers().into_iter().next_back().unwrap();
    let host = last.find(key::ORIGIN_HOST).and_then(|avp| avp.utf8().ok());
    assert_eq!(host, Some("ocs2.enabler.example"));
    // Where it may not move, it does not.
    let text = second(&scenario(&started("not supported"), &flow));
    let ended = play(TWO, &text, |_, _| {});
    assert!(ended.failed().contains(&"again"), "{}", ended.told());
}

#[test]
fn a_session_that_may_not_move_does_not() {
    let flow = format!(
        "{}
  - enabler does: close connection
  - second enabler receives nothing: SessionRequest
    for: 500 ms
    requirement: CC-5.7-MOVE
{SERVER_LEAVES}",
        silent(),
    );
    let text = second(&scenario(&started("not supported"), &flow));
    passes(TWO, &text);
    let text = second(&scenario(&started("supported"), &flow));
    let ended = play(TWO, &text, |_, _| {});
    assert_eq!(ended.result.verdict, Verdict::Fail, "{}", ended.told());
}

#[test]
fn a_server_that_stays_with_the_second_charging_enabler_is_sent_back() {
    let text = scenario(STARTED_WELL, CLIENT_LEAVES);
    let scenarios = load_text("a.yaml", text.as_bytes()).scenarios;
    let (network, harness) = network(TWO, |settings, config| {
        settings.scenarios = scenarios;
        config.enabler.remove(0);
    });
    let outcome = finish(network, harness);
    let told = outcome.diagnosis.unwrap();
    assert!(told.contains("10.0.0.2:3868"), "{told}");
    let asked = outcome
        .peer
        .events
        .iter()
        .filter(|event| match &event.what {
            What::Sent {
                message: Message::Diameter(message),
                ..
            } => event.party == Party::SecondEnabler && message.abbreviation() == "DPR",
            _ => false,
        });
    assert_eq!(asked.count(), 1);
}

/// The same for servers that know a second Charging Enabler.
fn second(text: &str) -> String {
    text.replace(
        "needs: [session-mode]",
        "needs: [session-mode, second-enabler]",
    )
}

#[test]
fn nothing_that_is_wrong_with_an_answer_is_held_against_the_server() {
    let mut ways: Vec<String> = Wrong::NAMES
        .iter()
        .map(|place| format!("wrong: {place}"))
        .collect();
    let left_out = [
        "Session-Id",
        "Result-Code",
        "Origin-Host",
        "Auth-Application-Id",
        "CC-Request-Type",
        "CC-Request-Number",
    ];
    ways.extend(left_out.map(|avp| format!("without: {avp}")));
    let otherwise = [
        "unknown avp: mandatory",
        "copies: 3",
        "avps: { CC-Request-Number: 77 }",
        "avps: { CC-Request-Type: TERMINATION_REQUEST }",
        "avps: { Granted-Service-Unit: { CC-Money: { Currency-Code: 978 } } }",
        "avps: { Result-Code: DIAMETER_END_USER_SERVICE_DENIED, Session-Id: another }",
    ];
    ways.extend(otherwise.map(str::to_owned));
    for (way, units_at) in ways
        .iter()
        .zip([UnitsAt::Command, UnitsAt::Mscc].iter().cycle())
    {
        let setup = Setup {
            units_at: *units_at,
            ..ALONE
        };
        let flow =
            format!("{SPENT}  - enabler sends: Response\n    grant: 5\n    {way}\n  - wait: 4 s\n");
        let ended = play(setup, &scenario(STARTED, &flow), |_, _| {});
        let rules = |check: &&str| check.starts_with("CC-") || check.starts_with("DIA-");
        let blamed: Vec<&str> = ended.failed().into_iter().filter(rules).collect();
        assert_eq!(blamed, Vec::<&str>::new(), "{way}\n{}", ended.told());
        assert_ne!(
            ended.result.verdict,
            Verdict::Error,
            "{way}\n{}",
            ended.told()
        );
    }
}

#[test]
fn the_trace_tells_what_was_written_wrong_on_purpose() {
    let ways = [
        ("wrong: avp-length", 1),
        ("wrong: hop-by-hop\n    copies: 3", 3),
        ("without: CC-Request-Type", 1),
        ("unknown avp: optional", 1),
        ("avps: { CC-Request-Number: 77 }", 1),
        ("avps: { Validity-Time: 9 }", 0),
        ("copies: 3", 0),
    ];
    for (way, times) in ways {
        let flow =
            format!("{SPENT}  - enabler sends: Response\n    grant: 5\n    {way}\n  - wait: 4 s\n");
        let ended = play(ALONE, &scenario(STARTED, &flow), |_, _| {});
        let deviates = |event: &&Event| matches!(event.what, What::Sent { deviates: true, .. });
        let found = ended.trace.events.iter().filter(deviates).count();
        assert_eq!(found, times, "{way}\n{}", ended.told());
    }
}

#[test]
fn an_answer_may_come_after_the_server_has_stopped_waiting_for_it() {
    let started = started("not supported").replace(
        "session failover: not supported",
        "failure handling: HANDLING",
    );
    let flow = format!(
        "{SPENT}  - wait: 3 s
  - enabler sends: Response
    for: debit
    grant: 5
  - client sends: MSRP SEND
    as: more
    body: More
  - client receives: MSRP 200
    for: more
    requirement: MSG-2
{CLIENT_LEAVES}"
    );
    let text = scenario(&started, &flow);
    let ended = passes(ALONE, &text.replace("HANDLING", "continue"));
    assert_eq!(ended.result.ledger["granted messages"], 6);
    let ended = play(ALONE, &text.replace("HANDLING", "terminate"), |_, _| {});
    assert_ne!(ended.result.verdict, Verdict::Pass, "{}", ended.told());
}
