//! `ch2spec new`: a scenario to begin with.

use std::path::{Path, PathBuf};

use crate::scenario;

use super::{Console, ExitCode, Failure, suggest, write_new::write_new};

/// Arguments of `ch2spec new`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the scenario, which is also the name of its file; or the file's path
    #[arg(default_value = "MY-001")]
    name: String,
    /// A shipped scenario to copy, by its id or the name of its file (message-exchange); without
    /// it, a commented one
    #[arg(long, value_name = "FLOW")]
    from: Option<String>,
    /// Overwrite what is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    let path = path(&args.name);
    let id = id(&path)?;
    let text = match &args.from {
        None => TEMPLATE.replace("id: NAME                  #", &format!("id: {id:<22}#")),
        Some(flow) => copied(flow, &id)?,
    };
    write_new(&path, &text, args.force)?;
    let shown = path.display();
    console.print(&format!("{shown}\n"))?;
    console.note(&format!(
        "`ch2spec run {shown}` plays it, `ch2spec show {shown}` draws it"
    ));
    Ok(ExitCode::Passed)
}

const TEMPLATE: &str = include_str!("templates/scenario.yaml");

fn path(name: &str) -> PathBuf {
    let path = Path::new(name);
    let yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
    if yaml {
        path.to_path_buf()
    } else {
        PathBuf::from(format!("{name}.yaml"))
    }
}

/// The id that a file's name gives.
fn id(path: &Path) -> Result<String, Failure> {
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    sound_id(stem).map(|()| stem.to_owned())
}

/// Whether a scenario can have that id.
pub(super) fn sound_id(stem: &str) -> Result<(), Failure> {
    let sound = stem.starts_with(|c: char| c.is_ascii_alphanumeric())
        && stem
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && stem.len() <= 80;
    if sound {
        return Ok(());
    }
    let help = "letters, digits, `-`, `_` and `.`, such as MY-MSG-001";
    Err(Failure::usage(
        format!("\"{stem}\" cannot be the id of a scenario"),
        help,
    ))
}

/// A shipped scenario under another id.
fn copied(flow: &str, id: &str) -> Result<String, Failure> {
    let stem = |path: &'static str| {
        Path::new(path)
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
    };
    let scenarios = scenario::load_library().scenarios;
    let known: Vec<(&str, &str, &str)> = scenario::library()
        .iter()
        .filter_map(|file| {
            let scenario = scenarios.iter().find(|s| s.source.path == file.path)?;
            Some((stem(file.path), scenario.id.as_str(), file.text))
        })
        .collect();
    let found = known
        .iter()
        .find(|(name, own, _)| *name == flow || *own == flow);
    let Some((_, own, text)) = found else {
        let names: Vec<&str> = known.iter().map(|(name, ..)| *name).collect();
        let otherwise = format!("there are: {}", names.join(", "));
        let help = suggest::remedy(flow, &names, &otherwise);
        return Err(Failure::usage(
            format!("no shipped scenario is called \"{flow}\""),
            help,
        ));
    };
    // The schema stands elsewhere from where the copy will be.
    let lines = text
        .split_inclusive('\n')
        .filter(|line| !line.contains("yaml-language-server"));
    let text: String = lines.collect();
    Ok(text.replacen(&format!("\nid: {own}\n"), &format!("\nid: {id}\n"), 1))
}
