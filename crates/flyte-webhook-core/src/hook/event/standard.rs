//! Events as Standard Webhooks has them.

use super::{
    Event,
    look::{first, text},
};
use crate::{
    hook::{headers::Headers, source::Source},
    json::Part,
};

pub(super) fn event(source: Source, headers: &Headers, root: Part<'_>) -> Event {
    let event_type = first(root, &[&["type"], &["eventType"], &["event_type"]]);
    // An id that is not beside the signature that counts is anybody's.
    let is_svix = source == Source::Svix
        && ["svix-signature", "svix-timestamp"]
            .iter()
            .all(|name| headers.has(name));
    let id = headers.get("svix-id").filter(|_| is_svix);
    Event {
        provider: source.provider(),
        event_type: event_type.unwrap_or_else(|| "unknown".to_owned()),
        delivery_id: id.or(headers.get("webhook-id")).map(str::to_owned),
        resource_id: text(root, &["data", "id"]),
        occurred_at: text(root, &["timestamp"]),
        ..Event::default()
    }
}
