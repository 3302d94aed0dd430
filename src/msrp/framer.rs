//! A byte stream to whole messages (RFC 4975 5.1, 7.1).

use std::ops::Range;
use std::sync::LazyLock;

use bytes::{Bytes, BytesMut};
use memchr::memmem::Finder;
use thiserror::Error;

use super::Message;
use super::decode::{END_LINE_HYPHENS, leading_empty_lines};
use crate::io::find;

/// Cuts a TCP stream into MSRP messages.
///
/// A message ends where its end-line ends: seven hyphens, its own transaction identifier, a flag
/// and CRLF. RFC 4975 7.1 bars that sequence from the body wherever it stands in a line, so the
/// first one ends the message; a missing CRLF before it is the decoder's to tell. Each byte is
/// looked at a bounded number of times, however the stream is split.
#[derive(Debug)]
pub struct Framer {
    limits: FrameLimits,
    buffer: BytesMut,
    /// How far `buffer` has been searched.
    searched: usize,
    place: Place,
    /// Where the transaction identifier lies, once the start line is known.
    transaction: Range<usize>,
    failed: Option<FrameError>,
}

/// How much of one message a [`Framer`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLimits {
    /// Start line and header section, in bytes.
    pub header_section: usize,
    /// Body, in bytes.
    pub body: usize,
}

/// Why a stream cannot be cut into messages any further. The connection is lost for MSRP.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FrameError {
    /// What stands where a message begins does not begin with `MSRP ` and a transaction
    /// identifier.
    #[error("a message does not begin with \"MSRP\" and a transaction identifier")]
    NotMsrp,
    /// No body and no end-line came within the limit.
    #[error("the header section is longer than {limit} bytes")]
    HeaderSection {
        /// The limit, in bytes.
        limit: usize,
    },
    /// No end-line came within the limit.
    #[error("the body is longer than {limit} bytes")]
    Body {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl Default for FrameLimits {
    /// 64 KiB of header section, 10 MiB of body.
    fn default() -> FrameLimits {
        FrameLimits {
            header_section: 64 << 10,
            body: 10 << 20,
        }
    }
}

/// What the framer searches for from `searched` on.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The end of the start line, which begins at `begin` or behind it.
    StartLine { begin: usize },
    /// The end of the header line, or of the end-line, that begins at `line`.
    Headers { line: usize },
    /// The end-line, behind the empty line that ends at `start`.
    Body { start: usize },
}

/// Finds the hyphens of an end-line; the transaction identifier behind them is compared then.
static HYPHENS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(END_LINE_HYPHENS));

impl Framer {
    /// An empty framer with these limits.
    pub fn new(limits: FrameLimits) -> Framer {
        Framer {
            limits,
            buffer: BytesMut::new(),
            searched: 0,
            place: Place::StartLine { begin: 0 },
            transaction: 0..0,
            failed: None,
        }
    }

    /// Takes the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next whole message, read; `None` until more bytes come.
    ///
    /// # Errors
    ///
    /// Once the stream cannot be cut any further; from then on every call gives the same error.
    pub fn poll(&mut self) -> Result<Option<Message>, FrameError> {
        Ok(self.poll_bytes()?.map(Message::decode))
    }

