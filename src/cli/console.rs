//! Where a verb writes.

use std::io::{self, IsTerminal, Write};

use crate::report::Style;

use super::{ColorChoice, Failure};

/// Where a verb writes: what was asked for to standard output, everything else to standard error.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    color: ColorChoice,
    quiet: bool,
}

impl Console {
    /// A console as the command line asks for it.
    pub fn new(color: ColorChoice, quiet: bool) -> Console {
        Console { color, quiet }
    }

    /// How text on standard output looks.
    pub fn style(&self) -> Style {
        if self.colors_stdout() {
            Style::colored()
        } else {
            Style::plain()
        }
    }

    /// How text on standard error looks.
    pub fn error_style(&self) -> Style {
        if self.colors_stderr() {
            Style::colored()
        } else {
            Style::plain()
        }
    }

    /// Whether standard output takes colours.
    pub fn colors_stdout(&self) -> bool {
        self.colors(io::stdout().is_terminal())
    }

    /// Whether standard error takes colours.
    pub fn colors_stderr(&self) -> bool {
        self.colors(io::stderr().is_terminal())
    }

    /// Whether someone watches: standard error is a terminal, and quiet was not asked for.
    pub fn is_watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Writes what was asked for. A reader that has gone away is no error.
    ///
    /// # Errors
    ///
    /// Where standard output cannot be written to for another reason.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut to = io::stdout().lock();
        forgive(to.write_all(text.as_bytes()).and_then(|()| to.flush()))
    }

    /// Tells the user something beside what was asked for, unless quiet was asked for.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Tells the user what is wrong; also where quiet was asked for.
    pub fn complain(&self, text: &str) {
        // Standard error is the last resort: there is nowhere to say that it fails.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Puts `text` in place of the line that standard error stands on. For a terminal only.
    pub fn overwrite(&self, text: &str) {
        let mut to = io::stderr().lock();
        let _ = write!(to, "\r\x1b[2K{text}").and_then(|()| to.flush());
    }

    /// `NO_COLOR` and `CLICOLOR_FORCE` decide where the command line does not.
    fn colors(&self, terminal: bool) -> bool {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if set("NO_COLOR") => false,
            ColorChoice::Auto if set("CLICOLOR_FORCE") => true,
            ColorChoice::Auto => terminal && std::env::var_os("TERM").is_none_or(|t| t != "dumb"),
        }
    }
}

fn forgive(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
