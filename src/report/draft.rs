//! The first draft of a scenario, written from what a session looked like.
//!
//! What changes from run to run becomes a reference (`$client.icid`, `$start.Session-Id`,
//! `$unreported`), and what the registry of requirements knows is asked for under its requirement.
//! Everything else that was seen stands in comments: it was seen once, and nothing says that it has
//! to be so. Whatever the server wrote is text in the file and nothing else.

mod charging;
mod chat;
mod flow;
mod yaml;

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::ch2::{Binding, ReadingId};
use crate::engine::{Event, Message, Standing, Trace, What};
use crate::scenario::Party;
use crate::sip;

use charging::Charging;
use chat::Chat;
pub use flow::{NoFlow, Play, Recorded, flow};
pub use yaml::text;

/// What a draft is written with.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// Id of the scenario.
    pub id: String,
    /// What stands above it, a comment line each.
    pub remarks: Vec<String>,
    /// How CH-2 maps to Diameter.
    pub binding: &'a Binding,
    /// The reading of the interim's trigger that the server keeps to.
    pub interim: ReadingId,
    /// A content type that the server refuses.
    pub refused_content_type: &'a str,
    /// What is granted where a scenario does not say.
    pub grant: u64,
}

/// Why a trace makes no scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSession {
    /// The client sent no INVITE.
    #[error("the client started no session")]
    NoInvite,
    /// The INVITE was not answered, or refused.
    #[error("no session came of the INVITE: {0}")]
    NotSetUp(String),
}

/// The text of a scenario, of which a run against the same server is expected to pass.
///
/// # Errors
/// Where no session was set up: there is nothing to write down.
pub fn draft(trace: &Trace, context: &Context<'_>) -> Result<String, NoSession> {
    let who = Who::of(trace)?;
    let mut writer = Writer {
        context,
        steps: Vec::new(),
        chat: Chat::default(),
        charging: Charging::default(),
        who,
    };
    for event in &trace.events {
        match &event.what {
            What::FlowOver | What::CutShort(_) => break,
            _ => writer.event(event),
        }
    }
    writer.silence_at_the_end();
    Ok(writer.file())
}

/// The identities of the client's session.
#[derive(Debug, Default)]
struct Who {
    client: String,
    far_end: String,
    icid: Option<String>,
    call_id: String,
}

impl Who {
    fn of(trace: &Trace) -> Result<Who, NoSession> {
        let client = |event: &&Event| event.party == Party::Client && event.session == 0;
        let messages = || trace.events.iter().filter(client);
        let invite = messages().find_map(|event| match &event.what {
            What::Sent {
                message: Message::Sip(message),
                ..
            } => message.is_method("INVITE").then_some(message),
            _ => None,
        });
        let invite = invite.ok_or(NoSession::NoInvite)?;
        let answers = messages().filter_map(|event| match &event.what {
            What::Received {
                message: Message::Sip(message),
                ..
            } => Some(message),
            _ => None,
        });
        let finals = answers.filter(|message| message.status() >= Some(200));
        let mut of_invite =
            finals.filter(|message| message.cseq().is_ok_and(|cseq| cseq.method == "INVITE"));
        match of_invite
            .next()
            .map(|message| (message.status(), message.reason()))
        {
            None => return Err(NoSession::NotSetUp("no answer".to_owned())),
            Some((Some(200..=299), _)) => {}
            Some((status, reason)) => {
                let status = status.unwrap_or_default();
                let text = format!("SIP {status} {}", reason.unwrap_or_default());
                return Err(NoSession::NotSetUp(text));
            }
        }
        Ok(Who::in_invite(invite))
    }

    fn in_invite(invite: &sip::Message) -> Who {
        let asserted = invite.p_asserted_identity().or_else(|_| invite.from());
        let client = asserted.map(|name| name.uri.to_string());
        let vector = invite.p_charging_vector();
        Who {
            client: client.unwrap_or_default(),
            far_end: invite
                .to()
                .map(|name| name.uri.to_string())
                .unwrap_or_default(),
            icid: vector.map(|vector| vector.icid_value().into_owned()).ok(),
            call_id: invite.call_id().unwrap_or_default().to_owned(),
        }
    }
}

