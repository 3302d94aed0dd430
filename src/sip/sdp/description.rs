//! A session description as it stands, line by line (RFC 4566 5).

use std::ops::Range;

use bytes::Bytes;

use super::check;
use super::media::MessageMedia;
use crate::io::{Field, find};
use crate::sip::fault::Fault;
use crate::sip::message::line_end;

/// A session description and the index of its lines. Decoding never fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    raw: Bytes,
    lines: Vec<Line>,
}

/// One line. `kind` is 0 where the line is not `<letter>=<value>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) kind: u8,
    pub(super) value: Range<usize>,
    pub(super) whole: Range<usize>,
    pub(super) ends_in_crlf: bool,
}

/// One media section: an `m=` line and what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    description: &'a Description,
    first: usize,
    end: usize,
}

impl Description {
    /// Indexes a body.
    pub fn parse(raw: Bytes) -> Description {
        let mut lines = Vec::with_capacity(16);
        let mut at = 0;
        while at < raw.len() {
            let end = line_end(&raw, at);
            let typed = end.content >= at + 2 && raw[at + 1] == b'=';
            lines.push(Line {
                kind: if typed && raw[at].is_ascii_lowercase() {
                    raw[at]
                } else {
                    0
                },
                value: if typed {
                    at + 2..end.content
                } else {
                    at..end.content
                },
                whole: at..end.content,
                ends_in_crlf: end.next - end.content == 2,
            });
            at = end.next;
        }
        Description { raw, lines }
    }

    /// The bytes as they came.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The value of the first line of this kind above the first `m=`, such as `b'o'`.
    pub fn session_line(&self, kind: u8) -> Option<&str> {
        let line = self.lines[..self.session_end()]
            .iter()
            .find(|line| line.kind == kind)?;
        self.text(line)
    }

    /// The value of a session-level attribute: empty for a flag, `None` where it is missing.
    pub fn session_attribute(&self, name: &str) -> Option<&str> {
        self.attribute_in(&self.lines[..self.session_end()], name)
    }

    /// The media sections in order.
    pub fn media(&self) -> impl Iterator<Item = Section<'_>> {
        let mut next = self.session_end();
        std::iter::from_fn(move || {
            let first = next;
            self.lines.get(first)?;
            let after = self.lines[first + 1..]
                .iter()
                .position(|line| line.kind == b'm');
            next = after.map_or(self.lines.len(), |offset| first + 1 + offset);
            Some(Section {
                description: self,
                first,
                end: next,
            })
        })
    }

    /// The first `m=message` section.
    pub fn message(&self) -> Option<Section<'_>> {
        self.media().find(|section| section.kind() == "message")
    }

    /// The first `m=message` section, typed; `None` where there is none or it cannot be typed.
    pub fn message_media(&self) -> Option<MessageMedia> {
        MessageMedia::of(&self.message()?).ok()
    }

    /// What is wrong with the description, for a message session.
    pub fn faults(&self) -> Vec<Fault> {
        check::faults(self)
    }

    /// Each line for a reader; byte ranges count from the start of the body.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields: Vec<Field> = self
            .lines
            .iter()
            .map(|line| Field {
                depth: 0,
                name: match line.kind {
                    0 => "malformed SDP line".to_owned(),
                    kind => format!("{}=", char::from(kind)),
                },
                value: String::from_utf8_lossy(&self.raw[line.value.clone()]).into_owned(),
                bytes: line.whole.clone(),
                faults: Vec::new(),
            })
            .collect();
        for fault in self.faults() {
            let place = fields.iter().position(|field| {
                field.bytes.start <= fault.bytes.start && fault.bytes.end <= field.bytes.end
            });
            if let Some(at) = place.or(fields.len().checked_sub(1)) {
                fields[at].faults.push(fault.to_string());
            }
        }
        fields
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn text(&self, line: &Line) -> Option<&str> {
        std::str::from_utf8(&self.raw[line.value.clone()]).ok()
    }

    fn session_end(&self) -> usize {
        self.lines
            .iter()
            .position(|line| line.kind == b'm')
            .unwrap_or(self.lines.len())
    }

    fn attribute_in<'a>(&'a self, lines: &'a [Line], name: &str) -> Option<&'a str> {
        lines
            .iter()
            .filter(|line| line.kind == b'a')
            .find_map(|line| {
                // The name first: only the line that has it need be read as text.
                self.raw[line.value.clone()].strip_prefix(name.as_bytes())?;
                let rest = &self.text(line)?[name.len()..];
                if rest.is_empty() {
                    Some(rest)
                } else {
                    rest.strip_prefix(':')
                }
            })
    }
}

