//! Tables 3 and 4 of RFC 8506 section 7, row by row, and what the faults make of them.

use super::{
    Action, Amount, Answer, Cause, CreditSession, Grant, Kind, Measures, Policy, ReAuth, Reason,
    Request, Room, State,
};
use crate::io::Time;
use crate::reference::{FailureHandling, Fault, Interim, Units};
use std::time::Duration;

const TX: Duration = Duration::from_secs(10);
const NOW: Time = Time::from_millis(1000);
const LATE_ANSWER: Duration = Duration::from_secs(120);
const NOTHING: Amount = Amount {
    messages: 0,
    octets: 0,
};

fn messages(messages: u64) -> Amount {
    Amount {
        messages,
        octets: 0,
    }
}

fn counted(messages: u64) -> Measures {
    Measures::of(Units::Messages, messages)
}

/// Messages that a request reports.
fn used(request: &Request) -> Option<u64> {
    request.used.and_then(|used| used.messages)
}

fn session(interim: Interim, faults: &[Fault]) -> CreditSession {
    CreditSession::new(Policy {
        interim,
        units: Units::Messages,
        tx: TX,
        late_answer: LATE_ANSWER,
        failure_handling: FailureHandling::Terminate,
        faults: faults.iter().copied().collect(),
    })
}

fn handling(failure_handling: FailureHandling) -> CreditSession {
    CreditSession::new(Policy {
        interim: Interim::EachAccepted,
        units: Units::Messages,
        tx: TX,
        late_answer: LATE_ANSWER,
        failure_handling,
        faults: [].into(),
    })
}

fn result(result: u32) -> Answer {
    Answer {
        result,
        of_service: None,
        grant: Grant::Unlimited,
        threshold: Measures::default(),
        final_unit: false,
        validity: None,
        failure_handling: None,
    }
}

fn units(units: u64) -> Answer {
    Answer {
        grant: Grant::Units(counted(units)),
        ..result(2001)
    }
}

fn done(session: &mut CreditSession) -> Vec<Action> {
    std::iter::from_fn(|| session.poll()).collect()
}

fn sent(session: &mut CreditSession) -> Vec<Request> {
    let requests = done(session).into_iter().filter_map(|action| match action {
        Action::Send(request) => Some(request),
        _ => None,
    });
    requests.collect()
}

/// Answers every request with `answer` until none is outstanding, and lists the requests.
fn served(session: &mut CreditSession, answer: &Answer) -> Vec<Request> {
    let mut all = Vec::new();
    loop {
        let requests = sent(session);
        if requests.is_empty() {
            return all;
        }
        for request in requests {
            session.answer(NOW, request.number, answer);
            all.push(request);
        }
    }
}

fn open(interim: Interim, faults: &[Fault], answer: &Answer) -> CreditSession {
    let mut session = session(interim, faults);
    session.start(NOW);
    session.answer(NOW, 0, answer);
    assert_eq!(session.state(), State::Open);
    done(&mut session);
    session
}

/// In PendingI, or in PendingU with one message that waits for its debit.
fn pending(state: State, failure_handling: FailureHandling) -> CreditSession {
    let mut session = handling(failure_handling);
    session.start(NOW);
    if state == State::PendingU {
        session.answer(NOW, 0, &units(10));
        session.accepted(NOW, messages(1));
    }
    assert_eq!(session.state(), state);
    done(&mut session);
    session
}

#[test]
fn idle_asks_and_waits() {
    let mut session = session(Interim::EachAccepted, &[]);
    session.start(NOW);
    let start = Request {
        kind: Kind::Start,
        number: 0,
        used: None,
        covers: NOTHING,
        asks: true,
        cause: None,
    };
    assert_eq!(done(&mut session), [Action::Send(start)]);
    assert_eq!(
        (session.state(), session.room(NOW)),
        (State::PendingI, Room::Hold)
    );
    assert_eq!(session.next_timeout(), Some(NOW + TX));
}

