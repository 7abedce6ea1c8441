//! Where a task's request goes.

use flyte_webhook_core::{json::Value, python, template};
use url::Url;

use super::{error::Error, secrets, task::Rendered};

/// The URL of a task; its host is the author's, unless inputs may say it.
pub(super) fn url(task: &Rendered, hosts_from_inputs: bool) -> Result<Url, Error> {
    let Some(Value::String(text)) = task.sent("url") else {
        return Err(Error::Key {
            key: "url",
            expected: "a text",
        });
    };
    if !text.contains("://") {
        return Err(Error::Scheme);
    }
    let url = Url::parse(text).map_err(|_no_url| Error::NoUrl)?;
    let written = task.template.get("url").and_then(Value::as_str);
    let secret = |name: &str| secrets::text(&task.secrets, name);
    let is_written = |written| template::host_is_written(written, &url, secret);
    if !hosts_from_inputs && !written.is_some_and(is_written) {
        return Err(Error::HostFromInput);
    }
    Ok(url)
}

/// Adds members to a URL's query, as httpx writes them.
pub(super) fn add_query(url: &mut Url, data: &Value) -> Result<(), Error> {
    let Value::Object(members) = data else {
        return Err(Error::Key {
            key: "data",
            expected: "an object",
        });
    };
    let pairs = members.iter().flat_map(|(name, value)| {
        let values = value.as_array().unwrap_or(std::slice::from_ref(value));
        values.iter().map(move |value| (name, parameter(value)))
    });
    let pair = |(name, value): (&String, String)| {
        python::urlencode(
            &[(name.clone(), Value::String(value.into()))]
                .into_iter()
                .collect(),
        )
    };
    let added: Vec<String> = pairs.map(pair).collect();
    if added.is_empty() {
        return Ok(());
    }
    let added = added.join("&");
    let query = match url.query() {
        Some(query) if !query.is_empty() => format!("{query}&{added}"),
        Some(_) | None => added,
    };
    url.set_query(Some(&query));
    Ok(())
}

/// JSON's words for what has one, nothing for nothing, else Python's.
fn parameter(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Int(_)
        | Value::BigInt(_)
        | Value::Float(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => python::text(value),
    }
}
