//! List `auth.header_extractors`.

use flyte_webhook_core::credential_header::{CredentialHeader, Error};
use http::HeaderName;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::report::Report;

/// The most headers that are looked for.
const MOST: usize = 16;

/// A request header that is a credential.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "HeaderExtractor")]
pub(super) struct Entry {
    /// The name of the request's header.
    header: String,
    /// The name under which the control plane gets it; by default the same. What becomes
    /// `authorization` and names no scheme is a bearer token.
    forward_as: Option<String>,
}

/// A request header that is a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderExtractor {
    /// The request's header.
    pub header: HeaderName,
    /// The header that the control plane gets.
    pub forward_as: HeaderName,
}

pub(super) fn resolve(
    entries: Vec<Entry>,
    report: &mut Report<'_>,
) -> Option<Vec<HeaderExtractor>> {
    if entries.is_empty() || entries.len() > MOST {
        let advice = format!("is out of range; write 1 to {MOST} headers, such as authorization");
        report.invalid("auth.header_extractors", advice);
    }
    let resolved = entries.into_iter().enumerate().map(|(index, entry)| {
        let key = format!("auth.header_extractors[{index}]");
        let header = report.keep(&format!("{key}.header"), name(&entry.header));
        let forward_as = match &entry.forward_as {
            Some(text) => report.keep(&format!("{key}.forward_as"), name(text)),
            None => header.clone(),
        };
        Some(HeaderExtractor {
            header: header?,
            forward_as: forward_as?,
        })
    });
    let resolved: Vec<Option<HeaderExtractor>> = resolved.collect();
    resolved.into_iter().collect()
}

fn name(text: &str) -> Result<HeaderName, Error> {
    let header = CredentialHeader::parse(text)?;
    Ok(HeaderName::try_from(header.as_str()).expect("letters, digits and dashes are a name"))
}
