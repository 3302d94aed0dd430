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
