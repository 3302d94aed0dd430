//! The messages of the figures: `SIP BYE`, `MSRP 200`, `SessionRequest (stop)`, `Response`.

use std::ops::RangeInclusive;

use bytes::Bytes;

use super::diagnostic::{Diagnostic, Problems};
use super::exact::Exact;
use super::meant;
use super::model::{Incoming, Outgoing, Over, Party, Statuses};
use super::node::Node;
use super::reader::short;
use super::reply::Command;
use super::step_keys::StepKind;
use super::suggest;
use super::words::KINDS;

/// SIP methods a party can send. ACK is sent by itself, and the others have no place in a session.
pub(super) const SIP_SENT: &[&str] = &[
    "INVITE", "BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE", "MESSAGE",
];
/// SIP methods a party can receive.
pub(super) const SIP_RECEIVED: &[&str] = &[
    "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE", "MESSAGE", "PRACK",
];
pub(super) const ENABLER_SENDS: &[&str] = &["Response", "RAR", "ASR", "DWR", "DPR", "bytes"];
/// What the Charging Enabler receives besides SessionRequests.
pub(super) const PEER_ANSWERS: &[&str] = &["RAA", "ASA", "DWA", "DPA"];
pub(super) const PEER_REQUESTS: &[&str] = &["CER", "DWR", "DPR"];
pub(super) const ENABLER_RECEIVES: &[&str] = &[
    "SessionRequest",
    "SessionRequest (start)",
    "SessionRequest (interim)",
    "SessionRequest (stop)",
    "SessionRequest (event)",
];

impl Problems {
    /// What `<party> sends:` names.
    pub(super) fn outgoing(&mut self, party: Party, node: &Node) -> Option<(Outgoing, StepKind)> {
        let text = self.text(node, "a message")?;
        let words: Vec<&str> = text.split_whitespace().collect();
        let refuse = |problems: &mut Problems, why: &str, help: &str| {
            problems.push(Diagnostic::error("no-such-message", node.place.clone(), why).help(help));
            None
        };
        if party.is_enabler() {
            return match words[..] {
                ["Response"] => {
                    let answers = String::new();
                    let reply = Box::default();
                    let message = Outgoing::Response { answers, reply };
                    Some((message, StepKind::SendResponse))
                }
                [word] if Command::SENT.iter().any(|c| c.request() == word) => {
                    let mut commands = Command::SENT.into_iter();
                    let command = commands.find(|command| command.request() == word)?;
                    let changes = Box::default();
                    let message = Outgoing::PeerRequest { command, changes };
                    Some((message, StepKind::SendPeerRequest))
                }
                ["bytes"] => Some(exactly(Over::Ch2)),
                _ => {
                    let why = format!("the Charging Enabler cannot send `{}`", short(text));
                    let help = "it sends `Response`, `RAR`, `ASR`, `DWR`, `DPR` or `bytes`";
                    let help = meant::message(text, false, true).unwrap_or(help.to_owned());
                    refuse(self, &why, &help)
                }
            };
        }
        match words[..] {
            ["SIP", "ACK"] => refuse(
                self,
                "`SIP ACK` is sent without being asked for",
                "leave the step out",
            ),
            ["SIP", "bytes"] => Some(exactly(Over::Sip)),
            ["MSRP", "bytes"] => Some(exactly(Over::Msrp)),
            ["SIP", word] => {
                if let Some(status) = self.status(node, word, 100..=699) {
                    let message = Outgoing::SipResponse {
                        status: status?,
                        answers: None,
                        headers: Vec::new(),
                    };
                    return Some((message, StepKind::SendSipResponse));
                }
                let method = self.sip_method(node, word, SIP_SENT)?;
                let message = Outgoing::SipRequest {
                    method,
                    body: None,
                    headers: Vec::new(),
                };
                Some((message, StepKind::SendSipRequest))
            }
            ["MSRP", "SEND"] => {
                let message = Outgoing::MsrpSend {
                    body: Bytes::new(),
                    content_type: None,
                    chunk_size: None,
                    failure_report: None,
                    abort_after: None,
                    success_report: false,
                    headers: Vec::new(),
                };
                Some((message, StepKind::SendMsrp))
            }
            ["MSRP", "REPORT"] => {
                let message = Outgoing::MsrpReport {
                    status: 200,
                    answers: None,
                    headers: Vec::new(),
                };
                Some((message, StepKind::SendReport))
            }
            ["MSRP", word] => match self.status(node, word, 200..=599) {
                Some(status) => {
                    let message = Outgoing::MsrpResponse {
                        status: status?,
                        answers: None,
                        headers: Vec::new(),
                    };
                    Some((message, StepKind::SendMsrpResponse))
                }
                None => {
                    let why = format!("no MSRP message `{}`", short(word));
                    refuse(
                        self,
                        &why,
                        "send `MSRP SEND` or a status such as `MSRP 200`",
                    )
                }
            },
            _ => {
                let why = format!("no message `{}`", short(text));
                let help = meant::message(text, false, false).unwrap_or_else(|| {
                    format!("the {party} sends `SIP INVITE`, `SIP 200`, `MSRP SEND`, ...")
                });
                refuse(self, &why, &help)
            }
        }
    }

