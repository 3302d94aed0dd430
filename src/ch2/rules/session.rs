//! The requests of one credit-control session against one another.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ch2::fit::is_sound;
use crate::ch2::{Binding, Kind};
use crate::diameter::dictionary::{ASR, CCR, CREDIT_CONTROL_APPLICATION, RAR, STR};
use crate::io::Time;

use super::Observation;
use super::answer::Asked;
use super::catalog::Name;
use super::ccr::{Request, words};
use super::constant::Constant;
use super::credit::Credit;
use super::link::first_with_t;
use super::monitor::{Answers, Found, Recent, Standing, digest, session_of};
use super::reauth::{Life, Reauth};

/// Sessions of which the past is kept, at least.
const SESSIONS: usize = 8192;
/// Numbers and waiting requests that are kept for one session.
const NUMBERS: usize = 256;
const WAITING: usize = 16;

/// How long a client waits for an answer at least. RFC 8506 section 13 recommends 10 seconds for
/// Tx; a client whose Tx is shorter than this second is not met.
const TX: Duration = Duration::from_secs(1);

/// Result-Codes that end a session (RFC 8506 section 7, tables 3 and 4; section 9).
const END_USER_SERVICE_DENIED: u32 = 4010;
const CREDIT_CONTROL_NOT_APPLICABLE: u32 = 4011;
const USER_UNKNOWN: u32 = 5030;

/// The sessions.
#[derive(Debug)]
pub(super) struct Sessions {
    binding: Binding,
    table: Recent<u64, Session>,
    /// The IM session in which each name was used first, and where.
    users: Recent<u64, (usize, usize)>,
    lost: Option<Time>,
}

#[derive(Debug, Default)]
struct Session {
    start: Option<Step>,
    stop: Option<Step>,
    /// The answer that ended the session, and its Result-Code.
    over: Option<(usize, u32)>,
    waiting: Vec<Waiting>,
    numbers: VecDeque<(u32, usize)>,
    /// Numbers were dropped: that one is not there proves nothing.
    numbers_forgotten: bool,
    /// The number of the last request that met a protocol error.
    unused: Option<u32>,
    next_number: u32,
    constant: Constant,
    credit: Credit,
    reauth: Reauth,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    event: usize,
    at: Time,
    connection: u64,
    end_to_end: u32,
    number: Option<u32>,
    /// Result-Code of its answer, and when that was sent; `None` for the code where the answer had
    /// faults.
    answer: Option<(Option<u32>, Time)>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    kind: Kind,
    mscc: bool,
    step: Step,
}

impl Sessions {
    pub(super) fn new(binding: &Binding) -> Sessions {
        Sessions {
            binding: binding.clone(),
            table: Recent::new(SESSIONS),
            users: Recent::new(SESSIONS),
            lost: None,
        }
    }

    pub(super) fn lost(&mut self, at: Time) {
        self.lost = self.lost.max(Some(at));
    }

    pub(super) fn observe(
        &mut self,
        seen: &Observation<'_>,
        standing: Standing,
        found: &mut Found,
    ) {
        match (
            seen.message.command_code(),
            seen.from_server,
            seen.message.is_request(),
        ) {
            (CCR, true, true) if !standing.again => self.request(seen, standing, found),
            (CCR, false, false) => self.answered(seen, standing),
            (RAR | ASR, false, true) => self.asked(seen),
            (RAR | ASR, true, false) => {
                if let Some(asked) = standing.asked {
                    self.complied(seen, asked, found);
                }
            }
            (STR, true, true) if seen.message.application_id() == CREDIT_CONTROL_APPLICATION => {
                let expected = "SessionRequest (stop) as the end of a session";
                found.breach(Name::NoStr, seen.event, None, expected, "an STR");
            }
            _ => {}
        }
    }

    pub(super) fn ended(&mut self, at: Time, found: &mut Found) {
        let lost = self.lost;
        let open = self.table.values().filter(|s| s.life() == Life::Open);
        let mut open: Vec<&Session> = open.collect();
        open.sort_unstable_by_key(|session| session.constant.first());
        for session in open {
            session.credit.ended(at, lost, found);
            session.reauth.ended(at, lost, found);
        }
    }

    /// The harness sends a RAR or ASR.
    fn asked(&mut self, seen: &Observation<'_>) {
        let name = session_of(seen.message).map(|name| of_im_session(name, seen.im_session));
        let session = name.and_then(|name| self.table.touch(name));
        if let Some(session) = session.filter(|_| is_sound(seen.message)) {
            let update = session.waiting.iter().any(|w| w.kind == Kind::Interim);
            let life = session.life();
            session.reauth.asked(seen.event, update, life);
            session.credit.release();
        }
    }

