//! SIP requests and their responses.

use crate::ch2::rules::{Recent, digest};
use crate::sip::sdp::Description;
use crate::sip::{Message, NameAddr};

use super::catalog::Name;
use super::monitor::{Found, Observation};

/// Requests that are kept of each side, at least.
const KEPT: usize = 4096;

/// Requests of both sides.
#[derive(Debug)]
pub(super) struct Transactions {
    /// Requests of the harness by leg, top branch and method.
    ours: Recent<u64, Ours>,
    /// The same by leg, Call-ID and CSeq: the branch by which they are found above.
    by_sequence: Recent<u64, u64>,
    /// Requests of the server by leg, top sent-by and branch.
    theirs: Recent<u64, Theirs>,
}

#[derive(Clone, Debug)]
struct Ours {
    event: usize,
    /// False where the request has faults: then its responses are not judged.
    sound: bool,
    call_id: u64,
    cseq: u32,
    from: Option<Party>,
    to: Option<Party>,
    vias: u64,
    /// The To tag of its first response that has one.
    to_tag: Option<(u64, usize)>,
    /// The media types of the offer, where it holds one.
    offer: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Party {
    uri: u64,
    tag: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Theirs {
    event: usize,
    what: u64,
}

impl Default for Transactions {
    fn default() -> Transactions {
        Transactions {
            ours: Recent::new(KEPT),
            by_sequence: Recent::new(KEPT),
            theirs: Recent::new(KEPT),
        }
    }
}

impl Transactions {
    /// Takes the next message; `sound` is false for one of the harness that has faults.
    pub(super) fn observe(
        &mut self,
        seen: &Observation<'_>,
        message: &Message,
        sound: bool,
        found: &mut Found,
    ) {
        match (seen.from_server, message.is_request()) {
            (false, true) => self.ask(seen, message, sound),
            (true, true) => self.asked(seen, message, found),
            (true, false) => self.answered(seen, message, found),
            (false, false) => {}
        }
    }

    fn ask(&mut self, seen: &Observation<'_>, message: &Message, sound: bool) {
        // An ACK has no response, and for a 2xx a transaction of its own.
        if message.is_method("ACK") {
            return;
        }
        let Some(name) = by_branch(seen.leg, message) else {
            return;
        };
        let offer = message.is_content_type("application/sdp").then(|| {
            let sdp = Description::parse(message.body());
            sdp.media().map(|m| m.kind().to_owned()).collect()
        });
        let ours = Ours {
            event: seen.event,
            sound,
            call_id: call_id(message),
            cseq: message.cseq().map_or(0, |cseq| cseq.number),
            from: message.from().ok().map(Party::of),
            to: message.to().ok().map(Party::of),
            vias: vias(message),
            to_tag: None,
            offer,
        };
        // What is sent again is the same request.
        if self.ours.get(name).is_none() {
            self.ours.insert(name, ours);
        }
        if let Some(sequence) = by_sequence(seen.leg, message) {
            self.by_sequence.insert(sequence, name);
        }
    }

    /// Judges the branch of a request of the server.
    fn asked(&mut self, seen: &Observation<'_>, message: &Message, found: &mut Found) {
        let (Ok(via), Ok(cseq)) = (message.top_via(), message.cseq()) else {
            return;
        };
        let Some(branch) = via.unique_branch() else {
            return;
        };
        found.watch(Name::BranchUnique);
        let name = digest(&[&[seen.leg], via.sent_by.as_bytes(), branch.as_bytes()]);
        // ACK of a refusal and CANCEL have the branch of their INVITE (RFC 3261 8.1.1.7).
        let method = match cseq.method {
            "ACK" | "CANCEL" => "INVITE",
            other => other,
        };
        let call_id = message.call_id().unwrap_or_default();
        let what = digest(&[
            call_id.as_bytes(),
            &cseq.number.to_be_bytes(),
            method.as_bytes(),
        ]);
        match self.theirs.touch(name) {
            Some(earlier) if earlier.what != what => {
                let observed = format!("{branch}, which another request has");
                let against = Some(earlier.event);
                let expected = "a branch of its own";
                found.breach(Name::BranchUnique, seen.event, against, expected, observed);
            }
            Some(_) => {}
            None => self.theirs.insert(
                name,
                Theirs {
                    event: seen.event,
                    what,
                },
            ),
        }
    }

    /// Holds a response of the server against its request.
    fn answered(&mut self, seen: &Observation<'_>, message: &Message, found: &mut Found) {
        let branch = by_branch(seen.leg, message).filter(|name| self.ours.get(*name).is_some());
        let known = branch.or_else(|| {
            let sequence = by_sequence(seen.leg, message)?;
            self.by_sequence.get(sequence).copied()
        });
        let Some(ours) = known.and_then(|name| self.ours.touch(name)) else {
            return;
        };
        if !ours.sound {
            return;
        }
        found.watch(Name::Echo);
        let mut breach = |what: &str| {
            let against = Some(ours.event);
            let expected = format!("the {what} of the request");
            found.breach(Name::Echo, seen.event, against, expected, "another");
        };
        if call_id(message) != ours.call_id {
            breach("Call-ID");
        }
        if message.cseq().is_ok_and(|cseq| cseq.number != ours.cseq) {
            breach("CSeq");
        }
        if vias(message) != ours.vias {
            breach("Via header fields");
        }
        let from = message.from().ok().map(Party::of);
        if from.is_some() && from != ours.from {
            breach("From");
        }
        if let (Ok(to), Some(asked)) = (message.to(), &ours.to) {
            let to = Party::of(to);
            if to.uri != asked.uri || asked.tag.is_some() && to.tag != asked.tag {
                breach("To");
            }
        }
        ours.tag(seen, message, found);
        ours.provisional(seen, message, found);
        ours.media(seen, message, found);
    }
}

impl Ours {
    /// All responses of one user agent have one To tag.
    fn tag(&mut self, seen: &Observation<'_>, message: &Message, found: &mut Found) {
        let tag = message.to().ok().and_then(|to| Party::of(to).tag);
        let Some(tag) = tag.filter(|_| message.status() != Some(100)) else {
            return;
        };
        found.watch(Name::OneToTag);
        let (first, event) = *self.to_tag.get_or_insert((tag, seen.event));
        if first != tag {
            let expected = "the To tag of the response before";
            found.breach(Name::OneToTag, seen.event, Some(event), expected, "another");
        }
    }

    fn provisional(&self, seen: &Observation<'_>, message: &Message, found: &mut Found) {
        let Ok(cseq) = message.cseq() else { return };
        if cseq.method == "INVITE" {
            return;
        }
        found.watch(Name::Provisional);
        if let Some(status @ 101..200) = message.status() {
            let expected = format!("no provisional response to {}", cseq.method);
            let against = Some(self.event);
            let observed = status.to_string();
            found.breach(Name::Provisional, seen.event, against, expected, observed);
        }
    }

    /// An answer has the m= lines of its offer.
    fn media(&self, seen: &Observation<'_>, message: &Message, found: &mut Found) {
        let success = message.status().is_some_and(|s| (200..300).contains(&s));
        let Some(offer) = self.offer.as_ref().filter(|_| success) else {
            return;
        };
        if !message.is_content_type("application/sdp") {
            return;
        }
        found.watch(Name::SdpAnswer);
        let sdp = Description::parse(message.body());
        let kinds = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let answer: Vec<&str> = sdp.media().map(|media| media.kind()).collect();
        let same = answer.len() == offer.len()
            && offer
                .iter()
                .zip(&answer)
                .all(|(one, other)| kinds(one, other));
        if !same {
            found.breach(
                Name::SdpAnswer,
                seen.event,
                Some(self.event),
                format!("m= lines for {}", offer.join(", ")),
                format!("m= lines for {}", answer.join(", ")),
            );
        }
    }
}

impl Party {
    fn of(address: NameAddr<'_>) -> Party {
        let uri = address.uri.as_str().to_ascii_lowercase();
        Party {
            uri: digest(&[uri.as_bytes()]),
            tag: address.tag().map(|tag| digest(&[tag.as_bytes()])),
        }
    }
}

/// Top branch and CSeq method, which name a transaction (RFC 3261 17.1.3).
fn by_branch(leg: u8, message: &Message) -> Option<u64> {
    let via = message.top_via().ok()?;
    let method = message.cseq().ok()?.method;
    Some(digest(&[
        &[leg],
        via.branch()?.as_bytes(),
        method.as_bytes(),
    ]))
}

fn by_sequence(leg: u8, message: &Message) -> Option<u64> {
    let cseq = message.cseq().ok()?;
    let call_id = message.call_id().ok()?;
    Some(digest(&[
        &[leg],
        call_id.as_bytes(),
        &cseq.number.to_be_bytes(),
        cseq.method.as_bytes(),
    ]))
}

fn call_id(message: &Message) -> u64 {
    digest(&[message.call_id().unwrap_or_default().as_bytes()])
}

/// The Vias in their order, without what a receiver may add to them.
fn vias(message: &Message) -> u64 {
    message.vias().fold(0, |all: u64, via| {
        let one = via.map_or(1, |via| {
            let branch = via.branch().unwrap_or_default();
            let sent_by = via.sent_by.to_ascii_lowercase();
            digest(&[sent_by.as_bytes(), branch.as_bytes()])
        });
        all.rotate_left(7) ^ one
    })
}
