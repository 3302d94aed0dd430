//! Kinds of unit, thresholds, and Result-Codes of the service alone.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn grant(grant: Measures) -> Answer {
    Answer {
        grant: Grant::Units(grant),
        ..result(2001)
    }
}

/// In Open, with service begun.
fn serving(answer: &Answer, faults: &[Fault]) -> CreditSession {
    let mut session = session(Interim::QuotaOnly, faults);
    session.start(NOW);
    session.answer(NOW, 0, answer);
    session.begin(NOW);
    done(&mut session);
    session
}

fn request(session: &mut CreditSession) -> Request {
    let requests = sent(session);
    assert_eq!(requests.len(), 1, "{requests:?}");
    requests[0]
}

#[test]
fn the_kind_that_is_spent_first_asks_for_more_and_each_is_reported() {
    let both = Measures {
        messages: Some(5),
        octets: Some(10),
        seconds: Some(60),
    };
    let mut session = serving(&grant(both), &[]);
    session.accepted(NOW, Amount::message(4));
    assert_eq!(done(&mut session), [Action::Deliver]);
    session.accepted(NOW + SECOND * 3, Amount::message(6));
    let told = request(&mut session).used.unwrap();
    let expected = Measures {
        messages: Some(2),
        octets: Some(10),
        seconds: Some(3),
    };
    assert_eq!(told, expected);
    assert_eq!(
        session.room(NOW),
        Room::Hold,
        "no units before new ones come"
    );
    // Messages are reported whatever is granted: they are what is asked for.
    session.answer(NOW, 1, &grant(Measures::of(Units::Octets, 1)));
    session.accepted(NOW, Amount::message(1));
    let told = request(&mut session).used.unwrap();
    assert_eq!((told.messages, told.octets), (Some(1), Some(1)));
    assert_eq!(told.seconds, None);
}

#[test]
fn time_is_counted_from_when_service_begins() {
    let minute = Measures::of(Units::Seconds, 60);
    let mut session = session(Interim::QuotaOnly, &[]);
    session.start(NOW);
    session.answer(NOW, 0, &grant(minute));
    assert_eq!(session.next_timeout(), None, "nobody is served yet");
    let began = NOW + SECOND * 5;
    session.begin(began);
    done(&mut session);
    assert_eq!(session.next_timeout(), Some(began + SECOND * 60));
    session.timeout(began + SECOND * 60);
    let told = request(&mut session).used.unwrap();
    assert_eq!((told.messages, told.seconds), (Some(0), Some(60)));
    // Units apply from where the measurement stopped, whenever they come.
    session.answer(began + SECOND * 62, 1, &grant(minute));
    done(&mut session);
    assert_eq!(session.next_timeout(), Some(began + SECOND * 120));
    session.terminate(began + SECOND * 70, Cause::Logout);
    assert_eq!(request(&mut session).used.unwrap().seconds, Some(10));
}

#[test]
fn final_time_ends_the_service() {
    let last = Answer {
        final_unit: true,
        ..grant(Measures::of(Units::Seconds, 5))
    };
    let mut session = serving(&last, &[]);
    session.timeout(NOW + SECOND * 5);
    assert_eq!(done(&mut session), [Action::End(Reason::Spent)]);
    session.terminate(NOW + SECOND * 5, Cause::Administrative);
    let stop = request(&mut session);
    let told = stop.used.unwrap();
    assert_eq!((stop.kind, told.seconds), (Kind::Stop, Some(5)));
}

