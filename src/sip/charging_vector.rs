//! The P-Charging-Vector header (RFC 7315 4.6, 5.6; first RFC 3455).

use std::borrow::Cow;
use std::fmt;

use super::fault::ValueError;
use super::params::Params;

/// The charging identifiers of a dialog or transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargingVector<'a> {
    params: Params<'a>,
}

impl<'a> ChargingVector<'a> {
    const HEADER: &'static str = "P-Charging-Vector";

    /// Parses a header value. The `icid-value` must be there (RFC 7315 5.6).
    pub fn parse(text: &'a str) -> Result<ChargingVector<'a>, ValueError> {
        let vector = ChargingVector {
            params: Params::new(text),
        };
        if vector.params.value("icid-value").is_none() {
            let what = "no icid-value";
            return Err(ValueError::Malformed {
                header: ChargingVector::HEADER,
                what,
            });
        }
        Ok(vector)
    }

    /// `icid-value`: the IMS charging identifier, which Diameter carries as
    /// IMS-Charging-Identifier.
    pub fn icid_value(&self) -> Cow<'a, str> {
        self.params.unquoted("icid-value").unwrap_or_default()
    }

    /// `icid-generated-at`: the host that made the ICID.
    pub fn icid_generated_at(&self) -> Option<Cow<'a, str>> {
        self.params.unquoted("icid-generated-at")
    }

    /// `orig-ioi`: the inter-operator identifier of the originating side.
    pub fn orig_ioi(&self) -> Option<Cow<'a, str>> {
        self.params.unquoted("orig-ioi")
    }

    /// `term-ioi`: the inter-operator identifier of the terminating side.
    pub fn term_ioi(&self) -> Option<Cow<'a, str>> {
        self.params.unquoted("term-ioi")
    }

    /// All parameters, the ones above included.
    pub fn params(&self) -> Params<'a> {
        self.params
    }
}

impl fmt::Display for ChargingVector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.params.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quoted_and_bare_values() {
        let text = "icid-value=\"1234bc9876e\"; icid-generated-at=192.0.6.8; orig-ioi=home1.net";
        let vector = ChargingVector::parse(text).unwrap();
        assert_eq!(vector.icid_value(), "1234bc9876e");
        assert_eq!(vector.icid_generated_at().as_deref(), Some("192.0.6.8"));
        assert_eq!(vector.orig_ioi().as_deref(), Some("home1.net"));
        assert_eq!(vector.term_ioi(), None);
        assert!(ChargingVector::parse("orig-ioi=home1.net").is_err());
    }
}
