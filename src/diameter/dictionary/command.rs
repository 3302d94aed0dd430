//! The commands (RFC 6733 3.1, RFC 8506 3).

/// The Application Id of credit control (RFC 8506 12.1).
pub const CREDIT_CONTROL_APPLICATION: u32 = 4;
/// The Application Id by which a relay says that it takes any application (RFC 6733 2.4).
pub const RELAY_APPLICATION: u32 = 0xffff_ffff;

/// Command code of CER and CEA (RFC 6733 5.3).
pub const CER: u32 = 257;
/// Command code of RAR and RAA (RFC 6733 8.3).
pub const RAR: u32 = 258;
/// Command code of CCR and CCA (RFC 8506 3).
pub const CCR: u32 = 272;
/// Command code of ASR and ASA (RFC 6733 8.5).
pub const ASR: u32 = 274;
/// Command code of STR and STA (RFC 6733 8.4).
pub const STR: u32 = 275;
/// Command code of DWR and DWA (RFC 6733 5.5).
pub const DWR: u32 = 280;
/// Command code of DPR and DPA (RFC 6733 5.4).
pub const DPR: u32 = 282;

/// A command: one direction of a Command Code.
#[derive(Debug, PartialEq, Eq)]
pub struct CommandDef {
    /// The Command Code.
    pub code: u32,
    /// True for the request of the pair.
    pub request: bool,
    /// The name, such as `Credit-Control-Request`.
    pub name: &'static str,
    /// The abbreviation, such as `CCR`.
    pub abbreviation: &'static str,
    /// True where the definition says PXY, so that the P bit is set.
    pub proxiable: bool,
    /// The clause that defines it.
    pub source: &'static str,
}

/// All commands that are known.
pub const COMMANDS: &[CommandDef] = &[
    c(
        CER,
        true,
        "Capabilities-Exchange-Request",
        "CER",
        false,
        "RFC 6733 5.3.1",
    ),
    c(
        CER,
        false,
        "Capabilities-Exchange-Answer",
        "CEA",
        false,
        "RFC 6733 5.3.2",
    ),
    c(RAR, true, "Re-Auth-Request", "RAR", true, "RFC 6733 8.3.1"),
    c(RAR, false, "Re-Auth-Answer", "RAA", true, "RFC 6733 8.3.2"),
    c(
        271,
        true,
        "Accounting-Request",
        "ACR",
        true,
        "RFC 6733 9.7.1",
    ),
    c(
        271,
        false,
        "Accounting-Answer",
        "ACA",
        true,
        "RFC 6733 9.7.2",
    ),
    c(
        CCR,
        true,
        "Credit-Control-Request",
        "CCR",
        true,
        "RFC 8506 3.1",
    ),
    c(
        CCR,
        false,
        "Credit-Control-Answer",
        "CCA",
        true,
        "RFC 8506 3.2",
    ),
    c(
        ASR,
        true,
        "Abort-Session-Request",
        "ASR",
        true,
        "RFC 6733 8.5.1",
    ),
    c(
        ASR,
        false,
        "Abort-Session-Answer",
        "ASA",
        true,
        "RFC 6733 8.5.2",
    ),
    c(
        STR,
        true,
        "Session-Termination-Request",
        "STR",
        true,
        "RFC 6733 8.4.1",
    ),
    c(
        STR,
        false,
        "Session-Termination-Answer",
        "STA",
        true,
        "RFC 6733 8.4.2",
    ),
    c(
        DWR,
        true,
        "Device-Watchdog-Request",
        "DWR",
        false,
        "RFC 6733 5.5.1",
    ),
    c(
        DWR,
        false,
        "Device-Watchdog-Answer",
        "DWA",
        false,
        "RFC 6733 5.5.2",
    ),
    c(
        DPR,
        true,
        "Disconnect-Peer-Request",
        "DPR",
        false,
        "RFC 6733 5.4.1",
    ),
    c(
        DPR,
        false,
        "Disconnect-Peer-Answer",
        "DPA",
        false,
        "RFC 6733 5.4.2",
    ),
];

/// The command with this code and direction.
pub fn command(code: u32, request: bool) -> Option<&'static CommandDef> {
    COMMANDS
        .iter()
        .find(|command| command.code == code && command.request == request)
}

/// The command with this name or abbreviation.
pub fn command_by_name(name: &str) -> Option<&'static CommandDef> {
    COMMANDS
        .iter()
        .find(|command| command.name == name || command.abbreviation == name)
}

const fn c(
    code: u32,
    request: bool,
    name: &'static str,
    abbreviation: &'static str,
    proxiable: bool,
    source: &'static str,
) -> CommandDef {
    CommandDef {
        code,
        request,
        name,
        abbreviation,
        proxiable,
        source,
    }
}
