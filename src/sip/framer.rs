//! Cuts a TCP stream into SIP messages (RFC 3261 7.5, 18.3; keep-alives RFC 5626 3.5.1, 5.4).

use bytes::{Buf, Bytes, BytesMut};
use thiserror::Error;

use super::header_name::HeaderName;
use super::lexis::is_lws;
use super::message::{Message, line_end, parse_length};

/// How much a framer buffers before it gives the stream up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// Octets of start line and headers, 65,536 by default.
    pub head: usize,
    /// Octets of a whole message, 1 MiB by default.
    pub message: usize,
}

/// Takes the bytes of one TCP connection and yields whole messages.
#[derive(Debug, Default)]
pub struct StreamFramer {
    limits: StreamLimits,
    buffer: BytesMut,
    /// How far the buffer has been searched for the end of the head.
    searched: usize,
    /// The length of the message at the front of the buffer, once its head is whole.
    whole: Option<usize>,
    failed: Option<FrameError>,
}

/// What a stream yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// A message.
    Message(Message),
    /// A keep-alive ping, CR LF CR LF: answer with CR LF (RFC 5626 3.5.1, 5.4).
    Ping,
}

/// Why a stream cannot be cut any further. The connection is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Start line and headers exceed the limit.
    #[error("head of the message exceeds {limit} octets")]
    HeadTooLong {
        /// The limit in octets.
        limit: usize,
    },
    /// The message exceeds the limit.
    #[error("message exceeds {limit} octets")]
    MessageTooLong {
        /// The limit in octets.
        limit: usize,
    },
    /// No Content-Length, without which a stream cannot be cut (RFC 3261 18.3, 20.14).
    #[error("no content-length on a stream (RFC 3261 18.3)")]
    NoContentLength,
    /// Content-Length is not a number, or two of them differ.
    #[error("malformed or contradicting content-length (RFC 3261 20.14)")]
    BadContentLength,
}

impl Default for StreamLimits {
    fn default() -> StreamLimits {
        StreamLimits {
            head: 64 * 1024,
            message: 1024 * 1024,
        }
    }
}

impl StreamFramer {
    /// A framer with the default limits.
    pub fn new() -> StreamFramer {
        StreamFramer::default()
    }

    /// A framer with limits of one's own.
    pub fn with_limits(limits: StreamLimits) -> StreamFramer {
        StreamFramer {
            limits,
            ..StreamFramer::default()
        }
    }

    /// Takes the next bytes of the stream. After a [`FrameError`] they are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next whole message or keep-alive; `None` until more bytes come.
    ///
    /// # Errors
    ///
    /// A [`FrameError`] ends the stream: every later call repeats it. What was not cut is in
    /// [`StreamFramer::rest`].
    pub fn poll(&mut self) -> Result<Option<Framed>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.step().inspect_err(|error| self.failed = Some(*error))
    }

    /// Bytes that have come and are not yet part of a message.
    pub fn rest(&self) -> &[u8] {
        &self.buffer
    }

    fn step(&mut self) -> Result<Option<Framed>, FrameError> {
        if self.whole.is_none() {
            if self.buffer.starts_with(b"\r\n\r\n") {
                self.buffer.advance(4);
                return Ok(Some(Framed::Ping));
            }
            // Half a ping may still grow into a whole one. A lone CR LF, the answer to a ping of
            // one's own or an empty line before a message, is skipped (RFC 3261 7.5).
            if b"\r\n\r\n".starts_with(&self.buffer) {
                return Ok(None);
            }
            if self.buffer.starts_with(b"\r\n") {
                self.buffer.advance(2);
            }
            self.whole = self.measure()?;
        }
        match self.whole {
            Some(length) if self.buffer.len() >= length => {
                self.whole = None;
                self.searched = 0;
                let raw: Bytes = self.buffer.split_to(length).freeze();
                Ok(Some(Framed::Message(Message::decode(raw))))
            }
            _ => Ok(None),
        }
    }

    /// The length of the message at the front, once the empty line after its head has come.
    fn measure(&mut self) -> Result<Option<usize>, FrameError> {
        let Some(head) = self.head_end() else {
            if self.buffer.len() > self.limits.head {
                return Err(FrameError::HeadTooLong {
                    limit: self.limits.head,
                });
            }
            return Ok(None);
        };
        if head > self.limits.head {
            return Err(FrameError::HeadTooLong {
                limit: self.limits.head,
            });
        }
        let length = content_length(&self.buffer[..head])?;
        match head.checked_add(length) {
            Some(whole) if whole <= self.limits.message => Ok(Some(whole)),
            _ => Err(FrameError::MessageTooLong {
                limit: self.limits.message,
            }),
        }
    }

    fn head_end(&mut self) -> Option<usize> {
        for at in memchr::memchr_iter(b'\n', &self.buffer[self.searched..]) {
            let next = self.searched + at + 1;
            match self.buffer[next..] {
                [b'\n', ..] => return Some(next + 1),
                [b'\r', b'\n', ..] => return Some(next + 2),
                _ => {}
            }
        }
        // An empty line may be cut in two by the read, so the last bytes are looked at again.
        self.searched = self.buffer.len().saturating_sub(3);
        None
    }
}

