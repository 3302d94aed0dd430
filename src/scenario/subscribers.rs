//! `subscribers:` of `sut.yaml`: pairs of identities, one by one or as a range.

use std::collections::HashMap;

use super::diagnostic::{Diagnostic, Problems};
use super::model::Place;
use super::node::{Node, Value};
use super::reader::short;
use super::sut::Subscriber;
use super::sut_keys::SUBSCRIBER;

/// Pairs of one description.
const MAX_SUBSCRIBERS: usize = 10_000;

/// Reads a list of entries, or one entry; each may stand for a range.
pub(super) fn subscribers(node: &Node, problems: &mut Problems) -> Vec<Subscriber> {
    let mut found = Vec::new();
    let mut taken: HashMap<String, Place> = HashMap::new();
    let entries: Vec<&Node> = match &node.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![node],
    };
    if entries.is_empty() {
        problems.error(
            "empty-map",
            &node.place,
            "a run needs at least one pair of subscribers",
        );
    }
    for entry in entries {
        let Some(pairs) = problems.pairs(entry) else {
            continue;
        };
        if found.len() + pairs.len() > MAX_SUBSCRIBERS {
            let text = format!("more than {MAX_SUBSCRIBERS} pairs of subscribers");
            problems.error("out-of-range", &entry.place, text);
            return found;
        }
        for pair in pairs {
            for identity in [&pair.client, &pair.far_end].into_iter().chain(&pair.also) {
                let first = taken.insert(identity.clone(), entry.place.clone());
                if let Some(first) = first {
                    let text = format!("`{}` is there twice", short(identity));
                    let problem =
                        Diagnostic::error("duplicate-subscriber", entry.place.clone(), text)
                            .help("each identity belongs to one pair and to one side of it");
                    problems.push(problem.note("first here", Some(first)));
                    return found;
                }
            }
            found.push(pair);
        }
    }
    found
}

impl Problems {
    fn pairs(&mut self, node: &Node) -> Option<Vec<Subscriber>> {
        let fields = self.fields(node, "a subscriber", SUBSCRIBER)?;
        let clients = fields
            .get("client")
            .and_then(|n| self.identities(n, "`client`", false));
        let far_ends = fields
            .get("far end")
            .and_then(|n| self.identities(n, "`far end`", false));
        let mut also = Vec::new();
        if let Some(node) = fields.get("also") {
            for item in self.one_or_list(node) {
                also.push((item, self.identities(item, "`also`", true)?));
            }
        }
        let (clients, far_ends) = (clients?, far_ends?);
        let sides = fields.get("far end").map(|node| (node, &far_ends));
        for (node, others) in sides
            .into_iter()
            .chain(also.iter().map(|(n, ids)| (*n, ids)))
        {
            if others.len() != clients.len() {
                let text = format!("{} here, but {} in `client`", others.len(), clients.len());
                let help = "each pair has its own identities: use the same range, as in \
                            `sip:bob{1..20}@example.com`";
                let problem = Diagnostic::error("uneven-range", node.place.clone(), text);
                self.push(problem.help(help));
                return None;
            }
        }
        let pairs = clients
            .into_iter()
            .zip(far_ends)
            .enumerate()
            .map(|(i, (client, far_end))| {
                let also = also.iter().map(|(_, ids)| ids[i].clone()).collect();
                Subscriber {
                    client,
                    also,
                    far_end,
                }
            });
        Some(pairs.collect())
    }

    /// One identity, or those of a range: `sip:alice{1..20}@example.com`. One that only
    /// Subscription-Id names may be of any kind: RFC 8506 8.47 has NAIs, IMSIs and private ones.
    fn identities(&mut self, node: &Node, what: &str, any_kind: bool) -> Option<Vec<String>> {
        let text = self.text(node, what)?;
        let scheme = ["sip:", "sips:", "tel:"]
            .iter()
            .find(|s| text.starts_with(**s));
        let rest = scheme
            .map(|scheme| &text[scheme.len()..])
            .unwrap_or_default();
        let is_named = !rest.is_empty() || (any_kind && scheme.is_none() && !text.is_empty());
        if !is_named || text.contains([' ', '<', '>', '"']) {
            let text = format!(
                "{what} must be a `sip:` or `tel:` URI, not `{}`",
                short(text)
            );
            self.error("not-an-identity", &node.place, text);
            return None;
        }
        let Some((before, range)) = text.split_once('{') else {
            return Some(vec![text.to_owned()]);
        };
        let parsed = range.split_once('}').and_then(|(range, after)| {
            let (from, to) = range.split_once("..")?;
            let width = if from.starts_with('0') { from.len() } else { 1 };
            let digits = from.len() <= 9 && to.len() <= 9;
            let (from, to) = (from.parse::<u32>().ok()?, to.parse::<u32>().ok()?);
            let sound = digits && from <= to && !after.contains('{');
            sound.then_some((from, to, width, after))
        });
        let Some((from, to, width, after)) = parsed else {
            let text = format!("`{}` holds no range such as `{{1..20}}`", short(text));
            self.error("bad-range", &node.place, text);
            return None;
        };
        if (to - from) as usize >= MAX_SUBSCRIBERS {
            let text = format!("a range of more than {MAX_SUBSCRIBERS}");
            self.error("out-of-range", &node.place, text);
            return None;
        }
        Some(
            (from..=to)
                .map(|n| format!("{before}{n:0width$}{after}"))
                .collect(),
        )
    }
}
