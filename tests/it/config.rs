//! Bad configurations end the program at once, with words that help.

mod bad;
mod bad_hooks;
mod case;
mod documents;

use std::{
    fs,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use case::{Outcome, SECRET, cases, lenient, program};

#[test]
fn bad_configurations_are_refused_in_one_line_that_names_place_and_key() {
    let folder = TempDir::new().unwrap();
    let cases = cases();
    let mut failures = Vec::new();
    for case in &cases {
        let outcome = case.run(folder.path(), &["config", "check"]);
        let complaints = case.complaints(&outcome);
        if !complaints.is_empty() {
            let (name, stderr) = (case.name(), &outcome.stderr);
            failures.push(format!(
                "{name}: {complaints:?}\n  wanted {}\n  {stderr}",
                case.place
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases.len() >= 100, "only {} cases", cases.len());
}

#[test]
fn the_judge_of_the_table_catches_a_lenient_a_leaky_and_a_vague_program() {
    let folder = TempDir::new().unwrap();
    for case in cases() {
        let name = case.name();
        assert_ne!(case.complaints(&lenient(&case)), [""; 0], "{name}");
        let good = case.run(folder.path(), &["config", "check"]);
        let said = |stderr: String| Outcome {
            stderr,
            ..good.clone()
        };
        let leaky = said(format!("{}{SECRET}", good.stderr));
        assert!(case.complaints(&leaky).contains(&"secret"), "{name}");
        let vague = said("configuration: is not valid\n".to_owned());
        assert!(case.complaints(&vague).contains(&"place or key"), "{name}");
        let took = Duration::from_secs(2);
        let slow = Outcome { took, ..good };
        assert_eq!(case.complaints(&slow), ["slow"], "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_a_configuration_is_refused() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    fs::write(folder.path().join("binary"), b"name: \xff\n").unwrap();
    fs::write(folder.path().join("large"), "# large\n".repeat(200_000)).unwrap();
    fs::write(folder.path().join("bomb"), bomb()).unwrap();
    for (file, line) in [
        (
            "nowhere",
            "nowhere: cannot be read: entity not found; give a readable file with --config",
        ),
        (
            "folder",
            "folder: cannot be read: is a directory; give a readable file with --config",
        ),
        ("binary", "binary: is not UTF-8 text; save it as UTF-8"),
        (
            "large",
            "large: is larger than 1048576 bytes; give a configuration file with --config",
        ),
        (
            "bomb",
            "bomb:5:15: is not valid YAML: it is too large, too deep or has a second document",
        ),
    ] {
        let start = Instant::now();
        let output = program(folder.path())
            .args(["config", "check", "--config", file])
            .output();
        let outcome = Outcome::of(&output.unwrap(), start.elapsed());
        assert_eq!(outcome.stderr, format!("{line}\n"));
        assert_eq!(outcome.code, Some(78), "{file}");
        assert!(
            outcome.took < Duration::from_secs(1),
            "{file} took {:?}",
            outcome.took
        );
    }
}

/// Nine levels of nine references each: a billion values in half a kilobyte.
fn bomb() -> String {
    let level = |level: usize| {
        let below = vec![format!("*l{level}"); 9].join(", ");
        format!("l{}: &l{} [{below}]\n", level + 1, level + 1)
    };
    let levels: String = (0..9).map(level).collect();
    format!("l0: &l0 [x, x, x, x, x, x, x, x, x]\n{levels}")
}

#[test]
fn a_good_configuration_is_ok_and_every_value_has_its_origin() {
    let folder = TempDir::new().unwrap();
    let text = "name: hook\ntitle: ${SECRET}\nlimits:\n  json_depth: 9\n";
    fs::write(folder.path().join("good.yaml"), text).unwrap();
    let mut command = program(folder.path());
    command.args(["config", "check", "--port", "0"]);
    command.env("FLYTE_WEBHOOK_CONFIG", "good.yaml");
    command.env("FLYTE_WEBHOOK_SERVICE_HOST", "10.0.0.1");
    command.env("FLYTE_WEBHOOK_PORT", "tcp://10.0.0.1:80");
    let output = command.output().unwrap();
    let outcome = Outcome::of(&output, Duration::ZERO);
    let expected = "\
ok
name: good.yaml:1:7
title: good.yaml:2:8
control_plane.endpoint: $_U_EP_OVERRIDE
control_plane.project: $FLYTE_INTERNAL_EXECUTION_PROJECT
control_plane.domain: $FLYTE_INTERNAL_EXECUTION_DOMAIN
server.port: --port
limits.json_depth: good.yaml:4:15
";
    assert_eq!(
        (outcome.stdout.as_str(), outcome.stderr.as_str()),
        (expected, "")
    );
    assert_eq!(outcome.code, Some(0));
}

#[test]
fn what_is_shown_is_in_effect_and_keeps_variables_as_written() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("good.yaml"), "title: ${SECRET}\n").unwrap();
    let mut command = program(folder.path());
    let output = command
        .args(["config", "show", "--config", "good.yaml"])
        .output()
        .unwrap();
    let outcome = Outcome::of(&output, Duration::ZERO);
    assert!(
        outcome
            .stdout
            .starts_with("name: flyte-webhook\ntitle: ${SECRET}\n")
    );
    assert!(
        outcome
            .stdout
            .contains("\n  endpoint: https://cp.example.com\n")
    );
    assert!(!outcome.stdout.contains(SECRET));
    assert_eq!(outcome.code, Some(0));
}

#[test]
fn a_secret_in_the_configuration_itself_is_not_shown() {
    let folder = TempDir::new().unwrap();
    let text = "auth: {service_credentials: [{name: a, token: canary-1}]}\n";
    fs::write(folder.path().join("good.yaml"), text).unwrap();
    let variable = "FLYTE_WEBHOOK__AUTH__SERVICE_CREDENTIALS";
    for value in [None, Some("[{name: a, token: canary-2}]")] {
        let mut command = program(folder.path());
        command.args(["config", "show", "--config", "good.yaml"]);
        command.envs(value.map(|value| (variable, value)));
        let outcome = Outcome::of(&command.output().unwrap(), Duration::ZERO);
        assert!(
            outcome.stdout.contains("token: (secret)"),
            "{}",
            outcome.stderr
        );
        assert!(!outcome.stdout.contains("canary"), "{}", outcome.stdout);
    }
}

#[test]
fn the_schema_is_printed_as_it_is_checked_in() {
    let folder = TempDir::new().unwrap();
    let output = program(folder.path())
        .args(["config", "schema"])
        .output()
        .unwrap();
    let checked_in = include_str!("../../config/schema.json");
    assert_eq!(Outcome::of(&output, Duration::ZERO).stdout, checked_in);
}
