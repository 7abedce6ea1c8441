//! Any text as a name: what is taken is plain, as long as it may be, and stays
//! itself; the names that are made of anything are names.
//!
//! The first byte is where the rest is cut into parts.
#![no_main]

use std::fmt::Display;

use flyte_webhook_core::id::{
    AppName, Domain, Error, Org, Project, RunName, TaskName, TriggerName,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((cut, bytes)) = data.split_first() else {
        return;
    };
    derived(bytes, usize::from(*cut));
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    check(text, "._-", 63, Org::parse);
    check(text, "._-", 63, Domain::parse);
    check(text, "._-", 63, Project::parse);
    check(text, "._-", 255, TaskName::parse);
    check(text, "._-", 255, TriggerName::parse);
    check(text, "._-", 63, RunName::parse);
    check(text, "-", 30, AppName::parse);
});

fn check<T: Display>(
    text: &str,
    extra: &str,
    longest: usize,
    parse: impl Fn(&str) -> Result<T, Error>,
) {
    let plain = |c: char| c.is_ascii_alphanumeric() || extra.contains(c);
    let is_dashed = !extra.contains('.') && (text.starts_with('-') || text.ends_with('-'));
    let is_name = (1..=longest).contains(&text.len())
        && text.chars().all(plain)
        && !matches!(text, "." | "..")
        && !is_dashed;
    match parse(text) {
        Ok(name) => assert!(is_name && name.to_string() == text, "{text:?}"),
        Err(error) => {
            assert!(!is_name, "{text:?}: {error}");
            let words = error.to_string();
            assert!(words.len() < 200 && words.lines().count() == 1, "{words}");
        }
    }
}

fn derived(bytes: &[u8], cut: usize) {
    let (first, second) = bytes.split_at(cut.min(bytes.len()));
    let name = RunName::derive([first, second]);
    let text = name.as_str();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    assert!(text.starts_with('w') && text.len() == 26 && text.chars().all(plain));
    assert_eq!(RunName::parse(text).as_ref(), Ok(&name));
    // The same bytes cut elsewhere are other parts.
    if let Some((head, tail)) = second.split_first() {
        let moved = [first, &[*head]].concat();
        assert_ne!(RunName::derive([moved.as_slice(), tail]), name);
    }
}
