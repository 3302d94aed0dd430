//! Page mode: a SIP MESSAGE outside of a session is a one-time event (RFC 8506 6.3, table 5).

use std::time::Duration;

use ch2spec::diameter::{AvpOut, key};
use ch2spec::reference::{Config, DebitFailure, Fault, UnitsAt};

use crate::puppet::{CLIENT, ICID, Puppet};
use crate::{Bench, config, with_faults, with_two};

fn paged(mut bench: Bench, prepare: impl FnOnce(&mut Puppet)) -> (Bench, Vec<String>) {
    prepare(bench.puppet_mut());
    bench.act(|puppet| puppet.page("page-1", "Hello"));
    let log = bench.take();
    (bench, log)
}

const DEBIT: &str = "enabler: E#0 action=0";

#[test]
fn a_page_is_debited_and_then_passed_on() {
    let (bench, log) = paged(Bench::new(config(true)), |_| {});
    let passed_on = [
        DEBIT,
        "far: SIP MESSAGE",
        "far: said Hello",
        "client: SIP 200 MESSAGE",
    ];
    assert_eq!(log, passed_on);
    assert_eq!(bench.server().unfinished(), 0);
    let (bench, log) = paged(Bench::new(config(false)), |_| {});
    assert_eq!(log, [DEBIT, "client: SIP 200 MESSAGE"]);
    let ccr = &bench.puppet().ccrs[0];
    let faults = ccr.faults().iter();
    let must = faults.filter(|f| f.severity >= ch2spec::diameter::Severity::Should);
    assert_eq!(must.count(), 0, "{:?}", ccr.faults());
    let text = |path: &[_]| ccr.find_path(path).unwrap().utf8().unwrap().to_owned();
    assert_eq!(
        text(&[key::SUBSCRIPTION_ID, key::SUBSCRIPTION_ID_DATA]),
        CLIENT
    );
    let icid = [
        key::SERVICE_INFORMATION,
        key::IMS_INFORMATION,
        key::IMS_CHARGING_IDENTIFIER,
    ];
    assert_eq!(text(&icid), ICID);
    let asked = [key::REQUESTED_SERVICE_UNIT, key::CC_SERVICE_SPECIFIC_UNITS];
    assert_eq!(ccr.find_path(&asked).unwrap().u64().unwrap(), 1);
}

#[test]
fn the_far_end_decides_on_what_was_debited() {
    let (bench, log) = paged(Bench::new(config(true)), |puppet| puppet.far_answers = 486);
    assert_eq!(log.last().unwrap(), "client: SIP 486 MESSAGE");
    assert_eq!(bench.server().unfinished(), 0);
}

#[test]
fn each_page_is_an_event_of_its_own() {
    let mut bench = Bench::new(config(false));
    for call_id in ["one", "two"] {
        bench.act(|puppet| puppet.page(call_id, "Hello"));
    }
    let ccrs = &bench.puppet().ccrs;
    assert_ne!(ccrs[0].session_id(), ccrs[1].session_id());
    assert_ne!(ccrs[0].end_to_end(), ccrs[1].end_to_end());
    // A message that comes again is answered again, and debited once.
    bench.take();
    bench.act(Puppet::repeat);
    assert_eq!(bench.take(), ["client: SIP 200 MESSAGE"]);
}

#[test]
fn answers_decide_on_a_page() {
    let answered = |failure: DebitFailure, result, of_service: Option<u32>| {
        let bench = Bench::new(Config {
            debit_failure: failure,
            units_at: UnitsAt::Mscc,
            ..config(false)
        });
        let (bench, log) = paged(bench, |puppet| {
            puppet.result = result;
            puppet.extra = of_service
                .map(|code| {
                    let code = AvpOut::new(key::RESULT_CODE, code);
                    AvpOut::group(key::MULTIPLE_SERVICES_CREDIT_CONTROL, [code])
                })
                .into_iter()
                .collect();
        });
        assert_eq!(bench.server().unfinished(), 0);
        log.last().unwrap().clone()
    };
    use DebitFailure::{Continue, TerminateOrBuffer};
    for (failure, result, status) in [
        (TerminateOrBuffer, 2001, 200),
        (TerminateOrBuffer, 4011, 200),
        (TerminateOrBuffer, 4010, 403),
        (TerminateOrBuffer, 4012, 402),
        (TerminateOrBuffer, 5030, 403),
        (Continue, 5030, 403),
        (TerminateOrBuffer, 5031, 403),
        (TerminateOrBuffer, 3004, 503),
        (Continue, 3004, 200),
        (Continue, 5012, 200),
    ] {
        assert_eq!(
            answered(failure, result, None),
            format!("client: SIP {status} MESSAGE"),
            "{result} with {failure:?}"
        );
    }
    assert_eq!(
        answered(TerminateOrBuffer, 2001, Some(4012)),
        "client: SIP 402 MESSAGE"
    );
}

