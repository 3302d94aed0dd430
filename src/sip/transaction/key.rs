//! What a message is matched by.

use crate::sip::lexis::unfold;
use crate::sip::message::Message;

/// A response to its client transaction: branch and CSeq method (RFC 3261 17.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ClientKey {
    branch: String,
    method: String,
}

/// A request to its server transaction (RFC 3261 17.2.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ServerKey {
    /// Branch and sent-by; for a sender older than RFC 3261 all that identifies its request.
    sender: String,
    method: String,
}

/// The ACK of a 2xx to its INVITE: it has a branch of its own, so the dialog finds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct AckKey {
    call_id: String,
    from_tag: String,
    number: u32,
}

impl ClientKey {
    pub(super) fn of(message: &Message) -> Option<ClientKey> {
        let branch = message.top_via().ok()?.branch()?.to_owned();
        let method = message.cseq().ok()?.method.to_owned();
        Some(ClientKey { branch, method })
    }
}

impl ServerKey {
    /// The key of a request; an ACK has the key of its INVITE.
    pub(super) fn of(request: &Message) -> Option<ServerKey> {
        let method = match request.method()? {
            "ACK" => "INVITE",
            method => method,
        };
        ServerKey::with_method(request, method)
    }

    /// The key of the INVITE that a CANCEL is for (RFC 3261 9.2).
    pub(super) fn cancelled(cancel: &Message) -> Option<ServerKey> {
        ServerKey::with_method(cancel, "INVITE")
    }

    fn with_method(request: &Message, method: &str) -> Option<ServerKey> {
        let via = request.top_via().ok()?;
        let sent_by = via.sent_by.to_ascii_lowercase();
        let sender = match via.unique_branch() {
            Some(branch) => format!("{branch} {sent_by}"),
            // RFC 2543 rules. The To tag is left out, since the ACK of a refusal has one where
            // its INVITE has none; Call-ID, From tag and CSeq tell dialogs apart.
            None => format!(
                "{} {} {} {} {sent_by} {}",
                request
                    .request_uri()
                    .map(|uri| uri.as_str())
                    .unwrap_or_default(),
                request.from().ok()?.tag().unwrap_or_default(),
                request.call_id().ok()?,
                request.cseq().ok()?.number,
                unfold(via.params.as_str()),
            ),
        };
        Some(ServerKey {
            sender,
            method: method.to_owned(),
        })
    }
}

impl AckKey {
    pub(super) fn of(request: &Message) -> Option<AckKey> {
        Some(AckKey {
            call_id: request.call_id().ok()?.to_owned(),
            from_tag: request.from().ok()?.tag().unwrap_or_default().to_owned(),
            number: request.cseq().ok()?.number,
        })
    }
}
