//! Header names: canonical spelling, compact forms, and what may be listed.

/// A header the room knows by name.
///
/// Names compare without case, and a compact form is the same header (RFC 3261 7.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeaderName {
    /// A header listed in this module; the number indexes its table.
    Known(u8),
    /// Any other.
    Other,
}

struct Known {
    name: &'static str,
    compact: Option<u8>,
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One value, one line a message.
    Single,
    /// A comma separates values; lines add up (RFC 3261 7.3.1).
    List,
    /// Several lines may stand, but a comma separates nothing (RFC 3261 7.3.1 on credentials).
    Lines,
}

use Shape::{Lines, List, Single};

/// Compact forms: RFC 3261 7.3.3 and 20; `o`, `u` RFC 6665 8.4; `r` RFC 3515 2.1;
/// `b` RFC 3892 3; `x` RFC 4028 4; `a`, `d`, `j` RFC 3841 10. Which headers are lists: the grammar of RFC 3261
/// 25.1 and of each extension.
const KNOWN: [Known; 58] = [
    known("Via", b'v', List),
    known("From", b'f', Single),
    known("To", b't', Single),
    known("Call-ID", b'i', Single),
    known("CSeq", 0, Single),
    known("Max-Forwards", 0, Single),
    known("Contact", b'm', List),
    known("Content-Length", b'l', Single),
    known("Content-Type", b'c', Single),
    known("Record-Route", 0, List),
    known("Route", 0, List),
    known("Allow", 0, List),
    known("Supported", b'k', List),
    known("Require", 0, List),
    known("Proxy-Require", 0, List),
    known("Unsupported", 0, List),
    known("Accept", 0, List),
    known("Accept-Contact", b'a', List),
    known("Accept-Encoding", 0, List),
    known("Accept-Language", 0, List),
    known("Alert-Info", 0, List),
    known("Allow-Events", b'u', List),
    known("Authentication-Info", 0, Lines),
    known("Authorization", 0, Lines),
    known("Call-Info", 0, List),
    known("Content-Disposition", 0, Single),
    known("Content-Encoding", b'e', List),
    known("Content-Language", 0, List),
    known("Date", 0, Single),
    known("Error-Info", 0, List),
    known("Event", b'o', Single),
    known("Expires", 0, Single),
    known("In-Reply-To", 0, List),
    known("MIME-Version", 0, Single),
    known("Min-Expires", 0, Single),
    known("Min-SE", 0, Single),
    known("Organization", 0, Single),
    known("P-Asserted-Identity", 0, List),
    known("P-Charging-Function-Addresses", 0, Lines),
    known("P-Charging-Vector", 0, Single),
    known("P-Preferred-Identity", 0, List),
    known("Path", 0, List),
    known("Priority", 0, Single),
    known("Privacy", 0, Lines),
    known("Proxy-Authenticate", 0, Lines),
    known("Proxy-Authorization", 0, Lines),
    known("Reason", 0, List),
    known("Refer-To", b'r', Single),
    known("Referred-By", b'b', Single),
    known("Reply-To", 0, Single),
    known("Retry-After", 0, Single),
    known("Server", 0, Single),
    known("Service-Route", 0, List),
    known("Session-Expires", b'x', Single),
    known("Subject", b's', Single),
    known("User-Agent", 0, Single),
    known("WWW-Authenticate", 0, Lines),
    known("Warning", 0, List),
];

const fn known(name: &'static str, compact: u8, shape: Shape) -> Known {
    let compact = if compact == 0 { None } else { Some(compact) };
    Known {
        name,
        compact,
        shape,
    }
}

impl HeaderName {
    /// `Via`
    pub const VIA: HeaderName = HeaderName::Known(0);
    /// `From`
    pub const FROM: HeaderName = HeaderName::Known(1);
    /// `To`
    pub const TO: HeaderName = HeaderName::Known(2);
    /// `Call-ID`
    pub const CALL_ID: HeaderName = HeaderName::Known(3);
    /// `CSeq`
    pub const CSEQ: HeaderName = HeaderName::Known(4);
    /// `Max-Forwards`
    pub const MAX_FORWARDS: HeaderName = HeaderName::Known(5);
    /// `Contact`
    pub const CONTACT: HeaderName = HeaderName::Known(6);
    /// `Content-Length`
    pub const CONTENT_LENGTH: HeaderName = HeaderName::Known(7);
    /// `Content-Type`
    pub const CONTENT_TYPE: HeaderName = HeaderName::Known(8);
    /// `Record-Route`
    pub const RECORD_ROUTE: HeaderName = HeaderName::Known(9);
    /// `Route`
    pub const ROUTE: HeaderName = HeaderName::Known(10);

    /// Finds the header a name or a compact form stands for.
    pub fn of(name: &[u8]) -> HeaderName {
        if let [letter] = name {
            let letter = letter.to_ascii_lowercase();
            let at = KNOWN.iter().position(|k| k.compact == Some(letter));
            return HeaderName::at(at);
        }
        let Some(&(first, end)) = slot(name).and_then(|slot| SLOTS.get(slot)) else {
            return HeaderName::Other;
        };
        let candidates = &SLOTTED[usize::from(first)..usize::from(end)];
        let at = candidates.iter().copied().map(usize::from).find(|at| {
            let known = KNOWN[*at].name.as_bytes();
            exactly(known, name) || known.eq_ignore_ascii_case(name)
        });
        HeaderName::at(at)
    }

