//! Another reader of YAML sees the same values in our files, so that they stay portable.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use ch2spec::scenario::{library, parse_yaml};
use proptest::prelude::*;

fn theirs(text: &str) -> serde_json::Value {
    let value: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
    serde_json::to_value(value).unwrap()
}

#[test]
fn shipped_files_read_the_same_in_serde_yaml() {
    for file in library() {
        let ours = parse_yaml(file.path, file.text.as_bytes())
            .unwrap()
            .to_json();
        assert_eq!(ours, theirs(file.text), "{}", file.path);
    }
    for file in ["example.yaml", "standalone.yaml", "octets.yaml"] {
        let path = PathBuf::from("fixtures/sut").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let ours = parse_yaml(file, text.as_bytes()).unwrap().to_json();
        assert_eq!(ours, theirs(&text), "{file}");
    }
}

#[test]
fn scalars_read_the_same_in_serde_yaml() {
    let text = "[0401234567, +358401234567, on, no, yes, 12, -3, 1.5, '12', \"on\", ~, null, true, \
                00, 0, a: b, 'it''s', \"\\u00e4\\n\", x y]\n";
    assert_eq!(
        parse_yaml("x", text.as_bytes()).unwrap().to_json(),
        theirs(text)
    );
}

proptest! {
    #[test]
    fn what_both_read_they_read_alike(words in proptest::collection::vec("[a-zäö $.#:-]{1,12}", 1..6)) {
        let lines: String = words
            .iter()
            .enumerate()
            .map(|(i, w)| format!("k{i}: {}\n", serde_json::to_string(w).unwrap()))
            .collect();
        let ours = parse_yaml("x", lines.as_bytes()).unwrap().to_json();
        prop_assert_eq!(ours, theirs(&lines));
    }
}