    /// The server answers one.
    fn complied(&mut self, seen: &Observation<'_>, asked: Asked, found: &mut Found) {
        let Some(name) = asked.session else { return };
        let name = of_im_session(name, seen.im_session);
        let forgot = self.table.forgot() || self.lost.is_some();
        match self.table.touch(name) {
            Some(session) => session.reauth.complied(seen, asked.event, found),
            None if !forgot => Reauth::default().unknown(seen, asked.event, found),
            None => {}
        }
    }

    fn request(&mut self, seen: &Observation<'_>, standing: Standing, found: &mut Found) {
        let request = Request::read(seen.message);
        let Some(kind) = request
            .request_type
            .and_then(|value| self.binding.kind(value))
        else {
            return;
        };
        let Some(name) = standing.session else {
            return;
        };
        self.shared(name, seen, found);
        let name = of_im_session(name, seen.im_session);
        let known = self.table.touch(name).is_some();
        if !known {
            // Where the start was not seen, counting goes on from what is seen.
            let next_number = match kind {
                Kind::Start => 0,
                _ => request.number.unwrap_or(0),
            };
            self.table.insert(
                name,
                Session {
                    next_number,
                    ..Session::default()
                },
            );
        }
        let lost = self.lost;
        let forgot = self.table.forgot();
        let Some(session) = self.table.touch(name) else {
            return;
        };
        // A session that began at another peer, and moved here with what had no answer there.
        let moved = !known && kind != Kind::Start && seen.message.flags().retransmitted();
        let first_known = lost.is_none() && !moved && (known || !forgot);
        if !session.is_new(seen, &request, first_known, found) {
            return;
        }
        request.alone(seen, kind, &self.binding, found);
        if kind == Kind::Event {
            return;
        }
        found.watch(Name::FirstInitial);
        if !known && kind != Kind::Start && !moved && !forgot {
            let observed = format!("SessionRequest ({kind})");
            let expected = "SessionRequest (start)";
            found.breach(Name::FirstInitial, seen.event, None, expected, observed);
        }
        session.order(seen, kind, &request, lost, found);
        session.constant.check(seen, &request, found);
        let began = session.start.map(|start| start.at);
        session
            .credit
            .reported(seen, kind, &request, (began, lost), found);
        session.reauth.requested(seen, kind, found);
        session.number(seen, &request, found);
        session.remember(seen, kind, &request);
    }

    /// Judges a name by the IM sessions that use it. Each of them is then judged by itself, so that
    /// one mistake is not told as many.
    fn shared(&mut self, name: u64, seen: &Observation<'_>, found: &mut Found) {
        if seen.im_session > 0 {
            found.watch(Name::SessionIdShared);
        }
        let Some((user, event)) = self.users.touch(name).copied() else {
            self.users.insert(name, (seen.im_session, seen.event));
            return;
        };
        if user == seen.im_session {
            return;
        }
        let own = of_im_session(name, seen.im_session);
        if self.table.get(own).is_none() {
            let id = seen.message.session_id().unwrap_or_default();
            let expected = "a Session-Id of its own for each IM session";
            let observed = format!("\"{id}\", which another IM session has");
            found.breach(
                Name::SessionIdShared,
                seen.event,
                Some(event),
                expected,
                observed,
            );
        }
    }

    fn answered(&mut self, seen: &Observation<'_>, standing: Standing) {
        let Some(answers) = standing.answers else {
            return;
        };
        let name = of_im_session(answers.session, seen.im_session);
        let Some(session) = self.table.touch(name) else {
            return;
        };
        let code = seen.message.result_code().unwrap_or(0);
        session.settle(seen, answers, code);
        if answers.sound {
            session.credit.granted(seen, code);
        } else {
            session.credit.release();
        }
    }
}

impl Session {
    /// Whether the session stands, as far as that can be told.
    fn life(&self) -> Life {
        let ended = |step: Step| matches!(step.answer, Some((Some(code), _)) if is_success(code));
        match (self.start, self.stop) {
            _ if self.over.is_some() => Life::Over,
            (_, Some(stop)) if ended(stop) => Life::Over,
            (Some(start), None) if ended(start) => Life::Open,
            _ => Life::Unclear,
        }
    }

