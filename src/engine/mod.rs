//! The trace and its judge.
//!
//! A running scenario appends what every role sent and received to one [`Trace`]. The judge
//! consumes trace events and nothing else, so a live run, a replay and an imported capture of the
//! same bytes give the same verdict.

mod alignment;
mod alternatives;
mod answers;
mod books;
mod checks;
mod choice;
mod contents;
mod conversation;
mod describe;
mod forwarding;
mod impossible;
mod judge;
mod kept;
mod lateness;
mod missing;
mod moved;
mod observed;
mod opinion;
mod order;
mod outcomes;
mod own_end;
mod pacer;
mod plan;
mod proof;
mod result;
mod sent;
mod sight;
mod standing;
mod surplus;
mod timing;
mod together;
mod trace;
mod tree;
mod value;
mod watch;

pub use describe::describe;
pub use judge::{Case, Known, judge};
pub use observed::{CheckSeen, Literal, Observed, StepSeen, observe};
pub use pacer::{Pacer, Task};
pub use plan::Plan;
pub use result::{
    AlternativeTaken, Campaign, ConversationLine, DiffLine, DiffTag, Finding, Quote,
    REPORT_VERSION, ReadingChoice, ReadingResult, Run, ScenarioResult, StepOutcome, StepResult,
    Verdict,
};
pub use together::judge_together;
pub use trace::{Event, Message, Standing, StepId, Trace, What};
pub use watch::judge_peer;