#[test]
fn answers_in_pending_i_and_pending_u() {
    use FailureHandling::{Continue, RetryAndTerminate, Terminate};
    // Result-Code, failure handling, then the state after it in PendingI and in PendingU.
    let rows = [
        (2001, Terminate, State::Open, State::Open),
        (2002, Terminate, State::Open, State::Open),
        (4010, Terminate, State::Idle, State::Idle),
        (4010, Continue, State::Idle, State::Idle),
        (4012, Continue, State::Idle, State::Idle),
        (5030, Continue, State::Idle, State::Free),
        (4011, Terminate, State::Free, State::Free),
        (3002, Terminate, State::Idle, State::Idle),
        (3002, Continue, State::Free, State::Free),
        (3004, RetryAndTerminate, State::Idle, State::Idle),
        (3005, Continue, State::Free, State::Free),
        (5003, Terminate, State::Idle, State::Idle),
        (5003, Continue, State::Free, State::Free),
        (5031, RetryAndTerminate, State::Idle, State::Idle),
    ];
    for (code, failure_handling, after_i, after_u) in rows {
        for (before, after) in [(State::PendingI, after_i), (State::PendingU, after_u)] {
            let mut session = pending(before, failure_handling);
            let number = u32::from(before == State::PendingU);
            session.answer(NOW, number, &result(code));
            let row = format!("{code} with {failure_handling:?} in {before:?}");
            assert_eq!(session.state(), after, "{row}");
            let actions = done(&mut session);
            let ended = actions.iter().any(|a| matches!(a, Action::End(_)));
            assert_eq!(ended, after == State::Idle, "{row}: {actions:?}");
            assert_eq!(
                actions.contains(&Action::Closed),
                after == State::Idle,
                "{row}"
            );
            let served = actions.contains(&Action::Admit) || actions.contains(&Action::Deliver);
            assert_eq!(served, after != State::Idle, "{row}: {actions:?}");
            assert!(
                !actions.iter().any(|a| matches!(a, Action::Send(_))),
                "{row}: {actions:?}"
            );
        }
    }
}

#[test]
fn tx_expiry_follows_failure_handling() {
    use FailureHandling::{Continue, RetryAndTerminate, Terminate};
    for before in [State::PendingI, State::PendingU] {
        let mut session = pending(before, Terminate);
        session.timeout(NOW + TX - Duration::from_micros(1));
        assert_eq!(session.state(), before);
        session.timeout(NOW + TX);
        assert_eq!(session.state(), State::Idle);
        assert_eq!(
            done(&mut session),
            [Action::End(Reason::NoAnswer), Action::Closed]
        );

        for lenient in [Continue, RetryAndTerminate] {
            let mut session = pending(before, lenient);
            session.timeout(NOW + TX);
            assert_eq!((session.state(), session.room(NOW)), (before, Room::Take));
            let served = if before == State::PendingI {
                Action::Admit
            } else {
                Action::Deliver
            };
            assert_eq!(done(&mut session), [served, Action::Resume]);
            session.accepted(NOW + TX, messages(1));
            assert_eq!(done(&mut session), [Action::Deliver]);
            session.timeout(NOW + TX + LATE_ANSWER);
            let after = if lenient == Continue {
                State::Free
            } else {
                State::Idle
            };
            assert_eq!(session.state(), after);
        }
    }
}

#[test]
fn a_late_answer_brings_credit_control_back() {
    let mut session = pending(State::PendingU, FailureHandling::Continue);
    session.timeout(NOW + TX);
    session.accepted(NOW + TX, messages(1));
    session.answer(NOW + TX + TX, 1, &units(5));
    assert_eq!(session.state(), State::Open);
    done(&mut session);
    session.terminate(NOW, Cause::Logout);
    assert_eq!(used(&sent(&mut session)[0]), Some(1));
}

#[test]
fn failure_to_send_is_a_failure() {
    for before in [State::PendingI, State::PendingU] {
        let mut session = pending(before, FailureHandling::Terminate);
        session.send_failed(NOW);
        assert_eq!(
            done(&mut session),
            [Action::End(Reason::NoAnswer), Action::Closed]
        );
        let mut session = pending(before, FailureHandling::Continue);
        session.send_failed(NOW);
        assert_eq!(session.state(), State::Free);
    }
}

