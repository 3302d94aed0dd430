//! Dialogs (RFC 3261 section 12).

use thiserror::Error;

use super::builder::MessageBuilder;
use super::fault::ValueError;
use super::message::Message;
use super::name_addr::NameAddr;

/// One dialog, seen from this side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialog {
    call_id: String,
    local_tag: String,
    remote_tag: String,
    /// The From of our requests, tag included.
    local: String,
    /// The To of our requests, tag included.
    remote: String,
    remote_target: String,
    route_set: Vec<String>,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    state: DialogState,
}

/// How far a dialog has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogState {
    /// Made by a provisional response (RFC 3261 12.1).
    Early,
    /// Made or confirmed by a 2xx.
    Confirmed,
    /// Ended by BYE or by its user.
    Terminated,
}

/// Why a request and a response make no dialog.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DialogError {
    /// The response is neither a 2xx nor a 101-199 (RFC 3261 12.1).
    #[error("status {0} makes no dialog")]
    Status(u16),
    /// The messages are not a request and its response.
    #[error("not a request and its response")]
    NotAPair,
    /// A side has no tag (RFC 3261 12.1).
    #[error("no tag in {0}")]
    NoTag(&'static str),
    /// A header is missing or malformed.
    #[error(transparent)]
    Value(#[from] ValueError),
}

/// How an in-dialog request that does not fit is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: &'static str,
    /// The clause that asks for it.
    pub clause: &'static str,
}

impl Dialog {
    /// The dialog of a caller: its request, and a response that came (RFC 3261 12.1.2). Forked
    /// responses make a dialog each.
    ///
    /// # Errors
    ///
    /// A [`DialogError`] where the response makes no dialog or lacks what a dialog needs. A
    /// provisional response without a Contact is borne: the Request-URI stands in.
    pub fn uac(request: &Message, response: &Message) -> Result<Dialog, DialogError> {
        let state = state_of(response)?;
        let remote_target = match response.contact() {
            Ok(contact) => contact.uri.as_str().to_owned(),
            Err(_) if state == DialogState::Early => request.request_uri()?.as_str().to_owned(),
            Err(error) => return Err(error.into()),
        };
        let mut route_set = record_route(response);
        route_set.reverse();
        Ok(Dialog {
            call_id: request.call_id()?.to_owned(),
            local_tag: tag("From", request.from()?)?,
            remote_tag: tag("To", response.to()?)?,
            local: request.header("From").unwrap_or_default().into_owned(),
            remote: response.header("To").unwrap_or_default().into_owned(),
            remote_target,
            route_set,
            local_cseq: request.cseq()?.number,
            remote_cseq: None,
            state,
        })
    }

    /// The dialog of a called party: the request that came, and our response (RFC 3261 12.1.1).
    ///
    /// # Errors
    ///
    /// As for [`Dialog::uac`].
    pub fn uas(request: &Message, response: &Message) -> Result<Dialog, DialogError> {
        if !request.is_request() {
            return Err(DialogError::NotAPair);
        }
        Ok(Dialog {
            call_id: request.call_id()?.to_owned(),
            local_tag: tag("To", response.to()?)?,
            // A caller older than RFC 3261 has no tag (RFC 3261 12.1.1).
            remote_tag: request.from()?.tag().unwrap_or_default().to_owned(),
            local: response.header("To").unwrap_or_default().into_owned(),
            remote: request.header("From").unwrap_or_default().into_owned(),
            remote_target: request.contact()?.uri.as_str().to_owned(),
            route_set: record_route(request),
            local_cseq: 0,
            remote_cseq: Some(request.cseq()?.number),
            state: state_of(response)?,
        })
    }

    /// Takes the 2xx that confirms an early dialog of a caller: the target and the route set are
    /// taken anew (RFC 3261 13.2.2.4).
    pub fn confirm(&mut self, response: &Message) {
        if self.state == DialogState::Terminated {
            return;
        }
        if self.state == DialogState::Early {
            self.route_set = record_route(response);
            self.route_set.reverse();
        }
        self.refresh_target(response);
        self.state = DialogState::Confirmed;
    }

    /// Confirms an early dialog of a called party: we have sent the 2xx.
    pub fn confirm_sent(&mut self) {
        if self.state == DialogState::Early {
            self.state = DialogState::Confirmed;
        }
    }

    /// Takes the Contact of a re-INVITE or UPDATE, or of its 2xx, as the new remote target
    /// (RFC 3261 12.2.1.2, 12.2.2; RFC 3311 5).
    pub fn refresh_target(&mut self, message: &Message) {
        if let Ok(contact) = message.contact() {
            self.remote_target = contact.uri.as_str().to_owned();
        }
    }

    /// Ends the dialog: a BYE was sent or came.
    pub fn terminate(&mut self) {
        self.state = DialogState::Terminated;
    }

    /// A request within the dialog, with the next CSeq; Via, Contact and body are the caller's
    /// to add (RFC 3261 12.2.1.1). For an ACK see [`Dialog::ack`].
    pub fn request(&mut self, method: &str) -> MessageBuilder {
        let number = self.take_cseq();
        self.numbered(method, number)
    }

