//! Files as they were read, and places in them.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::diagnostic::Diagnostic;
use super::model::{Place, Source};

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 1 << 20;

impl Source {
    /// A source of text that is already in memory.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Source> {
        Arc::new(Source {
            path: path.into(),
            text: text.into(),
        })
    }

    /// Reads a file, at most [`MAX_FILE_BYTES`] of it.
    ///
    /// # Errors
    /// One located problem: the file cannot be read, is too large, or is not UTF-8.
    pub fn read(path: &Path) -> Result<Arc<Source>, Box<Diagnostic>> {
        use std::io::Read;

        let name = path.display().to_string();
        let mut bytes = Vec::new();
        let limit = MAX_FILE_BYTES as u64 + 1;
        let read = std::fs::File::open(path).and_then(|f| f.take(limit).read_to_end(&mut bytes));
        match read {
            Ok(_) => Source::from_bytes(name, &bytes),
            Err(error) => {
                let place = Place::start(&Source::new(name, ""));
                let text = format!("cannot read the file: {error}");
                Err(Box::new(Diagnostic::error("unreadable", place, text)))
            }
        }
    }

    /// A source of bytes that claim to be UTF-8 text.
    ///
    /// # Errors
    /// One located problem: the text is too large, is not UTF-8, or holds control characters.
    pub fn from_bytes(path: String, bytes: &[u8]) -> Result<Arc<Source>, Box<Diagnostic>> {
        if bytes.len() > MAX_FILE_BYTES {
            let head = String::from_utf8_lossy(&bytes[..200]).into_owned();
            let place = Place::start(&Source::new(path, head));
            let text = format!("the file is larger than {} KiB", MAX_FILE_BYTES / 1024);
            let help = "cut it into several scenarios; steps that repeat belong into a fragment";
            return Err(Box::new(
                Diagnostic::error("file-too-large", place, text).help(help),
            ));
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.valid_up_to();
                let source = Source::new(path, String::from_utf8_lossy(bytes).into_owned());
                let text = format!("byte {:#04x} is not UTF-8 text", bytes[at]);
                let place = Place::at(&source, at..at + char::REPLACEMENT_CHARACTER.len_utf8());
                let problem = Diagnostic::error("not-utf-8", place, text);
                return Err(Box::new(problem.help("save the file as UTF-8")));
            }
        };
        let source = Source::new(path, text);
        let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
        match source.text.char_indices().find(|&(_, c)| control(c)) {
            None => Ok(source),
            Some((at, c)) => {
                let place = Place::at(&source, at..at + c.len_utf8());
                let text = format!("control character U+{:04X} in the file", u32::from(c));
                let help = format!("write it as \"\\x{:02X}\" in double quotes", u32::from(c));
                Err(Box::new(
                    Diagnostic::error("control-character", place, text).help(help),
                ))
            }
        }
    }
}

impl Place {
    /// The first byte of a file.
    pub fn start(source: &Arc<Source>) -> Place {
        Place {
            source: Arc::clone(source),
            bytes: 0..0,
            line: 1,
            column: 1,
        }
    }

    /// A range of bytes, its line and column counted from the text.
    pub fn at(source: &Arc<Source>, bytes: Range<usize>) -> Place {
        let before = source.text.get(..bytes.start).unwrap_or(&source.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before[line_start..]
            .chars()
            .filter(|c| *c != '\u{feff}')
            .count()
            + 1;
        Place {
            source: Arc::clone(source),
            bytes,
            line,
            column,
        }
    }

    /// The text that stands there; empty where the range is not one of the text.
    pub fn text(&self) -> &str {
        self.source.text.get(self.bytes.clone()).unwrap_or("")
    }

    /// The whole line of the first byte, without its end.
    pub fn line_text(&self) -> &str {
        &self.source.text[self.line_range()]
    }

    /// The bytes of that line, without its end.
    pub(super) fn line_range(&self) -> Range<usize> {
        let text = &self.source.text;
        let mut at = self.bytes.start.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let start = text[..at].rfind(['\n', '\r']).map_or(0, |i| i + 1);
        let end = text[at..].find(['\n', '\r']).map_or(text.len(), |i| at + i);
        start..end
    }
}

impl std::fmt::Display for Place {
    /// `path:line:column`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.source.path, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_columns_in_characters() {
        let source = Source::new("x", "a\nöö b\r\n");
        let at = source.text.find('b').unwrap();
        let place = Place::at(&source, at..at + 1);
        assert_eq!((place.line, place.column), (2, 4));
        assert_eq!((place.text(), place.line_text()), ("b", "öö b"));
        assert_eq!(place.to_string(), "x:2:4");
    }

    #[test]
    fn locates_the_first_byte_that_is_not_text() {
        let problem = Source::from_bytes("x".to_owned(), b"id: a\nname: \xe4\xff\n").unwrap_err();
        assert_eq!(problem.code, "not-utf-8");
        assert_eq!((problem.place.line, problem.place.column), (2, 7));
    }

    #[test]
    fn refuses_control_characters_and_large_files() {
        let problem = Source::from_bytes("x".to_owned(), b"id: \x1b[31m").unwrap_err();
        assert_eq!(
            (problem.code, problem.place.column),
            ("control-character", 5)
        );
        let problem = Source::from_bytes("x".to_owned(), &vec![b'a'; 10 << 20]).unwrap_err();
        assert_eq!((problem.code, problem.place.line), ("file-too-large", 1));
    }
}
