//! One form for the files of authors.
//!
//! The form is a matter of indentation, blank lines, the order of keys, quotes, and which maps stand
//! on a line: see [`printer`]. What it cannot print (block text with an indentation of its own, say)
//! keeps its words, and only white space changes ([`layout`]). Either way the result is read again,
//! and must hold the same values and the same comments; otherwise the file stays as it is.

mod layout;
mod order;
mod printer;

use std::collections::HashMap;

use granit_parser::{Event, Parser};

use layout::Layout;

use super::diagnostic::Diagnostic;
use super::library::parse_yaml;
use super::node::{Node, Style, Value};

/// Spaces of one level.
const STEP: usize = 2;
/// Columns of a line, where there is a choice.
const WIDTH: usize = 100;
/// How often a text is brought into the form before it has to have come to rest.
const PASSES: usize = 5;

/// The text of a file in its one form.
///
/// # Errors
/// What is wrong with it as YAML: only a file that can be read can be formatted.
pub fn format(path: &str, bytes: &[u8]) -> Result<String, Vec<Diagnostic>> {
    parse_yaml(path, bytes)?;
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    for _ in 0..PASSES {
        let next = once(path, &text)?;
        if next == text {
            break;
        }
        text = next;
    }
    Ok(text)
}

fn once(path: &str, text: &str) -> Result<String, Vec<Diagnostic>> {
    let root = parse_yaml(path, text.as_bytes())?;
    let notes = comments(text);
    let mut moved = Layout::new(text);
    moved.node(&root, 0, None);
    let printed = notes
        .as_ref()
        .and_then(|notes| printer::print(text, &root, notes));
    let sound = |candidate: &String| {
        let after = parse_yaml(path, candidate.as_bytes());
        after.is_ok_and(|after| same(&root, &after)) && same_comments(&notes, &comments(candidate))
    };
    let untouched = |candidate: &String| squeezed(candidate) == squeezed(text) && sound(candidate);
    if let Some(printed) = printed.filter(sound) {
        return Ok(printed);
    }
    let candidates = [moved.written(), Layout::new(text).written()];
    let found = candidates.into_iter().find(untouched);
    Ok(found.unwrap_or_else(|| text.to_owned()))
}

/// A comment and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Comment {
    /// Line, from 0.
    line: usize,
    /// Column of the `#`, in characters, from 0.
    column: usize,
    /// From the `#` on.
    text: String,
    /// True where nothing stands before it on its line.
    alone: bool,
}

/// The comments of a text, from top to bottom; `None` where it cannot be said.
fn comments(text: &str) -> Option<Vec<Comment>> {
    let options = granit_parser::options! {
        emit_comments: true,
        flow_nesting_limit: 64,
        block_nesting_limit: 64,
    };
    let lines: Vec<&str> = text.split('\n').collect();
    let mut found = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let (Event::Comment(..), span) = event.as_ref().ok()? else {
            continue;
        };
        let (line, column) = (span.start.line() - 1, span.start.col());
        let whole = lines.get(line)?;
        let (at, _) = whole.char_indices().nth(column)?;
        let (before, rest) = whole.split_at(at);
        if !rest.starts_with('#') {
            return None;
        }
        found.push(Comment {
            line,
            column,
            text: rest.trim_end().to_owned(),
            alone: before.trim().is_empty(),
        });
    }
    found.sort_by_key(|comment| comment.line);
    Some(found)
}

fn same_comments(a: &Option<Vec<Comment>>, b: &Option<Vec<Comment>>) -> bool {
    let words = |comments: &Option<Vec<Comment>>| {
        let mut words: Vec<String> = Vec::new();
        words.extend(
            comments
                .iter()
                .flatten()
                .map(|comment| comment.text.clone()),
        );
        words.sort();
        words
    };
    a.is_some() == b.is_some() && words(a) == words(b)
}

/// The text without white space.
fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '\u{feff}')
        .collect()
}

/// Whether two trees say the same: the same text, quoted where that matters, and the same keys in
/// whatever order.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (
            Value::Scalar { text, style },
            Value::Scalar {
                text: other,
                style: written,
            },
        ) => {
            let unquoted = (*style, *written) == (Style::Quoted, Style::Plain);
            text == other && (style == written || unquoted && printer::needs_no_quotes(text))
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let b: HashMap<Option<&str>, &Node> = b.iter().map(|(k, v)| (k.scalar(), v)).collect();
            let in_b = |(key, value): &(Node, Node)| {
                let other = b.get(&key.scalar());
                other.is_some_and(|other| same(value, other))
            };
            a.len() == b.len() && a.iter().all(in_b)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(text: &str) -> String {
        let once = format("x.yaml", text.as_bytes()).unwrap();
        assert_eq!(
            format("x.yaml", once.as_bytes()).unwrap(),
            once,
            "not stable"
        );
        once
    }

    #[test]
    fn one_form() {
        let text = "\u{feff}# top\r\n\r\n\r\nflow:\r\n-   as:   'bye'  # why\r\n    client sends:   SIP BYE  \r\n    # about the avps\r\n    avps: {A: 1,B: {one of: [1,2]}}\r\n# - wait: 1 s\r\n- wait:\r\n    1 s\r\n\r\n\r\n- requirement: X\r\n  body: |\r\n      two\r\n        three\r\n  after:\r\n   - a\r\n   - \"b c\"\r\n  client sends: MSRP SEND\r\n  headers:\r\n      A: \"present\"\r\n      # left out\r\n# end\r\nid:   x\r\n\r\n\r\n";
        let wanted = "\
# top

# end
id: x
flow:
  - client sends: SIP BYE
    as: bye  # why
    # about the avps
    avps:
      A: 1
      B: { one of: [1, 2] }
  # - wait: 1 s
  - wait: 1 s

  - client sends: MSRP SEND
    after: [a, b c]
    headers:
      A: \"present\"
      # left out
    body: |
      two
        three
    requirement: X
";
        assert_eq!(formatted(text), wanted);
    }

    #[test]
    fn what_is_not_printed_keeps_its_words() {
        let text = "flow:\n- body: |2\n     two\n    three\n  list:\n  - - a\n    - 'b'\n# end\n";
        let wanted = "\
flow:
  - body: |2
       two
      three
    list:
      - - a
        - 'b'
  # end
";
        assert_eq!(formatted(text), wanted);
    }

    #[test]
    fn what_cannot_be_read_is_not_formatted() {
        assert!(format("x.yaml", b"a: {").is_err());
        assert!(format("x.yaml", b"a: 1\na: 2\n").is_err());
    }

    #[test]
    fn text_over_several_lines_is_kept() {
        let keeps = "a: |+\n  x\n\n\nb: \"one  \n   two\"\nc: >-\n  y\n   z\nd: [1,\n 2]\n";
        let after = formatted(keeps);
        let (before, after) = (
            parse_yaml("a", keeps.as_bytes()),
            parse_yaml("b", after.as_bytes()),
        );
        assert!(same(&before.unwrap(), &after.unwrap()));
    }
}
