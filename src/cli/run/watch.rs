//! Runs again whenever a file changes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::runtime::Interrupts;
use crate::scenario::{self, Loaded};

use super::super::{Console, ExitCode, Failure};
use super::command::{Args, once};

/// How often files are looked at.
const PERIOD: Duration = Duration::from_millis(100);

/// Runs what `args` name, and runs it again when a scenario, a fragment it uses or the description
/// of the server changes, until Ctrl-C. The exit code is that of the last run.
pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let waiting = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Broken(format!("no runtime: {error}")))?;
    let interrupts = waiting.block_on(async { Interrupts::on_ctrl_c() });
    let mut files = Files::default();
    let mut ran = false;
    loop {
        // Looked at before the run: what changes while it goes on is not missed.
        files.find(args);
        if files.stamps.is_empty() {
            let help = "name scenario files, or a description of a server with --sut";
            return Err(Failure::usage("there is no file to watch", help));
        }
        let code = match once(args, console) {
            Ok(done) if done.interrupted => return Ok(done.code),
            Ok(done) => done.code,
            // The next version of the files may be right.
            Err(failure @ (Failure::Diagnosed { .. } | Failure::NothingThere)) => {
                failure.complain(console)
            }
            // As may an id that was there before.
            Err(failure @ Failure::Usage { .. }) if ran => failure.complain(console),
            Err(failure) => return Err(failure),
        };
        ran = true;
        console.note("waiting for a file to change; Ctrl-C ends");
        if !waiting.block_on(files.change(&interrupts)) {
            return Ok(code);
        }
    }
}

/// Files with what tells one version from another.
#[derive(Debug, Default)]
struct Files {
    stamps: BTreeMap<PathBuf, Stamp>,
}

/// Time of the last change and length; `None` while there is no file.
type Stamp = Option<(SystemTime, u64)>;

impl Files {
    /// Adds every file that the arguments lead to. Files found before stay: a scenario that cannot
    /// be read at the moment still uses its fragments.
    fn find(&mut self, args: &Args) {
        let paths = args.paths();
        let mut found = scenario::yaml_files(&paths).0;
        if !paths.is_empty() {
            found.extend(sources(&scenario::load_paths(&paths)));
        }
        found.extend(args.sut().map(PathBuf::from));
        for path in found {
            self.stamps.entry(path).or_default();
        }
        self.look();
    }

    /// Looks at every file; true where one has changed.
    fn look(&mut self) -> bool {
        let mut changed = false;
        for (path, stamp) in &mut self.stamps {
            let data = std::fs::metadata(path).ok();
            let now = data.and_then(|data| Some((data.modified().ok()?, data.len())));
            changed |= now != *stamp;
            *stamp = now;
        }
        changed
    }

    /// Waits for a change and then until nothing changes any more, because editors write in several
    /// steps; false where the operator wants no more.
    async fn change(&mut self, interrupts: &Interrupts) -> bool {
        let mut changed = false;
        loop {
            tokio::select! {
                () = interrupts.more_than(0) => return false,
                () = tokio::time::sleep(PERIOD) => {}
            }
            match (changed, self.look()) {
                (_, true) => changed = true,
                (true, false) => return true,
                (false, false) => {}
            }
        }
    }
}

/// The files that scenarios were made of, those with problems included.
fn sources(loaded: &Loaded) -> Vec<PathBuf> {
    let steps = loaded.scenarios.iter().flat_map(|s| &s.steps);
    let places = steps.flat_map(|step| step.used_at.iter().chain([&step.place]));
    let problems = loaded.diagnostics.iter().map(|problem| &problem.place);
    let paths = places
        .chain(problems)
        .map(|place| place.source.path.clone());
    let paths: std::collections::BTreeSet<String> = paths.collect();
    paths.into_iter().map(PathBuf::from).collect()
}
