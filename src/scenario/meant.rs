//! Words of the trade that are not words of the language, and what they are called here.

/// The message that is meant by a word of Diameter, or by a message without its protocol.
pub(super) fn message(text: &str, receives: bool, enabler: bool) -> Option<String> {
    let folded = text.trim().to_ascii_lowercase();
    let word = |name: &str| Some(format!("`{name}` is what it is called here"));
    if enabler {
        let kind = match folded.as_str() {
            "ccr" | "credit-control-request" => "SessionRequest",
            _ => match request_kind(&folded)? {
                "" => "Response",
                "start" => "SessionRequest (start)",
                "interim" => "SessionRequest (interim)",
                "stop" => "SessionRequest (stop)",
                _ => "SessionRequest (event)",
            },
        };
        return match (kind == "Response") == receives {
            true => Some(match receives {
                true => "a Response is what the Charging Enabler sends".to_owned(),
                false => "a SessionRequest is what the Charging Enabler receives".to_owned(),
            }),
            false => word(kind),
        };
    }
    let first = folded.split_whitespace().next()?;
    if first.len() == 3 && first.bytes().all(|b| b.is_ascii_digit()) {
        return Some(format!(
            "name the protocol: `SIP {first}` or `MSRP {first}`"
        ));
    }
    let upper = first.to_ascii_uppercase();
    match upper.as_str() {
        "SEND" | "REPORT" => Some(format!("name the protocol: `MSRP {upper}`")),
        _ if super::message::SIP_RECEIVED.contains(&upper.as_str()) => {
            Some(format!("name the protocol: `SIP {upper}`"))
        }
        _ => None,
    }
}

/// `start`, `interim`, `stop` or `event`; empty for an answer.
fn request_kind(folded: &str) -> Option<&'static str> {
    let inner = folded
        .strip_prefix("sessionrequest")
        .map(|rest| rest.trim().trim_matches(['(', ')']).trim())
        .or_else(|| folded.strip_prefix("ccr-"))
        .or_else(|| {
            let rest = folded.strip_prefix("ccr")?.trim();
            Some(rest.trim_matches(['(', ')']).trim())
        });
    match inner.unwrap_or(folded) {
        "i" | "initial" | "initial_request" => Some("start"),
        "u" | "update" | "update_request" | "intermediate" => Some("interim"),
        "t" | "terminate" | "termination" | "termination_request" | "final" => Some("stop"),
        "e" | "event_request" => Some("event"),
        "cca" | "credit-control-answer" | "sessionresponse" | "answer" => Some(""),
        word if word.starts_with("cca-") || word.starts_with("response ") => Some(""),
        _ => None,
    }
}

/// What other tools call a key, and what it is called here. The first that is known where it stands
/// is meant.
const KEYS: &[(&str, &str)] = &[
    // Of a step.
    ("label", "as"),
    ("name", "as"),
    ("id", "as"),
    ("timeout", "within"),
    ("deadline", "within"),
    ("content", "body"),
    ("payload", "body"),
    ("text", "body"),
    ("data", "body"),
    ("mime type", "content type"),
    ("if", "when"),
    ("condition", "when"),
    ("only if", "when"),
    ("header", "headers"),
    ("avp", "avps"),
    ("count", "times"),
    ("depends on", "after"),
    ("follows", "after"),
    ("in reply to", "for"),
    ("answers", "for"),
    ("skip answer", "unanswered"),
    // Of a matcher.
    ("regex", "pattern"),
    ("regexp", "pattern"),
    ("matches", "pattern"),
    ("match", "pattern"),
    ("contains", "pattern"),
    ("starts with", "pattern"),
    ("not", "differs from"),
    ("not equals", "differs from"),
    ("is not", "differs from"),
    ("equal", "equals"),
    ("eq", "equals"),
    ("is", "equals"),
    ("value", "equals"),
    ("gt", "greater than"),
    ("more than", "greater than"),
    ("above", "greater than"),
    ("lt", "less than"),
    ("below", "less than"),
    ("in", "one of"),
    ("any of", "one of"),
    ("enum", "one of"),
    ("range", "between"),
    ("optional", "if present"),
    // Of a scenario.
    ("name", "title"),
    ("version", "ch2spec"),
    ("description", "purpose"),
    ("summary", "purpose"),
    ("steps", "flow"),
    ("scenario", "flow"),
    ("preconditions", "given"),
    ("setup", "given"),
    ("before", "given"),
    ("spec", "clause"),
    ("reference", "clause"),
    ("timeout", "limit"),
];

/// The key that is meant by one of another tool, among those that can stand there.
pub(super) fn key<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let folded = name.to_ascii_lowercase().replace(['-', '_'], " ");
    let here = |word: &str| known.iter().copied().find(|known| *known == word);
    let said = KEYS.iter().filter(|(said, _)| *said == folded);
    said.filter_map(|(_, meant)| here(meant)).next()
}

