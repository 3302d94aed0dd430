//! What a judgement says: one model for the terminal, JSON, JUnit and whatever comes later.
//!
//! Serialised as `report.json`. Anything that came from the server stands here unescaped.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::ch2::{ReadingGroup, ReadingId, Requirement};
use crate::io::Time;

/// Version of `report.json`; changed whenever a reader of an older one would misread it.
pub const REPORT_VERSION: u32 = 1;

/// Verdicts of ISO/IEC 9646 and TTCN-3, ordered so that the greatest of several is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The ICS does not claim what the scenario needs.
    NotApplicable,
    /// Everything that was asserted held.
    Pass,
    /// What was observed decides nothing.
    Inconclusive,
    /// The server broke a requirement.
    Fail,
    /// The harness or its configuration broke.
    Error,
}

/// One run of the harness.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// The harness: name and version.
    pub tool: String,
    /// When the run began, RFC 3339, UTC.
    pub started: String,
    /// How long it took, in microseconds.
    pub duration: Time,
    /// Seed of identities and ids; the same seed gives the same ones.
    pub seed: u64,
    /// The worst verdict of all.
    pub verdict: Verdict,
    /// True where warnings were to count: a scenario with one is `fail` (or `inconclusive`, where the
    /// warning decides nothing), and its `reason` says so.
    pub strict: bool,
    /// True where the run was interrupted: what is not here was not judged.
    pub incomplete: bool,
    /// One diagnosis where the server could not be reached or used at all.
    pub diagnosis: Option<String>,
    /// One entry per server configuration (topology) that was run against.
    pub campaigns: Vec<Campaign>,
}

impl Run {
    /// Every finding that warns, in the order of the report.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        let findings = self.campaigns.iter().flat_map(|campaign| {
            let scenarios = campaign.scenarios.iter().flat_map(|s| &s.findings);
            scenarios.chain(&campaign.peer)
        });
        findings.filter(|finding| finding.warning)
    }
}

/// The scenarios of a run against one server configuration.
#[derive(Clone, Debug, Serialize)]
pub struct Campaign {
    /// The server's name and version as its description states them.
    pub server: String,
    /// `far end` or `standalone`.
    pub topology: String,
    /// Faults switched on in the reference server.
    pub faults: Vec<String>,
    /// Which reading each group was judged under, and whether the vendor claimed it.
    pub readings: Vec<ReadingChoice>,
    /// The binding profile's name, and the dictionary's.
    pub binding: String,
    /// The dictionary profile.
    pub dictionary: String,
    /// IXIT values as run, by name, in words.
    pub ixit: BTreeMap<String, String>,
    /// What was found on the CH-2 peer connection itself, outside any scenario (CER, DWR, orphans).
    pub peer: Vec<Finding>,
    /// The scenarios, in file order.
    pub scenarios: Vec<ScenarioResult>,
}

/// A reading that was judged under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReadingChoice {
    /// The question.
    pub group: ReadingGroup,
    /// The answer that decides the verdict.
    pub reading: ReadingId,
    /// False where the vendor claimed none and the default was taken.
    pub claimed: bool,
}

/// One scenario, judged.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioResult {
    /// The scenario's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its clause.
    pub clause: String,
    /// Its figure, where it has a numbered one.
    pub figure: Option<String>,
    /// The file.
    pub file: String,
    /// `far end` or `standalone`.
    pub topology: String,
    /// The verdict, under the readings of the campaign.
    pub verdict: Verdict,
    /// Why it is not applicable, was cut short, or could not be run; empty otherwise.
    pub reason: String,
    /// First and last event, since the run began.
    pub began: Time,
    /// See `began`.
    pub ended: Time,
    /// Who played: identity of the client, of the far end, Call-ID, ICID, Session-Id.
    pub identities: BTreeMap<String, String>,
    /// Every step that was active, in file order.
    pub steps: Vec<StepResult>,
    /// Everything that was found wrong or noteworthy, worst first.
    pub findings: Vec<Finding>,
    /// The other readings, over the same trace.
    pub matrix: Vec<ReadingResult>,
    /// Expected and observed CH-2 conversation, aligned.
    pub conversation: Vec<ConversationLine>,
    /// The ledger at the end.
    pub ledger: BTreeMap<String, u64>,
    /// How many of the checks that were made held, by requirement id.
    pub checked: BTreeMap<String, u32>,
    /// Always-on rules that watched at least one message of this scenario.
    pub rules_watched: usize,
    /// Silence that was waited for, in words, such as `200 ms after the stop`.
    pub quiet: Vec<String>,
    /// Which alternative of each choice was taken, in file order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<AlternativeTaken>,
    /// Background traffic that was answered, by kind.
    pub background: BTreeMap<String, u32>,
    /// Number of events in `trace.jsonl`.
    pub events: usize,
}