impl<'a> Section<'a> {
    /// The media type, such as `message`.
    pub fn kind(&self) -> &'a str {
        self.word(0)
    }

    /// The port; 0 refuses the section (RFC 3264 6). `None` where it is not a port.
    pub fn port(&self) -> Option<u16> {
        // A count of ports may follow a slash (RFC 4566 5.14).
        let word = self.word(1);
        word.split('/').next()?.parse().ok()
    }

    /// The transport, such as `TCP/MSRP`.
    pub fn proto(&self) -> &'a str {
        self.word(2)
    }

    /// The format list, `*` for MSRP.
    pub fn formats(&self) -> impl Iterator<Item = &'a str> {
        self.media_line()
            .split(' ')
            .filter(|word| !word.is_empty())
            .skip(3)
    }

    /// The `m=` line without `m=`.
    pub fn media_line(&self) -> &'a str {
        self.description
            .text(&self.description.lines[self.first])
            .unwrap_or_default()
    }

    /// The value of an attribute of this section: empty for a flag, `None` where it is missing.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.description.attribute_in(self.lines(), name)
    }

    /// The connection address: the section's own `c=`, else the session's (RFC 4566 5.7).
    pub fn address(&self) -> Option<&'a str> {
        let own = self.lines().iter().find(|line| line.kind == b'c');
        let value = match own {
            Some(line) => self.description.text(line),
            None => self.description.session_line(b'c'),
        };
        value?.split(' ').filter(|word| !word.is_empty()).nth(2)
    }

    /// Where the section lies in the body.
    pub fn bytes(&self) -> Range<usize> {
        let lines = self.lines();
        lines[0].whole.start..lines[lines.len() - 1].whole.end
    }

    pub(super) fn lines(&self) -> &'a [Line] {
        &self.description.lines[self.first..self.end]
    }

    pub(super) fn description(&self) -> &'a Description {
        self.description
    }

    fn word(&self, n: usize) -> &'a str {
        let mut words_before = n;
        let mut rest = self.media_line();
        loop {
            rest = rest.trim_start_matches(' ');
            let end = find(rest.as_bytes(), b' ').unwrap_or(rest.len());
            if words_before == 0 || rest.is_empty() {
                return &rest[..end];
            }
            words_before -= 1;
            rest = &rest[end..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_sections_and_inherits_the_connection() {
        let sdp = Description::parse(Bytes::from_static(
            b"v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
              m=audio 5000/2 RTP/AVP 0 8\r\na=sendrecv\r\n\
              m=message 7394 TCP/MSRP *\r\nc=IN IP6 2001:db8::1\r\na=path:msrp://h:7394/x;tcp\r\n",
        ));
        let media: Vec<Section<'_>> = sdp.media().collect();
        assert_eq!(media.len(), 2);
        assert_eq!((media[0].kind(), media[0].port()), ("audio", Some(5000)));
        assert_eq!(media[0].address(), Some("192.0.2.1"));
        assert_eq!(media[0].attribute("sendrecv"), Some(""));
        assert_eq!(media[0].formats().collect::<Vec<_>>(), ["0", "8"]);
        assert_eq!(media[1].address(), Some("2001:db8::1"));
        assert_eq!(media[1].attribute("path"), Some("msrp://h:7394/x;tcp"));
        assert_eq!(media[1].attribute("pat"), None);
        assert_eq!(sdp.session_line(b'o'), Some("- 1 1 IN IP4 h"));
    }
}
