//! A file printed from what it holds.
//!
//! The form: two spaces a level, dashes of a list one level in; a map or list of single values on
//! one line where it fits in a hundred columns, and over several lines where it does not or where it
//! holds other maps; keys in the order of the tables; quotes only where something would change
//! without them; at most one blank line, where the author had one. A comment stays with what it
//! stands above or behind.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::scenario::expr::may_lack_dollar;
use crate::scenario::node::{Node, Style, Value};

use super::order::{self, Kind};
use super::{Comment, STEP, WIDTH};

/// The text in the form; `None` where something stands in it that is not printed.
pub(super) fn print(text: &str, root: &Node, comments: &[Comment]) -> Option<String> {
    let mut printer = Printer {
        lines: text.split('\n').collect(),
        starts: line_starts(text),
        text,
        comments,
        bracket: false,
        done: BTreeSet::new(),
        out: String::new(),
    };
    let end = printer.lines.len();
    let first = printer.line(root.place.bytes.start);
    printer.notes(0, first, 0, false);
    let last = printer.last_line(root);
    if text[root.place.bytes.start..].starts_with(['{', '[']) {
        if comments.iter().any(|c| (first..=last).contains(&c.line)) {
            return None;
        }
        printer.inside(|printer| printer.block(root, 0, first..end, Kind::Root))?;
    } else {
        printer.block(root, 0, first..end, Kind::Root)?;
    }
    printer.notes(last + 1, end, 0, true);
    Some(printer.out)
}

/// Whether text says the same without its quotes, here and to other readers of YAML, and to `lint`,
/// which asks for quotes around text that looks like a reference.
pub(super) fn needs_no_quotes(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "yes", "no", "on", "off", "true", "false", "null", "y", "n", "nan", "present", "absent",
        "any", "none",
    ];
    let sound = |c: char| c.is_alphanumeric() || " _./@+-()$';=,".contains(c);
    let begins = text.strip_prefix('$').unwrap_or(text);
    begins.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(sound)
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
        && !may_lack_dollar(text)
}

struct Printer<'t> {
    text: &'t str,
    lines: Vec<&'t str>,
    starts: Vec<usize>,
    comments: &'t [Comment],
    /// True inside of brackets, where no comment is looked for.
    bracket: bool,
    /// Lines whose comments are printed.
    done: BTreeSet<usize>,
    out: String,
}

fn line_starts(text: &str) -> Vec<usize> {
    let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
    std::iter::once(0)
        .chain(ends.map(|(at, _)| at + 1))
        .collect()
}

