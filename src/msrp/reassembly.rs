//! Chunks to whole messages (RFC 4975 7.3.1).

use std::collections::HashMap;

use bytes::Bytes;
use thiserror::Error;

use super::{Flag, Message};

/// Puts the chunks of messages together by Message-ID, in bounded memory.
///
/// One serves one session in one direction. Chunks may come in any order, interleaved with those of
/// other messages, and overlap; where they do, the one that came last counts (RFC 4975 7.3.1). The
/// length of a chunk is that of its body, whatever its Byte-Range says, and the length of the
/// message is set by the chunk that ends in `$`.
#[derive(Debug)]
pub struct Reassembly {
    limits: ReassemblyLimits,
    partial: HashMap<String, Partial>,
    memory: usize,
}

/// How much a [`Reassembly`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReassemblyLimits {
    /// Largest message, in bytes.
    pub message: usize,
    /// All unfinished messages together, in bytes.
    pub memory: usize,
    /// How many messages may be unfinished.
    pub messages: usize,
    /// How many separate stretches of one message may have been received.
    pub stretches: usize,
}

/// What a SEND did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It had no body, so it carries no message.
    Bodiless,
    /// The message is not whole yet; so many of its bytes are there.
    Incomplete {
        /// Bytes received, each counted once.
        received: u64,
    },
    /// The message is whole.
    Complete(Reassembled),
    /// The sender gave the message up; what was received of it is gone.
    Aborted {
        /// Bytes received of it, this chunk's included, each counted once.
        received: u64,
    },
}

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reassembled {
    /// Its Message-ID; empty where its only SEND had none.
    pub message_id: String,
    /// The Content-Type of the chunk that came first.
    pub content_type: Option<String>,
    /// Its bytes.
    pub body: Bytes,
    /// How many SEND requests carried it.
    pub chunks: u32,
}

/// Why a chunk was not taken. What was received of its message before is dropped.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ReassemblyError {
    /// Only a SEND carries a message.
    #[error("not a SEND request")]
    NotASend,
    /// It has no Message-ID to tell its message by.
    #[error("a chunk without a Message-ID")]
    NoMessageId,
    /// It would make the message larger than it may be.
    #[error("the message is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It would hold more memory than there is for unfinished messages.
    #[error("the unfinished messages are larger than {limit} bytes")]
    OutOfMemory {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Too many messages are unfinished.
    #[error("more than {limit} messages are unfinished")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// The message came in too many separate stretches.
    #[error("the message came in more than {limit} separate stretches")]
    TooFragmented {
        /// The limit.
        limit: usize,
    },
    /// Bytes lie behind the end that the chunk ending in `$` set.
    #[error("bytes were received behind the end of the message")]
    PastTheEnd,
}

impl Default for ReassemblyLimits {
    /// 10 MiB a message, 64 MiB in all, 256 messages, 1024 stretches.
    fn default() -> ReassemblyLimits {
        ReassemblyLimits {
            message: 10 << 20,
            memory: 64 << 20,
            messages: 256,
            stretches: 1024,
        }
    }
}

impl Reassembly {
    /// An empty one with these limits.
    pub fn new(limits: ReassemblyLimits) -> Reassembly {
        Reassembly {
            limits,
            partial: HashMap::new(),
            memory: 0,
        }
    }

    /// Takes a SEND.
    ///
    /// # Errors
    ///
    /// Where it is not a chunk, or would break a limit.
    pub fn accept(&mut self, send: &Message) -> Result<Progress, ReassemblyError> {
        if !send.is_send() {
            return Err(ReassemblyError::NotASend);
        }
        let id = send.message_id().unwrap_or_default().into_owned();
        let Some(body) = send.body() else {
            // An abort may come without a body.
            if send.flag() == Some(Flag::Aborted)
                && let Some(partial) = self.forget(&id)
            {
                return Ok(Progress::Aborted {
                    received: partial.received(),
                });
            }
            return Ok(Progress::Bodiless);
        };
        let start = send.byte_range().map_or(1, |range| range.start.max(1)) - 1;
        let ends = send.flag() == Some(Flag::Complete);
        if start == 0 && ends {
            let before = self.forget(&id);
            return self.whole(send, id, body, before.map_or(0, |partial| partial.chunks));
        }
        if id.is_empty() {
            return Err(ReassemblyError::NoMessageId);
        }
        let result = self.take(send, &id, start, &body);
        if !matches!(result, Ok(Progress::Incomplete { .. })) {
            self.forget(&id);
        }
        result
    }

    /// How many messages are unfinished.
    pub fn unfinished(&self) -> usize {
        self.partial.len()
    }

    /// Drops what was received of a message; true where there was anything.
    pub fn drop_message(&mut self, message_id: &str) -> bool {
        self.forget(message_id).is_some()
    }

    fn whole(
        &self,
        send: &Message,
        message_id: String,
        body: Bytes,
        chunks: u32,
    ) -> Result<Progress, ReassemblyError> {
        let limit = self.limits.message;
        if body.len() > limit {
            return Err(ReassemblyError::TooLarge { limit });
        }
        let content_type = send.content_type().map(Into::into);
        Ok(Progress::Complete(Reassembled {
            message_id,
            content_type,
            body,
            chunks: chunks + 1,
        }))
    }

