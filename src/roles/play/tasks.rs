//! What the pacer asks for, carried out.

use bytes::Bytes;

use crate::engine::{Case, Message, StepId, Task};
use crate::io::Time;
use crate::msrp::FailureReport;
use crate::roles::campaign::Stage;
use crate::roles::media::Draft;
use crate::roles::net::Net;
use crate::roles::record::{Record, Seat};
use crate::roles::ua::Written;
use crate::scenario::{
    Action, Blank, Deed, Exact, Expr, HeaderChange, Outgoing, Over, Party, SipBody,
};

use super::Play;
use super::chat::Chat;

impl Play {
    pub(super) fn carry_out(&mut self, task: Task, stage: &mut Stage) {
        match task {
            Task::Trigger(step) => self.pull(step, stage),
            Task::Send(step) => {
                let action = self.record.step(step).map(|step| step.action.clone());
                match action {
                    Some(Action::Send { party, message }) => {
                        self.send(step, party, message, stage);
                    }
                    Some(Action::SendAgain { party, .. }) => self.send_again(step, party, stage),
                    Some(Action::Do { party, deed }) => self.act(step, party, deed, stage),
                    _ => {}
                }
            }
        }
    }

    fn send(&mut self, step: StepId, party: Party, message: Outgoing, stage: &mut Stage) {
        match message {
            Outgoing::Response { reply, .. } => self.respond(step, &reply, stage),
            Outgoing::PeerRequest { command, changes } => {
                self.ask_server(step, party, command, &changes, stage);
            }
            Outgoing::Bytes {
                over: Over::Ch2,
                exact,
            } => self.send_over_ch2(step, party, &exact, stage),
            message => self.send_as(step, party, message, stage),
        }
    }

    /// What the client or the far end sends.
    fn send_as(&mut self, step: StepId, party: Party, message: Outgoing, stage: &mut Stage) {
        let Play {
            chats,
            record,
            case,
            ..
        } = self;
        let session = record.step(step).map_or(0, |step| step.session);
        let begins = matches!(
            message,
            Outgoing::SipRequest { .. }
                | Outgoing::Bytes {
                    over: Over::Sip,
                    ..
                }
        );
        if begins && party == Party::Client {
            chats[session].reach_server(&mut stage.net);
        }
        let Chat {
            client, far, who, ..
        } = &mut chats[session];
        let net = &mut stage.net;
        let now = net.now;
        let ua = match party {
            Party::Client => Some(client),
            Party::FarEnd => far.as_mut(),
            Party::Enabler | Party::SecondEnabler => None,
        };
        match (ua, message) {
            (
                Some(ua),
                Outgoing::SipRequest {
                    method,
                    body,
                    headers,
                },
            ) => {
                let values = Values { case, record };
                let Some(written) = values.written(&headers, body.as_ref()) else {
                    record.impossible(now, step, NO_TEXT, true);
                    return;
                };
                let sent = match method.as_str() {
                    "INVITE" if party == Party::Client => {
                        ua.invite(who, &written, Some(step), net, record)
                    }
                    "MESSAGE" if party == Party::Client && !ua.is_standing() => {
                        ua.page(who, &written, Some(step), net, record)
                    }
                    "BYE" if party == Party::Client && ua.is_inviting() => {
                        ua.leave_early(&written, Some(step), net, record)
                    }
                    "CANCEL" => ua.cancel(written, Some(step), net, record),
                    method => ua.request_in_dialog(method, &written, Some(step), net, record),
                };
                if let Err(reason) = sent {
                    record.impossible(now, step, reason, false);
                }
            }
            (
                Some(ua),
                Outgoing::SipResponse {
                    status, headers, ..
                },
            ) => {
                let why = "no request waits for it";
                answer(
                    (now, step),
                    &headers,
                    why,
                    case,
                    record,
                    |to, written, record| ua.respond(step, status, to, written, net, record),
                );
            }
            (Some(ua), Outgoing::MsrpSend { .. }) if !ua.is_standing() => {
                record.impossible(now, step, "there is no session to send in", false);
            }
            (
                Some(ua),
                Outgoing::MsrpSend {
                    body,
                    content_type,
                    chunk_size,
                    abort_after,
                    failure_report,
                    success_report,
                    headers,
                },
            ) => {
                let values = Values { case, record };
                let content_type = content_type.map(|expr| values.text(&expr));
                let written = values.written(&headers, None);
                let (Some(written), false) = (written, content_type == Some(None)) else {
                    record.impossible(now, step, NO_TEXT, true);
                    return;
                };
                let content_type = content_type.flatten();
                let failure_report =
                    failure_report.and_then(|value| FailureReport::parse(value.as_bytes()));
                let draft = Draft {
                    step,
                    body,
                    content_type,
                    chunk_size,
                    abort_after,
                    failure_report,
                    success_report,
                    headers: written.headers,
                };
                ua.media.send(draft, net, record);
            }
            (
                Some(ua),
                Outgoing::MsrpReport {
                    status, headers, ..
                },
            ) => {
                let why = "there is no SEND to report on";
                let media = &mut ua.media;
                answer(
                    (now, step),
                    &headers,
                    why,
                    case,
                    record,
                    |on, written, record| {
                        media.send_report(step, status, on, &written.headers, net, record)
                    },
                );
            }
            (
                Some(ua),
                Outgoing::MsrpResponse {
                    status, headers, ..
                },
            ) => {
                let media = &mut ua.media;
                let why = "no SEND waits for it";
                answer(
                    (now, step),
                    &headers,
                    why,
                    case,
                    record,
                    |to, written, record| {
                        media.respond(step, status, to, &written.headers, net, record)
                    },
                );
            }
            (Some(_), Outgoing::Response { .. } | Outgoing::PeerRequest { .. }) => {}
            (Some(ua), Outgoing::Bytes { over, exact }) => {
                let sent = match over {
                    Over::Sip => ua.send_bytes(&exact, step, net, record),
                    Over::Msrp => {
                        ua.media.send_bytes(exact, step, net, record);
                        Ok(())
                    }
                    Over::Ch2 => Ok(()),
                };
                if let Err(reason) = sent {
                    record.impossible(now, step, reason, false);
                }
            }
            (None, _) => record.impossible(now, step, NO_FAR_END, true),
        }
    }

