//! Which files are loaded: the shipped library, and files and directories of the user's own.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use super::budget::Of;
use super::diagnostic::{Diagnostic, Problems, Severity};
use super::fragment::{Fragment, Shelf};
use super::load;
use super::model::{Place, Scenario, Source};
use super::node::{self, Node};
use super::suggest;

/// A file of the library: its path in the repository, and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// `scenarios/...`
    pub path: &'static str,
    /// The whole text.
    pub text: &'static str,
}

/// Every file under `scenarios/`, as `build.rs` finds them.
const LIBRARY: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// How deep directories are followed.
const MAX_DIRECTORY_DEPTH: usize = 16;
/// Files of one load.
const MAX_FILES: usize = 10_000;
/// How far above a scenario a `fragments` directory is looked for.
const MAX_LEVELS_UP: usize = 4;

/// What came of loading.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Scenarios without an error, in the order of their files.
    pub scenarios: Vec<Arc<Scenario>>,
    /// Everything that is wrong or doubtful, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// True where something is wrong, and not only doubtful.
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|d| d.severity == Severity::Error)
    }
}

/// A pattern that selects nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no scenario matches `{pattern}`{}", .meant.as_ref().map(|m| format!("; did you mean `{m}`?")).unwrap_or_default())]
pub struct UnknownScenario {
    /// The pattern.
    pub pattern: String,
    /// The id that was probably meant.
    pub meant: Option<String>,
}

/// The shipped files, scenarios and fragments.
pub fn library() -> &'static [Embedded] {
    LIBRARY
}

/// Loads the shipped scenarios: topic by topic, and by id within one.
pub fn load_library() -> Loaded {
    let sources = LIBRARY
        .iter()
        .map(|file| Source::new(file.path, file.text))
        .collect();
    let mut loaded = load_sources(sources, Problems::default());
    let topic = |scenario: &Scenario| {
        let path = Path::new(&scenario.source.path);
        path.parent().map(Path::to_path_buf)
    };
    loaded
        .scenarios
        .sort_by_cached_key(|scenario| (topic(scenario), scenario.id.clone()));
    loaded
}

/// Loads files, and directories with everything under them that ends in `.yaml` or `.yml`.
///
/// A file that was named is read whatever it is called. A scenario finds fragments in directories
/// called `fragments` beside and above it, in the other files of the load, and in the library, the
/// nearest first.
pub fn load_paths(paths: &[PathBuf]) -> Loaded {
    let mut problems = Problems::default();
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        if !collect(path, &mut files, &mut problems) {
            return load_sources(Vec::new(), problems);
        }
        if files.len() == before && path.is_dir() {
            let place = Place::start(&Source::new(path.display().to_string(), ""));
            problems.error("no-files", &place, "the directory holds no `.yaml` file");
        }
    }
    let mut seen = BTreeSet::new();
    files.retain(|file| {
        let real = std::fs::canonicalize(file).unwrap_or_else(|_| file.clone());
        seen.insert(real)
    });
    let mut sources = Vec::new();
    for file in files {
        if problems.end_load() {
            break;
        }
        sources.extend(problems.read(&file));
    }
    load_sources(sources, problems)
}

/// The files that paths stand for: a file that was named whatever it is called, and of a directory
/// everything under it that ends in `.yaml` or `.yml`; and what could not be read of them.
pub fn yaml_files(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<Diagnostic>) {
    let mut problems = Problems::default();
    let mut files = Vec::new();
    for path in paths {
        if !collect(path, &mut files, &mut problems) {
            break;
        }
    }
    (files, problems.into_sorted())
}

/// Loads one text as if it were a file, with the library's fragments at hand.
pub fn load_text(path: &str, bytes: &[u8]) -> Loaded {
    let mut problems = Problems::default();
    let mut sources = Vec::new();
    match Source::from_bytes(path.to_owned(), bytes) {
        Ok(source) => sources.push(source),
        Err(problem) => problems.push(*problem),
    }
    load_sources(sources, problems)
}

/// Parses one YAML text as the language does, without asking what it says.
///
/// # Errors
/// Everything that is wrong with it as YAML.
pub fn parse_yaml(path: &str, bytes: &[u8]) -> Result<Node, Vec<Diagnostic>> {
    let source = Source::from_bytes(path.to_owned(), bytes).map_err(|problem| vec![*problem])?;
    let mut problems = Problems::default();
    match node::parse(&source, &mut problems) {
        Some(node) if problems.errors() == 0 => Ok(node),
        _ => Err(problems.into_sorted()),
    }
}

