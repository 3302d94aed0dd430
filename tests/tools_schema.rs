//! The schemas: checked in as they are generated, and held by a validator that is not ours against
//! every file that is shipped and every file that is wrong.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use ch2spec::ch2::{Reading, ReadingGroup};
use ch2spec::scenario::keys::{FRAGMENT, Key, SCENARIO, Shape};
use ch2spec::scenario::step_keys::{ACTION, STEP};
use ch2spec::scenario::sut_keys::{BINDING, READINGS, SUT, VALUES};
use ch2spec::scenario::{binding_schema, load_sut_text, scenario_schema, sut_schema};
use jsonschema::Validator;
use serde_json::Value;

fn schemas() -> [(&'static str, Value); 3] {
    [
        ("schemas/scenario.json", scenario_schema()),
        ("schemas/sut.json", sut_schema()),
        ("schemas/binding.json", binding_schema()),
    ]
}

/// With CH2SPEC_BLESS set, the files are written and not compared.
#[test]
fn the_checked_in_schemas_are_what_is_generated() {
    for (path, schema) in schemas() {
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("CH2SPEC_BLESS").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let there = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            there == text,
            "{path} has drifted: run this test with CH2SPEC_BLESS=1"
        );
    }
}

#[test]
fn the_schemas_are_schemas() {
    for (path, schema) in schemas() {
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{path}");
    }
}

/// The file as another reader of YAML sees it.
fn theirs(path: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let value: serde_yaml::Value = serde_yaml::from_str(&text).ok()?;
    serde_json::to_value(value).ok()
}

