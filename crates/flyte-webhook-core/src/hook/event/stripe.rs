//! Events of Stripe.

use super::{Error, Event, look::text};
use crate::json::Value;

pub(super) fn event(payload: Value) -> Result<Event, Error> {
    let event_type = text(&payload, &["type"]).ok_or(Error::NoMember { member: "type" })?;
    Ok(Event {
        provider: "stripe",
        event_type,
        delivery_id: text(&payload, &["id"]),
        resource_id: text(&payload, &["data", "object", "id"]),
        occurred_at: text(&payload, &["created"]),
        // The connected account, where it is of one.
        scope: text(&payload, &["account"]),
        payload,
        ..Event::default()
    })
}
