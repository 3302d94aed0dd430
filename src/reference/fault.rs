//! Named wrong behaviours: what `ch2spec selftest` must be able to catch.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

macro_rules! faults {
    ($($group:ident {
        $($variant:ident = $name:literal, $summary:literal, $breaks:literal;)*
    })*) => {
        /// One wrong behaviour of the reference server. Faults compose: a server may have several.
        ///
        /// Each is consulted at the one place where it bites, so that the right behaviour stays
        /// readable beside it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[doc = concat!("The server ", $summary, ".")] $variant,)*)*
        }

        impl Fault {
            /// Every fault, group by group.
            pub const fn all() -> &'static [Fault] {
                &[$($(Fault::$variant,)*)*]
            }

            /// The stable name, as the command line and reports write it.
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Fault::$variant => $name,)*)*
                }
            }

            /// What the server does wrong, in one line.
            pub const fn summary(self) -> &'static str {
                match self {
                    $($(Fault::$variant => $summary,)*)*
                }
            }

            /// The step or clause that it breaks, in words.
            pub const fn breaks(self) -> &'static str {
                match self {
                    $($(Fault::$variant => $breaks,)*)*
                }
            }

            /// What it has to do with.
            pub const fn group(self) -> FaultGroup {
                match self {
                    $($(Fault::$variant => FaultGroup::$group,)*)*
                }
            }
        }
    };
}

mod list;

pub use list::Fault;

/// What a fault has to do with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultGroup {
    /// SessionRequest (start).
    Start,
    /// What counts as used.
    Counting,
    /// SessionRequest (interim).
    Interim,
    /// Granted units, final units, refusals and failure handling.
    Quota,
    /// SessionRequest (stop).
    Stop,
    /// Requests that are sent again, and other Charging Enablers.
    Failover,
    /// Which answers are taken.
    Answers,
    /// RAR and ASR.
    Requests,
    /// The Diameter peer.
    Peer,
    /// Who and what a request names.
    Identity,
    /// How a request is written.
    Encoding,
    /// SIP.
    Sip,
    /// MSRP, and page mode.
    Messages,
}

impl FaultGroup {
    /// A heading for the group.
    pub const fn title(self) -> &'static str {
        match self {
            FaultGroup::Start => "SessionRequest (start)",
            FaultGroup::Counting => "What counts as used",
            FaultGroup::Interim => "SessionRequest (interim)",
            FaultGroup::Quota => "Quota, final units, refusal and failure",
            FaultGroup::Stop => "SessionRequest (stop)",
            FaultGroup::Failover => "Sending again, and failover",
            FaultGroup::Answers => "Which answers are taken",
            FaultGroup::Requests => "Requests of the Charging Enabler",
            FaultGroup::Peer => "The Diameter peer",
            FaultGroup::Identity => "Who and what is charged",
            FaultGroup::Encoding => "How requests are written",
            FaultGroup::Sip => "SIP",
            FaultGroup::Messages => "MSRP and page mode",
        }
    }
}

/// A name that no fault has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no fault is called \"{0}\"")]
pub struct UnknownFault(pub String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Fault, UnknownFault> {
        let found = Fault::all().iter().find(|fault| fault.name() == name);
        found.copied().ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_kebab_case_unique_and_read_back() {
        let names: BTreeSet<&str> = Fault::all().iter().map(|fault| fault.name()).collect();
        assert_eq!(names.len(), Fault::all().len());
        for fault in Fault::all() {
            let name = fault.name();
            let in_kebab_case = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            assert!(name.bytes().all(in_kebab_case), "{name}");
            assert_eq!(name.parse(), Ok(*fault));
            assert!(!fault.summary().contains('\n') && !fault.breaks().is_empty());
        }
        assert_eq!(
            "no-such".parse::<Fault>(),
            Err(UnknownFault("no-such".to_owned()))
        );
    }

    #[test]
    fn the_list_goes_group_by_group() {
        let groups: Vec<FaultGroup> = Fault::all().iter().map(|fault| fault.group()).collect();
        assert!(groups.is_sorted());
    }

    /// A fault that is listed and consulted nowhere would be caught by nothing, and look harmless.
    #[test]
    fn each_fault_is_consulted_somewhere() {
        let mut sources = String::new();
        read(
            std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/reference")),
            &mut sources,
        );
        for fault in Fault::all() {
            let consulted = format!("Fault::{fault:?}");
            let at = sources.match_indices(&consulted).any(|(at, _)| {
                let after = sources[at + consulted.len()..].chars().next();
                !after.is_some_and(|c| c.is_alphanumeric())
            });
            assert!(at, "{consulted} bites nowhere");
        }
    }

    fn read(directory: &std::path::Path, sources: &mut String) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                read(&path, sources);
            } else if !["tests.rs", "list.rs", "fault.rs"].contains(&name) {
                sources.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
}
