//! R34: bad configurations end the program at once, with words that help.

#[path = "../it/config/bad.rs"]
mod bad;
#[path = "../it/config/bad_hooks.rs"]
mod bad_hooks;
#[path = "../it/config/case.rs"]
mod case;

use case::{Case, Outcome, SECRET, cases, lenient};
use tempfile::TempDir;

use crate::verdict::Verdict;

/// How the program is asked to read its configuration.
const COMMANDS: [&[&str]; 2] = [&["config", "check"], &["serve"]];

pub(crate) fn run() -> Verdict {
    let folder = TempDir::new().unwrap();
    let cases = cases();
    let mut complaints = Vec::new();
    for command in COMMANDS {
        for case in &cases {
            let outcome = case.run(folder.path(), command);
            let found = case.complaints(&outcome);
            if !found.is_empty() {
                complaints.push(format!("{command:?} {}: {found:?}", case.name()));
            }
        }
    }
    let (wrong, count) = (complaints.len(), cases.len() * COMMANDS.len());
    Verdict::new(format!("wrong={wrong}/{count}"), complaints)
        .require(cases.len() >= 100, "at least 100 configurations")
        .with_control(cases.iter().all(caught), "a lenient and a leaky program")
}

/// Whether the judge notices what a lenient and a leaky program do.
fn caught(case: &Case) -> bool {
    let lenient = lenient(case);
    let leaky = Outcome {
        stderr: format!("{}{}{SECRET}", case.place, case.says),
        code: Some(78),
        ..lenient.clone()
    };
    !case.complaints(&lenient).is_empty() && case.complaints(&leaky) == ["secret"]
}
