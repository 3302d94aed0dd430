//! `name-addr` and `addr-spec`: the value of From, To, Contact, Route, P-Asserted-Identity.

use std::borrow::Cow;

use super::fault::ValueError;
use super::lexis::{strip_quotes, trim, unfold, unquote};
use super::params::Params;
use super::uri::Uri;
use crate::io::find;

/// An address with its display name and header parameters (RFC 3261 20.10, 25.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    display: &'a str,
    /// The address.
    pub uri: Uri<'a>,
    /// The header's parameters, such as `;tag=` or a feature tag. Without angle brackets every
    /// parameter belongs to the header and none to the URI (RFC 3261 20).
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Parses one value of the header named `header`.
    pub fn parse(header: &'static str, text: &'a str) -> Result<NameAddr<'a>, ValueError> {
        let malformed = |what| ValueError::Malformed { header, what };
        let uri = |text| Uri::parse(text).map_err(|error| ValueError::Uri { header, error });
        let text = trim(text);
        let after_display = match text.as_bytes().first() {
            Some(b'"') => quoted_end(text).ok_or(malformed("quoted string does not end"))?,
            _ => 0,
        };
        let rest = &text[after_display..];
        let Some(open) = find(rest.as_bytes(), b'<') else {
            if after_display > 0 {
                return Err(malformed(
                    "display name without an address in angle brackets",
                ));
            }
            let semi = find(text.as_bytes(), b';').unwrap_or(text.len());
            let params = Params::new(&text[semi..]);
            return Ok(NameAddr {
                display: "",
                uri: uri(trim(&text[..semi]))?,
                params,
            });
        };
        let display = trim(&text[..after_display + open]);
        let inner = &rest[open + 1..];
        let close =
            find(inner.as_bytes(), b'>').ok_or(malformed("angle bracket does not close"))?;
        let params = trim(&inner[close + 1..]);
        if !params.is_empty() && !params.starts_with(';') {
            return Err(malformed("text after the address is not a parameter"));
        }
        // White space inside of the brackets breaks the grammar, but RFC 4475 3.1.2.14 asks for
        // leniency; the faults of the message name it.
        let uri = uri(trim(&inner[..close]))?;
        Ok(NameAddr {
            display,
            uri,
            params: Params::new(params),
        })
    }

    /// The display name without quotes, escapes and folds; empty where there is none.
    pub fn display(&self) -> Cow<'a, str> {
        match strip_quotes(self.display) {
            Some(_) => unquote(self.display),
            None => unfold(self.display),
        }
    }

    /// The display name as it stands, quotes included.
    pub fn raw_display(&self) -> &'a str {
        self.display
    }

    /// The `tag` parameter of a From or To (RFC 3261 19.3).
    pub fn tag(&self) -> Option<&'a str> {
        self.params.value("tag")
    }

    /// True where a feature tag such as `+g.oma.sip-im` stands among the header parameters
    /// (RFC 3840 9).
    pub fn has_feature(&self, tag: &str) -> bool {
        self.params.has(tag)
    }
}

/// The byte after the closing quote of the quoted string that `text` begins with.
fn quoted_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::Scheme;

    #[test]
    fn parameters_without_brackets_belong_to_the_header() {
        let from = NameAddr::parse("From", "sip:alice@h;tag=88sja8x").unwrap();
        assert_eq!(from.tag(), Some("88sja8x"));
        assert_eq!(from.uri.as_str(), "sip:alice@h");
        assert!(from.uri.params.is_empty());
    }

    #[test]
    fn reads_folded_and_quoted_values() {
        // RFC 4475 3.1.1.1
        let raw =
            "\"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8";
        let from = NameAddr::parse("From", raw).unwrap();
        assert_eq!(from.display(), "J Rosenberg \\\"");
        assert_eq!(from.tag(), Some("98asjd8"));
        assert_eq!(from.uri.user, Some("jdrosen"));
    }

    #[test]
    fn feature_tags_stand_beside_the_address() {
        let text = "<sip:im@192.0.2.7:5062;transport=tcp>;+g.oma.sip-im;\
                    +g.oma.sip-im.large-message";
        let contact = NameAddr::parse("Contact", text).unwrap();
        assert!(contact.has_feature("+g.oma.sip-im"));
        assert!(contact.has_feature("+G.OMA.sip-im.large-message"));
        assert!(!contact.has_feature("isfocus"));
        assert_eq!(contact.uri.params.value("transport"), Some("tcp"));
    }

    #[test]
    fn reads_tel_and_ipv6() {
        let tel = NameAddr::parse("P-Asserted-Identity", "<tel:+358501234567>").unwrap();
        assert_eq!(
            (tel.uri.scheme, tel.uri.user),
            (Scheme::Tel, Some("+358501234567"))
        );
        let v6 = NameAddr::parse("To", "Bob <sip:bob@[2001:db8::1]:5061>").unwrap();
        assert_eq!((v6.display().as_ref(), v6.uri.port), ("Bob", Some(5061)));
    }

    #[test]
    fn names_what_is_malformed() {
        for text in [
            "\"Mr. J. User <sip:j@h>",
            "<sip:a@h",
            "\"Bob\" sip:b@h",
            "<sip:a@h> x",
            "",
        ] {
            assert!(NameAddr::parse("To", text).is_err(), "{text}");
        }
    }
}
