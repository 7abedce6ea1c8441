//! Events of Jira.

use super::{
    Event,
    look::{first, text},
};
use crate::{hook::headers::Headers, json::Part};

pub(super) fn event(headers: &Headers, root: Part<'_>) -> Event {
    Event {
        provider: "jira",
        event_type: text(root, &["webhookEvent"]).unwrap_or_else(|| "unknown".to_owned()),
        // Two events can be of one millisecond, so their time is no id.
        delivery_id: headers
            .get("x-atlassian-webhook-identifier")
            .map(str::to_owned),
        resource_id: text(root, &["issue", "key"]),
        occurred_at: text(root, &["timestamp"]),
        scope: text(root, &["issue", "fields", "project", "key"]),
        title: text(root, &["issue", "fields", "summary"]),
        actor: first(root, &[&["user", "displayName"], &["user", "name"]]),
        ..Event::default()
    }
}
