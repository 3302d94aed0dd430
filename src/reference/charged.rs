//! Who is charged, and for what.

use crate::sip::Message;

/// What the requests of one session have in common.
#[derive(Clone, Debug)]
pub(super) struct Charged {
    /// Session-Id.
    pub session_id: String,
    /// Subscription-Id-Type and -Data, one for each asserted identity.
    pub subscribers: Vec<(i32, String)>,
    /// Subscription-Id-Type and -Data of who stands in From, which is whoever the caller says.
    pub from: Option<(i32, String)>,
    /// The icid-value of the client's P-Charging-Vector.
    pub icid: Option<String>,
    /// Originating-IOI of the same.
    pub orig_ioi: Option<String>,
    /// The SIP Call-ID of the client's dialog.
    pub call_id: String,
    /// The asserted identity, or the From where none is asserted.
    pub calling: String,
    /// The Request-URI.
    pub called: String,
}

impl Charged {
    /// Reads the client's INVITE, or its MESSAGE.
    pub(super) fn of(request: &Message, session_id: String) -> Charged {
        let mut identities: Vec<String> = request
            .p_asserted_identities()
            .filter_map(|identity| Some(identity.ok()?.uri.as_str().to_owned()))
            .take(2)
            .collect();
        let from = request.from().ok().map(|from| from.uri.as_str().to_owned());
        if identities.is_empty() {
            identities.extend(from.clone());
        }
        let vector = request.p_charging_vector().ok();
        Charged {
            session_id,
            calling: identities.first().cloned().unwrap_or_default(),
            subscribers: identities.iter().map(|uri| subscription(uri)).collect(),
            from: from.map(|uri| subscription(&uri)),
            icid: vector.map(|vector| vector.icid_value().into_owned()),
            orig_ioi: vector.and_then(|vector| Some(vector.orig_ioi()?.into_owned())),
            call_id: request.call_id().unwrap_or_default().to_owned(),
            called: request
                .request_uri()
                .map(|uri| uri.as_str().to_owned())
                .unwrap_or_default(),
        }
    }
}

/// Subscription-Id-Type and -Data of an identity (RFC 8506 8.47, 8.48): END_USER_E164 for a global
/// number, END_USER_SIP_URI for all else.
fn subscription(uri: &str) -> (i32, String) {
    let number = uri
        .strip_prefix("tel:+")
        .and_then(|rest| rest.split(';').next());
    match number {
        Some(number) => (0, number.replace(['-', '.', '(', ')'], "")),
        None => (2, uri.to_owned()),
    }
}
