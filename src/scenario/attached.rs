//! Files that the bytes of a message are read from: those in a directory called `fixtures`, beside
//! the file that names them or above it.

use std::path::{Component, Path, PathBuf};

use bytes::Bytes;

use super::diagnostic::{Diagnostic, Problems};
use super::library::library;
use super::node::Node;
use super::reader::short;

/// The shipped fixtures: their paths in the repository and their bytes, as `build.rs` finds them.
const FIXTURES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));

/// Octets of one file.
const MAX_FILE_OCTETS: u64 = 1 << 20;
/// How far above a scenario a `fixtures` directory is looked for.
const MAX_LEVELS_UP: usize = 4;
/// The directory.
const DIRECTORY: &str = "fixtures";

impl Problems {
    /// The bytes of the file that a value names.
    pub(super) fn attached(&mut self, node: &Node, what: &str) -> Option<Bytes> {
        let name = self.text(node, what)?;
        let path = Path::new(name);
        let inside = |component| matches!(component, Component::Normal(_));
        if name.contains('\\') || !path.components().all(inside) {
            self.outside(node, name);
            return None;
        }
        let source = Path::new(&node.place.source.path);
        let shipped = library().iter().any(|file| Path::new(file.path) == source);
        if shipped && !source.exists() {
            return self.shipped(node, source, path);
        }
        let mut directory = source.parent().map(Path::to_path_buf);
        for _ in 0..MAX_LEVELS_UP {
            let Some(here) = directory else { break };
            let fixtures = here.join(DIRECTORY);
            let file = fixtures.join(path);
            if file.exists() {
                return self.read_attached(node, name, &fixtures, &file);
            }
            directory = above(&here);
        }
        self.no_such_file(node, name);
        None
    }

    fn shipped(&mut self, node: &Node, source: &Path, name: &Path) -> Option<Bytes> {
        let mut directory = source.parent();
        while let Some(here) = directory {
            let wanted = here.join(DIRECTORY).join(name);
            let found = FIXTURES.iter().find(|(path, _)| Path::new(path) == wanted);
            if let Some((_, bytes)) = found {
                return Some(Bytes::from_static(bytes));
            }
            directory = here.parent();
        }
        self.no_such_file(node, &name.display().to_string());
        None
    }

    fn read_attached(
        &mut self,
        node: &Node,
        name: &str,
        fixtures: &Path,
        file: &Path,
    ) -> Option<Bytes> {
        // A link may lead out of the directory.
        let real = |path: &Path| std::fs::canonicalize(path);
        let (Ok(root), Ok(target)) = (real(fixtures), real(file)) else {
            self.no_such_file(node, name);
            return None;
        };
        if !target.starts_with(root) {
            self.outside(node, name);
            return None;
        }
        let length = match std::fs::metadata(&target) {
            Ok(about) if about.is_file() => about.len(),
            _ => {
                let text = format!("`{}` is no file", short(name));
                self.error("unreadable", &node.place, text);
                return None;
            }
        };
        if length > MAX_FILE_OCTETS {
            let text = format!(
                "`{}` has more than {MAX_FILE_OCTETS} octets, the most that is read",
                short(name)
            );
            self.error("file-too-large", &node.place, text);
            return None;
        }
        if let Some(known) = self.budget.attached(&target) {
            return Some(known);
        }
        if self.budget.is_spent() {
            return None;
        }
        match std::fs::read(&target).map(Bytes::from) {
            Ok(bytes) => {
                if let Err(why) = self.budget.attach(target, &bytes) {
                    self.error("load-too-large", &node.place, why);
                    return None;
                }
                Some(bytes)
            }
            Err(error) => {
                let text = format!("cannot read `{}`: {error}", short(name));
                self.error("unreadable", &node.place, text);
                None
            }
        }
    }

    fn no_such_file(&mut self, node: &Node, name: &str) {
        let text = format!("there is no `{DIRECTORY}/{}`", short(name));
        let problem = Diagnostic::error("no-such-file", node.place.clone(), text);
        let help = "put it into a directory `fixtures` beside this file, or above it";
        self.push(problem.help(help));
    }

    fn outside(&mut self, node: &Node, name: &str) {
        let text = format!("`{}` leads out of `{DIRECTORY}`", short(name));
        let problem = Diagnostic::error("outside-fixtures", node.place.clone(), text);
        let help = "name a file by its path inside `fixtures`, such as `large.txt`";
        self.push(problem.help(help));
    }

    /// Bytes written as pairs of hexadecimal digits, with blanks between them where one likes.
    pub(super) fn hex(&mut self, node: &Node, what: &str) -> Option<Bytes> {
        let text = self.text(node, what)?;
        let octets = digits(text);
        if octets.is_none() {
            self.no_digits(node, what);
        }
        octets
    }

    /// Tells that something is no hexadecimal digits.
    pub(super) fn no_digits(&mut self, node: &Node, what: &str) {
        let text = format!("{what} must be pairs of hexadecimal digits, such as \"0d 0a\"");
        self.error("value-type", &node.place, text);
    }
}

/// Octets of pairs of hexadecimal digits.
pub(super) fn digits(text: &str) -> Option<Bytes> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    Some(pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// The directory around another.
fn above(directory: &Path) -> Option<PathBuf> {
    match directory.components().next_back() {
        Some(Component::Normal(_)) => directory.parent().map(Path::to_path_buf),
        Some(Component::RootDir) => None,
        _ => Some(directory.join("..")),
    }
}
