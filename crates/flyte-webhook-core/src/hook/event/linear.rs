//! Events of Linear.

use super::{
    Event,
    look::{first, text},
};
use crate::{hook::headers::Headers, json::Part};

pub(super) fn event(headers: &Headers, root: Part<'_>) -> Event {
    let data = root.get("data");
    Event {
        provider: "linear",
        event_type: text(root, &["type"]).unwrap_or_else(|| "Unknown".to_owned()),
        action: Some(text(root, &["action"]).unwrap_or_else(|| "unknown".to_owned())),
        // `webhookId` is the id of the webhook: all its deliveries have it.
        delivery_id: headers.get("linear-delivery").map(str::to_owned),
        resource_id: text(data, &["id"]),
        occurred_at: text(data, &["updatedAt"]).or_else(|| text(root, &["createdAt"])),
        scope: team(data),
        title: text(data, &["title"]),
        url: text(data, &["url"]).or_else(|| text(root, &["url"])),
        actor: text(data, &["creator", "name"]),
    }
}

/// Comments and reactions have the team on their issue.
fn team(data: Part<'_>) -> Option<String> {
    first(
        data,
        &[
            &["teamId"],
            &["team", "id"],
            &["issue", "teamId"],
            &["issue", "team", "id"],
        ],
    )
}
