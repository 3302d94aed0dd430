//! SIP and MSRP of a session as steps.

use std::collections::BTreeMap;

use crate::msrp;
use crate::scenario::Party;
use crate::sip;

use super::{Draft, Writer, yaml};

/// What has been said so far.
#[derive(Debug, Default)]
pub(super) struct Chat {
    /// Requests that an answer may be for, by Call-ID, CSeq number and method: their labels.
    requests: BTreeMap<(String, u32, String), String>,
    /// SENDs by transaction and by Message-ID, each with its place in `sends`.
    transactions: BTreeMap<String, usize>,
    ids: BTreeMap<String, usize>,
    pub(super) sends: Vec<Sent>,
    /// The SEND of the server's that stands in the transaction: its label.
    forwarded: BTreeMap<String, String>,
    forwards: usize,
    far_answered: Vec<String>,
    /// Labels of the BYEs, the client's or the one it received.
    pub(super) bye: Option<String>,
    client_hung_up: bool,
    /// The server was told to end the session.
    pub(super) told: bool,
    pub(super) remarks: Vec<String>,
}

/// A message of the client's, in one or several chunks.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) label: String,
    body: Vec<u8>,
    chunk: usize,
    /// The step that sends it.
    step: usize,
    pub(super) status: Option<u16>,
    pub(super) refused_type: bool,
    /// How many SessionRequests had come when it was sent.
    charged: usize,
    /// The label of the far end's answer to it.
    pub(super) delivered: Option<String>,
}

/// `client sends`, `far end receives`.
fn action(party: Party, sends: bool) -> &'static str {
    match (party, sends) {
        (Party::FarEnd, true) => "far end sends",
        (Party::FarEnd, false) => "far end receives",
        (_, true) => "client sends",
        (_, false) => "client receives",
    }
}

fn when(party: Party) -> Option<&'static str> {
    (party == Party::FarEnd).then_some("far-end")
}

fn key(message: &sip::Message) -> (String, u32, String) {
    let call = message.call_id().unwrap_or_default().to_owned();
    match message.cseq() {
        Ok(cseq) => (call, cseq.number, cseq.method.to_owned()),
        Err(_) => (call, 0, String::new()),
    }
}

