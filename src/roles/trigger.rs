//! Triggers: the server is made to do what no message of the flow makes it do.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use thiserror::Error;

use crate::ch2::ReadingId;
use crate::engine::StepId;
use crate::io::Input;
use crate::scenario::{Action, Outgoing, Party, TriggerBinding};

use super::campaign::Stage;
use super::identity::Who;
use super::net::{Owner, Part};
use super::outcome::Progress;
use super::play::{Play, in_words};
use super::ua::Written;

/// A trigger that was pulled and has not ended yet.
#[derive(Debug)]
pub(super) struct HttpTrigger {
    request: Bytes,
    response: BytesMut,
}

/// Why a trigger cannot be pulled, or came to nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum TriggerError {
    /// Only `http://` is spoken.
    #[error("the trigger's url does not begin with http://")]
    Scheme,
    /// Nobody resolved the name in the URL.
    #[error("the trigger's host {0:?} has no address")]
    Host(String),
    /// A control character or a blank in a place where it would end the line or the word.
    #[error("the trigger's {0} holds a blank or a control character")]
    Character(&'static str),
    /// The other side does not answer in HTTP.
    #[error("the trigger's answer is not HTTP: {0}")]
    NotHttp(String),
    /// It said no.
    #[error("the trigger was answered {0}")]
    Status(u16),
    /// The connection ended first.
    #[error("the trigger's connection ended before it was answered")]
    Closed,
}

/// The answer of the HTTP server, as much of it as is looked at.
const MOST_OF_AN_ANSWER: usize = 64 << 10;

impl HttpTrigger {
    /// A request to be written once the connection stands, and where it goes.
    pub fn new(
        method: &str,
        url: &str,
        who: &Who,
        resolved: &BTreeMap<String, SocketAddr>,
    ) -> Result<(HttpTrigger, SocketAddr), TriggerError> {
        let url = fill(url, who, percent_encode);
        let rest = url.strip_prefix("http://").ok_or(TriggerError::Scheme)?;
        let (authority, target) = match rest.find(['/', '?']) {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        for (text, what) in [(method, "method"), (authority, "host"), (target, "path")] {
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(TriggerError::Character(what));
            }
        }
        let addr =
            address(authority, resolved).ok_or_else(|| TriggerError::Host(authority.to_owned()))?;
        let slash = if target.starts_with('/') { "" } else { "/" };
        let request = format!(
            "{method} {slash}{target} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: ch2spec\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
        Ok((
            HttpTrigger {
                request: request.into(),
                response: BytesMut::new(),
            },
            addr,
        ))
    }

    /// The bytes to write.
    pub fn request(&self) -> Bytes {
        self.request.clone()
    }

    /// Takes what came; `Some` once the answer's head is whole, or cannot become so.
    pub fn receive(&mut self, bytes: &[u8]) -> Option<Result<(), TriggerError>> {
        let room = MOST_OF_AN_ANSWER.saturating_sub(self.response.len());
        self.response
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(&self.response) {
            Ok(httparse::Status::Partial) if room > bytes.len() => None,
            Ok(httparse::Status::Partial) => Some(Err(TriggerError::NotHttp(
                "its head does not end".to_owned(),
            ))),
            Ok(httparse::Status::Complete(_)) => match response.code.unwrap_or(0) {
                200..=299 => Some(Ok(())),
                code => Some(Err(TriggerError::Status(code))),
            },
            Err(error) => Some(Err(TriggerError::NotHttp(error.to_string()))),
        }
    }
}

impl Play {
    /// Pulls a trigger, as the server's description binds it.
    pub(super) fn pull(&mut self, step: StepId, stage: &mut Stage) {
        let now = stage.net.now;
        let settings = std::sync::Arc::clone(&stage.settings);
        let binding = match self.record.step(step).map(|step| &step.action) {
            Some(Action::Trigger(trigger)) => settings.sut.triggers.get(trigger),
            _ => None,
        };
        let Some(binding) = binding else {
            self.record
                .impossible(now, step, "the server's description binds no trigger", true);
            return;
        };
        let session = self.record.step(step).map_or(0, |step| step.session);
        let chat = &mut self.chats[session];
        if !chat.client.is_standing() {
            self.record
                .impossible(now, step, "there is no session to end", false);
            return;
        }
        if matches!(binding, TriggerBinding::CreditRefused(_)) && !self.may_ask_again(step) {
            let reason = "no SessionRequest (interim) is to be expected whose credit could be \
                          refused: no message of the client's follows the trigger";
            self.record.impossible(now, step, reason, false);
            return;
        }
        self.record.trigger_pulled(now, step);
        let chat = &mut self.chats[session];
        match binding {
            TriggerBinding::Http { method, url } => {
                match HttpTrigger::new(method, url, &chat.who, &settings.resolved) {
                    Ok((http, to)) => {
                        let owner = Owner::Play(self.index, Part::Trigger);
                        self.http = Some((stage.net.connect(owner, to), http));
                    }
                    Err(error) => self.record.trigger_failed(now, &error.to_string()),
                }
            }
            TriggerBinding::Command(argv) => {
                let argv = argv
                    .iter()
                    .map(|arg| fill(arg, &chat.who, as_it_is))
                    .collect();
                stage.net.run(self.index, argv);
            }
            TriggerBinding::Prompt(text) => {
                let text = fill(text, &chat.who, as_it_is);
                stage.net.prompt(self.index, text.clone());
                stage.progress.push_back(Progress::Prompted {
                    index: self.index,
                    text,
                });
            }
            TriggerBinding::FarEndBye => self.far_end_bye(session, stage),
            TriggerBinding::Inactivity => self.record.trigger_done(now),
            TriggerBinding::CreditRefused(code) => {
                chat.refuse_next = Some(*code);
                self.record.trigger_done(now);
            }
        }
    }

