//! The one monotonic clock of a process.

use tokio::time::Instant;

use crate::io::Time;

/// The moment that is [`Time::ZERO`].
#[derive(Clone, Copy, Debug)]
pub struct Epoch(Instant);

impl Epoch {
    /// A clock that begins now.
    pub fn begin() -> Epoch {
        Epoch(Instant::now())
    }

    /// The time since the beginning.
    pub fn now(self) -> Time {
        Time::ZERO + self.0.elapsed()
    }

    /// When `time` comes; `None` where it lies beyond what the system can count.
    pub(super) fn instant(self, time: Time) -> Option<Instant> {
        self.0.checked_add(time.since(Time::ZERO))
    }
}
