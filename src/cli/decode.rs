//! `ch2spec decode`: a message field by field, with the bytes of each and what is wrong with it.

use std::fmt::Write;
use std::io::Read;

use bytes::Bytes;
use clap::ValueEnum;
use serde::Serialize;

use crate::diameter::{self, Dictionary};
use crate::io::Field;
use crate::report::trace_file::{from_hex, to_hex};
use crate::report::{Style, escape, fields, words};
use crate::{msrp, sip};

use super::{Console, ExitCode, Failure, suggest};

/// Arguments of `ch2spec decode`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 well-formed, 1 malformed, 2 the input could not be read")]
pub struct Args {
    /// The protocol
    protocol: Protocol,
    /// The file that holds the messages, or `-` for standard input
    file: String,
    /// The file holds hexadecimal digits, one message a line, not the bytes themselves
    #[arg(long)]
    hex: bool,
    /// Print JSON, one object a message
    #[arg(long)]
    json: bool,
    /// The dictionary profile that names AVPs
    #[arg(long, value_name = "PROFILE")]
    dictionary: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
enum Protocol {
    Sip,
    Msrp,
    Diameter,
}

/// Most bytes that are read: no message is near as long, and a device file never ends.
const MAX_INPUT: u64 = 64 << 20;

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let dictionary = dictionary(args.dictionary.as_deref())?;
    let mut malformed = false;
    let mut out = String::new();
    for (number, message) in (1..).zip(messages(args)?) {
        let decoded = Decoded::new(args.protocol, message, dictionary);
        malformed |= decoded.is_malformed();
        if args.json {
            decoded.write_json(&mut out)?;
        } else {
            decoded.write_text(&mut out, number, &console.style());
        }
    }
    console.print(&out)?;
    Ok(if malformed {
        ExitCode::Failed
    } else {
        ExitCode::Passed
    })
}

fn dictionary(name: Option<&str>) -> Result<&'static Dictionary, Failure> {
    let Some(name) = name else {
        return Ok(Dictionary::default());
    };
    Dictionary::by_profile(name).ok_or_else(|| {
        let known: Vec<&str> = Dictionary::profiles().iter().map(|d| d.profile).collect();
        let all = format!("the profiles are {}", known.join(", "));
        let help = suggest::remedy(name, &known, &all);
        Failure::usage(format!("no dictionary profile is called \"{name}\""), help)
    })
}

/// The messages of the input: one of each line of digits, and of bytes as many as a framer finds.
fn messages(args: &Args) -> Result<Vec<Bytes>, Failure> {
    let input = read(&args.file)?;
    if !args.hex {
        return Ok(split(args.protocol, input));
    }
    let text = std::str::from_utf8(&input).map_err(|_| {
        let help = "leave out --hex where the file holds the message itself";
        Failure::usage(format!("{} is no text", args.file), help)
    })?;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let bytes = from_hex(line).map_err(|error| {
            let help = "write two hexadecimal digits a byte; blanks and colons are passed over";
            Failure::usage(format!("{}, line {number}: {error}", args.file), help)
        })?;
        if !bytes.is_empty() {
            found.push(bytes);
        }
    }
    if found.is_empty() {
        return Err(no_message(&args.file));
    }
    Ok(found)
}

fn no_message(file: &str) -> Failure {
    Failure::usage(format!("{file} holds no message"), "it is empty")
}

fn read(file: &str) -> Result<Bytes, Failure> {
    let failed = |source| {
        let name = if file == "-" { "standard input" } else { file };
        Failure::Read {
            name: name.to_owned(),
            source,
        }
    };
    let mut input = Vec::new();
    if file == "-" {
        std::io::stdin()
            .lock()
            .take(MAX_INPUT)
            .read_to_end(&mut input)
            .map_err(failed)?;
    } else {
        let open = std::fs::File::open(file).map_err(failed)?;
        open.take(MAX_INPUT)
            .read_to_end(&mut input)
            .map_err(failed)?;
    }
    if input.is_empty() {
        return Err(no_message(file));
    }
    Ok(Bytes::from(input))
}

/// Cuts a stream into messages. What no framer can cut is one message, so that nothing is lost.
fn split(protocol: Protocol, input: Bytes) -> Vec<Bytes> {
    let mut found = Vec::new();
    let rest = match protocol {
        // A file holds a datagram as well as a stream; both begin at the first byte.
        Protocol::Sip => input,
        Protocol::Msrp => {
            let mut framer = msrp::Framer::default();
            framer.push(&input);
            while let Ok(Some(message)) = framer.poll_bytes() {
                found.push(message);
            }
            Bytes::copy_from_slice(framer.unfinished())
        }
        Protocol::Diameter => {
            let mut framer = diameter::Framer::default();
            framer.push(&input);
            while let Ok(Some(message)) = framer.next_message() {
                found.push(message);
            }
            Bytes::copy_from_slice(framer.remainder())
        }
    };
    if !rest.is_empty() {
        found.push(rest);
    }
    found
}

#[derive(Serialize)]
struct Decoded {
    protocol: Protocol,
    #[serde(serialize_with = "as_hex")]
    bytes: Bytes,
    fields: Vec<Field>,
    malformed: bool,
}

impl Decoded {
    fn new(protocol: Protocol, bytes: Bytes, dictionary: &'static Dictionary) -> Decoded {
        let raw = bytes.clone();
        let (fields, malformed) = match protocol {
            Protocol::Sip => {
                let message = sip::Message::decode(raw);
                let wrong = message
                    .faults()
                    .iter()
                    .any(|f| f.severity == sip::Severity::Must);
                (message.fields(), wrong)
            }
            Protocol::Msrp => {
                let message = msrp::Message::decode(raw);
                let wrong = message
                    .faults()
                    .iter()
                    .any(|f| f.severity == msrp::Severity::Must);
                (message.fields(), wrong)
            }
            Protocol::Diameter => {
                let message = diameter::Message::decode_with(raw, dictionary);
                let wrong = message
                    .faults()
                    .iter()
                    .any(|f| f.severity == diameter::Severity::Must);
                (message.fields(dictionary), wrong)
            }
        };
        Decoded {
            protocol,
            bytes,
            fields,
            malformed,
        }
    }

    fn is_malformed(&self) -> bool {
        self.malformed
    }

    fn write_json(&self, out: &mut String) -> Result<(), Failure> {
        let text = serde_json::to_string(self).map_err(std::io::Error::other)?;
        out.push_str(&escape::json(&text));
        out.push('\n');
        Ok(())
    }

    fn write_text(&self, out: &mut String, number: usize, style: &Style) {
        if number > 1 {
            out.push('\n');
        }
        let size = words::count(self.bytes.len(), "byte");
        let _ = writeln!(out, "{}", style.bold(&format!("message {number}, {size}")));
        fields::write(out, &self.fields, &self.bytes, style);
    }
}

fn as_hex<S: serde::Serializer>(bytes: &Bytes, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&to_hex(bytes))
}
