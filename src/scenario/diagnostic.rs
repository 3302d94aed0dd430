//! What is wrong with a file, where, and what to do about it.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::budget::Budget;
use super::model::Place;

/// Problems of one file that are reported; the rest are counted.
const MAX_PER_FILE: usize = 100;
/// Problems of all files of a load, from which on no further file is looked at.
const MAX_PER_LOAD: usize = 20_000;

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The file can be used; what it says may not be what was meant.
    Warning,
    /// The file cannot be used.
    Error,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable name, such as `unknown-key`.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where.
    pub place: Place,
    /// The remedy.
    pub help: Option<String>,
    /// Other places that have to do with it.
    pub notes: Vec<Note>,
}

/// Something that belongs to a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// In one line.
    pub text: String,
    /// Where, if it stands anywhere.
    pub place: Option<Place>,
}

impl Diagnostic {
    /// A problem that makes the file unusable.
    pub fn error(code: &'static str, place: Place, message: impl Into<String>) -> Diagnostic {
        let message = message.into();
        let notes = Vec::new();
        Diagnostic {
            code,
            severity: Severity::Error,
            message,
            place,
            help: None,
            notes,
        }
    }

    /// A problem that may not be one.
    pub fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, place, message)
        }
    }

    /// The same with its remedy.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// The same with another note.
    pub fn note(mut self, text: impl Into<String>, place: Option<Place>) -> Diagnostic {
        self.notes.push(Note {
            text: text.into(),
            place,
        });
        self
    }

    /// The problem for a terminal: file, line, column, the line itself and a caret.
    ///
    /// Control and direction-changing characters of the file are made visible.
    pub fn render(&self, colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(visible(&self.message)).id(self.code);
        let mut groups = vec![match self.place.source.text.is_empty() {
            true => title.element(Origin::path(visible(&self.place.source.path))),
            false => title.element(snippet(&self.place, AnnotationKind::Primary)),
        }];
        for note in &self.notes {
            let text = visible(&note.text);
            match &note.place {
                Some(place) => groups.push(
                    Group::with_title(Level::NOTE.secondary_title(text))
                        .element(snippet(place, AnnotationKind::Context)),
                ),
                None => groups.push(Group::with_title(Level::NOTE.secondary_title(text))),
            }
        }
        if let Some(help) = &self.help {
            let help = Level::HELP.message(visible(help));
            let first = groups.remove(0).element(help);
            groups.insert(0, first);
        }
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&groups)
    }
}

/// Problems as they are found: each once, and of a hopeless file not all.
#[derive(Debug, Default)]
pub(super) struct Problems {
    list: Vec<Diagnostic>,
    seen: HashSet<(&'static str, String, usize, String)>,
    per_file: HashMap<String, usize>,
    errors: usize,
    /// Set once there are too many.
    ended: bool,
    /// What the load has taken so far.
    pub(super) budget: Budget,
}

impl Problems {
    /// Adds a problem, unless it is there already.
    pub(super) fn push(&mut self, problem: Diagnostic) {
        let path = problem.place.source.path.clone();
        let count = self.per_file.entry(path.clone()).or_default();
        if *count > MAX_PER_FILE {
            return;
        }
        let key = (
            problem.code,
            path,
            problem.place.bytes.start,
            problem.message.clone(),
        );
        if !self.seen.insert(key) {
            return;
        }
        *count += 1;
        if *count > MAX_PER_FILE {
            self.errors += 1;
            let text = format!("more than {MAX_PER_FILE} problems in this file");
            self.list
                .push(Diagnostic::error("too-many-problems", problem.place, text));
            return;
        }
        self.errors += usize::from(problem.severity == Severity::Error);
        self.list.push(problem);
    }

    /// Adds an error.
    pub(super) fn error(&mut self, code: &'static str, place: &Place, text: impl Into<String>) {
        self.push(Diagnostic::error(code, place.clone(), text));
    }

