//! Events of GitLab.

use super::{
    Event,
    look::{at, first, object, text},
};
use crate::{hook::headers::Headers, json::Value};

/// What is the same for repetitions of a delivery. The id of the event comes
/// last: hooks that were set off by one another share it.
const IDS: [&str; 3] = ["webhook-id", "idempotency-key", "x-gitlab-event-uuid"];

pub(super) fn event(headers: &Headers, payload: Value) -> Event {
    let kind = first(&payload, &[&["object_kind"], &["event_type"]]);
    let kind = kind.unwrap_or_else(|| "unknown".to_owned());
    let nothing = Value::Null;
    let parent = object(&payload, &["merge_request", "issue"]).unwrap_or(&nothing);
    // These say what changed at the top, the others below a member.
    let is_flat = matches!(kind.as_str(), "deployment" | "release");
    let changed = if is_flat {
        &payload
    } else {
        payload.get("object_attributes").unwrap_or(&nothing)
    };
    let project = at(&payload, &["project"]).unwrap_or(&nothing);
    let namespace = first(project, &[&["path_with_namespace"], &["name"]]);
    Event {
        provider: "gitlab",
        action: action(&kind, changed),
        delivery_id: IDS
            .iter()
            .find_map(|name| headers.get(name))
            .map(str::to_owned),
        resource_id: resource(&kind, namespace.as_deref(), &payload, changed),
        occurred_at: first(
            changed,
            &[
                &["updated_at"],
                &["status_changed_at"],
                &["released_at"],
                &["finished_at"],
                &["created_at"],
            ],
        ),
        title: title(&kind, changed, parent),
        url: first(changed, &[&["url"], &["deployable_url"]]),
        actor: actor(&payload),
        scope: namespace,
        event_type: kind,
        payload,
    }
}

/// Pipelines and deployments have a state where others have an action.
fn action(kind: &str, changed: &Value) -> Option<String> {
    let member = match kind {
        "pipeline" | "deployment" => "status",
        _ => "action",
    };
    text(changed, &[member])
}

/// A comment is called what it is on.
fn title(kind: &str, changed: &Value, parent: &Value) -> Option<String> {
    let better = match kind {
        "note" => text(parent, &["title"]),
        "release" => text(changed, &["name"]),
        "deployment" => text(changed, &["environment"]),
        _ => None,
    };
    better.or_else(|| text(changed, &["title"]))
}

/// Pushes have the names at the top.
fn actor(payload: &Value) -> Option<String> {
    match payload.get("user") {
        Some(user @ Value::Object(_)) => first(user, &[&["username"], &["name"]]),
        Some(_) | None => first(payload, &[&["user_username"], &["user_name"]]),
    }
}

/// A push is about no resource.
fn resource(
    kind: &str,
    namespace: Option<&str>,
    payload: &Value,
    changed: &Value,
) -> Option<String> {
    let space = namespace?;
    match kind {
        "merge_request" => Some(format!("{space}!{}", text(changed, &["iid"])?)),
        "issue" => Some(format!("{space}#{}", text(changed, &["iid"])?)),
        "note" => {
            let (mark, parent) = match object(payload, &["merge_request"]) {
                Some(request) => ('!', request),
                None => ('#', object(payload, &["issue"])?),
            };
            let (parent, note) = (text(parent, &["iid"])?, text(changed, &["id"])?);
            Some(format!("{space}{mark}{parent}:{note}"))
        }
        "pipeline" => Some(format!("{space}/-/pipelines/{}", text(changed, &["id"])?)),
        "deployment" => {
            let id = text(changed, &["deployment_id"])?;
            Some(format!("{space}/-/deployments/{id}"))
        }
        "release" => Some(format!("{space}/-/releases/{}", text(changed, &["tag"])?)),
        _ => None,
    }
}
