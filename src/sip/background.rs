//! Answers to requests a scenario does not care about, so that they do not break its run.

use super::builder::MessageBuilder;
use super::message::Message;
use super::sdp::{self, Description, MessageMedia, Origin};

/// The methods a user agent of this room serves, as Allow lists them (RFC 3261 20.5).
pub const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, NOTIFY, MESSAGE";

/// The option tags it knows, as Supported lists them (RFC 3261 20.37): session timers.
pub const SUPPORTED: &str = "timer";

/// What the answers depend on.
#[derive(Clone, Copy, Debug)]
pub struct Local<'a> {
    /// The To tag of a response outside of a dialog.
    pub to_tag: &'a str,
    /// The Contact value, such as `<sip:im@192.0.2.7:5062>;+g.oma.sip-im`.
    pub contact: &'a str,
    /// True where the request belongs to a living dialog ([`super::Dialog::check`] has passed).
    pub in_dialog: bool,
    /// For a CANCEL, true where the INVITE it is for is known.
    pub cancels: bool,
    /// The session as this side describes it now: what a re-INVITE or UPDATE is answered with.
    /// The version of the origin is for the caller to keep (RFC 3264 8).
    pub session: Option<(&'a Origin, &'a MessageMedia)>,
}

/// A response, and the clause that asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The response; add `received_from` for a request that came by UDP.
    pub response: MessageBuilder,
    /// The clause.
    pub clause: &'static str,
}

/// The answer to a request nobody waits for; `None` for an ACK and for what is no request.
pub fn answer(request: &Message, local: &Local<'_>) -> Option<Answer> {
    let method = request.method().filter(|method| *method != "ACK")?;
    let reply = Reply { request, local };
    let has_tag = request.to().is_ok_and(|to| to.tag().is_some());
    if method == "CANCEL" {
        return Some(match local.cancels {
            true => reply.plain(200, "OK", "RFC 3261 9.2"),
            false => reply.gone("RFC 3261 9.2"),
        });
    }
    let known = ALLOW.split(", ").any(|one| one == method);
    if !known {
        return Some(reply.unsupported(method));
    }
    if let Some(refusal) = reply.bad_extension() {
        return Some(refusal);
    }
    if has_tag && !local.in_dialog {
        return Some(reply.gone("RFC 3261 12.2.2"));
    }
    Some(match method {
        "OPTIONS" => reply.options(),
        "INVITE" if local.in_dialog => reply.session("RFC 3261 14.2"),
        // A call that no scenario expects is not taken.
        "INVITE" => reply.plain(486, "Busy Here", "RFC 3261 13.3.1.3"),
        "UPDATE" if local.in_dialog => reply.session("RFC 3311 5.2"),
        "MESSAGE" => reply.plain(200, "OK", "RFC 3428 7"),
        "BYE" if local.in_dialog => reply.plain(200, "OK", "RFC 3261 15.1.2"),
        "INFO" if local.in_dialog => reply.plain(200, "OK", "RFC 6086 4.2.2"),
        "NOTIFY" if local.in_dialog => reply.plain(200, "OK", "RFC 6665 4.1.3"),
        // BYE, UPDATE, INFO and NOTIFY live in a dialog; without a To tag there is none.
        _ => reply.gone("RFC 3261 12.2.2"),
    })
}

struct Reply<'a> {
    request: &'a Message,
    local: &'a Local<'a>,
}

