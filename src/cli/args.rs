//! What the command line takes.

use clap::{Parser, Subcommand, ValueEnum};

use super::{
    completions, coverage, decode, exit, explain, fmt, init, lint, list, new, record, run, schema,
    selftest, serve, show,
};

/// Conformance tests for the online charging (CH-2) of OMA instant messaging servers.
///
/// ch2spec plays the IM client, the far end and the Charging Enabler against an IM server, and shows
/// message by message where what the server did differs from what the specification asks for.
/// Without a server at hand it runs against a reference server of its own: `ch2spec run`.
#[derive(Debug, Parser)]
#[command(name = "ch2spec", version, after_help = exit::HELP, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// When to use colours; `auto` heeds NO_COLOR and whether it writes to a terminal
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: ColorChoice,
    /// Say nothing on standard error but what is wrong
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run scenarios against a server, or against the reference server
    Run(run::Args),
    /// List the scenarios
    List(list::Args),
    /// Draw a scenario as a ladder
    Show(show::Args),
    /// Write a commented scenario to begin with
    New(new::Args),
    /// Write the first draft of a scenario from a session with the server
    Record(record::Args),
    /// Write a commented description of a server
    Init(init::Args),
    /// Bring scenario files and server descriptions into one form
    Fmt(fmt::Args),
    /// Check scenario files and server descriptions, and name every problem
    Lint(lint::Args),
    /// Run the reference server until Ctrl-C
    Serve(Box<serve::Args>),
    /// Take a message apart, field by field
    Decode(decode::Args),
    /// Show that every scenario passes on the clean reference server and that every fault is caught
    Selftest(selftest::Args),
    /// Say which scenarios and rules look at what, and what is left out and why
    Coverage(coverage::Args),
    /// Explain a requirement, a reading or an always-on rule
    Explain(explain::Args),
    /// Print the JSON Schema of a kind of file, for completion in an editor
    Schema(schema::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_makes_sense() {
        Cli::command().debug_assert();
    }
}