    fn take(
        &mut self,
        send: &Message,
        id: &str,
        start: u64,
        body: &[u8],
    ) -> Result<Progress, ReassemblyError> {
        let limits = self.limits;
        let too_large = ReassemblyError::TooLarge {
            limit: limits.message,
        };
        let start = usize::try_from(start).map_err(|_| too_large)?;
        let end = start.checked_add(body.len()).ok_or(too_large)?;
        if end > limits.message {
            return Err(too_large);
        }
        if !self.partial.contains_key(id) && self.partial.len() >= limits.messages {
            return Err(ReassemblyError::TooMany {
                limit: limits.messages,
            });
        }
        let partial = self
            .partial
            .entry(id.to_owned())
            .or_insert_with(|| Partial {
                content_type: send.content_type().map(Into::into),
                ..Partial::default()
            });
        let growth = end.saturating_sub(partial.bytes.len());
        if self.memory + growth > limits.memory {
            return Err(ReassemblyError::OutOfMemory {
                limit: limits.memory,
            });
        }
        self.memory += growth;
        partial.put(start, body);
        if partial.stretches.len() > limits.stretches {
            return Err(ReassemblyError::TooFragmented {
                limit: limits.stretches,
            });
        }
        if send.flag() == Some(Flag::Aborted) {
            return Ok(Progress::Aborted {
                received: partial.received(),
            });
        }
        if send.flag() == Some(Flag::Complete) {
            partial.length = Some(end);
        }
        let Some(length) = partial.length else {
            return Ok(Progress::Incomplete {
                received: partial.received(),
            });
        };
        if partial.bytes.len() > length {
            return Err(ReassemblyError::PastTheEnd);
        }
        if partial.stretches != [(0, length)] {
            return Ok(Progress::Incomplete {
                received: partial.received(),
            });
        }
        self.memory -= partial.bytes.len();
        Ok(Progress::Complete(Reassembled {
            message_id: id.to_owned(),
            content_type: partial.content_type.take(),
            body: std::mem::take(&mut partial.bytes).into(),
            chunks: partial.chunks,
        }))
    }

    fn forget(&mut self, id: &str) -> Option<Partial> {
        let partial = self.partial.remove(id)?;
        self.memory -= partial.bytes.len();
        Some(partial)
    }
}

impl Default for Reassembly {
    fn default() -> Reassembly {
        Reassembly::new(ReassemblyLimits::default())
    }
}

/// What has been received of one message.
#[derive(Debug, Default)]
struct Partial {
    bytes: Vec<u8>,
    /// What of `bytes` has been received: disjoint, not adjacent, in order.
    stretches: Vec<(usize, usize)>,
    length: Option<usize>,
    content_type: Option<String>,
    chunks: u32,
}

impl Partial {
    fn put(&mut self, start: usize, body: &[u8]) {
        let end = start + body.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[start..end].copy_from_slice(body);
        self.chunks = self.chunks.saturating_add(1);
        if body.is_empty() {
            return;
        }
        let first = self
            .stretches
            .partition_point(|&(_, known_end)| known_end < start);
        let after = self
            .stretches
            .partition_point(|&(known_start, _)| known_start <= end);
        let merged = self.stretches[first..after]
            .iter()
            .fold((start, end), |(low, high), &(s, e)| {
                (low.min(s), high.max(e))
            });
        self.stretches.splice(first..after, [merged]);
    }

