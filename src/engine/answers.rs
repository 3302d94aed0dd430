//! What the harness's own answers on CH-2 count for.

use std::collections::{HashMap, HashSet};

use crate::ch2::{Asked, Fit};

use super::{Message, Trace, What};

/// What an answer of the harness counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// It answers its request.
    Sound,
    /// Something about it is wrong: the server may take it for an answer, or for none.
    Doubtful,
    /// No request has its Hop-by-Hop Identifier, or the same request was answered before: it
    /// changes nothing.
    Nothing,
}

/// The weight of every answer that the harness sent over Diameter, by event.
pub(super) fn weigh(trace: &Trace) -> Vec<Option<Weight>> {
    let mut asked: HashMap<(u64, u32), Asked> = HashMap::new();
    let mut answered: HashSet<Asked> = HashSet::new();
    let mut weights = vec![None; trace.events.len()];
    for (weight, event) in weights.iter_mut().zip(&trace.events) {
        match &event.what {
            What::Received {
                path,
                message: Message::Diameter(request),
                ..
            } if request.is_request() => {
                asked.insert((*path, request.hop_by_hop()), Asked::of(request));
            }
            What::Sent {
                path,
                message: Message::Diameter(answer),
                ..
            } if !answer.is_request() => {
                let request = asked.get(&(*path, answer.hop_by_hop()));
                *weight = Some(match request {
                    Some(request) if !answered.contains(request) => match request.fit(answer) {
                        Fit::Sound => {
                            answered.insert(request.clone());
                            Weight::Sound
                        }
                        Fit::Doubtful => Weight::Doubtful,
                    },
                    _ => Weight::Nothing,
                });
            }
            _ => {}
        }
    }
    weights
}
