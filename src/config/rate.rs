//! Rates such as `600/1m`, and section `limits.rate`.

use std::{collections::BTreeMap, fmt, num::NonZeroU32, str::FromStr, time::Duration};

use flyte_webhook_core::endpoint::Endpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::duration;

/// What a rate looks like, for the schema.
pub(super) const PATTERN: &str = "^[0-9]+/[0-9]+[smh]$";

/// So many requests in such a time, all of which may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many requests.
    pub requests: NonZeroU32,
    /// In what time: whole seconds.
    pub per: Duration,
}

/// How many requests are taken from whom; without a rate, any number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Requests of one caller, such as `600/1m`; one more is answered 429.
    #[schemars(with = "Option<String>", regex(pattern = PATTERN))]
    pub caller: Option<Rate>,
    /// Requests of one caller to one endpoint, by the endpoint's name.
    #[serde(deserialize_with = "routes")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub routes: BTreeMap<Endpoint, Rate>,
    /// Requests from one address, counted before anything is known of the caller.
    #[schemars(with = "Option<String>", regex(pattern = PATTERN))]
    pub address: Option<Rate>,
    /// Requests from one address that were answered 401.
    #[schemars(with = "Option<String>", regex(pattern = PATTERN))]
    pub address_failures: Option<Rate>,
}

/// Why a text is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("is no rate; write how many requests in what time, such as 600/1m")]
    Form,
    #[error("is out of range; write 1 to 1000000 requests in 1s to 1h, such as 600/1m")]
    Range,
}

impl FromStr for Rate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        const MOST: u32 = 1_000_000;
        let (requests, per) = text.split_once('/').ok_or(Error::Form)?;
        if requests.is_empty() || !requests.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::Form);
        }
        let requests: u32 = requests.parse().map_err(|_too_many| Error::Range)?;
        let per = match duration::parse(per) {
            // What callers are told counts seconds.
            Ok(_) if per.ends_with("ms") => return Err(Error::Form),
            Ok(per) => per,
            Err(duration::Error::Form) => return Err(Error::Form),
            Err(duration::Error::Overflow) => return Err(Error::Range),
        };
        let requests = NonZeroU32::new(requests).filter(|requests| requests.get() <= MOST);
        let is_in_range = (Duration::from_secs(1)..=Duration::from_hours(1)).contains(&per);
        match requests {
            Some(requests) if is_in_range => Ok(Self { requests, per }),
            _ => Err(Error::Range),
        }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text =
            String::deserialize(deserializer).map_err(|_no_text| de::Error::custom(Error::Form))?;
        text.parse().map_err(de::Error::custom)
    }
}

/// An endpoint whose callers are known, and so can be counted.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Route(Endpoint);

impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let endpoint: Endpoint = name.parse().map_err(de::Error::custom)?;
        if endpoint.is_public() {
            let reason = "is open to everyone and answers always; remove it";
            return Err(de::Error::custom(reason));
        }
        Ok(Self(endpoint))
    }
}

fn routes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Endpoint, Rate>, D::Error> {
    let routes = BTreeMap::<Route, Rate>::deserialize(deserializer)?;
    Ok(routes
        .into_iter()
        .map(|(Route(endpoint), rate)| (endpoint, rate))
        .collect())
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}s", self.requests, self.per.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_of_requests_in_a_time() {
        for (text, shown) in [
            ("600/1m", "600/60s"),
            ("1/1s", "1/1s"),
            ("1000000/1h", "1000000/3600s"),
        ] {
            let rate: Result<Rate, Error> = text.parse();
            assert_eq!(rate.map(|rate| rate.to_string()), Ok(shown.to_owned()));
        }
        for text in [
            "",
            "600",
            "/1m",
            "600/",
            "600/m",
            "600/1",
            "-1/1m",
            "+1/1m",
            "6.5/1m",
            "6 /1m",
            "600/1500ms",
            "600/1m/2",
        ] {
            assert_eq!(text.parse::<Rate>(), Err(Error::Form), "{text}");
        }
        for text in ["0/1m", "1000001/1m", "99999999999/1m", "1/0s", "1/2h"] {
            assert_eq!(text.parse::<Rate>(), Err(Error::Range), "{text}");
        }
    }
}
