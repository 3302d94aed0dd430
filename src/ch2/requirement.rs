//! The registry of requirements: every sentence that a verdict may rest on.

mod base_protocol;
mod change_request;
mod credit_control;
mod legs;
mod surroundings;

use std::collections::HashMap;
use std::sync::LazyLock;

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
    /// Every requirement, document by document, in document order.
    pub fn all() -> impl Iterator<Item = &'static Requirement> {
        REGISTRY.iter().copied().flatten()
    }

    /// The requirement of that name.
    pub fn find(id: &str) -> Option<&'static Requirement> {
        static BY_ID: LazyLock<HashMap<&str, &Requirement>> =
            LazyLock::new(|| Requirement::all().map(|found| (found.id, found)).collect());
        BY_ID.get(id).copied()
    }

    /// The document and the clause, such as `RFC 8506 5.4`.
    pub fn reference(&self) -> String {
        format!("{} {}", self.source.title(), self.clause)
    }

    const fn noted(mut self, note: &'static str) -> Requirement {
        self.note = note;
        self
    }

    const fn inferred(mut self, note: &'static str) -> Requirement {
        self.status = Status::Inferred;
        self.note = note;
        self
    }

    const fn unspecified(mut self, note: &'static str) -> Requirement {
        self.status = Status::NotSpecified;
        self.strength = Strength::Open;
        self.note = note;
        self
    }
}

impl Source {
    /// The document as a reader knows it: `RFC 8506`.
    pub const fn title(self) -> &'static str {
        match self {
            Source::ChangeRequest => "change request",
            Source::Rfc8506 => "RFC 8506",
            Source::Rfc6733 => "RFC 6733",
            Source::Rfc4975 => "RFC 4975",
            Source::Rfc3261 => "RFC 3261",
            Source::OmaDds => "OMA DDS Charging Data",
            Source::Profile => "binding profile",
        }
    }
}

/// A requirement that its document states; see [`Requirement::inferred`] for the others.
const fn stated(
    source: Source,
    strength: Strength,
    id: &'static str,
    clause: &'static str,
    text: &'static str,
) -> Requirement {
    Requirement {
        id,
        source,
        clause,
        strength,
        status: Status::Stated,
        text,
        note: "",
    }
}

const REGISTRY: [&[Requirement]; 5] = [
    change_request::REQUIREMENTS,
    credit_control::REQUIREMENTS,
    base_protocol::REQUIREMENTS,
    surroundings::REQUIREMENTS,
    legs::REQUIREMENTS,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        let ids: BTreeSet<_> = Requirement::all()
            .map(|requirement| requirement.id)
            .collect();
        assert_eq!(ids.len(), Requirement::all().count());
        for requirement in Requirement::all() {
            assert_eq!(Requirement::find(requirement.id), Some(requirement));
        }
        assert_eq!(Requirement::find("MSG-9"), None);
        assert!(
            Requirement::find("WIRE-FORMAT").is_some(),
            "what bytes without form break"
        );
    }

    #[test]
    fn every_step_of_the_change_request_is_there() {
        for id in [
            "MSG-0", "MSG-1", "MSG-2", "MSG-3", "MSG-4", "MSG-5", "MSG-6", "MSG-7", "MSG-8",
        ]
        .into_iter()
        .chain(["END-C-0", "END-C-1", "END-C-2", "END-C-3"])
        .chain(["END-S-0", "END-S-4", "END-S-5", "END-S-6"])
        {
            let found = Requirement::find(id).map(|requirement| requirement.source);
            assert_eq!(found, Some(Source::ChangeRequest), "{id}");
        }
    }

    #[test]
    fn an_empty_step_decides_nothing() {
        for id in ["MSG-3", "MSG-4", "MSG-5", "MSG-8"] {
            let found = Requirement::find(id).map(|r| (r.status, r.strength));
            assert_eq!(found, Some((Status::NotSpecified, Strength::Open)), "{id}");
        }
    }

    #[test]
    fn what_is_inferred_says_from_what() {
        for requirement in Requirement::all().filter(|r| r.status != Status::Stated) {
            assert!(!requirement.note.is_empty(), "{}", requirement.id);
        }
    }

    /// The scenario files name requirements as plain words; each must be in the registry.
    #[test]
    fn every_name_in_the_scenarios_is_registered() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let mut named = BTreeSet::new();
        collect(&root, &mut named);
        assert!(
            named.contains("MSG-6") && named.contains("END-S-5-ONCE"),
            "{named:?}"
        );
        let unknown: Vec<_> = named
            .iter()
            .filter(|id| Requirement::find(id).is_none())
            .collect();
        assert!(unknown.is_empty(), "not in the registry: {unknown:?}");
    }

    /// A parameter of a fragment, or its declaration.
    fn is_of_fragment(word: &str) -> bool {
        word.starts_with(['$', '{']) || word.starts_with("default:")
    }

    fn collect(folder: &std::path::Path, named: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, named);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "yaml")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                for (at, key) in text.match_indices("requirement") {
                    let rest = &text[at + key.len()..];
                    let Some(value) = rest.strip_prefix(':').or(rest.strip_prefix("s:")) else {
                        continue;
                    };
                    let line = value.lines().next().unwrap_or_default();
                    let line = line.split(['}', '#', ']']).next().unwrap_or_default();
                    named.extend(
                        line.split([',', '['])
                            .map(|id| id.trim().to_owned())
                            .filter(|id| !id.is_empty() && !is_of_fragment(id)),
                    );
                }
            }
        }
    }
}