impl Printer<'_> {
    fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte) - 1
    }

    /// The last line that a node stands on.
    fn last_line(&self, node: &Node) -> usize {
        let bytes = node.place.bytes.clone();
        let own = self.text.get(bytes.clone()).unwrap_or_default().trim_end();
        self.line(bytes.start + own.len().saturating_sub(1))
    }

    fn column(&self, byte: usize) -> usize {
        let start = self.starts[self.line(byte)];
        self.text[start..byte].chars().count()
    }

    /// Prints the comments that stand alone on lines of a range, with blank lines where there were
    /// some; `ends` where nothing follows.
    fn notes(&mut self, from: usize, to: usize, indent: usize, ends: bool) {
        for line in from..to.min(self.lines.len()) {
            match self.alone(line) {
                Some(comment) => {
                    let text = comment.text.clone();
                    self.done.insert(line);
                    self.put(indent, &text);
                }
                None if self.lines[line].trim().is_empty() => self.blank(),
                None => {}
            }
        }
        if ends {
            self.out.truncate(self.out.trim_end_matches('\n').len());
            self.out.push('\n');
        }
    }

    fn alone(&self, line: usize) -> Option<&Comment> {
        if self.bracket || self.done.contains(&line) {
            return None;
        }
        let at = self
            .comments
            .binary_search_by_key(&line, |comment| comment.line)
            .ok()?;
        Some(&self.comments[at]).filter(|comment| comment.alone)
    }

    /// The comment behind what stands on a line, with the space before it.
    fn behind(&self, line: usize) -> String {
        let at = self
            .comments
            .binary_search_by_key(&line, |comment| comment.line);
        match at.map(|at| &self.comments[at]) {
            Ok(comment) if !comment.alone && !self.bracket => {
                // Comments of several lines that were put under one another stay so where nothing
                // moves; a tab or less than a space is made one.
                let before: String = self.lines[line].chars().take(comment.column).collect();
                let gap = before.len() - before.trim_end().len();
                format!("{}{}", " ".repeat(gap.max(1)), comment.text)
            }
            _ => String::new(),
        }
    }

    /// Whether a comment stands on one of these lines, both included.
    fn any_comment(&self, first: usize, last: usize) -> bool {
        let at = self
            .comments
            .partition_point(|comment| comment.line < first);
        self.comments
            .get(at)
            .is_some_and(|comment| comment.line <= last)
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn put(&mut self, indent: usize, text: &str) {
        self.out.push_str(&" ".repeat(indent));
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A map or list over several lines. `within` are the lines up to whatever comes next outside of
    /// it.
    fn block(
        &mut self,
        node: &Node,
        indent: usize,
        within: std::ops::Range<usize>,
        kind: Kind,
    ) -> Option<()> {
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => {
                self.map(entries, indent, within, kind, "")
            }
            Value::List(items) if !items.is_empty() => {
                self.list(items, indent, within, kind == Kind::Step)
            }
            _ => {
                let text = self.single(node)?;
                let behind = self.behind(self.last_line(node));
                self.put(indent, &format!("{text}{behind}"));
                Some(())
            }
        }
    }

    /// The entries in their order. `lead` stands in front of the first.
    fn map(
        &mut self,
        entries: &[(Node, Node)],
        indent: usize,
        within: std::ops::Range<usize>,
        kind: Kind,
        lead: &str,
    ) -> Option<()> {
        let firsts: Vec<usize> = entries
            .iter()
            .map(|(key, _)| self.line(key.place.bytes.start))
            .collect();
        // Several entries on one line are not what this can tell comments of.
        if firsts.windows(2).any(|pair| pair[0] == pair[1]) && !self.bracket {
            return None;
        }
        let column = self.column(entries.first()?.0.place.bytes.start);
        for (nth, at) in order::order(entries, kind).into_iter().enumerate() {
            let (key, value) = &entries[at];
            let first = firsts[at];
            let next = match firsts.get(at + 1) {
                Some(next) => self.above(&entries[at], *next, column),
                None => within.end,
            };
            // What stands above an entry goes with it; above the first one, with the map.
            if at > 0 {
                let above = self.above(&entries[at - 1], first, column);
                let indent = if nth == 0 {
                    indent - lead.len()
                } else {
                    indent
                };
                self.notes(above, first, indent, false);
            }
            let lead = if nth == 0 { lead } else { "" };
            let own = indent - lead.len();
            self.entry(key, value, own, lead, first..next, kind)?;
        }
        // Comments below the last entry that are as deep as it is belong to the map.
        let last = entries.last()?;
        let end = within.end;
        let from = self
            .last_line(&last.1)
            .max(self.line(last.0.place.bytes.start))
            + 1;
        self.tail(from, end, column, indent);
        Some(())
    }

    /// From which line on what stands above an entry is its own and not the end of the one before.
    fn above(&self, (key, value): &(Node, Node), first: usize, column: usize) -> usize {
        let key = self.line(key.place.bytes.start) + 1;
        self.between(value, first, column).max(key)
    }

    /// The same for what follows a value: comments that stand deeper than what comes next are the
    /// end of a value over several lines.
    fn between(&self, value: &Node, first: usize, column: usize) -> usize {
        let from = self.last_line(value) + 1;
        if !is_block(value, self.text) {
            return from;
        }
        let deeper = |line: &usize| self.alone(*line).is_some_and(|c| c.column > column);
        let last = (from..first).rev().find(deeper);
        last.map_or(from, |last| last + 1)
    }

    /// Comments at the end of a map or list that stand at least as deep as its entries.
    fn tail(&mut self, from: usize, to: usize, column: usize, indent: usize) {
        let own = |line: &usize| {
            self.alone(*line)
                .is_some_and(|comment| comment.column >= column)
        };
        // Up to the last of them; what is further out belongs further out.
        let out = (from..to).find(|line| self.alone(*line).is_some_and(|c| c.column < column));
        let last = (from..out.unwrap_or(to)).rev().find(own);
        if let Some(last) = last {
            self.notes(from, last + 1, indent, false);
        }
    }

    fn entry(
        &mut self,
        key: &Node,
        value: &Node,
        indent: usize,
        lead: &str,
        within: std::ops::Range<usize>,
        kind: Kind,
    ) -> Option<()> {
        let name = key.scalar().unwrap_or_default();
        let shown = format!("{lead}{}", key.place.text());
        let inner = indent + lead.len();
        let steps = order::holds_steps(name, value) && kind != Kind::Inner;
        let first = self.line(key.place.bytes.start);
        let behind = self.behind(first);
        if value.is_empty() {
            self.put(indent, &format!("{shown}:{behind}"));
            return Some(());
        }
        let room = WIDTH.saturating_sub(indent + shown.chars().count() + 2);
        if let Value::Scalar { style, .. } = &value.value {
            let last = self.last_line(value);
            if *style == Style::Block || last > self.line(value.place.bytes.start) {
                return self.long(&shown, key, value, indent, inner);
            }
            let text = self.single(value)?;
            // A value on the line below its key brings its comments along.
            let behind = if last == first {
                behind
            } else {
                format!("{behind}{}", self.behind(last))
            };
            if last != first && (first..last).any(|line| self.alone(line).is_some()) {
                return None;
            }
            self.put(indent, &format!("{shown}: {text}{behind}"));
            return Some(());
        }
        let from = self.line(value.place.bytes.start);
        let last = self.last_line(value);
        let noted = !self.bracket && self.any_comment(first, last);
        // Comments at its end need lines of their own.
        let column = self.column(key.place.bytes.start);
        let tail = is_block(value, self.text)
            && (last + 1..within.end)
                .any(|line| self.alone(line).is_some_and(|c| c.column > column));
        let only_behind = (first == last || !noted) && !tail;
        if !steps
            && only_behind
            && let Some(text) = self.flow(value)
            && text.chars().count() <= room
        {
            self.put(indent, &format!("{shown}: {text}{behind}"));
            return Some(());
        }
        let bracket = self.text[value.place.bytes.start..].starts_with(['{', '[']);
        if bracket && noted && first != last {
            return None;
        }
        self.put(indent, &format!("{shown}:{behind}"));
        if from > first + 1 {
            self.notes(first + 1, from, inner + STEP, false);
        }
        let kind = if steps { Kind::Step } else { Kind::Inner };
        if bracket {
            return self.inside(|printer| printer.block(value, inner + STEP, from..last + 1, kind));
        }
        self.block(value, inner + STEP, from..within.end, kind)
    }

    /// Prints what stands in brackets, and holds no comment.
    fn inside(&mut self, print: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let before = std::mem::replace(&mut self.bracket, true);
        let done = print(self);
        self.bracket = before;
        done
    }

    fn list(
        &mut self,
        items: &[Node],
        indent: usize,
        within: std::ops::Range<usize>,
        steps: bool,
    ) -> Option<()> {
        let firsts: Vec<usize> = items
            .iter()
            .map(|item| self.line(item.place.bytes.start))
            .collect();
        if firsts.windows(2).any(|pair| pair[0] == pair[1]) && !self.bracket {
            return None;
        }
        let before = self.text[..items.first()?.place.bytes.start].trim_end_matches(' ');
        // The dash; in brackets no comment asks for it.
        let column = if before.ends_with('-') {
            self.column(before.len() - 1)
        } else {
            0
        };
        for (at, item) in items.iter().enumerate() {
            let next = match firsts.get(at + 1) {
                Some(next) => self.between(item, *next, column),
                None => within.end,
            };
            if at > 0 {
                let from = self.between(&items[at - 1], firsts[at], column);
                self.notes(from, firsts[at], indent, false);
            }
            let within = firsts[at]..next;
            match &item.value {
                Value::Map(entries) if !entries.is_empty() => {
                    let kind = if steps { Kind::Step } else { Kind::Inner };
                    let bracket = self.text[item.place.bytes.start..].starts_with('{');
                    let line = self.flow(item).filter(|text| {
                        bracket && !steps && text.chars().count() + indent + 2 <= WIDTH
                    });
                    if let Some(text) = line {
                        let behind = self.behind(firsts[at]);
                        self.put(indent, &format!("- {text}{behind}"));
                    } else if bracket {
                        let lines = firsts[at]..=self.last_line(item);
                        if !self.bracket && self.any_comment(*lines.start(), *lines.end()) {
                            return None;
                        }
                        self.inside(|printer| {
                            printer.map(entries, indent + STEP, within, kind, "- ")
                        })?;
                    } else {
                        self.map(entries, indent + STEP, within, kind, "- ")?;
                    }
                }
                Value::List(inner) if !inner.is_empty() => {
                    let text = self.flow(item)?;
                    if self.last_line(item) != firsts[at] {
                        return None;
                    }
                    let behind = self.behind(firsts[at]);
                    self.put(indent, &format!("- {text}{behind}"));
                }
                Value::Scalar { style, .. }
                    if *style == Style::Block || self.last_line(item) > firsts[at] =>
                {
                    return None;
                }
                _ => {
                    let text = self.single(item)?;
                    let behind = self.behind(firsts[at]);
                    self.put(indent, &format!("- {text}{behind}"));
                }
            }
        }
        let last = items.last()?;
        self.tail(self.last_line(last) + 1, within.end, column, indent);
        Some(())
    }

    /// Text over several lines.
    fn long(
        &mut self,
        shown: &str,
        key: &Node,
        value: &Node,
        indent: usize,
        inner: usize,
    ) -> Option<()> {
        let Value::Scalar {
            style: Style::Block,
            ..
        } = &value.value
        else {
            return None;
        };
        let (first, last) = (self.line(key.place.bytes.start), self.last_line(value));
        let rest = self.text.get(key.place.bytes.end..)?.lines().next()?;
        let header = rest.trim_start().strip_prefix(':')?.trim();
        if !matches!(header, "|" | "|-" | ">" | ">-") {
            return None;
        }
        let body: Vec<&str> = self.lines.get(first + 1..=last)?.to_vec();
        let depth = |line: &&str| line.len() - line.trim_start_matches(' ').len();
        let filled = || body.iter().filter(|line| !line.trim().is_empty());
        let base = filled().map(depth).min()?;
        // Text that begins deeper than it goes on needs a number in its header.
        if filled().next().map(depth) != Some(base) || body.first()?.trim().is_empty() {
            return None;
        }
        self.put(indent, &format!("{shown}: {header}"));
        for line in body {
            match line.get(base..) {
                Some(rest) if !line.trim().is_empty() => self.put(inner + STEP, rest),
                _ => self.out.push('\n'),
            }
        }
        Some(())
    }

    /// A map or list of single values, or of lists of them, on one line.
    fn flow(&self, node: &Node) -> Option<String> {
        match &node.value {
            // Text that brackets would cut stays out of them.
            Value::Scalar {
                text,
                style: Style::Quoted,
            } if text.contains(',') => Some(node.place.text().to_owned()),
            Value::Scalar { style, .. } => self.single(node).filter(|text| {
                *style == Style::Quoted || !text.contains([',', '[', ']', '{', '}'])
            }),
            Value::List(items) => {
                let single = |item: &Node| match item.value {
                    Value::Scalar { .. } => self.flow(item),
                    _ => None,
                };
                let items: Option<Vec<String>> = items.iter().map(single).collect();
                Some(format!("[{}]", items?.join(", ")))
            }
            Value::Map(entries) if entries.is_empty() => Some("{}".to_owned()),
            Value::Map(entries) => {
                let entry = |at: usize| {
                    let (key, value) = &entries[at];
                    let value = match &value.value {
                        Value::Map(_) => None,
                        _ => self.flow(value),
                    };
                    Some(format!("{}: {}", key.place.text(), value?))
                };
                let order = order::order(entries, Kind::Inner);
                let entries: Option<Vec<String>> = order.into_iter().map(entry).collect();
                Some(format!("{{ {} }}", entries?.join(", ")))
            }
        }
    }

    /// A value that stands on one line; `None` for one that was left out or goes over several.
    fn single(&self, node: &Node) -> Option<String> {
        let Value::Scalar { text, style } = &node.value else {
            return self.flow(node);
        };
        let raw = node.place.text();
        if node.is_empty() || raw.contains('\n') || *style == Style::Block {
            return None;
        }
        let text: Cow<'_, str> = match style {
            Style::Quoted if needs_no_quotes(text) => Cow::Borrowed(text),
            Style::Quoted if raw.starts_with('\'') && !text.contains(['"', '\\']) => {
                Cow::Owned(format!("\"{text}\""))
            }
            _ => Cow::Borrowed(raw),
        };
        Some(text.into_owned())
    }
}

/// Whether a map or list is written over several lines.
fn is_block(node: &Node, text: &str) -> bool {
    let bracket = text[node.place.bytes.start..].starts_with(['{', '[']);
    !bracket && !matches!(node.value, Value::Scalar { .. })
}
