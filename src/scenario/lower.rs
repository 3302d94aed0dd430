//! From steps as written to steps of the model.

use std::collections::BTreeSet;

use crate::ch2::Requirement;
use crate::diameter::dictionary::{RESULT_CODES, result_code};

use super::diagnostic::{Diagnostic, Problems};
use super::expr::Sort;
use super::labels::Labels;
use super::model::{
    Action, Branch, Check, Count, Deed, Incoming, Outgoing, Over, Party, Step, Target, Trigger,
};
use super::node::{Node, Value};
use super::reader::short;
use super::sessions::Sessions;
use super::step_keys::{MAX_TIMES, StepKey, StepKind};
use super::suggest;
use super::unfold::{Raw, Scope};
use super::words::together;
use super::written::Plain;

/// What a step does, before its other keys are read.
pub(super) struct Head {
    pub(super) kind: StepKind,
    pub(super) action: Action,
}

impl Head {
    /// Who acts.
    pub(super) fn party(&self) -> Option<Party> {
        party(&self.action)
    }
}

/// The steps of one scenario on their way into the model.
pub(super) struct Lowering<'a> {
    pub(super) problems: &'a mut Problems,
    pub(super) steps: &'a [Raw],
    pub(super) heads: Vec<Option<Head>>,
    pub(super) labels: Labels,
    pub(super) sessions: &'a Sessions,
    /// Steps that a label led to.
    pub(super) used: BTreeSet<usize>,
    /// The step that is being read.
    pub(super) current: usize,
    /// Labels that no file can write, as one could.
    pub(super) plain: Plain,
    /// Steps are missing, so that a label which nothing has may be that of one of them.
    pub(super) lost: bool,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(
        problems: &'a mut Problems,
        steps: &'a [Raw],
        scopes: &[Scope],
        sessions: &'a Sessions,
    ) -> Self {
        let labels = Labels::read(steps, scopes, problems);
        let heads = steps.iter().map(|raw| problems.head(raw)).collect();
        Lowering {
            problems,
            steps,
            heads,
            labels,
            sessions,
            used: BTreeSet::new(),
            current: 0,
            plain: Plain::default(),
            lost: false,
        }
    }

    /// All steps; those that make no sense are left out, with their problems reported.
    pub(super) fn run(mut self) -> Vec<Step> {
        let before = self.problems.errors();
        self.label_unnamed_requests();
        self.plain = Plain::new(&self.labels, self.steps.len());
        let mut steps = Vec::new();
        for i in 0..self.steps.len() {
            self.current = i;
            steps.extend(self.step());
        }
        if self.problems.errors() == before && !self.lost && self.heads.iter().all(Option::is_some)
        {
            self.unused_labels();
        }
        steps
    }

    fn step(&mut self) -> Option<Step> {
        let raw = &self.steps[self.current];
        let kind = self.heads[self.current].as_ref()?.kind;
        for (known, key, _) in &raw.rest {
            self.problems.belongs(known, key, kind);
        }
        let requirements: Vec<&'static Requirement> = ["requirement", "requirements"]
            .into_iter()
            .filter_map(|name| raw.get(name))
            .flat_map(|(_, node)| self.problems.requirements(node))
            .collect();
        let checks = self.checks(raw, kind);
        let after = self.others(raw, "after");
        let before = self.others(raw, "before");
        let hold_until = self.hold_until(raw);
        let within = raw
            .get("within")
            .and_then(|(_, n)| self.problems.length(n, "`within`"));
        let no_sooner = raw
            .get("no sooner than")
            .filter(|_| {
                matches!(
                    self.heads[self.current],
                    Some(Head {
                        action: Action::Receive { .. },
                        ..
                    })
                )
            })
            .and_then(|(_, n)| self.problems.length(n, "`no sooner than`"));
        let count = self.count(raw, kind);
        let unanswered = self.unanswered(raw);
        let refused_with = self.refused_with(raw);
        let repeats = self.repeats(raw);
        let action = self.action(raw, kind)?;
        let step = Step {
            written: self.written(raw, &action),
            label: self.labels.global(self.current).map(str::to_owned),
            session: raw.session,
            action,
            under: raw.under.clone(),
            when: raw.when.clone(),
            after,
            before,
            hold_until,
            within,
            no_sooner,
            count,
            unanswered,
            refused_with,
            any_order: raw.any_order,
            branch: raw.branch,
            repeats,
            checks,
            ixit: raw.ixit(),
            requirements,
            given: raw.given,
            place: raw.place.clone(),
            used_at: raw.used_at.clone(),
        };
        self.expectation(&step);
        self.of_no_session(&step);
        Some(step)
    }

    /// `optional:` and `times:`
    fn count(&mut self, raw: &Raw, kind: StepKind) -> Count {
        let mut count = Count::ONCE;
        let fits = |(known, ..): &&(&StepKey, _, _)| known.fits(kind);
        let mut keys = raw.rest.iter().filter(fits);
        if let Some((_, _, node)) = keys.clone().find(|(known, ..)| known.key.name == "times")
            && let Some((least, most)) = self.problems.times(node)
        {
            count = Count {
                optional: least == 0,
                least: least.max(1),
                most,
                stated: true,
            };
        }
        if let Some((_, _, node)) = keys.find(|(known, ..)| known.key.name == "optional") {
            count.optional |= self
                .problems
                .boolean(node, "`optional`")
                .unwrap_or_default();
        }
        count
    }

    /// An expectation that no sentence stands behind gives a verdict that nobody can appeal to.
    fn expectation(&mut self, step: &Step) {
        let expects = matches!(
            step.action,
            Action::Receive { .. } | Action::ReceiveNothing { .. }
        );
        let raw = &self.steps[self.current];
        let names = raw.get("requirement").is_some() || raw.get("requirements").is_some();
        if !expects || names {
            return;
        }
        let text = format!("no requirement stands behind `{}`", step.action);
        let problem = Diagnostic::warning("no-requirement", self.key_place(), text);
        self.problems
            .push(problem.help("name one: `requirement: ID`; `ch2spec explain` lists them"));
    }

    pub(super) fn key_place(&self) -> super::model::Place {
        self.steps[self.current].key.place.clone()
    }

    fn checks(&mut self, raw: &Raw, kind: StepKind) -> Vec<Check> {
        let mut checks = Vec::new();
        for (known, key, value) in &raw.rest {
            if !known.fits(kind) {
                continue;
            }
            match known.key.name {
                "avps" if !kind.sends() => checks.extend(self.avps(value)),
                "headers" if !kind.sends() => checks.extend(self.headers(value)),
                "used units" => {
                    checks.extend(self.single(key, value, Target::UsedUnits, Sort::Number));
                }
                "requested units" => {
                    checks.extend(self.single(key, value, Target::RequestedUnits, Sort::Number));
                }
                "reason" => checks.extend(self.single(key, value, Target::Reason, Sort::Text)),
                "body" if !kind.sends() => {
                    checks.extend(self.single(key, value, Target::Body, Sort::Text));
                }
                _ => {}
            }
        }
        checks
    }

    /// `after:` and `before:`
    fn others(&mut self, raw: &Raw, key: &str) -> Vec<String> {
        let Some((_, node)) = raw.get(key) else {
            return Vec::new();
        };
        let mut labels = Vec::new();
        for item in self.problems.one_or_list(node) {
            let Some(text) = self.problems.text(item, "a label") else {
                continue;
            };
            labels.extend(self.partner(item, text, |_| true, ""));
        }
        labels
    }

    fn hold_until(&mut self, raw: &Raw) -> Option<String> {
        let (_, node) = raw.get("hold until")?;
        let text = self.problems.text(node, "a label")?;
        self.partner(node, text, |_| true, "")
    }

    /// The label of another step, which must be of some kind and able to go with this one.
    pub(super) fn partner(
        &mut self,
        node: &Node,
        text: &str,
        fits: impl Fn(&Head) -> bool,
        wanted: &str,
    ) -> Option<String> {
        let (global, steps) = self.label(node, text)?;
        let here = self.current;
        if steps.contains(&here) {
            let text = "the step refers to itself";
            self.problems.error("self-reference", &node.place, text);
            return None;
        }
        let wrong = steps
            .iter()
            .find(|i| self.heads[**i].as_ref().is_some_and(|h| !fits(h)));
        if let Some(wrong) = wrong {
            let place = Some(self.steps[*wrong].place.clone());
            let text = format!("step `{}` is not {wanted}", short(text));
            let problem = Diagnostic::error("wrong-partner", node.place.clone(), text);
            self.problems.push(problem.note("the step", place));
            return None;
        }
        let under = &self.steps[here].under;
        if !steps.iter().any(|i| together(&self.steps[*i].under, under)) {
            self.never_together(node, text);
            return None;
        }
        let branch = self.steps[here].branch;
        if steps
            .iter()
            .all(|i| Branch::apart(self.steps[*i].branch, branch))
        {
            self.never_in_one_run(node, text, steps[0]);
            return None;
        }
        Some(global)
    }

    /// The label of a message of the step's own session: what it answers or forwards.
    pub(super) fn partner_in_session(
        &mut self,
        node: &Node,
        text: &str,
        fits: impl Fn(&Head) -> bool,
        wanted: &str,
    ) -> Option<String> {
        let global = self.partner(node, text, fits, wanted)?;
        let (_, steps) = self.label(node, text)?;
        let session = self.steps[self.current].session;
        let Some(other) = steps.iter().find(|i| self.steps[**i].session != session) else {
            return Some(global);
        };
        let place = Some(self.steps[*other].place.clone());
        let text = format!("step `{}` belongs to another session", short(text));
        let problem = Diagnostic::error("other-session", node.place.clone(), text);
        let help = "a message is answered in its own session: compare the two steps' `session`";
        self.problems
            .push(problem.help(help).note("the step", place));
        None
    }

    /// Refuses an answer in one alternative to what stands outside of it, or the other way round:
    /// where the alternative is not taken, one would be there without the other.
    pub(super) fn in_one_alternative(
        &mut self,
        node: &Node,
        label: &str,
        ours: bool,
    ) -> Option<()> {
        let (_, steps) = self.label(node, label)?;
        let here = self.steps[self.current].branch;
        let fits = |there: Option<Branch>| there == here || (!ours && there.is_none());
        let within = |i: &usize| {
            let there = self.steps[*i].branch;
            !Branch::apart(there, here) && fits(there)
        };
        if steps.iter().any(within) {
            return Some(());
        }
        let text = format!("step `{}` stands outside of this alternative", short(label));
        let text = match here {
            Some(_) => text,
            None => format!("step `{}` stands in an alternative", short(label)),
        };
        let problem = Diagnostic::error("across-alternatives", node.place.clone(), text)
            .help("a message and its answer stand in one alternative, or both outside of it")
            .note("the step", Some(self.steps[steps[0]].place.clone()));
        self.problems.push(problem);
        None
    }

    pub(super) fn never_in_one_run(&mut self, node: &Node, label: &str, step: usize) {
        let text = format!("no run has both this step and step `{}`", short(label));
        let problem = Diagnostic::error("never-together", node.place.clone(), text)
            .help("they stand in different alternatives of one choice")
            .note("the step", Some(self.steps[step].place.clone()));
        self.problems.push(problem);
    }

    fn action(&mut self, raw: &Raw, kind: StepKind) -> Option<Action> {
        let mut action = self.heads[self.current].as_ref()?.action.clone();
        match &mut action {
            Action::Send { party, message } => match message {
                Outgoing::Bytes { over, exact } => *exact = self.exact_bytes(raw, *over)?,
                Outgoing::SipRequest { body, headers, .. } => {
                    *body = self.sip_body(raw)?;
                    *headers = self.header_changes(raw)?;
                }
                Outgoing::MsrpReport {
                    status,
                    answers,
                    headers,
                } => {
                    *status = self.report_status(raw)?;
                    *answers = self.answers(raw, *party, false);
                    *headers = self.header_changes(raw)?;
                }
                Outgoing::SipResponse {
                    answers, headers, ..
                }
                | Outgoing::MsrpResponse {
                    answers, headers, ..
                } => {
                    *answers = self.answers(raw, *party, false);
                    *headers = self.header_changes(raw)?;
                }
                Outgoing::MsrpSend { .. } => *message = self.msrp_send(raw)?,
                Outgoing::Response { .. } => *message = self.response(raw)?,
                Outgoing::PeerRequest { changes, .. } => **changes = self.changes(raw),
            },
            Action::Receive { party, message } => match message {
                Incoming::SipResponse { answers, .. } | Incoming::MsrpResponse { answers, .. } => {
                    *answers = self.answers(raw, *party, true);
                }
                Incoming::MsrpSend { forwards } => *forwards = self.forwards(raw, *party),
                Incoming::PeerAnswer { command, answers } => {
                    *answers = self.answered_peer_request(raw, *command);
                }
                Incoming::MsrpReport { on } => *on = self.reported(raw, *party),
                Incoming::SipRequest { .. }
                | Incoming::PeerRequest { .. }
                | Incoming::SessionRequest { .. } => {}
            },
            Action::ReceiveNothing { window, .. } => {
                if let Some((_, node)) = raw.get("for") {
                    *window = self.problems.length(node, "`for`");
                }
            }
            Action::SendAgain { party, of } => *of = self.sent_before(raw, *party)?,
            Action::Do { .. } | Action::Trigger(_) | Action::Wait(_) => {}
        }
        let _ = kind;
        Some(action)
    }

    /// `for:` of a SIP or MSRP response: the request of the other direction.
    fn answers(&mut self, raw: &Raw, of: Party, received: bool) -> Option<String> {
        let (_, node) = raw.get("for")?;
        let text = self.problems.text(node, "a label")?;
        let sip = matches!(
            self.heads[self.current].as_ref()?.kind,
            StepKind::SendSipResponse | StepKind::ReceiveSipResponse
        );
        let (request, verb) = match (received, sip) {
            (true, true) => (StepKind::SendSipRequest, "sends: SIP"),
            (true, false) => (StepKind::SendMsrp, "sends: MSRP SEND"),
            (false, true) => (StepKind::ReceiveSipRequest, "receives: SIP"),
            (false, false) => (StepKind::ReceiveMsrp, "receives: MSRP SEND"),
        };
        let wanted = format!("a request it can answer (`{of} {verb} ...`)");
        // The server's answers to SIP that is sent again repeat the first one: no step meets them.
        let again = request == StepKind::SendMsrp;
        let over = if sip { Over::Sip } else { Over::Msrp };
        let fits = |h: &Head| {
            let fits = h.kind == request
                || (again && h.kind == StepKind::SendAgain)
                || (received && sends_over(&h.action, over));
            fits && party(&h.action) == Some(of)
        };
        let label = self.partner_in_session(node, text, fits, &wanted)?;
        if again {
            self.repeats_a_send(node, text);
        }
        let reports = self.heads[self.current].as_ref()?.kind == StepKind::SendReport;
        if !received && !reports {
            self.not_silenced(node, text);
        }
        self.in_one_alternative(node, text, !received)?;
        Some(label)
    }

    /// `for:` of a received MSRP SEND: the SEND that the server forwards.
    fn forwards(&mut self, raw: &Raw, of: Party) -> Option<String> {
        let (_, node) = raw.get("for")?;
        let text = self.problems.text(node, "a label")?;
        let fits = |h: &Head| h.kind == StepKind::SendMsrp && party(&h.action) != Some(of);
        let wanted = "a SEND of the other side that can be forwarded";
        let label = self.partner_in_session(node, text, fits, wanted)?;
        self.in_one_alternative(node, text, false)?;
        Some(label)
    }

    /// `for:` of a received MSRP REPORT: the SEND of the same party that it reports on.
    fn reported(&mut self, raw: &Raw, of: Party) -> Option<String> {
        let (_, node) = raw.get("for")?;
        let text = self.problems.text(node, "a label")?;
        let fits = |h: &Head| h.kind == StepKind::SendMsrp && party(&h.action) == Some(of);
        let wanted = format!("a SEND that is reported on (`{of} sends: MSRP SEND`)");
        let label = self.partner_in_session(node, text, fits, &wanted)?;
        self.in_one_alternative(node, text, false)?;
        Some(label)
    }

    /// A Response that names no request answers the nearest one, which then needs a label.
    fn label_unnamed_requests(&mut self) {
        for i in 0..self.steps.len() {
            let response = self.heads[i]
                .as_ref()
                .is_some_and(|h| h.kind == StepKind::SendResponse);
            if !response || self.steps[i].get("for").is_some() {
                continue;
            }
            self.current = i;
            if let Some(request) = self.nearest_request() {
                self.used.insert(request);
                let name = format!("#{}", request + 1);
                self.labels.invent(request, name);
            }
        }
    }
}

