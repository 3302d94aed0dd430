//! What is wrong with a message, without refusing it.

use std::ops::Range;

/// One departure of a message from RFC 4975.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The bytes of the message that show it; empty where something is missing.
    pub bytes: Range<usize>,
    /// The clause it breaks, such as `RFC 4975 7.1.1`.
    pub clause: &'static str,
    /// How strongly the clause speaks.
    pub severity: Severity,
    /// What is wrong, as a lower case fragment. It quotes nothing from the wire.
    pub text: &'static str,
}

/// How strongly the broken clause speaks (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A SHOULD or SHOULD NOT was not followed.
    Should,
    /// A MUST or MUST NOT, or the grammar of clause 9, was broken.
    Must,
}
