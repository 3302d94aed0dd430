//! SIP (RFC 3261) and SDP for message sessions, sans-io.
