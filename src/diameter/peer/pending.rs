//! Requests that wait for their answers.

use std::collections::BTreeMap;

use bytes::Bytes;

/// Requests by Hop-by-Hop Identifier, up to a limit.
#[derive(Debug)]
pub(super) struct Pending {
    requests: BTreeMap<u32, (u64, Bytes)>,
    sent: u64,
    limit: usize,
}

impl Pending {
    pub fn new(limit: usize) -> Pending {
        Pending {
            requests: BTreeMap::new(),
            sent: 0,
            limit,
        }
    }

    pub fn is_full(&self) -> bool {
        self.requests.len() >= self.limit
    }

    pub fn contains(&self, hop_by_hop: u32) -> bool {
        self.requests.contains_key(&hop_by_hop)
    }

    pub fn len(&self) -> usize {
        self.requests.len()
    }

    pub fn insert(&mut self, hop_by_hop: u32, request: Bytes) {
        self.sent += 1;
        self.requests.insert(hop_by_hop, (self.sent, request));
    }

    /// The request with this identifier, if its command is the answer's.
    pub fn take(&mut self, hop_by_hop: u32, command_code: u32) -> Option<Bytes> {
        let (_, request) = self.requests.get(&hop_by_hop)?;
        let word = request.get(4..8)?.first_chunk::<4>()?;
        if u32::from_be_bytes(*word) & 0x00ff_ffff != command_code {
            return None;
        }
        self.requests
            .remove(&hop_by_hop)
            .map(|(_, request)| request)
    }

    /// All of them, in the order they were sent in.
    pub fn take_all(&mut self) -> Vec<Bytes> {
        let mut all: Vec<_> = std::mem::take(&mut self.requests).into_values().collect();
        all.sort_by_key(|(order, _)| *order);
        all.into_iter().map(|(_, request)| request).collect()
    }
}
