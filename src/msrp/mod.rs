//! MSRP (RFC 4975), sans-io.
