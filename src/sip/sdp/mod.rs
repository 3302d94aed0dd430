//! SDP (RFC 4566) for message sessions: `m=message` (RFC 4975 section 8) with the connection
//! setup of RFC 6135, and offer and answer (RFC 3264).
//!
//! [`Description`] indexes a body as it stands and lists its faults; [`MessageMedia`] is the
//! typed view of one `m=message` section, and what [`offer`] and [`answer`] write.

mod check;
mod description;
mod media;
mod offer_answer;

pub use description::{Description, Section};
pub use media::{Direction, MediaError, MessageMedia, Setup};
pub use offer_answer::{AnswerError, Connector, Origin, answer, offer, who_connects};
