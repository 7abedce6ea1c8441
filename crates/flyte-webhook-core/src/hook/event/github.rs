//! Events of GitHub.

use super::{
    Error, Event,
    look::{first, object, text},
};
use crate::{hook::headers::Headers, json::Part};

const TYPE: &str = "x-github-event";

pub(super) fn event(headers: &Headers, root: Part<'_>) -> Result<Event, Error> {
    let event_type = headers.get(TYPE).filter(|text| !text.is_empty());
    let event_type = event_type.ok_or_else(|| Error::NoType {
        name: TYPE.to_owned(),
    })?;
    let subject = object(root, &["pull_request", "issue"]);
    // Two comments on one issue are two resources.
    let comment = object(root, &["comment", "review"]);
    let repository = text(root, &["repository", "full_name"]);
    Ok(Event {
        provider: "github",
        event_type: event_type.to_owned(),
        action: text(root, &["action"]),
        delivery_id: headers.get("x-github-delivery").map(str::to_owned),
        resource_id: resource(repository.as_deref(), subject, comment),
        occurred_at: text(subject, &["updated_at"]),
        scope: repository,
        title: text(subject, &["title"]),
        url: text(comment, &["html_url"]).or_else(|| text(subject, &["html_url"])),
        actor: first(root, &[&["sender", "login"]]),
    })
}

fn resource(repository: Option<&str>, subject: Part<'_>, comment: Part<'_>) -> Option<String> {
    let number = text(subject, &["number"])?;
    let subject = format!("{}#{number}", repository?);
    Some(match text(comment, &["id"]) {
        Some(comment) => format!("{subject}:{comment}"),
        None => subject,
    })
}
