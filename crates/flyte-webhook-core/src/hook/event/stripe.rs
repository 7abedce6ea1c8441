//! Events of Stripe.

use super::{Error, Event, look::text};
use crate::json::Part;

pub(super) fn event(root: Part<'_>) -> Result<Event, Error> {
    let event_type = text(root, &["type"]).ok_or(Error::NoMember { member: "type" })?;
    Ok(Event {
        provider: "stripe",
        event_type,
        delivery_id: text(root, &["id"]),
        resource_id: text(root, &["data", "object", "id"]),
        occurred_at: text(root, &["created"]),
        // The connected account, where it is of one.
        scope: text(root, &["account"]),
        ..Event::default()
    })
}
