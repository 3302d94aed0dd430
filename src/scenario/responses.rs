//! From the keys of a Response to what it holds.

use crate::ch2::Unit;
use crate::diameter::AvpKey;
use crate::diameter::dictionary::AvpType;

use super::diagnostic::{Diagnostic, Problems};
use super::expr::Sort;
use super::keys::{GRANTS, MATCHER, MONEY};
use super::lower::{Head, Lowering};
use super::model::{Action, Expr, Incoming, Outgoing, Party};
use super::node::{Node, Value};
use super::reply::{
    Changes, Command, FAILURE_HANDLING, FINAL_UNIT, Money, Reply, SESSION_FAILOVER, Validity, Wrong,
};
use super::step_keys::StepKind;
use super::unfold::Raw;
use super::words::together;

/// DIAMETER_SUCCESS (RFC 6733 7.1.2).
const SUCCESS: u32 = 2001;

/// More copies of one answer show nothing new.
const MOST_COPIES: u64 = 10;

/// Groups inside one another in `avps`.
const MAX_GROUPS: usize = 16;

impl Lowering<'_> {
    pub(super) fn response(&mut self, raw: &Raw) -> Option<Outgoing> {
        let before = self.problems.errors();
        let mut reply = Reply {
            result_code: SUCCESS,
            copies: 1,
            ..Reply::default()
        };
        if let Some((_, node)) = raw.get("result") {
            reply.result_code = self.problems.result_code(node).unwrap_or_default();
        }
        if let Some((_, node)) = raw.get("service result") {
            reply.service_result = self.problems.result_code(node);
        }
        (reply.grants, reply.money) = self.grants(raw);
        if let Some((_, node)) = raw.get("validity time") {
            reply.validity_time = self.validity(node);
        }
        reply.final_unit = self.named(raw, "final unit", &FINAL_UNIT);
        reply.failure_handling = self.named(raw, "failure handling", &FAILURE_HANDLING);
        reply.session_failover = self.named(raw, "session failover", &SESSION_FAILOVER);
        if let Some((_, node)) = raw.get("copies") {
            let copies = self.problems.number(node, "`copies`", MOST_COPIES);
            if copies == Some(0) {
                let text = "an answer is sent once at least; `unanswered: yes` on its request sends \
                            none";
                self.problems.error("out-of-range", &node.place, text);
            }
            reply.copies = copies.and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
        }
        reply.changes = self.changes(raw);
        let answers = self.answered_request(raw)?;
        if self.problems.errors() > before {
            return None;
        }
        let reply = Box::new(reply);
        Some(Outgoing::Response { answers, reply })
    }

    /// `refused with:`, the Result-Code with which a CER is answered.
    pub(super) fn refused_with(&mut self, raw: &Raw) -> Option<u32> {
        let (key, node) = raw.get("refused with")?;
        let head = self.heads[self.current].as_ref()?;
        let is_cer = matches!(
            head.action,
            Action::Receive {
                message: Incoming::PeerRequest {
                    command: Command::CapabilitiesExchange,
                },
                ..
            }
        );
        if !is_cer {
            let text = "`refused with` does not belong to this step";
            let problem = Diagnostic::error("key-not-here", key.place.clone(), text);
            let help = "it is for `enabler receives: CER`";
            self.problems.push(problem.help(help));
            return None;
        }
        if !raw.is_answered() {
            let text = "a CER that is `unanswered` is not refused";
            let problem = Diagnostic::error("contradiction", key.place.clone(), text);
            self.problems.push(problem.help("leave one of them out"));
            return None;
        }
        let result = self.problems.result_code(node)?;
        if !(3000..6000).contains(&result) {
            let text = format!("{result} refuses nothing");
            let problem = Diagnostic::error("out-of-range", node.place.clone(), text);
            let help = "3xxx is a protocol error, 4xxx a transient failure, 5xxx a permanent one";
            self.problems.push(problem.help(help));
            return None;
        }
        Some(result)
    }

    /// `repeats:`, the SessionRequest that is sent once more.
    pub(super) fn repeats(&mut self, raw: &Raw) -> Option<String> {
        let (_, node) = raw.get("repeats")?;
        let text = self.problems.text(node, "a label")?;
        let is_request = |h: &Head| h.kind == StepKind::ReceiveSessionRequest;
        self.partner_in_session(
            node,
            text,
            is_request,
            "a SessionRequest that comes once more",
        )
    }

    /// The nearest SessionRequest above that goes with this step, came to the same party and is
    /// answered.
    pub(super) fn nearest_request(&self) -> Option<usize> {
        let Raw { under, branch, .. } = &self.steps[self.current];
        let by = self.heads[self.current].as_ref().and_then(Head::party);
        (0..self.current).rev().find(|i| {
            let head = self.heads[*i].as_ref();
            head.is_some_and(|h| h.kind == StepKind::ReceiveSessionRequest && h.party() == by)
                && self.steps[*i].session == self.steps[self.current].session
                && self.steps[*i].is_answered()
                && self.steps[*i].branch == *branch
                && together(&self.steps[*i].under, under)
        })
    }

    /// What is changed in a message of the Charging Enabler.
    pub(super) fn changes(&mut self, raw: &Raw) -> Changes {
        let mut changes = Changes::default();
        if let Some((_, node)) = raw.get("avps") {
            self.values(node, "", 0, &mut changes.set);
        }
        if let Some((_, node)) = raw.get("without") {
            for item in self.problems.one_or_list(node) {
                let path = self.problems.text(item, "an AVP");
                let found = path.and_then(|path| self.avp_path(item, path));
                changes.without.extend(found.map(|(path, ..)| path));
            }
        }
        if let Some((_, node)) = raw.get("unknown avp") {
            let word = self
                .problems
                .word(node, "`unknown avp`", &["mandatory", "optional"]);
            changes.unknown_avp = word.map(|word| word == "mandatory");
        }
        if let Some((_, node)) = raw.get("wrong") {
            for item in self.problems.one_or_list(node) {
                let word = self.problems.word(item, "`wrong`", &Wrong::NAMES);
                changes.wrong.extend(word.and_then(Wrong::find));
            }
        }
        changes
    }

    /// `for:` of an answer to a request of the Charging Enabler.
    pub(super) fn answered_peer_request(&mut self, raw: &Raw, command: Command) -> Option<String> {
        let by = self.heads[self.current].as_ref().and_then(Head::party);
        let asks = |h: &Head| match &h.action {
            Action::Send {
                message: Outgoing::PeerRequest { command: asked, .. },
                ..
            } => *asked == command && h.party() == by,
            _ => false,
        };
        let name = by.map_or("enabler", Party::name);
        let request = command.request();
        let Some((_, node)) = raw.get("for") else {
            let mut above = self.heads[..self.current].iter().flatten();
            if !above.any(asks) {
                let answer = command.answer();
                let text = format!("no {request} stands above that this {answer} could answer");
                let place = self.key_place();
                let problem = Diagnostic::error("nothing-to-answer", place, text);
                let help = format!("a step above it sends one: `{name} sends: {request}`");
                self.problems.push(problem.help(help));
            }
            return None;
        };
        let text = self.problems.text(node, "a label")?;
        let wanted = format!("a request that it can answer (`{name} sends: {request}`)");
        let label = self.partner_in_session(node, text, asks, &wanted)?;
        self.in_one_alternative(node, text, false)?;
        Some(label)
    }

    /// `for:`, or the nearest request.
    fn answered_request(&mut self, raw: &Raw) -> Option<String> {
        if let Some((_, node)) = raw.get("for") {
            let text = self.problems.text(node, "a label")?;
            let by = self.heads[self.current].as_ref().and_then(Head::party);
            let is_request =
                |h: &Head| h.kind == StepKind::ReceiveSessionRequest && h.party() == by;
            let name = by.map_or("enabler", Party::name);
            let wanted = format!("a request it can answer (`{name} receives: SessionRequest`)");
            let label = self.partner_in_session(node, text, is_request, &wanted)?;
            self.not_silenced(node, text);
            self.in_one_alternative(node, text, true)?;
            return Some(label);
        }
        match self.nearest_request() {
            Some(step) => Some(self.labels.global(step)?.to_owned()),
            None => {
                let text = "no SessionRequest stands above that this Response could answer";
                let problem = Diagnostic::error("nothing-to-answer", self.key_place(), text);
                let help = "put `enabler receives: SessionRequest (...)` above it";
                self.problems.push(problem.help(help));
                None
            }
        }
    }

    /// `grant:` and `grants:`.
    fn grants(&mut self, raw: &Raw) -> (Vec<(Option<Unit>, Expr)>, Option<Money>) {
        let mut grants = Vec::new();
        if let Some((_, node)) = raw.get("grant") {
            let amount = self.known_when_sent(node, Sort::Number, "`grant`");
            grants.extend(amount.map(|amount| (None, amount)));
        }
        let Some((key, node)) = raw.get("grants") else {
            return (grants, None);
        };
        if raw.get("grant").is_some() {
            let text = "`grant` and `grants` say the same thing twice";
            let problem = Diagnostic::error("key-not-here", key.place.clone(), text);
            self.problems
                .push(problem.help("name every unit in `grants`, or leave it out"));
        }
        let Some(fields) = self.problems.fields(node, "`grants`", GRANTS) else {
            return (grants, None);
        };
        let units = [
            ("messages", Unit::Messages),
            ("octets", Unit::Octets),
            ("seconds", Unit::Seconds),
        ];
        for (name, unit) in units {
            if let Some(node) = fields.get(name) {
                let amount = self.known_when_sent(node, Sort::Number, &format!("`{name}`"));
                grants.extend(amount.map(|amount| (Some(unit), amount)));
            }
        }
        let money = fields.get("money");
        if grants.is_empty() && money.is_none() {
            self.problems
                .error("empty-map", &node.place, "nothing is granted here");
        }
        (grants, money.and_then(|node| self.problems.money(node)))
    }

    fn validity(&mut self, node: &Node) -> Validity {
        if node.scalar() == Some("none") {
            return Validity::None;
        }
        let Some(time) = self.problems.duration(node, "`validity time`") else {
            return Validity::None;
        };
        if time.subsec_nanos() > 0 {
            let text = "a Validity-Time is so many whole seconds";
            self.problems.error("out-of-range", &node.place, text);
        }
        Validity::Seconds(u32::try_from(time.as_secs()).unwrap_or(u32::MAX))
    }

    /// The value of a key that has words for the values of an AVP.
    fn named<const N: usize>(
        &mut self,
        raw: &Raw,
        key: &str,
        words: &[(&'static str, u32); N],
    ) -> Option<u32> {
        let (_, node) = raw.get(key)?;
        let names = words.map(|(name, _)| name);
        let word = self.problems.word(node, &format!("`{key}`"), &names)?;
        let found = words.iter().find(|(name, _)| *name == word);
        found.map(|(_, value)| *value)
    }

    /// `avps:` of a message that is sent: a map of paths to values, or to further maps for groups.
    fn values(
        &mut self,
        node: &Node,
        prefix: &str,
        depth: usize,
        set: &mut Vec<(Vec<AvpKey>, Expr)>,
    ) {
        let Some(entries) = self.problems.map(node, "a map of AVPs") else {
            return;
        };
        if entries.is_empty() {
            self.problems
                .error("empty-map", &node.place, "nothing is set here");
        }
        for (key, value) in entries {
            let name = key.scalar().unwrap_or_default();
            let path = match prefix {
                "" => name.to_owned(),
                prefix => format!("{prefix}/{name}"),
            };
            let Some((path, name, def)) = self.avp_path(key, &path) else {
                continue;
            };
            if let Value::Map(entries) = &value.value {
                let is_matcher = entries
                    .iter()
                    .any(|(key, _)| MATCHER.iter().any(|known| Some(known.name) == key.scalar()));
                if def.kind == AvpType::Grouped && !is_matcher && depth < MAX_GROUPS {
                    self.values(value, &name, depth + 1, set);
                } else {
                    self.no_value(value);
                }
                continue;
            }
            let words = ["present", "absent", "any"];
            if value.is_plain() && value.scalar().is_some_and(|text| words.contains(&text)) {
                self.no_value(value);
                continue;
            }
            let what = name.rsplit(" / ").next().unwrap_or_default().to_owned();
            let expr = self.known_when_sent(value, Sort::Avp(def), &what);
            set.extend(expr.map(|expr| (path, expr)));
        }
    }

    fn no_value(&mut self, node: &Node) {
        let text = "a message that is sent holds values, and no matchers";
        let problem = Diagnostic::error("wrong-kind", node.place.clone(), text);
        self.problems
            .push(problem.help("write the value; `without: [AVP]` leaves an AVP out"));
    }

    /// A value that is known while the scenario runs. The ledger is not: it rests on what comes of
    /// messages later.
    fn known_when_sent(&mut self, node: &Node, sort: Sort, what: &str) -> Option<Expr> {
        let expr = self.expr(node, sort, what)?;
        if matches!(expr, Expr::Ledger { .. }) {
            let text = format!("{what} is sent: the ledger is not known before the end");
            let problem = Diagnostic::error("wrong-kind", node.place.clone(), text);
            self.problems.push(
                problem.help("write a number, `$ixit.grant`, or a field of an earlier message"),
            );
            return None;
        }
        Some(expr)
    }
}

impl Problems {
    /// `money:` of `grants:`.
    fn money(&mut self, node: &Node) -> Option<Money> {
        let fields = self.fields(node, "`money`", MONEY)?;
        let currency = fields
            .get("currency")
            .and_then(|node| self.number(node, "`currency`", 999))
            .and_then(|number| u32::try_from(number).ok());
        let amount = fields.get("amount")?;
        let money = Money::parse(self.text(amount, "`amount`")?, currency);
        if money.is_none() {
            let text = "`amount` must be a decimal number, such as `7` or `2.50`";
            self.error("value-type", &amount.place, text);
        }
        money
    }
}

impl Raw {
    /// False for a request that is left without an answer.
    pub(super) fn is_answered(&self) -> bool {
        let said = self.get("unanswered").and_then(|(_, node)| node.scalar());
        !matches!(said, Some("yes" | "true"))
    }
}
