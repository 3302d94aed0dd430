//! Codes that are about what a flow leaves open.

use super::{Example, Explanation};

pub(super) const TABLE: &[Explanation] = &[Explanation {
    code: "ambiguous-step",
    text: "Two steps wait for the same kind of message at the same time, and one of them need \
not have it. A message meets the first step that needs one, so the checks of the wrong step may be \
held against it.",
    wrong: Example::Steps(
        r"- client sends: SIP BYE
- enabler receives: SessionRequest (interim)
  optional: yes
  requirement: MSG-6
- enabler receives: SessionRequest (interim)
  requirement: MSG-6
",
    ),
    right: Example::Steps(
        r"- client sends: SIP BYE
- enabler receives: SessionRequest (interim)
  times: [1, 2]
  requirement: MSG-6
",
    ),
}];
