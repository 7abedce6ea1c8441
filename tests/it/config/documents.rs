//! What is generated in the documentation is current.

use std::{fs, path::Path};

use crate::program::bare;

/// Where the generated part of a document begins; it goes on to the end.
const MARK: &str = "-->\n";

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    fs::read_to_string(path).unwrap()
}

fn printed(part: &str) -> String {
    let output = bare().args(["reference", part]).output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

#[test]
fn the_reference_of_the_configuration_is_that_of_this_version() {
    let document = document("KEYS.md");
    let (_, generated) = document.split_once(MARK).unwrap();
    let current = generated == printed("configuration");
    assert!(current, "docs/KEYS.md is old: run `make docs`");
}

#[test]
fn every_key_of_the_defaults_is_in_the_reference() {
    let reference = printed("configuration");
    let defaults = include_str!("../../../config/default.yaml");
    let mut section = "";
    let is_key = |line: &&str| !line.trim().starts_with(['#', '-']);
    for line in defaults.lines().filter(is_key) {
        let Some((key, _)) = line.split_once(':') else {
            continue;
        };
        let name = key.trim();
        let path = match key.len() - key.trim_start().len() {
            0 => {
                section = name;
                continue;
            }
            2 => format!("`{section}.{name}"),
            _ => format!(".{name}"),
        };
        let free = format!("`{section}.NAME`");
        assert!(
            reference.contains(&path) || reference.contains(&free),
            "{path}"
        );
    }
}

#[test]
fn the_commands_are_those_of_this_version() {
    let document = document("COMMANDS.md");
    let (_, generated) = document.split_once(MARK).unwrap();
    let current = generated == printed("commands");
    assert!(current, "docs/COMMANDS.md is old: run `make docs`");
}
