//! What a received message counts as, whatever the party that received it made of it.

use crate::ch2::{Binding, SessionRequest};
use crate::diameter::{self, key};

use super::sight::Sight;
use super::{Message, Standing, Trace, What};

/// The standing of every received message.
///
/// Whoever received it is taken at its word but for SessionRequests, on which the verdict rests:
/// one is a repetition only where the same request was seen before, and background never.
pub(super) fn of(trace: &Trace, sights: &[Sight], binding: &Binding) -> Vec<Option<Standing>> {
    let one = |(index, sight): (usize, &Sight)| {
        let What::Received {
            message, standing, ..
        } = &trace.events[index].what
        else {
            return None;
        };
        let Message::Diameter(message) = message else {
            return Some(*standing);
        };
        match (sight, standing) {
            (Sight::SessionRequest(_), Standing::Repeated)
                if was_seen(trace, index, message, binding) =>
            {
                Some(Standing::Repeated)
            }
            (Sight::SessionRequest(_), _) => Some(Standing::Flow),
            _ => Some(*standing),
        }
    };
    sights.iter().enumerate().map(one).collect()
}

/// Whether the request was received before: a duplicate is known by Origin-Host and End-to-End
/// Identifier (RFC 6733 section 5.5.4), and says the same.
fn was_seen(trace: &Trace, index: usize, message: &diameter::Message, binding: &Binding) -> bool {
    let same = |earlier: &diameter::Message| {
        earlier.end_to_end() == message.end_to_end()
            && IDENTITY.iter().all(|key| {
                let data =
                    |message: &diameter::Message| message.find(*key).map(|avp| avp.data().to_vec());
                data(earlier) == data(message)
            })
            && used(earlier, binding) == used(message, binding)
    };
    trace.events[..index].iter().any(|event| match &event.what {
        What::Received {
            message: Message::Diameter(earlier),
            ..
        } => same(earlier),
        _ => false,
    })
}

fn used(message: &diameter::Message, binding: &Binding) -> Option<u64> {
    SessionRequest::new(message, binding).and_then(|request| request.used())
}

/// What does not change when a request is sent again.
const IDENTITY: [diameter::AvpKey; 4] = [
    key::ORIGIN_HOST,
    key::SESSION_ID,
    key::CC_REQUEST_NUMBER,
    key::CC_REQUEST_TYPE,
];
