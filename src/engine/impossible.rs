//! Steps of the harness's own that could not be carried out.

use super::opinion::{Bench, step_text};
use super::{Verdict, What};

impl Bench<'_> {
    /// Steps of ours that could not be carried out: the harness's fault is an error, and where it
    /// is the server's, what the server did wrong stands above already, or nothing is decided.
    pub(super) fn hear_impossible(&mut self) {
        let explained = self
            .findings
            .iter()
            .any(|f| !f.warning && f.verdict == Verdict::Fail);
        let mut found = Vec::new();
        for (event, at) in self.trace().events.iter().enumerate() {
            let What::Impossible {
                step,
                reason,
                harness,
            } = &at.what
            else {
                continue;
            };
            if (explained && !harness)
                || step.0 >= self.plan().len()
                || !self.alignment.is_active(*step)
            {
                continue;
            }
            let mut finding = self.find(*step, "", self.requirement(*step));
            finding.verdict = if *harness {
                Verdict::Error
            } else {
                Verdict::Inconclusive
            };
            finding.warning = false;
            finding.title = format!(
                "{} could not be carried out",
                step_text(self.plan().step(*step))
            );
            finding.expected = step_text(self.plan().step(*step));
            finding.observed = reason.clone();
            finding.events = vec![event];
            found.push(finding);
        }
        self.findings.extend(found);
    }
}
