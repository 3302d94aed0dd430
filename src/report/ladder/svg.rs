//! A ladder as SVG that needs nothing from elsewhere and reads in light and dark.

use std::fmt::Write;

use crate::report::escape;
use crate::scenario::{Ladder, Mark, Row};

/// Pixels between two lifelines.
const GAP: usize = 250;
/// Pixels left of the first lifeline.
const LEFT: usize = 90;
/// Pixels from one row to the next.
const PITCH: usize = 34;
/// Where the lifelines begin.
const TOP: usize = 128;
/// Pixels that a character takes at most, at the size of labels and remarks: six tenths of 12, which
/// fonts of one width keep to, rounded up.
const CHAR: usize = 8;

/// Colours by the reader's preference. Text and lines have a contrast of 7 to 1 or more on the ground.
const STYLE: &str = "\
svg{--ground:#fff;--ink:#1b1f24;--quiet:#4b5561;--line:#9aa5b1;--ours:#0b4f9e;--theirs:#7a3300;--head:#eef2f6}
@media (prefers-color-scheme:dark){svg{--ground:#14181d;--ink:#e9edf1;--quiet:#b4bec9;--line:#5b6673;\
--ours:#9cc8ff;--theirs:#ffc28a;--head:#222932}}
.ground{fill:var(--ground)}
text{fill:var(--ink);font:12px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}
.title{font-size:16px;font-weight:bold}
.quiet{fill:var(--quiet)}
.mid{text-anchor:middle}
.halo{stroke:var(--ground);stroke-width:4px;paint-order:stroke}
.head{fill:var(--head);stroke:var(--line)}
.life{stroke:var(--line)}
.ours{stroke:var(--ours)} .theirs{stroke:var(--theirs)}
.ours,.theirs{fill:none;stroke-width:1.6}
.tip.ours{fill:var(--ours)} .tip.theirs{fill:var(--theirs)}
.absent{stroke-dasharray:3 4}
.rule{stroke:var(--line);stroke-dasharray:8 4}
";

/// The ladder as one SVG document. What the file says is escaped.
pub fn svg(ladder: &Ladder) -> String {
    let last = LEFT + (ladder.columns.len() - 1) * GAP;
    let gutter = last + 90;
    let remarks = ladder.rows.iter().map(|row| width(&row.remarks())).max();
    let widest = (gutter + remarks.unwrap_or(0))
        .max(width(&ladder.title) * 4 / 3 + 2 * 24)
        .max(width(&ladder.clause) + 2 * 24);
    let (wide, high) = (widest + 16, TOP + (ladder.rows.len() + 1) * PITCH + 8);
    let mut page = Page {
        text: String::new(),
    };
    page.put(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" \
         viewBox=\"0 0 {wide} {high}\" role=\"img\" aria-labelledby=\"title\">"
    ));
    page.put(&format!(
        "<title id=\"title\">{}</title>",
        text(&ladder.title)
    ));
    page.put(&format!("<style>\n{STYLE}</style>"));
    page.put(&format!(
        "<rect class=\"ground\" width=\"{wide}\" height=\"{high}\"/>"
    ));
    page.words(24, 34, "title", &ladder.title);
    page.words(24, 56, "quiet", &ladder.clause);
    let bottom = TOP + (ladder.rows.len() + 1) * PITCH - 10;
    for (index, name) in ladder.columns.iter().enumerate() {
        let x = LEFT + index * GAP;
        page.line("life", (x, TOP - 22), (x, bottom));
        let (left, top) = (x - 78, TOP - 52);
        page.put(&format!(
            "<rect class=\"head\" x=\"{left}\" y=\"{top}\" width=\"156\" height=\"30\" rx=\"4\"/>"
        ));
        page.words(x, TOP - 32, "mid", name);
    }
    for (index, row) in ladder.rows.iter().enumerate() {
        let y = TOP + (index + 1) * PITCH - 10;
        page.row(row, y, last);
        page.words(gutter, y + 4, "quiet", &row.remarks());
    }
    page.put("</svg>");
    page.text
}

struct Page {
    text: String,
}

impl Page {
    fn put(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn line(&mut self, class: &str, (x1, y1): (usize, usize), (x2, y2): (usize, usize)) {
        self.put(&format!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"
        ));
    }

    fn words(&mut self, x: usize, y: usize, class: &str, words: &str) {
        if !words.is_empty() {
            let words = text(words);
            self.put(&format!(
                "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" xml:space=\"preserve\">{words}</text>"
            ));
        }
    }

    fn row(&mut self, row: &Row, y: usize, last: usize) {
        match &row.mark {
            Mark::Arrow {
                from,
                to,
                text,
                absent,
            } => self.arrow(*from, *to, y, text, *absent),
            Mark::Event { at, text } => {
                self.words(LEFT + at * GAP + 10, y + 4, "halo", &format!("({text})"));
            }
            Mark::Rule(text) => {
                self.line("rule", (16, y), (last + 74, y));
                self.words(24, y - 5, "quiet halo", text);
            }
        }
    }

    fn arrow(&mut self, from: usize, to: usize, y: usize, words: &str, absent: bool) {
        let (start, end) = (LEFT + from * GAP, LEFT + to * GAP);
        // What the harness sends has one colour, what it waits for the other.
        let ours = if from == 1 { "theirs" } else { "ours" };
        let right = end > start;
        let away = |x: usize, by: usize| if right { x - by } else { x + by };
        let class = if absent {
            format!("{ours} absent")
        } else {
            ours.to_owned()
        };
        self.line(&class, (start, y), (away(end, 9), y));
        let tip = if absent {
            let (x, left, top, low) = (away(end, 9), away(end, 18), y - 5, y + 5);
            format!("<path class=\"{ours}\" d=\"M{left} {top}L{x} {low}M{left} {low}L{x} {top}\"/>")
        } else {
            let (x, top, low) = (away(end, 10), y - 5, y + 5);
            format!(
                "<path class=\"tip {ours}\" d=\"M{} {y}L{x} {top}L{x} {low}Z\"/>",
                away(end, 1)
            )
        };
        self.put(&tip);
        // Beside the server, so that it never lies on another lifeline.
        let middle = if from.min(to) == 0 {
            LEFT + GAP / 2
        } else {
            LEFT + GAP + GAP / 2
        };
        self.words(middle, y - 7, "mid halo", words);
    }
}

/// Pixels that a text takes at most.
fn width(text: &str) -> usize {
    let of = |c: char| if c.is_ascii() { CHAR } else { 2 * CHAR };
    text.chars().map(of).sum()
}

/// Text as XML takes it; what a reader could not see or could obey is written out.
fn text(words: &str) -> String {
    let mut safe = String::with_capacity(words.len());
    for c in escape::terminal(words).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // No characters of XML 1.0 (2.2).
            '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            _ => safe.push(c),
        }
    }
    safe
}
