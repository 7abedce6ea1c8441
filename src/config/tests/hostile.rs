//! Configurations that nobody would write.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

const SECRET: &str = "canary-5e93c1";

/// Words and marks of the language.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "name", "title", "server", "port", "limits", "json_depth", "endpoints", "health",
    "task_allowlist", "run_environment", "control_plane", "endpoint", "egress", "allow",
    "telemetry", "null", "~", "true", "1", "-1", "1.5", "0x10", "10s", "a/b", "${SECRET}",
    "${NOPE}", "${NOPE:-x}", "${", "$${", "}", ": ", ":\n", "\n", "\n  ", "- ", "[", "]", "{",
    ", ", "\"", "'", "#", "&a ", "*a", "!!str ", "|\n", "? ", "\t", "---\n", "10.0.0.0/8",
];

/// Pieces of YAML and of our own keys, so that most texts get past the parser.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(WORDS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

/// A line that is likely to be a key with a value.
fn line() -> impl Strategy<Value = String> {
    let keys = select(
        &[
            "name",
            "title",
            "description",
            "task_allowlist",
            "endpoints",
            "run_environment",
            "run_environment: {null",
            "run_environment: {A",
            "egress: {allow",
        ][..],
    );
    (keys, vec(piece(), 0..4)).prop_map(|(key, value)| {
        let end = if key.contains('{') { "}" } else { "" };
        format!("{key}: {}{end}\n", value.concat())
    })
}

fn variables() -> Sources {
    sources(&[("SECRET", SECRET)])
}

/// Reads, and holds what must hold of every text.
fn holds(text: &str, sources: &Sources) -> Result<(), TestCaseError> {
    match read(text, sources) {
        Ok(loaded) => {
            let shown = loaded.show();
            let again = read(&shown, &variables());
            let again = again.map_err(|error| TestCaseError::fail(format!("{error}\n{shown}")))?;
            prop_assert_eq!(
                format!("{:?}", again.config),
                format!("{:?}", loaded.config)
            );
        }
        Err(lines) => {
            prop_assert!(!lines.contains(SECRET), "{}", lines);
            let placed = |line: &str| line.starts_with("f.yaml:") || line.starts_with('$');
            prop_assert!(lines.lines().all(placed), "{}", lines);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_line_by_line(text in vec(piece(), 0..24)) {
        holds(&text.concat(), &variables())?;
    }

    #[test]
    fn any_lines_are_read_or_refused_line_by_line(text in vec(line(), 0..4)) {
        holds(&text.concat(), &variables())?;
    }

    #[test]
    fn any_variable_is_read_or_refused(title in vec(piece(), 0..4), list in vec(piece(), 0..6)) {
        let (title, list) = (title.concat(), list.concat());
        let sources = sources(&[
            ("SECRET", SECRET),
            ("FLYTE_WEBHOOK__TITLE", &title),
            ("FLYTE_WEBHOOK__TASK_ALLOWLIST", &list),
        ]);
        holds("{}", &sources)?;
    }
}