    /// What a party does that is no message.
    fn act(&mut self, step: StepId, party: Party, deed: Deed, stage: &mut Stage) {
        if party.is_enabler() {
            return self.act_as_enabler(step, party, deed, stage);
        }
        let Play { chats, record, .. } = self;
        let session = record.step(step).map_or(0, |step| step.session);
        let net = &mut stage.net;
        let Some(ua) = chats[session].ua(party) else {
            return record.impossible(net.now, step, NO_FAR_END, true);
        };
        match deed {
            Deed::CloseMsrp => ua.media.close_connection(step, net, record),
            Deed::ConnectMsrp => ua.media.connect_again(step, net, record),
            Deed::FallSilent => {
                ua.fall_silent(true);
                record.done(net.now, step);
            }
            Deed::CloseConnection
            | Deed::ResetConnection
            | Deed::StopListening
            | Deed::ListenAgain => {}
        }
    }

    /// Sends bytes as they are over the CH-2 connection.
    fn send_over_ch2(&mut self, step: StepId, party: Party, exact: &Exact, stage: &mut Stage) {
        let now = stage.net.now;
        let session = self.record.step(step).map_or(0, |step| step.session);
        let Some(conn) = stage.enabler.conn_of(self.session(session), party) else {
            let reason = "the server has no CH-2 connection";
            return self.record.impossible(now, step, reason, false);
        };
        let seat = Seat { session, party };
        let Ok(bytes) = exact.filled(|blank| self.charging_blank(session, blank)) else {
            let reason = "no SessionRequest came whose identifiers could be filled in";
            return self.record.impossible(now, step, reason, false);
        };
        let message = stage.enabler.read(bytes.clone());
        // What is no Diameter is nothing that the rules of Diameter are for.
        let entry = match message.faults().is_empty() {
            true => Message::Diameter(message),
            false => Message::Garbage {
                bytes: bytes.clone(),
                reason: "sent on purpose".to_owned(),
            },
        };
        let path = Net::conn_path(conn);
        self.record.sent(now, seat, path, entry, Some(step), false);
        stage.net.send(conn, bytes);
    }