    /// The next CSeq number, which is taken with it.
    pub fn take_cseq(&mut self) -> u32 {
        self.local_cseq = self.local_cseq.saturating_add(1);
        self.local_cseq
    }

    /// The From of our requests, tag included.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The To of our requests, tag included.
    pub fn remote(&self) -> &str {
        &self.remote
    }

    /// The ACK of a 2xx to the INVITE with this CSeq number (RFC 3261 13.2.2.4). It needs a Via
    /// with a branch of its own.
    pub fn ack(&self, invite_cseq: u32) -> MessageBuilder {
        self.numbered("ACK", invite_cseq)
    }

    /// Checks a request that came within the dialog, and notes its CSeq (RFC 3261 12.2.2).
    ///
    /// # Errors
    ///
    /// How to answer a request that does not fit. An ACK is never answered; it is checked for its
    /// tags alone, as is a CANCEL.
    pub fn check(&mut self, request: &Message) -> Result<(), Refusal> {
        let gone = Refusal {
            status: 481,
            reason: "Call/Transaction Does Not Exist",
            clause: "RFC 3261 12.2.2",
        };
        if !self.matches(request) || self.state == DialogState::Terminated {
            return Err(gone);
        }
        let Ok(cseq) = request.cseq() else {
            let reason = "Bad Request";
            return Err(Refusal {
                status: 400,
                reason,
                clause: "RFC 3261 21.4.1",
            });
        };
        if request.is_method("ACK") || request.is_method("CANCEL") {
            return Ok(());
        }
        if self.remote_cseq.is_some_and(|last| cseq.number < last) {
            let reason = "Server Internal Error";
            return Err(Refusal {
                status: 500,
                reason,
                clause: "RFC 3261 12.2.2",
            });
        }
        self.remote_cseq = Some(cseq.number);
        Ok(())
    }

    /// True where a message belongs to this dialog by Call-ID and tags (RFC 3261 12).
    pub fn matches(&self, message: &Message) -> bool {
        let (local, remote) = match message.is_request() {
            true => (message.to(), message.from()),
            false => (message.from(), message.to()),
        };
        let same = |side: Result<NameAddr<'_>, ValueError>, tag: &str| {
            side.is_ok_and(|side| side.tag().unwrap_or_default().eq_ignore_ascii_case(tag))
        };
        message.call_id() == Ok(&self.call_id)
            && same(local, &self.local_tag)
            && same(remote, &self.remote_tag)
    }

    /// The URI whose host the next request goes to: the first route, or the remote target
    /// (RFC 3261 8.1.2, 12.2.1.1).
    pub fn next_hop(&self) -> &str {
        let route = self.route_set.first().and_then(|route| uri_of(route));
        route.unwrap_or(&self.remote_target)
    }

    /// Call-ID.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Our tag.
    pub fn local_tag(&self) -> &str {
        &self.local_tag
    }

    /// The tag of the other side; empty for a caller older than RFC 3261.
    pub fn remote_tag(&self) -> &str {
        &self.remote_tag
    }

    /// The URI our requests are for.
    pub fn remote_target(&self) -> &str {
        &self.remote_target
    }

    /// The Route values of our requests, nearest first.
    pub fn route_set(&self) -> &[String] {
        &self.route_set
    }

    /// The CSeq number of our last request.
    pub fn local_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// The CSeq number of the last request of the other side.
    pub fn remote_cseq(&self) -> Option<u32> {
        self.remote_cseq
    }

    /// How far the dialog has come.
    pub fn state(&self) -> DialogState {
        self.state
    }

    fn numbered(&self, method: &str, number: u32) -> MessageBuilder {
        let first = self.route_set.first();
        let strict = first
            .filter(|route| !is_loose(route))
            .and_then(|route| uri_of(route));
        let mut request = MessageBuilder::request(method, strict.unwrap_or(&self.remote_target));
        for route in &self.route_set[usize::from(strict.is_some())..] {
            request = request.header("Route", route);
        }
        if strict.is_some() {
            request = request.header("Route", format!("<{}>", self.remote_target));
        }
        request
            .header("Max-Forwards", "70")
            .header("From", &self.local)
            .header("To", &self.remote)
            .header("Call-ID", &self.call_id)
            .cseq(number, method)
    }
}

fn state_of(response: &Message) -> Result<DialogState, DialogError> {
    match response.status() {
        Some(101..=199) => Ok(DialogState::Early),
        Some(200..=299) => Ok(DialogState::Confirmed),
        Some(status) => Err(DialogError::Status(status)),
        None => Err(DialogError::NotAPair),
    }
}

fn tag(header: &'static str, side: NameAddr<'_>) -> Result<String, DialogError> {
    let tag = side.tag().filter(|tag| !tag.is_empty());
    tag.map(str::to_owned).ok_or(DialogError::NoTag(header))
}

fn record_route(message: &Message) -> Vec<String> {
    message
        .values("Record-Route")
        .map(|route| route.into_owned())
        .collect()
}

fn uri_of(route: &str) -> Option<&str> {
    NameAddr::parse("Route", route)
        .ok()
        .map(|route| route.uri.as_str())
}