impl Raw {
    /// A further key and its value.
    pub(super) fn get(&self, name: &str) -> Option<(&Node, &Node)> {
        let found = self.rest.iter().find(|(known, ..)| known.key.name == name);
        found.map(|(_, key, value)| (key, value))
    }
}

impl StepKey {
    /// Whether a step of that kind may have the key.
    pub(super) fn fits(&self, kind: StepKind) -> bool {
        let holds_steps = matches!(
            kind,
            StepKind::Fragment | StepKind::Block | StepKind::Repeat
        );
        (self.on.is_empty() && !holds_steps) || self.on.contains(&kind)
    }
}

impl Problems {
    fn belongs(&mut self, known: &StepKey, key: &Node, kind: StepKind) {
        if known.fits(kind) {
            return;
        }
        let name = known.key.name;
        let text = format!("`{name}` does not belong to this step");
        let problem = Diagnostic::error("key-not-here", key.place.clone(), text);
        self.push(problem.help(format!("`{name}` is for {}", known.belongs)));
    }

    /// `times:`, a number or two.
    fn times(&mut self, node: &Node) -> Option<(usize, usize)> {
        let (from, to) = match &node.value {
            Value::List(items) if items.len() == 2 => {
                let from = self.number(&items[0], "`times`", MAX_TIMES)?;
                (from, self.number(&items[1], "`times`", MAX_TIMES)?)
            }
            Value::List(_) => {
                self.mismatch(node, "`times`", "a number, or two (`[from, to]`)");
                return None;
            }
            _ => {
                let times = self.number(node, "`times`", MAX_TIMES)?;
                (times, times)
            }
        };
        if to == 0 {
            let problem = Diagnostic::error(
                "out-of-range",
                node.place.clone(),
                "what comes no time is not received",
            );
            self.push(problem.help("write `receives nothing` for silence"));
            return None;
        }
        if from > to {
            let text = format!("no number goes from {from} to {to}");
            self.error("out-of-range", &node.place, text);
            return None;
        }
        Some((usize::try_from(from).ok()?, usize::try_from(to).ok()?))
    }

