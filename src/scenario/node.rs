//! YAML text as a tree of nodes that know where they stand.
//!
//! Of YAML the language takes what a reader needs: maps, lists and scalars. Anchors, aliases, tags,
//! directives and further documents are refused with their place: fragments are the way to say
//! something twice, and a file without aliases cannot blow up.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::diagnostic::{Diagnostic, Problems};
use super::model::{Place, Source};

/// Maps and lists inside one another.
const MAX_DEPTH: usize = 32;
/// Maps, lists and scalars of a file.
const MAX_NODES: usize = 50_000;
/// Bytes of one scalar.
const MAX_SCALAR: usize = 256 << 10;
/// Bytes of text that count as one value more, where it is used again.
const OCTETS_OF_A_VALUE: usize = 128;

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// What.
    pub value: Value,
    /// Where.
    pub place: Place,
}

/// A YAML value, scalars as written.
#[derive(Clone, Debug)]
pub enum Value {
    /// Text.
    Scalar {
        /// After YAML's own escapes.
        text: Arc<str>,
        /// How it was written.
        style: Style,
    },
    /// `- a` or `[a]`.
    List(Vec<Node>),
    /// `a: b` or `{ a: b }`; keys are scalars, each there once.
    Map(Vec<(Node, Node)>),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// `|` or `>`.
    Block,
}

impl Node {
    /// True for a scalar without quotes.
    pub(super) fn is_plain(&self) -> bool {
        matches!(
            self.value,
            Value::Scalar {
                style: Style::Plain,
                ..
            }
        )
    }

    /// The text of a scalar.
    pub fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// True for a value that was left out, as after `key:`.
    pub fn is_empty(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, style: Style::Plain } if text.is_empty())
    }

    /// How many values it is made of, itself and its keys among them.
    pub(super) fn size(&self) -> usize {
        match &self.value {
            Value::Scalar { .. } => 1,
            Value::List(items) => 1 + items.iter().map(Node::size).sum::<usize>(),
            Value::Map(entries) => {
                1 + entries
                    .iter()
                    .map(|(k, v)| k.size() + v.size())
                    .sum::<usize>()
            }
        }
    }

    /// What it costs to use it once more: its values, long text counted as several.
    pub(super) fn weight(&self) -> usize {
        match &self.value {
            Value::Scalar { text, .. } => 1 + text.len() / OCTETS_OF_A_VALUE,
            Value::List(items) => 1 + items.iter().map(Node::weight).sum::<usize>(),
            Value::Map(entries) => {
                let entry = |(key, value): &(Node, Node)| key.weight() + value.weight();
                1 + entries.iter().map(entry).sum::<usize>()
            }
        }
    }

    /// `text`, `a list`, `a map`, `nothing`.
    pub(super) fn kind(&self) -> &'static str {
        match &self.value {
            _ if self.is_empty() => "nothing",
            Value::Scalar { .. } => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// The value as a generic reader of YAML 1.2 (core schema) sees it.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;

        match &self.value {
            Value::Scalar {
                text,
                style: Style::Plain,
            } => core_schema(text),
            Value::Scalar { text, .. } => Json::String(text.to_string()),
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Map(entries) => {
                let key = |k: &Node| k.scalar().unwrap_or_default().to_owned();
                Json::Object(entries.iter().map(|(k, v)| (key(k), v.to_json())).collect())
            }
        }
    }
}

/// Parses the one document of a file. What is wrong goes to `problems`; `None` where no tree came
/// of it.
pub(super) fn parse(source: &Arc<Source>, problems: &mut Problems) -> Option<Node> {
    let before = problems.errors();
    let tree = Builder {
        source,
        problems,
        stack: Vec::new(),
        root: None,
        nodes: 0,
    }
    .run();
    if tree.is_none() && problems.errors() == before {
        let text = "the file is empty";
        problems.error("empty-file", &Place::start(source), text);
    }
    tree
}

struct Builder<'a> {
    source: &'a Arc<Source>,
    problems: &'a mut Problems,
    stack: Vec<Frame>,
    root: Option<Node>,
    nodes: usize,
}

