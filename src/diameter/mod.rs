//! Diameter base protocol (RFC 6733) and credit control (RFC 8506), sans-io.