/// True where the route is to a loose router (RFC 3261 19.1.1: `lr`).
fn is_loose(route: &str) -> bool {
    NameAddr::parse("Route", route).is_ok_and(|route| route.uri.params.has("lr"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite() -> Message {
        MessageBuilder::request("INVITE", "sip:bob@biloxi.com")
            .via("UDP", "pc33", "z9hG4bK1")
            .header("Record-Route", "<sip:p2.example;lr>, <sip:p1.example;lr>")
            .header("Max-Forwards", "70")
            .header("From", "\"A, B\" <sip:alice@atlanta.com>;tag=a1")
            .header("To", "<sip:bob@biloxi.com>")
            .header("Call-ID", "c1")
            .cseq(10, "INVITE")
            .header("Contact", "<sip:alice@pc33>")
            .message()
    }

    fn ok(status: u16, tag: &str) -> Message {
        MessageBuilder::response_to(&invite(), status, "x", tag)
            .header("Contact", "<sip:bob@192.0.2.4:5070>")
            .message()
    }

    #[test]
    fn both_sides_build_mirrored_requests() {
        let mut alice = Dialog::uac(&invite(), &ok(200, "b1")).unwrap();
        let mut bob = Dialog::uas(&invite(), &ok(200, "b1")).unwrap();
        assert_eq!(alice.next_hop(), "sip:p1.example;lr");
        assert_eq!(bob.next_hop(), "sip:p2.example;lr");
        let bye = alice
            .request("BYE")
            .via("UDP", "pc33", "z9hG4bK2")
            .message();
        assert_eq!(bye.start_line(), "BYE sip:bob@192.0.2.4:5070 SIP/2.0");
        let routes: Vec<_> = bye.values("Route").collect();
        assert_eq!(routes, ["<sip:p1.example;lr>", "<sip:p2.example;lr>"]);
        assert_eq!(bye.cseq().unwrap().number, 11);
        assert_eq!(bye.faults(), []);
        assert!(bob.matches(&bye) && !alice.matches(&bye));
        assert_eq!(bob.check(&bye), Ok(()));
        let info = bob.request("INFO").via("UDP", "bob", "z9hG4bK3").message();
        assert_eq!(info.start_line(), "INFO sip:alice@pc33 SIP/2.0");
        assert_eq!(alice.check(&info), Ok(()));
        let ack = alice.ack(10).message();
        assert_eq!(
            (ack.cseq().unwrap().number, ack.cseq().unwrap().method),
            (10, "ACK")
        );
    }

    #[test]
    fn a_request_out_of_order_gets_500_and_a_stranger_481() {
        let mut bob = Dialog::uas(&invite(), &ok(200, "b1")).unwrap();
        let mut alice = Dialog::uac(&invite(), &ok(200, "b1")).unwrap();
        let (first, second) = (
            alice.request("INFO").message(),
            alice.request("INFO").message(),
        );
        assert_eq!(bob.check(&second), Ok(()));
        assert_eq!(
            bob.check(&first).map_err(|refusal| refusal.status),
            Err(500)
        );
        let stranger = Dialog::uac(&invite(), &ok(200, "b2"))
            .unwrap()
            .request("BYE")
            .message();
        assert_eq!(
            bob.check(&stranger).map_err(|refusal| refusal.status),
            Err(481)
        );
        bob.terminate();
        let late = alice.request("BYE").message();
        assert_eq!(bob.check(&late).map_err(|refusal| refusal.status), Err(481));
    }

    #[test]
    fn a_strict_router_takes_the_request_uri() {
        // RFC 3261 12.2.1.1
        let response = MessageBuilder::response_to(&invite(), 200, "OK", "b1")
            .set("Record-Route", "<sip:proxy2;lr>, <sip:proxy1>")
            .header("Contact", "<sip:user@remoteua>")
            .message();
        let mut dialog = Dialog::uac(&invite(), &response).unwrap();
        let bye = dialog.request("BYE").message();
        assert_eq!(bye.start_line(), "BYE sip:proxy1 SIP/2.0");
        let routes: Vec<_> = bye.values("Route").collect();
        assert_eq!(routes, ["<sip:proxy2;lr>", "<sip:user@remoteua>"]);
    }

    #[test]
    fn early_dialogs_fork_and_confirm() {
        let early = Dialog::uac(&invite(), &ok(180, "b1")).unwrap();
        let mut other = Dialog::uac(&invite(), &ok(183, "b2")).unwrap();
        assert_eq!(
            (early.state(), other.remote_tag()),
            (DialogState::Early, "b2")
        );
        assert!(early.matches(&ok(200, "b1")) && !early.matches(&ok(200, "b2")));
        other.confirm(&ok(200, "b2"));
        assert_eq!(other.state(), DialogState::Confirmed);
        assert_eq!(
            Dialog::uac(&invite(), &ok(486, "b")),
            Err(DialogError::Status(486))
        );
        assert_eq!(
            Dialog::uac(&invite(), &ok(180, "")),
            Err(DialogError::NoTag("To"))
        );
    }
}
