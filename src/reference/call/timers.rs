//! What the passing of time does to a call: session timer, inactivity, and a client that does not
//! connect again.

use std::time::Duration;

use crate::io::Time;
use crate::reference::Fault;
use crate::reference::MediaLoss;
use crate::reference::charging::Cause;
use crate::reference::media::Endpoint;
use crate::reference::net::Net;
use crate::sip::sdp::{MessageMedia, Setup};
use crate::sip::{Message, Refresher, SessionExpires};

use super::{Call, EndedBy};

impl Call {
    pub(in crate::reference) fn next_timeout(&self, net: &Net) -> Option<Time> {
        let endpoints = [Some(&self.to_client), self.to_far.as_ref()];
        let relays = endpoints
            .into_iter()
            .flatten()
            .filter_map(Endpoint::next_timeout);
        let own = [
            self.idle_at(net),
            self.expires_at(net),
            self.refresh_at(),
            self.given_up_at(net),
        ];
        relays
            .chain(own.into_iter().flatten())
            .chain(self.credit.next_timeout())
            .min()
    }

    pub(in crate::reference) fn timeout(&mut self, now: Time, net: &mut Net) {
        self.credit.timeout(now);
        for endpoint in [Some(&mut self.to_client), self.to_far.as_mut()]
            .into_iter()
            .flatten()
        {
            endpoint.timeout(now);
        }
        self.settle_fates(now, net);
        let passed = |at: Option<Time>| at.is_some_and(|at| at <= now);
        if passed(self.idle_at(net)) || passed(self.expires_at(net)) {
            self.end(now, net, EndedBy::Server, Cause::SessionTimeout);
        } else if passed(self.given_up_at(net)) {
            self.end(now, net, EndedBy::Server, Cause::LinkBroken);
        } else if passed(self.refresh_at()) {
            self.refreshing = true;
            let timer = self.session_interval;
            if !self.client.refresh(now, net, self.no, timer) {
                self.end(now, net, EndedBy::Server, Cause::LinkBroken);
            }
        }
    }

    /// The client has answered our UPDATE, or has not (status 408).
    pub(super) fn refresh_is_answered(&mut self, now: Time, net: &mut Net, status: u16) {
        self.refreshing = false;
        match status {
            200..=299 => self.refreshed_at = now,
            // RFC 3261 12.2.1.2: the dialog is gone.
            408 | 481 => self.end(now, net, EndedBy::Server, Cause::SessionTimeout),
            // A client that cannot refresh is left to the end of the interval.
            _ => self.refreshing = true,
        }
    }

    fn serves(&self) -> bool {
        self.stands() && self.client.is_answered()
    }

    fn idle_at(&self, net: &Net) -> Option<Time> {
        let limit = net.config.inactivity?;
        self.serves().then_some(self.active_at + limit)
    }

    /// When a session that nobody has refreshed ends (RFC 4028 10).
    fn expires_at(&self, net: &Net) -> Option<Time> {
        let interval = self
            .session_interval?
            .bye_after()
            .max(Duration::from_secs(1));
        let watched = self.serves() && !net.config.has(Fault::NoSessionTimer);
        watched.then_some(self.refreshed_at + interval)
    }

    /// When we refresh the session, where that is ours to do (RFC 4028 9).
    fn refresh_at(&self) -> Option<Time> {
        let timer = self.session_interval?;
        let ours = timer.refresher == Some(Refresher::Uas) && self.serves() && !self.refreshing;
        ours.then_some(self.refreshed_at + timer.refresh_after())
    }

    /// When a client that has lost its MSRP connection is not waited for any longer.
    fn given_up_at(&self, net: &Net) -> Option<Time> {
        let MediaLoss::EndAfter(patience) = net.config.media_loss else {
            return None;
        };
        let lost = self.media_lost_at?;
        let waits = self.serves() && self.to_client.conn().is_none();
        waits.then_some(lost + patience)
    }
}

/// The session interval that the 200 to the INVITE names, where the client offered one and it
/// suits the configuration. The client refreshes, unless it asks us to or cannot (RFC 4028 9,
/// table 2).
pub(super) fn agreed_interval(net: &Net, invite: &Message) -> Option<SessionExpires> {
    let ours = net.config.session_expires?;
    let offered = SessionExpires::parse(&invite.header("Session-Expires")?).ok()?;
    let interval = offered
        .interval
        .min(u32::try_from(ours.as_secs()).unwrap_or(u32::MAX));
    let supports = ["Supported", "Require"].into_iter().any(|name| {
        invite
            .values(name)
            .any(|tag| tag.eq_ignore_ascii_case("timer"))
    });
    let refresher = match offered.refresher {
        Some(refresher) => refresher,
        None if supports => Refresher::Uac,
        None => Refresher::Uas,
    };
    Some(SessionExpires {
        interval,
        refresher: Some(refresher),
    })
}

/// How an offer is answered, as far as it matters to who connects.
pub(super) fn reply_to(offered: &MessageMedia, local: &MessageMedia) -> MessageMedia {
    let setup = match offered.setup {
        Some(Setup::Passive) => Some(Setup::Active),
        Some(Setup::ActPass) if local.setup != Some(Setup::Passive) => Some(Setup::Active),
        Some(Setup::Active | Setup::ActPass) => Some(Setup::Passive),
        None | Some(Setup::HoldConn) => None,
    };
    MessageMedia {
        setup,
        ..local.clone()
    }
}
