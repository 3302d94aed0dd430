//! The defects of the change request, and what the harness makes of each.

use serde::Serialize;

use super::ReadingId;

/// One place where the change request is broken off, contradicts itself or is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Defect {
    /// Its number in reports, from 1.
    pub number: u8,
    /// Where it is.
    pub clause: &'static str,
    /// What is wrong with the text.
    pub text: &'static str,
    /// What the harness does about it.
    pub treatment: &'static str,
    /// The readings it can be settled by; empty where none is judged.
    pub readings: &'static [ReadingId],
    /// The requirements it touches.
    pub requirements: &'static [&'static str],
}

impl Defect {
    /// Every defect, by number.
    pub fn all() -> &'static [Defect] {
        DEFECTS
    }

    /// The defects that touch a requirement.
    pub fn of(requirement: &str) -> impl Iterator<Item = &'static Defect> {
        DEFECTS
            .iter()
            .filter(move |defect| defect.requirements.contains(&requirement))
    }
}

const DEFECTS: &[Defect] = &[
    Defect {
        number: 1,
        clause: "6.3.3.3 step 6",
        text: "An interim is triggered by \"sending the [SIP BYE]\", in a flow of messages that \
               has no BYE.",
        treatment: "Every reading is judged over the same trace.",
        readings: &[
            ReadingId::R1,
            ReadingId::R2,
            ReadingId::R3,
            ReadingId::R4,
            ReadingId::R5,
        ],
        requirements: &["MSG-6"],
    },
    Defect {
        number: 2,
        clause: "6.3.3.3 steps 3, 4, 5 and 8",
        text: "Step 3 is broken off after one word; steps 4, 5 and 8 are empty.",
        treatment: "Not specified: nothing is judged by them. A far end that is forwarded to is a \
                    matter of the binding profile.",
        readings: &[],
        requirements: &["MSG-3", "MSG-4", "MSG-5", "MSG-8", "PROFILE-FORWARD"],
    },
    Defect {
        number: 3,
        clause: "6.3.3.3 steps 2 and 6",
        text: "The message is acknowledged before it is debited; whether it may be authorised \
               first is not said.",
        treatment: "200 and interim are not ordered against each other.",
        readings: &[],
        requirements: &["MSG-2", "MSG-6"],
    },
    Defect {
        number: 4,
        clause: "6.3.3.4 step 5, server terminating",
        text: "The server is \"receiving\" the BYE that step 4 has it send.",
        treatment: "Every reading is judged over the same trace.",
        readings: &[ReadingId::S1, ReadingId::S2, ReadingId::S3],
        requirements: &["END-S-4", "END-S-5"],
    },
    Defect {
        number: 5,
        clause: "6.3.3.3, 6.3.3.4",
        text: "The steps of the second case are numbered 4 to 6; the figures carry labels 1, 6 \
               and 7 of an older, undivided diagram.",
        treatment: "Steps are cited by the number in the text and by the case.",
        readings: &[],
        requirements: &["MSG-6", "END-S-4", "END-S-5", "END-S-6"],
    },
    Defect {
        number: 6,
        clause: "6.3.3.4",
        text: "The figures of the session's end have captions and no numbers.",
        treatment: "They are cited by caption.",
        readings: &[],
        requirements: &["END-C-0", "END-S-0"],
    },
    Defect {
        number: 7,
        clause: "6.3.3.4",
        text: "No answer to the BYE is shown anywhere.",
        treatment: "The 200 OK is expected because SIP asks for it, in any order with the stop.",
        readings: &[],
        requirements: &["END-C-1", "END-S-4", "SIP-BYE-200"],
    },
    Defect {
        number: 8,
        clause: "6.3.3.3, 6.3.3.4",
        text: "There is no start of a session, no grant and no refusal: only success is described.",
        treatment: "What is missing is taken from RFC 8506 and labelled so.",
        readings: &[],
        requirements: &["MSG-7", "END-C-3", "END-S-6", "CC-5.2-FIRST"],
    },
    Defect {
        number: 9,
        clause: "6.3.3.3 step 6, 6.3.3.4 steps 2 and 5",
        text: "\"the used units\" are defined nowhere: neither the unit, nor which messages count, \
               nor what is reported where there were none.",
        treatment: "Values of the vendor's description (unit, zero usage); refused messages do not \
                    count.",
        readings: &[],
        requirements: &["MSG-6-USED", "PROFILE-UNITS"],
    },
    Defect {
        number: 10,
        clause: "6.3.3.3 step 6, 6.3.3.4",
        text: "The stop debits and closes; the interim debits only. Whether it also asks for new \
               quota is not said.",
        treatment: "Requested-Service-Unit in an interim is neither asked for nor refused.",
        readings: &[],
        requirements: &["MSG-6", "END-C-2", "END-S-5"],
    },
    Defect {
        number: 11,
        clause: "6.3.3.3, 6.3.3.4",
        text: "\"participating IM Server\" in one clause, \"the IM server\" in the other; whether \
               the server of the sender, of the receiver or both charge is open.",
        treatment: "The harness plays the sender's side: its client calls and sends.",
        readings: &[],
        requirements: &["MSG-0"],
    },
    Defect {
        number: 12,
        clause: "6.3.3.4",
        text: "A client that vanishes, a lost MSRP connection and two BYEs that cross are not \
               covered.",
        treatment: "Judged only by the rules of RFC 8506 and RFC 6733 that always hold.",
        readings: &[],
        requirements: &["END-C-2-ONCE", "END-S-5-ONCE"],
    },
    Defect {
        number: 13,
        clause: "6.3.3.3 step 6, 6.3.3.4 steps 2 and 5",
        text: "\"SHALL trigger\" has no time limit, and the Response is tied to nothing in SIP or \
               MSRP.",
        treatment: "The vendor states how long a trigger may take (IXIT).",
        readings: &[],
        requirements: &["MSG-6", "END-C-2", "END-S-5"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ch2::{Reading, Requirement};

    #[test]
    fn are_numbered_and_touch_requirements_that_exist() {
        assert_eq!(Defect::all().len(), 13);
        for (at, defect) in Defect::all().iter().enumerate() {
            assert_eq!(usize::from(defect.number), at + 1);
            assert!(!defect.requirements.is_empty());
            for id in defect.requirements {
                assert!(Requirement::find(id).is_some(), "{id}");
            }
        }
    }

    #[test]
    fn every_reading_settles_one() {
        for reading in Reading::all() {
            let settled = Defect::all()
                .iter()
                .filter(|d| d.readings.contains(&reading.id));
            assert_eq!(settled.count(), 1, "{}", reading.id);
        }
        assert_eq!(
            Defect::of("END-S-5").map(|d| d.number).collect::<Vec<_>>(),
            [4, 5, 10, 13]
        );
    }
}