/// One step as it is going to be written.
#[derive(Clone, Debug, Default)]
struct Draft {
    comments: Vec<String>,
    /// Keys and values, the values as YAML.
    keys: Vec<(&'static str, String)>,
    avps: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

impl Draft {
    fn new(action: &'static str, message: impl Into<String>) -> Draft {
        let mut draft = Draft::default();
        draft.keys.push((action, message.into()));
        draft
    }

    fn with(mut self, key: &'static str, value: impl Into<String>) -> Draft {
        self.keys.push((key, value.into()));
        self
    }

    fn maybe(self, key: &'static str, value: Option<impl Into<String>>) -> Draft {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }
}

struct Writer<'a> {
    context: &'a Context<'a>,
    steps: Vec<Draft>,
    chat: Chat,
    charging: Charging,
    who: Who,
}

impl Writer<'_> {
    fn event(&mut self, event: &Event) {
        if event.session != 0 {
            return;
        }
        match &event.what {
            What::Received {
                message,
                standing: Standing::Flow,
                ..
            } => match message {
                Message::Sip(message) => self.sip_received(event.party, message),
                Message::Msrp(message) => self.msrp_received(event.party, message),
                Message::Diameter(message) => self.charged(event.at, message),
                Message::Garbage { reason, .. } => {
                    let text = format!("{} received what is no message: {reason}", event.party);
                    self.remark(&text);
                }
            },
            What::Sent {
                message,
                step,
                repeated: false,
                ..
            } => match message {
                Message::Sip(message) => self.sip_sent(event.party, message),
                Message::Msrp(message) => self.msrp_sent(event.party, message, step.is_some()),
                Message::Diameter(message) => self.credited(event.at, message),
                Message::Garbage { .. } => {}
            },
            _ => {}
        }
    }

    fn push(&mut self, step: Draft) {
        self.steps.push(step);
    }

    /// What cannot be a step stands as a comment above the next one.
    fn remark(&mut self, text: &str) {
        self.chat.remarks.push(text.to_owned());
    }

    fn silence_at_the_end(&mut self) {
        if let Some(requirement) = self.charging.silence(self.chat.told) {
            let step = Draft::new("enabler receives nothing", "SessionRequest");
            self.push(step.with("requirement", requirement));
        }
    }

    fn file(&self) -> String {
        let mut out = String::new();
        for remark in &self.context.remarks {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "# {}", yaml::comment(remark));
        }
        let _ = writeln!(out, "ch2spec: 1\nid: {}", text(&self.context.id));
        out.push_str("title: A session as it was recorded\n");
        out.push_str("clause: change-request 6.3.3.3 and 6.3.3.4\n");
        let _ = writeln!(out, "requirements: [{}]", self.requirements().join(", "));
        out.push_str("needs: [session-mode]\nflow:\n");
        let mut steps: Vec<Draft> = self.steps.clone();
        without_idle_labels(&mut steps);
        for step in &steps {
            yaml::step(&mut out, 2, step);
        }
        for remark in &self.chat.remarks {
            let _ = writeln!(out, "  # {}", yaml::comment(remark));
        }
        out
    }

    fn requirements(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let keys = self.steps.iter().flat_map(|step| &step.keys);
        let named = keys.filter(|(key, _)| key.starts_with("requirement"));
        let each = named.flat_map(|(_, value)| value.trim_matches(['[', ']']).split(", "));
        each.filter(|id| seen.insert(*id)).collect()
    }
}

/// Takes labels away that no step refers to.
fn without_idle_labels(steps: &mut [Draft]) {
    let mut said: BTreeSet<String> = BTreeSet::new();
    for step in &*steps {
        for (key, value) in &step.keys {
            if REFERRING.contains(key) || key.ends_with("sends again") {
                said.extend(labels(value).into_iter().map(str::to_owned));
            }
        }
    }
    let values = |step: &Draft| {
        let keys = step.keys.iter().map(|(_, value)| value.clone());
        let checks = step.avps.iter().chain(&step.headers);
        keys.chain(checks.map(|(_, matcher)| matcher.clone()))
            .collect::<Vec<String>>()
    };
    let values: Vec<String> = steps.iter().flat_map(values).collect();
    for step in steps {
        step.keys.retain(|(key, label)| {
            let captured = || format!("${}.", label.trim_matches('"'));
            *key != "as"
                || said.contains(label.trim_matches('"'))
                || values.iter().any(|value| value.contains(&captured()))
        });
    }
}

/// Keys that hold labels.
const REFERRING: [&str; 5] = ["for", "after", "before", "hold until", "repeats"];

/// The labels of such a key, one or a list.
fn labels(value: &str) -> Vec<&str> {
    let inner = value.trim_matches(['[', ']']);
    let each = inner.split(", ").map(|label| label.trim_matches('"'));
    each.filter(|label| !label.is_empty()).collect()
}

#[cfg(test)]
mod tests;
