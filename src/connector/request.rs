//! The request of a task, ready to be sent.

use std::time::Duration;

use bytes::Bytes;
use flyte_webhook_core::{json::Value, python};
use http::{
    HeaderMap, HeaderValue, Method,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use url::Url;

use super::{Shared, error::Error, headers, target, task::Rendered};

/// The time of a task that names none, as in flytekit.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A request, ready to be sent.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// How long connecting may take, and each read of the answer.
    pub(super) timeout: Duration,
    /// What all attempts of this request are known by.
    pub(super) id: String,
}

impl Request {
    /// The request of a task, as far as it can be judged before it is made.
    pub(super) fn new(task: &Rendered, id: String, shared: &Shared) -> Result<Self, Error> {
        let options = &shared.options;
        let method = method(task, &options.methods)?;
        let mut url = target::url(task, options.hosts_from_inputs)?;
        let mut headers = headers::of(task, may_name_host(task, &url, shared))?;
        let mut body = Bytes::new();
        match (task.sent("data"), &method) {
            (Some(data), &Method::GET | &Method::HEAD) => target::add_query(&mut url, data)?,
            (Some(Value::Object(data)), &Method::DELETE) if data.is_empty() => {}
            (Some(data), _) => {
                body = python::compact_json(data).ok_or(Error::NotJson)?.into();
                let json = HeaderValue::from_static("application/json");
                headers.entry(CONTENT_TYPE).or_insert(json);
            }
            (None, _) => {}
        }
        if body.is_empty() && has_content(&method) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(name) = &options.idempotency_header {
            let value = HeaderValue::from_str(&id).expect("an id is ASCII");
            headers.insert(name, value);
        }
        let request = Self {
            method,
            url,
            headers,
            body,
            timeout: timeout(task)?.min(options.timeout),
            id,
        };
        request.check(task, shared)?;
        Ok(request)
    }

    /// Judges where the request leads: the URL's text, and the hosts of its secrets.
    pub(super) fn check(&self, task: &Rendered, shared: &Shared) -> Result<(), Error> {
        shared.guard.check(&self.url).map_err(Error::Refused)?;
        shared.secrets.check(&task.secrets, &self.url)
    }

    /// Whether the request may be made again, whatever came of it.
    pub(super) fn is_repeatable(&self, shared: &Shared) -> bool {
        is_repeatable(&self.method, shared)
    }
}

/// Whether a request of this method says so where it has no body.
fn has_content(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

fn is_repeatable(method: &Method, shared: &Shared) -> bool {
    let is_idempotent = matches!(
        *method,
        Method::GET | Method::HEAD | Method::PUT | Method::DELETE
    );
    is_idempotent || shared.options.idempotency_header.is_some()
}

/// The task's method; POST where none is named, as in flytekit.
fn method(task: &Rendered, allowed: &[Method]) -> Result<Method, Error> {
    let text = match task.sent("method") {
        Some(Value::String(text)) => text.as_str().to_ascii_uppercase(),
        None => Method::POST.to_string(),
        Some(_) => {
            return Err(Error::Key {
                key: "method",
                expected: "a text",
            });
        }
    };
    let method = allowed.iter().find(|method| method.as_str() == text);
    method.cloned().ok_or_else(|| Error::Method {
        method: text.chars().take(20).collect(),
    })
}

fn timeout(task: &Rendered) -> Result<Duration, Error> {
    #[expect(clippy::cast_precision_loss, reason = "seconds are few")]
    let seconds = match task.sent("timeout_sec") {
        None => return Ok(DEFAULT_TIMEOUT),
        Some(Value::Float(seconds)) => Some(*seconds),
        Some(Value::Int(seconds)) => Some(*seconds as f64),
        Some(_) => None,
    };
    // More seconds than can be counted are cut to what the configuration allows.
    let duration = seconds
        .filter(|it| it.is_finite() && *it >= 0.0)
        .map(|it| Duration::try_from_secs_f64(it).unwrap_or(Duration::MAX));
    duration.ok_or(Error::Key {
        key: "timeout_sec",
        expected: "a number of seconds",
    })
}

/// Whether the task's own `Host` may be sent: not beside a secret or a signature,
/// which are for the host of the URL.
fn may_name_host(task: &Rendered, url: &Url, shared: &Shared) -> bool {
    task.secrets.is_empty() && !shared.signers.sign_for(url)
}
