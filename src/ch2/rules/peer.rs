//! One connection, from its capabilities exchange to its end.

use std::time::Duration;

use crate::diameter::dictionary::{
    CCR, CER, CREDIT_CONTROL_APPLICATION, DPR, DWR, RELAY_APPLICATION,
};
use crate::diameter::{Message, key};
use crate::io::Time;

use super::Observation;
use super::catalog::Name;
use super::monitor::{Found, folded};
use crate::ch2::fit::is_sound;

/// The lowest Twinit (RFC 3539 3.4.1).
const LEAST_TWINIT: Duration = Duration::from_secs(6);

/// By how much the jitter may shorten it (RFC 3539 3.4.1).
const JITTER: Duration = Duration::from_secs(2);

/// The shortest time between two watchdogs of a server whose Twinit is said to be `twinit`: the lowest
/// that there may be, and a server of a test bed may be set lower still where it says so.
pub(super) fn watchdog_gap(twinit: Option<Duration>) -> Duration {
    let twinit = twinit.unwrap_or(LEAST_TWINIT).min(LEAST_TWINIT);
    twinit.saturating_sub(JITTER)
}

/// What is known of one connection.
#[derive(Debug, Default)]
pub(super) struct Peer {
    /// The first message of the server that was no CER.
    first: Option<usize>,
    cer: Option<Cer>,
    capabilities: Capabilities,
    /// The message with which the server began or agreed to disconnect.
    closing: Option<usize>,
    /// The server's last watchdog.
    watchdog: Option<(usize, Time)>,
    /// A DPR of ours that wants no new connection, and its Hop-by-Hop Identifier.
    dismissed: Option<u32>,
}

#[derive(Debug)]
struct Cer {
    event: usize,
    relay: bool,
    origin: u64,
    name: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Capabilities {
    /// No CEA yet, or one that refuses.
    #[default]
    Awaited,
    Exchanged,
    /// Our CEA has faults: the server may take it or not.
    Unclear,
}

impl Peer {
    /// The server asks. `origin` is the Origin-Host, as it stands and as a name for tables; `gap` is
    /// the shortest time between two watchdogs.
    pub(super) fn request(
        &mut self,
        seen: &Observation<'_>,
        origin: (&[u8], u64),
        gap: Duration,
        found: &mut Found,
    ) {
        let command = seen.message.command_code();
        if command == CER {
            self.capabilities(seen, origin, found);
            return;
        }
        self.first.get_or_insert(seen.event);
        self.origin(seen, origin, found);
        self.before_capabilities(seen, found);
        found.watch(Name::AfterDisconnect);
        if let Some(closing) = self.closing.filter(|_| ![DWR, DPR].contains(&command)) {
            found.breach(
                Name::AfterDisconnect,
                seen.event,
                Some(closing),
                "no request on a connection that is being closed",
                format!("a request of command {command}"),
            );
        }
        match command {
            DPR => self.closing = Some(seen.event),
            DWR => self.watchdog(seen, gap, found),
            _ => {}
        }
    }

    /// The server answers.
    pub(super) fn answer(&mut self, seen: &Observation<'_>) {
        self.first.get_or_insert(seen.event);
        let message = seen.message;
        // A DPA with an error tells that messages are in flight (RFC 6733 section 5.4).
        if message.command_code() == DPR && is_success(message) {
            self.closing = Some(seen.event);
        }
    }

    /// The harness asks.
    pub(super) fn asked(&mut self, message: &Message) {
        let cause = message
            .find(key::DISCONNECT_CAUSE)
            .and_then(|avp| avp.u32().ok());
        if message.command_code() == DPR && matches!(cause, Some(1 | 2)) && is_sound(message) {
            self.dismissed = Some(message.hop_by_hop());
        }
    }

    /// The harness answers; `sound` where its answer has no faults.
    pub(super) fn answered(&mut self, message: &Message, sound: bool) {
        match message.command_code() {
            CER if !sound => self.capabilities = Capabilities::Unclear,
            CER if is_success(message) => self.capabilities = Capabilities::Exchanged,
            DPR if !sound || !is_success(message) => self.closing = None,
            _ => {}
        }
    }