    /// What `<party> receives:` names.
    pub(super) fn incoming(&mut self, party: Party, node: &Node) -> Option<(Incoming, StepKind)> {
        let text = self.text(node, "a message")?;
        if party.is_enabler() {
            return self.of_server(node, text);
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            ["SIP", word] => {
                if let Some(status) = self.statuses(node, word, 100..=699, 2..=6) {
                    let message = Incoming::SipResponse {
                        status: status?,
                        answers: None,
                    };
                    return Some((message, StepKind::ReceiveSipResponse));
                }
                let method = self.sip_method(node, word, SIP_RECEIVED)?;
                Some((Incoming::SipRequest { method }, StepKind::ReceiveSipRequest))
            }
            ["MSRP", "SEND"] => {
                Some((Incoming::MsrpSend { forwards: None }, StepKind::ReceiveMsrp))
            }
            ["MSRP", "REPORT"] => {
                Some((Incoming::MsrpReport { on: None }, StepKind::ReceiveReport))
            }
            ["MSRP", word] if matches!(word, "response" | "failure") || begins_with_digit(word) => {
                let status = self.statuses(node, word, 200..=599, 2..=5)??;
                let message = Incoming::MsrpResponse {
                    status,
                    answers: None,
                };
                Some((message, StepKind::ReceiveMsrpResponse))
            }
            _ => {
                let known = [
                    "MSRP SEND",
                    "MSRP REPORT",
                    "MSRP 200",
                    "SIP BYE",
                    "SIP 200",
                    "SIP INVITE",
                ];
                let why = format!("the {party} cannot receive `{}`", short(text));
                let problem = Diagnostic::error("no-such-message", node.place.clone(), why);
                let help = match suggest::nearest(text, known) {
                    _ if meant::message(text, true, false).is_some() => {
                        meant::message(text, true, false).unwrap_or_default()
                    }
                    Some(word) => format!("did you mean `{word}`?"),
                    None => "it receives `SIP BYE`, `SIP 200`, `MSRP SEND`, `MSRP 200`, ...".into(),
                };
                self.push(problem.help(help));
                None
            }
        }
    }

    fn of_server(&mut self, node: &Node, text: &str) -> Option<(Incoming, StepKind)> {
        let mut commands = Command::RECEIVED.into_iter();
        if let Some(command) = commands.find(|command| command.request() == text) {
            return Some((
                Incoming::PeerRequest { command },
                StepKind::ReceivePeerRequest,
            ));
        }
        let mut commands = Command::SENT.into_iter();
        if let Some(command) = commands.find(|command| command.answer() == text) {
            let answers = None;
            let message = Incoming::PeerAnswer { command, answers };
            return Some((message, StepKind::ReceivePeerAnswer));
        }
        self.session_request(node, text)
    }

    fn session_request(&mut self, node: &Node, text: &str) -> Option<(Incoming, StepKind)> {
        let kind = match text.strip_prefix("SessionRequest").map(str::trim) {
            Some("") => Some(None),
            Some(rest) => rest
                .strip_prefix('(')
                .and_then(|rest| rest.strip_suffix(')'))
                .and_then(|word| KINDS.iter().find(|(name, _)| *name == word.trim()))
                .map(|(_, kind)| Some(*kind)),
            None => None,
        };
        if let Some(kind) = kind {
            return Some((
                Incoming::SessionRequest { kind },
                StepKind::ReceiveSessionRequest,
            ));
        }
        let why = format!("the Charging Enabler cannot receive `{}`", short(text));
        let problem = Diagnostic::error("no-such-message", node.place.clone(), why);
        let others = PEER_ANSWERS.iter().chain(PEER_REQUESTS);
        let known = ENABLER_RECEIVES.iter().chain(others).copied();
        let help = match suggest::nearest(text, known) {
            _ if meant::message(text, true, true).is_some() => {
                meant::message(text, true, true).unwrap_or_default()
            }
            Some(word) => format!("did you mean `{word}`?"),
            None => "it receives `SessionRequest`, or `SessionRequest (start)`, `(interim)`, \
                     `(stop)` or `(event)`; and `RAA`, `ASA`, `DWA`, `DPA`, `CER`, `DWR`, `DPR`"
                .to_owned(),
        };
        self.push(problem.help(help));
        None
    }

    /// Which status codes a step wants: one, a class, `response` or `failure`. `None` where the
    /// word says nothing of a status; `Some(None)` where it says something wrong.
    fn statuses(
        &mut self,
        node: &Node,
        word: &str,
        codes: RangeInclusive<u16>,
        classes: RangeInclusive<u16>,
    ) -> Option<Option<Statuses>> {
        match word {
            "response" => return Some(Some(Statuses::Any)),
            "failure" => return Some(Some(Statuses::Failure)),
            _ => {}
        }
        let class = word.strip_suffix("xx").and_then(|digit| digit.parse().ok());
        if let Some(class) = class.filter(|class| classes.contains(class)) {
            return Some(Some(Statuses::Class(class)));
        }
        let status = self.status(node, word, codes)?;
        Some(status.map(Statuses::One))
    }

    /// `None` where the word is no number; `Some(None)` where it is a wrong one.
    fn status(
        &mut self,
        node: &Node,
        word: &str,
        range: RangeInclusive<u16>,
    ) -> Option<Option<u16>> {
        if !begins_with_digit(word) {
            return None;
        }
        let status = word
            .parse::<u16>()
            .ok()
            .filter(|n| range.contains(n) && word.len() == 3);
        if status.is_none() {
            let why = format!("`{}` is no status code", short(word));
            let help = format!("status codes go from {} to {}", range.start(), range.end());
            let problem = Diagnostic::error("no-such-message", node.place.clone(), why);
            self.push(problem.help(help));
        }
        Some(status)
    }

    fn sip_method(&mut self, node: &Node, word: &str, known: &[&str]) -> Option<String> {
        if known.contains(&word) {
            return Some(word.to_owned());
        }
        self.unknown("no-such-message", "SIP method", node, word, known, "");
        None
    }
}

fn exactly(over: Over) -> (Outgoing, StepKind) {
    let exact = Exact::default();
    (Outgoing::Bytes { over, exact }, StepKind::SendBytes)
}

fn begins_with_digit(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}