#[test]
fn the_answer_overrides_configured_failure_handling() {
    let mut session = pending(State::PendingU, FailureHandling::Continue);
    let told = Some(FailureHandling::Terminate);
    session.answer(
        NOW,
        1,
        &Answer {
            failure_handling: told,
            ..units(9)
        },
    );
    session.accepted(NOW, messages(1));
    session.answer(NOW, 2, &result(5012));
    assert_eq!(session.state(), State::Idle);
}

#[test]
fn termination_waits_for_the_answer() {
    for (before, number) in [(State::PendingI, 0), (State::PendingU, 1)] {
        let mut session = pending(before, FailureHandling::Terminate);
        session.terminate(NOW, Cause::Logout);
        session.terminate(NOW, Cause::Administrative);
        assert_eq!((session.state(), done(&mut session)), (before, vec![]));
        session.answer(NOW, number, &units(10));
        let stop = Request {
            kind: Kind::Stop,
            number: number + 1,
            used: Some(counted(0)),
            covers: NOTHING,
            asks: false,
            cause: Some(Cause::Logout),
        };
        let actions = done(&mut session);
        assert_eq!(actions[0], Action::Send(stop), "{actions:?}");
        assert!(!actions.contains(&Action::Admit), "{actions:?}");
        assert_eq!(session.state(), State::PendingT);
    }
}

#[test]
fn termination_meets_a_refusal() {
    let mut session = pending(State::PendingI, FailureHandling::Terminate);
    session.terminate(NOW, Cause::Logout);
    session.answer(NOW, 0, &result(4010));
    assert_eq!(done(&mut session), [Action::Closed]);
}

#[test]
fn pending_t_ends_whatever_comes() {
    let events: [fn(&mut CreditSession); 5] = [
        |session| session.answer(NOW, 1, &result(2001)),
        |session| session.answer(NOW, 1, &result(5012)),
        |session| session.answer(NOW, 1, &result(3002)),
        |session| session.send_failed(NOW),
        |session| session.timeout(NOW + TX),
    ];
    for event in events {
        let mut session = open(Interim::EachAccepted, &[], &units(10));
        session.terminate(NOW, Cause::Logout);
        assert_eq!(session.state(), State::PendingT);
        done(&mut session);
        event(&mut session);
        assert_eq!(
            (session.state(), done(&mut session)),
            (State::Idle, vec![Action::Closed])
        );
        assert_eq!(session.next_timeout(), None);
    }
}

#[test]
fn re_auth_follows_the_state() {
    let mut session = open(Interim::QuotaOnly, &[], &units(10));
    session.accepted(NOW, messages(1));
    done(&mut session);
    assert_eq!(session.reauthorize(), ReAuth::InterimFollows);
    assert_eq!(done(&mut session), []);
    session.resume(NOW);
    assert_eq!(used(&sent(&mut session)[0]), Some(1));
    assert_eq!(session.reauthorize(), ReAuth::Outstanding);
    session.answer(NOW, 1, &units(10));
    assert_eq!(session.state(), State::Open);
    session.terminate(NOW, Cause::Logout);
    assert_eq!(session.reauthorize(), ReAuth::Unexpected);
}

#[test]
fn answers_to_nothing_change_nothing() {
    let mut session = open(Interim::EachAccepted, &[], &units(10));
    session.answer(NOW, 0, &result(4010));
    session.answer(NOW, 7, &result(2001));
    assert_eq!((session.state(), done(&mut session)), (State::Open, vec![]));
}

#[test]
fn each_accepted_message_is_debited_before_it_is_delivered() {
    let mut session = open(Interim::EachAccepted, &[], &units(10));
    session.accepted(NOW, messages(1));
    session.accepted(NOW, messages(1));
    let first = sent(&mut session);
    assert_eq!(first.len(), 1, "one outstanding at a time");
    assert_eq!(
        (first[0].number, used(&first[0]), first[0].asks),
        (1, Some(1), true)
    );
    session.answer(NOW, 1, &units(10));
    let actions = done(&mut session);
    assert_eq!(actions[0], Action::Deliver);
    assert!(matches!(
        actions[1],
        Action::Send(Request {
            number: 2,
            used: Some(Measures {
                messages: Some(1),
                ..
            }),
            ..
        })
    ));
}

