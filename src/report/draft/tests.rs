use proptest::prelude::*;

use super::yaml;
use crate::scenario::parse_yaml;

/// What a scalar reads back as.
fn read(text: &str) -> String {
    let node = parse_yaml("x", format!("key: {text}\n").as_bytes()).unwrap();
    match node.value {
        crate::scenario::Value::Map(entries) => entries[0].1.scalar().unwrap().to_owned(),
        _ => panic!("no map"),
    }
}

#[test]
fn plain_words_stay_plain_and_others_are_quoted() {
    for plain in ["Hello", "Hello there", "text/plain", "a@b.example"] {
        assert_eq!(yaml::text(plain), plain);
    }
    for text in [
        "yes",
        "",
        "12",
        "- a",
        "a: b",
        "a #b",
        "a ",
        "\u{202e}x",
        "\x1b[2J",
        "[",
        "null",
    ] {
        let written = yaml::text(text);
        assert!(
            written.starts_with('"') && written.chars().all(|c| !c.is_control()),
            "{written}"
        );
        assert!(!written.contains('\u{202e}'), "{written}");
        assert_eq!(read(&written), text);
    }
    assert_eq!(read(&yaml::value("$client.icid")), "$$client.icid");
    assert_eq!(yaml::comment("a\nb: c"), "a\\nb: c");
}

proptest! {
    #[test]
    fn every_text_reads_back(text in "(?s)\\PC{0,20}|.{0,20}|[ -~\n\t\u{0}-\u{20}\u{80}-\u{a0}]{0,20}") {
        prop_assert_eq!(read(&yaml::text(&text)), text);
    }
}