/// The one Content-Length of a head.
fn content_length(head: &[u8]) -> Result<usize, FrameError> {
    let mut found = None;
    let mut at = 0;
    while at < head.len() {
        let mut end = line_end(head, at);
        while end.content > at && matches!(head.get(end.next), Some(b' ' | b'\t')) {
            end = line_end(head, end.next);
        }
        let line = &head[at..end.content];
        at = end.next;
        let Some(colon) = memchr::memchr(b':', line) else {
            continue;
        };
        if HeaderName::of(line[..colon].trim_ascii_end()) != HeaderName::CONTENT_LENGTH {
            continue;
        }
        let value = &line[colon + 1..];
        let start = value.iter().take_while(|b| is_lws(**b)).count();
        let length = parse_length(value[start..].trim_ascii_end());
        let length = length.ok_or(FrameError::BadContentLength)?;
        if found.is_some_and(|earlier| earlier != length) {
            return Err(FrameError::BadContentLength);
        }
        found = Some(length);
    }
    found.ok_or(FrameError::NoContentLength)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[u8] = b"OPTIONS sip:a@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\n\
        l :\r\n 4\r\n\r\nbody";

    fn drain(framer: &mut StreamFramer) -> Vec<Framed> {
        std::iter::from_fn(|| framer.poll().unwrap()).collect()
    }

    #[test]
    fn cuts_the_same_messages_however_the_stream_is_split() {
        let mut stream = OPTIONS.to_vec();
        stream.extend_from_slice(b"\r\n\r\n");
        stream.extend_from_slice(OPTIONS);
        let whole = Framed::Message(Message::decode(Bytes::from_static(OPTIONS)));
        for first in 0..=stream.len() {
            for second in [
                first,
                stream.len().min(first + 1),
                stream.len().min(first + 7),
            ] {
                let mut framer = StreamFramer::new();
                let mut seen = Vec::new();
                for part in [&stream[..first], &stream[first..second], &stream[second..]] {
                    framer.push(part);
                    seen.append(&mut drain(&mut framer));
                }
                assert_eq!(
                    seen,
                    [whole.clone(), Framed::Ping, whole.clone()],
                    "split at {first}"
                );
                assert!(framer.rest().is_empty());
            }
        }
    }

    #[test]
    fn a_lone_line_end_before_a_message_is_skipped() {
        let mut framer = StreamFramer::new();
        framer.push(b"\r\n");
        assert_eq!(framer.poll(), Ok(None));
        framer.push(OPTIONS);
        assert!(matches!(framer.poll(), Ok(Some(Framed::Message(_)))));
        assert!(framer.rest().is_empty());
    }

    #[test]
    fn errors_end_the_stream() {
        for (bytes, error) in [
            (
                &b"OPTIONS sip:a SIP/2.0\r\nTo: x\r\n\r\n"[..],
                FrameError::NoContentLength,
            ),
            (
                b"A b SIP/2.0\r\nl: -1\r\n\r\n",
                FrameError::BadContentLength,
            ),
            (
                b"A b SIP/2.0\r\nl: 1\r\nContent-Length: 2\r\n\r\n",
                FrameError::BadContentLength,
            ),
            (
                b"A b SIP/2.0\r\nl: 18446744073709551615\r\n\r\n",
                FrameError::MessageTooLong { limit: 1024 * 1024 },
            ),
            (
                b"A b SIP/2.0\r\nl: 1048576\r\n\r\n",
                FrameError::MessageTooLong { limit: 1024 * 1024 },
            ),
        ] {
            let mut framer = StreamFramer::new();
            framer.push(bytes);
            assert_eq!(framer.poll(), Err(error));
            framer.push(OPTIONS);
            assert_eq!(framer.poll(), Err(error));
            assert_eq!(framer.rest(), bytes);
        }
    }

    #[test]
    fn an_endless_head_is_cut_off() {
        let mut framer = StreamFramer::new();
        framer.push(b"OPTIONS sip:a SIP/2.0\r\nX: ");
        let mut pushed = 0;
        while framer.poll() == Ok(None) {
            framer.push(&[b'x'; 1000]);
            pushed += 1000;
            assert!(pushed < 70_000);
        }
        assert_eq!(
            framer.poll(),
            Err(FrameError::HeadTooLong { limit: 65_536 })
        );
    }
}
