//! SessionRequests of a scenario, and their Responses.

use crate::ch2::Kind;
use crate::diameter;
use crate::diameter::credit::RequestKind;
use crate::engine::{Message, Standing, StepId};
use crate::io::ConnId;
use crate::roles::Settings;
use crate::roles::answer::{self, SUCCESS, Terms, UNABLE_TO_COMPLY, UNKNOWN_SESSION_ID};
use crate::roles::campaign::Stage;
use crate::roles::enabler::Admitted;
use crate::roles::net::Net;
use crate::roles::record::Seat;
use crate::scenario::{Expr, Party};

use super::chat::Chat;
use super::{Pending, Phase, Play};

impl Play {
    /// A CH-2 request of one of this play's sessions.
    pub fn on_charging(
        &mut self,
        session: usize,
        conn: ConnId,
        request: diameter::Message,
        stage: &mut Stage,
    ) {
        self.heard = true;
        let now = stage.net.now;
        let seat = seat(session);
        let path = Net::conn_path(conn);
        let entry = Message::Diameter(request.clone());
        let admitted = stage.enabler.admit(conn, &request);
        if let Admitted::Duplicate(answer) = admitted {
            self.record.count("CH-2 retransmission");
            self.record
                .received(now, seat, path, entry, Standing::Repeated);
            if let Some(bytes) = answer
                && stage.enabler.can_answer(conn)
            {
                let entry = Message::Diameter(stage.enabler.read(bytes.clone()));
                self.record.sent(now, seat, path, entry, None, true);
                stage.enabler.write(conn, bytes, &mut stage.net);
            }
            return;
        }
        let met = self.record.received(now, seat, path, entry, Standing::Flow);
        match (met, self.record.answer_to(met)) {
            // Once the flow is over no step is carried out any more.
            (Some(met), Some(_)) if self.phase == Phase::Running => {
                self.pending.push(Pending {
                    session,
                    met,
                    conn,
                    request,
                    admitted,
                });
            }
            _ => self.answer_by_default(session, conn, &request, &admitted, stage),
        }
        if let Phase::Listening { until, latest } = &mut self.phase {
            *until = (*until).max(now + self.case.ixit.quiet_window).min(*latest);
        }
    }

    /// Answers the SessionRequest that a `Response` step is for.
    pub(super) fn respond(
        &mut self,
        step: StepId,
        result_code: u32,
        grant: Option<&Expr>,
        stage: &mut Stage,
    ) {
        let now = stage.net.now;
        let to = self.record.answered(step);
        let at = self
            .pending
            .iter()
            .position(|pending| Some(pending.met) == to);
        let Some(pending) = at.map(|at| self.pending.remove(at)) else {
            self.record
                .impossible(now, step, "no SessionRequest waits for it", false);
            return;
        };
        let grant = match grant.map(|grant| number(grant, &stage.settings)) {
            Some(None) => {
                self.record
                    .impossible(now, step, "its grant is no number", true);
                return;
            }
            grant => grant.flatten(),
        };
        let chat = &mut self.chats[pending.session];
        chat.last_grant = grant.or(chat.last_grant);
        let refused = chat.refusal_of(&pending.request, stage);
        let validity_time = grant.and(stage.settings.sut.values.validity_time);
        let terms = match refused {
            Some(result_code) => Terms {
                result_code,
                grant: None,
                validity_time: None,
            },
            None => Terms {
                result_code,
                grant,
                validity_time,
            },
        };
        let Pending {
            session,
            conn,
            request,
            ..
        } = pending;
        self.answer(session, conn, &request, terms, Some(step), stage);
    }

    pub(super) fn answer_by_default(
        &mut self,
        session: usize,
        conn: ConnId,
        request: &diameter::Message,
        admitted: &Admitted,
        stage: &mut Stage,
    ) {
        let binding = &stage.settings.sut.binding;
        let kind = request
            .find(diameter::key::CC_REQUEST_TYPE)
            .and_then(|avp| avp.u32().ok())
            .and_then(|value| binding.kind(value));
        // The session's state is that of RFC 8506, so it says nothing where the binding gives the
        // request types other meanings.
        let standard =
            [binding.start, binding.interim, binding.stop, binding.event] == [1, 2, 3, 4];
        let out_of_state = match admitted {
            Admitted::OutOfState(RequestKind::Update | RequestKind::Termination) if standard => {
                Some(UNKNOWN_SESSION_ID)
            }
            Admitted::OutOfState(_) if standard => Some(UNABLE_TO_COMPLY),
            _ => None,
        };
        let chat = &mut self.chats[session];
        let wants = matches!(kind, Some(Kind::Start | Kind::Interim))
            || (kind != Some(Kind::Stop) && answer::asks_for_units(request));
        let grant = wants.then(|| chat.last_grant.unwrap_or(stage.settings.sut.values.grant));
        let validity_time = grant.and(stage.settings.sut.values.validity_time);
        let terms = match out_of_state.or_else(|| chat.refusal_of(request, stage)) {
            Some(result_code) => Terms {
                result_code,
                grant: None,
                validity_time: None,
            },
            None => Terms {
                result_code: SUCCESS,
                grant,
                validity_time,
            },
        };
        self.answer(session, conn, request, terms, None, stage);
    }

    fn answer(
        &mut self,
        session: usize,
        conn: ConnId,
        request: &diameter::Message,
        terms: Terms,
        step: Option<StepId>,
        stage: &mut Stage,
    ) {
        let now = stage.net.now;
        if !stage.enabler.can_answer(conn) {
            if let Some(step) = step {
                let reason = "the CH-2 connection of its SessionRequest is gone";
                self.record.impossible(now, step, reason, false);
            }
            return;
        }
        let address = stage.enabler.address();
        let binding = &stage.settings.sut.binding;
        let bytes = answer::answer(request, &address.host, &address.realm, binding, terms).build();
        let message = stage.enabler.read(bytes);
        let entry = Message::Diameter(message.clone());
        self.record
            .sent(now, seat(session), Net::conn_path(conn), entry, step, false);
        stage
            .enabler
            .answer(conn, request, &message, &mut stage.net);
    }
}

impl Chat {
    /// The Result-Code that a pulled trigger has for this request.
    fn refusal_of(&mut self, request: &diameter::Message, stage: &Stage) -> Option<u32> {
        let value = request.find(diameter::key::CC_REQUEST_TYPE)?.u32().ok()?;
        if stage.settings.sut.binding.kind(value) == Some(Kind::Interim) {
            self.refuse_next.take()
        } else {
            None
        }
    }
}

/// The Charging Enabler's seat in a session.
fn seat(session: usize) -> Seat {
    Seat {
        session,
        party: Party::Enabler,
    }
}

fn number(expr: &Expr, settings: &Settings) -> Option<u64> {
    match expr {
        Expr::Number(number) => u64::try_from(*number).ok(),
        Expr::Text(text) => text.parse().ok(),
        Expr::Ixit(name) if name == "grant" => Some(settings.sut.values.grant),
        Expr::Ixit(_) | Expr::Capture { .. } | Expr::Identity(_) | Expr::Ledger(_) => None,
    }
}
