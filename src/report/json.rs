//! `report.json`: the whole model, versioned.

use std::io;

use crate::engine::Run;

use super::escape;

/// Writes `report.json`: the run as indented JSON, ending in a line break.
///
/// What a terminal could obey is escaped as JSON can; read back, everything is as it came. The field `version` is
/// [`crate::engine::REPORT_VERSION`].
///
/// # Errors
///
/// Where `to` cannot be written to.
pub fn write(run: &Run, mut to: impl io::Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(run)?;
    to.write_all(escape::json(&text).as_bytes())?;
    to.write_all(b"\n")
}

/// The text that [`write()`] writes.
///
/// # Errors
///
/// None is known: the model holds nothing that JSON cannot say.
pub fn render(run: &Run) -> io::Result<String> {
    let mut text = Vec::new();
    write(run, &mut text)?;
    String::from_utf8(text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::REPORT_VERSION;
    use crate::report::example;

    #[test]
    fn the_model_is_there_with_its_version_and_hostile_text_unchanged() {
        let text = render(&example::run()).unwrap();
        assert!(!text.contains('\x1b'), "raw control characters are no JSON");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["version"], REPORT_VERSION);
        assert_eq!(value["verdict"], "error");
        let failed = &value["campaigns"][0]["scenarios"][1];
        assert_eq!(failed["verdict"], "fail");
        assert_eq!(
            failed["findings"][0]["observed"],
            "2 messages \x1b[2J\u{202e}"
        );
        assert_eq!(failed["findings"][0]["requirement"]["id"], "MSG-6-USED");
    }
}
