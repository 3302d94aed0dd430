//! A scenario as the figure it mirrors: lifelines, and a row for each step.

mod text;

use crate::ch2::ReadingId;

use super::model::{Action, Party, Scenario, Step};

/// What lines of text are drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// Box-drawing characters.
    #[default]
    Unicode,
    /// `|`, `-`, `<` and `>`.
    Ascii,
}

/// A scenario as a figure, before it is drawn. Text of the file stands in it unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// Id and title of the scenario.
    pub title: String,
    /// The clause it mirrors, and its figure.
    pub clause: String,
    /// Lifelines from left to right, in the figures' words.
    pub columns: Vec<String>,
    /// From top to bottom.
    pub rows: Vec<Row>,
}

/// One row of a ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is drawn.
    pub mark: Mark,
    /// The step's label.
    pub label: Option<String>,
    /// Where the step belongs to the flow only: `under R2, R4`, `when far-end`.
    pub conditions: Vec<String>,
    /// Its session, where it has a name, how often it comes and what it waits for: `session b`,
    /// `optional`, `after hello`, `held until stop`.
    pub order: Vec<String>,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A message.
    Arrow {
        /// Index of the column it leaves.
        from: usize,
        /// Index of the column it reaches.
        to: usize,
        /// `SIP BYE`, `SessionRequest (stop)`.
        text: String,
        /// True for a message that must not come.
        absent: bool,
    },
    /// Something that is no message, at a column: a trigger, time that passes.
    Event {
        /// Index of the column.
        at: usize,
        /// What.
        text: String,
    },
    /// A rule across the page: `the flow begins`, `any order`, `one of: silence`, `or: a stop`.
    Rule(String),
}

/// The column of the IM server.
const SERVER: usize = 1;

impl Ladder {
    /// The figure of a scenario.
    ///
    /// With `readings`, only the steps that belong to the flow under them; without, every step, and
    /// those that belong to some readings say which.
    pub fn new(scenario: &Scenario, readings: &[ReadingId]) -> Ladder {
        let active = |step: &&Step| {
            readings.is_empty()
                || step.under.is_empty()
                || step.under.iter().any(|r| readings.contains(r))
        };
        let steps: Vec<&Step> = scenario.steps.iter().filter(active).collect();
        let lifelines = Lifelines::of(scenario, &steps);
        let mut rows = Vec::new();
        let mut given = false;
        let mut blocks = Blocks {
            scenario,
            above: None,
        };
        for step in steps {
            if given && !step.given {
                rows.push(Row::bare(Mark::Rule("the flow begins".to_owned())));
            }
            given = step.given;
            rows.extend(blocks.enter(Some(step)));
            let mut row = lifelines.row(step, readings.is_empty());
            let session = scenario.sessions.get(step.session);
            let name = session.and_then(|session| session.name.as_ref());
            if let Some(name) = name {
                row.order.insert(0, format!("session {name}"));
            }
            rows.push(row);
        }
        rows.extend(blocks.enter(None));
        let figure = scenario.figure.as_ref();
        let figure = figure.map(|figure| format!(", figure {figure}"));
        Ladder {
            title: format!("{}  {}", scenario.id, scenario.title),
            clause: format!("{}{}", scenario.clause, figure.unwrap_or_default()),
            columns: lifelines.names(),
            rows,
        }
    }
}

impl Row {
    fn bare(mark: Mark) -> Row {
        Row {
            mark,
            label: None,
            conditions: Vec::new(),
            order: Vec::new(),
        }
    }

    /// Label, conditions and order in one line: `[bye]  under S1  after told`.
    pub fn remarks(&self) -> String {
        let label = self.label.iter().map(|label| format!("[{label}]"));
        let rest = self.conditions.iter().chain(&self.order).cloned();
        label.chain(rest).collect::<Vec<_>>().join("  ")
    }
}

/// The blocks that steps stand in, for rules where they begin and end.
struct Blocks<'s> {
    scenario: &'s Scenario,
    above: Option<&'s Step>,
}

impl<'s> Blocks<'s> {
    /// The rules between the step above and the next one.
    fn enter(&mut self, step: Option<&'s Step>) -> Vec<Row> {
        let above = std::mem::replace(&mut self.above, step);
        let mut rules = Vec::new();
        let (left, next) = (above.and_then(|s| s.branch), step.and_then(|s| s.branch));
        let order = |step: Option<&Step>| step.and_then(|step| step.any_order);
        let leaves = order(above) != order(step);
        if leaves && order(above).is_some() {
            rules.push("end of any order".to_owned());
        }
        if left.is_some_and(|left| next.is_none_or(|next| next.choice != left.choice)) {
            rules.push("end of one of".to_owned());
        }
        if let Some(next) = next.filter(|next| left != Some(*next)) {
            let goes_on = left.is_some_and(|left| left.choice == next.choice);
            let word = if goes_on { "or" } else { "one of" };
            let names = self.scenario.choices.get(next.choice).map(|c| &c.names);
            let name = names.and_then(|names| names.get(next.alternative)?.as_ref());
            rules.push(match name {
                Some(name) => format!("{word}: {name}"),
                None => word.to_owned(),
            });
        }
        if leaves && order(step).is_some() {
            rules.push("any order".to_owned());
        }
        rules
            .into_iter()
            .map(|r| Row::bare(Mark::Rule(r)))
            .collect()
    }
}

