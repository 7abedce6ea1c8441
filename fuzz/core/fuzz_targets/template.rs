//! A template and an input: nothing is rendered twice, and where the host is
//! written in a URL's template, no input moves it.
#![no_main]

use std::collections::BTreeMap;

use flyte_webhook_core::{
    json::{Object, Value},
    template::{Purpose, Renderer, host_is_written},
};
use libfuzzer_sys::fuzz_target;
use url::Url;

/// Inputs that would move a host that they can reach.
const OTHERS: [&str; 6] = ["", "a", "@b/", ".c/", "//d/", "\\\\e"];

fuzz_target!(|input: &str| {
    // On two lines.
    let (template, value) = input.split_once('\n').unwrap_or((input, ""));
    let Some(url) = url(template, value) else {
        return;
    };
    if !is_fixed(template, &url) {
        return;
    }
    for other in OTHERS {
        if let Some(moved) = self::url(template, other) {
            assert_eq!(place(&moved), place(&url), "{other:?}: {moved}");
        }
    }
});

/// Where a URL leads. Not its origin: where the scheme is unknown, that equals no other.
fn place(url: &Url) -> (&str, Option<&str>, Option<u16>) {
    (url.scheme(), url.host_str(), url.port_or_known_default())
}

fn url(template: &str, value: &str) -> Option<Url> {
    let inputs = Object::from_iter([("x".to_owned(), Value::String(value.into()))]);
    let renderer = Renderer {
        inputs: &inputs,
        secrets: &BTreeMap::new(),
        limit: 10_000,
    };
    let template = Value::String(template.into());
    let rendered = renderer.render(&template, Purpose::Send).ok()?;
    Url::parse(rendered.as_str()?).ok()
}

#[cfg(not(feature = "naive"))]
fn is_fixed(template: &str, url: &Url) -> bool {
    host_is_written(template, url, |_| None)
}

/// Trusts whatever begins as a URL.
#[cfg(feature = "naive")]
fn is_fixed(template: &str, _: &Url) -> bool {
    template.starts_with("http")
}