    /// Whether the server has a reason to report once more after a step: a message of the client's,
    /// or time.
    fn may_ask_again(&self, step: StepId) -> bool {
        let by_time = |(reading, _): &(ReadingId, bool)| *reading == ReadingId::R5;
        self.case.readings.iter().any(by_time)
            || (step.0 + 1..self.case.scenario.steps.len()).any(|later| {
                let written = &self.case.scenario.steps[later];
                self.record.is_active(StepId(later))
                    && written.session == self.case.scenario.steps[step.0].session
                    && matches!(
                        written.action,
                        Action::Send {
                            party: Party::Client,
                            message: Outgoing::MsrpSend { .. }
                        }
                    )
            })
    }

    /// The command or prompt of a trigger has ended.
    pub(super) fn on_task_done(&mut self, outcome: Result<String, String>, stage: &Stage) {
        match outcome {
            Ok(_) => self.record.trigger_done(stage.net.now),
            Err(reason) => self.record.trigger_failed(stage.net.now, &reason),
        }
    }

    /// Something about the HTTP request of a trigger.
    pub(super) fn on_http(&mut self, input: Input, stage: &mut Stage) {
        let now = stage.net.now;
        let Some((conn, http)) = &mut self.http else {
            return;
        };
        let conn = *conn;
        let ended = match input {
            Input::Connected { .. } => {
                stage.net.send(conn, http.request());
                return;
            }
            Input::Received { bytes, .. } => match http.receive(&bytes) {
                Some(Ok(())) => Ok(()),
                Some(Err(error)) => Err(error.to_string()),
                None => return,
            },
            Input::Closed { how, .. } => {
                Err(format!("{}: {}", TriggerError::Closed, in_words(&how)))
            }
            _ => return,
        };
        self.http = None;
        stage.net.close(conn, false);
        match ended {
            Ok(()) => self.record.trigger_done(now),
            Err(reason) => self.record.trigger_failed(now, &reason),
        }
    }