fn yaml_files(dir: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(yaml_files(path.to_str().unwrap()));
        } else if path.extension().is_some_and(|e| e == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The schema that a file names in its first line.
fn named(path: &Path) -> PathBuf {
    let text = std::fs::read_to_string(path).unwrap();
    let line = text.lines().next().unwrap();
    let relative = line.strip_prefix("# yaml-language-server: $schema=");
    let relative = relative.unwrap_or_else(|| panic!("{}: {line}", path.display()));
    path.parent().unwrap().join(relative)
}

fn validator(path: &Path) -> Validator {
    let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[test]
fn every_shipped_file_names_its_schema_and_keeps_to_it() {
    let mut files = yaml_files("scenarios");
    files.extend(
        ["example", "standalone", "octets"].map(|n| format!("fixtures/sut/{n}.yaml").into()),
    );
    assert!(files.len() >= 9);
    for file in files {
        let validator = validator(&named(&file));
        let value = theirs(&file).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", file.display());
    }
}

#[test]
fn fragments_and_scenarios_of_tests_keep_to_the_schema_too() {
    let validator = validator(Path::new("schemas/scenario.json"));
    for dir in ["own", "circle", "doubling"] {
        for file in yaml_files(&format!("fixtures/scenarios/{dir}")) {
            assert!(
                validator.is_valid(&theirs(&file).unwrap()),
                "{}",
                file.display()
            );
        }
    }
}

/// Wrong files that hang together badly, but are well-formed by themselves: `lint` is for those.
const BEYOND_A_SCHEMA: &[&str] = &[
    "across-alternatives",
    "alias",
    "alternatives",
    "answers-the-wrong-way",
    "answers-to-broken-bytes",
    "avp-out-of-its-group",
    "before-circle",
    "captures-out-of-order",
    "colon-without-space",
    "conditions-that-exclude",
    "conditions",
    "dollar-forgotten",
    "either-step",
    "enumeration-misspelt",
    "far-end-of-a-standalone",
    "header-of-a-session-request",
    "label-forgotten",
    "labels-that-nothing-uses",
    "labels",
    "matchers-for-everything",
    "matchers-for-nothing",
    "no-requirement",
    "nothing-to-answer",
    "order-circle",
    "patterns",
    "phone-numbers",
    "readings-that-never-meet",
    "readings-that-the-scenario-has-not",
    "response-before-request",
    "same-choice-twice",
    "session-as-a-parameter",
    "title-that-is-a-word",
    "unknown-references",
    "waits-too-long",
    "waits-until-the-end",
    "wrong-partners",
];

/// Wrong files that another reader of YAML cannot turn into a value at all.
const NO_VALUE: &[&str] = &[
    "colon-in-text",
    "colon-without-space-in-a-step",
    "comparison",
    "duplicate-keys",
    "indented-too-far",
    "item-among-keys",
    "no-break-space",
    "quote-in-quotes",
    "quote-not-closed",
    "steps-not-indented",
    "syntax",
    "tab",
    "two-documents",
];

#[test]
fn what_a_schema_can_catch_it_catches() {
    let validator = validator(Path::new("schemas/scenario.json"));
    let (mut passed, mut unreadable) = (Vec::new(), Vec::new());
    for file in yaml_files("fixtures/scenarios/wrong") {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        match theirs(&file) {
            None => unreadable.push(name),
            Some(value) if validator.is_valid(&value) => passed.push(name),
            Some(_) => {}
        }
    }
    assert_eq!(passed, BEYOND_A_SCHEMA);
    assert_eq!(unreadable, NO_VALUE);
}

#[test]
fn wrong_servers_are_refused() {
    let validator = validator(Path::new("schemas/sut.json"));
    for file in yaml_files("fixtures/sut/wrong") {
        let refused = theirs(&file).is_none_or(|value| !validator.is_valid(&value));
        assert!(refused, "{}", file.display());
    }
}

/// Every key with the value that its schema gives, and the schema itself to look into.
fn keys() -> Vec<(&'static Key, Value, Value)> {
    let scenario = scenario_schema();
    let step = scenario
        .pointer("/$defs/step/anyOf/1/properties")
        .unwrap()
        .clone();
    let mut found = Vec::new();
    let mut add = |table: &'static [Key], properties: &Value, whole: &Value| {
        for key in table {
            found.push((key, properties[key.name].clone(), whole.clone()));
        }
    };
    let at = |pointer: &str| scenario.pointer(pointer).unwrap().clone();
    add(SCENARIO, &at("/$defs/scenario/properties"), &scenario);
    add(FRAGMENT, &at("/$defs/fragment/properties"), &scenario);
    add(ACTION, &step, &scenario);
    add(SUT, &sut_schema()["properties"], &sut_schema());
    add(BINDING, &binding_schema()["properties"], &binding_schema());
    for key in SUT {
        if let Shape::Map(table) = key.shape {
            add(
                table,
                &sut_schema()["properties"][key.name]["properties"],
                &sut_schema(),
            );
        }
    }
    for key in STEP {
        found.push((&key.key, step[key.key.name].clone(), scenario.clone()));
    }
    found
}

#[test]
fn every_key_has_a_description_and_an_example_that_its_schema_accepts() {
    let keys = keys();
    assert!(keys.len() > 70, "{}", keys.len());
    let mut wrong = Vec::new();
    for (key, schema, whole) in keys {
        assert_eq!(schema["description"], key.doc, "{}", key.name);
        let mut with_definitions = schema.clone();
        if let Some(definitions) = whole.get("$defs") {
            with_definitions["$defs"] = definitions.clone();
        }
        let validator = jsonschema::draft202012::new(&with_definitions).unwrap();
        let examples = schema["examples"].as_array().unwrap();
        assert_eq!(examples.len(), 1, "{}", key.name);
        let default = schema.get("default");
        assert_eq!(default.is_some(), key.default.is_some(), "{}", key.name);
        for value in examples.iter().chain(default) {
            let errors = validator.iter_errors(value);
            wrong.extend(errors.map(|e| format!("{}: {value}: {e}", key.name)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a file says where every default of a table is written out.
fn written(table: &'static [Key]) -> String {
    let defaults = table
        .iter()
        .filter_map(|key| Some(format!("  {}: {}\n", key.name, key.default?)));
    defaults.collect()
}

#[test]
fn a_default_is_what_holds_where_the_key_is_left_out() {
    let least = "ch2spec: 1\nname: n\nsip: { address: \"h:1\", client address: 127.0.0.1 }\n\
                 subscribers: { client: \"sip:a@b\", far end: \"sip:c@b\" }\n\
                 enabler: { listen: \"127.0.0.1:1\", host: h, realm: r }\nfar end: none\n";
    let shown = |text: &str| {
        let loaded = load_sut_text("sut.yaml", text.as_bytes());
        assert!(loaded.diagnostics.is_empty(), "{:#?}", loaded.diagnostics);
        loaded.sut.unwrap()
    };
    let left_out = shown(least);
    let all = format!(
        "{least}values:\n{}binding:\n{}",
        written(VALUES),
        written(BINDING)
    );
    let said = shown(&all);
    assert_eq!(said.values, left_out.values);
    let mut binding = said.binding;
    // A map is never the named profile, even where it says the same.
    binding.name.clone_from(&left_out.binding.name);
    assert_eq!(format!("{binding:?}"), format!("{:?}", left_out.binding));
    for key in READINGS {
        let group = ReadingGroup::ALL.into_iter().find(|g| g.name() == key.name);
        let default = Reading::default_of(group.unwrap()).id.to_string();
        assert_eq!(key.default, Some(default.as_str()), "{}", key.name);
    }
}
