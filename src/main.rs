//! The `ch2spec` command.

fn main() -> std::process::ExitCode {
    ch2spec::cli::main()
}
