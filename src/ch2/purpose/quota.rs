//! E: the end of the quota.

use super::{TestPurpose, invalid, valid};

pub(super) const PURPOSES: &[TestPurpose] = &[
    valid(
        "E1",
        "RFC 8506 5.6.1",
        "After the last of the final units the session ends with a BYE and a stop.",
    ),
    valid(
        "E2",
        "RFC 8506 5.6",
        "A final grant of nothing ends the session at once.",
    ),
    invalid(
        "E3",
        "RFC 8506 8.35",
        "A final action that the server does not know is taken as terminate.",
    ),
    invalid(
        "E4",
        "RFC 8506 7 table 4",
        "An interim refused with END_USER_SERVICE_DENIED ends the service, without a stop.",
    ),
    valid(
        "E5",
        "RFC 8506 7 table 4",
        "An interim answered with CREDIT_CONTROL_NOT_APPLICABLE ends charging and not service.",
    ),
    valid(
        "E6",
        "RFC 8506 5.3",
        "Of several kinds of granted units, the one that is spent first leads to the interim.",
    ),
    invalid(
        "E7",
        "RFC 8506 8.17",
        "A grant in a kind of unit that the server does not know ends the charging session.",
    ),
    invalid(
        "E8",
        "RFC 8506 5.3",
        "A message in the moment the quota ends is held or refused, never delivered free.",
    ),
    invalid(
        "E9",
        "RFC 8506 5.7",
        "A failure while the session ends gracefully ends the service.",
    ),
    valid(
        "E10",
        "RFC 8506 8.19",
        "A message larger than what is left is reported whole, beyond the grant.",
    ),
];
