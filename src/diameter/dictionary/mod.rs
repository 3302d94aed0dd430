//! Names, types and flag rules of AVPs; commands; names of values.
//!
//! The rows are data, each with the clause or transcription it comes from and how sure that is:
//! [`Certainty::Confirmed`] where the standard's own text was read, [`Certainty::Secondary`] where
//! a dictionary or program that transcribes it was. Where the transcriptions disagree, a
//! [`Dictionary`] profile says which of them is followed:
//!
//! | profile | differs from `dds-2011` in |
//! |---|---|
//! | `dds-2011` (default) | - |
//! | `iwf-2009` | Service-Generic-Information (1256) carries no vendor; Application-Service-Type (2102) and Application-Session-Id (2103) are UTF8String |
//! | `wireshark-4.0` | Application-Server-Id (2101) is Unsigned32, Cause-Code (861) Enumerated; some names are spelled differently; the members of IM-Information (2110) are listed wrongly |

mod base;
mod command;
mod credit;
mod profile;
mod result;
mod row;
mod tgpp;

pub use command::{
    ASR, CCR, CER, COMMANDS, CREDIT_CONTROL_APPLICATION, CommandDef, DPR, DWR, RAR,
    RELAY_APPLICATION, STR, command, command_by_name,
};
pub use profile::Dictionary;
pub use result::{RESULT_CODES, result_code, result_name};
pub use row::{AvpDef, AvpType, Certainty, MandatoryRule};
