//! Section `auth`.

mod headers;
mod jwt;
mod local_keys;

use http::header::AUTHORIZATION;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::report::Report;

pub use self::{headers::HeaderExtractor, jwt::Jwt, local_keys::LocalKey};

/// Who is let in before the control plane is asked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Auth")]
pub(super) struct Section {
    /// Exchange a bearer that is a Flyte API key for this control plane for an access token.
    exchange_api_keys: bool,
    /// Let in what neither `jwt` nor a key vouches for, for the control plane to judge.
    passthrough: bool,
    /// The request headers that are credentials. Of those that become the same header, the first
    /// that is there counts.
    header_extractors: Vec<headers::Entry>,
    /// Credentials that local keys stand for.
    service_credentials: Vec<local_keys::Credential>,
    /// Keys of this server's own, each of which acts as a service credential.
    local_keys: Vec<local_keys::Entry>,
    jwt: jwt::Section,
}

/// Who is let in before the control plane is asked.
#[derive(Debug, Clone)]
pub struct Auth {
    /// Whether API keys of Flyte are exchanged.
    pub exchange_api_keys: bool,
    /// Whether what nothing here vouches for is let in.
    pub passthrough: bool,
    /// The request headers that are credentials.
    pub header_extractors: Vec<HeaderExtractor>,
    /// The keys of this server's own.
    pub local_keys: Vec<LocalKey>,
    /// Which JSON Web Tokens are let in.
    pub jwt: Option<Jwt>,
}

impl Section {
    pub(super) fn resolve(self, endpoint: &Url, report: &mut Report<'_>) -> Option<Auth> {
        let lets_in = self.passthrough
            || self.exchange_api_keys
            || !self.local_keys.is_empty()
            || self.jwt.is_on();
        if !lets_in {
            let advice = "lets in nobody without auth.exchange_api_keys, auth.local_keys or auth.jwt; configure one of them";
            report.invalid("auth.passthrough", advice);
        }
        let needs_token = self.jwt.is_on() || !self.local_keys.is_empty();
        let algorithms = self.jwt.check(report);
        let header_extractors = headers::resolve(self.header_extractors, report);
        let has_token = |it: &HeaderExtractor| it.forward_as == AUTHORIZATION;
        if needs_token
            && header_extractors
                .as_ref()
                .is_some_and(|all| !all.iter().any(has_token))
        {
            let advice = "names no header that becomes authorization, where auth.jwt and auth.local_keys look; add one";
            report.invalid("auth.header_extractors", advice);
        }
        let credentials = local_keys::credentials(self.service_credentials, endpoint, report);
        let local_keys = local_keys::resolve(self.local_keys, &credentials?, report);
        let jwt = if self.jwt.is_on() {
            Some(self.jwt.resolve(algorithms?, report)?)
        } else {
            None
        };
        Some(Auth {
            exchange_api_keys: self.exchange_api_keys,
            passthrough: self.passthrough,
            header_extractors: header_extractors?,
            local_keys: local_keys?,
            jwt,
        })
    }
}
