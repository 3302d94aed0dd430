//! What one end of an MSRP session sends of its own accord.

use bytes::Bytes;

use crate::engine::{Message, StepId};
use crate::msrp::{
    self, ByteRange, MessageBuilder, Outgoing, OutgoingMessage, ReportStatus, Uri, status,
};

use super::{Draft, Leg, Queued};
use crate::roles::net::Net;
use crate::roles::record::Record;
use crate::scenario::{Blank, Exact};

impl Leg {
    /// Sends a message, or queues it until the connection stands.
    pub fn send(&mut self, draft: Draft, net: &mut Net, record: &mut Record) {
        if let Some(reason) = self.ended.clone() {
            record.impossible(net.now, draft.step, &reason, false);
            return;
        }
        self.queued.push(Queued::Message(draft));
        self.flush(net, record);
    }

    /// Reports on the SEND that met `on`; false where none did, or there is no connection.
    pub fn send_report(
        &mut self,
        step: StepId,
        code: u16,
        on: Option<StepId>,
        headers: &[(String, Option<String>)],
        net: &mut Net,
        record: &mut Record,
    ) -> bool {
        let send = on.and_then(|on| self.met.get(&on).cloned());
        let (Some(send), Some(conn), Some(own)) = (send, self.bound, self.own.clone()) else {
            return false;
        };
        let range = send.byte_range();
        let total = range.and_then(|range| range.total);
        let range = match total {
            Some(total) => ByteRange::whole(total),
            None => ByteRange::whole(send.body_len() as u64),
        };
        let status = ReportStatus {
            namespace: 0,
            code,
            comment: status::comment(code).to_owned(),
        };
        let id = send.message_id().unwrap_or_default();
        let to = send.from_path();
        let report = MessageBuilder::report(&to, &[own], &id, Some(range), &status);
        let report = changed(report, headers).build(&mut self.ids);
        self.write(conn, report, Some(step), net, record);
        true
    }

    /// Sends bytes as they are, or queues them until the connection stands.
    pub fn send_bytes(&mut self, exact: Exact, step: StepId, net: &mut Net, record: &mut Record) {
        if let Some(reason) = self.ended.clone() {
            return record.impossible(net.now, step, &reason, false);
        }
        self.queued.push(Queued::Bytes(step, exact));
        self.flush(net, record);
    }

    fn send_bytes_now(&mut self, step: StepId, exact: &Exact, net: &mut Net, record: &mut Record) {
        let Some(conn) = self.bound else { return };
        let Ok(bytes) = exact.filled(|blank| self.blank(blank)) else {
            let reason = "there is no MSRP session whose values could be filled in";
            return record.impossible(net.now, step, reason, false);
        };
        let entry = Message::Msrp(msrp::Message::decode(bytes.clone()));
        let path = Net::conn_path(conn);
        record.sent(net.now, self.seat, path, entry, Some(step), false);
        net.send(conn, bytes);
    }

    /// What is filled into bytes: as a request of ours in the session would have it.
    fn blank(&mut self, blank: Blank) -> Option<Bytes> {
        let text = match blank {
            Blank::ToPath => {
                let path: Vec<&str> = self.peer.iter().map(Uri::as_str).collect();
                path.join(" ")
            }
            Blank::FromPath => self.own.as_ref()?.as_str().to_owned(),
            Blank::Transaction | Blank::MessageId => self.ids.next_id(),
            _ => return None,
        };
        Some(text.into())
    }

    /// Sends once more what a step sent.
    pub fn send_again(
        &mut self,
        message: msrp::Message,
        step: StepId,
        net: &mut Net,
        record: &mut Record,
    ) -> Result<(), &'static str> {
        let conn = self.bound.ok_or("there is no MSRP connection")?;
        let bytes = message.raw().clone();
        let (path, entry) = (Net::conn_path(conn), Message::Msrp(message));
        record.sent(net.now, self.seat, path, entry, Some(step), true);
        net.send(conn, bytes);
        Ok(())
    }

    pub(super) fn flush(&mut self, net: &mut Net, record: &mut Record) {
        if self.bound.is_none() || self.peer.is_empty() {
            return;
        }
        for queued in std::mem::take(&mut self.queued) {
            match queued {
                Queued::Message(draft) => self.send_now(draft, net, record),
                Queued::Bytes(step, exact) => self.send_bytes_now(step, &exact, net, record),
            }
        }
    }

    fn send_now(&mut self, draft: Draft, net: &mut Net, record: &mut Record) {
        let (Some(conn), Some(own)) = (self.bound, self.own.clone()) else {
            return;
        };
        let Some(content_type) = draft.content_type else {
            self.send_empty(Some(&draft), net, record);
            return;
        };
        let mut outgoing = Outgoing::new(OutgoingMessage {
            to_path: self.peer.clone(),
            from_path: vec![own],
            message_id: self.ids.next_id(),
            content_type,
            body: draft.body,
            chunk_size: draft.chunk_size.unwrap_or(usize::MAX),
            failure_report: draft.failure_report,
            success_report: draft.success_report.then_some(true),
            headers: draft.headers,
        });
        let mut chunks = 0;
        loop {
            if draft.abort_after == Some(chunks) {
                outgoing.abort();
            }
            let Some(chunk) = outgoing.next_chunk(net.now, &mut self.ids) else {
                break;
            };
            chunks += 1;
            self.write(conn, chunk, Some(draft.step), net, record);
        }
        self.outgoing.push(outgoing);
    }

    /// Sends a SEND without a body: the one that binds a new connection to its session, or one that
    /// a step asks for.
    pub(super) fn send_empty(&mut self, draft: Option<&Draft>, net: &mut Net, record: &mut Record) {
        let (Some(conn), Some(own)) = (self.bound, self.own.clone()) else {
            return;
        };
        let id = self.ids.next_id();
        let mut send = MessageBuilder::empty_send(&self.peer, &[own], &id);
        if let Some(draft) = draft {
            if let Some(value) = draft.failure_report {
                send = send.failure_report(value);
            }
            if draft.success_report {
                send = send.success_report(true);
            }
            send = changed(send, &draft.headers);
        }
        let send = send.build(&mut self.ids);
        if draft.is_none() {
            self.opener = Some(send.transaction_id().into_owned());
        }
        self.write(conn, send, draft.map(|draft| draft.step), net, record);
    }
}

/// The message with these headers in the place of what stands there.
pub(super) fn changed(
    mut message: MessageBuilder,
    headers: &[(String, Option<String>)],
) -> MessageBuilder {
    for (name, value) in headers {
        message = match value {
            Some(value) => message.replace(name, value),
            None => message.without(name),
        };
    }
    message
}
