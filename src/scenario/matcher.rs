//! Checks: what a received message must hold.

use crate::ch2::Requirement;
use crate::diameter::dictionary::AvpType;
use crate::diameter::{AvpKey, Dictionary, grammar};

use super::diagnostic::Diagnostic;
use super::expr::Sort;
use super::keys::{MATCHER, MATCHER_WORDS};
use super::lower::Lowering;
use super::model::{Check, Expr, Matcher, Place, Target};
use super::node::{Node, Style, Value};
use super::step_keys::StepKind;
use super::suggest;

/// Groups inside one another in `avps`.
const MAX_GROUPS: usize = 16;

impl Lowering<'_> {
    /// `avps:`, a map of paths to matchers, or to further maps for groups.
    pub(super) fn avps(&mut self, node: &Node) -> Vec<Check> {
        let mut checks = Vec::new();
        self.avp_group(node, "", None, 0, &mut checks);
        checks
    }

    fn avp_group(
        &mut self,
        node: &Node,
        prefix: &str,
        requirement: Option<&'static Requirement>,
        depth: usize,
        checks: &mut Vec<Check>,
    ) {
        let Some(entries) = self.problems.map(node, "a map of AVPs") else {
            return;
        };
        if entries.is_empty() {
            self.problems
                .error("empty-map", &node.place, "nothing is asked for here");
        }
        for (key, value) in entries {
            let name = key.scalar().unwrap_or_default();
            if depth > 0 && name == "requirement" {
                continue;
            }
            let path = if prefix.is_empty() {
                name.to_owned()
            } else {
                format!("{prefix}/{name}")
            };
            let Some((path, name, def)) = self.avp_path(key, &path) else {
                continue;
            };
            if def.kind == AvpType::Grouped
                && matches!(value.value, Value::Map(_))
                && !is_matcher(value)
            {
                if depth >= MAX_GROUPS {
                    self.problems
                        .error("too-deep", &key.place, "too many groups in one another");
                    continue;
                }
                let inner = match entry(value, "requirement") {
                    Some(node) => self.problems.requirements(node).first().copied(),
                    None => requirement,
                };
                self.avp_group(value, &name, inner, depth + 1, checks);
                continue;
            }
            let what = name.rsplit(" / ").next().unwrap_or_default().to_owned();
            let Some((matcher, own)) = self.matcher(value, Sort::Avp(def), &what) else {
                continue;
            };
            if let ([only], false) = (&path[..], matches!(matcher, Matcher::Absent)) {
                self.out_of_its_group(key, *only, def.name);
            }
            let place = whole(key, value);
            let target = Target::Avp { path, name };
            checks.push(Check {
                target,
                matcher,
                requirement: own.or(requirement),
                place,
            });
        }
    }

    /// An AVP that CCR has only inside groups, asked for outside of any: every server fails that.
    fn out_of_its_group(&mut self, node: &Node, avp: AvpKey, name: &str) {
        let kind = self.heads[self.current].as_ref().map(|head| head.kind);
        if kind != Some(StepKind::ReceiveSessionRequest) || grammar::in_ccr(avp) {
            return;
        }
        let groups: Vec<String> = grammar::groups_with(avp)
            .filter(|group| grammar::in_ccr(*group))
            .filter_map(|group| Dictionary::default().avp(group))
            .map(|group| format!("`{} / {name}`", group.name))
            .collect();
        if groups.is_empty() {
            return;
        }
        let text = format!("a SessionRequest has {name} inside a group, and not by itself");
        let problem = Diagnostic::warning("out-of-its-group", node.place.clone(), text);
        let help = format!("name the group: {}", groups.join(" or "));
        self.problems.push(problem.help(help));
    }

    /// `headers:`, a map of names to matchers.
    pub(super) fn headers(&mut self, node: &Node) -> Vec<Check> {
        let mut checks = Vec::new();
        let Some(entries) = self.problems.map(node, "`headers`") else {
            return checks;
        };
        for (key, value) in entries {
            let Some(name) = self.header(key, key.scalar().unwrap_or_default()) else {
                continue;
            };
            if let Some((matcher, requirement)) = self.matcher(value, Sort::Text, &name) {
                let place = whole(key, value);
                checks.push(Check {
                    target: Target::Header { name },
                    matcher,
                    requirement,
                    place,
                });
            }
        }
        checks
    }

    /// One key of a step that is a check by itself, such as `used units:`.
    pub(super) fn single(
        &mut self,
        key: &Node,
        node: &Node,
        target: Target,
        sort: Sort,
    ) -> Option<Check> {
        let what = format!("`{}`", key.scalar().unwrap_or_default());
        let (matcher, requirement) = self.matcher(node, sort, &what)?;
        Some(Check {
            target,
            matcher,
            requirement,
            place: whole(key, node),
        })
    }

    /// A matcher and the requirement it names.
    fn matcher(
        &mut self,
        node: &Node,
        sort: Sort,
        what: &str,
    ) -> Option<(Matcher, Option<&'static Requirement>)> {
        match &node.value {
            Value::Scalar { text, style } => {
                if *style == Style::Plain {
                    match &**text {
                        "present" => return Some((Matcher::Present, None)),
                        "absent" => return Some((Matcher::Absent, None)),
                        "any" => return Some((Matcher::Any, None)),
                        _ => {}
                    }
                }
                self.expr(node, sort, what)
                    .map(|value| (Matcher::Equals(value), None))
            }
            Value::List(_) => {
                let text = format!("{what} must be one value or a matcher, not a list");
                let problem = Diagnostic::error("wrong-kind", node.place.clone(), text);
                self.problems
                    .push(problem.help("for a choice write `{ one of: [a, b] }`"));
                None
            }
            Value::Map(_) => self.matcher_map(node, sort, what),
        }
    }

    fn matcher_map(
        &mut self,
        node: &Node,
        sort: Sort,
        what: &str,
    ) -> Option<(Matcher, Option<&'static Requirement>)> {
        let before = self.problems.errors();
        if let Value::Map(entries) = &node.value
            && let [(key, value)] = &entries[..]
            && let Some(word) = key.scalar().filter(|word| MATCHER_WORDS.contains(word))
            && value.is_empty()
        {
            let text = format!("`{word}` is a word and no key");
            let problem = Diagnostic::error("bad-matcher", node.place.clone(), text);
            let help = format!("write `{word}` without braces");
            self.problems.push(problem.help(help));
            return None;
        }
        let fields = self.problems.fields(node, "a matcher", MATCHER)?;
        if self.problems.errors() > before {
            return None;
        }
        let main = MATCHER
            .iter()
            .filter(|k| !matches!(k.name, "tolerance" | "requirement"));
        let there: Vec<&str> = main
            .map(|k| k.name)
            .filter(|n| fields.get(n).is_some())
            .collect();
        let requirement = match fields.get("requirement") {
            Some(node) => self.problems.requirements(node).first().copied(),
            None => None,
        };
        let [name] = there[..] else {
            let text = match there[..] {
                [] => format!("the matcher for {what} says nothing"),
                _ => format!("one matcher at a time: {}", suggest::list(&there)),
            };
            self.problems.error("bad-matcher", &node.place, text);
            return None;
        };
        let (key, value) = fields.entry(name)?;
        if let Some((tolerance, _)) = fields.entry("tolerance").filter(|_| name != "equals") {
            let text = "`tolerance` goes with `equals`";
            self.problems.error("bad-matcher", &tolerance.place, text);
            return None;
        }
        let numeric = matches!(name, "greater than" | "less than" | "between" | "tolerance")
            || fields.get("tolerance").is_some();
        if numeric && !sort.is_number() {
            let text = format!("{what} is not a number: `{name}` cannot be asked of it");
            self.problems.error("bad-matcher", &key.place, text);
            return None;
        }
        let matcher = match name {
            "equals" => {
                let expr = self.expr(value, sort, what)?;
                match fields.get("tolerance") {
                    None => Matcher::Equals(expr),
                    Some(node) => {
                        let tolerance = self.problems.number(node, "`tolerance`", u64::MAX)?;
                        Matcher::Within {
                            value: expr,
                            tolerance,
                        }
                    }
                }
            }
            "differs from" => Matcher::DiffersFrom(self.expr(value, sort, what)?),
            "greater than" => Matcher::GreaterThan(self.expr(value, sort, what)?),
            "less than" => Matcher::LessThan(self.expr(value, sort, what)?),
            "one of" => {
                let items = self.problems.list(value, "`one of`")?;
                if items.is_empty() {
                    self.problems
                        .error("bad-matcher", &value.place, "`one of` nothing");
                    return None;
                }
                let values: Vec<_> = items.iter().map(|n| self.expr(n, sort, what)).collect();
                Matcher::OneOf(values.into_iter().collect::<Option<_>>()?)
            }
            "between" => {
                let items = self.problems.list(value, "`between`")?;
                let [from, to] = items else {
                    let text = "`between` takes two values: `[from, to]`";
                    self.problems.error("bad-matcher", &value.place, text);
                    return None;
                };
                let (from, to) = (self.expr(from, sort, what), self.expr(to, sort, what));
                let (from, to) = (from?, to?);
                if matches!((&from, &to), (Expr::Number(a), Expr::Number(b)) if a > b) {
                    let text = "nothing lies between the two: the first is greater";
                    self.problems.error("bad-matcher", &value.place, text);
                    return None;
                }
                Matcher::Between(from, to)
            }
            "pattern" => self.pattern(value, sort, what)?,
            _ => {
                let (inner, own) = self.matcher(value, sort, what)?;
                if matches!(
                    inner,
                    Matcher::Present | Matcher::Absent | Matcher::IfPresent(_)
                ) {
                    let text = "`if present` needs something to hold then";
                    self.problems.error("bad-matcher", &value.place, text);
                    return None;
                }
                let matcher = Matcher::IfPresent(Box::new(inner));
                self.problems.doubtful_matcher(value, &matcher, sort);
                return Some((matcher, requirement.or(own)));
            }
        };
        self.problems.doubtful_matcher(value, &matcher, sort);
        Some((matcher, requirement))
    }

    fn pattern(&mut self, node: &Node, sort: Sort, what: &str) -> Option<Matcher> {
        if sort.is_number() {
            let text = format!("{what} is a number: a pattern cannot be asked of it");
            self.problems.error("bad-matcher", &node.place, text);
            return None;
        }
        let pattern = self.problems.text(node, "`pattern`")?;
        if let Err(error) = regex_lite::Regex::new(pattern) {
            let text = format!("not a regular expression: {error}");
            self.problems.error("bad-pattern", &node.place, text);
            return None;
        }
        Some(Matcher::Pattern(pattern.to_owned()))
    }
}

/// Whether a map says what a value must be, and not what stands in a group.
/// Whether a map says what a value must be, and does not go into a group.
pub(crate) fn is_matcher(node: &Node) -> bool {
    let Value::Map(entries) = &node.value else {
        return false;
    };
    let mut names = entries
        .iter()
        .map(|(key, _)| key.scalar().unwrap_or_default());
    names.any(|name| {
        name != "requirement"
            && (MATCHER.iter().any(|k| k.name == name) || MATCHER_WORDS.contains(&name))
    })
}

fn entry<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let Value::Map(entries) = &node.value else {
        return None;
    };
    entries
        .iter()
        .find(|(key, _)| key.scalar() == Some(name))
        .map(|(_, value)| value)
}

/// From the key to the end of the value, where both stand in one file.
fn whole(key: &Node, value: &Node) -> Place {
    let mut place = key.place.clone();
    if std::sync::Arc::ptr_eq(&place.source, &value.place.source)
        && value.place.bytes.end > place.bytes.end
    {
        place.bytes.end = value.place.bytes.end;
    }
    place
}
