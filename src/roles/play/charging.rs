//! SessionRequests of a scenario, and their Responses.

use crate::ch2::Kind;
use crate::diameter;
use crate::diameter::credit::RequestKind;
use crate::engine::{Message, Standing, StepId};
use crate::io::ConnId;
use crate::roles::answer::{self, SUCCESS, Terms, UNABLE_TO_COMPLY, UNKNOWN_SESSION_ID};
use crate::roles::campaign::Stage;
use crate::roles::craft::craft;
use crate::roles::enabler::Admitted;
use crate::roles::net::Net;
use crate::roles::record::Seat;
use crate::scenario::{Expr, Reply, Validity};

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
        let party = stage.enabler.party_of(conn);
        let seat = Seat { session, party };
        let path = Net::conn_path(conn);
        let entry = Message::Diameter(request.clone());
        let admitted = stage.enabler.admit(conn, &request, self.session(session));
        let met = match &admitted {
            Admitted::Duplicate(answer) => {
                self.record.count("CH-2 retransmission");
                let met = self
                    .record
                    .received(now, seat, path, entry, Standing::Repeated);
                // Where no step waits for it, it gets the answer it got, if any.
                if self.record.answer_to(met).is_none() {
                    if let Some(bytes) = answer
                        && !self.record.is_unanswered(met)
                        && stage.enabler.can_answer(conn)
                    {
                        let entry = Message::Diameter(stage.enabler.read(bytes.clone()));
                        self.record.sent(now, seat, path, entry, None, true);
                        stage.enabler.write(conn, bytes.clone(), &mut stage.net);
                        return;
                    }
                    // One that was left without an answer is left so again.
                    if met.is_none() {
                        return;
                    }
                }
                met
            }
            _ => self.record.received(now, seat, path, entry, Standing::Flow),
        };
        match (met, self.record.answer_to(met)) {
            _ if self.record.is_unanswered(met) => {
                self.record.count("CH-2 request left unanswered")
            }
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
    pub(super) fn respond(&mut self, step: StepId, reply: &Reply, stage: &mut Stage) {
        let now = stage.net.now;
        let to = self.record.answered(step);
        // A step may answer once more what was answered before: one answer too many.
        let found = [&mut self.pending, &mut self.answered]
            .into_iter()
            .find_map(|list| {
                let at = list.iter().position(|one| Some(one.met) == to)?;
                Some(list.remove(at))
            });
        let Some(pending) = found else {
            self.record
                .impossible(now, step, "no SessionRequest waits for it", false);
            return;
        };
        let terms = match self.terms(reply, stage) {
            Ok(terms) => terms,
            Err(reason) => {
                self.record.impossible(now, step, &reason, true);
                return;
            }
        };
        if reply.service_result.is_some() && !answer::has_services(&pending.request) {
            let reason = "its SessionRequest names no service (Multiple-Services-Credit-Control)";
            self.record.impossible(now, step, reason, false);
            return;
        }
        let unit = stage.settings.sut.binding.unit;
        let chat = &mut self.chats[pending.session];
        let own = terms.grants.iter().find(|(of, _)| *of == unit);
        chat.last_grant = own.map(|(_, amount)| *amount).or(chat.last_grant);
        let refused = chat.refusal_of(&pending.request, stage);
        let terms = refused.map_or(terms, Terms::result);
        let how = Some((step, reply));
        let (session, conn) = (pending.session, pending.conn);
        self.answer(session, conn, &pending.request, &terms, how, stage);
        self.answered.push(pending);
    }

    /// What a `Response` step says, with every value known.
    fn terms(&self, reply: &Reply, stage: &Stage) -> Result<Terms, String> {
        let unit = stage.settings.sut.binding.unit;
        let mut grants = Vec::new();
        for (of, amount) in &reply.grants {
            let amount = self.text_of(amount).and_then(|text| text.parse().ok());
            let amount = amount.ok_or_else(|| "its grant is no number".to_owned())?;
            grants.push((of.unwrap_or(unit), amount));
        }
        let validity_time = match reply.validity_time {
            Validity::None => None,
            Validity::Seconds(seconds) => Some(seconds),
            Validity::Ixit if grants.is_empty() && reply.money.is_none() => None,
            Validity::Ixit => stage.settings.sut.values.validity_time,
        };
        Ok(Terms {
            result_code: reply.result_code,
            service_result: reply.service_result,
            grants,
            money: reply.money,
            validity_time,
            final_unit: reply.final_unit,
            failure_handling: reply.failure_handling,
            session_failover: reply.session_failover,
        })
    }

    /// The value of an expression, as a message of ours holds it.
    pub(super) fn text_of(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Text(text) => Some(text.clone()),
            Expr::Number(number) => Some(number.to_string()),
            Expr::Ixit(name) => self.case.ixit_text(name),
            Expr::Identity { session, of } => {
                let mut known = self.case.identities.iter();
                known
                    .find(|known| (known.session, known.identity) == (*session, *of))
                    .map(|known| known.value.clone())
            }
            Expr::Capture { label, field } => self.record.captured(label, field),
            Expr::Ledger { .. } => None,
        }
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
        let terms = match out_of_state.or_else(|| chat.refusal_of(request, stage)) {
            Some(result_code) => Terms::result(result_code),
            None => Terms {
                grants: grant
                    .map(|units| (binding.unit, units))
                    .into_iter()
                    .collect(),
                validity_time: grant.and(stage.settings.sut.values.validity_time),
                ..Terms::result(SUCCESS)
            },
        };
        self.answer(session, conn, request, &terms, None, stage);
    }

    fn answer(
        &mut self,
        session: usize,
        conn: ConnId,
        request: &diameter::Message,
        terms: &Terms,
        how: Option<(StepId, &Reply)>,
        stage: &mut Stage,
    ) {
        let now = stage.net.now;
        let step = how.map(|(step, _)| step);
        if !stage.enabler.can_answer(conn) {
            if let Some(step) = step {
                let reason = "the CH-2 connection of its SessionRequest is gone";
                self.record.impossible(now, step, reason, false);
            }
            return;
        }
        let address = stage.enabler.address_of(conn);
        let message = answer::answer(request, &address.host, &address.realm, terms);
        let crafted = match how {
            Some((_, reply)) => craft(message, &reply.changes, |expr| self.text_of(expr)),
            None => Ok(message.build()),
        };
        let bytes = match (crafted, step) {
            (Ok(bytes), _) => bytes,
            (Err(reason), Some(step)) => {
                self.record.impossible(now, step, &reason, true);
                return;
            }
            (Err(_), None) => return,
        };
        let message = stage.enabler.read(bytes);
        let party = stage.enabler.party_of(conn);
        let (path, seat) = (Net::conn_path(conn), Seat { session, party });
        let whose = self.session(session);
        for copy in 0..how.map_or(1, |(_, reply)| reply.copies.max(1)) {
            let (step, again) = (step.filter(|_| copy == 0), copy > 0);
            let entry = Message::Diameter(message.clone());
            self.record.sent(now, seat, path, entry, step, again);
            stage
                .enabler
                .answer(conn, request, &message, whose, &mut stage.net);
        }
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
