//! Events of Jira.

use super::{
    Event,
    look::{first, text},
};
use crate::{hook::headers::Headers, json::Value};

pub(super) fn event(headers: &Headers, payload: Value) -> Event {
    Event {
        provider: "jira",
        event_type: text(&payload, &["webhookEvent"]).unwrap_or_else(|| "unknown".to_owned()),
        // Two events can be of one millisecond, so their time is no id.
        delivery_id: headers
            .get("x-atlassian-webhook-identifier")
            .map(str::to_owned),
        resource_id: text(&payload, &["issue", "key"]),
        occurred_at: text(&payload, &["timestamp"]),
        scope: text(&payload, &["issue", "fields", "project", "key"]),
        title: text(&payload, &["issue", "fields", "summary"]),
        actor: first(&payload, &[&["user", "displayName"], &["user", "name"]]),
        payload,
        ..Event::default()
    }
}