/// A `one of:` block, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlternativeTaken {
    /// `path:line`.
    pub at: String,
    /// The alternative that the server took, by the name that the file gives it or by its first
    /// step; `None` where none came.
    pub taken: Option<String>,
    /// All of them.
    pub of: Vec<String>,
}

/// How one step went.
#[derive(Clone, Debug, Serialize)]
pub struct StepResult {
    /// The step as its file words it: `enabler receives: SessionRequest (interim)`.
    pub text: String,
    /// Its label.
    pub label: Option<String>,
    /// `path:line`.
    pub at: String,
    /// What came of it.
    pub outcome: StepOutcome,
    /// The event of the trace that met it.
    pub event: Option<usize>,
    /// Requirement ids behind it.
    #[serde(serialize_with = "ids")]
    pub requirements: Vec<&'static Requirement>,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// It happened as written.
    Met,
    /// It happened, and something about it was wrong.
    Wrong,
    /// It did not happen in its time.
    Missing,
    /// It did not happen, and need not have.
    LeftOut,
    /// It was not got to.
    NotReached,
}

/// Something wrong or noteworthy.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Stable name of what was checked: `IMC-MSG-con-001/debit/used units`, or a rule's id.
    pub check: String,
    /// How much it weighs.
    pub verdict: Verdict,
    /// True where it only warns (a SHOULD) or informs.
    pub warning: bool,
    /// The requirement: id, document and clause.
    #[serde(serialize_with = "id")]
    pub requirement: &'static Requirement,
    /// The IM session it is about, where the scenario has several; empty where it has one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub session: String,
    /// The reading under which it is wrong, where it depends on one.
    pub reading: Option<ReadingId>,
    /// One line: what went wrong.
    pub title: String,
    /// The scenario lines that were not met, with their place; `None` for a rule.
    pub source: Option<Quote>,
    /// What was expected.
    pub expected: String,
    /// What was observed.
    pub observed: String,
    /// What was seen instead, where something was missing.
    pub instead: String,
    /// The AVP tree or header list, expected against observed, as diff lines.
    pub diff: Vec<DiffLine>,
    /// Events of the trace that prove it.
    pub events: Vec<usize>,
    /// The name of that trace; `None`: the scenario's own, or that of the CH-2 connection which the
    /// scenarios share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// Lines of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// The file.
    pub path: String,
    /// 1-based line of the first byte.
    pub line: usize,
    /// 1-based column.
    pub column: usize,
    /// The line itself, without its end.
    pub text: String,
    /// Where the fragment that holds the line was used, as `path:line`.
    pub used_at: Vec<String>,
}

/// One reading, judged over the same trace.
#[derive(Clone, Debug, Serialize)]
pub struct ReadingResult {
    /// The question.
    pub group: ReadingGroup,
    /// The reading.
    pub reading: ReadingId,
    /// Its verdict; the other groups as the campaign has them.
    pub verdict: Verdict,
    /// True for the reading that decided the scenario's verdict.
    pub decides: bool,
    /// The first thing that is wrong under it, in half a line; empty where nothing is.
    pub reason: String,
}

/// One line of the aligned CH-2 conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConversationLine {
    /// Which side has it.
    pub tag: DiffTag,
    /// The message in a line: `SessionRequest (stop)  used 1 message`.
    pub text: String,
    /// The event of the trace, where it was observed.
    pub event: Option<usize>,
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffLine {
    /// Which side has it.
    pub tag: DiffTag,
    /// Nesting.
    pub depth: usize,
    /// The line.
    pub text: String,
}

/// Which side of a diff has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiffTag {
    /// Both.
    Same,
    /// Expected and not observed.
    Expected,
    /// Observed and not expected.
    Observed,
}

fn id<S: Serializer>(requirement: &&'static Requirement, to: S) -> Result<S::Ok, S::Error> {
    requirement.serialize(to)
}

fn ids<S: Serializer>(requirements: &[&'static Requirement], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(requirements.iter().map(|r| r.id))
}