#[test]
fn a_threshold_asks_for_more_ahead_of_need() {
    let ahead = Answer {
        threshold: counted(2),
        ..units(5)
    };
    let mut session = serving(&ahead, &[]);
    session.accepted(NOW, messages(2));
    assert_eq!(done(&mut session), [Action::Deliver]);
    session.accepted(NOW, messages(1));
    assert_eq!(used(&request(&mut session)), Some(3));
    // What is left of the quota may be used while the answer is awaited.
    assert_eq!(session.room(NOW), Room::Take);
    session.accepted(NOW, messages(2));
    assert_eq!(
        (session.room(NOW), done(&mut session)),
        (Room::Hold, vec![Action::Deliver])
    );
    session.answer(NOW, 1, &ahead);
    // Two of the five are drawn already; no more than the threshold is left after one more.
    assert_eq!(done(&mut session), [Action::Resume]);
    session.accepted(NOW, messages(1));
    assert_eq!(used(&request(&mut session)), Some(3));
    // A grant below the threshold does not make it ask without end.
    let little = Answer {
        threshold: counted(9),
        ..units(5)
    };
    session.answer(NOW, 2, &little);
    assert_eq!(done(&mut session), [Action::Resume]);
}

#[test]
fn a_time_threshold_has_its_own_moment() {
    let ahead = Answer {
        threshold: Measures::of(Units::Seconds, 10),
        ..grant(Measures::of(Units::Seconds, 60))
    };
    let mut session = serving(&ahead, &[]);
    assert_eq!(session.next_timeout(), Some(NOW + SECOND * 50));
    session.timeout(NOW + SECOND * 50);
    assert_eq!(request(&mut session).used.unwrap().seconds, Some(50));
}

#[test]
fn a_refusal_of_the_service_alone_is_followed_by_a_stop() {
    let refused = |code| Answer {
        of_service: Some(code),
        ..result(2001)
    };
    for code in [4010, 4012, 5003] {
        let mut session = session(Interim::EachAccepted, &[]);
        session.start(NOW);
        done(&mut session);
        session.answer(NOW, 0, &refused(code));
        assert_eq!(done(&mut session), [Action::End(Reason::Refused(code))]);
        session.terminate(NOW, Cause::Administrative);
        let stop = request(&mut session);
        let expected = (Kind::Stop, Some(Cause::ServiceNotProvided));
        assert_eq!((stop.kind, stop.cause), expected);
    }
    // Credit control does not apply to the service: it is free, and the session is stopped in the
    // end.
    let mut session = session(Interim::EachAccepted, &[]);
    session.start(NOW);
    session.answer(NOW, 0, &refused(4011));
    assert!(done(&mut session).contains(&Action::Admit));
    session.accepted(NOW, messages(1));
    assert_eq!(done(&mut session), [Action::Deliver]);
    session.terminate(NOW, Cause::Logout);
    let stop = request(&mut session);
    assert_eq!((stop.kind, used(&stop)), (Kind::Stop, Some(0)));
}

#[test]
fn a_refusal_of_the_service_within_the_session_ends_it() {
    let mut session = pending(State::PendingU, FailureHandling::Terminate);
    let refused = Answer {
        of_service: Some(4012),
        ..result(2001)
    };
    session.answer(NOW, 1, &refused);
    assert_eq!(done(&mut session), [Action::End(Reason::Refused(4012))]);
    session.terminate(NOW, Cause::Administrative);
    assert_eq!(session.state(), State::PendingT);
}

#[test]
fn a_failed_delivery_is_taken_back_while_it_is_unreported() {
    let mut session = serving(&units(2), &[]);
    session.accepted(NOW, messages(1));
    let left = session.undelivered(NOW, messages(1), false, true);
    assert_eq!(left, NOTHING);
    session.accepted(NOW, messages(1));
    assert_eq!(done(&mut session).len(), 2, "two deliveries, no interim");
    session.accepted(NOW, messages(1));
    assert_eq!(used(&request(&mut session)), Some(2));
    let left = session.undelivered(NOW, messages(1), true, true);
    assert_eq!(left, messages(1), "it is reported: a refund of its own");
    assert_eq!(
        session.undelivered(NOW, messages(1), true, false),
        NOTHING,
        "no refunds"
    );
    // Debited upon delivery, it never was used, and its units are free again.
    let mut session = open(Interim::OnDelivery, &[], &units(1));
    session.accepted(NOW, messages(1));
    assert_eq!(session.room(NOW), Room::Hold);
    session.undelivered(NOW, messages(1), false, false);
    assert_eq!(session.room(NOW), Room::Take);
}

