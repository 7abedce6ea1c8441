//! The direction of imports, as `docs/ARCHITECTURE.md` draws it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Modules of the server crate, the highest first: each may use what stands
/// below it, never what stands above.
const ORDER: [&str; 20] = [
    "cli",
    "app",
    "telemetry",
    "http",
    "connector",
    "hooks",
    "readiness",
    "inbox",
    "app_client",
    "auth",
    "control_plane",
    "audit",
    "trace",
    "metrics",
    "egress",
    "config",
    "causes",
    "own_stack",
    "shutdown",
    "embedded",
];

/// Modules that use nothing else of this crate, wherever they stand.
const ALONE: [&str; 4] = ["causes", "embedded", "own_stack", "shutdown"];

#[test]
fn imports_run_one_way() {
    let found = violations(&sources(&root().join("src")));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn an_import_against_the_direction_is_found() {
    let upwards = |module: &str, line: &str| {
        let path = PathBuf::from(format!("src/{module}/file.rs"));
        violations(&[(path, line.to_owned())]).len()
    };
    assert_eq!(upwards("control_plane", "use crate::http::Problem;"), 1);
    assert_eq!(
        upwards("embedded", "use crate::{config::Config, egress};"),
        2
    );
    assert_eq!(upwards("http", "    let x = crate::app::App::new();"), 1);
    assert_eq!(
        upwards(
            "http",
            "use crate::{\n    control_plane::{Caller, Run},\n    cli::x,\n};"
        ),
        1
    );
    assert_eq!(upwards("http", "use crate::http::Problem;"), 0);
    assert_eq!(upwards("http", "pub(crate) use super::cli;"), 0);
}

#[test]
fn the_leaf_crates_are_what_they_say() {
    let core = fs::read_to_string(root().join("crates/flyte-webhook-core/Cargo.toml")).unwrap();
    for impure in ["axum", "reqwest", "tokio", "hyper", "sqlx", "rand"] {
        assert!(
            !core.contains(&format!("\n{impure}")),
            "the core crate uses {impure}"
        );
    }
    let idl = fs::read_to_string(root().join("crates/flyte-idl/Cargo.toml")).unwrap();
    assert!(!idl.contains("flyte-webhook-core"));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(directory: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false if path.extension().is_some_and(|extension| extension == "rs") => {
                let text = fs::read_to_string(&path).unwrap();
                vec![(path, text)]
            }
            false => Vec::new(),
        })
        .collect()
}

fn violations(sources: &[(PathBuf, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources {
        let Some(module) = module(path) else { continue };
        for used in used_modules(text) {
            if used != module && !may_use(&module, &used) {
                found.push(format!("{}: {module} uses {used}", path.display()));
            }
        }
    }
    found
}

/// The module below `src` that a file belongs to; none for the crate's roots.
fn module(path: &Path) -> Option<String> {
    let mut names = path.iter().map(|name| name.to_string_lossy());
    names.by_ref().find(|name| name == "src")?;
    let module = names.next()?.trim_end_matches(".rs").to_owned();
    (!matches!(module.as_str(), "lib" | "main")).then_some(module)
}

fn may_use(module: &str, used: &str) -> bool {
    let rank = |name: &str| {
        let rank = ORDER.iter().position(|listed| *listed == name);
        rank.unwrap_or_else(|| panic!("{name} has no place in the order of imports"))
    };
    !ALONE.contains(&module) && rank(module) < rank(used)
}

/// The first names after each `crate::`, those in braces included.
fn used_modules(text: &str) -> Vec<String> {
    text.split("crate::")
        .skip(1)
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(group) => group_heads(group),
            None => vec![head(rest)],
        })
        .collect()
}

fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut item, mut heads) = (1, String::new(), Vec::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => heads.push(head(&std::mem::take(&mut item))),
            c if depth == 1 => item.push(c),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads.push(head(&item));
    heads.retain(|head| !head.is_empty());
    heads
}

fn head(text: &str) -> String {
    let name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    text.trim_start().chars().take_while(name).collect()
}
