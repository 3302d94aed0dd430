//! What the server sent that no step of the flow was for.

use std::collections::BTreeMap;

use crate::ch2::{Kind, SessionRequest};
use crate::engine::{Event, Message, Observed, StepId, What, describe};
use crate::scenario::{Action, Ics, Outgoing, Party, Scenario};
use crate::sip;

use super::super::{Draft, yaml};
use super::{Line, Recording};

impl Recording<'_> {
    /// A step for each such message where the language has one and a requirement stands behind it,
    /// and a comment for the others. What the other sessions do not show is taken back later.
    pub(super) fn add_unexpected(&mut self, observed: &[Observed]) {
        let (Some(play), Some(observed)) = (self.plays.first(), observed.first()) else {
            return;
        };
        let asked = Asked::of(&play.trace.events, &self.scenario);
        for event in &observed.unexpected {
            let seen = &play.trace.events[*event];
            let What::Received { message, .. } = &seen.what else {
                continue;
            };
            let at = self.behind(0, *event);
            match self.unforeseen(seen, message, &asked, at) {
                Some(mut draft) => {
                    let text = "The flow has no step for this.";
                    draft.comments.push(text.to_owned());
                    let line = Line {
                        draft,
                        given: self.lines.get(at).is_some_and(|next| next.given),
                        met: vec![vec![*event]],
                        ..Line::default()
                    };
                    self.lines.insert(at, line);
                }
                None => {
                    let what = describe(message, self.context.binding);
                    let text = format!("Here the {} received {what}.", seen.party);
                    match self.lines.get_mut(at) {
                        Some(next) => next.draft.comments.push(text),
                        None => self.remarks.push(text),
                    }
                }
            }
        }
    }

    /// The place behind everything that had happened by then: no block is taken apart.
    pub(super) fn behind(&self, session: usize, event: usize) -> usize {
        let last = |line: &Line| {
            let met = line.met.get(session)?.iter();
            met.copied().filter(|met| *met < event).max()
        };
        let latest = (0..self.lines.len()).max_by_key(|at| (last(&self.lines[*at]), *at));
        let latest = latest.filter(|at| last(&self.lines[*at]).is_some());
        let mut at = latest.map_or(0, |latest| latest + 1);
        let block = |line: &Line| (line.any_order, line.branch.map(|branch| branch.choice));
        while at > 0 && at < self.lines.len() {
            let (above, below) = (block(&self.lines[at - 1]), block(&self.lines[at]));
            if above != below || above == (None, None) {
                break;
            }
            at += 1;
        }
        at
    }

    /// The step at a place that a message meets.
    fn unforeseen(
        &self,
        event: &Event,
        message: &Message,
        asked: &Asked,
        at: usize,
    ) -> Option<Draft> {
        let mut after = None;
        let (action, requirement, of) = match (message, event.party) {
            (Message::Diameter(message), party) if party.is_enabler() => {
                let request = SessionRequest::new(message, self.context.binding)?;
                let kind = request.kind()?;
                let requirement = match kind {
                    Kind::Start => "CC-5.2-FIRST",
                    Kind::Interim => "MSG-6",
                    Kind::Stop => "END-C-2",
                    Kind::Event => return None,
                };
                (format!("SessionRequest ({kind})"), requirement, None)
            }
            (Message::Sip(message), party) => match (message.method(), message.status(), party) {
                (Some("BYE"), _, Party::Client) => ("SIP BYE".to_owned(), "END-S-4", None),
                (Some(method @ ("INVITE" | "BYE")), _, Party::FarEnd) => {
                    after = asked
                        .first
                        .get(&(event.session, method.to_owned()))
                        .cloned();
                    (format!("SIP {method}"), "PROFILE-FORWARD", None)
                }
                (None, Some(status @ 200..), _) => {
                    let (label, method) = asked.sip.get(&sip_key(message)?)?;
                    let requirement = match (method.as_str(), status) {
                        ("INVITE", 200..=299) => "SIP-INVITE-200",
                        ("BYE", 200..=299) => "SIP-BYE-200",
                        _ => return None,
                    };
                    (format!("SIP {status}"), requirement, Some(label.clone()))
                }
                _ => return None,
            },
            (Message::Msrp(message), party) => match (message.status(), party) {
                (None, Party::FarEnd) if message.is_send() => {
                    // Without what it forwards it is known by nothing.
                    let of = asked.sends.get(&message.message_id()?.into_owned())?;
                    ("MSRP SEND".to_owned(), "PROFILE-FORWARD", Some(of.clone()))
                }
                (Some(200), _) => {
                    let label = asked.msrp.get(message.transaction_id().as_ref())?;
                    ("MSRP 200".to_owned(), "MSG-2", Some(label.clone()))
                }
                _ => return None,
            },
            _ => return None,
        };
        let known = |label: &String| {
            let mut above = self.lines.iter().take(at);
            above.any(|line| {
                let own = line.draft.get("as");
                own.is_some_and(|own| own.trim_matches('"') == label)
            })
        };
        // An answer to a request that has no name is known by nothing.
        if of.as_ref().is_some_and(|of| !known(of)) {
            return None;
        }
        let mut draft = Draft::new(receives(event.party), action);
        if event.session > 0 {
            let name = self.scenario.session_name(event.session);
            draft = draft.with("session", yaml::text(name));
        }
        let when = match event.party {
            Party::FarEnd => Some(Ics::FarEnd),
            Party::SecondEnabler => Some(Ics::SecondEnabler),
            Party::Client | Party::Enabler => None,
        };
        let when = when.map(|ics| ics.name());
        let draft = draft
            .maybe("when", when)
            .maybe("for", of)
            .maybe("after", after);
        Some(draft.with("requirement", requirement))
    }
}