impl Reply<'_> {
    fn plain(&self, status: u16, reason: &str, clause: &'static str) -> Answer {
        let response = MessageBuilder::response_to(self.request, status, reason, self.local.to_tag);
        Answer { response, clause }
    }

    fn gone(&self, clause: &'static str) -> Answer {
        self.plain(481, "Call/Transaction Does Not Exist", clause)
    }

    /// 405 for a method that is known but not served (RFC 3261 8.2.1), 501 for one that is not
    /// known (RFC 3261 21.5.2).
    fn unsupported(&self, method: &str) -> Answer {
        let registered = ["REGISTER", "SUBSCRIBE", "PUBLISH", "REFER", "PRACK"].contains(&method);
        let (status, reason, clause) = match registered {
            true => (405, "Method Not Allowed", "RFC 3261 8.2.1"),
            false => (501, "Not Implemented", "RFC 3261 21.5.2"),
        };
        let answer = self.plain(status, reason, clause);
        Answer {
            response: answer.response.header("Allow", ALLOW),
            clause,
        }
    }

    /// 420 for an option tag in Require that is not known (RFC 3261 8.2.2.3).
    fn bad_extension(&self) -> Option<Answer> {
        let unknown: Vec<String> = self
            .request
            .values("Require")
            .filter(|tag| !tag.is_empty() && !tag.eq_ignore_ascii_case(SUPPORTED))
            .map(|tag| tag.into_owned())
            .collect();
        if unknown.is_empty() {
            return None;
        }
        let Answer { response, clause } = self.plain(420, "Bad Extension", "RFC 3261 8.2.2.3");
        Some(Answer {
            response: response.header("Unsupported", unknown.join(", ")),
            clause,
        })
    }

    fn options(&self) -> Answer {
        let Answer { response, clause } = self.plain(200, "OK", "RFC 3261 11.2");
        let response = response
            .header("Contact", self.local.contact)
            .header("Allow", ALLOW)
            .header("Accept", "application/sdp")
            .header("Supported", SUPPORTED);
        Answer { response, clause }
    }

    /// A 2xx with the session as it stands: an answer to an offer, or an offer where a re-INVITE
    /// came without one (RFC 3261 14.2).
    fn session(&self, clause: &'static str) -> Answer {
        let invite = self.request.is_method("INVITE");
        let offered = self.request.is_content_type("application/sdp")
            && !self.request.body_range().is_empty();
        let body = match self.local.session {
            Some((origin, media)) if offered => {
                let offer = Description::parse(self.request.body());
                match sdp::answer(&offer, origin, media) {
                    Ok(body) => Some(body),
                    Err(_) => return self.plain(488, "Not Acceptable Here", clause),
                }
            }
            None if offered => return self.plain(488, "Not Acceptable Here", clause),
            Some((origin, media)) if invite => Some(sdp::offer(origin, media)),
            _ => None,
        };
        let mut response = self
            .plain(200, "OK", clause)
            .response
            .header("Contact", self.local.contact)
            .header("Allow", ALLOW)
            .header("Supported", SUPPORTED);
        response = self.timer(response);
        if let Some(body) = body {
            response = response.body("application/sdp", body);
        }
        Answer { response, clause }
    }

    /// Agrees to the session timer of a refresh and leaves its sender the refresher where the
    /// sender knows session timers (RFC 4028 9, table 2).
    fn timer(&self, response: MessageBuilder) -> MessageBuilder {
        let Some(text) = self.request.header("Session-Expires") else {
            return response;
        };
        let Ok(mut timer) = super::SessionExpires::parse(&text) else {
            return response;
        };
        let known = ["Supported", "Require"].into_iter().any(|name| {
            self.request
                .values(name)
                .any(|tag| tag.eq_ignore_ascii_case(SUPPORTED))
        });
        let response = if known {
            timer.refresher.get_or_insert(super::Refresher::Uac);
            response.header("Require", SUPPORTED)
        } else {
            timer.refresher = Some(super::Refresher::Uas);
            response
        };
        response.header("Session-Expires", timer.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            user: "-".into(),
            session_id: 1,
            version: 1,
            address: "192.0.2.7".into(),
        }
    }

    fn media() -> MessageMedia {
        MessageMedia::new(
            "192.0.2.7",
            2855,
            "msrp://192.0.2.7:2855/s;tcp",
            &["text/plain"],
        )
    }

    fn request(method: &str, to: &str) -> MessageBuilder {
        MessageBuilder::request(method, "sip:im@192.0.2.7")
            .via("UDP", "192.0.2.1", "z9hG4bK1")
            .header("Max-Forwards", "70")
            .header("From", "<sip:s@h>;tag=f")
            .header("To", to)
            .header("Call-ID", "c")
            .cseq(2, method)
    }

    fn answered(request: &MessageBuilder, in_dialog: bool) -> Message {
        let (origin, media) = (origin(), media());
        let local = Local {
            to_tag: "t",
            contact: "<sip:im@192.0.2.7>;+g.oma.sip-im",
            in_dialog,
            cancels: false,
            session: Some((&origin, &media)),
        };
        let response = answer(&request.message(), &local)
            .unwrap()
            .response
            .message();
        assert_eq!(response.faults(), []);
        response
    }

    #[test]
    fn each_method_gets_its_answer() {
        for (method, in_dialog, status) in [
            ("OPTIONS", false, 200),
            ("OPTIONS", true, 200),
            ("MESSAGE", false, 200),
            ("INVITE", false, 486),
            ("INVITE", true, 200),
            ("UPDATE", true, 200),
            ("INFO", true, 200),
            ("NOTIFY", true, 200),
            ("BYE", true, 200),
            ("BYE", false, 481),
            ("NOTIFY", false, 481),
            ("CANCEL", false, 481),
            ("REGISTER", false, 405),
            ("FROBNICATE", false, 501),
        ] {
            let to = if in_dialog {
                "<sip:im@h>;tag=t"
            } else {
                "<sip:im@h>"
            };
            let response = answered(&request(method, to), in_dialog);
            assert_eq!(response.status(), Some(status), "{method} {in_dialog}");
            if matches!(status, 405 | 501) {
                assert_eq!(response.header("Allow").as_deref(), Some(ALLOW));
            }
        }
    }

    #[test]
    fn an_unknown_dialog_gets_481_and_an_ack_nothing() {
        let stray = request("INFO", "<sip:im@h>;tag=gone");
        assert_eq!(answered(&stray, false).status(), Some(481));
        let local = Local {
            to_tag: "t",
            contact: "",
            in_dialog: true,
            cancels: false,
            session: None,
        };
        assert_eq!(
            answer(&request("ACK", "<sip:im@h>;tag=t").message(), &local),
            None
        );
    }

    #[test]
    fn a_re_invite_is_answered_with_the_session() {
        let offered = MessageMedia {
            setup: Some(sdp::Setup::ActPass),
            ..media()
        };
        let offer = sdp::offer(&origin(), &offered);
        let invite = request("INVITE", "<sip:im@h>;tag=t")
            .header("Contact", "<sip:s@192.0.2.1>")
            .header("Session-Expires", "1800")
            .header("Require", "timer")
            .body("application/sdp", offer);
        let response = answered(&invite, true);
        let answer = Description::parse(response.body()).message_media().unwrap();
        assert_eq!(answer.setup, Some(sdp::Setup::Active));
        assert_eq!(answer.path, media().path);
        assert_eq!(
            response.header("Session-Expires").as_deref(),
            Some("1800;refresher=uac")
        );
        assert_eq!(response.header("Require").as_deref(), Some("timer"));
        // A proxy put the timer in; the sender itself knows of none and cannot refresh.
        let unknowing = request("INVITE", "<sip:im@h>;tag=t")
            .header("Contact", "<sip:s@192.0.2.1>")
            .header("Session-Expires", "1800");
        let plain = answered(&unknowing, true);
        assert_eq!(
            plain.header("Session-Expires").as_deref(),
            Some("1800;refresher=uas")
        );
        assert_eq!(plain.header("Require"), None);
        assert!(response.contact().unwrap().has_feature("+g.oma.sip-im"));
        let audio = "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 1 RTP/AVP 0\r\n";
        let response = answered(&invite.body("application/sdp", audio), true);
        assert_eq!(response.status(), Some(488));
    }

    #[test]
    fn an_unknown_extension_gets_420() {
        let required = request("OPTIONS", "<sip:im@h>").header("Require", "timer, 100rel, foo");
        let response = answered(&required, false);
        assert_eq!(response.status(), Some(420));
        assert_eq!(
            response.header("Unsupported").as_deref(),
            Some("100rel, foo")
        );
    }
}
