//! One form for the files of authors: indentation, spaces and blank lines.
//!
//! Only white space changes. Comments, the order of keys, quotes, and lists and maps that go over
//! several lines inside brackets stay as they were written. The result is read again, and must hold
//! the same values and the same characters; otherwise the file stays as it is.

use std::collections::BTreeMap;
use std::ops::Range;

use super::diagnostic::Diagnostic;
use super::library::parse_yaml;
use super::node::{Node, Style, Value};

/// Spaces of one level.
const STEP: usize = 2;

/// The text of a file in its one form.
///
/// # Errors
/// What is wrong with it as YAML: only a file that can be read can be formatted.
pub fn format(path: &str, bytes: &[u8]) -> Result<String, Vec<Diagnostic>> {
    let before = parse_yaml(path, bytes)?;
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let root = parse_yaml(path, text.as_bytes())?;
    let mut layout = Layout::new(&text);
    layout.node(&root, 0, None);
    let candidates = [layout.written(), Layout::new(&text).written()];
    let sound = |candidate: &&String| {
        squeezed(candidate) == squeezed(&text)
            && parse_yaml(path, candidate.as_bytes()).is_ok_and(|after| same(&before, &after))
    };
    Ok(candidates.iter().find(sound).cloned().unwrap_or(text))
}

/// Where each line goes, and what is put in the place of white space on it.
struct Layout<'t> {
    text: &'t str,
    /// By the first byte of a line.
    lines: BTreeMap<usize, Line>,
    /// Columns of keys that stand behind a dash: by line, from, to.
    behind: BTreeMap<usize, (usize, usize)>,
    edits: Vec<(Range<usize>, String)>,
    /// `|+` keeps the blank lines below it: then all are kept.
    keeps_blanks: bool,
}

#[derive(Clone, Copy)]
enum Line {
    /// A key or a dash begins it.
    Entry { to: usize },
    /// It goes on with what began above, and moves along with it.
    Rest { by: isize, raw: bool },
}

/// The key or dash that a value belongs to: its column, and the one it goes to.
#[derive(Clone, Copy)]
struct Owner {
    start: usize,
    from: usize,
    to: usize,
}

impl<'t> Layout<'t> {
    fn new(text: &'t str) -> Layout<'t> {
        Layout {
            text,
            lines: BTreeMap::new(),
            behind: BTreeMap::new(),
            edits: Vec::new(),
            keeps_blanks: false,
        }
    }

    fn node(&mut self, node: &Node, to: usize, owner: Option<Owner>) {
        let bytes = node.place.bytes.clone();
        let bracket = self.text[bytes.start..].starts_with(['{', '[']);
        match &node.value {
            Value::Map(entries) if !bracket => {
                for (key, value) in entries {
                    self.entry(key, value, to);
                }
            }
            Value::List(items) if !bracket => {
                for item in items {
                    self.item(item, to);
                }
            }
            Value::Map(_) | Value::List(_) => {
                let on_one_line = !self.text[bytes.clone()].contains('\n');
                let raw = &self.text[bytes.clone()];
                if on_one_line
                    && let Some(spaced) = spaced(node)
                    && squeezed(&spaced) == squeezed(raw)
                {
                    self.edits.push((bytes.clone(), spaced));
                }
                self.rest(owner, bytes, false);
            }
            Value::Scalar { style, .. } => {
                let kept = *style != Style::Plain;
                if *style == Style::Block {
                    let header = self.text[bytes.start..].lines().next().unwrap_or_default();
                    self.keeps_blanks |= header.contains('+');
                }
                self.rest(owner, bytes, kept);
            }
        }
    }

    fn entry(&mut self, key: &Node, value: &Node, to: usize) {
        let start = key.place.bytes.start;
        let owner = Owner {
            start,
            from: self.column(start),
            to,
        };
        self.begins(start, to);
        let gap = key.place.bytes.end..value.place.bytes.start;
        if let Some(between) = self.text.get(gap.clone())
            && between.trim() == ":"
            && !between.contains('\n')
            && !value.is_empty()
        {
            self.edits.push((gap, ": ".to_owned()));
        }
        self.node(value, to + STEP, Some(owner));
    }

    fn item(&mut self, item: &Node, to: usize) {
        let before = self.text[..item.place.bytes.start].trim_end_matches(' ');
        if !before.ends_with('-') {
            return;
        }
        let dash = before.len() - 1;
        let from = self.column(dash);
        self.begins(dash, to);
        self.edits
            .push((dash..item.place.bytes.start, "- ".to_owned()));
        let line = self.line_start(dash);
        let key = self.column(item.place.bytes.start);
        self.behind.insert(line, (key, to + STEP));
        self.node(
            item,
            to + STEP,
            Some(Owner {
                start: dash,
                from,
                to,
            }),
        );
    }

    /// A key or dash that is the first thing on its line takes the line with it.
    fn begins(&mut self, at: usize, to: usize) {
        let line = self.line_start(at);
        if self.text[line..at].trim().is_empty() {
            self.lines.insert(line, Line::Entry { to });
        }
    }

    /// The lines below the first one that a value reaches over.
    fn rest(&mut self, owner: Option<Owner>, bytes: Range<usize>, raw: bool) {
        let Some(owner) = owner else { return };
        let (from, to) = (signed(owner.from), signed(owner.to));
        let mut line = self.line_start(owner.start);
        while let Some(end) = self.text[line..].find('\n') {
            line += end + 1;
            if line >= bytes.end {
                break;
            }
            let raw = raw && line > bytes.start;
            self.lines
                .entry(line)
                .or_insert(Line::Rest { by: to - from, raw });
        }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }

    fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    fn written(mut self) -> String {
        self.edits.sort_by_key(|(range, _)| range.start);
        let mut lines: Vec<(usize, &str)> = Vec::new();
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            lines.push((at, line.trim_end_matches('\n')));
            at += line.len();
        }
        let raw_below =
            |at: usize| matches!(self.lines.get(&at), Some(Line::Rest { raw: true, .. }));
        let mut written = String::new();
        // Columns that are open, from and to, the deepest last.
        let mut levels: Vec<(usize, usize)> = Vec::new();
        let mut blank = true;
        for (i, (start, line)) in lines.iter().enumerate() {
            let (start, from) = (*start, line.len() - line.trim_start().len());
            let rest = match self.lines.get(&start) {
                Some(Line::Rest { raw, by }) => Some((*raw, *by)),
                _ => None,
            };
            if line.trim().is_empty() && !rest.is_some_and(|(raw, _)| raw) {
                if !blank || self.keeps_blanks {
                    written.push('\n');
                }
                blank = true;
                continue;
            }
            blank = false;
            let to = match (self.lines.get(&start), rest) {
                (Some(Line::Entry { to }), _) => {
                    levels.retain(|(open, _)| *open < from);
                    levels.push((from, *to));
                    levels.extend(self.behind.get(&start));
                    *to
                }
                (_, Some((_, by))) => usize::try_from(signed(from) + by).unwrap_or(0),
                _ if line.trim_start().starts_with('#') => {
                    self.of_comment(from, &lines[i..], &levels)
                }
                _ => from,
            };
            // White space at the end of a line that goes on inside quotes is theirs.
            let next = lines.get(i + 1).is_some_and(|(next, _)| raw_below(*next));
            let content = self.edited(start + from..start + line.len());
            let content = if next || rest.is_some_and(|(raw, _)| raw) {
                &content
            } else {
                content.trim_end()
            };
            written.push_str(&" ".repeat(if content.is_empty() { 0 } else { to }));
            written.push_str(content);
            written.push('\n');
        }
        if !self.keeps_blanks {
            written.truncate(written.trim_end_matches('\n').len());
            written.push('\n');
        }
        written
    }