    /// Takes an answer to one of its requests.
    fn settle(&mut self, seen: &Observation<'_>, answers: Answers, code: u32) {
        let (numbers, unused) = (&mut self.numbers, &mut self.unused);
        let over = &mut self.over;
        self.waiting.retain(|waiting| {
            let answered = waiting.step.end_to_end == answers.end_to_end;
            if answered {
                let ends = match code {
                    END_USER_SERVICE_DENIED | CREDIT_CONTROL_NOT_APPLICABLE => {
                        waiting.kind != Kind::Stop
                    }
                    USER_UNKNOWN => waiting.kind == Kind::Start,
                    _ => false,
                };
                // It may go to another server as it is (RFC 8506 section 5.7).
                if code / 1000 == 3 || !answers.sound {
                    numbers.retain(|(number, _)| Some(*number) != waiting.step.number);
                    *unused = waiting.step.number;
                }
                if ends && answers.sound {
                    over.get_or_insert((seen.event, code));
                }
            }
            !answered
        });
        let code = answers.sound.then_some(code);
        for step in [&mut self.start, &mut self.stop].into_iter().flatten() {
            let answered = step.answer.is_some_and(|(code, _)| code.is_some());
            if step.end_to_end == answers.end_to_end && !answered {
                step.answer = Some((code, seen.at));
            }
        }
    }

    /// Judges the T bit of a request whose End-to-End Identifier is new; false where it is an
    /// earlier request under another identifier.
    fn is_new(
        &self,
        seen: &Observation<'_>,
        request: &Request<'_>,
        first_known: bool,
        found: &mut Found,
    ) -> bool {
        if !seen.message.flags().retransmitted() {
            return true;
        }
        found.watch(Name::ResendIdentifier);
        let earlier = self
            .numbers
            .iter()
            .find(|(number, _)| Some(*number) == request.number);
        if let Some((_, event)) = earlier {
            found.breach(
                Name::ResendIdentifier,
                seen.event,
                Some(*event),
                "the End-to-End Identifier of the first transmission",
                format!("0x{:08x}", seen.message.end_to_end()),
            );
            return false;
        }
        if first_known && !self.numbers_forgotten {
            first_with_t(seen, found);
        }
        true
    }

    /// Judges a request by what came before it.
    fn order(
        &mut self,
        seen: &Observation<'_>,
        kind: Kind,
        request: &Request<'_>,
        lost: Option<Time>,
        found: &mut Found,
    ) {
        let mut breach = |name, against, expected: &str, observed: String| {
            found.breach(name, seen.event, Some(against), expected, observed);
        };
        match kind {
            Kind::Start => {
                if let Some(start) = self.start {
                    if start.may_be_tried_again(seen.at, lost, |code| !is_success(code)) {
                        *self = Session::default();
                    } else {
                        let observed = "a second SessionRequest (start)".to_owned();
                        breach(
                            Name::OneStart,
                            start.event,
                            "a Session-Id of its own",
                            observed,
                        );
                    }
                }
            }
            Kind::Interim => {
                // Order across connections is not known to the last moment.
                let after = self.stop.filter(|stop| {
                    stop.connection == seen.connection || seen.at.since(stop.at) > TX
                });
                if let Some(stop) = after {
                    let observed = "SessionRequest (interim)".to_owned();
                    breach(
                        Name::AfterStop,
                        stop.event,
                        "nothing after the stop",
                        observed,
                    );
                }
                let waiting = self.waiting(seen.at, lost).find(|waiting| {
                    waiting.kind == Kind::Start
                        || waiting.kind == Kind::Interim && !(waiting.mscc && request.mscc)
                });
                if let Some(waiting) = waiting {
                    let expected = "the answer to the request before first";
                    let observed = format!("the {} before has no answer yet", waiting.kind);
                    breach(Name::OneOutstanding, waiting.step.event, expected, observed);
                }
            }
            Kind::Stop => {
                let stop = self.stop.filter(|stop| {
                    !stop.may_be_tried_again(seen.at, lost, |code| code / 1000 == 3)
                });
                if let Some(stop) = stop {
                    let observed = "a second SessionRequest (stop)".to_owned();
                    breach(
                        Name::OneStop,
                        stop.event,
                        "one SessionRequest (stop)",
                        observed,
                    );
                }
                let waiting = self
                    .waiting(seen.at, lost)
                    .find(|waiting| matches!(waiting.kind, Kind::Start | Kind::Interim));
                if let Some(waiting) = waiting {
                    let expected = "the stop after the answer to the request before";
                    let observed = format!("the {} before has no answer yet", waiting.kind);
                    breach(Name::StopQueued, waiting.step.event, expected, observed);
                }
            }
            Kind::Event => {}
        }
        if let Some((event, code)) = self.over.filter(|_| kind != Kind::Start) {
            let expected = format!("nothing after the answer {code}");
            let observed = format!("SessionRequest ({kind})");
            found.breach(
                Name::AfterRefusal,
                seen.event,
                Some(event),
                expected,
                observed,
            );
        }
        let names: &[Name] = match kind {
            Kind::Start => &[Name::OneStart],
            Kind::Interim => &[Name::AfterStop, Name::OneOutstanding, Name::AfterRefusal],
            Kind::Stop => &[Name::OneStop, Name::StopQueued, Name::AfterRefusal],
            Kind::Event => &[],
        };
        names.iter().for_each(|name| found.watch(*name));
        let granted = self.credit.kinds();
        let meant = granted != 0 && !request.bad_answer;
        if kind != Kind::Start && meant && request.used_kinds != 0 {
            found.watch(Name::UsedKind);
            let missing = granted & !request.used_kinds;
            let several = granted.count_ones() > 1 && request.used_at_command;
            if request.used_kinds & granted == 0 || several && missing != 0 {
                let (expected, observed) = (words(granted), words(request.used_kinds));
                found.breach(Name::UsedKind, seen.event, None, expected, observed);
            }
        }
    }

