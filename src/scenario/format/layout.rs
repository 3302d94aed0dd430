//! White space alone: indentation, spaces and blank lines of a text that stays as it was written.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::scenario::node::{Node, Style, Value};

use super::{STEP, squeezed};

/// Where each line goes, and what is put in the place of white space on it.
pub(super) struct Layout<'t> {
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
pub(super) struct Owner {
    start: usize,
    from: usize,
    to: usize,
}

impl<'t> Layout<'t> {
    pub(super) fn new(text: &'t str) -> Layout<'t> {
        Layout {
            text,
            lines: BTreeMap::new(),
            behind: BTreeMap::new(),
            edits: Vec::new(),
            keeps_blanks: false,
        }
    }

    pub(super) fn node(&mut self, node: &Node, to: usize, owner: Option<Owner>) {
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

    pub(super) fn written(mut self) -> String {
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

fn signed(column: usize) -> isize {
    isize::try_from(column).unwrap_or(isize::MAX)
}
