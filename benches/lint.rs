//! Linting a suite: five hundred scenarios from files to a clean bill.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use ch2spec::scenario::{Embedded, library, load_paths};
use criterion::{Criterion, criterion_group, criterion_main};

/// How many scenarios a large suite has.
const SCENARIOS: usize = 500;

/// The shipped scenarios over and over, each under an id of its own, with the shipped fragments.
fn suite(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut put = |name: String, text: &str| {
        let path = directory.join(name);
        let parent = path.parent().expect("a directory");
        std::fs::create_dir_all(parent).expect("a directory can be made");
        std::fs::write(&path, text).expect("a file can be written");
        files.push(path);
    };
    let (fragments, scenarios): (Vec<&Embedded>, Vec<&Embedded>) = library()
        .iter()
        .partition(|file| file.path.contains("/fragments/"));
    for (index, file) in fragments.iter().enumerate() {
        put(format!("fragments/{index}.yaml"), file.text);
    }
    for (index, file) in scenarios.iter().cycle().take(SCENARIOS).enumerate() {
        let id = file.text.lines().find(|line| line.starts_with("id: "));
        let id = id.expect("a scenario has an id");
        put(
            format!("{index}.yaml"),
            &file.text.replacen(id, &format!("id: S-{index}"), 1),
        );
    }
    files
}

fn bench(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().expect("a directory");
    let files = suite(directory.path());
    let root = [directory.path().to_path_buf()];
    let loaded = load_paths(&root);
    assert_eq!(
        (loaded.scenarios.len(), loaded.diagnostics.len()),
        (SCENARIOS, 0)
    );
    criterion.bench_function("lint 500 scenarios", |bencher| {
        bencher.iter(|| black_box(load_paths(black_box(&root))));
    });
    criterion.bench_function("serde_yaml: load the same files as values", |bencher| {
        bencher.iter(|| {
            for file in &files {
                let text = std::fs::read_to_string(file).expect("the file is there");
                let value: serde_yaml::Value = serde_yaml::from_str(&text).expect("it is YAML");
                black_box(value);
            }
        });
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
