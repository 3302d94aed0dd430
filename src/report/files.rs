//! The directory of one run.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::engine::Run;

use super::trace_file::{self, Recorded};
use super::{Style, human, json, junit};

/// The directory of one run, `reports/<started>-<short seed>/`.
///
/// Its name is made from the time and the seed and from nothing that a server said. Every file is
/// written under another name and then renamed, so that no reader sees half a file.
#[derive(Clone, Debug)]
pub struct RunDirectory {
    path: PathBuf,
}

/// Why evidence could not be written.
#[derive(Debug, Error)]
#[error("failed to write {path}: {source}")]
pub struct WriteError {
    /// The file or directory.
    pub path: PathBuf,
    /// The operating system's reason.
    pub source: io::Error,
}

impl RunDirectory {
    /// Makes a directory under `reports` that no other run has.
    ///
    /// `started` is RFC 3339; what of it is no letter or digit is left out of the name.
    ///
    /// # Errors
    ///
    /// Where the directory cannot be made.
    pub fn create(reports: &Path, started: &str, seed: u64) -> Result<RunDirectory, WriteError> {
        fs::create_dir_all(reports).map_err(|source| at(reports, source))?;
        let stamp: String = started
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(20)
            .collect();
        let name = format!("{stamp}-{:08x}", seed ^ (seed >> 32) & 0xffff_ffff);
        // Another run of the same second and seed: the one that makes the directory has it.
        for number in 1_u32.. {
            let name = if number == 1 {
                name.clone()
            } else {
                format!("{name}-{number}")
            };
            let path = reports.join(name);
            match fs::create_dir(&path) {
                Ok(()) => return Ok(RunDirectory { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 10_000 => {}
                Err(error) => return Err(at(&path, error)),
            }
        }
        unreachable!("the last number was tried")
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the evidence of the run lies or will lie.
    pub fn trace(&self) -> PathBuf {
        self.path.join("trace.jsonl")
    }

    /// Writes `report.json`, `report.txt`, `junit.xml` and `trace.jsonl`, and points
    /// `reports/latest` at the directory.
    ///
    /// # Errors
    ///
    /// With the first file that cannot be written.
    pub fn write(&self, run: &Run, traces: &[Recorded]) -> Result<(), WriteError> {
        self.put("trace.jsonl", |to| trace_file::write(run, traces, to))?;
        self.put("report.json", |to| json::write(run, to))?;
        self.put("junit.xml", |to| {
            let text = junit::render(run).map_err(io::Error::other)?;
            to.write_all(text.as_bytes())
        })?;
        self.put("report.txt", |to| {
            let style = Style::plain()
                .with_evidence("trace.jsonl")
                .with_verbose(true);
            to.write_all(human::render(run, &style).as_bytes())
        })?;
        self.point_latest()
    }

    /// Writes one file whole or not at all.
    fn put(
        &self,
        name: &str,
        content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let path = self.path.join(name);
        let unfinished = self.path.join(format!(".{name}.unfinished"));
        let written = (|| {
            let mut to = BufWriter::new(File::create(&unfinished)?);
            content(&mut to)?;
            to.into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .sync_all()?;
            fs::rename(&unfinished, &path)
        })();
        written.map_err(|error| {
            // What is left of it is of no use; that it may stay is no second error.
            let _ = fs::remove_file(&unfinished);
            at(&path, error)
        })
    }

    /// Makes `latest` beside the directory lead to it: a symbolic link, or a file with its name
    /// where there are no links. A directory of that name is the user's and is left alone.
    fn point_latest(&self) -> Result<(), WriteError> {
        let (Some(reports), Some(name)) = (self.path.parent(), self.path.file_name()) else {
            return Ok(());
        };
        let latest = reports.join("latest");
        // The run's own name, so that two runs at once do not take each other's.
        let mut unfinished = std::ffi::OsString::from(".latest-");
        unfinished.push(name);
        let unfinished = reports.join(unfinished);
        let made = link(name.as_ref(), &unfinished).or_else(|_| {
            let text = format!("{}\n", name.to_string_lossy());
            fs::write(&unfinished, text)
        });
        made.and_then(|()| fs::rename(&unfinished, &latest))
            .or_else(|error| {
                let _ = fs::remove_file(&unfinished);
                if latest.is_dir() {
                    Ok(())
                } else {
                    Err(at(&latest, error))
                }
            })
    }
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(_target: &Path, _at: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn at(path: &Path, source: io::Error) -> WriteError {
    WriteError {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    const STARTED: &str = "2026-01-02T03:04:05Z";

    #[test]
    fn a_run_has_a_directory_of_its_own_with_whole_files() {
        let reports = tempfile::tempdir().unwrap();
        let directory = RunDirectory::create(reports.path(), STARTED, 42).unwrap();
        let name = directory.path().file_name().unwrap();
        assert_eq!(name, "20260102T030405Z-0000002a");
        directory.write(&example::run(), &[]).unwrap();
        let mut names: Vec<_> = fs::read_dir(directory.path())
            .unwrap()
            .map(|f| f.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["junit.xml", "report.json", "report.txt", "trace.jsonl"]
        );
        let latest = reports.path().join("latest");
        assert_eq!(fs::read_link(&latest).unwrap(), Path::new(name));
        assert!(latest.join("report.json").is_file());
    }

    #[test]
    fn latest_follows_the_last_run() {
        let reports = tempfile::tempdir().unwrap();
        for seed in [1, 2] {
            let directory = RunDirectory::create(reports.path(), STARTED, seed).unwrap();
            directory.write(&example::run(), &[]).unwrap();
        }
        let latest = fs::read_link(reports.path().join("latest")).unwrap();
        assert_eq!(latest, Path::new("20260102T030405Z-00000002"));
    }

    #[test]
    fn runs_of_the_same_second_and_seed_do_not_share_a_directory() {
        let reports = tempfile::tempdir().unwrap();
        let make = || RunDirectory::create(reports.path(), STARTED, 42).unwrap();
        let made: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            running
                .into_iter()
                .map(|run| run.join().unwrap().path)
                .collect()
        });
        let different: std::collections::BTreeSet<_> = made.iter().collect();
        assert_eq!(different.len(), made.len());
    }

    #[test]
    fn a_time_that_leads_elsewhere_leads_nowhere() {
        let reports = tempfile::tempdir().unwrap();
        let directory = RunDirectory::create(reports.path(), "../../etc/x", 1).unwrap();
        assert_eq!(directory.path().parent().unwrap(), reports.path());
    }

    #[test]
    fn a_directory_of_the_users_named_latest_is_left_alone() {
        let reports = tempfile::tempdir().unwrap();
        fs::create_dir(reports.path().join("latest")).unwrap();
        fs::write(reports.path().join("latest/mine"), "").unwrap();
        let directory = RunDirectory::create(reports.path(), STARTED, 1).unwrap();
        directory.write(&example::run(), &[]).unwrap();
        assert!(reports.path().join("latest/mine").is_file());
    }
}
