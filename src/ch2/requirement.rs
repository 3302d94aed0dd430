//! The registry of requirements: every sentence that a verdict may rest on.

use serde::Serialize;

/// The document that a requirement comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The OMA change request on charging of instant messaging, by clause and step.
    ChangeRequest,
    /// RFC 8506, Diameter Credit-Control Application.
    Rfc8506,
    /// RFC 6733, Diameter base protocol.
    Rfc6733,
    /// RFC 4975, MSRP.
    Rfc4975,
    /// RFC 3261, SIP.
    Rfc3261,
    /// OMA-DDS-Charging_Data, known from transcriptions only.
    OmaDds,
    /// A choice of the binding profile or of the vendor's IXIT: no document was read for it.
    Profile,
}

/// How much a requirement weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// The documents leave it open: a deviation informs.
    Open,
    /// SHOULD: a deviation warns.
    Should,
    /// MUST or SHALL: a deviation fails.
    Must,
}

/// Whether the document says anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The text states it.
    Stated,
    /// The text does not state it; it follows from what it does state, or from practice.
    Inferred,
    /// The step is there and empty, or its text is broken off: nothing can be tested.
    NotSpecified,
}

/// One sentence that a verdict may rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// Stable name, such as `MSG-6`.
    pub id: &'static str,
    /// Where it comes from.
    pub source: Source,
    /// The clause, such as `6.3.3.3 step 6`.
    pub clause: &'static str,
    /// How much it weighs.
    pub strength: Strength,
    /// Whether the document says it.
    pub status: Status,
    /// What it asks for, in our own words.
    pub text: &'static str,
    /// A note on the text's defect, or on how it was inferred; empty where there is none.
    pub note: &'static str,
}

impl Requirement {
    /// Every requirement, in document order.
    pub fn all() -> &'static [Requirement] {
        REQUIREMENTS
    }

    /// The requirement of that name.
    pub fn find(id: &str) -> Option<&'static Requirement> {
        REQUIREMENTS.iter().find(|r| r.id == id)
    }
}

const REQUIREMENTS: &[Requirement] = &[];
