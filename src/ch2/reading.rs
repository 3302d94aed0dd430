//! The registry of readings: where the change request can be read in more than one way.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;

/// A question that the change request answers in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadingGroup {
    /// What triggers `SessionRequest (interim)` (6.3.3.3 step 6).
    InterimTrigger,
    /// When the server's own BYE triggers `SessionRequest (stop)` (6.3.3.4 step 5).
    StopTrigger,
}

/// The name of a reading: `R1` to `R5`, `S1` to `S3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum ReadingId {
    /// Literal: the server's BYE triggers an interim.
    R1,
    /// Each accepted SEND triggers an interim.
    R2,
    /// Only spent quota triggers an interim (RFC 8506 section 5.3).
    R3,
    /// Confirmed delivery of each message triggers an interim.
    R4,
    /// Time triggers an interim.
    R5,
    /// Sending the BYE triggers the stop.
    S1,
    /// The 200 OK to the BYE triggers the stop.
    S2,
    /// Literal: the server received a BYE on its other leg, which triggers the stop.
    S3,
}

/// One way to read the change request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Its name.
    pub id: ReadingId,
    /// The question it answers.
    pub group: ReadingGroup,
    /// The answer in half a line.
    pub title: &'static str,
    /// Why one may read the text so.
    pub text: &'static str,
    /// Whether the harness takes it where the vendor claims none in the group.
    pub default: bool,
    /// Where it can be told from the others at all.
    pub applies: Applies,
}

/// Where a reading can be told from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applies {
    /// Everywhere.
    Always,
    /// Only with a far end behind the server.
    WithFarEnd,
    /// Only where the session is ended by a BYE on the server's other leg.
    WhenFarEndEnds,
}

/// A name that no reading or group of readings has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no {what} is called `{name}`; there are {known}")]
pub struct UnknownReading {
    /// `reading` or `group of readings`.
    what: &'static str,
    name: String,
    known: &'static str,
}

impl Reading {
    /// Every reading, group by group.
    pub fn all() -> &'static [Reading] {
        &READINGS
    }

    /// The reading of that name.
    pub fn find(id: ReadingId) -> &'static Reading {
        &READINGS[id as usize]
    }

    /// The readings that answer one question.
    pub fn of(group: ReadingGroup) -> impl Iterator<Item = &'static Reading> {
        READINGS
            .iter()
            .filter(move |reading| reading.group == group)
    }

    /// The reading that is taken where the vendor claims none.
    pub fn default_of(group: ReadingGroup) -> &'static Reading {
        Reading::find(match group {
            ReadingGroup::InterimTrigger => ReadingId::R2,
            ReadingGroup::StopTrigger => ReadingId::S1,
        })
    }
}

impl ReadingId {
    /// The question it answers.
    pub fn group(self) -> ReadingGroup {
        Reading::find(self).group
    }
}

impl ReadingGroup {
    /// Every question.
    pub const ALL: [ReadingGroup; 2] = [ReadingGroup::InterimTrigger, ReadingGroup::StopTrigger];

    /// Its name as `sut.yaml` writes it: `interim trigger`.
    pub const fn name(self) -> &'static str {
        match self {
            ReadingGroup::InterimTrigger => "interim trigger",
            ReadingGroup::StopTrigger => "stop trigger",
        }
    }

    /// The question in a line.
    pub const fn title(self) -> &'static str {
        match self {
            ReadingGroup::InterimTrigger => {
                "What triggers SessionRequest (interim)? (6.3.3.3 step 6)"
            }
            ReadingGroup::StopTrigger => {
                "When does the server's own BYE trigger SessionRequest (stop)? (6.3.3.4 step 5)"
            }
        }
    }
}

impl fmt::Display for ReadingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Display for ReadingGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ReadingId {
    type Err = UnknownReading;

    /// `R1` to `R5`, `S1` to `S3`, written exactly so.
    fn from_str(name: &str) -> Result<ReadingId, UnknownReading> {
        let found = READINGS
            .iter()
            .map(|reading| reading.id)
            .find(|id| id.to_string() == name);
        found.ok_or_else(|| UnknownReading {
            what: "reading",
            name: name.to_owned(),
            known: "R1 to R5 and S1 to S3",
        })
    }
}

impl FromStr for ReadingGroup {
    type Err = UnknownReading;

    /// `interim trigger` or `interim-trigger`; `stop trigger` or `stop-trigger`.
    fn from_str(name: &str) -> Result<ReadingGroup, UnknownReading> {
        let found = ReadingGroup::ALL.into_iter().find(|group| {
            group.name().len() == name.len()
                && group
                    .name()
                    .chars()
                    .zip(name.chars())
                    .all(|(known, given)| known == given || (known == ' ' && given == '-'))
        });
        found.ok_or_else(|| UnknownReading {
            what: "group of readings",
            name: name.to_owned(),
            known: "`interim trigger` and `stop trigger`",
        })
    }
}