    /// The next whole message as its bytes, end-line included.
    ///
    /// # Errors
    ///
    /// As [`Framer::poll`].
    pub fn poll_bytes(&mut self) -> Result<Option<Bytes>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.search()
            .inspect_err(|&error| self.failed = Some(error))
    }

    /// The bytes that no whole message has come of yet, for the evidence.
    pub fn unfinished(&self) -> &[u8] {
        &self.buffer
    }

    fn search(&mut self) -> Result<Option<Bytes>, FrameError> {
        loop {
            let step = match self.place {
                Place::StartLine { begin } => self.start_line(begin)?,
                Place::Headers { line } => self.header_line(line)?,
                Place::Body { start } => self.body(start)?,
            };
            match step {
                Step::Wait { searched } => {
                    self.searched = searched;
                    return Ok(None);
                }
                Step::Go { searched, place } => {
                    self.searched = searched;
                    self.place = place;
                }
                Step::Whole { end } => {
                    self.searched = 0;
                    self.place = Place::StartLine { begin: 0 };
                    return Ok(Some(self.buffer.split_to(end).freeze()));
                }
            }
        }
    }

    fn start_line(&mut self, begin: usize) -> Result<Step, FrameError> {
        let begin = begin + leading_empty_lines(&self.buffer[begin..]);
        self.place = Place::StartLine { begin };
        let line = &self.buffer[begin..];
        if !START.starts_with(&line[..line.len().min(START.len())]) {
            return Err(FrameError::NotMsrp);
        }
        let from = self.searched.max(begin);
        let Some(feed) = memchr::memchr(b'\n', &self.buffer[from..]) else {
            return self.wait_for_header_section();
        };
        let feed = from + feed;
        self.check_header_section(feed + 1)?;
        let id = begin + START.len();
        let rest = &self.buffer[id..feed];
        let rest = rest.strip_suffix(b"\r").unwrap_or(rest);
        let length = find(rest, b' ').unwrap_or(rest.len());
        if length == 0 {
            return Err(FrameError::NotMsrp);
        }
        self.transaction = id..id + length;
        Ok(Step::Go {
            searched: feed + 1,
            place: Place::Headers { line: feed + 1 },
        })
    }

    fn header_line(&self, start: usize) -> Result<Step, FrameError> {
        let Some(feed) = memchr::memchr(b'\n', &self.buffer[self.searched..]) else {
            return self.wait_for_header_section();
        };
        let after = self.searched + feed + 1;
        self.check_header_section(after)?;
        let line = &self.buffer[start..after];
        if line == b"\r\n" || line == b"\n" {
            return Ok(Step::Go {
                searched: after,
                place: Place::Body { start: after },
            });
        }
        if let Some(rest) = line.strip_prefix(END_LINE_HYPHENS)
            && self.after_hyphens(rest) == Some(true)
        {
            return Ok(Step::Whole { end: after });
        }
        Ok(Step::Go {
            searched: after,
            place: Place::Headers { line: after },
        })
    }

    fn body(&self, start: usize) -> Result<Step, FrameError> {
        let hyphens = END_LINE_HYPHENS.len();
        let mut from = self.searched;
        while let Some(found) = HYPHENS.find(&self.buffer[from..]) {
            let found = from + found;
            match self.after_hyphens(&self.buffer[found + hyphens..]) {
                Some(true) => {
                    self.check_body(found.saturating_sub(start + 2))?;
                    let end = found + hyphens + self.transaction.len() + 3;
                    return Ok(Step::Whole { end });
                }
                Some(false) => from = found + 1,
                None => {
                    self.check_body(found.saturating_sub(start + 2))?;
                    return Ok(Step::Wait { searched: found });
                }
            }
        }
        // The last bytes may be the beginning of the end-line.
        let searched = from.max((self.buffer.len() + 1).saturating_sub(hyphens));
        self.check_body(searched.saturating_sub(start + 2))?;
        Ok(Step::Wait { searched })
    }

    /// True where the transaction identifier, a flag and CRLF stand there, `None` where more bytes
    /// must tell.
    fn after_hyphens(&self, rest: &[u8]) -> Option<bool> {
        let transaction = &self.buffer[self.transaction.clone()];
        let seen = rest.len().min(transaction.len());
        if rest[..seen] != transaction[..seen] {
            return Some(false);
        }
        match &rest[seen..] {
            [] => None,
            [b'$' | b'+' | b'#', more @ ..] => match more {
                [] | [b'\r'] => None,
                [b'\r', b'\n', ..] => Some(true),
                _ => Some(false),
            },
            _ => Some(false),
        }
    }

    fn wait_for_header_section(&self) -> Result<Step, FrameError> {
        self.check_header_section(self.buffer.len())?;
        Ok(Step::Wait {
            searched: self.buffer.len(),
        })
    }

    fn check_header_section(&self, length: usize) -> Result<(), FrameError> {
        let limit = self.limits.header_section;
        if length > limit {
            Err(FrameError::HeaderSection { limit })
        } else {
            Ok(())
        }
    }

    fn check_body(&self, length: usize) -> Result<(), FrameError> {
        let limit = self.limits.body;
        if length > limit {
            Err(FrameError::Body { limit })
        } else {
            Ok(())
        }
    }
}

impl Default for Framer {
    fn default() -> Framer {
        Framer::new(FrameLimits::default())
    }
}

/// What every message begins with (RFC 4975 clause 9).
const START: &[u8] = b"MSRP ";