    /// True where this is the server's consent to a DPR that wants no new connection.
    pub(super) fn is_dismissal(&self, answer: &Message) -> bool {
        answer.command_code() == DPR && self.dismissed == Some(answer.hop_by_hop())
    }

    /// The Origin-Host of the CER, as a name for tables.
    pub(super) fn remote(&self) -> Option<u64> {
        self.cer.as_ref().map(|cer| cer.origin)
    }

    fn before_capabilities(&self, seen: &Observation<'_>, found: &mut Found) {
        let Some(cer) = &self.cer else { return };
        found.watch(Name::CeaFirst);
        if self.capabilities == Capabilities::Awaited {
            let command = seen.message.command_code();
            found.breach(
                Name::CeaFirst,
                seen.event,
                Some(cer.event),
                "no request before a CEA that agrees",
                match command {
                    CCR => "a CCR".to_owned(),
                    other => format!("a request of command {other}"),
                },
            );
        }
    }

    fn watchdog(&mut self, seen: &Observation<'_>, least: Duration, found: &mut Found) {
        let before = self.watchdog.replace((seen.event, seen.at));
        let Some((event, at)) = before.filter(|_| !least.is_zero()) else {
            return;
        };
        found.watch(Name::WatchdogPace);
        let gap = seen.at.since(at);
        if gap < least {
            found.breach(
                Name::WatchdogPace,
                seen.event,
                Some(event),
                format!("{} ms or more after the one before", least.as_millis()),
                format!("{} ms after it", gap.as_millis()),
            );
        }
    }

    fn capabilities(
        &mut self,
        seen: &Observation<'_>,
        (origin, digest): (&[u8], u64),
        found: &mut Found,
    ) {
        found.watch(Name::CerFirst);
        found.watch(Name::CerApplication);
        if let Some(first) = self.first.filter(|_| self.cer.is_none()) {
            let expected = "CER as the first message of the connection";
            found.breach(
                Name::CerFirst,
                first,
                Some(seen.event),
                expected,
                "another one before",
            );
        }
        let offered = applications(seen.message);
        let relay = offered.contains(&RELAY_APPLICATION);
        if !relay && !offered.contains(&CREDIT_CONTROL_APPLICATION) {
            let observed = match offered.as_slice() {
                [] => "no Auth-Application-Id".to_owned(),
                offered => format!("Auth-Application-Id {offered:?}"),
            };
            let expected = "Auth-Application-Id 4";
            found.breach(Name::CerApplication, seen.event, None, expected, observed);
        }
        self.cer = Some(Cer {
            event: seen.event,
            relay,
            origin: digest,
            name: String::from_utf8_lossy(origin).into_owned(),
        });
    }

    fn origin(&self, seen: &Observation<'_>, (name, digest): (&[u8], u64), found: &mut Found) {
        let Some(cer) = self.cer.as_ref().filter(|cer| !cer.relay) else {
            return;
        };
        if seen.message.find(key::ROUTE_RECORD).is_some() {
            return;
        }
        found.watch(Name::PeerOrigin);
        if digest != cer.origin {
            found.breach(
                Name::PeerOrigin,
                seen.event,
                Some(cer.event),
                format!("Origin-Host {}", cer.name),
                String::from_utf8_lossy(name),
            );
        }
    }
}

/// The Origin-Host of a message, and a name for it that tables can keep.
pub(super) fn origin(message: &Message) -> (&[u8], u64) {
    let name = message
        .find(key::ORIGIN_HOST)
        .map_or(&[][..], |avp| avp.data());
    (name, folded(name))
}

fn is_success(message: &Message) -> bool {
    message.result_code().is_some_and(|code| code / 1000 == 2)
}

/// The applications of authentication and authorisation that a CER offers.
fn applications(message: &Message) -> Vec<u32> {
    let inside = message
        .find_all(key::VENDOR_SPECIFIC_APPLICATION_ID)
        .flat_map(|group| group.children());
    message
        .avps()
        .chain(inside)
        .filter(|avp| avp.key() == key::AUTH_APPLICATION_ID)
        .filter_map(|avp| avp.u32().ok())
        .collect()
}
