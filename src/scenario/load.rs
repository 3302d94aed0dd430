//! From a file's tree to a scenario.

use std::sync::Arc;
use std::time::Duration;

use crate::ch2::{TestPurpose, TestType};

use super::alternatives;
use super::diagnostic::{Diagnostic, Problems};
use super::doubt;
use super::fragment::{Fragment, Shelf};
use super::ics::Ics;
use super::keys::{SCENARIO, TYPES};
use super::lower::Lowering;
use super::model::{Action, Incoming, Outgoing, Party, Scenario, Source, Trigger};
use super::node::{Node, Value};
use super::order;
use super::reader::short;
use super::reply::Command;
use super::sessions::Sessions;
use super::silence;
use super::unfold::Unfolding;
use super::unmatched;

/// `limit:` where a scenario says none.
const DEFAULT_LIMIT: Duration = Duration::from_secs(30);

/// Whether a file holds a fragment.
pub(super) fn is_fragment(root: &Node) -> bool {
    let Value::Map(entries) = &root.value else {
        return false;
    };
    let has = |name| entries.iter().any(|(key, _)| key.scalar() == Some(name));
    has("fragment") || (has("steps") && !has("flow") && !has("id"))
}

/// Reads a scenario file. What comes back may be incomplete if there were errors.
pub(super) fn scenario(
    source: &Arc<Source>,
    root: &Node,
    shelf: &Shelf,
    problems: &mut Problems,
) -> Option<Scenario> {
    problems.version(root)?;
    let fields = problems.fields(root, "a scenario", SCENARIO)?;
    let mut text = |name: &str| {
        let node = fields.get(name)?;
        let text = problems.text(node, &format!("`{name}`"))?.trim_end();
        problems.ambiguous(node);
        if text.contains(['\n', '\r']) {
            let why = format!("`{name}` must be one line");
            let problem = Diagnostic::error("wrong-kind", node.place.clone(), why);
            problems.push(problem.help("what takes more lines goes into `purpose`"));
        }
        Some(text.to_owned())
    };
    let (id, title, clause, figure) = (text("id"), text("title"), text("clause"), text("figure"));
    if let (Some(id), Some(node)) = (&id, fields.get("id")) {
        problems.scenario_id(id, node);
    }
    let requirements = fields.get("requirements").map(|n| problems.requirements(n));
    let needs = fields
        .get("needs")
        .map(|n| problems.ics_items(n))
        .unwrap_or_default();
    let test_type = match fields.get("type") {
        Some(node) => problems.test_type(node).unwrap_or_default(),
        None => TestType::default(),
    };
    let purpose = fields
        .get("purpose")
        .and_then(|n| problems.text(n, "`purpose`"));
    let test_purposes = fields
        .get("test purposes")
        .map(|n| problems.test_purposes(n))
        .unwrap_or_default();
    let readings = fields
        .get("readings")
        .map(|n| problems.readings(n))
        .unwrap_or_default();
    let limit = match fields.get("limit") {
        Some(node) => problems.duration(node, "`limit`"),
        None => Some(DEFAULT_LIMIT),
    };
    if let (Some(Duration::ZERO), Some(node)) = (limit, fields.get("limit")) {
        problems.error("out-of-range", &node.place, "a scenario needs some time");
    }
    let exclusive = match fields.get("exclusive") {
        Some(node) => problems.boolean(node, "`exclusive`").unwrap_or_default(),
        None => false,
    };
    let sessions = match fields.get("sessions") {
        Some(node) => problems.sessions(node),
        None => Sessions::first(),
    };
    let mut unfolding = Unfolding::new(problems, shelf, &sessions);
    if let Some(given) = fields.get("given") {
        unfolding.list(given, true);
    }
    if let Some(flow) = fields.get("flow") {
        unfolding.list(flow, false);
    }
    let Unfolding {
        steps: raw,
        scopes,
        choices,
        lost,
        ..
    } = unfolding;
    let flow = fields.get("flow")?;
    if matches!(&flow.value, Value::List(items) if items.is_empty()) {
        problems.error(
            "empty-flow",
            &flow.place,
            "a scenario without a flow tests nothing",
        );
    }
    problems.unused_sessions(&sessions, &raw);
    let mut lowering = Lowering::new(problems, &raw, &scopes, &sessions);
    lowering.lost = lost;
    let steps = lowering.run();
    let scenario = Scenario {
        id: id?,
        title: title?,
        clause: clause?,
        figure,
        test_type,
        purpose: purpose.unwrap_or_default().to_owned(),
        test_purposes,
        requirements: requirements?,
        needs,
        readings,
        limit: limit?,
        exclusive,
        sessions: sessions.list,
        steps,
        choices,
        source: Arc::clone(source),
    };
    order::check(&scenario, problems);
    disturbances(&scenario, problems);
    conditions(&scenario, problems);
    silence::check(&scenario, problems);
    unmatched::check(&scenario, problems);
    doubt::unreachable(&scenario, problems);
    doubt::hard_to_tell(&scenario, problems);
    alternatives::check(&scenario, problems);
    Some(scenario)
}