#[test]
fn nothing_is_delivered_between_report_and_new_grant() {
    for (faults, room) in [
        (&[][..], Room::Hold),
        (&[Fault::DeliversWhilePending][..], Room::Take),
    ] {
        let mut session = serving(&units(10), faults);
        session.reauthorize();
        session.resume(NOW);
        assert_eq!(session.state(), State::PendingU);
        assert_eq!(session.room(NOW), room);
    }
}

/// Requests of a session that gets `answer` to its start and `then` to all else.
fn requests(faults: &[Fault], answer: &Answer, then: &Answer) -> Vec<Request> {
    let mut session = session(Interim::QuotaOnly, faults);
    session.start(NOW);
    let mut all = sent(&mut session);
    session.answer(NOW, 0, answer);
    session.begin(NOW);
    all.extend(served(&mut session, then));
    for _ in 0..2 {
        if session.room(NOW) == Room::Take {
            session.accepted(NOW, messages(1));
            all.extend(served(&mut session, then));
        }
    }
    session.terminate(NOW + SECOND, Cause::Logout);
    all.extend(served(&mut session, then));
    all
}

fn kinds(requests: &[Request]) -> Vec<(Kind, Option<u64>)> {
    requests.iter().map(|r| (r.kind, used(r))).collect()
}

#[test]
fn faults_of_quota_show() {
    use Kind::{Interim as U, Start as I, Stop as T};
    let last = Answer {
        final_unit: true,
        ..units(1)
    };
    let (one, two) = (units(1), units(2));
    let flow = |faults: &[Fault], answer: &Answer| kinds(&requests(faults, answer, &units(9)));
    assert_eq!(flow(&[], &last), [(I, None), (T, Some(1))]);
    assert_eq!(
        flow(&[Fault::IgnoresFinalUnit], &last),
        [(I, None), (U, Some(1)), (T, Some(1))]
    );
    assert_eq!(
        flow(&[Fault::InterimAfterFinalUnit], &last),
        [(I, None), (U, Some(1)), (T, Some(1))]
    );
    assert_eq!(
        flow(&[Fault::InterimForFinalStop], &last),
        [(I, None), (U, Some(1))]
    );
    let late = requests(&[Fault::InterimLate], &one, &units(9));
    assert_eq!(kinds(&late), [(I, None), (U, Some(2)), (T, Some(0))]);
    let flood = requests(&[Fault::InterimFlood], &two, &units(9));
    assert_eq!(kinds(&flood[..3]), [(I, None), (U, Some(0)), (U, Some(0))]);
    assert_eq!(flood.len(), 12);
    assert_eq!(
        flow(&[Fault::SecondStart], &two)[..2],
        [(I, None), (I, None)]
    );
    let start = &requests(&[Fault::StartWithoutUnits], &two, &two)[0];
    assert!(!start.asks);
    let interim = &requests(&[Fault::InterimWithoutUnits], &one, &two)[1];
    assert!(!interim.asks);
    let stop = requests(&[Fault::StopNumberedZero], &units(9), &two)[1];
    assert_eq!((stop.kind, stop.number), (T, 0));
    assert_eq!(
        flow(&[Fault::UsageUnderflow], &two),
        [(I, None), (U, Some(2)), (T, Some(u64::from(u32::MAX)))]
    );
    let absurd = requests(&[Fault::AbsurdDuration], &last, &two)
        .pop()
        .unwrap();
    assert!(absurd.used.unwrap().seconds.unwrap() > 1 << 31);
    let both = grant(Measures {
        messages: Some(2),
        octets: Some(100),
        seconds: None,
    });
    let told = |faults: &[Fault]| {
        let mut session = serving(&both, faults);
        session.accepted(NOW, Amount::message(50));
        session.terminate(NOW, Cause::Logout);
        request(&mut session).used.unwrap()
    };
    assert_eq!((told(&[]).messages, told(&[]).octets), (Some(1), Some(50)));
    assert_eq!(told(&[Fault::UsageNotSplit]), counted(51));
}

