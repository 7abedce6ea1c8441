//! Section `telemetry.traces`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use http::{HeaderName, HeaderValue};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::config::{
    address, duration,
    report::Report,
    secret::{self, Secret},
};

/// Where it is said what a request has gone through.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Traces")]
pub(in crate::config) struct Section {
    /// Where a collector takes spans by OTLP over HTTP, such as
    /// `http://collector:4318/v1/traces`. Without one nothing is sent.
    endpoint: Option<String>,
    /// Headers of what is sent there, such as a key.
    headers: Vec<Header>,
    /// A file of certificates (PEM) that are trusted there beside the system's.
    ca_file: Option<String>,
    /// Which part of the traces that begin here is sent, from 0 to 1. Of a trace that begins at a
    /// caller, the caller says whether it is.
    #[schemars(range(min = 0, max = 1))]
    sample_ratio: f64,
    /// How long a request to the collector may take.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    timeout: Duration,
    /// What this server is called there; by default as in `name`.
    service_name: Option<String>,
    /// What else is said of this server there, by name, such as `deployment.environment.name`.
    resource: BTreeMap<String, String>,
}

/// A header of what is sent to a collector.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CollectorHeader")]
struct Header {
    /// Its name.
    name: String,
    /// Its value. `${NAME}` takes it from a variable.
    #[schemars(with = "Option<String>", extend("format" = "password"))]
    value: Option<Secret>,
    /// A file that holds it, instead.
    value_file: Option<String>,
}

/// Where it is said what a request has gone through.
#[derive(Debug, Clone, PartialEq)]
pub struct Traces {
    /// Who is told, if anyone.
    pub collector: Option<Collector>,
    /// Which part of the traces that begin here is told of.
    pub sample_ratio: f64,
}

/// A header that is sent.
type Sent = (HeaderName, SecretString);

/// Takes spans by OTLP over HTTP.
#[derive(Debug, Clone)]
pub struct Collector {
    /// Where.
    pub endpoint: Url,
    /// What it wants to see first.
    pub headers: Vec<Sent>,
    /// Certificates that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// How long a request may take.
    pub timeout: Duration,
    /// What is said of this server.
    pub resource: Vec<(String, String)>,
}

impl PartialEq for Collector {
    fn eq(&self, other: &Self) -> bool {
        let is_same = |((name, value), (theirs, other)): (&Sent, &Sent)| {
            name == theirs && secret::is_same(value, other)
        };
        let headers = self.headers.len() == other.headers.len()
            && self.headers.iter().zip(&other.headers).all(is_same);
        headers
            && self.endpoint == other.endpoint
            && self.ca_file == other.ca_file
            && self.timeout == other.timeout
            && self.resource == other.resource
    }
}

impl Section {
    /// Checks the section; `name` is what the server is called otherwise.
    pub(in crate::config) fn resolve(self, name: &str, report: &mut Report<'_>) -> Option<Traces> {
        if !(0.0..=1.0).contains(&self.sample_ratio) {
            let advice = "is out of range; write 0 to 1";
            report.invalid("telemetry.traces.sample_ratio", advice);
        }
        let (least, longest) = (Duration::from_millis(1), Duration::from_mins(1));
        report.within("telemetry.traces.timeout", self.timeout, least, longest);
        let headers = headers(self.headers, report);
        let endpoint = self.endpoint.as_deref().map(address::web);
        let endpoint = match endpoint {
            Some(url) => Some(report.keep("telemetry.traces.endpoint", url)?),
            None => None,
        };
        let service = self.service_name.unwrap_or_else(|| name.to_owned());
        let own = [
            ("service.name".to_owned(), service),
            (
                "service.version".to_owned(),
                env!("CARGO_PKG_VERSION").to_owned(),
            ),
        ];
        let mut resource = self.resource;
        resource.retain(|key, _| own.iter().all(|(taken, _)| taken != key));
        let headers = headers?;
        Some(Traces {
            collector: endpoint.map(|endpoint| Collector {
                endpoint,
                headers,
                ca_file: self.ca_file.map(PathBuf::from),
                timeout: self.timeout,
                resource: own.into_iter().chain(resource).collect(),
            }),
            sample_ratio: self.sample_ratio,
        })
    }
}

fn headers(
    entries: Vec<Header>,
    report: &mut Report<'_>,
) -> Option<Vec<(HeaderName, SecretString)>> {
    let (mut names, mut headers) = (BTreeSet::new(), Some(Vec::new()));
    for (index, entry) in entries.into_iter().enumerate() {
        let key = format!("telemetry.traces.headers[{index}]");
        let name = report.keep(&format!("{key}.name"), name(&entry.name));
        if !names.insert(entry.name.to_ascii_lowercase()) {
            report.invalid(&format!("{key}.name"), "is there twice; remove one");
        }
        let value = entry.value.map(|Secret(value)| value);
        let value = secret::read(report, &key, "value", value, entry.value_file.as_deref());
        let value = value.and_then(|value| {
            let checked = HeaderValue::try_from(value.expose_secret()).map(|_is_good| value);
            let advice = "has a character that no header may have; remove it";
            report.keep(&format!("{key}.value"), checked.map_err(|_no_value| advice))
        });
        match name.zip(value) {
            Some(header) => headers.iter_mut().for_each(|all| all.push(header.clone())),
            None => headers = None,
        }
    }
    headers
}

/// Headers that belong to the connection and to what is sent are not to be chosen.
fn name(text: &str) -> Result<HeaderName, &'static str> {
    let name =
        HeaderName::try_from(text).map_err(|_no_name| "is no name of a header; write one")?;
    let taken = [
        "host",
        "content-type",
        "content-length",
        "transfer-encoding",
        "connection",
    ];
    if taken.contains(&name.as_str()) {
        return Err("belongs to the request itself; remove it");
    }
    Ok(name)
}
