//! What can be wrong with a message, and with one header value.

use std::fmt;
use std::ops::Range;

use thiserror::Error;

use super::uri::UriError;

/// How strongly the broken clause speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A SHOULD, or leniency a receiver is asked to have.
    Should,
    /// A MUST, or the grammar itself.
    Must,
}

/// One thing that is wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A stable name for the kind of fault, such as `cseq-method`.
    pub code: &'static str,
    /// How strongly the clause speaks.
    pub severity: Severity,
    /// The bytes of the message that show it; empty where something is missing.
    pub bytes: Range<usize>,
    /// The clause it breaks, such as `RFC 3261 8.1.1.5`.
    pub clause: &'static str,
    /// What is wrong, in words. May quote text from the wire.
    pub text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strength = match self.severity {
            Severity::Must => "MUST",
            Severity::Should => "SHOULD",
        };
        write!(f, "{} ({}, {strength})", self.text, self.clause)
    }
}

/// Why a header has no typed value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ValueError {
    /// The message has no such header.
    #[error("no {0} header")]
    Missing(&'static str),
    /// The value is not UTF-8 (RFC 3261 7.3.1, 25.1).
    #[error("{0} is not UTF-8")]
    NotUtf8(&'static str),
    /// The value does not follow its grammar (RFC 3261 25.1).
    #[error("{header}: {what}")]
    Malformed {
        /// Canonical name of the header.
        header: &'static str,
        /// What is wrong with the value.
        what: &'static str,
    },
    /// The URI in the value cannot be parsed.
    #[error("{header}: {error}")]
    Uri {
        /// Canonical name of the header.
        header: &'static str,
        /// What is wrong with the URI.
        error: UriError,
    },
}