#[test]
fn spent_quota_asks_for_more_once() {
    let mut session = open(Interim::QuotaOnly, &[], &units(2));
    session.accepted(NOW, messages(1));
    assert_eq!(done(&mut session), [Action::Deliver]);
    session.accepted(NOW, messages(1));
    assert_eq!(session.room(NOW), Room::Hold);
    assert_eq!(used(&sent(&mut session)[0]), Some(2));
    session.answer(NOW, 1, &units(1));
    assert_eq!(
        (session.room(NOW), done(&mut session)),
        (Room::Take, vec![Action::Resume])
    );
    session.accepted(NOW, messages(1));
    assert_eq!(used(&sent(&mut session)[0]), Some(1));
    session.answer(NOW, 2, &units(0));
    assert_eq!(
        (session.room(NOW), done(&mut session)),
        (Room::Refuse, vec![Action::Resume])
    );
}

#[test]
fn final_units_end_the_service_without_an_interim() {
    for interim in [Interim::QuotaOnly, Interim::EachAccepted] {
        let last = Answer {
            final_unit: true,
            ..units(1)
        };
        let mut session = open(interim, &[], &last);
        session.accepted(NOW, messages(1));
        let actions = done(&mut session);
        assert_eq!(actions, [Action::Deliver, Action::End(Reason::Spent)]);
        // The caller's BYE comes first; until then nothing is sent.
        session.reauthorize();
        session.resume(NOW);
        assert_eq!(done(&mut session), []);
        session.terminate(NOW, Cause::SessionTimeout);
        let stop = sent(&mut session)[0];
        assert_eq!(stop.cause, Some(Cause::Administrative));
        assert_eq!((stop.kind, used(&stop)), (Kind::Stop, Some(1)));
        assert_eq!(session.room(NOW), Room::Refuse);
    }
}

#[test]
fn units_of_an_unknown_kind_are_a_bad_answer() {
    let mut session = session(Interim::QuotaOnly, &[]);
    session.start(NOW);
    session.answer(
        NOW,
        0,
        &Answer {
            grant: Grant::Incorrect,
            ..result(2001)
        },
    );
    let actions = done(&mut session);
    assert_eq!(actions[1..], [Action::End(Reason::BadAnswer)]);
    session.terminate(NOW, Cause::Administrative);
    assert_eq!(session.state(), State::PendingT);
    assert_eq!(session.stopping, Some(Cause::BadAnswer));
}

#[test]
fn validity_time_asks_again() {
    let valid = Answer {
        validity: Some(Duration::from_secs(30)),
        ..units(10)
    };
    let mut session = open(Interim::QuotaOnly, &[], &valid);
    assert_eq!(session.next_timeout(), Some(NOW + Duration::from_secs(30)));
    session.timeout(NOW + Duration::from_secs(30));
    assert_eq!(used(&sent(&mut session)[0]), Some(0));
}

#[test]
fn time_asks_again_and_again() {
    let second = Duration::from_secs(1);
    let mut session = open(Interim::Periodic(second), &[], &units(10));
    session.accepted(NOW, messages(1));
    done(&mut session);
    session.timeout(NOW + second);
    assert_eq!(used(&sent(&mut session)[0]), Some(1));
    session.answer(NOW + second, 1, &units(10));
    session.timeout(NOW + second + second);
    assert_eq!(used(&sent(&mut session)[0]), Some(0));
}

#[test]
fn confirmed_delivery_is_debited() {
    let mut session = open(Interim::OnDelivery, &[], &units(10));
    session.accepted(NOW, messages(1));
    assert_eq!(done(&mut session), [Action::Deliver]);
    session.delivered(NOW, messages(1));
    assert_eq!(used(&sent(&mut session)[0]), Some(1));
}

