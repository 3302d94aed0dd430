//! Requests that were moved to the other Charging Enabler.

use super::opinion::Bench;
use super::sight::Sight;
use super::{Message, Standing, What};

impl Bench<'_> {
    /// A repetition is nothing new where the request came first, and so breaks no silence there. At
    /// the other Charging Enabler it is what a window of silence listens for.
    pub(super) fn hear_moved(&mut self) {
        let end = self.alignment.over().unwrap_or(self.trace().events.len());
        let moved: Vec<usize> = (0..end).filter(|event| self.is_moved(*event)).collect();
        for event in moved {
            if let Some(window) = self.window_of(event) {
                let finding = self.broken_silence(event, window);
                self.findings.push(finding);
            }
        }
    }

    /// Whether an event is a request that came to another party first, and that no step waits for.
    fn is_moved(&self, event: usize) -> bool {
        let repeated = self.hearing.standings[event] == Some(Standing::Repeated)
            && matches!(self.hearing.sights[event], Sight::SessionRequest(_))
            && self.alignment.step_of(event).is_none();
        let identifier = |event: usize| match &self.trace().events[event].what {
            What::Received {
                message: Message::Diameter(message),
                ..
            } => Some(message.end_to_end()),
            _ => None,
        };
        let same = |earlier: &usize| identifier(*earlier) == identifier(event);
        let first = (0..event).find(|earlier| repeated && same(earlier));
        first.is_some_and(|first| {
            self.trace().events[first].party != self.trace().events[event].party
        })
    }
}