/// The parties that take part, in the order of the figures; the server stands in second place. Those
/// of further sessions follow, but for the Charging Enabler, which all of them share.
struct Lifelines<'s> {
    scenario: &'s Scenario,
    parties: Vec<(usize, Party)>,
}

impl<'s> Lifelines<'s> {
    /// The client and the Charging Enabler stand in every figure, others where they do something.
    fn of(scenario: &'s Scenario, steps: &[&Step]) -> Lifelines<'s> {
        let acts = |of: (usize, Party)| {
            let acts = |step: &&Step| (step.session, party(&step.action)) == (of.0, Some(of.1));
            steps.iter().any(acts)
        };
        let mut parties = vec![(0, Party::Client), (0, Party::Enabler)];
        let second = |step: &&Step| party(&step.action) == Some(Party::SecondEnabler);
        if steps.iter().any(second) {
            parties.push((0, Party::SecondEnabler));
        }
        for session in 0..scenario.sessions.len() {
            let further = [(session, Party::Client), (session, Party::FarEnd)];
            let stands = |of: &(usize, Party)| acts(*of) && !parties.contains(of);
            let further: Vec<_> = further.into_iter().filter(stands).collect();
            parties.extend(further);
        }
        Lifelines { scenario, parties }
    }

    fn names(&self) -> Vec<String> {
        let name = |(session, party): &(usize, Party)| {
            let name = figure_name(*party);
            match self.scenario.sessions[*session].name.as_ref() {
                Some(session) => format!("{name} ({session})"),
                None => name.to_owned(),
            }
        };
        let mut names: Vec<String> = self.parties.iter().map(name).collect();
        names.insert(SERVER, "IM Server".to_owned());
        names
    }

    fn column(&self, session: usize, of: Party) -> usize {
        let session = if of.is_enabler() { 0 } else { session };
        let mut parties = self.parties.iter();
        let at = parties
            .position(|party| *party == (session, of))
            .unwrap_or(0);
        if at >= SERVER { at + 1 } else { at }
    }

    fn row(&self, step: &Step, all: bool) -> Row {
        let arrow = |from, to, text, absent| Mark::Arrow {
            from,
            to,
            text,
            absent,
        };
        let mark = match &step.action {
            Action::Send { party, message } => arrow(
                self.column(step.session, *party),
                SERVER,
                message.to_string(),
                false,
            ),
            Action::Receive { party, message } => arrow(
                SERVER,
                self.column(step.session, *party),
                message.to_string(),
                false,
            ),
            Action::ReceiveNothing { party, message, .. } => {
                let text = match message {
                    Some(message) => format!("no {message}"),
                    None => "nothing".to_owned(),
                };
                arrow(SERVER, self.column(step.session, *party), text, true)
            }
            Action::SendAgain { party, of } => arrow(
                self.column(step.session, *party),
                SERVER,
                format!("{of} again"),
                false,
            ),
            Action::Do { party, deed } => Mark::Event {
                at: self.column(step.session, *party),
                text: deed.to_string(),
            },
            Action::Trigger(trigger) => Mark::Event {
                at: SERVER,
                text: trigger.to_string(),
            },
            Action::Wait(length) => Mark::Event {
                at: SERVER,
                text: format!("{length} pass"),
            },
        };
        let mut conditions = Vec::new();
        if all && !step.under.is_empty() {
            let names: Vec<String> = step.under.iter().map(ReadingId::to_string).collect();
            conditions.push(format!("under {}", names.join(", ")));
        }
        if !step.when.is_empty() {
            let names: Vec<&str> = step.when.iter().map(|ics| ics.name()).collect();
            conditions.push(format!("when {}", names.join(", ")));
        }
        let mut order = Vec::new();
        if !step.after.is_empty() {
            order.push(format!("after {}", step.after.join(", ")));
        }
        if !step.before.is_empty() {
            order.push(format!("before {}", step.before.join(", ")));
        }
        let least = step.no_sooner.as_ref();
        order.extend(least.map(|least| format!("no sooner than {least}")));
        if step.count.stated {
            order.push(step.count.to_string());
        }
        if step.count.optional {
            order.push("optional".to_owned());
        }
        order.extend(step.repeats.iter().map(|of| format!("{of} again")));
        let held = step.hold_until.as_ref();
        order.extend(held.map(|label| format!("held until {label}")));
        Row {
            mark,
            // What we number by ourselves is no name that an author knows.
            label: step.name().map(str::to_owned),
            conditions,
            order,
        }
    }
}

/// The party's name over its lifeline.
fn figure_name(party: Party) -> &'static str {
    match party {
        Party::Client => "IM Client",
        Party::FarEnd => "Far end",
        Party::Enabler => "Charging Enabler",
        Party::SecondEnabler => "Second Enabler",
    }
}

fn party(action: &Action) -> Option<Party> {
    match action {
        Action::Send { party, .. }
        | Action::Receive { party, .. }
        | Action::ReceiveNothing { party, .. }
        | Action::SendAgain { party, .. }
        | Action::Do { party, .. } => Some(*party),
        Action::Trigger(_) | Action::Wait(_) => None,
    }
}
