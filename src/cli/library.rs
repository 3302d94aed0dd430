//! Which scenarios a command is about.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::report::words;
use crate::scenario::{self, Diagnostic, Loaded, Node, Scenario, Severity, Source, Value};

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
        // A suite that has gone is no mistake in a file, and must not look like one.
        number if loaded.scenarios.is_empty() && number == missing(&loaded.diagnostics) => {
            Err(Failure::NothingThere)
        }
        number => Err(Failure::Diagnosed {
            count: words::count(number, "problem"),
        }),
    }
}

/// How many directories were named that hold no file.
fn missing(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|d| d.code == "no-files").count()
}

/// Every problem of these files. A file that describes a server is held to what such a file may say.
pub(super) fn problems(paths: &[PathBuf]) -> Vec<Diagnostic> {
    let (servers, scenarios): (Vec<PathBuf>, Vec<PathBuf>) = paths
        .iter()
        .cloned()
        .partition(|path| describes_server(path));
    let mut problems = Vec::new();
    if !scenarios.is_empty() {
        problems = scenario::load_paths(&scenarios).diagnostics;
    }
    problems.extend(
        servers
            .iter()
            .flat_map(|path| scenario::load_sut(path).diagnostics),
    );
    problems
}

/// Told by the keys that only a server's description has; by the name where it is no YAML.
fn describes_server(path: &Path) -> bool {
    let named = path
        .file_stem()
        .is_some_and(|stem| stem.to_string_lossy().starts_with("sut"));
    let Ok(source) = Source::read(path) else {
        return named;
    };
    // Most files have no such key: they are parsed once, as what they are.
    if !named && !source.text.contains("subscribers") {
        return false;
    }
    match scenario::parse_yaml(&source.path, source.text.as_bytes()) {
        Ok(Node {
            value: Value::Map(entries),
            ..
        }) => entries
            .iter()
            .any(|(key, _)| key.scalar() == Some("subscribers")),
        _ => named,
    }
}

/// Prints problems to standard error, each with its place.
pub(super) fn report(diagnostics: &[Diagnostic], console: &Console) {
    let (shown, more) = shown(diagnostics);
    for diagnostic in shown {
        let text = diagnostic.render(console.colors_stderr());
        match diagnostic.severity {
            Severity::Error => console.complain(&text),
            Severity::Warning => console.note(&text),
        }
    }
    if let Some(more) = more {
        console.complain(&more);
    }
}

/// The problems that a person is shown, and what is said of the rest. Nobody reads ten thousand.
pub(super) fn shown(diagnostics: &[Diagnostic]) -> (&[Diagnostic], Option<String>) {
    const SHOWN: usize = 500;
    let (shown, rest) = diagnostics.split_at(diagnostics.len().min(SHOWN));
    let files: HashSet<&str> = rest
        .iter()
        .map(|problem| problem.place.source.path.as_str())
        .collect();
    let more = (!rest.is_empty()).then(|| {
        let (problems, files) = (
            words::count(rest.len(), "more problem"),
            words::count(files.len(), "file"),
        );
        format!("{problems} in {files} not shown")
    });
    (shown, more)
}

/// How many of them make the file unusable.
pub(super) fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .count()
}

/// Whether an operand names a file or directory, and no id.
pub(super) fn is_path(operand: &str) -> bool {
    let named = Path::new(operand)
        .extension()
        .is_some_and(|e| e == "yaml" || e == "yml");
    named || operand.contains(['/', '\\']) || Path::new(operand).exists()
}
