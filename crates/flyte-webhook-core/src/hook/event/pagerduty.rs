//! Events of PagerDuty, version 3.

use super::{
    Error, Event,
    look::{first, text},
};
use crate::json::Part;

pub(super) fn event(root: Part<'_>) -> Result<Event, Error> {
    let event = root.get("event");
    if !event.exists() {
        return Err(Error::NoMember { member: "event" });
    }
    let event_type = text(event, &["event_type"]);
    Ok(Event {
        provider: "pagerduty",
        event_type: event_type.ok_or(Error::NoMember {
            member: "event.event_type",
        })?,
        // It is in the body, so that the signature covers it.
        delivery_id: text(event, &["id"]),
        resource_id: first(event, &[&["data", "id"], &["data", "incident", "id"]]),
        occurred_at: text(event, &["occurred_at"]),
        scope: first(
            event,
            &[
                &["data", "service", "id"],
                &["data", "incident", "service", "id"],
            ],
        ),
        title: first(event, &[&["data", "title"], &["data", "summary"]]),
        url: text(event, &["data", "html_url"]),
        actor: first(event, &[&["agent", "summary"], &["agent", "id"]]),
        ..Event::default()
    })
}
