//! The AVP tree of a message, expected against observed.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::ch2::{Binding, Unit};
use crate::diameter::{self, Avp, AvpKey};
use crate::scenario::{Check, Matcher, Target};

use super::value::{Value, value_of};
use super::{DiffLine, DiffTag};

/// The tree of `message` beside the tree that would have met the broken checks.
pub(super) fn diff(
    message: &diameter::Message,
    broken: &[(&Check, String)],
    binding: &Binding,
) -> Vec<DiffLine> {
    let observed = lines(message);
    let mut expected = observed.clone();
    for (check, wanted) in broken {
        let path = match &check.target {
            Target::Avp { path, .. } => path.clone(),
            Target::UsedUnits => vec![USED_SERVICE_UNIT, unit_key(binding.unit)],
            Target::RequestedUnits => vec![REQUESTED_SERVICE_UNIT, unit_key(binding.unit)],
            Target::Header { .. } | Target::Body | Target::Reason => continue,
        };
        amend(&mut expected, &path, &check.matcher, wanted);
    }
    let left: Vec<(usize, &str)> = expected
        .iter()
        .map(|l| (l.depth, l.text.as_str()))
        .collect();
    let right: Vec<(usize, &str)> = observed
        .iter()
        .map(|l| (l.depth, l.text.as_str()))
        .collect();
    let mut diff = Vec::new();
    let mut push = |tag, lines: &[Line]| {
        diff.extend(lines.iter().map(|line| DiffLine {
            tag,
            depth: line.depth,
            text: line.text.clone(),
        }));
    };
    for op in capture_diff_slices(Algorithm::Lcs, &left, &right) {
        match op {
            DiffOp::Equal { .. } => push(DiffTag::Same, &observed[op.new_range()]),
            _ => {
                push(DiffTag::Expected, &expected[op.old_range()]);
                push(DiffTag::Observed, &observed[op.new_range()]);
            }
        }
    }
    diff
}

/// A target as its file words it.
pub(super) fn target_text(target: &Target) -> String {
    match target {
        Target::Avp { name, .. } | Target::Header { name } => name.clone(),
        Target::UsedUnits => "used units".to_owned(),
        Target::RequestedUnits => "requested units".to_owned(),
        Target::Body => "body".to_owned(),
        Target::Reason => "reason".to_owned(),
    }
}

/// Used-Service-Unit (RFC 8506 section 8.19).
const USED_SERVICE_UNIT: AvpKey = AvpKey::base(446);
/// Requested-Service-Unit (RFC 8506 section 8.18).
const REQUESTED_SERVICE_UNIT: AvpKey = AvpKey::base(437);

/// CC-Service-Specific-Units, CC-Total-Octets, CC-Time (RFC 8506 sections 8.26, 8.23, 8.21).
fn unit_key(unit: Unit) -> AvpKey {
    AvpKey::base(match unit {
        Unit::Messages => 417,
        Unit::Octets => 421,
        Unit::Seconds => 420,
    })
}

#[derive(Clone, Debug)]
struct Line {
    depth: usize,
    key: AvpKey,
    text: String,
}

fn lines(message: &diameter::Message) -> Vec<Line> {
    let mut lines = Vec::new();
    for avp in message.walk() {
        lines.push(Line {
            depth: avp.depth(),
            key: avp.key(),
            text: avp_line(&avp),
        });
    }
    lines
}

fn avp_line(avp: &Avp<'_>) -> String {
    let name = name_of(avp.key(), avp.name());
    match (value_of(avp), avp.symbol()) {
        (Value::Group, _) => name,
        (value, Some(symbol)) => format!("{name}: {symbol} ({value})"),
        (value, None) => format!("{name}: {value}"),
    }
}

fn name_of(key: AvpKey, name: Option<&str>) -> String {
    match (name, key.vendor) {
        (Some(name), _) => name.to_owned(),
        (None, None) => format!("AVP {}", key.code),
        (None, Some(vendor)) => format!("AVP {} of vendor {vendor}", key.code),
    }
}

fn known_name(key: AvpKey) -> String {
    let dictionary = diameter::dictionary::Dictionary::default();
    name_of(key, dictionary.avp(key).map(|def| def.name))
}

/// Changes the tree at `path` to what was asked for: another value, one line less, or one more.
fn amend(lines: &mut Vec<Line>, path: &[AvpKey], matcher: &Matcher, wanted: &str) {
    let Some(last) = path.last() else { return };
    let mut found = find(lines, path, 0);
    if found.len() < path.len() {
        // Inside Multiple-Services-Credit-Control, where it does not stand in the command itself.
        let nested = find(lines, &[&[AvpKey::base(456)], path].concat(), 0);
        if nested.len() > path.len() {
            found = nested[1..].to_vec();
        }
    }
    if found.len() == path.len() {
        let at = found[path.len() - 1];
        if matches!(matcher, Matcher::Absent) {
            let depth = lines[at].depth;
            let end = subtree_end(lines, at, depth);
            lines.drain(at..end);
        } else {
            lines[at].text = format!("{}: {wanted}", known_name(*last));
        }
        return;
    }
    let (mut at, mut depth) = match found.last() {
        Some(deepest) => (
            subtree_end(lines, *deepest, lines[*deepest].depth),
            lines[*deepest].depth + 1,
        ),
        None => (lines.len(), 0),
    };
    for (index, key) in path.iter().enumerate().skip(found.len()) {
        let name = known_name(*key);
        let text = if index + 1 == path.len() {
            format!("{name}: {wanted}")
        } else {
            name
        };
        lines.insert(
            at,
            Line {
                depth,
                key: *key,
                text,
            },
        );
        at += 1;
        depth += 1;
    }
}

/// Indices of the lines that lead along the path, as far as it goes.
fn find(lines: &[Line], path: &[AvpKey], depth: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let (mut from, mut to) = (0, lines.len());
    for (level, key) in path.iter().enumerate() {
        let at = (from..to).find(|i| lines[*i].depth == depth + level && lines[*i].key == *key);
        let Some(at) = at else { break };
        found.push(at);
        to = subtree_end(lines, at, lines[at].depth);
        from = at + 1;
    }
    found
}

fn subtree_end(lines: &[Line], at: usize, depth: usize) -> usize {
    (at + 1..lines.len())
        .find(|i| lines[*i].depth <= depth)
        .unwrap_or(lines.len())
}
