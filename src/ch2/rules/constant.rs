//! What stays the same through a session, or only grows.

use super::Observation;
use super::catalog::Name;
use super::ccr::{Request, SUBSCRIPTIONS};
use super::monitor::Found;

/// What the first request of a session said of it.
#[derive(Debug, Default)]
pub(super) struct Constant {
    /// The message it was taken from; `None` before there was one.
    first: Option<usize>,
    context: Vec<u8>,
    origin: Vec<u8>,
    icid: Vec<u8>,
    subscriptions: Vec<u64>,
    /// The latest Event-Timestamp, and the message that had it.
    timestamp: Option<(u32, usize)>,
}

impl Constant {
    /// The session's first message.
    pub(super) fn first(&self) -> Option<usize> {
        self.first
    }

    /// Holds a request against those before it.
    pub(super) fn check(
        &mut self,
        seen: &Observation<'_>,
        request: &Request<'_>,
        found: &mut Found,
    ) {
        self.timestamp(seen, request, found);
        let subscriptions = &request.subscriptions[..request.subscription_count];
        if self.first.is_none() || self.origin.is_empty() {
            self.first = Some(seen.event);
            self.origin = request.origin.to_vec();
            self.context = request.context.unwrap_or_default().to_vec();
            self.icid = request.icid.unwrap_or_default().to_vec();
            self.subscriptions = subscriptions.to_vec();
            return;
        }
        found.watch(Name::OriginConstant);
        if !self.origin.eq_ignore_ascii_case(request.origin) {
            let (expected, observed) = (text(&self.origin), text(request.origin));
            self.breach(Name::OriginConstant, seen, expected, observed, found);
        }
        if let Some(context) = request.context.filter(|_| !self.context.is_empty()) {
            found.watch(Name::ContextConstant);
            if context != self.context {
                let (expected, observed) = (text(&self.context), text(context));
                self.breach(Name::ContextConstant, seen, expected, observed, found);
            }
        }
        if let Some(icid) = request.icid {
            if self.icid.is_empty() {
                self.icid = icid.to_vec();
            }
            found.watch(Name::IcidConstant);
            if icid != self.icid {
                let (expected, observed) = (text(&self.icid), text(icid));
                self.breach(Name::IcidConstant, seen, expected, observed, found);
            }
        }
        let comparable = !self.subscriptions.is_empty()
            && self.subscriptions.len() < SUBSCRIPTIONS
            && subscriptions.len() < SUBSCRIPTIONS;
        if comparable && !subscriptions.is_empty() {
            found.watch(Name::SubscriptionConstant);
            let known = |one| self.subscriptions.contains(one);
            if !subscriptions.iter().all(known) {
                let expected = "a subscription of the session's first request".to_owned();
                let observed = "another subscription".to_owned();
                self.breach(Name::SubscriptionConstant, seen, expected, observed, found);
            }
        }
    }

    fn timestamp(&mut self, seen: &Observation<'_>, request: &Request<'_>, found: &mut Found) {
        let Some(now) = request.timestamp else { return };
        let Some((latest, event)) = self.timestamp else {
            self.timestamp = Some((now, seen.event));
            return;
        };
        found.watch(Name::TimestampOrder);
        let earlier = latest.wrapping_sub(now);
        // Half the range: the number begins anew in 2036.
        if earlier == 0 || earlier > u32::MAX / 2 {
            self.timestamp = Some((now, seen.event));
        } else {
            let expected = "the time of the request before, or later";
            let observed = format!("{earlier} s before it");
            found.breach(
                Name::TimestampOrder,
                seen.event,
                Some(event),
                expected,
                observed,
            );
        }
    }

    fn breach(
        &self,
        name: Name,
        seen: &Observation<'_>,
        expected: String,
        observed: String,
        found: &mut Found,
    ) {
        found.breach(name, seen.event, self.first, expected, observed);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
