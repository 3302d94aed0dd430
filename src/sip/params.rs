//! Parameters: `;name=value;flag` after a header value or a URI.

use std::borrow::Cow;

use super::lexis::{find_outside, is_lws, strip_quotes, trim, unquote};

/// The parameters that follow a value, parsed as they are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    text: &'a str,
}

impl<'a> Params<'a> {
    /// Reads `text`, which begins with `;` or is empty.
    pub(super) fn new(text: &'a str) -> Params<'a> {
        Params { text }
    }

    /// The parameters as they stand, from the first `;` on.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Each parameter in order: its name, and its value as it stands (quotes included).
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        let mut rest = self.text;
        std::iter::from_fn(move || {
            loop {
                let separators = rest
                    .bytes()
                    .take_while(|b| *b == b';' || is_lws(*b))
                    .count();
                rest = &rest[separators..];
                if rest.is_empty() {
                    return None;
                }
                let end = match rest.bytes().position(|b| matches!(b, b';' | b'"')) {
                    Some(at) if rest.as_bytes()[at] == b';' => at,
                    Some(_) => find_outside(rest, b';').unwrap_or(rest.len()),
                    None => rest.len(),
                };
                let one = &rest[..end];
                rest = &rest[end..];
                let (name, value) = match one.bytes().position(|b| b == b'=') {
                    Some(at) => (trim(&one[..at]), Some(trim(&one[at + 1..]))),
                    None => (trim(one), None),
                };
                if !name.is_empty() || value.is_some() {
                    return Some((name, value));
                }
            }
        })
    }

    /// True where the parameter stands, with or without a value. Names compare without case.
    pub fn has(&self, name: &str) -> bool {
        self.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }

    /// The parameter's value without its quotes; escapes within are left standing. `None` where
    /// the parameter is missing or has no value.
    pub fn value(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        value.map(|v| strip_quotes(v).unwrap_or(v))
    }

    /// The parameter's value without quotes and escapes.
    pub fn unquoted(&self, name: &str) -> Option<Cow<'a, str>> {
        let (_, value) = self.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        value.map(unquote)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_flags_values_and_quotes() {
        let params = Params::new(";+g.oma.sip-im ; q = 0.5;+sip.instance=\"<urn:a;b>\";lr");
        assert!(params.has("+g.oma.sip-im"));
        assert!(params.has("LR"));
        assert_eq!(params.value("q"), Some("0.5"));
        assert_eq!(params.value("+sip.instance"), Some("<urn:a;b>"));
        assert_eq!(params.value("lr"), None);
        assert_eq!(params.iter().count(), 4);
    }
}
