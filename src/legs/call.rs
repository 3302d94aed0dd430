//! The dialogs of SIP.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ch2::rules::{Recent, digest};
use crate::io::Time;
use crate::sip::Message;

use super::catalog::Name;
use super::monitor::{Found, Observation};

/// Calls that are kept, at least; and what is kept of one.
const CALLS: usize = 4096;
const SIDES: usize = 8;
const INVITES: usize = 16;

/// 64 * T1: how long a called party waits for the ACK (RFC 3261 13.3.1.4).
const ACK_TIME: Duration = Duration::from_secs(32);

/// How long an ACK may take. The RFC sets no time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Calls by leg and Call-ID.
#[derive(Debug)]
pub(super) struct Calls {
    calls: Recent<u64, Call>,
}

#[derive(Debug, Default)]
struct Call {
    /// The server sent the INVITE that began it.
    from_server: bool,
    /// A message of the harness in it has faults: nothing more is judged.
    unclear: bool,
    our_tag: Option<u64>,
    /// What the server is in it: one for each tag, of which forking may make several.
    sides: Vec<Side>,
    /// The harness's 2xx to the server's INVITEs that wait for an ACK.
    unacknowledged: Vec<Accepted>,
    /// The server's 2xx that began the session, when it came, and whether it was acknowledged.
    confirmed: Option<(usize, Time)>,
    acknowledged: bool,
}

#[derive(Debug, Default)]
struct Side {
    tag: u64,
    /// The highest CSeq of its requests, the branch of that, and its place.
    latest: Option<(u32, u64, usize)>,
    /// CSeq numbers of its INVITEs, the newest last.
    invites: VecDeque<u32>,
    /// There were more of them.
    forgot: bool,
    /// What ended the dialog: its BYE, or its 2xx to ours.
    over: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Accepted {
    event: usize,
    at: Time,
    cseq: u32,
}

impl Default for Calls {
    fn default() -> Calls {
        Calls {
            calls: Recent::new(CALLS),
        }
    }
}

impl Calls {
    /// Takes the next message; `sound` is false for one of the harness that has faults.
    pub(super) fn observe(
        &mut self,
        seen: &Observation<'_>,
        message: &Message,
        sound: bool,
        found: &mut Found,
    ) {
        let (Ok(call_id), Ok(cseq)) = (message.call_id(), message.cseq()) else {
            return;
        };
        let name = digest(&[&[seen.leg], call_id.as_bytes()]);
        let begins = message.is_method("INVITE") && tag_of(message, "To").is_none();
        if begins && self.calls.get(name).is_none() {
            let call = Call {
                from_server: seen.from_server,
                ..Call::default()
            };
            self.calls.insert(name, call);
        }
        if seen.from_server && message.is_method("BYE") {
            out_of_dialog(seen, message, found);
        }
        let Some(call) = self.calls.touch(name) else {
            return;
        };
        call.unclear |= !sound;
        if call.unclear {
            return;
        }
        match (seen.from_server, message.is_request()) {
            (true, true) => call.asked(seen, message, cseq.number, found),
            (true, false) => call.answered(seen, message, cseq.method),
            (false, true) => call.ask(message),
            (false, false) => call.answer(seen, message, cseq.number, cseq.method),
        }
    }

    pub(super) fn ended(&self, at: Time, found: &mut Found) {
        let mut waiting: Vec<Accepted> = self
            .calls
            .values()
            .filter(|call| !call.unclear)
            .flat_map(|call| call.unacknowledged.iter().copied())
            .filter(|accepted| at.since(accepted.at) >= PATIENCE)
            .collect();
        waiting.sort_unstable_by_key(|accepted| accepted.event);
        for accepted in waiting {
            let expected = format!("an ACK within {} s", PATIENCE.as_secs());
            found.breach(Name::AckGiven, accepted.event, None, expected, "none");
        }
    }
}

/// A BYE without a To tag belongs to no dialog (RFC 3261 15).
fn out_of_dialog(seen: &Observation<'_>, message: &Message, found: &mut Found) {
    found.watch(Name::ByeDialog);
    if tag_of(message, "To").is_none() {
        let expected = "a BYE inside a dialog";
        found.breach(Name::ByeDialog, seen.event, None, expected, "no To tag");
    }
}

impl Call {
    /// The harness asks.
    fn ask(&mut self, message: &Message) {
        if message.is_method("INVITE") && self.our_tag.is_none() {
            self.our_tag = tag_of(message, "From");
        }
        self.acknowledged |= message.is_method("ACK") && self.confirmed.is_some();
    }

    /// The harness answers.
    fn answer(&mut self, seen: &Observation<'_>, message: &Message, number: u32, method: &str) {
        let status = message.status().unwrap_or(0);
        if method == "INVITE" && status > 100 {
            self.our_tag = self.our_tag.or(tag_of(message, "To"));
        }
        let success = (200..300).contains(&status);
        if method == "INVITE" && success {
            let known = self.unacknowledged.iter().any(|one| one.cseq == number);
            if !known && self.unacknowledged.len() < INVITES {
                self.unacknowledged.push(Accepted {
                    event: seen.event,
                    at: seen.at,
                    cseq: number,
                });
            }
        }
        // A BYE that was refused for another reason than that nobody is there may be tried again.
        if method == "BYE" && status >= 300 && ![408, 481].contains(&status) {
            let tag = tag_of(message, "From");
            let side = self.sides.iter_mut().find(|side| Some(side.tag) == tag);
            if let Some(side) = side {
                side.over = None;
            }
        }
    }

