//! Whether an answer fits the request it is sent to.
//!
//! The harness sends answers that are wrong on purpose. What a server makes of one is its own
//! affair, so nothing that rests on such an answer is held against it.

use crate::diameter::dictionary::CCR;
use crate::diameter::{Fault, FaultKind, Message, Severity, grammar, key};

/// How an answer fits its request, which has the same Hop-by-Hop Identifier. An answer that has no
/// such request is none, and is discarded (RFC 6733 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It does in every way.
    Sound,
    /// Something about it is wrong: it may be taken for an answer, or for none.
    Doubtful,
}

/// As much of a request as its answer is held against.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    command: u32,
    application: u32,
    end_to_end: u32,
    session: Option<Vec<u8>>,
    number: Option<u32>,
    kind: Option<u32>,
}

impl Asked {
    /// What `request` asks.
    pub fn of(request: &Message) -> Asked {
        let number = |key| request.find(key).and_then(|avp| avp.u32().ok());
        Asked {
            command: request.command_code(),
            application: request.application_id(),
            end_to_end: request.end_to_end(),
            session: session(request).map(<[u8]>::to_vec),
            number: number(key::CC_REQUEST_NUMBER),
            kind: number(key::CC_REQUEST_TYPE),
        }
    }

    /// How an answer with the request's Hop-by-Hop Identifier fits.
    pub fn fit(&self, answer: &Message) -> Fit {
        let number = |key| answer.find(key).and_then(|avp| avp.u32().ok());
        let same = answer.command_code() == self.command
            && answer.application_id() == self.application
            && answer.end_to_end() == self.end_to_end
            && session(answer) == self.session.as_deref();
        // An answer with the E bit has another form, in which the two are optional (RFC 6733 7.2).
        let repeats = |key, asked: Option<u32>| match number(key) {
            None if answer.flags().error() => true,
            answered => answered == asked,
        };
        let credit = self.command != CCR
            || repeats(key::CC_REQUEST_NUMBER, self.number)
                && repeats(key::CC_REQUEST_TYPE, self.kind);
        if same && credit && is_sound(answer) {
            Fit::Sound
        } else {
            Fit::Doubtful
        }
    }
}

fn session(message: &Message) -> Option<&[u8]> {
    message.find(key::SESSION_ID).map(|avp| avp.data())
}

/// Whether a message of the harness has the form that the documents ask for: if not, the server may
/// make of it what it likes. An AVP that no dictionary knows is no fault of form.
pub(super) fn is_sound(message: &Message) -> bool {
    let breaks = |fault: &Fault| {
        fault.severity == Severity::Must
            || !message.is_request() && matches!(fault.kind, FaultKind::UnknownMandatory)
    };
    !message.faults().iter().any(breaks)
        && !grammar::check(message, message.dictionary())
            .iter()
            .any(breaks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::dictionary::CREDIT_CONTROL_APPLICATION;
    use crate::diameter::{AvpKey, AvpOut, MessageBuilder};

    fn request() -> Message {
        let builder = MessageBuilder::request(CCR, CREDIT_CONTROL_APPLICATION)
            .hop_by_hop(1)
            .end_to_end(2)
            .with(key::SESSION_ID, "s;1")
            .with(key::CC_REQUEST_TYPE, 2_u32)
            .with(key::CC_REQUEST_NUMBER, 3_u32);
        Message::decode(builder.build())
    }

    fn answer() -> MessageBuilder {
        MessageBuilder::answer_to(&request())
            .with(key::SESSION_ID, "s;1")
            .with(key::RESULT_CODE, 2001_u32)
            .with(key::ORIGIN_HOST, "ocs.test")
            .with(key::ORIGIN_REALM, "test")
            .with(key::AUTH_APPLICATION_ID, 4_u32)
            .with(key::CC_REQUEST_TYPE, 2_u32)
            .with(key::CC_REQUEST_NUMBER, 3_u32)
    }

    fn fit(builder: &MessageBuilder) -> Fit {
        Asked::of(&request()).fit(&Message::decode(builder.build()))
    }

    #[test]
    fn an_answer_fits_in_every_way_or_is_doubtful() {
        assert_eq!(fit(&answer()), Fit::Sound);
        let unknown = AvpKey::of(1, 32_473);
        let optional = AvpOut::raw(unknown, 0, 7_u32);
        assert_eq!(fit(&answer().avp(optional.clone())), Fit::Sound);
        let swapped = |key, value: u32| {
            let mut answer = answer();
            answer.avps_mut().retain(|avp| avp.key() != key);
            answer.with(key, value)
        };
        let mut without = answer();
        without
            .avps_mut()
            .retain(|avp| avp.key() != key::RESULT_CODE);
        let doubtful = [
            answer().end_to_end(9),
            answer().application_id(0),
            answer().avp(optional.mandatory(true)),
            swapped(key::CC_REQUEST_NUMBER, 4),
            swapped(key::CC_REQUEST_TYPE, 3),
            without,
        ];
        for answer in doubtful {
            assert_eq!(fit(&answer), Fit::Doubtful, "{answer:?}");
        }
    }

    #[test]
    fn a_protocol_error_need_not_repeat_what_was_asked() {
        let error = MessageBuilder::answer_to(&request())
            .error(true)
            .with(key::SESSION_ID, "s;1")
            .with(key::ORIGIN_HOST, "ocs.test")
            .with(key::ORIGIN_REALM, "test")
            .with(key::RESULT_CODE, 3004_u32);
        assert_eq!(fit(&error), Fit::Sound);
        assert_eq!(fit(&error.error(false)), Fit::Doubtful);
    }
}
