//! Hop-by-Hop and End-to-End Identifiers (RFC 6733 3).

use bytes::Bytes;

use crate::diameter::message::{HEADER_LENGTH, HeaderFlags};

/// Allots identifiers: each kind counts up from a start of its own.
#[derive(Clone, Debug)]
pub struct Identifiers {
    hop_by_hop: u32,
    end_to_end: u32,
}

impl Identifiers {
    /// Identifiers that begin where `seed` says. The End-to-End Identifier begins with the low 12
    /// bits of `started_at` (seconds) and 20 random bits, as RFC 6733 3 suggests.
    pub fn new(seed: u64, started_at: u32) -> Identifiers {
        let mut random = fastrand::Rng::with_seed(seed);
        Identifiers {
            hop_by_hop: random.u32(..),
            end_to_end: started_at << 20 | random.u32(..1 << 20),
        }
    }

    /// The next Hop-by-Hop Identifier.
    pub fn hop_by_hop(&mut self) -> u32 {
        self.hop_by_hop = self.hop_by_hop.wrapping_add(1);
        self.hop_by_hop
    }

    /// The next End-to-End Identifier.
    pub fn end_to_end(&mut self) -> u32 {
        self.end_to_end = self.end_to_end.wrapping_add(1);
        self.end_to_end
    }
}

/// The same request for another connection: with the T bit and a new Hop-by-Hop Identifier, all
/// else unchanged (RFC 6733 3, 5.5.4).
pub fn retransmission_of(request: &[u8], hop_by_hop: u32) -> Bytes {
    let mut bytes = request.to_vec();
    if bytes.len() >= HEADER_LENGTH {
        bytes[4] |= HeaderFlags::RETRANSMITTED;
        bytes[12..16].copy_from_slice(&hop_by_hop.to_be_bytes());
    }
    Bytes::from(bytes)
}