    /// The server answers.
    fn answered(&mut self, seen: &Observation<'_>, message: &Message, method: &str) {
        let status = message.status().unwrap_or(0);
        let success = (200..300).contains(&status);
        let Some(tag) = tag_of(message, "To") else {
            return;
        };
        match method {
            "INVITE" if success || (101..200).contains(&status) => {
                self.side(tag);
                if success && !self.from_server {
                    self.confirmed.get_or_insert((seen.event, seen.at));
                }
            }
            "BYE" if success => {
                if let Some(side) = self.sides.iter_mut().find(|side| side.tag == tag) {
                    side.over.get_or_insert(seen.event);
                }
            }
            _ => {}
        }
    }

    /// The server asks.
    fn asked(&mut self, seen: &Observation<'_>, message: &Message, number: u32, found: &mut Found) {
        let (Some(from), method) = (tag_of(message, "From"), message.method()) else {
            return;
        };
        let to = tag_of(message, "To");
        if to.is_some() {
            self.tags(seen, from, to, found);
        } else if self.from_server {
            self.side(from);
        }
        let branch = message.top_via().ok().and_then(|via| via.branch());
        let branch = digest(&[branch.unwrap_or_default().as_bytes()]);
        let (confirmed, acknowledged, from_server) =
            (self.confirmed, self.acknowledged, self.from_server);
        if method == Some("ACK") && !self.unacknowledged.is_empty() {
            found.watch(Name::AckGiven);
            self.unacknowledged.retain(|one| one.cseq != number);
        }
        let Some(side) = self.sides.iter_mut().find(|side| side.tag == from) else {
            return;
        };
        match method {
            Some("ACK" | "CANCEL") => return side.acknowledges(seen, number, found),
            Some("INVITE") => {
                if side.invites.len() >= INVITES {
                    side.invites.pop_front();
                    side.forgot = true;
                }
                side.invites.push_back(number);
            }
            _ => {}
        }
        let again = side
            .latest
            .is_some_and(|latest| (latest.0, latest.1) == (number, branch));
        if again {
            return;
        }
        found.watch(Name::AfterBye);
        if let Some(over) = side.over {
            // Where there is no dialog any more, there is no number that it would have to follow.
            let expected = "nothing after the end of the dialog";
            let observed = method.unwrap_or_default().to_owned();
            found.breach(Name::AfterBye, seen.event, Some(over), expected, observed);
        } else {
            side.order(seen, number, branch, found);
        }
        if method == Some("BYE") {
            side.over.get_or_insert(seen.event);
            if !from_server {
                early_bye(seen, confirmed, acknowledged, found);
            }
        }
    }

    /// Holds the tags of a request inside a dialog against those of the call.
    fn tags(&self, seen: &Observation<'_>, from: u64, to: Option<u64>, found: &mut Found) {
        found.watch(Name::DialogTags);
        let mut breach = |expected: &str| {
            found.breach(Name::DialogTags, seen.event, None, expected, "another");
        };
        if self.our_tag.is_some() && to != self.our_tag {
            breach("our tag in To");
        }
        let known = self.sides.iter().any(|side| side.tag == from);
        if !known && !self.sides.is_empty() && self.sides.len() < SIDES {
            breach("the server's own tag in From");
        }
    }

    fn side(&mut self, tag: u64) {
        let known = self.sides.iter().any(|side| side.tag == tag);
        if !known && self.sides.len() < SIDES {
            let side = Side {
                tag,
                ..Side::default()
            };
            self.sides.push(side);
        }
    }
}

impl Side {
    fn order(&mut self, seen: &Observation<'_>, number: u32, branch: u64, found: &mut Found) {
        found.watch(Name::CSeqOrder);
        match self.latest {
            Some((latest, _, event)) if number <= latest => {
                let expected = format!("CSeq above {latest}");
                let against = Some(event);
                let observed = number.to_string();
                found.breach(Name::CSeqOrder, seen.event, against, expected, observed);
            }
            _ => self.latest = Some((number, branch, seen.event)),
        }
    }

    /// An ACK and a CANCEL have the number of their INVITE.
    fn acknowledges(&self, seen: &Observation<'_>, number: u32, found: &mut Found) {
        found.watch(Name::AckNumber);
        // It may be for one that was forgotten, and is then no higher than those that are kept.
        let oldest = self.invites.front();
        let known = oldest.is_some_and(|oldest| !self.forgot || number > *oldest);
        if known && !self.invites.contains(&number) {
            let expected = "the CSeq number of an INVITE before";
            let observed = number.to_string();
            found.breach(Name::AckNumber, seen.event, None, expected, observed);
        }
    }
}

/// The called party sends no BYE before its 2xx was acknowledged (RFC 3261 15).
fn early_bye(
    seen: &Observation<'_>,
    confirmed: Option<(usize, Time)>,
    acknowledged: bool,
    found: &mut Found,
) {
    found.watch(Name::ByeEarly);
    let (against, observed) = match confirmed {
        None => (None, "a BYE before the session was accepted"),
        Some((event, at)) if !acknowledged && seen.at.since(at) < ACK_TIME => {
            (Some(event), "a BYE before the ACK")
        }
        Some(_) => return,
    };
    let expected = "a BYE after the 2xx was acknowledged";
    found.breach(Name::ByeEarly, seen.event, against, expected, observed);
}

/// The tag of From or To, as a name for tables.
fn tag_of(message: &Message, header: &str) -> Option<u64> {
    let address = match header {
        "From" => message.from(),
        _ => message.to(),
    };
    let tag = address.ok()?.tag()?;
    (!tag.is_empty()).then(|| digest(&[tag.as_bytes()]))
}