    /// What the step is, from its action key.
    fn head(&mut self, raw: &Raw) -> Option<Head> {
        let name = raw.action.name;
        if name == "wait" {
            let length = self.length(&raw.value, "`wait`")?;
            return Some(Head {
                kind: StepKind::Wait,
                action: Action::Wait(length),
            });
        }
        if name == "trigger" {
            if matches!(raw.value.value, Value::Map(_)) {
                let text = "a scenario names a trigger and cannot say how it is pulled";
                let problem = Diagnostic::error("wrong-kind", raw.value.place.clone(), text);
                self.push(problem.help("write `server ends session`; `sut.yaml` says how"));
                return None;
            }
            let names: Vec<&'static str> = Trigger::ALL.iter().map(|t| t.name()).collect();
            let word = self.word(&raw.value, "trigger", &names)?;
            let trigger = Trigger::ALL.into_iter().find(|t| t.name() == word)?;
            return Some(Head {
                kind: StepKind::Trigger,
                action: Action::Trigger(trigger),
            });
        }
        let party = Party::ALL
            .into_iter()
            .find(|p| name.starts_with(p.name()))?;
        if name.ends_with("does") {
            let deeds: &[Deed] = match party.is_enabler() {
                true => &Deed::OF_ENABLER,
                false => &Deed::OF_AGENT,
            };
            let names: Vec<&'static str> = deeds.iter().map(|deed| deed.name()).collect();
            let word = self.word(&raw.value, "deed", &names)?;
            let deed = deeds.iter().copied().find(|deed| deed.name() == word)?;
            return Some(Head {
                kind: StepKind::Do,
                action: Action::Do { party, deed },
            });
        }
        if name.ends_with("sends again") {
            return Some(Head {
                kind: StepKind::SendAgain,
                action: Action::SendAgain {
                    party,
                    of: String::new(),
                },
            });
        }
        if name.ends_with("sends") {
            let (message, kind) = self.outgoing(party, &raw.value)?;
            return Some(Head {
                kind,
                action: Action::Send { party, message },
            });
        }
        if name.ends_with("nothing") {
            let anything = raw.value.is_empty() || raw.value.scalar() == Some("any");
            let message = match anything {
                true => None,
                false => Some(self.incoming(party, &raw.value)?.0),
            };
            let action = Action::ReceiveNothing {
                party,
                message,
                window: None,
            };
            return Some(Head {
                kind: StepKind::Nothing,
                action,
            });
        }
        let (message, kind) = self.incoming(party, &raw.value)?;
        Some(Head {
            kind,
            action: Action::Receive { party, message },
        })
    }

