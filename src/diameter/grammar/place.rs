//! Where an AVP may stand.

use super::{commands, groups};
use crate::diameter::avp::AvpKey;

/// What CCR has any number of, which no rule of its grammar is about (RFC 8506 3.1).
const ANY_NUMBER: [u32; 7] = [443, 659, 446, 456, 440, 284, 282];

/// The groups whose definition names an AVP.
pub fn groups_with(key: AvpKey) -> impl Iterator<Item = AvpKey> {
    groups::all()
        .filter(move |group| group.names(key))
        .map(|group| group.key)
}

/// Whether the definition of CCR names an AVP. It also takes any other one.
pub fn in_ccr(key: AvpKey) -> bool {
    let rules = commands::credit_control_request().rules;
    let any_number = ANY_NUMBER.map(AvpKey::base).contains(&key);
    any_number || rules.iter().any(|rule| rule.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::Dictionary;

    fn key(name: &str) -> AvpKey {
        Dictionary::default().avp_by_name(name).unwrap().key
    }

    #[test]
    fn units_stand_in_groups_and_groups_in_the_command() {
        for name in [
            "Session-Id",
            "Used-Service-Unit",
            "Requested-Service-Unit",
            "Subscription-Id",
            "Multiple-Services-Credit-Control",
            "Service-Identifier",
        ] {
            assert!(in_ccr(key(name)), "{name}");
        }
        for name in ["CC-Service-Specific-Units", "Rating-Group", "Validity-Time"] {
            assert!(!in_ccr(key(name)), "{name}");
        }
        let groups: Vec<AvpKey> = groups_with(key("Rating-Group")).collect();
        assert_eq!(groups, [key("Multiple-Services-Credit-Control")]);
        assert_eq!(groups_with(key("Session-Id")).count(), 0);
    }
}
