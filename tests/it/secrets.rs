//! Secrets, and what tells something of them, are compared in one place.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The file that compares.
const PLACE: &str = "crates/flyte-webhook-core/src/constant_time.rs";
/// What compares in constant time, and would be another place.
const OTHERS: [&str; 5] = [
    "ct_eq",
    "ConstantTimeEq",
    "constant_time_eq",
    "verify_slice",
    "verify_truncated",
];
/// What stops at the first difference, or tells of one.
const COMPARING: [&str; 8] = [
    " == ",
    " != ",
    ".eq(",
    ".ne(",
    ".cmp(",
    ".starts_with(",
    ".ends_with(",
    ".contains(",
];
/// What a variable or a member is called that holds a secret, or what was made of one.
const NAMES: [&str; 7] = [
    "secret",
    "token",
    "password",
    "credential",
    "mac",
    "hmac",
    "signature",
];

#[test]
fn secrets_are_compared_in_one_place() {
    let (files, found) = found();
    assert!(files > 100 && found.is_empty(), "{files} files: {found:#?}");
}

#[test]
fn another_comparison_of_a_secret_is_found() {
    for line in [
        "if key.expose_secret() == given {",
        "let ours = secret\n    .expose_secret()\n    .eq(given);",
        "token.expose_secret().starts_with(given)",
        "use subtle::ConstantTimeEq;",
        "mac.verify_slice(&bytes).is_ok()",
        "request.token != self.token",
        "if signature.as_bytes() == expected {",
        "expected == &self.admin_token.as_str()",
    ] {
        assert_eq!(comparisons(line).len(), 1, "{line}");
    }
    for line in [
        "if tokens == 3 {",
        "// token == given",
        "constant_time::equal(key.expose_secret(), given)",
        "secret.len() == 24",
        "#[cfg(test)]\nmod tests { assert!(token == given); }",
    ] {
        assert!(comparisons(line).is_empty(), "{line}");
    }
}

/// How many files there are, and what compares secrets elsewhere in them.
pub(crate) fn found() -> (usize, Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src", "crates/flyte-webhook-core/src"];
    let files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|it| sources(&root.join(it)))
        .collect();
    let elsewhere = files.iter().filter(|path| **path != root.join(PLACE));
    let found = elsewhere.flat_map(|path| {
        let found = comparisons(&fs::read_to_string(path).unwrap());
        found
            .into_iter()
            .map(|statement| format!("{}: {statement}", path.display()))
    });
    (files.len(), found.collect())
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| match path.file_name().and_then(|name| name.to_str()) {
        Some("tests" | "tests.rs") => Vec::new(),
        Some(_) if path.is_dir() => sources(&path),
        Some(_) if path.extension().is_some_and(|it| it == "rs") => vec![path],
        _ => Vec::new(),
    };
    entries.flat_map(below).collect()
}

/// The statements of a file, but for its tests, that compare a secret.
pub(crate) fn comparisons(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let text: String = lines.flat_map(|line| [line.trim(), " "]).collect();
    let statements = text.split([';', '{', '}', ',']);
    let statements = statements.map(|it| it.replace(" .", ".").trim().to_owned());
    statements.filter(|statement| compares(statement)).collect()
}

fn compares(statement: &str) -> bool {
    let exposes = statement.contains("expose_secret()");
    // What is left of a call's brackets then begins an operand.
    let bare = statement.replace("()", "");
    OTHERS.iter().any(|name| statement.contains(name))
        || (exposes && COMPARING.iter().any(|it| statement.contains(it)))
        || [" == ", " != "].iter().any(|operator| {
            let pairs = bare.match_indices(operator);
            pairs.into_iter().any(|(at, _)| {
                let (left, right) = (&bare[..at], &bare[at + operator.len()..]);
                let left = left.rsplit([' ', '(']).next().unwrap_or_default();
                let right = right.split(' ').next().unwrap_or_default();
                is_secret(left) || is_secret(right)
            })
        })
}

/// Whether an operand is called like a secret: `self.admin_token.as_str`.
fn is_secret(operand: &str) -> bool {
    const VIEWS: [&str; 5] = ["as_str", "as_bytes", "as_slice", "as_ref", "as_deref"];
    let mut segments: Vec<&str> = operand
        .trim_start_matches(['&', '*', '!'])
        .split('.')
        .collect();
    while segments
        .last()
        .is_some_and(|last| VIEWS.iter().any(|view| last.starts_with(view)))
    {
        segments.pop();
    }
    let last = segments.last().copied().unwrap_or_default();
    let word = last.rsplit('_').next().unwrap_or_default();
    NAMES.contains(&word)
}