/// A map or list whose end has not come yet.
struct Frame {
    place: Place,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    Map {
        entries: Vec<(Node, Node)>,
        key: Option<Node>,
        /// The keys and where they stand in `entries`, once there are many. Most maps have few.
        seen: HashMap<Arc<str>, usize>,
    },
}

/// From so many keys on they are looked up and no longer compared one by one.
const MANY_KEYS: usize = 16;

impl Builder<'_> {
    fn run(mut self) -> Option<Node> {
        let options = granit_parser::options! {
            emit_comments: false,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
            disallow_directives: true,
        };
        let source = Arc::clone(self.source);
        let mut documents = 0;
        for next in Parser::new_from_str_with_options(&source.text, options) {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    self.syntax_error(&error);
                    return None;
                }
            };
            if !self.event(event, &span, &mut documents) {
                return None;
            }
        }
        self.root
    }

    /// Takes one event; false where there is no point in going on.
    fn event(&mut self, event: Event<'_>, span: &Span, documents: &mut usize) -> bool {
        match event {
            Event::DocumentStart(..) => {
                *documents += 1;
                if *documents > 1 {
                    let text = "a second YAML document in one file";
                    self.refuse(
                        "several-documents",
                        span,
                        text,
                        "one file holds one scenario",
                    );
                    return false;
                }
                true
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let text = "an alias (`*`) is not part of the language";
                self.refuse(
                    "alias",
                    span,
                    text,
                    "repeat the value, or write a fragment; text \
                     that begins with `*` goes into quotes",
                );
                false
            }
            Event::Scalar(text, style, anchor, tag) => {
                if !self.plain_node(anchor, tag.is_some(), span) {
                    return false;
                }
                if text.len() > MAX_SCALAR {
                    let text = format!("a value longer than {} KiB", MAX_SCALAR / 1024);
                    self.problems
                        .error("value-too-long", &self.place(span), text);
                    return false;
                }
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    _ => Style::Block,
                };
                // A value that was left out comes as a `~` that stands nowhere.
                let place = self.place(span);
                let left_out = style == Style::Plain && place.bytes.is_empty();
                let text = if left_out { "" } else { text.as_ref() };
                let value = Value::Scalar {
                    text: Arc::from(text),
                    style,
                };
                let node = Node { value, place };
                self.add(node)
            }
            Event::SequenceStart(_, anchor, tag) => {
                let items = Items::List(Vec::new());
                self.open(anchor, tag.is_some(), span, items)
            }
            Event::MappingStart(_, anchor, tag) => {
                let items = Items::Map {
                    entries: Vec::new(),
                    key: None,
                    seen: HashMap::new(),
                };
                self.open(anchor, tag.is_some(), span, items)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.stack.pop() {
                Some(frame) => self.add(frame.close(span)),
                None => true,
            },
            _ => true,
        }
    }

    fn open(&mut self, anchor: usize, tagged: bool, span: &Span, items: Items) -> bool {
        if !self.plain_node(anchor, tagged, span) {
            return false;
        }
        if self.stack.len() >= MAX_DEPTH {
            let text = format!("more than {MAX_DEPTH} maps and lists inside one another");
            self.problems.error("too-deep", &self.place(span), text);
            return false;
        }
        self.stack.push(Frame {
            place: self.place(span),
            items,
        });
        true
    }

    /// Refuses anchors and tags, and files with too many nodes.
    fn plain_node(&mut self, anchor: usize, tagged: bool, span: &Span) -> bool {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let text = format!("more than {MAX_NODES} values in one file");
            self.problems
                .error("too-many-values", &self.place(span), text);
            return false;
        }
        if anchor != 0 {
            let text = "an anchor (`&`) is not part of the language";
            self.refuse("alias", span, text, "repeat the value, or write a fragment");
            return false;
        }
        if tagged {
            let text = "a tag (`!`) is not part of the language";
            self.refuse(
                "tag",
                span,
                text,
                "put text that begins with `!` into quotes",
            );
            return false;
        }
        true
    }

    fn add(&mut self, node: Node) -> bool {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return true;
        };
        match &mut frame.items {
            Items::List(items) => items.push(node),
            Items::Map { entries, key, seen } => match key.take() {
                None => {
                    let Value::Scalar { text, .. } = &node.value else {
                        let text = "a key must be text";
                        let help = "text that begins with `{` or `[` goes into quotes; what is known \
                                    when the scenario runs begins with `$`, such as `$client.call-id`";
                        let problem = Diagnostic::error("key-not-text", node.place.clone(), text);
                        self.problems.push(problem.help(help));
                        return false;
                    };
                    if let Some(first) = first_of(entries, seen, text) {
                        let problem = Diagnostic::error(
                            "duplicate-key",
                            node.place.clone(),
                            format!("key `{text}` is there twice"),
                        );
                        let first = entries[first].0.place.clone();
                        self.problems.push(problem.note("first here", Some(first)));
                    }
                    *key = Some(node);
                }
                // Of two equal keys the first stands, so that one mistake gives one message.
                Some(key) => {
                    let text = key.scalar().unwrap_or_default();
                    if first_of(entries, seen, text).is_none() {
                        entries.push((key, node));
                        index(entries, seen);
                    }
                }
            },
        }
        true
    }

    fn refuse(&mut self, code: &'static str, span: &Span, text: &str, help: &str) {
        let problem = Diagnostic::error(code, self.place(span), text);
        self.problems.push(problem.help(help));
    }

    fn syntax_error(&mut self, error: &granit_parser::ScanError) {
        let marker = error.marker();
        let at = self.offset(marker);
        let next = self.source.text[at..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        let place = Place::at(self.source, at..at + next);
        let text = error.info();
        let too_deep = text.contains("nest") || text.contains("recursion");
        let code = if too_deep { "too-deep" } else { "yaml-syntax" };
        let problem = match self.strange_indent(place.line) {
            Some((tab, '\t')) => Diagnostic::error("tab", tab, "a tab in the indentation")
                .help("indent with spaces; YAML does not allow tabs there"),
            Some((space, c)) => {
                let text = format!("U+{:04X} in the indentation", u32::from(c));
                Diagnostic::error("tab", space, text)
                    .help("it looks like a space and is none: indent with spaces")
            }
            None if too_deep => {
                let text = format!("more than {MAX_DEPTH} maps and lists inside one another");
                Diagnostic::error(code, place, text)
            }
            None => Diagnostic {
                help: self
                    .indented_too_far(&text, &place)
                    .or_else(|| remedy(&text, place.line_text()).map(str::to_owned)),
                ..Diagnostic::error(code, place, text)
            },
        };
        self.problems.push(problem);
    }

    /// A tab, or what only looks like a space, that indents this line or one beside it, which is what
    /// YAML stumbles over. What is no space to YAML begins text, so that it is the line below which
    /// does not fit.
    fn strange_indent(&self, line: usize) -> Option<(Place, char)> {
        let mut start = 0;
        for (i, text) in self.source.text.split_inclusive('\n').enumerate() {
            let indent = &text[..text.len() - text.trim_start().len()];
            let strange = |c: char| c.is_whitespace() && !matches!(c, ' ' | '\r' | '\n');
            if (line.saturating_sub(1)..=line + 2).contains(&(i + 1))
                && let Some(at) = indent.find(strange)
                && let Some(c) = indent[at..].chars().next()
                && (c != '\t' || i + 1 >= line)
            {
                let at = start + at;
                return Some((Place::at(self.source, at..at + c.len_utf8()), c));
            }
            start += text.len();
        }
        None
    }

    /// A key that stands further in than the key above it, which has a value already.
    fn indented_too_far(&self, info: &str, place: &Place) -> Option<String> {
        if !info.contains("mapping values are not allowed") {
            return None;
        }
        let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
        let own = place.line_text();
        let before = own.get(..place.column.saturating_sub(1))?;
        let line_start = place.line_range().start;
        let above = self.source.text[..line_start]
            .lines()
            .rev()
            .map(|line| (line, line.trim()))
            .find(|(_, text)| !text.is_empty() && !text.starts_with('#'))?
            .0;
        let (here, there) = (indent(own), indent(above));
        let is_key = !before.trim().contains(": ");
        let has_value = above
            .split_once(": ")
            .is_some_and(|(_, value)| !value.trim().is_empty());
        (is_key && has_value && here > there).then(|| {
            format!(
                "the line stands further in than the one above, which has its value already: \
                 begin it in column {}",
                there + 1
            )
        })
    }

    fn place(&self, span: &Span) -> Place {
        let start = self.offset(&span.start);
        let end = self.offset(&span.end).max(start);
        let trimmed = self.source.text[start..end].trim_end().len();
        Place {
            source: Arc::clone(self.source),
            bytes: start..start + trimmed,
            line: span.start.line().max(1),
            column: span.start.col() + 1,
        }
    }

    /// The marker's byte, always at the border of a character.
    fn offset(&self, marker: &Marker) -> usize {
        let text = &self.source.text;
        let mut at = marker.byte_offset().unwrap_or(0).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

impl Frame {
    fn close(self, end: &Span) -> Node {
        let mut place = self.place;
        let (value, last) = match self.items {
            Items::List(items) => {
                let last = items.last().map(|n| n.place.bytes.end);
                (Value::List(items), last)
            }
            Items::Map { entries, .. } => {
                let last = entries
                    .last()
                    .map(|(k, v)| v.place.bytes.end.max(k.place.bytes.end));
                (Value::Map(entries), last)
            }
        };
        // A block ends where its last value ends; a flow collection at its bracket.
        let bracket = end.end.byte_offset().filter(|_| !end.is_empty());
        let end = bracket
            .or(last)
            .unwrap_or(place.bytes.end)
            .max(last.unwrap_or(0));
        if place.source.text.is_char_boundary(end) {
            place.bytes.end = end.max(place.bytes.start);
        }
        Node { value, place }
    }
}

/// Where a key stands among the entries of its map.
fn first_of(entries: &[(Node, Node)], seen: &HashMap<Arc<str>, usize>, key: &str) -> Option<usize> {
    match entries.len() < MANY_KEYS {
        true => entries
            .iter()
            .position(|(own, _)| own.scalar() == Some(key)),
        false => seen.get(key).copied(),
    }
}

/// Takes the last key of a map with many keys into its index.
fn index(entries: &[(Node, Node)], seen: &mut HashMap<Arc<str>, usize>) {
    if entries.len() < MANY_KEYS {
        return;
    }
    let from = match seen.is_empty() {
        true => 0,
        false => entries.len() - 1,
    };
    for (at, (key, _)) in entries.iter().enumerate().skip(from) {
        if let Value::Scalar { text, .. } = &key.value {
            seen.insert(Arc::clone(text), at);
        }
    }
}

/// What is usually meant by text that the parser stumbles over.
fn remedy(info: &str, line: &str) -> Option<&'static str> {
    if info.contains("trailing content after single-quoted") {
        return Some(
            "inside single quotes write '' for a quote, or put the text into double quotes",
        );
    }
    if info.contains("trailing content") {
        return Some("inside double quotes write \\\" for a quote");
    }
    if info.contains("while scanning a block scalar") {
        return Some(
            "`>` and `|` begin text over several lines: a comparison is `{ greater than: 0 }`, other \
             text that begins so goes into quotes",
        );
    }
    if info.contains("unclosed quote") {
        return Some("the same quote ends the text");
    }
    if info.contains("simple key expected") {
        return Some("put a space behind the colon: `key: value`");
    }
    if info.contains("did not find expected key") && line.trim_start().starts_with("- ") {
        return Some(
            "an item of a list stands among the keys of a map: begin every item with `- `, all in \
             one column",
        );
    }
    if info.contains("mapping values are not allowed") {
        return Some("text that holds `: ` goes into quotes; a key begins a line of its own");
    }
    if info.contains("expected '-'") {
        return Some("the keys of a step stand below its first key, two columns behind the dash");
    }
    None
}

fn core_schema(text: &str) -> serde_json::Value {
    use serde_json::Value as Json;

    let number = |text: &str| {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let starts = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        if !starts || digits.is_empty() {
            return None;
        }
        if let Ok(n) = text.parse::<i64>() {
            let padded = digits.len() > 1 && digits.starts_with('0');
            return (!padded).then(|| Json::from(n));
        }
        if digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E'))
        {
            return text.parse::<f64>().ok().map(Json::from);
        }
        None
    };
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        _ => number(text).unwrap_or_else(|| Json::String(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tree(text: &str) -> Result<Node, Vec<&'static str>> {
        let mut problems = Problems::default();
        let node = parse(&Source::new("x.yaml", text), &mut problems);
        let codes: Vec<_> = problems.into_sorted().iter().map(|d| d.code).collect();
        match node {
            Some(node) if codes.is_empty() => Ok(node),
            _ => Err(codes),
        }
    }

    #[test]
    fn keeps_places_and_styles() {
        let root = tree("a: 'ö'\nb:\n  - x y\n  - {c: d}\n").unwrap();
        let Value::Map(entries) = &root.value else {
            panic!("no map")
        };
        let (key, list) = &entries[1];
        assert_eq!(
            (key.place.line, key.place.column, key.place.text()),
            (2, 1, "b")
        );
        assert_eq!(list.place.text(), "- x y\n  - {c: d}");
        let Value::List(items) = &list.value else {
            panic!("no list")
        };
        assert_eq!(
            (items[0].place.text(), items[1].place.text()),
            ("x y", "{c: d}")
        );
        assert!(matches!(
            entries[0].1.value,
            Value::Scalar {
                style: Style::Quoted,
                ..
            }
        ));
    }

    #[test]
    fn refuses_what_can_blow_up() {
        let bomb = "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
        assert_eq!(tree(bomb).unwrap_err(), ["alias"]);
        assert_eq!(tree(&"[".repeat(100_000)).unwrap_err(), ["too-deep"]);
        assert_eq!(tree(&"- ".repeat(100_000)).unwrap_err(), ["too-deep"]);
        assert_eq!(
            tree(&"- x\n".repeat(60_000)).unwrap_err(),
            ["too-many-values"]
        );
        assert_eq!(
            tree("a: 1\n---\nb: 2\n").unwrap_err(),
            ["several-documents"]
        );
        assert_eq!(tree("a: !x 1\n").unwrap_err(), ["tag"]);
        assert_eq!(tree("? [a]\n: b\n").unwrap_err(), ["key-not-text"]);
        assert_eq!(
            tree("a: 1\na: 2\na: 3\n").unwrap_err(),
            ["duplicate-key", "duplicate-key"]
        );
        let keys: String = (0..40).map(|i| format!("k{i}: x\n")).collect();
        assert!(tree(&keys).is_ok());
        for twice in ["k0", "k15", "k16", "k39"] {
            let text = format!("{keys}{twice}: y\n{twice}: z\n");
            assert_eq!(tree(&text).unwrap_err(), ["duplicate-key"; 2], "{twice}");
        }
        assert_eq!(tree("").unwrap_err(), ["empty-file"]);
        assert_eq!(tree("# only this\n").unwrap_err(), ["empty-file"]);
        assert_eq!(tree("a:\n\tb: 1\n").unwrap_err(), ["tab"]);
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,200}") {
            let _ = tree(&text);
        }

        #[test]
        fn arbitrary_punctuation_never_panics(text in "[-:\\[\\]{}&*!|>'\"%@ \n\tax#?,\r]{0,80}") {
            let _ = tree(&text);
        }

        #[test]
        fn places_lie_in_the_text(text in "[-:\\[\\]{} \nab,öx]{0,80}") {
            fn walk(node: &Node) {
                let range = node.place.bytes.clone();
                assert!(node.place.source.text.get(range).is_some());
                match &node.value {
                    Value::Scalar { .. } => {}
                    Value::List(items) => items.iter().for_each(walk),
                    Value::Map(entries) => entries.iter().for_each(|(k, v)| { walk(k); walk(v) }),
                }
            }
            if let Ok(node) = tree(&text) {
                walk(&node);
            }
        }
    }
}
