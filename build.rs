//! Lists the files under `scenarios/`, so that each of them is part of the binary: what is read as
//! text, and what is in directories called `fixtures`, of which messages have their bodies.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo says where it is"));
    let mut files = Vec::new();
    collect(&root.join("scenarios"), &mut files);
    files.sort();
    let mut list = String::from("&[\n");
    let mut fixtures = String::from("&[\n");
    for file in files {
        let relative = file.strip_prefix(&root).expect("it was found below");
        let name = relative
            .to_str()
            .expect("names are UTF-8")
            .replace('\\', "/");
        let path = file.to_str().expect("names are UTF-8");
        if name.contains("/fixtures/") {
            writeln!(fixtures, "({name:?}, include_bytes!({path:?})),")
        } else {
            writeln!(
                list,
                "Embedded {{ path: {name:?}, text: include_str!({path:?}) }},"
            )
        }
        .expect("a string takes all");
    }
    list.push_str("]\n");
    fixtures.push_str("]\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo says where to"));
    fs::write(out.join("library.rs"), list).expect("the list can be written");
    fs::write(out.join("fixtures.rs"), fixtures).expect("the list can be written");
    println!("cargo::rerun-if-changed=scenarios");
    println!("cargo::rerun-if-changed=build.rs");
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", directory.display());
    for entry in fs::read_dir(directory).expect("the directory can be read") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
