//! The verdict: a pure function of a scenario, what is known of its parties, and a trace.

use std::sync::Arc;

use crate::ch2::{Binding, ReadingId};
use crate::scenario::{Ics, Identity, Ixit, Scenario};

use super::{ScenarioResult, Trace};

/// Everything a judgement rests on besides the trace.
#[derive(Clone, Debug)]
pub struct Case {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The reading of each group that decides, and whether the vendor claimed it.
    pub readings: Vec<(ReadingId, bool)>,
    /// ICS items that hold for this server, the topology's among them.
    pub claims: Vec<Ics>,
    /// IXIT.
    pub ixit: Ixit,
    /// How CH-2 maps to Diameter.
    pub binding: Binding,
    /// Who played: what `$client.icid` and its like stand for. `ClientIdentity` may have several
    /// values (aliases).
    pub identities: Vec<(Identity, String)>,
}

/// Judges a trace under the readings of the case, and under every other reading of each group.
pub fn judge(case: &Case, trace: &Trace) -> ScenarioResult {
    let _ = (case, trace);
    unreachable!("seam: the judge is not written yet")
}
