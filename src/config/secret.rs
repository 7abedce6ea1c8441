//! Values that nothing shows.

use std::fs;

use flyte_webhook_core::constant_time;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use super::{environment::Environment, report::Report};

/// The largest file that holds a secret, in bytes.
const LARGEST_FILE: u64 = 64 << 10;

/// Text that nothing shows.
#[derive(Debug, Clone)]
pub(super) struct Secret(pub(super) SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.into()))
    }
}

/// Where a secret is.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SecretReference")]
pub(super) struct Reference {
    /// The variable that holds it.
    env: Option<String>,
    /// The file that holds it.
    file: Option<String>,
    /// The secret itself.
    #[schemars(with = "Option<String>", extend("format" = "password"))]
    value: Option<Secret>,
}

impl Reference {
    /// The secret, which must be there.
    pub(super) fn read(
        &self,
        key: &str,
        environment: &Environment,
        report: &mut Report<'_>,
    ) -> Option<SecretString> {
        let secret = match (&self.env, &self.file, &self.value) {
            (Some(name), None, None) => {
                let value = environment.filled(name).map(SecretString::from);
                let advice = "names a variable that is not set, or empty; set it";
                report.keep(&format!("{key}.env"), value.ok_or(advice))
            }
            (None, Some(file), None) => {
                report.reads(file);
                report.keep(&format!("{key}.file"), of_file(file))
            }
            (None, None, Some(Secret(value))) => Some(value.clone()),
            _ => {
                let advice = "does not say where the secret is; write one of env, file and value";
                report.invalid(key, advice);
                None
            }
        }?;
        if secret.expose_secret().is_empty() {
            report.invalid(key, "is an empty secret; write another");
            return None;
        }
        Some(secret)
    }
}

/// The secret under `name`, by value or in the file that `{name}_file` names.
pub(super) fn read(
    report: &mut Report<'_>,
    section: &str,
    name: &str,
    value: Option<SecretString>,
    file: Option<&str>,
) -> Option<SecretString> {
    match (value, file) {
        (Some(value), None) => Some(value),
        (None, Some(file)) => {
            report.reads(file);
            report.keep(&format!("{section}.{name}_file"), of_file(file))
        }
        (Some(_), Some(_)) => {
            let advice = format!("contradicts {name}_file; remove one of the two");
            report.invalid(&format!("{section}.{name}"), advice);
            None
        }
        (None, None) => {
            let advice = format!("has neither {name} nor {name}_file; write one of the two");
            report.invalid(section, advice);
            None
        }
    }
}

/// The same where there need be none.
pub(super) fn read_optional(
    report: &mut Report<'_>,
    section: &str,
    name: &str,
    value: Option<SecretString>,
    file: Option<&str>,
) -> Option<SecretString> {
    let is_there = value.is_some() || file.is_some();
    let read = is_there.then(|| read(report, section, name, value, file));
    read.flatten()
}

/// Whether two secrets are the same.
pub(super) fn is_same(one: &SecretString, other: &SecretString) -> bool {
    constant_time::equal(
        one.expose_secret().as_bytes(),
        other.expose_secret().as_bytes(),
    )
}

fn of_file(path: &str) -> Result<SecretString, String> {
    let unreadable = |error: std::io::Error| {
        let kind = error.kind();
        format!("names a file that cannot be read: {kind}; write the path of a readable file")
    };
    let length = fs::metadata(path).map_err(unreadable)?.len();
    if length > LARGEST_FILE {
        return Err("names a file that is too large for a secret; write another's path".to_owned());
    }
    let text = SecretString::from(fs::read_to_string(path).map_err(unreadable)?);
    // Editors end a file with a new line.
    Ok(text.expose_secret().trim_end().into())
}
