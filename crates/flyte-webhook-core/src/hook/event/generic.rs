//! Events of senders that are configured rather than known.

use super::{Error, Event, look::first};
use crate::{
    hook::{headers::Headers, source::Generic},
    json::Part,
};

pub(super) fn event(generic: &Generic, headers: &Headers, root: Part<'_>) -> Result<Event, Error> {
    let event_type = match &generic.event_header {
        Some(name) => {
            let event_type = headers.get(name).filter(|text| !text.is_empty());
            event_type
                .map(str::to_owned)
                .ok_or_else(|| Error::NoType { name: name.clone() })?
        }
        None => first(root, &[&["type"], &["event"], &["event_type"]])
            .unwrap_or_else(|| "unknown".to_owned()),
    };
    let id = generic
        .id_header
        .as_deref()
        .and_then(|name| headers.get(name));
    Ok(Event {
        provider: "generic",
        event_type,
        action: first(root, &[&["action"]]),
        delivery_id: id.map(str::to_owned),
        ..Event::default()
    })
}
