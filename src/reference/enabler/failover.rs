//! Requests that are sent again: elsewhere after a temporary error or over a lost link, or on a link
//! that is open again.

use bytes::Bytes;

use crate::diameter::peer::retransmission_of;
use crate::diameter::{Message, key};
use crate::io::Time;
use crate::reference::Fault;
use crate::reference::net::Net;

use super::{Came, Enabler, Pending};

/// CC-Session-Failover FAILOVER_SUPPORTED (RFC 8506 8.4).
const FAILOVER_SUPPORTED: u32 = 1;
/// DIAMETER_UNABLE_TO_DELIVER and DIAMETER_TOO_BUSY: what a request may be sent elsewhere for
/// (RFC 8506 5.7).
const ELSEWHERE: [u32; 2] = [3002, 3004];

impl Enabler {
    /// Sends a request elsewhere that was answered with a temporary error, where its session may
    /// move and it has not been elsewhere already (RFC 8506 5.7). There was an answer: the T bit
    /// stays clear (RFC 6733 3).
    pub(super) fn goes_elsewhere(
        &mut self,
        now: Time,
        net: &mut Net,
        id: u32,
        cca: &Message,
    ) -> bool {
        let temporary = cca
            .result_code()
            .is_some_and(|result| ELSEWHERE.contains(&result));
        let Some(pending) = self.pending.get(&id) else {
            return false;
        };
        let moves = pending.is_first
            || self
                .homes
                .get(&pending.call)
                .is_some_and(|home| self.may_move(net, home));
        let to = self.usable(Some(pending.link));
        let never = pending.moved || net.config.has(Fault::NeverFailsOver);
        let (true, true, false, Some(to)) = (temporary, moves, never, to) else {
            return false;
        };
        let t_bit = net.config.has(Fault::TBitAfterError);
        self.resend(now, net, id, to, t_bit);
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.moved = true;
        }
        true
    }

    /// A link is lost, or suspect: what waits there goes elsewhere where it may (RFC 6733 5.5.4).
    /// What may not waits for the connection to come back.
    pub(super) fn fail_over(
        &mut self,
        now: Time,
        net: &mut Net,
        from: usize,
        came: &mut Vec<Came>,
    ) {
        for id in self.waiting(|pending| pending.link == from) {
            let Some(pending) = self.pending.get(&id) else {
                continue;
            };
            let call = pending.call;
            let moves = pending.is_first
                || self
                    .homes
                    .get(&call)
                    .is_some_and(|home| self.may_move(net, home));
            if !moves || net.config.has(Fault::NeverFailsOver) {
                continue;
            }
            if let Some(to) = self.usable(Some(from)) {
                self.resend(now, net, id, to, true);
                came.push(Came::SentAgain { call });
            }
        }
        if net.config.has(Fault::RepeatsWatchdogElsewhere)
            && let Some(to) = self.usable(Some(from))
            && let Some(watchdog) = self.links[from].watchdog.take()
        {
            self.links[to].repeat_watchdog(net, &watchdog);
        }
    }

    /// A link is open again: what waits there is sent once more.
    pub(super) fn send_again(&mut self, now: Time, net: &mut Net, at: usize, came: &mut Vec<Came>) {
        let lost = |pending: &Pending| pending.link == at;
        for id in self.waiting(lost) {
            self.resend(now, net, id, at, true);
            if let Some(pending) = self.pending.get(&id) {
                came.push(Came::SentAgain { call: pending.call });
            }
        }
    }

    /// End-to-End Identifiers of what waits, in the order in which it was sent.
    fn waiting(&self, which: impl Fn(&Pending) -> bool) -> Vec<u32> {
        let waiting = self.pending.iter().filter(|(_, pending)| which(pending));
        let mut waiting: Vec<(u64, u32)> =
            waiting.map(|(id, pending)| (pending.order, *id)).collect();
        waiting.sort_unstable();
        waiting.into_iter().map(|(_, id)| id).collect()
    }

    /// Sends a request once more: the same End-to-End Identifier, another Hop-by-Hop Identifier,
    /// and the T bit where no answer has come (RFC 6733 3).
    fn resend(&mut self, now: Time, net: &mut Net, id: u32, to: usize, t_bit: bool) {
        let Some(mut pending) = self.pending.remove(&id) else {
            return;
        };
        let Some(hop_by_hop) = self.links[to].next_hop_by_hop() else {
            self.pending.insert(id, pending);
            return;
        };
        const T_BIT: u8 = 0x10;
        let t_bit = t_bit && !net.config.has(Fault::NoTBitOnResend);
        let mut again = retransmission_of(&pending.request, hop_by_hop).to_vec();
        if !t_bit && let Some(flags) = again.get_mut(4) {
            *flags &= !T_BIT;
        }
        let mut key = id;
        if net.config.has(Fault::NewEndToEndOnResend) {
            key = self.identifiers.end_to_end();
            if let Some(field) = again.get_mut(16..20) {
                field.copy_from_slice(&key.to_be_bytes());
            }
        }
        let again = Bytes::from(again);
        if self.links[to].send(now, again.clone()) {
            pending.request = again;
            pending.link = to;
            pending.hop_by_hop = hop_by_hop;
            if let Some(home) = self.homes.get_mut(&pending.call) {
                home.link = to;
                home.waits.retain(|waits| *waits != id);
                home.waits.push(key);
            }
            self.links[to].flush(net);
        } else {
            key = id;
        }
        self.pending.insert(key, pending);
    }

    /// Notes what an answer says about moving its session (RFC 8506 8.4).
    pub(super) fn note_failover(&mut self, call: u64, cca: &Message) {
        let said = cca
            .find(key::CC_SESSION_FAILOVER)
            .and_then(|avp| avp.u32().ok());
        if let (Some(said), Some(home)) = (said, self.homes.get_mut(&call)) {
            home.moves = said == FAILOVER_SUPPORTED;
        }
    }
}
