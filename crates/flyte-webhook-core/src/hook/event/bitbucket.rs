//! Events of Bitbucket, of its Cloud and its Data Center.

use super::{
    Error, Event,
    look::{first, object, text},
};
use crate::{hook::headers::Headers, json::Value};

const TYPE: &str = "x-event-key";

pub(super) fn event(headers: &Headers, payload: Value) -> Result<Event, Error> {
    let event_type = headers.get(TYPE).filter(|text| !text.is_empty());
    let event_type = event_type.ok_or_else(|| Error::NoType {
        name: TYPE.to_owned(),
    })?;
    let nothing = Value::Null;
    let request = object(&payload, &["pullrequest", "pullRequest"]).unwrap_or(&nothing);
    let repository = repository(&payload, request);
    let id = headers
        .get("x-request-uuid")
        .or(headers.get("x-request-id"));
    Ok(Event {
        provider: "bitbucket",
        event_type: event_type.to_owned(),
        delivery_id: id.map(str::to_owned),
        resource_id: resource(repository.as_deref(), &payload, request),
        occurred_at: text(request, &["updated_on"]).or_else(|| text(&payload, &["date"])),
        scope: repository,
        title: text(request, &["title"]),
        url: first(
            &payload,
            &[
                &["comment", "links", "html", "href"],
                &["pullrequest", "links", "html", "href"],
            ],
        ),
        actor: first(
            &payload,
            &[
                &["actor", "nickname"],
                &["actor", "name"],
                &["actor", "display_name"],
            ],
        ),
        payload,
        ..Event::default()
    })
}

/// `workspace/repository`, or `PROJECT/repository` of a Data Center.
fn repository(payload: &Value, request: &Value) -> Option<String> {
    let cloud = text(payload, &["repository", "full_name"]);
    cloud.or_else(|| {
        let target = [
            payload.get("repository"),
            request.get("toRef").and_then(|it| it.get("repository")),
        ];
        let repository = target.into_iter().flatten().next()?;
        let project = text(repository, &["project", "key"])?;
        Some(format!("{project}/{}", text(repository, &["slug"])?))
    })
}

fn resource(repository: Option<&str>, payload: &Value, request: &Value) -> Option<String> {
    let request = format!("{}#{}", repository?, text(request, &["id"])?);
    Some(match text(payload, &["comment", "id"]) {
        Some(comment) => format!("{request}:{comment}"),
        None => request,
    })
}