    fn received(&self) -> u64 {
        self.stretches
            .iter()
            .map(|(start, end)| (end - start) as u64)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{ByteRange, MessageBuilder, TransactionIds};
    use super::*;

    fn chunk(id: &str, start: u64, body: &[u8], flag: Flag) -> Message {
        let to = ["msrp://b.example.com:2/b;tcp".parse().unwrap()];
        MessageBuilder::send(&to, &to, id)
            .byte_range(ByteRange {
                start,
                end: None,
                total: None,
            })
            .content("text/plain", body.to_vec())
            .flag(flag)
            .build(&mut TransactionIds::new(1))
    }

    fn whole(progress: Result<Progress, ReassemblyError>) -> Reassembled {
        match progress {
            Ok(Progress::Complete(whole)) => whole,
            other => panic!("not whole: {other:?}"),
        }
    }

    #[test]
    fn puts_the_example_of_section_5_1_together() {
        let mut reassembly = Reassembly::default();
        let first = reassembly.accept(&chunk("4564dpWd", 1, b"abcd", Flag::More));
        assert_eq!(first, Ok(Progress::Incomplete { received: 4 }));
        let other = whole(reassembly.accept(&chunk("zzzz", 1, b"other", Flag::Complete)));
        assert_eq!((other.body.as_ref(), other.chunks), (&b"other"[..], 1));
        let message = whole(reassembly.accept(&chunk("4564dpWd", 5, b"EFGH", Flag::Complete)));
        assert_eq!(message.body, "abcdEFGH");
        assert_eq!(
            (message.message_id.as_str(), message.chunks),
            ("4564dpWd", 2)
        );
        assert_eq!(message.content_type.as_deref(), Some("text/plain"));
        assert_eq!((reassembly.unfinished(), reassembly.memory), (0, 0));
    }

    #[test]
    fn the_chunk_that_came_last_wins_where_they_overlap() {
        let mut reassembly = Reassembly::default();
        reassembly
            .accept(&chunk("abcd", 1, b"aaaaaa", Flag::More))
            .unwrap();
        let progress = reassembly.accept(&chunk("abcd", 3, b"bb", Flag::More));
        assert_eq!(progress, Ok(Progress::Incomplete { received: 6 }));
        let message = whole(reassembly.accept(&chunk("abcd", 6, b"cc", Flag::Complete)));
        assert_eq!(message.body, "aabbacc");
    }

    #[test]
    fn an_aborted_message_is_gone() {
        let mut reassembly = Reassembly::default();
        reassembly
            .accept(&chunk("abcd", 1, b"aaaa", Flag::More))
            .unwrap();
        let progress = reassembly.accept(&chunk("abcd", 5, b"bb", Flag::Aborted));
        assert_eq!(progress, Ok(Progress::Aborted { received: 6 }));
        assert_eq!((reassembly.unfinished(), reassembly.memory), (0, 0));
    }

    #[test]
    fn an_empty_send_is_no_message() {
        let to = ["msrp://b.example.com:2/b;tcp".parse().unwrap()];
        let empty = MessageBuilder::empty_send(&to, &to, "abcd").build(&mut TransactionIds::new(1));
        assert_eq!(Reassembly::default().accept(&empty), Ok(Progress::Bodiless));
    }

    #[test]
    fn memory_is_bounded() {
        let limits = ReassemblyLimits {
            message: 100,
            memory: 150,
            messages: 2,
            stretches: 3,
        };
        let mut reassembly = Reassembly::new(limits);
        let mut accept = |id, start| {
            let result = reassembly.accept(&chunk(id, start, b"x", Flag::More));
            (result.err(), reassembly.memory)
        };
        assert_eq!(
            accept("aaaa", u64::MAX),
            (Some(ReassemblyError::TooLarge { limit: 100 }), 0)
        );
        assert_eq!(
            accept("aaaa", 101),
            (Some(ReassemblyError::TooLarge { limit: 100 }), 0)
        );
        assert_eq!(accept("aaaa", 100), (None, 100));
        assert_eq!(
            accept("bbbb", 51),
            (Some(ReassemblyError::OutOfMemory { limit: 150 }), 100)
        );
        assert_eq!(accept("bbbb", 50), (None, 150));
        assert_eq!(
            accept("cccc", 1),
            (Some(ReassemblyError::TooMany { limit: 2 }), 150)
        );
        for start in [3, 5] {
            assert_eq!(accept("bbbb", start), (None, 150));
        }
        let fragmented = Some(ReassemblyError::TooFragmented { limit: 3 });
        assert_eq!(accept("bbbb", 7), (fragmented, 100));
    }

    #[test]
    fn bytes_behind_the_end_are_told() {
        let mut reassembly = Reassembly::default();
        reassembly
            .accept(&chunk("abcd", 9, b"late", Flag::More))
            .unwrap();
        let result = reassembly.accept(&chunk("abcd", 5, b"end", Flag::Complete));
        assert_eq!(result, Err(ReassemblyError::PastTheEnd));
        let not_a_send = MessageBuilder::request("PING").build(&mut TransactionIds::new(1));
        assert_eq!(
            reassembly.accept(&not_a_send),
            Err(ReassemblyError::NotASend)
        );
    }

    proptest! {
        #[test]
        fn any_order_gives_the_message_back(
            (body, size, order) in (1..400_usize, 1..50_usize).prop_flat_map(|(length, size)| {
                let chunks: Vec<usize> = (0..length.div_ceil(size)).collect();
                let body = proptest::collection::vec(any::<u8>(), length);
                (body, Just(size), Just(chunks).prop_shuffle())
            }),
        ) {
            let mut reassembly = Reassembly::default();
            let chunks = order.len();
            let mut result = None;
            for (taken, index) in order.into_iter().enumerate() {
                prop_assert!(result.is_none());
                let start = index * size;
                let end = body.len().min(start + size);
                let flag = if end == body.len() { Flag::Complete } else { Flag::More };
                let piece = chunk("abcd", start as u64 + 1, &body[start..end], flag);
                match reassembly.accept(&piece).unwrap() {
                    Progress::Complete(whole) => {
                        prop_assert_eq!(taken + 1, chunks);
                        result = Some(whole);
                    }
                    Progress::Incomplete { .. } => {}
                    other => prop_assert!(false, "{:?}", other),
                }
            }
            let whole = result.unwrap();
            prop_assert_eq!(whole.body, body);
            prop_assert_eq!(whole.chunks as usize, chunks);
            prop_assert_eq!(reassembly.memory, 0);
        }
    }
}
