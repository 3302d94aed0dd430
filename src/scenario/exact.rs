//! Bytes that are sent as they are written, with blanks that are filled in when they are sent: so
//! that what is no message can still be part of a session that stands.

use bytes::{Bytes, BytesMut};

use super::diagnostic::Problems;
use super::model::Over;
use super::node::Node;

/// Bytes as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exact {
    /// What stands around the blanks.
    pub bytes: Bytes,
    /// Blanks, each before a byte, from the front to the back.
    pub blanks: Vec<(usize, Blank)>,
}

/// What is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Blank {
    /// `{call-id}`: the Call-ID of the dialog.
    CallId,
    /// `{from}`: what From holds in a request of the party, its tag included.
    From,
    /// `{to}`: what To holds in a request of the party, its tag included.
    To,
    /// `{target}`: the Request-URI of a request in the dialog.
    Target,
    /// `{cseq}`: the next CSeq number.
    CSeq,
    /// `{via}`: what the top Via holds, with a new branch.
    Via,
    /// `{contact}`: what Contact holds.
    Contact,
    /// `{to-path}`: the path to the server's end of the MSRP session.
    ToPath,
    /// `{from-path}`: the path to the party's own end.
    FromPath,
    /// `{transaction}`: a new transaction identifier, the same one wherever it stands.
    Transaction,
    /// `{message-id}`: a new Message-ID.
    MessageId,
    /// `{session-id}`: the Session-Id of the charging session.
    SessionId,
    /// `{hop-by-hop}`: that of the last SessionRequest, four octets.
    HopByHop,
    /// `{end-to-end}`: that of the last SessionRequest, four octets.
    EndToEnd,
    /// `{length}`: how long the whole message is, three octets.
    Length,
}

impl Blank {
    /// Every blank.
    pub const ALL: [Blank; 15] = [
        Blank::CallId,
        Blank::From,
        Blank::To,
        Blank::Target,
        Blank::CSeq,
        Blank::Via,
        Blank::Contact,
        Blank::ToPath,
        Blank::FromPath,
        Blank::Transaction,
        Blank::MessageId,
        Blank::SessionId,
        Blank::HopByHop,
        Blank::EndToEnd,
        Blank::Length,
    ];

    /// As it stands between the braces.
    pub const fn name(self) -> &'static str {
        match self {
            Blank::CallId => "call-id",
            Blank::From => "from",
            Blank::To => "to",
            Blank::Target => "target",
            Blank::CSeq => "cseq",
            Blank::Via => "via",
            Blank::Contact => "contact",
            Blank::ToPath => "to-path",
            Blank::FromPath => "from-path",
            Blank::Transaction => "transaction",
            Blank::MessageId => "message-id",
            Blank::SessionId => "session-id",
            Blank::HopByHop => "hop-by-hop",
            Blank::EndToEnd => "end-to-end",
            Blank::Length => "length",
        }
    }

    /// What it can stand in.
    pub const fn over(self) -> Over {
        match self {
            Blank::CallId
            | Blank::From
            | Blank::To
            | Blank::Target
            | Blank::CSeq
            | Blank::Via
            | Blank::Contact => Over::Sip,
            Blank::ToPath | Blank::FromPath | Blank::Transaction | Blank::MessageId => Over::Msrp,
            Blank::SessionId | Blank::HopByHop | Blank::EndToEnd | Blank::Length => Over::Ch2,
        }
    }

    /// Something of its kind, for looking at bytes before they are sent.
    fn sample(self) -> &'static [u8] {
        match self {
            Blank::CSeq => b"1",
            Blank::From | Blank::To | Blank::Contact | Blank::Target => b"sip:a@example.com",
            Blank::Via => b"SIP/2.0/UDP example.com;branch=z9hG4bK1",
            Blank::ToPath | Blank::FromPath => b"msrp://example.com:1/a;tcp",
            Blank::HopByHop | Blank::EndToEnd => &[0; 4],
            Blank::Length => &[0; 3],
            Blank::CallId | Blank::Transaction | Blank::MessageId | Blank::SessionId => b"abcdefgh",
        }
    }
}

impl From<Bytes> for Exact {
    fn from(bytes: Bytes) -> Exact {
        let blanks = Vec::new();
        Exact { bytes, blanks }
    }
}

