//! Events of GitLab.

use super::{
    Event,
    look::{at, first, object, text},
};
use crate::{hook::headers::Headers, json::Part};

/// What is the same for repetitions of a delivery. The id of the event comes
/// last: hooks that were set off by one another share it.
const IDS: [&str; 3] = ["webhook-id", "idempotency-key", "x-gitlab-event-uuid"];

pub(super) fn event(headers: &Headers, root: Part<'_>) -> Event {
    let kind = first(root, &[&["object_kind"], &["event_type"]]);
    let kind = kind.unwrap_or_else(|| "unknown".to_owned());
    let parent = object(root, &["merge_request", "issue"]);
    // These say what changed at the top, the others below a member.
    let is_flat = matches!(kind.as_str(), "deployment" | "release");
    let changed = if is_flat {
        root
    } else {
        root.get("object_attributes")
    };
    let project = at(root, &["project"]);
    let namespace = first(project, &[&["path_with_namespace"], &["name"]]);
    Event {
        provider: "gitlab",
        action: action(&kind, changed),
        delivery_id: IDS
            .iter()
            .find_map(|name| headers.get(name))
            .map(str::to_owned),
        resource_id: resource(&kind, namespace.as_deref(), root, changed),
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
        actor: actor(root),
        scope: namespace,
        event_type: kind,
    }
}

/// Pipelines and deployments have a state where others have an action.
fn action(kind: &str, changed: Part<'_>) -> Option<String> {
    let member = match kind {
        "pipeline" | "deployment" => "status",
        _ => "action",
    };
    text(changed, &[member])
}

/// A comment is called what it is on.
fn title(kind: &str, changed: Part<'_>, parent: Part<'_>) -> Option<String> {
    let better = match kind {
        "note" => text(parent, &["title"]),
        "release" => text(changed, &["name"]),
        "deployment" => text(changed, &["environment"]),
        _ => None,
    };
    better.or_else(|| text(changed, &["title"]))
}

/// Pushes have the names at the top.
fn actor(root: Part<'_>) -> Option<String> {
    let user = root.get("user");
    if user.is_object() {
        return first(user, &[&["username"], &["name"]]);
    }
    first(root, &[&["user_username"], &["user_name"]])
}

/// A push is about no resource.
fn resource(
    kind: &str,
    namespace: Option<&str>,
    root: Part<'_>,
    changed: Part<'_>,
) -> Option<String> {
    let space = namespace?;
    match kind {
        "merge_request" => Some(format!("{space}!{}", text(changed, &["iid"])?)),
        "issue" => Some(format!("{space}#{}", text(changed, &["iid"])?)),
        "note" => {
            let request = object(root, &["merge_request"]);
            let (mark, parent) = if request.exists() {
                ('!', request)
            } else {
                ('#', object(root, &["issue"]))
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
