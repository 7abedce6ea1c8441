//! Events of ClickUp.

use super::{
    Event,
    look::{first, text},
};
use crate::json::Part;

pub(super) fn event(root: Part<'_>) -> Event {
    let event_type = text(root, &["event"]).unwrap_or_else(|| "unknown".to_owned());
    Event {
        provider: "clickup",
        delivery_id: delivery_id(&event_type, root),
        event_type,
        resource_id: first(root, &[&["task_id"], &["task", "id"]]),
        occurred_at: text(root, &["timestamp"]),
        scope: first(root, &[&["list_id"], &["task", "list", "id"]]),
        title: text(root, &["task", "name"]),
        url: text(root, &["task", "url"]),
        ..Event::default()
    }
}

/// The ids of what changed. One change can be two events, so the event's name
/// is part of it; `webhook_id` is the id of the webhook, which all its
/// deliveries have.
fn delivery_id(event_type: &str, root: Part<'_>) -> Option<String> {
    let items = root.get("history_items").items();
    let ids: Option<Vec<_>> = items.map(|item| text(item, &["id"])).collect();
    let ids = ids.filter(|ids| !ids.is_empty())?;
    Some(format!("{event_type}:{}", ids.join("+")))
}
