//! The registry of test purposes: what a suite for online charging of instant messaging should show,
//! and why the suite leaves out what it leaves out.

mod ending;
mod exchange;
mod failure;
mod quota;
mod server_initiated;
mod start;
mod surroundings;

use serde::Serialize;

/// What kind of behaviour a server is shown (ISO/IEC 9646).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestType {
    /// Right behaviour.
    #[default]
    Valid,
    /// Wrong behaviour.
    Invalid,
    /// Right behaviour at the wrong moment.
    Inopportune,
    /// The passing of time.
    Timer,
}

impl TestType {
    /// All of them.
    pub const ALL: [TestType; 4] = [
        TestType::Valid,
        TestType::Invalid,
        TestType::Inopportune,
        TestType::Timer,
    ];

    /// Its name as scenarios write it.
    pub const fn name(self) -> &'static str {
        match self {
            TestType::Valid => "valid",
            TestType::Invalid => "invalid",
            TestType::Inopportune => "inopportune",
            TestType::Timer => "timer",
        }
    }
}

/// One thing that a suite should show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TestPurpose {
    /// Stable name: the group's letter and a number, such as `C3`.
    pub id: &'static str,
    /// What kind of behaviour the server is shown.
    #[serde(rename = "type")]
    pub test_type: TestType,
    /// Document and clause, such as `RFC 8506 5.4`.
    pub clause: &'static str,
    /// What is shown, in a line.
    pub text: &'static str,
    /// Why no scenario realises it, where none does.
    pub omitted: Option<Omitted>,
}

/// Why the suite leaves a test purpose out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Omitted {
    /// In a word.
    pub why: Why,
    /// In a sentence.
    pub text: &'static str,
}

/// Why a test purpose has no scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// No document says what is right.
    NotSpecified,
    /// Nothing on the wire would show it.
    NotTestable,
    /// The documents can be read so that a right server would fail.
    Doubtful,
    /// It is not what this suite is about.
    OutOfScope,
}

impl Why {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Why::NotSpecified => "not specified",
            Why::NotTestable => "not testable",
            Why::Doubtful => "doubtful",
            Why::OutOfScope => "out of scope",
        }
    }
}

impl TestPurpose {
    /// Every purpose, group by group.
    pub fn all() -> impl Iterator<Item = &'static TestPurpose> {
        TestPurpose::groups()
            .iter()
            .flat_map(|group| group.purposes)
    }

    /// The purpose of that name.
    pub fn find(id: &str) -> Option<&'static TestPurpose> {
        TestPurpose::all().find(|purpose| purpose.id == id)
    }

    /// The groups, in order.
    pub fn groups() -> &'static [PurposeGroup] {
        GROUPS
    }

    const fn omitted(mut self, why: Why, text: &'static str) -> TestPurpose {
        self.omitted = Some(Omitted { why, text });
        self
    }
}

/// The purposes about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PurposeGroup {
    /// The letter that their names begin with.
    pub letter: char,
    /// What they are about.
    pub title: &'static str,
    /// The purposes.
    pub purposes: &'static [TestPurpose],
}

const GROUPS: &[PurposeGroup] = &[
    group('A', "Session start", start::PURPOSES),
    group('B', "Message exchange", exchange::PURPOSES),
    group('C', "The client ends the session", ending::BY_CLIENT),
    group('D', "The server ends the session", ending::BY_SERVER),
    group('E', "Spent quota and final units", quota::PURPOSES),
    group('F', "Failures and timers", failure::PURPOSES),
    group(
        'G',
        "The Charging Enabler begins",
        server_initiated::PURPOSES,
    ),
    group(
        'H',
        "Answers that are not as they should be",
        server_initiated::ANSWERS,
    ),
    group('I', "Several sessions", surroundings::SESSIONS),
    group('J', "Faults of the client", surroundings::CLIENT),
    group('K', "Sibling flows", surroundings::SIBLINGS),
];

const fn group(
    letter: char,
    title: &'static str,
    purposes: &'static [TestPurpose],
) -> PurposeGroup {
    PurposeGroup {
        letter,
        title,
        purposes,
    }
}

const fn purpose(
    test_type: TestType,
    id: &'static str,
    clause: &'static str,
    text: &'static str,
) -> TestPurpose {
    TestPurpose {
        id,
        test_type,
        clause,
        text,
        omitted: None,
    }
}

const fn valid(id: &'static str, clause: &'static str, text: &'static str) -> TestPurpose {
    purpose(TestType::Valid, id, clause, text)
}

const fn invalid(id: &'static str, clause: &'static str, text: &'static str) -> TestPurpose {
    purpose(TestType::Invalid, id, clause, text)
}

const fn inopportune(id: &'static str, clause: &'static str, text: &'static str) -> TestPurpose {
    purpose(TestType::Inopportune, id, clause, text)
}

const fn timer(id: &'static str, clause: &'static str, text: &'static str) -> TestPurpose {
    purpose(TestType::Timer, id, clause, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_up_in_each_group() {
        for group in TestPurpose::groups() {
            for (at, purpose) in group.purposes.iter().enumerate() {
                assert_eq!(purpose.id, format!("{}{}", group.letter, at + 1));
                assert_eq!(TestPurpose::find(purpose.id), Some(purpose));
                assert!(!purpose.clause.is_empty() && purpose.text.ends_with('.'));
            }
        }
        assert_eq!(TestPurpose::all().count(), 139);
        assert_eq!(TestPurpose::find("L1"), None);
    }
}