#[test]
fn faults_of_refusals_and_failures_show() {
    let after = |faults: &[Fault], answer: Answer| {
        let mut session = session(Interim::EachAccepted, faults);
        session.start(NOW);
        session.answer(NOW, 0, &answer);
        (session.state(), done(&mut session))
    };
    assert_eq!(
        after(&[Fault::StopAfterDenial], result(4010)).0,
        State::Open
    );
    assert_eq!(after(&[], result(4010)).0, State::Idle);
    assert_eq!(
        after(&[Fault::ChargesUncontrolled], result(4011)).0,
        State::Open
    );
    assert_eq!(
        after(&[Fault::IgnoresCreditLimit], result(4012)).0,
        State::Open
    );
    assert_eq!(
        after(&[Fault::ContinuesOnFailure], result(5012)).0,
        State::Free
    );
    let told = Answer {
        failure_handling: Some(FailureHandling::Continue),
        ..result(5012)
    };
    assert_eq!(after(&[], told).0, State::Free);
    assert_eq!(after(&[Fault::IgnoresFailureHandling], told).0, State::Idle);
    // What was refused for its rating is not sent again, but by a fault.
    let again = |faults: &[Fault]| {
        let mut session = session(Interim::EachAccepted, faults);
        session.start(NOW);
        session.answer(NOW, 0, &result(5031));
        done(&mut session);
        session.timeout(NOW + SECOND);
        sent(&mut session).len()
    };
    assert_eq!((again(&[]), again(&[Fault::RepeatsRatingFailed])), (0, 1));
    let stops = |faults: &[Fault]| {
        let mut session = open(Interim::EachAccepted, faults, &units(9));
        session.terminate(NOW, Cause::Logout);
        for n in 1..9 {
            session.answer(NOW, 1, &result(5012));
            session.timeout(NOW + SECOND * n);
        }
        sent(&mut session).len()
    };
    assert_eq!((stops(&[]), stops(&[Fault::RepeatsStopForever])), (1, 9));
}

#[test]
fn faults_of_order_show() {
    let mut session = session(Interim::EachAccepted, &[Fault::StopBeforeStartAnswer]);
    session.start(NOW);
    session.terminate(NOW, Cause::Logout);
    let kinds: Vec<Kind> = sent(&mut session).iter().map(|r| r.kind).collect();
    assert_eq!(kinds, [Kind::Start, Kind::Stop]);
    let mut late = super::session(Interim::EachAccepted, &[Fault::LateStart]);
    late.start(NOW);
    assert_eq!(done(&mut late), [Action::Admit]);
    late.begin(NOW);
    assert_eq!(request(&mut late).kind, Kind::Start);
    let rar = |faults: &[Fault]| {
        let mut session = open(Interim::EachAccepted, faults, &units(9));
        session.accepted(NOW, messages(1));
        done(&mut session);
        session.reauthorize();
        session.resume(NOW);
        sent(&mut session).len()
    };
    assert_eq!((rar(&[]), rar(&[Fault::SecondInterimOnRar])), (0, 1));
    let mut deaf = open(
        Interim::EachAccepted,
        &[Fault::NoInterimAfterRaa],
        &units(9),
    );
    assert_eq!(deaf.reauthorize(), ReAuth::InterimFollows);
    deaf.resume(NOW);
    assert_eq!(sent(&mut deaf), []);
    let twice = |faults: &[Fault]| {
        let mut session = open(Interim::EachAccepted, faults, &units(9));
        for _ in 0..2 {
            session.accepted(NOW, messages(1));
        }
        done(&mut session);
        session.answer(NOW, 1, &units(9));
        session.answer(NOW, 1, &units(9));
        let actions = done(&mut session);
        let delivered = actions.iter().filter(|action| **action == Action::Deliver);
        delivered.count()
    };
    assert_eq!((twice(&[]), twice(&[Fault::TakesDuplicateAnswer])), (1, 2));
}
