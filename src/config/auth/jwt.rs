//! Section `auth.jwt`.

use std::{str::FromStr, time::Duration};

use jsonwebtoken::{Algorithm, AlgorithmFamily};
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::config::{address, duration, report::Report};

/// Which JSON Web Tokens are let in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AuthJwt")]
pub(super) struct Section {
    /// The issuer, exactly as it stands in a token's `iss`. Without it tokens are the control
    /// plane's to judge.
    issuer: Option<String>,
    /// The audiences, one of which a token's `aud` must name.
    audiences: Vec<String>,
    /// Where the issuer publishes its keys, such as
    /// `https://login.example.com/.well-known/jwks.json`.
    jwks_url: Option<String>,
    /// The algorithms of signatures; never a symmetric one.
    algorithms: Vec<String>,
    /// How far the issuer's clock and this one may be apart; at most 60s.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    leeway: Duration,
    /// How long the keys are taken as current.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    jwks_lifetime: Duration,
}

/// Which JSON Web Tokens are let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwt {
    /// The issuer.
    pub issuer: String,
    /// The audiences, one of which a token must name.
    pub audiences: Vec<String>,
    /// Where the issuer publishes its keys.
    pub jwks_url: Url,
    /// The algorithms of signatures, all asymmetric.
    pub algorithms: Vec<Algorithm>,
    /// How far the clocks may be apart.
    pub leeway: Duration,
    /// How long the keys are taken as current.
    pub jwks_lifetime: Duration,
}

impl Section {
    /// Whether there is an issuer.
    pub(super) fn is_on(&self) -> bool {
        self.issuer.is_some()
    }

    /// Checks what is checked also without an issuer; gives the algorithms.
    pub(super) fn check(&self, report: &mut Report<'_>) -> Option<Vec<Algorithm>> {
        let (least, most) = (Duration::ZERO, Duration::from_mins(1));
        report.within("auth.jwt.leeway", self.leeway, least, most);
        let (least, most) = (Duration::from_secs(10), Duration::from_hours(24));
        report.within("auth.jwt.jwks_lifetime", self.jwks_lifetime, least, most);
        if self.issuer.is_none() && self.jwks_url.is_some() {
            let advice = "is of no use without auth.jwt.issuer; write that too";
            report.invalid("auth.jwt.jwks_url", advice);
        }
        self.algorithms(report)
    }

    fn algorithms(&self, report: &mut Report<'_>) -> Option<Vec<Algorithm>> {
        if self.algorithms.is_empty() {
            report.invalid("auth.jwt.algorithms", "is empty; write at least RS256");
        }
        let algorithms = self.algorithms.iter().enumerate().map(|(index, text)| {
            let key = format!("auth.jwt.algorithms[{index}]");
            report.keep(&key, algorithm(text))
        });
        let algorithms: Vec<Option<Algorithm>> = algorithms.collect();
        algorithms.into_iter().collect()
    }

    pub(super) fn resolve(
        self,
        algorithms: Vec<Algorithm>,
        report: &mut Report<'_>,
    ) -> Option<Jwt> {
        let issuer = self.issuer.filter(|issuer| !issuer.is_empty());
        if issuer.is_none() {
            report.invalid("auth.jwt.issuer", "is empty; write the tokens' `iss`");
        }
        if self.audiences.is_empty() || self.audiences.iter().any(String::is_empty) {
            let advice = "names no audience; write the `aud` of tokens that are meant for here";
            report.invalid("auth.jwt.audiences", advice);
        }
        let jwks_url = match self.jwks_url.as_deref() {
            Some(url) => address::web(url).map_err(|error| error.to_string()),
            None => Err("is not set; write where the issuer publishes its keys".to_owned()),
        };
        let jwks_url = report.keep("auth.jwt.jwks_url", jwks_url);
        Some(Jwt {
            issuer: issuer?,
            audiences: self.audiences,
            jwks_url: jwks_url?,
            algorithms,
            leeway: self.leeway,
            jwks_lifetime: self.jwks_lifetime,
        })
    }
}

/// A published key is no secret, so a symmetric algorithm would let in anyone.
fn algorithm(text: &str) -> Result<Algorithm, &'static str> {
    let known = Algorithm::from_str(text).ok();
    known
        .filter(|algorithm| algorithm.family() != AlgorithmFamily::Hmac)
        .ok_or("is not one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA")
}