fn receives(party: Party) -> &'static str {
    match party {
        Party::Client => "client receives",
        Party::FarEnd => "far end receives",
        Party::Enabler => "enabler receives",
        Party::SecondEnabler => "second enabler receives",
    }
}

/// What the steps of ours asked for, by what an answer to it says: labels as the file has them.
#[derive(Debug, Default)]
struct Asked {
    sip: BTreeMap<(String, u32, String), (String, String)>,
    msrp: BTreeMap<String, String>,
    /// Messages of the client, by Message-ID.
    sends: BTreeMap<String, String>,
    /// The client's first request of a session and a method.
    first: BTreeMap<(usize, String), String>,
}

impl Asked {
    fn of(events: &[Event], scenario: &Scenario) -> Asked {
        let mut asked = Asked::default();
        for event in events {
            let What::Sent {
                message,
                step: Some(StepId(step)),
                ..
            } = &event.what
            else {
                continue;
            };
            let step = scenario.steps.get(*step);
            let step = step.filter(|step| {
                let bytes = matches!(
                    step.action,
                    Action::Send {
                        message: Outgoing::Bytes { .. },
                        ..
                    }
                );
                !bytes
            });
            let mut keys = step.into_iter().flat_map(|step| &step.written);
            let label = keys.find(|(key, _)| *key == "as");
            let Some(label) = label.and_then(|(_, node)| node.scalar()) else {
                continue;
            };
            match message {
                Message::Sip(message) => {
                    if let (Some(key), Some(method)) = (sip_key(message), message.method()) {
                        asked.sip.insert(key, (label.to_owned(), method.to_owned()));
                        let first = (event.session, method.to_owned());
                        if event.party == Party::Client {
                            asked.first.entry(first).or_insert_with(|| label.to_owned());
                        }
                    }
                }
                Message::Msrp(message) if message.is_send() => {
                    let transaction = message.transaction_id().into_owned();
                    asked.msrp.insert(transaction, label.to_owned());
                    if let (Party::Client, Some(id)) = (event.party, message.message_id()) {
                        asked.sends.insert(id.into_owned(), label.to_owned());
                    }
                }
                _ => {}
            }
        }
        asked
    }
}

fn sip_key(message: &sip::Message) -> Option<(String, u32, String)> {
    let call = message.call_id().ok()?.to_owned();
    let cseq = message.cseq().ok()?;
    Some((call, cseq.number, cseq.method.to_owned()))
}