/// In the order of [`ReadingId`].
const READINGS: [Reading; 8] = [
    Reading {
        id: ReadingId::R1,
        group: ReadingGroup::InterimTrigger,
        title: "literal: the server's own BYE triggers an interim",
        text: "Step 6 names the sending of a SIP BYE as the trigger of the interim. Taken at its \
               word, a server that ends a session sends an interim for what was used, and then, \
               by 6.3.3.4, the stop. Against it: the flow is about the exchange of messages and \
               shows no BYE.",
        default: false,
        applies: Applies::Always,
    },
    Reading {
        id: ReadingId::R2,
        group: ReadingGroup::InterimTrigger,
        title: "each accepted SEND triggers an interim",
        text: "The BYE in step 6 is a residue: the change request splits one diagram of message \
               exchange and termination into two, and the labels left over in its figures show \
               that step 6 of the old diagram was the stop after a BYE. The flow begins with a \
               SEND and ends with the debit, so the SEND, once acknowledged, is what is debited.",
        default: true,
        applies: Applies::Always,
    },
    Reading {
        id: ReadingId::R3,
        group: ReadingGroup::InterimTrigger,
        title: "only spent quota or an expired Validity-Time triggers an interim",
        text: "The change request names no trigger that fits its flow, so the credit control \
               below it decides: RFC 8506 section 5.3 asks for an intermediate interrogation when \
               the granted units are spent or their validity ends, and leaves others to the \
               client. The figure then shows one interim of a session and not one for a message.",
        default: false,
        applies: Applies::Always,
    },
    Reading {
        id: ReadingId::R4,
        group: ReadingGroup::InterimTrigger,
        title: "confirmed delivery of a message triggers an interim",
        text: "Steps 3 to 5 are empty and stand between the acknowledgement and the debit. If \
               they are the delivery to the other party and its acknowledgement, a message is \
               debited once it was delivered.",
        default: false,
        applies: Applies::WithFarEnd,
    },
    Reading {
        id: ReadingId::R5,
        group: ReadingGroup::InterimTrigger,
        title: "time triggers an interim",
        text: "An interim report is, in accounting, one that is made from time to time. The \
               change request names no interval, so only what is reported can be judged and not \
               when.",
        default: false,
        applies: Applies::Always,
    },
    Reading {
        id: ReadingId::S1,
        group: ReadingGroup::StopTrigger,
        title: "sending the BYE triggers the stop",
        text: "Step 4 has the server send the BYE; \"receiving\" in step 5 was copied with the \
               sentence from the client's case. What triggers the stop is the BYE of step 4, and \
               its answer, which no figure shows, is not waited for.",
        default: true,
        applies: Applies::Always,
    },
    Reading {
        id: ReadingId::S2,
        group: ReadingGroup::StopTrigger,
        title: "the 200 OK to the server's BYE triggers the stop",
        text: "What a server receives after it has sent a BYE is the 200 OK to it. If step 5 \
               means that something is received, the stop follows the answer.",
        default: false,
        applies: Applies::Always,
    },
    Reading {
        id: ReadingId::S3,
        group: ReadingGroup::StopTrigger,
        title: "literal: a BYE received on the server's other leg triggers the stop",
        text: "The server stands between two parties. Taken at its word, step 5 speaks of the \
               BYE of the other party, which makes the server end the client's leg; the stop may \
               then come before, with or after the BYE to the client.",
        default: false,
        applies: Applies::WhenFarEndEnds,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stands_in_the_order_of_its_names() {
        for reading in Reading::all() {
            assert_eq!(Reading::find(reading.id).id, reading.id);
        }
    }

    #[test]
    fn has_one_default_in_each_group() {
        for group in ReadingGroup::ALL {
            let defaults: Vec<_> = Reading::of(group)
                .filter(|r| r.default)
                .map(|r| r.id)
                .collect();
            assert_eq!(defaults, [Reading::default_of(group).id]);
        }
        assert_eq!(Reading::of(ReadingGroup::InterimTrigger).count(), 5);
        assert_eq!(Reading::of(ReadingGroup::StopTrigger).count(), 3);
    }

    #[test]
    fn reads_back_the_names_it_prints() {
        for reading in Reading::all() {
            assert_eq!(reading.id.to_string().parse(), Ok(reading.id));
            assert_eq!(reading.id.group(), reading.group);
        }
        assert_eq!("interim trigger".parse(), Ok(ReadingGroup::InterimTrigger));
        assert_eq!("stop-trigger".parse(), Ok(ReadingGroup::StopTrigger));
    }

    #[test]
    fn refuses_other_names_and_says_which_there_are() {
        assert_eq!(
            "R6".parse::<ReadingId>().map_err(|e| e.to_string()),
            Err("no reading is called `R6`; there are R1 to R5 and S1 to S3".to_owned())
        );
        assert!("r1".parse::<ReadingId>().is_err());
        assert!("interim_trigger".parse::<ReadingGroup>().is_err());
        assert!("interim".parse::<ReadingGroup>().is_err());
    }
}