impl Exact {
    /// The bytes with every blank filled in, the same one always with the same value.
    ///
    /// # Errors
    /// A blank that nothing is known for.
    pub fn filled(&self, mut value: impl FnMut(Blank) -> Option<Bytes>) -> Result<Bytes, Blank> {
        let mut known: Vec<(Blank, Bytes)> = Vec::new();
        let mut out = BytesMut::with_capacity(self.bytes.len());
        let (mut from, mut lengths) = (0, Vec::new());
        for (at, blank) in self.blanks.iter().copied() {
            out.extend_from_slice(self.bytes.get(from..at).unwrap_or_default());
            from = at;
            if blank == Blank::Length {
                lengths.push(out.len());
                out.extend_from_slice(&[0; 3]);
                continue;
            }
            let found = known.iter().find(|(of, _)| *of == blank);
            let found = match found {
                Some((_, value)) => value.clone(),
                None => {
                    let value = value(blank).ok_or(blank)?;
                    known.push((blank, value.clone()));
                    value
                }
            };
            out.extend_from_slice(&found);
        }
        out.extend_from_slice(self.bytes.get(from..).unwrap_or_default());
        let [_, length @ ..] = u32::try_from(out.len()).unwrap_or(u32::MAX).to_be_bytes();
        for at in lengths {
            if let Some(place) = out.get_mut(at..at + 3) {
                place.copy_from_slice(&length);
            }
        }
        Ok(out.freeze())
    }

    /// What the bytes will be like once they are sent.
    pub(super) fn sample(&self) -> Bytes {
        let filled = self.filled(|blank| Some(Bytes::from_static(blank.sample())));
        filled.unwrap_or_default()
    }
}

impl Problems {
    /// Text with blanks in braces, as a step with `fill in` has it; `{{` is a brace. `literal` makes
    /// octets of what stands between them.
    pub(super) fn with_blanks(
        &mut self,
        node: &Node,
        text: &str,
        over: Over,
        literal: impl Fn(&str) -> Option<Bytes>,
    ) -> Option<Exact> {
        let known: Vec<&str> = Blank::ALL
            .into_iter()
            .filter(|blank| blank.over() == over)
            .map(Blank::name)
            .collect();
        let mut bytes = BytesMut::new();
        let mut blanks = Vec::new();
        let mut rest = text;
        loop {
            let (before, after) = match rest.split_once('{') {
                Some((before, after)) => (before, Some(after)),
                None => (rest, None),
            };
            let Some(octets) = literal(before) else {
                self.no_digits(node, "`hex`");
                return None;
            };
            bytes.extend_from_slice(&octets);
            let Some(after) = after else {
                let bytes = bytes.freeze();
                return Some(Exact { bytes, blanks });
            };
            if let Some(after) = after.strip_prefix('{') {
                bytes.extend_from_slice(b"{");
                rest = after;
                continue;
            }
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let blank = Blank::ALL
                .into_iter()
                .find(|blank| blank.over() == over && blank.name() == name);
            let Some(blank) = blank else {
                let of = "these bytes";
                self.unknown("unknown-place", "place", node, name, &known, of);
                return None;
            };
            blanks.push((bytes.len(), blank));
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_has_one_value_wherever_it_stands() {
        let exact = Exact {
            bytes: Bytes::from_static(b"MSRP  SEND-------$"),
            blanks: vec![(5, Blank::Transaction), (17, Blank::Transaction)],
        };
        let mut asked = 0;
        let filled = exact.filled(|_| {
            asked += 1;
            Some(Bytes::from(format!("t{asked}")))
        });
        assert_eq!(filled.unwrap(), "MSRP t1 SEND-------t1$");
        assert_eq!(exact.filled(|_| None), Err(Blank::Transaction));
    }

    #[test]
    fn a_length_is_that_of_what_is_sent() {
        let exact = Exact {
            bytes: Bytes::from_static(&[1, 9]),
            blanks: vec![(1, Blank::Length), (2, Blank::SessionId)],
        };
        let filled = exact.filled(|_| Some(Bytes::from_static(b"a;b")));
        assert_eq!(filled.unwrap().as_ref(), [1, 0, 0, 8, 9, b'a', b';', b'b']);
    }
}
