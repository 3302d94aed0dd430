//! Files that must not be there already.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::Failure;

/// Writes a file; one that is there is overwritten only by force.
pub(super) fn write_new(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let shown = path.display();
    let opened = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::usage(format!("{shown} is there already"), "--force overwrites it")
        }
        ErrorKind::NotFound => Failure::usage(
            format!("failed to write {shown}: {error}"),
            "make the directory first",
        ),
        _ => Failure::usage(
            format!("failed to write {shown}: {error}"),
            "name another path",
        ),
    })?;
    { opened }.write_all(text.as_bytes())?;
    Ok(())
}