    fn far_end_bye(&mut self, session: usize, stage: &mut Stage) {
        let now = stage.net.now;
        let far = self.chats[session].far.as_mut();
        let Some(far) = far.filter(|far| far.is_standing()) else {
            self.record
                .trigger_failed(now, "the far end has no call to end");
            return;
        };
        self.record.trigger_done(now);
        let (net, record) = (&mut stage.net, &mut self.record);
        if let Err(reason) = far.request_in_dialog("BYE", &Written::default(), None, net, record) {
            self.record.count(format!("trigger not pulled: {reason}"));
        }
    }
}

/// Fills `{call-id}`, `{icid}`, `{client}` and `{far-end}` in, each value through `encode`.
pub(super) fn fill(text: &str, who: &Who, encode: fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let values = [
            ("{call-id}", &who.call_id),
            ("{icid}", &who.icid),
            ("{client}", &who.subscriber.client),
            ("{far-end}", &who.subscriber.far_end),
        ];
        match values.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                out.push_str(&encode(value));
                rest = &rest[name.len()..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Leaves a value as it is.
pub(super) fn as_it_is(text: &str) -> String {
    text.to_owned()
}

/// The host and port of an `http://` URL, to be resolved before a run.
pub(super) fn authority(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://")?;
    Some(rest.split(['/', '?']).next().unwrap_or(rest))
}

fn address(authority: &str, resolved: &BTreeMap<String, SocketAddr>) -> Option<SocketAddr> {
    let with_port = || authority.parse().ok();
    let without = || {
        let ip: std::net::IpAddr = authority.trim_matches(['[', ']']).parse().ok()?;
        Some(SocketAddr::new(ip, 80))
    };
    resolved
        .get(authority)
        .copied()
        .or_else(with_port)
        .or_else(without)
}

/// Everything but the unreserved characters (RFC 3986 2.3) as `%XX`.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Subscriber;

    fn who() -> Who {
        Who {
            subscriber: Subscriber {
                client: "sip:a@h\r\nX: y".to_owned(),
                also: Vec::new(),
                far_end: "tel:+358".to_owned(),
            },
            icid: "i".to_owned(),
            call_id: "c@{icid}".to_owned(),
        }
    }

    fn request(method: &str, url: &str) -> Result<String, TriggerError> {
        let (trigger, _) = HttpTrigger::new(method, url, &who(), &BTreeMap::new())?;
        Ok(String::from_utf8(trigger.request().to_vec()).unwrap())
    }

    #[test]
    fn values_are_encoded_and_cannot_add_a_header() {
        let text = request(
            "POST",
            "http://127.0.0.1:8080/end?who={client}&id={call-id}",
        )
        .unwrap();
        assert!(text.starts_with(
            "POST /end?who=sip%3Aa%40h%0D%0AX%3A%20y&id=c%40%7Bicid%7D HTTP/1.1\r\n\
             Host: 127.0.0.1:8080\r\n"
        ));
        assert_eq!(text.matches("\r\n").count(), 6);
        let broken = request("POST", "http://127.0.0.1/x HTTP/1.1\r\nX: y");
        assert_eq!(broken, Err(TriggerError::Character("path")));
        assert_eq!(
            request("PO ST", "http://[::1]/"),
            Err(TriggerError::Character("method"))
        );
        assert_eq!(request("GET", "https://[::1]/"), Err(TriggerError::Scheme));
        assert!(matches!(
            request("GET", "http://server/"),
            Err(TriggerError::Host(_))
        ));
    }

    #[test]
    fn reads_the_answer_in_pieces() {
        let (mut http, to) =
            HttpTrigger::new("GET", "http://[::1]:80?x", &who(), &BTreeMap::new()).unwrap();
        assert_eq!(to, "[::1]:80".parse().unwrap());
        assert!(http.request().starts_with(b"GET /?x HTTP/1.1\r\n"));
        assert_eq!(http.receive(b"HTTP/1.1 20"), None);
        assert_eq!(http.receive(b"4 No Content\r\n\r\n"), Some(Ok(())));
        let (mut http, _) =
            HttpTrigger::new("GET", "http://[::1]/", &who(), &BTreeMap::new()).unwrap();
        assert_eq!(
            http.receive(b"HTTP/1.1 503 No\r\n\r\n"),
            Some(Err(TriggerError::Status(503)))
        );
        let (mut http, _) =
            HttpTrigger::new("GET", "http://[::1]/", &who(), &BTreeMap::new()).unwrap();
        assert!(matches!(
            http.receive(b"\x00\x01"),
            Some(Err(TriggerError::NotHttp(_)))
        ));
    }

    #[test]
    fn a_command_gets_its_values_as_they_are() {
        assert_eq!(
            fill("--to={far-end} {x} {", &who(), as_it_is),
            "--to=tel:+358 {x} {"
        );
    }
}
