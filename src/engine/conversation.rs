//! The whole CH-2 conversation, expected against observed.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::ch2::{Binding, Response, SessionRequest};
use crate::scenario::{Action, Incoming, Outgoing};

use super::alignment::Alignment;
use super::{ConversationLine, DiffTag, Message, Standing, StepId, Trace, What, describe};

/// Aligns the CH-2 messages that the plan expects with those of the trace, up to the end of the
/// flow.
///
/// Lines are compared by what they are (`SessionRequest (stop)`, `Response`), so that a missing or
/// surplus message stands out; what is wrong inside one is a finding of its own. One IM session
/// follows the other, because what happens in one is in no order with what happens in another.
pub(super) fn align(
    alignment: &Alignment,
    trace: &Trace,
    binding: &Binding,
) -> Vec<ConversationLine> {
    let scenario = alignment.plan().scenario();
    let of_session = |session| {
        let mut lines = align_session(session, alignment, trace, binding);
        for line in &mut lines {
            line.text = scenario.in_session(session, &line.text);
        }
        lines
    };
    (0..scenario.sessions.len()).flat_map(of_session).collect()
}

fn align_session(
    session: usize,
    alignment: &Alignment,
    trace: &Trace,
    binding: &Binding,
) -> Vec<ConversationLine> {
    let expected = expected(session, alignment);
    let observed = observed(session, alignment, trace, binding);
    let left: Vec<&str> = expected.iter().map(String::as_str).collect();
    let right: Vec<&str> = observed.iter().map(|line| line.key.as_str()).collect();
    let mut lines = Vec::new();
    for op in capture_diff_slices(Algorithm::Lcs, &left, &right) {
        let (old, new) = (op.old_range(), op.new_range());
        let seen = |tag, range: std::ops::Range<usize>| {
            observed[range].iter().map(move |line| ConversationLine {
                tag,
                text: line.text.clone(),
                event: Some(line.event),
            })
        };
        if let DiffOp::Equal { .. } = op {
            lines.extend(seen(DiffTag::Same, new));
            continue;
        }
        lines.extend(expected[old].iter().map(|text| ConversationLine {
            tag: DiffTag::Expected,
            text: text.clone(),
            event: None,
        }));
        lines.extend(seen(DiffTag::Observed, new));
    }
    lines
}

/// What is added to a message that was there before.
const REPEATED: &str = " (repeated)";

struct Observed {
    key: String,
    text: String,
    event: usize,
}

/// What the plan expects, every SessionRequest with the Response that it gets. What need not come is
/// expected where it came.
fn expected(session: usize, alignment: &Alignment) -> Vec<String> {
    let plan = alignment.plan();
    let mut lines = Vec::new();
    // Where no alternative was taken, the first one stands for all.
    let stands = |step: &StepId| {
        let branch = plan.planned(*step).branch;
        plan.step(*step).session == session
            && (!alignment.is_undecided(*step)
                || branch.is_some_and(|branch| branch.alternative == 0))
    };
    for step in alignment.active().filter(stands) {
        let request = plan.answered(step).unwrap_or(step);
        let (count, met) = (
            plan.planned(request).count,
            alignment.state(request).events.len(),
        );
        let least = if count.optional && met == 0 {
            0
        } else {
            count.least
        };
        let times = met.clamp(least, count.most);
        match &plan.step(step).action {
            Action::Receive {
                party: _,
                message: Incoming::SessionRequest { kind },
            } => {
                let mut line = match kind {
                    Some(kind) => format!("SessionRequest ({kind})"),
                    None => "SessionRequest".to_owned(),
                };
                if plan.step(step).repeats.is_some() {
                    line.push_str(REPEATED);
                }
                // The enabler answers where the file does not say so as well, and each of several.
                let by_itself = plan.answer_to(step).is_none() || count.most > 1;
                let answered = by_itself && !plan.step(step).unanswered;
                for _ in 0..times {
                    lines.push(line.clone());
                    lines.extend(answered.then(|| "Response".to_owned()));
                }
            }
            Action::Send {
                message: Outgoing::Response { reply, .. },
                ..
            } if times > 0 && count.most == 1 => {
                lines.push("Response".to_owned());
                let copies = reply.copies.saturating_sub(1) as usize;
                let copy = format!("Response{REPEATED}");
                lines.extend(std::iter::repeat_n(copy, copies));
            }
            _ => {}
        }
    }
    lines
}

fn observed(
    session: usize,
    alignment: &Alignment,
    trace: &Trace,
    binding: &Binding,
) -> Vec<Observed> {
    let end = alignment.over().unwrap_or(trace.events.len());
    let mut lines = Vec::new();
    let events = trace.events[..end].iter().enumerate();
    for (index, event) in events.filter(|(_, event)| event.session == session) {
        let (message, repeated) = match &event.what {
            What::Received {
                message, standing, ..
            } => (message, *standing == Standing::Repeated),
            What::Sent {
                message, repeated, ..
            } => (message, *repeated),
            _ => continue,
        };
        let Message::Diameter(diameter) = message else {
            continue;
        };
        let mut key = if let Some(request) = SessionRequest::new(diameter, binding) {
            match request.kind() {
                Some(kind) => format!("SessionRequest ({kind})"),
                None => "SessionRequest".to_owned(),
            }
        } else if Response::new(diameter, binding).is_some() {
            "Response".to_owned()
        } else {
            continue;
        };
        if repeated {
            key.push_str(REPEATED);
        }
        lines.push(Observed {
            key,
            text: describe(message, binding),
            event: index,
        });
    }
    lines
}
