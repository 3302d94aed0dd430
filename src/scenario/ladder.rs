//! A scenario as the figure it mirrors: a ladder of messages in text.

use crate::ch2::ReadingId;

use super::model::{Action, Party, Scenario, Step};

/// What lines are drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// Box-drawing characters.
    #[default]
    Unicode,
    /// `|`, `-`, `<` and `>`.
    Ascii,
}

/// Columns between two lifelines.
const GAP: usize = 30;
/// The column of the first lifeline.
const LEFT: usize = 6;

/// Draws the flow, one line to a step, in the figures' words.
///
/// With `readings`, only the steps that belong to the flow under them; without, every step, and
/// those that belong to some readings say which.
pub fn ladder(scenario: &Scenario, readings: &[ReadingId], charset: Charset) -> Vec<String> {
    let active = |step: &&Step| {
        readings.is_empty()
            || step.under.is_empty()
            || step.under.iter().any(|r| readings.contains(r))
    };
    let steps: Vec<&Step> = scenario.steps.iter().filter(active).collect();
    let far_end = steps
        .iter()
        .any(|step| party(&step.action) == Some(Party::FarEnd));
    let columns = Columns { far_end, charset };
    let mut lines = vec![columns.heads(), columns.lifelines()];
    let mut given = false;
    for step in steps {
        if given && !step.given {
            lines.push(columns.note("the flow begins"));
        }
        given = step.given;
        lines.push(columns.step(step, readings.is_empty()));
    }
    lines.push(columns.lifelines());
    lines
        .into_iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

struct Columns {
    far_end: bool,
    charset: Charset,
}

impl Columns {
    fn names(&self) -> Vec<&'static str> {
        match self.far_end {
            true => vec!["IM Client", "IM Server", "Far end", "Charging Enabler"],
            false => vec!["IM Client", "IM Server", "Charging Enabler"],
        }
    }

    /// The index of a party's lifeline; the server's is 1.
    fn of(&self, party: Party) -> usize {
        match party {
            Party::Client => 0,
            Party::FarEnd => 2,
            Party::Enabler if self.far_end => 3,
            Party::Enabler => 2,
        }
    }

    fn at(column: usize) -> usize {
        LEFT + column * GAP
    }

    fn heads(&self) -> String {
        let mut line = String::new();
        for (i, name) in self.names().into_iter().enumerate() {
            let start = Columns::at(i).saturating_sub(name.len() / 2);
            line.push_str(&" ".repeat(start.saturating_sub(line.len())));
            line.push_str(name);
        }
        line
    }

    fn canvas(&self) -> Vec<char> {
        let bar = self.pick('│', '|');
        let mut canvas = vec![' '; Columns::at(self.names().len() - 1) + 1];
        (0..self.names().len()).for_each(|i| canvas[Columns::at(i)] = bar);
        canvas
    }

    fn lifelines(&self) -> String {
        self.canvas().into_iter().collect()
    }

    fn step(&self, step: &Step, all: bool) -> String {
        let mut canvas = self.canvas();
        match &step.action {
            Action::Send { party, message } => {
                self.arrow(&mut canvas, self.of(*party), 1, &message.to_string(), false);
            }
            Action::Receive { party, message } => {
                self.arrow(&mut canvas, 1, self.of(*party), &message.to_string(), false);
            }
            Action::ReceiveNothing { party, message, .. } => {
                let text = match message {
                    Some(message) => format!("no {message}"),
                    None => "nothing".to_owned(),
                };
                self.arrow(&mut canvas, 1, self.of(*party), &text, true);
            }
            Action::Trigger(trigger) => {
                write_at(&mut canvas, Columns::at(1) + 2, &format!("({trigger})"))
            }
            Action::Wait(time) => {
                write_at(
                    &mut canvas,
                    Columns::at(1) + 2,
                    &format!("({} ms pass)", time.as_millis()),
                );
            }
        }
        let mut line: String = canvas.into_iter().collect();
        line.push_str(&self.remarks(step, all));
        line
    }

    fn arrow(&self, canvas: &mut [char], from: usize, to: usize, text: &str, absent: bool) {
        let (left, right) = (Columns::at(from.min(to)) + 1, Columns::at(from.max(to)) - 1);
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
        let inner = if from.min(to) == 0 {
            Columns::at(0)
        } else {
            Columns::at(1)
        };
        write_at(
            canvas,
            inner + 1 + (GAP - 1).saturating_sub(width) / 2,
            &text,
        );
    }

    fn remarks(&self, step: &Step, all: bool) -> String {
        let mut remarks = Vec::new();
        remarks.extend(step.label.as_ref().map(|label| format!("[{label}]")));
        if all && !step.under.is_empty() {
            let names: Vec<String> = step.under.iter().map(ReadingId::to_string).collect();
            remarks.push(format!("under {}", names.join(", ")));
        }
        if !step.when.is_empty() {
            let names: Vec<&str> = step.when.iter().map(|ics| ics.name()).collect();
            remarks.push(format!("when {}", names.join(", ")));
        }
        if !step.after.is_empty() {
            remarks.push(format!("after {}", step.after.join(", ")));
        }
        remarks.extend(
            step.hold_until
                .as_ref()
                .map(|label| format!("held until {label}")),
        );
        if remarks.is_empty() {
            String::new()
        } else {
            format!("  {}", remarks.join("  "))
        }
    }

    fn note(&self, text: &str) -> String {
        let dash = self.pick('─', '-');
        let rule: String = std::iter::repeat_n(dash, 3).collect();
        format!("{rule} {text} {rule}")
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

fn party(action: &Action) -> Option<Party> {
    match action {
        Action::Send { party, .. }
        | Action::Receive { party, .. }
        | Action::ReceiveNothing { party, .. } => Some(*party),
        Action::Trigger(_) | Action::Wait(_) => None,
    }
}
