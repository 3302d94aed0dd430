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

/// The action that is meant where the party is right and the verb is another one.
pub(super) fn action<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let folded = name.to_ascii_lowercase();
    // The longer name first: `second enabler` holds `enabler`.
    let party = ["second enabler", "far end", "enabler", "client"]
        .into_iter()
        .find(|party| folded.starts_with(party))?;
    let verb = match folded[party.len()..].trim() {
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
    }
}
