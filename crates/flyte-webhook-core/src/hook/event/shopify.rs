//! Events of Shopify.

use super::{
    Error, Event,
    look::{first, text},
};
use crate::{hook::headers::Headers, json::Part};

const TYPE: &str = "x-shopify-topic";

pub(super) fn event(headers: &Headers, root: Part<'_>) -> Result<Event, Error> {
    let event_type = headers.get(TYPE).filter(|text| !text.is_empty());
    let event_type = event_type.ok_or_else(|| Error::NoType {
        name: TYPE.to_owned(),
    })?;
    let triggered = headers.get("x-shopify-triggered-at").map(str::to_owned);
    Ok(Event {
        provider: "shopify",
        event_type: event_type.to_owned(),
        // One act of a merchant can be several topics, which share the id of
        // the event but not this one.
        delivery_id: headers.get("x-shopify-webhook-id").map(str::to_owned),
        resource_id: first(root, &[&["admin_graphql_api_id"], &["id"]]),
        occurred_at: triggered.or_else(|| text(root, &["updated_at"])),
        scope: headers.get("x-shopify-shop-domain").map(str::to_owned),
        title: first(root, &[&["name"], &["title"]]),
        ..Event::default()
    })
}
