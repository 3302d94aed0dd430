//! The shape of an explanation.

use super::super::diagnostic::Diagnostic;
use super::super::library::load_text;
use super::super::sut_file::load_sut_text;
use super::{files, flow, fragments, servers, sessions, steps, values};

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The code: `unknown-key`.
    pub code: &'static str,
    /// What is wrong, why it matters, and the way out.
    pub text: &'static str,
    /// What earns the code.
    pub wrong: Example,
    /// The same as it should be.
    pub right: Example,
}

/// An example of what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Example {
    /// Steps of a flow.
    Steps(&'static str),
    /// A whole scenario or fragment file.
    File(&'static str),
    /// Keys of `sut.yaml`.
    Server(&'static str),
    /// Several files of one directory, by name.
    Files(&'static [(&'static str, &'static str)]),
    /// Something too large or too strange to print, in words.
    Words(&'static str),
}

impl Explanation {
    /// Every explanation, by code.
    pub fn all() -> Vec<&'static Explanation> {
        let tables = [
            files::TABLE,
            flow::TABLE,
            fragments::TABLE,
            servers::TABLE,
            sessions::TABLE,
            steps::TABLE,
            values::TABLE,
        ];
        let mut all: Vec<&Explanation> = tables.into_iter().flatten().collect();
        all.sort_by_key(|explanation| explanation.code);
        all
    }

    /// The explanation of a code; case does not matter.
    pub fn find(code: &str) -> Option<&'static Explanation> {
        let mut all = Explanation::all().into_iter();
        all.find(|explanation| explanation.code.eq_ignore_ascii_case(code))
    }
}

impl Example {
    /// The example as an author would write it.
    pub fn shown(&self) -> String {
        match self {
            Example::Steps(text) | Example::File(text) | Example::Server(text) => {
                (*text).to_owned()
            }
            Example::Files(files) => {
                let files = files.iter().map(|(name, text)| format!("# {name}\n{text}"));
                files.collect::<Vec<_>>().join("\n")
            }
            Example::Words(words) => format!("({words})\n"),
        }
    }

    /// What the loader has to say of it; `None` for what is not one text.
    pub fn diagnostics(&self) -> Option<Vec<Diagnostic>> {
        match self {
            Example::Steps(_) | Example::File(_) => {
                Some(load_text("example.yaml", self.whole()?.as_bytes()).diagnostics)
            }
            Example::Server(_) => {
                Some(load_sut_text("sut.yaml", self.whole()?.as_bytes()).diagnostics)
            }
            Example::Files(_) | Example::Words(_) => None,
        }
    }

    /// The example with everything around it that makes a file of it.
    pub fn whole(&self) -> Option<String> {
        match self {
            Example::Steps(steps) => {
                let lines = steps.split_inclusive('\n').map(|line| format!("  {line}"));
                Some(format!("{SCENARIO}{}", lines.collect::<String>()))
            }
            Example::File(text) => Some((*text).to_owned()),
            Example::Server(text) => {
                let said = |line: &str| {
                    let key = line.split(':').next().unwrap_or_default();
                    text.lines().any(|own| own.split(':').next() == Some(key))
                };
                let rest = SERVER.split_inclusive('\n').filter(|line| !said(line));
                Some(format!("{}{text}", rest.collect::<String>()))
            }
            Example::Files(_) | Example::Words(_) => None,
        }
    }
}

/// What stands above the steps of an example.
const SCENARIO: &str = "\
ch2spec: 1
id: EXAMPLE-001
title: An example
clause: none
requirements: [MSG-1]
needs: [session-mode, far-end, server-ends-session]
flow:
";

/// What stands beside the keys of an example.
const SERVER: &str = "\
ch2spec: 1
name: Example IM Server
sip: { address: \"127.0.0.1:5060\", client address: 127.0.0.1 }
subscribers: { client: \"sip:alice@example.com\", far end: \"sip:bob@example.com\" }
enabler: { listen: \"127.0.0.1:3868\", host: ocs.example.com, realm: example.com }
far end: { listen: \"127.0.0.1:5070\" }
";
