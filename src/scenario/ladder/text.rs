//! A ladder in lines of text.

use super::{Charset, Ladder, Mark, Row, SERVER};

/// Columns between two lifelines.
const GAP: usize = 30;
/// The column of the first lifeline.
const LEFT: usize = 6;

impl Ladder {
    /// The lines of the figure, one to a step.
    pub fn text(&self, charset: Charset) -> Vec<String> {
        let page = Page {
            ladder: self,
            charset,
        };
        let mut lines = vec![page.heads(), page.lifelines()];
        lines.extend(self.rows.iter().map(|row| page.row(row)));
        lines.push(page.lifelines());
        lines
            .into_iter()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }
}

struct Page<'l> {
    ladder: &'l Ladder,
    charset: Charset,
}

impl Page<'_> {
    fn at(column: usize) -> usize {
        LEFT + column * GAP
    }

    fn heads(&self) -> String {
        let mut line = String::new();
        for (i, name) in self.ladder.columns.iter().enumerate() {
            let start = Page::at(i).saturating_sub(name.len() / 2);
            line.push_str(&" ".repeat(start.saturating_sub(line.len())));
            line.push_str(name);
        }
        line
    }

    fn canvas(&self) -> Vec<char> {
        let bar = self.pick('│', '|');
        let columns = self.ladder.columns.len();
        let mut canvas = vec![' '; Page::at(columns - 1) + 1];
        (0..columns).for_each(|i| canvas[Page::at(i)] = bar);
        canvas
    }

    fn lifelines(&self) -> String {
        self.canvas().into_iter().collect()
    }

    fn row(&self, row: &Row) -> String {
        let mut canvas = self.canvas();
        match &row.mark {
            Mark::Arrow {
                from,
                to,
                text,
                absent,
            } => self.arrow(&mut canvas, *from, *to, text, *absent),
            Mark::Event { at, text } => {
                write_at(&mut canvas, Page::at(*at) + 2, &format!("({text})"));
            }
            Mark::Rule(text) => {
                let rule = self.pick('─', '-').to_string().repeat(3);
                return format!("{rule} {text} {rule}");
            }
        }
        let mut line: String = canvas.into_iter().collect();
        let remarks = row.remarks();
        if !remarks.is_empty() {
            line.push_str("  ");
            line.push_str(&remarks);
        }
        line
    }

    fn arrow(&self, canvas: &mut [char], from: usize, to: usize, text: &str, absent: bool) {
        let (left, right) = (Page::at(from.min(to)) + 1, Page::at(from.max(to)) - 1);
        let line = if absent {
            self.pick('┄', '.')
        } else {
            self.pick('─', '-')
        };
        canvas[left..=right].fill(line);
        if absent {
            canvas[if to > from { right } else { left }] = self.pick('✕', 'x');
        } else if to > from {
            canvas[right] = self.pick('▶', '>');
        } else {
            canvas[left] = self.pick('◀', '<');
        }
        // The text stands beside the server, so that it never hides another lifeline.
        let room = GAP - 3;
        let text = format!(" {} ", text.chars().take(room).collect::<String>());
        let width = text.chars().count();
        let inner = if from.min(to) < SERVER { 0 } else { SERVER };
        let start = Page::at(inner) + 1 + (GAP - 1).saturating_sub(width) / 2;
        write_at(canvas, start, &text);
    }

    fn pick(&self, unicode: char, ascii: char) -> char {
        match self.charset {
            Charset::Unicode => unicode,
            Charset::Ascii => ascii,
        }
    }
}

fn write_at(canvas: &mut [char], at: usize, text: &str) {
    canvas
        .iter_mut()
        .skip(at)
        .zip(text.chars())
        .for_each(|(place, c)| *place = c);
}
