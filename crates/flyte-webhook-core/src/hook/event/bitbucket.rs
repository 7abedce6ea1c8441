//! Events of Bitbucket, of its Cloud and its Data Center.

use super::{
    Error, Event,
    look::{first, object, text},
};
use crate::{hook::headers::Headers, json::Part};

const TYPE: &str = "x-event-key";

pub(super) fn event(headers: &Headers, root: Part<'_>) -> Result<Event, Error> {
    let event_type = headers.get(TYPE).filter(|text| !text.is_empty());
    let event_type = event_type.ok_or_else(|| Error::NoType {
        name: TYPE.to_owned(),
    })?;
    let request = object(root, &["pullrequest", "pullRequest"]);
    let repository = repository(root, request);
    let id = headers
        .get("x-request-uuid")
        .or(headers.get("x-request-id"));
    Ok(Event {
        provider: "bitbucket",
        event_type: event_type.to_owned(),
        delivery_id: id.map(str::to_owned),
        resource_id: resource(repository.as_deref(), root, request),
        occurred_at: text(request, &["updated_on"]).or_else(|| text(root, &["date"])),
        scope: repository,
        title: text(request, &["title"]),
        url: first(
            root,
            &[
                &["comment", "links", "html", "href"],
                &["pullrequest", "links", "html", "href"],
            ],
        ),
        actor: first(
            root,
            &[
                &["actor", "nickname"],
                &["actor", "name"],
                &["actor", "display_name"],
            ],
        ),
        ..Event::default()
    })
}

/// `workspace/repository`, or `PROJECT/repository` of a Data Center.
fn repository(root: Part<'_>, request: Part<'_>) -> Option<String> {
    let cloud = text(root, &["repository", "full_name"]);
    cloud.or_else(|| {
        let target = [
            root.get("repository"),
            request.get("toRef").get("repository"),
        ];
        let repository = target.into_iter().find(|it| it.exists())?;
        let project = text(repository, &["project", "key"])?;
        Some(format!("{project}/{}", text(repository, &["slug"])?))
    })
}

fn resource(repository: Option<&str>, root: Part<'_>, request: Part<'_>) -> Option<String> {
    let request = format!("{}#{}", repository?, text(request, &["id"])?);
    Some(match text(root, &["comment", "id"]) {
        Some(comment) => format!("{request}:{comment}"),
        None => request,
    })
}
