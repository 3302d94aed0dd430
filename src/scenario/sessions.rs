//! `sessions:` of a scenario, and `session:` of its steps.

use super::diagnostic::{Diagnostic, Problems};
use super::expr::is_ledger;
use super::keys::{SESSION, SUBSCRIBER_OF_SESSION};
use super::labels;
use super::lower::Lowering;
use super::model::{Action, Incoming, Place, Scenario, Session, Step};
use super::node::Node;
use super::reader::short;
use super::unfold::Raw;

/// What the first session, which needs no declaration, is called where it has to be named.
pub(super) const FIRST: &str = "first";

/// Sessions of one scenario.
const MOST_SESSIONS: usize = 20;

/// The sessions of a scenario, with the places of those that have a name.
#[derive(Clone, Debug)]
pub(super) struct Sessions {
    pub(super) list: Vec<Session>,
    /// Where a name stands that can be one.
    places: Vec<Option<Place>>,
}

impl Sessions {
    /// The one session that every scenario has.
    pub(super) fn first() -> Sessions {
        Sessions {
            list: vec![Session::default()],
            places: Vec::new(),
        }
    }

    /// The index of the session of that name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        if name == FIRST {
            return Some(0);
        }
        let named = |session: &Session| session.name.as_deref() == Some(name);
        self.list.iter().position(named)
    }

    /// Every name.
    pub(super) fn names(&self) -> Vec<&str> {
        let named = self.list.iter().filter_map(|s| s.name.as_deref());
        std::iter::once(FIRST).chain(named).collect()
    }
}

impl Scenario {
    /// How many pairs of subscribers play it at a time.
    pub fn pairs(&self) -> usize {
        let last = self.sessions.iter().map(|session| session.pair).max();
        last.unwrap_or(0) + 1
    }

    /// What a session is called: `first`, or its name.
    pub fn session_name(&self, session: usize) -> &str {
        let named = self.sessions.get(session);
        named
            .and_then(|session| session.name.as_deref())
            .unwrap_or(FIRST)
    }

    /// Something of a session, named among those of all: `Call-ID`, or `b: Call-ID`.
    pub fn in_session(&self, session: usize, what: &str) -> String {
        match session {
            0 => what.to_owned(),
            _ => format!("{}: {what}", self.session_name(session)),
        }
    }
}

impl Lowering<'_> {
    /// What the server asks on its connection belongs to all sessions, and so to the first.
    pub(super) fn of_no_session(&mut self, step: &Step) {
        let waited = match &step.action {
            Action::Receive { message, .. } => Some(message),
            Action::ReceiveNothing { message, .. } => message.as_ref(),
            _ => None,
        };
        if step.session == 0 || !matches!(waited, Some(Incoming::PeerRequest { .. })) {
            return;
        }
        let text = format!(
            "`{}` belongs to the connection and to no session",
            step.action
        );
        let problem = Diagnostic::error("key-not-here", step.place.clone(), text);
        let help = "leave `session` out";
        self.problems.push(problem.help(help));
    }
}

impl Problems {
    /// `sessions:`
    pub(super) fn sessions(&mut self, node: &Node) -> Sessions {
        let mut sessions = Sessions::first();
        let Some(entries) = self.map(node, "`sessions`") else {
            return sessions;
        };
        let mut pairs = 1;
        for (key, value) in entries {
            let name = key.scalar().unwrap_or_default();
            let sound = name.starts_with(|c: char| c.is_ascii_lowercase())
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                && name.len() <= 20;
            let taken = name == FIRST || labels::RESERVED.contains(&name) || is_ledger(name);
            if !sound || taken {
                let text = format!("`{}` cannot be the name of a session", short(name));
                let help = "lower-case letters, digits and `-`, a letter first; `first` is the \
                            session without a name, and what references begin with is taken";
                let problem = Diagnostic::error("bad-name", key.place.clone(), text);
                self.push(problem.help(help));
            }
            if sessions.list.len() >= MOST_SESSIONS {
                let text = format!("more than {MOST_SESSIONS} sessions");
                self.error("out-of-range", &key.place, text);
                break;
            }
            let Some(fields) = self.fields(value, "a session", SESSION) else {
                continue;
            };
            let subscriber = fields
                .get("subscriber")
                .and_then(|node| self.word(node, "subscriber", SUBSCRIBER_OF_SESSION));
            let pair = match subscriber {
                Some("other") => {
                    pairs += 1;
                    pairs - 1
                }
                _ => 0,
            };
            sessions.list.push(Session {
                name: Some(name.to_owned()),
                pair,
            });
            let place = (sound && !taken).then(|| key.place.clone());
            sessions.places.push(place);
        }
        sessions
    }

    /// `session:` of a step; `None` where it is no session's name.
    pub(super) fn session(&mut self, node: &Node, sessions: &Sessions) -> Option<usize> {
        let name = self.text(node, "a session")?;
        let found = sessions.find(name);
        if found.is_none() {
            let names = sessions.names();
            self.unknown("unknown-session", "session", node, name, &names, "");
        }
        found
    }

    /// Sessions that are declared and in which nothing happens.
    pub(super) fn unused_sessions(&mut self, sessions: &Sessions, steps: &[Raw]) {
        let places = sessions.places.iter().enumerate();
        for (at, place) in places {
            let session = at + 1;
            let Some(place) = place else { continue };
            if steps.iter().any(|step| step.session == session) {
                continue;
            }
            let name = sessions.list[session].name.as_deref().unwrap_or_default();
            let text = format!("nothing happens in session `{}`", short(name));
            let problem = Diagnostic::warning("unused-session", place.clone(), text);
            let help =
                format!("leave it out, or say of a step that it belongs to it: `session: {name}`");
            self.push(problem.help(help));
        }
    }
}
