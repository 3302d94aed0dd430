//! The grammars of Grouped AVPs (RFC 6733 6, 7; RFC 8506 8).

use super::check::{Occurrence, any, at_most_one, one};
use crate::diameter::avp::AvpKey;

/// The rules of one Grouped AVP.
#[derive(Debug)]
pub struct GroupGrammar {
    /// The group.
    pub key: AvpKey,
    /// How often each AVP may occur in it.
    pub rules: &'static [Occurrence],
    /// AVPs of which exactly one must be there.
    pub exactly_one_of: &'static [AvpKey],
    /// True where exactly one AVP must be there, whichever it is.
    pub exactly_one: bool,
    /// True where other AVPs are allowed too (`* [ AVP ]`).
    pub extensible: bool,
    /// The clause of the group's grammar.
    pub source: &'static str,
}

impl GroupGrammar {
    /// Whether the definition names an AVP.
    pub(super) fn names(&self, key: AvpKey) -> bool {
        self.rules.iter().any(|rule| rule.key == key) || self.exactly_one_of.contains(&key)
    }
}

/// The grammars of all groups.
pub(super) fn all() -> impl Iterator<Item = &'static GroupGrammar> {
    GROUPS.iter()
}

/// The grammar of a group, if it has one here.
pub(super) fn grammar(key: AvpKey) -> Option<&'static GroupGrammar> {
    GROUPS.iter().find(|group| group.key == key)
}

const fn closed(code: u32, rules: &'static [Occurrence], source: &'static str) -> GroupGrammar {
    GroupGrammar {
        key: AvpKey::base(code),
        rules,
        exactly_one_of: &[],
        exactly_one: false,
        extensible: false,
        source,
    }
}

const fn open(code: u32, rules: &'static [Occurrence], source: &'static str) -> GroupGrammar {
    GroupGrammar {
        extensible: true,
        ..closed(code, rules, source)
    }
}

const fn single(code: u32, source: &'static str) -> GroupGrammar {
    GroupGrammar {
        exactly_one: true,
        ..open(code, &[], source)
    }
}

static GROUPS: &[GroupGrammar] = &[
    open(
        456,
        &[
            at_most_one(431),
            at_most_one(437),
            any(446),
            at_most_one(452),
            any(439),
            at_most_one(432),
            any(457),
            at_most_one(448),
            at_most_one(268),
            at_most_one(430),
            at_most_one(669),
        ],
        "RFC 8506 8.16",
    ),
    open(
        431,
        &[
            at_most_one(451),
            at_most_one(420),
            at_most_one(413),
            at_most_one(421),
            at_most_one(412),
            at_most_one(414),
            at_most_one(417),
        ],
        "RFC 8506 8.17",
    ),
    open(
        437,
        &[
            at_most_one(420),
            at_most_one(413),
            at_most_one(421),
            at_most_one(412),
            at_most_one(414),
            at_most_one(417),
        ],
        "RFC 8506 8.18",
    ),
    open(
        446,
        &[
            at_most_one(452),
            at_most_one(420),
            at_most_one(413),
            at_most_one(421),
            at_most_one(412),
            at_most_one(414),
            at_most_one(417),
        ],
        "RFC 8506 8.19",
    ),
    closed(443, &[one(450), one(444)], "RFC 8506 8.46"),
    closed(413, &[one(445), at_most_one(425)], "RFC 8506 8.22"),
    closed(423, &[one(445), one(425), at_most_one(424)], "RFC 8506 8.7"),
    closed(445, &[one(447), at_most_one(429)], "RFC 8506 8.8"),
    closed(
        430,
        &[one(449), any(438), any(11), at_most_one(434)],
        "RFC 8506 8.34",
    ),
    open(669, &[one(449), any(11), at_most_one(665)], "RFC 8506 8.68"),
    closed(434, &[one(433), one(435)], "RFC 8506 8.37"),
    closed(440, &[one(441), one(442)], "RFC 8506 8.43"),
    closed(457, &[one(453), one(454), one(445)], "RFC 8506 8.30"),
    closed(458, &[one(459), one(460)], "RFC 8506 8.49"),
    single(653, "RFC 8506 8.52"),
    single(659, "RFC 8506 8.58"),
    single(665, "RFC 8506 8.64"),
    open(284, &[one(280), one(33)], "RFC 6733 6.7.2"),
    closed(297, &[one(266), one(298)], "RFC 6733 7.6"),
    GroupGrammar {
        exactly_one_of: &[AvpKey::base(258), AvpKey::base(259)],
        ..closed(260, &[one(266), any(258), any(259)], "RFC 6733 6.11")
    },
    GroupGrammar {
        key: AvpKey::tgpp(876),
        ..open(
            0,
            &[Occurrence {
                key: AvpKey::tgpp(862),
                min: 1,
                max: 1,
            }],
            "3GPP TS 32.299 7.2.77 (transcribed)",
        )
    },
];
