//! What was meant: the nearest known word.

/// The candidate nearest to `word`, if one is near enough to have been meant.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if word.chars().count() > 64 {
        return None;
    }
    let folded = fold(word);
    let limit = match folded.len() {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        n => n / 3,
    };
    let candidates = candidates.into_iter().filter(|known| known.len() <= 96);
    let (mut nearest, mut longer, mut several) = (None, None, false);
    for candidate in candidates {
        let known = fold(candidate);
        let far = distance(&folded, &known);
        if far <= limit && nearest.is_none_or(|(least, _)| far < least) {
            nearest = Some((far, candidate));
        }
        // `LOGOUT` for `DIAMETER_LOGOUT`: the end of one name, and of no other.
        if folded.len() >= 3 && known.len() > folded.len() && known.ends_with(&folded) {
            several |= longer.is_some_and(|other| other != candidate);
            longer = Some(candidate);
        }
        if candidate.strip_prefix("DIAMETER_") == Some(word) {
            return Some(candidate);
        }
    }
    nearest
        .map(|(_, candidate)| candidate)
        .or(longer.filter(|_| !several))
}

/// `did you mean ...?`, or the list of what is known where it is short.
pub(super) fn did_you_mean(word: &str, known: &[&str]) -> Option<String> {
    match nearest(word, known.iter().copied()) {
        Some(candidate) => Some(format!("did you mean `{candidate}`?")),
        None if known.is_empty() || known.len() > 16 => None,
        None => Some(format!("known here: {}", list(known))),
    }
}

/// `a`, `b` and `c`, quoted.
pub(super) fn list(words: &[&str]) -> String {
    words
        .iter()
        .map(|w| format!("`{w}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Case, spaces, hyphens and underscores are what people get wrong first.
fn fold(word: &str) -> Vec<char> {
    word.chars()
        .filter(|c| !matches!(c, ' ' | '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Insertions, deletions, substitutions and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (row[j] + 1).min(next[j - 1] + 1).min(row[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let known = [
            "title",
            "requirements",
            "needs",
            "CC-Request-Number",
            "client sends",
            "far end sends",
        ];
        assert_eq!(nearest("titel", known), Some("title"));
        assert_eq!(
            nearest("CC_Request_number", known),
            Some("CC-Request-Number")
        );
        assert_eq!(nearest("client send", known), Some("client sends"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(nearest("Number", known), Some("CC-Request-Number"));
        assert_eq!(nearest("nds", known), None);
        let results = ["DIAMETER_LIMITED_SUCCESS", "DIAMETER_SUCCESS"];
        assert_eq!(nearest("SUCCESS", results), Some("DIAMETER_SUCCESS"));
        assert_eq!(nearest("", known), None);
    }
}