/// Checks a fragment by itself, so that its mistakes show even where nothing uses it.
pub(super) fn check_fragment(fragment: &Arc<Fragment>, shelf: &Shelf, problems: &mut Problems) {
    let sessions = Sessions::first();
    let mut unfolding = Unfolding::new(problems, shelf, &sessions);
    unfolding.fragment(fragment);
    let Unfolding {
        steps: raw,
        scopes,
        lost,
        ..
    } = unfolding;
    let mut lowering = Lowering::new(problems, &raw, &scopes, &sessions);
    lowering.lost = lost;
    lowering.run();
}

/// A step that disturbs the connection which scenarios share, in a scenario that does not run alone.
fn disturbances(scenario: &Scenario, problems: &mut Problems) {
    if scenario.exclusive {
        return;
    }
    for step in &scenario.steps {
        let disturbs = match &step.action {
            Action::Do { party, .. } => party.is_enabler(),
            Action::Send { message, .. } => matches!(
                message,
                Outgoing::PeerRequest {
                    command: Command::DisconnectPeer,
                    ..
                }
            ),
            Action::Receive { message, .. } => matches!(message, Incoming::PeerRequest { .. }),
            _ => false,
        };
        if disturbs {
            let text = format!(
                "`{}` is about the connection that scenarios share",
                step.action
            );
            let problem = Diagnostic::error("not-exclusive", step.place.clone(), text);
            problems.push(problem.help("write `exclusive: yes` at the top of the scenario"));
        }
    }
}

/// A step that some servers can never meet must say so, or they fail for nothing.
fn conditions(scenario: &Scenario, problems: &mut Problems) {
    for step in &scenario.steps {
        let needed = match &step.action {
            Action::Send {
                party: Party::FarEnd,
                ..
            }
            | Action::Receive {
                party: Party::FarEnd,
                ..
            }
            | Action::SendAgain {
                party: Party::FarEnd,
                ..
            }
            | Action::Do {
                party: Party::FarEnd,
                ..
            } => Ics::FarEnd,
            Action::Send {
                party: Party::SecondEnabler,
                ..
            }
            | Action::Receive {
                party: Party::SecondEnabler,
                ..
            }
            | Action::ReceiveNothing {
                party: Party::SecondEnabler,
                ..
            }
            | Action::Do {
                party: Party::SecondEnabler,
                ..
            } => Ics::SecondEnabler,
            Action::Trigger(Trigger::ServerEndsSession) => Ics::ServerEndsSession,
            _ => continue,
        };
        if !scenario.needs.contains(&needed) && !step.when.contains(&needed) {
            let text = format!("`{}` cannot happen without `{needed}`", step.action);
            let help = format!("write `when: {needed}` here, or name it in the scenario's `needs`");
            problems.push(Diagnostic::warning("condition", step.place.clone(), text).help(help));
        }
    }
}

impl Problems {
    fn test_type(&mut self, node: &Node) -> Option<TestType> {
        let word = self.word(node, "type", TYPES)?;
        TestType::ALL.into_iter().find(|t| t.name() == word)
    }

    fn test_purposes(&mut self, node: &Node) -> Vec<&'static TestPurpose> {
        let mut found: Vec<&'static TestPurpose> = Vec::new();
        for item in self.one_or_list(node) {
            let Some(text) = self.text(item, "a test purpose") else {
                continue;
            };
            match TestPurpose::find(text) {
                Some(purpose) if found.contains(&purpose) => {}
                Some(purpose) => found.push(purpose),
                None => {
                    let known: Vec<&str> = TestPurpose::all().map(|p| p.id).collect();
                    self.unknown("unknown-purpose", "test purpose", item, text, &known, "");
                }
            }
        }
        found
    }

    fn scenario_id(&mut self, id: &str, node: &Node) {
        let sound = id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            && id.starts_with(|c: char| c.is_ascii_alphanumeric())
            && id.len() <= 80;
        if !sound {
            let text = format!("`{}` cannot be an id", short(id));
            let help = "letters, digits, `-`, `_` and `.`, such as IMC-MSG-con-001";
            self.push(Diagnostic::error("bad-name", node.place.clone(), text).help(help));
        }
    }
}
