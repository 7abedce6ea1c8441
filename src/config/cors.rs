//! Section `server.cors`.

use std::time::Duration;

use http::HeaderValue;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{address, duration, report::Report};

/// Which pages of other origins may use the API from a browser.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// Origins such as `https://app.example.com`, or `"*"` alone for every one. None by default.
    pub allow_origins: Vec<String>,
    /// Whether their requests may carry the browser's cookies for this server.
    pub allow_credentials: bool,
    /// How long browsers may keep what they were told.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub max_age: Duration,
}

/// Every origin.
const ANY: &str = "*";

impl Cors {
    /// Whether any page of another origin may use the API.
    pub fn is_on(&self) -> bool {
        !self.allow_origins.is_empty()
    }

    /// Whether pages of this origin may use the API.
    pub fn allows(&self, origin: &HeaderValue) -> bool {
        let is_it = |allowed: &String| allowed == ANY || allowed.as_bytes() == origin.as_bytes();
        self.allow_origins.iter().any(is_it)
    }

    /// Whether they may act with the browser's cookies, too.
    pub fn trusts(&self, origin: &HeaderValue) -> bool {
        self.allow_credentials && self.allows(origin)
    }

    pub(super) fn check(&self, report: &mut Report<'_>) {
        let key = "server.cors.allow_origins";
        let has_any = self.allow_origins.iter().any(|it| it == ANY);
        if has_any && self.allow_origins.len() > 1 {
            report.invalid(key, "has \"*\" beside others; write it alone, or remove it");
        }
        if has_any && self.allow_credentials {
            let advice = "would let every site act with the cookies of its visitors; name the origins, or remove allow_credentials";
            report.invalid(key, advice);
        }
        for (index, origin) in self.allow_origins.iter().enumerate() {
            if origin != ANY && !is_origin(origin) {
                let advice = "is no origin; write scheme, host and port alone, such as https://app.example.com";
                report.invalid(&format!("{key}[{index}]"), advice);
            }
        }
        let key = "server.cors.max_age";
        report.within(key, self.max_age, Duration::ZERO, Duration::from_hours(24));
    }
}

/// Whether it is written as browsers write it, since they are compared as text.
fn is_origin(text: &str) -> bool {
    address::web(text).is_ok_and(|url| url.origin().ascii_serialization() == text)
}
