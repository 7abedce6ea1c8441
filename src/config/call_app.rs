//! Section `call_app`.

use std::time::Duration;

use flyte_webhook_core::{
    id::{AppId, Scope},
    policy::AppPattern,
};
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    duration,
    limits::Limits,
    report::{Bound, Report},
};

/// What a call takes in memory beside the answer, in bytes.
pub const CONNECTION_BYTES: usize = 48 << 10;

/// How calls of other apps are made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CallApp")]
pub(super) struct Section {
    /// The methods that may be used; never TRACE or CONNECT.
    methods: Vec<String>,
    /// How long a call may take, its answer included.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    timeout: Duration,
    /// The largest answer of an app in bytes.
    max_response_bytes: usize,
    /// How many bytes all calls together may hold: 48 KiB each, and the answers.
    max_bytes_in_flight: usize,
    /// How many calls of one app may go on at once.
    max_calls_per_app: usize,
    /// What differs for single apps; the first entry that fits an app counts.
    apps: Vec<Entry>,
}

/// What differs for an app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CallAppEntry")]
struct Entry {
    /// `name` (in the own project and domain), `project/name` or `domain/project/name`.
    app: String,
    /// How long a call of it may take.
    #[serde(default, deserialize_with = "duration::deserialize_option")]
    #[schemars(with = "Option<String>", regex(pattern = duration::PATTERN))]
    timeout: Option<Duration>,
    /// Whether it gets the caller's `Authorization` and `Cookie`.
    #[serde(default)]
    forward_credentials: bool,
}

/// How calls of other apps are made.
#[derive(Debug, Clone)]
pub struct CallApp {
    /// The methods that may be used.
    pub methods: Vec<Method>,
    /// The largest answer, in bytes.
    pub max_response_bytes: usize,
    /// All that calls hold at once, in bytes.
    pub max_bytes_in_flight: usize,
    /// How many calls of one app go on at once.
    pub max_calls_per_app: usize,
    timeout: Duration,
    apps: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    app: AppPattern,
    timeout: Option<Duration>,
    forward_credentials: bool,
}

impl CallApp {
    /// How long a call of this app may take.
    pub fn timeout(&self, app: &AppId) -> Duration {
        let rule = self.rule(app).and_then(|rule| rule.timeout);
        rule.unwrap_or(self.timeout)
    }

    /// Whether this app gets the caller's credentials.
    pub fn forwards_credentials(&self, app: &AppId) -> bool {
        self.rule(app).is_some_and(|rule| rule.forward_credentials)
    }

    fn rule(&self, app: &AppId) -> Option<&Rule> {
        self.apps.iter().find(|rule| rule.app.matches(app))
    }
}

impl Section {
    pub(super) fn resolve(
        self,
        own: &Scope,
        limits: &Limits,
        report: &mut Report<'_>,
    ) -> Option<CallApp> {
        const GIB: usize = 1 << 30;
        report.within(
            "call_app.max_response_bytes",
            self.max_response_bytes,
            1,
            GIB,
        );
        let least = self.max_response_bytes.saturating_add(CONNECTION_BYTES);
        let bytes = self.max_bytes_in_flight;
        report.within("call_app.max_bytes_in_flight", bytes, least.min(GIB), GIB);
        let calls = self.max_calls_per_app;
        report.within("call_app.max_calls_per_app", calls, 1, 100_000);
        check_time(report, "call_app.timeout", self.timeout, limits);
        let methods = self.methods.iter().enumerate().map(|(index, text)| {
            let key = format!("call_app.methods[{index}]");
            report.keep(&key, method(text))
        });
        let methods: Vec<Option<Method>> = methods.collect();
        if methods.is_empty() {
            report.invalid("call_app.methods", "is empty; write at least GET");
        }
        let rules = self.apps.into_iter().enumerate();
        let apps: Vec<Option<Rule>> = rules
            .map(|(index, entry)| entry.resolve(index, own, limits, report))
            .collect();
        Some(CallApp {
            methods: methods.into_iter().collect::<Option<_>>()?,
            max_response_bytes: self.max_response_bytes,
            max_bytes_in_flight: self.max_bytes_in_flight,
            max_calls_per_app: self.max_calls_per_app,
            timeout: self.timeout,
            apps: apps.into_iter().collect::<Option<_>>()?,
        })
    }
}

impl Entry {
    fn resolve(
        self,
        index: usize,
        own: &Scope,
        limits: &Limits,
        report: &mut Report<'_>,
    ) -> Option<Rule> {
        if let Some(timeout) = self.timeout {
            let key = format!("call_app.apps[{index}].timeout");
            check_time(report, &key, timeout, limits);
        }
        let key = format!("call_app.apps[{index}].app");
        Some(Rule {
            app: report.keep(&key, AppPattern::parse(&self.app, own))?,
            timeout: self.timeout,
            forward_credentials: self.forward_credentials,
        })
    }
}

/// A time that is written must fit the whole request; the default gives way.
fn check_time(report: &mut Report<'_>, key: &str, time: Duration, limits: &Limits) {
    let least = Duration::from_millis(1);
    let whole = limits.request_timeout;
    if time < least {
        report.within(key, time, least, whole);
    } else if time > whole && !report.is_default(key) {
        let most = whole.show();
        let reason = format!(
            "is longer than limits.request_timeout, of which it is a part; write at most {most}"
        );
        report.invalid(key, reason);
    }
}

fn method(text: &str) -> Result<Method, &'static str> {
    let known = Method::from_bytes(text.as_bytes());
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase());
    match known {
        Ok(Method::TRACE | Method::CONNECT) => {
            Err("is a method that is never sent; TRACE shows headers and CONNECT opens tunnels")
        }
        Ok(method) if is_plain => Ok(method),
        _ => Err("is no method; write one in capitals, such as GET or POST"),
    }
}
