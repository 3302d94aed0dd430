//! Messages out of a TCP stream.

use bytes::Bytes;
use thiserror::Error;

use super::message::HEADER_LENGTH;

/// The longest message a [`Framer`] takes unless told otherwise: 1 MiB. A Message Length has 24
/// bits (RFC 6733 3) and could announce 16 MiB.
pub const DEFAULT_MAX_MESSAGE: usize = 1 << 20;

/// Cuts a byte stream into Diameter messages by their Message Length (RFC 6733 3).
///
/// Diameter over TCP has no way to find the next message once a length was wrong, so the first
/// impossible header ends the stream: see [`FrameError`]. Memory is taken for bytes that came,
/// never for bytes that were announced.
#[derive(Debug)]
pub struct Framer {
    buffer: Vec<u8>,
    taken: usize,
    max_message: usize,
    dead: Option<FrameError>,
}

/// A header that cannot be right, after which a stream has no more messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum FrameError {
    /// The first octet of a message is no version 1.
    #[error("message begins with version {0}, must be 1 [RFC 6733 3]")]
    Version(u8),
    /// The Message Length is less than a header.
    #[error("message length {0} is less than a header of 20 octets [RFC 6733 3]")]
    TooShort(u32),
    /// The Message Length is no multiple of 4.
    #[error("message length {0} is no multiple of 4 [RFC 6733 3]")]
    Unaligned(u32),
    /// The Message Length is more than this end takes.
    #[error("message length {length} is over the limit of {max} octets")]
    TooLong {
        /// The Message Length.
        length: u32,
        /// The limit.
        max: usize,
    },
}

impl Framer {
    /// A framer for a new stream that takes messages of up to `max_message` octets.
    pub fn new(max_message: usize) -> Framer {
        Framer {
            buffer: Vec::new(),
            taken: 0,
            max_message,
            dead: None,
        }
    }

    /// Takes the next bytes of the stream, cut anywhere. Call [`Framer::next_message`] until it
    /// yields none before pushing more, and no more than one message and one read are ever held.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.dead.is_some() {
            return;
        }
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.taken = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, or `None` where more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`] where the next header cannot be right; every later call gives the same.
    pub fn next_message(&mut self) -> Result<Option<Bytes>, FrameError> {
        if let Some(error) = self.dead {
            return Err(error);
        }
        let waiting = self.buffer.get(self.taken..).unwrap_or_default();
        match announced(waiting, self.max_message) {
            Err(error) => {
                self.dead = Some(error);
                Err(error)
            }
            Ok(Some(length)) if waiting.len() >= length => {
                let message = Bytes::copy_from_slice(&waiting[..length]);
                self.taken += length;
                Ok(Some(message))
            }
            Ok(_) => Ok(None),
        }
    }

    /// Bytes that came and belong to no whole message yet: at the end of a stream they were cut
    /// off, after a [`FrameError`] they begin with the header that cannot be right.
    pub fn remainder(&self) -> &[u8] {
        self.buffer.get(self.taken..).unwrap_or_default()
    }
}

impl Default for Framer {
    fn default() -> Framer {
        Framer::new(DEFAULT_MAX_MESSAGE)
    }
}

/// The length the bytes announce, judged as soon as it can be.
fn announced(bytes: &[u8], max: usize) -> Result<Option<usize>, FrameError> {
    match bytes.first() {
        None => return Ok(None),
        Some(1) => {}
        Some(&version) => return Err(FrameError::Version(version)),
    }
    let Some(word) = bytes.first_chunk::<4>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes(*word) & 0x00ff_ffff;
    let octets = length as usize;
    if octets < HEADER_LENGTH {
        return Err(FrameError::TooShort(length));
    }
    if octets > max {
        return Err(FrameError::TooLong { length, max });
    }
    if !octets.is_multiple_of(4) {
        return Err(FrameError::Unaligned(length));
    }
    Ok(Some(octets))
}
