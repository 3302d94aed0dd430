//! What may have been meant.

/// The remedy for a name that is not known: `did you mean "no-stop"?`, or where to find the names.
pub(super) fn remedy(name: &str, known: &[&str], otherwise: &str) -> String {
    match similar::get_close_matches(name, known, 3, 0.6).as_slice() {
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
        assert_eq!(remedy("xyzzy", &known, "see list"), "see list");
    }
}
