//! Keeps secrets out of what is shown: a webhook may send back what it was sent.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use flyte_webhook_core::{
    json::{Object, Value},
    python,
    template::HIDDEN,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// The shortest text that is looked for: anything shorter is everywhere.
const SHORTEST: usize = 4;

/// The forms in which the secrets of a task may come back.
pub(super) struct Scrubber(Vec<String>);

impl Scrubber {
    pub(super) fn new(secrets: &BTreeMap<String, SecretString>) -> Self {
        let forms: BTreeSet<String> = secrets
            .values()
            .flat_map(|secret| forms(secret.expose_secret()))
            .filter(|form| form.len() >= SHORTEST)
            .collect();
        let mut forms: Vec<String> = forms.into_iter().collect();
        // The longest first: one may be a part of another.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self(forms)
    }

    /// The text without secrets.
    pub(super) fn clean(&self, text: String) -> String {
        let mut text = text;
        for form in &self.0 {
            if text.contains(form.as_str()) {
                text = text.replace(form.as_str(), HIDDEN);
            }
        }
        text
    }
}

/// As it is, and as URLs, JSON, and the usual encodings of bytes write it.
fn forms(secret: &str) -> [String; 12] {
    let json = |json: String| json.trim_matches('"').to_owned();
    let bytes = secret.as_bytes();
    let value = Value::String(secret.into());
    // As a query has it, after the `=` of a name that is none.
    let query = python::urlencode(&Object::from_iter([(String::new(), value.clone())]));
    let query = query.trim_start_matches('=').to_owned();
    let spaced = query.replace('+', "%20");
    [
        secret.to_owned(),
        // As a host has it.
        secret.to_ascii_lowercase(),
        spaced.replace("%2F", "/"),
        spaced,
        query,
        json(python::json_value(&value)),
        json(python::compact_json(&value).unwrap_or_default()),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        // Without the padding, so that what follows does not matter.
        BASE64.encode(bytes).trim_end_matches('=').to_owned(),
        BASE64_NOPAD.encode(bytes),
        BASE64URL_NOPAD.encode(bytes),
        HEXLOWER.encode(bytes),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_usual_form() {
        for secret in ["a b/\"c\"é-0123", "ab-cd/ef gh"] {
            let secrets = BTreeMap::from([("s".to_owned(), SecretString::from(secret))]);
            let scrubber = Scrubber::new(&secrets);
            for form in forms(secret) {
                let text = scrubber.clean(format!("<{form}>"));
                assert_eq!(text, "<(secret)>", "{form}");
            }
            assert_eq!(scrubber.clean("other".to_owned()), "other");
        }
        let secrets = BTreeMap::from([("s".to_owned(), SecretString::from("ab-cd/ef gh"))]);
        let sent = Scrubber::new(&secrets).clean("k=ab-cd%2Fef+gh&l=ab-cd/ef%20gh".to_owned());
        assert_eq!(sent, "k=(secret)&l=(secret)");
    }
}
