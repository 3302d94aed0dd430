//! Status codes of responses and reports.

/// The request succeeded (RFC 4975 10.1).
pub const OK: u16 = 200;
/// The request was unintelligible (RFC 4975 10.2).
pub const BAD_REQUEST: u16 = 400;
/// The action is not allowed (RFC 4975 10.3).
pub const FORBIDDEN: u16 = 403;
/// A downstream transaction did not complete in time (RFC 4975 10.4).
pub const TIMEOUT: u16 = 408;
/// The sender is to stop sending this message (RFC 4975 10.5).
pub const STOP_SENDING: u16 = 413;
/// The media type is not understood (RFC 4975 10.6).
pub const UNSUPPORTED_MEDIA_TYPE: u16 = 415;
/// A parameter is out of bounds (RFC 4975 10.7).
pub const OUT_OF_BOUNDS: u16 = 423;
/// The session does not exist (RFC 4975 10.8).
pub const NO_SESSION: u16 = 481;
/// The method is not understood (RFC 4975 10.9).
pub const UNKNOWN_METHOD: u16 = 501;
/// The session is bound to another connection (RFC 4975 10.10).
pub const SESSION_IN_USE: u16 = 506;

/// The comment that goes with a code, in the words of the IANA registry; empty for one it does not
/// know.
pub fn comment(code: u16) -> &'static str {
    match code {
        OK => "OK",
        BAD_REQUEST => "Unintelligible",
        401 => "Unauthorized",
        FORBIDDEN => "Action-not-allowed",
        404 => "Failure to resolve recipient's URI",
        TIMEOUT => "Transaction-did-not-complete-in-allotted-time",
        STOP_SENDING => "Stop-sending-message",
        UNSUPPORTED_MEDIA_TYPE => "MIME-not-understood",
        OUT_OF_BOUNDS => "Parameter-out-of-bounds",
        424 => "Malformed nickname",
        425 => "Nickname reserved or already in use",
        428 => "Private messages not supported",
        NO_SESSION => "Session-does-not-exist",
        UNKNOWN_METHOD => "Request-method-not-understood",
        SESSION_IN_USE => "Session-already-in-use",
        _ => "",
    }
}