    /// The requests that still wait for an answer, as far as they can be judged.
    fn waiting(&self, now: Time, lost: Option<Time>) -> impl Iterator<Item = &Waiting> {
        self.waiting.iter().filter(move |waiting| {
            now.since(waiting.step.at) < TX && lost.is_none_or(|lost| lost < waiting.step.at)
        })
    }

    fn number(&mut self, seen: &Observation<'_>, request: &Request<'_>, found: &mut Found) {
        let Some(number) = request.number else {
            return;
        };
        found.watch(Name::NumberUnique);
        found.watch(Name::NumberSequence);
        let earlier = self.numbers.iter().find(|(known, _)| *known == number);
        if let Some((_, event)) = earlier {
            let expected = "a CC-Request-Number that is new in the session";
            let event = Some(*event);
            found.breach(
                Name::NumberUnique,
                seen.event,
                event,
                expected,
                number.to_string(),
            );
        } else if number != self.next_number && self.unused != Some(number) {
            let expected = self.next_number.to_string();
            found.breach(
                Name::NumberSequence,
                seen.event,
                None,
                expected,
                number.to_string(),
            );
        }
        self.next_number = number.wrapping_add(1);
        if self.numbers.len() >= NUMBERS {
            self.numbers.pop_front();
            self.numbers_forgotten = true;
        }
        self.numbers.push_back((number, seen.event));
    }

    fn remember(&mut self, seen: &Observation<'_>, kind: Kind, request: &Request<'_>) {
        let step = Step {
            event: seen.event,
            at: seen.at,
            connection: seen.connection,
            end_to_end: seen.message.end_to_end(),
            number: request.number,
            answer: None,
        };
        let mscc = request.mscc;
        match kind {
            Kind::Start => self.start = Some(step),
            Kind::Stop => self.stop = Some(step),
            Kind::Interim | Kind::Event => {}
        }
        if self.waiting.len() >= WAITING {
            self.waiting.remove(0);
        }
        self.waiting.push(Waiting { kind, mscc, step });
    }
}

/// The name of a charging session in one IM session. In the first, and where they are not told
/// apart, it is the charging session's own.
fn of_im_session(name: u64, im_session: usize) -> u64 {
    match im_session {
        0 => name,
        _ => digest(&[&name.to_be_bytes(), &im_session.to_be_bytes()]),
    }
}

impl Step {
    /// Whether the same may be asked anew: it was answered so, or its answer may have been lost
    /// with a connection, or it was never answered and either its connection may have been lost or
    /// its time may have run out.
    fn may_be_tried_again(
        &self,
        now: Time,
        lost: Option<Time>,
        answer: impl Fn(u32) -> bool,
    ) -> bool {
        let lost = lost.filter(|lost| *lost >= self.at);
        match self.answer {
            Some((code, at)) => {
                code.is_none_or(&answer) || lost.is_some_and(|lost| lost.since(at) < TX)
            }
            None => now.since(self.at) >= TX || lost.is_some(),
        }
    }
}

fn is_success(code: u32) -> bool {
    code / 1000 == 2
}
