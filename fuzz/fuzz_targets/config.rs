//! Any text as a configuration file: never a panic, never a secret in an error,
//! one line a problem, and what is shown reads back as the same.
#![no_main]

use flyte_webhook::config::{Environment, Loaded, Problems, Sources, Text, load_text};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "canary-5e93c1";

fn read(text: &str, sources: &Sources) -> Result<Loaded, Problems> {
    let (name, text) = ("fuzz.yaml".into(), text.to_owned());
    load_text(sources, Some(&Text { name, text }))
}

fuzz_target!(|text: &str| {
    let sources = Sources {
        environment: Environment::of([
            ("_U_EP_OVERRIDE", "https://cp.example.com"),
            ("FLYTE_INTERNAL_EXECUTION_PROJECT", "site"),
            ("FLYTE_INTERNAL_EXECUTION_DOMAIN", "production"),
            ("SECRET", SECRET),
        ]),
        ..Sources::default()
    };
    match read(text, &sources) {
        Ok(loaded) => {
            let again = read(&loaded.show(), &sources).expect("what is shown is valid");
            assert_eq!(
                format!("{:?}", again.config),
                format!("{:?}", loaded.config)
            );
        }
        Err(problems) => {
            let lines = problems.to_string();
            assert_eq!(lines.lines().count(), problems.0.len());
            assert!(text.contains(SECRET) || !lines.contains(SECRET), "{lines}");
        }
    }
});