    /// What is filled into bytes that go over CH-2: of the last SessionRequest of the session.
    fn charging_blank(&self, session: usize, blank: Blank) -> Option<Bytes> {
        let request = self.record.last_session_request(session)?;
        match blank {
            Blank::SessionId => Some(Bytes::from(request.session_id()?.to_owned())),
            Blank::HopByHop => Some(Bytes::copy_from_slice(&request.hop_by_hop().to_be_bytes())),
            Blank::EndToEnd => Some(Bytes::copy_from_slice(&request.end_to_end().to_be_bytes())),
            _ => None,
        }
    }

    /// Sends what an earlier step sent once more.
    fn send_again(&mut self, step: StepId, party: Party, stage: &mut Stage) {
        let Play { chats, record, .. } = self;
        let session = record.step(step).map_or(0, |step| step.session);
        let net = &mut stage.net;
        let Some(ua) = chats[session].ua(party) else {
            return record.impossible(net.now, step, NO_FAR_END, true);
        };
        let messages = record
            .answered(step)
            .map_or(Vec::new(), |of| record.sent_by(of));
        if messages.is_empty() {
            let reason = "what it repeats was not sent";
            return record.impossible(net.now, step, reason, false);
        }
        for message in messages {
            let sent = match message {
                Message::Sip(message) => ua.send_again(message, step, net, record),
                Message::Msrp(message) => ua.media.send_again(message, step, net, record),
                Message::Diameter(_) | Message::Garbage { .. } => Ok(()),
            };
            if let Err(reason) = sent {
                return record.impossible(net.now, step, reason, false);
            }
        }
    }
}

/// Answers what a step answers, with the headers that it says; `why` where there is nothing to answer.
fn answer(
    (now, step): (Time, StepId),
    headers: &[HeaderChange],
    why: &str,
    case: &Case,
    record: &mut Record,
    send: impl FnOnce(Option<StepId>, &Written, &mut Record) -> bool,
) {
    let Some(written) = (Values { case, record }).written(headers, None) else {
        record.impossible(now, step, NO_TEXT, true);
        return;
    };
    let to = record.answered(step);
    if !send(to, &written, record) {
        record.impossible(now, step, why, false);
    }
}

/// Why a step cannot be carried out whose values are not known to whoever plays it.
const NO_TEXT: &str = "one of its values is not known";
const NO_FAR_END: &str = "nobody plays the far end";

/// What the values of a scenario stand for, as far as they are known before the judge comes.
struct Values<'a> {
    case: &'a Case,
    record: &'a Record,
}

impl Values<'_> {
    fn written(&self, headers: &[HeaderChange], body: Option<&SipBody>) -> Option<Written> {
        let header = |change: &HeaderChange| {
            let value = match &change.value {
                Some(value) => Some(self.text(value)?),
                None => None,
            };
            Some((change.name.clone(), value))
        };
        let body = match body {
            Some(body) => Some((self.text(&body.content_type)?, body.bytes.clone())),
            None => None,
        };
        Some(Written {
            headers: headers.iter().map(header).collect::<Option<Vec<_>>>()?,
            body,
        })
    }

    fn text(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Text(text) => Some(text.clone()),
            Expr::Number(number) => Some(number.to_string()),
            Expr::Ixit(name) => self.case.ixit_text(name),
            Expr::Identity { session, of } => {
                // The name as the subscriber has it comes first; others are other forms of it.
                let mut known = self.case.identities.iter();
                known
                    .find(|known| (known.session, known.identity) == (*session, *of))
                    .map(|known| known.value.clone())
            }
            Expr::Capture { label, field } => self.record.captured(label, field),
            Expr::Ledger { .. } => None,
        }
    }
}