/// The scenarios whose id is one of the patterns: an id, else the beginning of one, or a pattern
/// with `*` and `?`. All of them where there is no pattern. The order of the scenarios is kept.
///
/// # Errors
/// A pattern that matches none.
pub fn select(
    scenarios: &[Arc<Scenario>],
    patterns: &[String],
) -> Result<Vec<Arc<Scenario>>, UnknownScenario> {
    let exact = |pattern: &str| scenarios.iter().any(|s| s.id == pattern);
    let fits = |pattern: &str, id: &str| match exact(pattern) {
        true => id == pattern,
        false => matches(pattern, id),
    };
    for pattern in patterns {
        if !scenarios.iter().any(|s| fits(pattern, &s.id)) {
            let ids = scenarios.iter().map(|s| s.id.as_str());
            let meant = suggest::nearest(pattern, ids).map(str::to_owned);
            return Err(UnknownScenario {
                pattern: pattern.clone(),
                meant,
            });
        }
    }
    let chosen = |s: &&Arc<Scenario>| {
        patterns.is_empty() || patterns.iter().any(|pattern| fits(pattern, &s.id))
    };
    Ok(scenarios.iter().filter(chosen).cloned().collect())
}

fn matches(pattern: &str, id: &str) -> bool {
    if pattern.contains(['*', '?']) {
        glob(pattern.as_bytes(), id.as_bytes())
    } else {
        id.starts_with(pattern)
    }
}

/// `*` for any text, `?` for one byte; linear but for one step back.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    t = from + 1;
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

type Layer = Arc<BTreeMap<String, Arc<Fragment>>>;

fn load_sources(sources: Vec<Arc<Source>>, mut problems: Problems) -> Loaded {
    let mut scenarios = Vec::new();
    let mut fragments = Vec::new();
    for source in &sources {
        if problems.end_load() {
            break;
        }
        let Some(root) = problems.parse(source) else {
            continue;
        };
        if load::is_fragment(&root) {
            fragments.extend(Fragment::read(&root, &mut problems).map(Arc::new));
        } else {
            scenarios.push((source, root));
        }
    }
    let given = layer(fragments.clone(), &mut problems);
    let mut shelves = Shelves {
        given,
        given_files: OnceCell::new(),
        embedded: embedded(),
        directories: BTreeMap::new(),
        beside: HashMap::new(),
    };
    for fragment in &fragments {
        if problems.end_load() {
            break;
        }
        let shelf = shelves.of(&fragment.place.source.path, &mut problems);
        load::check_fragment(fragment, &shelf, &mut problems);
    }
    let mut loaded: Vec<Arc<Scenario>> = Vec::new();
    let mut ids: BTreeMap<String, Place> = BTreeMap::new();
    for (source, root) in &scenarios {
        if problems.end_load() {
            break;
        }
        let shelf = shelves.of(&source.path, &mut problems);
        let before = problems.errors();
        let Some(scenario) = load::scenario(source, root, &shelf, &mut problems) else {
            continue;
        };
        let place = id_place(root).unwrap_or_else(|| Place::start(source));
        if let Some(first) = ids.get(&scenario.id) {
            let text = format!("id `{}` is there twice", scenario.id);
            let problem = Diagnostic::error("duplicate-id", place, text);
            problems.push(problem.note("first here", Some(first.clone())));
            continue;
        }
        ids.insert(scenario.id.clone(), place);
        if problems.errors() == before {
            loaded.push(Arc::new(scenario));
        }
    }
    // An error in a fragment is reported once, but it spoils every scenario that uses it.
    let diagnostics = problems.into_sorted();
    let wrong: HashSet<&str> = diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| d.place.source.path.as_str())
        .collect();
    loaded.retain(|scenario| wrong.is_empty() || !spoilt(scenario, &wrong));
    Loaded {
        scenarios: loaded,
        diagnostics,
    }
}

