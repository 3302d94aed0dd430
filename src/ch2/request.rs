//! A Credit-Control-Request seen as the SessionRequest that it carries.

use std::fmt;

use serde::Serialize;

use crate::diameter;

use super::Binding;

/// Which SessionRequest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `SessionRequest (start)`.
    Start,
    /// `SessionRequest (interim)`.
    Interim,
    /// `SessionRequest (stop)`.
    Stop,
    /// The one-off request for messages outside a session.
    Event,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Start => "start",
            Kind::Interim => "interim",
            Kind::Stop => "stop",
            Kind::Event => "event",
        })
    }
}

/// A CCR, read through a [`Binding`].
#[derive(Clone, Copy, Debug)]
pub struct SessionRequest<'a> {
    message: &'a diameter::Message,
    binding: &'a Binding,
}