    /// The canonical long form; `None` for a header that is not listed.
    pub fn canonical(self) -> Option<&'static str> {
        self.known().map(|k| k.name)
    }

    /// True where a comma separates values.
    pub fn is_list(self) -> bool {
        self.known().is_some_and(|k| k.shape == List)
    }

    /// True where at most one line may stand in a message (RFC 3261 7.3.1).
    pub fn is_single(self) -> bool {
        self.known().is_some_and(|k| k.shape == Single)
    }

    fn known(self) -> Option<&'static Known> {
        match self {
            HeaderName::Known(at) => KNOWN.get(usize::from(at)),
            HeaderName::Other => None,
        }
    }

    fn at(at: Option<usize>) -> HeaderName {
        match at.and_then(|at| u8::try_from(at).ok()) {
            Some(at) => HeaderName::Known(at),
            None => HeaderName::Other,
        }
    }
}

/// Whether two names of one length are the same bytes. Nearly every name comes in its canonical
/// spelling, and two overlapping words see that faster than a loop.
fn exactly(a: &[u8], b: &[u8]) -> bool {
    match a.len() {
        16..=32 => {
            a.first_chunk::<16>() == b.first_chunk::<16>()
                && a.last_chunk::<16>() == b.last_chunk::<16>()
        }
        8..=15 => {
            a.first_chunk::<8>() == b.first_chunk::<8>()
                && a.last_chunk::<8>() == b.last_chunk::<8>()
        }
        4..=7 => {
            a.first_chunk::<4>() == b.first_chunk::<4>()
                && a.last_chunk::<4>() == b.last_chunk::<4>()
        }
        2..=3 => {
            a.first_chunk::<2>() == b.first_chunk::<2>()
                && a.last_chunk::<2>() == b.last_chunk::<2>()
        }
        _ => a == b,
    }
}

/// Names are told apart by first letter and length first: few share both.
const LENGTHS: usize = 32;

/// The slot of a name; `None` where no known header begins so or is as long.
const fn slot(name: &[u8]) -> Option<usize> {
    if name.is_empty() || name.len() >= LENGTHS || !name[0].is_ascii_alphabetic() {
        return None;
    }
    let letter = name[0].to_ascii_lowercase() - b'a';
    Some(letter as usize * LENGTHS + name.len())
}

/// The table's indexes, sorted by slot.
static SLOTTED: [u8; KNOWN.len()] = SORTED.0;

/// For each slot, where its headers begin and end in [`SLOTTED`].
static SLOTS: [(u8, u8); 26 * LENGTHS] = SORTED.1;

const SORTED: ([u8; KNOWN.len()], [(u8, u8); 26 * LENGTHS]) = {
    let mut slotted = [0; KNOWN.len()];
    let mut spans = [(0, 0); 26 * LENGTHS];
    let mut filled = 0;
    let mut one = 0;
    while one < spans.len() {
        let first = filled;
        let mut at = 0;
        while at < KNOWN.len() {
            if let Some(own) = slot(KNOWN[at].name.as_bytes())
                && own == one
            {
                slotted[filled as usize] = at as u8;
                filled += 1;
            }
            at += 1;
        }
        spans[one] = (first, filled);
        one += 1;
    }
    (slotted, spans)
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_compact_form_finds_itself() {
        for (at, known) in KNOWN.iter().enumerate() {
            let expected = HeaderName::Known(at as u8);
            assert_eq!(
                HeaderName::of(known.name.to_ascii_uppercase().as_bytes()),
                expected
            );
            if let Some(letter) = known.compact {
                assert_eq!(HeaderName::of(&[letter]), expected);
            }
        }
    }

    #[test]
    fn the_constants_name_what_they_say() {
        for (name, text) in [
            (HeaderName::VIA, "Via"),
            (HeaderName::FROM, "From"),
            (HeaderName::TO, "To"),
            (HeaderName::CALL_ID, "Call-ID"),
            (HeaderName::CSEQ, "CSeq"),
            (HeaderName::MAX_FORWARDS, "Max-Forwards"),
            (HeaderName::CONTACT, "Contact"),
            (HeaderName::CONTENT_LENGTH, "Content-Length"),
            (HeaderName::CONTENT_TYPE, "Content-Type"),
            (HeaderName::RECORD_ROUTE, "Record-Route"),
            (HeaderName::ROUTE, "Route"),
        ] {
            assert_eq!(name.canonical(), Some(text));
        }
    }

    #[test]
    fn others_are_others() {
        for name in ["", "X-Unknown", "z", "Vi", "1", "\u{ff}"] {
            assert_eq!(HeaderName::of(name.as_bytes()), HeaderName::Other, "{name}");
        }
    }
}