/// The action that is meant, where the party or the verb is called otherwise.
pub(super) fn action<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let mut folded = name.to_ascii_lowercase().replace(['-', '_'], " ");
    let whole = match folded.as_str() {
        "sleep" | "delay" | "pause" => Some("wait"),
        "loop" | "for each" => Some("repeat"),
        "parallel" | "unordered" | "in any order" => Some("any order"),
        "choice" | "either" | "alternatives" => Some("one of"),
        _ => None,
    };
    if whole.is_some() {
        return known.iter().copied().find(|action| Some(*action) == whole);
    }
    let parties = [
        ("charging enabler ", "enabler "),
        ("ocs ", "enabler "),
        ("ocf ", "enabler "),
        ("ue ", "client "),
        ("im client ", "client "),
        ("caller ", "client "),
        ("callee ", "far end "),
        ("peer ", "far end "),
    ];
    if let Some((said, party)) = parties.iter().find(|(said, _)| folded.starts_with(said)) {
        folded = format!("{party}{}", &folded[said.len()..]);
    }
    // The longer name first: `second enabler` holds `enabler`.
    let party = ["second enabler", "far end", "enabler", "client"]
        .into_iter()
        .find(|party| folded.starts_with(party))?;
    let verb = match folded[party.len()..].trim() {
        "sends" | "send" => "sends",
        "receives" | "receive" => "receives",
        "receives nothing" => "receives nothing",
        "get" | "gets" | "got" | "expects" | "expect" | "sees" | "waits for" | "wants"
        | "takes" => "receives",
        "answers" | "answer" | "replies" | "responds" | "writes" => "sends",
        "gets nothing" | "expects nothing" | "sees nothing" | "receives no" => "receives nothing",
        "resends" | "repeats" | "retransmits" => "sends again",
        _ => return None,
    };
    let meant = format!("{party} {verb}");
    known.iter().copied().find(|action| *action == meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_diameter_are_known_by_what_they_are_called_here() {
        let cases = [
            ("CCR-I", true, true, "`SessionRequest (start)`"),
            ("CCR-U", true, true, "`SessionRequest (interim)`"),
            ("CCR (update)", true, true, "`SessionRequest (interim)`"),
            ("SessionRequest (update)", true, true, "(interim)"),
            ("SessionRequest(terminate)", true, true, "(stop)"),
            ("CCR", true, true, "`SessionRequest`"),
            ("CCA", false, true, "`Response`"),
            ("CCA", true, true, "the Charging Enabler sends"),
            ("CCR-T", false, true, "the Charging Enabler receives"),
            ("BYE", false, false, "`SIP BYE`"),
            ("send", false, false, "`MSRP SEND`"),
            ("200 OK", true, false, "`SIP 200` or `MSRP 200`"),
        ];
        for (text, receives, enabler, help) in cases {
            let found = message(text, receives, enabler).unwrap_or_default();
            assert!(found.contains(help), "{text}: {found}");
        }
        for text in ["banana", "SessionRequest (stopp)", ""] {
            assert_eq!(message(text, true, true), None, "{text}");
        }
        assert_eq!(message("banana", true, false), None);
    }

    #[test]
    fn verbs_that_mean_receiving() {
        let known = ["client sends", "enabler sends", "enabler receives"];
        assert_eq!(action("enabler gets", &known), Some("enabler receives"));
        assert_eq!(action("Enabler expects", &known), Some("enabler receives"));
        assert_eq!(action("client answers", &known), Some("client sends"));
        assert_eq!(action("nobody gets", &known), None);
        assert_eq!(action("OCS receives", &known), Some("enabler receives"));
        assert_eq!(action("UE sends", &known), Some("client sends"));
        assert_eq!(action("ue sleeps", &known), None);
        let blocks = ["wait", "repeat", "any order"];
        assert_eq!(action("sleep", &blocks), Some("wait"));
        assert_eq!(action("parallel", &blocks), Some("any order"));
        assert_eq!(action("parallel", &known), None);
    }

    #[test]
    fn keys_of_other_tools() {
        assert_eq!(key("name", &["as", "body"]), Some("as"));
        assert_eq!(key("name", &["id", "title"]), Some("title"));
        assert_eq!(key("Depends_on", &["after"]), Some("after"));
        assert_eq!(key("regex", &["equals", "pattern"]), Some("pattern"));
        assert_eq!(key("banana", &["after"]), None);
    }

    #[test]
    fn every_key_that_is_meant_is_one() {
        use super::super::keys::{MATCHER, SCENARIO};
        use super::super::step_keys::STEP;

        for (said, meant) in KEYS {
            let keys = STEP.iter().map(|known| known.key.name);
            let keys = keys.chain(MATCHER.iter().chain(SCENARIO).map(|key| key.name));
            let mut keys = keys.filter(|key| key == meant);
            assert!(keys.next().is_some(), "{said}: {meant}");
        }
    }
}
