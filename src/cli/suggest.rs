//! What may have been meant.

/// The remedy for a name that is not known: `did you mean "no-stop"?`, or where to find the names.
/// Upper and lower case make no difference.
pub(super) fn remedy(name: &str, known: &[&str], otherwise: &str) -> String {
    let folded: Vec<String> = known.iter().map(|name| name.to_lowercase()).collect();
    let words: Vec<&str> = folded.iter().map(String::as_str).collect();
    let near = similar::get_close_matches(name.to_lowercase().as_str(), &words, 3, 0.6);
    let written = |near: &&str| {
        let at = folded.iter().position(|folded| folded == near)?;
        known.get(at).copied()
    };
    match near
        .iter()
        .filter_map(written)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] => otherwise.to_owned(),
        near => {
            let near: Vec<String> = near.iter().map(|name| format!("\"{name}\"")).collect();
            format!("did you mean {}?", near.join(" or "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered_and_far_ones_are_not() {
        let known = ["no-stop", "no-start", "double-stop"];
        assert!(remedy("nostop", &known, "see list").contains("\"no-stop\""));
        let known = ["CC-8.2-NUMBER", "CC-Request-Number"];
        let avp = "did you mean \"CC-Request-Number\"";
        assert!(remedy("cc-reqest-number", &known, "").starts_with(avp));
        assert_eq!(remedy("xyzzy", &known, "see list"), "see list");
    }
}
