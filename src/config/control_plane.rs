//! Section `control_plane`.

use std::{fs, path::PathBuf};

use flyte_webhook_core::{
    id::{self, Domain, Org, Project, Scope},
    url_guard::AllowEntry,
};
use schemars::JsonSchema;
use serde::Deserialize;
use url::{Host, Url};

use super::{address, problem::Error, report::Report};

/// The control plane that this server stands in front of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ControlPlane")]
pub(super) struct Section {
    /// Where it is: `https://host`, `http://host:port`, `host:port` or `dns:///host:port`.
    /// Required; the platform's `_U_EP_OVERRIDE` sets it too.
    pub(super) endpoint: Option<String>,
    /// Speak plain HTTP to an endpoint that is written without a scheme.
    pub(super) insecure: bool,
    /// Take any TLS certificate, which lets anyone in between read the callers' tokens.
    pub(super) insecure_skip_verify: bool,
    /// A file of PEM certificates to trust instead of the system's.
    pub(super) ca_file: Option<String>,
    /// Hosts and suffixes such as `.example.com` that may receive the callers' credentials when the
    /// control plane names them as a cluster's endpoint; itself and what is below its host always may.
    #[schemars(with = "Vec<String>")]
    pub(super) cluster_hosts: Vec<AllowEntry>,
    /// The organisation; by default the first label of the endpoint's host, if it has three or more.
    pub(super) org: Option<String>,
    /// The project that this server belongs to, where new runs start. Required.
    pub(super) project: Option<String>,
    /// The domain that this server belongs to, where new runs start. Required.
    pub(super) domain: Option<String>,
}

/// The control plane that this server stands in front of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlPlane {
    /// The origin, http or https.
    pub endpoint: Url,
    /// Whom to believe to be it.
    pub tls: Tls,
    /// The hosts beside its own that may receive the callers' credentials.
    pub cluster_hosts: Vec<AllowEntry>,
    /// The organisation, if there is one.
    pub org: Option<Org>,
    /// The server's own project.
    pub project: Project,
    /// The server's own domain.
    pub domain: Domain,
}

/// How the control plane's certificate is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// By the certificates of the system.
    System,
    /// By the certificates in this PEM file.
    CaFile(PathBuf),
    /// Not at all.
    SkipVerify,
}

impl ControlPlane {
    /// Where runs, apps and triggers of this server live.
    pub fn scope(&self) -> Scope {
        Scope {
            org: self.org.clone(),
            project: self.project.clone(),
            domain: self.domain.clone(),
        }
    }
}

impl Section {
    pub(super) fn resolve(self, report: &mut Report<'_>) -> Option<ControlPlane> {
        let key = "control_plane.endpoint";
        let text = required(report, key, self.endpoint.as_deref(), "_U_EP_OVERRIDE");
        let endpoint = text.and_then(|text| report.keep(key, address::origin(text, self.insecure)));
        let tls = self.tls(endpoint.as_ref(), report);
        let org = match self.org.as_deref() {
            Some(org) => name(report, "control_plane.org", Org::parse, org),
            None => endpoint.as_ref().and_then(first_label),
        };
        let project = self.project.as_deref();
        let domain = self.domain.as_deref();
        let (key, variable) = ("control_plane.project", "FLYTE_INTERNAL_EXECUTION_PROJECT");
        let project = required(report, key, project, variable);
        let project = project.and_then(|it| name(report, key, Project::parse, it));
        let (key, variable) = ("control_plane.domain", "FLYTE_INTERNAL_EXECUTION_DOMAIN");
        let domain = required(report, key, domain, variable);
        let domain = domain.and_then(|it| name(report, key, Domain::parse, it));
        Some(ControlPlane {
            endpoint: endpoint?,
            tls: tls?,
            cluster_hosts: self.cluster_hosts,
            org,
            project: project?,
            domain: domain?,
        })
    }

    fn tls(&self, endpoint: Option<&Url>, report: &mut Report<'_>) -> Option<Tls> {
        let key = "control_plane.ca_file";
        match (&self.ca_file, self.insecure_skip_verify) {
            (None, false) => Some(Tls::System),
            (None, true) => Some(Tls::SkipVerify),
            (Some(_), true) => {
                let reason = "contradicts insecure_skip_verify; remove one of the two";
                report.invalid(key, reason);
                None
            }
            (Some(_), false) if endpoint.is_some_and(|url| url.scheme() == "http") => {
                report.invalid(
                    key,
                    "is of no use over plain HTTP; remove it or write https://",
                );
                None
            }
            (Some(file), false) => {
                report.reads(file);
                report.keep(key, certificates(file)).map(Tls::CaFile)
            }
        }
    }
}

fn required<'a>(
    report: &mut Report<'_>,
    key: &str,
    value: Option<&'a str>,
    variable: &'static str,
) -> Option<&'a str> {
    if value.is_none() {
        report.error(key, Error::Missing { variable });
    }
    value
}

fn name<T>(
    report: &mut Report<'_>,
    key: &str,
    parse: fn(&str) -> Result<T, id::Error>,
    text: &str,
) -> Option<T> {
    report.keep(key, parse(text))
}

/// Checks now what would else fail with the first caller.
fn certificates(file: &str) -> Result<PathBuf, String> {
    let pem = fs::read(file).map_err(|error| {
        let kind = error.kind();
        format!("names a file that cannot be read: {kind}; write the path of a readable PEM file")
    })?;
    let begin = b"-----BEGIN CERTIFICATE-----";
    if pem.windows(begin.len()).any(|window| window == begin) {
        Ok(file.into())
    } else {
        Err("names a file without a PEM certificate; write the path of one that has some".into())
    }
}

/// The organisation by convention: `acme` of `acme.hosted.example.com`. An IP
/// address and a service inside a cluster name none.
fn first_label(endpoint: &Url) -> Option<Org> {
    let Some(Host::Domain(host)) = endpoint.host() else {
        return None;
    };
    let host = host.trim_end_matches('.');
    let labels: Vec<&str> = host.split('.').collect();
    match labels.as_slice() {
        [first, _, _, ..] if !host.ends_with(".svc.cluster.local") => Org::parse(first).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_organisation_is_the_first_label_of_a_public_host() {
        for (url, org) in [
            ("https://acme.hosted.example.com", Some("acme")),
            ("https://acme.hosted.example.com.", Some("acme")),
            ("https://flyte.example.com:443", Some("flyte")),
            ("https://example.com", None),
            ("http://localhost:8090", None),
            ("http://127.0.0.1:8090", None),
            ("http://[::1]:8090", None),
            (
                "http://flyte-binary-http.flyte.svc.cluster.local:8090",
                None,
            ),
        ] {
            let found = first_label(&Url::parse(url).unwrap());
            assert_eq!(found.as_ref().map(Org::as_str), org, "{url}");
        }
    }
}