    /// Whether nothing more is taken of that file, so that looking for a remedy is wasted.
    pub(super) fn is_full(&self, place: &Place) -> bool {
        self.per_file
            .get(&place.source.path)
            .is_some_and(|count| *count > MAX_PER_FILE)
    }

    /// Whether the load ends here: it has taken more than a load may, or there are so many problems
    /// that nobody will miss further ones.
    pub(super) fn end_load(&mut self) -> bool {
        if self.ended || self.budget.is_spent() {
            return true;
        }
        let Some(last) = self.list.last().filter(|_| self.list.len() >= MAX_PER_LOAD) else {
            return false;
        };
        let text = format!("more than {MAX_PER_LOAD} problems: other files were not looked at");
        let problem = Diagnostic::error("too-many-problems", last.place.clone(), text);
        self.ended = true;
        self.errors += 1;
        self.list.push(problem);
        true
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// Everything found, by file and place.
    pub(super) fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by(|a, b| {
            let key = |d: &Diagnostic| (d.place.bytes.start, d.place.bytes.end);
            a.place
                .source
                .path
                .cmp(&b.place.source.path)
                .then(key(a).cmp(&key(b)))
        });
        self.list
    }
}

/// The first line of a place, with the place marked.
fn snippet(
    place: &Place,
    kind: AnnotationKind,
) -> Snippet<'static, annotate_snippets::Annotation<'static>> {
    let (line, mark) = excerpt(place);
    Snippet::source(line)
        .line_start(place.line)
        .path(visible(&place.source.path))
        .annotation(kind.span(mark))
}

/// One line, made visible, and the bytes of it that the place covers.
fn excerpt(place: &Place) -> (String, Range<usize>) {
    let range = place.line_range();
    let text = &place.source.text;
    let (mut line, mut start, mut end) = (String::new(), None, None);
    for (i, c) in text[range.clone()].char_indices() {
        let at = range.start + i;
        if at >= place.bytes.start && start.is_none() {
            start = Some(line.len());
        }
        if at >= place.bytes.end && end.is_none() {
            end = Some(line.len());
        }
        if c != '\u{feff}' {
            line.push(visible_char(c));
        }
    }
    let start = start.unwrap_or(line.len());
    let end = end.unwrap_or(line.len()).max(start);
    (line, start..end)
}

/// Text in which nothing can hide or move the cursor.
fn visible(text: &str) -> String {
    text.chars().map(visible_char).collect()
}

fn visible_char(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Source;
    use super::*;

    #[test]
    fn renders_file_line_column_and_caret() {
        let source = Source::new("a.yaml", "id: x\ntitel: y\n");
        let place = Place::at(&source, 6..11);
        let shown = Diagnostic::error("unknown-key", place, "unknown key `titel`")
            .help("did you mean `title`?")
            .render(false);
        insta::assert_snapshot!(shown, @r"
        error[unknown-key]: unknown key `titel`
         --> a.yaml:2:1
          |
        2 | titel: y
          | ^^^^^
          |
          = help: did you mean `title`?
        ");
    }

    #[test]
    fn shows_what_would_move_the_cursor() {
        let source = Source::new("a\u{1b}[2J.yaml", "id: \u{1b}[31m\u{202e}x");
        let place = Place::at(&source, 4..5);
        let shown = Diagnostic::error("c", place, "bad \u{1b}]0;x").render(false);
        assert!(
            !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
            "{shown}"
        );
        assert!(shown.contains('\u{241b}'));
    }

    #[test]
    fn says_each_thing_once_and_stops_at_some_point() {
        let source = Source::new("a.yaml", "x".repeat(500));
        let mut problems = Problems::default();
        for i in 0..500 {
            problems.error("c", &Place::at(&source, i..i + 1), "wrong");
            problems.error("c", &Place::at(&source, i..i + 1), "wrong");
        }
        let list = problems.into_sorted();
        assert_eq!(list.len(), MAX_PER_FILE + 1);
        assert_eq!(list[MAX_PER_FILE].code, "too-many-problems");
    }
}