#[test]
fn the_literal_reading_has_an_interim_before_the_stop() {
    let mut session = open(Interim::OnServerBye, &[], &units(10));
    session.accepted(NOW, messages(1));
    session.server_bye(NOW);
    session.terminate(NOW, Cause::Administrative);
    let requests = served(&mut session, &units(10));
    let kinds: Vec<_> = requests.iter().map(|r| (r.kind, used(r))).collect();
    assert_eq!(kinds, [(Kind::Interim, Some(1)), (Kind::Stop, Some(0))]);
}

#[test]
fn the_sum_of_what_is_reported_is_what_was_used() {
    for interim in [
        Interim::EachAccepted,
        Interim::QuotaOnly,
        Interim::OnServerBye,
    ] {
        let mut session = open(interim, &[], &units(3));
        let mut sum = 0;
        for _ in 0..7 {
            session.accepted(NOW, messages(5));
            sum += served(&mut session, &units(3))
                .iter()
                .filter_map(used)
                .sum::<u64>();
        }
        session.terminate(NOW, Cause::Logout);
        sum += served(&mut session, &units(3))
            .iter()
            .filter_map(used)
            .sum::<u64>();
        assert_eq!(sum, 35, "{interim:?}");
    }
}

/// What two messages and a stop put on the wire: kind, number, units.
fn flow(interim: Interim, fault: Fault) -> Vec<(Kind, u32, Option<u64>)> {
    let mut session = session(interim, &[fault]);
    session.start(NOW);
    let mut all = served(&mut session, &units(10));
    for _ in 0..2 {
        session.accepted(NOW, messages(1));
        all.extend(served(&mut session, &units(10)));
    }
    session.terminate(NOW, Cause::Logout);
    all.extend(served(&mut session, &units(10)));
    all.into_iter()
        .map(|request| (request.kind, request.number, used(&request)))
        .collect()
}

#[test]
fn faults_show_in_the_requests() {
    use Kind::{Interim as U, Start as I, Stop as T};
    let each = Interim::EachAccepted;
    let rows = [
        (
            each,
            Fault::NoByeAnswer,
            vec![
                (I, 0, None),
                (U, 1, Some(1)),
                (U, 2, Some(1)),
                (T, 3, Some(0)),
            ],
        ),
        (
            each,
            Fault::NoStart,
            vec![(U, 0, Some(1)), (U, 1, Some(1)), (T, 2, Some(0))],
        ),
        (
            each,
            Fault::NoStop,
            vec![(I, 0, None), (U, 1, Some(1)), (U, 2, Some(1))],
        ),
        (each, Fault::NoInterim, vec![(I, 0, None), (T, 1, Some(2))]),
        (
            each,
            Fault::DoubleStop,
            vec![
                (I, 0, None),
                (U, 1, Some(1)),
                (U, 2, Some(1)),
                (T, 3, Some(0)),
                (T, 4, Some(0)),
            ],
        ),
        (
            each,
            Fault::RequestAfterStop,
            vec![
                (I, 0, None),
                (U, 1, Some(1)),
                (U, 2, Some(1)),
                (T, 3, Some(0)),
                (U, 4, Some(0)),
            ],
        ),
        (
            each,
            Fault::CumulativeUsage,
            vec![
                (I, 0, None),
                (U, 1, Some(1)),
                (U, 2, Some(2)),
                (T, 3, Some(2)),
            ],
        ),
        (
            each,
            Fault::RepeatedRequestNumber,
            vec![
                (I, 0, None),
                (U, 0, Some(1)),
                (U, 0, Some(1)),
                (T, 1, Some(0)),
            ],
        ),
        (
            Interim::QuotaOnly,
            Fault::StopWithoutUsage,
            vec![(I, 0, None), (T, 1, None)],
        ),
        (
            Interim::QuotaOnly,
            Fault::NoByeAnswer,
            vec![(I, 0, None), (T, 1, Some(2))],
        ),
    ];
    for (interim, fault, expected) in rows {
        assert_eq!(flow(interim, fault), expected, "{fault} under {interim:?}");
    }
}

mod units;
