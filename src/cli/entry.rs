//! From the command line to the exit code.

use clap::Parser;

use super::{
    Cli, Console, ExitCode, Verb, completions, coverage, decode, explain, fmt, init, lint, list,
    new, record, run, schema, selftest, serve, show,
};

/// Runs the command of the process's arguments.
pub fn main() -> std::process::ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return answer(&error).into(),
    };
    let console = Console::new(cli.color, cli.quiet);
    let done = match cli.verb {
        Verb::Run(args) => run::run(&args, &console),
        Verb::List(args) => list::run(&args, &console),
        Verb::Show(args) => show::run(&args, &console),
        Verb::New(args) => new::run(&args, &console),
        Verb::Record(args) => record::run(&args, &console),
        Verb::Init(args) => init::run(&args, &console),
        Verb::Fmt(args) => fmt::run(&args, &console),
        Verb::Lint(args) => lint::run(&args, &console),
        Verb::Serve(args) => serve::run(&args, &console),
        Verb::Decode(args) => decode::run(&args, &console),
        Verb::Explain(args) => explain::run(&args, &console),
        Verb::Selftest(args) => selftest::run(&args, &console),
        Verb::Coverage(args) => coverage::run(&args, &console),
        Verb::Schema(args) => schema::run(&args, &console),
        Verb::Completions(args) => completions::run(&args, &console),
    };
    done.unwrap_or_else(|failure| failure.complain(&console))
        .into()
}

/// Prints what clap has to say: help and version to standard output, bad usage to standard error.
fn answer(error: &clap::Error) -> ExitCode {
    // Nobody reads it: there is nobody to tell.
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::Usage
    } else {
        ExitCode::Passed
    }
}