    /// A comment goes with the line below it, if it stood where that stood; otherwise with what it
    /// stood under.
    fn of_comment(&self, from: usize, below: &[(usize, &str)], levels: &[(usize, usize)]) -> usize {
        let next = below
            .iter()
            .find_map(|(start, line)| match self.lines.get(start) {
                Some(Line::Entry { to }) => Some((line.len() - line.trim_start().len(), *to)),
                _ => None,
            });
        match next {
            Some((column, to)) if column == from => to,
            _ => {
                let open = levels.iter().rev().find(|(open, _)| *open <= from);
                open.map_or(next.map_or(from, |(_, to)| to), |(_, to)| *to)
            }
        }
    }

    /// A part of one line with its edits.
    fn edited(&self, range: Range<usize>) -> String {
        let mut text = String::new();
        let mut at = range.start;
        let first = self
            .edits
            .partition_point(|(edit, _)| edit.start < range.start);
        for (edit, put) in self.edits[first..]
            .iter()
            .take_while(|(edit, _)| edit.start < range.end)
        {
            if edit.start >= at && edit.end <= range.end {
                text.push_str(&self.text[at..edit.start]);
                text.push_str(put);
                at = edit.end;
            }
        }
        text.push_str(&self.text[at..range.end]);
        text
    }
}

/// A list or map in brackets with one space where spaces belong; `None` where a value was left out.
fn spaced(node: &Node) -> Option<String> {
    match &node.value {
        _ if node.is_empty() => None,
        Value::Scalar { .. } => Some(node.place.text().to_owned()),
        Value::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(spaced).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Map(entries) if entries.is_empty() => Some("{}".to_owned()),
        Value::Map(entries) => {
            let entry = |(key, value): &(Node, Node)| {
                Some(format!("{}: {}", key.place.text(), spaced(value)?))
            };
            let entries: Option<Vec<String>> = entries.iter().map(entry).collect();
            Some(format!("{{ {} }}", entries?.join(", ")))
        }
    }
}

/// The text without white space.
fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '\u{feff}')
        .collect()
}

/// Whether two trees hold the same, written in the same way.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (
            Value::Scalar { text, style },
            Value::Scalar {
                text: other,
                style: written,
            },
        ) => text == other && style == written,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let entry = |((k, v), (l, w)): (&(Node, Node), &(Node, Node))| same(k, l) && same(v, w);
            a.len() == b.len() && a.iter().zip(b).all(entry)
        }
        _ => false,
    }
}

fn signed(column: usize) -> isize {
    isize::try_from(column).unwrap_or(isize::MAX)
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
        let text = "\u{feff}# top\r\n\r\n\r\nid:   x   # why\r\nneeds: [a,b,   {c: d}]\r\nflow:\r\n-   client sends:   SIP BYE  \r\n    as: bye\r\n    # about the avps\r\n    avps: {A: 1,B: {one of: [1,2]}}\r\n# - wait: 1 s\r\n- wait:\r\n    1 s\r\n-   body: |\r\n      two\r\n        three\r\n    list:\r\n    - - a\r\n      - b\r\n    # left out\r\n# end\r\n\r\n\r\n";
        let wanted = "\
# top

id: x   # why
needs: [a, b, { c: d }]
flow:
  - client sends: SIP BYE
    as: bye
    # about the avps
    avps: { A: 1, B: { one of: [1, 2] } }
  # - wait: 1 s
  - wait:
      1 s
  - body: |
      two
        three
    list:
      - - a
        - b
      # left out
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
