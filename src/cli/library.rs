//! Which scenarios a command is about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::report::words;
use crate::scenario::{self, Diagnostic, Loaded, Scenario, Severity};

use super::{Console, Failure};

/// The scenarios that the operands name: files and directories of the user's, ids, beginnings of
/// ids, patterns. Ids select from the files that are named beside them, and from the shipped
/// scenarios where none is. No operand means all of the shipped ones.
///
/// Problems of what was loaded are all printed before anything else is done.
pub(super) fn selected(
    operands: &[String],
    console: &Console,
) -> Result<Vec<Arc<Scenario>>, Failure> {
    let (paths, ids): (Vec<&String>, Vec<&String>) =
        operands.iter().partition(|operand| is_path(operand));
    let loaded = if paths.is_empty() {
        scenario::load_library()
    } else {
        scenario::load_paths(&paths.into_iter().map(PathBuf::from).collect::<Vec<_>>())
    };
    let scenarios = usable(loaded, console)?;
    let ids: Vec<String> = ids.into_iter().cloned().collect();
    scenario::select(&scenarios, &ids).map_err(|unknown| {
        let help = match &unknown.meant {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => "`ch2spec list` names the scenarios; a path holds `/` or ends in .yaml".into(),
        };
        Failure::usage(format!("no scenario matches \"{}\"", unknown.pattern), help)
    })
}

/// What was loaded, once every problem of it has been printed.
fn usable(loaded: Loaded, console: &Console) -> Result<Vec<Arc<Scenario>>, Failure> {
    report(&loaded.diagnostics, console);
    match errors(&loaded.diagnostics) {
        0 => Ok(loaded.scenarios),
        number => Err(Failure::Diagnosed { count: words::count(number, "problem") }),
    }
}

/// Prints problems to standard error, each with its place.
pub(super) fn report(diagnostics: &[Diagnostic], console: &Console) {
    for diagnostic in diagnostics {
        let text = diagnostic.render(console.colors_stderr());
        match diagnostic.severity {
            Severity::Error => console.complain(&text),
            Severity::Warning => console.note(&text),
        }
    }
}

/// How many of them make the file unusable.
pub(super) fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|d| d.severity == Severity::Error).count()
}

fn is_path(operand: &str) -> bool {
    let named = Path::new(operand).extension().is_some_and(|e| e == "yaml" || e == "yml");
    named || operand.contains(['/', '\\']) || Path::new(operand).exists()
}
