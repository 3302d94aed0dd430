//! What one load takes at most. Small files can make much of little: a fragment is used again and
//! again, a file with a body named by many steps.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;

/// What there can be too much of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    /// Octets of files, all held in memory until the load is checked.
    Text,
    /// Maps, lists and scalars of files.
    Values,
    /// Steps of scenarios and fragments, once unfolded.
    Steps,
    /// Values that are used again (fragments, rounds), each counted as often as it is used.
    Again,
    /// Octets of the files that bodies are read from, each counted once.
    Attached,
}

impl Of {
    fn most(self) -> usize {
        match self {
            Of::Text | Of::Attached => 64 << 20,
            Of::Values | Of::Again => 1_000_000,
            Of::Steps => 100_000,
        }
    }

    /// What is told where it is too much.
    fn told(self) -> String {
        let most = self.most();
        match self {
            Of::Text => format!("more than {} MiB in one load", most >> 20),
            Of::Values => format!("more than {most} values in one load"),
            Of::Steps => format!("more than {most} steps in one load"),
            Of::Again => {
                format!("what is used again comes to more than {most} values in one load")
            }
            Of::Attached => format!("more than {} MiB of bodies in one load", most >> 20),
        }
    }
}

/// What a load has taken so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    taken: [usize; 5],
    /// The files that bodies were read from, each held once.
    attached: HashMap<PathBuf, Bytes>,
    /// True from where there was too much of something.
    spent: bool,
}

impl Budget {
    /// Takes so much of something.
    ///
    /// # Errors
    /// What there is too much of. The load ends there.
    pub(super) fn take(&mut self, of: Of, number: usize) -> Result<(), String> {
        let taken = &mut self.taken[of as usize];
        *taken = taken.saturating_add(number);
        if *taken <= of.most() {
            return Ok(());
        }
        self.spent = true;
        Err(of.told())
    }

    /// Keeps a file that a body was read from.
    ///
    /// # Errors
    /// It is too much.
    pub(super) fn attach(&mut self, path: PathBuf, bytes: &Bytes) -> Result<(), String> {
        self.take(Of::Attached, bytes.len())?;
        self.attached.insert(path, bytes.clone());
        Ok(())
    }

    /// A file that was read before.
    pub(super) fn attached(&self, path: &Path) -> Option<Bytes> {
        self.attached.get(path).cloned()
    }

    /// Whether there was too much of something.
    pub(super) fn is_spent(&self) -> bool {
        self.spent
    }
}
