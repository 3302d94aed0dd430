//! A dictionary: the rows, with one transcription's word where the transcriptions disagree.

use super::{AvpDef, AvpType, base, credit, tgpp};
use crate::diameter::avp::AvpKey;

/// The AVPs by key and by name, under one profile.
#[derive(Debug)]
pub struct Dictionary {
    /// The profile's name, as `sut.yaml` and reports write it.
    pub profile: &'static str,
    /// What the profile follows, in one line.
    pub description: &'static str,
    overlay: &'static [AvpDef],
    without: &'static [AvpKey],
}

static DDS_2011: Dictionary = Dictionary {
    profile: "dds-2011",
    description: "OMA DDS Charging Data V1.0 of 2011-02-01, as transcribed by three dictionaries",
    overlay: &[],
    without: &[],
};

static IWF_2009: Dictionary = Dictionary {
    profile: "iwf-2009",
    description: "OMA DDS Charging Data V1.0 candidate of 2009-07-14, as transcribed by one",
    overlay: IWF_2009_ROWS,
    without: &[AvpKey::tgpp(1256)],
};

static WIRESHARK_4_0: Dictionary = Dictionary {
    profile: "wireshark-4.0",
    description: "the dictionary of Wireshark 4.0.17",
    overlay: WIRESHARK_4_0_ROWS,
    without: &[],
};

const IWF: &str = "OMA DDS Charging Data 2009-07-14 (transcribed)";

const IWF_2009_ROWS: &[AvpDef] = &[
    AvpDef::new(
        "Service-Generic-Information",
        AvpKey::base(1256),
        AvpType::Grouped,
        IWF,
    )
    .secondary(),
    AvpDef::new(
        "Application-Service-Type",
        AvpKey::tgpp(2102),
        AvpType::Utf8String,
        IWF,
    )
    .secondary(),
    AvpDef::new(
        "Application-Session-Id",
        AvpKey::tgpp(2103),
        AvpType::Utf8String,
        IWF,
    )
    .secondary(),
];

const WS: &str = "Wireshark 4.0.17 dictionary.xml";

const WIRESHARK_4_0_ROWS: &[AvpDef] = &[
    AvpDef::new(
        "3GPP-SIP-Method",
        AvpKey::tgpp(824),
        AvpType::Utf8String,
        WS,
    )
    .secondary(),
    AvpDef::new(
        "User-Session-ID",
        AvpKey::tgpp(830),
        AvpType::Utf8String,
        WS,
    )
    .secondary(),
    AvpDef::new("Cause-Code", AvpKey::tgpp(861), AvpType::Enumerated, WS).secondary(),
    AvpDef::new(
        "Application-Server-ID",
        AvpKey::tgpp(2101),
        AvpType::Unsigned32,
        WS,
    )
    .secondary(),
    AvpDef::new(
        "Application-Session-ID",
        AvpKey::tgpp(2103),
        AvpType::Unsigned32,
        WS,
    )
    .secondary(),
];

impl Dictionary {
    /// The profile that is followed unless another is asked for: `dds-2011`.
    #[allow(clippy::should_implement_trait)]
    pub fn default() -> &'static Dictionary {
        &DDS_2011
    }

    /// All profiles, the default first.
    pub fn profiles() -> [&'static Dictionary; 3] {
        [&DDS_2011, &IWF_2009, &WIRESHARK_4_0]
    }

    /// The profile with this name.
    pub fn by_profile(name: &str) -> Option<&'static Dictionary> {
        Dictionary::profiles()
            .into_iter()
            .find(|dictionary| dictionary.profile == name)
    }

    /// The row for a key.
    pub fn avp(&self, key: AvpKey) -> Option<&'static AvpDef> {
        if !self.overlay.is_empty() {
            if let Some(def) = self.overlay.iter().find(|def| def.key == key) {
                return Some(def);
            }
            if self.without.contains(&key) {
                return None;
            }
        }
        match key.vendor {
            None => BASE.get(key.code as usize).copied().flatten(),
            Some(TGPP_VENDOR) => {
                let index = key.code.checked_sub(TGPP_FIRST)?;
                TGPP.get(index as usize).copied().flatten()
            }
            Some(_) => None,
        }
    }

    /// The row with a name, written exactly as its standard does, such as `Used-Service-Unit`.
    pub fn avp_by_name(&self, name: &str) -> Option<&'static AvpDef> {
        self.rows().find(|def| def.name == name)
    }

    /// All names, for suggesting one that was meant.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.rows().map(|def| def.name)
    }

    /// All rows of the profile.
    pub fn rows(&self) -> impl Iterator<Item = &'static AvpDef> + '_ {
        let common = [base::AVPS, credit::AVPS, tgpp::AVPS].into_iter().flatten();
        let replaced = |key: AvpKey| {
            self.without.contains(&key) || self.overlay.iter().any(|def| def.key == key)
        };
        self.overlay
            .iter()
            .chain(common.filter(move |def| !replaced(def.key)))
    }

    /// The row the code has under another vendor than `key`'s, for saying what was meant.
    pub(in crate::diameter) fn other_vendor(&self, key: AvpKey) -> Option<&'static AvpDef> {
        let other = match key.vendor {
            None => AvpKey::tgpp(key.code),
            Some(_) => AvpKey::base(key.code),
        };
        self.avp(other)
    }
}

const TGPP_VENDOR: u32 = 10415;
const TGPP_FIRST: u32 = 823;

static BASE: [Option<&AvpDef>; 670] = index(index([None; 670], base::AVPS, 0), credit::AVPS, 0);
static TGPP: [Option<&AvpDef>; 1292] = index([None; 1292], tgpp::AVPS, TGPP_FIRST);

/// Files rows by code; a lookup is then one load.
const fn index<const N: usize>(
    mut by_code: [Option<&'static AvpDef>; N],
    rows: &'static [AvpDef],
    first: u32,
) -> [Option<&'static AvpDef>; N] {
    let mut i = 0;
    while i < rows.len() {
        let at = (rows[i].key.code - first) as usize;
        assert!(by_code[at].is_none(), "one code, two rows");
        by_code[at] = Some(&rows[i]);
        i += 1;
    }
    by_code
}