impl Problems {
    /// Reads a file of the load; `None` where that is not to be, or would be too much.
    fn read(&mut self, file: &Path) -> Option<Arc<Source>> {
        let source = match Source::read(file) {
            Ok(source) => source,
            Err(problem) => {
                self.push(*problem);
                return None;
            }
        };
        if let Err(why) = self.budget.take(Of::Text, source.text.len()) {
            self.error("load-too-large", &Place::start(&source), why);
            return None;
        }
        Some(source)
    }

    /// Parses a file of the load.
    fn parse(&mut self, source: &Arc<Source>) -> Option<Node> {
        let root = node::parse(source, self)?;
        if let Err(why) = self.budget.take(Of::Values, root.size()) {
            self.error("load-too-large", &root.place, why);
            return None;
        }
        Some(root)
    }
}

/// Whether a file that the scenario is made of is one of those with an error.
fn spoilt(scenario: &Scenario, wrong: &HashSet<&str>) -> bool {
    let is_wrong = |source: &Source| wrong.contains(source.path.as_str());
    is_wrong(&scenario.source) || scenario.steps.iter().any(|s| is_wrong(&s.place.source))
}

fn id_place(root: &Node) -> Option<Place> {
    let node::Value::Map(entries) = &root.value else {
        return None;
    };
    let entry = entries.iter().find(|(key, _)| key.scalar() == Some("id"));
    entry.map(|(_, value)| value.place.clone())
}

/// Which fragments a file can use.
struct Shelves {
    given: Layer,
    /// The fragments of the load by their files, once they are asked for.
    given_files: OnceCell<HashMap<PathBuf, Arc<Fragment>>>,
    embedded: Layer,
    directories: BTreeMap<PathBuf, Layer>,
    /// By the directory of the files that have it.
    beside: HashMap<PathBuf, Shelf>,
}

impl Shelves {
    fn of(&mut self, path: &str, problems: &mut Problems) -> Shelf {
        let mut layers = Vec::new();
        // Embedded files are no files: what lies in the working directory must not change them.
        let shipped = LIBRARY.iter().any(|file| file.path == path) && !Path::new(path).exists();
        // Files of one directory have the same shelf. What went wrong was told the first time.
        let beside = Path::new(path).parent().filter(|_| !shipped);
        if let Some(shelf) = beside.and_then(|dir| self.beside.get(dir)) {
            return shelf.clone();
        }
        let mut dir = Path::new(path).parent().map(Path::to_path_buf);
        for _ in 0..MAX_LEVELS_UP {
            let Some(here) = dir.take().filter(|_| !shipped) else {
                break;
            };
            let fragments = here.join("fragments");
            if fragments.is_dir() {
                layers.push(self.directory(fragments, problems));
            }
            dir = Some(above(&here));
        }
        layers.push(Arc::clone(&self.given));
        layers.push(Arc::clone(&self.embedded));
        let shelf = Shelf { layers };
        if let Some(dir) = beside {
            self.beside.insert(dir.to_path_buf(), shelf.clone());
        }
        shelf
    }

    fn directory(&mut self, dir: PathBuf, problems: &mut Problems) -> Layer {
        let real = std::fs::canonicalize(&dir).unwrap_or_else(|_| dir.clone());
        if let Some(layer) = self.directories.get(&real) {
            return Arc::clone(layer);
        }
        let mut files = Vec::new();
        // Of too many, those that there are place for: what follows would be an unknown fragment.
        collect(&dir, &mut files, problems);
        let mut fragments = Vec::new();
        let given = self.given_files.get_or_init(|| files_of(&self.given));
        for file in files {
            let real = std::fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
            if let Some(known) = given.get(&real) {
                fragments.push(Arc::clone(known));
                continue;
            }
            if problems.end_load() {
                break;
            }
            let source = problems.read(&file);
            let root = source.and_then(|source| problems.parse(&source));
            let fragment = root.and_then(|root| Fragment::read(&root, problems));
            fragments.extend(fragment.map(Arc::new));
        }
        let made = layer(fragments, problems);
        self.directories.insert(real, Arc::clone(&made));
        made
    }
}

/// The directory around another, as a user would write it.
fn above(dir: &Path) -> PathBuf {
    match dir.components().next_back() {
        Some(std::path::Component::Normal(_)) => {
            dir.parent().map(Path::to_path_buf).unwrap_or_default()
        }
        Some(std::path::Component::RootDir) => dir.to_path_buf(),
        _ => dir.join(".."),
    }
}