enum Step {
    Wait { searched: usize },
    Go { searched: usize, place: Place },
    Whole { end: usize },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Flag, MessageBuilder, TransactionIds};
    use super::*;

    const SEND: &str = "MSRP dkei38sd SEND\r\nMessage-ID: 4564dpWd\r\nByte-Range: 1-*/8\r\n\
        Content-Type: text/plain\r\n\r\nabcd\r\n-------dkei38sd+\r\n";
    const REPLY: &str = "MSRP dkei38sd 200 OK\r\n-------dkei38sd$\r\n";

    fn frames(framer: &mut Framer, pieces: &[&[u8]]) -> Result<Vec<Bytes>, FrameError> {
        let mut whole = Vec::new();
        for piece in pieces {
            framer.push(piece);
            while let Some(bytes) = framer.poll_bytes()? {
                whole.push(bytes);
            }
        }
        Ok(whole)
    }

    #[test]
    fn cuts_wherever_the_stream_is_split() {
        let tricky =
            "MSRP abcd SEND\r\n\r\n-------abcd$x-------abc-------abcd\r\n--------abcd#\r\n";
        let stream = [SEND, REPLY, tricky, "\r\n", SEND].concat();
        let expected = [SEND, REPLY, tricky, &["\r\n", SEND].concat()];
        for split in 0..stream.len() {
            let (left, right) = stream.as_bytes().split_at(split);
            assert_eq!(
                frames(&mut Framer::default(), &[left, right]).unwrap(),
                expected
            );
        }
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        let mut framer = Framer::default();
        assert_eq!(frames(&mut framer, &bytes).unwrap(), expected);
        assert_eq!(framer.unfinished(), b"");
    }

    #[test]
    fn what_is_not_msrp_ends_the_stream_at_once() {
        for wrong in ["INVITE sip:bob", "MSRQ", "msrp ", "MSRP \r\n", "\r\nX"] {
            let mut framer = Framer::default();
            framer.push(wrong.as_bytes());
            assert_eq!(framer.poll(), Err(FrameError::NotMsrp), "{wrong:?}");
            framer.push(SEND.as_bytes());
            assert_eq!(framer.poll(), Err(FrameError::NotMsrp));
        }
    }

    #[test]
    fn a_message_over_a_limit_ends_the_stream() {
        let limits = FrameLimits {
            header_section: 100,
            body: 50,
        };
        for endless in ["MSRP ", "MSRP abcd SEND\r\nA: ", "\r\n"] {
            let mut framer = Framer::new(limits);
            framer.push(endless.as_bytes());
            let fill = if endless == "\r\n" { "\r\n" } else { "a" };
            let error = (0..200).find_map(|_| {
                framer.push(fill.as_bytes());
                framer.poll().err()
            });
            assert_eq!(
                error,
                Some(FrameError::HeaderSection { limit: 100 }),
                "{endless:?}"
            );
            assert!(framer.unfinished().len() <= 102);
        }
        let with_body =
            |length| format!("MSRP abcd SEND\r\n\r\n{:length$}\r\n-------abcd$\r\n", "");
        let mut framer = Framer::new(limits);
        assert_eq!(
            frames(&mut framer, &[with_body(50).as_bytes()])
                .unwrap()
                .len(),
            1
        );
        let error = Err(FrameError::Body { limit: 50 });
        assert_eq!(frames(&mut framer, &[with_body(51).as_bytes()]), error);
        let mut framer = Framer::new(limits);
        framer.push(b"MSRP abcd SEND\r\n\r\n");
        framer.push(&[b'x'; 60]);
        assert_eq!(framer.poll(), Err(FrameError::Body { limit: 50 }));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            split in any::<prop::sample::Index>(),
        ) {
            Message::decode(Bytes::from(bytes.clone())).fields();
            let stream = [b"MSRP abcd SEND\r\n", bytes.as_slice(), b"\r\n-------abcd$\r\n"].concat();
            let (left, right) = stream.split_at(split.index(stream.len()));
            let mut framer = Framer::default();
            framer.push(left);
            let _ = framer.poll();
            framer.push(right);
            if let Ok(Some(message)) = framer.poll() {
                message.fields();
                prop_assert!(stream.starts_with(message.raw()));
            }
        }

        #[test]
        fn almost_messages_never_panic(text in "(MSRP |[a-d]{4} |SEND|200 |\r\n|To-Path: |msrp://|h:1/s;tcp|Byte-Range: |1-*/|-------|[$+#]|[ :/@;%\\[\\]]|é){0,40}") {
            let message = Message::decode(Bytes::from(text));
            message.fields();
            let _ = (message.to_path(), message.report_status(), message.body());
        }

        #[test]
        fn what_is_emitted_is_read_back_from_any_split(
            body in proptest::collection::vec(prop_oneof![Just(b'-'), Just(b'\r'), Just(b'\n'), any::<u8>()], 0..300),
            flag in prop_oneof![Just(Flag::Complete), Just(Flag::More), Just(Flag::Aborted)],
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
            seed in any::<u64>(),
        ) {
            let to = ["msrp://bob.example.com:8888/9di4eae923wzd;tcp".parse().unwrap()];
            let from = ["msrp://alicepc.example.com:7777/iau39soe2843z;tcp".parse().unwrap()];
            let mut ids = TransactionIds::new(seed);
            let bytes = MessageBuilder::send_whole(&to, &from, "abcd", "text/plain", body.clone())
                .flag(flag)
                .emit(&mut ids);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut start = 0;
            for cut in cuts {
                pieces.push(&bytes[start..cut]);
                start = cut;
            }
            pieces.push(&bytes[start..]);
            let mut framer = Framer::default();
            let frames = frames(&mut framer, &pieces).unwrap();
            prop_assert_eq!(&frames, &[bytes]);
            let message = Message::decode(frames[0].clone());
            prop_assert_eq!(message.body().unwrap(), body);
            prop_assert_eq!(message.flag(), Some(flag));
            prop_assert_eq!(message.to_path(), to);
            prop_assert_eq!(message.from_path(), from);
            prop_assert_eq!(message.message_id().unwrap(), "abcd");
            prop_assert_eq!(message.faults(), &[]);
        }
    }
}
