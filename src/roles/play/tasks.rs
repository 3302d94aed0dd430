//! What the pacer asks for, carried out.

use crate::engine::{StepId, Task};
use crate::msrp::FailureReport;
use crate::roles::Settings;
use crate::roles::campaign::Stage;
use crate::roles::media::Draft;
use crate::scenario::{Action, Expr, Outgoing, Party};

use super::Play;
use super::chat::Chat;

impl Play {
    pub(super) fn carry_out(&mut self, task: Task, stage: &mut Stage) {
        match task {
            Task::Trigger(step) => self.pull(step, stage),
            Task::Send(step) => {
                let action = self.record.step(step).map(|step| step.action.clone());
                if let Some(Action::Send { party, message }) = action {
                    self.send(step, party, message, stage);
                }
            }
        }
    }

    fn send(&mut self, step: StepId, party: Party, message: Outgoing, stage: &mut Stage) {
        let Play { chats, record, .. } = self;
        let session = record.step(step).map_or(0, |step| step.session);
        let Chat {
            client, far, who, ..
        } = &mut chats[session];
        let net = &mut stage.net;
        let now = net.now;
        let ua = match party {
            Party::Client => Some(client),
            Party::FarEnd => far.as_mut(),
            Party::Enabler => None,
        };
        match (ua, message) {
            (Some(ua), Outgoing::SipRequest { method }) => {
                let sent = match method.as_str() {
                    "INVITE" if party == Party::Client => ua.invite(who, Some(step), net, record),
                    "CANCEL" => ua.cancel(Some(step), net, record),
                    method => ua.request_in_dialog(method, Some(step), net, record),
                };
                if let Err(reason) = sent {
                    record.impossible(now, step, reason, false);
                }
            }
            (Some(ua), Outgoing::SipResponse { status, .. }) => {
                let to = record.answered(step);
                if !ua.respond(step, status, to, net, record) {
                    record.impossible(now, step, "no request waits for it", false);
                }
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
                    failure_report,
                    success_report,
                },
            ) => {
                let content_type = match content_type.map(|expr| text(&expr, &stage.settings)) {
                    Some(None) => {
                        record.impossible(now, step, "its content type is no text", true);
                        return;
                    }
                    other => other.flatten(),
                };
                let failure_report =
                    failure_report.and_then(|value| FailureReport::parse(value.as_bytes()));
                let draft = Draft {
                    step,
                    body,
                    content_type,
                    chunk_size,
                    failure_report,
                    success_report,
                };
                ua.media.send(draft, net, record);
            }
            (Some(ua), Outgoing::MsrpResponse { status, .. }) => {
                let to = record.answered(step);
                if !ua.media.respond(step, status, to, net, record) {
                    record.impossible(now, step, "no SEND waits for it", false);
                }
            }
            (_, Outgoing::Response { reply, .. }) => {
                self.respond(step, &reply, stage);
            }
            (None, _) => record.impossible(now, step, "nobody plays the far end", true),
        }
    }
}

fn text(expr: &Expr, settings: &Settings) -> Option<String> {
    match expr {
        Expr::Text(text) => Some(text.clone()),
        Expr::Number(number) => Some(number.to_string()),
        Expr::Ixit(name) if name == "refused-content-type" => {
            Some(settings.sut.values.refused_content_type.clone())
        }
        Expr::Ixit(_) | Expr::Capture { .. } | Expr::Identity(_) | Expr::Ledger(_) => None,
    }
}
