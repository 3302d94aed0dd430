//! The credit-control server's session.

use std::time::Duration;

use bytes::Bytes;

use super::samples::cca;
use crate::diameter::credit::{
    Admission, DuplicateBy, RequestKind, ServerSession, SessionState, Supervision,
};
use crate::diameter::{AvpOut, Message, MessageBuilder, key};
use crate::io::Time;

fn request(kind: i32, number: u32, end_to_end: u32) -> Message {
    Message::decode(
        MessageBuilder::request(272, 4)
            .hop_by_hop(end_to_end.wrapping_mul(31))
            .end_to_end(end_to_end)
            .with(key::SESSION_ID, "im.ex;1;2")
            .with(key::ORIGIN_HOST, "im.ex")
            .with(key::CC_REQUEST_TYPE, kind)
            .with(key::CC_REQUEST_NUMBER, number)
            .build(),
    )
}

fn answer(session: &mut ServerSession, request: &Message, result: u32) -> Bytes {
    let answer = cca(request, result);
    session.answered(Time::ZERO, request, &Message::decode(answer.clone()));
    answer
}

#[test]
fn a_session_opens_updates_and_ends() {
    let mut session = ServerSession::new(Supervision::Off);
    let steps = [
        (1, RequestKind::Initial, SessionState::Open),
        (2, RequestKind::Update, SessionState::Open),
        (3, RequestKind::Termination, SessionState::Idle),
    ];
    for (number, (code, kind, state)) in (0_u32..).zip(steps) {
        let request = request(code, number, 100 + number);
        assert_eq!(session.handle_request(&request), Admission::Process(kind));
        answer(&mut session, &request, 2001);
        assert_eq!(session.state(), state);
    }
}

#[test]
fn a_failed_answer_leaves_no_session() {
    let mut session = ServerSession::new(Supervision::Off);
    let initial = request(1, 0, 1);
    session.handle_request(&initial);
    answer(&mut session, &initial, 4012);
    assert_eq!(session.state(), SessionState::Idle);
    let initial = request(1, 1, 2);
    session.handle_request(&initial);
    answer(&mut session, &initial, 2001);
    let update = request(2, 2, 3);
    session.handle_request(&update);
    answer(&mut session, &update, 4012);
    assert_eq!(session.state(), SessionState::Idle);
}

#[test]
fn the_state_refuses_what_it_does_not_know() {
    let mut session = ServerSession::new(Supervision::Off);
    let update = request(2, 0, 1);
    assert_eq!(
        session.handle_request(&update),
        Admission::OutOfState(RequestKind::Update)
    );
    answer(&mut session, &update, 5002);
    assert_eq!(session.state(), SessionState::Idle);
    let stop = request(3, 1, 2);
    assert_eq!(
        session.handle_request(&stop),
        Admission::OutOfState(RequestKind::Termination)
    );
    let start = request(1, 2, 3);
    session.handle_request(&start);
    answer(&mut session, &start, 2001);
    let again = request(1, 3, 4);
    assert_eq!(
        session.handle_request(&again),
        Admission::OutOfState(RequestKind::Initial)
    );
    answer(&mut session, &again, 5012);
    assert_eq!(
        session.state(),
        SessionState::Open,
        "a refusal ends nothing"
    );
    assert_eq!(session.handle_request(&request(9, 9, 9)), Admission::NoKind);
}

#[test]
fn an_event_leaves_no_session() {
    let mut session = ServerSession::new(Supervision::Off);
    let event = request(4, 0, 1);
    assert_eq!(
        session.handle_request(&event),
        Admission::Process(RequestKind::Event)
    );
    answer(&mut session, &event, 2001);
    assert_eq!(session.state(), SessionState::Idle);
}

#[test]
fn a_duplicate_gets_the_same_answer() {
    let mut session = ServerSession::new(Supervision::Off);
    let initial = request(1, 0, 1);
    session.handle_request(&initial);
    assert_eq!(
        session.handle_request(&initial),
        Admission::DuplicatePending(DuplicateBy::EndToEnd)
    );
    let first = answer(&mut session, &initial, 2001);

    let mut octets = initial.raw().to_vec();
    octets[4] |= 0x10;
    octets[12..16].copy_from_slice(&[9, 9, 9, 9]);
    let again = Message::decode(Bytes::from(octets));
    let Admission::Duplicate { answer: second, by } = session.handle_request(&again) else {
        panic!("no duplicate");
    };
    assert_eq!(by, DuplicateBy::EndToEnd);
    assert_eq!(second[12..16], [9, 9, 9, 9]);
    assert_eq!((&second[..12], &second[16..]), (&first[..12], &first[16..]));
    assert_eq!(session.state(), SessionState::Open);

    let by_number = session.handle_request(&request(1, 0, 77));
    assert!(
        matches!(
            by_number,
            Admission::Duplicate {
                by: DuplicateBy::RequestNumber,
                ..
            }
        ),
        "{by_number:?}"
    );
    assert_eq!(
        session.handle_request(&request(2, 0, 78)),
        Admission::NumberReused(RequestKind::Update)
    );
}

#[test]
fn tcc_ends_a_session_nobody_uses() {
    let mut session = ServerSession::new(Supervision::Fixed(Duration::from_secs(60)));
    let initial = request(1, 0, 1);
    session.handle_request(&initial);
    assert_eq!(session.poll_timeout(), None);
    answer(&mut session, &initial, 2001);
    assert_eq!(session.poll_timeout(), Some(Time::from_millis(60_000)));
    assert!(!session.handle_timeout(Time::from_millis(59_999)));
    assert_eq!(session.state(), SessionState::Open);
    assert!(session.handle_timeout(Time::from_millis(60_000)));
    assert_eq!(
        (session.state(), session.poll_timeout()),
        (SessionState::Idle, None)
    );
    let late = request(2, 1, 2);
    assert_eq!(
        session.handle_request(&late),
        Admission::OutOfState(RequestKind::Update)
    );
}

#[test]
fn tcc_is_twice_the_validity_time() {
    let otherwise = Duration::from_secs(1);
    let mut session = ServerSession::new(Supervision::TwiceValidityTime(otherwise));
    let initial = request(1, 0, 1);
    session.handle_request(&initial);
    let granted = MessageBuilder::answer_to(&initial)
        .with(key::RESULT_CODE, 2001_u32)
        .avp(AvpOut::group(
            key::MULTIPLE_SERVICES_CREDIT_CONTROL,
            [AvpOut::new(key::VALIDITY_TIME, 30_u32)],
        ));
    session.answered(Time::ZERO, &initial, &Message::decode(granted.build()));
    assert_eq!(session.poll_timeout(), Some(Time::from_millis(60_000)));
    let update = request(2, 1, 2);
    session.handle_request(&update);
    answer(&mut session, &update, 2001);
    assert_eq!(session.poll_timeout(), Some(Time::from_millis(1_000)));
    let stop = request(3, 2, 3);
    session.handle_request(&stop);
    answer(&mut session, &stop, 2001);
    assert_eq!(session.poll_timeout(), None);
}