impl Writer<'_> {
    pub(super) fn sip_sent(&mut self, party: Party, message: &sip::Message) {
        let Some(method) = message.method() else {
            return self.sip_answered(party, message, true);
        };
        let label = match method {
            "INVITE" => "invite",
            "BYE" => "bye",
            "CANCEL" => "cancel",
            _ => return,
        };
        if label == "bye" {
            self.silence_after_refusal();
            self.chat.client_hung_up |= party == Party::Client;
            self.chat.bye = Some(label.to_owned());
        }
        self.chat.requests.insert(key(message), label.to_owned());
        let requirement = (label == "bye").then_some("END-C-1");
        let step = Draft::new(action(party, true), format!("SIP {method}"));
        let step = step.maybe("when", when(party)).with("as", label);
        let step = self.commented(step.maybe("requirement", requirement));
        self.push(step);
    }

    pub(super) fn sip_received(&mut self, party: Party, message: &sip::Message) {
        let Some(method) = message.method() else {
            return self.sip_answered(party, message, false);
        };
        let (label, after) = match (method, party) {
            ("INVITE", Party::FarEnd) => ("far invite", Some("invite".to_owned())),
            ("BYE", Party::FarEnd) => ("far bye", self.chat.bye.clone()),
            ("BYE", _) => ("server bye", None),
            _ => return self.remark(&format!("{party} received SIP {method}")),
        };
        self.chat.requests.insert(key(message), label.to_owned());
        let requirement = match label {
            "server bye" => "END-S-4",
            _ => "PROFILE-FORWARD",
        };
        let after = match label {
            "server bye" => self.server_ends().or(after),
            _ => after,
        };
        if label == "server bye" {
            self.chat.bye = Some(label.to_owned());
        }
        let step = Draft::new(action(party, false), format!("SIP {method}"));
        let step = step.maybe("when", when(party)).with("as", label);
        let step = step.maybe("after", after).with("requirement", requirement);
        let step = self.commented(step);
        self.push(step);
    }

    /// The trigger by which the server is made to end the session, before the first thing that shows
    /// it; its label. `None` where the client ended it.
    pub(super) fn server_ends(&mut self) -> Option<String> {
        if self.chat.client_hung_up {
            return None;
        }
        if !std::mem::replace(&mut self.chat.told, true) {
            let step = Draft::new("trigger", "server ends session");
            self.push(step.with("when", "server-ends-session").with("as", "told"));
        }
        Some("told".to_owned())
    }

    fn sip_answered(&mut self, party: Party, message: &sip::Message, sent: bool) {
        let status = message.status().unwrap_or_default();
        let Some(label) = self.chat.requests.get(&key(message)).cloned() else {
            return;
        };
        if status < 200 {
            return;
        }
        let step = Draft::new(action(party, sent), format!("SIP {status}"));
        let mut step = step.maybe("when", when(party)).with("for", label.as_str());
        if !sent {
            let requirement = match (label.as_str(), status) {
                ("invite", 200) => Some("SIP-INVITE-200"),
                ("bye", 200) => Some("SIP-BYE-200"),
                _ => None,
            };
            // Ours stands before theirs: the session was answered once the credit was granted.
            let credit = self.charging.credit().filter(|_| label == "invite");
            step = match (credit, requirement) {
                (Some(credit), Some(requirement)) => step
                    .with("after", credit)
                    .with("requirements", format!("[{requirement}, CC-5.2-FIRST]")),
                (_, requirement) => step.maybe("requirement", requirement),
            };
        }
        let step = self.commented(step);
        self.push(step);
    }

    pub(super) fn msrp_sent(&mut self, party: Party, message: &msrp::Message, wanted: bool) {
        let transaction = message.transaction_id().into_owned();
        if let Some(status) = message.status() {
            if let Some(label) = self.chat.forwarded.get(&transaction).cloned()
                && party == Party::FarEnd
                && !self.chat.far_answered.contains(&label)
            {
                self.chat.far_answered.push(label.clone());
                self.delivered(&label, status);
            }
            return;
        }
        let empty = message.body_len() == 0;
        if party != Party::Client || !message.is_send() || empty && !wanted {
            return;
        }
        let id = message.message_id().unwrap_or_default().into_owned();
        let body = message.body().unwrap_or_default();
        if let Some(index) = self.chat.ids.get(&id).copied() {
            self.chat.transactions.insert(transaction, index);
            let send = &mut self.chat.sends[index];
            send.body.extend_from_slice(&body);
            let (step, chunk) = (send.step, send.chunk);
            let words = written(&send.body);
            for (key, value) in &mut self.steps[step].keys {
                if *key == "body" {
                    value.clone_from(&words);
                }
            }
            if !self.steps[step]
                .keys
                .iter()
                .any(|(key, _)| *key == "chunk size")
            {
                let at = self.steps[step]
                    .keys
                    .iter()
                    .position(|(key, _)| *key == "requirement");
                let at = at.unwrap_or(self.steps[step].keys.len());
                self.steps[step]
                    .keys
                    .insert(at, ("chunk size", chunk.to_string()));
            }
            return;
        }
        self.silence_after_refusal();
        let index = self.chat.sends.len();
        let content_type = message.content_type().unwrap_or_default().into_owned();
        let refused_type = content_type == self.context.refused_content_type;
        let label = match refused_type {
            true => "unwanted".to_owned(),
            false => format!("message {}", index + 1),
        };
        let mut step = Draft::new("client sends", "MSRP SEND");
        if refused_type {
            step = step.with("when", "refuses-content-type");
        }
        step = step.with("as", label.as_str());
        if refused_type {
            step = step.with("content type", "$ixit.refused-content-type");
        } else if !empty && content_type != "text/plain" {
            step = step.with("content type", yaml::value(&content_type));
        }
        if !empty {
            if std::str::from_utf8(&body).is_err() {
                self.remark("the body was no text; what is here stands in its place");
            }
            step = step.with("body", written(&body));
        }
        if !refused_type {
            step = step.with("requirement", "MSG-1");
        }
        let step = self.commented(step);
        self.chat.sends.push(Sent {
            label,
            body: body.to_vec(),
            chunk: body.len(),
            step: self.steps.len(),
            refused_type,
            charged: self.charging.count(),
            ..Sent::default()
        });
        self.chat.ids.insert(id, index);
        self.chat.transactions.insert(transaction, index);
        self.push(step);
    }

    pub(super) fn msrp_received(&mut self, party: Party, message: &msrp::Message) {
        let transaction = message.transaction_id().into_owned();
        if let Some(status) = message.status() {
            let index = self.chat.transactions.get(&transaction).copied();
            let Some(index) = index.filter(|_| party == Party::Client) else {
                return;
            };
            let send = &mut self.chat.sends[index];
            // Each chunk has an answer; the message has one step.
            if send.status.replace(status).is_some() {
                return;
            }
            let requirement = match status {
                200 => Some("MSG-2"),
                415 => Some("MSRP-415"),
                _ => None,
            };
            let when = send.refused_type.then_some("refuses-content-type");
            let step = Draft::new("client receives", format!("MSRP {status}"));
            let step = step.maybe("when", when).with("for", send.label.as_str());
            let step = self.commented(step.maybe("requirement", requirement));
            return self.push(step);
        }
        if !message.is_send() || message.body_len() == 0 {
            return;
        }
        if party != Party::FarEnd {
            return self.remark(&format!("{party} received an MSRP SEND"));
        }
        self.forwarded_to_far_end(&transaction, message);
    }

    fn forwarded_to_far_end(&mut self, transaction: &str, message: &msrp::Message) {
        let id = format!("far {}", message.message_id().unwrap_or_default());
        if let Some(label) = self.chat.forwarded.get(&id).cloned() {
            self.chat.forwarded.insert(transaction.to_owned(), label);
            return;
        }
        let body = message.body().unwrap_or_default();
        let sends = &self.chat.sends;
        let same = sends.iter().rev().find(|send| send.body == body);
        let Some(send) = same.or_else(|| sends.iter().rev().find(|send| !send.refused_type)) else {
            return self.remark("the far end received an MSRP SEND that the client did not send");
        };
        self.chat.forwards += 1;
        let label = format!("forwarded {}", self.chat.forwards);
        let step = Draft::new("far end receives", "MSRP SEND").with("when", "far-end");
        let mut step = step
            .with("as", label.as_str())
            .with("for", send.label.as_str());
        if same.is_some() {
            step = step.with("body", written(&body));
        }
        let step = self.commented(step.with("requirement", "PROFILE-FORWARD"));
        for name in [id, transaction.to_owned()] {
            self.chat.forwarded.insert(name, label.clone());
        }
        self.push(step);
    }

    /// The far end's answer to a forwarded message.
    fn delivered(&mut self, forwarded: &str, status: u16) {
        let label = forwarded.replace("forwarded", "delivered");
        let source = self.steps.iter().find(|step| {
            step.keys
                .iter()
                .any(|(key, value)| *key == "as" && value == forwarded)
        });
        let of = source.and_then(|step| step.keys.iter().find(|(key, _)| *key == "for"));
        let of = of.map(|(_, value)| value.clone());
        if let Some(send) = self
            .chat
            .sends
            .iter_mut()
            .find(|send| Some(&send.label) == of.as_ref())
        {
            send.delivered = Some(label.clone());
        }
        let step = Draft::new("far end sends", format!("MSRP {status}")).with("when", "far-end");
        // Only what is debited on delivery asks when that was.
        let named = self.context.interim == crate::ch2::ReadingId::R4;
        let step = step
            .maybe("as", named.then_some(label))
            .with("for", forwarded);
        let step = self.commented(step);
        self.push(step);
    }

    /// A message that was refused and not debited: that it stays so is worth a step.
    fn silence_after_refusal(&mut self) {
        let last = self.chat.sends.last();
        let free =
            last.filter(|send| send.status >= Some(400) && send.charged == self.charging.count());
        if free.is_some() {
            let step = Draft::new("enabler receives nothing", "SessionRequest");
            self.push(step.with("requirement", "MSG-6-USED"));
        }
    }

    /// The step with the remarks that wait for one.
    pub(super) fn commented(&mut self, mut step: Draft) -> Draft {
        step.comments.append(&mut self.chat.remarks);
        step
    }
}

fn written(body: &[u8]) -> String {
    yaml::value(&String::from_utf8_lossy(body))
}
