//! How a report looks.

use colored::{Color, Colorize};

use crate::engine::Verdict;

/// How a report looks.
///
/// Colour is decided by whoever knows the stream: `colored` by itself looks at standard output
/// only. Without colour nothing of a terminal's language is written at all.
#[derive(Clone, Debug, Default)]
pub struct Style {
    color: bool,
    verbose: bool,
    evidence: Option<String>,
}

impl Style {
    /// Plain text.
    pub fn plain() -> Style {
        Style::default()
    }

    /// Text with colours.
    pub fn colored() -> Style {
        // Only text styled by a `Style` with colour goes through `colored`, so that forcing it on
        // decides for no one else.
        colored::control::set_override(true);
        Style {
            color: true,
            ..Style::default()
        }
    }

    /// The same, with every step of every scenario.
    pub fn with_verbose(self, verbose: bool) -> Style {
        Style { verbose, ..self }
    }

    /// The same, naming the file that holds the evidence.
    pub fn with_evidence(self, path: impl Into<String>) -> Style {
        Style {
            evidence: Some(path.into()),
            ..self
        }
    }

    /// Whether every step of every scenario is shown.
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// The file that holds the evidence.
    pub fn evidence(&self) -> Option<&str> {
        self.evidence.as_deref()
    }

    /// `text` in the colour of a verdict, bold.
    pub fn verdict(&self, verdict: Verdict, text: &str) -> String {
        self.strong(text, color_of(verdict))
    }

    /// `text` in bold.
    pub fn bold(&self, text: &str) -> String {
        if self.color {
            text.bold().to_string()
        } else {
            text.to_owned()
        }
    }

    /// `text` that may be passed over.
    pub fn dim(&self, text: &str) -> String {
        if self.color {
            text.dimmed().to_string()
        } else {
            text.to_owned()
        }
    }

    /// `text` of a warning.
    pub fn warning(&self, text: &str) -> String {
        self.strong(text, Color::Yellow)
    }

    /// What was expected and did not come.
    pub fn expected(&self, text: &str) -> String {
        self.paint(text, Color::Red)
    }

    /// What came and was not expected.
    pub fn observed(&self, text: &str) -> String {
        self.paint(text, Color::Green)
    }

    /// The frame around a quotation.
    pub fn frame(&self, text: &str) -> String {
        self.strong(text, Color::Blue)
    }

    fn paint(&self, text: &str, color: Color) -> String {
        if self.color {
            text.color(color).to_string()
        } else {
            text.to_owned()
        }
    }

    fn strong(&self, text: &str, color: Color) -> String {
        if self.color {
            text.color(color).bold().to_string()
        } else {
            text.to_owned()
        }
    }
}

fn color_of(verdict: Verdict) -> Color {
    match verdict {
        Verdict::Pass => Color::Green,
        Verdict::Fail => Color::Red,
        Verdict::Error => Color::Magenta,
        Verdict::Inconclusive => Color::Yellow,
        Verdict::NotApplicable => Color::BrightBlack,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_plain_beside_a_coloured_style() {
        let colored = Style::colored().verdict(Verdict::Fail, "fail");
        assert!(colored.contains("\x1b["), "{colored:?}");
        assert_eq!(Style::plain().verdict(Verdict::Fail, "fail"), "fail");
    }
}
