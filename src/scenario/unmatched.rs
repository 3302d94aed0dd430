//! Answers that nobody can tell to be answers: what is expected to bytes without what an answer
//! repeats.

use crate::{msrp, sip};

use super::diagnostic::{Diagnostic, Problems};
use super::model::{Action, Incoming, Outgoing, Over, Scenario, Step};

/// Reports answers that are expected to bytes by which no answer can be known.
pub(super) fn check(scenario: &Scenario, problems: &mut Problems) {
    for (i, step) in scenario.steps.iter().enumerate() {
        let Action::Receive { message, .. } = &step.action else {
            continue;
        };
        let (over, label) = match message {
            Incoming::SipResponse { answers, .. } => (Over::Sip, answers),
            Incoming::MsrpResponse { answers, .. } => (Over::Msrp, answers),
            _ => continue,
        };
        let asks = |other: &&Step| match label {
            Some(label) => other.label.as_deref() == Some(label),
            None => other.session == step.session && sends(other, over, step),
        };
        let asked = match label {
            Some(_) => scenario.steps.iter().find(asks),
            None => scenario.steps[..i].iter().rev().find(asks),
        };
        let Some(asked) = asked else { continue };
        let Action::Send {
            message: Outgoing::Bytes { exact, .. },
            ..
        } = &asked.action
        else {
            continue;
        };
        let told = match over {
            Over::Sip => {
                let message = sip::Message::decode(exact.sample());
                message.is_request() && message.call_id().is_ok() && message.cseq().is_ok()
            }
            _ => msrp::Message::decode(exact.sample()).method().is_some(),
        };
        if !told {
            let what = match over {
                Over::Sip => "a request with Call-ID and CSeq",
                _ => "an MSRP request",
            };
            let text = format!("no answer can be told: the bytes are not {what}");
            let problem = Diagnostic::error("no-answer-told", step.place.clone(), text)
                .help("wait for what the server does instead, or for silence")
                .note("the bytes", Some(asked.place.clone()));
            problems.push(problem);
        }
    }
}

fn sends(step: &Step, over: Over, by: &Step) -> bool {
    let Action::Send { party, message } = &step.action else {
        return false;
    };
    let same = matches!(&by.action, Action::Receive { party: of, .. } if of == party);
    same && match message {
        Outgoing::Bytes { over: of, .. } => *of == over,
        Outgoing::SipRequest { .. } => over == Over::Sip,
        Outgoing::MsrpSend { .. } => over == Over::Msrp,
        _ => false,
    }
}