    /// `result:`, by name or number.
    pub(super) fn result_code(&mut self, node: &Node) -> Option<u32> {
        let text = self.text(node, "a Result-Code")?;
        if let Some(code) = result_code(text) {
            return Some(code);
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            let code = self.number(node, "a Result-Code", 9999)?;
            if code >= 1000 {
                return u32::try_from(code).ok();
            }
        }
        let names: Vec<&str> = RESULT_CODES.iter().map(|(_, name)| *name).collect();
        let mut problem = Diagnostic::error(
            "unknown-result",
            node.place.clone(),
            format!("no Result-Code is called `{}`", short(text)),
        );
        problem.help = suggest::did_you_mean(text, &names);
        self.push(problem);
        None
    }
}

fn sends_over(action: &Action, wanted: Over) -> bool {
    matches!(
        action,
        Action::Send { message: Outgoing::Bytes { over, .. }, .. } if *over == wanted
    )
}

pub(super) fn party(action: &Action) -> Option<Party> {
    match action {
        Action::Send { party, .. }
        | Action::Receive { party, .. }
        | Action::ReceiveNothing { party, .. }
        | Action::SendAgain { party, .. }
        | Action::Do { party, .. } => Some(*party),
        Action::Trigger(_) | Action::Wait(_) => None,
    }
}
