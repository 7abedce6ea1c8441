//! The headers of a task's request.

use flyte_webhook_core::{json::Value, template};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, COOKIE, HOST, USER_AGENT},
};

use super::{error::Error, task::Rendered};

/// Headers that say how the bytes of a message are framed, which is not the task's
/// to say. What only repeats what is done anyway is left out without a word.
const FRAMING: [&str; 8] = [
    "expect",
    "http2-settings",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
const OWN: [&str; 3] = ["connection", "content-length", "keep-alive"];

/// The most headers that a task may have; servers take about a hundred.
const MOST: usize = 1000;

/// The headers that the task has, and those that every request has.
pub(super) fn of(task: &Rendered, may_name_host: bool) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    let given = match task.sent("headers") {
        Some(Value::Object(given)) if given.len() <= MOST => Some(given),
        None => None,
        Some(Value::Object(_)) => {
            return Err(Error::Key {
                key: "headers",
                expected: "an object of at most 1000 members",
            });
        }
        Some(_) => {
            return Err(Error::Key {
                key: "headers",
                expected: "an object",
            });
        }
    };
    for (name, value) in given.into_iter().flatten() {
        if let Some((name, value)) = header(name, value, task, may_name_host)? {
            headers.append(name, value);
        }
    }
    let agent = concat!("flyte-webhook/", env!("CARGO_PKG_VERSION"));
    for (name, value) in [
        (ACCEPT, "*/*"),
        (ACCEPT_ENCODING, "gzip, deflate"),
        (USER_AGENT, agent),
    ] {
        let value = HeaderValue::from_static(value);
        headers.entry(name).or_insert(value);
    }
    // A kept connection may lead to a server that is gone, and a request that is
    // not idempotent cannot be made again.
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(headers)
}

fn header(
    name: &str,
    value: &Value,
    task: &Rendered,
    may_name_host: bool,
) -> Result<Option<(HeaderName, HeaderValue)>, Error> {
    let refused = || Error::Header {
        name: name.chars().take(100).collect(),
    };
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_no_name| refused())?;
    if OWN.contains(&parsed.as_str()) {
        return Ok(None);
    }
    let is_host = parsed == HOST;
    if FRAMING.contains(&parsed.as_str()) || is_host && !(may_name_host && is_literal(name, task)) {
        return Err(refused());
    }
    let value = value
        .as_str()
        .and_then(|text| HeaderValue::from_str(text).ok());
    let mut value = value.ok_or_else(|| Error::HeaderValue {
        name: parsed.as_str().to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(Some((parsed, value)))
}

/// Whether the author wrote all of a header's value.
fn is_literal(name: &str, task: &Rendered) -> bool {
    let headers = task.template.get("headers");
    let written = headers.and_then(|headers| headers.get(name)?.as_str());
    written.is_some_and(|text| !template::has_placeholder(text))
}

/// Takes away what was meant for the first host alone, when a redirect leads to
/// another.
pub(super) fn forget_credentials(headers: &mut HeaderMap) {
    for name in [AUTHORIZATION, COOKIE, HOST] {
        headers.remove(name);
    }
}