#[test]
fn without_an_answer_a_page_is_served_and_its_debit_kept() {
    // Tx expires: the service is given, and the late answer ends the event.
    let mut bench = Bench::new(config(false));
    bench.act(|puppet| puppet.holds = true);
    bench.act(|puppet| puppet.page("page-1", "Hello"));
    assert_eq!(bench.take(), [DEBIT]);
    bench.pass(Duration::from_secs(10));
    assert_eq!(bench.take(), ["client: SIP 200 MESSAGE"]);
    let now = bench.now();
    bench.act(|puppet| puppet.release(now));
    assert_eq!(bench.server().unfinished(), 0);
    // No answer at all: the request is stored, and sent again with the T bit.
    let mut bench = Bench::new(Config {
        late_answer: Duration::from_secs(20),
        ..config(false)
    });
    bench.act(|puppet| puppet.holds = true);
    bench.act(|puppet| puppet.page("page-1", "Hello"));
    bench.pass(Duration::from_secs(29));
    bench.act(|puppet| puppet.holds = false);
    bench.take();
    bench.pass(Duration::from_secs(10));
    assert_eq!(bench.take(), [format!("{DEBIT} T")]);
    assert_eq!(bench.server().unfinished(), 0);
}

#[test]
fn an_answer_may_say_what_to_do_on_failure() {
    let mut bench = Bench::new(config(false));
    bench.act(|puppet| {
        puppet.result = 5012;
        let failure = key::DIRECT_DEBITING_FAILURE_HANDLING;
        puppet.extra = vec![AvpOut::new(failure, 1_u32)];
    });
    bench.act(|puppet| puppet.page("page-1", "Hello"));
    assert_eq!(bench.take(), [DEBIT, "client: SIP 200 MESSAGE"]);
}

#[test]
fn a_page_fails_over() {
    let mut bench = Bench::new(with_two(&[]));
    bench.act(|puppet| puppet.results = [3002].into());
    bench.act(|puppet| puppet.page("page-1", "Hello"));
    assert_eq!(
        bench.take(),
        [DEBIT, "second: E#0 action=0", "client: SIP 200 MESSAGE"]
    );
}

#[test]
fn what_cannot_be_taken_is_not_debited() {
    let mut bench = Bench::new(Config {
        accept_types: vec!["text/html".to_owned()],
        ..config(false)
    });
    bench.act(|puppet| puppet.page("page-1", "Hello"));
    assert_eq!(bench.take(), ["client: SIP 415 MESSAGE"]);
    let mut bench = Bench::new(Config {
        page_mode: false,
        ..config(false)
    });
    bench.act(|puppet| puppet.page("page-1", "Hello"));
    assert_eq!(bench.take(), ["client: SIP 200 MESSAGE"]);
}

#[test]
fn faults_of_pages_show() {
    let with = |fault| {
        let mut bench = Bench::new(with_faults(config(true), &[fault]));
        bench.act(|puppet| puppet.holds = true);
        bench.act(|puppet| puppet.page("page-1", "Hello"));
        bench.take()
    };
    assert_eq!(
        with(Fault::NoPageDebit),
        [
            "far: SIP MESSAGE",
            "far: said Hello",
            "client: SIP 200 MESSAGE"
        ]
    );
    assert!(with(Fault::PageBeforeDebit).contains(&"far: said Hello".to_owned()));
    assert_eq!(with(Fault::NoRequestedAction), ["enabler: E#0"]);
    assert_eq!(with(Fault::NoStop), [DEBIT]);
}