/// Fragments by their files.
fn files_of(layer: &Layer) -> HashMap<PathBuf, Arc<Fragment>> {
    let real = |fragment: &Arc<Fragment>| {
        let path = std::fs::canonicalize(&fragment.place.source.path);
        Some((path.ok()?, Arc::clone(fragment)))
    };
    layer.values().filter_map(real).collect()
}

fn layer(fragments: Vec<Arc<Fragment>>, problems: &mut Problems) -> Layer {
    let mut by_name: BTreeMap<String, Arc<Fragment>> = BTreeMap::new();
    for fragment in fragments {
        if let Some(first) = by_name.get(&fragment.name) {
            if first.place != fragment.place {
                let text = format!("fragment `{}` is there twice", fragment.name);
                let problem = Diagnostic::error("duplicate-fragment", fragment.place.clone(), text);
                problems.push(problem.note("first here", Some(first.place.clone())));
            }
            continue;
        }
        by_name.insert(fragment.name.clone(), fragment);
    }
    Arc::new(by_name)
}

/// The fragments of the library, read once. A test shows that this goes without a problem.
fn embedded() -> Layer {
    static READ: LazyLock<Layer> = LazyLock::new(read_embedded);
    Arc::clone(&READ)
}

fn read_embedded() -> Layer {
    let mut problems = Problems::default();
    let mut fragments = Vec::new();
    for file in LIBRARY {
        let source = Source::new(file.path, file.text);
        let Some(root) = node::parse(&source, &mut problems) else {
            continue;
        };
        if load::is_fragment(&root) {
            fragments.extend(Fragment::read(&root, &mut problems).map(Arc::new));
        }
    }
    layer(fragments, &mut problems)
}

/// Adds the files that a path stands for, in the order of their names; false where they are too many.
fn collect(path: &Path, files: &mut Vec<PathBuf>, problems: &mut Problems) -> bool {
    if path.is_dir() {
        walk(path, 0, &mut BTreeSet::new(), files, problems)
    } else {
        add(path.to_path_buf(), files, problems)
    }
}

fn add(path: PathBuf, files: &mut Vec<PathBuf>, problems: &mut Problems) -> bool {
    if files.len() >= MAX_FILES {
        let place = Place::start(&Source::new(path.display().to_string(), ""));
        let problem = Diagnostic::error(
            "too-many-files",
            place,
            format!("more than {MAX_FILES} files"),
        );
        problems.push(problem.help("name fewer at once"));
        return false;
    }
    files.push(path);
    true
}

/// Everything below a directory that ends in `.yaml` or `.yml`. Links may lead to a directory that
/// was seen; each is entered once. False where they are too many.
fn walk(
    path: &Path,
    depth: usize,
    seen: &mut BTreeSet<PathBuf>,
    files: &mut Vec<PathBuf>,
    problems: &mut Problems,
) -> bool {
    let place = |path: &Path| Place::start(&Source::new(path.display().to_string(), ""));
    if depth >= MAX_DIRECTORY_DEPTH {
        let text = "directories too deep inside one another";
        problems.error("too-deep", &place(path), text);
        return true;
    }
    if std::fs::canonicalize(path).is_ok_and(|real| !seen.insert(real)) {
        return true;
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => {
            let text = format!("cannot read the directory: {error}");
            problems.error("unreadable", &place(path), text);
            return true;
        }
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.sort();
    for path in paths {
        let yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        let hidden = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if hidden || !yaml && !path.is_dir() {
            continue;
        }
        let goes_on = match std::fs::metadata(&path) {
            Ok(data) if data.is_dir() => walk(&path, depth + 1, seen, files, problems),
            // A pipe would be waited for, a device never ends.
            Ok(data) if !data.is_file() => {
                problems.error("unreadable", &place(&path), "not a regular file");
                true
            }
            _ => add(path, files, problems),
        };
        if !goes_on {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let cases = [
            ("IMC-*", "IMC-MSG-con-001", true),
            ("*-con-00?", "IMC-MSG-con-001", true),
            ("*END*", "IMC-MSG-con-001", false),
            ("IMC-MSG", "IMC-MSG-con-001", true),
            ("MSG", "IMC-MSG-con-001", false),
            ("**********x", "aaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ];
        for (pattern, id, expected) in cases {
            assert_eq!(matches(pattern, id), expected, "{pattern}");
        }
    }
}
