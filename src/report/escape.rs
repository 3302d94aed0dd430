//! Text from the server, made harmless.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` as it may be shown on a terminal, on one line.
///
/// Everything that could move the cursor, recolour, hide or reorder what stands around it is
/// written out: line breaks and other control characters (C0, DEL, C1, so that no ANSI sequence
/// survives), bidirectional controls, and characters without a glyph. `\r\n` becomes the six
/// characters a reader of a protocol knows; others become `\u{202e}`.
pub fn terminal(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            _ if is_hostile(c) => write_code(&mut safe, c),
            _ => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// `text` as [`terminal`] has it, line by line: its own line breaks stay.
///
/// For text that is ours and may quote theirs over several lines, such as a ladder or a diagnostic.
pub fn terminal_lines(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => {
                safe.push_str(&terminal(line));
                safe.push('\n');
            }
            None => safe.push_str(&terminal(line)),
        }
    }
    safe
}

/// `text` as [`terminal`] has it, cut to about `limit` characters with a mark of what is left out.
pub fn clipped(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => terminal(text).into_owned(),
        Some((end, _)) => {
            let rest = text[end..].chars().count();
            format!("{}... ({rest} more characters)", terminal(&text[..end]))
        }
    }
}

/// JSON that says the same, without a character that a terminal could obey.
///
/// Such characters stand in strings only, where JSON can write each as `\\uXXXX` (RFC 8259 7); the
/// line breaks of indented JSON stay.
pub fn json(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| c == '\n' || !is_hostile(c);
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if harmless(c) {
            safe.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{unit:04x}");
        }
    }
    Cow::Owned(safe)
}

fn write_code(to: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = if c.is_ascii() {
        write!(to, "\\x{:02x}", u32::from(c))
    } else {
        write!(to, "\\u{{{:x}}}", u32::from(c))
    };
}

/// True for a character that must not reach a terminal as it is.
pub(super) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Soft hyphen, combining grapheme joiner, Arabic letter mark, Hangul fillers.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            // Mongolian vowel separator.
            | '\u{180e}'
            // Zero width space and joiners, left-to-right and right-to-left mark.
            | '\u{200b}'..='\u{200f}'
            // Line and paragraph separator, bidirectional embeddings and overrides.
            | '\u{2028}'..='\u{202e}'
            // Word joiner, invisible operators, bidirectional isolates, deprecated controls.
            | '\u{2060}'..='\u{206f}'
            // Variation selectors, byte order mark, interlinear annotation.
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            // Tags and variation selectors of the supplementary plane.
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn harmless_text_is_borrowed() {
        assert!(matches!(
            terminal("Grüße, 世界 ✓"),
            Cow::Borrowed("Grüße, 世界 ✓")
        ));
    }

    #[test]
    fn ansi_and_line_breaks_are_written_out() {
        assert_eq!(
            terminal("\x1b[2Jok\r\nnext\t\x07"),
            "\\x1b[2Jok\\r\\nnext\\t\\x07"
        );
        assert_eq!(terminal("c1 \u{9b}31m"), "c1 \\u{9b}31m");
    }

    #[test]
    fn bidirectional_controls_are_written_out() {
        assert_eq!(
            terminal("a\u{202e}b\u{2066}c\u{200f}"),
            "a\\u{202e}b\\u{2066}c\\u{200f}"
        );
    }

    #[test]
    fn lines_of_ours_stay_lines() {
        assert_eq!(terminal_lines("one\x1b\n two\n"), "one\\x1b\n two\n");
    }

    #[test]
    fn long_text_is_cut_on_a_character() {
        assert_eq!(clipped("ääää", 2), "ää... (2 more characters)");
        assert_eq!(clipped("ää", 2), "ää");
    }

    proptest! {
        #[test]
        fn nothing_hostile_survives(text in "\\PC*|(?s).*") {
            prop_assert!(!terminal(&text).chars().any(is_hostile));
        }
    }
}
