//! Events of Linear.

use super::{
    Event,
    look::{first, text},
};
use crate::{hook::headers::Headers, json::Value};

pub(super) fn event(headers: &Headers, payload: Value) -> Event {
    let nothing = Value::Null;
    let data = payload.get("data").unwrap_or(&nothing);
    Event {
        provider: "linear",
        event_type: text(&payload, &["type"]).unwrap_or_else(|| "Unknown".to_owned()),
        action: Some(text(&payload, &["action"]).unwrap_or_else(|| "unknown".to_owned())),
        // `webhookId` is the id of the webhook: all its deliveries have it.
        delivery_id: headers.get("linear-delivery").map(str::to_owned),
        resource_id: text(data, &["id"]),
        occurred_at: text(data, &["updatedAt"]).or_else(|| text(&payload, &["createdAt"])),
        scope: team(data),
        title: text(data, &["title"]),
        url: text(data, &["url"]).or_else(|| text(&payload, &["url"])),
        actor: text(data, &["creator", "name"]),
        payload,
    }
}

/// Comments and reactions have the team on their issue.
fn team(data: &Value) -> Option<String> {
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
