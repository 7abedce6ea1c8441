//! Events of ClickUp.

use super::{
    Event,
    look::{first, text},
};
use crate::json::Value;

pub(super) fn event(payload: Value) -> Event {
    let event_type = text(&payload, &["event"]).unwrap_or_else(|| "unknown".to_owned());
    Event {
        provider: "clickup",
        delivery_id: delivery_id(&event_type, &payload),
        event_type,
        resource_id: first(&payload, &[&["task_id"], &["task", "id"]]),
        occurred_at: text(&payload, &["timestamp"]),
        scope: first(&payload, &[&["list_id"], &["task", "list", "id"]]),
        title: text(&payload, &["task", "name"]),
        url: text(&payload, &["task", "url"]),
        payload,
        ..Event::default()
    }
}

/// The ids of what changed. One change can be two events, so the event's name
/// is part of it; `webhook_id` is the id of the webhook, which all its
/// deliveries have.
fn delivery_id(event_type: &str, payload: &Value) -> Option<String> {
    let items = payload.get("history_items")?.as_array()?;
    let ids: Option<Vec<_>> = items.iter().map(|item| text(item, &["id"])).collect();
    let ids = ids.filter(|ids| !ids.is_empty())?;
    Some(format!("{event_type}:{}", ids.join("+")))
}
